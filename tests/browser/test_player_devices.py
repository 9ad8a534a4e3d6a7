"""Sound, voice and screen: taken away and given back, late, or not there at all."""

import pytest

from backcare_nb.sessions.timeline import compile_session, timer_timeline
from tests.browser.stage import read_script
from tests.samples import exercise, short

LOST = "No sound: touch the page or press a key, and see that a speaker is on."
NO_SOUND = "This browser makes no sound: follow the digits, or try another browser."
DARK = "The screen may go dark: "
UNANSWERED = "The voice does not answer: tones alone. It is asked again at the next words."

# ... by the clock that a test turns, to which no worker and no sound keeps.
AUDIO, EARS, SPEECH, LOCKS = map(read_script, ("audio", "ears", "speech", "wake_lock"))
SLOW_SPEECH = SPEECH + "window.Worker = undefined; delete window.AudioContext;"


def lacks(it):
    """The lines beside Start."""
    return it.page.locator(".bc-lacks p").all_inner_texts()


def wait_for_lacks(it, *words):
    it.page.wait_for_function(
        """(words) => JSON.stringify(words) === JSON.stringify(
             [...document.querySelectorAll(".bc-lacks p")].map((line) => line.textContent))""",
        arg=list(words),
    )


def touch(it):
    """An input that does nothing but be one."""
    it.page.mouse.click(1, 1)


# Sound


def test_sound_that_is_suspended_in_a_session_comes_back_by_itself(player):
    it = player(timer_timeline(1), SPEECH + AUDIO)
    it.press("start")
    it.page.wait_for_function("tones.length")
    it.evaluate("made[0].suspend()")
    it.page.wait_for_function("made[0].state === 'running'")
    assert lacks(it) == []


@pytest.mark.parametrize("status", ["running", "held"])
def test_a_lasting_loss_of_sound_is_announced_and_sound_returns_with_the_next_input(player, status):
    it = player(short(), SPEECH + AUDIO)
    it.set("steps")
    it.press("start", *(["next", "next"] if status == "held" else []))
    it.wait_for(status)
    it.page.wait_for_function("made[0].state === 'running'")
    it.evaluate("() => { allowed = false; return made[0].suspend(); }")  # a telephone rings
    wait_for_lacks(it, LOST)
    it.evaluate("() => { allowed = true; tones.length = 0; }")  # it is over, and nobody is told
    it.page.wait_for_timeout(200)
    assert lacks(it) == [LOST]
    if status == "held":
        it.keys("Shift")
        wait_for_lacks(it)
    else:
        touch(it)
        wait_for_lacks(it)
        it.page.wait_for_function("tones.length")  # from here on they keep to the session again
    assert it.evaluate("made.length") == 1


def test_no_sound_is_asked_for_while_nothing_runs(player):
    it = player(timer_timeline(1), SPEECH + AUDIO)
    it.press("start", "start")
    it.evaluate("made[0].suspend()")
    touch(it)
    it.page.wait_for_timeout(300)
    assert it.evaluate("made[0].state") == "suspended"


def test_an_audio_context_whose_time_stands_still_is_replaced_by_a_new_one(player):
    it = player(timer_timeline(1), SPEECH + AUDIO)
    it.press("start")
    it.page.wait_for_function("tones.length")
    it.evaluate("frozen = 1")
    it.page.wait_for_function("made.length === 2 && tones.at(-1) === 2")
    assert it.evaluate("made[0].state") == "closed"
    it.page.wait_for_timeout(300)
    assert (lacks(it), it.evaluate("made.length")) == ([], 2)


def test_with_no_working_audio_context_a_notice_shows_and_each_input_tries_a_new_one(player):
    it = player(timer_timeline(1), SPEECH + AUDIO + "window.frozen = 99;")
    it.press("start")
    wait_for_lacks(it, LOST)
    it.evaluate("tones.length = 0")
    made = it.evaluate("made.length")
    it.page.wait_for_timeout(500)
    assert it.evaluate("[made.length, tones.length]") == [made, 0]
    it.evaluate("frozen = made.length")
    touch(it)
    wait_for_lacks(it)
    it.page.wait_for_function("tones.includes(made.length)")


@pytest.mark.parametrize(("late_ms", "tones"), [(500, 2), (2400, 1), (4500, 0)])
def test_a_session_waits_for_sound_a_little_and_then_the_tone_that_was_due_last_sounds_at_once(
    player, late_ms, tones
):
    it = player(timer_timeline(1), SPEECH + AUDIO + "window.allowed = false;")
    it.load(timer_timeline(1), {"tone": "count"}, {"tone": "count", "at": 300})
    it.evaluate(
        """(late) => new Promise((done) => {
             document.querySelector(".bc-start").click();
             setTimeout(() => { allowed = true; made[0].resume(); done(); }, late); })""",
        late_ms,
    )
    it.page.wait_for_timeout(300)
    assert min(it.evaluate("tones.length"), 2) == tones


