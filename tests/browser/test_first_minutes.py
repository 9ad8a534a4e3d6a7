"""The first minutes of somebody who knows no Jupyter: from the first page to an exercise."""

import pytest
from playwright.sync_api import expect

from tools import browser as real

SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"
IS_IN_SIGHT = """(element) => {
    const { top, bottom } = element.getBoundingClientRect();
    const page = element.closest(".jp-NotebookPanel").getBoundingClientRect();
    return top >= page.top && bottom <= page.bottom;
}"""


@pytest.fixture
def page(somebodys_page):
    return somebodys_page


def test_the_first_page_is_whole_before_any_kernel_runs(page, learners_lab):
    page.route("**/api/kernels**", lambda route: route.abort())
    page.route("**/api/sessions**", lambda route: route.abort())
    page.goto(f"{learners_lab}/lab/tree/00_start_here.ipynb?reset")
    starts = page.get_by_role("link", name="Start: ")
    starts.first.wait_for()
    expect(starts).to_have_count(5)
    assert all(start.evaluate(IS_IN_SIGHT) for start in starts.all())
    for name in ("Teach a class", "My practice", "Make my own exercise"):
        assert page.get_by_role("link", name=name).first.evaluate(IS_IN_SIGHT)


def start_in_two_clicks(page, lab, section):
    """Start the first exercise of a section from the first page, and open the section again."""
    page.goto(f"{lab}/lab/tree/00_start_here.ipynb?reset")
    page.locator(f'.tile a[href*="{section}"]').click()
    start = page.locator(f"{SHOWN} .bc-start").first
    start.wait_for()
    page.locator(f"{SHOWN} .backcare-guide.safety").first.wait_for()
    page.wait_for_function(IS_IN_SIGHT, arg=start.element_handle())  # nobody looks for it
    start.click()
    page.locator(".backcare-player[data-status=running]").wait_for()
    real.open_notebook(page, lab, f"{section}.ipynb")
    start.wait_for()


def test_two_clicks_start_the_first_exercise_and_its_safety_check_is_shown_only_the_first_time(
    page, learners_lab
):
    start_in_two_clicks(page, learners_lab, "04_stretching_the_spine")
    expect(page.locator(f"{SHOWN} .backcare-guide.safety").first).to_be_hidden()


def test_in_a_narrow_window_two_clicks_do_too_and_a_section_opened_from_the_file_list_hides_it(
    page, learners_lab
):
    page.set_viewport_size({"width": 768, "height": 1024})
    files = page.locator(".jp-FileBrowser").first
    start_in_two_clicks(page, learners_lab, "01_relax_the_back")
    files.wait_for(state="hidden")
    page.keyboard.press("Control+b")
    files.get_by_text("04_stretching_the_spine").dblclick()
    start = page.locator(f"{SHOWN} .bc-start").first
    start.wait_for()
    files.wait_for(state="hidden")
    page.wait_for_function(IS_IN_SIGHT, arg=start.element_handle())
