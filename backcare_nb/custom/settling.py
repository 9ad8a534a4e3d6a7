"""What a person writes of a posture, settled with what it takes over: what is written wins.

Angles and contacts that are written hold. What a limb takes over is let go of where it cannot hold
beside them; of the rest, joints that nobody mentioned stay as they are in the posture it is like.
"""

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np

from backcare_nb.body.skeleton import SIDES, body, split_side
from backcare_nb.course.fields import Side
from backcare_nb.custom.angles_and_contacts import (
    MAX_WRITTEN_ANGLE_ERROR_DEG,
    angle_by_joint_and_motion,
    body_parts_of_contact,
    flatten_joint_angles,
    horizontal_place_cm,
    mirror_angles,
    nest_angles_by_joint,
    parts_moved_by,
    parts_of_limb,
    sites_on_floor_or_step,
    split_all_contacts,
)
from backcare_nb.custom.file_format import OwnPosture
from backcare_nb.custom.inherited_contacts import (
    can_contact_stay,
    contact_lists_to_try,
    contacts_lost_unasked,
    contacts_not_carried_away,
    inherited_contacts,
    keep_only_sideways_places,
    without_ungrounded_places,
)
from backcare_nb.custom.posture_failures import (
    Attempt,
    contact_gap_cm,
    describe_drifts,
    describe_finding_with_cure,
    drifting_joints,
    find_drift,
    find_failures,
    find_lost_contacts,
    find_slips_off_supports,
    find_unlifted_limbs,
    pose_from_numbers,
    solve_own_posture,
)
from backcare_nb.custom.stance import does_spine_drift, shift_weight_if_unbalanced
from backcare_nb.custom.written_posture import WrittenPosture
from backcare_nb.posture.checks import Finding, find_missed_angles
from backcare_nb.posture.contacts import make_support, split_contacts_by_site
from backcare_nb.posture.motion import MAX_LOADED_SLIDE_STATURES
from backcare_nb.posture.pose import (
    SPINE_JOINTS,
    Pose,
    build_posture_problem,
    find_dof_index_and_sign,
)
from backcare_nb.posture.solver import solve_posture_problems
from backcare_nb.posture.spec import (
    SINGULAR_BY_PLURAL_JOINT,
    STATURE_CM,
    Contact,
    OwnPostureSpec,
    PlaceContact,
    format_contact,
)
from backcare_nb.posture.table import OWN_SUPPORT_NAME_PATTERN

# Of what is let go of one by one: where these help nothing, pairs do not either.
MAX_STAGES_WITHOUT_IMPROVEMENT = 3
MAX_HOLDING_TRIES = 3  # times that what wanders is held where it was
MIN_MISSED_CONTACT_CM = 2.0  # by which a contact is missed that written angles stand against
# Of a written contact: what else is wrong comes of reaching for it.
MIN_FAR_MISSED_CONTACT_MM = 50.0
MAX_ATTEMPTS_JUDGED = 6  # of what comes of letting go of one thing or another
SLIDE_COST_PER_CM = 0.5  # by which one thing that rests on the floor goes further than others
LOST_CONTACT_COST_PER_PART = 8.0  # of a part, as if other joints moved by 80 degrees in all
MOTIONS_BY_LIMB = {  # by which it is seen to move
    "arm": ("shoulder.flexion", "shoulder.abduction", "elbow.flexion"),
    "leg": ("hip.flexion", "hip.abduction", "knee.flexion"),
}
MIN_FAILURES_OF_ONE_ANGLE = 4  # that may come of one angle, where what wanders is among them
MAX_ANGLES_LEFT_OUT = 6  # one by one, to find the one that is in the way
MIN_UNASKED_TURN_DEG = 25.0  # of a limb, between two postures


class SettledPosture(NamedTuple):
    """A posture as it came out, what it let go of, and what no body can do of it.

    Of each failure, its kind, the part that it is about, and a sentence; ``drifts`` are joints that
    nobody mentioned, and by how much they turned.
    """

    spec: OwnPostureSpec
    let_go: tuple[str, ...]
    failures: tuple[tuple[str, str, str], ...]
    drifts: tuple[str, ...] = ()


