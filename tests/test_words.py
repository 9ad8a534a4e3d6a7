"""What is said can be followed with closed eyes: in time, in short sentences, in plain words."""

import re
from collections.abc import Iterator
from itertools import pairwise

from backcare_nb.course.models import Exercise
from backcare_nb.custom.library import current_library
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import Options, amount_settings, set_amount
from backcare_nb.sessions.phases import MINUTE_MS, VOICE_WORDS_PER_MINUTE
from tests.for_each import for_each

VERSION_NAMES = ("easier", "source", "harder")
LONGEST_SENTENCE = 24  # words: ten seconds of an unhurried voice
PLAIN = 60  # Flesch reading ease, from where English counts as plain
EXERCISES = [*current_library().exercises, *current_library().rises_from_floor_and_bed]

each_version = for_each(
    [(e, v) for e in EXERCISES for v in VERSION_NAMES if v != "harder" or e.harder]
)


def session(exercise: Exercise, options: Options) -> timeline.Timeline:
    safety = current_library().safety
    return timeline.compile_session([exercise], options, rise=safety.rise, ways=safety.ways)


def shortest(exercise: Exercise, version: str) -> Options:
    """The least of every amount that a learner may choose."""
    options = Options(version=version)
    chosen = exercise.version(version)
    for setting in amount_settings(chosen):
        options = set_amount(options, chosen, setting, setting.amount.min)
    return options


def speech_ms(words: str) -> float:
    return len(words.split()) * MINUTE_MS / VOICE_WORDS_PER_MINUTE


def spoken(made: timeline.Timeline) -> Iterator[str]:
    for phase in made.phases:
        yield from (words for words in (phase.say, *(cue.say for cue in phase.cues)) if words)


def sentences(text: str) -> list[str]:
    return [found for found in re.split(r"(?<=[.?!])\s+", text.strip()) if found]


def syllables(word: str) -> int:
    """Groups of vowels, without those that are written and not heard."""
    heard = re.sub(
        r"(?<=[a-z][^l])(?<![aeiouy]{2})(e|(?<![td])ed|(?<![sxzcgh])es)$", "", word.lower()
    )
    return max(1, len(re.findall("[aeiouy]+", heard)))


def reading_ease(text: str) -> float:
    """The Flesch reading ease of a text (Flesch, Journal of Applied Psychology, 1948)."""
    words = re.findall(r"[A-Za-z]+", text)
    a_sentence = len(words) / len(sentences(text))
    a_word = sum(map(syllables, words)) / len(words)
    return 206.835 - 1.015 * a_sentence - 84.6 * a_word


@each_version
def test_every_spoken_text_fits_into_the_time_of_its_phase(exercise, version):
    """Neither the next words nor the end of its phase cut it off, even at the least amounts.

    After what is said as a session ends nothing comes.
    """
    for options in (Options(version=version), shortest(exercise, version)):
        for phase in session(exercise, options).phases:
            on_the_way = [cue for cue in phase.cues if cue.at < phase.duration_ms]
            said = [(0, phase.say), *((cue.at, cue.say) for cue in on_the_way)]
            begun = [*sorted(pair for pair in said if pair[1]), (phase.duration_ms, "")]
            late = [a for (at, a), (end, _) in pairwise(begun) if at + speech_ms(a) > end]
            assert late == [], (phase.step, phase.duration_ms)


@each_version
def test_all_that_is_said_is_plain_english_in_sentences_that_can_be_held_in_the_head(
    exercise, version
):
    said = set(spoken(session(exercise, Options(version=version))))
    parts = {part for text in said for part in sentences(text)}
    assert [part for part in parts if len(part.split()) > LONGEST_SENTENCE] == []
    texts = [text for text in said if len(text.split()) >= 8]  # of fewer words it says little
    assert {text: reading_ease(text) for text in texts if reading_ease(text) < PLAIN} == {}


def test_reading_ease_knows_plain_words_from_learned_ones():
    assert syllables("slowly") == syllables("little") == syllables("lifted") == 2
    assert syllables("spine") == syllables("knees") == syllables("raised") == 1
    assert reading_ease("Let your back rest on the floor, and breathe as you like.") > 90
    assert reading_ease("Simultaneous lumbopelvic dissociation necessitates considerable care.") < 0


def moved_and_placed() -> dict[str, set[str]]:
    """What is said of each motion, and of getting into each posture that exercises start from."""
    said: dict[str, set[str]] = {}
    for exercise in current_library().exercises:
        for version in map(exercise.version, VERSION_NAMES):
            said.setdefault(f"into {version.start}", set()).add(version.setup)
            for step in version.steps:
                if getattr(step, "motion", None):
                    said.setdefault(step.motion, set()).add(step.say)
    return {name: words for name, words in said.items() if len(words) > 1}


def runs(text: str, length: int = 5) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z{}]+", text.lower())
    return {tuple(words[n : n + length]) for n in range(len(words) - length + 1)}


@for_each(moved_and_placed().items())
def test_the_same_movement_has_the_same_words_wherever_it_is_said(name, said):
    assert set.intersection(*map(runs, said)), said
