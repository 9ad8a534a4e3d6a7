"""Figures of postures and motions, drawn by matplotlib: stills, strips, and sprites to move.

Every figure shows its posture from the views that teach it, at one scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any, NamedTuple

import numpy as np

from backcare_nb.body.skeleton import SegmentFrames
from backcare_nb.body.stable_math import index_of_first_largest, round_off_last_digits
from backcare_nb.course.fields import Side
from backcare_nb.course.names import UnknownName
from backcare_nb.figures import support_shapes
from backcare_nb.figures.alt_text import LIKE_THIS_LABEL, NOT_LIKE_THIS_LABEL, describe_figure
from backcare_nb.figures.annotations import (
    draw_contact_marks,
    draw_crossing_out,
    draw_motion_marks,
    draw_verdict_border,
)
from backcare_nb.figures.arrows import ArrowCostMap, PictureCorners
from backcare_nb.figures.body_shapes import draw_body
from backcare_nb.figures.camera import Camera, cameras_for_views, describe_viewpoint
from backcare_nb.figures.drawing import UNITS_PER_STATURE, Drawing, Panel, TextLine
from backcare_nb.figures.felt import add_felt_patches, name_felt_sites, sum_visibility_of_sites
from backcare_nb.figures.layout import (
    LayoutBlock,
    add_title_line,
    arrange_views,
    compose_drawing,
    lay_out_row,
    lay_out_rows,
    lay_out_stack,
    stack_views_unless_upright,
)
from backcare_nb.figures.outlines import polygon, polyline
from backcare_nb.figures.palette import (
    INK_COLOUR,
    POSTURES_WITH_SPINE_LEGEND,
    SPINE_COLOUR_BY_REGION,
)
from backcare_nb.figures.projection import Shape, make_non_body_shape
from backcare_nb.figures.shadows import draw_shadows
from backcare_nb.figures.side_letters import draw_side_letters
from backcare_nb.figures.silhouette import silhouette_change_shares
from backcare_nb.posture.contacts import point_on_body_or_support
from backcare_nb.posture.motion import MotionPath, solve_motion
from backcare_nb.posture.pose import Pose, solve_posture
from backcare_nb.posture.spec import CornerView, OwnPostureSpec, View
from backcare_nb.posture.table import PostureTable, posture_table

# Fractions of stature:
BODY_MARGIN_STATURES = 0.05  # around the body
MAX_LYING_HEIGHT_STATURES = 0.1  # of the lowest that is seen from close by
JOINT_TO_CARPET_EDGE_STATURES = 0.1  # from the joints to the edge of a carpet seen from a corner
CORNER_VIEW_MARGIN_STATURES = 0.015  # around such a carpet
OUT_OF_VIEW_EXTENT_STATURES = 9.0  # beyond all that is seen
MAX_SUPPORT_OVERHANG_STATURES = 0.4  # of a bed or a chair that is shown beyond the body
MAX_BED_OVERHANG_IN_CORNER_VIEW_STATURES = 0.12  # which would fill the picture there
MIN_MISTAKE_PANEL_WIDTH_UNITS = 52.0  # of a panel that says whether to do like this
# Beside its own, of who does not lie.
EXTRA_VIEWS_OF_FELT_SITES: tuple[View, ...] = ("back", "side")
# Of the silhouette, by which neighbouring pictures of a strip differ.
MIN_SILHOUETTE_CHANGE_SHARE_IN_STRIP = 0.1
MAX_EVENLY_SPACED_FRAMES = 4
MAX_STOPS_FOR_EVENLY_SPACED_FRAMES = 5  # of a motion; with more, each of its stops is drawn
TURNED_ELEVATION_DEG = 20.0  # of who sees a figure that is turned
EARLIER_STOP_DRAWING_SCALE = 0.72  # of a frame on the way
# Of letters in figures to print: the smaller a figure is set, the more of it they take.
PRINTED_LETTER_SIZES_UNITS = (8.0, 13.0, 20.0)
SQUARE_CORNER_SIGNS = ((-1, -1), (1, -1), (1, 1), (-1, 1))
PRINTED_LETTER_OVERHANG_STATURES = 0.03  # beyond their picture, which has a gap around it
CAPITAL_HEIGHT_EM = 0.73  # of DejaVu Sans


def draw_figure(figure: Pose | MotionPath) -> Drawing:
    """Draw a posture as a still, a motion as a strip."""
    return draw_strip(figure) if isinstance(figure, MotionPath) else draw_still(figure)


def draw_still(pose: Pose) -> Drawing:
    """Draw a posture from the views that teach it."""
    block = _draw_still_block(pose)
    if pose.name in POSTURES_WITH_SPINE_LEGEND:
        block = lay_out_stack([block, _draw_spine_legend_block()])
    return compose_drawing(block, pose.title, describe_figure(pose))


def draw_strip(path: MotionPath) -> Drawing:
    """Draw a motion as a row of frames, an arrow in the last one.

    A motion of many stops shows each of them instead.
    """
    block = lay_out_rows(_draw_strip_blocks(path))
    return compose_drawing(block, path.title, describe_figure(path))


def draw_spine_legend() -> Drawing:
    """Draw the regions of the spine by their colours, for figures in which they are to be seen."""
    words = f"The spine in its colours: {', '.join(SPINE_COLOUR_BY_REGION)}."
    return compose_drawing(_draw_spine_legend_block(), "The spine", words)


def draw_thumbnail(pose: Pose) -> Drawing:
    """Draw a posture from its first view alone, small, for a list."""
    first = cameras_of_figure(pose)[0]
    (body,) = _draw_bodies_with_straps(pose, pose.frames, [first])
    panel = _draw_panel(pose, body, first)
    return compose_drawing(arrange_views([panel]), pose.title, describe_figure(pose), scale=1.0)


def draw_mistake(wrong: Pose, right: Pose) -> Drawing:
    """Draw a common mistake, crossed out, and beside it the right way, in the mistake's view."""
    seen = cameras_of_figure(wrong)[0]
    bodies = [draw_body(pose.frames, seen) for pose in (wrong, right)]
    both = zip(bodies, (wrong, right), strict=True)
    ends = np.array([_find_picture_corners(body, seen, pose) for body, pose in both])
    (x0, y0), (x1, y1) = ends[:, 0].min(axis=0).tolist(), ends[:, 1].max(axis=0).tolist()
    corners = (x0, y0), (x1, y1)
    frame = [draw_verdict_border(corners, seen.zoom, "right frame")]
    panels = [
        _draw_panel(wrong, bodies[0], seen, corners=corners),
        _draw_panel(right, bodies[1], seen, over=frame, corners=corners),
    ]
    blocks = []
    for panel, words in zip(panels, (NOT_LIKE_THIS_LABEL, LIKE_THIS_LABEL), strict=True):
        panel.widen_to(MIN_MISTAKE_PANEL_WIDTH_UNITS)
        block = LayoutBlock(*panel.size, [(panel, 0, 0)])
        blocks.append(add_title_line(block, TextLine(0, 0, words, 7.5, INK_COLOUR, weight="bold")))
    alt = f"{NOT_LIKE_THIS_LABEL}: {wrong.title}. {LIKE_THIS_LABEL}: {right.title}."
    wide = panels[0].size[0] > 1.3 * panels[0].size[1]
    block = (lay_out_stack if wide else lay_out_row)(blocks)
    return compose_drawing(block, wrong.title, alt, scale=1.0)


