"""The skin of the body as a cloud of small balls, for asking what touches or enters what."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from backcare_nb.body.skeleton import Body

SPHERES_PER_CAPSULE = 8  # along each piece of a limb
POINTS_PER_TRUNK_SECTION = 16  # round each section of the trunk

# part, segment, place in its frame, radius, between
SkinPoint = tuple[str, int, np.ndarray, float, bool]


@dataclass(frozen=True)
class SkinSurface:
    """Segments (K,), places in their frames (K, 3) and radii (K,); names say which part it is.

    ``between`` (K,) are balls within a limb, in line with the one before and the one after.
    """

    parts: tuple[str, ...]
    segments: np.ndarray
    local: np.ndarray
    radius: np.ndarray
    between: np.ndarray


@cache
def skin_surface(body: Body) -> SkinSurface:
    """The cloud of a body: limbs as balls, trunk and head as points on their skin."""
    rows = [*_limb_points(body), *_trunk_points(body), *_head_points(body)]
    parts, *arrays = zip(*rows, strict=True)
    return SkinSurface(parts, *map(np.array, arrays))


def _limb_points(body: Body) -> Iterator[SkinPoint]:
    for name, (segment, spheres) in body.limb_spheres.items():
        for near, far in pairwise(spheres):
            for share in np.arange(SPHERES_PER_CAPSULE) / SPHERES_PER_CAPSULE:
                *at, radius = near + share * (far - near)
                yield name, segment, at, radius, share > 0
        *at, radius = spheres[-1]
        yield name, segment, at, radius, False


def _trunk_points(body: Body) -> Iterator[SkinPoint]:
    for section in body.table.sections:
        for angle in np.linspace(0, 2 * np.pi, POINTS_PER_TRUNK_SECTION, endpoint=False):
            skin = (section.depth * np.cos(angle), 0.0, section.width * np.sin(angle))
            yield "trunk", body.index[section.segment], np.add(section.at, skin), 0.0, False


def _head_points(body: Body) -> Iterator[SkinPoint]:
    head = body.table.head
    for up in np.linspace(-75, 90, 7):
        for round_ in np.linspace(0, 360, 10, endpoint=False):
            a, b = np.radians([up, round_])
            way = np.array([np.cos(a) * np.cos(b), np.sin(a), np.cos(a) * np.sin(b)])
            yield "head", body.index["head"], head.centre + way * head.half, 0.0, False
