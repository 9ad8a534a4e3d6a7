"""The page My practice: the learner's own journal in figures, and the calls that go with it.

What the learner's own journal shows is never part of a notebook file: it is a widget, which lives
as long as the kernel does, and its words in the file are the same whatever the journal holds.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from html import escape
from secrets import token_hex
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from backcare_nb.course.errors import describe_missing_package
from backcare_nb.course.yaml_reader import DataError
from backcare_nb.custom.library import current_library
from backcare_nb.html.card import Card, Node, bold_line, bullet_list, error_report, h, para
from backcare_nb.journal import example, import_export, summary
from backcare_nb.journal.entry import Entry, EntryError, entry_from_result
from backcare_nb.journal.own_journal import open_own_journal
from backcare_nb.journal.programme_progress import (
    compute_programme_progress,
    describe_days_done_per_week,
    describe_today_and_next_step,
)
from backcare_nb.journal.spreadsheet import JournalCopyError
from backcare_nb.journal.store import JournalError
from backcare_nb.lesson.programme import (
    PROGRAMME_FILES_FOLDER,
    read_programme,
    saved_programme_titles,
)
from backcare_nb.notebook import after_session
from backcare_nb.notebook.after_session import (
    JournalForm,
    JournalView,
    format_begin_day_and_time,
    pop_journal_notices,
    refresh_journal_views,
)
from backcare_nb.player import bundle
from backcare_nb.sessions.options import require_number
from backcare_nb.sessions.phases import MINUTE_MS
from backcare_nb.sessions.timeline import duration_in_words

CHART_COLUMNS_STYLE = "grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr))"
MAX_SESSIONS_IN_FEEDBACK_FORM = 30  # to be added to on the page
MAX_NOTED_MINUTES = 24 * 60
NOT_SAVED_WITH_PAGE_SENTENCE = "What you practise is told here, and is not saved with the page."


class UnsavedJournalView(JournalView, widgets.VBox):
    """What is shown while a page runs, and of which a saved page has nothing."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data = super()._repr_mimebundle_(**kwargs)
        return {
            **data,
            "text/plain": UnsavedJournalView.__repr__(self),
            "text/html": f"<p>{escape(NOT_SAVED_WITH_PAGE_SENTENCE)}</p>",
        }


class MyPractice(UnsavedJournalView):
    """The learner's journal: what it says in words and figures, and a form to add to it."""

    def __init__(self) -> None:
        self._view = widgets.HTML()
        self._form = JournalForm()
        super().__init__([self._view, self._form])
        self.refresh()

    def refresh(self) -> None:
        """Look at the journal again."""
        journal = open_own_journal()
        self._view.value = ""
        try:
            entries = journal.read_all_entries()
            copies = import_export.describe_stray_copies(journal)
        except JournalError as error:
            return self._form.show_message(str(error))
        if journal.path.exists():
            today = learner_time_now(entries).date()
            first = _practice_card(entries, today, copy_sentences=copies)
            cards = (first, *_programme_cards(entries, today))
            self._view.value = "".join(card._repr_html_() for card in cards)
        match journal.consent_state:
            case "unasked":
                self._form.ask_for_consent()
            case "refused":
                self._form.show_message("", "refused")
            case "kept" if entries:
                recent = entries[: -MAX_SESSIONS_IN_FEEDBACK_FORM - 1 : -1]
                self._form.show_feedback_form(recent, "Add to a session", pop_journal_notices())
            case "kept":
                self._form.show_message(pop_journal_notices())


class WaitingResults(anywidget.AnyWidget):
    """The last result that the browser still holds, since no journal has taken it."""

    _esm = bundle.build_module("waiting_results.js")

    last: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return "WaitingResults()"


