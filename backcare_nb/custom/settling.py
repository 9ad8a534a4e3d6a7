"""What a person writes of a posture, settled with what it takes over: what is written wins.

Angles and contacts that are written hold. What a limb takes over is let go of where it cannot hold
beside them; of the rest, joints that nobody mentioned stay as they are in the posture it is like.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from itertools import combinations, product
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from backcare_nb.body.collision import part_of_segment
from backcare_nb.body.skeleton import (
    SIDES,
    Dof,
    SegmentFrames,
    add_side,
    body,
    mirror_name,
    split_side,
)
from backcare_nb.course.fields import Side
from backcare_nb.custom.file_format import OwnPosture, PostureOrName
from backcare_nb.posture.checks import (
    Finding,
    FindingKind,
    check_figure,
    contact_gaps_statures,
    find_missed_angles,
)
from backcare_nb.posture.constraints import MIN_BEARING_SUPPORT_NORMAL_Y, RestingContact
from backcare_nb.posture.contacts import (
    make_support,
    parse_contacts,
    split_contacts_by_site,
    split_site_verb_and_place,
)
from backcare_nb.posture.motion import MAX_LOADED_SLIDE_STATURES
from backcare_nb.posture.pose import (
    SPINE_JOINTS,
    Pose,
    build_posture_problem,
    find_dof_index_and_sign,
    iter_joint_angles,
    mirror_pose,
    solve_posture,
    supports_of_posture,
)
from backcare_nb.posture.solver import solve_posture_problems
from backcare_nb.posture.spec import (
    NEAREST_SITE_CANDIDATES_BY_WORD,
    SINGULAR_BY_PLURAL_JOINT,
    SITES_BY_GROUP,
    STATURE_CM,
    AheadContact,
    Contact,
    LeanContact,
    OwnPostureSpec,
    PlaceContact,
    View,
    format_contact,
)
from backcare_nb.posture.table import OWN_SUPPORT_NAME_PATTERN, posture_table
from backcare_nb.sessions.transitions import LYING_POSITIONS

MAX_WRITTEN_ANGLE_ERROR_DEG = 5.0  # between an angle that a person wrote and the one drawn
NODS = {("cervical", way) for way in ("flexion", "extension", "retraction", "protraction")}
ROOM_AXES: tuple[Literal["x", "y", "z"], ...] = ("x", "y", "z")
# What nobody mentioned may turn so far, to let what is written be; by hands, arms or head that are
# written to touch something, further.
MAX_SPINE_DRIFT_DEG, MAX_SPINE_DRIFT_WHEN_REACHING_DEG = 14.0, 22.0
MAX_SPINE_WANDER_FOR_HANDS_DEG = 8.0  # that stay where they are on the wall
MAX_PELVIS_DRIFT_DEG, MAX_PELVIS_DRIFT_WHEN_REACHING_DEG = 14.0, 32.0
MAX_LEG_DRIFT_DEG, MAX_LEG_DRIFT_WHEN_REACHING_DEG = 12.0, 20.0
MAX_KNEELING_LEG_BEND_DRIFT_DEG = 40.0
SIDEWAYS_LEG_MOTIONS = (("hip", "abduction"), ("hip", "external_rotation"), ("ankle", "eversion"))
BENDING_LEG_MOTIONS = (("hip", "flexion"), ("knee", "flexion"))
MAX_ARM_OUT_OF_PLANE_DEG = 20.0  # of an arm whose other way up is written
MAX_UNTOLD_BEND_DEG = 13.0  # of a trunk, forward or back
STAGES_BEFORE_PAIRS = 3  # of what is let go of; where these help nothing, pairs do not either
MAX_HOLDING_TRIES = 3  # times that what wanders is held where it was
MAX_WEIGHT_BESIDE_FOOT_CM = 3.0  # of who stands on one
MAX_WEIGHT_SHIFTS = 3  # of the weight, towards balance
MIN_MISSED_CONTACT_CM = 2.0  # by which a contact is missed that written angles stand against
# Of a written contact: what else is wrong comes of reaching for it.
MIN_FAR_MISSED_CONTACT_MM = 50.0
MAX_ATTEMPTS_JUDGED = 6  # of what comes of letting go of one thing or another
MAX_SUPPORTED_SITE_DROP_CM = 3.0  # of what rests on a thing, beside which it comes to be
# And what it carries further than this cannot be meant to stay.
MAX_FOLLOWING_CONTACT_CARRY_CM = 18.0
MIN_STEP_CM = 10.0  # by which the only leg that moves leaves its place
MAX_CONTACT_GAP_CHANGE_CM = 4.5  # what a written angle carries further away than this is let go of
# What is let through of what the course's own postures keep to, in mm: no picture shows it.
EXTRA_TOLERANCE_MM_BY_KIND = {"contact": 10.0, "inside": 10.0, "overlap": 10.0, "balance": 20.0}
MAX_PRONE_IMBALANCE_MM = 100.0
MOTION_EXTRA_TOLERANCE_MM_BY_KIND = EXTRA_TOLERANCE_MM_BY_KIND | {
    "contact": 15.0,
    "balance": 200.0,
    "slide": np.inf,
    "inside": 80.0,
}
LIFT_OFF_HEIGHT_CM, LIFT_OFF_TILT_DEG = 8.0, 45.0  # of one who leaves a chair
HIP_AND_TILT = ("left hip.flexion", "pelvis.forward_tilt")
LOW_SIDE_PLANK_BEND_DEG = 12.0  # of each half of the trunk, above a hip on the floor
# Of a pelvis that is lifted on the back, unless it is written.
DEFAULT_BRIDGE_PELVIS_BACKWARD_TILT_DEG = 118.0
# The same with the feet on a thing, over which the knees are bent.
RAISED_FEET_BRIDGE_TILT_DEG = 112.0
MIN_BENT_KNEE_DEG = 45.0
MIN_LIFTED_LIMB_GAP_CM = 1.5  # of what is lifted
# As what counts, among what is refused, what floats unasked or slips off a thing.
LOST_CONTACT_SEVERITY_DEG, SLIPPED_CONTACT_SEVERITY_MM = 30.0, 99.0
MAX_UNDERSIDE_SUPPORT_NORMAL_Y = -0.5  # of a roll or a ball that is touched from below
MAX_STRAIGHT_KNEE_DEG = 10.0  # of a leg that is laid down
SLIDE_COST_PER_CM = 0.5  # by which one thing that rests on the floor goes further than others
FOOT_BALL_TO_EDGE_CM = 1.5  # of a foot whose heel is not on what it stands on
FOOT_BALL_TO_TOES_CM = 6.0
DEFAULT_RAISED_HEEL_PLANTARFLEXION_DEG = 30.0  # of plantarflexion, unless it is written
SITES_MOVED_BY_RAISED_HEEL = ("heel", "ball_inner", "ball_outer", "ball")
LOST_CONTACT_COST_PER_PART = 8.0  # of a part, as if other joints moved by 80 degrees in all
ARM_PARTS, LEG_PARTS = ("upper_arm", "forearm", "hand"), ("thigh", "shank", "foot")
ARM_JOINTS = ("girdle", "shoulder", "elbow", "wrist")
TRUNK_PARTS = ("pelvis", "groin", "lumbar", "thoracic", "shoulder")
PARTS_MOVED_BY_JOINT = {  # by the joints that carry them
    "pelvis": (*TRUNK_PARTS, "cervical", "head"),
    "lumbar": ("lumbar", "thoracic", "cervical", "head"),
    "thoracic": ("thoracic", "cervical", "head"),
    "cervical": ("cervical", "head"),
    "hip": LEG_PARTS,
    "knee": LEG_PARTS[1:],
    "ankle": LEG_PARTS[2:],
    "girdle": ARM_PARTS,
    "shoulder": ARM_PARTS,
    "elbow": ARM_PARTS[1:],
    "wrist": ARM_PARTS[2:],
    "fingers": ARM_PARTS[2:],
    "thumb": ARM_PARTS[2:],
}
PARTS_BY_LIFTABLE_BODY_PART = {
    **dict.fromkeys(("arm", "arms"), ARM_PARTS),
    **dict.fromkeys(("leg", "legs"), LEG_PARTS),
    **dict.fromkeys(("hand", "hands"), ARM_PARTS[2:]),
    **dict.fromkeys(("foot", "feet"), LEG_PARTS[2:]),
    **dict.fromkeys(("knee", "knees"), LEG_PARTS[1:2]),
    "head": ("cervical", "head"),
    **dict.fromkeys(("heel", "heels"), ()),  # which takes the ball along, as a foot does not bend
    "hips": TRUNK_PARTS[:3],
    "shoulders": TRUNK_PARTS[3:],
}
MOTIONS_BY_LIMB = {  # by which it is seen to move
    "arm": ("shoulder.flexion", "shoulder.abduction", "elbow.flexion"),
    "leg": ("hip.flexion", "hip.abduction", "knee.flexion"),
}
MIN_UNASKED_TURN_DEG = 25.0  # of a limb, between two postures
# Angles from which limbs begin, by part and what it is to touch.
STARTING_LIMB_ANGLES_TOML_DATA = tomllib.loads(
    Path(__file__).with_name("limbs.toml").read_text(encoding="utf-8")
)
EXTRA_HIP_FLEXION_OVER_ROLL_DEG = 15.0  # by which a hip bends more, to begin above a ball or a roll
STEP_HEIGHT_AT_STARTING_FLEXION_CM = 18.0  # of a step that a foot is raised to so far
EXTRA_STARTING_FLEXION_DEG_PER_CM = 1.4  # of hip and knee, for what is higher


class SettledPosture(NamedTuple):
    """A posture as it came out, what it let go of, and what no body can do of it.

    Of each failure, its kind, the part that it is about, and a sentence; ``drifts`` are joints that
    nobody mentioned, and by how much they turned.
    """

    spec: OwnPostureSpec
    let_go: tuple[str, ...]
    failures: tuple[tuple[str, str, str], ...]
    drifts: tuple[str, ...] = ()


class _Attempt(NamedTuple):
    spec: OwnPostureSpec
    pose: Pose
    failures: tuple[Finding, ...]


def with_joints_of_start(posture: OwnPosture, start: OwnPosture) -> OwnPosture:
    """The same with what the start writes of arms of which it says something, and not that."""
    if posture.like != start.like:
        return posture
    said = {joint for joint, _ in _angle_by_joint_and_motion(posture.angles)}
    told = {part for joint in said for part in _parts_moved_by(joint)}
    told |= {p for c in _split_all_contacts(posture.contacts) for p in _body_parts_of_contact(c)}
    angles = _nest_angles_by_joint(_angle_by_joint_and_motion(start.angles))
    kept = {
        joint: moves
        for joint, moves in angles.items()
        if split_side(joint)[1] in ARM_JOINTS
        and joint not in said
        and told.intersection(_parts_moved_by(joint))
    }
    return posture.model_copy(update={"angles": {**posture.angles, **kept}})


def settle_own_posture(figure: OwnPosture, title: str, side: Side | None) -> SettledPosture:
    """Settle a posture that is like one of the course; its names are known to be right."""
    return _Settler(figure, title, side).settle()


def with_feet_at(
    spec: OwnPostureSpec,
    here: Pose,
    there: Pose,
    sites: Collection[str],
    hands: Collection[PlaceContact] = (),
) -> OwnPostureSpec | None:
    """The same posture with these sites of the feet where they are in another, if a body can.

    Of a foot that is not among them, where these are in the mirror. The pelvis stays as upright as
    it is here, where it can; ``hands`` are at their places.
    """
    places = {site: _horizontal_place_cm(there, site) for site in sites}
    standing = {part for c in spec.contacts for part in _body_parts_of_contact(c)}
    for site, place in [*places.items()]:
        if {"foot", add_side("foot", split_side(mirror_name(site))[0])} & standing:
            places.setdefault(mirror_name(site), {**place, "z": -place["z"]})
    placed = [*hands, *(PlaceContact(place=site, **place) for site, place in places.items())]
    kept = (
        contact
        for contact in spec.contacts
        if not (isinstance(contact, PlaceContact) and "foot" in _body_parts_of_contact(contact)[0])
        and not _contact_key(contact).startswith("ahead sacrum")
    )
    moved = spec.model_copy(update={"contacts": (*kept, *placed)})
    tilt = round(float(here.numbers[body().dof["pelvis.forward_tilt"]]), 1)
    angles = {"pelvis": {"forward_tilt": tilt}, **spec.angles}
    upright = moved.model_copy(update={"angles": angles})
    wander_deg = MAX_SPINE_WANDER_FOR_HANDS_DEG if hands else MAX_WRITTEN_ANGLE_ERROR_DEG
    return _feasible_spec_or_none(upright, wander_deg) or _feasible_spec_or_none(moved, wander_deg)


def lift_off_chair(spec: OwnPostureSpec) -> OwnPostureSpec | None:
    """How one who sits leaves the chair, leaning over feet that stay; None where one cannot."""
    sits = solve_own_posture(spec)
    held = _split_all_contacts(spec.contacts)
    seated = {p for c in held if _contact_target(c) == "chair" for p in _body_parts_of_contact(c)}
    loose = seated | {add_side("shank", side) for side in SIDES}  # and hands on the thighs
    kept = [c for c in held if not loose.intersection(_body_parts_of_contact(c))]
    high = float(sits.point("left buttock")[1]) * STATURE_CM + LIFT_OFF_HEIGHT_CM
    for side in SIDES:
        kept.append(PlaceContact(place=f"{side} buttock", y=round(high, 1)))
        kept.append(
            PlaceContact(place=f"{side} heel", **_horizontal_place_cm(sits, f"{side} heel"))
        )
    legs = ("hips", "knees", "ankles", "left hip", "right hip", "left knee", "right knee")
    angles = {joint: moves for joint, moves in spec.angles.items() if joint not in legs}
    angles["pelvis"] = {"forward_tilt": LIFT_OFF_TILT_DEG}
    update = {"contacts": tuple(kept), "angles": angles, "context": ("weight_bearing",)}
    leaves = _feasible_spec_or_none(spec.model_copy(update={**update, "passing": False}), np.inf)
    return leaves and leaves.model_copy(update={"passing": True})


def _feasible_spec_or_none(spec: OwnPostureSpec, wander_deg: float) -> OwnPostureSpec | None:
    """The posture, with its weight shifted where that is all that is missing; else None."""
    found = _shift_weight_if_unbalanced(_solve_and_find_failures(spec), _solve_and_find_failures)
    return None if found.failures or _does_spine_drift(found.pose, wander_deg) else found.spec


def _solve_and_find_failures(spec: OwnPostureSpec) -> _Attempt:
    pose = solve_own_posture(spec)
    return _Attempt(spec, pose, tuple(_find_failures(pose)))


def _shift_weight_if_unbalanced(
    attempt: _Attempt, make: Callable[[OwnPostureSpec], _Attempt]
) -> _Attempt:
    """The same with the weight over what it stands on, where nothing but balance is missing."""
    shifted = attempt
    for _ in range(MAX_WEIGHT_SHIFTS):
        kinds = {found.kind for found in shifted.failures}
        unbalanced = "balance" in kinds and kinds <= {"balance", "wander"}
        if not unbalanced and (kinds or not _leans_beside_only_foot(shifted.pose)):
            break
        spec = _with_weight_over_grounded_sites(shifted.spec, shifted.pose)
        if spec is None:
            break
        shifted = make(spec)
    kinds = {found.kind for found in shifted.failures}
    return shifted if kinds <= {"wander"} else attempt  # and what wanders may be held


def _leans_beside_only_foot(pose: Pose) -> bool:
    """Does one stand on one foot with the weight beside it, as by what the hands hold?"""
    grounded = _sites_on_floor_or_step(split_contacts_by_site(pose.spec.contacts))
    if pose.spec.position != "standing" or len({split_side(site)[0] for site in grounded}) != 1:
        return False
    beside = body().centre_of_mass(pose.frames)[0] - pose.point(grounded[0])
    return abs(float(beside[2])) * STATURE_CM > MAX_WEIGHT_BESIDE_FOOT_CM


def _with_weight_over_grounded_sites(spec: OwnPostureSpec, pose: Pose) -> OwnPostureSpec | None:
    """The same posture with its hips moved so that the weight is over what it stands on."""
    words = split_contacts_by_site(spec.contacts)
    rests = [c for c in words if " on " in c or " along " in c]
    bears = [_contact_target(c) for c in rests if "foot" not in _body_parts_of_contact(c)[0]]
    grounded = _sites_on_floor_or_step(words)
    if not grounded or not all(re.match("wall|floor|step|box", thing) for thing in bears):
        return None
    places = {site: pose.point(site) for site in grounded}
    balls = [s.replace("toes", "ball") for s in grounded if s.endswith("toes")]  # a foot bends
    centre = body().centre_of_mass(pose.frames)[0]
    way = np.mean([*places.values(), *map(pose.point, balls)], axis=0) - centre
    shifted = [
        AheadContact(ahead="sacrum", of=site, by=round(float(by) * STATURE_CM, 1), along=along)
        for site in [s for s in grounded if s in (grounded[0], mirror_name(grounded[0]))]
        for along, by in zip(ROOM_AXES, pose.point("sacrum") + way - places[site], strict=True)
        if along == "x" or (along == "z" and spec.side)
    ]
    moved = ("ahead sacrum", "place sacrum")
    kept = [c for c in spec.contacts if not _contact_key(c).startswith(moved)]
    return spec.model_copy(update={"contacts": (*kept, *shifted)})


def _does_spine_drift(pose: Pose, wander_deg: float = MAX_WRITTEN_ANGLE_ERROR_DEG) -> bool:
    """Does the spine move by more than this where nobody mentioned it?"""
    kept = pose.spec.kept if isinstance(pose.spec, OwnPostureSpec) else {}
    for joint, motion, value in iter_joint_angles(kept):
        index, sign = find_dof_index_and_sign(joint, motion)
        if joint in SPINE_JOINTS and abs(sign * pose.numbers[index] - value) > wander_deg:
            return True
    return False


def _horizontal_place_cm(pose: Pose, site: str) -> dict[str, float]:
    x, _, z = (pose.point(site) * STATURE_CM).round(1).tolist()
    return {"x": x, "z": z}


def solve_own_posture(spec: OwnPostureSpec) -> Pose:
    """Solve a posture of one's own as it stands."""
    (numbers,) = solve_posture_problems(body(), [build_posture_problem(spec)])
    return _pose_from_numbers(spec, numbers)


