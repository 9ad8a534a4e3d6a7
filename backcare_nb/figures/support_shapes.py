"""What stands in the room: the floor and the supports, seen from one side.

Boxes, rolls and balls are exact; legs, seams and backs of chairs are drawn on so that a bed looks
like a bed.
"""

from collections.abc import Callable, Iterator

import numpy as np

from backcare_nb.body.supports import BoxPart, CylinderPart, SpherePart, Support, SupportPart
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.projection import Shape, scenery_shape

Corner = tuple[float, float]
Bounds = tuple[np.ndarray, np.ndarray]  # lower left and upper right corner, (2,) each
FLOOR_THICKNESS_STATURES = 0.032  # seen from its edge, fractions of stature
BACKREST_HEIGHT_OVER_SEAT = 0.27  # above the seat


def floor_shapes(camera: Camera, low: Corner, high: Corner) -> Iterator[Shape]:
    """Draw the floor behind everything: a band seen from its edge, a carpet seen from above."""
    if camera.looks_level:
        band = outlines.rounded((low[0], -FLOOR_THICKNESS_STATURES), (high[0], 0), 0.008)
        yield scenery_shape("floor", band)
        yield scenery_shape("floor line", _line((low[0], 0), (high[0], 0)))
    else:
        yield scenery_shape("carpet", outlines.rounded(low, high, 0.04))


def support_shapes(
    supports: tuple[Support, ...], camera: Camera, low: Corner, high: Corner
) -> Iterator[Shape]:
    """Draw the supports, cut off where the picture ends."""
    for support in supports:
        draw = DRAWN_KINDS.get(_kind(support.name))
        for part in support.parts if draw else ():
            start, end = _part_corners(part, camera)
            start = np.maximum(start, low)
            bounds = start, np.maximum(np.minimum(end, high), start)
            if draw:
                yield from draw(support, part, camera, bounds)


def support_extents(supports: tuple[Support, ...], camera: Camera) -> Iterator[Bounds]:
    """Yield the corners of each part that is drawn."""
    for support in supports:
        kind = _kind(support.name)
        for part in support.parts if kind in DRAWN_KINDS else ():
            low, high = _part_corners(part, camera)
            back = BACKREST_HEIGHT_OVER_SEAT if kind == "chair" and camera.looks_level else 0.0
            yield low, high + np.array([0, back])


def _kind(name: str) -> str:
    """ "bed_ahead" is a bed, "small_towel" a towel."""
    return next((word for word in name.split("_") if word in DRAWN_KINDS), name)


