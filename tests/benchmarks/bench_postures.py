"""What postures, motions and their checks cost, as ratios to the times they have to keep.

    python tests/benchmarks/bench_postures.py

A reader meets kept solutions; whoever changes the data meets the solver. Solved again from the kept
ones, every contact is measured and every posture found to stand still. All three are timed, each
several times, by the processor time they take, and the median counts. Forward kinematics of as many
poses is the yardstick that takes the machine out: solving is told in how many times as long.
"""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from backcare_nb.body import solution_cache  # noqa: E402
from backcare_nb.body.skeleton import body  # noqa: E402
from backcare_nb.posture import checks  # noqa: E402
from backcare_nb.posture.motion import solve_motion  # noqa: E402
from backcare_nb.posture.pose import build_posture_problem, solve_posture  # noqa: E402
from backcare_nb.posture.solver import solve_posture_problems  # noqa: E402
from backcare_nb.posture.table import posture_table  # noqa: E402
from tests import drawn  # noqa: E402

POSTURES = 0.1  # seconds for all postures
MOTION = 0.4  # seconds for a motion
CHECKS = 5.0  # seconds for everything that is checked


def main() -> None:
    posture_table()
    body().frames(solve_posture("standing").numbers[None])
    _postures()
    _motions()
    _checks()


def _postures() -> None:
    names = list(posture_table().postures)
    problems = [build_posture_problem(posture_table().resolve_posture_spec(name)) for name in names]
    kept = _median(_forgotten(lambda: [solve_posture(name) for name in names]), 9)
    together = _median(lambda: solve_posture_problems(body(), problems), 3)
    alone = [_median(lambda p=p: solve_posture_problems(body(), [p]), 1) for p in problems]
    rows = np.array([solve_posture(name).numbers for name in names])
    warm = [replace(p, start=row) for p, row in zip(problems, rows, strict=True)]
    again = _median(lambda: solve_posture_problems(body(), warm), 5)
    moved = np.abs(solve_posture_problems(body(), warm) - rows).max()
    chain = _median(lambda: body().frames(rows), 25)
    print(f"{len(names)} postures")
    _report("as a reader meets them, from kept solutions", kept, POSTURES)
    _report("solved again from the kept ones, together", again, POSTURES)
    print(f"    moves none by more than {moved:.2g} degrees")
    _report("solved from nothing, together", together, POSTURES)
    _report("solved from nothing, one by one", sum(alone), POSTURES)
    slowest = names[int(np.argmax(alone))]
    print(f"  slowest alone: {slowest}, {max(alone) * 1000:.0f} ms")
    print(f"  solving together takes {together / chain:.0f} times their forward kinematics")


def _motions() -> None:
    names = list(posture_table().motions)
    kept = [_median(_forgotten(lambda n=name: solve_motion(n)), 5) for name in names]
    fresh = [_median(_unkept(lambda n=name: solve_motion(n)), 1) for name in names]
    frames = sum(len(solve_motion(name).numbers) for name in names)
    print(f"{len(names)} motions, {frames} frames")
    _slowest("as a reader meets it, from kept solutions", names, kept)
    _slowest("solved from nothing", names, fresh)


def _slowest(what: str, names: tuple[str, ...], times: list[float]) -> None:
    worst = int(np.argmax(times))
    _report(f"{what}, median", statistics.median(times), MOTION)
    _report(f"{what}, slowest ({names[worst]})", times[worst], MOTION)


def _checks() -> None:
    poses = [solve_posture(name) for name in posture_table().postures]
    paths = [solve_motion(name) for name in posture_table().motions]
    one = statistics.median(_median(lambda p=p: checks.check_figure(p), 3) for p in poses)
    every = _median(lambda: [checks.check_figure(what) for what in (*poses, *paths)], 3)
    print("checks")
    _report("one posture", one, 0.01)
    _report("every posture and every frame of every motion", every, CHECKS)


def _forgotten(work: Callable) -> Callable:
    """Work with nothing left in memory from the last time."""

    def run() -> None:
        drawn.forget_solved()
        work()

    return run


def _unkept(work: Callable) -> Callable:
    """Work on a motion whose own solution is not kept; those of its postures are."""

    def run() -> None:
        kept = solution_cache.solution_cache().entries
        set_aside = {name: kept.pop(name) for name in list(kept) if name.startswith("motion ")}
        _forgotten(work)()
        kept.update(set_aside)

    return run


def _median(work: Callable, times: int) -> float:
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return statistics.median(found)


def _report(what: str, took: float, figure: float) -> None:
    verdict = "ok" if took <= figure else "MISSED"
    print(f"  {what}: {took * 1000:.1f} ms, {took / figure:.2f} of {figure * 1000:g} ms {verdict}")


if __name__ == "__main__":
    main()
