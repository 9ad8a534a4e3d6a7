"""Postures and motions that an exercise of one's own writes out, each under a name of its own.

A name ends with a mark of what it stands for: where the file says something else, the name is
another, and nothing that was drawn or solved before can be taken for it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np

from backcare_nb.body.skeleton import SIDES, body, split_side
from backcare_nb.course.fields import Loc, LocAndText, Model
from backcare_nb.course.names import unknown_name_message
from backcare_nb.custom.angles_and_contacts import body_parts_of_contact
from backcare_nb.custom.file_format import OwnPosture, PostureOrName
from backcare_nb.custom.room import (
    BACK_OF_BODY_SITES,
    shorten_own_support_names,
    with_full_support_names,
)
from backcare_nb.custom.settling import SettledPosture, settle_own_posture
from backcare_nb.custom.stance import lift_off_chair, with_feet_at, with_sites_at
from backcare_nb.figures.disk_cache import cache_on_disk
from backcare_nb.posture.contacts import (
    make_support,
    split_contacts_by_site,
    split_site_verb_and_place,
)
from backcare_nb.posture.motion import MAX_LOADED_SLIDE_STATURES
from backcare_nb.posture.pose import Pose, find_dof_index_and_sign, solve_posture
from backcare_nb.posture.spec import (
    SINGULAR_BY_PLURAL_JOINT,
    SITES_BY_GROUP,
    STATURE_CM,
    Contact,
    MotionSpec,
    OwnPostureSpec,
    PlaceContact,
    PostureSpec,
    mirror_spec,
    opposite_by_motion_name,
)
from backcare_nb.posture.table import OWN_SUPPORT_NAME_PATTERN, posture_table

NAME_DIGEST_LETTERS = 8
MAX_THINGS_OVERLAP_CM = 2.0
MAX_POSTURE_NAME_LETTERS = 60
FIXED_FOOT_SITE_GROUPS = (
    ("heel", "toes"),
    ("ball_inner", "ball_outer"),
    ("toes",),
)  # by which a foot stays in place


FIXED_HAND_SITES = ("palm_heel", "palm_inner")
WALLS_ACROSS_X = ("wall_ahead", "wall_behind")
DOOR_PLACES = {
    f"{name} {place}"
    for name, support in posture_table().supports.items()
    for place in support.places
    if name.startswith("door")
}


class OwnFigures:
    """The figures of one exercise.

    ``posture_names`` and ``motion_names`` have their full names by short ones, for people;
    ``places`` tells where in the file each posture stands, by its full name.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.postures: dict[str, PostureSpec] = {}
        self.motions: dict[str, MotionSpec] = {}
        self.places: dict[str, Loc] = {}
        self.settled: dict[str, SettledPosture] = {}
        self.written: dict[str, OwnPosture] = {}
        self.posture_names: dict[str, str] = {}
        self.motion_names: dict[str, str] = {}
        self.things: dict[str, str] = {}
        self.steps_of_things: dict[str, Loc] = {}
        self.mistakes: list[LocAndText] = []

    def add_posture(self, figure: PostureOrName | None, loc: Loc, name: str) -> str | None:
        """The name of a posture: one of the course, or one that is written out here."""
        if figure is None:
            return None
        known = posture_table().taught_postures()
        if isinstance(figure, str):
            if figure in known:
                return figure
            self.mistakes.append((loc, unknown_name_message("posture", figure, known)))
            return None
        figure = with_full_support_names(
            figure, solve_posture(figure.like) if figure.like in known else None, self.things
        )
        step = loc[:2] if loc[:1] == ("steps",) else ()
        for thing in filter(OWN_SUPPORT_NAME_PATTERN.fullmatch, map(str, figure.on or ())):
            bare = thing.partition("_at_")[0]
            if self.things[bare] != thing and self.steps_of_things[bare] == step:
                what = (
                    f"the {shorten_own_support_names(thing)} cannot roll in a movement: write the"
                    ' same "at" each time, or steps that each have it elsewhere'
                )
                self.mistakes.append(((*loc, "on"), what))
            self.things[bare], self.steps_of_things[bare] = thing, step
        found = list(_find_written_posture_mistakes(figure))
        self.mistakes += [((*loc, *inner), what) for inner, what in found]
        if found:
            return None
        past, possible = _find_angles_past_limits(figure)
        settled = _settle_posture_via_cache(possible, self.title)
        settled = settled._replace(failures=past) if past else settled
        spec = settled.spec
        self.mistakes += [(loc, clash) for clash in _find_overlapping_hard_supports(figure, spec)]
        full = self.posture_names[name] = _name_with_digest(name, spec.model_dump_json())
        self.postures[full], self.places[full] = spec, loc
        self.settled[full], self.written[full] = settled, figure
        return full

    def is_any_impossible(self, names: Collection[str]) -> bool:
        """Is one of these a posture that no body can do?"""
        return any(self.settled[name].failures for name in names if name in self.settled)

    def add_goal_with_feet_of(self, first: str, goal: str, name: str) -> str:
        """The goal, or the same with its feet where they are in the first posture.

        So are hands that are on the wall in both, which do not slide along it. One who stands up
        from a chair stands where the feet were, and on a step by the foot there; a foot that is
        written to be at a place is there.
        """
        figure = self.written.get(goal)
        written = figure.contacts if figure else ()
        placed = [split_side(c.place)[1] for c in written if isinstance(c, PlaceContact)]
        if {*placed} & {"heel", "toes", "ball"}:
            return goal
        sites = self._fixed_foot_sites(first, goal)
        hands = _place_contacts_of_resting_hands(
            self.whole_spec(first), self._split_contacts_of_posture(goal)
        )
        if not (sites or hands):
            return goal
        start, end = self._solve_first_and_goal(first, goal)
        far = [np.linalg.norm(start.point(site) - end.point(site)) for site in sites]
        if not hands and min(far) < MAX_LOADED_SLIDE_STATURES:
            return goal
        moved = with_feet_at(self._as_own_posture_spec(goal), end, start, sites, hands)
        if moved is None:
            return goal
        return self._add_variant_posture(goal, moved, name)

    def _fixed_foot_sites(self, first: str, goal: str) -> list[str]:
        """The sites of feet that stand in both postures, and are to stand at one place."""
        goes_to = self._split_contacts_of_posture(goal)
        shared = self._split_contacts_of_posture(first) & goes_to
        for ends in FIXED_FOOT_SITE_GROUPS:
            feet = {
                side: c for side in SIDES for c in shared if c.startswith(f"{side} {ends[0]} on ")
            }
            raised = any(not words.endswith(" floor") for words in feet.values())
            alone = {c.partition(" ")[0] for c in goes_to if f" {ends[0]} on " in c} == {*feet}
            if len(feet) == len(SIDES) or raised or (feet and alone):
                return [f"{side} {end}" for side in feet for end in ends]
        return []

    def add_first_with_feet_of(self, first: str, goal: str, name: str) -> str:
        """The first posture with its feet where they are in one that leans on a wall, if it can."""
        leans = (c for c in self._split_contacts_of_posture(goal) if " on wall" in c)
        if not any("hand" not in body_parts_of_contact(c)[0] for c in leans):
            return first
        sites = self._fixed_foot_sites(first, goal)
        table = posture_table(self.specs)
        start, end = (solve_posture(stop, None, table) for stop in (first, goal))
        far = [np.linalg.norm(start.point(site) - end.point(site)) for site in sites]
        if max(far, default=0.0) < MAX_LOADED_SLIDE_STATURES:
            return first
        spec = self._as_own_posture_spec(first)
        sided = spec.model_copy(update={"side": spec.side or self.whole_spec(goal).side})
        moved = with_feet_at(sided, start, end, sites)
        return self._add_variant_posture(first, moved, name) if moved else first

    def add_first_with_fixed_hands(self, first: str, goal: str, name: str) -> str:
        """The first posture with its hands said to be where they are, if the goal can keep them.

        They are those that are on the wall in both, and would slide.
        """
        shared = self._split_contacts_of_posture(first) & self._split_contacts_of_posture(goal)
        ends = (f"{side} {end}" for side in SIDES for end in FIXED_HAND_SITES)
        sites = [s for s in ends if any(f"{s} on {wall}" in shared for wall in WALLS_ACROSS_X)]
        start, end = self._solve_first_and_goal(first, goal)
        far = [np.linalg.norm(start.point(site) - end.point(site)) for site in sites]
        if max(far, default=0.0) < MAX_LOADED_SLIDE_STATURES:
            return first
        at = {site: (start.point(site) * STATURE_CM).round(1).tolist() for site in sites}
        placed = [PlaceContact(place=site, y=y, z=z) for site, (_, y, z) in at.items()]
        with_hands = self._add_posture_with_contacts(first, placed, name)
        is_reached = self.add_goal_with_feet_of(with_hands, goal, name) != goal
        return with_hands if is_reached else first

    def add_first_with_forearms_of(self, first: str, goal: str, name: str) -> str:
        """The first posture with its forearms and knees where the goal has them, if a body can.

        They are those that are on the floor in both, and would slide.
        """
        shared = self._split_contacts_of_posture(first) & self._split_contacts_of_posture(goal)
        ends = (f"{side} {end}" for side in SIDES for end in SITES_BY_GROUP["forearm"])
        forearms = [site for site in ends if f"{site} on floor" in shared]
        start, end = self._solve_first_and_goal(first, goal)
        far = [np.linalg.norm(start.point(site) - end.point(site)) for site in forearms]
        if max(far, default=0.0) < MAX_LOADED_SLIDE_STATURES:
            return first
        spec = self._as_own_posture_spec(first)
        held = {c.place for c in spec.contacts if isinstance(c, PlaceContact)}
        sites = [*forearms, *(site for site in held if site.endswith(" knee"))]
        moved = with_sites_at(spec, end, sites)
        return self._add_variant_posture(first, moved, name) if moved else first

    def _solve_first_and_goal(self, first: str, goal: str) -> tuple[Pose, Pose]:
        table = posture_table(self.specs)
        return solve_posture(first, None, table), solve_posture(goal, None, table)

    def add_first_with_toes_touching(self, first: str, goal: str, name: str) -> str:
        """The first posture with its toes said to touch where the goal stands on them."""
        had, goes_to = self._split_contacts_of_posture(first), self._split_contacts_of_posture(goal)
        toes = sorted(c for c in goes_to - had if c.split()[1] == "toes" and " on " in c)
        toes = [c for c in toes if c.replace("toes", "heel", 1) in had - goes_to]
        return self._add_posture_with_contacts(first, toes, name) if toes else first

    def add_flat_foot_stop(self, first: str, goal: str, name: str) -> str | None:
        """A stop with the ball and the toes down, where one goes from the balls to the toes."""
        had, goes_to = self._split_contacts_of_posture(first), self._split_contacts_of_posture(goal)
        toes = sorted(c for c in goes_to if c.replace("toes", "ball", 1) in had - goes_to)
        return (
            self._add_posture_with_contacts(first, toes, name, free_joint="ankle") if toes else None
        )

    def add_chair_lift_off_stop(self, one: str, other: str, name: str) -> str | None:
        """The moment between sitting on a chair and standing, in which the seat leaves it."""
        contacts = {each: self._split_contacts_of_posture(each) for each in (one, other)}
        sits = [each for each in contacts if "left seat on chair" in contacts[each]]
        stands = [each for each in contacts if self.whole_spec(each).position == "standing"]
        if len(sits) != 1 or len(stands) != 1:
            return None
        lifted = lift_off_chair(self._as_own_posture_spec(sits[0]))
        return self._add_variant_posture(sits[0], lifted, name) if lifted else None

    def add_other_side(self, stop: str, name: str) -> str:
        """The stop on the other side; on the front with the head turned as it was."""
        spec, figure = self.whole_spec(stop), self.written.get(stop)
        if not spec.side:
            return stop
        if spec.position != "prone" or (figure and "cervical" in figure.angles):
            return f"other {stop}"
        own = self._as_own_posture_spec(stop)
        turned = mirror_spec(own)
        kept = {**turned.kept, "cervical": own.kept["cervical"]}
        return self._add_variant_posture(stop, turned.model_copy(update={"kept": kept}), name)

    def _split_contacts_of_posture(self, name: str) -> set[str]:
        return {*split_contacts_by_site(self.whole_spec(name).contacts)}

    def _add_posture_with_contacts(
        self, first: str, more: Sequence[Contact], name: str, free_joint: str = ""
    ) -> str:
        """The same posture that touches more, and with no angle written of a joint."""
        spec = self._as_own_posture_spec(first)
        angles = {j: a for j, a in spec.angles.items() if not free_joint or free_joint not in j}
        touching = spec.model_copy(update={"contacts": (*spec.contacts, *more), "angles": angles})
        return self._add_variant_posture(first, touching, name)

    def _add_variant_posture(self, before: str, spec: OwnPostureSpec, name: str) -> str:
        """A posture that is written as another, and settled otherwise."""
        full = _name_with_digest(name, spec.model_dump_json())
        self.postures[full] = spec
        if before in self.written:
            self.written[full] = self.written[before]
        return full

    def base_posture_name(self, name: str) -> str | None:
        """The posture of the course that one is like, or is."""
        return self.written[name].like if name in self.written else name

    def _as_own_posture_spec(self, name: str) -> OwnPostureSpec:
        """A posture of its own, or one of the course as one of its own."""
        spec = self.postures.get(name)
        if isinstance(spec, OwnPostureSpec):
            return spec
        return _settle_posture_via_cache(OwnPosture(like=name), self.whole_spec(name).title).spec

    def add_motion(
        self, stops: tuple[str, ...], like: str | None, loc: Loc, name: str, rest_share: float = 0
    ) -> str:
        """A way from one posture to another, by the stops of the way it is like.

        With a share of it for each rest it is a whole repetition, and leads back to where it began.
        """
        base = posture_table().find_motion_spec(like) if like else None
        kept = {key: getattr(base, key) for key in ("arrows", "let_go", "slide")} if base else {}
        if base and len(stops) == 2:
            stops = (stops[0], *base.through[1:-1], stops[1])
        seen = [self.written[stop].views for stop in stops if stop in self.written]
        kept["views"] = next(filter(None, reversed(seen)), None)
        loop = len(stops) > 2 and stops[0] == stops[-1]
        spec = MotionSpec(title=self.title, through=stops, loop=loop, rest_share=rest_share, **kept)
        full = self.motion_names[name] = _name_with_digest(name, spec.model_dump_json())
        self.motions[full], self.places[full] = spec, loc
        return full

    @property
    def specs(self) -> dict[str, Model]:
        """The specs of all postures and motions that are written out here."""
        return {**self.postures, **self.motions}

    def whole_spec(self, name: str) -> PostureSpec:
        """A posture of the course, or one written out here, whole."""
        return posture_table(self.specs).resolve_posture_spec(name)


