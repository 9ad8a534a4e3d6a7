"""What no body can do of a posture of one's own, and what turns or floats that nobody wrote."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from backcare_nb.body.skeleton import SIDES, Dof, add_side, body, split_side
from backcare_nb.custom.angles_and_contacts import (
    ARM_PARTS,
    LEG_PARTS,
    MAX_WRITTEN_ANGLE_ERROR_DEG,
    TRUNK_PARTS,
    body_parts_of_contact,
    contact_target,
    is_support_other_than_floor,
    parts_of_limb,
    sites_on_floor_or_step,
)
from backcare_nb.custom.inherited_contacts import contacts_lost_unasked, inherited_contacts
from backcare_nb.custom.written_posture import MAX_ARM_OUT_OF_PLANE_DEG, WrittenPosture
from backcare_nb.posture.checks import (
    Finding,
    FindingKind,
    check_figure,
    contact_gaps_statures,
    find_missed_angles,
)
from backcare_nb.posture.constraints import MIN_BEARING_SUPPORT_NORMAL_Y
from backcare_nb.posture.contacts import (
    make_support,
    split_contacts_by_site,
    split_site_verb_and_place,
)
from backcare_nb.posture.pose import (
    SPINE_JOINTS,
    Pose,
    build_posture_problem,
    find_dof_index_and_sign,
    supports_of_posture,
)
from backcare_nb.posture.solver import solve_posture_problems
from backcare_nb.posture.spec import STATURE_CM, Contact, OwnPostureSpec

# What nobody mentioned may turn so far, to let what is written be; by hands, arms or head that are
# written to touch something, further.
MAX_SPINE_DRIFT_DEG, MAX_SPINE_DRIFT_WHEN_REACHING_DEG = 14.0, 22.0
MAX_FLOOR_SITTING_PELVIS_DRIFT_DEG = 30.0  # of one whose hips are written
MAX_PELVIS_DRIFT_DEG, MAX_PELVIS_DRIFT_WHEN_REACHING_DEG = 14.0, 32.0
MAX_LEG_DRIFT_DEG, MAX_LEG_DRIFT_WHEN_REACHING_DEG = 12.0, 20.0
MAX_KNEELING_LEG_BEND_DRIFT_DEG = 40.0
SIDEWAYS_LEG_MOTIONS = (("hip", "abduction"), ("hip", "external_rotation"), ("ankle", "eversion"))
BENDING_LEG_MOTIONS = (("hip", "flexion"), ("knee", "flexion"))
MAX_UNREPORTED_TRUNK_BEND_DEG = 13.0  # of a trunk, forward or back
MAX_UNREPORTED_LEG_TURN_DEG = 10.0  # of a leg, to its side
MAX_SUPPORTED_SITE_DROP_CM = 3.0  # of what rests on a thing, beside which it comes to be
# What is let through of what the course's own postures keep to, in mm: no picture shows it.
EXTRA_TOLERANCE_MM_BY_KIND = {"contact": 10.0, "inside": 10.0, "overlap": 10.0, "balance": 20.0}
MAX_PRONE_IMBALANCE_MM = 100.0
MOTION_EXTRA_TOLERANCE_MM_BY_KIND = EXTRA_TOLERANCE_MM_BY_KIND | {
    "contact": 15.0,
    "balance": 200.0,
    "slide": np.inf,
    "inside": 80.0,
}
MIN_LIFTED_LIMB_GAP_CM = 1.5  # of what is lifted
# As what counts, among what is refused, what floats unasked or slips off a thing.
LOST_CONTACT_SEVERITY_DEG, SLIPPED_CONTACT_SEVERITY_MM = 30.0, 99.0
MAX_UNDERSIDE_SUPPORT_NORMAL_Y = -0.5  # of a roll or a ball that is touched from below


class Attempt(NamedTuple):
    """A posture, what came of solving it, and what fails."""

    spec: OwnPostureSpec
    pose: Pose
    failures: tuple[Finding, ...]


def solve_own_posture(spec: OwnPostureSpec) -> Pose:
    """Solve a posture of one's own as it stands."""
    (numbers,) = solve_posture_problems(body(), [build_posture_problem(spec)])
    return pose_from_numbers(spec, numbers)


