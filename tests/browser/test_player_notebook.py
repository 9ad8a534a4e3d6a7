"""The player where it is used: JupyterLab, Notebook 7 and Voila, with a real kernel behind it."""

import pytest

from tests.browser.cells import (
    KERNEL_STATUS,
    accept_restart,
    begin_again,
    kill,
    restart,
    results,
    run,
    wait_until_idle,
)
from tests.browser.stage import Player
from tools import browser as real

BUSY = """
import ctypes, time
time.sleep(0.2)  # for the kernel to say that it is busy
ctypes.PyDLL(None).usleep(5_000_000)  # a call that never lets another thread of Python in
"""
FIRST = (
    "from backcare_nb.notebook.player import timer\n"
    "heard = []\n"
    "player = timer(minutes=0, seconds=2)\n"
    "player.on_result(lambda result: heard.append((result['title'], result['finished'])))\n"
    "player"
)
SHOW, MANY = "player", "from ipywidgets import VBox\nVBox([timer(minutes=n) for n in range(1, 21)])"
NOTEBOOKS = {
    "player": (
        FIRST,
        BUSY,
        "print(heard)",
        SHOW,
        MANY,
        "from backcare_nb import play\nplay('knee_rolls')",
    ),
    "one": (FIRST,),
}
OUTPUT = "(index) => notebook.content.model.toJSON().cells[index].outputs"


@pytest.fixture
def lab(own_page):
    """The notebook in JupyterLab with its first cell run, and nothing remembered."""
    wait_until_idle(own_page)
    begin_again(own_page)
    return own_page


def printed(page, index):
    return "".join(output.get("text", "") for output in page.evaluate(OUTPUT, index))


def wait_for_players(page, count):
    page.wait_for_function(
        "(n) => document.querySelectorAll('.backcare-player').length === n", arg=count
    )


def test_a_session_plays_to_its_end_and_python_hears_of_it_once(lab):
    (output,) = lab.evaluate(OUTPUT, 0)
    assert "text/html" in output["data"]
    assert lab.locator(".jp-OutputArea-output ol:visible").count() == 0  # which stands in for it
    assert output["data"]["text/plain"] == "Player(Timer: 1 phase, 0:02 in all)"
    it = Player(lab)
    it.press("start")
    it.wait_for("done")
    run(lab, 2)
    assert printed(lab, 2) == "[('Timer', True)]\n"


def test_a_kernel_that_can_answer_nothing_holds_up_neither_pause_nor_the_end(lab):
    it = Player(lab)
    run(lab, 1, wait=False)
    lab.wait_for_timeout(300)
    # At once: on a slow machine the two seconds are over before a second click.
    it.root.locator(".bc-start").evaluate("(button) => { button.click(); button.click(); }")
    assert it.status == "paused"
    it.press("start")
    it.wait_for("done")
    assert lab.evaluate(KERNEL_STATUS) == "busy"
    lab.wait_for_function("() => window.ran")
    run(lab, 2)
    assert printed(lab, 2).count("True") == 1  # it is heard afterwards


@pytest.mark.parametrize("end", ["restart", "die"])
def test_a_session_outlives_its_kernel_and_the_result_is_delivered_to_the_next(lab, end):
    it = Player(lab)
    it.press("start")
    if end == "restart":
        restart(lab)
    else:
        kill(lab, "SIGABRT")
    it.wait_for("done")
    assert [result["finished"] for result in results(lab)] == [True]
    if end == "die":
        accept_restart(lab)
    run(lab, 0)
    lab.get_by_text("How was it").wait_for()
    run(lab, 2)
    assert printed(lab, 2) == "[('Timer', True)]\n"


def test_no_key_reaches_the_notebook(lab):
    cells = lab.evaluate("() => notebook.content.model.toJSON().cells.length")
    for place in (".bc-start", ".bc-open", ".backcare-player"):
        lab.focus(place)
        for key in ("d", "d", "a", "b", "x", "z", "m", "ArrowDown", "Shift+M", "0", "0"):
            lab.keyboard.press(key)
    assert lab.evaluate("() => notebook.content.model.toJSON().cells.length") == cells
    assert lab.evaluate("() => notebook.content.activeCellIndex") == 0
    assert lab.evaluate("() => notebook.content.activeCell.model.type") == "code"


def test_one_player_shown_in_two_cells_plays_one_session(lab):
    run(lab, 3)
    wait_for_players(lab, 2)
    one, two = Player(lab), Player(lab, 1)
    two.press("start")
    one.wait_for("running")
    one.press("start")
    assert (one.status, two.status) == ("paused", "paused")


def test_running_the_cell_again_ends_the_sound_of_the_old_player(lab):
    Player(lab).press("start")
    run(lab, 0)
    lab.wait_for_timeout(1300)
    place = "Object.entries(localStorage).filter(([k]) => k.startsWith('backcare:place'))"
    before = lab.evaluate(place)
    lab.wait_for_timeout(1100)
    assert lab.evaluate(place) == before
    assert lab.locator(".backcare-player").count() == 1


def test_twenty_players_live_in_one_notebook(lab):
    run(lab, 4)
    wait_for_players(lab, 21)
    last = Player(lab, 20)
    last.press("start")
    last.wait_until_left(1199)


def test_after_a_page_reload_in_jupyterlab_the_player_offers_to_go_on_with_the_session(lab):
    run(lab, 5)
    wait_for_players(lab, 2)
    it = Player(lab, 1)
    it.press("start")
    lab.wait_for_timeout(1200)  # its place is kept each second
    lab.evaluate("() => notebook.context.save()")
    lab.reload()
    lab.wait_for_function("() => window.jupyterapp")
    lab.wait_for_function(real.NOTEBOOK_IS_READY)
    lab.wait_for_selector(".bc-resume:visible")
    assert it.status == "idle"


def test_the_player_takes_on_the_light_and_the_dark_theme_of_jupyterlab(lab):
    colours = """() => { const style = getComputedStyle(document.querySelector(".backcare-player"));
                 return style.color + style.backgroundColor; }"""
    light = lab.evaluate(colours)
    lab.evaluate(
        "() => jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
    )
    lab.wait_for_selector("body[data-jp-theme-light=false]", state="attached")
    lab.wait_for_function(f"(light) => ({colours})() !== light", arg=light)


def test_on_a_phone_nothing_that_can_be_chosen_is_cut_off(lab):
    lab.set_viewport_size({"width": 390, "height": 844})
    lab.evaluate("() => jupyterapp.shell.collapseLeft()")
    run(lab, 5)
    lab.wait_for_selector(".bc-version input")
    Player(lab, 1).press("open")
    over = lab.evaluate(
        """() => { const fields = ":is(.bc-version, .bc-options) :is(input, select)";
             const all = document.querySelectorAll(fields);
             const right = all[0].closest(".lm-Widget").getBoundingClientRect().right;
             return [...all].map((field) => field.getBoundingClientRect().right - right); }"""
    )
    assert len(over) >= 4
    assert max(over) <= 0


def test_a_player_plays_to_its_end_in_notebook_7(page, lab_address, folder):
    page.goto(f"{lab_address}/notebooks/{folder.name}/one.ipynb")
    page.get_by_text("Python 3 (ipykernel)").wait_for()
    page.wait_for_selector("[data-status=idle]")
    page.click("[data-command='notebook:run-cell-and-select-next']")
    it = Player(page)
    it.press("start")
    it.wait_for("done")
