"""Is it possible? Every posture, and every frame of every motion, asked what a body can do.

Nothing is mended here: a finding says which posture or frame, which part, how much, how much
would be right, and who says so. ``python -m backcare_nb.posture.checks`` asks the whole collection.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np

from backcare_nb.body.balance import balance_shortfall
from backcare_nb.body.collision import allowed_depths, body_capsules, find_near_pairs, part_of
from backcare_nb.body.skeleton import Dof, Frames, body, mirrored, sided
from backcare_nb.body.skin import skin_surface
from backcare_nb.body.stable_math import TIE, first_largest
from backcare_nb.body.supports import Support
from backcare_nb.course import DATA
from backcare_nb.course.yaml_tree import YamlTree
from backcare_nb.posture.constraints import RestingContact, SegmentPoint, touching_parts
from backcare_nb.posture.contacts import parse_contacts, single_contacts, split_contact
from backcare_nb.posture.motion import MotionPath, motion
from backcare_nb.posture.pose import Pose, find_dof, given_angles, posture
from backcare_nb.posture.spec import STATURE_CM, Contact, contact_text
from backcare_nb.posture.table import posture_table

STATURE_MM = STATURE_CM * 10
BONE_TOLERANCE = 1e-9  # fractions of stature
MAX_CHORD_SHORTENING = 0.005  # share, of a bone on a straight line between two frames
LIMIT_TOLERANCE_DEG = 0.01
MAX_SUPPORT_DEPTH_MM = 2.0  # of a part within a support
MAX_GRIP_DEPTH_MM = 25.0  # a hand that grips goes round the edge of what it holds
MAX_CONTACT_GAP_MM = 5.0  # between what is said to touch
MAX_GIVEN_ERROR_DEG = 12.0  # between the angle asked for and the one found
MAX_HELD_IMBALANCE_MM = 5.0  # where a posture is held
MAX_PASSING_IMBALANCE_MM = 100.0  # on the way: within reach of a push or a quick step
HAND_SEGMENTS = ("palm", "fingers", "thumb")

Severity = Literal["fail", "warn"]
FindingKind = Literal["bone", "chord", "range", "given", "inside", "contact", "overlap", "balance"]


@dataclass(frozen=True)
class Finding:
    """One thing that a body cannot do ("fail") or that is worth a second look ("warn").

    ``frame`` is None for a posture. ``value`` and ``limit`` are in ``unit`` (mm, degrees or
    percent); ``part`` is the joint, limb, contact or bone.
    """

    severity: Severity
    kind: FindingKind
    of: Literal["posture", "motion"]
    name: str
    frame: int | None
    part: str
    value: float
    limit: float
    unit: str
    says: str
    source: str

    def __str__(self) -> str:
        line = _first_lines().get((self.of, self.name))
        place = "postures.yaml" if line is None else f"postures.yaml line {line}"
        frame = "" if self.frame is None else f", frame {self.frame}"
        found = f"{self.of} {self.name}{frame}: {self.says} ({self.source})."
        return f"{self.severity.upper()} {place}, {found}"


@cache
def _first_lines() -> dict[tuple[str, str], int]:
    """The line of data/postures.yaml where each posture and motion begins."""
    tree = YamlTree((DATA / "postures.yaml").read_text(encoding="utf-8"))
    return {
        (kind, name): tree.lines[f"{kind}s", name]
        for kind in ("posture", "motion")
        for name in tree.root[f"{kind}s"]
    }


@dataclass(frozen=True)
class Scene:
    """Frames that share what is asked of them: what stands around, what touches, which limits.

    ``contacts`` have to be met, ``near`` may be; ``held`` (B,) are the frames in which one stays.
    """

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

    def finding(
        self,
        severity: Severity,
        kind: FindingKind,
        frame: int,
        part: str,
        value: float,
        limit: float,
        unit: str,
        says: str,
        source: str,
    ) -> Finding:
        """A finding at one of the frames."""
        number = None if self.first is None else self.first + frame
        place = self.of, self.name, number
        return Finding(severity, kind, *place, part, value, limit, unit, says, source)


def check(what: Pose | MotionPath) -> tuple[Finding, ...]:
    """Find what is wrong: for each fault the worst frame, failures first."""
    if isinstance(what, MotionPath):
        return _failures_first(_check_motion(what))
    single = single_contacts(what.spec.contacts)
    measured = (c for c in what.spec.contacts if not isinstance(c, str))
    scene = Scene(
        "posture", what.name, None, what.numbers[None], what.frames, what.supports,
        frozenset(what.spec.context), (*single, *measured), what.spec.contacts, np.array([True]),
    )  # fmt: skip
    return _failures_first([*_check_scene(scene), *_check_given_angles(what)])


def check_all() -> tuple[Finding, ...]:
    """Check all postures and motions; what a posture says is not said again by its motions."""
    table = posture_table()
    findings = [f for name in table.postures for f in check(posture(name))]
    known = {(f.name, f.kind, f.part) for f in findings}
    for name in table.motions:
        path = motion(name)
        stops = dict(zip(_stop_frames(path), path.stops, strict=True))
        for finding in check(path):
            stop = stops.get(-1 if finding.frame is None else finding.frame)
            if stop is None or (stop.name, finding.kind, finding.part) not in known:
                findings.append(finding)
    return _failures_first(findings)


def _failures_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (f.severity, f.kind)))


def _check_motion(path: MotionPath) -> Iterator[Finding]:
    """Each leg between two stops, and the straight lines between neighbouring frames."""
    worst: dict[tuple[str, str, str], Finding] = {}
    legs = zip(pairwise(path.stops), pairwise(_stop_frames(path)), strict=True)
    for (a, b), (start, end) in legs:
        for finding in _check_scene(_leg_scene(path, a, b, slice(start, end + 1))):
            key = finding.severity, finding.kind, finding.part
            if key not in worst or _excess(finding) > _excess(worst[key]) + TIE:
                worst[key] = finding
    yield from worst.values()
    yield from _check_chords(path)


def _excess(finding: Finding) -> float:
    return abs(finding.value - finding.limit)


def _stop_frames(path: MotionPath) -> list[int]:
    """The frames that are the stops of a motion, in order."""
    found: list[int] = []
    start = 0
    for stop in path.stops:
        same = (path.numbers[start:] == stop.numbers).all(axis=1)
        found.append(start + int(same.argmax()))
        start = found[-1] + 1
    return found


def _leg_scene(path: MotionPath, a: Pose, b: Pose, rows: slice) -> Scene:
    let_go = {c for words in single_contacts(path.spec.let_go) for c in (words, mirrored(words))}
    shared = set(single_contacts(b.spec.contacts)) - let_go
    numbers = path.numbers[rows]
    held = np.full(len(numbers), path.spec.loop)
    held[[0, -1]] = True
    return Scene(
        "motion", path.name, rows.start, numbers, path.frames.only(rows),
        tuple(dict.fromkeys((*a.supports, *b.supports))),
        frozenset(a.spec.context + b.spec.context),
        tuple(c for c in single_contacts(a.spec.contacts) if c in shared),
        (*a.spec.contacts, *b.spec.contacts), held,
    )  # fmt: skip


def _check_scene(scene: Scene) -> Iterator[Finding]:
    yield from _check_bones(scene)
    yield from _check_ranges(scene)
    yield from _check_support_penetration(scene)
    yield from _check_contacts(scene)
    yield from _check_overlaps(scene)
    yield from _check_balance(scene)


def _worst_over(amount: np.ndarray, limit: np.ndarray | float) -> Iterator[tuple[int, int]]:
    """Yield frame and column of the worst of each column (B, K) that goes over its limit."""
    excess = amount - limit
    worst = first_largest(excess)
    for column in np.flatnonzero(excess.max(axis=0) > 0):
        yield int(worst[column]), int(column)


def _check_bones(scene: Scene) -> Iterator[Finding]:
    """Each joint as far from the one before as the table says."""
    lengths, wanted, names = _bone_lengths(scene.frames)
    for frame, k in _worst_over(np.abs(lengths - wanted), BONE_TOLERANCE):
        value, limit = float(lengths[frame, k] * STATURE_MM), float(wanted[k] * STATURE_MM)
        says = f"{names[k]} is {value:.1f} mm long and should be {limit:.1f} mm"
        source = "lengths of body.yaml"
        yield scene.finding("fail", "bone", frame, names[k], value, limit, "mm", says, source)


def _bone_lengths(frames: Frames) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """(B, N) distances between neighbouring joints, those of the table, and their names."""
    bones = [(i, s) for i, s in enumerate(body().segments) if s.parent >= 0]
    ends = frames.origins[:, [i for i, _ in bones]]
    starts = frames.origins[:, [s.parent for _, s in bones]]
    wanted = np.linalg.norm([s.at for _, s in bones], axis=1)
    names = tuple(f"{body().segments[s.parent].name} to {s.name}" for _, s in bones)
    return np.linalg.norm(ends - starts, axis=2), wanted, names


def _check_chords(path: MotionPath) -> Iterator[Finding]:
    """A browser draws straight lines between frames: halfway, no bone may look short."""
    origins = path.frames.origins
    halfway = (origins[:-1] + origins[1:]) / 2
    frames = Frames(halfway, path.frames.rotations, path.frames.axes)
    lengths, wanted, names = _bone_lengths(frames)
    shares = lengths / np.maximum(wanted, BONE_TOLERANCE)
    short = np.where(wanted > BONE_TOLERANCE, 1 - shares, 0.0)
    frame, k = np.unravel_index(first_largest(short.ravel()), short.shape)
    value, limit = 100 * float(short[frame, k]), 100 * MAX_CHORD_SHORTENING
    if value > limit:
        yield Finding(
            "fail", "chord", "motion", path.name, int(frame), names[k], value, limit, "%",
            f"halfway to the next frame {names[k]} is {value:.2f} % short, more than {limit:g} %",
            "straight lines between frames",
        )  # fmt: skip


def _check_ranges(scene: Scene) -> Iterator[Finding]:
    """Angles past their limit fail; past what most people reach, they are worth a look."""
    angles, dofs = scene.numbers[:, 3:], body().dofs
    limits, norms, sources = [], [], []
    for dof in dofs:
        # of several contexts that hold, the widest; its limit is its own norm
        here = [dof.spec.contexts[c] for c in dof.spec.contexts if c in scene.contexts]
        context = max(here, key=lambda c: np.ptp(c.limit), default=None)
        limits.append(context.limit if context else dof.spec.limit)
        norms.append(context.limit if context else dof.spec.norm or dof.spec.limit)
        sources.append(context.source if context else dof.spec.source)
    for sign, bound in ((-1, 0), (1, 1)):
        ends = [sign * np.array(ends)[:, bound] for ends in (limits, norms)]
        past_limit = list(_worst_over(sign * angles, ends[0] + LIMIT_TOLERANCE_DEG))
        failed = {k for _, k in past_limit}
        past_norm = _worst_over(sign * angles, ends[1] + LIMIT_TOLERANCE_DEG)
        unusual = [(frame, k) for frame, k in past_norm if k not in failed]
        severities: tuple[Severity, Severity] = ("fail", "warn")
        for severity, found, end in zip(severities, (past_limit, unusual), ends, strict=True):
            for frame, k in found:
                value, limit = float(sign * angles[frame, k]), float(end[k])
                part = _joint_motion(dofs[k], sign)
                usual = f"the {limit:.0f}° that is usual"
                past = f"its limit of {limit:.0f}°" if severity == "fail" else usual
                says = f"{part} is {value:.1f}°, past {past}"
                source = body().table.sources[sources[k]]
                yield scene.finding(severity, "range", frame, part, value, limit, "°", says, source)


def _joint_motion(dof: Dof, sign: int) -> str:
    move = (dof.motion if sign > 0 else dof.spec.opposite).replace("_", " ")
    return f"{sided(dof.joint, dof.side)} {move}"


def _check_given_angles(pose: Pose) -> Iterator[Finding]:
    """Angles that had to give way to the contacts."""
    for joint, move, asked in given_angles(pose.spec.angles):
        index, sign = find_dof(joint, move)
        found = float(sign * pose.numbers[index])
        if abs(found - asked) > MAX_GIVEN_ERROR_DEG:
            part = f"{joint} {move}".replace("_", " ")
            yield Finding(
                "warn", "given", "posture", pose.name, None, part, found, asked, "°",
                f"{part} is given as {asked:.0f}° and came out as {found:.0f}°, more than "
                f"{MAX_GIVEN_ERROR_DEG:g}° away", "the contacts ask for it",
            )  # fmt: skip


def _check_support_penetration(scene: Scene) -> Iterator[Finding]:
    """Nothing below the floor or within a support; a gripping hand goes round its edge."""
    skin = skin_surface(body())
    points = scene.frames.points(skin.segments, skin.local)
    parts = tuple(dict.fromkeys(skin.parts))
    of = np.array([parts.index(part) for part in skin.parts])
    grips = tuple(_grips(scene))
    for support in scene.supports:
        depth = (skin.radius - support.distance(points)[0]) * STATURE_MM
        deepest = np.stack([depth[:, of == k].max(axis=1) for k in range(len(parts))], axis=1)
        hands = {site.partition(" ")[0] for _, site, thing in grips if thing == support.name}
        gripping = {f"{side} {part}" for side in hands for part in HAND_SEGMENTS}
        depths = [MAX_GRIP_DEPTH_MM if p in gripping else MAX_SUPPORT_DEPTH_MM for p in parts]
        for frame, k in _worst_over(deepest, np.array(depths)):
            value, limit, name = float(deepest[frame, k]), depths[k], support.name
            says = f"{parts[k]} is {value:.0f} mm inside {name}, more than {limit:g} mm"
            source = "solid things stay apart"
            part = f"{parts[k]} in {name}"
            yield scene.finding("fail", "inside", frame, part, value, limit, "mm", says, source)


def _grips(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """Contact, hand's site and support of each grip."""
    holds = {support.name for support in scene.supports if support.grip}
    for words in single_contacts(scene.near):
        site, _, where = split_contact(words)
        thing = re.sub("^(left|right) ", "", where).partition(" ")[0]
        if thing in holds and site in body().site_names:
            segment = body().segments[body().site(site)[0]].name
            if part_of(segment).endswith("hand"):
                yield words, site, thing


