"""Copies of a journal: CSV for a spreadsheet, JSON for everything else, and other journals' files.

CSV and JSON hold every session exactly, and are read back exactly. In CSV a text that a spreadsheet
could take for a formula, a number or a date is written with an apostrophe before it, which reading
takes away again. What a file is, its content says. It is read whole or not at all: all that is
wrong in it is told at once, line by line. Only of a damaged SQLite file is read what is left.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from backcare_nb.course.files import write_atomically
from backcare_nb.journal import database, spreadsheet
from backcare_nb.journal.entry import (
    ENTRY_FIELD_NAMES,
    EXPECTED_VALUE_DESCRIPTIONS_BY_FIELD,
    Entry,
    EntryError,
    quote_shortened,
    unexpected_value_error,
)
from backcare_nb.journal.spreadsheet import MAX_TABLE_ROWS, TOO_MANY_ROWS_SENTENCE, JournalCopyError
from backcare_nb.journal.store import Journal

JOURNAL_JSON_FORMAT = "backcare-journal"
JOURNAL_JSON_VERSION = 1
MAX_COPY_MISTAKES_SHOWN = 20
WORKBOOK_FILE_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how .xlsx, .ods and .xls begin

CSV_HEADINGS_BY_FIELD = {name: name for name in ENTRY_FIELD_NAMES} | {
    "reached": "reached_ms",
    "total": "total_ms",
    "spent": "exercises_ms",
    "before": "comfort_before",
    "after": "comfort_after",
    "left": "knees_left_degrees",
    "right": "knees_right_degrees",
}
FIELDS_BY_CSV_HEADING = {heading: name for name, heading in CSV_HEADINGS_BY_FIELD.items()}
EMPTY_CELL_VALUES_BY_FIELD: dict[str, Any] = {
    "finished": True,
    "reached": 0,
    "total": 0,
    "spent": {},
}
BOOLEANS_BY_WORD = {"yes": True, "no": False, "true": True, "false": False}
# What a cell of a spreadsheet may begin to calculate with.
FORMULA_START_CHARACTERS = "=+-@\t\r\n|%＝＋－＠"
NUMBER_OR_DATE_PATTERN = re.compile(r"[0-9][0-9.,:/eE%+\- ]*")  # what it may take for one


class JournalCopy(NamedTuple):
    """The sessions of a file, and sentences on what was left out or guessed in reading it."""

    entries: list[Entry]
    remarks: list[str]


def write_journal_copy(entries: Iterable[Entry], path: Path | str) -> Path:
    """Write a .csv or .json file that did not exist before, for its owner's eyes alone."""
    path = Path(path)
    formats = {".csv": format_csv, ".json": format_json}
    if path.suffix.lower() not in formats:
        raise JournalCopyError(f"{path.name}: choose a name that ends in .csv or .json.")
    try:
        write_atomically(path, formats[path.suffix.lower()](entries), replace=False, mode=0o600)
    except FileExistsError:
        raise JournalCopyError(f"There is already a file {path}: choose another name.") from None
    except OSError as error:
        raise JournalCopyError(f"{path} could not be written ({error.strerror}).") from error
    return path


def read_journal_copy(path: Path | str) -> JournalCopy:
    """Read a copy, each session in it once; JournalCopyError says what is wrong with it."""
    path = Path(path)
    if path.exists() and not path.is_file():
        raise JournalCopyError(f"{path} is a folder, or no ordinary file; expected a copy.")
    try:
        with path.open("rb") as file:
            return _parse_copy(file.read(database.MAX_JOURNAL_BYTES + 1))
    except FileNotFoundError:
        raise JournalCopyError(f"There is no file {path}.") from None
    except OSError as error:
        raise JournalCopyError(f"{path} could not be read ({error.strerror}).") from error
    except JournalCopyError as error:
        raise JournalCopyError(f"Nothing was read from {path}. {error}") from error


