"""What is drawn first: shapes sorted from far to near, in one order for all frames of a motion."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from backcare_nb.body.skeleton import SIDES
from backcare_nb.body.stable_math import TIE, rank_with_ties
from backcare_nb.figures.shape import STEP, Shape

TRUNK = ("hips", "shirt")
SPINE = ("sacrum", "lumbar", "thoracic", "cervical")
CHAINS = (("thigh", "shank"), ("upper_arm", "sleeve", "forearm", "thumb", "hand"))
TOUCH = 0.06  # fractions of stature: pieces of a limb whose depths differ by less are drawn as one


def far_to_near(found: list[Shape], frames: int) -> list[Shape]:
    """Far to near, by mean depth; a limb that passes the trunk gets a copy on each side.

    What is equally deep keeps the order in which it was found.
    """
    trunk = np.mean([s.depth for s in found if s.name in TRUNK], axis=0)
    ranked = [pair for shape in _joined(found, trunk) for pair in _copies(shape, trunk, frames)]
    ranked = [(rank, shape) for rank, shape in ranked if not shape.hidden.all()]
    order = np.argsort(rank_with_ties(np.array([rank for rank, _ in ranked])), kind="stable")
    made = [ranked[k][1] for k in order]
    return [made[0], *(shape for below, shape in pairwise(made) if not _same(below, shape))]


def _same(one: Shape, other: Shape) -> bool:
    """Do two shapes look the same? The cloth over one thigh often lies on that over the other."""
    alike = one.tone == other.tone and one.path is other.path
    return alike and np.array_equal(one.hidden, other.hidden)


def _joined(found: list[Shape], trunk: np.ndarray) -> list[Shape]:
    """Shapes with the depths at which they are sorted: pieces that touch keep together."""
    by_name = {s.name: s for s in found}
    for side in SIDES:
        for order in CHAINS:
            _join(by_name, [f"{side} {piece}" for piece in order])
    _collar(by_name)
    skin = np.full_like(trunk, max(by_name[name].depth.mean() for name in (*TRUNK, "neck")))
    for k, region in enumerate(SPINE, 1):
        _lay(by_name, region, skin + k * STEP)
    if by_name["nose"].hidden.mean() < 0.5:
        _lay(by_name, "cervical", np.minimum(by_name["cervical"].depth, _behind_face(by_name)))
    for side in SIDES:
        _dress(by_name, side)
    return list(by_name.values())


def _collar(by_name: dict[str, Shape]) -> None:
    """Put the neck into the shirt."""
    neck, shirt = by_name["neck"], by_name["shirt"]
    by_name["neck"] = replace(neck, depth=np.minimum(neck.depth, shirt.depth.min() - STEP))


def _behind_face(by_name: dict[str, Shape]) -> np.ndarray:
    """A depth at which the head hides what lies behind it; from behind, the neck is seen whole."""
    return by_name["head"].depth - 2 * STEP


def _dress(by_name: dict[str, Shape], side: str) -> None:
    """Show no edge between the hips and a thigh that grows out of them, in the same cloth.

    The thigh covers the edge of the hips, and their cloth its own edges, below the sacrum.
    """
    hips, thigh, shank = by_name["hips"], by_name[f"{side} thigh"], by_name[f"{side} shank"]
    seat = by_name.pop(f"{side} seat")
    if thigh.tone != hips.tone or seat.hidden.all():
        return
    depth = np.maximum(thigh.depth, hips.depth.mean() + STEP)
    if np.array_equal(shank.depth, thigh.depth + STEP):
        by_name[f"{side} shank"] = replace(shank, depth=depth + STEP)
    by_name[f"{side} thigh"] = replace(thigh, depth=depth)
    by_name[f"{side} seat"] = replace(seat, depth=depth + STEP / 4)
    _lay(by_name, "sacrum", np.maximum(by_name["sacrum"].depth, depth + STEP / 2))


def _lay(by_name: dict[str, Shape], region: str, depth: np.ndarray) -> None:
    """Put a region of the spine at a depth, its pale line just below."""
    by_name[region] = replace(by_name[region], depth=depth)
    bone = f"{region} bone"
    by_name[bone] = replace(by_name[bone], depth=depth - STEP / 8)


def _join(by_name: dict[str, Shape], names: list[str]) -> None:
    """Give pieces at nearly one depth the same depth, in the order in which they overlap."""
    for k, name in enumerate(names[1:], 1):
        below, piece = by_name[names[k - 1]], by_name[name]
        if abs(below.depth.mean() - piece.depth.mean()) < TOUCH:
            by_name[name] = replace(piece, depth=below.depth + STEP)


def _copies(shape: Shape, trunk: np.ndarray, frames: int) -> Iterator[tuple[float, Shape]]:
    """A shape with its rank; twice, if it passes from behind the trunk to before it."""
    hidden = np.broadcast_to(shape.hidden, (frames,))
    before = shape.depth > trunk + TIE
    passes = before.any() and not before.all() and np.ptp(shape.depth - trunk) > TOUCH
    if _of_limb(shape.name) and passes:
        for where in (before, ~before):
            yield shape.depth[where].mean(), replace(shape, hidden=hidden | ~where)
    else:
        yield shape.depth.mean(), replace(shape, hidden=hidden)


def _of_limb(name: str) -> bool:
    return name.partition(" ")[0] in SIDES and not name.endswith((" ear", " eye"))
