"""How much of each exercise, so that all together last as long as was wished.

Amounts stay within the range that the data give them, and are numbers that a person says: 20
seconds and not 19.3. Nearer to what is taught is better; the best choice is found exactly, by
going through every length that exercises together can have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log2

import numpy as np

from backcare_nb.model import Amount, Breathe, Exercise, Hold, Repeat, Step
from backcare_nb.timeline import MINUTE, SECOND, length

TOLERANCE = 15 * SECOND
FACTORS = tuple(2 ** (n / 8) for n in range(-32, 33))  # of what is taught, in even steps
EASED = 3.0  # how much worse it is to do more of an exercise that was made easier
QUIET = 0.5  # and how much less it matters if one lies and breathes for longer
LONG = 2 * MINUTE  # an exercise of this length costs as much to lengthen as to shorten
NEARER = 0.02  # the cost of each second beside the wish
# Up to so many seconds, numbers go up by so many.
GRID = ((10, 1), (60, 5), (180, 15), (inf, 30))
UNITS = {"hold": ("seconds", SECOND), "breathe": ("minutes", MINUTE)}


@dataclass(frozen=True)
class Dose:
    """An amount of an exercise: rounds, the amount of each step, and how far it is from taught."""

    length: int
    cost: float
    rounds: int
    amounts: tuple[float, ...]


def doses(exercise: Exercise, eased: bool = False) -> tuple[Dose, ...]:
    """The amounts in which an exercise can be done, one for each length in whole seconds."""
    first, more = _rounds(exercise)
    usual = first + (_count(exercise) - 1) * more
    sides = 2 if exercise.sides else 1
    found: dict[int, Dose] = {}
    for amounts in _scaled(exercise.steps):
        added = sides * sum(map(_added, exercise.steps, amounts))
        changed = max(map(_octaves, map(_amount, exercise.steps), amounts), key=abs)
        for rounds in _counts(exercise.rounds):
            lasts = first + (rounds - 1) * more + rounds * added
            often = _octaves(exercise.rounds, rounds)
            if eased and changed + often > 1:
                continue  # what was made easier is never more than doubled
            cost = _cost(log2(lasts / usual), changed, often) * _weight(
                exercise, lasts, usual, eased
            )
            known = found.get(lasts // SECOND)
            if known is None or cost < known.cost:
                found[lasts // SECOND] = Dose(lasts, cost, rounds, amounts)
    return tuple(found[key] for key in sorted(found))


def changeable(exercise: Exercise) -> int:
    """Milliseconds of an exercise, in all its rounds and on both sides, that its amounts make."""
    return _count(exercise) * (2 if exercise.sides else 1) * sum(map(_lasting, exercise.steps))


def taken(exercise: Exercise, dose: Dose) -> Exercise:
    """The exercise in this amount."""
    steps = tuple(map(_with, exercise.steps, dose.amounts))
    rounds = exercise.rounds and exercise.rounds.model_copy(update={"default": dose.rounds})
    return exercise.model_copy(update={"steps": steps, "rounds": rounds})


def fit(choices: Sequence[Sequence[Dose]], target: int, most: int) -> list[Dose] | None:
    """One dose of each, together within 15 seconds of a target at the least cost, if there is.

    All times are milliseconds; ``most`` is the longest that is allowed.
    """
    least = [min(dose.length for dose in each) for each in choices]
    room = (most - sum(least)) // SECOND
    if room < 0:
        return None
    best, taken = np.full(room + 1, np.inf), []
    best[0] = 0.0
    for each, low in zip(choices, least, strict=True):
        best, which = _with_one_more(best, each, low)
        taken.append(which)
    return _traced(choices, least, best, taken, target)


def _with_one_more(best: np.ndarray, each: Sequence[Dose], low: int) -> tuple:
    """The least cost of each length once one more exercise is in, and the dose that gives it."""
    more = np.array([round((dose.length - low) / SECOND) for dose in each])
    cost = np.array([dose.cost for dose in each])
    padded = np.concatenate([np.full(more.max(), np.inf), best])
    at = np.arange(len(best)) + more.max()
    sums = padded[at[None, :] - more[:, None]] + cost[:, None]
    which = sums.argmin(axis=0)
    return sums[which, np.arange(len(best))], which


def _traced(
    choices: Sequence[Sequence[Dose]],
    least: Sequence[int],
    best: np.ndarray,
    taken: Sequence[np.ndarray],
    target: int,
) -> list[Dose] | None:
    """The doses that lead to the best length near the target."""
    wanted = (target - sum(least)) / SECOND
    lengths = np.arange(len(best))
    off = np.abs(lengths - wanted)
    costs = np.where(off <= TOLERANCE / SECOND, best + NEARER * off, np.inf)
    now = int(costs.argmin())
    if not np.isfinite(costs[now]):
        return None
    found = []
    for each, low, which in reversed(list(zip(choices, least, taken, strict=True))):
        dose = each[which[now]]
        found.append(dose)
        now -= round((dose.length - low) / SECOND)
    return found[::-1]


# Amounts of one exercise


def _rounds(exercise: Exercise) -> tuple[int, int]:
    """Milliseconds of the first round and of each further one, with the amounts as they are."""
    once = length(_in(exercise, 1))
    return once, length(_in(exercise, 2)) - once if exercise.rounds else 0


def _in(exercise: Exercise, rounds: int) -> Exercise:
    if not exercise.rounds:
        return exercise
    change = {"rounds": exercise.rounds.model_copy(update={"default": rounds})}
    return exercise.model_copy(update=change)


def _count(exercise: Exercise) -> int:
    return exercise.rounds.default if exercise.rounds else 1


def _counts(rounds: Amount | None) -> range:
    return range(rounds.min, rounds.max + 1) if rounds else range(1, 2)


def _scaled(steps: Sequence[Step]) -> list[tuple[float, ...]]:
    """Every amount of a step that is alone; where there are more, all made smaller or larger."""
    alone = [step for step in steps if _amount(step)]
    if len(alone) == 1:
        return [tuple(v if s is alone[0] else 0 for s in steps) for v in _values(alone[0])]
    return list(dict.fromkeys(tuple(_times(s, factor) for s in steps) for factor in FACTORS))


def _values(step: Step) -> list[float]:
    """The numbers that a person says, from the least amount of a step to the most."""
    amount, unit = _amount(step), 60 if isinstance(step, Breathe) else 1
    values, value = {amount.min, amount.default, amount.max}, amount.min * unit
    while value < amount.max * unit:
        values.add(value if unit == 1 else value / unit)
        by = 1 if isinstance(step, Repeat) else _by(value)
        value = (value // by + 1) * by
    return sorted(values)


def _amount(step: Step) -> Amount | None:
    match step:
        case Hold():
            return step.seconds
        case Repeat():
            return step.times
        case Breathe():
            return step.minutes
    return None


def _times(step: Step, factor: float) -> float:
    """A step's amount times a factor, in its range, as a number that a person says."""
    amount = _amount(step)
    if amount is None:
        return 0
    value = amount.default * factor
    if factor == 1:
        return amount.default
    if step.do == "breathe":
        value = _round(value * 60) / 60
    else:
        value = round(value) if step.do == "repeat" else _round(value)
    return min(max(value, amount.min), amount.max)


