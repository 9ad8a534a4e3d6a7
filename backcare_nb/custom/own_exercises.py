"""Own exercises: the files of the folder as exercises of the library, each of them judged.

A file that cannot be used takes nothing else away: the others and the whole course stay, and its
report says what to mend. What was read is remembered until a file changes.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from backcare_nb.body.skeleton import SIDES, add_side, body, split_side
from backcare_nb.course.fields import LocAndText, Model, TextWithCitations
from backcare_nb.course.library import Library, shipped_library
from backcare_nb.course.models import Exercise, Move, Repeat, Section, VersionName
from backcare_nb.course.yaml_reader import (
    DataError,
    format_mistakes,
    read_yaml_text,
    single_mistake_error,
    validate_tree,
)
from backcare_nb.course.yaml_tree import YamlTree, item_id
from backcare_nb.custom import folder
from backcare_nb.custom.angles_and_contacts import (
    ARM_PARTS,
    LEG_PARTS,
    TRUNK_PARTS,
    body_parts_of_contact,
    horizontal_place_cm,
    parts_of_limb,
    split_all_contacts,
)
from backcare_nb.custom.build import IN_TURN_SENTENCE_BY_LANGUAGE, build_exercise
from backcare_nb.custom.file_format import OwnExercise, OwnPosture, id_of_title
from backcare_nb.custom.own_postures import OwnFigures
from backcare_nb.custom.posture_failures import (
    MIN_LIFTED_LIMB_GAP_CM,
    contact_gap_cm,
    is_visible_failure,
)
from backcare_nb.custom.room import shorten_own_support_names
from backcare_nb.custom.settling import find_limbs_moved_unasked
from backcare_nb.figures.disk_cache import cache_on_disk
from backcare_nb.posture.checks import check_figure
from backcare_nb.posture.contacts import split_contacts_by_site, split_site_verb_and_place
from backcare_nb.posture.motion import (
    MotionPath,
    find_lifted_sites_by_segment,
    solve_motion,
    solve_motion_coarsely,
)
from backcare_nb.posture.pose import Pose, solve_posture
from backcare_nb.posture.spec import (
    SINGULAR_BY_PLURAL_JOINT,
    STATURE_CM,
    PlaceContact,
    format_contact,
    opposite_by_motion_name,
)
from backcare_nb.posture.table import PostureTable, posture_table
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import SessionError

OWN_SECTION_ID = folder.EXERCISES_FOLDER_NAME
OWN_SECTION_NUMBER = 99
MAX_FILE_LETTERS = 60_000  # in a file
MAX_REPORTED_MISTAKES_PER_POSTURE = 4  # told of one posture
# What is accepted and can hardly be meant.
MIN_PLAUSIBLE_MOVEMENT_CM = 1.0  # of what moves most from start to posture
MAX_REPORTED_DRIFTS = 4  # of joints that nobody mentioned
MIN_FLOATING_GAP_CM = 5.0  # of a hand or a foot that rested
MAX_PLAUSIBLE_SLIDE_CM = 8.0  # of a part of a limb that is on the same thing in both
MAX_UNASKED_SLIDE_CM = 30.0  # of a hand along a wall
LIMB_BY_PART = {"shank": "knee", "thigh": "leg", "forearm": "arm", "upper_arm": "arm"}
FOOT_SITES = [f"{side} {end}" for side in SIDES for end in ("ball_inner", "heel", "toes")]


class RefusedExerciseError(DataError):
    """A file that cannot be used, with the postures that no body can do, or else all, by name."""

    def __init__(self, report: str, figures: OwnFigures) -> None:
        super().__init__(report)
        failed = tuple(name for name, settled in figures.settled.items() if settled.failures)
        self.figures: Mapping[str, Model] = figures.specs
        self.are_impossible = bool(failed)
        self.postures = failed or tuple(figures.settled)


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

    def resolve_figure_name(self, kind: Literal["posture", "motion"], name: str) -> str:
        """The name under which a figure of an own exercise is drawn; others stay as they are."""
        made = self.exercises.values()
        names = [each.postures if kind == "posture" else each.motions for each in made]
        return next((known[name] for known in names if name in known), name)

    @property
    def specs(self) -> dict[str, Model]:
        """The specs of all postures and motions that own exercises write out, by name."""
        made = [checked.exercise.own_figures for checked in self.exercises.values()]
        return {name: spec for specs in made for name, spec in specs.items()}

    def join(self, course: Library) -> Library:
        """The course, with own exercises as a section of their own behind it."""
        if not self.exercises:
            return replace(course, broken=self.broken)
        exercises = tuple(checked.exercise for checked in self.exercises.values())
        section = Section(
            id=OWN_SECTION_ID,
            number=OWN_SECTION_NUMBER,
            title="My exercises",
            summary=TextWithCitations("What you or your therapist have added to the course."),
            will_do=tuple(exercise.title for exercise in exercises),
            needs=("What each exercise asks for",),
            exercises=exercises,
        )
        return replace(course, sections=(*course.sections, section), broken=self.broken)


def load_own_exercises() -> OwnExercises:
    """The own exercises as the files are now."""
    return _read_own_exercises(folder.exercises_folder_state())


@lru_cache(maxsize=1)
def _read_own_exercises(state: folder.FolderState) -> OwnExercises:
    found: dict[str, CheckedExercise] = {}
    reports: dict[str, str] = {}
    broken: dict[str, str] = {}
    homes: dict[str, str] = {}
    for path in (Path(name) for name, *_ in state):
        made, name = _read_exercise_or_report_and_id(path)
        if not isinstance(made, str) and name in found:
            what = f"{name} is in {homes[name]} already; write an id of its own"
            made = str(single_mistake_error(path.name, what, where="id"))
        if isinstance(made, str):
            reports[path.name] = made
            broken.setdefault(name, made)
        else:
            found[name], homes[name] = made, path.name
    broken = {name: said for name, said in broken.items() if name not in found}
    if reports and not found:
        broken[OWN_SECTION_ID] = "\n\n".join(reports.values())
    return OwnExercises(found, reports, broken)


def _read_exercise_or_report_and_id(path: Path) -> tuple[CheckedExercise | str, str]:
    """What is in a file, or the report on it; and its id, or its name where it has none."""
    if folder.is_misnamed(path):
        name = f"{path.name.partition('.')[0]}.yaml"
        what = f'its name does not end in ".yaml": save it as {name}, as plain text'
        return str(single_mistake_error(path.name, what)), path.stem
    try:
        text = read_yaml_text(path)
    except DataError as error:
        return str(error), path.stem
    made = _checked_exercise_or_report(path.name, text)
    if isinstance(made, str):
        root = YamlTree(text).root
        title = root.get("title") if isinstance(root, dict) else None
        name = id_of_title(title) if isinstance(title, str) else path.stem
        return made, item_id(root) or name
    return made, made.exercise.id


@cache
def _checked_exercise_or_report(name: str, text: str) -> CheckedExercise | str:
    try:
        return check_exercise_text(text, name)
    except DataError as error:
        return str(error)
    except Exception as error:  # one file must never take the course away
        what = f"this cannot be made an exercise ({type(error).__name__})"
        return str(single_mistake_error(name, what))


def check_exercise_text(text: str, name: str = "the text") -> CheckedExercise:
    """The exercise that a text describes; DataError with all that is wrong with it."""
    if len(text) > MAX_FILE_LETTERS:
        what = f"longer than {MAX_FILE_LETTERS // 1000} 000 letters; leave out what is no exercise"
        raise single_mistake_error(name, what)
    course, tree = shipped_library(), YamlTree(text)
    known = {"condition": course.safety.conditions, "reference": course.references}
    own = validate_tree(name, tree, OwnExercise, known)
    begun = _with_angle_free_posture_as_start(own)
    leans = begun and own.times and re.search("wall|chair_back", str(begun.start))
    exercise, figures, mistakes = _build_exercise_and_find_mistakes(
        begun if begun and leans else own
    )
    goals = {each for each, loc in figures.places.items() if "posture" in loc}
    # where the posture itself cannot be, no start helps
    if exercise and mistakes and begun and not figures.is_any_impossible(goals):
        again = _build_exercise_and_find_mistakes(own if leans else begun)
        exercise, figures, mistakes = (exercise, figures, mistakes) if again[-1] else again
    if exercise is None or mistakes:
        report = format_mistakes(name, [tree.mistake(*mistake) for mistake in mistakes])
        raise RefusedExerciseError(report, figures)
    failures = _first_failure_by_motion_name(figures)
    found = [
        (figures.places[motion], f"the way in is not shown: {says}")
        for motion, says in sorted(failures.items())
    ]
    others = _find_exercise_remarks(exercise, figures, failures)
    found += [(loc, says) for loc, says in others if loc in tree.lines]
    told = (tree.mistake(loc, shorten_own_support_names(says)) for loc, says in found)
    remarks = dict.fromkeys(map(str, sorted(told)))
    specs = {name: spec for name, spec in figures.specs.items() if name not in failures}
    motions = {name: full for name, full in figures.motion_names.items() if full in specs}
    exercise = _without_motions(exercise, failures).with_own_figures(specs)
    return CheckedExercise(exercise, figures.posture_names, motions, tuple(remarks))


def _build_exercise_and_find_mistakes(
    own: OwnExercise,
) -> tuple[Exercise | None, OwnFigures, list[LocAndText]]:
    exercise, figures, wrong = build_exercise(own, {e.id: e for e in shipped_library().exercises})
    impossible = _find_impossible_posture_mistakes(figures)
    mistakes = [*_find_taken_id_mistakes(own.name), *wrong, *impossible]
    if exercise and not impossible:
        mistakes += _find_motion_and_session_mistakes(exercise, figures)
    return exercise, figures, mistakes


def _with_angle_free_posture_as_start(own: OwnExercise) -> OwnExercise | None:
    """The same begun where its posture touches what it touches, if no start is written."""
    posture = own.posture
    if own.start or own.like or not isinstance(posture, OwnPosture):
        return None
    if not (posture.contacts and (posture.angles or posture.lift)):
        return None
    start = posture.model_copy(update={"angles": {}, "lift": ()})
    return own.model_copy(update={"start": start})


def _find_taken_id_mistakes(name: str) -> Iterator[LocAndText]:
    course, table = shipped_library(), posture_table()
    taken: dict[str, Collection[str]] = {
        "an exercise": {e.id for e in (*course.exercises, *course.rises_from_floor_and_bed)},
        "a section": {OWN_SECTION_ID, *(section.id for section in course.sections)},
        "a posture": table.postures,
        "a motion": table.motions,
    }
    for what, names in taken.items():
        if name in names:
            yield ("id",), f"{name} is {what} of the course; choose another, such as my_{name}"


# Can a body do it?


@cache_on_disk
def _describe_motion_failures(name: str, *, table: PostureTable) -> list[str]:
    """Why a motion cannot be done; one that fails halfway is not solved frame by frame."""
    sketch = solve_motion_coarsely(name, table)
    return _describe_visible_failures(sketch) or _describe_visible_failures(
        solve_motion(name, None, table)
    )


def _describe_visible_failures(path: MotionPath) -> list[str]:
    # how finely frames are spaced is a matter of drawing, and not of the body
    grave = [
        f
        for f in check_figure(path)
        if f.severity == "fail" and f.kind != "chord" and is_visible_failure(f)
    ]
    steps = (_describe_needed_foot_step(*ends) for ends in pairwise(path.stops) if grave)
    if step := next(filter(None, steps), ""):
        return [step]
    if slides := [*_find_unasked_slides(path)]:
        return slides
    last = len(path.numbers) - 1
    shares = (f"{100 * f.frame / last:.0f} % of the way, " if f.frame else "" for f in grave)
    return [f"{at}{found.says}" for at, found in zip(shares, grave, strict=True)]


def _describe_needed_foot_step(here: Pose, there: Pose) -> str:
    """How feet that stand in both step nearer to each other or further apart, if they do."""
    stood = ({*each.bearing_sites} & {*FOOT_SITES} for each in (here, there))
    feet = {split_side(site)[0]: site for site in sorted(set.intersection(*stood))}
    if len(feet) < len(SIDES):
        return ""
    ways = [p.point(feet["right"]) - p.point(feet["left"]) for p in (here, there)]
    apart_cm = [round(float(np.hypot(way[0], way[2])) * STATURE_CM) for way in ways]
    if abs(apart_cm[0] - apart_cm[1]) <= MAX_PLAUSIBLE_SLIDE_CM:
        return ""
    wide = (here, there)[int(np.argmax(apart_cm))]
    places = (PlaceContact(place=site, **horizontal_place_cm(wide, site)) for site in feet.values())
    return (
        f"the feet would have to step, from {apart_cm[0]} cm apart to {apart_cm[1]}: write where"
        " they stand, the same in start and posture, as contacts:"
        f" [{', '.join(map(format_contact, places))}]"
    )


def _find_motion_and_session_mistakes(
    exercise: Exercise, figures: OwnFigures
) -> Iterator[LocAndText]:
    """Motions that no body can do where they are the exercise itself, and versions too long."""
    versions = {name: exercise.version(name) for name in get_args(VersionName)}
    steps = (step for version in versions.values() for step in version.steps)
    own = {step.motion for step in steps if isinstance(step, Repeat | Move)}
    for name, says in _first_failure_by_motion_name(figures).items():
        if name in own:  # and not only the way into a posture
            yield figures.places[name], f"on the way: {shorten_own_support_names(says)}"
    for name, version in versions.items():
        try:
            timeline.compile_session([version], rise=shipped_library().rise)
        except SessionError as error:
            yield () if name == "source" else (name,), str(error)


def _find_impossible_posture_mistakes(figures: OwnFigures) -> list[LocAndText]:
    """What no body can do, each at its place in the file."""
    mistakes = list[LocAndText]()
    for name, settled in figures.settled.items():
        located = (_locate_failure(figures, name, *failed) for failed in settled.failures)
        wrong = list(dict.fromkeys((loc, shorten_own_support_names(says)) for loc, says in located))
        mistakes += wrong[:MAX_REPORTED_MISTAKES_PER_POSTURE]
        if more := len(wrong[MAX_REPORTED_MISTAKES_PER_POSTURE:]):
            what = f"with {more} more like these: the posture asks for too much at once"
            mistakes.append((figures.places[name], what))
    return mistakes


def _locate_failure(figures: OwnFigures, name: str, kind: str, part: str, says: str) -> LocAndText:
    """Where a finding belongs: the angle or the contact that asks for it, else the posture."""
    figure, loc = figures.written[name], figures.places[name]
    for k, contact in enumerate(figure.contacts):
        if kind == "contact" and part in (
            *split_contacts_by_site([contact]),
            format_contact(contact),
        ):
            return (*loc, "contacts", k), says
    for joint, moves in figure.angles.items() if kind in ("range", "given") else ():
        one = SINGULAR_BY_PLURAL_JOINT.get(joint, joint)
        for said, move in product((one, f"left {one}", f"right {one}"), moves):
            ways = (move, opposite_by_motion_name()[move])
            if part in (f"{said} {way}".replace("_", " ") for way in ways):
                return (*loc, "angles", joint, move), re.sub(rf"\b{said}\b", joint, says, count=1)
    return loc, says


def _find_exercise_remarks(
    exercise: Exercise, figures: OwnFigures, failed: Collection[str]
) -> Iterator[LocAndText]:
    """What is worth a second look: what was let go of unasked, and a wall that nothing touches."""
    for name, settled in figures.settled.items():
        if settled.let_go:
            gone = ", ".join(settled.let_go)
            says = f"not held any more, to do what is written: {gone}; write it where it is meant"
            yield figures.places[name], says
        if settled.drifts:
            turned = ", ".join(settled.drifts[:MAX_REPORTED_DRIFTS])
            cure = "write its angle, too, if it should not"
            says = f"turned too, to do what is written: {turned}; {cure}"
            yield figures.places[name], says
    yield from _find_untouched_support_remarks(figures)
    told = " ".join(step.say for step in exercise.steps)
    repeats = [step for step in exercise.steps if isinstance(step, Repeat)]
    for step in exercise.steps:
        motion = getattr(step, "motion", None)
        if motion in figures.motions and motion not in failed:
            may_slide, whole = "slid" in told.lower(), step in repeats
            for says in _find_motion_remarks(motion, figures, may_slide=may_slide, whole=whole):
                yield figures.places[motion], says
    if (
        any(step.in_turn for step in repeats)
        and exercise.language.partition("-")[0] not in IN_TURN_SENTENCE_BY_LANGUAGE
    ):
        says = "the voice does not say in its language that sides take turns: write that in say"
        yield ("sides",), says
    touched = {thing for spec in figures.postures.values() for thing in spec.on or ()}
    if "wall" in exercise.needs and not any(thing.startswith("wall") for thing in touched):
        says = 'the figure has no wall: say what touches it, as "both palm on wall"'
        yield ("needs",), says


def _find_untouched_support_remarks(figures: OwnFigures) -> Iterator[LocAndText]:
    """Furniture that a posture was taken over with, and that nothing touches any more."""
    for name in figures.settled:
        figure, spec = figures.written[name], figures.postures[name]
        before = posture_table().resolve_posture_spec(figure.like) if figure.like else None
        touched_before, touched = (
            " ".join(split_contacts_by_site(each.contacts)) if each else ""
            for each in (before, spec)
        )
        for thing in (before.on if before else None) or ():
            if thing in (spec.on or ()) and thing in touched_before and thing not in touched:
                says = f"nothing touches the {thing} any more: if it is not there, write on: []"
                yield figures.places[name], says


def _find_motion_remarks(
    motion: str, figures: OwnFigures, *, may_slide: bool, whole: bool
) -> Iterator[str]:
    """What slides from one stop to the next, and of a whole repetition what moves unasked."""
    table = posture_table(figures.specs)
    through = figures.motions[motion].through
    names = [n for n in dict.fromkeys(through) if not n.startswith("other ")]
    stops = [solve_posture(name, None, table) for name in names]
    moved_cm, unasked = 0.0, dict[str, None]()
    for (here, there), name in zip(pairwise(stops), names[1:], strict=True):
        moved_cm = max(moved_cm, *(_site_travel_cm(here, there, site) for site in body().sites))
        meant = {
            part
            for stop in (here.name, name)
            for limb in (figures.written[stop].slide if stop in figures.written else ())
            for part in parts_of_limb(limb)
        }
        slides = _find_slides(here, there)
        for slide in (slide for slide in slides if slide.thing.startswith(("ball", "roll"))):
            yield (
                f"the {slide.thing} is drawn where it is, and does not roll along with the"
                f" {slide.limb}"
            )
        figure = figures.written.get(name)
        if figure and figure.side in (None, there.side):  # and not its mirror image
            start = figures.written.get(here.name)
            lifted = {*figure.lift}.difference(start.lift if start else ())
            yield from _find_unlifted_limb_remarks(lifted, here, there)
            yield from _find_lost_rest_remarks(figure, start, here, there)
            stood = split_contacts_by_site(start.contacts if start else ())
            ends = dict(c.split(" on ") for c in stood if " on " in c)
            if {ends[site] for site in FOOT_SITES if site in ends} == {"floor"}:
                yield from filter(None, [_describe_needed_foot_step(here, there)])
        slides = [s for s in slides if s.part not in meant and s.thing[:4] not in ("ball", "roll")]
        if slides and not may_slide:
            yield _describe_slides(slides, here)
        if name in figures.written and figures.base_posture_name(name) == figures.base_posture_name(
            here.name
        ):
            unasked |= dict.fromkeys(find_limbs_moved_unasked(figures.written[name], here, there))
    if not whole:
        return
    if moved_cm < MIN_PLAUSIBLE_MOVEMENT_CM:
        yield f"nothing moves by more than {moved_cm:.1f} cm: write the joint that moves"
    for limb in unasked:
        yield f"the {limb} moves, to a posture that says nothing of it: write it there too"


def _find_unlifted_limb_remarks(lifted: Collection[str], here: Pose, there: Pose) -> Iterator[str]:
    """Limbs that are to be lifted, and are no higher than before."""
    for limb in lifted:
        parts = {*parts_of_limb(limb)}
        sites = [s for s in body().sites if parts & {*body_parts_of_contact(f"{s} on floor")}]
        rises = [float((there.point(s) - here.point(s))[1]) * STATURE_CM for s in sites]
        if rises and max(rises) < MIN_LIFTED_LIMB_GAP_CM:
            yield f"lift says {limb}, which is no higher than before: write angles that carry it up"


def _find_lost_rest_remarks(
    figure: OwnPosture, start: OwnPosture | None, here: Pose, there: Pose
) -> Iterator[str]:
    """Hands and feet that float, and rested where a person wrote it or by a shoulder that lies."""
    placed = {p for c in split_all_contacts(figure.contacts) for p in body_parts_of_contact(c)}
    let_go = {part for limb in figure.lift for part in parts_of_limb(limb)}
    let_go |= {p for c in split_all_contacts(figure.without) for p in body_parts_of_contact(c)}
    said = split_contacts_by_site(start.contacts if start else ())
    gaps_cm = dict[str, float]()
    for contact in split_contacts_by_site(here.spec.contacts):
        part = body_parts_of_contact(contact)[0]
        side, end = split_side(part)
        lies = end == "hand" and f"{side} upper_arm" in placed
        if (contact in said or lies) and " on " in contact and part not in placed | let_go:
            gap_cm = contact_gap_cm(there, contact)
            gaps_cm[part] = min(gap_cm, gaps_cm.get(part, gap_cm))
    for part, gap_cm in gaps_cm.items():
        if gap_cm > MIN_FLOATING_GAP_CM:
            limb = part.replace("hand", "arm").replace("foot", "leg")
            yield (
                f"the {part} floats {gap_cm:.0f} cm away from where it rested: write what it"
                f" touches here, too, and fewer angles of it, or where it is meant, lift: {limb}"
            )


class Slide(NamedTuple):
    """A part of a limb that goes along what it rests on, and the site of it that goes least."""

    part: str
    thing: str
    way_cm: float
    site: str

    @property
    def limb(self) -> str:
        """What it is called in "slide"."""
        side, bare = split_side(self.part)
        return add_side(LIMB_BY_PART.get(bare, bare), side)


def _find_slides(here: Pose, there: Pose) -> list[Slide]:
    """Parts of limbs on the same thing in both, which bear there, do not lift, and are far away."""
    least, lifted = dict[tuple[str, str], Slide](), find_lifted_sites_by_segment(here, there)
    idle = _limb_parts_that_bear_nothing(here) & _limb_parts_that_bear_nothing(there)
    held = {*split_contacts_by_site(here.spec.contacts)}
    for contact in held.intersection(split_contacts_by_site(there.spec.contacts)):
        site, verb, thing = split_site_verb_and_place(contact)
        if verb != "on" or site not in body().sites or body().sites[site].segment in lifted:
            continue
        part = body_parts_of_contact(contact)[0]
        bears = split_side(part)[1] not in idle or thing != "floor"
        if bears:
            slide = Slide(part, thing, _site_travel_cm(here, there, site), site)
            least[part, thing] = min(least.get((part, thing), slide), slide)  # it may turn about it
    limbs = (s for s in least.values() if split_side(s.part)[1] in (*ARM_PARTS, *LEG_PARTS))
    return sorted(slide for slide in limbs if slide.way_cm > MAX_PLAUSIBLE_SLIDE_CM)


def _limb_parts_that_bear_nothing(pose: Pose) -> set[str]:
    """Arms while the upper trunk or a shoulder lies on something, legs while the pelvis does."""
    rests = (c for c in split_contacts_by_site(pose.spec.contacts) if re.search(" (on|along) ", c))
    lying = {split_side(part)[1] for c in rests for part in body_parts_of_contact(c)}
    legs = LEG_PARTS if lying & {"pelvis", "groin"} else ()
    return {*legs, *(ARM_PARTS if lying & {"lumbar", "thoracic", "shoulder", "upper_arm"} else ())}


def _describe_slides(slides: list[Slide], here: Pose) -> str:
    """How far each goes along what it rests on, and what holds the first where it is."""
    slides = sorted(slides, key=lambda slide: slide.way_cm)
    ways_cm = {slide.limb: slide.way_cm for slide in slides}
    told = ", ".join(f"the {limb} by {way_cm:.0f} cm" for limb, way_cm in ways_cm.items())
    first = split_side(slides[0].part)[1]
    sites = [slide.site for slide in slides if split_side(slide.part)[1] == first]
    places = (PlaceContact(place=site, **horizontal_place_cm(here, site)) for site in sites)
    cure = f"write [{', '.join(map(format_contact, places))}] in the contacts of the posture"
    if slides[0].thing != "floor":
        cure = "write what else the hands hold"
    meant = f"slide: [{', '.join(ways_cm)}]"
    return f"what bears slides, {told}: {cure}, or where it is meant, {meant}"


def _find_unasked_slides(path: MotionPath) -> Iterator[str]:
    """Hands on a wall that go far along it, though no angle of their arms is written."""
    for here, there in pairwise(path.stops):
        for slide in _find_slides(here, there):
            arm = [j for j in there.spec.angles if j.endswith(("shoulder", "elbow"))]
            far = slide.part.endswith("hand") and slide.way_cm > MAX_UNASKED_SLIDE_CM
            if slide.thing.startswith("wall") and far and not arm:
                yield (
                    f"the {slide.part} would slide by {slide.way_cm:.0f} cm along the wall: write"
                    " the angles of the shoulders, or hold another thing"
                )


def _site_travel_cm(here: Pose, there: Pose, site: str) -> float:
    return float(np.linalg.norm(here.point(site) - there.point(site))) * STATURE_CM


def _first_failure_by_motion_name(figures: OwnFigures) -> dict[str, str]:
    """Why motions cannot be done, by their names; each in the first sentence of its verdict."""
    table = posture_table(figures.specs)
    verdicts = {name: _describe_motion_failures(name, table=table) for name in figures.motions}
    found = {name: says[0] for name, says in verdicts.items() if says}
    between = 'write a posture between, with "through"'
    for name, says in found.items():
        if ": write" not in says:
            falls = "weight" in says
            found[name] = f"{says}; {_suggest_way(figures, name) if falls else between}"
    return found


def _suggest_way(figures: OwnFigures, motion: str) -> str:
    """What keeps a body up on a way: that one end holds what the other does, or one between."""
    names = [n for n in dict.fromkeys(figures.motions[motion].through) if n[:6] != "other "]
    for ends in pairwise(names):
        contacts = [figures.whole_spec(name).contacts for name in ends]
        had, goes_to = ({*split_contacts_by_site(each)} for each in contacts)
        rests = [[c for c in map(str, e) if re.search(" on | chair_back", c)] for e in contacts]
        new = [c for c in rests[1] if not had.issuperset(split_contacts_by_site([c]))]
        written = figures.written[ends[1]].contacts if ends[1] in figures.written else ()
        new.sort(key=lambda contact: contact not in written)
        lost = [c for c in rests[0] if not goes_to.issuperset(split_contacts_by_site([c]))]
        sits = [c for c in lost if {*body_parts_of_contact(c)} <= {*TRUNK_PARTS}]
        for held, where in ((new, '"start"'), (sits, '"posture"')):
            if held:
                return f'write in {where}, too, what bears, as "{held[0]}", or a posture between'
    return 'write a posture between, with "through"'


def _without_motions(exercise: Exercise, refused: Collection[str]) -> Exercise:
    """The exercise with postures shown as they are where the way into them cannot be drawn."""

    def strip(said: Any) -> Any:
        if isinstance(said, dict):
            refuse = said.get("motion") in refused
            return {key: strip(value) for key, value in said.items()} | (
                {"motion": None} if refuse else {}
            )
        return [strip(item) for item in said] if isinstance(said, list | tuple) else said

    return Exercise.model_validate(strip(exercise.model_dump(exclude_unset=True)))
