"""What is drawn first: shapes sorted from far to near, in one order for all frames of a motion."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from backcare_nb.body.skeleton import SIDES
from backcare_nb.body.stable_math import TIE_TOLERANCE, rank_with_ties
from backcare_nb.figures.projection import LAYER_DEPTH, Shape

TRUNK_SHAPES = ("hips", "shirt")
SPINE_REGIONS = ("sacrum", "lumbar", "thoracic", "cervical")
LIMB_CHAINS = (("thigh", "shank"), ("upper_arm", "sleeve", "forearm", "thumb", "hand"))
MAX_JOINING_DEPTH = 0.06  # fractions of stature: pieces of a limb less far apart are drawn as one


def sort_far_to_near(found: list[Shape], frames: int) -> list[Shape]:
    """Sort far to near, by mean depth; a limb that passes the trunk gets a copy on each side.

    What is equally deep keeps the order in which it was found.
    """
    trunk = np.mean([s.depth for s in found if s.name in TRUNK_SHAPES], axis=0)
    joined = _join_pieces(found, trunk)
    ranked = [pair for shape in joined for pair in _ranked_copies(shape, trunk, frames)]
    ranked = [(rank, shape) for rank, shape in ranked if not shape.hidden.all()]
    order = np.argsort(rank_with_ties(np.array([rank for rank, _ in ranked])), kind="stable")
    made = [ranked[k][1] for k in order]
    return [made[0], *(shape for below, shape in pairwise(made) if not _look_same(below, shape))]


def _look_same(one: Shape, other: Shape) -> bool:
    """Do two shapes look the same? The cloth over one thigh often lies on that over the other."""
    alike = one.tone == other.tone and one.path is other.path
    return alike and np.array_equal(one.hidden, other.hidden)


def _join_pieces(found: list[Shape], trunk: np.ndarray) -> list[Shape]:
    """Shapes with the depths at which they are sorted: pieces that touch keep together."""
    by_name = {s.name: s for s in found}
    for side in SIDES:
        for chain in LIMB_CHAINS:
            # pieces at nearly one depth get the same depth, in the order in which they overlap
            for near, far in pairwise(f"{side} {piece}" for piece in chain):
                below, piece = by_name[near], by_name[far]
                if abs(below.depth.mean() - piece.depth.mean()) < MAX_JOINING_DEPTH:
                    by_name[far] = replace(piece, depth=below.depth + LAYER_DEPTH)
    neck, shirt = by_name["neck"], by_name["shirt"]  # the neck goes into the shirt
    by_name["neck"] = replace(neck, depth=np.minimum(neck.depth, shirt.depth.min() - LAYER_DEPTH))
    skin = max(by_name[name].depth.mean() for name in (*TRUNK_SHAPES, "neck"))
    for k, region in enumerate(SPINE_REGIONS, 1):
        _set_region_depth(by_name, region, np.full_like(trunk, skin) + k * LAYER_DEPTH)
    if by_name["nose"].hidden.mean() < 0.5:
        # the head hides what lies behind it; from behind, the neck is seen whole
        behind = by_name["head"].depth - 2 * LAYER_DEPTH
        _set_region_depth(by_name, "cervical", np.minimum(by_name["cervical"].depth, behind))
    for side in SIDES:
        _hide_hip_edges(by_name, side)
    return list(by_name.values())


def _hide_hip_edges(by_name: dict[str, Shape], side: str) -> None:
    """Show no edge between the hips and a thigh that grows out of them, in the same cloth.

    The thigh covers the edge of the hips, and their cloth its own edges, below the sacrum.
    """
    hips, thigh, shank = by_name["hips"], by_name[f"{side} thigh"], by_name[f"{side} shank"]
    seat = by_name.pop(f"{side} seat")
    if thigh.tone != hips.tone or seat.hidden.all():
        return
    depth = np.maximum(thigh.depth, hips.depth.mean() + LAYER_DEPTH)
    if np.array_equal(shank.depth, thigh.depth + LAYER_DEPTH):
        by_name[f"{side} shank"] = replace(shank, depth=depth + LAYER_DEPTH)
    by_name[f"{side} thigh"] = replace(thigh, depth=depth)
    by_name[f"{side} seat"] = replace(seat, depth=depth + LAYER_DEPTH / 4)
    _set_region_depth(
        by_name, "sacrum", np.maximum(by_name["sacrum"].depth, depth + LAYER_DEPTH / 2)
    )


def _set_region_depth(by_name: dict[str, Shape], region: str, depth: np.ndarray) -> None:
    """Put a region of the spine at a depth, its pale line just below."""
    by_name[region] = replace(by_name[region], depth=depth)
    bone = f"{region} bone"
    by_name[bone] = replace(by_name[bone], depth=depth - LAYER_DEPTH / 8)


def _ranked_copies(shape: Shape, trunk: np.ndarray, frames: int) -> Iterator[tuple[float, Shape]]:
    """A shape with its rank; twice, if it passes from behind the trunk to before it."""
    hidden = np.broadcast_to(shape.hidden, (frames,))
    before = shape.depth > trunk + TIE_TOLERANCE
    passes = before.any() and not before.all() and np.ptp(shape.depth - trunk) > MAX_JOINING_DEPTH
    of_limb = shape.name.startswith(SIDES) and not shape.name.endswith((" ear", " eye"))
    if of_limb and passes:
        for where in (before, ~before):
            yield shape.depth[where].mean(), replace(shape, hidden=hidden | ~where)
    else:
        yield shape.depth.mean(), replace(shape, hidden=hidden)
