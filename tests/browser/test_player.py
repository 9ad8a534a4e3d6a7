"""The player in a real browser: what a person sees, hears and presses."""

import itertools

import pytest

from backcare_nb.sessions.options import Options
from backcare_nb.sessions.timeline import compile_session, timer_timeline
from tests.browser.stage import open_player, sprite, wait_until_left
from tests.samples import SHORT, breathe, exercise, hold, middle, repeat, short

MOMENT = "([timeline, elapsed]) => parts.getMoment(timeline, elapsed)"

LISTEN = """() => {
  window.tones = [];
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (when) {
    window.tones.push(when);
    return start.call(this, when);
  };
}"""

# A voice that writes down what it says.
VOICE = """
window.said = [];
class Speech extends EventTarget {}
Object.defineProperty(window, "SpeechSynthesisUtterance", { value: class {
  constructor(text) { this.text = text; } } });
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => [{ lang: "en-GB", localService: true, name: "Test" }],
  cancel() {}, speak(speech) {
    if (speech.text.trim()) said.push(speech.text);
    setTimeout(() => speech.onstart?.(), 0);
  } } });
"""


def text(page, name):
    return page.inner_text(f".bc-{name}")


def press(page, name):
    page.click(f".bc-{name}")


@pytest.fixture
def player(show, tmp_path):
    """Opens a session in the player."""
    return lambda session, **options: open_player(show, tmp_path, session, **options)


# The moment of a session is a function of the timeline and the elapsed time


def test_a_moment_knows_its_phase_and_what_is_left(player):
    session = compile_session([exercise()])
    page = player(session)
    for index, phase in enumerate(session.phases):
        for elapsed in (phase.start_ms, (phase.start_ms + phase.end_ms) / 2, phase.end_ms - 1):
            now = page.evaluate(MOMENT, [session.to_dict(), elapsed])
            assert now["index"] == index
            assert now["left"] == phase.end_ms - elapsed
            assert now["remaining"] == session.total - elapsed


@pytest.mark.parametrize(("elapsed", "index"), [(-5, 0), (10**9, -1)])
def test_a_moment_outside_the_session_is_its_beginning_or_its_end(player, elapsed, index):
    session = compile_session([exercise()])
    now = player(session).evaluate(MOMENT, [session.to_dict(), elapsed])
    assert now["index"] == index % len(session.phases)


def test_repetitions_are_counted_and_go_there_and_back(player):
    session = compile_session([middle(repeat())])
    (phase,) = (p for p in session.phases if p.kind == "repeat")
    page = player(session)
    moments = page.evaluate(
        """([timeline, start]) => [0, 1500, 3000, 4500, 6000, 59999].map((ms) => {
             const now = parts.getMoment(timeline, start + ms);
             return [now.count, parts.getProgress(now.phase, now.share, false)];
           })""",
        [session.to_dict(), phase.start_ms],
    )
    assert [count for count, _ in moments] == [1, 1, 1, 1, 2, 10]
    assert [travel for _, travel in moments] == pytest.approx([0, 0.5, 1, 0.5, 0, 0], abs=1e-6)


def test_a_breath_is_in_for_less_than_half_of_it(player):
    session = compile_session([middle(breathe())])
    (phase,) = (p for p in session.phases if p.kind == "breathe")
    travels = player(session).evaluate(
        """([timeline, start]) => [0, 4500, 10000].map((ms) => {
             const now = parts.getMoment(timeline, start + ms);
             return parts.getProgress(now.phase, now.share, false);
           })""",
        [session.to_dict(), phase.start_ms],
    )
    assert travels == pytest.approx([0, 1, 0])


def test_a_motion_that_loops_goes_round_instead_of_back(player):
    step = hold(loop="crawl_circle", tempo={"default": 6, "min": 4, "max": 10})
    session = compile_session([exercise(steps=(step,))])
    phase = next(p for p in session.to_dict()["phases"] if p["kind"] == "hold")
    page = player(session)
    assert page.evaluate("(phase) => parts.getProgress(phase, 0.75, true)", phase) == 0.75


