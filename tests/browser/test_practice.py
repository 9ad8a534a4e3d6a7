"""What a session is recorded as, for each way in which one ends, by a clock that the test turns."""

from datetime import UTC, datetime, timedelta

import pytest

from backcare_nb.journal.entry import entry_from_result
from backcare_nb.sessions.options import Options
from backcare_nb.sessions.timeline import compile_session, timer_timeline
from tests.browser.cells import results
from tests.browser.stage import read_script
from tests.samples import SHORT, exercise, hold, short

NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)
ONE_SIDE = compile_session([exercise()], Options(side="left", pauses=SHORT))


@pytest.fixture
def clocked(page, player):
    """Opens a player on a page whose time passes only where a test lets it pass."""

    def open_one(session, at=NOON, zone="UTC"):
        devtools = page.context.new_cdp_session(page)
        devtools.send("Emulation.setTimezoneOverride", {"timezoneId": zone})
        page.clock.install(time=at - timedelta(minutes=1))
        page.clock.pause_at(at)
        return player(session, read_script("worker"))

    return open_one


def wait(it, seconds):
    it.page.clock.run_for(round(seconds * 1000))


def result(it):
    """What the one session of this page was recorded as."""
    (only,) = results(it.page)
    return only


def begun(result):
    return datetime.fromisoformat(result["begun"])


def ended(result):
    return datetime.fromisoformat(result["ended"])


def near(seconds):
    """Milliseconds, as exact as a person's finger on this page: it takes no time."""
    return pytest.approx(seconds * 1000, abs=50)


# How it ends


@pytest.mark.parametrize("speed", ["0.5", "1", "1.5"])
def test_a_session_played_to_its_end_is_recorded_with_its_real_duration_at_any_speed(
    clocked, speed
):
    it = clocked(timer_timeline(0, 30))
    it.set("speed", speed)
    wait(it, 10)  # it begins at Start and not when the page is drawn
    it.press("start")
    lasts = 30 / float(speed)
    wait(it, lasts + 1)
    made = result(it)
    assert (made["finished"], made["total"]) == (True, 30_000)
    assert made["reached"] == made["spent"][""] == pytest.approx(lasts * 1000, abs=1)
    assert begun(made) == NOON + timedelta(seconds=10)
    assert ended(made) - begun(made) == pytest.approx(
        timedelta(seconds=lasts), abs=timedelta(milliseconds=50)
    )


NEXT = ["next"] * 3
# What is pressed, and the seconds that pass in between; the seconds that were practised.
WAYS = {
    "stopped early": (timer_timeline(1), ["start", 12, "stop"], 12),
    "skipped to its end": (ONE_SIDE, ["start", *NEXT, 12, "next", "next"], 12),
    "a step done twice": (ONE_SIDE, ["start", *NEXT, 10, "back", 10, "stop"], 20),
    "paused, however long": (
        timer_timeline(1),
        ["start", 10, "start", 3600, "start", 5, "stop"],
        15,
    ),
    "another speed": (timer_timeline(1), ["start", 10, ("speed", "2"), 5, "stop"], 15),
    "waiting for the person": (
        short(steps=(hold(wait=True),)),
        ["start", "next", "next", 0.1, 300, "start", "next", 10, "stop"],
        10,
    ),
}


@pytest.mark.parametrize(("session", "way", "seconds"), WAYS.values(), ids=WAYS)
def test_time_skipped_paused_or_waited_is_not_recorded_as_practice(clocked, session, way, seconds):
    it = clocked(session)
    for each in way:
        if isinstance(each, str):
            it.press(each)
        elif isinstance(each, tuple):
            it.set(*each)
        else:
            wait(it, each)
    made = result(it)
    assert made["finished"] == (way[-1] != "stop")
    assert (made["reached"], sum(made["spent"].values())) == (near(seconds), near(seconds))
    passed = sum(each for each in way if isinstance(each, int | float))
    assert (ended(made) - begun(made)).total_seconds() == pytest.approx(passed, abs=0.2)


def test_a_player_started_again_records_another_session_with_its_own_beginning(clocked):
    it = clocked(timer_timeline(0, 8))
    it.press("start")
    wait(it, 5)
    it.press("stop")
    wait(it, 60)
    for _ in range(2):
        it.press("start")
        wait(it, 9)
    one, two, three = sorted(results(it.page), key=begun)
    assert len({one["id"], two["id"], three["id"]}) == 3
    assert (one["reached"], two["reached"], three["reached"]) == (near(5), 8000, 8000)
    assert begun(two) == NOON + timedelta(seconds=65)
    assert begun(three) - begun(two) == timedelta(seconds=9)


# Sleep


