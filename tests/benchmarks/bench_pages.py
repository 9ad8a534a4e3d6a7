"""What pages cost and keep: their size, the time to write them and until Start, and offline play.

python tests/benchmarks/bench_pages.py

Measured from files in a folder, with the network refused, in the system's browser.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from backcare_nb.custom.library import current_library  # noqa: E402
from backcare_nb.export import website  # noqa: E402
from backcare_nb.export.webpage import save_page  # noqa: E402
from backcare_nb.lesson.lesson import Lesson, LessonItem, section_lesson  # noqa: E402
from backcare_nb.sessions import timeline  # noqa: E402
from backcare_nb.sessions.options import VERSION_LABELS, Options, Pauses  # noqa: E402
from tools import browser  # noqa: E402

LIMIT = 400  # kB
OPENED = 7  # times, for a median
PAUSES = Pauses(ready=1, settle=1, moving=1, change=1, rest=1)
START = """() => new Promise((found) => {
    const look = () => document.querySelector(".bc-start")?.getBoundingClientRect().height
      ? found(performance.now()) : requestAnimationFrame(look);
    look();
})"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench pages ") as work, browser.browser() as chromium:
        folder = Path(work)
        pages = sizes(folder)
        wait_for_start(chromium, pages)
        offline(chromium, folder)
        whole_site(folder)


def sizes(folder: Path) -> list[Path]:
    """Print the size of each page that plays offline, and the time to write it."""
    print(f"{'page that plays offline':36}{'kB':>6}{'written':>10}   limit {LIMIT} kB")
    pages = []
    for section in current_library().sections:
        for version in VERSION_LABELS:
            begun = time.perf_counter()
            path = folder / f"{section.id}.{version}.html"
            save_page(section_lesson(section.id, version), path)
            took, size = time.perf_counter() - begun, path.stat().st_size / 1000
            above = "   above" if size > LIMIT else ""
            print(f"{section.id + ', ' + version:36}{size:6.0f}{took:9.2f}s{above}", flush=True)
            pages.append(path)
    return pages


def wait_for_start(chromium: browser.Browser, pages: list[Path]) -> None:
    """Print the time from opening the largest page until its Start can be pressed."""
    largest = max(pages, key=lambda path: path.stat().st_size)
    waits = []
    for _ in range(OPENED):
        with browser.new_page(chromium, offline=True) as page:
            page.goto(largest.as_uri())
            waits.append(page.evaluate(START))
    print(f"\n{largest.stem}: Start after {statistics.median(waits):.0f} ms, median of {OPENED}")


def offline(chromium: browser.Browser, folder: Path) -> None:
    """Print whether a session of two sides plays to its end with every request refused."""
    knees = current_library().exercise("knee_rolls")
    seconds = knees.steps[0].seconds.model_copy(update={"default": 2})
    steps = (knees.steps[0].model_copy(update={"seconds": seconds}),)
    short = knees.model_copy(update={"steps": steps, "setup": "Lie down."})
    lesson = Lesson("Knee rolls, short", (LessonItem(short),))
    options = Options(pauses=PAUSES)
    made = timeline.compile_session(
        [short], options, rise=current_library().rise, title=lesson.title
    )
    lesson.__dict__["timeline"] = made
    path = folder / "short.html"
    save_page(lesson, path)
    asked = []
    with browser.new_page(chromium, offline=True) as page:
        page.route("**/*", lambda route: route.abort() if _away(route) else route.continue_())
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        begun = time.perf_counter()
        page.click(".bc-start")
        page.wait_for_selector("[data-status=done]", timeout=2 * made.total)
        took = time.perf_counter() - begun
    beyond = [url for url in asked if not url.startswith((path.as_uri(), "data:", "blob:"))]
    print(
        f"offline, from a file: {len(made.phases)} phases of {made.total / 1000:.0f} s played to "
        f"their end in {took:.1f} s; requests beyond the file: {len(beyond)}"
    )


def _away(route: object) -> bool:
    return not route.request.url.startswith("file:")


def whole_site(folder: Path) -> None:
    """Print the time to write the site, and its size."""
    begun = time.perf_counter()
    site = website.write_site(folder / "site")
    took = time.perf_counter() - begun
    written = [path for path in site.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in written)
    largest = max(site.glob("*.html"), key=lambda path: path.stat().st_size)
    shared = sum((site / name).stat().st_size for name in ("site.css", "site.js"))
    print(f"\nsite: {len(written)} files, {size / 1e6:.1f} MB, written in {took:.0f} s")
    print(
        f"a page's first load: at most {largest.stat().st_size / 1000:.0f} kB ({largest.stem}), "
        f"with {shared / 1000:.0f} kB that all pages share"
    )


if __name__ == "__main__":
    main()
