"""Figures for the browser: one SVG, and how its moving paths go on from frame to frame.

The picture is drawn in whole steps of a quarter of a unit, 4 mm on a person, and its paths are
told from point to point: where a limb moves as a whole, one point moves. `keyframe_codec` says how
the frames are told. A path that moves carries the number of its points as data-p, since what passes
something else has a copy on each side of it, and as data-s the frames in which it appears and
disappears.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.path import Path

from backcare_nb.figures.drawing import Drawing, PlacedShape
from backcare_nb.figures.keyframe_codec import PathTrack, encode_keyframes
from backcare_nb.figures.svg import GRID_STEPS_PER_UNIT, SVG_COMMAND_BY_PATH_CODE, format_attributes

MAX_POINT_ERROR_GRID_STEPS = 2.0  # by which a point may lie beside its way; what moves less rests
HANDLE_SLACK_FACTOR = 2.0  # times as much, since a curve follows its handle by half at the most
MIN_SPRITE_FRAMES = 12  # of a motion, or those it has
# By which a path may differ on average from the frames that are left out.
MAX_DROPPED_FRAME_ERROR_UNITS = 0.25


@dataclass(frozen=True)
class RelativePathPlan:
    """How a path is told: which points (N,), from which told point each, letters with counts.

    `slacks` (N,) are in those of a point that the path goes through.
    """

    points: list[int]
    bases: tuple[int, ...]
    slacks: tuple[float, ...]
    letters: list[tuple[str, int]]

    def write_data(self, numbers: np.ndarray) -> str:
        """Write path data with the numbers (N, 2) of its points."""
        words, at = [], 0
        for letter, count in self.letters:
            points = numbers[at : at + count].ravel().tolist()
            words.append(letter + " ".join(map(str, points)))
            at += count
        return "".join(words)


def make_sprite(
    drawing: Drawing, key: str, alts: list[str], loop: bool, angle: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Write a drawing with several frames as JSON-able data; see `draw.draw_sprite`."""
    shapes = [
        shape for shape in resample_to_fewest_frames(drawing.shapes) if not shape.hidden.all()
    ]
    frames = max(len(shape.points) for shape in shapes)
    # shapes that have the same points in all frames move as one
    moving: dict[bytes, list[int]] = {}
    for i, shape in enumerate(shapes):
        span = np.ptp(shape.points, axis=0).max() * GRID_STEPS_PER_UNIT
        if shape.hidden.any() or span > MAX_POINT_ERROR_GRID_STEPS:
            moving.setdefault(shape.points.tobytes(), []).append(i)
    paths = [_plan_relative_path(shape) for shape in shapes]

    def track(same: list[int], frames: int) -> PathTrack:
        """The way of shapes that move as one, y down."""
        path = paths[same[0]]
        points = shapes[same[0]].points[:frames, path.points]
        places = (points * (1, -1) + (0, drawing.height)) * GRID_STEPS_PER_UNIT
        seen = [~np.broadcast_to(shapes[i].hidden[:frames], (frames,)) for i in same]
        places = np.broadcast_to(places, (frames, *places.shape[1:]))
        return PathTrack(places, path.bases, path.slacks, np.any(seen, axis=0))

    tracks = [track(same, frames) for same in moving.values()]
    numbers, steps = encode_keyframes(tracks, MAX_POINT_ERROR_GRID_STEPS)
    path_attributes: dict[int, dict[str, str]] = {}  # of each path, those that say where it is
    for number, (same, first) in enumerate(zip(moving.values(), numbers, strict=True)):
        for i in same:
            place = {"data-p": f"{number}", **_visibility_attributes(shapes[i].hidden)}
            path_attributes[i] = place | {"d": paths[i].write_data(first)}
    for i, path in enumerate(paths):
        if i not in path_attributes:
            path_attributes[i] = {"d": path.write_data(encode_keyframes([track([i], 1)], 0)[0][0])}
    svg = replace(drawing, shapes=shapes).render_first_frame()
    elements = [
        f"<path{format_attributes(p | path_attributes[i])}/>" for i, p in enumerate(svg.paints)
    ]
    sprite = {
        "key": key,
        "title": drawing.title,
        "alt": drawing.alt,
        "alts": alts,
        "width": round(drawing.width),
        "height": round(drawing.height),
        "loop": loop,
        "svg": svg.wrap_in_svg("".join(elements), drawing.alt),
        "frames": frames,
        "steps": steps,
    }
    return sprite | ({"angle": angle} if angle else {})


