"""Ways to place the cautions, the steps and the figures of an exercise on paper.

A page first takes each exercise in the way that needs the least paper; where room is left, it takes
the way with the largest figures that still fits.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from backcare_nb.export.boxes import Box, Columns, Drawn, Stack
from backcare_nb.export.sheet import Sheet
from backcare_nb.figures.page import Page

LEAST = 0.66  # points for a hundredth of stature; what would be smaller beside words stands below
GAP = 7.0  # between what an exercise is made of
NARROWEST = 0.38  # of the width, for a column with words


@dataclass(frozen=True)
class Group:
    """Steps, and the figure that shows them: as it is, and in rows of a whole page's width."""

    steps: list[Box]
    page: Page | None = None
    wide: Page | None = None


@dataclass(frozen=True)
class Size:
    """How large figures may be: their share of the width, and points for a unit and in height."""

    share: float
    highest: float
    largest: float

    def scale(self, page: Page, width: float) -> float:
        """Points for a unit of a page of figures."""
        return min(self.largest, self.share * width / page.width, self.highest / page.height)

    def among(self, count: int) -> "Size":
        """The size where several figures share the paper."""
        return self if count == 1 else replace(self, highest=0.89 * self.highest)


# Small figures first: beside their steps, then below them.
SIZES = (
    Size(0.47, 190, 1.12),
    Size(0.38, 190, 1.12),
    Size(0.48, 270, 1.5),
    Size(1, 130, 1.12),
    Size(1, 190, 1.4),
    Size(1, 270, 1.7),
)


@dataclass(frozen=True)
class Option:
    """A way to place an exercise, with the size of the smallest figure in it."""

    box: Box
    scale: float


@dataclass(frozen=True)
class Placed(Box):
    """An exercise as it is placed, and the other ways to place it."""

    box: Box
    options: tuple[Option, ...]

    def roomier(self, room: float, width: float) -> "Placed":
        """The way with the largest figures that takes no more room."""
        fitting = [o for o in self.options if o.box.height(width) <= room]
        best = max(fitting, key=lambda o: (o.scale, -o.box.height(width)), default=None)
        return replace(self, box=best.box) if best else self

    def height(self, width: float) -> float:
        return self.box.height(width)

    def draw(self, sheet: Sheet, x: float, top: float, width: float) -> None:
        self.box.draw(sheet, x, top, width)

    def parts(self, width: float) -> list[Box]:
        return self.box.parts(width)


@dataclass(frozen=True)
class _Shown:
    """Steps with their figure at a size; it stands beside them, or below."""

    words: Box
    drawn: Drawn | None
    beside: bool

    def stacked(self) -> Box:
        return Stack([self.words, self.drawn], 5) if self.drawn else self.words


def placed(title: Box, care: Box, groups: list[Group], easier: list[Box], width: float) -> Placed:
    """The ways to place an exercise, the one that needs the least paper chosen."""
    options = tuple(
        Option(_whole(title, *boxes), min((s.drawn.scale for s in shown if s.drawn), default=0))
        for size in SIZES
        for shown in [_sized(groups, size, width)]
        for boxes in _ways(care, shown, easier, width)
    )
    return Placed(min(options, key=lambda o: o.box.height(width)).box, options)


def _whole(title: Box, *boxes: Box) -> Box:
    """Boxes below a title, which is never parted from the first two."""
    return Stack([Stack([title, *boxes[:2]], GAP), *boxes[2:]], GAP)


def _ways(care: Box, shown: list[_Shown], easier: list[Box], width: float) -> Iterator[list[Box]]:
    """What stands below the title, in order."""
    yield [care, *_rows(shown), *easier]
    if len(shown) > 2 and all(s.beside for s in shown):
        yield [care, *_pairs(shown), *easier]
    if len(shown) == 1 and shown[0].beside:
        yield from _columns(care, shown[0], easier, width)


def _rows(shown: list[_Shown]) -> Iterator[Box]:
    """Each figure beside its steps, or below them."""
    column = max((s.drawn.width for s in shown if s.beside), default=0)
    for s in shown:
        yield Columns([s.words, s.drawn], [0, column]) if s.beside else s.stacked()


def _pairs(shown: list[_Shown]) -> Iterator[Box]:
    """Two beside each other, their figures below their steps."""
    for first in range(0, len(shown), 2):
        pair = shown[first : first + 2]
        even = [0] * len(pair)
        words = Columns([s.words for s in pair], even)
        yield Stack([words, Columns([s.drawn for s in pair], even)], 5)


def _columns(care: Box, shown: _Shown, easier: list[Box], width: float) -> Iterator[list[Box]]:
    """The only figure, with what is easier below it, beside the words."""
    right = Stack([shown.drawn, *easier], 6)
    wide = max(shown.drawn.width, NARROWEST * width)
    yield [care, Columns([shown.words, right], [0, wide])]
    yield [Columns([Stack([care, shown.words], GAP), right], [0, wide])]


def _sized(groups: list[Group], size: Size, width: float) -> list[_Shown]:
    """Steps with their figures; one that would be too small beside them stands below."""
    return [_shown(group, size.among(len(groups)), width) for group in groups]


def _shown(group: Group, size: Size, width: float) -> _Shown:
    words = Stack(group.steps, 5)
    if group.page is None:
        return _Shown(words, None, False)
    if size.share < 1 and (scale := size.scale(group.page, width)) > LEAST:
        return _Shown(words, Drawn(group.page, scale), True)
    below = replace(size, share=1.0, highest=max(size.highest, width / 3))
    return _Shown(words, Drawn(group.wide, below.scale(group.wide, width)), False)
