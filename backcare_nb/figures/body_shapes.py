"""A body seen from one side: frames to shapes, sorted from far to near.

Shapes keep their number, order and points in all frames of a motion, so that a browser can move
between them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from backcare_nb.body.skeleton import SIDES, SegmentFrames, TrunkSection, body
from backcare_nb.body.stable_math import TIE_TOLERANCE, round_off_last_digits
from backcare_nb.body.supports import Support
from backcare_nb.figures import outlines
from backcare_nb.figures.camera import Camera
from backcare_nb.figures.depth_order import sort_far_to_near
from backcare_nb.figures.hand_shapes import MIN_FACING_COSINE_TO_SHOW, draw_foot, draw_hand
from backcare_nb.figures.head_shapes import draw_head
from backcare_nb.figures.projection import (
    DEPTH_PER_LAYER_STATURES,
    LIMB_FOREGROUND_DEPTH_STATURES,
    LimbCentreline,
    ProjectedBody,
    Shape,
)

SHAPES_HIDDEN_IN_CLOSE_UP = {"thigh", "shank", "foot", "hips", "seat", "sacrum", "lumbar"}
# Sections of the trunk: the lowest under the shirt, from afar and from close by, and the one in the
# small of the back
WAIST_SECTION_INDEX, CHEST_SECTION_INDEX, SMALL_OF_BACK_SECTION_INDEX = 2, 5, 4
# Fractions of stature:
TRUNK_SECTION_HALF_HEIGHT_STATURES = 0.028  # of a section of the trunk, seen from its edge
SEAT_SECTION_HALF_HEIGHT_STATURES = 0.018  # of the lowest one, which one sits on
HIP_FLESH_RADIUS_STATURES = 0.05  # of the flesh about a hip
BACK_MUSCLE_DEPTH_STATURES = 0.007  # beside the spine, in the small of the back
SHOULDER_RADIUS_STATURES = 0.029
# Of the belly with a breath, forward, and as much again its middle.
BELLY_RISE_PER_BREATH_STATURES = 0.0085
PALE_EDGE_HALF_WIDTH_STATURES = 0.0045  # of the pale edge of a shape, to each side of its outline
NECK_END_RADII_STATURES = (0.033, 0.026)  # at its ends
TAILBONE_POINTS_IN_PELVIS_STATURES = (
    *((-0.034, -0.03, 0), (-0.046, -0.01, 0), (-0.051, 0.014, 0), (-0.048, 0.046, 0)),
)
SPINE_DEPTH_UNDER_SKIN_STATURES = 0.014  # of the line of the vertebrae under the skin of the back
NECK_SEGMENTS = ("cervical_2", "cervical_3", "cervical_4", "head")
# Of the trunk's front to the viewer, beyond which the spine is not seen.
MAX_TRUNK_FACING_TO_SHOW_SPINE = 0.25
# Of the trunk's length to the viewer or away, beyond which it is a heap.
MAX_TRUNK_END_ON_TO_SHOW_SPINE = 0.8
# From below the edge of the hair to above it, along the neck.
THROAT_ENDS_FROM_HEAD_EDGE_STATURES = -0.016, 0.012
# Below the hips, by more than this behind them and less beside them.
MIN_HEAD_DEPTH_BEHIND_HIPS_STATURES = 0.08
MIN_FAR_LIMB_DEPTH_STATURES = 0.055  # by which one of a pair is behind the other to be drawn far
# Of the trunk's axis to the right that points to the viewer or away, and as long as it goes on.
MIN_TRUNK_SIDE_ON_COSINE = 0.8
MIN_TRUNK_SIDE_ON_COSINE_TO_STAY = 0.6
TRUNK_AXIS_CHOICE_WEIGHTS = (1, 2, 1)  # by which the trunk's axis is the one upwards, if possible
MIN_NECK_END_ON_COSINE = 0.6  # of the neck's length towards the viewer: it is seen along its axis


def draw_body(
    frames: SegmentFrames,
    camera: Camera,
    supports: tuple[Support, ...] = (),
    breath: np.ndarray | None = None,
) -> list[Shape]:
    """Draw the body in one view, far to near; breath (B,): 0 breathed out, 1 breathed in."""
    seen = camera.project_frames(frames)
    person = ProjectedBody(body(), seen, camera.basis, supports, breath)
    found = [*_draw_limbs(person, camera.is_close_up), *_draw_trunk(person, camera.is_close_up)]
    shapes = sort_far_to_near(found, len(frames.origins))
    if not camera.is_close_up:
        return shapes
    shown = [s for s in shapes if not SHAPES_HIDDEN_IN_CLOSE_UP.intersection(s.name.split())]
    # from behind, thumbs that press on the neck lie over all else
    return sorted(shown, key=lambda s: camera.name == "back_close" and s.name.endswith("thumb"))


def _draw_limbs(person: ProjectedBody, close: bool) -> Iterator[Shape]:
    """Legs and arms; where the trunk is seen from its side, the farther of a pair has a tone.

    Of two that cross, neither is the farther one.
    """
    for draw, root in ((_draw_leg, "pelvis"), (_draw_arm, "thoracic_5")):
        left, right = ([*draw(person, side, close)] for side in SIDES)
        gaps = np.array([b.depth - a.depth for a, b in zip(left, right, strict=True)])
        aside = round_off_last_digits(np.abs(person.rotation(root)[:, 2, 2]))
        goes_on = aside > MIN_TRUNK_SIDE_ON_COSINE_TO_STAY
        runs = np.cumsum(np.diff(goes_on, prepend=goes_on[:1]))
        from_side = goes_on & np.isin(runs, runs[aside > MIN_TRUNK_SIDE_ON_COSINE])
        for limb, behind in ((left, gaps), (right, -gaps)):
            crosses = behind.min(axis=0) < TIE_TOLERANCE
            far = from_side & ~crosses & (behind.mean(axis=0) > MIN_FAR_LIMB_DEPTH_STATURES)
            yield from (replace(shape, far=far) for shape in limb)


def _draw_leg(person: ProjectedBody, side: str, close: bool) -> Iterator[Shape]:
    yield _draw_limb_of_spheres(person, f"{side} thigh", "trousers", parent=None)
    yield _draw_limb_of_spheres(person, f"{side} shank", "trousers", parent=f"{side} thigh")
    yield from draw_foot(person, side)


def _draw_arm(person: ProjectedBody, side: str, close: bool) -> Iterator[Shape]:
    arm = f"{side} upper_arm"
    yield _draw_limb_of_spheres(person, arm, "skin", parent=None)
    sleeve = person.points(arm, [(0, 0, 0), (0, -0.075, 0)])
    closed = bool(_does_limb_point_at_viewer(person, arm).any())
    yield _draw_limb_hull(f"{side} sleeve", "sleeve", sleeve, np.array([0.0285, 0.0265]), closed)
    yield _draw_limb_of_spheres(person, f"{side} forearm", "skin", parent=arm)
    yield from draw_hand(person, side)
    # with no edge it grows out of the hand; on the neck it needs one
    tone = "skin" if close else "thumb"
    yield _draw_limb_hull(f"{side} thumb", tone, *person.spheres(f"{side} thumb"), closed=False)


def _draw_limb_hull(
    name: str, tone: str, centres: np.ndarray, radii: np.ndarray, closed: bool
) -> Shape:
    path = outlines.limb_outline(centres[..., :2], radii, closed)
    centreline = LimbCentreline(centres[:, [0, -1]], radii[[0, -1]])
    depth = centres[..., 2].mean(axis=1) + LIMB_FOREGROUND_DEPTH_STATURES
    return Shape(name, tone, path, depth, centreline=centreline)


def _draw_limb_of_spheres(person: ProjectedBody, name: str, tone: str, parent: str | None) -> Shape:
    closed = bool(_does_limb_point_at_viewer(person, parent or name).any())
    return _draw_limb_hull(name, tone, *person.spheres(name), closed)


def _does_limb_point_at_viewer(person: ProjectedBody, name: str) -> np.ndarray:
    """In which frames (B,) a limb comes towards the viewer, so that its near end must show."""
    centres, _ = person.spheres(name)
    way = centres[:, -1] - centres[:, 0]
    short = np.linalg.norm(way[:, :2], axis=1) < 0.5 * np.linalg.norm(way, axis=1) - TIE_TOLERANCE
    return short & (way[:, 2] > 0)


def _draw_trunk(person: ProjectedBody, close: bool) -> Iterator[Shape]:
    hips = _draw_hips(person)
    yield hips
    for side in SIDES:
        hidden = _does_limb_point_at_viewer(person, f"{side} thigh")
        yield replace(hips, name=f"{side} seat", tone="seat", hidden=hidden)
    yield _draw_shirt(person, CHEST_SECTION_INDEX if close else WAIST_SECTION_INDEX)
    yield from _draw_spine(person, close)
    head = person.points("head", person.body.table.head.centre)[:, 0]
    across, up, near = (head - person.points("pelvis", (0, 0, 0))[:, 0]).T
    hangs = (person.rotation("head") @ (0, 1, 0) @ person.basis)[:, 1] < -MIN_FACING_COSINE_TO_SHOW
    gap = MIN_HEAD_DEPTH_BEHIND_HIPS_STATURES
    behind = (up < 0) & (near < -gap) & (np.abs(across) < gap)
    # Where it hangs behind the legs, a piece of it looks like no head.
    unseen = hangs & behind & (person.basis[1, 1] > MIN_NECK_END_ON_COSINE)
    for shape in (_draw_neck(person), _draw_throat(person), *draw_head(person)):
        yield replace(shape, hidden=shape.hidden | unseen)


@cache
def _trunk_sections_with_muscles() -> tuple[TrunkSection, ...]:
    """The sections of the trunk, with the muscles that fill the small of the back."""
    found = list(body().table.sections)
    hollow = found[SMALL_OF_BACK_SECTION_INDEX]
    x, y, z = hollow.at
    half = BACK_MUSCLE_DEPTH_STATURES / 2
    more = {"at": (x - half, y, z), "depth": hollow.depth + half}
    found[SMALL_OF_BACK_SECTION_INDEX] = hollow.model_copy(update=more)
    return tuple(found)


def _sections_as_ellipsoids(
    person: ProjectedBody, chosen: Iterable[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Sections of the trunk as flat ellipsoids: centres (B, K, 3), half axes (B, K, 3, 3)."""
    centres, axes = [], []
    for k in chosen:
        section = _trunk_sections_with_muscles()[k]
        height = TRUNK_SECTION_HALF_HEIGHT_STATURES if k else SEAT_SECTION_HALF_HEIGHT_STATURES
        half = np.array([section.depth, height, section.width])
        centre = person.points(section.segment, section.at)[:, 0]
        rotation = person.rotation(section.segment)
        rise = BELLY_RISE_PER_BREATH_STATURES * person.breath * section.segment.startswith("lumbar")
        centres.append(centre + rise[:, None] * rotation[:, :, 0])
        axes.append(rotation * half + rise[:, None, None] * rotation * (1, 0, 0))
    return np.stack(centres, axis=1), np.stack(axes, axis=1)


