"""Sound, voice and screen: taken away and given back, late, or not there at all."""

import re

import pytest

from backcare_nb.sessions.timeline import compile_session, timer_timeline
from tests.browser.stage import open_player, wait_until_left
from tests.samples import exercise, short

# Audio whose state and whose clock a test can change; every context that was made is in `made`.
AUDIO = """
window.made = [], window.allowed = true, window.frozen = 0, window.tones = [];
const Real = AudioContext;
window.AudioContext = class extends Real {
  constructor() { super(); made.push(this); this.number = made.length; this.stands = -1; }
  get state() { return allowed ? super.state : "suspended"; }
  async resume() { return allowed ? super.resume() : Promise.reject(new Error("no")); }
  get currentTime() {
    if (this.number > frozen) return super.currentTime;
    return this.stands < 0 ? (this.stands = super.currentTime) : this.stands;
  }
};
const { start } = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (when) {
  tones.push(this.context.number);
  return start.call(this, when);
};
"""
LOST = "No sound: touch the page or press a key, and see that a speaker is on."
DARK = "The screen may go dark: "
UNANSWERED = "The voice does not answer: tones alone. It is asked again at the next words."

# A voice that speaks when a test lets it, and writes down who said what, in which language.
SPEECH = """
window.said = [], window.cancelled = 0, window.mute = false;
window.there = [["en-GB", "Anna"], ["en-US", "Bob"], ["de-DE", "Clara"]];
const voices = new EventTarget();
Object.assign(voices, {
  getVoices: () => there.map(([lang, name]) => ({ lang, name, voiceURI: name, localService: 1 })),
  cancel() { cancelled++; },
  speak(speech) {
    if (mute || !speech.text.trim()) return;
    said.push([speech.text, speech.voice?.name ?? "", speech.lang]);
    setTimeout(() => speech.onstart?.());
  },
});
Object.defineProperty(window, "SpeechSynthesisUtterance", { value: class {
  constructor(text) { this.text = text; } } });
Object.defineProperty(window, "speechSynthesis", { value: voices });
window.list = (...all) => { there = all; voices.dispatchEvent(new Event("voiceschanged")); };
"""
LOCKS = """
window.locks = 0, window.refuse = false;
navigator.wakeLock.request = async () => {
  if (refuse) throw new Error("low battery");
  locks++;
  return (window.lock = {
    released: false,
    release() { if (!this.released) locks--; this.released = true; },
  });
};
"""


@pytest.fixture
def player(show, tmp_path):
    """Opens a session in the player."""
    return lambda session: open_player(show, tmp_path, session)


def press(page, *names):
    for name in names:
        page.click(f".bc-{name}")


def lacks(page):
    """The lines beside Start."""
    return page.locator(".bc-lacks p").all_inner_texts()


def wait_for_lacks(page, *words):
    page.wait_for_function(
        """(words) => JSON.stringify(words) === JSON.stringify(
             [...document.querySelectorAll(".bc-lacks p")].map((line) => line.textContent))""",
        arg=list(words),
    )


def touch(page):
    """An input that does nothing but be one."""
    page.mouse.click(1, 1)


# Sound


def test_sound_that_is_suspended_in_a_session_comes_back_by_itself(page, player):
    page.add_init_script(SPEECH + AUDIO)
    player(timer_timeline(1))
    press(page, "start")
    wait_until_left(page, 59)
    page.evaluate("made[0].suspend()")
    page.wait_for_function("made[0].state === 'running'")
    assert lacks(page) == []


@pytest.mark.parametrize("how", ["click", "key"])
def test_sound_that_does_not_come_back_is_told_and_comes_with_the_next_input(page, player, how):
    page.add_init_script(SPEECH + AUDIO)
    player(timer_timeline(1))
    press(page, "start")
    wait_until_left(page, 59)
    page.evaluate("() => { allowed = false; return made[0].suspend(); }")  # a telephone rings
    wait_for_lacks(page, LOST)
    page.evaluate("() => { allowed = true; tones.length = 0; }")  # it is over, and nobody is told
    page.wait_for_timeout(300)
    assert lacks(page) == [LOST]
    if how == "click":
        touch(page)
    else:
        page.keyboard.press("Shift")
    wait_for_lacks(page)
    page.wait_for_function("tones.length")  # from here on they keep to the session again
    assert page.evaluate("made.length") == 1


def test_a_session_that_waits_brings_sound_back_too(page, player):
    page.add_init_script(SPEECH + AUDIO)
    player(short())
    press(page, "settings summary")
    page.check("[name=steps]")
    press(page, "start", "next", "next")
    page.wait_for_selector("[data-status=held]")
    page.evaluate("() => { allowed = false; return made[0].suspend(); }")
    wait_for_lacks(page, LOST)


