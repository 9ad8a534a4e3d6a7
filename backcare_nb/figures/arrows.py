"""What moves, and how far: an arrow for each movement, and the angle that is taught."""

from collections.abc import Iterator

import numpy as np

from backcare_nb.body.skeleton import body, mirrored
from backcare_nb.body.stable_math import TIE
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import View
from backcare_nb.figures.shape import Shape
from backcare_nb.posture.motion import MotionPath

# Fractions of stature, in a picture that is not enlarged.
AWAY = 0.05  # between an arrow and the body
LEAST = 0.06  # a shorter way gets no arrow
HEAD = 0.04
ARC = 0.36  # radius of the arc of an angle
ROUND = 0.07  # least radius of the arrow of a loop
TRUE = 0.75  # share of a movement that a view shows where it carries its arrow too
SLANT = 0.35  # a round seen from its edge is drawn as if looked at from a little above


def marks(path: MotionPath, seen: View, views: list[View]) -> tuple[list[Shape], list[tuple]]:
    """The arrows of a motion in one of its views, and words with their places: (x, y, text).

    A movement has its arrow in the view that shows it best, and where it is hardly foreshortened.
    An angle that is taught has an arc for its arrow.
    """
    sites = [_side_site(path, site) for site in path.spec.arrows]
    if path.spec.angle and sites and seen.name in ("feet", "front"):
        return _angle(path, sites[0], seen)
    return [shape for site in sites for shape in _arrow(path, site, seen, views)], []


def top(shapes: list[Shape]) -> float:
    """How high arrows reach."""
    return max((s.path.points[..., 1].max() for s in shapes), default=0.0)


def _side_site(path: MotionPath, site: str) -> str:
    """Arrows are written for the side of the first stop that has one."""
    return site if path.side == path.written_side else mirrored(site)


def _angle(path: MotionPath, site: str, seen: View) -> tuple[list[Shape], list[tuple]]:
    """An arc from upright to where the motion ends, seen true, with its degrees."""
    taught = path.spec.angle
    centre = seen.project(path.stops[-1].frames.origins[0, body().index["pelvis"]])[:2]
    hand = np.sign(_way(path, site, seen)[-1, 0] - centre[0])
    start, end, middle = (
        _turned(centre, hand * turn)
        for turn in (taught.start, taught.end, (taught.start + taught.end) / 2)
    )
    turns = np.linspace(taught.start, taught.end, 9)
    arc = np.array([_turned(centre, hand * turn) for turn in turns])
    rays = [_dashed(centre, centre + 1.15 * (end - centre)) for end in (start, end)]
    x, y = centre + 1.13 * (middle - centre)
    return [*rays, *_headed(arc, seen)], [(x, y, f"{abs(taught.end - taught.start):g}°")]


def _turned(centre: np.ndarray, degrees: float) -> np.ndarray:
    turn = np.radians(degrees)
    return centre + ARC * np.array([np.sin(turn), np.cos(turn)])


def _dashed(start: np.ndarray, end: np.ndarray) -> Shape:
    return Shape("ray", "angle ray", outlines.polyline(np.array([[start, end]])), np.zeros(1))


def _arrow(path: MotionPath, site: str, seen: View, views: list[View]) -> Iterator[Shape]:
    way = _way(path, site, seen)
    best = max(_length(_way(path, site, view)) for view in views)
    least = max(LEAST / seen.zoom, min(TRUE * _length(_points(path, site)), best))
    if _length(way) < least - TIE:
        return
    yield from _headed(_round(path, site, seen) if path.spec.loop else _bow(path, way, seen), seen)


def _length(way: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())


def _headed(nodes: np.ndarray, seen: View) -> Iterator[Shape]:
    """A curve through nodes (N, 2) with a head at its end."""
    tip = nodes[-1] - nodes[-2]
    tip = HEAD / seen.zoom * tip / np.linalg.norm(tip)
    across = 0.5 * np.array([-tip[1], tip[0]])
    end, base = nodes[-1] + 0.4 * tip, nodes[-1] - 0.6 * tip
    line = np.concatenate([nodes[:-1], [nodes[-1] - 0.4 * tip]])
    yield Shape("arrow", "arrow", outlines.curve(line[None]), np.zeros(1))
    head = outlines.polygon(np.array([[end, base + across, base - across]]))
    yield Shape("arrow head", "arrow head", head, np.zeros(1))


def _round(path: MotionPath, site: str, seen: View) -> np.ndarray:
    """Most of a round, made large enough to see."""
    x, y, near = seen.project(_points(path, site)).T
    way = np.stack([x, y - SLANT * (near - near.mean())], axis=1)
    nodes = _spaced(way, 0.0, 0.85, 9)
    centre = way.mean(axis=0)
    reach = np.linalg.norm(way - centre, axis=1).max()
    return centre + (nodes - centre) * max(1.0, ROUND / seen.zoom / reach)


def _middle(path: MotionPath, seen: View) -> np.ndarray:
    """Where the body is, on average, on its way."""
    chosen = [body().index[s] for s in ("pelvis", "lumbar_4", "head")]
    return seen.project(path.frames.origins[:, chosen])[..., :2].mean(axis=(0, 1))


def _bow(path: MotionPath, way: np.ndarray, seen: View) -> np.ndarray:
    """One even bow from the start by the middle to the end of a way, pushed out from the body."""
    start, half, end = _spaced(way, 0.04, 0.96, 3)
    t = np.linspace(0, 1, 7)[:, None]
    bow = start * (1 - t) * (1 - 2 * t) + half * 4 * t * (1 - t) + end * t * (2 * t - 1)
    out = half - _middle(path, seen)
    return bow + AWAY / seen.zoom * out / max(np.linalg.norm(out), 1e-6)


def _points(path: MotionPath, site: str) -> np.ndarray:
    segment, local, _ = body().site(site)
    return path.frames.points(np.array([segment]), local[None])[:, 0]


def _way(path: MotionPath, site: str, seen: View) -> np.ndarray:
    return seen.project(_points(path, site))[:, :2]


def _spaced(line: np.ndarray, start: float, end: float, count: int = 6) -> np.ndarray:
    far = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(start, end, count) * far[-1]
    return np.stack([np.interp(at, far, line[:, i]) for i in (0, 1)], axis=1)
