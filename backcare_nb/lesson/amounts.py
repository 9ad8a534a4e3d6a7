"""How much of each exercise, so that all together last as long as was wished.

Amounts stay within the range that the data give them, and are numbers that a person says: 20
seconds and not 19.3. Nearer to what is taught is better; the best choice is found exactly, by
going through every length that exercises together can have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, log2

import numpy as np

from backcare_nb.course.models import AmountRange, Exercise, Step
from backcare_nb.sessions.options import Options
from backcare_nb.sessions.phases import MINUTE_MS, SECOND_MS
from backcare_nb.sessions.timeline import exercise_length_ms

TOLERANCE_MS = 15 * SECOND_MS
FACTORS = tuple(2 ** (n / 8) for n in range(-32, 33))  # of what is taught, in even steps
EASED = 3.0  # how much worse it is to do more of an exercise that was made easier
QUIET = 0.5  # and how much less it matters if one lies and breathes for longer
LONG = 2 * MINUTE_MS  # an exercise of this length costs as much to lengthen as to shorten
NEARER = 20  # the cost of each millisecond beside the wish
COST = 1_000_000  # units of cost in one octave of difference: whole numbers add up exactly
# Up to so many seconds, numbers go up by so many.
GRID = ((10, 1), (60, 5), (180, 15), (inf, 30))
AMOUNTS = {"hold": "seconds", "repeat": "times", "breathe": "minutes"}
UNITS = {"hold": SECOND_MS, "breathe": MINUTE_MS}  # milliseconds of one


@dataclass(frozen=True)
class Dose:
    """An amount of an exercise: rounds, the amount of each step, and how far it is from taught."""

    length: int
    cost: int
    rounds: int
    amounts: tuple[float, ...]


def rounds(exercise: Exercise) -> tuple[int, int]:
    """Milliseconds of the first round and of each further one, with the amounts as they are."""
    once = exercise_length_ms(exercise, Options(rounds=1))
    return once, exercise_length_ms(exercise, Options(rounds=2)) - once


def usual(exercise: Exercise, lasting: tuple[int, int]) -> int:
    """Milliseconds of all its rounds, with the amounts as they are."""
    first, more = lasting
    return first + (Options().rounds_of(exercise) - 1) * more


def doses(exercise: Exercise, lasting: tuple[int, int], eased: bool = False) -> tuple[Dose, ...]:
    """The amounts in which an exercise can be done, shortest first, one for each whole second.

    ``lasting`` is what rounds() says of it; what is ``eased``, by wish or for the group, is short
    for a reason, and at most doubled.
    """
    found: dict[int, Dose] = {}
    for dose in _every(exercise, lasting, eased):
        second = dose.length // SECOND_MS
        if second not in found or dose.cost < found[second].cost:
            found[second] = dose
    return tuple(found[second] for second in sorted(found))


def _every(exercise: Exercise, lasting: tuple[int, int], eased: bool) -> Iterator[Dose]:
    first, more = lasting
    taught = usual(exercise, lasting)
    dear, sides = _dear(exercise, taught, eased), 2 if exercise.sides else 1
    for amounts in _scaled(exercise.steps):
        added = sides * sum(map(_added, exercise.steps, amounts))
        changed = max(map(_octaves, map(_amount, exercise.steps), amounts), key=abs)
        for count in _counts(exercise.rounds):
            often = _octaves(exercise.rounds, count)
            if eased and changed + often > 1:
                continue
            lasts = first + (count - 1) * more + count * added
            yield Dose(lasts, _cost(log2(lasts / taught), changed, often, dear), count, amounts)


def changeable(exercise: Exercise) -> int:
    """Milliseconds of an exercise, in all its rounds and on both sides, that its amounts make."""
    turns = Options().rounds_of(exercise) * (2 if exercise.sides else 1)
    return turns * sum(map(_lasting, exercise.steps))


def options_with(exercise: Exercise, dose: Dose) -> Options:
    """The options with which an exercise is done in these amounts."""
    chosen: dict[str, dict[str, float]] = {}
    for step, value in zip(exercise.steps, dose.amounts, strict=True):
        if step.do in AMOUNTS:
            chosen.setdefault(AMOUNTS[step.do], {})[step.id] = value
    return Options(rounds=dose.rounds, **chosen)


def fit(choices: Sequence[Sequence[Dose]], target: int, most: int) -> list[Dose] | None:
    """One dose of each, together within 15 seconds of a target at the least cost, if there is.

    All times are milliseconds; ``most`` is the longest that is allowed.
    """
    least = sum(each[0].length for each in choices)
    room = (most - least) // SECOND_MS
    if room < 0:
        return None
    costs = [np.full(room + 1, np.inf)]
    costs[0][0] = 0.0
    for each in choices:
        costs.append(_one_more(costs[-1], each))
    off = np.abs(np.arange(room + 1) * SECOND_MS - (target - least))
    near = np.where(off <= TOLERANCE_MS, costs[-1] + NEARER * off, np.inf)
    return _traced(choices, costs, int(near.argmin())) if np.isfinite(near.min()) else None


def _one_more(costs: np.ndarray, each: Sequence[Dose]) -> np.ndarray:
    """The least cost of each length, in seconds beyond the least, with one more exercise."""
    least = np.full_like(costs, np.inf)
    for more, cost in zip(*_beyond(each), strict=True):
        if more < len(costs):
            np.minimum(least[more:], costs[: len(costs) - more] + cost, out=least[more:])
    return least


def _beyond(each: Sequence[Dose]) -> tuple[np.ndarray, np.ndarray]:
    """Each dose's seconds beyond the shortest, and its cost."""
    more = np.array([round((dose.length - each[0].length) / SECOND_MS) for dose in each])
    return more, np.array([dose.cost for dose in each])


