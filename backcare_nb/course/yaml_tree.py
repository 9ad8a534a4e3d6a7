"""YAML text as values that know their lines, and what is wrong with the text.

Only a plain part of YAML is read: groups of keys, lists, text, numbers, true, false and null.
Tags, anchors, aliases and merge keys are refused, so a small file can never become a large one,
and ``yes``, ``12:30`` or ``010`` stay the text they look like.
"""

import math
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]  # PyYAML comes without types

from backcare_nb.course.fields import Loc
from backcare_nb.course.names import HIDDEN, shorten

MAX_DEPTH = 20  # groups and lists inside one another
MAX_VALUES = 30_000  # values in a file, ten times as many as in the largest that is shipped
_NOWHERE = "\0"  # a step on the way to what has no place; no key is called so

# The C parser is ten times as fast, and tells lines just as well.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mistake(NamedTuple):
    """One thing wrong in a file: the line, the way to the key, and a sentence."""

    line: int
    where: str
    what: str


class YamlMapping(dict[str, Any]):
    """The keys of a mapping, with the line of each."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class YamlSequence(list[Any]):
    """The items of a sequence, with the line of each."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[int, int] = {}


class RefusedValue:
    """Stands for a value that was complained of already."""


class _Stop(Exception):
    """Reading cannot go on."""


class YamlTree:
    """The values of a text, from ``root`` on; ``whole`` unless reading had to stop early."""

    def __init__(self, text: str) -> None:
        self.root: Any = RefusedValue()
        self.whole = False
        self.mistakes: list[Mistake] = []
        self._count = 0
        try:
            self._read(text)
        except _Stop:
            pass
        except yaml.YAMLError as error:
            last = text.rstrip().count("\n") + 1
            self._note((), min(last, _syntax_line(error)), _describe_syntax(error))

    def way(self, loc: Loc) -> str:
        """The way to a value in words: keys, and for list items their id or their place."""
        return " > ".join(shorten(name) for name, _, _ in self.walk(loc))

    def walk(self, loc: Loc) -> Iterator[tuple[str, int, Any]]:
        """Name, line and value of each step on the way; parts that lead nowhere are skipped."""
        here = self.root
        for part in loc:
            if isinstance(here, YamlMapping) and isinstance(part, str) and part in here:
                line, here = here.lines[part], here[part]
                yield str(part), line, here
            elif isinstance(here, YamlSequence) and isinstance(part, int) and part < len(here):
                line, here = here.lines[part], here[part]
                yield _item_name(here, part), line, here

    # the text and its one document

    def _read(self, text: str) -> None:
        self._check_characters(text)
        self._events = yaml.parse(text, Loader=Loader)
        next(self._events)
        self._check_opening(next(self._events))
        self._read_value(next(self._events), (), self._put_root)
        next(self._events)
        extra = next(self._events)
        if isinstance(extra, yaml.DocumentStartEvent):
            self._note(
                (), _event_line(extra), "found a second document (---); use one file for each"
            )
        self.whole = True

    def _check_characters(self, text: str) -> None:
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line:
                self._note((), number, "found a tab; use spaces instead")
            elif hidden := HIDDEN.search(line):
                self._note((), number, _describe_hidden(hidden[0]))
        if self.mistakes:
            raise _Stop

    def _check_opening(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.StreamEndEvent):
            self._halt((), 1, "the file is empty")
        if event.version or event.tags:
            self._note((), 1, "found a line that starts with %; remove it")

    def _put_root(self, value: Any) -> None:
        self.root = value

    # values: each place is there before its value is read, so that the way to it can be told

    def _read_value(self, event: yaml.Event, loc: Loc, put: Callable[[Any], None]) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            self._halt(
                loc[:2],
                _event_line(event),
                f"the file holds more than {MAX_VALUES} values; divide it",
            )
        if len(loc) > MAX_DEPTH:
            self._halt(loc[:3], _event_line(event), "lists and keys lie too deep in one another")
        self._refuse_extras(event, loc)
        match event:
            case yaml.MappingStartEvent():
                put(group := YamlMapping(_event_line(event)))
                self._fill_group(group, loc)
            case yaml.SequenceStartEvent():
                put(items := YamlSequence(_event_line(event)))
                self._fill_items(items, loc)
            case yaml.ScalarEvent():
                put(self._read_scalar(event, loc))
        if isinstance(event, yaml.AliasEvent) or event.tag:
            put(RefusedValue())

    def _refuse_extras(self, event: yaml.NodeEvent, loc: Loc) -> None:
        """Refuse what makes YAML more than groups, lists and words."""
        line = _event_line(event)
        if isinstance(event, yaml.AliasEvent):
            self._note(loc, line, f"found *{event.anchor}; write the value out instead")
        elif event.anchor:
            self._note(loc, line, f"found &{event.anchor}; anchors are not used here, remove it")
        if getattr(event, "tag", None):
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._note(loc, line, f"found the tag {shorten(tag)}; remove it")

    def _read_scalar(self, event: yaml.ScalarEvent, loc: Loc) -> Any:
        if hidden := HIDDEN.search(event.value):
            self._note(loc, _event_line(event), _describe_hidden(hidden[0]))
            return RefusedValue()
        return event.value if event.style or not event.implicit[0] else _resolve_scalar(event.value)

    def _fill_group(self, group: YamlMapping, loc: Loc) -> None:
        for event in self._until(yaml.MappingEndEvent):
            key = self._read_key(event, group, loc)
            value = next(self._events)
            if key is None:
                self._read_value(value, (*loc, _NOWHERE), _discard)
            else:
                group[key], group.lines[key] = RefusedValue(), _event_line(event)
                self._read_value(value, (*loc, key), partial(group.__setitem__, key))

    def _read_key(self, event: yaml.Event, group: YamlMapping, loc: Loc) -> str | None:
        """The key's text, or None (and a note) where it cannot be used."""
        if not isinstance(event, yaml.ScalarEvent):
            self._note(loc, _event_line(event), "found a key that is not a word")
            self._read_value(event, (*loc, _NOWHERE), _discard)
            return None
        self._refuse_extras(event, loc)
        what = self._key_mistake(event.value, group)
        if what:
            self._note(loc, _event_line(event), what)
        return None if what else event.value

    def _key_mistake(self, key: str, group: YamlMapping) -> str:
        if key == "<<":
            return "found <<; merge keys are not used here, write the keys out"
        if hidden := HIDDEN.search(key):
            return _describe_hidden(hidden[0])
        if key in group.lines:
            return f'the key "{shorten(key)}" is there twice (first in line {group.lines[key]})'
        return ""

    def _fill_items(self, items: YamlSequence, loc: Loc) -> None:
        ids: dict[str, int] = {}
        for index, event in enumerate(self._until(yaml.SequenceEndEvent)):
            items.append(RefusedValue())
            items.lines[index] = _event_line(event)
            self._read_value(event, (*loc, index), partial(items.__setitem__, index))
            self._check_unique_id(items[index], ids, loc)

    def _check_unique_id(self, item: Any, ids: dict[str, int], loc: Loc) -> None:
        name = _item_id(item)
        if name is None:
            return
        line = item.lines["id"]
        if name in ids:
            first = f"(first in line {ids[name]})"
            self._note(loc, line, f'the id "{shorten(name)}" is there twice {first}')
        ids.setdefault(name, line)

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self._events), end):
            yield event

    # mistakes

    def _note(self, loc: Loc, line: int, what: str) -> None:
        self.mistakes.append(Mistake(line, self.way(loc), what))

    def _halt(self, loc: Loc, line: int, what: str) -> None:
        self._note(loc, line, what)
        raise _Stop


