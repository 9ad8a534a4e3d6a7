"""The settings of matplotlib in which everything is drawn and saved: its defaults, and ours.

What a person has set, in a notebook, a style sheet or a matplotlibrc, changes nothing of it. Some
settings are read when a figure is made, some when it is drawn, some when it is saved: all of that
happens in one context.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib

# The backend is not among them: it is the window for a person's own figures, and ours need none.
DEFAULTS = {name: value for name, value in matplotlib.rcParamsDefault.items() if name != "backend"}
STYLE = {"path.simplify": False, "svg.fonttype": "none", "svg.hashsalt": "back care"}


@contextmanager
def style_context(more: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Set matplotlib's defaults, our style and ``more``; afterwards a person's settings again."""
    settings: Any = {**DEFAULTS, **STYLE, **(more or {})}  # names that matplotlib lists itself
    with matplotlib.rc_context(settings):
        yield
