"""A programme planned from the course for one person: from easier to taught, a step at a time.

It begins with a little less than a planned lesson of easier versions, without what the person's
cautions leave out. Then comes that lesson, then half of its exercises as they are taught, then all
of them, as far as the time, the rules of lessons and the cautions allow: each stage keeps to the
rules that every planned lesson keeps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from math import ceil
from typing import Any

from backcare_nb.custom.library import library as library_at_hand
from backcare_nb.lesson.amounts import longest_within
from backcare_nb.lesson.eligibility import find_candidate
from backcare_nb.lesson.lesson import TOLERANCE_MS, LeftOut, Lesson, LessonItem, bare_items
from backcare_nb.lesson.planner import plan
from backcare_nb.lesson.programme import Prescription, Programme, ProgrammeStep, lesson_for_one
from backcare_nb.lesson.request import LessonRequest, make_request
from backcare_nb.lesson.rules import broken_rules
from backcare_nb.lesson.saved_lessons import Dose, saved_item_fields
from backcare_nb.sessions.timeline import exercise_length_ms, join_words

SHARE_TO_BEGIN_WITH = 0.7  # of what is planned: a few seconds or repetitions less
A_LITTLE_MORE = "A little more of each."
AS_TAUGHT_WORDS = "As taught: {}."

Doses = tuple[Prescription, ...]


def plan_programme(minutes: float, begins: date, weeks: int, **wanted: Any) -> Programme:
    """A programme whose days last these minutes at most; ``wanted`` is what the planner takes.

    Fields of the programme itself come in by their names: title, person, days and the like. Raises
    what plan() raises.
    """
    own = {key: wanted.pop(key) for key in Programme.model_fields if key in wanted}
    wanted |= {"cautions": own.pop("cautions", ()), "alone": True}
    easier = plan(minutes, version="easier", **wanted)
    own = {"title": "A programme for the back", **own, "cautions": easier.cautions}
    request = make_request(library=easier.library, **{**easier.wish, "minutes": minutes})
    stages = [_doses(items) for items in _stages(bare_items(easier), request)]
    stages = [each for number, each in enumerate(stages) if each not in stages[:number]]
    return programme_of_stages(stages, begins=begins, weeks=weeks, **own)


def programme_of_lesson(lesson: Lesson, **own: Any) -> Programme:
    """A programme of a lesson's exercises in its doses, without steps."""
    return programme_of_stages([_doses(bare_items(lesson))], **{"title": lesson.title, **own})


def programme_of_stages(stages: Sequence[Doses], weeks: int, **own: Any) -> Programme:
    """A programme that goes through stages, evenly over its weeks; of too many, the first."""
    own = {key: value for key, value in own.items() if value not in (None, "", ())}
    first, *others = stages[:weeks]
    steps = []
    before = first
    for number, doses in enumerate(others, 1):
        week = 1 + ceil(number * weeks / (len(others) + 1))
        steps.append(_step(before, doses, week=min(week, weeks)))
        before = doses
    return Programme(exercises=first, steps=tuple(steps), weeks=weeks, **own)


def _step(before: Doses, after: Doses, week: int) -> ProgrammeStep:
    """What leads from doses to those of the same exercises after them."""
    change, on = {}, []
    for old, new in zip(before, after, strict=True):
        if old.version != new.version:
            change[old.exercise] = Dose(**_given(new))
            on.append(library_at_hand().exercise(new.exercise).title)
        elif old != new:
            kept = {key: value for key, value in _given(new).items() if value != getattr(old, key)}
            change[old.exercise] = Dose(**kept)
    what = AS_TAUGHT_WORDS.format(join_words(on)) if on else A_LITTLE_MORE
    return ProgrammeStep(week=week, what=what, change=change)


def _given(dose: Prescription) -> dict[str, Any]:
    return {key: getattr(dose, key) for key in dose.model_fields_set if key in Dose.model_fields}


def _doses(items: Sequence[LessonItem]) -> Doses:
    return tuple(Prescription(**saved_item_fields(item)) for item in items)


def _stages(planned: Sequence[LessonItem], easier: LessonRequest) -> Iterator[Sequence[LessonItem]]:
    """A little less than was planned, that, half of it as taught, and all of it."""
    less, taught, half = planned, replace(easier, version="source"), len(planned) // 2
    for place in range(len(planned)):
        less = next(_with_other(less, place, easier), less)
    yield less
    yield planned
    for place in range(len(planned)):
        planned = next(_with_other(planned, place, taught), planned)
        if place in (half - 1, len(planned) - 1):
            yield planned


def _with_other(
    items: Sequence[LessonItem], place: int, request: LessonRequest
) -> Iterator[Sequence[LessonItem]]:
    """The items with one of them shorter, or in the version that is requested where it has another.

    Only what keeps to the rules and the time, and what is most to be wished for first.
    """
    old = items[place]
    found = find_candidate(request.library.exercise(old.exercise.id), request)
    if isinstance(found, LeftOut):
        return
    old_ms = exercise_length_ms(old.exercise, old.options)
    lengths_ms = [old_ms, found.usual_ms]
    if found.item.version == old.version:
        if request.version == "source" or old.version == "source":
            return
        lengths_ms = [round(SHARE_TO_BEGIN_WITH * old_ms)]
    for length_ms in lengths_ms:
        options = longest_within(found.choices, length_ms).to_options(found.exercise)
        item = LessonItem(found.exercise, found.item.version, options=options)
        made = [*items[:place], item, *items[place + 1 :]]
        lesson = lesson_for_one(made, request)
        if lesson.timeline.total <= request.milliseconds + TOLERANCE_MS and not broken_rules(
            lesson
        ):
            yield made
