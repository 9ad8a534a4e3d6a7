"""The head: hair, jaw, face, ears, eyes and nose on one ellipsoid, so that its direction reads."""

from collections.abc import Iterator

import numpy as np

from backcare_nb.figures import outlines
from backcare_nb.figures.outlines import Outline
from backcare_nb.figures.projection import (
    DEPTH_PER_LAYER_STATURES,
    LIMB_FOREGROUND_DEPTH_STATURES,
    ProjectedBody,
    Shape,
)

# how far the face is turned to the viewer, from 1 to -1, where the nose is behind, and covered
MAX_FACING_WITH_NOSE_BEHIND, MAX_FACING_WITH_NOSE_COVERED = -0.3, -0.6
MIN_PATCH_AT_RIM_DEG = 8  # of a patch that are too little to show at the rim


def draw_head(person: ProjectedBody) -> Iterator[Shape]:
    """Draw the head, one shape on the other."""
    solid = person.body.table.head
    centre = person.points("head", solid.centre)
    shape = person.rotation("head") * np.array(solid.half)
    depth = centre[:, 0, 2]

    def put(
        name: str, tone: str, path: Outline, layer: float, hidden: np.ndarray | None = None
    ) -> Shape:
        placed = Outline(path.codes, path.points + centre[..., :2])
        hidden = np.zeros(len(depth), dtype=bool) if hidden is None else hidden
        near = depth + LIMB_FOREGROUND_DEPTH_STATURES + layer * DEPTH_PER_LAYER_STATURES
        return Shape(name, tone, placed, near, hidden)

    facing = shape[:, 2, 0] / solid.half[0]
    # from the bridge over the tip to the lip
    ways = [_head_direction(0, up) * far for up, far in ((2, 0.96), (-15, 1.08), (-27, 0.96))]
    centres = np.stack([shape @ way for way in ways], axis=1)[..., :2]
    nose = outlines.limb_outline(centres, np.array([0.004, 0.007, 0.005]), closed=False)
    away = facing < MAX_FACING_WITH_NOSE_BEHIND
    yield put("nose behind", "nose", nose, -1, ~away | (facing < MAX_FACING_WITH_NOSE_COVERED))
    yield put("head", "hair", outlines.ellipsoid_outline(shape), 0)
    for k, (name, way, size, corners) in enumerate(_head_patches(), 1):
        patch = outlines.ellipsoid_cap_outline(way, size, np.array([0.0, 1.0, 0.0]), shape, corners)
        unseen = outlines.is_cap_facing_away(way, size - MIN_PATCH_AT_RIM_DEG, shape)
        yield put(name, name.split()[-1], patch, k / 2, unseen)
    yield put("nose", "nose", nose, 4, away)


def _head_patches() -> Iterator[tuple[str, np.ndarray, float, int]]:
    """Name, direction on the head, radius in degrees, corners; under the jaw there is no hair."""
    yield "jaw", _head_direction(0, -80), 56, 8
    yield "face", _head_direction(0, -10), 64, 10
    for side, sign in (("left", -1), ("right", 1)):
        yield f"{side} ear", _head_direction(96 * sign, -8), 15, 8
        yield f"{side} eye", _head_direction(34 * sign, 2), 6.5, 6


def _head_direction(right_deg: float, up_deg: float) -> np.ndarray:
    """A direction on the head: degrees from straight ahead to the right, and up."""
    a, b = np.radians([right_deg, up_deg])
    return np.array([np.cos(b) * np.cos(a), np.sin(b), np.cos(b) * np.sin(a)])
