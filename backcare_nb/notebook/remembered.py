"""What the browser remembers of a learner's choices, where nothing need be written to a file."""

import anywidget
import traitlets

from backcare_nb.player import bundle


class Remembered(anywidget.AnyWidget):
    """A value that the browser keeps under a key, and gives back when a page is opened again.

    It shows nothing. ``value`` is empty until there is one.
    """

    _esm = bundle.build_module("remembered.js")

    key = traitlets.Unicode().tag(sync=True)
    value: "traitlets.Dict[str, str]" = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return f"Remembered({self.key})"
