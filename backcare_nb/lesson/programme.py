"""A programme: exercises with exact doses for one person, on days of the week, over weeks.

It is a file of the folder my_programmes, read as lessons are. What was prescribed is never written
again: what the person says on the way is added at the end of the file, under ``progress``.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, NamedTuple, Self, get_args

from pydantic import Field, model_validator

from backcare_nb.course.dates import (
    DAY_NAMES,
    ClockTime,
    DayDate,
    OneOrMoreDayNames,
    TimeZoneName,
    format_date,
)
from backcare_nb.course.errors import UserError
from backcare_nb.course.fields import (
    LocAndText,
    LongText,
    Model,
    Name,
    ShortText,
    SingleItemWithoutList,
    TupleFromList,
    fill_sides,
)
from backcare_nb.course.files import write_atomically
from backcare_nb.course.library import Library
from backcare_nb.course.models import ANYONE_CONDITION, Caution, Exercise, Prop, VersionName
from backcare_nb.course.names import UnknownName, unknown_name_message
from backcare_nb.course.yaml_reader import (
    DataError,
    format_mistakes,
    read_yaml_text,
    single_mistake_error,
)
from backcare_nb.course.yaml_tree import FileMistake
from backcare_nb.custom.library import current_library
from backcare_nb.lesson.lesson import Lesson, LessonItem, cautions_for_conditions
from backcare_nb.lesson.named_files import NamedFilesFolder
from backcare_nb.lesson.planner import DEFAULT_LESSON_MINUTES, remake_lesson
from backcare_nb.lesson.request import LessonRequest, make_request
from backcare_nb.lesson.saved_lessons import (
    Dose,
    SavedItem,
    dump_set_fields,
    format_yaml,
    items_from_saved,
    parse_saved,
)
from backcare_nb.sessions.options import AMOUNT_LABELS, SessionError, adjustable_amounts
from backcare_nb.sessions.timeline import join_with_and

PROGRAMME_FILES_FOLDER = NamedFilesFolder(
    "programme", "my_programmes", "BACKCARE_PROGRAMMES", "back in the garden", mode=0o600
)
PROGRAMME_FILE_HEADER = (
    "# A programme for one person; docs/programme.md says what may stand here.\n"
)
VERSIONS_FROM_EASIEST = get_args(VersionName)  # from the easiest on
EASED_STAGE = -1  # the stage before the first: everything in its easier version
ONE_WEEK, MAX_WEEKS = timedelta(weeks=1), 52


class ProgrammeError(UserError, ValueError):
    """What cannot be done with a programme; its text is a sentence for the person who asked."""


class DoseOnDays(Dose):
    """How an exercise is done, and on which days where it is not done on all."""

    days: OneOrMoreDayNames | None = Field(
        default=None, description="Left out: all of the programme's."
    )


class Prescription(DoseOnDays, SavedItem):
    """An exercise with its dose."""

    agreed: bool = Field(
        default=False, description="Done although the person's condition says to leave it out."
    )

    def with_change(self, change: DoseOnDays) -> Self:
        """The same with what a step changes; another version has amounts of its own."""
        given = {key: getattr(change, key) for key in change.model_fields_set}
        if given.get("version", self.version) != self.version:
            stays = self.model_fields_set & {"exercise", "sides", "note", "days", "agreed"}
            kept = {key: getattr(self, key) for key in stays}
            return type(self)(**kept | given)
        return self.model_copy(update=given)

    def amounts(self) -> dict[tuple[str, str], float]:
        """How much it is, by step and amount: all but the tempo, and the rounds and sides."""
        item = self.to_item(current_library().exercise(self.exercise))
        of_steps = {
            (step.id, name): item.options.amount_of(step, name)
            for step in item.exercise.steps
            for name in adjustable_amounts(step)
            if name != "tempo"
        }
        rounds, sides = item.options.rounds_of(item.exercise), len(item.exercise.sides_in_order)
        return {**of_steps, ("", "rounds"): rounds, ("", "sides"): sides}

    def asks_less_than(self, other: Self) -> bool:
        """Whether it is an easier version than another of the exercise, or less of the same."""
        if self.version != other.version:
            ease = VERSIONS_FROM_EASIEST.index
            return ease(self.version) < ease(other.version)
        mine, theirs = self.amounts(), other.amounts()
        return mine != theirs and all(amount <= theirs[key] for key, amount in mine.items())

    def limited_by(self, now: Self) -> Self:
        """The same, or what is done now where that is less, and on no day that it is not done."""
        dose = now if now.asks_less_than(self) else self
        if self.days == now.days:
            return dose
        both = {*(self.days or DAY_NAMES)} & {*(now.days or DAY_NAMES)}
        return dose.model_copy(
            update={"days": tuple(filter(both.__contains__, DAY_NAMES)) or now.days}
        )

    def with_easier_version(self) -> Self:
        """The same in its easier version; where a dose was written, no amount is more than that."""
        easier = self.with_change(DoseOnDays(version="easier"))
        if easier.version == self.version or not AMOUNT_LABELS.keys() & self.model_fields_set:
            return easier
        exercise = current_library().exercise(self.exercise).version("easier")
        written = self.amounts()
        lower: dict[str, Any] = {}
        for step in exercise.steps:
            for name, amount in adjustable_amounts(step).items():
                most = max(written.get((step.id, name), amount.default), amount.min)
                if most < amount.default:
                    lower.setdefault(name, {})[step.id] = most
        if exercise.rounds and written["", "rounds"] < exercise.rounds.default:
            lower["rounds"] = max(round(written["", "rounds"]), round(exercise.rounds.min))
        return easier.model_copy(update=lower)


class ProgrammeStep(Model):
    """What changes, and when: with a week, on a day, or else once the journal says so."""

    week: int | None = Field(default=None, ge=1, le=MAX_WEEKS, description="From this week on.")
    date: DayDate | None = Field(default=None, description="From this day on.")
    wait: bool = Field(
        default=False,
        description="Beside a week or a date: not before, and once the journal says so.",
    )
    what: LongText | None = Field(default=None, description="What changes, in words.")
    change: dict[Name, DoseOnDays] = Field(
        default={}, description="Exercises that are done otherwise: what differs."
    )
    add: TupleFromList[Prescription] = ()
    drop: TupleFromList[Name] = Field(default=(), description="Exercises that are left out.")
    days: OneOrMoreDayNames | None = Field(default=None, description="Other days of the week.")

    @model_validator(mode="after")
    def _raise_unless_timing_valid(self) -> Self:
        if self.week == 1:
            raise ValueError("what holds from the first week on stands under exercises")
        if self.week and self.date:
            raise ValueError("expected a week or a date, and not both")
        if self.wait and not (self.week or self.date):
            raise ValueError("a step without a week or a date waits anyway; leave wait out")
        return self

    @property
    def exercise_ids(self) -> set[str]:
        """The exercises that it changes, brings or takes away."""
        return {*self.change, *self.drop, *(dose.exercise for dose in self.add)}

    def must_come_after(self, earlier: Self) -> bool:
        """Whether it can only come after another one of the same programme."""
        makes_room = bool(self.drop and earlier.add)
        return makes_room or bool(
            self.exercise_ids & earlier.exercise_ids or (self.days and earlier.days)
        )


class ProgressNote(Model):
    """What the person said or did on a day: steps taken, the activity, wishes."""

    date: DayDate
    step: int | None = Field(default=None, ge=0, description="How many steps hold from then on.")
    activity: int | None = Field(default=None, ge=0, le=10)
    more: Name | None = None
    less: Name | None = None
    never: Name | None = None
    usual: Name | None = Field(default=None, description="Takes back more, less and never.")


class StepStatusOnDay(NamedTuple):
    """The steps of a programme by a day, by their numbers from 1.

    ``order`` has first those that hold, as they came, then those that may come that day, then the
    others. ``stages`` has how many hold, to how many may. ``held_back`` held once, or would by now,
    had none before them been taken back.
    """

    order: list[int]
    stages: range
    held_back: list[int]


class Programme(Model):
    """Exercises with exact doses for one person: a file of the folder my_programmes.

    A stage is how many of its steps hold: at 0 as it begins, at EASED_STAGE all easier. To go back
    to a stage undoes what steps added, and never what they took away or made less.
    """

    title: ShortText
    person: ShortText | None = Field(default=None, description="Whom it is for; any name, or none.")
    therapist: ShortText | None = Field(default=None, description="Whom it is from.")
    begins: DayDate
    weeks: int = Field(default=6, ge=1, le=MAX_WEEKS)
    days: OneOrMoreDayNames = DAY_NAMES
    at: Annotated[TupleFromList[ClockTime], Field(max_length=6), SingleItemWithoutList()] = Field(
        default=(), description="When, for reminders; two times are twice a day."
    )
    zone: TimeZoneName | None = Field(
        default=None, description="The time zone, such as Europe/London."
    )
    cautions: Annotated[TupleFromList[str], SingleItemWithoutList()] = Field(
        default=(), description="The person's conditions, such as osteoporosis."
    )
    props: Annotated[TupleFromList[Prop], SingleItemWithoutList()] | None = Field(
        default=None, description="What there is to do it with; left out: as in any home."
    )
    activity: ShortText | None = Field(
        default=None, description="Something the person wants to do again: how well, from 0 to 10."
    )
    note: LongText | None = None
    exercises: Annotated[TupleFromList[Prescription], Field(min_length=1, max_length=20)]
    steps: Annotated[TupleFromList[ProgrammeStep], Field(max_length=20)] = ()
    progress: TupleFromList[ProgressNote] = ()

    # When

    @property
    def last_day(self) -> date:
        return self.begins + self.weeks * ONE_WEEK - timedelta(days=1)

    def week_of(self, day: date) -> int:
        """The week in which a day is, from 1; 0 before it begins."""
        return (day - self.begins) // ONE_WEEK + 1 if day >= self.begins else 0

    def unconditional_step_day(self, number: int) -> date | None:
        """The day of a step, from 1; None for one that waits for the journal."""
        return None if self.steps[number - 1].wait else self.scheduled_step_day(number)

    def scheduled_step_day(self, number: int) -> date | None:
        """The day that stands beside a step, from 1."""
        step = self.steps[number - 1]
        return self.begins + (step.week - 1) * ONE_WEEK if step.week else step.date

    def earliest_step_day(self, number: int) -> date | None:
        """The day before which a step, from 1, does not come; None for one that has none.

        One that waits comes after those before it that wait, and those that it builds on.
        """
        days: list[date | None] = []
        for one, step in enumerate(self.steps[:number], 1):
            found = [self.scheduled_step_day(one)]
            if not self.unconditional_step_day(one):
                found += [
                    day
                    for other, day in enumerate(days, 1)
                    if not self.unconditional_step_day(other)
                    or step.must_come_after(self.steps[other - 1])
                ]
            days.append(max(filter(None, found), default=None))
        return days[-1]

    def step_status_on(self, day: date) -> StepStatusOnDay:
        """The steps by a day, by their dates and by what was noted as taken."""
        held: list[int] = []
        held_back: list[int] = []
        noted = {n.date: n.step for n in self.progress if n.step is not None}
        numbers = range(1, len(self.steps) + 1)
        dated = {
            self.unconditional_step_day(number): number
            for number in numbers
            if self.unconditional_step_day(number)
        }
        for at in sorted(each for each in {*noted, *dated} if each and each <= day):
            # A step that was taken back does not come again by itself, nor what comes after it.
            number = dated.get(at)
            if number and number not in held:
                comes = all(
                    n in held or not self.unconditional_step_day(n) for n in range(1, number)
                )
                (held if comes else held_back).append(number)
            if at in noted:
                while len(held) < min(noted[at], len(numbers)):
                    left = (n for n in numbers if n not in held)
                    held.append(self._next_step_number(held, at) or next(left))
                held_back += held[noted[at] :]
                del held[noted[at] :]
        stage, order = len(held), held
        while number := self._next_step_number(order, day):
            order = [*order, number]
        stages = range(stage, len(order) + 1)
        order = [*order, *(n for n in numbers if n not in order)]
        return StepStatusOnDay(order, stages, [n for n in held_back if n not in held])

    def _next_step_number(self, held: Sequence[int], day: date) -> int | None:
        """The first step besides these that need not wait for a later day."""
        for number in range(1, len(self.steps) + 1):
            if number not in held and (self.earliest_step_day(number) or day) <= day:
                return number
        return None

    def stage_on(self, day: date) -> int:
        """How many steps hold on a day, by their dates and by what was noted as taken."""
        return self.step_status_on(day).stages.start

    def is_due_on(self, day: date, stage: int | None = None) -> bool:
        """Whether anything is to be done on a day, at its stage or another."""
        stage = self.stage_on(day) if stage is None else stage
        return DAY_NAMES[day.weekday()] in self.days_at(stage, day)

    # What

    def _stage_steps_and_undone_steps(
        self, stage: int, day: date | None
    ) -> tuple[list[ProgrammeStep], list[ProgrammeStep]]:
        """The steps of a stage, and those besides that hold by a day, or are held back."""
        if day is None:
            return list(self.steps[: max(stage, 0)]), []
        order, stages, held_back = self.step_status_on(day)
        taken = {*order[: max(stage, 0)]}
        besides = {*order[: stages.start], *held_back} - taken
        return [self.steps[n - 1] for n in sorted(taken)], [
            self.steps[n - 1] for n in sorted(besides)
        ]

    def days_at(self, stage: int, day: date | None = None) -> tuple[str, ...]:
        """The days of the week on which anything is due, from Monday on; see prescriptions_at()."""
        taken, besides = self._stage_steps_and_undone_steps(stage, day)
        then = next((step.days for step in reversed(taken) if step.days), self.days)
        now = next((step.days for step in reversed(besides) if step.days), then)
        found = {*then} & {*now} or {*now}
        doses = self.wanted_prescriptions_at(stage, day)
        due = found & {name for dose in doses for name in dose.days or DAY_NAMES}
        return tuple(name for name in DAY_NAMES if name in due)

    def prescriptions_at(
        self, stage: int, day: date | None = None, never: Collection[str] = ()
    ) -> tuple[Prescription, ...]:
        """What is done once so many steps hold, in its order; at EASED_STAGE all of it is easier.

        By a ``day`` on which more of them hold, or are held back, what those take away stays away,
        and what they make less is so; where that leaves nothing, what came instead is done easier.
        Without a day steps come in their order in the file. ``never`` are exercises left out.
        """
        taken, besides = self._stage_steps_and_undone_steps(stage, day)
        doses = [
            d
            for d in _apply_steps_to_prescriptions(self.exercises, taken)
            if d.exercise not in never
        ]
        if besides:
            now = {
                d.exercise: d
                for d in _apply_steps_to_prescriptions(doses, besides)
                if d.exercise not in never
            }
            dropped = {name for step in besides for name in step.drop}
            doses = [
                dose.limited_by(now[dose.exercise])
                for dose in doses
                if dose.exercise not in dropped
            ] or [self._easier(dose) for dose in now.values()]
        return tuple(self._easier(dose) if stage == EASED_STAGE else dose for dose in doses)

    def _easier(self, dose: Prescription) -> Prescription:
        """A dose in its easier version, unless that needs what is not there."""
        taught, easier = current_library().exercise(dose.exercise), dose.with_easier_version()
        there = {*(self.props or ()), *taught.version(dose.version).needs}
        has_all = self.props is None or {*taught.version("easier").needs} <= there
        return easier if has_all else dose

    @property
    def exercise_ids(self) -> tuple[str, ...]:
        """Every exercise that is done at any time."""
        added = (dose for step in self.steps for dose in step.add)
        return tuple(dict.fromkeys(dose.exercise for dose in (*self.exercises, *added)))

    @property
    def exercise_titles(self) -> dict[str, str]:
        """What each exercise is called, by its id; where several have one title, by that too."""
        titles = {name: current_library().exercise(name).title for name in self.exercise_ids}
        often = Counter(titles.values())
        for name, title in titles.items():
            words = name.replace("_", " ").capitalize()
            if often[title] > 1:
                titles[name] = words if words.startswith(title) else f"{title} ({words.lower()})"
        return titles

    @property
    def exercises_by_wish(self) -> dict[str, tuple[str, ...]]:
        """The exercises of which the person wished for more, less, or none, by these words."""
        wishes = ("more", "less", "never", "usual")
        said = {getattr(note, wish): wish for note in self.progress for wish in wishes}
        return {w: tuple(n for n in said if n and said[n] == w) for w in wishes if w != "usual"}

    @property
    def activity_scores(self) -> tuple[tuple[date, int], ...]:
        """How well the activity went, by its days."""
        return tuple((n.date, n.activity) for n in self.progress if n.activity is not None)

    def wanted_prescriptions_at(
        self, stage: int, day: date | None = None
    ) -> tuple[Prescription, ...]:
        """What of a stage the person wants: without what is never done, and less where it is."""
        wishes = self.exercises_by_wish
        return tuple(
            self._easier(dose) if dose.exercise in wishes["less"] else dose
            for dose in self.prescriptions_at(stage, day, wishes["never"])
        )

    def items_at(self, stage: int, day: date | None = None) -> tuple[LessonItem, ...]:
        """The exercises of a stage in their doses; of a day, those that are done on it.

        On a day on which none is due there are all of them, for who likes to do them.
        """
        doses, titles = self.wanted_prescriptions_at(stage, day), self.exercise_titles
        due = [d for d in doses if day and DAY_NAMES[day.weekday()] in (d.days or DAY_NAMES)]
        items = (d.to_item(current_library().exercise(d.exercise)) for d in due or doses)
        return tuple(
            replace(
                item, exercise=item.exercise.model_copy(update={"title": titles[item.exercise.id]})
            )
            for item in items
        )

    def lesson_at(self, stage: int, day: date | None = None) -> Lesson:
        """What is done at a stage as a lesson for one; ProgrammeError where nothing is left."""
        taught, items = current_library(), self.items_at(stage, day)
        if not items:
            raise ProgrammeError(
                "Every exercise of this programme was left out as never wanted. Take one back with"
                ' note_progress(name, usual="...").'
            )
        needs = [prop for item in items for prop in item.exercise.needs]
        props = None if self.props is None else [*self.props, *needs]
        request = make_request(
            DEFAULT_LESSON_MINUTES, taught, cautions=self.cautions, props=props, alone=True
        )
        # For one person nothing goes on beside, and nothing is said of who does something else.
        lesson = replace(
            make_lesson_for_one_person(items, request, self.title), cautions=(), minutes=None
        )
        rise = self._adapt_to_person(LessonItem(lesson.rise_exercise), taught).exercise
        parts = tuple(self._adapt_to_person(part, taught) for part in lesson.parts)
        return replace(lesson, parts=parts, rise=rise)

    def _adapt_to_person(self, part: LessonItem, taught: Library) -> LessonItem:
        """The same without what others do beside it, and with its note in what is said before it.

        How often it is done is said by the programme. Where the person's conditions are known, it
        has no cautions for others, and says those.
        """
        exercise = part.exercise
        setup = f"{exercise.setup} {part.note}".strip()
        changed: dict[str, object] = {"setup": setup, "often": None}
        if self.cautions:
            changed["cautions"] = tuple(
                caution.model_copy(update={"whom": (ANYONE_CONDITION,), "then": "say"})
                for caution in self.cautions_for_person(exercise, taught)
            )
        return replace(part, easier=None, exercise=exercise.model_copy(update=changed))

    def cautions_for_person(self, exercise: Exercise, library: Library) -> Iterator[Caution]:
        """An exercise's cautions for everyone and for this person.

        What would leave out an exercise that was prescribed is something to ask.
        """
        for caution in cautions_for_conditions(
            exercise, (ANYONE_CONDITION, *self.cautions), library
        ):
            is_for_all = ANYONE_CONDITION in caution.whom
            if caution.then == "leave_out" and exercise.id in self.exercise_ids and not is_for_all:
                asked = self.therapist or "your therapist"
                said = fill_sides(caution.what, exercise.first)
                what = f'Ask {asked} whether this is settled: "{said}"'
                caution = caution.model_copy(update={"what": what})
            yield caution

    def objections(self) -> Iterator[str]:
        """What the course says against an exercise for this person's conditions, in sentences."""
        items = (i for stage in range(len(self.steps) + 1) for i in self.items_at(stage))
        told = (
            _caution_in_words(item.exercise, caution)
            for item in items
            for caution in cautions_for_conditions(item.exercise, self.cautions, current_library())
            if caution.then == "leave_out"
            or (caution.then == "easier" and item.version != "easier")
        )
        yield from dict.fromkeys(told)


