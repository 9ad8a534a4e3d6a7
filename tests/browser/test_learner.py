"""The course as a learner meets it: pages that lead on, a session that starts and goes its way."""

import pytest

from tools import browser as real

SHOW_CELL = """async (words) => {
    const cells = notebook.content.widgets;
    const index = cells.findIndex((cell) => cell.model.sharedModel.source.includes(words));
    notebook.content.activeCellIndex = index;
    await notebook.content.scrollToItem(index, "start");
}"""
NOTEBOOKS_OPEN = """() => [...jupyterapp.shell.widgets("main")].map((each) => each.title.label)"""


@pytest.fixture
def session(lab_page):
    """The whole of the first section, ready to start."""
    page = real.run_all(lab_page("01_relax_the_back.ipynb"))
    page.evaluate(SHOW_CELL, "session(")
    player = page.locator(".backcare-player").last
    player.scroll_into_view_if_needed()
    return player


def left(session) -> str:
    return session.get_by_role("timer").inner_text()


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


def test_nothing_starts_by_itself(session):
    before = left(session)
    session.page.wait_for_timeout(1500)
    assert left(session) == before


def test_a_learner_starts_a_section_and_is_led_from_step_to_step(session):
    session.get_by_role("button", name="Start", exact=True).click()
    first, begun = session.locator(".bc-kind").inner_text(), left(session)
    until(session, lambda: left(session) != begun)
    until(session, lambda: session.locator(".bc-kind").inner_text() != first)


def test_the_figure_breathes_with_the_learner(session):
    session.get_by_role("button", name="Start", exact=True).click()
    while "Breathe" not in session.locator(".bc-kind").inner_text():
        session.get_by_role("button", name="Next").click()
    still = drawn(session)
    assert still
    until(session, lambda: drawn(session) != still)


def test_the_start_leads_to_a_section(lab_page):
    page = real.run_all(lab_page("00_start_here.ipynb"))
    page.evaluate(SHOW_CELL, "overview()")
    page.locator(".backcare-guide.overview a", has_text="Relax the back").click()
    page.wait_for_function(f"() => ({NOTEBOOKS_OPEN})().includes('01_relax_the_back.ipynb')")


@pytest.mark.parametrize("width", [620, 1280])
def test_no_figure_is_wider_than_its_page(page, lab_address, width):
    page.set_viewport_size({"width": width, "height": 900})
    real.open_notebook(page, lab_address, "02_rotate_the_back.ipynb")
    page.evaluate(SHOW_CELL, "show(")
    figure = page.locator(".jp-RenderedHTML > img[alt]").first
    figure.wait_for(state="attached")
    fits = (
        "(image) => image.clientWidth > 100 && image.clientWidth <= image.parentElement.clientWidth"
    )
    page.wait_for_function(fits, arg=figure.element_handle())
    real.shut_down(page)
