"""The look of all figures, in one place: colours, line weights, sizes.

Told apart by lightness first, then by hue, so that print in grey and colour-blind eyes keep them.
Lengths are in hundredths of stature, the units of the page.
"""

from dataclasses import dataclass

PAPER = "#fbf8f1"
INK = "#2b3440"
QUIET = "#6f6a60"
FONT = "'Source Sans 3', 'Segoe UI', system-ui, sans-serif"


@dataclass(frozen=True)
class Tone:
    """How a shape is painted: fill, edge, the edge's width, dashes, the line's ends."""

    fill: str | None = None
    edge: str | None = None
    width: float = 0.0
    dash: tuple[float, ...] = ()
    cap: str = "butt"


EDGE_WIDTH_UNITS = 0.9  # of the pale edge of most shapes


def _edged(fill: str) -> Tone:
    return Tone(fill, PAPER, EDGE_WIDTH_UNITS)


def _stroke(edge: str, width: float, *dash: float, cap: str = "butt") -> Tone:
    return Tone(None, edge, width, dash, cap)


SPINE_COLOURS = {
    "sacrum": "#a99be0",
    "lumbar": "#bf3a6b",
    "thoracic": "#d98a0b",
    "cervical": "#2f80c0",
}
LEGEND_POSTURES = ("constructive_rest", "cow", "cat")  # where one goes through the spine
TONES = {
    "trousers": _edged("#33506b"),
    "trousers far": _edged("#93a5b5"),
    "seat": Tone("#33506b"),
    "shirt": _edged("#8fbcae"),
    "sleeve": _edged("#8fbcae"),
    "sleeve far": _edged("#c4dad3"),
    "skin": _edged("#d99a74"),
    "skin far": _edged("#efccb5"),
    "palm": Tone("#f4d3b8"),
    "palm far": Tone("#faeadf"),
    "thumb": Tone("#d99a74"),
    "thumb far": Tone("#efccb5"),
    "finger line": _stroke("#b5744c", 0.35, cap="round"),
    "finger line far": _stroke("#d6a584", 0.35, cap="round"),
    "neck": _edged("#d4946d"),
    "throat": Tone("#d4946d"),
    "hair": _edged("#4b352a"),
    "face": Tone("#e8b08c"),
    "jaw": Tone("#d4946d"),
    "ear": Tone("#d4946d"),
    "eye": Tone("#3a2a22"),
    "nose": Tone("#d08f68"),
    "bone": _stroke(PAPER, 3.5),
    **{name: _stroke(colour, 2.6, 2.1, 0.45) for name, colour in SPINE_COLOURS.items()},
    "ghost": Tone("#e4ddd0"),
    "floor": Tone("#e9dcc4"),
    "floor line": _stroke("#c9b48f", 0.7),
    "carpet": Tone("#f0e7d6", "#e0d2b8", 0.7),
    "shade": Tone("#cdb993"),
    "cloth": Tone("#d9c7d0", "#b79fab", 0.7),
    "cloth fold": _stroke("#b79fab", 0.7),
    "wood": Tone("#b98d62"),
    "wood far": Tone("#d0b08e"),
    "wall": Tone("#dcd6cb", "#c4bbaa", 0.7),
    "wall side": Tone("#e6e1d8", "#c4bbaa", 0.7),
    "mattress": Tone("#ebe4ee", "#bcb0c4", 0.7),
    "sheet": Tone("#c7b9d1"),
    "metal": Tone("#9aa6ad"),
    # sides of blocks seen from a corner
    "wood side": Tone("#a57b52"),
    "wood far side": Tone("#bd9b78"),
    "mattress side": Tone("#d8cfdd", "#bcb0c4", 0.7),
    "cloth side": Tone("#c5b0bb", "#b79fab", 0.7),
    "bath rim side": Tone("#cdd6d9", "#a9b5ba", 0.8),
    "metal side": Tone("#85919a"),
    # and what lies in the body's shadow
    "carpet shadow": Tone("#dfd2b9"),
    "mattress shadow": Tone("#d3c8da"),
    "wood shadow": Tone("#9d7449"),
    "cloth shadow": Tone("#c5b0bb"),
    "ball": Tone("#d9a5a0", "#b97a74", 0.7),
    "ball seam": _stroke("#b97a74", 0.7),
    "bath rim": Tone("#dfe6e8", "#a9b5ba", 0.8),
    "bath": Tone("#eef1f2", "#a9b5ba", 0.8),
    "letter": _stroke(INK, 0.9, cap="round"),
    "strap": _stroke("#7d4a68", 1.3, cap="round"),
    "arrow": Tone("#b8401c", PAPER, 0.7),
    "felt": Tone("#ffdf8f"),
    "felt hatch": _stroke("#8f2f12", 0.7),
    "cross": Tone("#b8401c", PAPER, 0.9),
    "wrong frame": _stroke("#b8401c", 2.0),
    "right frame": _stroke("#33506b", 0.8),
    "angle": _stroke(INK, 0.8),
    "angle ray": _stroke(INK, 0.5, 1.6, 1.2),
    "touch": Tone("#d2542f", PAPER, 0.5),
}
