"""Take the README's pictures: the notebooks as a learner meets them, in a real JupyterLab.

python tools/screenshots.py            all of them, into docs/
python tools/screenshots.py session    only this one
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Locator, Page

from tools.browser import ROOT, browser, lab, new_page, open_notebook, run_all, shut_down

NOTEBOOK = "02_rotate_the_back.ipynb"
WINDOW = {"width": 1180, "height": 1000}
# JupyterLab takes away what is scrolled out of sight; a picture needs it to stay.
WHOLE = """() => {
    const { content } = window.notebook;
    content.notebookConfig = { ...content.notebookConfig, windowingMode: "none" };
    jupyterapp.shell.collapseLeft();
}"""
# A voice, as most learners have one; where there is none the player says so.
VOICE = """() => {
    const speech = new EventTarget();
    speech.getVoices = () => [{ lang: "en-GB", name: "A voice", localService: true }];
    speech.speak = (words) => setTimeout(() => words.onstart?.());
    speech.cancel = speech.resume = () => {};
    Object.defineProperty(window, "speechSynthesis", { value: speech });
    window.SpeechSynthesisUtterance = class {};
}"""
# The same pixels each time: not between two of them.
ALIGN = """(node) => {
    const { x, y } = node.getBoundingClientRect();
    node.style.transform = `translate(${Math.round(x) - x}px, ${Math.round(y) - y}px)`;
}"""
CELL = """(words) => {
    const cells = notebook.content.widgets;
    const cell = cells.find((cell) => cell.model.sharedModel.source.includes(words));
    notebook.content.activeCellIndex = 0;
    cell.node.scrollIntoView({ block: "start" });
}"""


def knee_rolls(page: Page) -> bytes:
    """An exercise of the course: who should take care, what plays it, and its figures."""
    page.locator(".backcare-guide.folds summary").first.click()
    page.evaluate(CELL, 'exercise("knee_rolls")')
    page.wait_for_timeout(500)
    return page.screenshot()


def adjustable(page: Page) -> bytes:
    """The adjustable figure, halfway to the floor."""
    figure = page.locator(".backcare-explore").first
    slider = figure.get_by_role("slider").first
    slider.focus()
    for _ in range(50):
        slider.press("ArrowRight")
    slider.blur()
    figure.evaluate(ALIGN)
    return figure.screenshot()


def session(page: Page) -> bytes:
    """A whole section in its first hold."""
    player = _hold(page)
    player.evaluate(ALIGN)
    picture = player.screenshot()
    player.get_by_role("button", name="Menu").click()
    player.get_by_role("button", name="Stop").click()
    return picture


def class_mode(page: Page) -> bytes:
    """The same as a class sees it."""
    player = _hold(page)
    player.get_by_role("button", name="Large").click()
    page.wait_for_timeout(500)
    picture = page.screenshot()
    page.keyboard.press("Escape")
    return picture


def _hold(page: Page) -> Locator:
    """The player of the whole section, a little after its first hold has begun."""
    player = page.locator(".backcare-player").first
    player.scroll_into_view_if_needed()
    player.get_by_role("button", name="Start", exact=True).click()
    while "Hold" not in player.locator(".bc-kind").inner_text():
        player.get_by_role("button", name="Next").click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(2000)
    return player


PICTURES: dict[str, Callable[[Page], bytes]] = {
    make.__name__: make for make in (knee_rolls, adjustable, session, class_mode)
}


def take_all(wanted: Iterable[str] = PICTURES) -> Iterator[tuple[Path, bytes]]:
    """The file of each picture, and the picture as PNG, taken in a JupyterLab of its own."""
    with tempfile.TemporaryDirectory(prefix="learner ") as home:
        folder = Path(home, "notebooks")
        shutil.copytree(ROOT / "notebooks", folder)
        with browser() as chromium, lab(folder) as address:
            for name in wanted:
                with new_page(chromium, viewport=WINDOW) as page:
                    page.add_init_script(f"({VOICE})()")
                    picture = take(open_notebook(page, address, NOTEBOOK), name)
                yield ROOT / "docs" / f"{name}.png", picture


def take(page: Page, name: str) -> bytes:
    """Run the open notebook, and take one picture of it."""
    page.evaluate(WHOLE)
    run_all(page)
    page.wait_for_selector(".backcare-player .bc-start")
    picture = PICTURES[name](page)
    shut_down(page)
    return picture


if __name__ == "__main__":
    for path, picture in take_all(sys.argv[1:] or PICTURES):
        path.write_bytes(picture)
        print(f"{path.relative_to(ROOT)}  {len(picture) // 1000} kB", flush=True)
