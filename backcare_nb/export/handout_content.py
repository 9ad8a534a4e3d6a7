"""What a handout says, as plain data for its templates, in the order in which a person needs it.

All guidance comes from the course; nothing here holds an amount. Words are those of the exercise
as it is given, filled for the side that begins.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Literal

import segno

from backcare_nb.course.fields import Model, Side, fill_sides
from backcare_nb.course.library import Library
from backcare_nb.course.models import Advice, Exercise, Frequency, Step
from backcare_nb.export.typesetting import JsonContent
from backcare_nb.figures.alt_text import NOT_LIKE_THIS_LABEL
from backcare_nb.figures.disk_cache import cache_on_disk
from backcare_nb.figures.draw import draw_felt_sites, draw_stops, draw_thumbnail, find_figure
from backcare_nb.figures.drawing import PIXELS_PER_UNIT, Drawing
from backcare_nb.figures.palette import SPINE_COLOUR_BY_REGION
from backcare_nb.html import course_cards
from backcare_nb.html.amount_words import capitalize_first, describe_amounts
from backcare_nb.html.exercise_figures import (
    StepFigure,
    does_first_figure_say_setup,
    is_shown_as_loop,
    step_figures,
)
from backcare_nb.html.picture import first_side, typical_posture
from backcare_nb.lesson.lesson import Lesson, LessonItem
from backcare_nb.posture.pose import solve_posture
from backcare_nb.posture.table import posture_table
from backcare_nb.sessions.options import Options, version_heading
from backcare_nb.sessions.timeline import format_count_with_noun, frequency_in_words, join_with_and

QR_QUIET_ZONE_MODULES = 4  # modules around a QR code, by its standard


PrintedFields = dict[str, JsonContent]


def lesson_fields(lesson: Lesson, link: str) -> PrintedFields:
    """Everything that is printed of a lesson; what it leaves out stands in its plan alone."""
    safety = lesson.library.safety
    rising = [LessonItem(lesson.rise_exercise)] if lesson.ends_lying else []
    length = describe_length_and_version(lesson)
    parts = (*lesson.parts, *rising)
    shared, own = _split_shared_and_own_cautions([part.exercise for part in parts], lesson.library)
    concerned = {whom for part in parts for c in part.exercise.cautions for whom in c.whom}
    return {
        "title": lesson.title,
        "length": capitalize_first(length),
        "subject": f"Exercises for the back, {length}: a handout to print",
        "link": link,
        "code": _qr_code_fields(link) if link else None,
        "needs": _describe_things_needed(lesson) or ["No more than room to move"],
        "spine": [{"name": region, "colour": c} for region, c in SPINE_COLOUR_BY_REGION.items()],
        "education": safety.education.what,
        "stop": advice_fields(safety.stop),
        "emergency": advice_fields(safety.emergency),
        "often": list(_frequency_fields(lesson)),
        "going_on": advice_fields(safety.going_on),
        "sources": _format_frequency_reference_names(lesson),
        "signs": [advice_fields(a) for a in safety.urgent if a.whom in (None, *concerned)],
        "shared_cautions": shared,
        "exercises": [
            _exercise_fields(part, part.exercise.id == lesson.rise_exercise.id, part is parts[-1])
            | {"cautions": cautions}
            for part, cautions in zip(parts, own, strict=True)
        ],
    }


def describe_length_and_version(lesson: Lesson) -> str:
    """How long a lesson lasts, and in which version, if it has one."""
    versions = {part.version for part in lesson.parts}
    named = f", {versions.pop()} version" if len(versions) == 1 and versions != {"source"} else ""
    minutes = course_cards.rounded_minutes(lesson.timeline)
    return f"about {format_count_with_noun(minutes, 'minute')}{named}"


def _describe_things_needed(lesson: Lesson) -> list[str]:
    """What to have at hand: in a section's own words where it is whole, else thing by thing."""
    done = {part.exercise.id for part in lesson.parts}
    whole = [s for s in lesson.library.sections if {e.id for e in s.session_exercises} <= done]
    told = list(dict.fromkeys(need for section in whole for need in section.needs))
    named = set(re.findall(r"\w+", " ".join(told).lower()))
    return told + [f"A {thing}" for thing in lesson.needs if thing not in named]


