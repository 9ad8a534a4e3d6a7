"""A body seen from one side: frames to shapes, sorted from far to near.

Shapes keep their number, order and points in all frames of a motion, so that a browser can move
between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from . import outline
from .body import SIDES, Body, Frames, body
from .outline import Outline
from .view import View

TRUNK = ("hips", "shirt")
THICK = 0.028  # half height of a section of the trunk, seen from its edge
SPINE = ("sacrum", "lumbar", "thoracic", "cervical")
CHAINS = (("thigh", "shank"), ("upper_arm", "sleeve", "forearm", "thumb", "hand"))
PIECES = ("thigh", "shank", "foot", "upper_arm", "sleeve", "forearm", "thumb", "hand", "ear", "eye")
BODY = (
    *(f"{side} {piece}" for side in SIDES for piece in PIECES),
    *(f"{region}{bone}" for region in SPINE for bone in ("", " bone")),
    *(*TRUNK, "seat", "neck", "head", "face", "nose", "nose behind"),
)
TOUCH = 0.06  # pieces of a limb whose depths differ by less are drawn as one
STEP = 1e-4
RISE = 0.009  # how far the belly comes forward with a breath, and as much again its middle
FORE = 0.03  # a limb level with the trunk is drawn before it
FAR = 0.055  # fractions of stature by which one of a pair is behind the other to be drawn far


@dataclass(frozen=True)
class Shape:
    """A path in B frames: its tone in the palette, and how near it is; hidden (B,) of bool."""

    name: str
    tone: str
    path: Outline
    depth: np.ndarray
    hidden: np.ndarray = field(default_factory=lambda: np.zeros(1, dtype=bool))


def shapes(frames: Frames, view: View, breath: np.ndarray | None = None) -> list[Shape]:
    """The body's shapes in one view, far to near; breath (B,): 0 breathed out, 1 breathed in."""
    eye = _Eye(body(), view.seen(frames), breath)
    limbs = [s for part in _limbs(eye, view.level) for s in part]
    trunk = [*_trunk(eye)]
    return _sorted([*limbs, *trunk], len(frames.origins))


