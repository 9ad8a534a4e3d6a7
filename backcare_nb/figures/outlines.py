"""Outlines: solids seen from one side, as paths with the same points in every frame.

All functions take a batch of B frames and give an `Outline`: the codes of matplotlib's Path and
points (B, N, 2). A browser can move between frames because the points keep their order.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import contourpy
import numpy as np
from matplotlib.path import Path
from numpy.typing import ArrayLike

from backcare_nb.body.stable_math import TIE_TOLERANCE, index_of_first_largest, normalize_vectors

MOVE_CODE, LINE_CODE, CLOSE_CODE = int(Path.MOVETO), int(Path.LINETO), int(Path.CLOSEPOLY)
QUADRATIC_CURVE_CODE, CUBIC_CURVE_CODE = int(Path.CURVE3), int(Path.CURVE4)
MAX_BRIDGED_GAP_STATURES = 0.003  # fractions of stature within which a silhouette flows together
HULL_BLEND_WIDTH_STATURES = 0.002  # fractions of stature by which ellipses reach about as far
UNION_GRID_LINES = 44  # each way, on which the outline of a union is looked for
CONTAINMENT_TEST_SCALE = 1000.0  # to which an outline is enlarged, so that curves are followed
# Of the radius: how far the handles of a quarter of a circle reach.
QUARTER_CIRCLE_HANDLE_PER_RADIUS = 0.5523

PathPieces = Iterator[tuple[int, np.ndarray]]  # codes with their points (B, 2)


class Outline(NamedTuple):
    """Codes (N,) as in matplotlib.path.Path, and points (B, N, 2)."""

    codes: tuple[int, ...]
    points: np.ndarray


def limb_outline(centres: np.ndarray, radii: np.ndarray, closed: bool = True) -> Outline:
    """The hull of a chain of circles: centres (B, K, 2), radii (K,).

    An open limb leaves out the round near end, where its parent covers it, so that no edge is
    drawn across the joint.
    """
    # Of the outward normals where the left and right edges leave the first circle and arrive.
    axis = _direction_angles_rad(centres[:, -1] - centres[:, 0])

    def way_and_normal_offset(i: int, j: int) -> tuple[np.ndarray, np.ndarray]:
        """The way from circle i to circle j, and how far its edges' normals are from it."""
        step = centres[:, j] - centres[:, i]
        # a chain seen folded back on itself turns left, whatever its last bits say
        back = np.pi - TIE_TOLERANCE
        turn = (_direction_angles_rad(step) - axis + back) % (2 * np.pi) - back
        length = np.maximum(np.hypot(*step.T), 1e-9)
        return axis + turn, _clipped_arccos((radii[i] - radii[j]) / length)

    end = len(radii) - 1
    away = [way_and_normal_offset(0, j) for j in range(1, end + 1)]
    home = [way_and_normal_offset(i, end) for i in range(end)]
    near = np.max([a + s for a, s in away], axis=0), np.min([a - s for a, s in away], axis=0)
    far = np.min([a + s for a, s in home], axis=0), np.max([a - s for a, s in home], axis=0)
    first, last = (centres[:, 0], radii[0]), (centres[:, -1], radii[-1])
    ways = [
        (LINE_CODE, _circle_point(*first, near[0])),
        *_edge_bulge_point(centres, radii, near[0], far[0], 1),
        (LINE_CODE, _circle_point(*last, far[0])),
        *_clockwise_arc(*last, far[0], far[1]),
        *_edge_bulge_point(centres, radii, near[1], far[1], -1),
        (LINE_CODE, _circle_point(*first, near[1])),
    ]
    if closed:
        back = (near[0] + near[1]) / 2 - np.pi
        ways += _clockwise_arc(*first, near[1], back)
        ways += _clockwise_arc(*first, back, near[0] - 2 * np.pi)
        ways.append((CLOSE_CODE, ways[0][1]))
    return _outline_from_pieces(ways)


def _edge_bulge_point(
    centres: np.ndarray, radii: np.ndarray, start: np.ndarray, end: np.ndarray, side_sign: int
) -> PathPieces:
    """One point where the circles between the ends swell the edge."""
    if len(radii) < 3:
        return
    way = _unit_vectors((start + end) / 2)
    edge_a = _circle_point(centres[:, 0], radii[0], start)
    edge_b = _circle_point(centres[:, -1], radii[-1], end)
    chord = edge_b - edge_a
    out = side_sign * np.stack([-chord[:, 1], chord[:, 0]], axis=1)
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    swell = centres[:, 1:-1] + radii[1:-1, None] * way[:, None]
    height = np.einsum("bki,bi->bk", swell - edge_a[:, None], out)
    best = index_of_first_largest(height, axis=1)
    rows = np.arange(len(centres))
    lift = np.maximum(-height[rows, best], 0)
    yield LINE_CODE, swell[rows, best] + lift[:, None] * out