def find_stray_copies(journal: Journal) -> list[Path]:
    """The journals in the folder of a journal that are named after it: "my_practice (1).sqlite"."""

    def is_journal(path: Path) -> bool:
        try:
            with path.open("rb") as file:
                start = file.read(100)
        except OSError:
            return False
        return start.startswith(database.SQLITE_HEADER) and not database.is_other_database(start)

    named = re.compile(rf"(?<!\w){re.escape(journal.path.stem)}(?![^\W_])", re.IGNORECASE)
    own = {path.name for path in journal.files}
    found = (path for path in journal.path.parent.glob("*") if named.search(path.name))
    return sorted(p for p in found if p.name not in own and p.is_file() and is_journal(p))


def describe_stray_copies(journal: Journal) -> list[str]:
    """A sentence for each copy that lies beside a journal and says more, as cloud folders leave."""
    paths = find_stray_copies(journal)
    here = {entry.id: entry for entry in journal.read_all_entries()} if paths else {}
    sentences = []
    for path in paths:
        name = path.name if path.parent == Path.cwd() else path.as_posix()
        try:
            entries = read_journal_copy(path).entries
        except JournalCopyError as error:
            sentences.append(f"Beside your journal lies a copy of it that cannot be used. {error}")
            continue
        more = sum(e.id not in here or e.merged_with(here[e.id]) != here[e.id] for e in entries)
        if more:
            sessions = "1 session" if more == 1 else f"{more} sessions"
            sentences.append(
                f"Beside your journal lies a copy of it, {path.name}, with {sessions} that your"
                " journal does not have, or not in full. If it is yours, this line brings them in:"
                f" import_journal({json.dumps(name, ensure_ascii=False)})"
            )
    return sentences


def _parse_copy(raw: bytes) -> JournalCopy:
    """The sessions of a file of any kind that is known here."""
    if not raw:
        raise JournalCopyError("It is empty: take another copy.")
    if len(raw) > database.MAX_JOURNAL_BYTES:
        most_mb = database.MAX_JOURNAL_BYTES // 1_000_000
        raise JournalCopyError(f"It is larger than {most_mb} MB: no journal is.")
    if raw.startswith(WORKBOOK_FILE_SIGNATURES):
        raise JournalCopyError(
            "It is a workbook of a spreadsheet program: open it there, save it as CSV, and import"
            " that file."
        )
    if b"\0" in raw and not raw.startswith(spreadsheet.UTF16_BYTE_ORDER_MARKS):
        return _parse_database_copy(raw)
    text, remark = spreadsheet.decode_with_remark(raw)
    copy = parse_json(text) if text.lstrip().startswith(("{", "[")) else parse_csv(text)
    copy.remarks.extend(filter(None, [remark]))
    return copy


def _parse_database_copy(raw: bytes) -> JournalCopy:
    try:
        entries, whole = database.read_entries_and_wholeness(raw)
    except database.NewerFileError as newer:
        raise JournalCopyError(
            f"It {newer}: use the newer course, or export there as .csv and import that."
        ) from newer
    if whole:
        return JournalCopy(entries, [])
    if not entries:
        raise JournalCopyError(
            "It is damaged, or no copy of a journal, and no session could be read from it: take"
            " another copy. A table is read best as CSV in UTF-8."
        )
    remark = "The copy is damaged: these are the sessions that could still be read."
    return JournalCopy(entries, [remark])


# CSV


def format_csv(entries: Iterable[Entry]) -> str:
    """One line for each session below a line of headings, marked as UTF-8 for spreadsheets."""
    file = StringIO(newline="")
    lines = csv.writer(file)
    lines.writerow(CSV_HEADINGS_BY_FIELD.values())
    for entry in entries:
        lines.writerow(_format_cell(getattr(entry, name)) for name in ENTRY_FIELD_NAMES)
    return f"\N{ZERO WIDTH NO-BREAK SPACE}{file.getvalue()}"


