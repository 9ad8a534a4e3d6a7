"""Exercises compiled to a timeline: every phase of a session with its exact start and end.

A timeline is plain data, complete before the session starts. All times are whole milliseconds,
phases follow each other without a gap, and the same exercises and options give the same bytes.
docs/timeline.md describes the format; the player draws any moment of it without asking back.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from backcare_nb.course.fields import Model, Side, fill_sides
from backcare_nb.course.models import Exercise, Way
from backcare_nb.sessions.options import (
    Options,
    SessionError,
    check_amounts_apply,
    check_options,
    choose,
    require_count,
    require_number,
)
from backcare_nb.sessions.phases import (
    MINUTE_MS,
    SECOND_MS,
    Phase,
    PhaseCue,
    PhaseFigure,
    figure_after,
    figure_key,
    hold_cues,
    phases_of,
    reading_time_ms,
    to_ms,
    words_on_leaving,
)
from backcare_nb.sessions.transitions import LYING, end_position, needed, with_transitions

TIMELINE_FORMAT = "backcare-timeline"
TIMELINE_VERSION = 1

MAX_SESSION_MS = 180 * MINUTE_MS
KIND_LABELS = {
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
MOVING = "Keep moving"  # a hold in which the body goes round and round
READY = "Get ready."
REST = "Rest a moment."
AGAIN = "Then once more: round {round} of {rounds}."
OTHER_SIDE = "Change sides: now the {side}."
RISE = "The exercises are done. Now get up slowly, a stage at a time."
FINISH = "That is the end. Stay a moment, and notice how you feel."
STAND = "When you get up, bring one foot forward, pause, and stand slowly."
CHANGE = (PhaseCue(0, "change"),)
RESTING = (PhaseCue(0, "rest"),)


@dataclass(frozen=True)
class Timeline:
    """A session ready to be played."""

    title: str
    total: int
    phases: tuple[Phase, ...]
    exercises: Mapping[str, str] = field(default_factory=dict)
    own_figures: Mapping[str, Model] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The timeline as plain data, in the documented order of keys."""
        fields = asdict(replace(self, own_figures={}))
        del fields["own_figures"]
        return {"format": TIMELINE_FORMAT, "version": TIMELINE_VERSION, **fields}

    def to_json(self) -> str:
        """The timeline as compact JSON: the same bytes for the same timeline."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    def figure_keys(self) -> tuple[str, ...]:
        """The keys of the pictures it needs, in the order in which they appear."""
        return tuple(dict.fromkeys(p.figure.key for p in self.phases if p.figure))

    def __str__(self) -> str:
        phases = count_noun(len(self.phases), "phase")
        return f"{self.title}: {phases}, {format_clock(self.total)} in all"


def compile_session(
    exercises: Iterable[Exercise],
    options: Options | None = None,
    *,
    title: str = "",
    rise: Exercise | None = None,
    conditions: Mapping[str, str] | None = None,
    ways: Sequence[Way] = (),
) -> Timeline:
    """Compile exercises, in their order, to a timeline.

    ``rise`` is the way of getting up, in the same version: needed when one lies and is to stand,
    sit or end.
    ``conditions`` names in words those who should take care; ``ways`` lead from one position to
    another, where the exercises do not tell it already. Raises SessionError with a sentence where
    the session is impossible.
    """
    options = options or Options()
    check_options(options)
    chosen = [choose(exercise, options) for exercise in exercises]
    if not chosen:
        raise SessionError("This session has no exercises: choose at least one.")
    title = title or chosen[0].title
    check_amounts_apply(chosen, options, title)
    rise = rise and rise.version(options.version)
    done = list(with_transitions(chosen, ways, rise))
    parts = [_ready(done[0], options)]
    for number, exercise in enumerate(done):
        if number:
            parts.append(_rest(done[number - 1], parts[-1].side, options))
        parts += _exercise(exercise, options, conditions or {})
    last = done[-1]
    if end_position(last) in LYING:
        parts.append(_rest(last, parts[-1].side, options))
        last = needed(rise, title)
        parts += _rising(last, options)
    parts.append(_finish(last, parts[-1].side))
    own_figures = {name: spec for e in done for name, spec in e.own_figures.items()}
    return _timeline(title, parts, {e.id: e.title for e in done}, own_figures)


def exercise_length_ms(exercise: Exercise, options: Options | None = None) -> int:
    """Milliseconds of an exercise as it is, from its setup to its last step.

    What compile_session() puts before, between and after exercises is not in it.
    """
    return sum(phase.end for phase in _exercise(exercise, options or Options(), {}))


def timer_timeline(
    minutes: float | None = None, seconds: float | None = None, title: str = "Timer"
) -> Timeline:
    """A timer of any length up to three hours: a tone at the start, halfway and at the end.

    It lasts the minutes and the seconds that are given, together; 5 minutes where neither is.
    """
    if minutes is None and seconds is None:
        minutes = 5
    minutes, seconds = (0 if given is None else given for given in (minutes, seconds))
    if require_number("minutes", minutes) < 0 or require_number("seconds", seconds) < 0:
        raise SessionError("A timer cannot run backwards: give minutes and seconds of 0 or more.")
    duration = to_ms(minutes * 60) + to_ms(seconds)
    if duration < SECOND_MS:
        raise SessionError("A timer needs at least 1 second: try timer(minutes=5).")
    cues = (*hold_cues(duration), PhaseCue(duration, "end", "Time is up."))
    return _timeline(title, [Phase("hold", 0, duration, title, cues=cues)])


def intervals_timeline(
    work: float = 30, rest: float = 10, rounds: int = 5, title: str = "Intervals"
) -> Timeline:
    """Seconds of work and seconds of rest in turn; it ends with the last work."""
    work_ms, rest_ms = to_ms(require_number("work", work)), to_ms(require_number("rest", rest))
    require_count("rounds", rounds)
    if work_ms < SECOND_MS or rest_ms < 0:
        raise SessionError("Give at least 1 second of work, and 0 or more of rest.")
    parts = [Phase("ready", 0, 5 * SECOND_MS, "Get ready", say=READY, cues=(PhaseCue(0, "ready"),))]
    for number in range(1, rounds + 1):
        turn = {"round": number, "rounds": rounds}
        parts.append(Phase("hold", 0, work_ms, "Work", cues=hold_cues(work_ms), **turn))
        if rest_ms and number < rounds:
            cues = (PhaseCue(0, "rest", "Rest."),)
            parts.append(Phase("rest", 0, rest_ms, "Rest", cues=cues, **turn))
    last = parts[-1]
    parts[-1] = replace(last, cues=(*last.cues, PhaseCue(work_ms, "end", "That is the last one.")))
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
            for phase in phases_of(step, round_ > 1, side, options, exercise.language):
                waits = held or (phase.wait and options.wait is not False)
                held = False
                yield replace(
                    phase,
                    exercise=exercise.id,
                    step=step.id,
                    side=side,
                    round=round_,
                    rounds=round_count(exercise),
                    wait=waits,
                )


def _turns(exercise: Exercise, only: Side | None) -> Iterator[tuple[int, str]]:
    """Each round with its side: every side gets the same steps, and so the same time."""
    sides: tuple[str, ...] = ("",)
    if exercise.sides:
        second = "right" if exercise.first == "left" else "left"
        sides = (only,) if only else (exercise.first, second)
    for round_ in range(1, round_count(exercise) + 1):
        for side in sides:
            yield round_, side


def round_count(exercise: Exercise) -> int:
    return exercise.rounds.default if exercise.rounds else 1


def _setup(exercise: Exercise, options: Options, names: Mapping[str, str]) -> Phase:
    side = (options.side or exercise.first) if exercise.sides else ""
    words = fill_sides(exercise.setup, side)
    care = [
        f"{names.get(c.whom, _plain(c.whom))}: {fill_sides(c.what, side)}"
        for c in exercise.cautions
    ]
    return Phase(
        "setup",
        0,
        reading_time_ms(f"{exercise.title}. {words}") + to_ms(options.pauses.settle),
        exercise.title,
        words=words,
        say=f"{exercise.title}. {words}",
        exercise=exercise.id,
        side=side,
        figure=PhaseFigure(figure_key(exercise.start, side)),
        cues=(PhaseCue(0, "ready"),),
        care=(*care, fill_sides(exercise.stop, side)),
        language=exercise.language,
    )


def _ready(exercise: Exercise, options: Options) -> Phase:
    side = (options.side or exercise.first) if exercise.sides else ""
    return Phase(
        "ready",
        0,
        max(to_ms(options.pauses.ready), reading_time_ms(READY)),
        "Get ready",
        say=READY,
        figure=PhaseFigure(figure_key(exercise.start, side)),
        cues=(PhaseCue(0, "ready"),),
    )


def _again(exercise: Exercise, before: tuple, after: tuple, options: Options) -> Phase:
    """The pause between one turn of an exercise and the next, with the way across if it has one."""
    round_, side = after
    turn = {"exercise": exercise.id, "side": side, "round": round_, "rounds": round_count(exercise)}
    changes = side != before[1]
    if changes and exercise.between:
        way = next(phases_of(exercise.between, False, side, options, exercise.language))
        return replace(way, kind="change", cues=(*CHANGE, *way.cues[1:]), **turn)
    again = f"{REST} {AGAIN.format(**turn)}"
    words = _back(exercise, before[1], fill_sides(OTHER_SIDE, side) if changes else again)
    return Phase(
        "change" if changes else "rest",
        0,
        max(to_ms(options.pauses.change), reading_time_ms(words)),
        "Change sides" if changes else "Once more",
        words=words,
        say=words,
        figure=figure_after(exercise.steps[-1], before[1]),
        cues=CHANGE if changes else RESTING,
        **turn,
    )


def _rest(exercise: Exercise, side: str, options: Options) -> Phase:
    words = _back(exercise, side, REST)
    return Phase(
        "rest",
        0,
        max(to_ms(options.pauses.rest), reading_time_ms(words)),
        "Rest",
        words=words,
        say=words,
        exercise=exercise.id,
        figure=figure_after(exercise.steps[-1], side),
        cues=RESTING,
    )


def _rising(rise: Exercise, options: Options) -> Iterator[Phase]:
    intro = _setup(rise, Options(), {})
    say = f"{RISE} {intro.words}"
    yield replace(intro, kind="rise", say=say, end=reading_time_ms(say), care=())
    side = rise.first if rise.sides else None  # one gets up once, on one side
    calm = Options(side=side, pauses=options.pauses, wait=options.wait)
    yield from (phase for phase in _exercise(rise, calm, {}) if phase.kind != "setup")


def _finish(last: Exercise, side: str) -> Phase:
    figure = figure_after(last.steps[-1], side)
    words = _back(last, side, f"{FINISH} {STAND}" if end_position(last) == "kneeling" else FINISH)
    cues = (PhaseCue(0, "end"),)
    return Phase(
        "finish", 0, reading_time_ms(words), "Finished", words, words, figure=figure, cues=cues
    )


def _back(exercise: Exercise, side: str, words: str) -> str:
    """Words that begin with the way out of what was held, where something was."""
    return f"{words_on_leaving(exercise.steps[-1], side)} {words}".lstrip()


# Putting phases one after another


def _timeline(
    title: str,
    parts: Sequence[Phase],
    exercises: Mapping[str, str] | None = None,
    own_figures: Mapping[str, Model] | None = None,
) -> Timeline:
    phases, now = [], 0
    for part in parts:
        phases.append(replace(part, start=now, end=now + part.end, label=_label(part)))
        now += part.end
    if now > MAX_SESSION_MS:
        raise SessionError(
            f"{title} would last {duration_in_words(now)}: the longest session is"
            f" {duration_in_words(MAX_SESSION_MS)}."
        )
    return Timeline(title, now, tuple(phases), exercises or {}, own_figures or {})


def _label(phase: Phase) -> str:
    """What a phase is, on which side, and in which round."""
    moving = phase.kind == "hold" and phase.count
    parts = [MOVING if moving else KIND_LABELS[phase.kind]]
    if phase.side:
        parts.append(f"{phase.side} side")
    if phase.rounds > 1:
        parts.append(f"round {phase.round} of {phase.rounds}")
    return ", ".join(parts)


# Words and numbers


def format_clock(milliseconds: int) -> str:
    """Milliseconds as minutes and seconds: 754000 is 12:34."""
    minutes, seconds = divmod(round(milliseconds / SECOND_MS), 60)
    return f"{minutes}:{seconds:02d}"


def duration_in_words(milliseconds: int) -> str:
    """Milliseconds in words: 90000 is 1 minute 30 seconds."""
    minutes, seconds = divmod(round(milliseconds / SECOND_MS), 60)
    parts = [count_noun(n, unit) for n, unit in ((minutes, "minute"), (seconds, "second")) if n]
    return " ".join(parts) or "0 seconds"


def count_noun(count: int, noun: str) -> str:
    """A count with its noun: 1 phase, 2 phases."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def join_words(words: Iterable[str]) -> str:
    """Words one after another: a, b and c."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()
