"""What a posture rests on or holds: the floor, a bed, a chair, a towel, a ball.

Each part tells how far points are from its surface and which way leads out of it. Lengths are
fractions of stature, y is up, the floor is y = 0. The numbers of a part may be arrays, those of
many parts of a kind, each with its row of points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backcare_nb.body.stable_math import index_of_first_largest, normalize_vectors

Point3 = tuple[float, float, float]

# How deep a box that stands on the floor reaches: nobody leaves it downwards.
FLOOR_STANDING_BOX_BOTTOM_STATURES = -1.0


@dataclass(frozen=True)
class FloorPart:
    """The half-space below y = 0."""

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The lowest and the highest corner of what it fills."""
        return np.full(3, -np.inf), np.array([np.inf, 0.0, np.inf])

    def distances_and_normals(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return signed distances (...) of points (..., 3), and unit normals (..., 3) outward."""
        return points[..., 1], np.broadcast_to((0.0, 1.0, 0.0), points.shape)


@dataclass(frozen=True)
class BoxPart:
    """A block between two corners."""

    low: Point3
    high: Point3

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The lowest and the highest corner of what it fills."""
        low, high = np.array(self.low), np.array(self.high)
        low[..., 1] = np.where(low[..., 1] <= 0, FLOOR_STANDING_BOX_BOTTOM_STATURES, low[..., 1])
        return low, high

    def distances_and_normals(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return signed distances (...) of points (..., 3), and unit normals (..., 3) outward."""
        low, high = self.bounds
        offset = points - (low + high) / 2
        beyond = np.abs(offset) - (high - low) / 2
        outside = np.maximum(beyond, 0)
        gap = np.linalg.norm(outside, axis=-1)
        nearest = np.eye(3)[index_of_first_largest(beyond, axis=-1)]
        way = np.where((gap > 0)[..., None], outside, nearest) * np.where(offset < 0, -1.0, 1.0)
        return np.where(gap > 0, gap, beyond.max(axis=-1)), normalize_vectors(way)


@dataclass(frozen=True)
class CylinderPart:
    """A roll lying across, its axis along z."""

    centre: Point3
    radius: float
    half_length: float

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The lowest and the highest corner of the block around it."""
        half = np.array([self.radius, self.radius, self.half_length])
        return self.centre - half, self.centre + half

    def distances_and_normals(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return signed distances (...) of points (..., 3), and unit normals (..., 3) outward."""
        offset = points - np.array(self.centre)
        round_, along = offset * (1, 1, 0), offset * (0, 0, 1)
        beyond = np.stack(
            [
                np.linalg.norm(round_, axis=-1) - self.radius,
                np.abs(offset[..., 2]) - self.half_length,
            ]
        )
        share = np.where(beyond.max(axis=0) > 0, np.maximum(beyond, 0), beyond == beyond.max(0))
        way = share[0, ..., None] * normalize_vectors(round_) + share[
            1, ..., None
        ] * normalize_vectors(along)
        outside = np.linalg.norm(np.maximum(beyond, 0), axis=0)
        return np.where(outside > 0, outside, beyond.max(axis=0)), normalize_vectors(way)


@dataclass(frozen=True)
class SpherePart:
    """A ball."""

    centre: Point3
    radius: float

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The lowest and the highest corner of the block around it."""
        return np.array(self.centre) - self.radius, np.array(self.centre) + self.radius

    def distances_and_normals(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return signed distances (...) of points (..., 3), and unit normals (..., 3) outward."""
        offset = points - np.array(self.centre)
        return np.linalg.norm(offset, axis=-1) - self.radius, normalize_vectors(offset)


SupportPart = FloorPart | BoxPart | CylinderPart | SpherePart
SUPPORT_PART_TYPES = (FloorPart, BoxPart, CylinderPart, SpherePart)


class SupportPartBatch:
    """Many parts, each point asked of one of them, all of a kind at once."""

    def __init__(self, parts: Sequence[SupportPart]) -> None:
        kinds = [type(part) for part in parts]
        self.kind = np.array([SUPPORT_PART_TYPES.index(kind) for kind in kinds], dtype=int)
        self.place = np.array([kinds[:k].count(kind) for k, kind in enumerate(kinds)], dtype=int)
        groups = {kind: [p for p in parts if type(p) is kind] for kind in SUPPORT_PART_TYPES}
        # the numbers of parts of one kind, a row for each
        self.groups = [
            (kind, [np.array(v) for v in zip(*(vars(p).values() for p in found), strict=True)])
            for kind, found in groups.items()
        ]

    def distances_and_normals(
        self, points: np.ndarray, chosen: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the distance of point i of (N, 3) to part chosen[i], and the normals outward."""
        gap, way = np.empty(len(points)), np.empty(points.shape)
        for k, (kind, numbers) in enumerate(self.groups):
            here = np.flatnonzero(self.kind[chosen] == k)
            if len(here):
                rows = self.place[chosen[here]]
                part = kind(*(values[rows] for values in numbers))
                gap[here], way[here] = part.distances_and_normals(points[here])
        return gap, way


@dataclass(frozen=True, eq=False)
class Support:
    """A named thing made of parts, with named places where hands can hold it.

    ``soft`` is how far a body may sink into it, fractions of stature.
    """

    name: str
    parts: tuple[SupportPart, ...]
    places: dict[str, Point3]
    grip: bool = False
    soft: float = 0.0

    def distances_and_normals(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return signed distances of points (..., 3) to the nearest part, and normals outward."""
        found = [part.distances_and_normals(points) for part in self.parts]
        if len(found) == 1:
            return found[0]
        distances = np.stack([d for d, _ in found])
        pick = index_of_first_largest(-distances)
        normals = np.stack([n for _, n in found])
        nearest = np.take_along_axis(normals, pick[None, ..., None], axis=0)[0]
        return distances.min(axis=0), nearest


FLOOR = Support("floor", (FloorPart(),), {})
