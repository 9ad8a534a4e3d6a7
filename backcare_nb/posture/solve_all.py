"""Solve every posture and motion of the course, and write the solutions that ship with the code.

    python -m backcare_nb.posture.solve_all

It is run after a change of data/postures.yaml or data/body.yaml.
"""

from backcare_nb.body.solution_cache import SOLUTIONS_FILE, solution_cache
from backcare_nb.posture.motion import motion
from backcare_nb.posture.pose import posture
from backcare_nb.posture.table import posture_table


def solve_all() -> None:
    """Solve everything anew and write body/solutions.json."""
    solution_cache().entries.clear()
    table = posture_table()
    for name in table.postures:
        posture(name)
    for name in table.motions:
        motion(name)
    solution_cache().save(SOLUTIONS_FILE)


if __name__ == "__main__":
    solve_all()
