"""Figures of postures and motions, drawn by matplotlib."""

import numpy as np

from . import drawing, room
from .body import Frames
from .drawing import Shape
from .motion import Path, motion
from .page import Page, Panel, Words
from .palette import INK
from .posture import Pose, posture
from .view import view

MARGIN = 0.05  # fractions of stature around the body
GAP = 5.0  # units between panels
LABEL = 9.0  # units for a line of words under a panel


def still(name: str, side: str | None = None) -> Page:
    """A posture from its views. Raises KeyError for an unknown name."""
    pose = posture(name, side)
    panels = [panel(pose, pose.frames, v) for v in pose.spec.views or ("side",)]
    return arrange(panels, pose.title, pose.title)


def panel(what: Pose | Path, frames: Frames, name: str) -> Panel:
    """A body in the room, seen from one side."""
    seen = view(name)
    body = drawing.shapes(frames, seen)
    low, high = _bounds(body, seen)
    back = [*room.floor(seen, low, high), *room.supports(what.supports, seen, low, high)]
    return Panel([*back, *body], low, high, seen.label)


def _bounds(body: list[Shape], seen) -> tuple[tuple, tuple]:
    points = np.concatenate([s.path.points.reshape(-1, 2) for s in body])
    low, high = points.min(axis=0) - MARGIN, points.max(axis=0) + MARGIN
    if seen.level:
        low[1] = -room.BAND
    return tuple(low), tuple(high)


def arrange(panels: list[Panel], title: str, alt: str) -> Page:
    """Panels on a page at one scale: one above the other where they are wide."""
    sizes = np.array([p.size for p in panels])
    beside = sizes[:, 0].sum() <= 1.5 * max(sizes[:, 1].max(), 100)
    label = LABEL if len(panels) > 1 else 0
    if beside:
        width, height = sizes[:, 0].sum() + GAP * (len(panels) - 1), sizes[:, 1].max() + label
    else:
        width, height = sizes[:, 0].max(), sizes[:, 1].sum() + (GAP + label) * len(panels) - GAP
    page = Page(round(width + 2 * GAP, 1), round(height + 2 * GAP, 1), title, alt)
    x, y = GAP, page.height - GAP
    for part, (wide, tall) in zip(panels, sizes, strict=True):
        if beside:
            page.put(part, x, GAP + label)
            middle, x, base = x + wide / 2, x + wide + GAP, GAP
        else:
            y -= tall + label
            page.put(part, GAP + (width - wide) / 2, y + label)
            middle, base, y = page.width / 2, y, y - GAP
        if label:
            page.words.append(Words(middle, base + 2.5, part.label))
    return page