def test_an_inaudible_signal_keeps_the_audio_output_open_while_a_session_runs_only(player):
    it = player(timer_timeline(1), EARS)
    it.load(timer_timeline(1), {})
    it.press("start")
    it.page.wait_for_function("peak() > 0")
    it.page.wait_for_timeout(500)
    assert 2**-16 < it.evaluate("peak()") < 1e-4  # more than nothing, and 80 dB below a tone
    it.press("start")
    it.page.wait_for_function("peak() === 0")
    it.press("start")
    it.page.wait_for_function("peak() > 0")
    it.press("stop")
    it.page.wait_for_function("peak() === 0")


def test_a_browser_without_sound_says_so_before_start_and_not_while_it_runs(player):
    it = player(timer_timeline(1), "delete window.AudioContext;" + SPEECH)
    assert lacks(it) == [NO_SOUND]
    it.press("start")
    assert lacks(it) == []
    it.press("start")
    assert lacks(it) == [NO_SOUND]
    it.press("open")
    assert f"Tones: {NO_SOUND}" in it.text("abilities")  # the same words


# Voice


def test_leaving_the_page_silences_the_voice_and_pauses_the_session(player):
    it = player(timer_timeline(1), SPEECH)
    it.press("start")
    before = it.evaluate("cancelled")
    it.evaluate("dispatchEvent(new Event('pagehide'))")
    assert it.evaluate("cancelled") > before
    assert it.status == "paused"


def test_a_voice_that_comes_late_says_what_was_waiting_and_all_that_follows(page, player):
    page.clock.install()
    it = player(
        compile_session([exercise()]), SLOW_SPEECH + "window.mute = true; window.there = [];"
    )
    it.press("start", "next")
    page.clock.run_for(10_000)
    assert it.evaluate("said") == []
    (line,) = lacks(it)
    assert line.startswith("No voice found yet: tones alone. ")
    it.evaluate("() => { mute = false; list(['en-GB', 'Anna']); }")
    page.clock.run_for(100)
    assert it.evaluate("said[0]") == ["Knee rolls.", "Anna", "en"]
    assert lacks(it) == []
    it.press("next")
    page.clock.run_for(1000)
    said = it.evaluate("said.map(([text]) => text)")
    assert "Let both knees sink to the left, and look to the right." in said


def test_words_whose_time_is_long_over_are_not_said_by_a_voice_that_comes_then(page, player):
    page.clock.install()
    it = player(timer_timeline(2), SLOW_SPEECH + "window.mute = true;")
    it.press("open", "test")
    page.clock.run_for(60_000)
    it.evaluate("() => { mute = false; list(['en-GB', 'Anna']); }")
    assert it.evaluate("said") == []


def test_a_sentence_that_no_voice_begins_does_not_silence_those_that_follow(page, player):
    page.clock.install()
    it = player(compile_session([exercise()]), SLOW_SPEECH + "window.mute = true;")
    it.press("start", "next")
    page.clock.run_for(6000)
    assert UNANSWERED in lacks(it)
    it.evaluate("mute = false")
    it.press("next")
    page.clock.run_for(1000)
    assert it.evaluate("said.length") > 0
    assert lacks(it) == []


@pytest.mark.parametrize(
    ("system", "advice"),
    [
        ("X11; Linux x86_64", "Chromium also needs --enable-speech-dispatcher."),
        ("Windows NT 10.0", "in the speech settings of your system, and open this page again."),
    ],
)
def test_with_no_voice_installed_the_player_says_beside_start_how_to_get_one(
    page, player, system, advice
):
    page.clock.install()
    agent = f"Object.defineProperty(navigator, 'userAgent', {{ value: 'Mozilla/5.0 ({system})' }});"
    it = player(short(), agent + SPEECH + "window.there = [];")
    assert lacks(it) == []  # a browser takes a moment to list them
    page.clock.run_for(4000)
    (line,) = lacks(it)
    assert line.startswith("No voice found yet: tones alone. ")
    assert line.endswith(advice)
    it.press("start")
    assert lacks(it) == []
    it.evaluate("list(['en-GB', 'Anna'])")
    it.press("start")
    assert lacks(it) == []


def test_a_browser_that_cannot_speak_says_so_before_start(player):
    none = "Object.defineProperty(window, 'speechSynthesis', { value: undefined });"
    it = player(short(), "delete window.speechSynthesis;" + none)
    assert lacks(it)[0].startswith("This browser cannot speak: tones alone.")
    it.press("start")
    it.wait_for_text("title", "Knee rolls")


def test_a_german_exercise_is_read_by_a_german_voice_and_the_rest_by_an_english_one(player):
    german = exercise(language="de", title="Kniewiege", setup="Leg dich hin.")
    it = player(compile_session([german]), SPEECH)
    it.press("start")
    it.page.wait_for_function("said.length === 1")
    it.press("next")
    it.page.wait_for_function("said.length === 3")
    it.skip(3)
    it.page.wait_for_function("said.some(([text]) => text.startsWith('Change sides'))")
    spoken = {text: (voice, lang) for text, voice, lang in it.evaluate("said")}
    assert spoken["Get ready."][0] != "Clara"
    assert spoken["Kniewiege."] == spoken["Leg dich hin."] == ("Clara", "de")
    assert next(who for text, who in spoken.items() if "Change sides" in text)[1] == "en"
    assert it.page.get_attribute(".bc-words", "lang") == "en"


