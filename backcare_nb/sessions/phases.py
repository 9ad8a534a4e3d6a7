"""One step of an exercise as phases: first its words and the way in, then its exact amount.

A phase is plain data; its times are whole milliseconds. What is said has the time that it takes.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from backcare_nb.course.fields import ENGLISH, fill_sides
from backcare_nb.course.models import Breathe, Hold, Move, Repeat, Step
from backcare_nb.sessions.options import Options

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS

WORDS_A_MINUTE = 140  # an unhurried reading voice, so that no sentence is cut short
INHALE = 0.45  # 4.5 s in and 5.5 s out at six breaths a minute (Laborde 2021)
BACK = "Come back slowly."
HALFWAY_FROM = 10 * SECOND_MS  # shorter holds are over before a halfway tone would help


@dataclass(frozen=True)
class PhaseFigure:
    """A picture and how it moves: it stays, goes once, comes back, or goes there and back.

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
class Phase:
    """One stretch of a session, from ``start`` to ``end`` in milliseconds.

    ``count`` repetitions or breaths share a phase equally; ``turn`` is the share of one at
    which it turns back. A phase that waits begins only when the person is ready. ``language`` is
    that of its words, as a BCP 47 tag.
    """

    kind: str
    start: int
    end: int
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
    label: str = ""
    language: str = ENGLISH


def phases_of(
    step: Step, known: bool, side: str, options: Options, language: str = ENGLISH
) -> Iterator[Phase]:
    """The phases of a step; who knows it already hears its name instead of every word.

    A step waits before its first phase, where the hands are free still, and the first time only.
    """
    told = _told(step, side)
    if known:
        told = replace(told, say=f"{told.title}.")
    told = replace(told, wait=step.wait and not known, language=language)
    if isinstance(step, Move):
        yield _move(step, told, side)
    else:
        yield _lead_in(step, told, side, options)
        yield _amount(step, replace(told, say="", wait=False), side)


def _told(step: Step, side: str) -> Phase:
    """What is shown and said of a step: a phase still without kind and duration."""
    words = fill_sides(step_words(step), side)
    return Phase("", 0, 0, fill_sides(step.title, side), words, say=fill_sides(step.say, side))


def step_words(step: Step) -> str:
    """What a step says; of a movement, all its stages."""
    stages = (cue.say for cue in step.cues) if isinstance(step, Move) else ()
    return " ".join((step.say, *stages))


def _move(step: Move, told: Phase, side: str) -> Phase:
    duration = max(to_ms(step.seconds.default), reading_time_ms(told.say))
    return replace(
        told,
        kind="move",
        end=duration,
        figure=PhaseFigure(figure_key(step.motion, side), "once"),
        cues=(PhaseCue(0, "move"), *_said(step, side, duration)),
    )


def _lead_in(step: Hold | Repeat | Breathe, told: Phase, side: str, options: Options) -> Phase:
    moves = isinstance(step, Hold) and step.motion is not None
    settle = options.pauses.settle if step.wait and not moves else 0  # it is here one lies down
    least = options.pauses.moving if moves else options.pauses.ready
    return replace(
        told,
        kind="move" if moves else "ready",
        end=max(to_ms(least), reading_time_ms(told.say)) + to_ms(settle),
        figure=_way_in(step, side),
        cues=(PhaseCue(0, "ready"),),
    )


def _way_in(step: Hold | Repeat | Breathe, side: str) -> PhaseFigure:
    match step:
        case Hold(motion=None):
            return PhaseFigure(figure_key(step.posture, side))
        case Hold():
            return PhaseFigure(figure_key(step.motion, side), "once")
        case Repeat():
            return PhaseFigure(figure_key(step.motion, side))
    return PhaseFigure(f"breath:{figure_key(step.posture, side)}")


def _amount(step: Hold | Repeat | Breathe, told: Phase, side: str) -> Phase:
    make = {"hold": _hold, "repeat": _repeat, "breathe": _breathe}[step.do]
    phase = replace(make(step, told, side), kind=step.do)
    said = tuple(_said(step, side, phase.end))
    own = (_in_language(cue, phase.language) for cue in phase.cues)
    cues = (*(_hushed(cue, said) for cue in own), *said)
    return replace(phase, cues=tuple(sorted(cues, key=lambda cue: cue.at)))