def _place_contacts_of_resting_hands(
    first: PostureSpec, resting: Collection[str]
) -> list[PlaceContact]:
    """Where hands are said to be that rest on something afterwards, too."""
    placed = [c for c in first.contacts if isinstance(c, PlaceContact) and "palm" in c.place]
    return [c for c in placed if any(words.startswith(f"{c.place} on ") for words in resting)]


def _find_overlapping_hard_supports(figure: OwnPosture, spec: PostureSpec) -> Iterator[str]:
    """Hard things, one of which it names, that would stand in each other."""
    named = " ".join(map(str, (*figure.contacts, *(figure.on or ()))))
    hard = [t for t in spec.on or () if re.match("chair|step|box|wall|bed|stool|bath", t)]
    for one, other in combinations(hard, 2):
        for a, b in product(make_support(one).parts, make_support(other).parts):
            (low, high), (least, most) = np.array(a.bounds), np.array(b.bounds)
            deep = np.minimum(high, most) - np.maximum(low, least)
            if deep.min() * STATURE_CM > MAX_THINGS_OVERLAP_CM and (one in named or other in named):
                words = shorten_own_support_names(f"the {other} would stand in the {one}")
                yield (
                    f"{words}: leave one of them out, or write a box of your own with its place,"
                    " as on: [{box: [30, 18, 60], at: [-30, 0]}]"
                )
                break


