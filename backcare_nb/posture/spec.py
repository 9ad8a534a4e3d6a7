"""What data/postures.yaml may say of a support, a posture and a motion, as models."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from backcare_nb.body.skeleton import LaxFloat, LaxPoint, add_side, body, mirror_name
from backcare_nb.course.fields import BodyPosition, Model, Name, Side, TupleFromList
from backcare_nb.course.fields import ShortText as TitleLine

STATURE_CM = 170.0  # of the person drawn; real sizes are given in cm
SINGULAR_BY_PLURAL_JOINT = {
    "hips": "hip", "knees": "knee", "ankles": "ankle", "girdles": "girdle", "shoulders": "shoulder",
    "elbows": "elbow", "wrists": "wrist", "fingers": "fingers",
    "thumbs": "thumb",
}  # fmt: skip
SITES_BY_GROUP = {
    "sole": ("heel", "ball_inner", "ball_outer"),
    "hand": ("palm_heel", "palm_inner", "palm_outer"),
    "forearm": ("elbow", "wrist"),
}
# The same of what meets its like: two soles open towards the floor, as a book does.
MEETING_SITES_BY_GROUP = SITES_BY_GROUP | {"sole": ("heel", "ball")}
# One of these touches, whichever is nearest: what rolls over rests on one after the other.
NEAREST_SITE_CANDIDATES_BY_WORD = {
    "head": ("head_back", "head_middle", "head_front", "head_top"),
    "hips": ("left buttock", "right buttock", "left hip_side", "right hip_side", "pubis"),
    "shoulders": (
        "left shoulder", "right shoulder", "left shoulder_blade", "right shoulder_blade", "chest",
    ),
    "front": ("pubis", "tummy", "chest"),
}  # fmt: skip
ViewName = Literal[
    "side", "right_side", "far_side", "front", "feet", "back", "above", "corner",
    "side_close", "back_close",
]  # fmt: skip


class CornerView(Model):
    """A view from a corner of the room, in degrees.

    The azimuth leads from the front (0; from the feet of who lies on the back) by the person's
    right (90) to behind (180), and by the left to -180; the elevation from level with the floor (0)
    to straight above (90). Written for the right side; of the left one the mirror image is seen,
    unless it says otherwise, for those who go somewhere and are not to turn round.
    """

    azimuth: Annotated[LaxFloat, Field(ge=-180, le=180)]
    elevation: Annotated[LaxFloat, Field(gt=0, lt=90)]
    mirrored: bool = True


View = ViewName | CornerView


class BoxSpec(Model):
    low: LaxPoint
    high: LaxPoint


class RollSpec(Model):
    centre: LaxPoint
    radius: float = Field(gt=0)
    half_length: float = Field(gt=0)


class BallSpec(Model):
    centre: LaxPoint
    radius: float = Field(gt=0)


class SupportSpec(Model):
    """A thing in the room, in cm: the floor at y = 0, x forward, z to the right."""

    boxes: TupleFromList[BoxSpec] = ()
    rolls: TupleFromList[RollSpec] = ()
    balls: TupleFromList[BallSpec] = ()
    places: dict[Name, LaxPoint] = Field(default_factory=dict)
    grip: bool = Field(default=False, description="Hands can hold it.")
    soft: float = Field(default=0.0, ge=0, description="How far a body may sink into it, in cm.")


Centimetres = Annotated[LaxFloat, Field(ge=-1000, le=1000)]
PointCm = Annotated[tuple[Centimetres, Centimetres, Centimetres], Field(strict=False)]
Degrees = Annotated[LaxFloat, Field(ge=-360, le=360)]


class PlaceContact(Model):
    """A site at a place in the room, in cm; what is left out is free."""

    place: str
    x: Centimetres | None = None
    y: Centimetres | None = None
    z: Centimetres | None = None


class AheadContact(Model):
    """A site some cm from another, along one of the room's ways."""

    ahead: str
    of: str
    by: Centimetres
    along: Literal["x", "y", "z"] = "x"


class LeanContact(Model):
    """The line between two points leans by an angle from upright towards the right, degrees."""

    lean: str
    over: str
    right: Degrees


Contact = Annotated[str, Field(max_length=200)] | PlaceContact | AheadContact | LeanContact


class PostureSpec(Model):
    """One posture of data/postures.yaml."""

    title: TitleLine
    like: Name | None = None
    position: BodyPosition | None = None
    side: Side | None = None
    on: TupleFromList[Name] | None = None
    context: TupleFromList[Name] = ()
    angles: dict[str, dict[str, Degrees]] = Field(default_factory=dict)
    free: TupleFromList[str] = ()
    contacts: TupleFromList[Contact] = ()
    without: TupleFromList[Contact] = ()
    passing: bool = Field(default=False, description="One goes through it and does not rest.")
    views: TupleFromList[View] | None = None
    near: PointCm | None = Field(default=None, description="Where the hips are, about, in cm.")


