"""Is it possible? Every posture, and every frame of every motion, asked what a body can do.

Nothing is mended here: a finding says which posture or frame, which part, how much, how much
would be right, and who says so. ``python -m backcare_nb.posture.checks`` asks the whole collection.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np

from backcare_nb.body.balance import centre_of_mass_overhang_statures, weight_bearing_masks_by_site
from backcare_nb.body.collision import (
    PART_BY_HAND_SEGMENT,
    allowed_overlaps_statures,
    body_capsules,
    find_near_capsule_pairs,
    part_of_segment,
)
from backcare_nb.body.skeleton import SegmentFrames, add_side, body, mirror_name, split_side
from backcare_nb.body.skin import skin_surface
from backcare_nb.body.stable_math import TIE_TOLERANCE, index_of_first_largest
from backcare_nb.body.supports import Support
from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.yaml_tree import YamlTree
from backcare_nb.posture.constraints import RestingContact, touching_part_pairs
from backcare_nb.posture.contacts import (
    parse_contacts,
    split_contacts_by_site,
    split_site_verb_and_place,
)
from backcare_nb.posture.motion import (
    MAX_LOADED_SLIDE_STATURES,
    MotionPath,
    find_lifted_sites_by_segment,
    solve_motion,
)
from backcare_nb.posture.pose import Pose, find_dof_index_and_sign, iter_joint_angles, solve_posture
from backcare_nb.posture.spec import (
    STATURE_CM,
    Contact,
    OwnPostureSpec,
    format_contact,
    opposite_by_motion_name,
)
from backcare_nb.posture.table import posture_table

STATURE_MM = STATURE_CM * 10
BONE_LENGTH_TOLERANCE_STATURES = 1e-9  # fractions of stature
MAX_BONE_SHORTENING_SHARE = 0.005  # share, of a bone on a straight line between two frames
JOINT_LIMIT_TOLERANCE_DEG = 0.01
MAX_SUPPORT_PENETRATION_MM = 2.0  # of a part within a support
MAX_GRIP_PENETRATION_MM = 25.0  # a hand that grips goes round the edge of what it holds
MAX_CONTACT_ERROR_MM = 5.0  # between what is said to touch
MAX_LYING_CONTACT_ERROR_MM = 15.0  # between what is said to lie along something, and that, anywhere
MAX_GIVEN_ANGLE_ERROR_DEG = 12.0  # between the angle asked for and the one found
MAX_HELD_IMBALANCE_MM = 5.0  # where a posture is held
MAX_PASSING_IMBALANCE_MM = 100.0  # on the way: within reach of a push or a quick step

Severity = Literal["fail", "warn"]
FindingKind = Literal[
    "bone", "chord", "range", "given", "wander", "inside", "contact", "overlap", "balance", "slide"
]


@dataclass(frozen=True)
class Finding:
    """One thing that a body cannot do ("fail") or that is worth a second look ("warn").

    ``frame`` is None for a posture. ``value`` and ``limit`` are in mm, degrees or percent, as
    ``says`` tells; ``part`` is the joint, limb, contact or bone.
    """

    severity: Severity
    kind: FindingKind
    of: Literal["posture", "motion"]
    name: str
    frame: int | None
    part: str
    value: float
    limit: float
    says: str

    def __str__(self) -> str:
        line = _line_numbers_by_figure().get((self.of, self.name))
        place = "postures.yaml" if line is None else f"postures.yaml line {line}"
        frame = "" if self.frame is None else f", frame {self.frame}"
        return f"{self.severity.upper()} {place}, {self.of} {self.name}{frame}: {self.says}."


@cache
def _line_numbers_by_figure() -> dict[tuple[str, str], int]:
    """The line of data/postures.yaml where each posture and motion begins."""
    tree = YamlTree((DATA_FOLDER / "postures.yaml").read_text(encoding="utf-8"))
    return {
        (kind, name): tree.lines[f"{kind}s", name]
        for kind in ("posture", "motion")
        for name in tree.root[f"{kind}s"]
    }


@dataclass(frozen=True)
class FramesToCheck:
    """B frames that share what is asked of them: what stands around, what touches, which limits.

    ``contacts`` have to be met, ``near`` may be; ``held`` (B,) are the frames in which one stays.
    """

    of: Literal["posture", "motion"]
    name: str
    first: int | None
    numbers: np.ndarray
    frames: SegmentFrames
    supports: tuple[Support, ...]
    contexts: frozenset[str]
    contacts: tuple[Contact, ...]
    near: tuple[Contact, ...]
    held: np.ndarray

    def find_excesses(
        self,
        kind: FindingKind,
        parts: Sequence[str | tuple[str, str]],
        values: np.ndarray,
        limits: np.ndarray | float,
        says: str,
        excess: np.ndarray | None = None,
        severity: Severity = "fail",
        sources: Sequence[str] = (),
    ) -> Iterator[Finding]:
        """Yield the worst frame of each part (K,), or one in another, whose values (B, K) go over.

        ``excess`` (B, K) is by how much, where that is not the difference to the limits.
        """
        limits = np.broadcast_to(limits, values.shape)
        excess = values - limits if excess is None else excess
        worst = index_of_first_largest(excess)
        for k in map(int, np.flatnonzero(excess.max(axis=0) > 0)):
            row = int(worst[k])
            part = parts[k]
            names = (part,) if isinstance(part, str) else part
            value, limit = float(values[row, k]), float(limits[row, k])
            source = sources[k] if sources else ""
            told = says.format(*names, value=value, limit=limit, source=source)
            frame = None if self.first is None else self.first + row
            place = self.of, self.name, frame, " in ".join(names)
            yield Finding(severity, kind, *place, value, limit, told)


def check_figure(figure: Pose | MotionPath) -> tuple[Finding, ...]:
    """Find what is wrong: for each fault the worst frame, failures first."""
    if isinstance(figure, MotionPath):
        return _sort_failures_first(_check_motion(figure))
    single = split_contacts_by_site(figure.spec.contacts)
    measured = (c for c in figure.spec.contacts if not isinstance(c, str))
    scene = FramesToCheck(
        "posture", figure.name, None, figure.numbers[None], figure.frames, figure.supports,
        frozenset(figure.spec.context), (*single, *measured), figure.spec.contacts,
        np.array([not figure.spec.passing]),
    )  # fmt: skip
    given = () if isinstance(figure.spec, OwnPostureSpec) else find_missed_angles(figure)
    return _sort_failures_first([*_check_frames(scene), *given])


def check_all_figures() -> tuple[Finding, ...]:
    """Check all postures and motions; what a posture says is not said again by its motions."""
    table = posture_table()
    findings = [f for name in table.postures for f in check_figure(solve_posture(name))]
    known = {(f.name, f.kind, f.part) for f in findings}
    for name in table.motions:
        path = solve_motion(name)
        stops = dict(zip(path.stop_frame_indices, path.stops, strict=True))
        for finding in check_figure(path):
            stop = stops.get(-1 if finding.frame is None else finding.frame)
            if stop is None or (stop.name, finding.kind, finding.part) not in known:
                findings.append(finding)
    return _sort_failures_first(findings)


def _sort_failures_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (f.severity, f.kind)))


def _check_motion(path: MotionPath) -> Iterator[Finding]:
    """Each leg between two stops, and the straight lines between neighbouring frames."""
    worst: dict[tuple[str, str, str], Finding] = {}
    legs = zip(pairwise(path.stops), pairwise(path.stop_frame_indices), strict=True)
    for (a, b), (start, end) in legs:
        frames = _frames_to_check_between_stops(path, a, b, slice(start, end + 1))
        for finding in _check_frames(frames):
            key = finding.severity, finding.kind, finding.part
            if (
                key not in worst
                or _excess_over_limit(finding) > _excess_over_limit(worst[key]) + TIE_TOLERANCE
            ):
                worst[key] = finding
    yield from worst.values()
    yield from _check_bone_lengths_between_frames(path)
    yield from _check_slides(path)


def _excess_over_limit(finding: Finding) -> float:
    return abs(finding.value - finding.limit)


def _frames_to_check_between_stops(
    path: MotionPath, a: Pose, b: Pose, frame_slice: slice
) -> FramesToCheck:
    let_go = {
        c for words in split_contacts_by_site(path.spec.let_go) for c in (words, mirror_name(words))
    }
    lifted = find_lifted_sites_by_segment(a, b)
    lifting = {site for site, ball in body().sites.items() if ball.segment in lifted}
    shared = set(split_contacts_by_site(b.spec.contacts)) - let_go
    numbers = path.numbers[frame_slice]
    held = np.full(len(numbers), path.spec.loop)
    held[[0, -1]] |= (not a.spec.passing, not b.spec.passing)
    return FramesToCheck(
        "motion", path.name, frame_slice.start, numbers, path.frames.select_rows(frame_slice),
        tuple(dict.fromkeys((*a.supports, *b.supports))),
        frozenset(a.spec.context + b.spec.context),
        tuple(
            c for c in split_contacts_by_site(a.spec.contacts)
            if c in shared and split_site_verb_and_place(c)[0] not in lifting
        ),
        (*a.spec.contacts, *b.spec.contacts), held,
    )  # fmt: skip


def _check_frames(frames: FramesToCheck) -> Iterator[Finding]:
    yield from _check_bone_lengths(frames)
    yield from _check_joint_ranges(frames)
    yield from _check_support_penetration(frames)
    yield from _check_contacts(frames)
    yield from _check_overlaps(frames)
    yield from _check_balance(frames)


def _check_bone_lengths(scene: FramesToCheck) -> Iterator[Finding]:
    """Each joint as far from the one before as the table says."""
    lengths, wanted, names = _actual_and_wanted_bone_lengths(scene.frames.origins)
    says = "{} is {value:.1f} mm long and should be {limit:.1f} mm (lengths of body.yaml)"
    excess = np.abs(lengths - wanted) - BONE_LENGTH_TOLERANCE_STATURES
    values, limits = lengths * STATURE_MM, wanted * STATURE_MM
    yield from scene.find_excesses("bone", names, values, limits, says, excess)


def _actual_and_wanted_bone_lengths(
    origins: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """(B, N) distances between neighbouring joints, those of the table, and their names."""
    bones = [(i, s) for i, s in enumerate(body().segments) if s.parent >= 0]
    ends = origins[:, [i for i, _ in bones]]
    starts = origins[:, [s.parent for _, s in bones]]
    wanted = np.linalg.norm([s.at for _, s in bones], axis=1)
    names = tuple(f"{body().segments[s.parent].name} to {s.name}" for _, s in bones)
    return np.linalg.norm(ends - starts, axis=2), wanted, names


def _check_bone_lengths_between_frames(path: MotionPath) -> Iterator[Finding]:
    """A browser draws straight lines between frames: halfway, no bone may look short."""
    origins = path.frames.origins
    lengths, wanted, names = _actual_and_wanted_bone_lengths((origins[:-1] + origins[1:]) / 2)
    shares = lengths / np.maximum(wanted, BONE_LENGTH_TOLERANCE_STATURES)
    short = np.where(wanted > BONE_LENGTH_TOLERANCE_STATURES, 1 - shares, 0.0)
    frame, k = np.unravel_index(index_of_first_largest(short.ravel()), short.shape)
    value, limit = 100 * float(short[frame, k]), 100 * MAX_BONE_SHORTENING_SHARE
    if value > limit:
        yield Finding(
            "fail", "chord", "motion", path.name, int(frame), names[k], value, limit,
            f"halfway to the next frame {names[k]} is {value:.2f} % short, more than {limit:g} % "
            "(straight lines between frames)",
        )  # fmt: skip


def _check_slides(path: MotionPath) -> Iterator[Finding]:
    """What bears weight stays where it was set down until it lifts, unless sliding is meant."""
    meant = {
        split_site_verb_and_place(words)[0] for words in split_contacts_by_site(path.spec.slide)
    }
    slid: dict[str, tuple[float, int]] = {}
    for site, bears in weight_bearing_masks_by_site(body(), path.frames, path.supports).items():
        place, number = body().sites[site][:2], np.arange(len(bears))
        landed = np.maximum.accumulate(np.where(np.append(False, bears[:-1]), 0, number))
        points = path.frames.point(*place)[:, [0, 2]] * STATURE_MM
        ways = np.where(bears, np.linalg.norm(points - points[landed], axis=1), 0.0)
        part = part_of_segment(body().segments[place[0]].name)
        frame = int(index_of_first_largest(ways))
        if not {site, mirror_name(site)} & meant and ways[frame] > slid.get(part, (0.0, 0))[0]:
            slid[part] = float(ways[frame]), frame
    limit = MAX_LOADED_SLIDE_STATURES * STATURE_MM
    for part, (value, frame) in slid.items():
        if value > limit:
            yield Finding(
                "fail", "slide", "motion", path.name, frame, part, value, limit,
                f"{part} slides {value:.0f} mm while it bears weight, more than {limit:g} mm "
                "(it lifts and lands, or slide says that it is meant)",
            )  # fmt: skip


def _check_joint_ranges(scene: FramesToCheck) -> Iterator[Finding]:
    """Angles past their limit fail; past what most people reach, they are worth a look."""
    dofs, trunk = body().dofs, body().table.trunk
    ranges = [dof.spec.range_in(scene.contexts) for dof in dofs] + list(trunk.values())
    sources = [body().table.sources[found.source] for found in ranges] * 2
    joints = [add_side(d.joint, d.side) for d in dofs] + ["trunk"] * len(trunk)
    motions = [d.motion for d in dofs] + list(trunk)
    moves = [opposite_by_motion_name()[motion] for motion in motions] + motions
    parts = [f"{joint} {m}".replace("_", " ") for joint, m in zip(joints * 2, moves, strict=True)]
    of_trunk = [[body().dof[f"{part}.{m}"] for m in trunk] for part in ("lumbar", "thoracic")]
    together = scene.numbers[:, of_trunk].sum(axis=1)
    angles = np.hstack([scene.numbers[:, 3:], together])
    angles = np.hstack([-angles, angles])
    ends = np.array([(found.limit, found.norm or found.limit) for found in ranges])
    limits, norms = np.hstack([-ends[..., 0].T, ends[..., 1].T])
    past_limit, past_norm = (angles - end - JOINT_LIMIT_TOLERANCE_DEG for end in (limits, norms))
    past_norm = np.where(past_limit.max(axis=0) > 0, 0.0, past_norm)
    says = "{} is {value:.1f}°, past its limit of {limit:.0f}° ({source})"
    usual = "{} is {value:.1f}°, past the {limit:.0f}° that is usual ({source})"
    yield from scene.find_excesses(
        "range", parts, angles, limits, says, past_limit, "fail", sources
    )
    yield from scene.find_excesses("range", parts, angles, norms, usual, past_norm, "warn", sources)


def find_missed_angles(
    pose: Pose, max_error_deg: float = MAX_GIVEN_ANGLE_ERROR_DEG, severity: Severity = "warn"
) -> Iterator[Finding]:
    """Yield angles that had to give way to the contacts by more than ``max_error_deg``, degrees."""
    for joint, move, asked in iter_joint_angles(pose.spec.angles):
        index, sign = find_dof_index_and_sign(joint, move)
        found = float(sign * pose.numbers[index])
        if abs(found - asked) > max_error_deg:
            part = f"{joint} {move}".replace("_", " ")
            yield Finding(
                severity, "given", "posture", pose.name, None, part, found, asked,
                f"{part} is given as {asked:.0f}° and came out as {found:.0f}°, more than "
                f"{max_error_deg:g}° away (the contacts ask for it)",
            )  # fmt: skip


def _check_support_penetration(scene: FramesToCheck) -> Iterator[Finding]:
    """Nothing below the floor or within a support; a gripping hand goes round its edge."""
    skin = skin_surface(body())
    points = scene.frames.points(skin.segments, skin.local)
    hands = {(site.partition(" ")[0], thing) for _, site, thing in _hand_grips(scene)}
    spheres = {p: np.flatnonzero(np.equal(skin.parts, p)) for p in dict.fromkeys(skin.parts)}
    parts, deepest, limits = [], [], []
    for support in scene.supports:
        depth = (skin.radius - support.distances_and_normals(points)[0]) * STATURE_MM
        for part, within in spheres.items():
            side, bare = split_side(part)
            grips = bare in PART_BY_HAND_SEGMENT and (side, support.name) in hands
            parts.append((part, support.name))
            deepest.append(depth[:, within].max(axis=1))
            hard = MAX_GRIP_PENETRATION_MM if grips else MAX_SUPPORT_PENETRATION_MM
            limits.append(hard + support.soft * STATURE_MM)
    says = "{} is {value:.0f} mm inside {}, more than {limit:g} mm (solid things stay apart)"
    yield from scene.find_excesses("inside", parts, np.stack(deepest, 1), np.array(limits), says)


def _hand_grips(scene: FramesToCheck) -> Iterator[tuple[str, str, str]]:
    """Contact, hand's site and support of each grip."""
    holds = {support.name for support in scene.supports if support.grip}
    for words in split_contacts_by_site(scene.near):
        site, _, where = split_site_verb_and_place(words)
        thing = split_side(where)[1].partition(" ")[0]
        if thing in holds and site in body().sites:
            segment = body().segments[body().sites[site].segment].name
            if part_of_segment(segment).endswith("hand"):
                yield words, site, thing


