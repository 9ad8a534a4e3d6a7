"""What follows a session, and the page My practice: consent, acknowledgement, calls, privacy."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from backcare_nb.journal import store
from backcare_nb.journal.entry import EntryError
from backcare_nb.journal.import_export import ExchangeError
from backcare_nb.journal.store import JOURNAL_NAME, REFUSAL_NAME, Journal, JournalError
from backcare_nb.notebook import after_session, player, practice
from backcare_nb.notebook.after_session import JournalForm
from backcare_nb.notebook.player import timer
from tests.journal_writer import entry

HOSTILE = "<script>harm()</script><img src=x onerror=harm()> $\\frac{1}{0$ ]]> &amp;"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A kernel of its own: in a folder where nobody has been asked, with nothing heard yet."""
    monkeypatch.delenv(store.PATH_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(player.Player, "_heard", set())
    monkeypatch.setattr(after_session, "_waiting", {})
    monkeypatch.setattr(after_session, "_settled", set())
    monkeypatch.setattr(after_session, "_views", type(after_session._views)())
    store.my_journal.cache_clear()
    yield tmp_path
    store.my_journal.cache_clear()


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


def form(shown):
    (only,) = shown.afterwards.children
    return only


def answer(shown, choice):
    form(shown).choice = choice


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def kept():
    return [each.id for each in store.my_journal().entries()]


# Consent


def test_before_a_session_has_ended_nothing_is_asked():
    assert timer(1).afterwards.children == ()


def test_after_the_first_session_the_question_is_asked_and_nothing_is_written(folder):
    shown = ended()
    assert form(shown).stage == "ask"
    assert JOURNAL_NAME in form(shown).words
    assert files(folder) == []


def test_until_the_question_is_answered_a_session_stays_with_the_browser():
    assert ended().received == []


def test_the_question_stands_once_below_the_session_that_ended_last():
    one, two = ended(id="a"), ended(id="b")
    assert one.afterwards.children == ()
    assert form(two).stage == "ask"


def test_the_players_of_a_page_that_is_run_again_ask_once_of_sessions_from_before():
    sessions = [result("a"), result("b")]
    first, *others = players = [timer(1) for _ in range(3)]
    for each in players:
        each.results = sessions
    assert form(first).stage == "ask"
    assert [each.afterwards.children for each in others] == [(), ()]
    assert [each.received for each in players] == [[], [], []]


def test_yes_writes_and_acknowledges_the_sessions_that_waited(folder):
    one, two = ended(id="a"), ended(id="b")
    answer(two, "keep")
    assert kept() == ["a", "b"]
    assert [len(each.received) for each in (one, two)] == [1, 1]
    assert [form(each).stage for each in (one, two)] == ["form", "form"]
    assert files(folder) == [JOURNAL_NAME]


def test_yes_that_was_said_by_a_call_writes_the_sessions_that_waited():
    shown = ended()
    practice.keep_journal()
    assert (kept(), len(shown.received)) == (["a"], 1)


def test_yes_that_was_said_in_another_notebook_is_heard_with_the_next_session():
    one = ended(id="a")
    Journal(store.my_journal().path).keep()
    two = timer(1)
    two.results = [*one.results, result("b")]
    assert kept() == ["a", "b"]
    assert len(two.received) == 2
    assert one.afterwards.children == ()


def test_no_is_remembered_and_leaves_nothing_to_see(folder):
    one, two = ended(id="a"), ended(id="b")
    answer(two, "refuse")
    assert [each.afterwards.children for each in (one, two)] == [(), ()]
    assert [len(each.received) for each in (one, two)] == [1, 1]
    three = ended(id="c")
    assert three.afterwards.children == ()
    assert len(three.received) == 1
    assert files(folder) == [REFUSAL_NAME]


def test_yes_where_nothing_can_be_written_is_told(monkeypatch):
    shown = ended()

    def refuse(*_):
        raise JournalError("The folder cannot be written.")

    monkeypatch.setattr(Journal, "keep", refuse)
    answer(shown, "keep")
    assert form(shown).message == "The folder cannot be written."
    assert form(shown).stage == "ask"


def test_no_keeps_nothing_of_what_waited_even_where_another_notebook_said_yes():
    shown = ended()
    Journal(store.my_journal().path).keep()
    answer(shown, "refuse")
    assert (kept(), len(shown.received)) == ([], 1)
    assert shown.afterwards.children == ()


def test_a_session_from_before_yes_after_all_is_not_spoken_of_as_kept():
    store.my_journal().refuse()
    shown = ended()
    practice.keep_journal()
    assert (kept(), shown.afterwards.children) == ([], ())


# Acknowledgement


def test_a_result_is_acknowledged_only_once_it_is_on_the_disk(monkeypatch):
    store.my_journal().keep()
    shown, seen = timer(1), []
    put = Journal.put

    def watching(self, entry):
        seen.append(list(shown.received))
        put(self, entry)
        seen.append(kept())

    monkeypatch.setattr(Journal, "put", watching)
    shown.results = [result()]
    assert seen == [[], ["a"]]
    assert shown.received == [f"a{shown.results[0]['ended']}"]


def test_a_result_that_could_not_be_written_comes_again(monkeypatch):
    store.my_journal().keep()
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "put", lambda *_: (_ for _ in ()).throw(JournalError("No room.")))
        shown = ended()
    assert shown.received == []
    assert (form(shown).stage, kept()) == ("again", [])
    assert "No room. Until then it is remembered by your browser." in form(shown).message
    answer(shown, "again")
    assert len(shown.received) == 1
    assert kept() == ["a"]
    assert form(shown).stage == "form"


