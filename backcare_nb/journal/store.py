"""The learner's own journal: one SQLite file beside the notebooks, and nothing anywhere else.

The file is the consent: where it is, sessions are kept; where a marker stands instead, they are
not; where there is neither, nobody has been asked. A write that returns is on the disk.

How the file is written, and why:

- a rollback journal and not WAL, which fails on network folders and leaves two more files for a
  cloud folder to carry off apart from the first;
- synchronous=EXTRA: on the disk, the folder too, before a write returns (a session ends seldom);
- secure_delete: what is deleted is overwritten;
- a connection for each call, closed after it, so that between calls the one file is all there is.
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal

from backcare_nb.course.errors import UserError
from backcare_nb.course.files import write_atomically
from backcare_nb.journal import database
from backcare_nb.journal.database import DamagedFileError, ResultType
from backcare_nb.journal.entry import Entry

JOURNAL_FILE_NAME = "my_practice.sqlite"
REFUSAL_FILE_NAME = "my_practice_is_not_kept.txt"
JOURNAL_PATH_VARIABLE = "BACKCARE_JOURNAL"  # of the environment: a file in another place
MIN_DATABASE_BYTES = 512
SQLITE_SIDE_FILE_SUFFIXES = ("-journal", "-wal", "-shm")  # of what SQLite puts beside a file
DAMAGED_FILE_LABEL, FOREIGN_FILE_LABEL = "damaged", "not-a-journal"  # in the names of files aside
NO_JOURNAL_SENTENCE = "No journal is kept here: keep_journal() begins one, where you want it."
LOCK_TIMEOUT_S = 10.0  # to wait for another notebook that writes

SQLITE_PRAGMAS = (
    "journal_mode = DELETE",
    "synchronous = EXTRA",
    "fullfsync = ON",
    "secure_delete = ON",
    "cell_size_check = ON",
    "trusted_schema = OFF",
)

ConsentState = Literal["unasked", "kept", "refused"]


class JournalError(UserError):
    """What the journal could not do; its text says what happened and what to do."""


class Journal:
    """The sessions of one learner in one file; see the module for what the file promises.

    ``notices`` collects sentences on what was found and mended on the way, for the learner to
    read. What cannot be done raises JournalError; then nothing was changed.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.marker = self.path.with_name(REFUSAL_FILE_NAME)
        self.notices: list[str] = []

    @property
    def files(self) -> list[Path]:
        """The file, what SQLite puts beside it, and damaged ones that were set aside."""
        label = f".{DAMAGED_FILE_LABEL}-"
        aside = self.path.parent.glob(f"*{label}*")
        beside = (Path(f"{self.path}{end}") for end in SQLITE_SIDE_FILE_SUFFIXES)
        own = (path for path in aside if path.name.startswith(f"{self.path.stem}{label}"))
        return [self.path, *beside, *own]

    @property
    def consent_state(self) -> ConsentState:
        """Has the learner been asked, and what was the answer?"""
        if self.path.exists():
            return "kept"
        return "refused" if self.marker.exists() else "unasked"

    def keep(self) -> None:
        """Begin to keep the journal, with the learner's consent."""
        try:
            if not self.path.exists():
                self._create_empty_file()
        except FileExistsError:  # another notebook was quicker
            pass
        except OSError as error:
            raise self._unwritable_error(error.strerror) from error
        self._write(lambda connection: None)
        with suppress(OSError):
            self.marker.unlink(missing_ok=True)

    def _create_empty_file(self) -> None:
        """Write a file with no session; FileExistsError where there is one."""
        write_atomically(self.path, database.empty_journal_bytes(), replace=False, mode=0o600)

    def refuse(self) -> None:
        """Remember that the learner wants no journal, and nothing else."""
        if self.consent_state != "unasked":
            return
        words = (
            "No journal of your practice is kept in this folder, as you wished.\n"
            "If you change your mind, delete this file: you will be asked again.\n"
        )
        try:
            write_atomically(self.marker, words)
        except OSError as error:
            raise JournalError(
                "Nothing is kept, but your answer could not be remembered either:"
                f" {self.marker.parent} cannot be written ({error.strerror})."
            ) from error

    def save_entries(self, *entries: Entry) -> None:
        """Write sessions, all or none; one that is already here is continued, not counted twice."""
        self._write(lambda connection: database.insert_or_merge_entries(connection, entries))

    def import_copy(self, entries: Iterable[Entry]) -> Counter[str]:
        """Bring in the sessions of a copy, all or none; import_entries() says what is counted."""
        entries = list(entries)
        return self._write(lambda connection: database.import_entries(connection, entries))

    def add_feedback(self, id: str, **feedback: Any) -> Entry:
        """Add the learner's own words to a session: before, after, left, right, note."""
        return self._write(lambda connection: database.add_feedback(connection, id, feedback))

    def read_all_entries(self) -> list[Entry]:
        """All sessions, the earliest first; none where no journal is kept."""
        return self._run_or_recover(database.read_entries) if self.path.exists() else []

    def delete(self) -> None:
        """Erase the journal and everything that belongs to it, the learner's answer included.

        The bytes are overwritten first. What a disk or a backup keeps besides is out of reach.
        """
        self._zero_out_file()
        for path in (*self.files, self.marker):
            try:
                _overwrite_with_zeros(path)
                path.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise JournalError(
                    f"{path} could not be deleted ({error.strerror}). Close the other notebooks"
                    " and try again, or delete the file by hand."
                ) from error

    def _zero_out_file(self) -> None:
        """Overwrite the file while no other notebook writes to it."""
        with suppress(*database.SQLITE_ERRORS, OSError), closing(self._connect()) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            _overwrite_with_zeros(self.path)

    def _write(self, change: Callable[[sqlite3.Connection], ResultType]) -> ResultType:
        """Do something in one transaction, in the file that is there when it ends.

        Another notebook may have set a damaged file aside, or deleted it, while this one wrote.
        """
        while True:
            before = self._stat()
            try:
                done = self._run_or_recover(
                    lambda connection: database.run_transaction(connection, change)
                )
            except JournalError:
                if os.path.samestat(before, self._stat()):
                    raise
            else:
                if os.path.samestat(before, self._stat()):
                    return done

    def _stat(self) -> os.stat_result:
        try:
            return self.path.stat()
        except FileNotFoundError:
            raise JournalError(NO_JOURNAL_SENTENCE) from None

    def _run_or_recover(self, work: Callable[[sqlite3.Connection], ResultType]) -> ResultType:
        """Open, check, work, close. A damaged file is set aside, and a new one is begun."""
        try:
            return self._run_with_explained_errors(work)
        except DamagedFileError:
            self._set_aside_and_salvage()
        try:
            return self._run_with_explained_errors(work)
        except DamagedFileError as again:
            raise JournalError(f"{self.path} cannot be used ({again}).") from again

    def _run_with_explained_errors(
        self, work: Callable[[sqlite3.Connection], ResultType]
    ) -> ResultType:
        """Open, check, work, close; JournalError or DamagedFileError for what goes wrong."""
        try:
            self._raise_unless_sqlite_file()
            with closing(self._connect()) as connection:
                self._validate_and_migrate(connection)
                return work(connection)
        except sqlite3.Error as error:
            raise self._make_error_for_sqlite(error) from error
        except UnicodeDecodeError as error:
            raise DamagedFileError(str(error)) from error
        except FileNotFoundError:
            raise JournalError(NO_JOURNAL_SENTENCE) from None
        except OSError as error:
            raise JournalError(
                f"{self.path} cannot be read ({error.strerror}). Nothing was changed: take back"
                " what forbids it, or name another file in the environment variable"
                f" {JOURNAL_PATH_VARIABLE}."
            ) from error

    def _raise_unless_sqlite_file(self) -> None:
        """See that there is a file of SQLite's, which takes an emptied one for a new one."""
        if self.path.exists() and not self.path.is_file():
            raise JournalError(
                f"{self.path} is a folder, or no ordinary file, where the journal should be."
                " Nothing was changed: give it another name, and try again."
            )
        with self.path.open("rb") as file:
            start = file.read(MIN_DATABASE_BYTES)
        if len(start) < MIN_DATABASE_BYTES or not start.startswith(database.SQLITE_HEADER):
            raise DamagedFileError("file is not a database")

    def _connect(self) -> sqlite3.Connection:
        """A connection that never makes a file: only consent does."""
        uri, wait = f"{self.path.absolute().as_uri()}?mode=rw", LOCK_TIMEOUT_S
        connection = sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None)
        connection.text_factory = database.decode_sqlite_text
        return connection

    def _validate_and_migrate(self, connection: sqlite3.Connection) -> None:
        """See that this is a journal, whole, and of a version that is known here."""
        try:
            version = database.raise_unless_known_version(connection)
        except database.NewerFileError as newer:
            raise JournalError(
                f"{self.path} {newer}. Nothing was changed: use the newer course, or export there"
                " and import here."
            ) from newer
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").fetchall()
        database.raise_unless_whole(connection, self.path)
        if version < len(database.SCHEMA_MIGRATIONS):
            database.run_transaction(connection, database.migrate_schema)

    def _make_error_for_sqlite(self, error: sqlite3.Error) -> Exception:
        """The exception for what SQLite says."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return DamagedFileError(str(error))
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return JournalError(
                f"Another notebook has been writing in {self.path} for {LOCK_TIMEOUT_S:g}"
                " seconds. Nothing was changed: try again, or restart the other notebook's kernel."
            )
        if code == sqlite3.SQLITE_FULL:
            return JournalError(
                f"There is no room left on the disk for {self.path}. Nothing was changed: make"
                " some room and try again."
            )
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return self._unwritable_error(str(error))
        return JournalError(f"{self.path} could not be used: {error}. Nothing was changed.")

    def _unwritable_error(self, reason: str | None) -> JournalError:
        return JournalError(
            f"{self.path} cannot be written ({reason}). Copy the notebooks to a folder of your own,"
            " or name a file that you may write in the environment variable"
            f" {JOURNAL_PATH_VARIABLE}."
        )

    def _set_aside_and_salvage(self) -> None:
        """Keep a file that is not to be used under another name, and bring over what it holds.

        Another notebook may have done so a moment ago: what is then set aside is brought over too.
        """
        aside = self._unused_set_aside_path(DAMAGED_FILE_LABEL)
        try:
            for end in SQLITE_SIDE_FILE_SUFFIXES:  # first: they must not stay beside a new file
                with suppress(FileNotFoundError):
                    os.rename(f"{self.path}{end}", f"{aside}{end}")
            os.rename(self.path, aside)
        except FileNotFoundError:  # another notebook was quicker, and brings over what it can
            return self.keep()
        except OSError as error:
            raise JournalError(
                f"{self.path} is damaged, and could not be set aside ({error.strerror})."
                " Move it to another place by hand; a new one is then begun."
            ) from error
        self.keep()
        with suppress(*database.SQLITE_ERRORS), closing(sqlite3.connect(aside)) as connection:
            # so that SQLite takes back what a crash had left half written
            database.read_pragma(connection, "schema_version")
        with aside.open("rb") as file:
            raw = file.read(database.MAX_JOURNAL_BYTES)
        salvaged = database.salvage_entries(raw)
        self.import_copy(salvaged)
        what = "was damaged" if raw else "had been emptied"
        if not salvaged and database.is_other_database(raw):
            what = "was no journal"
            aside = aside.rename(self._unused_set_aside_path(FOREIGN_FILE_LABEL))
        count = {0: "no session", 1: "1 session"}.get(len(salvaged), f"{len(salvaged)} sessions")
        self.notices.append(
            f"{self.path.name} {what}. It is kept as {aside.name}, and a new one was begun;"
            f" {count} could be read from it and brought over. If sessions are missing, bring them"
            " back from a copy of yours with import_journal(...)."
        )

    def _unused_set_aside_path(self, label: str) -> Path:
        """A name for a file that is set aside, which no other has."""
        mark = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{token_hex(4)}"
        return self.path.with_name(f"{self.path.stem}.{label}-{mark}{self.path.suffix}")


def _overwrite_with_zeros(path: Path) -> None:
    """Zeros to the end, on the disk; then nothing."""
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
        file.truncate(0)
