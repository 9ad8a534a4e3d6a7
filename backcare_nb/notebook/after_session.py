"""What follows a session: its result goes to the learner's journal, and the learner may add to it.

Nothing is kept before the learner has agreed. The question stands in the player whose session
ended last, and is not asked again once it is answered. A result is acknowledged to the browser,
which then forgets it, when it is on the disk or when the learner wants no journal; until then it
comes again with every player that opens, and so outlives the kernel.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakSet

import anywidget
import traitlets

from backcare_nb.course.dates import DAY_NAMES, MONTH_NAMES
from backcare_nb.custom.library import current_library
from backcare_nb.journal import import_export
from backcare_nb.journal.entry import FEEDBACK_FIELD_NAMES, Entry, EntryError, entry_from_result
from backcare_nb.journal.own_journal import open_own_journal
from backcare_nb.journal.store import JournalError
from backcare_nb.player import bundle
from backcare_nb.sessions.timeline import duration_in_words

CONSENT_QUESTION = (
    "It would hold when you practised, what, and for how long; and, if you like to say it, how it"
    " felt. It is one file on this computer, {place}, and is sent nowhere. You can delete all of it"
    " at any time: the page My practice says how. You are asked this once."
)
SESSION_NOT_SAVED_SENTENCE = (
    "This session is not in your journal yet. {} Until then it is remembered by your browser."
)
JOURNAL_REFUSED_SENTENCE = "No journal is kept of your practice, as you wished."
MIN_LATE_RESULT_AGE = timedelta(minutes=10)  # so old, it was not heard of when the session ended
# How the ids of exercises begin whose angle can be told.
KNEE_ROLLS_EXERCISE_ID_PREFIX = "knee_rolls"


# By the key of a result: the view that was first to take it.
_waiting_view_by_result_key: dict[str, "AfterSessionForm"] = {}
_finished_result_keys: set[str] = set()  # no other player takes these again
_journal_views: "WeakSet[JournalView]" = WeakSet()  # are told when the journal has changed


class JournalView:
    """A widget that shows the journal, and looks at it again whenever it has changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _journal_views.add(self)

    def refresh(self) -> None:
        """Look at the journal again."""
        raise NotImplementedError


class JournalForm(anywidget.AnyWidget):
    """The question whether to keep a journal, or a form on sessions in it.

    ``answers`` come from the browser, and again until they are acknowledged in ``answered``.
    """

    _esm = bundle.build_module("journal_form.js")
    _css = bundle.join_css_files("after_session.css")

    stage = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Unicode("").tag(sync=True)
    scale = traitlets.Unicode("").tag(sync=True)
    message = traitlets.Unicode("").tag(sync=True)
    sessions: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    choice = traitlets.Unicode("").tag(sync=True)
    answers: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    answered: traitlets.List[str] = traitlets.List().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        super().__init__(scale=current_library().safety.scale.what, **state)
        self.observe(self._act_on_choice, names="choice")
        self.observe(self._store_answers, names="answers")

    def try_again(self) -> None:
        """Do what could not be done; there is nothing of the kind here."""

    def ask_for_consent(self, entries: Iterable[Entry] = ()) -> None:
        """Ask whether a journal may be kept, and first how these sessions were that would be it."""
        words = CONSENT_QUESTION.format(place=open_own_journal().path.name)
        self._show("ask", words, sessions=[_entry_as_form_data(entry) for entry in entries])

    def show_feedback_form(
        self, entries: Iterable[Entry], lead_words: str, message: str = ""
    ) -> None:
        """Let the learner add to sessions, the first of them to begin with."""
        sessions = [_entry_as_form_data(entry) for entry in entries]
        shown = [session["id"] for session in self.sessions]
        if self.stage == "form" and shown == [session["id"] for session in sessions]:
            message = message or self.message
        self._show("form", lead_words, message, sessions)

    def show_message(self, message: str, stage: str = "") -> None:
        """Say what happened; with the stage "again", let it be tried once more."""
        self._show(stage, JOURNAL_REFUSED_SENTENCE if stage == "refused" else "", message)

    def _show(
        self, stage: str, words: str, message: str = "", sessions: Sequence[dict[str, Any]] = ()
    ) -> None:
        with self.hold_sync():
            self.words, self.message, self.sessions, self.stage = words, message, [*sessions], stage

    def _act_on_choice(self, change: dict[str, Any]) -> None:
        """Do what the learner has chosen."""
        actions = {"keep": begin_journal, "refuse": refuse_journal, "again": self.try_again}
        if change["new"] not in actions:
            return
        self.choice = ""
        try:
            actions[change["new"]]()
        except JournalError as error:
            self.message = str(error)

    def _store_answers(self, change: dict[str, Any]) -> None:
        stored = filter(self._try_to_finish_answer, change["new"])
        self.answered = [answer.get("mark") for answer in stored]
        if self.answered:
            refresh_journal_views()

    def _try_to_finish_answer(self, answer: Mapping[str, Any]) -> bool:
        """Write an answer; False if it must come again."""
        feedback = {name: answer.get(name) for name in FEEDBACK_FIELD_NAMES}
        feedback["note"] = feedback["note"] or ""
        try:
            open_own_journal().add_feedback(str(answer.get("id")), **feedback)
        except (EntryError, JournalError) as error:
            self.message = str(error)
            return isinstance(error, EntryError)
        self.message = pop_journal_notices("Saved in your journal.")
        return True

    def __repr__(self) -> str:
        return "JournalForm()"


