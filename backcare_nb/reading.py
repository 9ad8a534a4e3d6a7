"""A YAML file read into a model, or one report that names every mistake in it.

Only a plain part of YAML is read: groups of keys, lists, text, numbers, true, false and null.
Tags, anchors, aliases and merge keys are refused, so a small file can never become a large one,
and ``yes``, ``12:30`` or ``010`` stay the text they look like. A report says for each mistake
the file, the line, the way to the key, what was found and what was expected.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

LARGEST = 1_000_000  # bytes in a file
DEEPEST = 20  # groups and lists inside one another
MOST_SHOWN = 50  # mistakes in one report

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Loc = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class DataError(ValueError):
    """A data file that cannot be used; its text is a report made for the person who edits it."""


class Mistake(NamedTuple):
    """One thing wrong in a file: the line, the way to the key, and a sentence."""

    line: int
    where: str
    what: str


def read(path: Path, model: type[M], known: Mapping[str, Collection[str]] | None = None) -> M:
    """Read a YAML file into a model.

    ``known`` holds the names that the file may refer to, by kind (``{"posture": {...}}``); it
    reaches the model's validators as their context. Raises DataError with all mistakes at once.
    """
    name = Path(path).name
    text = _text(Path(path))
    tree = _Tree(text)
    made = None
    if tree.whole:
        try:
            made = model.model_validate(tree.root, context=known)
        except ValidationError as error:
            tree.judge(error, model)
    if tree.mistakes:
        raise DataError(report(name, tree.mistakes))
    return made


def outline(path: Path) -> dict[str, frozenset[str]]:
    """The names under each key of a YAML file, without looking at what they stand for."""
    tree = _Tree(_text(Path(path)))
    if tree.mistakes:
        raise DataError(report(Path(path).name, tree.mistakes))
    groups = tree.root.items() if isinstance(tree.root, dict) else ()
    return {key: frozenset(value) for key, value in groups if isinstance(value, dict)}


def report(name: str, mistakes: Collection[Mistake]) -> str:
    """The text of a DataError: one line for each mistake, in the order of the file."""
    lines = list(dict.fromkeys(_line(name, mistake) for mistake in sorted(mistakes)))
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    more = [f"... and {len(lines) - MOST_SHOWN} more"] if len(lines) > MOST_SHOWN else []
    return "\n".join([f"{count} in {name}:", *lines[:MOST_SHOWN], *more])


def _line(name: str, mistake: Mistake) -> str:
    where = f", {mistake.where}" if mistake.where else ""
    return f"{name} line {mistake.line}{where}: {mistake.what}"


def unknown(kind: str, name: str, names: Collection[str]) -> str:
    """Say that a name is unknown, and which one was probably meant."""
    close = get_close_matches(name, sorted(names), n=1)
    if close:
        return f'unknown {kind} "{shorten(name)}"; did you mean "{close[0]}"?'
    if 0 < len(names) <= 12:
        return f'unknown {kind} "{shorten(name)}"; known here: {", ".join(sorted(names))}'
    return f'unknown {kind} "{shorten(name)}"'


def shorten(text: str) -> str:
    """The beginning of a text, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:57] + "..."


# --- the bytes ---------------------------------------------------------------------------------

