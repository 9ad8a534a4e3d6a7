"""The table of sessions in a journal's file: its versions, its rows, and what is done to it.

Times are milliseconds since 1970 in UTC, beside their offset from UTC in minutes.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from backcare_nb.journal.entry import NAMES, Entry, EntryError, clean

OURS = 0x62636A31  # SQLite's application_id of a journal
HEADER = b"SQLite format 3\0"  # how SQLite's files begin
LARGEST = 16_000_000  # bytes of a file that are looked at: ten years with long notes
LEAF = 13  # how a page of SQLite's begins that holds rows

# Each leads to the next version of the file, from an empty one on; none is ever changed again.
MIGRATIONS = (
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
COLUMNS = (
    "id, begun, ended, offset_begun, offset_ended, title, finished, reached, total, spent,"
    " comfort_before, comfort_after, angle_left, angle_right, note"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS, MINUTE = timedelta(milliseconds=1), timedelta(minutes=1)

T = TypeVar("T")


# Python cannot decode all that SQLite says of a damaged file.
SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)


class Damaged(Exception):
    """The file is there, and is not a journal that can be trusted."""


class Newer(Exception):
    """The file is a journal of a newer version than is known here."""


# In a transaction


def transaction(connection: sqlite3.Connection, change: Callable[[sqlite3.Connection], T]) -> T:
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


def migrate(connection: sqlite3.Connection, goal: int | None = None) -> None:
    """Lead the file to a version, or to today's; another notebook may have done so meanwhile."""
    goal = len(MIGRATIONS) if goal is None else goal
    for version in range(number(connection, "user_version"), goal):
        connection.execute(MIGRATIONS[version])
        connection.execute(f"PRAGMA user_version = {version + 1}")
    connection.execute(f"PRAGMA application_id = {OURS}")