def draw_felt_sites(pose: Pose, sites: Sequence[str]) -> Drawing:
    """Draw a posture with where it is felt, from where most of that is seen.

    sites: those of body.yaml, with their sides.
    """
    lies = pose.spec.position in ("supine", "prone")
    views = cameras_of_figure(pose) + ([] if lies else cameras_for_views(EXTRA_VIEWS_OF_FELT_SITES))
    bodies = [draw_body(pose.frames, each) for each in views]
    both = zip(bodies, views, strict=True)
    rates = [sum_visibility_of_sites(body, pose, each, sites) for body, each in both]
    best = int(index_of_first_largest(np.array(rates)))
    shapes = add_felt_patches(bodies[best], pose, views[best], sites)
    panel = _draw_panel(pose, shapes, views[best])
    alt = f"Hatched where it is felt: {', '.join(name_felt_sites(sites))}."
    return compose_drawing(arrange_views([panel]), pose.title, alt, scale=1.0)


class StopDrawing(NamedTuple):
    """Where one rests on the way of a figure: the posture, by the name that its motion gives it,
    the share of the way at which one goes on from there, its drawing, and the views that this
    does not name.
    """

    posture: str
    left_at: float
    drawing: Drawing
    views: tuple[str, ...] = ()


def draw_stops(
    what: Pose | MotionPath, one_size: bool, for_print: bool = False
) -> list[StopDrawing]:
    """Draw a posture, or each stop of a motion, the way shown in the last one.

    one_size: whether all are as large as a posture is, and not the last one alone; for_print:
    whether views are left to be named in words, and L and R are texts, at a place for each of
    PRINTED_LETTER_SIZES_UNITS.
    """
    seen = cameras_of_figure(what)
    is_told = for_print and len(seen) > 1
    views = tuple(describe_viewpoint(each, what.frames) for each in seen if is_told)
    if isinstance(what, Pose):
        block = _draw_still_block(what, for_print)
        drawing = compose_drawing(block, what.title, describe_figure(what))
        return [StopDrawing(what.name, 1.0, drawing, views)]
    places = _choose_different_stop_indices(what, seen)
    frames = [what.stop_frame_indices[k] for k in places]
    if _is_drawn_stop_by_stop(what):
        columns = [_draw_pose_panels(what.stops[k], seen, for_print) for k in places]
    else:
        columns = _draw_frame_panels(what, frames, seen, for_print)
    stops = []
    for k, frame, panels in zip(places, frames, columns, strict=True):
        rests = (what.numbers[frame:] == what.numbers[frame]).all(axis=1)
        left = frame + int(np.append(rests, False).argmin()) - 1
        pose = what.stops[k]
        block = stack_views_unless_upright(panels, not for_print)
        drawing = compose_drawing(block, pose.title, describe_figure(pose))
        if not one_size and k != places[-1]:
            drawing.scale *= EARLIER_STOP_DRAWING_SCALE
        left_at = left / (len(what.numbers) - 1)
        stops.append(StopDrawing(what.spec.through[k], left_at, drawing, views))
    return stops


