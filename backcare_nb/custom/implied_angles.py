"""What words imply beyond themselves: lifted hips a bridge or a plank, a raised heel its toes."""

from collections.abc import Collection, Iterable

from backcare_nb.body.skeleton import SIDES, body, split_side
from backcare_nb.course.fields import Side
from backcare_nb.custom.angles_and_contacts import (
    MAX_WRITTEN_ANGLE_ERROR_DEG,
    angle_by_joint_and_motion,
    body_parts_of_contact,
    contact_target,
    horizontal_place_cm,
    is_support_other_than_floor,
    is_trunk_on_own_support,
    nest_angles_by_joint,
    parts_moved_by,
    split_all_contacts,
)
from backcare_nb.custom.file_format import OwnPosture, PostureOrName
from backcare_nb.posture.contacts import split_contacts_by_site, split_site_verb_and_place
from backcare_nb.posture.pose import Pose, solve_posture
from backcare_nb.posture.spec import PlaceContact

HIP_FLEXION_AND_PELVIS_TILT_DOFS = ("left hip.flexion", "pelvis.forward_tilt")
LOW_SIDE_PLANK_BEND_DEG = 12.0  # of each half of the trunk, above a hip on the floor
# Of a pelvis that is lifted on the back, unless it is written.
DEFAULT_BRIDGE_PELVIS_BACKWARD_TILT_DEG = 118.0
# The same with the feet on a thing, over which the knees are bent.
RAISED_FEET_BRIDGE_TILT_DEG = 112.0
MIN_BENT_KNEE_DEG = 45.0
DEFAULT_RAISED_HEEL_PLANTARFLEXION_DEG = 30.0  # of plantarflexion, unless it is written
SITES_MOVED_BY_RAISED_HEEL = ("heel", "ball_inner", "ball_outer", "ball")
ARM_JOINTS = ("girdle", "shoulder", "elbow", "wrist")


def pelvis_facing_sign(pose: Pose, joint: str, motion: str) -> int:
    """-1 for a motion of the pelvis that leads the other way in one who faces the other way.

    Half kneeling or prone, a body is turned about, and is tilted along the room nevertheless.
    """
    return -1 if joint == "pelvis" and "turn" not in motion and pose.faces_minus_x else 1


def with_joints_of_start(posture: OwnPosture, start: OwnPosture) -> OwnPosture:
    """The same with what the start writes of arms of which it says something, and not that."""
    if posture.like != start.like:
        return posture
    said = {joint for joint, _ in angle_by_joint_and_motion(posture.angles)}
    told = {part for joint in said for part in parts_moved_by(joint)}
    told |= {p for c in split_all_contacts(posture.contacts) for p in body_parts_of_contact(c)}
    angles = nest_angles_by_joint(angle_by_joint_and_motion(start.angles))
    kept = {
        joint: moves
        for joint, moves in angles.items()
        if split_side(joint)[1] in ARM_JOINTS
        and joint not in said
        and told.intersection(parts_moved_by(joint))
    }
    return posture.model_copy(update={"angles": {**posture.angles, **kept}})


def _is_side_plank(figure: OwnPosture) -> bool:
    return "hips" in figure.lift and (figure.like or "").startswith("side_")


def as_side_plank(figure: OwnPosture) -> OwnPosture:
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
        place=elbow, **horizontal_place_cm(solve_posture("side_plank_on_knees", side), elbow)
    )
    bends = {"bend_left" if side == "right" else "bend_right": LOW_SIDE_PLANK_BEND_DEG}
    update = {
        "like": "side_plank_on_knees",
        "angles": {"lumbar": bends, "thoracic": bends, **low.angles},
        "contacts": (*low.contacts, f"{side} hip_side on floor", at),
    }
    return low.model_copy(update=update)


def is_heel_raised(figure: OwnPosture, side: str) -> bool:
    """Is its heel lifted, or bent up over the ball or the toes that are said to touch?"""
    if {f"{side} heel", "both heels"} & {*figure.lift}:
        return True
    words = map(split_site_verb_and_place, split_contacts_by_site(figure.contacts))
    sites = {site for site, verb, _ in words if verb == "on"}
    on_front = {f"{side} ball", f"{side} toes"} & sites and f"{side} heel" not in sites
    angles = angle_by_joint_and_motion(figure.angles)
    bent = angles.get((f"{side} ankle", "plantarflexion"), 0.0)
    return bool(on_front) and bent > MAX_WRITTEN_ANGLE_ERROR_DEG


def with_tiptoe_angles_and_contacts(
    figure: OwnPosture, tiptoe: Collection[str], base_contacts: Iterable[str]
) -> OwnPosture:
    """The same with what is said of the ball of a foot whose heel is raised, of its toes."""
    if not tiptoe:
        return figure
    ends = (*SITES_MOVED_BY_RAISED_HEEL, "toes")
    raised = tuple(f"{side} {end} " for side in tiptoe for end in ends)
    words = split_contacts_by_site(figure.contacts)
    said = [c for c in words if c.startswith(raised)]
    kept = [c for c in split_all_contacts(figure.contacts) if c not in said]
    angles = {**figure.angles}
    said_joints = {joint for joint, _ in angle_by_joint_and_motion(figure.angles)}
    for side in tiptoe:
        stands = [c for c in (*said, *base_contacts) if c.startswith(raised)]
        at = next((contact_target(c) for c in stands if c.startswith(f"{side} ")), "")
        kept += [f"{side} toes on {at}"] if at else []
        if f"{side} ankle" not in said_joints:
            angles[f"{side} ankle"] = {"plantarflexion": DEFAULT_RAISED_HEEL_PLANTARFLEXION_DEG}
    on_toes = {"both feet", *(f"{side} foot" for side in tiptoe)}
    lift = tuple(limb for limb in figure.lift if limb not in on_toes)
    return figure.model_copy(update={"contacts": tuple(kept), "angles": angles, "lift": lift})


def with_implied_angles(
    figure: OwnPosture, base: Pose, base_contacts: Collection[str]
) -> OwnPosture:
    """The same as a bridge or a plank, where one who lies lifts the hips.

    Of who sits on the floor, both hips take the trunk along.
    """
    hips, knees = (figure.angles.get(j, {}).get("flexion") for j in ("hips", "knees"))
    over_legs = (knees or 0.0) < MIN_BENT_KNEE_DEG  # and no thighs that rise
    if hips is not None and over_legs and "left seat on floor" in base_contacts:
        hip, tilt = (float(base.numbers[body().dof[d]]) for d in HIP_FLEXION_AND_PELVIS_TILT_DOFS)
        pelvis = {"forward_tilt": tilt + hips - hip} | figure.angles.get("pelvis", {})
        return figure.model_copy(update={"angles": {**figure.angles, "pelvis": pelvis}})
    if "hips" in figure.lift and base.spec.position == "prone":  # a plank
        kneels = any("knee" in str(contact) for contact in figure.contacts)
        more = ("shoulders", "head", *(() if kneels else ("both knees",)))
        return figure.model_copy(update={"lift": (*figure.lift, *more)})
    if "hips" not in figure.lift or base.spec.position != "supine":
        return figure
    if any(map(is_trunk_on_own_support, split_contacts_by_site(figure.contacts))):
        return figure
    said = {joint for joint, _ in angle_by_joint_and_motion(figure.angles)}
    angles = {**figure.angles}
    targets = map(contact_target, split_contacts_by_site(figure.contacts))
    on_thing = any(map(is_support_other_than_floor, targets))
    bends = base.numbers[body().dof["left knee.flexion"]] > MIN_BENT_KNEE_DEG
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
