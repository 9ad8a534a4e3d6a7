"""Postures solved: the angles nearest to those asked for that close every contact.

Each problem is a row of target numbers, how freely each may give way, and rows of contact. All
problems of a batch are solved together by Gauss-Newton steps on the constrained least squares:
the contacts are met exactly, and what remains stays as near the target as it can be.
"""

from dataclasses import dataclass, field

import numpy as np

from .body import Body, Frames
from .support import Support
from .surface import surface

ROUNDS = 60
LONGEST_STEP = 10.0  # degrees in one round
LOWEST = 10  # surface points kept out of a support at once
NEAR = 2e-3  # fractions of stature: a surface point this near a support is watched
STILL = 2e-3  # degrees: a pose that moves less has arrived
LIGHT = 1e-9  # a push this small is none
PASSES = 4  # rounds of letting go of contacts that would have to pull


@dataclass(frozen=True, eq=False)
class Line:
    """A linear contact: way . (a - b) = gap; points are (segment, place), -1 is the room."""

    way: np.ndarray
    a: tuple[int, np.ndarray]
    b: tuple[int, np.ndarray]
    gap: float = 0.0


@dataclass(frozen=True, eq=False)
class Rest:
    """The nearest of some balls (segment, place, radius) touches a support."""

    balls: tuple[tuple[int, np.ndarray, float], ...]
    support: Support


@dataclass(frozen=True, eq=False)
class Touch:
    """Two balls (segment, place, radius) of the body touch."""

    a: tuple[int, np.ndarray, float]
    b: tuple[int, np.ndarray, float]


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


@dataclass
class _Rows:
    """Rows of contact for a batch: way . (a - b) = gap, (B, R, ...); idle rows have no way."""

    way: np.ndarray
    a: np.ndarray
    a_at: np.ndarray
    b: np.ndarray
    b_at: np.ndarray
    gap: np.ndarray
    push: np.ndarray


def solve(body: Body, problems: list[Problem]) -> np.ndarray:
    """Numbers (B, size) of each problem's posture.

    Where contacts contradict each other the result is a compromise, which a check then refuses.
    """
    poses = np.empty((len(problems), body.size))
    state, open_ = _State(body, problems), np.arange(len(problems))
    for _ in range(ROUNDS):
        arrived = state.advance()
        poses[open_[arrived]] = state.poses[arrived]
        if arrived.all():
            return poses
        if arrived.any():
            open_, state = open_[~arrived], state.only(~arrived)
    poses[open_] = state.poses
    return poses


class _State:
    """The poses so far, how far each may step, and which numbers are held at a limit."""

    def __init__(self, body: Body, problems: list[Problem]) -> None:
        self.body, self.problems = body, problems
        self.lines, self.cloud = _lines(problems), _Cloud(body, problems)
        self.target, self.give = _stack(problems, "target"), _stack(problems, "give")
        self.low, self.high = np.moveaxis(_stack(problems, "limits"), 2, 0)
        self.poses = np.array([p.target if p.start is None else p.start for p in problems])
        self.even = np.array([p.symmetric for p in problems])
        self.held = np.zeros(self.poses.shape, dtype=bool)
        self.last = np.zeros(self.poses.shape)
        self.longest = np.full(len(problems), LONGEST_STEP)

    def only(self, some: np.ndarray) -> "_State":
        """The state of some of the problems."""
        rest = _State(self.body, [p for p, keep in zip(self.problems, some, strict=True) if keep])
        for name in ("poses", "held", "last", "longest"):
            setattr(rest, name, getattr(self, name)[some])
        return rest

    def advance(self) -> np.ndarray:
        """One step towards the contacts; returns which poses (B,) had arrived."""
        frames = self.body.frames(self.poses)
        rows = _join(self.lines, _rests(self.problems, frames), self.cloud.rows(frames))
        slope, miss = _slopes(self.body, frames, rows)
        step, pull = self._wanted(slope, miss, rows.push)
        self._move(self._shortened(step), pull)
        return np.abs(self.last[:, 3:]).max(1) < STILL

    def _move(self, step: np.ndarray, pull: np.ndarray) -> None:
        """Take the step within the limits, and hold what has met one until it is drawn back."""
        at_low, at_high = self.poses <= self.low, self.poses >= self.high
        self.held &= (at_low & (pull < 0)) | (at_high & (pull > 0))
        bound = np.clip(self.poses + step, self.low, self.high)
        self.held |= bound != self.poses + step
        bound[self.even] = _evened(self.body, bound[self.even])
        self.last = bound - self.poses
        self.poses = bound

    def _wanted(self, slope, miss, push) -> tuple[np.ndarray, np.ndarray]:
        """The step, after letting go of the supports that would have to pull the body in."""
        wish = self.target - self.poses
        wish[:, :3] = 0.0
        for _ in range(PASSES):
            step, pull, lift = _constrained(slope, miss, wish, self.give, self.held)
            pulls = push & (lift < -LIGHT)
            if not pulls.any():
                break
            slope, miss = np.where(pulls[..., None], 0.0, slope), np.where(pulls, 0.0, miss)
        return step, pull

    def _shortened(self, step: np.ndarray) -> np.ndarray:
        """A pose that swings back and forth takes shorter steps, until it settles."""
        turns_back = (step * self.last).sum(1) < 0
        self.longest = np.where(turns_back, self.longest / 2, self.longest * 1.5)
        self.longest = np.minimum(self.longest, LONGEST_STEP)
        size = np.maximum(np.abs(step[:, 3:]).max(1), 1e-9)
        return step * np.minimum(1.0, self.longest / size)[:, None]


