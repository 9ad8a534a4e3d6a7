"""What is taught: sections, their exercises, the steps of an exercise, and the safety page.

Times are in seconds, or in minutes where a field says so. Words may hold ``{side}`` and
``{other}``, which are filled with "left" and "right" when a side is played, and ``{this|that}``,
where left and right have words of their own.

Names of postures, motions, conditions and references are checked where the validation context
knows them: ``{"posture": names, "motion": names, "condition": names, "reference": names}``.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from backcare_nb.course.fields import (
    ENGLISH_TAG,
    LEFT_RIGHT_CHOICE_PATTERN,
    POSITIONS_OFF_THE_FLOOR,
    SIDE_PLACEHOLDERS,
    BodyPosition,
    LanguageTag,
    Loc,
    LocAndText,
    LongText,
    Model,
    Name,
    ShortText,
    Side,
    SingleItemWithoutList,
    TextPattern,
    TextWithCitations,
    TupleFromList,
    fill_sides,
    optional,
    raise_validation_error_if_any,
)
from backcare_nb.course.names import unknown_name_message

IdT = TypeVar("IdT")

VersionName = Literal["easier", "source", "harder"]
ANYONE_CONDITION = "anyone"  # the condition that every person has
# The arc of a lesson, in its order.
LessonArcPart = Literal["settle", "warm", "move", "stretch", "rest"]
CautionAction = Literal["leave_out", "easier", "say"]  # the gravest first
Prop = Literal[
    "mat", "chair", "cushion", "towel", "wall", "table", "stool", "bed", "ball", "bath",
    "step", "box", "roll", "strap", "band",
]  # fmt: skip


def known_name_validator(kind: str) -> AfterValidator:
    """Refuse a name that the validation context does not know, if it knows names of this kind."""

    def check(name: str, info: ValidationInfo) -> str:
        _raise_unless_known(kind, name, info)
        return name

    return AfterValidator(check)


def _raise_unless_known(kind: str, name: str, info: ValidationInfo) -> None:
    names = (info.context or {}).get(kind)
    if names is not None and name not in names:
        raise ValueError(unknown_name_message(kind, name, names))


def _validate_references_are_known(
    text: TextWithCitations, info: ValidationInfo
) -> TextWithCitations:
    for name in text.references:
        _raise_unless_known("reference", name, info)
    return text


def untaken_id_validator(kind: str) -> AfterValidator:
    """Refuse an id or number of another file; the context maps the taken ones to their files."""

    def check(name: IdT, info: ValidationInfo) -> IdT:
        taken = (info.context or {}).get(f"taken {kind}", {})
        if name in taken:
            raise ValueError(f"{kind} {name} is in {taken[name]} already; choose another")
        return name

    return AfterValidator(check)


FactId = Annotated[
    str, TextPattern(r"[RTSXN][1-9][0-9]?", "the number of a fact, such as R1 or T3")
]
PostureName = Annotated[
    Name, known_name_validator("posture"), Field(json_schema_extra={"names": "posture"})
]
MotionName = Annotated[
    Name, known_name_validator("motion"), Field(json_schema_extra={"names": "motion"})
]
MistakeName = Annotated[
    Name, known_name_validator("mistake"), Field(json_schema_extra={"names": "mistake"})
]
ConditionName = Annotated[
    Name, known_name_validator("condition"), Field(json_schema_extra={"names": "condition"})
]
TextWithKnownCitations = Annotated[
    TextWithCitations, AfterValidator(_validate_references_are_known)
]
# Places on the body, as body.yaml has them among its sites: in its middle, and on each side.
MIDLINE_FELT_SITES = ("upper_back", "mid_back", "low_back", "chest", "tummy")
PAIRED_FELT_SITES = (
    *("neck_high", "shoulder", "shoulder_blade", "hip_side", "buttock"),
    *("thigh_top", "thigh_back", "calf"),
)
FeltSiteName = Annotated[
    str,
    TextPattern(
        rf"({'|'.join(MIDLINE_FELT_SITES)}|(both|\{{side\}}|\{{other\}})"
        rf" ({'|'.join(PAIRED_FELT_SITES)}))",
        f"one of {', '.join(MIDLINE_FELT_SITES)}, or {{side}}, {{other}} or both"
        f" before one of {', '.join(PAIRED_FELT_SITES)}",
    ),
]


class AmountRange(Model):
    """An amount a learner may change: where it begins, and how far it may go."""

    default: float = Field(gt=0)
    min: float = Field(gt=0)
    max: float = Field(gt=0)

    @model_validator(mode="after")
    def _validate_default_in_range(self) -> Self:
        if not self.min <= self.default <= self.max:
            limits = f"min {self.min:g} and max {self.max:g}"
            raise ValueError(f"default {self.default:g} should lie between {limits}")
        return self


class SecondsRange(AmountRange):
    """A duration in seconds, an hour at most."""

    unit: ClassVar[str] = "seconds"

    max: float = Field(gt=0, le=3600)


class MinutesRange(AmountRange):
    """A duration in minutes, an hour at most."""

    unit: ClassVar[str] = "minutes"

    max: float = Field(gt=0, le=60)


class BreathRateRange(AmountRange):
    """A number of breaths a minute, slow enough to be breathed calmly."""

    unit: ClassVar[str] = "breaths a minute"

    max: float = Field(gt=0, le=20)


class TimesRange(AmountRange):
    """A count of repetitions or rounds."""

    unit: ClassVar[str] = "times"

    default: int = Field(gt=0)
    min: int = Field(gt=0)
    max: int = Field(gt=0, le=100)


ShortCues = Annotated[TupleFromList[ShortText], Field(max_length=4)]


class Cue(Model):
    """Something said on the way through a step."""

    at: float = Field(gt=0, lt=1, description="The share of the step that has passed.")
    say: LongText


class _Step(Model):
    """What every step has: a name, and words for the eye and the ear."""

    id: Name
    title: ShortText
    say: LongText = Field(description="What the voice says as the step begins.")
    wait: bool = optional(
        "The first time, its words and the way in begin only when the person is ready:"
        " what comes before has to leave the hands free and the body at ease.",
        False,
    )
    cues: TupleFromList[Cue] = optional("What the voice says on the way.", ())
    facts: TupleFromList[FactId] = ()

    @property
    def all_words(self) -> str:
        """All that the voice says in it, as it begins and on the way."""
        return " ".join((self.say, *(cue.say for cue in self.cues)))


class Hold(_Step):
    """Stay in a posture for some seconds, after moving into it where a motion is named.

    With a loop the body goes on circling or swinging while the seconds pass.
    """

    do: Literal["hold"]
    seconds: SecondsRange
    posture: PostureName
    motion: MotionName | None = optional("The way into the posture.")
    loop: MotionName | None = optional("Gone through over and over meanwhile.")
    tempo: SecondsRange | None = optional("Seconds for one turn of the loop.")
    both_ways: bool = optional("From half way on, the loop goes round the other way.", False)
    one: ShortText = optional("What one turn of the loop is called.", "turn")
    out: LongText | None = optional("How to come out of it; said as it ends, and printed with it.")

    @model_validator(mode="after")
    def _validate_loop_has_tempo(self) -> Self:
        if (self.loop is None) != (self.tempo is None):
            raise ValueError("loop and tempo belong together: give both, or neither")
        return self


class Repeat(_Step):
    """Go through a motion and back, a number of times at a tempo."""

    do: Literal["repeat"]
    times: TimesRange
    tempo: SecondsRange = Field(description="Seconds for one repetition, there and back.")
    one: ShortText = optional("What one repetition is called.", "repetition")
    motion: MotionName
    held: float = Field(default=0, ge=0, description="Seconds of one in which it stays there.")
    in_turn: bool = optional("One is done on both sides, one by one.", False)


class Breathe(_Step):
    """Lie or sit and breathe, some minutes at a rate of breaths a minute."""

    do: Literal["breathe"]
    minutes: MinutesRange
    rate: BreathRateRange = Field(description="Breaths a minute.")
    posture: PostureName
    out: LongText | None = optional("How to come out of it, as of a hold.")


class Move(_Step):
    """Go once from one posture to the next, in some seconds."""

    do: Literal["move"]
    seconds: SecondsRange
    motion: MotionName


Step = Annotated[Hold | Repeat | Breathe | Move, Field(discriminator="do")]


class FeltPlace(Model):
    """Where an exercise should be felt."""

    words: ShortText = Field(description="A sentence; said on the way to those who hear more.")
    sites: TupleFromList[FeltSiteName] = optional(
        "The same places on the body, for the figure.", ()
    )

    def sites_on(self, side: Side | None) -> tuple[str, ...]:
        """The names of the places when a side is played, such as "left buttock"."""
        sides = {"both": ("left", "right")}
        found = []
        for site in self.sites:
            whose, _, name = fill_sides(site, side).rpartition(" ")
            found += [f"{each} {name}" for each in sides.get(whose, (whose,))]
        return tuple(each.strip() for each in found)


class CommonMistake(Model):
    """What often goes wrong, and what to do instead."""

    words: ShortText = Field(description="What is seen or felt, as a sentence.")
    instead: ShortText
    posture: MistakeName | None = optional("What it looks like.")


class Frequency(Model):
    """How often something is done: so many times to begin with, and so many at most."""

    times: int = Field(ge=1, le=20)
    most: int | None = Field(default=None, le=20, description="Left out where it is no more.")
    per: Literal["day", "week"]
    what: TextWithKnownCitations = Field(
        description="When to do it, and where the numbers come from."
    )

    @model_validator(mode="after")
    def _validate_most_above_times(self) -> Self:
        if self.most is not None and self.most <= self.times:
            raise ValueError(f"most {self.most} should be more than times {self.times}")
        return self


class Caution(Model):
    """Who should take care, and what to do about it."""

    whom: Annotated[TupleFromList[ConditionName], Field(min_length=1), SingleItemWithoutList()] = (
        Field(description="A condition named in safety.yaml, or several.")
    )
    then: CautionAction = optional(
        "What a lesson does for a group with it: leave the exercise out, choose its"
        " easier version, or only say the words. Whatever it is, nothing is done harder.",
        "leave_out",
    )
    what: TextWithKnownCitations
    in_class: TextWithKnownCitations | None = optional(
        "The same where a class does it: short, and in a room without beds."
    )

    @property
    def what_in_class(self) -> str:
        """What is said of it where a class does the exercise."""
        return self.in_class or self.what

    def matching_conditions(self, conditions: Collection[str]) -> tuple[str, ...]:
        """Those of some conditions that it is for."""
        return tuple(whom for whom in self.whom if whom in conditions)

    def limited_to_conditions(self, conditions: Collection[str]) -> Self:
        """The same for those of some conditions alone."""
        return self.model_copy(update={"whom": self.matching_conditions(conditions)})


class SharedCaution(Caution):
    """A caution of several exercises, written once for their section."""

    exercises: TupleFromList[Name] = optional(
        "The exercises that it is for; all of them, where it is left out.", ()
    )

    def cautions_missing_in_exercise(self, exercise: "Exercise") -> Iterator[Caution]:
        """What it is for an exercise: the same, but for whom the exercise cautions by itself."""
        told = {whom for caution in exercise.cautions for whom in caution.whom}
        whom = tuple(each for each in self.whom if each not in told)
        if whom and (not self.exercises or exercise.id in self.exercises):
            yield Caution(whom=whom, then=self.then, what=self.what, in_class=self.in_class)


class StepChange(Model):
    """What an easier or harder version changes in one step; what is left out stays.

    An empty value (``motion:``) takes the step's own away.
    """

    title: ShortText | None = None
    say: LongText | None = None
    cues: TupleFromList[Cue] = ()
    out: LongText | None = None
    seconds: SecondsRange | None = None
    times: TimesRange | None = None
    tempo: SecondsRange | None = None
    held: float | None = Field(default=None, ge=0)
    minutes: MinutesRange | None = None
    rate: BreathRateRange | None = None
    posture: PostureName | None = None
    motion: MotionName | None = None
    loop: MotionName | None = None


class ExerciseVersion(Model):
    """An easier or a harder way to do an exercise."""

    title: ShortText
    what: TextWithKnownCitations = Field(description="How it differs, in words.")
    short_cues: ShortCues = ()
    setup: LongText | None = None
    start: PostureName | None = None
    position: BodyPosition | None = None
    begins: BodyPosition | None = None
    ends: BodyPosition | None = None
    going_on: LongText | None = optional("Said at its end in place of the rule when to go on.")
    needs: TupleFromList[Prop] = ()
    felt: FeltPlace | None = None
    mistakes: TupleFromList[CommonMistake] = ()
    rounds: TimesRange | None = None
    between: Move | None = None
    language: LanguageTag | None = optional("Its words' own, if another.")
    drop: TupleFromList[Name] = optional("Steps that are left out.", ())
    change: dict[Name, StepChange] = optional("Steps that are done otherwise.", {})
    steps: TupleFromList[Step] = optional("Steps of its own, in place of the others.", ())

    def change_step(self, step: Step) -> Step:
        """A step as this version does it; raises ValidationError where it cannot be."""
        change = self.change.get(step.id)
        if change is None:
            return step
        given = {key: getattr(change, key) for key in change.model_fields_set}
        return type(step).model_validate({**dict(step), **given})

    def find_data_mistakes(self, steps: Iterable[Step]) -> Iterator[LocAndText]:
        """What it leaves without a value or without effect, and steps that it gets wrong."""
        for key in sorted(self.model_fields_set & _KEYS_NEVER_EMPTY_IN_A_VERSION):
            if getattr(self, key) is None:
                yield (key,), f"an exercise cannot be without {key}; leave the line out to keep it"
        if self.steps and (self.drop or self.change):
            yield ("steps",), "these stand in place of the others; leave out drop and change"
        known = {step.id: step for step in steps}
        for place, name in enumerate(self.drop):
            if name not in known:
                yield ("drop", place), unknown_name_message("step", name, known)
        if self.steps == () and set(known) <= set(self.drop):
            yield ("drop",), "no step is left; keep one, or write steps"
        for name, change in self.change.items():
            if name not in known:
                yield ("change", name), unknown_name_message("step", name, known)
            else:
                yield from self._find_change_mistakes(known[name], change)

    def _find_change_mistakes(self, step: Step, change: StepChange) -> Iterator[LocAndText]:
        """Why a step cannot be changed so."""
        foreign = change.model_fields_set - set(type(step).model_fields)
        for key in sorted(foreign):
            yield ("change", step.id, key), f"a {step.do} step has no {key} to change"
        try:
            if not foreign:
                self.change_step(step)
        except ValidationError:
            yield ("change", step.id), f"the {step.do} step {step.id} cannot be changed like this"


_KEYS_NEVER_EMPTY_IN_A_VERSION = {"setup", "start", "position", "language"}
_EXERCISE_KEYS_IN_A_VERSION = _KEYS_NEVER_EMPTY_IN_A_VERSION | {
    *("short_cues", "begins", "ends", "going_on", "needs", "rounds", "between", "felt", "mistakes")
}


def _merge_and_sort_cautions(cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    """Cautions, those for everyone first; who are asked the same are named together."""
    graver = get_args(CautionAction).index
    named: dict[tuple[Any, ...], list[str]] = {}
    for caution in cautions:
        key = (caution.then, caution.what, caution.in_class)
        named.setdefault(key, []).extend(caution.whom)
    each = ((tuple(dict.fromkeys(whom)), *key) for key, whom in named.items())
    one_each = (Caution(whom=w, then=t, what=what, in_class=c) for w, t, what, c in each)
    return tuple(sorted(one_each, key=lambda c: (ANYONE_CONDITION not in c.whom, graver(c.then))))


class Exercise(Model):
    """Something a person does: its steps, its cautions, and its easier and harder versions."""

    id: Annotated[Name, untaken_id_validator("exercise")]
    title: ShortText
    common_name: ShortText = Field(description="What the exercise is called elsewhere.")
    language: LanguageTag = optional(
        "Of its words, so that a voice of that language reads them.", ENGLISH_TAG
    )
    why: TextWithKnownCitations
    short_cues: ShortCues = optional("What a teacher leads it by, at a glance.", ())
    setup: LongText = Field(
        description="How to get into the starting posture, once in its position; read aloud."
    )
    start: PostureName = Field(description="The posture it starts from; its picture in lists.")
    position: BodyPosition
    begins: BodyPosition | None = optional("The position its setup begins in, if another.")
    ends: BodyPosition | None = optional("The position it ends in, if another.")
    going_on: LongText | None = None
    part: LessonArcPart = optional("Its place in the arc of a lesson.", "move")
    after: Name | None = optional("The exercise that comes before it wherever it is done.")
    needs: TupleFromList[Prop] = optional("What it cannot be done without.", ())
    apart: bool = optional("Done at another time; the section's session leaves it out.", False)
    sides: Literal["each"] | Side | None = optional(
        "each: on both, one after the other; or on this one alone."
    )
    first: Side = "left"
    rounds: TimesRange | None = optional("Times the whole is done, each side.")
    rest: SecondsRange | None = optional("Between one round and the next.")
    felt: FeltPlace | None = optional("Where it should be felt.")
    mistakes: Annotated[TupleFromList[CommonMistake], Field(max_length=2)] = optional(
        "What often goes wrong in it.", ()
    )
    often: Frequency | None = optional("How often it is done, where that differs from its section.")
    steps: Annotated[TupleFromList[Step], Field(min_length=1)]
    between: Move | None = optional("How the body goes from one side on to the other.")
    cautions: Annotated[TupleFromList[Caution], AfterValidator(_merge_and_sort_cautions)] = (
        optional("Who should take care, beside those whom its section cautions.", ())
    )
    easier: ExerciseVersion
    harder: ExerciseVersion | None = None
    no_harder: TextWithKnownCitations | None = optional("Why there is no harder version.")
    stop: TextWithKnownCitations = Field(
        description="When to stop, beside the rule for every exercise."
    )
    short_stop: LongText | None = optional("The same at a glance.")
    facts: TupleFromList[FactId] = optional("Facts that no single step holds.", ())
    _own_figures: Mapping[str, Model] = PrivateAttr(default_factory=dict)
    _version_name: VersionName = PrivateAttr("source")
    _transition: "PositionTransition | None" = PrivateAttr(None)

    @property
    def version_name(self) -> VersionName:
        """The version that it is, once version() has made it one."""
        return self._version_name

    @property
    def own_figures(self) -> Mapping[str, Model]:
        """Specs of the postures and motions that an own exercise writes out, by name."""
        return self._own_figures

    def with_own_figures(self, specs: Mapping[str, Model]) -> Self:
        """Return the exercise with the specs of postures and motions that only it has."""
        exercise = self.model_copy()
        exercise._own_figures = specs
        return exercise

    @property
    def transition(self) -> "PositionTransition | None":
        """The way into its position that with_transition_before_setup() has put before it."""
        return self._transition

    @property
    def setup_without_transition(self) -> str:
        """Its setup without that way."""
        return self.setup.removeprefix(f"{self._transition.words} " if self._transition else "")

    def with_transition_before_setup(self, way: "PositionTransition") -> Self:
        """Return the exercise with the way into its position before its setup."""
        exercise = self.model_copy(update={"setup": f"{way.words} {self.setup}"})
        exercise._transition = way
        return exercise

    @field_validator("easier", "harder")
    @classmethod
    def _validate_version_fits_steps(
        cls, version: ExerciseVersion | None, info: ValidationInfo
    ) -> ExerciseVersion | None:
        if version is not None and "steps" in info.data:
            raise_validation_error_if_any("Version", version.find_data_mistakes(info.data["steps"]))
        return version

    @model_validator(mode="after")
    def _validate_side_placeholders(self) -> Self:
        mistakes = []
        for loc, text in _walk_texts_with_locs(self):
            for found in re.findall(r"\{[^{}]*\}|[(\[](?:side|other)[)\]]", text):
                if not (LEFT_RIGHT_CHOICE_PATTERN.fullmatch(found) or found in SIDE_PLACEHOLDERS):
                    mistakes.append((loc, f"found {found}; expected {{side}} or {{other}}"))
                elif not self.sides:
                    said = "only an exercise with sides has {side} and {other}"
                    mistakes.append((loc, f"found {found}; {said}"))
        raise_validation_error_if_any("Exercise", mistakes)
        return self

    @property
    def begin_position(self) -> BodyPosition:
        """The position in which its setup begins."""
        return self.begins or self.position

    @property
    def end_position(self) -> BodyPosition:
        """The position that it ends in."""
        return self.ends or self.position

    @property
    def positions_taken(self) -> tuple[BodyPosition, ...]:
        """Its positions in their order, with the chair or the feet it begins from."""
        begins = self.begin_position
        first = (begins,) if begins in POSITIONS_OFF_THE_FLOOR else ()
        return (*first, self.position, self.end_position)

    @property
    def is_only_breathing(self) -> bool:
        """Whether one does nothing in it but breathe."""
        return all(isinstance(step, Breathe) for step in self.steps)

    @property
    def sides_in_order(self) -> tuple[Side, ...]:
        """The sides on which it is done, in their order; none where it is done in the middle."""
        if self.sides in ("left", "right"):
            return (self.sides,)
        order: tuple[Side, Side] = ("left", "right") if self.first == "left" else ("right", "left")
        return order if self.sides else ()

    def version(self, name: VersionName) -> Self:
        """The exercise as its easier or harder version; where there is none, as it is."""
        if name not in get_args(VersionName):
            raise ValueError(unknown_name_message("version", str(name), get_args(VersionName)))
        version = None if name == "source" else getattr(self, name)
        if version is None:
            return self
        said = version.model_fields_set & _EXERCISE_KEYS_IN_A_VERSION
        kept = (step for step in self.steps if step.id not in version.drop)
        steps = version.steps or tuple(map(version.change_step, kept))
        fields = {key: getattr(version, key) for key in said}
        exercise = self.model_copy(update={**fields, "steps": steps})
        exercise._version_name = name
        return exercise

    def limited_to_side(self, side: Side | None) -> Self:
        """The exercise on one side alone; as it is where none is named."""
        return self.model_copy(update={"sides": side, "first": side}) if side else self

    def all_facts(self) -> tuple[str, ...]:
        """The facts of the exercise and of its steps."""
        between = self.between.facts if self.between else ()
        return (*self.facts, *(fact for step in self.steps for fact in step.facts), *between)


def _walk_texts_with_locs(value: Any, loc: Loc = ()) -> Iterator[LocAndText]:
    """Every text inside a model, with the way to it."""
    if isinstance(value, str):
        yield loc, value
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, BaseModel):
        pairs = value
    elif isinstance(value, tuple | dict):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for part, item in pairs:
        yield from _walk_texts_with_locs(item, (*loc, part))


class Section(Model):
    """One of the five parts of the source: one file, one notebook."""

    id: Annotated[Name, untaken_id_validator("section")]
    number: Annotated[int, untaken_id_validator("number")] = Field(ge=1, le=99)
    title: ShortText
    summary: TextWithKnownCitations
    often: Frequency | None = optional("How often its exercises are done.")
    will_do: Annotated[TupleFromList[ShortText], Field(min_length=1)]
    needs: Annotated[TupleFromList[ShortText], Field(min_length=1)]
    facts: TupleFromList[FactId] = ()
    cautions: TupleFromList[SharedCaution] = optional(
        "Cautions of several exercises, said once for all of them.", ()
    )
    exercises: Annotated[TupleFromList[Exercise], Field(min_length=1)]

    @field_validator("exercises")
    @classmethod
    def _add_shared_cautions_and_frequency(
        cls, exercises: tuple[Exercise, ...], info: ValidationInfo
    ) -> tuple[Exercise, ...]:
        """The exercises with their section's cautions, and as often as it is done."""
        shared: tuple[SharedCaution, ...] = info.data.get("cautions", ())
        complete = []
        for exercise in exercises:
            more = (
                caution
                for each in shared
                for caution in each.cautions_missing_in_exercise(exercise)
            )
            cautions = _merge_and_sort_cautions((*exercise.cautions, *more))
            often = exercise.often or info.data.get("often")
            complete.append(exercise.model_copy(update={"cautions": cautions, "often": often}))
        return tuple(complete)

    @model_validator(mode="after")
    def _validate_cautions_and_predecessors(self) -> Self:
        raise_validation_error_if_any("Section", self._find_mistakes())
        return self

    def _find_mistakes(self) -> Iterator[LocAndText]:
        known = [exercise.id for exercise in self.exercises]
        for place, exercise in enumerate(self.exercises):
            if exercise.after is not None and exercise.after not in known[:place]:
                what = unknown_name_message("earlier exercise", exercise.after, known[:place])
                yield ("exercises", place, "after"), what
            if not exercise.cautions:
                yield ("exercises", place), "it cautions nobody; say in cautions who takes care"
        for number, caution in enumerate(self.cautions):
            for place, name in enumerate(caution.exercises):
                if name not in known:
                    what = unknown_name_message("exercise", name, known)
                    yield ("cautions", number, "exercises", place), what

    @property
    def session_exercises(self) -> tuple[Exercise, ...]:
        """The exercises that are done one after another; those apart are left out."""
        return tuple(exercise for exercise in self.exercises if not exercise.apart)

    def all_facts(self) -> tuple[str, ...]:
        """The facts of the section, its exercises and their steps."""
        return (*self.facts, *(fact for e in self.exercises for fact in e.all_facts()))