def _frequency_fields(lesson: Lesson) -> Iterator[PrintedFields]:
    """How often to do what is in a lesson; each exercise is named where they differ."""
    titles: dict[Frequency, list[str]] = {}
    for part in lesson.parts:
        if often := part.exercise.often:
            titles.setdefault(often, []).append(part.exercise.title)
    for often, those in titles.items():
        words = {"amount": capitalize_first(frequency_in_words(often)), "what": often.what}
        yield {**words, "whose": ", ".join(those) if len(titles) > 1 else ""}


def _format_frequency_reference_names(lesson: Lesson) -> str:
    """Who stands behind how often, and behind when to go on."""
    often = (part.exercise.often for part in lesson.parts)
    texts = (*(each.what for each in often if each), lesson.library.safety.going_on.what)
    names = dict.fromkeys(name for text in texts for name in text.references)
    return ", ".join(lesson.library.references[name].name for name in names)


def advice_fields(advice: Advice) -> PrintedFields:
    return {"title": advice.title, "what": advice.what, "signs": advice.signs}


# An exercise


def _exercise_fields(part: LessonItem, is_rise: bool, is_last: bool) -> PrintedFields:
    """What is printed of an exercise, less of getting up where the lesson does it again."""
    exercise, steps = part.exercise, list(step_fields(part.exercise, part.options))
    if is_rise and not is_last:
        steps[1:] = [step | {"frames": []} for step in steps[1:]]
    change = None if part.version == "source" else getattr(exercise, part.version)
    easier = exercise.version("easier")
    differs = typical_posture(easier) != typical_posture(exercise)
    easier_fields: PrintedFields = {
        "title": version_heading("easier", exercise.easier.title),
        "what": exercise.easier.what,
        "language": easier.language,
        "figure": exercise_thumbnail_fields(easier) if differs else None,
    }
    return {
        "title": exercise.title,
        "language": exercise.language,
        "amount": capitalize_first(describe_amounts(exercise, part.options)),
        "version": version_heading(part.version, change.title) if change else "",
        "why": part.why,
        "stop": fill_sides(exercise.stop, exercise.first),
        "steps": steps,
        "felt": fill_sides(exercise.felt.words, exercise.first) if exercise.felt else "",
        "mistakes": [
            {key: fill_sides(getattr(mistake, key), exercise.first) for key in ("words", "instead")}
            for mistake in exercise.mistakes
        ],
        "pictures": [] if is_rise else list(_felt_and_mistake_picture_fields(exercise)),
        "easier": None if part.version == "easier" else easier_fields,
    }


def _split_shared_and_own_cautions(
    exercises: Sequence[Exercise], library: Library
) -> tuple[list[JsonContent], list[list[JsonContent]]]:
    """The cautions that several exercises have, by their numbers, and those of each one alone.

    Those who are to do the same are named together; of two exercises each says its own.
    """
    numbers: dict[tuple[str, str], list[int]] = {}
    for number, exercise in enumerate(exercises, 1):
        for caution in exercise.cautions:
            for whom in caution.whom:
                what = fill_sides(caution.what, exercise.first)
                numbers.setdefault((what, whom), []).append(number)
    named: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for (what, whom), those in numbers.items():
        named.setdefault((what, tuple(dict.fromkeys(those))), []).append(whom)
    shared: list[JsonContent] = []
    own: list[list[JsonContent]] = [[] for _ in exercises]
    for (what, at), conditions in named.items():
        line: PrintedFields = {"whom": library.safety.conditions_in_words(conditions), "what": what}
        if len(at) == 1 or len(exercises) == 2:
            for number in at:
                own[number - 1].append(line)
        else:
            whose = "all" if len(at) == len(exercises) else join_with_and(map(str, at))
            shared.append(line | {"whose": whose})
    return shared, own


def step_fields(exercise: Exercise, options: Options) -> Iterator[PrintedFields]:
    """Each step with its figure; first getting into position, and last the other side."""
    side, own = first_side(exercise), exercise.own_figures

    def stops(step: Step, name: str) -> list[PrintedFields]:
        return _figure_stop_fields(name, side, is_shown_as_loop(step), own=own)

    figures = {each.step.id: each for each in step_figures(exercise, stops, options)}
    opening = figures[exercise.steps[0].id]
    if len(opening.frames) == 1 or not does_first_figure_say_setup(exercise, opening):
        setup = fill_sides(exercise.setup, side)
        yield {"title": "", "words": setup, "amount": "", "cues": "", "out": "", "frames": []}
    told = course_cards.step_texts(exercise, options)
    for step, (title, words, amount, out) in zip_longest(exercise.steps, told):
        # What the voice says on the way; a movement's words hold its stages already.
        cues = step.cues if step and step.do != "move" else ()
        figure = figures.get(step.id) if step else None
        if figure and len(figure.frames) > 1:  # they stand below its frames
            words, amount = fill_sides(figure.words, side), ""
        yield {
            "title": title,
            "words": words,
            "amount": capitalize_first(amount),
            "cues": " ".join(fill_sides(cue.say, exercise.first) for cue in cues),
            "out": out,
            "frames": list(_frame_fields(figure, side)) if figure else [],
        }


