"""The skin of the body as a cloud of small balls, for asking what touches or enters what."""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from backcare_nb.body.body import Body

ALONG = 9  # balls along each piece of a limb
AROUND = 16  # points round each section of the trunk


@dataclass(frozen=True)
class Surface:
    """Segments (K,), places in their frames (K, 3) and radii (K,); names say which part it is."""

    segments: np.ndarray
    local: np.ndarray
    radius: np.ndarray
    parts: tuple[str, ...]


@cache
def surface(body: Body) -> Surface:
    """The cloud of a body: limbs as balls, trunk and head as points on their skin."""
    rows = [*_limbs(body), *_trunk(body), *_head(body)]
    parts, segments, local, radius = zip(*rows, strict=True)
    return Surface(np.array(segments), np.array(local), np.array(radius), parts)


def _limbs(body: Body):
    for name, (segment, spheres) in body.solids.items():
        for near, far in pairwise(spheres):
            for share in np.linspace(0, 1, ALONG):
                x, y, z, radius = near + share * (far - near)
                yield name, segment, (x, y, z), radius


def _trunk(body: Body):
    for section in body.table.sections:
        for angle in np.linspace(0, 2 * np.pi, AROUND, endpoint=False):
            skin = (section.depth * np.cos(angle), 0.0, section.width * np.sin(angle))
            yield "trunk", body.index[section.segment], tuple(np.add(section.at, skin)), 0.0


def _head(body: Body):
    head = body.table.head
    for up in np.linspace(-75, 90, 7):
        for round_ in np.linspace(0, 360, 10, endpoint=False):
            a, b = np.radians([up, round_])
            way = np.array([np.cos(a) * np.cos(b), np.sin(a), np.cos(a) * np.sin(b)])
            yield "head", body.index["head"], tuple(head.centre + way * head.half), 0.0
