"""Figures of postures and motions, drawn by matplotlib: stills, strips, and sprites to move.

Every figure shows its posture from the views that teach it, at one scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from backcare_nb.body.skeleton import Frames
from backcare_nb.course.fields import fill_sides
from backcare_nb.figures import arrows, body_shapes, contact_shades, support_shapes
from backcare_nb.figures.alt_text import describe
from backcare_nb.figures.camera import View, view
from backcare_nb.figures.layout import (
    Block,
    beside,
    fit,
    flow,
    labelled,
    lettered,
    packed,
    page,
    stack,
    titled,
)
from backcare_nb.figures.page import UNIT, Page, Panel, Words
from backcare_nb.figures.palette import INK, SPINE, TONES
from backcare_nb.figures.shape import Shape
from backcare_nb.posture.motion import MotionPath, motion
from backcare_nb.posture.pose import Pose, posture
from backcare_nb.posture.table import PostureTable, posture_table

if TYPE_CHECKING:  # the models of what is taught are not needed to draw a posture
    from backcare_nb.course.models import Exercise, Side, Step

SEEN = 0.02  # fractions of stature: what moves less looks the same
MARGIN = 0.05  # fractions of stature around the body
NEAR = 0.4  # fractions of stature of a bed or a chair that are shown beyond the body
LONG = 4  # stops beyond which a motion shows them instead of even frames
TAUGHT = ("constructive_rest", "cow", "cat")  # where the learner goes through the spine


def still(name: str, side: Side | None = None, table: PostureTable | None = None) -> Page:
    """A posture from the views that teach it. Raises KeyError for an unknown name."""
    pose = posture(name, side, table)
    block = beside(_still(pose, cameras(pose)))
    if name in TAUGHT:
        block = stack([block, _legend()])
    return page(block, pose.title, describe(pose))


def strip(
    name: str,
    side: Side | None = None,
    table: PostureTable | None = None,
    frames: int | None = 4,
) -> Page:
    """A motion as a row of frames, with a ghost of its start and an arrow in the last one.

    A motion of many stops shows each of them instead. Raises KeyError for an unknown name.
    """
    path = motion(name, side, table)
    return page(flow(_strip(path, frames)), path.title, describe(path))


def page_of(name: str, side: Side | None = None) -> Page:
    """A posture as a still, a motion as a strip."""
    return (strip if name in posture_table().motions else still)(name, side)


def svg(name: str, side: Side | None = None) -> str:
    """A posture, or a motion as a strip, as SVG text: the same bytes on every run."""
    return page_of(name, side).svg()


def alt(name: str, side: Side | None = None) -> str:
    """What a posture or a motion looks like, in words."""
    return describe(_find(name, side, posture_table()))


def thumbnail(name: str, side: Side | None = None, table: PostureTable | None = None) -> Page:
    """A posture from its first view alone, small, for a list."""
    pose = posture(name, side, table)
    made = page(beside(_panels(pose, pose.frames, cameras(pose)[:1])), pose.title, describe(pose))
    made.scale = 1.0
    return made


def show(exercise: Exercise | str, side: Side | None = None) -> Page:
    """The figures of an exercise, one for each step, under the step's title."""
    if isinstance(exercise, str):
        from backcare_nb.course.library import shipped_library

        exercise = shipped_library().exercise(exercise)
    side = side or _first(exercise)
    shown = [(_captioned(step, side), what) for step, what in _shown(exercise, side)]
    numbers = [f"{k}. " if len(shown) > 1 else "" for k in range(1, len(shown) + 1)]
    steps = [(number + text, what) for number, (text, what) in zip(numbers, shown, strict=True)]
    blocks = [titled(flow(_drawn(what)), _caption(text)) for text, what in steps]
    if any(_ends(what) in TAUGHT for _, what in shown):
        blocks.append(_legend())
    words = " ".join(_told(text, what) for text, what in steps)
    return page(stack(blocks), exercise.title, words)


def _told(text: str, what: Pose | MotionPath) -> str:
    """A step and its figure in words; a title that both have is said once."""
    words = describe(what)
    named = text.endswith(what.title)
    return f"{text}: {words.removeprefix(f'{what.title}: ') if named else words}"


def frame_rows(
    name: str, side: Side | None, widest: float, table: PostureTable | None = None
) -> list[Page]:
    """A posture, or the frames of a motion; of a long motion, each row of its frames is a page.

    widest: units that such a row may take.
    """
    what = _find(name, side, table or posture_table())
    drawn = _drawn(what)
    rows = packed(drawn, widest) if len(drawn) > LONG else [flow(drawn)]
    return [page(row, what.title, describe(what)) for row in rows]