def test_a_notice_says_which_language_of_an_exercise_no_voice_speaks(player):
    it = player(short(language="de"), SPEECH + "window.there = [['en-GB', 'Anna']];")
    assert lacks(it)[0].startswith("No voice here speaks German. ")


def test_a_voice_can_be_chosen_for_each_language_and_is_remembered(player):
    it = player(short(), SPEECH)
    it.press("open")
    choice = it.page.get_by_label("English voice")
    assert choice.locator("option").all_inner_texts() == ["Automatic", "Anna", "Bob"]
    choice.select_option("Bob")
    it.press("start")
    it.page.wait_for_function("said.length")
    assert it.evaluate("said[0]") == ["Get ready.", "Bob", "en"]
    it.reload()
    assert it.page.get_by_label("English voice").input_value() == "Bob"
    it.evaluate("list(['en-GB', 'Anna'], ['en-IE', 'Eve'])")  # Bob has gone
    it.press("start")
    it.page.wait_for_function("said.length")
    assert it.evaluate("said[0][1]") in ("Anna", "Eve")
    it.evaluate("list(['en-GB', 'Anna'], ['de-DE', 'Clara'])")
    assert it.page.locator(".bc-voices select").count() == 0  # there is no choice of one


# The screen


def test_a_refused_wake_lock_is_announced_once_and_asked_for_again_at_the_next_input(player):
    it = player(short(), SPEECH + LOCKS + "window.refuse = true;")
    it.page.set_viewport_size({"width": 360, "height": 780})
    it.evaluate(
        """() => { window.heard = 0; new MutationObserver(() => heard++)
             .observe(document.querySelector(".bc-lacks"), { childList: true }); }"""
    )
    tops = {name: it.top(name) for name in ("start", "open")}
    it.press("start")
    wait_for_lacks(it, f"{DARK}the browser would not keep it on. Touch the page to ask again.")
    # The line stands under the keys, and moves none.
    assert {name: it.top(name) for name in tops} == pytest.approx(tops, abs=0.5)
    assert 0 < it.page.locator(".bc-lacks p").bounding_box()["y"] - it.top("start") < 100
    assert it.evaluate("document.documentElement.scrollWidth") <= 360
    it.skip(2)
    assert it.page.get_attribute(".bc-lacks", "role") == "status"
    assert it.evaluate("heard") == 1
    it.evaluate("refuse = false")
    touch(it)
    it.page.wait_for_function("locks === 1")
    wait_for_lacks(it)
    it.press("start")
    assert it.evaluate("locks") == 0


def test_a_wake_lock_lost_in_a_hidden_tab_is_asked_for_again_when_the_tab_is_seen(player):
    it = player(timer_timeline(1), SPEECH + LOCKS)
    it.press("start")
    it.page.wait_for_function("locks === 1")
    it.evaluate("lock.release()")
    it.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    it.page.wait_for_function("locks === 1")


def test_a_wake_lock_that_arrives_after_pause_is_released(player):
    late = "const { request } = navigator.wakeLock; window.come = [];"
    late += (
        "navigator.wakeLock.request = () => new Promise((on) => come.push(() => on(request())));"
    )
    it = player(timer_timeline(1), SPEECH + LOCKS + late)
    it.press("start", "start")
    it.evaluate("come.forEach((f) => f())")
    it.page.wait_for_function("window.lock?.released")
    assert it.evaluate("locks") == 0


def test_over_plain_http_it_says_beside_start_that_the_screen_may_go_dark(player):
    plain = "delete Navigator.prototype.wakeLock;"
    plain += "Object.defineProperty(window, 'isSecureContext', { value: false });"
    it = player(timer_timeline(1), SPEECH + plain)
    line = f"{DARK}over plain http no page can keep it on. Set it to stay on longer."
    assert lacks(it) == [line]
    it.press("start")
    assert lacks(it) == []


# The keys of a headset and a lock screen

MEDIA_KEYS = """
window.press = {};
navigator.mediaSession.setActionHandler = (key, act) => { press[key] = act; };
"""


def test_keys_of_a_headset_and_a_lock_screen_pause_and_go_on_with_what_ran_last(player):
    it = player(timer_timeline(1), SPEECH + MEDIA_KEYS)
    assert it.evaluate("press.pause") is None  # another program's keys are left alone until Start
    it.press("start")
    it.evaluate("press.pause()")
    assert it.status == "paused"
    assert it.evaluate("navigator.mediaSession.playbackState") == "paused"
    it.evaluate("press.play()")
    assert it.status == "running"
    assert it.evaluate("navigator.mediaSession.playbackState") == "playing"
    assert it.evaluate("navigator.mediaSession.metadata.artist") == "Timer"
    it.press("start", "stop")
    assert it.evaluate("press.play") is None
    assert it.evaluate("navigator.mediaSession.playbackState") == "none"
