"""Postures solved: the angles nearest to those asked for that close every contact.

Each problem is a row of target numbers, how freely each may give way, and rows of contact. All
problems of a batch are solved together by Gauss-Newton steps on the constrained least squares:
the contacts are met exactly, and what remains stays as near the target as it can be.
"""

from dataclasses import dataclass

import numpy as np

from backcare_nb.body.skeleton import AlignedArrays, Body, SegmentFrames
from backcare_nb.body.stable_math import cross_products
from backcare_nb.posture.constraints import (
    ContactRows,
    ContactRowsBuilder,
    PostureProblem,
    rank_within_sorted_group,
)

MAX_SOLVER_ITERATIONS = 120
FULL_STEP_ITERATIONS = 70  # after which what still swings takes ever shorter steps
STEP_SHRINK_FACTOR_PER_ITERATION = 0.8  # in each round after that
MAX_CONVERGED_STEP_DEG = 2e-3  # a pose that moves less has arrived
MAX_STEP_DEG = 10.0  # in one round
MAX_EXTRAPOLATED_STEP_DEG = 2.0  # steps no longer than this tell where they will end
ANDERSON_DEPTH = 3  # rounds looked back on, to tell that
# Fractions of stature: what is no deeper in a support does not push.
MIN_PUSHING_DEPTH_STATURES = 1e-10
REGULARIZATION = 1e-9  # keeps contacts that say the same thing twice solvable
MAX_ACTIVE_SET_ITERATIONS = 8  # of finding which supports push and which numbers are at a limit
POSE_DECIMAL_PLACES = 5  # of the numbers that come out, so that every machine draws the same


def solve_posture_problems(body: Body, problems: list[PostureProblem]) -> np.ndarray:
    """Find the numbers (B, size) of each problem's posture.

    Where contacts contradict each other the result is a compromise, which a check then refuses.
    """
    state = _SolverState(body, problems)
    for number in range(MAX_SOLVER_ITERATIONS):
        if not state.advance(
            STEP_SHRINK_FACTOR_PER_ITERATION ** max(0, number - FULL_STEP_ITERATIONS)
        ):
            break
    return state.poses.round(POSE_DECIMAL_PLACES)


