"""What is meant by a lesson: one in hand, a saved one, a programme, a section, an exercise."""

from datetime import date

from backcare_nb.course.models import VersionName
from backcare_nb.course.names import UnknownName, unknown_name_message
from backcare_nb.custom.library import current_library
from backcare_nb.lesson.lesson import Lesson, LessonItem, section_lesson
from backcare_nb.lesson.programme import (
    PROGRAMME_FILES_FOLDER,
    Programme,
    ProgrammeHolder,
    read_programme,
)
from backcare_nb.lesson.saved_lessons import LESSON_FILES_FOLDER, read_lesson


class LessonHolder:
    """What holds a lesson, such as the desk at which one is chosen."""

    lesson: Lesson


LessonOrProgrammeOrName = Lesson | LessonHolder | Programme | ProgrammeHolder | str


def find_lesson(wanted: LessonOrProgrammeOrName, version: VersionName = "source") -> Lesson:
    """A lesson: itself, that of what holds one, or by a name: what a programme has for today.

    A name is that of a section, a saved lesson, a saved programme or an exercise, of the first that
    there is. Raises UnknownName, or DataError where a saved one cannot be used.
    """
    if isinstance(wanted, Lesson):
        return wanted
    if isinstance(wanted, LessonHolder):
        return wanted.lesson
    if programme := find_programme(wanted):
        today = date.today()
        return programme.lesson_at(programme.stage_on(today), today)
    assert isinstance(wanted, str)
    taught = current_library()
    sections = [section.id for section in taught.sections]
    if wanted in sections:
        return section_lesson(wanted, version)
    if LESSON_FILES_FOLDER.path(wanted).is_file():
        return read_lesson(wanted)
    if wanted in taught.all_exercises_by_id:
        exercise = taught.exercise(wanted).version(version)
        return Lesson(exercise.title, (LessonItem(exercise, version),))
    names = [
        *LESSON_FILES_FOLDER.names(),
        *PROGRAMME_FILES_FOLDER.names(),
        *sections,
        *taught.all_exercises_by_id,
    ]
    kinds = "section, exercise, lesson or programme"
    raise UnknownName(unknown_name_message(kinds, wanted, names))


def find_programme(wanted: LessonOrProgrammeOrName) -> Programme | None:
    """A programme: itself, that of what holds one, or the saved one of that name; else None.

    A section and a saved lesson go before a programme of the same name. Raises DataError.
    """
    if isinstance(wanted, Programme):
        return wanted
    if isinstance(wanted, ProgrammeHolder):
        return wanted.programme
    if not isinstance(wanted, str) or not PROGRAMME_FILES_FOLDER.path(wanted).is_file():
        return None
    sections = [section.id for section in current_library().sections]
    taken = wanted in sections or LESSON_FILES_FOLDER.path(wanted).is_file()
    return None if taken else read_programme(wanted)
