"""How long a learner waits: every notebook from its kernel being up to its last cell having run.

python tests/benchmarks/bench_notebooks.py           as on any day
python tests/benchmarks/bench_notebooks.py --first   as on the first day: no picture is drawn yet

The limit is 3 s for each section.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from backcare_nb.figures import disk_cache  # noqa: E402

LIMIT = 3.0  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", action="store_true", help="draw every picture anew")
    first = parser.parse_args().first
    print(f"{'notebook':28}{'cells':>6}{'kernel':>9}{'run all':>9}   limit {LIMIT:g} s")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        if first:
            for folder in (disk_cache.FOLDER, disk_cache.SHARED):
                shutil.rmtree(folder / disk_cache.digest(), ignore_errors=True)
        cells, up, ran = measure(path)
        mark = "" if ran <= LIMIT else "   above"
        print(f"{path.stem:28}{cells:6}{up:8.2f}s{ran:8.2f}s{mark}", flush=True)


def measure(path: Path) -> tuple[int, float, float]:
    """The number of code cells, and the seconds until the kernel was up and for all cells."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    begun = time.perf_counter()
    with client.setup_kernel():
        client.wait_for_reply(client.kc.kernel_info())
        up = time.perf_counter()
        code = [(n, c) for n, c in enumerate(notebook.cells) if c.cell_type == "code"]
        for number, cell in code:
            client.execute_cell(cell, number)
        return len(code), up - begun, time.perf_counter() - up


if __name__ == "__main__":
    main()
