"""What a written posture takes over of contacts, and what of them may be let go of."""

import re
from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np

from backcare_nb.body.skeleton import SIDES, SegmentFrames, add_side, body, mirror_name, split_side
from backcare_nb.custom.angles_and_contacts import (
    ARM_PARTS,
    ROOM_AXES,
    body_parts_of_contact,
    contact_key,
    contact_target,
    horizontal_place_cm,
    is_leg_on_other_thigh,
    is_support_other_than_floor,
    merge_split_contacts,
    mirror_angles,
    parts_of_limb,
    split_all_contacts,
)
from backcare_nb.custom.implied_angles import SITES_MOVED_BY_RAISED_HEEL
from backcare_nb.custom.written_posture import WrittenPosture
from backcare_nb.posture.checks import contact_gaps_statures
from backcare_nb.posture.constraints import RestingContact
from backcare_nb.posture.contacts import (
    parse_contacts,
    split_contacts_by_site,
    split_site_verb_and_place,
)
from backcare_nb.posture.spec import STATURE_CM, Contact, OwnPostureSpec, PlaceContact

# And what it carries further than this cannot be meant to stay.
MAX_FOLLOWING_CONTACT_CARRY_CM = 18.0
MIN_LEG_STEP_DISTANCE_CM = 10.0  # by which the only leg that moves leaves its place
MAX_CONTACT_GAP_CHANGE_CM = 4.5  # what a written angle carries further away than this is let go of


def _limb_end_of_part(part: str) -> str:
    """The end of the limb that a part belongs to: it can be at one place only."""
    side, bare = split_side(part)
    return add_side({"shank": "foot", "forearm": "hand"}.get(bare, bare), side)


def _limb_ends(contact: str) -> list[str]:
    """The ends of limbs that go to where a contact is, and leave what they rested on.

    Legs that touch each other, or a ball between them, stand or lie where they did.
    """
    one, *other = body_parts_of_contact(contact)
    if other == [mirror_name(one)]:
        return [one, *other] if "hand" in one else []
    return [] if "_inner on " in contact else [_limb_end_of_part(one)]


def keep_only_sideways_places(contacts: Iterable[Contact]) -> Iterator[Contact]:
    """The same with places that say only how far to the side something is, not how far ahead."""
    for contact in contacts:
        if not isinstance(contact, PlaceContact):
            yield contact
        elif contact.z is not None:
            yield PlaceContact(place=contact.place, z=contact.z)


def _mean_resting_gaps_statures(frames: SegmentFrames, contact: str) -> np.ndarray:
    """How far what rests is from its support in each of some frames, fractions of stature."""
    _, rests = parse_contacts([contact])
    gaps = [rest.gaps_statures(frames) for rest in rests if isinstance(rest, RestingContact)]
    mean: np.ndarray = np.mean(gaps, axis=0)
    return mean


def inherited_contacts(written: WrittenPosture) -> list[Contact]:
    """What it takes over and no written word is against."""
    figure = written.figure
    lifted = {part for limb in figure.lift for part in parts_of_limb(limb)}
    let_go = {contact_key(c) for c in split_all_contacts(figure.without)}
    walls = [thing for thing in written.room if thing.startswith("wall")]  # to which one goes
    loose = {"z" if wall.endswith(("left", "right")) else "x" for wall in walls}
    placed = {c.place: c for c in figure.contacts if isinstance(c, PlaceContact)}
    goes_to = {end: contact_target(c) for c in written.contact_words for end in _limb_ends(c)}
    head_in_hands = any(c.endswith(" occiput") for c in written.contact_words)
    raised = {f"{side} {end}" for side in written.tiptoe for end in SITES_MOVED_BY_RAISED_HEEL}
    kept: list[Contact] = []
    for contact in split_all_contacts(written.base.spec.contacts if figure.like else ()):
        if isinstance(contact, PlaceContact) and contact.place in raised:
            toes = f"{split_side(contact.place)[0]} toes"
            contact = PlaceContact(place=toes, **horizontal_place_cm(written.base, toes))
        parts, target = body_parts_of_contact(contact), contact_target(contact)
        if (
            contact_key(contact) in let_go
            or lifted.intersection(parts)
            or contact in written.contact_words
            or (isinstance(contact, str) and split_site_verb_and_place(contact)[0] in raised)
            or (head_in_hands and parts[0] == "head")
            or (is_support_other_than_floor(target) and target not in written.room)
            or goes_to.get(_limb_end_of_part(parts[0])) not in (None, "floor", target)
        ):
            continue
        if isinstance(contact, PlaceContact):
            mine = placed.get(contact.place)
            ways = {way for way in ROOM_AXES if mine and getattr(mine, way) is not None}
            if "palm" in contact.place:  # hands do not slide aside
                place = horizontal_place_cm(written.base, contact.place)
                contact = contact.model_copy(update={"z": place["z"]})
            contact = contact.model_copy(update=dict.fromkeys(ways | loose))
            if contact.x is contact.y is contact.z is None:
                continue
        kept.append(contact)
    return [*kept, *(words for words in written.laid_down if words not in kept)]


