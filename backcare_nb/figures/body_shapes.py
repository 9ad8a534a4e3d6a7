"""A body seen from one side: frames to shapes, sorted from far to near.

Shapes keep their number, order and points in all frames of a motion, so that a browser can move
between them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from backcare_nb.body.skeleton import SIDES, Frames, TrunkSection, body
from backcare_nb.body.stable_math import TIE_TOLERANCE
from backcare_nb.body.supports import Support
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.depth_order import sort_far_to_near
from backcare_nb.figures.hand_shapes import MIN_FACING, foot_shapes, hand_shapes
from backcare_nb.figures.head_shapes import head_shapes
from backcare_nb.figures.projection import (
    FOREGROUND_DEPTH,
    LAYER_DEPTH,
    Core,
    ProjectedBody,
    Shape,
    scenery_shape,
)

NOT_SEEN_CLOSE = {"thigh", "shank", "foot", "hips", "seat", "sacrum", "lumbar"}
# Sections of the trunk: the lowest under the shirt, from afar and from close by, and the one in the
# small of the back
WAIST_SECTION, CHEST_SECTION, HOLLOW_SECTION = 2, 5, 4
# Fractions of stature:
TRUNK_SECTION_HALF_HEIGHT = 0.028  # of a section of the trunk, seen from its edge
SEAT_HALF_HEIGHT = 0.018  # of the lowest one, which one sits on
HIP_RADIUS = 0.05  # of the flesh about a hip
BACK_MUSCLE = 0.007  # beside the spine, in the small of the back
SHOULDER_RADIUS = 0.029
BREATH_RISE_STATURES = 0.0085  # of the belly with a breath, forward, and as much again its middle
PALE_EDGE_RADIUS = 0.0045  # of the pale edge of a shape, to each side of its outline
NECK_END_RADII = (0.033, 0.026)  # at its ends
TAIL = ((-0.044, -0.036, 0), (-0.056, -0.012, 0), (-0.06, 0.014, 0), (-0.055, 0.046, 0))
SPINE_DEPTH = 0.014  # of the line of the vertebrae under the skin of the back
NECK_JOINTS = ("cervical_2", "cervical_3", "cervical_4", "head")
MAX_SPINE_FACING = 0.25  # of the trunk's front to the viewer, beyond which the spine is not seen
MAX_SPINE_END_ON = 0.8  # of the trunk's length to the viewer or away, beyond which it is a heap
THROAT_START_AND_END = (
    -0.016,
    0.012,
)  # from below the edge of the hair to above it, along the neck
HEAD_BEHIND_LEGS = 0.08  # below the hips, by more than this behind them and less beside them
MIN_FAR_LIMB_DEPTH = 0.055  # by which one of a pair is behind the other to be drawn far
MIN_SIDE_VIEW = 0.8  # of the trunk's axis to the right that points to the viewer or away
TRUNK_AXIS_WEIGHTS = (1, 2, 1)  # by which the trunk's axis is the one upwards, if possible
MIN_END_ON_SHARE = 0.6  # of the neck's length towards the viewer: it is seen along its axis


def body_shapes(
    frames: Frames,
    camera: Camera,
    supports: tuple[Support, ...] = (),
    breath: np.ndarray | None = None,
) -> list[Shape]:
    """Draw the body in one view, far to near; breath (B,): 0 breathed out, 1 breathed in."""
    seen = camera.project_frames(frames)
    person = ProjectedBody(body(), seen, camera.basis, supports, breath)
    found = [*_limbs(person, camera.is_close_up), *_trunk(person, camera.is_close_up)]
    shapes = sort_far_to_near(found, len(frames.origins))
    if not camera.is_close_up:
        return shapes
    shown = [s for s in shapes if not NOT_SEEN_CLOSE.intersection(s.name.split())]
    # from behind, thumbs that press on the neck lie over all else
    return sorted(shown, key=lambda s: camera.name == "back_close" and s.name.endswith("thumb"))


def _limbs(person: ProjectedBody, close: bool) -> Iterator[Shape]:
    """Legs and arms; where the trunk is seen from its side, the farther of a pair has a tone.

    Of two that cross, neither is the farther one.
    """
    for draw, root in ((_leg, "pelvis"), (_arm, "thoracic_5")):
        left, right = ([*draw(person, side, close)] for side in SIDES)
        gaps = np.array([b.depth - a.depth for a, b in zip(left, right, strict=True)])
        from_side = np.abs(person.rotation(root)[:, 2, 2]) > MIN_SIDE_VIEW + TIE_TOLERANCE
        for limb, behind in ((left, gaps), (right, -gaps)):
            crosses = behind.min(axis=0) < TIE_TOLERANCE
            far = from_side & ~crosses & (behind.mean(axis=0) > MIN_FAR_LIMB_DEPTH)
            yield from (replace(shape, far=far) for shape in limb)


def _leg(person: ProjectedBody, side: str, close: bool) -> Iterator[Shape]:
    yield _tapered_limb(person, f"{side} thigh", "trousers", parent=None)
    yield _tapered_limb(person, f"{side} shank", "trousers", parent=f"{side} thigh")
    yield from foot_shapes(person, side)


def _arm(person: ProjectedBody, side: str, close: bool) -> Iterator[Shape]:
    arm = f"{side} upper_arm"
    yield _tapered_limb(person, arm, "skin", parent=None)
    sleeve = person.points(arm, [(0, 0, 0), (0, -0.075, 0)])
    closed = bool(_points_at_viewer(person, arm).any())
    yield _limb(f"{side} sleeve", "sleeve", sleeve, np.array([0.0285, 0.0265]), closed)
    yield _tapered_limb(person, f"{side} forearm", "skin", parent=arm)
    yield from hand_shapes(person, side)
    # with no edge it grows out of the hand; on the neck it needs one
    tone = "skin" if close else "thumb"
    yield _limb(f"{side} thumb", tone, *person.spheres(f"{side} thumb"), closed=False)


def _limb(name: str, tone: str, centres: np.ndarray, radii: np.ndarray, closed: bool) -> Shape:
    path = outlines.limb(centres[..., :2], radii, closed)
    core = Core(centres[:, [0, -1]], radii[[0, -1]])
    depth = centres[..., 2].mean(axis=1) + FOREGROUND_DEPTH
    return Shape(name, tone, path, depth, core=core)


def _tapered_limb(person: ProjectedBody, name: str, tone: str, parent: str | None) -> Shape:
    closed = bool(_points_at_viewer(person, parent or name).any())
    return _limb(name, tone, *person.spheres(name), closed)


def _points_at_viewer(person: ProjectedBody, name: str) -> np.ndarray:
    """In which frames (B,) a limb comes towards the viewer, so that its near end must show."""
    centres, _ = person.spheres(name)
    way = centres[:, -1] - centres[:, 0]
    short = np.linalg.norm(way[:, :2], axis=1) < 0.5 * np.linalg.norm(way, axis=1) - TIE_TOLERANCE
    return short & (way[:, 2] > 0)


def _trunk(person: ProjectedBody, close: bool) -> Iterator[Shape]:
    hips = _hips(person)
    yield hips
    for side in SIDES:
        hidden = _points_at_viewer(person, f"{side} thigh")
        yield replace(hips, name=f"{side} seat", tone="seat", hidden=hidden)
    yield _shirt(person, CHEST_SECTION if close else WAIST_SECTION)
    yield from _spine(person, close)
    unseen = _is_head_between_legs(person)
    for shape in (_neck(person), _throat(person), *head_shapes(person)):
        yield replace(shape, hidden=shape.hidden | unseen)


def _is_head_between_legs(person: ProjectedBody) -> np.ndarray:
    """In which frames (B,) the head hangs behind the legs, where a piece of it looks like none."""
    head = person.points("head", person.body.table.head.centre)[:, 0]
    across, up, near = (head - person.points("pelvis", (0, 0, 0))[:, 0]).T
    hangs = (person.rotation("head") @ (0, 1, 0) @ person.basis)[:, 1] < -MIN_FACING
    behind = (up < 0) & (near < -HEAD_BEHIND_LEGS) & (np.abs(across) < HEAD_BEHIND_LEGS)
    return hangs & behind & (person.basis[1, 1] > MIN_END_ON_SHARE)


@cache
def _trunk_sections() -> tuple[TrunkSection, ...]:
    """The sections of the trunk, with the muscles that fill the small of the back."""
    found = list(body().table.sections)
    hollow = found[HOLLOW_SECTION]
    x, y, z = hollow.at
    more = {"at": (x - BACK_MUSCLE / 2, y, z), "depth": hollow.depth + BACK_MUSCLE / 2}
    found[HOLLOW_SECTION] = hollow.model_copy(update=more)
    return tuple(found)


def _sections(person: ProjectedBody, chosen: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    """Sections of the trunk as flat ellipsoids: centres (B, K, 3), half axes (B, K, 3, 3)."""
    made = [_section(person, _trunk_sections()[k]) for k in chosen]
    return np.stack([c for c, _ in made], axis=1), np.stack([a for _, a in made], axis=1)


def _section(person: ProjectedBody, section: TrunkSection) -> tuple[np.ndarray, np.ndarray]:
    lowest = section is _trunk_sections()[0]
    height = SEAT_HALF_HEIGHT if lowest else TRUNK_SECTION_HALF_HEIGHT
    half = np.array([section.depth, height, section.width])
    centre = person.points(section.segment, section.at)[:, 0]
    rotation = person.rotation(section.segment)
    rise = BREATH_RISE_STATURES * person.breath * section.segment.startswith("lumbar")
    swollen = rotation * half + rise[:, None, None] * rotation * (1, 0, 0)
    return centre + rise[:, None] * rotation[:, :, 0], swollen


def _hips(person: ProjectedBody) -> Shape:
    centres, axes = _sections(person, range(3))
    centres = person.lifted(centres, axes)
    joints = np.concatenate([person.points(f"{s} thigh", (0, 0, 0)) for s in SIDES], axis=1)
    joints = person.lifted(joints, HIP_RADIUS * np.eye(3)[None])
    path = outlines.soft_hull(
        np.concatenate([centres, joints], axis=1)[..., :2],
        np.concatenate(
            [outlines.seen_ellipses(axes), outlines.seen_balls(joints, HIP_RADIUS)], axis=1
        ),
        person.long_axis("pelvis"),
        12,
    )
    return Shape("hips", "trousers", path, centres[..., 2].mean(axis=1))


def _shirt(person: ProjectedBody, lowest: int) -> Shape:
    """The shirt from one of the trunk's sections up."""
    centres, axes = _sections(person, range(lowest, 9))
    centres, axes = _subdivide(centres, axes, 3)
    centres = person.lifted(centres, axes)
    top = person.points("thoracic_5", (0.02, 0.012, 0))
    tips = np.stack([person.points(f"{s} upper_arm", (0, 0, 0))[:, 0] for s in SIDES], axis=1)
    yoke = np.concatenate([top + t * (tips - top) for t in (0.4, 0.7, 1.0)], axis=1)
    yoke = person.lifted(yoke, SHOULDER_RADIUS * np.eye(3)[None])
    all_centres = np.concatenate([centres, yoke], axis=1)
    squares = np.concatenate(
        [outlines.seen_ellipses(axes), outlines.seen_balls(yoke, SHOULDER_RADIUS)], axis=1
    )
    axis, ends = person.long_axis("thoracic_1", TRUNK_AXIS_WEIGHTS), (0, centres.shape[1] - 1)
    path = outlines.silhouette(all_centres[..., :2], squares, axis, ends, 12)
    return Shape("shirt", "shirt", path, person.points("thoracic_1", (0.036, 0, 0))[:, 0, 2])


