"""YAML text as values that know their lines, and what is wrong with the text.

Only a plain part of YAML is read: groups of keys, lists, text, numbers, true, false and null.
Tags, anchors, aliases and merge keys are refused, so a small file can never become a large one,
and ``yes``, ``12:30`` or ``010`` stay the text they look like.
"""

import math
import re
from typing import Any, NamedTuple

import yaml

from backcare_nb.course.fields import Loc
from backcare_nb.course.names import HIDDEN_CHARACTER_PATTERN, shorten

MAX_NESTING_DEPTH = 20  # groups and lists inside one another
MAX_VALUES_IN_FILE = 30_000  # values in a file, ten times as many as in the largest that is shipped
REFUSED_VALUE: Any = object()  # stands for a value that was complained of already
_UNUSABLE_KEY = "\0"  # the key of what has no place; no key is called so

# The C parser is ten times as fast, and tells lines just as well.
YamlLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FileMistake(NamedTuple):
    """One thing wrong in a file: the line, the way to the key, and a sentence."""

    line: int
    where: str
    what: str

    def __str__(self) -> str:
        return f"line {self.line}{f', {self.where}' if self.where else ''}: {self.what}"


class FilePlace(NamedTuple):
    """A place in a file: its line, the way to it in words, and the value there."""

    line: int
    where: str
    value: Any


class _StopReading(Exception):
    """Reading cannot go on."""


