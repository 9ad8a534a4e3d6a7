"""The player of a class: it fills the screen, waits for the teacher, and has an easier track.

The browser keeps the time. Where a teacher moves, leaves out or shortens what is to come, it asks
here for the lesson from then on, which is compiled like any other; it goes on meanwhile.
"""

from collections.abc import Mapping
from typing import Any

import traitlets

from backcare_nb.lesson.leading import (
    easier_timelines_by_exercise,
    remaining_time_ms,
    reorder_remaining_lesson,
)
from backcare_nb.lesson.lesson import Lesson
from backcare_nb.lesson.rules import find_broken_rules
from backcare_nb.notebook.player import Player
from backcare_nb.player import bundle
from backcare_nb.sessions.phases import MINUTE_MS
from backcare_nb.sessions.timeline import format_count_with_noun

MAX_LESSON_OVERRUN_MS = MINUTE_MS // 2  # by which a lesson may end late


class ClassPlayer(Player):
    """A lesson to be led before a class; what the class did is nobody's own practice.

    ``beside`` is the easier track, by the exercise beside which it is done, ``notes`` are the
    teacher's own, and ``rise`` is the id of getting up, which stays where it has to be. ``asked``
    is what a teacher wants of the rest of a lesson, ``answer`` that rest, with what a rule thinks
    of it.
    """

    _esm = bundle.build_module("class_player.js")
    _css = bundle.join_css_files("player.css", "after_session.css", "class_mode.css")

    beside: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    notes: "traitlets.Dict[str, str]" = traitlets.Dict().tag(sync=True)
    rise = traitlets.Unicode().tag(sync=True)
    asked: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    answer: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = self._led = lesson
        self._class = ""  # which goes through it now
        super().__init__(lesson.timeline)
        self.observe(lambda change: self._answer_teacher_request(change["new"]), names="asked")

    def load_lesson(self, lesson: Lesson) -> None:
        """Take another lesson; one that is being played goes on to its end first."""
        self._lesson, self._led, self._class = lesson, lesson, ""
        self.load(lesson.timeline)

    def _build_browser_state(self) -> dict[str, Any]:
        notes = {part.exercise.id: part.note for part in self._lesson.parts if part.note}
        more = {"notes": notes, "rise": self._lesson.rise_exercise.id}
        return _player_state_with_easier_track(self._lesson) | more

    def _answer_teacher_request(self, asked: Mapping[str, Any]) -> None:
        """Answer with the lesson from now on; a class that begins anew begins with the whole."""
        if asked["class"] != self._class:
            self._class, self._led = asked["class"], self._lesson
        before = {rule.what for rule in find_broken_rules(self._led)}
        made = reorder_remaining_lesson(
            self._led, asked["done"], asked["to_come"], asked.get("most_ms")
        )
        self._led = made
        told = [rule.what for rule in find_broken_rules(made) if rule.what not in before]
        if asked.get("most_ms") is not None:
            told = []
            late_ms = remaining_time_ms(made, asked["done"]) - asked["most_ms"]
            if late_ms > MAX_LESSON_OVERRUN_MS:
                minutes = format_count_with_noun(max(1, round(late_ms / MINUTE_MS)), "minute")
                told = [f"All is as short as it makes sense, and {minutes} late: leave one out."]
        more = {"id": asked["id"], "told": " ".join(told)}
        self.answer = _player_state_with_easier_track(made) | more


def _player_state_with_easier_track(lesson: Lesson) -> dict[str, Any]:
    """What the class does, and the easier track beside it, with the pictures of both."""
    state, track = bundle.build_player_state(lesson.timeline), easier_timelines_by_exercise(lesson)
    for each in track.values():
        state["sprites"] |= bundle.build_session_sprites(each)
    return {**state, "beside": {name: each.to_dict() for name, each in track.items()}}