def _part_corners(part: SupportPart, camera: Camera) -> Bounds:
    if isinstance(part, BoxPart):
        ends = np.array(part.low), np.array(part.high)
        centre, half = (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2
    elif isinstance(part, CylinderPart):
        centre = np.array(part.centre)
        half = np.array([part.radius, part.radius, part.half_length])
    elif isinstance(part, SpherePart):
        centre, half = np.array(part.centre), np.array([part.radius] * 3)
    else:
        raise TypeError("The floor has no corners.")
    corners = np.array(np.meshgrid(*[(-1, 1)] * 3)).reshape(3, -1).T * half + centre
    flat = camera.project(corners)[:, :2]
    return flat.min(axis=0), flat.max(axis=0)


def _bed(support: Support, part: BoxPart, camera: Camera, bounds: Bounds) -> Iterator[Shape]:
    (x0, y0), (x1, y1) = bounds
    if not camera.looks_level:
        yield scenery_shape("mattress", outlines.rounded((x0, y0), (x1, y1), 0.03))
        return
    base = y1 - 0.16
    for x in (x0 + 0.03, x1 - 0.06):
        yield scenery_shape("wood far", outlines.rounded((x, 0), (x + 0.03, base + 0.01), 0.006))
    yield scenery_shape("wood", outlines.rounded((x0, base), (x1, base + 0.04), 0.008))
    yield scenery_shape("mattress", outlines.rounded((x0, base + 0.03), (x1, y1), 0.025))
    yield scenery_shape("cloth fold", _line((x0 + 0.02, y1 - 0.035), (x1 - 0.02, y1 - 0.035)))


def _chair(support: Support, part: BoxPart, camera: Camera, bounds: Bounds) -> Iterator[Shape]:
    (x0, y0), (x1, y1) = bounds
    if not camera.looks_level:
        yield scenery_shape("wood", outlines.rounded((x0, y0), (x1, y1), 0.02))
        return
    for x in (x0 + 0.01, x1 - 0.035):
        yield scenery_shape("wood far", outlines.rounded((x, 0), (x + 0.025, y1 - 0.01), 0.006))
    if "stool" not in support.name and camera.looks_from_side:
        yield _chair_back(support, part, camera, y1)
    yield scenery_shape("wood", outlines.rounded((x0 - 0.005, y1 - 0.03), (x1 + 0.005, y1), 0.01))


def _chair_back(support: Support, part: BoxPart, camera: Camera, top: float) -> Shape:
    """The back of a chair is at its far end from where the person comes.

    With the calves on its seat it would be in the way: the chair is turned sideways.
    """
    if "calves" in support.name:
        (x0, _), (x1, _) = _part_corners(part, camera)
        return scenery_shape("wood far", outlines.rounded((x0, top), (x1, top + 0.26), 0.02))
    far = part.high[0] if part.low[0] > 0 else part.low[0]
    x = float(camera.project(np.array([far, 0, 0]))[0])
    return scenery_shape(
        "wood far", outlines.rounded((x - 0.014, top), (x + 0.014, top + 0.26), 0.01)
    )


def _cushion(support: Support, part: BoxPart, camera: Camera, bounds: Bounds) -> Iterator[Shape]:
    low, high = bounds
    yield scenery_shape("cloth", outlines.rounded(low, high, 0.03))
    middle = (low[1] + high[1]) / 2
    if camera.looks_level:
        yield scenery_shape(
            "cloth fold", _line((low[0] + 0.015, middle), (high[0] - 0.015, middle))
        )


def _towel(support: Support, part: CylinderPart, camera: Camera, bounds: Bounds) -> Iterator[Shape]:
    low, high = bounds
    if camera.looks_from_side:
        middle = (low + high) / 2
        yield scenery_shape("cloth", outlines.circle(middle, part.radius))
        turn = np.linspace(0, 4 * np.pi, 13)
        reach = part.radius * 0.72 * (1 - turn / (5 * np.pi))
        spiral = (reach * np.array([np.cos(turn), np.sin(turn)])).T[None]
        yield scenery_shape("cloth fold", outlines.curve(spiral + middle))
        return
    yield scenery_shape("cloth", outlines.rounded(low, high, part.radius))


def _ball(support: Support, part: SpherePart, camera: Camera, bounds: Bounds) -> Iterator[Shape]:
    middle = camera.project(np.array(part.centre))[:2]
    yield scenery_shape("ball", outlines.circle(middle, part.radius))
    for share in (-0.45, 0.45):
        bow = np.array([(share * 0.8, 0.86), (share * 1.25, 0.0), (share * 0.8, -0.86)])
        yield scenery_shape("ball seam", outlines.curve((bow * part.radius + middle)[None]))


def _bath(support: Support, part: BoxPart, camera: Camera, bounds: Bounds) -> Iterator[Shape]:
    low, high = bounds
    box = np.array(part.high) - np.array(part.low)
    if camera.looks_level and box[2] < 0.05:  # the long walls: one stands behind the person
        yield scenery_shape("bath", outlines.rounded(low, high, 0.02))
        return
    yield scenery_shape("bath rim", outlines.rounded(low, high, 0.012))
    if camera.looks_level and box[0] < 0.05:
        yield from _taps(high)


def _taps(corner: np.ndarray) -> Iterator[Shape]:
    x, y = corner
    for low, high, radius in (
        ((x - 0.03, y), (x - 0.012, y + 0.045), 0.006),
        ((x - 0.05, y + 0.03), (x - 0.012, y + 0.045), 0.006),
        ((x - 0.037, y + 0.045), (x - 0.005, y + 0.056), 0.005),
    ):
        yield scenery_shape("metal", outlines.rounded(low, high, radius))


DRAWN_KINDS: dict[str, Callable[..., Iterator[Shape]]] = {
    "bed": _bed,
    "chair": _chair,
    "stool": _chair,
    "cushion": _cushion,
    "towel": _towel,
    "ball": _ball,
    "bath": _bath,
}


def _line(start: Corner, end: Corner) -> outlines.Outline:
    return outlines.polyline(np.array([[start, end]]))
