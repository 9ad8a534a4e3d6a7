"""What handouts to print cost, as ratios to matplotlib printing as much with nothing around it.

    python tests/benchmarks/bench_handouts.py [SECTION ...]

Seconds are those of a processor, so that it does not matter what else the machine does. Figures are
drawn anew each time; solving their postures is not counted.
"""

import io
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import matplotlib  # noqa: E402
from matplotlib.backends.backend_pdf import PdfPages  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.patches import PathPatch  # noqa: E402
from matplotlib.text import Text  # noqa: E402
from matplotlib.transforms import IdentityTransform  # noqa: E402

from backcare_nb.custom.library import library  # noqa: E402
from backcare_nb.export import handout, sheet  # noqa: E402
from backcare_nb.figures.matplotlib_style import style_context  # noqa: E402

TIMES = 3


def main() -> None:
    for section in sys.argv[1:] or [section.id for section in library().sections]:
        _section(section)


def _section(section: str) -> None:
    figures, made = _sheets(section), handout.pdf(section)
    pages = len(figures)
    pairs = [
        (_seconds(lambda: handout.pdf(section)), _seconds(lambda: _bare(figures)))
        for _ in range(TIMES)
    ]
    ours, bare = (statistics.median(pair[k] for pair in pairs) for k in (0, 1))
    binding = statistics.median(_seconds(lambda: _bound(figures)) for _ in range(TIMES))
    artists = sum(len(figure.get_children()) for figure in figures)
    print(f"{section}: {pages} pages, {artists} artists")
    print(f"  seconds of a processor {ours:.2f}, a page {ours / pages:.2f}")
    print(f"  kB {len(made) / 1e3:.0f}, a page {len(made) / 1e3 / pages:.0f}")
    print(f"  the whole / bare PDF pages of as many patches and texts: {ours / bare:.3g}")
    print(f"  its pages written / the same bare ones: {binding / bare:.3g}")


def _sheets(section: str) -> list[Figure]:
    """The pages of a handout as figures of matplotlib."""
    kept: list[Figure] = []
    bind = handout.bind

    def keep(sheets, *about) -> bytes:
        sheets = list(sheets)
        kept.extend(made.figure for made in sheets)
        return bind(sheets, *about)

    handout.bind = keep
    try:
        handout.pdf(section)
    finally:
        handout.bind = bind
    return kept


def _bound(figures: list[Figure]) -> None:
    with style_context(sheet.PRINTED), PdfPages(io.BytesIO()) as pdf:
        for figure in figures:
            pdf.savefig(figure)


def _bare(figures: list[Figure]) -> None:
    """Pages with as many patches, of the same paths, and the same texts, as anybody would draw."""
    with matplotlib.rc_context({"pdf.fonttype": 42}), PdfPages(io.BytesIO()) as pdf:
        for figure in figures:
            made = Figure(figure.get_size_inches())
            for artist in figure.get_children():
                made.add_artist(_copy(artist)) if artist is not figure.patch else None
            pdf.savefig(made)


def _copy(artist: PathPatch | Text) -> PathPatch | Text:
    if isinstance(artist, Text):
        words = re.sub(r"\$", "", artist.get_text())
        return Text(0.1, 0.1, words, fontsize=artist.get_fontsize())
    path = artist.get_path()
    return PathPatch(path, fc=artist.get_facecolor(), transform=IdentityTransform())


def _seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


if __name__ == "__main__":
    main()
