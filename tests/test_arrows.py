"""Arrows as they are drawn: whole, tapered, beside the body, one for each part that moves."""

from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib.path import Path

from backcare_nb.body.skeleton import SIDES
from backcare_nb.figures import draw, outlines
from backcare_nb.figures.palette import PAINT_STYLE_BY_TONE, PAPER_COLOUR
from backcare_nb.figures.projection import Shape, make_non_body_shape
from backcare_nb.posture.motion import MotionPath, solve_motion
from backcare_nb.posture.table import posture_table
from tests.for_each import for_each
from tests.test_figure import contrast

MIN_LENGTH_STATURES = 0.12
MAX_SHARE_OVER_BODY = 0.2
MAX_SHARE_OFF_ELLIPSE = 0.03
WITH_ARROWS = [name for name, spec in posture_table().motions.items() if spec.arrows]
SIDES_WITH_ARROWS = [
    (name, side) for name in WITH_ARROWS for side in (SIDES if solve_motion(name).side else (None,))
]
ROOM_TONES = ("floor", "carpet", "shade", "cloth", "wood", "mattress", "sheet", "metal", "ball")
ROOM_TONES += ("bath", "angle", "arrow")


def polygon(path: outlines.Outline) -> np.ndarray:
    """The corners (N, 2) of an outline, its curves as short lines."""
    (corners,) = Path(path.points[0] * 1000, path.codes).to_polygons()
    return corners / 1000


def parts(arrow: Shape) -> tuple[np.ndarray, np.ndarray, float]:
    """An arrow's line with its tip (N, 2), its widths (N - 1,) from the tail, and its head's."""
    points = arrow.path.points[0, :-1]
    count = (len(points) - 3) // 2
    left, right = points[:count:2], points[count + 3 :][::-1][::2]
    head = np.linalg.norm(points[count] - points[count + 2])
    line = np.concatenate([(left + right) / 2, points[count + 1 : count + 2]])
    return line, np.linalg.norm(left - right, axis=1), head


