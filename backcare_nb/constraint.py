"""Contacts as equations: rows "way . (a - b) = gap" for a whole batch of postures at once.

A line stays the same; a rest follows the nearest point of its support, a touch the line between
two balls, the skin of the body is kept out of every support, and its parts out of each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from .body import Body, Frames, mirrored
from .overlap import MM, Meetings, Touching, allowed, capsules, meetings, part_of
from .support import Support
from .surface import surface

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
class Rows:
    """Rows for a batch, (B, R, ...); an idle row has no way. A row that pushes may not pull."""

    way: np.ndarray
    a: np.ndarray
    a_at: np.ndarray
    b: np.ndarray
    b_at: np.ndarray
    gap: np.ndarray
    push: np.ndarray

    @classmethod
    def empty(cls, batch: int, count: int) -> "Rows":
        point, number = (batch, count, 3), (batch, count)
        nowhere = np.full(number, -1)
        return cls(
            np.zeros(point), nowhere, np.zeros(point), nowhere.copy(), np.zeros(point),
            np.zeros(number), np.zeros(number, dtype=bool),
        )  # fmt: skip

    def only(self, some: np.ndarray) -> "Rows":
        return Rows(*(value[some] for value in vars(self).values()))

    def joined(self, *others: "Rows") -> "Rows":
        """These rows and the others', without those that are idle in the whole batch."""
        groups = [vars(rows).values() for rows in (self, *others)]
        whole = [np.concatenate(parts, axis=1) for parts in zip(*groups, strict=True)]
        busy = whole[0].any(axis=(0, 2))
        return Rows(*(value[:, busy] for value in whole))


class Contacts:
    """The rows of a batch of problems, made anew for each state of the body."""

    def __init__(self, body: Body, problems: list[Problem]) -> None:
        self.lines = _lines(problems)
        self.rests = _Rests(problems)
        self.touches = _Touches(problems)
        self.skin = _Skin(body, problems)
        self.apart = _Apart(body, problems)

    def rows(self, frames: Frames, open_: np.ndarray) -> Rows:
        """Rows for the problems that are still open (indices); frames are theirs alone."""
        row_of = np.full(len(self.lines.way), -1)
        row_of[open_] = np.arange(len(open_))
        makers = (self.rests, self.touches, self.skin, self.apart)
        return self.lines.only(open_).joined(*(maker.rows(frames, row_of) for maker in makers))


def _lines(problems: list[Problem]) -> Rows:
    rows = Rows.empty(len(problems), max(len(p.lines) for p in problems))
    for i, problem in enumerate(problems):
        for j, line in enumerate(problem.lines):
            rows.way[i, j], rows.gap[i, j] = line.way, line.gap
            (rows.a[i, j], rows.a_at[i, j]), (rows.b[i, j], rows.b_at[i, j]) = line.a, line.b
    return rows


class _Rests:
    """Rests grouped by support and count of balls, so that each group is one array."""

    def __init__(self, problems: list[Problem]) -> None:
        groups: dict = {}
        for i, problem in enumerate(problems):
            for j, rest in enumerate(r for r in problem.rests if isinstance(r, Rest)):
                key = (len(rest.balls), rest.support)
                groups.setdefault(key, []).append((i, j, rest.balls))
        self.groups = [(key[1], *_arrays(found)) for key, found in groups.items()]
        self.count = 1 + max((g[2].max() for g in self.groups), default=-1)

    def rows(self, frames: Frames, row_of: np.ndarray) -> Rows:
        rows = Rows.empty(len(frames.origins), self.count)
        for support, batch, column, segments, local, radius in self.groups:
            here = row_of[batch] >= 0
            group = (row_of[batch[here]], column[here], segments[here], local[here], radius[here])
            _rest(rows, frames, support, *group)
        return rows


def _arrays(found: list) -> tuple[np.ndarray, ...]:
    batch, column, balls = zip(*found, strict=True)
    parts = [np.array([[ball[k] for ball in group] for group in balls]) for k in range(3)]
    return np.array(batch), np.array(column), *parts


def _rest(rows, frames, support, batch, column, segments, local, radius) -> None:
    points = _points(frames, batch[:, None], segments, local)
    gap, normal = support.distance(points)
    depth = gap - radius
    nearest = (np.arange(len(batch)), depth.argmin(1))
    where = (batch, column)
    rows.way[where], rows.a[where], rows.a_at[where] = (
        normal[nearest], segments[nearest], local[nearest],
    )  # fmt: skip
    rows.gap[where] = (normal[nearest] * points[nearest]).sum(1) - depth[nearest]


def _points(frames: Frames, batch, segments, local) -> np.ndarray:
    turned = (frames.rotations[batch, segments] @ local[..., None])[..., 0]
    return frames.origins[batch, segments] + turned


class _Touches:
    def __init__(self, problems: list[Problem]) -> None:
        self.found = [
            (i, j, touch)
            for i, problem in enumerate(problems)
            for j, touch in enumerate(r for r in problem.rests if isinstance(r, Touch))
        ]
        self.count = 1 + max((j for _, j, _ in self.found), default=-1)

    def rows(self, frames: Frames, row_of: np.ndarray) -> Rows:
        rows = Rows.empty(len(frames.origins), self.count)
        for i, j, touch in self.found:
            if row_of[i] >= 0:
                _touch(rows, frames, (row_of[i], j), touch)
        return rows


