"""A file with an exercise of one's own: what is to be mended in it, and its picture beside it.

python -m backcare_nb.export.exercise_check FILE
"""

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from backcare_nb.course.files import save_file
from backcare_nb.course.yaml_reader import DataError, read_yaml_text
from backcare_nb.custom.own_exercises import RefusedExerciseError, check_exercise_text
from backcare_nb.export.figure_files import render_still
from backcare_nb.figures.draw import find_figure
from backcare_nb.posture.table import posture_table

PALE_GREY_OPACITY = 0.45


def check_and_draw_exercise_file(path: Path, picture: Path) -> list[str]:
    """Say what is wrong in a file, or worth a second look, and draw it as far as it came.

    Raises DataError where the file cannot be read at all, with the report.
    """
    try:
        made = check_exercise_text(read_yaml_text(path), path.name)
    except RefusedExerciseError as refused:
        figures, names, said = refused.figures, refused.postures, [str(refused)]
        is_grey = refused.are_impossible
    else:
        is_grey = False
        figures = made.exercise.own_figures
        names = (*made.motions.values(), *[*made.postures.values()][::-1])
        said = list(made.remarks) or [f"{path.name}: nothing is to be mended."]
    if names:
        drawn = find_figure(names[0], None, posture_table(figures))
        png = render_still(drawn, ".png")
        save_file(picture, _as_pale_grey(png) if is_grey else png, replace=True)
        said.append(f"Drawn as {picture}.")
    return said


def _as_pale_grey(png: bytes) -> bytes:
    """The same picture as the notebook shows what nobody can do."""
    from PIL import Image

    file = io.BytesIO()
    grey = Image.open(io.BytesIO(png)).convert("L")
    grey.point(lambda tone: round(255 - PALE_GREY_OPACITY * (255 - tone))).save(file, "png")
    return file.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a file and draw it; 1 where it is to be mended."""
    parser = argparse.ArgumentParser(prog="backcare exercise", description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="a file of yours, such as bird_dog.yaml")
    parser.add_argument("--out", type=Path, help="its picture; otherwise beside it, as .png")
    given = parser.parse_args(arguments)
    try:
        said = check_and_draw_exercise_file(given.file, given.out or given.file.with_suffix(".png"))
    except (DataError, OSError) as error:
        said = [str(error)]
    print(*said, sep="\n")
    return 1 if " mistake" in said[0].partition("\n")[0] else 0


if __name__ == "__main__":
    sys.exit(main())
