"""A programme planned from the course for one person: from easier to taught, a step at a time.

It begins with a little less than a planned lesson of easier versions, without what the person's
cautions leave out. Then comes that lesson, then half of its exercises as they are taught, then all
of them, as far as the time, the rules of lessons and the cautions allow: each stage keeps to the
rules that every planned lesson keeps.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from datetime import date
from math import ceil
from typing import Any

from backcare_nb.custom.library import current_library
from backcare_nb.lesson.amounts import choose_nearly_longest_like_taught
from backcare_nb.lesson.eligibility import find_candidate
from backcare_nb.lesson.lesson import (
    LESSON_LENGTH_TOLERANCE_MS,
    LeftOutExercise,
    Lesson,
    LessonItem,
    items_without_additions,
)
from backcare_nb.lesson.planner import plan_lesson_from
from backcare_nb.lesson.programme import (
    EASED_STAGE,
    DoseOnDays,
    Prescription,
    Programme,
    ProgrammeError,
    ProgrammeStep,
    make_lesson_for_one_person,
)
from backcare_nb.lesson.request import LessonRequest, TooLittleLeftError, make_request
from backcare_nb.lesson.rules import find_broken_rules
from backcare_nb.lesson.saved_lessons import saved_item_fields
from backcare_nb.sessions.options import adjustable_amounts
from backcare_nb.sessions.phases import MINUTE_MS
from backcare_nb.sessions.timeline import exercise_length_ms

MAX_MINUTES_ADDED = 5  # where fewer have room for too little
FIRST_STAGE_LENGTH_SHARE = 0.7  # of what is planned: a few seconds or repetitions less
# As going_on of data/safety.yaml asks.
DOSE_INCREMENT_BY_AMOUNT = {"times": 1, "seconds": 5, "minutes": 1}

Prescriptions = tuple[Prescription, ...]


def plan_programme(minutes: float, begins: date, weeks: int, **wanted: Any) -> Programme:
    """A programme whose days last these minutes, or a minute more, with all that is said on them.

    ``wanted`` is what the planner takes, and fields of the programme by their names: title, person,
    days and the like. Where the course has less for the person, days are shorter, and where so few
    minutes would break a rule of lessons, longer. Raises as plan_lesson_from().
    """
    asked_of_planner = {"exercises", "props"}
    own = {k: wanted.pop(k) for k in (Programme.model_fields.keys() & wanted) - asked_of_planner}
    wanted |= {"cautions": own.pop("cautions", ()), "alone": True}
    lengths = [minutes + more for more in range(MAX_MINUTES_ADDED + 1)]
    easier = next(filter(None, (_plan_easier_day(asked, wanted) for asked in lengths)), None)
    easier = easier or plan_lesson_from(lengths[-1], version="easier", **wanted)
    request = make_request(library=easier.library, **easier.wish)
    asked = request.minutes
    while (over_ms := _day_overrun_ms(items_without_additions(easier), request)) > 0:
        asked = max(1, asked - over_ms / MINUTE_MS)
        shorter = _plan_easier_day(asked, wanted)
        if not shorter or asked == 1:  # less time has room for too little
            break
        easier = shorter
    own = {"title": "A programme for the back", **own}
    own |= {"cautions": easier.cautions, "props": easier.wish["props"]}
    stages = [
        _prescriptions_of_items(items)
        for items in _plan_stages(items_without_additions(easier), request)
    ]
    stages = [each for number, each in enumerate(stages) if each not in stages[:number]]
    return make_programme_of_stages(stages, begins=begins, weeks=weeks, **own)


def _plan_easier_day(minutes: float, wanted: Mapping[str, Any]) -> Lesson | None:
    """A lesson of easier versions, unless it would break a rule, or have nothing in it."""
    with suppress(TooLittleLeftError):
        lesson = plan_lesson_from(minutes, version="easier", **wanted)
        return lesson if wanted.get("exercises") or not find_broken_rules(lesson) else None
    return None


def _day_overrun_ms(items: Sequence[LessonItem], request: LessonRequest) -> int:
    """By how much a day is longer than it may be, with all that is said to the person, in ms."""
    doses = _prescriptions_of_items(items)
    person: dict[str, Any] = {"cautions": request.cautions, "props": request.props}
    day = Programme(title="A day", begins=date.min, exercises=doses, **person)
    longest_ms = request.wished_length_ms + LESSON_LENGTH_TOLERANCE_MS
    return day.lesson_at(0).timeline.total - longest_ms


def make_programme_of_lesson(lesson: Lesson, **own: Any) -> Programme:
    """A programme of a lesson's exercises in its doses, without steps."""
    return make_programme_of_stages(
        [_prescriptions_of_items(items_without_additions(lesson))],
        **{"title": lesson.title, "props": lesson.wish.get("props"), **own},
    )


