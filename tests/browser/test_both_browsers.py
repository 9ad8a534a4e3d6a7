"""A section in Chromium and in Firefox: alive as it opens, then played to its end."""

import time

import pytest

from tests.browser.needs import need
from tools import browser as real
from tools.firefox import find_firefox, firefox

SECTION = "03_standing_up.ipynb"
PLAYER = "document.querySelector('.backcare-player')"
SEEN = f"""() => {{
  const part = (name) => {PLAYER}.querySelector(name);
  return {{
    step: part(".bc-kind").textContent,
    digits: part(".bc-digits").textContent,
    figure: part(".bc-card").innerHTML,
  }};
}}"""
MOVED = f"""(before) => {{
  const now = ({SEEN})();
  return now.step !== before.step && now.digits !== before.digits && now.figure !== before.figure;
}}"""
IS_ALIVE = f"() => Boolean({PLAYER}?.querySelector('.bc-start'))"
GO_TO_END = f"""() => {{
  const isIdle = {PLAYER}.dataset.status === "idle";
  {PLAYER}.querySelector(isIdle ? ".bc-start" : ".bc-next").click();
  return {PLAYER}.dataset.status === "done";
}}"""
SAID = "(words) => document.body.textContent.includes(words)"
FITS_SCREEN = "innerWidth === screen.width && innerHeight === screen.height"


class ChromiumTab:
    """A page of Chromium, used as a tab of Firefox is."""

    def __init__(self, page):
        self.errors = []
        page.on("console", self._hear)
        self.goto, self.evaluate, self._page = page.goto, page.evaluate, page
        self.press_key = page.keyboard.press

    def _hear(self, said):
        if said.type == "error":
            self.errors.append(f"{said.text} {said.location['url']}")

    def wait_for_function(self, script, argument=None):
        self._page.wait_for_function(script, arg=argument)

    def click_button(self, name):
        self._page.get_by_role("button", name=name, exact=True).first.click()


@pytest.fixture(scope="module", params=["Chromium", "Firefox"])
def fresh_tab(request):
    """A tab of a browser on its first day."""
    if request.param == "Firefox":
        need(find_firefox(), "Firefox")
        with firefox() as tab:
            yield tab
    else:
        with real.new_page(request.getfixturevalue("whole_chromium")) as page:
            yield ChromiumTab(page)


@pytest.fixture(scope="module")
def tab(learners_lab, fresh_tab):
    """A section that was opened and no more, as it came; nothing in the console is red."""
    real.open_notebook(fresh_tab, learners_lab, SECTION)
    fresh_tab.evaluate(real.SHOW_ALL)
    fresh_tab.wait_for_function(IS_ALIVE)
    yield fresh_tab
    real.shut_down(fresh_tab)
    assert fresh_tab.errors == []


def stands(tab):
    """Whether digits and figure are the same a second later."""
    before = tab.evaluate(SEEN)
    time.sleep(1.1)
    return tab.evaluate(SEEN) == before


def test_nothing_moves_before_start_and_then_digits_figure_and_steps_until_pause(tab):
    assert stands(tab)
    tab.click_button("Start")
    before = tab.evaluate(SEEN)
    for _ in range(3):  # past getting ready, to where the figure moves
        tab.click_button("Next")
    tab.wait_for_function(MOVED, before)
    tab.click_button("Pause")
    assert stands(tab)


def test_a_session_comes_to_its_end_and_asks_how_it_was(tab):
    tab.wait_for_function(GO_TO_END)
    tab.wait_for_function(SAID, "How was it, from 0 (no pain) to 10?")


def test_the_large_button_shows_the_player_in_full_screen_and_escape_ends_it(tab):
    tab.click_button("Large")
    tab.wait_for_function("document.fullscreenElement?.matches('.backcare-player')")
    tab.wait_for_function(FITS_SCREEN)
    tab.press_key("Escape")
    tab.wait_for_function("!document.fullscreenElement")
