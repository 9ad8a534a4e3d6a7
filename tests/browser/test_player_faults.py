"""What goes wrong around a session, and what the player promises then."""

import pytest

from backcare_nb.sessions.timeline import compile_session, timer_timeline
from tests.browser.cells import results
from tests.browser.stage import open_player, wait_until_left
from tests.samples import exercise

HOSTILE = "<img src=x onerror='window.harmed=1'><script>window.harmed=1</script>${window.harmed=1}"


@pytest.fixture
def player(show, tmp_path):
    """Opens a session in the player."""
    return lambda session, **options: open_player(show, tmp_path, session, **options)


def text(page, name):
    return page.inner_text(f".bc-{name}")


def press(page, name):
    page.click(f".bc-{name}")


def wait_for(page, name, words):
    page.wait_for_function(
        "([name, words]) => document.querySelector('.bc-' + name).textContent.includes(words)",
        arg=[name, words],
    )


def status(page, index=0):
    return page.locator(".backcare-player").nth(index).get_attribute("data-status")


# The page


def test_after_a_reload_it_offers_to_go_on_and_does_not_start(player):
    page = player(timer_timeline(1))
    press(page, "start")
    wait_until_left(page, 57)
    page.reload()
    page.wait_for_selector(".bc-resume:visible", timeout=1000)
    assert status(page) == "idle"
    assert text(page, "resume").startswith("Continue from 0:0")
    press(page, "resume")
    wait_until_left(page, 56)


def test_fifteen_seconds_more_outlive_a_reload(player):
    page = player(timer_timeline(1))
    press(page, "start")
    press(page, "longer")
    wait_until_left(page, 73)
    page.reload()
    press(page, "resume")
    wait_until_left(page, 72)


def test_a_place_older_than_a_day_is_forgotten(page, player):
    player(timer_timeline(1))
    press(page, "start")
    wait_until_left(page, 58)
    page.add_init_script("Date.now = ((now) => () => now() + 25 * 3600e3)(Date.now.bind(Date))")
    page.reload()
    page.wait_for_function("window.ready")
    assert not page.is_visible(".bc-resume")
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.includes('place:'))") == []


def test_a_place_that_cannot_be_read_is_no_reason_to_fail(page, player):
    page.add_init_script("Storage.prototype.getItem = () => '{broken'")
    player(timer_timeline(1))
    assert not page.is_visible(".bc-resume")
    press(page, "start")
    wait_until_left(page, 59)


def test_in_a_hidden_tab_the_session_goes_on_to_its_end(player):
    page = player(timer_timeline(minutes=0, seconds=3))
    press(page, "start")
    page.evaluate(
        """() => { // a hidden tab draws no frames and slows the page's own timers
             Object.defineProperty(document, "hidden", { value: true });
             window.requestAnimationFrame = () => 1;
             window.setTimeout = window.setInterval = () => 1;
             document.dispatchEvent(new Event("visibilitychange"));
           }"""
    )
    page.wait_for_selector(".backcare-player[data-status=done]", timeout=5000)
    assert len(page.evaluate("model.messages")) == 1


def test_without_a_worker_the_page_itself_keeps_time(page, player):
    page.add_init_script("window.Worker = class { constructor() { throw new Error('no') } }")
    player(timer_timeline(minutes=0, seconds=2))
    press(page, "start")
    page.wait_for_selector(".backcare-player[data-status=done]", timeout=5000)


def test_without_a_worker_that_was_refused_late_too(page, player):
    page.add_init_script(
        """window.Worker = class {
             constructor() { setTimeout(() => this.onerror(new Event("error"))) }
             terminate() {} };
           window.requestAnimationFrame = () => 1; // nor does a frame wake it
           window.setTimeout = ((real) => (f, ms) => ms > 1000 ? 0 : real(f, ms))(setTimeout);"""
    )
    player(timer_timeline(minutes=0, seconds=2))
    press(page, "start")
    page.wait_for_selector(".backcare-player[data-status=done]", timeout=5000)


def test_after_the_computer_slept_it_is_paused_where_it_was(player):
    page = player(timer_timeline(1))
    press(page, "start")
    wait_until_left(page, 57)
    page.evaluate("Date.now = ((now) => () => now() + 600e3)(Date.now.bind(Date))")
    page.wait_for_selector(".backcare-player[data-status=paused]")
    assert text(page, "note") == "The computer slept for 10 minutes. Paused where you were."
    assert text(page, "digits") in ("0:57", "0:56")


def test_a_page_that_blocks_for_seconds_is_not_taken_for_sleep(player):
    page = player(timer_timeline(1))
    press(page, "start")
    wait_until_left(page, 58)
    page.evaluate(
        "() => { const end = performance.now() + 4000; while (performance.now() < end); }"
    )
    wait_until_left(page, 53)
    assert status(page) == "running"


# What the browser refuses


def test_where_storage_is_refused_it_plays_and_says_so(page, player):
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })"
    )
    player(timer_timeline(minutes=0, seconds=1))
    press(page, "start")
    page.wait_for_selector(".backcare-player[data-status=done]")
    page.click(".bc-settings summary")
    assert "Place: This browser remembers nothing" in text(page, "abilities")
    page.wait_for_function("model.messages.length")
    assert len(page.evaluate("model.messages")) == 1


def test_where_audio_is_refused_it_plays_and_says_so(page, player):
    page.add_init_script("window.AudioContext = class { constructor() { throw new Error('no') } }")
    player(timer_timeline(minutes=0, seconds=1))
    press(page, "start")
    page.wait_for_selector(".backcare-player[data-status=done]")
    page.click(".bc-settings summary")
    assert "Tones: This browser makes no sound" in text(page, "abilities")


