"""What goes wrong in a box, in a card with what to do; what other code says, as Python tells it."""

import re
from html import unescape

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

FETCH = "from backcare_nb import play, plan_lesson, still"
TOLD = {  # what a box says, and what its card then does
    f'{FETCH}\nplay("knee_to_chests")': 'unknown exercise "knee_to_chests"; did you mean',
    "plan_lesson(minute=20)": 'plan_lesson() knows no "minute"; did you mean "minutes"?',
    'still("maypole").save("nowhere/maypole.svg")': "Choose another file.",
    "timer(minutes=5)": "Begin the box with the line:\nfrom backcare_nb import timer",
    "sesion('x')": "Did you mean session? Fetch it with:\nfrom backcare_nb import session",
    "from backcare_nb import paly": 'unknown word "paly"; did you mean "play"?',
    'play("maypole", version=easier)': 'write it in quotes: "easier".',
    "plan_lesson(20, cautions=[pregnant])": 'write it in quotes: "pregnant".',
    'still("maypole").sav("x.svg")': "Picture knows no sav. Did you mean save?",
    'play("maypole, rounds=2)': "Python cannot read this: unterminated string literal",
    'play("maypole"': "a bracket or a quote is not closed. Compare it with a line that works:",
    "play(“maypole”)": "Python cannot read this: invalid character",
    'play["maypole"]': "is not subscriptable. Compare it with a line that works:",
    "import play": "Begin the box with the line:\nfrom backcare_nb import play",
    "from backcare import play": "Did you mean backcare_nb?",
    "import backcare_nb; backcare_nb.paly": 'did you mean "play"?',
    "import unheard_of": "there is no unheard_of here.",
    "unheard_of + 1": "run that one first.",
    "1 / 0": "Python says ZeroDivisionError: division by zero.",
    "import signal; signal.raise_signal(signal.SIGINT)": "it was stopped before it had finished.",
    "plan_lesson.__wrapped__(cautions=3)": "this should not have happened: Python says TypeError",
    f"import sys\nsys.modules['anywidget'] = None\n{FETCH}, explore": "The course needs anywidget",
    "sys.platform = 'emscripten'\nfrom backcare_nb import explore": "the Python of a browser has",
}
OTHER_CODE = ("import json\njson.loads('x')", "import nbformat\nnbformat.read('x', 4)")


def run(*sources: str, allow_errors: bool = True) -> list[NotebookNode]:
    """The outputs of boxes that run one after another, whatever becomes of each."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    quiet = ["--log-level=ERROR"]
    client = NotebookClient(
        notebook, kernel_name="python3", allow_errors=allow_errors, extra_arguments=quiet
    )
    client.execute()
    return [cell.outputs for cell in notebook.cells]


@pytest.fixture(scope="module")
def boxes(tmp_path_factory) -> dict[str, list[NotebookNode]]:
    """What each of these boxes shows, and the box %tb after the first of them."""
    first, *others = TOLD
    # The package that is taken away is needed by no box before the last of ours.
    sources = [first, "%tb", *others, *OTHER_CODE]
    return dict(zip(sources, run(*sources), strict=True))


def words(output: NotebookNode) -> str:
    bare = re.sub(r"<style>.*?</style>|<[^>]*>", " ", output.data["text/html"], flags=re.DOTALL)
    return " ".join(unescape(bare).split())


@pytest.mark.parametrize("source", TOLD)
def test_a_course_error_in_a_cell_is_shown_as_a_card_and_the_cell_has_failed(boxes, source):
    card, error = boxes[source]
    told = "\n".join(error.traceback)
    assert error.output_type == "error"
    assert TOLD[source] in told
    assert "Traceback" not in told
    assert words(card).startswith(f"That did not work: {' '.join(told.split())} It is in the line ")
    assert source.splitlines()[-1] in words(card)


def test_the_whole_traceback_is_shown_when_it_is_asked_for(boxes):
    (error,) = boxes["%tb"]
    assert "Traceback" in "\n".join(error.traceback)
    assert "find_by_name" in "\n".join(error.traceback)


@pytest.mark.parametrize("source", OTHER_CODE)
def test_an_error_that_comes_out_of_other_code_stays_as_python_tells_it(boxes, source):
    (error,) = boxes[source]
    assert "Traceback" in "\n".join(error.traceback)


def test_running_all_cells_of_a_notebook_stops_at_an_error_shown_as_a_card():
    with pytest.raises(CellExecutionError, match=r"play\(\) needs exercise"):
        run(f"{FETCH}\nplay()", allow_errors=False)