def _first(exercise: Exercise) -> Side | None:
    return exercise.first if exercise.sides else None


def _ends(what: Pose | MotionPath) -> str:
    """The posture that a figure comes to."""
    return what.stops[-1].name if isinstance(what, MotionPath) else what.name


def sprite(key: str, table: PostureTable | None = None) -> dict:
    """A figure for the browser, JSON-able.

    key: "NAME", "NAME.left" or "NAME.right", of a posture or a motion; or "breath:NAME", a posture
    breathed out at the start and in at the end. The keys of the result: key; title; alt, and alts
    of both ends; width and height in hundredths of stature; loop; svg, the first frame, in quarters
    of these units; frames, how many there are, evenly spaced; steps, what the others add to the
    first, as `packing` writes it; and, where an angle is taught, angle with its label, from and to
    in degrees. Raises UnknownName.
    """
    from backcare_nb.figures.sprite import sprite as make_sprite  # a still needs none of it

    what = _of_key(key, table)
    ends = (what.stops[0], what.stops[-1]) if isinstance(what, MotionPath) else (what, what)
    loop = isinstance(what, MotionPath) and what.spec.loop
    return make_sprite(moving(key, table), key, [describe(p) for p in ends], loop, _angle(what))


def moving(key: str, table: PostureTable | None = None) -> Page:
    """The page of a sprite, with all its frames."""
    what, breath = _of_key(key, table), None
    frames = what.frames
    if key.startswith("breath:"):
        frames, breath = frames.only([0, 0]), np.array([0.0, 1.0])
    return page(beside(_panels(what, frames, cameras(what), breath)), what.title, describe(what))


def _of_key(key: str, table: PostureTable | None) -> Pose | MotionPath:
    name, _, side = key.removeprefix("breath:").partition(".")
    return _find(name, side or None, table or posture_table())


def _angle(what: Pose | MotionPath) -> dict | None:
    angle = getattr(what.spec, "angle", None)
    return angle and {"label": angle.label, "from": angle.start, "to": angle.end}


def _find(name: str, side: Side | None, table: PostureTable) -> Pose | MotionPath:
    return (motion if name in table.motions else posture)(name, side, table)


def views(what: Pose | MotionPath) -> tuple[str, ...]:
    """The views that teach it; a motion has those of the posture it leads to."""
    if isinstance(what, MotionPath) and not what.spec.views:
        return views(what.stops[-1])
    return what.spec.views or ("side",)


def cameras(what: Pose | MotionPath) -> list[View]:
    """Where it is seen from: what is done on the left is the mirror image of that on the right.

    So the side that works is near. Seen from the feet, the front or behind, it is so by itself;
    from the right side nothing turns round, for those who go somewhere.
    """
    names = views(what)
    mirrored = what.side == "left" and any(name.startswith("side") for name in names)
    return [view(name, mirrored) for name in names]


def _panels(what: Pose | MotionPath, frames: Frames, seen: list[View], breath=None) -> list[Panel]:
    return [_panel(what, body_shapes.shapes(frames, each, breath), each) for each in seen]


def _panel(what: Pose | MotionPath, body: list[Shape], seen: View) -> Panel:
    """A body in the room, seen from one side."""
    low, high = _bounds(body, seen, what)
    return Panel([*_room(what, seen, low, high), *body], low, high, seen.label, zoom=seen.zoom)


def _room(what: Pose | MotionPath, seen: View, low, high) -> list[Shape]:
    if seen.close:
        return []
    return [
        *support_shapes.floor(seen, low, high),
        *support_shapes.supports(what.supports, seen, low, high),
    ]


def _bounds(body: list[Shape], seen: View, what: Pose | MotionPath) -> tuple[tuple, tuple]:
    """The corners of a picture: the body, what it rests on as far as that is near, and a margin."""
    points = np.concatenate([s.path.points.reshape(-1, 2) for s in body])
    low, high = points.min(axis=0), points.max(axis=0)
    for start, end in support_shapes.extents(what.supports, seen) if not seen.close else ():
        low = np.where(start < low, np.maximum(start, low - NEAR), low)
        high = np.where(end > high, np.minimum(end, high + NEAR), high)
    low, high = low - MARGIN / seen.zoom, high + MARGIN / seen.zoom
    if seen.level and not seen.close:
        low[1] = -support_shapes.BAND
    return tuple(low), tuple(high)


def _still(pose: Pose, seen: list[View]) -> list[Panel]:
    """The panels of one posture, with marks where it touches."""
    made = _panels(pose, pose.frames, seen)
    for panel, each in zip(made, seen, strict=True):
        under, over = contact_shades.marks(pose, each)
        first = next(k for k, s in enumerate(panel.shapes) if s.name in body_shapes.BODY)
        panel.shapes[first:first] = under
        panel.shapes += over
    return made