def _discard(_: Any) -> None:
    """Take a value that has no place."""


def _event_line(event: yaml.Event) -> int:
    return int(event.start_mark.line) + 1


def _item_name(item: Any, index: int) -> str:
    return _item_id(item) or str(index + 1)


def _item_id(item: Any) -> str | None:
    name = item.get("id") if isinstance(item, YamlMapping) else None
    return name if isinstance(name, str) and name else None


def _describe_hidden(character: str) -> str:
    return f"found the hidden character U+{ord(character):04X}; remove it"


# Scalars without quotes: the few that are not text, by YAML 1.2's core schema. Numbers with
# leading zeros stay text, since readers differ on what they mean.

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE, _FALSE = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ENDLESS = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}


def _resolve_scalar(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _ENDLESS.get(text.lower(), text)


# What the parser says, in plain words: the first of these that its message holds.
_SYNTAX = {
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
_UNREADABLE = "this cannot be read as YAML; look at its indent, colons, quotes and brackets"


def _describe_syntax(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or ""
    return next((words for part, words in _SYNTAX.items() if part in problem), _UNREADABLE)


def _syntax_line(error: yaml.YAMLError) -> int:
    """Where a quote or bracket was opened, else where the parser gave up."""
    context = getattr(error, "context", None) or ""
    opened = error.context_mark if "quoted" in context or "flow" in context else None
    mark = opened or getattr(error, "problem_mark", None)
    return int(mark.line) + 1 if mark else 1
