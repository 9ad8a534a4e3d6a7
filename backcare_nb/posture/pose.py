"""Postures: how the body is placed, as people describe it, solved to exact numbers.

data/postures.yaml gives clinical angles and contacts; here they become problems for the solver.
Angles that are given are kept as near as the contacts allow; the others are found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from backcare_nb.body.balance import weight_bearing_masks_by_site
from backcare_nb.body.skeleton import SIDES, SegmentFrames, add_side, body
from backcare_nb.body.solution_cache import solution_cache
from backcare_nb.body.supports import FLOOR, Support
from backcare_nb.course.fields import MISTAKE_POSTURE_PREFIX, Side, fill_sides
from backcare_nb.posture.constraints import PostureProblem, touching_part_pairs
from backcare_nb.posture.contacts import (
    do_arms_cross,
    make_support,
    parse_contacts,
    split_contacts_by_site,
)
from backcare_nb.posture.solver import solve_posture_problems
from backcare_nb.posture.spec import (
    SINGULAR_BY_PLURAL_JOINT,
    STATURE_CM,
    OwnPostureSpec,
    PostureSpec,
    mirror_spec,
)
from backcare_nb.posture.table import PostureTable, posture_table, solution_source_text

GIVEN_ANGLE_SOFTNESS = 0.01  # how freely a given angle gives way, against 1 for a free one
OWN_POSTURE_ANGLE_SOFTNESS = 5e-4  # the same of one that a person wrote for a posture of their own
INHERITED_TRUNK_ANGLE_SOFTNESS = 0.01  # and of the spine, and of a pelvis that nobody wrote to roll
# Of the neck, which nobody draws back or pushes on to reach something.
NECK_RETRACTION_SOFTNESS = 1e-6
# How freely what is not given gives way: people bend before they twist, and move a limb first.
FREE_ANGLE_SOFTNESS_BY_JOINT_OR_MOTION = {
    "lumbar": 0.02, "thoracic": 0.02, "cervical": 0.02, "girdle": 0.05, "pelvis": 0.2,
    "lumbar.flexion": 0.2, "thoracic.flexion": 0.2, "cervical.flexion": 0.2,
    "cervical.retraction": NECK_RETRACTION_SOFTNESS,
    "hip.abduction": 0.1, "hip.external_rotation": 0.1, "ankle.eversion": 0.1,
    "wrist.radial_deviation": 0.1, "fingers.flexion": 0.1,
    "thumb": 0.1,
}  # fmt: skip
SPINE_JOINTS = ("lumbar", "thoracic", "cervical")
PELVIS_POSITION_SOFTNESS = 0.04  # of the place of the pelvis
# fractions of stature at which the hips start
START_HIP_HEIGHT_STATURES_BY_POSITION = {
    "supine": 0.12,
    "prone": 0.12,
    "kneeling": 0.3,
    "sitting": 0.35,
    "standing": 0.53,
}


@dataclass(frozen=True)
class Pose:
    """A solved posture for one side: ``numbers`` (size,) as the body takes them."""

    name: str
    side: Side | None
    spec: PostureSpec
    numbers: np.ndarray
    supports: tuple[Support, ...]

    @property
    def title(self) -> str:
        return fill_sides(self.spec.title, self.side)

    @property
    def faces_minus_x(self) -> bool:
        """Does it look along -x, as one does who half-kneels or lies on the front?"""
        return abs(float(self.numbers[body().dof["pelvis.turn_right"]])) > 90

    @property
    def strap(self) -> tuple[str, ...]:
        """The places that a strap joins, if there is one."""
        return self.spec.strap if isinstance(self.spec, OwnPostureSpec) else ()

    @property
    def is_mistake(self) -> bool:
        """Does it show a common mistake, which nobody is to copy?"""
        return self.name.startswith(MISTAKE_POSTURE_PREFIX)

    @cached_property
    def frames(self) -> SegmentFrames:
        """A batch of one."""
        return body().frames(self.numbers[None])

    @cached_property
    def bearing_sites(self) -> list[str]:
        """The sites of hands, elbows, knees and feet that bear weight, in order."""
        bears = weight_bearing_masks_by_site(body(), self.frames, self.supports)
        return [site for site, (here,) in bears.items() if here]

    def point(self, site: str) -> np.ndarray:
        """Return where a named site is, (3,) fractions of stature."""
        return self.frames.point(*body().sites[site][:2])[0]


def solve_posture(name: str, side: Side | None = None, table: PostureTable | None = None) -> Pose:
    """Solve a posture of a table, on the side asked for if it has sides. Raises UnknownName."""
    pose = _solve_posture_once(name, table or posture_table())
    return pose if side is None or pose.side in (side, None) else mirror_pose(pose)


def mirror_pose(pose: Pose) -> Pose:
    """Make the mirror image of a pose: sides swapped, no angle changed."""
    spec = mirror_spec(pose.spec)
    return Pose(
        pose.name, spec.side, spec, body().mirror_poses(pose.numbers), supports_of_posture(spec)
    )


@cache
def _solve_posture_once(name: str, table: PostureTable) -> Pose:
    spec = table.resolve_posture_spec(name)
    numbers = solution_cache().get_or_solve(
        f"posture {name}",
        solution_source_text(spec),
        lambda: solve_posture_problems(body(), [build_posture_problem(spec)])[0],
    )
    return Pose(name, spec.side, spec, numbers, supports_of_posture(spec))


def build_posture_problem(spec: PostureSpec) -> PostureProblem:
    """Write the spec as targets, contacts and limits for the solver."""
    target = _neutral_pose_numbers(spec)
    joints = [
        FREE_ANGLE_SOFTNESS_BY_JOINT_OR_MOTION.get(
            f"{d.joint}.{d.motion}", FREE_ANGLE_SOFTNESS_BY_JOINT_OR_MOTION.get(d.joint, 1.0)
        )
        for d in body().dofs
    ]
    give, given_softness = np.array([PELVIS_POSITION_SOFTNESS] * 3 + joints), GIVEN_ANGLE_SOFTNESS
    if isinstance(spec, OwnPostureSpec):
        given_softness = OWN_POSTURE_ANGLE_SOFTNESS
        for joint, motion, value in iter_joint_angles(spec.kept):
            index, sign = find_dof_index_and_sign(joint, motion)
            target[index] = sign * value
            leans = "tilt" in motion and spec.position not in ("kneeling", "sitting")
            if joint in SPINE_JOINTS or (joint == "pelvis" and not leans):
                give[index] = INHERITED_TRUNK_ANGLE_SOFTNESS
        rests = split_contacts_by_site(spec.contacts if spec.position == "supine" else ())
        for side in SIDES:  # a leg that lies on its heel keeps its foot as it is
            if f"{side} heel on floor" in rests and f"{side} ball_inner on floor" not in rests:
                give[body().dof[f"{side} ankle.dorsiflexion"]] = INHERITED_TRUNK_ANGLE_SOFTNESS
    for joint, motion, value in iter_joint_angles(spec.angles):
        index, sign = find_dof_index_and_sign(joint, motion)
        target[index], give[index] = sign * value, given_softness
    # limits are widened to what is given: a check refuses that, and says why
    given, (low, high) = give == given_softness, pose_limits_in_posture(spec).T
    low = np.minimum(low, np.where(given, target, np.inf))
    high = np.maximum(high, np.where(given, target, -np.inf))
    start = target.copy()
    hips = (0, START_HIP_HEIGHT_STATURES_BY_POSITION[spec.position or "standing"], 0)
    start[:3] = np.array(spec.near) / STATURE_CM if spec.near else hips
    linear, curved = parse_contacts(spec.contacts)
    return PostureProblem(
        target,
        give,
        np.stack([low, high], axis=1),
        linear,
        curved,
        supports_of_posture(spec),
        start,
        symmetric=spec.side is None and not do_arms_cross(spec.contacts),
        touching=touching_part_pairs(body(), linear, curved),
    )


def _neutral_pose_numbers(spec: PostureSpec) -> np.ndarray:
    """The neutral body: each region of the spine in its curve for standing, or for lying."""
    numbers = np.zeros(body().size)
    if spec.position in ("supine", "prone"):
        for name, joint in body().table.joints.items():
            if joint.lying is not None:
                index, sign = find_dof_index_and_sign(name, "flexion")
                numbers[index] = sign * (joint.lying - joint.curve)
    return numbers


def pose_limits_in_posture(spec: PostureSpec) -> np.ndarray:
    """Return the limits of each number, (size, 2), where the last context that has one holds."""
    limits = body().pose_limits.copy()
    for i, dof in enumerate(body().dofs):
        for context in spec.context:
            if context in dof.spec.contexts:
                limits[3 + i] = dof.spec.contexts[context].limit
    return limits


def supports_of_posture(spec: PostureSpec) -> tuple[Support, ...]:
    """What a posture rests on; the floor is always there."""
    return (FLOOR, *(make_support(name) for name in spec.on or ()))


def iter_joint_angles(angles: dict[str, dict[str, float]]) -> Iterator[tuple[str, str, float]]:
    """Yield each joint, motion and angle: "knees" is both."""
    for joint, motions in angles.items():
        both = [
            add_side(SINGULAR_BY_PLURAL_JOINT[joint], side)
            for side in SIDES
            if joint in SINGULAR_BY_PLURAL_JOINT
        ]
        for one in both or [joint]:
            for motion, value in motions.items():
                yield one, motion, value


@cache
def find_dof_index_and_sign(joint: str, motion: str) -> tuple[int, float]:
    """Return the index in a pose of a motion, by its name or its opposite's, and the sign."""
    for i, dof in enumerate(body().dofs):
        if add_side(dof.joint, dof.side) == joint:
            if dof.motion == motion:
                return 3 + i, 1.0
            if dof.spec.opposite == motion:
                return 3 + i, -1.0
    raise KeyError(f"{joint}: {motion}")
