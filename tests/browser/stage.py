"""A stage for the player without a notebook: a page, a stand-in model and pictures.

The page holds the player as a notebook gets it, joined to one module; and as ``parts`` what its
files export, each imported by itself.
"""

import json
from collections.abc import Mapping
from typing import Any

from backcare_nb.figures import packing
from backcare_nb.player import bundle
from backcare_nb.sessions.timeline import Timeline

# A model as a widget manager hands it over, with every message to the kernel counted.
MODEL = """
class Model {
  constructor(state) { this.state = state; this.heard = {}; this.changed = {}; this.messages = []; }
  get(name) { return this.state[name]; }
  set(name, value) { this.state[name] = value; this.changed[name] = value; }
  save_changes() {
    if (Object.keys(this.changed).length) this.messages.push(this.changed);
    this.changed = {};
  }
  send(content) { this.messages.push(content); }
  on(event, listener) { (this.heard[event] ??= []).push(listener); }
  off(event, listener) { this.heard[event] = this.heard[event]?.filter((f) => f !== listener); }
  receive(state) {
    Object.assign(this.state, state);
    for (const name of Object.keys(state)) this.heard["change:" + name]?.forEach((f) => f());
  }
}
"""

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Player</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="player.css">
<style>:root { color-scheme: light dark } body { margin: 12px; font-family: sans-serif }</style>
<main><h1 style="font-size: 1rem">A session</h1></main>
<script type="module">
import widget from "./player.mjs";
import * as practice from "./player/practice.js";
import * as sound from "./player/sound.js";
import * as sprite from "./player/sprite.js";
import * as timeline from "./player/timeline.js";
%s
window.parts = { ...practice, ...sound, ...sprite, ...timeline };
window.state = %s;
window.add = async (changes = {}, views = 1) => {
  const model = new Model({ ...structuredClone(window.state), ...changes });
  const made = widget();
  const end = await made.initialize({ model });
  const leave = [];
  for (let i = 0; i < views; i++) {
    const el = document.createElement("div");
    document.querySelector("main").append(el);
    leave.push(await made.render({ model, el }));
  }
  window.model = model;
  return { model, leave, end };
};
window.first = await window.add();
window.ready = true;
</script></html>
"""


def open_player(
    show: Any, tmp_path: Any, session: Timeline, sprites: Mapping[str, Any] | None = None
) -> Any:
    """Open a page with one player of a session; ``window.add()`` makes more of them."""
    module = tmp_path / "player.mjs"
    module.write_text(bundle.module("player.js"), encoding="utf-8")
    if sprites is None:
        sprites = {key: sprite(key) for key in session.figure_keys()}
    state = bundle.state(session, dict(sprites)) | {"results": [], "received": []}
    data = json.dumps(state).replace("<", "\\u003c")
    page = show(PAGE % (MODEL, data), module, bundle.BROWSER / "player.css", bundle.BROWSER)
    page.wait_for_function("window.ready")
    return page


def sprite(key: str, own: object = None) -> dict[str, Any]:
    """A picture of three paths in two keyframes: enough to move, and to be told apart."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" width="320" height="240">'
        '<defs><clipPath id="box"><rect width="320" height="240"/></clipPath></defs>'
        '<g clip-path="url(#box)" fill="none" stroke="#23414d" stroke-width="14">'
        '<path d="M 10 236 L 310 236" stroke="#d9c5a0" stroke-width="8"/>'
        '<path data-p="0" d="M 60 220 Q 150 200 260 120"/>'
        '<path data-p="1" d="M 40 215 L 47 215 L 47 225 L 40 225 Z" stroke="#b5694a"/>'
        '<path data-p="2" d="M 260 120 L 290 230"/></g></svg>'
    )
    return {
        "key": key,
        "alt": f"A figure of {key}",
        "alts": ["start", "end"],
        "width": 320,
        "height": 240,
        "loop": False,
        "svg": svg,
        "frames": 2,
        "steps": packing.write([0, 0, 0, -10, -30, -50, *[0] * 8, -30, -50, 0, 0]),
    }


def wait_until_left(page: Any, seconds: int, player: int = 0) -> None:
    """Wait until the digits of a player show so many seconds, or fewer on a slow machine."""
    page.wait_for_function(
        """([seconds, player]) => {
             const digits = document.querySelectorAll(".bc-digits")[player].textContent;
             const [minutes, rest] = digits.split(":").map(Number);
             return minutes * 60 + rest <= seconds;
           }""",
        arg=[seconds, player],
    )