def test_no_sound_is_asked_for_while_nothing_runs(page, player):
    page.add_init_script(SPEECH + AUDIO)
    player(timer_timeline(1))
    press(page, "start", "start")
    page.evaluate("made[0].suspend()")
    touch(page)
    page.wait_for_timeout(300)
    assert page.evaluate("made[0].state") == "suspended"


def test_an_audio_clock_that_stands_is_noticed_and_a_new_one_takes_over(page, player):
    page.add_init_script(SPEECH + AUDIO)
    player(timer_timeline(1))
    press(page, "start")
    wait_until_left(page, 59)
    page.evaluate("window.frozen = 1")
    page.wait_for_function("made.length === 2 && tones.at(-1) === 2")
    assert page.evaluate("made[0].state") == "closed"
    page.wait_for_timeout(500)
    assert lacks(page) == []
    assert page.evaluate("made.length") == 2


def test_where_no_audio_clock_moves_it_is_told_and_another_is_tried_at_each_input(page, player):
    page.add_init_script(SPEECH + AUDIO)
    page.add_init_script("window.frozen = 99")
    player(timer_timeline(1))
    press(page, "start")
    wait_for_lacks(page, LOST)
    page.evaluate("tones.length = 0")
    made = page.evaluate("made.length")
    page.wait_for_timeout(1000)
    assert page.evaluate("[made.length, tones.length]") == [made, 0]
    page.evaluate("window.frozen = made.length")
    touch(page)
    wait_for_lacks(page)
    page.wait_for_function("tones.includes(made.length)")


@pytest.mark.parametrize(("late_ms", "tones"), [(900, 1), (1500, 1), (3000, 0)])
def test_where_sound_comes_late_the_tone_that_is_due_sounds_at_once(page, player, late_ms, tones):
    page.add_init_script(SPEECH + AUDIO)
    page.add_init_script("window.allowed = false")
    session = timer_timeline(1).to_dict()
    cue = {"tone": "count", "say": "", "more": False}
    session["phases"][0]["cues"] = [cue | {"at": 0}, cue | {"at": 300}]
    player(timer_timeline(1))
    page.evaluate("(s) => model.receive(s)", {"timeline": session, "key": "k"})
    page.evaluate(
        """(late) => new Promise((done) => {
             document.querySelector(".bc-start").click();
             setTimeout(() => { window.allowed = true; made[0].resume(); done(); }, late); })""",
        late_ms,
    )
    page.wait_for_timeout(300)
    assert page.evaluate("tones.length") == tones


def test_something_that_nobody_hears_keeps_the_line_open_while_it_runs_and_no_longer(page, player):
    page.add_init_script(
        """const { destination } = window; window.ears = null;
           const connect = AudioNode.prototype.connect;
           AudioNode.prototype.connect = function (to, ...rest) {
             if (to === this.context.destination && !(this instanceof AnalyserNode)) {
               window.ears ??= new AnalyserNode(this.context, { fftSize: 2048 });
               connect.call(this, ears);
             }
             return connect.call(this, to, ...rest);
           };
           window.peak = () => { const wave = new Float32Array(2048);
             ears?.getFloatTimeDomainData(wave); return Math.max(0, ...wave.map(Math.abs)); };"""
    )
    session = timer_timeline(1).to_dict()
    session["phases"][0]["cues"] = []
    player(timer_timeline(1))
    page.evaluate("(s) => model.receive(s)", {"timeline": session, "key": "k"})
    press(page, "start")
    page.wait_for_function("peak() > 0")
    wait_until_left(page, 58)
    assert 2**-16 < page.evaluate("peak()") < 1e-4  # more than nothing, and 80 dB below a tone
    press(page, "start")
    page.wait_for_function("peak() === 0")
    press(page, "start")
    page.wait_for_function("peak() > 0")
    press(page, "stop")
    page.wait_for_function("peak() === 0")


def test_a_browser_without_sound_says_so_before_start_and_not_while_it_runs(page, player):
    page.add_init_script("delete window.AudioContext")
    page.add_init_script(SPEECH)
    player(timer_timeline(1))
    line = "This browser makes no sound: follow the digits, or try another browser."
    assert lacks(page) == [line]
    press(page, "start")
    assert lacks(page) == []
    press(page, "start")
    assert lacks(page) == [line]


# Voice


def test_a_page_that_is_left_takes_its_voice_along(page, player):
    page.add_init_script(SPEECH)
    player(timer_timeline(1))
    press(page, "start")
    before = page.evaluate("cancelled")
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert page.evaluate("cancelled") > before
    assert page.get_attribute(".backcare-player", "data-status") == "paused"


