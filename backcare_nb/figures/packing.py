"""The numbers of moving paths, frame by frame, as a short string.

The first frame is known, since it is drawn. The last is told by what it adds to the first; then
the frame in the middle by how it differs from halfway between them, and so on by halves. A body
moves smoothly, so most of these steps are nothing, and runs of nothing are told by their length.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

NOTHING, MOST = ord("P"), 44  # one character for each step from -44 to 44; the ends go on
RUN = re.compile("P{3,59}")  # told as a blank and a character for their number


@dataclass(frozen=True)
class Track:
    """A path on its way: places (K, N, 2) of its points, and in which frames (K,) it is seen.

    A point is told from the point whose number stands in `bases` (N,), or with -1 from the corner.
    """

    places: np.ndarray
    bases: tuple[int, ...]
    seen: np.ndarray


def pack(tracks: list[Track], slack: float) -> tuple[list[np.ndarray], str]:
    """The whole numbers (N, 2) of each path's first frame, and the steps to all other frames.

    Each place comes back within a whole step, or, where that is less far, within `slack`, of where
    it was. A path that is not seen is told nothing.
    """
    frames = len(tracks[0].places) if tracks else 1
    rows = [np.zeros(t.places.shape) for t in tracks]
    slacks = [np.where(_about(t.seen), slack, np.inf) for t in tracks]
    steps = []
    for before, now, after, share in _order(frames):
        told = []
        for track, row, loose in zip(tracks, rows, slacks, strict=True):
            guess = row[before] + (row[after] - row[before]) * share[:, None, None]
            change = _change(track, now, guess, loose[now] if now[0] else np.zeros(1))
            row[now] = guess + change
            told.append(change.reshape(len(now), -1))
        steps.append(np.concatenate(told, axis=1) if told else np.zeros((1, 0)))
    numbers = np.concatenate([s.ravel() for s in steps[1:]] or [[]])
    return [row[0].astype(int) for row in rows], write(numbers)


def unpack(first: np.ndarray, frames: int, steps: str) -> np.ndarray:
    """The numbers (frames, N) of all paths, from those of the first frame (N,) and the steps."""
    numbers = read(steps)
    rows = np.zeros((frames, len(first)))
    rows[0] = first
    for before, now, after, share in _order(frames)[1:]:
        guess = rows[before] + (rows[after] - rows[before]) * share[:, None]
        rows[now] = guess + np.array([[next(numbers) for _ in first] for _ in now])
    return rows


def _order(frames: int) -> list[tuple]:
    """Frames in the order in which they are told: those before, themselves, after, and the share.

    The first and the last stand on the first alone.
    """
    none = np.zeros(1)
    made = [([0], [0], [0], none), ([0], [frames - 1], [0], none)][: min(frames, 2)]
    pairs = [(0, frames - 1)]
    while pairs := [(a, b) for a, b in pairs if b - a > 1]:
        low, high = np.array(pairs).T
        half = (low + high) // 2
        made.append((low, half, high, (half - low) / (high - low)))
        pairs = [pair for a, m, b in zip(low, half, high, strict=True) for pair in ((a, m), (m, b))]
    return made


def _about(seen: np.ndarray) -> np.ndarray:
    """Frames in which a path is seen, or is about to be."""
    return seen | np.append(seen[1:], False) | np.insert(seen[:-1], 0, False)


def _change(track: Track, now, guess: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """Whole numbers to add to a guess so that each point comes to its place, if it must move."""
    change = np.zeros_like(guess)
    place = np.zeros((len(guess), guess.shape[1] + 1, 2))  # the last stays: it is the corner
    for n, base in enumerate(track.bases):
        place[:, n] = place[:, base] + guess[:, n]
        off = track.places[now, n] - place[:, n]
        change[:, n] = np.where(np.abs(off) > slack[:, None], np.rint(off), 0)
        place[:, n] += change[:, n]
    return change


def write(numbers: Iterable[int]) -> str:
    """Whole numbers as letters."""
    text = "".join(_word(int(number)) for number in numbers)
    return RUN.sub(lambda run: f" {chr(ord(' ') + len(run.group()))}", text)


def _word(number: int) -> str:
    whole, rest = divmod(abs(number), MOST)
    sign = -1 if number < 0 else 1
    return chr(NOTHING + sign * MOST) * whole + chr(NOTHING + sign * rest)


def read(steps: str) -> Iterator[int]:
    """The numbers that were written."""
    number = 0
    for letter in re.sub(" (.)", lambda run: "P" * (ord(run[1]) - ord(" ")), steps):
        step = ord(letter) - NOTHING
        number += step
        if abs(step) < MOST:
            yield number
            number = 0
