"""Own exercises: the files of the folder as exercises of the library, each of them judged.

A file that cannot be used takes nothing else away: the others and the whole course stay, and its
report says what to mend. What was read is remembered until a file changes.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args

from backcare_nb.course.fields import Complaint, Model
from backcare_nb.course.library import Library, shipped_library
from backcare_nb.course.models import Exercise, Move, Repeat, Section, Version, VersionName
from backcare_nb.course.yaml_reader import DataError, format_report, parse_model, read_text
from backcare_nb.course.yaml_tree import Mistake, YamlTree
from backcare_nb.custom import folder
from backcare_nb.custom.build import build_exercise
from backcare_nb.custom.file_format import OwnExercise
from backcare_nb.custom.own_postures import OwnFigures
from backcare_nb.figures.disk_cache import cached_on_disk
from backcare_nb.posture.checks import check
from backcare_nb.posture.motion import motion, sketch_motion
from backcare_nb.posture.pose import posture
from backcare_nb.posture.spec import PLURAL_JOINTS, contact_text, opposite_motions
from backcare_nb.posture.table import PostureTable, posture_table
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import SessionError

S = TypeVar("S", bound=Model)

SECTION_ID = folder.FOLDER_NAME
SECTION_NUMBER = 99
MAX_FILE_LETTERS = 60_000  # in a file
MAX_POSTURE_MISTAKES = 4  # told of one posture

Verdict = list[list[str]]  # severity, kind, part and sentence of each finding


@dataclass(frozen=True)
class CheckedExercise:
    """An exercise that can be done, its figures' names, and what is worth a second look."""

    exercise: Exercise
    postures: Mapping[str, str] = field(default_factory=dict)
    motions: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnExercises:
    """What the folder holds: exercises by id, and reports by the name of their file."""

    exercises: Mapping[str, CheckedExercise] = field(default_factory=dict)
    reports: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)

    def exercise(self, name: str) -> Exercise | None:
        """The own exercise with this id, if there is one; DataError where it cannot be used."""
        if name in self.broken:
            raise DataError(self.broken[name])
        return self.exercises[name].exercise if name in self.exercises else None

    def figure(self, name: str) -> str:
        """The name under which a posture of an own exercise is drawn; others stay as they are."""
        among = (checked.postures for checked in self.exercises.values())
        return next((names[name] for names in among if name in names), name)

    def way(self, name: str) -> str:
        """The same for a motion."""
        among = (checked.motions for checked in self.exercises.values())
        return next((names[name] for names in among if name in names), name)

    @property
    def figures(self) -> dict[str, Model]:
        """The specs of all postures and motions that own exercises write out, by name."""
        made = [checked.exercise.own_figures for checked in self.exercises.values()]
        return {name: spec for specs in made for name, spec in specs.items()}

    def join(self, course: Library) -> Library:
        """The course, with own exercises as a section of their own behind it."""
        if not self.exercises:
            return Library(course.sections, course.safety, self.broken)
        exercises = tuple(checked.exercise for checked in self.exercises.values())
        section = Section(
            id=SECTION_ID,
            number=SECTION_NUMBER,
            title="My exercises",
            summary="What you or your therapist have added to the course.",
            will_do=tuple(exercise.title for exercise in exercises),
            needs=("What each exercise asks for",),
            exercises=exercises,
        )
        return Library((*course.sections, section), course.safety, self.broken)


_last: tuple[folder.FolderState, OwnExercises] = ((), OwnExercises())
_checked: dict[tuple[str, str], CheckedExercise | str] = {}


def own_exercises() -> OwnExercises:
    """The own exercises as the files are now."""
    global _last
    now = folder.folder_state()
    if now != _last[0]:
        _last = (now, _read_files([Path(path) for path, *_ in now]))
    return _last[1]


