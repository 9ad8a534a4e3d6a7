"""Panels laid out on a page and drawn by matplotlib: SVG, PNG or PDF.

The unit of a page is a hundredth of stature. SVG keeps text as text: small, selectable, and read
aloud; every text is anchored where it stands, so the fonts of a machine move nothing else. It is
drawn by the renderer of matplotlib itself: a Figure, which brings axes along, is imported only
for PNG and PDF.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path as MplPath
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from backcare_nb.course.errors import UserError
from backcare_nb.course.files import write_atomically
from backcare_nb.figures.matplotlib_style import style_context
from backcare_nb.figures.palette import INK, PAPER, QUIET, TONES
from backcare_nb.figures.shape import Shape
from backcare_nb.figures.svg import SmallSVGRenderer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNIT = 100.0
SCREEN = 2.6  # CSS pixels for a unit, where there is room
METADATA = {".png": {}, ".pdf": {"CreationDate": None}}  # of files with the same bytes each time


class PictureError(UserError, ValueError):
    """A picture that cannot be saved; its text is one sentence for the person who asked."""


@dataclass
class Mark:
    """A shape on the page: codes, and points (B, N, 2) in units, y up."""

    tone: str
    codes: tuple[int, ...]
    points: np.ndarray
    hidden: np.ndarray


@dataclass
class Words:
    """A line of text on the page, at (x, y) in units."""

    x: float
    y: float
    text: str
    size: float = 6.0
    colour: str = QUIET
    align: str = "center"
    weight: str = "normal"


@dataclass
class Panel:
    """A part of a page: shapes in fractions of stature, between two corners."""

    shapes: list[Shape]
    low: tuple[float, float]
    high: tuple[float, float]
    label: str = ""
    words: list[tuple[float, float, str]] = field(default_factory=list)
    zoom: float = 1.0

    @property
    def unit(self) -> float:
        """Units of the page for the length of a stature."""
        return UNIT * self.zoom

    @property
    def size(self) -> np.ndarray:
        return (np.array(self.high) - self.low) * self.unit

    def widen(self, width: float) -> None:
        """Make room on both sides up to a width in units of the page."""
        more = max(0.0, width / self.unit - (self.high[0] - self.low[0])) / 2
        self.low, self.high = (self.low[0] - more, self.low[1]), (self.high[0] + more, self.high[1])


@dataclass
class Page:
    """Marks and words on a card of width by height units, and what they show, in words."""

    width: float
    height: float
    title: str
    alt: str
    marks: list[Mark] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    scale: float = SCREEN

    def put(self, panel: Panel, x: float, y: float, step: float = 0.01) -> None:
        """Place a panel with its lower left corner at (x, y), on a grid of `step` units."""
        corner = np.array([x, y]) - np.array(panel.low) * panel.unit
        for shape in panel.shapes:
            points = np.round((shape.path.points * panel.unit + corner) / step) * step
            self.marks.append(
                Mark(shape.tone, shape.path.codes, points, np.atleast_1d(shape.hidden))
            )
        for at_x, at_y, text in panel.words:
            at = np.round(np.array([at_x, at_y]) * panel.unit + corner, 1)
            self.words.append(Words(*at, text, 6.5, INK))

    @style_context()
    def figure(self, frame: int = 0, background: str | None = None) -> Figure:
        """The page as a matplotlib Figure."""
        from matplotlib.figure import Figure

        made = Figure((self.width / 72, self.height / 72), dpi=72, facecolor=background or "none")
        units = Affine2D().scale(1 / 72) + made.dpi_scale_trans
        for patch in self.patches(units, frame=frame):
            made.add_artist(patch)
        for words in self.words:
            made.add_artist(_text(words, units))
        return made

    def patches(self, units, scale: float = 1.0, frame: int = 0) -> Iterator[PathPatch]:
        """The marks as matplotlib's artists: places by a transform, line widths by `scale`."""
        for mark in self.marks:
            patch = _patch(mark, frame, units)
            patch.set_linewidth(patch.get_linewidth() * scale)
            yield patch

    def svg(self) -> str:
        """A whole SVG picture, as text: the same on every run."""
        return self.drawn().svg(self.scale, self.title, self.alt)

    def wordless_svg(self) -> str:
        """The picture for a place that says its title and its words itself."""
        return self.drawn().svg(self.scale)

    @style_context()
    def drawn(self) -> SmallSVGRenderer:
        """The first frame, drawn for SVG."""
        renderer = SmallSVGRenderer(self.width, self.height)
        for patch in self.patches(Affine2D()):
            patch.draw(renderer)
        for words in self.words:
            renderer.write_text(**vars(words))
        return renderer

    def save(self, path: str | Path, dpi: float = 200) -> Path:
        """Write an .svg, .png or .pdf file. Raises PictureError with a sentence."""
        return save(self, path, dpi)

    _repr_svg_ = svg


def save(picture, path: str | Path, dpi: float, style: Mapping[str, Any] | None = None) -> Path:
    """Write what has `svg()` and `figure()` as an .svg, .png or .pdf file, the same each time.

    style: settings of matplotlib that are added to ours. The file is written whole, or stays as it
    was. Raises PictureError with a sentence.
    """
    path = Path(path)
    made = _encoded(picture, path, dpi, style)
    try:
        write_atomically(path, made)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        sentence = f"The picture cannot be written to {path}: {reason}. Choose another file."
        raise PictureError(sentence) from None
    return path


def _encoded(picture, path: Path, dpi: float, style: Mapping[str, Any] | None) -> str | bytes:
    """A picture in the format that the name of its file asks for."""
    kind = path.suffix.lower()
    if kind == ".svg":
        return picture.svg()
    if kind not in METADATA:
        raise PictureError(f"{path.name}: choose a name that ends in .svg, .png or .pdf.")
    file, look = io.BytesIO(), {"dpi": dpi, "facecolor": PAPER}
    with style_context(style):
        picture.figure().savefig(file, format=kind[1:], metadata=METADATA[kind], **look)
    return file.getvalue()


def _patch(mark: Mark, frame: int, units) -> PathPatch:
    tone = TONES[mark.tone]
    points = mark.points[min(frame, len(mark.points) - 1)]
    patch = PathPatch(
        MplPath(points, mark.codes),
        facecolor=tone.fill or "none",
        edgecolor=tone.edge or "none",
        linewidth=tone.width,
        capstyle=tone.cap,
        joinstyle="round",
        transform=units,
    )
    if tone.dash:
        patch.set_linestyle((0, tuple(d / tone.width for d in tone.dash)))
    return patch


def _text(words: Words, units) -> Text:
    return Text(
        words.x, words.y, words.text, fontsize=words.size, color=words.colour,
        horizontalalignment=words.align, fontweight=words.weight, transform=units,
    )  # fmt: skip
