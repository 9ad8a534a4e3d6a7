"""A lesson planned: it settles, goes through the regions in order of position, and ends quietly.

Exercises are taken section by section in turn, as many as there is time for, from the floor up to
the feet; then each is given time between its easier and its taught amount. What breaks a rule of
lessons.yaml is made shorter, or left out: where the minutes cannot be met with sense, the lesson
is shorter and says so. The same request gives the same lesson.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import inf
from typing import Any

from backcare_nb.course.fields import LYING_POSITIONS, POSITIONS_OFF_THE_FLOOR
from backcare_nb.course.library import Library
from backcare_nb.course.models import Exercise, VersionName
from backcare_nb.custom.library import current_library
from backcare_nb.lesson.amounts import AmountChoice, choose_amounts_to_fill_time, work_ms
from backcare_nb.lesson.eligibility import (
    POSITION_LABELS,
    ExerciseCandidate,
    choose_rise_version,
    easier_version_if_props_there,
    find_candidate,
    find_eligible_and_left_out,
)
from backcare_nb.lesson.lesson import (
    LESSON_LENGTH_TOLERANCE_MS,
    NOT_FOR_EVERYONE_SENTENCE,
    LeftOutExercise,
    Lesson,
    LessonItem,
    add_transitions_and_rise,
)
from backcare_nb.lesson.ordering import (
    CalmCandidates,
    apply_order_rules,
    changes_position_too_often,
    position_rank,
    sort_by_position,
)
from backcare_nb.lesson.request import (
    POSITION_NAMES,
    POSITIONS_BY_GROUP,
    PROPS_OF_ANY_CLASS,
    LessonRequest,
    TooLittleLeftError,
    make_request,
)
from backcare_nb.lesson.rules import (
    felt_regions_of,
    has_enough_time_and_movement,
    head_down_ms,
    length_ms_by_exercise,
    max_exercise_ms,
    max_exercises,
    max_head_down_ms,
    max_kneeling_ms,
    max_only_breathing_ms,
    min_beginning_or_end_ms,
)
from backcare_nb.sessions.options import OPTIONS_AS_TAUGHT, Pauses
from backcare_nb.sessions.phases import MINUTE_MS, SECOND_MS
from backcare_nb.sessions.timeline import (
    MAX_SESSION_MS,
    duration_in_words,
    join_with_and,
)

PAUSE_BETWEEN_EXERCISES_MS = round(Pauses().rest * SECOND_MS)
PROPS_TO_USE_IF_AVAILABLE = {"bed", "ball", "bath"}  # where they are there, they are to be used
DEFAULT_LESSON_MINUTES = 20  # where none are wished for
# Of the way from its easier to its taught amount, for another exercise.
COMFORTABLE_SHARE_ABOVE_SHORTEST = 0.6
MAX_SCORED_MOVING_EXERCISES = 3  # beside how it begins and ends, where that can be
MAX_DRAFTS_TRIED = 6  # whose amounts are fitted
MIN_FILLED_TIME_SHARE = 0.85  # of the minutes, that a lesson is to have
MIN_EXERCISES_ON_FLOOR = 2  # for which it is worth to get down, and up again
MIN_LESSON_EXERCISES = 3  # with its beginning and its end: with fewer it is no lesson
COMFORTABLE_SHARE_IN_SHORT_LESSON = 0.2  # the same in a short lesson, and of beginnings and ends
MAX_SHORT_LESSON_MS = 15 * MINUTE_MS
MIN_LONG_LESSON_MS = 45 * MINUTE_MS  # that has time to lie and rest before one gets up
MAX_PLANNED_LESSON_MS = MAX_SESSION_MS - 5 * MINUTE_MS
LENGTH_IN_TITLE_PATTERN = re.compile(r", \d+ (minute|second)s?( \d+ seconds?)?$")
MIN_NEAREST_LESSON_MINUTES = 10  # that the nearest lesson is given, where there was no time for any
MAX_AMOUNT_FITTING_TRIES = 60  # rounds of making shorter and leaving out
MIN_EASIER_LENGTH_SHARE = 0.65  # of the length of a lesson, that its gentle form has to have
EASIER_FOR_ALL_SENTENCE = "The easier way is the lesson here."
AS_TAUGHT_BESIDE_SENTENCE = "The ordinary way stands beside it, where it suits."


def plan_lesson_from(
    minutes: float | None = None, library: Library | None = None, **wanted: Any
) -> Lesson:
    """Plan a lesson that lasts these minutes, to within a minute where that leaves sense.

    Without minutes, exercises that are named, and sections that have no more than 20 minutes, are
    done as they are taught; any other lesson lasts 20 minutes. ``wanted`` is what
    make_request() takes besides. What cannot be as it was wished for, the lesson tells. Raises
    LessonError where nothing is left of what was chosen, and UnknownName for an unknown word.
    """
    usual = DEFAULT_LESSON_MINUTES if minutes is None else minutes
    request = make_request(usual, library or current_library(), **wanted)
    try:
        lesson = _plan(request, as_long_as_taught=minutes is None)
    except TooLittleLeftError:
        if request.version != "easier" or request.alone or not request.participant_conditions:
            raise
        return _plan(replace(request, out_for_all=()), as_long_as_taught=minutes is None)
    return _plan_easier_for_all(lesson, request) or lesson


def _plan_easier_for_all(lesson: Lesson, request: LessonRequest) -> Lesson | None:
    """The easier form as the lesson, where somebody would do nearly all of it so; else None."""
    if request.version != "source" or request.alone or request.exercises:
        return None
    moving = [part for part in lesson.chosen_parts if not part.exercise.is_only_breathing]
    fewest = request.library.rules.gentle.from_share * len(moving)
    changed = tuple(
        condition
        for condition in request.participant_conditions
        if sum(
            p.version == "easier"
            or p.exercise_for_conditions([condition], lesson.library) is not p.exercise
            for p in moving
        )
        >= fewest
    )
    if not changed:
        return None
    with suppress(TooLittleLeftError):
        made = _plan(replace(request, version="easier", out_for_all=changed))
        if made.timeline.total > MIN_EASIER_LENGTH_SHARE * lesson.timeline.total:
            beside = any(
                p.version == "easier"
                and not p.exercise.is_only_breathing
                and p.exercise.position == made.library.exercise(p.exercise.id).position
                for p in made.chosen_parts
            )
            told = (EASIER_FOR_ALL_SENTENCE, *[AS_TAUGHT_BESIDE_SENTENCE] * beside, *made.told)
            return replace(made, told=told)
    return None


def _plan(request: LessonRequest, *, as_long_as_taught: bool = False) -> Lesson:
    eligible, left_out = find_eligible_and_left_out(request)
    if not eligible:
        raise _make_too_few_exercises_error(request, left_out)
    named = request.has_only_named_exercises
    if as_long_as_taught and (request.exercises or request.sections):
        taught = _LessonDraft(sort_by_position(eligible, request), left_out, request)
        lasts_ms = _make_lesson_of_draft(taught).timeline.total
        if named or lasts_ms <= DEFAULT_LESSON_MINUTES * MINUTE_MS:
            taught.request = replace(request, minutes=lasts_ms / MINUTE_MS)
            return _finish_lesson(taught, eligible)
    if named:
        drafts = [
            _LessonDraft(_order_named_and_add_calm_ends(eligible, request), left_out, request)
        ]
    else:
        drafts = _list_drafts(eligible, left_out, request)
    tried: list[_LessonDraft] = []
    for draft in drafts:
        _fit_amounts_or_drop(draft)
        tried.append(draft)
        if all(_rank_fitted_draft(draft)):
            break
    draft = max(tried, key=_rank_fitted_draft)
    lesson = _finish_lesson(draft, eligible)
    if named or request.exercises or request.alone:
        return lesson
    if len(draft.chosen) < MIN_LESSON_EXERCISES:
        raise _make_too_few_exercises_error(request, draft.left_out)
    if not has_enough_time_and_movement(lesson):
        raise _make_too_little_to_do_error(lesson, request)
    return lesson


def _rank_fitted_draft(draft: "_LessonDraft") -> tuple[bool, ...]:
    """Whether it is a lesson, begins quietly, is worth the floor, if any, and is long enough."""
    low = [each for each in draft.chosen if not each.positions & {*POSITIONS_OFF_THE_FLOOR}]
    done_there = sum(not each.exercise.is_only_breathing for each in low)
    lasts_ms = _outside_and_transition_ms(draft)[0] + draft.exercises_ms
    return (
        len(draft.chosen) >= MIN_LESSON_EXERCISES,
        not draft.calm or draft.chosen[0].exercise.is_only_breathing,
        not low or len(low) == len(draft.chosen) or done_there >= MIN_EXERCISES_ON_FLOOR,
        lasts_ms >= MIN_FILLED_TIME_SHARE * draft.request.wished_length_ms,
    )


def _order_named_and_add_calm_ends(
    named: Sequence[ExerciseCandidate], request: LessonRequest
) -> list[ExerciseCandidate]:
    """What was named, and where that makes a lesson, and there is time, a quiet begin and end."""
    places = sorted({place for each in named for place in each.positions}, key=position_rank)
    calm = _choose_begin_and_end(places, _find_calm_candidates(request))
    calm = calm if len(named) >= MIN_LESSON_EXERCISES else []
    there = {each.exercise.id for each in named}
    whole = [*(each for each in calm if each.exercise.id not in there), *named]
    for chosen in (whole, named):
        ordered = sort_by_position(chosen, request)
        taught = _make_lesson_of_draft(_LessonDraft(ordered, [], request))
        if taught.timeline.total <= request.wished_length_ms:
            break
    return ordered


def plan_nearest_lesson(minutes: float | None = None, **wanted: Any) -> Lesson:
    """The same, and where too little is left of what was chosen, the nearest lesson, which says so.

    The nearest keeps to the group. It is of all exercises, then with one position or prop more,
    then with all of them, and then shorter. Raises LessonError and UnknownName for words and
    numbers that cannot be.
    """
    try:
        return plan_lesson_from(minutes, **wanted)
    except TooLittleLeftError as error:
        usual = max(minutes or DEFAULT_LESSON_MINUTES, MIN_NEAREST_LESSON_MINUTES)
        for length, wider, added in _relax_wishes_nearest_first(usual, wanted):
            with suppress(TooLittleLeftError):
                nearest = plan_lesson_from(length, **wider)
                given, asked = (
                    f", not {duration_in_words(round(each * MINUTE_MS))}."
                    for each in (length, usual)
                )
                told = [each.replace(given, asked) for each in nearest.told]
                first = f"{error.why} This is the nearest{added}."
                return replace(nearest, told=(first, *told))
        raise


def _relax_wishes_nearest_first(
    minutes: float, wanted: Mapping[str, Any]
) -> Iterator[tuple[float, dict[str, Any], str]]:
    """Minutes, a wish that is near, and what it has that was not wished for; nearest first."""
    wider = {key: value for key, value in wanted.items() if key not in ("sections", "exercises")}
    yield minutes, wider, ""
    request = make_request(
        minutes, **{**wider, "library": wider.get("library") or current_library()}
    )
    shorter = [minutes * share for share in (0.75, 0.5, 0.3)]
    shorter = [fewer for fewer in shorter if fewer >= MIN_NEAREST_LESSON_MINUTES]
    if wider.get("props") is not None:
        there = request.props or ()
        if "chair" in there and "mat" not in there:  # rather than go down
            for fewer in shorter:
                yield fewer, wider, ", and shorter"
        for props in (("chair",), ("mat",), ("mat", "chair")):
            if not {*props} <= {*there}:
                things = join_with_and(f"a {prop}" for prop in props if prop not in there)
                yield minutes, {**wider, "props": (*there, *props)}, f", with {things} for each"
    for name in POSITIONS_OFF_THE_FLOOR:
        if not {*POSITIONS_BY_GROUP[name]} <= {*request.positions}:
            more = {**wider, "positions": [*request.positions, name]}
            yield minutes, more, f", where {name} is allowed"
            if {*request.positions} <= {*POSITIONS_OFF_THE_FLOOR}:  # rather than go down
                for fewer in shorter[:2]:
                    yield fewer, more, f", where {name} is allowed, and shorter"
    for given_up in (("positions",), ("positions", "props")):
        yield minutes, {k: v for k, v in wider.items() if k not in given_up}, ""
    for fewer in shorter:
        yield fewer, wider, ", and shorter"


@dataclass
class _LessonDraft:
    """Exercises in their order, and the amount of each; none while they are done as taught."""

    chosen: list[ExerciseCandidate]
    left_out: list[LeftOutExercise]
    request: LessonRequest
    calm: CalmCandidates = field(default_factory=dict)
    amounts: list[AmountChoice] = field(default_factory=list)

    @property
    def exercises_ms(self) -> int:
        """Milliseconds of all exercises in their amounts."""
        return sum(one.length_ms for one in self.amounts)


# Which exercises


def _list_drafts(
    eligible: Sequence[ExerciseCandidate], left_out: list[LeftOutExercise], request: LessonRequest
) -> list[_LessonDraft]:
    """The exercises for each choice of positions, first of those in which most has its turn."""
    calm = _find_calm_candidates(request)
    used = {place for each in eligible for place in each.positions}
    if not used <= set(POSITIONS_OFF_THE_FLOOR):  # who is to go down anyway may lie down first
        used |= {place for _, place in calm if place == "supine"}
    most = max(1, int(request.minutes // request.library.rules.changes.minutes_for_each))
    found: list[tuple[tuple[float, ...], list[ExerciseCandidate]]] = []
    for count in range(1, min(most, len(used)) + 1):
        for places in combinations(sorted(used, key=position_rank), count):
            there = [c for c in eligible if c.positions <= set(places)]
            chosen = _select_exercises(there, _choose_begin_and_end(places, calm), places, request)
            if len(chosen) < MIN_LESSON_EXERCISES:
                continue
            found.append((_score_lesson(chosen, places, request), chosen))
    if not found:
        raise _make_too_few_exercises_error(request, left_out)
    found.sort(key=lambda each: each[0], reverse=True)
    return [
        _LessonDraft(apply_order_rules(chosen, calm, request), left_out, request, calm)
        for _, chosen in found[:MAX_DRAFTS_TRIED]
    ]


def _score_lesson(
    chosen: list[ExerciseCandidate], places: Sequence[str], request: LessonRequest
) -> tuple[float, ...]:
    """How good a lesson: what is asked for by name, then what has its turn, and how well filled."""
    rules = request.library.rules
    named = sum(c.exercise.id in request.exercises or c.leaning > 0 for c in chosen)
    needed = {prop for c in chosen for prop in c.exercise.needs}
    special = len(PROPS_TO_USE_IF_AVAILABLE & needed & set(request.props or ()))
    calm = sum(c.exercise.part in ("settle", "rest") for c in chosen[:1] + chosen[-1:])
    sections = len({c.section for c in chosen})
    regions = len({r for c in chosen for r in felt_regions_of(c.exercise, rules)})
    moving = [c for c in chosen if c.exercise.part not in ("settle", "rest")]
    varied = min(len(moving), MAX_SCORED_MOVING_EXERCISES) + 0.3 * len(places)
    turns = sections + regions + special + varied
    usual = sum(c.preferred_length_ms for c in chosen)
    share = max_exercise_ms(rules, request.wished_length_ms)
    filled = min(
        sum(min(c.preferred_length_ms, share) for c in chosen) / request.wished_length_ms, 0.9
    )
    idle = [
        sum(
            c.preferred_length_ms * (1 if name in c.resting else 0.3)
            for c in chosen
            if name in c.resting | c.replaced
        )
        for name in request.participant_conditions
    ]
    return (
        named,
        calm,
        round(turns + 20 * filled - 6 * max(idle, default=0) / usual, 1),
        -len(places),
    )


def _select_exercises(
    candidates: Sequence[ExerciseCandidate],
    calm_ends: Sequence[ExerciseCandidate],
    places: Sequence[str],
    request: LessonRequest,
) -> list[ExerciseCandidate]:
    """As many as there is time for, beside a beginning and an end: one of each section in turn."""
    calm_ends = list(calm_ends)
    ends = {c.exercise.position for c in calm_ends[1:]}
    ids = {c.exercise.id for c in calm_ends}
    rules, total = request.library.rules, request.wished_length_ms
    ways = 2 * PAUSE_BETWEEN_EXERCISES_MS + (
        100 * SECOND_MS if set(places) & set(LYING_POSITIONS) else 0
    )
    share = (
        COMFORTABLE_SHARE_ABOVE_SHORTEST
        if total > MAX_SHORT_LESSON_MS
        else COMFORTABLE_SHARE_IN_SHORT_LESSON
    )
    time_ms = ways + sum(_comfortable_ms(each, share) for each in calm_ends)
    resting: dict[str, float] = {}
    kneeling_ms, low_ms = 0.0, 0.0
    most_kneeling = max_kneeling_ms(rules, total, request.positions, request.participant_conditions)
    for each in _sort_and_interleave_sections(candidates, request):
        stage, place = each.exercise.part, each.exercise.position
        rests_on = place in ends or total < MIN_LONG_LESSON_MS or each.replaced | each.resting
        if stage == "settle" or (stage == "rest" and rests_on):
            continue  # how a lesson begins and ends is chosen already
        wanted = each.exercise.id in request.exercises
        if each.exercise.id in ids or (each.exercise.after not in ids | {None} and not wanted):
            continue
        lasts_ms = _comfortable_ms(each, share)
        if each.leaning > 0:  # as much of it as there may be
            may_kneel = most_kneeling if place == "kneeling" else inf
            lasts_ms = min(lasts_ms, max_exercise_ms(rules, total), may_kneel)
        longer = time_ms + PAUSE_BETWEEN_EXERCISES_MS + lasts_ms
        kneels = lasts_ms if place == "kneeling" else 0
        low = COMFORTABLE_SHARE_ABOVE_SHORTEST * head_down_ms(
            each.exercise, OPTIONS_AS_TAUGHT, rules
        )
        rests = {c: resting.get(c, 0) + each.preferred_length_ms for c in each.resting}
        most_resting = rules.resting.most * 0.9 * min(total, longer * 1.3)
        if not wanted and (
            len(calm_ends) >= max_exercises(rules, request.minutes)
            or longer > total + LESSON_LENGTH_TOLERANCE_MS / 2
            or each.choices[0].length_ms > max_exercise_ms(rules, total)
            or (kneels and kneeling_ms + kneels > most_kneeling)
            or (low and low_ms + low > max_head_down_ms(rules, total))
            or any(rested > most_resting for rested in rests.values())
            or changes_position_too_often([*calm_ends, each], request)
        ):
            continue
        calm_ends.append(each)
        ids.add(each.exercise.id)
        resting |= rests
        time_ms, kneeling_ms, low_ms = longer, kneeling_ms + kneels, low_ms + low
    return sort_by_position(calm_ends, request)


def _comfortable_ms(each: ExerciseCandidate, share: float) -> float:
    """Milliseconds that an exercise is to have, so that another one is worth its place."""
    shortest = each.choices[0].length_ms
    if each.exercise.part in ("settle", "rest"):
        share = COMFORTABLE_SHARE_IN_SHORT_LESSON
    return shortest + share * max(each.preferred_length_ms - shortest, 0)


def _sort_and_interleave_sections(
    candidates: Sequence[ExerciseCandidate], request: LessonRequest
) -> list[ExerciseCandidate]:
    """What is named first; then what all can do, one of each section in turn, then the rest."""
    props = PROPS_TO_USE_IF_AVAILABLE & set(request.props or ())
    turns: Counter[str] = Counter()
    places = {}
    for each in candidates:
        turns[each.section] += 1
        places[each.exercise.id] = (
            each.exercise.id not in request.exercises,
            -each.leaning,
            each.exercise.part == "rest",
            not props & set(each.exercise.needs),
            len(each.resting) + 0.5 * len(each.replaced),
            turns[each.section],
            each.order,
        )
    return sorted(candidates, key=lambda each: places[each.exercise.id])


def _find_calm_candidates(request: LessonRequest) -> CalmCandidates:
    """How a lesson may begin and end, by stage and position: first with the course's own."""
    library = request.library
    places = {e.id: (order, s) for order, (s, e) in enumerate(request.wanted_exercises)}
    found: CalmCandidates = {}
    for exercise in (*library.exercises, *library.rules.calm_exercises):
        key = exercise.part, exercise.position
        if (
            exercise.part in ("settle", "rest")
            and exercise.is_only_breathing
            and not exercise.apart
        ):
            order, section = places.get(exercise.id, (-1, ""))
            made = _make_calm_candidate(exercise, request, section, order)
            if made:
                found.setdefault(key, []).append(made)
    return found


