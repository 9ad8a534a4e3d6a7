"""A renderer of matplotlib that writes small SVG.

Every point lies on a grid and is told as a whole number of steps from the one before. Shapes that
are painted alike are one path, wherever nothing that lies between them overlaps.
"""

from collections import Counter
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

from backcare_nb.figures.palette import FONT_FAMILIES, PALE_EDGE_WIDTH_UNITS, PAPER_COLOUR

GRID_STEPS_PER_UNIT = 4  # a step is 4 mm on a person
SVG_COMMAND_BY_PATH_CODE = {
    Path.MOVETO: "m", Path.LINETO: "l", Path.CURVE3: "q", Path.CURVE4: "c", Path.CLOSEPOLY: "z"
}  # fmt: skip

# Across, down and aslant both ways: shapes are apart where their extents along one of these are.
EXTENT_DIRECTIONS = np.array([[1, 0, 1, 1], [0, 1, 1, -1]])


@dataclass
class PaintedPath:
    """Shapes of one paint: its SVG attributes, and the data and the extent of each shape.

    An extent (8,) is the least along each of the EXTENT_DIRECTIONS, and the most negated, in steps.
    """

    paint: dict[str, str]
    data: list[str] = field(default_factory=list)
    extents: np.ndarray = field(default_factory=lambda: np.empty((0, 8)))
    here: tuple[int, int] = (0, 0)  # where the next shape's data begin

    def overlaps(self, most: np.ndarray) -> bool:
        """Does a shape of this path reach below these eight most values, of another's extent?"""
        return bool((self.extents < most).all(axis=1).any())


