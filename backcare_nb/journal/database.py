"""The SQLite file of a journal: its versions, its rows, what is done to it, and what is salvaged.

Times are milliseconds since 1970 in UTC, beside their offset from UTC in minutes.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from backcare_nb.journal.entry import FEEDBACK_FIELD_NAMES, Entry, EntryError, replace_unprintable

SQLITE_APPLICATION_ID = 0x62636A31  # SQLite's application_id of a journal
SQLITE_HEADER = b"SQLite format 3\0"
MAX_JOURNAL_BYTES = 16_000_000  # that are looked at: ten years with long notes
SQLITE_ROWS_PAGE_TYPE_BYTE = 13  # the first byte of a page of SQLite's that holds rows

# Each leads to the next version of the file, from an empty one on; none is ever changed again.
SCHEMA_MIGRATIONS = (
    """CREATE TABLE session (
        id TEXT PRIMARY KEY NOT NULL CHECK (typeof(id) = 'text' AND id <> ''),
        begun INTEGER NOT NULL CHECK (typeof(begun) = 'integer'),
        ended INTEGER NOT NULL CHECK (typeof(ended) = 'integer'),
        offset_begun INTEGER NOT NULL CHECK (typeof(offset_begun) = 'integer'),
        offset_ended INTEGER NOT NULL CHECK (typeof(offset_ended) = 'integer'),
        title TEXT NOT NULL CHECK (typeof(title) = 'text'),
        finished INTEGER NOT NULL CHECK (finished IN (0, 1)),
        reached INTEGER NOT NULL CHECK (reached >= 0),
        total INTEGER NOT NULL CHECK (total >= 0),
        spent TEXT NOT NULL CHECK (typeof(spent) = 'text'),
        comfort_before INTEGER CHECK (comfort_before BETWEEN 0 AND 10),
        comfort_after INTEGER CHECK (comfort_after BETWEEN 0 AND 10),
        angle_left INTEGER CHECK (angle_left BETWEEN 0 AND 90),
        angle_right INTEGER CHECK (angle_right BETWEEN 0 AND 90),
        note TEXT NOT NULL CHECK (typeof(note) = 'text'))""",
)
SESSION_COLUMNS_SQL = (
    "id, begun, ended, offset_begun, offset_ended, title, finished, reached, total, spent,"
    " comfort_before, comfort_after, angle_left, angle_right, note"
)
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)  # what SQLite says may be no text either

ResultType = TypeVar("ResultType")


class DamagedFileError(Exception):
    """The file is there, and is not a journal that can be trusted."""


class NewerFileError(Exception):
    """The file is a journal of a newer version than is known here."""


# In a transaction


def run_transaction(
    connection: sqlite3.Connection, change: Callable[[sqlite3.Connection], ResultType]
) -> ResultType:
    """Do a change as a whole; where it fails, nothing was changed."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = change(connection)
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk has rolled back by itself
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return done


def migrate_schema(connection: sqlite3.Connection, goal: int | None = None) -> None:
    """Lead the file to a version, or to today's; another notebook may have done so meanwhile."""
    goal = len(SCHEMA_MIGRATIONS) if goal is None else goal
    for version in range(read_pragma(connection, "user_version"), goal):
        connection.execute(SCHEMA_MIGRATIONS[version])
        connection.execute(f"PRAGMA user_version = {version + 1}")
    connection.execute(f"PRAGMA application_id = {SQLITE_APPLICATION_ID}")