def _read_files(paths: list[Path]) -> OwnExercises:
    found: dict[str, CheckedExercise] = {}
    reports: dict[str, str] = {}
    broken: dict[str, str] = {}
    homes: dict[str, str] = {}
    for path in paths:
        made, name = _read_file(path)
        if not isinstance(made, str) and name in found:
            made = format_report(
                path.name, [Mistake(1, "id", f"{name} is in {homes[name]} already")]
            )
        if isinstance(made, str):
            reports[path.name] = made
            broken.setdefault(name, made)
        else:
            found[name], homes[name] = made, path.name
    broken = {name: said for name, said in broken.items() if name not in found}
    if reports and not found:
        broken[SECTION_ID] = "\n\n".join(reports.values())
    return OwnExercises(found, reports, broken)


def _read_file(path: Path) -> tuple[CheckedExercise | str, str]:
    """What is in a file, or the report on it; and its id, or its name where it has none."""
    try:
        text = read_text(path)
    except DataError as error:
        return str(error), path.stem
    key = (path.name, text)
    if key not in _checked:
        try:
            _checked[key] = check_exercise_text(text, path.name)
        except DataError as error:
            _checked[key] = str(error)
        except Exception as error:  # one file must never take the course away
            what = f"this cannot be made an exercise ({type(error).__name__})"
            _checked[key] = format_report(path.name, [Mistake(1, "", what)])
    made = _checked[key]
    if not isinstance(made, str):
        return made, made.exercise.id
    root = YamlTree(text).root
    name = root.get("id") if isinstance(root, dict) else None
    return made, name if isinstance(name, str) and name else path.stem


def check_exercise_text(text: str, name: str = "the text") -> CheckedExercise:
    """The exercise that a text describes; DataError with all that is wrong with it."""
    if len(text) > MAX_FILE_LETTERS:
        what = f"longer than {MAX_FILE_LETTERS // 1000} 000 letters"
        raise DataError(format_report(name, [Mistake(1, "", what)]))
    course = shipped_library()
    exercises = {exercise.id: exercise for exercise in course.exercises}
    made: list[tuple[Exercise, OwnFigures]] = []
    remarks: list[str] = []

    def find_mistakes(own: OwnExercise) -> Iterator[Complaint]:
        draft = build_exercise(own, exercises)
        yield from _check_id(own.id)
        yield from draft.mistakes
        if draft.exercise:
            made.append((draft.exercise, draft.figures))
            yield from _check_body(draft.exercise, draft.figures, remarks)

    conditions = {"condition": course.safety.conditions}
    parse_model(name, text, OwnExercise, conditions, find_mistakes)
    ((exercise, figures),) = made
    exercise = _without_motions(exercise, set(_motion_failures(figures)))
    exercise = exercise.with_own_figures(figures.specs)
    return CheckedExercise(exercise, figures.posture_names, figures.motion_names, tuple(remarks))


def _check_id(name: str) -> Iterator[Complaint]:
    course, table = shipped_library(), posture_table()
    taken: dict[str, Collection[str]] = {
        "an exercise": {course.rise.id, *(exercise.id for exercise in course.exercises)},
        "a section": {SECTION_ID, *(section.id for section in course.sections)},
        "a posture": table.postures,
        "a motion": table.motions,
    }
    for what, names in taken.items():
        if name in names:
            yield ("id",), f"{name} is {what} of the course; choose another, such as my_{name}"


# Can a body do it?


@cached_on_disk
def _verdict(kind: str, name: str, *, table: PostureTable) -> Verdict:
    """What the checks say; a motion that fails halfway is not solved frame by frame."""
    if kind == "posture":
        found = check(posture(name, None, table))
    else:
        sketched = check(sketch_motion(name, table))
        found = tuple(f for f in sketched if f.severity == "fail" and f.kind != "chord")
        found = found or check(motion(name, None, table))
    # how finely frames are spaced is a matter of drawing, and not of the body
    return [
        [f.severity, f.kind, f.part, f"{f.says} ({f.source})"] for f in found if f.kind != "chord"
    ]


