"""The adjustable figure: moved in the browser, read as an angle, usable by keyboard."""

import json

import numpy as np
import pytest

from backcare_nb.figures import packing
from backcare_nb.html import picture
from backcare_nb.notebook.explorer import Explorer
from backcare_nb.player.bundle import BROWSER
from tests.browser.stage import MODEL, sprite

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Figure</title>
<link rel="stylesheet" href="player.css"><main></main><script type="module">
import widget from "./explorer.mjs";
%s
window.heard = [];
document.addEventListener("keydown", (event) => heard.push(event.key));
window.model = new Model(%s);
widget.render({ model, el: document.querySelector("main") });
window.ready = true;
</script></html>"""


@pytest.fixture
def figure(show, tmp_path):
    """Opens the adjustable figure of a motion."""

    def open_one(sides=("left", "right"), angle=None, title="Roll the knees"):
        more = {"title": title} | ({"angle": angle} if angle else {})
        sprites = {side: sprite(side) | more for side in sides}
        module = tmp_path / "explorer.mjs"
        module.write_text(str(Explorer._esm), encoding="utf-8")
        state = json.dumps({"sprites": sprites}).replace("<", "\\u003c")
        page = show(PAGE % (MODEL, state), module, BROWSER / "player.css")
        page.wait_for_function("window.ready")
        return page

    return open_one


KNEES = {"from": 0, "to": 45, "label": "knees"}


@pytest.mark.parametrize("key", ["sit_back", "maypole_swing.left"])
def test_the_browser_reads_the_frames_of_a_figure_as_they_were_written(show, tmp_path, key):
    made = picture.sprite(key)
    first = list(range(-4, len(list(packing.read(made["steps"]))) // (made["frames"] - 1) - 4))
    (tmp_path / "sprite.mjs").write_text((BROWSER / "sprite.js").read_text(encoding="utf-8"))
    page = show(
        '<!doctype html><title>Figure</title><script type="module">'
        'import { unpackFrames } from "./sprite.mjs";'
        "window.unpack = unpackFrames; window.ready = true;"
        "</script>",
        tmp_path / "sprite.mjs",
    )
    page.wait_for_function("window.ready")
    heard = page.evaluate(
        "([first, frames, steps]) => unpack(first, frames, steps)",
        [first, made["frames"], made["steps"]],
    )
    assert np.allclose(heard, packing.unpack(np.array(first), made["frames"], made["steps"]))


def path(page):
    return page.get_attribute('.bc-card [data-p="0"]', "d")


def test_the_slider_moves_the_figure_and_its_angle_is_read(figure):
    page = figure(angle=KNEES)
    before = path(page)
    page.locator("input").fill("20")
    assert path(page) != before
    assert page.inner_text(".bc-angle") == "knees: 20°"
    assert page.get_attribute("input", "aria-valuetext") == "knees: 20°"


def test_arrow_keys_move_it_a_degree(figure):
    page = figure(angle=KNEES)
    page.focus("input")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.inner_text(".bc-angle") == "knees: 2°"


def test_at_the_end_it_is_described_in_words(figure):
    page = figure()
    page.locator("input").fill("100")
    assert page.get_attribute(".bc-card", "aria-label") == "end"


def test_the_other_side_can_be_shown_at_the_same_place(figure):
    page = figure(angle=KNEES)
    page.locator("input").fill("20")
    page.get_by_role("button", name="Right").click()
    assert page.get_attribute("button:has-text('Right')", "aria-pressed") == "true"
    assert page.inner_text(".bc-angle") == "knees: 20°"


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