class LastPractice(UnsavedJournalView):
    """One line: what was done last, as far as the journal or the browser knows."""

    def __init__(self) -> None:
        self._line = widgets.HTML()
        self._waiting = WaitingResults()
        super().__init__([self._line, self._waiting])
        self._waiting.observe(lambda _: self.refresh(), "last")
        self.refresh()

    def refresh(self) -> None:
        """Look at the journal again."""
        entries: list[Entry] = []
        with suppress(JournalError):
            entries = list(open_own_journal().read_all_entries())
        with suppress(EntryError):
            entries.append(entry_from_result(self._waiting.last, datetime.now().astimezone()))
        if last := max(entries, key=lambda entry: entry.ended, default=None):
            what = f"{last.title or 'a session'}, {duration_in_words(last.practice_ms)}"
            self._line.value = escape(f"Last time: {what}, on {format_begin_day_and_time(last)}.")


def last_practice() -> LastPractice:
    """What you did last, in one line; nothing before a first session. Not saved with the page."""
    return LastPractice()


def my_practice() -> MyPractice:
    """Your journal in figures, and a form to say how a session felt; not saved with the page."""
    return MyPractice()


def example_practice() -> Card:
    """A journal in figures that nobody kept: made up, to show what yours may look like."""
    entries = example.example_entries()
    return _practice_card(entries, example.EXAMPLE_LAST_DAY, example.EXAMPLE_WATERMARK)


def keep_journal() -> Card:
    """Begin to keep a journal of your practice, in one file beside this notebook."""
    after_session.begin_journal()
    return _message_and_notices_card(
        f"A journal of your practice is kept in {open_own_journal().path}."
    )


def delete_journal() -> Card:
    """Delete your journal, all of it, and the answer whether to keep one."""
    open_own_journal().delete()
    after_session.drop_unsaved_results()
    left = ", ".join(path.name for path in import_export.find_stray_copies(open_own_journal()))
    return _message_and_notices_card(
        f"Your journal is deleted: {open_own_journal().path} is gone. Copies that you made, or a"
        f" cloud folder, are yours to delete{': beside it lies ' if left else ''}{left}."
    )


def note_session(
    title: str = "",
    minutes: float = 0,
    *,
    before: int | None = None,
    after: int | None = None,
    left: int | None = None,
    right: int | None = None,
    note: str = "",
    when: datetime | str | None = None,
    exercises: Mapping[str, float] | None = None,
) -> Card:
    """Write down a session that no timer here has seen.

    ``title`` is what it was, and ``minutes`` how long; ``before`` and ``after`` how it felt, from 0
    (no pain) to 10; ``left`` and ``right`` how far the knees rolled, in degrees from straight up;
    ``note`` any words; ``when`` it began ("2030-01-31 18:30"), or else that it has ended just now;
    ``exercises`` the minutes at work in each, by id. Raises a sentence for what cannot be.
    """
    if not 0 <= require_number("minutes", minutes) <= MAX_NOTED_MINUTES:
        raise EntryError(f"minutes can be 0 to {MAX_NOTED_MINUTES}, not {minutes:g}.")
    length = timedelta(minutes=minutes)
    length_ms, said = length // timedelta(milliseconds=1), (exercises or {}).items()
    spent = {name: round(require_number(name, each) * MINUTE_MS) for name, each in said}
    begun = _parse_begin_or_subtract(when, length)
    felt: Any = {"before": before, "after": after, "left": left, "right": right, "note": note}
    ran: Any = {"reached": length_ms, "total": length_ms, "spent": spent}
    entry = Entry(token_hex(8), begun, begun + length, title, **ran, **felt)
    open_own_journal().save_entries(entry)
    refresh_journal_views()
    return _message_and_notices_card(
        f"In your journal: {title or 'a session'}, {format_begin_day_and_time(entry)}."
    )


def export_journal(path: str = "") -> Card:
    """Write a copy of your journal: a .csv file for a spreadsheet, or .json for other programs.

    ``path`` is the name of the file; without one it is my_practice_ with the day, ending in .csv.
    Nothing is written over.
    """
    entries = open_own_journal().read_all_entries()
    path = path or f"my_practice_{learner_time_now(entries).date()}.csv"
    written = import_export.write_journal_copy(entries, path)
    return _message_and_notices_card(f"{_format_sessions_were(len(entries))} written to {written}.")