def _contact_gap_cm(pose: Pose, contact: Contact) -> float:
    return float(contact_gaps_statures(pose.frames, contact)[0]) * STATURE_CM


def _pose_from_numbers(spec: OwnPostureSpec, numbers: np.ndarray) -> Pose:
    return Pose("own", spec.side, spec, numbers, supports_of_posture(spec))


def _find_failures(pose: Pose) -> Iterator[Finding]:
    """What no body can do, and what was written and not met."""
    yield from find_missed_angles(pose, MAX_WRITTEN_ANGLE_ERROR_DEG, "fail")
    on_tummy = pose.spec.position == "prone"  # which is soft, and bears beside what is named
    yield from (
        found
        for found in check_figure(pose)
        if found.severity == "fail"
        and is_visible_failure(found)
        and not (on_tummy and found.kind == "balance" and found.value < MAX_PRONE_IMBALANCE_MM)
    )


def is_visible_failure(found: Finding) -> bool:
    """Is it more than a picture can hide?"""
    solid = found.of == "posture" or " in wall_" in found.part
    slack = EXTRA_TOLERANCE_MM_BY_KIND if solid else MOTION_EXTRA_TOLERANCE_MM_BY_KIND
    return found.value - found.limit > slack.get(found.kind, 0.0)


def describe_finding_with_advice(found: Finding) -> str:
    """What is wrong, and where it is the weight what may be done about it."""
    cures = {
        "posture": "let another hand or foot rest or hold, or bring the hips over what it rests on",
        "motion": 'write "start" where it begins elsewhere, a posture between with "through", or'
        ' what the hands hold, as "both palm on chair_back"',
    }
    return f"{found.says}; {cures[found.of]}" if found.kind == "balance" else found.says


