"""Where the body goes through itself: capsules of limbs, trunk and head, asked two by two."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations, pairwise

import numpy as np

from backcare_nb.body.skeleton import SIDES, Body, Frames, Section, sided

MM = 1 / 1700  # of a stature
SKIN = 12.0  # mm: clothes and skin give this much anywhere
TOUCHING = 25.0  # mm where parts touch on purpose: a hand closes round what it holds
# Limbs whose near end lies within the flesh of the trunk: the name of that end, and its share.
ROOTS = {"upper_arm": ("shoulder", 0.4), "thigh": ("groin", 0.4)}
HAND = dict.fromkeys(("palm", "fingers", "thumb"), "hand")
# Neighbours that grow into each other, on one side of the body.
JOINED = {
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
PRESSED = {
    frozenset(pair): depth
    for *pair, depth in (
        ("upper_arm", "thoracic", 30.0),  # the arm at the side, against chest and shoulder blade
        ("thigh", "lumbar", 35.0), ("thigh", "thoracic", 35.0),  # a thigh drawn to the belly
        ("groin", "thoracic", 45.0), ("groin", "shank", 45.0),  # folded up, sitting on the heels
        ("foot", "pelvis", 40.0), ("foot", "groin", 30.0),  # the seat on the heels
        ("head", "thoracic", 25.0),  # chin on the breastbone
        ("thigh", "thigh", 28.0), ("thigh", "groin", 28.0), ("groin", "groin", 28.0),  # together
        ("thigh", "shank", 25.0), ("thigh", "foot", 25.0),  # one leg over the other
    )
}  # fmt: skip

End = tuple[int, np.ndarray, float]  # segment, place in its frame, radius
Touching = frozenset[frozenset[str]]  # pairs of parts that touch on purpose


@dataclass(frozen=True)
class Capsules:
    """P tapered capsules: segments (2, P), places in their frames (2, P, 3), radii (2, P).

    ``index`` (2, N) are the pairs that could meet, ``names`` their parts; ``pair`` (P, P) is the
    place of each in ``index``, else -1.
    """

    segments: np.ndarray
    local: np.ndarray
    radius: np.ndarray
    index: np.ndarray
    names: tuple[tuple[str, str], ...]

    @cached_property
    def pair(self) -> np.ndarray:
        places = np.full((len(self.radius[0]),) * 2, -1)
        places[*self.index] = np.arange(len(self.names))
        return places


@dataclass(frozen=True)
class Meetings:
    """M pairs that are near: pose and pair (M,), nearest points a and b (M, 3) on the axes.

    ``segments`` (2, M) are those at whose ends the points lie; ``depth`` (M,) is how deep the
    capsules are in each other, fractions of stature; ``way`` (M, 3) leads a out of b.
    """

    row: np.ndarray
    pair: np.ndarray
    a: np.ndarray
    b: np.ndarray
    segments: np.ndarray
    depth: np.ndarray
    way: np.ndarray


@cache
def capsules(body: Body) -> Capsules:
    """The solids of a body; where the trunk is wide it is three capsules side by side."""
    rows = [*_limbs(body), *_trunk(body), *_head(body)]
    ends = [[row[k] for row in rows] for k in (1, 2)]
    segments, local, radius = (np.array([[e[i] for e in side] for side in ends]) for i in range(3))
    parts = [row[0] for row in rows]
    found = [p for p in combinations(range(len(rows)), 2) if not _joined(*(parts[i] for i in p))]
    names = tuple((parts[i], parts[j]) for i, j in found)
    return Capsules(segments, local, radius, np.array(found).T, names)


def _limbs(body: Body) -> Iterator[tuple[str, End, End]]:
    for name, (segment, spheres) in body.solids.items():
        side, bare = name.split(" ")
        root, share = ROOTS.get(bare, ("", 0.0))
        for near, far in pairwise(spheres):
            start, near = near, near + share * (far - near)
            if root:
                yield sided(root, side), *_ends(segment, start, near)
            yield sided(HAND.get(bare, bare), side), *_ends(segment, near, far)


def _ends(segment: int, near: np.ndarray, far: np.ndarray) -> tuple[End, End]:
    return (segment, near[:3], near[3]), (segment, far[:3], far[3])


def _trunk(body: Body) -> Iterator[tuple[str, End, End]]:
    for below, above in pairwise(body.table.sections):
        for across in (-1, 0, 1):
            yield part_of(above.segment), _round(body, below, across), _round(body, above, across)


def _round(body: Body, section: Section, across: int) -> End:
    """One of the three rounds that fill an ellipse across the trunk."""
    radius = min(section.depth, section.width)
    x, y, z = section.at
    at = np.array([x, y, z + across * (section.width - radius)])
    return body.index[section.segment], at, radius


def _head(body: Body) -> Iterator[tuple[str, End, End]]:
    head, segment = body.table.head, body.index["head"]
    centre, half = np.array(head.centre), np.array(head.half)
    radius = half.min()
    for axis in (0, 1):
        reach = np.eye(3)[axis] * (half[axis] - radius)
        yield "head", (segment, centre - reach, radius), (segment, centre + reach, radius)


def part_of(segment: str) -> str:
    """The part that a segment belongs to: "left palm" to "left hand", "lumbar_2" to "lumbar"."""
    side, bare = _split(segment)
    region, _, link = bare.rpartition("_")
    return sided(HAND.get(bare, region if link.isdigit() else bare), side)


def _split(part: str) -> tuple[str | None, str]:
    side, _, bare = part.rpartition(" ")
    return (side if side in SIDES else None), bare


def _joined(one: str, other: str) -> bool:
    (side, a), (far, b) = _split(one), _split(other)
    same_side = side is None or far is None or side == far
    return one == other or (frozenset((a, b)) in JOINED and same_side)


@cache
def allowed(body: Body, touching: Touching = frozenset()) -> np.ndarray:
    """(N,) fractions of stature: how deep each pair may be in each other."""
    return MM * np.array([_allowed(*names, touching) for names in capsules(body).names])


def _allowed(one: str, other: str, touching: Touching) -> float:
    pressed = PRESSED.get(frozenset((_split(one)[1], _split(other)[1])), SKIN)
    return max(pressed, TOUCHING) if frozenset((one, other)) in touching else pressed


def meetings(body: Body, frames: Frames, apart: float = 0.0) -> Meetings:
    """The pairs that are in each other, or less than ``apart`` fractions of stature away."""
    solid = capsules(body)
    ends = [frames.points(solid.segments[k], solid.local[k]) for k in (0, 1)]
    row, pair = _candidates(solid, *ends, apart)
    i, j = solid.index[:, pair]
    (p, q), (r, s) = ([end[row, k] for end in ends] for k in (i, j))
    share, other = _nearest(p, q, r, s)
    a, b = p + share[:, None] * (q - p), r + other[:, None] * (s - r)
    gap = np.linalg.norm(a - b, axis=1)
    depth = _radius(solid, i, share) + _radius(solid, j, other) - gap
    way = _unit(np.where((gap > MM)[:, None], a - b, p + q - r - s))
    segments = np.stack([_nearer(solid, i, share), _nearer(solid, j, other)])
    near = depth > -apart
    found = (row, pair, a, b, segments.T, depth, way)
    row, pair, a, b, segments, depth, way = (value[near] for value in found)
    return Meetings(row, pair, a, b, segments.T, depth, way)


def _candidates(solid: Capsules, starts, ends, apart: float) -> tuple[np.ndarray, np.ndarray]:
    """Pose and pair of the capsules whose balls around meet.

    Balls c, r and d, s meet where c . d + r s > (c . c - r r + d . d - s s) / 2.
    """
    centres = (starts + ends) / 2
    reach = np.linalg.norm(ends - starts, axis=2) / 2 + solid.radius.max(axis=0) + apart / 2
    ball = np.concatenate([centres, reach[..., None]], axis=2)
    power = (_dot(centres, centres) - reach**2)[..., None] / 2
    one = np.ones_like(power)
    meet = np.concatenate([ball, -power, one], 2) @ np.concatenate([ball, one, -power], 2).mT > 0
    row, i, j = np.nonzero(meet & (solid.pair >= 0))
    return row, solid.pair[i, j]


def _nearer(solid: Capsules, index: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The segment of the end that is nearer."""
    return np.where(share < 0.5, solid.segments[0, index], solid.segments[1, index])


def _radius(solid: Capsules, index: np.ndarray, share: np.ndarray) -> np.ndarray:
    near, far = solid.radius[:, index]
    return near + share * (far - near)


def _nearest(a, b, c, d) -> tuple[np.ndarray, np.ndarray]:
    """Shares (M,) along the segments a-b and c-d (M, 3) of their nearest points.

    As in Ericson, Real-Time Collision Detection, 2005, section 5.1.9.
    """
    one, two, between = b - a, d - c, a - c
    aa, bb, ab = _dot(one, one), _dot(two, two), _dot(one, two)
    ac, bc = _dot(one, between), _dot(two, between)
    area = np.maximum(aa * bb - ab * ab, 1e-12)
    share = np.clip((ab * bc - ac * bb) / area, 0, 1)
    other = (ab * share + bc) / np.maximum(bb, 1e-12)
    within = np.clip(other, 0, 1)
    again = np.clip((ab * within - ac) / np.maximum(aa, 1e-12), 0, 1)
    return np.where(other == within, share, again), within


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("...i,...i->...", a, b)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
