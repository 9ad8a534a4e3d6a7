"""Are the names in data/postures.yaml known? Joints, motions, sites, supports, contacts, postures.

What a misspelt name would silently leave out is an error here, with the name probably meant.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from backcare_nb.body.skeleton import SIDES, Body, sided
from backcare_nb.course.fields import Loc
from backcare_nb.course.names import unknown_name_message
from backcare_nb.posture.spec import Contact, MotionSpec, PostureSpec, SupportSpec, contact_text
from backcare_nb.posture.vocabulary import GROUPS, NEAREST, PLURALS

Mistakes = Iterator[tuple[Loc, str]]


class PostureNames(Protocol):
    """A table of supports, postures and motions by name."""

    supports: dict[str, SupportSpec]
    postures: dict[str, PostureSpec]
    motions: dict[str, MotionSpec]


def mistakes(table: PostureNames, body: Body) -> Mistakes:
    """Where in the file a name is unknown, and the sentence to say."""
    names = _Names(table, body)
    for name, posture in table.postures.items():
        for loc, what in names.posture(name, posture):
            yield ("postures", name, *loc), what
    for name, motion in table.motions.items():
        for loc, what in names.motion(motion):
            yield ("motions", name, *loc), what


def mistakes_of_posture(table: PostureNames, body: Body, spec: PostureSpec) -> Mistakes:
    """The same for one posture that is not in the table but may be like one of it."""
    names = _Names(table, body)
    names.postures = {**names.postures, "": spec}
    return names.posture("", spec)


class _Names:
    """Every name that a posture or a motion may use."""

    def __init__(self, table: PostureNames, body: Body) -> None:
        self.postures, self.supports = table.postures, {"floor", *table.supports}
        self.contexts = {c for d in body.dofs for c in d.spec.contexts}
        self.sites = frozenset(body.site_names)
        self.resting = {*self.sites, *_groups(body), *NEAREST}
        self.touched = {*self.sites, *_both(body)}
        self.met = {*self.touched, *_places(table)}
        self.moves: dict[str, set[str]] = {}
        for d in body.dofs:
            moves = {d.motion, d.spec.opposite}
            for joint in (sided(d.joint, d.side), *_plural(d.joint)):
                self.moves.setdefault(joint, set()).update(moves)

    def posture(self, name: str, spec: PostureSpec) -> Mistakes:
        line = list(self._line(name))
        yield from _each(("on",), "support", spec.on or (), self.supports - {"floor"})
        yield from _each(("context",), "context", spec.context, self.contexts)
        yield from _each(("free",), "joint", spec.free, self.moves)
        yield from self._angles(spec)
        yield from self._contacts("contacts", spec.contacts)
        if spec.like is not None and spec.like not in self.postures:
            yield ("like",), unknown_name_message("posture", spec.like, self.postures)
        elif line.count(name) > 1:
            yield ("like",), f'"{name}" is like itself; one posture of the ring has to stand alone'
        else:
            yield from self._against_base(spec, [self.postures[n] for n in line[1:]])

    def _line(self, name: str) -> Iterator[str]:
        """The posture, the one it is like, and so on; a ring ends where it closes."""
        seen: set[str] = set()
        while name in self.postures and name not in seen:
            yield name
            seen.add(name)
            name = self.postures[name].like
        if name in seen:
            yield name

    def _angles(self, spec: PostureSpec) -> Mistakes:
        for joint, motions in spec.angles.items():
            if joint not in self.moves:
                yield ("angles", joint), unknown_name_message("joint", joint, self.moves)
                continue
            for motion in motions:
                if motion not in self.moves[joint]:
                    what = unknown_name_message(f"motion of {joint}", motion, self.moves[joint])
                    yield ("angles", joint, motion), what

    def _against_base(self, spec: PostureSpec, bases: list[PostureSpec]) -> Mistakes:
        """What is let go of has to be there, and what is rested on has to be in the room."""
        turned = {joint for base in bases for joint in base.angles}
        for k, joint in enumerate(spec.free):
            if joint in self.moves and joint not in turned:
                yield ("free", k), unknown_name_message("angle to let go of", joint, turned)
        had = [c for base in bases for c in base.contacts]
        for k, contact in enumerate(spec.without):
            if contact not in had:
                what = unknown_name_message(
                    "contact to let go of", contact_text(contact), [contact_text(c) for c in had]
                )
                yield ("without", k), what
        room = next((s.on for s in (spec, *bases) if s.on is not None), ())
        for k, contact in enumerate(spec.contacts):
            thing = _rested_on(contact)
            if thing in self.supports - {"floor", *room}:
                yield ("contacts", k), f'"{thing}" is not in the room; add it to "on"'

    def _contacts(self, key: str, contacts: Iterable[Contact]) -> Mistakes:
        for k, contact in enumerate(contacts):
            if isinstance(contact, str):
                yield from (((key, k), what) for what in self._spoken(contact))
            else:
                ends = (v for n, v in contact if n in ("place", "ahead", "of", "lean", "over"))
                for site in ends:
                    if site not in self.sites:
                        yield (key, k), unknown_name_message("site", site, self.sites)

    def _spoken(self, words: str) -> Iterator[str]:
        found = re.fullmatch(r"(.+) (on|at|touches) (.+)", words)
        if not found:
            yield (
                f'found "{words}", '
                'expected "SITE on SUPPORT", "SITE at PLACE" or "SITE touches SITE"'
            )
            return
        what, verb, where = found.groups()
        sites = self.resting if verb == "on" else self.resting - {*NEAREST}
        if what not in sites:
            yield unknown_name_message("site", what, sites)
        places = {"on": self.supports, "touches": self.touched, "at": self.met}[verb]
        if where not in places:
            yield unknown_name_message(
                "support" if verb == "on" else "site or place", where, places
            )

    def motion(self, spec: MotionSpec) -> Mistakes:
        for k, words in enumerate(spec.through):
            name = words.removeprefix("other ")
            if name not in self.postures:
                yield ("through", k), unknown_name_message("posture", name, self.postures)
            elif name != words and not self._has_side(name):
                yield ("through", k), f'"{name}" is the same on both sides; leave out "other"'
        yield from _each(("arrows",), "site", spec.arrows, self.sites)
        taught = spec.angle.sites if spec.angle else ()
        yield from _each(("angle", "sites"), "site", taught, self.sites)
        yield from self._contacts("let_go", spec.let_go)
        yield from self._contacts("slide", spec.slide)

    def _has_side(self, name: str) -> bool:
        return any(self.postures[n].side for n in self._line(name))


def _each(loc: Loc, kind: str, used: Iterable[str], names: Collection[str]) -> Mistakes:
    for k, name in enumerate(used):
        if name not in names:
            yield (*loc, k), unknown_name_message(kind, name, names)


def _groups(body: Body) -> Iterator[str]:
    """ "both knee", "either buttock", "left sole", "both sole"."""
    bare = [name for name, site in body.table.sites.items() if site.sided]
    yield from (f"{word} {name}" for name in (*bare, *GROUPS) for word in ("both", *SIDES))
    yield from (f"either {name}" for name in bare)


def _both(body: Body) -> Iterator[str]:
    return (f"both {name}" for name, site in body.table.sites.items() if site.sided)


def _places(table: PostureNames) -> Iterator[str]:
    """ "bed underside", "left bed underside", "both bed underside"."""
    for thing, support in table.supports.items():
        for place in support.places:
            yield from (f"{word}{thing} {place}" for word in ("", "left ", "right ", "both "))


def _plural(joint: str) -> Iterator[str]:
    """The word for a joint on both sides."""
    yield from (many for many, one in PLURALS.items() if one == joint)


def _rested_on(contact: Contact) -> str:
    return contact.partition(" on ")[2] if isinstance(contact, str) else ""
