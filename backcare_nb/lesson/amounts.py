"""How much of each exercise, so that all together last as long as was wished.

Amounts stay within the range that the data give them, and are numbers that a person says: 20
seconds and not 19.3. Nearer to what is taught is better; the best choice is found exactly, by
going through every length that exercises together can have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log2

import numpy as np

from backcare_nb.course.models import AmountRange, Breathe, Exercise, Hold, Repeat, Step
from backcare_nb.sessions.options import AS_TAUGHT, Options
from backcare_nb.sessions.phases import MINUTE_MS, SECOND_MS
from backcare_nb.sessions.timeline import exercise_length_ms

TOLERANCE_MS = 15 * SECOND_MS
FACTORS = tuple(2 ** (n / 8) for n in range(-32, 33))  # of what is taught, in even steps
EASED_LENGTHENING_WEIGHT = (
    3.0  # how much worse it is to do more of an exercise that was made easier
)
BREATHING_LENGTHENING_WEIGHT = (
    0.5  # and how much less it matters if one lies and breathes for longer
)
LONG_EXERCISE_MS = 2 * MINUTE_MS  # one of this length costs as much to lengthen as to shorten
COST_PER_MS_OFF_TARGET = 20  # of a lesson's distance from the length that was wished for
COST_PER_DOUBLING = 1_000_000  # a whole number, so that costs add up exactly
# Up to so many seconds, numbers that a person says go up by so many.
ROUNDING_STEPS = ((10, 1), (60, 5), (180, 15), (inf, 30))


@dataclass(frozen=True)
class AmountChoice:
    """How an exercise may be done: its rounds, the main amount of each step, and what it costs.

    ``cost`` is the distance from what is taught.
    """

    length_ms: int
    cost: int
    rounds: int
    amounts: tuple[float, ...]

    def to_options(self, exercise: Exercise) -> Options:
        """The options with which the exercise is done in these amounts."""
        amounts = list(zip(exercise.steps, self.amounts, strict=True))
        return Options(
            seconds={step.id: value for step, value in amounts if isinstance(step, Hold)},
            times={step.id: round(value) for step, value in amounts if isinstance(step, Repeat)},
            minutes={step.id: value for step, value in amounts if isinstance(step, Breathe)},
            rounds=self.rounds,
        )


def first_and_further_round_ms(exercise: Exercise) -> tuple[int, int]:
    """Milliseconds of the first round as it is taught, and of each further one."""
    once = exercise_length_ms(exercise, Options(rounds=1))
    return once, exercise_length_ms(exercise, Options(rounds=2)) - once


def scalable_part_ms(exercise: Exercise) -> int:
    """Milliseconds of an exercise, in all its rounds and on both sides, that its amounts make."""
    turns = AS_TAUGHT.rounds_of(exercise) * (2 if exercise.sides else 1)
    return turns * sum(map(_taught_ms, exercise.steps))


def amount_choices(
    exercise: Exercise, round_lengths: tuple[int, int], eased: bool = False
) -> tuple[AmountChoice, ...]:
    """The amounts in which an exercise can be done, shortest first, one for each whole second.

    ``round_lengths``: of first_and_further_round_ms(); what is ``eased``, by wish or for the
    group, is short for a reason, and at most doubled.
    """
    first, further = round_lengths
    taught = first + (AS_TAUGHT.rounds_of(exercise) - 1) * further
    weight, rounds = _lengthening_weight(exercise, taught, eased), exercise.rounds
    found: dict[int, AmountChoice] = {}
    for amounts in _scaled_amounts(exercise.steps):
        added = sum(map(_added_ms, exercise.steps, amounts)) * (2 if exercise.sides else 1)
        changed = max(map(_doublings, map(_main_amount, exercise.steps), amounts), key=abs)
        for count in range(rounds.min, rounds.max + 1) if rounds else (1,):
            often = _doublings(rounds, count)
            if eased and changed + often > 1:
                continue
            length = first + (count - 1) * further + count * added
            cost = _amount_change_cost(log2(length / taught), changed, often, weight)
            second = length // SECOND_MS
            if second not in found or cost < found[second].cost:
                found[second] = AmountChoice(length, cost, count, amounts)
    return tuple(found[second] for second in sorted(found))


def fit_amounts(
    choices: Sequence[Sequence[AmountChoice]], target_ms: int, max_ms: int
) -> list[AmountChoice] | None:
    """One choice for each exercise, together within 15 seconds of a target at the least cost.

    None where there is none that lasts ``max_ms`` at most.
    """
    shortest = sum(each[0].length_ms for each in choices)
    room = (max_ms - shortest) // SECOND_MS
    if room < 0:
        return None
    beyond = [
        np.array([round((one.length_ms - each[0].length_ms) / SECOND_MS) for one in each])
        for each in choices
    ]
    costs = [np.array([one.cost for one in each]) for each in choices]
    # best[k][s]: the least cost of the first k exercises, s seconds longer than their shortest
    best = [np.full(room + 1, np.inf)]
    best[0][0] = 0.0
    for seconds, cost in zip(beyond, costs, strict=True):
        least = np.full(room + 1, np.inf)
        for more, one in zip(seconds, cost, strict=True):
            if more <= room:
                np.minimum(least[more:], best[-1][: room + 1 - more] + one, out=least[more:])
        best.append(least)
    off = np.abs(np.arange(room + 1) * SECOND_MS - (target_ms - shortest))
    total = np.where(off <= TOLERANCE_MS, best[-1] + COST_PER_MS_OFF_TARGET * off, np.inf)
    if not np.isfinite(total.min()):
        return None
    now, found = int(total.argmin()), []
    for k in reversed(range(len(choices))):
        before = best[k][now - np.minimum(beyond[k], now)]
        which = int((np.where(beyond[k] <= now, before, np.inf) + costs[k]).argmin())
        found.append(choices[k][which])
        now -= beyond[k][which]
    return found[::-1]


# Amounts of one exercise


def _main_amount(step: Step) -> AmountRange | None:
    """The amount by which a step is made longer or shorter; a movement has none."""
    match step:
        case Hold():
            return step.seconds
        case Repeat():
            return step.times
        case Breathe():
            return step.minutes
    return None


def _unit_ms(step: Step) -> float:
    """Milliseconds of one second, minute or repetition of a step."""
    if isinstance(step, Repeat):
        return step.tempo.default * SECOND_MS
    return MINUTE_MS if isinstance(step, Breathe) else SECOND_MS


def _taught_ms(step: Step) -> int:
    amount = _main_amount(step)
    return round(amount.default * _unit_ms(step)) if amount else 0


def _added_ms(step: Step, value: float) -> int:
    """Milliseconds that another amount adds to one turn of a step; below none if it is less."""
    return round(value * _unit_ms(step)) - _taught_ms(step) if _main_amount(step) else 0


def _scaled_amounts(steps: Sequence[Step]) -> list[tuple[float, ...]]:
    """Every amount of a step that is alone; where there are more, all made smaller or larger."""
    amounts = [(step, amount) for step in steps if (amount := _main_amount(step))]
    if len(amounts) == 1:
        (alone, amount), *_ = amounts
        values = _round_values_in_range(alone, amount)
        return [tuple(value if s is alone else 0 for s in steps) for value in values]
    return list(dict.fromkeys(tuple(_scale_amount(s, factor) for s in steps) for factor in FACTORS))


def _round_values_in_range(step: Step, amount: AmountRange) -> list[float]:
    """The numbers that a person says, from the least amount of a step to the most."""
    unit = 60 if isinstance(step, Breathe) else 1
    values, value = {amount.min, amount.default, amount.max}, amount.min * unit
    while value < amount.max * unit:
        values.add(value if unit == 1 else value / unit)
        by = 1 if isinstance(step, Repeat) else _rounding_step(value)
        value = (value // by + 1) * by
    return sorted(values)


def _scale_amount(step: Step, factor: float) -> float:
    """A step's amount times a factor, in its range, as a number that a person says."""
    amount = _main_amount(step)
    if amount is None or factor == 1:
        return amount.default if amount else 0
    unit = 60 if isinstance(step, Breathe) else 1
    value = amount.default * factor * unit
    by = 1 if isinstance(step, Repeat) else _rounding_step(value)
    rounded = round(value / by) * by
    return min(max(rounded if unit == 1 else rounded / unit, amount.min), amount.max)


def _rounding_step(seconds: float) -> int:
    return next(by for limit, by in ROUNDING_STEPS if seconds < limit)


def _amount_change_cost(longer: float, changed: float, often: float, weight: float) -> int:
    """How far an amount is from what is taught, from how its parts differ, in octaves.

    Twice and half are equally far at first, but to go on and on is worse than to be brief.
    """
    cost = longer**2 + (changed**2 + often**2) / 2
    return round(COST_PER_DOUBLING * (weight * (cost + longer**4) if longer > 0 else cost))


def _lengthening_weight(exercise: Exercise, taught_ms: int, eased: bool) -> float:
    """What it costs to do more, which is more where an exercise lasts longer already."""
    breathing = all(isinstance(step, Breathe) for step in exercise.steps)
    factor = (
        BREATHING_LENGTHENING_WEIGHT if breathing else EASED_LENGTHENING_WEIGHT if eased else 1.0
    )
    return taught_ms / LONG_EXERCISE_MS * factor


def _doublings(amount: AmountRange | None, value: float) -> float:
    return round(log2(value / amount.default), 9) if amount else 0.0