def _visibility_attributes(hidden: np.ndarray) -> dict[str, str]:
    """The frames in which a path appears and disappears, in turn, if it is not always seen."""
    if not hidden.any():
        return {}
    turns = np.flatnonzero(np.diff(np.concatenate([[True], hidden, [True]])))
    first = {"visibility": "hidden"} if hidden[0] else {}
    return {"data-s": " ".join(map(str, turns)), **first}


def resample_to_fewest_frames(shapes: list[PlacedShape]) -> list[PlacedShape]:
    """Return the shapes with as few frames, evenly spaced, as the eye needs."""
    whole = max(len(shape.points) for shape in shapes)
    count = MIN_SPRITE_FRAMES
    while count < whole and not _is_frame_count_enough(shapes, whole, count):
        count += 1
    at = np.linspace(0, 1, min(count, whole))
    return [resample_frames(shape, at) for shape in shapes]


def _is_frame_count_enough(shapes: list[PlacedShape], whole: int, count: int) -> bool:
    """Does each path, where it is seen, stay near its way on average with this many frames?"""
    there, back = np.linspace(0, 1, count), np.linspace(0, 1, whole)
    for shape in shapes:
        if len(shape.points) > 1:
            returned = resample_frames(resample_frames(shape, there), back)
            stray = np.abs(returned.points - shape.points)
            seen = ~np.broadcast_to(shape.hidden, (whole,))
            if stray[seen].mean(axis=(1, 2)).max(initial=0) > MAX_DROPPED_FRAME_ERROR_UNITS:
                return False
    return True


def resample_frames(shape: PlacedShape, at: np.ndarray) -> PlacedShape:
    """Return a shape at other shares (K,) of its way."""
    last = len(shape.points) - 1
    if last == 0 or len(at) == last + 1:
        return shape
    low = np.minimum((at * last).astype(int), last - 1)
    share = (at * last - low)[:, None, None]
    points = shape.points[low] * (1 - share) + shape.points[low + 1] * share
    hidden = np.broadcast_to(shape.hidden, (last + 1,))[np.rint(at * last).astype(int)]
    return replace(shape, points=points, hidden=hidden)


def _plan_relative_path(shape: PlacedShape) -> RelativePathPlan:
    """Each point told from the last that a line or a curve came to."""
    told: list[int] = []
    bases: list[int] = []
    slacks: list[float] = []
    letters: list[tuple[str, int]] = []
    at, base = 0, -1
    while at < len(shape.codes):
        code = Path.code_type(shape.codes[at])  # which stands once for each point of its segment
        count = Path.NUM_VERTICES_FOR_CODE[code]
        points, letter = [*range(at, at + count)], SVG_COMMAND_BY_PATH_CODE[code]
        if code == Path.CLOSEPOLY:
            points = []
        elif letter == "c" and letters[-1][0] in "cs":
            bend = shape.points[:, at] + shape.points[:, at - 2] - 2 * shape.points[:, at - 1]
            # where a curve leaves as the one before came, SVG knows its handle
            if np.abs(bend).max() * GRID_STEPS_PER_UNIT < 0.25:
                points, letter = points[1:], "s"
        told += points
        bases += [base] * len(points)
        slacks += ([HANDLE_SLACK_FACTOR] * len(points))[1:] + [1.0] * bool(points)
        letters.append((letter, len(points)))
        at, base = at + count, len(told) - 1
    return RelativePathPlan(told, tuple(bases), tuple(slacks), letters)
