"""The skeleton: joints and segments from data/body.yaml, and forward kinematics.

A pose is one row of numbers: the place of the pelvis (three fractions of stature) and the angle
of every motion (degrees). Clinical angles have the same sign left and right. Axes are those of
the International Society of Biomechanics (Wu 2002, 2005): x forward, y up, z to the right; each
joint turns about z, then x, then y. Everything takes a batch of poses at once.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field

from backcare_nb.body.solution_cache import solution_cache
from backcare_nb.course.fields import Model, Name, TupleFromList

SIDES = ("left", "right")

LaxFloat = Annotated[float, Field(strict=False)]
LaxPoint = Annotated[tuple[LaxFloat, LaxFloat, LaxFloat], Field(strict=False)]
LaxSphere = Annotated[tuple[LaxFloat, LaxFloat, LaxFloat, LaxFloat], Field(strict=False)]
LaxInterval = Annotated[tuple[LaxFloat, LaxFloat], Field(strict=False)]


class MotionRange(Model):
    """Where a motion may go and where most people reach, degrees, and who measured it."""

    limit: LaxInterval
    norm: LaxInterval | None = None
    source: Name


class JointMotion(MotionRange):
    """One way a joint turns, by its clinical name."""

    axis: Literal["x", "y", "z"]
    sign: Literal[1, -1]
    opposite: Name
    shares: TupleFromList[LaxFloat] = ()
    contexts: dict[Name, MotionRange] = Field(default_factory=dict)

    def range_in(self, contexts: Collection[str]) -> MotionRange:
        """Return the range in some contexts, such as kneeling: the widest of those that hold."""
        here = [range_ for name, range_ in self.contexts.items() if name in contexts]
        return max(here, key=lambda range_: np.ptp(range_.limit), default=self)


class Joint(Model):
    """A joint, or a region of the spine made of several equal links."""

    moves: Name
    parent: Name | None = None
    at: LaxPoint = (0.0, 0.0, 0.0)
    links: int = Field(default=1, ge=1, le=9)
    length: float = Field(default=0.0, ge=0)
    start: float = 0.0
    curve: float = 0.0
    lying: float | None = None
    turned: float = 0.0
    sided: bool = False
    source: Name
    motions: dict[Name, JointMotion]


class HeadEllipsoid(Model):
    parent: Name
    centre: LaxPoint
    half: LaxPoint
    source: Name


class SegmentMass(Model):
    percent: float = Field(gt=0)
    forward: float = 0.0
    along: float
    source: Name


class TrunkSection(Model):
    """An ellipse across the trunk: half depth front to back, half width side to side."""

    segment: Name
    at: LaxPoint
    depth: float = Field(gt=0)
    width: float = Field(gt=0)


class BodySite(Model):
    """A named place on the body: a point, or a ball of some radius under the skin.

    ``beside`` is where, on the right, one of two hands lies that are at a place in the middle.
    """

    segment: Name
    at: LaxPoint
    radius: float = Field(default=0.0, ge=0)
    sided: bool = False
    beside: LaxPoint | None = None

    @property
    def is_paired(self) -> bool:
        """Has it a left and a right one?"""
        return self.sided or self.beside is not None


class BodyTable(Model):
    """data/body.yaml."""

    sources: dict[Name, str]
    joints: dict[Name, Joint]
    trunk: dict[Name, MotionRange]
    head: HeadEllipsoid
    masses: dict[Name, SegmentMass]
    solids: dict[Name, Annotated[TupleFromList[LaxSphere], Field(min_length=1)]]
    sections: Annotated[TupleFromList[TrunkSection], Field(min_length=2)]
    sites: dict[Name, BodySite]


class SkinSphere(NamedTuple):
    """A ball under the skin, fixed to a segment: its index, the centre in its frame, the radius."""

    segment: int
    local: np.ndarray
    radius: float


@dataclass(frozen=True)
class Segment:
    """A rigid piece: its parent's index, its joint's place in the parent, its resting angles."""

    name: str
    parent: int
    at: tuple[float, float, float]
    rest: tuple[float, float, float]
    length: float


@dataclass(frozen=True)
class Dof:
    """A motion of one joint on one side, and the segments among which it is shared."""

    joint: str
    side: str | None
    motion: str
    spec: JointMotion
    shares: tuple[tuple[int, float], ...]

    @property
    def name(self) -> str:
        return f"{add_side(self.joint, self.side)}.{self.motion}"


class AlignedArrays:
    """Arrays whose first axis counts the same things."""

    def select_rows(self, some: np.ndarray | slice) -> Self:
        """Some of them: those at these places, or where this is true."""
        return type(self)(*(value[some] for value in vars(self).values()))


@dataclass(frozen=True)
class SegmentFrames(AlignedArrays):
    """Where every segment is, for a batch of B poses and S segments.

    origins: (B, S, 3) joint centres, fractions of stature; rotations: (B, S, 3, 3) columns are the
    segment's x, y, z in the room; axes: (B, S, 3, 3) row k is the axis about which angle k turns.
    """

    origins: np.ndarray
    rotations: np.ndarray
    axes: np.ndarray

    def points(self, segments: np.ndarray, local: np.ndarray) -> np.ndarray:
        """Points given in their segments' frames, in the room: (B, K, 3)."""
        turned = np.einsum("bkij,kj->bki", self.rotations[:, segments], local)
        return self.origins[:, segments] + turned

    def points_at_pose_indices(
        self, pose: np.ndarray, segments: np.ndarray, local: np.ndarray
    ) -> np.ndarray:
        """Points (N, 3) in the room, each of one of the poses."""
        turned = (self.rotations[pose, segments] @ local[..., None])[..., 0]
        return self.origins[pose, segments] + turned

    def point(self, segment: int, local: np.ndarray) -> np.ndarray:
        """One such point, (B, 3); segment -1 is the room."""
        if segment < 0:
            return np.broadcast_to(local, (len(self.origins), 3))
        return self.points(np.array([segment]), local[None])[:, 0]


