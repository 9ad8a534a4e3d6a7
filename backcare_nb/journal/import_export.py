"""Copies of a journal: CSV for a spreadsheet, JSON for everything else, and other journals' files.

CSV and JSON hold every session exactly, and are read back exactly. In CSV a text that a spreadsheet
could take for a formula, a number or a date is written with an apostrophe before it, which reading
takes away again. What a file is, its content says. It is read whole or not at all: all that is
wrong in it is told at once, line by line. Only of a damaged SQLite file is read what is left.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from backcare_nb.course.files import write_atomically
from backcare_nb.journal import database, spreadsheet
from backcare_nb.journal.entry import EXPECTED, NAMES, Entry, EntryError, shown, unfit
from backcare_nb.journal.spreadsheet import ExchangeError
from backcare_nb.journal.store import Journal

FORMAT = "backcare-journal"
VERSION = 1
MOST_SHOWN = 20  # mistakes told at once
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how .xlsx, .ods and .xls begin

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
FIGURES = re.compile(r"[0-9][0-9.,:/eE%+\- ]*")  # what it may take for a number or a date
ANSWERS = {"yes": True, "no": False, "true": True, "false": False}


class Copy(NamedTuple):
    """The sessions of a file, and sentences on what was left out or guessed in reading it."""

    entries: list[Entry]
    remarks: list[str]


def save(entries: Iterable[Entry], path: Path | str) -> Path:
    """Write a .csv or .json file that did not exist before, for its owner's eyes alone."""
    path = Path(path)
    kinds = {".csv": to_csv, ".json": to_json}
    if path.suffix.lower() not in kinds:
        raise ExchangeError(f"{path.name}: choose a name that ends in .csv or .json.")
    try:
        write_atomically(path, kinds[path.suffix.lower()](entries), replace=False, mode=0o600)
    except FileExistsError:
        raise ExchangeError(f"There is already a file {path}: choose another name.") from None
    except OSError as error:
        raise ExchangeError(f"{path} could not be written ({error.strerror}).") from error
    return path


def load(path: Path | str) -> Copy:
    """Read a copy, each session in it once; ExchangeError says what is wrong with it."""
    path = Path(path)
    if path.exists() and not path.is_file():
        raise ExchangeError(f"{path} is a folder, or no ordinary file; expected a copy.")
    try:
        with path.open("rb") as file:
            return _copy(file.read(database.LARGEST + 1))
    except FileNotFoundError:
        raise ExchangeError(f"There is no file {path}.") from None
    except OSError as error:
        raise ExchangeError(f"{path} could not be read ({error.strerror}).") from error
    except ExchangeError as error:
        raise ExchangeError(f"Nothing was read from {path}. {error}") from error


def beside(journal: Journal) -> list[str]:
    """A sentence for each copy that lies beside a journal and says more, as cloud folders leave."""
    paths = copies(journal)
    here = {entry.id: entry for entry in journal.entries()} if paths else {}
    return [words for path in paths if (words := _told(path, here))]


def copies(journal: Journal) -> list[Path]:
    """The journals in the folder of a journal that are named after it: "my_practice (1).sqlite"."""
    named = re.compile(rf"(?<!\w){re.escape(journal.path.stem)}(?![^\W_])", re.IGNORECASE)
    own = {path.name for path in journal.files}
    found = (path for path in journal.path.parent.glob("*") if named.search(path.name))
    return sorted(path for path in found if path.name not in own and _is_journal(path))


