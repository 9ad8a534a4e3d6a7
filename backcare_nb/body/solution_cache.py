"""Solved postures and motions, and the tables that they were solved from, kept with the code.

Solving takes its time, and its last digits differ between processors; kept solutions make every
machine draw the same, at once. A table that was checked when it was kept needs no check again.
Each is marked by what it was made from: where the data says something else now, it is made anew.
Write the file again after a change of the data:

    python -m backcare_nb.posture.solve_all
"""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from backcare_nb.course import DATA
from backcare_nb.course.fields import Model
from backcare_nb.course.files import write_atomically

M = TypeVar("M", bound=Model)

FILE = Path(__file__).with_name("solutions.json")
DIGITS = 4  # degrees and fractions of stature: finer than any drawing


class SolutionCache:
    """Solutions and tables by name, each as JSON: the mark of what it was made from, and itself."""

    def __init__(self, kept: dict[str, str]) -> None:
        self.kept = kept

    def get_or_solve(self, name: str, source: str, solve: Callable[[], np.ndarray]) -> np.ndarray:
        """The numbers kept for a name and its source, or solved now."""
        return np.array(self._take(name, source, lambda: solve().round(DIGITS).tolist()))

    def table(self, file: str, model: type[M], others: tuple[str, ...] = ()) -> M:
        """A table of the data, checked: now, or when it was kept and said just the same.

        others: the files whose names it uses. Raises DataError with every mistake in it.
        """
        source = "\0".join(_text(name) for name in (file, *others))
        kept = self._take(f"table {file}", source, lambda: _plain(_read(file, model)))
        return _made(kept, model.__module__.rpartition(".")[0])

    def _take(self, name: str, source: str, make: Callable[[], Any]) -> Any:
        mark = sha256(source.encode()).hexdigest()[:12]
        if not self.kept.get(name, "").startswith(f'["{mark}",'):
            self.kept[name] = json.dumps([mark, make()], ensure_ascii=False, separators=(",", ":"))
        return json.loads(self.kept[name])[1]

    def save(self, path: Path) -> None:
        """Write all, a line each."""
        lines = [f'"{name}": {self.kept[name]}' for name in sorted(self.kept)]
        write_atomically(path, "{\n" + ",\n".join(lines) + "\n}\n")


@cache
def solution_cache() -> SolutionCache:
    """What came with the code. A line is read as JSON when it is asked for."""
    lines = FILE.read_text(encoding="utf-8").splitlines()[1:-1] if FILE.exists() else ()
    entries = (line.removesuffix(",").split(": ", 1) for line in lines)
    return SolutionCache({name.strip('"'): kept for name, kept in entries})


def _text(file: str) -> str:
    with suppress(OSError, ValueError):  # reading it says what is wrong with it
        return (DATA / file).read_text(encoding="utf-8")
    return ""


def _read(file: str, model: type[M]) -> M:
    from backcare_nb.course.yaml_reader import (
        read_model,  # which takes a tenth of a first figure's time
    )

    return read_model(DATA / file, model)


def _plain(value: Any) -> Any:
    """A value as JSON can hold it; a model as its module and class, and what it says."""
    match value:
        case Model():
            said = {key: _plain(v) for key, v in value if key in value.model_fields_set}
            module = type(value).__module__.rpartition(".")[2]
            return {f"{module}.{type(value).__name__}": said}
        case dict():
            return {key: _plain(v) for key, v in value.items()}
        case tuple():
            return [_plain(v) for v in value]
    return value


def _made(plain: Any, package: str) -> Any:
    """The value again. A class is named as "module.Class", which no key of a table is."""
    if isinstance(plain, list):
        return tuple(_made(v, package) for v in plain)
    if not isinstance(plain, dict):
        return plain
    values = {key: _made(v, package) for key, v in plain.items()}
    module, dot, name = next(iter(values), "").partition(".")
    if not dot:
        return values
    model = getattr(sys.modules[f"{package}.{module}"], name)
    return model.model_construct(**values[f"{module}.{name}"])
