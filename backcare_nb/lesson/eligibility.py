"""What a group may do: exercises as they are, eased, or left out, each with the reason."""

from dataclasses import dataclass
from functools import cached_property

from backcare_nb.course.models import Caution, Exercise, VersionName
from backcare_nb.lesson.amounts import (
    AmountChoice,
    amount_choices,
    first_and_further_round_ms,
    scalable_part_ms,
)
from backcare_nb.lesson.lesson import LeftOut, LessonItem
from backcare_nb.lesson.request import COMMON_PROPS, POSITION_NAMES, LessonRequest
from backcare_nb.sessions.options import AS_TAUGHT
from backcare_nb.sessions.transitions import LYING, end_position

# The versions to try, the one that was wished for first.
VERSIONS_TO_TRY: dict[VersionName, tuple[VersionName, ...]] = {
    "easier": ("easier",),
    "source": ("source", "easier"),
    "harder": ("harder", "source", "easier"),
}
POSITION_LABELS = {name: "lying" if name in LYING else name for name in POSITION_NAMES}
NOT_HARDER = "As taught and not harder, since the group has to take care."


@dataclass(frozen=True)
class Candidate:
    """An exercise that a group may do, in its version; its place and its section in the library."""

    item: LessonItem
    taught: Exercise
    order: int
    section: str

    @property
    def exercise(self) -> Exercise:
        return self.item.exercise

    @property
    def start_position(self) -> str:
        return self.exercise.position

    @property
    def end_position(self) -> str:
        return end_position(self.exercise)

    @property
    def needs_special_props(self) -> bool:
        """Whether it needs what not every class has, such as a ball."""
        return bool(set(self.exercise.needs) - set(COMMON_PROPS))

    @property
    def is_eased(self) -> bool:
        """Whether it is done in an easier way than it is taught or was wished for."""
        return self.item.version == "easier" or bool(self.item.why)

    @cached_property
    def first_and_further_round_ms(self) -> tuple[int, int]:
        """Milliseconds of its first round, and of each further one."""
        return first_and_further_round_ms(self.exercise)

    @cached_property
    def usual_ms(self) -> int:
        """Milliseconds with its own amounts."""
        first, further = self.first_and_further_round_ms
        return first + (AS_TAUGHT.rounds_of(self.exercise) - 1) * further

    @cached_property
    def scalable_part_ms(self) -> int:
        """Milliseconds of these that may be changed: words and ways take the time they take."""
        return scalable_part_ms(self.exercise)

    @cached_property
    def choices(self) -> tuple[AmountChoice, ...]:
        """Every amount in which it can be done, shortest first."""
        return amount_choices(self.exercise, self.first_and_further_round_ms, eased=self.is_eased)


def find_eligible(request: LessonRequest) -> tuple[list[Candidate], list[LeftOut]]:
    """What the group may do of what is asked, and what it leaves out.

    What comes after an exercise that is left out for the group's sake is left out as well.
    """
    eligible, left_out = [], []
    for order, (section, exercise) in enumerate(request.wanted_exercises):
        found = _first_that_suits(exercise, request)
        if isinstance(found, str):
            left_out.append(LeftOut(exercise, found))
        else:
            eligible.append(Candidate(found, exercise, order, section))
    gone = {left.exercise.id: left.exercise.title for left in left_out}
    kept = []
    for candidate in eligible:
        exercise, before = candidate.exercise, candidate.exercise.after
        if before in gone:
            gone[exercise.id] = exercise.title
            why = f"It comes after {gone[before]}, which is left out."
            left_out.append(LeftOut(exercise, why))
        else:
            kept.append(candidate)
    return kept, left_out


def getting_up_version(request: LessonRequest) -> Exercise:
    """The way in which the group gets up: easier where it is wished for, or a caution asks."""
    rise = request.library.rise
    asks = {c.then for c in rise.cautions if c.concerns(request.cautions)}
    easier = request.version == "easier" or asks - {"say"}
    return rise.version("easier") if easier else rise


def _first_that_suits(exercise: Exercise, request: LessonRequest) -> LessonItem | str:
    """The first version that suits the group and the room, or why there is none."""
    reasons: list[str] = []
    for version in VERSIONS_TO_TRY[request.version]:
        if version == "harder" and (request.cautions or not exercise.harder):
            continue
        done = exercise.version(version)
        objection = _objection(exercise, done, version, request)
        if not objection:
            why = reasons[0] if reasons else ""
            if version == "source" and request.version == "harder":
                why = NOT_HARDER if request.cautions and exercise.harder else why
            return LessonItem(_with_position_cautions(done, request), version, why)
        if objection not in reasons:
            easier = version == "easier" != request.version
            reasons.append(
                objection.replace("It ", "Its easier version ", 1) if easier else objection
            )
    asked_to_ease = any(c.then == "easier" for c in _group_cautions(exercise, exercise, request))
    return " ".join(reasons) if asked_to_ease else reasons[0]


def _objection(
    exercise: Exercise, done: Exercise, version: VersionName, request: LessonRequest
) -> str:
    """Why a version does not suit, in a sentence; nothing where it does."""
    cautions = _group_cautions(exercise, done, request)
    out = [caution for caution in cautions if caution.then == "leave_out"]
    ease = [caution for caution in cautions if caution.then == "easier" and version != "easier"]
    lacking = [f"a {prop}" for prop in done.needs if not request.has_prop(exercise, prop)]
    places = [p for p in (done.position, end_position(done)) if p not in request.positions]
    if lacking and not out:
        return f"It needs {' and '.join(lacking)}."
    if places and not out:
        return f"It is done {POSITION_LABELS[places[0]]}, which was not chosen."
    brought = set(request.props or ()) - set(COMMON_PROPS)
    expected = exercise.id in request.exercises or brought & set(exercise.needs)
    if exercise.apart and not expected:
        return "It is for another time: choose it by its name."
    whom = request.library.safety.names_of
    return next((f"{whom(c.concerns(request.cautions))}: {c.what}" for c in (*out, *ease)), "")


def _group_cautions(exercise: Exercise, done: Exercise, request: LessonRequest) -> list[Caution]:
    """The cautions of an exercise, and of its position, that are for this group."""
    own = [caution for caution in exercise.cautions if caution.concerns(request.cautions)]
    return [*own, *_position_cautions(done, request)]


def _position_cautions(done: Exercise, request: LessonRequest) -> list[Caution]:
    """What its position asks of this group."""
    positions = {done.position, end_position(done)}
    return [
        Caution(whom=found.concerns(request.cautions), then=found.then, what=found.what)
        for found in request.library.safety.positions
        if found.position in positions and found.concerns(request.cautions)
    ]


def _with_position_cautions(done: Exercise, request: LessonRequest) -> Exercise:
    """The exercise with what its position asks of this group, where it does not say so itself."""
    told = {whom for caution in done.cautions for whom in caution.whom}
    asked = (c.only(set(c.whom) - told) for c in _position_cautions(done, request))
    more = tuple(caution for caution in asked if caution.whom)
    return done.model_copy(update={"cautions": (*done.cautions, *more)}) if more else done
