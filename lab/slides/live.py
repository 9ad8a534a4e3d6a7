"""Players and adjustable figures that stay alive on slides, where no kernel is."""

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

from backcare_nb.html.card import read_card_stylesheet
from backcare_nb.player import bundle

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
CHILD = "IPY_MODEL_"
NOTES = "**If you teach this:**"  # with what begins so, words are for the speaker
FOLDS = '<div class="backcare-guide folds">'  # a card of nothing else
FOLD = re.compile(r'<details\s+class="fold">')
FOLD_OPEN = '<details class="fold" open>'
LINK = re.compile(r"\[([^\]]*)\]\(([\w.-]+)\.ipynb\)")
HTML_LINK = re.compile(r' href="([\w.-]+)\.ipynb"')


class LiveWidgets(Preprocessor):
    """Give the template the state of every widget that runs in the browser alone.

    Such a widget brings its own module, which plays it; widgets that need a kernel are left out.
    Each output keeps the words that stand in for it. Links to other notebooks lead to their
    slides, where there are any.
    """

    def preprocess(
        self, notebook: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        widgets = notebook.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
        live = Live(widgets)
        notebook.cells = [part for cell in notebook.cells for part in _one_thing_at_a_time(cell)]
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = LINK.sub(_link_in_words, cell.source)
            for output in cell.get("outputs", []):
                if html := output.get("data", {}).get("text/html"):
                    output.data["text/html"] = HTML_LINK.sub(_link_in_html, html)
                view = output.get("data", {}).pop(VIEW, None)
                if view:
                    output.metadata["live"] = live.take(view["model_id"])
        resources["slides"] = {
            "title": _title(notebook),
            "styles": [read_card_stylesheet(), *live.styles],
            "static_model": bundle.build_script("static_model.js"),
            "live": {"modules": live.modules, "states": live.states},
        }
        return notebook, resources


class Live:
    """The states of the widgets that were taken, and each of their modules and styles once."""

    def __init__(self, widgets: dict[str, Any]) -> None:
        self._widgets = widgets
        self.modules: dict[str, str] = {}
        self.styles: list[str] = []
        self.states: dict[str, dict[str, Any]] = {}

    def take(self, model: str) -> list[str]:
        """Take what is alive in a widget, itself or within it, and return the names of it."""
        names = list(self._alive(model))
        for name in names:
            state = dict(self._widgets[name]["state"])
            module, style = state.pop("_esm"), state.pop("_css", "")
            key = sha256(module.encode()).hexdigest()[:8]
            self.modules[key] = module
            if style and style not in self.styles:
                self.styles.append(style)
            own = {name: value for name, value in state.items() if not name.startswith("_")}
            self.states[name] = {**own, "module": key}
        return names

    def _alive(self, model: str) -> Iterator[str]:
        state = self._widgets.get(model, {}).get("state", {})
        if "_esm" in state:
            yield model
        for child in state.get("children", ()):
            yield from self._alive(child.removeprefix(CHILD))


def _is_made(name: str) -> bool:
    """Whether there are slides of a notebook, where the command says which there are."""
    made = os.environ.get("BACKCARE_SLIDES")
    return made is None or name in made.split(" ")


def _link_in_words(link: re.Match[str]) -> str:
    return f"[{link[1]}]({link[2]}.slides.html)" if _is_made(link[2]) else link[1]


def _link_in_html(link: re.Match[str]) -> str:
    return f' href="{link[1]}.slides.html"' if _is_made(link[1]) else ""


def _one_thing_at_a_time(cell: NotebookNode) -> Iterator[NotebookNode]:
    """A cell for each thing that a cell shows: an exercise's words, player, figure and versions.

    What is folded in a notebook is open on a slide. Words for who teaches become notes.
    """
    words, mark, notes = cell.source.partition(NOTES)
    if mark and words and cell.cell_type == "markdown":
        yield NotebookNode(cell, source=words)
        metadata = {"slideshow": {"slide_type": "notes"}}
        yield NotebookNode(cell, id=f"{cell.id}-notes", source=mark + notes, metadata=metadata)
        return
    outputs = [each for output in cell.get("outputs", []) for each in _unfolded(output)]
    for number, output in enumerate(outputs):
        metadata = {
            **cell.metadata,
            **({"slideshow": {"slide_type": "subslide"}} if number else {}),
        }
        yield NotebookNode(cell, id=f"{cell.id}-{number}", metadata=metadata, outputs=[output])
    if not outputs:
        yield cell


def _unfolded(output: NotebookNode) -> Iterator[NotebookNode]:
    """An output with its folds open, and one for each fold where it shows nothing else."""
    html = output.get("data", {}).get("text/html", "")
    if not html:
        yield output
        return
    head, mark, folds = html.partition(FOLDS)
    inside = FOLD.split(folds.rstrip().removesuffix("</div>"))[1:]
    parts = [f"{head}{mark}{FOLD_OPEN}{fold}</div>" for fold in inside]
    for part in parts or [FOLD.sub(FOLD_OPEN, html)]:
        yield NotebookNode(output, data=NotebookNode(output.data, **{"text/html": part}))


def _title(notebook: NotebookNode) -> str:
    """What the notebook's first heading says."""
    lines = "\n".join(cell.source for cell in notebook.cells).splitlines()
    return next((line[2:] for line in lines if line.startswith("# ")), "Slides")
