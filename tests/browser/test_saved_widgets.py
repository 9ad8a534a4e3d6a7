"""What was saved with a notebook runs before its kernel, which takes over where nothing plays."""

import json

import nbformat
import pytest

from backcare_nb.export.saved_widgets import WIDGETS_MIME_TYPE, run_code_cells, save_widgets
from tests.browser.test_run_on_open import TRUST
from tools import browser as real

NAME = "02_rotate_the_back.ipynb"
SAVED = "**/backcare-run-on-open/static/widgets/"
NEXT = "node => node.querySelector('.bc-next').click()"


@pytest.fixture(scope="module")
def saved(learners_folder):
    """A folder with a notebook, and with what of it runs in the browser."""
    folder = learners_folder / "saved"
    folder.mkdir()
    notebook = nbformat.read(real.ROOT / "notebooks" / NAME, as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # where nobody keeps a journal
        save_widgets(notebook, run_code_cells(notebook), folder)
    nbformat.write(notebook, folder / NAME)
    return folder


@pytest.fixture
def opened(somebodys_page, learners_lab, saved):
    """The notebook in a page, and the requests for its kernel, which wait to be let go on."""
    page, waiting = somebodys_page, []

    def hold(route):
        waiting.append(route) if route.request.method == "POST" else route.continue_()

    def fulfill(route):
        route.fulfill(path=saved / route.request.url.rpartition("/")[2])

    real.open_notebook(page, learners_lab, f"{saved.name}/{NAME}").evaluate(TRUST)
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.wait_for_function("() => window.isTrustSaved")
    real.shut_down(page)
    for kind in ("js", "json"):
        page.route(f"{SAVED}*.{kind}", fulfill)
    page.route("**/api/sessions*", hold)
    page.goto(f"{learners_lab}/lab/tree/{saved.name}/{NAME}?reset")
    return page, waiting


def test_saved_players_and_figures_work_before_the_kernel_and_its_start_interrupts_no_session(
    opened,
):
    page, waiting = opened
    page.locator(".bc-start").first.click()
    playing = page.wait_for_selector("[data-status=running]")
    assert playing.query_selector(".bc-card svg")
    while waiting:
        waiting.pop().continue_()
    page.unroute("**/api/sessions*")
    # The kernel has made the others, and so they offer more than what was saved.
    page.locator("[data-status=idle] [value=source]").first.wait_for(state="attached")
    assert playing.get_attribute("data-status") == "running"
    while playing.get_attribute("data-status") == "running":
        playing.evaluate(NEXT)
    playing.wait_for_element_state("hidden")
    page.get_by_text("How was it").first.wait_for()


def test_the_widgets_saved_with_a_section_are_its_safety_check_figures_and_easier_players(saved):
    notebook = json.loads((saved / NAME).read_text(encoding="utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    places = [o["data"][WIDGETS_MIME_TYPE] for o in outputs if WIDGETS_MIME_TYPE in o["data"]]
    assert len({(place["script"], place["data"]) for place in places}) == 1
    data = json.loads((saved / places[0]["data"]).read_text(encoding="utf-8"))
    found = [data["widgets"][name] for place in places for name in place["widgets"]]
    modules = [widget["module"] for widget in found]
    assert modules[:2] == ["safety_check", "player"]
    assert "explorer" in modules
    fields = [widget["state"]["option_fields"] for widget in found if widget["module"] == "player"]
    assert {choice[1] for (field,) in fields for choice in field["choices"]} == {"easier"}
    named = {name for widget in found for name in widget["state"].get("sprites", {}).values()}
    assert named == set(data["sprites"])
