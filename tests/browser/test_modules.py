"""The pure functions of the scripts, each called by itself in one bare page."""

import itertools

import numpy as np
import pytest

from backcare_nb.html import picture
from backcare_nb.sessions.timeline import compile_session
from tests.browser.stage import PARTS
from tests.drawn import decode_frames, read_steps
from tests.samples import breathe, exercise, hold, middle, repeat, short
from tools import browser as real

KNEES = compile_session([exercise()])


@pytest.fixture(scope="module")
def call(chromium, site):
    """Calls a function of the scripts by its name, with plain data."""
    folder, address = site
    (folder / "parts.html").write_text(PARTS, encoding="utf-8")
    with real.new_page(chromium) as page:
        page.goto(f"{address}/parts.html")
        page.wait_for_function("window.ready")
        call = "([name, words]) => parts[name](...words)"
        yield lambda name, *words: page.evaluate(call, [name, words])


def phase_of(session, kind):
    return next(phase for phase in session.to_dict()["phases"] if phase["kind"] == kind)


def test_at_any_moment_the_current_phase_its_time_left_and_the_sessions_time_left_are_known(call):
    for index, phase in enumerate(KNEES.phases):
        for elapsed in (phase.start_ms, (phase.start_ms + phase.end_ms) / 2, phase.end_ms - 1):
            now = call("getMoment", KNEES.to_dict(), elapsed)
            assert now["index"] == index
            assert now["left"] == phase.end_ms - elapsed
            assert now["remaining"] == KNEES.total - elapsed
    for elapsed, index in ((-5, 0), (10**9, len(KNEES.phases) - 1)):
        assert call("getMoment", KNEES.to_dict(), elapsed)["index"] == index


@pytest.mark.parametrize(
    ("step", "moments"),
    [
        (repeat(), {0: (1, 0), 1500: (1, 0.5), 3000: (1, 1), 4500: (1, 0.5), 6000: (2, 0)}),
        (breathe(), {0: (1, 0), 4500: (1, 1), 10_000: (2, 0)}),  # in for less than half of it
    ],
)
def test_repetitions_and_breaths_are_counted_and_their_motion_runs_forth_and_back_in_each(
    call, step, moments
):
    session = compile_session([middle(step)])
    start = phase_of(session, step.do)["start"]
    for elapsed, (count, progress) in moments.items():
        now = call("getMoment", session.to_dict(), start + elapsed)
        assert now["count"] == count
        seen = call("getProgress", now["phase"], now["share"], False, count)
        assert seen == pytest.approx(progress, abs=1e-6)


def test_a_motion_that_loops_goes_round_instead_of_back(call):
    step = hold(loop="crawl_circle", tempo={"default": 6, "min": 4, "max": 10})
    phase = phase_of(compile_session([exercise(steps=(step,))]), "hold")
    assert call("getProgress", phase, 0.75, True, 1) == 0.75


def test_a_loop_both_ways_turns_round_once_half_of_its_circles_are_done(call):
    tempo = {"default": 6, "min": 4, "max": 10}
    step = hold(loop="crawl_circle", tempo=tempo, both_ways=True)
    phase = phase_of(compile_session([exercise(steps=(step,))]), "hold")
    assert phase["count"] == 5
    seen = [call("getProgress", phase, 0.75, True, count) for count in range(1, 6)]
    assert seen == [0.75, 0.75, 0.75, 0.25, 0.25]


def test_fifteen_seconds_more_lengthen_one_phase_and_move_the_others(call):
    session = short()
    index = next(i for i, p in enumerate(session.phases) if p.kind == "hold")
    longer = call("extendPhase", session.to_dict(), index, 15_000)
    assert longer["total"] == session.total + 15_000
    phases = longer["phases"]
    assert phases[index]["end"] - phases[index]["start"] == 45_000
    assert phases[index]["cues"][1]["at"] == 22_500
    assert all(a["end"] == b["start"] for a, b in itertools.pairwise(phases))


def test_fifteen_seconds_more_are_whole_repetitions_where_they_are_counted(call):
    session = compile_session([middle(repeat())])
    index = next(i for i, p in enumerate(session.phases) if p.kind == "repeat")
    phase = call("extendPhase", session.to_dict(), index, 15_000)["phases"][index]
    assert (phase["count"], phase["end"] - phase["start"]) == (13, 13 * 6000)
    assert [cue["say"] for cue in phase["cues"]][-3:] == ["11.", "12.", "13."]
    assert phase["cues"][-1]["at"] == 12 * 6000