def import_journal(path: str) -> Card:
    """Bring the sessions of a copy into your journal: all of them, or none.

    ``path`` is the name of the file: another journal (.sqlite), or .csv or .json. A session that is
    here already is not counted twice: the record that went further is kept, with what either of
    them says; where both say something else, what your journal says stays.
    """
    copy = import_export.read_journal_copy(path)
    counts = open_own_journal().import_copy(copy.entries)
    refresh_journal_views()
    known, other, completed = (counts[key] for key in ("known", "contradicted", "completed"))
    here = f"{known} {'was' if known == 1 else 'were'} here already"
    more = f", {_format_sessions_were(completed)} completed" if completed else ""
    words = [f"{_format_sessions_were(counts['added'])} added{more}; {here}."]
    if other:
        which = "In 1 session" if other == 1 else f"In {other} sessions"
        words.append(f"{which} the copy says something else: what your journal says stays.")
    return _message_and_notices_card(" ".join([*words, *copy.remarks]))


def _practice_card(
    entries: list[Entry], today: date, watermark: str = "", copy_sentences: Iterable[str] = ()
) -> Card:
    """What a journal says, in words and then in figures, and what lies beside it."""
    heading = (bold_line(f"{watermark}: nobody kept this journal."),) if watermark else ()
    rated = any(entry.before is not None or entry.after is not None for entry in entries)
    words = [*copy_sentences, summary.describe_regularity(entries, today)]
    words.append(summary.describe_pain_over_weeks(entries))
    words += [current_library().safety.scale.change] if rated else []
    charts = _chart_nodes(entries, today, watermark)
    grid = h("div", *charts, class_="columns", style=CHART_COLUMNS_STYLE)
    return Card("practice", (*heading, bullet_list(filter(None, words)), grid))


def _chart_nodes(entries: list[Entry], today: date, watermark: str) -> list[Node]:
    """The charts of a journal, or a sentence where there is no matplotlib."""
    try:
        from backcare_nb.html.journal_charts import make_journal_charts
    except ModuleNotFoundError as error:
        return [para(describe_missing_package(error))]
    titles = {exercise.id: exercise.title for exercise in current_library().exercises}
    charts = make_journal_charts(entries, today, titles, watermark)
    return [h("div", chart.image()) for chart in charts]


def _programme_cards(entries: list[Entry], today: date) -> Iterator[Card]:
    """What was done against each programme whose weeks these are, and what comes next."""
    for name in PROGRAMME_FILES_FOLDER.names():
        try:
            programme = read_programme(name)
        except DataError as error:
            yield Card("told", (error_report(str(error)),))
            continue
        if not programme.begins <= today <= programme.last_day:
            continue
        progress = compute_programme_progress(programme, entries, today, saved_programme_titles())
        words = map(para, describe_today_and_next_step(programme, progress, today))
        weeks = bullet_list(describe_days_done_per_week(progress))
        yield Card("told", (bold_line(programme.title), *words, weeks))


def _message_and_notices_card(words: str) -> Card:
    """A sentence, preceded by what was found and mended on the way."""
    return Card("told", tuple(para(each) for each in (pop_journal_notices(), words) if each))


def _format_sessions_were(count: int) -> str:
    return "1 session was" if count == 1 else f"{count} sessions were"


def learner_time_now(entries: Iterable[Entry]) -> datetime:
    """This moment by the learner's own clock, as their journal tells it."""
    return summary.to_learner_time(datetime.now().astimezone(), entries)


def _parse_begin_or_subtract(when: datetime | str | None, length: timedelta) -> datetime:
    """When a session began: as it was said, or so long before now."""
    if when is None:
        return learner_time_now(open_own_journal().read_all_entries()) - length
    try:
        begun = datetime.fromisoformat(when) if isinstance(when, str) else when
        return begun if begun.tzinfo else begun.astimezone()
    except (OverflowError, ValueError):
        raise JournalCopyError(f"{when!r} is no time: write it like 2030-01-31 18:30.") from None
