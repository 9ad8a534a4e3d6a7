"""A renderer of matplotlib that writes small SVG.

Every point lies on a grid and is told as a whole number of steps from the one before. Shapes that
are painted alike are one path, wherever nothing that lies between them overlaps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Transform

from backcare_nb.figures.palette import EDGE_WIDTH_UNITS, FONT, PAPER

STEPS_PER_UNIT = 4  # a step is 4 mm on a person
COMMANDS = {
    Path.MOVETO: "m", Path.LINETO: "l", Path.CURVE3: "q", Path.CURVE4: "c", Path.CLOSEPOLY: "z"
}  # fmt: skip
# What most shapes have is said once, by the whole picture.
SHARED_PAINT = {"stroke": PAPER, "stroke-width": f"{EDGE_WIDTH_UNITS * STEPS_PER_UNIT:g}"}

Box = tuple[float, float, float, float]


@dataclass
class PaintedPath:
    """Shapes of one paint: its SVG attributes, the shapes' path data and their boxes in steps."""

    paint: dict[str, str]
    data: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    here: tuple[int, int] = (0, 0)  # where the next shape's data begin

    def overlaps(self, box: Box) -> bool:
        """Does a shape of this path reach into a box (left, top, right, bottom)?"""
        left, top, right, bottom = box
        return any(
            b[0] < right and left < b[2] and b[1] < bottom and top < b[3] for b in self.boxes
        )


class SmallSVGRenderer(RendererBase):
    """Draws paths and lines of text on a page of width by height units, y up.

    ``paints`` has the attributes of each shape that was drawn, and ``texts`` the text elements.
    """

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self.paints: list[dict[str, str]] = []
        self.texts: list[tuple[dict[str, str], str]] = []
        self._paths: list[PaintedPath] = []

    def get_canvas_width_height(self) -> tuple[float, float]:
        """The size of the page, in units."""
        return self.width, self.height

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Transform,
        rgbFace: Any = None,
    ) -> None:
        """Draw a path as matplotlib's artists ask for it."""
        points = transform.transform(path.vertices) * (1, -1) + (0, self.height)
        steps = np.rint(points * STEPS_PER_UNIT).astype(int)
        paint = self._paint(gc, rgbFace)
        self.paints.append(paint)
        half_line = gc.get_linewidth() * STEPS_PER_UNIT / 2
        low, high = steps.min(axis=0) - half_line, steps.max(axis=0) + half_line
        box = (low[0], low[1], high[0], high[1])
        painted = self._path_for(paint, box)
        codes = None if path.codes is None else np.asarray(path.codes)
        if codes is None:  # a plain line
            codes = np.r_[Path.MOVETO, np.repeat(Path.LINETO, len(steps) - 1)]
        codes, steps = without_collinear_points(codes, steps)
        painted.data.append(path_data(codes, steps, painted.here))
        closed = codes[-1] == Path.CLOSEPOLY
        painted.here = tuple(steps[np.flatnonzero(codes == Path.MOVETO)[-1] if closed else -1])
        painted.boxes.append(box)

    def _path_for(self, paint: dict[str, str], box: Box) -> PaintedPath:
        """The earliest path of this paint with nothing over it in the box, or a new one."""
        found = None
        for painted in reversed(self._paths):
            if painted.overlaps(box):
                break
            if painted.paint == paint:
                found = painted
        if found is None:
            found = PaintedPath(paint)
            self._paths.append(found)
        return found

    def _paint(self, gc: GraphicsContextBase, face: Any) -> dict[str, str]:
        """How a path is painted, as the attributes that the whole picture does not give already."""
        width = gc.get_linewidth()
        paint = {"fill": "none" if face is None else to_hex(face)}
        if face is not None and len(face) == 4 and face[3] < 1:
            paint["fill-opacity"] = f"{face[3]:.3g}"
        if not width:
            return paint | {"stroke": "none"}
        paint |= {"stroke": to_hex(gc.get_rgb()), "stroke-width": f"{width * STEPS_PER_UNIT:g}"}
        if gc.get_capstyle() != "butt":
            paint["stroke-linecap"] = gc.get_capstyle()
        if gc.get_dashes()[1] is not None:
            dashes = np.asarray(gc.get_dashes()[1], float) * STEPS_PER_UNIT
            paint["stroke-dasharray"] = ",".join(f"{dash:g}" for dash in dashes)
        return {name: value for name, value in paint.items() if SHARED_PAINT.get(name) != value}

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: bool | Literal["TeX"] = False,
        mtext: Text | None = None,
    ) -> None:
        """Draw a line of text as matplotlib laid it out, y from above."""
        align = "left"
        if mtext is not None and not angle:  # its place is exact whatever the font's widths
            x = mtext.get_transform().transform(mtext.get_unitless_position())[0]
            align = mtext.get_horizontalalignment()
        look = prop.get_size_in_points(), to_hex(gc.get_rgb()), align, str(prop.get_weight())
        self.write_text(x, self.height - y, s, *look, prop.get_style(), angle)

    def write_text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str,
        align: str,
        weight: str,
        style: str = "normal",
        angle: float = 0,
    ) -> None:
        """Write a line of text on its baseline at (x, y), anchored where it stands.

        size: of its letters, in units; angle: counter-clockwise, degrees.
        """
        place = {"x": f"{x * STEPS_PER_UNIT:.6g}", "y": f"{(self.height - y) * STEPS_PER_UNIT:.6g}"}
        look = {
            "font-size": f"{size * STEPS_PER_UNIT:g}",
            "text-anchor": {"left": "start", "center": "middle", "right": "end"}[align],
            "fill": colour,
        }
        if weight != "normal":
            look["font-weight"] = weight
        if style != "normal":
            look["font-style"] = style
        if angle:
            place["transform"] = f"rotate({-angle:g} {place['x']} {place['y']})"
        self.texts.append((look, f"<text{attributes(place)}>{escape(text)}</text>"))

    def svg(self, scale: float, title: str, alt: str, drawn: str = "") -> str:
        """The whole picture with its words.

        scale: CSS pixels of a unit; drawn: elements in place of the paths that were drawn.
        """
        paths = (
            f"<path{attributes(path.paint | {'d': ''.join(path.data)})}/>" for path in self._paths
        )
        title = f"<title>{escape(title)}</title>" if title else ""
        return self.wrapped(title + (drawn or "".join(paths)), alt, self._size(scale))

    def wordless_svg(self, scale: float) -> str:
        """The picture for a place that says its words, each paint told once, as a style."""
        names: dict[str, str] = {}
        paths = ""
        for path in self._paths:
            paint = ";".join(f"{name}:{value}" for name, value in path.paint.items())
            name = names.setdefault(
                paint, f"{chr(ord('a') + len(names) % 26)}{len(names) // 26 or ''}"
            )
            paths += f"<path class='{name}' d='{''.join(path.data)}'/>"
        style = "".join(f".{name}{{{paint}}}" for paint, name in names.items())
        return self.wrapped(f"<style>{style}</style>{paths}", "", self._size(scale))

    def _size(self, scale: float) -> dict[str, str]:
        return {
            "width": f"{self.width * scale:.0f}",
            "height": f"{self.height * scale:.0f}",
            "style": f"background:{PAPER};border-radius:8px",
        }

    def wrapped(self, drawn: str, alt: str, size: Mapping[str, str] = {}) -> str:
        """Elements and the lines of text as a whole picture."""
        root = {
            "xmlns": "http://www.w3.org/2000/svg",
            **size,
            "viewBox": f"0 0 {self.width * STEPS_PER_UNIT:g} {self.height * STEPS_PER_UNIT:g}",
            **({"role": "img", "aria-label": alt} if alt else {}),
            "stroke-linejoin": "round",
            **SHARED_PAINT,
        }
        texts = "".join(
            f"<g{attributes(look)}>{''.join(text for _, text in same)}</g>"
            for look, same in groupby(self.texts, key=itemgetter(0))
        )
        texts = texts and f'<g stroke="none" font-family="{FONT}">{texts}</g>'
        return f"<svg{attributes(root)}>{drawn}{texts}</svg>\n"


