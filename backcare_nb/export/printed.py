"""A lesson as boxes to print, in the order in which a person needs them.

All guidance comes from the data; nothing here holds an amount.
"""

import re
from collections.abc import Iterable, Iterator

import numpy as np

from backcare_nb.course.library import Library
from backcare_nb.course.models import Advice
from backcare_nb.export.boxes import Box, Code, Columns, Prose, Regions, Rule, Ruled, Stack
from backcare_nb.export.paper import MM, Run, Type
from backcare_nb.export.printed_exercise import printed
from backcare_nb.export.prose import (
    BODY,
    FINE,
    LABEL,
    QUIET,
    SMALL,
    TITLE,
    care,
    label,
    led,
    para,
    point,
)
from backcare_nb.html import course_cards
from backcare_nb.lesson.lesson import Lesson, LessonItem
from backcare_nb.sessions.timeline import count_noun

CODE = 31 * MM


def blocks(lesson: Lesson, width: float, link: str, code: np.ndarray | None) -> Iterator[Box]:
    """What is printed, block by block: each stays on one page where it can.

    What a lesson leaves out stands in its plan, for the teacher, and not here, for the learners.
    """
    rising = [LessonItem(lesson.rising)] if lesson.ends_lying else []
    parts = [*lesson.parts, *rising]
    overview = _overview(parts, needs(lesson), width)
    yield Stack([_head(lesson, link, code), overview, _before(lesson.library)], 9)
    for number, part in enumerate(parts, 1):
        yield printed(number, part, lesson.library, width)


def notes(count: int) -> Box:
    """Lines for what the teacher adds."""
    return Stack([label("Notes"), Ruled(count)])


def length(lesson: Lesson) -> str:
    """How long a lesson lasts, and in which version, if it has one."""
    minutes = course_cards.rounded_minutes(lesson.timeline)
    versions = {part.version for part in lesson.parts}
    named = f", {versions.pop()} version" if len(versions) == 1 and versions != {"source"} else ""
    return f"about {count_noun(minutes, 'minute')}{named}"


# The first page


def _head(lesson: Lesson, link: str, code: np.ndarray | None) -> Box:
    lines = [
        para(lesson.title, TITLE),
        para(course_cards.capitalize_first(length(lesson)), Type(12, QUIET)),
    ]
    if code is None:
        return Stack(lines, 2)
    lines += [para("To play along on a telephone or computer:", BODY.bold)]
    lines += [Prose((Run(link, BODY),), url=link)]
    return Columns([Stack(lines, 2), Code(code)], [0, CODE])


def _overview(parts: Iterable[LessonItem], needs: Iterable[str], width: float) -> Box:
    do = []
    for number, part in enumerate(parts, 1):
        amounts = course_cards.describe_amounts(part.exercise, part.options)
        runs = (Run(part.exercise.title, BODY.bold), Run(amounts, BODY))
        do.append(Prose(runs, Run(f"{number}", LABEL), 20))
    need = [point("", words) for words in needs]
    need = need or [para("No more than room to move")]
    columns = [Stack([label("What you will do"), *do], 2)]
    columns += [Stack([label("What you need"), *need], 2)]
    return Stack([Rule(), Columns(columns, [0.58 * width, 0]), Rule(), _colours()], 2)


def needs(lesson: Lesson) -> list[str]:
    """What to have at hand: in a section's own words where it is whole, else thing by thing."""
    done = {part.exercise.id for part in lesson.parts}
    whole = [s for s in lesson.library.sections if {e.id for e in s.session} <= done]
    told = list(dict.fromkeys(need for section in whole for need in section.needs))
    named = set(re.findall(r"\w+", " ".join(told).lower()))
    return told + [f"A {thing}" for thing in lesson.needs if thing not in named]


def _colours() -> Box:
    """What the colours of the spine in the figures are."""
    words = "The spine in the figures, from the seat to the neck:"
    return Columns([para(words, SMALL), Regions(SMALL)], [SMALL.width(words) + 1, 0], 10)


def _before(source: Library) -> Box:
    """What to know before beginning: what this is, when to stop, when it is for a doctor."""
    safety = source.safety
    left = [para(safety.education.what, FINE), _short(safety.stop), _short(safety.emergency)]
    right = [_short(advice) for advice in safety.urgent[:2]]
    return care("Before you begin", Columns([Stack(left, 5), Stack(right, 5)], [0, 0]))


def _short(advice: Advice) -> Prose:
    """Advice in one paragraph, its signs in a row."""
    signs = "; ".join(sign[:1].lower() + sign[1:] for sign in advice.signs)
    return led(f"{advice.title}.", f"{advice.what[:-1]}: {signs}." if signs else advice.what, FINE)