def _name_with_digest(name: str, spec_json: str) -> str:
    mark = sha256(spec_json.encode()).hexdigest()[:NAME_DIGEST_LETTERS]
    return f"{name[: MAX_POSTURE_NAME_LETTERS - NAME_DIGEST_LETTERS - 1]}_{mark}"


def _settle_posture_via_cache(figure: OwnPosture, title: str) -> SettledPosture:
    """A posture settled, or found again on disk."""
    words = figure.model_dump_json(exclude_defaults=True)
    spec, let_go, failures, drifts = _settle_as_cached_list(
        words, title, _side_said_or_implied(figure) or ""
    )
    rows = tuple((kind, part, says) for kind, part, says in failures)
    return SettledPosture(OwnPostureSpec.model_validate(spec), tuple(let_go), rows, tuple(drifts))


@cache_on_disk
def _settle_as_cached_list(figure_json: str, title: str, side: str) -> list[Any]:
    figure = OwnPosture.model_validate_json(figure_json, strict=False)
    found = settle_own_posture(
        figure, title, "left" if side == "left" else "right" if side else None
    )
    return [found.spec.model_dump(mode="json", exclude_unset=True), *found[1:]]


def _find_written_posture_mistakes(figure: OwnPosture) -> Iterator[LocAndText]:
    """Unknown names, and what a posture needs to stand by itself."""
    if figure.like is None and figure.position is None:
        yield (), 'the key "like" is missing: the posture of the course to start from'
    for word in re.findall(r"\{([^{}]*)\}", figure.title or ""):
        if word not in ("side", "other"):
            yield ("title",), f"found {{{word}}}; expected {{side}} or {{other}}"
    wrong = list(posture_table().find_mistakes_in_spec(figure))
    for k, site in enumerate(figure.strap):
        if site in body().sites or site in DOOR_PLACES:
            continue
        fixed = site.startswith(("wall", "door"))
        what = 'a strap is fixed to "door handle", "door top" or "door foot"'
        what = what if fixed else unknown_name_message("place", site, body().sites)
        wrong.append((("strap", k), what))
    yield from wrong
    if not wrong:
        yield from _find_side_mistakes(figure)
        yield from _find_floor_balls_leaned_on(figure)