def test_the_sound_test_takes_no_tone_from_a_session_that_runs(player):
    page = player(timer_timeline(1))
    page.click(".bc-settings summary")
    assert page.is_enabled(".bc-test")
    press(page, "start")
    assert page.is_disabled(".bc-test")
    press(page, "start")
    assert page.is_enabled(".bc-test")


# More than one


def test_two_views_of_one_player_show_one_session(player):
    page = player(timer_timeline(1))
    page.evaluate("add({}, 2)")
    page.locator(".bc-start").nth(1).click()
    wait_until_left(page, 58, 2)
    assert [status(page, i) for i in range(3)] == ["idle", "running", "running"]
    page.locator(".bc-start").nth(2).click()
    assert [status(page, i) for i in range(3)] == ["idle", "paused", "paused"]


def test_a_view_that_is_taken_away_leaves_the_other_playing(player):
    page = player(timer_timeline(1))
    page.evaluate("async () => { window.two = await add({}, 2); }")
    page.locator(".bc-start").nth(1).click()
    page.evaluate("two.leave[0]()")
    page.wait_for_timeout(1300)
    assert status(page, 2) == "running"


def test_when_the_last_view_is_taken_away_nothing_goes_on_sounding(player):
    page = player(timer_timeline(1))
    press(page, "start")
    page.evaluate("first.leave[0]()")
    page.wait_for_timeout(1300)
    place = page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('backcare:place'))")
    saved = page.evaluate("(k) => JSON.parse(localStorage[k]).position", place[0])
    page.wait_for_timeout(1300)
    assert page.evaluate("(k) => JSON.parse(localStorage[k]).position", place[0]) == saved


def test_of_twenty_players_on_a_page_one_sounds(player):
    page = player(timer_timeline(1))
    page.evaluate("async () => { for (let i = 0; i < 19; i++) await add({ key: `k${i}` }); }")
    for index in (0, 7, 19):
        page.locator(".bc-start").nth(index).click()
        page.wait_for_function(
            "() => document.querySelectorAll('[data-status=running]').length === 1"
        )
        assert status(page, index) == "running"
    assert page.locator(".bc-note").nth(7).inner_text() == "Paused: another player has started."


def test_of_two_tabs_one_sounds(player):
    page = player(timer_timeline(1))
    press(page, "start")
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_function("window.ready")
    other.click(".bc-start")
    page.wait_for_selector(".backcare-player[data-status=paused]")
    assert status(other) == "running"


# The result


def test_a_result_that_no_kernel_took_is_kept_and_handed_over_once(player):
    page = player(timer_timeline(minutes=0, seconds=1))
    press(page, "start")
    page.wait_for_selector(".backcare-player[data-status=done]")
    page.reload()  # the kernel was gone: nothing was acknowledged
    page.wait_for_function("window.ready")
    page.wait_for_function("model.messages.length")
    (message,) = page.evaluate("model.messages")
    (result,) = message["results"]
    page.evaluate("(mark) => model.receive({ received: [mark] })", result["id"] + result["ended"])
    page.reload()
    page.wait_for_function("window.ready")
    assert page.evaluate("model.messages") == []


def test_results_of_two_tabs_are_kept_side_by_side(player):
    page = player(timer_timeline(minutes=0, seconds=9))
    page.evaluate("add({ key: 'other' })")
    for index in (0, 1):
        page.locator(".bc-start").nth(index).click()
        page.locator(".bc-stop").nth(index).click()
    first, second = results(page)
    assert first["id"] != second["id"]
    page.evaluate("(mark) => model.receive({ received: [mark] })", second["id"] + second["ended"])
    assert results(page) == [first]


def test_of_more_than_two_hundred_results_the_latest_are_kept(page, player):
    page.add_init_script(
        """for (let n = 100; n < 300; n++) localStorage[`backcare:result:${n}`] ??=
             JSON.stringify({ id: `${n}`, ended: `2020-01-01T00:00:00.${n}Z` })"""
    )
    player(timer_timeline(1))
    press(page, "start")
    press(page, "stop")
    kept = {result["id"] for result in results(page)}
    assert len(kept) == 200
    assert "100" not in kept
    assert "101" in kept


def test_a_page_with_no_kernel_keeps_no_result_and_takes_none_from_others(player):
    page = player(timer_timeline(1))
    press(page, "start")
    press(page, "stop")
    (waiting,) = results(page)
    page.evaluate("async () => { window.alone = await add({ results: null }); }")
    page.locator(".bc-start").nth(1).click()
    page.locator(".bc-stop").nth(1).click()
    assert results(page) == [waiting]
    assert page.evaluate("alone.model.messages") == []


def test_a_session_that_is_stopped_and_continued_stays_one_result(player):
    page = player(timer_timeline(minutes=0, seconds=2))
    press(page, "start")
    page.wait_for_timeout(500)
    press(page, "stop")
    press(page, "resume")
    page.wait_for_selector(".backcare-player[data-status=done]")
    page.wait_for_function("model.messages.length")
    results = page.evaluate("model.messages.at(-1).results")
    assert [result["finished"] for result in results] == [True]


# Words that mean harm


def test_no_word_of_the_data_can_become_markup(player):
    words = HOSTILE.replace("{", "(").replace("}", ")")
    hostile = exercise(
        title=words[:120],
        setup=words,
        stop=words,
        cautions=({"whom": "osteoporosis", "what": words},),
    )
    session = compile_session([hostile], title=HOSTILE, conditions={"osteoporosis": words})
    page = player(session)
    page.click(".bc-all summary")
    press(page, "start")
    press(page, "next")
    page.wait_for_timeout(300)
    assert page.evaluate("window.harmed") is None
    assert page.locator(".backcare-player :is(img, script)").count() == 0
    assert words in text(page, "words")
