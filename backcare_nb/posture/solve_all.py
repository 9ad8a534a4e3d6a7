"""Solve the postures and motions of the course, and write the solutions that ship with the code.

    python -m backcare_nb.posture.solve_all      all of them anew, after a change of the solver

After a change of data/postures.yaml or data/body.yaml, ``python tools/regenerate.py`` solves what
changed and keeps the rest, whose last digits differ between processors.
"""

from backcare_nb.body.solution_cache import SOLUTIONS_FILE, solution_cache
from backcare_nb.posture.motion import solve_motion
from backcare_nb.posture.pose import solve_posture
from backcare_nb.posture.table import posture_table


def solve_all() -> None:
    """Solve everything anew and write body/solutions.json."""
    solution_cache().entries.clear()
    solve_changed()


def solve_changed() -> list[str]:
    """Solve what the data says otherwise than before, write body/solutions.json if that is
    anything, and return the names of the entries that changed.
    """
    entries = solution_cache().entries
    before = dict(entries)
    table = posture_table()  # which is kept there too
    for name in table.postures:
        solve_posture(name)
    for name in table.motions:
        solve_motion(name)
    known = {"posture": set(table.postures), "motion": set(table.motions)}
    for entry in list(entries):
        kind, _, name = entry.partition(" ")
        if kind in known and name not in known[kind]:
            del entries[entry]
    changed = sorted(entry for entry in before | entries if before.get(entry) != entries.get(entry))
    if changed:
        solution_cache().save(SOLUTIONS_FILE)
    return changed


if __name__ == "__main__":
    solve_all()
