"""For a teacher: a lesson planned, chosen by hand, and led on the projector."""

import re
from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache, partial
from html import escape
from typing import Any

import ipywidgets as widgets

from backcare_nb.course.models import EVERYONE, VersionName
from backcare_nb.course.names import UnknownName
from backcare_nb.custom import folder
from backcare_nb.custom.library import library
from backcare_nb.html import static_session
from backcare_nb.html.card import Node, para
from backcare_nb.html.lesson_card import lesson_card
from backcare_nb.lesson import planner
from backcare_nb.lesson.eligibility import POSITION_LABELS
from backcare_nb.lesson.lesson import Lesson, section_lesson
from backcare_nb.lesson.request import COMMON_PROPS, PROP_NAMES, LessonError
from backcare_nb.notebook.action_buttons import ActionButtons, download_link
from backcare_nb.notebook.player import Player
from backcare_nb.player import bundle
from backcare_nb.sessions.options import VERSION_LABELS
from backcare_nb.sessions.timeline import duration_in_words

QUESTIONS = {  # by the argument of plan_lesson() that is ticked below each
    "positions": "Positions that may be used",
    "cautions": "Who is in the group: anyone with",
    "props": "What there is in the room",
    "sections": "Only from these sections, or from all where none is ticked",
    "exercises": "These exercises, all of them, or a choice where none is",
}
TEACHING_CSS = (bundle.PLAYER_FOLDER / "teaching.css").read_text(encoding="utf-8")


class PlannedLesson(Lesson):
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
) -> PlannedLesson:
    """A lesson of these ``minutes``, to within 15 seconds, for this group and this room.

    Without minutes it lasts 20, or as long as what is named here takes as it is taught.

    ``sections`` are those to choose from, and ``exercises`` those to do, all of them. ``positions``
    are those that may be used: "lying", "kneeling", "sitting", "standing". ``cautions`` are the
    conditions of the group, such as "osteoporosis", ``version`` is "easier", "source" or "harder",
    and ``props`` are all that there are: "mat", "chair", "cushion", "towel", "wall", "table" where
    nothing is said; "stool", "bed", "ball", "bath". Raises LessonError with a sentence that says
    what would fit.
    """
    made = planner.plan(
        minutes,
        sections=sections,
        exercises=exercises,
        positions=positions,
        cautions=cautions,
        version=version,
        props=props,
    )
    return PlannedLesson(**{each.name: getattr(made, each.name) for each in fields(Lesson)})


class LessonPlayer(widgets.VBox):
    """A lesson to be led, and to be taken home: a player for the class, and buttons below it.

    ``lesson`` is the one that is played, printed and given along.
    """

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.player = Player(lesson.timeline, in_class=True)
        self._actions = ActionButtons()
        for paper in ("A4", "Letter"):
            make = partial(self._make_handout, paper)
            self._actions.offer(f"Handout ({paper})", "Make a PDF of this lesson to print", make)
        what = "Make one file that plays this lesson on any phone"
        self._actions.offer("Page", what, self._make_page)
        super().__init__([self.player, self._actions])

    def load(self, lesson: Lesson) -> None:
        """Take another lesson; one that is being played goes on to its end first."""
        self.lesson = lesson
        self.player.load(lesson.timeline)
        self._actions.outcome.value = ""

    def _make_handout(self, paper: str) -> Node:
        from backcare_nb.export import handout  # and with it matplotlib, which Start does without

        link = download_link(self._file_name(".pdf"), handout.render_handout(self.lesson, paper))
        return para("To print: ", link)

    def _make_page(self) -> Node:
        from backcare_nb.export import webpage

        link = download_link(self._file_name(".html"), webpage.render_page(self.lesson).encode())
        return para("To send, or to put on the web: ", link)

    def _file_name(self, ending: str) -> str:
        name = re.sub(r"\W+", "_", self.lesson.title.lower()).strip("_") or "lesson"
        return f"{name}{ending}"

    def _display_(self) -> Player:
        """What marimo shows: of widgets it knows those of anywidget alone."""
        return self.player

    def __repr__(self) -> str:
        return f"LessonPlayer({self.lesson.timeline})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data = super()._repr_mimebundle_(**kwargs)
        page = static_session.session_html(self.lesson.timeline)
        return {**data, "text/plain": repr(self), "text/html": page}


