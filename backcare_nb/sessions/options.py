"""How a session is played: its version, its side, and the learner's own amounts."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

from backcare_nb.course.errors import UserError
from backcare_nb.course.fields import fill_sides
from backcare_nb.course.models import AmountRange, Exercise, Side, Step, VersionName

TAKES = {
    "seconds": ("hold",),
    "times": ("repeat",),
    "tempo": ("repeat", "hold"),
    "minutes": ("breathe",),
}
VERSION_LABELS: dict[VersionName, str] = {
    "easier": "Easier",
    "source": "As taught",
    "harder": "Harder",
}
AMOUNT_LABELS = {
    "seconds": "seconds in each hold",
    "times": "repetitions",
    "tempo": "seconds for each repetition",
    "minutes": "minutes of breathing",
    "rounds": "rounds",
}


class SessionError(UserError, ValueError):
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
    ``minutes`` for breathing, ``rounds`` for the whole exercise. Where steps differ, an amount may
    be given for some of them: ``{"massage": 180}`` by their ids. ``wait=True`` waits for the
    person before each exercise, ``wait=False`` never waits.
    """

    version: VersionName = "source"
    side: Side | None = None
    seconds: float | Mapping[str, float] | None = None
    times: int | Mapping[str, int] | None = None
    tempo: float | Mapping[str, float] | None = None
    minutes: float | Mapping[str, float] | None = None
    rounds: int | None = None
    wait: bool | None = None
    pauses: Pauses = field(default_factory=Pauses)


@dataclass(frozen=True)
class AmountSetting:
    """An amount that may be chosen, in words, with its range.

    ``step`` is the id of the step that it is for; empty where it is for all that take it.
    """

    name: str
    words: str
    amount: AmountRange
    step: str = ""

    def value(self, options: Options) -> float:
        """What is asked for, or else what the data give."""
        asked = getattr(options, self.name)
        if isinstance(asked, Mapping):
            asked = asked.get(self.step)
        return self.amount.default if asked is None else asked


def amount_settings(exercise: Exercise) -> tuple[AmountSetting, ...]:
    """The amounts of an exercise that may be chosen: one of each kind, unless its steps differ."""
    found = [each for name in TAKES for each in _settings(exercise, name)]
    if exercise.rounds:
        found.append(AmountSetting("rounds", AMOUNT_LABELS["rounds"], exercise.rounds))
    return tuple(each for each in found if each.amount.min < each.amount.max)


def _settings(exercise: Exercise, name: str) -> Iterator[AmountSetting]:
    steps = [step for step in exercise.steps if _takes(step, name)]
    if len({getattr(step, name).model_dump_json() for step in steps}) > 1:
        for step in steps:
            words = _words(name, step, f' for "{fill_sides(step.title, exercise.first)}"')
            yield AmountSetting(name, words, getattr(step, name), step.id)
    elif steps:
        again = exercise.sides or exercise.rounds or len(steps) > 1
        often = " each time" if getattr(steps[0], "loop", None) else " in each hold"
        yield AmountSetting(
            name, _words(name, steps[0], often if again else ""), getattr(steps[0], name)
        )


def _words(name: str, step: Step, which: str) -> str:
    """What may be chosen of a step; ``which`` tells its seconds from others."""
    if name == "tempo":
        return f"seconds for each {step.one}"
    return f"seconds{which}" if name == "seconds" else AMOUNT_LABELS[name]


def set_amount(
    options: Options, exercise: Exercise, setting: AmountSetting, value: float
) -> Options:
    """The options with one amount chosen; those of the other steps stay as they are."""
    if not setting.step:
        return replace(options, **{setting.name: value})
    alike = [each for each in amount_settings(exercise) if each.name == setting.name]
    chosen = {each.step: each.value(options) for each in alike}
    return replace(options, **{setting.name: {**chosen, setting.step: value}})


def _takes(step: Step, name: str) -> bool:
    return step.do in TAKES[name] and getattr(step, name) is not None


def choose(exercise: Exercise, options: Options) -> Exercise:
    """The exercise in the version and with the amounts that were asked for."""
    exercise = exercise.version(options.version)
    if options.rounds is not None and exercise.rounds:
        rounds = _within(exercise.rounds, "rounds", options.rounds, exercise.title)
        exercise = exercise.model_copy(update={"rounds": rounds})
    steps = tuple(_chosen(step, options, exercise.title) for step in exercise.steps)
    return exercise.model_copy(update={"steps": steps})


def _chosen(step: Step, options: Options, title: str) -> Step:
    """A step with what was asked for, of all steps or of this one."""
    found = {}
    for name in TAKES:
        asked = getattr(options, name)
        value = asked.get(step.id) if isinstance(asked, Mapping) else asked
        if value is not None and _takes(step, name):
            found[name] = _within(getattr(step, name), name, value, title)
    return step.model_copy(update=found) if found else step


def _within(amount: AmountRange, name: str, value: float, what: str) -> AmountRange:
    if not amount.min <= value <= amount.max:
        raise SessionError(
            f"{what} takes {amount.min:g} to {amount.max:g} {AMOUNT_LABELS[name]},"
            f" and {value:g} was asked for."
        )
    return amount.model_copy(update={"default": value})


# Checks


def check_options(options: Options) -> None:
    """Refuse options that no session could be played with."""
    if options.version not in get_args(VersionName):
        raise SessionError(f"The version can be easier, source or harder, not {options.version!r}.")
    if options.side not in (None, *get_args(Side)):
        raise SessionError(f"The side can be left or right, not {options.side!r}.")
    for name in AMOUNT_LABELS:
        for value in _asked(options, name).values():
            (require_count if name in ("times", "rounds") else require_number)(name, value)
    for name, value in vars(options.pauses).items():
        if not 0 <= require_number(name, value) <= 600:
            raise SessionError(f"The pause {name!r} can be 0 to 600 seconds, not {value:g}.")


def _asked(options: Options, name: str) -> Mapping[str, float]:
    """What is asked for, by the ids of steps; without an id where it is for all of them."""
    value = getattr(options, name)
    if isinstance(value, Mapping) and name in TAKES:
        return value
    return {} if value is None else {"": value}


def check_amounts_apply(exercises: Sequence[Exercise], options: Options, title: str) -> None:
    """Refuse an amount that would change nothing in a session, rather than drop it in silence."""
    if options.side and not any(exercise.sides for exercise in exercises):
        raise SessionError(f"{title} is done in the middle: it has no sides to choose from.")
    takes = {each.name for exercise in exercises for each in amount_settings(exercise)}
    ids = {step.id for exercise in exercises for step in exercise.steps}
    for name in AMOUNT_LABELS:
        asked = _asked(options, name)
        if asked and name not in takes:
            known = (
                " and ".join(AMOUNT_LABELS[each] for each in AMOUNT_LABELS if each in takes)
                or "nothing"
            )
            raise SessionError(f"{title} has no {AMOUNT_LABELS[name]} to choose, but {known}.")
        for step in sorted(set(asked) - {"", *ids}):
            raise SessionError(
                f"{title} has no step {step!r}: choose among {', '.join(sorted(ids))}."
            )


def require_number(name: str, value: float) -> float:
    """A value that is a number, and not an endless one; raises SessionError."""
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not math.isfinite(value):
        raise SessionError(f"{name} should be a number, not {value!r}.")
    return value


def require_count(name: str, value: int) -> int:
    """A value that is a whole number from 1 to 100; raises SessionError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise SessionError(f"{name} should be a whole number from 1 to 100, not {value!r}.")
    return value
