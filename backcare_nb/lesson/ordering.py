"""In which order a lesson is done: from the floor up to the feet, turns and folds eased between."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import get_args

from backcare_nb.course.fields import KNEELING_POSITION, LYING_POSITIONS, POSITIONS_OFF_THE_FLOOR
from backcare_nb.course.models import LessonArcPart, LessonRules
from backcare_nb.lesson.eligibility import ExerciseCandidate
from backcare_nb.lesson.request import LessonRequest
from backcare_nb.lesson.rules import (
    allowed_minus_actual_position_changes,
    are_sitting_and_standing_grouped,
    count_floor_transitions,
    find_consecutive_folds,
    find_excess_turning_exercises,
    find_exercises_without_opposite,
    find_fall_risk_sequences,
    position_tracks,
)

LESSON_PARTS_IN_ORDER: tuple[str, ...] = get_args(LessonArcPart)
# How one may begin and end, by stage and position.
CalmCandidates = dict[tuple[str, str], list[ExerciseCandidate]]


def position_rank(position: str, seated_first: bool = False) -> int:
    """From the floor up to the feet, and last on to a chair, or before them."""
    if position == "sitting" and seated_first:
        return 3
    return ("supine", "prone", "kneeling", "", "standing", "sitting").index(position)


def sort_by_position(
    chosen: Sequence[ExerciseCandidate], request: LessonRequest
) -> list[ExerciseCandidate]:
    """Position by position, from the floor up; in each, what leads out of it comes last.

    What is done seated comes last, or before what is done standing, where one would fall else.
    """
    for seated_first in (False, True):
        ordered = _sort_by_position_and_part(chosen, seated_first)
        done = [each.exercise for each in ordered]
        once = not seated_first or are_sitting_and_standing_grouped(done)
        if once and not any(find_fall_risk_sequences(done, request.library.rules)):
            return ordered
    return _sort_by_position_and_part(chosen, False)


def _sort_by_position_and_part(
    chosen: Sequence[ExerciseCandidate], seated_first: bool
) -> list[ExerciseCandidate]:
    lies_again = any(map(_lies_down_from_knees, chosen))
    sort_key = partial(_position_sort_key, seated_first, lies_again)
    calm_end = [c for c in chosen if c.exercise.part == "rest"]
    last = max(calm_end, key=partial(_position_sort_key, False, lies_again), default=None)
    others = {place for each in chosen if each is not last for place in each.positions}
    if last and last.exercise.position in LYING_POSITIONS and others & set(POSITIONS_OFF_THE_FLOOR):
        last = None  # nobody lies down again for it
    first = next((c for c in chosen if c.exercise.part == "settle" and c.order < 0), None)
    ordered = sorted((c for c in chosen if c not in (first, last)), key=sort_key)
    for each in ordered[::-1]:  # what comes after another stays behind it
        places = {c.exercise.id: place for place, c in enumerate(ordered)}
        behind = places.get(each.exercise.after or "", 0)
        if behind > places[each.exercise.id]:
            ordered.insert(behind, ordered.pop(places[each.exercise.id]))
    return [*([first] if first else []), *ordered, *([last] if last else [])]


def _lies_down_from_knees(each: ExerciseCandidate) -> bool:
    return each.exercise.begin_position == KNEELING_POSITION != each.exercise.position


def _position_sort_key(
    seated_first: bool, lies_again: bool, each: ExerciseCandidate
) -> tuple[float, ...]:
    """What one lies down to from the knees comes after what is done there; then one rests."""
    exercise = each.exercise
    ends = exercise.end_position
    off_floor = exercise.position in POSITIONS_OFF_THE_FLOOR
    rank: float = position_rank(exercise.position, seated_first or ends == "standing")
    rests_after = lies_again and exercise.part == "rest" and exercise.position == "supine"
    if _lies_down_from_knees(each) or rests_after:
        rank = position_rank(KNEELING_POSITION) + 0.5
    if off_floor and ends not in POSITIONS_OFF_THE_FLOOR:  # it leads down to the floor
        rank = -1
    stage = LESSON_PARTS_IN_ORDER.index(exercise.part)
    leads_out = int(ends != exercise.position)
    return rank, leads_out if stage else -1, stage, each.order


def changes_position_too_often(chosen: Sequence[ExerciseCandidate], request: LessonRequest) -> bool:
    """Whether somebody would go down to the floor twice, or change position more than is right."""
    if not any(each.involves_several_positions for each in chosen):
        return False
    items = [each.item for each in sort_by_position(chosen, request)]
    tracks = position_tracks(items, request.participant_conditions, request.library)
    return any(
        count_floor_transitions(places) > 2 or allowed_minus_actual_position_changes(places) < 0
        for _, places in tracks
    )


def apply_order_rules(
    ordered: Sequence[ExerciseCandidate], calm: CalmCandidates, request: LessonRequest
) -> list[ExerciseCandidate]:
    """The same with turns eased, and without what has no opposite or nothing gentle after it."""
    rules, chosen = request.library.rules, list(ordered)
    for _ in ordered:
        before = chosen
        done = [each.exercise for each in before]
        gone = {
            each.id
            for find in (
                find_fall_risk_sequences,
                find_consecutive_folds,
                find_exercises_without_opposite,
            )
            for each, _ in find(done, rules)
        } - {*request.exercises}
        kept = before
        if any(each.exercise.id in gone for each in before):  # another ease may be wanted then
            kept = [
                each
                for each in before
                if each.exercise.id not in gone
                and (each is before[-1] or each.order >= 0 or each.exercise.part != "rest")
            ]
            kept = sort_by_position(kept, request)
        chosen = _separate_turning_exercises(kept, calm, request)
        if chosen == before:
            break
    return chosen


def _separate_turning_exercises(
    ordered: Sequence[ExerciseCandidate], calm: CalmCandidates, request: LessonRequest
) -> list[ExerciseCandidate]:
    """The same with an ease where too many turns would follow on each other.

    That is an exercise of the same position from before them, or from after them, or to rest a
    little; where there is none, the turn goes.
    """
    rules, to_come = request.library.rules, list(ordered)
    done: list[ExerciseCandidate] = []
    while to_come:
        each = to_come.pop(0)
        tried = [*done, each]
        if not any(find_excess_turning_exercises([c.exercise for c in tried], rules)):
            done = tried
            continue
        place = done[-1].exercise.position
        before = [c for c in done if _can_separate_turning_exercises(c, place, rules)]
        after = [
            c for c in to_come if _can_separate_turning_exercises(c, each.exercise.position, rules)
        ]
        rest = [
            replace(c, item=replace(c.item, easier=None), least_quiet_ms=0)  # nobody gets up for it
            for c in calm.get(("rest", place), [])
            if c.exercise.id not in {each.exercise.id for each in ordered}
        ]
        for ease in (*before[::-1], *(c for c in after if c.exercise.after is None), *rest):
            eased = [*(c for c in done if c is not ease), ease, each]
            if not any(find_excess_turning_exercises([c.exercise for c in eased], rules)):
                done, to_come = eased, [c for c in to_come if c is not ease]
                break
    return done


def _can_separate_turning_exercises(
    each: ExerciseCandidate, place: str, rules: LessonRules
) -> bool:
    exercise = each.exercise
    between = exercise.part not in ("settle", "rest") and each.places <= {place}
    between = between and not _lies_down_from_knees(each)
    return between and each.positions == {place} and exercise.id not in rules.turns.exercises
