"""A YAML file read into a model, or one report that names every mistake in it.

A report says for each mistake the file, the line, the way to the key, what was found and what
was expected, in words for the person who edits the file.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from backcare_nb.course.errors import UserError
from backcare_nb.course.fields import Loc
from backcare_nb.course.names import (
    closest_name,
    names_by_synonym,
    shorten,
    unknown_name_message,
)
from backcare_nb.course.yaml_tree import REFUSED_VALUE, FileMistake, FilePlace, YamlTree

MAX_FILE_BYTES = 1_000_000  # bytes in a file
MAX_MISTAKES_SHOWN = 50  # mistakes in one report
# Of RTF, Word and Pages, old Word, PDF, PNG, JPEG, zip and web pages, and of a file that was lost.
OTHER_FILE_STARTS = (
    *(b"{\\rtf", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff"),
    *(b"\x1f\x8b", b"<", b"\0\0\0\0"),
)

ModelT = TypeVar("ModelT", bound=BaseModel)


class DataError(UserError, ValueError):
    """A data file that cannot be used; its text is a report for the person who edits it."""


def read_model(
    path: Path | str, model: type[ModelT], known: Mapping[str, Collection[str]] | None = None
) -> ModelT:
    """Read a YAML file into a model.

    ``known`` holds the names that the file may refer to, by kind (``{"posture": {...}}``); it
    reaches the model's validators as their context. Raises DataError with all mistakes at once.
    """
    path = Path(path)
    return validate_tree(path.name, YamlTree(read_yaml_text(path)), model, known)


def validate_tree(
    file_name: str,
    tree: YamlTree,
    model: type[ModelT],
    known: Mapping[str, Collection[str]] | None = None,
) -> ModelT:
    """The same for what was read of a file by this name."""
    mistakes = list(tree.mistakes)
    if tree.whole:
        try:
            made = model.model_validate(tree.root, context=known)
        except ValidationError as error:
            conditions = (known or {}).get("condition", ())
            mistakes += _mistakes_of_validation_error(tree, error, model, conditions)
    if mistakes:
        raise DataError(format_mistakes(file_name, mistakes))
    return made


def read_names_under_each_key(path: Path | str) -> dict[str, frozenset[str]]:
    """The names under each key of a YAML file, without looking at what they stand for."""
    path = Path(path)
    tree = YamlTree(read_yaml_text(path))
    if tree.mistakes:
        raise DataError(format_mistakes(path.name, tree.mistakes))
    groups = tree.root.items() if isinstance(tree.root, dict) else ()
    return {key: frozenset(value) for key, value in groups if isinstance(value, dict)}


def format_mistakes(file_name: str, mistakes: Collection[FileMistake]) -> str:
    """The text of a DataError: one line for each mistake, in the order of the file."""
    lines = [f"{file_name} {mistake}" for mistake in sorted(set(mistakes))]
    count = f"{len(lines)} mistake{'s' * (len(lines) > 1)}"
    more = ["... and more; mend these first."] if len(lines) > MAX_MISTAKES_SHOWN else []
    return "\n".join([f"{count} in {file_name}:", *lines[:MAX_MISTAKES_SHOWN], *more])


# The bytes of a file


def read_yaml_text(path: Path) -> str:
    """The text of a file, its lines ended by newlines; DataError where there is none."""
    if path.is_dir():
        raise DataError(f"{path} is a folder; expected a YAML file.")
    if path.exists() and not path.is_file():
        raise DataError(f"{path} is no ordinary file; expected a YAML file.")
    try:
        with path.open("rb") as file:
            found = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise DataError(f"There is no file {path}.") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}.") from None
    if found.startswith(OTHER_FILE_STARTS):
        what = "this is a picture or the file of a word processor or browser; save it as plain text"
        raise single_mistake_error(path.name, what)
    if len(found) > MAX_FILE_BYTES:
        what = f"the file is larger than {MAX_FILE_BYTES // 1000} kB; divide it"
        raise single_mistake_error(path.name, what)
    try:
        text = found.decode(_detect_encoding(found))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        what = "this is not UTF-8 text; save the file as UTF-8"
        raise single_mistake_error(path.name, what, line) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _detect_encoding(data: bytes) -> str:
    """UTF-8, or the UTF-16 of some Windows programs, told by its mark or by its empty bytes."""
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    pairs = data[:40]
    for encoding, empty in (("utf-16-le", pairs[1::2]), ("utf-16-be", pairs[::2])):
        if len(pairs) > 3 and not any(empty) and any(pairs):
            return encoding
    return "utf-8-sig"


def single_mistake_error(file_name: str, what: str, line: int = 1, where: str = "") -> DataError:
    """The report on a file in which one thing is wrong."""
    return DataError(format_mistakes(file_name, [FileMistake(line, where, what)]))


# What a model says, in plain words


def _mistakes_of_validation_error(
    tree: YamlTree, error: ValidationError, model: type[BaseModel], conditions: Collection[str]
) -> Iterator[FileMistake]:
    """What a model complains of; where it expected several things in one place, joined by or."""
    expected: dict[tuple[int, str, str], list[str]] = {}
    cures: dict[tuple[int, str, str], str] = {}
    details = error.errors(include_url=False, include_input=False)[: 4 * MAX_MISTAKES_SHOWN]
    places = [tree.locate(_loc_of_error_or_discriminator(detail)) for detail in details]
    extra = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
    meant = {(*loc[:-1], closest_name(str(loc[-1]), _known_keys_at(model, loc))) for loc in extra}
    whom = [loc for loc in extra if loc[-1] in conditions]
    meant |= {(*loc[:-1], key) for loc in whom for key in ("whom", "what")}
    empty = [key for key, value in tree.root.items() if value is None] if extra else []
    for detail, place in zip(details, places, strict=True):
        if detail["type"] == "missing" and detail["loc"] in meant:
            continue  # its name is misspelt
        if place.value is REFUSED_VALUE or _is_about_other_union_member(detail, place, places):
            continue
        is_short = detail["type"] == "too_short" and isinstance(place.value, list | dict | str)
        if is_short and len(place.value) >= detail["ctx"]["min_length"]:
            continue  # its items, each named already, were not accepted
        sentence = _describe_unless_found_expected(detail, place, model)
        name = detail["loc"][-1] if detail["loc"] in extra else ""
        if detail["loc"] in whom:
            sentence = f'write whom: {name}, and behind "what:" what it should do'
        owners = (key for key in empty if name in _known_keys_at(model, (key, name)))
        if detail["loc"] == (name,) and (owner := next(owners, "")):
            sentence = f'the key "{name}" belongs to "{owner}": begin its line with two spaces more'
        if sentence:
            yield FileMistake(place.line, place.where, sentence)
        else:
            key = (place.line, place.where, _describe_found_value(place.value))
            expected.setdefault(key, []).append(_describe_expected(detail, model))
            is_number = detail["type"].startswith(_NUMBER_ERROR_TYPE_PREFIXES)
            if is_number and isinstance(place.value, str):
                cures[key] = _suggest_number(place.value, place.where)
            elif cure := _suggest_form(detail, place.value, model, conditions):
                cures[key] = cure
    for key, options in expected.items():
        line, where, found = key
        choice = " or ".join(dict.fromkeys(options))
        yield FileMistake(line, where, f"found {found}, {cures.get(key) or f'expected {choice}'}")


def _loc_of_error_or_discriminator(detail: ErrorDetails) -> Loc:
    """Where to look: for a union's choice, at the key that makes it."""
    chosen = detail["type"] == "union_tag_invalid"
    return (*detail["loc"], detail["ctx"]["discriminator"].strip("'")) if chosen else detail["loc"]