def attributes(values: Mapping[str, str]) -> str:
    """Attributes of an element, escaped, each after a space."""
    return "".join(f" {name}='{escape(value)}'" for name, value in values.items())


def path_data(codes: np.ndarray, points: np.ndarray, here: tuple[int, int] = (0, 0)) -> str:
    """SVG path data of whole numbers (N, 2), each from the point before, closed by z.

    here: where the path before it in the same data began, or ended if it was left open.
    """
    words: list[str] = []
    start, letter, at = here, "", 0
    while at < len(codes):
        command = COMMANDS[codes[at]]
        if command == "z":
            words.append("z")
            here, letter, at = start, "z", at + 1
            continue
        count = Path.NUM_VERTICES_FOR_CODE[codes[at]]
        ends = [tuple(point) for point in points[at : at + count].tolist()]
        numbers = [value - here[axis] for end in ends for axis, value in enumerate(end)]
        words.append(("" if command == letter else command) + _joined(numbers, command == letter))
        here, letter, at = ends[-1], command, at + count
        start = here if command == "m" else start
    return "".join(words)


def _joined(numbers: list[int], goes_on: bool) -> str:
    """Numbers with as few separators as SVG needs; a first one that goes on may need one too."""
    text = " ".join(map(str, numbers)).replace(" -", "-")
    return f" {text}" if goes_on and not text.startswith("-") else text


def without_collinear_points(
    codes: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A path (N,), (N, 2) without the corners that lie within half a step of a straight line."""
    kept = np.ones(len(codes), bool)
    before = 0
    for at in range(1, len(codes) - 1):
        if codes[at] == codes[at + 1] == Path.LINETO:
            way, aside = points[at + 1] - points[before], points[at] - points[before]
            if abs(way[0] * aside[1] - way[1] * aside[0]) <= 0.5 * np.hypot(*way):
                kept[at] = False
                continue
        before = at
    return codes[kept], points[kept]
