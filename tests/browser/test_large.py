"""Large: the whole screen for one person on a carpet, or for the back row of a class."""

from functools import cache

import pytest
from playwright.sync_api import expect

from backcare_nb.custom.library import current_library
from backcare_nb.journal.entry import FEEDBACK_FIELD_NAMES
from backcare_nb.notebook.after_session import CONSENT_QUESTION
from backcare_nb.sessions.options import Options, Pauses
from backcare_nb.sessions.timeline import compile_session, timer_timeline
from tests.browser.stage import read_script, sprite
from tests.samples import LONG, SHORT, breathe, hold, middle, short

FULL = "document.fullscreenElement?.className.includes('backcare-player')"
FONT_SIZE = "(name) => parseFloat(getComputedStyle(document.querySelector(name)).fontSize)"
ASLEEP = "document.querySelector('.backcare-player').matches('.bc-asleep')"
AWAKE = f"!({ASLEEP})"
FOCUS = "document.activeElement.className"
SPEECH, FIND = read_script("speech"), read_script("large")

PHONE, PHONE_LYING, TABLET = (360, 640), (740, 360), (768, 1024)
LAPTOP, LAPTOP_ENLARGED, BEAMER, WALL = (1366, 768), (683, 384), (1024, 768), (1920, 1080)
CRAMPED = [PHONE, PHONE_LYING]  # where words that are not many are cut off too
SCREENS = [*CRAMPED, LAPTOP_ENLARGED, TABLET, LAPTOP, BEAMER, WALL]

SAID = dict.fromkeys(FEEDBACK_FIELD_NAMES)
SESSION = {"id": "a", "title": "Monday: Knee rolls", "angles": True, "said": SAID | {"note": ""}}
ASKED = [
    {"stage": "ask", "words": CONSENT_QUESTION.format(place="my_practice.sqlite")},
    {"stage": "form", "words": "In your journal: Lie back over the bed's edge, 3 minutes."},
]
JOURNAL = {"sessions": [SESSION], "message": "", "scale": "0 is no pain."}


def resize(it, size):
    """Give the page another size, in full screen too, as Playwright's own way does not."""
    screen = dict(zip(("width", "height"), size, strict=True), deviceScaleFactor=1, mobile=False)
    tools = it.page.context.new_cdp_session(it.page)
    tools.send("Emulation.setDeviceMetricsOverride", screen)
    it.page.wait_for_function(
        "(size) => innerWidth === size[0] && innerHeight === size[1]", arg=size
    )


# At one moment, while the clock stands between two of them.
READ_NOW = """() => [...document.querySelectorAll(".bc-words, .bc-care .bc-turn")]
    .filter((each) => each.checkVisibility()).map((each) => each.textContent)"""

TITLE_AND_WORDS = """() => ["title", "words"]
    .map((name) => document.querySelector(`.bc-${name}`).textContent)"""


@cache
def sessions():
    """Each exercise of the course as a session of its own, by its name."""
    safety = current_library().safety
    rest = {"rise": current_library().rise, "conditions": safety.conditions, "ways": safety.ways}
    return [compile_session([taught], **rest) for taught in current_library().exercises]


def most_words(session):
    return max(len("".join([phase.words, *phase.care])) for phase in session.phases)


# What is seen


@pytest.mark.parametrize("size", SCREENS, ids=lambda size: "{}x{}".format(*size))
def test_of_every_exercise_the_figure_is_large_and_nothing_is_cut_off_or_covered(player, size):
    it = player(short(), SPEECH + FIND)
    resize(it, size)
    every = sessions() if size in CRAMPED else sorted(sessions(), key=most_words)[-8:]
    keys = {key for session in every for key in session.figure_keys()}
    it.receive(sprites={key: sprite(key) for key in keys}, **JOURNAL)
    it.press("size")
    faults = {}
    for session in every:
        faults |= it.evaluate(
            "([t, asked]) => findFaultsOfSteps(t, asked)", [session.to_dict(), ASKED]
        )
    assert faults == {}