def _make_calm_candidate(
    exercise: Exercise, request: LessonRequest, section: str, order: int
) -> ExerciseCandidate | None:
    """To rest as it is taught asks nothing of anyone but those who leave it out.

    Easier it may want one thing more for each in the class, and so is beside what all do.
    """
    easier, alone = request.version == "easier", request.alone
    for_all = request.participant_conditions if request.out_for_all is None else request.out_for_all
    least = 0 if alone else min_beginning_or_end_ms(request.library.rules, request.minutes)
    versions: tuple[VersionName, ...] = ("source", "easier") if easier else ("source",)
    for version in versions[::-1] if alone else versions:
        made = find_candidate(exercise, replace(request, version=version), section, order)
        if isinstance(made, LeftOutExercise) or made.exercise.position != exercise.position:
            continue
        if not (easier and (made.replaced | made.resting) & {*for_all}):
            return replace(made, least_quiet_ms=least)
    return None


def _choose_begin_and_end(
    positions: Sequence[str], calm: CalmCandidates
) -> list[ExerciseCandidate]:
    """What a lesson of these positions begins and ends with, where there is any."""
    ends = positions[::-1]
    if positions[0] in LYING_POSITIONS and not set(positions) & set(POSITIONS_OFF_THE_FLOOR):
        ends = positions
    found = (
        calm.get(("settle", positions[0]), []),
        *(calm.get(("rest", each), []) for each in ends),
    )
    return [first for first, *_ in filter(None, found)][:2]


