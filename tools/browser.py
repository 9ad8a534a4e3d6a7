"""A real browser and a real JupyterLab, for the tests and for taking pictures.

    with browser() as chromium, lab(folder) as address, new_page(chromium) as page:
        open_notebook(page, address, "01_relax_the_back.ipynb")
        run_all(page)

The browser is the system's own. A page keeps to this machine: what it asks of any other host
is an error. Whatever is started here is ended here.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
from playwright.sync_api import Browser, Error, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds, for a slow machine; nothing waits longer than it has to

ON_PATH = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
ON_MAC = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
ON_WINDOWS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# As the command does, which leaves out what takes most of a start.
START_LAB = """import sys
from backcare_nb.command.cli import run_module_in_process
run_module_in_process("jupyterlab", sys.argv[1:])"""

NOTEBOOK_IS_READY = """() => {
    const notebook = window.jupyterapp?.shell.currentWidget, kernel = notebook?.sessionContext;
    if (!notebook?.context?.isReady || !kernel?.isReady) return false;
    if (kernel.session?.kernel?.status !== "idle") return false;
    window.notebook = notebook;
    return true;
}"""
OPEN_IN_LAB = """async (path) => {
    for (const widget of [...jupyterapp.shell.widgets("main")]) widget.dispose();
    window.notebook = undefined;
    await jupyterapp.commands.execute("docmanager:open", { path });
}"""
# JupyterLab takes away what is scrolled out of sight, unless it is told not to.
SHOW_ALL = """() => {
    const { content } = window.notebook;
    content.notebookConfig = { ...content.notebookConfig, windowingMode: "none" };
}"""
START_ALL = """() => {
    window.allRan = false;
    jupyterapp.commands.execute("notebook:run-all-cells").then(() => { window.allRan = true; });
}"""
ERRORS = """() => notebook.content.model.toJSON().cells
    .flatMap(cell => cell.outputs ?? [])
    .filter(output => output.output_type === "error")
    .map(output => `${output.ename}: ${output.evalue}`)"""


def find_browser() -> str | None:
    """The path of a Chromium, Chrome or Edge on this machine, or None."""
    for name in ON_PATH:
        if found := shutil.which(name):
            return found
    places = [Path("/Applications", name) for name in ON_MAC]
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if folder := os.environ.get(variable):
            places += [Path(folder, name) for name in ON_WINDOWS]
    return next((str(place) for place in places if place.exists()), None)


@contextmanager
def browser(*flags: str, **options: object) -> Iterator[Browser]:
    """The system's browser without a window, with further flags and Playwright's launch options.

    FileNotFoundError where there is none.
    """
    path = find_browser()
    if path is None:
        raise FileNotFoundError("no Chromium, Chrome or Edge on this machine: install one")
    with sync_playwright() as playwright:
        chosen = {"executable_path": path, "args": [*FLAGS, *flags]} | options
        running = playwright.chromium.launch(**chosen)
        try:
            yield running
        finally:
            running.close()


@contextmanager
def new_page(running: Browser, **options: object) -> Iterator[Page]:
    """A fresh page, with Playwright's context options.

    AssertionError where it asked another machine, or where a script of ours threw.
    """
    context = running.new_context(**options)
    elsewhere: list[str] = []
    thrown: list[str] = []
    context.on("weberror", lambda found: thrown.extend(_thrown_by_us(found.error)))
    context.on("request", lambda request: elsewhere.extend(_beyond_this_machine(request.url)))
    sockets = ("websocket", lambda socket: elsewhere.extend(_beyond_this_machine(socket.url)))
    context.on("page", lambda page: page.on(*sockets))
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    try:
        yield page
    finally:
        context.close()
    assert not elsewhere, f"the page asked another machine for {elsewhere}"
    assert not thrown, "\n".join(thrown)


def _thrown_by_us(error: Error) -> list[str]:
    """The stack of an error, unless a file of Jupyter's own threw it, as some do on closing."""
    stack = error.stack or str(error)
    innermost = next((line for line in stack.splitlines() if line.lstrip().startswith("at ")), "")
    theirs = "/static/" in innermost and "/extensions/" not in innermost
    # What was asked of a kernel that was killed, and a widget whose page was left as it began.
    is_given_up = "Canceled future" in stack or "AbortSignal" in innermost
    return [] if theirs or is_given_up else [stack]