def _caution_in_words(exercise: Exercise, caution: Caution) -> str:
    """Which exercise a caution is of, whom it concerns, and what it asks, in a sentence."""
    whom = current_library().safety.conditions_in_words(caution.whom)
    return f"{exercise.title}, {whom}: {caution.what}"


def make_lesson_for_one_person(
    items: Sequence[LessonItem], request: LessonRequest, title: str = ""
) -> Lesson:
    """Exercises as they are done by one person: getting up is easier where all of them are."""
    all_easier = all(item.version == "easier" for item in items)
    request = replace(request, version="easier" if all_easier else "source")
    return replace(remake_lesson(items, request, title), left_out=())


def _apply_steps_to_prescriptions(
    doses: Sequence[Prescription], steps: Sequence[ProgrammeStep]
) -> list[Prescription]:
    """What is done once these steps hold, in its order."""
    done = list(doses)
    for step in steps:
        done = [
            dose.with_change(step.change[dose.exercise]) if dose.exercise in step.change else dose
            for dose in done
            if dose.exercise not in step.drop
        ]
        done += step.add
    return done


class ProgrammeHolder:
    """What holds a programme, such as what a notebook shows of one."""

    programme: Programme


# Its file


def read_programme(name: str) -> Programme:
    """A saved programme by its name; UnknownName, or DataError with what is wrong with its file."""
    path = PROGRAMME_FILES_FOLDER.find(name)
    return parse_programme(read_yaml_text(path), path.name)