def test_of_several_results_those_that_were_written_are_acknowledged(monkeypatch):
    store.my_journal().keep()
    put = Journal.put

    def picky(self, entry):
        if entry.id == "bad":
            raise JournalError("No room.")
        put(self, entry)

    monkeypatch.setattr(Journal, "put", picky)
    shown = timer(1)
    shown.results = [result("a"), result("bad"), result("c")]
    assert [mark[0] for mark in shown.received] == ["a", "c"]


def test_a_result_that_two_players_hear_is_one_session_and_is_spoken_of_once():
    store.my_journal().keep()
    one, two = ended(), timer(1)
    two.results = one.results
    assert kept() == ["a"]
    assert one.received == two.received
    assert two.afterwards.children == ()


def test_what_a_listener_does_loses_no_session():
    store.my_journal().keep()
    shown = timer(1)
    shown.on_result(lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shown.results = [result()]
    assert (kept(), len(shown.received)) == (["a"], 1)


def test_news_of_another_session_leaves_the_way_to_try_again(monkeypatch):
    store.my_journal().keep()
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "put", lambda *_: (_ for _ in ()).throw(JournalError("No room.")))
        shown = ended(id="a")
    ended(id="b")
    assert form(shown).stage == "again"


def test_what_is_no_result_does_not_come_for_ever():
    store.my_journal().keep()
    shown = ended(id="")
    assert len(shown.received) == 1
    assert kept() == []


def test_a_session_heard_of_late_says_when_it_was():
    store.my_journal().keep()
    before = datetime.now(UTC) - timedelta(hours=3)
    shown = ended(begun=(before - timedelta(minutes=12)).isoformat(), ended=before.isoformat())
    assert form(shown).words.startswith("In your journal now: Rotate the back, 12 minutes, of ")


def test_a_journal_of_a_newer_version_leaves_the_result_with_the_browser():
    store.my_journal().keep()
    with closing(sqlite3.connect(JOURNAL_NAME)) as connection:
        connection.execute("PRAGMA user_version = 9")
    shown = ended()
    assert shown.received == []
    assert "newer version" in form(shown).message


def test_a_damaged_journal_is_told_below_the_session(folder):
    store.my_journal().keep()
    (folder / JOURNAL_NAME).write_bytes(b"")
    shown = ended()
    assert kept() == ["a"]
    assert "had been emptied. It is kept as my_practice.damaged-" in form(shown).message


# What the learner says


def say(shown, mark="m1", **said):
    empty = {"before": None, "after": None, "left": None, "right": None, "note": ""}
    form(shown).answers = [{"mark": mark, "id": "a", **empty, **said}]
    return form(shown)


def test_an_answer_is_written_and_acknowledged():
    store.my_journal().keep()
    asked = say(ended(), before=6, after=4, left=40, right=45, note="slow")
    (one,) = store.my_journal().entries()
    assert (one.before, one.after, one.left, one.right, one.note) == (6, 4, 40, 45, "slow")
    assert (asked.answered, asked.message) == (["m1"], "Saved in your journal.")


def test_angles_are_asked_where_knees_were_rolled():
    store.my_journal().keep()
    assert form(ended()).sessions[0]["angles"]
    assert not form(ended(id="b", spent={"constructive_rest": 1})).sessions[0]["angles"]


@pytest.mark.parametrize("said", [{"before": 11}, {"id": "gone"}, {"note": ["x"]}])
def test_an_answer_that_cannot_be_is_told_and_does_not_come_for_ever(said):
    store.my_journal().keep()
    asked = say(ended(), **said)
    assert asked.answered == ["m1"]
    assert asked.message
    assert asked.message != "Saved in your journal."


