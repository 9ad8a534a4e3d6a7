"""The table of supports, postures and motions in data/postures.yaml.

A posture may be like another and tell only what differs; ``whole_spec`` gives it whole. What a
misspelt name would silently leave out is an error, with the name that was probably meant.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Self

from pydantic import model_validator

from backcare_nb.body.skeleton import SIDES, body, split_side
from backcare_nb.body.solution_cache import solution_cache
from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.fields import (
    MISTAKE_POSTURE_PREFIX,
    Loc,
    LocAndText,
    Model,
    Name,
    raise_validation_error_if_any,
)
from backcare_nb.course.names import find_by_name, unknown_name_message
from backcare_nb.posture.spec import (
    NEAREST_SITE_CANDIDATES_BY_WORD,
    SITES_BY_GROUP,
    BallSpec,
    BoxSpec,
    Contact,
    MotionSpec,
    PostureSpec,
    RollSpec,
    SupportSpec,
    format_contact,
    format_spec_keys_json,
    motion_names_by_joint,
    opposite_by_motion_name,
)


class PostureTable(Model):
    """data/postures.yaml."""

    supports: dict[Name, SupportSpec]
    postures: dict[Name, PostureSpec]
    motions: dict[Name, MotionSpec]

    @model_validator(mode="after")
    def _validate_names(self) -> Self:
        names = _NameChecker(self)
        found = [
            (("postures", p, *loc), s)
            for p in self.postures
            for loc, s in names.find_mistakes_in_posture(p)
        ]
        found += [
            (("motions", m, *loc), s)
            for m in self.motions
            for loc, s in names.find_mistakes_in_motion(m)
        ]
        raise_validation_error_if_any("PostureTable", found)
        return self

    def __hash__(self) -> int:
        """Equal tables have equal names: what is solved is cached for each table."""
        return hash((tuple(self.postures), tuple(self.motions)))

    def with_own_specs(self, specs: Mapping[str, Model]) -> Self:
        """Return the table with postures and motions that an own exercise writes out."""
        postures = {name: spec for name, spec in specs.items() if isinstance(spec, PostureSpec)}
        motions = {name: spec for name, spec in specs.items() if isinstance(spec, MotionSpec)}
        update = {"postures": self.postures | postures, "motions": self.motions | motions}
        return self.model_copy(update=update)

    def taught_postures(self) -> dict[str, PostureSpec]:
        """Return the postures that are no common mistakes."""
        postures = self.postures.items()
        return {
            name: spec for name, spec in postures if not name.startswith(MISTAKE_POSTURE_PREFIX)
        }

    def find_motion_spec(self, name: str) -> MotionSpec:
        """Return a motion's spec. Raises UnknownName."""
        return find_by_name("motion", name, self.motions)

    def find_mistakes_in_spec(self, spec: PostureSpec) -> Iterator[LocAndText]:
        """Find where a posture that may be like one of the table uses a name that is unknown."""
        names = _NameChecker(self)
        yield from names.find_mistakes_in_spec_alone(spec)
        yield from names.find_mistakes_in_contacts("without", spec.without)

    def resolve_posture_spec(self, name: str) -> PostureSpec:
        """Return a posture's spec with what it takes from the one it is like.

        Raises UnknownName.
        """
        spec = find_by_name("posture", name, self.postures)
        if spec.like is None:
            return spec
        base = self.resolve_posture_spec(spec.like)
        angles = {j: dict(a) for j, a in base.angles.items() if j not in spec.free}
        for joint, motions in spec.angles.items():
            opposites = {opposite_by_motion_name().get(motion) for motion in motions}
            before = angles.get(joint, {}).items()
            angles[joint] = {m: v for m, v in before if m not in motions and m not in opposites}
            angles[joint] |= motions
        contacts = tuple(c for c in base.contacts if c not in spec.without)
        return spec.model_copy(update={
            "angles": angles,
            "contacts": contacts + spec.contacts,
            "context": base.context + spec.context,
            "position": spec.position or base.position,
            "side": spec.side or base.side,
            "on": base.on if spec.on is None else spec.on,
            "views": spec.views or base.views,
            "near": spec.near or base.near,
        })  # fmt: skip