def _round(seconds: float) -> float:
    by = _by(seconds)
    return round(seconds / by) * by


def _by(seconds: float) -> int:
    return next(by for limit, by in GRID if seconds < limit)


def _added(step: Step, value: float) -> int:
    """Milliseconds that another amount adds to one turn of a step; fewer than none if less."""
    amount = _amount(step)
    if amount is None:
        return 0
    return round(value * _one(step)) - _lasting(step)


def _lasting(step: Step) -> int:
    amount = _amount(step)
    return round(amount.default * _one(step)) if amount else 0


def _one(step: Step) -> float:
    """Milliseconds of one second, minute or repetition of a step."""
    return step.tempo.default * SECOND if step.do == "repeat" else UNITS[step.do][1]


def _with(step: Step, value: float) -> Step:
    amount = _amount(step)
    if amount is None or value == amount.default:
        return step
    name = "times" if step.do == "repeat" else UNITS[step.do][0]
    return step.model_copy(update={name: amount.model_copy(update={"default": value})})


def _cost(longer: float, changed: float, often: float) -> float:
    """How far an amount is from what is taught, from how its parts differ, in octaves.

    Twice and half are equally far at first, but to go on and on is worse than to be brief.
    """
    cost = longer**2 + (changed**2 + often**2) / 2
    return cost + longer**4 if longer > 0 else cost


def _weight(exercise: Exercise, lasts: int, usual: int, eased: bool) -> float:
    """To be brief costs the same for all; to go on costs more where it goes on for longer."""
    if lasts <= usual:
        return 1.0
    quiet = all(step.do == "breathe" for step in exercise.steps)
    return usual / LONG * (QUIET if quiet else EASED if eased else 1.0)


def _octaves(amount: Amount | None, value: float) -> float:
    return log2(value / amount.default) if amount else 0.0