def _legend() -> Block:
    """The regions of the spine by their colours, from the seat to the neck."""
    made = Block(140, 8)
    for region, x in zip(SPINE, (0, 36, 69, 106), strict=True):
        patch = body_shapes.swatch(region, x / UNIT, 0.03)
        made.panels.append((Panel(patch, (0, 0), (0.3, 0.08)), 0, 0))
        made.words.append(Words(x + 9, 1.2, region, 6, INK, "left"))
    return made


def _strip(path: MotionPath, count: int | None = None) -> list[Block]:
    """The frames of a motion; without a count, as many as make whole rows."""
    seen = cameras(path)
    if len(path.stops) > LONG and not path.spec.loop:
        return lettered([_stop(pose, seen) for pose in _stops(path, seen)])
    bodies = [body_shapes.shapes(path.frames, v) for v in seen]
    drawn = [(v, b, _bounds(b, v, path)) for v, b in zip(seen, bodies, strict=True)]
    wide = [(high[0] - low[0]) * v.zoom * UNIT for v, _, (low, high) in drawn]
    chosen = _chosen(path, count or _count(wide))
    columns = zip(*(_cells(path, chosen, *d, seen) for d in drawn), strict=True)
    return lettered([stack(labelled([*column])) for column in columns])


def _count(widths: list[float]) -> int:
    """Frames that make whole rows: one row, or two where there is one view."""
    across = fit(max(widths))
    return max(2, min(across, 4)) if across > 2 or len(widths) > 1 else 4


def _chosen(path: MotionPath, count: int) -> list[int]:
    """The frames of a strip, evenly spaced; a loop ends where it began."""
    steps = np.linspace(0, len(path.numbers) - 1, count + path.spec.loop)
    return [round(k) for k in (steps[:-1] if path.spec.loop else steps)]


def _stops(path: MotionPath, views: list[View]) -> list[Pose]:
    """The stops of a long way; one that looks as the one before is left out."""
    origins = np.concatenate([pose.frames.origins for pose in path.stops])
    places = np.concatenate([v.project(origins)[..., :2] for v in views], axis=1)
    moved = np.abs(np.diff(places, axis=0)).max(axis=(1, 2)) > SEEN
    return list(compress(path.stops, [True, *moved]))


def _stop(pose: Pose, seen: list[View]) -> Block:
    """One stop of a long way, in the room that it needs, with what it rests on."""
    return stack(labelled(_panels(pose, pose.frames, seen)))


def _cells(path: MotionPath, chosen: list[int], seen: View, body, corners, views) -> list[Panel]:
    """The frames of a strip in one view, at one place; the last shows the way."""
    low, high = corners
    made = [[*_frame(body, k)] for k in chosen]
    if not path.spec.loop:
        made[-1] = [*_ghost(body), *made[-1]]
    tops = [high[1] if len(views) > 1 else _bounds(shapes, seen, path)[1][1] for shapes in made]
    extra, words = arrows.marks(path, seen, views)
    made[-1] += extra
    tops[-1] = max(tops[-1], arrows.top(extra) + MARGIN)
    back = _room(path, seen, low, high)
    cells = [
        Panel([*back, *shapes], low, (high[0], top), seen.label, zoom=seen.zoom)
        for shapes, top in zip(made, tops, strict=True)
    ]
    cells[-1].words = words
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


def _shown(exercise: Exercise, side: Side | None) -> Iterator[tuple[Step, Pose | MotionPath]]:
    """Each step that has a figure of its own, with its posture or motion."""
    table = posture_table(exercise.own_figures)
    for step, name in illustrated_steps(exercise):
        yield step, _find(name, side, table)


def illustrated_steps(exercise: Exercise) -> Iterator[tuple[Step, str]]:
    """Each step that has a figure of its own, with the name of its posture or motion."""
    seen = set()
    for step in exercise.steps:
        names = (getattr(step, key, None) for key in ("loop", "motion", "posture"))
        name = next(n for n in names if n)
        if name not in seen:
            seen.add(name)
            yield step, name


def _captioned(step: Step, side: Side | None) -> str:
    return fill_sides(step.title, side)


def _drawn(what: Pose | MotionPath) -> list[Block]:
    """What a figure is made of: the frames of a motion, or a posture alone."""
    return _strip(what) if isinstance(what, MotionPath) else [beside(_still(what, cameras(what)))]


def _caption(text: str) -> Words:
    return Words(0, 0, text, 7.5, INK, weight="bold")