def _make_failing_finding(
    kind: FindingKind, part: str, says: str, value: float, limit: float = 0.0
) -> Finding:
    return Finding("fail", kind, "posture", "own", None, part, value, limit, says)


def _make_drift_finding(part: str, words: str, now: float, limit: float) -> Finding:
    says = f"{words} {now:.0f}° with what is written: write that too, or ask for less"
    return _make_failing_finding("wander", part, says, now, limit)


def find_limbs_moved_unasked(figure: OwnPosture, here: Pose, there: Pose) -> Iterator[str]:
    """Limbs that touch nothing there, are not written there, and are elsewhere than before."""
    said = {joint for joint, _ in _angle_by_joint_and_motion(figure.angles)}
    busy = {p for c in _split_all_contacts(there.spec.contacts) for p in _body_parts_of_contact(c)}
    busy |= {part for limb in figure.lift for part in _parts_of_limb(limb)}
    turned = np.abs(there.numbers - here.numbers)
    for side, (limb, motions) in product(SIDES, MOTIONS_BY_LIMB.items()):
        dofs = [body().dof[f"{side} {motion}"] for motion in motions]
        written = said.intersection(f"{side} {motion.partition('.')[0]}" for motion in motions)
        free = not (written or busy.intersection(_parts_of_limb(f"{side} {limb}")))
        if free and turned[dofs].max() > MIN_UNASKED_TURN_DEG:
            yield f"{side} {limb}"


def pelvis_facing_sign(pose: Pose, joint: str, motion: str) -> int:
    """-1 for a motion of the pelvis that leads the other way in one who faces the other way.

    Half kneeling or prone, a body is turned about, and is tilted along the room nevertheless.
    """
    return -1 if joint == "pelvis" and "turn" not in motion and pose.faces_minus_x else 1


def _is_side_plank(figure: OwnPosture) -> bool:
    return "hips" in figure.lift and (figure.like or "").startswith("side_")


def _as_side_plank(figure: OwnPosture) -> OwnPosture:
    """The same as a side plank on the knees, if it is one."""
    if not _is_side_plank(figure):
        return figure
    lift = tuple(limb for limb in figure.lift if limb != "hips")
    return figure.model_copy(update={"like": "side_plank_on_knees", "lift": lift})


def with_low_hips_to_begin(
    posture: OwnPosture, start: PostureOrName | None
) -> PostureOrName | None:
    """Where a side plank on the knees begins: over the same elbow, with the hip on the floor."""
    low = start
    if not isinstance(low, OwnPosture):
        low = OwnPosture(like=low or posture.like, side=posture.side)
    if not (_is_side_plank(posture) and (low.like or "").startswith("side_")):
        return start
    side: Side = posture.side or "right"
    elbow = f"{side} elbow"
    at = PlaceContact(
        place=elbow, **_horizontal_place_cm(solve_posture("side_plank_on_knees", side), elbow)
    )
    bends = {"bend_left" if side == "right" else "bend_right": LOW_SIDE_PLANK_BEND_DEG}
    update = {
        "like": "side_plank_on_knees",
        "angles": {"lumbar": bends, "thoracic": bends, **low.angles},
        "contacts": (*low.contacts, f"{side} hip_side on floor", at),
    }
    return low.model_copy(update=update)


