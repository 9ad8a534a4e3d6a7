"""A lesson while it is led: its easier track, and what is to come in another order or less time.

What is being done is never touched: only what comes after it may be moved, left out or shortened.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from backcare_nb.course.models import Breathe, Exercise
from backcare_nb.lesson.amounts import (
    AmountChoice,
    choose_amounts_to_fill_time,
    find_amount_limits,
    list_amount_choices,
    work_ms,
)
from backcare_nb.lesson.lesson import Lesson, LessonItem, items_without_additions
from backcare_nb.lesson.planner import remake_lesson_with_items
from backcare_nb.sessions.options import Options, Pauses, version_heading
from backcare_nb.sessions.timeline import Timeline, exercise_length_ms, exercise_timeline

SHORTENED_PAUSES = Pauses(settle=5, change=5, rest=5)  # of a class that is late
MAX_LESSON_SHORTENING_TRIES = (
    16  # to come within the time, as pauses between sides change with the rounds
)


def easier_timelines_by_exercise(lesson: Lesson) -> Mapping[str, Timeline]:
    """What those do who take it easier, by the exercise of the class beside which it is done.

    Each begins with that exercise. Who breathes quietly does so for as long as the others.
    """
    track = {}
    for part in lesson.parts:
        if part.easier is not None:
            shown = replace(part, exercise=part.easier).exercise_without_private_cautions()
            done = exercise_timeline(shown, _options_breathing_as_long(part))
            title = version_heading("easier", part.exercise.easier.title)
            track[part.exercise.id] = replace(done, title=title)
    return track


def _options_breathing_as_long(part: LessonItem) -> Options:
    steps = {step.id: step for step in part.exercise.steps}
    minutes = {
        step.id: part.options.amount_of(steps[step.id], "minutes")
        for step in (part.easier.steps if part.easier else ())
        if isinstance(step, Breathe) and isinstance(steps.get(step.id), Breathe)
    }
    return Options(minutes=minutes)


def reorder_remaining_lesson(
    lesson: Lesson, done: Sequence[str], to_come: Sequence[str], most_ms: float | None = None
) -> Lesson:
    """The lesson with what is to come in this order, by the ids of its exercises.

    ``done`` ends with the exercise that is being done. Where what is to come takes more than
    ``most_ms``, its pauses are shortened, then its amounts, as far as a plan might have done.
    """
    known = {item.exercise.id: item for item in items_without_additions(lesson)}
    past = [known[name] for name in dict.fromkeys(done) if name in known]
    future = [known[name] for name in dict.fromkeys(to_come) if name in known and name not in done]
    if not past + future:
        return lesson
    if most_ms is not None:
        future = _shorten_to_fit(lesson, past, future, most_ms)
    return remake_lesson_with_items(lesson, [*past, *future])


def remaining_time_ms(lesson: Lesson, done: Collection[str]) -> int:
    """Milliseconds from the end of what is being done, or from the start, to the lesson's end."""
    names = {*done, ""}
    phases = lesson.timeline.phases
    last = max(k for k, phase in enumerate(phases[:-1]) if phase.exercise in names or not k)
    return lesson.timeline.total - phases[last].end_ms


def _shorten_to_fit(
    lesson: Lesson, past: Sequence[LessonItem], future: list[LessonItem], most_ms: float
) -> list[LessonItem]:
    """What is to come, shortened no more than it must be; what was shortened before stays so."""
    names = [item.exercise.id for item in past]

    def lasts_ms(items: Sequence[LessonItem]) -> int:
        return remaining_time_ms(remake_lesson_with_items(lesson, [*past, *items]), names)

    for count in range(len(future) + 1):
        brisk = [
            replace(item, options=replace(item.options, pauses=SHORTENED_PAUSES))
            for item in future[:count]
        ] + future[count:]
        if lasts_ms(brisk) <= most_ms:
            return brisk
    taught = [lesson.library.exercise(item.exercise.id) for item in future]
    choices = [
        _shorter_choices(item, each, careful=bool(lesson.participant_conditions))
        for item, each in zip(future, taught, strict=True)
    ]
    longest = [each[-1].length_ms for each in choices]
    shortened, between_ms = brisk, float(lasts_ms(brisk) - sum(longest))
    for _ in range(MAX_LESSON_SHORTENING_TRIES):
        filled = choose_amounts_to_fill_time(choices, longest, longest, round(most_ms - between_ms))
        shortened = [
            replace(item, options=replace(one.to_options(item.exercise), pauses=SHORTENED_PAUSES))
            for item, one in zip(future, filled, strict=True)
        ]
        over_ms = lasts_ms(shortened) - most_ms
        if over_ms <= 0:
            break
        between_ms += over_ms
    return shortened


def _shorter_choices(
    item: LessonItem, taught: Exercise, *, careful: bool
) -> tuple[AmountChoice, ...]:
    """Amounts from the least of a plan to its own; the easier track beside it still fits."""
    limits = find_amount_limits(taught, item.version, careful)
    if item.easier is not None and limits.least_ms:
        limits = replace(limits, least_ms=max(limits.least_ms, work_ms(item.easier)))
    most_ms = exercise_length_ms(item.exercise, replace(item.options, pauses=Pauses()))
    choices = list_amount_choices(item.exercise, limits)
    as_it_is = AmountChoice.from_options(item.exercise, item.options, most_ms)
    return (*(each for each in choices if each.length_ms < most_ms), as_it_is)
