"""An editor for an exercise of one's own: the text on one side, its figure on the other.

The figure follows the text as one types, a moment after the last key; where the text cannot be
used, what is wrong stands beside it in words, and the last good figure stays.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import ipywidgets as widgets

from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.calls import explain_wrong_calls
from backcare_nb.course.fields import Side
from backcare_nb.course.models import Exercise, VersionName
from backcare_nb.course.names import shorten
from backcare_nb.course.yaml_reader import DataError, read_yaml_text
from backcare_nb.custom import folder
from backcare_nb.custom.library import current_library
from backcare_nb.custom.own_exercises import (
    CheckedExercise,
    RefusedExerciseError,
    check_exercise_text,
)
from backcare_nb.export import handout
from backcare_nb.html.card import (
    Card,
    Node,
    break_markup_into_lines,
    bullet_list,
    div,
    error_report,
    h,
    para,
    strong,
)
from backcare_nb.html.exercise_figures import show
from backcare_nb.html.own_exercise_cards import refused_posture_picture_nodes
from backcare_nb.lesson.lesson import Lesson, LessonItem
from backcare_nb.notebook.action_buttons import ActionButtons, download_link_node, live_region_html
from backcare_nb.notebook.exercise_form import ExerciseForm
from backcare_nb.notebook.player import ExercisePlayer
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import Options

TYPING_PAUSE_S = 0.5  # after the last key, before the figure follows
EXAMPLE_EXERCISE_FILE = DATA_FOLDER / "own_example.yaml"
FILE_NAME_IN_REPORTS = "your exercise"  # what a report calls the text
REPORTED_UNKNOWN_NAME_PATTERN = re.compile(
    rf'{FILE_NAME_IN_REPORTS} line (?P<line>\d+).*unknown [\w ]+ "(?P<name>[^"]+)"; '
    r"(?:did you mean|known here:) (?P<names>.+?)(?:, and others)?\??$",
    re.MULTILINE,
)
MAX_NAMES_OFFERED = 6  # for one that is not known


class ExerciseEditor(widgets.VBox):
    """A text that becomes an exercise; the figure is of the last one that could be used."""

    def __init__(self, words: str) -> None:
        self._begun = words
        self.judged: CheckedExercise | None = None
        self._waiting: asyncio.TimerHandle | None = None
        wide = widgets.Layout(width="calc(100% - 4px)", flex_flow="column")
        self._text = widgets.Textarea(words, rows=20, layout=wide)
        self._text.description, self._text.style.description_width = "Your exercise", "initial"
        self._figure, self._words = widgets.HTML(), widgets.HTML()
        sides = [("Left", "left"), ("Right", "right")]
        self._side = widgets.ToggleButtons(options=sides, description="Side")
        self._replace = widgets.Checkbox(description="replace the one that is there", indent=False)
        self._names = widgets.Box(layout=widgets.Layout(flex_flow="row wrap"))
        self._form = ExerciseForm(lambda: self.text, partial(setattr, self, "text"))
        self._actions = ActionButtons()
        self._actions.add_button(
            "Save", "Put it into the folder of own exercises", self._save_on_click
        )
        self._actions.add(self._replace)
        self._actions.add_button("Handout", "Make a PDF of it to print", self._make_handout)
        text = [self._form, self._text, self._names, self._words]
        columns = []
        for children, width in ((text, "24rem"), ([self._side, self._figure], "20rem")):
            layout = widgets.Layout(flex=f"1 1 {width}", min_width=f"min({width}, 100%)")
            columns.append(widgets.VBox(children, layout=layout))
        wrapped = widgets.Layout(flex_flow="row wrap", grid_gap="20px")
        super().__init__([widgets.Box(columns, layout=wrapped), self._actions])
        self.add_class("backcare-exercise-editor")
        self._text.observe(lambda _: self._schedule_check(), names="value")
        self._side.observe(lambda _: self._draw_figure(), names="value")
        self._check_text()

    @property
    def text(self) -> str:
        return str(self._text.value)

    @text.setter
    def text(self, words: str) -> None:
        self._text.value = words
        self._check_text()

    def replace_text_if_untouched(self, words: str) -> None:
        """Begin with another text, unless one has written here already."""
        if self.text == self._begun != words:
            self.text = self._begun = words

    @property
    def exercise(self) -> Exercise:
        """The exercise that the text describes; DataError with what is wrong with it."""
        return check_exercise_text(self.text, FILE_NAME_IN_REPORTS).exercise

    def _schedule_check(self) -> None:
        """Look at the text when no key has been pressed for a moment."""
        if self._waiting:
            self._waiting.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # nothing runs that could wait
            return self._check_text()
        self._waiting = loop.call_later(TYPING_PAUSE_S, self._check_text)

    def _check_text(self) -> None:
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None
        self._form.fill()
        try:
            self.judged = check_exercise_text(self.text, FILE_NAME_IN_REPORTS)
        except DataError as error:
            self._offer_names(str(error))
            report = error_report(_quote_lines(str(error), self.text))
            self._words.value = live_region_html(report, role="status")
            if isinstance(error, RefusedExerciseError) and error.postures:
                self._figure.value = live_region_html(
                    *refused_posture_picture_nodes(error), role="status"
                )
                self._side.layout.display = "none"  # it is drawn as it is written
            return
        self._offer_names("")
        self._words.value = live_region_html(*passed_check_nodes(self.judged), role="status")
        self._draw_figure()

    def _offer_names(self, report: str) -> None:
        """Buttons that complete a name which is not known: its beginning is enough."""
        unknown = REPORTED_UNKNOWN_NAME_PATTERN.finditer(report)
        offers = [(int(f["line"]), f["name"], re.findall(r"[\w ]+", f["names"])) for f in unknown]
        buttons = []
        for line, name, others in offers:
            for other in others[:MAX_NAMES_OFFERED]:
                buttons.append(widgets.Button(description=other.strip()))
                buttons[-1].on_click(partial(self._complete_name, line, name))
        self._names.children = buttons

    def _complete_name(self, line: int, name: str, button: widgets.Button) -> None:
        lines = self.text.split("\n")
        lines[line - 1] = lines[line - 1].replace(name, button.description, 1)
        self.text = "\n".join(lines)

    def _draw_figure(self) -> None:
        if self.judged is None:
            return
        exercise = self.judged.exercise
        self._side.layout.display = None if exercise.sides == "each" else "none"
        side = self._side.value if exercise.sides == "each" else None
        shown = show(exercise, side)
        self._figure.value = shown._repr_html_()

    @explain_wrong_calls
    def figure(self, side: Side | None = None) -> Card:
        """Its figures, on the side asked for."""
        return show(self.exercise, side)

    @explain_wrong_calls
    def check(self) -> Card:
        """What was asked of its postures, and what came out; or what is wrong with the text."""
        try:
            checked = check_exercise_text(self.text, FILE_NAME_IN_REPORTS)
            return Card("own", tuple(passed_check_nodes(checked)))
        except DataError as error:
            figure = (
                refused_posture_picture_nodes(error)
                if isinstance(error, RefusedExerciseError)
                else []
            )
            return Card("own", (error_report(str(error)), *figure))

    @explain_wrong_calls
    def play(
        self,
        *,
        version: VersionName = "source",
        side: Side | None = None,
        seconds: float | Mapping[str, float] | None = None,
        times: int | Mapping[str, int] | None = None,
        tempo: float | Mapping[str, float] | None = None,
        minutes: float | Mapping[str, float] | None = None,
        rounds: int | None = None,
        wait: bool | None = None,
    ) -> ExercisePlayer:
        """A timer for it; what it takes is what play() takes."""
        options = Options(version, side, seconds, times, tempo, minutes, rounds, wait)
        return ExercisePlayer(self.exercise, options)

    @explain_wrong_calls
    def save(self, *, replace: bool = False) -> Card:
        """Put it into the folder of own exercises.

        Raises DataError where the text cannot be used, and SaveError where a file by its id is
        there already (unless it is to ``replace`` that) or nothing can be written.
        """
        name, words = self.exercise.id, f"{self.text.rstrip()}\n"
        path = folder.exercises_folder() / f"{name}.yaml"
        same = path.is_file() and path.read_bytes() == words.encode()
        path = folder.save_exercise_file(name, words, replace=replace or same)
        where = f"{path.name} is in the folder {path.parent.name}. "
        return Card("own", (para(where, "In a cell: ", h("code", f'play("{name}")')),))

    def _save_on_click(self) -> Node:
        (saved,) = self.save(replace=self._replace.value).children
        self._replace.value = False
        return saved

    def _make_handout(self) -> Node:
        exercise = self.exercise
        pdf = handout.render_handout(Lesson(exercise.title, (LessonItem(exercise),)))
        return para("To print: ", download_link_node(f"{exercise.id}.pdf", pdf))

    def __repr__(self) -> str:
        name = self.judged.exercise.title if self.judged else "not usable yet"
        return f"ExerciseEditor({name})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data = super()._repr_mimebundle_(**kwargs)
        page = h("pre", self.text).html() + self._words.value + self._figure.value
        return {**data, "text/plain": repr(self), "text/html": break_markup_into_lines(page)}


# Of this kernel, by the name that each was asked for with.
_editor_by_name: dict[str, ExerciseEditor] = {}


def write_exercise(name: str = "") -> ExerciseEditor:
    """A desk to write an exercise at; asked for again, it is the same, with what one has written.

    Without a ``name`` it begins with an example; with the id of an own exercise it opens that, and
    with the id of one of the course it begins with one like it. Raises UnknownName.
    """
    path = folder.exercises_folder() / f"{name}.yaml"
    if not name:
        words = read_yaml_text(EXAMPLE_EXERCISE_FILE).partition("\n")[2]
    elif path in folder.list_exercise_files():
        words = read_yaml_text(path)
    else:
        like = current_library().exercise(name)
        title = f"My {like.title[:1].lower()}{like.title[1:]}"
        words = f"id: my_{like.id}\ntitle: {title}\nlike: {like.id}\n"
    if name not in _editor_by_name:
        _editor_by_name[name] = ExerciseEditor(words)
    _editor_by_name[name].replace_text_if_untouched(words)
    return _editor_by_name[name]


def passed_check_nodes(judged: CheckedExercise) -> Iterator[Node]:
    """What a body can do, how long it takes, and what is worth a second look."""
    postures = timeline.format_count_with_noun(len(judged.postures), "posture")
    motions = timeline.format_count_with_noun(len(judged.motions), "movement")
    session = timeline.compile_session([judged.exercise], rise=current_library().rise)
    lasts = timeline.duration_in_words(session.total)
    checked = f"{postures} and {motions} of its own were checked; with everything it takes {lasts}."
    yield para(strong("A body can do this. "), checked)
    if judged.remarks:
        yield div("part", para("Worth a second look:"), bullet_list(judged.remarks))


def _quote_lines(report: str, text: str) -> str:
    """A report with each line of the text that it speaks of, since a text has no numbers."""
    lines = text.split("\n")

    def quoted(found: re.Match[str]) -> str:
        line = lines[int(found[1]) - 1].strip() if int(found[1]) <= len(lines) else ""
        return f'line {found[1]}, "{shorten(line)}": ' if line else f"line {found[1]}: "

    place = rf"^{FILE_NAME_IN_REPORTS} line (\d+)(?:, [^:]*)?: "
    return re.sub(place, quoted, report, flags=re.MULTILINE)