class _Settler:
    def __init__(self, figure: OwnPosture, title: str, side: Side | None) -> None:
        figure = _as_side_plank(figure)
        base = solve_posture(figure.like or "standing")
        self.base = base if side is None or base.side in (None, side) else mirror_pose(base)
        self.base_contacts = split_contacts_by_site(self.base.spec.contacts) if figure.like else ()
        self.tiptoe = [each for each in SIDES if _is_heel_raised(figure, each)]
        self.figure = figure = self._with_implied_angles(
            self._with_tiptoe_angles_and_contacts(figure)
        )
        self.title, self.side = title, side
        self.written = {
            way: value * (pelvis_facing_sign(base, *way) if figure.like else 1)
            for way, value in _angle_by_joint_and_motion(figure.angles).items()
        }
        self.moved = {*self._parts_moved_by_written_angles()}
        self.placed = {
            p for c in _split_all_contacts(figure.contacts) for p in _body_parts_of_contact(c)
        }
        self.words = split_contacts_by_site(figure.contacts)
        on_body = [c for c in self.words if _contact_target(c) in body().sites]
        self.laid_legs = {split_side(p)[0] for c in on_body for p in _body_parts_of_contact(c)}
        stands = [
            split_site_verb_and_place(c)
            for c in self.words
            if re.search(" (heel|ball) on ", c)
            or (" toes on " in c and split_side(c)[0] in self.tiptoe)
        ]
        self.feet = list(dict.fromkeys(split_side(site)[0] for site, *_ in stands))
        self.on_edge = not any(site.endswith("heel") for site, *_ in stands)
        lifted = {part for limb in figure.lift for part in _parts_of_limb(limb)}
        every = {side for side in SIDES if f"{side} foot" not in lifted} == {*self.feet}
        under = {thing for *_, thing in stands if not thing.startswith(("floor", "wall"))}
        self.stands_on = under.pop() if every and len(under) == 1 else None
        laid = [each for each in SIDES if self._is_leg_laid_down(each)]
        self.laid_down = [f"{side} heel on floor" for side in laid]
        self.room = self._supports_in_room()
        self.mentioned = {find_dof_index_and_sign(*each)[0] for each in self.written}
        self.carried = self.base.numbers.copy()
        for (joint, motion), value in self.written.items():
            index, sign = find_dof_index_and_sign(joint, motion)
            self.carried[index] = sign * value
        self.straightened: set[int] = set()
        self._keep_raised_arms_in_plane()
        self._start_limbs_near_targets()

    def _parts_moved_by_written_angles(self) -> Iterator[str]:
        """What joints carry of which an angle is written that they have not where this begins.

        Who lies turns the pelvis between a trunk and legs that stay.
        """
        lies = self.base.spec.position in LYING_POSITIONS and self.figure.like
        for (joint, motion), value in self.written.items():
            index, sign = find_dof_index_and_sign(joint, motion)
            turns = abs(sign * self.base.numbers[index] - value) > MAX_WRITTEN_ANGLE_ERROR_DEG
            if turns or not self.figure.like:
                yield from TRUNK_PARTS[:3] if lies and joint == "pelvis" else _parts_moved_by(joint)

    def _is_leg_laid_down(self, side: str) -> bool:
        """Is it written straight, in one who lies on the back, and neither lifted nor placed?"""
        hip, knee = (self.written.get((f"{side} {j}", "flexion"), 90.0) for j in ("hip", "knee"))
        lifted = {*self.figure.lift} & {f"{side} leg", "both legs", f"{side} foot", "hips"}
        over = any(split_side(part)[0] == side for part in self.placed)
        tilts = any(joint == "pelvis" for joint, _ in self.written)
        raised = lifted or over or tilts or self.base.spec.position != "supine"
        return not raised and hip <= MAX_WRITTEN_ANGLE_ERROR_DEG and knee <= MAX_STRAIGHT_KNEE_DEG

    def _with_tiptoe_angles_and_contacts(self, figure: OwnPosture) -> OwnPosture:
        """The same with what is said of the ball of a foot whose heel is raised, of its toes."""
        if not self.tiptoe:
            return figure
        ends = (*SITES_MOVED_BY_RAISED_HEEL, "toes")
        raised = tuple(f"{side} {end} " for side in self.tiptoe for end in ends)
        words = split_contacts_by_site(figure.contacts)
        said = [c for c in words if c.startswith(raised)]
        kept = [c for c in _split_all_contacts(figure.contacts) if c not in said]
        angles = {**figure.angles}
        written = {joint for joint, _ in _angle_by_joint_and_motion(figure.angles)}
        for side in self.tiptoe:
            stands = [c for c in (*said, *self.base_contacts) if c.startswith(raised)]
            at = next((_contact_target(c) for c in stands if c.startswith(f"{side} ")), "")
            kept += [f"{side} toes on {at}"] if at else []
            if f"{side} ankle" not in written:
                angles[f"{side} ankle"] = {"plantarflexion": DEFAULT_RAISED_HEEL_PLANTARFLEXION_DEG}
        on_toes = {"both feet", *(f"{side} foot" for side in self.tiptoe)}
        lift = tuple(limb for limb in figure.lift if limb not in on_toes)
        return figure.model_copy(update={"contacts": tuple(kept), "angles": angles, "lift": lift})

    def _with_implied_angles(self, figure: OwnPosture) -> OwnPosture:
        """The same as a bridge or a plank, where one who lies lifts the hips.

        Of who sits on the floor, both hips take the trunk along.
        """
        hips = figure.angles.get("hips", {}).get("flexion")
        if hips is not None and "left seat on floor" in self.base_contacts:
            hip, tilt = (float(self.base.numbers[body().dof[d]]) for d in HIP_AND_TILT)
            pelvis = {"forward_tilt": tilt + hips - hip} | figure.angles.get("pelvis", {})
            return figure.model_copy(update={"angles": {**figure.angles, "pelvis": pelvis}})
        if "hips" in figure.lift and self.base.spec.position == "prone":  # a plank
            kneels = any("knee" in str(contact) for contact in figure.contacts)
            more = ("shoulders", "head", *(() if kneels else ("both knees",)))
            return figure.model_copy(update={"lift": (*figure.lift, *more)})
        if "hips" not in figure.lift or self.base.spec.position != "supine":
            return figure
        if any(map(is_trunk_on_own_support, split_contacts_by_site(figure.contacts))):
            return figure
        said = {joint for joint, _ in _angle_by_joint_and_motion(figure.angles)}
        angles = {**figure.angles}
        targets = map(_contact_target, split_contacts_by_site(figure.contacts))
        on_thing = any(map(_is_support_other_than_floor, targets))
        bends = self.base.numbers[body().dof["left knee.flexion"]] > MIN_BENT_KNEE_DEG
        if "pelvis" not in said and (bends or not on_thing):
            angles["pelvis"] = {
                "backward_tilt": RAISED_FEET_BRIDGE_TILT_DEG
                if on_thing
                else DEFAULT_BRIDGE_PELVIS_BACKWARD_TILT_DEG
            }
        for side in SIDES if not (bends and on_thing) else ():
            if f"{side} hip" not in said:
                angles[f"{side} hip"] = {"flexion": 0.0}
        return figure.model_copy(update={"angles": angles})

    def _keep_raised_arms_in_plane(self) -> None:
        """An arm goes straight ahead or aside where one of these is written of it, not between."""
        motions = "flexion", "abduction", "external_rotation"
        for side in SIDES:
            flexion, abduction, rotation = (body().dof[f"{side} shoulder.{m}"] for m in motions)
            for this, other in ((flexion, abduction), (abduction, flexion)):
                away = abs(self.carried[other]) > MAX_ARM_OUT_OF_PLANE_DEG
                if away and this in self.mentioned and other not in self.mentioned:
                    self.carried[[*{other, rotation}.difference(self.mentioned)]] = 0.0
                    self.straightened.add(other)

    def _start_limbs_near_targets(self) -> None:
        """Begin near to what a hand or a foot is to touch, where angles for that are known."""
        for contact in self.words:
            side, part = split_side(_body_parts_of_contact(contact)[0])
            reach = _angles_to_reach(contact, is_near="step" in self.room)
            angles = [] if self.stands_on and part == "foot" else reach
            if part == "foot" and _contact_target(contact).startswith(("ball_", "roll_")):
                bent = self.base.numbers[body().dof[f"{side} hip.flexion"]]
                angles = [("hip", "flexion", bent + EXTRA_HIP_FLEXION_OVER_ROLL_DEG)]
            self._set_unmentioned_angles(self.carried, angles, side)
            for joint, _, _ in angles:
                self.moved.update(_parts_moved_by(add_side(joint, side)))

    def _set_unmentioned_angles(
        self, numbers: np.ndarray, angles: Iterable[tuple[str, str, float]], side: str | None
    ) -> None:
        for joint, motion, value in angles:
            index, sign = find_dof_index_and_sign(add_side(joint, side), motion)
            if index not in self.mentioned:
                numbers[index] = sign * value

    def settle(self) -> SettledPosture:
        """With all that holds beside what is written; else with as little let go of as need be."""
        held = self._inherited_contacts()
        contacts = self._contacts_not_carried_away(held)
        first = self._attempt_with_weight_shift(self._build_spec(contacts))
        best = first = min([first, self._hold_drifting_joints(first)], key=self._rank)
        kept = [c for c in held if c in contacts or self._can_contact_stay(c)]
        following = self._without_ungrounded_places(kept)
        if len(contacts) < len(following):
            elsewhere = [*_keep_only_sideways_places(following)]
            best = min([first, *self._try_contact_lists([following, elsewhere])], key=self._rank)
        for count, stage in enumerate(self._contact_lists_to_try(contacts, following)):
            helps_not = count == STAGES_BEFORE_PAIRS and best is first
            if not best.failures or helps_not or self._is_impossible_alone:
                break
            best = min([best, *self._try_contact_lists(stage)], key=self._rank)
        chosen = first if best.failures else self._keep_place_on_floor(best)
        kinds = {found.kind for found in chosen.failures}
        solid = kinds & {"overlap", "inside", "balance"}  # which tell more than what is missed
        told = chosen.failures and (kinds & {"contact", "given"} or not solid)
        found = [f for f in chosen.failures if f.kind != "balance" or "wander" not in kinds]
        clash = self._find_missed_written_contact_failure(contacts) if told else None
        words = {format_contact(c) for c in _split_all_contacts(self.figure.contacts)}
        far = [f for f in found if f.part in words and f.value > MIN_FAR_MISSED_CONTACT_MM]
        if far and not clash:  # the rest comes of reaching for it
            worst = max(far, key=lambda f: (f.value, f.part))
            cure = "leave it out, or write the angles that bring it there"
            clash = worst.kind, worst.part, f"{worst.says}; {cure}"
        rows = [clash] if clash else [(f.kind, f.part, self._describe_failure(f)) for f in found]
        lost, drifts = self._contacts_lost_unasked(chosen.spec), self._describe_drifts(chosen.pose)
        return SettledPosture(chosen.spec, lost, tuple(rows), tuple(drifts))

    def _describe_drifts(self, pose: Pose) -> Iterator[str]:
        """What turned a little that nobody mentioned, the most first."""
        drifts = (
            [*self._drifting_joints(pose, MAX_WRITTEN_ANGLE_ERROR_DEG)] if self.figure.like else []
        )
        for joint, dof, before, now, _ in sorted(drifts, key=lambda d: -abs(d[3] - d[2])):
            way = dof.motion if now > before else dof.spec.opposite
            nods = dof.joint == "pelvis" or dof.motion == "flexion"  # with what the hands reach
            if nods and abs(now - before) < MAX_UNTOLD_BEND_DEG:
                continue
            yield f"{joint} {way} by {abs(now - before):.0f}°".replace("_", " ")

    @cached_property
    def _is_impossible_alone(self) -> bool:
        """Can what is written not be, whatever is let go of?"""
        alone = self._solve_and_find_all_failures(self._build_spec([]))
        return bool({"given", "overlap", "range"} & {f.kind for f in alone.failures})

    def _describe_failure(self, found: Finding) -> str:
        """What is wrong, and that a cushion is thick where what it lifts misses the rest."""
        if "inside chair_back" in found.says:
            return f"{found.says}; bend the hip or the knee less, or hold on to a wall"
        if found.kind != "contact" or "cushion" not in self.room or "cushion" in found.part:
            return describe_finding_with_advice(found)
        thick = max(part.bounds[1][1] for part in make_support("cushion").parts) * STATURE_CM
        return (
            f"{found.says}; the cushion is {thick:.0f} cm thick, and a flatter one is a box, as"
            f' "on: [{{box: [30, 5, 40]}}]"'
        )

    def _can_contact_stay(self, contact: Contact) -> bool:
        """May a limb stay where it rests, by a joint that nobody wrote, and not far from there?"""
        for side, part in map(split_side, _body_parts_of_contact(contact)):
            hinge = {"hand": "elbow", "foot": "knee"}.get(part)
            if part == "foot" and self.base.spec.position == "kneeling":
                return True  # the hips sink over a foot that stands ahead, or one that lies behind
            if hinge and body().dof[f"{side} {hinge}.flexion"] in self.mentioned:
                return False
        frames = body().frames(np.stack([self.base.numbers, self.carried]))
        before, after = contact_gaps_statures(frames, contact) * STATURE_CM
        return not isinstance(contact, str) or bool(
            abs(after - before) < MAX_FOLLOWING_CONTACT_CARRY_CM
        )

    def _contacts_lost_unasked(self, spec: OwnPostureSpec) -> tuple[str, ...]:
        """What rested on something and does not, though nothing written carries it away."""
        have, held = map(split_contacts_by_site, (spec.contacts, self._inherited_contacts()))
        frames = body().frames(np.stack([self.base.numbers, self.carried]))
        gone = []
        for contact in held:
            parts = {*_body_parts_of_contact(contact)}
            moves = self.moved & parts
            if contact not in have and (
                not moves
                or ("head" in parts and np.diff(_mean_resting_gaps_statures(frames, contact)) < 0)
            ):
                gone.append(contact)
        return tuple(map(str, _merge_split_contacts(self.base.spec.contacts, gone)))

    def _find_missed_written_contact_failure(
        self, contacts: list[Contact]
    ) -> tuple[str, str, str] | None:
        """The written contact that the written angles miss, where these alone can be had."""
        if not (self.written and self.figure.contacts):
            return None
        alone = self._attempt_with_weight_shift(self._build_spec(contacts, ()))
        if any(find_missed_angles(alone.pose, MAX_WRITTEN_ANGLE_ERROR_DEG)):
            return None
        written = _split_all_contacts(self.figure.contacts)
        gaps = ((_contact_gap_cm(alone.pose, c), format_contact(c), c) for c in written)
        gap, words, contact = max(gaps, key=lambda each: each[:2])
        if gap < MIN_MISSED_CONTACT_CM:
            return None
        parts = set(_body_parts_of_contact(contact))
        near = [j for j, _ in self.written if parts.intersection(_parts_moved_by(j))]
        others = {move: angle for move, angle in self.written.items() if move[0] not in near}
        freed = self._build_spec(contacts).model_copy(
            update={"angles": _nest_angles_by_joint(others)}
        )
        if not near or _contact_gap_cm(solve_own_posture(freed), contact) > MIN_MISSED_CONTACT_CM:
            return None  # it is missed without them, too
        joints = ", ".join(dict.fromkeys(near))
        says = (
            f"{words} is missed by {gap:.0f} cm with the angles that are written ({joints});"
            " leave out one of these angles, or the contact"
        )
        return "contact", words, says

    def _rank(self, attempt: _Attempt) -> tuple[float, float]:
        """What can be done comes first; then what moves little else, and lets go of little."""
        excess = sum(min(100.0, abs(f.value - f.limit)) + 5 for f in attempt.failures)
        return excess, self._deviation_cost(attempt.pose)

    def _hold_drifting_joints(self, attempt: _Attempt, tries: int = MAX_HOLDING_TRIES) -> _Attempt:
        """The same with what has wandered held half as far as it may, and the pelvis at all."""
        if tries == 0 or {found.kind for found in attempt.failures} != {"wander"}:
            return attempt
        held = {
            (joint, dof.motion): round(
                before + np.copysign(limit / 2 * (joint != "pelvis"), now - before), 2
            )
            for joint, dof, before, now, limit in self._drifting_joints(attempt.pose)
        }
        if not (self.side or self.base.side):
            held |= _mirror_angles(held)
        written = _angle_by_joint_and_motion(attempt.spec.angles)
        update = {"angles": _nest_angles_by_joint({**held, **written})}
        held_still = self._attempt_with_weight_shift(attempt.spec.model_copy(update=update))
        return self._hold_drifting_joints(held_still, tries - 1)

    def _keep_place_on_floor(self, attempt: _Attempt) -> _Attempt:
        """The same with one hand, knee or foot at its place, where it has wandered on the floor."""
        spec, base = attempt.spec, self.base
        placed = any(isinstance(c, PlaceContact) and c.x is not None for c in spec.contacts)
        had = base.spec.on or ()
        stood = (t in had or OWN_SUPPORT_NAME_PATTERN.fullmatch(t) for t in spec.on or ())
        displaced = self._displacements_on_floor_statures(attempt.pose)
        if placed or not all(stood) or not displaced:
            return attempt
        ways = np.array([*displaced.values()])
        near = np.abs(ways[:, None] - ways).max(axis=2) < MAX_LOADED_SLIDE_STATURES
        if near[0].all() and np.abs(ways[0]).max() < MAX_LOADED_SLIDE_STATURES:
            return attempt
        site = [*displaced][int(np.argmax(near.sum(axis=1)))]
        place = PlaceContact(place=site, **_horizontal_place_cm(base, site))
        update = {"contacts": (*spec.contacts, place)}
        moved = self._attempt_with_weight_shift(spec.model_copy(update=update))
        return attempt if moved.failures or _does_spine_drift(moved.pose) else moved

    # what may be let go of

    def _inherited_contacts(self) -> list[Contact]:
        """What it takes over and no written word is against."""
        figure = self.figure
        lifted = {part for limb in figure.lift for part in _parts_of_limb(limb)}
        let_go = {_contact_key(c) for c in _split_all_contacts(figure.without)}
        walls = [thing for thing in self.room if thing.startswith("wall")]  # to which one goes
        loose = {"z" if wall.endswith(("left", "right")) else "x" for wall in walls}
        placed = {c.place: c for c in figure.contacts if isinstance(c, PlaceContact)}
        goes_to = {
            _limb_end_of_part(_body_parts_of_contact(c)[0]): _contact_target(c)
            for c in self.words
            if "_inner on " not in c  # which holds a ball, and stands where it stood
        }
        head_in_hands = any(c.endswith(" skull_high") for c in self.words)
        raised = {f"{side} {end}" for side in self.tiptoe for end in SITES_MOVED_BY_RAISED_HEEL}
        kept: list[Contact] = []
        for contact in _split_all_contacts(self.base.spec.contacts if figure.like else ()):
            if isinstance(contact, PlaceContact) and contact.place in raised:
                toes = f"{split_side(contact.place)[0]} toes"
                contact = PlaceContact(place=toes, **_horizontal_place_cm(self.base, toes))
            parts, target = _body_parts_of_contact(contact), _contact_target(contact)
            if (
                _contact_key(contact) in let_go
                or lifted.intersection(parts)
                or contact in self.words
                or (isinstance(contact, str) and split_site_verb_and_place(contact)[0] in raised)
                or (head_in_hands and parts[0] == "head")
                or (_is_support_other_than_floor(target) and target not in self.room)
                or goes_to.get(_limb_end_of_part(parts[0])) not in (None, "floor", target)
            ):
                continue
            if isinstance(contact, PlaceContact):
                mine = placed.get(contact.place)
                ways = {way for way in ROOM_AXES if mine and getattr(mine, way) is not None}
                if "palm" in contact.place:  # hands do not slide aside
                    place = _horizontal_place_cm(self.base, contact.place)
                    contact = contact.model_copy(update={"z": place["z"]})
                contact = contact.model_copy(update=dict.fromkeys(ways | loose))
                if contact.x is contact.y is contact.z is None:
                    continue
            kept.append(contact)
        return [*kept, *(words for words in self.laid_down if words not in kept)]

    def _supports_in_room(self) -> tuple[str, ...]:
        before = self.base.spec.on or () if self.figure.like else ()
        if self.figure.on is not None:
            goes = {_body_parts_of_contact(c)[0] for c in self.words}
            left = {
                _contact_target(c)
                for c in self.base_contacts
                if _body_parts_of_contact(c)[0] in goes
            }
            before = tuple(thing for thing in before if self.figure.on and thing not in left)
        doors = (end for end in self.figure.strap if end.startswith("door"))
        ends = (*map(_contact_target, self.words), *doors)
        things = [split_side(end)[1].partition(" ")[0] for end in ends]
        known = posture_table().supports
        used = [t for t in things if t in known or OWN_SUPPORT_NAME_PATTERN.fullmatch(t)]
        return tuple(dict.fromkeys(map(str, (*before, *(self.figure.on or ()), *used))))

    def _contacts_not_carried_away(self, contacts: list[Contact]) -> list[Contact]:
        """Those that the written angles do not carry away from what they touch."""
        frames = body().frames(np.stack([self.base.numbers, self.carried]))
        rests = [c for c in contacts if isinstance(c, str) and re.search(" (on|along) ", c)]
        gaps = {c: float(np.diff(_mean_resting_gaps_statures(frames, c))[0]) for c in rests}
        ground = [gap for c, gap in gaps.items() if _contact_target(c) == "floor"]
        steps = (c for c in self.words if re.search(r"(heel|ball\w*|toes) on (step|box)", c))
        lowest = min(
            (*ground, *(_mean_resting_gaps_statures(frames, c)[1] for c in steps)), default=0.0
        )
        kept: list[Contact] = []
        for contact in contacts:
            moves = any(part in self.moved for part in _body_parts_of_contact(contact))
            if contact in gaps:
                raised = gaps[contact] - (lowest if _contact_target(contact) == "floor" else 0.0)
                carried_away = moves and raised > MAX_CONTACT_GAP_CHANGE_CM / STATURE_CM
                carried_away |= moves and self._steps_away(contact, frames)
                carried_away &= contact not in self.laid_down
                if carried_away and not self._bears_moved_hips(contact):
                    continue
            elif (
                moves and isinstance(contact, str) and self._is_self_contact_broken(frames, contact)
            ):
                continue
            kept.append(contact)
        return self._without_ungrounded_places(kept)

    def _steps_away(self, contact: str, frames: SegmentFrames) -> bool:
        """Is it the foot of the only leg that is written in one who stands, and goes elsewhere?"""
        site = split_site_verb_and_place(contact)[0]
        side, part = split_side(_body_parts_of_contact(contact)[0])
        legs = {split_side(joint)[0] for joint, _ in self.written if joint.endswith(" hip")}
        if self.base.spec.position != "standing" or part != "foot" or legs != {side}:
            return False
        before, after = frames.point(*body().sites[site][:2])[:, [0, 2]]
        return bool(np.linalg.norm(after - before) > MIN_STEP_CM / STATURE_CM)

    def _bears_moved_hips(self, contact: str) -> bool:
        """Does it hold a foot down, over which hips are lifted by a hip that opens, or a knee?

        Both hips take the trunk along of who stands or kneels, and leave the feet and the knees.
        """
        bends = [self.written.get((f"{side} hip", "flexion")) for side in SIDES]
        low = {"kneeling": "knee|toes|instep", "standing": "heel|ball_inner|ball_outer"}
        low["sitting"] = "heel" if "left seat on floor" in self.base_contacts else "-"
        ends = low.get(self.base.spec.position or "", "-")
        if not self.figure.lift and re.match(f"(left|right) ({ends}) on floor", contact):
            alike = self.base.spec.position == "kneeling" or bends[0] == bends[1]
            return None not in bends and alike
        side, part = split_side(_body_parts_of_contact(contact)[0])
        index = body().dof[f"{side or 'left'} hip.flexion"]
        opens = self.carried[index] < self.base.numbers[index]
        lifts_knee = bool({f"{side} knee", "both knees"} & {*self.figure.lift})
        return part == "foot" and (lifts_knee or ("hips" in self.figure.lift and bool(opens)))

    def _is_self_contact_broken(self, frames: SegmentFrames, contact: str) -> bool:
        """Are two parts of the body carried away from each other, and can neither follow?"""
        parts = _body_parts_of_contact(contact)
        arms = [p for p in parts if split_side(p)[1] in ARM_PARTS]
        if any(arm not in self.moved for arm in arms):
            return False
        before, after = contact_gaps_statures(frames, contact)
        return bool(after - before > MAX_CONTACT_GAP_CHANGE_CM / STATURE_CM)

    def _without_ungrounded_places(self, contacts: list[Contact]) -> list[Contact]:
        """Without the places of what the written angles carry, and that rests on nothing now."""
        words = [c for c in (*contacts, *self.words) if isinstance(c, str)]
        grounded = {part for c in words for part in _body_parts_of_contact(c)}
        return [
            c
            for c in contacts
            if isinstance(c, str)
            or not self.moved.intersection(_body_parts_of_contact(c))
            or grounded.issuperset(_body_parts_of_contact(c))
        ]

    def _contact_lists_to_try(
        self, contacts: list[Contact], held: list[Contact]
    ) -> Iterator[list[list[Contact]]]:
        """Ever more to let go of: the places of one limb, of those written, all, then parts."""
        pinned = [c for c in contacts if not isinstance(c, str)]
        moving = [c for c in pinned if any(p in self.moved for p in _body_parts_of_contact(c))]
        one = [[c for c in moving if side in _contact_key(c)] for side in SIDES]
        one = [] if self.written == _mirror_angles(self.written) else one
        yield [[c for c in contacts if c not in some] for some in one if some]
        every = [[c for c in contacts if c not in some] for some in (moving, pinned) if some]
        yield [*every, [*_keep_only_sideways_places(held)], [c for c in held if isinstance(c, str)]]
        groups: dict[str, list[Contact]] = {}
        for contact in contacts:
            for part in _body_parts_of_contact(contact):
                group = part if self.side else split_side(part)[1]
                groups.setdefault(group, []).append(contact)
        loose = [c for c in contacts if c not in pinned]
        yield [
            [c for c in some if c not in group]
            for group in groups.values()
            for some in (contacts, loose)
        ]
        pairs = combinations(groups.values(), 2)
        yield [[c for c in loose if c not in (*a, *b)] for a, b in pairs]

    # what comes of it

    def _attempt_with_weight_shift(
        self, spec: OwnPostureSpec, solved: Pose | None = None
    ) -> _Attempt:
        """The posture solved and judged, with its weight shifted where balance is missing."""
        return _shift_weight_if_unbalanced(
            self._solve_and_find_all_failures(spec, solved), self._solve_and_find_all_failures
        )

    def _solve_and_find_all_failures(
        self, spec: OwnPostureSpec, solved: Pose | None = None
    ) -> _Attempt:
        pose = solved or solve_own_posture(spec)
        found = (
            *_find_failures(pose),
            *self._find_drift(pose),
            *self._find_slips_off_supports(pose),
            *self._find_lost_contacts(spec),
            *self._find_unlifted_limbs(pose),
        )
        return _Attempt(spec, pose, found)

    def _find_lost_contacts(self, spec: OwnPostureSpec) -> Iterator[Finding]:
        """What would float, though nobody lifted it."""
        legs_lift = all((f"{side} hip", "flexion") in self.written for side in SIDES)
        for contact in self._contacts_lost_unasked(spec):
            lifted = legs_lift and {*_body_parts_of_contact(contact)} <= {*TRUNK_PARTS}
            thing = _contact_target(contact).split()[0]
            on_thing = thing == "floor" or _is_support_other_than_floor(thing)
            if on_thing and not lifted and " along " not in contact:
                says = f"{contact} would not hold any more, and nobody wrote that"
                yield _make_failing_finding("wander", contact, says, LOST_CONTACT_SEVERITY_DEG)
        kneels = self.base.spec.position == "kneeling" and not self.figure.lift
        have = split_contacts_by_site(spec.contacts)
        gone = [c for c in self._inherited_contacts() if kneels and c not in have]
        for heel in (c for c in gone if isinstance(c, str) and c.endswith(" heel on floor")):
            says = f"{heel} would not hold any more: write it, or lift the foot"
            yield _make_failing_finding("wander", heel, says, LOST_CONTACT_SEVERITY_DEG)

    def _find_unlifted_limbs(self, pose: Pose) -> Iterator[Finding]:
        """What is to be lifted, and lies where it lay."""
        for limb in self.figure.lift:
            parts = {*_parts_of_limb(limb)}
            rests = [
                c
                for c in self.base_contacts
                if c.endswith(" on floor") and parts & {*_body_parts_of_contact(c)}
            ]
            if rests and max(_contact_gap_cm(pose, c) for c in rests) < MIN_LIFTED_LIMB_GAP_CM:
                says = f"lift says {limb}, and no angle lifts it enough: write more of one"
                yield _make_failing_finding("wander", limb, says, LOST_CONTACT_SEVERITY_DEG)

    def _find_slips_off_supports(self, pose: Pose) -> Iterator[Finding]:
        """What lay on a thing from above, and is pressed against its side now, or lies below."""
        base = body().frames(self.base.numbers[None])
        for contact in split_contacts_by_site(pose.spec.contacts):
            site, verb, thing = split_site_verb_and_place(contact)
            if verb != "on" or thing == "floor" or site not in body().sites:
                continue
            at, support = body().sites[site][:2], make_support(thing)
            before, now = (
                support.distances_and_normals(f.point(*at))[1][0, 1] for f in (base, pose.frames)
            )
            sinks = (self.base.point(site) - pose.point(site))[
                1
            ] * STATURE_CM > MAX_SUPPORTED_SITE_DROP_CM
            end = split_side(_body_parts_of_contact(contact)[0])[1]
            lay = contact in self.base_contacts and before > MIN_BEARING_SUPPORT_NORMAL_Y
            where = ""
            if now < MAX_UNDERSIDE_SUPPORT_NORMAL_Y:
                where = f"be below the {thing}, not on it"
            elif now > MIN_BEARING_SUPPORT_NORMAL_Y:
                continue
            elif end in ("foot", "hand") and re.match(r"(ball|roll)_\d", thing):
                where = (
                    f"be beside the {thing}, not on it: write where that is, as at: [60, 0]; it"
                    " does not roll along, but steps may each have it elsewhere"
                )
            elif lay and sinks:
                where = f"slip off the {thing}"
            if where:
                yield _make_failing_finding(
                    "contact", contact, f"{site} would {where}", SLIPPED_CONTACT_SEVERITY_MM
                )

    def _find_drift(self, pose: Pose) -> Iterator[Finding]:
        """What turned that nobody mentioned, so far that it is another posture."""
        if not self.figure.like:
            return
        reaches = self._touches_with_upper_body(pose)
        for joint, dof, before, now, limit in self._drifting_joints(pose):
            way = dof.motion if now > before else dof.spec.opposite
            part, words = f"{joint} {way}".replace("_", " "), ""
            if joint == "pelvis":
                words, before, now = f"the trunk would lean {way[:-5]} by", 0.0, now - before
            yield _make_drift_finding(
                part, words or f"{part} would be", abs(now), abs(before) + limit
            )
        across = [p.frames.rotations[0, 0, :, 2] for p in (self.base, pose)]
        turned = float(np.degrees(np.arccos(np.clip(across[0] @ across[1], -1, 1))))
        most = MAX_PELVIS_DRIFT_WHEN_REACHING_DEG if reaches else MAX_PELVIS_DRIFT_DEG
        meant = {("pelvis", "list_right"), ("pelvis", "turn_right")} & self.written.keys()
        if turned > most and not meant:
            words, down = "the whole body would roll by", across[0][1]  # of its right side
            if abs(down) > 0.7:
                below = "left" if down > 0 else "right"
                words = f"in {self.figure.like} the {below} side lies below: {words}"
            yield _make_drift_finding("pelvis", words, turned, most)

    def _touches_with_upper_body(self, pose: Pose) -> bool:
        """Does it touch something by hand, head or trunk, so that the trunk may go along?"""
        arms = (*TRUNK_PARTS, *ARM_PARTS, "head")
        return any(split_side(part)[1] in arms for part in self.placed) or any(
            "palm" in c and _is_support_other_than_floor(_contact_target(c).split()[-2:][0])
            for c in split_contacts_by_site(pose.spec.contacts)
        )

    def _drifting_joints(
        self, pose: Pose, at_most: float = np.inf
    ) -> Iterator[tuple[str, Dof, float, float, float]]:
        """Joints that nobody mentioned: degrees before and now, past what they may turn."""
        reaches = self._touches_with_upper_body(pose)
        most = MAX_SPINE_DRIFT_WHEN_REACHING_DEG if reaches else MAX_SPINE_DRIFT_DEG
        room = {thing for thing in self.room if not thing.startswith("door")}
        said = {split_side(joint)[1] for joint, _ in self.written} | room
        said |= {split_side(part)[1] for part in self.placed} & {*LEG_PARTS[2:], "pelvis"}
        said &= {"pelvis", "hip", "knee", "ankle", "foot", *room}
        keeps_legs = not (self.figure.lift or said)
        asked = any(
            joint.endswith("hip") and abs(angle) > MAX_WRITTEN_ANGLE_ERROR_DEG
            for (joint, _), angle in self.written.items()
        )
        keeps_upright = not asked and self.base.spec.position in ("sitting", "standing", "kneeling")
        most_bend = {
            "standing": MAX_LEG_DRIFT_WHEN_REACHING_DEG,
            "kneeling": MAX_KNEELING_LEG_BEND_DRIFT_DEG,
        }
        for index, dof in enumerate(body().dofs, 3):
            joint = add_side(dof.joint, dof.side)
            limit = most if dof.joint in SPINE_JOINTS else np.inf
            if (dof.joint, dof.motion) in SIDEWAYS_LEG_MOTIONS and dof.side not in self.laid_legs:
                limit = MAX_LEG_DRIFT_WHEN_REACHING_DEG if reaches else MAX_LEG_DRIFT_DEG
            before, now = float(self.base.numbers[index]), float(pose.numbers[index])
            if dof.motion == "forward_tilt" and keeps_upright:
                limit = MAX_PELVIS_DRIFT_DEG
                if reaches and now > before:
                    limit = MAX_PELVIS_DRIFT_WHEN_REACHING_DEG
            if keeps_legs and (dof.joint, dof.motion) in BENDING_LEG_MOTIONS:
                limit = most_bend.get(self.base.spec.position or "", np.inf)
            if index in self.straightened:
                before, limit = 0.0, MAX_ARM_OUT_OF_PLANE_DEG
            limit = min(limit, at_most) if limit < np.inf else limit
            if index in self.mentioned or joint in self.figure.free or abs(now - before) <= limit:
                continue
            if dof.side == "right" and not (self.side or self.base.side):
                continue  # which is told of the left one
            yield joint, dof, before, now, limit

    def _try_contact_lists(self, contact_lists: list[list[Contact]]) -> Iterator[_Attempt]:
        """What came of each, up to the first that can be done; what wanders least first."""
        specs = [self._build_spec(contacts) for contacts in contact_lists]
        if not specs:
            return
        rows = solve_posture_problems(body(), [build_posture_problem(spec) for spec in specs])
        poses = [_pose_from_numbers(*each) for each in zip(specs, rows, strict=True)]
        order = sorted(range(len(poses)), key=lambda k: (self._deviation_cost(poses[k]), k))
        for k in order[:MAX_ATTEMPTS_JUDGED]:
            attempt = self._attempt_with_weight_shift(specs[k], poses[k])
            yield attempt
            if not attempt.failures:
                return

    def _deviation_cost(self, pose: Pose) -> float:
        """By how much it misses what is written, wanders elsewhere, and lets go.

        A degree that an unmentioned joint of a limb moves counts 0.1, one of the spine 0.3.
        """
        missed = sum(abs(f.value - f.limit) for f in find_missed_angles(pose, 1.0))
        gaps = (_contact_gap_cm(pose, c) for c in _split_all_contacts(pose.spec.contacts))
        apart = sum(gap for gap in gaps if gap > 1)
        wander = np.abs(pose.numbers - self.base.numbers)[3:]
        weights = np.array([0.3 if dof.joint in SPINE_JOINTS else 0.1 for dof in body().dofs])
        weights[[index - 3 for index in self.mentioned]] = 0.0
        words = self.base_contacts, split_contacts_by_site(pose.spec.contacts)
        had, have = ({p for c in some for p in _body_parts_of_contact(c)} for some in words)
        lost = LOST_CONTACT_COST_PER_PART * len(had - have)
        ways = [*self._displacements_on_floor_statures(pose).values()] or [np.zeros(2)]
        slid_cm = float(np.abs(ways - np.mean(ways, axis=0)).sum()) * STATURE_CM
        moved = float((weights * wander).sum()) + SLIDE_COST_PER_CM * slid_cm
        return round(20 * missed + 20 * apart + lost + moved, 1)

    def _displacements_on_floor_statures(self, pose: Pose) -> dict[str, np.ndarray]:
        """How far what rests on the floor here and before has gone, along x and z, statures."""
        resting = split_contacts_by_site(pose.spec.contacts)
        sites = _sites_on_floor_or_step(c for c in self.base_contacts if c in resting)
        return {site: (pose.point(site) - self.base.point(site))[[0, 2]] for site in sites}

    def _build_spec(
        self, contacts: list[Contact], written: tuple[Contact, ...] | None = None
    ) -> OwnPostureSpec:
        """The posture with these of the contacts that it takes over, and those written."""
        figure, base = self.figure, self.base.spec
        own = figure.contacts if written is None else written
        laid = [words for words in self.laid_down if words in contacts]
        before = (*base.contacts, *laid) if figure.like else ()
        every = (*_merge_split_contacts(before, contacts), *own, *self._foot_places_at_edge())
        kept = self._starting_numbers(_split_all_contacts(every))
        near = kept[:3] + self._offset_to_supports_statures(kept)
        return OwnPostureSpec(
            title=figure.title or self.title,
            position=figure.position or base.position,
            side=self.side or self.base.side,
            on=self.room,
            context=tuple(dict.fromkeys((*(base.context if figure.like else ()), *figure.context))),
            angles=_nest_angles_by_joint(self.written),
            kept=_nest_angles_by_joint(dict(self._unmentioned_angles(kept))) if figure.like else {},
            contacts=every,
            strap=figure.strap,
            passing=figure.passing,
            views=figure.views or self._choose_views(),
            near=figure.near
            or (tuple((near * STATURE_CM).round(1).tolist()) if figure.like else None),
        )

    def _foot_places_at_edge(self) -> Iterator[PlaceContact]:
        """Where feet stand whose heels are beyond the edge of a thing, over which they may sink."""
        placed = any(isinstance(c, PlaceContact) for c in self.figure.contacts)
        if self.stands_on and self.on_edge and not placed:
            ball = float(make_support(self.stands_on).parts[0].bounds[0][0]) * STATURE_CM
            ball += FOOT_BALL_TO_EDGE_CM
            for side in self.feet:
                toes = side in self.tiptoe
                site, x = ("toes", ball + FOOT_BALL_TO_TOES_CM) if toes else ("ball", ball)
                z = _horizontal_place_cm(self.base, f"{side} {site}")["z"]
                yield PlaceContact(place=f"{side} {site}", x=round(x, 1), z=z)

    def _choose_views(self) -> tuple[View, ...] | None:
        """From where the posture that it is like is seen, and what moves sideways too."""
        views, position = self.base.spec.views, self.base.spec.position
        if self.written and {*self.written} <= NODS:  # which is small
            return ("side_close",)
        moves_aside = any(
            joint in (*SPINE_JOINTS, "pelvis")
            and motion.endswith(("_right", "_left"))
            and abs(angle) >= MAX_WRITTEN_ANGLE_ERROR_DEG
            for (joint, motion), angle in self.written.items()
        )
        if any(thing.startswith("chair_") for thing in self.room) and views:
            return tuple("back" if view == "front" else view for view in views)  # before the legs
        if views not in (None, ("side",)) or not moves_aside:
            return views
        return "side", "front" if position in ("sitting", "standing") else "above"

    def _offset_to_supports_statures(self, numbers: np.ndarray) -> np.ndarray:
        """How far the whole body goes, fractions of stature, to walls and to what it stands on."""
        frames, way = body().frames(numbers[None]), np.zeros(3)
        for words in self.words:
            site, _, thing = split_site_verb_and_place(words)
            if thing.startswith("wall") and site in body().sites:
                place, support = body().sites[site], make_support(thing)
                gap, out = support.distances_and_normals(frames.point(*place[:2]))
                way -= (gap - place.radius)[0] * out[0] * (not way.any())
            elif is_trunk_on_own_support(words):
                way[1] = make_support(thing).parts[0].bounds[1][1]
        if self.stands_on:
            low, high = make_support(self.stands_on).parts[0].bounds
            ends = [body().sites[f"{side} {e}"] for side in self.feet for e in ("ball", "toes")]
            feet = np.array([frames.point(*end[:2])[0] - (0, end.radius, 0) for end in ends])
            way = (low + high) / 2 - feet.mean(axis=0)
            way[1] = high[1] - feet[:, 1].min()
        return way

    def _starting_numbers(self, contacts: Iterable[Contact]) -> np.ndarray:
        """The numbers that it would have: as written, else as before; what has let go, at ease."""
        numbers = self.carried.copy()
        words = [c for c in contacts if isinstance(c, str)]
        had, have = ({_body_parts_of_contact(c)[0] for c in e} for e in (self.base_contacts, words))
        for side in (side for side in SIDES if f"{side} hand" in had - have):
            self._set_unmentioned_angles(
                numbers, _flatten_joint_angles(STARTING_LIMB_ANGLES_TOML_DATA["relaxed_arm"]), side
            )
        return numbers

    def _unmentioned_angles(self, numbers: np.ndarray) -> Iterator[tuple[tuple[str, str], float]]:
        """The angles that nobody wrote, nor let go of."""
        free = {joint for joint, *_ in iter_joint_angles({j: {"": 0} for j in self.figure.free})}
        for index, dof in enumerate(body().dofs, 3):
            joint = add_side(dof.joint, dof.side)
            stiff = dof.joint in SPINE_JOINTS or dof.joint == "pelvis"
            if index not in self.mentioned and not (stiff and joint in free):
                yield (joint, dof.motion), round(float(numbers[index]), 2)