def test_fifteen_seconds_more_lengthen_one_phase_and_move_the_others(player):
    session = short()
    index = next(i for i, p in enumerate(session.phases) if p.kind == "hold")
    longer = player(session).evaluate(
        "([timeline, index]) => parts.extendPhase(timeline, index, 15000)",
        [session.to_dict(), index],
    )
    assert longer["total"] == session.total + 15_000
    phases = longer["phases"]
    assert phases[index]["end"] - phases[index]["start"] == 45_000
    assert phases[index]["cues"][1]["at"] == 22_500
    assert all(a["end"] == b["start"] for a, b in itertools.pairwise(phases))


def test_fifteen_seconds_more_are_whole_repetitions_where_they_are_counted(player):
    session = compile_session([middle(repeat())])
    index = next(i for i, p in enumerate(session.phases) if p.kind == "repeat")
    phase = player(session).evaluate(
        "([timeline, index]) => parts.extendPhase(timeline, index, 15000).phases[index]",
        [session.to_dict(), index],
    )
    assert (phase["count"], phase["end"] - phase["start"]) == (13, 13 * 6000)
    assert [cue["say"] for cue in phase["cues"]][-3:] == ["11.", "12.", "13."]
    assert phase["cues"][-1]["at"] == 12 * 6000


def test_the_browser_writes_times_as_python_does(player):
    page = player(timer_timeline(1))
    assert page.evaluate("[90000, 61000, 0, 3600000].map(parts.formatDuration)") == [
        "1 minute 30 seconds",
        "1 minute 1 second",
        "0 seconds",
        "60 minutes",
    ]
    assert page.evaluate("[0, 500, 59000, 60000, 754000].map(parts.formatClock)") == [
        "0:00",
        "0:01",
        "0:59",
        "1:00",
        "12:34",
    ]


# The picture


def test_between_two_keyframes_every_number_is_interpolated(player):
    page = player(timer_timeline(1))
    moved = page.evaluate(
        "[0, 0.25, 1].map((share) => parts.interpolate([0, 100], [10, 300], share))"
    )
    assert moved == [[0, 100], [2.5, 150], [10, 300]]


def test_the_figure_moves_while_the_session_plays(player):
    page = player(compile_session([exercise()], Options(pauses=SHORT)))
    press(page, "start")
    press(page, "next")
    press(page, "next")
    path = page.locator('.bc-card [data-p="0"]')
    before = path.get_attribute("d")
    page.wait_for_function(
        "(d) => document.querySelector('.bc-card [data-p=\"0\"]').getAttribute('d') !== d",
        arg=before,
    )


def test_one_picture_can_stand_on_a_page_twice_with_ids_of_its_own(player):
    page = player(short())
    page.evaluate("add()")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids)) > 1


def test_a_picture_can_do_nothing_but_be_seen(player):
    session = short()
    hostile = {key: sprite(key) for key in session.figure_keys()}
    for each in hostile.values():
        each["svg"] = each["svg"].replace(
            "</svg>",
            "<script>window.harmed = 1</script><a href='javascript:0'/>"
            "<image href='x:' onerror='window.harmed = 1'/><g onclick='window.harmed = 1'/></svg>",
        )
    page = player(session, sprites=hostile)
    assert page.locator(".bc-card script, .bc-card a, .bc-card image, [onclick]").count() == 0
    assert page.evaluate("window.harmed") is None


# What a person does


def test_nothing_starts_by_itself(player):
    page = player(short())
    page.wait_for_timeout(200)
    assert text(page, "title") == "Press Start"
    assert page.get_attribute(".backcare-player", "data-status") == "idle"


def test_start_lets_time_pass_and_the_next_step_arrive(player):
    page = player(short())
    press(page, "start")
    page.wait_for_function("document.querySelector('.bc-title').textContent === 'Knee rolls'")
    assert text(page, "kind") == "Get into position, left side"
    assert "Osteoporosis: Keep it small." in text(page, "care")


