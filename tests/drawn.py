"""What the course draws and says of postures, as text by name; as a program, digests of it.

python tests/drawn.py writes {name: sha256} to standard output, for this processor and settings.
"""

import json
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import cycle

import numpy as np

from backcare_nb.custom.library import current_library
from backcare_nb.figures import draw
from backcare_nb.figures.drawing import Drawing
from backcare_nb.figures.keyframe_codec import (
    MAX_STEP_PER_CHARACTER,
    ZERO_STEP_CHARACTER_CODE,
    interpolation_levels,
)
from backcare_nb.html import exercise_figures
from backcare_nb.posture import motion as motions
from backcare_nb.posture import pose as poses
from backcare_nb.posture.checks import check_figure
from backcare_nb.posture.motion import MotionPath
from backcare_nb.posture.pose import Pose
from backcare_nb.posture.table import posture_table
from backcare_nb.sessions import timeline


def forget_solved() -> None:
    """Let every posture and motion be solved again, or taken from the solutions again."""
    poses._solve_posture_once.cache_clear()
    motions._solve_motion_once.cache_clear()


def read_steps(steps: str) -> Iterator[int]:
    """The numbers of a sprite's steps, read as the browser reads them."""
    number = 0
    for letter in re.sub(" (.)", lambda run: "P" * (ord(run[1]) - ord(" ")), steps):
        step = ord(letter) - ZERO_STEP_CHARACTER_CODE
        number += step
        if abs(step) < MAX_STEP_PER_CHARACTER:
            yield number
            number = 0


def decode_frames(first: np.ndarray, frames: int, steps: str) -> np.ndarray:
    """The numbers (frames, N) of all paths, from those of the first frame (N,) and the steps."""
    numbers = read_steps(steps)
    rows = np.zeros((frames, len(first)))
    rows[0] = first
    for before, now, after, share in interpolation_levels(frames)[1:]:
        guess = rows[before] + (rows[after] - rows[before]) * share[:, None]
        rows[now] = guess + np.array([[next(numbers) for _ in first] for _ in now])
    return rows


def every_key() -> Iterator[str]:
    """Every posture and motion; those that have sides on the left and on the right in turn."""
    sides = cycle(("left", "right"))
    for name in (*posture_table().postures, *posture_table().motions):
        yield f"{name}.{next(sides)}" if find(name).side else name


def find(key: str) -> Pose | MotionPath:
    """The posture or motion of a key."""
    name, _, side = key.partition(".")
    return draw.find_figure(name, side or None)


def shapes(key: str) -> str:
    """Every number, tone and word that a figure's files are made from, in their order."""
    drawings = draw.draw_figure(find(key)), draw.draw_keyframes(find(key))
    return repr([_plain(drawing) for drawing in drawings])


def _plain(drawing: Drawing) -> tuple:
    """A drawing as plain values: points as they are drawn, to the last bit."""
    about = drawing.width, drawing.height, drawing.title, drawing.alt, drawing.texts
    drawn = [(s.tone, s.codes, s.points.tobytes(), s.hidden.tobytes()) for s in drawing.shapes]
    return *about, drawn


def verdicts(key: str) -> str:
    """What the checks say of a posture or a motion."""
    return "\n".join(map(str, check_figure(find(key))))


def files(key: str) -> str:
    """The files of a figure: a still or a strip, a thumbnail, and what a browser moves."""
    what = find(key)
    made = [draw.draw_figure(what).svg()]
    if not (isinstance(what, Pose) and what.is_mistake):  # which is never played
        made.append(json.dumps(draw.draw_sprite(key)))
    if isinstance(what, Pose):
        made.append(draw.draw_thumbnail(what).svg())
    return "\n".join(made)


def sheets() -> Iterator[tuple[str, str]]:
    """The figures of each exercise, and those that breathe."""
    for exercise in (*current_library().exercises, *current_library().rises_from_floor_and_bed):
        yield f"show {exercise.id}", exercise_figures.show(exercise)._repr_html_()
        for key in timeline.compile_session([exercise], rise=current_library().rise).figure_keys():
            if key.startswith("breath:"):
                yield key, json.dumps(draw.draw_sprite(key))


def digests() -> dict[str, str]:
    """The sha256 of every third figure, as all are drawn by the same steps, and of all sheets."""
    keys = [*every_key()][::3]
    found = {key: files(key) + verdicts(key) for key in keys} | dict(sheets())
    return {name: sha256(text.encode()).hexdigest() for name, text in found.items()}


if __name__ == "__main__":
    json.dump(digests(), sys.stdout)
