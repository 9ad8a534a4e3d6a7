"""What every notebook of the course keeps to, beside giving the outputs it was committed with."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise, product
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from backcare_nb.custom.library import current_library
from backcare_nb.journal import own_journal, store
from backcare_nb.notebook import exercise_editor
from tests.for_each import for_each
from tools.run_notebooks import METADATA, WIDGET_VIEW, run, settle

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

SLIDES = {"slide", "subslide", "fragment", "skip", "notes", "-"}
LONGEST_LINE = 1000  # letters
HACKS = re.compile(r"^\s*[%!]|get_ipython|sys\.path|os\.chdir|import \*|;\s*$", re.MULTILINE)
HEADING = re.compile(r"^(#+) \S", re.MULTILINE)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]*)")


def code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook: NotebookNode) -> str:
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def outputs(notebook: NotebookNode) -> list[NotebookNode]:
    return [output for cell in code(notebook) for output in cell.outputs]


# Each rule gives what breaks it, in order to say where; nothing means that it is kept.


def every_code_cell_was_run_in_order(notebook: NotebookNode) -> list:
    counts = [cell.execution_count for cell in code(notebook)]
    return [] if counts == list(range(1, len(counts) + 1)) else counts


def code_cells_are_thin(notebook: NotebookNode) -> list:
    return [c.source for c in code(notebook) if len([*filter(None, c.source.splitlines())]) > 3]


def code_has_no_magic_and_no_hacks(notebook: NotebookNode) -> list:
    return [c.source for c in code(notebook) if HACKS.search(c.source)]


def no_cell_is_empty(notebook: NotebookNode) -> list:
    return [cell.id for cell in notebook.cells if not cell.source.strip()]


def headings_go_down_one_level_at_a_time(notebook: NotebookNode) -> list:
    levels = [len(marks) for marks in HEADING.findall(prose(notebook))]
    jumps = [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1]
    return jumps if levels[:1] == [1] and levels.count(1) == 1 else levels or ["no heading"]


def nothing_is_warned_and_nothing_fails(notebook: NotebookNode) -> list:
    return [o for o in outputs(notebook) if o.output_type == "error" or o.get("name") == "stderr"]


def every_cell_has_its_place_in_the_slides(notebook: NotebookNode) -> list:
    kinds = [cell.metadata.get("slideshow", {}).get("slide_type") for cell in notebook.cells]
    return [kind for kind in kinds if kind not in SLIDES]


def metadata_is_the_same_in_all(notebook: NotebookNode) -> list:
    return [] if notebook.metadata == METADATA else [notebook.metadata]


def figures_are_drawings_and_widgets_leave_no_trace(notebook: NotebookNode) -> list:
    unwanted = {WIDGET_VIEW, "image/png", "image/jpeg"}
    return [
        sorted(unwanted & set(output.get("data", {})))
        for output in outputs(notebook)
        if unwanted & set(output.get("data", {}))
    ]


class _Pictures(HTMLParser):
    """Collects the pictures of a piece of HTML or SVG that have no words."""

    def __init__(self) -> None:
        super().__init__()
        self.wordless: list[str] = []
        self._path: list[str] = []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        words = dict(attributes)
        hidden = words.get("aria-hidden") == "true"
        if tag == "img" and "alt" not in words:
            self.wordless.append(tag)
        if tag == "svg" and not (words.get("aria-label") or hidden):
            self.wordless.append(tag)
        self._path.append(tag)

    def handle_data(self, data: str) -> None:
        if self._path[-2:] == ["svg", "title"] and data.strip() and "svg" in self.wordless:
            self.wordless.remove("svg")

    def handle_endtag(self, tag: str) -> None:
        while self._path and self._path.pop() != tag:
            pass


def wordless_pictures(markup: str) -> list[str]:
    parser = _Pictures()
    parser.feed(markup)
    return parser.wordless


def every_picture_has_words(notebook: NotebookNode) -> list:
    bundles = [output.get("data", {}) for output in outputs(notebook)]
    markup = [data.get(kind, "") for data in bundles for kind in ("image/svg+xml", "text/html")]
    drawn = [fault for piece in markup for fault in wordless_pictures(piece)]
    written = [goal for mark, words, goal in LINK.findall(prose(notebook)) if mark and not words]
    return drawn + written


def links_lead_to_notebooks_that_exist(notebook: NotebookNode) -> list:
    goals = [goal for _, _, goal in LINK.findall(prose(notebook))]
    return [goal for goal in goals if goal.endswith(".ipynb") and not (FOLDER / goal).exists()]


def its_lines_are_short_enough_to_be_compared(notebook: NotebookNode) -> list:
    return [line for line in nbformat.writes(notebook).splitlines() if len(line) > LONGEST_LINE]


RULES = [
    every_code_cell_was_run_in_order,
    code_cells_are_thin,
    code_has_no_magic_and_no_hacks,
    no_cell_is_empty,
    headings_go_down_one_level_at_a_time,
    nothing_is_warned_and_nothing_fails,
    every_cell_has_its_place_in_the_slides,
    metadata_is_the_same_in_all,
    figures_are_drawings_and_widgets_leave_no_trace,
    every_picture_has_words,
    links_lead_to_notebooks_that_exist,
    its_lines_are_short_enough_to_be_compared,
]


def test_all_notebooks_together_are_small_enough_to_be_reviewed():
    size = sum(path.stat().st_size for path in NOTEBOOKS)
    assert size < 58_000 * len(current_library().exercises)


@for_each(product(NOTEBOOKS, RULES))
def test_each_course_notebook_passes_every_notebook_check(path, rule):
    assert rule(nbformat.read(path, as_version=4)) == []


def run_alone(source: str) -> None:
    """Run a cell where no other was run, and show what its last line gives."""
    *first, last = ast.parse(source).body
    names: dict[str, object] = {}
    exec(compile(ast.Module(first, []), "a cell", "exec"), names)
    shown = eval(compile(ast.Expression(last.value), "a cell", "eval"), names)
    (getattr(shown, "_repr_mimebundle_", None) or shown._repr_html_)()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_works_where_no_other_was_run_and_writes_no_file(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(store.JOURNAL_PATH_VARIABLE, raising=False)
    own_journal.open_own_journal.cache_clear()
    failed = {}
    for source in {cell.source for cell in code(nbformat.read(path, as_version=4))}:
        monkeypatch.setattr(exercise_editor, "_editor_by_name", {})
        try:
            run_alone(source)
        except Exception as error:
            failed[source] = repr(error)
    own_journal.open_own_journal.cache_clear()
    assert failed == {}
    assert list(tmp_path.iterdir()) == []


SVG = "<svg><title>A person lying down</title><path d='M 0 0'/></svg>"


def picture(data: dict) -> NotebookNode:
    return new_output("display_data", data=data)


def sample(**change: object) -> NotebookNode:
    """A notebook that keeps all rules, with the fields of its one code cell changed."""
    heading, call = new_markdown_cell("# Title\n\n## Part"), new_code_cell("1 + 1")
    call.update({"execution_count": 1, "outputs": [picture({"image/svg+xml": SVG})]} | change)
    for cell in (heading, call):
        cell.metadata.setdefault("slideshow", {"slide_type": "slide"})
    return new_notebook(cells=[heading, call], metadata=METADATA)


def words(text: str) -> NotebookNode:
    """The same notebook, saying something else."""
    notebook = sample()
    notebook.cells[0].source = text
    return notebook


def broken() -> Iterator[tuple]:
    yield every_code_cell_was_run_in_order, sample(execution_count=None)
    yield every_code_cell_was_run_in_order, sample(execution_count=7)
    yield code_cells_are_thin, sample(source="a = 1\nb = 2\n\nc = 3\nd = 4")
    for hack in ("%matplotlib inline", "!ls", "sys.path.append('..')", "from a import *", "1;"):
        yield code_has_no_magic_and_no_hacks, sample(source=hack)
    yield no_cell_is_empty, sample(source=" ")
    for text in ("# Title\n\n### Part", "## Part", "# One\n\n# Two", "No heading"):
        yield headings_go_down_one_level_at_a_time, words(text)
    stderr = new_output("stream", name="stderr", text="careful")
    yield nothing_is_warned_and_nothing_fails, sample(outputs=[stderr])
    failure = new_output("error", ename="KeyError", evalue="", traceback=[])
    yield nothing_is_warned_and_nothing_fails, sample(outputs=[failure])
    yield every_cell_has_its_place_in_the_slides, sample(metadata={"slideshow": {}})
    yield metadata_is_the_same_in_all, new_notebook()
    for kind in ("image/png", WIDGET_VIEW):
        wrong = picture({kind: "x", "text/plain": "x"})
        yield figures_are_drawings_and_widgets_leave_no_trace, sample(outputs=[wrong])
    for markup in ("<svg><path/></svg>", "<svg><title> </title></svg>", "<p><img src='a'></p>"):
        yield every_picture_has_words, sample(outputs=[picture({"text/html": markup})])
    yield every_picture_has_words, words("# Title\n\n![](spine.svg)")
    yield links_lead_to_notebooks_that_exist, words("# Title\n\n[next](99_nowhere.ipynb)")
    yield its_lines_are_short_enough_to_be_compared, words("# Title\n\n" + "long " * 250)


@for_each(RULES)
def test_the_notebook_checks_let_a_good_notebook_pass(rule):
    assert rule(sample()) == []


@pytest.mark.parametrize(("rule", "notebook"), list(broken()))
def test_each_notebook_check_notices_a_notebook_that_breaks_it(rule, notebook):
    assert rule(notebook) != []


def test_every_notebook_check_is_tried_on_a_broken_notebook():
    assert {rule for rule, _ in broken()} == set(RULES)


def test_running_a_notebook_twice_writes_the_same_bytes(tmp_path):
    path = tmp_path / "a path with spaces.ipynb"
    cells = [
        new_markdown_cell("# Title"),
        new_code_cell("import ipywidgets"),
        new_code_cell("ipywidgets.IntSlider(3)"),
        new_code_cell("ipywidgets.IntSlider(3)"),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    first = run(path)
    path.write_text(first, encoding="utf-8")
    assert run(path) == first


def test_settling_a_notebook_keeps_plain_outputs_and_drops_widget_ids_and_execution_times():
    view = {WIDGET_VIEW: {"model_id": "5f0c"}, "text/plain": "Player(60 s)"}
    notebook = sample(outputs=[picture(view)])
    notebook.cells[1].metadata["execution"] = {"started": "now"}
    notebook.metadata["widgets"] = {"5f0c": {}}
    settle(notebook)
    assert notebook.cells[1].outputs[0].data == {"text/plain": "Player(60 s)"}
    assert notebook.cells[1].metadata == {"slideshow": {"slide_type": "slide"}}
    assert notebook.metadata == METADATA


def test_settling_a_notebook_keeps_a_repeated_page_style_once_and_the_style_of_every_drawing():
    drawing = "<img src=\"data:image/svg+xml,<svg width='9'><style>.a{}</style></svg>\">"
    page = f"<style>p{{}}</style>{drawing}"
    notebook = sample(outputs=[picture({"text/html": page}), picture({"text/html": page})])
    settle(notebook)
    assert [output.data["text/html"] for output in notebook.cells[1].outputs] == [page, drawing]


def test_inserting_a_cell_changes_no_other_cells_id():
    notebook = sample()
    settle(notebook)
    before = [cell.id for cell in notebook.cells]
    notebook.cells.insert(0, new_markdown_cell("Before all"))
    settle(notebook)
    assert [cell.id for cell in notebook.cells][1:] == before
