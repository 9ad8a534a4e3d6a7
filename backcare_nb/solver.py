"""Postures solved: the angles nearest to those asked for that close every contact.

Each problem is a row of target numbers, how freely each may give way, and rows of contact. All
problems of a batch are solved together by Gauss-Newton steps on the constrained least squares:
the contacts are met exactly, and what remains stays as near the target as it can be.
"""

import numpy as np

from .body import Body, Frames
from .constraint import Contacts, Problem, Rows

ROUNDS = 80
STILL = 2e-3  # degrees: a pose that moves less has arrived
LONGEST_STEP = 10.0  # degrees in one round
LIGHT = 1e-9  # a push this small is none
SOFT = 1e-9  # keeps contacts that say the same thing twice solvable
PASSES = 4  # rounds of letting go of supports that would have to pull
DIGITS = 5  # of the numbers that come out, so that every machine draws the same


def solve(body: Body, problems: list[Problem]) -> np.ndarray:
    """Numbers (B, size) of each problem's posture.

    Where contacts contradict each other the result is a compromise, which a check then refuses.
    """
    state = _State(body, problems)
    for _ in range(ROUNDS):
        if not state.advance():
            break
    return state.poses.round(DIGITS)


class _State:
    """The poses so far, how far each may step, and which numbers are held at a limit."""

    def __init__(self, body: Body, problems: list[Problem]) -> None:
        self.body, self.contacts = body, Contacts(body, problems)
        self.target, self.give = _stack(problems, "target"), _stack(problems, "give")
        self.low, self.high = np.moveaxis(_stack(problems, "limits"), 2, 0)
        self.poses = np.array([p.target if p.start is None else p.start for p in problems])
        self.even = np.array([p.symmetric for p in problems])
        self.held = np.zeros(self.poses.shape, dtype=bool)
        self.last = np.zeros(self.poses.shape)
        self.longest = np.full(len(problems), LONGEST_STEP)
        self.open = np.arange(len(problems))

    def advance(self) -> bool:
        """One step of the poses that are still open; tells whether any is left."""
        frames = self.body.frames(self.poses[self.open])
        rows = self.contacts.rows(frames, self.open)
        slope, miss = _slopes(self.body, frames, rows)
        step, pull = self._wanted(slope, miss, rows.push)
        self._move(self._shortened(step), pull)
        self.open = self.open[np.abs(self.last[self.open, 3:]).max(1) >= STILL]
        return len(self.open) > 0

    def _wanted(self, slope, miss, push) -> tuple[np.ndarray, np.ndarray]:
        """The step, after letting go of the supports that would have to pull the body in."""
        give, held = self.give[self.open], self.held[self.open]
        wish = self.target[self.open] - self.poses[self.open]
        wish[:, :3] = 0.0
        for _ in range(PASSES):
            step, pull, lift = _constrained(slope, miss, wish, give, held)
            pulls = push & (lift < -LIGHT)
            if not pulls.any():
                break
            slope, miss = np.where(pulls[..., None], 0.0, slope), np.where(pulls, 0.0, miss)
        return step, pull

    def _shortened(self, step: np.ndarray) -> np.ndarray:
        """A pose that swings back and forth takes shorter steps, until it settles."""
        turns_back = (step * self.last[self.open]).sum(1) < 0
        longest = self.longest[self.open] * np.where(turns_back, 0.5, 1.5)
        self.longest[self.open] = longest = np.minimum(longest, LONGEST_STEP)
        size = np.maximum(np.abs(step[:, 3:]).max(1), 1e-9)
        return step * np.minimum(1.0, longest / size)[:, None]

    def _move(self, step: np.ndarray, pull: np.ndarray) -> None:
        """Take the step within the limits, and hold what has met one until it is drawn back."""
        poses, low, high = self.poses[self.open], self.low[self.open], self.high[self.open]
        drawn_out = ((poses <= low) & (pull < 0)) | ((poses >= high) & (pull > 0))
        bound = np.clip(poses + step, low, high)
        self.held[self.open] = (self.held[self.open] & drawn_out) | (bound != poses + step)
        even = self.even[self.open]
        bound[even] = (bound[even] + self.body.mirrored(bound[even])) / 2
        self.last[self.open] = bound - poses
        self.poses[self.open] = bound


def _stack(problems: list[Problem], name: str) -> np.ndarray:
    return np.array([getattr(p, name) for p in problems])


def _constrained(slope, miss, wish, give, held):
    """The step that closes the contacts and else follows the wish, and what the held ones want."""
    free = np.where(held, 0.0, give)
    want = np.where(held, 0.0, wish)
    across = slope * free[:, None, :]
    normal = across @ slope.transpose(0, 2, 1)
    normal += SOFT * np.eye(normal.shape[1])
    idle = np.abs(slope).max(2) == 0
    index = np.arange(normal.shape[1])
    normal[:, index, index] += idle
    lift = np.linalg.solve(normal, -(miss + (slope @ want[:, :, None])[:, :, 0])[:, :, None])
    pull = (slope.transpose(0, 2, 1) @ lift)[:, :, 0]
    return want + free * pull, wish + give * pull, lift[:, :, 0]


def _slopes(body: Body, frames: Frames, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
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
