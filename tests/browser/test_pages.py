"""Pages opened from a folder, with the network refused: read, played, moved and found again."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from backcare_nb.export import webpage
from backcare_nb.export.website import render_site_files
from backcare_nb.lesson.lesson import Lesson, LessonItem
from backcare_nb.lesson.sharing import format_shared_json, format_shared_link
from backcare_nb.sessions.options import Options
from backcare_nb.sessions.timeline import compile_session
from tests.browser.stage import Player, read_script
from tests.samples import SHORT, exercise, hold
from tools import browser as real

SECTION = "03_standing_up"
PLAYERS = {
    "index": (),
    SECTION: ("maypole", "the-whole"),
    "safety": (),
    "timer": ("minutes",),
    "offline": (),
}
SEEN = """window.refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));"""


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site, without what is printed, and with one page that plays offline."""
    folder = tmp_path_factory.mktemp("a path with spaces") / "site"
    for name, text in render_site_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    (folder / "offline.html").write_text(
        webpage.render_page(lesson()), encoding="utf-8", newline="\n"
    )
    return folder


def lesson():
    """A lesson of a few seconds."""
    quick = exercise(steps=(hold(seconds={"default": 2, "min": 1, "max": 9}),))
    made = Lesson("A short lesson", (LessonItem(quick),))
    made.__dict__["timeline"] = compile_session([quick], Options(pauses=SHORT), title=made.title)
    return made


@pytest.fixture
def visit(page, site):
    """Opens a page from its folder; whatever it asks for must be in that folder."""
    asked, wrong = [], []
    page.context.set_offline(True)
    page.context.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: wrong.append(f"{request.url} {request.failure}"))
    page.add_init_script(SEEN)

    def open_one(name):
        page.goto(f"{site.as_uri()}/{name}.html")
        return page

    open_one.asked, open_one.strict = asked, True
    yield open_one
    if open_one.strict:
        assert [words for words in wrong if "ERR_ABORTED" not in words] == []  # the page was left
        assert page.evaluate("refused") == []
    beyond = [url for url in asked if not url.startswith((site.as_uri(), "data:", "blob:"))]
    assert beyond == []


def choose(part, words):
    """Choose a session as a person does: anywhere on what has these words."""
    part.locator(".option", has=part.page.get_by_text(words, exact=True)).click()


def place(page, anchor):
    """The part of a page with this id, come to, and its player there."""
    page.evaluate("id => document.querySelector(`#${id} .stage`).scrollIntoView()", anchor)
    page.wait_for_selector(f"#{anchor} .bc-start")
    return page.locator(f"#{anchor}")


# The page that plays offline


def test_a_page_plays_to_its_end_with_no_network_and_goes_on_where_it_was_left(page, visit):
    page.add_init_script(
        "const Real = Worker; window.beats = 0; window.Worker = class extends Real {"
        "constructor(url) { super(url); this.addEventListener('message', () => beats++); } }"
    )
    it = Player(visit("offline"))
    it.press("start", "next")
    page.wait_for_function("() => beats > 5")  # wake-ups come from a worker, from a folder too
    page.reload()
    it.wait_for_text("resume", "Continue from 0:0")
    it.set("speed", "2")
    it.press("start")
    it.skip(6)
    it.wait_for("done")
    assert it.text("times").endswith("done, 0:00 to go")
    it.press("start", "next", "stop")
    it.wait_for("idle")
    kept = it.evaluate("Object.keys(localStorage).map((key) => key.split(':')[1])")
    assert set(kept) <= {"settings", "place"}
    beyond = {url for url in visit.asked if url[:5] not in ("blob:", "data:")}
    assert beyond == {page.url}


def test_without_a_script_all_steps_can_be_read(chromium, site):
    with real.new_page(chromium, java_script_enabled=False) as page:
        page.goto((site / "offline.html").as_uri())
        assert "needs a browser that runs JavaScript" in page.inner_text("#player")
        lines = page.locator(".steps li").all_inner_texts()
        assert len(lines) == len(lesson().timeline.phases)
        assert page.get_by_text("Keep it small.").is_visible()
        page.goto((site / f"{SECTION}.html").as_uri())
        assert page.locator("#maypole .frames img").first.is_visible()
        assert not page.locator(".adjustable").first.is_visible()


