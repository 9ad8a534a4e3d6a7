"""The collection that comes with the course: sections and exercises, read from YAML files."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.fields import MISTAKE_POSTURE_PREFIX
from backcare_nb.course.models import (
    Exercise,
    LessonRules,
    Reference,
    References,
    Safety,
    Section,
)
from backcare_nb.course.names import find_by_name
from backcare_nb.course.yaml_reader import DataError, ModelT, read_model, read_names_under_each_key

SectionOrExerciseT = TypeVar("SectionOrExerciseT", Section, Exercise)


@dataclass(frozen=True)
class Library:
    """What is taught, in its order, and what everyone should know before starting.

    ``broken`` has a report for each id of an exercise or section that cannot be used.
    """

    sections: tuple[Section, ...]
    safety: Safety
    rules: LessonRules
    references: Mapping[str, Reference] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)

    @property
    def rise(self) -> Exercise:
        """Getting up safely from lying on the floor."""
        return self.safety.rise

    @cached_property
    def rise_from_knees(self) -> Exercise:
        """The same where one kneels: its second half, which goes by the id of the whole."""
        return self.rules.rise_from_knees.model_copy(update={"id": self.rise.id})

    @property
    def rises_from_floor_and_bed(self) -> tuple[Exercise, ...]:
        """Getting up safely from the floor, and from a bed."""
        return self.safety.rise, self.safety.rise_from_bed

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """The exercises of all sections, in their order."""
        return tuple(e for section in self.sections for e in section.exercises)

    def section(self, name: str) -> Section:
        """The section with this id; raises UnknownName, or DataError where it is broken."""
        return self._find_unless_broken(
            "section", name, {section.id: section for section in self.sections}
        )

    def exercise(self, name: str) -> Exercise:
        """The exercise with this id, with what lessons begin and end with; raises as section()."""
        return self._find_unless_broken("exercise", name, self.all_exercises_by_id)

    @cached_property
    def all_exercises_by_id(self) -> Mapping[str, Exercise]:
        """Every exercise, with getting up and what lessons begin and end with."""
        every = (*self.exercises, *self.rises_from_floor_and_bed, *self.rules.calm_exercises)
        return {exercise.id: exercise for exercise in every}

    def _find_unless_broken(
        self, kind: str, name: str, among: Mapping[str, SectionOrExerciseT]
    ) -> SectionOrExerciseT:
        if name in self.broken:
            raise DataError(self.broken[name])
        return find_by_name(kind, name, among)


@cache
def shipped_library() -> Library:
    """The collection that comes with the package."""
    return load_library(DATA_FOLDER)


def load_library(folder: Path | str) -> Library:
    """The collection in a folder: sections/*.yaml, and the shipped files where it has none.

    safety.yaml, with its conditions, lessons.yaml, postures.yaml and references.yaml may stand in
    the folder as well. Raises DataError with the mistakes of all files.
    """
    folder = Path(folder)
    reader = _CourseFileReader(
        read_figure_names_by_kind(_file_in_folder_or_shipped(folder, "postures.yaml"))
    )
    references = reader.read_references(_file_in_folder_or_shipped(folder, "references.yaml"))
    safety = reader.read_safety(_file_in_folder_or_shipped(folder, "safety.yaml"))
    rules = reader.read_rules(_file_in_folder_or_shipped(folder, "lessons.yaml"))
    sections = [reader.read_section(path) for path in _section_files(folder)]
    if reader.reports or safety is None or rules is None:
        raise DataError("\n\n".join(reader.reports))
    read = (section for section in sections if section)
    return Library(
        tuple(sorted(read, key=lambda section: section.number)), safety, rules, references
    )


def read_figure_names_by_kind(path: Path) -> dict[str, Collection[str]]:
    """The names of the postures, common mistakes and motions in a file of them, by kind."""
    found = read_names_under_each_key(path)
    postures, motions = found.get("postures", ()), found.get("motions", ())
    mistakes = [name for name in postures if name.startswith(MISTAKE_POSTURE_PREFIX)]
    taught = [name for name in postures if name not in mistakes]
    return {"posture": taught, "mistake": mistakes, "motion": motions}


def _file_in_folder_or_shipped(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).exists() else DATA_FOLDER / name


def _section_files(folder: Path) -> list[Path]:
    paths = sorted((folder / "sections").glob("*.yaml"))
    if not paths:
        raise DataError(f"There is no section: expected YAML files in {folder / 'sections'}.")
    return paths


class _CourseFileReader:
    """Reads file after file, and remembers names, taken ids and reports."""

    def __init__(self, figures: Mapping[str, Collection[str]]) -> None:
        self.reports: list[str] = []
        self._taken: dict[str, dict[Any, str]] = {"section": {}, "number": {}, "exercise": {}}
        self._known: dict[str, Collection[str]] = {
            **figures,
            **{f"taken {kind}": names for kind, names in self._taken.items()},
        }

    def read_references(self, path: Path) -> Mapping[str, Reference]:
        """The references; from then on their ids are known."""
        read = self._read_or_report(path, References)
        if read is None:
            return {}
        self._known["reference"] = read.references
        return read.references

    def read_safety(self, path: Path) -> Safety | None:
        """The safety page; from then on its conditions are known."""
        with suppress(DataError):  # reading it in full reports the same mistakes
            self._known["condition"] = read_names_under_each_key(path).get("conditions", ())
        safety = self._read_or_report(path, Safety)
        if safety:
            ways = (safety.rise, safety.rise_from_bed)
            self._taken["exercise"].update((rise.id, path.name) for rise in ways)
        return safety

    def read_rules(self, path: Path) -> LessonRules | None:
        """What lessons keep to; from then on the ids of their beginnings and ends are taken."""
        rules = self._read_or_report(path, LessonRules)
        if rules:
            self._taken["exercise"].update((e.id, path.name) for e in rules.calm_exercises)
        return rules

    def read_section(self, path: Path) -> Section | None:
        """A section; from then on its ids and its number are taken."""
        section = self._read_or_report(path, Section)
        if section:
            self._taken["section"][section.id] = path.name
            self._taken["number"][section.number] = path.name
            self._taken["exercise"].update((e.id, path.name) for e in section.exercises)
        return section

    def _read_or_report(self, path: Path, model: type[ModelT]) -> ModelT | None:
        try:
            return read_model(path, model, self._known)
        except DataError as error:
            self.reports.append(str(error))
            return None