class YamlTree:
    """The values of a text; ``whole`` unless reading had to stop early.

    ``lines`` has the line of each key and of each item of a list, by the way to it.
    """

    def __init__(self, text: str) -> None:
        self.lines: dict[Loc, int] = {}
        self.whole = False
        self.mistakes: list[FileMistake] = []
        self._documents: list[Any] = [REFUSED_VALUE]
        self._count = 0
        try:
            self._read(text)
        except _StopReading:
            pass
        except yaml.YAMLError as error:
            self._add_mistake((), *_explain_syntax_error(error, text))

    @property
    def root(self) -> Any:
        """The value of the whole text, with all others inside."""
        return self._documents[0]

    def locate(self, loc: Loc) -> FilePlace:
        """Where a way leads, told by keys and by the ids or numbers of items.

        Parts of it that lead nowhere are skipped.
        """
        here, names = self.root, list[str]()
        way: Loc = ()
        for part in loc:
            if isinstance(here, dict) and part in here:
                name = str(part)
            elif isinstance(here, list) and isinstance(part, int) and part < len(here):
                name = item_id(here[part]) or str(part + 1)
            else:
                continue
            here, way = here[part], (*way, part)
            names.append(shorten(name))
        return FilePlace(self.lines.get(way, 1), " > ".join(names), here)

    def mistake(self, loc: Loc, what: str) -> FileMistake:
        """What is wrong at a place."""
        line, where, _ = self.locate(loc)
        return FileMistake(line, where, what)

    def _read(self, text: str) -> None:
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line:
                self._add_mistake((), number, "found a tab; use spaces instead")
            elif what := _describe_hidden_character(line):
                self._add_mistake((), number, what)
        if self.mistakes:
            raise _StopReading
        text = OTHER_SPACES_PATTERN.sub(" ", ZERO_WIDTH_SPACES_PATTERN.sub("", text))
        self._lines = text.split("\n")
        self._events = yaml.parse(text, Loader=YamlLoader)
        next(self._events)
        opening: Any = next(self._events)
        if isinstance(opening, yaml.StreamEndEvent):
            self._add_mistake_and_stop((), 1, "the file is empty")
        if opening.version or opening.tags:
            self._add_mistake((), 1, "found a line that starts with %; remove it")
        root = next(self._events)
        if isinstance(root, yaml.CollectionStartEvent):
            self.lines[()] = _event_line_number(root)
        self._read_value_into_parent(root, (), self._documents, 0)
        next(self._events)
        extra = next(self._events)
        if isinstance(extra, yaml.DocumentStartEvent):
            what = "found a second document (---); use one file for each"
            self._add_mistake((), _event_line_number(extra), what)
        self.whole = True

    def _read_value_into_parent(self, event: Any, loc: Loc, parent: Any, key: str | int) -> None:
        """Put a value where it belongs, and then what is inside: notes tell the way to it."""
        self._count += 1
        line = _event_line_number(event)
        if self._count > MAX_VALUES_IN_FILE:
            what = f"the file holds more than {MAX_VALUES_IN_FILE} values; divide it"
            self._add_mistake_and_stop(loc[:2], line, what)
        if len(loc) > MAX_NESTING_DEPTH:
            self._add_mistake_and_stop(loc[:3], line, "lists and keys lie too deep in one another")
        self._refuse_anchors_and_tags(event, loc)
        match event:
            case yaml.MappingStartEvent():
                parent[key] = {}
                self._fill_mapping(parent[key], loc, in_braces=bool(event.flow_style))
            case yaml.SequenceStartEvent():
                parent[key] = []
                self._fill_list(parent[key], loc)
            case yaml.ScalarEvent():
                parent[key] = self._read_scalar(event, loc)
        if isinstance(event, yaml.AliasEvent) or event.tag:
            parent[key] = REFUSED_VALUE

    def _refuse_anchors_and_tags(self, event: Any, loc: Loc) -> None:
        """Refuse what makes YAML more than groups, lists and words."""
        line = _event_line_number(event)
        if isinstance(event, yaml.AliasEvent):
            self._add_mistake(loc, line, f"found *{event.anchor}; write the value out instead")
        elif event.anchor:
            what = f"found &{event.anchor}; anchors are not used here, remove it"
            self._add_mistake(loc, line, what)
        if getattr(event, "tag", None):
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._add_mistake(loc, line, f"found the tag {shorten(tag)}; remove it")

    def _read_scalar(self, event: Any, loc: Loc) -> Any:
        if what := _describe_hidden_character(event.value):
            self._add_mistake(loc, _event_line_number(event), what)
            return REFUSED_VALUE
        if "change" in loc and event.value.startswith("+") and not event.style:
            what = f"{event.value} would be read as {event.value[1:]}; write what it becomes"
            self._add_mistake(loc, _event_line_number(event), what)
            return REFUSED_VALUE
        lost = self._lines[event.end_mark.line][event.end_mark.column :] if not event.style else ""
        text = isinstance(_resolve_scalar(event.value), str)
        if text and re.match(" +#", lost) and (" " in event.value or re.match(" +#[^ #]", lost)):
            what = 'the words after " #" would be lost; put quotes round the whole text'
            self._add_mistake(loc, int(event.end_mark.line) + 1, what)
            return REFUSED_VALUE
        return event.value if event.style or not event.implicit[0] else _resolve_scalar(event.value)

    def _fill_mapping(self, group: dict[str, Any], loc: Loc, *, in_braces: bool) -> None:
        before = ""
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._read_key(event, group, loc)
            parent = {} if key == _UNUSABLE_KEY else group
            parent[key], self.lines[*loc, key] = REFUSED_VALUE, _event_line_number(event)
            value = next(self._events)
            self._read_value_into_parent(value, (*loc, key), parent, key)
            is_empty = isinstance(value, yaml.ScalarEvent) and not (value.value or value.style)
            if in_braces and parent is group and before and is_empty:
                del group[key]
                what = _describe_value_cut_by_comma(group[before], key)
                self._add_mistake((*loc, before), _event_line_number(event), what)
                group[before] = REFUSED_VALUE
            elif parent is group:
                before = key

    def _read_key(self, event: Any, group: dict[str, Any], loc: Loc) -> str:
        """The key's text, or _UNUSABLE_KEY (and a note) where it cannot be used."""
        line = _event_line_number(event)
        if not isinstance(event, yaml.ScalarEvent):
            self._add_mistake(loc, line, "found a key that is not a word")
            self._read_value_into_parent(event, (*loc, _UNUSABLE_KEY), {}, _UNUSABLE_KEY)
            return _UNUSABLE_KEY
        self._refuse_anchors_and_tags(event, loc)
        key, what = str(event.value), _describe_hidden_character(event.value)
        if key == "<<":
            what = "found <<; merge keys are not used here, write the keys out"
        elif key in group:
            first = self.lines[*loc, key]
            what = f'the key "{shorten(key)}" is there twice (first in line {first})'
        if what:
            self._add_mistake(loc, line, what)
        return _UNUSABLE_KEY if what else key

    def _fill_list(self, items: list[Any], loc: Loc) -> None:
        first_lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            index = len(items)
            items.append(REFUSED_VALUE)
            self.lines[*loc, index] = _event_line_number(event)
            self._read_value_into_parent(event, (*loc, index), items, index)
            name = item_id(items[index])
            if not name:
                continue
            line = self.lines[*loc, index, "id"]
            if name in first_lines:
                first = first_lines[name]
                what = f'the id "{shorten(name)}" is there twice (first in line {first})'
                self._add_mistake(loc, line, what)
            first_lines.setdefault(name, line)

    def _add_mistake(self, loc: Loc, line: int, what: str) -> None:
        self.mistakes.append(FileMistake(line, self.locate(loc).where, what))

    def _add_mistake_and_stop(self, loc: Loc, line: int, what: str) -> None:
        self._add_mistake(loc, line, what)
        raise _StopReading