def make_next_programme(
    before: Programme,
    stage: int,
    wishes: Mapping[str, Collection[str]],
    exercises: Sequence[str],
    day: date,
    **own: Any,
) -> Programme:
    """What goes on from a stage of a programme on a day: its exercises with their sides and doses.

    What there is to be less of is done in its easier version, of what there is to be more of there
    is a little more, and what is never wanted is left out, as ``wishes`` say. The steps that did
    not come yet wait until it is time; where there are none, a little more of all waits.
    ``exercises`` come in besides, in their easier version.
    """
    doses = before.prescriptions_at(max(stage, 0), day, wishes["never"])
    there = {dose.exercise for dose in doses}
    doses += tuple(Prescription(exercise=n, version="easier") for n in exercises if n not in there)
    if not doses:
        raise ProgrammeError("Nothing of it is left that is wanted. Name exercises=[...] to do.")
    eased = {dose.exercise for dose in doses} if stage == EASED_STAGE else {*wishes["less"]}
    begun = tuple(
        dose.with_easier_version()
        if dose.exercise in eased
        else _increase_prescription(dose)
        if dose.exercise in wishes["more"]
        else dose
        for dose in doses
    )
    rest = before.step_status_on(day).order[max(stage, 0) :]
    steps = (
        [_make_step_between_prescriptions(begun, doses)]
        if stage == EASED_STAGE and begun != doses
        else []
    )
    there = {dose.exercise for dose in begun}
    for number in rest:
        if step := _trim_step_still_to_come(before.steps[number - 1], there, wishes):
            steps.append(step)
            there = there - {*step.drop} | {dose.exercise for dose in step.add}
    more = tuple(d if d.exercise in wishes["less"] else _increase_prescription(d) for d in begun)
    if not steps and begun != more:
        steps = [_make_step_between_prescriptions(begun, more)]
    return Programme(exercises=begun, steps=tuple(steps), **own)


def _trim_step_still_to_come(
    step: ProgrammeStep, exercise_ids: Set[str], wishes: Mapping[str, Collection[str]]
) -> ProgrammeStep | None:
    """A step without its day, what is not wanted, and what is not there; None where that is all."""
    changed, not_new = exercise_ids - {*wishes["less"]}, {*exercise_ids, *wishes["never"]}
    parts: dict[str, Any] = {
        "change": {name: dose for name, dose in step.change.items() if name in changed},
        "add": tuple(dose for dose in step.add if dose.exercise not in not_new),
        "drop": tuple(name for name in step.drop if name in exercise_ids),
        "days": step.days,
    }
    parts = {key: value for key, value in parts.items() if value}
    if step.what and (parts or not step.exercise_ids):
        parts["what"] = step.what
    return ProgrammeStep(**parts) if parts or not step.exercise_ids else None


def _increase_prescription(dose: Prescription) -> Prescription:
    """A dose with one repetition or a few seconds more of each step, as far as it may go."""
    item = dose.to_item(current_library().exercise(dose.exercise))
    more: dict[str, dict[str, float]] = {}
    grown: set[str] = set()
    for step in item.exercise.steps:
        amounts = adjustable_amounts(step)
        for name in [each for each in DOSE_INCREMENT_BY_AMOUNT if each in amounts][:1]:
            before = item.options.amount_of(step, name)
            amount = min(before + DOSE_INCREMENT_BY_AMOUNT[name], amounts[name].max)
            more.setdefault(name, {})[step.id] = amount
            grown |= {name} if amount > before else set()
    alike = {name: {*more[name].values()} for name in grown}
    return dose.model_copy(
        update={name: alike[name].pop() if len(alike[name]) == 1 else more[name] for name in grown}
    )


