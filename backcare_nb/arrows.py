"""What moves, and how far: an arrow for each movement, and the angle that is taught."""

from collections.abc import Iterator

import numpy as np

from . import outline
from .body import body
from .drawing import Shape
from .motion import Path
from .outline import Outline
from .view import View

AWAY = 0.05  # fractions of stature between an arrow and the body
LEAST = 0.06  # a shorter way gets no arrow
HEAD = 0.04
ARC = 0.3  # radius of the arc of an angle


def marks(path: Path, seen: View) -> Iterator[Shape]:
    """The arrows of a motion in one view, and its angle where the view shows it."""
    for site in path.spec.arrows:
        yield from _arrow(path, _side_site(path, site), seen)


def _side_site(path: Path, site: str) -> str:
    """Arrows are written for the side of the first stop that has one."""
    from .body import mirrored
    from .motion import motion

    return site if path.side == motion(path.name).side else mirrored(site)


def angle(path: Path, seen: View) -> Iterator[Shape]:
    """The arc of the angle that a motion teaches, from upright, where it is seen true."""
    taught = path.spec.angle
    if not taught or seen.name not in ("feet", "front") or not path.spec.arrows:
        return
    centre = seen.project(path.end.frames.origins[0, body().index["pelvis"]])[:2]
    end = _way(path, _side_site(path, path.spec.arrows[0]), seen)[-1]
    turn = np.radians(np.linspace(taught.start, taught.end, 9)) * np.sign(end[0] - centre[0])
    arc = centre + ARC * np.stack([np.sin(turn), np.cos(turn)], axis=1)
    yield Shape("angle", "angle", outline.curve(arc[None]), np.zeros(1))
    for corner in (arc[0], arc[-1]):
        line = np.array([[centre, centre + 1.12 * (corner - centre)]])
        yield Shape("angle ray", "angle ray", outline.polyline(line), np.zeros(1))


def _arrow(path: Path, site: str, seen: View) -> Iterator[Shape]:
    way = _way(path, site, seen)
    if np.hypot(*np.diff(way, axis=0).T).sum() < LEAST:
        return
    nodes = _spaced(way, 0.0, 0.85, 9) if path.spec.loop else _bow(way, _middle(path, seen))
    tip = nodes[-1] - nodes[-2]
    tip = HEAD * tip / np.linalg.norm(tip)
    across = 0.5 * np.array([-tip[1], tip[0]])
    end, base = nodes[-1] + 0.4 * tip, nodes[-1] - 0.6 * tip
    nodes[-1] -= 0.4 * tip
    yield Shape("arrow", "arrow", outline.curve(nodes[None]), np.zeros(1))
    head = outline.polygon(np.array([[end, base + across, base - across]]))
    yield Shape("arrow head", "arrow head", head, np.zeros(1))


def _middle(path: Path, seen: View) -> np.ndarray:
    """Where the body is, on average, on its way."""
    chosen = [body().index[s] for s in ("pelvis", "lumbar_4", "head")]
    return seen.project(path.frames.origins[:, chosen])[..., :2].mean(axis=(0, 1))


def _bow(way: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """One even bow from the start by the middle to the end of a way, pushed out from the body."""
    start, half, end = _spaced(way, 0.04, 0.96, 3)
    t = np.linspace(0, 1, 7)[:, None]
    bow = start * (1 - t) * (1 - 2 * t) + half * 4 * t * (1 - t) + end * t * (2 * t - 1)
    out = half - middle
    return bow + AWAY * out / max(np.linalg.norm(out), 1e-6)


def _way(path: Path, site: str, seen: View) -> np.ndarray:
    segment, local, _ = body().site(site)
    points = path.frames.points(np.array([segment]), local[None])[:, 0]
    return seen.project(points)[:, :2]


def _spaced(line: np.ndarray, start: float, end: float, count: int = 6) -> np.ndarray:
    far = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(start, end, count) * far[-1]
    return np.stack([np.interp(at, far, line[:, i]) for i in (0, 1)], axis=1)
