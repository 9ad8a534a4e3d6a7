"""Nothing that is drawn, said, judged or planned hangs on the last bits of a float."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from backcare_nb.body.skeleton import Body, body
from backcare_nb.body.stable_math import (
    TIE_TOLERANCE,
    index_of_first_largest,
    rank_with_ties,
    round_off_last_digits,
)
from backcare_nb.posture.pose import build_posture_problem
from backcare_nb.posture.solver import solve_posture_problems
from backcare_nb.posture.table import posture_table
from tests import drawn

ROOT = Path(__file__).resolve().parent.parent
# OpenBLAS's kernels: what each needs of a processor, and how much of numpy's own goes with it.
KERNELS = {
    "Nehalem": ("X86_V2", 0),
    "Haswell": ("X86_V3", 1),
    "SkylakeX": ("X86_V4", len(__cpu_dispatch__)),
}


def test_noise_while_solving_leads_to_the_same_postures(monkeypatch):
    drawn.forget_solved()
    table = posture_table()
    problems = [build_posture_problem(table.resolve_posture_spec(name)) for name in table.postures]
    exact = solve_posture_problems(body(), problems)
    monkeypatch.setattr(Body, "frames", drawn.with_noise(Body.frames, seed=2))
    assert np.abs(solve_posture_problems(body(), problems) - exact).max() < 1e-3


def _drawn_on(kernel: str | None, *options: str) -> dict[str, str]:
    """The digests of what is drawn with a kernel of OpenBLAS and what numpy may use with it."""
    surroundings = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    if kernel:
        beyond = __cpu_dispatch__[KERNELS[kernel][1] :]
        surroundings["OPENBLAS_CORETYPE"] = kernel
        surroundings["NPY_DISABLE_CPU_FEATURES"] = " ".join(
            feature for feature in beyond if __cpu_features__[feature]
        )
    command = [sys.executable, "-m", "tests.drawn", *options]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_figures_words_and_checks_are_the_same_on_the_oldest_and_newest_processor_with_noise():
    """The oldest kernel and the newest of this processor differ most: one knows no fused steps."""
    here = [k for k, (needed, _) in KERNELS.items() if __cpu_features__.get(needed)] or [None]
    with ThreadPoolExecutor(2) as pool:
        plain, noisy = pool.submit(_drawn_on, here[0]), pool.submit(_drawn_on, here[-1], "--noise")
    oldest, newest = plain.result(), noisy.result()
    assert oldest
    assert [name for name in oldest if oldest[name] != newest.get(name)] == []


def test_values_that_differ_in_their_last_bits_share_a_rank():
    values = np.array([0.3, 0.1, 0.3 + 1e-12, 0.2, 0.1 - 1e-12])
    assert rank_with_ties(values).tolist() == [2, 0, 2, 1, 0]
    assert rank_with_ties(np.array([])).tolist() == []


def test_of_values_equal_but_for_last_bits_the_first_is_chosen():
    values = np.array([[0.5, 0.1], [0.5 + 1e-12, 0.2], [0.4, 0.2 + TIE_TOLERANCE / 2]])
    assert index_of_first_largest(values).tolist() == [0, 1]
    assert index_of_first_largest(-values, axis=1).tolist() == [1, 1, 1]


def test_rounding_off_last_digits_gives_no_negative_zero():
    assert (
        np.signbit(round_off_last_digits(np.array([-1e-12, -0.0, 1e-12]))).tolist() == [False] * 3
    )