def pose_from_numbers(spec: OwnPostureSpec, numbers: np.ndarray) -> Pose:
    """The pose that solved numbers are of a posture of one's own."""
    return Pose("own", spec.side, spec, numbers, supports_of_posture(spec))


def contact_gap_cm(pose: Pose, contact: Contact) -> float:
    """How far a contact is missed."""
    return float(contact_gaps_statures(pose.frames, contact)[0]) * STATURE_CM


def solve_and_find_failures(spec: OwnPostureSpec) -> Attempt:
    """Solve a posture as it stands, and judge it by itself."""
    pose = solve_own_posture(spec)
    return Attempt(spec, pose, tuple(find_failures(pose)))


def find_failures(pose: Pose) -> Iterator[Finding]:
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


LIFTING_JOINT_BY_LIMB = {
    **dict.fromkeys(("arm", "hand"), "shoulder"),
    **dict.fromkeys(("leg", "hips"), "hip"),
    "head": "cervical",
    "shoulders": "thoracic",
}
CURE_BY_FINDING_KIND = {
    "balance": "let another hand or foot rest or hold, or bring the hips over what it rests on",
    "contact": "leave it out, or write the angles that bring it there",
    "given": "leave out the angle, or the contact that is against it",
    "inside": "bend what carries it less, or leave out what stands there",
    "overlap": "write the angles that keep them apart",
}


def describe_finding_with_cure(found: Finding) -> str:
    """What is wrong in a posture, and what may be done about it."""
    cure = CURE_BY_FINDING_KIND.get(found.kind, "") if " would " not in found.says else ""
    return f"{found.says}; {cure}" if cure else found.says


def _make_failing_finding(
    kind: FindingKind, part: str, says: str, value: float, limit: float = 0.0
) -> Finding:
    return Finding("fail", kind, "posture", "own", None, part, value, limit, says)


def _make_drift_finding(part: str, words: str, now: float, limit: float) -> Finding:
    says = f"{words} {now:.0f}° with what is written: write that too, or ask for less"
    return _make_failing_finding("wander", part, says, now, limit)


def find_lost_contacts(written: WrittenPosture, spec: OwnPostureSpec) -> Iterator[Finding]:
    """What would float, though nobody lifted it."""
    legs_lift = all((f"{side} hip", "flexion") in written.angles for side in SIDES)
    for contact in contacts_lost_unasked(written, spec):
        lifted = legs_lift and {*body_parts_of_contact(contact)} <= {*TRUNK_PARTS}
        thing = contact_target(contact).split()[0]
        on_thing = thing == "floor" or is_support_other_than_floor(thing)
        if on_thing and not lifted and " along " not in contact:
            says = f"{contact} would not hold any more: write it, or lift what is to leave"
            yield _make_failing_finding("wander", contact, says, LOST_CONTACT_SEVERITY_DEG)
    kneels = written.base.spec.position == "kneeling" and not written.figure.lift
    have = split_contacts_by_site(spec.contacts)
    gone = [c for c in inherited_contacts(written) if kneels and c not in have]
    for heel in (c for c in gone if isinstance(c, str) and c.endswith(" heel on floor")):
        says = f"{heel} would not hold any more: write it, or lift the foot"
        yield _make_failing_finding("wander", heel, says, LOST_CONTACT_SEVERITY_DEG)


def find_unlifted_limbs(written: WrittenPosture, pose: Pose) -> Iterator[Finding]:
    """What is to be lifted, and lies where it lay."""
    for limb in written.figure.lift:
        parts = {*parts_of_limb(limb)}
        rests = [
            c
            for c in written.base_contacts
            if c.endswith(" on floor") and parts & {*body_parts_of_contact(c)}
        ]
        if rests and max(contact_gap_cm(pose, c) for c in rests) < MIN_LIFTED_LIMB_GAP_CM:
            says = (
                f"lift says {limb}, and no angle lifts it enough: {_suggest_angle(written, limb)}"
            )
            yield _make_failing_finding("wander", limb, says, LOST_CONTACT_SEVERITY_DEG)


