"""What a file in the folder of own exercises may say: an exercise in a dozen lines.

Most of it may be left out: an exercise that is like one of the course takes the rest from it, and
first of all what is at stake for a body. `build_exercise` makes a whole exercise of it.
"""

import re
import unicodedata
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from backcare_nb.course.fields import (
    ENGLISH_TAG,
    BodyPosition,
    LanguageTag,
    LongText,
    Model,
    Name,
    PositiveNumber,
    ShortText,
    Side,
    SingleItemWithoutList,
    TupleFromList,
)
from backcare_nb.course.models import (
    BreathRateRange,
    Caution,
    CommonMistake,
    FeltPlace,
    Frequency,
    LessonArcPart,
    MinutesRange,
    PostureName,
    Prop,
    SecondsRange,
    TextWithKnownCitations,
    TimesRange,
)
from backcare_nb.posture.spec import Centimetres, Contact, Degrees, PostureSpec

MAX_ID_LETTERS = 40  # letters: postures are named after their exercise, with a mark behind

CountFrom1To100 = Annotated[int, Field(gt=0, le=100)]


LiftableBodyPart = Literal[
    "left arm", "right arm", "both arms", "left leg", "right leg", "both legs", "head",
    "left hand", "right hand", "both hands", "left foot", "right foot", "both feet",
    "left heel", "right heel", "both heels", "left knee", "right knee", "both knees",
    "hips", "shoulders",
]  # fmt: skip


SizeCm = Annotated[float, Field(ge=1, le=300)]
BoxSizesCm = Annotated[TupleFromList[SizeCm], Field(min_length=3, max_length=3)]


class OwnSupport(Model):
    """A thing of one's own in the room: a box, a roll that lies across, or a ball; in cm."""

    box: BoxSizesCm | None = Field(default=None, description="How long, how high and how wide.")
    roll: SizeCm | None = Field(default=None, description="How thick.")
    ball: SizeCm | None = Field(default=None, description="How thick.")
    at: Annotated[TupleFromList[Centimetres], Field(min_length=2, max_length=3)] | None = Field(
        default=None,
        description="How far ahead, to the right, and how high the middle of a ball or roll is;"
        " else below what touches it, or between the knees.",
    )

    @model_validator(mode="after")
    def _validate_one_kind(self) -> Self:
        if sum(size is not None for size in (self.box, self.roll, self.ball)) != 1:
            raise ValueError("expected one of box, roll and ball")
        return self

    @property
    def kind(self) -> str:
        return "box" if self.box else "roll" if self.roll else "ball"

    @property
    def sizes_cm(self) -> tuple[float, ...]:
        return self.box or ((self.roll, 60.0) if self.roll else (self.ball or 0.0,))


