"""The course as a learner meets it in JupyterLab: from the first day to a session that leads on."""

import pytest

from backcare_nb.html.lesson_card import lesson_card
from backcare_nb.lesson.planner import plan_lesson_from
from tests.browser import cells
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
NOTEBOOKS_OPEN = """() => [...jupyterapp.shell.widgets("main")].map((each) => each.title.label)"""
FITS = "(image) => image.clientWidth > 100 && image.clientWidth <= image.parentElement.clientWidth"
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Cards</title>'


def test_the_first_notebook_shows_figures_runs_asks_nothing_and_leads_to_a_section(lab_page):
    page = lab_page("00_start_here.ipynb")
    assert page.title().startswith("00_start")
    page.wait_for_selector(SHOWN_FIGURES, state="attached")  # before anything is run
    real.run_all(page)
    assert page.locator(QUESTIONS).count() == 0
    page.evaluate(SHOW_CELL, "overview()")
    page.get_by_role("link", name="Start: Relax the back").click()
    page.wait_for_function(f"() => ({NOTEBOOKS_OPEN})().includes('01_relax_the_back.ipynb')")


def drawn(session) -> list[str]:
    """What the moving parts of the figure look like now."""
    paths = session.locator(".bc-card [data-p]")
    return paths.evaluate_all("(paths) => paths.map((path) => path.getAttribute('d'))")


def until(session, changed) -> None:
    """Look again until something has changed; no longer than the patience of a page."""
    for _ in range(real.PATIENCE * 10):
        if changed():
            return
        session.page.wait_for_timeout(100)
    pytest.fail(f"nothing changed in {real.PATIENCE} s")


def test_a_section_starts_when_a_learner_starts_it_and_leads_from_step_to_step(lab_page):
    page = real.run_all(lab_page("01_relax_the_back.ipynb"))
    page.evaluate(SHOW_CELL, "section(")
    session = page.locator(".backcare-player").first
    digits = session.get_by_role("timer")
    before = digits.inner_text()
    page.wait_for_timeout(1200)
    assert digits.inner_text() == before  # nothing starts by itself
    session.get_by_role("button", name="Start", exact=True).click()
    first, begun = session.locator(".bc-kind").inner_text(), digits.inner_text()
    until(session, lambda: digits.inner_text() != begun)
    until(session, lambda: session.locator(".bc-kind").inner_text() != first)
    while "Breathe" not in session.locator(".bc-kind").inner_text():
        session.get_by_role("button", name="Next").click()
    still = drawn(session)
    assert still
    until(session, lambda: drawn(session) != still)  # the figure breathes with the learner


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


def test_what_goes_wrong_in_a_box_is_a_card_in_the_page_and_nothing_red(own_page):
    cells.run(own_page, 0)
    outputs = own_page.locator(".jp-Notebook .jp-OutputArea-child:visible")
    assert outputs.count() == 1
    assert "did you mean" in outputs.locator(".care").inner_text()
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


def test_a_page_that_asks_another_machine_for_something_fails(chromium):
    with (
        pytest.raises(AssertionError, match=r"another machine for .*elsewhere\.invalid"),
        real.new_page(chromium) as page,
    ):
        page.set_content("<img src='http://elsewhere.invalid/spine.png'>", wait_until="load")
