"""The figures of an exercise: the postures one rests in, each over the words that lead to it."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from backcare_nb.course.fields import Side, fill_sides
from backcare_nb.course.models import Exercise, Step, VersionName
from backcare_nb.course.names import find_by_name
from backcare_nb.custom.library import current_library
from backcare_nb.figures.palette import POSTURES_WITH_SPINE_LEGEND
from backcare_nb.html import picture
from backcare_nb.html.amount_words import caption_amount, describe_amounts_unless_same_as_step
from backcare_nb.html.card import Card, Node, bold_line, div, h, para, strong, svg_image
from backcare_nb.sessions.options import OPTIONS_AS_TAUGHT, Options

MAX_NARROW_FIGURE_PX = 280  # of a figure that may stand beside another on a telephone
# Of a way: what is said so shortly before one goes on is of what comes.
CUE_LEAD_SHARE_OF_MOTION = 0.02
SENTENCE_SPLIT_PATTERN = re.compile(r"(?<=[.!?])\s+")

Stop = Mapping[str, Any]  # of a figure, with its "posture" and the share "left_at" of the way


class StepFigure(NamedTuple):
    """A step that has a figure of its own.

    ``words`` are said of the whole of it, and those of each frame on the way there.
    """

    step: Step
    words: str
    amount: str
    frames: Sequence[tuple[Stop, str]]


def show(
    exercise: Exercise | str,
    side: Side | None = None,
    *,
    version: VersionName = "source",
    options: Options = OPTIONS_AS_TAUGHT,
) -> Card:
    """The figures of an exercise, with what is said at each, and how long or how often.

    To have them alone: exercise() shows them beside its words. ``exercise`` is its id, such as
    "knee_rolls", or an exercise; ``side`` is "left" or "right", or the one that begins; ``version``
    is "easier", "source" (as taught) or "harder", ``options`` has the amounts that are told, such
    as those of a part of a lesson. Raises UnknownName.
    """
    if side is not None:
        find_by_name("side", side, dict.fromkeys(("left", "right")))
    chosen = current_library().exercise(exercise) if isinstance(exercise, str) else exercise
    chosen = chosen.version(version)
    played = side or picture.first_side(chosen)

    def stops(step: Step, name: str) -> list[dict[str, Any]]:
        one_size = is_shown_as_loop(step)
        return picture.draw_stops_as_dicts(name, played, one_size, own=chosen.own_figures)

    figures = list(step_figures(chosen, stops, options))
    children: list[Node] = []
    for number, (step, words, amount, frames) in enumerate(figures, 1):
        title = fill_sides(step.title, played)
        children.append(bold_line(f"{number}. {title}" if len(figures) > 1 else title))
        if number == 1 and not does_first_figure_say_setup(chosen, figures[0]):
            words = f"{chosen.setup} {words}".strip()
        if words:
            children.append(para(fill_sides(words, played)))
        drawn = []
        for k, (stop, said) in enumerate(frames):
            caption: list[Node | str] = [strong(f"{chr(ord('a') + k)} ")] * (len(frames) > 1)
            caption += [f"{fill_sides(said, played)} "] if said else []
            caption += [strong(f"{amount}.")] if amount and k == len(frames) - 1 else []
            narrow = {"class_": "narrow"} if stop["width"] <= MAX_NARROW_FIGURE_PX else {}
            picture_of_stop = svg_image(stop["markup"], stop["alt"])
            drawn.append(h("figure", picture_of_stop, h("figcaption", *caption), **narrow))
        children.append(div("frames", *drawn))
    if total := describe_amounts_unless_same_as_step(chosen, options):
        children.append(para(strong("In all: "), f"{total}."))
    if any(each.frames[-1][0]["posture"] in POSTURES_WITH_SPINE_LEGEND for each in figures):
        legend = picture.picture_of_spine_legend()
        children.append(svg_image(legend.markup, legend.alt))
    return Card("figures", tuple(children))


def does_first_figure_say_setup(exercise: Exercise, first: StepFigure) -> bool:
    """Whether an exercise's first figure says in its frames how to get into position."""
    return bool(first.frames[0][0]["posture"] == exercise.start)


def is_shown_as_loop(step: Step) -> bool:
    """Whether one goes through all frames of a step again and again, and rests in none."""
    return step.do == "repeat" or bool(step.do == "hold" and step.loop)


def step_figures(
    exercise: Exercise,
    find_stops: Callable[[Step, str], Sequence[Stop]],
    options: Options = OPTIONS_AS_TAUGHT,
) -> Iterator[StepFigure]:
    """Each step with a figure or words of its own, its frames with the words that lead there.

    The posture that an exercise starts from has those of getting into it, if it is a frame.
    ``find_stops`` gives the stops of a figure of a step.
    """
    seen: set[str] = set()
    posture = exercise.start
    for step in exercise.steps:
        names = (getattr(step, key, None) for key in ("loop", "motion", "posture"))
        name = next(n for n in names if n)
        if name in seen and not step.say:
            continue
        stops, amount = find_stops(step, name), caption_amount(step, options)
        begins_here = len(stops) > 1 and stops[0]["posture"] == posture
        at_end = stops[0 if step.do == "repeat" else -1]
        posture = getattr(step, "posture", None) or at_end["posture"]
        if step.do == "hold" and step.loop:  # said before it begins to move
            words, goals, said = step.say, stops, [""] * len(stops)
        else:
            words, goals = "", stops[1:] if begins_here else stops
            said = _distribute_words_among_stops(step, goals)
            if begins_here and not seen:  # where the step before has ended is not drawn twice
                goals, said = stops, ["", *said]
        if not seen and stops[0]["posture"] == exercise.start:
            said[0] = f"{exercise.setup} {said[0]}".strip()
        yield StepFigure(step, words, amount, list(zip(goals, said, strict=True)))
        seen.add(name)


def _distribute_words_among_stops(step: Step, goals: Sequence[Stop]) -> list[str]:
    """The words of a step, each with the stop that they lead to."""
    said: list[list[str]] = [[] for _ in goals]
    if step.do == "move" and step.cues:
        for at, words in ((0.0, step.say), *((cue.at, cue.say) for cue in step.cues)):
            way = (1 - math.cos(math.pi * at)) / 2 + CUE_LEAD_SHARE_OF_MOTION  # as the player moves
            said[next((k for k, stop in enumerate(goals) if stop["left_at"] > way), -1)] += [words]
        return [" ".join(words) for words in said]
    sentences = SENTENCE_SPLIT_PATTERN.split(step.say)
    told = list(accumulate(len(sentence.split()) for sentence in sentences))
    begin = 0
    for k in range(len(goals)):
        end, left = begin, len(goals) - 1 - k
        while end < len(sentences) - left and (
            not left or end == begin or told[end] / told[-1] <= (k + 1) / len(goals)
        ):
            end += 1
        said[k], begin = sentences[begin:end], end
    return [" ".join(words) for words in said]
