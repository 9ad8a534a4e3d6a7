"""Lessons with names, as files: what was planned, chosen and changed, in the folder my_lessons.

It lies beside the notebook, in the folder in which its kernel works; the environment variable
BACKCARE_LESSONS names another. A file is read as own exercises are: strictly, and what is wrong
with it is told in a sentence with its line.
"""

import os
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field

from backcare_nb.course.fields import LongText, Model, Name, ShortText, TupleOf
from backcare_nb.course.files import SaveError, write_atomically
from backcare_nb.course.library import Library
from backcare_nb.course.models import VersionName
from backcare_nb.course.names import UnknownName, unknown_name_message
from backcare_nb.course.yaml_reader import DataError, parse_model, read_text, report_error
from backcare_nb.course.yaml_tree import YamlTree
from backcare_nb.custom.library import library as library_at_hand
from backcare_nb.lesson.lesson import Lesson, LessonItem, bare_items, section_lesson
from backcare_nb.lesson.planner import remake_lesson
from backcare_nb.lesson.request import make_request
from backcare_nb.sessions.options import (
    STEP_AMOUNTS,
    Options,
    SessionError,
    adjustable_amounts,
    check_amounts,
    check_options,
)

FOLDER_NAME = "my_lessons"
FOLDER_VARIABLE = "BACKCARE_LESSONS"
MAX_LESSON_LETTERS = 60_000  # in a file
MAX_LESSON_FILES = 500
HEADER = (
    "# A lesson: its exercises in their order, with their amounts, and what it was planned from.\n"
)

Amounts = dict[Name, Annotated[float, Field(gt=0)]]


class SavedItem(Model):
    """An exercise of a lesson, in its version, with its amounts by the ids of its steps."""

    exercise: Name
    version: VersionName = "source"
    seconds: Amounts = Field(default_factory=dict)
    times: dict[Name, int] = Field(default_factory=dict)
    tempo: Amounts = Field(default_factory=dict)
    minutes: Amounts = Field(default_factory=dict)
    rounds: int | None = None
    note: LongText | None = None


class SavedWish(Model):
    """What a lesson was planned from, in the words of plan_lesson()."""

    minutes: float = 20
    version: VersionName = "source"
    sections: TupleOf[str] = ()
    exercises: TupleOf[str] = ()
    positions: TupleOf[str] | None = None
    cautions: TupleOf[str] = ()
    props: TupleOf[str] | None = None


class SavedLesson(Model):
    """A file of the folder: a lesson."""

    title: ShortText
    wish: SavedWish = SavedWish()
    exercises: Annotated[TupleOf[SavedItem], Field(min_length=1, max_length=60)]


class LessonHolder:
    """What holds a lesson, such as the desk at which one is chosen."""

    lesson: Lesson


def find_lesson(wanted: Lesson | LessonHolder | str, version: VersionName = "source") -> Lesson:
    """A lesson: itself, that of what holds one, a saved one by its name, or a whole section.

    Raises UnknownName, or DataError where a saved one cannot be used.
    """
    if isinstance(wanted, Lesson):
        return wanted
    if not isinstance(wanted, str):
        return wanted.lesson
    sections = [section.id for section in library_at_hand().sections]
    if wanted not in sections and lesson_path(wanted).is_file():
        return read_lesson(wanted)
    if wanted not in sections and (names := lesson_names()):
        raise UnknownName(unknown_name_message("lesson or section", wanted, [*names, *sections]))
    return section_lesson(wanted, version)


# The folder


def lessons_folder() -> Path:
    """Where lessons are, whether or not the folder exists."""
    return Path(os.environ.get(FOLDER_VARIABLE) or FOLDER_NAME).absolute()


def lesson_path(name: str) -> Path:
    """The file of a lesson by its name: letters and digits, so that it is a file anywhere."""
    short = re.sub(r"\W+", "_", name.lower()).strip("_")[:60]
    return lessons_folder() / f"{short or 'lesson'}.yaml"


def lesson_names() -> list[str]:
    """The names of the saved lessons, in order; hidden files are left alone."""
    with suppress(OSError), os.scandir(lessons_folder()) as found:
        names = [e.name for e in found if e.name.endswith(".yaml") and e.name[0] not in "._"]
        return sorted(name.removesuffix(".yaml") for name in names)[:MAX_LESSON_FILES]
    return []