def put(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Write sessions; one that is already here is continued."""
    for entry in entries:
        there = _find(connection, entry.id)
        _store(connection, there.joined(entry) if there else entry)


def merge(connection: sqlite3.Connection, entries: Iterable[Entry]) -> Counter[str]:
    """Bring in the sessions of a copy, and count what became of them.

    They are "added", "completed" or "known"; where both records say something and not the same,
    what is here stays, and the session counts as "contradicted" too.
    """
    counts: Counter[str] = Counter()
    for entry in entries:
        here = _find(connection, entry.id)
        merged = entry.joined(here) if here else entry
        if merged != here:
            _store(connection, merged)
        counts["added" if not here else "known" if merged == here else "completed"] += 1
        counts["contradicted"] += merged.contradicts(entry)
    return counts


def say(connection: sqlite3.Connection, id: str, said: Mapping[str, Any]) -> Entry:
    """Add the learner's own words to a session; EntryError where there is none of that id."""
    there = _find(connection, id)
    if not there:
        raise EntryError("This session is not in your journal any more: nothing was written.")
    entry = there.saying(said)
    _store(connection, entry)
    return entry


def _find(connection: sqlite3.Connection, id: str) -> Entry | None:
    query = f"SELECT {COLUMNS} FROM session WHERE id = ?"
    row = connection.execute(query, (id,)).fetchone()
    return entry_of(row) if row else None


def _store(connection: sqlite3.Connection, entry: Entry) -> None:
    marks = ", ".join("?" * len(COLUMNS.split(",")))
    connection.execute(f"INSERT OR REPLACE INTO session ({COLUMNS}) VALUES ({marks})", _row(entry))


def entries(connection: sqlite3.Connection) -> list[Entry]:
    """All sessions, the earliest first."""
    found = connection.execute(f"SELECT {COLUMNS} FROM session ORDER BY begun, id")
    return [entry_of(row) for row in found]


def remove(connection: sqlite3.Connection, id: str) -> None:
    """Take one session out."""
    connection.execute("DELETE FROM session WHERE id = ?", (id,))


def number(connection: sqlite3.Connection, pragma: str) -> int:
    """What a file says of itself: its "user_version" or its "application_id"."""
    return connection.execute(f"PRAGMA {pragma}").fetchone()[0]


# A whole file


def blank() -> bytes:
    """The bytes of a journal without a session."""
    with _scratch() as path:
        with closing(_opened(path)) as connection:
            transaction(connection, migrate)
        return path.read_bytes()


def identify(connection: sqlite3.Connection) -> int:
    """The version of a journal's file; Damaged where it is none, Newer where it is not known."""
    version = number(connection, "user_version")
    if number(connection, "application_id") != OURS or version < 0:
        raise Damaged("it is a database of something else")
    if version > len(MIGRATIONS):
        raise Newer(
            f"was written by a newer version of this course ({version}; this one knows up to"
            f" {len(MIGRATIONS)})"
        )
    return version


def verify(connection: sqlite3.Connection, path: Path) -> None:
    """See that a journal's file is whole; Damaged where it is not."""
    needed = number(connection, "page_count") * number(connection, "page_size")
    if path.stat().st_size < needed:  # looked at later: another notebook may make it grow
        raise Damaged("it was cut short")
    ((found,), *_) = connection.execute("PRAGMA integrity_check(1)")
    if found != "ok":
        raise Damaged(found)


def sessions(raw: bytes) -> tuple[list[Entry], bool]:
    """The sessions in the bytes of a file, and whether it was whole; Newer as identify().

    What a file declares is not trusted: where its tables are not those of a journal, no more is
    read of it than rows.
    """
    try:
        with _scratch(raw) as path, closing(_opened(path)) as connection:
            version = identify(connection)
            if _declared(connection) != _known(version):
                raise Damaged("its tables are not those of a journal")
            verify(connection, path)
            transaction(connection, migrate)
            return entries(connection), True
    except (Damaged, *SQLITE_ERRORS):
        return rescued(raw), False


def foreign(raw: bytes) -> bool:
    """Whether a file that is no journal looks whole, and so belongs to something else."""
    return len(raw) >= 100 and any(raw[:100]) and raw[68:72] != OURS.to_bytes(4, "big")


def rescued(raw: bytes) -> list[Entry]:
    """The sessions in the bytes of a damaged file that can still be read.

    Each page that holds rows is read by SQLite as if it were the only one of a table, so that none
    is lost for the damage to another.
    """
    with _scratch() as path:
        with closing(_opened(path)) as connection:
            connection.execute(f"CREATE TABLE session ({COLUMNS})")
            size = number(connection, "page_size")
        count = max(-(-len(raw) // size), 2)
        raw = raw.ljust(count * size, b"\xff")  # which no number of ours holds, and no text
        first = path.read_bytes()[:size]
        path.write_bytes(first[:28] + count.to_bytes(4, "big") + first[32:] + raw[size:])
        with closing(_opened(path)) as connection:
            connection.text_factory = lambda text: text.decode("utf-8", "replace")
            leaves = (n for n in range(1, count) if raw[n * size] == LEAF)
            found = {entry.id: entry for n in leaves for entry in _of_page(connection, n + 1)}
    return list(found.values())


def _of_page(connection: sqlite3.Connection, page: int) -> Iterator[Entry]:
    """The sessions on a page, from its beginning and from its end, up to what is damaged."""
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET rootpage = ?", (page,))
    connection.execute("PRAGMA writable_schema = RESET")
    for direction in ("ASC", "DESC"):
        with suppress(*SQLITE_ERRORS):
            order = f"ORDER BY rowid {direction}"
            for row in connection.execute(f"SELECT {COLUMNS} FROM session {order}"):
                with suppress(Damaged):
                    yield entry_of(row)


@contextmanager
def _scratch(raw: bytes = b"") -> Iterator[Path]:
    """A file with these bytes, out of the way of others and gone again afterwards."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "scratch.sqlite")
        path.write_bytes(raw)
        yield path


def _opened(path: Path) -> sqlite3.Connection:
    """A connection to a file that need not outlive anything."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = text
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def text(raw: bytes) -> str:
    """Text of SQLite's; what became of it where it is none, entry_of() does not take for text."""
    return raw.decode("utf-8", "surrogateescape")


def _declared(connection: sqlite3.Connection) -> list[tuple]:
    return connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()


@cache
def _known(version: int) -> list[tuple]:
    """What a journal of a version declares."""
    with _scratch() as path, closing(_opened(path)) as connection:
        migrate(connection, version)
        return _declared(connection)


# Rows


def _row(entry: Entry) -> tuple:
    spent = json.dumps(entry.spent, ensure_ascii=False, separators=(",", ":"))
    return (
        *(entry.id, (entry.begun - EPOCH) // MS, (entry.ended - EPOCH) // MS),
        *(entry.begun.utcoffset() // MINUTE, entry.ended.utcoffset() // MINUTE),
        *(entry.title, int(entry.finished), entry.reached, entry.total, spent),
        *(getattr(entry, name) for name in NAMES[-5:]),
    )


def entry_of(row: tuple) -> Entry:
    """An entry from its row; Damaged if it could not have been written here."""
    id, begun, ended, offset_begun, offset_ended, title, finished, *lengths, spent = row[:10]
    try:
        if any(clean(text) != text for text in (id, title, spent, row[-1])):
            raise Damaged("a session holds what is no text")
        times = _moment(begun, offset_begun), _moment(ended, offset_ended)
        return Entry(id, *times, title, bool(finished), *lengths, json.loads(spent), *row[10:])
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Damaged(f"a session cannot be read: {error}") from error


def _moment(ms: int, minutes: int) -> datetime:
    zone = timezone(timedelta(minutes=minutes))
    return (EPOCH + timedelta(milliseconds=ms)).astimezone(zone)