# How much of each


def _fit_amounts_or_drop(draft: _LessonDraft) -> None:
    """Give amounts that use the time and keep to the rules; what cannot keep them is dropped."""
    request = draft.request
    most: dict[str, float] = {}
    between, ways = _outside_and_transition_ms(draft)
    for _ in range(MAX_AMOUNT_FITTING_TRIES):
        draft.amounts = _choose_amounts_within_limits(draft, most, between)
        total = between + draft.exercises_ms
        over = dict(_exercises_over_limits(draft, ways, total))
        if request.has_only_named_exercises:  # these are done, whatever a rule thinks of them
            over = {name: most for name, most in over.items() if name not in request.exercises}
        if _drop_one_if_needed(draft, over, total):
            most.clear()
            between, ways = _outside_and_transition_ms(draft)
        elif over:
            most |= {name: min(most.get(name, inf), allowed) for name, allowed in over.items()}
        else:
            return
    draft.amounts = _choose_amounts_within_limits(draft, most, between)


def _choose_amounts_within_limits(
    draft: _LessonDraft, max_ms_by_exercise: Mapping[str, float], outside_exercises_ms: int
) -> list[AmountChoice]:
    """Amounts that use the time, none of them longer than ``max_ms_by_exercise`` has by its id."""
    return choose_amounts_to_fill_time(
        [each.choices for each in draft.chosen],
        [each.preferred_length_ms for each in draft.chosen],
        [
            min(max_ms_by_exercise.get(each.exercise.id, inf), each.max_length_ms)
            for each in draft.chosen
        ],
        min(draft.request.wished_length_ms, MAX_PLANNED_LESSON_MS) - outside_exercises_ms,
    )


