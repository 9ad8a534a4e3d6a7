"""An exercise as boxes to print: its cautions, its steps with their figures, and what is easier.

Amounts and words are those of the exercise as it is given, filled for the side that begins.
"""

from collections.abc import Iterator

from backcare_nb.course.fields import fill_sides
from backcare_nb.course.library import Library
from backcare_nb.course.models import Exercise, Step, Version
from backcare_nb.export.arrangement import LEAST, Group, Placed, placed
from backcare_nb.export.boxes import Box, Card, Prose, Rule, Stack
from backcare_nb.export.paper import Run
from backcare_nb.export.prose import (
    BODY,
    HEAD,
    LABEL,
    NEAR,
    NUMBER,
    SAGE,
    SAGE_TINT,
    care,
    led,
    para,
    point,
)
from backcare_nb.figures import figure
from backcare_nb.html import course_cards
from backcare_nb.lesson.lesson import LessonItem
from backcare_nb.sessions.options import VERSION_LABELS

GAP = "\N{NO-BREAK SPACE}" * 2


def printed(number: int, part: LessonItem, source: Library, width: float) -> Placed:
    """A part of a lesson; its cautions stand between its title and the first step."""
    exercise = part.exercise
    title, cautions = _title(number, part), _care(exercise, source)
    return placed(title, cautions, _groups(part, width), list(_easier(part)), width)


def _title(number: int, part: LessonItem) -> Box:
    runs = [Run(part.exercise.title, HEAD), Run(f"{GAP}{_much(part)}", BODY)]
    if change := _changed(part):
        runs.append(Run(f"{GAP}{VERSION_LABELS[part.version]}: {change.title}", BODY.bold))
    lines = [Prose(tuple(runs), Run(f"{number}", NUMBER), 24)]
    if part.why:
        lines.append(para(part.why, BODY.slanted))
    return Stack([Rule(4), *lines], 1)


def _much(part: LessonItem) -> str:
    amounts = course_cards.describe_amounts(part.exercise, part.options)
    return course_cards.capitalize_first(amounts)


def _changed(part: LessonItem) -> Version | None:
    """What the version of a part changes; nothing where it is done as taught."""
    return None if part.version == "source" else getattr(part.exercise, part.version)


def _care(exercise: Exercise, source: Library) -> Box:
    """Who should take care; those who are to do the same are named together."""
    named: dict[str, list[str]] = {}
    for caution in exercise.cautions:
        what = fill_sides(caution.what, exercise.first)
        named.setdefault(what, []).append(source.safety.conditions[caution.whom])
    lines = [point(f"{'; '.join(whom)}:", what, NEAR) for what, whom in named.items()]
    return care("Take care", *lines, para(fill_sides(exercise.stop, exercise.first), NEAR))


def _groups(part: LessonItem, width: float) -> list[Group]:
    """The steps under the figures that show them; what comes before the first is with it."""
    figures = {step: pages for step, *pages in figure.parts(part.exercise, width / LEAST)}
    groups: list[Group] = [Group([])]
    for number, (step, runs) in enumerate(_steps(part), 1):
        if step in figures:
            before = groups.pop().steps if groups[-1].page is None else []
            groups.append(Group(before, *figures[step]))
        groups[-1].steps.append(Prose(runs, Run(f"{number}", LABEL), 17))
    return groups


def _steps(part: LessonItem) -> Iterator[tuple[str, tuple[Run, ...]]]:
    """The id and the words of each step, from getting into position to the other side."""
    exercise = part.exercise
    yield "", (Run(fill_sides(exercise.setup, exercise.first), BODY),)
    steps: list[Step | None] = [*exercise.steps, None]
    texts = course_cards.step_texts(exercise, part.options)
    for step, (title, words, much, out) in zip(steps, texts, strict=False):
        amount = (Run(f"{course_cards.capitalize_first(much)}.", BODY.slanted),) if much else ()
        lead = Run(f"{title}.", BODY.bold)
        last = (Run(f"{course_cards.WAY_OUT_LABEL} {out}", BODY),) if out else ()
        yield (
            step.id if step else "",
            (lead, Run(words, BODY), *amount, *_cues(step, exercise), *last),
        )


def _cues(step: Step | None, exercise: Exercise) -> Iterator[Run]:
    """What the voice says on the way; a movement's words hold its stages already."""
    if step and step.cues and step.do != "move":
        said = " ".join(fill_sides(cue.say, exercise.first) for cue in step.cues)
        yield Run(f"On the way: {said}", BODY)


def _easier(part: LessonItem) -> Iterator[Box]:
    """The easier version, where another is printed."""
    if part.version != "easier":
        easier = part.exercise.easier
        yield Card(led(f"Easier: {easier.title}.", easier.what), SAGE_TINT, SAGE, 5)