def draw_keyframes(
    what: Pose | MotionPath, breathing: bool = False, turn_deg: int | None = None
) -> Drawing:
    """Draw all frames of a motion, or a posture, breathed out and in where it is breathing.

    turn_deg: by how much it is turned, seen from a corner; without it, as it is taught.
    """
    frames = what.frames.select_rows(np.zeros(2, dtype=int)) if breathing else what.frames
    breath = np.array([0.0, 1.0]) if breathing else None
    views, is_turned = cameras_of_figure(what), turn_deg is not None
    if turn_deg is not None:
        views = [Camera("corner", views[0].azimuth + turn_deg, TURNED_ELEVATION_DEG)]
    bodies = _draw_bodies_with_side_letters(what, frames, views, breath, always=is_turned)
    panels = [_draw_panel(what, body, each) for body, each in zip(bodies, views, strict=True)]
    return compose_drawing(arrange_views(panels), what.title, describe_figure(what))


def draw_sprite(
    key: str, table: PostureTable | None = None, turn_deg: int | None = None
) -> dict[str, Any]:
    """Draw a figure for the browser, JSON-able; see draw_keyframes for ``turn_deg``.

    key: "NAME", "NAME.left" or "NAME.right", of a posture or a motion; or "breath:NAME", a posture
    breathed out at the start and in at the end. The keys of the result: key; title; alt, and alts
    of both ends; width and height in hundredths of stature; loop; svg, the first frame, in quarters
    of these units; frames, how many there are, evenly spaced; steps, what the others add to the
    first, as `keyframe_codec` writes it; and, where an angle is taught, angle with its label, from
    and to in degrees. Raises UnknownName.
    """
    from backcare_nb.figures.sprite import make_sprite  # a still needs none of it

    name, _, word = key.removeprefix("breath:").partition(".")
    side: Side | None = "left" if word == "left" else "right" if word == "right" else None
    what = find_figure(name, side, table)
    if isinstance(what, Pose) and what.is_mistake:
        raise UnknownName(f"{name} is a common mistake: it is drawn crossed out, and never played.")
    drawing = draw_keyframes(what, key.startswith("breath:"), turn_deg)
    if isinstance(what, Pose):
        return make_sprite(drawing, key, [describe_figure(what)] * 2, loop=False)
    alts = [describe_figure(what.stops[0]), describe_figure(what.stops[-1])]
    taught = what.spec.angle
    angle = {"label": taught.label, "from": taught.start, "to": taught.end} if taught else None
    return make_sprite(drawing, key, alts, what.spec.loop, angle)


