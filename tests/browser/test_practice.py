"""What a session is recorded as, for each way in which one ends, by a clock that the test turns."""

from datetime import UTC, datetime, timedelta

import pytest

from backcare_nb.journal.entry import entry_from_result
from backcare_nb.sessions.options import Options
from backcare_nb.sessions.timeline import compile_session, timer_timeline
from tests.browser.cells import results
from tests.browser.stage import open_player
from tests.samples import SHORT, exercise, hold, short

NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)
# A worker that beats with the page's clock, and tells how long it was silent.
WORKER = """
delete window.AudioContext;
window.silence = 40;
window.Worker = class {
  constructor() { this.timer = setInterval(() => this.onmessage({ data: -1 }), 40); }
  postMessage() { setTimeout(() => this.onmessage({ data: silence })); }
  terminate() { clearInterval(this.timer); }
};
"""


class Player:
    """A player on a page whose time passes only where a test lets it pass."""

    def __init__(self, page, open_session):
        self.page, self._open = page, open_session

    def open(self, session, at=NOON, zone="UTC"):
        devtools = self.page.context.new_cdp_session(self.page)
        devtools.send("Emulation.setTimezoneOverride", {"timezoneId": zone})
        self.page.add_init_script(WORKER)
        self.page.clock.install(time=at - timedelta(minutes=1))
        self.page.clock.pause_at(at)
        self._open(session)
        return self

    def press(self, *names):
        for name in names:
            self.page.click(f".bc-{name}")

    def wait(self, seconds):
        self.page.clock.run_for(round(seconds * 1000))

    def status(self):
        return self.page.get_attribute(".backcare-player", "data-status")

    def result(self):
        """What the one session of this page was recorded as."""
        (result,) = results(self.page)
        return result


@pytest.fixture
def player(page, show, tmp_path):
    return Player(page, lambda session: open_player(show, tmp_path, session))


def begun(result):
    return datetime.fromisoformat(result["begun"])


def ended(result):
    return datetime.fromisoformat(result["ended"])


def near(seconds):
    """Milliseconds, as exact as a person's finger on this page: it takes no time."""
    return pytest.approx(seconds * 1000, abs=50)


# How it ends


def test_played_to_its_end_it_took_as_long_as_it_is(player):
    player.open(timer_timeline(0, 30))
    player.press("start")
    player.wait(31)
    result = player.result()
    assert result["finished"] is True
    assert result["reached"] == result["total"] == 30_000
    assert result["spent"] == {"": 30_000}
    assert (begun(result), ended(result)) == (NOON, NOON + timedelta(seconds=30))


def test_stopped_early_it_took_until_then(player):
    player.open(timer_timeline(1))
    player.press("start")
    player.wait(12)
    player.press("stop")
    result = player.result()
    assert result["finished"] is False
    assert (result["reached"], result["total"]) == (near(12), 60_000)
    assert result["spent"] == {"": near(12)}


def test_it_begins_at_start_and_not_when_the_page_is_drawn(player):
    player.open(timer_timeline(1))
    player.wait(110)
    player.press("start")
    player.wait(12)
    player.press("stop")
    assert begun(player.result()) == NOON + timedelta(seconds=110)


def test_skipped_to_its_end_it_took_only_what_was_played(player):
    player.open(compile_session([exercise()], Options(side="left", pauses=SHORT)))
    player.press("start", "next", "next", "next")
    player.wait(12)  # of the hold
    player.press("next", "next")
    result = player.result()
    assert result["finished"] is True
    assert result["reached"] == near(12)
    assert result["spent"] == {"knee_rolls": near(12)}


def test_what_is_done_twice_counts_twice(player):
    player.open(compile_session([exercise()], Options(side="left", pauses=SHORT)))
    player.press("start", "next", "next", "next")
    player.wait(10)
    player.press("back")
    player.wait(10)
    player.press("stop")
    assert player.result()["spent"] == {"knee_rolls": near(20)}


def test_a_pause_is_no_practice_however_long(player):
    player.open(timer_timeline(1))
    player.press("start")
    player.wait(10)
    player.press("start")
    player.wait(3600)
    player.press("start")
    player.wait(5)
    player.press("stop")
    result = player.result()
    assert result["reached"] == result["spent"][""] == near(15)
    assert ended(result) - begun(result) == timedelta(seconds=3615)


