"""Figures of postures and motions, drawn by matplotlib: stills, strips, and sprites for the browser.

Every figure shows its posture from the views that teach it, at one scale.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from . import arrows, drawing, room, touch
from .alt import describe, posture_words
from .body import Frames
from .drawing import Shape
from .model import Exercise
from .motion import Path, motion
from .motion import names as motion_names
from .page import UNIT, Page, Panel, Words
from .palette import INK, QUIET, SPINE, TONES
from .posture import Pose, posture
from .sprite import sprite as _sprite
from .view import View, view

MARGIN = 0.05  # fractions of stature around the body
NEAR = 0.4  # fractions of stature of a bed or a chair that are shown beyond the body
GAP = 5.0  # units between panels
LABEL = 10.0  # units for a line of words under a panel
WIDEST = 290.0  # units: a wider strip goes on in a new row
TAUGHT = ("constructive_rest", "cow", "cat")  # where the learner goes through the spine


@dataclass
class Block:
    """Panels and words placed beside each other, before they have a page."""

    width: float
    height: float
    panels: list[tuple[Panel, float, float]] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)


def still(name: str, side: str | None = None) -> Page:
    """A posture from the views that teach it. Raises KeyError for an unknown name."""
    pose = posture(name, side)
    block = beside(_still_panels(pose, _views(pose)))
    if name in TAUGHT:
        block = stack([block, _legend()])
    return page(block, pose.title, describe(pose))


def strip(name: str, side: str | None = None, frames: int = 4) -> Page:
    """A motion as a row of frames, with a ghost of its start and an arrow in the last one."""
    path = motion(name, side)
    return page(_strip(path, frames), path.title, describe(path))


def page_of(name: str, side: str | None = None) -> Page:
    """A posture as a still, a motion as a strip."""
    return (strip if name in motion_names() else still)(name, side)


def svg(name: str, side: str | None = None) -> str:
    """A posture, or a motion as a strip, as SVG text: the same bytes on every run."""
    return page_of(name, side).svg()


def alt(name: str, side: str | None = None) -> str:
    """What a posture or a motion looks like, in words."""
    return describe(_find(name, side))


def thumbnail(name: str, side: str | None = None) -> Page:
    """A posture from its first view alone, for a list."""
    pose = posture(name, side)
    made = page(beside(_panels(pose, pose.frames, _views(pose)[:1])), pose.title, describe(pose))
    made.scale = 1.0
    return made


def show(exercise: Exercise | str, side: str | None = None) -> Page:
    """The figures of an exercise, one for each step, with the step's title below."""
    if isinstance(exercise, str):
        from .library import library

        exercise = library().exercise(exercise)
    side = side or (exercise.first if exercise.sides else None)
    shown = list(_steps(exercise, side))
    blocks = [b for caption, block in shown for b in (block, caption)]
    words = " ".join(f"{k}: {text}" for k, (_, text) in enumerate(_alts(exercise, side), 1))
    return page(stack(blocks), exercise.title, words)


def sprite(key: str) -> dict:
    """A figure for the browser, JSON-able.

    key: "NAME", "NAME.left" or "NAME.right", of a posture or a motion; or "breath:NAME".
    """
    name, _, side = key.removeprefix("breath:").partition(".")
    what = _find(name, side or None)
    frames, breath = what.frames, None
    if key.startswith("breath:"):
        frames, breath = _repeated(frames, 3), np.array([0.0, 0.5, 1.0])
    block = beside(_panels(what, frames, _views(what), breath))
    made = page(block, what.title, describe(what))
    ends = (what.start, what.end) if isinstance(what, Path) else (what, what)
    loop = isinstance(what, Path) and what.spec.loop
    return _sprite(made, key, [describe(p) for p in ends], loop, _angle(what))


def _angle(what: Pose | Path) -> dict | None:
    angle = getattr(what.spec, "angle", None)
    return angle and {"label": angle.label, "from": angle.start, "to": angle.end}


def _repeated(frames: Frames, count: int) -> Frames:
    return Frames(*(np.repeat(a, count, axis=0) for a in (frames.origins, frames.rotations, frames.axes)))


def _find(name: str, side: str | None) -> Pose | Path:
    return motion(name, side) if name in motion_names() else posture(name, side)


