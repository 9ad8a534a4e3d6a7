"""Panels laid out as one drawing, which matplotlib writes: SVG, PNG or PDF.

The unit of a drawing is a hundredth of stature. SVG keeps text as text: small, selectable, and
read aloud; every text is anchored where it stands, so the fonts of a machine move nothing else.
A Figure, which brings axes along, is imported only for PNG and PDF.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import matplotlib
import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path as MplPath
from matplotlib.transforms import Affine2D

from backcare_nb.course.files import SaveError, save_file
from backcare_nb.figures.palette import PAINT_STYLE_BY_TONE, PAPER_COLOUR, QUIET_TEXT_COLOUR
from backcare_nb.figures.projection import Shape
from backcare_nb.figures.svg import GRID_STEPS_PER_UNIT, SmallSVGRenderer

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

UNITS_PER_STATURE = 100.0
PIXELS_PER_UNIT = 2.6  # CSS pixels, where there is room
ROUNDING_GRID_UNITS = 0.01  # to which points are rounded
# The backend is not among them: it is the window for a person's own figures, and ours need none.
MATPLOTLIB_DEFAULTS = {
    name: value for name, value in matplotlib.rcParamsDefault.items() if name != "backend"
}
MATPLOTLIB_STYLE = {"path.simplify": False, "svg.fonttype": "none", "svg.hashsalt": "back care"}
MAX_DPI = 2400
# Of files with the same bytes each time.
METADATA_BY_FILE_ENDING = {".png": {}, ".pdf": {"CreationDate": None}}


@contextmanager
def style_context(more: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Set matplotlib's defaults, our style and ``more``; afterwards a person's settings again.

    What a person has set, in a notebook, a style sheet or a matplotlibrc, changes nothing of ours.
    Some settings are read when a figure is made, some when it is drawn, some when it is saved: all
    of that happens in one context.
    """
    # names that matplotlib lists itself
    settings: Any = {**MATPLOTLIB_DEFAULTS, **MATPLOTLIB_STYLE, **(more or {})}
    with matplotlib.rc_context(settings):
        yield


@dataclass
class PlacedShape:
    """A shape on the drawing: codes, and points (B, N, 2) in units, y up."""

    tone: str
    codes: tuple[int, ...]
    points: np.ndarray
    hidden: np.ndarray

    def make_first_frame_patch(self, transform: Transform) -> PathPatch:
        """The first frame as matplotlib's artist."""
        tone = PAINT_STYLE_BY_TONE[self.tone]
        patch = PathPatch(
            MplPath(self.points[0], self.codes),
            facecolor=tone.fill or "none",
            edgecolor=tone.edge or "none",
            linewidth=tone.width,
            capstyle=tone.cap,
            joinstyle="round",
            transform=transform,
        )
        if tone.dash:
            patch.set_linestyle((0, tuple(d / tone.width for d in tone.dash)))
        return patch


@dataclass
class TextLine:
    """A line of text on the drawing, at (x, y) in units."""

    x: float
    y: float
    text: str
    size: float = 6.0
    colour: str = QUIET_TEXT_COLOUR
    align: str = "center"
    weight: str = "normal"


