"""The player for everyone: by keyboard, by ear, with little sight, without motion."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from backcare_nb.sessions.timeline import compile_session, timer_timeline
from tests.browser.stage import read_script
from tests.samples import LONG, breathe, exercise, middle, short

STATES = {
    "idle": [],
    "setup": ["start", "next"],
    "hold": ["next", "next"],
    "paused": ["start"],
}
LISTEN = """() => { window.heard = [];
  document.addEventListener("keydown", (event) => heard.push(event.key)); }"""
PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_violation_and_digits_have_the_contrast_of_seven_to_one(page, player, theme):
    page.emulate_media(color_scheme=theme)
    it = player(compile_session([exercise()]), read_script("contrast"))
    it.press("open", "all summary")
    assert it.evaluate("digitContrast()") >= 7
    for state, names in STATES.items():
        it.press(*names)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{state}: {found.generate_report()}"
    it.skip(9)
    assert Axe().run(page).violations_count == 0  # once it has finished


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_where_colours_are_forced_no_digit_covers_the_title(page, player, theme):
    page.emulate_media(forced_colors="active", color_scheme=theme)
    it = player(compile_session([exercise()]))
    it.press("start", "next", "next")  # held, which is dimmer where colours are free
    adjusted, colour, ink = it.evaluate(
        """() => { const digits = getComputedStyle(document.querySelector(".bc-digits"));
             const title = getComputedStyle(document.querySelector(".bc-title"));
             return [digits.forcedColorAdjust, digits.color, title.color]; }"""
    )
    assert adjusted == "none"  # a ground behind the digits would lie over the line above them
    assert colour == ink


@pytest.mark.parametrize("width", [360, 1280])
def test_every_control_can_be_hit_with_a_thumb_and_nothing_is_cut_off(page, player, width):
    page.set_viewport_size({"width": width, "height": 900})
    it = player(compile_session([exercise()]))
    it.press("open", "start", "next")
    sizes = it.evaluate(
        """() => [...document.querySelectorAll("button, summary, select, input")]
             .filter((e) => e.checkVisibility())
             .map((e) => [e.className || e.name, e.closest("label") ?? e]
               .map((x, i) => i ? x.getBoundingClientRect() : x))
             .filter(([, box]) => box.width < 44 || box.height < 44).map(([name]) => name)"""
    )
    assert sizes == []
    assert it.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("session", [timer_timeline(180), compile_session([exercise()] * 12)])
def test_digits_stay_within_the_player_however_narrow_it_is_and_enlarged(player, session):
    over = player(session).evaluate(
        """() => [120, 200, 280, 400, 680, 800].flatMap((width) => [1, 2].map((zoom) => {
             document.querySelector("main").style.cssText = `width: ${width}px; zoom: ${zoom}`;
             const digits = document.createRange();
             digits.selectNodeContents(document.querySelector(".bc-digits"));
             const place = document.querySelector(".bc-bar").getBoundingClientRect();
             return digits.getBoundingClientRect().right - place.right; }))"""
    )
    assert len(over) == 12
    assert max(over) <= 0


# By keyboard and by ear


def test_the_player_can_be_used_by_keyboard_alone(player):
    it = player(short())
    it.keys("Tab", "Space")
    it.wait_for("running")
    it.keys("n")
    assert it.text("title") == "Knee rolls"
    it.keys("ArrowRight")
    assert it.text("title") == "Knees to the left"
    it.keys("ArrowLeft")
    assert it.text("title") == "Knee rolls"
    it.page.focus(".bc-start")
    it.keys("Space")  # a button with the focus answers to it once
    it.wait_for("paused")


def test_tab_reaches_every_control_in_the_order_in_which_it_is_seen(player):
    it = player(short())
    it.press("start")
    it.evaluate("document.activeElement.blur(); getSelection().removeAllRanges()")
    it.page.focus(".backcare-player")
    reached = []
    for _ in range(8):
        it.keys("Tab")
        reached.append(it.evaluate("document.activeElement.className"))
        if reached[-1] == "bc-open":
            it.keys("Space")
    row = ["bc-start", "bc-back", "bc-next", "bc-size", "bc-open"]
    assert reached == [*row, "bc-longer", "bc-again", "bc-stop"]


def test_the_player_lets_no_key_reach_the_page_but_those_with_a_modifier(player):
    it = player(short())
    it.evaluate(LISTEN)
    for place in (".backcare-player", ".bc-start", ".bc-open"):
        it.page.focus(place)
        it.keys("d", "d", "a", "b", "x", "Shift+M", "ArrowUp", "Enter", "Escape", "Backspace")
    assert it.evaluate("heard") == []
    it.keys("Control+s")
    assert it.evaluate("heard") == ["Control", "s"]


@pytest.mark.parametrize("button", ["stop", "resume"])
def test_a_button_that_is_gone_once_pressed_hands_the_focus_to_start_and_no_key_to_the_page(
    player, button
):
    it = player(short())
    it.press("start", *(["stop"] if button == "resume" else []))
    it.evaluate(LISTEN)
    it.page.focus(f".bc-{button}")
    it.keys("Space")
    it.page.wait_for_timeout(
        100
    )  # a frame or two: when the focus is taken from what cannot have it
    it.keys("d", "d")
    assert it.evaluate("heard") == []
    assert it.evaluate("document.activeElement.className") == "bc-start"


def test_a_screen_reader_hears_each_step_once_and_not_each_second(player):
    it = player(short())
    digits = it.page.get_by_role("timer")
    assert digits.inner_text() == "1:37"
    assert digits.get_attribute("aria-live") is None
    assert it.page.get_by_role("img", name="A figure of knees_together.left").is_visible()
    it.evaluate(
        """() => { window.said = [];
             new MutationObserver(() => said.push(document.querySelector(".bc-status").textContent))
               .observe(document.querySelector(".bc-status"), { childList: true }); }"""
    )
    it.press("start")
    it.page.wait_for_timeout(1200)
    it.press("next")
    it.page.wait_for_timeout(100)
    said = it.evaluate("said")
    assert said[:2] == [
        "Get ready. 2 seconds.",
        "Get into position, left side: Knee rolls. 8 seconds.",
    ]
    assert len(said) == len(set(said))


def test_the_list_of_all_steps_shows_every_phase_and_gives_no_instruction_twice(player):
    thrice = exercise(rounds={"default": 3, "min": 1, "max": 3})
    session = compile_session([thrice, middle(breathe())])
    it = player(session)
    it.press("all summary")
    it.page.wait_for_selector(".bc-list li")
    lines = it.page.locator(".bc-list li").all_inner_texts()
    assert len(lines) == len(session.phases)
    assert lines[3].startswith("0:29 Hold, left side, round 1 of 3: Knees to the left. 30 seconds.")
    it.press("start", "next")
    assert it.page.locator(".bc-list [aria-current=step]").all_inner_texts() == lines[1:2]
    words = [text for text in it.page.locator(".bc-list span").all_inner_texts() if text]
    assert sum("knees sink to the left" in text for text in words) == 1
    assert sum("knees sink to the right" in text for text in words) == 1


def test_with_reduced_motion_the_figure_stands_and_a_bar_shows_the_breath(page, player):
    page.emulate_media(reduced_motion="reduce")
    it = player(compile_session([middle(breathe())]))
    it.press("start")
    it.skip(3)
    path = page.locator('.bc-card [data-p="0"]')
    seen = {path.get_attribute("d")}
    for _ in range(10):
        page.wait_for_timeout(60)
        seen.add(path.get_attribute("d"))
    assert len(seen) == 1
    assert it.text("pace") == "Breathe in"
    box = page.locator(".bc-swell").bounding_box()
    assert box["width"] > 4 * box["height"]


# Where things stand


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_the_buttons_stay_where_they_are_when_a_step_begins(page, player, size):
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    it = player(compile_session([LONG]))
    it.press("start")
    page.wait_for_timeout(1000)  # it comes into view
    seen = set()
    while it.is_visible("next"):
        seen.add(tuple(it.top(name) for name in ("start", "next", "open")))
        it.skip(1)
    assert len(seen) == 1
    assert all(0 <= y < size[1] - 44 for y in seen.pop())


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_start_brings_the_digits_and_the_words_into_view(page, player, motion):
    page.emulate_media(reduced_motion=motion)
    page.set_viewport_size(PHONE)
    it = player(short())
    it.evaluate(
        "document.querySelector('main').insertAdjacentHTML('afterbegin', '<p style=height:600px>')"
    )
    it.evaluate("document.body.style.paddingBottom = '600px'")
    it.evaluate("document.querySelector('.bc-start').scrollIntoView({ block: 'end' })")
    it.evaluate("document.querySelector('.bc-start').click()")  # a real one scrolls, too
    if motion == "reduce":  # at once
        assert it.top("session") < 60
    page.wait_for_function("document.querySelector('.bc-session').getBoundingClientRect().y < 60")
    it.skip(1)
    words = page.locator(".bc-words").bounding_box()
    assert words["y"] + words["height"] <= 844
    # A narrow player shows the figure, then the digits, then the words.
    assert it.top("card") < it.top("digits") < it.top("words")


def test_start_leaves_a_player_where_it_is_when_all_of_it_is_seen(player):
    it = player(short())
    it.evaluate("document.body.style.paddingBottom = '2000px'")
    it.press("start")
    it.page.wait_for_timeout(500)
    assert it.evaluate("scrollY") == 0


def test_on_a_phone_pause_stays_in_sight_below_long_words(page, player):
    page.set_viewport_size(PHONE)
    it = player(compile_session([LONG]))
    it.press("start", "next")
    it.evaluate("document.querySelector('.bc-times').scrollIntoView({ block: 'end' })")
    assert it.top("session") < 0 <= it.top("start") == it.top("next") == it.top("open") < 844 - 44
