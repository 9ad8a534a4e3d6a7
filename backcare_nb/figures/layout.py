"""Panels and words placed beside and above each other, before they have a page.

All lengths are in units of the page: hundredths of stature.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from backcare_nb.body.stable_math import round_off
from backcare_nb.figures.page import Page, Panel, Words
from backcare_nb.figures.palette import QUIET

GAP = 5.0  # between panels, and around them
LABEL = 10.5  # for a line of words
BELOW = 8.0  # from a panel to the foot of its view's name
WIDEST = 300.0  # a wider strip goes on in a new row
NARROWEST = 46.0  # a panel with a label


@dataclass
class Block:
    """Panels and words with their places, the lower left corner at (0, 0)."""

    width: float
    height: float
    panels: list[tuple[Panel, float, float]] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    letter: str = ""


def beside(panels: list[Panel]) -> Block:
    """The views of one thing at one scale: in a row, or stacked where they are wide."""
    sizes = np.array([p.size for p in panels])
    blocks = labelled(panels)
    narrow = sizes[:, 0].sum() <= 1.5 * max(sizes[:, 1].max(), 100)
    return row(blocks) if narrow else stack(blocks)


def labelled(panels: list[Panel]) -> list[Block]:
    """Each panel with the name of its view below, where there is more than one."""
    if len(panels) == 1:
        return [Block(*panels[0].size, [(panels[0], 0, 0)])]
    return [_labelled(panel) for panel in panels]


def _labelled(panel: Panel) -> Block:
    panel.widen(NARROWEST)
    width, height = panel.size
    label = Words(width / 2, LABEL - BELOW, panel.label)
    return Block(width, height + LABEL, [(panel, 0, LABEL)], [label])


def titled(block: Block, words: Words) -> Block:
    """A block under a line of words in its middle."""
    head = Block(block.width, LABEL, [], [replace(words, x=block.width / 2, y=2)])
    return stack([head, block])


def lettered(blocks: list[Block]) -> list[Block]:
    """Blocks that get a, b, c, over their left edge, where they stand in a row."""
    return [replace(block, letter=chr(ord("a") + k)) for k, block in enumerate(blocks)]


def row(blocks: list[Block]) -> Block:
    """Blocks beside each other, on one ground, their letters on one line."""
    width = sum(b.width for b in blocks) + GAP * (len(blocks) - 1)
    made, x = Block(width, max(b.height for b in blocks)), 0.0
    for block in blocks:
        _add(made, block, x, 0)
        if block.letter:
            made.words.append(
                Words(x + 1, made.height - 5, block.letter, 6.5, QUIET, "left", "bold")
            )
        x += block.width + GAP
    return made


def stack(blocks: list[Block]) -> Block:
    """Blocks one above the other, each in the middle."""
    height = sum(b.height for b in blocks) + GAP * (len(blocks) - 1)
    made = Block(max(b.width for b in blocks), height)
    y = height
    for block in blocks:
        y -= block.height
        _add(made, block, (made.width - block.width) / 2, y)
        y -= GAP
    return made


def flow(blocks: list[Block]) -> Block:
    """Blocks in rows of about one length, none wider than WIDEST."""
    rows: list[list[Block]] = []
    per_row = _per_row(len(blocks), float(np.mean([b.width for b in blocks])))
    for block in blocks:
        wide = sum(b.width + GAP for b in rows[-1]) if rows else 0
        if not rows or len(rows[-1]) >= per_row or wide + block.width > WIDEST:
            rows.append([])
        rows[-1].append(block)
    return stack([row(line) for line in rows])


def packed(blocks: list[Block], widest: float) -> list[Block]:
    """Blocks in as few rows as a width allows, and these of about one length."""
    count = len(_rows(blocks, widest))
    evenly = next(w for w in np.linspace(0, widest, 61) if len(_rows(blocks, w)) <= count)
    return [row(line) for line in _rows(blocks, evenly)]


def _rows(blocks: list[Block], widest: float) -> list[list[Block]]:
    """Rows filled one after another."""
    rows: list[list[Block]] = [[]]
    for block in blocks:
        if rows[-1] and sum(b.width + GAP for b in rows[-1]) + block.width > widest:
            rows.append([])
        rows[-1].append(block)
    return rows


def fit(width: float) -> int:
    """How many blocks of a width stand in a row."""
    return max(1, int((WIDEST + GAP) // (width + GAP)))


def _per_row(count: int, width: float) -> int:
    return -(-count // -(-count // fit(width)))


def _add(made: Block, block: Block, x: float, y: float) -> None:
    made.panels += [(p, x + px, y + py) for p, px, py in block.panels]
    made.words += [replace(w, x=w.x + x, y=w.y + y) for w in block.words]


def page(block: Block, title: str, alt: str) -> Page:
    """A block on its card."""
    width, height = np.ceil(round_off(np.array([block.width, block.height]) + 2 * GAP))
    made = Page(float(width), float(height), title, alt)
    for panel, x, y in block.panels:
        made.put(panel, GAP + x, GAP + y)
    made.words += [replace(w, x=round(w.x + GAP, 1), y=round(w.y + GAP, 1)) for w in block.words]
    return made