class _NameChecker:
    """Every name that a posture or a motion may use, and complaints of those that are unknown."""

    def __init__(self, table: PostureTable) -> None:
        self.table, self.supports = table, {"floor", *table.supports}
        self.contexts = {c for d in body().dofs for c in d.spec.contexts}
        paired = [name for name, site in body().table.sites.items() if site.is_paired]
        grouped = (f"{word} {n}" for n in (*paired, *SITES_BY_GROUP) for word in ("both", *SIDES))
        self.touching = {*body().sites, *grouped, *(f"either {name}" for name in paired)}
        self.touched = {*body().sites, *(f"both {name}" for name in paired)}
        self.met = self.touched | {
            f"{word}{thing} {place}"
            for thing, support in table.supports.items()
            for place in support.places
            for word in ("", "left ", "right ", "both ")
        }
        limbs = [f"{word} {limb}" for limb in body().table.solids for word in ("both", *SIDES)]
        regions = [name for name, joint in body().table.joints.items() if joint.links > 1]
        self.lying = {*limbs, *regions}
        self.moves = motion_names_by_joint()

    def find_mistakes_in_spec_alone(self, spec: PostureSpec) -> Iterator[LocAndText]:
        """Complain of what a posture names by itself, whatever it is like."""
        things = [thing for thing in spec.on or () if not OWN_SUPPORT_NAME_PATTERN.fullmatch(thing)]
        yield from _find_unknown_name_mistakes(("on",), "support", things, self.table.supports)
        yield from _find_unknown_name_mistakes(("context",), "context", spec.context, self.contexts)
        yield from _find_unknown_name_mistakes(("free",), "joint", spec.free, self.moves)
        for joint, motions in spec.angles.items():
            if re.search("(upper|lower)[_ ](cervical|neck)|chin", joint):
                yield ("angles", joint), _NECK_HINT
            elif joint not in self.moves:
                yield ("angles", joint), unknown_name_message("joint", joint, self.moves)
            for motion in motions:
                known = self.moves.get(joint, [motion])
                if joint == "cervical" and re.search("tuck|nod|glide|protrusion", motion):
                    yield ("angles", joint, motion), _NECK_HINT
                elif motion not in known:
                    what = unknown_name_message(f"motion of {joint}", motion, known)
                    yield ("angles", joint, motion), what
        yield from self.find_mistakes_in_contacts("contacts", spec.contacts)
        taught = self.table.taught_postures()
        if spec.like is not None and spec.like not in taught:
            yield ("like",), unknown_name_message("posture", spec.like, taught)

    def find_mistakes_in_posture(self, name: str) -> Iterator[LocAndText]:
        spec, line = self.table.postures[name], self._ancestry(name)
        yield from self.find_mistakes_in_spec_alone(spec)
        if spec.like is None and name.startswith(MISTAKE_POSTURE_PREFIX):
            yield (), 'a common mistake needs the right way, as "like"'
        if name in line[1:]:
            yield ("like",), f'"{name}" is like itself; one posture of the ring has to stand alone'
        elif spec.like is None or spec.like in self.table.taught_postures():
            yield from self._find_mistakes_in_changes(
                spec, [self.table.postures[n] for n in line[1:]]
            )

    def _ancestry(self, name: str) -> list[str]:
        """The posture, the one it is like, and so on; a ring ends where it closes."""
        line = [name]
        like = self.table.postures[name].like
        while like in self.table.postures and line[-1] not in line[:-1]:
            line.append(like)
            like = self.table.postures[like].like
        return line

    def _find_mistakes_in_changes(
        self, spec: PostureSpec, bases: list[PostureSpec]
    ) -> Iterator[LocAndText]:
        """What is let go of has to be there, and what is rested on has to be in the room."""
        turned = {joint for base in bases for joint in base.angles}
        for k, joint in enumerate(spec.free):
            if joint in self.moves and joint not in turned:
                yield ("free", k), unknown_name_message("angle to let go of", joint, turned)
        had = [format_contact(contact) for base in bases for contact in base.contacts]
        without = map(format_contact, spec.without)
        yield from _find_unknown_name_mistakes(("without",), "contact to let go of", without, had)
        room = next((s.on for s in (spec, *bases) if s.on is not None), ())
        for k, contact in enumerate(spec.contacts):
            thing = re.split(" on | along ", f"{contact}")[-1]
            if thing in self.table.supports.keys() - {*room}:
                yield ("contacts", k), f'"{thing}" is not in the room; add it to "on"'

    def find_mistakes_in_contacts(
        self, key: str, contacts: Iterable[Contact]
    ) -> Iterator[LocAndText]:
        for k, contact in enumerate(contacts):
            if isinstance(contact, str):
                yield from (
                    ((key, k), what) for what in self._find_mistakes_in_contact_words(contact)
                )
            else:
                ends = [v for n, v in contact if n in ("place", "ahead", "of", "lean", "over")]
                for end in ends:
                    if end.startswith("both "):
                        yield (
                            (key, k),
                            f'"{end}" is two places: write one for the left, one for the right',
                        )
                    elif end not in body().sites:
                        yield (key, k), unknown_name_message("site", end, body().sites)

    def _find_mistakes_in_contact_words(self, words: str) -> Iterator[str]:
        found = re.fullmatch(r"(.+) (on|along|at|touches) (.+)", words)
        if not found:
            forms = (
                '"SITE on SUPPORT", "PART along SUPPORT", "SITE at PLACE" or "SITE touches SITE"'
            )
            yield f'found "{words}", expected {forms}'
            return
        what, verb, where = found.groups()
        rests = verb in ("on", "along")
        kind, sites = ("part", self.lying) if verb == "along" else ("site", self.touching)
        sites = sites | NEAREST_SITE_CANDIDATES_BY_WORD.keys() if verb == "on" else sites
        if what not in sites or (what.startswith("either ") and verb != "on"):
            yield unknown_name_message(kind, what, sites - {what})
        if rests and OWN_SUPPORT_NAME_PATTERN.fullmatch(where):
            return
        places = self.supports if rests else self.touched if verb == "touches" else self.met
        kind = "support" if rests else "site or place"
        grouped = split_side(where.removeprefix("both "))[1] in SITES_BY_GROUP
        if not rests and where in (places | (self.touching if grouped else set())):
            if clash := _find_pairing_mistake(what, verb, where):
                yield clash
            return
        if where in places:
            return
        if where in OWN_SUPPORT_KINDS:
            yield f'a {where} has a size of its own: name it with "on", as on: [{{{where}: 15}}]'
        elif rests and where not in places and self.touched & {where, f"left {where}"}:
            side = what.partition(" ")[0] if what.startswith(("both", *SIDES)) else "left"
            place = where if where in self.touched else f"{side} {where}"
            yield f'"{where}" is a place on the body: write "at", as in {what} at {place}'
        else:
            yield unknown_name_message(kind, where, places)

    def find_mistakes_in_motion(self, name: str) -> Iterator[LocAndText]:
        spec, postures = self.table.motions[name], self.table.taught_postures()
        for k, words in enumerate(spec.through):
            stop = words.removeprefix("other ")
            if stop not in postures:
                yield ("through", k), unknown_name_message("posture", stop, postures)
            elif stop != words and not any(postures[n].side for n in self._ancestry(stop)):
                yield ("through", k), f'"{stop}" is the same on both sides; leave out "other"'
        yield from _find_unknown_name_mistakes(("arrows",), "site", spec.arrows, body().sites)
        taught = spec.angle.sites if spec.angle else ()
        yield from _find_unknown_name_mistakes(("angle", "sites"), "site", taught, body().sites)
        yield from self.find_mistakes_in_contacts("let_go", spec.let_go)
        yield from self.find_mistakes_in_contacts("slide", spec.slide)


