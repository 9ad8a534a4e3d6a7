"""Angles and contacts as they are written, one by one, and the parts of the body that they hold."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from backcare_nb.body.collision import part_of_segment
from backcare_nb.body.skeleton import SIDES, add_side, body, mirror_name, split_side
from backcare_nb.posture.contacts import split_contacts_by_site, split_site_verb_and_place
from backcare_nb.posture.pose import SPINE_JOINTS, Pose, iter_joint_angles
from backcare_nb.posture.spec import (
    NEAREST_SITE_CANDIDATES_BY_WORD,
    SINGULAR_BY_PLURAL_JOINT,
    SITES_BY_GROUP,
    STATURE_CM,
    AheadContact,
    Contact,
    LeanContact,
    PlaceContact,
)
from backcare_nb.posture.table import OWN_SUPPORT_NAME_PATTERN

ROOM_AXES: tuple[Literal["x", "y", "z"], ...] = ("x", "y", "z")
MAX_WRITTEN_ANGLE_ERROR_DEG = 5.0  # between an angle that a person wrote and the one drawn
ARM_PARTS, LEG_PARTS = ("upper_arm", "forearm", "hand"), ("thigh", "shank", "foot")
TRUNK_PARTS = ("pelvis", "groin", "lumbar", "thoracic", "shoulder")
PARTS_MOVED_BY_JOINT = {  # by the joints that carry them
    "pelvis": (*TRUNK_PARTS, "cervical", "head"),
    "lumbar": ("lumbar", "thoracic", "cervical", "head"),
    "thoracic": ("thoracic", "cervical", "head"),
    "cervical": ("cervical", "head"),
    "hip": LEG_PARTS,
    "knee": LEG_PARTS[1:],
    "ankle": LEG_PARTS[2:],
    "girdle": ARM_PARTS,
    "shoulder": ARM_PARTS,
    "elbow": ARM_PARTS[1:],
    "wrist": ARM_PARTS[2:],
    "fingers": ARM_PARTS[2:],
    "thumb": ARM_PARTS[2:],
}
PARTS_BY_LIFTABLE_BODY_PART = {
    **dict.fromkeys(("arm", "arms"), ARM_PARTS),
    **dict.fromkeys(("leg", "legs"), LEG_PARTS),
    **dict.fromkeys(("hand", "hands"), ARM_PARTS[2:]),
    **dict.fromkeys(("foot", "feet"), LEG_PARTS[2:]),
    **dict.fromkeys(("knee", "knees"), LEG_PARTS[1:2]),
    "head": ("cervical", "head"),
    **dict.fromkeys(("heel", "heels"), ()),  # which takes the ball along, as a foot does not bend
    "hips": TRUNK_PARTS[:3],
    "shoulders": TRUNK_PARTS[3:],
}


def angle_by_joint_and_motion(angles: dict[str, dict[str, float]]) -> dict[tuple[str, str], float]:
    """Each angle by its joint and motion; what is said of one side wins over both."""
    ordered = dict(sorted(angles.items(), key=lambda item: item[0] not in SINGULAR_BY_PLURAL_JOINT))
    return {(joint, motion): value for joint, motion, value in iter_joint_angles(ordered)}


def mirror_angles(angles: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """The same angles of the other side."""
    return {
        (mirror_name(joint), mirror_name(motion)): angle
        for (joint, motion), angle in angles.items()
    }


def nest_angles_by_joint(angles: dict[tuple[str, str], float]) -> dict[str, dict[str, float]]:
    """Angles by joint, then by motion, as a posture has them."""
    found: dict[str, dict[str, float]] = {}
    for (joint, motion), value in angles.items():
        found.setdefault(joint, {})[motion] = value
    return found


def flatten_joint_angles(angles: dict[str, dict[str, float]]) -> list[tuple[str, str, float]]:
    """Each joint of one side with its motion and degrees."""
    return [(joint, motion, v) for joint, ways in angles.items() for motion, v in ways.items()]


def parts_moved_by(joint: str) -> Iterator[str]:
    """The parts of the body that a joint carries."""
    side, bare = split_side(joint)
    for part in PARTS_MOVED_BY_JOINT[bare]:
        yield add_side(part, side)


def parts_of_limb(limb: str) -> list[str]:
    """The parts of a limb as people call it: "right leg", "both arms", "head"."""
    side, bare = split_side(limb.removeprefix("both "))
    sides = SIDES if limb.startswith("both ") else (side,)
    return [add_side(part, each) for each in sides for part in PARTS_BY_LIFTABLE_BODY_PART[bare]]


def split_all_contacts(contacts: Iterable[Contact]) -> list[Contact]:
    """Contacts one by one: those in words site by site, then the others."""
    contacts = tuple(contacts)
    return [*split_contacts_by_site(contacts), *(c for c in contacts if not isinstance(c, str))]


def sites_on_floor_or_step(contacts: Iterable[str]) -> list[str]:
    """The sites that stand or lie on the floor, a step or a box."""
    stands = (split_site_verb_and_place(contact) for contact in contacts if " on " in contact)
    return [
        site
        for site, _, thing in stands
        if thing.startswith(("floor", "step", "box")) and site in body().sites
    ]


def merge_split_contacts(before: Iterable[Contact], kept: Iterable[Contact]) -> Iterator[Contact]:
    """Contacts one by one as they were said: "both sole on floor" where all six of them are."""
    kept = list(kept)
    for contact in before:
        pieces = split_contacts_by_site([contact])
        left = [piece for piece in pieces if piece in kept]
        if isinstance(contact, str) and len(left) == len(pieces):
            yield contact
        elif left:
            lost = {split_side(piece)[0] for piece in pieces if piece not in left}
            whole = [s for s in SIDES if s not in lost and f"{s} " in " ".join(pieces)]
            yield from (re.sub("^both|(?<= at )both", side, str(contact)) for side in whole)
            yield from (piece for piece in left if split_side(piece)[0] not in whole)
    yield from (contact for contact in kept if not isinstance(contact, str))


def contact_key(contact: Contact) -> str:
    """What a contact is about, so that one is found again whose numbers have changed."""
    if isinstance(contact, str):
        return contact
    if isinstance(contact, PlaceContact):
        return f"place {contact.place}"
    if isinstance(contact, AheadContact):
        return f"ahead {contact.ahead} {contact.of} {contact.along}"
    return f"lean {contact.lean} {contact.over}"


def contact_target(contact: Contact) -> str:
    """What a contact in words is with; nothing where it is in numbers."""
    return split_site_verb_and_place(contact)[2] if isinstance(contact, str) else ""


def is_trunk_on_own_support(contact: str) -> bool:
    """Does the trunk lie on a thing of one's own?"""
    on_own = OWN_SUPPORT_NAME_PATTERN.fullmatch(contact_target(contact))
    return bool(on_own) and body_parts_of_contact(contact)[0] in TRUNK_PARTS


