"""How much of each exercise: between its easier and its taught amount, so that time is well used.

Amounts stay within the range that the data give them, and are numbers that a person says: 20
seconds and not 19.3.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf, log2

from backcare_nb.course.models import (
    AmountRange,
    Breathe,
    Exercise,
    Hold,
    Move,
    Repeat,
    Step,
    VersionName,
)
from backcare_nb.sessions.options import OPTIONS_AS_TAUGHT, Options
from backcare_nb.sessions.phases import MINUTE_MS, SECOND_MS
from backcare_nb.sessions.timeline import exercise_length_ms

AMOUNT_SCALE_FACTORS = tuple(
    2 ** (n / 8) for n in range(-32, 33)
)  # of what is taught, in even steps
MAX_SHORTFALL_FROM_LONGEST_MS = (
    15 * SECOND_MS
)  # by which an exercise may be shorter to be more like what is taught
MAX_EASIER_LENGTHENING_FACTOR = 2  # times what its easier version says
MAIN_AMOUNT_NAME_BY_STEP_KIND = {"hold": "seconds", "repeat": "times", "breathe": "minutes"}
# Up to so many seconds, numbers that a person says go up by so many.
ROUNDING_LIMITS_AND_STEPS_S = ((10, 1), (60, 5), (inf, 30))


@dataclass(frozen=True)
class AmountChoice:
    """How an exercise may be done: its rounds, and the main amount of each step.

    ``unlike`` is how far they are from what is taught, in squared doublings.
    """

    length_ms: int
    unlike: float
    rounds: int
    amounts: tuple[float, ...]

    @classmethod
    def from_options(cls, exercise: Exercise, options: Options, length_ms: int) -> "AmountChoice":
        """The amounts that options give an exercise, which takes so long with them."""
        amounts = tuple(_amount_done(step, options) for step in exercise.steps)
        return cls(length_ms, 0.0, options.rounds_of(exercise), amounts)

    def to_options(self, exercise: Exercise) -> Options:
        """The options with which the exercise is done in these amounts."""
        amounts = list(zip(exercise.steps, self.amounts, strict=True))
        return Options(
            seconds={step.id: value for step, value in amounts if isinstance(step, Hold)},
            times={step.id: round(value) for step, value in amounts if isinstance(step, Repeat)},
            minutes={step.id: value for step, value in amounts if isinstance(step, Breathe)},
            rounds=self.rounds,
        )


@dataclass(frozen=True)
class AmountLimits:
    """How far an exercise may be changed: the milliseconds of its work, and each of its amounts.

    ``amounts`` has the least and the most of each step.
    """

    least_ms: int
    most_ms: int
    rounds: int
    amounts: tuple[tuple[float, float], ...]

    def allow(self, amounts: Sequence[float]) -> bool:
        """Whether amounts of the steps lie within these limits; a movement has none."""
        pairs = zip(amounts, self.amounts, strict=True)
        return all(low <= value <= high for value, (low, high) in pairs if value)

    def is_exceeded_by(self, exercise: Exercise, options: Options) -> bool:
        """Whether options ask for more than these limits."""
        amounts = zip(exercise.steps, self.amounts, strict=True)
        return (
            options.rounds_of(exercise) > self.rounds
            or work_ms(exercise, options) > self.most_ms
            or any(_amount_done(step, options) > most for step, (_, most) in amounts)
        )


def work_ms(exercise: Exercise, options: Options = OPTIONS_AS_TAUGHT) -> int:
    """Milliseconds of what is done in all rounds and on both sides, without words and pauses."""
    turns = options.rounds_of(exercise) * (len(exercise.sides_in_order) or 1)
    return turns * sum(
        round(_amount_done(step, options) * _ms_per_amount_unit(step)) for step in exercise.steps
    )


def find_amount_limits(taught: Exercise, version: VersionName, careful: bool) -> AmountLimits:
    """How little and how much of an exercise a lesson may ask for, in this version.

    What is eased is at most doubled, and never more than is taught; what is done as taught may
    come near the harder version where nobody has to be ``careful``; what is harder is done as it
    is called; where one only breathes, one may go on to the end of its range.
    """
    done, easier = taught.version(version), taught.version("easier")
    if version == "harder":
        easier = done
    up_to = taught.version("harder") if version == "source" and not careful else done
    models, factor = (done, up_to), MAX_EASIER_LENGTHENING_FACTOR if version == "easier" else 1
    most_ms = max(map(work_ms, models))
    if version == "easier":
        most_ms = max(most_ms, min(factor * most_ms, work_ms(taught)))
    least_ms = min(work_ms(easier), work_ms(done))
    amounts = []
    for step in done.steps:
        low, high = (_amounts_of_step_in_versions(step, each) for each in ((easier,), models))
        least = 0.0 if isinstance(step, Breathe) else min([*low, *high]) if low else 0.0
        amounts.append((least, factor * max(high)))
    rounds = factor * max(map(OPTIONS_AS_TAUGHT.rounds_of, models))
    longest = [step.minutes.max for step in done.steps if isinstance(step, Breathe)]
    if len(longest) == len(done.steps) and version != "harder":
        within = tuple((0, minutes) for minutes in longest)
        return AmountLimits(0, round(sum(longest) * MINUTE_MS), rounds, within)
    return AmountLimits(least_ms, most_ms, rounds, tuple(amounts))


def _amounts_of_step_in_versions(step: Step, versions: Iterable[Exercise]) -> list[float]:
    """How much versions of an exercise ask of the same step."""
    same = (s for each in versions for s in each.steps if (s.id, s.do) == (step.id, step.do))
    return [_amount_done(each, OPTIONS_AS_TAUGHT) for each in same]


def list_amount_choices(exercise: Exercise, limits: AmountLimits) -> tuple[AmountChoice, ...]:
    """The amounts in which an exercise may be done, shortest first, one for each whole second.

    Of those that take the same time, the one that is most like what is taught.
    """
    first = exercise_length_ms(exercise, Options(rounds=1))
    sides, rounds = len(exercise.sides_in_order) or 1, exercise.rounds
    further = exercise_length_ms(exercise, Options(rounds=2)) - first if rounds else 0
    counts = range(rounds.min, min(rounds.max, limits.rounds) + 1) if rounds else (1,)
    moving_ms = sum(
        round(step.seconds.default * SECOND_MS) for step in exercise.steps if isinstance(step, Move)
    )
    taught_ms = work_ms(exercise, Options(rounds=1))
    found: dict[int, AmountChoice] = {}
    for amounts, count in product(_candidate_amounts(exercise.steps), counts):
        if not limits.allow(amounts):
            continue
        steps = zip(exercise.steps, amounts, strict=True)
        round_ms = sides * (moving_ms + sum(round(v * _ms_per_amount_unit(s)) for s, v in steps))
        if not limits.least_ms <= count * round_ms <= limits.most_ms:
            continue
        length = first + (count - 1) * further + count * (round_ms - taught_ms)
        changed = max(
            map(_doublings_from_default, map(_main_amount, exercise.steps), amounts), key=abs
        )
        unlike = round(changed**2 + _doublings_from_default(rounds, count) ** 2, 6)
        second = length // SECOND_MS
        if second not in found or unlike < found[second].unlike:
            found[second] = AmountChoice(length, unlike, count, amounts)
    return tuple(found[second] for second in sorted(found))


def choose_amounts_to_fill_time(
    choices: Sequence[Sequence[AmountChoice]],
    usual_ms: Sequence[int],
    most_ms: Sequence[float],
    time_ms: int,
) -> list[AmountChoice]:
    """One choice for each exercise, all of them lengthened alike until the time is used.

    From the shortest of each on to its usual length, and only where all have come so far, on to
    its longest; none beyond its ``most_ms``. Where the time is not enough, the shortest.
    """

    def at(level: float) -> list[AmountChoice]:
        found = []
        for each, usual, most in zip(choices, usual_ms, most_ms, strict=True):
            low, high = each[0].length_ms, each[-1].length_ms
            middle = min(max(usual, low), high)
            wanted = low + (middle - low) * min(level, 1) + (high - middle) * max(level - 1, 0)
            found.append(choose_nearly_longest_like_taught(each, min(wanted, most)))
        return found

    low, high = 0.0, 2.0
    for _ in range(20):
        middle = (low + high) / 2
        within = sum(one.length_ms for one in at(middle)) <= time_ms
        low, high = (middle, high) if within else (low, middle)
    filled = at(low)
    for k, each in reversed(list(enumerate(choices))):  # what is left, to the end and its rest
        left = time_ms - sum(one.length_ms for one in filled)
        bound = inf if low > 1 else max(usual_ms[k], filled[k].length_ms)
        wanted = min(filled[k].length_ms + left, most_ms[k], bound)
        if left > 0:
            longer = (one for one in each if filled[k].length_ms < one.length_ms <= wanted)
            filled[k] = max(longer, key=lambda one: one.length_ms, default=filled[k])
    return filled


def choose_nearly_longest_like_taught(
    choices: Sequence[AmountChoice], most_ms: float
) -> AmountChoice:
    """The longest that takes at most so long, or what is more like what is taught and nearly so."""
    within = [one for one in choices if one.length_ms <= most_ms]
    if not within:
        return choices[0]
    longest = within[-1].length_ms
    nearly = [one for one in within if one.length_ms >= longest - MAX_SHORTFALL_FROM_LONGEST_MS]
    return min(nearly, key=lambda one: (one.unlike, -one.length_ms))


# Amounts of one exercise


def _main_amount(step: Step) -> AmountRange | None:
    """The amount by which a step is made longer or shorter; a movement has none."""
    return None if step.do == "move" else getattr(step, MAIN_AMOUNT_NAME_BY_STEP_KIND[step.do])


def _amount_done(step: Step, options: Options) -> float:
    """How much of a step is done: its seconds, times or minutes."""
    if step.do == "move":
        return step.seconds.default
    return options.amount_of(step, MAIN_AMOUNT_NAME_BY_STEP_KIND[step.do])


def _ms_per_amount_unit(step: Step) -> float:
    """Milliseconds of one second, minute or repetition of a step."""
    if isinstance(step, Repeat):
        return step.tempo.default * SECOND_MS
    return MINUTE_MS if isinstance(step, Breathe) else SECOND_MS


def _candidate_amounts(steps: Sequence[Step]) -> list[tuple[float, ...]]:
    """Every amount of a step that is alone; where there are more, all made smaller or larger."""
    amounts = [(step, amount) for step in steps if (amount := _main_amount(step))]
    if len(amounts) == 1:
        (alone, amount), *_ = amounts
        values = sorted(_rounded_amounts_in_range(alone, amount))
        return [tuple(value if s is alone else 0 for s in steps) for value in values]
    return list(
        dict.fromkeys(
            tuple(_scale_amount(s, factor) for s in steps) for factor in AMOUNT_SCALE_FACTORS
        )
    )


def _rounded_amounts_in_range(step: Step, amount: AmountRange) -> Iterator[float]:
    """The numbers that a person says, from the least amount of a step to the most."""
    unit = 60 if isinstance(step, Breathe) else 1
    yield from {amount.min, amount.default, amount.max}
    value = amount.min * unit
    while value < amount.max * unit:
        by = 1 if isinstance(step, Repeat) else _rounding_step_s(value)
        value = (value // by + 1) * by
        if value < amount.max * unit and value != amount.default * unit:
            yield value if unit == 1 else value / unit


def _scale_amount(step: Step, factor: float) -> float:
    """A step's amount times a factor, in its range, as a number that a person says."""
    amount = _main_amount(step)
    if amount is None or factor == 1:
        return amount.default if amount else 0
    unit = 60 if isinstance(step, Breathe) else 1
    value = amount.default * factor * unit
    by = 1 if isinstance(step, Repeat) else _rounding_step_s(value)
    rounded = round(value / by) * by
    return min(max(rounded if unit == 1 else rounded / unit, amount.min), amount.max)


def _rounding_step_s(seconds: float) -> int:
    return next(by for limit, by in ROUNDING_LIMITS_AND_STEPS_S if seconds < limit)


def _doublings_from_default(amount: AmountRange | None, value: float) -> float:
    return round(log2(value / amount.default), 9) if amount else 0.0
