"""How a session is played: its version, its side, and the learner's own amounts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from backcare_nb.content.model import Amount, Exercise, Side, Step, VersionName
from backcare_nb.content.told import Told

TAKES = {
    "seconds": ("hold",),
    "times": ("repeat",),
    "tempo": ("repeat", "hold"),
    "minutes": ("breathe",),
}
VERSIONS: dict[VersionName, str] = {
    "easier": "Easier",
    "source": "As taught",
    "harder": "Harder",
}
AMOUNTS = {
    "seconds": "seconds in each hold",
    "times": "repetitions",
    "tempo": "seconds for each time",
    "minutes": "minutes of breathing",
    "rounds": "rounds",
}


class SessionError(Told, ValueError):
    """A session that cannot be played; its text is one sentence for the person who asked."""


@dataclass(frozen=True)
class Pauses:
    """Seconds between what is done."""

    ready: float = 5
    settle: float = 10
    moving: float = 6
    change: float = 8
    rest: float = 10


@dataclass(frozen=True)
class Options:
    """How a session is played; what is left out comes from the data.

    ``seconds`` is for each hold, ``times`` and ``tempo`` (seconds for one) for repetitions,
    ``minutes`` for breathing, ``rounds`` for the whole exercise. ``wait=True`` waits for the
    person before each exercise, ``wait=False`` never waits.
    """

    version: VersionName = "source"
    side: Side | None = None
    seconds: float | None = None
    times: int | None = None
    tempo: float | None = None
    minutes: float | None = None
    rounds: int | None = None
    wait: bool | None = None
    pauses: Pauses = field(default_factory=Pauses)


def allowed(exercise: Exercise) -> dict[str, Amount]:
    """The amounts of an exercise that may be changed, each with the range all its steps share."""
    shared = {}
    for name in TAKES:
        amounts = [getattr(step, name) for step in exercise.steps if _takes(step, name)]
        if amounts:
            shared[name] = _shared(amounts)
    if exercise.rounds:
        shared["rounds"] = exercise.rounds
    return {name: amount for name, amount in shared.items() if amount and amount.min < amount.max}


def _takes(step: Step, name: str) -> bool:
    return step.do in TAKES[name] and getattr(step, name) is not None


def _shared(amounts: Sequence[Amount]) -> Amount | None:
    low, high = max(a.min for a in amounts), min(a.max for a in amounts)
    if low > high:
        return None
    return Amount(default=min(max(amounts[0].default, low), high), min=low, max=high)


def choose(exercise: Exercise, options: Options) -> Exercise:
    """The exercise in the version and with the amounts that were asked for."""
    if options.version != "source":
        exercise = exercise.version(options.version)
    for name in AMOUNTS:
        if getattr(options, name) is not None:
            exercise = _with(exercise, name, getattr(options, name))
    return exercise


def _with(exercise: Exercise, name: str, value: float) -> Exercise:
    if name == "rounds":
        if not exercise.rounds:
            return exercise
        rounds = _within(exercise.rounds, name, value, exercise.title)
        return exercise.model_copy(update={"rounds": rounds})
    steps = tuple(
        step.model_copy(update={name: _within(getattr(step, name), name, value, exercise.title)})
        if _takes(step, name)
        else step
        for step in exercise.steps
    )
    return exercise.model_copy(update={"steps": steps})


def _within(amount: Amount, name: str, value: float, what: str) -> Amount:
    if not amount.min <= value <= amount.max:
        raise SessionError(
            f"{what} takes {amount.min:g} to {amount.max:g} {AMOUNTS[name]},"
            f" and {value:g} was asked for."
        )
    return amount.model_copy(update={"default": value})


# Checks


def check(options: Options) -> None:
    """Refuse options that no session could be played with."""
    if options.version not in get_args(VersionName):
        raise SessionError(f"The version can be easier, source or harder, not {options.version!r}.")
    if options.side not in (None, *get_args(Side)):
        raise SessionError(f"The side can be left or right, not {options.side!r}.")
    for name in AMOUNTS:
        value = getattr(options, name)
        if value is not None:
            (a_count if name in ("times", "rounds") else a_number)(name, value)
    for name, value in vars(options.pauses).items():
        if not 0 <= a_number(name, value) <= 600:
            raise SessionError(f"The pause {name!r} can be 0 to 600 seconds, not {value:g}.")


def check_taken(exercises: Sequence[Exercise], options: Options) -> None:
    """Refuse an amount that would change nothing, rather than drop it in silence."""
    names = " and ".join(exercise.title for exercise in exercises)
    if options.side and not any(exercise.sides for exercise in exercises):
        raise SessionError(f"{names} is done in the middle: it has no sides to choose from.")
    takes = {name for exercise in exercises for name in allowed(exercise)}
    for name in AMOUNTS:
        if getattr(options, name) is not None and name not in takes:
            known = " and ".join(AMOUNTS[each] for each in AMOUNTS if each in takes) or "nothing"
            raise SessionError(f"{names} has no {AMOUNTS[name]} to choose, but {known}.")


def a_number(name: str, value: float) -> float:
    """A value that is a number, and not an endless one; raises SessionError."""
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not math.isfinite(value):
        raise SessionError(f"{name} should be a number, not {value!r}.")
    return value


def a_count(name: str, value: int) -> int:
    """A value that is a whole number from 1 to 100; raises SessionError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise SessionError(f"{name} should be a whole number from 1 to 100, not {value!r}.")
    return value