def _is_about_other_union_member(
    detail: ErrorDetails, place: FilePlace, places: Iterable[FilePlace]
) -> bool:
    """Complains that a text is no group, or a group no text, where the other was meant.

    A name or a posture written out may stand in one place: what is wrong inside is told alone.
    """
    group = isinstance(place.value, dict | list)
    others = [other for other in places if other is not place]
    if detail["type"] == "string_type" and group:
        return any(other.where.startswith(place.where) for other in others)
    no_group = detail["type"] in ("model_type", "dict_type", "model_attributes_type")
    return no_group and not group and any(other == place for other in others)


_NUMBER_PATTERN = r"([-+]?\d+(?:[.,]\d+)?)"
_UNIT_PATTERN = (
    r"\s*(s|(?:sec|sek|seg|min|deg|grad|rep|wied)[^\W\d]*|''|\"|m|°|x|times|wdh|mal|veces|cm)?\.?"
)
NUMBERS_BY_WORD = {
    word: count
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "un dos tres cuatro cinco seis siete ocho nueve diez - doce",
    )
    for count, word in enumerate(words.split(), 1)
} | {"once": 1, "twice": 2, "fifteen": 15, "twenty": 20, "thirty": 30}


def _suggest_number(text: str, where: str) -> str:
    """What to write for "30s", "1 min", "12,5" or "1:30"; empty where it is no number at all."""
    said = re.sub("[−–]", "-", unicodedata.normalize("NFKC", text).lower()).replace("′", "'")
    said = re.sub(r"[^\W\d]+", lambda word: str(NUMBERS_BY_WORD.get(word[0], word[0])), said)
    said = re.sub(r"^(ca\.?|about|etwa|circa|~|[x×])\s*|[\s,;]+$", "", said.strip())
    in_seconds = where.rpartition(" > ")[2] in ("seconds", "tempo", "rest")

    def number(digits: str, unit: str | None) -> str:
        minutes = in_seconds and (unit or "").startswith("m") and unit != "mal"
        return f"{float(digits.replace(',', '.')) * (60 if minutes else 1):g}"

    sets = r"(\d+)\s*(?:[x×*]|(?:sets?|sätze|serien?|series) (?:of|à|de|von|zu|mit))\s*(\d+)"
    if where.endswith("times") and (found := re.fullmatch(sets + _UNIT_PATTERN, said)):
        return f"expected a number alone: write {found[2]}, and rounds: {found[1]}"
    sides = r"(\d+)\s*(?:on|per|pro|je|por|/)?\s*(?:each|both|1|a)?\s*(?:sides?|seiten?|lados?)"
    if found := re.fullmatch(sides, said):
        return f"expected a number alone: write {found[1]}, and sides: each"
    between = rf"{_NUMBER_PATTERN}\s*(?:-|to|bis|a|hasta)\s*{_NUMBER_PATTERN}{_UNIT_PATTERN}"
    if found := re.fullmatch(between, said):
        low, high = (number(found[k], found[3]) for k in (1, 2))
        if "angles" in where:
            return f"expected one number: write {low} or {high}"
        return f"expected a number: write {{default: {low}, min: {low}, max: {high}}}"
    if found := re.fullmatch(r"(\d+):([0-5]\d)", said):
        seconds = 60 * int(found[1]) + int(found[2])
        return f"expected a number alone: write {seconds if in_seconds else seconds / 60:g}"
    found = re.fullmatch(_NUMBER_PATTERN + _UNIT_PATTERN, said)
    return f"expected a number alone: write {number(found[1], found[2])}" if found else ""


