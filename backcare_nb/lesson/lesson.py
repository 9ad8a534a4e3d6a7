"""A lesson: exercises in an order, each with its version and amounts, for one person or a class.

A lesson of a class has two tracks, in step with each other: what the class does, and beside each
exercise its easier version, for whoever had better take that.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, get_args

from backcare_nb.course.fields import (
    ENGLISH_TAG,
    KNEELING_POSITION,
    LYING_POSITIONS,
    POSITIONS_OFF_THE_FLOOR,
    fill_sides,
)
from backcare_nb.course.library import Library
from backcare_nb.course.models import (
    ANYONE_CONDITION,
    Caution,
    CautionAction,
    Exercise,
    Hold,
    Move,
    PositionTransition,
    Prop,
    ThingAtHand,
    VersionName,
)
from backcare_nb.custom.library import current_library
from backcare_nb.lesson.request import LessonRequest, select_participant_conditions
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import OPTIONS_AS_TAUGHT, Options, version_heading
from backcare_nb.sessions.phases import MINUTE_MS
from backcare_nb.sessions.timeline import Timeline
from backcare_nb.sessions.transitions import insert_transitions_and_rise

LESSON_LENGTH_TOLERANCE_MS = MINUTE_MS  # within which a lesson keeps its minutes
# A class stands when its lesson begins, and should stand after it.
POSITION_BEFORE_LESSON = "standing"
NOT_FOR_EVERYONE_SENTENCE = "It is not for everyone in this group."
TAKE_IT_EASIER_LEAD_IN = "If you take it easier:"
DO_INSTEAD_LEAD_IN = "Who leaves this one out, meanwhile:"
EASIER_BREATHING_LENGTH_PATTERN = re.compile(
    r", for (\d+ minutes|as long)"
)  # how long one breathes easier
CHAIR_SENTENCE_PATTERN = re.compile(r" ?[^.]*\bthe chair\b[^.]*\.")
BED_SENTENCE_PATTERN = re.compile(
    r" ?(?:If you are on|On) a bed\b[^.]*\.(?: Wait [^.]*\. On the floor go on like this\.)?"
)
MAX_SETUP_LETTERS = 1200
MAX_SKIPPED_SHARE_PER_PERSON = 1 / 3  # of its time, by somebody for whom a lesson is


@dataclass(frozen=True)
class LessonItem:
    """An exercise of a lesson in its version, with the amounts that fit the lesson in ``options``.

    ``why`` says in a sentence why the class does not do it as it was wished for. ``easier`` is what
    those do meanwhile who take it easier, where the room has what that needs; ``note`` is the
    teacher's own.
    """

    exercise: Exercise
    version: VersionName = "source"
    why: str = ""
    options: Options = OPTIONS_AS_TAUGHT
    easier: Exercise | None = None
    note: str = ""

    def exercise_for_conditions(
        self, conditions: Collection[str], library: Library
    ) -> Exercise | None:
        """What somebody with these conditions does; None for who rests meanwhile."""
        asks = caution_actions_for_conditions(self.exercise, conditions, library)
        if "leave_out" in asks:
            return _find_replacement(self.exercise, conditions, library)
        small = library.rules.no_further.by_exercise.get(self.exercise.id)
        before = library.all_exercises_by_id.get(small or "")
        if before and "easier" in caution_actions_for_conditions(before, conditions, library):
            return before.version("easier")
        if "easier" in asks and self.version != "easier":
            return self.easier
        return self.exercise

    def exercise_without_private_cautions(self) -> Exercise:
        """What is shown on the wall: the exercise, without whom its cautions are for."""
        everyone = tuple(
            caution.model_copy(update={"what": caution.what_in_class})
            for caution in self.exercise.cautions
            if ANYONE_CONDITION in caution.whom
        )
        return self.exercise.model_copy(update={"cautions": everyone})


def rests_meanwhile(theirs: Exercise | None, done: Exercise) -> bool:
    """Whether somebody rests, or only breathes, while the others do an exercise."""
    return theirs is None or (theirs.is_only_breathing and not done.is_only_breathing)


def mark_exercises_spent_on_chair(
    exercises: Iterable[Exercise], track: Iterable[Exercise]
) -> Iterator[bool]:
    """For each exercise of a class, whether somebody sits it out on a chair, by what he does.

    Who has come up from the floor before the others goes down again with nobody.
    """
    was_down = is_up = False
    for shared, theirs in zip(exercises, track, strict=True):
        on_floor = shared.position not in POSITIONS_OFF_THE_FLOOR
        is_up = is_up and on_floor
        yield is_up
        was_down = was_down or theirs.position not in POSITIONS_OFF_THE_FLOOR
        is_up = is_up or (on_floor and was_down and theirs.end_position in POSITIONS_OFF_THE_FLOOR)


def holds_same_postures(exercise: Exercise, other: Exercise) -> bool:
    """Whether one holds the same postures in both."""
    held = {step.posture for step in exercise.steps if isinstance(step, Hold)}
    return bool(held) and held == {step.posture for step in other.steps if isinstance(step, Hold)}


def adapt_transitions_to_group(
    library: Library, props: Collection[str] | None, conditions: Collection[str] = ()
) -> list[PositionTransition]:
    """The ways between positions of a group, in a room with these props, or with those of any."""
    floor, ways = library.rules.floor, []
    by = floor.slow_by if {*conditions} & {*floor.slow_for} else 1
    for way in library.safety.ways:
        way = way if has_chair(props) else way.without_chair()
        say = way.say if "bed" in (props or ()) else BED_SENTENCE_PATTERN.sub("", way.say)
        slow = {
            "move": way.move and _slow_move(way.move, by),
            "pause_seconds": way.pause_seconds * by,
        }
        ways.append(way.model_copy(update={"say": say, **slow}))
    return ways


def slow_rise_for_group(rise: Exercise, conditions: Collection[str], library: Library) -> Exercise:
    """Getting up, with more time for each stage where somebody in the group needs that."""
    if not {*conditions} & {*library.rules.floor.slow_for}:
        return rise
    by = library.rules.floor.slow_by
    steps = tuple(_slow_move(step, by) if isinstance(step, Move) else step for step in rise.steps)
    return rise.model_copy(update={"steps": steps})


def _slow_move(move: Move, by: float) -> Move:
    seconds = {"default": min(move.seconds.default * by, move.seconds.max)}
    return move.model_copy(update={"seconds": move.seconds.model_copy(update=seconds)})


def has_chair(props: Collection[str] | None) -> bool:
    """Whether there is a chair by which to get down to the floor, and up."""
    return props is None or "chair" in props


def all_spoken_instructions(exercise: Exercise) -> str:
    """All that is said of how to do an exercise."""
    steps = [*exercise.steps, *([exercise.between] if exercise.between else [])]
    return " ".join([exercise.setup, *(step.all_words for step in steps)])


def describe_easier_version(part: LessonItem) -> str:
    """The easier version of an exercise in a line: what it is called, and how it differs."""
    heading = version_heading("easier", part.exercise.easier.title)
    return f"{heading}. {describe_easier_change(part.exercise)}"


def describe_easier_change(exercise: Exercise) -> str:
    """How its easier version differs; who only breathes does so for as long as the others."""
    what = fill_sides(exercise.easier.what, exercise.first)
    return (
        EASIER_BREATHING_LENGTH_PATTERN.sub(", for as long as the others", what)
        if exercise.is_only_breathing
        else what
    )


def cautions_for_conditions(
    exercise: Exercise, conditions: Collection[str], library: Library
) -> list[Caution]:
    """Its own cautions for these conditions, and its position's for those it does not speak of."""
    own = [
        c.limited_to_conditions(conditions)
        for c in exercise.cautions
        if c.matching_conditions(conditions)
    ]
    return own + _position_cautions(exercise, conditions, library)