def test_a_voice_that_comes_after_ten_seconds_says_what_was_waiting_and_all_that_follows(
    page, player
):
    page.clock.install()
    page.add_init_script(SPEECH)
    page.add_init_script("window.mute = true; window.there = []; delete window.AudioContext;")
    page.add_init_script("window.Worker = undefined")
    player(compile_session([exercise()]))
    press(page, "start", "next")
    page.clock.run_for(10_000)
    assert page.evaluate("said") == []
    (line,) = lacks(page)
    assert line.startswith("No voice found yet: tones alone. ")
    page.evaluate("() => { mute = false; list(['en-GB', 'Anna']); }")
    page.clock.run_for(100)
    assert page.evaluate("said[0]") == ["Knee rolls.", "Anna", "en"]
    assert lacks(page) == []
    press(page, "next")
    page.clock.run_for(1000)
    assert "Let both knees sink to the left, and look to the right." in page.evaluate(
        "said.map(([text]) => text)"
    )


def test_words_whose_time_is_long_over_are_not_said_by_a_voice_that_comes_then(page, player):
    page.clock.install()
    page.add_init_script(SPEECH)
    page.add_init_script("window.mute = true; window.Worker = undefined;")
    player(timer_timeline(2))
    page.click(".bc-settings summary")
    press(page, "test")
    page.clock.run_for(60_000)
    page.evaluate("() => { mute = false; list(['en-GB', 'Anna']); }")
    assert page.evaluate("said") == []


def test_a_sentence_that_no_voice_begins_does_not_silence_those_that_follow(page, player):
    page.add_init_script(SPEECH)
    page.add_init_script("window.mute = true")
    player(short())
    press(page, "start", "next")
    wait_for_lacks(page, UNANSWERED)
    page.evaluate("mute = false")
    press(page, "next")
    page.wait_for_function("said.length")
    wait_for_lacks(page)


def test_where_no_voice_is_installed_it_says_beside_start_what_to_do(page, player):
    page.add_init_script(SPEECH)
    page.add_init_script("window.there = []")
    player(short())
    assert lacks(page) == []  # a browser takes a moment to list them
    page.wait_for_selector(".bc-lacks p")
    (line,) = lacks(page)
    assert line.startswith("No voice found yet: tones alone. ")
    assert "--enable-speech-dispatcher" in line
    press(page, "start")
    assert lacks(page) == []
    page.evaluate("list(['en-GB', 'Anna'])")
    press(page, "start")
    assert lacks(page) == []


def test_elsewhere_than_on_linux_the_system_has_the_voices(page, player):
    page.add_init_script(
        "Object.defineProperty(navigator, 'userAgent', { value: 'Mozilla/5.0 (Windows NT 10.0)' })"
    )
    page.add_init_script(SPEECH)
    page.add_init_script("window.there = []")
    player(short())
    page.wait_for_selector(".bc-lacks p")
    (line,) = lacks(page)
    assert line.endswith("Add one in the speech settings of your system, and open this page again.")


def test_a_browser_that_cannot_speak_says_so_before_start(page, player):
    page.add_init_script("delete window.speechSynthesis")
    page.add_init_script("Object.defineProperty(window, 'speechSynthesis', { value: undefined })")
    player(short())
    assert lacks(page)[0].startswith("This browser cannot speak: tones alone.")
    press(page, "start")
    page.wait_for_function("document.querySelector('.bc-title').textContent === 'Knee rolls'")


def test_a_german_exercise_is_read_by_a_german_voice_and_the_rest_by_an_english_one(page, player):
    page.add_init_script(SPEECH)
    german = exercise(language="de", title="Kniewiege", setup="Leg dich hin.")
    session = compile_session([german])
    player(session)
    press(page, "start")
    page.wait_for_function("said.length === 1")
    press(page, "next")
    page.wait_for_function("said.length === 3")
    press(page, *["next"] * 3)
    page.wait_for_function("said.some(([text]) => text.startsWith('Change sides'))")
    spoken = {text: (voice, lang) for text, voice, lang in page.evaluate("said")}
    assert spoken["Get ready."][0] != "Clara"
    assert spoken["Kniewiege."] == spoken["Leg dich hin."] == ("Clara", "de")
    assert next(who for text, who in spoken.items() if "Change sides" in text)[1] == "en"
    assert page.get_attribute(".bc-words", "lang") == "en"


def test_where_no_voice_has_the_language_of_an_exercise_it_is_told(page, player):
    page.add_init_script(SPEECH)
    page.add_init_script("window.there = [['en-GB', 'Anna']]")
    player(short(language="de"))
    page.wait_for_selector(".bc-lacks p")
    assert lacks(page)[0].startswith("No voice here speaks German. ")


