"""Programmes in a notebook: planned, saved under a name, played day by day, and answered.

A saved notebook has nothing of what a programme says: it is shown by widgets, which live as long as
the kernel does.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import ipywidgets as widgets
from IPython.core.getipython import get_ipython

from backcare_nb.course.dates import ONE_DAY
from backcare_nb.course.errors import UserError
from backcare_nb.course.yaml_reader import validate_tree
from backcare_nb.course.yaml_tree import YamlTree
from backcare_nb.custom.library import current_library
from backcare_nb.html.card import Card, Node, bold_line, bullet_list, para
from backcare_nb.html.programme_card import describe_dose, describe_steps, programme_card
from backcare_nb.journal.own_journal import read_kept_entries
from backcare_nb.journal.programme_progress import (
    describe_days_done_per_week,
    describe_today_and_next_step,
    is_activity_question_due,
    lesson_for_today,
    progress_and_today,
)
from backcare_nb.lesson.find import LessonHolder, find_lesson, find_programme
from backcare_nb.lesson.lesson import LESSON_LENGTH_TOLERANCE_MS, Lesson
from backcare_nb.lesson.programme import (
    EASED_STAGE,
    PROGRAMME_FILES_FOLDER,
    Programme,
    ProgrammeError,
    ProgrammeHolder,
    ProgressNote,
    append_progress_note,
    format_programme_yaml,
    parse_programme,
    read_programme,
    write_programme,
)
from backcare_nb.lesson.programme_plan import (
    make_next_programme,
    make_programme_of_lesson,
    plan_programme,
)
from backcare_nb.lesson.saved_lessons import dump_set_fields, format_yaml
from backcare_nb.lesson.sharing import format_shared_json, is_shared_link_or_file, read_shared_text
from backcare_nb.notebook.action_buttons import ActionButtons
from backcare_nb.notebook.after_session import refresh_journal_views
from backcare_nb.notebook.player import Player
from backcare_nb.notebook.practice import UnsavedJournalView, learner_time_now
from backcare_nb.notebook.sharing import share
from backcare_nb.sessions.phases import MINUTE_MS
from backcare_nb.sessions.timeline import format_count_with_noun

ACTIVITY_SCALE_SENTENCE = "0: not at all. 10: as well as before."
NO_PROGRAMME_SENTENCES = (
    "There is no programme yet. programme(weeks=6, minutes=10, days=5) plans one, and"
    ' save_programme(..., "a name") keeps it in the folder my_programmes.'
)
UNREAD_FILES_SENTENCE = "What is there is not read, since its name does not end in .yaml: {}."
SHARED_PROGRAMME_PRIVACY_SENTENCE = (
    "Give it to that person alone: it says all that the programme says of them, their conditions"
    " and what was noted too."
)
TOUCH_LAYOUT = {"height": "44px"}
LABEL_BY_WISH = {"usual": "As it is", "more": "More of it", "less": "Less of it", "never": "Never"}


class ProgrammeView(UnsavedJournalView, ProgrammeHolder, LessonHolder):
    """A programme to be looked at, saved, printed and sent."""

    def __init__(self, programme: Programme, told: str = "") -> None:
        self.programme, self._told = programme, told
        self._card = widgets.HTML()
        super().__init__([self._card])
        self.refresh()

    @property
    def lesson(self) -> Lesson:  # type: ignore[override]
        """What it has for today."""
        return lesson_for_today(self.programme)

    def refresh(self) -> None:
        """Show it again; an exercise of one's own that is gone since is told."""
        try:
            self._card.value = programme_card(self.programme, self._told)._repr_html_()
        except UserError as error:
            self._card.value = _told_card_html(para(str(error)))

    def __str__(self) -> str:
        """The programme in words, for who prints it; a page that shows it saves none of them."""
        return str(programme_card(self.programme, self._told))

    def __repr__(self) -> str:
        """The same in a terminal, which keeps nothing."""
        return super().__repr__() if get_ipython() else str(self)