def _exercises_over_limits(
    draft: _LessonDraft, transition_ms_by_exercise: Mapping[str, int], total_ms: int
) -> Iterator[tuple[str, float]]:
    """What takes more than a rule allows, by its id, with the length that it may have."""
    chosen, request = draft.chosen, draft.request
    rules, done = request.library.rules, list(zip(chosen, draft.amounts, strict=True))
    share = max_exercise_ms(rules, total_ms)
    alone: set[str] = set()
    for each, one in done:
        calm = each.exercise.part in ("settle", "rest")
        limit = rules.calm.most_minutes_at_end if each is chosen[-1] else rules.calm.most_minutes
        most = min(share, limit * MINUTE_MS) if calm else share
        most -= transition_ms_by_exercise[each.exercise.id]
        if calm and each not in (chosen[0], chosen[-1]):  # on the way one rests as is taught
            most = min(most, each.preferred_length_ms)
        if one.length_ms > most:
            alone.add(each.exercise.id)
            yield each.exercise.id, most
    spent_ms = {
        c.exercise.id: a.length_ms + transition_ms_by_exercise[c.exercise.id] for c, a in done
    }
    kneeling = [c.exercise.id for c in chosen if c.exercise.position == "kneeling"]
    most = max_kneeling_ms(rules, total_ms, request.positions, request.participant_conditions)
    limits = [({name: spent_ms[name] for name in kneeling}, most)]
    lows_ms = ((c, head_down_ms(c.exercise, a.to_options(c.exercise), rules)) for c, a in done)
    low_ms = {c.exercise.id: ms for c, ms in lows_ms if ms}
    limits.append((low_ms, max_head_down_ms(rules, total_ms)))
    if not request.sections and not alone:
        quiet = [(c.exercise, a) for c, a in done if c.exercise.is_only_breathing]
        rests_ms = {each.id: work_ms(each, a.to_options(each)) for each, a in quiet}
        taught_ms = [work_ms(each) for each, _ in quiet]
        most = max_only_breathing_ms(rules, total_ms, taught_ms, request.minutes, late=0.9)
        limits.append((rests_ms, most))
    for condition in sorted(request.participant_conditions):
        resting = [c.exercise.id for c in chosen if condition in c.resting]
        limits.append(({name: spent_ms[name] for name in resting}, rules.resting.most * total_ms))
    for lengths_ms, most in limits:
        beyond = sum(lengths_ms.values()) - most
        if beyond > 0:
            together = [(c, a) for c, a in done if c.exercise.id in lengths_ms]
            # What is furthest beyond its shortest; of those that are as far, the last in turn.
            each, one = max(
                together, key=lambda p: (p[1].length_ms - p[0].choices[0].length_ms, p[0].order)
            )
            yield each.exercise.id, one.length_ms - max(beyond, SECOND_MS)


