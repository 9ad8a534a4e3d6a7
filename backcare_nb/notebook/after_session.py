"""What follows a session: its result goes to the learner's journal, and the learner may add to it.

Nothing is kept before the learner has agreed. The question stands below the session that ended
last, and is not asked again once it is answered. A result is acknowledged to the browser, which
then forgets it, when it is on the disk or when the learner wants no journal; until then it comes
again with every player that opens, and so outlives the kernel.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakSet

import anywidget
import ipywidgets as widgets
import traitlets

from backcare_nb.custom.library import library
from backcare_nb.journal import import_export
from backcare_nb.journal.entry import SAID, Entry, EntryError, of_result
from backcare_nb.journal.store import JournalError, mine
from backcare_nb.journal.summary import DAYS, MONTHS
from backcare_nb.player import bundle
from backcare_nb.sessions.timeline import duration_in_words

ASKED = (
    "It would hold when you practised, what, and for how long; and, if you like to say it, how it"
    " felt. It is one file on this computer, {place}, and is sent nowhere. You can delete all of it"
    " at any time: the page My practice says how. You are asked this once."
)
UNKEPT = "This session is not in your journal yet. {} Until then it is remembered by your browser."
REFUSED = "No journal is kept of your practice, as you wished."
LATE = timedelta(minutes=10)  # a result so old was not heard of when the session ended
ROLLS = "knee_rolls"  # exercises whose angle can be told

_waiting: dict[str, "AfterSession"] = {}  # marks of results, and which place was first to take each
_settled: set[str] = set()  # marks of results that are done with: no other player takes them again
_watching: WeakSet = WeakSet()  # what shows the journal, and is told when it has changed


class JournalForm(anywidget.AnyWidget):
    """The question, or a form on sessions in the journal.

    ``answers`` come from the browser, and again until they are acknowledged in ``answered``.
    """

    _esm = bundle.module("after_session.js")
    _css = bundle.BROWSER / "after_session.css"

    stage = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Unicode("").tag(sync=True)
    scale = traitlets.Unicode("").tag(sync=True)
    message = traitlets.Unicode("").tag(sync=True)
    unfolded = traitlets.Bool(False).tag(sync=True)
    sessions = traitlets.List().tag(sync=True)
    choice = traitlets.Unicode("").tag(sync=True)
    answers = traitlets.List().tag(sync=True)
    answered = traitlets.List().tag(sync=True)

    def __init__(self, again: Callable[[], None] = lambda: None, unfolded: bool = False) -> None:
        super().__init__(unfolded=unfolded, scale=library().safety.scale.what)
        self._again = again
        self.observe(self._chosen, names="choice")
        self.observe(self._answered, names="answers")

    def ask(self) -> None:
        """Ask whether a journal may be kept."""
        self._become("ask", ASKED.format(place=mine().path.name))

    def offer(self, entries: list[Entry], words: str, message: str = "") -> None:
        """Let the learner add to sessions, the first of them to begin with."""
        sessions = [_plain(entry) for entry in entries]
        same = self.stage == "form" and _ids(sessions) == _ids(self.sessions)
        self._become("form", words, message or (self.message if same else ""), sessions)

    def report(self, message: str, stage: str = "") -> None:
        """Say what happened; with the stage "again", let it be tried once more."""
        self._become(stage, REFUSED if stage == "refused" else "", message)

    def _become(self, stage: str, words: str, message: str = "", sessions: list = ()) -> None:
        with self.hold_sync():
            self.words, self.message, self.sessions, self.stage = words, message, [*sessions], stage

    def _chosen(self, change: dict[str, Any]) -> None:
        actions = {"keep": keep, "refuse": refuse, "again": self._again}
        if change["new"] not in actions:
            return
        self.choice = ""
        with _told_by(self):
            actions[change["new"]]()

    def _answered(self, change: dict[str, Any]) -> None:
        done = [answer.get("mark") for answer in change["new"] if self._take(answer)]
        self.answered = done
        if done:
            tell_all()

    def _take(self, answer: Mapping[str, Any]) -> bool:
        """Write an answer; False if it must come again."""
        said = {name: answer.get(name) for name in SAID} | {"note": answer.get("note") or ""}
        try:
            mine().say(str(answer.get("id")), **said)
        except EntryError as error:
            self.message = str(error)
        except JournalError as error:
            self.message = str(error)
            return False
        else:
            self.message = news("Saved in your journal.")
        return True

    def __repr__(self) -> str:
        return "JournalForm()"


class AfterSession(widgets.VBox):
    """A place below a player: empty until a session has ended.

    ``received`` holds the marks of those results that need not come again.
    """

    received = traitlets.List()

    def __init__(self) -> None:
        super().__init__()
        self._results: list[Mapping[str, Any]] = []
        self._last: Entry | None = None
        self._late = False
        self._unkept = ""
        _watching.add(self)

    def take(self, results: Iterable[Mapping[str, Any]]) -> None:
        """Take the results of sessions, all that the browser still holds."""
        self._results = list(results)
        self.settle()
        if self._last:
            with suppress(JournalError):
                mine().notices += import_export.beside(mine())
        tell_all()

    def settle(self) -> None:
        """Keep the results that were taken, as the learner wished; some may have to wait."""
        done, self._unkept = [], ""
        for result in self._results:
            try:
                if self._settle(result):
                    done.append(mark(result))
            except JournalError as error:
                self._unkept = str(error)
        self._acknowledge(done)

    def _settle(self, result: Mapping[str, Any]) -> bool:
        """Keep a result; False if it has to wait for the learner's answer."""
        if mark(result) in _settled:
            return True
        now = datetime.now().astimezone()
        try:
            entry = of_result(result, now)
        except EntryError:
            return True  # not a result of ours: there is nothing to keep
        state = mine().state
        if state == "unasked":
            _waiting.setdefault(mark(result), self)
        elif state == "kept":
            mine().put(entry)
            self._last, self._late = entry, now - entry.ended > LATE
        return state != "unasked"

    def _acknowledge(self, done: list[str]) -> None:
        for name in done:
            _waiting.pop(name, None)
        _settled.update(done)
        self.received = done

    def refresh(self) -> None:
        """Show what the journal's state now asks for."""
        state = mine().state
        if self._unkept:
            self._form().report(UNKEPT.format(self._unkept), "again")
        elif state == "unasked" and self is next(reversed(_waiting.values()), None):
            self._form().ask()
        elif state == "kept" and self._last:
            self._form().offer([self._last], _kept_words(self._last, self._late), news())
        else:
            self.children = ()

    def forget(self) -> None:
        """Keep nothing of what was taken, and ask and show nothing more of it."""
        self._last, self._unkept = None, ""
        self._acknowledge([mark(result) for result in self._results])

    def _form(self) -> JournalForm:
        if not self.children:
            self.children = (JournalForm(lambda: self.take(self._results)),)
        return self.children[0]


