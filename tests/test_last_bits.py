"""Nothing that is drawn, said, judged or planned hangs on the last bits of a float."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from backcare_nb.body import skeleton as bodies
from backcare_nb.body.skeleton import Frames, body
from backcare_nb.body.stable_math import (
    TIE,
    first_largest,
    first_smallest,
    rank_with_ties,
    round_off,
)
from backcare_nb.posture.pose import posture_problem
from backcare_nb.posture.solver import solve
from backcare_nb.posture.table import posture_table
from tests import drawn

ROOT = Path(__file__).resolve().parent.parent
NOISE = 1e-12  # fractions of stature, radians: a thousand times what processors differ by
# OpenBLAS's kernels: what each needs of a processor, and how much of numpy's own goes with it.
KERNELS = {
    "Nehalem": ("X86_V2", 0),
    "Haswell": ("X86_V3", 1),
    "Zen": ("X86_V3", 1),
    "SkylakeX": ("X86_V4", len(__cpu_dispatch__)),
}


def _rattle(patch: pytest.MonkeyPatch, seed: int) -> None:
    """Add noise to every body that is placed, other noise to each."""
    placed = bodies.Body.frames

    def frames(self, poses: np.ndarray) -> Frames:
        exact = placed(self, poses)
        mark = int.from_bytes(sha256(poses.tobytes()).digest()[:8])
        random = np.random.default_rng([seed, mark])
        parts = (exact.origins, exact.rotations, exact.axes)
        return Frames(*(part + random.uniform(-NOISE, NOISE, part.shape) for part in parts))

    patch.setattr(bodies.Body, "frames", frames)


@pytest.fixture(scope="module")
def rattled():
    """For two seeds, and first for none, what is drawn from bodies with noise."""
    found = []
    for seed in (None, 1, 2):
        with pytest.MonkeyPatch.context() as patch:
            drawn.forget_solved()
            if seed:
                _rattle(patch, seed)
            found.append(
                {key: (drawn.shapes(key), drawn.verdicts(key)) for key in drawn.every_key()}
            )
    drawn.forget_solved()
    return found


def test_noise_changes_no_picture_and_no_word_about_it(rattled):
    exact, *others = rattled
    assert len(exact) > 140
    for other in others:
        assert [key for key in exact if other[key][0] != exact[key][0]] == []


def test_noise_changes_no_verdict_of_the_checks(rattled):
    exact, *others = rattled
    assert any(verdict for _, verdict in exact.values())
    for other in others:
        assert [key for key in exact if other[key][1] != exact[key][1]] == []


def test_noise_while_solving_leads_to_the_same_postures():
    drawn.forget_solved()
    problems = [
        posture_problem(posture_table().whole_spec(name)) for name in posture_table().postures
    ]
    exact = solve(body(), problems)
    for seed in (1, 2):
        with pytest.MonkeyPatch.context() as patch:
            _rattle(patch, seed)
            found = solve(body(), problems)
        assert np.abs(found - exact).max() < 1e-3


def _drawn_on(kernel: str) -> dict[str, str]:
    """The digests of everything, drawn with a kernel of OpenBLAS and what numpy may use with it."""
    beyond = __cpu_dispatch__[KERNELS[kernel][1] :]
    surroundings = os.environ | {
        "OPENBLAS_CORETYPE": kernel,
        "NPY_DISABLE_CPU_FEATURES": " ".join(f for f in beyond if __cpu_features__[f]),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.drawn"], cwd=ROOT, env=surroundings, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_every_processor_draws_the_same_bytes():
    here = [k for k, (needed, _) in KERNELS.items() if __cpu_features__.get(needed)]
    if len(here) < 2:
        pytest.skip("This processor runs one of OpenBLAS's kernels alone.")
    with ThreadPoolExecutor(2) as pool:
        first, *others = pool.map(_drawn_on, here)
    assert len(first) > 160
    for kernel, other in zip(here[1:], others, strict=True):
        differ = [name for name in first if first[name] != other.get(name)]
        assert differ == [], f"{here[0]} and {kernel} draw these differently"


def test_values_that_differ_in_their_last_bits_share_a_rank():
    values = np.array([0.3, 0.1, 0.3 + 1e-12, 0.2, 0.1 - 1e-12])
    assert rank_with_ties(values).tolist() == [2, 0, 2, 1, 0]
    assert rank_with_ties(np.array([])).tolist() == []


def test_the_first_of_equals_is_chosen():
    values = np.array([[0.5, 0.1], [0.5 + 1e-12, 0.2], [0.4, 0.2 + TIE / 2]])
    assert first_largest(values).tolist() == [0, 1]
    assert first_smallest(values, axis=1).tolist() == [1, 1, 1]


def test_a_settled_zero_has_no_sign():
    assert np.signbit(round_off(np.array([-1e-12, -0.0, 1e-12]))).tolist() == [False] * 3
