"""The collection that comes with the course: sections and exercises, read from YAML files."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.fields import MISTAKE_POSTURE_PREFIX
from backcare_nb.course.models import Exercise, LessonRules, Reference, References, Safety, Section
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
        return self._find_unless_broken("section", name, {s.id: s for s in self.sections})

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
    folder, reports = Path(folder), list[str]()
    taken: dict[str, dict[Any, str]] = {"section": {}, "number": {}, "exercise": {}}
    known: dict[str, Collection[str]] = {f"taken {kind}": names for kind, names in taken.items()}

    def path_of(name: str) -> Path:
        return folder / name if (folder / name).exists() else DATA_FOLDER / name

    def read(path: Path, model: type[ModelT]) -> ModelT | None:
        try:
            return read_model(path, model, known)
        except DataError as error:
            reports.append(str(error))
            return None

    def take_ids(path: Path, exercises: Iterable[Exercise]) -> None:
        taken["exercise"].update((exercise.id, path.name) for exercise in exercises)

    known |= read_figure_names_by_kind(path_of("postures.yaml"))
    if references := read(path_of("references.yaml"), References):
        known["reference"] = references.references
    path = path_of("safety.yaml")
    with suppress(DataError):  # reading it in full reports the same mistakes
        known["condition"] = read_names_under_each_key(path).get("conditions", ())
    if safety := read(path, Safety):
        take_ids(path, (safety.rise, safety.rise_from_bed))
    path = path_of("lessons.yaml")
    if rules := read(path, LessonRules):
        take_ids(path, rules.calm_exercises)
    sections = []
    paths = sorted((folder / "sections").glob("*.yaml"))
    if not paths:
        raise DataError(f"There is no section: expected YAML files in {folder / 'sections'}.")
    for path in paths:
        if section := read(path, Section):
            taken["section"][section.id] = taken["number"][section.number] = path.name
            take_ids(path, section.exercises)
            sections.append(section)
    if reports or not (safety and rules and references):
        raise DataError("\n\n".join(reports))
    sections.sort(key=lambda section: section.number)
    return Library(tuple(sections), safety, rules, references.references)


def read_figure_names_by_kind(path: Path) -> dict[str, Collection[str]]:
    """The names of the postures, common mistakes and motions in a file of them, by kind."""
    found = read_names_under_each_key(path)
    postures, motions = found.get("postures", ()), found.get("motions", ())
    mistakes = [name for name in postures if name.startswith(MISTAKE_POSTURE_PREFIX)]
    taught = [name for name in postures if name not in mistakes]
    return {"posture": taught, "mistake": mistakes, "motion": motions}
