"""Where the body goes through itself: capsules of limbs, trunk and head, asked two by two."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations, pairwise

import numpy as np

from backcare_nb.body.skeleton import (
    AlignedArrays,
    Body,
    SegmentFrames,
    SkinSphere,
    TrunkSection,
    add_side,
    split_side,
)
from backcare_nb.body.stable_math import dot_products, normalize_vectors

MILLIMETRE_STATURES = 1 / 1700  # of a stature
DEFAULT_ALLOWED_OVERLAP_MM = 12.0  # clothes and skin give this much anywhere
# Where parts touch on purpose: a hand closes round what it holds.
ALLOWED_OVERLAP_OF_TOUCHING_PARTS_MM = 25.0
# Limbs whose near end lies within the flesh of the trunk: its name, and its share of the first
# piece.
NEAR_END_PART_AND_SHARE_BY_LIMB = {"upper_arm": ("shoulder", 0.4), "thigh": ("groin", 1.0)}
PART_BY_HAND_SEGMENT = dict.fromkeys(("palm", "fingers", "thumb"), "hand")
# Neighbours that grow into each other, on one side of the body.
ADJOINING_PARTS = {
    frozenset(pair)
    for pair in (
        ("groin", "pelvis"), ("groin", "lumbar"), ("groin", "thigh"), ("thigh", "pelvis"),
        ("shank", "thigh"), ("foot", "shank"),
        ("shoulder", "thoracic"), ("shoulder", "cervical"), ("shoulder", "upper_arm"),
        ("forearm", "upper_arm"), ("hand", "forearm"),
        ("pelvis", "lumbar"), ("pelvis", "thoracic"), ("lumbar", "thoracic"),
        ("lumbar", "cervical"), ("thoracic", "cervical"), ("cervical", "head"),
    )
}  # fmt: skip
# mm by which flesh is pressed where the body folds.
ALLOWED_OVERLAP_MM_BY_PART_PAIR = {
    frozenset(pair): depth
    for *pair, depth in (
        ("upper_arm", "thoracic", 30.0),  # the arm at the side, against chest and shoulder blade
        ("thigh", "lumbar", 35.0), ("thigh", "thoracic", 35.0),  # a thigh drawn to the belly
        ("groin", "thoracic", 45.0), ("groin", "shank", 55.0),  # folded up, sitting on the heels
        ("foot", "pelvis", 40.0), ("foot", "groin", 30.0),  # the seat on the heels
        ("head", "thoracic", 25.0),  # chin on the breastbone
        ("thigh", "thigh", 28.0), ("thigh", "groin", 28.0), ("groin", "groin", 28.0),  # together
        ("thigh", "shank", 28.0), ("thigh", "foot", 25.0),  # one leg over the other
    )
}  # fmt: skip

TouchingPartPairs = frozenset[frozenset[str]]  # pairs of parts that touch on purpose


@dataclass(frozen=True)
class BodyCapsules:
    """P tapered capsules: segments (2, P), places in their frames (2, P, 3), radii (2, P).

    ``index`` (2, N) are the pairs that could meet, ``names`` their parts.
    """

    segments: np.ndarray
    local: np.ndarray
    radius: np.ndarray
    index: np.ndarray
    names: tuple[tuple[str, str], ...]

    @cached_property
    def pair_number_matrix(self) -> np.ndarray:
        """(P, P): the place of each pair in ``index``, else -1."""
        places = np.full((len(self.radius[0]),) * 2, -1)
        places[*self.index] = np.arange(len(self.names))
        return places


@dataclass(frozen=True)
class NearCapsulePairs(AlignedArrays):
    """M pairs of capsules that are near: pose and pair (M,), nearest points on the axes (M, 3).

    ``segment_a`` and ``segment_b`` (M,) are those at whose ends the points lie; ``depth`` (M,) is
    how deep the capsules are in each other, fractions of stature; ``normal`` (M, 3) leads a out of
    b.
    """

    pose: np.ndarray
    pair: np.ndarray
    a: np.ndarray
    b: np.ndarray
    segment_a: np.ndarray
    segment_b: np.ndarray
    depth: np.ndarray
    normal: np.ndarray


@cache
def body_capsules(body: Body) -> BodyCapsules:
    """The solids of a body; where the trunk is wide it is three capsules side by side."""
    rows = [*_limb_capsules(body), *_trunk_capsules(body), *_head_capsules(body)]
    ends = [[row[k] for row in rows] for k in (1, 2)]
    segments, local, radius = (np.array([[e[i] for e in side] for side in ends]) for i in range(3))
    parts = [row[0] for row in rows]
    pairs = combinations(range(len(rows)), 2)
    apart = [(i, j) for i, j in pairs if not _are_adjoining(parts[i], parts[j])]
    names = tuple((parts[i], parts[j]) for i, j in apart)
    return BodyCapsules(segments, local, radius, np.array(apart).T, names)


def _limb_capsules(body: Body) -> Iterator[tuple[str, SkinSphere, SkinSphere]]:
    for name, (segment, spheres) in body.limb_spheres.items():
        side, bare = name.split(" ")
        root, share = NEAR_END_PART_AND_SHARE_BY_LIMB.get(bare, ("", 0.0))
        for near, far in pairwise(spheres):
            start, near = near, near + share * (far - near)
            ends = [SkinSphere(segment, sphere[:3], sphere[3]) for sphere in (start, near, far)]
            if share > 0:
                yield add_side(root, side), ends[0], ends[1]
            if share < 1:
                yield add_side(PART_BY_HAND_SEGMENT.get(bare, bare), side), ends[1], ends[2]
            share = 0.0


def _trunk_capsules(body: Body) -> Iterator[tuple[str, SkinSphere, SkinSphere]]:
    def ball(section: TrunkSection, across: int) -> SkinSphere:
        """One of the three balls that fill an ellipse across the trunk."""
        radius = min(section.depth, section.width)
        x, y, z = section.at
        at = np.array([x, y, z + across * (section.width - radius)])
        return SkinSphere(body.index[section.segment], at, radius)

    for below, above in pairwise(body.table.sections):
        for across in (-1, 0, 1):
            yield part_of_segment(above.segment), ball(below, across), ball(above, across)


def _head_capsules(body: Body) -> Iterator[tuple[str, SkinSphere, SkinSphere]]:
    head, segment = body.table.head, body.index["head"]
    centre, half = np.array(head.centre), np.array(head.half)
    radius = half.min()
    for axis in (0, 1):
        reach = np.eye(3)[axis] * (half[axis] - radius)
        low, high = (SkinSphere(segment, centre + way * reach, radius) for way in (-1, 1))
        yield "head", low, high


def part_of_segment(segment: str) -> str:
    """Return the part that a segment belongs to: "lumbar" for "lumbar_2"."""
    side, bare = split_side(segment)
    region, _, link = bare.rpartition("_")
    return add_side(PART_BY_HAND_SEGMENT.get(bare, region if link.isdigit() else bare), side)


def parts_at(body: Body, segment: int, local: np.ndarray) -> list[str]:
    """Return the part at a place (3,) of a segment, and where an arm begins the shoulder too."""
    name = body.segments[segment].name
    side, bare = split_side(name)
    root, share = NEAR_END_PART_AND_SHARE_BY_LIMB.get(bare, ("", 0.0))
    if root:
        _, (near, far, *_) = body.limb_spheres[name]
        if local[1] > near[1] + share * (far[1] - near[1]):
            return [name, add_side(root, side)]
    return [part_of_segment(name)]


def _are_adjoining(one: str, other: str) -> bool:
    (side, a), (far, b) = split_side(one), split_side(other)
    same_side = side is None or far is None or side == far
    return one == other or (frozenset((a, b)) in ADJOINING_PARTS and same_side)


@cache
def allowed_overlaps_statures(body: Body, touching: TouchingPartPairs = frozenset()) -> np.ndarray:
    """How deep each pair of capsules may be in each other: (N,) fractions of stature."""
    depths = []
    for one, other in body_capsules(body).names:
        pair = frozenset((split_side(one)[1], split_side(other)[1]))
        depth = ALLOWED_OVERLAP_MM_BY_PART_PAIR.get(pair, DEFAULT_ALLOWED_OVERLAP_MM)
        on_purpose = frozenset((one, other)) in touching
        depths.append(max(depth, ALLOWED_OVERLAP_OF_TOUCHING_PARTS_MM) if on_purpose else depth)
    return MILLIMETRE_STATURES * np.array(depths)


def find_near_capsule_pairs(
    body: Body, frames: SegmentFrames, margin_statures: float = 0.0
) -> NearCapsulePairs:
    """Find the pairs that are in each other, or less than ``margin_statures`` away."""
    capsules = body_capsules(body)
    ends = [frames.points(capsules.segments[k], capsules.local[k]) for k in (0, 1)]
    pose, pair = _find_pairs_with_meeting_bounding_spheres(
        capsules, ends[0], ends[1], margin_statures
    )
    i, j = capsules.index[:, pair]
    (p, q), (r, s) = ([end[pose, k] for end in ends] for k in (i, j))
    share, other = _shares_of_nearest_points(p, q, r, s)
    a, b = p + share[:, None] * (q - p), r + other[:, None] * (s - r)
    gap = np.linalg.norm(a - b, axis=1)
    near, far = capsules.radius
    depth = near[i] + share * (far[i] - near[i]) + (near[j] + other * (far[j] - near[j])) - gap
    normal = normalize_vectors(np.where((gap > MILLIMETRE_STATURES)[:, None], a - b, p + q - r - s))
    start, end = capsules.segments
    segment_a = np.where(share < 0.5, start[i], end[i])
    segment_b = np.where(other < 0.5, start[j], end[j])
    found = NearCapsulePairs(pose, pair, a, b, segment_a, segment_b, depth, normal)
    return found.select_rows(depth > -margin_statures)


def _find_pairs_with_meeting_bounding_spheres(
    capsules: BodyCapsules, starts: np.ndarray, ends: np.ndarray, margin: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pose and pair of the capsules whose balls around meet.

    Balls c, r and d, s meet where c . d + r s > (c . c - r r + d . d - s s) / 2.
    """
    centres = (starts + ends) / 2
    reach = np.linalg.norm(ends - starts, axis=2) / 2 + capsules.radius.max(axis=0) + margin / 2
    ball = np.concatenate([centres, reach[..., None]], axis=2)
    power = (dot_products(centres, centres) - reach**2)[..., None] / 2
    one = np.ones_like(power)
    meet = np.concatenate([ball, -power, one], 2) @ np.concatenate([ball, one, -power], 2).mT > 0
    pose, i, j = np.nonzero(meet & (capsules.pair_number_matrix >= 0))
    return pose, capsules.pair_number_matrix[i, j]


def _shares_of_nearest_points(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shares (M,) along the segments a-b and c-d (M, 3) of their nearest points.

    As in Ericson, Real-Time Collision Detection, 2005, section 5.1.9.
    """
    one, two, between = b - a, d - c, a - c
    aa, bb, ab = dot_products(one, one), dot_products(two, two), dot_products(one, two)
    ac, bc = dot_products(one, between), dot_products(two, between)
    area = np.maximum(aa * bb - ab * ab, 1e-12)
    share = np.clip((ab * bc - ac * bb) / area, 0, 1)
    other = (ab * share + bc) / np.maximum(bb, 1e-12)
    within = np.clip(other, 0, 1)
    again = np.clip((ab * within - ac) / np.maximum(aa, 1e-12), 0, 1)
    return np.where(other == within, share, again), within
