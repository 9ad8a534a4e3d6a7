"""A stage for what follows a session, without a notebook: a page and a stand-in model."""

import json
from typing import Any

from backcare_nb.notebook.after_session import JournalForm
from backcare_nb.player.bundle import BROWSER
from tests.browser.stage import MODEL

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Journal</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="after_session.css">
<style>:root { color-scheme: light dark } body { margin: 12px; font-family: sans-serif }</style>
<main></main><script type="module">
import widget from "./after_session.mjs";
%s
window.heard = [];
document.addEventListener("keydown", (event) => heard.push(event.key));
window.model = new Model(%s);
widget.initialize({ model });
widget.render({ model, el: document.querySelector("main") });
window.ready = true;
</script></html>"""
SAID = {"before": None, "after": None, "left": None, "right": None, "note": ""}
STATE = {
    "stage": "form",
    "words": "In your journal: Knee rolls, 3 minutes. How did it feel?",
    "scale": "Give what you feel a number.",
    "message": "",
    "unfolded": True,
    "sessions": [{"id": "a", "title": "Monday: Knee rolls", "angles": True, "said": SAID}],
    "choice": "",
    "answers": [],
    "answered": [],
}


def open_form(show: Any, tmp_path: Any, **changes: Any) -> Any:
    """Open a page with one form; what it sends is in ``model.messages``."""
    module = tmp_path / "after_session.mjs"
    module.write_text(str(JournalForm._esm), encoding="utf-8")
    state = json.dumps(STATE | changes).replace("<", "\\u003c")
    page = show(PAGE % (MODEL, state), module, BROWSER / "after_session.css")
    page.wait_for_function("window.ready")
    return page