def _traced(choices: Sequence[Sequence[Dose]], costs: Sequence[np.ndarray], now: int) -> list[Dose]:
    """The doses that lead to a length at the least cost, found from its end."""
    found = []
    for each, before in zip(reversed(choices), reversed(costs[:-1]), strict=True):
        more, cost = _beyond(each)
        there = np.where(more <= now, before[now - np.minimum(more, now)], np.inf)
        which = int((there + cost).argmin())
        found.append(each[which])
        now -= more[which]
    return found[::-1]


# Amounts of one exercise


def _counts(rounds: AmountRange | None) -> range:
    return range(rounds.min, rounds.max + 1) if rounds else range(1, 2)


def _scaled(steps: Sequence[Step]) -> list[tuple[float, ...]]:
    """Every amount of a step that is alone; where there are more, all made smaller or larger."""
    alone = [step for step in steps if _amount(step)]
    if len(alone) == 1:
        return [tuple(v if s is alone[0] else 0 for s in steps) for v in _values(alone[0])]
    return list(dict.fromkeys(tuple(_times(s, factor) for s in steps) for factor in FACTORS))


def _values(step: Step) -> list[float]:
    """The numbers that a person says, from the least amount of a step to the most."""
    amount, unit = _amount(step), 60 if step.do == "breathe" else 1
    values, value = {amount.min, amount.default, amount.max}, amount.min * unit
    while value < amount.max * unit:
        values.add(value if unit == 1 else value / unit)
        by = 1 if step.do == "repeat" else _by(value)
        value = (value // by + 1) * by
    return sorted(values)


def _amount(step: Step) -> AmountRange | None:
    return getattr(step, AMOUNTS[step.do]) if step.do in AMOUNTS else None


def _times(step: Step, factor: float) -> float:
    """A step's amount times a factor, in its range, as a number that a person says."""
    amount = _amount(step)
    if amount is None or factor == 1:
        return amount.default if amount else 0
    value = amount.default * factor
    rounded = {"hold": _round(value), "repeat": round(value), "breathe": _round(value * 60) / 60}
    return min(max(rounded[step.do], amount.min), amount.max)


def _round(seconds: float) -> float:
    by = _by(seconds)
    return round(seconds / by) * by


def _by(seconds: float) -> int:
    return next(by for limit, by in GRID if seconds < limit)


def _added(step: Step, value: float) -> int:
    """Milliseconds that another amount adds to one turn of a step; fewer than none if less."""
    return round(value * _one(step)) - _lasting(step) if _amount(step) else 0


def _lasting(step: Step) -> int:
    amount = _amount(step)
    return round(amount.default * _one(step)) if amount else 0


def _one(step: Step) -> float:
    """Milliseconds of one second, minute or repetition of a step."""
    return step.tempo.default * SECOND_MS if step.do == "repeat" else UNITS[step.do]


def _cost(longer: float, changed: float, often: float, dear: float) -> int:
    """How far an amount is from what is taught, from how its parts differ, in octaves.

    Twice and half are equally far at first, but to go on and on is worse than to be brief.
    """
    cost = longer**2 + (changed**2 + often**2) / 2
    return round(COST * (dear * (cost + longer**4) if longer > 0 else cost))


def _dear(exercise: Exercise, taught: int, eased: bool) -> float:
    """What it costs to do more, which is more where an exercise lasts longer already."""
    quiet = all(step.do == "breathe" for step in exercise.steps)
    return taught / LONG * (QUIET if quiet else EASED if eased else 1.0)


def _octaves(amount: AmountRange | None, value: float) -> float:
    return round(log2(value / amount.default), 9) if amount else 0.0
