"""What the sheet of a programme says: each exercise with its picture, its dose and boxes to tick.

It is for one person who has been shown the exercises: short, and on one page where there are five.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from backcare_nb.course.dates import DAY_NAMES
from backcare_nb.course.fields import fill_sides
from backcare_nb.course.library import shipped_library
from backcare_nb.course.models import ANYONE_CONDITION, Exercise
from backcare_nb.custom.library import current_library
from backcare_nb.export.handout_content import PrintedFields, advice_fields, step_fields
from backcare_nb.html.amount_words import capitalize_first
from backcare_nb.html.programme_card import (
    describe_dose,
    describe_dose_of_step,
    describe_person_and_therapist,
    describe_start_weeks_and_days,
    describe_step_times,
    describe_weekdays_from_step,
)
from backcare_nb.lesson.lesson import LessonItem
from backcare_nb.lesson.programme import Programme, ProgrammeStep
from backcare_nb.sessions.timeline import join_with_and

MAX_PICTURES_PER_EXERCISE = 2  # of an exercise: as it begins, and as it is held
# What a setup says not to do, which is printed where there is no room for all of it.
FORBIDDING_SENTENCE_PATTERN = re.compile(r"[^.]*\b(?:never|not|nothing)\b[^.]*\.", re.IGNORECASE)


def programme_fields(programme: Programme) -> PrintedFields:
    """Everything that is printed of a programme."""
    safety, due = current_library().safety, due_exercise_ids_by_day(programme)
    weekdays = sorted({day.weekday() for day, names in due.items() if names})
    days = [day for day in due if day.weekday() in weekdays]
    weeks = [
        [due[day] for day in sorted(days, key=date.weekday) if programme.week_of(day) == number]
        for number in range(1, programme.weeks + 1)
    ]
    brought_in: dict[str, tuple[int, LessonItem]] = {}  # each exercise, with its first stage
    for stage in range(len(programme.steps) + 1):
        for item in programme.items_at(stage):
            brought_in.setdefault(item.exercise.id, (stage, item))
    return {
        "title": programme.title,
        "subject": "A programme for the back: a sheet to print",
        "who": describe_person_and_therapist(programme) + describe_start_weeks_and_days(programme),
        "note": programme.note or "",
        "changes": list(_changes_of_whole_programme(programme)),
        "exercises": [
            _programme_item_fields(programme, item, stage)
            | {"due": [[name in names for names in week] for week in weeks]}
            for name, (stage, item) in brought_in.items()
        ],
        "ask": _who_should_ask_first(programme, [item.exercise for _, item in brought_in.values()]),
        "days": [DAY_NAMES[number][0] for number in weekdays],
        "weeks": programme.weeks,
        "due": [[bool(names) for names in week] for week in weeks],
        "times": max(len(programme.at), 1),
        "activity": programme.activity or "",
        "education": safety.education.what,
        "stop": advice_fields(safety.stop),
        "emergency": advice_fields(safety.emergency),
        "going_on": safety.going_on.what if programme.steps else "",
        "scale": [
            {"numbers": f"{band.lowest} to {band.highest}", "title": band.title, "what": band.what}
            for band in safety.scale.bands
        ],
    }


def _programme_item_fields(programme: Programme, item: LessonItem, stage: int) -> PrintedFields:
    exercise, times = item.exercise, list(map(capitalize_first, describe_step_times(programme)))
    steps = list(step_fields(exercise, item.options))
    frames = [frame for step in steps for frame in step["frames"]]  # type: ignore[union-attr]
    if len(frames) > MAX_PICTURES_PER_EXERCISE:
        first_side = [each for each in frames if not str(each["posture"]).startswith("other ")]  # type: ignore[index,call-overload]
        frames = [frames[0], (first_side or frames)[-1]]
    begins = f"{times[stage - 1]}: " if stage else ""
    words = []
    for step in steps:  # of several frames each has words of its own
        below = step["frames"] if len(step["frames"]) > 1 else ()  # type: ignore[arg-type]
        words += [str(part["words"]) for part in (step, *below)]  # type: ignore[misc]
    cautions = [
        fill_sides(caution.what, exercise.first)
        for caution in programme.cautions_for_person(exercise, current_library())
    ]
    forbidden = FORBIDDING_SENTENCE_PATTERN.findall(exercise.setup)
    brief = [*forbidden, *(step.say for step in exercise.steps)]
    cues = [*forbidden, *exercise.short_cues] if exercise.short_cues else brief
    if item.version == "easier" and exercise.id not in shipped_library().all_exercises_by_id:
        # Easier versions of one's own often have the words of the exercise: this is what differs.
        easier = current_library().exercise(exercise.id).easier
        for told in (words, brief):  # it has no cues
            told.insert(0, fill_sides(easier.what, exercise.first) if easier else "")
    return {
        "title": exercise.title,
        "language": exercise.language,
        "dose": f"{begins}{capitalize_first(describe_dose(item))}",
        # How to get there comes first.
        "words": " ".join(dict.fromkeys(filter(None, words))),
        "brief": fill_sides(" ".join(dict.fromkeys(brief)), exercise.first),
        "cues": fill_sides(" ".join(dict.fromkeys(cues)), exercise.first),
        "note": item.note,
        "changes": list(_changes_of_exercise(programme, item, stage, times)),
        "ask": _who_should_ask_first(programme, [exercise]),
        "cautions": " ".join([*cautions, fill_sides(exercise.stop, exercise.first)]),
        "short_cautions": " ".join([*cautions, exercise.short_stop or exercise.stop]),
        "pictures": frames,
    }


def _changes_of_exercise(
    programme: Programme, item: LessonItem, since_stage: int, step_times: list[str]
) -> Iterator[str]:
    """What becomes of an exercise with each further step, in a line, in the author's words too."""
    name, taught = item.exercise.id, current_library().exercise(item.exercise.id)
    if since_stage and (what := _words_of_single_exercise_step(programme.steps[since_stage - 1])):
        yield what
    for number in range(since_stage + 1, len(programme.steps) + 1):
        step, when = programme.steps[number - 1], step_times[number - 1]
        what = f"{said} " if (said := _words_of_single_exercise_step(step)) else ""
        if name in step.drop:
            yield f"{when}: {what}It is left out."
        elif name in step.change:
            before, items = item, {each.exercise.id: each for each in programme.items_at(number)}
            if name in items:
                item = items[name]
                easier = before.version != "easier" == item.version
                dose = describe_dose_of_step(step, item, before)
                way = f" {taught.easier.what}" if easier and taught.easier else ""
                yield f"{when}: {what}{capitalize_first(dose)}.{way}"


