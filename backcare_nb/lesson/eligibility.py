"""What a group may do: exercises as they are, eased, or left out, each with the reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from backcare_nb.course.models import Caution, Exercise, VersionName
from backcare_nb.lesson.amounts import Dose, changeable, doses, rounds, usual
from backcare_nb.lesson.lesson import LeftOut, LessonItem
from backcare_nb.lesson.request import COMMON_PROPS, POSITION_NAMES, LessonRequest
from backcare_nb.sessions.transitions import LYING, end_position

# The versions to try, the one that was wished for first.
TRIED: dict[VersionName, tuple[VersionName, ...]] = {
    "easier": ("easier",),
    "source": ("source", "easier"),
    "harder": ("harder", "source", "easier"),
}
POSITION_LABELS = {name: "lying" if name in LYING else name for name in POSITION_NAMES}
TAKES_CARE = "As taught and not harder, since the group has to take care."


@dataclass(frozen=True)
class Candidate:
    """An exercise that a group may do, in its version; its place and its section in the library."""

    part: LessonItem
    taught: Exercise
    order: int
    section: str

    @property
    def exercise(self) -> Exercise:
        return self.part.exercise

    @property
    def start(self) -> str:
        return self.exercise.position

    @property
    def end(self) -> str:
        return end_position(self.exercise)

    @property
    def eased(self) -> bool:
        """Whether it is done in an easier way than it is taught or was wished for."""
        return self.part.version == "easier" or bool(self.part.why)

    @cached_property
    def rounds(self) -> tuple[int, int]:
        """Milliseconds of its first round, and of each further one."""
        return rounds(self.exercise)

    @cached_property
    def usual(self) -> int:
        """Milliseconds with its own amounts."""
        return usual(self.exercise, self.rounds)

    @cached_property
    def done(self) -> int:
        """Milliseconds of these that may be changed: words and ways take the time they take."""
        return changeable(self.exercise)

    @cached_property
    def doses(self) -> tuple[Dose, ...]:
        """Every amount in which it can be done, shortest first."""
        return doses(self.exercise, self.rounds, eased=self.eased)


def find_eligible(wish: LessonRequest) -> tuple[list[Candidate], list[LeftOut]]:
    """What the group may do of what is asked, and what it leaves out."""
    may, out = [], []
    for order, (section, exercise) in enumerate(wish.asked):
        found = _first_that_suits(exercise, wish)
        if isinstance(found, str):
            out.append(LeftOut(exercise, found))
        else:
            may.append(Candidate(found, exercise, order, section))
    return _without_orphans(may, out)


def getting_up_version(wish: LessonRequest) -> Exercise:
    """The way in which the group gets up: easier where it is wished for, or a caution asks."""
    rise = wish.library.rise
    asks = {c.then for c in rise.cautions if c.whom in wish.cautions}
    easier = wish.version == "easier" or asks - {"say"}
    return rise.version("easier") if easier else rise


def _first_that_suits(exercise: Exercise, wish: LessonRequest) -> LessonItem | str:
    """The first version that suits the group and the room, or why there is none."""
    reasons: list[str] = []
    for version in _tried(exercise, wish):
        done = exercise.version(version)
        objection = _objection(exercise, done, version, wish)
        if not objection:
            return LessonItem(
                _with_cautions(done, wish), version, _why(reasons, exercise, version, wish)
            )
        if objection not in reasons:
            easier = version == "easier" != wish.version
            reasons.append(
                objection.replace("It ", "Its easier version ", 1) if easier else objection
            )
    asked_to_ease = any(c.then == "easier" for c in _concerning(exercise, exercise, wish))
    return " ".join(reasons) if asked_to_ease else reasons[0]


def _tried(exercise: Exercise, wish: LessonRequest) -> Iterator[VersionName]:
    for version in TRIED[wish.version]:
        careful = version == "harder" and wish.cautions
        if not careful and (version != "harder" or exercise.harder):
            yield version


def _why(reasons: list[str], exercise: Exercise, version: VersionName, wish: LessonRequest) -> str:
    if version == "source" and wish.version == "harder" and wish.cautions and exercise.harder:
        return TAKES_CARE
    return reasons[0] if reasons else ""


def _objection(
    exercise: Exercise, done: Exercise, version: VersionName, wish: LessonRequest
) -> str:
    """Why a version does not suit, in a sentence; nothing where it does."""
    conditions, cautions = wish.library.safety.conditions, _concerning(exercise, done, wish)
    out = [caution for caution in cautions if caution.then == "leave_out"]
    ease = [caution for caution in cautions if caution.then == "easier" and version != "easier"]
    lacking = [f"a {prop}" for prop in done.needs if not wish.has(exercise, prop)]
    places = [p for p in (done.position, end_position(done)) if p not in wish.positions]
    if lacking and not out:
        return f"It needs {' and '.join(lacking)}."
    if places and not out:
        return f"It is done {POSITION_LABELS[places[0]]}, which was not chosen."
    if exercise.apart and not _expected(exercise, wish):
        return "It is for another time: choose it by its name."
    return next((f"{conditions[c.whom]}: {c.what}" for c in (*out, *ease)), "")


def _expected(exercise: Exercise, wish: LessonRequest) -> bool:
    """Whether an exercise that stands apart was named, or what it needs was brought for it."""
    brought = set(wish.props or ()) - set(COMMON_PROPS)
    return exercise.id in wish.exercises or bool(brought & set(exercise.needs))


def _concerning(exercise: Exercise, done: Exercise, wish: LessonRequest) -> list[Caution]:
    """The cautions of an exercise, and of its position, that are for this group."""
    own = [caution for caution in exercise.cautions if caution.whom in wish.cautions]
    return [*own, *_of_position(done, wish)]


def _of_position(done: Exercise, wish: LessonRequest) -> list[Caution]:
    """What its position asks of this group."""
    there = {done.position, end_position(done)}
    found = [p for p in wish.library.safety.positions if p.position in there]
    return [
        Caution(whom=p.whom, then=p.then, what=p.what) for p in found if p.whom in wish.cautions
    ]


def _with_cautions(done: Exercise, wish: LessonRequest) -> Exercise:
    """The exercise with what its position asks of this group, where it does not say so itself."""
    told = {caution.whom for caution in done.cautions}
    more = tuple(c for c in _of_position(done, wish) if c.whom not in told)
    return done.model_copy(update={"cautions": (*done.cautions, *more)}) if more else done


def _without_orphans(
    may: list[Candidate], out: list[LeftOut]
) -> tuple[list[Candidate], list[LeftOut]]:
    """Leave out as well what comes after an exercise that is left out for the group's sake."""
    gone = {left.exercise.id: left.exercise.title for left in out}
    kept = []
    for candidate in may:
        before = candidate.exercise.after
        if before in gone:
            gone[candidate.exercise.id] = candidate.exercise.title
            why = f"It comes after {gone[before]}, which is left out."
            out.append(LeftOut(candidate.exercise, why))
        else:
            kept.append(candidate)
    return kept, out
