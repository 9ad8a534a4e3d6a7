"""A lesson planned: exercises for the minutes, the group and the room there are.

Every set of positions is tried; the one with the fullest course of stages and the fewest changes is
taken, and amounts are fitted to the minutes as the timeline counts them. The same request gives the
same lesson.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from math import ceil, floor, log2
from typing import Any

from backcare_nb.course.library import Library
from backcare_nb.custom.library import library as library_at_hand
from backcare_nb.lesson.amounts import TOLERANCE_MS, AmountChoice, fit_amounts
from backcare_nb.lesson.eligibility import (
    POSITION_LABELS,
    Candidate,
    find_eligible,
    getting_up_version,
)
from backcare_nb.lesson.lesson import LeftOut, Lesson
from backcare_nb.lesson.ordering import lesson_items, order_exercises, total_transition_cost
from backcare_nb.lesson.request import LessonError, LessonRequest, make_request
from backcare_nb.sessions.options import Pauses
from backcare_nb.sessions.phases import MINUTE_MS, SECOND_MS
from backcare_nb.sessions.timeline import (
    MAX_SESSION_MS,
    compile_session,
    duration_in_words,
    exercise_length_ms,
    join_words,
)
from backcare_nb.sessions.transitions import LYING

# What an exercise is worth by its place in its stage: one of each matters most.
FIRST_OF_STAGE_WORTH = 4.0
FURTHER_OF_STAGE_FACTOR = 0.6  # of what the one before it in its stage is worth
SPECIAL_PROP_BONUS = 6.0  # what it is worth beside to use a bed or a ball that is there
# The first of each stage, in the order in which a short lesson gives them up last.
STAGE_PRIORITY = ("move", "stretch", "rest", "settle", "warm")
# The shares to which the first of a stage, and any other, may be shortened so that it fits.
MIN_LENGTH_SHARES_TRIED = ((0.5, 0.9), (0.5, 0.5))
AMOUNT_CHANGE_WEIGHT = 25.0  # how much it matters that amounts are not as taught
REST_BETWEEN_MS = round(Pauses().rest * SECOND_MS)
USUAL_MINUTES = 20  # where none are wished for


def plan(minutes: float | None = None, library: Library | None = None, **wanted: Any) -> Lesson:
    """Plan a lesson that lasts these minutes, to within 15 seconds, everything counted.

    Without minutes, exercises that are named last as they are taught, and any other lesson 20
    minutes or, where less than that was chosen, as long as it is taught. ``wanted`` is what
    make_request() takes besides. Raises LessonError with a sentence that says what would fit, and
    UnknownName for an unknown word.
    """
    usual = USUAL_MINUTES if minutes is None else minutes
    request = make_request(usual, library or library_at_hand(), **wanted)
    eligible, left_out = find_eligible(request)
    if not eligible:
        raise LessonError(_say_what_would_suit(request, left_out))
    if minutes is None and (request.exercises or request.sections):
        lasts = _time_between_ms(order_exercises(eligible), request)
        lasts += sum(each.usual_ms for each in eligible)
        longest = MAX_SESSION_MS if request.has_named_exercises else USUAL_MINUTES * MINUTE_MS
        request = replace(request, minutes=min(lasts, longest) / MINUTE_MS)
    selections = sorted(_selections(eligible, request), key=lambda each: -each.score)
    for selection in selections:
        for count in range(len(selection.chosen), 0, -1):  # without the least worthwhile
            lesson = _fit_lesson(selection.chosen[:count], eligible, left_out, request)
            if lesson:
                return lesson
            if request.exercises:  # all are to be done
                break
    raise LessonError(_say_what_would_fit(selections, request))


# Which exercises


@dataclass(frozen=True)
class Selection:
    """Exercises, the most worthwhile first, and how good a lesson they promise to be."""

    chosen: tuple[Candidate, ...]
    score: float


def _selections(eligible: Sequence[Candidate], request: LessonRequest) -> Iterator[Selection]:
    """The best exercises for each set of positions; all of them where they were named."""
    if request.has_named_exercises:
        yield Selection(tuple(eligible), 0.0)
        return
    overheads = {lying: _overhead_ms(eligible, lying, request) for lying in (False, True)}
    positions = dict.fromkeys(p for c in eligible for p in (c.start_position, c.end_position))
    seen = set()
    for kept in chain.from_iterable(
        combinations(positions, n) for n in range(1, len(positions) + 1)
    ):
        there = [c for c in eligible if {c.start_position, c.end_position} <= set(kept)]
        if not there:
            continue
        time_ms = request.milliseconds - overheads[any(c.start_position in LYING for c in there)]
        for shares in MIN_LENGTH_SHARES_TRIED:
            chosen = _select(there, time_ms, shares, request)
            key = frozenset(each.order for each in chosen)
            if key not in seen:
                seen.add(key)
                yield Selection(tuple(chosen), _score(chosen, time_ms))


def _overhead_ms(eligible: Sequence[Candidate], lying: bool, request: LessonRequest) -> int:
    """Milliseconds before and after exercises that begin lying, or on the feet."""
    for each in eligible:
        if (each.start_position in LYING) == lying:
            session = compile_session([each.exercise], rise=getting_up_version(request))
            return session.total - exercise_length_ms(each.exercise)
    return 0


def _select(
    there: Sequence[Candidate], time_ms: int, shares: tuple[float, float], request: LessonRequest
) -> list[Candidate]:
    """As many as there is time for: one of each stage first, then a second, and so on."""
    chosen: list[Candidate] = []
    ids: set[str] = set()
    usual, adjustable = -REST_BETWEEN_MS, 0
    for place, each in _with_place_in_stage(there):
        wanted = each.exercise.id in request.exercises
        if each.exercise.after not in ids | {None} and not wanted:
            continue
        longer = usual + each.usual_ms + REST_BETWEEN_MS
        more = adjustable + each.scalable_part_ms
        if wanted or longer - (1 - shares[min(place, 1)]) * more <= time_ms:
            chosen.append(each)
            ids.add(each.exercise.id)
            usual, adjustable = longer, more
    return chosen or [min(there, key=lambda each: each.usual_ms - each.scalable_part_ms)]


def _with_place_in_stage(there: Sequence[Candidate]) -> list[tuple[int, Candidate]]:
    """Each with its place in its stage, where the sections take turns; first places first."""
    turns: dict[tuple[str, str], int] = {}
    stages: dict[str, list[tuple[int, Candidate]]] = {}
    for each in there:
        key = each.exercise.part, "" if each.needs_special_props else each.section
        turns[key] = turns.get(key, -1 if each.needs_special_props else 0) + 1
        stages.setdefault(each.exercise.part, []).append((turns[key], each))
    places = [
        (place, each)
        for stage in stages.values()
        for place, (_, each) in enumerate(sorted(stage, key=lambda pair: (pair[0], pair[1].order)))
    ]
    priority = STAGE_PRIORITY.index
    return sorted(places, key=lambda p: (p[0], priority(p[1].exercise.part), p[1].order))


def _score(chosen: Sequence[Candidate], time_ms: int) -> float:
    worth = [
        FIRST_OF_STAGE_WORTH * FURTHER_OF_STAGE_FACTOR**place
        for place, _ in _with_place_in_stage(chosen)
    ]
    worth += [SPECIAL_PROP_BONUS for each in chosen if each.needs_special_props]
    usual = sum(each.usual_ms + REST_BETWEEN_MS for each in chosen) - REST_BETWEEN_MS
    octaves = log2(max(time_ms, MINUTE_MS) / usual) ** 2
    return round(sum(worth) - total_transition_cost(chosen) - AMOUNT_CHANGE_WEIGHT * octaves, 6)


# How much of each


def _fit_lesson(
    chosen: Sequence[Candidate],
    eligible: Sequence[Candidate],
    left_out: Sequence[LeftOut],
    request: LessonRequest,
) -> Lesson | None:
    """The lesson with amounts that fit the minutes, where they can."""
    chosen = order_exercises(chosen)
    if sum(each.choices[0].length_ms for each in chosen) > request.milliseconds + TOLERANCE_MS:
        return None
    between = _time_between_ms(chosen, request)
    longest = min(request.milliseconds + TOLERANCE_MS, MAX_SESSION_MS) - between
    choices = [each.choices for each in chosen]
    amounts = fit_amounts(choices, request.milliseconds - between, longest)
    if amounts is None:
        return None
    places = {exercise.id: place for place, (_, exercise) in enumerate(request.wanted_exercises)}
    left = [*left_out, *_left_for_time(chosen, eligible, request)]
    left.sort(key=lambda one: places[one.exercise.id])
    return replace(_lesson(chosen, amounts, request), left_out=tuple(left))


def _time_between_ms(chosen: Sequence[Candidate], request: LessonRequest) -> int:
    """Milliseconds of a lesson beside its exercises: ways, rests, getting up, and both ends."""
    shortest = [each.choices[0] for each in chosen]
    exercises = sum(choice.length_ms for choice in shortest)
    if exercises > MAX_SESSION_MS // 2:  # too long for a timeline: it need not be exact
        return (len(chosen) - 1) * REST_BETWEEN_MS
    return _lesson(chosen, shortest, request).timeline.total - exercises


def _lesson(
    chosen: Sequence[Candidate], amounts: Sequence[AmountChoice], request: LessonRequest
) -> Lesson:
    """The exercises in this order with these amounts, and the ways between them."""
    rise = getting_up_version(request)
    options = {
        each.exercise.id: amount.to_options(each.exercise)
        for each, amount in zip(chosen, amounts, strict=True)
    }
    titles = [s.title for s in request.library.sections if s.id in request.sections]
    whole = len(titles) == 1 and not request.exercises
    return Lesson(
        f"{titles[0] if whole else 'A lesson for the back'}, {_length_in_words(request)}",
        tuple(
            replace(item, options=options.get(item.exercise.id, item.options))
            for item in lesson_items(chosen, request.library, rise)
        ),
        source=request.library,
        minutes=request.minutes,
        cautions=request.cautions,
        rise=None if rise is request.library.rise else rise,
    )


def _left_for_time(
    chosen: Sequence[Candidate], eligible: Sequence[Candidate], request: LessonRequest
) -> Iterator[LeftOut]:
    """What there was no time for, or what would have meant another change of position."""
    ids = {each.exercise.id for each in chosen}
    titles = {each.exercise.id: each.exercise.title for each in eligible}
    positions = dict.fromkeys(p for c in chosen for p in (c.start_position, c.end_position))
    keeps = join_words(dict.fromkeys(POSITION_LABELS[position] for position in positions))
    for each in eligible:
        if each.exercise.id in ids:
            continue
        if not {each.start_position, each.end_position} <= set(positions):
            why = f"The lesson keeps to {keeps}, so that the class changes position seldom."
        elif each.exercise.after and each.exercise.after not in ids:
            before = titles.get(each.exercise.after, each.exercise.after)
            why = f"It comes after {before}, which is left out."
        else:
            why = f"There is no time for it in {_length_in_words(request)}."
        yield LeftOut(each.taught, why)


def _length_in_words(request: LessonRequest) -> str:
    return duration_in_words(request.milliseconds)


# What would fit


def _say_what_would_suit(request: LessonRequest, left_out: Sequence[LeftOut]) -> str:
    """Why nothing can be done of what was asked, and what could."""
    first = left_out[0]
    why = f"Nothing is left of what was chosen. {first.exercise.title}: {first.why}"
    others, _ = find_eligible(replace(request, sections=(), exercises=()))
    if not others:
        return f"{why} Nothing else would suit either: choose more positions or props."
    return f"{why} What would suit: {join_words([c.exercise.title for c in others[:5]])}."


def _say_what_would_fit(selections: Sequence[Selection], request: LessonRequest) -> str:
    """The lengths that are possible, where the one that was wished for is not."""
    spans = [_span_ms(each.chosen, request) for each in selections]
    least, most = min(low for low, _ in spans), max(high for _, high in spans)
    wished = request.milliseconds
    if wished < least:
        kept: list[Candidate] = []
        for _, each in _with_place_in_stage(selections[0].chosen):
            if _span_ms([*kept, each], request)[0] <= wished + TOLERANCE_MS:
                kept.append(each)
        some = 0 < len(kept) < len(selections[0].chosen)
        titles = [each.exercise.title for each in order_exercises(kept)]
        keep = f", or keep {join_words(titles)}" if some else ""
        return (
            f"The shortest lesson of what was chosen takes {duration_in_words(least)}: choose"
            f" {_minutes_as_typed(ceil(least / MINUTE_MS))} or more{keep}."
        )
    if wished > most:
        eased = any(one.is_eased for each in selections for one in each.chosen)
        why = ", since what is made easier is at most doubled" if eased else ""
        return (
            f"The longest lesson of what was chosen takes {duration_in_words(most)}{why}: choose"
            f" {_minutes_as_typed(max(1, floor(most / MINUTE_MS)))} or less, or more to choose"
            " from."
        )
    return (
        f"What was chosen cannot last {duration_in_words(wished)}, since repetitions are whole and"
        f" sides equal: {_minutes_as_typed(_nearest_minutes(selections, request))} would fit."
    )


def _nearest_minutes(selections: Sequence[Selection], request: LessonRequest) -> float:
    """The minutes nearest to those wished for that a lesson can last, in quarters."""
    quarters = round(request.minutes * 4)
    for step in range(1, quarters):
        for minutes in ((quarters - step) / 4, (quarters + step) / 4):
            other = replace(request, minutes=minutes)
            if any(_fit_lesson(each.chosen, (), (), other) for each in selections):
                return minutes
    return request.minutes


def _span_ms(chosen: Sequence[Candidate], request: LessonRequest) -> tuple[int, int]:
    """Milliseconds of the shortest and of the longest lesson of all these exercises."""
    between = _time_between_ms(order_exercises(chosen), request)
    return (
        between + sum(each.choices[0].length_ms for each in chosen),
        between + sum(each.choices[-1].length_ms for each in chosen),
    )


def _minutes_as_typed(minutes: float) -> str:
    """Minutes as one types them: 5.75 minutes."""
    return f"{minutes:g} minute{'' if minutes == 1 else 's'}"
