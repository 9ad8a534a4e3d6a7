"""The adjustable figure: a motion under the learner's own hand, moved in the browser alone."""

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from backcare_nb.html.card import break_markup_into_lines, svg_image
from backcare_nb.player.bundle import PLAYER_FOLDER, build_module


class MotionExplorer(anywidget.AnyWidget):
    """A motion with a slider, its angle where one is taught, and a switch for the side.

    A live one may be turned: the browser asks for a side and a turn in degrees, "left 45", and
    what is drawn so comes as ``turned``, with what was asked; neither is saved.
    """

    _esm = build_module("explorer.js")
    _css = PLAYER_FOLDER / "player.css"

    motion = traitlets.Unicode()
    sprites: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    asked = traitlets.Unicode().tag(sync=True)
    turned: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)

    def __init__(self, draw: Callable[[str, int], dict[str, Any]], **state: Any) -> None:
        super().__init__(**state)
        self._draw_turned = draw

    @traitlets.observe("asked")
    def _draw_turned_figure(self, change: dict[str, Any]) -> None:
        side, _, degrees = change["new"].rpartition(" ")
        self.turned = {"asked": change["new"], "sprite": self._draw_turned(side, int(degrees))}

    def __repr__(self) -> str:
        sides = " and ".join(side for side in self.sprites if side) or "both sides alike"
        return f"Explorer({self.motion}: {sides})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        sprite = next(iter(self.sprites.values()))
        style = "background: #fbf8f1; border-radius: 8px"
        first_frame = svg_image(sprite["svg"], sprite["alt"], width="320", style=style).html()
        return {**data, "text/html": break_markup_into_lines(first_frame)}, metadata


def explore(motion: str) -> MotionExplorer:
    """The adjustable figure of a motion: a slider, arrow keys, the side where it has one, a turn.

    ``motion`` is its id, such as "roll_knees_to_floor", or that of an own exercise. Raises
    UnknownName.
    """
    from backcare_nb.html import picture

    name, own = picture.resolve_own_figure("motion", motion)
    left, right = (
        picture.cached_figure_sprite(f"{name}.{side}", own=own) for side in ("left", "right")
    )
    sided = left["steps"] != right["steps"]
    sprites = {"left": left, "right": right} if sided else {"": left}

    def draw(side: str, turn_deg: int) -> dict[str, Any]:
        key = f"{name}.{side}" if side else name
        return picture.cached_figure_sprite(key, turn_deg, own=own)

    return MotionExplorer(draw, motion=motion, sprites=sprites)