class _Eye:
    """The segments as the viewer sees them."""

    def __init__(self, body: Body, seen: Frames, breath: np.ndarray | None = None) -> None:
        self.body, self.seen = body, seen
        self.breath = np.zeros(len(seen.origins)) if breath is None else breath

    def points(self, segment: str, local) -> np.ndarray:
        """Points (K, 3) of a segment as right, up and near (B, K, 3)."""
        local = np.atleast_2d(np.array(local, dtype=float))
        index = self.body.index[segment]
        return self.seen.points(np.full(len(local), index), local)

    def turn(self, segment: str) -> np.ndarray:
        return self.seen.rotations[:, self.body.index[segment]]

    def spheres(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """A solid's centres (B, K, 3) and radii (K,)."""
        segment, spheres = self.body.solids[name]
        rows = np.full(len(spheres), segment)
        return self.seen.points(rows, spheres[:, :3]), spheres[:, 3]

    def site(self, name: str) -> tuple[np.ndarray, float]:
        segment, local, radius = self.body.site(name)
        return self.seen.points(np.array([segment]), local[None])[:, 0], radius

    def lead(self, segment: str) -> np.ndarray:
        """The angle (B,) of the axis of a segment that is least foreshortened in all frames."""
        axes = self.turn(segment)[:, :2]
        lengths = np.linalg.norm(axes, axis=1).min(axis=0)
        chosen = axes[:, :, lengths.argmax()]
        return np.arctan2(chosen[:, 1], chosen[:, 0])


def _limbs(eye: _Eye, level: bool):
    for pair in (_leg, _arm):
        sides = {side: list(pair(eye, side)) for side in SIDES}
        yield from _far_and_near(sides) if level else sides.values()


def _far_and_near(sides: dict[str, list[Shape]]):
    """The limbs of a pair; one that lies behind the other gets the far tone."""
    depths = {side: np.mean([s.depth.mean() for s in made]) for side, made in sides.items()}
    for side, made in sides.items():
        other = depths["right" if side == "left" else "left"]
        far = depths[side] < other - FAR
        yield [_far(s) if far else s for s in made]


def _far(shape: Shape) -> Shape:
    return replace(shape, tone=f"{shape.tone} far")


def _leg(eye: _Eye, side: str):
    yield _tapered(eye, f"{side} thigh", "trousers", parent=None)
    yield _tapered(eye, f"{side} shank", "trousers", parent=f"{side} thigh")
    yield _foot(eye, side)


def _arm(eye: _Eye, side: str):
    yield _tapered(eye, f"{side} upper_arm", "skin", parent=None)
    yield _sleeve(eye, side)
    yield _tapered(eye, f"{side} forearm", "skin", parent=f"{side} upper_arm")
    yield _thumb(eye, side)
    yield _hand(eye, side)


def _tapered(eye: _Eye, name: str, tone: str, parent: str | None) -> Shape:
    centres, radii = eye.spheres(name)
    closed = _end_on(eye, parent or name)
    path = outline.limb(centres[..., :2], radii, closed)
    return Shape(name, tone, path, centres[..., 2].mean(axis=1) + FORE)


def _end_on(eye: _Eye, name: str) -> bool:
    """Is a limb seen along its length in some frame, so that its near end must show?"""
    centres, _ = eye.spheres(name)
    whole = np.linalg.norm(centres[:, -1] - centres[:, 0], axis=1)
    flat = np.linalg.norm((centres[:, -1] - centres[:, 0])[:, :2], axis=1)
    return bool((flat < 0.5 * whole).any())


def _sleeve(eye: _Eye, side: str) -> Shape:
    centres = eye.points(f"{side} upper_arm", [(0, 0, 0), (0, -0.075, 0)])
    path = outline.limb(
        centres[..., :2], np.array([0.029, 0.031]), _end_on(eye, f"{side} upper_arm")
    )
    return Shape(f"{side} sleeve", "sleeve", path, centres[..., 2].mean(axis=1) + FORE)


def _foot(eye: _Eye, side: str) -> Shape:
    ankle, radii = eye.spheres(f"{side} foot")
    sites = [eye.site(f"{side} {s}") for s in ("ball_inner", "ball_outer", "heel")]
    toes = eye.points(f"{side} foot", [(0.108, -0.029, z) for z in (-0.012, 0.008)])
    centres = np.concatenate([ankle[:, 1:2], *[c[:, None] for c, _ in sites], toes], axis=1)
    sizes = np.array([radii[1], *[r for _, r in sites], 0.011, 0.009])
    path = _ball_hull(eye, f"{side} foot", centres, sizes, 12)
    return Shape(f"{side} foot", "skin", path, centres[..., 2].mean(axis=1) - 0.02)


def _hand(eye: _Eye, side: str) -> Shape:
    palm = [eye.site(f"{side} {s}") for s in ("palm_heel", "palm_inner", "palm_outer")]
    fingers = eye.points(f"{side} fingers", [(0, -0.03, -0.013), (0, -0.03, 0.011), (0, -0.05, 0)])
    centres = np.concatenate([*[c[:, None] for c, _ in palm], fingers], axis=1)
    sizes = np.array([*[r for _, r in palm], 0.01, 0.01, 0.009])
    path = _ball_hull(eye, f"{side} palm", centres, sizes, 10)
    return Shape(f"{side} hand", "skin", path, centres[..., 2].mean(axis=1) + FORE)


def _thumb(eye: _Eye, side: str) -> Shape:
    centres, radii = eye.spheres(f"{side} thumb")
    path = outline.limb(centres[..., :2], radii, closed=False)
    return Shape(f"{side} thumb", "skin", path, centres[..., 2].mean(axis=1) + FORE)


def _ball_hull(eye: _Eye, segment: str, centres, sizes, count: int) -> Outline:
    circles = np.broadcast_to(sizes[:, None, None] ** 2 * np.eye(2), (*centres.shape[:2], 2, 2))
    return outline.hull(centres[..., :2], circles, eye.lead(segment), count)


def _trunk(eye: _Eye):
    yield _hips(eye)
    yield _shirt(eye)
    yield _neck(eye)
    yield from _spine(eye)
    yield from _head(eye)


def _sections(eye: _Eye, chosen: slice) -> tuple[np.ndarray, np.ndarray]:
    """Sections of the trunk as flat ellipsoids: centres (B, K, 3), half axes (B, K, 3, 3)."""
    made = [_section(eye, s) for s in eye.body.table.sections[chosen]]
    return np.stack([c for c, _ in made], axis=1), np.stack([a for _, a in made], axis=1)


def _section(eye: _Eye, section) -> tuple[np.ndarray, np.ndarray]:
    half = np.array([section.depth, THICK, section.width])
    centre, turn = eye.points(section.segment, section.at)[:, 0], eye.turn(section.segment)
    rise = RISE * eye.breath if section.segment.startswith("lumbar") else 0 * eye.breath
    swollen = turn * half + rise[:, None, None] * turn * (1, 0, 0)
    return centre + rise[:, None] * turn[:, :, 0], swollen


def _flat(axes: np.ndarray) -> np.ndarray:
    """Half axes (..., 3, 3) as the squared shape of the ellipse that is seen (..., 2, 2)."""
    flat = axes[..., :2, :]
    return flat @ np.swapaxes(flat, -1, -2)


def _balls(centres: np.ndarray, radius: float) -> np.ndarray:
    return np.broadcast_to(radius**2 * np.eye(2), (*centres.shape[:2], 2, 2))


def _hips(eye: _Eye) -> Shape:
    centres, axes = _sections(eye, slice(0, 3))
    joints = np.concatenate([eye.points(f"{s} thigh", (0, 0, 0)) for s in SIDES], axis=1)
    path = outline.soft_hull(
        np.concatenate([centres, joints], axis=1)[..., :2],
        np.concatenate([_flat(axes), _balls(joints, 0.05)], axis=1),
        eye.lead("pelvis"),
        10,
    )
    return Shape("hips", "trousers", path, centres[..., 2].mean(axis=1))


def _shirt(eye: _Eye) -> Shape:
    centres, axes = _between(*_sections(eye, slice(2, 9)), 3)
    top = eye.points("thoracic_5", (0.02, 0.012, 0))
    tips = np.stack([eye.points(f"{s} upper_arm", (0, 0, 0))[:, 0] for s in SIDES], axis=1)
    yoke = np.concatenate([top + t * (tips - top) for t in (0.4, 0.7, 1.0)], axis=1)
    all_centres = np.concatenate([centres, yoke], axis=1)
    squares = np.concatenate([_flat(axes), _balls(yoke, 0.029)], axis=1)
    axis = _long_axis(eye)
    path = outline.silhouette(all_centres[..., :2], squares, axis, 12)
    return Shape("shirt", "shirt", path, centres[..., 2].mean(axis=1))


def _between(centres, axes, count: int):
    """Sections with more between them."""
    steps = np.linspace(0, centres.shape[1] - 1, (centres.shape[1] - 1) * count + 1)
    low = np.minimum(steps.astype(int), centres.shape[1] - 2)
    share = steps - low
    blend = [(1 - share)[:, None], share[:, None]]
    more = centres[:, low] * blend[0] + centres[:, low + 1] * blend[1]
    turned = axes[:, low] * blend[0][..., None] + axes[:, low + 1] * blend[1][..., None]
    return more, turned


def _long_axis(eye: _Eye) -> np.ndarray:
    """The trunk's axis (B, 2) that is least foreshortened in all frames."""
    axes = eye.turn("thoracic_1")[:, :2]
    return axes[:, :, np.linalg.norm(axes, axis=1).min(axis=0).argmax()]


def _neck(eye: _Eye) -> Shape:
    base = eye.points("thoracic_5", (0.01, 0.01, 0))
    top = eye.points("head", (0.0, 0.012, 0))
    centres = np.concatenate([base, top], axis=1)
    path = outline.limb(centres[..., :2], np.array([0.033, 0.026]), closed=False)
    return Shape("neck", "neck", path, centres[..., 2].mean(axis=1))


def _spine(eye: _Eye):
    """Each region as a pale line, and its vertebrae as dashes on it."""
    for region, points in _vertebrae(eye):
        path, depth = outline.polyline(points[..., :2]), points[..., 2].mean(axis=1)
        yield Shape(f"{region} bone", "bone", path, depth)
        yield Shape(region, region, path, depth)


def _vertebrae(eye: _Eye):
    """The spine's regions from the tail up, as points (B, K, 3)."""
    tail = [(-0.036, -0.036, 0), (-0.05, -0.016, 0), (-0.056, 0.012, 0), (-0.049, 0.048, 0)]
    yield "sacrum", eye.points("pelvis", tail)
    regions = {"lumbar": 4, "thoracic": 5, "cervical": 4}
    ends = {"lumbar": "thoracic_1", "thoracic": "cervical_1", "cervical": "head"}
    for region, links in regions.items():
        segments = [*(f"{region}_{k + 1}" for k in range(links)), ends[region]]
        yield region, np.concatenate([eye.points(s, (0.002, 0, 0)) for s in segments], axis=1)


def _head(eye: _Eye):
    solid = eye.body.table.head
    centre = eye.points("head", solid.centre)
    shape = eye.turn("head") * np.array(solid.half)
    depth = centre[:, 0, 2]

    def put(name: str, tone: str, path: Outline, step: float, hidden=None) -> Shape:
        placed = Outline(path.codes, path.points + centre[..., :2])
        hidden = np.zeros(len(depth), dtype=bool) if hidden is None else hidden
        return Shape(name, tone, placed, depth + FORE + step * STEP, hidden)

    away = shape[:, 2, 0] < -0.35 * solid.half[0]
    nose = _nose(shape)
    yield put("nose behind", "nose", nose, -1, ~away)
    yield put("head", "hair", outline.ellipse(shape), 0)
    yield put("face", "face", outline.cap(_way(0, -24), 72, _UP, shape, 14), 1)
    for side, sign in (("left", -1), ("right", 1)):
        for name, way, size, corners in _features(sign):
            patch = outline.cap(way, size, _UP, shape, corners)
            yield put(f"{side} {name}", name, patch, 2, outline.turned_away(way, size, shape))
    yield put("nose", "nose", nose, 4, away)


def _features(sign: int):
    """Ear and eye: direction on the head, radius in degrees, corners."""
    yield "ear", _way(96 * sign, -8), 15, 10
    yield "eye", _way(34 * sign, 2), 6.5, 7


_UP = np.array([0.0, 1.0, 0.0])


def _way(round_: float, up: float) -> np.ndarray:
    """A direction on the head: degrees from straight ahead to the right, and up."""
    a, b = np.radians([round_, up])
    return np.array([np.cos(b) * np.cos(a), np.sin(b), np.cos(b) * np.sin(a)])


def _nose(shape: np.ndarray) -> Outline:
    """From the bridge over the tip to the lip."""
    ways = _way(0, 2) * 0.96, _way(0, -15) * 1.08, _way(0, -27) * 0.96
    centres = np.stack([shape @ way for way in ways], axis=1)[..., :2]
    return outline.limb(centres, np.array([0.004, 0.007, 0.005]), closed=False)


def _sorted(found: list[Shape], frames: int) -> list[Shape]:
    """Far to near, by mean depth; a limb that passes the trunk gets a copy on each side."""
    trunk = np.mean([s.depth for s in found if s.name in TRUNK], axis=0)
    ranked = [pair for shape in _joined(found, trunk) for pair in _copies(shape, trunk, frames)]
    ranked = [(rank, shape) for rank, shape in ranked if not shape.hidden.all()]
    return [shape for _, shape in sorted(ranked, key=lambda pair: pair[0])]


def _joined(found: list[Shape], trunk: np.ndarray) -> list[Shape]:
    """Shapes with the depths at which they are sorted: pieces that touch keep together."""
    by_name = {s.name: s for s in found}
    for side in SIDES:
        for order in CHAINS:
            _join(by_name, [f"{side} {piece}" for piece in order])
    skin = np.full_like(trunk, max(by_name[name].depth.mean() for name in (*TRUNK, "neck")))
    for k, region in enumerate(SPINE, 1):
        _lay(by_name, region, skin + k * STEP)
    for side in SIDES:
        _dress(by_name, f"{side} thigh")
    return list(by_name.values())


def _dress(by_name: dict[str, Shape], name: str) -> None:
    """Put the hips' cloth over the edges of a thigh that grows out of them, below the sacrum."""
    thigh, hips = by_name[name], by_name["hips"]
    grows = thigh.path.codes[-1] != outline.CLOSE and thigh.tone == "trousers"
    if grows and thigh.depth.mean() > hips.depth.mean():
        depth = thigh.depth + STEP / 4
        by_name[f"{name} seat"] = replace(hips, name="seat", tone="seat", depth=depth)
        _lay(by_name, "sacrum", np.maximum(by_name["sacrum"].depth, depth + STEP / 4))


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
    before = shape.depth > trunk
    passes = before.any() and not before.all() and np.ptp(shape.depth - trunk) > TOUCH
    if _of_limb(shape.name) and passes:
        for where in (before, ~before):
            yield shape.depth[where].mean(), replace(shape, hidden=hidden | ~where)
    else:
        yield shape.depth.mean(), replace(shape, hidden=hidden)


def _of_limb(name: str) -> bool:
    return name.partition(" ")[0] in SIDES and not name.endswith((" ear", " eye"))


def swatch(region: str, x: float, y: float) -> list[Shape]:
    """A piece of spine for a legend, 0.07 long, beginning at (x, y)."""
    line = outline.polyline(np.array([[(x, y), (x + 0.07, y)]]))
    return [Shape(region, region, line, np.zeros(1))]
