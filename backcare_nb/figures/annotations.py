"""What is drawn beside the body: arrows, the angle that is taught, and where a posture touches."""

from collections.abc import Iterator

import numpy as np

from backcare_nb.body.skeleton import body, mirrored
from backcare_nb.body.stable_math import TIE_TOLERANCE
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.projection import Shape, scenery_shape
from backcare_nb.posture.contacts import contacts_per_site, split_contact
from backcare_nb.posture.motion import MotionPath
from backcare_nb.posture.pose import Pose

# Fractions of stature, in a picture that is not enlarged.
ARROW_OFFSET_STATURES = 0.05  # between an arrow and the body
MIN_ARROW_STATURES = 0.06  # a shorter way gets no arrow
ARROW_HEAD_STATURES = 0.04
ANGLE_ARC_RADIUS_STATURES = 0.36  # of the arc of an angle
LOOP_ARROW_MIN_RADIUS_STATURES = 0.07  # of the arrow of a loop
MIN_SHARE_OF_WAY_SEEN = 0.75  # of a movement that a view shows where it carries its arrow too
EDGE_ON_LOOP_FLATTENING = (
    0.35  # a round seen from its edge is drawn as if looked at from a little above
)
CONTACT_SHADE_HALF_SIZE = (0.026, 0.007)  # half width and half height of a shade
CONTACT_DOT_RADIUS = 0.011

PlacedText = tuple[float, float, str]  # x, y, text


def draw_contact_marks(pose: Pose, camera: Camera) -> tuple[list[Shape], list[Shape]]:
    """Draw shades below the body under what rests, and dots over it where a hand or foot holds."""
    under, over = [], []
    for words in contacts_per_site(pose.spec.contacts):
        what, verb, _ = split_contact(words)
        site = what.removeprefix("either ")
        if site not in body().sites:
            continue
        x, y = camera.project(pose.point(site))[:2]
        if verb == "on" and camera.looks_level and not camera.is_close_up:
            shade = outlines.ellipse(np.diag([*CONTACT_SHADE_HALF_SIZE, 1.0])[None])
            at = np.array([x, y - body().sites[site][2] - 0.003])
            under.append(scenery_shape("shade", shade._replace(points=shade.points + at)))
        elif verb == "at":
            over.append(scenery_shape("touch", outlines.circle((x, y), CONTACT_DOT_RADIUS)))
    return under, over


def motion_marks(
    path: MotionPath, camera: Camera, cameras: list[Camera]
) -> tuple[list[Shape], list[PlacedText]]:
    """Draw the arrows of a motion in one of its views, and the words with them.

    A movement has its arrow in the view that shows it best, and where it is hardly foreshortened.
    An angle that is taught has an arc for its arrow.
    """
    same = path.side == path.written_side
    sites = [site if same else mirrored(site) for site in path.spec.arrows]
    if path.spec.angle and sites and camera.name in ("feet", "front"):
        return _angle_arc(path, sites[0], camera)
    return [shape for site in sites for shape in _arrow(path, site, camera, cameras)], []


def _angle_arc(path: MotionPath, site: str, camera: Camera) -> tuple[list[Shape], list[PlacedText]]:
    """An arc from upright to where the motion ends, seen true, with its degrees."""
    taught = path.spec.angle
    assert taught
    pelvis = path.stops[-1].frames.origins[0, body().index["pelvis"]]
    centre = camera.project(pelvis)[:2]
    hand = np.sign(_projected_way(path, site, camera)[-1, 0] - centre[0])

    def on_arc(degrees: float) -> np.ndarray:
        turn = np.radians(hand * degrees)
        return centre + ANGLE_ARC_RADIUS_STATURES * np.array([np.sin(turn), np.cos(turn)])

    arc = np.array([on_arc(turn) for turn in np.linspace(taught.start, taught.end, 9)])
    ends = [centre + 1.15 * (on_arc(turn) - centre) for turn in (taught.start, taught.end)]
    rays = [
        scenery_shape("angle ray", outlines.polyline(np.array([[centre, end]]))) for end in ends
    ]
    x, y = centre + 1.13 * (on_arc((taught.start + taught.end) / 2) - centre)
    degrees = f"{abs(taught.end - taught.start):g}°"
    return [*rays, *_headed_curve(arc, camera)], [(x, y, degrees)]


def _arrow(path: MotionPath, site: str, camera: Camera, cameras: list[Camera]) -> Iterator[Shape]:
    way = _projected_way(path, site, camera)
    best = max(_way_length(_projected_way(path, site, each)) for each in cameras)
    true_length = MIN_SHARE_OF_WAY_SEEN * _way_length(_site_points(path, site))
    least = max(MIN_ARROW_STATURES / camera.zoom, min(true_length, best))
    if _way_length(way) >= least - TIE_TOLERANCE:
        curve = _loop_curve(path, site, camera) if path.spec.loop else _bowed_way(path, way, camera)
        yield from _headed_curve(curve, camera)


def _headed_curve(nodes: np.ndarray, camera: Camera) -> Iterator[Shape]:
    """A curve through nodes (N, 2) with a head at its end."""
    tip = nodes[-1] - nodes[-2]
    tip = ARROW_HEAD_STATURES / camera.zoom * tip / np.linalg.norm(tip)
    across = 0.5 * np.array([-tip[1], tip[0]])
    end, base = nodes[-1] + 0.4 * tip, nodes[-1] - 0.6 * tip
    line = np.concatenate([nodes[:-1], [nodes[-1] - 0.4 * tip]])
    yield scenery_shape("arrow", outlines.curve(line[None]))
    head = outlines.polygon(np.array([[end, base + across, base - across]]))
    yield scenery_shape("arrow head", head)


def _loop_curve(path: MotionPath, site: str, camera: Camera) -> np.ndarray:
    """Most of a round, made large enough to see."""
    x, y, near = camera.project(_site_points(path, site)).T
    way = np.stack([x, y - EDGE_ON_LOOP_FLATTENING * (near - near.mean())], axis=1)
    nodes = outlines.spaced_points(way, np.linspace(0.0, 0.85, 9))
    centre = way.mean(axis=0)
    reach = np.linalg.norm(way - centre, axis=1).max()
    return centre + (nodes - centre) * max(
        1.0, LOOP_ARROW_MIN_RADIUS_STATURES / camera.zoom / reach
    )


def _bowed_way(path: MotionPath, way: np.ndarray, camera: Camera) -> np.ndarray:
    """One even bow from the start by the middle to the end of a way, pushed out from the body."""
    start, half, end = outlines.spaced_points(way, np.linspace(0.04, 0.96, 3))
    t = np.linspace(0, 1, 7)[:, None]
    bow = start * (1 - t) * (1 - 2 * t) + half * 4 * t * (1 - t) + end * t * (2 * t - 1)
    trunk = path.frames.origins[:, [body().index[s] for s in ("pelvis", "lumbar_4", "head")]]
    out = half - camera.project(trunk)[..., :2].mean(axis=(0, 1))
    return bow + ARROW_OFFSET_STATURES / camera.zoom * out / max(np.linalg.norm(out), 1e-6)


def _way_length(way: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())


def _site_points(path: MotionPath, site: str) -> np.ndarray:
    """Where a site is in each frame, (K, 3)."""
    return path.frames.point(*body().sites[site][:2])


def _projected_way(path: MotionPath, site: str, camera: Camera) -> np.ndarray:
    return camera.project(_site_points(path, site))[:, :2]
