"""The journal in quiet times: consent, sessions counted once, merging, deletion, versions."""

import os
import sqlite3
import stat
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backcare_nb.journal import database, import_export, own_journal, store
from backcare_nb.journal.entry import Entry, EntryError, entry_from_result
from backcare_nb.journal.import_export import JournalCopyError
from backcare_nb.journal.own_journal import JsonFileJournal
from backcare_nb.journal.store import JOURNAL_FILE_NAME, REFUSAL_FILE_NAME, Journal, JournalError
from tests.journal_writer import BEGAN, entry

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
RESULT = {
    "id": "a1",
    "title": "Rotate the back",
    "begun": "2026-03-01T08:00:00.000Z",
    "ended": "2026-03-01T08:12:30.250Z",
    "offset": 60,
    "finished": False,
    "reached": 400_000.7,
    "total": 742_000,
    "spent": {"knee_rolls": 60_000.4, "": 5},
}


@pytest.fixture
def journal(tmp_path):
    """A journal that the learner has agreed to."""
    made = Journal(tmp_path / "a folder with spaces" / JOURNAL_FILE_NAME)
    made.path.parent.mkdir()
    made.keep()
    return made


def names(journal):
    return sorted(path.name for path in journal.path.parent.iterdir())


def heard(**changes):
    """The entry of a result of the player."""
    return entry_from_result(RESULT | changes, NOW)


def execute(path, script):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


# Consent


def test_a_journal_without_consent_refuses_a_session_and_writes_no_file(tmp_path):
    unasked = Journal(tmp_path / JOURNAL_FILE_NAME)
    assert (unasked.consent_state, unasked.read_all_entries()) == ("unasked", [])
    with pytest.raises(JournalError, match="No journal is kept here"):
        unasked.save_entries(entry("a"))
    assert names(unasked) == []


def test_refusing_a_journal_is_remembered_and_nothing_else_is_written(tmp_path):
    refused = Journal(tmp_path / JOURNAL_FILE_NAME)
    refused.refuse()
    assert Journal(refused.path).consent_state == "refused"
    with pytest.raises(JournalError):
        refused.save_entries(entry("a"))
    assert names(refused) == [REFUSAL_FILE_NAME]
    assert "delete this file" in refused.marker.read_text()
    refused.keep()
    assert (refused.consent_state, names(refused)) == ("kept", [JOURNAL_FILE_NAME])


def test_a_kept_journal_is_one_file_that_only_its_owner_can_read(journal):
    journal.save_entries(entry("a"))
    journal.keep()  # once more
    journal.refuse()
    assert (journal.consent_state, journal.read_all_entries()) == ("kept", [entry("a")])
    assert names(journal) == [JOURNAL_FILE_NAME]
    if sys.platform != "win32":
        assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