def _position_cautions(
    exercise: Exercise, conditions: Collection[str], library: Library
) -> list[Caution]:
    told = {whom for caution in exercise.cautions for whom in caution.whom}
    positions = {exercise.position, exercise.end_position}
    others = [condition for condition in conditions if condition not in told]
    return [
        found.limited_to_conditions(others)
        for found in library.safety.positions
        if found.position in positions and found.matching_conditions(others)
    ]


def caution_actions_for_conditions(
    exercise: Exercise, conditions: Collection[str], library: Library
) -> frozenset[CautionAction]:
    """What somebody with these conditions is asked to do about an exercise."""
    return frozenset(
        caution.then for caution in cautions_for_conditions(exercise, conditions, library)
    )


def _find_replacement(
    exercise: Exercise, conditions: Collection[str], library: Library
) -> Exercise | None:
    """What is done in place of an exercise by those who leave it out, at the same height."""
    for name in library.rules.resting.instead.get(exercise.id, ()):
        other = library.all_exercises_by_id.get(name)
        if other is None:
            continue
        asks = caution_actions_for_conditions(other, conditions, library)
        done = other.version("easier") if "easier" in asks else other
        same_height = (done.position in POSITIONS_OFF_THE_FLOOR) == (
            exercise.position in POSITIONS_OFF_THE_FLOOR
        )
        if "leave_out" not in asks and same_height:
            return done
    return None