def _is_journal(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            start = file.read(100)
    except OSError:
        return False
    return start.startswith(database.HEADER) and not database.foreign(start)


def _told(path: Path, here: dict[str, Entry]) -> str:
    """What a copy says that is not here, in a sentence; nothing where it says nothing else."""
    name = path.name if path.parent == Path.cwd() else path.as_posix()
    try:
        entries = load(path).entries
    except ExchangeError as error:
        return f"Beside your journal lies a copy of it that cannot be used. {error}"
    more = sum(e.id not in here or e.joined(here[e.id]) != here[e.id] for e in entries)
    if not more:
        return ""
    sessions = "1 session" if more == 1 else f"{more} sessions"
    return (
        f"Beside your journal lies a copy of it, {path.name}, with {sessions} that your journal"
        " does not have, or not in full. If it is yours, this line brings them in:"
        f" import_journal({json.dumps(name, ensure_ascii=False)})"
    )


def _copy(raw: bytes) -> Copy:
    if not raw:
        raise ExchangeError("It is empty: take another copy.")
    if len(raw) > database.LARGEST:
        raise ExchangeError(f"It is larger than {database.LARGEST // 1_000_000} MB: no journal is.")
    if raw.startswith(WORKBOOKS):
        raise ExchangeError(
            "It is a workbook of a spreadsheet program: open it there, save it as CSV, and import"
            " that file."
        )
    if b"\0" in raw and not raw.startswith(spreadsheet.WIDE):
        return _of_sqlite(raw)
    text, remark = spreadsheet.decoded(raw)
    copy = of_json(text) if text.lstrip().startswith(("{", "[")) else of_csv(text)
    return Copy(copy.entries, [*copy.remarks, *filter(None, [remark])])


# SQLite


def _of_sqlite(raw: bytes) -> Copy:
    try:
        entries, whole = database.sessions(raw)
    except database.Newer as newer:
        raise ExchangeError(
            f"It {newer}: use the newer course, or export there as .csv and import that."
        ) from newer
    if whole:
        return Copy(entries, [])
    if not entries:
        raise ExchangeError(
            "It is damaged, or no copy of a journal, and no session could be read from it: take"
            " another copy. A table is read best as CSV in UTF-8."
        )
    return Copy(entries, ["The copy is damaged: these are the sessions that could still be read."])


# CSV


def to_csv(entries: Iterable[Entry]) -> str:
    """One line for each session below a line of headings, marked as UTF-8 for spreadsheets."""
    file = StringIO(newline="")
    lines = csv.writer(file)
    lines.writerow(HEADS.values())
    for entry in entries:
        lines.writerow(_cells(entry))
    return f"\N{ZERO WIDTH NO-BREAK SPACE}{file.getvalue()}"


def of_csv(text: str) -> Copy:
    """The sessions of a table; ``begun`` is the one column that must be there."""
    found = spreadsheet.table(text, "begun")
    names = [FIELDS.get(spreadsheet.plain(head), "") for head in found.heads]
    heads = HEADS | dict(zip(names, map(str.strip, found.heads), strict=True))
    twice = [heads[name] for name in names if name and names.count(name) > 1]
    if twice:
        raise ExchangeError(f"There are two columns {twice[0]}: keep one.")
    rows = [(at, [cell.removeprefix("'") for cell in row]) for at, row in found.rows]
    times = [(i, heads[name]) for i, name in enumerate(names) if name in ("begun", "ended")]
    day_first = spreadsheet.day_first(
        (f"Line {at}, {head}", row[i]) for at, row in rows for i, head in times
    )

    def made(row: list[str]) -> Entry:
        cells = {name: cell for name, cell in zip(names, row, strict=True) if name}
        return _entry({name: _value(name, cell, day_first) for name, cell in cells.items()})

    entries = _all(((f"Line {at}", lambda row=row: made(row)) for at, row in rows), heads)
    filled = [any(column) for column in zip(*(row for _, row in rows), strict=True)]
    columns = zip(found.heads, names, filled, strict=False)  # where no row is, none is filled
    unknown = [
        head.strip() or "one without a heading" for head, name, f in columns if f > bool(name)
    ]
    remark = "Left out were columns that a journal does not have: {}."
    return Copy(entries, [remark.format(", ".join(unknown))] if unknown else [])


def guarded(cell: str) -> str:
    """A text that no spreadsheet calculates, or takes for a number or a date."""
    first = cell.lstrip(" ")[:1]
    awkward = (first and first in f"{FORMULA}'") or FIGURES.fullmatch(cell.strip(" "))
    return f"'{cell}" if awkward else cell


def _cells(entry: Entry) -> Iterator[str]:
    for name in NAMES:
        value = getattr(entry, name)
        if name == "spent":
            yield guarded(" ".join(f"{exercise}:{ms}" for exercise, ms in value.items()))
        elif isinstance(value, str):
            yield guarded(value)
        elif isinstance(value, bool):
            yield "yes" if value else "no"
        elif isinstance(value, datetime):
            yield value.isoformat(timespec="milliseconds")
        else:
            yield "" if value is None else str(value)


def _value(name: str, cell: str, day_first: bool) -> Any:
    """What a cell says, typed; None where it says nothing."""
    if name in ("id", "title", "note"):
        return cell
    if not cell.strip():
        return {"finished": True, "reached": 0, "total": 0, "spent": {}}.get(name)
    if name in ("begun", "ended"):
        return spreadsheet.moment(name, cell, day_first)
    if name == "finished":
        return ANSWERS.get(cell.strip().lower(), cell)
    if name == "spent":
        return dict(_exercise(part) for part in cell.split(" ") if part)
    return spreadsheet.whole(name, cell)


def _exercise(part: str) -> tuple[str, int]:
    name, mark, ms = part.rpartition(":")
    if not mark:
        raise unfit("spent", part)
    return name, spreadsheet.whole("spent", ms)


# JSON


def to_json(entries: Iterable[Entry]) -> str:
    """An object with the format's name and version, and the sessions as a list."""
    sessions = [_plain(entry) for entry in entries]
    made = {"format": FORMAT, "version": VERSION, "sessions": sessions}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def of_json(text: str) -> Copy:
    """The sessions of a file that to_json() wrote, or another program in its way."""
    try:
        made = json.loads(text)
    except json.JSONDecodeError as error:
        raise ExchangeError(
            f"Line {error.lineno} is no JSON: the file is damaged or was cut short. Take another"
            " copy."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ExchangeError("It is no JSON that a journal could hold.") from error
    if not isinstance(made, dict) or made.get("format") != FORMAT:
        raise ExchangeError(f'It is no copy of a journal: expected "format": "{FORMAT}".')
    if made.get("version") != VERSION:
        found = shown(made.get("version"))
        raise ExchangeError(f"Version {found} of the format is not known here: {VERSION} is.")
    sessions = made.get("sessions")
    if not isinstance(sessions, list):
        raise ExchangeError('"sessions": expected a list.')
    if len(sessions) > spreadsheet.MOST:
        raise ExchangeError(spreadsheet.TOO_MANY)
    items = ((f"Session {n}", lambda e=each: _of_plain(e)) for n, each in enumerate(sessions, 1))
    return Copy(_all(items, {name: name for name in NAMES}), [])


def _plain(entry: Entry) -> dict[str, Any]:
    made = {name: getattr(entry, name) for name in NAMES}
    times = {name: made[name].isoformat(timespec="milliseconds") for name in ("begun", "ended")}
    return made | times


def _of_plain(found: object) -> Entry:
    if not isinstance(found, dict):
        raise EntryError(f"found {shown(found)}, expected an object.")
    unknown = sorted(set(found) - set(NAMES))
    if unknown:
        raise EntryError(f"nothing is called {shown(unknown[0])}, expected {', '.join(NAMES)}.")
    times = {name: _time(name, found[name]) for name in ("begun", "ended") if name in found}
    return _entry(found | times)


def _time(name: str, text: object) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise unfit(name, text) from None


# Both


def _entry(found: dict[str, Any]) -> Entry:
    """An entry; one written by hand may leave out its end, its offset and its id.

    A time without an offset is one of this computer's clock. What was written gives the id, which
    is the same whenever and wherever that is read.
    """
    if found.get("begun") is None:
        raise EntryError("found nothing, expected a time for each session.", "begun")
    written = {name: found.get(name) or found["begun"] for name in ("begun", "ended")}
    times = {name: _here(name, time) for name, time in written.items()}
    if found.get("id"):
        return Entry(**found | times)
    unnamed = Entry(**found | times | {"id": "unnamed"})
    local = {
        name: time.isoformat(timespec="milliseconds")
        for name, time in written.items()
        if not time.tzinfo
    }
    words = json.dumps(_plain(unnamed) | local, sort_keys=True)
    return replace(unnamed, id=f"written-{sha256(words.encode()).hexdigest()[:20]}")


def _here(name: str, time: datetime) -> datetime:
    """A time with its offset: that of this computer's clock where it has none."""
    if time.tzinfo:
        return time
    try:
        return time.astimezone()
    except (OverflowError, OSError, ValueError):
        said = f"found {shown(time)}, which the clock of this computer does not know."
        raise EntryError(said, name) from None


def _all(items: Iterable[tuple[str, Callable[[], Entry]]], heads: Mapping[str, str]) -> list[Entry]:
    """Every session once, or a report of all that is wrong, by what the fields are called there."""
    found: dict[str, Entry] = {}
    mistakes = []
    for where, make in items:
        try:
            entry = make()
            if found.setdefault(entry.id, entry) != entry:
                said = f"found {shown(entry.id)} a second time, with other words"
                raise EntryError(f"{said}, expected {EXPECTED['id']}.", "id")
        except EntryError as error:
            name = f", {heads[error.name]}" if error.name else ""
            mistakes.append(f"{where}{name}: {error.said}")
        if len(mistakes) == MOST_SHOWN:
            mistakes.append("There may be more.")
            break
    if mistakes:
        raise ExchangeError("\n".join(["Mend this first:", *mistakes]))
    return list(found.values())
