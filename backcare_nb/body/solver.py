"""Postures solved: the angles nearest to those asked for that close every contact.

Each problem is a row of target numbers, how freely each may give way, and rows of contact. All
problems of a batch are solved together by Gauss-Newton steps on the constrained least squares:
the contacts are met exactly, and what remains stays as near the target as it can be.
"""

import numpy as np

from backcare_nb.body.body import Body, Frames
from backcare_nb.body.constraint import Contacts, Problem, Rows, rank

ROUNDS = 120
PATIENCE = 70  # rounds after which what still swings takes ever shorter steps
STILL = 2e-3  # degrees: a pose that moves less has arrived
LONGEST_STEP = 10.0  # degrees in one round
LIGHT = 1e-6  # a push this small is none
SOFT = 1e-9  # keeps contacts that say the same thing twice solvable
PASSES = 4  # rounds of letting go of supports that would have to pull
DIGITS = 5  # of the numbers that come out, so that every machine draws the same


def solve(body: Body, problems: list[Problem], first: float = LONGEST_STEP) -> np.ndarray:
    """Numbers (B, size) of each problem's posture; the first step turns ``first`` degrees at most.

    Where contacts contradict each other the result is a compromise, which a check then refuses.
    """
    state = _State(body, problems, first)
    for number in range(ROUNDS):
        if not state.advance(LONGEST_STEP * 0.8 ** max(0, number - PATIENCE)):
            break
    return state.poses.round(DIGITS)


class _State:
    """The poses so far, how far each may step, and which numbers are held at a limit."""

    def __init__(self, body: Body, problems: list[Problem], first: float) -> None:
        self.body, self.contacts = body, Contacts(body, problems)
        self.target, self.give = _stack(problems, "target"), _stack(problems, "give")
        self.low, self.high = np.moveaxis(_stack(problems, "limits"), 2, 0)
        self.poses = np.array([p.target if p.start is None else p.start for p in problems])
        self.even = np.array([p.symmetric for p in problems])
        self.held = np.zeros(self.poses.shape, dtype=bool)
        self.last = np.zeros(self.poses.shape)
        self.longest = np.full(len(problems), first)
        self.open = np.arange(len(problems))

    def advance(self, longest: float) -> bool:
        """One step, of so many degrees at most, of the poses still open; tells if any is left."""
        frames = self.body.frames(self.poses[self.open])
        rows = self.contacts.rows(frames, self.open).sorted()
        flat = (*_slopes(self.body, frames, rows), rows.push)
        step, pull = self._wanted(*(_packed(rows.pose, each, len(self.open)) for each in flat))
        self._move(self._shortened(step, longest), pull)
        self.open = self.open[_widest(self.last[self.open]) >= STILL]
        return len(self.open) > 0

    def _wanted(self, slope, miss, push) -> tuple[np.ndarray, np.ndarray]:
        """The step, after letting go of the supports that would have to pull the body in."""
        give, held = self.give[self.open], self.held[self.open]
        wish = self.target[self.open] - self.poses[self.open]
        wish[:, :3] = 0.0
        step, pull, todo = np.empty_like(wish), np.empty_like(wish), np.arange(len(wish))
        for _ in range(PASSES):
            found = _constrained(slope[todo], miss[todo], wish[todo], give[todo], held[todo])
            step[todo], pull[todo], lift = found
            pulls = push[todo] & (lift < -LIGHT)
            again = pulls.any(1)
            todo, pulls = todo[again], pulls[again]
            if not len(todo):
                break
            slope[todo] = np.where(pulls[..., None], 0.0, slope[todo])
            miss[todo] = np.where(pulls, 0.0, miss[todo])
        return step, pull

    def _shortened(self, step: np.ndarray, most: float) -> np.ndarray:
        """A pose that swings back and forth takes shorter steps, until it settles."""
        turns_back = (step * self.last[self.open]).sum(1) < 0
        longest = self.longest[self.open] * np.where(turns_back, 0.5, 1.5)
        self.longest[self.open] = longest = np.minimum(longest, most)
        return step * np.minimum(1.0, longest / np.maximum(_widest(step), 1e-9))[:, None]

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