ENLARGED = [(width, height) for width in (320, 480, 640) for height in (180, 300, 540)]


def test_however_enlarged_a_page_is_the_large_view_scrolls_long_words_and_keeps_its_buttons(player):
    slow = Pauses(ready=600, settle=600, moving=600, change=600, rest=600)
    it = player(compile_session([LONG], Options(pauses=slow)), SPEECH + FIND)
    it.press("size")
    amiss = {}
    for state, name in {
        "ready": "start",
        "setup": "next",
        "move": "next",
        "paused": "start",
    }.items():
        for size in ENLARGED:
            resize(it, size)
            it.page.wait_for_timeout(50)  # a frame: the type has given way
            if found := it.evaluate("findFaults(true)"):
                amiss[state, *size] = found
        resize(it, LAPTOP)
        it.keys("Shift")  # a button may have gone
        it.press(name)
    assert amiss == {}


def test_only_long_words_shrink_the_type_of_the_large_view_and_it_grows_with_the_screen(player):
    it = player(compile_session([LONG]))
    resize(it, BEAMER)
    it.press("size", "start")
    it.skip(1)
    least = it.evaluate(FONT_SIZE, ".bc-cautions")
    resize(it, WALL)
    it.page.wait_for_function(f"(least) => ({FONT_SIZE})('.bc-cautions') > least", arg=least)
    it.press("next")
    it.page.wait_for_function(f"({FONT_SIZE})('.bc-words') > 36")


def test_on_a_phone_words_and_cautions_that_are_too_long_together_come_in_turn(page, player):
    page.clock.install()
    session = max(sessions(), key=lambda session: len("".join(session.phases[1].care)))
    it = player(session, "delete window.AudioContext; window.Worker = undefined;")
    resize(it, PHONE)
    it.press("size", "start")
    it.skip(1)
    seen = []
    while it.text("title") == session.phases[1].title:
        read = it.evaluate(READ_NOW)
        if read not in seen:
            seen.append(read)
        page.clock.run_for(500)
    assert all(len(read) == 1 for read in seen)
    whole = " ".join([session.phases[1].words, *session.phases[1].care])
    assert " ".join(words for read in seen for words in read) == whole


def test_words_too_long_for_the_screen_come_stage_by_stage_as_they_are_said(player):
    session = sessions()[0]
    at, rising = next(
        (i, p) for i, p in enumerate(session.phases) if p.title == "Roll, kneel and stand"
    )
    it = player(session, "delete window.AudioContext; window.Worker = undefined;")
    resize(it, PHONE)
    it.press("size", "start")
    it.skip(at)  # the buttons may have gone
    seen = []
    while (read := it.evaluate(TITLE_AND_WORDS))[0] == rising.title:
        if read[1] not in seen:
            seen.append(read[1])
        it.page.clock.run_for(500)
    assert " ".join(seen) == rising.words


def test_leaving_the_large_view_shows_words_and_cautions_together_again(player):
    it = player(max(sessions(), key=lambda session: len("".join(session.phases[1].care))))
    resize(it, PHONE)
    it.press("size", "start")
    it.skip(1)
    it.root.locator(".bc-start").dispatch_event("click")  # which may have gone
    it.page.wait_for_function("document.querySelector('.bc-in-turn')")
    it.keys("Escape")
    for part in ("words", "care"):
        expect(it.root.locator(f".bc-{part}")).to_be_visible()


def test_a_breathing_step_and_a_timer_without_a_figure_fit_the_large_view(player):
    it = player(compile_session([middle(breathe())], Options(pauses=SHORT)), SPEECH + FIND)
    it.press("size")
    for size in SCREENS:
        resize(it, size)
        for session in (timer_timeline(180), compile_session([middle(breathe())])):
            assert it.evaluate("(t) => findFaultsOfSteps(t, [])", session.to_dict()) == {}


