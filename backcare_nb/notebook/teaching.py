"""For a teacher: a lesson planned, changed by hand, saved under a name, and led in class."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import fields, replace
from functools import lru_cache, partial
from hashlib import sha256
from html import escape
from typing import Any

import ipywidgets as widgets

from backcare_nb.course.files import write_atomically
from backcare_nb.course.models import ANYONE_CONDITION, VersionName
from backcare_nb.course.names import UnknownName
from backcare_nb.course.yaml_reader import DataError, read_yaml_text
from backcare_nb.custom import folder
from backcare_nb.custom.library import current_library
from backcare_nb.html import static_session
from backcare_nb.html.amount_words import describe_amounts
from backcare_nb.html.card import Card, Node, bold_line, bullet_list, para
from backcare_nb.html.lesson_card import lesson_card
from backcare_nb.lesson import editing, planner, saved_lessons
from backcare_nb.lesson.eligibility import POSITION_LABELS
from backcare_nb.lesson.find import LessonHolder, find_lesson, find_programme
from backcare_nb.lesson.lesson import Lesson, items_without_additions
from backcare_nb.lesson.request import (
    PROP_NAMES,
    PROPS_OF_ANY_CLASS,
    LessonError,
    TooLittleLeftError,
)
from backcare_nb.lesson.rules import find_broken_rules
from backcare_nb.lesson.sharing import format_shared_json, is_shared_link_or_file, read_shared_text
from backcare_nb.notebook.action_buttons import ActionButtons, download_link_node
from backcare_nb.notebook.class_player import ClassPlayer
from backcare_nb.notebook.sharing import share
from backcare_nb.player import bundle
from backcare_nb.sessions.options import VERSION_LABELS, SessionError, amount_settings
from backcare_nb.sessions.timeline import duration_in_words, format_clock

HEADING_BY_PLAN_ARGUMENT = {  # by the argument of plan_lesson() that is ticked below each
    "positions": "Positions that may be used",
    "cautions": "For you alone, and not on the wall: somebody in the group has",
    "props": "What there is in the room",
    "sections": "Only from these sections, or from all where none is ticked",
    "exercises": "These exercises, all of them, or a choice where none is",
}
REQUEST_ERRORS = (LessonError, SessionError, UnknownName)
TEACHING_CSS = (bundle.PLAYER_FOLDER / "teaching.css").read_text(encoding="utf-8")


class NotebookLesson(Lesson):
    """A lesson that a notebook shows as a card."""

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return lesson_card(self)._repr_mimebundle_()

    def __repr__(self) -> str:
        return repr(lesson_card(self))


def plan_lesson(
    minutes: float | None = None,
    sections: Iterable[str] | str | None = None,
    exercises: Iterable[str] | str | None = None,
    positions: Iterable[str] | str | None = None,
    cautions: Iterable[str] | str = (),
    version: VersionName = "source",
    props: Iterable[str] | str | None = None,
    more: Iterable[str] | str = (),
    less: Iterable[str] | str = (),
    never: Iterable[str] | str = (),
) -> NotebookLesson:
    """A lesson of these ``minutes``, to within one where that leaves sense, for a group and a room.

    Without minutes it lasts 20, or as long as what is named here takes as it is taught.

    ``sections`` are those to choose from, and ``exercises`` those to do, all of them. ``positions``
    are those that may be used: "lying", "kneeling", "sitting", "standing". ``cautions`` are the
    conditions that somebody in the group has, such as "osteoporosis": that person does the easier
    version, or something else, beside the others. Where all do, ``version`` is "easier"; it may
    be "source" or "harder". ``props`` are all that there are: "mat", "chair", "cushion", "towel",
    "wall", "table" where nothing is said; "stool", "bed", "ball", "bath". Of ``more`` and ``less``,
    exercises by their ids, the first come in first and are long, the others last and are short;
    ``never`` are left out. Where nothing is left of
    what was chosen, it is the nearest lesson, and says so. Raises LessonError for minutes that
    cannot be, and UnknownName with the word that was probably meant.
    """
    made = planner.plan_nearest_lesson(
        minutes,
        sections=sections,
        exercises=exercises,
        positions=positions,
        cautions=cautions,
        version=version,
        props=props,
        more=more,
        less=less,
        never=never,
    )
    return _as_notebook_lesson(made)


def _as_notebook_lesson(made: Lesson) -> NotebookLesson:
    return NotebookLesson(**{each.name: getattr(made, each.name) for each in fields(Lesson)})


def save_lesson(lesson: Lesson | LessonHolder, name: str, *, replace: bool = False) -> Card:
    """Save a ``lesson`` under a ``name``, such as "Tuesday at six", in the folder my_lessons.

    Another one that has the name is left as it is, unless ``replace`` is True. Raises SaveError.
    """
    path = saved_lessons.write_lesson(find_lesson(lesson), name, replace=replace)
    told = f'Saved in {path.parent.name}. open_lesson("{path.stem}") opens it.'
    return Card("told", (para(told),))


def open_lesson(name: str) -> NotebookLesson:
    """A saved lesson by its ``name``, or one that was shared, by its link or its file.

    Raises UnknownName, or SharedFileError or DataError where it cannot be used.
    """
    if not is_shared_link_or_file(name):
        return _as_notebook_lesson(saved_lessons.read_lesson(name))
    text = read_shared_text(name, saved_lessons.LESSON_FILES_FOLDER.kind)
    return _as_notebook_lesson(saved_lessons.parse_lesson(text, "what was shared"))


def share_lesson(lesson: Lesson | LessonHolder | str, to: str, *, replace: bool = False) -> Card:
    """Share a ``lesson`` as a link that holds it whole, or as a file; both open_lesson() opens.

    Your notes, and what somebody in the group has, are for you alone and not in it.
    ``to`` is the address of the course's site, such as "https://school.example/back", or the name
    of a file that ends in ".json". Another file that has the name is left as it is, unless
    ``replace`` is True. Raises UnknownName, SharedFileError or SaveError, each with a sentence.
    """
    return Card("told", share(_format_lesson_to_share(find_lesson(lesson)), to, replace=replace))


def _format_lesson_to_share(lesson: Lesson) -> str:
    """What others may have of a lesson: neither the teacher's notes nor what the group has."""
    parts = tuple(replace(part, note="") for part in lesson.parts)
    for_others = replace(lesson, parts=parts, wish={**lesson.wish, "cautions": ()})
    text = saved_lessons.format_lesson_yaml(for_others)
    return format_shared_json(saved_lessons.LESSON_FILES_FOLDER.kind, text, lesson.timeline)


