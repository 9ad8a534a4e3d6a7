"""A body seen from one side: frames to shapes, sorted from far to near.

Shapes keep their number, order and points in all frames of a motion, so that a browser can move
between them.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from backcare_nb.body.skeleton import SIDES, Frames, body
from backcare_nb.body.stable_math import TIE, first_largest
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import View
from backcare_nb.figures.depth_order import SPINE, TRUNK, far_to_near
from backcare_nb.figures.head import head
from backcare_nb.figures.outlines import Outline
from backcare_nb.figures.shape import FORE, STEP, Eye, Shape

PIECES = (
    *("thigh", "seat", "shank", "foot", "upper_arm", "sleeve", "forearm", "thumb", "hand"),
    *("ear", "eye"),
)
BODY = (
    *(f"{side} {piece}" for side in SIDES for piece in PIECES),
    *(f"{region}{bone}" for region in SPINE for bone in ("", " bone")),
    *(*TRUNK, "neck", "throat", "head", "face", "jaw", "nose", "nose behind"),
)
LOWER = {"thigh", "shank", "foot", "hips", "seat", "sacrum", "lumbar"}  # not seen from close by
WAIST, CHEST = 2, 5  # the lowest section of the trunk under the shirt, from afar and from close by
# Fractions of stature:
THICK = 0.028  # half height of a section of the trunk, seen from its edge
RISE = 0.009  # how far the belly comes forward with a breath, and as much again its middle
LENGTHWISE = (1, 2, 1)  # what a length counts for, forwards, upwards and across
RIM = 0.0045  # the pale edge of a shape, to each side of its outline
NECK = (0.033, 0.026)  # radii at its ends
THROAT = (-0.016, 0.012)  # from below the edge of the hair to above it, along the neck
ALONG = 0.6  # share of the neck's length towards the viewer from which it is seen along its axis
FAR = 0.055  # by which one of a pair is behind the other to be drawn far


def shapes(frames: Frames, view: View, breath: np.ndarray | None = None) -> list[Shape]:
    """The body's shapes in one view, far to near; breath (B,): 0 breathed out, 1 breathed in."""
    eye = Eye(body(), view.seen(frames), breath)
    made = far_to_near([*_limbs(eye, view.level), *_trunk(eye, view.close)], len(frames.origins))
    return _close(made, view) if view.close else made


def _close(shapes: list[Shape], view: View) -> list[Shape]:
    """What is seen from close by; from behind, thumbs that press on the neck lie over all else."""
    seen = [s for s in shapes if not LOWER.intersection(s.name.split())]
    return sorted(seen, key=lambda s: view.name == "back_close" and s.name.endswith("thumb"))


def _limbs(eye: Eye, level: bool) -> Iterator[Shape]:
    """Legs and arms; seen level, one that lies behind its fellow has the far tone."""
    for made in (_leg, _arm):
        left, right = ([*made(eye, side)] for side in SIDES)
        gap = _depth(left) - _depth(right) if level else 0.0
        yield from map(_far, left) if gap < -FAR else left
        yield from map(_far, right) if gap > FAR else right


def _depth(shapes: list[Shape]) -> float:
    return float(np.mean([s.depth.mean() for s in shapes]))


def _far(shape: Shape) -> Shape:
    return replace(shape, tone=f"{shape.tone} far")


def _leg(eye: Eye, side: str):
    yield _tapered(eye, f"{side} thigh", "trousers", parent=None)
    yield _tapered(eye, f"{side} shank", "trousers", parent=f"{side} thigh")
    yield _foot(eye, side)


def _arm(eye: Eye, side: str):
    yield _tapered(eye, f"{side} upper_arm", "skin", parent=None)
    yield _sleeve(eye, side)
    yield _tapered(eye, f"{side} forearm", "skin", parent=f"{side} upper_arm")
    yield _thumb(eye, side)
    yield _hand(eye, side)


def _tapered(eye: Eye, name: str, tone: str, parent: str | None) -> Shape:
    centres, radii = eye.spheres(name)
    closed = _end_on(eye, parent or name).any()
    path = outlines.limb(centres[..., :2], radii, closed)
    return Shape(name, tone, path, centres[..., 2].mean(axis=1) + FORE)


def _end_on(eye: Eye, name: str) -> np.ndarray:
    """In which frames (B,) a limb comes towards the viewer, so that its near end must show."""
    centres, _ = eye.spheres(name)
    way = centres[:, -1] - centres[:, 0]
    short = np.linalg.norm(way[:, :2], axis=1) < 0.5 * np.linalg.norm(way, axis=1) - TIE
    return short & (way[:, 2] > 0)


def _sleeve(eye: Eye, side: str) -> Shape:
    centres = eye.points(f"{side} upper_arm", [(0, 0, 0), (0, -0.075, 0)])
    closed = _end_on(eye, f"{side} upper_arm").any()
    path = outlines.limb(centres[..., :2], np.array([0.029, 0.031]), closed)
    return Shape(f"{side} sleeve", "sleeve", path, centres[..., 2].mean(axis=1) + FORE)


