"""The teacher's own sheet: a lesson on one page, with pictures, clock times, cues and notes.

It names the conditions of the group, since it is for one pair of eyes; what a class is given is
the handout.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from backcare_nb.course.fields import fill_sides
from backcare_nb.course.files import save_file
from backcare_nb.course.models import EVERYONE
from backcare_nb.course.names import shorten
from backcare_nb.export.handout import HandoutError, find_paper
from backcare_nb.export.handout_content import Fields, exercise_thumbnail_fields, lesson_length
from backcare_nb.export.typesetting import SHEET_TEMPLATE, Layout, typeset
from backcare_nb.html.amount_words import capitalize_first, describe_amounts
from backcare_nb.html.card import Card, para
from backcare_nb.lesson.find import LessonHolder, find_lesson
from backcare_nb.lesson.lesson import Lesson, LessonItem, cautions_for
from backcare_nb.sessions.phases import MINUTE_MS
from backcare_nb.sessions.timeline import format_clock, join_words

CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
SENTENCE = re.compile(r"\S.*?[.!?](?=\s|$)")
SHORT_SENTENCE = 20  # letters
SHEET_LAYOUTS = tuple(
    Layout(1, size, scale)
    for size, scale in ((9, 1.4), (8.5, 1.2), (8, 1), (7.5, 1), (7, 0.9), (6.5, 0.8), (6, 0.7))
)


def save_sheet(
    lesson: Lesson | LessonHolder | str,
    path: str | Path,
    begins: str = "",
    paper: Literal["A4", "Letter"] = "A4",
    *,
    replace: bool = False,
) -> Card:
    """Save a ``lesson``, or the saved one or section of that name, as one page for who leads it.

    ``path`` is the name of the file, such as "my_sheet.pdf", ``begins`` the time at which the class
    begins, such as "18:00", and ``paper`` "A4" or "Letter". It names who should take care: keep it
    to yourself. Another file that has the name is left as it is, unless ``replace`` is True. Raises
    HandoutError, SaveError or UnknownName, each with a sentence.
    """
    save_file(path, render_sheet(lesson, begins, paper), replace=replace)
    return Card("told", (para(f"Saved as {path}."),))


def render_sheet(lesson: Lesson | LessonHolder | str, begins: str = "", paper: str = "A4") -> bytes:
    """The sheet of a lesson as the bytes of a PDF; see save_sheet."""
    size, lesson = find_paper(paper), find_lesson(lesson)
    content = _describe(lesson, begins.strip())
    return typeset(
        {**content, "paper": size, "large": False, "grey": False}, SHEET_LAYOUTS, SHEET_TEMPLATE
    )


def _describe(lesson: Lesson, begins: str) -> Fields:
    safety, length = lesson.library.safety, lesson_length(lesson)
    things = join_words([f"a {thing}" for thing in lesson.needs] or ["nothing but room to move"])
    more = [f"a {thing}" for thing in lesson.needs_easier]
    return {
        "title": lesson.title,
        "length": capitalize_first(length),
        "subject": f"A lesson for the back, {length}: the teacher's own sheet",
        "begins": begins,
        "needs": f"{things}{f'; for the easier way {join_words(more)}' if more else ''}.",
        "say_first": lesson.library.rules.say_first,
        "stop": safety.stop.what,
        "emergency": "; ".join(safety.emergency.signs) + ".",
        "rows": list(_rows(lesson, begins)),
    }


def _rows(lesson: Lesson, begins: str) -> Iterator[Fields]:
    parts = [*lesson.parts, *([LessonItem(lesson.rising)] if lesson.ends_lying else [])]
    starts = [p.start_ms for p in lesson.timeline.phases if p.kind in ("setup", "rise")]
    for part, start_ms in zip(parts, starts, strict=True):
        exercise = part.exercise
        easier = exercise.easier if part.version != "easier" else None
        spoken = (fill_sides(step.say, exercise.first) for step in exercise.steps)
        sentences = dict.fromkeys(_opening_words(words) for words in spoken)
        yield {
            "at": clock_time(begins, start_ms),
            "figure": exercise_thumbnail_fields(exercise),
            "title": exercise.title,
            "amount": capitalize_first(describe_amounts(exercise, part.options)),
            "cues": " ".join((*sentences, fill_sides(exercise.stop, exercise.first))),
            "easier": fill_sides(easier.what, exercise.first) if easier else "",
            "care": list(_care_fields(part, lesson)),
            "note": part.note,
        }


def _care_fields(part: LessonItem, lesson: Lesson) -> Iterator[Fields]:
    """What is for everyone, then who of the group does what, or what else meanwhile."""
    exercise, library = part.exercise, lesson.library
    for caution in cautions_for(exercise, (EVERYONE, *lesson.cautions), library):
        others = [part.done_by([c], library) for c in caution.whom if c != EVERYONE]
        instead = dict.fromkeys(e.title for e in others if e and e.id != exercise.id)
        told = f" Or meanwhile: {join_words(instead)}." if instead else ""
        what = fill_sides(caution.what, exercise.first) + told
        yield {"whom": library.safety.names_of(caution.whom), "what": what}


def _opening_words(words: str) -> str:
    """The first sentence of what is said, and the second where the first is a word or two."""
    first, *others = SENTENCE.findall(words) or [words]
    return f"{first} {others[0]}" if others and len(first) < SHORT_SENTENCE else first


def clock_time(begins: str, after_ms: int) -> str:
    """The time on the clock so long after a class begins, or of the lesson where that is not said.

    Raises HandoutError for what is no time of day.
    """
    if not begins:
        return format_clock(after_ms)
    found = CLOCK.fullmatch(begins)
    if found is None:
        raise HandoutError(f'A class begins at a time such as 18:00, not "{shorten(begins)}".')
    minutes = 60 * int(found[1]) + int(found[2]) + after_ms // MINUTE_MS
    return f"{minutes // 60 % 24}:{minutes % 60:02d}"