def my_lessons() -> Card:
    """The saved lessons by their names."""
    names = saved_lessons.LESSON_FILES_FOLDER.names()
    if not names:
        return Card("told", (para("No lesson has been saved yet: save_lesson() saves one."),))
    return Card("told", (bold_line("Saved lessons"), bullet_list(names)))


def _make_foldable_box(heading: str, box: widgets.Box) -> tuple[widgets.ToggleButton, widgets.Box]:
    """A box below a heading that opens it, by mouse and, as with no Accordion, by keys."""
    fold = widgets.ToggleButton(description=heading, icon="caret-right")
    fold.add_class("backcare-fold")

    def show(is_open: bool) -> None:
        box.layout.display = None if is_open else "none"
        fold.icon = "caret-down" if is_open else "caret-right"

    fold.observe(lambda change: show(change["new"]), names="value")
    show(False)
    return fold, box


class LessonPlayer(widgets.VBox):
    """A lesson to be led, and to be taken home: a player for the class, and buttons below it.

    ``lesson`` is the one that is played, printed and given along.
    """

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.player = ClassPlayer(lesson)
        self._actions = ActionButtons()
        what = "Make a PDF of this lesson to print"
        for paper in ("A4", "Letter"):
            make = partial(self._make_handout, paper)
            self._actions.add_button(f"Handout ({paper})", what, make)
        self._begins = widgets.Text(description="Begins at", placeholder="18:00")
        self._actions.add(self._begins)
        what = "Make a page for yourself, with clock times and who should take care"
        self._actions.add_button("My sheet", what, self._make_sheet)
        what = "Make one file that plays this lesson on any phone"
        self._actions.add_button("Page", what, self._make_page)
        what = "Make a file that the site and other notebooks open"
        self._actions.add_button("Share", what, self._make_shared_file)
        super().__init__([self.player, self._actions])

    def load(self, lesson: Lesson) -> None:
        """Take another lesson; one that is being played goes on to its end first."""
        self.lesson = lesson
        self.player.load_lesson(lesson)
        self._actions.outcome.value = ""

    def _make_handout(self, paper: str) -> Node:
        from backcare_nb.export import handout  # and with it matplotlib, which Start does without

        link = download_link_node(
            self._file_name(".pdf"), handout.render_handout(self.lesson, paper)
        )
        return para("To print: ", link)

    def _make_sheet(self) -> Node:
        from backcare_nb.export import sheet

        made = sheet.render_sheet(self.lesson, self._begins.value)
        link = download_link_node(f"for_me_{self._file_name('.pdf')}", made)
        return para("For you alone: ", link)

    def _make_page(self) -> Node:
        from backcare_nb.export import webpage

        link = download_link_node(
            self._file_name(".html"), webpage.render_page(self.lesson).encode()
        )
        return para("To send, or to put on the web: ", link)

    def _make_shared_file(self) -> Node:
        made = _format_lesson_to_share(self.lesson).encode()
        link = download_link_node(self._file_name(".json"), made)
        return para("For the site, and for open_lesson() in a notebook: ", link)

    def _file_name(self, ending: str) -> str:
        name = re.sub(r"\W+", "_", self.lesson.title.lower()).strip("_") or "lesson"
        return f"{name}{ending}"

    def _display_(self) -> ClassPlayer:
        """What marimo shows: of widgets it knows those of anywidget alone."""
        return self.player

    def __repr__(self) -> str:
        return f"LessonPlayer({self.lesson.timeline})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data = super()._repr_mimebundle_(**kwargs)
        page = static_session.session_html(self.lesson.timeline)
        return {**data, "text/plain": repr(self), "text/html": page}


