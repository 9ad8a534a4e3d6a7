"""Contacts as equations: rows "way . (a - b) = gap" for a whole batch of postures at once.

A line stays the same; a rest follows the nearest point of its support, a touch the line between
two balls, the skin of the body is kept out of every support, and its parts out of each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, product
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from backcare_nb.body.collision import (
    MILLIMETRE_STATURES,
    NearCapsulePairs,
    TouchingPartPairs,
    allowed_overlaps_statures,
    body_capsules,
    find_near_capsule_pairs,
    parts_at,
)
from backcare_nb.body.skeleton import AlignedArrays, Body, SegmentFrames, SkinSphere, mirror_name
from backcare_nb.body.skin import skin_surface
from backcare_nb.body.stable_math import (
    dot_products,
    index_of_first_largest,
    normalize_vectors,
    rank_with_ties,
)
from backcare_nb.body.supports import Support, SupportPartBatch

MAX_COLLISION_ROWS_PER_SUPPORT = 16  # skin points kept out of a support at once
# Fractions of stature: skin this near a support, or another part, is watched.
MAX_WATCHED_GAP_STATURES = 2e-3
MAX_SELF_COLLISION_ROWS_PER_POSE = 16  # pairs of parts kept apart at once
# Kept from how deep parts may be in each other.
OVERLAP_SAFETY_MARGIN_STATURES = MILLIMETRE_STATURES
# Least upward part of the way out of a support where something lies on it.
MIN_BEARING_SUPPORT_NORMAL_Y = 0.8

SegmentPoint = tuple[int, np.ndarray]  # segment, place in its frame; -1 is the room


@dataclass(frozen=True, eq=False)
class LinearContact:
    """Two points, each of a segment or of the room, `gap` apart along `way`: way . (a - b) = gap.

    ``way`` is a unit vector of shape (3,); ``gap`` is in statures.
    """

    way: np.ndarray
    a: SegmentPoint
    b: SegmentPoint
    gap: float = 0.0


@dataclass(frozen=True, eq=False)
class RestingContact:
    """The nearest of some balls touches a support.

    With a ``max_gap``, in fractions of stature, it is no farther from it, where the support bears.
    """

    spheres: tuple[SkinSphere, ...]
    support: Support
    max_gap: float = 0.0

    @property
    def is_point(self) -> bool:
        """Whether it is always the same place that touches."""
        return len(self.spheres) == 1 and not self.max_gap

    def gaps_statures(self, frames: SegmentFrames) -> np.ndarray:
        """(B,) fractions of stature from the nearest ball to the support.

        Of what lies along it, where it bears.
        """
        segments, local, radii = map(np.array, zip(*self.spheres, strict=True))
        distances, ways = self.support.distances_and_normals(frames.points(segments, local))
        gaps = distances - radii
        rows, nearest = np.arange(len(gaps)), index_of_first_largest(-gaps, axis=1)
        gap, bears = gaps[rows, nearest], ways[rows, nearest, 1] > MIN_BEARING_SUPPORT_NORMAL_Y
        return np.where(bears, np.maximum(gap, 0.0), 0.0) if self.max_gap else gap


@dataclass(frozen=True, eq=False)
class SelfTouchContact:
    """Two balls of the body touch."""

    a: SkinSphere
    b: SkinSphere


CurvedContact = RestingContact | SelfTouchContact


@dataclass
class PostureProblem:
    """One posture to solve; arrays hold one number for each number of a pose."""

    target: np.ndarray
    give: np.ndarray
    limits: np.ndarray
    linear: list[LinearContact] = field(default_factory=list)
    curved: list[CurvedContact] = field(default_factory=list)
    supports: tuple[Support, ...] = ()
    start: np.ndarray | None = None
    symmetric: bool = False
    touching: TouchingPartPairs = frozenset()


@dataclass
class ContactRows(AlignedArrays):
    """Rows for a batch, (N, ...), each of one of its poses. A row that pushes may not pull."""

    pose: np.ndarray
    way: np.ndarray
    a: np.ndarray
    a_at: np.ndarray
    b: np.ndarray
    b_at: np.ndarray
    gap: np.ndarray
    push: np.ndarray


def _body_to_room_rows(
    pose: np.ndarray,
    way: np.ndarray,
    a: np.ndarray,
    a_at: np.ndarray,
    gap: np.ndarray,
    push: bool | np.ndarray,
) -> ContactRows:
    """Rows between the body and the room, in which a gap is measured from its origin."""
    room = np.full(len(pose), -1), np.zeros((len(pose), 3))
    return ContactRows(pose, way, a, a_at, *room, gap, np.full(len(pose), push))


class ContactRowsBuilder:
    """The rows of a batch of problems, made anew for each state of the body."""

    def __init__(self, body: Body, problems: list[PostureProblem]) -> None:
        makers: list[_RowsBuilder] = [
            _RestingRowsBuilder(problems),
            _SelfTouchRowsBuilder(problems),
            _SupportCollisionRowsBuilder(body, problems),
            _SelfCollisionRowsBuilder(body, problems),
        ]
        self.linear = _build_linear_rows(problems)
        self.makers = [maker for maker in makers if len(maker.problem)]
        self.count = len(problems)

    def build_rows(self, frames: SegmentFrames, open_: np.ndarray) -> ContactRows:
        """Make rows for the problems that are still open (indices), pose by pose.

        frames: those of the open problems alone.
        """
        row_of = np.full(self.count, -1)
        row_of[open_] = np.arange(len(open_))
        linear = self.linear.select_rows(row_of[self.linear.pose] >= 0)
        linear.pose = row_of[linear.pose]
        groups = [linear, *(maker.build_rows(frames, row_of) for maker in self.makers)]
        columns = zip(*(vars(rows).values() for rows in groups), strict=True)
        rows = ContactRows(*(np.concatenate(values) for values in columns))
        return rows.select_rows(rows.pose.argsort(kind="stable"))


class _RowsBuilder(Protocol):
    """Makes rows for problems (N,), of which row_of tells the place among open ones, or -1."""

    problem: np.ndarray

    def build_rows(
        self, frames: SegmentFrames, open_index_by_problem: np.ndarray
    ) -> ContactRows: ...


def _build_linear_rows(problems: list[PostureProblem]) -> ContactRows:
    found = [(i, line) for i, problem in enumerate(problems) for line in problem.linear]
    a, b = [line.a for _, line in found], [line.b for _, line in found]
    return ContactRows(
        _int_array([i for i, _ in found]), _vector_array([line.way for _, line in found]),
        _int_array([s for s, _ in a]), _vector_array([at for _, at in a]),
        _int_array([s for s, _ in b]), _vector_array([at for _, at in b]),
        np.array([line.gap for _, line in found]), np.zeros(len(found), dtype=bool),
    )  # fmt: skip


def _int_array(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=int)


def _vector_array(values: Sequence[ArrayLike]) -> np.ndarray:
    return np.array(values, dtype=float).reshape(-1, 3)


class _SkinSpheres:
    """Balls of problems: problem (N,), segment (N,), place in its frame (N, 3), radius (N,)."""

    def __init__(self, found: list[tuple[int, SkinSphere]]) -> None:
        self.problem = _int_array([i for i, _ in found])
        self.segment = _int_array([ball[0] for _, ball in found])
        self.local = _vector_array([ball[1] for _, ball in found])
        self.radius = np.array([ball[2] for _, ball in found])

    def points(self, frames: SegmentFrames, pose: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        return frames.points_at_pose_indices(pose, self.segment[chosen], self.local[chosen])


class _RestingRowsBuilder:
    """Rests: of the balls that may lie on the parts of a support, the nearest does.

    The others are kept out of it, so that a body can roll from one on to the next. What only lies
    near is drawn to it as one-sidedly as others are kept out.
    """

    def __init__(self, problems: list[PostureProblem]) -> None:
        curved = [(i, contact) for i, p in enumerate(problems) for contact in p.curved]
        rests = [(i, rest) for i, rest in curved if isinstance(rest, RestingContact)]
        found = [
            (k, i, ball, part)
            for k, (i, rest) in enumerate(rests)
            for part in rest.support.parts
            for ball in rest.spheres
        ]
        self.rest = _int_array([k for k, *_ in found])
        self.max_gap = np.array([rests[k][1].max_gap for k, *_ in found])
        self.spheres = _SkinSpheres([(i, ball) for _, i, ball, _ in found])
        self.problem = self.spheres.problem
        self.parts = SupportPartBatch([part for *_, part in found])

    def build_rows(self, frames: SegmentFrames, open_index_by_problem: np.ndarray) -> ContactRows:
        pose = open_index_by_problem[self.problem]
        chosen = np.flatnonzero(pose >= 0)
        points = self.spheres.points(frames, pose[chosen], chosen)
        gap, way = self.parts.distances_and_normals(points, chosen)
        depth = gap - self.spheres.radius[chosen]
        foremost = np.zeros(len(chosen), dtype=bool)
        foremost[_indices_of_nearest_per_group(self.rest[chosen], depth)] = True
        max_gap = self.max_gap[chosen]
        lies, push = max_gap > 0, (max_gap > 0) | ~foremost
        way, depth = np.where(lies[:, None], -way, way), np.where(lies, max_gap - depth, depth)
        bears = foremost & (way[:, 1] < -MIN_BEARING_SUPPORT_NORMAL_Y)
        near = np.flatnonzero(~push | (depth < MAX_WATCHED_GAP_STATURES) & (bears | ~lies))
        ball, way, push = chosen[near], way[near], push[near]
        gap = dot_products(way, points[near]) - depth[near]
        return _body_to_room_rows(
            pose[ball], way, self.spheres.segment[ball], self.spheres.local[ball], gap, push
        )


def _indices_of_nearest_per_group(group: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """The place of the least depth in each group."""
    order = np.lexsort((rank_with_ties(depth), group))
    return order[np.diff(group[order], prepend=-1) > 0]


class _SelfTouchRowsBuilder:
    """Touches of two balls, along the line between them."""

    def __init__(self, problems: list[PostureProblem]) -> None:
        curved = [(i, contact) for i, p in enumerate(problems) for contact in p.curved]
        found = [(i, touch) for i, touch in curved if isinstance(touch, SelfTouchContact)]
        self.a = _SkinSpheres([(i, touch.a) for i, touch in found])
        self.b = _SkinSpheres([(i, touch.b) for i, touch in found])
        self.problem = self.a.problem
        # Of a symmetric posture, what touches its like; it starts in words with the left one.
        twins = (self.a.local == self.b.local * (1, 1, -1)).all(axis=1)
        self.is_left_twin = twins & np.array([problems[i].symmetric for i, _ in found], dtype=bool)

    def build_rows(self, frames: SegmentFrames, open_index_by_problem: np.ndarray) -> ContactRows:
        a, b, pose = self.a, self.b, open_index_by_problem[self.problem]
        chosen = np.flatnonzero(pose >= 0)
        pose = pose[chosen]
        way = normalize_vectors(a.points(frames, pose, chosen) - b.points(frames, pose, chosen))
        way[self.is_left_twin[chosen] & (way[:, 2] > 0)] *= -1  # which have crossed each other
        return ContactRows(
            pose, way, a.segment[chosen], a.local[chosen], b.segment[chosen], b.local[chosen],
            (a.radius + b.radius)[chosen], np.zeros(len(pose), dtype=bool),
        )  # fmt: skip


class _SupportCollisionRowsBuilder:
    """Keeps the skin out of the supports, whose parts are asked only where skin is near."""

    def __init__(self, body: Body, problems: list[PostureProblem]) -> None:
        self.skin = skin_surface(body)
        standing = [(i, s) for i, p in enumerate(problems) for s in p.supports]
        found = [(i, k, part) for k, (i, s) in enumerate(standing) for part in s.parts]
        self.problem = _int_array([i for i, *_ in found])
        self.support = _int_array([k for _, k, _ in found])
        self.soft = np.array([standing[k][1].soft for _, k, _ in found])
        self.parts = SupportPartBatch([part for *_, part in found])
        reach = MAX_WATCHED_GAP_STATURES + self.skin.radius.max()
        corners = [part.bounds for *_, part in found]
        self.low = _vector_array([low for low, _ in corners]) - reach
        self.high = _vector_array([high for _, high in corners]) + reach

    def build_rows(self, frames: SegmentFrames, open_index_by_problem: np.ndarray) -> ContactRows:
        skin, (part, point, at) = (
            self.skin,
            self._points_near_support(frames, open_index_by_problem[self.problem]),
        )
        gap, way = self.parts.distances_and_normals(at, part)
        depth = gap - skin.radius[point] + self.soft[part]
        group = self.support[part]
        chosen = _indices_of_nearest_per_group(group * len(skin.radius) + point, depth)
        chosen = chosen[
            self._are_deeper_than_neighbours(group[chosen], point[chosen], depth[chosen])
        ]
        chosen = chosen[depth[chosen] < MAX_WATCHED_GAP_STATURES]
        chosen = chosen[
            _indices_of_deepest_per_group(
                group[chosen], -depth[chosen], MAX_COLLISION_ROWS_PER_SUPPORT
            )
        ]
        pose, point, way = (
            open_index_by_problem[self.problem[part[chosen]]],
            point[chosen],
            way[chosen],
        )
        gap = dot_products(way, at[chosen]) - depth[chosen]
        return _body_to_room_rows(pose, way, skin.segments[point], skin.local[point], gap, True)

    def _are_deeper_than_neighbours(
        self, group: np.ndarray, point: np.ndarray, depth: np.ndarray
    ) -> np.ndarray:
        """Which meet a support before a line between the two beside them would, if any are."""
        every = np.full((1 + group.max(initial=0), len(self.skin.radius)), np.inf)
        every[group, point] = depth
        beside = (every[group, point - 1] + every[group, (point + 1) % every.shape[1]]) / 2
        return ~self.skin.between[point] | (depth < beside - MILLIMETRE_STATURES / 100)

    def _points_near_support(
        self, frames: SegmentFrames, pose: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        """Parts and points of the skin (N,) that may be near each other, and where those are."""
        part = np.flatnonzero(pose >= 0)
        some, which = np.unique(pose[part], return_inverse=True)
        points = frames.select_rows(some).points(self.skin.segments, self.skin.local)[which]
        low, high = self.low[part, None], self.high[part, None]
        row, point = np.nonzero(((points > low) & (points < high)).all(axis=2))
        return part[row], point, points[row, point]


class _SelfCollisionRowsBuilder:
    """Keeps the parts of the body out of each other: a row for each of the deepest pairs."""

    def __init__(self, body: Body, problems: list[PostureProblem]) -> None:
        self.body, self.problem = body, np.arange(len(problems))
        self.allowed = (
            np.array([allowed_overlaps_statures(body, p.touching) for p in problems])
            - OVERLAP_SAFETY_MARGIN_STATURES
        )
        self.symmetric = np.array([p.symmetric for p in problems])
        self.twins = np.array([a == mirror_name(b) for a, b in body_capsules(body).names])

    def build_rows(self, frames: SegmentFrames, open_index_by_problem: np.ndarray) -> ContactRows:
        here = open_index_by_problem >= 0
        found = find_near_capsule_pairs(self.body, frames, MAX_WATCHED_GAP_STATURES)
        found = _push_mirrored_parts_outwards(
            found, self.symmetric[here][found.pose] & self.twins[found.pair]
        )
        excess = found.depth - self.allowed[here][found.pose, found.pair]
        near = np.flatnonzero(excess > -MAX_WATCHED_GAP_STATURES)
        chosen = near[
            _indices_of_deepest_per_group(
                found.pose[near], excess[near], MAX_SELF_COLLISION_ROWS_PER_POSE
            )
        ]
        found, excess = found.select_rows(chosen), excess[chosen]
        return ContactRows(
            found.pose, found.normal,
            found.segment_a, _room_to_segment_points(frames, found.pose, found.segment_a, found.a),
            found.segment_b, _room_to_segment_points(frames, found.pose, found.segment_b, found.b),
            dot_products(found.normal, found.a - found.b) + excess,
            np.ones(len(excess), dtype=bool),
        )  # fmt: skip


def _push_mirrored_parts_outwards(found: NearCapsulePairs, twins: np.ndarray) -> NearCapsulePairs:
    """Where a posture is symmetric, the left one of twins leaves to the left, crossed or not."""
    gap = dot_products(found.normal, found.a - found.b)
    depth = np.where(twins, found.depth + gap - (found.b - found.a)[:, 2], found.depth)
    normal = np.where(twins[:, None], (0.0, 0.0, -1.0), found.normal)
    return replace(found, depth=depth, normal=normal)


def _indices_of_deepest_per_group(
    group: np.ndarray, excess: np.ndarray, max_per_group: int
) -> np.ndarray:
    """The places of the most that are worst in each row."""
    order = np.lexsort((rank_with_ties(-excess), group))
    return order[rank_within_sorted_group(group[order]) < max_per_group]


def rank_within_sorted_group(row: np.ndarray) -> np.ndarray:
    """Count how many of the same row come before each, where rows (N,) are in order."""
    return np.arange(len(row)) - np.searchsorted(row, row)


def _room_to_segment_points(
    frames: SegmentFrames, pose: np.ndarray, segments: np.ndarray, points: np.ndarray
) -> np.ndarray:
    """Points in the room as places in the frames of segments."""
    offset = points - frames.origins[pose, segments]
    return (np.swapaxes(frames.rotations[pose, segments], 1, 2) @ offset[..., None])[..., 0]


def touching_part_pairs(
    body: Body, lines: Iterable[LinearContact], curved: Iterable[CurvedContact]
) -> TouchingPartPairs:
    """Return the pairs of parts that contacts bring together."""
    meet = [(line.a, line.b) for line in lines if min(line.a[0], line.b[0]) >= 0]
    meet += [(touch.a[:2], touch.b[:2]) for touch in curved if isinstance(touch, SelfTouchContact)]
    parts = (product(*(parts_at(body, *end) for end in pair)) for pair in meet)
    return frozenset(map(frozenset, chain.from_iterable(parts)))