def _touch(rows: Rows, frames: Frames, where: tuple[int, int], touch: Touch) -> None:
    (a, a_at, a_radius), (b, b_at, b_radius) = touch.a, touch.b
    between = _points(frames, where[0], a, a_at) - _points(frames, where[0], b, b_at)
    rows.way[where] = between / np.linalg.norm(between)
    rows.a[where], rows.a_at[where], rows.b[where], rows.b_at[where] = a, a_at, b, b_at
    rows.gap[where] = a_radius + b_radius


class _Skin:
    """Keeps the skin out of the supports: a row for each of the lowest points that are near."""

    def __init__(self, body: Body, problems: list[Problem]) -> None:
        self.surface = surface(body)
        self.groups: dict[Support, list[int]] = {}
        for i, problem in enumerate(problems):
            for support in problem.supports:
                self.groups.setdefault(support, []).append(i)
        self.count = LOWEST * max(len(p.supports) for p in problems)

    def rows(self, frames: Frames, row_of: np.ndarray) -> Rows:
        points = frames.points(self.surface.segments, self.surface.local)
        rows, used = Rows.empty(len(points), self.count), np.zeros(len(points), dtype=int)
        for support, members in self.groups.items():
            batch = row_of[members]
            self._keep_out(rows, used, support, batch[batch >= 0], points)
        return rows

    def _keep_out(self, rows, used, support, batch, points) -> None:
        """Rows for one support; ``used`` counts the columns that each problem has filled."""
        gap, normal = support.distance(points[batch])
        depth = gap - self.surface.radius
        lowest = np.argpartition(depth, LOWEST, axis=1)[:, :LOWEST]
        near = np.take_along_axis(depth, lowest, axis=1) < NEAR
        row, k = np.nonzero(near)
        column = (used[batch][:, None] + near.cumsum(1) - 1)[row, k]
        pick = lowest[row, k]
        where, index = (batch[row], column), (row, pick)
        rows.way[where], rows.push[where] = normal[index], True
        rows.a[where], rows.a_at[where] = self.surface.segments[pick], self.surface.local[pick]
        along = (normal[index] * points[where[0], pick]).sum(1)
        rows.gap[where] = along - depth[index]
        used[batch] += near.sum(1)


class _Apart:
    """Keeps the parts of the body out of each other: a row for each of the deepest pairs."""

    def __init__(self, body: Body, problems: list[Problem]) -> None:
        self.body = body
        self.allowed = np.array([allowed(body, p.touching) for p in problems]) - SPARE
        self.even = np.array([p.symmetric for p in problems])
        names = capsules(body).names
        self.twins = np.array([one == mirrored(other) for one, other in names])

    def rows(self, frames: Frames, row_of: np.ndarray) -> Rows:
        here = row_of >= 0
        found = meetings(self.body, frames, NEAR)
        found = _uncrossed(found, self.even[here][found.row] & self.twins[found.pair])
        excess = found.depth - self.allowed[here][found.row, found.pair]
        chosen, column = _deepest(found.row, excess)
        rows = Rows.empty(len(frames.origins), 1 + column.max(initial=-1))
        where, (a, b) = (found.row[chosen], column), found.segments[:, chosen]
        rows.way[where], rows.push[where], rows.a[where], rows.b[where] = (
            found.way[chosen], True, a, b,
        )  # fmt: skip
        rows.a_at[where] = _local(frames, where[0], a, found.a[chosen])
        rows.b_at[where] = _local(frames, where[0], b, found.b[chosen])
        along = (found.way * (found.a - found.b)).sum(1)
        rows.gap[where] = (along + excess)[chosen]
        return rows


def _uncrossed(found: Meetings, twins: np.ndarray) -> Meetings:
    """Where a posture is symmetric, the left one of twins leaves to the left, crossed or not."""
    gap = (found.way * (found.a - found.b)).sum(1)
    depth = np.where(twins, found.depth + gap - (found.b - found.a)[:, 2], found.depth)
    way = np.where(twins[:, None], (0.0, 0.0, -1.0), found.way)
    return replace(found, depth=depth, way=way)


def _deepest(row: np.ndarray, excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The worst of each row, and a column for each."""
    near = np.flatnonzero(excess > -NEAR)
    order = near[np.lexsort((-excess[near], row[near]))]
    column = np.arange(len(order)) - np.searchsorted(row[order], row[order])
    return order[column < DEEPEST], column[column < DEEPEST]


def _local(frames: Frames, batch, segments, points) -> np.ndarray:
    """Points in the room as places in the frames of segments."""
    offset = points - frames.origins[batch, segments]
    return (np.swapaxes(frames.rotations[batch, segments], 1, 2) @ offset[..., None])[..., 0]


def touching(body: Body, lines: Iterable[Line], rests: Iterable[Rest | Touch]) -> Touching:
    """The pairs of parts that contacts bring together."""
    meet = [(line.a[0], line.b[0]) for line in lines if min(line.a[0], line.b[0]) >= 0]
    meet += [(touch.a[0], touch.b[0]) for touch in rests if isinstance(touch, Touch)]
    return frozenset(frozenset(part_of(body.segments[s].name) for s in pair) for pair in meet)