def test_pause_stands_still_and_go_on_goes_on(player):
    page = player(timer_timeline(1))
    press(page, "start")
    wait_until_left(page, 58)
    press(page, "start")
    still = text(page, "times"), page.get_attribute(".bc-gone", "style")
    page.wait_for_timeout(300)
    assert (text(page, "times"), page.get_attribute(".bc-gone", "style")) == still
    press(page, "start")
    wait_until_left(page, 57)


def test_next_and_back_go_from_step_to_step(player):
    page = player(short())
    press(page, "start")
    titles = []
    for _ in range(3):
        press(page, "next")
        titles.append(text(page, "title"))
    press(page, "back")
    assert titles == ["Knee rolls", "Knees to the left", "Knees to the left"]
    assert text(page, "kind") == "Move, left side"


def test_fifteen_seconds_more_are_seen_at_once(player):
    page = player(timer_timeline(1))
    press(page, "start")
    press(page, "longer")
    assert text(page, "digits") in ("1:15", "1:14")


def test_this_side_can_be_done_again(player):
    page = player(short())
    press(page, "start")
    for _ in range(6):
        press(page, "next")
    assert text(page, "kind") == "Hold, right side"
    press(page, "again")
    assert text(page, "kind") in ("Change sides, right side", "Move, right side")


def test_what_is_done_again_is_called_by_its_name(player):
    page = player(short())
    press(page, "start")
    assert text(page, "again") == "Restart this step"
    for _ in range(3):
        press(page, "next")
    assert (text(page, "kind"), text(page, "again")) == ("Hold, left side", "Restart this side")


def test_without_sides_the_step_alone_is_done_again(player):
    one, two = (hold(id=name, title=name, say="Stay.") for name in ("one", "two"))
    page = player(compile_session([middle(one, two)], Options(pauses=SHORT)))
    press(page, "start")
    for _ in range(5):
        press(page, "next")
    assert (text(page, "kind"), text(page, "title")) == ("Hold", "two")
    press(page, "again")
    assert (text(page, "kind"), text(page, "title")) == ("Move", "two")


def test_a_timer_of_one_step_has_no_way_to_another(player):
    page = player(timer_timeline(1))
    press(page, "start")
    for name in ("back", "next", "all"):
        assert not page.is_visible(f".bc-{name}")
    assert text(page, "place") == ""
    page.keyboard.press("n")
    assert page.get_attribute(".backcare-player", "data-status") == "running"


def test_no_title_repeats_what_kind_of_step_it_is(player):
    page = player(
        compile_session([middle(breathe(title="Breathe low and slow"))], Options(pauses=SHORT))
    )
    press(page, "start")
    assert (text(page, "kind"), text(page, "title")) == ("", "Get ready")
    press(page, "next")
    press(page, "next")
    assert text(page, "next-words") == "Next: Breathe low and slow"


def test_what_comes_next_leaves_the_round_out_and_the_end_is_the_end(player):
    twice = exercise(rounds={"default": 2, "min": 1, "max": 3})
    page = player(compile_session([twice], Options(pauses=SHORT)))
    press(page, "start")
    press(page, "next")
    assert text(page, "next-words") == "Next: Move, left side: Knees to the left"
    while text(page, "kind") != "Hold, right side, round 2 of 2":
        press(page, "next")
    assert text(page, "next-words") == "Next: the end"


def test_once_it_has_ended_only_what_does_something_can_be_pressed(player):
    page = player(short())
    press(page, "start")
    while page.is_enabled(".bc-next"):
        press(page, "next")
    enabled = page.locator(".backcare-player :is(.bc-keys, .bc-others) button:enabled:visible")
    assert enabled.all_inner_texts() == ["Back", "Start again"]
    page.wait_for_function("model.messages.length")
    assert len(page.evaluate("model.messages")) == 1


