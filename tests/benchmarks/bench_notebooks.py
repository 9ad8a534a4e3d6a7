"""How long a learner waits: every notebook from its kernel being up to its last cell having run.

python tests/benchmarks/bench_notebooks.py           as on any day
python tests/benchmarks/bench_notebooks.py --first   as on the first day: no picture is drawn yet
python tests/benchmarks/bench_notebooks.py --open    in JupyterLab: how soon alive, how long a page

The limit is 3 s for each section. In JupyterLab every figure and player is alive 5 s after the
section's card was pressed; beside that stands the floor, a page with the same words and one print.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from backcare_nb.figures import disk_cache  # noqa: E402
from tools import browser as real  # noqa: E402

LIMIT = 3.0  # seconds
WIDTH, HEIGHT = 1280, 900  # of a window
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"
# A cell was run before it was saved too: what tells is that what it plays is there.
ALL_ALIVE = """() => jupyterapp.shell.currentWidget.content.widgets
    .filter((cell) => /\\b(section|exercise|play)\\(/.test(cell.model.sharedModel.source))
    .filter((cell) => cell.model.type === "code" && !cell.isHidden)
    .every((cell) => cell.node.querySelector(".bc-start"))"""
OPEN = "(path) => { jupyterapp.commands.execute('docmanager:open', { path }); }"
IS_OPEN = "(path) => jupyterapp.shell.currentWidget?.context?.path === path"
FLOOR = "floor.ipynb"


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
                shutil.rmtree(folder / disk_cache.drawing_inputs_digest(), ignore_errors=True)
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
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, window {WIDTH} x {HEIGHT}")
    print(f"{'notebook':24}{'floor':>8}{'first':>8}{'all alive':>11}{'ratio':>7}{'screens':>9}")
    with tempfile.TemporaryDirectory() as home, real.browser() as chromium:
        folder = Path(home, "notebooks")
        shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".*"))
        with real.lab(folder, run_on_open=True) as address:
            for path in sorted(folder.glob("0[1-5]_*.ipynb")):
                write_floor(path, folder / FLOOR)
                with real.new_page(chromium, viewport={"width": WIDTH, "height": HEIGHT}) as page:
                    real.open_notebook(page, address, "00_start_here.ipynb")
                    page.evaluate("() => { window.first = notebook; }")
                    page.wait_for_timeout(3000)  # to look at the first page
                    floor = measure_floor(page)
                    alive, ran, screens = measure_opening(page, path.stem)
                    page.evaluate("() => first.sessionContext.shutdown()")
                numbers = f"{floor:7.1f}s{alive:7.1f}s{ran:10.1f}s{ran / floor:7.1f}{screens:9.1f}"
                print(f"{path.stem:24}{numbers}", flush=True)


def write_floor(section: Path, path: Path) -> None:
    """Write a notebook with the words of a section, and one cell of code, which prints."""
    notebook = nbformat.read(section, as_version=4)
    words = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    notebook.cells = [*words, nbformat.v4.new_code_cell("print('alive')")]
    nbformat.write(notebook, path)


def measure_floor(page: Page) -> float:
    """The seconds from asking for the least notebook to its having printed."""
    begun = time.perf_counter()
    page.evaluate(OPEN, FLOOR)
    page.wait_for_function(IS_OPEN, arg=FLOOR)
    page.wait_for_function(real.NOTEBOOK_IS_READY)
    real.run_all(page)
    took = time.perf_counter() - begun
    real.shut_down(page)
    page.evaluate("() => { notebook.model.dirty = false; notebook.close(); }")
    page.wait_for_function(IS_OPEN, arg="00_start_here.ipynb")
    return took


def measure_opening(page: Page, section: str) -> tuple[float, float, float]:
    """The seconds from pressing a card to the first player and to all, and the page's screens."""
    begun = time.perf_counter()
    page.locator(f'.tile a[href*="{section}"]').click()
    page.locator(f"{SHOWN} .bc-start").first.wait_for()
    alive = time.perf_counter() - begun
    page.wait_for_function(real.NOTEBOOK_IS_READY)
    page.evaluate(real.SHOW_ALL)
    page.wait_for_function(ALL_ALIVE)
    ran = time.perf_counter() - begun
    page.wait_for_timeout(2000)  # for what is drawn only now
    screens = page.evaluate("() => notebook.content.outerNode.scrollHeight") / HEIGHT
    real.shut_down(page)
    return alive, ran, screens


if __name__ == "__main__":
    main()