def find_figure(
    name: str, side: Side | None = None, table: PostureTable | None = None
) -> Pose | MotionPath:
    """Find the motion or the posture of a name. Raises UnknownName."""
    table = table or posture_table()
    if name in table.motions:
        return solve_motion(name, side, table)
    return solve_posture(name, side, table)


def cameras_of_figure(figure: Pose | MotionPath) -> list[Camera]:
    """Return where it is seen from: the left is the mirror image of what is done on the right.

    So the side that works is near. Seen from the feet, the front or behind, it is so by itself;
    from the right side nothing turns round, for those who go somewhere. A motion has the views of
    the posture it leads to, where it has none of its own.
    """
    views = figure.spec.views
    if isinstance(figure, MotionPath):
        views = views or figure.stops[-1].spec.views
    views = views or ("side",)
    turns = all(v.mirrored if isinstance(v, CornerView) else v != "right_side" for v in views)
    return cameras_for_views(views, mirrored=figure.side == "left" and turns)


def _draw_panel(
    figure: Pose | MotionPath,
    body: list[Shape],
    camera: Camera,
    under: Sequence[Shape] = (),
    over: Sequence[Shape] = (),
    corners: PictureCorners | None = None,
) -> Panel:
    """A body in the room, seen from one side, with marks under and over it.

    A common mistake is crossed out, wherever it is drawn.
    """
    low, high = corners or _find_picture_corners(body, camera, figure)
    room = _draw_room(figure, camera, low, high, body if isinstance(figure, Pose) else ())
    if isinstance(figure, Pose) and figure.is_mistake:
        room += draw_crossing_out((low, high), camera.zoom)
        over = [*over, draw_verdict_border((low, high), camera.zoom, "wrong frame")]
    label = describe_viewpoint(camera, figure.frames)
    body = _with_supports_before_body(figure, camera, (low, high), body)
    return Panel([*room, *under, *body, *over], low, high, label, zoom=camera.zoom)


def _draw_room(
    figure: Pose | MotionPath,
    camera: Camera,
    low: tuple[float, float],
    high: tuple[float, float],
    body: Sequence[Shape] = (),
    frame: int = 0,
) -> list[Shape]:
    """What is seen of the floor and the supports, and in a frame the shadows on them of a body.

    From close by, only the walls are, unless it lies.
    """
    room = _find_room_bounds(figure, camera, (low, high))
    # Which goes no further than to what the head or a hand leans on.
    if camera.is_close_up and low[1] > MAX_LYING_HEIGHT_STATURES:
        walls = tuple(support for support in figure.supports if support.name.startswith("wall"))
        return [*support_shapes.draw_supports(walls, camera, room)]
    below: list[Shape] = []
    on: list[Shape] = []
    if body and camera.looks_from_corner:
        frames = figure.frames.select_rows(np.array([frame]))
        below, on = draw_shadows(frames, figure.supports, camera, body)
    floor = support_shapes.draw_floor(camera, room)
    behind, _ = support_shapes.split_supports_before_body(figure.supports, figure.frames, camera)
    return [*floor, *below, *support_shapes.draw_supports(behind, camera, room), *on]


