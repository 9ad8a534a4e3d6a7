"""A section before a class: as slides in one file, and as a page that Voila serves."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from socket import create_connection

import pytest
from playwright.sync_api import expect

from tests.browser.stage import Player
from tests.machine import free_ports
from tools import browser as real

SCREENS = [(1280, 720), (1920, 1080)]
GO = """([across, down]) => Reveal.slide(across, down)"""
PLACES = """() => [...document.querySelectorAll(".slides > section")].flatMap((slide, across) =>
    [...slide.querySelectorAll("section")].map((_, down) => [across, down]))"""
CUT = """() => {
    const slide = Reveal.getCurrentSlide();
    const small = [...slide.querySelectorAll("p, li, td, button")]
        .filter((each) => each.checkVisibility() && each.innerText)
        .map((each) => parseFloat(getComputedStyle(each).fontSize) * each.currentCSSZoom)
        .filter((size) => size < 0.016 * innerHeight);
    const wide = slide.scrollWidth > slide.clientWidth;
    // Who should take care, over a whole section, may go on below: the slide says so.
    const more = slide.matches("[data-more]") && !slide.querySelector(".opening");
    return { wide, more, small };
}"""
WITH = """(selector) => [...document.querySelectorAll(".slides > section")].flatMap(
    (slide, across) => [...slide.querySelectorAll("section")]
        .map((each, down) => each.querySelector(selector) && [across, down]))
    .find(Boolean)"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Slides of a section with an adjustable figure, made as start.py makes them."""
    folder = tmp_path_factory.mktemp("a class room")
    command = [sys.executable, "-m", "nbconvert", "--config", str(real.ROOT / "lab" / "slides.py")]
    command += ["--output-dir", str(folder)]
    command += [str(real.ROOT / "notebooks" / "02_rotate_the_back.ipynb")]
    made = os.environ | {"BACKCARE_SLIDES": "02_rotate_the_back 03_standing_up"}
    done = subprocess.run(command, cwd=real.ROOT, capture_output=True, text=True, env=made)
    assert done.returncode == 0, done.stderr
    return folder / "02_rotate_the_back.slides.html"


@pytest.fixture(scope="module")
def wide_page(chromium):
    with real.new_page(chromium) as page:
        yield page


@pytest.fixture
def slides(wide_page, file):
    """The slides opened from the file system. The page may ask no other machine for anything."""
    wide_page.set_viewport_size({"width": 1280, "height": 720})
    wide_page.goto("about:blank")
    wide_page.goto(file.as_uri())
    wide_page.wait_for_selector("html[data-ready]", state="attached")
    return wide_page


def go_to(page, selector):
    """Go to the first slide that holds something, and return that."""
    place = page.evaluate(WITH, selector)
    assert place, f"no slide holds {selector}"
    page.evaluate(GO, place)
    return page.locator("section.present section.present").locator(selector).first


def test_every_slide_fits_the_screen_and_can_be_read_and_one_key_leads_through_all(slides):
    places = slides.evaluate(PLACES)
    assert len(places) > 20
    cut = {}
    for width, height in SCREENS:
        slides.set_viewport_size({"width": width, "height": height})
        for place in places:
            slides.evaluate(GO, place)
            found = slides.evaluate(CUT)
            if any(found.values()):  # a player may take its size a little after its slide
                slides.wait_for_timeout(1000)
                found = slides.evaluate(CUT)
            if any(found.values()):
                cut[width, *place] = found
    assert not cut
    slides.evaluate(GO, [0, 0])
    seen = []
    for _ in places:
        seen.append(list(slides.evaluate("Object.values(Reveal.getIndices()).slice(0, 2)")))
        slides.keyboard.press("ArrowRight")
    assert seen == places  # cautions included


def test_a_timer_on_a_slide_runs_without_a_kernel_its_keys_turn_no_slide_and_no_result_is_kept(
    slides,
):
    player = Player(slides)
    go_to(slides, ".backcare-player")
    minutes, seconds = player.text("digits").split(":")
    player.press("start")
    player.wait_until_left(int(minutes) * 60 + int(seconds) - 1)
    before = slides.evaluate("Reveal.getIndices()")
    player.keys("ArrowRight", "Space")
    assert slides.evaluate("Reveal.getIndices()") == before
    player.wait_for("paused")
    player.press("stop")
    kept = slides.evaluate("Object.keys(localStorage).map((key) => key.split(':')[1])")
    assert set(kept) <= {"settings", "place", "checked"}
    player.press("size")
    slides.wait_for_function(
        "() => document.querySelector('.bc-large').getBoundingClientRect().height === innerHeight"
    )


def test_the_adjustable_figure_moves_on_a_slide(slides):
    figure = go_to(slides, ".backcare-explore")
    paths = figure.locator("[data-p]")
    before = paths.evaluate_all("(all) => all.map((each) => each.getAttribute('d'))")
    figure.locator("input[type=range]").first.press("End")
    assert paths.evaluate_all("(all) => all.map((each) => each.getAttribute('d'))") != before


def test_down_moves_within_a_slide_that_is_longer_than_the_screen(slides):
    slides.set_viewport_size({"width": 480, "height": 720})
    go_to(slides, ".backcare-guide.opening")
    before = slides.evaluate("Reveal.getIndices()")
    slides.wait_for_function("Reveal.getCurrentSlide().matches('[data-more]')")
    slides.keyboard.press("ArrowDown")
    assert slides.evaluate("Reveal.getCurrentSlide().scrollTop") > 0
    assert slides.evaluate("Reveal.getIndices()") == before


def test_teacher_notes_are_hidden_on_slides_and_links_lead_only_to_slides_that_were_made(slides):
    notes = slides.locator("aside.notes", has_text="If you teach this")
    assert notes.count() == 1
    assert not notes.is_visible()
    links = slides.locator(".fit a[href]").evaluate_all("(all) => all.map((a) => a.pathname)")
    leading = {link.rpartition("/")[2] for link in links if link.endswith((".html", ".ipynb"))}
    assert leading == {"03_standing_up.slides.html"}


def test_without_javascript_the_steps_are_there_to_read(chromium, file):
    with real.new_page(chromium, java_script_enabled=False) as page:
        page.goto(file.as_uri())
        assert page.locator(".live ol > li").count() > 20
        assert page.locator(".backcare-player").count() == 0


@pytest.fixture(scope="module")
def served():
    """The address of a notebook that Voila serves, started as start.py starts it."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "voila", "notebooks/07_my_practice.ipynb"]
    command += ["--template=backcare", "--no-browser", f"--port={port}"]
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": real.ROOT}
    lab = dict.fromkeys(("JUPYTER_PATH", "JUPYTER_CONFIG_PATH"), str(real.ROOT / "lab"))
    server = subprocess.Popen(command, env=os.environ | lab, **options)
    try:
        wait_for_port(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def wait_for_port(server, port):
    for _ in range(real.PATIENCE * 10):
        with suppress(OSError), create_connection(("127.0.0.1", port), timeout=5):
            return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("Voila did not start")


def test_voila_serves_a_notebook_with_a_timer_that_runs_and_no_words_about_cells_or_code(
    page, served
):
    page.goto(served)
    expect(page.locator("h1")).to_contain_text("My practice")
    player = Player(page)
    minutes, seconds = player.text("digits").split(":")
    player.press("start")
    player.wait_until_left(int(minutes) * 60 + int(seconds) - 1)
    assert page.get_by_text("import").count() == page.get_by_text("new box").count() == 0
    page.get_by_role("link", name="start").press("Enter")  # which it does not serve
    expect(page.locator("h1")).to_contain_text("My practice")
