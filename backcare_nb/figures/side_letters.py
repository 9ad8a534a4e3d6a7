"""L and R beside hands, feet or shoulders, so that left and right are read alike in all views."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from matplotlib.path import Path

from backcare_nb.body.skeleton import SIDES, SegmentFrames, body, mirror_name
from backcare_nb.body.stable_math import (
    TIE_TOLERANCE,
    index_of_first_largest,
    round_off_last_digits,
)
from backcare_nb.figures import outlines
from backcare_nb.figures.arrows import PictureCorners
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.palette import PAINT_STYLE_BY_TONE
from backcare_nb.figures.projection import Shape

LETTER_HEIGHT_STATURES = 0.042
LETTER_GAP_STATURES = 0.035  # from the tips of the fingers or toes to the middle of a letter
# A hand or a foot that is seen shorter points nowhere.
MIN_POINTING_EXTREMITY_LENGTH_STATURES = 0.03
SEGMENT_TIP_AND_ROOT_BY_EXTREMITY = {  # root: the segment to whose sides the two belong
    "hand": ("palm", "fingertips", "thoracic_5"),
    "foot": ("foot", "toes", "pelvis"),
}
MIN_SIDE_DIFFERENCE_STATURES = 0.03  # between one tip and the mirror image of the other
# Of a letter about its tip, and of its gap, until it lies free.
LETTER_TURNS_RAD = np.radians([0, 60, -60, 120, -120])
LETTER_GAP_FACTORS = (1, 1.15)
# Of how much higher a letter is: so much further away it stands.
EXTRA_GAP_PER_EXTRA_LETTER_HEIGHT = 0.6
# Of the way between the shoulder joints: from one to its skin, and to its letter.
SHOULDER_WIDTH_SHARES_TO_SKIN_AND_LETTER = (0.1, 0.24)
UNBOUNDED_PICTURE_CORNERS: PictureCorners = ((-np.inf, -np.inf), (np.inf, np.inf))
# Room for a letter, in its heights; between those of a large one a hand would find room.
LETTER_BOX_POINTS_PER_HEIGHT = [(0, 0), (-0.4, -0.6), (0.4, -0.6), (-0.4, 0.6), (0.4, 0.6)]
LARGE_LETTER_BOX_POINTS_PER_HEIGHT = [
    *product(np.linspace(-0.5, 0.5, 6), np.linspace(-0.6, 0.6, 7))
]
LETTER_STROKES_BY_SIDE = {  # in widths of 0.62 and heights of 1
    "left": [(0.05, 1), (0.05, 0), (0.6, 0)],
    "right": [(0, 0), (0, 1), (0.4, 1), (0.6, 0.85), (0.6, 0.65), (0.4, 0.5), (0, 0.5), (0.62, 0)],
}


def draw_side_letters(
    frames: SegmentFrames,
    views: Sequence[Camera],
    bodies: Sequence[Sequence[Shape]],
    height: float = LETTER_HEIGHT_STATURES,
    corners: Sequence[PictureCorners] | None = None,
) -> list[list[Shape]]:
    """Draw the letters of each view of one figure, at the same hands and feet in all views.

    Where both hands, or both feet, do not do the same, they have letters; else those of the two
    that are more often seen and further apart. From close by, the shoulders have them.
    bodies: as each view draws them; height: of a letter, in statures; corners: of the picture of
    each view, where letters are to stay in it. A letter is hidden in the frames in which what it
    names is hidden, and in those in which it would lie on the body or on another letter.
    """
    scores, found = [], []
    corners = corners or [UNBOUNDED_PICTURE_CORNERS] * len(views)
    pictures = [*map(_LetteredPicture, views, bodies, corners)]
    for part in SEGMENT_TIP_AND_ROOT_BY_EXTREMITY:
        pairs = [_least_tip_distance_and_letter_pair(frames, p, part, height) for p in pictures]
        found.append([letters for _, letters in pairs])
        seen_shares = [1 - each.hidden.mean() for letters in found[-1] for each in letters]
        scores.append(sum(apart for apart, _ in pairs) + sum(seen_shares))
    best = int(index_of_first_largest(np.array(scores)))
    parts = enumerate(SEGMENT_TIP_AND_ROOT_BY_EXTREMITY)
    others = [found[k] for k, p in parts if k != best and do_extremities_differ(frames, p)]
    for k, (seen, letters) in enumerate(zip(views, found[best], strict=True)):
        for more in () if seen.is_close_up else others:
            letters += _hide_overlapping_letters(more[k], letters, height)
    return found[best]


def do_extremities_differ(frames: SegmentFrames, part: str) -> bool:
    """Do the two hands, or the two feet, ever lie otherwise than as mirror images?"""
    _, tip, root = SEGMENT_TIP_AND_ROOT_BY_EXTREMITY[part]
    origin, axes = (found[:, body().index[root]] for found in (frames.origins, frames.rotations))
    left, right = (
        np.einsum("bi,bij->bj", frames.point(*body().sites[f"{side} {tip}"][:2]) - origin, axes)
        for side in SIDES
    )
    apart = np.linalg.norm(left * (1, 1, -1) - right, axis=1)
    return bool(round_off_last_digits(apart).max() > MIN_SIDE_DIFFERENCE_STATURES)


def _hide_overlapping_letters(
    candidates: Sequence[Shape], letters: Sequence[Shape], height: float
) -> list[Shape]:
    """Hide more letters where they would lie on others, and leave out those never seen."""
    found = []
    for each in candidates:
        hidden = each.hidden
        for other in letters:
            gaps = each.path.points.mean(axis=1) - other.path.points.mean(axis=1)
            apart = np.abs(round_off_last_digits(gaps)).max(axis=1)
            hidden = hidden | ((apart < height) & ~other.hidden)
        found += [] if hidden.all() else [replace(each, hidden=hidden)]
    return found


def _least_tip_distance_and_letter_pair(
    frames: SegmentFrames, picture: "_LetteredPicture", part: str, height: float
) -> tuple[float, list[Shape]]:
    """How far apart two hands or feet are at the least, and the letters that are ever seen."""
    part = "upper_arm" if picture.camera.is_close_up else part
    height = height / picture.camera.zoom
    ways = [_project_extremity_start_and_end(frames, picture.camera, side, part) for side in SIDES]
    gap = np.linalg.norm((ways[0][1] - ways[1][1])[:, :2], axis=1).min()
    left, right = (
        _draw_letter(side, part, way, picture, height)
        for side, way in zip(SIDES, ways, strict=True)
    )
    apart = np.abs(left.path.points.mean(axis=1) - right.path.points.mean(axis=1)).max(axis=1)
    one_alone = apart < 1.2 * height  # that of the nearer side
    ahead = left.depth > right.depth + TIE_TOLERANCE
    found = [
        replace(left, hidden=left.hidden | (one_alone & ~ahead)),
        replace(right, hidden=right.hidden | (one_alone & ahead)),
    ]
    return float(gap), [letter for letter in found if not letter.hidden.all()]


def _project_extremity_start_and_end(
    frames: SegmentFrames, camera: Camera, side: str, part: str
) -> tuple[np.ndarray, np.ndarray]:
    """Where a hand or a foot begins and ends as it is seen, (B, 3) each.

    From close by it is the shoulders that have the letters.
    """
    if part == "upper_arm":
        sides = (mirror_name(side), side)
        other, own = (frames.origins[:, body().index[f"{each} {part}"]] for each in sides)
        shares = SHOULDER_WIDTH_SHARES_TO_SKIN_AND_LETTER
        skin, beside = (camera.project(own + share * (own - other)) for share in shares)
        return skin, beside
    segment, tip, _ = SEGMENT_TIP_AND_ROOT_BY_EXTREMITY[part]
    start = frames.origins[:, body().index[f"{side} {segment}"]]
    end = frames.point(*body().sites[f"{side} {tip}"][:2])
    return camera.project(start), camera.project(end)


def _draw_letter(
    side: str,
    part: str,
    extremity_ends: tuple[np.ndarray, np.ndarray],
    picture: "_LetteredPicture",
    height: float,
) -> Shape:
    start, end = (place[:, :2] for place in extremity_ends)
    lengths = np.linalg.norm(end - start, axis=1, keepdims=True)
    points_out = lengths > MIN_POINTING_EXTREMITY_LENGTH_STATURES
    out = np.where(points_out, (end - start) / np.maximum(lengths, 1e-9), (0.0, -1.0))
    usual, gap = LETTER_HEIGHT_STATURES / picture.camera.zoom, LETTER_GAP_STATURES
    gap = gap / picture.camera.zoom + EXTRA_GAP_PER_EXTRA_LETTER_HEIGHT * (height - usual)
    box = (
        np.array(
            LARGE_LETTER_BOX_POINTS_PER_HEIGHT if height > usual else LETTER_BOX_POINTS_PER_HEIGHT
        )
        * height
    )
    inset, (low, high) = np.min(box, axis=0), picture.corners
    unseen = picture.covers((start + end)[:, None] / 2, nearer_than_limb=f"{side} {part}")
    middle, hidden = end, np.ones(len(end), dtype=bool)
    # where it is most often seen
    for factor, turn in product(LETTER_GAP_FACTORS, LETTER_TURNS_RAD):
        ways = out @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        place = np.clip(end + factor * gap * ways, low - inset, high + inset)
        covered = unseen | picture.covers(place[:, None] + box)
        if covered.sum() < hidden.sum():
            middle, hidden = place, covered
        if (hidden == unseen).all():
            break
    strokes = (np.array(LETTER_STROKES_BY_SIDE[side]) - (0.31, 0.5)) * height
    outline = outlines.polyline(middle[:, None] + strokes)
    return Shape(f"{side} letter", "letter", outline, extremity_ends[1][:, 2], hidden)


class _LetteredPicture:
    """The filled shapes of a body as one view draws them, far to near, and the box of each."""

    def __init__(self, camera: Camera, shapes: Sequence[Shape], corners: PictureCorners) -> None:
        self.camera, self.corners = camera, corners
        self.shapes = [s for s in shapes if PAINT_STYLE_BY_TONE[s.tone].fill]
        points = [shape.path.points for shape in self.shapes]
        self.low = np.array([each.min(axis=1) for each in points])
        self.high = np.array([each.max(axis=1) for each in points])
        self.shown = ~np.array([shape.hidden for shape in self.shapes])

    def covers(self, places: np.ndarray, nearer_than_limb: str = "") -> np.ndarray:
        """In which frames (B,) does one of some places (B, N, 2) lie on one of the shapes?

        nearer_than_limb: then on one nearer than it, of the other side or of neither.
        """
        places = round_off_last_digits(places)
        near = (self.low < places.max(axis=1)) & (places.min(axis=1) < self.high)
        near = near.all(axis=2) & self.shown
        if nearer_than_limb:
            names = [shape.name for shape in self.shapes]
            near[: len(names) - names[::-1].index(nearer_than_limb)] = False
            near[[name.startswith(nearer_than_limb.split()[0]) for name in names]] = False
        covered = np.zeros(len(places), dtype=bool)
        for s, k in np.argwhere(near):
            if not covered[k]:
                path = self.shapes[s].path
                covered[k] = Path(path.points[k], path.codes).contains_points(places[k]).any()
        return covered