def teach(lesson: Lesson | str) -> LessonPlayer:
    """A ``lesson``, or the section of that name, to be led: Start fills the screen for the class.

    Below it are buttons that make a handout to print and a page that plays without a notebook. It
    is the class's practice: nothing of it goes into the teacher's own journal. Raises UnknownName
    for a section that is not there.
    """
    return LessonPlayer(section_lesson(lesson) if isinstance(lesson, str) else lesson)


def choose_lesson() -> "LessonChooser":
    """Controls to plan a lesson by hand, with the plan and its player below them.

    Run again, they are the same, with what was ticked, until an exercise of one's own changes.
    """
    return _lesson_chooser(folder.folder_state())


@lru_cache(maxsize=1)
def _lesson_chooser(state: folder.FolderState) -> "LessonChooser":
    """Once for each state of the folder of own exercises, which may be chosen too."""
    return LessonChooser()


class LessonChooser(widgets.VBox):
    """What a lesson is planned from, each to be ticked; then the plan, and its player.

    ``lesson`` is the last plan that was possible.
    """

    def __init__(self) -> None:
        taught, wide = library(), {"description_width": "initial"}
        self._minutes = widgets.IntText(20, description="Minutes (1 to 180)", style=wide)
        self._version = widgets.Dropdown(
            options=[(words, name) for name, words in VERSION_LABELS.items()],
            value="source",
            description="Version",
            style=wide,
        )
        conditions = [each for each in taught.safety.conditions.items() if each[0] != EVERYONE]
        positions = {name: name.capitalize() for name in POSITION_LABELS.values()}
        props = {name: name.capitalize() for name in PROP_NAMES}
        self._boxes = {
            "positions": _make_boxes(positions, positions),
            "cautions": _make_boxes(dict(sorted(conditions, key=lambda each: each[1]))),
            "props": _make_boxes(props, COMMON_PROPS),
            "sections": _make_boxes({s.id: s.title for s in taught.sections}),
            "exercises": _make_boxes({e.id: e.title for e in taught.exercises}),
        }
        self._message = widgets.HTML()
        self._message.add_class("backcare-message")
        self.lesson = plan_lesson()
        self._card = widgets.HTML()
        self._led = LessonPlayer(self.lesson)
        first = widgets.Box([self._minutes, self._version])
        first.add_class("backcare-controls")
        children = [widgets.HTML(f"<style>{TEACHING_CSS}</style>"), first]
        for name, boxes in self._boxes.items():
            choices = widgets.Box(tuple(boxes.values()))
            choices.add_class("backcare-choices")
            heading = f'<h4 class="backcare-question">{escape(QUESTIONS[name])}</h4>'
            children += [widgets.HTML(heading), choices]
        super().__init__([*children, self._message, self._card, self._led])
        self._show()
        all_boxes = (box for boxes in self._boxes.values() for box in boxes.values())
        for control in (self._minutes, self._version, *all_boxes):
            control.observe(lambda _: self._plan(), names="value")

    def _plan(self) -> None:
        """Plan again; where that cannot be, say why, and leave the lesson as it was."""
        try:
            ticked = {
                group: tuple(name for name, box in boxes.items() if box.value)
                for group, boxes in self._boxes.items()
            }
            self.lesson = plan_lesson(self._minutes.value, version=self._version.value, **ticked)
        except (LessonError, UnknownName) as error:
            kept = f"The lesson below is still the one before: {self.lesson.title}."
            self._message.value = f'<div role="alert">{escape(f"{error} {kept}")}</div>'
            return
        self._show()
        self._led.load(self.lesson)

    def _show(self) -> None:
        lasts = duration_in_words(self.lesson.timeline.total)
        self._message.value = f'<div role="status">Planned: {lasts}, as below.</div>'
        self._card.value = lesson_card(self.lesson)._repr_html_()

    def __repr__(self) -> str:
        return f"LessonChooser({self.lesson.timeline})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data = super()._repr_mimebundle_(**kwargs)
        return {
            **data,
            "text/plain": repr(self),
            "text/html": lesson_card(self.lesson)._repr_html_(),
        }


def _make_boxes(words: dict[str, str], ticked: Iterable[str] = ()) -> dict[str, widgets.Checkbox]:
    """A box to tick for each name, beside its words."""
    return {
        name: widgets.Checkbox(name in ticked, description=text, indent=False)
        for name, text in words.items()
    }