class SmallSVGRenderer(RendererBase):
    """Draws paths and lines of text on a page of width by height units, y up.

    ``paints`` has the attributes of each shape that was drawn, and ``texts`` the text elements.
    """

    def __init__(
        self, width: float, height: float, steps_per_unit: int = GRID_STEPS_PER_UNIT
    ) -> None:
        super().__init__()
        self.width, self.height, self.steps_per_unit = width, height, steps_per_unit
        self.paints: list[dict[str, str]] = []
        self.texts: list[tuple[dict[str, str], str]] = []
        self._paths: list[PaintedPath] = []

    def get_canvas_width_height(self) -> tuple[float, float]:
        """The size of the page, in units."""
        return self.width, self.height

    def draw_path(
        self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: Any = None
    ) -> None:
        """Draw a path as matplotlib's artists ask for it."""
        points = transform.transform(path.vertices) * (1, -1) + (0, self.height)
        steps = np.rint(points * self.steps_per_unit).astype(int)
        paint = self._paint_attributes(gc, rgbFace)
        self.paints.append(paint)
        half_width = gc.get_linewidth() * self.steps_per_unit / 2
        half_line = half_width * np.abs(EXTENT_DIRECTIONS).sum(axis=0)
        along = steps @ EXTENT_DIRECTIONS
        extent = np.append(along.min(axis=0) - half_line, -(along.max(axis=0) + half_line))
        painted = self._find_or_add_path(paint, extent)
        painted.extents = np.vstack([painted.extents, extent])
        if path is Path.unit_circle():  # a point of a chart
            data, painted.here = format_circle_data(steps, painted.here)
            painted.data.append(data)
            return
        codes = None if path.codes is None else np.asarray(path.codes)
        if codes is None:  # a plain line
            codes = np.r_[Path.MOVETO, np.repeat(Path.LINETO, len(steps) - 1)]
        codes, steps = drop_collinear_points(*turn_ring_clockwise(codes, steps))
        painted.data.append(format_path_data(codes, steps, painted.here))
        closed = codes[-1] == Path.CLOSEPOLY
        painted.here = tuple(steps[np.flatnonzero(codes == Path.MOVETO)[-1] if closed else -1])

    def _find_or_add_path(self, paint: dict[str, str], extent: np.ndarray) -> PaintedPath:
        """The earliest path of this paint with nothing over it in an extent, or a new one.

        Shapes with no edge may lie over each other in it: they look as one.
        """
        found = None
        joins = paint.get("stroke") == "none" and "fill-opacity" not in paint
        most = -np.r_[extent[4:], extent[:4]]
        for painted in reversed(self._paths):
            overlaps = painted.overlaps(most)
            if painted.paint == paint and (joins or not overlaps):
                found = painted
            if overlaps:
                break
        if found is None:
            found = PaintedPath(paint)
            self._paths.append(found)
        return found

    def _paint_attributes(self, gc: GraphicsContextBase, face: Any) -> dict[str, str]:
        """How a path is painted, as the attributes that the whole picture does not give already."""
        width = gc.get_linewidth()
        paint = {"fill": "none" if face is None else to_hex(face)}
        if face is not None and len(face) == 4 and face[3] < 1:
            paint["fill-opacity"] = f"{face[3]:.3g}"
        if not width:
            return paint | {"stroke": "none"}
        paint["stroke"] = to_hex(gc.get_rgb())
        paint["stroke-width"] = f"{width * self.steps_per_unit:g}"
        if gc.get_capstyle() != "butt":
            paint["stroke-linecap"] = gc.get_capstyle()
        if gc.get_dashes()[1] is not None:
            dashes = np.asarray(gc.get_dashes()[1], float) * self.steps_per_unit
            paint["stroke-dasharray"] = ",".join(f"{dash:g}" for dash in dashes)
        shared = self._shared_paint_attributes()
        return {name: value for name, value in paint.items() if shared.get(name) != value}

    def _shared_paint_attributes(self) -> dict[str, str]:
        """What most shapes have, and the whole picture says once."""
        width = f"{PALE_EDGE_WIDTH_UNITS * self.steps_per_unit:g}"
        return {"stroke": PAPER_COLOUR, "stroke-width": width}

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
        x, y = x * self.steps_per_unit, (self.height - y) * self.steps_per_unit
        place = {"x": f"{x:.6g}", "y": f"{y:.6g}"}
        look = {
            "font-size": f"{size * self.steps_per_unit:g}",
            "text-anchor": {"left": "start", "center": "middle", "right": "end"}[align],
            "fill": colour,
        }
        if weight != "normal":
            look["font-weight"] = weight
        if style != "normal":
            look["font-style"] = style
        if angle:
            place["transform"] = f"rotate({-angle:g} {place['x']} {place['y']})"
        self.texts.append((look, f"<text{format_attributes(place)}>{escape(text)}</text>"))

    def svg(self, scale: float, title: str, alt: str, drawn: str = "") -> str:
        """The whole picture with its words.

        scale: CSS pixels of a unit; drawn: elements in place of the paths that were drawn.
        """
        told = (path.paint | {"d": "".join(path.data)} for path in self._paths)
        paths = (f"<path{format_attributes(attributes)}/>" for attributes in told)
        title = f"<title>{escape(title)}</title>" if title else ""
        content = title + (drawn or "".join(paths))
        return self.wrap_in_svg(content, alt, self._size_and_background_attributes(scale))

    def svg_without_title_and_alt(self, scale: float) -> str:
        """The picture for a place that says its words, what paths share told once: as styles.

        The fill of most paths is that of the whole picture.
        """
        uses = Counter(part for path in self._paths for part in path.paint.items())
        usual = max((part for part in uses if part[0] == "fill"), key=uses.__getitem__)
        classes: dict[tuple[tuple[str, str], ...], str] = {}
        drawn = ""
        for path in self._paths:
            told = [part for part in path.paint.items() if part != usual]
            own = dict(part for part in told if uses[part] == 1)
            if shared := tuple(part for part in told if uses[part] > 1):
                letter, turn = chr(ord("a") + len(classes) % 26), len(classes) // 26
                own["class"] = classes.setdefault(shared, f"{letter}{turn or ''}")
            drawn += f"<path{format_attributes(own | {'d': ''.join(path.data)})}/>"
        rules: dict[str, list[str]] = {}
        for part in dict.fromkeys(part for shared in classes for part in shared):
            names = ",".join(f".{name}" for shared, name in classes.items() if part in shared)
            rules.setdefault(names, []).append(":".join(part))
        style = "".join(f"{names}{{{';'.join(parts)}}}" for names, parts in rules.items())
        whole = self._size_and_background_attributes(scale) | dict([usual])
        return self.wrap_in_svg(f"<style>{style}</style>{drawn}", "", whole)

    def _size_and_background_attributes(self, scale: float) -> dict[str, str]:
        return {
            "width": f"{self.width * scale:.0f}",
            "height": f"{self.height * scale:.0f}",
            "style": f"background:{PAPER_COLOUR};border-radius:8px",
        }

    def wrap_in_svg(self, drawn: str, alt: str, size: Mapping[str, str] = {}) -> str:
        """Elements and the lines of text as a whole picture."""
        width, height = self.width * self.steps_per_unit, self.height * self.steps_per_unit
        root = {
            "xmlns": "http://www.w3.org/2000/svg",
            **size,
            "viewBox": f"0 0 {width:g} {height:g}",
            **({"role": "img", "aria-label": alt} if alt else {}),
            "stroke-linejoin": "round",
            **self._shared_paint_attributes(),
        }
        groups = groupby(self.texts, key=itemgetter(0))
        lines = ((look, "".join(text for _, text in same)) for look, same in groups)
        texts = "".join(f"<g{format_attributes(look)}>{text}</g>" for look, text in lines)
        texts = texts and f'<g stroke="none" font-family="{FONT_FAMILIES}">{texts}</g>'
        return f"<svg{format_attributes(root)}>{drawn}{texts}</svg>\n"


