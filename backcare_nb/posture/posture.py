"""Postures: how the body is placed, as people describe it, solved to exact numbers.

data/postures.yaml gives clinical angles and contacts; here they become problems for the solver.
Angles that are given are kept as near as the contacts allow; the others are found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from backcare_nb.body.skeleton import SIDES, Dof, Frames, body, sided
from backcare_nb.body.solution_cache import solution_cache
from backcare_nb.body.supports import FLOOR, Support
from backcare_nb.course.fields import Side, fill_sides
from backcare_nb.posture.constraints import Problem, touching
from backcare_nb.posture.contacts import contacts, support
from backcare_nb.posture.solver import solve
from backcare_nb.posture.spec import STATURE, MotionSpec, PostureSpec, mirror_spec
from backcare_nb.posture.table import PostureTable, posture_table, source
from backcare_nb.posture.vocabulary import PLURALS

TYPED = 0.01  # how freely a given angle gives way, against 1 for a free one
# How freely what is not given gives way: people bend before they twist, and move a limb first.
GIVE = {
    "lumbar": 0.02, "thoracic": 0.02, "cervical": 0.02, "girdle": 0.05, "pelvis": 0.2,
    "lumbar.flexion": 0.2, "thoracic.flexion": 0.2, "cervical.flexion": 0.2,
    "hip.abduction": 0.1, "hip.external_rotation": 0.1, "ankle.eversion": 0.1,
    "wrist.radial_deviation": 0.1, "fingers.flexion": 0.1,
}  # fmt: skip
LYING = ("supine", "prone")
HIPS_AT = {"supine": 0.12, "prone": 0.12, "kneeling": 0.3, "sitting": 0.35, "standing": 0.53}


@dataclass(frozen=True)
class Solved:
    """What is solved for one side: ``numbers`` as the body takes them, (size,) or (K, size)."""

    name: str
    side: Side | None
    spec: PostureSpec | MotionSpec
    numbers: np.ndarray

    @property
    def title(self) -> str:
        return fill_sides(self.spec.title, self.side)

    @cached_property
    def frames(self) -> Frames:
        """A batch of as many as there are rows of numbers."""
        return body().frames(np.atleast_2d(self.numbers))


@dataclass(frozen=True)
class Pose(Solved):
    """A posture, ``numbers`` (size,)."""

    supports: tuple[Support, ...]

    def point(self, site: str) -> np.ndarray:
        """Where a named site is, (3,) fractions of stature."""
        segment, local, _ = body().site(site)
        return self.frames.points(np.array([segment]), local[None])[0, 0]


def posture(name: str, side: Side | None = None, table: PostureTable | None = None) -> Pose:
    """Solve a posture of a table, on the side asked for if it has sides. Raises UnknownName."""
    pose = _solve_named(name, table or posture_table())
    return pose if side is None or pose.side in (side, None) else mirror(pose)


def mirror(pose: Pose) -> Pose:
    """The mirror image of a pose: sides swapped, no angle changed."""
    spec = mirror_spec(pose.spec)
    return Pose(pose.name, spec.side, spec, body().mirrored(pose.numbers), pose.supports)


@cache
def _solve_named(name: str, table: PostureTable) -> Pose:
    spec = table.whole_spec(name)
    numbers = solution_cache().get_or_solve(
        f"posture {name}", source(spec), lambda: solve(body(), [problem(spec)])[0]
    )
    return Pose(name, spec.side, spec, numbers, supports(spec))


def problem(spec: PostureSpec) -> Problem:
    """The spec as targets, contacts and limits for the solver."""
    b = body()
    target = _at_rest(spec)
    give = np.array([0.04] * 3 + [_give(d) for d in b.dofs])
    for joint, motion, value in given(spec.angles):
        index, sign = dof(joint, motion)
        target[index], give[index] = sign * value, TYPED
    lines, rests = contacts(spec.contacts)
    return Problem(
        target,
        give,
        _bounds(spec, target, give == TYPED),
        lines,
        rests,
        supports(spec),
        _start(spec, target),
        symmetric=spec.side is None,
        touching=touching(b, lines, rests),
    )


def _at_rest(spec: PostureSpec) -> np.ndarray:
    """The neutral body: each region of the spine in its curve for standing, or for lying."""
    b = body()
    target = np.zeros(b.size)
    if spec.position in LYING:
        for name, joint in b.table.joints.items():
            if joint.lying is not None:
                index, sign = dof(name, "flexion")
                target[index] = sign * (joint.lying - joint.curve)
    return target


def _bounds(spec: PostureSpec, target: np.ndarray, typed: np.ndarray) -> np.ndarray:
    """The limits, widened to what is given: a check refuses that, and says why."""
    low, high = limits(spec).T
    low = np.minimum(low, np.where(typed, target, np.inf))
    return np.stack([low, np.maximum(high, np.where(typed, target, -np.inf))], axis=1)


def _give(d: Dof) -> float:
    return GIVE.get(f"{d.joint}.{d.motion}", GIVE.get(d.joint, 1.0))


def _start(spec: PostureSpec, target: np.ndarray) -> np.ndarray:
    start = target.copy()
    start[:3] = (
        np.array(spec.near) / STATURE if spec.near else (0, HIPS_AT[spec.position or "standing"], 0)
    )
    return start


def limits(spec: PostureSpec) -> np.ndarray:
    """(size, 2): the limits of each number in the posture's context."""
    b = body()
    bounds = b.limits.copy()
    for i, d in enumerate(b.dofs):
        for context in spec.context:
            if context in d.spec.contexts:
                bounds[3 + i] = d.spec.contexts[context].limit
    return bounds


def supports(spec: PostureSpec) -> tuple[Support, ...]:
    """What a posture rests on; the floor is always there."""
    return (FLOOR, *(support(name) for name in spec.on or ()))


def given(angles: dict[str, dict[str, float]]) -> Iterator[tuple[str, str, float]]:
    """Each angle by its joint: "knees" is both."""
    for joint, motions in angles.items():
        for one in _each(joint):
            for motion, value in motions.items():
                yield one, motion, value


def _each(joint: str) -> tuple[str, ...]:
    if joint in PLURALS:
        return tuple(sided(PLURALS[joint], side) for side in SIDES)
    return (joint,)


@cache
def dof(joint: str, motion: str) -> tuple[int, float]:
    """The number of a motion by its name or its opposite's, with the sign."""
    b = body()
    for i, d in enumerate(b.dofs):
        if sided(d.joint, d.side) == joint:
            if d.motion == motion:
                return 3 + i, 1.0
            if d.spec.opposite == motion:
                return 3 + i, -1.0
    raise KeyError(f"{joint}: {motion}")