def settle_own_posture(figure: OwnPosture, title: str, side: Side | None) -> SettledPosture:
    """Settle a posture whose names are known to be right.

    With all that holds beside what is written; else with as little let go of as need be. Where one
    angle is in the way of all the rest, that is the failure.
    """
    settled = _settle(figure, title, side)
    kinds = {kind for kind, *_ in settled.failures}
    many = "wander" in kinds and len(settled.failures) >= MIN_FAILURES_OF_ONE_ANGLE
    if not (figure.contacts and ("given" in kinds or many)):
        return settled
    for joint, motion, angle in flatten_joint_angles(figure.angles)[:MAX_ANGLES_LEFT_OUT]:
        kept = {move: a for move, a in figure.angles[joint].items() if move != motion}
        freed = figure.model_copy(update={"angles": {**figure.angles, joint: kept}})
        other = _settle(freed, title, side)
        if not other.failures:
            one = SINGULAR_BY_PLURAL_JOINT.get(joint, "")
            one = f"left {one}" if one else joint
            index, sign = find_dof_index_and_sign(one, motion)
            would_be = sign * solve_own_posture(other.spec).numbers[index]
            part = f"{one} {motion}".replace("_", " ")
            says = f"{part} of {angle:g}° does not go with the rest: leave it out, to be"
            says = f"{says} {would_be:.0f}°"
            return settled._replace(failures=(("given", part, says),))
    return settled


def _settle(figure: OwnPosture, title: str, side: Side | None) -> SettledPosture:
    written = WrittenPosture(figure, title, side)
    rank = partial(_rank, written)
    held = inherited_contacts(written)
    contacts = contacts_not_carried_away(written, held)
    first = _attempt_with_weight_shift(written, written.build_spec(contacts))
    best = first = min([first, _hold_drifting_joints(written, first)], key=rank)
    kept = [c for c in held if c in contacts or can_contact_stay(written, c)]
    following = without_ungrounded_places(written, kept)
    if len(contacts) < len(following):
        elsewhere = [*keep_only_sideways_places(following)]
        best = min([first, *_try_contact_lists(written, [following, elsewhere])], key=rank)
    for count, stage in enumerate(contact_lists_to_try(written, contacts, following)):
        helps_not = count == MAX_STAGES_WITHOUT_IMPROVEMENT and best is first
        if not best.failures or helps_not or (count == 0 and _is_impossible_alone(written)):
            break
        best = min([best, *_try_contact_lists(written, stage)], key=rank)
    chosen = first if best.failures else _keep_place_on_floor(written, best)
    kinds = {found.kind for found in chosen.failures}
    solid = kinds & {"overlap", "inside", "balance"}  # which tell more than what is missed
    told = chosen.failures and (kinds & {"contact", "given"} or not solid)
    found = [f for f in chosen.failures if f.kind != "balance" or "wander" not in kinds]
    clash = _find_missed_written_contact_failure(written, contacts) if told else None
    words = {format_contact(c) for c in split_all_contacts(written.figure.contacts)}
    far = [f for f in found if f.part in words and f.value > MIN_FAR_MISSED_CONTACT_MM]
    if far and not clash:  # the rest comes of reaching for it
        worst = max(far, key=lambda f: (f.value, f.part))
        clash = worst.kind, worst.part, describe_finding_with_cure(worst)
    rows = [clash] if clash else [(f.kind, f.part, _describe_failure(written, f)) for f in found]
    lost = contacts_lost_unasked(written, chosen.spec)
    drifts = describe_drifts(written, chosen.pose)
    return SettledPosture(chosen.spec, lost, tuple(rows), tuple(drifts))


def find_limbs_moved_unasked(figure: OwnPosture, here: Pose, there: Pose) -> Iterator[str]:
    """Limbs that touch nothing there, are not written there, and are elsewhere than before."""
    said = {joint for joint, _ in angle_by_joint_and_motion(figure.angles)}
    busy = {p for c in split_all_contacts(there.spec.contacts) for p in body_parts_of_contact(c)}
    busy |= {part for limb in figure.lift for part in parts_of_limb(limb)}
    turned = np.abs(there.numbers - here.numbers)
    for side, (limb, motions) in product(SIDES, MOTIONS_BY_LIMB.items()):
        dofs = [body().dof[f"{side} {motion}"] for motion in motions]
        written = said.intersection(f"{side} {motion.partition('.')[0]}" for motion in motions)
        free = not (written or busy.intersection(parts_of_limb(f"{side} {limb}")))
        if free and turned[dofs].max() > MIN_UNASKED_TURN_DEG:
            yield f"{side} {limb}"


