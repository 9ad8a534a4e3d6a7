"""Feet that stay, the weight over them, and how one who sits leaves a chair."""

import re
from collections.abc import Callable, Collection, Sequence

import numpy as np

from backcare_nb.body.skeleton import SIDES, add_side, body, mirror_name, split_side
from backcare_nb.custom.angles_and_contacts import (
    MAX_WRITTEN_ANGLE_ERROR_DEG,
    ROOM_AXES,
    body_parts_of_contact,
    contact_key,
    contact_target,
    horizontal_place_cm,
    sites_on_floor_or_step,
    split_all_contacts,
)
from backcare_nb.custom.posture_failures import Attempt, solve_and_find_failures, solve_own_posture
from backcare_nb.posture.contacts import split_contacts_by_site
from backcare_nb.posture.pose import SPINE_JOINTS, Pose, find_dof_index_and_sign, iter_joint_angles
from backcare_nb.posture.spec import STATURE_CM, AheadContact, OwnPostureSpec, PlaceContact

MAX_SPINE_WANDER_FOR_HANDS_DEG = 8.0  # that stay where they are on the wall
MAX_WEIGHT_SIDEWAYS_OF_STANDING_FOOT_CM = 3.0  # of who stands on one
MAX_WEIGHT_SHIFTS = 3  # of the weight, towards balance
LIFT_OFF_HEIGHT_CM, LIFT_OFF_TILT_DEG = 8.0, 45.0  # of one who leaves a chair


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
    places = {site: horizontal_place_cm(there, site) for site in sites}
    standing = {part for c in spec.contacts for part in body_parts_of_contact(c)}
    for site, place in [*places.items()]:
        if {"foot", add_side("foot", split_side(mirror_name(site))[0])} & standing:
            places.setdefault(mirror_name(site), {**place, "z": -place["z"]})
    placed = [*hands, *(PlaceContact(place=site, **place) for site, place in places.items())]
    kept = (
        contact
        for contact in spec.contacts
        if not (isinstance(contact, PlaceContact) and "foot" in body_parts_of_contact(contact)[0])
        and not contact_key(contact).startswith("ahead sacrum")
    )
    moved = spec.model_copy(update={"contacts": (*kept, *placed)})
    tilt = round(float(here.numbers[body().dof["pelvis.forward_tilt"]]), 1)
    angles = {"pelvis": {"forward_tilt": tilt}, **spec.angles}
    upright = moved.model_copy(update={"angles": angles})
    wander_deg = MAX_SPINE_WANDER_FOR_HANDS_DEG if hands else MAX_WRITTEN_ANGLE_ERROR_DEG
    return _feasible_spec_or_none(upright, wander_deg) or _feasible_spec_or_none(moved, wander_deg)


def with_sites_at(spec: OwnPostureSpec, there: Pose, sites: Sequence[str]) -> OwnPostureSpec | None:
    """The same posture with some sites where they are in another, if a body can."""
    placed = [PlaceContact(place=site, **horizontal_place_cm(there, site)) for site in sites]
    kept = [c for c in spec.contacts if not (isinstance(c, PlaceContact) and c.place in sites)]
    moved = spec.model_copy(update={"contacts": (*kept, *placed)})
    return _feasible_spec_or_none(moved, MAX_WRITTEN_ANGLE_ERROR_DEG)


def lift_off_chair(spec: OwnPostureSpec) -> OwnPostureSpec | None:
    """How one who sits leaves the chair, leaning over feet that stay; None where one cannot."""
    sits = solve_own_posture(spec)
    held = split_all_contacts(spec.contacts)
    seated = {p for c in held if contact_target(c) == "chair" for p in body_parts_of_contact(c)}
    loose = seated | {add_side("shank", side) for side in SIDES}  # and hands on the thighs
    kept = [c for c in held if not loose.intersection(body_parts_of_contact(c))]
    high = float(sits.point("left buttock")[1]) * STATURE_CM + LIFT_OFF_HEIGHT_CM
    for side in SIDES:
        kept.append(PlaceContact(place=f"{side} buttock", y=round(high, 1)))
        kept.append(PlaceContact(place=f"{side} heel", **horizontal_place_cm(sits, f"{side} heel")))
    legs = ("hips", "knees", "ankles", "left hip", "right hip", "left knee", "right knee")
    angles = {joint: moves for joint, moves in spec.angles.items() if joint not in legs}
    angles["pelvis"] = {"forward_tilt": LIFT_OFF_TILT_DEG}
    update = {"contacts": tuple(kept), "angles": angles, "context": ("weight_bearing",)}
    leaves = _feasible_spec_or_none(spec.model_copy(update={**update, "passing": False}), np.inf)
    return leaves and leaves.model_copy(update={"passing": True})


def _feasible_spec_or_none(spec: OwnPostureSpec, wander_deg: float) -> OwnPostureSpec | None:
    """The posture, with its weight shifted where that is all that is missing; else None."""
    found = shift_weight_if_unbalanced(solve_and_find_failures(spec), solve_and_find_failures)
    return None if found.failures or does_spine_drift(found.pose, wander_deg) else found.spec


def shift_weight_if_unbalanced(
    attempt: Attempt, make: Callable[[OwnPostureSpec], Attempt]
) -> Attempt:
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
    grounded = sites_on_floor_or_step(split_contacts_by_site(pose.spec.contacts))
    if pose.spec.position != "standing" or len({split_side(site)[0] for site in grounded}) != 1:
        return False
    beside = body().centre_of_mass(pose.frames)[0] - pose.point(grounded[0])
    return abs(float(beside[2])) * STATURE_CM > MAX_WEIGHT_SIDEWAYS_OF_STANDING_FOOT_CM


def _with_weight_over_grounded_sites(spec: OwnPostureSpec, pose: Pose) -> OwnPostureSpec | None:
    """The same posture with its hips moved so that the weight is over what it stands on."""
    words = split_contacts_by_site(spec.contacts)
    rests = [c for c in words if " on " in c or " along " in c]
    bears = [contact_target(c) for c in rests if "foot" not in body_parts_of_contact(c)[0]]
    grounded = sites_on_floor_or_step(words)
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
    kept = [c for c in spec.contacts if not contact_key(c).startswith(moved)]
    return spec.model_copy(update={"contacts": (*kept, *shifted)})


def does_spine_drift(pose: Pose, wander_deg: float = MAX_WRITTEN_ANGLE_ERROR_DEG) -> bool:
    """Does the spine move by more than this where nobody mentioned it?"""
    kept = pose.spec.kept if isinstance(pose.spec, OwnPostureSpec) else {}
    for joint, motion, value in iter_joint_angles(kept):
        index, sign = find_dof_index_and_sign(joint, motion)
        if joint in SPINE_JOINTS and abs(sign * pose.numbers[index] - value) > wander_deg:
            return True
    return False
