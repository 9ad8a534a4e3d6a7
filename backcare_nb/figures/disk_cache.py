"""Pictures kept in the user's cache folder, so that only their first drawing takes time.

A picture is kept under a digest of all that it comes from: the package's code, its data and
matplotlib. So versions and checkouts lie side by side, and nothing out of date is ever shown.
Where nothing can be written, pictures are drawn each time. What was drawn ahead for every account
of a machine lies in the environment, and is found there.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from platformdirs import user_cache_path

from backcare_nb.course import DATA_FOLDER, PACKAGE_FOLDER
from backcare_nb.course.files import write_atomically

# Digests whose pictures stay, those that were used last; each takes about 2 MB.
MAX_CACHED_DRAWING_VERSIONS = 20
ParamsP = ParamSpec("ParamsP")
ResultT = TypeVar("ResultT")

# Where a package brings along what was drawn with it, it needs no matplotlib to show that.
SHIPPED_CACHE_FOLDER = PACKAGE_FOLDER / "pictures"
SHARED_CACHE_FOLDER = Path(sys.prefix) / "share" / "backcare_nb" / "pictures"
try:
    FOLDER = user_cache_path("backcare_nb", appauthor=False) / "pictures"
except RuntimeError:  # an account without a home
    FOLDER = SHARED_CACHE_FOLDER


def cache_on_disk(make: Callable[ParamsP, ResultT]) -> Callable[ParamsP, ResultT]:
    """Cache what a function returns, in memory and, as JSON, on disk.

    What it returns hangs on its positional arguments, which are plain words, and on nothing else;
    arguments by keyword only help to make it.
    """
    memory: dict[str, ResultT] = {}

    @wraps(make)
    def cached(*words: ParamsP.args, **helpers: ParamsP.kwargs) -> ResultT:
        name = f"{sha256(repr((make.__name__, words)).encode()).hexdigest()}.json"
        if name not in memory:
            found = _read_json_or_none(SHIPPED_CACHE_FOLDER / name)
            memory[name] = _read_or_make(name, make, *words, **helpers) if found is None else found
        return memory[name]

    return cached


def _read_or_make(
    name: str, make: Callable[ParamsP, ResultT], *arguments: ParamsP.args, **helpers: ParamsP.kwargs
) -> ResultT:
    path = FOLDER / drawing_inputs_digest() / name
    for place in (path, SHARED_CACHE_FOLDER / drawing_inputs_digest() / name):
        found: ResultT | None = _read_json_or_none(place)
        if found is not None:
            return found
    made = make(*arguments, **helpers)
    _write_json(path, made)
    return made


@cache
def drawing_inputs_digest() -> str:
    """What the pictures come from, in sixteen letters."""
    mark = sha256(version("matplotlib").encode())
    kinds = ("*.py", "*.json", "*.toml")
    code = [path for kind in kinds for path in PACKAGE_FOLDER.rglob(kind)]
    for path in sorted([*code, *DATA_FOLDER.glob("*.yaml")]):
        mark.update(path.read_bytes())
    return mark.hexdigest()[:16]


def _read_json_or_none(path: Path) -> Any:
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
        if path.parent != SHIPPED_CACHE_FOLDER:
            _touch_and_prune_digests(path.parent)
        return found
    return None


def _write_json(path: Path, made: Any) -> None:
    """Write whole or not at all: another kernel may be reading, or writing the same."""
    with suppress(OSError):
        _touch_and_prune_digests(path.parent)
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
        # drawn by whoever starts a hub, and read by its learners
        write_atomically(path, text, mode=0o644)


@cache
def _touch_and_prune_digests(folder: Path) -> None:
    """Note that a digest is in use, and remove those that were used longest ago."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
        last = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in last[:-MAX_CACHED_DRAWING_VERSIONS]:
            shutil.rmtree(path, ignore_errors=True)
