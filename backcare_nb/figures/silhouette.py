"""Silhouettes as rasters: what shapes cover, and by how much one picture differs from another."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.path import Path

from backcare_nb.body.skeleton import SegmentFrames
from backcare_nb.body.supports import Support
from backcare_nb.figures.body_shapes import draw_body
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.palette import PAINT_STYLE_BY_TONE
from backcare_nb.figures.projection import Shape

SILHOUETTE_CELL_STATURES = 0.02  # of the raster on which silhouettes are compared


def find_covered_cells(
    shapes: Sequence[Shape], low: np.ndarray, cell: float, size: np.ndarray, frame: int = 0
) -> np.ndarray:
    """Which cells of a raster from a corner (2,) lie in shapes, or in the boxes around letters."""
    mask = np.zeros(size, dtype=bool)
    for shape in shapes:
        is_letter = shape.tone == "letter"
        if PAINT_STYLE_BY_TONE[shape.tone].fill or is_letter:
            points = (shape.path.points[frame] - low) / cell
            first = np.clip(np.floor(points.min(axis=0)).astype(int), 0, size)
            end = np.clip(np.ceil(points.max(axis=0)).astype(int) + 1, first, size)
            cells = np.stack(np.meshgrid(*map(np.arange, first, end), indexing="ij"), axis=-1)
            inside = Path(points, shape.path.codes).contains_points(cells.reshape(-1, 2))
            mask[first[0] : end[0], first[1] : end[1]] |= inside.reshape(end - first) | is_letter
    return mask


def silhouette_change_shares(
    frames: SegmentFrames, supports: tuple[Support, ...], views: Sequence[Camera]
) -> np.ndarray:
    """By how much each of B frames differs from the next, (B - 1,), in the view that shows it best.

    As a share of the larger of both silhouettes.
    """
    shares = []
    for seen in views:
        shapes = draw_body(frames, seen, supports)
        points = np.concatenate([shape.path.points.reshape(-1, 2) for shape in shapes])
        cell = SILHOUETTE_CELL_STATURES / seen.zoom
        low = points.min(axis=0) - 0.37 * cell  # off the lines of symmetry, on which points lie
        size = np.ceil((points.max(axis=0) - low) / cell).astype(int) + 1
        masks = [
            find_covered_cells([s for s in shapes if not s.hidden[k]], low, cell, size, k)
            for k in range(len(frames.origins))
        ]
        pairs = pairwise(masks)
        shares.append([(one ^ other).sum() / max(one.sum(), other.sum()) for one, other in pairs])
    return np.max(shares, axis=0)