def _beyond_this_machine(url: str) -> list[str]:
    parts = urlsplit(url)
    local = parts.scheme not in ("http", "https", "ws", "wss") or parts.hostname in (
        "127.0.0.1",
        "localhost",
    )
    return [] if local else [url]


@contextmanager
def lab(folder: Path, run_on_open: bool = False, token: str = "") -> Iterator[str]:
    """The address of a JupyterLab on a folder, as for a learner who never ran one before.

    The course's notebooks run as they open for a learner; here only if they shall.
    """
    with tempfile.TemporaryDirectory(prefix="learner ") as home:
        settings = Path(home, "config", "lab", "user-settings", "backcare-run-on-open")
        settings.mkdir(parents=True)
        chosen = json.dumps({"runOnOpen": run_on_open})
        (settings / "plugin.jupyterlab-settings").write_text(chosen, encoding="utf-8")
        server = subprocess.Popen(
            _lab_command(folder, token),
            cwd=folder,
            env=_fresh_surroundings(home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield _address(server, Path(home, "runtime"))
        finally:
            end(server)


def _lab_command(folder: Path, token: str) -> list[str]:
    return [
        *(sys.executable, "-c", START_LAB, "--no-browser"),
        f"--config={ROOT / 'lab' / 'settings.py'}",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",
        f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True",
    ]


def _fresh_surroundings(home: str) -> dict[str, str]:
    # Lessons in hand are kept beside the notebooks: what one learner ticks no other one has.
    left = ("JUPYTER", "BACKCARE_LESSONS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left)}
    return kept | {
        "HOME": home,
        "USERPROFILE": home,
        "JUPYTER_CONFIG_DIR": str(Path(home, "config")),
        "JUPYTER_DATA_DIR": str(Path(home, "data")),
        "JUPYTER_RUNTIME_DIR": str(Path(home, "runtime")),
        "IPYTHONDIR": str(Path(home, "ipython")),
        # Figures are drawn once, not once for each learner.
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        "PYTHONPATH": str(ROOT),
    }


def _address(server: subprocess.Popen, runtime: Path) -> str:
    """Where the server listens, once it does; RuntimeError if it ends or is silent."""
    note = runtime / f"jpserver-{server.pid}.json"
    for _ in range(PATIENCE * 20):
        if note.exists() and (text := note.read_text(encoding="utf-8")).endswith("}"):
            noted = json.loads(text)  # before the server listens
            with suppress(OSError), socket.create_connection(("127.0.0.1", noted["port"]), 1):
                return noted["url"].replace("localhost", "127.0.0.1").rstrip("/")
        if server.poll() is not None:
            raise RuntimeError(f"JupyterLab ended with exit code {server.returncode}")
        time.sleep(0.05)
    raise RuntimeError(f"JupyterLab did not start within {PATIENCE} s")


def end(process: subprocess.Popen) -> None:
    """End a process that was started here, and wait until it is gone."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def write_notebook(path: Path, sources: Iterable[str]) -> None:
    """Write a notebook of these cells of code, none of them run."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


def open_notebook(page: Page, address: str, name: str) -> Page:
    """Open a notebook in JupyterLab, and wait until its kernel is ready for work.

    The page then holds it as ``window.notebook`` (its panel) beside ``window.jupyterapp``. Where
    it is in JupyterLab already, it stays, since that takes seconds to load, and closes the rest.
    """
    is_there = page.evaluate("location.href").startswith(f"{address}/lab/")
    if not is_there:
        page.goto(f"{address}/lab/tree/{name}?reset")
    # A second tab is sent on to a workspace of its own meanwhile: waiting outlasts that.
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)")
    if is_there:
        page.evaluate(OPEN_IN_LAB, name)
    page.wait_for_function(NOTEBOOK_IS_READY)
    return page


def run_all(page: Page) -> Page:
    """Run all cells of the open notebook and wait for the last; AssertionError if one fails."""
    page.evaluate(START_ALL)
    page.wait_for_function("() => window.allRan")
    errors = page.evaluate(ERRORS)
    assert not errors, f"cells failed: {errors}"
    return page


def shut_down(page: Page) -> None:
    """End the kernel of the open notebook."""
    page.evaluate("() => notebook.sessionContext.shutdown()")
