"""What is drawn first: shapes sorted from far to near, in every frame of a motion."""

from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np

from backcare_nb.body.skeleton import SIDES
from backcare_nb.body.stable_math import TIE_TOLERANCE, rank_with_ties
from backcare_nb.figures.projection import DEPTH_PER_LAYER_STATURES, LimbCentreline, Shape

TRUNK_SHAPES = ("hips", "shirt")
SPINE_REGIONS = ("sacrum", "lumbar", "thoracic", "cervical")
LIMB_CHAINS = (
    ("thigh", "shank", "foot", "toes"),
    ("upper_arm", "sleeve", "forearm", "fingers", "hand", "palm", "finger_lines", "thumb"),
)
# Fractions of stature:
# Pieces of a limb that are less far apart are drawn as one.
MAX_JOINED_PIECES_DEPTH_GAP_STATURES = 0.06
MIN_DEPTH_BEHIND_TRUNK_STATURES = 0.035  # of an arm, or a hand, that goes behind it
MIN_DEPTH_LEAD_STATURES = 0.004  # by which a shape is nearer than another that it has passed
LEG_SHAPES = ("seat", *LIMB_CHAINS[0])  # of which the seat is the cloth over a thigh
SAMPLES_ALONG_LIMB = 7  # at which it is asked what lies before it
# By which a limb seen end-on has a place beside each other one.
END_ON_LIMB_EPSILON_SQUARED_STATURES = 1e-6


def sort_far_to_near(shapes_found: list[Shape], frame_count: int) -> list[Shape]:
    """Sort far to near in every frame: a shape that passes another gets a copy on each side of it.

    What is equally deep keeps the order in which it was found.
    """
    shapes = [
        replace(shape, hidden=np.broadcast_to(shape.hidden, (frame_count,)))
        for whole in _align_depths_of_touching_pieces(shapes_found)
        for shape in (  # as it is seen near, and as it is seen far
            replace(whole, hidden=whole.hidden | whole.far),
            replace(whole, hidden=whole.hidden | ~whole.far, tone=f"{whole.tone} far"),
        )
        if not shape.hidden.all()
    ]
    copies: list[tuple[int, np.ndarray]] = []  # numbers of shapes, and the frames of each copy
    for order, run in _orders_and_their_frames(shapes, frame_count):
        copies = _merge_order_into_copies(copies, order, run)
    made = [replace(shapes[at], hidden=shapes[at].hidden | ~seen) for at, seen in copies]
    made = [shape for shape in made if not shape.hidden.all()]
    kept = made[:1]
    for below, shape in pairwise(made):
        # The cloth over one thigh often lies on that over the other, and looks the same.
        alike = below.tone == shape.tone and below.path is shape.path
        if not (alike and np.array_equal(below.hidden, shape.hidden)):
            kept.append(shape)
    return kept


def _orders_and_their_frames(
    shapes: list[Shape], frame_count: int
) -> Iterator[tuple[list[int], np.ndarray]]:
    """Orders of the shapes, each with the frames (B,) of bool in which it holds.

    The order changes only where two shapes of which one covers the other would lie wrong.
    """
    depths = np.stack([np.broadcast_to(shape.depth, (frame_count,)) for shape in shapes], axis=1)
    ranks = np.stack([rank_with_ties(row) for row in depths]) * len(shapes) + np.arange(len(shapes))
    leads, limbs, apart = _depth_leads_and_limb_crossings(shapes, depths)
    equal = np.abs(leads) <= TIE_TOLERANCE
    over = np.where(equal, ranks[:, :, None] > ranks[:, None], leads > 0)
    over &= _do_boxes_overlap(shapes) & ~apart
    # what has passed by less is still where it was
    clearly = over & (leads > MIN_DEPTH_LEAD_STATURES)
    order, since = _reorder_covered_first(np.argsort(ranks[0]), over[0], limbs), 0
    known, numbers = [order], np.arange(frame_count)
    for k in range(1, frame_count):
        if _is_drawn_wrong(order, clearly[k]):
            right = (each for each in known if not _is_drawn_wrong(each, over[k]))
            mended = next(right, None)
            if mended is None:
                mended = _reorder_covered_first(order, over[k], limbs)
                known.append(mended)
            if any(_is_drawn_wrong(mended, over_then) for over_then in clearly[since:k]):
                yield order.tolist(), (numbers >= since) & (numbers < k)
                since = k
            order = mended
    yield order.tolist(), numbers >= since


def _is_drawn_wrong(order: np.ndarray, covers: np.ndarray) -> bool:
    """Does a shape come in an order before one that it covers?"""
    place = np.argsort(order)
    return bool((covers & (place[:, None] < place)).any())


