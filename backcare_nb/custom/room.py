"""What stands in the room of an own posture: walls, and things of one's own with their sizes.

"both palm on wall" is on the wall ahead, "upper_back on wall" on the one behind, and a strap to a
"door" goes to the one ahead. A thing of one's own becomes a support whose name tells its kind, its
size and its place, in cm.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from backcare_nb.body.skeleton import SIDES, add_side, body, split_side
from backcare_nb.course.fields import LYING_POSITIONS, BodyPosition
from backcare_nb.custom.file_format import OwnPosture, OwnSupport
from backcare_nb.posture.contacts import split_contacts_by_site, split_site_verb_and_place
from backcare_nb.posture.pose import Pose, find_dof_index_and_sign, iter_joint_angles
from backcare_nb.posture.spec import STATURE_CM, Contact

# What of the body faces which wall, unless it is named: "wall_behind", "wall_left" and so on.
BACK_OF_BODY_SITES = {
    *("sacrum", "low_back", "mid_back", "upper_back", "shoulder_blade", "occiput", "head_back"),
    *("seat", "buttock", "back_pocket", "spine_high", "spine_low", "skull_base", "hand_back"),
    *("head", "shoulders", "hips", "thoracic", "lumbar"),
}
# What has these names to one who looks along -x, as in half_kneeling.
FACING_MINUS_X_NAME_BY_SUPPORT_NAME = {
    f"{thing}_{way}": f"{thing}_{other}"
    for thing in ("wall", "door")
    for pair in (("ahead", "behind"), ("left", "right"))
    for way, other in (pair, pair[::-1])
} | {"chair_back": "chair_back_turned"}
MIN_SIDE_LYING_RISE = 0.7  # of a pelvis whose sides are one above the other, as a share of 1
# Of sites that rest together, the one that meets a single place, or a strap.
SINGLE_SITE_BY_SITE_GROUP = {"sole": "ball", "hand": "palm"}
BALL_HOLDING_LEG_SITES = {"both knee_inner", "both thigh_inner"}  # what touches a ball in the air
SIDE_OF_BODY_SITES = {"shoulder", "hip_side", "elbow", "thigh_outer", "ankle_outer", "shin_outer"}


def with_full_support_names(
    figure: OwnPosture, base: Pose | None, known: dict[str, str]
) -> OwnPosture:
    """The posture with its walls and its own things by their full names, in contacts and room.

    A thing of a kind and size stands where one that is ``known`` does, and is known from then on.
    """
    position = figure.position or (base.spec.position if base else None)
    turned = base is not None and base.faces_minus_x and position not in LYING_POSITIONS
    names = FACING_MINUS_X_NAME_BY_SUPPORT_NAME if turned else {}
    for thing, full in (("wall", _full_wall_name(figure, position)), ("door", "door_ahead")):
        names = names | {thing: names.get(full, full)}
    if _sites_on_support(figure.contacts, "step"):
        names["chair_back"] = "chair_back_far"
    if base and base.spec.position == "supine" and _sites_on_support(figure.contacts, "chair"):
        names["chair"] = "chair_under_calves"
    if base and lies_on_side(base):
        has = (name for name in base.spec.on or () if name.startswith("side_cushion"))
        names["head_cushion"] = next(has, _cushion_below_head(base))
    names |= {
        thing.kind: _full_own_support_name(thing, figure, base, known)
        for thing in figure.on or ()
        if isinstance(thing, OwnSupport)
    }
    on = figure.on and tuple(
        names.get(thing, thing) if isinstance(thing, str) else names[thing.kind]
        for thing in figure.on
    )
    contacts = tuple(_rewrite_contact_for_supports(contact, names) for contact in figure.contacts)
    strap = tuple(re.sub("^both", side, site) for site in figure.strap for side in _sides_of(site))
    strap = tuple(map(_replace_site_group_by_single_site, strap))
    strap = tuple(re.sub(r"^door\w*", lambda word: names.get(word[0], word[0]), s) for s in strap)
    return figure.model_copy(update={"on": on, "contacts": contacts, "strap": strap})


def lies_on_side(base: Pose) -> bool:
    """Is one side of the pelvis above the other?"""
    across = base.frames.rotations[0, 0, 1, 2]  # how far one side of the pelvis is above the other
    return base.spec.position in LYING_POSITIONS and abs(float(across)) > MIN_SIDE_LYING_RISE


def _cushion_below_head(base: Pose) -> str:
    """As thick as a shoulder is wide, and as large as it may be needed as one turns on it."""
    x, _, z = (base.point("head_middle") * STATURE_CM).round().tolist()
    return f"cushion_38_11_60_at_{x:.0f}_{z:.0f}".replace("-", "m")


def _sides_of(site: str) -> tuple[str, ...]:
    return SIDES if site.startswith("both ") else ("",)


def _replace_site_group_by_single_site(site: str) -> str:
    return re.sub(r"\w+$", lambda word: SINGLE_SITE_BY_SITE_GROUP.get(word[0], word[0]), site)


def _rewrite_contact_for_supports(contact: Contact, names: dict[str, str]) -> Contact:
    if not isinstance(contact, str):
        return contact
    what, verb, where = split_site_verb_and_place(contact)
    meets = verb in ("at", "touches")
    site = body().table.sites.get(where)
    if meets and what.startswith("both ") and site and site.is_paired:
        where = f"both {where}"  # beside each other
    if meets and where.rpartition(" ")[2] != what.rpartition(" ")[2]:
        what = _replace_site_group_by_single_site(what)
    pairs = what.startswith("both ") or not where.startswith("both ")
    if verb == "at" and pairs and _is_joint_centre_site(where.removeprefix("both ")):
        return f"{what} touches {where}"
    if verb == "on" and where.startswith("wall"):
        what = re.sub(r"\bpalm$", "hand", what)  # flat against it
    if verb == "on" and re.match(r"(ball|roll)_\d{1,2}_.*", names.get(where, "")):
        what = re.sub(r"\bsole$", "ball", what)  # as it is too short for all of it
    if where == "chair_back" and verb in ("on", "at"):
        side = what.partition(" ")[0]
        return f"{what} at {side if side in SIDES else 'both'} {names.get(where, where)} top"
    where = where if meets else names.get(where, where)
    return f"{what} {verb} {where}" if verb else contact


def _is_joint_centre_site(place: str) -> bool:
    """Is it the middle of a joint, round which there is flesh, rather than on the skin?"""
    site = body().sites.get(place) or body().sites.get(add_side(place, "left"))
    return site is not None and site.radius > 0.018  # fractions of stature


def _sites_on_support(contacts: Iterable[Contact], thing: str) -> list[str]:
    """The sites, or limbs, that are on a thing."""
    split = (split_site_verb_and_place(contact) for contact in contacts if isinstance(contact, str))
    return [found[0] for found in split if found[1:] in (["on", thing], ["along", thing])]


def _full_wall_name(figure: OwnPosture, position: BodyPosition | None) -> str:
    sites = [
        split_side(what.removeprefix("both "))
        for what in _sites_on_support(figure.contacts, "wall")
    ]
    if position not in LYING_POSITIONS:
        if any(bare in BACK_OF_BODY_SITES for _, bare in sites):
            return "wall_behind"
        aside = [side for side, bare in sites if bare in SIDE_OF_BODY_SITES and side]
        if aside:
            return f"wall_{aside[0]}"
    return "wall_ahead"


def _full_own_support_name(
    thing: OwnSupport, figure: OwnPosture, base: Pose | None, known: dict[str, str]
) -> str:
    bare = f"{thing.kind}_" + "_".join(f"{round(size)}" for size in thing.sizes_cm)
    if thing.at is None and bare in known:
        return known[bare]
    sites = _sites_on_support(figure.contacts, thing.kind)
    x, z, *height = thing.at or _horizontal_place_below_sites_cm(
        sites, base and _with_written_angles(base, figure)
    )
    if not thing.at and base and {*sites} <= BALL_HOLDING_LEG_SITES and thing.kind == "ball":
        height = [float(base.point(f"left {sites[0].split()[1]}")[1]) * STATURE_CM]
    at = "_".join(f"{round(value)}".replace("-", "m") for value in (x, z))
    at += "".join(f"_up_{round(value)}" for value in height)
    known.setdefault(bare, f"{bare}_at_{at}")
    return f"{bare}_at_{at}"


def shorten_own_support_names(words: str) -> str:
    """A sentence with things of one's own called as the file calls them: "box"."""
    words = re.sub(r" at (?:both|left|right) chair_back\w* top\b", " on chair_back", words)
    return re.sub(r"\b(box|cushion|roll|ball)(_m?\d+)+_at(_m?\d+){2}(_up_\d+)?\b", r"\1", words)


def _with_written_angles(base: Pose, figure: OwnPosture) -> Pose:
    """The posture with the angles of limbs that are written, whatever they touch then."""
    numbers = base.numbers.copy()
    for joint, motion, value in iter_joint_angles(figure.angles):
        if joint != "pelvis":
            index, sign = find_dof_index_and_sign(joint, motion)
            numbers[index] = sign * value
    return replace(base, numbers=numbers)


def _horizontal_place_below_sites_cm(
    touching_sites: list[str], base: Pose | None
) -> tuple[float, float]:
    """Where that which is to touch a thing is before it does, in cm along x and z."""
    words = split_contacts_by_site(f"{each} on floor" for each in touching_sites)
    sites = [split_site_verb_and_place(word)[0] for word in words]
    known = [s if s in body().sites else add_side(s, "left") for s in sites]
    points = [base.point(s) * STATURE_CM for s in known if base and s in body().sites]
    if not points:
        return 0.0, 0.0
    return sum(p[0] for p in points) / len(points), sum(p[2] for p in points) / len(points)
