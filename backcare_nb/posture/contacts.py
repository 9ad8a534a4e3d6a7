"""Contacts as people say them, made into what the solver closes.

"both sole on floor" rests, "left fingers at right shin" meets, "left knee touches right knee"
touches; others put a site at a place, ahead of another, or leaning over it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np

from backcare_nb.body.skeleton import SIDES, body, sided
from backcare_nb.body.supports import FLOOR, Ball, Box, Cylinder, Support
from backcare_nb.posture.constraints import Line, Rest, Touch
from backcare_nb.posture.spec import STATURE, Ahead, Contact, Place
from backcare_nb.posture.table import posture_table
from backcare_nb.posture.vocabulary import GROUPS, NEAREST


@cache
def support(name: str) -> Support:
    """A support of the table, in fractions of stature."""
    if name == "floor":
        return FLOOR
    spec = posture_table().supports[name]
    boxes = [Box(_cm(b.low), _cm(b.high)) for b in spec.boxes]
    rolls = [
        Cylinder(_cm(r.centre), r.radius / STATURE, r.half_length / STATURE) for r in spec.rolls
    ]
    balls = [Ball(_cm(b.centre), b.radius / STATURE) for b in spec.balls]
    places = {n: _cm(p) for n, p in spec.places.items()}
    return Support(name, (*boxes, *rolls, *balls), places, spec.grip)


def _cm(point: tuple[float, float, float]) -> tuple[float, ...]:
    return tuple(v / STATURE for v in point)


def contacts(wanted: Iterable[Contact]) -> tuple[list[Line], list[Rest | Touch]]:
    """Contacts as lines and rests for the solver."""
    lines, rests = [], []
    for contact in wanted:
        for made in _contact(contact):
            (lines if isinstance(made, Line) else rests).append(made)
    return lines, rests


def single(wanted: Iterable[Contact]) -> tuple[str, ...]:
    """The spoken contacts, one for each site: "both sole on floor" is six."""
    return tuple(one for contact in wanted if isinstance(contact, str) for one in _single(contact))


def _single(words: str) -> Iterator[str]:
    what, verb, where = _parts(words)
    if verb == "on" and (what in NEAREST or what.startswith("either ")):
        yield words
    else:
        yield from (f"{one} {verb} {other}" for one, other in _pairs(what, where))


def _parts(words: str) -> tuple[str, str, str]:
    return re.fullmatch(r"(.+) (on|at|touches) (.+)", words).groups()


def _contact(contact: Contact) -> Iterator[Line | Rest | Touch]:
    if isinstance(contact, str):
        yield from _spoken(contact)
    elif isinstance(contact, Place):
        yield from _placed(contact)
    elif isinstance(contact, Ahead):
        way = np.eye(3)["xyz".index(contact.along)]
        yield Line(way, _site(contact.ahead), _site(contact.of), contact.by / STATURE)
    else:
        angle = np.radians(contact.right)
        way = np.array([0.0, -np.sin(angle), np.cos(angle)])
        yield Line(way, _site(contact.lean), _site(contact.over))


def _spoken(words: str) -> Iterator[Line | Rest | Touch]:
    """ "both sole on floor", "either buttock on floor", "left fingers at right shin"."""
    what, verb, where = _parts(words)
    if verb == "on":
        yield from _rests(what, support(where))
    else:
        for one, other in _pairs(what, where):
            yield from _touch(one, other) if verb == "touches" else _meet(one, other)


def _rests(what: str, on: Support) -> Iterator[Rest]:
    if what in NEAREST:
        yield Rest(tuple(_ball(site) for site in NEAREST[what]), on)
    elif what.startswith("either "):
        yield Rest(tuple(_ball(sided(what[7:], side)) for side in SIDES), on)
    else:
        yield from (Rest((_ball(site),), on) for site in _sites(what))


def _meet(one: str, other: str) -> Iterator[Line]:
    yield from (Line(way, _site(one), _target(other)) for way in np.eye(3))


def _touch(one: str, other: str) -> Iterator[Touch]:
    yield Touch(_ball(one), _ball(other))


def _sites(what: str) -> Iterator[str]:
    """The sites meant: "both soles" are six."""
    first, _, rest = what.partition(" ")
    for side in SIDES if first == "both" else (first,):
        whole = rest if first in ("both", *SIDES) else what
        for part in GROUPS.get(whole, (whole,)):
            yield f"{side} {part}" if first in ("both", *SIDES) else part


def _pairs(what: str, where: str) -> Iterator[tuple[str, str]]:
    for one in _sites(what):
        side = one.partition(" ")[0]
        yield one, where.replace("both", side)


def _placed(contact: Place) -> Iterator[Line]:
    for way, value in zip(np.eye(3), (contact.x, contact.y, contact.z), strict=True):
        if value is not None:
            yield Line(way, _site(contact.place), (-1, way * value / STATURE))


def _ball(site: str) -> tuple[int, np.ndarray, float]:
    return body().site(site)


def _site(name: str) -> tuple[int, np.ndarray]:
    segment, local, _ = body().site(name)
    return segment, local


def _target(name: str) -> tuple[int, np.ndarray]:
    """A site of the body, or a place of a support such as "left bed edge"."""
    if name in body().site_names:
        return _site(name)
    side, _, rest = name.partition(" ")
    thing, _, place = (rest if side in SIDES else name).partition(" ")
    flip = -1 if side == "left" else 1
    return -1, np.array(support(thing).places[place]) * (1, 1, flip)
