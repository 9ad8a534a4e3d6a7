"""Take the icons of the site as an app from the one that its pages carry.

python tools/icons.py
"""

import re
import sys
from pathlib import Path
from urllib.parse import unquote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from backcare_nb.export import website
from tools.browser import browser, new_page

PAGE = """<style>html, body { margin: 0; background: transparent }
svg { display: block; width: 100vw; height: 100vw }</style>"""
ROUNDED = 'rx="8" '
# A system cuts a circle or a square out of it: drawn to the edge, and small enough to stay whole.
SMALLER = '<g transform="translate(16 16) scale(.78) translate(-16 -17)" '


def take_icons() -> None:
    """Write the icons that the manifest names."""
    document = Path(website.__file__).with_name("document.html").read_text(encoding="utf-8")
    (address,) = re.findall(r'rel="icon" href="data:image/svg\+xml,([^"]+)"', document)
    rounded = unquote(address)
    to_the_edge = rounded.replace(ROUNDED, "").replace("<g ", SMALLER)
    with browser() as chromium:
        for path in sorted(website.ICONS_FOLDER.glob("*.png")):
            size = int(path.stem.split("-")[1])
            with new_page(chromium, viewport={"width": size, "height": size}) as page:
                page.set_content(PAGE + (rounded if path.stem.startswith("icon") else to_the_edge))
                page.screenshot(path=path, omit_background=True)


if __name__ == "__main__":
    take_icons()
