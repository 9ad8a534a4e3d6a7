"""Class mode: the whole screen, read from the back of a room, waiting for the teacher."""

import pytest

from backcare_nb.custom.library import library
from backcare_nb.sessions.options import Options, Pauses
from backcare_nb.sessions.timeline import compile_session
from tests.browser.stage import read_script, sprite
from tests.samples import LONG, exercise, hold, short

FULL = "document.fullscreenElement?.className.includes('backcare-player')"
OVER = "(() => { const r = document.querySelector('.backcare-player');"
OVER += "return r.scrollHeight - r.clientHeight; })()"
SIZE = "(name) => parseFloat(getComputedStyle(document.querySelector(name)).fontSize)"
FIND = read_script("class_mode")
QUICK = hold(seconds={"default": 2, "min": 1, "max": 9})


def resize(it, width, height):
    it.page.set_viewport_size({"width": width, "height": height})


def test_cautions_are_read_from_the_back_of_the_room_and_the_next_posture_is_small(player):
    it = player(compile_session([exercise()]))
    resize(it, 1920, 1080)
    it.press("class", "start")
    big, small = (it.page.locator(f".bc-{name}").bounding_box() for name in ("card", "next-card"))
    assert 0 < small["height"] < big["height"] / 3
    it.press("next")
    assert it.evaluate(SIZE, ".bc-cautions") >= 28
    assert it.text("care").startswith("Take care")
    it.press("next")
    resize(it, 1024, 768)  # ... and in words alone where there is no room
    assert not it.is_visible("next-card")
    assert it.page.locator(".bc-next-words").bounding_box()["width"] > 150


def test_no_step_of_a_class_scrolls_on_a_small_projector(player):
    safety = library().safety
    ways = {"rise": library().rise, "conditions": safety.conditions, "ways": safety.ways}
    it = player(short(), FIND)
    resize(it, 1024, 768)
    it.press("class")
    sessions = [compile_session([taught], **ways) for taught in library().exercises]
    keys = {key for session in sessions for key in session.figure_keys()}
    it.receive(sprites={key: sprite(key) for key in keys})
    assert it.evaluate("findScrollingSteps", [session.to_dict() for session in sessions]) == []


LOWEST = (180, 300, 360, 384, 540, 600, 768, 1080)  # four heights, and what is left of them at 200%
SIZES = [
    (width, height)
    for row, height in enumerate(LOWEST)
    for width in range(160 + row % 5 * 60, 1921, 300)
]


def test_of_a_class_nothing_is_cut_off_or_covered_on_any_screen_however_enlarged(player):
    slow = Pauses(ready=600, settle=600, moving=600, change=600, rest=600)
    holding = hold(seconds={"default": 600, "min": 5, "max": 600})
    it = player(compile_session([exercise(steps=(holding,))], Options(pauses=slow)), FIND)
    it.press("class")
    states = {"idle": [], "setup": ["start", "next"], "held": ["next"], "running": ["start"]}
    states |= {"paused": ["start"], "offered": ["stop"], "ended": ["start"]}
    amiss = {}
    for state, names in states.items():
        it.press(*names)
        assert it.is_visible("resume") == (state == "offered")
        while state == "ended" and it.page.is_enabled(".bc-next"):
            it.press("next")
        for width, height in SIZES:
            resize(it, width, height)
            if found := it.evaluate("findFaults()"):
                amiss[state, width, height] = found
        resize(it, 1280, 900)
    assert amiss == {}


def test_type_gives_way_to_a_long_step_alone_and_follows_the_screen(player):
    it = player(compile_session([exercise(cautions=LONG.cautions * 2)]))
    resize(it, 1024, 768)
    it.press("class", "start", "next")
    least = it.evaluate(SIZE, ".bc-cautions")
    resize(it, 1280, 1000)
    it.page.wait_for_function(f"(least) => ({SIZE})('.bc-cautions') > least", arg=least)
    it.press("next")
    assert it.evaluate(SIZE, ".bc-words") == 29


def test_the_keys_of_a_class_stay_on_a_screen_that_is_too_low(player):
    it = player(compile_session([LONG]))
    resize(it, 1024, 500)
    it.press("class", "start", "next")
    assert it.evaluate(OVER) > 0
    for name in ("start", "next", "stop"):
        assert 0 < it.top(name) <= 500 - 44


def test_on_a_phone_class_mode_fills_the_screen_and_scrolls_to_what_comes_next(player):
    it = player(compile_session([LONG]))
    resize(it, 390, 844)
    it.press("class", "start", "next")
    box = it.root.bounding_box()
    assert (box["width"], box["height"]) == (390, 844)
    it.evaluate("document.querySelector('.bc-next-up').scrollIntoView({ block: 'end' })")
    assert it.top("start") < it.top("next-words") < 844


def test_in_class_mode_digits_fill_a_fifth_of_the_height(player):
    it = player(compile_session([exercise()]))
    it.press("class", "start")
    for width, height in ((1280, 720), (1920, 1080), (1024, 768)):
        resize(it, width, height)
        it.page.wait_for_function(f"innerHeight === {height}")
        share = it.evaluate(
            """() => { const style = getComputedStyle(document.querySelector(".bc-digits"));
                 const canvas = new OffscreenCanvas(1, 1).getContext("2d");
                 canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
                 return canvas.measureText("0").actualBoundingBoxAscent / innerHeight; }"""
        )
        assert share >= 0.2
        assert it.evaluate(OVER) <= 0


# The whole screen


def test_class_mode_takes_the_whole_screen_and_gives_it_back(player):
    it = player(short())
    it.press("class")
    it.page.wait_for_function(FULL)
    it.keys("Escape")
    it.page.wait_for_function("!document.fullscreenElement")
    assert it.text("class") == "Class mode"


def test_a_player_for_a_class_fills_the_screen_on_its_first_start_and_not_on_going_on(player):
    it = player(short())
    it.evaluate("add({ in_class: true })")
    led = it.nth(1)
    led.press("start")
    it.page.wait_for_function(FULL)
    assert led.status == "running"
    it.keys("Escape")
    it.page.wait_for_function("!document.fullscreenElement")
    for status in ("paused", "running"):
        led.press("start")
        assert led.status == status
    assert it.evaluate("document.fullscreenElement") is None


@pytest.mark.parametrize("answer", ["() => Promise.reject(new Error())", "undefined"])
def test_where_there_is_no_full_screen_class_mode_takes_the_whole_page(player, answer):
    it = player(short(), f"Element.prototype.requestFullscreen = {answer};")
    it.evaluate("document.querySelector('main').style.transform = 'scale(0.5)'")
    it.press("class")
    box = it.root.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1280, 900)
    it.press("class")
    assert it.root.bounding_box()["width"] < 1280


# Waiting for the teacher


def test_a_class_waits_before_an_exercise_and_not_in_the_midst_of_one(player):
    it = player(short(steps=(QUICK,)))
    it.press("class", "start")
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


def test_class_mode_leaves_the_choice_to_be_waited_for_as_it_was(player):
    it = player(short())
    it.set("steps")
    it.press("class", "class")
    assert it.page.is_checked("[name=steps]")
    it.set("steps", False)
    it.press("class", "class")
    assert not it.page.is_checked("[name=steps]")
