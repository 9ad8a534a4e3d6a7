"""A lesson on paper: a PDF to print, in colours or in grey, with room for the teacher's notes.

    python -m backcare_nb.export relax_the_back --out relax.pdf --paper Letter

A person reads what to know before beginning, then each exercise with its cautions, its steps
beside their figures and its easier version; last how often, and when a back needs a doctor.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from backcare_nb.course.errors import UserError
from backcare_nb.course.files import SaveError, save_file
from backcare_nb.course.names import shorten
from backcare_nb.custom.library import current_library
from backcare_nb.export.handout_content import PrintedFields, lesson_fields
from backcare_nb.export.programme_content import programme_fields
from backcare_nb.export.typesetting import (
    FEWEST_LARGE_PROGRAMME_PAGES,
    HANDOUT_LAYOUTS_ROOMIEST_FIRST,
    LARGE_HANDOUT_LAYOUTS_ROOMIEST_FIRST,
    LARGE_PROGRAMME_LAYOUTS,
    PROGRAMME_LAYOUTS,
    PROGRAMME_TEMPLATE,
    collapse_to_one_line,
    is_typst_installed,
    typeset_pdf_on_least_paper,
)
from backcare_nb.html.card import Card, para
from backcare_nb.lesson.find import LessonOrProgrammeOrName, find_lesson, find_programme
from backcare_nb.sessions.options import VERSION_LABELS

TYPST_PAPER_BY_NAME = {"A4": "a4", "Letter": "us-letter"}  # by the names that Typst has for them
MAX_QR_LINK_LETTERS = 500  # beyond, the squares are too fine for a telephone
MAX_EXERCISES_IN_BRIEF = 5  # of a programme, whose words may be fewer so that it takes one page
NO_TYPST_SENTENCE = (
    "Handouts are set by the package typst, which is not here, or does not exist for this computer:"
    ' print the saved page instead. save_page(lesson, "lesson.html") writes it; open it in a'
    " browser, and print it there."
)


def save_handout(
    lesson: LessonOrProgrammeOrName,
    path: str | Path,
    paper: Literal["A4", "Letter"] = "A4",
    link: str = "",
    *,
    large: bool = False,
    grey: bool = False,
    replace: bool = False,
) -> Card:
    """Save a ``lesson``, a programme, or what has that name, as a PDF to print.

    A name is that of a section, a saved lesson, a saved programme or an exercise. A programme is a
    sheet with a picture, the dose and boxes to tick for each exercise: one page for five.

    ``path`` is the name of the file, such as "my_lesson.pdf", ``paper`` "A4" or "Letter", and
    ``link`` where the lesson's page is on the web, printed in words and as a QR code. ``large``
    prints letters of 18 points, and ``grey`` needs no colours. The same lesson gives the same
    bytes; another file that has the name is left as it is, unless ``replace`` is True. Raises
    SaveError or UnknownName, each with a sentence.
    """
    pdf = render_handout(lesson, paper, link, large=large, grey=grey)
    save_file(path, pdf, replace=replace)
    return Card("told", (para(f"Saved as {path}."),))


def render_handout(
    lesson: LessonOrProgrammeOrName,
    paper: str = "A4",
    link: str = "",
    *,
    large: bool = False,
    grey: bool = False,
) -> bytes:
    """A lesson or a programme as the bytes of a PDF; see save_handout."""
    look: PrintedFields = {"paper": find_typst_paper(paper), "large": large, "grey": grey}
    link = collapse_to_one_line(link)
    if len(link) > MAX_QR_LINK_LETTERS:
        raise SaveError(
            f"The link has {len(link)} letters, too many for a code that a telephone can read:"
            f" choose one of at most {MAX_QR_LINK_LETTERS}."
        )
    if programme := find_programme(lesson):
        may_be_brief = len(programme.exercise_ids) <= MAX_EXERCISES_IN_BRIEF
        layouts = LARGE_PROGRAMME_LAYOUTS if large else PROGRAMME_LAYOUTS
        layouts = tuple(layout for layout in layouts if may_be_brief or layout.words == "words")
        content = programme_fields(programme) | look
        fewest = FEWEST_LARGE_PROGRAMME_PAGES if large else 1
        return typeset_pdf_on_least_paper(content, layouts, PROGRAMME_TEMPLATE, fewest)
    content = lesson_fields(find_lesson(lesson), link) | look
    return typeset_pdf_on_least_paper(
        content, LARGE_HANDOUT_LAYOUTS_ROOMIEST_FIRST if large else HANDOUT_LAYOUTS_ROOMIEST_FIRST
    )


def find_typst_paper(paper: str) -> str:
    """The name that Typst has for a paper; SaveError where it or Typst is not there."""
    if not is_typst_installed():
        raise SaveError(NO_TYPST_SENTENCE)
    sizes = {name.lower(): size for name, size in TYPST_PAPER_BY_NAME.items()}
    if str(paper).lower() not in sizes:
        known = " or ".join(TYPST_PAPER_BY_NAME)
        raise SaveError(f'The paper can be {known}, not "{shorten(str(paper))}".')
    return sizes[str(paper).lower()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the handouts that the command line asks for; returns the exit status."""
    parser = argparse.ArgumentParser(
        "python -m backcare_nb.export",
        description="Write a section as a PDF to print, with figures, steps and cautions.",
    )
    add = parser.add_argument
    add("section", nargs="?", help="a section, an exercise, a saved lesson or programme")
    add("--out", type=Path, help="the file to write; SECTION.pdf if not given")
    add("--all", type=Path, metavar="FOLDER", help="write every section's, here")
    add("--version", default="source", choices=VERSION_LABELS, help="source: as taught")
    add("--paper", default="A4", help="A4 or Letter")
    add("--large", action="store_true", help="letters of 18 points")
    add("--grey", action="store_true", help="in grey, for a printer without colours")
    add("--replace", action="store_true", help="write over a file that is there")
    add("--link", default="", help="where the page to play along is, for a QR code")
    asked = parser.parse_args(arguments)
    look = {name: getattr(asked, name) for name in ("paper", "link", "large", "grey", "replace")}
    try:
        if (asked.section is None) == (asked.all is None):
            raise SaveError("Name a section, or write all of them with --all FOLDER.")
        sections = [each.id for each in current_library().sections]
        for name in [asked.section] if asked.section else sections:
            out = asked.all / f"{name}.pdf" if asked.all else asked.out or Path(f"{name}.pdf")
            print(save_handout(find_lesson(name, asked.version), out, **look))
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
