"""The player in a real browser: what a person sees, hears and presses."""

import itertools
import re

import pytest

from backcare_nb.sessions.options import Options
from backcare_nb.sessions.timeline import compile_session, timer_timeline
from tests.browser.stage import PARTS, read_script, sprite
from tests.samples import SHORT, breathe, exercise, hold, middle, short

TONES, SPEECH = read_script("tones"), read_script("speech")
QUICK = hold(seconds={"default": 2, "min": 1, "max": 9})


# The picture


def test_the_figure_moves_while_the_session_plays(player):
    it = player(compile_session([exercise()], Options(pauses=SHORT)))
    it.press("start", "next", "next")
    drawn = "document.querySelector('.bc-card [data-p=\"0\"]').getAttribute('d')"
    it.page.wait_for_function(f"(before) => {drawn} !== before", arg=it.evaluate(drawn))


def test_two_copies_of_one_figure_on_a_page_share_no_element_id(player):
    it = player(short())
    it.evaluate("add()")
    ids = it.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids)) > 1


def test_scripts_links_and_event_handlers_in_a_figure_are_removed(player):
    session = short()
    hostile = {key: sprite(key) for key in session.figure_keys()}
    for each in hostile.values():
        each["svg"] = each["svg"].replace(
            "</svg>",
            "<script>window.harmed = 1</script><a href='javascript:0'/>"
            "<image href='x:' onerror='window.harmed = 1'/><g onclick='window.harmed = 1'/></svg>",
        )
    it = player(session, sprites=hostile)
    assert it.page.locator(".bc-card :is(script, a, image), [onclick]").count() == 0
    assert it.evaluate("window.harmed") is None


# What a person does


def test_start_lets_time_pass_and_the_next_step_arrive(player):
    it = player(short())
    assert (it.text("title"), it.status) == ("Press Start", "idle")
    it.press("start")
    it.wait_for_text("title", "Knee rolls")
    assert it.text("kind") == "Get into position, left side"
    assert it.text("care") == "Take care\nLeave it out: Osteoporosis.\nStop if it hurts."


def test_pause_stands_still_and_go_on_goes_on(player):
    it = player(timer_timeline(1))
    it.press("start")
    it.wait_until_left(59)
    it.press("start")
    still = it.text("times"), it.root.locator(".bc-gone").get_attribute("style")
    it.page.wait_for_timeout(300)
    assert (it.text("times"), it.root.locator(".bc-gone").get_attribute("style")) == still
    it.press("start")
    it.wait_until_left(58)


def test_next_and_back_go_from_step_to_step(player):
    it = player(short())
    it.press("start", "next")
    assert it.text("next-words") == "Next: Move, left side: Knees to the left"
    it.press("next")
    assert (it.text("title"), it.text("kind")) == ("Knees to the left", "Move, left side")
    it.press("next")
    assert (it.text("title"), it.text("kind")) == ("Knees to the left", "Hold, left side")
    it.press("back")
    assert it.text("kind") == "Move, left side"


def test_this_side_can_be_done_again_or_this_step_where_there_are_no_sides(player):
    it = player(short())
    it.press("start")
    assert it.text("again") == "Restart this step"
    it.skip(6)
    assert (it.text("kind"), it.text("again")) == ("Hold, right side", "Restart this side")
    it.press("again")
    assert it.text("kind") in ("Change sides, right side", "Move, right side")
    it.press("stop")
    one, two = (hold(id=name, title=name, say="Stay.") for name in ("one", "two"))
    it.load(compile_session([middle(one, two)], Options(pauses=SHORT)))
    it.press("start")
    it.skip(5)
    assert (it.text("kind"), it.text("title")) == ("Hold", "two")
    it.press("again")
    assert (it.text("kind"), it.text("title")) == ("Move", "two")


def test_a_timer_of_one_step_shows_no_back_next_or_list_of_steps(player):
    it = player(timer_timeline(1))
    it.press("start")
    assert not any(it.is_visible(name) for name in ("back", "next", "all"))
    assert it.text("place") == ""
    it.keys("n")
    assert it.status == "running"


def test_a_steps_kind_is_not_shown_where_its_title_already_says_it(player):
    session = compile_session(
        [middle(breathe(title="Breathe low and slow"))], Options(pauses=SHORT)
    )
    it = player(session)
    it.press("start")
    assert (it.text("kind"), it.text("title")) == ("", "Get ready")
    it.press("next", "next")
    assert it.text("next-words") == "Next: Breathe low and slow"


