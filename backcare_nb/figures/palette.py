"""The look of all figures, in one place: colours, line weights, sizes.

Told apart by lightness first, then by hue, so that print in grey and colour-blind eyes keep them.
Lengths are in hundredths of stature, the units of the page.
"""

from dataclasses import dataclass

PAPER_COLOUR = "#fbf8f1"
INK_COLOUR = "#2b3440"
QUIET_TEXT_COLOUR = "#6f6a60"
FONT_FAMILIES = "'Source Sans 3', 'Segoe UI', system-ui, sans-serif"


@dataclass(frozen=True)
class PaintStyle:
    """How a shape is painted: fill, edge, the edge's width, dashes, the line's ends."""

    fill: str | None = None
    edge: str | None = None
    width: float = 0.0
    dash: tuple[float, ...] = ()
    cap: str = "butt"


EDGE_WIDTH_UNITS = 0.9  # of the pale edge of most shapes


def _fill_with_pale_edge(fill: str) -> PaintStyle:
    return PaintStyle(fill, PAPER_COLOUR, EDGE_WIDTH_UNITS)


def _stroke_without_fill(edge: str, width: float, *dash: float, cap: str = "butt") -> PaintStyle:
    return PaintStyle(None, edge, width, dash, cap)


SPINE_COLOUR_BY_REGION = {
    "sacrum": "#a99be0",
    "lumbar": "#bf3a6b",
    "thoracic": "#d98a0b",
    "cervical": "#2f80c0",
}
POSTURES_WITH_SPINE_LEGEND = ("constructive_rest", "cow", "cat")  # where one goes through the spine
PAINT_STYLES_BY_TONE = {
    "trousers": _fill_with_pale_edge("#33506b"),
    "trousers far": _fill_with_pale_edge("#93a5b5"),
    "seat": PaintStyle("#33506b"),
    "shirt": _fill_with_pale_edge("#8fbcae"),
    "sleeve": _fill_with_pale_edge("#8fbcae"),
    "sleeve far": _fill_with_pale_edge("#c4dad3"),
    "skin": _fill_with_pale_edge("#d99a74"),
    "skin far": _fill_with_pale_edge("#efccb5"),
    "palm": PaintStyle("#f4d3b8"),
    "palm far": PaintStyle("#faeadf"),
    "thumb": PaintStyle("#d99a74"),
    "thumb far": PaintStyle("#efccb5"),
    "finger line": _stroke_without_fill("#b5744c", 0.35, cap="round"),
    "finger line far": _stroke_without_fill("#d6a584", 0.35, cap="round"),
    "neck": _fill_with_pale_edge("#d4946d"),
    "throat": PaintStyle("#d4946d"),
    "hair": _fill_with_pale_edge("#4b352a"),
    "face": PaintStyle("#e8b08c"),
    "jaw": PaintStyle("#d4946d"),
    "ear": PaintStyle("#d4946d"),
    "eye": PaintStyle("#3a2a22"),
    "nose": PaintStyle("#d08f68"),
    "bone": _stroke_without_fill(PAPER_COLOUR, 3.5),
    **{
        name: _stroke_without_fill(colour, 2.6, 2.1, 0.45)
        for name, colour in SPINE_COLOUR_BY_REGION.items()
    },
    "floor": PaintStyle("#e9dcc4"),
    "floor line": _stroke_without_fill("#c9b48f", 0.7),
    "carpet": PaintStyle("#f0e7d6", "#e0d2b8", 0.7),
    "shade": PaintStyle("#cdb993"),
    "cloth": PaintStyle("#d9c7d0", "#b79fab", 0.7),
    "cloth fold": _stroke_without_fill("#b79fab", 0.7),
    "wood": PaintStyle("#b98d62"),
    "wood far": PaintStyle("#d0b08e"),
    "wall": PaintStyle("#dcd6cb", "#c4bbaa", 0.7),
    "wall side": PaintStyle("#e6e1d8", "#c4bbaa", 0.7),
    "mattress": PaintStyle("#ebe4ee", "#bcb0c4", 0.7),
    "sheet": PaintStyle("#c7b9d1"),
    "metal": PaintStyle("#9aa6ad"),
    # sides of blocks seen from a corner
    "wood side": PaintStyle("#a57b52"),
    "wood far side": PaintStyle("#bd9b78"),
    "mattress side": PaintStyle("#d8cfdd", "#bcb0c4", 0.7),
    "cloth side": PaintStyle("#c5b0bb", "#b79fab", 0.7),
    "bath rim side": PaintStyle("#cdd6d9", "#a9b5ba", 0.8),
    "metal side": PaintStyle("#85919a"),
    # and what lies in the body's shadow
    "carpet shadow": PaintStyle("#dfd2b9"),
    "mattress shadow": PaintStyle("#d3c8da"),
    "wood shadow": PaintStyle("#9d7449"),
    "cloth shadow": PaintStyle("#c5b0bb"),
    "ball": PaintStyle("#d9a5a0", "#b97a74", 0.7),
    "ball seam": _stroke_without_fill("#b97a74", 0.7),
    "bath rim": PaintStyle("#dfe6e8", "#a9b5ba", 0.8),
    "bath": PaintStyle("#eef1f2", "#a9b5ba", 0.8),
    "letter": _stroke_without_fill(INK_COLOUR, 0.9, cap="round"),
    "strap": _stroke_without_fill("#7d4a68", 1.3, cap="round"),
    "arrow": PaintStyle("#b8401c", PAPER_COLOUR, 0.7),
    "felt": PaintStyle("#ffdf8f"),
    "felt hatch": _stroke_without_fill("#8f2f12", 0.7),
    "cross": PaintStyle("#b8401c", PAPER_COLOUR, 0.9),
    "wrong frame": _stroke_without_fill("#b8401c", 2.0),
    "right frame": _stroke_without_fill("#33506b", 0.8),
    "angle": _stroke_without_fill(INK_COLOUR, 0.8),
    "angle ray": _stroke_without_fill(INK_COLOUR, 0.5, 1.6, 1.2),
    "touch": PaintStyle("#d2542f", PAPER_COLOUR, 0.5),
}
