"""Postures: how the body is placed, as people describe it, solved to exact numbers.

data/postures.yaml gives clinical angles and contacts; here they become problems for the solver.
Angles that are given are kept as near as the contacts allow; the others are found.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field

from .body import SIDES, Dof, Frames, Number, Point, body, mirrored, sided
from .model import Line as Title
from .model import Model, Name, Position, Side, many
from .solver import Line, Problem, Rest, Touch, solve
from .support import FLOOR, Ball, Box, Cylinder, Support

STATURE = 170.0  # cm: the person drawn; real sizes are given in cm
TYPED = 0.01  # how freely a given angle gives way, against 1 for a free one
# How freely what is not given gives way: people bend before they twist, and move a limb first.
GIVE = {
    "lumbar": 0.02, "thoracic": 0.02, "cervical": 0.02, "girdle": 0.05, "pelvis": 0.2,
    "lumbar.flexion": 0.2, "thoracic.flexion": 0.2, "cervical.flexion": 0.2,
    "hip.abduction": 0.1, "hip.external_rotation": 0.1, "ankle.eversion": 0.1,
    "wrist.radial_deviation": 0.1, "fingers.flexion": 0.1,
}  # fmt: skip
HIPS_AT = {"supine": 0.12, "prone": 0.12, "kneeling": 0.3, "sitting": 0.35, "standing": 0.53}
View = Literal["side", "far_side", "front", "feet", "back", "above", "corner"]
PLURALS = {
    "hips": "hip", "knees": "knee", "ankles": "ankle", "girdles": "girdle", "shoulders": "shoulder",
    "elbows": "elbow", "wrists": "wrist",
}  # fmt: skip
GROUPS = {
    "sole": ("heel", "ball_inner", "ball_outer"),
    "hand": ("palm_heel", "palm_inner", "palm_outer"),
    "forearm": ("elbow", "wrist"),
}
NEAREST = {"head": ("head_back", "head_middle", "head_front")}


class BoxPart(Model):
    low: Point
    high: Point


class RollPart(Model):
    centre: Point
    radius: float = Field(gt=0)
    half_length: float = Field(gt=0)


class BallPart(Model):
    centre: Point
    radius: float = Field(gt=0)


class SupportSpec(Model):
    """A thing in the room, in cm: the floor at y = 0, x forward, z to the right."""

    boxes: many(BoxPart) = ()
    rolls: many(RollPart) = ()
    balls: many(BallPart) = ()
    places: dict[Name, Point] = {}
    grip: bool = Field(default=False, description="Hands can hold it.")


class Place(Model):
    """A site at a place in the room, in cm; what is left out is free."""

    place: str
    x: Number | None = None
    y: Number | None = None
    z: Number | None = None


class Ahead(Model):
    """A site some cm from another, along one of the room's ways."""

    ahead: str
    of: str
    by: Number
    along: Literal["x", "y", "z"] = "x"


class Lean(Model):
    """The line between two points leans by an angle from upright towards the right, degrees."""

    lean: str
    over: str
    right: Number


Contact = str | Place | Ahead | Lean


class PostureSpec(Model):
    """One posture of data/postures.yaml."""

    title: Title
    like: Name | None = None
    position: Position | None = None
    side: Side | None = None
    on: many(Name) | None = None
    context: many(Name) = ()
    angles: dict[str, dict[str, Number]] = {}
    free: many(str) = ()
    contacts: many(Contact) = ()
    without: many(Contact) = ()
    views: many(View) | None = None
    near: Point | None = Field(default=None, description="Where the hips are, about, in cm.")


class Angle(Model):
    """The angle that a motion teaches, by progress: what it is called, and where it begins and ends."""

    label: Title
    start: Number
    end: Number
    sites: many(str) = ()


class MotionSpec(Model):
    """One motion of data/postures.yaml: the postures it goes through."""

    title: Title
    through: many(str, min_length=2) = Field(
        description='Names; "other NAME" is on the other side.'
    )
    loop: bool = False
    arrows: many(str) = ()
    angle: Angle | None = None
    views: many(View) | None = None
    let_go: many(str) = Field(default=(), description="Contacts that do not hold on the way.")
    slide: many(str) = Field(default=(), description="Contacts that hold and may slide.")


class PostureTable(Model):
    """data/postures.yaml."""

    supports: dict[Name, SupportSpec]
    postures: dict[Name, PostureSpec]
    motions: dict[Name, MotionSpec]


@dataclass(frozen=True)
class Pose:
    """A posture solved for one side: ``numbers`` (size,) as the body takes them."""

    name: str
    side: Side | None
    spec: PostureSpec
    numbers: np.ndarray
    supports: tuple[Support, ...]

    @property
    def title(self) -> str:
        return self.spec.title.format(side=self.side, other=mirrored(self.side or ""))

    @cached_property
    def frames(self) -> Frames:
        """A batch of one."""
        return body().frames(self.numbers[None])

    def point(self, site: str) -> np.ndarray:
        """Where a named site is, (3,) fractions of stature."""
        segment, local, _ = body().site(site)
        return self.frames.points(np.array([segment]), local[None])[0, 0]


