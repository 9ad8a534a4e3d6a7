"""The body as a viewer sees it, and a shape on its way to the drawing."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from backcare_nb.body.skeleton import Body, SegmentFrames
from backcare_nb.body.stable_math import index_of_first_largest
from backcare_nb.body.supports import FLOOR, Support
from backcare_nb.figures.outlines import Outline

# Fractions of stature between shapes that are drawn one on the other.
DEPTH_PER_LAYER_STATURES = 1e-4
# A limb level with the trunk is drawn before it, as if this much nearer.
LIMB_FOREGROUND_DEPTH_STATURES = 0.03


class LimbCentreline(NamedTuple):
    """The middle line of a piece of a limb as it is seen, and how thick it is.

    ends (B, 2, 3): right, up and near; radii (2,) at the ends.
    """

    ends: np.ndarray
    radii: np.ndarray


@dataclass(frozen=True)
class Shape:
    """A path in B frames: its tone in the palette, and how near it is.

    hidden, far (B,) of bool: when it is not seen, and when it has the far tone. centreline: of a
    limb, by which it is told which of two that cross is the nearer one there.
    """

    name: str
    tone: str
    path: Outline
    depth: np.ndarray = field(default_factory=lambda: np.zeros(1))
    hidden: np.ndarray = field(default_factory=lambda: np.zeros(1, dtype=bool))
    far: np.ndarray = field(default_factory=lambda: np.zeros(1, dtype=bool))
    centreline: LimbCentreline | None = None


def make_non_body_shape(tone: str, path: Outline) -> Shape:
    """Make a shape that is no part of the body, named by its tone."""
    return Shape(tone, tone, path)


class ProjectedBody:
    """The segments as the viewer sees them: right, up and near."""

    def __init__(
        self,
        body: Body,
        seen: SegmentFrames,
        basis: np.ndarray,
        supports: tuple[Support, ...] = (),
        breath: np.ndarray | None = None,
    ) -> None:
        self.body, self.seen = body, seen
        self.basis = basis  # (3, 3) of the camera
        self.supports = (FLOOR, *supports)
        self.breath = np.zeros(len(seen.origins)) if breath is None else breath

    def points(self, segment: str, local: ArrayLike) -> np.ndarray:
        """Project points (K, 3) of a segment: (B, K, 3)."""
        local = np.atleast_2d(np.array(local, dtype=float))
        index = self.body.index[segment]
        return self.seen.points(np.full(len(local), index), local)

    def curled_points(self, segment: str, local: np.ndarray, degrees: np.ndarray) -> np.ndarray:
        """Project points (K, 3) of a segment of which the second half is bent more, by (B,)."""
        half = np.array([0, -self.body.segments[self.body.index[segment]].length / 2, 0])
        beyond = np.minimum(local - half, 0)[:, 1:2] < 0
        turn = np.radians(degrees)[:, None]
        x, y, z = np.where(beyond, local - half, 0).T
        right, up = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
        bent = np.stack([right, up, z + 0 * turn], axis=-1)
        placed = np.where(beyond, half + bent, local)
        origin = self.seen.origins[:, self.body.index[segment]]
        return origin[:, None] + placed @ self.rotation(segment).swapaxes(1, 2)

    def lift_off_supports(self, centres: np.ndarray, half_axes: np.ndarray) -> np.ndarray:
        """Move ellipsoids out of the floor and the supports; flesh gives way where it rests.

        centres (B, K, 3), half_axes (B, K, 3, 3) as columns, or (K, 3, 3).
        """
        for support in self.supports:
            gap, way = support.distances_and_normals(centres @ self.basis)
            out = way @ self.basis.T
            reach = np.linalg.norm(out[..., None, :] @ half_axes, axis=-1)[..., 0]
            centres = centres + np.maximum(reach - gap, 0)[..., None] * out
        return centres

    def rotation(self, segment: str) -> np.ndarray:
        """Return the axes of a segment as columns (B, 3, 3)."""
        return self.seen.rotations[:, self.body.index[segment]]

    def spheres(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return a solid's centres (B, K, 3) and radii (K,)."""
        segment, spheres = self.body.limb_spheres[name]
        rows = np.full(len(spheres), segment)
        return self.seen.points(rows, spheres[:, :3]), spheres[:, 3]

    def site(self, name: str) -> tuple[np.ndarray, float]:
        """Return the place (B, 3) of a site, and its radius."""
        segment, local, radius = self.body.sites[name]
        return self.seen.points(np.array([segment]), local[None])[:, 0], radius

    def least_foreshortened_axis(
        self, segment: str, weights: tuple[int, int, int] = (1, 1, 1)
    ) -> np.ndarray:
        """Return the segment's axis (B, 2) that is least foreshortened in all frames.

        weights: what a length counts for, forwards, upwards and across.
        """
        axes = self.rotation(segment)[:, :2]
        lengths = np.linalg.norm(axes, axis=1).min(axis=0)
        return axes[:, :, index_of_first_largest(lengths * weights)]
