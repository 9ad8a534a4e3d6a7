"""What can be done with what a notebook shows: buttons, and below them what came of it."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import PurePath

import ipywidgets as widgets

from backcare_nb.course.errors import describe_missing_package
from backcare_nb.html.card import Node, error_report, h, para, read_card_stylesheet
from backcare_nb.player.bundle import PLAYER_FOLDER

MIME_TYPE_BY_FILE_ENDING = {
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".json": "application/json",
}
ACTION_BUTTONS_CSS = (PLAYER_FOLDER / "actions.css").read_text(encoding="utf-8")


class ActionButtons(widgets.VBox):
    """Buttons in a row; below them what the last one did, or why it could not, in a sentence."""

    def __init__(self) -> None:
        self._row = widgets.HBox()
        self._row.add_class("backcare-actions")
        self.outcome = widgets.HTML()
        super().__init__(
            [widgets.HTML(f"<style>{ACTION_BUTTONS_CSS}</style>"), self._row, self.outcome]
        )

    def add(self, control: widgets.Widget) -> None:
        """Put a control at the end of the row."""
        self._row.children = (*self._row.children, control)

    def add_button(self, name: str, what: str, action: Callable[[], Node]) -> None:
        """Put a button at the end of the row; its action gives what is then said."""

        def act(_: widgets.Button) -> None:
            self.outcome.value = live_region_html(para("One moment ..."), role="status")
            try:
                self.outcome.value = live_region_html(action(), role="status")
            except ValueError as error:
                self.outcome.value = live_region_html(error_report(str(error)), role="alert")
            except ModuleNotFoundError as error:
                told = error_report(describe_missing_package(error))
                self.outcome.value = live_region_html(told, role="alert")

        button = widgets.Button(description=name, tooltip=what)
        button.on_click(act)
        self.add(button)


def download_link_node(name: str, data: bytes) -> Node:
    """A link to a .pdf, .html or .json file that the page itself holds: nothing is written."""
    media_type = MIME_TYPE_BY_FILE_ENDING[PurePath(name).suffix]
    address = f"data:{media_type};base64,{b64encode(data).decode()}"
    return h("a", name, href=address, download=name)


def live_region_html(*nodes: Node, role: str) -> str:
    """Cards as the HTML of a widget; a screen reader says their words when they change."""
    root = h("div", *nodes, class_="backcare-guide", role=role)
    return f"<style>{read_card_stylesheet()}</style>{root.html()}"