# The site


def test_a_whole_section_of_the_site_plays_from_local_files_without_a_server(visit):
    page = visit(SECTION)
    whole = place(page, "the-whole")
    whole.locator(".bc-start").click()
    page.wait_for_selector("#the-whole [data-status=running]")
    expect(whole.locator(".bc-card svg")).to_be_visible()
    expect(whole.locator(".bc-title")).to_have_text("Get ready")


def test_another_version_of_an_exercise_loads_its_own_session_but_not_while_one_plays(visit):
    page = visit(SECTION)
    part = place(page, "maypole")
    chosen = part.locator("input[type=radio]:checked")
    easier = part.locator(".bc-digits").inner_text()
    assert chosen.get_attribute("value") == "maypole.easier"
    chosen.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "told => document.querySelector('#maypole .bc-digits').textContent !== told", arg=easier
    )
    assert chosen.get_attribute("value") == "maypole.source"
    part.locator(".bc-start").click()
    page.wait_for_selector("#maypole [data-status=running]")
    choose(part, "Easier")
    page.wait_for_selector("#maypole .bc-note:not(:empty)")
    expect(part.locator("[data-status=running]")).to_have_count(1)


def test_the_slider_on_a_page_moves_its_adjustable_figure(visit):
    page = visit(SECTION)
    page.locator(".adjustable").first.scroll_into_view_if_needed()
    figure = page.locator(".adjustable .bc-card").first
    figure.locator("svg").wait_for()
    before = figure.inner_html()
    page.locator(".adjustable [type=range]").first.fill("60")
    is_moved = "([figure, before]) => figure.innerHTML !== before"
    page.wait_for_function(is_moved, arg=[figure.element_handle(), before])


def test_a_page_loads_few_scripts_at_first_and_figures_only_when_a_player_is_approached(visit):
    page = visit("04_stretching_the_spine")
    page.wait_for_load_state("load")
    first = [url for url in visit.asked if url.endswith(".js")]
    whole = place(page, "the-whole")
    assert len(first) <= 8
    assert any("sessions/04_stretching_the_spine.easier.js" in url for url in visit.asked)
    assert not any("sessions/sit_upright" in url for url in first)
    with page.expect_request("**/figures/*.js"):
        whole.locator(".bc-start").hover()
    whole.locator(".bc-start").click()
    whole.locator(".bc-next").click()
    page.wait_for_selector("#the-whole .bc-card svg")


def test_after_the_browsers_back_and_forward_a_player_can_be_started_again(visit):
    page = visit("index")
    page.get_by_role("link", name="Standing up").click()
    place(page, "the-whole").locator(".bc-start").click()
    page.go_back()
    expect(page.locator("h1")).to_have_text("Back care")
    page.go_forward()
    place(page, "the-whole").locator(".bc-start").click()
    page.wait_for_selector("#the-whole [data-status]:not([data-status=idle])")


def test_a_timer_length_chosen_while_a_timer_runs_is_taken_once_it_is_stopped(visit):
    page = visit("timer")
    part = place(page, "minutes")
    choose(part, "1 minute")
    expect(part.locator(".bc-digits")).to_have_text("1:00")
    part.locator("input:checked").focus()
    for _ in range(9):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "bc-start":
            break
    page.keyboard.press("Space")
    page.wait_for_selector("#minutes [data-status=running]")
    choose(part, "15 minutes")
    page.wait_for_selector("#minutes .bc-note:not(:empty)")
    part.locator(".bc-open").click()
    part.locator(".bc-stop").click()
    page.wait_for_selector("#minutes [data-status=idle]")
    expect(part.locator(".bc-digits")).to_have_text("15:00")


# For everyone


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_no_violation(page, visit, theme, width):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 800})
    visit.strict = False  # axe itself asks for what the page's policy refuses
    for name, anchors in PLAYERS.items():
        visit(name)
        for anchor in anchors:
            place(page, anchor)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


