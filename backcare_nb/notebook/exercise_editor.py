"""A desk to write an exercise at: the text on one side, its figure on the other.

The figure follows the text as one types, a moment after the last key; where the text cannot be
used, what is wrong stands beside it in words, and the last good figure stays.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any

import ipywidgets as widgets

from backcare_nb.course import DATA
from backcare_nb.course.models import Exercise, Side, VersionName
from backcare_nb.course.names import shorten
from backcare_nb.course.yaml_reader import DataError, read_text
from backcare_nb.custom import folder
from backcare_nb.custom.library import library
from backcare_nb.custom.own_exercises import CheckedExercise, check_exercise_text
from backcare_nb.export import handout
from backcare_nb.html import picture
from backcare_nb.html.card import Card, Node, break_lines, group, h, para, points, strong
from backcare_nb.html.own_exercise_cards import told
from backcare_nb.html.picture import Picture
from backcare_nb.lesson.lesson import Lesson, LessonItem
from backcare_nb.notebook.action_buttons import ActionButtons, download, spoken
from backcare_nb.notebook.player import ExercisePlayer
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import Options

PAUSE = 0.5  # seconds after the last key before the figure follows
EXAMPLE = DATA / "own_example.yaml"
NAME = "your exercise"


class ExerciseEditor(widgets.VBox):
    """A text that becomes an exercise; the figure is of the last one that could be used."""

    def __init__(self, words: str) -> None:
        self._begun = words
        self.judged: CheckedExercise | None = None
        self._waiting: asyncio.TimerHandle | None = None
        self._text = widgets.Textarea(
            words, rows=20, layout=widgets.Layout(width="calc(100% - 4px)", flex_flow="column")
        )
        self._text.description, self._text.style.description_width = "Your exercise", "initial"
        self._figure, self._words = widgets.HTML(), widgets.HTML()
        self._side = widgets.ToggleButtons(
            options=[("Left", "left"), ("Right", "right")], description="Side"
        )
        self._instead = widgets.Checkbox(description="replace the one that is there", indent=False)
        self._actions = ActionButtons()
        self._actions.offer("Save", "Put it into the folder of own exercises", self._save)
        self._actions.add(self._instead)
        self._actions.offer("Handout", "Make a PDF of it to print", self._print)
        left = widgets.VBox([self._text, self._words], layout=_column("24rem"))
        right = widgets.VBox([self._side, self._figure], layout=_column("20rem"))
        row = widgets.Box(
            [left, right], layout=widgets.Layout(flex_flow="row wrap", grid_gap="20px")
        )
        super().__init__([row, self._actions])
        self.add_class("backcare-exercise-editor")
        self._text.observe(lambda _: self._soon(), names="value")
        self._side.observe(lambda _: self._draw(), names="value")
        self._look()

    @property
    def text(self) -> str:
        return self._text.value

    @text.setter
    def text(self, words: str) -> None:
        self._text.value = words
        self._now()

    def begin(self, words: str) -> None:
        """Begin with another text, unless one has written here already."""
        if self.text == self._begun != words:
            self.text = self._begun = words

    @property
    def exercise(self) -> Exercise:
        """The exercise that the text describes; DataError with what is wrong with it."""
        return check_exercise_text(self.text, NAME).exercise

    # following the text

    def _soon(self) -> None:
        """Look at the text when no key has been pressed for a moment."""
        if self._waiting:
            self._waiting.cancel()
        try:
            self._waiting = asyncio.get_running_loop().call_later(PAUSE, self._now)
        except RuntimeError:  # nothing runs that could wait
            self._now()

    def _now(self) -> None:
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None
        self._look()

    def _look(self) -> None:
        try:
            self.judged = check_exercise_text(self.text, NAME)
        except DataError as error:
            self._words.value = spoken(told(_shown(str(error), self.text)), role="status")
            return
        self._words.value = spoken(*_praise(self.judged), role="status")
        self._draw()

    def _draw(self) -> None:
        if self.judged is None:
            return
        exercise = self.judged.exercise
        self._side.layout.display = None if exercise.sides else "none"
        shown = picture.show(exercise, self._side.value if exercise.sides else None)
        self._figure.value = shown._repr_html_()

    # what is done with it

    def figure(self, side: Side | None = None) -> Picture:
        """Its figures, on the side asked for."""
        return picture.show(self.exercise, side)

    def check(self) -> Card:
        """What was asked of its postures, and what came out; or what is wrong with the text."""
        try:
            return Card("own", tuple(_praise(check_exercise_text(self.text, NAME))))
        except DataError as error:
            return Card("own", (told(str(error)),))

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

    def save(self, *, instead: bool = False) -> Card:
        """Put it into the folder of own exercises.

        Raises DataError where the text cannot be used, and SaveError where a file by its id is
        there already (unless it is to stand ``instead`` of that) or nothing can be written.
        """
        name = self.exercise.id
        path = folder.save_exercise_file(
            name, _ending(self.text), instead=instead or self._saved(name)
        )
        words = f"{path.name} is in the folder {path.parent.name}. "
        return Card("own", (para(words, "In a cell: ", h("code", f'play("{name}")')),))

    def _saved(self, name: str) -> bool:
        """Is this very text there already?"""
        path = folder.exercises_folder() / f"{name}.yaml"
        return path.is_file() and path.read_bytes() == _ending(self.text).encode()

    def _save(self) -> Node:
        (said,) = self.save(instead=self._instead.value).children
        self._instead.value = False
        return said

    def _print(self) -> Node:
        exercise = self.exercise
        lesson = Lesson(exercise.title, (LessonItem(exercise),))
        return para("To print: ", download(f"{exercise.id}.pdf", handout.pdf(lesson)))

    def __repr__(self) -> str:
        name = self.judged.exercise.title if self.judged else "not usable yet"
        return f"ExerciseEditor({name})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data = super()._repr_mimebundle_(**kwargs)
        page = h("pre", self.text).html() + self._words.value + self._figure.value
        return {**data, "text/plain": repr(self), "text/html": break_lines(page)}


_editors: dict[str, ExerciseEditor] = {}  # of this kernel, by the name that each was asked for with


def write_exercise(name: str = "") -> ExerciseEditor:
    """A desk to write an exercise at; asked for again, it is the same, with what one has written.

    Without a ``name`` it begins with an example; with the id of an own exercise it opens that, and
    with the id of one of the course it begins with one like it. Raises UnknownName.
    """
    words = _beginning(name)
    if name not in _editors:
        _editors[name] = ExerciseEditor(words)
    _editors[name].begin(words)
    return _editors[name]


def _beginning(name: str) -> str:
    if not name:
        return read_text(EXAMPLE).partition("\n")[2]
    path = folder.exercises_folder() / f"{name}.yaml"
    if path in folder.exercise_files():
        return read_text(path)
    like = library().exercise(name)
    return (
        f"id: my_{like.id}\ntitle: My {like.title[:1].lower()}{like.title[1:]}\nlike: {like.id}\n"
    )


def _praise(judged: CheckedExercise) -> Iterator[Node]:
    """What a body can do, how long it takes, and what is worth a second look."""
    drawn = len(judged.postures), len(judged.motions)
    asked = (
        timeline.count_noun(drawn[0], "posture")
        + " and "
        + timeline.count_noun(drawn[1], "movement")
    )
    lasts = timeline.duration_in_words(
        timeline.compile_session([judged.exercise], rise=library().rise).total
    )
    yield para(
        strong("A body can do this. "),
        f"{asked} of its own were checked; with everything it takes {lasts}.",
    )
    if judged.remarks:
        yield group("part", para("Worth a second look:"), points(judged.remarks))


def _shown(report: str, words: str) -> str:
    """A report with each line of the text that it speaks of, since a text has no numbers."""
    lines = words.split("\n")

    def quoted(found: re.Match) -> str:
        line = lines[int(found[1]) - 1].strip() if int(found[1]) <= len(lines) else ""
        return f'line {found[1]}, "{shorten(line)}": ' if line else f"line {found[1]}: "

    return re.sub(rf"^{NAME} line (\d+)(?:, [^:]*)?: ", quoted, report, flags=re.MULTILINE)


def _ending(words: str) -> str:
    return f"{words.rstrip()}\n"


def _column(width: str) -> widgets.Layout:
    return widgets.Layout(flex=f"1 1 {width}", min_width=f"min({width}, 100%)")
