"""Where the viewer stands: orthographic views of the room.

World: x forward, y up, z to the person's right when standing and facing +x. Picture: x right, y up.
`posture.spec.CornerView` says how the angles of a view are told; those with names have them too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from backcare_nb.body.skeleton import SegmentFrames, body
from backcare_nb.body.stable_math import round_off_last_digits
from backcare_nb.posture.spec import CornerView, View

ANGLES_AND_LABELS_BY_VIEW = {  # azimuth and elevation in degrees, and what it is called
    "side": (90, 0, "from the side"),
    "right_side": (90, 0, "from the side"),
    "far_side": (-90, 0, "from the other side"),
    "front": (0, 0, "from the front"),
    "feet": (0, 0, "from the feet"),
    "back": (180, 0, "from behind"),
    "above": (90, 90, "from above"),
    "side_close": (90, 0, "from the side"),
    "back_close": (180, 0, "from behind"),
    "corner": (40, 25, ""),  # named after what is seen from there
}
CLOSE_UP_ZOOM_FACTOR = 2.3  # times as large, where hands at the head must be read
# Of a trunk's length, of who has a front rather than a head end.
MIN_VERTICAL_COSINE_OF_BODY_AXIS = 0.5
MIN_RATIO_TO_NAME_SECOND_SIDE = 0.6  # of a corner's one way, from which its other one is named too
# What a way from a body's middle is called, alone and after another one:
FRONT_AND_BACK_PHRASES = ("from the front", "in front"), ("from behind", "behind")
HEAD_AND_FEET_PHRASES = ("from the head", "at the head"), ("from the feet", "at the feet")
RIGHT_AND_LEFT_PHRASES = ("from the right", "on the right"), ("from the left", "on the left")


@dataclass(frozen=True)
class Camera:
    """A direction of looking: the name of a view, "corner" for any from a corner, and degrees."""

    name: str
    azimuth: float
    elevation: float

    @cached_property
    def basis(self) -> np.ndarray:
        """Rows (3, 3) that lead right, up and towards the viewer."""
        a, e = np.radians(self.azimuth), np.radians(self.elevation)
        right = np.sin(a), 0.0, -np.cos(a)
        up = -np.cos(a) * np.sin(e), np.cos(e), -np.sin(a) * np.sin(e)
        towards = np.cos(a) * np.cos(e), np.sin(e), np.sin(a) * np.cos(e)
        return round_off_last_digits(np.array([right, up, towards]))

    @property
    def is_close_up(self) -> bool:
        """Is only the body above the waist seen, and larger?"""
        return self.name.endswith("_close")

    @property
    def zoom(self) -> float:
        return CLOSE_UP_ZOOM_FACTOR if self.is_close_up else 1.0

    @property
    def looks_from_side(self) -> bool:
        """Is the room seen level from its left or its right?"""
        return self.looks_level and abs(self.azimuth) == 90

    @property
    def looks_level(self) -> bool:
        """Is the floor seen from its edge?"""
        return self.elevation == 0

    @property
    def looks_from_corner(self) -> bool:
        """Are the floor and what stands on it seen aslant?"""
        return 0 < self.elevation < 90

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return points (..., 3) of the room as right, up and towards the viewer (..., 3)."""
        return points @ self.basis.T

    def project_frames(self, frames: SegmentFrames) -> SegmentFrames:
        """Return frames with room axes turned to right, up and towards the viewer."""
        turned = np.einsum("ij,bsjk->bsik", self.basis, frames.rotations)
        return SegmentFrames(self.project(frames.origins), turned, frames.axes)


def cameras_for_views(views: Sequence[View], mirrored: bool = False) -> list[Camera]:
    """Return the cameras of some views; raises KeyError for an unknown name.

    From above, the picture is turned as the view beside it is: what lies to its right there lies to
    the right here. Mirrored ones see the mirror image of a body as one sees the body in a mirror.
    """
    beside = next((camera_for_view(view) for view in views if view != "above"), None)
    found = [camera_for_view(view) for view in views]
    if beside:
        quarter = 90.0 * np.rint(round_off_last_digits(np.array(beside.azimuth / 90)))
        found = [Camera("above", quarter, 90) if c.name == "above" else c for c in found]
    return [Camera(c.name, -c.azimuth, c.elevation) if mirrored else c for c in found]


def describe_viewpoint(seen: Camera, frames: SegmentFrames) -> str:
    """Say where a body is seen from; from a corner, by the body's own sides, as it ends up."""
    if not seen.looks_from_corner:
        turned = seen.looks_from_side and seen.azimuth < 0
        return ANGLES_AND_LABELS_BY_VIEW["far_side" if turned else seen.name][2]
    front, top, right = round_off_last_digits(frames.rotations[-1, body().index["pelvis"]].T)
    is_upright = top[1] > MIN_VERTICAL_COSINE_OF_BODY_AXIS
    is_on_side = not is_upright and abs(right[1]) > MIN_VERTICAL_COSINE_OF_BODY_AXIS
    ends = FRONT_AND_BACK_PHRASES if is_upright else HEAD_AND_FEET_PHRASES
    sides = FRONT_AND_BACK_PHRASES if is_on_side else RIGHT_AND_LEFT_PHRASES
    level = seen.basis[2] * (1, 0, 1)
    along = round_off_last_digits(level @ (front if is_upright else top))
    aside = round_off_last_digits(level @ (front if is_on_side else right))
    end, side = ends[int(along < 0)], sides[int(aside < 0)]
    if abs(aside) < MIN_RATIO_TO_NAME_SECOND_SIDE * abs(along):
        return end[0]
    if abs(along) < MIN_RATIO_TO_NAME_SECOND_SIDE * abs(aside):
        return side[0]
    return f"{end[0]}, {side[1]}"


@cache
def camera_for_view(view: View) -> Camera:
    """Return the camera of one view; raises KeyError for an unknown name."""
    if isinstance(view, CornerView):
        return Camera("corner", view.azimuth, view.elevation)
    azimuth, elevation, _ = ANGLES_AND_LABELS_BY_VIEW[view]
    return Camera(view, azimuth, elevation)