def _words_of_single_exercise_step(step: ProgrammeStep) -> str:
    """The author's words for a step that is about one exercise; else they stand by themselves."""
    return step.what or "" if len((*step.change, *step.add, *step.drop)) == 1 else ""


def _changes_of_whole_programme(programme: Programme) -> Iterator[str]:
    """What steps change of no exercise by itself: days of the week, words alone or of several."""
    for number, when in enumerate(map(capitalize_first, describe_step_times(programme)), 1):
        step = programme.steps[number - 1]
        what = [step.what] if step.what and not _words_of_single_exercise_step(step) else []
        what += [describe_weekdays_from_step(programme, number)] if step.days else []
        if what:
            yield f"{when}: {' '.join(what)}"


def due_exercise_ids_by_day(programme: Programme) -> dict[date, set[str]]:
    """The exercises that may be due on each day of a programme, by their ids.

    A step that waits may have been taken on each day from which it can be.
    """
    days = (programme.begins + timedelta(days=number) for number in range(7 * programme.weeks))
    return {
        day: {
            item.exercise.id
            for stage in programme.step_status_on(day).stages
            if programme.is_due_on(day, stage)
            for item in programme.items_at(stage, day)
        }
        for day in days
    }


def _who_should_ask_first(programme: Programme, exercises: Sequence[Exercise]) -> str:
    """Who asks before these exercises, where nothing is known of the person; of several, by number.

    Empty where the person's conditions are known, and where nobody need ask.
    """
    numbers: dict[str, list[int]] = {}
    for number, exercise in enumerate(() if programme.cautions else exercises, 1):
        leaves_out = [c.whom for c in exercise.cautions if c.then == "leave_out"]
        for whom in {name for names in leaves_out for name in names} - {ANYONE_CONDITION}:
            numbers.setdefault(whom, []).append(number)
    named: dict[tuple[int, ...], list[str]] = {}
    safety = current_library().safety
    for whom in filter(numbers.__contains__, safety.conditions):
        named.setdefault(tuple(numbers[whom]), []).append(whom)
    told = []
    for those, conditions in named.items():
        whose = "all" if len(those) == len(exercises) else join_with_and(map(str, those))
        names = safety.conditions_in_words(conditions)
        told.append(f"{names[0].lower()}{names[1:]}{f' ({whose})' * (len(exercises) > 1)}")
    return f"Ask first with: {'; '.join(told)}." if told else ""
