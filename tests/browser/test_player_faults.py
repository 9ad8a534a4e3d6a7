"""What goes wrong around a session, and what the player promises then."""

import pytest

from backcare_nb.sessions.timeline import compile_session, timer_timeline
from tests.browser.cells import results
from tests.browser.stage import Player
from tests.samples import exercise

HOSTILE = "<img src=x onerror='window.harmed=1'><script>window.harmed=1</script>${window.harmed=1}"
STORED = "Object.keys(localStorage).filter((key) => key.includes('place:'))"
RUNNING = "() => document.querySelectorAll('[data-status=running]').length === 1"


# The page


def test_after_a_reload_the_player_offers_to_go_on_and_does_not_start(player):
    it = player(timer_timeline(1))
    it.press("start", "longer")
    it.wait_until_left(73)
    it.page.reload()
    it.wait_for_text("resume", "Continue from 0:0")
    assert it.status == "idle"
    it.press("resume")
    it.wait_until_left(72)  # with the fifteen seconds more


def test_a_saved_position_in_a_session_is_forgotten_after_a_day(player):
    it = player(timer_timeline(1))
    it.press("start")
    it.wait_until_left(59)
    it.page.add_init_script("Date.now = ((now) => () => now() + 25 * 3600e3)(Date.now.bind(Date))")
    it.reload()
    assert not it.is_visible("resume")
    assert it.evaluate(STORED) == []


def test_a_session_that_has_changed_since_it_was_left_begins_anew(player):
    it = player(timer_timeline(1))
    it.press("start")
    it.wait_until_left(59)
    it.reload()
    it.load(timer_timeline(2))
    assert (it.is_visible("resume"), it.text("start")) == (False, "Start")


CHOICE = {
    "memory_key": "knee_rolls",
    "chosen": {},
    "option_fields": [
        {
            "name": "version",
            "words": "Version",
            "value": "easier",
            "choices": [["Easier", "easier"]],
        },
        {"name": "seconds", "words": "Seconds", "value": 30, "min": 5, "max": 60},
        {
            "name": "place",
            "words": "Where you lie",
            "value": "floor",
            "choices": [["On the floor", "floor"], ["On a bed", "bed"]],
        },
    ],
}


def chosen(it):
    """Open a player with amounts to choose, and return what it sends as chosen."""
    it.evaluate("(choice) => add(choice)", CHOICE)
    return it.evaluate("model.messages.map(({ chosen }) => chosen)")


def test_chosen_amounts_are_remembered_for_a_day_and_the_chosen_version_and_bed_without_limit(
    player,
):
    it = player(timer_timeline(1))
    assert chosen(it) == []
    other = it.nth(1)
    other.press("open")
    other.root.locator("[name=place]").select_option("bed")
    other.root.locator("[name=seconds]").fill("20")
    other.root.locator("[name=seconds]").press("Enter")
    *_, before = it.evaluate("model.messages.map(({ chosen }) => chosen)")
    assert (before["version"], before["place"], before["seconds"]) == ("easier", "bed", 20)
    it.reload()
    assert chosen(it) == [before]
    it.page.add_init_script("Date.now = ((now) => () => now() + 25 * 3600e3)(Date.now.bind(Date))")
    it.reload()
    del before["seconds"]
    assert chosen(it) == [before]


def test_a_saved_position_that_cannot_be_read_is_ignored(player):
    it = player(timer_timeline(1), "Storage.prototype.getItem = () => '{broken'")
    assert not it.is_visible("resume")
    it.press("start")
    it.wait_until_left(59)


def test_in_a_hidden_tab_the_session_goes_on_to_its_end(player):
    it = player(timer_timeline(minutes=0, seconds=2))
    it.press("start")
    it.evaluate(
        """() => { // a hidden tab draws no frames and slows the page's own timers
             Object.defineProperty(document, "hidden", { value: true });
             window.requestAnimationFrame = () => 1;
             window.setTimeout = window.setInterval = () => 1;
             document.dispatchEvent(new Event("visibilitychange"));
           }"""
    )
    it.wait_for("done")
    assert len(it.sent()) == 1


@pytest.mark.parametrize(
    "worker",
    [
        "constructor() { throw new Error('no') }",
        "constructor() { setTimeout(() => this.onerror(new Event('error'))) } terminate() {}",
    ],
    ids=["refused", "refused late"],
)
def test_without_a_worker_the_page_itself_keeps_time(player, worker):
    script = f"window.Worker = class {{ {worker} }}; window.requestAnimationFrame = () => 1;"
    slow = "window.setTimeout = ((real) => (f, ms) => ms > 500 ? 0 : real(f, ms))(setTimeout);"
    it = player(
        timer_timeline(minutes=0, seconds=1), script + slow
    )  # nor does a frame or an alarm wake it
    it.press("start")
    it.wait_for("done")


