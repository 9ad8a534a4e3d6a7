"""A posture as a person writes it, beside the one of the course that it is like."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from backcare_nb.body.skeleton import SIDES, add_side, body, mirror_name, split_side
from backcare_nb.course.fields import LYING_POSITIONS, Side
from backcare_nb.custom.angles_and_contacts import (
    LEG_PARTS,
    MAX_WRITTEN_ANGLE_ERROR_DEG,
    TRUNK_PARTS,
    angle_by_joint_and_motion,
    body_parts_of_contact,
    contact_target,
    flatten_joint_angles,
    horizontal_place_cm,
    is_leg_on_other_thigh,
    is_trunk_on_own_support,
    merge_split_contacts,
    nest_angles_by_joint,
    parts_moved_by,
    parts_of_limb,
    split_all_contacts,
)
from backcare_nb.custom.file_format import OwnPosture
from backcare_nb.custom.implied_angles import (
    as_side_plank,
    is_heel_raised,
    pelvis_facing_sign,
    with_implied_angles,
    with_tiptoe_angles_and_contacts,
)
from backcare_nb.custom.room import lies_on_side
from backcare_nb.posture.contacts import (
    do_arms_cross,
    make_support,
    split_contacts_by_site,
    split_site_verb_and_place,
)
from backcare_nb.posture.pose import (
    SPINE_JOINTS,
    find_dof_index_and_sign,
    iter_joint_angles,
    mirror_pose,
    solve_posture,
)
from backcare_nb.posture.spec import (
    STATURE_CM,
    Contact,
    CornerView,
    OwnPostureSpec,
    PlaceContact,
    View,
)
from backcare_nb.posture.table import OWN_SUPPORT_NAME_PATTERN, posture_table

NECK_ONLY_MOTIONS = {
    ("cervical", way) for way in ("flexion", "extension", "retraction", "protraction")
}
MAX_ARM_OUT_OF_PLANE_DEG = 20.0  # of an arm whose other way up is written
MAX_STRAIGHT_KNEE_DEG = 10.0  # of a leg that is laid down
FOOT_BALL_INSIDE_SUPPORT_EDGE_CM = 1.5  # of a foot whose heel is not on what it stands on
FOOT_BALL_TO_TOES_CM = 6.0
VIEW_OF_BAND_AHEAD = CornerView(azimuth=120, elevation=20)  # which looks like a belt from the front
MIN_SWUNG_UP_FOOT_CM = 10.0  # of a foot beside one that stands on a thing
# Angles from which limbs begin, by part and what it is to touch.
STARTING_LIMB_ANGLES_TOML_DATA = tomllib.loads(
    Path(__file__).with_name("limbs.toml").read_text(encoding="utf-8")
)
EXTRA_HIP_FLEXION_OVER_ROLL_DEG = 15.0  # by which a hip bends more, to begin above a ball or a roll
STEP_HEIGHT_AT_STARTING_FLEXION_CM = 18.0  # of a step that a foot is raised to so far
EXTRA_STARTING_FLEXION_DEG_PER_CM = 1.4  # of hip and knee, for what is higher


class WrittenPosture:
    """A posture as it is written, beside the one of the course that it is like."""

    def __init__(self, figure: OwnPosture, title: str, side: Side | None) -> None:
        figure = as_side_plank(figure)
        base = solve_posture(figure.like or "standing")
        self.base = base if side is None or base.side in (None, side) else mirror_pose(base)
        self.base_contacts = split_contacts_by_site(self.base.spec.contacts) if figure.like else ()
        self.tiptoe = [each for each in SIDES if is_heel_raised(figure, each)]
        self.figure = figure = with_implied_angles(
            with_tiptoe_angles_and_contacts(figure, self.tiptoe, self.base_contacts),
            self.base,
            self.base_contacts,
        )
        self.title, self.side = title, side
        self.angles = {
            way: value * (pelvis_facing_sign(base, *way) if figure.like else 1)
            for way, value in angle_by_joint_and_motion(figure.angles).items()
        }
        self.moved_parts = {*self._parts_moved_by_written_angles()}
        self.placed_parts = {
            p for c in split_all_contacts(figure.contacts) for p in body_parts_of_contact(c)
        }
        self.contact_words = split_contacts_by_site(figure.contacts)
        on_body = [c for c in self.contact_words if contact_target(c) in body().sites]
        self.laid_legs = {split_side(p)[0] for c in on_body for p in body_parts_of_contact(c)}
        stands = [
            split_site_verb_and_place(c)
            for c in self.contact_words
            if re.search(" (heel|ball) on ", c)
            or (" toes on " in c and split_side(c)[0] in self.tiptoe)
        ]
        self.feet = list(dict.fromkeys(split_side(site)[0] for site, *_ in stands))
        self.on_edge = not any(site.endswith("heel") for site, *_ in stands)
        laid = [each for each in SIDES if self._is_leg_laid_down(each)]
        self.laid_down = [f"{side} heel on floor" for side in laid]
        if lies_on_side(base) and self._lies_lower_leg_flat():
            self.laid_down.append(f"{self.base.side} ball_outer on floor")
        self.room = self._supports_in_room()
        self.mentioned = {find_dof_index_and_sign(*each)[0] for each in self.angles}
        self.carried = self.base.numbers.copy()
        for (joint, motion), value in self.angles.items():
            index, sign = find_dof_index_and_sign(joint, motion)
            self.carried[index] = sign * value
        lifted = {part for limb in figure.lift for part in parts_of_limb(limb)}
        up = {side for side in SIDES if f"{side} foot" in lifted or self._is_foot_swung_up(side)}
        under = {thing for *_, thing in stands if not thing.startswith(("floor", "wall"))}
        every = {*SIDES} - up == {*self.feet}
        self.stands_on = under.pop() if every and len(under) == 1 else None
        self.straightened: set[int] = set()
        self._keep_raised_arms_in_plane()
        self._take_along_leg_on_other_thigh()
        self._start_limbs_near_targets()

    def _parts_moved_by_written_angles(self) -> Iterator[str]:
        """What joints carry of which an angle is written that they have not where this begins.

        Who lies turns the pelvis between a trunk and legs that stay.
        """
        lies = self.base.spec.position in LYING_POSITIONS and self.figure.like
        for (joint, motion), value in self.angles.items():
            index, sign = find_dof_index_and_sign(joint, motion)
            turns = abs(sign * self.base.numbers[index] - value) > MAX_WRITTEN_ANGLE_ERROR_DEG
            if turns or not self.figure.like:
                yield from TRUNK_PARTS[:3] if lies and joint == "pelvis" else parts_moved_by(joint)

    def _is_leg_laid_down(self, side: str) -> bool:
        """Is it written straight, in one who lies on the back, and neither lifted nor placed?"""
        hip, knee = (self.angles.get((f"{side} {j}", "flexion"), 90.0) for j in ("hip", "knee"))
        lifted = {*self.figure.lift} & {f"{side} leg", "both legs", f"{side} foot", "hips"}
        over = self.placed_parts.intersection(add_side(part, side) for part in LEG_PARTS)
        tilts = any(joint == "pelvis" for joint, _ in self.angles)
        raised = lifted or over or tilts or self.base.spec.position != "supine"
        return not raised and hip <= MAX_WRITTEN_ANGLE_ERROR_DEG and knee <= MAX_STRAIGHT_KNEE_DEG

    def _is_foot_swung_up(self, side: str) -> bool:
        """Do written angles carry the foot that is said to touch nothing above the other one?"""
        frames = body().frames(np.stack([self.base.numbers, self.carried]))
        heels = {each: frames.point(*body().sites[f"{each} heel"][:2])[:, 1] for each in SIDES}
        rise = np.diff(heels[side] - heels[mirror_name(side)])[0]
        return side not in self.feet and bool(rise > MIN_SWUNG_UP_FOOT_CM / STATURE_CM)

    def _lies_lower_leg_flat(self) -> bool:
        """Does the lower leg of one who lies on a side stay on the floor, bent as it may be?"""
        side, upwards = (
            self.base.side,
            {"abduction", "adduction", "external_rotation", "internal_rotation"},
        )
        turns = any(joint == f"{side} hip" and way in upwards for joint, way in self.angles)
        lifted = {part for limb in self.figure.lift for part in parts_of_limb(limb)}
        held = any(c.startswith(f"{side} ball_outer") for c in self.base_contacts)
        return not (
            turns or held or {f"{side} foot", f"{side} shank"} & (lifted | self.placed_parts)
        )

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

    def _take_along_leg_on_other_thigh(self) -> None:
        for contact in filter(is_leg_on_other_thigh, self.base_contacts):
            sides = (split_side(part)[0] for part in body_parts_of_contact(contact))
            leg, other = (body().dof[f"{side} hip.flexion"] for side in sides)
            if leg not in self.mentioned:
                self.carried[leg] += self.carried[other] - self.base.numbers[other]

    def _start_limbs_near_targets(self) -> None:
        """Begin near to what a hand or a foot is to touch, where angles for that are known."""
        are_arms_crossed = do_arms_cross(self.figure.contacts)
        for contact in self.contact_words:
            side, part = split_side(body_parts_of_contact(contact)[0])
            reach = _angles_to_reach(contact, "step" in self.room, are_arms_crossed)
            angles = [] if self.stands_on and part == "foot" else reach
            if part == "foot" and contact_target(contact).startswith(("ball_", "roll_")):
                bent = self.base.numbers[body().dof[f"{side} hip.flexion"]]
                angles = [("hip", "flexion", bent + EXTRA_HIP_FLEXION_OVER_ROLL_DEG)]
            self._set_unmentioned_angles(self.carried, angles, side)
            for joint, _, _ in angles:
                self.moved_parts.update(parts_moved_by(add_side(joint, side)))

    def _set_unmentioned_angles(
        self, numbers: np.ndarray, angles: Iterable[tuple[str, str, float]], side: str | None
    ) -> None:
        for joint, motion, value in angles:
            index, sign = find_dof_index_and_sign(add_side(joint, side), motion)
            if index not in self.mentioned:
                numbers[index] = sign * value

    def _supports_in_room(self) -> tuple[str, ...]:
        before = self.base.spec.on or () if self.figure.like else ()
        if self.figure.on is not None:
            goes = {body_parts_of_contact(c)[0] for c in self.contact_words}
            left = {
                contact_target(c) for c in self.base_contacts if body_parts_of_contact(c)[0] in goes
            }
            before = tuple(thing for thing in before if self.figure.on and thing not in left)
        doors = (end for end in self.figure.strap if end.startswith("door"))
        ends = (*map(contact_target, self.contact_words), *doors)
        things = [split_side(e)[1].partition(" ")[0] for e in ends if e not in body().sites]
        known = posture_table().supports
        used = [t for t in things if t in known or OWN_SUPPORT_NAME_PATTERN.fullmatch(t)]
        return tuple(dict.fromkeys(map(str, (*before, *(self.figure.on or ()), *used))))

    def build_spec(
        self, contacts: list[Contact], written: tuple[Contact, ...] | None = None
    ) -> OwnPostureSpec:
        """The posture with these of the contacts that it takes over, and those written."""
        figure, base = self.figure, self.base.spec
        own = figure.contacts if written is None else written
        new = {*self.laid_down}.difference(self.base_contacts)
        laid = [words for words in self.laid_down if words in new and words in contacts]
        before = (*base.contacts, *laid) if figure.like else ()
        every = (*merge_split_contacts(before, contacts), *own, *self._foot_places_at_edge())
        kept = self._starting_numbers(split_all_contacts(every))
        near = kept[:3] + self._offset_to_supports_statures(kept)
        return OwnPostureSpec(
            title=figure.title or self.title,
            position=figure.position or base.position,
            side=self.side or self.base.side,
            on=self.room,
            context=tuple(dict.fromkeys((*(base.context if figure.like else ()), *figure.context))),
            angles=nest_angles_by_joint(self.angles),
            kept=nest_angles_by_joint(dict(self._unmentioned_angles(kept))) if figure.like else {},
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
            ball += FOOT_BALL_INSIDE_SUPPORT_EDGE_CM
            for side in self.feet:
                toes = side in self.tiptoe
                site, x = ("toes", ball + FOOT_BALL_TO_TOES_CM) if toes else ("ball", ball)
                z = horizontal_place_cm(self.base, f"{side} {site}")["z"]
                yield PlaceContact(place=f"{side} {site}", x=round(x, 1), z=z)

    def _choose_views(self) -> tuple[View, ...] | None:
        """From where the posture that it is like is seen, and what moves sideways too."""
        views, position = self.base.spec.views, self.base.spec.position
        if self.angles and {*self.angles} <= NECK_ONLY_MOTIONS:  # which is small
            return ("side_close",)
        moves_aside = any(
            joint in (*SPINE_JOINTS, "pelvis")
            and motion.endswith(("_right", "_left"))
            and abs(angle) >= MAX_WRITTEN_ANGLE_ERROR_DEG
            for (joint, motion), angle in self.angles.items()
        )
        if any(thing.startswith("chair_") for thing in self.room) and views:
            return tuple("back" if view == "front" else view for view in views)  # before the legs
        if self.figure.strap and {"door_ahead", "door_behind"} & {*self.room} and views:
            return tuple(VIEW_OF_BAND_AHEAD if view == "front" else view for view in views)
        if views not in (None, ("side",)) or not moves_aside:
            return views
        return "side", "front" if position in ("sitting", "standing") else "above"

    def _offset_to_supports_statures(self, numbers: np.ndarray) -> np.ndarray:
        """How far the whole body goes, fractions of stature, to walls and to what it stands on."""
        frames, way = body().frames(numbers[None]), np.zeros(3)
        for words in self.contact_words:
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
        had, have = ({body_parts_of_contact(c)[0] for c in e} for e in (self.base_contacts, words))
        for side in (side for side in SIDES if f"{side} hand" in had - have):
            self._set_unmentioned_angles(
                numbers, flatten_joint_angles(STARTING_LIMB_ANGLES_TOML_DATA["relaxed_arm"]), side
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


def _angles_to_reach(
    contact: str, is_near: bool, are_arms_crossed: bool
) -> list[tuple[str, str, float]]:
    """What a limb does to touch a thing in the room or another part, where that is known."""
    target = contact_target(contact)
    (side, part), (there, thing) = map(split_side, (body_parts_of_contact(contact)[0], target))
    if part == "hand" and target in body().sites and side and there and side != there:
        thing = f"{'over' if are_arms_crossed and side == 'right' else 'across'} {thing}"
    thing = f"near {thing}" if is_near and thing.startswith("wall") else thing
    rows = (row for row in STARTING_LIMB_ANGLES_TOML_DATA["reaching"] if row["part"] == part)
    reached = (row["angles"] for row in rows if thing.startswith(row["to"]))
    angles = flatten_joint_angles(next(reached, {}))
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
