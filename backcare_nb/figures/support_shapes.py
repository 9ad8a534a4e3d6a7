"""What stands in the room: the floor and the supports, seen from one side.

Boxes, rolls and balls are exact; legs, seams and backs of chairs are drawn on so that a bed looks
like a bed.
"""

from collections.abc import Iterator

import numpy as np

from backcare_nb.body.supports import BoxPart, CylinderPart, Support
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import View
from backcare_nb.figures.shape import Shape

Corner = tuple[float, float]
BAND = 0.032  # thickness of the floor seen from its edge


def floor(view: View, low: Corner, high: Corner) -> Iterator[Shape]:
    """The floor behind everything: a band seen from its edge, a carpet seen from above."""
    if view.level:
        yield _shape("floor", outlines.rounded((low[0], -BAND), (high[0], 0), 0.008))
        yield _shape("floor line", _line((low[0], 0), (high[0], 0)))
    else:
        yield _shape("carpet", outlines.rounded(low, high, 0.04))


def supports(things: tuple[Support, ...], view: View, low: Corner, high: Corner) -> Iterator[Shape]:
    """The supports, cut off where the picture ends."""
    for thing in things:
        for part in thing.parts:
            draw = DRAWN.get(_kind(thing.name))
            if draw:
                yield from draw(thing, part, view, _seen(part, view, low, high))


def extents(things: tuple[Support, ...], view: View):
    """The lower left and upper right corner (2,) of each part that is drawn."""
    for thing in things:
        for part in thing.parts if _kind(thing.name) in DRAWN else ():
            low, high = _corners(part, view)
            tall = 0.27 if _kind(thing.name) == "chair" and view.level else 0.0
            yield low, high + np.array([0, tall])


def _kind(name: str) -> str:
    """ "bed_ahead" is a bed, "small_towel" a towel."""
    words = name.split("_")
    return next((w for w in words if w in DRAWN), name)


def _seen(part, view: View, low: Corner, high: Corner) -> tuple[np.ndarray, np.ndarray]:
    """The lower left and upper right corners of a part, kept within the picture."""
    start, end = _corners(part, view)
    least = np.maximum(start, low)
    return least, np.maximum(np.minimum(end, high), least)


def _corners(part, view: View) -> tuple[np.ndarray, np.ndarray]:
    centre, half = _extent(part)
    corners = np.array(np.meshgrid(*[(-1, 1)] * 3)).reshape(3, -1).T * half + centre
    flat = view.project(corners)[:, :2]
    return flat.min(axis=0), flat.max(axis=0)


def _extent(part) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(part, BoxPart):
        low, high = np.array(part.low), np.array(part.high)
        return (low + high) / 2, (high - low) / 2
    if isinstance(part, CylinderPart):
        return np.array(part.centre), np.array([part.radius, part.radius, part.half_length])
    return np.array(part.centre), np.array([part.radius] * 3)


def _bed(thing, part, view, seen):
    (x0, y0), (x1, y1) = seen
    if not view.level:
        yield _shape("mattress", outlines.rounded((x0, y0), (x1, y1), 0.03))
        return
    base = y1 - 0.16
    for x in _legs(x0, x1):
        yield _shape("wood far", outlines.rounded((x, 0), (x + 0.03, base + 0.01), 0.006))
    yield _shape("wood", outlines.rounded((x0, base), (x1, base + 0.04), 0.008))
    yield _shape("mattress", outlines.rounded((x0, base + 0.03), (x1, y1), 0.025))
    yield _shape("cloth fold", _line((x0 + 0.02, y1 - 0.035), (x1 - 0.02, y1 - 0.035)))


def _legs(x0: float, x1: float) -> tuple[float, float]:
    return x0 + 0.03, x1 - 0.06


def _chair(thing, part, view, seen):
    (x0, y0), (x1, y1) = seen
    if not view.level:
        yield _shape("wood", outlines.rounded((x0, y0), (x1, y1), 0.02))
        return
    for x in (x0 + 0.01, x1 - 0.035):
        yield _shape("wood far", outlines.rounded((x, 0), (x + 0.025, y1 - 0.01), 0.006))
    if "stool" not in thing.name and view.sideways:
        yield _back(thing, part, view, y1)
    yield _shape("wood", outlines.rounded((x0 - 0.005, y1 - 0.03), (x1 + 0.005, y1), 0.01))


def _back(thing: Support, part: BoxPart, view: View, top: float) -> Shape:
    """The back of a chair is at its far end from where the person comes.

    With the calves on its seat it would be in the way: the chair is turned sideways.
    """
    if "calves" in thing.name:
        (x0, _), (x1, _) = _corners(part, view)
        return _shape("wood far", outlines.rounded((x0, top), (x1, top + 0.26), 0.02))
    far = part.high[0] if part.low[0] > 0 else part.low[0]
    x = float(view.project(np.array([far, 0, 0]))[0])
    return _shape("wood far", outlines.rounded((x - 0.014, top), (x + 0.014, top + 0.26), 0.01))


def _cushion(thing, part, view, seen):
    low, high = seen
    yield _shape("cloth", outlines.rounded(low, high, 0.03))
    middle = (low[1] + high[1]) / 2
    if view.level:
        yield _shape("cloth fold", _line((low[0] + 0.015, middle), (high[0] - 0.015, middle)))


def _towel(thing, part, view, seen):
    low, high = seen
    if view.sideways:
        middle = (low + high) / 2
        yield _shape("cloth", outlines.circle(middle, part.radius))
        yield _shape("cloth fold", outlines.curve(_spiral(part.radius * 0.72) + middle))
        return
    yield _shape("cloth", outlines.rounded(low, high, part.radius))


def _spiral(radius: float) -> np.ndarray:
    turn = np.linspace(0, 4 * np.pi, 13)
    reach = radius * (1 - turn / (5 * np.pi))
    return (reach * np.array([np.cos(turn), np.sin(turn)])).T[None]


def _ball(thing, part, view, seen):
    middle = view.project(np.array(part.centre))[:2]
    yield _shape("ball", outlines.circle(middle, part.radius))
    for share in (-0.45, 0.45):
        bow = np.array([(share * 0.8, 0.86), (share * 1.25, 0.0), (share * 0.8, -0.86)])
        yield _shape("ball seam", outlines.curve((bow * part.radius + middle)[None]))


def _bath(thing, part, view, seen):
    low, high = seen
    box = np.array(part.high) - np.array(part.low)
    if view.level and box[2] < 0.05:  # the long walls: one stands behind the person
        yield _shape("bath", outlines.rounded(low, high, 0.02))
        return
    yield _shape("bath rim", outlines.rounded(low, high, 0.012))
    if view.level and box[0] < 0.05:
        yield from _taps(high)


def _taps(corner):
    x, y = corner
    yield _shape("metal", outlines.rounded((x - 0.03, y), (x - 0.012, y + 0.045), 0.006))
    yield _shape("metal", outlines.rounded((x - 0.05, y + 0.03), (x - 0.012, y + 0.045), 0.006))
    yield _shape("metal", outlines.rounded((x - 0.037, y + 0.045), (x - 0.005, y + 0.056), 0.005))


DRAWN = {
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


def _shape(tone: str, path: outlines.Outline) -> Shape:
    return Shape(tone, tone, path, np.zeros(1))