class Advice(Model):
    """Signs that mean the same thing, and what to do about them."""

    id: Name
    title: ShortText
    what: TextWithKnownCitations
    signs: TupleFromList[ShortText] = ()
    whom: ConditionName | None = optional("Whom alone it is for.")


class ScaleBand(Model):
    """A part of the scale from 0 to 10, from its lowest to its highest number."""

    lowest: int = Field(ge=0, le=10)
    highest: int = Field(ge=0, le=10)
    title: ShortText
    what: LongText


class Scale(Model):
    """How to judge by a number from 0 to 10 whether to go on."""

    what: LongText
    bands: Annotated[TupleFromList[ScaleBand], Field(min_length=1)]
    change: TextWithKnownCitations = Field(description="What a change of the number means.")

    @model_validator(mode="after")
    def _validate_bands_cover_scale(self) -> Self:
        numbers = [n for band in self.bands for n in range(band.lowest, band.highest + 1)]
        if numbers != list(range(11)):
            raise ValueError("the bands should follow each other from 0 to 10 without a gap")
        return self


class PositionCaution(Caution):
    """Who should take care in a position, whatever the exercise."""

    position: BodyPosition


PAUSE_WITHOUT_CHAIR_S = 15  # to get down to the floor at one's own pace


class PositionTransition(Model):
    """How a lesson goes from one position to another; getting up from lying is an exercise."""

    start: Annotated[TupleFromList[BodyPosition], Field(min_length=1)]
    to: Annotated[TupleFromList[BodyPosition], Field(min_length=1)]
    say: LongText = ""
    pause_seconds: Annotated[float, Field(ge=0, le=60)] = optional(
        "How long it takes beyond its words.", 0
    )
    move: Move | None = optional("The same in stages, each shown and said.")
    bare: LongText = optional("What is said where there is no chair.", "")

    def without_chair(self) -> Self:
        """Return the way as it goes in a room that has no chair."""
        bare = {"say": self.bare, "move": None, "pause_seconds": PAUSE_WITHOUT_CHAIR_S}
        return self.model_copy(update=bare) if self.bare else self

    @property
    def words(self) -> str:
        """All of it, as it is read or said in one piece."""
        return self.move.all_words if self.move else self.say


