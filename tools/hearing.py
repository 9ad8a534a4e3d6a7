"""What is heard in a recording of a session: every tone and every sentence, against its timeline.

    for sound in listen(recording, timeline, synthesise):
        print(sound)

A recording has a channel for the tones and one for the voice. A tone is found by where sound sets
in. A sentence is found by its own sound: ``synthesise`` makes it alone, and each 10 ms of that has
to be in the recording, in its order. So one sentence is told from another, and a hole is seen.
Silence counts for nothing: a busy machine puts some in, whoever speaks.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from backcare_nb.sessions.timeline import Timeline

SAMPLE_RATE = 22_050  # espeak-ng's own, so that nothing is resampled on the way
FRAME = 220  # samples from one look at the sound to the next
FRAME_S = FRAME / SAMPLE_RATE  # 10 ms
WINDOW = 512  # samples in a look
BANDS_HZ = np.geomspace(800, 6700, 13) - 700  # wide enough that the pitch of a voice is not seen
INAUDIBLE = 1e-2  # power in a band
LOUD_DB = RISE_DB = 60  # all bands together

# On a quiet machine tones come within 0.01 s, and the voice after 0.7 s. Where nine processes wait
# for each core it was 0.95 s and 2.0 s, and tones broke off and set in again.
TONE_WITHIN_S = 1.0
VOICE_WITHIN_S = 3.0
RINGS_S = 2.5

# Of two looks at one syllable the correlation is higher, of others it is seldom.
ALIKE = 0.7
# In correlation, for each frame: espeak-ng may draw a first syllable out, and a cut makes shorter.
LONGER_COST, SHORTER_COST = 0.3, 0.9
# Half a syllable. Of whole sentences 0.05 s at most were not alike, and 0.06 s of a minute left.
LONGEST_HOLE_S = 0.1
LEFT_OVER_S = 0.2


@dataclass(frozen=True)
class Sound:
    """A tone or a sentence, the second of the session at which it was due, and what was heard.

    ``late`` is None where it was not heard; ``heard`` and ``alone`` are the seconds that were
    heard of a sentence, and that it has; ``fault`` is empty where all is as it should be.
    """

    what: str
    due: float
    late: float | None = None
    heard: float = 0
    alone: float = 0
    fault: str = ""

    def __str__(self) -> str:
        late = "" if self.late is None else f"{self.late:+.2f}"
        length = f"{self.heard:.2f} of {self.alone:.2f}" if self.alone else ""
        return f"{self.due:7.2f} {late:>7}  {length:>12}  {self.fault or 'ok':13}  {self.what}"


def listen(
    recording: np.ndarray, timeline: Timeline, synthesise: Callable[[str], np.ndarray]
) -> list[Sound]:
    """Find in a recording, (samples, 2), the tones and then the sentences of a timeline.

    The session begins where most of its tones say that it does. What is heard and was not asked
    for comes last of its kind, as a fault.
    """
    tones, voice = (spectrogram(channel) for channel in recording.T)
    begun, found = _find_tones(tones, timeline)
    return [*found, *_find_sentences(voice, begun, timeline, synthesise)]


def spectrogram(samples: np.ndarray) -> np.ndarray:
    """The loudness of 16-bit samples in decibels, (frames, bands); 0 is silence."""
    padded = np.pad(samples / 2**15, WINDOW // 2)
    windows = sliding_window_view(padded, WINDOW)[::FRAME] * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(windows, axis=1)) ** 2
    edges = np.round(BANDS_HZ / SAMPLE_RATE * WINDOW).astype(int)
    return 10 * np.log10(1 + np.add.reduceat(power, edges, axis=1)[:, :-1] / INAUDIBLE)


# Tones


def _find_tones(tones: np.ndarray, timeline: Timeline) -> tuple[float, list[Sound]]:
    """The second of the recording at which the session begins, and its tones."""
    due = {
        (phase.start_ms + cue.at) / 1000: f"tone: {cue.tone}"
        for phase in timeline.phases
        for cue in phase.cues
        if cue.tone
    }
    times = np.array(sorted(due))
    onsets, after_silence = _onsets(tones)
    if not len(onsets):
        return 0, [Sound(due[time], time, fault="not heard") for time in times]
    begun = min(
        (after_silence[:, None] - times).flat,
        key=lambda begun: np.abs(_nearest(after_silence - begun, times)).clip(0, 0.1).sum(),
    )
    late = _nearest(onsets - begun, times)
    found = [
        Sound(due[time], time, by, fault="" if abs(by) <= TONE_WITHIN_S else "not when due")
        for time, by in zip(times, late, strict=True)
    ]
    if found[0].fault:  # what is over half a second late as sound begins, the player leaves out
        found[0] = Sound(f"{found[0].what}, left out", times[0])
    strange = [
        Sound("a tone", time, fault="not asked for")
        for time in after_silence - begun
        if not any(-TONE_WITHIN_S <= time - other <= RINGS_S for other in times)
    ]
    return begun, [*found, *strange]


def _onsets(tones: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The seconds at which sound sets in, and those of them that follow on silence."""
    before = np.pad(tones, ((5, 0), (0, 0)))[:-5]
    rises = np.maximum(tones - before, 0).sum(axis=1) > RISE_DB
    onsets = np.flatnonzero(rises & ~np.pad(rises, (1, 0))[:-1])
    silent = [tones[max(onset - 10, 0) : max(onset - 1, 0)].sum() < LOUD_DB for onset in onsets]
    return onsets * FRAME_S, onsets[silent] * FRAME_S


