"""What the browser is given to play a session: the module, its style, the timeline, the pictures.

The same parts serve a widget in a notebook and a page that plays with no kernel and no server.
"""

import re
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from backcare_nb.sessions.timeline import Timeline

BROWSER = Path(__file__).parents[1] / "browser"
COMMENT = re.compile(r"^\s*(?://.*|\*.*|/\*\*[^/]*|/\*\*.*\*/)\n", re.MULTILINE)


@cache
def module(name: str) -> str:
    """The text of a module, "player.js" or "explorer.js", with what every figure needs before it.

    Lines of comment stay at home, since every instance sends the text to the browser.
    """
    return "\n".join(map(source, ("sprite.js", name)))


def source(name: str) -> str:
    """The text of one file for the browser, without its lines of comment."""
    return COMMENT.sub("", (BROWSER / name).read_text(encoding="utf-8"))


def script(*names: str) -> str:
    """Files as one plain script: a page that is opened from a folder may not import a module.

    What a module exports by default gets the module's name: player.js makes ``player``.
    """
    return "\n".join(map(_plain, ("sprite.js", *names)))


def _plain(name: str) -> str:
    """A file without exports; one with a default export keeps all else to itself."""
    text = re.sub("^export (?!default )", "", source(name), flags=re.MULTILINE)
    before, found, made = text.rpartition("\nexport default ")
    if not found:
        return text
    return f"const {Path(name).stem} = (() => {{{before}\nreturn {made}}})();\n"


def state(session: Timeline, sprites: dict[str, Any] | None = None) -> dict[str, Any]:
    """The timeline as plain data, its pictures by key, and a name for this very session."""
    if sprites is None:
        sprites = _sprites(session.figure_keys())
    key = sha256(session.to_json().encode()).hexdigest()[:16]
    return {"timeline": session.to_dict(), "sprites": sprites, "key": key}


def _sprites(keys: Iterable[str]) -> dict[str, Any]:
    keys = tuple(keys)
    if not keys:  # a plain timer needs no picture, and so no matplotlib
        return {}
    from backcare_nb.cards import picture

    return {key: picture.sprite(key) for key in keys}