class Reference(Model):
    """Who found or advises something, and how far it can be relied on."""

    name: ShortText = Field(description="What it is called beside the words.")
    source: ShortText = Field(description="Who, where and when.")
    found: LongText = Field(description="What was found, or is advised there.")
    certainty: LongText = Field(description="How sure it is.")
    read: Literal["full text", "abstract", "excerpt", "second-hand"] = Field(
        description="How it was read for this course."
    )


class References(Model):
    """The references of the course, by the ids that citations name."""

    references: dict[Name, Reference]


class Safety(Model):
    """What everyone should know before starting, and the words for who should take care."""

    education: Advice
    check: Advice = Field(description="In a few lines, what should be so before a first session.")
    urgent: Annotated[TupleFromList[Advice], Field(min_length=1)] = Field(
        description="Most urgent first."
    )
    net: Advice = Field(description="What such a list of signs is, and is not.")
    active: Advice
    stop: Advice = Field(description="The stop rule of every exercise.")
    emergency: Advice = Field(description="When to stop and call for help at once.")
    neck: Advice
    scale: Scale
    going_on: Advice = Field(description="When to go from easier to harder, and when back.")
    holding: Advice = Field(description="How far and how long to hold.")
    breathing: Advice
    rising: Advice
    care: TupleFromList[Advice] = optional("Advice for one condition each.", ())
    conditions: dict[Name, ShortText]
    positions: TupleFromList[PositionCaution] = optional(
        "Cautions of whole positions, for the lessons of a group.", ()
    )
    ways: TupleFromList[PositionTransition] = ()
    rise: Exercise
    rise_from_bed: Exercise

    def conditions_in_words(self, conditions: Iterable[str]) -> str:
        """Conditions in words, one after another."""
        return join_condition_names(self.conditions, conditions)


