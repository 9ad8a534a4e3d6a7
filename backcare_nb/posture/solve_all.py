"""Solve every posture and motion of the course, and write the solutions that ship with the code.

    python -m backcare_nb.posture.solve_all

It is run after a change of data/postures.yaml or data/body.yaml.
"""

from backcare_nb.body.solution_cache import FILE, solution_cache
from backcare_nb.posture import motion, posture


def solve_all() -> None:
    """Solve everything anew and write body/solutions.json."""
    solution_cache().kept.clear()
    for module, solved in ((posture, posture.posture), (motion, motion.motion)):
        for name in module.names():
            solved(name)
    solution_cache().save(FILE)


if __name__ == "__main__":
    solve_all()