@dataclass(frozen=True)
class LeftOutExercise:
    """An exercise that a lesson leaves out, and the reason in a sentence.

    ``for_time``: whether the class could do it, had it the time; ``calls_for``: what the room or
    the wish would have to have for it, such as "with a bed"; ``for_some``: whether it is for the
    sake of some, whose conditions ``why`` then names.
    """

    exercise: Exercise
    why: str
    for_time: bool = False
    calls_for: str = ""
    for_some: bool = False

    @property
    def reason_without_conditions(self) -> str:
        """The reason in words that may lie open before a class."""
        return NOT_FOR_EVERYONE_SENTENCE if self.for_some else self.why


@dataclass(frozen=True)
class Lesson:
    """What a class does, complete before it begins.

    ``minutes`` is the length that was asked for, ``cautions`` the ids of the group's conditions,
    ``rise`` the way in which this group gets up where that is not the usual one. ``told`` has
    sentences on what is not as it was wished for, and what would help; ``wish`` what it was planned
    from, by the arguments of plan_lesson().
    """

    title: str
    parts: tuple[LessonItem, ...]
    left_out: tuple[LeftOutExercise, ...] = ()
    source: Library | None = None
    minutes: float | None = None
    cautions: tuple[str, ...] = ()
    rise: Exercise | None = None
    told: tuple[str, ...] = ()
    wish: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def timeline(self) -> Timeline:
        """The lesson's session, with getting up safely where it ends lying down."""
        props, alone = self.wish.get("props"), bool(self.wish.get("alone"))
        at_hand = ("chair",) if has_chair(props) else ()
        return timeline.compile_session(
            [part.exercise_without_private_cautions() for part in self.parts],
            amounts={part.exercise.id: part.options for part in self.parts},
            title=self.title,
            rise=self.rise_exercise,
            conditions={
                **self.library.safety.conditions,
                **({ANYONE_CONDITION: "You"} if alone else {}),
            },
            ways=adapt_transitions_to_group(self.library, props, self.participant_conditions),
            at_hand=(*at_hand, *(("bed",) if alone or "bed" in (props or ()) else ())),
            asides={
                part.exercise.id: self.lines_shown_beside_exercise(part) for part in self.parts
            },
        )

    @property
    def stated_length_ms(self) -> int:
        """How long it is said to last: as it was wished for, or to the minute where it does not."""
        wished_ms = round((self.minutes or 0) * MINUTE_MS)
        if wished_ms and abs(wished_ms - self.timeline.total) <= LESSON_LENGTH_TOLERANCE_MS:
            return wished_ms
        return max(1, round(self.timeline.total / MINUTE_MS)) * MINUTE_MS

    def lines_shown_beside_exercise(self, part: LessonItem) -> tuple[str, ...]:
        """What stands on the wall beside an exercise: the other track, and nobody's condition."""
        easier = part.easier is not None and TAKE_IT_EASIER_LEAD_IN not in part.exercise.setup
        own = [describe_easier_version(part)] if easier else []
        if other := self.describe_easing_without_props(part):
            own = [other]
        lines = (*own, *self.meanwhile_lines(part))
        return tuple(line for line in lines if line not in part.exercise.setup)

    def describe_easing_without_props(self, part: LessonItem) -> str:
        """What is easier, where the room has not what the easier version needs; empty else."""
        done, rules = part.exercise, self.library.rules
        if part.easier is not None or part.version == "easier":
            return ""
        if done.is_only_breathing:
            return rules.no_easier_lying if done.position in LYING_POSITIONS else ""
        return "" if done.id == self.library.rise.id else rules.no_easier_here

    def meanwhile_lines(self, part: LessonItem) -> tuple[str, ...]:
        """What those do meanwhile who leave an exercise out, or come up from the floor for it."""
        parts, goes_on = self.chosen_parts, self.library.rules.sits_out.goes_on
        lines = [goes_on] if goes_on in part.exercise.setup else []
        after = parts[parts.index(part) + 1 :] if part in parts else []
        kneels = part.exercise.position == KNEELING_POSITION
        if kneels and part.easier and part.easier.position in POSITIONS_OFF_THE_FLOOR:
            lines.append(self.library.rules.floor.comes_up)
        if part.easier and part.easier.end_position in POSITIONS_OFF_THE_FLOOR and after:
            places = (part.exercise.position, after[0].exercise.position)
            if not {*places} & {*POSITIONS_OFF_THE_FLOOR}:
                lines.append(self.library.rules.floor.stays_up)
        for condition in self.participant_conditions:
            done = part.exercise_for_conditions([condition], self.library)
            if done is None:
                lines.append(self.library.rules.resting.meanwhile[part.exercise.position])
            elif done.id not in (part.exercise.id, part.easier and part.easier.id):
                lines.append(f"{DO_INSTEAD_LEAD_IN} {done.title}.")
                if rests_meanwhile(done, part.exercise) and done.position == "supine":
                    lines.append(self.library.rules.resting.on_one_side)
        return tuple(dict.fromkeys(lines))

    @property
    def library(self) -> Library:
        """What the exercises were chosen from."""
        return self.source or current_library()

    @cached_property
    def participant_conditions(self) -> tuple[str, ...]:
        """The conditions of those who take part in it."""
        alone = bool(self.wish.get("alone"))
        return select_participant_conditions(self.cautions, self.library, alone=alone)

    def is_not_for(self, condition: str) -> bool:
        """Whether somebody with a condition may not take part, or would leave out a third of it."""
        if condition not in self.participant_conditions:
            return True
        rests = [
            part.exercise.id
            for part in self.chosen_parts
            if rests_meanwhile(
                part.exercise_for_conditions([condition], self.library), part.exercise
            )
        ]
        lost_ms = sum(p.duration_ms for p in self.timeline.phases if p.exercise in rests)
        return lost_ms > self.timeline.total * MAX_SKIPPED_SHARE_PER_PERSON

    @property
    def chosen_parts(self) -> list[LessonItem]:
        """Its parts without getting up on the way, which nobody chose."""
        return [part for part in self.parts if part.exercise.id != self.library.rise.id]

    @property
    def rise_exercise(self) -> Exercise:
        """How this class gets up."""
        return self.rise or self.library.rise

    @property
    def needs(self) -> tuple[str, ...]:
        """What to bring, in the order in which it is needed."""
        return tuple(dict.fromkeys(prop for e in self._exercises_and_rise() for prop in e.needs))

    @cached_property
    def at_hand(self) -> tuple[ThingAtHand, ...]:
        """What to lay out for the class, by what its versions need and speak of."""
        return self._find_things_at_hand(self._exercises_and_rise())

    @cached_property
    def extra_at_hand_for_easier(self) -> tuple[ThingAtHand, ...]:
        """What is wanted besides by those who take it easier, or do something else meanwhile."""
        easier = [part.easier for part in self.parts if part.easier is not None]
        others = [
            p.exercise_for_conditions([c], self.library)
            for p in self.parts
            for c in self.participant_conditions
        ]
        done = [*easier, *filter(None, others)]
        asked = [
            caution.what_in_class
            for part in self.parts
            for caution in cautions_for_conditions(
                part.exercise, self.participant_conditions, self.library
            )
        ]
        if {*self.cautions} - {*self.participant_conditions}:
            asked.append(self.library.rules.sits_out.what)
        things = self._find_things_at_hand(done, " ".join(asked))
        return tuple(thing for thing in things if thing not in self.at_hand)

    def _find_things_at_hand(
        self, exercises: Iterable[Exercise], caution_words: str = ""
    ) -> tuple[ThingAtHand, ...]:
        """What they need, or speak of where it is there, and what cautions ask of somebody."""
        done = list(exercises)
        needs = {prop for each in done for prop in each.needs}
        words = " ".join(all_spoken_instructions(each) for each in done).lower()
        caution_words, props = caution_words.lower(), self.wish.get("props")
        there = {None, *(get_args(Prop) if props is None else props)}
        return tuple(
            thing
            for thing in self.library.rules.at_hand
            if thing.prop in needs
            or any(each in caution_words for each in thing.words)
            or (any(each in words for each in thing.words) and thing.prop in there)
        )

    @property
    def ends_lying(self) -> bool:
        """Whether the last exercise leaves people lying, so that getting up follows it."""
        return self.parts[-1].exercise.end_position in LYING_POSITIONS

    @property
    def conditions_to_ask_in_words(self) -> tuple[str, ...]:
        """Conditions in words that an exercise of the lesson cautions, or that were named."""
        done = self._exercises_and_rise()
        there = {
            whom for exercise in done for caution in exercise.cautions for whom in caution.whom
        }
        there |= {*self.cautions, *self.library.rules.sits_out.conditions}
        names = self.library.safety.conditions
        return tuple(names[whom] for whom in names if whom in there and whom != ANYONE_CONDITION)

    def _exercises_and_rise(self) -> Iterator[Exercise]:
        yield from (part.exercise for part in self.parts)
        if self.ends_lying:
            yield self.rise_exercise


