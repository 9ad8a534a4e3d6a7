"""Content set by Typst, by the templates that lie here, into a tagged PDF (PDF/UA-1).

Letters are those of DejaVu Sans, which matplotlib brings along: it has the most scripts of what is
on every machine, so that all of them break the same lines. Nothing is asked of the network or of
the system's fonts, and no word of the content is ever read as markup: words go in as JSON strings.
"""

import json
import re
import warnings
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import matplotlib
from matplotlib.ft2font import FT2Font

if TYPE_CHECKING:
    import typst

HANDOUT_TEMPLATE = Path(__file__).with_name("handout.typ")
PROGRAMME_TEMPLATE = Path(__file__).with_name("programme.typ")
SHEET_TEMPLATE = Path(__file__).with_name("sheet.typ")
FONTS_FOLDER = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
# Joiners that some languages need, and the space that keeps words together.
PRINTABLE_INVISIBLE_CHARACTERS = frozenset("\u200c\u200d\u00a0")

JsonContent = str | bool | float | None | Sequence["JsonContent"] | Mapping[str, "JsonContent"]


class PageLayout(NamedTuple):
    """How content is laid out.

    columns: those of a page. type_pt: the size of its letters. scale: points for a hundredth of
    stature in a figure. unbroken: whether an exercise stays whole in its column. tight: whether
    lines are close, and the signs that need a doctor paragraphs, and not lists.
    """

    columns: int
    type_pt: float
    scale: float
    unbroken: bool = False
    tight: bool = False


# Each takes no more paper than the ones before it.
HANDOUT_LAYOUTS_ROOMIEST_FIRST = (
    *(PageLayout(2, 10.5, scale, unbroken=True) for scale in (1.15, 0.95)),
    *(PageLayout(2, 10, scale, unbroken=True) for scale in (0.95, 0.75)),
    *(PageLayout(2, 10, scale) for scale in (0.85, 0.75)),
    *(PageLayout(2, 9.5, scale) for scale in (0.9, 0.8)),
    *(PageLayout(2, 9, scale) for scale in (1, 0.9, 0.82, 0.75, 0.68, 0.62)),
    *(PageLayout(2, 10, scale, tight=True) for scale in (0.9, 0.75)),
    *(
        PageLayout(2, 9, scale, tight=True)
        for scale in (1.05, 0.95, 0.83, 0.74, 0.66, 0.61, 0.57, 0.53, 0.5)
    ),
    *(PageLayout(2, 8.5, scale, tight=True) for scale in (0.62, 0.56, 0.5)),  # labels have 9
)


ProgrammeWords = Literal["words", "brief", "cues"]


class ProgrammeLayout(NamedTuple):
    """How the sheet of a programme is laid out; see PageLayout for the first two.

    picture_mm: how high a picture may be. box_mm: the side of a box to tick. gap_pt: the space
    above and below an exercise. general: whether it has what is said of every programme. words:
    what is told of how to do it; where that is "brief", the way into a position is left to the
    pictures, where it is "cues", it is as short as a teacher says it, and with both of them who
    should ask is said once.
    """

    type_pt: float
    scale: float
    picture_mm: float
    box_mm: float = 3.2
    gap_pt: float = 5
    general: bool = True
    words: ProgrammeWords = "words"


PROGRAMME_LAYOUTS = (
    *(ProgrammeLayout(10.5, 2, mm, 3.6) for mm in (58, 52, 46)),
    *(ProgrammeLayout(9.5, 2, mm) for mm in (48, 42, 36)),
    *(ProgrammeLayout(9.5, 2, mm, general=False) for mm in (42, 38)),
    *(ProgrammeLayout(9, 1.8, mm, general=False) for mm in (40, 36, 32)),
    *(ProgrammeLayout(8.5, 1.6, mm, 2.8, general=False) for mm in (32, 28, 25, 22, 19)),
    *(
        ProgrammeLayout(pt, 1.8, mm, 2.8, gap, general=False, words="brief")
        for pt, gap in ((9.5, 4), (9, 3), (8.5, 3), (8, 2), (7.5, 2), (7, 1))
        for mm in (30, 26, 22)
    ),
)
FEWEST_LARGE_PROGRAMME_PAGES = 2  # rather than smaller letters
LARGE_PROGRAMME_LAYOUTS = (
    *(ProgrammeLayout(18, 2.2, 60, 5), ProgrammeLayout(18, 2, 46, 5)),
    *(
        ProgrammeLayout(pt, 2, mm, 4, 3, general=False, words="brief")
        for pt in (18, 17, 16)
        for mm in (36, 28)
    ),
    *(
        ProgrammeLayout(pt, 2, mm, box_mm, gap, general=False, words="cues")
        for pt, box_mm, gap in ((18, 4, 3), (17, 4, 3), (16, 4, 3), (15, 3.6, 2), (14, 3, 1))
        for mm in (36, 28, 20)
    ),
)
LARGE_HANDOUT_LAYOUTS_ROOMIEST_FIRST = tuple(
    PageLayout(1, 18, scale, whole) for whole in (True, False) for scale in (2.2, 1.8, 1.6, 1.4)
)


