"""Boxes that a printed page is made of: each knows its height for a width, and draws itself.

Lengths are in points. A box is drawn below `top`, between `x` and `x + width`. One that is higher
than a page is taken in parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from backcare_nb.export.paper import Line, Run, Type, lines
from backcare_nb.export.sheet import LEAST, Sheet
from backcare_nb.figures import body_shapes
from backcare_nb.figures.camera import LABELS
from backcare_nb.figures.layout import BELOW
from backcare_nb.figures.page import UNIT, Page, Panel, Words
from backcare_nb.figures.palette import SPINE

GUTTER = 18.0
RULED = 25.0  # between lines to write on: room for a pencil
RULE = "#c9b48f"
ASCENT = 0.76  # of the size of letters
CLEAR = 2.5  # between a panel and the letters of its view's name


class Box:
    """Something that takes room on a page."""

    def height(self, width: float) -> float:
        raise NotImplementedError

    def draw(self, sheet: Sheet, x: float, top: float, width: float) -> None:
        raise NotImplementedError

    def parts(self, width: float) -> list[Box]:
        """The smaller boxes it can be divided into; itself alone if it cannot."""
        return [self]


@dataclass(frozen=True)
class Prose(Box):
    """A paragraph; a mark, such as the number of a step, hangs before its first line."""

    runs: tuple[Run, ...]
    mark: Run | None = None
    indent: float = 0.0
    url: str = ""

    @property
    def leading(self) -> float:
        return max(run.type.leading for run in self.runs)

    def lines(self, width: float) -> list[Line]:
        return _lines(self.runs, width - self.indent)

    def height(self, width: float) -> float:
        return self.leading * len(self.lines(width))

    def draw(self, sheet: Sheet, x: float, top: float, width: float) -> None:
        if self.mark:
            _line(sheet, x, top, self.leading, lines([self.mark], width)[0])
        for number, line in enumerate(self.lines(width)):
            _line(sheet, x + self.indent, top - number * self.leading, self.leading, line, self.url)

    def parts(self, width: float) -> list[Box]:
        marks = [self.mark, *[None] * len(self.lines(width))]
        cut = zip(self.lines(width), marks, strict=False)
        return [replace(self, runs=_runs(line), mark=mark) for line, mark in cut]


@cache
def _lines(runs: tuple[Run, ...], width: float) -> list[Line]:
    return lines(runs, width)


def _runs(line: Line) -> tuple[Run, ...]:
    return tuple(Run(words, type_) for _, words, type_ in line)


def _line(sheet: Sheet, x: float, top: float, leading: float, line: Line, url: str = "") -> None:
    for at, words, type_ in line:
        sheet.words(x + at, top - leading / 2 - 0.36 * type_.size, words, type_, url=url)


@dataclass(frozen=True)
class Stack(Box):
    """Boxes below each other."""

    boxes: Sequence[Box]
    gap: float = 0.0

    def height(self, width: float) -> float:
        gaps = self.gap * max(0, len(self.boxes) - 1)
        return sum(box.height(width) for box in self.boxes) + gaps

    def draw(self, sheet: Sheet, x: float, top: float, width: float) -> None:
        for box in self.boxes:
            box.draw(sheet, x, top, width)
            top -= box.height(width) + self.gap

    def parts(self, width: float) -> list[Box]:
        return list(self.boxes)


@dataclass(frozen=True)
class Columns(Box):
    """Boxes beside each other; a width of 0 takes what the others leave."""

    boxes: Sequence[Box]
    widths: Sequence[float]
    gap: float = GUTTER

    def _places(self, width: float) -> Iterator[tuple[Box, float, float]]:
        """Each box with where it begins and how wide it is."""
        rest = width - sum(self.widths) - self.gap * (len(self.widths) - 1)
        share = rest / max(1, list(self.widths).count(0))
        x = 0.0
        for box, wide in zip(self.boxes, self.widths, strict=True):
            yield box, x, wide or share
            x += (wide or share) + self.gap

    def height(self, width: float) -> float:
        return max(box.height(wide) for box, _, wide in self._places(width))

    def draw(self, sheet: Sheet, x: float, top: float, width: float) -> None:
        for box, left, wide in self._places(width):
            box.draw(sheet, x + left, top, wide)

    def parts(self, width: float) -> list[Box]:
        return list(self.boxes)


@dataclass(frozen=True)
class Card(Box):
    """A box on a tint, with a bar at its left where it should be seen."""

    box: Box
    fill: str
    bar: str | None = None
    pad: float = 9.0

    @property
    def _sides(self) -> float:
        return 2 * self.pad + 5

    def height(self, width: float) -> float:
        return self.box.height(width - self._sides) + 2 * self.pad

    def draw(self, sheet: Sheet, x: float, top: float, width: float) -> None:
        high = self.height(width)
        sheet.card(x, top - high, width, high, self.fill)
        if self.bar:
            sheet.card(x, top - high, 3.5, high, self.bar)
        self.box.draw(sheet, x + self.pad + 4, top - self.pad, width - self._sides)

    def parts(self, width: float) -> list[Box]:
        inner = self.box.parts(width - self._sides)
        return [self] if inner == [self.box] else [replace(self, box=part) for part in inner]


@dataclass(frozen=True)
class Drawn(Box):
    """A page of figures at a scale, in the middle of its width, in letters large enough to read."""

    page: Page
    scale: float

    @property
    def width(self) -> float:
        return self.page.width * self.scale

    def height(self, width: float) -> float:
        return self.page.height * self.scale

    def draw(self, sheet: Sheet, x: float, top: float, width: float) -> None:
        left = x + (width - self.page.width * self.scale) / 2
        foot = top - self.height(width)
        sheet.figures(self.page, left, foot, self.scale)
        for words in named_once(self.page.words):
            self._words(sheet, words, left + words.x * self.scale, foot + words.y * self.scale)

    def _words(self, sheet: Sheet, words: Words, x: float, y: float) -> None:
        """Words at a size that can be read; a view's name as far from its panel as it may be."""
        type_ = Type(max(LEAST, words.size * self.scale), words.colour)
        above = ASCENT * type_.size + CLEAR - BELOW * self.scale
        lower = max(2 * self.scale, above) if words.text in LABELS.values() else 0
        bold = words.weight == "bold"
        sheet.words(x, y - lower, words.text, type_.bold if bold else type_, words.align)


