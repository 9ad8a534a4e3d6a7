"""Lessons with names, as files: what was planned, chosen and changed, in the folder my_lessons.

A file is read as own exercises are: strictly, and what is wrong with it is told in a sentence with
its line.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import Field

from backcare_nb.course.fields import (
    LongText,
    Model,
    Name,
    PositiveNumber,
    ShortText,
    Side,
    TupleFromList,
)
from backcare_nb.course.library import Library
from backcare_nb.course.models import Exercise, VersionName
from backcare_nb.course.names import UnknownName
from backcare_nb.course.yaml_reader import (
    DataError,
    format_mistakes,
    read_yaml_text,
    single_mistake_error,
    validate_tree,
)
from backcare_nb.course.yaml_tree import FileMistake, YamlTree
from backcare_nb.custom.library import current_library
from backcare_nb.lesson.lesson import Lesson, LessonItem, items_without_additions
from backcare_nb.lesson.named_files import NamedFilesFolder
from backcare_nb.lesson.planner import remake_lesson
from backcare_nb.lesson.request import make_request
from backcare_nb.sessions.options import (
    AMOUNT_LABELS,
    STEP_AMOUNT_NAMES,
    Options,
    SessionError,
    adjustable_amounts,
    raise_unless_amounts_in_range,
    raise_unless_options_apply,
    raise_unless_options_valid,
)

LESSON_FILES_FOLDER = NamedFilesFolder("lesson", "my_lessons", "BACKCARE_LESSONS", "Tuesday at six")
MAX_SAVED_LETTERS = 60_000  # in a file
LESSON_FILE_HEADER = (
    "# A lesson: its exercises in their order, with their amounts, and what it was planned from.\n"
)

SavedT = TypeVar("SavedT", bound=Model)
PositiveWholeNumber = Annotated[int, Field(gt=0)]


class Dose(Model):
    """How an exercise is done: its version, its side, and its amounts.

    An amount is for all steps that have it, or for some of them, by their ids.
    """

    version: VersionName = Field(default="source", description="source: as it is taught.")
    sides: Side | Literal["both"] | None = Field(
        default=None, description="One side alone; both, or left out: as the exercise is done."
    )
    seconds: PositiveNumber | dict[Name, PositiveNumber] | None = Field(
        default=None, description="Of each hold."
    )
    times: PositiveWholeNumber | dict[Name, PositiveWholeNumber] | None = Field(
        default=None, description="Repetitions."
    )
    tempo: PositiveNumber | dict[Name, PositiveNumber] | None = Field(
        default=None, description="Seconds for one repetition."
    )
    minutes: PositiveNumber | dict[Name, PositiveNumber] | None = Field(
        default=None, description="Of breathing."
    )
    rounds: int | None = Field(default=None, description="Times that the whole is done.")
    note: LongText | None = Field(default=None, description="Words for whoever does it.")

    def to_item(self, exercise: Exercise) -> LessonItem:
        """An exercise of a lesson in this dose; SessionError for one that it cannot be done in."""
        amounts = {name: getattr(self, name) for name in AMOUNT_LABELS}
        done, side = exercise.version(self.version), None if self.sides == "both" else self.sides
        if self.sides == "both" and len(done.sides_in_order) == 1:
            raise SessionError(f"{exercise.title} is done on the {done.sides} side alone")
        options = Options(side=side, **amounts)
        raise_unless_options_valid(options)
        raise_unless_options_apply([done], options, done.title)
        raise_unless_amounts_in_range(done, options)
        item = LessonItem(done.limited_to_side(side), self.version, options=options)
        return dataclasses.replace(item, note=self.note or "")


class SavedItem(Dose):
    """An exercise of a lesson with its dose."""

    exercise: Name


class SavedLessonRequest(Model):
    """What a lesson was planned from, in the words of plan_lesson()."""

    minutes: float = 20
    version: VersionName = "source"
    sections: TupleFromList[str] = ()
    exercises: TupleFromList[str] = ()
    positions: TupleFromList[str] | None = None
    cautions: TupleFromList[str] = ()
    props: TupleFromList[str] | None = None
    more: TupleFromList[str] = ()
    less: TupleFromList[str] = ()
    never: TupleFromList[str] = ()
    alone: bool = False


class SavedLesson(Model):
    """A file of the folder: a lesson."""

    title: ShortText
    wish: SavedLessonRequest = SavedLessonRequest()
    exercises: Annotated[TupleFromList[SavedItem], Field(min_length=1, max_length=60)]


def write_lesson(lesson: Lesson, name: str, *, replace: bool = False) -> Path:
    """Save a lesson under a name; SaveError where that is taken by another, or cannot be written.

    It is called by the name from then on.
    """
    LESSON_FILES_FOLDER.raise_unless_name_valid(name)
    return LESSON_FILES_FOLDER.write(
        name, format_lesson_yaml(dataclasses.replace(lesson, title=name[:120])), replace=replace
    )


def read_lesson(name: str) -> Lesson:
    """A saved lesson by its name; UnknownName, or DataError with what is wrong with its file."""
    path = LESSON_FILES_FOLDER.find(name)
    return parse_lesson(read_yaml_text(path), path.name)


# Its text


def format_lesson_yaml(lesson: Lesson) -> str:
    """A lesson as YAML that parse_lesson() reads again."""
    items = [saved_item_fields(item) for item in items_without_additions(lesson)]
    known = SavedLessonRequest()
    wish = {
        key: list(value) if isinstance(value, tuple) else _shorten_number(value)
        for key, value in lesson.wish.items()
        if value != getattr(known, key)
    }
    return LESSON_FILE_HEADER + format_yaml(
        {"title": lesson.title, "wish": wish, "exercises": items}
    )


def format_yaml(made: dict[str, Any]) -> str:
    """Plain data as the text of a file, its keys in their order."""
    return yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=100)


def dump_set_fields(model: Model) -> dict[str, Any]:
    """What was said in a model, as one writes it, an exercise's id first."""
    made = model.model_dump(mode="json", exclude_unset=True)
    return {key: _tidy_keys_and_numbers(value) for key, value in made.items()}