def _format_cell(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case Mapping():
            return escape_spreadsheet_text(" ".join(f"{name}:{ms}" for name, ms in value.items()))
        case str():
            return escape_spreadsheet_text(value)
    return "" if value is None else str(value)


def escape_spreadsheet_text(cell: str) -> str:
    """A text that no spreadsheet calculates, or takes for a number or a date."""
    calculates = cell.lstrip(" ").startswith((*FORMULA_START_CHARACTERS, "'"))
    is_number = NUMBER_OR_DATE_PATTERN.fullmatch(cell.strip(" "))
    return f"'{cell}" if calculates or is_number else cell


def parse_csv(text: str) -> JournalCopy:
    """The sessions of a table; ``begun`` is the one column that must be there."""
    heads, table_rows = spreadsheet.read_table(text, "begun")
    names = [FIELDS_BY_CSV_HEADING.get(spreadsheet.normalize_heading(head), "") for head in heads]
    headings = CSV_HEADINGS_BY_FIELD | dict(zip(names, map(str.strip, heads), strict=True))
    twice = [headings[name] for name in names if name and names.count(name) > 1]
    if twice:
        raise JournalCopyError(f"There are two columns {twice[0]}: keep one.")
    rows = [(line, [cell.removeprefix("'") for cell in row]) for line, row in table_rows]
    times = [(i, headings[name]) for i, name in enumerate(names) if name in ("begun", "ended")]
    cells_of_times = ((f"Line {n}, {head}", row[i]) for n, row in rows for i, head in times)
    day_first = spreadsheet.is_day_first(cells_of_times)

    def make_entry(row: list[str]) -> Entry:
        cells = {name: cell for name, cell in zip(names, row, strict=True) if name}
        said = {name: _parse_cell(name, cell, day_first) for name, cell in cells.items()}
        return _fill_missing_entry_fields(said)

    items = ((f"Line {n}", partial(make_entry, row)) for n, row in rows)
    entries = _collect_entries(items, headings)
    filled = [any(column) for column in zip(*(row for _, row in rows), strict=True)]
    columns = zip(heads, names, filled, strict=False)  # where no row is, none is filled
    left_out = (head.strip() for head, name, some in columns if some > bool(name))
    unknown = [head or "one without a heading" for head in left_out]
    remark = f"Left out were columns that a journal does not have: {', '.join(unknown)}."
    return JournalCopy(entries, [remark] if unknown else [])


def _parse_cell(name: str, cell: str, day_first: bool) -> Any:
    """What a cell says, typed; None where it says nothing."""
    if name in ("id", "title", "note"):
        return cell
    if not cell.strip():
        return EMPTY_CELL_VALUES_BY_FIELD.get(name)
    if name in ("begun", "ended"):
        return spreadsheet.parse_time(name, cell, day_first)
    if name == "finished":
        return BOOLEANS_BY_WORD.get(cell.strip().lower(), cell)
    if name != "spent":
        return spreadsheet.parse_whole_number(name, cell)
    spent = {}
    for part in filter(None, cell.split(" ")):
        exercise, mark, ms = part.rpartition(":")
        if not mark:
            raise unexpected_value_error("spent", part)
        spent[exercise] = spreadsheet.parse_whole_number("spent", ms)
    return spent


# JSON


def format_json(entries: Iterable[Entry]) -> str:
    """An object with the format's name and version, and the sessions as a list."""
    sessions = [_entry_to_dict(entry) for entry in entries]
    plain = {"format": JOURNAL_JSON_FORMAT, "version": JOURNAL_JSON_VERSION, "sessions": sessions}
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def parse_json(text: str) -> JournalCopy:
    """The sessions of a file that format_json() wrote, or another program in its way."""
    try:
        plain = json.loads(text)
    except json.JSONDecodeError as error:
        raise JournalCopyError(
            f"Line {error.lineno} is no JSON: the file is damaged or was cut short. Take another"
            " copy."
        ) from error
    except (ValueError, RecursionError) as error:
        raise JournalCopyError("It is no JSON that a journal could hold.") from error
    if not isinstance(plain, dict) or plain.get("format") != JOURNAL_JSON_FORMAT:
        raise JournalCopyError(
            f'It is no copy of a journal: expected "format": "{JOURNAL_JSON_FORMAT}".'
        )
    if plain.get("version") != JOURNAL_JSON_VERSION:
        found = quote_shortened(plain.get("version"))
        raise JournalCopyError(
            f"Version {found} of the format is not known here: {JOURNAL_JSON_VERSION} is."
        )
    sessions = plain.get("sessions")
    if not isinstance(sessions, list):
        raise JournalCopyError('"sessions": expected a list.')
    if len(sessions) > MAX_TABLE_ROWS:
        raise JournalCopyError(TOO_MANY_ROWS_SENTENCE)
    numbered = enumerate(sessions, 1)
    items = ((f"Session {n}", partial(_entry_from_dict, each)) for n, each in numbered)
    return JournalCopy(_collect_entries(items, {name: name for name in ENTRY_FIELD_NAMES}), [])


def _entry_to_dict(entry: Entry) -> dict[str, Any]:
    plain = {name: getattr(entry, name) for name in ENTRY_FIELD_NAMES}
    times = {name: plain[name].isoformat(timespec="milliseconds") for name in ("begun", "ended")}
    return plain | times


def _entry_from_dict(found: object) -> Entry:
    if not isinstance(found, dict):
        raise EntryError(f"found {quote_shortened(found)}, expected an object.")
    unknown = sorted(set(found) - set(ENTRY_FIELD_NAMES))
    if unknown:
        expected = ", ".join(ENTRY_FIELD_NAMES)
        name = quote_shortened(unknown[0])
        raise EntryError(f"nothing is called {name}, expected {expected}.")
    times = {}
    for name in filter(found.__contains__, ("begun", "ended")):
        try:
            times[name] = datetime.fromisoformat(found[name])
        except (TypeError, ValueError):
            raise unexpected_value_error(name, found[name]) from None
    return _fill_missing_entry_fields(found | times)


# Both


def _fill_missing_entry_fields(found: dict[str, Any]) -> Entry:
    """An entry; one written by hand may leave out its end, its offset and its id.

    A time without an offset is one of this computer's clock. What was written gives the id, which
    is the same whenever and wherever that is read.
    """
    if found.get("begun") is None:
        raise EntryError("found nothing, expected a time for each session.", "begun")
    written = {name: found.get(name) or found["begun"] for name in ("begun", "ended")}
    complete = dict(found)
    for name, time in written.items():
        try:
            complete[name] = time if time.tzinfo else time.astimezone()
        except (OverflowError, OSError, ValueError):
            what = "which the clock of this computer does not know."
            raise EntryError(f"found {quote_shortened(time)}, {what}", name) from None
    if found.get("id"):
        return Entry(**complete)
    unnamed = Entry(**complete | {"id": "unnamed"})
    naive = {name: time for name, time in written.items() if not time.tzinfo}
    local = {name: time.isoformat(timespec="milliseconds") for name, time in naive.items()}
    words = json.dumps(_entry_to_dict(unnamed) | local, sort_keys=True)
    return replace(unnamed, id=f"written-{sha256(words.encode()).hexdigest()[:20]}")


def _collect_entries(
    items: Iterable[tuple[str, Callable[[], Entry]]], headings: Mapping[str, str]
) -> list[Entry]:
    """Every session once, or a report of all that is wrong, by what the fields are called there."""
    found: dict[str, Entry] = {}
    mistakes = []
    for where, make_entry in items:
        try:
            entry = make_entry()
            if found.setdefault(entry.id, entry) != entry:
                found_twice = f"found {quote_shortened(entry.id)} a second time, with other words"
                expected = EXPECTED_VALUE_DESCRIPTIONS_BY_FIELD["id"]
                raise EntryError(f"{found_twice}, expected {expected}.", "id")
        except EntryError as error:
            name = f", {headings[error.name]}" if error.name else ""
            mistakes.append(f"{where}{name}: {error.sentence}")
        if len(mistakes) == MAX_COPY_MISTAKES_SHOWN:
            mistakes.append("There may be more.")
            break
    if mistakes:
        raise JournalCopyError("\n".join(["Mend this first:", *mistakes]))
    return list(found.values())