class TodayView(UnsavedJournalView, ProgrammeHolder, LessonHolder):
    """What a saved programme has for today, with its player, and what was done against it."""

    programme: Programme

    def __init__(self, name: str, stage: int | None = None) -> None:
        self._name, self._wanted = name, stage
        self._words, self._list = widgets.HTML(), widgets.HTML()
        self._actions = ActionButtons()
        self._read_programme_and_progress()
        self._add_action_buttons()
        self.player = Player(self.lesson.timeline)
        super().__init__([self._words, self.player, self._list, self._actions])
        self.refresh()

    def _read_programme_and_progress(self) -> None:
        self.programme = read_programme(self._name)
        self._progress, self._day = progress_and_today(self.programme)

    @property
    def lesson(self) -> Lesson:  # type: ignore[override]
        """What it has for today, or at the stage that was asked for."""
        stage = self._progress.stage if self._wanted is None else self._wanted
        return self.programme.lesson_at(stage, self._day)

    def refresh(self) -> None:
        """Look at the programme and the journal again; a file that is gone or wrong is told."""
        try:
            self._read_programme_and_progress()
        except (UserError, OSError) as error:
            self._words.value = _told_card_html(para(str(error)))
            return
        lesson = self.lesson
        if lesson.timeline != self.player.session:
            self.player.load(lesson.timeline)
        words = list(describe_today_and_next_step(self.programme, self._progress, self._day))
        note = self.programme.note or ""
        done = [
            f"{part.exercise.title}: {describe_dose(part)}. {part.note}".rstrip()
            for part in lesson.chosen_parts
        ]
        self._words.value = _told_card_html(
            *map(para, filter(None, (*words, note))), bullet_list(done)
        )
        self._list.value = _told_card_html(*self._progress_nodes())

    def _progress_nodes(self) -> Iterable[Node]:
        if weeks := describe_days_done_per_week(self._progress):
            yield bold_line("What was done; days off are part of it")
            yield bullet_list(weeks)
        if self.programme.activity_scores:
            scores = ", ".join(str(score) for _, score in self.programme.activity_scores)
            yield para(f"{self.programme.activity}: {scores} of 10. {ACTIVITY_SCALE_SENTENCE}")
        if coming := self._describe_coming_steps():
            yield bold_line("Still to change")
            yield bullet_list(coming)

    def _describe_coming_steps(self) -> list[str]:
        """When the steps that do not hold come, and what they change, in sentences."""
        order, stages, _ = self.programme.step_status_on(self._day)
        told = describe_steps(self.programme)
        return [told[number - 1] for number in order[stages.start :]]

    def _add_action_buttons(self) -> None:
        if self.programme.steps:
            self._actions.add_button(
                "One step on", "Go on by one step", lambda: self._note_step_change(1)
            )
            self._actions.add_button(
                "One step back", "Go back by one step", lambda: self._note_step_change(-1)
            )
        if is_activity_question_due(self.programme, self._day):
            scores: list[str | int] = ["0 to 10", *range(11)]
            self._score = widgets.Dropdown(options=scores, layout=TOUCH_LAYOUT)
            self._actions.add(
                _make_full_row_text(f"{self.programme.activity}. {ACTIVITY_SCALE_SENTENCE}")
            )
            self._actions.add(self._score)
            self._actions.add_button("Note it", ACTIVITY_SCALE_SENTENCE, self._note_activity)
        titles = [(title, name) for name, title in self.programme.exercise_titles.items()]
        wishes = LABEL_BY_WISH.items()
        self._exercise = widgets.Dropdown(options=titles, layout=TOUCH_LAYOUT)
        self._wish = widgets.Dropdown(options=[(s, w) for w, s in wishes], layout=TOUCH_LAYOUT)
        self._actions.add(_make_full_row_text("What you wish of an exercise:"))
        self._actions.add(self._exercise)
        self._actions.add(self._wish)
        self._actions.add_button("Keep this wish", "More, less or never", self._note_wish)

    def _append_progress_note(self, **fields: Any) -> None:
        append_progress_note(self._name, ProgressNote(date=self._day, **fields))
        refresh_journal_views()

    def _note_step_change(self, by: int) -> Node:
        step = self._progress.stage + by
        if step < 0:
            words = f'today("{self._name}", stage={EASED_STAGE}) plays all of it easier.'
            return para(f"It is as it begins. {words}")
        if step not in range(self.programme.step_status_on(self._day).stages.stop):
            return para(" ".join(["No further step today.", *self._describe_coming_steps()]))
        self._append_progress_note(step=step)
        is_held = self._progress.stage < step
        return para(self._progress.why if is_held else "Noted. Go back whenever it is too much.")

    def _note_activity(self) -> Node:
        if self._score.value not in range(11):
            return para("Choose a number first.")
        self._append_progress_note(activity=self._score.value)
        return para("Noted. You are asked again in a week.")

    def _note_wish(self) -> Node:
        self._append_progress_note(**{self._wish.value: self._exercise.value})
        return para("Noted, and heeded from now on. Tell it to whoever gave you the programme.")