def _find_pairing_mistake(what: str, verb: str, where: str) -> str:
    """Say why a site cannot meet both of a pair, itself, or several places at once."""
    bare, (side, part) = where.removeprefix("both "), split_side(what.removeprefix("both "))
    if what == where or (bare != where and part == bare):
        return f'"{part}" would meet itself: write "left {part} {verb} right {part}"'
    if bare != where and not what.startswith("both "):
        both = f"both {part} {verb} both {bare}" if side else f"both {bare} {verb} {what}"
        return (
            f'"{where}" is two places: write "{what} {verb} {side or "left"} {bare}", or "{both}"'
        )
    grouped = split_side(bare)[1]
    if grouped in SITES_BY_GROUP and part != grouped:
        return f'"{where}" is {", ".join(SITES_BY_GROUP[grouped])} at once: write one of them'
    return ""


_NECK_HINT = (
    "the neck is the joint cervical: a chin tuck is its retraction, as cervical: {retraction: 20},"
    " and a nod of the head alone is flexion with half as much retraction"
)


def _find_unknown_name_mistakes(
    loc: Loc, kind: str, used: Iterable[str], known: Collection[str]
) -> Iterator[LocAndText]:
    for k, name in enumerate(used):
        if name not in known:
            yield (*loc, k), unknown_name_message(kind, name, known)