def test_a_voice_can_be_chosen_for_each_language_and_is_remembered(page, player):
    page.add_init_script(SPEECH)
    player(short())
    page.click(".bc-settings summary")
    choice = page.get_by_label("English voice")
    assert choice.locator("option").all_inner_texts() == ["Automatic", "Anna", "Bob"]
    choice.select_option("Bob")
    press(page, "start")
    page.wait_for_function("said.length")
    assert page.evaluate("said[0]") == ["Get ready.", "Bob", "en"]
    page.reload()
    page.wait_for_function("window.ready")
    page.click(".bc-settings summary")
    assert page.get_by_label("English voice").input_value() == "Bob"
    page.evaluate("list(['en-GB', 'Anna'], ['en-IE', 'Eve'])")  # Bob has gone
    press(page, "start")
    page.wait_for_function("said.length")
    assert page.evaluate("said[0][1]") in ("Anna", "Eve")


def test_where_there_is_one_voice_there_is_no_choice(page, player):
    page.add_init_script(SPEECH)
    page.add_init_script("window.there = [['en-GB', 'Anna'], ['de-DE', 'Clara']]")
    player(short())
    page.click(".bc-settings summary")
    assert page.locator(".bc-voices select").count() == 0


# The screen


def test_a_screen_that_may_go_dark_is_told_and_asked_for_again_at_the_next_input(page, player):
    page.add_init_script(SPEECH + LOCKS + "window.refuse = true;")
    player(timer_timeline(1))
    press(page, "start")
    line = f"{DARK}the browser would not keep it on. Touch the page to ask again."
    wait_for_lacks(page, line)
    page.evaluate("refuse = false")
    touch(page)
    page.wait_for_function("locks === 1")
    wait_for_lacks(page)
    press(page, "start")
    assert page.evaluate("locks") == 0


def test_a_lock_that_was_lost_out_of_sight_is_asked_for_again_in_sight(page, player):
    page.add_init_script(SPEECH + LOCKS)
    player(timer_timeline(1))
    press(page, "start")
    page.wait_for_function("locks === 1")
    page.evaluate("lock.release()")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function("locks === 1")


def test_a_lock_that_comes_after_pause_is_given_back(page, player):
    page.add_init_script(
        SPEECH + LOCKS + "const { request } = navigator.wakeLock; window.come = [];"
        "navigator.wakeLock.request = () => new Promise((on) => come.push(() => on(request())));"
    )
    player(timer_timeline(1))
    press(page, "start", "start")
    page.evaluate("come.forEach((f) => f())")
    page.wait_for_function("window.lock?.released")
    assert page.evaluate("locks") == 0


def test_over_plain_http_it_says_beside_start_that_the_screen_may_go_dark(page, player):
    page.add_init_script(
        SPEECH + "delete Navigator.prototype.wakeLock;"
        "Object.defineProperty(window, 'isSecureContext', { value: false });"
    )
    player(timer_timeline(1))
    (line,) = lacks(page)
    assert line == f"{DARK}over plain http no page can keep it on. Set it to stay on longer."
    press(page, "start")
    assert lacks(page) == []


# The line itself


def test_what_is_missing_stands_under_start_and_moves_no_key(page, player):
    page.set_viewport_size({"width": 360, "height": 780})
    page.add_init_script(SPEECH + LOCKS + "window.refuse = true;")
    player(timer_timeline(1))
    boxes = {name: page.locator(f".bc-{name}").bounding_box() for name in ("start", "stop")}
    press(page, "start")
    page.wait_for_selector(".bc-lacks p")
    for name, box in boxes.items():
        assert page.locator(f".bc-{name}").bounding_box() == pytest.approx(box, abs=0.5)
    line = page.locator(".bc-lacks p").bounding_box()
    assert 0 < line["y"] - boxes["stop"]["y"] - boxes["stop"]["height"] < 40
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_screen_reader_hears_what_is_missing_once(page, player):
    page.add_init_script(SPEECH + LOCKS + "window.refuse = true;")
    player(short())
    page.evaluate(
        """() => { window.heard = 0; new MutationObserver(() => heard++)
             .observe(document.querySelector(".bc-lacks"), { childList: true }); }"""
    )
    press(page, "start")
    page.wait_for_selector(".bc-lacks p")
    press(page, "next", "next")
    assert page.get_attribute(".bc-lacks", "role") == "status"
    assert page.evaluate("heard") == 1


def test_the_same_words_stand_under_the_settings(page, player):
    page.add_init_script("delete window.AudioContext")
    player(short())
    page.click(".bc-settings summary")
    (line, *_) = lacks(page)
    assert re.search(f"Tones: {re.escape(line)}", page.inner_text(".bc-abilities"))