# YAML counts NEL, LS and PS as line breaks, which editors do not: lines would be misnumbered.
_FORBIDDEN = re.compile(
    "[^\n\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def _text(path: Path) -> str:
    try:
        text = _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _refusal(path, line, "this is not UTF-8 text; save the file as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise DataError(f"{path} is a folder; expected a YAML file.")
    try:
        with path.open("rb") as file:
            found = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise DataError(f"There is no file {path}.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    if len(found) > LARGEST:
        raise _refusal(path, 1, f"the file is larger than {LARGEST // 1000} kB")
    return found


def _refusal(path: Path, line: int, what: str) -> DataError:
    return DataError(report(path.name, [Mistake(line, "", what)]))


# --- the tree ----------------------------------------------------------------------------------


class _Group(dict):
    """The keys of a mapping, with the line of each."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line, self.lines = line, {}


class _List(list):
    """The items of a sequence, with the line of each."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line, self.lines = line, {}


class _Refused:
    """Stands for a value that was refused already, so that it is not complained of twice."""


_REFUSED = _Refused()


class _Stop(Exception):
    """Reading cannot go on."""


class _Tree:
    """The values of a file as dicts and lists that know their lines, and the mistakes met."""

    def __init__(self, text: str) -> None:
        self.root: Any = _REFUSED
        self.whole = False
        self.mistakes: list[Mistake] = []
        try:
            self._characters(text)
            self._document(text)
            self.whole = True
        except _Stop:
            pass
        except yaml.YAMLError as error:
            last = text.rstrip().count("\n") + 1
            self._note((), min(last, _syntax_line(error)), _syntax(error))

    def judge(self, error: ValidationError, model: type[BaseModel]) -> None:
        """Add what a model says of the values."""
        self.mistakes.extend(_by_place(self, error, model).values())

    # characters and documents

    def _characters(self, text: str) -> None:
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line:
                self._note((), number, "found a tab; use spaces instead")
            elif bad := _FORBIDDEN.search(line):
                self._note((), number, f"found the hidden character U+{ord(bad[0]):04X}; remove it")
        if self.mistakes:
            raise _Stop

    def _document(self, text: str) -> None:
        self._events = yaml.parse(text, Loader=Loader)
        next(self._events)
        first = next(self._events)
        if isinstance(first, yaml.StreamEndEvent):
            self._halt((), 1, "the file is empty")
        if first.version or first.tags:
            self._note((), 1, "found a line that starts with %; remove it")
        self._value(next(self._events), (), self._put_root)
        next(self._events)
        extra = next(self._events)
        if isinstance(extra, yaml.DocumentStartEvent):
            self._note((), _line_of(extra), "found a second document (---); use one file for each")

    def _put_root(self, value: Any) -> None:
        self.root = value

    # values

    def _value(self, event: yaml.Event, loc: Loc, put: Any) -> None:
        """Take in one value; a container is put in its place before it is filled."""
        if len(loc) > DEEPEST:
            self._halt(loc[:3], _line_of(event), "lists and keys lie too deep in one another")
        if isinstance(event, yaml.AliasEvent):
            self._note(loc, _line_of(event), f"found *{event.anchor}; write the value out instead")
            return put(_REFUSED)
        self._adornments(event, loc)
        if isinstance(event, yaml.MappingStartEvent):
            put(group := _Group(_line_of(event)))
            self._group(group, loc)
        elif isinstance(event, yaml.SequenceStartEvent):
            put(items := _List(_line_of(event)))
            self._items(items, loc)
        else:
            put(_REFUSED if event.tag else _scalar(event))
        return None

    def _adornments(self, event: yaml.NodeEvent, loc: Loc) -> None:
        if event.anchor:
            self._note(loc, _line_of(event), f"found &{event.anchor}; anchors are not used here")
        if event.tag:
            self._note(loc, _line_of(event), f"found the tag {shorten(event.tag)}; remove it")

    def _group(self, group: _Group, loc: Loc) -> None:
        for event in self._until(yaml.MappingEndEvent):
            key = self._key(event, group, loc)
            value = next(self._events)
            if key is None:
                self._value(value, loc, lambda _: None)
                continue
            group.lines[key] = _line_of(event)
            self._value(value, (*loc, key), lambda v, key=key: group.__setitem__(key, v))

    def _key(self, event: yaml.Event, group: _Group, loc: Loc) -> str | None:
        """The key's text, or None (and a note) where it cannot be used."""
        line = _line_of(event)
        if not isinstance(event, yaml.ScalarEvent):
            self._note(loc, line, "found a key that is not a word")
            self._value(event, loc, lambda _: None)
            return None
        self._adornments(event, loc)
        if event.value == "<<":
            self._note(loc, line, "found <<; merge keys are not used here, write the keys out")
        elif event.value in group.lines:
            first = group.lines[event.value]
            self._note(
                loc,
                line,
                f'the key "{shorten(event.value)}" is there twice (first in line {first})',
            )
        else:
            return event.value
        return None

    def _items(self, items: _List, loc: Loc) -> None:
        ids: dict[str, int] = {}
        for index, event in enumerate(self._until(yaml.SequenceEndEvent)):
            items.lines[index] = _line_of(event)
            self._value(event, (*loc, index), items.append)
            self._unique_id(items, index, ids, loc)

    def _unique_id(self, items: _List, index: int, ids: dict[str, int], loc: Loc) -> None:
        name = items[index].get("id") if isinstance(items[index], _Group) else None
        if not isinstance(name, str):
            return
        line = items[index].lines["id"]
        if name in ids:
            self._note(
                loc, line, f'the id "{shorten(name)}" is there twice (first in line {ids[name]})'
            )
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

    def way(self, loc: Loc) -> str:
        """The way to a value in words: keys, and for list items their id or their place."""
        return " > ".join(shorten(name) for name, _, _ in self.walk(loc))

    def walk(self, loc: Loc) -> Iterator[tuple[str, int, Any]]:
        """Name, line and value of each step on the way; parts that are no keys are passed over."""
        here = self.root
        for part in loc:
            if isinstance(here, _Group) and part in here:
                line, here = here.lines[part], here[part]
                yield str(part), line, here
            elif isinstance(here, _List) and isinstance(part, int) and part < len(here):
                line, here = here.lines[part], here[part]
                yield _item_name(here, part), line, here


def _item_name(item: Any, index: int) -> str:
    name = item.get("id") if isinstance(item, _Group) else None
    return name if isinstance(name, str) else str(index + 1)


def _line_of(event: yaml.Event) -> int:
    return event.start_mark.line + 1


# --- plain scalars: the few that are not text --------------------------------------------------

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE, _FALSE = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ENDLESS = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}


def _scalar(event: yaml.ScalarEvent) -> Any:
    """The value of a scalar by YAML 1.2's core schema; numbers with leading zeros stay text."""
    text = event.value
    if event.style or not event.implicit[0]:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _ENDLESS.get(text.lower(), text)


# --- syntax, in plain words --------------------------------------------------------------------

_SYNTAX = {
    "mapping values are not allowed": 'found a ":" that does not belong here; indent the line as '
    "the lines around it, or put quotes round text that holds a colon",
    "could not find expected ':'": 'expected a ":" after the key',
    "end of stream": "the file ends inside a quoted text or a list; close it",
    "document separator": "a line --- or ... stands inside a quoted text; close the quotes",
    "cannot start any token": "this character cannot start a text; put quotes round the text",
    "node content": "a list or group in brackets is not closed, or lacks a value",
    "undefined alias": "found * before a name; put quotes round the text",
    "escape": r"found a \ that means nothing in double quotes; use single quotes",
    "did not find expected ',' or": "a list or group in brackets is not closed, or lacks a comma",
    "expected ',' or": "a list or group in brackets is not closed, or lacks a comma",
    "block entry": 'found a "-" that does not belong here; put it on a line of its own',
    "sequence entries are not allowed": 'found a "-" that does not belong here; put it on a line '
    "of its own",
    "expected": "the line is not indented like the lines around it",
}


def _syntax(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or ""
    for part, words in _SYNTAX.items():
        if part in problem:
            return words
    return "this line cannot be read as YAML; look at its indent, colons, quotes and brackets"


def _syntax_line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line + 1 if mark else 1


# --- what a model says, in plain words ---------------------------------------------------------


class _Place(NamedTuple):
    """Where a model's complaint points to in the file."""

    line: int
    where: str
    value: Any
    loc: Loc


def _by_place(tree: _Tree, error: ValidationError, model: type[BaseModel]) -> dict:
    """One mistake for each place; what was expected there is joined by "or"."""
    found: dict[tuple, Mistake] = {}
    expected: dict[tuple, list[str]] = {}
    for detail in error.errors(include_url=False, include_input=False):
        place = _place(tree, detail["loc"])
        if place.value is _REFUSED or _echo(detail, place):
            continue
        sentence = _sentence(detail, place, model)
        if sentence is not None:
            found[place.line, place.where, sentence] = Mistake(place.line, place.where, sentence)
            continue
        key = (place.line, place.where, "expected")
        expected.setdefault(key, []).append(_expected(detail, model))
        options = " or ".join(dict.fromkeys(expected[key]))
        found[key] = Mistake(*key[:2], f"found {_shown(place.value)}, expected {options}")
    return found


def _echo(detail: dict, place: _Place) -> bool:
    """A list called too short only because its items, each named already, were not accepted."""
    short = detail["type"] == "too_short" and isinstance(place.value, list | dict)
    return short and len(place.value) >= detail["ctx"]["min_length"]


def _place(tree: _Tree, loc: Loc) -> _Place:
    steps = list(tree.walk(loc))
    line, value = (steps[-1][1], steps[-1][2]) if steps else (_first_line(tree), tree.root)
    return _Place(line, " > ".join(shorten(name) for name, _, _ in steps), value, loc)


def _first_line(tree: _Tree) -> int:
    return getattr(tree.root, "line", 1)


def _sentence(detail: dict, place: _Place, model: type[BaseModel]) -> str | None:
    """The whole sentence for complaints that are not of the kind "found X, expected Y"."""
    kind, context, last = (
        detail["type"],
        detail.get("ctx", {}),
        str(place.loc[-1]) if place.loc else "",
    )
    if kind == "missing":
        return f'the key "{last}" is missing'
    if kind == "union_tag_not_found":
        return f"the key {context['discriminator'].replace(chr(39), chr(34))} is missing"
    if kind == "extra_forbidden":
        return unknown("key", last, _keys(model, place.loc))
    if kind in ("value_error", "mistake"):
        return str(context.get("error", detail["msg"]))
    if kind in ("literal_error", "union_tag_invalid") and isinstance(place.value, str):
        return unknown("word", place.value, _options(context))
    return None


def _options(context: dict) -> list[str]:
    """The words allowed, out of pydantic's "'left', 'right' or 'both'"."""
    return re.findall(r"'([^']*)'", context.get("expected") or context.get("expected_tags", ""))


def _expected(detail: dict, model: type[BaseModel]) -> str:
    """What belongs in a place, from the kind of complaint and the field it is about."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _NUMBERS:
        return _number(detail, model)
    if kind in ("literal_error", "union_tag_invalid"):
        return "one of " + ", ".join(_options(context))
    words = _EXPECTED.get(kind, "something of another kind")
    return words.format(**context)


_EXPECTED = {
    "string_type": "text (put quotes round it)",
    "string_too_short": "text of {min_length} characters or more",
    "string_too_long": "text of {max_length} characters or fewer",
    "string_pattern_mismatch": "text that fits {pattern}",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
    "model_attributes_type": "a group of keys",
    "too_short": "a list of {min_length} or more",
    "too_long": "a list of {max_length} or fewer",
    "none_required": "nothing",
}

_WHOLE = {"int_type", "int_from_float", "int_parsing", "int_parsing_size"}
_NUMBERS = _WHOLE | {
    "float_type",
    "float_parsing",
    "finite_number",
    "multiple_of",
    "greater_than",
    "greater_than_equal",
    "less_than",
    "less_than_equal",
}
_LIMITS = {"gt": "above", "ge": "not below", "lt": "below", "le": "at most"}


def _number(detail: dict, model: type[BaseModel]) -> str:
    """Such as "a number of seconds above 0 and at most 3600"."""
    kind = "a whole number" if detail["type"] in _WHOLE else "a number"
    owners = _owners(model, detail["loc"])
    units = dict.fromkeys(f" of {owner.unit}" for owner in owners if hasattr(owner, "unit"))
    limits = dict(detail.get("ctx", {}))
    for field in _fields(owners, detail["loc"]):
        kind = "a whole number" if field.annotation is int else kind
        for rule in field.metadata:
            limits |= {k: getattr(rule, k) for k in _LIMITS if hasattr(rule, k)}
    bounds = [f"{_LIMITS[k]} {limits[k]:g}" for k in _LIMITS if k in limits]
    return kind + "".join(units) + (" " + " and ".join(bounds) if bounds else "")


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a group of keys" if isinstance(value, dict) else f"a list of {len(value)}"
    return f'"{shorten(value)}"' if isinstance(value, str) else f"{value:.15g}"


# --- what the models hold at a place -----------------------------------------------------------


def _keys(model: type[BaseModel], loc: Loc) -> set[str]:
    return {name for owner in _owners(model, loc) for name in owner.model_fields}


def _fields(owners: list[type[BaseModel]], loc: Loc) -> Iterator[FieldInfo]:
    return (o.model_fields[loc[-1]] for o in owners if loc and loc[-1] in o.model_fields)


def _owners(model: type[BaseModel], loc: Loc) -> list[type[BaseModel]]:
    """The models that can stand where the last part of loc is looked up."""
    here = [model]
    for part in loc[:-1]:
        inside = [m for f in _fields(here, (part,)) for m in _models(f.annotation)]
        tagged = [m for m in here if part in _tags(m)]
        here = inside or tagged or here
    return here


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _tags(model: type[BaseModel]) -> set[str]:
    """The words by which a union tells this model from its neighbours."""
    literals = (f.annotation for f in model.model_fields.values())
    return {word for a in literals if get_origin(a) is Literal for word in get_args(a)}