def _stack(problems: list[Problem], name: str) -> np.ndarray:
    return np.array([getattr(p, name) for p in problems])


def _evened(body: Body, poses: np.ndarray) -> np.ndarray:
    return (poses + body.mirrored(poses)) / 2


def _constrained(slope, miss, wish, give, held):
    """The step that closes the contacts and else follows the wish, and what the held ones want."""
    free = np.where(held, 0.0, give)
    want = np.where(held, 0.0, wish)
    across = slope * free[:, None, :]
    normal = across @ slope.transpose(0, 2, 1)
    normal += 1e-9 * np.eye(normal.shape[1])
    idle = np.abs(slope).max(2) == 0
    index = np.arange(normal.shape[1])
    normal[:, index, index] += idle
    lift = np.linalg.solve(normal, -(miss + (slope @ want[:, :, None])[:, :, 0])[:, :, None])
    pull = (slope.transpose(0, 2, 1) @ lift)[:, :, 0]
    return want + free * pull, wish + give * pull, lift[:, :, 0]


def _slopes(body: Body, frames: Frames, rows: _Rows) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives (B, R, size) of the contacts by each number, and what each contact misses."""
    a, moves_a = _place(body, frames, rows.a, rows.a_at)
    b, moves_b = _place(body, frames, rows.b, rows.b_at)
    miss = np.einsum("brk,brk->br", rows.way, a - b) - rows.gap
    screws = _screws(frames)
    by_angle = _moments(a, rows.way, screws) * moves_a
    if (rows.b >= 0).any():
        by_angle -= _moments(b, rows.way, screws) * moves_b
    batch, count = miss.shape
    by_motion = by_angle.reshape(batch * count, -1) @ (body.shares.T * (np.pi / 180))
    moved = (rows.a >= 0).astype(float) - (rows.b >= 0)
    return np.concatenate(
        [rows.way * moved[..., None], by_motion.reshape(batch, count, -1)], axis=2
    ), miss


def _place(body: Body, frames: Frames, segments: np.ndarray, local: np.ndarray):
    """Points in the room, and which segments' turns move them (B, R, S * 3)."""
    batch = np.arange(len(segments))[:, None]
    inner = np.maximum(segments, 0)
    turned = (frames.rotations[batch, inner] @ local[..., None])[..., 0]
    on_body = (segments >= 0)[..., None]
    points = np.where(on_body, frames.origins[batch, inner] + turned, local)
    return points, np.repeat(body.ancestors, 3, axis=1)[inner] & on_body


def _screws(frames: Frames) -> np.ndarray:
    """(B, 6, S * 3): each axis of each joint, and its moment about the room's origin."""
    moments = np.cross(frames.origins[:, :, None, :], frames.axes)
    both = np.concatenate([frames.axes, moments], axis=3)
    return both.reshape(len(both), -1, 6).transpose(0, 2, 1)


def _moments(points: np.ndarray, way: np.ndarray, screws: np.ndarray) -> np.ndarray:
    """(B, R, S * 3): how far a turn about each axis carries a point along its way, a radian."""
    return np.concatenate([np.cross(points, way), way], axis=2) @ screws


def _lines(problems: list[Problem]) -> _Rows:
    rows = _empty(len(problems), max(len(p.lines) for p in problems))
    for i, problem in enumerate(problems):
        for j, line in enumerate(problem.lines):
            rows.way[i, j], rows.gap[i, j] = line.way, line.gap
            (rows.a[i, j], rows.a_at[i, j]), (rows.b[i, j], rows.b_at[i, j]) = line.a, line.b
    return rows