def _draw_hips(person: ProjectedBody) -> Shape:
    centres, axes = _sections_as_ellipsoids(person, range(3))
    joints = np.concatenate([person.points(f"{s} thigh", (0, 0, 0)) for s in SIDES], axis=1)
    centres, squares = _lift_flesh_and_project_to_ellipses(
        person, centres, axes, joints, HIP_FLESH_RADIUS_STATURES
    )
    axis = person.least_foreshortened_axis("pelvis")
    path = outlines.hull_curve(centres[..., :2], squares, axis, 12)
    return Shape("hips", "trousers", path, centres[:, :3, 2].mean(axis=1))


def _lift_flesh_and_project_to_ellipses(
    person: ProjectedBody,
    centres: np.ndarray,
    half_axes: np.ndarray,
    ball_centres: np.ndarray,
    radius: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Ellipsoids and balls off the supports: centres (B, K, 3), and squares as for a hull."""
    centres = person.lift_off_supports(centres, half_axes)
    ball_centres = person.lift_off_supports(ball_centres, radius * np.eye(3)[None])
    squares = [
        outlines.project_half_axes(half_axes),
        outlines.project_spheres(ball_centres, radius),
    ]
    return np.concatenate([centres, ball_centres], axis=1), np.concatenate(squares, axis=1)


def _draw_shirt(person: ProjectedBody, lowest: int) -> Shape:
    """The shirt from one of the trunk's sections up."""
    centres, axes = _sections_as_ellipsoids(person, range(lowest, 9))
    # With two more between each two.
    steps = np.linspace(0, centres.shape[1] - 1, (centres.shape[1] - 1) * 3 + 1)
    low = np.minimum(steps.astype(int), centres.shape[1] - 2)
    share = (steps - low)[:, None]
    centres = centres[:, low] * (1 - share) + centres[:, low + 1] * share
    share = share[..., None]
    axes = axes[:, low] * (1 - share) + axes[:, low + 1] * share
    top = person.points("thoracic_5", (0.02, 0.012, 0))
    tips = np.stack([person.points(f"{s} upper_arm", (0, 0, 0))[:, 0] for s in SIDES], axis=1)
    yoke = np.concatenate([top + t * (tips - top) for t in (0.4, 0.7, 1.0)], axis=1)
    ends = (0, centres.shape[1] - 1)
    centres, squares = _lift_flesh_and_project_to_ellipses(
        person, centres, axes, yoke, SHOULDER_RADIUS_STATURES
    )
    axis = person.least_foreshortened_axis("thoracic_1", TRUNK_AXIS_CHOICE_WEIGHTS)
    path = outlines.union_outline(centres[..., :2], squares, axis, ends, 12)
    return Shape("shirt", "shirt", path, person.points("thoracic_1", (0.036, 0, 0))[:, 0, 2])


def _draw_neck(person: ProjectedBody) -> Shape:
    base, top = _neck_ends(person)
    ends = np.stack([base, top], axis=1)[..., :2]
    path = outlines.limb_outline(ends, np.array(NECK_END_RADII_STATURES), closed=False)
    depth = np.minimum((base + top)[:, 2] / 2, _head_depth(person) - 2 * DEPTH_PER_LAYER_STATURES)
    return Shape("neck", "neck", path, depth)


def _draw_throat(person: ProjectedBody) -> Shape:
    """The neck's skin once more, where the edge of the hair would cut it.

    Seen along the neck there is no such place: the head covers the neck, or the trunk does.
    """
    base, top = _neck_ends(person)
    way, length = top - base, np.linalg.norm(top - base, axis=1)
    # The share of the way at which it enters the head.
    rotation, head = person.rotation("head"), person.body.table.head
    centre = person.points("head", head.centre)[:, 0]
    at, step = (np.einsum("bji,bj->bi", rotation, v) / head.half for v in (base - centre, way))
    a, b, c = ((x * y).sum(axis=1) for x, y in ((step, step), (at, step), (at, at)))
    enters = (-b - np.sqrt(np.maximum(b * b - a * (c - 1), 0))) / a
    shares = (enters + by / length for by in THROAT_ENDS_FROM_HEAD_EDGE_STATURES)
    start, end = ((base + (share * way.T).T)[:, :2] for share in shares)
    half_width = np.mean(NECK_END_RADII_STATURES) - PALE_EDGE_HALF_WIDTH_STATURES
    across = outlines.left_unit_normals(end - start) * half_width
    corners = [start + across, end + across, end - across, start - across]
    path = outlines.polygon(np.stack(corners, axis=1))
    along = np.abs(way[:, 2]) > MIN_NECK_END_ON_COSINE * length - TIE_TOLERANCE
    return Shape(
        "throat", "throat", path, _head_depth(person) + DEPTH_PER_LAYER_STATURES / 4, along
    )


def _neck_ends(person: ProjectedBody) -> list[np.ndarray]:
    """Where the neck begins and ends, (B, 3) each."""
    ends = ("thoracic_5", (0.01, 0.01, 0)), ("head", (0.0, 0.012, 0))
    return [person.points(*end)[:, 0] for end in ends]


def _head_depth(person: ProjectedBody) -> np.ndarray:
    """The depth (B,) at which the head is drawn."""
    centre = person.points("head", person.body.table.head.centre)
    return centre[:, 0, 2] + LIMB_FOREGROUND_DEPTH_STATURES


def _draw_spine(person: ProjectedBody, close: bool) -> Iterator[Shape]:
    """Each region from the tail up as a pale line, and its vertebrae as dashes on it.

    They lie under the skin of the back, and show from behind and from the side.
    """

    def point_under_skin(section: TrunkSection) -> np.ndarray:
        """The place (B, 1, 3) of the spine at the back of a section of the trunk."""
        x, y, z = section.at
        inside = x - section.depth + SPINE_DEPTH_UNDER_SKIN_STATURES
        return person.points(section.segment, (inside, y, z))

    sections = _trunk_sections_with_muscles()[2:9]
    hip, waist, hollow, rib, blade, top, nape = map(point_under_skin, sections)
    lowest, highest = hip + 0.3 * (waist - hip), hollow + 0.4 * (rib - hollow)
    neck = [person.points(name, (-0.011, 0, 0)) for name in NECK_SEGMENTS]
    lines = {
        "sacrum": [person.points("pelvis", TAILBONE_POINTS_IN_PELVIS_STATURES)],
        "lumbar": [lowest, waist, hollow, highest],
        "thoracic": [*([] if close else [highest]), rib, (rib + blade) / 2, blade, top, nape],
        "cervical": [nape, *neck],
    }
    for region, pieces in lines.items():
        points = np.concatenate(pieces, axis=1)
        root = "pelvis" if region in ("sacrum", "lumbar") else "thoracic_3"
        facing, along, _ = person.rotation(root)[:, 2].T
        covered = (facing > MAX_TRUNK_FACING_TO_SHOW_SPINE - TIE_TOLERANCE) | (
            np.abs(along) > MAX_TRUNK_END_ON_TO_SHOW_SPINE
        )
        path, depth = outlines.polyline(points[..., :2]), points[..., 2].mean(axis=1)
        yield Shape(f"{region} bone", "bone", path, depth, covered)
        yield Shape(region, region, path, depth, covered)