def _clockwise_arc(
    centre: np.ndarray, radius: float, start: np.ndarray, end: np.ndarray
) -> PathPieces:
    """A circular arc, clockwise, as one cubic curve."""
    handle = (4 / 3 * np.tan(np.minimum(start - end, 4.4) / 4) * radius)[:, None]
    a, b = _circle_point(centre, radius, start), _circle_point(centre, radius, end)
    yield CUBIC_CURVE_CODE, a + handle * _unit_vectors(start - np.pi / 2)
    yield CUBIC_CURVE_CODE, b + handle * _unit_vectors(end + np.pi / 2)
    yield CUBIC_CURVE_CODE, b


def project_half_axes(axes: np.ndarray) -> np.ndarray:
    """Return half axes (..., 3, 3) as the squares (..., 2, 2) that `hull_polygon` asks for."""
    flat = axes[..., :2, :]
    return flat @ np.swapaxes(flat, -1, -2)


def project_spheres(centres: np.ndarray, radii: ArrayLike) -> np.ndarray:
    """Return balls about centres (B, K, 3), of one radius or K radii, as `project_half_axes`."""
    squares = np.asarray(radii)[..., None, None] ** 2 * np.eye(2)
    return np.broadcast_to(squares, (*centres.shape[:2], 2, 2))


def hull_polygon(centres: np.ndarray, shapes: np.ndarray, axis: np.ndarray, count: int) -> Outline:
    """The hull of ellipses as a polygon of `count` corners, none of which lies outside of it.

    centres (B, K, 2); shapes (B, K, 2, 2): an ellipse is the unit circle times a matrix whose
    square this is; axis (B, 2): the first corner's direction, so that corners turn with the body.
    """
    return polygon(_tangent_points_of_hull(centres, shapes, _directions_around(axis, count)))


def hull_curve(centres: np.ndarray, shapes: np.ndarray, axis: np.ndarray, count: int) -> Outline:
    """The hull of ellipses as a smooth curve with `count` tangents; the rest as `hull_polygon`."""
    ways = _directions_around(axis, count)
    points = _tangent_points_of_hull(centres, shapes, ways)
    # where neighbouring tangents meet
    after, heights = np.roll(ways, -1, axis=1), np.einsum("bni,bni->bn", points, ways)
    cross = ways[..., 0] * after[..., 1] - ways[..., 1] * after[..., 0]
    meet = heights[..., None] * _rotate_quarter_clockwise(after)
    meet -= np.roll(heights, -1, axis=1)[..., None] * _rotate_quarter_clockwise(ways)
    meet /= cross[..., None]
    ends = np.roll(points, -1, axis=1)
    return _close_path(_bezier_path(QUADRATIC_CURVE_CODE, points[:, :1], meet, ends))


def _directions_around(axis: np.ndarray, count: int) -> np.ndarray:
    """Directions (B, count, 2), the first along an axis (B, 2)."""
    angle = np.arctan2(axis[:, 1], axis[:, 0])
    return _unit_vectors(angle[:, None] + np.arange(count) * 2 * np.pi / count)


def _tangent_points_of_hull(
    centres: np.ndarray, shapes: np.ndarray, directions: np.ndarray
) -> np.ndarray:
    """Where tangents across some ways (B, N, 2) touch the hull of ellipses: (B, N, 2).

    Of ellipses that reach about as far, it is a point between: so it slides from one to another.
    """
    pushed = np.einsum("bkij,bnj->bnki", shapes, directions)
    reach = np.sqrt(np.maximum(np.einsum("bnki,bni->bnk", pushed, directions), 1e-12))
    heights = np.einsum("bki,bni->bnk", centres, directions) + reach
    weights = np.exp((heights - heights.max(axis=2, keepdims=True)) / HULL_BLEND_WIDTH_STATURES)
    weights /= weights.sum(axis=2, keepdims=True)
    return np.einsum("bnk,bnki->bni", weights, centres[:, None] + pushed / reach[..., None])