def named_once(words: Sequence[Words]) -> list[Words]:
    """A view that is named below each frame of a row is named once, below the middle of the row."""
    rows: dict[tuple, list[Words]] = {}
    for word in words:
        alone = word.text not in LABELS.values()
        rows.setdefault((word.text, word.y, id(word) if alone else 0), []).append(word)
    return [replace(row[0], x=float(np.mean([w.x for w in row]))) for row in rows.values()]


@dataclass(frozen=True)
class Regions(Box):
    """The regions of the spine by their colours."""

    type: Type

    def height(self, width: float) -> float:
        return self.type.leading

    def draw(self, sheet: Sheet, x: float, top: float, width: float) -> None:
        foot = top - self.height(width)
        for region in SPINE:
            page = Page(10, 8, "", "")
            page.put(Panel(body_shapes.swatch(region, 0, 3 / UNIT), (0, 0), (0.1, 0.08)), 0, 0)
            sheet.figures(page, x, foot, self.type.leading / 8)
            x += 14 * self.type.leading / 8
            sheet.words(x, top - self.type.leading / 2 - 0.36 * self.type.size, region, self.type)
            x += self.type.width(region) + 14


@dataclass(frozen=True)
class Rule(Box):
    """A level line with some room around it."""

    room: float = 6.0
    colour: str = RULE

    def height(self, width: float) -> float:
        return self.room

    def draw(self, sheet: Sheet, x: float, top: float, width: float) -> None:
        sheet.line(x, top - self.room / 2, width, self.colour)


@dataclass(frozen=True)
class Ruled(Box):
    """Lines to write on."""

    count: int

    def height(self, width: float) -> float:
        return self.count * RULED

    def draw(self, sheet: Sheet, x: float, top: float, width: float) -> None:
        for number in range(1, self.count + 1):
            sheet.line(x, top - number * RULED + 1, width, RULE)


@dataclass(frozen=True)
class Code(Box):
    """A QR code in black squares, with the quiet zone that its standard asks for."""

    modules: np.ndarray = field(repr=False)  # (N, N) of 0 and 1, its quiet zone included

    def height(self, width: float) -> float:
        return width

    def draw(self, sheet: Sheet, x: float, top: float, width: float) -> None:
        side = width / len(self.modules)
        rows, columns = np.nonzero(self.modules)
        places = np.stack([x + columns * side, top - (rows + 1) * side], axis=1)
        sheet.squares(places, side)
