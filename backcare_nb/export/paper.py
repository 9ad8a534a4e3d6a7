"""Paper: its sizes, its type, and words measured and broken into lines.

Lengths are in points, a 72nd of an inch; y grows upwards, as in PDF. The type is the one that
matplotlib brings along, so that every machine breaks the same lines.
"""

import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags

from backcare_nb.figures.palette import INK

MM = 72 / 25.4
MARGIN = 12.5 * MM
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FINE = 1000  # the size at which words are measured
# Joiners that some languages need, and the space that keeps words together.
KEPT = "\u200c\u200d\u00a0"


@dataclass(frozen=True)
class Paper:
    """A sheet of paper, upright."""

    width: float
    height: float

    @property
    def inner(self) -> tuple[float, float]:
        """The width and the height between the margins."""
        return self.width - 2 * MARGIN, self.height - 2 * MARGIN


PAPERS = {"A4": Paper(210 * MM, 297 * MM), "Letter": Paper(612, 792)}


@dataclass(frozen=True)
class Type:
    """How words are set."""

    size: float = 10.5
    colour: str = INK
    face: str = "DejaVuSans"

    @property
    def bold(self) -> "Type":
        return replace(self, face="DejaVuSans-Bold")

    @property
    def slanted(self) -> "Type":
        return replace(self, face="DejaVuSans-Oblique")

    @property
    def leading(self) -> float:
        """From one line to the next."""
        return 1.32 * self.size

    def font(self) -> FontProperties:
        """The type as matplotlib asks for it."""
        return FontProperties(fname=_file(self.face), size=self.size)

    def width(self, words: str) -> float:
        """How far words go on their line."""
        return _advance(self.face, words) * self.size / FINE


class Run(NamedTuple):
    """Words in one type; between two runs there is a space."""

    words: str
    type: Type


class Placed(NamedTuple):
    """Words at their place on a line."""

    x: float
    words: str
    type: Type


Line = list[Placed]


def plain(words: str) -> str:
    """Words on one line, without what cannot be printed."""
    shown = (c if c.isprintable() or c in KEPT else " " for c in words)
    return re.sub(" +", " ", "".join(shown)).strip(" ")


def lines(runs: Iterable[Run], width: float) -> list[Line]:
    """Runs broken into lines of a width; a word that is wider is broken too."""
    made: list[Line] = [[]]
    x = 0.0
    for word, type_ in _words(runs, width):
        long, space = type_.width(word), type_.width(" ") if made[-1] else 0.0
        if made[-1] and x + space + long > width:
            made.append([])
            x = space = 0.0
        made[-1] = _joined(made[-1], Placed(x + space, word, type_))
        x += space + long
    return made


def _words(runs: Iterable[Run], width: float) -> Iterator[Run]:
    for run in runs:
        for word in plain(run.words).split(" "):
            shown = _shown(run.type.face, word)
            yield from (Run(part, run.type) for part in _parts(shown, run.type, width))


@cache
def _shown(face: str, word: str) -> str:
    """A word, with a box in place of each letter that its type does not have."""
    missing = {c for c in word if c not in KEPT and not _font(face).get_char_index(ord(c))}
    if missing:
        warnings.warn(f"{word}: boxes stand for letters that cannot be printed here.", stacklevel=2)
    return "".join("\N{WHITE SQUARE}" if c in missing else c for c in word)


def _parts(word: str, type_: Type, width: float) -> Iterator[str]:
    """A word as it is, or in parts that fit, broken after a mark where it has one."""
    while word and type_.width(word) > width:
        ends = range(1, len(word))
        fits = max(1, bisect_right(ends, width, key=lambda end: type_.width(word[:end])))
        marks = [m.end() for m in re.finditer(r"[/\-._?&=,;:]", word[:fits])]
        cut = marks[-1] if marks and marks[-1] > fits / 2 else fits
        yield word[:cut]
        word = word[cut:]
    if word:
        yield word


def _joined(line: Line, word: Placed) -> Line:
    """A line with one word more, in one piece with those of its type."""
    if line and line[-1].type == word.type:
        last = line[-1]
        return [*line[:-1], last._replace(words=f"{last.words} {word.words}")]
    return [*line, word]


@cache
def _advance(face: str, words: str) -> float:
    """Where the next letter would stand: the ink alone would lose a space at the end."""
    return _ink(face, f"|{words}|") - _ink(face, "||")


def _ink(face: str, words: str) -> float:
    font = _font(face)
    font.set_text(words, 0, flags=LoadFlags.NO_HINTING)
    return font.get_width_height()[0] / 64


@cache
def _font(face: str) -> FT2Font:
    font = FT2Font(_file(face))
    font.set_size(FINE, 72)
    return font


def _file(face: str) -> str:
    return str(FONTS / f"{face}.ttf")
