"""An exercise as boxes to print: its cautions, its steps beside their figures, what is easier.

Amounts and words are those of the exercise as it is given, filled for the side that begins.
"""

from collections.abc import Collection, Iterator, Mapping

from backcare_nb import figure, guide
from backcare_nb.boxes import Box, Card, Columns, Drawn, Prose, Rule, Stack
from backcare_nb.collection import Library
from backcare_nb.lesson import Part
from backcare_nb.model import Exercise, Step
from backcare_nb.page import Page
from backcare_nb.paper import Run
from backcare_nb.prose import (
    BODY,
    HEAD,
    LABEL,
    NUMBER,
    SAGE,
    SAGE_TINT,
    capital,
    care,
    led,
    of_node,
    para,
)
from backcare_nb.timeline import VERSIONS, fill

BESIDE = 0.47  # of the width, at most, for figures beside words
HIGHEST = (190.0, 165.0)  # a figure beside words, where it is the only one and where it is not
LARGEST = 1.12  # points for a hundredth of stature
LEAST = 0.66  # what would be smaller beside its words stands below them


def printed(number: int, part: Part, source: Library, width: float) -> Stack:
    """A part of a lesson. Its title and its cautions stay with the first steps."""
    head = [_title(number, part), _care(part.exercise, source)]
    first, *others = _rows(part.exercise, width)
    return Stack([Stack([*head, first], 8), *others, *_easier(part)], 9)


def _title(number: int, part: Part) -> Box:
    runs = (Run(part.exercise.title, HEAD), Run(f" {_much(part.exercise)}", BODY))
    lines = [Prose(runs, Run(f"{number}", NUMBER), 24)]
    if change := _changed(part):
        lines.append(para(f"{VERSIONS[part.version]}: {change.title}.", BODY.bold))
    if part.why:
        lines.append(para(part.why, BODY.slanted))
    return Stack([Rule(4), *lines], 1)


def _much(exercise: Exercise) -> str:
    return capital(guide.amounts(exercise))


def _changed(part: Part) -> object:
    """What the version of a part changes; nothing where it is done as taught."""
    return None if part.version == "source" else getattr(part.exercise, part.version)


def _care(exercise: Exercise, source: Library) -> Box:
    _, *nodes = guide.care(exercise, source).children
    return care("Take care", *(line for node in nodes for line in of_node(node)))


def _rows(exercise: Exercise, width: float) -> Iterator[Box]:
    """The steps of an exercise with their figures: beside them, or below where these are many."""
    pages = dict(figure.parts(exercise))
    beside = _beside(pages, width)
    below = _below(exercise, width, pages.keys() - beside.keys())
    column = max((drawn.width for drawn in beside.values()), default=0)
    for name, steps in _shown(exercise, pages):
        words = Stack(steps, 5)
        if name in beside:
            yield Columns([words, beside[name]], [0, column])
        else:
            yield Stack([words, below[name]], 4) if name else words


def _beside(pages: Mapping[str, Page], width: float) -> dict[str, Drawn]:
    """Figures that stand well beside their words."""
    highest = HIGHEST[len(pages) > 1]
    scales = {
        name: min(LARGEST, BESIDE * width / page.width, highest / page.height)
        for name, page in pages.items()
    }
    return {name: Drawn(pages[name], scale) for name, scale in scales.items() if scale > LEAST}


def _below(exercise: Exercise, width: float, names: Collection[str]) -> dict[str, Drawn]:
    """Figures of many frames, in rows of the whole width."""
    pages = dict(figure.parts(exercise, widest=width / LEAST)) if names else {}
    return {name: Drawn(pages[name], min(LARGEST, width / pages[name].width)) for name in names}


def _shown(exercise: Exercise, pages: Collection[str]) -> list[tuple[str, list[Box]]]:
    """The name of each figure with the steps that it shows; what comes first is with the first."""
    rows: list[tuple[str, list[Box]]] = [("", [])]
    for number, (step, runs) in enumerate(_steps(exercise), 1):
        if step in pages:
            rows = [(step, rows[0][1])] if rows[0][0] == "" else [*rows, (step, [])]
        rows[-1][1].append(Prose(runs, Run(f"{number}", LABEL), 17))
    return rows


def _steps(exercise: Exercise) -> Iterator[tuple[str, tuple[Run, ...]]]:
    """The id and the words of each step, from getting into position to the other side."""
    yield "", (Run(fill(exercise.setup, exercise.first), BODY),)
    steps: list[Step | None] = [*exercise.steps, None]
    for step, (title, words, much) in zip(steps, guide.steps(exercise), strict=False):
        amount = (Run(f"{capital(much)}.", BODY.slanted),) if much else ()
        lead = Run(f"{title}.", BODY.bold)
        yield step.id if step else "", (lead, Run(words, BODY), *amount, *_cues(step, exercise))


def _cues(step: Step | None, exercise: Exercise) -> Iterator[Run]:
    """What the voice says on the way; on that of a movement it only names its stages again."""
    if step and step.cues and step.do != "move":
        when = "Near the end:" if step.cues[0].at > 0.75 else "On the way:"
        said = " ".join(fill(cue.say, exercise.first) for cue in step.cues)
        yield Run(f"{when} {said}", BODY)


def _easier(part: Part) -> Iterator[Box]:
    """The easier version, where another is printed."""
    if part.version != "easier":
        easier = part.exercise.easier
        yield Card(led(f"Easier: {easier.title}.", easier.what), SAGE_TINT, SAGE, 5)
