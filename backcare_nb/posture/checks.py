"""Is it possible? Every posture, and every frame of every motion, asked what a body can do.

Nothing is mended here: a finding says which posture or frame, which part, how much, how much
would be right, and who says so. ``python -m backcare_nb.posture.checks`` asks the whole collection.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from backcare_nb.body.balance import unbalance
from backcare_nb.body.collision import allowed, capsules, meetings, part_of
from backcare_nb.body.skeleton import Dof, Frames, body, mirrored, sided
from backcare_nb.body.skin import surface
from backcare_nb.body.supports import Support
from backcare_nb.body.tie_breaking import TIE, first_largest
from backcare_nb.posture.constraints import Line, Rest, touching
from backcare_nb.posture.contacts import contacts, single
from backcare_nb.posture.finding import Finding, Kind, Severity
from backcare_nb.posture.motion import Path, motion
from backcare_nb.posture.posture import Pose, dof, given, posture
from backcare_nb.posture.spec import STATURE, Contact, PostureSpec, contact_text
from backcare_nb.posture.table import posture_table

MM = STATURE * 10  # millimetres in one stature
BONE = 1e-9  # fractions of stature
CHORD = 0.005  # share by which a straight line between two frames may shorten a bone
ROUNDING = 0.01  # degrees
INSIDE = 2.0  # mm of a part within a support
ENCLOSED = 25.0  # mm: a hand that grips goes round the edge of what it holds
APART = 5.0  # mm between what is said to touch
GIVEN = 12.0  # degrees between the angle asked for and the one found
HELD = 5.0  # mm from balance where a posture is held
PASSING = 100.0  # mm from balance on the way: within reach of a push or a quick step
HANDS = ("palm", "fingers", "thumb")


@dataclass(frozen=True)
class Scene:
    """Frames that share what is asked of them: what stands around, what touches, which limits."""

    of: Literal["posture", "motion"]
    name: str
    first: int | None
    numbers: np.ndarray
    frames: Frames
    supports: tuple[Support, ...]
    contexts: frozenset[str]
    contacts: tuple[Contact, ...]
    near: tuple[Contact, ...]
    held: np.ndarray

    def finding(self, severity: Severity, kind: Kind, frame: int, **rest) -> Finding:
        """A finding at one of the frames."""
        number = None if self.first is None else self.first + frame
        return Finding(severity, kind, self.of, self.name, number, **rest)


def check(what: Pose | Path) -> tuple[Finding, ...]:
    """What is wrong with a posture or a motion: for each fault the worst frame, failures first."""
    asked = (_posture(what), _given(what)) if isinstance(what, Pose) else (_motion(what),)
    return _sorted(finding for found in asked for finding in found)


def check_all() -> tuple[Finding, ...]:
    """All postures and motions; what a posture says is not said again by its motions."""
    table = posture_table()
    alone = [f for name in table.postures for f in check(posture(name))]
    known = {(f.name, f.kind, f.part) for f in alone}
    moving = [f for name in table.motions for f in _news(motion(name), known)]
    return _sorted([*alone, *moving])


def _news(path: Path, known: set) -> Iterator[Finding]:
    stops = dict(zip(_stops(path), path.stops, strict=True))
    for finding in check(path):
        stop = stops.get(finding.frame)
        if stop is None or (stop.name, finding.kind, finding.part) not in known:
            yield finding


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (f.severity, f.kind)))


def _posture(pose: Pose) -> Iterator[Finding]:
    yield from _asked(Scene(
        "posture", pose.name, None, pose.numbers[None], pose.frames, pose.supports,
        frozenset(pose.spec.context), (*single(pose.spec.contacts), *_placed(pose.spec)),
        pose.spec.contacts, np.array([True]),
    ))  # fmt: skip


def _placed(spec: PostureSpec) -> Iterator[Contact]:
    return (c for c in spec.contacts if not isinstance(c, str))


def _motion(path: Path) -> Iterator[Finding]:
    """Each leg between two stops, and the straight lines between neighbouring frames."""
    ends = _stops(path)
    worst: dict[tuple, Finding] = {}
    for (a, b), (i, j) in zip(pairwise(path.stops), pairwise(ends), strict=True):
        for finding in _asked(_leg(path, a, b, i, j + 1)):
            key = finding.severity, finding.kind, finding.part
            if key not in worst or finding.excess > worst[key].excess + TIE:
                worst[key] = finding
    yield from worst.values()
    yield from _chords(path)


def _stops(path: Path) -> list[int]:
    """The frames that are the stops of a motion, in order."""
    found, start = [], 0
    for stop in path.stops:
        same = (path.numbers[start:] == stop.numbers).all(axis=1)
        found.append(start + int(same.argmax()))
        start = found[-1] + 1
    return found


def _leg(path: Path, a: Pose, b: Pose, start: int, stop: int) -> Scene:
    rows = slice(start, stop)
    whole = path.frames
    frames = Frames(whole.origins[rows], whole.rotations[rows], whole.axes[rows])
    let_go = {c for words in single(path.spec.let_go) for c in (words, mirrored(words))}
    shared = set(single(b.spec.contacts)) - let_go
    held = np.full(stop - start, path.loop)
    held[[0, -1]] = True
    return Scene(
        "motion", path.name, start, path.numbers[rows], frames,
        tuple(dict.fromkeys((*a.supports, *b.supports))),
        frozenset(a.spec.context + b.spec.context),
        tuple(c for c in single(a.spec.contacts) if c in shared),
        (*a.spec.contacts, *b.spec.contacts), held,
    )  # fmt: skip


def _asked(scene: Scene) -> Iterator[Finding]:
    for question in (_bones, _ranges, _inside, _contacts, _overlaps, _balance):
        yield from question(scene)


def _over(amount: np.ndarray, limit) -> Iterator[tuple[int, int]]:
    """Yield frame and column of the worst of each column (B, K) that goes over its limit."""
    excess = amount - limit
    worst = first_largest(excess)
    for column in np.flatnonzero(excess.max(axis=0) > 0):
        yield int(worst[column]), int(column)


# Bones


def _bones(scene: Scene) -> Iterator[Finding]:
    """Each joint as far from the one before as the table says."""
    lengths, wanted, names = _lengths(scene.frames)
    for frame, k in _over(np.abs(lengths - wanted), BONE):
        value, limit = float(lengths[frame, k] * MM), float(wanted[k] * MM)
        yield scene.finding(
            "fail", "bone", frame, part=names[k], value=value, limit=limit, unit="mm",
            says=f"{names[k]} is {value:.1f} mm long and should be {limit:.1f} mm",
            source="lengths of body.yaml",
        )  # fmt: skip


def _lengths(frames: Frames) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """(B, N) distances between neighbouring joints, those of the table, and their names."""
    bones = [(i, s) for i, s in enumerate(body().segments) if s.parent >= 0]
    ends = frames.origins[:, [i for i, _ in bones]]
    starts = frames.origins[:, [s.parent for _, s in bones]]
    wanted = np.linalg.norm([s.at for _, s in bones], axis=1)
    names = tuple(f"{body().segments[s.parent].name} to {s.name}" for _, s in bones)
    return np.linalg.norm(ends - starts, axis=2), wanted, names


def _chords(path: Path) -> Iterator[Finding]:
    """A browser draws straight lines between frames: halfway, no bone may look short."""
    origins = path.frames.origins
    halfway = (origins[:-1] + origins[1:]) / 2
    lengths, wanted, names = _lengths(Frames(halfway, path.frames.rotations, path.frames.axes))
    short = np.where(wanted > BONE, 1 - lengths / np.maximum(wanted, BONE), 0.0)
    frame, k = np.unravel_index(first_largest(short.ravel()), short.shape)
    value, limit = 100 * float(short[frame, k]), 100 * CHORD
    if value > limit:
        yield Finding(
            "fail", "chord", "motion", path.name, int(frame), names[k], value, limit, "%",
            f"halfway to the next frame {names[k]} is {value:.2f} % short, more than {limit:g} %",
            "straight lines between frames",
        )  # fmt: skip


# Ranges of motion


def _ranges(scene: Scene) -> Iterator[Finding]:
    """Angles past their limit fail; past what most people reach, they are worth a look."""
    angles = scene.numbers[:, 3:]
    ranges = [_range(d, scene) for d in body().dofs]
    limits, norms = np.array(ranges).transpose(1, 0, 2)
    for sign, bound in ((-1, 0), (1, 1)):
        beyond = {k for _, k in _over(sign * angles, sign * limits[:, bound] + ROUNDING)}
        for name, ends in (("limit", limits), ("norm", norms)):
            for frame, k in _over(sign * angles, sign * ends[:, bound] + ROUNDING):
                if name == "limit" or k not in beyond:
                    value, end = float(sign * angles[frame, k]), float(sign * ends[k, bound])
                    yield _past(scene, frame, body().dofs[k], sign, value, end, name)


def _range(d: Dof, scene: Scene) -> tuple:
    """Limit and norm of a motion where the scene is; a context's limit is its own norm."""
    context = _context(d, scene)
    limit = d.spec.contexts[context].limit if context else d.spec.limit
    return limit, (limit if context else d.spec.norm or limit)