def _find_room_bounds(
    figure: Pose | MotionPath, camera: Camera, corners: PictureCorners
) -> support_shapes.BoxBounds:
    """The lowest and the highest corner of the room that is seen.

    Other than from a corner, as far as the picture goes, and with no end away from the viewer.
    """
    if camera.looks_from_corner:
        return _find_carpet_bounds(figure)
    (left, bottom), (right, top), far = *corners, OUT_OF_VIEW_EXTENT_STATURES
    ends = np.array([(left, bottom, -far), (right, top, far)]) @ camera.basis
    return ends.min(axis=0), ends.max(axis=0)


def _with_supports_before_body(
    figure: Pose | MotionPath, camera: Camera, corners: PictureCorners, body: list[Shape]
) -> list[Shape]:
    """The body, what hides it from the viewer, and again over each of that what is nearer still."""
    _, before = support_shapes.split_supports_before_body(figure.supports, figure.frames, camera)
    room, drawn = _find_room_bounds(figure, camera, corners), [*body]
    for support in support_shapes.sort_supports_far_to_near(before, camera):
        shapes = [*support_shapes.draw_supports([support], camera, room)]
        far_end = camera.project(np.array(support_shapes.outer_bounds(support)))[:, 2].min()
        nearer = (
            replace(shape, hidden=shape.hidden | (shape.depth < far_end) & ~_is_mark(shape))
            for shape in body
        )
        drawn += [*shapes, *(shape for shape in nearer if not shape.hidden.all())]
    return drawn


def _is_mark(shape: Shape) -> bool:
    """Is it no part of the body, but seen with it wherever it is?"""
    return shape.tone in ("letter", "strap")


def _find_picture_corners(
    body: list[Shape], camera: Camera, figure: Pose | MotionPath, overhang: float = 0.0
) -> PictureCorners:
    """The corners of a picture: the body, what it rests on as far as that is near, and a margin.

    overhang: how far beyond, in a picture that is not enlarged.
    """
    points = np.concatenate([s.path.points.reshape(-1, 2) for s in body])
    low, high = points.min(axis=0), points.max(axis=0)
    margin = BODY_MARGIN_STATURES / camera.zoom
    if camera.looks_from_corner:
        room = np.concatenate(
            [s.path.points for s in _draw_room(figure, camera, low, high)], axis=1
        )
        low, high = np.minimum(low, room[0].min(axis=0)), np.maximum(high, room[0].max(axis=0))
        margin = CORNER_VIEW_MARGIN_STATURES
    elif not camera.is_close_up:
        ends = map(np.array, support_shapes.support_bounds(figure.supports))
        flat = (tuple(np.sort(camera.project(each)[:, :2], axis=0)) for each in ends)
        low, high = _extend_bounds_by_supports(low, high, flat, MAX_SUPPORT_OVERHANG_STATURES)
    low, high = low - margin, high + margin
    if camera.looks_level and not (camera.is_close_up and low[1] > MAX_LYING_HEIGHT_STATURES):
        low[1] = -support_shapes.FLOOR_THICKNESS_STATURES
    low, high = low - overhang / camera.zoom, high + overhang / camera.zoom
    return (low[0], low[1]), (high[0], high[1])


def _find_carpet_bounds(figure: Pose | MotionPath) -> support_shapes.BoxBounds:
    """The lowest and the highest corner of the room that is seen from a corner of it."""
    places = figure.frames.origins.reshape(-1, 3)
    low = places.min(axis=0) - JOINT_TO_CARPET_EDGE_STATURES
    high = places.max(axis=0) + JOINT_TO_CARPET_EDGE_STATURES
    for support in figure.supports:
        overhang = MAX_SUPPORT_OVERHANG_STATURES
        if support.name.startswith("bed"):
            overhang = MAX_BED_OVERHANG_IN_CORNER_VIEW_STATURES
        bounds = support_shapes.support_bounds((support,))
        low, high = _extend_bounds_by_supports(low, high, bounds, overhang)
    low[1], high[1] = 0.0, OUT_OF_VIEW_EXTENT_STATURES
    return low, high


def _extend_bounds_by_supports(
    low: np.ndarray, high: np.ndarray, supports: Iterable[support_shapes.BoxBounds], overhang: float
) -> support_shapes.BoxBounds:
    """Corners that hold supports as well, as far as they are near."""
    for start, end in supports:
        low = np.where(start < low, np.maximum(start, low - overhang), low)
        high = np.where(end > high, np.minimum(end, high + overhang), high)
    return low, high


