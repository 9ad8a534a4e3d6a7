"""The order of a lesson: settle, warm, move, stretch, rest, with few changes of position.

Where the position changes, the words of an exercise begin with the way into it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, permutations, product
from typing import get_args

from backcare_nb.course.library import Library
from backcare_nb.course.models import Exercise, Stage
from backcare_nb.lesson.eligibility import Candidate
from backcare_nb.lesson.lesson import LessonItem
from backcare_nb.sessions.transitions import OFF_THE_FLOOR, with_transitions

STAGES: tuple[str, ...] = get_args(Stage)
POSITION_BEFORE = "standing"  # a class stands when its lesson begins, and should stand after it
TRANSITION_COST, FLOOR_TRANSITION_COST = 0.5, 4.0  # on the floor or off it; between the two

Path = tuple[float, list[Candidate]]  # exercises in an order, and what their changes cost


def transition_cost(before: str, after: str) -> float:
    """What it costs a class to go from one position to another."""
    if before == after:
        return 0.0
    same_height = (before in OFF_THE_FLOOR) == (after in OFF_THE_FLOOR)
    return TRANSITION_COST if same_height else FLOOR_TRANSITION_COST


def order_exercises(chosen: Sequence[Candidate]) -> list[Candidate]:
    """The exercises stage by stage, and in each stage position by position."""
    return _cheapest_path(chosen)[1]


def total_transition_cost(chosen: Sequence[Candidate]) -> float:
    """What the changes of position cost in the best order of these exercises."""
    return _cheapest_path(chosen)[0]


def _cheapest_path(chosen: Sequence[Candidate]) -> Path:
    """Go through the stages with the cheapest path to each position that one may end in.

    In a stage, exercises that begin in the same position stay together, and those that lead out of
    it come last.
    """
    paths: dict[str, Path] = {POSITION_BEFORE: (0.0, [])}
    for stage in STAGES:
        groups: dict[str, list[Candidate]] = {}
        here = [each for each in chosen if each.exercise.part == stage]
        for each in sorted(here, key=lambda c: (c.start_position != c.end_position, c.order)):
            groups.setdefault(each.start_position, []).append(each)
        longer: dict[str, Path] = {}
        for (place, (cost, path)), order in product(paths.items(), permutations(groups.values())):
            more = [each for group in order for each in group]
            places = [place, *(p for c in more for p in (c.start_position, c.end_position))]
            total = cost + sum(transition_cost(a, b) for a, b in pairwise(places))
            if places[-1] not in longer or total < longer[places[-1]][0]:
                longer[places[-1]] = total, path + more
        paths = longer
    ends = (
        (cost + transition_cost(place, POSITION_BEFORE), path)
        for place, (cost, path) in paths.items()
    )
    return min(ends, key=lambda path: path[0])


def lesson_items(
    chosen: Sequence[Candidate], library: Library, rise: Exercise
) -> Iterator[LessonItem]:
    """The exercises with the way into the position of each, and getting up where it belongs."""
    known = {each.exercise.id: each.item for each in chosen}
    up = LessonItem(rise, "source" if rise is library.rise else "easier")
    exercises = (each.exercise for each in chosen)
    for exercise in with_transitions(exercises, library.safety.ways, rise, POSITION_BEFORE):
        yield replace(known.get(exercise.id, up), exercise=exercise)