def _tidy_keys_and_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        first = [key for key in ("exercise",) if key in value]
        return {key: _tidy_keys_and_numbers(value[key]) for key in dict.fromkeys([*first, *value])}
    return (
        [_tidy_keys_and_numbers(each) for each in value]
        if isinstance(value, list)
        else _shorten_number(value)
    )


def _shorten_number(value: Any) -> Any:
    """A number as one writes it: 15 and not 15.0; what is none stays."""
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else round(value, 3)


def saved_item_fields(item: LessonItem) -> dict[str, Any]:
    """What is not as in the data, by its key."""
    found: dict[str, Any] = {"exercise": item.exercise.id, "version": item.version}
    found |= {"sides": item.options.side} if item.options.side else {}
    for name in STEP_AMOUNT_NAMES:
        steps = [step for step in item.exercise.steps if name in adjustable_amounts(step)]
        chosen = item.options.chosen_amounts_by_step(name)
        amounts = {s.id: item.options.amount_of(s, name) for s in steps if chosen}
        plain = {step: _shorten_number(value) for step, value in amounts.items()}
        alike = len(set(plain.values())) == 1 and next(iter(plain.values()))
        found |= {name: alike or plain} if plain else {}
    if item.exercise.rounds and item.options.rounds:
        found["rounds"] = item.options.rounds
    return found | ({"note": item.note} if item.note else {})


def parse_lesson(text: str, name: str = "the text", library: Library | None = None) -> Lesson:
    """The lesson that a text describes; DataError with what is wrong with it."""
    taught = library or current_library()
    saved, tree = parse_saved(text, name, SavedLesson)
    items = items_from_saved(saved.exercises, taught, name, tree)
    try:
        request = make_request(library=taught, **dict(saved.wish))
        lesson = remake_lesson(items, request, saved.title)
        lesson.timeline.total  # noqa: B018  # too long a lesson is told here
    except (UnknownName, SessionError) as error:
        raise single_mistake_error(name, str(error), tree.locate(("wish",)).line, "wish") from None
    return lesson


def parse_saved(text: str, name: str, model: type[SavedT]) -> tuple[SavedT, YamlTree]:
    """Read a text of a model, and where its lines are; DataError with what is wrong with it."""
    if len(text) > MAX_SAVED_LETTERS:
        raise single_mistake_error(name, f"longer than {MAX_SAVED_LETTERS // 1000} 000 letters")
    tree = YamlTree(text)
    return validate_tree(name, tree, model), tree


def items_from_saved(
    saved: Sequence[SavedItem], taught: Library, name: str, tree: YamlTree, *key: str | int
) -> list[LessonItem]:
    """The exercises of a list in a file; DataError at the line of one that cannot be.

    key: the way to the list, where it is not ``exercises``.
    """
    key = key or ("exercises",)
    items: list[LessonItem] = []
    mistakes = []
    for place, each in enumerate(saved):
        line = tree.locate((*key, place, "exercise")).line
        where = " > ".join(map(str, (*key, place + 1)))
        try:
            if each.exercise == taught.rise.id:
                raise SessionError("getting up comes by itself; leave it out")
            items.append(each.to_item(taught.exercise(each.exercise)))
        except (UnknownName, SessionError, DataError) as error:
            mistakes.append(FileMistake(line, where, str(error)))
        if [dose.exercise for dose in saved[:place]].count(each.exercise):
            mistakes.append(FileMistake(line, where, f"{each.exercise} is there already"))
    if mistakes:
        raise DataError(format_mistakes(name, mistakes))
    return items