def test_a_page_that_blocks_for_seconds_is_not_taken_for_sleep(player):
    it = player(timer_timeline(1))
    it.press("start")
    it.wait_until_left(59)
    it.evaluate("() => { const end = performance.now() + 3500; while (performance.now() < end); }")
    it.wait_until_left(55)
    assert it.status == "running"


# What the browser refuses


def test_without_storage_or_audio_a_session_plays_and_the_menu_says_what_is_missing(player):
    it = player(
        timer_timeline(minutes=0, seconds=1),
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } });"
        "window.AudioContext = class { constructor() { throw new Error('no') } };",
    )
    it.press("start")
    it.wait_for("done")
    it.press("open")
    assert "Place: This browser remembers nothing" in it.text("abilities")
    assert "Tones: This browser makes no sound" in it.text("abilities")
    assert len(it.sent()) == 1


# More than one


def test_two_views_of_one_player_show_one_session_that_plays_on_until_both_views_are_gone(player):
    it = player(timer_timeline(1))
    it.evaluate("async () => { window.two = await add({}, 2); }")
    _, one, two = views = [it.nth(index) for index in range(3)]
    one.press("start")
    two.wait_until_left(59)
    assert [view.status for view in views] == ["idle", "running", "running"]
    two.press("start")
    assert [view.status for view in views] == ["idle", "paused", "paused"]
    one.press("start")
    it.evaluate("two.leave[0]()")
    it.page.wait_for_timeout(1300)
    assert two.status == "running"
    it.evaluate("two.leave[1]()")  # once the last has gone, nothing goes on sounding
    it.page.wait_for_timeout(1300)
    position = "JSON.parse(localStorage[Object.keys(localStorage).find((k) => "
    position += "k.startsWith('backcare:place'))]).position"
    saved = it.evaluate(position)
    it.page.wait_for_timeout(1100)
    assert it.evaluate(position) == saved


def test_of_twenty_players_on_a_page_one_sounds(player):
    it = player(timer_timeline(1))
    it.evaluate("async () => { for (let i = 0; i < 19; i++) await add({ key: `k${i}` }); }")
    for index in (0, 7, 19):
        it.nth(index).press("start")
        it.page.wait_for_function(RUNNING)
        assert it.nth(index).status == "running"
    assert it.nth(7).text("note") == "Paused: another player has started."


def test_of_two_tabs_one_sounds(player):
    it = player(timer_timeline(1))
    it.press("start")
    other = Player(it.page.context.new_page())
    other.page.goto(it.page.url)
    other.page.wait_for_function("window.ready")
    other.press("start")
    it.wait_for("paused")
    assert other.status == "running"


# The result


def test_a_result_that_no_kernel_took_is_kept_and_handed_over_once(player):
    it = player(timer_timeline(minutes=0, seconds=1))
    it.press("start")
    it.wait_for("done")
    it.reload()  # the kernel was gone: nothing was acknowledged
    (message,) = it.sent()
    (result,) = message["results"]
    it.receive(received=[result["id"] + result["ended"]])
    it.reload()
    assert it.evaluate("model.messages") == []


def test_results_of_two_tabs_are_kept_side_by_side(player):
    it = player(timer_timeline(minutes=0, seconds=9))
    it.evaluate("add({ key: 'other' })")
    for index in (0, 1):
        it.nth(index).press("start", "stop")
    first, second = results(it.page)
    assert first["id"] != second["id"]
    it.receive(received=[second["id"] + second["ended"]])
    assert results(it.page) == [first]


def test_of_more_than_two_hundred_results_the_latest_are_kept(player):
    it = player(
        timer_timeline(1),
        """for (let n = 100; n < 300; n++) localStorage[`backcare:result:${n}`] ??=
             JSON.stringify({ id: `${n}`, ended: `2020-01-01T00:00:00.${n}Z` })""",
    )
    it.press("start", "stop")
    it.sent()
    kept = {result["id"] for result in results(it.page)}
    assert len(kept) == 200
    assert "100" not in kept
    assert "101" in kept


def test_a_page_with_no_kernel_keeps_no_result_and_takes_none_from_others(player):
    it = player(timer_timeline(1))
    it.press("start", "stop")
    (waiting,) = results(it.page)
    it.evaluate("async () => { window.alone = await add({ results: null }); }")
    it.nth(1).press("start", "stop")
    assert results(it.page) == [waiting]
    assert it.evaluate("alone.model.messages") == []


def test_a_session_that_is_stopped_and_continued_stays_one_result(player):
    it = player(timer_timeline(minutes=0, seconds=8))
    it.press("start")
    it.page.wait_for_timeout(500)
    it.press("stop", "resume")
    it.wait_for("done")
    it.page.wait_for_function("model.messages.length > 1")
    last = it.evaluate("model.messages.at(-1).results")
    assert [result["finished"] for result in last] == [True]


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
    it = player(session)
    it.press("all summary", "start", "next")
    it.page.wait_for_timeout(300)
    assert it.evaluate("window.harmed") is None
    assert it.page.locator(".backcare-player :is(img, script)").count() == 0
    assert words in it.text("words")