def test_a_step_that_waits_says_so_and_its_digits_grow_pale(player):
    page = player(short(steps=(hold(wait=True),)))
    ink = "getComputedStyle(document.querySelector('.bc-digits')).color"
    press(page, "start")
    running = page.evaluate(ink)
    press(page, "next")
    press(page, "next")
    page.wait_for_selector(".backcare-player[data-status=held]")
    assert text(page, "kind") == "Waiting for you: press Space or Go on"
    assert page.evaluate(ink) != running


def test_cautions_stand_under_a_heading_with_whom_they_are_for_in_bold(player):
    page = player(short(stop="Stop if it hurts: at once."))
    press(page, "start")
    assert not page.is_visible(".bc-care")
    press(page, "next")
    assert text(page, "care").startswith("Take care")
    assert page.locator(".bc-cautions b").all_text_contents() == ["Osteoporosis: ", ""]
    last = page.locator(".bc-cautions li").last
    assert last.inner_text() == "Stop if it hurts: at once."


def test_what_a_class_did_is_reported_to_nobody(player):
    page = player(short())
    page.evaluate("window.add({ in_class: true, key: 'class' })")
    root = page.locator(".backcare-player").nth(1)
    root.locator(".bc-start").click()
    root.locator(".bc-next").click()
    root.locator(".bc-stop").click()
    assert page.evaluate("model.messages") == []
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.includes('result:'))") == []


def test_stop_ends_the_session_and_offers_to_go_on_from_there(player):
    page = player(timer_timeline(1))
    press(page, "start")
    press(page, "longer")
    wait_until_left(page, 73)
    press(page, "stop")
    assert text(page, "title") == "Press Start"
    assert text(page, "digits") == "1:00"
    press(page, "resume")
    wait_until_left(page, 72)


def test_at_twice_the_speed_two_seconds_pass_in_one(player):
    page = player(timer_timeline(1))
    page.click(".bc-settings summary")
    page.select_option("[name=speed]", "2")
    press(page, "start")
    gone = page.evaluate(
        """async () => {
             const left = () => Number(document.querySelector(".bc-gone").style.transform
               .match(/[\\d.]+/)[0]) * 60;
             const [seen, began] = [left(), performance.now()];
             await new Promise((resolve) => setTimeout(resolve, 700));
             return (left() - seen) / ((performance.now() - began) / 1000);
           }"""
    )
    assert gone == pytest.approx(2, abs=0.2)


def test_a_step_that_waits_stands_still_until_the_person_goes_on(player):
    page = player(short(steps=(hold(wait=True),)))
    press(page, "start")
    press(page, "next")
    press(page, "next")
    page.wait_for_selector(".backcare-player[data-status=held]")
    assert text(page, "start") == "Go on"
    press(page, "start")
    page.wait_for_selector(".backcare-player[data-status=running]")


def test_every_exercise_waits_when_asked_to(player):
    page = player(short())
    page.click(".bc-settings summary")
    page.check("[name=steps]")
    press(page, "start")
    press(page, "next")
    press(page, "next")
    page.wait_for_selector(".backcare-player[data-status=held]")
    assert text(page, "status") == "Waiting for you: Knees to the left."


def test_new_amounts_wait_until_the_session_being_played_is_over(player):
    page = player(timer_timeline(1))
    press(page, "start")
    other = {"timeline": timer_timeline(2).to_dict(), "key": "other"}
    page.evaluate("(other) => model.receive(other)", other)
    assert text(page, "note") == "Your new amounts begin with the next start."
    press(page, "stop")
    assert text(page, "digits") == "2:00"


def test_the_figures_of_the_session_being_played_stay_with_it(player):
    page = player(short())
    press(page, "start")
    page.evaluate(
        "(s) => model.receive(s)", {"timeline": timer_timeline(2).to_dict(), "sprites": {}}
    )
    press(page, "next")
    assert page.is_visible(".bc-card svg")


