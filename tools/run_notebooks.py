"""Run the notebooks and write them back, with the same bytes on every run and machine.

    python tools/run_notebooks.py                 all of notebooks/
    python tools/run_notebooks.py a.ipynb ...     only these

What changes from run to run is settled: cells are named by what they say, and a widget is kept
as its picture or its words, since its view is of no use without the kernel that made it.
"""

import hashlib
import os
import re
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from backcare_nb.command.trust import KNOWN_NOTEBOOK_DIGESTS_FILE, format_known_notebook_digests  # noqa: E402

NOTEBOOKS = ROOT / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = ("jp-MarkdownHeadingCollapsed", "jupyter", "slideshow", "tags")
NONE = "nobody's exercises"  # the course, and nothing of whoever runs this
# What serves the whole notebook, or is shown in it already, is saved where it comes first; the
# small pictures of lists are not saved: their exercises have larger ones, here or elsewhere.
SAVED_ONCE = re.compile(
    r"(?<!'>)<style>[^<]*</style>\s*"  # of a page: a drawing has its own behind its first tag
    r'|<img alt="[^"]*" src="data:[^"]*" class="version">\s*'
)
NEVER_SAVED = re.compile(r'<img alt="[^"]*" src="data:[^"]*" class="thumbnail">\s*')
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def run(path: Path) -> str:
    """Run a notebook and return its text; nbclient's CellExecutionError if a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    nowhere = dict.fromkeys(("BACKCARE_EXERCISES", "BACKCARE_LESSONS"), str(path.parent / NONE))
    client.execute(env={**os.environ, **nowhere})
    settle(notebook)
    return nbformat.writes(notebook) + "\n"


def settle(notebook: NotebookNode) -> None:
    """Take out of a notebook whatever differs between two runs."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat_minor = 5
    seen: Counter[str] = Counter()
    saved: set[str] = set()
    for cell in notebook.cells:
        cell.id = _name(cell.source, seen)
        kept = {key: cell.metadata[key] for key in CELL_METADATA if key in cell.metadata}
        cell.metadata = nbformat.from_dict(kept)
        for data in (output.get("data", {}) for output in cell.get("outputs", [])):
            data.pop(WIDGET_VIEW, None)
            if "text/html" in data:
                data["text/html"] = SAVED_ONCE.sub(
                    partial(_once, saved), NEVER_SAVED.sub("", data["text/html"])
                )


def _once(saved: set[str], found: re.Match[str]) -> str:
    """What was found, unless the notebook has it above."""
    if found[0] in saved:
        return ""
    saved.add(found[0])
    return found[0]


def _name(source: str, seen: Counter[str]) -> str:
    """A cell's id: from its own words, so that a new cell renames no other."""
    name = hashlib.sha256(source.encode()).hexdigest()[:8]
    seen[name] += 1
    return name if seen[name] == 1 else f"{name}-{seen[name]}"


if __name__ == "__main__":
    chosen = [Path(name) for name in sys.argv[1:]]
    for path in chosen or sorted(NOTEBOOKS.glob("*.ipynb")):
        print(path.name, flush=True)
        path.write_text(run(path), encoding="utf-8")
    KNOWN_NOTEBOOK_DIGESTS_FILE.write_text(
        format_known_notebook_digests(NOTEBOOKS.glob("*.ipynb")), encoding="utf-8"
    )
