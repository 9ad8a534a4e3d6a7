"""Panels and texts placed beside and above each other, before they have a drawing.

All lengths are in units of the drawing: hundredths of stature.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from backcare_nb.body.stable_math import round_off_last_digits
from backcare_nb.figures.drawing import PIXELS_PER_UNIT, Drawing, Panel, TextLine
from backcare_nb.figures.palette import QUIET_TEXT_COLOUR

PANEL_GAP_UNITS = 5.0  # between panels, and around them
LABEL_HEIGHT_UNITS = 10.5  # for a line of text
MAX_ROW_WIDTH_UNITS = 300.0  # a wider strip goes on in a new row
MAX_VIEWS_ROW_WIDTH_PER_HEIGHT = 1.65  # of width to height: wider views are stacked
MAX_UPRIGHT_VIEWS_WIDTH_PER_HEIGHT = 1.2  # of the widths of two views to their height
MIN_LABELLED_PANEL_WIDTH_UNITS = 46.0  # of a panel with a label


@dataclass
class LayoutBlock:
    """Panels and texts with their places, the lower left corner at (0, 0).

    ``letter`` stands over its left edge in a row.
    """

    width: float
    height: float
    panels: list[tuple[Panel, float, float]] = field(default_factory=list)
    texts: list[TextLine] = field(default_factory=list)
    letter: str = ""

    def add(self, block: "LayoutBlock", x: float, y: float) -> None:
        """Put another block's contents with its lower left corner at (x, y)."""
        self.panels += [(p, x + px, y + py) for p, px, py in block.panels]
        self.texts += [replace(t, x=t.x + x, y=t.y + y) for t in block.texts]


def arrange_views(panels: list[Panel]) -> LayoutBlock:
    """Put the views of one thing in a row, or stack them where they are wide."""
    sizes = np.array([p.size for p in panels])
    blocks = _label_panels(panels)
    narrow = sizes[:, 0].sum() <= MAX_VIEWS_ROW_WIDTH_PER_HEIGHT * max(sizes[:, 1].max(), 100)
    return lay_out_row(blocks) if narrow else lay_out_stack(blocks)


def stack_views_unless_upright(panels: Sequence[Panel], names_views: bool = True) -> LayoutBlock:
    """Put the views of one thing one above the other, with their names.

    Without them, views of somebody upright stand beside each other.
    """
    if names_views:
        return lay_out_stack(_label_panels(panels))
    widths, heights = zip(*(each.size for each in panels), strict=True)
    are_upright = sum(widths) <= MAX_UPRIGHT_VIEWS_WIDTH_PER_HEIGHT * max(heights)
    blocks = [_block_of_panel(each) for each in panels]
    return lay_out_row(blocks) if are_upright else lay_out_stack(blocks)


def _block_of_panel(panel: Panel) -> LayoutBlock:
    return LayoutBlock(*panel.size, [(panel, 0, 0)])


def _label_panels(panels: Sequence[Panel]) -> list[LayoutBlock]:
    """Write the name of its view below each panel, where there is more than one."""
    if len(panels) == 1:
        return [_block_of_panel(panels[0])]
    blocks = []
    for panel in panels:
        panel.widen_to(MIN_LABELLED_PANEL_WIDTH_UNITS)
        width, height = panel.size
        label, low = TextLine(width / 2, 2.5, panel.label), LABEL_HEIGHT_UNITS
        blocks.append(LayoutBlock(width, height + low, [(panel, 0, low)], [label]))
    return blocks


def add_title_line(block: LayoutBlock, line: TextLine) -> LayoutBlock:
    """Put a line of text over the middle of a block."""
    centred = replace(line, x=block.width / 2, y=2)
    return lay_out_stack([LayoutBlock(block.width, LABEL_HEIGHT_UNITS, [], [centred]), block])


def lay_out_row(blocks: list[LayoutBlock]) -> LayoutBlock:
    """Put blocks beside each other, on one ground, their letters on one line."""
    width = sum(b.width for b in blocks) + PANEL_GAP_UNITS * (len(blocks) - 1)
    made, x = LayoutBlock(width, max(b.height for b in blocks)), 0.0
    for block in blocks:
        made.add(block, x, 0)
        if block.letter:
            at = x + 1, made.height - 5
            made.texts.append(TextLine(*at, block.letter, 6.5, QUIET_TEXT_COLOUR, "left", "bold"))
        x += block.width + PANEL_GAP_UNITS
    return made


def lay_out_stack(blocks: list[LayoutBlock]) -> LayoutBlock:
    """Put blocks one above the other, each in the middle."""
    height = sum(b.height for b in blocks) + PANEL_GAP_UNITS * (len(blocks) - 1)
    made, y = LayoutBlock(max(b.width for b in blocks), height), height
    for block in blocks:
        y -= block.height
        made.add(block, (made.width - block.width) / 2, y)
        y -= PANEL_GAP_UNITS
    return made


def lay_out_rows(blocks: list[LayoutBlock]) -> LayoutBlock:
    """Put blocks in rows of about one length, none wider than MAX_ROW_WIDTH_UNITS."""
    width = float(np.mean([b.width for b in blocks]))
    at_most = max(1, int((MAX_ROW_WIDTH_UNITS + PANEL_GAP_UNITS) // (width + PANEL_GAP_UNITS)))
    per_row = -(-len(blocks) // -(-len(blocks) // at_most))
    rows: list[list[LayoutBlock]] = [[]]
    for block in blocks:
        width = sum(b.width + PANEL_GAP_UNITS for b in rows[-1]) + block.width
        if rows[-1] and (width > MAX_ROW_WIDTH_UNITS or len(rows[-1]) == per_row):
            rows.append([])
        rows[-1].append(block)
    return lay_out_stack([lay_out_row(row) for row in rows])


def compose_drawing(
    block: LayoutBlock, title: str, alt: str, scale: float = PIXELS_PER_UNIT
) -> Drawing:
    """Put a block on a card."""
    size = np.array([block.width, block.height]) + 2 * PANEL_GAP_UNITS
    width, height = np.ceil(round_off_last_digits(size)).tolist()
    drawing = Drawing(width, height, title, alt, scale=scale)
    for panel, x, y in block.panels:
        drawing.place(panel, PANEL_GAP_UNITS + x, PANEL_GAP_UNITS + y)
    for line in block.texts:
        x, y = (round(at + PANEL_GAP_UNITS, 1) for at in (line.x, line.y))
        drawing.texts.append(replace(line, x=x, y=y))
    return drawing