def union_outline(
    centres: np.ndarray, shapes: np.ndarray, axis: np.ndarray, ends: tuple[int, int], count: int
) -> Outline:
    """The smooth outline of a union of ellipses, as `count` cubic curves.

    centres (B, K, 2), shapes (B, K, 2, 2) as for `hull_polygon`; axis (B, 2) leads from the first
    to the second of two ends, given as indices of ellipses: half of the points lie on each side.
    """
    shares, rows = np.linspace(0, 1, count // 2, endpoint=False), []
    for middles, squares, way in zip(centres, shapes, axis, strict=True):
        loop = _trace_union_contour(middles, squares)
        after, start = _find_exit_point(loop, middles[ends[0]], -way)
        loop = np.vstack([start, np.roll(loop, -after, axis=0)])
        after, top = _find_exit_point(loop, middles[ends[1]], way)
        halves = np.vstack([loop[:after], top]), np.vstack([top, loop[after:], start])
        rows.append(np.vstack([points_at_length_shares(half, shares) for half in halves]))
    nodes = np.array(rows)
    pull = (np.roll(nodes, -1, axis=1) - np.roll(nodes, 1, axis=1)) / 6
    return _closed_curve(nodes, pull)


def _find_exit_point(
    loop: np.ndarray, centre: np.ndarray, direction: np.ndarray
) -> tuple[int, np.ndarray]:
    """Where one comes out of a loop, going from a centre: the next point's index, and the place.

    The outermost point would jump along the loop from frame to frame.
    """
    off = loop - centre
    side, far = off[:, 0] * direction[1] - off[:, 1] * direction[0], off @ direction
    after = np.roll(side, -1)
    k = int(np.where((side * after <= 0) & (far > 0), far, far - 10).argmax())
    share = np.clip(side[k] / (side[k] - after[k] or 1), 0, 1)
    return k + 1, loop[k] + share * (loop[(k + 1) % len(loop)] - loop[k])


def points_at_length_shares(line: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return points at shares (K,) of the length of a line (N, 2)."""
    far = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = shares * far[-1]
    return np.stack([np.interp(at, far, line[:, i]) for i in (0, 1)], axis=1)


def _trace_union_contour(centres: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """The longest loop where a soft minimum of the ellipses' distances is zero, anticlockwise."""
    reach = np.sqrt(np.maximum(np.einsum("kii->ki", shapes), 1e-9))
    low, high = (centres - reach).min(axis=0) - 0.02, (centres + reach).max(axis=0) + 0.02
    x, y = np.linspace(low, high, UNION_GRID_LINES).T
    right = (x - centres[:, :1])[:, None]
    up = (y - centres[:, 1:])[:, :, None]
    inverse = np.linalg.inv(shapes + 1e-6 * np.eye(2))[..., None, None]
    size = (np.linalg.det(shapes + 1e-6 * np.eye(2)) ** 0.25)[:, None, None]
    across = inverse[:, 0, 0] * right**2 + inverse[:, 1, 1] * up**2
    square = across + 2 * inverse[:, 0, 1] * (right * up)
    gap = (np.sqrt(square) - 1) * size
    nearest = -np.log(np.exp(-gap / MAX_BRIDGED_GAP_STATURES).sum(axis=0))
    field = (nearest + 1.4) * MAX_BRIDGED_GAP_STATURES
    contours: Any = contourpy.contour_generator(x, y, field)  # whose lines are arrays (N, 2)
    loop = max(contours.lines(0.0), key=len)[:-1]
    area = np.sum(loop[:, 0] * np.roll(loop[:, 1], -1) - loop[:, 1] * np.roll(loop[:, 0], -1))
    return loop if area > 0 else loop[::-1]


def ellipsoid_cap_outline(
    axis: np.ndarray, radius: float, up: np.ndarray, shape: np.ndarray, count: int
) -> Outline:
    """The seen part of a round patch on an ellipsoid, as a polygon about the ellipsoid's centre.

    axis, up (3,): the patch's middle, and a way across it, on the unit sphere; radius: degrees;
    shape (B, 3, 3): the sphere to right, up and towards the viewer. What lies behind the rim is
    drawn in to the rim.
    """
    turns = np.arange(count) * 2 * np.pi / count
    up = up - (up @ axis) * axis
    up = up / np.linalg.norm(up)
    ring = np.cos(turns)[:, None] * up + np.sin(turns)[:, None] * np.cross(axis, up)
    r = np.radians(radius)
    edge = np.cos(r) * axis + np.sin(r) * ring
    to_disc, disc_to_picture = _sphere_to_disc_and_disc_to_picture(shape)
    seen = edge @ to_disc.transpose(0, 2, 1)
    middle = to_disc @ axis
    flat = np.where(seen[..., 2:] < 0, _clamp_to_rim(seen, middle, r), seen[..., :2])
    return polygon(flat @ disc_to_picture.transpose(0, 2, 1))


def _clamp_to_rim(edge_points: np.ndarray, middle: np.ndarray, radius_rad: float) -> np.ndarray:
    """Places on the rim (B, N, 2) for points of a patch's edge that lie behind it.

    They spread evenly between the two places where the edge meets the rim, so that the patch
    fills it; where nothing is seen they come together in one point.
    """
    lead = _direction_angles_rad(middle[:, :2])[:, None]
    rim = np.maximum(np.linalg.norm(middle[:, :2], axis=1), 1e-9)[:, None]
    meets = _clipped_arccos(np.cos(radius_rad) / rim)
    deep, sink = np.cos(radius_rad) * middle[:, 2:], np.sin(radius_rad) * rim
    whole = np.maximum(_clipped_arccos(deep / sink), 1e-9)
    share = _clipped_arccos((deep - edge_points[..., 2]) / sink) / whole
    hand = np.sign(np.sin(_direction_angles_rad(edge_points[..., :2]) - lead))
    return _unit_vectors(lead + hand * meets * np.minimum(share, 1))


def _clipped_arccos(cosine: np.ndarray) -> np.ndarray:
    return np.arccos(np.clip(cosine, -1, 1))


def is_cap_facing_away(axis: np.ndarray, radius: float, shape: np.ndarray) -> np.ndarray:
    """In which frames (B,) nothing of the patch is seen; else as for `ellipsoid_cap_outline`."""
    to_disc, _ = _sphere_to_disc_and_disc_to_picture(shape)
    return (to_disc @ axis)[:, 2] < -np.sin(np.radians(radius))


def _sphere_to_disc_and_disc_to_picture(shape: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turns of the unit sphere so that its third axis is seen end on, and the disc's picture."""
    flat = shape[:, :2]
    toward = np.linalg.solve(shape, np.broadcast_to([[0.0], [0.0], [1.0]], (len(shape), 3, 1)))
    third = normalize_vectors(toward[..., 0])
    first = normalize_vectors(flat[:, 0])
    basis = np.stack([first, np.cross(third, first), third], axis=1)
    return basis, flat @ basis[:, :2].transpose(0, 2, 1)


def ellipsoid_outline(shape: np.ndarray) -> Outline:
    """The outline of an ellipsoid about its centre; (B, 3, 3) as for `ellipsoid_cap_outline`."""
    _, picture = _sphere_to_disc_and_disc_to_picture(shape)
    nodes = np.array([[(1, 0), (0, 1), (-1, 0), (0, -1)]], dtype=float)
    unit = _closed_curve(nodes, QUARTER_CIRCLE_HANDLE_PER_RADIUS * np.roll(nodes, -1, axis=1))
    return Outline(unit.codes, unit.points @ picture.transpose(0, 2, 1))


def rounded_rectangle(low: Iterable[float], high: Iterable[float], radius: float) -> Outline:
    """A rectangle with round corners, between two corners (2,), in one frame."""
    (x0, y0), (x1, y1) = low, high
    r = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    corners = [(x1, y0, 0, 1), (x1, y1, -1, 0), (x0, y1, 0, -1), (x0, y0, 1, 0)]
    ways = [(MOVE_CODE, (x0 + r, y0))]
    for x, y, right, up in corners:
        ways += [(LINE_CODE, (x - r * up, y + r * right)), (QUADRATIC_CURVE_CODE, (x, y))]
        ways.append((QUADRATIC_CURVE_CODE, (x + r * right, y + r * up)))
    return _outline_from_pieces([(c, np.array([p])) for c, p in [*ways, (CLOSE_CODE, ways[0][1])]])


def circle(centre: ArrayLike, radius: float) -> Outline:
    """A circle about centre (2,), in one frame."""
    path = ellipsoid_outline(np.diag([radius] * 3)[None])
    return Outline(path.codes, path.points + np.array(centre))


def open_curve(nodes: np.ndarray, pull: np.ndarray | None = None) -> Outline:
    """An open curve through nodes (B, N, 2), with handles that reach by `pull` to both sides."""
    pull = np.gradient(nodes, axis=1) / 3 if pull is None else pull
    leaving, arriving = (nodes + pull)[:, :-1], (nodes - pull)[:, 1:]
    return _bezier_path(CUBIC_CURVE_CODE, nodes[:, :1], leaving, arriving, nodes[:, 1:])


def _closed_curve(nodes: np.ndarray, pull: np.ndarray) -> Outline:
    """A closed curve; arguments as for `open_curve`."""
    return _close_path(open_curve(*(np.concatenate([a, a[:, :1]], axis=1) for a in (nodes, pull))))


def _bezier_path(code: int, start: np.ndarray, *points: np.ndarray) -> Outline:
    """Curves from start (B, 1, 2), each by its handles to its end: points (B, N, 2) in turn."""
    rest = np.stack(points, axis=2).reshape(len(start), -1, 2)
    return Outline((MOVE_CODE, *[code] * rest.shape[1]), np.concatenate([start, rest], axis=1))


def _close_path(path: Outline) -> Outline:
    points = np.concatenate([path.points, path.points[:, :1]], axis=1)
    return Outline((*path.codes, CLOSE_CODE), points)


def polygon(points: np.ndarray) -> Outline:
    """Corners (B, N, 2), closed."""
    return _close_path(polyline(points))


def polyline(points: np.ndarray) -> Outline:
    """A line through points (B, N, 2)."""
    return Outline((MOVE_CODE, *[LINE_CODE] * (points.shape[1] - 1)), points)


def arrow_outline(
    spine: np.ndarray, half_widths: np.ndarray, tip: np.ndarray, spread: float
) -> Outline:
    """A ribbon about a spine (2n + 1, 2) of half widths (2n + 1,), and a head up to its tip (2,).

    spread: half the width of the head; in one frame.
    """
    across = left_unit_normals(np.gradient(spine, axis=0))
    left, right = (spine + hand * half_widths[:, None] * across for hand in (1, -1))
    right, aside = right[::-1], spread * across[-1]
    corners = [left[-1], spine[-1] + aside, tip, spine[-1] - aside, right[0]]
    ways = [
        (LINE_CODE, left[0]),
        *_quadratics_through(left),
        *((LINE_CODE, c) for c in corners[1:]),
    ]
    ways += [*_quadratics_through(right), (CLOSE_CODE, left[0])]
    return _outline_from_pieces([(code, point[None]) for code, point in ways])


def _quadratics_through(points: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Curves through points (2n + 1, 2), from the first on."""
    for start, middle, end in zip(points[:-2:2], points[1:-1:2], points[2::2], strict=True):
        yield QUADRATIC_CURVE_CODE, 2 * middle - (start + end) / 2
        yield QUADRATIC_CURVE_CODE, end


def does_outline_contain(path: Outline, point: np.ndarray) -> bool:
    """Does a point (2,) lie in an outline, in its first frame?"""
    edge = Path(path.points[0] * CONTAINMENT_TEST_SCALE, path.codes)
    return bool(edge.contains_points(point[None] * CONTAINMENT_TEST_SCALE)[0])


def _outline_from_pieces(pieces: Iterable[tuple[int, np.ndarray]]) -> Outline:
    codes, points = zip(*pieces, strict=True)
    return Outline((MOVE_CODE, *codes[1:]), np.stack(points, axis=1))


def _direction_angles_rad(steps: np.ndarray) -> np.ndarray:
    """The direction of steps (..., 2) in radians; of one too short to have any, 0."""
    long = np.hypot(steps[..., 0], steps[..., 1]) > TIE_TOLERANCE
    return np.where(long, np.arctan2(steps[..., 1], steps[..., 0]), 0.0)


def _unit_vectors(angle: np.ndarray) -> np.ndarray:
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _circle_point(centre: np.ndarray, radius: float, angle: np.ndarray) -> np.ndarray:
    return centre + radius * _unit_vectors(angle)


def _rotate_quarter_clockwise(vectors: np.ndarray) -> np.ndarray:
    return np.stack([vectors[..., 1], -vectors[..., 0]], axis=-1)


def left_unit_normals(steps: np.ndarray) -> np.ndarray:
    """The unit vectors to the left of steps (..., 2)."""
    return _unit_vectors(_direction_angles_rad(steps) + np.pi / 2)
