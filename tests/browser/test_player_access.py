"""The player for everyone: by keyboard, by ear, with little sight, without motion, in a class."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from backcare_nb.custom.library import library
from backcare_nb.sessions.options import Options, Pauses
from backcare_nb.sessions.timeline import compile_session, timer_timeline
from tests.browser.stage import open_player
from tests.samples import breathe, exercise, hold, middle, short

DARK = "document.body.dataset.jpThemeLight = 'false'; document.body.style.background = '#111'"
STATES = {
    "idle": [],
    "setup": ["start", "next"],
    "hold": ["start", "next", "next", "next"],
    "paused": ["start", "next", "start"],
    "finished": ["start", *["next"] * 8],
}


@pytest.fixture
def player(show, tmp_path):
    """Opens a session in the player."""
    return lambda session: open_player(show, tmp_path, session)


def press(page, *names):
    for name in names:
        page.click(f".bc-{name}")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_no_violation(page, player, state, theme):
    page.emulate_media(color_scheme=theme)
    player(compile_session([exercise()]))
    if theme == "dark":
        page.evaluate(DARK)
    page.click(".bc-settings summary")
    page.click(".bc-all summary")
    press(page, *STATES[state])
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_digits_have_the_contrast_of_seven_to_one(page, player):
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        player(timer_timeline(1))
        ink, paper = page.evaluate(
            """() => ["color", "backgroundColor"].map((name, i) => {
                 const at = document.querySelector([".bc-digits", ".backcare-player"][i]);
                 const canvas = new OffscreenCanvas(1, 1).getContext("2d");
                 canvas.fillStyle = getComputedStyle(at)[name];
                 canvas.fillRect(0, 0, 1, 1);
                 const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((x) => x / 255)
                   .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
                 return 0.2126 * r + 0.7152 * g + 0.0722 * b;
               })"""
        )
        assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) >= 7


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_where_colours_are_forced_no_digit_covers_the_title(page, player, theme):
    page.emulate_media(forced_colors="active", color_scheme=theme)
    player(compile_session([exercise()]))
    press(page, "start", "next", "next")  # held, which is dimmer where colours are free
    adjusted, colour, ink = page.evaluate(
        """() => { const digits = getComputedStyle(document.querySelector(".bc-digits"));
             const title = getComputedStyle(document.querySelector(".bc-title"));
             return [digits.forcedColorAdjust, digits.color, title.color]; }"""
    )
    assert adjusted == "none"  # a ground behind the digits would lie over the line above them
    assert colour == ink


@pytest.mark.parametrize("width", [360, 1280])
def test_every_control_can_be_hit_with_a_thumb(page, player, width):
    page.set_viewport_size({"width": width, "height": 900})
    player(short())
    page.click(".bc-settings summary")
    sizes = page.evaluate(
        """() => [...document.querySelectorAll("button, summary, select, input")]
             .filter((e) => e.checkVisibility())
             .map((e) => [e.className || e.name, e.closest("label") ?? e]
               .map((x, i) => i ? x.getBoundingClientRect() : x))
             .filter(([, box]) => box.width < 44 || box.height < 44).map(([name]) => name)"""
    )
    assert sizes == []


def test_nothing_is_cut_off_on_a_narrow_phone(page, player):
    page.set_viewport_size({"width": 360, "height": 780})
    player(compile_session([exercise()]))
    page.click(".bc-settings summary")
    press(page, "start", "next")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("session", [timer_timeline(180), compile_session([exercise()] * 12)])
def test_digits_stay_within_the_player_however_narrow_it_is_and_enlarged(player, session):
    page = player(session)
    over = page.evaluate(
        """() => [120, 200, 280, 400, 680, 800].flatMap((width) => [1, 2].map((zoom) => {
             document.querySelector("main").style.cssText = `width: ${width}px; zoom: ${zoom}`;
             const digits = document.createRange();
             digits.selectNodeContents(document.querySelector(".bc-digits"));
             const place = document.querySelector(".bc-bar").getBoundingClientRect();
             return digits.getBoundingClientRect().right - place.right; }))"""
    )
    assert len(over) == 12
    assert max(over) <= 0


def test_it_is_usable_by_keyboard_alone(player):
    page = player(short())
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_selector("[data-status=running]")
    page.keyboard.press("n")
    assert page.inner_text(".bc-title") == "Knee rolls"
    page.keyboard.press("ArrowRight")
    assert page.inner_text(".bc-title") == "Knees to the left"
    page.keyboard.press("ArrowLeft")
    assert page.inner_text(".bc-title") == "Knee rolls"
    page.keyboard.press("Space")
    page.wait_for_selector("[data-status=paused]")


def test_tab_reaches_every_control_in_the_order_in_which_it_is_seen(player):
    page = player(short())
    press(page, "start")
    page.evaluate("document.activeElement.blur(); getSelection().removeAllRanges()")
    page.focus(".backcare-player")
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.className || 'summary'"))
    assert reached == [
        *("bc-class", "bc-back", "bc-start", "bc-next", "bc-longer", "bc-again", "bc-stop"),
        *("summary", "summary"),
    ]


def test_a_button_with_the_focus_answers_to_space_once(player):
    page = player(short())
    page.focus(".bc-start")
    page.keyboard.press("Space")
    page.wait_for_selector("[data-status=running]")


def test_no_key_reaches_the_page_but_those_with_a_modifier(player):
    page = player(short())
    page.evaluate(
        """() => { window.heard = [];
             document.addEventListener("keydown", (event) => heard.push(event.key)); }"""
    )
    for place in (".backcare-player", ".bc-start", ".bc-settings summary"):
        page.focus(place)
        for key in ("d", "d", "a", "b", "x", "Shift+M", "ArrowUp", "Enter", "Escape", "Backspace"):
            page.keyboard.press(key)
    assert page.evaluate("heard") == []
    page.keyboard.press("Control+s")
    assert page.evaluate("heard") == ["Control", "s"]


@pytest.mark.parametrize("button", ["stop", "resume"])
def test_no_key_reaches_the_page_after_a_button_that_then_has_nothing_to_do(player, button):
    page = player(short())
    press(page, "start", *(["stop"] if button == "resume" else []))
    page.evaluate(
        """() => { window.heard = [];
             document.addEventListener("keydown", (event) => heard.push(event.key)); }"""
    )
    page.focus(f".bc-{button}")
    page.keyboard.press("Space")
    page.wait_for_timeout(100)  # a frame or two: when the focus is taken from what cannot have it
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.evaluate("heard") == []
    assert page.evaluate("document.activeElement.className") == "bc-start"


def test_a_screen_reader_hears_each_step_once_and_not_each_second(player):
    page = player(short())
    page.evaluate(
        """() => { window.said = [];
             new MutationObserver(() => said.push(document.querySelector(".bc-status").textContent))
               .observe(document.querySelector(".bc-status"), { childList: true }); }"""
    )
    press(page, "start")
    page.wait_for_timeout(1500)
    press(page, "next")
    page.wait_for_timeout(300)
    said = page.evaluate("said")
    assert said[:2] == [
        "Get ready. 2 seconds.",
        "Get into position, left side: Knee rolls. 7 seconds.",
    ]
    assert len(said) == len(set(said))


def test_the_time_is_a_timer_that_does_not_speak_by_itself(player):
    page = player(timer_timeline(1))
    digits = page.get_by_role("timer")
    assert digits.inner_text() == "1:00"
    assert digits.get_attribute("aria-live") is None


def test_the_figure_is_described(player):
    page = player(short())
    assert page.get_by_role("img", name="A figure of knees_together.left").is_visible()


def test_the_whole_session_can_be_read(player):
    session = compile_session([exercise(), middle(breathe())])
    page = player(session)
    page.click(".bc-all summary")
    page.wait_for_selector(".bc-list li")
    lines = page.locator(".bc-list li").all_inner_texts()
    assert len(lines) == len(session.phases)
    assert lines[3].startswith("0:28 Hold, left side: Knees to the left. 30 seconds.")
    press(page, "start", "next")
    current = page.locator(".bc-list [aria-current=step]")
    assert current.all_inner_texts() == lines[1:2]


def test_with_reduced_motion_the_figure_stands_and_a_bar_shows_the_breath(page, player):
    page.emulate_media(reduced_motion="reduce")
    player(compile_session([middle(breathe())]))
    press(page, "start", "next", "next", "next")
    path = page.locator('.bc-card [data-p="0"]')
    seen = {path.get_attribute("d")}
    for _ in range(10):
        page.wait_for_timeout(60)
        seen.add(path.get_attribute("d"))
    assert len(seen) == 1
    assert page.inner_text(".bc-pace") == "Breathe in"
    box = page.locator(".bc-swell").bounding_box()
    assert box["width"] > 4 * box["height"]


# Where things stand

LONG = exercise(
    setup="Lie on your back with your knees bent and your feet flat. " * 4,
    cautions=[{"whom": "osteoporosis", "what": "Keep it small, and stop early. " * 4}] * 4,
)
TALL = "document.querySelector('main').insertAdjacentHTML('afterbegin', '<p style=height:600px>')"


def top(page, name):
    return page.locator(f".bc-{name}").first.bounding_box()["y"]


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_no_key_moves_when_a_step_begins(page, player, size):
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    player(compile_session([LONG]))
    press(page, "start")
    page.wait_for_timeout(1000)  # it comes into view
    seen = set()
    while page.is_enabled(".bc-next"):
        seen.add(tuple(top(page, name) for name in ("start", "next", "stop")))
        press(page, "next")
    assert len(seen) == 1
    assert all(0 <= y < size[1] - 44 for y in seen.pop())


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_start_brings_the_digits_and_the_words_into_view(page, player, motion):
    page.emulate_media(reduced_motion=motion)
    page.set_viewport_size({"width": 390, "height": 844})
    player(short())
    page.evaluate(TALL)
    page.locator(".bc-start").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('.bc-start').click()")
    if motion == "reduce":  # at once
        assert top(page, "session") < 60
    page.wait_for_function("document.querySelector('.bc-session').getBoundingClientRect().y < 60")
    page.evaluate("document.querySelector('.bc-next').click()")  # a real one scrolls, too
    words = page.locator(".bc-words").bounding_box()
    assert words["y"] + words["height"] <= 844


def test_start_leaves_a_player_where_it_is_when_all_of_it_is_seen(player):
    page = player(short())
    page.evaluate("document.body.style.paddingBottom = '2000px'")
    press(page, "start")
    page.wait_for_timeout(500)
    assert page.evaluate("scrollY") == 0


def test_on_a_phone_pause_stays_in_sight_below_long_words(page, player):
    page.set_viewport_size({"width": 390, "height": 844})
    player(compile_session([LONG]))
    press(page, "start", "next")
    page.evaluate("document.querySelector('.bc-times').scrollIntoView({ block: 'end' })")
    for name in ("start", "next"):
        assert 0 <= top(page, name) < 844 - 44
    assert top(page, "stop") < 0


def test_a_narrow_player_shows_the_digits_then_the_figure_then_the_words(page, player):
    page.set_viewport_size({"width": 390, "height": 844})
    player(short())
    press(page, "start", "next")
    assert top(page, "digits") < top(page, "card") < top(page, "words")


def test_an_exercise_says_nothing_twice_in_the_list_of_steps(player):
    session = compile_session([exercise(rounds={"default": 3, "min": 1, "max": 3})])
    page = player(session)
    page.click(".bc-all summary")
    page.wait_for_selector(".bc-list li")
    words = [text for text in page.locator(".bc-list span").all_inner_texts() if text]
    assert sum("knees sink to the left" in text for text in words) == 1
    assert sum("knees sink to the right" in text for text in words) == 1


# A class


def test_cautions_are_read_from_the_back_of_the_room(page, player):
    page.set_viewport_size({"width": 1920, "height": 1080})
    player(compile_session([exercise()]))
    press(page, "class", "start", "next")
    size = "parseFloat(getComputedStyle(document.querySelector('.bc-cautions')).fontSize)"
    assert page.evaluate(size) >= 28
    assert page.inner_text(".bc-care").startswith("Take care")


OVER = "(() => { const r = document.querySelector('.backcare-player');"
OVER += "return r.scrollHeight - r.clientHeight; })()"
SIZE = "(name) => parseFloat(getComputedStyle(document.querySelector(name)).fontSize)"


@pytest.mark.parametrize("taught", library().exercises, ids=lambda taught: taught.id)
def test_no_step_of_a_class_scrolls_on_a_small_projector(page, player, taught):
    page.set_viewport_size({"width": 1024, "height": 768})
    safety = library().safety
    ways = {"rise": library().rise, "conditions": safety.conditions, "ways": safety.ways}
    session = compile_session([taught], **ways)
    player(session)
    press(page, "class", "start")
    for phase in session.phases[1:]:
        press(page, "next")
        if page.get_attribute(".backcare-player", "data-status") == "held":
            assert page.evaluate(OVER) == 0, phase.title
            press(page, "start")
        assert page.evaluate(OVER) == 0, phase.title


# What is cut off, reaches beyond the screen, or covers something else. Where all of it is too high
# for the screen it scrolls, and keys may then stand over what scrolls below them.
AMISS = """async () => {
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);  // the type has given way
  const root = document.querySelector(".backcare-player");
  const seen = (names) => [...root.querySelectorAll(names)].filter((e) => e.checkVisibility());
  const keys = seen("button");
  const words = seen(`.bc-session, .bc-place, .bc-kind, .bc-title, .bc-digits, .bc-words, .bc-care,
    .bc-bar, .bc-note:not(:empty), .bc-card, .bc-next-words:not(:empty)`);
  const box = (e) => e.getBoundingClientRect();
  const over = (a, b) => [["left", "right"], ["top", "bottom"]].every(
    ([from, to]) => Math.min(box(a)[to], box(b)[to]) - Math.max(box(a)[from], box(b)[from]) > 1);
  const found = [];
  if (root.scrollWidth > root.clientWidth) found.push("scrolls sideways");
  for (const e of [...keys, ...words]) {
    if (box(e).left < 0 || box(e).right > innerWidth + 0.5) found.push(`${e.className} beyond`);
    if (getComputedStyle(e).display !== "inline" && e.scrollWidth > e.clientWidth + 1) {
      found.push(`${e.className} cut off`);
    }
  }
  if (innerWidth >= 680) {
    for (const e of keys) if (box(e).bottom > innerHeight + 0.5) found.push(`${e.className} below`);
  }
  if (root.scrollHeight <= root.clientHeight) {
    [...keys, ...words].forEach((a, i, all) => all.slice(i + 1).forEach((b) => {
      if (over(a, b)) found.push(`${a.className} over ${b.className}`);
    }));
  }
  return found;
}"""
LOWEST = (180, 300, 360, 384, 540, 600, 768, 1080)  # four heights, and what is left of them at 200%
SIZES = [
    (width, height)
    for row, height in enumerate(LOWEST)
    for width in range(160 + row % 5 * 40, 1921, 200)
]


def test_of_a_class_nothing_is_cut_off_or_covered_on_any_screen_however_enlarged(page, player):
    slow = Pauses(ready=600, settle=600, moving=600, change=600, rest=600)
    holding = hold(seconds={"default": 600, "min": 5, "max": 600})
    player(compile_session([exercise(steps=(holding,))], Options(pauses=slow)))
    press(page, "class")
    states = {"idle": [], "setup": ["start", "next"], "held": ["next"], "running": ["start"]}
    states |= {"paused": ["start"], "offered": ["stop"], "ended": ["start"]}
    amiss = {}
    for state, names in states.items():
        press(page, *names)
        assert page.is_visible(".bc-resume") == (state == "offered")
        while state == "ended" and page.is_enabled(".bc-next"):
            press(page, "next")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            if found := page.evaluate(AMISS):
                amiss[state, width, height] = found
        page.set_viewport_size({"width": 1280, "height": 900})
    assert amiss == {}


def test_type_gives_way_to_a_long_step_alone_and_follows_the_screen(page, player):
    page.set_viewport_size({"width": 1024, "height": 768})
    session = compile_session([exercise(cautions=LONG.cautions * 2)])
    player(session)
    press(page, "class", "start", "next")
    least = page.evaluate(SIZE, ".bc-cautions")
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.wait_for_function(f"(least) => ({SIZE})('.bc-cautions') > least", arg=least)
    press(page, "next")
    assert page.evaluate(SIZE, ".bc-words") == 29


def test_what_comes_next_is_told_in_words_where_there_is_no_room_for_its_picture(page, player):
    page.set_viewport_size({"width": 1024, "height": 768})
    player(compile_session([exercise()]))
    press(page, "class", "start", "next", "next")
    assert not page.is_visible(".bc-next-card")
    assert page.locator(".bc-next-words").bounding_box()["width"] > 150
    page.set_viewport_size({"width": 1600, "height": 900})
    assert page.is_visible(".bc-next-card")


def test_the_keys_of_a_class_stay_on_a_screen_that_is_too_low(page, player):
    page.set_viewport_size({"width": 1024, "height": 500})
    player(compile_session([LONG]))
    press(page, "class", "start", "next")
    assert page.evaluate(OVER) > 0
    for name in ("start", "next", "stop"):
        assert 0 < top(page, name) <= 500 - 44


def test_class_mode_leaves_the_wish_to_be_waited_for_as_it_was(player):
    page = player(short())
    page.click(".bc-settings summary")
    page.check("[name=steps]")
    press(page, "class", "class")
    assert page.is_checked("[name=steps]")
    page.uncheck("[name=steps]")
    press(page, "class", "class")
    assert not page.is_checked("[name=steps]")


def test_on_a_phone_a_class_sees_all_that_one_person_does(page, player):
    page.set_viewport_size({"width": 390, "height": 844})
    player(compile_session([LONG]))
    press(page, "class", "start", "next")
    box = page.locator(".backcare-player").bounding_box()
    assert (box["width"], box["height"]) == (390, 844)
    page.evaluate("document.querySelector('.bc-next-up').scrollIntoView({ block: 'end' })")
    assert top(page, "start") < top(page, "next-words") < 844
    sideways = "(() => { const r = document.querySelector('.backcare-player');"
    assert page.evaluate(sideways + "return r.scrollWidth <= r.clientWidth; })()")


def test_in_class_mode_digits_fill_a_fifth_of_the_height(page, player):
    for width, height in ((1280, 720), (1920, 1080), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        player(compile_session([exercise()]))
        press(page, "class", "start")
        share = page.evaluate(
            """() => { const style = getComputedStyle(document.querySelector(".bc-digits"));
                 const canvas = new OffscreenCanvas(1, 1).getContext("2d");
                 canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
                 return canvas.measureText("0").actualBoundingBoxAscent / innerHeight; }"""
        )
        assert share >= 0.2
        assert page.evaluate(
            "() => { const r = document.querySelector('.backcare-player');"
            "return r.scrollHeight <= r.clientHeight && r.scrollWidth <= r.clientWidth; }"
        )


def test_class_mode_takes_the_whole_screen_and_gives_it_back(player):
    page = player(short())
    press(page, "class")
    page.wait_for_function("document.fullscreenElement?.className.includes('backcare-player')")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.fullscreenElement")
    assert page.inner_text(".bc-class") == "Class mode"


def test_a_player_for_a_class_fills_the_screen_on_its_first_start_and_not_on_going_on(player):
    page = player(short())
    page.evaluate("window.add({ in_class: true })")
    root = page.locator(".backcare-player").nth(1)
    root.locator(".bc-start").click()
    page.wait_for_function("document.fullscreenElement?.className.includes('backcare-player')")
    assert root.get_attribute("data-status") == "running"
    page.keyboard.press("Escape")
    page.wait_for_function("!document.fullscreenElement")
    for status in ("paused", "running"):
        root.locator(".bc-start").click()
        assert root.get_attribute("data-status") == status
    assert page.evaluate("document.fullscreenElement") is None


@pytest.mark.parametrize("answer", ["() => Promise.reject(new Error())", "undefined"])
def test_where_there_is_no_full_screen_class_mode_takes_the_whole_page(page, player, answer):
    page.add_init_script(f"Element.prototype.requestFullscreen = {answer}")
    player(short())
    page.evaluate("document.querySelector('main').style.transform = 'scale(0.5)'")
    press(page, "class")
    box = page.locator(".backcare-player").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1280, 900)
    press(page, "class")
    assert page.locator(".backcare-player").bounding_box()["width"] < 1280


def test_a_class_waits_before_an_exercise_until_the_teacher_goes_on(player):
    page = player(short(steps=(hold(seconds={"default": 2, "min": 1, "max": 9}),)))
    press(page, "class", "start")
    page.keyboard.press("n")
    page.keyboard.press("n")
    page.wait_for_selector("[data-status=held]")
    page.wait_for_timeout(300)
    assert page.inner_text(".bc-title") == "Knees to the left"
    page.keyboard.press("Space")
    page.wait_for_selector("[data-status=running]")
    page.keyboard.press("b")
    page.wait_for_selector("[data-status=held]")


def test_a_class_is_not_kept_waiting_in_the_midst_of_an_exercise(player):
    page = player(short())
    press(page, "class", "start")
    page.keyboard.press("n")
    page.keyboard.press("n")
    page.wait_for_selector("[data-status=held]")
    page.keyboard.press("Space")
    for _ in range(4):
        page.keyboard.press("n")
        page.wait_for_selector("[data-status=running]")
    assert page.inner_text(".bc-title") == "Knees to the right"


def test_the_next_posture_is_shown_small(player):
    page = player(short())
    press(page, "class", "start")
    big = page.locator(".bc-card").bounding_box()
    small = page.locator(".bc-next-card").bounding_box()
    assert 0 < small["height"] < big["height"] / 3