@cache
def table() -> PostureTable:
    """data/postures.yaml, read."""
    from .library import DATA
    from .reading import read

    return read(DATA / "postures.yaml", PostureTable)


@cache
def names() -> tuple[str, ...]:
    """The names of all postures."""
    return tuple(table().postures)


def posture(name: str, side: Side | None = None) -> Pose:
    """A posture, on the side asked for if it has sides. Raises KeyError for an unknown name."""
    pose = _solved(name)
    return pose if side is None or pose.side in (side, None) else mirror(pose)


def mirror(pose: Pose) -> Pose:
    """The mirror image of a pose: sides swapped, no angle changed."""
    return Pose(
        pose.name,
        mirrored(pose.side),
        mirror_spec(pose.spec),
        body().mirrored(pose.numbers),
        pose.supports,
    )


@cache
def _solved(name: str) -> Pose:
    return solve_all((name,))[0]


def solve_all(wanted: Iterable[str]) -> list[Pose]:
    """Postures by their names, solved together."""
    specs = [(name, flat(name)) for name in wanted]
    rows = solve(body(), [problem(spec) for _, spec in specs])
    return [
        Pose(name, spec.side, spec, row, supports(spec))
        for (name, spec), row in zip(specs, rows, strict=True)
    ]


def flat(name: str) -> PostureSpec:
    """A posture's spec with what it takes from the one it is like."""
    spec = table().postures[name]
    if spec.like is None:
        return spec
    base = flat(spec.like)
    base_angles = {j: a for j, a in base.angles.items() if j not in spec.free}
    joints = {
        j: {**base_angles.get(j, {}), **spec.angles.get(j, {})}
        for j in dict.fromkeys((*base_angles, *spec.angles))
    }
    kept = tuple(c for c in base.contacts if c not in spec.without)
    return spec.model_copy(update={
        "angles": joints,
        "contacts": kept + spec.contacts,
        "context": base.context + spec.context,
        "position": spec.position or base.position,
        "side": spec.side or base.side,
        "on": base.on if spec.on is None else spec.on,
        "views": spec.views or base.views,
        "near": spec.near or base.near,
    })  # fmt: skip


def mirror_spec(spec: PostureSpec) -> PostureSpec:
    """The spec with left and right swapped."""
    angles = {
        mirrored(j): {_mirror_motion(m): v for m, v in motions.items()}
        for j, motions in spec.angles.items()
    }
    contacts = tuple(mirrored(c) if isinstance(c, str) else c for c in spec.contacts)
    return spec.model_copy(
        update={"side": _other(spec.side), "angles": angles, "contacts": contacts}
    )


def _other(side: Side | None) -> Side | None:
    return mirrored(side) if side else None


def _mirror_motion(motion: str) -> str:
    return re.sub("left$|right$", lambda m: mirrored(m[0]), motion)


@cache
def support(name: str) -> Support:
    """A support of the table, in fractions of stature."""
    if name == "floor":
        return FLOOR
    spec = table().supports[name]
    boxes = [Box(_cm(b.low), _cm(b.high)) for b in spec.boxes]
    rolls = [
        Cylinder(_cm(r.centre), r.radius / STATURE, r.half_length / STATURE) for r in spec.rolls
    ]
    balls = [Ball(_cm(b.centre), b.radius / STATURE) for b in spec.balls]
    places = {n: _cm(p) for n, p in spec.places.items()}
    return Support(name, (*boxes, *rolls, *balls), places, spec.grip)


def supports(spec: PostureSpec) -> tuple[Support, ...]:
    """What a posture rests on; the floor is always there."""
    return (FLOOR, *(support(name) for name in spec.on or ()))


def _cm(point: tuple[float, float, float]) -> tuple[float, ...]:
    return tuple(v / STATURE for v in point)


def problem(spec: PostureSpec) -> Problem:
    """The spec as targets, contacts and limits for the solver."""
    b = body()
    target = np.zeros(b.size)
    give = np.array([0.04] * 3 + [_give(d) for d in b.dofs])
    for joint, motion, value in given(spec.angles):
        index, sign = dof(joint, motion)
        target[index], give[index] = sign * value, TYPED
    lines, rests = contacts(spec.contacts)
    return Problem(
        target,
        give,
        _bounds(spec, target, give == TYPED),
        lines,
        rests,
        supports(spec),
        _start(spec, target),
        symmetric=spec.side is None,
    )


def _bounds(spec: PostureSpec, target: np.ndarray, typed: np.ndarray) -> np.ndarray:
    """The limits, widened to what is given: a check refuses that with its reason, not the solver."""
    low, high = limits(spec).T
    low = np.minimum(low, np.where(typed, target, np.inf))
    return np.stack([low, np.maximum(high, np.where(typed, target, -np.inf))], axis=1)


def _give(d: Dof) -> float:
    return GIVE.get(f"{d.joint}.{d.motion}", GIVE.get(d.joint, 1.0))