def _is_impossible_alone(written: WrittenPosture) -> bool:
    """Can what is written not be, whatever is let go of?"""
    alone = _solve_and_find_all_failures(written, written.build_spec([]))
    return bool({"given", "overlap", "range"} & {f.kind for f in alone.failures})


def _describe_failure(written: WrittenPosture, found: Finding) -> str:
    """What is wrong, and that a cushion is thick where what it lifts misses the rest."""
    if "inside chair_back" in found.says:
        return f"{found.says}; bend the hip or the knee less, or hold on to a wall"
    if found.kind != "contact" or "cushion" not in written.room or "cushion" in found.part:
        return describe_finding_with_cure(found)
    thick = max(part.bounds[1][1] for part in make_support("cushion").parts) * STATURE_CM
    return (
        f"{found.says}; the cushion is {thick:.0f} cm thick, and a flatter one is a box, as"
        f' "on: [{{box: [30, 5, 40]}}]"'
    )


def _find_missed_written_contact_failure(
    written: WrittenPosture, contacts: list[Contact]
) -> tuple[str, str, str] | None:
    """The written contact that the written angles miss, where these alone can be had."""
    if not (written.angles and written.figure.contacts):
        return None
    alone = _attempt_with_weight_shift(written, written.build_spec(contacts, ()))
    if any(find_missed_angles(alone.pose, MAX_WRITTEN_ANGLE_ERROR_DEG)):
        return None
    own = split_all_contacts(written.figure.contacts)
    gaps = ((contact_gap_cm(alone.pose, c), format_contact(c), c) for c in own)
    gap, words, contact = max(gaps, key=lambda each: each[:2])
    if gap < MIN_MISSED_CONTACT_CM:
        return None
    parts = set(body_parts_of_contact(contact))
    near = [j for j, _ in written.angles if parts.intersection(parts_moved_by(j))]
    others = {move: angle for move, angle in written.angles.items() if move[0] not in near}
    freed = written.build_spec(contacts).model_copy(update={"angles": nest_angles_by_joint(others)})
    if not near or contact_gap_cm(solve_own_posture(freed), contact) > MIN_MISSED_CONTACT_CM:
        return None  # it is missed without them, too
    plurals = {j: f"{split_side(j)[1]}s" for j in near}
    as_written = (j if j in written.figure.angles else plurals[j] for j in near)
    joints = ", ".join(dict.fromkeys(as_written))
    says = (
        f"{words} is missed by {gap:.0f} cm with the angles that are written ({joints});"
        " leave out one of these angles, or the contact"
    )
    return "contact", words, says


def _rank(written: WrittenPosture, attempt: Attempt) -> tuple[float, float]:
    """What can be done comes first; then what moves little else, and lets go of little."""
    excess = sum(min(100.0, abs(f.value - f.limit)) + 5 for f in attempt.failures)
    return excess, _deviation_cost(written, attempt.pose)


def _hold_drifting_joints(
    written: WrittenPosture, attempt: Attempt, tries: int = MAX_HOLDING_TRIES
) -> Attempt:
    """The same with what has wandered held half as far as it may, and the pelvis at all."""
    if tries == 0 or {found.kind for found in attempt.failures} != {"wander"}:
        return attempt
    held = {
        (joint, dof.motion): round(
            before + np.copysign(limit / 2 * (joint != "pelvis"), now - before), 2
        )
        for joint, dof, before, now, limit in drifting_joints(written, attempt.pose)
    }
    if not (written.side or written.base.side):
        held |= mirror_angles(held)
    angles = {**held, **angle_by_joint_and_motion(attempt.spec.angles)}
    update = {"angles": nest_angles_by_joint(angles)}
    held_still = _attempt_with_weight_shift(written, attempt.spec.model_copy(update=update))
    return _hold_drifting_joints(written, held_still, tries - 1)


