"""Copies of a journal that other programs read: CSV for a spreadsheet, JSON for everything else.

Both hold every session exactly, and are read back exactly. In CSV a text that a spreadsheet could
take for a formula is written with an apostrophe before it, which reading takes away again. A file
is read whole or not at all: all that is wrong in it is told at once, line by line.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

from backcare_nb.content.atomic import write_atomically
from backcare_nb.content.told import Told
from backcare_nb.journal.entry import NAMES, Entry, EntryError, shown

FORMAT = "backcare-journal"
VERSION = 1
LARGEST = 64_000_000  # bytes in a file
MOST_SHOWN = 20  # mistakes told at once

# The headings of a spreadsheet, by field.
HEADS = {
    "id": "id",
    "begun": "begun",
    "ended": "ended",
    "title": "title",
    "finished": "finished",
    "reached": "reached_ms",
    "total": "total_ms",
    "spent": "exercises_ms",
    "before": "comfort_before",
    "after": "comfort_after",
    "left": "knees_left_degrees",
    "right": "knees_right_degrees",
    "note": "note",
}
FIELDS = {head: name for name, head in HEADS.items()}
FORMULA = "=+-@\t\r\n|%＝＋－＠"  # what a cell of a spreadsheet may begin to calculate with
ANSWERS = {"yes": True, "no": False}


class ExchangeError(Told, ValueError):
    """A copy that cannot be written or read; its text says what to do."""


def save(entries: Iterable[Entry], path: Path | str) -> Path:
    """Write a .csv or .json file that did not exist before, for its owner's eyes alone."""
    path = Path(path)
    text = _kind(path, {".csv": to_csv, ".json": to_json})(entries)
    try:
        write_atomically(path, text, replace=False, mode=0o600)
    except FileExistsError:
        raise ExchangeError(f"There is already a file {path}: choose another name.") from None
    except OSError as error:
        raise ExchangeError(f"{path} could not be written ({error.strerror}).") from error
    return path


def load(path: Path | str) -> list[Entry]:
    """Read a .csv or .json file: all of it, each session once, or ExchangeError."""
    path = Path(path)
    parse = _kind(path, {".csv": of_csv, ".json": of_json})
    try:
        if path.stat().st_size > LARGEST:
            raise ExchangeError(f"{path} is larger than {LARGEST // 1_000_000} MB: no journal is.")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ExchangeError(f"{path} could not be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{path} is not text in UTF-8 (byte {error.start}).") from error
    return parse(text)


def _kind(path: Path, kinds: dict[str, Callable]) -> Callable:
    if path.suffix.lower() not in kinds:
        raise ExchangeError(f"{path.name}: choose a name that ends in .csv or .json.")
    return kinds[path.suffix.lower()]


# CSV


def to_csv(entries: Iterable[Entry]) -> str:
    """One line for each session below a line of headings, marked as UTF-8 for spreadsheets."""
    file = StringIO(newline="")
    lines = csv.writer(file)
    lines.writerow(HEADS.values())
    for entry in entries:
        lines.writerow(guarded(cell) for cell in _cells(entry))
    return f"\N{ZERO WIDTH NO-BREAK SPACE}{file.getvalue()}"


def of_csv(text: str) -> list[Entry]:
    """The sessions of a table; ``begun`` is the one column that must be there."""
    csv.field_size_limit(LARGEST)
    lines = csv.reader(StringIO(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), newline=""))
    try:
        heads = [head.strip() for head in next(lines, [])]
        _check(heads)
        rows = [(lines.line_num, row) for row in lines if any(row)]
    except csv.Error as error:
        raise ExchangeError(f"Line {lines.line_num} is not CSV: {error}.") from error
    return _all((f"Line {at}", lambda row=row: _of_row(heads, row)) for at, row in rows)


def guarded(cell: str) -> str:
    """A cell that no spreadsheet calculates."""
    first = cell.lstrip(" ")[:1]
    return f"'{cell}" if first and first in f"{FORMULA}'" else cell


def _cells(entry: Entry) -> Iterator[str]:
    for name in NAMES:
        value = getattr(entry, name)
        if name == "spent":
            yield " ".join(f"{exercise}:{ms}" for exercise, ms in value.items())
        elif isinstance(value, bool):
            yield "yes" if value else "no"
        elif isinstance(value, datetime):
            yield value.isoformat(timespec="milliseconds")
        else:
            yield "" if value is None else str(value)


def _check(heads: list[str]) -> None:
    unknown = [head for head in heads if head not in FIELDS]
    if unknown:
        allowed = ", ".join(FIELDS)
        raise ExchangeError(f"No column is called {shown(unknown[0])}: allowed are {allowed}.")
    twice = [head for head in FIELDS if heads.count(head) > 1]
    if twice:
        raise ExchangeError(f"There are two columns {twice[0]}: keep one.")
    if "begun" not in heads:
        raise ExchangeError("There is no column begun: the first line names the columns.")


