"""Contacts as people say them, made into what the solver closes.

"both sole on floor" rests, "both thigh along bed" lies, "left fingers at right shin" meets,
"left knee touches right knee" touches; others put a site at a place, ahead of another, or leaning
over it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np

from backcare_nb.body.collision import MILLIMETRE_STATURES, NEAR_END_PART_AND_SHARE_BY_LIMB
from backcare_nb.body.skeleton import SIDES, SkinSphere, add_side, body, mirror_name, split_side
from backcare_nb.body.skin import SPHERES_PER_CAPSULE, skin_surface
from backcare_nb.body.supports import (
    FLOOR,
    BoxPart,
    CylinderPart,
    Point3,
    SpherePart,
    Support,
    SupportPart,
)
from backcare_nb.posture.constraints import (
    CurvedContact,
    LinearContact,
    RestingContact,
    SegmentPoint,
    SelfTouchContact,
)
from backcare_nb.posture.spec import (
    MEETING_SITES_BY_GROUP,
    NEAREST_SITE_CANDIDATES_BY_WORD,
    SITES_BY_GROUP,
    STATURE_CM,
    AheadContact,
    Contact,
    LeanContact,
    PlaceContact,
)
from backcare_nb.posture.table import find_support_spec

CROSSING_SITES = {"palm", "hand", "fingers", "fingertips", "wrist", "forearm"}
MAX_LYING_GAP_STATURES = 12 * MILLIMETRE_STATURES  # of what lies along something, anywhere


@cache
def make_support(name: str) -> Support:
    """Make a support of the table, in fractions of stature."""
    if name == "floor":
        return FLOOR

    spec = find_support_spec(name)
    parts: tuple[SupportPart, ...] = (
        *(BoxPart(_cm_to_statures(box.low), _cm_to_statures(box.high)) for box in spec.boxes),
        *(
            CylinderPart(
                _cm_to_statures(r.centre), r.radius / STATURE_CM, r.half_length / STATURE_CM
            )
            for r in spec.rolls
        ),
        *(
            SpherePart(_cm_to_statures(ball.centre), ball.radius / STATURE_CM)
            for ball in spec.balls
        ),
    )
    places = {place: _cm_to_statures(at) for place, at in spec.places.items()}
    return Support(name, parts, places, spec.grip, spec.soft / STATURE_CM)


def _cm_to_statures(point: Point3) -> Point3:
    """Centimetres as fractions of stature."""
    x, y, z = point
    return x / STATURE_CM, y / STATURE_CM, z / STATURE_CM


def parse_contacts(wanted: Iterable[Contact]) -> tuple[list[LinearContact], list[CurvedContact]]:
    """Make contacts into linear and curved ones for the solver."""
    linear: list[LinearContact] = []
    curved: list[CurvedContact] = []
    for contact in wanted:
        if not isinstance(contact, str):
            linear += _linear_contacts(contact)
            continue
        what, verb, where = split_site_verb_and_place(contact)
        if verb == "on":
            curved += _resting_contacts(what, make_support(where))
        elif verb == "along":
            for part in _expand_sides(what):
                curved += _lying_contacts(part, make_support(where))
        elif verb == "touches":
            pairs, sites = _pair_sites(what, where), body().sites
            curved += [SelfTouchContact(sites[a], sites[b]) for a, b in pairs]
        else:
            for one, other in _pair_sites(what, where):
                ends = _segment_point_of_site(one), point_on_body_or_support(other)
                linear += [LinearContact(way, *ends) for way in np.eye(3)]
    return linear, curved


def split_contacts_by_site(wanted: Iterable[Contact]) -> tuple[str, ...]:
    """Split the contacts in words into one for each site: "both sole on floor" is six."""
    found: list[str] = []
    for contact in wanted:
        if isinstance(contact, str):
            what, verb, where = split_site_verb_and_place(contact)
            if verb == "on" and (
                what in NEAREST_SITE_CANDIDATES_BY_WORD or what.startswith("either ")
            ):
                found.append(contact)
            else:
                parts = ((part, where) for part in _expand_sides(what))
                pairs = parts if verb == "along" else _pair_sites(what, where)
                found += [f"{one} {verb} {other}" for one, other in pairs]
    return tuple(found)


def split_site_verb_and_place(words: str) -> list[str]:
    """Split words such as "left palm at right knee" into site, verb and place, "" where missing."""
    return [*re.split(" (on|along|at|touches) ", words, maxsplit=1), "", ""][:3]


def do_arms_cross(wanted: Iterable[Contact]) -> bool:
    """Tell whether both hands or forearms are at the other side: one lies over the other."""
    words = split_contacts_by_site(wanted)
    return any(
        split_side(arm)[1] in CROSSING_SITES
        and place.startswith(SIDES)
        and split_side(arm)[0] != split_side(place)[0]
        and f"{mirror_name(arm)} {verb} {mirror_name(place)}" in words
        for arm, verb, place in map(split_site_verb_and_place, words)
    )


def _linear_contacts(contact: PlaceContact | AheadContact | LeanContact) -> Iterator[LinearContact]:
    """A site at a place, ahead of another, or leaning over it."""
    if isinstance(contact, PlaceContact):
        for way, value in zip(np.eye(3), (contact.x, contact.y, contact.z), strict=True):
            if value is not None:
                place = (-1, way * value / STATURE_CM)
                yield LinearContact(way, _segment_point_of_site(contact.place), place)
    elif isinstance(contact, AheadContact):
        way = np.eye(3)["xyz".index(contact.along)]
        ends = _segment_point_of_site(contact.ahead), _segment_point_of_site(contact.of)
        yield LinearContact(way, *ends, contact.by / STATURE_CM)
    else:
        angle = np.radians(contact.right)
        way = np.array([0.0, -np.sin(angle), np.cos(angle)])
        yield LinearContact(
            way, _segment_point_of_site(contact.lean), _segment_point_of_site(contact.over)
        )


def _resting_contacts(what: str, on: Support) -> list[RestingContact]:
    side, bare = what.split(" ", 1) if " " in what else ("", what)
    if what in NEAREST_SITE_CANDIDATES_BY_WORD:
        groups = [NEAREST_SITE_CANDIDATES_BY_WORD[what]]
    elif side == "either":
        groups = [tuple(add_side(bare, each) for each in SIDES)]
    else:
        groups = [(site,) for site in _expand_sites(what)]
    return [RestingContact(tuple(body().sites[site] for site in group), on) for group in groups]


def _lying_contacts(part: str, on: Support) -> Iterator[RestingContact]:
    """A limb from where it leaves the trunk, or the back of a region of the spine, lies along."""
    skin = skin_surface(body())
    rows = zip(skin.parts, skin.segments, skin.local, skin.radius, strict=True)
    found = [(name, SkinSphere(int(s), at, float(r))) for name, s, at, r in rows]
    _, within_trunk = NEAR_END_PART_AND_SHARE_BY_LIMB.get(split_side(part)[1], ("", 0.0))
    limb = [ball for name, ball in found if name == part]
    limb = limb[round(within_trunk * SPHERES_PER_CAPSULE) :]
    links = [i for name, i in body().index.items() if name.rpartition("_")[0] == part]
    groups = [[ball] for ball in limb] or [
        [ball for name, ball in found if name == "trunk" and ball.segment == i] for i in links
    ]
    return (RestingContact(tuple(group), on, MAX_LYING_GAP_STATURES) for group in groups if group)


def _expand_sides(words: str) -> Iterator[str]:
    """The parts or sites meant: "both thigh" are two."""
    first, _, rest = words.partition(" ")
    yield from (f"{side} {rest}" for side in SIDES) if first == "both" else (words,)


def _expand_sites(site_words: str) -> Iterator[str]:
    """The sites meant: "both sole" are six."""
    for name in _expand_sides(site_words):
        side, part = split_side(name)
        for site in SITES_BY_GROUP.get(part, (part,)):
            yield f"{side} {site}" if side else site


def _pair_sites(what: str, where: str) -> Iterator[tuple[str, str]]:
    """Each site with the one it meets: of two that are several, as both soles, one by one."""
    for one in _expand_sides(what):
        place = where.replace("both", one.partition(" ")[0])
        if (group := split_side(place)[1]) in SITES_BY_GROUP:
            for end in MEETING_SITES_BY_GROUP[group]:
                yield re.sub(rf"\b{group}$", end, one), re.sub(rf"\b{group}$", end, place)
        else:
            yield from ((site, place) for site in _expand_sites(one))


def _segment_point_of_site(name: str) -> SegmentPoint:
    return body().sites[name][:2]


def point_on_body_or_support(name: str) -> SegmentPoint:
    """A site of the body, or a place of a support such as "left bed edge"."""
    if name in body().sites:
        return _segment_point_of_site(name)
    side, bare = split_side(name)
    thing, _, place = bare.partition(" ")
    flip = -1 if side == "left" else 1
    return -1, np.array(make_support(thing).places[place]) * (1, 1, flip)