class ScreenOnlyText(UnsavedJournalView):
    """Something to read that a saved page has not."""

    def __init__(self, *nodes: Node) -> None:
        self._nodes = nodes
        super().__init__([widgets.HTML(_told_card_html(*nodes))])

    def refresh(self) -> None:
        """There is nothing in it that changes."""


def _make_full_row_text(words: str) -> widgets.HTML:
    return widgets.HTML(_told_card_html(para(words)), layout=widgets.Layout(flex="1 0 100%"))


def _told_card_html(*nodes: Node) -> str:
    return Card("told", nodes)._repr_html_()


def _as_list(said: Iterable[str] | str | None) -> list[str]:
    """One word, several or none, as a list."""
    return [said] if isinstance(said, str) and said else list(said or ())


def programme(
    lesson: Lesson | LessonHolder | str | None = None,
    *,
    weeks: int = 6,
    minutes: float | None = None,
    days: int | Iterable[str] | None = None,
    cautions: Iterable[str] | str = (),
    title: str | None = None,
    person: str | None = None,
    therapist: str | None = None,
    begins: str | None = None,
    at: Iterable[str] | str = (),
    zone: str | None = None,
    activity: str | None = None,
    note: str | None = None,
    sections: Iterable[str] | str | None = None,
    exercises: Iterable[str] | str | None = None,
    positions: Iterable[str] | str | None = None,
    props: Iterable[str] | str | None = None,
    more: Iterable[str] | str = (),
    less: Iterable[str] | str = (),
    never: Iterable[str] | str = (),
    after: ProgrammeHolder | str | None = None,
) -> ProgrammeView:
    """A programme of the course for one person: from easier to taught, over ``weeks``.

    Each day has about ``minutes``, 10 where none are said; ``days`` is how many there are in a
    week, 5 where none are said, or their names. ``cautions`` are the person's conditions, such as
    "osteoporosis": what they leave out is left out, and what they ask to be easier stays so. With a
    ``lesson``, or a saved one's name, or what is being chosen by hand, it has that lesson's
    exercises in its doses instead.

    ``title``, ``person``, ``therapist`` and ``note`` are any words, or none; ``begins`` is a day
    such as "2030-01-31", or today. ``at`` is when, such as "18:30", and ``zone`` the time zone, for
    reminders. ``activity`` is something that the person wants to do again. ``sections``,
    ``exercises``, ``positions`` and ``props`` are those of plan_lesson(). Of ``more`` and ``less``,
    exercises by their ids, the first come first and are long; ``never`` are left out.

    ``after`` is the programme before it, or its name: this one begins on the day after its last, or
    today, and goes on as that is by then: its days, exercises, sides and doses, what else is not
    said here, and the steps that did not come yet. ``exercises`` come in besides; with ``minutes``,
    ``sections``, ``positions``, ``props`` or a ``lesson``, all is planned anew. Raises DataError,
    LessonError, ProgrammeError or UnknownName, each with a sentence.
    """
    before = _find_or_read_programme(after) if after is not None else None
    goes_on = before is not None and not (minutes or sections or positions or props)
    days = 5 if days is None and not before else days
    today_or_later = max(date.today(), before.last_day + ONE_DAY) if before else date.today()
    wished = {"more": more, "less": less, "never": never}
    wishes: dict[str, Any] = {word: tuple(_as_list(names)) for word, names in wished.items()}
    own: dict[str, Any] = {"title": "A programme for the back"}
    if before:
        anew = {"begins", "weeks", "days", "exercises", "steps", "progress"}
        own |= {key: value for key, value in dump_set_fields(before).items() if key not in anew}
        props = before.props if props is None else props
        wishes = {word: wishes[word] or before.exercises_by_wish[word] for word in wishes}
    said = {
        "title": title,
        "person": person,
        "therapist": therapist,
        "begins": begins or str(today_or_later),
        "weeks": weeks,
        "days": days if isinstance(days, int) else _as_list(days),
        "at": _as_list(at),
        "zone": zone,
        "cautions": _as_list(cautions),
        "activity": activity,
        "note": note,
    }
    own |= {key: value for key, value in said.items() if value not in (None, "", [])}
    text = format_yaml({**own, "exercises": [{"exercise": current_library().rise.id}]})
    read = validate_tree("programme()", YamlTree(text), Programme)  # what cannot be is told here
    fields = {key: getattr(read, key) for key in own}
    stage, eve = 0, read.begins - ONE_DAY
    if before:  # the stage come to by that eve, or to which the journal holds back by now
        progress, _ = progress_and_today(before)
        stage = progress.stage if progress.why else before.stage_on(eve)
    if before and not days:
        fields["days"] = before.days_at(stage, eve) or before.days
    if lesson is not None:
        return _view_after_yaml_round_trip(make_programme_of_lesson(find_lesson(lesson), **fields))
    if before and goes_on:
        new = _as_list(exercises)
        return _view_after_yaml_round_trip(
            make_next_programme(before, stage, wishes, new, eve, **fields)
        )
    fields |= {"sections": sections, "exercises": exercises, "positions": positions}
    minutes = minutes or 10
    fields["props"] = props
    made = plan_programme(minutes, **fields, **wishes)
    longest_ms = max(made.lesson_at(n).timeline.total for n in range(len(made.steps) + 1))
    if abs(longest_ms - minutes * MINUTE_MS) <= LESSON_LENGTH_TOLERANCE_MS:
        return ProgrammeView(made)
    longest = format_count_with_noun(round(longest_ms / MINUTE_MS), "minute")
    told = f"A day lasts up to {longest}, not {minutes:g}: that is what of the course suits."
    return ProgrammeView(made, told)