def _context(d: Dof, scene: Scene) -> str | None:
    """The context with the widest limit, where several hold."""
    here = [c for c in d.spec.contexts if c in scene.contexts]
    return max(here, key=lambda c: np.ptp(d.spec.contexts[c].limit), default=None)


def _past(scene: Scene, frame: int, d: Dof, sign: int, value: float, end: float, name: str):
    context = _context(d, scene)
    source = d.spec.contexts[context].source if context else d.spec.source
    joint = sided(d.joint, d.side)
    move = (d.motion if sign > 0 else d.spec.opposite).replace("_", " ")
    what = f"its limit of {end:.0f}°" if name == "limit" else f"the {end:.0f}° that is usual"
    return scene.finding(
        "fail" if name == "limit" else "warn", "range", frame, part=f"{joint} {move}",
        value=value, limit=end, unit="°", says=f"{joint} {move} is {value:.1f}°, past {what}",
        source=body().table.sources[source],
    )  # fmt: skip


def _given(pose: Pose) -> Iterator[Finding]:
    """Angles that had to give way to the contacts."""
    for joint, move, asked in given(pose.spec.angles):
        index, sign = dof(joint, move)
        found = float(sign * pose.numbers[index])
        if abs(found - asked) > GIVEN:
            part = f"{joint} {move}".replace("_", " ")
            yield Finding(
                "warn", "given", "posture", pose.name, None, part, found, asked, "°",
                f"{part} is given as {asked:.0f}° and came out as {found:.0f}°, more than "
                f"{GIVEN:g}° away", "the contacts ask for it",
            )  # fmt: skip


