"""The adjustable figure: moved in the browser, read as an angle, usable by keyboard."""

import pytest

from tests.browser.stage import sprite, widget_html

KNEES = {"from": 0, "to": 45, "label": "knees"}


@pytest.fixture
def figure(show):
    """Opens the adjustable figure of a motion."""

    def open_one(sides=("left", "right"), angle=None, title="Roll the knees"):
        more = {"title": title} | ({"angle": angle} if angle else {})
        page = show(
            widget_html("explorer", {"sprites": {side: sprite(side) | more for side in sides}})
        )
        page.wait_for_function("window.ready")
        return page

    return open_one


def test_the_slider_moves_the_figure_and_its_angle_is_read_on_both_sides(figure):
    page = figure(angle=KNEES)
    path = page.locator('.bc-card [data-p="0"]')
    before = path.get_attribute("d")
    slider = page.locator("input")
    slider.fill("20")
    assert path.get_attribute("d") != before
    assert page.inner_text(".bc-angle") == "knees: 20°"
    assert slider.get_attribute("aria-valuetext") == "knees: 20°"
    page.get_by_role("button", name="Right").click()
    assert page.get_attribute("button:has-text('Right')", "aria-pressed") == "true"
    assert page.inner_text(".bc-angle") == "knees: 20°"
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    assert page.inner_text(".bc-angle") == "knees: 22°"


def test_at_the_end_it_is_described_in_words(figure):
    page = figure()
    page.locator("input").fill("100")
    assert page.get_attribute(".bc-card", "aria-label") == "end"


def test_a_motion_alike_on_both_sides_has_no_switch(figure):
    assert not figure(sides=("",)).is_visible("button")


def test_no_key_leaves_it_and_no_message_is_sent(figure):
    page = figure()
    page.focus("input")
    for key in ("d", "d", "ArrowRight", "a", "x", "Enter"):
        page.keyboard.press(key)
    page.keyboard.press("Control+s")
    assert page.evaluate("heard") == ["Control", "s"]
    assert page.evaluate("model.messages") == []


def test_its_title_is_text_never_markup(figure):
    page = figure(title="<img src=x onerror='window.harmed=1'>")
    assert page.locator("img").count() == 0
    assert "<img" in page.inner_text(".bc-scrub")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_where_colours_are_forced_the_chosen_side_is_seen(page, figure, theme):
    page.emulate_media(forced_colors="active", color_scheme=theme)
    figure()
    ground = "(e) => getComputedStyle(e).backgroundColor.match(/[\\d.]+/g).slice(0, 3).join()"
    chosen = page.locator("button[aria-pressed=true]").evaluate(ground)
    assert page.locator("button[aria-pressed=false]").evaluate(ground) != chosen