def _foot(eye: Eye, side: str) -> Shape:
    ankle, radii = eye.spheres(f"{side} foot")
    sites = [eye.site(f"{side} {s}") for s in ("ball_inner", "ball_outer", "heel")]
    toes = eye.points(f"{side} foot", [(0.108, -0.029, z) for z in (-0.012, 0.008)])
    centres = np.concatenate([ankle[:, 1:2], *[c[:, None] for c, _ in sites], toes], axis=1)
    sizes = np.array([radii[1], *[r for _, r in sites], 0.011, 0.009])
    path = _ball_hull(eye, f"{side} foot", centres, sizes, 11)
    return Shape(f"{side} foot", "skin", path, centres[..., 2].mean(axis=1) - 0.02)


def _hand(eye: Eye, side: str) -> Shape:
    palm = [eye.site(f"{side} {s}") for s in ("palm_heel", "palm_inner", "palm_outer")]
    fingers = eye.points(f"{side} fingers", [(0, -0.03, -0.013), (0, -0.03, 0.011), (0, -0.05, 0)])
    centres = np.concatenate([*[c[:, None] for c, _ in palm], fingers], axis=1)
    sizes = np.array([*[r for _, r in palm], 0.01, 0.01, 0.009])
    path = _ball_hull(eye, f"{side} palm", centres, sizes, 10)
    return Shape(f"{side} hand", "skin", path, centres[..., 2].mean(axis=1) + FORE)


def _thumb(eye: Eye, side: str) -> Shape:
    centres, radii = eye.spheres(f"{side} thumb")
    path = outlines.limb(centres[..., :2], radii, closed=False)
    return Shape(f"{side} thumb", "skin", path, centres[..., 2].mean(axis=1) + FORE)


def _ball_hull(eye: Eye, segment: str, centres, sizes, count: int) -> Outline:
    circles = np.broadcast_to(sizes[:, None, None] ** 2 * np.eye(2), (*centres.shape[:2], 2, 2))
    return outlines.hull(centres[..., :2], circles, eye.lead(segment), count)


def _trunk(eye: Eye, close: bool):
    hips = _hips(eye)
    yield hips
    for side in SIDES:
        hidden = _end_on(eye, f"{side} thigh")
        yield replace(hips, name=f"{side} seat", tone="seat", hidden=hidden)
    yield _shirt(eye, CHEST if close else WAIST)
    yield _neck(eye)
    yield _throat(eye)
    yield from _spine(eye)
    yield from head(eye)


def _sections(eye: Eye, chosen: slice) -> tuple[np.ndarray, np.ndarray]:
    """Sections of the trunk as flat ellipsoids: centres (B, K, 3), half axes (B, K, 3, 3)."""
    made = [_section(eye, s) for s in eye.body.table.sections[chosen]]
    return np.stack([c for c, _ in made], axis=1), np.stack([a for _, a in made], axis=1)


def _section(eye: Eye, section) -> tuple[np.ndarray, np.ndarray]:
    half = np.array([section.depth, THICK, section.width])
    centre, turn = eye.points(section.segment, section.at)[:, 0], eye.turn(section.segment)
    rise = RISE * eye.breath if section.segment.startswith("lumbar") else 0 * eye.breath
    swollen = turn * half + rise[:, None, None] * turn * (1, 0, 0)
    return centre + rise[:, None] * turn[:, :, 0], swollen


def _flat(axes: np.ndarray) -> np.ndarray:
    """Half axes (..., 3, 3) as the squared shape of the ellipse that is seen (..., 2, 2)."""
    flat = axes[..., :2, :]
    return flat @ np.swapaxes(flat, -1, -2)


def _balls(centres: np.ndarray, radius: float) -> np.ndarray:
    return np.broadcast_to(radius**2 * np.eye(2), (*centres.shape[:2], 2, 2))


def _hips(eye: Eye) -> Shape:
    centres, axes = _sections(eye, slice(0, 3))
    joints = np.concatenate([eye.points(f"{s} thigh", (0, 0, 0)) for s in SIDES], axis=1)
    path = outlines.soft_hull(
        np.concatenate([centres, joints], axis=1)[..., :2],
        np.concatenate([_flat(axes), _balls(joints, 0.05)], axis=1),
        eye.lead("pelvis"),
        10,
    )
    return Shape("hips", "trousers", path, centres[..., 2].mean(axis=1))


def _shirt(eye: Eye, lowest: int) -> Shape:
    """The shirt from one of the trunk's sections up."""
    centres, axes = _between(*_sections(eye, slice(lowest, 9)), 3)
    top = eye.points("thoracic_5", (0.02, 0.012, 0))
    tips = np.stack([eye.points(f"{s} upper_arm", (0, 0, 0))[:, 0] for s in SIDES], axis=1)
    yoke = np.concatenate([top + t * (tips - top) for t in (0.4, 0.7, 1.0)], axis=1)
    all_centres = np.concatenate([centres, yoke], axis=1)
    squares = np.concatenate([_flat(axes), _balls(yoke, 0.029)], axis=1)
    ends = (0, centres.shape[1] - 1)
    path = outlines.silhouette(all_centres[..., :2], squares, _long_axis(eye), ends, 10)
    return Shape("shirt", "shirt", path, centres[..., 2].mean(axis=1))