# Spaces of a web page, of Word or of a Japanese keyboard, and those of no width.
OTHER_SPACES_PATTERN = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
ZERO_WIDTH_SPACES_PATTERN = re.compile("[\u200b\u2060\ufeff]")
_KEY_LINE_PATTERN = re.compile(r"(?P<indent> *)(- )?(?P<key>[a-z_]+(?: [a-z]+)?) ?:(?P<gap> |$)?")
_KEY_WITHOUT_COLON_PATTERN = re.compile(r" *(?:- )?(?P<key>[a-z_]+),? +[^:]+$")
_WRONG_BULLET_PATTERN = re.compile(r" *([•●○▪·–—]|\*(?!\*)|\d+[.)]|-(?=[a-z_]+:)) *(?=[a-z_]+ ?:)")
_COLON_IN_TEXT_PATTERN = re.compile(r" *(?:- )?(?P<key>[a-z_]+): [^\"'\[{|>#“„«][^#]*?:( |$)")
_TEXT_BEHIND_QUOTE_OR_BRACE_PATTERN = re.compile(
    r" *(?:- )?(?P<key>[a-z_]+): (\"[^\"]*\"|\[[^\[\]]*\]|\{[^{}]*\}) *[^ #,}\]]"
)
MAX_LINES_FROM_SLIP_TO_ERROR = 3  # that a slip may stand before what a parser complains of


def _find_slip_before_error(text: str, line: int) -> tuple[int, str] | None:
    """The line, and what is wrong, where a key lacks its colon or the space after it."""
    lines = text.split("\n")
    for number in range(line, max(0, line - MAX_LINES_FROM_SLIP_TO_ERROR), -1):
        words = lines[number - 1]
        found = _KEY_LINE_PATTERN.match(words)
        if found and found["gap"] is None:
            return number, f'expected a space after "{found["key"]}:"'
        bare = _KEY_WITHOUT_COLON_PATTERN.match(words)
        beside = [_KEY_LINE_PATTERN.match(each) for each in lines[number : number + 1]]
        if bare and any(each and each.start("key") == bare.start("key") for each in beside):
            goes_on = number > 1 and len(words.split()) > 3
            cure = "; a text that goes on begins its lines with spaces" * goes_on
            return number, f'expected a ":" after "{bare["key"]}"{cure}'
        if wide := re.search("[a-z_]：", words):
            return number, f'found the wide "{wide[0][-1]}"; write ":" and a space'
        if bullet := _WRONG_BULLET_PATTERN.match(words):
            return number, f'found "{bullet[1].strip()}" before an item; write "- ", with a space'
        if words.startswith("```"):
            return number, "found ```; remove this line"
        if number == line and (colon := _COLON_IN_TEXT_PATTERN.match(words)):
            what = f'put quotes round what follows "{colon["key"]}:"'
            if re.fullmatch(r".*: \w+: *", words):
                return number, 'found a ":" behind the value; remove it'
            return number, f"a text that holds a colon: {what}"
        if number == line and (begun := _TEXT_BEHIND_QUOTE_OR_BRACE_PATTERN.match(words)):
            return number, f'put quotes round all that follows "{begun["key"]}:"'
        if "**" in words:
            return number, "found **, which counts for nothing here; remove it"
        if re.search(r": '[^']*'\w", words):
            return number, "an apostrophe ends this text; put double quotes round it instead"
        if re.search("[“”„«»‘`]", words):
            return number, "curly quotes count for nothing here; write straight ones, \" or '"
    return None