def contacts_not_carried_away(written: WrittenPosture, contacts: list[Contact]) -> list[Contact]:
    """Those that the written angles do not carry away from what they touch."""
    frames = body().frames(np.stack([written.base.numbers, written.carried]))
    rests = [c for c in contacts if isinstance(c, str) and re.search(" (on|along) ", c)]
    gaps = {c: float(np.diff(_mean_resting_gaps_statures(frames, c))[0]) for c in rests}
    ground = [gap for c, gap in gaps.items() if contact_target(c) == "floor"]
    steps = (c for c in written.contact_words if re.search(r"(heel|ball\w*|toes) on (step|box)", c))
    lowest = min(
        (*ground, *(_mean_resting_gaps_statures(frames, c)[1] for c in steps)), default=0.0
    )
    kept: list[Contact] = []
    for contact in contacts:
        moves = any(part in written.moved_parts for part in body_parts_of_contact(contact))
        if contact in gaps:
            raised = gaps[contact] - (lowest if contact_target(contact) == "floor" else 0.0)
            carried_away = moves and raised > MAX_CONTACT_GAP_CHANGE_CM / STATURE_CM
            carried_away |= moves and _steps_away(written, contact, frames)
            carried_away &= contact not in written.laid_down
            if carried_away and not _bears_moved_hips(written, contact):
                continue
        elif (
            moves and isinstance(contact, str) and _is_self_contact_broken(written, frames, contact)
        ):
            continue
        kept.append(contact)
    return without_ungrounded_places(written, kept)


def can_contact_stay(written: WrittenPosture, contact: Contact) -> bool:
    """May a limb stay where it rests, by a joint that nobody wrote, and not far from there?"""
    for side, part in map(split_side, body_parts_of_contact(contact)):
        hinge = {"hand": "elbow", "foot": "knee"}.get(part)
        if part == "foot" and written.base.spec.position == "kneeling":
            return True  # the hips sink over a foot that stands ahead, or one that lies behind
        if hinge and body().dof[f"{side} {hinge}.flexion"] in written.mentioned:
            return False
    frames = body().frames(np.stack([written.base.numbers, written.carried]))
    before, after = contact_gaps_statures(frames, contact) * STATURE_CM
    return not isinstance(contact, str) or bool(
        abs(after - before) < MAX_FOLLOWING_CONTACT_CARRY_CM
    )


def contacts_lost_unasked(written: WrittenPosture, spec: OwnPostureSpec) -> tuple[str, ...]:
    """What rested on something and does not, though nothing written carries it away."""
    have, held = map(split_contacts_by_site, (spec.contacts, inherited_contacts(written)))
    frames = body().frames(np.stack([written.base.numbers, written.carried]))
    gone = []
    for contact in held:
        parts = {*body_parts_of_contact(contact)}
        moves = written.moved_parts & parts
        if contact not in have and (
            not moves
            or (is_leg_on_other_thigh(contact) and body_parts_of_contact(contact)[0] not in moves)
            or ("head" in parts and np.diff(_mean_resting_gaps_statures(frames, contact)) < 0)
        ):
            gone.append(contact)
    return tuple(map(str, merge_split_contacts(written.base.spec.contacts, gone)))


