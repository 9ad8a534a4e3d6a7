"""Motions: the way between postures, as frames solved one by one.

Angles are interpolated, never positions, so that bones keep their lengths; contacts that both
ends share hold on the way. Frames lie close enough that straight lines between them, as a browser
draws them, shorten no bone by more than 0.5 percent.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise

import numpy as np

from backcare_nb.body.balance import LIMB_SITES_BY_CARRIED_TRUNK_SEGMENTS
from backcare_nb.body.skeleton import SegmentFrames, body, split_side
from backcare_nb.body.solution_cache import solution_cache
from backcare_nb.body.supports import Support
from backcare_nb.course.fields import Side, fill_sides
from backcare_nb.posture.constraints import (
    CurvedContact,
    LinearContact,
    PostureProblem,
    RestingContact,
    touching_part_pairs,
)
from backcare_nb.posture.contacts import (
    do_arms_cross,
    parse_contacts,
    split_contacts_by_site,
    split_site_verb_and_place,
)
from backcare_nb.posture.pose import (
    NECK_RETRACTION_SOFTNESS,
    Pose,
    mirror_pose,
    pose_limits_in_posture,
    solve_posture,
)
from backcare_nb.posture.solver import solve_posture_problems
from backcare_nb.posture.spec import STATURE_CM, MotionSpec, OwnPostureSpec, format_spec_keys_json
from backcare_nb.posture.table import PostureTable, posture_table, solution_source_text

MIN_MOTION_FRAMES = 12  # in a motion
MAX_TURN_BETWEEN_FRAMES_DEG = 11.0  # between two frames: a chord this wide is 0.5 percent short
# Between two postures: a motion that needs more jumps, and a check says so.
MAX_FRAMES_BETWEEN_STOPS = 28
REPEATED_POSTURE_FRAMES = 20  # in a posture that is named twice in a row
MAX_FRAME_COUNT_TRIES = 4
STEPPING_FOOT_SITES = ("heel", "toes")  # by which a foot is carried in a step
MAX_STRAIGHT_SWING_BEND_DEG = 10.0  # of a knee between the ends of a swing, which does not step
# Fractions of stature: what bears weight and goes further lifts.
MAX_LOADED_SLIDE_STATURES = 2.0 / STATURE_CM
# Fractions of stature, and by a share of its way higher.
MIN_LIFT_HEIGHT_STATURES = 2.0 / STATURE_CM
LIFT_HEIGHT_SHARE_OF_STEP = 0.08
MAX_CONTACT_GAP_AT_STOP_STATURES = (
    0.5 / STATURE_CM
)  # at a stop, beyond which it may be missed on the way
PELVIS_POSITION_SOFTNESS_BETWEEN_STOPS = 0.001  # of the place of the pelvis
PELVIS_ANGLE_SOFTNESS_WHEN_STEPPING = 0.3  # of its angles: one lifts a leg before one leans


@dataclass(frozen=True)
class MotionPath:
    """A solved motion for one side: ``numbers`` (K, size), one row for each frame.

    ``written_side`` is the one for which its arrows are written.
    """

    name: str
    side: Side | None
    spec: MotionSpec
    numbers: np.ndarray
    stops: tuple[Pose, ...]
    written_side: Side | None

    @property
    def title(self) -> str:
        return fill_sides(self.spec.title, self.side)

    @cached_property
    def frames(self) -> SegmentFrames:
        """A batch of all frames."""
        return body().frames(self.numbers)

    @cached_property
    def supports(self) -> tuple[Support, ...]:
        """Everything that stands in the room on the way."""
        return tuple(dict.fromkeys(s for stop in self.stops for s in stop.supports))

    @property
    def strap(self) -> tuple[str, ...]:
        """The places that a strap joins, if there is one in any of its postures."""
        return next((stop.strap for stop in self.stops if stop.strap), ())

    @cached_property
    def stop_frame_indices(self) -> list[int]:
        """The frames that are the stops, in order."""
        found: list[int] = []
        start = 0
        for stop in self.stops:
            same = (self.numbers[start:] == stop.numbers).all(axis=1)
            found.append(start + int(same.argmax()))
            start = found[-1] + 1
        return found


def solve_motion(
    name: str, side: Side | None = None, table: PostureTable | None = None
) -> MotionPath:
    """Solve a motion of a table, on the side asked for if it has sides. Raises UnknownName."""
    return _solve_motion_once(name, side, table or posture_table())


@cache
def _solve_motion_once(name: str, side: Side | None, table: PostureTable) -> MotionPath:
    if side:
        path = _solve_motion_once(name, None, table)
        if path.side in (side, None):
            return path
        stops = tuple(mirror_pose(stop) for stop in path.stops)
        numbers = body().mirror_poses(path.numbers)
        return replace(path, side=side, numbers=numbers, stops=stops)
    spec = table.find_motion_spec(name)
    stops = _solve_stops(spec, table)
    own = format_spec_keys_json(spec, ("through", "loop", "let_go", "slide"))
    own += f"{spec.rest_share:g}" * bool(spec.rest_share)
    source = "\n".join([own, *(solution_source_text(stop.spec) for stop in stops)])

    def solve_frames() -> np.ndarray:
        min_frames = -(-(MIN_MOTION_FRAMES - 1) // (len(stops) - 1))
        legs = [_solve_between_stops(a, b, spec, min_frames) for a, b in pairwise(stops)]
        if spec.rest_share:
            legs = _set_rest_frame_counts(legs, spec.rest_share)
        return np.vstack([*legs, stops[-1].numbers[None]])

    numbers = solution_cache().get_or_solve(f"motion {name}", source, solve_frames)
    named = zip(stops, spec.through, strict=True)
    side = next((p.side for p, words in named if p.side and not words.startswith("other ")), None)
    return MotionPath(name, side, spec, numbers, stops, side)


def solve_motion_coarsely(name: str, table: PostureTable) -> MotionPath:
    """Solve one frame between each two stops: most motions that cannot be done fail there."""
    spec = table.find_motion_spec(name)
    stops = _solve_stops(spec, table)
    halfway = solve_posture_problems(
        body(), [_build_frame_problem(a, b, 0.5, spec) for a, b in pairwise(stops)]
    )
    rows = [row for stop, way in zip(stops, halfway, strict=False) for row in (stop.numbers, way)]
    return MotionPath(name, None, spec, np.stack([*rows, stops[-1].numbers]), stops, None)


def _solve_stops(spec: MotionSpec, table: PostureTable) -> tuple[Pose, ...]:
    """The postures that a motion goes through."""
    poses = [solve_posture(words.removeprefix("other "), None, table) for words in spec.through]
    turned = [words.startswith("other ") for words in spec.through]
    return tuple(mirror_pose(p) if other else p for p, other in zip(poses, turned, strict=True))


def _solve_between_stops(a: Pose, b: Pose, spec: MotionSpec, min_frames: int) -> np.ndarray:
    """Frames from one posture up to the next, as many as the widest turn between two needs."""
    if (a.numbers == b.numbers).all():
        return np.repeat(a.numbers[None], REPEATED_POSTURE_FRAMES, axis=0)
    count = max(min_frames, _count_frames_needed([a.numbers, b.numbers]))
    for _ in range(MAX_FRAME_COUNT_TRIES):
        problems = [_build_frame_problem(a, b, k / count, spec) for k in range(1, count)]
        frames = np.vstack([a.numbers[None], solve_posture_problems(body(), problems)])
        needed = _count_frames_needed([*frames, b.numbers])
        if needed <= count:
            break
        count = min(needed, MAX_FRAMES_BETWEEN_STOPS)
    return frames


def _set_rest_frame_counts(
    frames_between_stops: list[np.ndarray], rest_share: float
) -> list[np.ndarray]:
    """The legs of a motion with rests that each take this share of all frames."""
    rests = [bool((leg == leg[0]).all()) for leg in frames_between_stops]
    moving = sum(
        len(leg) for leg, rest in zip(frames_between_stops, rests, strict=True) if not rest
    )
    count = max(1, round(moving * rest_share / (1 - rest_share * sum(rests))))
    return [
        leg[:1].repeat(count, 0) if rest else leg
        for leg, rest in zip(frames_between_stops, rests, strict=True)
    ]


def _count_frames_needed(rows: list[np.ndarray]) -> int:
    """How many frames it takes so that no segment turns too far between two."""
    turned = body().frames(np.stack(rows)).rotations
    cosine = (np.einsum("ksij,ksij->ks", turned[1:], turned[:-1]) - 1) / 2
    widest = float(np.degrees(np.arccos(np.clip(cosine.min(), -1, 1))))
    return int(np.ceil((len(rows) - 1) * widest / MAX_TURN_BETWEEN_FRAMES_DEG))


def _build_frame_problem(a: Pose, b: Pose, share: float, spec: MotionSpec) -> PostureProblem:
    """The frame a share of the way from one posture to the next."""
    way = b.numbers - a.numbers
    way[3:6] = (way[3:6] + 180) % 360 - 180  # the pelvis turns the short way round
    target = a.numbers + share * way
    linear, curved = _parse_contacts_between_stops(a, b, share, spec)
    limits = np.stack([pose_limits_in_posture(a.spec), pose_limits_in_posture(b.spec)])
    bounds = np.stack([limits[..., 0].min(axis=0), limits[..., 1].max(axis=0)], axis=1)
    give = np.ones(len(target))
    give[:3] = PELVIS_POSITION_SOFTNESS_BETWEEN_STOPS
    if any(isinstance(stop.spec, OwnPostureSpec) for stop in (a, b)):
        give[3:6] = PELVIS_POSITION_SOFTNESS_BETWEEN_STOPS
    if find_lifted_sites_by_segment(a, b):
        give[3:6] = PELVIS_ANGLE_SOFTNESS_WHEN_STEPPING
    give[body().dof["cervical.retraction"]] = NECK_RETRACTION_SOFTNESS
    supports = tuple(dict.fromkeys((*a.supports, *b.supports)))
    touching = touching_part_pairs(body(), *parse_contacts((*a.spec.contacts, *b.spec.contacts)))
    symmetric = not (a.side or b.side or do_arms_cross((*a.spec.contacts, *b.spec.contacts)))
    return PostureProblem(
        target, give, bounds, linear, curved, supports, target, symmetric, touching
    )


def _parse_contacts_between_stops(
    a: Pose, b: Pose, share: float, spec: MotionSpec
) -> tuple[list[LinearContact], list[CurvedContact]]:
    """The contacts that both ends share; what rests at one place goes to the other's.

    One resting place of each limb is carried along, and where it bears weight the others too. The
    rest only keep touching, unless the limb lifts on its way.
    """
    shared = set(split_contacts_by_site(b.spec.contacts)).difference(
        split_contacts_by_site(spec.let_go)
    )
    common = [c for c in split_contacts_by_site(a.spec.contacts) if c in shared]
    slides = split_contacts_by_site(spec.slide)
    lifted = find_lifted_sites_by_segment(a, b)
    planted = {s for s in a.bearing_sites + b.bearing_sites if not _is_too_far_to_slide(a, b, s)}
    carried, touching = set(lifted), [c for c in common if c in slides]
    linear: list[LinearContact] = []
    for words in (c for c in common if c not in slides):
        site, verb, _ = split_site_verb_and_place(words)
        segment = body().sites[site].segment if site in body().sites else -1
        if verb != "on" or segment < 0:
            touching.append(words)
        elif segment not in carried or (segment not in lifted and site in planted):
            carried.add(segment)
            linear += _carry_site_contacts(a, b, share, site, False)
        elif segment not in lifted:
            touching.append(words)
    for site in lifted.values():
        linear += _carry_site_contacts(a, b, share, site, True)
    lines, curved = parse_contacts(touching)
    ends = body().frames(np.stack([a.numbers, b.numbers]))
    own = any(isinstance(stop.spec, OwnPostureSpec) for stop in (a, b))
    for k, rest in enumerate(curved if own else ()):
        if isinstance(rest, RestingContact):
            gap = float(rest.gaps_statures(ends).max())
            if gap > max(rest.max_gap, MAX_CONTACT_GAP_AT_STOP_STATURES):
                # as one who leans on a seat rolls on to the thighs
                curved[k] = replace(rest, max_gap=gap)
    return linear + lines, curved


def find_lifted_sites_by_segment(a: Pose, b: Pose) -> dict[int, str]:
    """Find the limbs that lift on the way, by segment, with the site of each that is carried over.

    They bear weight at two places too far apart to slide; a foot of one who is up may come from
    the air, or end there.
    """
    here, there = a.bearing_sites, b.bearing_sites
    contacts = [set(split_contacts_by_site(p.spec.contacts)) for p in (a, b)]
    said = {
        split_site_verb_and_place(words)[0]
        for words in contacts[0] & contacts[1]
        if " on " in words
    }
    up = all(
        any(site.endswith(LIMB_SITES_BY_CARRIED_TRUNK_SEGMENTS["pelvis",]) for site in at)
        for at in (here, there)
    )
    both = [site for site in here if site in there]
    steps = [s for s in here + there if s in said or (up and s.endswith(STEPPING_FOOT_SITES))]
    own = isinstance(a.spec, OwnPostureSpec) or isinstance(b.spec, OwnPostureSpec)
    bent_deg = np.abs(b.numbers - a.numbers)
    found: dict[int, str] = {}
    for site in both + steps:
        knee = body().dof[f"{split_side(site)[0]} knee.flexion"]
        if site in both or not own or bent_deg[knee] > MAX_STRAIGHT_SWING_BEND_DEG:
            found.setdefault(body().sites[site].segment, site)
    return {segment: site for segment, site in found.items() if _is_too_far_to_slide(a, b, site)}


def _is_too_far_to_slide(a: Pose, b: Pose, site: str) -> bool:
    return bool(np.linalg.norm(b.point(site) - a.point(site)) > MAX_LOADED_SLIDE_STATURES)


def _carry_site_contacts(
    a: Pose, b: Pose, share: float, site: str, lifts: bool
) -> Iterable[LinearContact]:
    """Hold a resting place on the line to where it will be, or in a bow over that line."""
    start, end = a.point(site), b.point(site)
    ahead = share * share * (3 - 2 * share) if lifts else share  # lifted and set down upright
    place = start + ahead * (end - start)
    if lifts:
        height = MIN_LIFT_HEIGHT_STATURES + LIFT_HEIGHT_SHARE_OF_STEP * float(
            np.linalg.norm(end - start)
        )
        place[1] += height * np.sin(np.pi * share)
    segment, local, _ = body().sites[site]
    return [LinearContact(way, (segment, local), (-1, way * place)) for way in np.eye(3)]