@pytest.mark.parametrize(
    ("name", "times"),
    [
        (
            "formatDuration",
            {
                90_000: "1 minute 30 seconds",
                61_000: "1 minute 1 second",
                0: "0 seconds",
                3_600_000: "60 minutes",
            },
        ),
        ("formatClock", {0: "0:00", 500: "0:01", 59_000: "0:59", 60_000: "1:00", 754_000: "12:34"}),
    ],
)
def test_the_browser_writes_times_as_python_does(call, name, times):
    assert {time: call(name, time) for time in times} == times


def test_practice_counts_real_time_at_any_speed_and_for_an_exercise_only_its_time_at_work(call):
    practice = {"id": "a", "reached": 1000, "spent": {"knee_rolls": 500}}
    phase = phase_of(KNEES, "hold")
    from_to = (phase["start"] - 4000, phase["start"] + 6000)
    counted = call("addPractice", practice, KNEES.to_dict(), *from_to, 2)
    assert (counted["reached"], counted["spent"]) == (6000, {"knee_rolls": 3500})


LOOKS = {
    "a tick": ((0, 0), (40, 40), 0, 0),
    "a busy page": ((0, 0), (9000, 9000), 40, 0),
    "a clock that was set back": ((0, 0), (40, -9e9), 40, 0),
    "sleep in which performance.now() stands": ((0, 0), (40, 9000), 40, 9000),
    "sleep in which it goes on": ((0, 0), (9000, 9000), 9000, 9000),
    "a short nap": ((0, 0), (2000, 2000), 2000, 0),
}


@pytest.mark.parametrize(("before", "after", "silence", "away"), LOOKS.values(), ids=LOOKS)
def test_the_time_a_computer_slept_is_measured_from_two_readings_of_both_clocks(
    call, before, after, silence, away
):
    looks = [dict(zip(("page", "date"), look, strict=True)) for look in (before, after)]
    assert call("measureSleep", *looks, silence) == away


def test_between_two_keyframes_every_number_is_interpolated(call):
    moved = [call("interpolate", [0, 100], [10, 300], share) for share in (0, 0.25, 1)]
    assert moved == [[0, 100], [2.5, 150], [10, 300]]


@pytest.mark.parametrize("key", ["sit_back", "maypole_swing.left"])
def test_the_browser_reads_the_frames_of_a_figure_as_they_were_written(call, key):
    made = picture.cached_figure_sprite(key)
    first = list(range(-4, len(list(read_steps(made["steps"]))) // (made["frames"] - 1) - 4))
    heard = call("unpackFrames", first, made["frames"], made["steps"])
    assert np.allclose(heard, decode_frames(np.array(first), made["frames"], made["steps"]))


# A lesson that is led


TWO = compile_session([exercise(), exercise("other")])


def test_a_session_is_split_into_consecutive_parts_one_for_each_exercise(call):
    parts = call("listParts", TWO.to_dict())
    assert [part["id"] for part in parts] == ["knee_rolls", "other"]
    starts = [p.start_ms for p in TWO.phases if p.kind == "setup"]
    assert [part["start"] for part in parts] == starts
    assert all(one["end"] == other["start"] for one, other in itertools.pairwise(parts))
    for elapsed, index in ((0, -1), (starts[1] - 1, 0), (starts[1], 1), (TWO.total, 1)):
        assert call("findPart", parts, elapsed) == index


@pytest.mark.parametrize("elapsed", [0, 30_000, 80_000])
def test_joining_a_changed_timeline_leaves_the_phases_already_begun_unchanged(call, elapsed):
    index = call("getMoment", KNEES.to_dict(), elapsed)["index"]
    longer = call("extendPhase", KNEES.to_dict(), index, 15_000)
    joined = call("joinTimelines", longer, TWO.to_dict(), elapsed)
    end = next(p["start"] for p in joined["phases"] if p["exercise"] == "other")
    if elapsed:
        kept = [p for p in longer["phases"] if p["exercise"] in ("", "knee_rolls")][:-1]
        assert joined["phases"][: len(kept)] == kept
    assert all(a["end"] == b["start"] for a, b in itertools.pairwise(joined["phases"]))
    later = next(p.start_ms for p in TWO.phases if p.exercise == "other")
    assert joined["total"] - end == TWO.total - later


def test_the_easier_track_begins_with_the_exercise_beside_it_and_at_its_end_has_no_time_left(call):
    part = call("listParts", TWO.to_dict())[0]
    beside = {"knee_rolls": short().to_dict()}
    at = part["start"] + 1000
    assert call("getMomentBeside", part, beside, at)["into"] == 1000
    late = call("getMomentBeside", part, beside, part["start"] + short().total)
    assert (late["isOver"], late["left"]) == (True, 0)
    assert call("getMomentBeside", part, {}, at) is None