def _of_row(heads: list[str], row: list[str]) -> Entry:
    if len(row) != len(heads):
        raise EntryError(f"{len(row)} cells, and {len(heads)} columns.")
    cells = dict(zip(heads, (cell.removeprefix("'") for cell in row), strict=True))
    found = {FIELDS[head]: _value(FIELDS[head], cell) for head, cell in cells.items()}
    return _entry(found)


def _value(name: str, cell: str) -> Any:
    """What a cell says, typed; None where it says nothing."""
    if name in ("id", "title", "note"):
        return cell
    if not cell.strip():
        return {"finished": True, "reached": 0, "total": 0, "spent": {}}.get(name)
    if name in ("begun", "ended"):
        return _time(name, cell)
    if name == "finished":
        return ANSWERS.get(cell.strip().lower(), cell)
    if name == "spent":
        return dict(_exercise(part) for part in cell.split(" ") if part)
    return _number(name, cell)


def _exercise(part: str) -> tuple[str, int]:
    name, mark, ms = part.rpartition(":")
    if not mark:
        raise EntryError(f"exercises_ms: found {shown(part)}, and exercise:milliseconds is needed.")
    return name, _number("exercises_ms", ms)


def _number(name: str, cell: str) -> int:
    if not re.fullmatch(r"\s*\d{1,15}\s*", cell, re.ASCII):
        head = HEADS.get(name, name)
        raise EntryError(f"{head}: found {shown(cell)}, and a whole number is needed.")
    return int(cell)


def _time(name: str, text: object) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        needed = "a time like 2030-01-31T18:30:00+01:00 is needed"
        raise EntryError(f"{name}: found {shown(text)}, and {needed}.") from None


# JSON


def to_json(entries: Iterable[Entry]) -> str:
    """An object with the format's name and version, and the sessions as a list."""
    sessions = [_plain(entry) for entry in entries]
    made = {"format": FORMAT, "version": VERSION, "sessions": sessions}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def of_json(text: str) -> list[Entry]:
    """The sessions of a file that to_json() wrote, or another program in its way."""
    try:
        made = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExchangeError(f"This is not JSON: {error}.") from error
    if not isinstance(made, dict) or made.get("format") != FORMAT:
        raise ExchangeError(f'This is not a copy of a journal: "format" should be "{FORMAT}".')
    if made.get("version") != VERSION:
        found = shown(made.get("version"))
        raise ExchangeError(f"Version {found} of the format is not known here: {VERSION} is.")
    sessions = made.get("sessions")
    if not isinstance(sessions, list):
        raise ExchangeError('"sessions" should be a list.')
    return _all(
        (f"Session {n}", lambda each=each: _of_plain(each)) for n, each in enumerate(sessions, 1)
    )


def _plain(entry: Entry) -> dict[str, Any]:
    made = {name: getattr(entry, name) for name in NAMES}
    times = {name: made[name].isoformat(timespec="milliseconds") for name in ("begun", "ended")}
    return made | times


def _of_plain(found: object) -> Entry:
    if not isinstance(found, dict):
        raise EntryError(f"found {shown(found)}, and an object is needed.")
    unknown = sorted(set(found) - set(NAMES))
    if unknown:
        raise EntryError(f"nothing is called {shown(unknown[0])}: allowed are {', '.join(NAMES)}.")
    times = {name: _time(name, found[name]) for name in ("begun", "ended") if name in found}
    return _entry(found | times)


# Both


def _entry(found: dict[str, Any]) -> Entry:
    """An entry; one written by hand may leave out its end and its id, which its words then give."""
    if found.get("begun") is None:
        raise EntryError("begun: found nothing, and each session needs a time.")
    found = found | {"ended": found.get("ended") or found["begun"]}
    if found.get("id"):
        return Entry(**found)
    unnamed = Entry(**found | {"id": "unnamed"})
    words = json.dumps(_plain(unnamed), sort_keys=True)
    return replace(unnamed, id=f"written-{sha256(words.encode()).hexdigest()[:20]}")


def _all(items: Iterable[tuple[str, Callable[[], Entry]]]) -> list[Entry]:
    """Every session once, or a report of all that is wrong."""
    found: dict[str, Entry] = {}
    mistakes = []
    for where, make in items:
        try:
            entry = make()
            if found.setdefault(entry.id, entry) != entry:
                raise EntryError(f"id: {shown(entry.id)} was there before, with other words.")
        except EntryError as error:
            mistakes.append(f"{where}: {error}")
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        more = ["... and more; mend these first."] if len(mistakes) > MOST_SHOWN else []
        head = f"Nothing was read, because of {count}:"
        raise ExchangeError("\n".join([head, *mistakes[:MOST_SHOWN], *more]))
    return list(found.values())
