"""Are the names in data/postures.yaml known? Joints, motions, sites, supports, contacts, postures.

What a misspelt name would silently leave out is an error here, with the name probably meant.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from backcare_nb.body.skeleton import SIDES, Body, sided
from backcare_nb.course.fields import Loc
from backcare_nb.course.names import unknown_name_message
from backcare_nb.posture.spec import (
    NEAREST_SITES,
    PLURAL_JOINTS,
    SITE_GROUPS,
    Contact,
    MotionSpec,
    PostureSpec,
    SupportSpec,
    contact_text,
)

NameMistakes = Iterator[tuple[Loc, str]]


class PostureNames(Protocol):
    """A table of supports, postures and motions by name."""

    supports: dict[str, SupportSpec]
    postures: dict[str, PostureSpec]
    motions: dict[str, MotionSpec]


def find_unknown_names(table: PostureNames, body: Body) -> NameMistakes:
    """Find where in the file a name is unknown, and the sentence to say."""
    names = _KnownNames(table, body)
    for name, posture in table.postures.items():
        for loc, what in names.posture_errors(name, posture):
            yield ("postures", name, *loc), what
    for name, motion in table.motions.items():
        for loc, what in names.motion_errors(motion):
            yield ("motions", name, *loc), what


def find_unknown_names_in(table: PostureNames, body: Body, spec: PostureSpec) -> NameMistakes:
    """Find the same in one posture that is not in the table but may be like one of it."""
    names = _KnownNames(table, body)
    names.postures = {**names.postures, "": spec}
    return names.posture_errors("", spec)


class _KnownNames:
    """Every name that a posture or a motion may use."""

    def __init__(self, table: PostureNames, body: Body) -> None:
        self.postures, self.supports = table.postures, {"floor", *table.supports}
        self.contexts = {c for d in body.dofs for c in d.spec.contexts}
        self.sites = frozenset(body.site_names)
        paired = [name for name, site in body.table.sites.items() if site.sided]
        grouped = {
            f"{word} {name}" for name in (*paired, *SITE_GROUPS) for word in ("both", *SIDES)
        }
        either = {f"either {name}" for name in paired}
        self.resting = {*self.sites, *grouped, *either, *NEAREST_SITES}
        self.touched = {*self.sites, *(f"both {name}" for name in paired)}
        places = {
            f"{word}{thing} {place}"
            for thing, support in table.supports.items()
            for place in support.places
            for word in ("", "left ", "right ", "both ")
        }
        self.met = self.touched | places
        self.moves: dict[str, set[str]] = {}
        for d in body.dofs:
            plurals = [many for many, one in PLURAL_JOINTS.items() if one == d.joint]
            for joint in (sided(d.joint, d.side), *plurals):
                self.moves.setdefault(joint, set()).update((d.motion, d.spec.opposite))

    def posture_errors(self, name: str, spec: PostureSpec) -> NameMistakes:
        line = list(self._ancestry(name))
        yield from _list_errors(("on",), "support", spec.on or (), self.supports - {"floor"})
        yield from _list_errors(("context",), "context", spec.context, self.contexts)
        yield from _list_errors(("free",), "joint", spec.free, self.moves)
        yield from self._angle_errors(spec)
        yield from self._contact_errors("contacts", spec.contacts)
        if spec.like is not None and spec.like not in self.postures:
            yield ("like",), unknown_name_message("posture", spec.like, self.postures)
        elif line.count(name) > 1:
            yield ("like",), f'"{name}" is like itself; one posture of the ring has to stand alone'
        else:
            yield from self._base_errors(spec, [self.postures[n] for n in line[1:]])

    def _ancestry(self, name: str | None) -> Iterator[str]:
        """The posture, the one it is like, and so on; a ring ends where it closes."""
        seen: set[str] = set()
        while name in self.postures and name not in seen:
            yield name
            seen.add(name)
            name = self.postures[name].like
        if name in seen:
            yield name

    def _angle_errors(self, spec: PostureSpec) -> NameMistakes:
        for joint, motions in spec.angles.items():
            if joint not in self.moves:
                yield ("angles", joint), unknown_name_message("joint", joint, self.moves)
                continue
            for motion in motions:
                if motion not in self.moves[joint]:
                    what = unknown_name_message(f"motion of {joint}", motion, self.moves[joint])
                    yield ("angles", joint, motion), what

    def _base_errors(self, spec: PostureSpec, bases: list[PostureSpec]) -> NameMistakes:
        """What is let go of has to be there, and what is rested on has to be in the room."""
        turned = {joint for base in bases for joint in base.angles}
        for k, joint in enumerate(spec.free):
            if joint in self.moves and joint not in turned:
                yield ("free", k), unknown_name_message("angle to let go of", joint, turned)
        had = [c for base in bases for c in base.contacts]
        for k, contact in enumerate(spec.without):
            if contact not in had:
                texts = [contact_text(c) for c in had]
                yield (
                    ("without", k),
                    unknown_name_message("contact to let go of", contact_text(contact), texts),
                )
        room = next((s.on for s in (spec, *bases) if s.on is not None), ())
        for k, contact in enumerate(spec.contacts):
            thing = contact.partition(" on ")[2] if isinstance(contact, str) else ""
            if thing in self.supports - {"floor", *room}:
                yield ("contacts", k), f'"{thing}" is not in the room; add it to "on"'

    def _contact_errors(self, key: str, contacts: Iterable[Contact]) -> NameMistakes:
        for k, contact in enumerate(contacts):
            if isinstance(contact, str):
                yield from (((key, k), what) for what in self._contact_text_errors(contact))
            else:
                ends = (v for n, v in contact if n in ("place", "ahead", "of", "lean", "over"))
                for site in ends:
                    if site not in self.sites:
                        yield (key, k), unknown_name_message("site", site, self.sites)

    def _contact_text_errors(self, words: str) -> Iterator[str]:
        found = re.fullmatch(r"(.+) (on|at|touches) (.+)", words)
        if not found:
            forms = '"SITE on SUPPORT", "SITE at PLACE" or "SITE touches SITE"'
            yield f'found "{words}", expected {forms}'
            return
        what, verb, where = found.groups()
        sites = self.resting if verb == "on" else self.resting - {*NEAREST_SITES}
        if what not in sites:
            yield unknown_name_message("site", what, sites)
        places = {"on": self.supports, "touches": self.touched, "at": self.met}[verb]
        if where not in places:
            yield unknown_name_message(
                "support" if verb == "on" else "site or place", where, places
            )

    def motion_errors(self, spec: MotionSpec) -> NameMistakes:
        for k, words in enumerate(spec.through):
            name = words.removeprefix("other ")
            if name not in self.postures:
                yield ("through", k), unknown_name_message("posture", name, self.postures)
            elif name != words and not any(self.postures[n].side for n in self._ancestry(name)):
                yield ("through", k), f'"{name}" is the same on both sides; leave out "other"'
        yield from _list_errors(("arrows",), "site", spec.arrows, self.sites)
        taught = spec.angle.sites if spec.angle else ()
        yield from _list_errors(("angle", "sites"), "site", taught, self.sites)
        yield from self._contact_errors("let_go", spec.let_go)
        yield from self._contact_errors("slide", spec.slide)


def _list_errors(loc: Loc, kind: str, used: Iterable[str], names: Collection[str]) -> NameMistakes:
    for k, name in enumerate(used):
        if name not in names:
            yield (*loc, k), unknown_name_message(kind, name, names)