def _start(spec: PostureSpec, target: np.ndarray) -> np.ndarray:
    start = target.copy()
    start[:3] = _cm(spec.near) if spec.near else (0, HIPS_AT[spec.position or "standing"], 0)
    return start


def limits(spec: PostureSpec) -> np.ndarray:
    """(size, 2): the limits of each number in the posture's context."""
    b = body()
    bounds = b.limits.copy()
    for i, d in enumerate(b.dofs):
        for context in spec.context:
            if context in d.spec.contexts:
                bounds[3 + i] = d.spec.contexts[context].limit
    return bounds


def given(angles: dict[str, dict[str, float]]) -> Iterator[tuple[str, str, float]]:
    """Each angle by its joint: "knees" is both."""
    for joint, motions in angles.items():
        for one in _each(joint):
            for motion, value in motions.items():
                yield one, motion, value


def _each(joint: str) -> tuple[str, ...]:
    if joint in PLURALS:
        return tuple(sided(PLURALS[joint], side) for side in SIDES)
    return ("left fingers", "right fingers") if joint == "fingers" else (joint,)


@cache
def dof(joint: str, motion: str) -> tuple[int, float]:
    """The number of a motion by its name or its opposite's, with the sign."""
    b = body()
    for i, d in enumerate(b.dofs):
        if sided(d.joint, d.side) == joint:
            if d.motion == motion:
                return 3 + i, 1.0
            if d.spec.opposite == motion:
                return 3 + i, -1.0
    raise KeyError(f"{joint}: {motion}")


def contacts(wanted: Iterable[Contact]) -> tuple[list[Line], list[Rest | Touch]]:
    """Contacts as lines and rests for the solver."""
    lines, rests = [], []
    for contact in wanted:
        for made in _contact(contact):
            (lines if isinstance(made, Line) else rests).append(made)
    return lines, rests


def _contact(contact: Contact) -> Iterator[Line | Rest | Touch]:
    if isinstance(contact, str):
        yield from _spoken(contact)
    elif isinstance(contact, Place):
        yield from _placed(contact)
    elif isinstance(contact, Ahead):
        way = np.eye(3)["xyz".index(contact.along)]
        yield Line(way, _site(contact.ahead), _site(contact.of), contact.by / STATURE)
    else:
        angle = np.radians(contact.right)
        way = np.array([0.0, -np.sin(angle), np.cos(angle)])
        yield Line(way, _site(contact.lean), _site(contact.over))


def _spoken(words: str) -> Iterator[Line | Rest | Touch]:
    """ "both sole on floor", "either buttock on floor", "left fingers at right shin"."""
    what, verb, where = re.fullmatch(r"(.+) (on|at|touches) (.+)", words).groups()
    if verb == "on":
        yield from _rests(what, support(where))
    else:
        for one, other in _pairs(what, where):
            yield from _touch(one, other) if verb == "touches" else _meet(one, other)


def _rests(what: str, on: Support) -> Iterator[Rest]:
    if what in NEAREST:
        yield Rest(tuple(_ball(site) for site in NEAREST[what]), on)
    elif what.startswith("either "):
        yield Rest(tuple(_ball(sided(what[7:], side)) for side in SIDES), on)
    else:
        yield from (Rest((_ball(site),), on) for site in _sites(what))


def _meet(one: str, other: str) -> Iterator[Line]:
    yield from (Line(way, _site(one), _target(other)) for way in np.eye(3))


def _touch(one: str, other: str) -> Iterator[Touch]:
    yield Touch(_ball(one), _ball(other))


def _sites(what: str) -> Iterator[str]:
    """The sites meant: "both soles" are six."""
    first, _, rest = what.partition(" ")
    for side in SIDES if first == "both" else (first,):
        whole = rest if first in ("both", *SIDES) else what
        for part in GROUPS.get(whole, (whole,)):
            yield f"{side} {part}" if first in ("both", *SIDES) else part


def _pairs(what: str, where: str) -> Iterator[tuple[str, str]]:
    for one in _sites(what):
        side = one.partition(" ")[0]
        yield one, where.replace("both", side)


def _placed(contact: Place) -> Iterator[Line]:
    for way, value in zip(np.eye(3), (contact.x, contact.y, contact.z), strict=True):
        if value is not None:
            yield Line(way, _site(contact.place), (-1, way * value / STATURE))


def _ball(site: str) -> tuple[int, np.ndarray, float]:
    return body().site(site)


def _site(name: str) -> tuple[int, np.ndarray]:
    segment, local, _ = body().site(name)
    return segment, local


def _target(name: str) -> tuple[int, np.ndarray]:
    """A site of the body, or a place of a support such as "left bed edge"."""
    if name in body().site_names:
        return _site(name)
    side, _, rest = name.partition(" ")
    thing, _, place = (rest if side in SIDES else name).partition(" ")
    flip = -1 if side == "left" else 1
    return -1, np.array(support(thing).places[place]) * (1, 1, flip)
