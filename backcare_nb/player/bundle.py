"""What the browser is given to play a session: the module, its style, the timeline, the pictures.

The same parts serve a widget in a notebook and a page that plays with no kernel and no server.
"""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from backcare_nb.sessions.timeline import Timeline

PLAYER_FOLDER = Path(__file__).parent
JS_IMPORT_PATTERN = re.compile(r'^import .* from "\./([\w/]+\.js)";\n', re.MULTILINE)
JS_EXPORT_PATTERN = re.compile(r"^export (?:default (\w+);\n)?", re.MULTILINE)
JS_NUMBER_CONSTANT_PATTERN = re.compile(r"^const ([A-Z_]+) = ([\d._e-]+);.*\n", re.MULTILINE)
JS_COMMENT_PATTERN = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
JS_OPERATOR_SIGNS = "+<>!=&|?:*/%.^~-"
# A regular expression stands where a division cannot: after these.
JS_SIGN_BEFORE_REGEX_PATTERN = r"[(\[{,;=:?&|!>]"
JS_STRING_OR_REGEX_PATTERN = re.compile(
    r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
    rf"|(?:(?<={JS_SIGN_BEFORE_REGEX_PATTERN})|(?<={JS_SIGN_BEFORE_REGEX_PATTERN} )|(?<=return ))"
    r"/(?:\\.|\[(?:\\.|[^]\\])*]|[^/\\[\n])+/",
    re.DOTALL,
)
# Between two words, or two signs, a space may be needed. What is quoted stands before and after.
JS_NEEDLESS_SPACE_PATTERN = re.compile(
    rf"(?<=[^\w$]) (?![{JS_OPERATOR_SIGNS}])|(?<![{JS_OPERATOR_SIGNS}]) (?![\w$])"
)
# Statements end in semicolons here; a browser supplies the last one before a brace.
JS_NEEDLESS_LINE_END_PATTERN = re.compile(
    rf"(?<=[;{{}}([,{JS_OPERATOR_SIGNS}])\n|\n(?=[])}}.?:])|;\n?(?=}})"
)
JS_TEMPLATE_TEXT_PATTERN = re.compile(r"[`}](?:\\.|\$(?!\{)|[^\\`$])*(?:`|\$\{)", re.DOTALL)


@cache
def build_module(name: str) -> str:
    """Join a module, such as "player.js", with all that it imports to one text."""
    (default,) = filter(None, JS_EXPORT_PATTERN.findall(_read_source(name)))
    return f"{build_script(name)}export default {default};\n"


@cache
def build_script(name: str) -> str:
    """Join a module with all that it imports to a script that neither imports nor exports.

    It is compact, since every instance of a widget sends it to the browser.
    """
    texts = map(_read_source, files_in_import_order(name))
    text = "".join(JS_EXPORT_PATTERN.sub("", JS_IMPORT_PATTERN.sub("", text)) for text in texts)
    # their names are for whoever reads the files
    numbers = dict(JS_NUMBER_CONSTANT_PATTERN.findall(text))
    text = JS_NUMBER_CONSTANT_PATTERN.sub("", text)
    text = re.sub(r"\b[A-Z_]+\b", lambda word: numbers.get(word[0], word[0]), text)
    return minify_javascript(text)


def join_css_files(*names: str) -> str:
    """Join files of style to one text."""
    return "\n".join(map(_read_source, names))


def files_in_import_order(name: str) -> tuple[str, ...]:
    """Find the files that a module needs, each after those that it imports; itself is the last."""
    needed = JS_IMPORT_PATTERN.findall(_read_source(name))
    before = (file for each in needed for file in files_in_import_order(each))
    return tuple(dict.fromkeys([*before, name]))


def _read_source(name: str) -> str:
    return (PLAYER_FOLDER / name).read_text(encoding="utf-8")


def minify_javascript(text: str) -> str:
    """Take comments and needless spaces and line ends from JavaScript.

    What is quoted stays as it is: strings, templates and regular expressions.
    """
    kept, code, place = [], "", 0
    depths: list[int] = []  # of braces, in each template that stands open
    while place < len(text):
        char = text[place]
        ends = char == "`" or (char == "}" and depths and not depths[-1])
        if found := JS_COMMENT_PATTERN.match(text, place):
            code += "\n" if "\n" in found[0] else " "
        elif found := (JS_TEMPLATE_TEXT_PATTERN if ends else JS_STRING_OR_REGEX_PATTERN).match(
            text, place
        ):
            kept += [_drop_needless_spaces(code), found[0]]
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
    return "".join([*kept, _drop_needless_spaces(code)]).lstrip()


def _drop_needless_spaces(code: str) -> str:
    code = re.sub(r"\s*\n\s*", "\n", re.sub(r"[ \t]+", " ", code))
    return JS_NEEDLESS_LINE_END_PATTERN.sub("", JS_NEEDLESS_SPACE_PATTERN.sub("", code))


def build_player_state(session: Timeline, sprites: dict[str, Any] | None = None) -> dict[str, Any]:
    """Build what a player is given: the timeline as data, its pictures, and a key of its own."""
    if sprites is None:
        sprites = build_session_sprites(session)
    key = sha256(session.to_json().encode()).hexdigest()[:16]
    return {"timeline": session.to_dict(), "sprites": sprites, "key": key}


def build_session_sprites(session: Timeline) -> dict[str, Any]:
    """Build the pictures of a session, by their keys."""
    if not (keys := session.figure_keys()):  # a plain timer needs no picture, and so no matplotlib
        return {}
    from backcare_nb.html import picture

    return {key: picture.cached_figure_sprite(key, own=session.own_figures) for key in keys}
