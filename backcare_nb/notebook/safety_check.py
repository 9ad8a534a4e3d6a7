"""Is this for you? Asked above a player, before the first session in a new browser."""

import anywidget
import traitlets

from backcare_nb.html.course_cards import safety
from backcare_nb.player import bundle


class SafetyCheck(anywidget.AnyWidget):
    """The safety page in a few lines, until a session has begun in this browser."""

    _esm = bundle.build_module("safety_check.js")

    page = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(page=safety()._repr_html_())

    def __repr__(self) -> str:
        return "SafetyCheck()"