def test_while_the_computer_slept_and_its_clock_stood_nothing_was_practised(clocked):
    it = clocked(timer_timeline(1))
    it.press("start")
    wait(it, 10)
    it.page.clock.set_system_time(NOON + timedelta(hours=1))  # performance.now() stood still
    wait(it, 0.1)
    assert it.status == "paused"
    it.press("start")
    wait(it, 5)
    it.press("stop")
    assert result(it)["reached"] == near(15)


@pytest.mark.parametrize("first", ["start", "stop", "next"])
def test_while_the_computer_slept_and_every_clock_went_on_nothing_was_practised(clocked, first):
    it = clocked(ONE_SIDE)
    it.press("start")
    it.skip(3)
    wait(it, 10)
    it.evaluate("window.silence = 3600e3")
    it.page.clock.fast_forward(3600_000)
    wait(it, 0.1)
    note = "The computer slept for 60 minutes. Paused where you were."
    assert (it.status, it.text("note")) == ("paused", note)
    it.press(first)
    wait(it, 5)
    if first == "start":
        it.press("stop")
        assert result(it)["reached"] == near(15)
    elif first == "stop":
        assert result(it)["reached"] == near(10)
    else:
        assert it.status == "paused"


def test_seconds_in_which_the_page_was_blocked_count_as_practice_not_as_sleep(clocked):
    it = clocked(timer_timeline(1))
    it.press("start")
    wait(it, 10)
    it.page.clock.fast_forward(5000)
    wait(it, 1)
    assert it.status == "running"
    it.press("stop")
    assert result(it)["reached"] == near(16)


# The calendar


def test_a_session_over_midnight_belongs_to_the_day_on_which_it_began(clocked):
    it = clocked(timer_timeline(2), datetime(2030, 12, 31, 21, tzinfo=UTC), "Europe/Berlin")
    it.page.clock.fast_forward(1000 * (3600 + 59 * 60))  # 23:59 in Berlin
    it.press("start")
    wait(it, 121)
    entry = entry_from_result(result(it), NOON)
    assert f"{entry.begun:%Y-%m-%d %H:%M}" == "2030-12-31 23:59"
    assert f"{entry.ended:%Y-%m-%d %H:%M}" == "2031-01-01 00:01"
    assert entry.total == 120_000


@pytest.mark.parametrize(
    ("start", "offsets"),
    [
        (datetime(2030, 3, 31, 0, 59, tzinfo=UTC), (60, 120)),
        (datetime(2030, 10, 27, 0, 59, tzinfo=UTC), (120, 60)),
    ],
)
def test_a_session_over_a_change_to_summer_time_is_recorded_with_its_true_length(
    clocked, start, offsets
):
    it = clocked(timer_timeline(2), start, "Europe/Berlin")
    it.press("start")
    wait(it, 121)
    made = result(it)
    assert (made["offset_begun"], made["offset"]) == offsets
    assert (begun(made), ended(made)) == (start, start + timedelta(minutes=2))
    assert made["reached"] == 120_000


# A page that is left


def reload(it):
    it.reload()
    wait(it, 0.1)


def test_continued_after_a_reload_both_parts_count_and_the_gap_does_not(clocked):
    it = clocked(timer_timeline(1))
    it.press("start")
    wait(it, 10)
    reload(it)
    wait(it, 300)
    it.press("resume")
    wait(it, 7)
    it.press("stop")
    made = result(it)
    assert made["reached"] == made["spent"][""] == near(17)
    assert begun(made) == NOON
    assert ended(made) - begun(made) == pytest.approx(
        timedelta(seconds=317), abs=timedelta(milliseconds=200)
    )


def test_a_session_that_was_left_and_never_ended_is_recorded_as_stopped_there(clocked):
    it = clocked(timer_timeline(1))
    it.press("start")
    wait(it, 12)
    reload(it)
    assert results(it.page) == []  # it may go on yet
    it.page.clock.fast_forward(601_000)
    reload(it)
    made = result(it)
    assert (made["finished"], made["reached"]) == (False, near(12))
    assert ended(made) - begun(made) == pytest.approx(
        timedelta(seconds=12), abs=timedelta(milliseconds=200)
    )
    assert it.evaluate("model.messages.at(-1).results") == [made]
    it.press("resume")
    wait(it, 50)
    again = result(it)
    assert (again["id"], again["finished"], again["reached"]) == (made["id"], True, near(60))


def test_another_start_does_not_lose_the_session_that_was_left(clocked):
    it = clocked(timer_timeline(1))
    it.press("start")
    wait(it, 12)
    reload(it)
    it.press("start")
    wait(it, 5)
    it.press("stop")
    it.page.clock.fast_forward(700_000)
    reload(it)
    left, stopped = sorted(results(it.page), key=begun)
    assert (left["reached"], stopped["reached"]) == (near(12), near(5))