def _find_floor_balls_leaned_on(figure: OwnPosture) -> Iterator[LocAndText]:
    """Balls and rolls that one who stands leans on: they lie on the floor, and roll with nobody."""
    base = _base_spec(figure)
    stands = (figure.position or (base and base.position)) == "standing"
    for k, contact in enumerate(figure.contacts if stands else ()):
        site, verb, thing = (*split_site_verb_and_place(str(contact)), "", "")[:3]
        lies = re.match("(ball|roll)_", thing) and "_up_" not in thing
        if lies and verb == "on" and split_side(site)[1] in BACK_OF_BODY_SITES:
            what = (
                f"a {thing.partition('_')[0]} lies on the floor, and does not roll with the back"
                f' along a wall: leave it out, and write "{site} on wall"'
            )
            yield ("contacts", k), what


def _base_spec(figure: OwnPosture) -> PostureSpec | None:
    """The posture of the course that it starts from, if there is one."""
    return posture_table().resolve_posture_spec(figure.like) if figure.like else None


def _find_angles_past_limits(
    figure: OwnPosture,
) -> tuple[tuple[tuple[str, str, str], ...], OwnPosture]:
    """Angles that no body has, as failures, and the posture with as much of each as there is."""
    failures, possible = [*_find_trunk_past_limit(figure)], dict[str, dict[str, float]]()
    base = _base_spec(figure)
    context = {*figure.context, *(base.context if base else ())}
    for joint, moves in figure.angles.items():
        for move, value in moves.items():
            reach = find_joint_range(joint, move, context)
            end = min(max(value, reach.low), reach.high)
            possible.setdefault(joint, {})[move] = end
            if end != value:
                part, words = (
                    f"{name} {move}".replace("_", " ")
                    for name in (SINGULAR_BY_PLURAL_JOINT.get(joint, joint), joint)
                )
                says = f"{words} is {value:g}°, past its limit of {end:g}° ({reach.source})"
                failures.append(("range", part, says))
    return tuple(failures), figure.model_copy(update={"angles": possible})