def test_new_amounts_are_taken_at_once_before_start(player):
    page = player(timer_timeline(1))
    page.evaluate(
        "(o) => model.receive(o)", {"timeline": timer_timeline(3).to_dict(), "key": "other"}
    )
    assert text(page, "digits") == "3:00"


# What is heard


def test_every_tone_is_soft_ends_in_silence_and_differs_from_the_others(player):
    heard = player(timer_timeline(1)).evaluate(
        """() => {
             const context = new OfflineAudioContext(1, 48000, 48000);
             const names = ["ready", "move", "start", "halfway", "change", "rest", "in", "out",
                            "count", "end"];
             return names.map((name) => {
               const samples = parts.renderTone(context, name).getChannelData(0);
               return { peak: Math.max(...samples.map(Math.abs)),
                        last: Math.max(...samples.slice(-480).map(Math.abs)),
                        sum: samples.reduce((sum, x, i) => sum + x * (i % 997), 0) };
             });
           }"""
    )
    assert all(0.2 < tone["peak"] < 0.8 and tone["last"] < 0.02 for tone in heard)
    assert len({round(tone["sum"], 6) for tone in heard}) == len(heard)


def test_every_tone_of_a_session_is_placed_on_the_audio_clock_at_start(player):
    session = compile_session([middle(breathe())])
    page = player(session)
    page.evaluate(LISTEN)
    press(page, "start")
    wanted = sorted(p.start_ms + c.at for p in session.phases for c in p.cues if c.tone)
    page.wait_for_function("(n) => window.tones.length >= n", arg=len(wanted) - 1)
    page.wait_for_timeout(1500)
    tones = page.evaluate("window.tones")
    begun = max(i for i, (a, b) in enumerate(itertools.pairwise([9e9, *tones])) if b < a)
    gaps = [b - a for a, b in itertools.pairwise(tones[begun:])]
    expected = [(b - a) / 1000 for a, b in itertools.pairwise(wanted)][-len(gaps) :]
    assert gaps == pytest.approx(expected, abs=1e-6)
    assert len(gaps) >= len(wanted) - 2


def test_pause_takes_back_every_tone_that_has_not_begun(player):
    page = player(compile_session([middle(breathe())]))
    page.evaluate(
        """() => { window.gone = 0;
             const old = AudioNode.prototype.disconnect;
             AudioNode.prototype.disconnect = function () {
               window.gone++; return old.call(this); }; }"""
    )
    press(page, "start")
    page.wait_for_timeout(300)
    press(page, "start")
    assert page.evaluate("window.gone") >= 60


def test_the_voice_says_setup_movement_change_and_end(page, player):
    page.add_init_script(VOICE)
    session = compile_session([exercise(steps=(hold(seconds={"default": 2, "min": 1, "max": 9}),))])
    player(session)
    page.click(".bc-settings summary")
    page.select_option("[name=speed]", "2")
    press(page, "start")
    for phase in session.phases[1:]:
        said = (phase.say.split(".")[0] + ".") if phase.say else None
        if said:
            page.wait_for_function("(words) => said.includes(words)", arg=said)
        press(page, "next")
    assert page.evaluate("said[0]") == "Get ready."


def test_no_tone_is_lost_when_the_audio_clock_falls_behind(page, player):
    page.add_init_script(
        """window.slip = 0; window.starts = 0;
           const { getOutputTimestamp } = AudioContext.prototype;
           AudioContext.prototype.getOutputTimestamp = function () {
             const { contextTime, performanceTime } = getOutputTimestamp.call(this);
             return { contextTime: contextTime - slip, performanceTime }; };
           const { start } = AudioBufferSourceNode.prototype;
           AudioBufferSourceNode.prototype.start = function (at) {
             starts++; return start.call(this, at); };"""
    )
    session = timer_timeline(0, 4).to_dict()
    session["phases"][0]["cues"] = [{"at": 1500, "tone": "count", "say": "", "more": False}]
    player(timer_timeline(1))
    page.evaluate("(s) => model.receive(s)", {"timeline": session, "key": "k"})
    page.click(".bc-settings summary")
    press(page, "test")  # sound is on from here
    page.wait_for_function("starts")
    before = page.evaluate(
        """() => new Promise((done) => {
             document.querySelector(".bc-start").click();
             setTimeout(() => { done(starts); slip = 0.4; }, 1470); })"""
    )
    page.wait_for_timeout(1000)
    assert page.evaluate("starts") > before


