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

from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.fields import Model
from backcare_nb.course.files import write_atomically

TableT = TypeVar("TableT", bound=Model)

SOLUTIONS_FILE = Path(__file__).with_name("solutions.json")
SOLUTION_DECIMAL_PLACES = 4  # degrees and fractions of stature: finer than any drawing


class SolutionCache:
    """Solutions and tables by name, each as JSON: the mark of what it was made from, and itself."""

    def __init__(self, entries: dict[str, str]) -> None:
        self.entries = entries

    def get_or_solve(self, name: str, source: str, solve: Callable[[], np.ndarray]) -> np.ndarray:
        """Return the numbers for a name that were solved from this source, or solve them now."""
        return np.array(
            self._get_or_make(name, source, lambda: solve().round(SOLUTION_DECIMAL_PLACES).tolist())
        )

    def get_or_validate_table(
        self, file: str, model: type[TableT], others: tuple[str, ...] = ()
    ) -> TableT:
        """Read a table of the data that was checked: now, or when it was kept and said the same.

        others: the files whose names it uses. Raises DataError with every mistake in it.
        """

        def read_table() -> Any:
            # Importing this takes a tenth of a first figure's time.
            from backcare_nb.course.yaml_reader import read_model

            return _to_json_value(read_model(DATA_FOLDER / file, model))

        source = "\0".join(_read_data_file_or_empty(name) for name in (file, *others))
        plain = self._get_or_make(f"table {file}", source, read_table)
        return _from_json_value(plain, model.__module__.rpartition(".")[0])

    def _get_or_make(self, name: str, source: str, make: Callable[[], Any]) -> Any:
        mark = sha256(source.encode()).hexdigest()[:12]
        if not self.entries.get(name, "").startswith(f'["{mark}",'):
            self.entries[name] = json.dumps(
                [mark, make()], ensure_ascii=False, separators=(",", ":")
            )
        return json.loads(self.entries[name])[1]

    def save(self, path: Path) -> None:
        """Write all, a line each."""
        lines = [f'"{name}": {self.entries[name]}' for name in sorted(self.entries)]
        write_atomically(path, "{\n" + ",\n".join(lines) + "\n}\n")


@cache
def solution_cache() -> SolutionCache:
    """What came with the code. A line is read as JSON when it is asked for."""
    lines = (
        SOLUTIONS_FILE.read_text(encoding="utf-8").splitlines()[1:-1]
        if SOLUTIONS_FILE.exists()
        else ()
    )
    entries = (line.removesuffix(",").split(": ", 1) for line in lines)
    return SolutionCache({name.strip('"'): entry for name, entry in entries})


def _read_data_file_or_empty(file: str) -> str:
    with suppress(OSError, ValueError):  # reading it says what is wrong with it
        return (DATA_FOLDER / file).read_text(encoding="utf-8")
    return ""


def _to_json_value(value: Any) -> Any:
    """Make a value such as JSON can hold; a model as its module and class, and what it says."""
    match value:
        case Model():
            said = {key: _to_json_value(v) for key, v in value if key in value.model_fields_set}
            module = type(value).__module__.rpartition(".")[2]
            return {f"{module}.{type(value).__name__}": said}
        case dict():
            return {key: _to_json_value(v) for key, v in value.items()}
        case tuple():
            return [_to_json_value(v) for v in value]
    return value


def _from_json_value(plain: Any, package: str) -> Any:
    """Make the value again. A class is named as "module.Class", which no key of a table is."""
    if isinstance(plain, list):
        return tuple(_from_json_value(v, package) for v in plain)
    if not isinstance(plain, dict):
        return plain
    values = {key: _from_json_value(v, package) for key, v in plain.items()}
    module, dot, name = next(iter(values), "").partition(".")
    if not dot:
        return values
    model = getattr(sys.modules[f"{package}.{module}"], name)
    return model.model_construct(**values[f"{module}.{name}"])