def test_an_answer_that_could_not_be_written_comes_again(monkeypatch):
    store.my_journal().keep()
    shown = ended()
    with monkeypatch.context() as patch:
        patch.setattr(
            Journal, "add_feedback", lambda *_, **__: (_ for _ in ()).throw(JournalError("Full."))
        )
        assert say(shown, before=3).answered == []
    assert say(shown, mark="m2", before=3).answered == ["m2"]


def test_an_answer_elsewhere_leaves_what_is_being_written_alone():
    store.my_journal().keep()
    page, shown = practice.my_practice(), ended()
    before = page._form.stage
    say(shown, before=6)
    assert (before, page._form.stage) == ("form", "form")
    assert page._form.sessions[0]["said"]["before"] == 6


# The page


def test_the_page_asks_and_then_shows_what_there_is():
    page = practice.my_practice()
    assert (page._form.stage, page._view.value) == ("ask", "")
    page._form.choice = "keep"
    assert "There is nothing to show yet" in page._view.value
    ended()
    assert page._view.value.count("<img alt=") == 3
    assert page._form.stage == "form"


@pytest.mark.parametrize("offset", [-12 * 60, 14 * 60])
def test_today_is_the_learners_day_whatever_the_clock_of_the_machine(offset):
    store.my_journal().keep()
    ended(offset=offset)
    assert "You practised on 1 of the last 7 days" in (shown := practice.my_practice()._view.value)
    assert "was a clock wrong?" not in shown
    practice.note_session(minutes=5)
    assert store.my_journal().entries()[-1].ended.utcoffset() == timedelta(minutes=offset)


def test_the_page_of_one_who_said_no_offers_to_change_that():
    store.my_journal().refuse()
    page = practice.my_practice()
    assert (page._form.stage, page._view.value) == ("refused", "")
    page._form.choice = "keep"
    assert store.my_journal().state == "kept"


def test_the_file_of_the_notebook_tells_nothing_of_the_journal():
    def shown():
        data = practice.my_practice()._repr_mimebundle_()
        return {kind: data[kind] for kind in ("text/plain", "text/html")}

    before = shown()
    store.my_journal().keep()
    practice.note_session("A secret", minutes=10, before=9, note="another secret")
    assert shown() == before


def test_a_journal_that_cannot_be_read_is_told_on_the_page():
    store.my_journal().keep()
    with closing(sqlite3.connect(JOURNAL_NAME)) as connection:
        connection.execute("PRAGMA user_version = 9")
    assert "newer version" in practice.my_practice()._form.message


def test_only_the_last_sessions_are_offered_the_latest_first():
    store.my_journal().keep()
    store.my_journal().put(*(entry(f"s{n:02}") for n in range(40)))
    offered = [each["id"] for each in practice.my_practice()._form.sessions]
    assert offered == [f"s{n:02}" for n in range(39, 9, -1)]


def test_no_word_of_the_journal_can_become_markup():
    store.my_journal().keep()
    store.my_journal().put(
        entry("a", title=HOSTILE, note=HOSTILE, spent={"<script>$x$</script>": 60_000}, before=3)
    )
    page = practice.my_practice()
    assert "<script" not in page._view.value
    assert "onerror=harm" not in page._view.value.replace("&lt;img", "")
    assert page._form.sessions[0]["title"].endswith(HOSTILE)  # as data: the browser sets text
    card = practice.note_session(HOSTILE, minutes=1)
    assert "<script" not in card._repr_html_()


def test_the_example_is_marked_as_made_up_everywhere_and_is_in_no_file(folder):
    card = practice.example_practice()
    html = card._repr_html_()
    assert repr(card).startswith("Made up, as an example: nobody kept this journal.")
    assert html.count("<img alt=") == html.count('<img alt="Made up, as an example. ') == 5
    assert html.count("made up%2C as an example") + html.count("made up, as an example") == 5
    assert files(folder) == []


# Calls


def test_a_session_can_be_written_down_by_a_call():
    practice.keep_journal()
    practice.note_session(
        "Walk", 40, before=4, after=3, note="by the lake", when="2026-03-01 18:30"
    )
    (one,) = store.my_journal().entries()
    assert (one.title, one.practice_ms, one.before) == ("Walk", 2_400_000, 4)
    assert one.begun.replace(tzinfo=None) == datetime(2026, 3, 1, 18, 30)


def test_a_session_without_a_time_has_just_ended():
    practice.keep_journal()
    practice.note_session(minutes=10)
    (one,) = store.my_journal().entries()
    assert abs(datetime.now(UTC) - one.ended) < timedelta(minutes=1)


