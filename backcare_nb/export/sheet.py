"""A sheet of paper to draw on, by matplotlib alone, and sheets bound to a PDF.

Everything is drawn in lines and letters, nothing in dots; the same sheets give the same bytes.
"""

import io
import re
from collections.abc import Iterable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from backcare_nb.export.paper import Paper, Type
from backcare_nb.figures.matplotlib_style import style_context
from backcare_nb.figures.page import Page

LEAST = 9.0  # the smallest letters that are printed
PRINTED = {
    "pdf.fonttype": 42,  # whole letters, to be searched and copied
    "ps.fonttype": 42,  # matplotlib divides a PDF's fonts by this one too
}
SQUARE = (Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY)
CORNERS = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)])


class Sheet:
    """One page, to be drawn on in points from its lower left corner."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.figure = Figure((paper.width / 72, paper.height / 72), dpi=72, facecolor="none")
        self._points = Affine2D().scale(1 / 72) + self.figure.dpi_scale_trans

    def words(
        self, x: float, y: float, words: str, type_: Type, align: str = "left", url: str = ""
    ) -> None:
        """Words at x, with their foot at y; they are never taken for mathematics."""
        made = Text(x, y, words, color=type_.colour, parse_math=False, usetex=False)
        made.set(fontproperties=type_.font(), ha=align, va="baseline", url=url or None)
        self._add(made)

    def line(self, x: float, y: float, width: float, colour: str, weight: float = 0.7) -> None:
        """A level line."""
        self._path(Path([(x, y), (x + width, y)]), edgecolor=colour, linewidth=weight)

    def card(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """A filled box, its lower left corner at (x, y)."""
        self._path(Path(CORNERS * (width, height) + (x, y), SQUARE), facecolor=fill, linewidth=0)

    def squares(self, places: np.ndarray, side: float) -> None:
        """Black squares of one size in a single shape, by their lower left corners (N, 2)."""
        points = (places[:, None, :] + CORNERS * side).reshape(-1, 2)
        self._path(Path(points, SQUARE * len(places)), facecolor="black", linewidth=0)

    def figures(self, page: Page, x: float, y: float, scale: float) -> None:
        """The shapes of a page of figures, its lower left corner at (x, y), at `scale` points."""
        places = Affine2D().scale(scale).translate(x, y) + self._points
        for patch in page.patches(places, scale):
            self.figure.add_artist(patch)

    def _path(self, path: Path, **look) -> None:
        self._add(PathPatch(path, **{"facecolor": "none", "edgecolor": "none"} | look))

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self._points)
        self.figure.add_artist(artist)


def bind(sheets: Iterable[Sheet], title: str, subject: str, language: str = "en") -> bytes:
    """Sheets as one PDF with its title, subject and language, and no date."""
    about = {"Title": title, "Subject": subject, "Creator": "backcare_nb", "CreationDate": None}
    file = io.BytesIO()
    with style_context(PRINTED), PdfPages(file, metadata=about) as pdf:
        for sheet in sheets:
            pdf.savefig(sheet.figure)
    return _with_language(file.getvalue(), language)


def _with_language(pdf: bytes, language: str) -> bytes:
    """The PDF with its language, and its title for the window: a second catalogue, appended.

    Matplotlib writes a catalogue of two entries. An appended update, as the PDF standard has it,
    leaves every byte before it as it was.
    """
    root = re.search(rb"/Root (\d+) 0 R", pdf)
    number = int(root[1])
    found = re.search(rb"\n%d 0 obj\n<< (.*?) >>\nendobj" % number, pdf, re.DOTALL)
    if not found:
        return pdf
    old = found[1]
    more = b"/Lang (%s) /ViewerPreferences << /DisplayDocTitle true >>" % language.encode()
    start = len(pdf)
    catalogue = b"%d 0 obj\n<< %s %s >>\nendobj\n" % (number, old, more)
    return b"".join(
        (
            pdf,
            catalogue,
            b"xref\n%d 1\n%010d 00000 n \n" % (number, start),
            b"trailer\n<< /Size %s /Root %s" % (_last(rb"/Size (\d+)", pdf), root[0][6:]),
            b" /Info %s /Prev %s >>\n" % (_last(rb"/Info (\d+ 0 R)", pdf), _last(START, pdf)),
            b"startxref\n%d\n%%%%EOF\n" % (start + len(catalogue)),
        )
    )


START = rb"startxref\n(\d+)"


def _last(pattern: bytes, pdf: bytes) -> bytes:
    return re.findall(pattern, pdf)[-1]
