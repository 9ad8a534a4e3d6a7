"""A lesson on paper: a PDF to print, in colours or in grey, with room for the teacher's notes.

    python -m backcare_nb.export relax_the_back --out relax.pdf --paper Letter

A person reads what the lesson is and what it needs, what to know before beginning, then each
exercise with who should take care, its steps beside their figures and its easier version; last,
where a lesson ends lying, how to get up.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from backcare_nb.course.errors import UserError
from backcare_nb.course.files import SaveError, save_file
from backcare_nb.course.names import UnknownName, shorten
from backcare_nb.course.yaml_reader import DataError
from backcare_nb.custom.library import library
from backcare_nb.export import printed
from backcare_nb.export.boxes import Box
from backcare_nb.export.pagination import paged
from backcare_nb.export.paper import MARGIN, PAPERS, Paper, Run, lines, plain
from backcare_nb.export.prose import SMALL
from backcare_nb.export.sheet import Sheet, bind
from backcare_nb.html.card import Card, para
from backcare_nb.lesson.lesson import Lesson, section_lesson
from backcare_nb.sessions.options import VERSION_LABELS, SessionError

TOP = 16.0  # for the line above each page but the first
LONGEST_LINK = 500  # letters: beyond, the squares are too fine for a telephone
QUIET_ZONE = 4  # modules around a QR code, by its standard


class HandoutError(UserError, ValueError):
    """A handout that cannot be made; its text is one sentence for the person who asked."""


def save_handout(
    lesson: Lesson | str,
    path: str | Path,
    paper: Literal["A4", "Letter"] = "A4",
    link: str = "",
    *,
    replace: bool = False,
) -> Card:
    """Save a ``lesson``, or the section of that name, as a PDF to print.

    ``path`` is the name of the file, such as "my_lesson.pdf", ``paper`` "A4" or "Letter", and
    ``link`` where the lesson's page is on the web, printed in words and as a QR code. The same
    lesson gives the same bytes; another file that has the name is left as it is, unless
    ``replace`` is True. Raises HandoutError, SaveError or UnknownName, each with a sentence.
    """
    save_file(path, pdf(lesson, paper, link), replace=replace)
    return Card("told", (para(f"Saved as {path}."),))


def pdf(lesson: Lesson | str, paper: str = "A4", link: str = "") -> bytes:
    """A lesson as the bytes of a PDF; see save_handout."""
    lesson = section_lesson(lesson) if isinstance(lesson, str) else lesson
    sheet = _paper(paper)
    link = plain(link)
    width, height = sheet.inner
    boxes = printed.blocks(lesson, width, link, _code(link))
    pages = paged(boxes, width, height - TOP)
    drawn = (_drawn(page, k, len(pages), lesson, sheet) for k, page in enumerate(pages, 1))
    subject = f"Exercises for the back, {printed.length(lesson)}: a handout to print"
    return bind(drawn, plain(lesson.title), subject)


def _paper(name: str) -> Paper:
    known = {paper.lower(): PAPERS[paper] for paper in PAPERS}
    if str(name).lower() not in known:
        sizes = " or ".join(PAPERS)
        raise HandoutError(f'The paper can be {sizes}, not "{shorten(str(name))}".')
    return known[name.lower()]


def _code(link: str) -> np.ndarray | None:
    """The modules of the link's QR code with their quiet zone; none without a link."""
    if not link:
        return None
    if len(link) > LONGEST_LINK:
        raise HandoutError(
            f"The link has {len(link)} letters, too many for a code that a telephone can read:"
            f" choose one of at most {LONGEST_LINK}."
        )
    import segno

    made = segno.make(link, error="m", micro=False)
    return np.pad(np.array([list(row) for row in made.matrix]), QUIET_ZONE)


# Pages


def _drawn(page: Box, number: int, count: int, lesson: Lesson, paper: Paper) -> Sheet:
    sheet = Sheet(paper)
    width, height = paper.inner
    _running(sheet, number, count, lesson, paper)
    page.draw(sheet, MARGIN, MARGIN + height - TOP, width)
    return sheet


def _running(sheet: Sheet, number: int, count: int, lesson: Lesson, paper: Paper) -> None:
    """The line above a page: the lesson, and the number of the page."""
    width, height = paper.inner
    foot = MARGIN + height - SMALL.size
    title = lesson.title if number > 1 else "Exercises for the back"
    for x, words, type_ in lines([Run(title, SMALL)], width - 60)[0]:
        sheet.words(MARGIN + x, foot, words, type_)
    sheet.words(MARGIN + width, foot, f"{number} of {count}", SMALL, "right")


# The command


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the handouts that the command line asks for; returns the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        for card in _written(asked):
            print(card)
    except (HandoutError, SaveError, SessionError, UnknownName, DataError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m backcare_nb.export",
        description="Write a section as a PDF to print, with figures, steps and cautions.",
    )
    parser.add_argument("section", nargs="?", help="the id of a section, such as relax_the_back")
    parser.add_argument("--out", type=Path, help="the file to write; SECTION.pdf if not given")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="write every section's, here")
    parser.add_argument(
        "--version", default="source", choices=VERSION_LABELS, help="source: as taught"
    )
    parser.add_argument("--paper", default="A4", help="A4 or Letter")
    parser.add_argument("--replace", action="store_true", help="write over a file that is there")
    parser.add_argument("--link", default="", help="where the page to play along is, for a QR code")
    return parser


def _written(asked: argparse.Namespace) -> Iterator[Card]:
    if (asked.section is None) == (asked.all is None):
        raise HandoutError("Name a section, or write all of them with --all FOLDER.")
    if asked.section:
        chosen = {asked.section: asked.out or Path(f"{asked.section}.pdf")}
    else:
        chosen = {section.id: asked.all / f"{section.id}.pdf" for section in library().sections}
    for section, out in chosen.items():
        lesson = section_lesson(section, asked.version)
        yield save_handout(lesson, out, asked.paper, asked.link, replace=asked.replace)