def test_the_line_of_what_comes_next_names_the_coming_step_without_its_round_and_at_last_the_end(
    player,
):
    twice = exercise(rounds={"default": 2, "min": 1, "max": 3})
    it = player(compile_session([twice], Options(pauses=SHORT)))
    it.press("start", "next")
    assert it.text("next-words") == "Next: Move, left side: Knees to the left"
    while it.text("kind") != "Hold, right side, round 2 of 2":
        it.skip(1)
    assert it.text("next-words") == "Next: the end"


def test_after_the_end_of_a_session_only_buttons_that_do_something_are_enabled(player):
    it = player(short())
    it.press("start")
    it.skip(8)
    enabled = it.root.locator(".bc-keys button:enabled:visible")
    assert enabled.all_inner_texts() == ["Start again", "Back", "Large", "Menu"]
    assert len(it.sent()) == 1


def test_a_step_that_waits_says_so_stands_still_and_its_digits_grow_pale(player):
    it = player(short(steps=(hold(wait=True),)))
    ink = "getComputedStyle(document.querySelector('.bc-digits')).color"
    it.press("start")
    running = it.evaluate(ink)
    it.press("next", "next")
    it.wait_for("held")
    assert it.text("kind") == "Waiting for you: press Space or Go on"
    assert it.evaluate(ink) != running
    assert it.text("start") == "Go on"
    it.press("start")
    it.wait_for("running")


def test_every_exercise_waits_when_asked_to(player):
    it = player(short())
    it.set("steps")
    it.press("start", "next", "next")
    it.wait_for("held")
    assert it.text("status") == "Waiting for you: Knees to the left."


def test_cautions_stand_under_a_heading_with_what_to_do_about_each_in_bold(player):
    it = player(short(stop="Stop if it hurts: at once."))
    it.press("start")
    assert not it.is_visible("care")
    it.press("next")
    assert it.text("care").startswith("Take care")
    assert it.page.locator(".bc-cautions b").all_text_contents() == ["Leave it out: ", ""]
    assert it.page.locator(".bc-cautions li").last.inner_text() == "Stop if it hurts: at once."


def test_stop_ends_the_session_and_offers_to_go_on_from_there(player):
    it = player(timer_timeline(1))
    it.press("start", "longer")
    assert it.text("digits").startswith("1:")
    it.wait_until_left(74)
    it.press("stop")
    assert (it.text("title"), it.text("digits")) == ("Press Start", "1:00")
    it.press("resume")
    it.wait_until_left(73)


def test_new_amounts_wait_until_the_session_being_played_is_over(player):
    it = player(short())
    it.load(timer_timeline(3))
    assert it.text("digits") == "3:00"  # at once before Start
    it.load(short())
    it.press("start")
    it.receive(timeline=timer_timeline(2).to_dict(), key="another", sprites={})
    assert it.text("note") == "Your new amounts begin with the next start."
    it.press("next")
    assert it.is_visible("card")  # with its figures
    it.press("stop")
    assert it.text("digits") == "2:00"


def test_elapsed_and_remaining_time_add_up_to_the_whole_timer(player):
    it = player(timer_timeline(1))
    it.press("start")
    it.page.wait_for_timeout(1300)
    done, to_go = re.findall(r"\d:(\d\d)", it.text("times"))
    assert int(done) + int(to_go) == 60


# What is heard