def _find_trunk_past_limit(figure: OwnPosture) -> Iterator[tuple[str, str, str]]:
    """What lumbar and thoracic are written to do together, past what a trunk does."""
    for motion, reach in body().table.trunk.items():
        opposite = opposite_by_motion_name()[motion]
        for move, most in ((motion, reach.limit[1]), (opposite, -reach.limit[0])):
            parts = {j: figure.angles.get(j, {}).get(move, 0.0) for j in ("lumbar", "thoracic")}
            if min(parts.values()) > 0 and sum(parts.values()) > most:
                told = " and ".join(f"{joint} {angle:g}°" for joint, angle in parts.items())
                words = f"{told} of {move} are more than {most:g}° of the trunk together"
                told = f"{words} ({body().table.sources[reach.source]})".replace("_", " ")
                yield "range", f"thoracic {move}".replace("_", " "), told


class JointRange(NamedTuple):
    """How far a joint goes, degrees, and who says so."""

    low: float
    high: float
    source: str


def find_joint_range(joint: str, move: str, context: Collection[str]) -> JointRange:
    """How far a motion of a joint goes in a context such as kneeling."""
    one = SINGULAR_BY_PLURAL_JOINT.get(joint, joint)
    index, sign = find_dof_index_and_sign(
        one if joint not in SINGULAR_BY_PLURAL_JOINT else f"left {one}", move
    )
    found = body().dofs[index - 3].spec.range_in(context)
    low, high = sorted(sign * end for end in found.limit)
    return JointRange(low, high, body().table.sources[found.source])


