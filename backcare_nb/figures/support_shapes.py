"""What stands in the room: the floor and the supports, seen from anywhere.

Boxes, rolls and balls are exact; legs, seams and backs of chairs are added so that a bed looks
like a bed.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from backcare_nb.body.skeleton import SegmentFrames, body
from backcare_nb.body.stable_math import TIE_TOLERANCE
from backcare_nb.body.supports import BoxPart, CylinderPart, SpherePart, Support, SupportPart
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.projection import Shape, make_non_body_shape

BoxBounds = tuple[np.ndarray, np.ndarray]  # the lowest and the highest corner, (3,) each
# Fractions of stature:
FLOOR_THICKNESS_STATURES = 0.032  # seen from its edge
WALL_THICKNESS_STATURES = 0.059
BACKREST_HEIGHT_OVER_SEAT_STATURES = 0.26
TRUNK_ENDS = ("pelvis", "thoracic_5")
MIN_NEARER_COSINE = 0.5  # of the viewer's way along which one thing stands before another


class ColouredBox(NamedTuple):
    """A box of one tone between two corners, its faces with round corners."""

    tone: str
    low: np.ndarray
    high: np.ndarray
    radius: float = 0.0


def draw_floor(camera: Camera, room: BoxBounds) -> Iterator[Shape]:
    """Draw the floor behind everything: a band seen from its edge, a carpet seen from above."""
    low, high = room
    if camera.looks_level:
        left, right = np.sort(camera.project(np.array(room))[:, 0]).tolist()
        low_left = (left, -FLOOR_THICKNESS_STATURES)
        band = outlines.rounded_rectangle(low_left, (right, 0), 0.008)
        yield make_non_body_shape("floor", band)
        line = outlines.polyline(np.array([[(left, 0), (right, 0)]]))
        yield make_non_body_shape("floor line", line)
    else:
        carpet = ColouredBox("carpet", low * (1, 0, 1), high * (1, 0, 1), 0.04)
        yield make_non_body_shape("carpet", _project_face(carpet, 1, camera))


def draw_supports(supports: Sequence[Support], camera: Camera, room: BoxBounds) -> Iterator[Shape]:
    """Draw the supports far to near, cut off where the room ends."""
    for support in sort_supports_far_to_near(supports, camera):
        kind = support_kind(support.name)
        for part in support.parts if kind in DRAW_FUNCTION_BY_SUPPORT_KIND else ():
            low, high = _drawn_bounds(support.name, part)
            low = np.maximum(low, room[0])
            bounds = low, np.clip(high, low, room[1])
            yield from DRAW_FUNCTION_BY_SUPPORT_KIND[kind](support.name, part, bounds, camera)


def support_bounds(supports: tuple[Support, ...]) -> Iterator[BoxBounds]:
    """Yield the corners of each part that is drawn."""
    for support in supports:
        kind = support_kind(support.name)
        for part in support.parts if kind in DRAW_FUNCTION_BY_SUPPORT_KIND else ():
            low, high = _drawn_bounds(support.name, part)
            if kind == "wall":  # which goes as far as the picture does
                across = np.eye(3)[_axis_across_wall(support.name)]
                low, high = low * across, high * across
            has_back = kind == "chair" and not low[1] and "back" not in support.name
            yield low, high + np.array([0, BACKREST_HEIGHT_OVER_SEAT_STATURES * has_back, 0])


def sort_supports_far_to_near(supports: Sequence[Support], camera: Camera) -> Iterator[Support]:
    """Yield the supports with those first that stand before none of the others."""
    rest = list(supports)
    while rest:
        farthest = (one for one in rest if not any(_stands_before(one, s, camera) for s in rest))
        yield (support := next(farthest, rest[0]))
        rest.remove(support)


def split_supports_before_body(
    supports: Sequence[Support], frames: SegmentFrames, camera: Camera
) -> tuple[list[Support], list[Support]]:
    """Split what stands between the viewer and the trunk, in all frames, from what is behind it.

    What is behind comes first; walls and doors, which would hide everything, are part of it.
    """
    trunk_origins = frames.origins[:, [body().index[each] for each in TRUNK_ENDS]]
    trunk = trunk_origins.min(axis=(0, 1)), trunk_origins.max(axis=(0, 1))
    split: tuple[list[Support], list[Support]] = [], []
    for support in supports:
        is_wall = support_kind(support.name) in ("wall", "door")
        split[not is_wall and is_nearer(outer_bounds(support), trunk, camera)].append(support)
    return split


def outer_bounds(support: Support) -> BoxBounds:
    """Return the corners around all parts of a support."""
    low, high = np.array([part.bounds for part in support.parts]).swapaxes(0, 1)
    return low.min(axis=0), high.max(axis=0)


def is_nearer(one: BoxBounds, other: BoxBounds, camera: Camera) -> bool:
    """Tell whether one block is apart from another along the way of looking, on the near side."""
    towards = camera.basis[2]
    gaps = np.where(towards > 0, one[0] - other[1], other[0] - one[1])
    return bool(((gaps > -TIE_TOLERANCE) & (np.abs(towards) > MIN_NEARER_COSINE)).any())


def _stands_before(one: Support, other: Support, camera: Camera) -> bool:
    bounds = outer_bounds(one), outer_bounds(other)
    return is_nearer(*bounds, camera) and not is_nearer(*bounds[::-1], camera)


def support_kind(name: str) -> str:
    """ "bed_ahead" is a bed, "small_towel" a towel."""
    return next((word for word in name.split("_") if word in DRAW_FUNCTION_BY_SUPPORT_KIND), name)


def _drawn_bounds(name: str, part: SupportPart) -> BoxBounds:
    """The corners of a part as it is drawn: of a wall, the side that is turned to the person."""
    if not isinstance(part, BoxPart):
        return part.bounds
    low, high = np.array(part.low), np.array(part.high)
    if support_kind(name) in ("wall", "door"):
        axis = _axis_across_wall(name)
        if low[axis] > 0:
            high[axis] = low[axis] + WALL_THICKNESS_STATURES
        else:
            low[axis] = high[axis] - WALL_THICKNESS_STATURES
    return low, high


def _axis_across_wall(name: str) -> int:
    return 2 if name.endswith(("left", "right")) else 0


def _draw_visible_faces(boxes: list[ColouredBox], camera: Camera) -> Iterator[Shape]:
    """Draw the faces that are seen, of blocks in their order; those from aside are in the shade."""
    faces = [
        (block, axis, _project_face(block, axis, camera))
        for block in boxes
        for axis in range(3)
        if camera.basis[2, axis]
    ]
    for number, (block, axis, face) in enumerate(faces):
        is_covered = any(_does_face_cover(f, face) for *_, f in faces[number + 1 :])
        if camera.looks_from_corner or not is_covered:
            shaded = camera.looks_from_corner and axis != 1
            yield make_non_body_shape(block.tone + " side" * shaded, face)


def _project_face(box: ColouredBox, axis: int, camera: Camera) -> outlines.Outline:
    """The face of a block across an axis that is turned towards the viewer."""
    a, b = (k for k in range(3) if k != axis)
    flat = outlines.rounded_rectangle(box.low[[a, b]], box.high[[a, b]], box.radius)
    place = (box.high if camera.basis[2, axis] > 0 else box.low)[axis]
    points = np.insert(flat.points, axis, place, axis=2)
    return flat._replace(points=camera.project(points)[..., :2])


def _does_face_cover(one: outlines.Outline, other: outlines.Outline) -> bool:
    """Does one face hide another, where each is a rectangle?"""
    over, under = one.points[0], other.points[0]
    lower = over.min(axis=0) <= under.min(axis=0) + TIE_TOLERANCE
    higher = over.max(axis=0) >= under.max(axis=0) - TIE_TOLERANCE
    return bool((lower & higher).all())


def _four_leg_boxes(
    low: np.ndarray, high: np.ndarray, inset: float, width: float
) -> Iterator[ColouredBox]:
    """Four legs, from the floor to the height of `high`."""
    for x in (low[0] + inset, high[0] - inset - width):
        for z in (low[2] + inset, high[2] - inset - width):
            foot = np.array([x, 0, z])
            yield ColouredBox("wood far", foot, foot + np.array([width, high[1], width]), 0.006)


def _draw_bed(name: str, part: BoxPart, bounds: BoxBounds, camera: Camera) -> Iterator[Shape]:
    low, high = bounds
    base = high[1] - 0.16
    blocks = [
        *_four_leg_boxes(low, high - (0, 0.15, 0), 0.03, 0.03),
        ColouredBox("wood", low * (1, 0, 1) + (0, base, 0), high - (0, 0.12, 0), 0.008),
        ColouredBox("mattress", low * (1, 0, 1) + (0, base + 0.03, 0), high, 0.025),
    ]
    yield from _draw_visible_faces(blocks, camera)
    if camera.looks_level:
        yield _draw_cloth_fold(bounds, camera, 0.02, 0.035)


def _draw_chair(name: str, part: BoxPart, bounds: BoxBounds, camera: Camera) -> Iterator[Shape]:
    low, high = bounds
    if low[1] > 0:  # its back, which is something to hold
        yield from _draw_visible_faces([ColouredBox("wood", low, high, 0.012)], camera)
        return
    seat = ColouredBox("wood", low * (1, 0, 1) + (0, high[1] - 0.03, 0), high, 0.012)
    blocks = [*_four_leg_boxes(low, high - (0, 0.01, 0), 0.01, 0.025), seat]
    if "stool" not in name and "back" not in name:
        blocks.append(_chair_back_box(name, bounds))
    yield from _draw_visible_faces(blocks, camera)


def _chair_back_box(name: str, bounds: BoxBounds) -> ColouredBox:
    """The back of a chair, at its far end from where the person comes.

    With the calves on its seat it would be in the way: the chair is turned sideways.
    """
    low, high = bounds
    axis = 2 if "calves" in name else 0
    from_far_end = axis == 2 or low[0] <= 0
    start, end = np.array([low[0], high[1], low[2]]), high.copy()
    end[1] += BACKREST_HEIGHT_OVER_SEAT_STATURES
    if from_far_end:
        end[axis] = low[axis] + 0.014
        start[axis] -= 0.014
    else:
        start[axis] = high[axis] - 0.014
        end[axis] += 0.014
    return ColouredBox("wood far", start, end, 0.012)


def _draw_cushion(name: str, part: BoxPart, bounds: BoxBounds, camera: Camera) -> Iterator[Shape]:
    yield from _draw_visible_faces([ColouredBox("cloth", *bounds, 0.03)], camera)
    if camera.looks_level:
        yield _draw_cloth_fold(bounds, camera, 0.015, (bounds[1][1] - bounds[0][1]) / 2)


def _draw_cloth_fold(
    bounds: BoxBounds, camera: Camera, inset: float, depth_below_top: float
) -> Shape:
    """A level line on cloth that is seen from its edge, so far below its upper side."""
    (x0, _), (x1, top) = camera.project(np.array(bounds))[:, :2]
    x0, x1 = min(x0, x1) + inset, max(x0, x1) - inset
    line = np.array([[(x0, top - depth_below_top), (x1, top - depth_below_top)]])
    return make_non_body_shape("cloth fold", outlines.polyline(line))


def _draw_towel(
    name: str, part: CylinderPart, bounds: BoxBounds, camera: Camera
) -> Iterator[Shape]:
    """A roll, with the spiral of its end where that is seen."""
    centre, end = np.array(part.centre), np.array([0, 0, part.half_length])
    ends = camera.project(np.array([centre - end, centre + end]))
    if camera.looks_from_side:
        yield make_non_body_shape("cloth", outlines.circle(ends[0, :2], part.radius))
    else:
        flat = camera.basis[:2, :2] * part.radius  # how a round of the roll is seen
        shapes = np.broadcast_to(flat @ flat.T, (1, 2, 2, 2))
        axis = (ends[1] - ends[0])[None, :2]
        hull = outlines.hull_polygon(ends[None, :, :2], shapes, axis, 16)
        yield make_non_body_shape("cloth", hull)
    if not camera.looks_level or camera.looks_from_side:
        turn = np.linspace(0, 4 * np.pi, 13)
        reach = part.radius * 0.72 * (1 - turn / (5 * np.pi))
        spiral = (reach * np.array([np.cos(turn), np.sin(turn)])).T @ camera.basis[:2, :2].T
        near = ends[ends[:, 2].argmax(), :2]
        yield make_non_body_shape("cloth fold", outlines.open_curve(spiral[None] + near))


def _draw_ball(name: str, part: SpherePart, bounds: BoxBounds, camera: Camera) -> Iterator[Shape]:
    middle = camera.project(np.array(part.centre))[:2]
    yield make_non_body_shape("ball", outlines.circle(middle, part.radius))
    for share in (-0.45, 0.45):
        bow = np.array([(share * 0.8, 0.86), (share * 1.25, 0.0), (share * 0.8, -0.86)])
        seam = outlines.open_curve((bow * part.radius + middle)[None])
        yield make_non_body_shape("ball seam", seam)


def _draw_bath(name: str, part: BoxPart, bounds: BoxBounds, camera: Camera) -> Iterator[Shape]:
    """A bath, whose near wall is left out but for its rim, where it would hide the person."""
    low, high = bounds
    long_wall = high[2] - low[2] < 0.05
    if camera.looks_from_corner and long_wall and camera.basis[2, 2] * high[2] > 0:
        rim = ColouredBox("bath rim", low, high, 0.01)
        yield make_non_body_shape(rim.tone, _project_face(rim, 1, camera))
        return
    tone = "bath" if camera.looks_level and long_wall else "bath rim"
    yield from _draw_visible_faces([ColouredBox(tone, low, high, 0.015)], camera)
    if high[0] - low[0] < 0.05 and camera.elevation < 90:
        middle = np.array([high[0], high[1], (low[2] + high[2]) / 2])
        yield from _draw_visible_faces(list(_rail_on_wall_boxes(middle)), camera)


def _rail_on_wall_boxes(place: np.ndarray) -> Iterator[ColouredBox]:
    """A rail across the end of a bath, held by the wall behind it."""
    for tone, low, high, radius in (
        ("wall", (-0.005, 0, -0.37), (0.02, 0.25, 0.37), 0),
        ("metal", (-0.02, 0.005, -0.04), (-0.005, 0.055, 0.04), 0.005),
        ("metal", (-0.07, 0.022, -0.01), (-0.005, 0.038, 0.01), 0.005),
        ("metal", (-0.085, 0.012, -0.2), (-0.055, 0.042, 0.2), 0.012),
    ):
        yield ColouredBox(tone, place + low, place + high, radius)


def _draw_wall(name: str, part: BoxPart, bounds: BoxBounds, camera: Camera) -> Iterator[Shape]:
    """A wall or a door from its edge or from above: elsewhere it would hide all, or be a ground."""
    if camera.looks_from_corner or camera.basis[2, _axis_across_wall(name)] == 0:
        tone = "wood" if support_kind(name) == "door" else "wall"
        yield from _draw_visible_faces([ColouredBox(tone, *bounds)], camera)


def _draw_wooden_box(
    name: str, part: BoxPart, bounds: BoxBounds, camera: Camera
) -> Iterator[Shape]:
    yield from _draw_visible_faces([ColouredBox("wood", *bounds, 0.008)], camera)


DRAW_FUNCTION_BY_SUPPORT_KIND: dict[str, Callable[..., Iterator[Shape]]] = {
    "bed": _draw_bed,
    "chair": _draw_chair,
    "stool": _draw_chair,
    "cushion": _draw_cushion,
    "towel": _draw_towel,
    "ball": _draw_ball,
    "bath": _draw_bath,
    "wall": _draw_wall,
    "door": _draw_wall,
    "step": _draw_wooden_box,
    "box": _draw_wooden_box,
    "roll": _draw_towel,
}
