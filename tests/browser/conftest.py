"""Fixtures for tests in a real browser.

``page``           a fresh page
``address``        the address of a JupyterLab on the module's own fixture ``folder``
``lab_page``       a function: opens a notebook of the course in JupyterLab, its kernel ready
``show``           a function: serves a page made of HTML, with files beside it, and opens it

Without a browser the tests are skipped; with BACKCARE_BROWSER=required they fail.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.needs import need
from tools import browser as real


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's browser, running without a window."""
    need(real.find_browser(), "Chromium, Chrome or Edge")
    with real.browser() as running:
        yield running


@pytest.fixture(scope="session")
def lab_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab on a copy of the notebooks, in a path with spaces."""
    folder = tmp_path_factory.mktemp("a path with spaces") / "notebooks"
    shutil.copytree(real.ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".*"))
    with real.lab(folder) as address:
        yield address


@pytest.fixture(scope="module")
def address(chromium: Browser, folder: Path) -> Iterator[str]:
    """The address of a JupyterLab on the notebooks that a module of tests has written."""
    with real.lab(folder) as address:
        yield address


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page. It fails its test if it asks another machine for anything."""
    with real.new_page(chromium, viewport={"width": 1280, "height": 900}) as fresh:
        yield fresh


@pytest.fixture
def lab_page(page: Page, lab_address: str) -> Iterator[Callable[[str], Page]]:
    """Opens a notebook by name and returns its page; its kernel ends with the test."""
    opened = []

    def open_one(name: str) -> Page:
        opened.append(real.open_notebook(page, lab_address, name))
        return page

    yield open_one
    if opened:
        real.shut_down(page)


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def show(page: Page, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a page of HTML with files or folders beside it: show("<p>..", Path("player.js"))."""
    site = tmp_path / "site"
    site.mkdir()
    handler = partial(_QuietHandler, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def open_one(html: str, *files: Path) -> Page:
            (site / "index.html").write_text(html, encoding="utf-8")
            for file in files:
                if file.is_dir():
                    shutil.copytree(file, site / file.name, dirs_exist_ok=True)
                else:
                    shutil.copy(file, site)
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            return page

        yield open_one
        server.shutdown()
