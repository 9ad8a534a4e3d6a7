"""The teacher's own sheet: a page to lead a lesson from, with pictures, clock times and short cues.

Its letters are as large as the page has room for. Behind it each exercise stands whole, to prepare
the class; both may lie open. Who had better do what stands on the last page, for one pair of eyes.
"""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from backcare_nb.course.fields import LYING_POSITIONS, POSITIONS_OFF_THE_FLOOR, fill_sides
from backcare_nb.course.files import SaveError, save_file
from backcare_nb.course.names import shorten
from backcare_nb.export.handout import find_typst_paper
from backcare_nb.export.handout_content import (
    PrintedFields,
    describe_length_and_version,
    exercise_thumbnail_fields,
)
from backcare_nb.export.typesetting import SHEET_TEMPLATE, PageLayout, typeset_pdf_on_least_paper
from backcare_nb.html.amount_words import capitalize_first
from backcare_nb.html.card import Card, para
from backcare_nb.html.lesson_card import (
    GIVE_CONDITIONS_SHEET_SENTENCE,
    describe_alternatives_beside_group,
    describe_things_to_bring,
    format_half_minutes,
    instructions_for_early_finishers,
    lesson_rows,
    teacher_instructions_by_condition,
)
from backcare_nb.lesson.eligibility import POSITION_LABELS
from backcare_nb.lesson.find import LessonHolder, find_lesson
from backcare_nb.lesson.lesson import TAKE_IT_EASIER_LEAD_IN, Lesson
from backcare_nb.sessions.phases import MINUTE_MS, SPOKEN

BEGINNING_TIME_PATTERN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
MAX_SHORT_NOTE_LETTERS = 70  # of a note on the first page; behind it the note stands whole
# The letters first, and then the pictures: their height in millimetres is the scale.
LESSON_SHEET_LAYOUTS = tuple(
    PageLayout(1, size, millimetres)
    for size, heights in (
        *((size, (26, 22, 18)) for size in (14, 13, 12, 11.5, 11)),
        *((size, (18, 15, 12, 10)) for size in (10.5, 10)),
        *((size, (14, 11, 9)) for size in (9.5, 9)),
        (8.5, (12, 10, 8)),
    )
    for millimetres in heights
)


def save_sheet(
    lesson: Lesson | LessonHolder | str,
    path: str | Path,
    begins: str = "",
    paper: Literal["A4", "Letter"] = "A4",
    *,
    replace: bool = False,
) -> Card:
    """Save a ``lesson``, or the saved one or section of that name, for who leads it.

    ``path`` is the name of the file, such as "my_sheet.pdf", ``begins`` the time at which the class
    begins, such as "18:00", and ``paper`` "A4" or "Letter". The first page is the one to lead from;
    the last names who had better do what: keep that to yourself. Another file that has the name is
    left as it is, unless ``replace`` is True. Raises SaveError or UnknownName, with a sentence.
    """
    save_file(path, render_sheet(lesson, begins, paper), replace=replace)
    return Card("told", (para(f"Saved as {path}."),))


def render_sheet(lesson: Lesson | LessonHolder | str, begins: str = "", paper: str = "A4") -> bytes:
    """The sheet of a lesson as the bytes of a PDF; see save_sheet."""
    size, lesson = find_typst_paper(paper), find_lesson(lesson)
    content = _sheet_fields(lesson, begins.strip())
    return typeset_pdf_on_least_paper(
        {**content, "paper": size, "large": False, "grey": False},
        LESSON_SHEET_LAYOUTS,
        SHEET_TEMPLATE,
    )


def _sheet_fields(lesson: Lesson, begins: str) -> PrintedFields:
    said_first = lesson.timeline.phases[0].say
    room = (SPOKEN[w] for w in ("set_chair", "have_room") if SPOKEN[w] in said_first)
    library, length = lesson.library, describe_length_and_version(lesson)
    sits_out = {*lesson.cautions} - {*lesson.participant_conditions}
    goes_on = [library.rules.sits_out.goes_on] if sits_out else []
    return {
        "title": lesson.title,
        "length": capitalize_first(length),
        "subject": f"A lesson for the back, {length}: the teacher's own sheet",
        "begins": begins,
        "needs": " ".join((*describe_things_to_bring(lesson), *room, *goes_on)),
        "say_first": library.rules.say_first,
        "told": " ".join((*lesson.told, instructions_for_early_finishers(lesson))),
        "emergency": library.safety.emergency.signs,
        "rows": list(_exercise_row_fields(lesson, begins)),
        "conditions": "; ".join(lesson.conditions_to_ask_in_words) + ".",
        "ask": GIVE_CONDITIONS_SHEET_SENTENCE,
        "private": [
            {"whom": whom, "what": what} for whom, what in teacher_instructions_by_condition(lesson)
        ],
    }


def _exercise_row_fields(lesson: Lesson, begins: str) -> Iterator[PrintedFields]:
    place, rules = "", lesson.library.rules
    for row in lesson_rows(lesson):
        exercise, rises = row.part.exercise, row.part.exercise.id == lesson.rise_exercise.id
        before, *_ = exercise.setup.partition(TAKE_IT_EASIER_LEAD_IN)  # that stands below
        steps = " ".join(step.all_words for step in exercise.steps)
        spoken = ("", "") if rises else (before.rstrip(), steps)
        short = exercise.short_cues or [f"{step.title}." for step in exercise.steps[:4]]
        if rules.kneeling.seated in exercise.setup:
            short = (*short, rules.kneeling.short_seated)
        if exercise.position != place and not rises:
            goes_down = place in ("", *POSITIONS_OFF_THE_FLOOR)
            place = exercise.position
            label = f"{capitalize_first(POSITION_LABELS[place])}."
            is_way = goes_down and place in LYING_POSITIONS
            short = (rules.floor.short_down if is_way else label, *short)
        words = (*spoken, exercise.stop, " ".join(short))
        setup, cues, stop, short_cues = (fill_sides(each, exercise.first) for each in words)
        said_to_all = (
            caution.what for caution in row.part.exercise_without_private_cautions().cautions
        )
        other = describe_alternatives_beside_group(row.part, lesson, brief=True)
        yield {
            "at": format_clock_time_or_minutes(begins, row.start_ms),
            "figure": exercise_thumbnail_fields(exercise),
            "title": exercise.title,
            "amount": row.amount,
            "short_cues": short_cues,
            "short_care": " ".join((*said_to_all, exercise.short_stop or stop, other)).strip(),
            "setup": setup,
            "cues": cues,
            "stop": stop,
            "told": " ".join(row.told),
            "easier": row.other_way,
            "short_note": textwrap.shorten(row.part.note, MAX_SHORT_NOTE_LETTERS, placeholder=" …"),
            "note": row.part.note,
        }


def format_clock_time_or_minutes(begins: str, after_ms: int) -> str:
    """The time on the clock so long after a class begins, or its minutes where that is not said.

    Raises SaveError for what is no time of day.
    """
    if not begins:
        return f"{format_half_minutes(after_ms)} min"
    found = BEGINNING_TIME_PATTERN.fullmatch(begins)
    if found is None:
        raise SaveError(f'A class begins at a time such as 18:00, not "{shorten(begins)}".')
    minutes = 60 * int(found[1]) + int(found[2]) + after_ms // MINUTE_MS
    return f"{minutes // 60 % 24}:{minutes % 60:02d}"