def mark(result: Mapping[str, Any]) -> str:
    """What tells a result from all others: a session that was continued ends once more."""
    return f"{result.get('id')}{result.get('ended')}"


# The journal and what shows it


def keep() -> None:
    """Begin to keep the journal, with the sessions that waited for the answer."""
    mine().keep()
    for each in set(_waiting.values()):
        each.settle()
    tell_all()


def refuse() -> None:
    """Keep no journal and nothing of the sessions that waited for the answer, and ask no more."""
    for each in set(_waiting.values()):
        each.forget()
    mine().refuse()
    tell_all()


def forget() -> None:
    """Erase the journal, and what waited to be written to it."""
    mine().delete()
    for each in list(_watching):
        if isinstance(each, AfterSession):
            each.forget()
    tell_all()


def watch(shown: Any) -> None:
    """Call ``refresh()`` of something that shows the journal whenever it has changed."""
    _watching.add(shown)


def tell_all() -> None:
    """Let everything that shows the journal look again."""
    for each in list(_watching):
        each.refresh()


@contextmanager
def _told_by(form: JournalForm):
    try:
        yield
    except JournalError as error:
        form.message = str(error)


def news(words: str = "") -> str:
    """What was found and mended meanwhile, and then these words."""
    notices = mine().notices
    said = " ".join([*notices, words])
    notices.clear()
    return said.strip()


def _kept_words(entry: Entry, late: bool) -> str:
    what = f"{entry.title or 'Your session'}, {duration_in_words(entry.length)}"
    if late:
        return f"In your journal now: {what}, of {described(entry)}. How did it feel?"
    return f"In your journal: {what}. How did it feel?"


def described(entry: Entry) -> str:
    """When a session was, in words: Monday 2 March, 18:30."""
    begun = entry.begun
    return f"{DAYS[begun.weekday()]} {begun.day} {MONTHS[begun.month - 1]}, {begun:%H:%M}"


def _ids(sessions: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in sessions]


def _plain(entry: Entry) -> dict[str, Any]:
    rolled = any(name.startswith(ROLLS) for name in entry.spent)
    said = {name: getattr(entry, name) for name in SAID}
    return {
        "id": entry.id,
        "title": f"{described(entry)}: {entry.title or 'a session'}",
        "angles": rolled or entry.left is not None or entry.right is not None,
        "said": said,
    }