@dataclass
class Panel:
    """A part of a drawing: shapes and texts in fractions of stature, between two corners."""

    shapes: list[Shape]
    low: tuple[float, float]
    high: tuple[float, float]
    label: str = ""
    texts: list[TextLine] = field(default_factory=list)
    zoom: float = 1.0

    @property
    def units_per_stature(self) -> float:
        """The length of a stature, in units."""
        return UNITS_PER_STATURE * self.zoom

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in units."""
        (x0, y0), (x1, y1) = self.low, self.high
        return (x1 - x0) * self.units_per_stature, (y1 - y0) * self.units_per_stature

    def widen_to(self, width: float) -> None:
        """Make room on both sides up to a width in units."""
        more = max(0.0, width / self.units_per_stature - (self.high[0] - self.low[0])) / 2
        self.low, self.high = (self.low[0] - more, self.low[1]), (self.high[0] + more, self.high[1])


class SavablePicture:
    """A picture that matplotlib can write; ``style`` are settings of it beside ours."""

    style: ClassVar[Mapping[str, Any]] = {}

    def svg(self) -> str:
        """The whole SVG picture, as text: the same on every run."""
        raise NotImplementedError

    def figure(self) -> Figure:
        """The picture as a matplotlib Figure."""
        raise NotImplementedError

    def save(self, path: str | Path, dpi: float = 200) -> Path:
        """Write an .svg, .png or .pdf file, the same each time; whole, or it stays as it was.

        Raises SaveError with a sentence.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind != ".svg" and kind not in METADATA_BY_FILE_ENDING:
            raise SaveError(f"{path.name}: choose a name that ends in .svg, .png or .pdf.")
        if not 0 < dpi <= MAX_DPI:
            raise SaveError(f"dpi can be up to {MAX_DPI}, and not {dpi}: 200 suits most papers.")
        data = self.svg().encode() if kind == ".svg" else self.render(kind, dpi)
        save_file(path, data, replace=True)
        return path

    def render(
        self, kind: str, dpi: float = 200, metadata: Mapping[str, Any] | None = None
    ) -> bytes:
        """Draw it as the bytes of a ".png" or ".pdf" file, the same each time.

        metadata: what the file says of itself, beside ours.
        """
        file, told = io.BytesIO(), {**METADATA_BY_FILE_ENDING[kind], **(metadata or {})}
        look: Any = {"format": kind[1:], "dpi": dpi, "facecolor": PAPER_COLOUR}
        with style_context(self.style):
            self.figure().savefig(file, metadata=told, **look)
        return file.getvalue()


@dataclass
class Drawing(SavablePicture):
    """Shapes and texts on a card of width by height units, and what they show, in words."""

    width: float
    height: float
    title: str
    alt: str
    shapes: list[PlacedShape] = field(default_factory=list)
    texts: list[TextLine] = field(default_factory=list)
    scale: float = PIXELS_PER_UNIT

    def place(self, panel: Panel, x: float, y: float) -> None:
        """Place a panel with its lower left corner at (x, y)."""
        corner = np.array([x, y]) - np.array(panel.low) * panel.units_per_stature
        for shape in panel.shapes:
            at = shape.path.points * panel.units_per_stature + corner
            points = np.round(at / ROUNDING_GRID_UNITS) * ROUNDING_GRID_UNITS
            hidden = np.atleast_1d(shape.hidden)
            self.shapes.append(PlacedShape(shape.tone, shape.path.codes, points, hidden))
        for line in panel.texts:
            at = np.round(np.array([line.x, line.y]) * panel.units_per_stature + corner, 1)
            self.texts.append(replace(line, x=at[0], y=at[1]))

    @style_context()
    def render_first_frame(self, steps_per_unit: int = GRID_STEPS_PER_UNIT) -> SmallSVGRenderer:
        """Draw the first frame for SVG."""
        renderer = SmallSVGRenderer(self.width, self.height, steps_per_unit)
        for shape in self.shapes:
            shape.make_first_frame_patch(Affine2D()).draw(renderer)
        for line in self.texts:
            renderer.write_text(**vars(line))
        return renderer

    def svg(self) -> str:
        """Write a whole SVG picture, as text: the same on every run."""
        return self.render_first_frame().svg(self.scale, self.title, self.alt)

    def svg_without_title_and_alt(self) -> str:
        """Write the picture for a place that says its title and its words itself."""
        no_finer_than_seen = ceil(self.scale / PIXELS_PER_UNIT * GRID_STEPS_PER_UNIT)
        return self.render_first_frame(no_finer_than_seen).svg_without_title_and_alt(self.scale)

    _repr_svg_ = svg

    @style_context()
    def figure(self, background: str | None = None) -> Figure:
        """Draw a matplotlib Figure."""
        from matplotlib.figure import Figure

        figure = Figure((self.width / 72, self.height / 72), dpi=72, facecolor=background or "none")
        units = Affine2D().scale(1 / 72) + figure.dpi_scale_trans
        for shape in self.shapes:
            figure.add_artist(shape.make_first_frame_patch(units))
        for line in self.texts:
            figure.text(
                line.x, line.y, line.text, fontsize=line.size, color=line.colour,
                horizontalalignment=line.align, fontweight=line.weight, transform=units,
            )  # fmt: skip
        return figure
