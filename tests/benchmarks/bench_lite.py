"""What notebooks with nothing installed cost a learner: megabytes and seconds to a living player.

    python3 start.py lite FOLDER
    python tests/benchmarks/bench_lite.py FOLDER

From a plain server of this machine, in the system's browser, which asks no other host. Megabytes
are those of all that the server sends, as it is, and as a server would send it that packs.
"""

import sys
import threading
import time
import zlib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools import browser  # noqa: E402

SECTION = "01_relax_the_back.ipynb"
GOALS = {"first": (30, 25), "second": (5, 0)}  # seconds, megabytes
PATIENCE_MS = 300_000


class CountingHandler(SimpleHTTPRequestHandler):
    """Serves a folder, and notes which of its files were sent whole."""

    sent: list[Path] = []  # noqa: RUF012

    def send_response(self, code: int, message: str | None = None) -> None:
        if code == 200:
            self.sent.append(Path(self.translate_path(self.path)))
        super().send_response(code, message)

    def log_message(self, *_: object) -> None:
        pass


def main(folder: str) -> None:
    handler = partial(CountingHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, browser.browser() as chromium:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/lab/index.html?path={SECTION}"
        context = chromium.new_context(viewport={"width": 1366, "height": 768})
        for visit, (seconds, megabytes) in GOALS.items():
            CountingHandler.sent.clear()
            page = context.new_page()
            begun = time.perf_counter()
            page.goto(address)
            page.locator(".bc-start").first.wait_for(timeout=PATIENCE_MS)
            took = time.perf_counter() - begun
            contents = [path.read_bytes() for path in CountingHandler.sent if path.is_file()]
            plain = sum(map(len, contents)) / 1e6
            packed = sum(len(zlib.compress(content, 6)) for content in contents) / 1e6
            print(
                f"{visit} visit: a living player after {took:.1f} s (goal {seconds});"
                f" {plain:.1f} MB sent, {packed:.1f} MB packed (goal {megabytes or 'none'})",
                flush=True,
            )
            page.close()
        server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
