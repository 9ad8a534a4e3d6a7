"""What data/postures.yaml may say of a support, a posture and a motion, as models."""

import json
import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from backcare_nb.body.skeleton import Number, Point, mirrored
from backcare_nb.course.fields import Model, Name, Position, Side, tuple_of
from backcare_nb.course.fields import ShortText as Title

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

    boxes: tuple_of(BoxPart) = ()
    rolls: tuple_of(RollPart) = ()
    balls: tuple_of(BallPart) = ()
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
    on: tuple_of(Name) | None = None
    context: tuple_of(Name) = ()
    angles: dict[str, dict[str, Degrees]] = Field(default_factory=dict)
    free: tuple_of(str) = ()
    contacts: tuple_of(Contact) = ()
    without: tuple_of(Contact) = ()
    views: tuple_of(View) | None = None
    near: Spot | None = Field(default=None, description="Where the hips are, about, in cm.")


class Angle(Model):
    """The angle that a motion teaches: what it is called, and where it begins and ends."""

    label: Title
    start: Number
    end: Number
    sites: tuple_of(str) = ()


class MotionSpec(Model):
    """One motion of data/postures.yaml: the postures it goes through."""

    title: Title
    through: tuple_of(str, min_length=2) = Field(
        description='Names; "other NAME" is on the other side.'
    )
    loop: bool = False
    arrows: tuple_of(str) = ()
    angle: Angle | None = None
    views: tuple_of(View) | None = None
    let_go: tuple_of(str) = Field(default=(), description="Contacts that do not hold on the way.")
    slide: tuple_of(str) = Field(default=(), description="Contacts that hold and may slide.")


def contact_text(contact: Contact) -> str:
    """A contact as it stands in the file."""
    if isinstance(contact, str):
        return contact
    parts = contact.model_dump(exclude_none=True).items()
    return "{" + ", ".join(f"{k}: {v if isinstance(v, str) else f'{v:g}'}" for k, v in parts) + "}"


def said(spec: Model, keys: Iterable[str]) -> str:
    """What a spec says under some keys, as JSON.

    model_dump_json gives the same, but takes as long to get ready as a figure to be drawn.
    """
    found = {key: getattr(spec, key) for key in keys}
    return json.dumps(found, default=dict, ensure_ascii=False, separators=(",", ":"))


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