def teach(lesson: Lesson | LessonHolder | str) -> LessonPlayer:
    """A ``lesson``, or the saved one or section of that name, to be led: Start fills the screen.

    What is being chosen by hand is followed with every change. Below it are buttons that make a
    handout to print and a page that plays without a notebook. It is the class's practice: nothing
    of it goes into the teacher's own journal. Raises UnknownName for a name that is not there.
    """
    led = LessonPlayer(find_lesson(_raise_if_programme(lesson)))
    if isinstance(lesson, LessonChooser):
        lesson.on_change(led.load)
    return led


def _raise_if_programme(wanted: Lesson | LessonHolder | str) -> Lesson | LessonHolder | str:
    """What may be seen by others, and saved with a page: a programme may not."""
    if find_programme(wanted):
        raise LessonError(
            "This is a programme, for one person: today() plays it, and saves nothing of it with"
            " the page."
        )
    return wanted


def choose_lesson(lesson: Lesson | str | None = None) -> "LessonChooser":
    """A desk at which a lesson is planned by ticks and changed by hand: order, amounts, notes.

    It begins with a ``lesson``, or with a saved one by its name, or with 20 minutes. Run again,
    also after the kernel was started anew, it is the same, with all that was ticked and changed.
    """
    begun = plan_lesson() if lesson is None else find_lesson(_raise_if_programme(lesson))
    text = saved_lessons.format_lesson_yaml(begun)
    return _cached_lesson_chooser(folder.exercises_folder_state(), text)


@lru_cache(maxsize=8)
def _cached_lesson_chooser(state: folder.FolderState, text: str) -> "LessonChooser":
    """Once for each lesson to begin with, and state of the folder of own exercises."""
    return LessonChooser(saved_lessons.parse_lesson(text))


