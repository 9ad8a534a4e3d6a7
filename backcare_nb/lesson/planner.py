"""A lesson planned: exercises for the minutes, the group and the room there are.

Every set of positions is tried; the one with the fullest arc and the fewest changes is taken, and
amounts are fitted to the minutes as the timeline counts them. The same wish gives the same lesson.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from math import ceil, floor, log2
from typing import Any

from backcare_nb.course.library import Library
from backcare_nb.custom.library import library as at_hand
from backcare_nb.lesson import eligibility, ordering, request
from backcare_nb.lesson.amounts import TOLERANCE_MS, Dose, fit, options_with
from backcare_nb.lesson.eligibility import POSITION_LABELS, Candidate
from backcare_nb.lesson.lesson import LeftOut, Lesson, LessonItem
from backcare_nb.lesson.request import COMMON_PROPS, LessonError, LessonRequest
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import Pauses
from backcare_nb.sessions.phases import MINUTE_MS, SECOND_MS
from backcare_nb.sessions.timeline import MAX_SESSION_MS, duration_in_words, join_words
from backcare_nb.sessions.transitions import LYING

# What an exercise is worth by its place in its stage: one of each matters most.
WORTH = 4.0
FURTHER = 0.6  # of what the one before it in its stage is worth
BROUGHT = 6.0  # what it is worth beside to use a bed or a ball that is there
# The first of each stage, in the order in which a short lesson gives them up last.
FIRST = ("move", "stretch", "rest", "settle", "warm")
# How far the first of a stage, and any other, may be shortened so that it fits.
SHORTENED = ((0.5, 0.9), (0.5, 0.5))
AMISS = 25.0  # and how much it matters that amounts are not as taught
BETWEEN = round(Pauses().rest * SECOND_MS)
USUAL = 20  # minutes, where none are wished for


def plan(minutes: float | None = None, library: Library | None = None, **wanted: Any) -> Lesson:
    """A lesson that lasts these minutes, to within 15 seconds, everything counted.

    Without minutes, exercises that are named last as they are taught, and any other lesson 20
    minutes or, where less than that was chosen, as long as it is taught. ``wanted`` is what
    wish.read() takes besides. Raises LessonError with a sentence that says what would fit, and
    UnknownName for an unknown word.
    """
    asked = request.make_request(
        USUAL if minutes is None else minutes, library or at_hand(), **wanted
    )
    may, out = eligibility.find_eligible(asked)
    if not may:
        raise LessonError(_nothing_left(asked, out))
    if minutes is None and (asked.exercises or asked.sections):
        asked = replace(asked, minutes=_as_taught(may, asked))
    tries = sorted(_tries(may, asked), key=lambda each: -each.score)
    for each in tries:
        for chosen in _fewer(each.chosen, asked):
            lesson = _fitted(chosen, may, out, asked)
            if lesson:
                return lesson
    raise LessonError(_what_would_fit(tries, asked))


def _as_taught(may: Sequence[Candidate], asked: LessonRequest) -> float:
    """The minutes of exercises with their own amounts; at most 20, where it is to choose from."""
    lasts = _beside(ordering.order_exercises(may), asked) + sum(each.usual for each in may)
    return min(lasts, MAX_SESSION_MS if asked.named else USUAL * MINUTE_MS) / MINUTE_MS


# Which exercises


@dataclass(frozen=True)
class Try:
    """Exercises, the most worthwhile first, and how good a lesson they promise to be."""

    chosen: tuple[Candidate, ...]
    score: float


def _tries(may: Sequence[Candidate], asked: LessonRequest) -> Iterator[Try]:
    """The best exercises for each set of positions; all of them where they were named."""
    if asked.named:
        yield Try(tuple(may), 0.0)
        return
    seen, around = set(), _around(may, asked)
    for there in _by_positions(may):
        time = asked.milliseconds - around[any(each.start in LYING for each in there)]
        for shortened in SHORTENED:
            chosen = _chosen(there, time, shortened, asked)
            key = frozenset(each.order for each in chosen)
            if key not in seen:
                seen.add(key)
                yield Try(tuple(chosen), _score(chosen, time))


def _by_positions(may: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """What can be done in each set of positions."""
    places = dict.fromkeys(place for each in may for place in (each.start, each.end))
    sets = chain.from_iterable(combinations(places, n) for n in range(1, len(places) + 1))
    for chosen in sets:
        there = [each for each in may if {each.start, each.end} <= set(chosen)]
        if there:
            yield there


def _chosen(
    there: Sequence[Candidate], time: int, shortened: tuple[float, float], asked: LessonRequest
) -> list[Candidate]:
    """As many as there is time for: one of each stage first, then a second, and so on."""
    chosen: list[Candidate] = []
    ids, usual, done = set(), -BETWEEN, 0
    for place, each in _by_worth(there):
        wanted = each.exercise.id in asked.exercises
        if each.exercise.after not in ids | {None} and not wanted:
            continue
        longer, more = usual + each.usual + BETWEEN, done + each.done
        if wanted or longer - (1 - shortened[min(place, 1)]) * more <= time:
            chosen.append(each)
            ids.add(each.exercise.id)
            usual, done = longer, more
    return chosen or [min(there, key=lambda each: each.usual - each.done)]


def _by_worth(there: Sequence[Candidate]) -> list[tuple[int, Candidate]]:
    """Each with its place in its stage, where the sections take turns; first places first."""
    turns: dict[tuple[str, str], int] = {}
    stages: dict[str, list[tuple[int, Candidate]]] = {}
    for each in there:
        brought = set(each.exercise.needs) - set(COMMON_PROPS)
        key = each.exercise.part, "" if brought else each.section
        turns[key] = turns.get(key, -1 if brought else 0) + 1
        stages.setdefault(each.exercise.part, []).append((turns[key], each))
    places = [
        (place, each)
        for stage in stages.values()
        for place, (_, each) in enumerate(sorted(stage, key=lambda pair: (pair[0], pair[1].order)))
    ]
    return sorted(places, key=lambda p: (p[0], FIRST.index(p[1].exercise.part), p[1].order))


def _around(may: Sequence[Candidate], asked: LessonRequest) -> dict[bool, int]:
    """Milliseconds before and after exercises that begin on the feet, or lying (True)."""
    found = {}
    for lying in (False, True):
        there = [each.exercise for each in may if (each.start in LYING) == lying]
        for one in there[:1]:
            total = timeline.compile_session(
                [one], rise=eligibility.getting_up_version(asked)
            ).total
            found[lying] = total - timeline.exercise_length_ms(one)
    return found


def _score(chosen: Sequence[Candidate], time: int) -> float:
    worth = [WORTH * FURTHER**place for place, _ in _by_worth(chosen)]
    worth += [BROUGHT for each in chosen if set(each.exercise.needs) - set(COMMON_PROPS)]
    usual = sum(each.usual + BETWEEN for each in chosen) - BETWEEN
    amiss = log2(max(time, MINUTE_MS) / usual) ** 2
    return round(sum(worth) - ordering.total_transition_cost(chosen) - AMISS * amiss, 6)


def _fewer(chosen: Sequence[Candidate], asked: LessonRequest) -> Iterator[Sequence[Candidate]]:
    """The exercises, then without the least worthwhile, and so on; all, where they were named."""
    yield chosen
    for count in range(len(chosen) - 1, 0, -1):
        if not asked.exercises:
            yield chosen[:count]


# How much of each


def _fitted(
    chosen: Sequence[Candidate], may: Sequence[Candidate], out: list[LeftOut], asked: LessonRequest
) -> Lesson | None:
    """The lesson with amounts that fit the minutes, where they can."""
    chosen = ordering.order_exercises(chosen)
    if sum(each.doses[0].length for each in chosen) > asked.milliseconds + TOLERANCE_MS:
        return None
    beside = _beside(chosen, asked)
    most = min(asked.milliseconds + TOLERANCE_MS, MAX_SESSION_MS) - beside
    found = fit([each.doses for each in chosen], asked.milliseconds - beside, most)
    if found is None:
        return None
    places = {exercise.id: place for place, (_, exercise) in enumerate(asked.asked)}
    left = [*out, *_left(chosen, may, asked)]
    left.sort(key=lambda one: places[one.exercise.id])
    return replace(_lesson(chosen, found, asked), left_out=tuple(left))


def _beside(chosen: Sequence[Candidate], asked: LessonRequest) -> int:
    """Milliseconds of a lesson beside its exercises: ways, rests, getting up, and both ends."""
    shortest = [each.doses[0] for each in chosen]
    exercises = sum(dose.length for dose in shortest)
    if exercises > MAX_SESSION_MS // 2:  # too long for a timeline: it need not be exact
        return (len(chosen) - 1) * BETWEEN
    return _lesson(chosen, shortest, asked).timeline.total - exercises


def _lesson(chosen: Sequence[Candidate], doses: Sequence[Dose], asked: LessonRequest) -> Lesson:
    """The exercises in this order with these amounts, and the ways between them."""
    rise = eligibility.getting_up_version(asked)
    much = {each.exercise.id: dose for each, dose in zip(chosen, doses, strict=True)}
    return Lesson(
        _title(asked),
        tuple(_taken(part, much) for part in ordering.lesson_items(chosen, asked.library, rise)),
        source=asked.library,
        minutes=asked.minutes,
        cautions=asked.cautions,
        rise=None if rise is asked.library.rise else rise,
    )


def _taken(part: LessonItem, much: dict[str, Dose]) -> LessonItem:
    dose = much.get(part.exercise.id)
    return replace(part, options=options_with(part.exercise, dose)) if dose else part


def _title(asked: LessonRequest) -> str:
    titles = [s.title for s in asked.library.sections if s.id in asked.sections]
    name = titles[0] if len(titles) == 1 and not asked.exercises else "A lesson for the back"
    return f"{name}, {duration_in_words(asked.milliseconds)}"


def _minutes(minutes: float) -> str:
    """Minutes as one types them: 5.75 minutes."""
    return f"{minutes:g} minute{'' if minutes == 1 else 's'}"


# What is left out


def _left(
    chosen: Sequence[Candidate], may: Sequence[Candidate], asked: LessonRequest
) -> Iterator[LeftOut]:
    """What there was no time for, or what would have meant another change of position."""
    ids = {each.exercise.id for each in chosen}
    titles = {each.exercise.id: each.exercise.title for each in may}
    places = list(dict.fromkeys(place for each in chosen for place in (each.start, each.end)))
    keeps = join_words(dict.fromkeys(POSITION_LABELS[place] for place in places))
    for each in may:
        if each.exercise.id in ids:
            continue
        if not {each.start, each.end} <= set(places):
            why = f"The lesson keeps to {keeps}, so that the class changes position seldom."
        elif each.exercise.after and each.exercise.after not in ids:
            before = titles.get(each.exercise.after, each.exercise.after)
            why = f"It comes after {before}, which is left out."
        else:
            why = f"There is no time for it in {duration_in_words(asked.milliseconds)}."
        yield LeftOut(each.taught, why)


# What would fit


def _nothing_left(asked: LessonRequest, out: Sequence[LeftOut]) -> str:
    """Why nothing can be done of what was asked, and what could."""
    first = out[0]
    why = f"Nothing is left of what was chosen. {first.exercise.title}: {first.why}"
    others = replace(asked, sections=(), exercises=())
    could = [each.exercise.title for each in eligibility.find_eligible(others)[0]]
    if not could:
        return f"{why} Nothing else would suit either: choose more positions or props."
    return f"{why} What would suit: {join_words(could[:5])}."


def _what_would_fit(tries: Sequence[Try], asked: LessonRequest) -> str:
    """The lengths that are possible, where the one that was wished for is not."""
    spans = [_span(each.chosen, asked) for each in tries]
    least, most = min(low for low, _ in spans), max(high for _, high in spans)
    wished = asked.milliseconds
    if wished < least:
        return (
            f"The shortest lesson of what was chosen takes {duration_in_words(least)}: choose"
            f" {_minutes(ceil(least / MINUTE_MS))} or more{_or_keep(tries[0].chosen, asked)}."
        )
    if wished > most:
        eased = any(one.eased for each in tries for one in each.chosen)
        why = ", since what is made easier is at most doubled" if eased else ""
        return (
            f"The longest lesson of what was chosen takes {duration_in_words(most)}{why}: choose"
            f" {_minutes(max(1, floor(most / MINUTE_MS)))} or less, or more to choose from."
        )
    return (
        f"What was chosen cannot last {duration_in_words(wished)}, since repetitions are whole and"
        f" sides equal: {_minutes(_nearest(tries, asked))} would fit."
    )


def _nearest(tries: Sequence[Try], asked: LessonRequest) -> float:
    """The minutes nearest to those wished for that a lesson can last, in quarters."""
    quarters = round(asked.minutes * 4)
    for step in range(1, quarters):
        for minutes in ((quarters - step) / 4, (quarters + step) / 4):
            other = replace(asked, minutes=minutes)
            if any(_fitted(each.chosen, (), [], other) for each in tries):
                return minutes
    return asked.minutes


def _span(chosen: Sequence[Candidate], asked: LessonRequest) -> tuple[int, int]:
    """Milliseconds of the shortest and of the longest lesson of all these exercises."""
    beside = _beside(ordering.order_exercises(chosen), asked)
    return (
        beside + sum(each.doses[0].length for each in chosen),
        beside + sum(each.doses[-1].length for each in chosen),
    )


def _or_keep(chosen: Sequence[Candidate], asked: LessonRequest) -> str:
    """Which of the exercises that were named would fit, if some do."""
    kept: list[Candidate] = []
    for _, each in _by_worth(chosen):
        if _span([*kept, each], asked)[0] <= asked.milliseconds + TOLERANCE_MS:
            kept.append(each)
    titles = [each.exercise.title for each in ordering.order_exercises(kept)]
    return f", or keep {join_words(titles)}" if 0 < len(kept) < len(chosen) else ""
