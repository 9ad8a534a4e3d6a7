"""Arrows beside the body: tapered, one for each part that moves, where nothing of it is covered.

Lengths are fractions of stature in a picture that is not enlarged, unless they say otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from backcare_nb.body.skeleton import body
from backcare_nb.body.stable_math import TIE_TOLERANCE, index_of_first_largest
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.projection import Shape, make_non_body_shape
from backcare_nb.figures.silhouette import find_covered_cells
from backcare_nb.posture.motion import MotionPath

MIN_ARROW_LENGTH_STATURES = 0.13  # a shorter way is drawn as long
MIN_ARROW_TRAJECTORY_LENGTH_STATURES = 0.025  # a shorter one is no movement to show
# Of a movement that a view shows where it carries its arrow too.
MIN_SHARE_OF_TRAJECTORY_SEEN = 0.75
MIN_SHARE_OF_LOOP_SEEN = 0.6  # of a round: one seen from its edge is drawn from a little above
MIN_HIDING_DEPTH_STATURES = 0.15  # by which something is nearer than what it hides
MAX_SAME_TRAJECTORY_DISTANCE_STATURES = 0.03  # between two ways that look the same
MAX_ARC_HEIGHT_PER_CHORD = 0.65  # height of an arrow's arc over its chord: a half circle has 0.5
MAX_ARROW_TURN_DEG = 150.0  # of a way that goes further, the last part is drawn
SHAFT_HALF_WIDTHS_STATURES = (0.006, 0.0135)  # of the shaft, at its tail and at its head
ARROWHEAD_LENGTH_AND_HALF_WIDTH_STATURES = (0.058, 0.034)  # its length and half width
EDGE_ON_LOOP_HEIGHT_PER_WIDTH = 0.35  # height over width of a round seen from its edge
MIN_LOOP_HALF_AXES_STATURES = (0.11, 0.055)  # the longer and the shorter, of the ellipse of a round
LOOP_GAP_DEG = 75.0  # left open between the tail and the tip of a round
POINTS_PER_ARROW_LINE = 33
MAX_TURN_PER_CURVE_DEG = 40.0  # along one curve of an arrow's edge
COST_RASTER_CELL_STATURES = 0.008  # of the raster on which room is looked for
ARROW_CLEARANCE_CELLS = 3  # between an arrow's line and the body, where there is room
ARROW_MARGIN_AROUND_PICTURE_STATURES = 0.6  # around the picture, in which there may be arrows
MIN_ARROW_HEIGHT_OVER_FLOOR_STATURES = 0.012  # over the floor
# Where an arrow may go: this far, on rays to all sides.
ARROW_OFFSETS_STATURES = np.array(
    [0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4]
)
ARROW_OFFSET_RAY_COUNT = 16
# Beside a move by one stature, which costs 1:
COST_OVER_BODY_OR_ARROW = 8.0  # to be drawn over the body or another arrow
COST_NEAR_BODY = 1.0  # near the body
COST_OVER_SUPPORT = 0.3  # over a support
COST_OUTSIDE_PICTURE = 0.15  # outside the picture
COST_PER_ARROW_ENLARGEMENT = 0.12  # as large again
COST_OF_CUT_ARROW_START = 0.2  # with nothing of its beginning
COST_OF_CHANGING_TRUNK_SIDE = 0.6  # on the other side of the trunk

PictureCorners = tuple[tuple[float, float], tuple[float, float]]  # lower left and upper right


@dataclass(frozen=True, eq=False)
class Arrow:
    """An arrow along a line (N, 2) from its tail to its tip, in a picture enlarged by zoom."""

    line: np.ndarray
    zoom: float = 1.0

    @property
    def length(self) -> float:
        """Its length in the picture: what is enlarged is as much longer."""
        return _polyline_length(self.line) * self.zoom

    def draw_shape(self) -> Shape:
        """Draw it as one shape."""
        head, spread = np.array(ARROWHEAD_LENGTH_AND_HALF_WIDTH_STATURES) / self.zoom
        neck = max(1 - head / _polyline_length(self.line), 0.3)
        curves = max(1, int(np.ceil(round(_total_turn_deg(self.line) / MAX_TURN_PER_CURVE_DEG, 6))))
        spine = outlines.points_at_length_shares(self.line, np.linspace(0, neck, 2 * curves + 1))
        widths = np.linspace(*SHAFT_HALF_WIDTHS_STATURES, len(spine)) / self.zoom
        outline = outlines.arrow_outline(spine, widths, self.line[-1], spread)
        return make_non_body_shape("arrow", outline)


class ArrowCostMap:
    """What it costs to draw in one view, as a raster: over the body, beside it, over a support.

    ``corners`` are those of the picture without its arrows, lower left and upper right.
    """

    def __init__(
        self,
        body_shapes: list[Shape],
        supports: list[Shape],
        camera: Camera,
        corners: PictureCorners,
    ) -> None:
        self.shapes, self.corners = body_shapes, corners
        self._cell = COST_RASTER_CELL_STATURES / camera.zoom
        reach = ARROW_MARGIN_AROUND_PICTURE_STATURES / camera.zoom
        # a little off the lines of symmetry, on which points of the body lie
        self._low = np.array(corners[0]) - reach - 0.37 * self._cell
        size = np.ceil((np.array(corners[1]) + reach - self._low) / self._cell).astype(int)
        covered = self._rasterize(size, body_shapes)
        near = grow_mask(covered, ARROW_CLEARANCE_CELLS)
        self._cost = COST_OVER_SUPPORT * self._rasterize(size, supports) + COST_NEAR_BODY * near
        x, y = (self._low[k] + self._cell * np.arange(size[k]) for k in (0, 1))
        (x0, y0), (x1, y1) = corners
        self._cost += COST_OUTSIDE_PICTURE * ~np.outer((x > x0) & (x < x1), (y > y0) & (y < y1))
        self._cost[covered] = COST_OVER_BODY_OR_ARROW
        if camera.looks_level and not camera.is_close_up:
            self._cost[:, y < MIN_ARROW_HEIGHT_OVER_FLOOR_STATURES] = COST_OVER_BODY_OR_ARROW

    def _rasterize(self, size: np.ndarray, shapes: list[Shape]) -> np.ndarray:
        return find_covered_cells(shapes, self._low, self._cell, size)

    def is_point_hidden(self, point: np.ndarray) -> bool:
        """Does something that is much nearer cover a point (3,), given as the view projects it?"""
        over = (s for s in self.shapes if s.depth.mean() > point[2] + MIN_HIDING_DEPTH_STATURES)
        return any(outlines.does_outline_contain(shape.path, point[:2]) for shape in over)

    def block(self, arrow: Arrow) -> None:
        """Keep other arrows away from one that is placed."""
        mask = self._rasterize(np.array(self._cost.shape), [arrow.draw_shape()])
        self._cost[grow_mask(mask, ARROW_CLEARANCE_CELLS)] = COST_OVER_BODY_OR_ARROW

    def mean_line_costs(self, lines: np.ndarray) -> np.ndarray:
        """Return what lines (M, N, 2) cost, as the mean (M,) of their points."""
        cells = np.rint((lines - self._low) / self._cell).astype(int)
        there = np.all((cells >= 0) & (cells < self._cost.shape), axis=2)
        x, y = np.moveaxis(np.where(there[..., None], cells, 0), 2, 0)
        return np.where(there, self._cost[x, y], COST_OVER_BODY_OR_ARROW).mean(axis=1)


def grow_mask(mask: np.ndarray, cell_count: int) -> np.ndarray:
    """Return a mask that reaches a number of cells further to all sides."""
    for axis in (0, 1):
        spread = mask.copy()
        for step in range(1, cell_count + 1):
            before, after = [slice(None)] * 2, [slice(None)] * 2
            before[axis], after[axis] = slice(None, -step), slice(step, None)
            spread[tuple(after)] |= mask[tuple(before)]
            spread[tuple(before)] |= mask[tuple(after)]
        mask = spread
    return mask


def place_arrows(
    path: MotionPath, sites: Sequence[str], camera: Camera, cost_maps: Mapping[Camera, ArrowCostMap]
) -> list[Arrow]:
    """Place the arrows of a motion's sites in one of its views, beside the body.

    A movement has its arrow in the view that shows it best, and where it is hardly foreshortened;
    two that look the same there have one. cost_maps: of all its views.
    """
    made: list[Arrow] = []
    ways: list[np.ndarray] = []
    for site in sites:
        way = project_site_trajectory(path, site, camera)
        gaps = (np.linalg.norm(way - other, axis=1).mean() for other in ways)
        told = any(gap < MAX_SAME_TRAJECTORY_DISTANCE_STATURES for gap in gaps)
        if not told and _does_view_show_trajectory(path, site, camera, cost_maps):
            ways.append(way)
            made.append(_place_arrow(path, site, camera, cost_maps[camera]))
            cost_maps[camera].block(made[-1])
    return made


def _does_view_show_trajectory(
    path: MotionPath, site: str, camera: Camera, cost_maps: Mapping[Camera, ArrowCostMap]
) -> bool:
    """Does a view show the way of a site well enough for its arrow?"""

    def seen_length(seen: Camera) -> float:
        way = project_site_trajectory(path, site, seen)
        ways = [way] if path.spec.loop else [way, _arc_of_trajectory(way)]
        return min(map(_polyline_length, ways))

    end = _site_room_points_per_frame(path, site)[-1]
    clear = [
        seen for seen, room in cost_maps.items() if not room.is_point_hidden(seen.project(end))
    ]
    clear = clear or [*cost_maps]
    best = max(map(seen_length, clear))
    share = MIN_SHARE_OF_LOOP_SEEN if path.spec.loop else MIN_SHARE_OF_TRAJECTORY_SEEN
    true_length = share * _polyline_length(_site_room_points_per_frame(path, site))
    least = max(MIN_ARROW_TRAJECTORY_LENGTH_STATURES / camera.zoom, min(true_length, best))
    return camera in clear and seen_length(camera) >= least - TIE_TOLERANCE


def _place_arrow(path: MotionPath, site: str, camera: Camera, cost_map: ArrowCostMap) -> Arrow:
    """The arrow of a site, moved as little as it takes to be seen whole."""
    candidates = _candidate_loops_and_costs if path.spec.loop else _candidate_arcs_and_costs
    lines, changes = candidates(path, site, camera)
    turns = np.arange(ARROW_OFFSET_RAY_COUNT) * 2 * np.pi / ARROW_OFFSET_RAY_COUNT
    rays = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    far = ARROW_OFFSETS_STATURES / camera.zoom
    steps = np.concatenate([np.zeros((1, 2)), *(by * rays for by in far[1:])])
    moved = (lines[:, None] + steps[None, :, None]).reshape(-1, *lines.shape[1:])
    far = np.tile(np.linalg.norm(steps, axis=1) * camera.zoom, len(lines))
    centre = _projected_trunk_centre_at_end(path, camera)
    before, after = lines[0].mean(axis=0) - centre, moved.mean(axis=1) - centre
    turned = 1 - after @ before / np.maximum(np.hypot(*before) * np.hypot(*after.T), 1e-6)
    cost = far + np.repeat(changes, len(steps)) + cost_map.mean_line_costs(moved)
    cost += COST_OF_CHANGING_TRUNK_SIDE * turned / 2
    return Arrow(moved[index_of_first_largest(-cost)], camera.zoom)


def _candidate_arcs_and_costs(
    path: MotionPath, site: str, camera: Camera
) -> tuple[np.ndarray, np.ndarray]:
    """A way as an even arc, its later parts, and these further out: lines (M, N, 2) and costs."""
    line = _arc_of_trajectory(project_site_trajectory(path, site, camera))
    least = MIN_ARROW_LENGTH_STATURES / camera.zoom
    centre = _projected_trunk_centre_at_end(path, camera)
    lines, changes = [], []
    first = max(0.0, 1 - MAX_ARROW_TURN_DEG / max(_total_turn_deg(line), 1.0))
    for begins, size in product((0.0, 0.2, 0.4), (1.0, 1.15, 1.3, 1.5)):
        shares = np.linspace(first + (1 - first) * begins, 1, POINTS_PER_ARROW_LINE)
        part = outlines.points_at_length_shares(line, shares)
        middle = part[POINTS_PER_ARROW_LINE // 2]
        part = middle + (part - middle) * max(1.0, least / _polyline_length(part))
        lines.append(centre + size * (part - centre))
        changes.append(COST_OF_CUT_ARROW_START * begins + COST_PER_ARROW_ENLARGEMENT * (size - 1))
    return np.array(lines), np.array(changes)


def _arc_of_trajectory(trajectory: np.ndarray) -> np.ndarray:
    """Points (N, 2) on the circle through a way's start, middle and end, or on a flatter one."""
    start, half, end = outlines.points_at_length_shares(trajectory, np.array([0, 0.5, 1]))
    chord = end - start
    length = max(float(np.linalg.norm(chord)), 1e-6)
    up = np.array([-chord[1], chord[0]]) / length
    bend, most = (half - (start + end) / 2) @ up / length, MAX_ARC_HEIGHT_PER_CHORD
    bend = float(np.clip(bend, -most, most))
    share = np.linspace(0, 1, POINTS_PER_ARROW_LINE)
    if abs(bend) < 0.01:
        return start + share[:, None] * chord
    wide = 2 * np.arctan(2 * bend)  # half the angle of the arc
    radius = length / (2 * np.sin(wide))
    turns = wide * (2 * share - 1)
    along, height = radius * np.sin(turns) / length + 0.5, radius * (np.cos(turns) - np.cos(wide))
    return start + along[:, None] * chord + height[:, None] * up