def _draw_still_block(pose: Pose, for_print: bool = False) -> LayoutBlock:
    """The panels of one posture, with marks where it touches."""
    panels = _draw_pose_panels(pose, cameras_of_figure(pose), for_print, has_marks=True)
    return (
        stack_views_unless_upright(panels, names_views=False)
        if for_print
        else arrange_views(panels)
    )


def _draw_pose_panels(
    pose: Pose, cameras: list[Camera], for_print: bool, has_marks: bool = False
) -> list[Panel]:
    """A posture in each view, in a room of its own; has_marks: shown where it touches."""
    bodies, letters = _draw_bodies_and_letter_texts(pose, cameras, [0], for_print)
    panels = []
    for body, (texts,), each in zip(bodies, letters, cameras, strict=True):
        marks = draw_contact_marks(pose, each) if has_marks else ()
        panels.append(replace(_draw_panel(pose, body, each, *marks), texts=texts))
    return panels


def _draw_bodies_and_letter_texts(
    figure: Pose | MotionPath, cameras: list[Camera], frame_numbers: list[int], for_print: bool
) -> tuple[list[list[Shape]], list[list[list[TextLine]]]]:
    """The body in each view, its L and R among the shapes, or for print as texts.

    The texts are those of each view in each of the chosen frames.
    """
    texts: list[list[list[TextLine]]] = [[[] for _ in frame_numbers] for _ in cameras]
    if not for_print:
        return _draw_bodies_with_side_letters(figure, figure.frames, cameras), texts
    bodies = _draw_bodies_with_straps(figure, figure.frames, cameras)
    if _needs_side_letters(figure, cameras):
        frames = figure.frames.select_rows(np.array(frame_numbers))
        shown = [_select_shape_frames(body, frame_numbers) for body in bodies]
        more = figure, PRINTED_LETTER_OVERHANG_STATURES
        corners = [_find_picture_corners(*p, *more) for p in zip(shown, cameras, strict=True)]
        for size in PRINTED_LETTER_SIZES_UNITS:
            height = size * CAPITAL_HEIGHT_EM / UNITS_PER_STATURE
            drawn = draw_side_letters(frames, cameras, shown, height, corners)
            for lines, letters in zip(texts, drawn, strict=True):
                for letter in letters:
                    points = letter.path.points
                    middles = ((points.min(axis=1) + points.max(axis=1)) / 2).tolist()
                    for k in np.flatnonzero(~letter.hidden):
                        (x, y), text = middles[k], letter.name[0].upper()
                        lines[k].append(TextLine(x, y, text, size, INK_COLOUR))
    return bodies, texts


def _make_text_obstacle(line: TextLine) -> Shape:
    """A square where a letter stands, which no arrow is to cross."""
    half = line.size / UNITS_PER_STATURE / 2
    corners = np.array([(line.x + half * x, line.y + half * y) for x, y in SQUARE_CORNER_SIGNS])
    return Shape("text", "letter", polygon(corners[None]), np.array([-np.inf]))


def _needs_side_letters(figure: Pose | MotionPath, cameras: list[Camera]) -> bool:
    """Whether the sides of a figure differ, or two views of it are read as one."""
    return figure.side is not None or len(cameras) > 1


def _draw_bodies_with_side_letters(
    figure: Pose | MotionPath,
    frames: SegmentFrames,
    cameras: list[Camera],
    breath: np.ndarray | None = None,
    always: bool = False,
) -> list[list[Shape]]:
    """The body in each view, with L and R where they are of use, or always."""
    bodies = _draw_bodies_with_straps(figure, frames, cameras, breath)
    if not (always or _needs_side_letters(figure, cameras)):
        return bodies
    letters = draw_side_letters(frames, cameras, bodies)
    return [[*body, *more] for body, more in zip(bodies, letters, strict=True)]


