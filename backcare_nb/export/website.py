"""The whole collection as pages for any web server, or to be opened from a folder.

    python -m backcare_nb.export.website FOLDER

The pages of site.py, and of each section handouts to print and pages that play offline. The folder
is written whole or not at all, with the same bytes each time, and only where nothing stands but
what was written here before, as it was written.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from backcare_nb.course.files import SaveError
from backcare_nb.course.models import Section
from backcare_nb.custom.library import library
from backcare_nb.export.handout import PAPERS, HandoutError, render_handout
from backcare_nb.export.site import files, offline, page_name, printed, versions
from backcare_nb.export.typesetting import can_typeset
from backcare_nb.export.webpage import save_page
from backcare_nb.lesson.lesson import section_lesson

LIST = "about-this-folder.txt"
WORDS = """\
These pages were written by: python -m backcare_nb.export.website
Put the folder on any web server, or open index.html.
Keep nothing of your own here, and change nothing: it is written anew each time. It holds these
files, each with its SHA-256:
"""
DIGEST = 66  # letters before a name: those of a SHA-256, and two spaces
LEFT_BY_SYSTEMS = {".DS_Store", "Thumbs.db", "desktop.ini"}


class FolderError(ValueError):
    """A folder that cannot be written; its text is one sentence for the person who asked."""


def write(folder: Path | str, address: str = "") -> Path:
    """Write the site into a folder, which is made; FolderError where it holds anything else.

    ``address`` is where the folder will be on the web, for the QR codes of what is printed.
    """
    folder = Path(folder).resolve()
    _refuse_what_others_made(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as work:
        fresh = Path(work, "site")
        _fill(fresh, address)
        _put(fresh, folder, Path(work, "before"))
    return folder


def _fill(fresh: Path, address: str) -> None:
    for name, text in files().items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    for chosen in library().sections:
        _fill_section(fresh, chosen, address)
    text = "\n".join([WORDS, *sorted(_lines(fresh)), ""])
    (fresh / LIST).write_text(text, encoding="utf-8", newline="\n")


def _fill_section(fresh: Path, chosen: Section, address: str) -> None:
    """The pages of a section to print and to keep."""
    link = f"{address.rstrip('/')}/{page_name(chosen)}.html" if address else ""
    for folder in ("print", "offline"):
        (fresh / folder).mkdir(exist_ok=True)
    for paper in PAPERS if can_typeset() else ():
        (fresh / printed(chosen, paper)).write_bytes(render_handout(chosen.id, paper, link))
    for version in versions(chosen):
        save_page(section_lesson(chosen.id, version), fresh / offline(chosen, version))


def _refuse_what_others_made(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FolderError(f"{folder} is a file: name a folder for the pages.")
    ours = set()
    with suppress(FileNotFoundError):
        ours.update((folder / LIST).read_text(encoding="utf-8").splitlines())
    strange = sorted(line[DIGEST:] for line in _lines(folder) if line not in ours)
    if strange:
        raise FolderError(
            f"{folder} holds {strange[0]}, which was not written here, or was changed since: name a"
            " new folder, or an empty one."
        )


def _lines(folder: Path) -> Iterator[str]:
    """Each file of a folder with its digest, but for the list of them and what systems leave."""
    for path in _files_of(folder):
        name = path.relative_to(folder).as_posix()
        if name != LIST and path.name not in LEFT_BY_SYSTEMS:
            yield f"{sha256(path.read_bytes()).hexdigest()}  {name}"


def _files_of(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path


def _put(fresh: Path, folder: Path, before: Path) -> None:
    """The new folder in the place of the old; if that fails, the old one stays."""
    if folder.exists():
        folder.rename(before)
    try:
        fresh.rename(folder)
    except OSError:
        if before.exists():
            before.rename(folder)
        raise


# The command


def main(words: list[str] | None = None) -> int:
    """Write the site; a sentence and 2 where that cannot be."""
    parser = argparse.ArgumentParser(
        "python -m backcare_nb.export.website",
        description="Write the collection as pages for a web server.",
    )
    parser.add_argument("folder", type=Path, help="the folder to write, new or written here before")
    parser.add_argument("--address", default="", help="where it will be on the web, for QR codes")
    asked = parser.parse_args(words)
    try:
        folder = write(asked.folder, asked.address)
    except (FolderError, HandoutError, SaveError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    sizes = [path.stat().st_size for path in _files_of(folder)]
    print(f"{len(sizes)} files, {sum(sizes) / 1e6:.1f} MB; open {folder / 'index.html'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
