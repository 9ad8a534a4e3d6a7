"""A shape on its way to the page, and the body as a viewer sees it."""

from dataclasses import dataclass, field

import numpy as np

from backcare_nb.body.skeleton import Body, Frames
from backcare_nb.body.stable_math import first_largest
from backcare_nb.figures.outlines import Outline

STEP = 1e-4  # fractions of stature between shapes that are drawn one on the other
FORE = 0.03  # a limb level with the trunk is drawn before it, as if this much nearer


@dataclass(frozen=True)
class Shape:
    """A path in B frames: its tone in the palette, and how near it is; hidden (B,) of bool."""

    name: str
    tone: str
    path: Outline
    depth: np.ndarray
    hidden: np.ndarray = field(default_factory=lambda: np.zeros(1, dtype=bool))


class Eye:
    """The segments as the viewer sees them."""

    def __init__(self, body: Body, seen: Frames, breath: np.ndarray | None = None) -> None:
        self.body, self.seen = body, seen
        self.breath = np.zeros(len(seen.origins)) if breath is None else breath

    def points(self, segment: str, local) -> np.ndarray:
        """Points (K, 3) of a segment as right, up and near (B, K, 3)."""
        local = np.atleast_2d(np.array(local, dtype=float))
        index = self.body.index[segment]
        return self.seen.points(np.full(len(local), index), local)

    def turn(self, segment: str) -> np.ndarray:
        return self.seen.rotations[:, self.body.index[segment]]

    def spheres(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """A solid's centres (B, K, 3) and radii (K,)."""
        segment, spheres = self.body.solids[name]
        rows = np.full(len(spheres), segment)
        return self.seen.points(rows, spheres[:, :3]), spheres[:, 3]

    def site(self, name: str) -> tuple[np.ndarray, float]:
        segment, local, radius = self.body.site(name)
        return self.seen.points(np.array([segment]), local[None])[:, 0], radius

    def lead(self, segment: str) -> np.ndarray:
        """The angle (B,) of the axis of a segment that is least foreshortened in all frames."""
        axes = self.turn(segment)[:, :2]
        lengths = np.linalg.norm(axes, axis=1).min(axis=0)
        chosen = axes[:, :, first_largest(lengths)]
        return np.arctan2(chosen[:, 1], chosen[:, 0])