def write_lesson(lesson: Lesson, name: str, *, instead: bool = False) -> Path:
    """Save a lesson under a name; SaveError where that is taken by another, or cannot be written.

    It is called by the name from then on.
    """
    if not re.search(r"\w", name):
        raise SaveError("Give the lesson a name, such as Tuesday at six.")
    text, path = lesson_text(replace(lesson, title=name[:120])), lesson_path(name)
    try:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, text, replace=instead)
    except FileExistsError:
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return path
        raise SaveError(
            f"There is a lesson {path.stem} already, and it was left as it is: choose another name,"
            " or ask for it to be replaced."
        ) from None
    except OSError as error:
        raise SaveError(f"{path} cannot be written: {error.strerror or error}.") from None
    return path


def read_lesson(name: str) -> Lesson:
    """A saved lesson by its name; UnknownName, or DataError with what is wrong with its file."""
    path = lesson_path(name)
    if not path.is_file():
        raise UnknownName(unknown_name_message("lesson", name, lesson_names()))
    return parse_lesson(read_text(path), path.name)


# Its text


def lesson_text(lesson: Lesson) -> str:
    """A lesson as YAML that parse_lesson() reads again."""
    items = [_item_fields(item) for item in bare_items(lesson)]
    known = SavedWish()
    wish = {
        key: list(value) if isinstance(value, tuple) else _plain_number(value)
        for key, value in lesson.wish.items()
        if value != getattr(known, key)
    }
    made = {"title": lesson.title, "wish": wish, "exercises": items}
    return HEADER + yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=100)


def _plain_number(value: Any) -> Any:
    """A number as one writes it: 15 and not 15.0; what is none stays."""
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else round(value, 3)


def _item_fields(item: LessonItem) -> dict[str, Any]:
    """What is not as in the data, by its key."""
    found: dict[str, Any] = {"exercise": item.exercise.id, "version": item.version}
    for name in STEP_AMOUNTS:
        steps = [step for step in item.exercise.steps if name in adjustable_amounts(step)]
        chosen = item.options.by_step(name)
        amounts = {s.id: item.options.amount_of(s, name) for s in steps if chosen}
        plain = {step: _plain_number(value) for step, value in amounts.items()}
        found |= {name: plain} if plain else {}
    if item.exercise.rounds and item.options.rounds:
        found["rounds"] = item.options.rounds
    return found | ({"note": item.note} if item.note else {})


def parse_lesson(text: str, name: str = "the text", library: Library | None = None) -> Lesson:
    """The lesson that a text describes; DataError with what is wrong with it."""
    if len(text) > MAX_LESSON_LETTERS:
        raise report_error(name, f"longer than {MAX_LESSON_LETTERS // 1000} 000 letters")
    taught, tree = library or library_at_hand(), YamlTree(text)
    saved = parse_model(name, tree, SavedLesson)
    items: list[LessonItem] = []
    for place, each in enumerate(saved.exercises):
        line = tree.locate(("exercises", place, "exercise")).line
        where = f"exercises > {place + 1}"
        try:
            items.append(_read_item(each, taught))
        except (UnknownName, SessionError, DataError) as error:
            raise report_error(name, str(error), line, where) from None
        if [item.exercise.id for item in items].count(each.exercise) > 1:
            raise report_error(name, f"{each.exercise} is there already", line, where)
    try:
        request = make_request(library=taught, **dict(saved.wish))
        lesson = remake_lesson(items, request, saved.title)
        lesson.timeline.total  # noqa: B018  # too long a lesson is told here
    except (UnknownName, SessionError) as error:
        raise report_error(name, str(error), tree.locate(("wish",)).line, "wish") from None
    return lesson


def _read_item(saved: SavedItem, taught: Library) -> LessonItem:
    if saved.exercise == taught.rise.id:
        raise SessionError("getting up comes by itself; leave it out")
    exercise = taught.exercise(saved.exercise).version(saved.version)
    amounts = {name: getattr(saved, name) for name in (*STEP_AMOUNTS, "rounds")}
    options = Options(**amounts)
    check_options(options)
    check_amounts(exercise, options)
    return LessonItem(exercise, saved.version, options=options, note=saved.note or "")
