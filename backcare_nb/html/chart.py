"""A chart: a figure with its title and its words, as a picture for a card or a file.

A chart is 340 units wide with letters of 11, so that it can be read on a telephone as it is and on
a wall when it is enlarged. Text is never taken for mathematics, and all words are escaped where
they become SVG.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from backcare_nb.figures.drawing import SavablePicture, style_context
from backcare_nb.figures.palette import INK_COLOUR, QUIET_TEXT_COLOUR
from backcare_nb.figures.svg import SmallSVGRenderer
from backcare_nb.html.card import Node, break_markup_into_lines, svg_image

CHART_WIDTH_PX = 340  # units: points of matplotlib, pixels of the SVG
CHART_STYLE = {
    "font.size": 11,
    "figure.facecolor": "none",
    "text.color": INK_COLOUR,
    "text.parse_math": False,
    "axes.edgecolor": QUIET_TEXT_COLOUR,
    "axes.labelcolor": INK_COLOUR,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": QUIET_TEXT_COLOUR,
    "ytick.color": QUIET_TEXT_COLOUR,
    "xtick.labelcolor": INK_COLOUR,
    "ytick.labelcolor": INK_COLOUR,
    "lines.linewidth": 1.6,
    "lines.markersize": 6,
}


@dataclass(frozen=True)
class Chart(SavablePicture):
    """A figure with its title, its words for those who cannot see it, and a way to draw it."""

    title: str
    alt: str
    draw: Callable[[], Figure] = field(repr=False)
    watermark: str = ""
    style: ClassVar[Mapping[str, Any]] = CHART_STYLE

    def __repr__(self) -> str:
        return f"{self.title}: {self.words}"

    @property
    def words(self) -> str:
        return f"{self.watermark}. {self.alt}" if self.watermark else self.alt

    @style_context(CHART_STYLE)
    def figure(self) -> Figure:
        """The chart as a matplotlib Figure, with the watermark that says what it is not."""
        figure = self.draw()
        height = figure.get_figheight() * 72
        figure.text(12 / CHART_WIDTH_PX, 1 - 18 / height, self.title, size=12.5, weight="bold")
        if self.watermark:
            right = 1 - 12 / CHART_WIDTH_PX
            watermark = figure.text(
                right, 5 / height, self.watermark.lower(), size=9.5, color=QUIET_TEXT_COLOUR
            )
            watermark.set(style="italic", ha="right")
        return figure

    @style_context(CHART_STYLE)
    def svg(self) -> str:
        """A whole SVG picture, as text: the same on every run."""
        figure = self.figure()
        width, height = figure.get_size_inches() * figure.dpi
        renderer = SmallSVGRenderer(width, height)
        figure.draw(renderer)
        return renderer.svg(1, self.title, self.words)

    def image(self) -> Node:
        """The chart where a card shows it: as wide as its letters ask for, and no wider."""
        return svg_image(self.svg(), self.words, style="width: 100%; max-width: 30em")

    def _repr_html_(self) -> str:
        return break_markup_into_lines(self.image().html())


def new_pixel_axes(height: float) -> tuple[Figure, Axes]:
    """Axes whose units are the chart's own, downwards from the upper left corner."""
    figure = Figure((CHART_WIDTH_PX / 72, height / 72), dpi=72)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set(xlim=(0, CHART_WIDTH_PX), ylim=(height, 0))
    return figure, axes


def new_axes_with_label_margins(height: float) -> tuple[Figure, Axes]:
    """Axes below a title, with room for letters at their left and below."""
    figure = Figure((CHART_WIDTH_PX / 72, height / 72), dpi=72)
    left, right, top, bottom = 44, 16, 46, 40
    size = (CHART_WIDTH_PX - left - right) / CHART_WIDTH_PX, (height - top - bottom) / height
    axes = figure.add_axes((left / CHART_WIDTH_PX, bottom / height, *size))
    return figure, axes