class LessonRule(Model):
    """What every planned lesson keeps to, and why."""

    title: ShortText
    why: TextWithKnownCitations


class ShareRule(LessonRule):
    """How much of a lesson something may take, as a share of its time."""

    most: float = Field(gt=0, le=1)


class EnoughRule(LessonRule):
    """What is enough for a lesson: its share of the time, and how many exercises."""

    least_share: float = Field(gt=0, le=1)
    full_share: float = Field(gt=0, le=1, description="With so much a short lesson is full.")
    always_minutes: float = Field(gt=0, description="So many are a lesson, whatever was asked.")
    least_moving: int = Field(ge=1, description="Exercises in which one moves.")
    minutes_for_each: float = Field(gt=0, description="Of the lesson, for each of its exercises.")
    fewest: int = Field(ge=1, description="So many there may be in any lesson.")


class ExerciseShareRule(ShareRule):
    """The same for one exercise, which may take more of a short lesson."""

    most_in_short: float = Field(gt=0, le=1)
    short_minutes: float = Field(gt=0, description="A lesson is short up to these.")


class CalmBeginningAndEndRule(ShareRule):
    """How a lesson begins and ends, how long that may take, and the share of all such rest."""

    most_minutes: float = Field(gt=0)
    most_minutes_at_end: float = Field(gt=0)
    least_minutes: float = Field(gt=0, description="Of quiet, in a lesson of ``from_minutes``.")
    from_minutes: float = Field(gt=0)