# The room


def _inside(scene: Scene) -> Iterator[Finding]:
    """Nothing below the floor or within a support; a gripping hand goes round its edge."""
    skin = surface(body())
    points = scene.frames.points(skin.segments, skin.local)
    parts = tuple(dict.fromkeys(skin.parts))
    of = np.array([parts.index(part) for part in skin.parts])
    grips = tuple(_grips(scene))
    for support in scene.supports:
        depth = (skin.radius - support.distance(points)[0]) * MM
        deepest = np.stack([depth[:, of == k].max(axis=1) for k in range(len(parts))], axis=1)
        hands = {site.partition(" ")[0] for _, site, thing in grips if thing == support.name}
        enclosing = {f"{side} {part}" for side in hands for part in HANDS}
        limit = np.array([ENCLOSED if part in enclosing else INSIDE for part in parts])
        for frame, k in _over(deepest, limit):
            value, most = float(deepest[frame, k]), float(limit[k])
            yield scene.finding(
                "fail", "inside", frame, part=f"{parts[k]} in {support.name}", value=value,
                limit=most, unit="mm",
                says=f"{parts[k]} is {value:.0f} mm inside {support.name}, more than {most:g} mm",
                source="solid things stay apart",
            )  # fmt: skip


def _grips(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """Contact, hand's site and support of each grip."""
    holds = {support.name for support in scene.supports if support.grip}
    for words in single(scene.near):
        site, _, where = re.split(" (on|at|touches) ", words)
        thing = re.sub("^(left|right) ", "", where).partition(" ")[0]
        if thing in holds and site in body().site_names and _part(site).endswith("hand"):
            yield words, site, thing


def _part(site: str) -> str:
    return part_of(body().segments[body().site(site)[0]].name)


def _contacts(scene: Scene) -> Iterator[Finding]:
    """What is said to touch does."""
    if not scene.contacts:
        return
    gaps = np.stack([_gap(scene.frames, contact) for contact in scene.contacts], axis=1) * MM
    for frame, k in _over(gaps, APART):
        value, words = float(gaps[frame, k]), contact_text(scene.contacts[k])
        yield scene.finding(
            "fail", "contact", frame, part=words, value=value, limit=APART, unit="mm",
            says=f"{words} is missed by {value:.0f} mm, more than {APART:g} mm",
            source="its own contacts",
        )  # fmt: skip


def _gap(frames: Frames, contact: Contact) -> np.ndarray:
    """(B,) fractions of stature by which a contact is missed."""
    lines, rests = contacts([contact])
    missed = [_line_gap(frames, line) for line in lines] + [_rest_gap(frames, r) for r in rests]
    return np.linalg.norm(missed, axis=0)


def _line_gap(frames: Frames, line: Line) -> np.ndarray:
    return (_place(frames, *line.a) - _place(frames, *line.b)) @ line.way - line.gap


def _rest_gap(frames: Frames, rest) -> np.ndarray:
    if isinstance(rest, Rest):
        gaps = [rest.support.distance(_place(frames, s, at))[0] - r for s, at, r in rest.balls]
        return np.min(gaps, axis=0)
    apart = _place(frames, *rest.a[:2]) - _place(frames, *rest.b[:2])
    return np.linalg.norm(apart, axis=1) - rest.a[2] - rest.b[2]


def _place(frames: Frames, segment: int, local: np.ndarray) -> np.ndarray:
    if segment < 0:
        return np.broadcast_to(local, (len(frames.origins), 3))
    return frames.points(np.array([segment]), local[None])[:, 0]


# The body itself


def _overlaps(scene: Scene) -> Iterator[Finding]:
    """No limb through another; flesh gives a little, and what touches on purpose a little more."""
    names = capsules(body()).names
    limit = allowed(body(), touching(body(), *contacts(scene.near))) * MM
    found = meetings(body(), scene.frames)
    worst: dict[tuple[str, str], tuple] = {}
    for frame, pair, depth in zip(found.row, found.pair, found.depth * MM, strict=True):
        if depth > max(limit[pair], worst.get(names[pair], (0.0,))[0] + TIE):
            worst[names[pair]] = (float(depth), float(limit[pair]), int(frame))
    for (one, other), (value, most, frame) in worst.items():
        yield scene.finding(
            "fail", "overlap", frame, part=f"{one} in {other}", value=value, limit=most, unit="mm",
            says=f"{one} goes {value:.0f} mm into {other}, more than {most:g} mm",
            source="flesh gives way only so far",
        )  # fmt: skip


# Balance


def _balance(scene: Scene) -> Iterator[Finding]:
    """What touches can hold the weight; on the way, a little less exactly."""
    missing = unbalance(body(), scene.frames, scene.supports, _gripped(scene)) * MM
    limits = np.where(scene.held, HELD, PASSING)
    for frame, _ in _over(missing[:, None], limits[:, None]):
        value, limit = float(missing[frame]), float(limits[frame])
        yield scene.finding(
            "fail", "balance", frame, part="centre of mass", value=value, limit=limit, unit="mm",
            says=_unbalanced(value, limit), source="weight and the forces of what touches",
        )  # fmt: skip


def _unbalanced(value: float, limit: float) -> str:
    if np.isinf(value):
        return "nothing that touches can bear its weight"
    where = "from where what touches can hold it"
    return f"the centre of mass is {value:.0f} mm {where}, more than {limit:g} mm"


def _gripped(scene: Scene) -> np.ndarray:
    """(B, G, 3) places of the hands that grip; NaN where a hand has not arrived."""
    found = []
    for words, site, _ in _grips(scene):
        place = _place(scene.frames, *body().site(site)[:2])
        there = _gap(scene.frames, words)[:, None] * MM <= APART
        found.append(np.where(there, place, np.nan))
    return np.stack(found, axis=1) if found else np.empty((len(scene.numbers), 0, 3))


# The command


def main() -> int:
    """Print every finding; 1 if anything fails."""
    findings = check_all()
    for finding in findings:
        print(finding)
    fails = sum(finding.severity == "fail" for finding in findings)
    table = posture_table()
    asked = f"{len(table.postures)} postures and {len(table.motions)} motions"
    print(f"{asked}: {_count(fails, 'failure')}, {_count(len(findings) - fails, 'warning')}.")
    return 1 if fails else 0


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
