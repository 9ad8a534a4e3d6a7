"""Contacts as equations: rows "way . (a - b) = gap" for a whole batch of postures at once.

A line stays the same; a rest follows the nearest point of its support, a touch the line between
two balls, the skin of the body is kept out of every support, and its parts out of each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from backcare_nb.body.collision import MM, Meetings, Touching, allowed, capsules, meetings, part_of
from backcare_nb.body.skeleton import Batch, Body, Frames, mirrored
from backcare_nb.body.skin import surface
from backcare_nb.body.supports import FLOOR, Parts, Support
from backcare_nb.body.tie_breaking import ranks

LOWEST = 16  # skin points kept out of a support at once
NEAR = 2e-3  # fractions of stature: skin this near a support, or another part, is watched
DEEPEST = 16  # pairs of parts kept apart at once
SPARE = MM  # kept from how deep parts may be in each other

Ball = tuple[int, np.ndarray, float]  # segment, place in its frame, radius


@dataclass(frozen=True, eq=False)
class Line:
    """A linear contact: way . (a - b) = gap; points are (segment, place), -1 is the room."""

    way: np.ndarray
    a: tuple[int, np.ndarray]
    b: tuple[int, np.ndarray]
    gap: float = 0.0


@dataclass(frozen=True, eq=False)
class Rest:
    """The nearest of some balls touches a support."""

    balls: tuple[Ball, ...]
    support: Support


@dataclass(frozen=True, eq=False)
class Touch:
    """Two balls of the body touch."""

    a: Ball
    b: Ball


@dataclass
class Problem:
    """One posture to solve; arrays hold one number for each number of a pose."""

    target: np.ndarray
    give: np.ndarray
    limits: np.ndarray
    lines: list[Line] = field(default_factory=list)
    rests: list[Rest | Touch] = field(default_factory=list)
    supports: tuple[Support, ...] = ()
    start: np.ndarray | None = None
    symmetric: bool = False
    touching: Touching = frozenset()


@dataclass
class Rows(Batch):
    """Rows for a batch, (N, ...), each of one of its poses. A row that pushes may not pull."""

    pose: np.ndarray
    way: np.ndarray
    a: np.ndarray
    a_at: np.ndarray
    b: np.ndarray
    b_at: np.ndarray
    gap: np.ndarray
    push: np.ndarray

    def sorted(self) -> "Rows":
        """The rows of each pose together."""
        return self.only(self.pose.argsort(kind="stable"))

    @classmethod
    def joined(cls, groups: Iterable["Rows"]) -> "Rows":
        parts = zip(*(vars(rows).values() for rows in groups), strict=True)
        return cls(*(np.concatenate(values) for values in parts))


def _rows(pose, way, a, a_at, gap, push: bool | np.ndarray) -> Rows:
    """Rows between the body and the room, in which a gap is measured from its origin."""
    room = np.full(len(pose), -1), np.zeros((len(pose), 3))
    return Rows(pose, way, a, a_at, *room, gap, np.full(len(pose), push))


class Contacts:
    """The rows of a batch of problems, made anew for each state of the body."""

    def __init__(self, body: Body, problems: list[Problem]) -> None:
        makers = [_Rests(problems), _Touches(problems)]
        makers += [kind(body, problems) for kind in (_OffFloor, _OffSupports, _Apart)]
        self.lines = _lines(problems)
        self.makers = [maker for maker in makers if len(maker.problem)]
        self.count = len(problems)

    def rows(self, frames: Frames, open_: np.ndarray) -> Rows:
        """Rows for the problems that are still open (indices); frames are theirs alone."""
        row_of = np.full(self.count, -1)
        row_of[open_] = np.arange(len(open_))
        lines = self.lines.only(row_of[self.lines.pose] >= 0)
        lines.pose = row_of[lines.pose]
        return Rows.joined([lines, *(maker.rows(frames, row_of) for maker in self.makers)])


def _lines(problems: list[Problem]) -> Rows:
    found = [(i, line) for i, problem in enumerate(problems) for line in problem.lines]
    a, b = ([getattr(line, end) for _, line in found] for end in "ab")
    return Rows(
        _whole([i for i, _ in found]), _points3([line.way for _, line in found]),
        _whole([s for s, _ in a]), _points3([at for _, at in a]),
        _whole([s for s, _ in b]), _points3([at for _, at in b]),
        np.array([line.gap for _, line in found]), np.zeros(len(found), dtype=bool),
    )  # fmt: skip


def _whole(values: list) -> np.ndarray:
    return np.array(values, dtype=int)


def _points3(values: list) -> np.ndarray:
    return np.array(values, dtype=float).reshape(-1, 3)


class _Balls:
    """Balls of problems: problem (N,), segment (N,), place in its frame (N, 3), radius (N,)."""

    def __init__(self, found: list[tuple[int, Ball]]) -> None:
        self.problem = _whole([i for i, _ in found])
        self.segment = _whole([ball[0] for _, ball in found])
        self.local = _points3([ball[1] for _, ball in found])
        self.radius = np.array([ball[2] for _, ball in found])

    def points(self, frames: Frames, pose: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        segment = self.segment[chosen]
        turned = (frames.rotations[pose, segment] @ self.local[chosen][..., None])[..., 0]
        return frames.origins[pose, segment] + turned


class _Rests:
    """Rests: of the balls that may lie on the parts of a support, the nearest does.

    The others are kept out of it, so that a body can roll from one on to the next.
    """

    def __init__(self, problems: list[Problem]) -> None:
        rests = [(i, r) for i, p in enumerate(problems) for r in p.rests if isinstance(r, Rest)]
        found = [
            (k, i, ball, part)
            for k, (i, rest) in enumerate(rests)
            for part in rest.support.parts
            for ball in rest.balls
        ]
        self.rest = _whole([k for k, *_ in found])
        self.balls = _Balls([(i, ball) for _, i, ball, _ in found])
        self.problem = self.balls.problem
        self.parts = Parts([part for *_, part in found])

    def rows(self, frames: Frames, row_of: np.ndarray) -> Rows:
        pose = row_of[self.problem]
        chosen = np.flatnonzero(pose >= 0)
        points = self.balls.points(frames, pose[chosen], chosen)
        gap, way = self.parts.distance(points, chosen)
        depth = gap - self.balls.radius[chosen]
        push = np.ones(len(chosen), dtype=bool)
        push[_nearest(self.rest[chosen], depth)] = False
        near = np.flatnonzero(~push | (depth < NEAR))
        ball, way, push = chosen[near], way[near], push[near]
        gap = _dot(way, points[near]) - depth[near]
        return _rows(pose[ball], way, self.balls.segment[ball], self.balls.local[ball], gap, push)


def _nearest(group: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """The place of the least depth in each group."""
    order = np.lexsort((ranks(depth), group))
    return order[np.diff(group[order], prepend=-1) > 0]


class _Touches:
    """Touches of two balls, along the line between them."""

    def __init__(self, problems: list[Problem]) -> None:
        found = [(i, t) for i, p in enumerate(problems) for t in p.rests if isinstance(t, Touch)]
        self.a, self.b = (_Balls([(i, getattr(t, end)) for i, t in found]) for end in "ab")
        self.problem = self.a.problem

    def rows(self, frames: Frames, row_of: np.ndarray) -> Rows:
        a, b, pose = self.a, self.b, row_of[self.problem]
        chosen = np.flatnonzero(pose >= 0)
        pose = pose[chosen]
        way = _unit(a.points(frames, pose, chosen) - b.points(frames, pose, chosen))
        return Rows(
            pose, way, a.segment[chosen], a.local[chosen], b.segment[chosen], b.local[chosen],
            (a.radius + b.radius)[chosen], np.zeros(len(pose), dtype=bool),
        )  # fmt: skip


class _OffFloor:
    """Keeps the skin above the floor: a row for each of the lowest points that are near."""

    def __init__(self, body: Body, problems: list[Problem]) -> None:
        self.skin = surface(body).outline
        self.problem = np.flatnonzero([FLOOR in p.supports for p in problems])

    def rows(self, frames: Frames, row_of: np.ndarray) -> Rows:
        skin, pose = self.skin, row_of[self.problem]
        pose = pose[pose >= 0]
        turned = frames.rotations[:, skin.segments, 1][pose]
        height = frames.origins[pose][:, skin.segments, 1]
        depth = height + np.einsum("bkj,kj->bk", turned, skin.local) - skin.radius
        row, point = _lowest(depth)
        way = np.broadcast_to((0.0, 1.0, 0.0), (len(row), 3))
        at = skin.segments[point], skin.local[point]
        return _rows(pose[row], way, *at, skin.radius[point], True)


class _OffSupports:
    """Keeps the skin out of the supports, whose parts are asked only where skin is near."""

    def __init__(self, body: Body, problems: list[Problem]) -> None:
        self.skin = surface(body)
        standing = [(i, s) for i, p in enumerate(problems) for s in p.supports if s is not FLOOR]
        found = [(i, k, part) for k, (i, s) in enumerate(standing) for part in s.parts]
        self.problem, self.support = (_whole([row[k] for row in found]) for k in range(2))
        self.parts = Parts([part for *_, part in found])
        reach, corners = NEAR + self.skin.radius.max(), [part.bounds for *_, part in found]
        self.low = _points3([low for low, _ in corners]) - reach
        self.high = _points3([high for _, high in corners]) + reach

    def rows(self, frames: Frames, row_of: np.ndarray) -> Rows:
        skin, (part, point, at) = self.skin, self._near(frames, row_of[self.problem])
        gap, way = self.parts.distance(at, part)
        depth = gap - skin.radius[point]
        group = self.support[part]
        chosen = _nearest(group * len(skin.radius) + point, depth)
        chosen = chosen[self._foremost(group[chosen], point[chosen], depth[chosen])]
        chosen = chosen[depth[chosen] < NEAR]
        chosen = chosen[_deepest(group[chosen], -depth[chosen], LOWEST)]
        pose, point, way = row_of[self.problem[part[chosen]]], point[chosen], way[chosen]
        gap = _dot(way, at[chosen]) - depth[chosen]
        return _rows(pose, way, skin.segments[point], skin.local[point], gap, True)

    def _foremost(self, group: np.ndarray, point: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Which meet a support before a line between the two beside them would, if any are."""
        every = np.full((1 + group.max(initial=0), len(self.skin.radius)), np.inf)
        every[group, point] = depth
        beside = (every[group, point - 1] + every[group, (point + 1) % every.shape[1]]) / 2
        return ~self.skin.between[point] | (depth < beside - MM / 100)

    def _near(self, frames: Frames, pose: np.ndarray) -> tuple[np.ndarray, ...]:
        """Parts and points of the skin (N,) that may be near each other, and where those are."""
        part = np.flatnonzero(pose >= 0)
        some, which = np.unique(pose[part], return_inverse=True)
        points = frames.only(some).points(self.skin.segments, self.skin.local)[which]
        low, high = self.low[part, None], self.high[part, None]
        row, point = np.nonzero(((points > low) & (points < high)).all(axis=2))
        return part[row], point, points[row, point]