def insert_or_merge_entries(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Write sessions; one that is already here is continued."""
    for entry in entries:
        here = _find_entry(connection, entry.id)
        _insert_or_replace_entry(connection, here.merged_with(entry) if here else entry)


def import_entries(connection: sqlite3.Connection, entries: Iterable[Entry]) -> Counter[str]:
    """Bring in the sessions of a copy, and count what became of them.

    They are "added", "completed" or "known"; where both records say something and not the same,
    what is here stays, and the session counts as "contradicted" too.
    """
    counts: Counter[str] = Counter()
    for entry in entries:
        here = _find_entry(connection, entry.id)
        merged = entry.merged_with(here) if here else entry
        if merged != here:
            _insert_or_replace_entry(connection, merged)
        counts["added" if not here else "known" if merged == here else "completed"] += 1
        counts["contradicted"] += merged.contradicts(entry)
    return counts


def add_feedback(connection: sqlite3.Connection, id: str, feedback: Mapping[str, Any]) -> Entry:
    """Add the learner's own words to a session; EntryError where there is none of that id."""
    here = _find_entry(connection, id)
    if not here:
        raise EntryError("This session is not in your journal any more: nothing was written.")
    entry = replace(here, **feedback)
    _insert_or_replace_entry(connection, entry)
    return entry


def read_entries(connection: sqlite3.Connection) -> list[Entry]:
    """All sessions, the earliest first; DamagedFileError where one cannot be."""
    rows = connection.execute(f"SELECT {SESSION_COLUMNS_SQL} FROM session ORDER BY begun, id")
    return [_entry_from_row(row) for row in rows]


def _find_entry(connection: sqlite3.Connection, id: str) -> Entry | None:
    query = f"SELECT {SESSION_COLUMNS_SQL} FROM session WHERE id = ?"
    row = connection.execute(query, (id,)).fetchone()
    return _entry_from_row(row) if row else None


def _insert_or_replace_entry(connection: sqlite3.Connection, entry: Entry) -> None:
    both, minute = (entry.begun, entry.ended), timedelta(minutes=1)
    times = [(time - UNIX_EPOCH) // timedelta(milliseconds=1) for time in both]
    offsets = [(time.utcoffset() or timedelta()) // minute for time in both]
    spent = json.dumps(entry.spent, ensure_ascii=False, separators=(",", ":"))
    numbers = (entry.finished, entry.reached, entry.total)
    feedback = (getattr(entry, name) for name in FEEDBACK_FIELD_NAMES)
    row = (entry.id, *times, *offsets, entry.title, *numbers, spent, *feedback)
    marks = ", ".join("?" * len(row))
    connection.execute(
        f"INSERT OR REPLACE INTO session ({SESSION_COLUMNS_SQL}) VALUES ({marks})", row
    )


def _entry_from_row(row: tuple[Any, ...]) -> Entry:
    """An entry from its row; DamagedFileError if it could not have been written here."""
    id, begun, ended, offset_begun, offset_ended, title, finished, *numbers, spent = row[:10]
    try:
        if any(replace_unprintable(text) != text for text in (id, title, spent, row[-1])):
            raise DamagedFileError("a session holds what is no text")
        start = _local_time_from_epoch(begun, offset_begun)
        end = _local_time_from_epoch(ended, offset_ended)
        rest = [bool(finished), *numbers, json.loads(spent), *row[10:]]
        return Entry(id, start, end, title, *rest)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise DamagedFileError(f"a session cannot be read: {error}") from error


def _local_time_from_epoch(epoch_ms: int, offset_minutes: int) -> datetime:
    zone = timezone(timedelta(minutes=offset_minutes))
    return (UNIX_EPOCH + timedelta(milliseconds=epoch_ms)).astimezone(zone)


# A whole file


def read_pragma(connection: sqlite3.Connection, name: str) -> int:
    """What a file says of itself, such as its "user_version" or its "application_id"."""
    (number,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(number)


def empty_journal_bytes() -> bytes:
    """The bytes of a journal's file without a session."""
    with _scratch_file() as path:
        with closing(_open_scratch(path)) as connection:
            run_transaction(connection, migrate_schema)
        return path.read_bytes()


def raise_unless_known_version(connection: sqlite3.Connection) -> int:
    """The version of a file; DamagedFileError for no journal, NewerFileError for one not known."""
    version = read_pragma(connection, "user_version")
    if read_pragma(connection, "application_id") != SQLITE_APPLICATION_ID or version < 0:
        raise DamagedFileError("it is a database of something else")
    if version > len(SCHEMA_MIGRATIONS):
        raise NewerFileError(
            f"was written by a newer version of this course ({version}; this one knows up to"
            f" {len(SCHEMA_MIGRATIONS)})"
        )
    return version


def raise_unless_whole(connection: sqlite3.Connection, path: Path) -> None:
    """See that a journal's file is whole; DamagedFileError where it is not."""
    needed = read_pragma(connection, "page_count") * read_pragma(connection, "page_size")
    if path.stat().st_size < needed:  # looked at later: another notebook may make it grow
        raise DamagedFileError("it was cut short")
    ((found,), *_) = connection.execute("PRAGMA integrity_check(1)")
    if found != "ok":
        raise DamagedFileError(found)


def read_entries_and_wholeness(raw: bytes) -> tuple[list[Entry], bool]:
    """The sessions in the bytes of a file, and whether it was whole.

    Raises NewerFileError as raise_unless_known_version().

    What a file declares is not trusted: where its tables are not those of a journal, no more is
    read of it than rows.
    """
    try:
        with _scratch_file(raw) as path, closing(_open_scratch(path)) as connection:
            version = raise_unless_known_version(connection)
            if _read_schema(connection) != _schema_of_version(version):
                raise DamagedFileError("its tables are not those of a journal")
            raise_unless_whole(connection, path)
            run_transaction(connection, migrate_schema)
            return read_entries(connection), True
    except (DamagedFileError, *SQLITE_ERRORS):
        return salvage_entries(raw), False


def is_other_database(raw: bytes) -> bool:
    """Whether a file that is no journal looks whole, and so belongs to something else."""
    own = SQLITE_APPLICATION_ID.to_bytes(4, "big")
    return len(raw) >= 100 and any(raw[:100]) and raw[68:72] != own


def salvage_entries(raw: bytes) -> list[Entry]:
    """The sessions in the bytes of a damaged file that can still be read.

    Each page that holds rows is read by SQLite as if it were the only one of a table, so that none
    is lost for the damage to another.
    """
    with _scratch_file() as path:
        with closing(_open_scratch(path)) as connection:
            connection.execute(f"CREATE TABLE session ({SESSION_COLUMNS_SQL})")
            size = read_pragma(connection, "page_size")
        count = max(-(-len(raw) // size), 2)
        raw = raw.ljust(count * size, b"\xff")  # which no number of ours holds, and no text
        first = path.read_bytes()[:size]
        path.write_bytes(first[:28] + count.to_bytes(4, "big") + first[32:] + raw[size:])
        with closing(_open_scratch(path)) as connection:
            connection.text_factory = lambda text: text.decode("utf-8", "replace")
            pages = (n for n in range(1, count) if raw[n * size] == SQLITE_ROWS_PAGE_TYPE_BYTE)
            found = {entry.id: entry for n in pages for entry in _salvage_page(connection, n + 1)}
    return list(found.values())


def _salvage_page(connection: sqlite3.Connection, page_number: int) -> Iterator[Entry]:
    """The sessions on a page, from its beginning and from its end, up to what is damaged."""
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET rootpage = ?", (page_number,))
    connection.execute("PRAGMA writable_schema = RESET")
    for direction in ("ASC", "DESC"):
        with suppress(*SQLITE_ERRORS):
            order = f"ORDER BY rowid {direction}"
            for row in connection.execute(f"SELECT {SESSION_COLUMNS_SQL} FROM session {order}"):
                with suppress(DamagedFileError):
                    yield _entry_from_row(row)


@contextmanager
def _scratch_file(raw: bytes = b"") -> Iterator[Path]:
    """A file with these bytes, out of the way of others and gone again afterwards."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "scratch.sqlite")
        path.write_bytes(raw)
        yield path


def _open_scratch(path: Path) -> sqlite3.Connection:
    """A connection to a file that need not outlive anything."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = decode_sqlite_text
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def open_journal_in_memory() -> sqlite3.Connection:
    """A journal without a session, in no file."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.text_factory = decode_sqlite_text
    migrate_schema(connection)
    return connection


def decode_sqlite_text(raw: bytes) -> str:
    """Text of SQLite's; what became of it where it is none, no entry takes for text."""
    return raw.decode("utf-8", "surrogateescape")


def _read_schema(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    return connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()


@cache
def _schema_of_version(version: int) -> list[tuple[str, ...]]:
    """What a journal of a version declares."""
    with _scratch_file() as path, closing(_open_scratch(path)) as connection:
        migrate_schema(connection, version)
        return _read_schema(connection)