class AfterSessionForm(JournalView, JournalForm):
    """What stands in a player once a session has ended, and of the journal before only its results.

    ``results`` holds what the browser reports of sessions that ended: it comes at the end only,
    and again, to every player, until it is acknowledged in ``received``.
    """

    results: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    received: traitlets.List[str] = traitlets.List().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self._results: list[Mapping[str, Any]] = []
        self._asked: Entry | None = None  # of the session that waits for the answer
        self._last: Entry | None = None
        self._is_late = False
        self._error = ""

    def store_results(self, results: Iterable[Mapping[str, Any]]) -> None:
        """Take the results of sessions, all that the browser still holds."""
        self._results = list(results)
        self.store_waiting_results()
        journal = open_own_journal()
        if self._last:
            with suppress(JournalError):
                journal.notices += import_export.describe_stray_copies(journal)
        refresh_journal_views()

    def store_waiting_results(self) -> None:
        """Keep the results that were taken, as the learner wished; some may have to wait."""
        done, self._error = [], ""
        for result in self._results:
            try:
                if self._try_to_finish_result(result):
                    done.append(key_of_result(result))
            except JournalError as error:
                self._error = str(error)
        self._mark_results_received(done)

    def _try_to_finish_result(self, result: Mapping[str, Any]) -> bool:
        """Keep a result; False if it has to wait for the learner's answer."""
        mark = key_of_result(result)
        if mark in _finished_result_keys:
            return True
        now = datetime.now().astimezone()
        try:
            entry = entry_from_result(result, now)
        except EntryError:
            return True  # not a result of ours: there is nothing to keep
        state = open_own_journal().consent_state
        if state == "unasked":
            _waiting_view_by_result_key.setdefault(mark, self)
            self._asked = entry
        elif state == "kept":
            open_own_journal().save_entries(entry)
            self._last, self._is_late = entry, now - entry.ended > MIN_LATE_RESULT_AGE
        return state != "unasked"

    def _mark_results_received(self, result_keys: list[str]) -> None:
        for mark in result_keys:
            _waiting_view_by_result_key.pop(mark, None)
        _finished_result_keys.update(result_keys)
        self.received = result_keys

    def refresh(self) -> None:
        """Show what the journal's state now asks for."""
        state = open_own_journal().consent_state
        last_to_wait = next(reversed(_waiting_view_by_result_key.values()), None)
        if self._error:
            self.show_message(SESSION_NOT_SAVED_SENTENCE.format(self._error), "again")
        elif state == "unasked" and self is last_to_wait:
            self.ask_for_consent([self._asked] if self._asked else ())
        elif state == "kept" and self._last:
            title, length = self._last.title, duration_in_words(self._last.practice_ms)
            what = f"{title or 'Your session'}, {length}"
            words = f"In your journal: {what}."
            if self._is_late:
                words = f"In your journal now: {what}, of {format_begin_day_and_time(self._last)}."
            self.show_feedback_form([self._last], words, pop_journal_notices())
        else:
            self.show_message("")

    def try_again(self) -> None:
        self.store_results(self._results)

    def drop_results(self) -> None:
        """Keep nothing of what was taken, and ask and show nothing more of it."""
        self._last, self._error = None, ""
        self._mark_results_received([key_of_result(result) for result in self._results])


def key_of_result(result: Mapping[str, Any]) -> str:
    """What tells a result from all others: a session that was continued ends once more."""
    return f"{result.get('id')}{result.get('ended')}"


def begin_journal() -> None:
    """Begin to keep the journal, with the sessions that waited for the answer."""
    open_own_journal().keep()
    for place in set(_waiting_view_by_result_key.values()):
        place.store_waiting_results()
    refresh_journal_views()


def refuse_journal() -> None:
    """Keep no journal and nothing of the sessions that waited for the answer, and ask no more."""
    for place in set(_waiting_view_by_result_key.values()):
        place.drop_results()
    open_own_journal().refuse()
    refresh_journal_views()


def drop_unsaved_results() -> None:
    """Keep nothing of what any player has taken, and show nothing more of it."""
    for view in list(_journal_views):
        if isinstance(view, AfterSessionForm):
            view.drop_results()
    refresh_journal_views()


def refresh_journal_views() -> None:
    """Let everything that shows the journal look again."""
    for view in list(_journal_views):
        view.refresh()


def pop_journal_notices(words: str = "") -> str:
    """What was found and mended meanwhile, and then these words."""
    notices = open_own_journal().notices
    sentences = " ".join([*notices, words])
    notices.clear()
    return sentences.strip()


def format_begin_day_and_time(entry: Entry) -> str:
    """When a session began, in words: Monday 2 March, 18:30."""
    begun = entry.begun
    day, month = DAY_NAMES[begun.weekday()], MONTH_NAMES[begun.month - 1]
    return f"{day} {begun.day} {month}, {begun:%H:%M}"


def _entry_as_form_data(entry: Entry) -> dict[str, Any]:
    """A session as the form in the browser takes it."""
    rolled = any(name.startswith(KNEE_ROLLS_EXERCISE_ID_PREFIX) for name in entry.spent)
    return {
        "id": entry.id,
        "title": f"{format_begin_day_and_time(entry)}: {entry.title or 'a session'}",
        "angles": rolled or entry.left is not None or entry.right is not None,
        "said": {name: getattr(entry, name) for name in FEEDBACK_FIELD_NAMES},
    }