class ShareAndMinutesRule(ShareRule):
    """How long something may take together: a share of the lesson, and so many minutes."""

    most_minutes: float = Field(gt=0)


class KneelingRule(ShareAndMinutesRule):
    """The same for kneeling, of which there is half for some."""

    halved_for: TupleFromList[ConditionName]
    seated: LongText = Field(description="What those do instead, beside a chair.")
    short_seated: ShortText = Field(description="The same for a teacher, at a glance.")


class HeadDownRule(ShareAndMinutesRule):
    """The same for a head that is low, as in these postures and through these motions."""

    postures: TupleFromList[PostureName]
    motions: TupleFromList[MotionName]


class PositionChangesRule(LessonRule):
    """How seldom the position changes."""

    minutes_for_each: float = Field(gt=0, description="Of the lesson, for each of its positions.")


class BodyRegionsRule(LessonRule):
    """What all has its turn in a lesson that is long enough, by where it is felt."""

    from_minutes: float = Field(gt=0)
    sites: dict[str, TupleFromList[FeltSiteName]]


class OppositesRule(LessonRule):
    """What goes with a movement the other way, one of these by its id."""

    by_exercise: dict[Name, TupleFromList[Name]]


class FloorDescentsRule(LessonRule):
    """How often one goes down to the floor, and what is told to those who are up first."""

    by_all: LongText = Field(description="Why all do on a chair what some do there.")
    stays_up: LongText
    comes_up: LongText = Field(description="How one comes up there from the knees, in stages.")
    short_down: ShortText = Field(description="Getting down, for a teacher, at a glance.")
    slow_for: TupleFromList[ConditionName]
    slow_by: float = Field(ge=1, description="How much longer each way down and up is for them.")