@pytest.mark.parametrize("speed", ["0.5", "1.5", "2"])
def test_at_another_speed_it_took_the_time_on_the_wall(player, speed):
    player.open(timer_timeline(0, 30))
    player.press("settings summary")
    player.page.select_option("[name=speed]", speed)
    player.press("start")
    player.wait(30 / float(speed) + 1)
    result = player.result()
    assert result["finished"] is True
    assert result["reached"] == result["spent"][""] == near(30 / float(speed))
    assert result["total"] == 30_000


def test_a_change_of_speed_on_the_way_changes_what_comes_after_it(player):
    player.open(timer_timeline(1))
    player.press("settings summary", "start")
    player.wait(10)
    player.page.select_option("[name=speed]", "2")
    player.wait(5)
    player.press("stop")
    assert player.result()["reached"] == near(15)


def test_waiting_for_the_person_is_no_practice(player):
    player.open(short(steps=(hold(wait=True),)))
    player.press("start", "next", "next")
    player.wait(0.1)
    assert player.status() == "held"
    player.wait(300)
    player.press("start", "next")
    player.wait(10)
    player.press("stop")
    result = player.result()
    assert result["reached"] == result["spent"]["knee_rolls"] == near(10)


def test_waiting_for_a_teacher_is_no_practice_either(player):
    player.open(short())
    player.press("class", "start", "next", "next")
    player.wait(0.1)
    assert player.status() == "held"
    player.wait(300)
    player.press("start", "next")
    player.wait(10)
    player.press("stop")
    assert player.result()["reached"] == near(10)


def test_started_twice_it_is_two_sessions_each_with_its_own_beginning(player):
    player.open(timer_timeline(0, 30))
    for seconds in (5, 8):
        player.press("start")
        player.wait(seconds)
        player.press("stop")
        player.wait(60)
    one, two = sorted(results(player.page), key=begun)
    assert one["id"] != two["id"]
    assert (one["reached"], two["reached"]) == (near(5), near(8))
    assert begun(two) == NOON + timedelta(seconds=65)


def test_started_again_after_its_end_it_is_another_session(player):
    player.open(timer_timeline(0, 5))
    for _ in range(2):
        player.press("start")
        player.wait(6)
    one, two = sorted(results(player.page), key=begun)
    assert begun(two) - begun(one) == timedelta(seconds=6)
    assert one["reached"] == two["reached"] == 5_000


# Sleep


def test_while_the_computer_slept_and_its_clock_stood_nothing_was_practised(player):
    player.open(timer_timeline(1))
    player.press("start")
    player.wait(10)
    player.page.clock.set_system_time(NOON + timedelta(hours=1))  # performance.now() stood still
    player.wait(0.1)
    assert player.status() == "paused"
    player.press("start")
    player.wait(5)
    player.press("stop")
    assert player.result()["reached"] == near(15)


@pytest.mark.parametrize("first", ["start", "stop", "next"])
def test_while_the_computer_slept_and_every_clock_went_on_nothing_was_practised(player, first):
    player.open(compile_session([exercise()], Options(side="left", pauses=SHORT)))
    player.press("start", "next", "next", "next")
    player.wait(10)
    player.page.evaluate("window.silence = 3600e3")
    player.page.clock.fast_forward(3600_000)
    player.wait(0.1)
    note = "The computer slept for 60 minutes. Paused where you were."
    assert (player.status(), player.page.inner_text(".bc-note")) == ("paused", note)
    player.press(first)
    player.wait(5)
    if first == "start":
        player.press("stop")
        assert player.result()["reached"] == near(15)
    elif first == "stop":
        assert player.result()["reached"] == near(10)
    else:
        assert player.status() == "paused"


def test_a_page_that_was_only_busy_did_not_sleep(player):
    player.open(timer_timeline(1))
    player.press("start")
    player.wait(10)
    player.page.clock.fast_forward(5000)
    player.wait(1)
    assert player.status() == "running"
    player.press("stop")
    assert player.result()["reached"] == near(16)


