"""What the browser is given to play a session: the module, its style, the timeline, the pictures.

The same parts serve a widget in a notebook and a page that plays with no kernel and no server.
"""

import re
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from backcare_nb.timeline import Timeline

HERE = Path(__file__).parent
COMMENT = re.compile(r"^\s*(?://.*|\*.*|/\*\*[^/]*|/\*\*.*\*/)\n", re.MULTILINE)


@cache
def module(name: str) -> str:
    """The text of a module, "player.js" or "explorer.js", with what every figure needs before it.

    Lines of comment stay at home, since every instance sends the text to the browser.
    """
    return "\n".join(map(source, ("sprite.js", name)))


def source(name: str) -> str:
    """The text of one file for the browser, without its lines of comment."""
    return COMMENT.sub("", (HERE / name).read_text(encoding="utf-8"))


def expression(name: str) -> str:
    """A module as an expression, worth what the module exports by default.

    A page that is opened from a folder may not import a module; a script it may have.
    """
    body = re.sub(r"^export default ", "return ", module(name), flags=re.MULTILINE)
    body = re.sub(r"^export ", "", body, flags=re.MULTILINE)
    return f'(() => {{\n"use strict";\n{body}}})()'


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
    from backcare_nb import picture

    return {key: picture.sprite(key) for key in keys}