def _suggest_form(
    detail: ErrorDetails, value: Any, model: type[BaseModel], conditions: Collection[str]
) -> str:
    """What to write for "hips: 80" or "easier: Less."; empty where nothing can be told."""
    kind, loc = detail["type"], detail["loc"]
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        value = " ".join(value)
        if kind == "string_type":
            return f'expected one text: write "{shorten(value)}"'
    if kind in ("model_type", "dict_type") and not loc and isinstance(value, list):
        return 'expected keys: leave out the "-" before them'
    if kind == "dict_type" and loc[-1:] == ("angles",):
        return "expected joints with their motions: write {hips: {flexion: 90}}, with yours"
    if kind == "dict_type" and "angles" in loc and isinstance(value, int | float):
        return f"expected a motion and its degrees: write {{flexion: {value:g}}}"
    if kind == "tuple_type" and isinstance(value, int | float):
        return f"expected a list of numbers, as [{value:g}, {value:g}, {value:g}]"
    if kind == "tuple_type" and isinstance(value, str) and "," in value:
        return f"expected a list: write [{value}]"
    if kind == "int_type" and isinstance(value, float) and value.is_integer():
        return f"expected a whole number: write {value:.0f}"
    if kind != "model_type" or not isinstance(value, str | int):
        return ""
    loc = tuple(part for part in loc if isinstance(part, str))
    fields = _fields_at(_models_at(model, loc), loc)
    models = [m for field in fields for m in _models_in_annotation(field.annotation)]
    inside = [key for m in models for key in m.model_fields]
    key = next((key for key in ("what", "words") if key in inside), "")
    if not key:
        return ""
    if "per" in inside:
        return f"expected a group of keys: write {_suggest_frequency(str(value))}"
    names = [re.sub(r"\W+", "_", name.lower()) for name in re.split(", *", str(value))]
    names = [names_by_synonym().get(name, name) for name in names]
    named = "whom" in inside and {*names} <= {*conditions}
    who = ", ".join(names) if named else "anyone"
    whom = f"whom: {f'[{who}]' if ',' in who else who}, " * ("whom" in inside)
    bare = named or str(value).lower() in ("none", "no", "keine")
    said = "Gently." if bare else shorten(str(value))
    return f'expected a group of keys: write {{{whom}{key}: "{said}"}}'


def _suggest_frequency(text: str) -> str:
    """How to write "daily", "3x a week" or 2."""
    first = next((word for word in re.findall(r"\w+?(?=x?\b)", text.lower()) if word), "")
    count = NUMBERS_BY_WORD.get(first, first if first.isdigit() else 1)
    per = "week" if re.search("week|woche", text.lower()) else "day"
    what = f"{count} times a {per}" if text.isdigit() else shorten(text).capitalize()
    return f'{{times: {count}, per: {per}, what: "{what}"}}'