def _drop_one_if_needed(
    draft: _LessonDraft, max_ms_by_exercise: Mapping[str, float], total_ms: int
) -> bool:
    """Drop what there is no time for, or what is too long at its shortest; False for nothing."""
    too_long = total_ms > draft.request.wished_length_ms + LESSON_LENGTH_TOLERANCE_MS
    if too_long and _drop_exercise(draft, _least_needed_exercise(draft.chosen, draft.request)):
        return True
    return any(
        one.length_ms == each.choices[0].length_ms > max_ms_by_exercise.get(each.exercise.id, inf)
        and _drop_exercise(draft, each)
        for each, one in zip(draft.chosen, draft.amounts, strict=True)
    )


def _drop_exercise(draft: _LessonDraft, each: ExerciseCandidate | None) -> bool:
    """Leave an exercise out, and what comes after it; False for what has to stay."""
    if each is None or len(draft.chosen) <= 1 or each.exercise.id in draft.request.exercises:
        return False
    others = draft.calm.get((each.exercise.part, each.exercise.position), [])
    other = next((c for c in others if c.exercise.id != each.exercise.id and not c.section), None)
    place = draft.chosen.index(each)
    instead = [other] if other and each.section and place in (0, len(draft.chosen) - 1) else []
    kept = (*draft.chosen[:place], *instead, *draft.chosen[place + 1 :])
    draft.chosen = [c for c in kept if c.exercise.after != each.exercise.id]
    if not draft.request.has_only_named_exercises:
        ordered = sort_by_position(draft.chosen, draft.request)
        draft.chosen = apply_order_rules(ordered, draft.calm, draft.request)
    return True