def _angle_by_joint_and_motion(angles: dict[str, dict[str, float]]) -> dict[tuple[str, str], float]:
    """Each angle by its joint and motion; what is said of one side wins over both."""
    ordered = dict(sorted(angles.items(), key=lambda item: item[0] not in SINGULAR_BY_PLURAL_JOINT))
    return {(joint, motion): value for joint, motion, value in iter_joint_angles(ordered)}


def _mirror_angles(angles: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    return {
        (mirror_name(joint), mirror_name(motion)): angle
        for (joint, motion), angle in angles.items()
    }


def _nest_angles_by_joint(angles: dict[tuple[str, str], float]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for (joint, motion), value in angles.items():
        found.setdefault(joint, {})[motion] = value
    return found


def _parts_moved_by(joint: str) -> Iterator[str]:
    side, bare = split_side(joint)
    for part in PARTS_MOVED_BY_JOINT[bare]:
        yield add_side(part, side)


def _parts_of_limb(limb: str) -> list[str]:
    """The parts of a limb as people call it: "right leg", "both arms", "head"."""
    side, bare = split_side(limb.removeprefix("both "))
    sides = SIDES if limb.startswith("both ") else (side,)
    return [add_side(part, each) for each in sides for part in PARTS_BY_LIFTABLE_BODY_PART[bare]]


def _keep_only_sideways_places(contacts: Iterable[Contact]) -> Iterator[Contact]:
    """The same with places that say only how far to the side something is, not how far ahead."""
    for contact in contacts:
        if not isinstance(contact, PlaceContact):
            yield contact
        elif contact.z is not None:
            yield PlaceContact(place=contact.place, z=contact.z)


# Contacts, and the parts of the body that they hold


def _split_all_contacts(contacts: Iterable[Contact]) -> list[Contact]:
    contacts = tuple(contacts)
    return [*split_contacts_by_site(contacts), *(c for c in contacts if not isinstance(c, str))]


def _sites_on_floor_or_step(contacts: Iterable[str]) -> list[str]:
    stands = (split_site_verb_and_place(contact) for contact in contacts if " on " in contact)
    return [
        site
        for site, _, thing in stands
        if thing.startswith(("floor", "step", "box")) and site in body().sites
    ]


def _limb_end_of_part(part: str) -> str:
    """The end of the limb that a part belongs to: it can be at one place only."""
    side, bare = split_side(part)
    return add_side({"shank": "foot", "forearm": "hand"}.get(bare, bare), side)


def _merge_split_contacts(before: Iterable[Contact], kept: Iterable[Contact]) -> Iterator[Contact]:
    """Contacts one by one as they were said: "both sole on floor" where all six of them are."""
    kept = list(kept)
    for contact in before:
        pieces = split_contacts_by_site([contact])
        left = [piece for piece in pieces if piece in kept]
        if isinstance(contact, str) and len(left) == len(pieces):
            yield contact
        elif left:
            lost = {split_side(piece)[0] for piece in pieces if piece not in left}
            whole = [s for s in SIDES if s not in lost and f"{s} " in " ".join(pieces)]
            yield from (re.sub("^both|(?<= at )both", side, str(contact)) for side in whole)
            yield from (piece for piece in left if split_side(piece)[0] not in whole)
    yield from (contact for contact in kept if not isinstance(contact, str))


def _contact_key(contact: Contact) -> str:
    """What a contact is about, so that one is found again whose numbers have changed."""
    if isinstance(contact, str):
        return contact
    if isinstance(contact, PlaceContact):
        return f"place {contact.place}"
    if isinstance(contact, AheadContact):
        return f"ahead {contact.ahead} {contact.of} {contact.along}"
    return f"lean {contact.lean} {contact.over}"


def _angles_to_reach(contact: str, is_near: bool) -> list[tuple[str, str, float]]:
    """What a limb does to touch a thing in the room, where that is known."""
    target = _contact_target(contact)
    part, thing = split_side(_body_parts_of_contact(contact)[0])[1], split_side(target)[1]
    thing = f"near {thing}" if is_near and thing.startswith("wall") else thing
    rows = (row for row in STARTING_LIMB_ANGLES_TOML_DATA["reaching"] if row["part"] == part)
    reached = (row["angles"] for row in rows if thing.startswith(row["to"]))
    angles = _flatten_joint_angles(next(reached, {}))
    higher = 0.0
    if OWN_SUPPORT_NAME_PATTERN.fullmatch(target):
        height = float(make_support(target).parts[0].bounds[1][1]) * STATURE_CM
        higher = (
            max(0.0, height - STEP_HEIGHT_AT_STARTING_FLEXION_CM)
            * EXTRA_STARTING_FLEXION_DEG_PER_CM
        )
    return [
        (joint, motion, value + higher * (joint in ("hip", "knee")))
        for joint, motion, value in angles
    ]


def _flatten_joint_angles(angles: dict[str, dict[str, float]]) -> list[tuple[str, str, float]]:
    """Each joint of one side with its motion and degrees."""
    return [(joint, motion, v) for joint, ways in angles.items() for motion, v in ways.items()]


def _mean_resting_gaps_statures(frames: SegmentFrames, contact: str) -> np.ndarray:
    """How far what rests is from its support in each of some frames, fractions of stature."""
    _, rests = parse_contacts([contact])
    gaps = [rest.gaps_statures(frames) for rest in rests if isinstance(rest, RestingContact)]
    mean: np.ndarray = np.mean(gaps, axis=0)
    return mean


def _contact_target(contact: Contact) -> str:
    return split_site_verb_and_place(contact)[2] if isinstance(contact, str) else ""


def is_trunk_on_own_support(contact: str) -> bool:
    """Does the trunk lie on a thing of one's own?"""
    on_own = OWN_SUPPORT_NAME_PATTERN.fullmatch(_contact_target(contact))
    return bool(on_own) and _body_parts_of_contact(contact)[0] in TRUNK_PARTS


def _is_support_other_than_floor(name: str) -> bool:
    """Is it a thing in the room, other than the floor, rather than a place on the body?"""
    return name not in ("", "floor", *body().sites) and " " not in name


def _body_parts_of_contact(contact: Contact) -> list[str]:
    """The parts of the body that a contact holds, the one that it speaks of first."""
    match contact:
        case str():
            what, _, where = split_site_verb_and_place(contact)
            ends = [what, where]
        case PlaceContact():
            ends = [contact.place]
        case AheadContact():
            ends = [contact.ahead, contact.of]
        case LeanContact():
            ends = [contact.lean, contact.over]
    return [part for end in ends for part in _body_parts_of_contact_end(end)] or [ends[0]]


def _is_heel_raised(figure: OwnPosture, side: str) -> bool:
    """Is its heel lifted, or bent up over the ball or the toes that are said to touch?"""
    if {f"{side} heel", "both heels"} & {*figure.lift}:
        return True
    words = map(split_site_verb_and_place, split_contacts_by_site(figure.contacts))
    sites = {site for site, verb, _ in words if verb == "on"}
    on_front = {f"{side} ball", f"{side} toes"} & sites and f"{side} heel" not in sites
    angles = _angle_by_joint_and_motion(figure.angles)
    bent = angles.get((f"{side} ankle", "plantarflexion"), 0.0)
    return bool(on_front) and bent > MAX_WRITTEN_ANGLE_ERROR_DEG


def _body_parts_of_contact_end(end: str) -> Iterator[str]:
    bare = end.removeprefix("either ").removeprefix("both ")
    if end in NEAREST_SITE_CANDIDATES_BY_WORD:
        yield {"head": "head", "hips": "pelvis"}.get(end, "thoracic")
    elif end in body().sites or add_side(bare, "left") in body().sites:
        site = body().sites.get(end) or body().sites[add_side(bare, "left")]
        yield part_of_segment(body().segments[site.segment].name)
    elif split_side(bare)[1] in SITES_BY_GROUP:
        yield add_side({"sole": "foot"}.get(split_side(bare)[1], "hand"), split_side(bare)[0])
    elif split_side(end)[1] in body().table.solids or end in SPINE_JOINTS:
        yield end
