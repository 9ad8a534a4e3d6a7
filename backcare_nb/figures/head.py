"""The head: hair, jaw, face, ears, eyes and nose on one ellipsoid, so that its direction reads."""

from collections.abc import Iterator

import numpy as np

from backcare_nb.figures import outlines
from backcare_nb.figures.outlines import Outline
from backcare_nb.figures.shape import FORE, STEP, Eye, Shape

UP = np.array([0.0, 1.0, 0.0])
BEHIND, COVERED = -0.3, -0.6  # how far the face is turned to the viewer, from 1 to -1
SLIVER = 8  # degrees of a patch that are too little to show at the rim


def head(eye: Eye) -> Iterator[Shape]:
    """The shapes of the head, one on the other."""
    solid = eye.body.table.head
    centre = eye.points("head", solid.centre)
    shape = eye.turn("head") * np.array(solid.half)
    depth = centre[:, 0, 2]

    def put(name: str, tone: str, path: Outline, step: float, hidden=None) -> Shape:
        placed = Outline(path.codes, path.points + centre[..., :2])
        hidden = np.zeros(len(depth), dtype=bool) if hidden is None else hidden
        return Shape(name, tone, placed, depth + FORE + step * STEP, hidden)

    facing = shape[:, 2, 0] / solid.half[0]
    nose, away = _nose(shape), facing < BEHIND
    yield put("nose behind", "nose", nose, -1, ~away | (facing < COVERED))
    yield put("head", "hair", outlines.ellipse(shape), 0)
    for k, (name, way, size, corners) in enumerate(_patches(), 1):
        patch = outlines.cap(way, size, UP, shape, corners)
        unseen = outlines.turned_away(way, size - SLIVER, shape)
        yield put(name, name.split()[-1], patch, k / 2, unseen)
    yield put("nose", "nose", nose, 4, away)


def _patches() -> Iterator[tuple[str, np.ndarray, float, int]]:
    """Name, direction on the head, radius in degrees, corners; under the jaw there is no hair."""
    yield "jaw", _way(0, -80), 56, 8
    yield "face", _way(0, -10), 64, 12
    for side, sign in (("left", -1), ("right", 1)):
        yield f"{side} ear", _way(96 * sign, -8), 15, 8
        yield f"{side} eye", _way(34 * sign, 2), 6.5, 6


def _way(round_: float, up: float) -> np.ndarray:
    """A direction on the head: degrees from straight ahead to the right, and up."""
    a, b = np.radians([round_, up])
    return np.array([np.cos(b) * np.cos(a), np.sin(b), np.cos(b) * np.sin(a)])


def _nose(shape: np.ndarray) -> Outline:
    """From the bridge over the tip to the lip."""
    ways = _way(0, 2) * 0.96, _way(0, -15) * 1.08, _way(0, -27) * 0.96
    centres = np.stack([shape @ way for way in ways], axis=1)[..., :2]
    return outlines.limb(centres, np.array([0.004, 0.007, 0.005]), closed=False)