# Buttons that go and come back


@pytest.fixture
def asleep(player):
    """A session that runs and that nobody has touched for a while, its buttons gone."""
    it = player(timer_timeline(10), SPEECH + read_script("wake_lock"))
    it.press("size", "start")
    it.page.wait_for_function(ASLEEP)
    return it


def test_hidden_buttons_of_the_large_view_come_back_at_a_touch_mouse_move_or_key_and_hide_again(
    asleep,
):
    before, mouse = asleep.root.bounding_box(), asleep.page.mouse
    for wake in (mouse.down, lambda: mouse.move(300, 300), lambda: asleep.keys("Shift")):
        wake()
        asleep.page.wait_for_function(AWAKE)
        assert (asleep.status, asleep.root.bounding_box()) == ("running", before)
        asleep.page.wait_for_function(ASLEEP)


def test_a_touch_on_a_hidden_button_shows_the_buttons_and_presses_none(asleep):
    place = asleep.page.locator(".bc-start").bounding_box()
    centre = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    asleep.page.mouse.click(*centre)
    assert asleep.status == "running"
    asleep.page.mouse.click(*centre)
    assert asleep.status == "paused"


def test_while_the_buttons_are_hidden_space_pauses_at_once_and_the_focus_stays(asleep):
    asleep.page.wait_for_function(AWAKE.replace("!", ""))
    assert asleep.evaluate(FOCUS) == "bc-start"  # gone from sight, and not from a screen reader
    assert asleep.page.get_by_role("button", name="Pause").count() == 1
    asleep.keys("Space")
    asleep.wait_for("paused")
    asleep.page.wait_for_timeout(3500)
    assert asleep.evaluate(AWAKE)  # while nothing runs they stay
    assert asleep.evaluate("locks") == 0
    asleep.keys("Space")
    asleep.page.wait_for_function(ASLEEP)
    assert asleep.evaluate("locks") == 1


def test_the_buttons_stay_visible_while_the_menu_is_open_and_full_screen_can_still_be_left(asleep):
    asleep.keys("Shift")
    asleep.press("open")
    asleep.page.wait_for_timeout(3500)
    assert asleep.evaluate(AWAKE)
    asleep.evaluate("document.exitFullscreen()")  # a browser's own Escape leaves at once
    asleep.page.wait_for_function("!document.fullscreenElement")


def test_with_reduced_motion_the_buttons_of_the_large_view_do_not_fade(page, player):
    page.emulate_media(reduced_motion="reduce")
    it = player(timer_timeline(1))
    it.press("size")
    style = "getComputedStyle(document.querySelector('.bc-keys')).transitionDuration"
    assert it.evaluate(style) == "0s"


# The whole screen


def test_the_large_view_takes_the_full_screen_and_escape_ends_it(player):
    it = player(short())
    it.press("size")
    it.page.wait_for_function(FULL)
    it.wait_for_text("size", "Small")
    it.keys("Escape")
    it.page.wait_for_function("!document.fullscreenElement")
    it.wait_for_text("size", "Large")


@pytest.mark.parametrize("answer", ["() => Promise.reject(new Error())", "undefined"])
def test_where_full_screen_is_refused_the_large_view_fills_the_page(player, answer):
    it = player(short(), f"Element.prototype.requestFullscreen = {answer};")
    it.evaluate("document.querySelector('main').style.transform = 'scale(0.5)'")
    it.press("size")
    box = it.root.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1280, 900)
    it.press("open")
    it.keys("Escape")
    assert not it.is_visible("menu")
    assert it.root.bounding_box()["width"] == 1280
    it.keys("Escape")
    assert it.root.bounding_box()["width"] < 1280


def test_the_large_view_does_not_wait_before_exercises_unless_that_is_asked_for(player):
    it = player(short(steps=(hold(),)))
    it.press("size", "start")
    it.keys("n", "n")
    it.page.wait_for_timeout(300)
    assert it.status == "running"