@dataclass
class _StepProblem(AlignedArrays):
    """What steps of B poses should do: close rows, and follow a wish within limits.

    Of R rows, slopes (B, R, size), what each misses and which must close, not only push (B, R);
    for each number, the step wished for, how freely it gives way, the lowest and the highest.
    """

    slope: np.ndarray
    miss: np.ndarray
    must: np.ndarray
    wish: np.ndarray
    give: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def solve_step_within_limits(self, side: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the step in which no support pulls, and the numbers that it takes to their limits.

        ``side`` (B, size) guesses these: -1 for the lowest, 1 for the highest, else 0.
        """
        on, left = self.must | (self.miss < -MIN_PUSHING_DEPTH_STATURES), self
        step, found, todo = np.empty_like(self.wish), side.copy(), np.arange(len(side))
        for _ in range(MAX_ACTIVE_SET_ITERATIONS):
            step[todo], pushing, held = left._solve_step_with_active_set(on, side)
            found[todo] = held
            wrong = (pushing != on).any(1) | (held != side).any(1)
            if not wrong.any():
                break
            left, on, side, todo = left.select_rows(wrong), pushing[wrong], held[wrong], todo[wrong]
        return step, found

    def _solve_step_with_active_set(
        self, on: np.ndarray, side: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The step with these rows on and these numbers at a limit, and which ones should be."""
        want = np.where(side == 0, self.wish, np.where(side < 0, self.low, self.high))
        free = np.where(side == 0, self.give, 0.0)
        lift = _constraint_forces(
            self.slope, free, self.miss + _multiply_each(self.slope, want), on
        )
        lifted = _multiply_each_transposed(self.slope, lift)
        step, unheld = want + free * lifted, self.wish + self.give * lifted
        after = np.where(on, -REGULARIZATION * lift, self.miss + _multiply_each(self.slope, step))
        beyond = np.sign(step - np.clip(step, self.low, self.high))
        still = np.where(side * (unheld - want) > 0, side, 0.0)
        return (
            step,
            self.must | (after < -MIN_PUSHING_DEPTH_STATURES),
            np.where(side == 0, beyond, still),
        )


def _constraint_forces(
    slope: np.ndarray, free: np.ndarray, missed: np.ndarray, on: np.ndarray
) -> np.ndarray:
    """How hard each row that is on has to push, (B, R), to close what is missed.

    As much as a contact misses counts, squared, 1 / REGULARIZATION times as much as what gives way.
    """
    normal = (slope * free[:, None]) @ slope.transpose(0, 2, 1)
    normal = np.where(on[:, None] & on[..., None], normal, 0.0)
    diagonal = np.arange(normal.shape[1])
    normal[:, diagonal, diagonal] += np.where(on, REGULARIZATION, 1.0)
    return np.linalg.solve(normal, np.where(on, -missed, 0.0)[..., None])[..., 0]


class _SolverState:
    """The poses so far, how far each may step, and which numbers are at a limit."""

    def __init__(self, body: Body, problems: list[PostureProblem]) -> None:
        self.body, self.contacts = body, ContactRowsBuilder(body, problems)
        self.target = np.array([p.target for p in problems])
        self.give = np.array([p.give for p in problems])
        self.limits = np.moveaxis(np.array([p.limits for p in problems]), 2, 0)
        self.poses = np.array([p.target if p.start is None else p.start for p in problems])
        self.symmetric = np.array([p.symmetric for p in problems])
        self.side = np.zeros(self.poses.shape)
        self.last = np.zeros(self.poses.shape)
        self.past = np.zeros((ANDERSON_DEPTH, 2, *self.poses.shape))
        self.near = np.zeros(len(problems), dtype=bool)
        self.longest = np.full(len(problems), MAX_STEP_DEG)
        self.open = np.arange(len(problems))

    def advance(self, step_scale: float) -> bool:
        """Take one step with the poses still open; tell if any is left."""
        step = self._solve_wanted_step()
        width = _widest_turns_deg(step)
        near = width < MAX_EXTRAPOLATED_STEP_DEG
        for some, shape_step in ((near, self._extrapolate_step), (~near, self._adapt_step_limit)):
            shaped, longest = shape_step(self.open[some], step[some])
            limit = step_scale * longest / np.maximum(_widest_turns_deg(shaped), 1e-9)
            step[some] = shaped * np.minimum(1.0, limit)[:, None]
        poses = self.poses[self.open]
        self.poses[self.open] = np.clip(poses + step, *self.limits[:, self.open])
        self.last[self.open], self.near[self.open] = step, near
        self.open = self.open[width >= MAX_CONVERGED_STEP_DEG]
        return len(self.open) > 0

    def _solve_wanted_step(self) -> np.ndarray:
        """The step that each open pose wants."""
        frames = self.body.frames(self.poses[self.open])
        rows = self.contacts.build_rows(frames, self.open)
        flat = (*contact_derivatives_and_misses(self.body, frames, rows), ~rows.push)
        padded = (_group_rows_by_pose(rows.pose, each, len(self.open)) for each in flat)
        poses, side = self.poses[self.open], self.side[self.open]
        wish, (low, high) = self.target[self.open] - poses, self.limits[:, self.open] - poses
        wish[:, :3] = 0.0
        slope, miss, must = padded
        problem = _StepProblem(slope, miss, must, wish, self.give[self.open], low, high)
        guess = np.where((low < 0) & (high > 0), 0.0, side)
        step, self.side[self.open] = problem.solve_step_within_limits(guess)
        even = self.symmetric[self.open]
        step[even] = (step[even] + self.body.mirror_poses(step[even])) / 2
        return step

    def _adapt_step_limit(
        self, some: np.ndarray, step: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """A pose that swings back and forth takes shorter steps, until it settles."""
        turns_back = (step * self.last[some]).sum(1) < 0
        longest = self.longest[some] * np.where(turns_back, 0.5, 1.5)
        self.longest[some] = longest = np.minimum(longest, MAX_STEP_DEG)
        return step, longest

    def _extrapolate_step(
        self, some: np.ndarray, step: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The step to where the last ones, as they shrink or swing, will end.

        Anderson, Iterative Procedures for Nonlinear Integral Equations, 1965.
        """
        now = np.stack([self.poses[some], step])
        past = np.where(self.near[some, None], self.past[:, :, some], now)
        self.past[:, :, some] = np.concatenate([now[None], past[:-1]])
        moved, changed = (now - past).transpose(1, 2, 0, 3)
        size = np.sqrt(self.give[some])
        scaled = changed / size[:, None]
        square = scaled @ scaled.transpose(0, 2, 1)
        least = 1e-6 * square.trace(axis1=1, axis2=2) + 1e-30
        square += least[:, None, None] * np.eye(ANDERSON_DEPTH)
        share = np.linalg.solve(square, _multiply_each(scaled, step / size)[..., None])[..., 0]
        self.longest[some] = MAX_EXTRAPOLATED_STEP_DEG
        return step - _multiply_each_transposed(moved + changed, share), self.longest[some]


def _widest_turns_deg(step: np.ndarray) -> np.ndarray:
    """The widest turn in each step, degrees."""
    return np.abs(step[:, 3:]).max(axis=1)


def _multiply_each(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return (matrix @ vector[..., None])[..., 0]


def _multiply_each_transposed(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return (vector[:, None] @ matrix)[:, 0]


def _group_rows_by_pose(pose: np.ndarray, values: np.ndarray, batch: int) -> np.ndarray:
    """(B, R, ...) values of flat rows (N, ...), as many as the pose with most has, else zero."""
    place = rank_within_sorted_group(pose)
    packed = np.zeros((batch, 1 + place.max(initial=0), *values.shape[1:]), values.dtype)
    packed[pose, place] = values
    return packed


def contact_derivatives_and_misses(
    body: Body, frames: SegmentFrames, rows: ContactRows
) -> tuple[np.ndarray, np.ndarray]:
    """Return derivatives (N, size) of the contacts by each number, and what each contact misses."""
    screws = _cumulative_screws(body, frames)
    a, moved = _points_and_derivatives(body, frames, screws, rows.pose, rows.a, rows.a_at, rows.way)
    b = rows.b_at.copy()
    on_body = np.flatnonzero(rows.b >= 0)
    far = rows.select_rows(on_body)
    b[on_body], back = _points_and_derivatives(
        body, frames, screws, far.pose, far.b, far.b_at, far.way
    )
    moved[on_body] -= back
    shifted = rows.way.copy()
    shifted[on_body] = 0.0
    return np.hstack([shifted, moved]), np.einsum("rk,rk->r", rows.way, a - b) - rows.gap


def _points_and_derivatives(
    body: Body,
    frames: SegmentFrames,
    screws: np.ndarray,
    pose: np.ndarray,
    segment: np.ndarray,
    local: np.ndarray,
    way: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 3) in the room, and how far each motion carries them along their way (N, M)."""
    points = frames.points_at_pose_indices(pose, segment, local)
    wrench = np.concatenate([cross_products(points, way), way], axis=1)
    along = _group_rows_by_pose(pose, wrench, len(screws)) @ screws
    first, last = body.link_ranges_by_segment_and_motion
    row = pose[:, None], rank_within_sorted_group(pose)[:, None]
    return points, along[*row, last[segment]] - along[*row, first]


def _cumulative_screws(body: Body, frames: SegmentFrames) -> np.ndarray:
    """(B, 6, L + 1): axis of each link of a motion and its moment about the room's origin, a
    degree of the motion; running sums, so that the difference of two is that of all between.
    """
    angles, share = body.link_segment_angle_indices_and_shares
    moments = cross_products(frames.origins[:, :, None, :], frames.axes)
    both = np.concatenate([frames.axes, moments], axis=3).reshape(len(moments), -1, 6)
    screws = both[:, angles].transpose(0, 2, 1) * np.radians(share)
    return np.concatenate([np.zeros((len(screws), 6, 1)), screws.cumsum(axis=2)], axis=2)
