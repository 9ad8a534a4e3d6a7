"""Shadows straight below the body, seen from a corner: they tell what rests from what is lifted."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.path import Path

from backcare_nb.body.skeleton import SIDES, SegmentFrames, body
from backcare_nb.body.stable_math import round_off_last_digits
from backcare_nb.body.supports import BoxPart, Support
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.palette import PAINT_STYLE_BY_TONE
from backcare_nb.figures.projection import Shape, make_non_body_shape
from backcare_nb.figures.support_shapes import support_kind

SHADOW_CASTING_LIMBS = ("thigh", "shank", "foot", "upper_arm", "forearm", "palm")
TRUNK_CORNER_SEGMENTS = (
    *("left thigh", "right thigh", "left upper_arm", "right upper_arm", "lumbar_4"),
)
SURFACE_TONE_BY_SUPPORT_KIND = {
    "bed": "mattress",
    "chair": "wood",
    "stool": "wood",
    "cushion": "cloth",
}
CORNERS_PER_SHADOW = 6  # of a limb's or the trunk's
# Fractions of stature:
TRUNK_SPHERE_RADII_STATURES = (0.05, 0.05, 0.03, 0.03, 0.06)
HEAD_SPHERE_RADIUS_STATURES = 0.05
MAX_HEIGHT_OVER_SHADOW_STATURES = 0.3  # over a surface: what is higher throws none on it
FLESH_DEPTH_ON_SURFACE_STATURES = 0.02  # by which flesh gives way


class LevelSurface(NamedTuple):
    """A level surface between two corners (x, z), at a height: a floor has no end."""

    tone: str
    height: float
    low: np.ndarray
    high: np.ndarray


def draw_shadows(
    frames: SegmentFrames, supports: tuple[Support, ...], camera: Camera, shapes: Sequence[Shape]
) -> tuple[list[Shape], list[Shape]]:
    """Draw the shadows of a body in one posture: those on the floor, and those on supports.

    shapes: the body as it is drawn; what it covers of its shadow is left out.
    """
    floor = LevelSurface("carpet", 0.0, np.full(2, -np.inf), np.full(2, np.inf))
    tops = [*_support_tops(supports)]
    solids = [*_body_spheres(frames)]
    above = [s for s in solids if not any(_are_over_surface(*s, top).all() for top in tops)]
    thrown = [(s, floor) for s in above]
    thrown += [(s, top) for top in tops for s in solids if _are_over_surface(*s, top).any()]
    paths = (shape.path for shape in shapes if PAINT_STYLE_BY_TONE[shape.tone].fill)
    filled = [Path(path.points[0], path.codes) for path in paths]
    found: tuple[list[Shape], list[Shape]] = [], []
    for solid, surface in thrown:
        if _is_near_surface(*solid, surface):
            shadow = _draw_shadow(*solid, surface, camera)
            corners = round_off_last_digits(shadow.path.points[0])
            covered = np.zeros(len(corners), dtype=bool)
            for path in filled:
                covered |= path.contains_points(corners)
            if not covered.all():
                found[surface is not floor].append(shadow)
    return found


def _support_tops(supports: tuple[Support, ...]) -> Iterator[LevelSurface]:
    """The upper sides of the blocks on which one lies or sits."""
    for support in supports:
        tone = SURFACE_TONE_BY_SUPPORT_KIND.get(support_kind(support.name))
        for part in support.parts:
            if tone and isinstance(part, BoxPart):
                low, high = np.array(part.low), np.array(part.high)
                yield LevelSurface(tone, high[1], low[[0, 2]], high[[0, 2]])


def _body_spheres(frames: SegmentFrames) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Balls whose hulls are the limbs, the trunk and the head: centres (K, 3) and radii (K,)."""
    for side in SIDES:
        for name in SHADOW_CASTING_LIMBS:
            segment, balls = body().limb_spheres[f"{side} {name}"]
            ends = balls[[0, -1]]
            yield frames.points(np.full(2, segment), ends[:, :3])[0], ends[:, 3]
    trunk = [body().index[name] for name in TRUNK_CORNER_SEGMENTS]
    yield frames.origins[0, trunk], np.array(TRUNK_SPHERE_RADII_STATURES)
    head, centre = np.array([body().index["head"]]), np.array([body().table.head.centre])
    yield frames.points(head, centre)[0], np.array([HEAD_SPHERE_RADIUS_STATURES])


def _are_over_surface(centres: np.ndarray, radii: np.ndarray, surface: LevelSurface) -> np.ndarray:
    """Which of some balls (K,) are over a surface?"""
    x, heights, z = round_off_last_digits(centres.T)
    flat = np.stack([x, z], axis=1)
    inside = np.asarray(((flat > surface.low) & (flat < surface.high)).all(axis=1))
    return inside & (heights > surface.height - FLESH_DEPTH_ON_SURFACE_STATURES)


def _is_near_surface(centres: np.ndarray, radii: np.ndarray, surface: LevelSurface) -> bool:
    """Does any of some balls come near a surface?"""
    lowest = round_off_last_digits(centres[:, 1] - radii).min()
    return bool(lowest < surface.height + MAX_HEIGHT_OVER_SHADOW_STATURES)


def _draw_shadow(
    centres: np.ndarray, radii: np.ndarray, surface: LevelSurface, camera: Camera
) -> Shape:
    """The hull of balls pressed flat on a surface, as far as that goes."""
    flat = centres[None, :, [0, 2]]
    disks = np.eye(2) * (radii**2)[:, None, None]
    way = flat[:, -1] - flat[:, 0] + np.array([1e-6, 0])
    path = outlines.hull_polygon(flat, disks[None], way, CORNERS_PER_SHADOW)
    x, z = np.moveaxis(np.clip(path.points, surface.low, surface.high), 2, 0)
    places = np.stack([x, np.full_like(x, surface.height), z], axis=2)
    outline = path._replace(points=camera.project(places)[..., :2])
    return make_non_body_shape(f"{surface.tone} shadow", outline)
