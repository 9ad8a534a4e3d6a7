"""A notebook of the course is alive as it opens; nothing else runs unasked."""

import json

import pytest
from playwright.sync_api import expect

from backcare_nb.journal.store import JOURNAL_FILE_NAME, Journal
from tests.browser import cells
from tests.browser.stage import Player
from tests.browser.test_journal import chip
from tools import browser as real

PLACE = "() => [notebook.content.outerNode.scrollTop, notebook.content.activeCellIndex]"
HAS_PLAYER = "() => notebook.content.node.querySelector('.bc-start') !== null"
IS_DIRTY = "() => notebook.model.dirty"
TRUST = """() => {
    jupyterapp.commands.execute("notebook:trust").then(() => { window.isTrustSaved = true; });
}"""
NAME = "03_standing_up.ipynb"
DEED = "open('deed', 'w').close()"


@pytest.fixture(scope="module")
def folder(learners_folder):
    """The course's notebooks as they came, and one of them with another first box."""
    text = (learners_folder / NAME).read_text(encoding="utf-8")
    notebook = json.loads(text)
    next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")["source"] = DEED
    (learners_folder / "changed.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    yield learners_folder
    (learners_folder / NAME).write_text(text, encoding="utf-8")
    Journal(learners_folder / JOURNAL_FILE_NAME).delete()


@pytest.fixture(scope="module")
def opened(learners_browser, learners_lab, folder):
    """Opens a notebook as a learner does."""
    page = learners_browser.new_page()
    page.set_viewport_size({"width": 1366, "height": 768})
    page.set_default_timeout(1000 * real.PATIENCE)
    page.on("dialog", lambda dialog: dialog.accept())  # a changed notebook may be left
    yield lambda name: real.open_notebook(page, learners_lab, name)
    page.evaluate("localStorage.clear()")
    page.close()


def test_a_section_shows_its_players_as_it_opens_scrolled_to_its_top_and_unmodified(opened):
    page = opened("01_relax_the_back.ipynb")
    page.wait_for_function(HAS_PLAYER)
    page.wait_for_function(f"() => !({IS_DIRTY})()")
    assert page.evaluate(PLACE) == [0, 0]
    assert page.locator("[data-status=running]").count() == 0


def test_a_section_that_was_used_is_closed_with_no_question_and_its_file_is_as_it_was(
    opened, folder
):
    page = opened(NAME)
    page.wait_for_function(HAS_PLAYER)
    it = Player(page)
    it.press("start")
    it.skip(60)
    chip(page, 0, "4")
    page.get_by_role("button", name="Yes, keep a journal").click()
    page.get_by_text("Saved in your journal.").wait_for()
    cells.run(page, 1)  # and a box is run by hand
    page.wait_for_timeout(500)
    page.evaluate("() => { jupyterapp.commands.execute('application:close'); }")
    page.wait_for_function("() => notebook.isDisposed")
    assert (folder / NAME).read_bytes() == (real.ROOT / "notebooks" / NAME).read_bytes()


def test_a_session_that_was_left_can_be_gone_on_with_at_the_top_as_its_notebook_opens_again(
    opened,
):
    """One far below, by its own button and by what is offered at the top, and one of a section."""
    page = opened("05_massaging_the_neck.ipynb")
    for number, by_its_own in ((1, True), (1, False), (0, False)):
        page.locator(".bc-start").nth(number).click()
        page.wait_for_selector("[data-status=running]")
        page.wait_for_timeout(1200)
        page = opened("05_massaging_the_neck.ipynb")
        resume = page.locator(".bc-resume:not([hidden])").first
        offer = page.locator(".backcare-continue") if number else resume
        expect(offer).to_contain_text("Continue from 0:0")
        assert offer.bounding_box()["y"] < page.viewport_size["height"]
        assert page.evaluate(PLACE)[0] == 0
        (resume if by_its_own else offer).click()
        page.wait_for_selector("[data-status=running]")
        expect(page.locator(".backcare-continue")).to_have_count(0)  # what it offered is done
        page.locator("[data-status=running] .bc-open").click()
        page.locator("[data-status=running] .bc-stop").click()


def test_what_a_person_writes_marks_a_notebook_unsaved_until_saved_and_running_a_cell_does_not(
    opened, folder
):
    page = opened(NAME)
    page.wait_for_function(HAS_PLAYER)
    page.wait_for_function(f"() => !({IS_DIRTY})()")
    page.evaluate("() => notebook.model.cells.get(0).sharedModel.setSource('My own words')")
    page.wait_for_timeout(500)
    assert page.evaluate(IS_DIRTY)
    page.evaluate("() => notebook.context.save()")
    cells.run(page, 1)
    page.wait_for_timeout(500)
    assert not page.evaluate(IS_DIRTY)
    assert "My own words" in (folder / NAME).read_text(encoding="utf-8")


def test_an_untrusted_notebook_runs_nothing_as_it_opens_and_a_trusted_one_its_unchanged_cells(
    opened, folder
):
    page = opened("changed.ipynb")
    page.wait_for_timeout(2000)
    assert not page.evaluate(HAS_PLAYER)
    page.evaluate(TRUST)
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.wait_for_function("() => window.isTrustSaved")
    page = opened("changed.ipynb")
    page.wait_for_function(HAS_PLAYER)
    assert not (folder / "deed").exists()
