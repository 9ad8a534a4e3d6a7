"""The look of all figures: colours, line weights and sizes, as look.toml has them.

Lengths are in hundredths of stature, the units of the page.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

LOOK_TOML_DATA = tomllib.loads(Path(__file__).with_name("look.toml").read_text(encoding="utf-8"))
PAPER_COLOUR: str = LOOK_TOML_DATA["paper"]
INK_COLOUR: str = LOOK_TOML_DATA["ink"]
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


PALE_EDGE_WIDTH_UNITS = 0.9  # of the pale edge of most shapes
PAINT_STYLE_BY_TONE = {
    tone: PaintStyle(**{**style, "dash": tuple(style.get("dash", ()))})
    for tone, style in LOOK_TOML_DATA["tones"].items()
}
SPINE_COLOUR_BY_REGION: dict[str, str] = {
    region: LOOK_TOML_DATA["tones"][region]["edge"]
    for region in ("sacrum", "lumbar", "thoracic", "cervical")
}
POSTURES_WITH_SPINE_LEGEND = ("constructive_rest", "cow", "cat")  # where one goes through the spine