def _frame_fields(figure: StepFigure, side: Side | None) -> Iterator[PrintedFields]:
    """Each frame of a step with its words, the amount in the last one.

    Where one moves on and holds nothing, none is larger than the others.
    """
    one_size = {"scale": figure.frames[0][0]["scale"]} if figure.step.do == "move" else {}
    for number, (stop, words) in enumerate(figure.frames, 1):
        yield {
            **stop,
            **one_size,
            "letter": chr(ord("a") + number - 1),
            "words": fill_sides(words, side),
            "amount": figure.amount if number == len(figure.frames) else "",
        }


def _felt_and_mistake_picture_fields(exercise: Exercise) -> Iterator[PrintedFields]:
    """Where it is felt, hatched, and what often goes wrong, crossed out: the right way is above."""
    side = first_side(exercise)
    if exercise.felt and exercise.felt.sites:
        name, sites = typical_posture(exercise), exercise.felt.sites_on(exercise.first)
        shown = _figure_fields("felt", name, side, sites, own=exercise.own_figures)
        yield {**shown, "caption": "Feel it here"}
    wrong = next((mistake.posture for mistake in exercise.mistakes if mistake.posture), None)
    if wrong:
        yield {**_figure_fields("thumbnail", wrong, side, own={}), "caption": NOT_LIKE_THIS_LABEL}


# Figures


def exercise_thumbnail_fields(exercise: Exercise) -> PrintedFields:
    """The posture that is typical of an exercise, small."""
    own = exercise.own_figures
    return _figure_fields("thumbnail", typical_posture(exercise), first_side(exercise), own=own)


@cache_on_disk
def _figure_fields(
    kind: Literal["thumbnail", "felt"],
    name: str,
    side: Side | None,
    sites: tuple[str, ...] = (),
    *,
    own: Mapping[str, Model],
) -> PrintedFields:
    """A posture as SVG, with its words; sites: where it is felt."""
    pose = solve_posture(name, side, posture_table(own))
    return _picture_fields(draw_felt_sites(pose, sites) if kind == "felt" else draw_thumbnail(pose))


@cache_on_disk
def _figure_stop_fields(
    name: str, side: Side | None, one_size: bool, *, own: Mapping[str, Model]
) -> list[PrintedFields]:
    """The stops of a posture or a motion; see draw_stops."""
    what = find_figure(name, side, posture_table(own))
    return [
        {
            **_picture_fields(stop.drawing),
            "posture": stop.posture,
            "left_at": stop.left_at,
            "scale": stop.drawing.scale / PIXELS_PER_UNIT,
            "views": ", ".join(stop.views),
        }
        for stop in draw_stops(what, one_size, for_print=True)
    ]


def _picture_fields(drawing: Drawing) -> PrintedFields:
    """A picture as SVG, its labels apart: they are printed in letters that can be read."""
    lines, drawing.texts = drawing.texts, []
    size = {"width": drawing.width, "height": drawing.height}
    top = drawing.height
    labels: list[JsonContent] = [
        {"text": each.text, "x": each.x, "y": top - each.y, "size": each.size} for each in lines
    ]
    return {"alt": drawing.alt, "svg": drawing.svg(), **size, "labels": labels}


def _qr_code_fields(link: str) -> PrintedFields:
    code, svg = segno.make(link, error="m", micro=False), io.BytesIO()
    code.save(svg, kind="svg", border=QR_QUIET_ZONE_MODULES, omitsize=True, xmldecl=False)
    width, height = code.symbol_size(border=QR_QUIET_ZONE_MODULES)
    words, size = f"QR code of {link}", {"width": width, "height": height}
    return {"alt": words, "svg": svg.getvalue().decode(), **size, "labels": []}