def _find_side_mistakes(figure: OwnPosture) -> Iterator[LocAndText]:
    """What differs on its two sides, and is like what does not, says which side it shows."""
    base = _base_spec(figure)
    told = figure.side or (base and base.side)
    if not told and not is_symmetric(figure) and len(_sides_named(figure)) > 1:
        yield (
            (),
            'left and right differ here: say which side it shows, "side: left" or "side: right"',
        )


def _side_said_or_implied(figure: OwnPosture) -> str | None:
    """The side it shows: said, or the only one it speaks of where it is like an even posture."""
    base = _base_spec(figure)
    if figure.side or (base and base.side) or is_symmetric(figure):
        return figure.side
    return next(iter(_sides_named(figure)))


def is_symmetric(figure: OwnPosture) -> bool:
    """Does it say the same of the left as of the right?"""
    return _angles_and_contacts_to_compare(figure) == _angles_and_contacts_to_compare(
        mirror_spec(figure)
    )


def _angles_and_contacts_to_compare(
    figure: PostureSpec,
) -> tuple[dict[str, dict[str, float]], set[str]]:
    """Its angles, but those of 0, which have no side; and its contacts, as said and one by one."""
    angles = {
        joint: {motion: value for motion, value in motions.items() if value}
        for joint, motions in figure.angles.items()
    }
    words = [*split_contacts_by_site(figure.contacts), *map(str, figure.contacts)]
    return angles, {" touches ".join(sorted(each.split(" touches "))) for each in words}


def _sides_named(figure: OwnPosture) -> set[str]:
    """The sides that its angles and contacts name."""
    words = f"{figure.angles} {[str(contact) for contact in figure.contacts]}".replace("_", " ")
    return {side for side in SIDES if re.search(rf"\b{side}\b", words)}
