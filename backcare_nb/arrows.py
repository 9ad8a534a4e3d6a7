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
LEAST = 0.05  # a shorter way gets no arrow
HEAD = 0.035


def marks(path: Path, seen: View) -> Iterator[Shape]:
    """The arrows of a motion in one view, and its angle where the view shows it."""
    for site in path.spec.arrows:
        yield from _arrow(path, _side_site(path, site), seen)


def _side_site(path: Path, site: str) -> str:
    """Arrows are written for the side of the first stop that has one."""
    from .body import mirrored
    from .motion import motion

    return site if path.side == motion(path.name).side else mirrored(site)


def _arrow(path: Path, site: str, seen: View) -> Iterator[Shape]:
    way = _way(path, site, seen)
    steps = np.hypot(*np.diff(way, axis=0).T)
    if steps.sum() < LEAST:
        return
    middle = seen.project(path.frames.origins[:, body().index["lumbar_4"]])[:, :2]
    out = way - middle
    way = way + AWAY * out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
    nodes = _spaced(way, 0.06, 0.84 if path.spec.loop else 0.94)
    tip = nodes[-1] - nodes[-2]
    tip = tip / np.linalg.norm(tip)
    across = np.array([-tip[1], tip[0]])
    end = nodes[-1] + HEAD * 0.4 * tip
    head = np.stack([end, end - HEAD * tip + across * HEAD * 0.5, end - HEAD * tip - across * HEAD * 0.5])
    nodes[-1] -= HEAD * 0.4 * tip
    yield Shape("arrow", "arrow", outline.curve(nodes[None]), np.zeros(1))
    yield Shape("arrow head", "arrow head", outline.polygon(head[None]), np.zeros(1))


def _way(path: Path, site: str, seen: View) -> np.ndarray:
    segment, local, _ = body().site(site)
    points = path.frames.points(np.array([segment]), local[None])[:, 0]
    return seen.project(points)[:, :2]


def _spaced(line: np.ndarray, start: float, end: float, count: int = 6) -> np.ndarray:
    far = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(start, end, count) * far[-1]
    return np.stack([np.interp(at, far, line[:, i]) for i in (0, 1)], axis=1)
