"""What figures cost, as ratios to matplotlib doing no more than drawing.

    python tests/benchmarks/bench_figures.py
    python tests/benchmarks/bench_figures.py --motions    the size of every motion

Each pair is measured in turns in one run, by the processor time it takes, and the medians are
compared: so what else the machine does counts little.
"""

import gzip
import io
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from matplotlib.animation import FuncAnimation  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.patches import PathPatch  # noqa: E402
from matplotlib.path import Path as Outline  # noqa: E402

from backcare_nb.figures import draw  # noqa: E402
from backcare_nb.posture.motion import solve_motion  # noqa: E402
from backcare_nb.posture.table import posture_table  # noqa: E402

POSTURE = "knees_rolled_45"
MOTION = "sit_back"
TWO_VIEWS = "roll_knees_45"
FIRST = "from backcare_nb.figures import draw; draw.draw_still(draw.find_figure('standing')).svg()"
NEXT = "from backcare_nb import still; still('standing')._repr_html_()"
BARE = (
    "import io; from matplotlib.figure import Figure; f = Figure(); f.subplots();"
    " f.savefig(io.StringIO(), format='svg')"
)


def main() -> None:
    if "--motions" in sys.argv:
        _every_motion()
        return
    draw.draw_still(draw.find_figure(POSTURE)).svg()
    draw.draw_sprite(MOTION)
    _report("a posture to SVG / bare matplotlib with as many artists", _posture(), 1.2)
    _report("first figure in a fresh process / bare matplotlib", _first(FIRST), 1.25)
    _process(NEXT)
    _report("  the same once it is kept, as a notebook shows it", _first(NEXT), 1.25)
    for name in (MOTION, TWO_VIEWS):
        _motion(name)


def _report(what: str, ratio: float, most: float) -> None:
    print(f"{what}: {ratio:.3g} (at most {most:g}) {'ok' if ratio <= most else 'MISSED'}")


def _posture() -> float:
    page = draw.draw_still(draw.find_figure(POSTURE))
    return _compare(
        lambda: draw.draw_still(draw.find_figure(POSTURE)).svg(), lambda: _bare(page), 25
    )


def _bare(page) -> None:
    """Axes with as many patches as the page has, of the same paths, and as many texts."""
    made = Figure()
    axes = made.subplots()
    axes.set_axis_off()
    for mark in page.shapes:
        axes.add_patch(PathPatch(Outline(mark.points[0], mark.codes)))
    for words in page.texts:
        axes.text(words.x, words.y, words.text)
    axes.set(xlim=(0, page.width), ylim=(0, page.height))
    made.savefig(io.StringIO(), format="svg")


def _compare(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    times: int,
    clock: Callable[[], float] = time.process_time,
) -> float:
    pairs = [(_seconds(ours, clock), _seconds(theirs, clock)) for _ in range(times)]
    return statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)


def _seconds(call: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    start = clock()
    call()
    return clock() - start


def _first(code: str) -> float:
    return _compare(lambda: _process(code), lambda: _process(BARE), 7, _children)


def _children() -> float:
    """Processor seconds of the processes that have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


def _process(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def _motion(name: str) -> None:
    seconds = statistics.median(_seconds(lambda: draw.draw_sprite(name)) for _ in range(7))
    frames, size, squeezed = _size(name)
    print(
        f"{name}: {frames} keyframes, from {len(draw.cameras_of_figure(solve_motion(name)))} sides"
    )
    _report("  seconds to build", seconds, 0.4)
    _report("  kB", size / 1e3, 30)
    _report("  kB compressed", squeezed / 1e3, 4)
    _report("  share of FuncAnimation.to_jshtml", size / _jshtml(name), 1 / 40)
    turned = len(json.dumps(draw.draw_sprite(name, turn_deg=45), separators=(",", ":")))
    _report("  bytes of a turned view / of it as taught", turned / size, 2.5)
    _report("  seconds of a turned view / of it as taught", _turning(name), 2)


def _turning(name: str) -> float:
    return _compare(lambda: draw.draw_sprite(name, turn_deg=45), lambda: draw.draw_sprite(name), 7)


def _size(name: str) -> tuple[int, int, int]:
    """Keyframes of a motion, its bytes as JSON, and compressed."""
    made = draw.draw_sprite(name)
    sent = json.dumps(made, separators=(",", ":"), ensure_ascii=False).encode()
    return made["frames"], len(sent), len(gzip.compress(sent, 9))


def _every_motion() -> None:
    """Each motion's size, as it is and for twelve of its keyframes, the largest last."""
    print(f"{'motion':28}{'sides':>6}{'keyframes':>10}{'kB':>7}{'gzip':>6}   for 12: kB  gzip")
    rows = [(*_size(name), name) for name in posture_table().motions]
    for frames, size, squeezed, name in sorted(rows, key=lambda row: 12 / row[0] * row[2]):
        sides, share = len(draw.cameras_of_figure(solve_motion(name))), 12e-3 / frames
        kept = size * share <= 30 and squeezed * share <= 4
        print(
            f"{name:28}{sides:6}{frames:10}{size / 1e3:7.1f}{squeezed / 1e3:6.1f}"
            f"{size * share:13.1f}{squeezed * share:6.1f} {'ok' if kept else 'MISSED'}"
        )


def _jshtml(name: str) -> int:
    """Bytes of two seconds of the same motion as matplotlib's own animation.

    Thirty pictures a second at the ordinary size; a sprite moves as smoothly as the screen does.
    """
    page = draw.draw_keyframes(draw.find_figure(name))
    made = Figure()
    axes = made.subplots()
    axes.set_axis_off()
    patches = [axes.add_patch(mark.make_first_frame_patch(axes.transData)) for mark in page.shapes]
    axes.set(xlim=(0, page.width), ylim=(0, page.height))

    def step(k: int) -> None:
        for patch, mark in zip(patches, page.shapes, strict=True):
            at = round(k / 59 * (len(mark.points) - 1))
            patch.set_path(Outline(mark.points[at], mark.codes))

    return len(FuncAnimation(made, step, frames=60).to_jshtml().encode())


if __name__ == "__main__":
    main()