def _lowest(depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of what is near in each row, at most LOWEST of the lowest."""
    row, column = np.nonzero(depth < NEAR)
    chosen = _deepest(row, -depth[row, column], LOWEST)
    return row[chosen], column[chosen]


class _Apart:
    """Keeps the parts of the body out of each other: a row for each of the deepest pairs."""

    def __init__(self, body: Body, problems: list[Problem]) -> None:
        self.body, self.problem = body, np.arange(len(problems))
        self.allowed = np.array([allowed(body, p.touching) for p in problems]) - SPARE
        self.even = np.array([p.symmetric for p in problems])
        self.twins = _twins(body)

    def rows(self, frames: Frames, row_of: np.ndarray) -> Rows:
        here = row_of >= 0
        found = meetings(self.body, frames, NEAR)
        found = _uncrossed(found, self.even[here][found.row] & self.twins[found.pair])
        excess = found.depth - self.allowed[here][found.row, found.pair]
        near = np.flatnonzero(excess > -NEAR)
        chosen = near[_deepest(found.row[near], excess[near], DEEPEST)]
        pose, way, (a, b) = found.row[chosen], found.way[chosen], found.segments[:, chosen]
        ends = found.a[chosen], found.b[chosen]
        return Rows(
            pose, way, a, _local(frames, pose, a, ends[0]), b, _local(frames, pose, b, ends[1]),
            _dot(way, ends[0] - ends[1]) + excess[chosen], np.ones(len(pose), dtype=bool),
        )  # fmt: skip


@cache
def _twins(body: Body) -> np.ndarray:
    """Which pairs of parts are a left one and its right one."""
    return np.array([one == mirrored(other) for one, other in capsules(body).names])


def _uncrossed(found: Meetings, twins: np.ndarray) -> Meetings:
    """Where a posture is symmetric, the left one of twins leaves to the left, crossed or not."""
    gap = _dot(found.way, found.a - found.b)
    depth = np.where(twins, found.depth + gap - (found.b - found.a)[:, 2], found.depth)
    way = np.where(twins[:, None], (0.0, 0.0, -1.0), found.way)
    return replace(found, depth=depth, way=way)


def _deepest(row: np.ndarray, excess: np.ndarray, most: int) -> np.ndarray:
    """The places of the most that are worst in each row."""
    order = np.lexsort((ranks(-excess), row))
    return order[rank(row[order]) < most]


def rank(row: np.ndarray) -> np.ndarray:
    """(N,) how many of the same row come before each, where rows (N,) are in order."""
    return np.arange(len(row)) - np.searchsorted(row, row)


def _local(frames: Frames, batch, segments, points) -> np.ndarray:
    """Points in the room as places in the frames of segments."""
    offset = points - frames.origins[batch, segments]
    return (np.swapaxes(frames.rotations[batch, segments], 1, 2) @ offset[..., None])[..., 0]


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("...i,...i->...", a, b)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def touching(body: Body, lines: Iterable[Line], rests: Iterable[Rest | Touch]) -> Touching:
    """The pairs of parts that contacts bring together."""
    meet = [(line.a[0], line.b[0]) for line in lines if min(line.a[0], line.b[0]) >= 0]
    meet += [(touch.a[0], touch.b[0]) for touch in rests if isinstance(touch, Touch)]
    return frozenset(frozenset(part_of(body.segments[s].name) for s in pair) for pair in meet)