def _check_contacts(scene: Scene) -> Iterator[Finding]:
    """What is said to touch does."""
    if not scene.contacts:
        return
    gaps = np.stack([_contact_gap(scene.frames, c) for c in scene.contacts], axis=1) * STATURE_MM
    for frame, k in _worst_over(gaps, MAX_CONTACT_GAP_MM):
        value, words = float(gaps[frame, k]), contact_text(scene.contacts[k])
        limit = MAX_CONTACT_GAP_MM
        says = f"{words} is missed by {value:.0f} mm, more than {limit:g} mm"
        source = "its own contacts"
        yield scene.finding("fail", "contact", frame, words, value, limit, "mm", says, source)


def _contact_gap(frames: Frames, contact: Contact) -> np.ndarray:
    """(B,) fractions of stature by which a contact is missed."""
    linear, curved = parse_contacts([contact])
    missed = []
    for line in linear:
        missed.append((_place(frames, line.a) - _place(frames, line.b)) @ line.way - line.gap)
    for rest in curved:
        if isinstance(rest, RestingContact):
            distances = [
                rest.support.distance(_place(frames, (segment, local)))[0] - radius
                for segment, local, radius in rest.spheres
            ]
            missed.append(np.min(distances, axis=0))
        else:
            apart = _place(frames, rest.a[:2]) - _place(frames, rest.b[:2])
            missed.append(np.linalg.norm(apart, axis=1) - rest.a[2] - rest.b[2])
    return np.linalg.norm(missed, axis=0)