def _depth_leads_and_limb_crossings(
    shapes: list[Shape], depths: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By how much shape [i] is nearer than shape [j], (B, S, S).

    And which are two limbs (S, S), and where these do not cross (B, S, S): how near two limbs are
    is told where they cross in the picture, however deep the rest. depths: (B, S).
    """
    leads = depths[:, :, None] - depths[:, None]
    limbs, apart = np.zeros(leads.shape[1:], dtype=bool), np.zeros(leads.shape, dtype=bool)
    places = [k for k, shape in enumerate(shapes) if shape.centreline]
    centrelines = {id(shapes[k].centreline): shapes[k].centreline for k in places}
    numbers = {key: n for n, key in enumerate(centrelines)}
    centreline_of = np.array([numbers[id(shapes[k].centreline)] for k in places])
    parts = (shapes[k].name.split(maxsplit=1) for k in places)
    names = np.array([f"{side} {'leg' if each in LEG_SHAPES else 'arm'}" for side, each in parts])
    limbs[np.ix_(places, places)] = names[:, None] != names
    lead, crosses = _depth_leads_at_crossings([each for each in centrelines.values() if each])
    one, other = np.nonzero(limbs)
    of_shape = np.zeros(len(shapes), dtype=int)
    of_shape[places] = centreline_of
    leads[:, one, other] = lead[:, of_shape[one], of_shape[other]]
    apart[:, one, other] = ~crosses[:, of_shape[one], of_shape[other]]
    return leads, limbs, apart


def _depth_leads_at_crossings(centrelines: list[LimbCentreline]) -> tuple[np.ndarray, np.ndarray]:
    """By how much a centreline is nearer than another where they cross in the picture, (B, C, C).

    And where they do. It is asked of places along both of them, by how deep they lie in the other.
    """
    ends = np.stack([each.ends for each in centrelines], axis=1)  # (B, C, 2, 3)
    radii = np.stack([each.radii for each in centrelines])
    start, way = ends[:, :, 0], ends[:, :, 1] - ends[:, :, 0]
    shares = np.linspace(0, 1, SAMPLES_ALONG_LIMB)
    places = start[:, :, None] + shares[:, None] * way[:, :, None]  # (B, C, N, 3)
    squares = (way[..., :2] ** 2).sum(axis=-1) + END_ON_LIMB_EPSILON_SQUARED_STATURES
    off = places[:, :, None] - start[:, None, :, None]  # of each place from each start
    along = np.einsum("bijnk,bjk->bijn", off[..., :2], way[..., :2]) / squares[:, None, :, None]
    along = np.clip(along, 0, 1)
    off = off - along[..., None] * way[:, None, :, None]  # (B, C, C, N, 3)
    thick = radii[:, :1] + shares * (radii[:, 1:] - radii[:, :1])
    reach = thick[:, None] + radii[:, :1] + along * (radii[:, 1:] - radii[:, :1])
    depths = np.maximum(reach - np.hypot(off[..., 0], off[..., 1]), 0)
    gaps = (depths * off[..., 2]).sum(axis=-1)
    gaps, total = gaps - gaps.swapaxes(1, 2), depths.sum(axis=-1)
    total = total + total.swapaxes(1, 2)
    return gaps / np.maximum(total, TIE_TOLERANCE), total > TIE_TOLERANCE


def _do_boxes_overlap(shapes: list[Shape]) -> np.ndarray:
    """Do shapes [i] and [j] overlap, both seen? (B, S, S), by their boxes."""
    low, high = (np.stack(ends, axis=1) for ends in zip(*map(_box_of_shape, shapes), strict=True))
    meet: np.ndarray = np.all(low[:, :, None] < high[:, None] - TIE_TOLERANCE, axis=-1)
    seen = ~np.stack([shape.hidden for shape in shapes], axis=1)
    return meet & meet.swapaxes(1, 2) & seen[:, :, None] & seen[:, None]


def _reorder_covered_first(order: np.ndarray, covers: np.ndarray, limbs: np.ndarray) -> np.ndarray:
    """The order with as little moved as puts each shape after those that it covers.

    covers, limbs (S, S): what covers what, and which of it are two limbs. Where three cover each
    other in a ring, what is told of two limbs holds before what is told of other shapes.
    """
    rest, made = order.tolist(), []
    while rest:
        pick = np.ix_(rest, rest)
        covered = covers[pick].sum(axis=1) + len(order) * (covers & limbs)[pick].sum(axis=1)
        made.append(rest.pop(int(covered.argmin())))
    return np.array(made)


def _merge_order_into_copies(
    copies: list[tuple[int, np.ndarray]], order: list[int], order_frames: np.ndarray
) -> list[tuple[int, np.ndarray]]:
    """The copies with a run of frames more: those that stand in its order serve it too."""
    match = SequenceMatcher(None, [at for at, _ in copies], order, autojunk=False)
    merged = []
    for what, a, a_end, b, b_end in match.get_opcodes():
        merged += [
            (at, seen | order_frames if what == "equal" else seen) for at, seen in copies[a:a_end]
        ]
        merged += [(at, order_frames) for at in order[b:b_end] if what != "equal"]
    return merged


def _align_depths_of_touching_pieces(found: list[Shape]) -> list[Shape]:
    """Shapes with the depths at which they are sorted: pieces that touch keep together."""
    by_name = {s.name: s for s in found}
    for side in SIDES:
        _hide_hip_edges(by_name, side)
        for chain in LIMB_CHAINS:
            for below, piece in pairwise(f"{side} {piece}" for piece in chain):
                # on a foot the shank ends, unless its toes are near
                share, layer = (0.5, -1) if piece.endswith("foot") else (1, 1)
                near = share * MAX_JOINED_PIECES_DEPTH_GAP_STATURES
                lift = layer * DEPTH_PER_LAYER_STATURES
                base, own = by_name[below].depth, by_name[piece].depth
                join = np.abs(base - own) < near - TIE_TOLERANCE
                if not piece.endswith("sleeve"):  # which goes out of the shirt
                    join &= ~_goes_behind_trunk(by_name[piece], base, by_name["shirt"])
                depth = np.where(join, base + lift, own)
                by_name[piece] = replace(by_name[piece], depth=depth)
    neck, shirt = by_name["neck"], by_name["shirt"]  # the neck goes into the shirt
    depth = np.minimum(neck.depth, shirt.depth - DEPTH_PER_LAYER_STATURES)
    by_name["neck"] = replace(neck, depth=depth)
    skin = np.max([by_name[name].depth for name in (*TRUNK_SHAPES, "neck")], axis=0)
    for k, region in enumerate(SPINE_REGIONS, 1):
        _set_spine_region_depth(by_name, region, skin + k * DEPTH_PER_LAYER_STATURES)
    # the head hides what lies behind it; from behind, the neck is seen whole
    head, cervical = by_name["head"].depth - 2 * DEPTH_PER_LAYER_STATURES, by_name["cervical"].depth
    depth = np.where(by_name["nose"].hidden, cervical, np.minimum(cervical, head))
    _set_spine_region_depth(by_name, "cervical", depth)
    for side in SIDES:
        seat, sacrum = by_name[f"{side} seat"], by_name["sacrum"].depth
        over = np.maximum(sacrum, seat.depth + DEPTH_PER_LAYER_STATURES / 4)
        _set_spine_region_depth(by_name, "sacrum", np.where(seat.hidden, sacrum, over))
    return list(by_name.values())


def _goes_behind_trunk(piece: Shape, base: np.ndarray, shirt: Shape) -> np.ndarray:
    """Does a piece lie below the trunk, whose limb begins above it? (B,)"""
    low, high = _box_of_shape(shirt)
    line = piece.centreline
    end = line.ends[:, 1, :2] if line else piece.path.points.mean(axis=1)
    within = ((low < end) & (end < high)).all(axis=-1)
    deep = piece.depth < shirt.depth - MIN_DEPTH_BEHIND_TRUNK_STATURES
    behind: np.ndarray = within & deep & (base > shirt.depth)
    return behind


def _box_of_shape(shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """The lower left and the upper right corner in the picture, (B, 2) each."""
    return shape.path.points.min(axis=1), shape.path.points.max(axis=1)


def _hide_hip_edges(by_name: dict[str, Shape], side: str) -> None:
    """Show no edge between the hips and a thigh that grows out of them, in the same cloth.

    The thigh covers the edge of the hips, and their cloth its own edges, below the sacrum.
    """
    hips, thigh, seat = (by_name[name] for name in ("hips", f"{side} thigh", f"{side} seat"))
    shown = ~seat.hidden & ~thigh.far
    over_hips = np.maximum(thigh.depth, hips.depth + DEPTH_PER_LAYER_STATURES)
    depth = np.where(shown, over_hips, thigh.depth)
    by_name[thigh.name] = replace(thigh, depth=depth)
    over = depth + DEPTH_PER_LAYER_STATURES / 4
    by_name[seat.name] = replace(seat, depth=over, hidden=~shown, centreline=thigh.centreline)


def _set_spine_region_depth(by_name: dict[str, Shape], region: str, depth: np.ndarray) -> None:
    """Put a region of the spine at a depth, its pale line just below."""
    by_name[region] = replace(by_name[region], depth=depth)
    bone = f"{region} bone"
    by_name[bone] = replace(by_name[bone], depth=depth - DEPTH_PER_LAYER_STATURES / 8)