def _subdivide(centres: np.ndarray, axes: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Sections with more between them."""
    steps = np.linspace(0, centres.shape[1] - 1, (centres.shape[1] - 1) * count + 1)
    low = np.minimum(steps.astype(int), centres.shape[1] - 2)
    share = steps - low
    blend = [(1 - share)[:, None], share[:, None]]
    more = centres[:, low] * blend[0] + centres[:, low + 1] * blend[1]
    turned = axes[:, low] * blend[0][..., None] + axes[:, low + 1] * blend[1][..., None]
    return more, turned


def _neck(person: ProjectedBody) -> Shape:
    base, top = _neck_line(person)
    path = outlines.limb(
        np.stack([base, top], axis=1)[..., :2], np.array(NECK_END_RADII), closed=False
    )
    depth = np.minimum((base + top)[:, 2] / 2, _hair_sort_depth(person) - 2 * LAYER_DEPTH)
    return Shape("neck", "neck", path, depth)


def _throat(person: ProjectedBody) -> Shape:
    """The neck's skin once more, where the edge of the hair would cut it.

    Seen along the neck there is no such place: the head covers the neck, or the trunk does.
    """
    base, top = _neck_line(person)
    way, length = top - base, np.linalg.norm(top - base, axis=1)
    enters = _share_at_head_entry(person, base, way)
    start, end = ((base + ((enters + by / length) * way.T).T)[:, :2] for by in THROAT_START_AND_END)
    across = outlines.perpendicular(end - start) * (np.mean(NECK_END_RADII) - PALE_EDGE_RADIUS)
    path = outlines.polygon(
        np.stack([start + across, end + across, end - across, start - across], axis=1)
    )
    along = np.abs(way[:, 2]) > MIN_END_ON_SHARE * length - TIE_TOLERANCE
    return Shape("throat", "throat", path, _hair_sort_depth(person) + LAYER_DEPTH / 4, along)


def _neck_line(person: ProjectedBody) -> list[np.ndarray]:
    """Where the neck begins and ends, (B, 3) each."""
    ends = ("thoracic_5", (0.01, 0.01, 0)), ("head", (0.0, 0.012, 0))
    return [person.points(*end)[:, 0] for end in ends]


def _hair_sort_depth(person: ProjectedBody) -> np.ndarray:
    """The depth (B,) at which the head is drawn."""
    return person.points("head", person.body.table.head.centre)[:, 0, 2] + FOREGROUND_DEPTH


def _share_at_head_entry(person: ProjectedBody, start: np.ndarray, way: np.ndarray) -> np.ndarray:
    """The share (B,) of a way (B, 3) at which it enters the head."""
    rotation, head = person.rotation("head"), person.body.table.head
    centre = person.points("head", head.centre)[:, 0]
    at, step = (np.einsum("bji,bj->bi", rotation, v) / head.half for v in (start - centre, way))
    a, b, c = ((x * y).sum(axis=1) for x, y in ((step, step), (at, step), (at, at)))
    return (-b - np.sqrt(np.maximum(b * b - a * (c - 1), 0))) / a


def _spine(person: ProjectedBody, close: bool) -> Iterator[Shape]:
    """Each region from the tail up as a pale line, and its vertebrae as dashes on it.

    They lie under the skin of the back, and show from behind and from the side.
    """
    hip, waist, hollow, rib, blade, top, nape = (
        _under_the_skin(person, section) for section in _trunk_sections()[2:9]
    )
    lowest, highest = hip + 0.3 * (waist - hip), hollow + 0.4 * (rib - hollow)
    neck = [person.points(name, (-0.011, 0, 0)) for name in NECK_JOINTS]
    lines = {
        "sacrum": [person.points("pelvis", TAIL)],
        "lumbar": [lowest, waist, hollow, highest],
        "thoracic": [*([] if close else [highest]), rib, (rib + blade) / 2, blade, top, nape],
        "cervical": [nape, *neck],
    }
    for region, pieces in lines.items():
        points = np.concatenate(pieces, axis=1)
        root = "pelvis" if region in ("sacrum", "lumbar") else "thoracic_3"
        facing, along, _ = person.rotation(root)[:, 2].T
        covered = (facing > MAX_SPINE_FACING - TIE_TOLERANCE) | (np.abs(along) > MAX_SPINE_END_ON)
        path, depth = outlines.polyline(points[..., :2]), points[..., 2].mean(axis=1)
        yield Shape(f"{region} bone", "bone", path, depth, covered)
        yield Shape(region, region, path, depth, covered)


def _under_the_skin(person: ProjectedBody, section: TrunkSection) -> np.ndarray:
    """The place (B, 1, 3) of the spine at the back of a section of the trunk."""
    x, y, z = section.at
    return person.points(section.segment, (x - section.depth + SPINE_DEPTH, y, z))


def spine_swatch(region: str, x: float, y: float) -> Shape:
    """Draw a piece of spine for a legend, 0.07 long, beginning at (x, y)."""
    return scenery_shape(region, outlines.polyline(np.array([[(x, y), (x + 0.07, y)]])))