def _check_contacts(scene: FramesToCheck) -> Iterator[Finding]:
    """What is said to touch does, and what is said to lie along something does so everywhere."""
    if scene.contacts:
        parts = [format_contact(contact) for contact in scene.contacts]
        missed = [contact_gaps_statures(scene.frames, contact) for contact in scene.contacts]
        gaps = np.stack(missed, 1) * STATURE_MM
        limits = [
            MAX_LYING_CONTACT_ERROR_MM if " along " in p else MAX_CONTACT_ERROR_MM for p in parts
        ]
        says = "{} is missed by {value:.0f} mm, more than {limit:g} mm (its own contacts)"
        yield from scene.find_excesses("contact", parts, gaps, np.array(limits), says)


def contact_gaps_statures(frames: SegmentFrames, contact: Contact) -> np.ndarray:
    """(B,) fractions of stature by which a contact is missed."""
    linear, curved = parse_contacts([contact])
    missed = [(frames.point(*c.a) - frames.point(*c.b)) @ c.way - c.gap for c in linear]
    for rest in curved:
        if isinstance(rest, RestingContact):
            missed.append(rest.gaps_statures(frames))
        else:
            a, b = rest.a, rest.b
            apart = frames.point(a.segment, a.local) - frames.point(b.segment, b.local)
            missed.append(np.linalg.norm(apart, axis=1) - a.radius - b.radius)
    return np.linalg.norm(missed, axis=0) if linear else np.abs(missed).max(axis=0)