class OneFoldAtATimeRule(LessonRule):
    """Which exercises fold the trunk forward; no two of them follow one another."""

    exercises: TupleFromList[Name]


class NotWithGroup(Model):
    """Exercises that no class does with one of these conditions in it."""

    exercises: TupleFromList[Name]
    conditions: TupleFromList[ConditionName]
    easier: bool = Field(default=False, description="All may do their easier version.")


class NotWithRule(LessonRule):
    """What nobody in a class does, because somebody must not."""

    groups: TupleFromList[NotWithGroup]

    def conditions_against(
        self, exercise: str, version: VersionName, conditions: Iterable[str]
    ) -> tuple[str, ...]:
        """Those of a group's conditions with which nobody does an exercise in this version."""
        groups = [
            group
            for group in self.groups
            if exercise in group.exercises and not (group.easier and version == "easier")
        ]
        return tuple(c for c in conditions if any(c in group.conditions for group in groups))


class NoFurtherRule(LessonRule):
    """What those do again, by its id, who had that easier and would go further in an exercise."""

    by_exercise: dict[Name, Name]


class FallsRule(LessonRule):
    """What one could fall from; ``not_first`` is what something gentle on the feet precedes."""

    not_first: TupleFromList[Name]


class SpineTurnsRule(LessonRule):
    """How many exercises that turn the spine may follow on each other."""

    most_on_end: int = Field(ge=1)
    exercises: TupleFromList[Name]


