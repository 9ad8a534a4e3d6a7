"""What data/postures.yaml may say: supports, postures and motions, as models.

A posture may be like another and tell only what differs; ``flat`` gives it whole.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from backcare_nb.body.body import Number, Point, body, mirrored
from backcare_nb.body.solutions import shelf
from backcare_nb.content import DATA
from backcare_nb.content.base import Line as Title
from backcare_nb.content.base import Model, Name, Position, Side, many, refuse
from backcare_nb.content.names import find

STATURE = 170.0  # cm: the person drawn; real sizes are given in cm
View = Literal[
    *("side", "right_side", "far_side", "front", "feet", "back", "above", "corner"),
    *("side_close", "back_close"),
]


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
    places: dict[Name, Point] = Field(default_factory=dict)
    grip: bool = Field(default=False, description="Hands can hold it.")


Cm = Annotated[Number, Field(ge=-1000, le=1000)]
Spot = Annotated[tuple[Cm, Cm, Cm], Field(strict=False)]
Degrees = Annotated[Number, Field(ge=-360, le=360)]


class Place(Model):
    """A site at a place in the room, in cm; what is left out is free."""

    place: str
    x: Cm | None = None
    y: Cm | None = None
    z: Cm | None = None


class Ahead(Model):
    """A site some cm from another, along one of the room's ways."""

    ahead: str
    of: str
    by: Cm
    along: Literal["x", "y", "z"] = "x"


class Lean(Model):
    """The line between two points leans by an angle from upright towards the right, degrees."""

    lean: str
    over: str
    right: Degrees


Contact = Annotated[str, Field(max_length=200)] | Place | Ahead | Lean


class PostureSpec(Model):
    """One posture of data/postures.yaml."""

    title: Title
    like: Name | None = None
    position: Position | None = None
    side: Side | None = None
    on: many(Name) | None = None
    context: many(Name) = ()
    angles: dict[str, dict[str, Degrees]] = Field(default_factory=dict)
    free: many(str) = ()
    contacts: many(Contact) = ()
    without: many(Contact) = ()
    views: many(View) | None = None
    near: Spot | None = Field(default=None, description="Where the hips are, about, in cm.")


class Angle(Model):
    """The angle that a motion teaches: what it is called, and where it begins and ends."""

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

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        from backcare_nb.body.posture_names import (
            mistakes,  # which knows what is built on this module
        )

        refuse("PostureTable", mistakes(self, body()))
        return self


@cache
def table() -> PostureTable:
    """data/postures.yaml, read."""
    return shelf().table("postures.yaml", PostureTable, others=("body.yaml",))


_ADDED: tuple[dict[str, PostureSpec], dict[str, MotionSpec]] = ({}, {})


def add(postures: Mapping[str, PostureSpec], motions: Mapping[str, MotionSpec]) -> None:
    """Let postures and motions be drawn that are not in data/postures.yaml.

    A name stands for one posture or motion for ever: what changes takes another name, so that
    nothing that is remembered by name can be out of date.
    """
    for known, more in zip(_ADDED, (postures, motions), strict=True):
        known.update((name, spec) for name, spec in more.items() if name not in known)


def posture_spec(name: str) -> PostureSpec:
    """A posture of data/postures.yaml, or one that was added. Raises UnknownName."""
    return _ADDED[0].get(name) or find("posture", name, table().postures)


def motion_spec(name: str) -> MotionSpec:
    """A motion of data/postures.yaml, or one that was added. Raises UnknownName."""
    return _ADDED[1].get(name) or find("motion", name, table().motions)


def is_motion(name: str) -> bool:
    """Is this the name of a motion, shipped or added?"""
    return name in table().motions or name in _ADDED[1]


def flat(name: str, spec: PostureSpec | None = None) -> PostureSpec:
    """A posture's spec with what it takes from the one it is like."""
    spec = spec or posture_spec(name)
    if spec.like is None:
        return spec
    base = flat(spec.like)
    joints = {j: dict(a) for j, a in base.angles.items() if j not in spec.free}
    for joint, motions in spec.angles.items():
        joints[joint] = _instead(joints.get(joint, {}), motions)
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


def _instead(old: dict[str, float], new: dict[str, float]) -> dict[str, float]:
    """The old angles with the new in their place; an extension takes the place of a flexion."""
    opposite = opposites()
    gone = {name for motion in new for name in (motion, opposite.get(motion))}
    return {**{m: v for m, v in old.items() if m not in gone}, **new}


@cache
def opposites() -> dict[str, str]:
    """Each motion's name with that of its opposite."""
    pairs = [(d.motion, d.spec.opposite) for d in body().dofs]
    return dict([*pairs, *(pair[::-1] for pair in pairs)])


def source(spec: PostureSpec) -> str:
    """All that a posture is solved from, as text: its spec, its supports, and the body."""
    keys = [key for key in PostureSpec.model_fields if key not in ("title", "views")]
    things = [table().supports[name] for name in spec.on or ()]
    return "\n".join(
        [said(spec, keys), *(said(t, SupportSpec.model_fields) for t in things), _body()]
    )


def said(spec: Model, keys: Iterable[str]) -> str:
    """What a spec says under some keys, as JSON.

    model_dump_json gives the same, but takes as long to get ready as a figure to be drawn.
    """
    found = {key: getattr(spec, key) for key in keys}
    return json.dumps(found, default=dict, ensure_ascii=False, separators=(",", ":"))


@cache
def _body() -> str:
    return (DATA / "body.yaml").read_text(encoding="utf-8")


def mirror_spec(spec: PostureSpec) -> PostureSpec:
    """The spec with left and right swapped."""
    angles = {
        mirrored(j): {_mirror_motion(m): v for m, v in motions.items()}
        for j, motions in spec.angles.items()
    }
    contacts = tuple(_mirror_contact(c) for c in spec.contacts)
    return spec.model_copy(
        update={"side": _other(spec.side), "angles": angles, "contacts": contacts}
    )


def _mirror_contact(contact: Contact) -> Contact:
    if isinstance(contact, str):
        return mirrored(contact)
    names = {k: mirrored(v) for k, v in contact if isinstance(v, str) and k != "along"}
    return contact.model_copy(update={**names, **_mirror_amount(contact)})


def _mirror_amount(contact: Place | Ahead | Lean) -> dict[str, float]:
    if isinstance(contact, Place):
        return {} if contact.z is None else {"z": -contact.z}
    if isinstance(contact, Lean):
        return {"right": -contact.right}
    return {"by": -contact.by} if contact.along == "z" else {}


def _other(side: Side | None) -> Side | None:
    return mirrored(side) if side else None


def _mirror_motion(motion: str) -> str:
    return re.sub("left$|right$", lambda m: mirrored(m[0]), motion)