def test_every_tone_is_soft_ends_in_silence_and_differs_from_the_others(show):
    page = show(PARTS)
    page.wait_for_function("window.ready")
    heard = page.evaluate(
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
    it = player(session, TONES)
    it.press("start")
    wanted = sorted(p.start_ms + c.at for p in session.phases for c in p.cues if c.tone)
    it.page.wait_for_function("(n) => tones.length >= n", arg=len(wanted) - 1)
    it.page.wait_for_timeout(1000)
    tones = it.evaluate("tones")
    begun = max(i for i, (a, b) in enumerate(itertools.pairwise([9e9, *tones])) if b < a)
    gaps = [b - a for a, b in itertools.pairwise(tones[begun:])]
    expected = [(b - a) / 1000 for a, b in itertools.pairwise(wanted)][-len(gaps) :]
    assert gaps == pytest.approx(expected, abs=1e-6)
    assert len(gaps) >= len(wanted) - 2


def test_pause_takes_back_every_tone_that_has_not_begun(player):
    it = player(compile_session([middle(breathe())]), TONES)
    it.evaluate(
        """() => { window.gone = 0;
             const old = AudioNode.prototype.disconnect;
             AudioNode.prototype.disconnect = function () {
               window.gone++; return old.call(this); }; }"""
    )
    it.press("start")
    it.page.wait_for_function("tones.length >= 60")
    it.press("start")
    assert it.evaluate("gone") >= 60


def test_no_tone_is_lost_when_the_audio_clock_falls_behind(player):
    it = player(timer_timeline(1), TONES)
    it.load(timer_timeline(0, 4), {"at": 1500, "tone": "count"})
    it.press("open", "test")  # sound is on from here
    it.page.wait_for_function("tones.length")
    before = it.evaluate(
        """() => new Promise((done) => {
             document.querySelector(".bc-start").click();
             setTimeout(() => { done(tones.length); slip = 1.5; }, 1470); })"""
    )
    it.page.wait_for_function("(before) => tones.length > before", arg=before)


def test_the_voice_says_setup_movement_change_and_end(player):
    session = compile_session([exercise(steps=(QUICK,))])
    it = player(session, SPEECH)
    it.set("speed", "2")
    it.press("start")
    it.page.wait_for_function("said[0]?.[0] === 'Get ready.'")
    for phase in session.phases[1:]:
        it.press("next")
        if phase.say:
            first = phase.say.split(".")[0] + "."
            it.page.wait_for_function("(words) => said.flat().includes(words)", arg=first)


# Starts a session, and as it ends the next; how much was said by the end of the last of them.
SAID_AT_END = """([root, sessions]) => new Promise((tell) => {
    const start = root.querySelector(".bc-start");
    new MutationObserver((_, watch) => {
        if (root.dataset.status !== "done") return;
        sessions -= 1;
        if (sessions) return start.click();
        watch.disconnect();
        tell(said.length);
    }).observe(root, { attributes: true, attributeFilter: ["data-status"] });
    start.click();
})"""


def test_the_end_of_a_timer_is_said_after_its_tone_unless_another_session_runs(player):
    it = player(timer_timeline(0, 1), SPEECH)
    root = it.root.element_handle()
    for sessions in (1, 2):
        assert it.page.evaluate(SAID_AT_END, [root, sessions]) == 0
        it.page.wait_for_function("said.length")
        assert it.evaluate("said.splice(0).map(([text]) => text)") == ["Time is up."]


def test_a_sentence_marked_more_is_said_only_to_those_who_asked_to_hear_more(player):
    it = player(timer_timeline(1), SPEECH)
    it.load(timer_timeline(0, 4), {"say": "Always."}, {"at": 200, "say": "More.", "more": True})
    it.press("start")
    it.page.wait_for_function("said.flat().includes('Always.')")
    it.page.wait_for_timeout(400)
    assert it.evaluate("said.map(([text]) => text)") == ["Always."]
    it.press("stop")
    it.set("more")
    it.press("start")
    it.page.wait_for_function("said.flat().includes('More.')")
    assert not it.is_visible("times")


def test_the_sound_test_plays_tones_and_the_voice_and_is_disabled_while_a_session_runs(player):
    it = player(timer_timeline(1), SPEECH + TONES)
    it.press("open", "test")
    it.page.wait_for_function("tones.length === 3 && said[0]?.[0] === 'This is the voice.'")
    assert it.status == "idle"
    it.press("start")
    assert it.page.is_disabled(".bc-test")
    it.press("start")
    assert it.page.is_enabled(".bc-test")


# The kernel


def test_no_message_is_sent_while_a_session_runs_and_one_at_its_end(player):
    it = player(timer_timeline(minutes=0, seconds=2))
    it.press("start")
    it.page.wait_for_timeout(500)
    assert it.evaluate("model.messages.length") == 0
    it.wait_for("done")
    (message,) = it.sent()
    (result,) = message["results"]
    assert (result["finished"], result["title"]) == (True, "Timer")
    assert (result["reached"], result["total"]) == (2000, 2000)
