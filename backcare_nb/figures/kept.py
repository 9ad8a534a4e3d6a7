"""Pictures kept beside the environment, so that only their first drawing takes time.

A picture is kept under a digest of all that it comes from: the package's code, its data and
matplotlib. A change of any of these starts anew, and what nobody can use any more is removed.
Where nothing can be written, pictures are drawn each time.
"""

import json
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from backcare_nb.content import DATA
from backcare_nb.content.atomic import write_atomically

PACKAGE = Path(__file__).parents[1]
T = TypeVar("T")

FOLDER = Path(sys.prefix) / "share" / "backcare_nb" / "pictures"


def kept(make: Callable[..., T]) -> Callable[..., T]:
    """Keep what a function of plain words returns, in memory and, as JSON, on disk."""

    @cache
    @wraps(make)
    def made(*words: Any) -> T:
        name = sha256(repr((make.__name__, words)).encode()).hexdigest()
        path = FOLDER / digest() / f"{name}.json"
        found = _read(path)
        if found is None:
            found = make(*words)
            _write(path, found)
        return found

    return made


@cache
def digest() -> str:
    """What the pictures come from, in sixteen letters."""
    mark = sha256(version("matplotlib").encode())
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.json"), *DATA.glob("*.yaml")]):
        mark.update(path.read_bytes())
    return mark.hexdigest()[:16]


def _read(path: Path) -> Any:
    with suppress(OSError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    return None


def _write(path: Path, made: Any) -> None:
    """Write whole or not at all: another kernel may be reading."""
    with suppress(OSError):
        if not path.parent.exists():
            _begin(path.parent)
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
        # drawn by whoever starts a hub, and read by its learners
        write_atomically(path, text, mode=0o644)


def _begin(folder: Path) -> None:
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