def add_side(name: str, side: str | None) -> str:
    """Return the name with its side, as people say it: "left hip"."""
    return f"{side} {name}" if side else name


def split_side(name: str) -> tuple[str | None, str]:
    """Return the side of a name, if it has one, and the rest."""
    first, _, rest = name.partition(" ")
    return (first, rest) if first in SIDES else (None, name)


def mirror_name(name: str) -> str:
    """Return the same name on the other side: of "left hip", "turn_left" or "box_9_9_9_at_5_10"."""
    swap = {"left": "right", "right": "left"}
    swapped = re.sub("(?<![a-z])(left|right)(?![a-z])", lambda found: swap[found[0]], name)
    aside = r"(_at_m?\d+_)(m?)([1-9]\d*)"  # how far to the right a thing of one's own stands
    return re.sub(aside, lambda at: f"{at[1]}{'' if at[2] else 'm'}{at[3]}", swapped)


class Body:
    """The skeleton of a table: names, forward kinematics, and the centre of mass."""

    def __init__(self, table: BodyTable) -> None:
        self.table = table
        self.segments = tuple(_build_segments(table))
        self.index = {s.name: i for i, s in enumerate(self.segments)}
        self.dofs = tuple(_build_dofs(table, self.index))
        self.dof = {d.name: 3 + i for i, d in enumerate(self.dofs)}
        self.size = 3 + len(self.dofs)

    @cached_property
    def angle_shares(self) -> np.ndarray:
        """(size - 3, S * 3): how each motion's degrees are shared among the segments' angles."""
        matrix = np.zeros((len(self.dofs), len(self.segments) * 3))
        for row, dof in enumerate(self.dofs):
            flipped = dof.side == "left" and dof.spec.axis != "z"
            sign = -dof.spec.sign if flipped else dof.spec.sign
            for segment, share in dof.shares:
                matrix[row, segment * 3 + "xyz".index(dof.spec.axis)] = sign * share
        return matrix

    @cached_property
    def link_segment_angle_indices_and_shares(self) -> tuple[np.ndarray, np.ndarray]:
        """(L,) angles of segments that motions turn, and degrees of each for one of the motion.

        The links of a motion follow one another from the pelvis outwards.
        """
        rows, angles = np.nonzero(self.angle_shares)
        return angles, self.angle_shares[rows, angles]

    @cached_property
    def link_ranges_by_segment_and_motion(self) -> tuple[np.ndarray, np.ndarray]:
        """(size - 3,) and (S, size - 3): which links of each motion move each segment: from, to."""
        counts = (self.angle_shares != 0).sum(1)
        moving = np.repeat(self.ancestor_mask, 3, axis=1).astype(int) @ (self.angle_shares.T != 0)
        first = counts.cumsum() - counts
        return first, first + moving

    @cached_property
    def ancestor_mask(self) -> np.ndarray:
        """(S, S) of bool: does segment [i] move when segment [j] turns?"""
        moves = np.eye(len(self.segments), dtype=bool)
        for i, segment in enumerate(self.segments):
            if segment.parent >= 0:
                moves[i] |= moves[segment.parent]
        return moves

    @cached_property
    def pose_limits(self) -> np.ndarray:
        """(size, 2): the limits of every number of a pose; the pelvis may be anywhere."""
        room = [(-9.0, 9.0)] * 3
        return np.array(room + [d.spec.limit for d in self.dofs])

    @cached_property
    def mirror_index_and_signs(self) -> tuple[np.ndarray, np.ndarray]:
        """Index and sign that turn a row of numbers into its mirror image, exactly."""
        names = [d.name for d in self.dofs]
        index = [
            self.dof[mirror_name(n)] if n.startswith(SIDES) else 3 + i for i, n in enumerate(names)
        ]
        sign = [-1.0 if d.side is None and d.spec.axis != "z" else 1.0 for d in self.dofs]
        return np.array([0, 1, 2, *index]), np.array([1.0, 1.0, -1.0, *sign])

    def mirror_poses(self, poses: np.ndarray) -> np.ndarray:
        """The mirror image of a batch of poses: sides swapped, no angle changed."""
        index, sign = self.mirror_index_and_signs
        return poses[..., index] * sign

    def segment_angles_deg(self, poses: np.ndarray) -> np.ndarray:
        """(B, S, 3) degrees about each segment's x, y and z, resting angles included."""
        rest = np.array([s.rest for s in self.segments])
        return rest + (poses[:, 3:] @ self.angle_shares).reshape(len(poses), -1, 3)

    def frames(self, poses: np.ndarray) -> SegmentFrames:
        """Forward kinematics of (B, size) poses."""
        turns, about = _segment_rotations_and_axes(np.radians(self.segment_angles_deg(poses)))
        parents = [segment.parent for segment in self.segments]
        rotations = turns.copy()
        for i, parent in enumerate(parents[1:], 1):
            rotations[:, i] = rotations[:, parent] @ turns[:, i]
        bases = rotations[:, parents]
        bases[:, 0] = np.eye(3)
        places = np.array([segment.at for segment in self.segments])
        steps = (bases @ places[..., None])[..., 0]
        origins = poses[:, None, :3] + self.ancestor_mask.astype(float) @ steps
        return SegmentFrames(origins, rotations, np.swapaxes(bases @ about, 2, 3))

    @cached_property
    def point_masses(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Masses (shares of 1), their segments, and their places in the segments' frames."""
        rows = []
        for name, mass in self.table.masses.items():
            spread = [s for s in self.index if s.split(" ")[-1] == name or s.startswith(f"{name}_")]
            links = sum(part.rpartition("_")[2].isdigit() for part in spread)
            for part in spread:
                length = self.segments[self.index[part]].length
                way = length if name in ("lumbar", "thoracic") else -length
                along = mass.along * (1.0 if name in ("pelvis", "head") else way)
                rows.append((mass.percent / (links or 1), self.index[part], along, mass.forward))
        shares, segments, up, ahead = (np.array(column) for column in zip(*rows, strict=True))
        return shares / shares.sum(), segments, np.stack([ahead, up, 0 * up], axis=1)

    def centre_of_mass(self, frames: SegmentFrames) -> np.ndarray:
        """(B, 3), fractions of stature."""
        mass, segments, local = self.point_masses
        return np.einsum("k,bki->bi", mass, frames.points(segments, local))

    @cached_property
    def sites(self) -> dict[str, SkinSphere]:
        """The places that a contact can name, such as "left heel" or "sacrum"."""
        sites = {}
        for name, site in self.table.sites.items():
            for side in (*((None,) if not site.sided else ()), *(SIDES if site.is_paired else ())):
                paired = add_side(site.segment, side)
                segment = self.index[paired if paired in self.index else site.segment]
                at = site.beside if site.beside and side else site.at
                local = np.array(at) * (1, 1, -1 if side == "left" else 1)
                sites[add_side(name, side)] = SkinSphere(segment, local, site.radius)
        return sites

    @cached_property
    def limb_spheres(self) -> dict[str, tuple[int, np.ndarray]]:
        """Limbs by name: segment, and (K, 4) spheres in its frame; their hull is the limb."""
        solids = {}
        for name, spheres in self.table.solids.items():
            for side, flip in zip(SIDES, (-1, 1), strict=True):
                segment = self.index[add_side(name, side)]
                solids[add_side(name, side)] = segment, np.array(spheres) * (1, 1, flip, 1)
        return solids


def _build_segments(table: BodyTable) -> Iterator[Segment]:
    """Segments in an order in which each follows its parent."""
    ends: dict[str, int] = {}
    leans: dict[str, float] = {}
    count = 0
    for name, joint in table.joints.items():
        below = joint.parent or ""
        lean, length = leans.get(below, 0.0), joint.length / joint.links
        for side in SIDES if joint.sided else (None,):
            flip = -1 if side == "left" else 1
            parent = ends.get(add_side(below, side), ends.get(below, -1))
            for k in range(joint.links):
                tilt = _standing_tilt_deg(joint, k)
                at = (0.0, length, 0.0) if k else _joint_position_in_parent(joint, flip, table)
                rest = (0.0, flip * joint.turned, lean - tilt)
                yield Segment(_segment_name(joint, side, k), parent, at, rest, length)
                lean, parent, count = tilt, count, count + 1
            ends[add_side(joint.moves, side)] = ends[add_side(name, side)] = parent
            leans[name], lean = lean, leans.get(below, 0.0)
        if name == table.head.parent:
            yield Segment("head", parent, (0.0, length, 0.0), (0, 0, leans[name]), 0.0)
            count += 1


def _standing_tilt_deg(joint: Joint, k: int) -> float:
    """How far link k leans forward when standing, degrees; everything but the spine is upright."""
    return joint.start + joint.curve * (k + 0.5) / joint.links if joint.links > 1 else 0.0


def _segment_name(joint: Joint, side: str | None, k: int) -> str:
    return f"{joint.moves}_{k + 1}" if joint.links > 1 else add_side(joint.moves, side)


def _joint_position_in_parent(
    joint: Joint, flip: int, table: BodyTable
) -> tuple[float, float, float]:
    """Where a joint sits in its parent, measured from the top of the spine's link below it."""
    x, y, z = joint.at
    below = table.joints.get(joint.parent or "")
    if below and below.links > 1:
        y += below.length / below.links
    return (x, y, flip * z)


def _build_dofs(table: BodyTable, index: dict[str, int]) -> Iterator[Dof]:
    for name, joint in table.joints.items():
        for side in SIDES if joint.sided else (None,):
            moved = [index[_segment_name(joint, side, k)] for k in range(joint.links)]
            if name == table.head.parent:
                moved.append(index["head"])
            for motion, spec in joint.motions.items():
                shares = spec.shares or (1 / len(moved),) * len(moved)
                yield Dof(name, side, motion, spec, tuple(zip(moved, shares, strict=True)))


def _segment_rotations_and_axes(angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turns about z, then x, then y, by angles (B, S, 3) in radians, as matrices (B, S, 3, 3).

    The columns of the second are the axes about which each angle turns, before the turn.
    """
    (cx, cy, cz), (sx, sy, sz) = (np.moveaxis(f(angles), 2, 0) for f in (np.cos, np.sin))
    turns, about = np.zeros((3, 3, *cx.shape)), np.zeros((3, 3, *cx.shape))
    turns[0] = cz * cy - sz * sx * sy, -sz * cx, cz * sy + sz * sx * cy
    turns[1] = sz * cy + cz * sx * sy, cz * cx, sz * sy - cz * sx * cy
    turns[2] = -cx * sy, sx, cx * cy
    about[:, 0] = cz, sz, 0 * cz
    about[:, 1] = turns[:, 1]
    about[2, 2] = 1
    return np.moveaxis(turns, (0, 1), (2, 3)), np.moveaxis(about, (0, 1), (2, 3))


@cache
def body() -> Body:
    """The body of data/body.yaml."""
    return Body(solution_cache().get_or_validate_table("body.yaml", BodyTable))