def _describe_unless_found_expected(
    detail: ErrorDetails, place: FilePlace, model: type[BaseModel]
) -> str:
    """The sentence for complaints that are not of the kind "found X, expected Y", else ""."""
    kind, context, loc = detail["type"], detail.get("ctx", {}), detail["loc"]
    if place.value is None and ":" in str(loc[-1:]):
        return f'expected a space after the ":" of "{loc[-1]}"'
    match kind:
        case "missing":
            return f'the key "{loc[-1]}" is missing'
        case "union_tag_not_found":
            return "the key {} is missing".format(context["discriminator"].replace("'", '"'))
        case "extra_forbidden" if loc[-1] in model.model_fields and len(loc) > 1:
            return f'the key "{loc[-1]}" stands too far in: write it at the beginning of its line'
        case "extra_forbidden":
            return unknown_name_message("key", str(loc[-1]), _known_keys_at(model, loc))
        case "value_error" | "mistake":
            return str(context.get("error", detail["msg"]))
        case "literal_error" | "union_tag_invalid" if isinstance(place.value, str):
            return unknown_name_message("word", place.value, _allowed_literals(context))
    return ""


def _allowed_literals(context: Mapping[str, Any]) -> list[str]:
    """The words allowed, out of pydantic's "'left', 'right' or 'both'"."""
    return re.findall(r"'([^']*)'", context.get("expected") or context.get("expected_tags", ""))


def _describe_expected(detail: ErrorDetails, model: type[BaseModel]) -> str:
    """What belongs in a place, from the kind of complaint and the field it is about."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind.startswith(_NUMBER_ERROR_TYPE_PREFIXES):
        return _describe_expected_number(detail, model)
    if kind in ("literal_error", "union_tag_invalid"):
        return "one of " + ", ".join(_allowed_literals(context))
    return _EXPECTED_WORDS_BY_ERROR_TYPE.get(kind, "something of another kind").format(**context)


_EXPECTED_WORDS_BY_ERROR_TYPE = {
    "string_type": "text (put quotes round it)",
    "string_too_short": "text of {min_length} or more letters",
    "string_too_long": "text of {max_length} letters at most",
    "string_pattern_mismatch": "text that fits {pattern}",
    "bool_type": "true or false",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
    "model_attributes_type": "a group of keys",
    "too_short": "{min_length} or more",
    "too_long": "{max_length} at most",
    "none_required": "nothing",
} | dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type"), "a list")

_NUMBER_ERROR_TYPE_PREFIXES = ("int_", "float_", "finite_", "greater_", "less_", "multiple_")
_LIMIT_WORDS_BY_CONSTRAINT = {"gt": "above", "ge": "not below", "lt": "below", "le": "at most"}


def _describe_expected_number(detail: ErrorDetails, model: type[BaseModel]) -> str:
    """Such as "a number of seconds above 0 and at most 3600"."""
    owners = _models_at(model, detail["loc"])
    fields = list(_fields_at(owners, detail["loc"]))
    rules, keys = [rule for field in fields for rule in field.metadata], _LIMIT_WORDS_BY_CONSTRAINT
    limits = {key: getattr(rule, key) for rule in rules for key in keys if hasattr(rule, key)}
    limits |= detail.get("ctx", {})
    whole = detail["type"].startswith("int_") or any(field.annotation is int for field in fields)
    units = dict.fromkeys(f"of {owner.unit}" for owner in owners if hasattr(owner, "unit"))
    bounds = " and ".join(f"{keys[key]} {limits[key]:g}" for key in keys if key in limits)
    parts = ["a whole number" if whole else "a number", *units, bounds]
    return " ".join(part for part in parts if part)


def _describe_found_value(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case dict():
            return "a group of keys"
        case list():
            return f"a list of {len(value)}"
        case str():
            return f'"{shorten(value)}"' if value else "an empty text"
    return f"{value:.15g}"


# What the models hold at a place


def _known_keys_at(model: type[BaseModel], loc: Loc) -> set[str]:
    return {name for owner in _models_at(model, loc) for name in owner.model_fields}


def _fields_at(owners: list[type[BaseModel]], loc: Loc) -> Iterator[FieldInfo]:
    return (o.model_fields[loc[-1]] for o in owners if loc and loc[-1] in o.model_fields)


def _models_at(model: type[BaseModel], loc: Loc) -> list[type[BaseModel]]:
    """The models that can stand where the last part of loc is looked up."""

    def words_of_literals(one: type[BaseModel]) -> set[str]:
        """The words by which a union tells this model from its neighbours."""
        literals = (f.annotation for f in one.model_fields.values())
        return {word for a in literals if get_origin(a) is Literal for word in get_args(a)}

    here = [model]
    for part in loc[:-1]:
        inside = [m for f in _fields_at(here, (part,)) for m in _models_in_annotation(f.annotation)]
        here = inside or [m for m in here if part in words_of_literals(m)] or here
    return here


def _models_in_annotation(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in_annotation(inner)