class RestWhileOthersExerciseRule(ShareRule):
    """How long those may rest who leave exercises out."""

    meanwhile: dict[BodyPosition, LongText] = Field(
        description="What is said to those who rest while others exercise, by the position."
    )
    on_one_side: LongText = Field(description="What those may do who lie on one side meanwhile.")
    instead: dict[Name, TupleFromList[Name]] = Field(
        description="What is done in place of an exercise that is to be left out."
    )


class DoctorFirstRule(LessonRule):
    """With which conditions one does not begin before a doctor agrees, and what one does then."""

    conditions: TupleFromList[ConditionName]
    what: LongText
    track: dict[Literal["quiet", "lying", "kneeling", "upright", "with_them"], LongText]
    goes_on: LongText = Field(description="Said at each exercise, and names no condition.")
    told: LongText = Field(description="At the top of a lesson, and names no condition.")
    suits: LongText = Field(description="What would suit, with ``{titles}``.")


class GentleLessonRule(LessonRule):
    """When the gentle form is the lesson: from which share of its exercises one would do so."""

    from_share: float = Field(gt=0, le=1)


class ThingAtHand(Model):
    """Something to lay out: for the prop, or where a version that is done speaks these words."""

    thing: ShortText
    prop: Prop | None = None
    words: TupleFromList[ShortText] = ()
    shared: bool = optional("One does for several people.", False)
    spare: bool = optional("A second one for each, which no class has.", False)