def posture_table(own: Mapping[str, Model] | None = None) -> PostureTable:
    """Return data/postures.yaml, and with it the ``own`` figures of an exercise, by name."""
    table = _shipped_table()
    return table.with_own_specs(own) if own else table


@cache
def _shipped_table() -> PostureTable:
    return solution_cache().get_or_validate_table(
        "postures.yaml", PostureTable, others=("body.yaml",)
    )


@cache
def find_support_spec(name: str) -> SupportSpec:
    """Return a support of the table, or one of an own exercise, whose name tells what it is.

    "box_40_20_30_at_10_0" is 40 cm long, 20 high and 30 wide, and its middle 10 cm ahead; that of
    "ball_20_at_10_0_up_50" is 50 cm above the floor.
    """
    found = OWN_SUPPORT_NAME_PATTERN.fullmatch(name)
    if not found:
        return posture_table().supports[name]
    sizes = [float(size) for size in found["sizes"].split("_")]
    x, z = (float(found[key].replace("m", "-")) for key in "xz")
    if found["kind"] in ("box", "cushion"):
        length, height, width = sizes
        low, high = (x - length / 2, 0.0, z - width / 2), (x + length / 2, height, z + width / 2)
        return SupportSpec(boxes=(BoxSpec(low=low, high=high),))
    centre = (x, float(found["y"] or sizes[0] / 2), z)
    if found["kind"] == "ball":
        return SupportSpec(balls=(BallSpec(centre=centre, radius=sizes[0] / 2),), soft=2)
    roll = RollSpec(centre=centre, radius=sizes[0] / 2, half_length=sizes[1] / 2)
    return SupportSpec(rolls=(roll,), soft=1)


OWN_SUPPORT_KINDS = ("box", "roll", "ball")
OWN_SUPPORT_NAME_PATTERN = re.compile(
    r"(?P<kind>box|cushion|roll|ball)_(?P<sizes>[\d_]+)_at_(?P<x>m?\d+)_(?P<z>m?\d+)(_up_(?P<y>\d+))?"
)


SPEC_KEYS_IGNORED_BY_SOLVER = ("title", "views", "passing", "strap")


def solution_source_text(spec: PostureSpec) -> str:
    """All that a posture is solved from, as text: its spec, its supports, and the body."""
    keys = [key for key in type(spec).model_fields if key not in SPEC_KEYS_IGNORED_BY_SOLVER]
    things = [find_support_spec(name) for name in spec.on or ()]
    supports = (format_spec_keys_json(thing, SupportSpec.model_fields) for thing in things)
    return "\n".join([format_spec_keys_json(spec, keys), *supports, _read_body_yaml()])


@cache
def _read_body_yaml() -> str:
    return (DATA_FOLDER / "body.yaml").read_text(encoding="utf-8")