def is_typst_installed() -> bool:
    """Is Typst there? It has no package for Windows on ARM."""
    return find_spec("typst") is not None


def typeset_pdf_on_least_paper(
    content: Mapping[str, JsonContent],
    layouts: Sequence[PageLayout] | Sequence[ProgrammeLayout],
    template: Path = HANDOUT_TEMPLATE,
    fewest_pages: int = 1,
) -> bytes:
    """Content as a PDF, in the first of `layouts` that takes as little paper as the last one.

    More paper than `fewest_pages` has to be saved; less need not.
    """
    unprintable_words: set[str] = set()
    words = json.dumps(_make_printable(content, "", bool(content["grey"]), unprintable_words))
    for word in sorted(unprintable_words):
        warnings.warn(f"{word}: boxes stand for letters that cannot be printed here.", stacklevel=3)
    import typst

    def compiler(layout: PageLayout | ProgrammeLayout) -> typst.Compiler:
        inputs = {"content": words, "layout": json.dumps(layout._asdict())}
        root, fonts = template.parent, _load_typst_fonts()
        return typst.Compiler(template, root=root, font_paths=fonts, sys_inputs=inputs)

    compilers = [compiler(layout) for layout in layouts]

    @cache
    def pages(number: int) -> float:
        return float(compilers[number].query("<paper>", field="value", one=True))

    last = len(layouts) - 1
    most = max(pages(last), fewest_pages)
    chosen = bisect_left(range(last), -most, key=lambda number: -pages(number))
    pdf = compilers[chosen].compile(format="pdf", pdf_standards=["ua-1"])
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _load_typst_fonts() -> "typst.Fonts":
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS_FOLDER]
    )


# Letters


def _make_printable(
    content: JsonContent, key: str, grey: bool, unprintable_words: set[str]
) -> JsonContent:
    """Content with each text on one line, and a box in place of each letter that the type lacks.

    The words with such a letter are added to `unprintable_words`. SVG becomes grey, or stays.
    """
    if isinstance(content, str) and key == "svg":
        return re.sub("#[0-9a-f]{6}", _colour_to_grey, content) if grey else content
    if isinstance(content, str):
        text = collapse_to_one_line(content)
        missing = set(text) - _printable_characters()
        unprintable_words.update(word for word in text.split(" ") if missing & set(word))
        return "".join("\N{WHITE SQUARE}" if c in missing else c for c in text)
    more = grey, unprintable_words
    if isinstance(content, Mapping):
        return {name: _make_printable(each, name, *more) for name, each in content.items()}
    if isinstance(content, Sequence):
        return [_make_printable(each, "", *more) for each in content]
    return content


def _colour_to_grey(colour: re.Match[str]) -> str:
    """A colour #rrggbb as the grey that is as light."""
    red, green, blue = bytes.fromhex(colour[0][1:])
    light = round(0.299 * red + 0.587 * green + 0.114 * blue)
    return f"#{light:02x}{light:02x}{light:02x}"


def collapse_to_one_line(text: str) -> str:
    """Text without control characters, and with single spaces."""
    shown = (c if c.isprintable() or c in PRINTABLE_INVISIBLE_CHARACTERS else " " for c in text)
    return re.sub(" +", " ", "".join(shown)).strip(" ")


@cache
def _printable_characters() -> frozenset[str]:
    """What can be printed in regular, bold and slanted type."""
    letters = FT2Font(str(FONTS_FOLDER / "DejaVuSans.ttf")).get_charmap()
    return PRINTABLE_INVISIBLE_CHARACTERS | frozenset(map(chr, letters))