def _views(what: Pose | Path) -> tuple[str, ...]:
    """The views that teach it; a motion has those of the posture it leads to."""
    if isinstance(what, Path) and not what.spec.views:
        return _views(what.end)
    return what.spec.views or ("side",)


def _panels(what, frames: Frames, names, breath=None) -> list[Panel]:
    return [_panel(what, drawing.shapes(frames, view(n), breath), view(n)) for n in names]


def _still_panels(pose: Pose, names) -> list[Panel]:
    """The panels of one posture, with marks where it touches."""
    made = _panels(pose, pose.frames, names)
    for panel, name in zip(made, names, strict=True):
        under, over = touch.marks(pose, view(name))
        first = next(k for k, s in enumerate(panel.shapes) if s.name in drawing.BODY)
        panel.shapes[first:first] = under
        panel.shapes += over
    return made


def _panel(what: Pose | Path, body: list[Shape], seen: View) -> Panel:
    """A body in the room, seen from one side."""
    low, high = _bounds(body, seen, what.supports)
    back = [*room.floor(seen, low, high), *room.supports(what.supports, seen, low, high)]
    return Panel([*back, *body], low, high, seen.label)


def _bounds(body: list[Shape], seen: View, things=()) -> tuple[tuple, tuple]:
    """The corners of a picture: the body, what it rests on as far as that is near, and a margin."""
    points = np.concatenate([s.path.points.reshape(-1, 2) for s in body])
    low, high = points.min(axis=0), points.max(axis=0)
    for start, end in room.extents(things, seen):
        low = np.where(start < low, np.maximum(start, low - NEAR), low)
        high = np.where(end > high, np.minimum(end, high + NEAR), high)
    low, high = low - MARGIN, high + MARGIN
    if seen.level:
        low[1] = -room.BAND
    return tuple(low), tuple(high)


def beside(panels: list[Panel]) -> Block:
    """Panels at one scale, each with its label: beside each other, or above where they are wide."""
    sizes = np.array([p.size for p in panels])
    if sizes[:, 0].sum() <= 1.5 * max(sizes[:, 1].max(), 100):
        return row([_labelled(p, len(panels) > 1) for p in panels])
    return stack([_labelled(p, len(panels) > 1) for p in panels])


def _labelled(panel: Panel, label: bool) -> Block:
    width, height = panel.size
    room_for_words = 40.0 if label else 0.0
    if width < room_for_words:
        panel.widen(room_for_words / UNIT)
        width = room_for_words
    if not label:
        return Block(width, height, [(panel, 0, 0)])
    return Block(
        width, height + LABEL, [(panel, 0, LABEL)], [Words(width / 2, 2.5, panel.label)]
    )


def row(blocks: list[Block]) -> Block:
    """Blocks beside each other, on one ground."""
    made = Block(sum(b.width for b in blocks) + GAP * (len(blocks) - 1), max(b.height for b in blocks))
    x = 0.0
    for block in blocks:
        _add(made, block, x, 0)
        x += block.width + GAP
    return made


def stack(blocks: list[Block]) -> Block:
    """Blocks one above the other, each in the middle."""
    made = Block(max(b.width for b in blocks), sum(b.height for b in blocks) + GAP * (len(blocks) - 1))
    y = made.height
    for block in blocks:
        y -= block.height
        _add(made, block, (made.width - block.width) / 2, y)
        y -= GAP
    return made


def _add(made: Block, block: Block, x: float, y: float) -> None:
    made.panels += [(p, x + px, y + py) for p, px, py in block.panels]
    made.words += [replace(w, x=w.x + x, y=w.y + y) for w in block.words]


def page(block: Block, title: str, alt: str, step: float = 0.01) -> Page:
    """A block on its card."""
    width, height = np.ceil(block.width + 2 * GAP), np.ceil(block.height + 2 * GAP)
    made = Page(float(width), float(height), title, alt)
    for panel, x, y in block.panels:
        made.put(panel, GAP + x, GAP + y, step)
    made.words += [replace(w, x=round(w.x + GAP, 1), y=round(w.y + GAP, 1)) for w in block.words]
    return made


