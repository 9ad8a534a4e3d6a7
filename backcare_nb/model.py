"""What is taught: sections, their exercises, and the steps of an exercise.

The models are frozen and strict: a wrong key, type or amount is an error, never a guess.
Times are in seconds, or in minutes where a field says so. Words may hold ``{side}`` and
``{other}``; they are filled with "left" and "right" when a side is played.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Side = Literal["left", "right"]
VersionName = Literal["easier", "source", "harder"]
Position = Literal["supine", "prone", "kneeling", "sitting", "standing"]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Line = Annotated[str, Field(min_length=1, max_length=120)]
Words = Annotated[str, Field(min_length=1, max_length=1200)]
FactId = Annotated[str, Field(pattern=r"^[RTSXN][1-9][0-9]?$")]


class Model(BaseModel):
    """A frozen, strict model that knows every key it may hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def many(item: type, **limits: int) -> object:
    """A tuple of items, written as a list in YAML."""
    return Annotated[tuple[item, ...], Field(strict=False, **limits)]


class Amount(Model):
    """An amount a learner may change: where it begins, and how far it may go."""

    default: float = Field(gt=0)
    min: float = Field(gt=0)
    max: float = Field(gt=0)

    @model_validator(mode="after")
    def _default_lies_in_range(self) -> Self:
        if not self.min <= self.default <= self.max:
            raise ValueError(
                f"default {self.default:g} should lie between min {self.min:g} and max {self.max:g}"
            )
        return self


class Seconds(Amount):
    """A duration in seconds, an hour at most."""

    max: float = Field(gt=0, le=3600)


class Minutes(Amount):
    """A duration in minutes, an hour at most."""

    max: float = Field(gt=0, le=60)


class Times(Amount):
    """A count of repetitions or rounds."""

    default: int = Field(gt=0)
    min: int = Field(gt=0)
    max: int = Field(gt=0, le=100)


class _Step(Model):
    """What every step has: a name, words for the eye and the ear, and a facing body."""

    id: Name
    title: Line
    say: Words = Field(description="What the voice says as the step begins.")
    wait: bool = Field(default=False, description="Starts only when the person is ready.")
    facts: many(FactId) = ()


class Hold(_Step):
    """Stay in a posture for some seconds, after moving into it where a motion is named."""

    do: Literal["hold"]
    seconds: Seconds
    posture: Name
    motion: Name | None = Field(default=None, description="The way into the posture.")


class Repeat(_Step):
    """Go through a motion and back, a number of times at a tempo."""

    do: Literal["repeat"]
    times: Times
    tempo: Seconds = Field(description="Seconds for one repetition, there and back.")
    motion: Name


class Breathe(_Step):
    """Lie or sit and breathe, some minutes at a rate of breaths a minute."""

    do: Literal["breathe"]
    minutes: Minutes
    rate: Amount = Field(description="Breaths a minute.")
    posture: Name


class Move(_Step):
    """Go once from one posture to the next, in some seconds."""

    do: Literal["move"]
    seconds: Seconds
    motion: Name


Step = Annotated[Hold | Repeat | Breathe | Move, Field(discriminator="do")]


class Caution(Model):
    """Who should take care, and what to do about it."""

    whom: Name = Field(description="A condition named in safety.yaml.")
    what: Words


class Change(Model):
    """What an easier or harder version changes in one step; what is left out stays."""

    title: Line | None = None
    say: Words | None = None
    seconds: Seconds | None = None
    times: Times | None = None
    tempo: Seconds | None = None
    minutes: Minutes | None = None
    rate: Amount | None = None
    posture: Name | None = None
    motion: Name | None = None


class Version(Model):
    """An easier or a harder way to do an exercise."""

    title: Line
    what: Words
    setup: Words | None = None
    rounds: Times | None = None
    drop: many(Name) = ()
    change: dict[Name, Change] = {}


class Exercise(Model):
    """Something a person does: its steps, its cautions, and its easier and harder versions."""

    id: Name
    title: Line
    common_name: Line
    why: Words
    setup: Words = Field(description="How to get into the starting posture; read aloud.")
    start: Name = Field(description="The posture it starts from; its picture in lists.")
    position: Position
    ends: Position | None = Field(default=None, description="The position it ends in, if another.")
    sides: Literal["each"] | None = None
    first: Side = "left"
    rounds: Times | None = Field(default=None, description="Times the whole is done, each side.")
    steps: many(Step, min_length=1)
    cautions: many(Caution, min_length=1)
    easier: Version
    harder: Version | None = None
    stop: Words
    facts: many(FactId, min_length=1)


class Section(Model):
    """One of the five parts of the source: one file, one notebook."""

    id: Name
    number: int = Field(ge=1, le=99)
    title: Line
    summary: Words
    will_do: many(Line, min_length=1)
    needs: many(Line, min_length=1)
    facts: many(FactId) = ()
    exercises: many(Exercise, min_length=1)