def test_without_a_journal_a_call_says_how_to_begin_one(folder):
    with pytest.raises(JournalError, match=r"keep_journal\(\) begins one"):
        practice.note_session("Walk", 40)
    assert files(folder) == []


def test_what_cannot_be_is_refused_by_the_call():
    practice.keep_journal()
    with pytest.raises(EntryError, match="before: found 12") as refused:
        practice.note_session(before=12)
    assert refused.value._render_traceback_() == [str(refused.value)]
    with pytest.raises(ExchangeError, match="is no time"):
        practice.note_session(when="yesterday")
    assert kept() == []


@pytest.mark.parametrize("name", ["copy.csv", "copy.json"])
def test_a_journal_that_was_deleted_comes_back_from_its_copy(folder, name):
    practice.keep_journal()
    store.my_journal().put(entry("a", note="=1+1\r\nä"), entry("b", before=0))
    before = store.my_journal().entries()
    assert repr(practice.export_journal(name)) == f"2 sessions were written to {name}."
    practice.delete_journal()
    assert files(folder) == [name]
    practice.keep_journal()
    assert repr(practice.import_journal(name)) == "2 sessions were added; 0 were here already."
    assert repr(practice.import_journal(name)) == "0 sessions were added; 2 were here already."
    assert store.my_journal().entries() == before


def test_what_was_completed_contradicted_or_left_out_is_told(folder):
    practice.keep_journal()
    store.my_journal().put(entry("a", note="mine"), entry("b"))
    with open("copy.csv", "w", encoding="utf-8") as file:
        moment = "2026-03-01T08:00:00+01:00"
        file.write(f"id,begun,title,note,comfort_after,mood\na,{moment},,theirs,,\n")
        file.write(f"b,{moment},,,4,calm\nc,{moment},,,,\n")
    assert repr(practice.import_journal("copy.csv")) == (
        "1 session was added, 1 session was completed; 1 was here already. In 1 session the copy"
        " says something else: what your journal says stays. Left out were columns that a journal"
        " does not have: mood."
    )


def conflict(folder):
    """A journal, and beside it a copy that knows one session more."""
    practice.keep_journal()
    copy = Journal(folder / "my_practice (1).sqlite")
    copy.keep()
    copy.put(entry("z"))
    return 'import_journal("my_practice (1).sqlite")'


def test_a_copy_beside_the_journal_is_named_on_the_page_until_it_is_imported(folder):
    line = conflict(folder).replace('"', "&quot;")
    page = practice.my_practice()
    assert line in page._view.value
    practice.import_journal("my_practice (1).sqlite")
    assert line not in page._view.value
    assert kept() == ["z"]


def test_a_copy_beside_the_journal_is_named_below_a_session(folder):
    line = conflict(folder)
    shown = ended()
    assert form(shown).message.endswith(line)
    assert say(shown, before=3).message == "Saved in your journal."


def test_deleting_names_the_copies_that_are_left(folder):
    conflict(folder)
    said = repr(practice.delete_journal())
    assert said.endswith("are yours to delete: beside it lies my_practice (1).sqlite.")
    assert files(folder) == ["my_practice (1).sqlite"]


def test_a_copy_has_a_name_of_its_own_where_none_is_given(folder):
    practice.keep_journal()
    practice.export_journal()
    assert f"my_practice_{date.today()}.csv" in files(folder)


def test_a_copy_with_a_mistake_changes_nothing():
    practice.keep_journal()
    store.my_journal().put(entry("a"))
    with open("bad.csv", "w", encoding="utf-8") as file:
        file.write("begun,comfort_after\n2026-03-01T08:00Z,4\n2026-03-02T08:00Z,44\n")
    with pytest.raises(ExchangeError, match="Line 3"):
        practice.import_journal("bad.csv")
    assert kept() == ["a"]


def test_deleting_forgets_what_waited_for_the_answer(folder):
    shown, late = ended(), timer(1)
    practice.delete_journal()
    late.results = shown.results
    assert len(shown.received) == len(late.received) == 1
    assert [each.afterwards.children for each in (shown, late)] == [(), ()]
    practice.keep_journal()
    assert kept() == []


def test_deleting_asks_again_later_and_empties_what_was_shown():
    practice.keep_journal()
    page, shown = practice.my_practice(), ended()
    practice.delete_journal()
    assert shown.afterwards.children == ()
    assert (page._form.stage, page._view.value) == ("ask", "")


def test_a_form_says_what_it_is_the_same_on_every_run():
    assert repr(JournalForm()) == "JournalForm()"
    assert repr(practice.my_practice()) == "MyPractice()"