def _place(frames: Frames, point: SegmentPoint) -> np.ndarray:
    segment, local = point
    if segment < 0:
        return np.broadcast_to(local, (len(frames.origins), 3))
    return frames.points(np.array([segment]), local[None])[:, 0]


def _check_overlaps(scene: Scene) -> Iterator[Finding]:
    """No limb through another; flesh gives a little, and what touches on purpose a little more."""
    names = body_capsules(body()).names
    touching = touching_parts(body(), *parse_contacts(scene.near))
    limits = allowed_depths(body(), touching) * STATURE_MM
    found = find_near_pairs(body(), scene.frames)
    worst: dict[tuple[str, str], tuple[float, float, int]] = {}
    for frame, pair, depth in zip(found.pose, found.pair, found.depth * STATURE_MM, strict=True):
        if depth > max(limits[pair], worst.get(names[pair], (0.0,))[0] + TIE):
            worst[names[pair]] = (float(depth), float(limits[pair]), int(frame))
    for (one, other), (value, limit, frame) in worst.items():
        says = f"{one} goes {value:.0f} mm into {other}, more than {limit:g} mm"
        source, part = "flesh gives way only so far", f"{one} in {other}"
        yield scene.finding("fail", "overlap", frame, part, value, limit, "mm", says, source)