def _strip(path: Path, count: int) -> Block:
    names = _views(path)
    chosen = _chosen(path, count)
    cells = [_cells(path, chosen, view(n)) for n in names]
    blocks = [
        stack([_labelled(cell, len(names) > 1) for cell in column])
        for column in zip(*cells, strict=True)
    ]
    numbered = [_numbered(b, k) for k, b in enumerate(blocks, 1)]
    per_row = max(1, int((WIDEST + GAP) // (numbered[0].width + GAP)))
    per_row = -(-len(numbered) // -(-len(numbered) // per_row))
    return stack([row(numbered[i : i + per_row]) for i in range(0, len(numbered), per_row)])


def _numbered(block: Block, number: int) -> Block:
    words = Words(1, block.height - 5, str(number), 6.5, QUIET, "left", "bold")
    return Block(block.width, block.height, block.panels, [*block.words, words])


def _chosen(path: Path, count: int) -> list[int]:
    """The frames of a strip: evenly spaced, and every stop of a long way."""
    last = len(path.numbers) - 1
    if len(path.stops) > count:
        rows = [np.abs(path.numbers - stop.numbers).max(axis=1).argmin() for stop in path.stops]
        return [int(r) for r in (rows[:-1] if path.spec.loop else rows)]
    steps = np.linspace(0, last, count + path.spec.loop)
    return [round(k) for k in (steps[:-1] if path.spec.loop else steps)]


def _cells(path: Path, chosen: list[int], seen: View) -> list[Panel]:
    """The frames of a strip in one view, all with the same bounds."""
    body = drawing.shapes(path.frames, seen)
    low, high = _bounds(body, seen, path.supports)
    back = [*room.floor(seen, low, high), *room.supports(path.supports, seen, low, high)]
    made = [[*_frame(body, k)] for k in chosen]
    if not path.spec.loop:
        made[-1] = [*_ghost(body), *made[-1]]
    tops = [_bounds(m, seen, path.supports)[1][1] if seen.level else high[1] for m in made]
    cells = [
        Panel([*back, *m], low, (high[0], top), seen.label)
        for m, top in zip(made, tops, strict=True)
    ]
    extra, cells[-1].words = arrows.marks(path, seen)
    cells[-1].shapes += extra
    cells[-1].high = (high[0], max(tops[-1], arrows.top(extra) + MARGIN))
    return cells


def _frame(body: list[Shape], k: int) -> Iterator[Shape]:
    """The shapes of one frame alone."""
    for shape in body:
        if not shape.hidden[k]:
            path = shape.path._replace(points=shape.path.points[k : k + 1])
            yield replace(shape, path=path, hidden=np.zeros(1, dtype=bool))


def _ghost(body: list[Shape]) -> Iterator[Shape]:
    for shape in _frame(body, 0):
        if TONES[shape.tone].fill:
            yield replace(shape, tone="ghost")


def _steps(exercise: Exercise, side: str | None) -> Iterator[tuple[Block, Block]]:
    for number, (step, what) in enumerate(_shown(exercise, side), 1):
        names = {"side": side or "", "other": {"left": "right", "right": "left"}.get(side, "")}
        text = f"{number}  {step.title.format(**names)}"
        block = _strip(what, 3) if isinstance(what, Path) else beside(_panels(what, what.frames, _views(what)))
        caption = Block(block.width, LABEL + 4, [], [Words(block.width / 2, 7, text, 6.5, INK)])
        yield caption, block


def _shown(exercise: Exercise, side: str | None):
    """Each step that has a figure of its own, with its posture or motion."""
    seen = set()
    for step in exercise.steps:
        name = getattr(step, "loop", None) or getattr(step, "motion", None) or step.posture
        if name not in seen:
            seen.add(name)
            yield step, _find(name, side)


def _alts(exercise: Exercise, side: str | None):
    return [(step, describe(what)) for step, what in _shown(exercise, side)]


def _legend() -> Block:
    """The regions of the spine by their colours, from the seat to the neck."""
    made = Block(131, 8)
    for region, x in zip(SPINE, (0, 34, 65, 99), strict=True):
        patch = drawing.swatch(region, x / UNIT, 0.03)
        made.panels.append((Panel(patch, (0, 0), (0.3, 0.08)), 0, 0))
        made.words.append(Words(x + 9, 1.2, region, 5.4, INK, "left"))
    return made