def _hold(step: Hold, told: Phase, side: str) -> Phase:
    duration = to_ms(step.seconds.default)
    told = replace(told, end=duration, cues=hold_cues(duration))
    if step.loop and step.tempo:
        turns = max(1, round(step.seconds.default / step.tempo.default))
        return replace(told, count=turns, figure=PhaseFigure(figure_key(step.loop, side), "cycle"))
    way_in = _way_in(step, side)
    return replace(told, figure=replace(way_in, travel="stay", at=1.0 if step.motion else 0.0))


def _repeat(step: Repeat, told: Phase, side: str) -> Phase:
    count, one = step.times.default, to_ms(step.tempo.default)
    figure = PhaseFigure(figure_key(step.motion, side), "there_and_back")
    return replace(told, end=count * one, count=count, figure=figure, cues=_counting(count, one))


def _breathe(step: Breathe, told: Phase, side: str) -> Phase:
    duration = to_ms(step.minutes.default * 60)
    count = max(1, round(step.minutes.default * step.rate.default))
    figure = replace(_way_in(step, side), travel="there_and_back")
    cues = _breathing(count, duration)
    return replace(told, end=duration, count=count, turn=INHALE, figure=figure, cues=cues)


def words_on_leaving(step: Step, side: str) -> str:
    """How one comes out of a step: in words of its own, or slowly back where one moved into it."""
    if not isinstance(step, Hold):
        return ""
    return fill_sides(step.out, side) if step.out else BACK if step.motion else ""


def figure_after(step: Step, side: str) -> PhaseFigure:
    """The figure once a step is over: back out of a hold, at rest where it ended otherwise."""
    match step:
        case Hold(motion=None) | Breathe():
            return PhaseFigure(figure_key(step.posture, side))
        case Hold():
            return PhaseFigure(figure_key(step.motion, side), "back")
        case Move():
            return PhaseFigure(figure_key(step.motion, side), "stay", 1.0)
    return PhaseFigure(figure_key(step.motion, side))


# Cues


def _said(step: Step, side: str, duration: int) -> Iterator[PhaseCue]:
    """What the data says on the way through a step, soon enough not to be cut off by its end."""
    for cue in step.cues:
        words = fill_sides(cue.say, side)
        latest = max(0, duration - reading_time_ms(words))
        yield PhaseCue(min(int(cue.at * duration), latest), "", words)


def _in_language(cue: PhaseCue, language: str) -> PhaseCue:
    """A cue of the player's own: among words of another language, its tone and its numbers."""
    fits = language.partition("-")[0] == ENGLISH or cue.say.removesuffix(".").isdigit()
    return cue if fits else replace(cue, say="")


def _hushed(cue: PhaseCue, said: Iterable[PhaseCue]) -> PhaseCue:
    """A cue without its words where they would cut off what is said, or be cut off by it."""
    ends = cue.at + reading_time_ms(cue.say)
    meets = any(cue.at < each.at + reading_time_ms(each.say) and each.at < ends for each in said)
    return replace(cue, say="") if meets else cue


def hold_cues(duration: int) -> tuple[PhaseCue, ...]:
    cues = [PhaseCue(0, "start")]
    if duration >= HALFWAY_FROM:
        cues.append(PhaseCue(duration // 2, "halfway", "Halfway.", more=True))
    if duration >= 4 * HALFWAY_FROM:
        cues.append(PhaseCue(duration - HALFWAY_FROM, "", "Ten seconds.", more=True))
    return tuple(cues)


def _counting(count: int, one: int) -> tuple[PhaseCue, ...]:
    return tuple(PhaseCue(n * one, "count" if n else "start", f"{n + 1}.") for n in range(count))


def _breathing(count: int, duration: int) -> tuple[PhaseCue, ...]:
    """A tone for each way of each breath; the first two breaths are said as well."""
    cues = []
    for breath in range(count):
        begins, length = breath * duration // count, duration / count
        cues.append(PhaseCue(begins, "in", "Breathe in.", more=breath > 1))
        cues.append(PhaseCue(begins + int(length * INHALE), "out", "And out.", more=breath > 1))
    return tuple(cues)


# Words and numbers


def reading_time_ms(words: str) -> int:
    """Milliseconds, in whole seconds, to read words aloud and a second to take them in."""
    return math.ceil(len(words.split()) * 60 / WORDS_A_MINUTE + 1) * SECOND_MS


def figure_key(name: str, side: str) -> str:
    return f"{name}.{side}" if side else name


def to_ms(seconds: float) -> int:
    return round(seconds * SECOND_MS)