def _steps_away(written: WrittenPosture, contact: str, frames: SegmentFrames) -> bool:
    """Is it the foot of the only leg that is written in one who stands, and goes elsewhere?"""
    site = split_site_verb_and_place(contact)[0]
    side, part = split_side(body_parts_of_contact(contact)[0])
    legs = {split_side(joint)[0] for joint, _ in written.angles if joint.endswith(" hip")}
    if written.base.spec.position != "standing" or part != "foot" or legs != {side}:
        return False
    before, after = frames.point(*body().sites[site][:2])[:, [0, 2]]
    return bool(np.linalg.norm(after - before) > MIN_LEG_STEP_DISTANCE_CM / STATURE_CM)


def _bears_moved_hips(written: WrittenPosture, contact: str) -> bool:
    """Does it hold a foot down, over which hips are lifted by a hip that opens, or a knee?

    Both hips take the trunk along of who stands or kneels, and leave the feet and the knees.
    """
    bends = [written.angles.get((f"{side} hip", "flexion")) for side in SIDES]
    low = {"kneeling": "knee|toes|instep", "standing": "heel|ball_inner|ball_outer"}
    low["sitting"] = "heel|seat" if "left seat on floor" in written.base_contacts else "-"
    ends = low.get(written.base.spec.position or "", "-")
    lifts_arms_only = all(re.search("arm|hand", limb) for limb in written.figure.lift)
    if lifts_arms_only and re.match(f"(left|right) ({ends}) on floor", contact):
        alike = written.base.spec.position == "kneeling" or bends[0] == bends[1]
        return None not in bends and alike
    side, part = split_side(body_parts_of_contact(contact)[0])
    index = body().dof[f"{side or 'left'} hip.flexion"]
    opens = written.carried[index] < written.base.numbers[index]
    lifts_knee = bool({f"{side} knee", "both knees"} & {*written.figure.lift})
    return part == "foot" and (lifts_knee or ("hips" in written.figure.lift and bool(opens)))


def _is_self_contact_broken(written: WrittenPosture, frames: SegmentFrames, contact: str) -> bool:
    """Are two parts of the body carried away from each other, and can neither follow?"""
    parts = body_parts_of_contact(contact)
    limbs = [p for p in parts if split_side(p)[1] in ARM_PARTS]
    limbs = limbs or [leg for leg in parts[:1] if is_leg_on_other_thigh(contact)]
    if any(limb not in written.moved_parts for limb in limbs):
        return False
    before, after = contact_gaps_statures(frames, contact)
    return bool(after - before > MAX_CONTACT_GAP_CHANGE_CM / STATURE_CM)


def without_ungrounded_places(written: WrittenPosture, contacts: list[Contact]) -> list[Contact]:
    """Without the places of what the written angles carry, and that rests on nothing now."""
    words = [c for c in (*contacts, *written.contact_words) if isinstance(c, str)]
    grounded = {part for c in words for part in body_parts_of_contact(c)}
    return [
        c
        for c in contacts
        if isinstance(c, str)
        or not written.moved_parts.intersection(body_parts_of_contact(c))
        or grounded.issuperset(body_parts_of_contact(c))
    ]


def contact_lists_to_try(
    written: WrittenPosture, contacts: list[Contact], held: list[Contact]
) -> Iterator[list[list[Contact]]]:
    """Ever more to let go of: the places of one limb, of those written, all, then parts."""
    pinned = [c for c in contacts if not isinstance(c, str)]
    moving = [c for c in pinned if any(p in written.moved_parts for p in body_parts_of_contact(c))]
    one = [[c for c in moving if side in contact_key(c)] for side in SIDES]
    one = [] if written.angles == mirror_angles(written.angles) else one
    yield [[c for c in contacts if c not in some] for some in one if some]
    every = [[c for c in contacts if c not in some] for some in (moving, pinned) if some]
    yield [*every, [*keep_only_sideways_places(held)], [c for c in held if isinstance(c, str)]]
    groups: dict[str, list[Contact]] = {}
    for contact in contacts:
        for part in body_parts_of_contact(contact):
            group = part if written.side else split_side(part)[1]
            groups.setdefault(group, []).append(contact)
    loose = [c for c in contacts if c not in pinned]
    yield [
        [c for c in some if c not in group]
        for group in groups.values()
        for some in (contacts, loose)
    ]
    pairs = combinations(groups.values(), 2)
    yield [[c for c in loose if c not in (*a, *b)] for a, b in pairs]