def _view_after_yaml_round_trip(made: Programme) -> ProgrammeView:
    """A programme to be looked at, read again as its file will be; DataError where it cannot be."""
    return ProgrammeView(parse_programme(format_programme_yaml(made), "programme()"))


def _find_or_read_programme(wanted: ProgrammeHolder | Programme | str) -> Programme:
    """A programme, or the saved one of a name; raises UnknownName or DataError."""
    found = find_programme(wanted)
    return found or read_programme(str(wanted))


def save_programme(
    programme: ProgrammeHolder | Programme, name: str, *, replace: bool = False
) -> Card:
    """Save a ``programme`` under a ``name``, in the folder my_programmes; no name is needed in it.

    Another one that has the name is left as it is, unless ``replace`` is True. Raises SaveError.
    """
    write_programme(_find_or_read_programme(programme), name, replace=replace)
    return Card(
        "told", (para("Saved in my_programmes: open_programme() and today() take it by its name."),)
    )


def open_programme(name: str) -> ProgrammeView:
    """A saved programme, by its ``name``, or one that was shared, by its link or its file.

    What is shown of it is not saved with the page. Raises UnknownName, SharedFileError where it
    cannot be used, or DataError for a file with mistakes.
    """
    if not is_shared_link_or_file(name):
        return ProgrammeView(read_programme(name))
    text = read_shared_text(name, PROGRAMME_FILES_FOLDER.kind)
    return ProgrammeView(parse_programme(text, "what was shared"))