def _suggest_angle(written: WrittenPosture, limb: str) -> str:
    """Which angle lifts a limb, and more than how many degrees of it there are."""
    side, bare = split_side(limb.removeprefix("both "))
    bare = bare if bare in ("shoulders", "hips") else bare.rstrip("s")
    joint = LIFTING_JOINT_BY_LIMB.get(bare)
    if joint is None:
        return "write other angles of the hips and the knees"
    backward = written.base.spec.position == "prone" and joint != "shoulder"
    joint = "lumbar" if backward and joint == "thoracic" else joint
    motion = "extension" if backward else "flexion"
    of_limb = joint in ("hip", "shoulder")
    name = add_side(joint, side or "left") if of_limb else joint
    index, sign = find_dof_index_and_sign(name, motion)
    now = max(0.0, sign * float(written.carried[index]))
    said = name if side or not of_limb else f"{joint}s"
    return f"write more than {now:.0f}° of {said} {motion}"


def find_slips_off_supports(written: WrittenPosture, pose: Pose) -> Iterator[Finding]:
    """What lay on a thing from above, and is pressed against its side now, or lies below."""
    base = body().frames(written.base.numbers[None])
    for contact in split_contacts_by_site(pose.spec.contacts):
        site, verb, thing = split_site_verb_and_place(contact)
        if verb != "on" or thing == "floor" or site not in body().sites:
            continue
        at, support = body().sites[site][:2], make_support(thing)
        before, now = (
            support.distances_and_normals(f.point(*at))[1][0, 1] for f in (base, pose.frames)
        )
        sinks = (written.base.point(site) - pose.point(site))[
            1
        ] * STATURE_CM > MAX_SUPPORTED_SITE_DROP_CM
        end = split_side(body_parts_of_contact(contact)[0])[1]
        lay = contact in written.base_contacts and before > MIN_BEARING_SUPPORT_NORMAL_Y
        where = ""
        if now < MAX_UNDERSIDE_SUPPORT_NORMAL_Y:
            where = (
                f"be below the {thing}, which does not roll along, and not on it: write how high"
                " it is, as at: [-25, 0, 90], or steps that each have it elsewhere"
            )
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


def find_drift(written: WrittenPosture, pose: Pose) -> Iterator[Finding]:
    """What turned that nobody mentioned, so far that it is another posture."""
    if not written.figure.like:
        return
    reaches = _reaches_with_upper_body(written, pose)
    for joint, dof, before, now, limit in drifting_joints(written, pose):
        way = dof.motion if now > before else dof.spec.opposite
        part, words = f"{joint} {way}".replace("_", " "), ""
        if joint == "pelvis":
            words, before, now = f"the trunk would lean {way[:-5]} by", 0.0, now - before
        yield _make_drift_finding(part, words or f"{part} would be", abs(now), abs(before) + limit)
    across = [p.frames.rotations[0, 0, :, 2] for p in (written.base, pose)]
    turned = float(np.degrees(np.arccos(np.clip(across[0] @ across[1], -1, 1))))
    most = MAX_PELVIS_DRIFT_WHEN_REACHING_DEG if reaches else MAX_PELVIS_DRIFT_DEG
    meant = {("pelvis", "list_right"), ("pelvis", "turn_right")} & written.angles.keys()
    if turned > most and not meant:
        words, down = "the whole body would roll by", across[0][1]  # of its right side
        if abs(down) > 0.7:
            below = "left" if down > 0 else "right"
            words = f"in {written.figure.like} the {below} side lies below: {words}"
        yield _make_drift_finding("pelvis", words, turned, most)


def _reaches_with_upper_body(written: WrittenPosture, pose: Pose) -> bool:
    """Does it touch something by hand, head or trunk, so that the trunk may go along?"""
    arms = (*TRUNK_PARTS, *ARM_PARTS, "head")
    return any(split_side(part)[1] in arms for part in written.placed_parts) or any(
        "palm" in c and is_support_other_than_floor(contact_target(c).split()[-2:][0])
        for c in split_contacts_by_site(pose.spec.contacts)
    )