def section_lesson(section: str, version: VersionName = "source") -> Lesson:
    """A whole section in one version; what the section keeps for another time is left out."""
    taught = current_library()
    chosen, rise = taught.section(section), taught.rise.version(version)
    session = (e.version(version) for e in chosen.session_exercises)
    done = insert_transitions_and_rise(session, taught.safety.ways, rise, POSITION_BEFORE_LESSON)
    return Lesson(chosen.title, tuple(LessonItem(each, version) for each in done), rise=rise)


def add_transitions_and_rise(
    items: Iterable[LessonItem], request: LessonRequest, rise: Exercise
) -> Iterator[LessonItem]:
    """Items as a class does them: with the way into the position of each, and getting up.

    A class stands when its lesson begins. Who takes it easier is told how, where anybody has to.
    Where the room has no chair, nothing on the floor speaks of one. Who sits out with a condition
    is told at each exercise to go on with a track of his own.
    """
    library, props, cautions = request.library, request.props, request.participant_conditions
    sits_out = {*request.cautions} - {*cautions}
    goes_on = library.rules.sits_out.goes_on if sits_out else ""
    known = {item.exercise.id: _goes_no_further(item, cautions, library) for item in items}
    up = LessonItem(rise, rise.version_name)
    done = [item.exercise for item in known.values()]
    from_knees = library.rise_from_knees.version(rise.version_name)
    from_knees = slow_rise_for_group(from_knees, cautions, library)
    ways = adapt_transitions_to_group(library, props, cautions)
    kneeling = library.rules.kneeling
    spared = has_chair(props) and {*cautions} & {*kneeling.halved_for}
    if spared and any(exercise.position == KNEELING_POSITION for exercise in done):
        ways = [
            way.model_copy(
                update={
                    "say": f"{way.say} {kneeling.seated}",
                    "pause_seconds": 2 * way.pause_seconds,
                }
            )
            if KNEELING_POSITION in way.to
            else way
            for way in ways
        ]
    for exercise in insert_transitions_and_rise(
        done, ways, rise, POSITION_BEFORE_LESSON, from_knees
    ):
        if exercise.id == rise.id:
            yield replace(up, exercise=exercise)
            continue
        item, setup = known.get(exercise.id, up), exercise.setup
        if "bed" not in (props or ()) and "bed" not in exercise.needs:
            setup = BED_SENTENCE_PATTERN.sub("", setup).lstrip()
        if not has_chair(props) and exercise.position not in POSITIONS_OFF_THE_FLOOR:
            setup = CHAIR_SENTENCE_PATTERN.sub("", setup).lstrip()
        if goes_on and exercise.id in known and not exercise.is_only_breathing:
            setup = f"{setup} {goes_on}"
        asks = caution_actions_for_conditions(item.exercise, cautions, library)
        if item.easier and not request.alone and asks & {"easier", "leave_out"}:
            told = f"{setup} {TAKE_IT_EASIER_LEAD_IN} {describe_easier_change(exercise)}"
            if len(told) <= MAX_SETUP_LETTERS and exercise.language == ENGLISH_TAG:
                setup = told
        yield replace(item, exercise=exercise.model_copy(update={"setup": setup}))


def _goes_no_further(item: LessonItem, cautions: Collection[str], library: Library) -> LessonItem:
    """The item with one easier way for all, where going so far was too much for somebody before."""
    before = library.all_exercises_by_id.get(
        library.rules.no_further.by_exercise.get(item.exercise.id, "")
    )
    if (
        before is None
        or item.easier is None
        or "easier" not in caution_actions_for_conditions(before, cautions, library)
    ):
        return item
    exercise = item.exercise.model_copy(update={"easier": before.easier})
    return replace(item, exercise=exercise, easier=before.version("easier"))


def items_without_additions(lesson: Lesson) -> list[LessonItem]:
    """The items of a lesson without what the planner has added, in their order."""
    return [
        replace(
            part,
            exercise=lesson.library.exercise(part.exercise.id)
            .version(part.version)
            .limited_to_side(part.options.side),
        )
        for part in lesson.chosen_parts
    ]
