"""Figures for the browser: one SVG, and how its moving paths go on from frame to frame.

The picture is drawn in whole steps of a quarter of a unit, 4 mm on a person, and its paths are
told from point to point: where a limb moves as a whole, one point moves. `packing` says how the
frames are told. A path that moves carries the number of its points as data-p, since a limb that
passes the trunk is drawn twice, and as data-s the frames in which it appears and disappears.
"""

from dataclasses import replace

import numpy as np

from backcare_nb.figures import packing
from backcare_nb.figures.outlines import CLOSE, CURVE, LINE, MOVE, QUAD
from backcare_nb.figures.packing import Track
from backcare_nb.figures.page import Mark, Page
from backcare_nb.figures.svg import STEPS_PER_UNIT, attributes

SLACK = 1.25  # steps by which a point may lie beside its way
FEWEST = 12  # frames of a motion, or those it has
STRAY = 0.25  # units by which a path may differ on average from the frames that are left out
LETTERS = {MOVE: "m", LINE: "l", QUAD: "q", CURVE: "c", CLOSE: "z"}
LENGTHS = {MOVE: 1, LINE: 1, QUAD: 2, CURVE: 3, CLOSE: 1}


def sprite(page: Page, key: str, alts: list[str], loop: bool, angle: dict | None = None) -> dict:
    """A page with several frames as JSON-able data; see `figure.sprite`."""
    page = replace(page, marks=[m for m in _thinned(page.marks) if not m.hidden.all()])
    moving = _moving(page.marks)
    first = sorted(set(moving.values()))
    tracks = [_track(page, [i for i in moving if moving[i] == same]) for same in first]
    numbers, steps = packing.pack(tracks, SLACK)
    drawn = dict(zip(first, numbers, strict=True))
    made = {
        "key": key,
        "title": page.title,
        "alt": page.alt,
        "alts": alts,
        "width": round(page.width),
        "height": round(page.height),
        "loop": loop,
        "svg": _svg(page, {i: (first.index(k), drawn[k]) for i, k in moving.items()}),
        "frames": max(len(mark.points) for mark in page.marks),
        "steps": steps,
    }
    return made | ({"angle": angle} if angle else {})


def _thinned(marks: list[Mark]) -> list[Mark]:
    """The marks with as few frames, evenly spaced, as the eye needs."""
    whole = max(len(mark.points) for mark in marks)
    chosen = next((n for n in range(FEWEST, whole) if _enough(marks, whole, n)), whole)
    return [_resampled(mark, np.linspace(0, 1, chosen)) for mark in marks]


def _enough(marks: list[Mark], whole: int, count: int) -> bool:
    """Do this many frames keep each path, where it is seen, within STRAY of its way on average?"""
    there, back = np.linspace(0, 1, count), np.linspace(0, 1, whole)
    for mark in marks:
        if len(mark.points) > 1:
            stray = np.abs(_resampled(_resampled(mark, there), back).points - mark.points)
            seen = ~np.broadcast_to(mark.hidden, (whole,))
            if stray[seen].mean(axis=(1, 2)).max(initial=0) > STRAY:
                return False
    return True


def _resampled(mark: Mark, at: np.ndarray) -> Mark:
    """A mark at other shares of its way."""
    last = len(mark.points) - 1
    if last == 0 or len(at) == last + 1:
        return mark
    low = np.minimum((at * last).astype(int), last - 1)
    share = (at * last - low)[:, None, None]
    points = mark.points[low] * (1 - share) + mark.points[low + 1] * share
    hidden = np.broadcast_to(mark.hidden, (last + 1,))[np.rint(at * last).astype(int)]
    return replace(mark, points=points, hidden=hidden)


def _moving(marks: list[Mark]) -> dict[int, int]:
    """The marks that move, each with the first one that has the same points in all frames."""
    found: dict[bytes, int] = {}
    return {
        i: found.setdefault(mark.points.tobytes(), i)
        for i, mark in enumerate(marks)
        if _moves(mark)
    }


def _moves(mark: Mark) -> bool:
    return bool(mark.hidden.any() or np.ptp(mark.points, axis=0).max() * STEPS_PER_UNIT > 0.5)


def _track(page: Page, same: list[int]) -> Track:
    """The way of marks that have the same points, seen where one of them is."""
    mark = page.marks[same[0]]
    told, bases, _ = _plan(mark)
    frames = max(len(m.points) for m in page.marks)
    places = np.broadcast_to(_places(mark, page.height), (frames, len(mark.codes), 2))
    seen = [~np.broadcast_to(page.marks[i].hidden, (frames,)) for i in same]
    return Track(places[:, told], bases, np.any(seen, axis=0))


def _places(mark: Mark, height: float) -> np.ndarray:
    """The points (B, N, 2) of a mark in steps, y down."""
    return (mark.points * (1, -1) + (0, height)) * STEPS_PER_UNIT


def _plan(mark: Mark) -> tuple[list[int], tuple[int, ...], list[tuple[str, int]]]:
    """The points that are told, from which told point each, and letters with their points."""
    told: list[int] = []
    bases: list[int] = []
    letters = []
    at, base = 0, -1
    while at < len(mark.codes):
        code = mark.codes[at]
        points = [*range(at, at + LENGTHS[code])] if code != CLOSE else []
        smooth = code == CURVE and letters[-1][0] in "cs" and _goes_on(mark.points, at)
        points = points[smooth:]
        told += points
        bases += [base] * len(points)
        letters.append(("s" if smooth else LETTERS[code], len(points)))
        at, base = at + LENGTHS[code], len(told) - 1
    return told, tuple(bases), letters


def _goes_on(points: np.ndarray, at: int) -> bool:
    """Does the curve at a point leave it as the one before came, so that SVG knows its handle?"""
    return bool(
        np.abs(points[:, at] + points[:, at - 2] - 2 * points[:, at - 1]).max() * STEPS_PER_UNIT
        < 0.25
    )


def _path_data(letters: list[tuple[str, int]], numbers: np.ndarray) -> str:
    """Path data from letters with the numbers (N, 2) of their points."""
    words, at = [], 0
    for letter, count in letters:
        words.append(letter + " ".join(map(str, numbers[at : at + count].ravel().tolist())))
        at += count
    return "".join(words)


def _svg(page: Page, moving: dict[int, tuple[int, np.ndarray]]) -> str:
    """The first frame; paths that move carry their number, and those that rest say nothing."""
    drawn = page.drawn()
    paths = "".join(
        f"<path{attributes(paint | _path(page, i, moving.get(i)))}/>"
        for i, paint in enumerate(drawn.paints)
    )
    return drawn.wrapped(paths, page.alt)


def _path(page: Page, i: int, moving: tuple[int, np.ndarray] | None) -> dict[str, str]:
    """The data of one path, and, if it moves, its number and when it is seen."""
    mark = page.marks[i]
    letters = _plan(mark)[2]
    if moving:
        number, numbers = moving
        return {"data-p": str(number), **_seen(mark.hidden), "d": _path_data(letters, numbers)}
    way = _track(page, [i])
    still = replace(way, places=way.places[:1], seen=way.seen[:1])
    return {"d": _path_data(letters, packing.pack([still], 0)[0][0])}


def _seen(hidden: np.ndarray) -> dict[str, str]:
    """The frames in which a path appears and disappears, in turn, if it is not always seen."""
    if not hidden.any():
        return {}
    turns = np.flatnonzero(np.diff(np.concatenate([[True], hidden, [True]])))
    first = {"visibility": "hidden"} if hidden[0] else {}
    return {"data-s": " ".join(map(str, turns)), **first}
