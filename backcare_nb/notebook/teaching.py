"""For a teacher: a lesson planned, chosen by hand, and led on the projector."""

import re
from collections.abc import Iterable
from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets

from backcare_nb.course.models import VersionName
from backcare_nb.course.names import UnknownName
from backcare_nb.custom.library import library
from backcare_nb.html import lesson_card, static_session
from backcare_nb.html.card import Node, para
from backcare_nb.lesson import planner
from backcare_nb.lesson.eligibility import POSITION_LABELS
from backcare_nb.lesson.lesson import EVERYONE, Lesson, section_lesson
from backcare_nb.lesson.request import COMMON_PROPS, PROP_NAMES, LessonError
from backcare_nb.notebook.action_buttons import ActionButtons, download
from backcare_nb.notebook.player import Player
from backcare_nb.player import bundle
from backcare_nb.sessions.options import VERSION_LABELS
from backcare_nb.sessions.timeline import duration_in_words

STYLE = (bundle.BROWSER / "teaching.css").read_text(encoding="utf-8")


class PlannedLesson(Lesson):
    """A lesson that a notebook shows as a card."""

    def _repr_html_(self) -> str:
        return lesson_card.card(self)._repr_html_()

    def __repr__(self) -> str:
        return repr(lesson_card.card(self))


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
    return PlannedLesson(**{name: getattr(made, name) for name in Lesson.__dataclass_fields__})


class LessonPlayer(widgets.VBox):
    """A lesson to be led, and to be taken home: a player for the class, and buttons below it.

    ``lesson`` is the one that is played, printed and given along.
    """

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.player = Player(lesson.timeline, in_class=True)
        self._actions = ActionButtons()
        for paper in ("A4", "Letter"):
            make = partial(self._print, paper)
            self._actions.offer(f"Handout ({paper})", "Make a PDF of this lesson to print", make)
        self._actions.offer("Page", "Make one file that plays this lesson on any phone", self._page)
        super().__init__([self.player, self._actions])

    def load(self, lesson: Lesson) -> None:
        """Take another lesson; one that is being played goes on to its end first."""
        self.lesson = lesson
        self.player.load(lesson.timeline)
        self._actions.outcome.value = ""

    def _print(self, paper: str) -> Node:
        from backcare_nb.export import handout  # and with it matplotlib, which Start does without

        return para("To print: ", self._download(".pdf", handout.pdf(self.lesson, paper)))

    def _page(self) -> Node:
        from backcare_nb.export import webpage

        made = webpage.html(self.lesson).encode()
        return para("To send, or to put on the web: ", self._download(".html", made))

    def _download(self, ending: str, made: bytes) -> Node:
        """A link to a file that is called as the lesson is."""
        name = re.sub(r"\W+", "_", self.lesson.title.lower()).strip("_") or "lesson"
        return download(f"{name}{ending}", made)

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
    """Controls to plan a lesson by hand, with the plan and its player below them."""
    return LessonChooser()


class LessonChooser(widgets.VBox):
    """What a lesson is planned from, each to be ticked; then the plan, and its player.

    ``lesson`` is the last plan that was possible.
    """

    lesson: PlannedLesson

    def __init__(self) -> None:
        source = library()
        self._minutes = widgets.IntText(20, description="Minutes (1 to 180)", style=WIDE)
        self._version = widgets.Dropdown(
            options=[(words, name) for name, words in VERSION_LABELS.items()],
            value="source",
            description="Version",
            style=WIDE,
        )
        conditions = {k: v for k, v in source.safety.conditions.items() if k != EVERYONE}
        by_words = dict(sorted(conditions.items(), key=lambda each: each[1]))
        named = {exercise.id: exercise.title for exercise in source.exercises}
        self._positions = _boxes({name: name.capitalize() for name in POSITIONS}, POSITIONS)
        self._props = _boxes({name: name.capitalize() for name in PROP_NAMES}, COMMON_PROPS)
        self._cautions = _boxes(by_words)
        self._sections = _boxes({s.id: s.title for s in source.sections})
        self._exercises = _boxes(named)
        self._message = widgets.HTML()
        self._message.add_class("backcare-message")
        self.lesson = plan_lesson()
        self._card = widgets.HTML()
        self._led = LessonPlayer(self.lesson)
        super().__init__([*self._asked(), self._message, self._card, self._led])
        self._show()
        self._listen()

    def _asked(self) -> list[widgets.Widget]:
        """All controls, under what they ask."""
        first = widgets.Box([self._minutes, self._version])
        first.add_class("backcare-controls")
        return [
            widgets.HTML(f"<style>{STYLE}</style>"),
            first,
            *_group("Positions that may be used", self._positions),
            *_group("Who is in the group: anyone with", self._cautions),
            *_group("What there is in the room", self._props),
            *_group("Only from these sections, or from all where none is ticked", self._sections),
            *_group("These exercises, all of them, or a choice where none is", self._exercises),
        ]

    def _listen(self) -> None:
        boxes = (self._positions, self._cautions, self._props, self._sections, self._exercises)
        for control in (self._minutes, self._version, *(box for b in boxes for box in b.values())):
            control.observe(lambda _: self._plan(), names="value")

    def _plan(self) -> None:
        """Plan again; where that cannot be, say why, and leave the lesson as it was."""
        try:
            self.lesson = plan_lesson(
                self._minutes.value,
                sections=_ticked(self._sections),
                exercises=_ticked(self._exercises),
                positions=_ticked(self._positions),
                cautions=_ticked(self._cautions),
                version=self._version.value,
                props=_ticked(self._props),
            )
        except (LessonError, UnknownName) as error:
            kept = f"The lesson below is still the one before: {self.lesson.title}."
            self._message.value = f'<div role="alert">{escape(f"{error} {kept}")}</div>'
            return
        self._show()
        self._led.load(self.lesson)

    def _show(self) -> None:
        lasts = duration_in_words(self.lesson.timeline.total)
        self._message.value = f'<div role="status">Planned: {lasts}, as below.</div>'
        self._card.value = self.lesson._repr_html_()

    def __repr__(self) -> str:
        return f"LessonChooser({self.lesson.timeline})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        data = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": repr(self), "text/html": self.lesson._repr_html_()}


WIDE = {"description_width": "initial"}
POSITIONS = tuple(dict.fromkeys(POSITION_LABELS.values()))
Boxes = dict[str, widgets.Checkbox]


def _boxes(words: dict[str, str], ticked: Iterable[str] = ()) -> Boxes:
    """A box to tick for each name, beside its words."""
    return {
        name: widgets.Checkbox(name in ticked, description=text, indent=False)
        for name, text in words.items()
    }


def _group(title: str, boxes: Boxes) -> tuple[widgets.Widget, widgets.Widget]:
    """Boxes under what they are about."""
    box = widgets.Box(tuple(boxes.values()))
    box.add_class("backcare-choices")
    return widgets.HTML(f'<h4 class="backcare-question">{escape(title)}</h4>'), box


def _ticked(boxes: Boxes) -> tuple[str, ...]:
    return tuple(name for name, box in boxes.items() if box.value)