def test_the_end_of_a_timer_is_said_after_its_tone(page, player):
    page.add_init_script(VOICE)
    player(timer_timeline(0, 1))
    press(page, "start")
    page.wait_for_selector("[data-status=done]")
    assert page.evaluate("said") == []
    page.wait_for_function("said.length")
    assert page.evaluate("said") == ["Time is up."]


def test_the_end_is_not_said_once_another_session_runs(page, player):
    page.add_init_script(VOICE)
    player(timer_timeline(0, 1))
    press(page, "start")
    page.wait_for_selector("[data-status=done]")
    press(page, "start")
    page.wait_for_timeout(800)
    assert page.evaluate("said") == []


def test_what_is_done_and_what_is_to_go_add_up(player):
    page = player(timer_timeline(1))
    press(page, "start")
    page.wait_for_timeout(300)
    assert text(page, "times") == "0:00 done, 1:00 to go"


def test_halfway_is_said_only_to_those_who_asked_to_hear_more(page, player):
    page.add_init_script(VOICE)
    session = timer_timeline(seconds=4, minutes=0).to_dict()
    session["phases"][0]["cues"] = [
        {"at": 0, "tone": "", "say": "Always.", "more": False},
        {"at": 200, "tone": "", "say": "More.", "more": True},
    ]
    player(timer_timeline(1))
    state = {"timeline": session, "key": "k"}
    page.evaluate("(s) => model.receive(s)", state)
    press(page, "start")
    page.wait_for_function("said.includes('Always.')")
    page.wait_for_timeout(400)
    assert page.evaluate("said") == ["Always."]
    press(page, "stop")
    page.click(".bc-settings summary")
    page.check("[name=more]")
    press(page, "start")
    page.wait_for_function("said.includes('More.')")
    assert not page.is_visible(".bc-times")


def test_the_sound_test_says_what_is_heard(page, player):
    page.add_init_script(VOICE)
    player(timer_timeline(1))
    page.evaluate(LISTEN)
    page.click(".bc-settings summary")
    press(page, "test")
    page.wait_for_function("tones.length === 3 && said[0] === 'This is the voice.'")
    assert page.get_attribute(".backcare-player", "data-status") == "idle"


# The kernel


def test_no_message_is_sent_while_a_session_runs_and_one_at_its_end(player):
    page = player(timer_timeline(minutes=0, seconds=5))
    press(page, "start")
    page.wait_for_timeout(500)
    assert page.evaluate("model.messages.length") == 0
    page.wait_for_selector(".backcare-player[data-status=done]")
    page.wait_for_function("model.messages.length")
    (message,) = page.evaluate("model.messages")
    (result,) = message["results"]
    assert result["finished"] is True
    assert result["title"] == "Timer"
    assert (result["reached"], result["total"]) == (5000, 5000)


def test_the_result_counts_the_time_really_spent_at_work(player):
    step = hold(seconds={"default": 2, "min": 1, "max": 9})
    page = player(compile_session([exercise(steps=(step,))], Options(side="left", pauses=SHORT)))
    press(page, "start")
    for _ in range(3):
        press(page, "next")
    page.wait_for_function("document.querySelector('.bc-title').textContent === 'Finished'")
    press(page, "next")
    page.wait_for_function("model.messages.length")
    (result,) = page.evaluate("model.messages[0].results")
    assert result["spent"]["knee_rolls"] == pytest.approx(2000, abs=1)
