"""Draw the picture of the packages in the README: each with its modules, the highest on top.

python tools/house.py     writes docs/house.svg
"""

import re
from html import escape
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "house.svg"

WIDTH = 960
LEFT = 190  # where the modules begin
MODULE_HEIGHT, GAP, PADDING = 26, 8, 16
LETTER_WIDTH = 7.5  # the width of a letter of a module's name
PAPER, INK, QUIET, LINE = "#fbf8f1", "#2b3440", "#6f6a60", "#d9cfbd"
TINTS = (
    *("#dfeae4", "#dce6ee", "#f0e0e2", "#e3e9d8", "#ece4f2"),
    *("#f3ead9", "#e7e3ef", "#f5e3d3", "#dce6ee", "#efe6cf", "#e3e9d8", "#f0e0e2", "#dfeae4"),
)


class Package(NamedTuple):
    """A row of the README's table: a folder of modules, which use those of the rows below."""

    name: str
    folder: Path

    @property
    def modules(self) -> list[str]:
        """What the folder holds: modules without their ending, other files with it."""
        files = (path for path in self.folder.iterdir() if path.is_file())
        return sorted(
            path.name.removesuffix(".py") for path in files if not path.stem.startswith("__")
        )


def packages() -> list[Package]:
    """The packages from the highest to the lowest."""
    rows = re.findall(r"^\| ([A-Z][\w ]+) \| `([\w/]+)` \| .+ \|$", README.read_text("utf-8"), re.M)
    return [Package(name, ROOT / folder) for name, folder in rows]


def draw_packages() -> str:
    """The picture as SVG text."""
    parts, y = [_draw_end("notebooks/*.ipynb", PADDING)], PADDING + 34.0
    for package, tint in zip(packages(), TINTS, strict=True):
        markup, height = _draw_package(package, y, tint)
        parts.append(markup)
        y += height + GAP
    parts.append(_draw_end("data/*.yaml", y))
    height = y + 34
    words = "Packages: " + ", then ".join(package.name.lower() for package in packages())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-label="{words}" font-family="system-ui, sans-serif" font-size="13">'
        f'<rect width="{WIDTH}" height="{height:g}" rx="10" fill="{PAPER}"/>'
        f"{''.join(parts)}</svg>\n"
    )


def _draw_end(words: str, y: float) -> str:
    """What stands above and below the packages."""
    return _draw_text(WIDTH / 2, y + 16, words, QUIET, 'text-anchor="middle"')


def _draw_package(package: Package, y: float, tint: str) -> tuple[str, float]:
    """A package with its modules as SVG text, and its height in pixels."""
    chips, x, line = [], float(LEFT), y + PADDING
    for module in package.modules:
        width = len(module) * LETTER_WIDTH + 18
        if x + width > WIDTH - 2 * PADDING:
            x, line = float(LEFT), line + MODULE_HEIGHT + GAP
        chips.append(_draw_module(module, x, line, width))
        x += width + GAP
    height = line + MODULE_HEIGHT + PADDING - y
    box = (
        f'<rect x="{PADDING}" y="{y:g}" width="{WIDTH - 2 * PADDING}" height="{height:g}" rx="8" '
        f'fill="{tint}" stroke="{LINE}"/>'
    )
    name = _draw_text(
        2 * PADDING, y + PADDING + 18, package.name, INK, 'font-weight="bold" font-size="15"'
    )
    return box + name + "".join(chips), height


def _draw_module(module: str, x: float, y: float, width: float) -> str:
    box = (
        f'<rect x="{x:g}" y="{y:g}" width="{width:.4g}" height="{MODULE_HEIGHT}" rx="6" '
        f'fill="{PAPER}" stroke="{LINE}"/>'
    )
    middle = 'text-anchor="middle" font-family="ui-monospace, monospace" font-size="12.5"'
    return box + _draw_text(x + width / 2, y + 17, module, INK, middle)


def _draw_text(x: float, y: float, words: str, colour: str, rest: str) -> str:
    return f'<text x="{x:.5g}" y="{y:g}" fill="{colour}" {rest}>{escape(words)}</text>'


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw_packages(), encoding="utf-8")
