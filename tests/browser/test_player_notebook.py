"""The player where it is used: JupyterLab, Notebook 7 and Voila, with a real kernel behind it."""

import pytest

from tests.browser.cells import kill, results, run
from tests.browser.stage import wait_until_left
from tools import browser as real

BUSY = """
import ctypes, time
time.sleep(0.2)  # for the kernel to say that it is busy
ctypes.PyDLL(None).usleep(8_000_000)  # a call that never lets another thread of Python in
"""
CELLS = (
    "from backcare_nb.notebook.player import timer\n"
    "heard = []\n"
    "player = timer(minutes=0, seconds=4)\n"
    "player.on_result(lambda result: heard.append((result['title'], result['finished'])))\n"
    "player",
    BUSY,
    "print(heard)",
    "player",
    "from ipywidgets import VBox\nVBox([timer(minutes=n) for n in range(1, 21)])",
)
OUTPUT = "(index) => notebook.content.model.toJSON().cells[index].outputs"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("a class of notebooks")
    for name, part in (
        ("player.ipynb", CELLS),
        ("one.ipynb", CELLS[:1]),
        ("chosen.ipynb", ("from backcare_nb import play\nplay('knee_rolls')",)),
    ):
        real.write_notebook(place / name, part)
    return place


@pytest.fixture
def lab(page, address):
    """The notebook in JupyterLab with its first cell run."""
    real.open_notebook(page, address, "player.ipynb")
    run(page, 0)
    page.wait_for_selector(".bc-start")
    yield page
    real.shut_down(page)


def printed(page, index):
    return "".join(output.get("text", "") for output in page.evaluate(OUTPUT, index))


def status(page):
    return page.get_attribute(".backcare-player", "data-status")


def wait_for_status(page, wanted):
    page.wait_for_selector(f".backcare-player[data-status={wanted}]")


def test_a_session_plays_to_its_end_and_python_hears_of_it_once(lab):
    lab.click(".bc-start")
    wait_for_status(lab, "done")
    run(lab, 2)
    assert printed(lab, 2) == "[('Timer', True)]\n"


def test_the_widget_is_shown_and_not_the_list_that_stands_in_for_it(lab):
    (output,) = lab.evaluate(OUTPUT, 0)
    assert "text/html" in output["data"]
    assert lab.locator(".jp-OutputArea-output ol:visible").count() == 0
    assert output["data"]["text/plain"] == "Player(Timer: 1 phase, 0:04 in all)"


def test_pause_answers_while_the_kernel_can_answer_nothing(lab):
    lab.click(".bc-start")
    run(lab, 1, wait=False)
    lab.wait_for_timeout(500)
    lab.click(".bc-start")
    assert status(lab) == "paused"
    assert lab.evaluate("() => notebook.sessionContext.session.kernel.status") == "busy"


def test_a_session_ends_on_time_while_the_kernel_is_busy_and_is_heard_afterwards(lab):
    run(lab, 1, wait=False)
    lab.click(".bc-start")
    wait_for_status(lab, "done")
    assert lab.evaluate("() => notebook.sessionContext.session.kernel.status") == "busy"
    lab.wait_for_function("() => window.ran")
    run(lab, 2)
    assert printed(lab, 2).count("True") == 1


@pytest.mark.parametrize("end", ["restart", "die"])
def test_a_session_outlives_its_kernel_and_the_result_is_delivered_to_the_next(lab, end):
    lab.click(".bc-start")
    if end == "restart":
        lab.evaluate("() => notebook.sessionContext.session.kernel.restart()")
    else:
        kill(lab, "SIGABRT")
    wait_for_status(lab, "done")
    assert [result["finished"] for result in results(lab)] == [True]
    lab.wait_for_function("() => notebook.sessionContext.session.kernel.status === 'idle'")
    run(lab, 0)
    lab.get_by_role("button", name="Yes, keep a journal").wait_for()
    run(lab, 2)
    assert printed(lab, 2) == "[('Timer', True)]\n"