def _least_needed_exercise(
    chosen: Sequence[ExerciseCandidate], request: LessonRequest
) -> ExerciseCandidate | None:
    """What a lesson that is too long gives up first: what comes last in turn."""
    inner = [
        c
        for c in _sort_and_interleave_sections(chosen, request)
        if c.exercise.part not in ("settle", "rest")
    ]
    if len(inner) > 1:
        return inner[-1]
    calm = [c for c in chosen if c.exercise.part in ("settle", "rest")]
    return calm[0] if calm and len(chosen) > 1 else None


def _outside_and_transition_ms(draft: _LessonDraft) -> tuple[int, dict[str, int]]:
    """Milliseconds of a lesson beside its exercises, and what the way into each adds to it."""
    shortest = replace(draft, amounts=[each.choices[0] for each in draft.chosen])
    ids = [each.exercise.id for each in draft.chosen]
    if shortest.exercises_ms > MAX_SESSION_MS // 2:  # too long for a timeline: need not be exact
        return (len(ids) - 1) * PAUSE_BETWEEN_EXERCISES_MS, dict.fromkeys(ids, 0)
    lesson = _make_lesson_of_draft(shortest)
    lengths = length_ms_by_exercise(lesson)
    amounts = zip(ids, shortest.amounts, strict=True)
    ways = {name: lengths[name] - one.length_ms for name, one in amounts}
    return lesson.timeline.total - shortest.exercises_ms, ways