class OwnPostureSpec(PostureSpec):
    """A posture of one's own, settled with the one it is like: it stands alone, for one side.

    Its ``angles`` are those that a person wrote, and its contacts those that hold beside them.
    """

    kept: dict[str, dict[str, Degrees]] = Field(
        default_factory=dict,
        description="Angles of the posture it is like, kept as near as what was written allows.",
    )
    strap: TupleFromList[str] = Field(
        default=(), description="Places that a strap or a band joins."
    )


AnyPostureSpec = TypeVar("AnyPostureSpec", bound=PostureSpec)


class TaughtAngle(Model):
    """The angle that a motion teaches: what it is called, and where it begins and ends."""

    label: TitleLine
    start: LaxFloat
    end: LaxFloat
    sites: TupleFromList[str] = ()


class MotionSpec(Model):
    """One motion of data/postures.yaml: the postures it goes through."""

    title: TitleLine
    through: Annotated[TupleFromList[str], Field(min_length=2)] = Field(
        description='Names; "other NAME" is on the other side; twice in a row is a rest.'
    )
    loop: bool = False
    rest_share: float = Field(
        default=0, ge=0, lt=1, description="Of all frames, for each rest; 20 frames where 0."
    )
    arrows: TupleFromList[str] = ()
    angle: TaughtAngle | None = None
    views: TupleFromList[View] | None = None
    let_go: TupleFromList[str] = Field(
        default=(), description="Contacts that do not hold on the way."
    )
    slide: TupleFromList[str] = Field(default=(), description="Contacts that hold and may slide.")


def format_contact(contact: Contact) -> str:
    """Write a contact as it stands in the file."""
    if isinstance(contact, str):
        return contact
    parts = contact.model_dump(exclude_none=True).items()
    return "{" + ", ".join(f"{k}: {v if isinstance(v, str) else f'{v:g}'}" for k, v in parts) + "}"


def format_spec_keys_json(spec: Model, keys: Iterable[str]) -> str:
    """Write what a spec says under some keys, as JSON.

    model_dump_json gives the same, but takes as long to get ready as a figure to be drawn.
    """
    found = {key: getattr(spec, key) for key in keys}
    return json.dumps(found, default=dict, ensure_ascii=False, separators=(",", ":"))


@cache
def motion_names_by_joint() -> dict[str, list[str]]:
    """Return the motions of each joint, by the names that a posture may use."""
    found: dict[str, list[str]] = {}
    for one in body().dofs:
        plural = [many for many, single in SINGULAR_BY_PLURAL_JOINT.items() if single == one.joint]
        for joint in (add_side(one.joint, one.side), *plural):
            known = found.setdefault(joint, [])
            known += [m for m in (one.motion, one.spec.opposite) if m not in known]
    return found


@cache
def opposite_by_motion_name() -> dict[str, str]:
    """Each motion's name with that of its opposite."""
    pairs = [(d.motion, d.spec.opposite) for d in body().dofs]
    return dict([*pairs, *(pair[::-1] for pair in pairs)])


def mirror_spec(spec: AnyPostureSpec) -> AnyPostureSpec:
    """Swap left and right in a spec."""
    update: dict[str, Any] = {
        "side": mirror_name(spec.side) if spec.side else None,
        "on": spec.on and tuple(map(mirror_name, spec.on)),
        "angles": _mirror_angles(spec.angles),
        "contacts": tuple(_mirror_contact(c) for c in spec.contacts),
        "near": spec.near and (*spec.near[:2], -spec.near[2]),
    }
    if isinstance(spec, OwnPostureSpec):
        update["kept"] = _mirror_angles(spec.kept)
        update["strap"] = tuple(map(mirror_name, spec.strap))
    return spec.model_copy(update=update)


def _mirror_angles(angles: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {
        mirror_name(joint): {mirror_name(motion): value for motion, value in motions.items()}
        for joint, motions in angles.items()
    }


def _mirror_contact(contact: Contact) -> Contact:
    if isinstance(contact, str):
        return mirror_name(contact)
    change: dict[str, str | float] = {
        key: mirror_name(value)
        for key, value in contact
        if isinstance(value, str) and key != "along"
    }
    if isinstance(contact, PlaceContact) and contact.z is not None:
        change["z"] = -contact.z
    elif isinstance(contact, LeanContact):
        change["right"] = -contact.right
    elif isinstance(contact, AheadContact) and contact.along == "z":
        change["by"] = -contact.by
    return contact.model_copy(update=change)