def share_programme(
    programme: ProgrammeHolder | Programme | str, to: str, *, replace: bool = False
) -> ScreenOnlyText:
    """Share a ``programme``, or a saved one's name, as a link that holds it whole, or as a file.

    ``to`` is the address of the course's site, such as "https://school.example/back", or the name
    of a file that ends in ".json". open_programme() opens both; the site plays what the programme
    begins with. Another file that has the name is left as it is, unless ``replace`` is True. Raises
    DataError, UnknownName, SharedFileError or SaveError, each with a sentence.
    """
    found = _find_or_read_programme(programme)
    session = found.lesson_at(0, found.begins).timeline
    shared = format_shared_json(PROGRAMME_FILES_FOLDER.kind, format_programme_yaml(found), session)
    return ScreenOnlyText(
        para(SHARED_PROGRAMME_PRIVACY_SENTENCE), *share(shared, to, replace=replace)
    )


def my_programmes() -> ScreenOnlyText:
    """The saved programmes by their names; not saved with the page."""
    names, unread = PROGRAMME_FILES_FOLDER.names(), PROGRAMME_FILES_FOLDER.misnamed()
    told = [bold_line("Saved programmes"), bullet_list(names)] if names else []
    told = told or [para(NO_PROGRAMME_SENTENCES)]
    if unread:
        told.append(para(UNREAD_FILES_SENTENCE.format(", ".join(unread))))
    return ScreenOnlyText(*told)


def today(name: str = "", stage: int | None = None) -> TodayView | ScreenOnlyText:
    """What a saved programme has for today, to be played, and what was done against it.

    ``name`` may be left out where there is one programme. ``stage`` is how many of its steps hold,
    0 as it begins and -1 all of it easier; without one its dates and your journal say so. Nothing
    of it is saved with the page. Raises UnknownName, or DataError for a file with mistakes.
    """
    if not isinstance(stage, int | None):
        raise ProgrammeError(f"stage should be a whole number, such as 0, not {stage!r}.")
    names = PROGRAMME_FILES_FOLDER.names()
    if not name and not names:
        return my_programmes()
    if not name and len(names) > 1:
        return ScreenOnlyText(
            bold_line('Which one? today("...") takes its name.'), bullet_list(names)
        )
    last = len(read_programme(name or names[0]).steps)
    if stage is not None and not -1 <= stage <= last:
        raise ProgrammeError(f"stage can be -1 to {last} here, not {stage!r}.")
    return TodayView(name or names[0], stage)


def note_progress(
    name: str,
    *,
    step: int | None = None,
    activity: int | None = None,
    more: str | None = None,
    less: str | None = None,
    never: str | None = None,
    usual: str | None = None,
    when: str | None = None,
) -> Card:
    """Note in the saved programme of this ``name`` how it goes; all else in its file stays.

    ``step`` is how many of its steps hold from then on, ``activity`` how well the activity goes,
    from 0 (not at all) to 10 (as well as before). ``more``, ``less`` and ``never`` are exercises by
    their ids, and ``usual`` takes such a wish back. ``when`` is a day such as "2030-01-31", or
    today. Raises DataError, ProgrammeError or UnknownName, each with a sentence.
    """
    said = {"step": step, "activity": activity, "more": more, "less": less}
    said |= {"never": never, "usual": usual}
    fields = {key: value for key, value in said.items() if value is not None}
    if not fields:
        raise ProgrammeError("Say what to note: step, activity, more, less, never or usual.")
    for exercise in (more, less, never, usual):
        if exercise is not None:
            current_library().exercise(exercise)
    fields["date"] = when or str(learner_time_now(read_kept_entries()).date())
    text = format_yaml(fields)
    append_progress_note(name, validate_tree("note_progress()", YamlTree(text), ProgressNote))
    refresh_journal_views()
    return Card("told", (para("Noted."),))
