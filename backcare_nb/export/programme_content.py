"""What the sheet of a programme says: each exercise with its picture, its dose and boxes to tick.

It is for one person who has been shown the exercises: short, and on one page where there are five.
"""

from collections.abc import Iterator

from backcare_nb.course.fields import fill_sides
from backcare_nb.course.models import EVERYONE
from backcare_nb.custom.library import library
from backcare_nb.export.handout_content import Fields, advice_fields, step_fields
from backcare_nb.html.amount_words import capitalize_first
from backcare_nb.html.programme_card import (
    describe_dose,
    describe_when,
    describe_who,
    step_times,
)
from backcare_nb.lesson.lesson import LessonItem, cautions_for
from backcare_nb.lesson.programme import Prescription, Programme

MAX_PICTURES = 2  # of an exercise: as it begins, and as it is held


def describe_programme(programme: Programme) -> Fields:
    """Everything that is printed of a programme."""
    safety = library().safety
    names = [name[0] for name in programme.days_at(0)]
    return {
        "title": programme.title,
        "subject": "A programme for the back: a sheet to print",
        "who": describe_who(programme) + describe_when(programme),
        "note": programme.note or "",
        "exercises": list(_exercise_rows(programme)),
        "days": names,
        "weeks": programme.weeks,
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


def _exercise_rows(programme: Programme) -> Iterator[Fields]:
    """Each exercise that is done at any time, in the order in which it comes in."""
    times = list(step_times(programme))
    seen: set[str] = set()
    for stage in range(len(programme.steps) + 1):
        doses = {dose.exercise: dose for dose in programme.doses_at(stage)}
        for item in programme.items_at(stage):
            if item.exercise.id not in seen:
                seen.add(item.exercise.id)
                begins = capitalize_first(times[stage - 1]) if stage else ""
                yield _exercise_row(programme, item, doses[item.exercise.id], begins, stage, times)


def _exercise_row(
    programme: Programme,
    item: LessonItem,
    dose: Prescription,
    begins: str,
    stage: int,
    times: list[str],
) -> Fields:
    exercise = item.exercise
    steps = list(step_fields(exercise, item.options))
    frames = [frame for step in steps for frame in step["frames"]]  # type: ignore[union-attr]
    if len(frames) > MAX_PICTURES:
        frames = [frames[0], frames[-1]]
    words = list(dict.fromkeys(word for step in steps for word in _words(step) if word))
    # How to get there comes first, in words of its own or those below the first of several frames.
    has_setup = steps[0]["title"] == "" or len(frames) > 1
    setup, told = (words[0], words[1:]) if has_setup and len(words) > 1 else ("", words)
    days = dose.days or programme.days_at(stage)
    return {
        "title": exercise.title,
        "language": exercise.language,
        "dose": f"{f'{begins}: ' if begins else ''}{capitalize_first(describe_dose(item))}",
        "setup": setup,
        "words": " ".join(told),
        "note": item.note,
        "changes": list(_changes(programme, exercise.id, stage, times)),
        "cautions": list(_care(programme, item)),
        "pictures": frames,
        "days": [name[0] if name in days else "" for name in programme.days_at(0)],
    }


def _words(step: Fields) -> Iterator[str]:
    """What a step says, with what stands below its frames."""
    yield str(step["words"])
    if len(step["frames"]) > 1:  # type: ignore[arg-type]
        yield from (str(frame["words"]) for frame in step["frames"])  # type: ignore[union-attr,index,call-overload]


def _changes(programme: Programme, name: str, since: int, times: list[str]) -> Iterator[str]:
    """What becomes of an exercise with each further step, in a line."""
    for number in range(since + 1, len(programme.steps) + 1):
        step, when = programme.steps[number - 1], capitalize_first(times[number - 1])
        if name in step.drop:
            yield f"{when}: left out."
        elif name in step.change:
            items = {item.exercise.id: item for item in programme.items_at(number)}
            if name in items:
                yield f"{when}: {describe_dose(items[name])}."


def _care(programme: Programme, item: LessonItem) -> Iterator[str]:
    """Cautions for everyone and for this person; where nothing is known of them, who should ask."""
    exercise, taught = item.exercise, library()
    for caution in cautions_for(exercise, (EVERYONE, *programme.cautions), taught):
        yield fill_sides(caution.what, exercise.first)
    if not programme.cautions:
        whom = dict.fromkeys(w for c in exercise.cautions if c.then == "leave_out" for w in c.whom)
        if names := taught.safety.names_of(name for name in whom if name != EVERYONE):
            yield f"Ask first with: {names[0].lower()}{names[1:]}."
    yield fill_sides(exercise.stop, exercise.first)
