"""What is drawn beside the body: arrows, the angle that is taught, and where a posture touches."""

from collections.abc import Mapping

import numpy as np

from backcare_nb.body.skeleton import body, mirror_name
from backcare_nb.figures import outlines
from backcare_nb.figures.arrows import (
    POINTS_PER_ARROW_LINE,
    Arrow,
    ArrowCostMap,
    PictureCorners,
    place_arrows,
    project_site_trajectory,
)
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.drawing import TextLine
from backcare_nb.figures.palette import INK_COLOUR
from backcare_nb.figures.projection import Shape, make_non_body_shape
from backcare_nb.posture.contacts import split_contacts_by_site, split_site_verb_and_place
from backcare_nb.posture.motion import MotionPath
from backcare_nb.posture.pose import Pose

# Fractions of stature, in a picture that is not enlarged.
ANGLE_ARC_RADIUS_STATURES = 0.37  # of the arc of an angle
CROSSING_OUT_BAR_HALF_WIDTH_STATURES = 0.017  # of its bars
VERDICT_BORDER_INSET_STATURES = 0.012  # of the frame of a posture that is judged
CONTACT_SHADE_HALF_SIZE_STATURES = (0.026, 0.007)  # half width and half height of a shade
CONTACT_DOT_RADIUS_STATURES = 0.011

SITES_THAT_PRESS = ("thumb", "knuckles")  # others lie where they touch, and a dot would say: press


def draw_contact_marks(pose: Pose, camera: Camera) -> tuple[list[Shape], list[Shape]]:
    """Draw shades below the body under what rests, and dots over it where a hand presses."""
    under, over = [], []
    for words in split_contacts_by_site(pose.spec.contacts):
        what, verb, _ = split_site_verb_and_place(words)
        site = what.removeprefix("either ")
        if site not in body().sites:
            continue
        x, y = camera.project(pose.point(site))[:2]
        if verb == "on" and camera.looks_level and not camera.is_close_up:
            half_axes = np.diag([*CONTACT_SHADE_HALF_SIZE_STATURES, 1.0])
            shade = outlines.ellipsoid_outline(half_axes[None])
            at = np.array([x, y - body().sites[site][2] - 0.003])
            under.append(make_non_body_shape("shade", shade._replace(points=shade.points + at)))
        elif verb == "at" and site.endswith(SITES_THAT_PRESS):
            dot = outlines.circle((x, y), CONTACT_DOT_RADIUS_STATURES)
            over.append(make_non_body_shape("touch", dot))
    return under, over


def draw_crossing_out(corners: PictureCorners, zoom: float) -> list[Shape]:
    """Draw two bars from corner to corner, for behind a body that nobody is to copy."""
    (x0, y0), (x1, y1) = (np.array(corner) for corner in corners)
    half = CROSSING_OUT_BAR_HALF_WIDTH_STATURES / zoom
    bars = []
    for start, end in (((x0, y0), (x1, y1)), ((x0, y1), (x1, y0))):
        line = np.array([start, end])
        aside = half * outlines.left_unit_normals(line[1:] - line[:1])
        bar = np.concatenate([line + aside, (line - aside)[::-1]])
        bars.append(make_non_body_shape("cross", outlines.polygon(bar[None])))
    return bars


def draw_verdict_border(corners: PictureCorners, zoom: float, tone: str) -> Shape:
    """Draw a frame inside the corners of a picture."""
    inset = VERDICT_BORDER_INSET_STATURES / zoom
    (x0, y0), (x1, y1) = np.add(corners, [[inset], [-inset]])
    edges = np.array([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)]])
    return make_non_body_shape(tone, outlines.polygon(edges))


def draw_motion_marks(
    path: MotionPath, camera: Camera, rooms: Mapping[Camera, ArrowCostMap]
) -> tuple[list[Shape], list[TextLine]]:
    """Draw the arrows of a motion in one of its views, and the words with them.

    An angle that is taught has an arc for its first arrow. rooms: of all its views.
    """
    same = path.side == path.written_side
    sites = [site if same else mirror_name(site) for site in path.spec.arrows]
    shapes: list[Shape] = []
    texts: list[TextLine] = []
    if path.spec.angle and sites and camera.name in ("feet", "front"):
        shapes, texts = _draw_angle_arc(path, sites.pop(0), camera)
    shapes += [arrow.draw_shape() for arrow in place_arrows(path, sites, camera, rooms)]
    return shapes, texts


def _draw_angle_arc(
    path: MotionPath, site: str, camera: Camera
) -> tuple[list[Shape], list[TextLine]]:
    """An arc from upright to where the motion ends, seen true, with its degrees."""
    taught = path.spec.angle
    assert taught
    pelvis = path.stops[-1].frames.origins[0, body().index["pelvis"]]
    centre = camera.project(pelvis)[:2]
    hand = np.sign(project_site_trajectory(path, site, camera)[-1, 0] - centre[0])

    def on_arc(degrees: np.ndarray) -> np.ndarray:
        turn = np.radians(hand * degrees)
        return centre + ANGLE_ARC_RADIUS_STATURES * np.stack([np.sin(turn), np.cos(turn)], axis=-1)

    line = on_arc(np.linspace(taught.start, taught.end, POINTS_PER_ARROW_LINE))
    start, middle, end = 1.13 * (line[[0, POINTS_PER_ARROW_LINE // 2, -1]] - centre) + centre
    ways = (outlines.polyline(np.array([[centre, to]])) for to in (start, end))
    rays = [make_non_body_shape("angle ray", way) for way in ways]
    degrees = f"{abs(taught.end - taught.start):g}°"
    text = TextLine(middle[0], middle[1], degrees, 6.5, INK_COLOUR)
    return [*rays, Arrow(line, camera.zoom).draw_shape()], [text]
