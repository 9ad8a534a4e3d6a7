"""One step of an exercise as phases: first its words and the way in, then its exact amount.

A phase is plain data; its times are whole milliseconds. What is said has the time that it takes.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from backcare_nb.course import read_yaml_data_file
from backcare_nb.course.fields import ENGLISH_TAG, fill_sides
from backcare_nb.course.models import Breathe, Exercise, Hold, Move, Repeat, Step
from backcare_nb.sessions.options import Options

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS

VOICE_WORDS_PER_MINUTE = 140  # an unhurried reading voice, so that no sentence is cut short
BREATH_TONE_NAMES = ("in", "out")
INHALE_SHARE = 0.45  # 4.5 s in and 5.5 s out at six breaths a minute (Laborde 2021)
SPOKEN: dict[str, str] = read_yaml_data_file("spoken.yaml")
# Shorter holds are over before a halfway tone would help.
MIN_HOLD_WITH_HALFWAY_CUE_MS = 10 * SECOND_MS
LOOPING_HOLD_LABEL = "Keep moving"  # of a hold in which the body goes round and round
QUIET_BEFORE_NOTICE_CUE_MS = 2 * SECOND_MS  # of quiet before something is said to be noticed
BREATHING_QUIET_AROUND_NOTICE_CUE_MS = 10 * SECOND_MS  # where one does nothing but breathe
PHASE_KIND_LABELS = {
    "ready": "Get ready",
    "setup": "Get into position",
    "move": "Move",
    "hold": "Hold",
    "repeat": "Repeat",
    "breathe": "Breathe",
    "change": "Change sides",
    "rest": "Rest",
    "rise": "Get up safely",
    "finish": "Finished",
}


@dataclass(frozen=True)
class PhaseFigure:
    """A picture and how it moves: it stays, goes once, comes back, goes there and back, or round.

    ``at`` is the progress (0 to 1) at which a figure that stays is shown.
    """

    key: str
    travel: str = "stay"
    at: float = 0.0


@dataclass(frozen=True)
class PhaseCue:
    """A tone, words to say, or both, ``at`` milliseconds after its phase begins.

    ``more`` marks what is said only to a person who has asked to hear more and see less.
    """

    at: int
    tone: str = ""
    say: str = ""
    more: bool = False


@dataclass(frozen=True)
class PhaseDraft:
    """What one stretch of a session is, and how long it lasts, before its place is known.

    ``count`` repetitions or breaths share a phase equally; ``turn`` is the share of one at
    which it turns back. A phase that waits begins only when the person is ready. ``language`` is
    that of its words, as a BCP 47 tag.
    """

    kind: str
    duration_ms: int
    title: str
    words: str = ""
    say: str = ""
    exercise: str = ""
    step: str = ""
    side: str = ""
    round: int = 1
    rounds: int = 1
    figure: PhaseFigure | None = None
    cues: tuple[PhaseCue, ...] = ()
    wait: bool = False
    count: int = 0
    turn: float = 0.5
    care: tuple[str, ...] = ()
    language: str = ENGLISH_TAG


@dataclass(frozen=True)
class Phase(PhaseDraft):
    """A stretch of a session in its place, ``start_ms`` milliseconds after the session begins."""

    start_ms: int = field(kw_only=True)

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.duration_ms

    @property
    def label(self) -> str:
        """What a phase is, on which side, and in which round."""
        moving = self.kind == "hold" and self.count
        parts = [LOOPING_HOLD_LABEL if moving else PHASE_KIND_LABELS[self.kind]]
        if self.side:
            parts.append(f"{self.side} side")
        if self.rounds > 1:
            parts.append(f"round {self.round} of {self.rounds}")
        return ", ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """The phase as plain data, in the documented order of keys."""
        data = asdict(self)
        del data["duration_ms"], data["start_ms"]
        kind, language = data.pop("kind"), data.pop("language")
        times = {"start": self.start_ms, "end": self.end_ms}
        return {"kind": kind, **times, **data, "label": self.label, "language": language}


@dataclass(frozen=True)
class ExerciseRound:
    """One round of an exercise on one side, with what a person chose for it."""

    exercise: Exercise
    options: Options
    side: str
    round: int = 1
    notes: tuple[str, ...] = ()  # what to notice, said where there is time for it

    @property
    def phase_fields(self) -> dict[str, Any]:
        """What all phases of this turn have in common."""
        return {
            "exercise": self.exercise.id,
            "side": self.side,
            "round": self.round,
            "rounds": self.options.rounds_of(self.exercise),
        }

    def phase(self, step: Step, kind: str, duration_ms: int, /, **fields: Any) -> PhaseDraft:
        """A phase of a step in this turn."""
        title, words = fill_sides(step.title, self.side), fill_sides(step_words(step), self.side)
        own = {"step": step.id, "language": self.exercise.language}
        return PhaseDraft(kind, duration_ms, title, words, **own | self.phase_fields | fields)

    def step_opening_words(self, step: Step) -> str:
        """What is said as a step begins; who knows it already hears its name instead."""
        title = fill_sides(step.title, self.side)
        return fill_sides(step.say, self.side) if self.round == 1 else f"{title}."

    def waits_before(self, step: Step) -> bool:
        """Whether the clock waits for the person before a step, which it does once only."""
        wait = self.options.wait
        if wait is False or self.round > 1:
            return False
        opens = self.side == self.options.first_side_of(self.exercise)
        opens = opens and step is self.exercise.steps[0]
        return step.wait or (wait is True and opens)


def step_phases(step: Step, turn: ExerciseRound) -> Iterator[PhaseDraft]:
    """The phases of a step: a movement alone, or the way into what is then held or repeated.

    A step waits before its first phase, where the hands are free still.
    """
    if not isinstance(step, Move):
        yield _make_lead_in_phase(step, turn)
    match step:
        case Move():
            say, wait = turn.step_opening_words(step), turn.waits_before(step)
            yield make_move_phase(step, turn, "move", say, wait=wait)
        case Hold():
            yield _make_hold_phase(step, turn)
        case Repeat():
            yield _make_repeat_phase(step, turn)
        case Breathe():
            yield _make_breathe_phase(step, turn)


def make_move_phase(
    step: Move, turn: ExerciseRound, kind: str, say: str, /, **fields: Any
) -> PhaseDraft:
    """A movement, which takes its own seconds, and at least the time of its words."""
    duration = max(to_ms(step.seconds.default), speaking_time_ms(say))
    figure = PhaseFigure(figure_key(step.motion, turn.side), "once")
    tone = PhaseCue(0, "change" if kind == "change" else "move")
    cues = (tone, *_cues_of_step(step, turn.side, duration))
    return turn.phase(step, kind, duration, say=say, figure=figure, cues=cues, **fields)


def _make_lead_in_phase(step: Hold | Repeat | Breathe, turn: ExerciseRound) -> PhaseDraft:
    """The words of a step and the way into it."""
    kind, pause_s, settle_s = "ready", turn.options.pauses.ready, 0.0
    match step:
        case Hold(motion=str(motion)):
            kind, pause_s = "move", turn.options.pauses.moving
            figure = PhaseFigure(figure_key(motion, turn.side), "once")
        case Hold():
            figure = PhaseFigure(figure_key(step.posture, turn.side))
        case Repeat():
            figure = PhaseFigure(figure_key(step.motion, turn.side))
        case Breathe():
            figure = PhaseFigure(_breathing_figure_key(step, turn.side))
    if step.wait and kind == "ready":  # it is here one lies down
        settle_s = turn.options.pauses.settle
    say, wait = turn.step_opening_words(step), turn.waits_before(step)
    duration = max(to_ms(pause_s), speaking_time_ms(say)) + to_ms(settle_s)
    cues = (PhaseCue(0, "ready"),)
    return turn.phase(step, kind, duration, say=say, figure=figure, cues=cues, wait=wait)


def _make_hold_phase(step: Hold, turn: ExerciseRound) -> PhaseDraft:
    seconds, count = turn.options.amount_of(step, "seconds"), 0
    duration = to_ms(seconds)
    if step.loop:
        count = max(1, round(seconds / turn.options.amount_of(step, "tempo")))
        travel = "both_ways" if step.both_ways else "cycle"
        figure = PhaseFigure(figure_key(step.loop, turn.side), travel)
    elif step.motion:
        figure = PhaseFigure(figure_key(step.motion, turn.side), at=1.0)
    else:
        figure = PhaseFigure(figure_key(step.posture, turn.side))
    cues = _merge_cues(hold_cues(duration), step, turn, duration)
    return turn.phase(step, "hold", duration, figure=figure, cues=cues, count=count)


def _make_repeat_phase(step: Repeat, turn: ExerciseRound) -> PhaseDraft:
    count = round(turn.options.amount_of(step, "times"))
    one_ms = to_ms(turn.options.amount_of(step, "tempo"))
    figure = PhaseFigure(figure_key(step.motion, turn.side), "there_and_back")
    counting = [PhaseCue(n * one_ms, "count" if n else "start", f"{n + 1}.") for n in range(count)]
    turn_ms = one_ms / (2 if step.in_turn else 1)
    held_ms = one_ms * step.held / step.tempo.default
    for number in range(round(count * one_ms / turn_ms) if held_ms else 0):
        there = round(number * turn_ms + (turn_ms - held_ms) / 2)
        counting.append(PhaseCue(there, "", SPOKEN["hold"]))
        counting.append(PhaseCue(round(there + held_ms), "", SPOKEN["and_back"]))
    counting.sort(key=lambda cue: cue.at)
    cues = _merge_cues(counting, step, turn, count * one_ms)
    return turn.phase(step, "repeat", count * one_ms, figure=figure, cues=cues, count=count)


def _make_breathe_phase(step: Breathe, turn: ExerciseRound) -> PhaseDraft:
    """A tone for each way of each breath; the first two breaths are said as well."""
    minutes = turn.options.amount_of(step, "minutes")
    duration, count = to_ms(minutes * 60), max(1, round(minutes * step.rate.default))
    breathing = []
    for breath in range(count):
        inhale = breath * duration // count
        exhale = inhale + int(duration / count * INHALE_SHARE)
        breathing.append(PhaseCue(inhale, BREATH_TONE_NAMES[0], "Breathe in.", more=breath > 1))
        breathing.append(PhaseCue(exhale, BREATH_TONE_NAMES[1], "And out.", more=breath > 1))
    figure = PhaseFigure(_breathing_figure_key(step, turn.side), "there_and_back")
    cues = _merge_cues(breathing, step, turn, duration)
    fields = {"figure": figure, "cues": cues, "count": count, "turn": INHALE_SHARE}
    return turn.phase(step, "breathe", duration, **fields)


def step_words(step: Step) -> str:
    """What a step says; of a movement, all its stages."""
    return step.all_words if isinstance(step, Move) else step.say


def sentence_on_leaving(step: Step, side: str) -> str:
    """How one comes out of a step: in words of its own, or slowly back where one moved into it."""
    if out := getattr(step, "out", None):
        return fill_sides(out, side)
    return SPOKEN["come_back"] if isinstance(step, Hold) and step.motion else ""


def figure_on_leaving(step: Step, side: str) -> PhaseFigure:
    """The figure once a step is over: back out of a hold, at rest where it ended otherwise."""
    match step:
        case Hold(motion=None) | Breathe():
            return PhaseFigure(figure_key(step.posture, side))
        case Hold(motion=str(motion)):
            return PhaseFigure(figure_key(motion, side), "back")
    at = 1.0 if isinstance(step, Move) else 0.0
    return PhaseFigure(figure_key(step.motion or "", side), at=at)


# Cues


def hold_cues(duration_ms: int) -> list[PhaseCue]:
    """A tone as a hold begins and, where it is long enough, halfway and before its end."""
    cues = [PhaseCue(0, "start")]
    if duration_ms >= MIN_HOLD_WITH_HALFWAY_CUE_MS:
        cues.append(PhaseCue(duration_ms // 2, "halfway", "Halfway.", more=True))
    if duration_ms >= 4 * MIN_HOLD_WITH_HALFWAY_CUE_MS:
        near_end = duration_ms - 10 * SECOND_MS
        cues.append(PhaseCue(near_end, "", "Ten seconds.", more=True))
    return cues


def _cues_of_step(step: Step, side: str, duration_ms: int) -> Iterator[PhaseCue]:
    """What the data says on the way through a step, soon enough not to be cut off by its end."""
    for cue in step.cues:
        words = fill_sides(cue.say, side)
        latest = max(0, duration_ms - speaking_time_ms(words))
        yield PhaseCue(min(int(cue.at * duration_ms), latest), "", words)


def _merge_cues(
    cues: Sequence[PhaseCue], step: Step, turn: ExerciseRound, duration_ms: int
) -> tuple[PhaseCue, ...]:
    """The player's own cues, what the step says on the way and what to notice, in order of time.

    Words of the player's own are left out, and its tones kept, where they are of another language
    than the exercise, would cut off what the step says, or be cut off by it.
    """
    said = tuple(_cues_of_step(step, turn.side, duration_ms))
    said += tuple(_notice_cues(step, turn, (*cues, *said), duration_ms))
    english = turn.exercise.language.partition("-")[0] == ENGLISH_TAG

    def is_heard(cue: PhaseCue) -> bool:
        ends = cue.at + speaking_time_ms(cue.say)
        clashes = any(c.at < ends and cue.at < c.at + speaking_time_ms(c.say) for c in said)
        return not clashes and (english or cue.say.removesuffix(".").isdigit())

    own = [cue if is_heard(cue) else replace(cue, say="") for cue in cues]
    return tuple(sorted((*own, *said), key=lambda cue: cue.at))


def things_to_notice(exercise: Exercise) -> tuple[str, ...]:
    """What to notice in an exercise, in words: where it is felt, and what often goes wrong."""
    felt = (exercise.felt.words,) if exercise.felt else ()
    return (*felt, *(f"{mistake.words} {mistake.instead}" for mistake in exercise.mistakes))


def _notice_cues(
    step: Step, turn: ExerciseRound, cues: Iterable[PhaseCue], duration_ms: int
) -> Iterator[PhaseCue]:
    """What to notice in this turn, where nothing else is said but a breath that is known by now."""
    first = next(each for each in turn.exercise.steps if not isinstance(each, Move))
    quiet = BREATHING_QUIET_AROUND_NOTICE_CUE_MS if isinstance(step, Breathe) else 0
    heard = (c for c in cues if c.say and not (c.more and c.tone in BREATH_TONE_NAMES))
    busy = [(cue.at, cue.at + speaking_time_ms(cue.say)) for cue in heard]
    for note in turn.notes if step is first else ():
        words = fill_sides(note, turn.side)
        lasts = speaking_time_ms(words)
        for start in (
            QUIET_BEFORE_NOTICE_CUE_MS,
            *sorted(end + max(QUIET_BEFORE_NOTICE_CUE_MS, quiet) for _, end in busy),
            0,
        ):
            end = start + lasts
            clashes = any(b < end + quiet and start < e + quiet for b, e in busy)
            if end <= duration_ms and not clashes:
                busy.append((start, end))
                yield PhaseCue(start, "", words, more=True)
                break


# Words and numbers


def speaking_time_ms(words: str) -> int:
    """Milliseconds, in whole seconds, to read words aloud and a second to take them in."""
    return math.ceil(len(words.split()) * 60 / VOICE_WORDS_PER_MINUTE + 1) * SECOND_MS


def figure_key(name: str, side: str) -> str:
    """The key of a picture: a posture or a motion, on a side if there is one."""
    return f"{name}.{side}" if side else name


def _breathing_figure_key(step: Breathe, side: str) -> str:
    return f"breath:{figure_key(step.posture, side)}"


def to_ms(seconds: float) -> int:
    """Seconds as whole milliseconds."""
    return round(seconds * SECOND_MS)
