"""A saved lesson as a notebook, from which its slides are made, or its page is served."""

import atexit
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from backcare_nb.html.amount_words import describe_amounts
from backcare_nb.lesson.lesson import Lesson, describe_easier_version
from backcare_nb.lesson.saved_lessons import LESSON_FILES_FOLDER, read_lesson

NEW_SLIDE_METADATA, SAME_SLIDE_METADATA = (
    {"slideshow": {"slide_type": kind}} for kind in ("slide", "-")
)


def write_temporary_lesson_notebook(name: str, folder: Path) -> Path | None:
    """Write the saved lesson of that name as a notebook into the folder of the notebooks.

    It is there for as long as this process: what it says lies in the lesson's own file. None where
    there is no such lesson, or a notebook of that name. Raises DataError where it cannot be used.
    """
    with chdir(folder):  # where lessons and own exercises are, as for a kernel that works there
        saved = LESSON_FILES_FOLDER.path(name)
        path = folder / f"{saved.stem}.ipynb"
        if not saved.is_file() or path.exists():
            return None
        cells = list(_lesson_cells(read_lesson(name), saved.stem))
    nbformat.write(new_notebook(cells=cells), path)
    atexit.register(path.unlink, missing_ok=True)
    return path


def _lesson_cells(lesson: Lesson, name: str) -> Iterator[nbformat.NotebookNode]:
    """Nobody's condition is in it: it is for a wall."""
    rules, safety = lesson.library.rules, lesson.library.safety
    first = f"# {lesson.title}\n\n{rules.say_first}\n\n{safety.stop.what}"
    yield new_markdown_cell(first, metadata=NEW_SLIDE_METADATA)
    for place, part in enumerate(lesson.parts):
        amount = describe_amounts(part.exercise, part.options)
        easier = f"\n\n{describe_easier_version(part)}" if part.version != "easier" else ""
        words = f"## {part.exercise.title}\n\n{amount}{easier}"
        yield new_markdown_cell(words, metadata=NEW_SLIDE_METADATA)
        version = f', version="{part.version}"' if part.version != "source" else ""
        amounts = f'options=open_lesson("{name}").parts[{place}].options'
        shown = f'show("{part.exercise.id}"{version}, {amounts})'
        words = f"from backcare_nb import open_lesson, show\n\n{shown}"
        yield new_code_cell(words, metadata=SAME_SLIDE_METADATA)
    yield new_markdown_cell("## All of it", metadata=NEW_SLIDE_METADATA)
    words = f'from backcare_nb import teach\n\nteach("{name}")'
    yield new_code_cell(words, metadata=SAME_SLIDE_METADATA)