class LessonChooser(widgets.VBox, LessonHolder):
    """A lesson in hand: what it is planned from, its exercises to be changed, and its player.

    ``lesson`` is what is led, printed, saved and given along. Every change is kept in a hidden file
    of the folder my_lessons, so that nothing is lost where a kernel ends.
    """

    def __init__(self, begun: Lesson) -> None:
        digest = sha256(saved_lessons.format_lesson_yaml(begun).encode()).hexdigest()[:12]
        self._draft = saved_lessons.LESSON_FILES_FOLDER.folder / f".in_hand_{digest}.yaml"
        self.lesson: Lesson = _as_notebook_lesson(self._read_draft() or begun)
        self._before: list[Lesson] = []
        self._listeners: list[Callable[[Lesson], None]] = []
        self._showing = False
        self._message, self._card = widgets.HTML(), widgets.HTML()
        self._message.add_class("backcare-message")
        self._message.add_class("backcare-beside")
        self._led = LessonPlayer(self.lesson)
        style = widgets.HTML(f"<style>{TEACHING_CSS}</style>")
        first, *others = self._make_request_controls()
        edit, files = self._make_edit_controls(), self._make_file_controls()
        controls = (style, first, self._message, *others, *edit, files)
        super().__init__([*controls, self._card, self._led])
        self._refresh_controls_and_card()

    def on_change(self, listener: Callable[[Lesson], None]) -> None:
        """Call a function with the lesson whenever it is another one."""
        self._listeners.append(listener)

    # What it is planned from

    def _make_request_controls(self) -> list[widgets.Widget]:
        taught, wide = current_library(), {"description_width": "initial"}
        self._minutes = widgets.FloatText(20, description="Minutes (1 to 180)", style=wide)
        versions = [(words, name) for name, words in VERSION_LABELS.items()]
        look = {"description": "Version", "style": wide}
        self._version = widgets.Dropdown(options=versions, value="source", **look)
        conditions = [e for e in taught.safety.conditions.items() if e[0] != ANYONE_CONDITION]
        positions = {name: name.capitalize() for name in POSITION_LABELS.values()}
        props = {name: name.capitalize() for name in PROP_NAMES}
        self._boxes = {
            "positions": _make_checkboxes(positions),
            "cautions": _make_checkboxes(dict(sorted(conditions, key=lambda each: each[1]))),
            "props": _make_checkboxes(props),
            "sections": _make_checkboxes({s.id: s.title for s in taught.sections}),
            "exercises": _make_checkboxes({e.id: e.title for e in taught.exercises}),
        }
        first = widgets.Box([self._minutes, self._version])
        first.add_class("backcare-controls")
        choices = [widgets.Box(tuple(boxes.values())) for boxes in self._boxes.values()]
        for box in choices:
            box.add_class("backcare-choices")
        headings = (HEADING_BY_PLAN_ARGUMENT[group] for group in self._boxes)
        folded = [e for pair in map(_make_foldable_box, headings, choices) for e in pair]
        all_boxes = (box for boxes in self._boxes.values() for box in boxes.values())
        for control in (self._minutes, self._version, *all_boxes):
            control.observe(lambda _: self._plan_from_controls(), names="value")
        self._nearest = widgets.Button(description="Take the nearest lesson")
        self._nearest.layout.width, self._nearest.layout.display = "auto", "none"
        self._nearest.on_click(self._adopt_nearest_lesson)
        return [first, *folded, self._nearest]

    def _plan_from_controls(self) -> None:
        """Plan anew; where that cannot be, say why, keep the lesson, and offer the nearest."""
        if self._showing:
            return
        ticked: dict[str, Any] = {
            group: tuple(name for name, box in boxes.items() if box.value)
            for group, boxes in self._boxes.items()
        }
        if set(ticked["props"]) == set(PROPS_OF_ANY_CLASS):
            ticked["props"] = None
        wishes = {word: self.lesson.wish[word] for word in ("more", "less", "never")}
        ticked |= {"minutes": self._minutes.value, "version": self._version.value}
        self._wish = wishes | ticked
        try:
            made = self._keep_given_title(planner.plan_lesson_from(**self._wish))
        except REQUEST_ERRORS as error:
            kept = f"The lesson below is still the one before: {self.lesson.title}."
            self._show_message(f"{error} {kept}", "alert")
            if isinstance(error, TooLittleLeftError):
                self._nearest.layout.display = None
            return
        self._adopt_lesson(made)

    def _adopt_nearest_lesson(self, _: widgets.Button) -> None:
        try:
            self._adopt_lesson(self._keep_given_title(planner.plan_nearest_lesson(**self._wish)))
        except REQUEST_ERRORS as error:
            self._show_message(str(error), "alert")

    def _keep_given_title(self, made: Lesson) -> Lesson:
        """Another plan keeps the name that a person gave."""
        own = not planner.LENGTH_IN_TITLE_PATTERN.search(self.lesson.title)
        return replace(made, title=self.lesson.title) if own else made

    # Its exercises

    def _make_edit_controls(self) -> list[widgets.Widget]:
        self._list = widgets.Select(options=[], rows=10, description="Exercises")
        self._list.layout.width = "min(40rem, 100%)"
        self._detail = widgets.Box()
        self._detail.add_class("backcare-controls")
        self._others = widgets.Dropdown(options=[], description="Others")
        self._edits = ActionButtons()
        for name, what, change in (
            ("Up", "Move it one place up", partial(editing.move_exercise, by=-1)),
            ("Down", "Move it one place down", partial(editing.move_exercise, by=1)),
            ("Remove", "Take it out of the lesson", editing.remove_exercise),
        ):
            self._edits.add_button(name, what, partial(self._change_marked_exercise, change))
        self._edits.add(self._others)
        what = "Put it in before the one that is marked"
        self._edits.add_button("Put in", what, self._insert_chosen_exercise)
        self._edits.add_button("Undo", "Take back the last change", self._undo)
        self._list.observe(lambda _: self._show_marked_exercise_amounts(), names="index")
        return [self._list, self._edits, self._detail]

    def _change_marked_exercise(self, change: Callable[[Lesson, int], Lesson]) -> Node:
        """Change the marked exercise; it stays marked where it then is."""
        items, place = items_without_additions(self.lesson), self._list.index or 0
        name = items[place].exercise.id
        self._adopt_lesson(change(self.lesson, place))
        ids = [item.exercise.id for item in items_without_additions(self.lesson)]
        self._list.index = ids.index(name) if name in ids else min(place, len(ids) - 1)
        return para(self._describe_broken_rules())

    def _insert_chosen_exercise(self) -> Node:
        place, name = self._list.index or 0, self._others.value
        if name:
            self._adopt_lesson(editing.insert_exercise(self.lesson, name, place))
            self._list.index = place
        return para(self._describe_broken_rules())

    def _undo(self) -> Node:
        if not self._before:
            return para("There is nothing to take back.")
        self._adopt_lesson(self._before.pop(), remember=False)
        return para("Taken back.")

    def _describe_broken_rules(self) -> str:
        """What the rules think of the lesson as it is now."""
        broken = " ".join(each.what for each in find_broken_rules(self.lesson))
        return f"{broken} It is for you to decide." if broken else "It keeps to every rule."

    def _show_marked_exercise_amounts(self) -> None:
        """The amounts and the note of the marked exercise, to be changed."""
        items, place = items_without_additions(self.lesson), self._list.index
        if place is None or place >= len(items):
            return
        item, wide = items[place], {"description_width": "initial"}
        controls: list[widgets.Widget] = []
        for setting in amount_settings(item.exercise):
            whole = setting.name in ("times", "rounds")
            amount, value = setting.amount, setting.value(item.options)
            control = (widgets.IntText if whole else widgets.FloatText)(
                value=round(value) if whole else round(value, 3),
                description=f"{setting.words.capitalize()} ({amount.min:g} to {amount.max:g})",
                style=wide,
                continuous_update=False,
            )
            self._apply_when_typed(control, editing.change_amount, place, setting)
            controls.append(control)
        note = widgets.Text(item.note, description="Note", style=wide, continuous_update=False)
        self._apply_when_typed(note, editing.change_note, place)
        self._detail.children = (*controls, note)

    def _apply_when_typed(
        self, control: widgets.Widget, edit: Callable[..., Lesson], *which: Any
    ) -> None:
        """Change the lesson by what is typed, and leave the boxes as they are."""

        def apply(change: dict[str, Any]) -> None:
            try:
                self._adopt_lesson(edit(self.lesson, *which, change["new"]), show_amounts=False)
            except SessionError as error:
                self._show_message(str(error), "alert")

        control.observe(apply, names="value")

    # Its file

    def _make_file_controls(self) -> ActionButtons:
        self._name = widgets.Text(description="Name", placeholder="such as Tuesday at six")
        self._saved = widgets.Dropdown(options=[], description="Saved")
        self._replace = widgets.Checkbox(description="replace the one that is there", indent=False)
        self._files = ActionButtons()
        self._files.add(self._name)
        self._files.add_button("Save", "Save the lesson under this name", self._save)
        self._files.add(self._replace)
        self._files.add(self._saved)
        self._files.add_button("Open", "Open the saved lesson", self._open)
        return self._files

    def _save(self) -> Node:
        name = self._name.value
        path = saved_lessons.write_lesson(self.lesson, name, replace=self._replace.value)
        self._adopt_lesson(replace(self.lesson, title=name[:120]))
        return para(f"Saved in {path.parent.name}, as {path.stem}.")

    def _open(self) -> Node:
        if not self._saved.value:
            return para("There is no saved lesson yet.")
        self._adopt_lesson(saved_lessons.read_lesson(self._saved.value))
        self._name.value = self.lesson.title
        return para(f"Opened: {self.lesson.title}.")

    def _read_draft(self) -> Lesson | None:
        with suppress(DataError, SessionError):
            if self._draft.is_file():
                return saved_lessons.parse_lesson(read_yaml_text(self._draft), self._draft.name)
        return None

    def _write_draft(self) -> None:
        """Keep what is in hand; a folder that cannot be written loses no more than that."""
        with suppress(OSError):
            self._draft.parent.mkdir(exist_ok=True)
            write_atomically(self._draft, saved_lessons.format_lesson_yaml(self.lesson))

    # What is shown

    def _adopt_lesson(
        self, lesson: Lesson, *, remember: bool = True, show_amounts: bool = True
    ) -> None:
        """Take another lesson in hand, everywhere."""
        if remember:
            self._before.append(self.lesson)
        self.lesson = _as_notebook_lesson(lesson)
        self._write_draft()
        self._refresh_controls_and_card(show_amounts)
        self._led.load(self.lesson)
        for listener in self._listeners:
            listener(self.lesson)

    def _refresh_controls_and_card(self, show_amounts: bool = True) -> None:
        self._showing = True  # what the boxes are set to asks for no other plan
        try:
            self._fill_request_controls()
            self._refresh_exercise_and_saved_lists(show_amounts)
        finally:
            self._showing = False
        lasts = duration_in_words(self.lesson.stated_length_ms)
        broken = f" {self._describe_broken_rules()}" if find_broken_rules(self.lesson) else ""
        told = "".join(f" {sentence}" for sentence in self.lesson.told)
        self._show_message(f"Planned: {lasts}, as below.{told}{broken}", "status")
        self._card.value = lesson_card(self.lesson, with_rules=True)._repr_html_()

    def _fill_request_controls(self) -> None:
        wish = self.lesson.wish
        self._minutes.value = round(wish["minutes"], 2)
        self._version.value = wish["version"]
        ticked = {key: wish[key] for key in ("cautions", "sections", "exercises")}
        ticked["props"] = PROPS_OF_ANY_CLASS if wish["props"] is None else wish["props"]
        ticked["positions"] = [POSITION_LABELS[name] for name in wish["positions"]]
        for group, boxes in self._boxes.items():
            for name, box in boxes.items():
                box.value = name in ticked[group]

    def _refresh_exercise_and_saved_lists(self, show_amounts: bool) -> None:
        items, place = items_without_additions(self.lesson), self._list.index or 0
        begins = {p.exercise: p.start_ms for p in reversed(self.lesson.timeline.phases)}
        rows = []
        for number, item in enumerate(items, 1):
            begin = f"{number}. {format_clock(begins[item.exercise.id])}  {item.exercise.title}"
            version = VERSION_LABELS[item.version].lower()
            version = "" if item.version == "source" else f" ({version})"
            amounts = describe_amounts(item.exercise, item.options)
            rows.append(f"{begin}{version}: {amounts}{' *' * bool(item.note)}")
        if list(self._list.options) != rows:
            self._list.options = rows
            self._list.index = min(place, len(rows) - 1)
        ids = {item.exercise.id for item in items}
        every = self.lesson.library.all_exercises_by_id.values()
        others = [e for e in every if e.id not in ids and e is not self.lesson.library.rise]
        _set_dropdown_options(self._others, [(e.title, e.id) for e in others])
        names = saved_lessons.LESSON_FILES_FOLDER.names()
        _set_dropdown_options(self._saved, [(name, name) for name in names])
        if show_amounts:
            self._show_marked_exercise_amounts()

    def _show_message(self, words: str, role: str) -> None:
        self._nearest.layout.display = "none"
        self._message.value = f'<div role="{role}">{escape(words)}</div>'

    def __repr__(self) -> str:
        return f"LessonChooser({self.lesson.timeline})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data = super()._repr_mimebundle_(**kwargs)
        page = lesson_card(self.lesson)._repr_html_()
        return {**data, "text/plain": repr(self), "text/html": page}


def _set_dropdown_options(dropdown: widgets.Dropdown, options: list[tuple[str, str]]) -> None:
    """Offer what there is now, the first of it where nothing was chosen."""
    if list(dropdown.options) != options:
        chosen, values = dropdown.value, [value for _, value in options]
        dropdown.options = options
        dropdown.value = chosen if chosen in values else next(iter(values), None)


def _make_checkboxes(labels: dict[str, str]) -> dict[str, widgets.Checkbox]:
    """A box to tick for each name, beside its words."""
    return {
        name: widgets.Checkbox(False, description=text, indent=False)
        for name, text in labels.items()
    }
