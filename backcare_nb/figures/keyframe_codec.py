"""The numbers of moving paths, frame by frame, as a short string.

The first frame is known, since it is drawn. The last is told by what it adds to the first; then
the frame in the middle by how it differs from halfway between them, and so on by halves. A body
moves smoothly, so most of these steps are nothing, and runs of nothing are told by their length.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

ZERO_INTEGER_CHARACTER_CODE = ord("P")
MAX_INTEGER_PER_CHARACTER = 44  # one character for each step from -44 to 44; the ends go on
ZERO_RUN_PATTERN = re.compile("P{3,59}")  # told as a blank and a character for their number

# frames that are told together: those before, themselves, those after, and the share between
InterpolatedFrames = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class PathTrack:
    """A path on its way: places (K, N, 2) of its points, and in which frames (K,) it is seen.

    A point is told from the point whose number stands in `bases` (N,), or with -1 from the corner.
    It may lie beside its way by so many slacks (N,).
    """

    places: np.ndarray
    bases: tuple[int, ...]
    slacks: tuple[float, ...]
    seen: np.ndarray


def encode_keyframes(tracks: list[PathTrack], slack: float) -> tuple[list[np.ndarray], str]:
    """Write the whole numbers (N, 2) of each path's first frame, and the steps to all others.

    Each place comes back within a whole step, or, where that is less far, within `slack`, of where
    it was. A path that is not seen is told nothing.
    """
    frames = len(tracks[0].places) if tracks else 1
    rows = [np.zeros(t.places.shape) for t in tracks]
    # a path counts where it is seen, or is about to be
    about = [t.seen | np.append(t.seen[1:], False) | np.append(False, t.seen[:-1]) for t in tracks]
    slacks = [np.where(seen, slack, np.inf) for seen in about]
    steps = []
    for before, now, after, share in interpolation_levels(frames):
        told = []
        for track, row, loose in zip(tracks, rows, slacks, strict=True):
            guess = row[before] + (row[after] - row[before]) * share[:, None, None]
            change = _integer_changes(track, now, guess, loose[now] if now[0] else np.zeros(1))
            row[now] = guess + change
            told.append(change.reshape(len(now), -1))
        steps.append(np.concatenate(told, axis=1) if told else np.zeros((1, 0)))
    numbers = np.concatenate([s.ravel() for s in steps[1:]] or [np.zeros(0)])
    return [row[0].astype(int) for row in rows], encode_integers(numbers.astype(int).tolist())


def interpolation_levels(frame_count: int) -> list[InterpolatedFrames]:
    """Return the frames in the order in which they are told.

    The first and the last stand on the first alone.
    """
    first, last = np.array([0]), np.array([frame_count - 1])
    groups = [(first, now, first, np.zeros(1)) for now in (first, last)][: min(frame_count, 2)]
    pairs = [(0, frame_count - 1)]
    while pairs := [(a, b) for a, b in pairs if b - a > 1]:
        low, high = np.array(pairs).T
        half = (low + high) // 2
        groups.append((low, half, high, (half - low) / (high - low)))
        pairs = [pair for a, m, b in zip(low, half, high, strict=True) for pair in ((a, m), (m, b))]
    return groups


def _integer_changes(
    track: PathTrack, frames: np.ndarray, predicted: np.ndarray, slack: np.ndarray
) -> np.ndarray:
    """Whole numbers to add to a guess so that each point comes to its place, if it must move."""
    change = np.zeros_like(predicted)
    place = np.zeros(
        (len(predicted), predicted.shape[1] + 1, 2)
    )  # the last stays: it is the corner
    for n, (base, times) in enumerate(zip(track.bases, track.slacks, strict=True)):
        place[:, n] = place[:, base] + predicted[:, n]
        off = track.places[frames, n] - place[:, n]
        change[:, n] = np.where(np.abs(off) > times * slack[:, None], np.rint(off), 0)
        place[:, n] += change[:, n]
    return change


def encode_integers(numbers: Iterable[int]) -> str:
    """Write whole numbers as letters."""
    text = "".join(map(_encode_integer, numbers))
    return ZERO_RUN_PATTERN.sub(lambda run: f" {chr(ord(' ') + len(run[0]))}", text)


@cache
def _encode_integer(number: int) -> str:
    ends, rest = divmod(abs(number), MAX_INTEGER_PER_CHARACTER)
    sign = -1 if number < 0 else 1
    most, last = (ZERO_INTEGER_CHARACTER_CODE + sign * n for n in (MAX_INTEGER_PER_CHARACTER, rest))
    return chr(most) * ends + chr(last)
