"""Exercises compiled to a timeline: every phase of a session with its exact start and end.

A timeline is plain data, complete before the session starts. All times are whole milliseconds,
phases follow each other without a gap, and the same exercises and options give the same bytes.
docs/timeline.md describes the format; the player draws any moment of it without asking back.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from backcare_nb.content.base import fill
from backcare_nb.content.model import (
    Breathe,
    Exercise,
    Hold,
    Move,
    Repeat,
    Side,
    Step,
    Way,
)
from backcare_nb.sessions.options import (
    Options,
    SessionError,
    a_count,
    a_number,
    check,
    check_taken,
    choose,
)
from backcare_nb.sessions.way import LYING, end, led, needed

FORMAT = "backcare-timeline"
VERSION = 1

SECOND = 1000
MINUTE = 60 * SECOND
LONGEST = 180 * MINUTE

WORDS_A_MINUTE = 140  # an unhurried reading voice, so that no sentence is cut short
INHALE = 0.45  # 4.5 s in and 5.5 s out at six breaths a minute (Laborde 2021)
HALFWAY_FROM = 10 * SECOND  # shorter holds are over before a halfway tone would help
KINDS = {
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
READY = "Get ready."
BACK = "Come back slowly."
REST = "Rest a moment."
AGAIN = "Then once more."
OTHER_SIDE = "Change sides: now the {side}."
RISE = "The exercises are done. Now get up slowly, a stage at a time."
FINISH = "That is the end. Stay a moment, and notice how you feel."
STAND = "When you get up, bring one foot forward, pause, and stand slowly."


@dataclass(frozen=True)
class Figure:
    """A picture and how it moves: it stays, goes once, comes back, or goes there and back.

    ``at`` is the progress (0 to 1) at which a figure that stays is shown.
    """

    key: str
    travel: str = "stay"
    at: float = 0.0


@dataclass(frozen=True)
class Cue:
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
    which it turns back. A phase that waits begins only when the person is ready.
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
    figure: Figure | None = None
    cues: tuple[Cue, ...] = ()
    wait: bool = False
    count: int = 0
    turn: float = 0.5
    care: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class Timeline:
    """A session ready to be played."""

    title: str
    total: int
    phases: tuple[Phase, ...]
    exercises: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The timeline as plain data, in the documented order of keys."""
        return {"format": FORMAT, "version": VERSION, **asdict(self)}

    def to_json(self) -> str:
        """The timeline as compact JSON: the same bytes for the same timeline."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    def figure_keys(self) -> tuple[str, ...]:
        """The keys of the pictures it needs, in the order in which they appear."""
        return tuple(dict.fromkeys(p.figure.key for p in self.phases if p.figure))

    def __str__(self) -> str:
        return f"{self.title}: {plural(len(self.phases), 'phase')}, {clock(self.total)} in all"


def compile(
    exercises: Iterable[Exercise],
    options: Options | None = None,
    *,
    title: str = "",
    rise: Exercise | None = None,
    conditions: Mapping[str, str] | None = None,
    ways: Sequence[Way] = (),
) -> Timeline:
    """Compile exercises, in their order, to a timeline.

    ``rise`` is the way of getting up: needed when one lies and is to stand, sit or end.
    ``conditions`` names in words those who should take care; ``ways`` lead from one position to
    another, where the exercises do not tell it already. Raises SessionError with a sentence where
    the session is impossible.
    """
    options = options or Options()
    check(options)
    chosen = [choose(exercise, options) for exercise in exercises]
    if not chosen:
        raise SessionError("This session has no exercises: choose at least one.")
    check_taken(chosen, options)
    title = title or chosen[0].title
    done = list(led(chosen, ways, rise))
    parts = [_ready(done[0], options)]
    for number, exercise in enumerate(done):
        if number:
            parts.append(_rest(done[number - 1], parts[-1].side, options))
        parts += _exercise(exercise, options, conditions or {})
    last = done[-1]
    if end(last) in LYING:
        parts.append(_rest(last, parts[-1].side, options))
        last = needed(rise, title)
        parts += _rising(last, options)
    parts.append(_finish(last, parts[-1].side))
    return _timeline(title, parts, {e.id: e.title for e in done})


def length(exercise: Exercise, options: Options | None = None) -> int:
    """Milliseconds of an exercise as it is, from its setup to its last step.

    What compile() puts before, between and after exercises is not in it.
    """
    return sum(phase.end for phase in _exercise(exercise, options or Options(), {}))


def timer(minutes: float = 5, seconds: float = 0, title: str = "Timer") -> Timeline:
    """A timer of any length up to three hours: a tone at the start, halfway and at the end."""
    if a_number("minutes", minutes) < 0 or a_number("seconds", seconds) < 0:
        raise SessionError("A timer cannot run backwards: give minutes and seconds of 0 or more.")
    duration = _ms(minutes * 60) + _ms(seconds)
    if duration < SECOND:
        raise SessionError("A timer needs at least 1 second: try timer(minutes=5).")
    cues = (*_hold_cues(duration), Cue(duration, "end", "Time is up."))
    return _timeline(title, [Phase("hold", 0, duration, title, cues=cues)])


def intervals(
    work: float = 30, rest: float = 10, rounds: int = 5, title: str = "Intervals"
) -> Timeline:
    """Seconds of work and seconds of rest in turn; it ends with the last work."""
    work_ms, rest_ms = _ms(a_number("work", work)), _ms(a_number("rest", rest))
    a_count("rounds", rounds)
    if work_ms < SECOND or rest_ms < 0:
        raise SessionError("Give at least 1 second of work, and 0 or more of rest.")
    parts = [Phase("ready", 0, 5 * SECOND, "Get ready", say=READY, cues=(Cue(0, "ready"),))]
    for number in range(1, rounds + 1):
        turn = {"round": number, "rounds": rounds}
        parts.append(Phase("hold", 0, work_ms, "Work", cues=_hold_cues(work_ms), **turn))
        if rest_ms and number < rounds:
            cues = (Cue(0, "rest", "Rest."),)
            parts.append(Phase("rest", 0, rest_ms, "Rest", cues=cues, **turn))
    last = parts[-1]
    parts[-1] = replace(last, cues=(*last.cues, Cue(work_ms, "end", "That is the last one.")))
    return _timeline(title, parts)


# One exercise


def _exercise(exercise: Exercise, options: Options, names: Mapping[str, str]) -> Iterator[Phase]:
    yield _setup(exercise, options, names)
    turns = list(_turns(exercise, options.side))
    held = options.wait is True
    for number, (round_, side) in enumerate(turns):
        if number:
            yield _again(exercise, turns[number - 1], turns[number], options)
        for step in exercise.steps:
            for phase in _step(step, round_ > 1, side, options):
                waits = held or (phase.wait and options.wait is not False)
                held = False
                yield replace(
                    phase,
                    exercise=exercise.id,
                    step=step.id,
                    side=side,
                    round=round_,
                    rounds=_rounds(exercise),
                    wait=waits,
                )


def _turns(exercise: Exercise, only: Side | None) -> Iterator[tuple[int, str]]:
    """Each round with its side: every side gets the same steps, and so the same time."""
    sides: tuple[str, ...] = ("",)
    if exercise.sides:
        second = "right" if exercise.first == "left" else "left"
        sides = (only,) if only else (exercise.first, second)
    for round_ in range(1, _rounds(exercise) + 1):
        for side in sides:
            yield round_, side


def _rounds(exercise: Exercise) -> int:
    return exercise.rounds.default if exercise.rounds else 1


def _setup(exercise: Exercise, options: Options, names: Mapping[str, str]) -> Phase:
    side = (options.side or exercise.first) if exercise.sides else ""
    words = fill(exercise.setup, side)
    care = [f"{names.get(c.whom, _plain(c.whom))}: {fill(c.what, side)}" for c in exercise.cautions]
    return Phase(
        "setup",
        0,
        reading(f"{exercise.title}. {words}") + _ms(options.pauses.settle),
        exercise.title,
        words=words,
        say=f"{exercise.title}. {words}",
        exercise=exercise.id,
        side=side,
        figure=Figure(_key(exercise.start, side)),
        cues=(Cue(0, "ready"),),
        care=(*care, fill(exercise.stop, side)),
    )


def _ready(exercise: Exercise, options: Options) -> Phase:
    side = (options.side or exercise.first) if exercise.sides else ""
    return Phase(
        "ready",
        0,
        max(_ms(options.pauses.ready), reading(READY)),
        "Get ready",
        say=READY,
        figure=Figure(_key(exercise.start, side)),
        cues=(Cue(0, "ready"),),
    )


def _again(exercise: Exercise, before: tuple, after: tuple, options: Options) -> Phase:
    """The pause between one turn of an exercise and the next, with the way across if it has one."""
    round_, side = after
    turn = {"exercise": exercise.id, "side": side, "round": round_, "rounds": _rounds(exercise)}
    changes = side != before[1]
    if changes and exercise.between:
        way = _move(exercise.between, _told(exercise.between, side), side)
        return replace(way, kind="change", cues=(*CHANGE, *way.cues[1:]), **turn)
    figure = _after(exercise.steps[-1], before[1])
    words = _back(figure, fill(OTHER_SIDE, side) if changes else f"{REST} {AGAIN}")
    return Phase(
        "change" if changes else "rest",
        0,
        max(_ms(options.pauses.change), reading(words)),
        "Change sides" if changes else "Once more",
        words=words,
        say=words,
        figure=figure,
        cues=CHANGE if changes else RESTING,
        **turn,
    )


def _rest(exercise: Exercise, side: str, options: Options) -> Phase:
    figure = _after(exercise.steps[-1], side)
    words = _back(figure, REST)
    return Phase(
        "rest",
        0,
        max(_ms(options.pauses.rest), reading(words)),
        "Rest",
        words=words,
        say=words,
        exercise=exercise.id,
        figure=figure,
        cues=RESTING,
    )


def _rising(rise: Exercise, options: Options) -> Iterator[Phase]:
    intro = _setup(rise, Options(), {})
    say = f"{RISE} {intro.words}"
    yield replace(intro, kind="rise", say=say, end=reading(say), care=())
    side = rise.first if rise.sides else None  # one gets up once, on one side
    calm = Options(side=side, pauses=options.pauses, wait=options.wait)
    yield from (phase for phase in _exercise(rise, calm, {}) if phase.kind != "setup")


def _finish(last: Exercise, side: str) -> Phase:
    figure = _after(last.steps[-1], side)
    words = _back(figure, f"{FINISH} {STAND}" if end(last) == "kneeling" else FINISH)
    cues = (Cue(0, "end"),)
    return Phase("finish", 0, reading(words), "Finished", words, words, figure=figure, cues=cues)


def _back(figure: Figure, words: str) -> str:
    """Words that begin with the way back, where one has to come back."""
    return f"{BACK} {words}" if figure.travel == "back" else words


def _after(step: Step, side: str) -> Figure:
    """The figure once a step is over: back out of a hold, at rest where it ended otherwise."""
    match step:
        case Hold(motion=None) | Breathe():
            return Figure(_key(step.posture, side))
        case Hold():
            return Figure(_key(step.motion, side), "back")
        case Move():
            return Figure(_key(step.motion, side), "stay", 1.0)
    return Figure(_key(step.motion, side))


# One step: first its words and the way in, then the exact amount


def _step(step: Step, known: bool, side: str, options: Options) -> Iterator[Phase]:
    """The phases of a step; who knows it already hears its name instead of every word."""
    told = _told(step, side)
    if known:
        told = replace(told, say=f"{told.title}.")
    if isinstance(step, Move):
        yield _move(step, told, side)
    else:
        yield _lead_in(step, told, side, options)
        yield _amount(step, replace(told, say=""), side)


def _told(step: Step, side: str) -> Phase:
    """What is shown and said of a step: a phase still without kind and duration."""
    words = fill(in_words(step), side)
    return Phase("", 0, 0, fill(step.title, side), words, say=fill(step.say, side))


def in_words(step: Step) -> str:
    """What a step says; of a movement, all its stages."""
    stages = (cue.say for cue in step.cues) if isinstance(step, Move) else ()
    return " ".join((step.say, *stages))


def _move(step: Move, told: Phase, side: str) -> Phase:
    duration = max(_ms(step.seconds.default), reading(told.say))
    return replace(
        told,
        kind="move",
        end=duration,
        figure=Figure(_key(step.motion, side), "once"),
        cues=(Cue(0, "move"), *_said(step, side, duration)),
        wait=step.wait,
    )


def _lead_in(step: Hold | Repeat | Breathe, told: Phase, side: str, options: Options) -> Phase:
    moves = isinstance(step, Hold) and step.motion is not None
    least = options.pauses.moving if moves else options.pauses.ready
    return replace(
        told,
        kind="move" if moves else "ready",
        end=max(_ms(least), reading(told.say)),
        figure=_way_in(step, side),
        cues=(Cue(0, "ready"),),
    )


def _way_in(step: Hold | Repeat | Breathe, side: str) -> Figure:
    match step:
        case Hold(motion=None):
            return Figure(_key(step.posture, side))
        case Hold():
            return Figure(_key(step.motion, side), "once")
        case Repeat():
            return Figure(_key(step.motion, side))
    return Figure(f"breath:{_key(step.posture, side)}")


def _amount(step: Hold | Repeat | Breathe, told: Phase, side: str) -> Phase:
    make = {"hold": _hold, "repeat": _repeat, "breathe": _breathe}[step.do]
    phase = replace(make(step, told, side), kind=step.do, wait=step.wait)
    said = tuple(_said(step, side, phase.end))
    cues = (*(_hushed(cue, said) for cue in phase.cues), *said)
    return replace(phase, cues=tuple(sorted(cues, key=lambda cue: cue.at)))


def _hold(step: Hold, told: Phase, side: str) -> Phase:
    duration = _ms(step.seconds.default)
    told = replace(told, end=duration, cues=_hold_cues(duration))
    if step.loop and step.tempo:
        turns = max(1, round(step.seconds.default / step.tempo.default))
        return replace(told, count=turns, figure=Figure(_key(step.loop, side), "cycle"))
    way_in = _way_in(step, side)
    return replace(told, figure=replace(way_in, travel="stay", at=1.0 if step.motion else 0.0))


def _repeat(step: Repeat, told: Phase, side: str) -> Phase:
    count, one = step.times.default, _ms(step.tempo.default)
    figure = Figure(_key(step.motion, side), "there_and_back")
    return replace(told, end=count * one, count=count, figure=figure, cues=_counting(count, one))


def _breathe(step: Breathe, told: Phase, side: str) -> Phase:
    duration = _ms(step.minutes.default * 60)
    count = max(1, round(step.minutes.default * step.rate.default))
    figure = replace(_way_in(step, side), travel="there_and_back")
    cues = _breathing(count, duration)
    return replace(told, end=duration, count=count, turn=INHALE, figure=figure, cues=cues)


# Cues

CHANGE = (Cue(0, "change"),)
RESTING = (Cue(0, "rest"),)


def _said(step: Step, side: str, duration: int) -> Iterator[Cue]:
    """What the data says on the way through a step, soon enough not to be cut off by its end."""
    for cue in step.cues:
        words = fill(cue.say, side)
        latest = max(0, duration - reading(words))
        yield Cue(min(int(cue.at * duration), latest), "", words)


def _hushed(cue: Cue, said: Iterable[Cue]) -> Cue:
    """A cue without its words where they would cut off what is said, or be cut off by it."""
    ends = cue.at + reading(cue.say)
    meets = any(cue.at < each.at + reading(each.say) and each.at < ends for each in said)
    return replace(cue, say="") if meets else cue


def _hold_cues(duration: int) -> tuple[Cue, ...]:
    cues = [Cue(0, "start")]
    if duration >= HALFWAY_FROM:
        cues.append(Cue(duration // 2, "halfway", "Halfway.", more=True))
    if duration >= 4 * HALFWAY_FROM:
        cues.append(Cue(duration - HALFWAY_FROM, "", "Ten seconds.", more=True))
    return tuple(cues)


def _counting(count: int, one: int) -> tuple[Cue, ...]:
    return tuple(Cue(n * one, "count" if n else "start", f"{n + 1}.") for n in range(count))


def _breathing(count: int, duration: int) -> tuple[Cue, ...]:
    """A tone for each way of each breath; the first two breaths are said as well."""
    cues = []
    for breath in range(count):
        begins, length = breath * duration // count, duration / count
        cues.append(Cue(begins, "in", "Breathe in.", more=breath > 1))
        cues.append(Cue(begins + int(length * INHALE), "out", "And out.", more=breath > 1))
    return tuple(cues)


# Putting phases one after another


def _timeline(title: str, parts: Sequence[Phase], exercises: dict | None = None) -> Timeline:
    phases, now = [], 0
    for part in parts:
        phases.append(replace(part, start=now, end=now + part.end, label=_label(part)))
        now += part.end
    if now > LONGEST:
        raise SessionError(
            f"{title} would last {spoken(now)}: the longest session is {spoken(LONGEST)}."
        )
    return Timeline(title, now, tuple(phases), exercises or {})


def _label(phase: Phase) -> str:
    """What a phase is, on which side, and in which round."""
    parts = [KINDS[phase.kind]]
    if phase.side:
        parts.append(f"{phase.side} side")
    if phase.rounds > 1:
        parts.append(f"round {phase.round} of {phase.rounds}")
    return ", ".join(parts)


# Words and numbers


def reading(words: str) -> int:
    """Milliseconds, in whole seconds, to read words aloud and a second to take them in."""
    return math.ceil(len(words.split()) * 60 / WORDS_A_MINUTE + 1) * SECOND


def clock(milliseconds: int) -> str:
    """Milliseconds as minutes and seconds: 754000 is 12:34."""
    minutes, seconds = divmod(round(milliseconds / SECOND), 60)
    return f"{minutes}:{seconds:02d}"


def spoken(milliseconds: int) -> str:
    """Milliseconds in words: 90000 is 1 minute 30 seconds."""
    minutes, seconds = divmod(round(milliseconds / SECOND), 60)
    parts = [plural(n, unit) for n, unit in ((minutes, "minute"), (seconds, "second")) if n]
    return " ".join(parts) or "0 seconds"


def plural(count: int, noun: str) -> str:
    """A count with its noun: 1 phase, 2 phases."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _key(name: str, side: str) -> str:
    return f"{name}.{side}" if side else name


def _ms(seconds: float) -> int:
    return round(seconds * SECOND)


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()