def saved_programme_titles() -> set[str]:
    """The titles of all saved programmes whose files can be read."""
    titles = set()
    for name in PROGRAMME_FILES_FOLDER.names():
        with suppress(UserError, OSError):
            titles.add(read_programme(name).title)
    return titles


def write_programme(programme: Programme, name: str, *, replace: bool = False) -> None:
    """Save a programme under a name; SaveError where another has it, or nothing can be written."""
    PROGRAMME_FILES_FOLDER.write(name, format_programme_yaml(programme), replace=replace)


def format_programme_yaml(programme: Programme) -> str:
    """A programme as YAML that parse_programme() reads again."""
    return PROGRAMME_FILE_HEADER + format_yaml(dump_set_fields(programme))


def append_progress_note(name: str, note: ProgressNote) -> Programme:
    """Add a note at the end of a saved programme, of which all else stays as it is written."""
    path = PROGRAMME_FILES_FOLDER.find(name)
    text = read_yaml_text(path)
    before = parse_programme(text, path.name)
    fields = ", ".join(f"{key}: {value}" for key, value in dump_set_fields(note).items())
    lines = text.rstrip().splitlines()
    indent = re.match(r"\s*", lines[-1])[0] if before.progress else ""  # type: ignore[index]
    head = [] if before.progress else ["", "progress:"]
    made = "\n".join([*lines, *head, f"{indent}- {{{fields}}}", ""])
    expected = before.model_copy(update={"progress": (*before.progress, note)})
    try:
        after = parse_programme(made, path.name)
    except DataError:
        after = before
    if after != expected:
        raise ProgrammeError(
            f"Nothing was noted: {path.name} cannot be added to. Let progress be the last key of"
            " the file, each note in a line of its own that begins with a dash."
        )
    write_atomically(path, made, mode=PROGRAMME_FILES_FOLDER.mode)
    return after


