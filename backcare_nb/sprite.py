"""Figures for the browser: one SVG and the numbers of its moving paths, frame by frame."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape

import numpy as np

from .outline import CLOSE
from .page import Mark, Page

GRID = 2  # tenths of a unit between the places of a point: 3 mm on a person
FEWEST = 12  # frames of a motion, or those it has
STRAY = 0.35  # units by which a path may differ on average from the frames that are left out


def sprite(page: Page, key: str, alts: list[str], loop: bool, angle: dict | None = None) -> dict:
    """A page with several frames as JSON-able data; see `figure.sprite`."""
    marks = _thinned(page.marks)
    frames = max(len(mark.points) for mark in marks)
    moving = _moving(marks)
    first = sorted(set(moving.values()))
    rows = {i: _numbers(marks[i], page.height) for i in first}
    for i, mark in enumerate(marks):
        numbers = rows[moving[i]][0] if i in moving else _tenths(mark, page.height)[0]
        marks[i] = _drawn(mark, np.rint(numbers), page.height)
    made = {
        "key": key,
        "title": page.title,
        "alt": page.alt,
        "alts": alts,
        "width": round(page.width),
        "height": round(page.height),
        "loop": loop,
        "svg": _svg(replace(page, marks=marks), moving, first),
        "coding": "steps",
        "frames": [[_step(marks[i], rows[i], k) for i in first] for k in range(frames)],
    }
    return made | ({"angle": angle} if angle else {})


def unpack(sprite: dict) -> list[list]:
    """The frames of a sprite in whole: numbers, in tenths, of each path; None where hidden."""
    last = dict(_first(sprite["svg"]))
    made = []
    for frame in sprite["frames"]:
        for i, step in enumerate(frame):
            last[i] = last[i] + np.array(step or 0)
        made.append([None if s is None else last[i].tolist() for i, s in enumerate(frame)])
    return made


def _first(svg: str) -> Iterator[tuple[int, np.ndarray]]:
    """The numbers of each moving path as it is drawn, in tenths."""
    for number, d in re.findall(r'data-p="(\d+)"[^>]* d="([^"]*)"', svg):
        yield (
            int(number),
            np.rint(np.array(re.findall(r"-?[\d.]+", d), dtype=float) * 10).astype(int),
        )


def _step(mark: Mark, rows: np.ndarray, k: int) -> list[int] | int | None:
    """What frame k adds to the numbers before it; 0 for nothing, None where the path is hidden.

    The first frame adds nothing to the path as it is drawn. A motion sent this way is half as
    large. The numbers of a hidden path wait until it is seen again.
    """
    seen = ~np.broadcast_to(mark.hidden, (len(rows),))
    if not seen[k]:
        return None
    before = rows[max(np.flatnonzero(seen[:k]), default=0)]
    step = rows[k] - before
    return step.tolist() if step.any() else 0


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
    found: dict[tuple, int] = {}
    return {
        i: found.setdefault((mark.points.tobytes(), mark.hidden.tobytes()), i)
        for i, mark in enumerate(marks)
        if _moves(mark)
    }


def _moves(mark: Mark) -> bool:
    return bool(mark.hidden.any() or np.ptp(mark.points, axis=0).max() > 0.1 * GRID)


def _numbers(mark: Mark, height: float) -> np.ndarray:
    """(K, N) numbers of one path in each frame, in tenths, as they stand in its path data."""
    return _steady(_tenths(mark, height))


def _tenths(mark: Mark, height: float) -> np.ndarray:
    drawn = np.array(mark.codes) != CLOSE
    flipped = mark.points[:, drawn] * (1, -1) + (0, height)
    return flipped.reshape(len(flipped), -1) * 10


def _steady(numbers: np.ndarray) -> np.ndarray:
    """Numbers on the grid that stay where they are until they have moved by most of a step."""
    kept = GRID * np.rint(numbers / GRID).astype(int)
    for before, after, exact in zip(kept, kept[1:], numbers[1:], strict=False):
        np.copyto(after, before, where=np.abs(exact - before) < 0.75 * GRID)
    return kept


def _drawn(mark: Mark, numbers: np.ndarray, height: float) -> Mark:
    """The mark with its first frame exactly where the numbers say."""
    drawn = np.array(mark.codes) != CLOSE
    points = mark.points[:1].copy()
    points[0, drawn] = (numbers.reshape(-1, 2) / 10 - (0, height)) * (1, -1)
    return replace(mark, points=points)


def _svg(page: Page, moving: dict[int, int], first: list[int]) -> str:
    """The first frame; paths that move carry their number, and those that rest say nothing."""
    parts = re.split(r"(?=<(?:path|text) )", page.markup(0))[1:]
    for i, same in moving.items():
        number = first.index(same)
        hidden = ' visibility="hidden"' if page.marks[i].hidden[0] else ""
        parts[i] = parts[i].replace("<path ", f'<path data-p="{number}"{hidden} ', 1)
    kept = [p for i, p in enumerate(parts) if i in moving or not _unseen(page.marks, i)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {round(page.width)} '
        f'{round(page.height)}" role="img" aria-label="{escape(page.alt)}" '
        f'stroke-linejoin="round">{"".join(kept)}</svg>'
    )


def _unseen(marks: list[Mark], i: int) -> bool:
    return i < len(marks) and bool(marks[i].hidden.all())
