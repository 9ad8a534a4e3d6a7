"""What handouts to print cost, as ratios to bare Typst setting the same words and figures.

    python tests/benchmarks/bench_handouts.py [SECTION ...]

Seconds are those of a processor, so that it does not matter what else the machine does, each in a
process of its own: Typst remembers what it has laid out. Figures are drawn anew, for either;
solving their postures is not counted. A handout that is asked for again takes its figures from the
cache on disk.

The handouts that matplotlib set before (revision bceb6da) were measured once in the same run, with
all five sections: these take 2.0 to 3.0 times as few seconds of a processor where their figures are
on disk, and 0.6 to 1.1 times where they have to be drawn, with more of them to each exercise; they
are on 12 pages, and were on 19.
"""

import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import typst  # noqa: E402

from backcare_nb.custom.library import current_library  # noqa: E402
from backcare_nb.export import typesetting  # noqa: E402
from backcare_nb.export.handout import render_handout  # noqa: E402
from backcare_nb.export.handout_content import lesson_fields  # noqa: E402
from backcare_nb.figures import disk_cache  # noqa: E402
from backcare_nb.lesson.lesson import section_lesson  # noqa: E402

TIMES = 3
BARE = """
#let content = json(bytes(sys.inputs.content))
#set document(title: "Bare", date: none)
#set page("a4", margin: 10mm, columns: 2)
#set text(font: "DejaVu Sans", 9pt)
= Bare
#for each in content [
  #if type(each) == str { par(each) } else {
    image(bytes(each.svg), width: each.width * 0.6pt, alt: each.alt)
  }
]
"""


def main() -> None:
    for section in sys.argv[1:] or [section.id for section in current_library().sections]:
        _measure(section)


def _measure(section: str) -> None:
    made, bare = render_handout(section), _set_bare(section)
    pages = made.count(b"/Type/Page/") or made.count(b"/Type /Page\n")
    drawn, bare_drawn, again, bare_again = (
        statistics.median(each)
        for each in zip(*(_seconds_of_each(section) for _ in range(TIMES)), strict=True)
    )
    print(f"{section}: {pages} pages")
    print(f"  seconds of a processor {drawn:.2f}, a page {drawn / pages:.2f}; again {again:.2f}")
    print(f"  kB {len(made) / 1e3:.0f}, a page {len(made) / 1e3 / pages:.0f}")
    print(f"  seconds / bare Typst {drawn / bare_drawn:.3g}; again {again / bare_again:.3g}")
    print(f"  kB / bare Typst {len(made) / len(bare):.3g}")


def _seconds_of_each(section: str) -> Iterator[float]:
    """Those of a handout and of bare Typst, with figures to draw, and then again without."""
    with TemporaryDirectory() as ours, TemporaryDirectory() as bares:
        for _ in range(2):
            yield _in_a_process(_seconds, render_handout, section, ours)
            yield _in_a_process(_seconds, _set_bare, section, bares)


def _in_a_process(call: Callable[..., float], *arguments: object) -> float:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(call, *arguments).result()


def _set_bare(section: str) -> bytes:
    """The same words and figures, one after the other, as anybody would set them."""
    content = list(_flattened(lesson_fields(section_lesson(section), "")))
    compiler = typst.Compiler(
        BARE.encode(),
        font_paths=typesetting._load_typst_fonts(),
        sys_inputs={"content": json.dumps(content)},
    )
    return compiler.compile(format="pdf", pdf_standards=["ua-1"])


def _flattened(content: object) -> Iterator[object]:
    """Texts and figures in their order."""
    match content:
        case str():
            yield content
        case {"svg": svg, "width": width, "alt": alt}:
            yield {"svg": svg, "width": width, "alt": alt}
        case dict():
            for each in content.values():
                yield from _flattened(each)
        case list() | tuple():
            for each in content:
                yield from _flattened(each)


def _seconds(make: Callable[[str], object], section: str, folder: str) -> float:
    disk_cache.FOLDER = Path(folder)
    start = time.process_time()
    make(section)
    return time.process_time() - start


if __name__ == "__main__":
    main()
