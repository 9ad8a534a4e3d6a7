"""What a file in the folder of own exercises may say: an exercise in a dozen lines.

Most of it may be left out: an exercise that is like one of the course takes the rest from it, and
first of all what is at stake for a body. `build_exercise` makes a whole exercise of it.
"""

from typing import Annotated, Literal

from pydantic import Field

from backcare_nb.course.fields import (
    ENGLISH,
    Language,
    LongText,
    Model,
    Name,
    Position,
    ShortText,
    Side,
    TupleOf,
)
from backcare_nb.course.models import (
    Caution,
    CitingText,
    CommonMistake,
    Felt,
    Frequency,
    Minutes,
    PostureName,
    Prop,
    Rate,
    Seconds,
    Stage,
    Times,
)
from backcare_nb.posture.spec import Degrees, PostureSpec

LONGEST_ID = 40  # letters: postures are named after their exercise, with a mark behind

PositiveNumber = Annotated[float, Field(gt=0)]
PositiveCount = Annotated[int, Field(gt=0, le=100)]


class OwnPosture(PostureSpec):
    """A posture written where it is used: one that exists, and what differs."""

    title: ShortText | None = Field(  # type: ignore[assignment]  # taken from the exercise
        default=None, description="What its picture is called."
    )
    like: PostureName | None = Field(
        default=None, description="The posture of the course to start from."
    )
    angles: dict[str, dict[str, Degrees]] = Field(
        default_factory=dict,
        description="Degrees, by joint and motion, such as knees: {flexion: 90}.",
        json_schema_extra={"names": "angles"},
    )


PostureOrName = Annotated[
    PostureName | OwnPosture,
    Field(description="A posture of the course by its name, or one written out."),
]


class _MovementKeys(Model):
    """What is done in a step: everything may be taken from the exercise it is like."""

    do: Literal["hold", "repeat", "breathe"] | None = Field(
        default=None, description="hold for seconds, repeat a number of times, breathe for minutes."
    )
    say: LongText | None = Field(default=None, description="What the voice says as it begins.")
    posture: PostureOrName | None = None
    seconds: PositiveNumber | Seconds | None = Field(
        default=None, description="How long it is held."
    )
    times: PositiveCount | Times | None = Field(
        default=None, description="How often it is repeated."
    )
    tempo: PositiveNumber | Seconds | None = Field(
        default=None, description="Seconds for one repetition, there and back."
    )
    minutes: PositiveNumber | Minutes | None = Field(
        default=None, description="How long it is breathed."
    )
    rate: PositiveNumber | Rate | None = Field(default=None, description="Breaths a minute.")


class OwnStep(_MovementKeys):
    """One of several steps."""

    id: Name | None = None
    title: ShortText


class OwnVersion(_MovementKeys):
    """An easier or harder way: what is left out stays as it is."""

    title: ShortText | None = None
    what: CitingText = Field(description="How it differs, in words.")
    setup: LongText | None = None
    start: PostureOrName | None = None
    rounds: PositiveCount | Times | None = None
    steps: Annotated[TupleOf[OwnStep], Field(max_length=8)] = ()


class OwnExercise(_MovementKeys):
    """A file of the folder: one exercise of a learner's or a therapist's own."""

    id: Annotated[Name, Field(max_length=LONGEST_ID)] = Field(
        description="Its name in a cell, such as my_knee_rolls."
    )
    title: ShortText = Field(description="What people read and hear.")
    like: Annotated[Name, Field(json_schema_extra={"names": "exercise"})] | None = Field(
        default=None,
        description="The exercise of the course it is like: what is left out comes from it.",
    )
    language: Language = Field(
        default=ENGLISH, description="Of its words, so that a voice of that language reads them."
    )
    common_name: ShortText | None = Field(default=None, description="What it is called elsewhere.")
    why: CitingText | None = Field(default=None, description="Why one does it.")
    setup: LongText | None = Field(default=None, description="How to get ready for it; read aloud.")
    start: PostureOrName | None = None
    sides: Literal["each", "none"] | None = Field(
        default=None, description="each: the same on the left and on the right."
    )
    first: Side | None = Field(default=None, description="The side that begins.")
    rounds: PositiveCount | Times | None = Field(
        default=None, description="How often the whole is done."
    )
    steps: Annotated[TupleOf[OwnStep], Field(max_length=8)] = Field(
        default=(), description="Steps, where there are several."
    )
    felt: Felt | None = Field(
        default=None, description="Where it should be felt: words, and sites on the body."
    )
    mistakes: Annotated[TupleOf[CommonMistake], Field(max_length=2)] = Field(
        default=(), description="What often goes wrong in it: words, and what to do instead."
    )
    often: Frequency | None = Field(
        default=None, description="How often it is done: times, most, per day or week, and what."
    )
    cautions: Annotated[TupleOf[Caution], Field(max_length=50)] = Field(
        default=(), description="Who should take care, added to those of the exercise it is like."
    )
    easier: OwnVersion | None = None
    harder: OwnVersion | None = None
    stop: CitingText | None = Field(default=None, description="When to stop.")
    needs: TupleOf[Prop] = Field(default=(), description="What it cannot be done without.")
    part: Stage | None = Field(default=None, description="Its place in a lesson.")
    ends: Position | None = Field(default=None, description="The position it ends in, if another.")
    note: LongText | None = Field(default=None, description="For yourself; it is shown nowhere.")
