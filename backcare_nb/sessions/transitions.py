"""The way from one exercise to the next, which depends on the position that one comes from.

An exercise's own words begin in its position. Where the one before it, in the version that is
played, ends in another, they are led up to; from lying to the feet by getting up, an exercise of
its own.
"""

from collections.abc import Iterable, Iterator, Sequence

from backcare_nb.course.fields import (
    KNEELING_POSITION,
    LYING_POSITIONS,
    POSITIONS_OFF_THE_FLOOR,
    BodyPosition,
)
from backcare_nb.course.models import Exercise, PositionTransition
from backcare_nb.sessions.options import SessionError


def insert_transitions_and_rise(
    exercises: Iterable[Exercise],
    ways: Sequence[PositionTransition],
    rise: Exercise | None,
    place: str = "",
    rise_from_knees: Exercise | None = None,
) -> Iterator[Exercise]:
    """Exercises, each with the way into its position, and ``rise`` where one has to get up.

    ``place`` is the position before the first; empty where one is taken to be in position. With
    ``rise_from_knees`` getting up from there is an exercise as well, also at the end. Raises
    SessionError where there is no way of getting up from lying.
    """
    title = ""
    for exercise in exercises:
        if place in LYING_POSITIONS and exercise.begin_position in POSITIONS_OFF_THE_FLOOR:
            up = require_rise(rise, title)
            yield up
            place = up.end_position
        elif (
            rise_from_knees
            and place == KNEELING_POSITION
            and exercise.begin_position in POSITIONS_OFF_THE_FLOOR
        ):
            yield rise_from_knees
            place = rise_from_knees.end_position
        way = find_transition(place, exercise.begin_position, ways)
        if way and not exercise.setup.startswith(way.words):  # which it may have before it already
            exercise = exercise.with_transition_before_setup(way)
        yield exercise
        place, title = exercise.end_position, exercise.title
    if rise_from_knees and place == KNEELING_POSITION:
        yield rise_from_knees


def require_rise(rise: Exercise | None, title: str) -> Exercise:
    """The way of getting up after what has this title; SessionError where there is none."""
    if rise is None:
        raise SessionError(f"{title} ends lying down, so it needs a safe way of getting up.")
    return rise


def find_transition(
    start: BodyPosition | str, to: BodyPosition | str, ways: Iterable[PositionTransition]
) -> PositionTransition | None:
    """The way from one position to another, if there is one."""
    return next((way for way in ways if start in way.start and to in way.to), None)
