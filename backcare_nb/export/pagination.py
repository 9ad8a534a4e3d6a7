"""Boxes on pages: whole where they fit, figures as large as the room allows, notes in the rest."""

from collections.abc import Iterable

from backcare_nb.export.arrangement import Placed
from backcare_nb.export.boxes import RULED, Box, Stack
from backcare_nb.export.printed import notes

GAP = 14.0  # between boxes
FEWEST = 3  # lines to write on; fewer are not worth their place


def paged(boxes: Iterable[Box], width: float, height: float) -> list[Stack]:
    """Boxes on as many pages of a width and a height as they need.

    The last page, or the first one with room, has lines for notes.
    """
    pages: list[list[Box]] = [[]]
    for box in boxes:
        _place(box, pages, width, height)
    kept = next((k for k, page in enumerate(pages) if _lines(page, width, height) >= FEWEST), None)
    if kept is None:
        kept = len(pages)
        pages.append([])
    roomy = [page if k == kept else _roomier(page, width, height) for k, page in enumerate(pages)]
    return [Stack(_noted(page, width, height), GAP) for page in roomy]


def _room(page: list[Box], width: float, height: float) -> float:
    """What a page has left for one more box."""
    return height - Stack(page, GAP).height(width) - (GAP if page else 0)


def _place(box: Box, pages: list[list[Box]], width: float, height: float) -> None:
    """A box where it fits: on this page, on the next, or in parts."""
    high, parts = box.height(width), box.parts(width)
    if high <= _room(pages[-1], width, height):
        pages[-1].append(box)
    elif high <= height or parts == [box]:
        pages.append([box])
    else:
        for part in parts:
            _place(part, pages, width, height)


def _roomier(page: list[Box], width: float, height: float) -> list[Box]:
    """A page with its figures as large as its room allows, one exercise after the other."""
    made = list(page)
    for number, box in enumerate(page):
        if isinstance(box, Placed):
            spare = height - Stack(made, GAP).height(width)
            made[number] = box.roomier(box.height(width) + spare, width)
    return made


def _lines(page: list[Box], width: float, height: float) -> int:
    """How many lines to write on a page has room for, their title aside."""
    return int(_room(page, width, height) / RULED) - 1


def _noted(page: list[Box], width: float, height: float) -> list[Box]:
    count = _lines(page, width, height)
    return [*page, notes(count)] if count >= FEWEST else page