def _widest(step: np.ndarray) -> np.ndarray:
    """The widest turn in each step, degrees."""
    return np.abs(step[:, 3:]).max(axis=1)


def _stack(problems: list[Problem], name: str) -> np.ndarray:
    return np.array([getattr(p, name) for p in problems])


def _constrained(slope, miss, wish, give, held):
    """The step that closes the contacts and else follows the wish, what the held ones want, and
    how hard each contact pushes.

    As much as a contact misses counts, squared, 1 / SOFT times as much as what gives way.
    """
    free, want = np.sqrt(np.where(held, 0.0, give)), np.where(held, 0.0, wish)
    across = slope * free[:, None, :]
    normal = across.transpose(0, 2, 1) @ across + SOFT * np.eye(slope.shape[2])
    missed = miss + _times(slope, want)
    give_way = free * np.linalg.solve(normal, _back(across, -missed)[..., None])[..., 0]
    lift = -(missed + _times(slope, give_way)) / SOFT
    return want + give_way, wish + give * _back(slope, lift), lift


def _times(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return (matrix @ vector[..., None])[..., 0]


def _back(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return (vector[:, None] @ matrix)[:, 0]


def _packed(pose: np.ndarray, values: np.ndarray, batch: int) -> np.ndarray:
    """(B, R, ...) values of flat rows (N, ...), as many as the pose with most has, else zero."""
    place = rank(pose)
    packed = np.zeros((batch, 1 + place.max(initial=0), *values.shape[1:]), values.dtype)
    packed[pose, place] = values
    return packed


def _slopes(body: Body, frames: Frames, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives (N, size) of the contacts by each number, and what each contact misses."""
    screws = _screws(body, frames)
    a, moved = _ends(body, frames, screws, rows.pose, rows.a, rows.a_at, rows.way)
    b = rows.b_at.copy()
    on_body = np.flatnonzero(rows.b >= 0)
    far = rows.only(on_body)
    b[on_body], back = _ends(body, frames, screws, far.pose, far.b, far.b_at, far.way)
    moved[on_body] -= back
    shifted = rows.way.copy()
    shifted[on_body] = 0.0
    return np.hstack([shifted, moved]), np.einsum("rk,rk->r", rows.way, a - b) - rows.gap


def _ends(body: Body, frames: Frames, screws, pose, segment, local, way):
    """Points (N, 3) in the room, and how far each motion carries them along their way (N, M)."""
    turned = (frames.rotations[pose, segment] @ local[..., None])[..., 0]
    points = frames.origins[pose, segment] + turned
    wrench = np.concatenate([_cross(points, way), way], axis=1)
    along = _packed(pose, wrench, len(screws)) @ screws
    first, last = body.reach
    row = pose[:, None], rank(pose)[:, None]
    return points, along[*row, last[segment]] - along[*row, first]


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """As np.cross, which takes thrice the time for a few."""
    after, before = [1, 2, 0], [2, 0, 1]
    return a[..., after] * b[..., before] - a[..., before] * b[..., after]


def _screws(body: Body, frames: Frames) -> np.ndarray:
    """(B, 6, L + 1): axis of each link of a motion and its moment about the room's origin, a
    degree of the motion; running sums, so that the difference of two is that of all between.
    """
    angles, share = body.links
    moments = _cross(frames.origins[:, :, None, :], frames.axes)
    both = np.concatenate([frames.axes, moments], axis=3).reshape(len(moments), -1, 6)
    screws = both[:, angles].transpose(0, 2, 1) * np.radians(share)
    return np.concatenate([np.zeros((len(screws), 6, 1)), screws.cumsum(axis=2)], axis=2)
