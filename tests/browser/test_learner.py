"""The course as a learner meets it in JupyterLab, and what goes wrong in a box of it."""

import pytest
from playwright.sync_api import expect

from backcare_nb.html.lesson_card import lesson_card
from backcare_nb.lesson.planner import plan_lesson_from
from tests.browser import cells
from tests.browser.test_run_on_open import HAS_PLAYER, IS_DIRTY
from tools import browser as real

NOTEBOOKS = {"misspelt": ['from backcare_nb import play\nplay("knee_to_chests")']}
SHOWN_FIGURES = ".jp-Notebook .jp-RenderedHTML img[alt]"
QUESTIONS = ".Toastify__toast, .jp-Dialog"
SHOW_CELL = """async (words) => {
    const cells = notebook.content.widgets;
    const index = cells.findIndex((cell) => cell.model.sharedModel.source.includes(words));
    notebook.content.activeCellIndex = index;
    await notebook.content.scrollToItem(index, "start");
}"""
FITS = "(image) => image.clientWidth > 100 && image.clientWidth <= image.parentElement.clientWidth"
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Cards</title>'


def test_the_first_notebook_shows_figures_before_it_is_run_and_running_all_cells_asks_nothing(
    lab_page,
):
    page = lab_page("00_start_here.ipynb")
    assert page.title().startswith("00_start")
    page.wait_for_selector(SHOWN_FIGURES, state="attached")  # before anything is run
    real.run_all(page)
    assert page.locator(QUESTIONS).count() == 0


def test_where_running_on_open_is_switched_off_nothing_runs_and_run_all_leaves_nothing_to_save(
    lab_page,
):
    page = lab_page("02_rotate_the_back.ipynb")
    page.wait_for_timeout(2000)
    assert not page.evaluate(HAS_PLAYER)
    real.run_all(page)
    page.wait_for_function(f"() => !({IS_DIRTY})()")


def test_a_figure_fits_its_page_in_a_narrow_and_in_a_wide_window(lab_page):
    page = lab_page("02_rotate_the_back.ipynb")
    for width in (620, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SHOW_CELL, "exercise(")
        box = page.locator(".jp-Cell:has(.backcare-guide.exercise)").first
        box.locator("summary", has_text="Step by step").evaluate(
            "(line) => line.parentElement.open = true"
        )
        box.locator("figure img").first.wait_for()
        for figure in box.locator("img:visible").all():
            page.wait_for_function(FITS, arg=figure.element_handle())


def test_an_error_in_a_cell_shows_a_card_with_advice_and_no_red_traceback(own_page):
    cells.run(own_page, 0)
    outputs = own_page.locator(".jp-Notebook .jp-OutputArea-child:visible")
    expect(outputs).to_have_count(1)
    expect(outputs.locator(".care")).to_contain_text("did you mean")
    assert len(own_page.evaluate(real.ERRORS)) == 1  # it has failed all the same


def test_a_table_on_a_phone_is_as_wide_as_the_phone_and_each_cell_has_its_heading(show):
    page = show(HEAD + lesson_card(plan_lesson_from(10))._repr_html_())
    cells = page.locator(".rows tbody tr").first.locator("td")
    heading = "(cell) => getComputedStyle(cell, '::before').content"
    assert cells.last.evaluate(heading) == "none"
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for cell in page.locator(".rows tbody td").all():
        box = cell.bounding_box()
        assert box["x"] + box["width"] <= 360
    assert cells.last.evaluate(heading).endswith(': "')


def test_the_browser_tests_fail_on_a_page_that_requests_anything_from_another_machine(chromium):
    with (
        pytest.raises(AssertionError, match=r"another machine for .*elsewhere\.invalid"),
        real.new_page(chromium) as page,
    ):
        page.set_content("<img src='http://elsewhere.invalid/spine.png'>", wait_until="load")
