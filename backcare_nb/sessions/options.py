"""How a session is played: its version, its side, and the amounts that a person chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from backcare_nb.course.errors import UserError
from backcare_nb.course.fields import Side, fill_sides
from backcare_nb.course.models import AmountRange, Exercise, Hold, Repeat, Step, VersionName
from backcare_nb.course.names import shorten

VERSION_LABELS: dict[VersionName, str] = {
    "easier": "Easier",
    "source": "As taught",
    "harder": "Harder",
}


def version_heading(version: VersionName, title: str) -> str:
    """What a version is called, with its title where that says more, as "Easier: On a cushion"."""
    label = VERSION_LABELS[version]
    return label if title in ("", label) else f"{label}: {title}"


MAX_ABSOLUTE_NUMBER = 1e12  # of any unit: nobody means more
STEP_AMOUNT_NAMES = ("seconds", "times", "tempo", "minutes")
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

    def amount_of(self, step: Step, name: str) -> float:
        """An amount of a step, such as its seconds: as it was chosen, or else as it is taught."""
        chosen = self.chosen_amounts_by_step(name)
        source: AmountRange = getattr(step, name)
        return chosen.get(step.id, chosen.get("", source.default))

    def rounds_of(self, exercise: Exercise) -> int:
        """How often an exercise is done: as it was chosen, or else as it is taught."""
        if exercise.rounds is None:
            return 1
        return exercise.rounds.default if self.rounds is None else self.rounds

    def first_side_of(self, exercise: Exercise) -> str:
        """The side on which an exercise begins; empty where it has none."""
        sides = exercise.sides_in_order
        return self.side if self.side in sides else next(iter(sides), "")

    def chosen_amounts_by_step(self, amount_name: str) -> Mapping[str, float]:
        """What was chosen of an amount, by the ids of steps; without an id for all of them."""
        chosen = getattr(self, amount_name)
        if isinstance(chosen, Mapping):
            return chosen
        return {} if chosen is None else {"": chosen}


OPTIONS_AS_TAUGHT = Options()


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
        """What was chosen, or else what the data give."""
        chosen = options.chosen_amounts_by_step(self.name)
        return chosen.get(self.step, chosen.get("", self.amount.default))


def adjustable_amounts(step: Step) -> dict[str, AmountRange]:
    """The amounts of a step that a person may choose; a movement takes its own time."""
    names = () if step.do == "move" else STEP_AMOUNT_NAMES
    return {name: amount for name in names if (amount := getattr(step, name, None))}


def amount_settings(exercise: Exercise) -> tuple[AmountSetting, ...]:
    """The amounts of an exercise that may be chosen: one of each kind, unless its steps differ."""
    found = []
    for name in STEP_AMOUNT_NAMES:
        steps = [step for step in exercise.steps if name in adjustable_amounts(step)]
        alike = len({adjustable_amounts(step)[name] for step in steps}) == 1
        for step in steps[:1] if alike else steps:
            label = AMOUNT_LABELS[name]
            if name == "tempo" and isinstance(step, Hold | Repeat):
                label = f"seconds for each {step.one}"
            elif name == "seconds" and not alike:
                label = f'seconds for "{fill_sides(step.title, exercise.first)}"'
            elif name == "seconds" and not (exercise.sides or exercise.rounds or len(steps) > 1):
                label = "seconds"
            elif name == "seconds" and "tempo" in adjustable_amounts(step):
                label = "seconds each time"
            amount = adjustable_amounts(step)[name]
            found.append(AmountSetting(name, label, amount, "" if alike else step.id))
    if exercise.rounds:
        found.append(AmountSetting("rounds", AMOUNT_LABELS["rounds"], exercise.rounds))
    return tuple(each for each in found if each.amount.min < each.amount.max)


def set_amount(
    options: Options, exercise: Exercise, setting: AmountSetting, value: float
) -> Options:
    """The options with one amount chosen; those of the other steps stay as they are."""
    chosen: Any = value
    if setting.step:
        alike = [each for each in amount_settings(exercise) if each.name == setting.name]
        chosen = {each.step: each.value(options) for each in alike} | {setting.step: value}
    return replace(options, **{setting.name: chosen})


# Checks


def raise_unless_options_valid(options: Options) -> None:
    """Refuse options that no session could be played with."""
    if options.version not in get_args(VersionName):
        raise SessionError(f"The version can be easier, source or harder, not {options.version!r}.")
    if options.side not in (None, *get_args(Side)):
        raise SessionError(f"The side can be left or right, not {options.side!r}.")
    for name in STEP_AMOUNT_NAMES:
        for value in options.chosen_amounts_by_step(name).values():
            require_count(name, value) if name == "times" else require_number(name, value)
    if options.rounds is not None:
        require_count("rounds", options.rounds)
    for name, value in vars(options.pauses).items():
        if not 0 <= require_number(name, value) <= 600:
            raise SessionError(f"The pause {name!r} can be 0 to 600 seconds, not {value:g}.")


def raise_unless_amounts_in_range(exercise: Exercise, options: Options) -> None:
    """Refuse amounts outside the range that the exercise gives them."""
    chosen: list[tuple[str, AmountRange, float]] = []
    if exercise.rounds:
        chosen.append(("rounds", exercise.rounds, options.rounds_of(exercise)))
    for step in exercise.steps:
        for name, amount in adjustable_amounts(step).items():
            chosen.append((name, amount, options.amount_of(step, name)))
    for name, amount, value in chosen:
        if not amount.min <= value <= amount.max:
            taken, hint = f"{amount.min:g} to {amount.max:g}", ""
            if amount.min == amount.max:  # how its author lets it be chosen
                limits = f"min: {min(value, amount.min):g}, max: {max(value, amount.max):g}"
                taken = f"exactly {amount.min:g}"
                range_ = f"{{default: {amount.default:g}, {limits}}}"
                hint = f" In a file of your own, write {name}: {range_}."
            raise SessionError(
                f"{exercise.title} takes {taken} {AMOUNT_LABELS[name]},"
                f" and {value:g} was asked for.{hint}"
            )


def raise_unless_options_apply(exercises: Sequence[Exercise], options: Options, title: str) -> None:
    """Refuse an option that would change nothing in a session, rather than drop it in silence."""
    sides = {side for exercise in exercises for side in exercise.sides_in_order}
    if options.side and not sides:
        raise SessionError(f"{title} is done in the middle: it has no sides to choose from.")
    if options.side and options.side not in sides:
        raise SessionError(f"{title} is done on the {sides.pop()} side alone.")
    steps = [step for exercise in exercises for step in exercise.steps]
    ids_by_amount = {
        name: {step.id for step in steps if name in adjustable_amounts(step)}
        for name in STEP_AMOUNT_NAMES
    } | {"rounds": {exercise.id for exercise in exercises if exercise.rounds}}
    for name, ids in ids_by_amount.items():
        chosen = options.chosen_amounts_by_step(name)
        if chosen and not ids:
            if name == "seconds" and any(getattr(step, "held", 0) for step in steps):
                raise SessionError(
                    f"{title} is held within each repetition: how long, in seconds, is changed in"
                    " its own file."
                )
            known = " and ".join(AMOUNT_LABELS[each] for each, ids in ids_by_amount.items() if ids)
            raise SessionError(
                f"{title} has no {AMOUNT_LABELS[name]} to choose, but {known or 'nothing'}."
            )
        for step in sorted(set(chosen) - {"", *ids}):
            raise SessionError(
                f"{title} has no step {step!r}: choose among {', '.join(sorted(ids))}."
            )


def require_number(name: str, value: float) -> float:
    """A value that is a number, and not an endless one; raises SessionError."""
    if not is_number(value):
        raise SessionError(f"{name} should be a number, not {shorten(repr(value))}.")
    return value


def is_number(value: object) -> bool:
    """Whether a value is a number, and one of which sums can be made."""
    is_bool = isinstance(value, bool)
    return isinstance(value, int | float) and not is_bool and abs(value) < MAX_ABSOLUTE_NUMBER


def require_count(name: str, value: float) -> int:
    """A value that is a whole number from 1 to 100; raises SessionError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise SessionError(f"{name} should be a whole number from 1 to 100, not {value!r}.")
    return value