def parse_programme(text: str, name: str = "the text") -> Programme:
    """The programme that a text describes; DataError with what is wrong with it."""
    taught = current_library()
    found, tree = parse_saved(text, name, Programme)
    items = items_from_saved(found.exercises, taught, name, tree)
    added = [
        items_from_saved(step.add, taught, name, tree, "steps", place, "add")
        for place, step in enumerate(found.steps)
    ]
    try:
        cautions = make_request(DEFAULT_LESSON_MINUTES, taught, cautions=found.cautions).cautions
    except UnknownName as error:
        raise single_mistake_error(
            name, str(error), tree.locate(("cautions",)).line, "cautions"
        ) from None
    found = found.model_copy(update={"cautions": cautions})
    mistakes = [
        FileMistake(
            tree.locate(path).line,
            " > ".join(str(part + 1 if isinstance(part, int) else part) for part in path),
            what,
        )
        for path, what in _mistakes_of_programme(found, items, added)
    ]
    if mistakes:
        raise DataError(format_mistakes(name, mistakes))
    return found


def _mistakes_of_programme(
    programme: Programme, items: Sequence[LessonItem], added: Sequence[Sequence[LessonItem]]
) -> Iterator[LocAndText]:
    """What of a programme cannot be, with its place: days, conditions, steps and notes.

    ``items`` are its exercises, and ``added`` those that each step brings.
    """
    known, days = (
        programme.exercise_ids,
        {*programme.days}.union(*(s.days or () for s in programme.steps)),
    )
    doses: list[tuple[tuple[str | int, ...], DoseOnDays]] = [
        (("exercises", place), dose) for place, dose in enumerate(programme.exercises)
    ]
    for place, step in enumerate(programme.steps):
        doses += [(("steps", place, "change", name), dose) for name, dose in step.change.items()]
        doses += [(("steps", place, "add", n), dose) for n, dose in enumerate(step.add)]
    for path, dose in doses:
        if dose.days and not {*dose.days} & days:
            there = join_with_and(programme.days)
            what = f"none of these is a day of the programme, whose are {there}"
            yield (*path, "days"), what
    yield from _mistakes_about_conditions(programme, programme.exercises, items, "exercises")
    for place, step in enumerate(programme.steps):
        path = ("steps", place)
        yield from (((*path, *at), what) for at, what in _mistakes_of_step(programme, place + 1))
        yield from _mistakes_about_conditions(programme, step.add, added[place], *path, "add")
    for place, note in enumerate(programme.progress):
        if note.step is not None and note.step > len(programme.steps):
            what = f"found step {note.step}, and there are {len(programme.steps)}"
            yield ("progress", place), what
        for said in (note.more, note.less, note.never, note.usual):
            if said and said not in known:
                what = unknown_name_message("exercise of the programme", said, known)
                yield ("progress", place), what