def _check_body(exercise: Exercise, figures: OwnFigures, remarks: list[str]) -> Iterator[Complaint]:
    """What no body can do, each at its place in the file; what is only unusual is remarked."""
    refused = list(_check_postures(figures, remarks))
    if refused:
        yield from refused
        return
    failures, versions = _motion_failures(figures), get_args(VersionName)
    # the motions that are the exercise itself, and not only the way into a posture
    steps = [step for version in versions for step in exercise.version(version).steps]
    own = {step.motion for step in steps if isinstance(step, Repeat | Move)}
    for name, says in failures.items():
        if name in own:
            yield figures.places[name], f"on the way: {says}"
    held = sorted(set(failures) - own)
    remarks += [f"The way in is not shown: {failures[name]}" for name in held]
    for version in versions:
        try:
            timeline.compile_session([exercise.version(version)], rise=shipped_library().rise)
        except SessionError as error:
            yield () if version == "source" else (version,), str(error)


def _check_postures(figures: OwnFigures, remarks: list[str]) -> Iterator[Complaint]:
    table = posture_table(figures.specs)
    for name in figures.postures:
        verdict = _verdict("posture", name, table=table)
        found = [(severity, *_locate(figures, name, *rest)) for severity, *rest in verdict]
        remarks += [words for severity, _, words in found if severity == "warn"]
        wrong = list(dict.fromkeys(f[1:] for f in found if f[0] == "fail"))
        yield from wrong[:MAX_POSTURE_MISTAKES]
        if more := len(wrong[MAX_POSTURE_MISTAKES:]):
            what = f"with {more} more like these: the posture asks for too much at once"
            yield figures.places[name], what


def _locate(figures: OwnFigures, name: str, kind: str, part: str, says: str) -> Complaint:
    """Where a finding belongs: the angle or the contact that asks for it, else the posture."""
    spec, loc = figures.postures[name], figures.places[name]
    if kind == "range":
        for joint, move in _names_in_file(part):
            if move in spec.angles.get(joint, {}):
                said = part.rpartition(" ")[0]
                return (*loc, "angles", joint, move), says.replace(said, joint, 1)
    for k, contact in enumerate(spec.contacts):
        if kind == "contact" and contact_text(contact) == part:
            return (*loc, "contacts", k), says
    return loc, says


def _names_in_file(part: str) -> Iterator[tuple[str, str]]:
    """How a file may speak of "right hip flexion": of both hips, or of the opposite motion."""
    spine = ("lumbar", "thoracic", "cervical", "pelvis")
    for joint in (*PLURAL_JOINTS, *PLURAL_JOINTS.values(), *spine):
        one = PLURAL_JOINTS.get(joint, joint)
        for side in ("", "left ", "right "):
            rest = part.removeprefix(f"{side}{one} ").replace(" ", "_")
            if part.startswith(f"{side}{one} "):
                for move in (rest, opposite_motions().get(rest, "")):
                    yield f"{side}{one}", move
                    yield joint, move


def _motion_failures(figures: OwnFigures) -> dict[str, str]:
    """Why motions cannot be done, by their names; each in the first sentence of its verdict."""
    table, found = posture_table(figures.specs), {}
    for name in figures.motions:
        verdict = _verdict("motion", name, table=table)
        says = [says for severity, *_, says in verdict if severity == "fail"]
        if says:
            found[name] = says[0]
    return found


def _without_motions(exercise: Exercise, refused: set[str]) -> Exercise:
    """The exercise with postures shown as they are where the way into them cannot be drawn."""

    def still(step: S) -> S:
        away = getattr(step, "motion", None) in refused
        return step.model_copy(update={"motion": None}) if away else step

    changed: dict[str, Any] = {"steps": tuple(map(still, exercise.steps))}
    for key in ("easier", "harder"):
        version: Version | None = getattr(exercise, key)
        if version:
            change = {name: still(change) for name, change in version.change.items()}
            steps = tuple(map(still, version.steps))
            changed[key] = version.model_copy(update={"change": change, "steps": steps})
    return exercise.model_copy(update=changed) if refused else exercise
