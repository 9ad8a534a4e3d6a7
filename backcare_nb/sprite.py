"""Figures for the browser: one SVG and the numbers of its moving paths, frame by frame."""

import re
from html import escape

import numpy as np

from .outline import CLOSE
from .page import Mark, Page

TENTH = 0.1  # units: the grid on which a sprite lies


def sprite(page: Page, key: str, alts: list[str], loop: bool, angle: dict | None = None) -> dict:
    """A page with several frames as JSON-able data; see `figure.sprite`."""
    frames = max(len(m.points) for m in page.marks)
    moving = _moving(page.marks)
    first = sorted(set(moving.values()))
    rows = [_rows(page.marks[i], page.height, frames) for i in first]
    made = {
        "key": key,
        "alt": page.alt,
        "alts": alts,
        "width": round(page.width),
        "height": round(page.height),
        "loop": loop,
        "svg": _svg(page, moving, first),
        "coding": "steps",
        "frames": _steps(rows, frames),
    }
    return made | ({"angle": angle} if angle else {})


def _steps(rows: list[list], frames: int) -> list[list]:
    """Each path's numbers once, and from then on what is added to them; 0 where nothing is.

    A motion that is sent this way is half as large, and compresses to half again.
    """
    made = []
    last: list[np.ndarray | None] = [None] * len(rows)
    for k in range(frames):
        made.append([_step(last, i, row[k]) for i, row in enumerate(rows)])
    return made


def _step(last: list[np.ndarray | None], i: int, now: np.ndarray | None):
    if now is None:
        return None
    before, last[i] = last[i], now
    step = now if before is None else now - before
    return step.tolist() if before is None or step.any() else 0


def unpack(sprite: dict) -> list[list]:
    """The frames of a sprite in whole: numbers, in tenths, of each path; None where hidden."""
    if sprite.get("coding") != "steps":
        return sprite["frames"]
    made, last = [], {}
    for frame in sprite["frames"]:
        for i, step in enumerate(frame):
            if step is not None:
                last[i] = last.get(i, 0) + np.array(step)
        made.append([None if s is None else last[i].tolist() for i, s in enumerate(frame)])
    return made


def _moving(marks: list[Mark]) -> dict[int, int]:
    """The marks that move, each with the first one that has the same points in all frames."""
    found: dict[tuple, int] = {}
    return {
        i: found.setdefault((mark.points.tobytes(), mark.hidden.tobytes()), i)
        for i, mark in enumerate(marks)
        if _moves(mark)
    }


def _moves(mark: Mark) -> bool:
    return bool(mark.hidden.any() or np.ptp(mark.points, axis=0).max() > 1.5 * TENTH)


def _rows(mark: Mark, height: float, frames: int) -> list[np.ndarray | None]:
    """The numbers of one path in each frame, in tenths, as they stand in its path data."""
    drawn = np.array(mark.codes) != CLOSE
    flipped = mark.points[:, drawn] * (1, -1) + (0, height)
    numbers = _steady(flipped.reshape(len(flipped), -1) / TENTH)
    hidden = np.broadcast_to(mark.hidden, (frames,))
    return [None if h else row for row, h in zip(numbers, hidden, strict=True)]


def _steady(numbers: np.ndarray) -> np.ndarray:
    """Whole numbers that stay where they are until they have moved by nearly one."""
    kept = np.rint(numbers).astype(int)
    for before, after, exact in zip(kept, kept[1:], numbers[1:], strict=False):
        np.copyto(after, before, where=np.abs(exact - before) < 0.9)
    return kept


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
        f'{round(page.height)}" role="img" aria-label="{escape(page.alt)}">{"".join(kept)}</svg>'
    )


def _unseen(marks: list[Mark], i: int) -> bool:
    return i < len(marks) and bool(marks[i].hidden.all())