def _mistakes_about_conditions(
    programme: Programme,
    doses: Sequence[Prescription],
    items: Sequence[LessonItem],
    *path: str | int,
) -> Iterator[LocAndText]:
    """What the person's conditions leave out, unless the author says that it is agreed."""
    for place, (dose, item) in enumerate(zip(doses, items, strict=True)):
        asked = cautions_for_conditions(item.exercise, programme.cautions, current_library())
        said = [_caution_in_words(item.exercise, c) for c in asked if c.then == "leave_out"]
        if said and not dose.agreed:
            cure = "Leave it out, or once that is settled write agreed: true beside it in the file"
            yield (*path, place), f"{said[0]} {cure}"


def _mistakes_of_step(programme: Programme, number: int) -> Iterator[LocAndText]:
    """What of a step, from 1, comes out of its turn, or cannot be by then; places are inside it."""
    step, day = programme.steps[number - 1], programme.scheduled_step_day(number)
    days = map(programme.scheduled_step_day, range(1, number))
    earlier = max(filter(None, days), default=programme.begins)
    if day and not programme.begins < day <= programme.last_day:
        is_late, week = day > programme.last_day, programme.week_of(day)
        those = (programme.begins + timedelta(days=n) for n in range(1, 7 * programme.weeks))
        meant = next((each for each in those if f"{each:%m%d}" == f"{day:%m%d}"), None)
        cure = f"weeks: {week} at the top, or an earlier day here" if is_late else ""
        cure = "an earlier day" if week > MAX_WEEKS else cure or "it under exercises"
        when = f"after its last day, {format_date(programme.last_day)}"
        when = when if is_late else "before the programme has begun"
        yield (), f"it comes {when}; write {meant or cure}"
    elif day and day == earlier:
        yield (), "it comes on the day of the step before it; write both as one step"
    elif day and day < earlier:
        yield (), "it comes before the step above it; put steps in their order"
    for other in range(1, number):
        waits = programme.unconditional_step_day(number) and not programme.unconditional_step_day(
            other
        )
        if waits and step.must_come_after(programme.steps[other - 1]):
            what = f"it would not come on its day while step {other} waits for the journal, since"
            cure = "put what comes by itself before what waits"
            yield (), f"{what} both are about the same; {cure}"
    before = [dose.exercise for dose in programme.prescriptions_at(number - 1)]
    done = {dose.exercise: dose for dose in programme.prescriptions_at(number)}
    for key, names in (("change", step.change), ("drop", step.drop)):
        for place, name in enumerate(names):
            if name not in before:
                what = unknown_name_message("exercise of the programme", name, before)
                yield (key, name if key == "change" else place), what
    for name in [each for each in done if each in step.change and each in before]:
        try:
            done[name].to_item(current_library().exercise(name))
        except (UnknownName, SessionError, DataError) as error:
            yield ("change", name), str(error)
    for dose in step.add:
        if dose.exercise in {*before} - {*step.drop}:
            yield ("add",), f"{dose.exercise} is there already"
    if not done:
        yield ("drop",), "no exercise is left; keep one, or add others"
