"""What the browser is given to play a session: the module, its style, the timeline, the pictures.

The same parts serve a widget in a notebook and a page that plays with no kernel and no server.
"""

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from backcare_nb.course.fields import Model
from backcare_nb.sessions.timeline import Timeline

BROWSER = Path(__file__).parent
IMPORT = re.compile(r'^import .* from "\./([\w/]+\.js)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?:default (\w+);\n)?", re.MULTILINE)
NUMBER = re.compile(r"^const ([A-Z_]+) = ([\d._e-]+);.*\n", re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
SIGNS = "+<>!=&|?:*/%.^~-"
# A regular expression stands where a division cannot: after these.
OPENS = r"[(\[{,;=:?&|!>]"
LITERAL = re.compile(
    r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
    rf"|(?:(?<={OPENS})|(?<={OPENS} )|(?<=return ))/(?:\\.|\[(?:\\.|[^]\\])*]|[^/\\[\n])+/",
    re.DOTALL,
)
# Between two words, or two signs, a space may be needed. What is quoted stands before and after.
NEEDLESS_SPACE = re.compile(rf"(?<=[^\w$]) (?![{SIGNS}])|(?<![{SIGNS}]) (?![\w$])")
# Statements end in semicolons here; a browser supplies the last one before a brace.
NEEDLESS_END = re.compile(rf"(?<=[;{{}}([,{SIGNS}])\n|\n(?=[])}}.?:])|;\n?(?=}})")
TEMPLATE = re.compile(r"[`}](?:\\.|\$(?!\{)|[^\\`$])*(?:`|\$\{)", re.DOTALL)


@cache
def module(name: str) -> str:
    """The text of a module, such as "player.js", with all that it imports."""
    (default,) = filter(None, EXPORT.findall((BROWSER / name).read_text(encoding="utf-8")))
    return f"{script(name)}export default {default};\n"


@cache
def script(name: str) -> str:
    """A module with all that it imports, as a script that neither imports nor exports.

    It is compact, since every instance of a widget sends it to the browser.
    """
    texts = ((BROWSER / each).read_text(encoding="utf-8") for each in files(name))
    text = "".join(EXPORT.sub("", IMPORT.sub("", text)) for text in texts)
    numbers = dict(NUMBER.findall(text))  # their names are for whoever reads the files
    text = re.sub(r"\b[A-Z_]+\b", lambda word: numbers.get(word[0], word[0]), NUMBER.sub("", text))
    return compact(text)


def files(name: str) -> tuple[str, ...]:
    """The files that a module needs, each after those that it imports; itself is the last."""
    needed = IMPORT.findall((BROWSER / name).read_text(encoding="utf-8"))
    return tuple(dict.fromkeys([*(file for each in needed for file in files(each)), name]))


def compact(text: str) -> str:
    """JavaScript without comments, and with no space but where it parts two words or two lines.

    What is quoted stays as it is: strings, templates and regular expressions.
    """
    kept, code, place = [], "", 0
    depths: list[int] = []  # of braces, in each template that stands open
    while place < len(text):
        char = text[place]
        ends = char == "`" or (char == "}" and depths and not depths[-1])
        if found := COMMENT.match(text, place):
            code += "\n" if "\n" in found[0] else " "
        elif found := (TEMPLATE if ends else LITERAL).match(text, place):
            kept += [_narrow(code), found[0]]
            code = ""
            if ends and char == "}":
                depths.pop()
            if ends and found[0].endswith("${"):
                depths.append(0)
        else:
            if depths and char in "{}":
                depths[-1] += 1 if char == "{" else -1
            code += char
        place = found.end() if found else place + 1
    return "".join([*kept, _narrow(code)]).lstrip()


def _narrow(code: str) -> str:
    code = re.sub(r"\s*\n\s*", "\n", re.sub(r"[ \t]+", " ", code))
    return NEEDLESS_END.sub("", NEEDLESS_SPACE.sub("", code))


def state(session: Timeline, sprites: dict[str, Any] | None = None) -> dict[str, Any]:
    """The timeline as plain data, its pictures by key, and a name for this very session."""
    if sprites is None:
        sprites = _sprites(session.figure_keys(), session.own_figures)
    key = sha256(session.to_json().encode()).hexdigest()[:16]
    return {"timeline": session.to_dict(), "sprites": sprites, "key": key}


def _sprites(keys: tuple[str, ...], own: Mapping[str, Model]) -> dict[str, Any]:
    if not keys:  # a plain timer needs no picture, and so no matplotlib
        return {}
    from backcare_nb.html import picture

    return {key: picture.sprite(key, own=own) for key in keys}
