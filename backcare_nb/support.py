"""What a posture rests on or holds: the floor, a bed, a chair, a towel, a ball.

Each part tells how far points are from its surface and which way leads out of it. Lengths are
fractions of stature, y is up, the floor is y = 0. The numbers of a part may be arrays, those of
many parts of a kind, each with its row of points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BURIED = -1.0  # how deep a box that stands on the floor reaches: nobody leaves it downwards


@dataclass(frozen=True)
class Floor:
    """The half-space below y = 0."""

    def distance(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances (...) of points (..., 3), and the unit normals (..., 3) outward."""
        return points[..., 1], np.broadcast_to((0.0, 1.0, 0.0), points.shape)


@dataclass(frozen=True)
class Box:
    """A block between two corners."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    def distance(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances (...) of points (..., 3), and the unit normals (..., 3) outward."""
        low, high = np.array(self.low), np.array(self.high)
        low[..., 1] = np.where(low[..., 1] <= 0, BURIED, low[..., 1])
        offset = points - (low + high) / 2
        beyond = np.abs(offset) - (high - low) / 2
        outside = np.maximum(beyond, 0)
        gap = np.linalg.norm(outside, axis=-1)
        nearest = np.eye(3)[np.argmax(beyond, axis=-1)]
        way = np.where((gap > 0)[..., None], outside, nearest) * np.where(offset < 0, -1.0, 1.0)
        return np.where(gap > 0, gap, beyond.max(axis=-1)), _unit(way)


@dataclass(frozen=True)
class Cylinder:
    """A roll lying across, its axis along z."""

    centre: tuple[float, float, float]
    radius: float
    half_length: float

    def distance(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances (...) of points (..., 3), and the unit normals (..., 3) outward."""
        offset = points - np.array(self.centre)
        round_, along = offset * (1, 1, 0), offset * (0, 0, 1)
        beyond = np.stack(
            [
                np.linalg.norm(round_, axis=-1) - self.radius,
                np.abs(offset[..., 2]) - self.half_length,
            ]
        )
        share = np.where(beyond.max(axis=0) > 0, np.maximum(beyond, 0), beyond == beyond.max(0))
        way = share[0, ..., None] * _unit(round_) + share[1, ..., None] * _unit(along)
        outside = np.linalg.norm(np.maximum(beyond, 0), axis=0)
        return np.where(outside > 0, outside, beyond.max(axis=0)), _unit(way)


@dataclass(frozen=True)
class Ball:
    """A ball."""

    centre: tuple[float, float, float]
    radius: float

    def distance(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances (...) of points (..., 3), and the unit normals (..., 3) outward."""
        offset = points - np.array(self.centre)
        return np.linalg.norm(offset, axis=-1) - self.radius, _unit(offset)


Part = Floor | Box | Cylinder | Ball


class Parts:
    """N parts, each asked about a row of points of its own, all of a kind at once."""

    def __init__(self, parts: Sequence[Part]) -> None:
        kinds = [type(part) for part in parts]
        self.count = len(parts)
        self.rows = {kind: np.array([k is kind for k in kinds]).nonzero()[0] for kind in {*kinds}}
        self.kinds = {
            kind: _stacked([parts[row] for row in rows]) for kind, rows in self.rows.items()
        }

    def distance(self, points: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances (C, K) of points (C, K, 3) to the chosen parts, and normals outward."""
        gap, way = np.empty(points.shape[:2]), np.empty(points.shape)
        place = np.full(self.count, -1)
        place[chosen] = np.arange(len(chosen))
        for kind, rows in self.rows.items():
            at = place[rows]
            here = at >= 0
            gap[at[here]], way[at[here]] = _those(self.kinds[kind], here).distance(points[at[here]])
        return gap, way


def _stacked(parts: Sequence[Part]) -> Part:
    """Parts of one kind as one, whose numbers have a row for each."""
    numbers = zip(*(vars(part).values() for part in parts), strict=True)
    return type(parts[0])(*(np.array(values)[:, None] for values in numbers))


def _those(part: Part, rows: np.ndarray) -> Part:
    return type(part)(*(values[rows] for values in vars(part).values()))


@dataclass(frozen=True, eq=False)
class Support:
    """A named thing made of parts, with named places where hands can hold it."""

    name: str
    parts: tuple[Part, ...]
    places: dict[str, tuple[float, float, float]]
    grip: bool = False

    def distance(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances of points (..., 3) to the nearest part, and the normals outward."""
        found = [part.distance(points) for part in self.parts]
        distances = np.stack([d for d, _ in found])
        pick = distances.argmin(axis=0)
        normals = np.stack([n for _, n in found])
        nearest = np.take_along_axis(normals, pick[None, ..., None], axis=0)[0]
        return distances.min(axis=0), nearest


FLOOR = Support("floor", (Floor(),), {})


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
