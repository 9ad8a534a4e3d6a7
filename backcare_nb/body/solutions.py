"""Solved postures and motions, kept with the code.

Solving takes its time, and its last digits differ between processors; kept solutions make every
machine draw the same, at once. Each is marked by what it was solved from: where the data says
something else now, it is solved anew. Write the file again after a change of the data:

    python -m backcare_nb.body.solutions
"""

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("solutions.json")
DIGITS = 4  # degrees and fractions of stature: finer than any drawing


class Shelf:
    """Solutions by name, each with the mark of what it was solved from."""

    def __init__(self, kept: dict[str, list]) -> None:
        self.kept = kept

    def take(self, name: str, source: str, solve: Callable[[], np.ndarray]) -> np.ndarray:
        """The numbers kept for a name and its source, or solved now."""
        mark = sha256(source.encode()).hexdigest()[:12]
        if self.kept.get(name, [None])[0] != mark:
            self.kept[name] = [mark, solve().round(DIGITS).tolist()]
        return np.array(self.kept[name][1])

    def save(self, path: Path) -> None:
        """Write all, a line each."""
        lines = [f"{json.dumps(name)}: {_compact(self.kept[name])}" for name in sorted(self.kept)]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")


@cache
def shelf() -> Shelf:
    """The solutions that came with the code."""
    return Shelf(json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {})


def _compact(value: list) -> str:
    return json.dumps(value, separators=(",", ":"))


def _write() -> None:
    from backcare_nb.body import motion, posture

    shelf().kept.clear()
    for module, made in ((posture, posture.posture), (motion, motion.motion)):
        for name in module.names():
            made(name)
    shelf().save(FILE)


if __name__ == "__main__":
    from backcare_nb.body.solutions import _write as write

    write()
