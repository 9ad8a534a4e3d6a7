"""A stage without a notebook: a page with a player, a stand-in model and pictures.

The page holds the player as a notebook gets it, joined to one module; and as ``parts`` what its
files export, each imported by itself.
"""

import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from backcare_nb.figures.keyframe_codec import encode_integers
from backcare_nb.player import bundle
from backcare_nb.sessions.timeline import Timeline

SCRIPTS = Path(__file__).with_name("scripts")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>%s</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="player.css"><link rel="stylesheet" href="after_session.css">
<link rel="stylesheet" href="class_mode.css">
<style>:root { color-scheme: light dark } body { margin: 12px; font-family: sans-serif }</style>
<main><h1 style="font-size: 1rem">A session</h1></main>
<script id="state" type="application/json">%s</script>
<script type="module" src="scripts/%s.js"></script></html>"""


def read_script(name: str) -> str:
    """A script that changes what a browser can do, for a test."""
    return (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")


def write_site(folder: Path) -> None:
    """Write what the browser is given into a folder, joined, and as the files it is made of."""
    shutil.copytree(bundle.PLAYER_FOLDER, folder / "player")
    shutil.copytree(SCRIPTS, folder / "scripts")
    for style in bundle.PLAYER_FOLDER.glob("*.css"):
        shutil.copy(style, folder)
    for name in ("player", "class_player", "explorer", "journal_form"):
        text = bundle.build_module(f"{name}.js")
        (folder / f"{name}.mjs").write_text(text, encoding="utf-8")


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder; the address of it."""
    handler = partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def player_html(session: Timeline, sprites: Mapping[str, Any] | None = None) -> str:
    """A page with one player of a session; ``window.add()`` makes more of them."""
    if sprites is None:
        sprites = {key: sprite(key) for key in session.figure_keys()}
    state = bundle.build_player_state(session, dict(sprites)) | {"results": [], "received": []}
    return _page("player", state, "player_page")


def widget_html(name: str, state: Mapping[str, Any]) -> str:
    """A page with another widget; ``heard`` are the keys that left it."""
    return _page(name, state, "widget_page")


PARTS = '<script type="module" src="scripts/parts_page.js"></script>'


def _page(title: str, state: Mapping[str, Any], script: str) -> str:
    return PAGE % (title, json.dumps(state).replace("<", "\\u003c"), script)


class Player:
    """A player on a page: what a person presses, sees and waits for."""

    def __init__(self, page: Page, index: int = 0) -> None:
        self.page, self.index = page, index
        self.root = page.locator(".backcare-player").nth(index)
        self.evaluate = page.evaluate

    def nth(self, index: int) -> "Player":
        return Player(self.page, index)

    def press(self, *names: str) -> None:
        """Press buttons, those of the menu as well."""
        for name in names:
            button = self.root.locator(f".bc-{name}")
            if button.evaluate("(b) => Boolean(b.closest('.bc-menu')?.hidden)"):
                self.root.locator(".bc-open").click()
            button.click()

    def skip(self, steps: int) -> None:
        """Press Next so many times, faster than a person could."""
        next_button = self.root.locator(".bc-next")
        next_button.evaluate("(b, n) => { for (let i = 0; i < n; i++) b.click(); }", steps)

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def set(self, name: str, value: str | bool = True) -> None:
        """Set one of the settings: a choice, or a tick."""
        if not self.is_visible("menu"):
            self.press("open")
        field = self.root.locator(f"[name={name}]")
        if isinstance(value, bool):
            field.set_checked(value)
        else:
            field.select_option(value)

    def text(self, name: str) -> str:
        return self.root.locator(f".bc-{name}").inner_text()

    def top(self, name: str) -> float:
        return self.root.locator(f".bc-{name}").bounding_box()["y"]

    def is_visible(self, name: str) -> bool:
        return self.root.locator(f".bc-{name}").is_visible()

    @property
    def status(self) -> str:
        return self.root.get_attribute("data-status")

    def wait_for(self, status: str) -> None:
        self.page.wait_for_function(
            "([i, s]) => document.querySelectorAll('.backcare-player')[i].dataset.status === s",
            arg=[self.index, status],
            polling=50,  # milliseconds: some tests take the frames away
        )

    def wait_for_text(self, name: str, words: str) -> None:
        """Wait until a part contains these words."""
        self.page.wait_for_function(
            "([part, words]) => part.textContent.includes(words)",
            arg=[self.root.locator(f".bc-{name}").element_handle(), words],
        )

    def wait_until_left(self, seconds: int) -> None:
        wait_until_left(self.page, seconds, self.index)

    def receive(self, **state: Any) -> None:
        """Hand the player a state as from its kernel."""
        self.evaluate("(state) => model.receive(state)", state)

    def load(self, session: Timeline, *cues: Mapping[str, Any]) -> None:
        """Hand it another session, with these cues alone where there are any."""
        data = session.to_dict()
        if cues:
            data["phases"][0]["cues"] = [CUE | cue for cue in cues]
        self.receive(timeline=data, key="other")

    def sent(self) -> list[dict[str, Any]]:
        """Every message to the kernel, once there is any."""
        self.page.wait_for_function("model.messages.length")
        return self.evaluate("model.messages")

    def reload(self) -> None:
        self.page.reload()
        self.page.wait_for_function("window.ready")


CUE = {"at": 0, "tone": "", "say": "", "more": False}


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
        "steps": encode_integers([0, 0, 0, -10, -30, -50, *[0] * 8, -30, -50, 0, 0]),
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
