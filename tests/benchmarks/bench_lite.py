"""What notebooks with nothing installed cost a learner: megabytes and seconds to a living player.

    python3 start.py lite FOLDER
    python tests/benchmarks/bench_lite.py FOLDER
    python tests/benchmarks/bench_lite.py FOLDER --learners 200     a class that comes at once
    python tests/benchmarks/bench_lite.py SITE --open "01_relax_the_back.html#the-whole"    the site

From a plain server of this machine, in the system's browser, which asks no other host. Megabytes
are those of all that the server sends, as it is, and as a server would send it that packs. Seconds
of processors are those of the browser, and hang little on what else the machine does, as does how
the time compares with that of a bare kernel. Learners who
come at once ask Python's own plain server for what the first visit was sent, each by itself and on
a connection of its own.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import psutil
from playwright.sync_api import BrowserContext, Route

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools import browser  # noqa: E402

SECTION = "lab/index.html?path=01_relax_the_back.ipynb"
GOALS = {"first": (30, 25), "second": (5, 0)}  # seconds, megabytes
PATIENCE_MS = 300_000
MADE_BY_KERNEL = ".bc-version [value=source]"  # what was saved has only the easier version
OF_THE_COURSE = ("backcare-nb", "pydantic", "pydantic-core", "pyyaml", "segno", "anywidget")
ADD = """async () => {
    const kernel = await jupyterapp.serviceManager.kernels.startNew({ name: "python" });
    await kernel.requestExecute({ code: "1 + 1" }).done;
}"""


class CountingHandler(SimpleHTTPRequestHandler):
    """Serves a folder, and notes which of its files were sent whole."""

    sent: list[Path] = []  # noqa: RUF012

    def send_response(self, code: int, message: str | None = None) -> None:
        if code == 200:
            self.sent.append(Path(self.translate_path(self.path)))
        super().send_response(code, message)

    def log_message(self, *_: object) -> None:
        pass


class Processors:
    """What the browser, and all that it started, takes of the processors from now on."""

    def __init__(self) -> None:
        self._before = self._read()

    @staticmethod
    def _read() -> dict[int, float]:
        children = psutil.Process().children(recursive=True)
        return {each.pid: sum(each.cpu_times()[:2]) for each in children}

    @property
    def seconds(self) -> float:
        return sum(taken - self._before.get(pid, 0) for pid, taken in self._read().items())


def come_at_once(folder: str, asked: list[str], learners: int) -> None:
    """Print what it takes until all of them were sent what one visit asks for."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    command += ["--protocol", "HTTP/1.1", "--directory", folder]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **streams) as server:
        port = server.stdout.readline().split()[5].decode()

        def visit(_: int) -> tuple[float, int]:
            begun, sent = time.perf_counter(), 0
            with closing(HTTPConnection("127.0.0.1", int(port), timeout=600)) as connection:
                for path in asked:
                    connection.request("GET", f"/{quote(path)}")
                    sent += len(connection.getresponse().read())
            return time.perf_counter() - begun, sent

        begun = time.perf_counter()
        with ThreadPoolExecutor(learners) as pool:
            visits = sorted(pool.map(visit, range(learners)))
        took, sent = time.perf_counter() - begun, sum(size for _, size in visits)
        server.terminate()
    requests, megabytes = len(asked), sent / learners / 1e6
    print(
        f"{learners} at once, each {requests} requests and {megabytes:.1f} MB: half of them"
        f" after {visits[learners // 2][0]:.1f} s, all after {took:.1f} s;"
        f" {learners * requests / took:.0f} requests and {sent / took / 1e6:.0f} MB a second"
    )


def show_app(route: Route) -> None:
    """Let a page hold JupyterLite as ``jupyterapp``, and bring its kernel nothing of the course."""
    settings = route.fetch().json()
    config = settings["jupyter-config-data"]
    config["exposeAppInBrowser"] = True
    for kernel in config.get("litePluginSettings", {}).values():
        if options := kernel.get("loadPyodideOptions"):
            options["packages"] = [p for p in options["packages"] if p not in OF_THE_COURSE]
    route.fulfill(json=settings)


def time_bare_kernel(context: BrowserContext, address: str) -> tuple[float, float]:
    """Seconds until a kernel with nothing of the course has added 1 and 1, and of processors.

    The context is one whose requests no worker answers.
    """
    page = context.new_page()
    page.route("**/jupyter-lite.json*", show_app)
    begun, busy = time.perf_counter(), Processors()
    page.goto(address.partition("?")[0])
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)")
    page.evaluate(ADD)
    taken = time.perf_counter() - begun, busy.seconds
    page.close()
    return taken


def main(folder: str, opened: str, learners: int) -> None:
    handler = partial(CountingHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, browser.browser() as chromium:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/{opened}"
        context = chromium.new_context(viewport={"width": 1366, "height": 768})
        context.set_default_timeout(PATIENCE_MS)
        is_lite = opened.startswith("lab/")
        for visit, (seconds, megabytes) in GOALS.items():
            CountingHandler.sent.clear()
            page = context.new_page()
            begun, busy = time.perf_counter(), Processors()
            page.goto(address)
            page.locator(".bc-start").first.wait_for()
            took, alive = time.perf_counter() - begun, busy.seconds
            print(
                f"{visit} visit: a living player after {took:.1f} s (goal {seconds}), of"
                f" {alive:.1f} s of processors"
            )
            if is_lite:
                page.locator(MADE_BY_KERNEL).first.wait_for(state="attached")
                kernel, all_busy = time.perf_counter() - begun, busy.seconds
                print(f"  Python's own after {kernel:.1f} s, of {all_busy:.1f} s of processors")
            contents = [path.read_bytes() for path in CountingHandler.sent if path.is_file()]
            plain = sum(map(len, contents)) / 1e6
            packed = sum(len(zlib.compress(content, 6)) for content in contents) / 1e6
            print(
                f"  in all {plain:.1f} MB sent, {packed:.1f} MB packed (goal"
                f" {megabytes or 'none'})",
                flush=True,
            )
            page.close()
            if visit == "first":
                asked = [path.relative_to(folder).as_posix() for path in CountingHandler.sent]
        if is_lite:
            other = chromium.new_context(service_workers="block")
            other.set_default_timeout(PATIENCE_MS)
            time_bare_kernel(other, address)  # from now on nothing is fetched
            bare, bare_busy = time_bare_kernel(other, address)
            print(
                f"a kernel with nothing of the course has added 1 and 1 after {bare:.1f} s, of"
                f" {bare_busy:.1f} s of processors: a second visit's player takes"
                f" {took / bare:.2f} of that, and Python's own {kernel / bare:.2f}"
            )
        print("load: {:.1f}, {:.1f}, {:.1f}".format(*os.getloadavg()))
        server.shutdown()
    if learners:
        come_at_once(folder, asked, learners)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=lambda name: str(Path(name).resolve()))
    parser.add_argument("--open", default=SECTION, help="the page that is opened")
    parser.add_argument("--learners", type=int, default=0, help="how many come at once")
    chosen = parser.parse_args()
    main(chosen.folder, chosen.open, chosen.learners)