class LessonRules(Model):
    """What every planned lesson keeps to, and its beginnings and endings."""

    enough: EnoughRule
    share: ExerciseShareRule
    amounts: LessonRule
    in_step: LessonRule
    calm: CalmBeginningAndEndRule
    floor: FloorDescentsRule
    changes: PositionChangesRule
    kneeling: KneelingRule
    head_down: HeadDownRule
    folds: OneFoldAtATimeRule
    not_with: NotWithRule
    no_further: NoFurtherRule
    falls: FallsRule
    opposites: OppositesRule
    turns: SpineTurnsRule
    once: LessonRule
    regions: BodyRegionsRule
    resting: RestWhileOthersExerciseRule
    sits_out: DoctorFirstRule
    gentle: GentleLessonRule
    say_first: LongText = Field(description="What a teacher says before anything begins.")
    until_the_others: LongText = Field(description="What those do who are done before the others.")
    no_easier_here: LongText = Field(description="What is easier with nothing that it needs.")
    no_easier_lying: LongText = Field(description="The same of lying and breathing.")
    easier_still: LongText = Field(description="What is easier than the easier version.")
    at_hand: TupleFromList[ThingAtHand]
    rise_from_knees: Exercise = Field(description="Getting up where one kneels.")
    quiet: Annotated[TupleFromList[Exercise], Field(min_length=1)] = Field(
        description="A beginning for each position; the end is its counterpart."
    )

    @property
    def in_order(self) -> list[LessonRule]:
        """The rules in their order, without what is said of them."""
        return [value for _, value in self if isinstance(value, LessonRule)]

    @property
    def calm_exercises(self) -> tuple[Exercise, ...]:
        """Every beginning, and the same as an end."""
        ends = (e.model_copy(update={"id": f"{e.id}_again", "part": "rest"}) for e in self.quiet)
        return (*self.quiet, *ends)


def join_condition_names(names: Mapping[str, str], conditions: Iterable[str]) -> str:
    """Conditions in words, one after another, as a line begins with them."""
    words = "; ".join(names.get(each, each.replace("_", " ")) for each in conditions)
    lowered = re.sub("(?<=; )[A-Z](?=[a-z])", lambda letter: letter[0].lower(), words)
    return lowered[:1].upper() + lowered[1:]
