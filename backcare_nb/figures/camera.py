"""Where the viewer stands: orthographic views of the room.

World: x forward, y up, z to the person's right when standing and facing +x. Picture: x right, y up.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from backcare_nb.body.skeleton import Frames

# Right and up in the room, and what the view is called.
_VIEWS = {
    "side": ((1, 0, 0), (0, 1, 0), "from the side"),
    "right_side": ((1, 0, 0), (0, 1, 0), "from the side"),
    "far_side": ((-1, 0, 0), (0, 1, 0), "from the other side"),
    "front": ((0, 0, -1), (0, 1, 0), "from the front"),
    "feet": ((0, 0, -1), (0, 1, 0), "from the feet"),
    "back": ((0, 0, 1), (0, 1, 0), "from behind"),
    "above": ((1, 0, 0), (0, 0, -1), "from above"),
    "side_close": ((1, 0, 0), (0, 1, 0), "from the side"),
    "back_close": ((0, 0, 1), (0, 1, 0), "from behind"),
    "corner": ((0.64, 0, -0.77), (-0.33, 0.9, -0.27), "from the corner"),
}
VIEW_LABELS = {name: label for name, (*_, label) in _VIEWS.items()}
MIRRORED_PICTURE = np.array([[-1], [1], [1]])  # what lies to the right comes to lie to the left
MIRRORED_ROOM = np.array([1, 1, -1])  # of the room: the person's right becomes the left
CLOSE_ZOOM = 2.3  # times as large, where hands at the head must be read


@dataclass(frozen=True, eq=False)
class Camera:
    """A direction of looking; ``basis`` (3, 3) rows lead right, up and towards the viewer."""

    name: str
    basis: np.ndarray

    @property
    def label(self) -> str:
        turned = self.looks_from_side and self.basis[2, 2] < 0
        return VIEW_LABELS["far_side" if turned else self.name]

    @property
    def is_close_up(self) -> bool:
        """Is only the body above the waist seen, and larger?"""
        return self.name.endswith("_close")

    @property
    def zoom(self) -> float:
        return CLOSE_ZOOM if self.is_close_up else 1.0

    @property
    def looks_from_side(self) -> bool:
        """Is the room seen from its left or its right?"""
        return abs(self.basis[2, 2]) > 0.99

    @property
    def looks_level(self) -> bool:
        """Is the floor seen from its edge?"""
        return abs(self.basis[2, 1]) < 0.01

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return points (..., 3) of the room as right, up and towards the viewer (..., 3)."""
        return points @ self.basis.T

    def project_frames(self, frames: Frames) -> Frames:
        """Return frames with room axes turned to right, up and towards the viewer."""
        turned = np.einsum("ij,bsjk->bsik", self.basis, frames.rotations)
        return Frames(self.project(frames.origins), turned, frames.axes)


@cache
def camera(name: str, mirrored: bool = False) -> Camera:
    """Return a view by its name; raises KeyError for an unknown one.

    From a mirrored one, the mirror image of a body looks as the body does in a mirror: the camera
    goes over to the other side, and from above it turns half round.
    """
    right, up = np.array(_VIEWS[name][:2], dtype=float)
    right = right / np.linalg.norm(right)
    up = up - (up @ right) * right
    up = up / np.linalg.norm(up)
    basis = np.array([right, up, np.cross(right, up)])
    return Camera(name, MIRRORED_PICTURE * basis * MIRRORED_ROOM if mirrored else basis)