def test_no_key_reaches_the_notebook(lab):
    cells = lab.evaluate("() => notebook.content.model.toJSON().cells.length")
    for place in (".bc-start", ".bc-settings summary", ".backcare-player"):
        lab.focus(place)
        for key in ("d", "d", "a", "b", "x", "z", "m", "ArrowDown", "Shift+M", "0", "0"):
            lab.keyboard.press(key)
    assert lab.evaluate("() => notebook.content.model.toJSON().cells.length") == cells
    assert lab.evaluate("() => notebook.content.activeCellIndex") == 0
    assert lab.evaluate("() => notebook.content.activeCell.model.type") == "code"


def test_shown_in_two_cells_it_is_one_session(lab):
    run(lab, 3)
    lab.wait_for_function("() => document.querySelectorAll('.backcare-player').length === 2")
    lab.locator(".bc-start").nth(1).click()
    both = lab.locator(".backcare-player[data-status=running]")
    both.nth(1).wait_for()
    lab.locator(".bc-start").nth(0).click()
    assert lab.locator(".backcare-player[data-status=paused]").count() == 2


def test_running_the_cell_again_ends_the_sound_of_the_old_player(lab):
    lab.click(".bc-start")
    run(lab, 0)
    lab.wait_for_timeout(1500)
    place = "Object.entries(localStorage).filter(([k]) => k.startsWith('backcare:place'))"
    before = lab.evaluate(place)
    lab.wait_for_timeout(1500)
    assert lab.evaluate(place) == before
    assert lab.locator(".backcare-player").count() == 1


def test_twenty_players_live_in_one_notebook(lab):
    run(lab, 4)
    lab.wait_for_function("() => document.querySelectorAll('.backcare-player').length === 21")
    lab.locator(".bc-start").nth(20).click()
    wait_until_left(lab, 1198, 20)


def test_after_a_reload_it_offers_to_go_on(lab):
    lab.click(".bc-start")
    wait_until_left(lab, 3)
    lab.evaluate("() => notebook.context.save()")
    lab.reload()
    lab.wait_for_function("() => window.jupyterapp")
    lab.wait_for_function(real.NOTEBOOK_IS_READY)
    lab.wait_for_selector(".bc-resume:visible")
    assert status(lab) == "idle"


def test_both_themes_of_jupyterlab_carry_it(lab):
    def colours():
        return lab.evaluate(
            """() => { const style = getComputedStyle(document.querySelector(".backcare-player"));
                 return [style.color, style.backgroundColor]; }"""
        )

    light = colours()
    lab.evaluate(
        "() => jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
    )
    lab.wait_for_selector("body[data-jp-theme-light=false]", state="attached")
    lab.wait_for_function(
        "(light) => getComputedStyle(document.querySelector('.backcare-player')).color !== light",
        arg=light[0],
    )
    assert colours() != light


def test_on_a_phone_no_field_above_it_is_cut_off(page, address):
    page.set_viewport_size({"width": 390, "height": 844})
    real.open_notebook(page, address, "chosen.ipynb")
    page.evaluate("() => jupyterapp.commands.execute('application:toggle-left-area')")
    run(page, 0)
    page.wait_for_selector(".bc-start")
    over = page.evaluate(
        """() => { const edge = document.querySelector(".bc-start").closest(".lm-Widget");
             const right = edge.getBoundingClientRect().right;
             return [...document.querySelectorAll(".backcare-controls :is(input, select)")]
               .map((field) => field.getBoundingClientRect().right - right); }"""
    )
    real.shut_down(page)
    assert len(over) >= 4
    assert max(over) <= 0


def test_it_plays_in_notebook_7(page, address):
    page.goto(f"{address}/notebooks/one.ipynb")
    page.get_by_text("Python 3 (ipykernel)").wait_for()
    page.wait_for_selector("[data-status=idle]")
    page.click("[data-command='notebook:run-cell-and-select-next']")
    page.click(".bc-start")
    wait_for_status(page, "done")


def test_it_plays_in_voila_without_any_other_machine(chromium, address):
    context = chromium.new_context()
    context.route(lambda url: "127.0.0.1" not in url, lambda route: route.abort())
    try:
        page = context.new_page()
        page.goto(f"{address}/voila/render/one.ipynb")
        page.click(".bc-start")
        wait_for_status(page, "done")
    finally:
        context.close()