def is_support_other_than_floor(name: str) -> bool:
    """Is it a thing in the room, other than the floor, rather than a place on the body?"""
    return name not in ("", "floor", *body().sites) and " " not in name


def body_parts_of_contact(contact: Contact) -> list[str]:
    """The parts of the body that a contact holds, the one that it speaks of first."""
    match contact:
        case str():
            what, _, where = split_site_verb_and_place(contact)
            ends = [what, where]
        case PlaceContact():
            ends = [contact.place]
        case AheadContact():
            ends = [contact.ahead, contact.of]
        case LeanContact():
            ends = [contact.lean, contact.over]
    return [part for end in ends for part in _body_parts_of_contact_end(end)] or [ends[0]]


def _body_parts_of_contact_end(end: str) -> Iterator[str]:
    bare = end.removeprefix("either ").removeprefix("both ")
    if end in NEAREST_SITE_CANDIDATES_BY_WORD:
        yield {"head": "head", "hips": "pelvis"}.get(end, "thoracic")
    elif end in body().sites or add_side(bare, "left") in body().sites:
        site = body().sites.get(end) or body().sites[add_side(bare, "left")]
        yield part_of_segment(body().segments[site.segment].name)
    elif split_side(bare)[1] in SITES_BY_GROUP:
        yield add_side({"sole": "foot"}.get(split_side(bare)[1], "hand"), split_side(bare)[0])
    elif split_side(end)[1] in body().table.solids or end in SPINE_JOINTS:
        yield end


def is_leg_on_other_thigh(contact: Contact) -> bool:
    """Does a foot or a shin lie on the thigh of the other leg, and goes along with it?"""
    one, *other = body_parts_of_contact(contact)
    side, part = split_side(one)
    lies = part in LEG_PARTS[1:] and other == [mirror_name(f"{side} thigh")]
    return lies and " at " in str(contact)


def horizontal_place_cm(pose: Pose, site: str) -> dict[str, float]:
    """Where a site is along and across the room."""
    x, _, z = (pose.point(site) * STATURE_CM).round(1).tolist()
    return {"x": x, "z": z}
