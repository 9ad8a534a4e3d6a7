"""The journal in quiet times: consent, sessions counted once, words on them, and deletion."""

import sqlite3
import stat
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from backcare_nb.journal import database, store
from backcare_nb.journal.entry import Entry, EntryError, entry_from_result
from backcare_nb.journal.store import JOURNAL_NAME, REFUSAL_NAME, Journal, JournalError, my_journal
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
    made = Journal(tmp_path / "a folder with spaces" / JOURNAL_NAME)
    made.path.parent.mkdir()
    made.keep()
    return made


def names(journal):
    return sorted(path.name for path in journal.path.parent.iterdir())


# Consent


def test_before_the_question_is_answered_nothing_is_written(tmp_path):
    unasked = Journal(tmp_path / JOURNAL_NAME)
    assert unasked.state == "unasked"
    assert unasked.entries() == []
    with pytest.raises(JournalError, match="No journal is kept here"):
        unasked.put(entry("a"))
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_remembered_and_nothing_else(tmp_path):
    refused = Journal(tmp_path / JOURNAL_NAME)
    refused.refuse()
    assert Journal(tmp_path / JOURNAL_NAME).state == "refused"
    with pytest.raises(JournalError):
        refused.put(entry("a"))
    assert names(refused) == [REFUSAL_NAME]
    assert "delete this file" in refused.marker.read_text()


def test_consent_after_a_refusal_takes_the_refusal_back(tmp_path):
    journal = Journal(tmp_path / JOURNAL_NAME)
    journal.refuse()
    journal.keep()
    assert journal.state == "kept"
    assert names(journal) == [JOURNAL_NAME]


def test_consent_given_twice_keeps_what_is_there(journal):
    journal.put(entry("a"))
    journal.keep()
    journal.refuse()
    assert journal.entries() == [entry("a")]
    assert journal.state == "kept"


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such mode there")
def test_the_file_is_for_its_owner_alone(journal):
    journal.put(entry("a"))
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


def test_between_calls_there_is_one_file(journal):
    journal.put(entry("a"))
    journal.entries()
    assert names(journal) == [JOURNAL_NAME]


