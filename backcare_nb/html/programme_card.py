"""A programme as a card: what is done in its weeks, how much, and what changes when."""

from collections.abc import Iterator

from backcare_nb.course.dates import format_date
from backcare_nb.html.amount_words import capitalize_first, describe_amounts
from backcare_nb.html.card import Card, bold_line, bullet_list, div, h, para, table
from backcare_nb.html.course_cards import rounded_minutes
from backcare_nb.lesson.lesson import LessonItem
from backcare_nb.lesson.programme import Programme, ProgrammeStep
from backcare_nb.sessions.options import VERSION_LABELS
from backcare_nb.sessions.timeline import format_count_with_noun, join_with_and


def programme_card(programme: Programme, told: str = "") -> Card:
    """The programme to be read by whoever gives it, and by whoever does it.

    ``told`` is what of it is not as it was asked for, in a sentence.
    """
    first, last = (
        format_count_with_noun(rounded_minutes(programme.lesson_at(stage).timeline), "minute")
        for stage in (0, len(programme.steps))
    )
    later = f", and {last} once all steps hold" if last != first else ""
    objections = list(programme.objections())
    rows = [(str(n), *dose) for n, dose in enumerate(describe_doses(programme, 0), 1)]
    decide = bold_line("The course asks to take care here; it is for you to decide.")
    parts = (
        h("h3", programme.title),
        *((div("care", decide, bullet_list(objections)),) if objections else ()),
        para(
            f"{describe_person_and_therapist(programme)}{describe_start_weeks_and_days(programme)}"
        ),
        *((para(told),) if told else ()),
        para(f"A day has about {first} to begin with{later}."),
        *((para(programme.note),) if programme.note else ()),
        table(("", "Exercise", "How much"), rows),
        *(
            (bold_line("What changes"), bullet_list(describe_steps(programme)))
            if programme.steps
            else ()
        ),
    )
    return Card("programme", parts)


def describe_person_and_therapist(programme: Programme) -> str:
    """Whom a programme is for and from, in a sentence; empty where neither is named."""
    whom = f"For {programme.person}" if programme.person else ""
    source = f"from {programme.therapist}" if programme.therapist else ""
    words = ", ".join(filter(None, (whom, source)))
    return f"{capitalize_first(words).removesuffix('.')}. " if words else ""


def describe_start_weeks_and_days(programme: Programme, stage: int = 0) -> str:
    """From when, for how long, and on which days, in a sentence."""
    times = (
        f", {format_count_with_noun(len(programme.at), 'time')} a day"
        if len(programme.at) > 1
        else ""
    )
    return (
        f"{format_count_with_noun(programme.weeks, 'week')} from {format_date(programme.begins)},"
        f" {_days_in_words(programme.days_at(stage))}{times}."
    )


def _days_in_words(days: tuple[str, ...]) -> str:
    return "every day" if len(days) == 7 else f"on {join_with_and(days or ('no day',))}"


def describe_steps(programme: Programme) -> list[str]:
    """What changes and when, a sentence for each step."""
    return [
        f"{when}: {' '.join(describe_step_changes(programme, number))}"
        for number, when in enumerate(map(capitalize_first, describe_step_times(programme)), 1)
    ]


def describe_step_times(programme: Programme) -> Iterator[str]:
    """When each step comes, in words."""
    for number, step in enumerate(programme.steps, 1):
        day = f"week {step.week}" if step.week else step.date and format_date(step.date)
        earliest = f"not before {day}, and " if day else ""
        waits = f"step {number}, {earliest}once two sessions in a row felt like 3 of 10 or less"
        yield f"from {day} on" if day and not step.wait else waits


def describe_step_changes(programme: Programme, number: int) -> Iterator[str]:
    """What a step changes, exercise by exercise, with its own words first."""
    step, items = programme.steps[number - 1], programme.items_at(number)
    before = {item.exercise.id: item for item in programme.items_at(number - 1)}
    if step.what:
        yield step.what
    for item in items:
        is_new = item.exercise.id not in before
        if is_new or item.exercise.id in step.change:
            dose = describe_dose_of_step(step, item, before.get(item.exercise.id))
            yield f"{item.exercise.title}{' is new' * is_new}: {dose}."
    for name in step.drop:
        yield f"{programme.exercise_titles[name]} is left out."
    if step.days:
        yield describe_weekdays_from_step(programme, number)


def describe_weekdays_from_step(programme: Programme, number: int) -> str:
    """The days of the week from a step on, in a sentence."""
    return f"It is done {_days_in_words(programme.days_at(number))}."


def describe_dose(item: LessonItem, before: LessonItem | None = None) -> str:
    """How much of an exercise, and in which version; as taught is said where it was not before."""
    usual = before.version if before else "source"
    is_usual = item.version == usual == "source"
    version = "" if is_usual else f"{VERSION_LABELS[item.version].lower()}, "
    return f"{version}{describe_amounts(item.exercise, item.options)}"


def describe_dose_of_step(
    step: ProgrammeStep, item: LessonItem, before: LessonItem | None = None
) -> str:
    """How much of an exercise a step brings, and on which days where it says so."""
    said = {**step.change, **{dose.exercise: dose for dose in step.add}}[item.exercise.id]
    when = f", on {join_with_and(said.days)}" if said.days else ""
    return f"{describe_dose(item, before)}{when}"


def describe_doses(programme: Programme, stage: int) -> Iterator[tuple[str, str]]:
    """Each exercise of a stage by its title, and how much of it, on its own days, with its note."""
    days = {dose.exercise: dose.days for dose in programme.wanted_prescriptions_at(stage)}
    for item in programme.items_at(stage):
        own_days = days[item.exercise.id]
        when = f" ({join_with_and(own_days)})" if own_days else ""
        note = f" {item.note}" if item.note else ""
        yield item.exercise.title, f"{describe_dose(item)}{when}.{note}"