GROUNDS = """() => [...document.querySelectorAll(
  ".bc-card, .bc-next-card:not(:empty), .frames img, .contents img, .option img, .part img")]
  .filter((e) => e.checkVisibility()).map((e) => getComputedStyle(e).backgroundColor)"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_where_colours_are_forced_a_figure_keeps_its_paper_and_its_captions(page, visit, theme):
    page.emulate_media(forced_colors="active", color_scheme=theme)
    page.add_init_script(read_script("contrast"))
    visit(SECTION)
    page.locator(".adjustable").first.scroll_into_view_if_needed()
    place(page, "maypole").locator(".bc-start").click()
    page.wait_for_selector("#maypole .bc-next-card svg")
    assert set(page.evaluate(GROUNDS)) == {"rgb(251, 248, 241)"}
    contrasts = page.evaluate("captionContrasts()")
    assert len(contrasts) > 2
    assert min(contrasts) >= 4.5


def test_no_page_is_wider_than_a_phone(page, site, visit):
    page.set_viewport_size({"width": 360, "height": 780})
    for path in sorted(site.glob("*.html")):
        visit(path.stem)
        for _ in range(4):
            page.mouse.wheel(0, 4000)
            page.wait_for_timeout(50)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path.name


def test_on_paper_there_are_words_and_figures_and_no_player(page, visit):
    visit(SECTION)
    place(page, "maypole")
    page.emulate_media(media="print")
    assert not page.locator("#maypole .stage").is_visible()
    assert not page.locator("#maypole .motions").is_visible()
    assert page.locator("#maypole .frames img").first.is_visible()
    assert page.locator("#maypole .care").first.is_visible()


# A shared lesson


@pytest.fixture
def shared():
    """A text that was shared, as plain data that may be spoiled."""
    return json.loads(
        format_shared_json("lesson", "", compile_session([exercise()], title="For Tuesday"))
    )


def pack_text(text):
    return format_shared_link(text, "").removeprefix("/shared.html")


def pack(shared):
    return pack_text(json.dumps(shared))


def test_a_shared_lesson_plays_from_its_link_and_from_its_file(page, site, visit, shared):
    page.goto(f"{site.as_uri()}/shared.html{pack(shared)}")
    page.locator("#the-page .bc-start").click()
    page.wait_for_selector("[data-status=running] .bc-card svg")
    visit("shared")
    file = {"name": "a.json", "mimeType": "", "buffer": json.dumps(shared).encode()}
    page.locator("#the-page [type=file]").set_input_files(file)
    page.get_by_text("Opened: For Tuesday").wait_for()
    page.wait_for_selector("#the-page .bc-start")
    programme = {**file, "buffer": json.dumps({**shared, "kind": "programme"}).encode()}
    page.locator("#the-page [type=file]").set_input_files(programme)
    page.get_by_text("It plays what the programme begins with").wait_for()
    page.wait_for_selector("#the-page .bc-start")


DEEP = "[" * 200_000 + "]" * 200_000
SPOILED = {
    "a tone": lambda phases: phases[0]["cues"].append({"at": 0, "tone": "constructor"}),
    "a figure": lambda phases: phases[0].update(figure={"key": "../x", "travel": "stay", "at": 0}),
    "a time": lambda phases: phases[0].update(end=1e300),
    "a text": lambda phases: phases[0].update(say={"toString": 1}),
    "a length": lambda phases: phases[0].update(words="x" * 6000),
    "no end": lambda phases: phases.extend(phases[:1] * 3000),
}


@pytest.mark.parametrize("what", [*SPOILED, "cut", "deep", "endless"])
def test_a_share_link_with_spoiled_content_shows_a_sentence_and_no_player(
    page, site, visit, shared, what
):
    if what in SPOILED:
        SPOILED[what](shared["timeline"]["phases"])
    link = {"cut": pack(shared)[:-40], "deep": pack_text(DEEP), "endless": pack_text("[" * 10**8)}
    page.goto(f"{site.as_uri()}/shared.html{link.get(what) or pack(shared)}")
    page.get_by_text("This is nothing that was shared, or not all of it.").wait_for()
    expect(page.locator(".bc-start")).to_have_count(0)