def _describe_value_cut_by_comma(before: Any, rest: str) -> str:
    """What to write where a comma inside braces has cut a number or a text in two."""
    if isinstance(before, int) and rest.isdigit():
        return f"found {before},{rest}: a comma ends a value inside braces; write {before}.{rest}"
    said = shorten(f"{before}, {rest}")
    cure = "put quotes round it"
    if re.match("[“”„«»‘]", said):
        cure = "write straight quotes in place of the curly ones"
    elif re.fullmatch("[a-z_, ]+", said):
        cure = f"write [{said}]"
    return f'found "{said}": a comma ends a text inside braces; {cure}'


def _event_line_number(event: Any) -> int:
    return int(event.start_mark.line) + 1


def item_id(item: Any) -> str:
    """The id in a group of keys; empty where there is none."""
    name = item.get("id") if isinstance(item, dict) else None
    return name if isinstance(name, str) else ""


def _describe_hidden_character(text: str) -> str:
    hidden = HIDDEN_CHARACTER_PATTERN.search(text)
    return f"found the hidden character U+{ord(hidden[0]):04X}; remove it" if hidden else ""


# Scalars without quotes: the few that are not text, by YAML 1.2's core schema. Numbers with
# leading zeros stay text, since readers differ on what they mean.

_NULL_WORDS = {"", "~", "null", "Null", "NULL"}
_TRUE_WORDS, _FALSE_WORDS = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}
_INT_PATTERN = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT_PATTERN = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NON_FINITE_FLOATS_BY_WORD = {
    ".inf": math.inf,
    "+.inf": math.inf,
    "-.inf": -math.inf,
    ".nan": math.nan,
}


def _resolve_scalar(text: str) -> Any:
    if text in _NULL_WORDS:
        return None
    if text in _TRUE_WORDS or text in _FALSE_WORDS:
        return text in _TRUE_WORDS
    if _INT_PATTERN.fullmatch(text):
        return int(text)
    if _FLOAT_PATTERN.fullmatch(text):
        return float(text)
    return _NON_FINITE_FLOATS_BY_WORD.get(text.lower(), text)


# What the parser says, in plain words: the first of these that its message holds.
_SENTENCES_BY_SYNTAX_ERROR_PART = {
    "mapping values are not allowed": 'found a ":" that does not belong here; indent the line as '
    "the lines around it, or put quotes round text that holds a colon",
    "could not find expected ':'": 'expected a ":" after the key',
    "found unexpected ':'": 'found a ":" that does not belong here; put quotes round the text',
    "end of stream": "a quote or bracket is opened here and never closed",
    "document separator": "a quote is opened here and not closed before the line --- or ...",
    "expected ',' or": "a bracket is opened here and not closed, or a comma is missing",
    "node content": "a value is missing here, or a bracket is not closed",
    "cannot start any token": "this character cannot start a text; put quotes round the text",
    "alphabetic or numeric": "found * or & before a text; put quotes round the text",
    "escape": r"found a \ that means nothing in double quotes; use single quotes",
    "hexdecimal": r"found a \ that means nothing in double quotes; use single quotes",
    "sequence entries are not allowed": 'found a "-" that does not belong here; put it on a line '
    "of its own",
    "expected": "the line is not indented like the lines around it",
}
_UNREADABLE_SENTENCE = (
    "this cannot be read as YAML; look at its indent, colons, quotes and brackets"
)


def _explain_syntax_error(error: Any, text: str) -> tuple[int, str]:
    """The line where a quote or bracket was opened, or the parser gave up; and what is wrong."""
    context, problem = (getattr(error, key, None) or "" for key in ("context", "problem"))
    opened = error.context_mark if "quoted" in context or "flow" in context else None
    mark = opened or getattr(error, "problem_mark", None)
    line = min(text.rstrip().count("\n") + 1, int(mark.line) + 1 if mark else 1)
    known = (words for part, words in _SENTENCES_BY_SYNTAX_ERROR_PART.items() if part in problem)
    return _find_slip_before_error(text, line) or (line, next(known, _UNREADABLE_SENTENCE))
