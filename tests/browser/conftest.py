"""Fixtures for tests in a real browser.

``page``           a fresh page, whose scripts may throw nothing
``folder``         the folder of the module's own NOTEBOOKS in JupyterLab
``own_page``       a page with the first of these notebooks
``copy_notebooks`` a function: copies the notebooks of the course into a folder of their own
``learners_lab``   the address of a JupyterLab where notebooks run as they open
``lab_page``       a function: opens a notebook by its path in JupyterLab, its kernel ready
``somebodys_page`` a page for JupyterLab, of which the browser remembers nothing
``show``           a function: opens a page made of HTML, with what the browser is given beside it
``player``         a function: opens a page with the player of a session

Without a browser the tests are skipped; with BACKCARE_BROWSER=required they fail.
"""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.needs import need
from tests.browser.stage import Player, player_html, serve, write_site
from tools import browser as real

# Chromium without all that a window takes: the same pages for half the work.
SHELL = shutil.which("chromium-headless-shell")
DESK = {"width": 1280, "height": 900}
PAGES = itertools.count()
expect.set_options(timeout=1000 * real.PATIENCE)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's browser, running without a window; what Debian has for that, if it is there."""
    need(real.find_browser(), "Chromium, Chrome or Edge")
    with real.browser(**({"executable_path": SHELL} if SHELL else {})) as running:
        yield running


@pytest.fixture(scope="session")
def whole_chromium(chromium: Browser) -> Iterator[Browser]:
    """The same with what a window takes: a full screen of any size, and a screen kept on."""
    path = real.find_browser()
    with chromium.browser_type.launch(executable_path=path, args=real.FLAGS) as running:
        yield running


@pytest.fixture(scope="session")
def copy_notebooks(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Copies the notebooks of the course, as they came, into a folder of their own."""
    need(real.find_browser(), "Chromium, Chrome or Edge")
    hidden = shutil.ignore_patterns(".*", "*.sqlite")

    def copy() -> Path:
        folder = tmp_path_factory.mktemp("a path with spaces") / "notebooks"
        return Path(shutil.copytree(real.ROOT / "notebooks", folder, ignore=hidden))

    return copy


@pytest.fixture(scope="session")
def lab_root(copy_notebooks: Callable[[], Path]) -> Iterator[tuple[Path, str]]:
    """A folder with the notebooks of the course, and the address of a JupyterLab on it."""
    folder = copy_notebooks()
    with real.lab(folder) as address:
        yield folder, address


@pytest.fixture(scope="session")
def learners_folder(copy_notebooks: Callable[[], Path]) -> Path:
    """A folder with the notebooks of the course, where nobody has practised."""
    return copy_notebooks()


@pytest.fixture(scope="session")
def learners_lab(learners_folder: Path) -> Iterator[str]:
    """The address of a JupyterLab on it where notebooks run as they open."""
    with real.lab(learners_folder, run_on_open=True) as address:
        yield address


@pytest.fixture(scope="session")
def lab_address(lab_root: tuple[Path, str]) -> str:
    """The address of a JupyterLab on the notebooks of the course."""
    return lab_root[1]


@pytest.fixture(scope="module")
def folder(lab_root: tuple[Path, str], request: pytest.FixtureRequest) -> Path:
    """A folder in it for the NOTEBOOKS of a module of tests: the code of their cells, by name."""
    folder = lab_root[0] / request.module.__name__.rpartition(".")[2]
    folder.mkdir()
    for name, cells in request.module.NOTEBOOKS.items():
        real.write_notebook(folder / f"{name}.ipynb", cells)
    return folder


@pytest.fixture(scope="session")
def learners_browser(chromium: Browser) -> Iterator[BrowserContext]:
    """What pages in JupyterLab share: its scripts, which a fresh browser reads for seconds."""
    with real.new_page(chromium, viewport=DESK) as page:
        yield page.context


@pytest.fixture
def somebodys_page(learners_browser: BrowserContext) -> Iterator[Page]:
    """A page for JupyterLab, of which the browser remembers nothing."""
    page = learners_browser.new_page()
    page.set_viewport_size({"width": 1366, "height": 768})
    page.set_default_timeout(1000 * real.PATIENCE)
    yield page
    page.evaluate("localStorage.clear()")
    page.close()


@pytest.fixture(scope="session")
def lab_tab(learners_browser: BrowserContext) -> Page:
    """The one page for all notebooks in JupyterLab, which takes seconds to load."""
    page = learners_browser.new_page()
    page.set_default_timeout(real.PATIENCE * 1000)
    return page


@pytest.fixture(scope="module")
def lab_page(lab_tab: Page, lab_address: str) -> Iterator[Callable[[str], Page]]:
    """Opens a notebook by its path; its kernel and what the browser stored end with the module."""

    def shut_down() -> None:
        if lab_tab.evaluate("Boolean(window.notebook)"):
            real.shut_down(lab_tab)

    def open_one(path: str) -> Page:
        if lab_tab.evaluate("window.notebook?.context.path") != path:
            shut_down()
            real.open_notebook(lab_tab, lab_address, path)
        return lab_tab

    yield open_one
    shut_down()
    lab_tab.evaluate("() => { window.notebook = undefined; localStorage.clear(); }")
    lab_tab.set_viewport_size(DESK)
    if lab_tab.locator(".jp-Dialog").count():  # which a failed test has left
        lab_tab.goto("about:blank")


@pytest.fixture
def own_page(lab_page: Callable[[str], Page], folder: Path, request: pytest.FixtureRequest) -> Page:
    """A page with the first of these notebooks."""
    return lab_page(f"{folder.name}/{next(iter(request.module.NOTEBOOKS))}.ipynb")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page; its test fails where it asks another machine or one of its scripts throws."""
    with real.new_page(chromium, viewport=DESK, permissions=["screen-wake-lock"]) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with what the browser is given, and the address at which it is served."""
    folder = tmp_path_factory.mktemp("site")
    write_site(folder)
    with serve(folder) as address:
        yield folder, address


@pytest.fixture
def show(page: Page, site: tuple[Path, str]) -> Callable[[str], Page]:
    """Opens a page of HTML beside the scripts and styles, once its scripts have run."""

    def open_one(html: str) -> Page:
        folder, address = site
        number = next(PAGES)
        (folder / f"{number}.html").write_text(html, encoding="utf-8")
        page.goto(f"{address}/{number}.html")
        return page

    return open_one


@pytest.fixture
def player(page: Page, show: Callable[[str], Page]) -> Callable[..., Player]:
    """Opens a session in the player, after a script that changes the browser for it."""

    def open_one(session, script="", **options) -> Player:
        page.add_init_script(script)
        show(player_html(session, **options))
        page.wait_for_function("window.ready")
        return Player(page)

    return open_one
