"""The journal of whoever sits at this notebook, and where it is: beside the notebooks.

The drive of a browser that runs notebooks by itself takes texts, each as a whole. SQLite cannot
work there, so the journal is a copy in JSON there, which notebooks and the site everywhere read.
"""

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from backcare_nb.course.errors import BROWSER_SYS_PLATFORM
from backcare_nb.course.files import write_atomically
from backcare_nb.journal import database, import_export
from backcare_nb.journal.database import ResultType
from backcare_nb.journal.entry import Entry
from backcare_nb.journal.spreadsheet import JournalCopyError
from backcare_nb.journal.store import (
    JOURNAL_FILE_NAME,
    JOURNAL_PATH_VARIABLE,
    Journal,
    JournalError,
)


@cache
def open_own_journal() -> Journal:
    """The journal of this notebook: one place for as long as the kernel lives."""
    if elsewhere := os.environ.get(JOURNAL_PATH_VARIABLE):
        return Journal(Path(elsewhere).expanduser().absolute())
    beside = Path.cwd() / JOURNAL_FILE_NAME
    if sys.platform == BROWSER_SYS_PLATFORM:
        return JsonFileJournal(beside.with_suffix(".json"))
    return Journal(beside)


def read_kept_entries() -> list[Entry]:
    """The sessions of the learner's journal; none where there is no journal, or it tells none."""
    with suppress(JournalError):
        if open_own_journal().consent_state == "kept":
            return open_own_journal().read_all_entries()
    return []


class JsonFileJournal(Journal):
    """A journal whose file is a copy in JSON, written anew as a whole after each change."""

    def _create_empty_file(self) -> None:
        write_atomically(self.path, import_export.format_json([]), replace=False)

    def _write(self, change: Callable[[sqlite3.Connection], ResultType]) -> ResultType:
        def change_file(connection: sqlite3.Connection) -> ResultType:
            done = change(connection)
            text = import_export.format_json(database.read_entries(connection))
            try:
                write_atomically(self.path, text)
            except OSError as error:
                raise self._unwritable_error(error.strerror) from error
            return done

        return self._run_or_recover(change_file)

    def _run_or_recover(self, work: Callable[[sqlite3.Connection], ResultType]) -> ResultType:
        try:
            entries = import_export.read_journal_copy(self.path).entries
        except JournalCopyError as error:
            raise JournalError(
                f"The journal cannot be read. {error} Nothing was changed: give the file another"
                " name, and keep_journal() begins a new one."
            ) from error
        with closing(database.open_journal_in_memory()) as connection:
            database.insert_or_merge_entries(connection, entries)
            return work(connection)

    def _zero_out_file(self) -> None:
        """No other notebook has it open."""