def _keep_place_on_floor(written: WrittenPosture, attempt: Attempt) -> Attempt:
    """The same with one hand, knee or foot at its place, where it has wandered on the floor."""
    spec, base = attempt.spec, written.base
    placed = any(isinstance(c, PlaceContact) and c.x is not None for c in spec.contacts)
    had = base.spec.on or ()
    stood = (t in had or OWN_SUPPORT_NAME_PATTERN.fullmatch(t) for t in spec.on or ())
    displaced = _displacements_on_floor_statures(written, attempt.pose)
    if placed or not all(stood) or not displaced:
        return attempt
    ways = np.array([*displaced.values()])
    near = np.abs(ways[:, None] - ways).max(axis=2) < MAX_LOADED_SLIDE_STATURES
    if near[0].all() and np.abs(ways[0]).max() < MAX_LOADED_SLIDE_STATURES:
        return attempt
    site = [*displaced][int(np.argmax(near.sum(axis=1)))]
    place = PlaceContact(place=site, **horizontal_place_cm(base, site))
    update = {"contacts": (*spec.contacts, place)}
    moved = _attempt_with_weight_shift(written, spec.model_copy(update=update))
    return attempt if moved.failures or does_spine_drift(moved.pose) else moved


def _attempt_with_weight_shift(
    written: WrittenPosture, spec: OwnPostureSpec, solved: Pose | None = None
) -> Attempt:
    """The posture solved and judged, with its weight shifted where balance is missing."""
    make = partial(_solve_and_find_all_failures, written)
    return shift_weight_if_unbalanced(make(spec, solved), make)


def _solve_and_find_all_failures(
    written: WrittenPosture, spec: OwnPostureSpec, solved: Pose | None = None
) -> Attempt:
    pose = solved or solve_own_posture(spec)
    found = (
        *find_failures(pose),
        *find_drift(written, pose),
        *find_slips_off_supports(written, pose),
        *find_lost_contacts(written, spec),
        *find_unlifted_limbs(written, pose),
    )
    return Attempt(spec, pose, found)


def _try_contact_lists(
    written: WrittenPosture, contact_lists: list[list[Contact]]
) -> Iterator[Attempt]:
    """What came of each, up to the first that can be done; what wanders least first."""
    specs = [written.build_spec(contacts) for contacts in contact_lists]
    if not specs:
        return
    rows = solve_posture_problems(body(), [build_posture_problem(spec) for spec in specs])
    poses = [pose_from_numbers(*each) for each in zip(specs, rows, strict=True)]
    order = sorted(range(len(poses)), key=lambda k: (_deviation_cost(written, poses[k]), k))
    for k in order[:MAX_ATTEMPTS_JUDGED]:
        attempt = _attempt_with_weight_shift(written, specs[k], poses[k])
        yield attempt
        if not attempt.failures:
            return


def _deviation_cost(written: WrittenPosture, pose: Pose) -> float:
    """By how much it misses what is written, wanders elsewhere, and lets go.

    A degree that an unmentioned joint of a limb moves counts 0.1, one of the spine 0.3.
    """
    missed = sum(abs(f.value - f.limit) for f in find_missed_angles(pose, 1.0))
    gaps = (contact_gap_cm(pose, c) for c in split_all_contacts(pose.spec.contacts))
    apart = sum(gap for gap in gaps if gap > 1)
    wander = np.abs(pose.numbers - written.base.numbers)[3:]
    weights = np.array([0.3 if dof.joint in SPINE_JOINTS else 0.1 for dof in body().dofs])
    weights[[index - 3 for index in written.mentioned]] = 0.0
    words = written.base_contacts, split_contacts_by_site(pose.spec.contacts)
    had, have = ({p for c in some for p in body_parts_of_contact(c)} for some in words)
    lost = LOST_CONTACT_COST_PER_PART * len(had - have)
    ways = [*_displacements_on_floor_statures(written, pose).values()] or [np.zeros(2)]
    slid_cm = float(np.abs(ways - np.mean(ways, axis=0)).sum()) * STATURE_CM
    moved = float((weights * wander).sum()) + SLIDE_COST_PER_CM * slid_cm
    return round(20 * missed + 20 * apart + lost + moved, 1)


def _displacements_on_floor_statures(written: WrittenPosture, pose: Pose) -> dict[str, np.ndarray]:
    """How far what rests on the floor here and before has gone, along x and z, statures."""
    resting = split_contacts_by_site(pose.spec.contacts)
    sites = sites_on_floor_or_step(c for c in written.base_contacts if c in resting)
    return {site: (pose.point(site) - written.base.point(site))[[0, 2]] for site in sites}