def test_it_stands_beside_the_notebook_or_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.delenv(store.PATH_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert my_journal.__wrapped__().path == tmp_path / JOURNAL_NAME
    monkeypatch.setenv(store.PATH_VARIABLE, str(tmp_path / "mine" / "back.sqlite"))
    assert my_journal.__wrapped__().path == tmp_path / "mine" / "back.sqlite"


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
    journal.put(whole)
    assert journal.entries() == [whole]
    assert journal.entries()[0].begun.utcoffset() == timedelta(hours=1)


def test_the_earliest_session_comes_first_whatever_its_offset(journal):
    east = BEGAN.astimezone(timezone(timedelta(hours=12)))
    later, earlier = BEGAN + timedelta(hours=1), east
    journal.put(Entry("b", later, later))
    journal.put(Entry("a", earlier, earlier))
    assert [each.id for each in journal.entries()] == ["a", "b"]


def test_a_result_that_comes_again_is_counted_once(journal):
    for _ in range(3):
        journal.put(entry_from_result(RESULT, NOW))
    assert len(journal.entries()) == 1


def test_a_session_that_was_continued_replaces_its_beginning(journal):
    journal.put(entry_from_result(RESULT, NOW))
    more = {"finished": True, "reached": 742_000, "spent": {"knee_rolls": 120_000}}
    journal.put(entry_from_result(RESULT | more | {"ended": "2026-03-01T09:00:00.000Z"}, NOW))
    (one,) = journal.entries()
    assert (one.finished, one.reached, one.spent) == (True, 742_000, {"knee_rolls": 120_000})


def test_an_earlier_result_that_comes_late_does_not_undo_the_later(journal):
    further = RESULT | {"finished": True, "spent": {"knee_rolls": 120_000}}
    journal.put(entry_from_result(further, NOW))
    journal.put(entry_from_result(RESULT, NOW))
    assert journal.entries()[0].finished


def test_what_the_learner_said_outlives_a_result_that_comes_again(journal):
    journal.put(entry_from_result(RESULT, NOW))
    journal.add_feedback("a1", before=5, after=3, note="easier today")
    journal.put(entry_from_result(RESULT | {"ended": "2026-03-01T10:00:00.000Z"}, NOW))
    (one,) = journal.entries()
    assert (one.before, one.after, one.note) == (5, 3, "easier today")


def test_what_was_said_can_be_taken_back(journal):
    journal.put(entry("a", before=5))
    journal.add_feedback("a", before=None)
    assert journal.entries()[0].before is None


def test_words_on_a_session_that_is_gone_are_refused(journal):
    with pytest.raises(EntryError, match="not in your journal any more"):
        journal.add_feedback("nobody", before=3)


# A result of the player


def test_a_result_is_kept_with_its_offset_and_whole_milliseconds():
    made = entry_from_result(RESULT, NOW)
    assert made.begun.isoformat() == "2026-03-01T09:00:00+01:00"
    assert made.ended.isoformat() == "2026-03-01T09:12:30.250000+01:00"
    assert (made.reached, made.spent) == (400_001, {"": 5, "knee_rolls": 60_000})


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
def test_a_result_is_not_lost_for_a_detail(journal, change):
    journal.put(entry_from_result(RESULT | change, NOW))
    assert [each.id for each in journal.entries()] == ["a1"]


def test_a_session_belongs_to_the_day_on_which_start_was_pressed_there():
    start = {"begun": "2026-03-01T23:05:00.000Z", "ended": "2026-03-01T23:20:00.000Z"}
    assert entry_from_result(RESULT | start, NOW).begun.date() == date(2026, 3, 2)
    over = {"begun": "2026-03-01T22:55:00.000Z", "ended": "2026-03-01T23:20:00.000Z"}
    assert entry_from_result(RESULT | over, NOW).begun.date() == date(2026, 3, 1)


def test_where_clocks_are_put_forward_at_midnight_the_day_is_that_of_the_clock_at_start():
    start = {"begun": "2026-04-24T21:50:00.000Z", "ended": "2026-04-24T22:10:00.000Z"}
    made = entry_from_result(RESULT | start | {"offset_begun": 120, "offset": 180}, NOW)
    assert made.begun.isoformat() == "2026-04-24T23:50:00+02:00"
    assert made.ended.isoformat() == "2026-04-25T01:10:00+03:00"


def test_no_more_time_at_work_is_kept_than_passed_by_the_clock():
    spent = {"knee_rolls": 900_000, "crawl": 600_000.5}
    made = entry_from_result(RESULT | {"spent": spent}, NOW)
    assert made.spent == {"crawl": 300_100, "knee_rolls": 450_150}
    assert made.work_ms <= 750_250  # from begun to ended
    back = entry_from_result(RESULT | {"spent": spent, "ended": "2026-03-01T07:00:00.000Z"}, NOW)
    assert back.work_ms == 1_500_000  # a clock that was set back tells nothing


@pytest.mark.parametrize("id", ["", None, 7, "x" * 101])
def test_a_result_without_an_id_is_none(id):
    with pytest.raises(EntryError, match=r"^id: "):
        entry_from_result(RESULT | {"id": id}, NOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("before", 11),
        ("after", -1),
        ("left", 91),
        ("right", 4.5),
        ("before", True),
        ("note", "x" * 4001),
        ("note", None),
        ("spent", {"a b": 1}),
        ("begun", datetime(2026, 1, 1)),
        ("finished", 1),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(field, value):
    with pytest.raises(EntryError, match=f"^{field}"):
        entry("a", **{field: value}) if field != "begun" else Entry("a", value, BEGAN)


def test_skipping_and_pausing_are_not_practice():
    skipped = Entry("a", BEGAN, BEGAN + timedelta(seconds=10), reached=720_000)
    paused = Entry("b", BEGAN, BEGAN + timedelta(hours=5), reached=720_000)
    assert (skipped.practice_ms, paused.practice_ms) == (10_000, 720_000)


# A clock set back


def test_a_clock_set_back_in_a_session_does_not_change_how_long_it_was(journal):
    back = Entry("a", BEGAN, BEGAN - timedelta(days=400), reached=720_000)
    journal.put(back)
    assert journal.entries()[0].practice_ms == 720_000


def test_a_continued_session_counts_though_the_clock_was_set_back(journal):
    journal.put(entry("a", finished=False))
    further = entry("a", spent={"knee_rolls": 90_000})
    back = Entry(**{**vars(further), "ended": BEGAN - timedelta(days=2)})
    journal.put(back)
    (one,) = journal.entries()
    assert (one.finished, one.work_ms) == (True, 90_000)


# Deletion


def test_deleting_leaves_no_file_and_asks_again(journal):
    journal.put(entry("a", note="a secret"))
    (journal.path.parent / f"{JOURNAL_NAME}-journal").write_bytes(b"a secret")
    (journal.path.parent / "my_practice.damaged-20260101-000000-1a2b.sqlite").write_bytes(
        b"a secret"
    )
    (journal.path.parent / "02_rotate_the_back.ipynb").write_text("{}")
    journal.delete()
    assert names(journal) == ["02_rotate_the_back.ipynb"]
    assert journal.state == "unasked"


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_what_is_deleted_is_overwritten_first(journal):
    journal.put(entry("a", note="a secret"))
    with journal.path.open("rb") as still_open:
        journal.delete()
        assert still_open.read() == b""


def test_a_note_that_was_taken_back_leaves_no_trace_in_the_file(journal):
    journal.put(entry("a", note="a secret"))
    journal.add_feedback("a", note="")
    assert b"a secret" not in journal.path.read_bytes()


def test_a_damaged_journal_can_be_deleted_too(journal):
    journal.path.write_bytes(b"not a database at all" * 400)
    journal.delete()
    assert names(journal) == []


# Versions


def test_a_file_of_an_earlier_version_is_led_to_this_one(journal, monkeypatch):
    journal.put(entry("a"))
    more = "ALTER TABLE session ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'"
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, more))
    assert journal.entries() == [entry("a")]
    with closing(sqlite3.connect(journal.path)) as connection:
        assert connection.execute("SELECT mood FROM session").fetchall() == [("calm",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_migration_that_fails_leaves_the_file_as_it_was(journal, monkeypatch):
    journal.put(entry("a"))
    before = journal.path.read_bytes()
    bad = ("ALTER TABLE session ADD COLUMN mood TEXT", "ALTER TABLE missing ADD COLUMN b")
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, *bad))
    with pytest.raises(JournalError, match="no such table"):
        journal.entries()
    monkeypatch.undo()
    assert journal.entries() == [entry("a")]
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
    with closing(sqlite3.connect(tmp_path / JOURNAL_NAME)) as connection:
        connection.executescript(FIRST)
    (one,) = Journal(tmp_path / JOURNAL_NAME).entries()
    assert one == entry("a", before=6, after=4, left=30, right=45, note="fine")


def test_a_file_of_a_newer_version_is_left_alone_and_reported(journal):
    journal.put(entry("a"))
    with closing(sqlite3.connect(journal.path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    before = journal.path.read_bytes()
    for attempt in (journal.entries, lambda: journal.put(entry("b"))):
        with pytest.raises(JournalError, match=r"newer version of this course \(7; this one knows"):
            attempt()
    assert journal.path.read_bytes() == before
    assert names(journal) == [JOURNAL_NAME]


def test_the_pragmas_are_those_that_keep_what_was_acknowledged(journal):
    with closing(journal._connect()) as connection:
        journal._prepare(connection)
        asked = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete")
        }
    assert asked == {"journal_mode": "delete", "synchronous": 3, "secure_delete": 1}


def test_a_file_that_was_left_in_another_mode_comes_back_to_this_one(journal):
    with closing(sqlite3.connect(journal.path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    journal.put(entry("a"))
    assert names(journal) == [JOURNAL_NAME]