def make_programme_of_stages(stages: Sequence[Prescriptions], weeks: int, **own: Any) -> Programme:
    """A programme that goes through stages, evenly over its weeks; of too many, the first."""
    first, *others = stages[:weeks]
    steps = []
    before = first
    for number, doses in enumerate(others, 1):
        week = 1 + ceil(number * weeks / (len(others) + 1))
        steps.append(_make_step_between_prescriptions(before, doses, week=min(week, weeks)))
        before = doses
    own |= {"exercises": first, "steps": tuple(steps), "weeks": weeks}
    return Programme(**{key: value for key, value in own.items() if value not in (None, "", ())})


def _make_step_between_prescriptions(
    before: Prescriptions, after: Prescriptions, week: int | None = None
) -> ProgrammeStep:
    """What leads from doses to those of the same exercises after them."""
    change = {}
    for old, new in zip(before, after, strict=True):
        if old != new:
            given = {
                key: getattr(new, key) for key in new.model_fields_set & {*DoseOnDays.model_fields}
            }
            if old.version == new.version:
                given = {key: value for key, value in given.items() if value != getattr(old, key)}
            else:
                kept = ("sides", "note", "days")  # whatever the version is
                given = {k: v for k, v in given.items() if k not in kept or v != getattr(old, k)}
                given["version"] = new.version
            change[old.exercise] = DoseOnDays(**given)
    return ProgrammeStep(week=week, change=change) if week else ProgrammeStep(change=change)


def _prescriptions_of_items(items: Sequence[LessonItem]) -> Prescriptions:
    return tuple(Prescription(**saved_item_fields(item)) for item in items)


def _plan_stages(
    planned: Sequence[LessonItem], easier_request: LessonRequest
) -> Iterator[Sequence[LessonItem]]:
    """A little less than was planned, that, half of it as taught, and all of it."""
    less, taught = planned, replace(easier_request, version="source")
    breathing = {n for n, item in enumerate(planned) if item.exercise.is_only_breathing}
    moving = [n for n in range(len(planned)) if n not in breathing]
    for place in range(len(planned)):
        less = next(_list_valid_item_changes(less, place, easier_request), less)
    yield less
    yield planned
    half = len(moving) // 2
    for places in (moving[:half], moving[half:]):
        before = planned
        for place in places:
            planned = next(_list_valid_item_changes(planned, place, taught), planned)
        for place in breathing if planned is not before else ():  # which is no step by itself
            planned = next(_list_valid_item_changes(planned, place, taught), planned)
        yield planned


def _list_valid_item_changes(
    items: Sequence[LessonItem], place: int, request: LessonRequest
) -> Iterator[Sequence[LessonItem]]:
    """The items with one of them shorter, or in the version that is requested where it has another.

    Only what keeps to the rules and the time, and what is most to be wished for first.
    """
    old = items[place]
    found = find_candidate(request.library.exercise(old.exercise.id), request)
    if isinstance(found, LeftOutExercise):
        return
    old_ms = exercise_length_ms(old.exercise, old.options)
    lengths_ms = [old_ms, found.preferred_length_ms]
    if found.item.version == old.version:
        if request.version == "source" or old.version == "source":
            return
        lengths_ms = [round(FIRST_STAGE_LENGTH_SHARE * old_ms)]
    for length_ms in lengths_ms:
        options = choose_nearly_longest_like_taught(found.choices, length_ms).to_options(
            found.exercise
        )
        item = LessonItem(found.exercise, found.item.version, options=options)
        made = [*items[:place], item, *items[place + 1 :]]
        lesson = make_lesson_for_one_person(made, request)
        if _day_overrun_ms(made, request) <= 0 and not find_broken_rules(lesson):
            yield made
