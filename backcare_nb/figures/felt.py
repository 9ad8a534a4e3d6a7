"""Where an exercise is felt: hatched patches on the body, over the clothes of their region."""

from collections.abc import Iterable

import numpy as np

from backcare_nb.body.skeleton import SIDES, body
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.projection import Shape, scenery_shape
from backcare_nb.posture.pose import Pose

# Of each place that can be felt: how far its patch lies inside the skin along the segment's axes
# (forward, up, outward), and its half axes; fractions of stature.
PATCHES = {
    "upper_back": ((0.024, 0, 0), (0.026, 0.045, 0.055)),
    "mid_back": ((0.024, 0, 0), (0.026, 0.05, 0.05)),
    "low_back": ((0.024, 0, 0), (0.026, 0.045, 0.05)),
    "chest": ((-0.03, 0, 0), (0.028, 0.045, 0.055)),
    "tummy": ((-0.03, 0, 0), (0.028, 0.05, 0.05)),
    "neck_high": ((0.004, -0.012, 0), (0.013, 0.028, 0.013)),
    "shoulder": ((0, 0, 0), (0.026, 0.028, 0.026)),
    "shoulder_blade": ((0.004, 0, 0), (0.024, 0.045, 0.026)),
    "hip_side": ((0, 0.004, 0.012), (0.035, 0.045, 0.03)),
    "buttock": ((-0.006, -0.004, 0), (0.036, 0.042, 0.036)),
    "thigh_top": ((-0.028, 0, 0), (0.02, 0.075, 0.026)),
    "thigh_back": ((0.022, 0.03, 0), (0.02, 0.075, 0.026)),
    "calf": ((0.02, 0.0, 0), (0.016, 0.05, 0.022)),
}
OUTWARD = {  # which way the skin looks there, along the segment's axes
    **dict.fromkeys(("upper_back", "mid_back", "low_back", "thigh_back", "calf"), (-1, 0, 0)),
    **dict.fromkeys(("shoulder_blade", "buttock", "neck_high"), (-1, 0, 0.5)),
    **dict.fromkeys(("chest", "tummy", "thigh_top"), (1, 0, 0)),
    **dict.fromkeys(("shoulder", "hip_side"), (0, 0, 1)),
}
MIN_FACING = -0.45  # cosine between the way it looks and the way to the viewer, to be seen
HATCH_STEP_STATURES = 0.017  # between two lines
HATCH_ALONG = np.array([1.0, 1.0]) / np.sqrt(2)


def mark_felt(shapes: list[Shape], pose: Pose, camera: Camera, sites: Iterable[str]) -> list[Shape]:
    """Return the shapes of a body, with a hatched patch for each of some sites that is seen.

    A patch lies on what it is a part of, and what is nearer hides it. sites: those of body.yaml
    that `PATCHES` names, with their sides.
    """
    marked = list(shapes)
    for site in sites:
        ellipse = _seen_ellipse(pose, camera, site)
        at = [k for k, shape in enumerate(marked) if _carries(shape, site)]
        if ellipse is not None and at:
            last = max(k for k in at if marked[k].tone not in ("felt", "felt hatch"))
            marked[last + 1 : last + 1] = _hatched(*ellipse, camera.zoom)
    return marked


def count_seen(pose: Pose, camera: Camera, sites: Iterable[str]) -> int:
    """Count how many of some sites are on the side that a view shows."""
    return sum(_seen_ellipse(pose, camera, site) is not None for site in sites)


def _seen_ellipse(pose: Pose, camera: Camera, site: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Centre (2,) and half axes as columns (2, 3) of a patch, unless it looks away."""
    name = site.removeprefix("left ").removeprefix("right ")
    hand = -1 if site.startswith("left ") else 1
    segment, local, _ = body().sites[site]
    frames = camera.project_frames(pose.frames)
    turn = frames.rotations[0, segment]
    facing = turn[2] @ (np.array(OUTWARD[name]) * (1, 1, hand)) / np.linalg.norm(OUTWARD[name])
    if facing < MIN_FACING:
        return None
    inside, half = (np.array(values) for values in PATCHES[name])
    centre = frames.points(np.array([segment]), (local + inside * (1, 1, hand))[None])[0, 0]
    return centre[:2], turn[:2] * half


def _carries(shape: Shape, site: str) -> bool:
    """Is a shape the cloth or the skin that a site lies on?"""
    side = next((side for side in SIDES if site.startswith(side)), "")
    name = site.removeprefix(f"{side} ")
    pieces = {
        "neck_high": ("neck", "throat"), "shoulder": ("shirt", f"{side} sleeve"),
        "thigh_top": (f"{side} thigh",), "thigh_back": (f"{side} thigh",),
        "calf": (f"{side} shank",), "hip_side": ("hips", f"{side} seat", f"{side} thigh"),
        "buttock": ("hips", f"{side} seat", f"{side} thigh"),
    }  # fmt: skip
    return shape.name in pieces.get(name, ("shirt",))


def _hatched(centre: np.ndarray, axes: np.ndarray, zoom: float) -> list[Shape]:
    """A patch and the lines over it, which go on from patch to patch."""
    square = axes @ axes.T
    flat = np.zeros((1, 3, 3))
    flat[0, :2] = axes
    patch = outlines.ellipse(flat)
    across = np.array([-HATCH_ALONG[1], HATCH_ALONG[0]])
    reach, step = np.sqrt(across @ square @ across), HATCH_STEP_STATURES / zoom
    first, last = (centre @ across + hand * reach for hand in (-1, 1))
    lines = []
    for level in np.arange(np.ceil(first / step), np.floor(last / step) + 1) * step:
        off = level - centre @ across
        middle = centre + off * (square @ across) / reach**2
        room = (1 - (off / reach) ** 2) / (HATCH_ALONG @ np.linalg.inv(square) @ HATCH_ALONG)
        end = 0.92 * np.sqrt(max(room, 0.0)) * HATCH_ALONG
        lines.append(
            scenery_shape("felt hatch", outlines.polyline(np.array([[middle - end, middle + end]])))
        )
    return [scenery_shape("felt", patch._replace(points=patch.points + centre)), *lines]
