"""Own exercises: the files of the folder as exercises of the library, each of them judged.

A file that cannot be used takes nothing else away: the others and the whole course stay, and its
report says what to mend. What was read is remembered until a file changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backcare_nb.course.fields import Loc, Model
from backcare_nb.course.library import Library, shipped_library
from backcare_nb.course.models import Exercise, Section, Step, Version
from backcare_nb.course.yaml_reader import DataError, format_report, parse_model, read_text
from backcare_nb.course.yaml_tree import Mistake as Line
from backcare_nb.course.yaml_tree import YamlTree
from backcare_nb.custom import folder
from backcare_nb.custom.build import ExerciseDraft, build_exercise
from backcare_nb.custom.file_format import OwnExercise
from backcare_nb.custom.own_postures import Mistake
from backcare_nb.figures.disk_cache import cached_on_disk
from backcare_nb.posture.checks import Finding, check
from backcare_nb.posture.motion import motion, sketch_motion
from backcare_nb.posture.pose import posture
from backcare_nb.posture.spec import PLURAL_JOINTS, contact_text, opposite_motions
from backcare_nb.posture.table import PostureTable, posture_table
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import SessionError

SECTION = folder.FOLDER_NAME
NUMBER = 99
SIZE = 60_000  # letters in a file
MOST = 4  # things wrong with one posture that are told

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
        found = self.exercises.get(name)
        return found and found.exercise

    def figure(self, name: str) -> str:
        """The name under which a posture of an own exercise is drawn; others stay as they are."""
        return self._found(name, "postures")

    def way(self, name: str) -> str:
        """The same for a motion."""
        return self._found(name, "motions")

    @property
    def figures(self) -> dict[str, Model]:
        """The specs of all postures and motions that own exercises write out, by name."""
        made = [judged.exercise.own_figures for judged in self.exercises.values()]
        return {name: spec for specs in made for name, spec in specs.items()}

    def _found(self, name: str, kind: str) -> str:
        among = (getattr(judged, kind) for judged in self.exercises.values())
        return next((names[name] for names in among if name in names), name)

    def join(self, course: Library) -> Library:
        """The course, with own exercises as a section of their own behind it."""
        section = _section([judged.exercise for judged in self.exercises.values()])
        return Library((*course.sections, *section), course.safety, self.broken)


_last: tuple[folder.FolderState, OwnExercises] = ((), OwnExercises())
_judged: dict[tuple[str, str], CheckedExercise | str] = {}


def own_exercises() -> OwnExercises:
    """The own exercises as the files are now."""
    global _last
    now = folder.folder_state()
    if now != _last[0]:
        _last = (now, _read([Path(path) for path, *_ in now]))
    return _last[1]


def _read(paths: list[Path]) -> OwnExercises:
    found: dict[str, CheckedExercise] = {}
    reports, broken, homes = {}, {}, {}
    for path in paths:
        made, name = _file(path)
        if not isinstance(made, str) and name in found:
            made = format_report(path.name, [Line(1, "id", f"{name} is in {homes[name]} already")])
        if isinstance(made, str):
            reports[path.name] = made
            broken.setdefault(name, made)
        else:
            found[name], homes[name] = made, path.name
    broken = {name: said for name, said in broken.items() if name not in found}
    if reports and not found:
        broken[SECTION] = "\n\n".join(reports.values())
    return OwnExercises(found, reports, broken)


def _file(path: Path) -> tuple[CheckedExercise | str, str]:
    """What is in a file, or the report on it; and its id, or its name where it has none."""
    try:
        words = read_text(path)
    except DataError as error:
        return str(error), path.stem
    key = (path.name, words)
    if key not in _judged:
        try:
            _judged[key] = check_exercise_text(words, path.name)
        except DataError as error:
            _judged[key] = str(error)
        except Exception as error:  # one file must never take the course away
            what = f"this cannot be made an exercise ({type(error).__name__})"
            _judged[key] = format_report(path.name, [Line(1, "", what)])
    made = _judged[key]
    return made, _name(words) or path.stem if isinstance(made, str) else made.exercise.id


def _name(words: str) -> str:
    root = YamlTree(words).root
    name = root.get("id") if isinstance(root, dict) else None
    return name if isinstance(name, str) else ""


def check_exercise_text(words: str, name: str = "the text") -> CheckedExercise:
    """The exercise that a text describes; DataError with all that is wrong with it."""
    if len(words) > SIZE:
        raise DataError(
            format_report(name, [Line(1, "", f"longer than {SIZE // 1000} 000 letters")])
        )
    drafts: list[ExerciseDraft] = []
    remarks: list[str] = []

    def mistakes(own: OwnExercise) -> Iterator[Mistake]:
        draft = build_exercise(own, _course())
        drafts.append(draft)
        yield from _taken(own.id)
        yield from draft.mistakes
        if draft.exercise:
            yield from _impossible(draft, remarks)

    parse_model(name, words, OwnExercise, _known(), mistakes)
    (draft,) = drafts
    figures = draft.figures
    exercise = _without_ways(draft.exercise, _refused_ways(draft))
    exercise = exercise.with_own_figures(figures.specs)
    return CheckedExercise(exercise, figures.posture_names, figures.motion_names, tuple(remarks))


def _course() -> dict[str, Exercise]:
    return {exercise.id: exercise for exercise in shipped_library().exercises}


def _known() -> dict:
    return {"condition": shipped_library().safety.conditions}


def _taken(name: str) -> Iterator[Mistake]:
    table = posture_table()
    taken = {
        "an exercise": {*_course(), shipped_library().rise.id},
        "a section": {*(section.id for section in shipped_library().sections), SECTION},
        "a posture": table.postures,
        "a motion": table.motions,
    }
    for what, names in taken.items():
        if name in names:
            yield ("id",), f"{name} is {what} of the course; choose another, such as my_{name}"


# Can a body do it?


@cached_on_disk
def _verdict(kind: str, name: str, *, table: PostureTable) -> Verdict:
    found = check(posture(name, None, table)) if kind == "posture" else _moving(name, table)
    # how finely frames are spaced is a matter of drawing, and not of the body
    return [[f.severity, f.kind, f.part, _sentence(f)] for f in found if f.kind != "chord"]


def _moving(name: str, table: PostureTable) -> tuple[Finding, ...]:
    """The findings of a motion; one that fails halfway is not solved frame by frame."""
    found = tuple(
        f for f in check(sketch_motion(name, table)) if f.severity == "fail" and f.kind != "chord"
    )
    return found or check(motion(name, None, table))


def _sentence(finding: Finding) -> str:
    return f"{finding.says} ({finding.source})"


def _impossible(draft: ExerciseDraft, remarks: list[str]) -> Iterator[Mistake]:
    """What no body can do, each at its place in the file; what is only unusual is remarked."""
    figures = draft.figures
    refused = list(_refused(draft, remarks))
    if refused:
        yield from refused
        return
    for name in _repeated(draft.exercise) & _refused_ways(draft):
        yield figures.places[name], f"on the way: {_failures('motion', name, draft)[0]}"
    remarks += [
        f"The way in is not shown: {_failures('motion', n, draft)[0]}" for n in _held_ways(draft)
    ]
    yield from _unplayable(draft.exercise)


def _refused(draft: ExerciseDraft, remarks: list[str]) -> Iterator[Mistake]:
    for name in draft.figures.postures:
        found = [(f[0], *_at(draft, name, *f[1:])) for f in _verdicts("posture", name, draft)]
        remarks += [words for severity, _, words in found if severity == "warn"]
        wrong = list(dict.fromkeys(f[1:] for f in found if f[0] == "fail"))
        yield from wrong[:MOST]
        if len(wrong) > MOST:
            more = (
                f"with {len(wrong) - MOST} more like these: the posture asks for too much at once"
            )
            yield draft.figures.places[name], more


def _at(draft: ExerciseDraft, name: str, kind: str, part: str, says: str) -> tuple[Loc, str]:
    """Where a finding belongs: the angle or the contact that asks for it, else the posture."""
    spec, loc = draft.figures.postures[name], draft.figures.places[name]
    if kind == "range":
        for joint, move in _spoken(part):
            if move in spec.angles.get(joint, {}):
                said = part.rpartition(" ")[0]
                return (*loc, "angles", joint, move), says.replace(said, joint, 1)
    for k, contact in enumerate(spec.contacts):
        if kind == "contact" and contact_text(contact) == part:
            return (*loc, "contacts", k), says
    return loc, says


def _spoken(part: str) -> Iterator[tuple[str, str]]:
    """How a file may speak of "right hip flexion": of both hips, or of the opposite motion."""
    for joint in (
        *PLURAL_JOINTS,
        *PLURAL_JOINTS.values(),
        "lumbar",
        "thoracic",
        "cervical",
        "pelvis",
    ):
        one = PLURAL_JOINTS.get(joint, joint)
        for side in ("", "left ", "right "):
            rest = part.removeprefix(f"{side}{one} ").replace(" ", "_")
            if part.startswith(f"{side}{one} "):
                yield from ((word, m) for m in (rest, opposite_motions().get(rest, ""))
                            for word in {f"{side}{one}", joint})  # fmt: skip


def _verdicts(kind: str, name: str, draft: ExerciseDraft) -> Verdict:
    return _verdict(kind, name, table=posture_table(draft.figures.specs))


def _failures(kind: str, name: str, draft: ExerciseDraft) -> list[str]:
    return [says for severity, *_, says in _verdicts(kind, name, draft) if severity == "fail"]


def _refused_ways(draft: ExerciseDraft) -> set[str]:
    return {name for name in draft.figures.motions if _failures("motion", name, draft)}


def _held_ways(draft: ExerciseDraft) -> list[str]:
    return sorted(_refused_ways(draft) - _repeated(draft.exercise))


def _repeated(exercise: Exercise) -> set[str]:
    """The motions that are the exercise itself, and not only the way into a posture."""
    versions = [exercise.version(name) for name in ("easier", "source", "harder")]
    steps = [step for version in versions for step in version.steps]
    return {step.motion for step in steps if step.do in ("repeat", "move")}


def _without_ways(exercise: Exercise, refused: set[str]) -> Exercise:
    """The exercise with postures shown as they are where the way into them cannot be drawn."""
    if not refused:
        return exercise
    changed = {"steps": tuple(_still(step, refused) for step in exercise.steps)}
    for key in ("easier", "harder"):
        version = getattr(exercise, key)
        changed[key] = version and _version_still(version, refused)
    return exercise.model_copy(update=changed)


def _version_still(version: Version, refused: set[str]) -> Version:
    change = {name: _still(change, refused) for name, change in version.change.items()}
    steps = tuple(_still(step, refused) for step in version.steps)
    return version.model_copy(update={"change": change, "steps": steps})


def _still(step: Step, refused: set[str]) -> Step:
    away = getattr(step, "motion", None) in refused
    return step.model_copy(update={"motion": None}) if away else step


def _unplayable(exercise: Exercise) -> Iterator[Mistake]:
    """Why a session of it cannot be made."""
    for name in ("easier", "source", "harder"):
        try:
            timeline.compile_session([exercise.version(name)], rise=shipped_library().rise)
        except SessionError as error:
            yield () if name == "source" else (name,), str(error)


def _section(exercises: list[Exercise]) -> Iterator[Section]:
    if exercises:
        yield Section(
            id=SECTION,
            number=NUMBER,
            title="My exercises",
            summary="What you or your therapist have added to the course.",
            will_do=[exercise.title for exercise in exercises],
            needs=["What each exercise asks for"],
            exercises=tuple(exercises),
        )
