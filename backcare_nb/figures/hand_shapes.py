"""Hands and feet: hulls, with lines between fingers and toes, and a pale palm."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from backcare_nb.body.stable_math import TIE_TOLERANCE
from backcare_nb.figures import outlines
from backcare_nb.figures.palette import LOOK_TOML_DATA
from backcare_nb.figures.projection import (
    LIMB_FOREGROUND_DEPTH_STATURES,
    LimbCentreline,
    ProjectedBody,
    Shape,
)

# Balls (N, 4) of a right foot and hand, and corners (N, 3) of the palm.
TOE_SPHERES_STATURES, PALM_SPHERES_STATURES, FINGER_SPHERES_STATURES, PALM_CORNERS_STATURES = (
    np.array(LOOK_TOML_DATA["extremities"][part])
    for part in ("toes", "palm", "fingers", "palm_corners")
)
TOE_LINE_ENDS_STATURES = np.array(
    [[(0.088, -0.016, z), (0.114, -0.022, z)] for z in (-0.004, 0.007)]
)
FINGER_LINE_ENDS_STATURES = np.array(
    [[(0, -0.002, z), (0, -0.042, z)] for z in (-0.0115, -0.0035, 0.0045)]
)
# Of a side that is turned to the viewer so far that what is on it can be seen.
MIN_FACING_COSINE_TO_SHOW = 0.35
# flexion of the roots of fingers from which their ends bend more, to a fist, and by how much
FIST_START_FLEXION_DEG, MAX_FINGERTIP_CURL_DEG = 45.0, 100.0
CLOSED_FIST_FLEXION_DEG = 70.0  # from which nothing is seen between fingertips and palm
MAX_OPEN_HAND_FLEXION_DEG = 50.0  # beyond which the fingers cover the palm


def draw_foot(person: ProjectedBody, side: str) -> Iterator[Shape]:
    """Draw the foot, and its toes where they are seen from above."""
    flip = _mirror_signs_of_side(side)
    ankle, radii = person.spheres(f"{side} foot")
    sites = [person.site(f"{side} {s}") for s in ("ball_inner", "ball_outer", "heel")]
    toes = person.points(f"{side} foot", TOE_SPHERES_STATURES[:, :3] * flip)
    centres = np.concatenate([ankle[:, 1:2], *[c[:, None] for c, _ in sites], toes], axis=1)
    radii = np.array([radii[1], *[r for _, r in sites], *TOE_SPHERES_STATURES[:, 3]])
    foot = _draw_rounded_hull(person, f"{side} foot", f"{side} foot", centres, radii)
    yield foot
    up = person.rotation(f"{side} foot")[:, 2, 1]
    lines = person.points(f"{side} foot", TOE_LINE_ENDS_STATURES.reshape(-1, 3) * flip)
    yield _draw_detail_on_shape(
        foot, f"{side} toes", "finger line", _separate_lines_outline(lines), up
    )


def draw_hand(person: ProjectedBody, side: str) -> Iterator[Shape]:
    """Draw curled fingers, the back of the hand that they grow out of, and its pale palm.

    Bent fingers are a piece of their own, so that one sees what a hand that grips holds.
    """
    flip = _mirror_signs_of_side(side)
    turn = person.rotation(f"{side} palm").swapaxes(1, 2) @ person.rotation(f"{side} fingers")
    flexion = np.degrees(np.arctan2(turn[:, 1, 0], turn[:, 0, 0]))
    curl = np.clip(2 * (flexion - FIST_START_FLEXION_DEG), 0, MAX_FINGERTIP_CURL_DEG)
    palm = person.points(f"{side} palm", PALM_SPHERES_STATURES[:, :3] * flip)
    fingers = person.curled_points(f"{side} fingers", FINGER_SPHERES_STATURES[:, :3] * flip, curl)
    hand = _draw_rounded_hull(
        person, f"{side} hand", f"{side} palm", np.concatenate([palm, fingers], axis=1),
        np.concatenate([PALM_SPHERES_STATURES[:, 3], FINGER_SPHERES_STATURES[:, 3]]),
    )  # fmt: skip
    are_bent = bool((flexion > FIST_START_FLEXION_DEG + TIE_TOLERANCE).any())
    roots, depth, centreline = fingers[:, :2], hand.depth, hand.centreline
    closed = np.clip((flexion - CLOSED_FIST_FLEXION_DEG) / 10, 0, 1)[:, None, None]
    filled = roots + closed * (palm[:, :1] - roots)  # of a fist: between fingertips and palm
    ends = _draw_rounded_hull(
        person, f"{side} fingers", f"{side} fingers", np.concatenate([fingers, filled], axis=1),
        np.concatenate([FINGER_SPHERES_STATURES[:, 3], FINGER_SPHERES_STATURES[:2, 3]]),
    )  # fmt: skip
    yield replace(
        ends, depth=depth, centreline=centreline, hidden=np.full(len(depth), not are_bent)
    )
    if are_bent:
        back = _draw_rounded_hull(
            person, f"{side} hand", f"{side} palm", np.concatenate([palm, roots], axis=1),
            np.concatenate([PALM_SPHERES_STATURES[:, 3], FINGER_SPHERES_STATURES[:2, 3]]),
        )  # fmt: skip
        hand = replace(hand, path=back.path, tone="thumb")  # with no edge to part it from them
    yield hand
    facing = person.rotation(f"{side} palm")[:, 2, 0]
    inside = np.where(flexion > MAX_OPEN_HAND_FLEXION_DEG, -1.0, facing)
    corners = person.points(f"{side} palm", PALM_CORNERS_STATURES * flip)
    corners = person.lift_off_supports(corners, np.zeros((1, 3, 3)))
    yield _draw_detail_on_shape(
        hand, f"{side} palm", "palm", outlines.polygon(corners[..., :2]), inside
    )
    ends_of_lines = FINGER_LINE_ENDS_STATURES.reshape(-1, 3) * flip
    lines = person.curled_points(f"{side} fingers", ends_of_lines, curl)
    seen = np.abs(person.rotation(f"{side} fingers")[:, 2, 0])
    yield _draw_detail_on_shape(
        hand, f"{side} finger_lines", "finger line", _separate_lines_outline(lines), seen
    )


def _mirror_signs_of_side(side: str) -> np.ndarray:
    """What turns places on a right hand or foot into those on the one of a side."""
    return np.array([1, 1, -1 if side == "left" else 1])


def _draw_rounded_hull(
    person: ProjectedBody, name: str, segment: str, centres: np.ndarray, radii: np.ndarray
) -> Shape:
    """A hand or a foot; where it lies on something it gives way."""
    lifted = person.lift_off_supports(centres, radii[:, None, None] * np.eye(3))
    squares = outlines.project_spheres(lifted, radii)
    axis = person.least_foreshortened_axis(segment)
    path = outlines.hull_polygon(lifted[..., :2], squares, axis, 9)
    centreline = LimbCentreline(lifted[:, [0, -1]], radii[[0, -1]])
    depth = lifted[..., 2].mean(axis=1) + LIMB_FOREGROUND_DEPTH_STATURES
    return Shape(name, "skin", path, depth, centreline=centreline)


def _separate_lines_outline(ends: np.ndarray) -> outlines.Outline:
    """Lines from each of some ends (B, 2 N, 3) to the next."""
    codes = (outlines.MOVE_CODE, outlines.LINE_CODE) * (ends.shape[1] // 2)
    return outlines.Outline(codes, ends[..., :2])


def _draw_detail_on_shape(
    shape: Shape, name: str, tone: str, path: outlines.Outline, facing: np.ndarray
) -> Shape:
    """What is seen on a shape where its side faces the viewer (B,)."""
    hidden = facing < MIN_FACING_COSINE_TO_SHOW + TIE_TOLERANCE
    return Shape(name, tone, path, shape.depth, hidden, centreline=shape.centreline)
