"""Bring everything that is made from something else up to date, after a change of code or data.

    python tools/regenerate.py

In this order: solved postures, JSON Schemas, the figures drawn ahead, the notebooks' outputs and
what JupyterLab knows them by, and the pictures of the README. Only what changed is made and only
what comes out otherwise is written; the last line says how much that was. What nothing was changed
for is known by a digest of all that it is made from, kept in .regenerated.json.
"""

import json
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageChops, ImageStat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from backcare_nb.course.errors import UserError  # noqa: E402

LAB_EXTENSION = ROOT / "lab" / "labextensions" / "backcare-run-on-open"
RECORD = ROOT / ".regenerated.json"
CODE_AND_DATA = ("backcare_nb/**/*.*", "data/*.yaml", "data/sections/*.yaml", "requirements.txt")
SAME_PICTURE = 1.0  # up to this mean difference of 255 a small copy of a picture is the same


class Step(NamedTuple):
    """Something that is made from files: their patterns, itself among them, and how it is made.

    ``make`` returns what it changed, in words.
    """

    name: str
    patterns: tuple[str, ...]
    make: Callable[[], list[str]]


def regenerate(steps: Sequence[Step], root: Path, record: Path) -> int:
    """Bring each step up to date unless its files are as they were; the number of changes."""
    digests = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    number = 0
    for name, patterns, make in steps:
        if digests.get(name) == digest(root, patterns):
            print(f"{name}: made from nothing that changed", flush=True)
            continue
        print(f"{name} ...", flush=True)
        changed = make()
        for words in changed:
            print(f"    {words}", flush=True)
        number += len(changed)
        digests[name] = digest(root, patterns)
        record.write_text(json.dumps(digests, indent=1), encoding="utf-8")
    print(f"{number} changed." if number else "Nothing changed.")
    return number


def digest(root: Path, patterns: Sequence[str]) -> str:
    """What the files of some patterns hold, and their names, as 64 hexadecimal digits."""
    files = {p for pattern in patterns for p in root.glob(pattern) if p.is_file()}
    found = sha256()
    for path in sorted(path for path in files if "__pycache__" not in path.parts):
        found.update(f"{path.relative_to(root).as_posix()} {path.stat().st_size}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def write_changed(path: Path, content: str | bytes) -> list[str]:
    """Write a file unless it holds just that; its name if it was written."""
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and path.read_bytes() == data:
        return []
    path.write_bytes(data)
    return [path.name]


def solve_postures() -> list[str]:
    from backcare_nb.posture.solve_all import solve_changed

    return solve_changed()


def write_schemas() -> list[str]:
    from backcare_nb.lesson import schema

    return [
        name
        for file, text in schema.format_schema_files().items()
        for name in write_changed(schema.SCHEMA_FOLDER / file, text)
    ]


def fill_figure_cache() -> list[str]:
    """Draw what the notebooks show into this account's cache, as a first start does."""
    from backcare_nb.figures import disk_cache
    from backcare_nb.html.picture import draw_course_and_yield_progress

    folder = disk_cache.FOLDER / disk_cache.drawing_inputs_digest()
    before = len(list(folder.glob("*.json")))
    list(draw_course_and_yield_progress())
    drawn = len(list(folder.glob("*.json"))) - before
    return [f"{drawn} figures drawn into the cache"] if drawn else []


def run_notebooks() -> list[str]:
    from nbclient.exceptions import CellExecutionError

    from tools.run_notebooks import NOTEBOOKS, run

    changed = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        try:
            changed += write_changed(path, run(path))
        except CellExecutionError as error:
            sys.exit(f"{path.name} does not run. Mend this and run regenerate.py again:\n{error}")
    return changed


def list_known_notebooks() -> list[str]:
    from backcare_nb.command.trust import KNOWN_NOTEBOOK_DIGESTS_FILE, format_known_notebook_digests

    return write_changed(
        KNOWN_NOTEBOOK_DIGESTS_FILE,
        format_known_notebook_digests(ROOT.glob("notebooks/[0-9][0-9]_*.ipynb")),
    )


def name_lab_extension() -> list[str]:
    """Name the script of the extension by its digest: a browser may keep a name for a year."""
    (script,) = LAB_EXTENSION.glob("static/*.js")
    name = f"static/remoteEntry.{sha256(script.read_bytes()).hexdigest()[:16]}.js"
    script.rename(LAB_EXTENSION / name)
    package = json.loads((LAB_EXTENSION / "package.json").read_text(encoding="utf-8"))
    package["jupyterlab"]["_build"]["load"] = name
    return write_changed(LAB_EXTENSION / "package.json", json.dumps(package, indent=2) + "\n")


def draw_packages() -> list[str]:
    from tools import house

    return write_changed(house.PICTURE, house.draw_packages())


def take_screenshots() -> list[str]:
    """Take the README's pictures, and write those that look otherwise than before."""
    from tools import browser, screenshots

    if not browser.find_browser():
        print("    left out: they take Chromium, Chrome or Edge, and none is here")
        return []
    return [
        name
        for path, picture in screenshots.take_all()
        if not path.exists() or looks_different(path.read_bytes(), picture)
        for name in write_changed(path, picture)
    ]


def looks_different(before: bytes, after: bytes) -> bool:
    """Whether two PNG pictures differ by more than what a browser draws otherwise each time, such
    as a place between two pixels.
    """
    one, other = (Image.open(BytesIO(png)).convert("RGB").reduce(8) for png in (before, after))
    if one.size != other.size:
        return True
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean) > SAME_PICTURE


STEPS = (
    Step("solutions", CODE_AND_DATA, solve_postures),
    Step("schemas", (*CODE_AND_DATA, "data/schema/*.json"), write_schemas),
    Step("figures", CODE_AND_DATA, fill_figure_cache),
    Step("notebooks", (*CODE_AND_DATA, "notebooks/*.ipynb"), run_notebooks),
    Step("known notebooks", ("notebooks/*.ipynb", "lab/*.json"), list_known_notebooks),
    Step("lab extension", ("lab/labextensions/**/*.*",), name_lab_extension),
    Step(
        "picture of the packages", ("backcare_nb/**/*.*", "README.md", "docs/*.svg"), draw_packages
    ),
    Step(
        "README pictures", (*CODE_AND_DATA, "notebooks/02_*.ipynb", "docs/*.png"), take_screenshots
    ),
)

if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit(__doc__)
    try:
        regenerate(STEPS, ROOT, RECORD)
    except UserError as error:
        sys.exit(str(error))