def _candidate_loops_and_costs(
    path: MotionPath, site: str, camera: Camera
) -> tuple[np.ndarray, np.ndarray]:
    """A round as ellipses of many sizes and openings: lines (M, N, 2) and costs."""
    x, y, near = camera.project(_site_room_points_per_frame(path, site)).T
    way = np.stack([x, y - EDGE_ON_LOOP_HEIGHT_PER_WIDTH * (near - near.mean())], axis=1)
    low, high = way.min(axis=0), way.max(axis=0)
    centre, half = (low + high) / 2, (high - low) / 2
    longer, shorter = np.array(MIN_LOOP_HALF_AXES_STATURES) / camera.zoom
    half = np.where(half >= half.max() - TIE_TOLERANCE, np.maximum(half, longer), half)
    half = np.maximum(half, shorter)
    before, after = way[:-1] - centre, way[1:] - centre
    turning = np.sign((before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]).sum())
    opening = np.radians(LOOP_GAP_DEG)
    share = np.linspace(0, 1, POINTS_PER_ARROW_LINE)
    lines, costs = [], []
    for size, gap in product((1.0, 1.3, 1.6, 2.0), np.arange(24) * 2 * np.pi / 24):
        turns = gap + turning * (opening / 2 + share * (2 * np.pi - opening))
        axes, tip = size * half, turns[-1]
        bend = np.hypot(axes[0] * np.sin(tip), axes[1] * np.cos(tip)) ** 3 / np.prod(axes)
        # a head on a sharper bend meets its own shaft
        if bend > ARROWHEAD_LENGTH_AND_HALF_WIDTH_STATURES[0] / camera.zoom:
            lines.append(centre + axes * np.stack([np.cos(turns), np.sin(turns)], axis=1))
            costs.append(COST_PER_ARROW_ENLARGEMENT * (size - 1))
    return np.array(lines), np.array(costs)


def project_site_trajectory(path: MotionPath, site: str, camera: Camera) -> np.ndarray:
    """Return where a view sees a site in each frame, (K, 2)."""
    return camera.project(_site_room_points_per_frame(path, site))[:, :2]


def _projected_trunk_centre_at_end(path: MotionPath, camera: Camera) -> np.ndarray:
    """Where a view sees the middle of the trunk at the end, (2,)."""
    trunk = path.frames.origins[-1, [body().index[s] for s in ("pelvis", "lumbar_4", "head")]]
    return camera.project(trunk)[:, :2].mean(axis=0)


def _site_room_points_per_frame(path: MotionPath, site: str) -> np.ndarray:
    """Where a site is in each frame, (K, 3)."""
    return path.frames.point(*body().sites[site][:2])


def _total_turn_deg(line: np.ndarray) -> float:
    """How far a line (N, 2) turns on its way."""
    steps = np.diff(line, axis=0)
    turns = np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
    return float(np.degrees(np.abs(turns).sum()))


def _polyline_length(line: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
