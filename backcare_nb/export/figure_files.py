"""Figures to take: files for a sheet, a page or slides of one's own, under the course's licence.

python -m backcare_nb.export.figure_files FOLDER --formats svg png gif
"""

import argparse
import sys
from collections.abc import Sequence
from html import escape
from itertools import product
from pathlib import Path

from backcare_nb.course.fields import MISTAKE_POSTURE_PREFIX, Side
from backcare_nb.course.files import SaveError, save_file
from backcare_nb.course.names import UnknownName, find_by_name, shorten, unknown_name_message
from backcare_nb.custom.library import current_library
from backcare_nb.figures.animation import PlaybackTiming, draw_animated_gif, draw_animated_svg
from backcare_nb.figures.draw import draw_figure, draw_keyframes, draw_mistake, find_figure
from backcare_nb.figures.drawing import Drawing
from backcare_nb.html.card import Card, para
from backcare_nb.html.picture import resolve_own_figure
from backcare_nb.posture.motion import MotionPath
from backcare_nb.posture.pose import Pose, solve_posture
from backcare_nb.posture.table import posture_table

# As pyproject.toml has them, which an environment that runs from a checkout knows nothing of.
LICENCE, AUTHORS = "MIT", "The back care notebooks authors"
CREDIT_LINE = f"{AUTHORS}, {LICENCE} licence"
FIGURE_FILE_ENDINGS = (".svg", ".png", ".pdf", ".gif")
FILE_ENDING_BY_FORMAT = {
    **{kind[1:]: kind for kind in FIGURE_FILE_ENDINGS},
    "moving": ".moving.svg",
}
SECONDS_PER_HALF_BREATH = 4.5  # in, and as long out
MIN_MOTION_S, MOTION_FRAMES_PER_SECOND = 3.0, 8  # of a motion's own frames


def save_figure(
    name: str,
    path: str | Path,
    side: Side | None = None,
    *,
    moving: bool = False,
    replace: bool = False,
) -> Card:
    """Save a posture or a motion for a sheet of your own, free under the course's licence.

    ``name`` is its id, such as "cow_to_cat", and ``side`` "left" or "right". The ending of ``path``
    chooses the kind: .svg, .png, .pdf, or .gif, which moves; with ``moving`` an .svg moves too. The
    file says its title, licence and source. Another file that has the name is left as it is, unless
    ``replace`` is True. Raises SaveError or UnknownName, each with a sentence.
    """
    data = render_figure(name, Path(path).suffix.lower(), side, moving=moving)
    save_file(path, data, replace=replace)
    return Card("told", (para(f"Saved as {path}."),))


def render_figure(name: str, kind: str, side: Side | None = None, *, moving: bool = False) -> bytes:
    """A figure as the bytes of a file of a kind, such as ".svg"; see save_figure."""
    if kind not in FIGURE_FILE_ENDINGS:
        known = f"{', '.join(FIGURE_FILE_ENDINGS[:-1])} or {FIGURE_FILE_ENDINGS[-1]}"
        raise SaveError(f'Choose a name that ends in {known}, and not in "{shorten(kind)}".')
    if moving and kind not in (".svg", ".gif"):
        raise SaveError(f"A {kind} file cannot move: choose a name that ends in .svg or .gif.")
    if side is not None:
        find_by_name("side", side, dict.fromkeys(("left", "right")))
    what = _find_figure_or_raise(name, side)
    if not moving and kind != ".gif":
        return render_still(what, kind)
    if isinstance(what, Pose) and what.is_mistake:
        raise SaveError(f"{name} is a common mistake, and never moves: choose .svg, .png or .pdf.")
    drawing = draw_keyframes(what, breathing=isinstance(what, Pose))
    if isinstance(what, Pose):
        playback = PlaybackTiming(SECONDS_PER_HALF_BREATH, back=True)
    else:
        seconds = max(MIN_MOTION_S, len(what.numbers) / MOTION_FRAMES_PER_SECOND)
        steps = (step for exercise in current_library().exercises for step in exercise.steps)
        back = any(step.do == "repeat" and step.motion == what.name for step in steps)
        playback = PlaybackTiming(seconds, what.spec.loop, back)
    if kind == ".gif":
        return draw_animated_gif(drawing, playback, f"{drawing.title}. {CREDIT_LINE}")
    return _add_svg_metadata(draw_animated_svg(drawing, playback), drawing)


def _find_figure_or_raise(name: str, side: Side | None) -> Pose | MotionPath:
    full, own = resolve_own_figure("motion", name)
    if full == name:
        full, own = resolve_own_figure("posture", name)
    table = posture_table(own)
    known = {**table.postures, **table.motions}
    if full not in known:  # those of own exercises are called otherwise in their files
        raise UnknownName(unknown_name_message("figure", name, known.keys() - own.keys()))
    return find_figure(full, side, table)


def render_still(what: Pose | MotionPath, kind: str) -> bytes:
    """A posture or a motion as the bytes of a file of a kind that does not move."""
    if isinstance(what, Pose) and what.is_mistake:
        drawing = draw_mistake(what, solve_posture(what.spec.like or what.name, what.side))
    else:
        drawing = draw_figure(what)
    if kind == ".svg":
        return _add_svg_metadata(drawing.svg(), drawing)
    told = {
        ".png": {"Title": drawing.title, "Description": drawing.alt, "Copyright": CREDIT_LINE},
        ".pdf": {"Title": drawing.title, "Subject": drawing.alt, "Author": AUTHORS,
                 "Keywords": CREDIT_LINE},
    }  # fmt: skip
    return drawing.render(kind, metadata=told[kind])


def _add_svg_metadata(svg: str, drawing: Drawing) -> bytes:
    """An SVG that says its title, licence and source in the words of Dublin Core."""
    said = {"title": drawing.title, "creator": AUTHORS, "rights": f"{LICENCE} licence"}
    words = "".join(f"<dc:{key}>{escape(text)}</dc:{key}>" for key, text in said.items())
    name = "xmlns:dc='http://purl.org/dc/elements/1.1/'"
    return svg.replace("</title>", f"</title><metadata {name}>{words}</metadata>", 1).encode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write every figure of the course into a folder; returns the exit status."""
    parser = argparse.ArgumentParser(
        "python -m backcare_nb.export.figure_files",
        description="Write every posture and motion as files, to take for sheets of your own.",
    )
    add = parser.add_argument
    add("folder", type=Path, help="where they are written")
    add("--formats", nargs="+", choices=FILE_ENDING_BY_FORMAT, default=["svg"],
        help="svg unless told otherwise; moving is an SVG that moves")  # fmt: skip
    add("--replace", action="store_true", help="write over files that are there")
    asked = parser.parse_args(arguments)
    table, count = posture_table(), 0
    try:
        asked.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        print(f"{asked.folder} cannot be written: {reason}. Choose another.", file=sys.stderr)
        return 1
    for name, word in product((*table.postures, *table.motions), asked.formats):
        ending, moves = FILE_ENDING_BY_FORMAT[word], word in ("moving", "gif")
        if moves and name.startswith(MISTAKE_POSTURE_PREFIX):
            continue
        data = render_figure(name, f".{ending.rpartition('.')[2]}", moving=moves)
        try:
            save_file(asked.folder / f"{name}{ending}", data, replace=asked.replace)
        except SaveError as error:
            print(error, file=sys.stderr)
            return 1
        count += 1
    print(f"{count} files in {asked.folder}: free to use, {CREDIT_LINE}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
