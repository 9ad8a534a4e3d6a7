"""Draw the picture of the house in the README: each room with the modules of its folder.

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
CHIP, GAP, PAD = 26, 8, 16
LETTER = 7.5  # the width of a letter of a module's name
PAPER, INK, QUIET, LINE = "#fbf8f1", "#2b3440", "#6f6a60", "#d9cfbd"
TINTS = (
    *("#dfeae4", "#dce6ee", "#f0e0e2", "#e3e9d8", "#ece4f2"),
    *("#f3ead9", "#e7e3ef", "#f5e3d3", "#dce6ee", "#efe6cf", "#e3e9d8", "#f0e0e2", "#dfeae4"),
)


class Room(NamedTuple):
    """A row of the README's table: a folder, whose modules stand on the same floor."""

    name: str
    folder: Path

    @property
    def modules(self) -> list[str]:
        """What the folder holds: modules without their ending, other files with it."""
        files = (path for path in self.folder.iterdir() if path.is_file())
        return sorted(
            path.name.removesuffix(".py") for path in files if not path.stem.startswith("__")
        )


def rooms() -> list[Room]:
    """The rooms from the top of the house to its bottom."""
    rows = re.findall(r"^\| ([A-Z][\w ]+) \| `([\w/]+)` \| .+ \|$", README.read_text("utf-8"), re.M)
    return [Room(name, ROOT / folder) for name, folder in rows]


def drawing() -> str:
    """The picture as SVG text."""
    parts, y = [_end("notebooks/*.ipynb", PAD)], PAD + 34.0
    for room, tint in zip(rooms(), TINTS, strict=True):
        markup, height = _room(room, y, tint)
        parts.append(markup)
        y += height + GAP
    parts.append(_end("data/*.yaml", y))
    height = y + 34
    words = "The rooms of the house: " + ", then ".join(room.name.lower() for room in rooms())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-label="{words}" font-family="system-ui, sans-serif" font-size="13">'
        f'<rect width="{WIDTH}" height="{height:g}" rx="10" fill="{PAPER}"/>'
        f"{''.join(parts)}</svg>\n"
    )


def _end(words: str, y: float) -> str:
    """What stands above and below the house."""
    return _text(WIDTH / 2, y + 16, words, QUIET, 'text-anchor="middle"')


def _room(room: Room, y: float, tint: str) -> tuple[str, float]:
    """A room with its modules, and its height."""
    chips, x, line = [], float(LEFT), y + PAD
    for module in room.modules:
        width = len(module) * LETTER + 18
        if x + width > WIDTH - 2 * PAD:
            x, line = float(LEFT), line + CHIP + GAP
        chips.append(_chip(module, x, line, width))
        x += width + GAP
    height = line + CHIP + PAD - y
    box = (
        f'<rect x="{PAD}" y="{y:g}" width="{WIDTH - 2 * PAD}" height="{height:g}" rx="8" '
        f'fill="{tint}" stroke="{LINE}"/>'
    )
    name = _text(2 * PAD, y + PAD + 18, room.name, INK, 'font-weight="bold" font-size="15"')
    return box + name + "".join(chips), height


def _chip(module: str, x: float, y: float, width: float) -> str:
    box = (
        f'<rect x="{x:g}" y="{y:g}" width="{width:.4g}" height="{CHIP}" rx="6" '
        f'fill="{PAPER}" stroke="{LINE}"/>'
    )
    middle = 'text-anchor="middle" font-family="ui-monospace, monospace" font-size="12.5"'
    return box + _text(x + width / 2, y + 17, module, INK, middle)


def _text(x: float, y: float, words: str, colour: str, rest: str) -> str:
    return f'<text x="{x:.5g}" y="{y:g}" fill="{colour}" {rest}>{escape(words)}</text>'


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawing(), encoding="utf-8")
