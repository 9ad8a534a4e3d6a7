"""How long a learner waits: every notebook from its kernel being up to its last cell having run.

python tests/benchmarks/bench_notebooks.py           as on any day
python tests/benchmarks/bench_notebooks.py --first   as on the first day: no picture is drawn yet
python tests/benchmarks/bench_notebooks.py --open    in JupyterLab: how soon alive, how long a page

The limit is 3 s for each section; alive in JupyterLab is 5 s after its card was pressed.
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
from tools import browser as real  # noqa: E402

LIMIT = 3.0  # seconds
WIDTH, HEIGHT = 1280, 900  # of a window
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"
# A cell was run before it was saved too: what tells is that what it plays is there.
ALL_ALIVE = """() => jupyterapp.shell.currentWidget.content.widgets
    .filter((cell) => /\\b(session|exercise|play)\\(/.test(cell.model.sharedModel.source))
    .every((cell) => cell.model.type !== "code" || cell.node.querySelector(".bc-start"))"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", action="store_true", help="draw every picture anew")
    parser.add_argument("--open", action="store_true", help="open each in JupyterLab")
    asked = parser.parse_args()
    if asked.open:
        return open_all()
    first = asked.first
    print(f"{'notebook':28}{'cells':>6}{'kernel':>9}{'run all':>9}   limit {LIMIT:g} s")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        if first:
            for folder in (disk_cache.FOLDER, disk_cache.SHARED_CACHE_FOLDER):
                shutil.rmtree(folder / disk_cache.drawing_code_digest(), ignore_errors=True)
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


def open_all() -> None:
    """Press each card of the first page in a fresh JupyterLab, as a learner who just came."""
    print(f"{'notebook':28}{'alive':>8}{'all':>9}{'screens':>9}   of {WIDTH} x {HEIGHT}")
    sections = sorted((ROOT / "notebooks").glob("0[1-5]_*.ipynb"))
    with real.browser() as chromium, real.lab(ROOT / "notebooks", run_on_open=True) as address:
        for path in sections:
            with real.new_page(chromium, viewport={"width": WIDTH, "height": HEIGHT}) as page:
                real.open_notebook(page, address, "00_start_here.ipynb")
                page.evaluate("() => { window.first = notebook; }")
                page.wait_for_timeout(3000)  # to look at the first page
                begun = time.perf_counter()
                page.locator(f'.tile a[href*="{path.stem}"]').click()
                page.locator(f"{SHOWN} .bc-start").first.wait_for()
                alive = time.perf_counter() - begun
                page.wait_for_function(real.NOTEBOOK_IS_READY)
                page.evaluate(real.SHOW_ALL)
                page.wait_for_function(ALL_ALIVE)
                ran = time.perf_counter() - begun
                page.wait_for_timeout(2000)  # for what is drawn only now
                screens = page.evaluate("() => notebook.content.outerNode.scrollHeight") / HEIGHT
                print(f"{path.stem:28}{alive:7.1f}s{ran:8.1f}s{screens:9.1f}", flush=True)
                real.shut_down(page)
                page.evaluate("() => first.sessionContext.shutdown()")


if __name__ == "__main__":
    main()
