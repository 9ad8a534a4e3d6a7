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
IMPORT = re.compile(r'^import .* from "\./([\w/]+\.js)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?:default \w+;\n)?", re.MULTILINE)


@cache
def module(name: str) -> str:
    """The text of a module, such as "player.js", with all that it imports: it imports nothing more.

    What it exports by default has the module's name.
    """
    return f"{script(name)}export default {Path(name).stem};\n"


@cache
def script(name: str) -> str:
    """A module with all that it imports, as a script that neither imports nor exports.

    Lines of comment stay at home, since every instance of a widget sends the text to the browser.
    """
    text = "".join(
        IMPORT.sub("", (BROWSER / each).read_text(encoding="utf-8")) for each in files(name)
    )
    return COMMENT.sub("", EXPORT.sub("", text))


def files(name: str) -> tuple[str, ...]:
    """The files that a module needs, each after those that it imports; itself is the last."""
    needed = IMPORT.findall((BROWSER / name).read_text(encoding="utf-8"))
    return tuple(dict.fromkeys([*(file for each in needed for file in files(each)), name]))


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