def _check_balance(scene: Scene) -> Iterator[Finding]:
    """What touches can hold the weight; on the way, a little less exactly."""
    gripped = []  # (B, 3) places of each hand; NaN where it has not arrived
    for words, site, _ in _grips(scene):
        arrived = _contact_gap(scene.frames, words)[:, None] * STATURE_MM <= MAX_CONTACT_GAP_MM
        gripped.append(np.where(arrived, _place(scene.frames, body().site(site)[:2]), np.nan))
    hands = np.stack(gripped, axis=1) if gripped else np.empty((len(scene.numbers), 0, 3))
    missing = balance_shortfall(body(), scene.frames, scene.supports, hands) * STATURE_MM
    limits = np.where(scene.held, MAX_HELD_IMBALANCE_MM, MAX_PASSING_IMBALANCE_MM)
    for frame, _ in _worst_over(missing[:, None], limits[:, None]):
        value, limit = float(missing[frame]), float(limits[frame])
        where = "from where what touches can hold it"
        says = f"the centre of mass is {value:.0f} mm {where}, more than {limit:g} mm"
        if np.isinf(value):
            says = "nothing that touches can bear its weight"
        part, source = "centre of mass", "weight and the forces of what touches"
        yield scene.finding("fail", "balance", frame, part, value, limit, "mm", says, source)


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