def _rests(problems: list[Problem], frames: Frames) -> _Rows:
    """Each rest as a line along its support's normal, at the ball that is nearest now."""
    rows = _empty(len(problems), max(len(p.rests) for p in problems))
    _touches(problems, frames, rows)
    for support, places in _by_support(problems).items():
        batch = np.array([i for i, _, _ in places])
        segments = np.array([[s for s, _, _ in balls] for *_, balls in places])
        local = np.array([[x for _, x, _ in balls] for *_, balls in places])
        radius = np.array([[r for *_, r in balls] for *_, balls in places])
        points = frames.origins[batch[:, None], segments] + np.einsum(
            "nkij,nkj->nki", frames.rotations[batch[:, None], segments], local
        )
        gap, normal = support[1].distance(points)
        pick = (gap - radius).argmin(1)
        row = np.arange(len(batch))
        where = (batch, np.array([j for _, j, _ in places]))
        rows.way[where], rows.a[where] = normal[row, pick], segments[row, pick]
        rows.a_at[where] = local[row, pick]
        along = np.einsum("nk,nk->n", normal[row, pick], points[row, pick])
        rows.gap[where] = along - (gap - radius)[row, pick]
    return rows


def _touches(problems: list[Problem], frames: Frames, rows: _Rows) -> None:
    for i, problem in enumerate(problems):
        for j, touch in enumerate(problem.rests):
            if isinstance(touch, Touch):
                (sa, a, ra), (sb, b, rb) = touch.a, touch.b
                way = frames.points(np.array([sa, sb]), np.array([a, b]))[i]
                way = way[0] - way[1]
                rows.way[i, j] = way / np.linalg.norm(way)
                rows.a[i, j], rows.a_at[i, j], rows.b[i, j], rows.b_at[i, j] = sa, a, sb, b
                rows.gap[i, j] = ra + rb


def _by_support(problems: list[Problem]) -> dict:
    """Rests grouped by count of balls and support, so that each group is one array."""
    groups: dict = {}
    for i, problem in enumerate(problems):
        for j, rest in enumerate(problem.rests):
            if isinstance(rest, Touch):
                continue
            groups.setdefault((len(rest.balls), rest.support), []).append((i, j, rest.balls))
    return groups


class _Cloud:
    """Keeps the surface of the body out of the supports: a row for each point that is inside."""

    def __init__(self, body: Body, problems: list[Problem]) -> None:
        self.surface = surface(body)
        self.groups: dict[Support, list[int]] = {}
        for i, problem in enumerate(problems):
            for support in problem.supports:
                self.groups.setdefault(support, []).append(i)
        self.shape = (len(problems), LOWEST * max(len(p.supports) for p in problems))

    def rows(self, frames: Frames) -> _Rows:
        points = frames.points(self.surface.segments, self.surface.local)
        rows = _empty(*self.shape)
        used = np.zeros(len(points), dtype=int)
        for support, members in self.groups.items():
            self._keep_out(rows, used, support, np.array(members), points[members])
        return rows

    def _keep_out(self, rows, used, support, members, points) -> None:
        gap, normal = support.distance(points)
        depth = gap - self.surface.radius
        lowest = np.argpartition(depth, LOWEST, axis=1)[:, :LOWEST]
        for k, pick in enumerate(lowest.T):
            row = np.arange(len(members))
            inside = depth[row, pick] < NEAR
            where = (members[inside], used[members[inside]] + k)
            index = (row[inside], pick[inside])
            rows.way[where], rows.a[where] = normal[index], self.surface.segments[pick[inside]]
            rows.a_at[where] = self.surface.local[pick[inside]]
            along = np.einsum("nk,nk->n", normal[index], points[index])
            rows.gap[where], rows.push[where] = along - depth[index], True
        used[members] += LOWEST


def _empty(batch: int, count: int) -> _Rows:
    point, number = (batch, count, 3), (batch, count)
    nowhere = np.full(number, -1)
    return _Rows(
        np.zeros(point), nowhere, np.zeros(point), nowhere.copy(), np.zeros(point),
        np.zeros(number), np.zeros(number, dtype=bool),
    )  # fmt: skip


def _join(*groups: _Rows) -> _Rows:
    names = ("way", "a", "a_at", "b", "b_at", "gap", "push")
    return _Rows(*(np.concatenate([getattr(g, n) for g in groups], axis=1) for n in names))
