"""Motions: the way between postures, as frames solved one by one.

Angles are interpolated, never positions, so that bones keep their lengths; contacts that both
ends share hold on the way. Frames lie close enough that straight lines between them, as a browser
draws them, shorten no bone by more than 0.5 percent.
"""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise

import numpy as np

from backcare_nb.body.skeleton import body
from backcare_nb.body.solution_cache import solution_cache
from backcare_nb.body.supports import Support
from backcare_nb.course.fields import Side
from backcare_nb.posture.constraints import Line, Problem, Rest, Touch, touching
from backcare_nb.posture.contacts import contacts, single
from backcare_nb.posture.posture import Pose, Solved, limits, mirror, posture
from backcare_nb.posture.solver import solve
from backcare_nb.posture.spec import MotionSpec, said
from backcare_nb.posture.table import PostureTable, posture_table, source

FEWEST = 12  # frames in a motion
WIDEST = 11.0  # degrees between two frames: a chord this wide is 0.5 percent short
MOST = 24  # frames between two postures: a motion that needs more jumps, and a check says so
TRIES = 4


@dataclass(frozen=True)
class Path(Solved):
    """A motion, ``numbers`` (K, size): one row for each frame.

    ``written_side`` is the one for which its arrows are written.
    """

    stops: tuple[Pose, ...]
    written_side: Side | None

    @property
    def start(self) -> Pose:
        return self.stops[0]

    @property
    def end(self) -> Pose:
        return self.stops[-1]

    @property
    def loop(self) -> bool:
        return self.spec.loop

    @cached_property
    def supports(self) -> tuple[Support, ...]:
        """Everything that stands in the room on the way."""
        return tuple(dict.fromkeys(s for stop in self.stops for s in stop.supports))


def motion(name: str, side: Side | None = None, table: PostureTable | None = None) -> Path:
    """Solve a motion of a table, on the side asked for if it has sides. Raises UnknownName."""
    return _solve_named_motion(name, side, table or posture_table())


@cache
def _solve_named_motion(name: str, side: Side | None, table: PostureTable) -> Path:
    if side:
        path = _solve_named_motion(name, None, table)
        if path.side in (side, None):
            return path
        stops = tuple(mirror(stop) for stop in path.stops)
        numbers = body().mirrored(path.numbers)
        return replace(path, side=side, numbers=numbers, stops=stops)
    spec = table.motion_spec(name)
    stops = _stops(spec, table)
    numbers = solution_cache().get_or_solve(
        f"motion {name}", _source(spec, stops), lambda: _frames(spec, stops)
    )
    side = next((p.side for p, w in zip(stops, spec.through, strict=True) if _own(p, w)), None)
    return Path(name, side, spec, numbers, stops, side)


def sketch(name: str, table: PostureTable) -> Path:
    """A motion with one frame between each two stops: most that cannot be done fail there."""
    spec = table.motion_spec(name)
    stops = _stops(spec, table)
    halfway = solve(body(), [_between(a, b, 0.5, spec) for a, b in pairwise(stops)])
    rows = [row for stop, way in zip(stops, halfway, strict=False) for row in (stop.numbers, way)]
    return Path(name, None, spec, np.stack([*rows, stops[-1].numbers]), stops, None)


def _source(spec: MotionSpec, stops: tuple[Pose, ...]) -> str:
    """All that a motion is solved from, as text."""
    own = said(spec, ("through", "loop", "let_go", "slide"))
    return "\n".join([own, *(source(stop.spec) for stop in stops)])


def _frames(spec: MotionSpec, stops: tuple[Pose, ...]) -> np.ndarray:
    fewest = -(-(FEWEST - 1) // (len(stops) - 1))
    legs = [_leg(a, b, spec, fewest) for a, b in pairwise(stops)]
    return np.vstack([*legs, stops[-1].numbers[None]])


def _own(pose: Pose, words: str) -> bool:
    return bool(pose.side) and not words.startswith("other ")


def _leg(a: Pose, b: Pose, spec: MotionSpec, fewest: int) -> np.ndarray:
    """Frames from one posture up to the next, as many as the widest turn between two needs."""
    count = max(fewest, _needed(_widest(np.stack([a.numbers, b.numbers])), 1))
    for _ in range(TRIES):
        problems = [_between(a, b, k / count, spec) for k in range(1, count)]
        frames = np.vstack([a.numbers[None], solve(body(), problems)])
        needed = _needed(_widest(np.vstack([frames, b.numbers[None]])), count)
        if needed <= count:
            break
        count = min(needed, MOST)
    return frames


def _needed(turn: float, count: int) -> int:
    return int(np.ceil(count * turn / WIDEST))


def _widest(numbers: np.ndarray) -> float:
    """The largest turn of any segment in the room between two neighbouring frames, degrees."""
    turned = body().frames(numbers).rotations
    cosine = (np.einsum("ksij,ksij->ks", turned[1:], turned[:-1]) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine.min(), -1, 1))))


def _stops(spec: MotionSpec, table: PostureTable) -> tuple[Pose, ...]:
    """The postures a motion goes through."""
    poses = [posture(words.removeprefix("other "), None, table) for words in spec.through]
    turned = [words.startswith("other ") for words in spec.through]
    return tuple(mirror(p) if other else p for p, other in zip(poses, turned, strict=True))


def _between(a: Pose, b: Pose, share: float, spec: MotionSpec) -> Problem:
    """The frame a share of the way from one posture to the next."""
    target = a.numbers + share * (b.numbers - a.numbers)
    lines, rests = _held(a, b, share, spec)
    bounds = np.stack(
        [
            np.minimum(limits(a.spec)[:, 0], limits(b.spec)[:, 0]),
            np.maximum(limits(a.spec)[:, 1], limits(b.spec)[:, 1]),
        ],
        axis=1,
    )
    give = np.ones(len(target))
    give[:3] = 0.001
    around = tuple(dict.fromkeys((*a.supports, *b.supports)))
    near = touching(body(), *contacts((*a.spec.contacts, *b.spec.contacts)))
    even = a.side is None and b.side is None
    return Problem(target, give, bounds, lines, rests, around, target, even, near)


def _held(
    a: Pose, b: Pose, share: float, spec: MotionSpec
) -> tuple[list[Line], list[Rest | Touch]]:
    """The contacts that both ends share; what rests at one place moves straight to the other's."""
    shared = set(single(b.spec.contacts)).difference(single(spec.let_go))
    common = [c for c in single(a.spec.contacts) if c in shared]
    slides = single(spec.slide)
    lines, rests = contacts(c for c in common if c not in slides)
    _, sliding = contacts(c for c in common if c in slides)
    pinned = _first_of_each_segment(rests)
    for rest in pinned:
        lines += _carried(a, b, share, rest)
    return lines, [r for r in rests if r not in pinned] + sliding


def _first_of_each_segment(rests: list[Rest | Touch]) -> list[Rest]:
    """One resting place of each limb: it is carried along, and the others only keep touching."""
    single = [r for r in rests if isinstance(r, Rest) and len(r.balls) == 1]
    return list({r.balls[0][0]: r for r in reversed(single)}.values())


def _carried(a: Pose, b: Pose, share: float, rest: Rest) -> list[Line]:
    segment, local, _ = rest.balls[0]
    start, end = (p.frames.points(np.array([segment]), local[None])[0, 0] for p in (a, b))
    place = start + share * (end - start)
    return [Line(way, (segment, local), (-1, way * place)) for way in np.eye(3)]