class OwnPosture(PostureSpec):
    """A posture written where it is used: one that exists, and what differs."""

    title: ShortText | None = Field(  # type: ignore[assignment]  # taken from the exercise
        default=None, description="What its picture is called."
    )
    like: PostureName | None = Field(
        default=None, description="The posture of the course to start from."
    )
    on: Annotated[TupleFromList[Name | OwnSupport], SingleItemWithoutList()] | None = Field(  # type: ignore[assignment]
        default=None, description="What stands in the room, beside what a contact names."
    )
    contacts: Annotated[TupleFromList[Contact], SingleItemWithoutList()] = Field(
        default=(), description="What touches what, such as left palm at right thigh_top."
    )
    lift: Annotated[TupleFromList[LiftableBodyPart], SingleItemWithoutList()] = Field(
        default=(), description="What lets go of all it rests on, such as left arm or hips."
    )
    slide: Annotated[TupleFromList[LiftableBodyPart], SingleItemWithoutList()] = Field(
        default=(), description="What slides along what it rests on, such as right foot."
    )
    strap: Annotated[TupleFromList[str], Field(max_length=6), SingleItemWithoutList()] = Field(
        default=(), description="What a strap or a band joins, such as both knee, or door handle."
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


class MovementKeys(Model):
    """What is done in a step: everything may be taken from the exercise it is like."""

    do: Literal["hold", "repeat", "breathe"] | None = Field(
        default=None, description="hold for seconds, repeat a number of times, breathe for minutes."
    )
    say: LongText | None = Field(default=None, description="What the voice says as it begins.")
    posture: PostureOrName | None = None
    through: Annotated[
        TupleFromList[PostureOrName], Field(max_length=4), SingleItemWithoutList()
    ] = Field(default=(), description="Postures on the way from the start to the posture.")
    seconds: PositiveNumber | SecondsRange | None = Field(
        default=None, description="How long it is held; with times, in each repetition."
    )
    times: CountFrom1To100 | TimesRange | None = Field(
        default=None, description="How often it is repeated."
    )
    tempo: PositiveNumber | SecondsRange | None = Field(
        default=None, description="Seconds to go there and back once; 6 where it is left out."
    )
    minutes: PositiveNumber | MinutesRange | None = Field(
        default=None, description="How long it is breathed."
    )
    rate: PositiveNumber | BreathRateRange | None = Field(
        default=None, description="Breaths a minute."
    )


class OwnStep(MovementKeys):
    """One of several steps."""

    id: Name | None = None
    title: ShortText


class OwnVersion(MovementKeys):
    """An easier or harder way: what is left out stays as it is."""

    title: ShortText | None = None
    what: TextWithKnownCitations = Field(description="How it differs, in words.")
    setup: LongText | None = None
    start: PostureOrName | None = None
    rounds: CountFrom1To100 | TimesRange | None = None
    steps: Annotated[TupleFromList[OwnStep], Field(max_length=8)] = ()


class OwnExercise(MovementKeys):
    """A file of the folder: one exercise of a learner's or a therapist's own."""

    id: Annotated[Name, Field(max_length=MAX_ID_LETTERS)] | None = Field(
        default=None, description="Its name in a cell; its title in small letters where left out."
    )
    title: ShortText = Field(description="What people read and hear.")
    like: Annotated[Name, Field(json_schema_extra={"names": "exercise"})] | None = Field(
        default=None,
        description="The exercise of the course it is like: what is left out comes from it.",
    )
    language: LanguageTag = Field(
        default=ENGLISH_TAG,
        description="Of its words, so that a voice of that language reads them.",
    )
    common_name: ShortText | None = Field(default=None, description="What it is called elsewhere.")
    why: TextWithKnownCitations | None = Field(default=None, description="Why one does it.")
    setup: LongText | None = Field(default=None, description="How to get ready for it; read aloud.")
    start: PostureOrName | None = None
    sides: Literal["each", "alternate", "left", "right", "none"] | None = Field(
        default=None,
        description="each: all on one side, then on the other; alternate: left and right in turn;"
        " or left or right alone.",
    )
    first: Side | None = Field(default=None, description="The side that begins.")
    rounds: CountFrom1To100 | TimesRange | None = Field(
        default=None, description="How often the whole is done: the sets."
    )
    rest: PositiveNumber | SecondsRange | None = Field(
        default=None, description="Seconds of rest between the rounds."
    )
    steps: Annotated[TupleFromList[OwnStep], Field(max_length=8)] = Field(
        default=(), description="Steps, where there are several."
    )
    felt: FeltPlace | None = Field(
        default=None, description="Where it should be felt: words, and sites on the body."
    )
    mistakes: Annotated[TupleFromList[CommonMistake], Field(max_length=2)] = Field(
        default=(), description="What often goes wrong in it: words, and what to do instead."
    )
    often: Frequency | None = Field(
        default=None, description="How often it is done: times, most, per day or week, and what."
    )
    cautions: Annotated[
        TupleFromList[Caution], Field(max_length=50), SingleItemWithoutList(of_names=False)
    ] = Field(default=(), description="Who should take care, and how.")
    easier: OwnVersion | None = None
    harder: OwnVersion | None = None
    stop: TextWithKnownCitations | None = Field(default=None, description="When to stop.")
    needs: Annotated[TupleFromList[Prop], SingleItemWithoutList()] = Field(
        default=(), description="What it cannot be done without."
    )
    part: LessonArcPart | None = Field(default=None, description="Its place in a lesson.")
    ends: BodyPosition | None = Field(
        default=None, description="The position it ends in, if another."
    )
    note: LongText | None = Field(default=None, description="For yourself; it is shown nowhere.")

    @property
    def name(self) -> str:
        """Its id, or its title as one."""
        return self.id or id_of_title(self.title)


def id_of_title(title: str) -> str:
    """A title as an id: "Bird-dog, slowly" is bird_dog_slowly."""
    words = re.findall("[a-z0-9]+", unicodedata.normalize("NFKD", title.lower()))
    made = "_".join(words)[:MAX_ID_LETTERS].strip("_")
    return made if made[:1].isalpha() else f"my_{made}".strip("_")