LOOKS = {
    "a beat": ((0, 0), (40, 40), 0, 0),
    "a busy page": ((0, 0), (9000, 9000), 40, 0),
    "a clock that was set back": ((0, 0), (40, -9e9), 40, 0),
    "sleep in which performance.now() stands": ((0, 0), (40, 9000), 40, 9000),
    "sleep in which it goes on": ((0, 0), (9000, 9000), 9000, 9000),
    "a short nap": ((0, 0), (2000, 2000), 2000, 0),
}


@pytest.mark.parametrize(("before", "after", "silence", "away"), LOOKS.values(), ids=LOOKS)
def test_sleep_is_told_from_two_looks_at_the_clocks(player, before, after, silence, away):
    before, after = (dict(zip(("page", "date"), look, strict=True)) for look in (before, after))
    page = player.open(timer_timeline(1)).page
    told = page.evaluate("(looks) => parts.measureSleep(...looks)", [before, after, silence])
    assert told == away


# The calendar


def test_over_midnight_it_belongs_to_the_day_on_which_it_began(player):
    drawn = datetime(2030, 12, 31, 21, tzinfo=UTC)
    player.open(timer_timeline(10), drawn, "Europe/Berlin")
    player.wait(3600 + 55 * 60)  # 23:55 in Berlin
    player.press("start")
    player.wait(601)
    entry = entry_from_result(player.result(), NOON)
    assert f"{entry.begun:%Y-%m-%d %H:%M}" == "2030-12-31 23:55"
    assert f"{entry.ended:%Y-%m-%d %H:%M}" == "2031-01-01 00:05"
    assert entry.length == 600_000


@pytest.mark.parametrize(
    ("start", "offsets"),
    [
        (datetime(2030, 3, 31, 0, 55, tzinfo=UTC), (60, 120)),
        (datetime(2030, 10, 27, 0, 55, tzinfo=UTC), (120, 60)),
    ],
)
def test_over_a_change_of_the_clocks_it_took_as_long_as_it_took(player, start, offsets):
    player.open(timer_timeline(10), start, "Europe/Berlin")
    player.press("start")
    player.wait(601)
    result = player.result()
    assert (result["offset_begun"], result["offset"]) == offsets
    assert (begun(result), ended(result)) == (start, start + timedelta(minutes=10))
    assert result["reached"] == 600_000


# A page that is left


def reload(player):
    player.page.reload()
    player.page.wait_for_function("window.ready")
    player.wait(0.1)


def test_continued_after_a_reload_both_parts_count_and_the_gap_does_not(player):
    player.open(timer_timeline(1))
    player.press("start")
    player.wait(10)
    reload(player)
    player.wait(300)
    player.press("resume")
    player.wait(7)
    player.press("stop")
    result = player.result()
    assert result["reached"] == result["spent"][""] == near(17)
    assert begun(result) == NOON
    assert ended(result) - begun(result) == pytest.approx(
        timedelta(seconds=317), abs=timedelta(milliseconds=200)
    )


def test_a_session_that_was_left_and_never_ended_is_recorded_as_stopped_there(player):
    player.open(timer_timeline(1))
    player.press("start")
    player.wait(12)
    reload(player)
    assert results(player.page) == []  # it may go on yet
    player.wait(601)
    reload(player)
    result = player.result()
    assert (result["finished"], result["reached"]) == (False, near(12))
    assert ended(result) - begun(result) == pytest.approx(
        timedelta(seconds=12), abs=timedelta(milliseconds=200)
    )
    assert player.page.evaluate("model.messages.at(-1).results") == [result]
    player.press("resume")
    player.wait(50)
    again = player.result()
    assert (again["id"], again["finished"], again["reached"]) == (result["id"], True, near(60))


def test_another_start_does_not_lose_the_session_that_was_left(player):
    player.open(timer_timeline(1))
    player.press("start")
    player.wait(12)
    reload(player)
    player.press("start")
    player.wait(5)
    player.press("stop")
    player.wait(700)
    reload(player)
    left, stopped = sorted(results(player.page), key=begun)
    assert (left["reached"], stopped["reached"]) == (near(12), near(5))


def test_what_a_class_left_is_recorded_for_nobody(player):
    player.open(timer_timeline(1))
    player.page.evaluate("add({ in_class: true, key: 'class' })")
    player.page.locator(".bc-start").nth(1).click()
    player.wait(12)
    reload(player)
    player.wait(700)
    reload(player)
    assert results(player.page) == []