def drifting_joints(
    written: WrittenPosture, pose: Pose, at_most: float = np.inf
) -> Iterator[tuple[str, Dof, float, float, float]]:
    """Joints that nobody mentioned: degrees before and now, past what they may turn."""
    reaches = _reaches_with_upper_body(written, pose)
    most = MAX_SPINE_DRIFT_WHEN_REACHING_DEG if reaches else MAX_SPINE_DRIFT_DEG
    room = {thing for thing in written.room if not thing.startswith("door")}
    said = {split_side(joint)[1] for joint, _ in written.angles} | room
    said |= {split_side(part)[1] for part in written.placed_parts} & {*LEG_PARTS[2:], "pelvis"}
    said &= {"pelvis", "hip", "knee", "ankle", "foot", *room}
    arms = {f"{each} {limb}" for each in ("both", *SIDES) for limb in ("arm", "hand")}
    keeps_legs = not ({*written.figure.lift} - arms or said)
    asked = any(
        joint.endswith("hip") and abs(angle) > MAX_WRITTEN_ANGLE_ERROR_DEG
        for (joint, _), angle in written.angles.items()
    )
    keeps_upright = not asked and written.base.spec.position in ("sitting", "standing", "kneeling")
    most_bend = {
        "standing": MAX_LEG_DRIFT_WHEN_REACHING_DEG,
        "kneeling": MAX_KNEELING_LEG_BEND_DRIFT_DEG,
    }
    stood = sites_on_floor_or_step(split_contacts_by_site(pose.spec.contacts))
    bearing = {split_side(site)[0] for site in stood}
    # a trunk follows a written hip of a leg that bears it
    hips = {f"{side} hip" for side in bearing}.intersection(joint for joint, _ in written.angles)
    bears_all = len(bearing) == 1 and written.base.spec.position == "standing"
    for index, dof in enumerate(body().dofs, 3):
        joint = add_side(dof.joint, dof.side)
        limit = most if dof.joint in SPINE_JOINTS else np.inf
        if (dof.joint, dof.motion) in SIDEWAYS_LEG_MOTIONS and dof.side not in written.laid_legs:
            limit = MAX_LEG_DRIFT_WHEN_REACHING_DEG if reaches else MAX_LEG_DRIFT_DEG
        before, now = float(written.base.numbers[index]), float(pose.numbers[index])
        if dof.motion == "forward_tilt" and keeps_upright:
            limit = MAX_PELVIS_DRIFT_DEG
            if reaches and now > before:
                limit = MAX_PELVIS_DRIFT_WHEN_REACHING_DEG
        elif dof.motion == "forward_tilt" and "left seat on floor" in written.base_contacts:
            limit = MAX_FLOOR_SITTING_PELVIS_DRIFT_DEG
        if (dof.joint, dof.motion) in BENDING_LEG_MOTIONS:
            if keeps_legs:
                limit = most_bend.get(written.base.spec.position or "", np.inf)
            bows = reaches and dof.joint == "hip"
            if bears_all and dof.side in bearing and not bows:  # which is told, and not refused
                limit = min(limit, at_most)
        swings = (dof.joint, dof.motion) == ("hip", "abduction")
        if written.base.spec.position == "standing" and (
            swings or (joint == "pelvis" and not hips)
        ):
            limit = min(limit, at_most)
        if index in written.straightened:
            before, limit = 0.0, MAX_ARM_OUT_OF_PLANE_DEG
        limit = min(limit, at_most) if limit < np.inf else limit
        if index in written.mentioned or joint in written.figure.free or abs(now - before) <= limit:
            continue
        if dof.side == "right" and not (written.side or written.base.side):
            continue  # which is told of the left one
        yield joint, dof, before, now, limit


def describe_drifts(written: WrittenPosture, pose: Pose) -> Iterator[str]:
    """What turned a little that nobody mentioned, the most first."""
    drifts = drifting_joints(written, pose, MAX_WRITTEN_ANGLE_ERROR_DEG)
    for joint, dof, before, now, _ in sorted(drifts, key=lambda d: -abs(d[3] - d[2])):
        if not written.figure.like:
            return
        way = dof.motion if now > before else dof.spec.opposite
        nods = dof.joint == "pelvis" or dof.motion == "flexion"  # with what the hands reach
        aside = (dof.joint, dof.motion) in SIDEWAYS_LEG_MOTIONS
        unreported_deg = MAX_UNREPORTED_TRUNK_BEND_DEG * nods + MAX_UNREPORTED_LEG_TURN_DEG * aside
        if abs(now - before) < unreported_deg:
            continue
        yield f"{joint} {way} by {abs(now - before):.0f}°".replace("_", " ")