def format_attributes(values: Mapping[str, str]) -> str:
    """Attributes of an element, escaped, each after a space."""
    return "".join(f" {name}='{escape(value)}'" for name, value in values.items())


def format_path_data(codes: np.ndarray, points: np.ndarray, here: tuple[int, int] = (0, 0)) -> str:
    """SVG path data of whole numbers (N, 2), each from the point before, closed by z.

    here: where the path before it in the same data began, or ended if it was left open.
    """
    words: list[str] = []
    start, letter, at = here, "", 0
    while at < len(codes):
        command = SVG_COMMAND_BY_PATH_CODE[codes[at]]
        if command == "z":
            words.append("z")
            here, letter, at = start, "z", at + 1
            continue
        count = Path.NUM_VERTICES_FOR_CODE[codes[at]]
        ends = [tuple(point) for point in points[at : at + count].tolist()]
        numbers = [value - here[axis] for end in ends for axis, value in enumerate(end)]
        goes_on = command == letter
        words.append(("" if goes_on else command) + _join_numbers(numbers, goes_on))
        here, letter, at = ends[-1], command, at + count
        if command == "m":
            start, letter = here, "l"  # as SVG goes on
    return "".join(words)


def format_circle_data(rim: np.ndarray, here: tuple[int, int]) -> tuple[str, tuple[int, int]]:
    """SVG path data of the circle through points (N, 2), and where it begins."""
    low, high = rim.min(axis=0).tolist(), rim.max(axis=0).tolist()
    start, width = (low[0], (low[1] + high[1]) // 2), high[0] - low[0]
    radius = f"{width / 2:g}"
    begin = _join_numbers([start[0] - here[0], start[1] - here[1]], goes_on=False)
    arcs = (f"{radius} {radius} 0 1 0 {way} 0" for way in (width, -width))
    return f"m{begin}a{' '.join(arcs)}z", start


def _join_numbers(numbers: list[int], goes_on: bool) -> str:
    """Numbers with as few separators as SVG needs; a first one that goes on may need one too."""
    text = " ".join(map(str, numbers)).replace(" -", "-")
    return f" {text}" if goes_on and not text.startswith("-") else text


def turn_ring_clockwise(codes: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A path (N,), (N, 2) of whole numbers; one closed ring goes round clockwise."""
    (x, y), (next_x, next_y) = points[:-1].T, np.r_[points[1:-1], points[:1]].T
    is_ring = codes[-1] == Path.CLOSEPOLY and np.count_nonzero(codes == Path.MOVETO) == 1
    if not is_ring or np.sum(x * next_y - y * next_x) >= 0:
        return codes, points
    return np.r_[codes[:1], codes[-2:0:-1], codes[-1:]], np.r_[points[-2::-1], points[-1:]]


def drop_collinear_points(codes: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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