def _make_lesson_of_draft(draft: _LessonDraft) -> Lesson:
    """The exercises in this order with their amounts, and the ways between them."""
    items = [each.item for each in draft.chosen]
    if draft.amounts:
        items = [
            replace(item, options=one.to_options(item.exercise))
            for item, one in zip(items, draft.amounts, strict=True)
        ]
    return _make_lesson(items, draft.request, "A lesson for the back")


def _make_lesson(items: Iterable[LessonItem], request: LessonRequest, title: str) -> Lesson:
    """Items in their order, with the ways between them, for what was wished for."""
    rise = choose_rise_version(request)
    return Lesson(
        title,
        tuple(add_transitions_and_rise(items, request, rise)),
        source=request.library,
        minutes=request.minutes,
        cautions=request.cautions,
        rise=rise,
        wish=request.wish,
    )


def remake_lesson(items: Sequence[LessonItem], request: LessonRequest, title: str) -> Lesson:
    """A lesson of items in their order, as a person has chosen them, for what was wished for.

    A title that ends in the length has the new one.
    """
    made = [
        replace(item, easier=easier_version_if_props_there(item.exercise.id, item.version, request))
        for item in items
    ]
    done = {item.exercise.id for item in items}
    eligible, left_out = find_eligible_and_left_out(request)
    left_out += [LeftOutExercise(c.taught, "It was not chosen.", for_time=True) for c in eligible]
    left = tuple(one for one in left_out if one.exercise.id not in done)
    lesson = replace(_make_lesson(made, request, title), left_out=left)
    base = LENGTH_IN_TITLE_PATTERN.sub("", title)
    if base == title:
        return lesson
    return replace(lesson, title=f"{base}, {duration_in_words(lesson.stated_length_ms)}")


def remake_lesson_with_items(lesson: Lesson, items: Sequence[LessonItem]) -> Lesson:
    """The lesson with other items, or others of their amounts, for what it was planned from."""
    request = make_request(library=lesson.library, **lesson.wish)
    return remake_lesson(items, request, lesson.title)


def _finish_lesson(draft: _LessonDraft, eligible: Sequence[ExerciseCandidate]) -> Lesson:
    """The lesson, with its title, what it leaves out, and what is not as it was wished for."""
    request = draft.request
    lesson = _make_lesson_of_draft(draft)
    titles = [s.title for s in request.library.sections if s.id in request.sections]
    whole = len(titles) == 1 and not request.exercises
    about = titles[0] if whole else lesson.title
    title = f"{about}, {duration_in_words(lesson.stated_length_ms)}"
    places = {exercise.id: k for k, (_, exercise) in enumerate(request.wanted_exercises)}
    ids = {each.exercise.id for each in draft.chosen}  # how it begins may be done in any version
    left = [one for one in draft.left_out if one.exercise.id not in ids]
    has_time = lesson.timeline.total < request.wished_length_ms - LESSON_LENGTH_TOLERANCE_MS
    left += _list_eligible_left_out(draft.chosen, eligible, request, has_time=has_time)
    left.sort(key=lambda one: places[one.exercise.id])
    told = [*_sentences_on_length(lesson, request)]
    if not request.alone and any(map(lesson.is_not_for, request.cautions)):
        told.insert(0, request.library.rules.sits_out.told)
    return replace(lesson, title=title, left_out=tuple(left), told=tuple(told))


