"""Every posture and every motion, or the pages of handouts, on sheets of PNG, to be looked at.

python tools/contact_sheet.py --out sheets          a folder of pages
python tools/contact_sheet.py --out all.png         one long picture
python tools/contact_sheet.py --out sheets --only cow cat sit_back
python tools/contact_sheet.py --out sheets --pdf handouts/*.pdf      two pages on each (pdftoppm)
"""

import argparse
import io
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.image
import numpy as np
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from backcare_nb.course.files import write_atomically
from backcare_nb.figures.camera import describe_viewpoint
from backcare_nb.figures.draw import cameras_of_figure, draw_figure, find_figure
from backcare_nb.figures.drawing import style_context
from backcare_nb.figures.palette import PAPER_COLOUR
from backcare_nb.posture import checks
from backcare_nb.posture.table import posture_table

WIDTH = 1500  # pixels of a sheet
HEIGHT = 1700  # and, about, of a page
DPI = 150
PAGE_DPI = 88  # at which two pages of a handout lie side by side, to be read
HEAD = 56  # pixels above each figure, for its name and its check


@style_context()
def main(words: Sequence[str] | None = None) -> None:
    given = _arguments(words)
    names = given.only or (*posture_table().postures, *posture_table().motions)
    rows = _rows([*_pages_of(given.pdf)] if given.pdf else [_tile(name) for name in names])
    if given.out.suffix == ".png":
        _save(_column(rows), given.out)
        return
    given.out.mkdir(parents=True, exist_ok=True)
    for number, sheet in enumerate(_pages(rows), 1):
        _save(_column(sheet), given.out / f"sheet_{number:02}.png")


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="a .png file, or a folder")
    parser.add_argument("--only", nargs="*", help="names of postures and motions")
    parser.add_argument("--pdf", nargs="*", type=Path, help="handouts, for their pages instead")
    return parser.parse_args(words)


def _pages_of(files: Sequence[Path]) -> Iterator[np.ndarray]:
    """The pages of handouts, as pixels."""
    for file in files:
        with TemporaryDirectory() as folder:
            command = ["pdftoppm", "-r", str(PAGE_DPI), "-png", str(file), f"{folder}/page"]
            subprocess.run(command, check=True)
            for page in sorted(Path(folder).iterdir()):
                yield matplotlib.image.imread(page)[..., :3]


def _tile(name: str) -> np.ndarray:
    """A picture with its name and what the check says of it, as pixels."""
    try:
        picture, said = (
            _pixels(draw_figure(find_figure(name)).figure(background=PAPER_COLOUR)),
            _checked(name),
        )
    except Exception as error:  # a sheet shows what is wrong, and goes on
        picture, said = np.ones((60, 500, 3)), f"{type(error).__name__}: {error}"
    wide = max(picture.shape[1], 460)
    picture = np.pad(picture, ((0, 0), (0, wide - picture.shape[1]), (0, 0)), constant_values=1)
    return np.vstack([_caption(f"{name}: {said}", wide), picture])


def _checked(name: str) -> str:
    """The views, and what the check says: failures in full, the first warning, and their number."""
    what = find_figure(name)
    found = [str(finding) for finding in checks.check_figure(what)]
    fails = [text for text in found if text.startswith("FAIL")]
    warns = [text for text in found if not text.startswith("FAIL")]
    said = [*fails, *(f"{len(warns)} warnings, first {text}" for text in warns[:1])]
    views = ", ".join(describe_viewpoint(each, what.frames) for each in cameras_of_figure(what))
    return f"{views}: {'; '.join(said) or 'ok'}"


def _caption(text: str, width: int) -> np.ndarray:
    made = Figure((width / 100, HEAD / 100), dpi=100, facecolor="white")
    lines = textwrap.wrap(text, width // 6)
    made.text(0.01, 0.96, "\n".join(lines[:4]), fontsize=7, va="top")
    return _pixels(made, 100)[:HEAD, :width]


def _pixels(made: Figure, dpi: int = DPI) -> np.ndarray:
    file = io.BytesIO()
    made.savefig(file, format="png", dpi=dpi)
    file.seek(0)
    return matplotlib.image.imread(file)[..., :3]


def _rows(tiles: list[np.ndarray]) -> list[list[np.ndarray]]:
    rows: list[list[np.ndarray]] = [[]]
    for tile in tiles:
        if rows[-1] and sum(t.shape[1] + 12 for t in rows[-1]) + tile.shape[1] > WIDTH:
            rows.append([])
        rows[-1].append(tile)
    return rows


def _pages(rows):
    """Rows as far as a page reaches."""
    page, tall = [], 0
    for row in rows:
        height = max(t.shape[0] for t in row)
        if page and tall + height > HEIGHT:
            yield page
            page, tall = [], 0
        page, tall = [*page, row], tall + height
    yield page


def _column(rows) -> np.ndarray:
    bands = [_band(row) for row in rows]
    width = max(b.shape[1] for b in bands)
    padded = [
        np.pad(b, ((0, 12), (0, width - b.shape[1]), (0, 0)), constant_values=1) for b in bands
    ]
    return np.vstack(padded)


def _band(row: list[np.ndarray]) -> np.ndarray:
    height = max(t.shape[0] for t in row)
    return np.hstack(
        [np.pad(t, ((0, height - t.shape[0]), (0, 12), (0, 0)), constant_values=1) for t in row]
    )


def _save(pixels: np.ndarray, path: Path) -> None:
    file = io.BytesIO()
    matplotlib.image.imsave(file, np.ascontiguousarray(pixels), format="png")
    write_atomically(path, file.getvalue())
    print(path, f"{pixels.shape[1]} x {pixels.shape[0]}")


if __name__ == "__main__":
    main()
