"""A section in JupyterLab in Firefox: played by one person, and shown to a class."""

import time

import pytest

from tests.browser.needs import need
from tools import browser as real
from tools.firefox import find_firefox, firefox

SECTION = "03_standing_up.ipynb"
SEEN = """() => {
  const part = (name) => document.querySelector(`.backcare-player ${name}`);
  return { digits: part(".bc-digits").textContent, figure: part(".bc-card").innerHTML };
}"""
MOVED = f"""(before) => {{
  const now = ({SEEN})();
  return now.digits !== before.digits && now.figure !== before.figure;
}}"""
ESCAPE = "\ue00c"


@pytest.fixture(scope="module")
def tab(lab_address):
    """A section's notebook, run from its first cell to its last; nothing in the console is red."""
    need(find_firefox(), "Firefox")
    with firefox() as tab:
        real.open_notebook(tab, lab_address, SECTION)
        tab.evaluate(real.SHOW_ALL)
        real.run_all(tab)
        yield tab
        real.shut_down(tab)
        assert tab.errors == []


def test_digits_and_figure_move_from_start_and_stand_from_pause(tab):
    tab.click_button("Start")
    for _ in range(3):  # past getting ready, to where the figure moves
        tab.click_button("Next")
    tab.wait_for_function(MOVED, tab.evaluate(SEEN))
    tab.click_button("Pause")
    paused = tab.evaluate(SEEN)
    time.sleep(1.1)
    assert tab.evaluate(SEEN) == paused
    tab.click_button("Menu")
    tab.click_button("Stop")


def test_it_fills_the_screen_and_gives_it_back(tab):
    tab.click_button("Large")
    tab.wait_for_function("document.fullscreenElement?.matches('.backcare-player')")
    tab.wait_for_function("innerWidth === screen.width && innerHeight === screen.height")
    tab.press_key(ESCAPE)
    tab.wait_for_function("!document.fullscreenElement")
