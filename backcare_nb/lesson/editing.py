"""A lesson changed by hand: each change gives another lesson, and the one before stays.

The ways between positions, getting up, and the easier track follow by themselves. Nothing is
refused for sense: the rules say what they think of it, and the teacher decides.
"""

from collections.abc import Callable
from dataclasses import replace

from backcare_nb.course.models import VersionName
from backcare_nb.lesson.lesson import Lesson, LessonItem, items_without_additions
from backcare_nb.lesson.planner import remake_lesson_with_items
from backcare_nb.sessions.options import AmountSetting, raise_unless_amounts_in_range, set_amount


def move_exercise(lesson: Lesson, place: int, by: int) -> Lesson:
    """The exercise at a place, from 0, further up or down; at either end it stays."""
    items = items_without_additions(lesson)
    goal = min(max(place + by, 0), len(items) - 1)
    items.insert(goal, items.pop(place))
    return remake_lesson_with_items(lesson, items)


def remove_exercise(lesson: Lesson, place: int) -> Lesson:
    """Without the exercise at a place; the last one that is left stays."""
    items = items_without_additions(lesson)
    return (
        remake_lesson_with_items(lesson, items[:place] + items[place + 1 :])
        if len(items) > 1
        else lesson
    )


def insert_exercise(
    lesson: Lesson, name: str, place: int, version: VersionName = "source"
) -> Lesson:
    """With one more exercise, before the one at a place; raises UnknownName."""
    exercise = lesson.library.exercise(name).version(version)
    items = items_without_additions(lesson)
    if exercise.id not in [item.exercise.id for item in items]:
        items.insert(place, LessonItem(exercise, version))
    return remake_lesson_with_items(lesson, items)


def change_amount(lesson: Lesson, place: int, setting: AmountSetting, value: float) -> Lesson:
    """With another amount of the exercise at a place; SessionError where it is out of range."""

    def change(item: LessonItem) -> LessonItem:
        options = set_amount(item.options, item.exercise, setting, value)
        raise_unless_amounts_in_range(item.exercise, options)
        return replace(item, options=options)

    return _change_item(lesson, place, change)


def change_note(lesson: Lesson, place: int, note: str) -> Lesson:
    """With the teacher's own words for the exercise at a place."""
    return _change_item(lesson, place, lambda item: replace(item, note=note.strip()[:1200]))


def _change_item(lesson: Lesson, place: int, change: Callable[[LessonItem], LessonItem]) -> Lesson:
    items = items_without_additions(lesson)
    items[place] = change(items[place])
    return remake_lesson_with_items(lesson, items)