def _list_eligible_left_out(
    chosen: Sequence[ExerciseCandidate],
    eligible: Sequence[ExerciseCandidate],
    request: LessonRequest,
    *,
    has_time: bool,
) -> Iterator[LeftOutExercise]:
    """What there was no time for, or what a rule left out where there was."""
    ids = {each.exercise.id for each in chosen}
    titles = {each.exercise.id: each.exercise.title for each in eligible}
    positions = dict.fromkeys(p for c in chosen for p in sorted(c.positions))
    keeps = join_with_and(dict.fromkeys(POSITION_LABELS[position] for position in positions))
    for each in eligible:
        if each.exercise.id in ids:
            continue
        for_time = False
        if not each.positions <= set(positions):
            why = f"The lesson keeps to {keeps}, to change position seldom."
        elif each.exercise.after and each.exercise.after not in ids:
            before = titles.get(each.exercise.after, each.exercise.after)
            why = f"It comes after {before}, which is left out."
        elif each.resting:
            why = "Some of the group would rest through too much of it."
        elif each.exercise.part in ("settle", "rest"):
            why = "The lesson has a beginning and an end in other positions."
        else:
            for_time, why = True, _reason_left_out_despite_time(each, request, ids)
            if not has_time:
                why = f"There is no time for it in {duration_in_words(request.wished_length_ms)}."
        yield LeftOutExercise(each.taught, why, for_time=for_time)


def _reason_left_out_despite_time(
    each: ExerciseCandidate, request: LessonRequest, chosen: Collection[str]
) -> str:
    """Why an exercise is left out for which there would have been time."""
    rules = request.library.rules
    folds = {*rules.folds.exercises}
    if each.exercise.id in folds and folds & {*chosen}:
        return "One fold is enough, and there is one."
    if each.replaced:
        return NOT_FOR_EVERYONE_SENTENCE
    if len({place in POSITIONS_OFF_THE_FLOOR for place in each.positions}) > 1:
        return "It leads from the feet to the floor: one would go up and down once more."
    if each.exercise.position == "kneeling":
        return "There is kneeling enough without it."
    if head_down_ms(each.exercise, OPTIONS_AS_TAUGHT, rules):
        return "Heads would come up light from it, with nothing gentle before it or after."
    if each.exercise.id in rules.turns.exercises:
        return "It would be one more turn after others."
    return "It would take more than its share, or one more change of position."


# What is not as it was wished for


def _sentences_on_length(lesson: Lesson, request: LessonRequest) -> Iterator[str]:
    total, wished = lesson.timeline.total, request.wished_length_ms
    own_length, wished_length = map(duration_in_words, (lesson.stated_length_ms, wished))
    if total < wished - LESSON_LENGTH_TOLERANCE_MS:
        yield f"These exercises, done at a gentle pace, take {own_length}, not {wished_length}."
        more = _suggest_ways_to_lengthen(request)
        wider = f"try {' or '.join(more)}, or " if more else ""
        yield f"For a longer lesson, {wider}leave time to ask and to talk."
    elif total > wished + LESSON_LENGTH_TOLERANCE_MS:
        yield (
            f"It lasts {own_length} and not {wished_length}: less of what was chosen would be over"
            " before it began."
        )


def _suggest_ways_to_lengthen(request: LessonRequest) -> list[str]:
    """What would make a lesson longer, were it chosen or there."""
    there = PROPS_OF_ANY_CLASS if request.props is None else request.props
    things = " and ".join(f"{prop}s" for prop in ("mat", "chair") if prop not in there)
    wider = {
        "more sections": bool(request.sections or request.exercises),
        "more positions": set(request.positions) < set(POSITION_NAMES),
        f"a room with {things}": bool(things),
    }
    return [words for words, helps in wider.items() if helps]


def _make_too_little_to_do_error(lesson: Lesson, request: LessonRequest) -> TooLittleLeftError:
    """That what was found is no lesson, and what would make one of it."""
    found, wished = map(duration_in_words, (lesson.stated_length_ms, request.wished_length_ms))
    places = {POSITION_LABELS[each]: None for each in request.positions}
    where = f" {' or '.join(places)}" if {*request.positions} < {*POSITION_NAMES} else ""
    why = f"Only {found} could be found{where} for {wished}, with little to do in them."
    choose = " or ".join([*_suggest_ways_to_lengthen(request), "fewer minutes"])
    return TooLittleLeftError(why, f"For a lesson, choose {choose}.")


def _make_too_few_exercises_error(
    request: LessonRequest, left_out: Sequence[LeftOutExercise]
) -> TooLittleLeftError:
    """Why no lesson can be made of what was asked, and what would suit."""
    first = next((left for left in left_out if not left.calls_for), next(iter(left_out), None))
    why = "Too little is left of what was chosen to make a lesson of it."
    if first:
        why += f" {first.exercise.title}: {first.reason_without_conditions}"
    others, _ = find_eligible_and_left_out(replace(request, sections=(), exercises=()))
    more = [c.exercise.title for c in others if c.order >= 0 and c.exercise.part != "rest"]
    if len(more) < MIN_LESSON_EXERCISES:
        suits = "Nothing else would suit either: choose more positions or props."
        return TooLittleLeftError(why, suits)
    return TooLittleLeftError(why, f"What would suit: {join_with_and(more[:5])}.")
