"""What follows a session, and the page My practice: consent, acknowledgement, calls, privacy."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from backcare_nb.journal import store
from backcare_nb.journal.entry import EntryError
from backcare_nb.journal.import_export import JournalCopyError
from backcare_nb.journal.own_journal import open_own_journal
from backcare_nb.journal.store import JOURNAL_FILE_NAME, REFUSAL_FILE_NAME, Journal, JournalError
from backcare_nb.notebook import after_session, player, practice
from backcare_nb.notebook.player import play, session, timer
from backcare_nb.notebook.practice import learner_time_now
from tests.journal_writer import entry

HOSTILE = "<script>harm()</script><img src=x onerror=harm()> $\\frac{1}{0$ ]]> &amp;"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A kernel of its own: in a folder where nobody has been asked, with nothing heard yet."""
    monkeypatch.delenv(store.JOURNAL_PATH_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(player.Player, "_heard_result_keys", set())
    monkeypatch.setattr(after_session, "_waiting_view_by_result_key", {})
    monkeypatch.setattr(after_session, "_finished_result_keys", set())
    monkeypatch.setattr(after_session, "_journal_views", type(after_session._journal_views)())
    open_own_journal.cache_clear()
    yield tmp_path
    open_own_journal.cache_clear()


@pytest.fixture
def kept():
    """A journal that the learner has agreed to; what it gives is the ids in it."""
    open_own_journal().keep()
    return ids


def ids():
    return [each.id for each in open_own_journal().read_all_entries()]


def result(id="a", **changes):
    now = datetime.now(UTC)
    return {
        "id": id,
        "title": "Rotate the back",
        "begun": (now - timedelta(minutes=12)).isoformat(),
        "ended": now.isoformat(),
        "offset": 60,
        "finished": True,
        "reached": 720_000,
        "total": 720_000,
        "spent": {"knee_rolls": 60_000},
    } | changes


def ended(**changes):
    """A player whose session has ended."""
    made = timer(1)
    made.results = [result(**changes)]
    return made


def is_empty(*players):
    return [(each.stage, each.message) for each in players] == [("", "")] * len(players)


def acknowledged(*players):
    return [len(each.received) for each in players]


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def failing(*_, **__):
    raise JournalError("No room.")


# Consent


def test_nothing_is_asked_before_a_session_has_ended_and_nothing_written_before_the_answer(folder):
    assert is_empty(timer(1))
    shown = ended()
    assert (shown.stage, shown.received, files(folder)) == ("ask", [], [])
    assert JOURNAL_FILE_NAME in shown.words
    another = ended(id="b")  # the question stands once, below the last
    assert is_empty(shown)
    assert another.stage == "ask"


def test_the_players_of_a_page_that_is_run_again_ask_for_consent_once():
    sessions = [result("a"), result("b")]
    first, *others = players = [timer(1) for _ in range(3)]
    for each in players:
        each.results = sessions
    assert first.stage == "ask"
    assert is_empty(*others)
    assert acknowledged(*players) == [0, 0, 0]


@pytest.mark.parametrize("called", [True, False])
def test_yes_writes_and_acknowledges_the_sessions_that_waited(folder, called):
    one, two = ended(id="a"), ended(id="b")
    if called:
        practice.keep_journal()
    else:
        two.choice = "keep"
    assert (ids(), acknowledged(one, two)) == (["a", "b"], [1, 1])
    assert [each.stage for each in (one, two)] == ["form", "form"]
    assert files(folder) == [JOURNAL_FILE_NAME]


@pytest.mark.parametrize(("make", "name"), [(play, "maypole"), (session, "standing_up")])
def test_consent_given_below_an_exercise_or_a_section_writes_the_session(folder, make, name):
    shown = make(name)
    shown.results = [result()]
    shown.choice = "keep"
    assert (shown.stage, ids(), files(folder)) == ("form", ["a"], [JOURNAL_FILE_NAME])


def test_consent_given_in_another_notebook_counts_from_the_next_session():
    one = ended(id="a")
    Journal(open_own_journal().path).keep()
    two = timer(1)
    two.results = [*one.results, result("b")]
    assert (ids(), acknowledged(two)) == (["a", "b"], [2])
    assert is_empty(one)


def test_refusing_a_journal_is_remembered_and_empties_the_question_below_all_players(folder):
    one, two = ended(id="a"), ended(id="b")
    two.choice = "refuse"
    three = ended(id="c")
    assert is_empty(one, two, three)
    assert acknowledged(one, two, three) == [1, 1, 1]
    assert files(folder) == [REFUSAL_FILE_NAME]


def test_consent_where_the_journal_cannot_be_written_shows_the_reason_and_keeps_asking(monkeypatch):
    shown = ended()
    monkeypatch.setattr(Journal, "keep", failing)
    shown.choice = "keep"
    assert (shown.message, shown.stage) == ("No room.", "ask")


def test_refusing_discards_waiting_sessions_even_where_another_notebook_keeps_a_journal():
    shown = ended()
    Journal(open_own_journal().path).keep()
    shown.choice = "refuse"
    assert (ids(), acknowledged(shown)) == ([], [1])
    assert is_empty(shown)


def test_a_session_from_before_a_late_consent_is_neither_written_nor_shown_as_kept():
    open_own_journal().refuse()
    shown = ended()
    practice.keep_journal()
    assert ids() == []
    assert is_empty(shown)


# Acknowledgement


def test_a_result_that_could_not_be_written_is_not_acknowledged(kept, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "save_entries", failing)
        shown = ended()
    assert acknowledged(shown) == [0]
    ended(id="b")  # news of another session leaves the way to try again
    assert (shown.stage, kept()) == ("again", ["b"])
    assert "No room. Until then it is remembered by your browser." in shown.message
    shown.choice = "again"
    assert (shown.stage, acknowledged(shown)) == ("form", [1])
    assert sorted(kept()) == ["a", "b"]


def test_of_several_results_those_that_were_written_are_acknowledged(kept, monkeypatch):
    put = Journal.save_entries
    monkeypatch.setattr(
        Journal, "save_entries", lambda self, e: failing() if e.id == "bad" else put(self, e)
    )
    shown = timer(1)
    shown.results = [result("a"), result("bad"), result("c")]
    assert shown.received == [f"{each['id']}{each['ended']}" for each in shown.results[::2]]


def test_a_result_that_two_players_receive_is_one_session_and_shown_once(kept):
    one, two = ended(), timer(1)
    two.results = one.results
    assert kept() == ["a"]
    assert one.received == two.received
    assert is_empty(two)


def test_an_exception_in_a_result_listener_loses_no_session(kept):
    shown = timer(1)
    shown.on_result(lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shown.results = [result()]
    assert (kept(), acknowledged(shown)) == (["a"], [1])


def test_a_malformed_result_is_acknowledged_so_that_it_is_not_sent_again(kept):
    assert acknowledged(ended(id="")) == [1]
    assert kept() == []


def test_a_session_heard_of_late_says_when_it_was(kept):
    before = datetime.now(UTC) - timedelta(hours=3)
    shown = ended(begun=(before - timedelta(minutes=12)).isoformat(), ended=before.isoformat())
    assert shown.words.startswith("In your journal now: Rotate the back, 12 minutes, of ")


def test_a_journal_of_a_newer_version_leaves_the_result_with_the_browser(kept):
    with closing(sqlite3.connect(JOURNAL_FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version = 9")
    shown = ended()
    assert acknowledged(shown) == [0]
    assert "newer version" in shown.message
    assert "newer version" in practice.my_practice()._form.message


def test_a_damaged_journal_is_told_below_the_session(kept, folder):
    (folder / JOURNAL_FILE_NAME).write_bytes(b"")
    shown = ended()
    assert kept() == ["a"]
    assert "had been emptied. It is kept as my_practice.damaged-" in shown.message


# What the learner says


def say(shown, mark="m1", **said):
    empty = {"before": None, "after": None, "left": None, "right": None, "note": ""}
    shown.answers = [{"mark": mark, "id": "a", **empty, **said}]
    return shown


def test_a_saved_answer_is_acknowledged_and_reaches_the_form_of_my_practice(kept):
    page = practice.my_practice()
    asked = say(ended(), before=6, after=4, left=40, right=45, note="slow")
    (one,) = open_own_journal().read_all_entries()
    assert (one.before, one.after, one.left, one.right, one.note) == (6, 4, 40, 45, "slow")
    assert (asked.answered, asked.message) == (["m1"], "Saved in your journal.")
    assert (page._form.stage, page._form.sessions[0]["said"]["before"]) == ("form", 6)


def test_knee_angles_are_asked_for_only_after_a_session_with_knee_rolls(kept):
    assert ended().sessions[0]["angles"]
    assert not ended(id="b", spent={"constructive_rest": 1}).sessions[0]["angles"]


@pytest.mark.parametrize("said", [{"before": 11}, {"id": "gone"}, {"note": ["x"]}])
def test_an_impossible_answer_is_refused_with_a_message_and_not_sent_again(kept, said):
    asked = say(ended(), **said)
    assert asked.answered == ["m1"]
    assert asked.message not in ("", "Saved in your journal.")


def test_an_answer_that_could_not_be_written_is_not_acknowledged(kept, monkeypatch):
    shown = ended()
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "add_feedback", failing)
        assert say(shown, before=3).answered == []
    assert say(shown, mark="m2", before=3).answered == ["m2"]


# The page


def test_my_practice_asks_for_consent_and_then_shows_charts_once_there_is_a_session():
    page = practice.my_practice()
    assert (page._form.stage, page._view.value) == ("ask", "")
    page._form.choice = "keep"
    assert "There is nothing to show yet" in page._view.value
    ended()
    assert page._view.value.count("<img alt=") == 3
    assert page._form.stage == "form"


@pytest.mark.parametrize("offset", [-12 * 60, 14 * 60])
def test_today_is_the_learners_day_whatever_the_clock_of_the_machine(kept, offset):
    ended(offset=offset)
    assert "You practised on 1 of the last 7 days" in (shown := practice.my_practice()._view.value)
    assert "was a clock wrong?" not in shown
    practice.note_session(minutes=5)
    last = open_own_journal().read_all_entries()[-1].ended
    assert last.utcoffset() == timedelta(minutes=offset)
    assert abs(datetime.now(UTC) - last) < timedelta(minutes=1)


def test_the_page_of_one_who_said_no_offers_to_change_that():
    open_own_journal().refuse()
    page = practice.my_practice()
    assert (page._form.stage, page._view.value) == ("refused", "")
    page._form.choice = "keep"
    assert open_own_journal().consent_state == "kept"


def test_what_my_practice_saves_in_a_notebook_is_the_same_whatever_the_journal_holds():
    def shown():
        data = practice.my_practice()._repr_mimebundle_()
        return {kind: data[kind] for kind in ("text/plain", "text/html")}

    before = shown()
    open_own_journal().keep()
    practice.note_session("A secret", minutes=10, before=9, note="another secret")
    assert shown() == before
    assert before["text/plain"] == "MyPractice()"


def test_only_the_last_sessions_are_offered_the_latest_first(kept):
    open_own_journal().save_entries(*(entry(f"s{n:02}") for n in range(40)))
    offered = [each["id"] for each in practice.my_practice()._form.sessions]
    assert offered == [f"s{n:02}" for n in range(39, 9, -1)]


def test_no_word_of_the_journal_can_become_markup(kept):
    spent = {"<script>$x$</script>": 60_000}
    open_own_journal().save_entries(entry("a", title=HOSTILE, note=HOSTILE, spent=spent, before=3))
    page = practice.my_practice()
    assert "<script" not in page._view.value
    assert "onerror=harm" not in page._view.value.replace("&lt;img", "")
    assert page._form.sessions[0]["title"].endswith(HOSTILE)  # as data: the browser sets text
    card = practice.note_session(HOSTILE, minutes=1)
    assert "<script" not in card._repr_html_()


def test_every_chart_of_the_example_journal_is_marked_as_made_up_and_no_file_is_written(folder):
    card = practice.example_practice()
    html = " ".join(card._repr_html_().split())  # wherever its lines break
    assert repr(card).startswith("Made up, as an example: nobody kept this journal.")
    assert html.count("<img alt=") == html.count('<img alt="Made up, as an example. ') == 5
    assert html.count("made up, as an example") == 5
    assert files(folder) == []


# Calls


def test_a_session_can_be_written_down_by_a_call(kept):
    said = {"before": 4, "after": 3, "note": "by the lake"}
    practice.note_session("Walk", 40, when="2026-03-01 18:30", **said)
    (one,) = open_own_journal().read_all_entries()
    assert (one.title, one.practice_ms, one.before) == ("Walk", 2_400_000, 4)
    assert one.begun.replace(tzinfo=None) == datetime(2026, 3, 1, 18, 30)


def test_without_a_journal_a_call_says_how_to_begin_one(folder):
    with pytest.raises(JournalError, match=r"keep_journal\(\) begins one"):
        practice.note_session("Walk", 40)
    assert files(folder) == []


def test_note_session_refuses_an_impossible_value_and_writes_nothing(kept):
    with pytest.raises(EntryError, match="before: found 12"):
        practice.note_session(before=12)
    with pytest.raises(JournalCopyError, match="is no time"):
        practice.note_session(when="yesterday")
    assert kept() == []


@pytest.mark.parametrize("name", ["copy.csv", "copy.json", ""])
def test_a_journal_that_was_deleted_comes_back_from_its_copy(kept, folder, name):
    open_own_journal().save_entries(entry("a", note="=1+1\r\nä"), entry("b", before=0))
    before = open_own_journal().read_all_entries()
    assert repr(practice.export_journal(name)).startswith("2 sessions were written to ")
    practice.delete_journal()
    name = name or f"my_practice_{learner_time_now(before).date()}.csv"
    assert files(folder) == [name]
    practice.keep_journal()
    assert repr(practice.import_journal(name)) == "2 sessions were added; 0 were here already."
    assert repr(practice.import_journal(name)) == "0 sessions were added; 2 were here already."
    assert open_own_journal().read_all_entries() == before


def test_what_importing_did_is_told_in_full(kept, folder):
    open_own_journal().save_entries(entry("a", note="mine"), entry("b"))
    begun = "2026-03-01T08:00:00+01:00"
    rows = f"a,{begun},,theirs,,\nb,{begun},,,4,calm\nc,{begun},,,,\n"
    head = "id,begun,title,note,comfort_after,mood\n"
    (folder / "copy.csv").write_text(head + rows, encoding="utf-8")
    assert repr(practice.import_journal("copy.csv")) == (
        "1 session was added, 1 session was completed; 1 was here already. In 1 session the copy"
        " says something else: what your journal says stays. Left out were columns that a journal"
        " does not have: mood."
    )
    (folder / "bad.csv").write_text(f"begun,comfort_after\n{begun},4\n{begun},44\n")
    with pytest.raises(JournalCopyError, match="Line 3"):
        practice.import_journal("bad.csv")
    assert kept() == ["a", "b", "c"]


def test_a_copy_beside_the_journal_is_named_until_it_is_imported_and_when_all_is_deleted(
    kept, folder
):
    copy = Journal(folder / "my_practice (1).sqlite")
    copy.keep()
    copy.save_entries(entry("z"))
    line = 'import_journal("my_practice (1).sqlite")'
    shown = ended()
    assert shown.message.endswith(line)
    assert say(shown, before=3).message == "Saved in your journal."
    page = practice.my_practice()
    assert line.replace('"', "&quot;") in page._view.value
    practice.import_journal("my_practice (1).sqlite")
    assert "import_journal" not in page._view.value
    assert sorted(kept()) == ["a", "z"]
    said = repr(practice.delete_journal())
    assert said.endswith("are yours to delete: beside it lies my_practice (1).sqlite.")
    assert files(folder) == ["my_practice (1).sqlite"]


def test_deleting_forgets_what_waited_for_the_answer():
    shown, late = ended(), timer(1)
    practice.delete_journal()
    late.results = shown.results
    assert acknowledged(shown, late) == [1, 1]
    assert is_empty(shown, late)
    practice.keep_journal()
    assert ids() == []


def test_deleting_asks_again_later_and_empties_what_was_shown(kept):
    page, shown = practice.my_practice(), ended()
    practice.delete_journal()
    assert is_empty(shown)
    assert (page._form.stage, page._view.value) == ("ask", "")
