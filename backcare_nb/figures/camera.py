"""Where the viewer stands: orthographic views of the room.

World: x forward, y up, z to the person's right when standing and facing +x. Picture: x right, y up.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from backcare_nb.body.skeleton import Frames

# Right, up and towards the viewer, in the room.
_DIRECTIONS = {
    "side": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "right_side": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "far_side": ((-1, 0, 0), (0, 1, 0), (0, 0, -1)),
    "front": ((0, 0, -1), (0, 1, 0), (1, 0, 0)),
    "feet": ((0, 0, -1), (0, 1, 0), (1, 0, 0)),
    "back": ((0, 0, 1), (0, 1, 0), (-1, 0, 0)),
    "above": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "side_close": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "back_close": ((0, 0, 1), (0, 1, 0), (-1, 0, 0)),
    "corner": ((0.64, 0, -0.77), (-0.33, 0.9, -0.27), (0.69, 0.43, 0.58)),
}
LABELS = {
    "side": "from the side",
    "right_side": "from the side",
    "far_side": "from the other side",
    "front": "from the front",
    "feet": "from the feet",
    "back": "from behind",
    "above": "from above",
    "side_close": "from the side",
    "back_close": "from behind",
    "corner": "from the corner",
}
ACROSS = np.array([[-1], [1], [1]])  # what lies to the right comes to lie to the left
BESIDE = np.array([1, 1, -1])  # of the room: the person's right becomes the left
CLOSER = 2.3  # times as large, where hands at the head must be read


@dataclass(frozen=True, eq=False)
class View:
    """A direction of looking; ``basis`` (3, 3) rows lead right, up and towards the viewer."""

    name: str
    basis: np.ndarray

    @property
    def label(self) -> str:
        turned = self.sideways and self.basis[2, 2] < 0
        return LABELS["far_side" if turned else self.name]

    @property
    def close(self) -> bool:
        """Is only the body above the waist seen, and larger?"""
        return self.name.endswith("_close")

    @property
    def zoom(self) -> float:
        return CLOSER if self.close else 1.0

    @property
    def sideways(self) -> bool:
        """Is the room seen from its left or its right?"""
        return abs(self.basis[2, 2]) > 0.99

    @property
    def level(self) -> bool:
        """Is the floor seen from its edge?"""
        return abs(self.basis[2, 1]) < 0.01

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) of the room as right, up and towards the viewer (..., 3)."""
        return points @ self.basis.T

    def seen(self, frames: Frames) -> Frames:
        """The frames with room axes turned to right, up and towards the viewer."""
        turned = np.einsum("ij,bsjk->bsik", self.basis, frames.rotations)
        return Frames(self.project(frames.origins), turned, frames.axes)


@cache
def view(name: str, mirrored: bool = False) -> View:
    """A view by its name; raises KeyError for an unknown one.

    From a mirrored one, the mirror image of a body looks as the body does in a mirror: the camera
    goes over to the other side, and from above it turns half round.
    """
    right, up, _ = np.array(_DIRECTIONS[name], dtype=float)
    right = right / np.linalg.norm(right)
    up = up - (up @ right) * right
    up = up / np.linalg.norm(up)
    basis = np.array([right, up, np.cross(right, up)])
    return View(name, ACROSS * basis * BESIDE if mirrored else basis)