def _check_overlaps(scene: FramesToCheck) -> Iterator[Finding]:
    """No limb through another; flesh gives a little, and what touches on purpose a little more."""
    capsules = body_capsules(body())
    touching = touching_part_pairs(body(), *parse_contacts(scene.near))
    allowed = allowed_overlaps_statures(body(), touching) * STATURE_MM
    limits = dict(zip(capsules.names, allowed, strict=True))  # several capsules make up a part
    parts = {pair: column for column, pair in enumerate(limits)}
    columns = np.array([parts[pair] for pair in capsules.names])
    found = find_near_capsule_pairs(body(), scene.frames)
    depths = np.zeros((len(scene.numbers), len(parts)))
    np.maximum.at(depths, (found.pose, columns[found.pair]), found.depth * STATURE_MM)
    says = "{} goes {value:.0f} mm into {}, more than {limit:g} mm (flesh gives way only so far)"
    yield from scene.find_excesses(
        "overlap", list(limits), depths, np.array(list(limits.values())), says
    )


def _check_balance(scene: FramesToCheck) -> Iterator[Finding]:
    """What touches can hold the weight; on the way, a little less exactly."""
    hands = np.full((len(scene.numbers), 0, 3), np.nan)  # places; NaN where not yet arrived
    for words, site, _ in _hand_grips(scene):
        gaps = contact_gaps_statures(scene.frames, words)[:, None]
        arrived = gaps * STATURE_MM <= MAX_CONTACT_ERROR_MM
        place = scene.frames.point(*body().sites[site][:2])
        hands = np.hstack([hands, np.where(arrived, place, np.nan)[:, None]])
    missing = (
        centre_of_mass_overhang_statures(body(), scene.frames, scene.supports, hands) * STATURE_MM
    )
    limits = np.where(scene.held, MAX_HELD_IMBALANCE_MM, MAX_PASSING_IMBALANCE_MM)[:, None]
    off = "{value:.0f} mm from where what touches can hold it, more than {limit:g} mm"
    unborne = np.isinf(missing).any()
    says = "nothing that touches can bear its weight" if unborne else f"the {{}} is {off}"
    says += " (weight and the forces of what touches)"
    yield from scene.find_excesses("balance", ["centre of mass"], missing[:, None], limits, says)


def main() -> int:
    """Print every finding; 1 if anything fails."""
    findings = check_all_figures()
    for finding in findings:
        print(finding)
    fails = sum(finding.severity == "fail" for finding in findings)
    table = posture_table()
    asked = f"{len(table.postures)} postures and {len(table.motions)} motions"
    warnings = _format_count(len(findings) - fails, "warning")
    print(f"{asked}: {_format_count(fails, 'failure')}, {warnings}.")
    return 1 if fails else 0


def _format_count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