def test_the_journal_lies_beside_the_notebook_or_where_the_environment_variable_says(
    tmp_path, monkeypatch
):
    monkeypatch.delenv(store.JOURNAL_PATH_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert own_journal.open_own_journal.__wrapped__().path == tmp_path / JOURNAL_FILE_NAME
    monkeypatch.setenv(store.JOURNAL_PATH_VARIABLE, str(tmp_path / "mine" / "back.sqlite"))
    assert own_journal.open_own_journal.__wrapped__().path == tmp_path / "mine" / "back.sqlite"


# Sessions


def test_a_session_comes_back_as_it_was(journal):
    whole = entry(
        "ä-1",
        title="Dehnen, 伸ばす 🧘",
        finished=False,
        before=6,
        after=0,
        left=45,
        right=90,
        note="one\r\ntwo\n\tthree \u202e $x^2$ <b>",
        spent={"knee_rolls": 60_000, "": 3},
    )
    journal.save_entries(whole)
    assert journal.read_all_entries() == [whole]
    assert journal.read_all_entries()[0].begun.utcoffset() == timedelta(hours=1)


def test_the_earliest_session_comes_first_whatever_its_offset(journal):
    east, later = BEGAN.astimezone(timezone(timedelta(hours=12))), BEGAN + timedelta(hours=1)
    journal.save_entries(Entry("b", later, later), Entry("a", east, east))
    assert [each.id for each in journal.read_all_entries()] == ["a", "b"]


def test_a_session_that_comes_again_or_was_continued_is_counted_once(journal):
    more = {"finished": True, "reached": 742_000, "spent": {"knee_rolls": 120_000}}
    for changes in ({}, {}, more, {}):  # an earlier result that comes late undoes nothing
        journal.save_entries(heard(**changes))
    (one,) = journal.read_all_entries()
    assert (one.finished, one.reached, one.spent) == (True, 742_000, {"knee_rolls": 120_000})


def test_feedback_outlives_a_later_result_and_can_be_taken_back(journal):
    journal.save_entries(heard())
    journal.add_feedback("a1", before=5, after=3, note="easier today")
    journal.save_entries(heard(ended="2026-03-01T10:00:00.000Z"))
    (one,) = journal.read_all_entries()
    assert (one.before, one.after, one.note) == (5, 3, "easier today")
    journal.add_feedback("a1", before=None)
    assert journal.read_all_entries()[0].before is None
    with pytest.raises(EntryError, match="not in your journal any more"):
        journal.add_feedback("nobody", before=3)


# A result of the player


def test_a_result_is_kept_in_whole_milliseconds():
    assert (heard().reached, heard().spent) == (400_001, {"": 5, "knee_rolls": 60_000})


@pytest.mark.parametrize(
    ("change", "begun", "ended"),
    [
        ({}, "2026-03-01T09:00:00+01:00", "2026-03-01T09:12:30.250000+01:00"),
        (
            {"begun": "2026-03-01T22:55:00.000Z", "ended": "2026-03-01T23:20:00.000Z"},
            "2026-03-01T23:55:00+01:00",
            "2026-03-02T00:20:00+01:00",
        ),
        (  # where clocks are put forward at midnight
            {"begun": "2026-04-24T21:50:00.000Z", "ended": "2026-04-24T22:10:00.000Z"}
            | {"offset_begun": 120, "offset": 180},
            "2026-04-24T23:50:00+02:00",
            "2026-04-25T01:10:00+03:00",
        ),
    ],
)
def test_a_session_is_dated_by_the_local_time_where_start_was_pressed(change, begun, ended):
    made = heard(**change)
    assert (made.begun.isoformat(), made.ended.isoformat()) == (begun, ended)


@pytest.mark.parametrize(
    "change",
    [
        {"begun": "yesterday", "ended": None},
        {"offset": "far", "spent": ["knee_rolls"]},
        {"offset": 100_000, "reached": float("nan"), "total": -4},
        {"reached": float("inf"), "total": 1e300},
        {"title": "x" * 5000, "finished": "yes"},
        {"spent": {"a b": 3, "c": "many", 7: 7}},
        {"title": "\x00\ud800"},
        {"begun": "0001-01-01T00:00:00Z", "offset": -720},
    ],
)
def test_a_result_with_a_field_that_makes_no_sense_is_stored_without_it(journal, change):
    journal.save_entries(heard(**change))
    assert [each.id for each in journal.read_all_entries()] == ["a1"]


def test_no_more_time_at_work_is_kept_than_passed_by_the_clock():
    spent = {"knee_rolls": 900_000, "crawl": 600_000.5}
    assert heard(spent=spent).spent == {"crawl": 300_100, "knee_rolls": 450_150}
    back = heard(spent=spent, ended="2026-03-01T07:00:00.000Z")
    assert back.work_ms == 1_500_000  # a clock that was set back tells nothing


def test_a_time_without_its_offset_is_refused():
    with pytest.raises(EntryError, match=r"^begun: "):
        Entry("a", datetime(2026, 1, 1), BEGAN)


@pytest.mark.parametrize("id", ["", None, 7, "x" * 101])
def test_a_result_without_an_id_is_refused(id):
    with pytest.raises(EntryError, match=r"^id: "):
        heard(id=id)


def test_practice_time_leaves_out_skipping_and_pausing_and_is_not_cut_by_a_clock_set_back():
    ends = (timedelta(seconds=10), timedelta(hours=5), -timedelta(days=400))
    made = [Entry("a", BEGAN, BEGAN + later, reached=720_000) for later in ends]
    assert [each.practice_ms for each in made] == [10_000, 720_000, 720_000]


# Two journals that become one

feedback = {
    "before": st.none() | st.integers(0, 10),
    "after": st.none() | st.integers(0, 10),
    "note": st.sampled_from(["", "calm", "stiff"]),
}
records = st.builds(
    entry,
    st.sampled_from("abc"),
    finished=st.booleans(),
    spent=st.fixed_dictionaries({"knee_rolls": st.integers(0, 3)}),
    **feedback,
)
journals = st.lists(records, max_size=3, unique_by=lambda each: each.id)


def merge(one, other):
    """What the first has once the other was brought in, twice, and what was counted."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        database.run_transaction(connection, database.migrate_schema)
        database.insert_or_merge_entries(connection, one)
        counts = [database.import_entries(connection, other) for _ in range(2)]
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
        for name in feedback:
            if getattr(each, name) not in (None, ""):
                mine = getattr(here.get(each.id, each), name)
                kept = getattr(each, name) if mine in (None, "") else mine
                assert getattr(found[each.id], name) == kept


MINE = entry("a", note="mine")
FURTHER = entry("a", spent={"knee_rolls": 90_000})
SET_BACK = replace(FURTHER, ended=BEGAN - timedelta(days=2))  # the clock, meanwhile


@pytest.mark.parametrize(
    ("copy", "kept", "counted"),
    [
        (entry("b"), MINE, {"added": 1}),
        (MINE, MINE, {"known": 1}),
        (entry("a"), MINE, {"known": 1}),
        (entry("a", before=3), replace(MINE, before=3), {"completed": 1}),
        (entry("a", note="theirs"), MINE, {"known": 1, "contradicted": 1}),
        (entry("a", title="Other"), MINE, {"known": 1, "contradicted": 1}),
        (entry("a", finished=False, spent={}), MINE, {"known": 1}),
        (FURTHER, replace(FURTHER, note="mine"), {"completed": 1}),
        (SET_BACK, replace(SET_BACK, note="mine"), {"completed": 1}),
    ],
)
def test_merging_keeps_the_record_that_went_further_and_the_journals_own_answers(
    copy, kept, counted
):
    found, counts, _ = merge([MINE], [copy])
    assert found["a"] == kept
    assert +counts == counted


def test_an_import_that_fails_midway_changes_nothing(journal, monkeypatch):
    journal.save_entries(entry("a"))
    put = database._insert_or_replace_entry

    def failing(connection, entry):
        if entry.id == "c":
            raise sqlite3.OperationalError("disk I/O error")
        put(connection, entry)

    monkeypatch.setattr(database, "_insert_or_replace_entry", failing)
    with pytest.raises(JournalError, match="Nothing was changed"):
        journal.import_copy([entry("a", before=3), entry("b"), entry("c")])
    assert journal.read_all_entries() == [entry("a")]


# A journal's own file as a copy, and the copies that cloud folders leave beside it


def copied(journal, name, *entries):
    """Another journal in the folder of a journal."""
    made = Journal(journal.path.with_name(name))
    made.keep()
    made.save_entries(*entries)
    return made.path


def test_a_journal_is_read_as_a_copy_and_left_as_it_was(journal):
    known = [entry("a", note="ä"), entry("b")]
    path = copied(journal, "other", *known)
    execute(path, "PRAGMA journal_mode = WAL")
    before = path.read_bytes()
    assert import_export.read_journal_copy(path) == (known, [])
    assert path.read_bytes() == before
    assert names(journal) == [JOURNAL_FILE_NAME, "other"]


def test_of_a_damaged_copy_what_is_left_is_read_and_told(journal):
    many = (entry(f"s{n:03}", note="x" * 99) for n in range(200))
    path = copied(journal, "other.sqlite", *many)
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    entries, (remark,) = import_export.read_journal_copy(path)
    assert 50 < len(entries) < 200
    assert remark == "The copy is damaged: these are the sessions that could still be read."


def test_a_copy_of_a_newer_version_is_refused_and_one_of_an_impossible_version_read_as_damaged(
    journal,
):
    path = copied(journal, "my_practice 2.sqlite", entry("a"))
    execute(path, "PRAGMA user_version = 7")
    with pytest.raises(JournalCopyError, match=r"ce 2.sqlite. It was written by a newer version"):
        import_export.read_journal_copy(path)
    (words,) = import_export.describe_stray_copies(journal)
    assert "my_practice 2.sqlite. It was written by a newer version of this course" in words
    execute(path, "PRAGMA user_version = -5")
    entries, (remark,) = import_export.read_journal_copy(path)
    assert (entries, remark[:19]) == ([entry("a")], "The copy is damaged")


@pytest.mark.parametrize(
    "name",
    [
        "my_practice (conflicted copy 2026-01-02).sqlite",
        "my_practice (Anna's conflicted copy).sqlite",
        "my_practice (1).sqlite",
        "my_practice 2.sqlite",
        "my_practice-DESKTOP-AB12.sqlite",
        "My_Practice (2).SQLITE",
        "my_practice.sync-conflict-20260102-101500-ABCDEFG.sqlite",
        "my_practice_conflict-20260102-101500.sqlite",
        "my_practice.sqlite.bak",
        "Copy of my_practice.sqlite",
    ],
)
def test_a_copy_that_a_cloud_folder_left_is_named_until_it_is_imported(journal, monkeypatch, name):
    journal.save_entries(entry("a"))
    path = copied(journal, name, entry("a"), entry("b"), entry("c"))
    (elsewhere,) = import_export.describe_stray_copies(journal)
    assert elsewhere.endswith(f'import_journal("{path.as_posix()}")')
    monkeypatch.chdir(journal.path.parent)
    (words,) = import_export.describe_stray_copies(journal)
    assert f"lies a copy of it, {name}, with 2 sessions that your journal does not have" in words
    assert words.endswith(f': import_journal("{name}")')
    journal.import_copy(import_export.read_journal_copy(name).entries)
    assert import_export.describe_stray_copies(journal) == []
    assert len(journal.read_all_entries()) == 3


def test_a_stray_copy_is_mentioned_where_a_session_went_further_in_it_and_else_not(journal):
    journal.save_entries(MINE)
    path = copied(journal, "my_practice 2.sqlite", FURTHER)
    (words,) = import_export.describe_stray_copies(journal)
    assert "with 1 session that your journal does not have, or not in full" in words
    path.unlink()
    copied(journal, "my_practice 2.sqlite", replace(FURTHER, spent={}, note="theirs"))
    assert import_export.describe_stray_copies(journal) == []


def test_what_is_no_copy_of_the_journal_is_not_taken_for_one(journal):
    journal.save_entries(entry("a"))
    folder = journal.path.parent
    journal.path.write_bytes(journal.path.read_bytes()[:5000])
    assert journal.read_all_entries() == []  # what was damaged lies beside it now
    (folder / f"{JOURNAL_FILE_NAME}-journal").write_bytes(
        b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(600)
    )
    (folder / "my_practice_2026-01-02.csv").write_text("begun\n2026-01-02\n")
    (folder / "my_practice (1).sqlite").write_bytes(b"")
    (folder / "my_practice (2).sqlite").mkdir()
    execute(folder / "my_practice (3).sqlite", "CREATE TABLE recipe (name)")
    copied(journal, "my_practice2.sqlite", entry("b"))
    copied(journal, "annas_my_practice.sqlite", entry("c"))
    if sys.platform != "win32":
        os.mkfifo(folder / "my_practice (4).sqlite")
    assert import_export.describe_stray_copies(journal) == []


# Deletion


@pytest.mark.parametrize("damaged", [False, True])
def test_deleting_leaves_no_file_and_asks_again(journal, damaged):
    journal.save_entries(entry("a", note="a secret"))
    if damaged:
        journal.path.write_bytes(b"not a database at all" * 400)
    folder = journal.path.parent
    for name in (f"{JOURNAL_FILE_NAME}-journal", "my_practice.damaged-20260101-000000-1a2b.sqlite"):
        (folder / name).write_bytes(b"a secret")
    (folder / "02_rotate_the_back.ipynb").write_text("{}")
    journal.delete()
    assert (journal.consent_state, names(journal)) == ("unasked", ["02_rotate_the_back.ipynb"])


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_the_file_of_a_deleted_journal_is_emptied_before_it_is_removed(journal):
    journal.save_entries(entry("a", note="a secret"))
    with journal.path.open("rb") as still_open:
        journal.delete()
        assert still_open.read() == b""


def test_a_note_that_was_taken_back_leaves_no_trace_in_the_file(journal):
    journal.save_entries(entry("a", note="a secret"))
    journal.add_feedback("a", note="")
    assert b"a secret" not in journal.path.read_bytes()


# Versions


def test_a_journal_file_of_an_earlier_version_is_migrated(journal, monkeypatch):
    journal.save_entries(entry("a"))
    more = "ALTER TABLE session ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'"
    monkeypatch.setattr(database, "SCHEMA_MIGRATIONS", (*database.SCHEMA_MIGRATIONS, more))
    assert journal.read_all_entries() == [entry("a")]
    with closing(sqlite3.connect(journal.path)) as connection:
        assert connection.execute("SELECT mood FROM session").fetchall() == [("calm",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_migration_that_fails_leaves_the_file_as_it_was(journal, monkeypatch):
    journal.save_entries(entry("a"))
    before = journal.path.read_bytes()
    bad = ("ALTER TABLE session ADD COLUMN mood TEXT", "ALTER TABLE missing ADD COLUMN b")
    with monkeypatch.context() as patch:
        patch.setattr(database, "SCHEMA_MIGRATIONS", (*database.SCHEMA_MIGRATIONS, *bad))
        with pytest.raises(JournalError, match="no such table"):
            journal.read_all_entries()
    assert journal.read_all_entries() == [entry("a")]
    assert journal.path.read_bytes()[:100] == before[:100]


# As the first version wrote it; a later one must still read it.
FIRST = """
CREATE TABLE session (id TEXT PRIMARY KEY NOT NULL, begun INTEGER NOT NULL, ended INTEGER NOT NULL,
 offset_begun INTEGER NOT NULL, offset_ended INTEGER NOT NULL, title TEXT NOT NULL,
 finished INTEGER NOT NULL, reached INTEGER NOT NULL, total INTEGER NOT NULL, spent TEXT NOT NULL,
 comfort_before INTEGER, comfort_after INTEGER, angle_left INTEGER, angle_right INTEGER,
 note TEXT NOT NULL);
INSERT INTO session VALUES ('a', 1772348400000, 1772349120000, 60, 60, 'Rotate the back', 1, 720000,
 720000, '{"knee_rolls":60000}', 6, 4, 30, 45, 'fine');
PRAGMA user_version = 1;
PRAGMA application_id = 1650682417;
"""


def test_a_file_as_the_first_version_wrote_it_is_read(tmp_path):
    execute(tmp_path / JOURNAL_FILE_NAME, FIRST)
    (one,) = Journal(tmp_path / JOURNAL_FILE_NAME).read_all_entries()
    assert one == entry("a", before=6, after=4, left=30, right=45, note="fine")


def test_a_file_of_a_newer_version_is_left_alone_and_reported(journal):
    journal.save_entries(entry("a"))
    execute(journal.path, "PRAGMA user_version = 7")
    before = journal.path.read_bytes()
    for attempt in (journal.read_all_entries, lambda: journal.save_entries(entry("b"))):
        with pytest.raises(JournalError, match=r"newer version of this course \(7; this one knows"):
            attempt()
    assert (journal.path.read_bytes(), names(journal)) == (before, [JOURNAL_FILE_NAME])


def test_a_journal_is_opened_with_durable_settings_whatever_mode_it_was_left_in(journal):
    execute(journal.path, "PRAGMA journal_mode = WAL")
    journal.save_entries(entry("a"))
    assert names(journal) == [JOURNAL_FILE_NAME]
    with closing(journal._connect()) as connection:
        journal._validate_and_migrate(connection)
        pragmas = ("journal_mode", "synchronous", "secure_delete")
        asked = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    assert asked == ["delete", 3, 1]


# On a drive that keeps whole texts


def test_a_json_journal_is_kept_continued_merged_and_deleted_like_a_database(tmp_path):
    journal = JsonFileJournal(tmp_path / "my_practice.json")
    assert (journal.consent_state, journal.read_all_entries()) == ("unasked", [])
    with pytest.raises(JournalError, match="keep_journal"):
        journal.save_entries(heard())
    journal.refuse()
    journal.keep()
    journal.save_entries(heard())
    journal.save_entries(heard(reached=742_000))
    journal.add_feedback("a1", before=5, after=3, note="grüße")
    other = JsonFileJournal(journal.path)
    assert [(e.reached, e.before, e.note) for e in other.read_all_entries()] == [
        (742_000, 5, "grüße")
    ]
    assert import_export.read_journal_copy(journal.path).entries == journal.read_all_entries()
    assert other.import_copy([heard(), heard(id="b2")])["added"] == 1
    assert names(journal) == ["my_practice.json"]
    journal.delete()
    assert names(journal) == []


def test_a_damaged_json_journal_is_reported_and_left_as_it_is(tmp_path):
    journal = JsonFileJournal(tmp_path / "my_practice.json")
    journal.path.write_text("{", encoding="utf-8")
    with pytest.raises(JournalError, match="another name"):
        journal.save_entries(heard())
    assert journal.path.read_text(encoding="utf-8") == "{"
