"""The notebooks that run in the browser alone, from a folder that was written beforehand.

Writing it needs the network: python3 start.py lite FOLDER, then BACKCARE_LITE=FOLDER.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.browser.stage import serve
from tools import browser as real

FOLDER = os.environ.get("BACKCARE_LITE", "")
SECTION = "01_relax_the_back.ipynb"
WINDOW = {"width": 1366, "height": 768}
PATIENCE_MS = 180_000  # a Python that starts in a browser, on a machine with much else to do
# Runs the cells of notebooks with no numpy and no matplotlib, as a browser has none.
RUN_CELLS = """
import json, sys
sys.modules.update(numpy=None, matplotlib=None)
for path in sys.argv[1:]:
    names = {}
    for cell in json.load(open(path, encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
"""

pytestmark = pytest.mark.skipif(not FOLDER, reason="BACKCARE_LITE names no folder")


def test_section_lesson_and_journal_notebooks_run_from_the_jupyterlite_wheel_without_numpy(
    tmp_path,
):
    folder = Path(FOLDER)
    (wheel,) = folder.glob("static/pyodide/backcare_nb-*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(tmp_path)
    sections = sorted(folder.glob("files/0[0-7]_*.ipynb"))
    assert sections
    command = [sys.executable, "-P", "-c", RUN_CELLS, *map(str, sections)]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_jupyterlite_section_shows_its_player_as_it_opens_and_plays_without_another_host(
    chromium,
):
    # Whatever is asked of another host is an error of the page.
    with serve(Path(FOLDER)) as address, real.new_page(chromium, viewport=WINDOW) as page:
        page.goto(f"{address}/lab/index.html?path={SECTION}")
        start = page.locator(".bc-start").first
        start.wait_for(timeout=PATIENCE_MS)
        start.click()
        page.wait_for_selector("[data-status=running]")
        page.locator("[data-status=running] .bc-card svg").first.wait_for(state="attached")
        digits = page.locator("[data-status=running] .bc-digits")
        before = digits.inner_text()
        page.wait_for_function(
            "([node, before]) => node.innerText !== before", arg=[digits.element_handle(), before]
        )


def test_a_journal_is_kept_in_the_browser_and_is_there_at_the_next_visit(chromium):
    with serve(Path(FOLDER)) as address, real.new_page(chromium, viewport=WINDOW) as page:
        page.goto(f"{address}/lab/index.html?path=07_my_practice.ipynb")
        page.get_by_role("button", name="Yes, keep a journal").click(timeout=PATIENCE_MS)
        kept = page.get_by_text("There is nothing to show yet.")
        kept.wait_for(timeout=PATIENCE_MS)
        page.reload()
        kept.wait_for(timeout=PATIENCE_MS)


def test_a_jupyterlite_notebook_says_in_a_sentence_what_its_browser_python_lacks(chromium):
    with serve(Path(FOLDER)) as address, real.new_page(chromium, viewport=WINDOW) as page:
        page.goto(f"{address}/lab/index.html?path=08_add_an_exercise.ipynb")
        page.get_by_text("the Python of a browser has only").first.wait_for(timeout=PATIENCE_MS)
