"""L and R beside hands, feet or shoulders, so that left and right are read alike in all views."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.path import Path

from backcare_nb.body.skeleton import SIDES, Frames, body, mirror_name
from backcare_nb.body.stable_math import (
    TIE_TOLERANCE,
    index_of_first_largest,
    round_off_last_digits,
)
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.palette import PAINT_STYLES_BY_TONE
from backcare_nb.figures.projection import Shape

LETTER_HEIGHT_STATURES = 0.042
LETTER_GAP_STATURES = 0.035  # from the tips of the fingers or toes to the middle of a letter
MIN_SEEN_EXTREMITY_LENGTH_STATURES = 0.03  # a hand or a foot that is seen shorter points nowhere
SEGMENT_AND_TIP_OF_EXTREMITY = {  # segments, and their tips
    "hand": ("palm", "fingertips"),
    "foot": ("foot", "toes"),
}
SHOULDER_LETTER_WAY_SHARES = (
    0.1,
    0.24,
)  # of the way between the shoulder joints: from one to its skin
LETTER_BOX_POINTS = [
    (0, 0),
    (-0.4, -0.6),
    (0.4, -0.6),
    (-0.4, 0.6),
    (0.4, 0.6),
]  # heights: room for a letter
LETTER_STROKES_BY_SIDE = {  # in widths of 0.62 and heights of 1
    "left": [(0.05, 1), (0.05, 0), (0.6, 0)],
    "right": [(0, 0), (0, 1), (0.4, 1), (0.6, 0.85), (0.6, 0.65), (0.4, 0.5), (0, 0.5), (0.62, 0)],
}


def draw_side_letters(
    frames: Frames, views: Sequence[Camera], bodies: Sequence[Sequence[Shape]]
) -> list[list[Shape]]:
    """Draw the letters of each view of one figure, beside hands or feet, the same in all views.

    They are those more often seen and further apart; from close by, the shoulders have the letters.
    bodies: as each view draws them. A letter is hidden in the frames in which what it names is
    hidden, and in those in which it would lie on the body.
    """
    scores, found = [], []
    for part in SEGMENT_AND_TIP_OF_EXTREMITY:
        pairs = [
            _draw_letter_pair(frames, seen, shapes, "upper_arm" if seen.is_close_up else part)
            for seen, shapes in zip(views, bodies, strict=True)
        ]
        found.append([letters for _, letters in pairs])
        scores.append(
            sum(apart + sum(1 - each.hidden.mean() for each in letters) for apart, letters in pairs)
        )
    return found[int(index_of_first_largest(np.array(scores)))]


def _draw_letter_pair(
    frames: Frames, seen: Camera, shapes: Sequence[Shape], part: str
) -> tuple[float, list[Shape]]:
    """How far apart two hands or feet are at the least, and the letters that are ever seen."""
    ways = [_project_extremity(frames, seen, side, part) for side in SIDES]
    gap = np.linalg.norm((ways[0][1] - ways[1][1])[:, :2], axis=1).min()
    left, right = (
        _draw_letter(side, part, way, seen, shapes) for side, way in zip(SIDES, ways, strict=True)
    )
    apart = np.abs(left.path.points.mean(axis=1) - right.path.points.mean(axis=1)).max(axis=1)
    one_alone = apart < LETTER_HEIGHT_STATURES / seen.zoom  # that of the nearer side
    ahead = left.depth > right.depth + TIE_TOLERANCE
    found = [
        replace(left, hidden=left.hidden | (one_alone & ~ahead)),
        replace(right, hidden=right.hidden | (one_alone & ahead)),
    ]
    return float(gap), [letter for letter in found if not letter.hidden.all()]


def _project_extremity(
    frames: Frames, seen: Camera, side: str, part: str
) -> tuple[np.ndarray, np.ndarray]:
    """Where a hand or a foot begins and ends as it is seen, (B, 3) each.

    From close by it is the shoulders that have the letters.
    """
    if part == "upper_arm":
        other, own = (
            frames.origins[:, body().index[f"{name} {part}"]] for name in (mirror_name(side), side)
        )
        skin, beside = (
            seen.project(own + share * (own - other)) for share in SHOULDER_LETTER_WAY_SHARES
        )
        return skin, beside
    segment, tip = SEGMENT_AND_TIP_OF_EXTREMITY[part]
    start = frames.origins[:, body().index[f"{side} {segment}"]]
    end = frames.point(*body().sites[f"{side} {tip}"][:2])
    return seen.project(start), seen.project(end)


def _draw_letter(
    side: str,
    part: str,
    way: tuple[np.ndarray, np.ndarray],
    seen: Camera,
    shapes: Sequence[Shape],
) -> Shape:
    start, end = (place[:, :2] for place in way)
    lengths = np.linalg.norm(end - start, axis=1, keepdims=True)
    down = np.broadcast_to((0.0, -1.0), end.shape)
    out = np.where(
        lengths > MIN_SEEN_EXTREMITY_LENGTH_STATURES,
        (end - start) / np.maximum(lengths, 1e-9),
        down,
    )
    middle = end + LETTER_GAP_STATURES / seen.zoom * out
    height = LETTER_HEIGHT_STATURES / seen.zoom
    strokes = (np.array(LETTER_STROKES_BY_SIDE[side]) - (0.31, 0.5)) * height
    places = middle[:, None] + np.array(LETTER_BOX_POINTS) * height
    at = max(k for k, shape in enumerate(shapes) if shape.name == f"{side} {part}")
    over = [s for s in shapes[at + 1 :] if not s.name.startswith(side)]
    hidden = _are_points_covered((start + end)[:, None] / 2, over) | _are_points_covered(
        places, shapes
    )
    outline = outlines.polyline(middle[:, None] + strokes)
    return Shape(f"{side} letter", "letter", outline, way[1][:, 2], hidden)


def _are_points_covered(places: np.ndarray, shapes: Sequence[Shape]) -> np.ndarray:
    """In which frames (B,) one of some places (B, N, 2) lies on one of the shapes."""
    covered, places = np.zeros(len(places), dtype=bool), round_off_last_digits(places)
    low, high = places.min(axis=1), places.max(axis=1)
    for shape in shapes:
        points = shape.path.points
        near = (points.min(axis=1) < high) & (low < points.max(axis=1))
        if PAINT_STYLES_BY_TONE[shape.tone].fill:
            for k in np.flatnonzero(near.all(axis=1) & ~covered & ~shape.hidden):
                covered[k] = Path(points[k], shape.path.codes).contains_points(places[k]).any()
    return covered
