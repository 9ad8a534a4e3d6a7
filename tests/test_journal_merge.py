"""Two journals that become one, and the copies that cloud folders leave beside a journal."""

import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backcare_nb.journal import database, import_export
from backcare_nb.journal.import_export import ExchangeError
from backcare_nb.journal.store import JOURNAL_NAME, Journal, JournalError
from tests.journal_writer import entry

said = {
    "before": st.none() | st.integers(0, 10),
    "after": st.none() | st.integers(0, 10),
    "note": st.sampled_from(["", "calm", "stiff"]),
}
records = st.builds(
    entry,
    st.sampled_from("abc"),
    finished=st.booleans(),
    spent=st.fixed_dictionaries({"knee_rolls": st.integers(0, 3)}),
    **said,
)
journals = st.lists(records, max_size=3, unique_by=lambda each: each.id)


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path / "a folder" / JOURNAL_NAME)
    made.path.parent.mkdir()
    made.keep()
    return made


def merge(one, other):
    """What the first has once the other was brought in, twice, and what was counted."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        database.run_transaction(connection, database.migrate)
        database.put_entries(connection, one)
        counts = [database.merge_entries(connection, other) for _ in range(2)]
        return {each.id: each for each in database.read_entries(connection)}, *counts


@given(journals, journals)
def test_merging_twice_is_merging_once_and_loses_nothing(one, other):
    found, first, again = merge(one, other)
    assert set(found) == {each.id for each in one + other}
    assert sum(first[name] for name in ("added", "completed", "known")) == len(other)
    assert again["known"] == len(other)
    here = {each.id: each for each in one}
    for each in one + other:
        assert found[each.id].work_ms >= each.work_ms
        for name in said:
            if getattr(each, name) not in (None, ""):
                mine = getattr(here.get(each.id, each), name)
                kept = getattr(each, name) if mine in (None, "") else mine
                assert getattr(found[each.id], name) == kept


@pytest.mark.parametrize(
    ("copy", "kept", "counted"),
    [
        (entry("b"), entry("a", note="mine"), {"added": 1}),
        (entry("a", note="mine"), entry("a", note="mine"), {"known": 1}),
        (entry("a"), entry("a", note="mine"), {"known": 1}),
        (entry("a", before=3), entry("a", note="mine", before=3), {"completed": 1}),
        (entry("a", note="theirs"), entry("a", note="mine"), {"known": 1, "contradicted": 1}),
        (entry("a", title="Other"), entry("a", note="mine"), {"known": 1, "contradicted": 1}),
        (entry("a", finished=False, spent={}), entry("a", note="mine"), {"known": 1}),
        (
            entry("a", spent={"knee_rolls": 90_000}),
            entry("a", note="mine", spent={"knee_rolls": 90_000}),
            {"completed": 1},
        ),
    ],
)
def test_the_further_record_is_kept_with_all_that_was_said_and_the_journal_has_the_last_word(
    copy, kept, counted
):
    found, counts, _ = merge([entry("a", note="mine")], [copy])
    assert found["a"] == kept
    assert +counts == counted


def test_where_bringing_in_fails_midway_nothing_was_changed(journal, monkeypatch):
    journal.put(entry("a"))
    store = database._store_entry

    def failing(connection, entry):
        if entry.id == "c":
            raise sqlite3.OperationalError("disk I/O error")
        store(connection, entry)

    monkeypatch.setattr(database, "_store_entry", failing)
    with pytest.raises(JournalError, match="Nothing was changed"):
        journal.merge([entry("a", before=3), entry("b"), entry("c")])
    assert journal.entries() == [entry("a")]


# A journal's own file as a copy


def copied(journal, name, entries):
    """Another journal in the folder of a journal."""
    made = Journal(journal.path.with_name(name))
    made.keep()
    made.put(*entries)
    return made.path


def test_a_journal_is_read_as_a_copy_and_left_as_it_was(journal):
    known = [entry("a", note="ä"), entry("b")]
    path = copied(journal, "other", known)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    before = path.read_bytes()
    assert import_export.read_copy(path) == (known, [])
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == [JOURNAL_NAME, "other"]


def test_of_a_damaged_copy_what_is_left_is_read_and_told(journal):
    path = copied(journal, "other.sqlite", [entry(f"s{n:03}", note="x" * 99) for n in range(200)])
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    entries, (remark,) = import_export.read_copy(path)
    assert 50 < len(entries) < 200
    assert remark == "The copy is damaged: these are the sessions that could still be read."


def test_a_copy_of_a_newer_version_is_refused_with_its_name(journal):
    path = copied(journal, "other.sqlite", [entry("a")])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE session ADD COLUMN mood TEXT")
        connection.execute("PRAGMA user_version = 7")
    with pytest.raises(ExchangeError, match=r"other.sqlite. It was written by a newer version"):
        import_export.read_copy(path)


def test_a_copy_of_a_version_that_never_was_is_read_as_a_damaged_one(journal):
    path = copied(journal, "other.sqlite", [entry("a")])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = -5")
    entries, (remark,) = import_export.read_copy(path)
    assert entries == [entry("a")]
    assert remark.startswith("The copy is damaged")


# Beside the journal

CONFLICTS = (
    "my_practice (conflicted copy 2026-01-02).sqlite",
    "my_practice (Anna's conflicted copy).sqlite",
    "my_practice (1).sqlite",
    "my_practice 2.sqlite",
    "my_practice-DESKTOP-AB12.sqlite",
    "my_practice (Case Conflict).sqlite",
    "My_Practice (2).SQLITE",
    "my_practice.sync-conflict-20260102-101500-ABCDEFG.sqlite",
    "my_practice_conflict-20260102-101500.sqlite",
    "my_practice.sqlite.bak",
    "Copy of my_practice.sqlite",
)


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_copy_that_a_cloud_folder_left_is_named_until_it_is_imported(journal, monkeypatch, name):
    monkeypatch.chdir(journal.path.parent)
    journal.put(entry("a"))
    copied(journal, name, [entry("a"), entry("b"), entry("c")])
    (words,) = import_export.describe_stray_copies(journal)
    assert f"lies a copy of it, {name}, with 2 sessions that your journal does not have" in words
    assert words.endswith(f': import_journal("{name}")')
    journal.merge(import_export.read_copy(name).entries)
    assert import_export.describe_stray_copies(journal) == []
    assert len(journal.entries()) == 3


def test_a_copy_elsewhere_is_named_with_its_way(journal):
    path = copied(journal, "my_practice 2.sqlite", [entry("b")])
    (words,) = import_export.describe_stray_copies(journal)
    assert words.endswith(f'import_journal("{path.as_posix()}")')


def test_a_session_that_went_further_in_the_copy_is_news_and_one_that_did_not_is_none(journal):
    further = entry("a", spent={"knee_rolls": 90_000})
    journal.put(entry("a", note="mine"))
    path = copied(journal, "my_practice 2.sqlite", [further])
    assert (
        "with 1 session that your journal does not have, or not in full"
        in (import_export.describe_stray_copies(journal)[0])
    )
    path.unlink()
    copied(journal, "my_practice 2.sqlite", [replace(further, spent={}, note="theirs")])
    assert import_export.describe_stray_copies(journal) == []


def test_what_is_no_copy_of_the_journal_is_not_taken_for_one(journal):
    journal.put(entry("a"))
    folder = journal.path.parent
    journal.path.write_bytes(journal.path.read_bytes()[:5000])
    assert journal.entries() == []  # what was damaged lies beside it now
    (folder / f"{JOURNAL_NAME}-journal").write_bytes(
        b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(600)
    )
    (folder / "my_practice_2026-01-02.csv").write_text("begun\n2026-01-02\n")
    (folder / "my_practice (1).sqlite").write_bytes(b"")
    (folder / "my_practice (2).sqlite").mkdir()
    with closing(sqlite3.connect(folder / "my_practice (3).sqlite")) as connection:
        connection.execute("CREATE TABLE recipe (name)")
    copied(journal, "my_practice2.sqlite", [entry("b")])
    copied(journal, "annas_my_practice.sqlite", [entry("c")])
    if sys.platform != "win32":
        os.mkfifo(folder / "my_practice (4).sqlite")
    assert import_export.describe_stray_copies(journal) == []


def test_a_copy_that_cannot_be_used_is_named_with_the_reason(journal):
    path = copied(journal, "my_practice 2.sqlite", [entry("b")])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    (words,) = import_export.describe_stray_copies(journal)
    assert "my_practice 2.sqlite. It was written by a newer version of this course" in words
