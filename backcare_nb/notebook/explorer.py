"""The adjustable figure: a motion under the learner's own hand, moved in the browser alone."""

from typing import Any

import anywidget
import traitlets

from backcare_nb.html import static_session
from backcare_nb.html.card import break_lines
from backcare_nb.player.bundle import BROWSER, module


class Explorer(anywidget.AnyWidget):
    """A motion with a slider, its angle where one is taught, and a switch for the side."""

    _esm = module("explorer.js")
    _css = BROWSER / "player.css"

    motion = traitlets.Unicode()
    sprites = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        sides = " and ".join(side for side in self.sprites if side) or "both sides alike"
        return f"Explorer({self.motion}: {sides})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        picture = static_session.sprite_image(next(iter(self.sprites.values())))
        return {**data, "text/html": break_lines(picture)}, metadata


def explore(motion: str) -> Explorer:
    """The adjustable figure of a motion: a slider, arrow keys, and the side where it has one.

    ``motion`` is its id, such as "roll_knees_to_floor", or that of an own exercise. Raises
    UnknownName.
    """
    from backcare_nb.html import picture

    name, own = picture.own_motion(motion)
    left, right = (picture.sprite(f"{name}.{side}", own=own) for side in ("left", "right"))
    sided = left["steps"] != right["steps"]
    sprites = {"left": left, "right": right} if sided else {"": left}
    return Explorer(motion=motion, sprites=sprites)