def _draw_bodies_with_straps(
    figure: Pose | MotionPath,
    frames: SegmentFrames,
    cameras: list[Camera],
    breath: np.ndarray | None = None,
) -> list[list[Shape]]:
    """The body in each view, with the strap that it holds."""
    bodies = [draw_body(frames, each, figure.supports, breath) for each in cameras]
    if figure.strap:
        ends = (point_on_body_or_support(place) for place in figure.strap)
        places = np.stack([frames.point(*end) for end in ends], axis=1)
        no = np.zeros(len(places), dtype=bool)
        for body, each in zip(bodies, cameras, strict=True):
            drawn = each.project(places)[..., :2]
            lines = (polyline(drawn[:, k : k + 2]) for k in range(len(figure.strap) - 1))
            body += [Shape("strap", "strap", line, np.zeros(len(places)), no, no) for line in lines]
    return bodies


def _draw_spine_legend_block() -> LayoutBlock:
    """The regions of the spine by their colours, from the seat to the neck."""
    legend = LayoutBlock(140, 8)
    for region, x in zip(SPINE_COLOUR_BY_REGION, (0, 36, 69, 106), strict=True):
        start = x / UNITS_PER_STATURE
        swatch = polyline(np.array([[(start, 0.03), (start + 0.07, 0.03)]]))
        panel = Panel([make_non_body_shape(region, swatch)], (0, 0), (0.3, 0.08))
        legend.panels.append((panel, 0, 0))
        legend.texts.append(TextLine(x + 9, 1.2, region, 6, INK_COLOUR, "left"))
    return legend


def _draw_strip_blocks(path: MotionPath) -> list[LayoutBlock]:
    """The frames of a motion, evenly spaced, or the stops of a long one, with their letters."""
    seen = cameras_of_figure(path)
    if _is_drawn_stop_by_stop(path):
        stops = (path.stops[k] for k in _choose_different_stop_indices(path, seen))
        columns = [_draw_pose_panels(pose, seen, for_print=False) for pose in stops]
    else:
        columns = _draw_frame_panels(path, _choose_strip_frames(path, seen), seen)
    blocks = map(stack_views_unless_upright, columns)
    return [replace(block, letter=chr(ord("a") + k)) for k, block in enumerate(blocks)]


def _is_drawn_stop_by_stop(path: MotionPath) -> bool:
    return len(path.stops) > MAX_STOPS_FOR_EVENLY_SPACED_FRAMES and not path.spec.loop


def _draw_frame_panels(
    path: MotionPath, frames: list[int], cameras: list[Camera], for_print: bool = False
) -> list[list[Panel]]:
    """Some frames of a motion, each in all views, at one place, the way in the last one."""
    bodies, letters = _draw_bodies_and_letter_texts(path, cameras, frames, for_print)
    corners = [_find_picture_corners(*pair, path) for pair in zip(bodies, cameras, strict=True)]
    rooms = {}
    for each, body, corner, texts in zip(cameras, bodies, corners, letters, strict=True):
        shapes = [*_select_shape_frames(body, frames[-1:]), *map(_make_text_obstacle, texts[-1])]
        rooms[each] = ArrowCostMap(shapes, _draw_room(path, each, *corner), each, corner)
    views = [
        _draw_strip_panels(path, frames, each, body, rooms, texts)
        for each, body, texts in zip(cameras, bodies, letters, strict=True)
    ]
    return [[*panels] for panels in zip(*views, strict=True)]


