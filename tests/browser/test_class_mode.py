"""A class: its player fills the screen, is read from the back row, and waits for the teacher."""

import pytest

from backcare_nb.sessions.timeline import compile_session
from tests.browser.test_large import FONT_SIZE, FULL, resize
from tests.samples import exercise, hold, short

QUICK = hold(seconds={"default": 2, "min": 1, "max": 9})


@pytest.fixture
def led(player):
    """Opens a player for a class."""

    def open_one(session):
        it = player(session)
        it.evaluate("document.querySelector('main').replaceChildren()")
        it.evaluate("add({ in_class: true })")
        return it

    return open_one


def test_it_fills_the_screen_on_its_first_start_and_not_on_going_on(led):
    it = led(short())
    it.press("start")
    it.page.wait_for_function(FULL)
    assert it.status == "running"
    it.keys("Escape")
    it.page.wait_for_function("!document.fullscreenElement")
    for status in ("paused", "running"):
        it.press("start")
        assert it.status == status
    assert it.evaluate("document.fullscreenElement") is None


def test_it_waits_before_an_exercise_and_not_in_the_midst_of_one(led):
    it = led(short(steps=(QUICK,)))
    it.press("start")
    it.keys("n", "n")
    it.wait_for("held")
    it.page.wait_for_timeout(300)
    assert it.text("title") == "Knees to the left"
    it.keys("Space")
    for _ in range(4):
        it.keys("n")
        it.wait_for("running")
    assert it.text("title") == "Knees to the right"
    it.keys("r", "b", "b", "b", "b")
    it.wait_for("held")


def test_cautions_are_read_from_the_back_of_the_room_and_the_next_posture_is_small(led):
    it = led(compile_session([exercise()]))
    resize(it, (1920, 1080))
    it.press("start")
    big, small = (it.page.locator(f".bc-{name}").bounding_box() for name in ("card", "next-card"))
    assert 0 < small["height"] < big["height"] / 3
    it.press("next")
    assert it.evaluate(FONT_SIZE, ".bc-cautions") >= 28
    assert it.text("care").startswith("Take care")


def test_digits_fill_a_fifth_of_the_height(led):
    it = led(compile_session([exercise()]))
    it.press("start")
    for size in ((1280, 720), (1920, 1080), (1024, 768)):
        resize(it, size)
        share = """() => { const style = getComputedStyle(document.querySelector(".bc-digits"));
             const canvas = new OffscreenCanvas(1, 1).getContext("2d");
             canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
             return canvas.measureText("0").actualBoundingBoxAscent / innerHeight; }"""
        it.page.wait_for_function(f"({share})() >= 0.2")