def _between(centres, axes, count: int):
    """Sections with more between them."""
    steps = np.linspace(0, centres.shape[1] - 1, (centres.shape[1] - 1) * count + 1)
    low = np.minimum(steps.astype(int), centres.shape[1] - 2)
    share = steps - low
    blend = [(1 - share)[:, None], share[:, None]]
    more = centres[:, low] * blend[0] + centres[:, low + 1] * blend[1]
    turned = axes[:, low] * blend[0][..., None] + axes[:, low + 1] * blend[1][..., None]
    return more, turned


def _long_axis(eye: Eye) -> np.ndarray:
    """The trunk's axis (B, 2) that is least foreshortened in all frames, if possible upwards."""
    axes = eye.turn("thoracic_1")[:, :2]
    lengths = np.linalg.norm(axes, axis=1).min(axis=0)
    return axes[:, :, first_largest(lengths * LENGTHWISE)]


def _neck(eye: Eye) -> Shape:
    base, top = _neck_ends(eye)
    path = outlines.limb(np.stack([base, top], axis=1)[..., :2], np.array(NECK), closed=False)
    depth = np.minimum((base + top)[:, 2] / 2, _hair(eye) - 2 * STEP)
    return Shape("neck", "neck", path, depth)


def _throat(eye: Eye) -> Shape:
    """The neck's skin once more, where the edge of the hair would cut it.

    Seen along the neck there is no such place: the head covers the neck, or the trunk does.
    """
    base, top = _neck_ends(eye)
    way, length = top - base, np.linalg.norm(top - base, axis=1)
    enters = _enters(eye, base, way)
    start, end = ((base + ((enters + by / length) * way.T).T)[:, :2] for by in THROAT)
    across = outlines.perpendicular(end - start) * (np.mean(NECK) - RIM)
    path = outlines.polygon(
        np.stack([start + across, end + across, end - across, start - across], axis=1)
    )
    along = np.abs(way[:, 2]) > ALONG * length - TIE
    return Shape("throat", "throat", path, _hair(eye) + STEP / 4, along)


def _neck_ends(eye: Eye) -> list[np.ndarray]:
    """Where the neck begins and ends, (B, 3) each."""
    ends = ("thoracic_5", (0.01, 0.01, 0)), ("head", (0.0, 0.012, 0))
    return [eye.points(*end)[:, 0] for end in ends]


def _hair(eye: Eye) -> np.ndarray:
    """The depth (B,) at which the head is drawn."""
    return eye.points("head", eye.body.table.head.centre)[:, 0, 2] + FORE


def _enters(eye: Eye, start: np.ndarray, way: np.ndarray) -> np.ndarray:
    """The share (B,) of a way (B, 3) at which it enters the head."""
    turn, head = eye.turn("head"), eye.body.table.head
    centre = eye.points("head", head.centre)[:, 0]
    at, step = (np.einsum("bji,bj->bi", turn, v) / head.half for v in (start - centre, way))
    a, b, c = ((x * y).sum(axis=1) for x, y in ((step, step), (at, step), (at, at)))
    return (-b - np.sqrt(np.maximum(b * b - a * (c - 1), 0))) / a


def _spine(eye: Eye):
    """Each region as a pale line, and its vertebrae as dashes on it."""
    for region, points in _vertebrae(eye):
        path, depth = outlines.polyline(points[..., :2]), points[..., 2].mean(axis=1)
        yield Shape(f"{region} bone", "bone", path, depth)
        yield Shape(region, region, path, depth)


def _vertebrae(eye: Eye):
    """The spine's regions from the tail up, as points (B, K, 3)."""
    tail = [(-0.036, -0.036, 0), (-0.05, -0.016, 0), (-0.056, 0.012, 0), (-0.049, 0.048, 0)]
    yield "sacrum", eye.points("pelvis", tail)
    regions = {"lumbar": 4, "thoracic": 5, "cervical": 4}
    ends = {"lumbar": "thoracic_1", "thoracic": "cervical_1", "cervical": "head"}
    for region, links in regions.items():
        segments = [*(f"{region}_{k + 1}" for k in range(links)), ends[region]]
        yield region, np.concatenate([eye.points(s, (0.002, 0, 0)) for s in segments], axis=1)


def swatch(region: str, x: float, y: float) -> list[Shape]:
    """A piece of spine for a legend, 0.07 long, beginning at (x, y)."""
    line = outlines.polyline(np.array([[(x, y), (x + 0.07, y)]]))
    return [Shape(region, region, line, np.zeros(1))]
