"""The order of a lesson: settle, warm, move, stretch, rest, with few changes of position.

Where the position changes, the words of an exercise begin with the way into it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, permutations, product
from typing import get_args

from backcare_nb.course.library import Library
from backcare_nb.course.models import Exercise
from backcare_nb.course.models import Stage as Stage
from backcare_nb.lesson.eligibility import Candidate
from backcare_nb.lesson.lesson import LessonItem
from backcare_nb.sessions.transitions import OFF_THE_FLOOR, with_transitions

STAGES: tuple[str, ...] = get_args(Stage)
BEFORE = "standing"  # a class stands when its lesson begins, and should stand after it
NEAR, FAR = 0.5, 4.0  # what a change of position costs, on the floor or off it


def transition_cost(before: str, after: str) -> float:
    """What it costs a class to go from one position to another."""
    if before == after:
        return 0.0
    return NEAR if (before in OFF_THE_FLOOR) == (after in OFF_THE_FLOOR) else FAR


def order_exercises(chosen: Sequence[Candidate]) -> list[Candidate]:
    """The exercises stage by stage, and in each stage position by position."""
    return _way_through(chosen)[1]


def total_transition_cost(chosen: Sequence[Candidate]) -> float:
    """What the changes of position cost in the best order of these exercises."""
    return _way_through(chosen)[0]


Walk = tuple[float, list[Candidate]]  # exercises in an order, and what their changes cost


def _way_through(chosen: Sequence[Candidate]) -> Walk:
    ways: dict[str, Walk] = {BEFORE: (0.0, [])}
    for stage in STAGES:
        ways = _longer(ways, _by_position([c for c in chosen if c.exercise.part == stage]))
    ends = ((cost + transition_cost(place, BEFORE), way) for place, (cost, way) in ways.items())
    return min(ends, key=lambda walk: walk[0])


def _by_position(chosen: Sequence[Candidate]) -> list[list[Candidate]]:
    """Exercises that begin in the same position, those that lead out of it last."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in sorted(chosen, key=lambda c: (c.start != c.end, c.order)):
        groups.setdefault(candidate.start, []).append(candidate)
    return list(groups.values())


def _longer(ways: dict[str, Walk], groups: list[list[Candidate]]) -> dict[str, Walk]:
    """The ways through one more stage: the one that costs least for each position it ends in."""
    found: dict[str, Walk] = {}
    for (place, (cost, way)), order in product(ways.items(), permutations(groups)):
        more = [candidate for group in order for candidate in group]
        total = cost + _cost(place, more)
        end = more[-1].end if more else place
        if end not in found or total < found[end][0]:
            found[end] = total, way + more
    return found


def _cost(place: str, chosen: Sequence[Candidate]) -> float:
    places = [place, *(place for each in chosen for place in (each.start, each.end))]
    return sum(transition_cost(a, b) for a, b in pairwise(places))


# The words between


def lesson_items(
    chosen: Sequence[Candidate], library: Library, rise: Exercise
) -> Iterator[LessonItem]:
    """The parts of a lesson, each with the way into its position; getting up where it belongs."""
    known = {each.exercise.id: each.part for each in chosen}
    up = LessonItem(rise, "source" if rise is library.rise else "easier")
    for exercise in with_transitions(
        (e.exercise for e in chosen), library.safety.ways, rise, BEFORE
    ):
        yield replace(known.get(exercise.id, up), exercise=exercise)
