"""What a group may do: exercises as they are, eased, or left out, each with the reason."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

from backcare_nb.course.fields import LYING_POSITIONS, POSITIONS_OFF_THE_FLOOR
from backcare_nb.course.models import Exercise, VersionName
from backcare_nb.lesson.amounts import (
    AmountChoice,
    find_amount_limits,
    list_amount_choices,
)
from backcare_nb.lesson.lesson import (
    BED_SENTENCE_PATTERN,
    LeftOutExercise,
    LessonItem,
    all_spoken_instructions,
    cautions_for_conditions,
    has_chair,
    holds_same_postures,
    rests_meanwhile,
    slow_rise_for_group,
)
from backcare_nb.lesson.request import POSITION_NAMES, PROPS_OF_ANY_CLASS, LessonRequest
from backcare_nb.sessions.phases import MINUTE_MS
from backcare_nb.sessions.timeline import exercise_length_ms

# The versions to try, the one that was wished for first.
VERSIONS_TO_TRY: dict[VersionName, tuple[VersionName, ...]] = {
    "easier": ("easier",),
    "source": ("source", "easier"),
    "harder": ("harder", "source", "easier"),
}
POSITION_LABELS = {name: "lying" if name in LYING_POSITIONS else name for name in POSITION_NAMES}
AS_TAUGHT_NOT_HARDER_REASON = "As taught and not harder, since the group has to take care."


@dataclass(frozen=True)
class ExerciseCandidate:
    """An exercise that a class may do, in its version; its section, and its place there.

    ``resting`` are the conditions of the group with which one rests meanwhile, ``replaced`` those
    with which one does something else; ``places`` are where those are who do not do it as the class
    does. ``leaning`` is 1 where more of it is wished for, and -1 where less; ``least_quiet_ms`` are
    milliseconds of breathing at least, where a lesson begins or ends with it.
    """

    item: LessonItem
    taught: Exercise
    order: int
    section: str
    resting: frozenset[str]
    replaced: frozenset[str]
    places: frozenset[str]
    careful: bool
    leaning: int = 0
    least_quiet_ms: float = 0

    @property
    def exercise(self) -> Exercise:
        return self.item.exercise

    @property
    def positions(self) -> frozenset[str]:
        """Where it begins, is done and ends."""
        return frozenset(self.exercise.positions_taken)

    @cached_property
    def preferred_length_ms(self) -> int:
        """Milliseconds with its own amounts, or the most there may be where more is wished for."""
        if self.leaning > 0:
            return self.choices[-1].length_ms
        return exercise_length_ms(self.exercise)

    @cached_property
    def choices(self) -> tuple[AmountChoice, ...]:
        """Every amount in which it may be done, shortest first."""
        limits = find_amount_limits(self.taught, self.item.version, self.careful)
        found = list_amount_choices(self.exercise, limits)
        least = self.least_quiet_ms
        return tuple(c for c in found if sum(c.amounts) * MINUTE_MS >= least) if least else found

    @property
    def max_length_ms(self) -> float:
        """Milliseconds that it may take at most: where less is wished for, the shortest."""
        return self.choices[0].length_ms if self.leaning < 0 else inf

    @property
    def involves_several_positions(self) -> bool:
        """Whether it leads out of its position, or some do it in another one."""
        return len(self.positions | self.places) > 1


def find_eligible_and_left_out(
    request: LessonRequest,
) -> tuple[list[ExerciseCandidate], list[LeftOutExercise]]:
    """What the group may do of what is asked, and what it leaves out.

    What comes after an exercise that is left out for the group's sake is left out as well.
    """
    eligible, left_out = [], []
    for order, (section, exercise) in enumerate(request.wanted_exercises):
        found = find_candidate(exercise, request, section, order)
        if isinstance(found, LeftOutExercise):
            left_out.append(found)
        else:
            eligible.append(found)
    gone = {left.exercise.id: left.exercise.title for left in left_out}
    kept = []
    for candidate in eligible:
        exercise, before = candidate.exercise, candidate.exercise.after
        if before in gone:
            gone[exercise.id] = exercise.title
            why = f"It comes after {gone[before]}, which is left out."
            left_out.append(LeftOutExercise(exercise, why))
        else:
            kept.append(candidate)
    return kept, left_out


def find_candidate(
    exercise: Exercise, request: LessonRequest, section: str = "", order: int = -1
) -> ExerciseCandidate | LeftOutExercise:
    """The exercise in the first version that suits the class and the room, or why none does.

    The cautions of a few leave nothing out for the others, unless all are to do the easier version,
    or it is for one person.
    """
    objections: list[LeftOutExercise] = []
    versions = VERSIONS_TO_TRY[request.version]
    if request.version == "easier" and exercise.is_only_breathing and not request.alone:
        versions = ("source", "easier")  # to rest as it is taught asks nothing of anyone
    for version in versions:
        if version == "harder" and (request.participant_conditions or not exercise.harder):
            continue
        if version == "harder" and exercise.part == "rest" and not request.has_only_named_exercises:
            continue  # longer is not harder, and would leave no time for the others
        if version == "harder" and (same := _find_same_as_harder(exercise, request)):
            why = f"{same.title} is its harder version, and another exercise."
            objections.append(LeftOutExercise(exercise, why))
            continue
        objection = _find_objection(exercise, version, request)
        if objection:
            objections.append(objection)
            continue
        if _should_all_use_chairs(exercise, version, request):
            why = request.library.rules.floor.by_all
            item = LessonItem(exercise.version("easier"), "easier", why)
            return _make_candidate(item, exercise, request, section, order)
        why = objections[0].reason_without_conditions if objections else ""
        if version == "source" and request.version == "harder":
            why = (
                AS_TAUGHT_NOT_HARDER_REASON
                if request.participant_conditions and exercise.harder
                else why
            )
        item = LessonItem(exercise.version(version), version, why)
        return _make_candidate(item, exercise, request, section, order)
    return objections[0]


def _find_same_as_harder(exercise: Exercise, request: LessonRequest) -> Exercise | None:
    """What was chosen as well, and is done the same: the exercise is then done as taught before."""
    harder = exercise.version("harder")
    others = (each for _, each in request.wanted_exercises if each.id != exercise.id)
    return next((each for each in others if holds_same_postures(harder, each)), None)


def _should_all_use_chairs(
    exercise: Exercise, version: VersionName, request: LessonRequest
) -> bool:
    """Whether somebody would come up to a chair for what the others do on the floor, and could not.

    Who is up stays there: so all do it once they are up.
    """
    done, easier = exercise.version(version), exercise.version("easier")
    if request.alone or done.is_only_breathing or done.position in POSITIONS_OFF_THE_FLOOR:
        return False
    if easier.position not in POSITIONS_OFF_THE_FLOOR:
        return False
    asked = cautions_for_conditions(done, request.participant_conditions, request.library)
    return any(caution.then == "easier" for caution in asked) and not _find_objection(
        exercise, "easier", request
    )


def _make_candidate(
    item: LessonItem, taught: Exercise, request: LessonRequest, section: str, order: int
) -> ExerciseCandidate:
    """What is done of an exercise, with what those do who do not do it."""
    item = replace(item, easier=easier_version_if_props_there(taught.id, item.version, request))
    done, library = item.exercise, request.library
    meanwhile = {
        c: item.exercise_for_conditions([c], library) for c in request.participant_conditions
    }
    others = [each for each in (item.easier, *meanwhile.values()) if each and each is not done]
    return ExerciseCandidate(
        item,
        taught,
        order,
        section,
        resting=frozenset(c for c, each in meanwhile.items() if rests_meanwhile(each, done)),
        replaced=frozenset(c for c, each in meanwhile.items() if each and each.id != done.id),
        places=frozenset(p for each in others for p in each.positions_taken),
        careful=bool(request.participant_conditions) or taught.id not in request.more,
        leaning=(taught.id in request.more) - (taught.id in request.less),
    )


def easier_version_if_props_there(
    name: str, version: VersionName, request: LessonRequest
) -> Exercise | None:
    """What those do who take an exercise easier, where the room has what that needs."""
    exercise = request.library.exercise(name)
    easier = exercise.version("easier")
    there = version != "easier" and not _missing_things_in_words(exercise, easier, request)
    return easier if there else None


def choose_rise_version(request: LessonRequest) -> Exercise:
    """The way in which the group gets up: easier where it is wished for, or a caution asks.

    That is by a chair, and so in a room that has one.
    """
    rise = request.library.rise
    asks = {c.then for c in rise.cautions if c.matching_conditions(request.participant_conditions)}
    if has_chair(request.props) and (request.version == "easier" or asks - {"say"}):
        rise = rise.version("easier")
    if not request.alone and "bed" not in (request.props or ()):
        plain = BED_SENTENCE_PATTERN.sub("", rise.setup)
        rise = rise.model_copy(update={"setup": plain})
    return slow_rise_for_group(rise, request.participant_conditions, request.library)


def _find_objection(
    exercise: Exercise, version: VersionName, request: LessonRequest
) -> LeftOutExercise | None:
    """Why a version does not suit, in a sentence; None where it does."""
    done = exercise.version(version)
    if exercise.id in request.never:
        return LeftOutExercise(exercise, "Never, as you said.")
    if lacking := " and ".join(_missing_things_in_words(exercise, done, request)):
        return LeftOutExercise(exercise, f"It needs {lacking}.", calls_for=f"with {lacking}")
    places = [p for p in (done.position, done.end_position) if p not in request.positions]
    if places:
        place = POSITION_LABELS[places[0]]
        return LeftOutExercise(
            exercise, f"It is done {place}, which was not chosen.", calls_for=place
        )
    brought = set(request.props or ()) - set(PROPS_OF_ANY_CLASS)
    expected = exercise.id in request.exercises or brought & set(exercise.needs)
    if exercise.apart and not expected:
        return LeftOutExercise(exercise, "It is for another time: choose it by its name.")
    not_with = request.library.rules.not_with
    against = not_with.conditions_against(exercise.id, version, request.cautions)
    if against and exercise.id not in request.exercises and not request.alone:
        names = request.library.safety.conditions_in_words(against)
        return LeftOutExercise(exercise, f"{names}: nobody does it in this group.", for_some=True)
    if request.version != "easier" and not request.alone:
        return None
    conditions = (
        request.participant_conditions if request.out_for_all is None else request.out_for_all
    )
    asks = ("leave_out",) if version == "easier" else ("leave_out", "easier")
    whom = request.library.safety.conditions_in_words
    for caution in cautions_for_conditions(done, conditions, request.library):
        if caution.then in asks:
            why = f"{whom(caution.whom)}: {caution.what}"
            return LeftOutExercise(exercise, why, for_some=not request.alone)
    return None


def _missing_things_in_words(
    exercise: Exercise, done: Exercise, request: LessonRequest
) -> list[str]:
    """What is not in the room of what a version needs; a class has one of a kind for each."""
    missing = [f"a {prop}" for prop in done.needs if not request.has_prop(exercise, prop)]
    said = "" if request.alone else all_spoken_instructions(done).lower()
    spare = (each for each in request.library.rules.at_hand if each.spare)
    return missing + [each.thing for each in spare if any(words in said for words in each.words)]
