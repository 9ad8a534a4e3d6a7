"""What runs in the browser alone, saved with a notebook: it is there before there is a kernel.

A player, its safety check and an adjustable figure need nothing of Python but what they were given.
So that is laid beside the extension which runs the course's notebooks as they open, which shows it
until the kernel has made its own.
"""

import ast
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from backcare_nb.player import bundle

WIDGETS_MIME_TYPE = "application/vnd.backcare.widgets+json"
WIDGET_MODULE_NAMES = ("explorer", "player", "safety_check")
SAVED_WIDGETS_CSS_FILE_NAMES = ("player.css", "after_session.css")


def run_code_cells(notebook: NotebookNode) -> dict[str, list[object]]:
    """Run the cells of a notebook, and return what each of them shows, by its id."""
    names: dict[str, object] = {}
    shown: dict[str, list[object]] = {}
    before = sys.displayhook
    try:
        with redirect_stdout(StringIO()):
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    shown[cell.id] = []
                    sys.displayhook = shown[cell.id].append
                    statements = ast.Interactive(ast.parse(cell.source).body)
                    exec(compile(statements, cell.id, "single"), names)
    finally:
        sys.displayhook = before
    return shown


def save_widgets(
    notebook: NotebookNode, shown: Mapping[str, Sequence[object]], folder: Path
) -> None:
    """Write into a folder what runs in the browser of what cells show; outputs then name it."""
    sprites: dict[str, object] = {}
    widgets: dict[str, object] = {}
    outputs: list[tuple[NotebookNode, list[str]]] = []
    for cell in notebook.cells:
        values = shown.get(cell.id, ())
        found = {repr(part): part for v in values for part in getattr(v, "parts", (v,))}
        for output in cell.get("outputs", ()):
            part = found.get(output.get("data", {}).get("text/plain"))
            saved = [*_collect_widget_states(part, sprites)]
            if saved:
                names = [f"{len(widgets) + number}" for number in range(len(saved))]
                widgets |= zip(names, saved, strict=True)
                outputs.append((output, names))
    if not outputs:
        return
    style = bundle.join_css_files(*SAVED_WIDGETS_CSS_FILE_NAMES)
    data = {"style": style, "sprites": sprites, "widgets": widgets}
    place = {
        "script": _write_with_digest(folder, "js", bundle.build_module("saved_widgets.js")),
        "data": _write_with_digest(folder, "json", json.dumps(data, separators=(",", ":"))),
    }
    for output, names in outputs:
        output.data[WIDGETS_MIME_TYPE] = place | {"widgets": names}


def _collect_widget_states(part: Any, sprites: dict[str, object]) -> Iterator[dict[str, object]]:
    """What the browser is given of a widget, and of the safety check above it."""
    modules = {bundle.build_module(f"{name}.js"): name for name in WIDGET_MODULE_NAMES}
    above: Any = getattr(part, "safety_check", None)
    for widget in (above, part):
        if (module := modules.get(getattr(widget, "_esm", ""))) is None:
            continue
        state = {k: v for k, v in widget.get_state().items() if not k.startswith("_")}
        if module == "player":
            # With nothing to choose but what it holds: what is played until Python is there.
            state["option_fields"] = [
                {**f, "choices": [each for each in f["choices"] if each[1] == f["value"]]}
                for f in state.get("option_fields", ())[:1]
            ]
            state.pop("memory_key", None)
        for key, sprite in state.get("sprites", {}).items():
            name = sha256(json.dumps(sprite).encode()).hexdigest()[:12]
            sprites[name] = sprite
            state["sprites"] = state["sprites"] | {key: name}
        yield {"module": module, "classes": " ".join(widget._dom_classes), "state": state}


def _write_with_digest(folder: Path, ending: str, text: str) -> str:
    """Write a text under a name that no other text has, and return the name."""
    name = f"{sha256(text.encode()).hexdigest()[:16]}.{ending}"
    (folder / name).write_text(text, encoding="utf-8")
    return name
