"""What the course draws and says of postures, as text by name; as a program, digests of it.

python -m tests.drawn writes {name: sha256} to standard output, for this processor and settings;
with --noise, as a processor that rounds otherwise would place each body.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import cycle

import numpy as np

from backcare_nb.body.skeleton import Body, SegmentFrames
from backcare_nb.custom.library import current_library
from backcare_nb.figures import draw
from backcare_nb.figures.drawing import Drawing
from backcare_nb.figures.keyframe_codec import (
    MAX_INTEGER_PER_CHARACTER,
    ZERO_INTEGER_CHARACTER_CODE,
    interpolation_levels,
)
from backcare_nb.posture import motion as motions
from backcare_nb.posture import pose as poses
from backcare_nb.posture.checks import check_figure
from backcare_nb.posture.motion import MotionPath
from backcare_nb.posture.pose import Pose
from backcare_nb.posture.table import posture_table
from backcare_nb.sessions import timeline

NOISE = 1e-12  # fractions of stature, radians: a thousand times what processors differ by


def forget_solved() -> None:
    """Let every posture and motion be solved again, or taken from the solutions again."""
    poses._solve_posture_once.cache_clear()
    motions._solve_motion_once.cache_clear()


def read_steps(steps: str) -> Iterator[int]:
    """The numbers of a sprite's steps, read as the browser reads them."""
    number = 0
    for letter in re.sub(" (.)", lambda run: "P" * (ord(run[1]) - ord(" ")), steps):
        step = ord(letter) - ZERO_INTEGER_CHARACTER_CODE
        number += step
        if abs(step) < MAX_INTEGER_PER_CHARACTER:
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
    what = find(key)
    drawings = [draw.draw_figure(what)]
    if isinstance(what, MotionPath):
        drawings.append(draw.draw_keyframes(what))
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


def digests() -> dict[str, str]:
    """The sha256 of what is judged of each figure, of every sixth as drawn, of some its files."""
    keys = [*every_key()]
    found = {f"verdicts of {key}": verdicts(key) for key in keys}
    found |= {key: shapes(key) for key in keys[::6]}
    found |= {f"files of {key}": files(key) for key in keys[::20]}
    for exercise in current_library().exercises:
        for key in timeline.compile_session([exercise], rise=current_library().rise).figure_keys():
            if key.startswith("breath:"):
                found[key] = json.dumps(draw.draw_sprite(key))
    return {name: sha256(text.encode()).hexdigest() for name, text in found.items()}


def with_noise(placed: Callable[..., SegmentFrames], seed: int) -> Callable[..., SegmentFrames]:
    """Body.frames as it is, but that each body which is placed has noise of its own."""

    def frames(self, poses: np.ndarray) -> SegmentFrames:
        exact = placed(self, poses)
        mark = int.from_bytes(sha256(poses.tobytes()).digest()[:8])
        random = np.random.default_rng([seed, mark])
        parts = (exact.origins, exact.rotations, exact.axes)
        return SegmentFrames(*(part + random.uniform(-NOISE, NOISE, part.shape) for part in parts))

    return frames


if __name__ == "__main__":
    if sys.argv[1:] == ["--noise"]:
        Body.frames = with_noise(Body.frames, seed=1)
    json.dump(digests(), sys.stdout)