def _nearest(candidates: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How much later than each time the candidate is that is nearest to it."""
    apart = candidates - times[:, None]
    return apart[np.arange(len(times)), np.abs(apart).argmin(axis=1)]


# The voice


def _find_sentences(
    voice: np.ndarray, begun: float, timeline: Timeline, synthesise: Callable[[str], np.ndarray]
) -> Iterator[Sound]:
    loud = _loud(voice)
    voice = voice[loud]
    seconds = np.append(loud * FRAME_S - begun, np.inf)
    left_over = np.ones(len(loud), bool)
    for (due, words), (until, _) in pairwise([*_said(timeline), (np.inf, "")]):
        first, last = np.searchsorted(seconds, (due, until + VOICE_WITHIN_S))
        latest = due + VOICE_WITHIN_S
        for sentence in re.findall(r"[^\s.!?;][^.!?;]*[.!?;]*", words):
            alone = spectrogram(synthesise(sentence))
            alone = alone[_loud(alone)]
            path, alike = _align(alone, voice[first:last])
            there = alike >= ALIKE
            length = len(alone) * FRAME_S
            if there.mean() < 0.5:
                yield Sound(sentence, due, alone=length, fault="not heard")
                continue
            begins = seconds[first + path[0]]
            hole = max((len(list(run)) for heard, run in groupby(there) if not heard), default=0)
            fault = "not when due" if begins > latest else ""
            fault = "not whole" if hole * FRAME_S > LONGEST_HOLE_S else fault
            yield Sound(sentence, due, begins - due, there.sum() * FRAME_S, length, fault)
            over = first + path[np.flatnonzero(there)[-1]] + 1
            left_over[first + path[0] : over] = False
            first = over
            latest = np.inf  # the next follows when the voice gets to it
    if left_over.sum() * FRAME_S > LEFT_OVER_S:
        strange = seconds[left_over.argmax()]
        yield Sound("speech", strange, heard=left_over.sum() * FRAME_S, fault="not asked for")


def _said(timeline: Timeline) -> list[tuple[float, str]]:
    """What is said, and at which second, to a person who has not asked to hear more."""
    return [
        (time / 1000, words)
        for phase in timeline.phases
        for time, words, more in (
            (phase.start_ms, phase.say, False),
            *((phase.start_ms + cue.at, cue.say, cue.more) for cue in phase.cues),
        )
        if words and not more
    ]


def _loud(sound: np.ndarray) -> np.ndarray:
    """The frames in which anything is heard."""
    return np.flatnonzero(sound.sum(axis=1) > LOUD_DB)


def _align(alone: np.ndarray, voice: np.ndarray) -> tuple[list[int], np.ndarray]:
    """Find a sentence in a voice by dynamic time warping, both without their silence.

    Returns the frame of the voice for each frame of the sentence, and how alike the two are.
    """
    beyond = np.zeros_like(alone)  # where the recording is over, it is like nothing
    alike = _shapes(alone) @ _shapes(np.concatenate([voice, beyond])).T
    total, steps = alike[0], []
    for row in alike[1:]:
        ways = np.full((3, len(row)), -np.inf)  # the voice stays, goes on, skips a frame
        for step, cost in enumerate((SHORTER_COST, 0, LONGER_COST)):
            ways[step, step:] = total[: len(row) - step] - cost
        steps.append(ways.argmax(axis=0))
        total = row + ways.max(axis=0)
    path = [int(total.argmax())]
    for step in reversed(steps):
        path.append(path[-1] - int(step[path[-1]]))
    path.reverse()
    return path, alike[np.arange(len(alone)), path]


def _shapes(sound: np.ndarray) -> np.ndarray:
    """The frames made so that the product of two is the correlation of their bands."""
    shapes = sound - sound.mean(axis=1, keepdims=True)
    return shapes / np.maximum(np.linalg.norm(shapes, axis=1, keepdims=True), 1e-9)
