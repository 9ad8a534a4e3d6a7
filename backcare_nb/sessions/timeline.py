"""Exercises compiled to a timeline: every phase of a session with its exact start and end.

A timeline is plain data, complete before the session starts. All times are whole milliseconds,
phases follow each other without a gap, and the same exercises and options give the same bytes.
docs/timeline.md describes the format; the player draws any moment of it without asking back.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from backcare_nb.course.fields import (
    ENGLISH_TAG,
    FLOOR_POSITIONS,
    LYING_POSITIONS,
    Model,
    fill_sides,
)
from backcare_nb.course.models import (
    ANYONE_CONDITION,
    Exercise,
    Frequency,
    PositionTransition,
    join_condition_names,
)
from backcare_nb.sessions.options import (
    OPTIONS_AS_TAUGHT,
    Options,
    SessionError,
    raise_unless_amounts_in_range,
    raise_unless_options_apply,
    raise_unless_options_valid,
    require_count,
    require_number,
)
from backcare_nb.sessions.phases import (
    MINUTE_MS,
    SECOND_MS,
    SPOKEN,
    ExerciseRound,
    Phase,
    PhaseCue,
    PhaseDraft,
    PhaseFigure,
    figure_key,
    figure_on_leaving,
    hold_cues,
    make_move_phase,
    sentence_on_leaving,
    speaking_time_ms,
    step_phases,
    things_to_notice,
    to_ms,
)
from backcare_nb.sessions.transitions import (
    find_transition,
    insert_transitions_and_rise,
    require_rise,
)

TIMELINE_FORMAT = "backcare-timeline"
TIMELINE_VERSION = 1

MAX_SESSION_MS = 180 * MINUTE_MS
SET_CHAIR_AND_HAVE_ROOM_SENTENCES = f"{SPOKEN['set_chair']} {SPOKEN['have_room']}"
THINGS_WITHIN_REACH_BY_PROP = {
    "towel": "a bath towel and a pillow",
    "cushion": "a thick cushion",
    "stool": "a low stool",
    "ball": "a ball",
    "box": "a box",
    "roll": "a roll",
    "strap": "a strap",
    "band": "a band",
}
# What a version asks of those who are cautioned; who takes care does nothing harder.
CAUTION_ACTION_LABELS_BY_VERSION = {
    version: {"leave_out": "Leave it out", "easier": easier, "say": say}
    for version, easier, say in (
        ("easier", "This easier version is for", "Read your line first"),
        ("source", "Choose the easier version", "Read your line first"),
        ("harder", "Choose the easier version", "As taught, and read your line first"),
    )
}
READY_TONE_CUES = (PhaseCue(0, "ready"),)


@dataclass(frozen=True)
class Timeline:
    """A session ready to be played; ``exercises`` has the titles of its exercises by their ids.

    ``own_figures`` has the specs of postures and motions that an own exercise writes out.
    """

    title: str
    total: int
    phases: tuple[Phase, ...]
    exercises: Mapping[str, str] = field(default_factory=dict)
    own_figures: Mapping[str, Model] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The timeline as plain data, in the documented order of keys."""
        return {
            "format": TIMELINE_FORMAT,
            "version": TIMELINE_VERSION,
            "title": self.title,
            "total": self.total,
            "phases": [phase.to_dict() for phase in self.phases],
            "exercises": dict(self.exercises),
        }

    def to_json(self) -> str:
        """The timeline as compact JSON: the same bytes for the same timeline."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    def figure_keys(self) -> tuple[str, ...]:
        """The keys of the pictures it needs, in the order in which they appear."""
        return tuple(dict.fromkeys(p.figure.key for p in self.phases if p.figure))

    def __str__(self) -> str:
        phases = format_count_with_noun(len(self.phases), "phase")
        return f"{self.title}: {phases}, {format_clock(self.total)} in all"


def compile_session(
    exercises: Iterable[Exercise],
    options: Options = OPTIONS_AS_TAUGHT,
    *,
    amounts: Mapping[str, Options] | None = None,
    title: str = "",
    rise: Exercise | None = None,
    conditions: Mapping[str, str] | None = None,
    ways: Sequence[PositionTransition] = (),
    asides: Mapping[str, Sequence[str]] | None = None,
    at_hand: Collection[str] = ("chair", "bed"),
) -> Timeline:
    """Compile exercises, in their order, to a timeline.

    ``amounts`` has options for single exercises, by id, in place of those for all of them.
    ``rise`` is the way of getting up, in the same version: needed when one lies and is to stand,
    sit or end. ``conditions`` names in words those who should take care; ``ways`` lead from one
    position to another, where the exercises do not tell it already; ``asides`` are lines to be
    shown, and not said, as an exercise begins, by its id. ``at_hand`` is "chair" where there is one
    to get down and up by, and "bed" where one may lie on it. Raises SessionError with a sentence
    where the session is impossible.
    """
    amounts = amounts or {}
    raise_unless_options_valid(options)
    chosen = [exercise.version(options.version) for exercise in exercises]
    for exercise in chosen:
        raise_unless_amounts_in_range(exercise, options)
    if not chosen:
        raise SessionError("This session has no exercises: choose at least one.")
    title = title or chosen[0].title
    raise_unless_options_apply(chosen, options, title)
    rise = rise and rise.version(options.version)
    on_a_bed = rise is not None and "bed" in rise.needs
    done = list(insert_transitions_and_rise(chosen, ways, rise, "" if on_a_bed else "standing"))
    drafts = [_make_get_ready_phase(done, options, on_a_bed, at_hand)]
    before = options
    for number, exercise in enumerate(done):
        own = amounts.get(exercise.id, options)
        if number:
            drafts.append(_make_rest_phase(done[number - 1], drafts[-1].side, before, exercise))
        before = own
        aside = (asides or {}).get(exercise.id, ())
        drafts += exercise_phases(exercise, own, conditions or {}, aside)
    last = done[-1]
    if last.end_position in LYING_POSITIONS:
        drafts.append(_make_rest_phase(last, drafts[-1].side, before))
        last = require_rise(rise, title)
        drafts += _make_rise_phases(last, options)
    elif (way := find_transition(last.end_position, "standing", ways)) and way.move:
        drafts.append(_make_rest_phase(last, drafts[-1].side, before))
        last = last.model_copy(update={"steps": (way.move,)})
        turn = ExerciseRound(last, options, drafts[-1].side)
        drafts.append(make_move_phase(way.move, turn, "rise", way.move.say, language=ENGLISH_TAG))
    drafts.append(_make_finish_phase(last, drafts[-1].side, chosen))
    timeline = _make_timeline_of_phases(title, drafts)
    titles = {exercise.id: exercise.title for exercise in done}
    own_figures = {name: spec for exercise in done for name, spec in exercise.own_figures.items()}
    return replace(timeline, exercises=titles, own_figures=own_figures)


def exercise_timeline(exercise: Exercise, options: Options = OPTIONS_AS_TAUGHT) -> Timeline:
    """An exercise alone, from its setup to its last step.

    What compile_session() puts before, between and after exercises is not in it.
    """
    return _make_timeline_of_phases(exercise.title, list(exercise_phases(exercise, options, {})))


def exercise_length_ms(exercise: Exercise, options: Options = OPTIONS_AS_TAUGHT) -> int:
    """Milliseconds of an exercise, from its setup to its last step."""
    return sum(phase.duration_ms for phase in exercise_phases(exercise, options, {}))


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
    return _make_timeline_of_phases(title, [PhaseDraft("hold", duration, title, cues=cues)])


def intervals_timeline(
    work: float = 30, rest: float = 10, rounds: int = 5, title: str = "Intervals"
) -> Timeline:
    """Seconds of work and seconds of rest in turn; it ends with the last work."""
    work_ms, rest_ms = to_ms(require_number("work", work)), to_ms(require_number("rest", rest))
    require_count("rounds", rounds)
    if work_ms < SECOND_MS or rest_ms < 0:
        raise SessionError("Give at least 1 second of work, and 0 or more of rest.")
    ready = SPOKEN["get_ready"]
    drafts = [PhaseDraft("ready", 5 * SECOND_MS, "Get ready", say=ready, cues=READY_TONE_CUES)]
    for number in range(1, rounds + 1):
        turn: dict[str, Any] = {"round": number, "rounds": rounds}
        cues = hold_cues(work_ms)
        if number == rounds:
            cues.append(PhaseCue(work_ms, "end", "That is the last one."))
        drafts.append(PhaseDraft("hold", work_ms, "Work", cues=tuple(cues), **turn))
        if rest_ms and number < rounds:
            rest_cues = (PhaseCue(0, "rest", "Rest."),)
            drafts.append(PhaseDraft("rest", rest_ms, "Rest", cues=rest_cues, **turn))
    return _make_timeline_of_phases(title, drafts)


# One exercise


def exercise_phases(
    exercise: Exercise, options: Options, conditions: Mapping[str, str], aside: Sequence[str] = ()
) -> Iterator[PhaseDraft]:
    """The phases of an exercise: its setup, then its steps in each round and on each side.

    Every side gets the same steps, and so the same time.
    """
    if exercise.transition and (move := exercise.transition.move):
        turn = ExerciseRound(exercise, options, "")
        yield make_move_phase(move, turn, "move", move.say, step="", rounds=1, language=ENGLISH_TAG)
    yield _make_setup_phase(exercise, options, conditions, aside)
    both = exercise.sides_in_order if options.side is None else ()
    sides = both or (options.first_side_of(exercise),)
    rounds = range(1, options.rounds_of(exercise) + 1)
    turns, notes = list(product(rounds, sides)), things_to_notice(exercise)
    before: ExerciseRound | None = None
    for number, (round_, side) in enumerate(turns):
        turn = ExerciseRound(exercise, options, side, round_, notes[number :: len(turns)])
        if before is not None:
            yield _make_round_or_side_pause(before, turn)
        for step in exercise.steps:
            yield from step_phases(step, turn)
        before = turn


def _make_setup_phase(
    exercise: Exercise, options: Options, conditions: Mapping[str, str], aside: Sequence[str]
) -> PhaseDraft:
    """Getting into place. What everyone should heed, and when to stop, is heard; all is shown."""
    side, way = options.first_side_of(exercise), exercise.transition
    both = (exercise.setup_without_transition, exercise.stop)
    own, stop = (fill_sides(words, side) for words in both)
    led = [way.words] if way and not way.move else []
    words = " ".join([*led, own])
    heed = [fill_sides(c.what, side) for c in exercise.cautions if ANYONE_CONDITION in c.whom]
    say = f"{exercise.title}. {words}"
    if exercise.language == ENGLISH_TAG:  # what is inherited from the course is in no other
        say = " ".join([f"{exercise.title}.", *heed, *led, stop, own])
    return PhaseDraft(
        "setup",
        speaking_time_ms(say) + to_ms((way.pause_seconds if way else 0) + options.pauses.settle),
        exercise.title,
        words=words,
        say=say,
        exercise=exercise.id,
        side=side,
        figure=PhaseFigure(figure_key(exercise.start, side)),
        cues=READY_TONE_CUES,
        care=(*_caution_lines(exercise, side, conditions), *aside, stop),
        language=exercise.language,
    )


def _caution_lines(exercise: Exercise, side: str, conditions: Mapping[str, str]) -> Iterator[str]:
    """What is shown of the cautions: whom they concern. What each is to do, cards and paper say."""
    for caution in exercise.cautions:
        if ANYONE_CONDITION in caution.whom:
            everyone = join_condition_names(conditions, [ANYONE_CONDITION])
            yield f"{everyone}: {fill_sides(caution.what, side)}"
    for action, label in CAUTION_ACTION_LABELS_BY_VERSION[exercise.version_name].items():
        asked = (caution.whom for caution in exercise.cautions if caution.then == action)
        whom = [each for several in asked for each in several if each != ANYONE_CONDITION]
        if whom:
            yield f"{label}: {join_condition_names(conditions, whom)}."


def _make_round_or_side_pause(before: ExerciseRound, turn: ExerciseRound) -> PhaseDraft:
    """The pause between one turn of an exercise, the one before, and the next."""
    exercise, least_ms = turn.exercise, to_ms(turn.options.pauses.change)
    if exercise.rest and turn.round > before.round:
        least_ms = to_ms(exercise.rest.default)
    done, fields = (exercise, before.side), turn.phase_fields
    if turn.side == before.side:
        words = f"{SPOKEN['rest']} {SPOKEN['next_round'].format(**fields)}"
        return _make_pause_phase("rest", "Once more", *done, words, least_ms, **fields)
    if exercise.between is None:
        words = fill_sides(SPOKEN["change_sides"], turn.side)
        return _make_pause_phase("change", "Change sides", *done, words, least_ms, **fields)
    way, say = exercise.between, fill_sides(exercise.between.say, turn.side)
    return make_move_phase(way, turn, "change", say, step="", wait=way.wait)


def _make_pause_phase(
    kind: str, title: str, done: Exercise, done_side: str, words: str, least_ms: int, **fields: Any
) -> PhaseDraft:
    """A pause after what was done on a side, with the way out of what was held.

    It lasts as long as its words take to be read aloud, and at least ``least_ms``.
    """
    step = done.steps[-1]
    words = f"{sentence_on_leaving(step, done_side)} {words}".lstrip()
    return PhaseDraft(
        kind,
        max(least_ms, speaking_time_ms(words)),
        title,
        words=words,
        say=words,
        figure=figure_on_leaving(step, done_side),
        cues=(PhaseCue(0, "end" if kind == "finish" else kind),),
        **fields,
    )


# Between exercises


def _make_get_ready_phase(
    exercises: Sequence[Exercise], options: Options, on_a_bed: bool, at_hand: Collection[str]
) -> PhaseDraft:
    """The beginning, with what has to be at hand where one goes down to the floor."""
    is_low = any(
        e.position in FLOOR_POSITIONS or e.end_position in FLOOR_POSITIONS for e in exercises
    )
    lay_out = SET_CHAIR_AND_HAVE_ROOM_SENTENCES if "chair" in at_hand else SPOKEN["have_room"]
    told = [SPOKEN["lie_down_on_bed"] if on_a_bed else lay_out] if is_low else []
    # With a towel the cushion is the pillow that is named beside it; a band is drawn as a strap.
    same = {("cushion", "towel"), ("strap", "band")}
    laid = {p for e in exercises for p in e.needs if not any((p, q) in same for q in e.needs)}
    if things := [name for prop, name in THINGS_WITHIN_REACH_BY_PROP.items() if prop in laid]:
        told.append(SPOKEN["within_reach"].format(things=join_with_and(things)))
    lying = [e for e in exercises if {e.position, e.end_position} <= {*LYING_POSITIONS}]
    calves_up = any("chair" in exercise.needs for exercise in lying)
    told += [SPOKEN["set_second_chair"]] if calves_up else []
    lies_down = exercises[0].transition and exercises[0].transition.move
    if lies_down and not on_a_bed and "bed" in at_hand:
        told += [SPOKEN["go_by_bed"], *([SPOKEN["two_pillows"]] if calves_up else [])]
    say = " ".join([SPOKEN["get_ready"], *told])
    return PhaseDraft(
        "ready",
        max(to_ms(options.pauses.ready), speaking_time_ms(say)),
        "Get ready",
        words=" ".join(told),
        say=say,
        figure=PhaseFigure(figure_key(exercises[0].start, options.first_side_of(exercises[0]))),
        cues=READY_TONE_CUES,
    )


def _make_rest_phase(
    exercise: Exercise, side: str, options: Options, following: Exercise | None = None
) -> PhaseDraft:
    """The rest after an exercise; who sits is stood up before what follows down on the floor."""
    words, rest_s = SPOKEN["rest"], options.pauses.rest
    if exercise.rest:
        rest_s = max(rest_s, exercise.rest.default)
    goes_down = following is not None and following.begin_position in FLOOR_POSITIONS
    if goes_down and exercise.end_position == "sitting":
        words = f"{words} {SPOKEN['stand_up_from_chair']}"
        rest_s += speaking_time_ms(words) / SECOND_MS
    least_ms = to_ms(rest_s)
    return _make_pause_phase("rest", "Rest", exercise, side, words, least_ms, exercise=exercise.id)


def _make_rise_phases(rise: Exercise, options: Options) -> Iterator[PhaseDraft]:
    """Getting up as a session ends; once only, on the side that begins."""
    side = rise.first if rise.sides else None
    calm = Options(side=side, wait=options.wait, pauses=options.pauses)
    for phase in exercise_phases(rise, calm, {}):
        if phase.kind == "setup":
            say = phase.say.replace(f"{rise.title}.", SPOKEN["rise"], 1)
            lasts = speaking_time_ms(say)
            phase = replace(phase, kind="rise", words=say, say=say, duration_ms=lasts, care=())
        yield phase


def _make_finish_phase(last: Exercise, side: str, exercises: Sequence[Exercise]) -> PhaseDraft:
    """The end. Who hears more then hears how often to do it, if that is the same for all of it."""
    draft = _make_pause_phase("finish", "Finished", last, side, SPOKEN["end"], 0)
    often, *others = {exercise.often for exercise in exercises}
    full = [each.title for each in exercises if each.no_harder and each.version_name == "source"]
    told = [SPOKEN["is_full"] if len(full) == len(exercises) else SPOKEN["go_on"]]
    if len(exercises) == 1 and exercises[0].going_on:
        told = [exercises[0].going_on]
    if 0 < len(full) < len(exercises):
        told.append(SPOKEN["some_are_full"].format(titles=join_with_and(full)))
    if not often or others:
        return draft
    say = " ".join([f"Do this {frequency_in_words(often)}.", *told])
    # While it is said, what is asked at the end can be answered already.
    return replace(draft, cues=(*draft.cues, PhaseCue(draft.duration_ms, "", say, more=True)))


def _make_timeline_of_phases(title: str, drafts: Sequence[PhaseDraft]) -> Timeline:
    """Phases in their places, one after another; SessionError where they last too long."""
    phases, now_ms = [], 0
    for draft in drafts:
        phases.append(Phase(**vars(draft), start_ms=now_ms))
        now_ms += draft.duration_ms
    if now_ms > MAX_SESSION_MS:
        raise SessionError(
            f"{title} would last {duration_in_words(now_ms)}: the longest session is"
            f" {duration_in_words(MAX_SESSION_MS)}."
        )
    return Timeline(title, now_ms, tuple(phases))


# Words and numbers


def format_clock(milliseconds: int) -> str:
    """Milliseconds as minutes and seconds: 754000 is 12:34."""
    minutes, seconds = divmod(round(milliseconds / SECOND_MS), 60)
    return f"{minutes}:{seconds:02d}"


def duration_in_words(milliseconds: int) -> str:
    """Milliseconds in words: 90000 is 1 minute 30 seconds."""
    minutes, seconds = divmod(round(milliseconds / SECOND_MS), 60)
    both = ((minutes, "minute"), (seconds, "second"))
    return " ".join(format_count_with_noun(n, unit) for n, unit in both if n) or "0 seconds"


def format_count_with_noun(count: int, noun: str) -> str:
    """A count with its noun: 1 phase, 2 phases."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def frequency_in_words(often: Frequency) -> str:
    """How often something is done, in words: "once a day to begin with, twice at most"."""
    names = {1: "once", 2: "twice"}
    both = (often.times, often.most or 0)
    times, most = (names.get(n, format_count_with_noun(n, "time")) for n in both)
    return f"{times} a {often.per}" + (f" to begin with, {most} at most" if often.most else "")


def join_with_and(words: Iterable[str]) -> str:
    """Words one after another: a, b and c."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
