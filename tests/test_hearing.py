"""What is wrong in a recording is found in it: tones and voices are made here, and then spoiled."""

import zlib

import numpy as np
import pytest

from backcare_nb.sessions.phases import Phase, PhaseCue
from backcare_nb.sessions.timeline import Timeline
from tools.hearing import SAMPLE_RATE, listen

FOLD, REST, RISE = "Fold forward.", "Rest both hands on the seat.", "Now come up slowly."
TIMELINE = Timeline(
    "A short session",
    16_000,
    (
        Phase(
            kind="move",
            start_ms=0,
            duration_ms=8_000,
            title="Fold",
            say=f"{FOLD} {REST}",
            cues=(PhaseCue(0, "ready"),),
        ),
        Phase(
            kind="hold",
            start_ms=8_000,
            duration_ms=4_000,
            title="Hold",
            cues=(PhaseCue(0, "start"), PhaseCue(2_000, "halfway", "Halfway.", more=True)),
        ),
        Phase(
            kind="finish",
            start_ms=12_000,
            duration_ms=4_000,
            title="Finished",
            say=RISE,
            cues=(PhaseCue(0, "end"),),
        ),
    ),
)
TONES = {"tone: ready": 0, "tone: start": 8, "tone: halfway": 10, "tone: end": 12}
VOICES = {FOLD: 0.7, REST: 2.5, RISE: 12.7}


def tone():
    seconds = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    return np.round(6000 * np.sin(2 * np.pi * 440 * seconds) * np.exp(-5 * seconds)).astype("<i2")


def voice(sentence):
    """A sound of its own for each sentence: syllables, each of a few pitches at once."""
    random = np.random.default_rng(zlib.crc32(sentence.encode()))
    seconds = np.arange(round(0.12 * SAMPLE_RATE)) / SAMPLE_RATE
    syllables = [
        np.sin(2 * np.pi * random.uniform(150, 5000, (4, 1)) * seconds).sum(axis=0)
        for _ in range(len(sentence) // 2)
    ]
    return np.round(2000 * np.concatenate(syllables)).astype("<i2")


def record(tones=None, voices=None, sounds=(), begun=1.5):
    """A recording in which the session begins after some seconds.

    ``tones`` and ``voices`` come at other seconds than they should, or not at all; ``sounds`` are
    further ones: channel, second, and samples.
    """
    made = [(0, at, tone()) for at in (TONES | (tones or {})).values() if at is not None]
    said = VOICES | (voices or {})
    made += [(1, at, voice(words)) for words, at in said.items() if at is not None]
    samples = np.zeros((round((begun + 18) * SAMPLE_RATE), 2), "<i2")
    for channel, at, sound in (*made, *sounds):
        first = round((begun + at) * SAMPLE_RATE)
        samples[first : first + len(sound), channel] += sound
    return samples


def faults(recording):
    sounds = listen(recording, TIMELINE, voice)
    return {sound.what: sound.fault for sound in sounds if sound.fault}


def cut(words, at, seconds):
    """A sentence at some second, without its last seconds."""
    return 1, at, voice(words)[: -round(seconds * SAMPLE_RATE)]


@pytest.mark.parametrize("begun", [0, 1.5, 7.25])
def test_a_faultless_recording_of_a_session_is_reported_whole_and_in_time(begun):
    heard = {sound.what: sound for sound in listen(record(begun=begun), TIMELINE, voice)}
    assert list(heard) == [*TONES, *VOICES]
    assert not [sound for sound in heard.values() if sound.fault]
    assert all(heard[name].late == pytest.approx(0, abs=0.03) for name in TONES)
    assert heard[REST].late == pytest.approx(2.5, abs=0.03)
    assert heard[RISE].late == pytest.approx(0.7, abs=0.03)
    assert heard[RISE].heard == pytest.approx(heard[RISE].alone, abs=0.05)
    assert heard[RISE].alone == pytest.approx(len(voice(RISE)) / SAMPLE_RATE, abs=0.05)


@pytest.mark.parametrize("sentence", VOICES)
def test_a_sentence_that_was_not_said_or_lacks_its_last_word_is_a_fault(sentence):
    assert faults(record(voices={sentence: None})) == {sentence: "not heard"}
    spoiled = record(voices={sentence: None}, sounds=[cut(sentence, VOICES[sentence], 0.3)])
    assert faults(spoiled) == {sentence: "not whole"}


WHOLE, THIRD = voice(REST), len(voice(REST)) // 3
SPOILED = {
    "cut off by the next": (
        {"voices": {FOLD: None}, "sounds": [cut(FOLD, 2.5 - 0.48, 0.24)]},
        {FOLD: "not whole"},
    ),
    "a word missing in the midst": (
        {
            "voices": {REST: None},
            "sounds": [(1, 2.5, np.concatenate([WHOLE[:THIRD], WHOLE[-THIRD:]]))],
        },
        {REST: "not whole"},
    ),
    "a silence that a busy machine puts in": (
        {
            "voices": {REST: None},
            "sounds": [(1, 2.5, WHOLE[:THIRD]), (1, 3.4, WHOLE[THIRD:])],
        },
        {},
    ),
    "another sentence in its place": (
        {"voices": {RISE: None}, "sounds": [(1, 12.7, voice("Sit down and wait."))]},
        {RISE: "not heard", "speech": "not asked for"},
    ),
    "once too often": ({"sounds": [(1, 5.5, voice(RISE))]}, {"speech": "not asked for"}),
    "a tone too early": (
        {"tones": {"tone: start": 6.5}},
        {"tone: start": "not when due", "a tone": "not asked for"},
    ),
    "a tone too late": ({"tones": {"tone: start": 9.5}}, {"tone: start": "not when due"}),
    "a tone too many": ({"sounds": [(0, 5.2, tone())]}, {"a tone": "not asked for"}),
}


@pytest.mark.parametrize(("spoiled", "found"), SPOILED.values(), ids=SPOILED)
def test_what_is_wrong_in_a_recording_is_found_and_nothing_else(spoiled, found):
    assert faults(record(**spoiled)) == found


def test_two_sentences_said_at_once_are_not_whole():
    assert set(faults(record(voices={REST: VOICES[FOLD] + 0.1}))) >= {FOLD}


def test_a_sentence_that_comes_too_late_is_told_with_how_late():
    late = listen(record(voices={RISE: 15.5}), TIMELINE, voice)[-1]
    assert (late.what, late.fault) == (RISE, "not when due")
    assert late.late == pytest.approx(3.5, abs=0.03)


@pytest.mark.parametrize("name", list(TONES)[1:])
def test_a_tone_that_is_not_heard_is_a_fault(name):
    assert faults(record(tones={name: None})) == {name: "not when due"}


def test_a_missing_first_tone_is_reported_as_left_out_and_is_no_fault():
    sounds = listen(record(tones={"tone: ready": None}), TIMELINE, voice)
    assert sounds[0].what == "tone: ready, left out"
    assert not [sound for sound in sounds if sound.fault]


def test_a_silent_recording_has_nothing_of_a_session():
    silent = np.zeros((20 * SAMPLE_RATE, 2), "<i2")
    assert faults(silent) == dict.fromkeys([*TONES, *VOICES], "not heard")