def crosses_itself(corners: np.ndarray) -> bool:
    """Do two sides of a polygon (N, 2), the first corner again its last, cross?"""
    start, end = corners[:-1], corners[1:]
    i, j = np.triu_indices(len(start), 2)
    i, j = i[(i > 0) | (j < len(start) - 1)], j[(i > 0) | (j < len(start) - 1)]

    def parts_ends(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
        """Do c and d lie on the two sides of the line through a and b?"""
        way = b - a
        to_c, to_d = c - a, d - a
        left = way[:, 0] * to_c[:, 1] - way[:, 1] * to_c[:, 0]
        return left * (way[:, 0] * to_d[:, 1] - way[:, 1] * to_d[:, 0]) < -1e-18

    a, b, c, d = start[i], end[i], start[j], end[j]
    return bool((parts_ends(a, b, c, d) & parts_ends(c, d, a, b)).any())


def share_over(line: np.ndarray, shapes: list[Shape]) -> float:
    points = outlines.points_at_length_shares(line, np.linspace(0, 1, 80)) * 1000
    paths = [
        Path(s.path.points[0] * 1000, s.path.codes)
        for s in shapes
        if PAINT_STYLE_BY_TONE[s.tone].fill
    ]
    return float(np.any([path.contains_points(points) for path in paths], axis=0).mean())


def share_off_ellipse(line: np.ndarray) -> float:
    """How far a line strays at most from the nearest upright ellipse, as a share of its size."""
    at = (line - line.mean(axis=0)) / np.ptp(line, axis=0).max()
    terms = np.stack([*(at**2).T, *at.T], axis=1)
    found = np.linalg.lstsq(terms, np.ones(len(at)), rcond=None)[0]
    if min(found[:2]) <= 0:
        return 1.0
    return float(np.abs(terms @ found - 1).max())


def faults(arrow: Shape, body: list[Shape], zoom: float, loop: bool) -> Iterator[str]:
    """What is wrong with an arrow in a picture that is enlarged by zoom."""
    line, widths, head = parts(arrow)
    if np.linalg.norm(np.diff(line, axis=0), axis=1).sum() * zoom < MIN_LENGTH_STATURES:
        yield "too short"
    if not (np.diff(widths) > -1e-4).all() or widths[-1] < 1.6 * widths[0]:
        yield "not tapered"
    if head < 1.8 * widths[-1]:
        yield "without a head"
    if crosses_itself(polygon(arrow.path)):
        yield "crosses itself"
    if share_over(line, body) >= MAX_SHARE_OVER_BODY:
        yield "over the body"
    if loop and share_off_ellipse(line[:-1]) > MAX_SHARE_OFF_ELLIPSE:
        yield "no ellipse"


def last_panels(path: MotionPath) -> Iterator[tuple[list[Shape], list[Shape], float]]:
    """The arrows and the body in each view of the last frame, and its zoom."""
    for panel, *_ in draw._draw_strip_blocks(path)[-1].panels:
        arrows = [shape for shape in panel.shapes if shape.tone == "arrow"]
        body = [shape for shape in panel.shapes if not shape.tone.startswith(ROOM_TONES)]
        yield arrows, body, panel.zoom


def meetings(arrows: list[Shape], body: list[Shape]) -> Iterator[str]:
    """What lies on what: arrows on each other, or on a letter."""
    for arrow in arrows:
        others = [other for other in arrows if other is not arrow]
        if others and share_over(parts(arrow)[0], others):
            yield "an arrow on another"
    for letter in (shape for shape in body if shape.tone == "letter"):
        if arrows and share_over(letter.path.points[0], arrows):
            yield "an arrow on a letter"


@for_each(SIDES_WITH_ARROWS)
def test_each_moving_part_has_a_whole_arrow_clear_of_the_body_the_letters_and_other_arrows(
    name, side
):
    path, count = solve_motion(name, side), 0
    for arrows, body, zoom in last_panels(path):
        assert len(body) > 10
        found = [(k, *faults(a, body, zoom, path.spec.loop)) for k, a in enumerate(arrows)]
        assert found == [(k,) for k in range(len(arrows))]
        assert [*meetings(arrows, body)] == []
        count += len(arrows)
    assert count >= len(path.spec.arrows)


def ribbon(spine, wide=(0.006, 0.0135), spread=0.034, tip=None) -> Shape:
    """An arrow along a line (2n + 1, 2) that need not be a good one."""
    spine = np.asarray(spine, dtype=float)
    widths = np.linspace(*wide, len(spine))
    tip = spine[-1] + 2 * (spine[-1] - spine[-2]) if tip is None else np.array(tip)
    return make_non_body_shape("arrow", outlines.arrow_outline(spine, widths, tip, spread))


def round_of(size: float, wobble: float = 0.0) -> np.ndarray:
    turns = np.linspace(0.3, 5.5, 41)
    radius = size * (1 + wobble * np.sin(5 * turns))
    return np.stack([radius * np.cos(turns), 0.6 * radius * np.sin(turns)], axis=1)


STRAIGHT = np.stack([np.linspace(0, 0.3, 5), np.zeros(5)], axis=1)
ASIDE = np.stack([np.linspace(0, 0.3, 5), np.full(5, 0.3)], axis=1)
KNOT = [(0, 0), (0.1, 0.0), (0.2, 0.02), (0.2, 0.1), (0.12, 0.1), (0.1, 0.0), (0.1, -0.12)]
TORSO = make_non_body_shape("shirt", outlines.rounded_rectangle((0.1, -0.1), (0.25, 0.1), 0.02))


@pytest.mark.parametrize(
    ("arrow", "loop", "fault"),
    [
        (ribbon(STRAIGHT), False, None),
        (ribbon(round_of(0.1) - (0.5, 0)), True, None),
        (ribbon(STRAIGHT / 5), False, "too short"),
        (ribbon(ASIDE, wide=(0.01, 0.01)), False, "not tapered"),
        (ribbon(ASIDE, wide=(0.02, 0.01)), False, "not tapered"),
        (ribbon(ASIDE, spread=0.014), False, "without a head"),
        (ribbon(np.add(KNOT, (0.5, 0))), False, "crosses itself"),
        (ribbon(STRAIGHT * 0.6 + (0.05, 0)), False, "over the body"),
        (ribbon(round_of(0.1, wobble=0.3) - (0.5, 0)), True, "no ellipse"),
        (ribbon(round_of(0.012) - (0.5, 0)), True, "too short"),
    ],
)
def test_the_arrow_check_names_the_fault_of_each_broken_arrow(arrow, loop, fault):
    body = [] if fault is None else [TORSO]
    found = [*faults(arrow, body, 1.0, loop)]
    assert (fault in found) if fault else found == []


def test_an_arrow_has_enough_contrast_in_lightness_on_paper_and_on_floor_carpet_and_mattress():
    arrow = PAINT_STYLE_BY_TONE["arrow"]
    assert contrast(arrow.fill, PAPER_COLOUR) > 4.5
    for under in ("carpet", "floor", "mattress"):
        assert contrast(arrow.fill, PAINT_STYLE_BY_TONE[under].fill) > 3
    assert arrow.edge == PAPER_COLOUR  # which parts it from whatever is dark
