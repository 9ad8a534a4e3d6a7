"""Sign the course's notebooks for Jupyter, so that their figures show and their cells may run.

A notebook is the course's own if the words of its cells are: a digest of them is in
lab/course_notebooks.json, written by tools/run_notebooks.py.
"""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary

from backcare_nb.course import DATA_FOLDER

KNOWN_NOTEBOOK_DIGESTS_FILE = DATA_FOLDER.parent / "lab" / "course_notebooks.json"


def sign_course_notebooks(folder: Path) -> None:
    """Sign those in a folder that say what the course wrote; others are left as they are."""
    known = set(json.loads(KNOWN_NOTEBOOK_DIGESTS_FILE.read_text(encoding="utf-8")).values())
    notary = NotebookNotary()
    for path in folder.glob("[0-9][0-9]_*.ipynb"):
        with suppress(OSError, ValueError):
            notebook = nbformat.read(path, as_version=4)
            if cells_digest(notebook) in known:
                notary.sign(notebook)


def cells_digest(notebook: NotebookNode) -> str:
    """The digest of the kinds and words of a notebook's cells, whatever their outputs are."""
    words = [[cell.cell_type, cell.source] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def format_known_notebook_digests(paths: Iterable[Path]) -> str:
    """The text of lab/course_notebooks.json, with these notebooks as those of the course."""
    digests = {path.name: cells_digest(nbformat.read(path, as_version=4)) for path in paths}
    return json.dumps(dict(sorted(digests.items())), indent=1) + "\n"
