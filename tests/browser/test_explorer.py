"""The adjustable figure: moved in the browser, read as an angle, usable by keyboard."""

import pytest

from tests.browser.stage import sprite, widget_html

KNEES = {"from": 0, "to": 45, "label": "knees"}


@pytest.fixture
def figure(show):
    """Opens the adjustable figure of a motion."""

    def open_one(sides=("left", "right"), angle=None, title="Roll the knees", **state):
        more = {"title": title} | ({"angle": angle} if angle else {})
        state["sprites"] = {side: sprite(side) | more for side in sides}
        page = show(widget_html("explorer", state))
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


def test_at_the_end_of_its_slider_the_adjustable_figure_has_the_alt_text_of_the_end(figure):
    page = figure()
    page.locator("input").fill("100")
    assert page.get_attribute(".bc-card", "aria-label") == "end"


def test_the_adjustable_figure_of_a_motion_without_sides_has_no_side_switch(figure):
    assert not figure(sides=("",)).is_visible("button")


def test_the_adjustable_figure_lets_no_plain_key_reach_the_page_and_sends_no_message(figure):
    page = figure()
    page.focus("input")
    for key in ("d", "d", "ArrowRight", "a", "x", "Enter"):
        page.keyboard.press(key)
    page.keyboard.press("Control+s")
    assert page.evaluate("heard") == ["Control", "s"]
    assert page.evaluate("model.messages") == []


def test_arrow_keys_and_a_drag_ask_for_a_turned_figure_shown_once_the_kernel_has_drawn_it(figure):
    page = figure(asked="")
    turn, path = page.get_by_label("Turn the figure"), page.locator('.bc-card [data-p="0"]')
    turn.press("ArrowRight")
    assert page.evaluate("model.get('asked')") == "left 15"
    assert turn.get_attribute("aria-valuetext") == "turned 15 degrees to the right"
    other = sprite("other") | {"svg": sprite("other")["svg"].replace("M 60 220", "M 61 220")}
    page.evaluate("(turned) => model.receive({turned})", {"asked": "left 15", "sprite": other})
    assert path.get_attribute("d").startswith("M 61")
    box = page.locator(".bc-card").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 52, box["y"] + 50)
    page.mouse.up()
    assert page.evaluate("model.get('asked')") == "left -15"
    turn.fill("0")
    assert path.get_attribute("d").startswith("M 60")
    assert turn.get_attribute("aria-valuetext") == "as it is taught"


def test_an_adjustable_figure_with_no_kernel_to_redraw_it_has_no_turning_control(figure):
    assert figure().locator("input").count() == 1


def test_the_title_of_an_adjustable_figure_is_text_never_markup(figure):
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