def _choose_strip_frames(path: MotionPath, cameras: list[Camera]) -> list[int]:
    """As many evenly spaced frames as look different, at least two; a loop ends where it began.

    Of an exercise of one's own, the postures on the way are among them, and its loop shows these.
    """
    frames: list[int] = []
    own = any(isinstance(stop.spec, OwnPostureSpec) for stop in path.stops[1:-1])
    if own:
        places = range(len(path.stops))
        shown = _choose_different_stop_indices(path, cameras) if path.spec.loop else places
        frames = [path.stop_frame_indices[k] for k in shown]
        if path.spec.loop:
            return frames
        while len(frames) < MAX_EVENLY_SPACED_FRAMES:
            widest = int(np.argmax(np.diff(frames)))
            frames.insert(widest + 1, (frames[widest] + frames[widest + 1]) // 2)
        return frames
    for count in range(MAX_EVENLY_SPACED_FRAMES, 1, -1):
        steps = np.linspace(0, len(path.numbers) - 1, count + path.spec.loop)[:count]
        frames = [round(k) for k in steps]
        chosen = path.frames.select_rows(np.array(frames))
        if _do_neighbouring_frames_differ(chosen, path, cameras).all():
            break
    return frames


def _do_neighbouring_frames_differ(
    frames: SegmentFrames, path: MotionPath, cameras: list[Camera]
) -> np.ndarray:
    """Is each of B frames to be told from the one before? (B - 1,)"""
    changes = round_off_last_digits(silhouette_change_shares(frames, path.supports, cameras))
    return np.asarray(changes >= MIN_SILHOUETTE_CHANGE_SHARE_IN_STRIP)


def _choose_different_stop_indices(path: MotionPath, cameras: list[Camera]) -> list[int]:
    """The places of the stops in which one rests; one that looks as the one before is left out.

    So is what a loop comes back to. A loop of one's own shows all its other stops, as the side for
    which it is written and then the other one.
    """
    rests = [k for k, pose in enumerate(path.stops) if not pose.spec.passing]
    if path.spec.loop:
        rests = sorted({path.stops[k].numbers.tobytes(): k for k in reversed(rests)}.values())
        if any(isinstance(path.stops[k].spec, OwnPostureSpec) for k in rests):
            return rests
    frames = path.frames.select_rows(np.array(path.stop_frame_indices)[rests])
    found = [True, *_do_neighbouring_frames_differ(frames, path, cameras)]
    found[-1] = True
    return list(compress(rests, found))


def _draw_strip_panels(
    path: MotionPath,
    frame_numbers: list[int],
    camera: Camera,
    body: list[Shape],
    cost_maps: dict[Camera, ArrowCostMap],
    letters: list[list[TextLine]],
) -> list[Panel]:
    """The frames of a strip in one view, at one place, with texts; the last shows the way."""
    low, high = cost_maps[camera].corners
    label = describe_viewpoint(camera, path.frames)
    frames = [_select_shape_frames(body, [k]) for k in frame_numbers]
    shaded = [*zip(frames, frame_numbers, strict=True)]
    tops = [high[1]] * len(frames)
    if len(cost_maps) == 1:
        tops = [_find_picture_corners(shapes, camera, path)[1][1] for shapes in frames]
    panels = []
    for shades, shapes, top, texts in zip(shaded, frames, tops, letters, strict=True):
        shown = _with_supports_before_body(path, camera, (low, high), shapes)
        drawn = [*_draw_room(path, camera, low, high, *shades), *shown]
        panels.append(Panel(drawn, low, (high[0], top), label, texts, camera.zoom))
    marks, texts = draw_motion_marks(path, camera, cost_maps)
    if marks:  # the last panel has room for them
        points = np.concatenate([mark.path.points[0] for mark in marks])
        margin = BODY_MARGIN_STATURES / 2 / camera.zoom
        x0, y0 = np.minimum(low, points.min(axis=0) - margin).tolist()
        x1, y1 = np.maximum((high[0], tops[-1]), points.max(axis=0) + margin).tolist()
        room = _draw_room(path, camera, (x0, y0), (x1, y1), *shaded[-1])
        shown = _with_supports_before_body(path, camera, ((x0, y0), (x1, y1)), frames[-1])
        shapes = [*room, *shown, *marks]
        texts += letters[-1]
        panels[-1] = Panel(shapes, (x0, y0), (x1, y1), label, texts, camera.zoom)
    return panels


def _select_shape_frames(body: list[Shape], frame_numbers: list[int]) -> list[Shape]:
    """The shapes of some frames alone, those that are seen in one of them."""
    return [
        replace(
            shape,
            path=shape.path._replace(points=shape.path.points[frame_numbers]),
            depth=np.broadcast_to(shape.depth, (len(shape.path.points),))[frame_numbers],
            hidden=shape.hidden[frame_numbers],
        )
        for shape in body
        if not shape.hidden[frame_numbers].all()
    ]
