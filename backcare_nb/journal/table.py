"""The table of sessions in a journal's file: its versions, its rows, and what is done to it.

Times are milliseconds since 1970 in UTC, beside their offset from UTC in minutes.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

from backcare_nb.journal.entry import NAMES, Entry, EntryError

OURS = 0x62636A31  # SQLite's application_id of a journal

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


class Damaged(Exception):
    """The file is there, and is not a journal that can be trusted."""


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


def migrate(connection: sqlite3.Connection) -> None:
    """Lead the file to the version of today; another notebook may have done so meanwhile."""
    for version in range(number(connection, "user_version"), len(MIGRATIONS)):
        connection.execute(MIGRATIONS[version])
        connection.execute(f"PRAGMA user_version = {version + 1}")
    connection.execute(f"PRAGMA application_id = {OURS}")


def put(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Write sessions; one that is already here is continued."""
    for entry in entries:
        there = _find(connection, entry.id)
        _store(connection, there.joined(entry) if there else entry)


def add(connection: sqlite3.Connection, entries: Iterable[Entry]) -> int:
    """Write those sessions that are not here yet, and return how many."""
    added = 0
    for entry in entries:
        if not _find(connection, entry.id):
            _store(connection, entry)
            added += 1
    return added


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


def rows(connection: sqlite3.Connection, direction: str) -> Iterator[tuple]:
    """The rows as they lie in the file, "ASC" or "DESC": of a damaged one, up to the damage."""
    yield from connection.execute(f"SELECT {COLUMNS} FROM session ORDER BY rowid {direction}")


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
        times = _moment(begun, offset_begun), _moment(ended, offset_ended)
        return Entry(id, *times, title, bool(finished), *lengths, json.loads(spent), *row[10:])
    except (EntryError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Damaged(f"a session cannot be read: {error}") from error


def _moment(ms: int, minutes: int) -> datetime:
    zone = timezone(timedelta(minutes=minutes))
    return (EPOCH + timedelta(milliseconds=ms)).astimezone(zone)
