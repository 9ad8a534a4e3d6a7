"""A session compiled: exact times, equal sides, and a sentence where there can be none."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backcare_nb.course.library import shipped_library
from backcare_nb.course.models import Caution, ExerciseVersion, PositionTransition
from backcare_nb.sessions.options import Options, Pauses, SessionError, amount_settings, set_amount
from backcare_nb.sessions.phases import SPOKEN
from backcare_nb.sessions.timeline import (
    MAX_SESSION_MS,
    SET_CHAIR_AND_HAVE_ROOM_SENTENCES,
    PhaseCue,
    compile_session,
    duration_in_words,
    fill_sides,
    format_clock,
    intervals_timeline,
    speaking_time_ms,
    timer_timeline,
)
from tests.samples import SHORT, breathe, exercise, hold, middle, move, repeat, rise


def kinds(timeline):
    return [phase.kind for phase in timeline.phases]


def only(timeline, kind):
    return [phase for phase in timeline.phases if phase.kind == kind]


# The order of things


def test_a_session_of_one_exercise_goes_from_get_ready_to_the_end():
    timeline = compile_session([exercise()])
    expected = ["ready", "setup", "move", "hold", "change", "move", "hold", "finish"]
    assert kinds(timeline) == expected


def test_the_first_side_is_the_one_the_exercise_names():
    timeline = compile_session([exercise(first="right")])
    assert [phase.side for phase in only(timeline, "hold")] == ["right", "left"]


def test_words_are_filled_with_the_side_that_is_played():
    first, second = only(compile_session([exercise()]), "hold")
    assert (first.title, second.title) == ("Knees to the left", "Knees to the right")
    assert first.words.endswith("look to the right.")


def test_rounds_repeat_the_pair_of_sides():
    timeline = compile_session([exercise(rounds={"default": 2, "min": 1, "max": 5})])
    turns = [(phase.side, phase.round) for phase in only(timeline, "hold")]
    assert turns == [("left", 1), ("right", 1), ("left", 2), ("right", 2)]


def test_rounds_without_sides_have_a_rest_between_them():
    timeline = compile_session(
        [middle(hold(title="Up", say="Up."), rounds={"default": 3, "min": 1, "max": 5})]
    )
    assert kinds(timeline).count("rest") == 2


def test_an_exercises_own_movement_between_sides_becomes_the_change_of_sides():
    pace = move(id="pace", title="One pace on", say="Bring the {side} hand forward.")
    timeline = compile_session([exercise(between=pace)])
    (change,) = only(timeline, "change")
    assert change.words == "Bring the right hand forward."
    assert (change.figure.key, change.figure.travel) == ("get_up.right", "once")


@pytest.mark.parametrize("position", ["supine", "prone"])
def test_a_session_that_ends_lying_down_ends_with_getting_up(position):
    timeline = compile_session([exercise(position=position)], rise=rise())
    assert kinds(timeline)[-3:] == ["rise", "move", "finish"]
    assert timeline.phases[-2].exercise == "getting_up"


def test_a_session_that_ends_lying_down_without_a_way_of_getting_up_is_refused():
    with pytest.raises(SessionError, match=r"ends lying down, so it needs a safe way"):
        compile_session([exercise(position="supine")])


def test_who_lies_and_is_to_stand_gets_up_between_the_exercises():
    timeline = compile_session(
        [middle(breathe(), position="supine"), exercise("second")], rise=rise()
    )
    ids = [phase.exercise for phase in timeline.phases if phase.kind == "setup"]
    assert ids == ["knee_rolls", "getting_up", "second"]
    with pytest.raises(SessionError, match=r"ends lying down, so it needs a safe way"):
        compile_session([middle(breathe(), position="supine"), exercise("second")])


def test_a_transition_begins_in_the_position_that_the_chosen_version_ended_in():
    seated = {"title": "Seated", "what": "Sit.", "position": "sitting"}
    chosen = [exercise(position="kneeling", easier=seated), exercise("second", position="kneeling")]
    ways = (PositionTransition(start=["sitting"], to=["kneeling"], say="Come down slowly."),)
    setups = {
        version: only(compile_session(chosen, Options(version=version), ways=ways), "setup")
        for version in ("source", "easier")
    }
    assert setups["easier"][1].words == f"Come down slowly. {setups['source'][1].words}"


def test_after_a_hold_one_is_told_to_come_back_and_nowhere_else():
    held, still = compile_session([exercise()] * 2), compile_session([middle(repeat())] * 2)
    for timeline, comes_back in ((held, True), (still, False)):
        told = [p.say for kind in ("rest", "change", "finish") for p in only(timeline, kind)]
        assert {words.startswith("Come back slowly.") for words in told} == {comes_back}


def test_a_session_that_ends_kneeling_ends_with_standing_up_in_stages():
    up = move(say="Hold the chair.")
    ways = (PositionTransition(start=["kneeling"], to=["standing"], move=up),)
    *_, rest, rise, finish = compile_session([exercise(position="kneeling")], ways=ways).phases
    assert rest.say.startswith("Come back slowly.")
    assert (rise.say, rise.kind) == ("Hold the chair.", "rise")
    assert finish.say == SPOKEN["end"]


def test_an_easier_session_gets_up_in_the_easier_way():
    slow = {"move": {"say": "Roll to your side, and rest."}}
    easier = {"title": "Slowly", "what": "Slowly.", "change": slow}
    up = rise().model_copy(update={"easier": ExerciseVersion(**easier)})
    for version, said in (("easier", "Roll to your side, and rest."), ("source", "Roll over")):
        timeline = compile_session([exercise(position="supine")], Options(version=version), rise=up)
        assert timeline.phases[-2].say.startswith(said)


def test_getting_up_begins_with_what_everyone_should_heed_and_its_chair_is_asked_for_first():
    easier = {"title": "By a chair", "what": "Hold a chair.", "needs": ["chair"]}
    heed = {"whom": "anyone", "then": "say", "what": "Do not kneel on a bed."}
    up = rise().model_copy(update={"easier": ExerciseVersion(**easier)})
    up = up.model_copy(update={"cautions": (Caution(**heed),)})
    for version in ("easier", "source"):
        timeline = compile_session([exercise(position="supine")], Options(version=version), rise=up)
        assert SET_CHAIR_AND_HAVE_ROOM_SENTENCES in timeline.phases[0].say
        (getting_up,) = only(timeline, "rise")
        assert getting_up.say.startswith(f"{SPOKEN['rise']} Do not kneel on a bed.")
    from_bed = up.model_copy(update={"needs": ("bed",)})
    for made in (
        compile_session([exercise()], rise=up),  # stands
        compile_session([exercise(position="supine")], rise=from_bed),
    ):
        assert SET_CHAIR_AND_HAVE_ROOM_SENTENCES not in made.phases[0].say


def test_who_begins_on_the_floor_is_told_how_to_come_down_to_it_and_not_on_a_bed():
    down = PositionTransition(start=("standing",), to=("supine",), say="Hold the chair.")
    for needs, told in (((), True), (("bed",), False)):
        up = rise().model_copy(update={"needs": needs})
        made = compile_session([exercise(position="supine")], rise=up, ways=[down])
        assert ("Hold the chair." in made.phases[1].say) == told


def test_getting_up_is_done_once_even_where_it_has_two_sides():
    sided = rise().model_copy(update={"sides": "each"})
    timeline = compile_session([exercise(position="supine")], rise=sided)
    assert [phase.exercise for phase in timeline.phases].count("getting_up") == 2  # words, way


# Exact times


def test_phases_follow_each_other_without_a_gap():
    timeline = compile_session(
        [exercise(), middle(repeat(), breathe(), position="supine")], rise=rise()
    )
    for before, after in itertools.pairwise(timeline.phases):
        assert before.end_ms == after.start_ms
    assert timeline.phases[0].start_ms == 0
    assert timeline.phases[-1].end_ms == timeline.total


def test_the_length_of_a_session_is_the_sum_of_its_speaking_exercise_and_pause_times():
    timeline = compile_session([exercise()], Options(pauses=SHORT))
    ready, lead, change = (
        speaking_time_ms("Get ready."),
        speaking_time_ms("one " * 14),
        speaking_time_ms("one " * 9),
    )
    setup = speaking_time_ms("one " * 14) + 1000
    finish = speaking_time_ms("one " * 15)
    assert timeline.total == ready + setup + 2 * (lead + 30_000) + change + finish


@given(
    seconds=st.integers(5, 60),
    rounds=st.integers(1, 10),
    first=st.sampled_from(["left", "right"]),
)
def test_each_side_gets_exactly_the_same_time(seconds, rounds, first):
    chosen = exercise(first=first, rounds={"default": 1, "min": 1, "max": 10})
    timeline = compile_session([chosen], Options(seconds=seconds, rounds=rounds))
    times = {
        side: sum(p.duration_ms for p in only(timeline, "hold") if p.side == side)
        for side in ("left", "right")
    }
    assert times == {"left": seconds * rounds * 1000, "right": seconds * rounds * 1000}


@given(minutes=st.integers(1, 15), rate=st.floats(4, 10))
def test_breathing_lasts_exactly_as_long_as_asked_in_whole_breaths(minutes, rate):
    step = breathe(rate={"default": rate, "min": 4, "max": 10})
    (phase,) = only(compile_session([middle(step)], Options(minutes=minutes)), "breathe")
    assert phase.duration_ms == minutes * 60_000
    assert [cue.tone for cue in phase.cues].count("in") == phase.count
    assert [cue.tone for cue in phase.cues].count("out") == phase.count


def test_repetitions_keep_their_tempo_and_are_counted_aloud():
    (phase,) = only(compile_session([middle(repeat())], Options(times=5, tempo=4)), "repeat")
    assert phase.duration_ms == 20_000
    assert [(cue.at, cue.say) for cue in phase.cues] == [(n * 4000, f"{n + 1}.") for n in range(5)]


def test_moving_into_a_hold_lasts_as_long_as_its_words_take():
    words = "Turn slowly. " * 20
    phases = compile_session([exercise(steps=(hold(say=words),))], Options(side="left")).phases
    assert phases[2].duration_ms == speaking_time_ms(words)


def test_later_rounds_hear_only_the_name_of_the_step():
    timeline = compile_session([exercise(rounds={"default": 2, "min": 1, "max": 5})])
    said = [phase.say for phase in only(timeline, "move")]
    assert said[0].startswith("Let both knees sink to the left")
    assert said[2] == "Knees to the left."


# Figures


def test_a_hold_moves_in_along_its_motion_stays_and_comes_back():
    timeline = compile_session([exercise()])
    _, _, way_there, stay, back, *_ = [phase.figure for phase in timeline.phases]
    assert (way_there.key, way_there.travel) == ("roll_knees_45.left", "once")
    assert (stay.key, stay.travel, stay.at) == ("roll_knees_45.left", "stay", 1.0)
    assert (back.key, back.travel) == ("roll_knees_45.left", "back")


def test_a_hold_with_a_loop_goes_round_while_it_lasts():
    step = hold(loop="crawl_circle", tempo={"default": 6, "min": 4, "max": 10})
    first, _ = only(compile_session([exercise(steps=(step,))]), "hold")
    assert (first.figure.key, first.figure.travel) == ("crawl_circle.left", "cycle")
    assert first.count == 5
    assert first.label == "Keep moving, left side"


def test_the_keys_of_the_figures_are_listed_once_each():
    keys = compile_session([exercise(), exercise("second")]).figure_keys()
    assert keys == ("knees_together.left", "roll_knees_45.left", "roll_knees_45.right")


# Waiting, cautions, cues


def test_a_step_waits_before_the_move_into_it_and_not_before_its_hold():
    timeline = compile_session([exercise(steps=(hold(wait=True),))])
    assert [phase.kind for phase in timeline.phases if phase.wait] == ["move", "move"]


def test_a_step_waits_the_first_time_and_not_in_every_round():
    twice = {"default": 3, "min": 1, "max": 5}
    timeline = compile_session([exercise(steps=(hold(wait=True),), rounds=twice)])
    assert [(p.round, p.side) for p in timeline.phases if p.wait] == [(1, "left"), (1, "right")]


def test_a_waiting_step_with_no_motion_gives_more_time_to_settle_afterwards():
    still = hold(motion=None)
    usual, waiting = (
        only(compile_session([exercise(steps=(step,))], Options(side="left")), "ready")[1]
        for step in (still, still.model_copy(update={"wait": True}))
    )
    settle = Options().pauses.settle * 1000
    assert waiting.duration_ms == usual.duration_ms + settle


def test_one_option_switches_all_waiting_of_a_session_off_or_on():
    waiting = exercise(steps=(hold(wait=True),))
    assert not any(phase.wait for phase in compile_session([waiting], Options(wait=False)).phases)
    held = compile_session([exercise()], Options(wait=True))
    assert [phase.wait for phase in held.phases].index(True) == 2  # after the setup is read


OSTEOPOROSIS = {"whom": "osteoporosis", "what": "Keep it small."}


def test_cautions_stand_where_the_exercise_starts():
    timeline = compile_session([exercise()], conditions={"osteoporosis": "Thin bones"})
    (setup,) = only(timeline, "setup")
    assert setup.care == ("Leave it out: Thin bones.", "Stop if it hurts.")


def test_cautions_are_listed_by_what_to_do_with_those_for_everyone_first_and_in_full():
    cautions = [("sciatica", "say"), ("anyone", "say"), ("vertigo", "leave_out"), ("reflux", "say")]
    made = exercise(cautions=[{"whom": w, "then": t, "what": "Go slowly."} for w, t in cautions])
    (setup,) = only(compile_session([made], conditions={"reflux": "Heartburn"}), "setup")
    everyone, out, with_care, _ = setup.care
    assert (everyone, out) == ("Anyone: Go slowly.", "Leave it out: Vertigo.")
    assert with_care == "Read your line first: Sciatica; heartburn."


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("easier", ("This easier version is for: Vertigo.", "Read your line first: Sciatica.")),
        ("source", ("Choose the easier version: Vertigo.", "Read your line first: Sciatica.")),
        (
            "harder",
            (
                "Choose the easier version: Vertigo.",
                "As taught, and read your line first: Sciatica.",
            ),
        ),
    ],
)
def test_who_takes_care_is_told_what_is_true_of_the_version_that_is_played(version, told):
    cautions = [("vertigo", "easier", "Sit."), ("sciatica", "say", "Go slowly.")]
    taught = exercise(
        cautions=[{"whom": w, "then": t, "what": what} for w, t, what in cautions],
        harder={"title": "Large rolls", "what": "Roll further."},
    )
    for made in (
        compile_session([taught], Options(version=version)),
        compile_session([taught.version(version)]),  # as lessons do
    ):
        (setup,) = only(made, "setup")
        assert setup.care[:2] == told


def test_who_hears_more_hears_at_the_end_how_often_and_when_to_go_on():
    often = {"times": 2, "most": 3, "per": "day", "what": "Anywhere."}
    taught = [exercise(name, often=often) for name in ("one", "two")]
    (finish,) = only(compile_session(taught), "finish")
    (more,) = [cue for cue in finish.cues if cue.more]
    assert more.say == f"Do this twice a day to begin with, 3 times at most. {SPOKEN['go_on']}"
    assert "Twice" not in finish.say
    assert more.at == finish.duration_ms == speaking_time_ms(finish.say)  # nobody else waits for it
    for others in ([*taught, exercise("three")], [exercise()]):
        (finish,) = only(compile_session(others), "finish")
        assert not [cue for cue in finish.cues if cue.more]


def test_whoever_does_an_exercise_without_a_harder_version_is_not_told_to_go_beyond_it():
    often = {"times": 2, "per": "day", "what": "Anywhere."}
    full = exercise("one", title="Full", no_harder="It is enough.", often=often)
    other = exercise("two", title="Other", often=often)
    told = {
        (number, version): made.phases[-1].cues[-1].say.removeprefix("Do this twice a day. ")
        for number, chosen in enumerate(([full], [full, other]))
        for version in ("source", "easier")
        for made in [compile_session(chosen, Options(version=version))]
    }
    assert told[0, "source"] == SPOKEN["is_full"]
    assert told[1, "source"] == f"{SPOKEN['go_on']} There is no need for more than this of: Full."
    assert told[0, "easier"] == told[1, "easier"] == SPOKEN["go_on"]


def test_the_spoken_words_on_when_to_go_on_agree_with_the_rule_of_the_safety_page():
    rule = shipped_library().safety.going_on.what
    for words in (
        *("do what its line says", "stay with the easier version"),
        *("two sessions in a row", "with pain of no more than 3 of 10", "go on by one step"),
    ):
        assert words in rule
        assert words in SPOKEN["go_on"]


def test_what_everyone_should_heed_and_when_to_stop_is_heard_as_an_exercise_starts():
    heed = {"whom": "anyone", "what": "Hold the rail."}
    _, setup, *_ = compile_session([exercise(cautions=(heed, OSTEOPOROSIS))]).phases
    assert "Hold the rail." in setup.say
    assert setup.say.endswith(f"Hold the rail. Stop if it hurts. {setup.words}")
    assert OSTEOPOROSIS["what"] not in setup.say  # it is for some, and shown


def test_a_hold_is_marked_at_its_start_and_halfway():
    (phase,) = only(compile_session([exercise()], Options(side="left")), "hold")
    assert phase.cues == (PhaseCue(0, "start"), PhaseCue(15_000, "halfway", "Halfway.", more=True))


def test_a_cue_of_the_data_comes_at_its_share_of_the_step():
    step = breathe(cues=({"at": 0.5, "say": "Notice the small of your back."},))
    (phase,) = only(compile_session([middle(step)]), "breathe")
    assert PhaseCue(150_000, "", "Notice the small of your back.") in phase.cues
    assert [cue.at for cue in phase.cues] == sorted(cue.at for cue in phase.cues)


def test_a_late_cue_is_moved_forward_to_end_with_its_step():
    words = "In a moment, come up slowly, your head last."
    step = hold(cues=({"at": 0.9, "say": words},))
    (phase,) = only(
        compile_session([exercise(steps=(step,))], Options(seconds=10, side="left")), "hold"
    )
    (cue,) = [cue for cue in phase.cues if cue.say == words]
    assert cue.at == 10_000 - speaking_time_ms(words)


def test_breaths_are_not_spoken_while_a_cue_of_the_data_is_said():
    step = breathe(
        cues=({"at": 0.5, "say": "Notice the small of your back, and the floor below it."},)
    )
    (phase,) = only(compile_session([middle(step)]), "breathe")
    tones = [cue for cue in phase.cues if cue.tone and 150_000 <= cue.at < 155_000]
    assert [(cue.tone, cue.say) for cue in tones] == [("in", ""), ("out", "")]


def noticed(timeline) -> list[tuple[str, int, str]]:
    """What is said to be noticed: on which side, when in its phase, and the words."""
    own = ("Breathe in.", "And out.", "Halfway.", "Ten seconds.")
    more = [(p.side, c) for p in timeline.phases for c in p.cues if c.more and c.say]
    return [(side, cue.at, cue.say) for side, cue in more if cue.say not in own]


FELT = {"words": "Feel it on the {other}."}
MISTAKES = (
    {"words": "Does the {other} shoulder lift?", "instead": "Come back."},
    {"words": "Do the knees slide apart?", "instead": "Hold them together."},
)


def test_who_hears_more_is_told_turn_by_turn_where_it_is_felt_and_what_goes_wrong():
    taught = exercise(felt=FELT, mistakes=MISTAKES, rounds={"default": 2, "min": 1, "max": 3})
    assert noticed(compile_session([taught])) == [
        ("left", 2000, "Feel it on the right."),
        ("right", 2000, "Does the left shoulder lift? Come back."),
        ("left", 2000, "Do the knees slide apart? Hold them together."),
    ]
    once = noticed(compile_session([taught], Options(side="right", rounds=1)))
    assert [(at, say.split()[0]) for _, at, say in once] == [
        (2000, "Feel"),
        (8000, "Does"),
        (19_000, "Do"),
    ]


@given(
    st.floats(5, 60),
    st.lists(st.integers(1, 40), max_size=3),
    st.lists(st.floats(0.05, 0.95), max_size=3),
)
def test_remarks_on_what_to_notice_overlap_no_words_and_end_within_their_step(seconds, notes, cues):
    taught = exercise(
        felt={"words": "Feel."} if notes else None,
        mistakes=[{"words": "Does?", "instead": " ".join(["so"] * n)} for n in notes[:2]],
        steps=[hold(cues=[{"at": at, "say": "Breathe and let go."} for at in cues])],
    )
    found = compile_session([taught], Options(seconds=seconds))
    plain = compile_session(
        [taught.model_copy(update={"felt": None, "mistakes": ()})], Options(seconds=seconds)
    )
    assert [(p.start_ms, p.end_ms) for p in found.phases] == [
        (p.start_ms, p.end_ms) for p in plain.phases
    ]
    for phase, before in zip(found.phases, plain.phases, strict=True):
        assert [c for c in phase.cues if c in before.cues] == list(before.cues)
        for note in (c for c in phase.cues if c not in before.cues):
            end = note.at + speaking_time_ms(note.say)
            assert (note.more, note.tone) == (True, "")
            assert end <= phase.duration_ms
            spoken = [c for c in before.cues if c.say]
            assert all(c.at >= end or c.at + speaking_time_ms(c.say) <= note.at for c in spoken)


def test_after_two_spoken_breaths_a_remark_on_what_to_notice_may_be_said_instead():
    taught = middle(breathe(), felt={"words": "Feel your back on the floor."}, part="rest")
    [phase] = only(compile_session([taught], rise=rise()), "breathe")
    [note] = [cue for cue in phase.cues if cue.say.startswith("Feel")]
    words = [(cue.tone, cue.say) for cue in phase.cues if not cue.more and cue.tone]
    assert words[:4] == [("in", "Breathe in."), ("out", "And out.")] * 2
    assert note.at > [cue.at for cue in phase.cues if cue.say == "And out." and not cue.more][1]
    assert len([cue for cue in phase.cues if cue.tone in ("in", "out")]) == 2 * phase.count


def test_a_movement_is_written_with_all_its_stages_and_said_stage_by_stage():
    step = move(cues=({"at": 0.5, "say": "And stand."},))
    (phase,) = only(compile_session([middle(step)]), "move")
    assert (phase.words, phase.say) == (f"{step.say} And stand.", step.say)


def test_who_comes_out_of_a_hold_is_told_how_as_it_ends():
    step = hold(out="Roll to your {side}, and sit up.")
    timeline = compile_session([exercise(steps=(step,))])
    words = [phase.say for phase in timeline.phases if phase.kind in ("change", "finish")]
    assert words[0] == "Roll to your left, and sit up. Change sides: now the right."
    assert words[1].startswith("Roll to your right, and sit up. That is the end.")


def test_each_round_is_counted_aloud_where_there_are_no_sides():
    thrice = {"default": 3, "min": 1, "max": 5}
    timeline = compile_session([middle(repeat(), rounds=thrice)])
    again = "Rest a moment. Then once more: round {} of 3."
    assert [p.say for p in only(timeline, "rest")] == [again.format(2), again.format(3)]


# The format


def test_the_json_of_a_session_names_its_format_and_version_and_holds_its_length_and_phases():
    timeline = compile_session([exercise()])
    data = json.loads(timeline.to_json())
    assert (data["format"], data["version"]) == ("backcare-timeline", 1)
    assert data["total"] == timeline.total
    assert [phase["end"] for phase in data["phases"]] == [phase.end_ms for phase in timeline.phases]


# The learner's own amounts


TWO = exercise(
    steps=(hold(), hold(id="second", title="Again", seconds={"default": 50, "min": 20, "max": 90}))
)


def held(options: Options) -> list[int]:
    timeline = compile_session([TWO], replace(options, side="left"))
    return [(phase.duration_ms) // 1000 for phase in only(timeline, "hold")]


def test_steps_whose_ranges_differ_have_their_amounts_chosen_separately():
    found = [(each.step, each.words, each.amount.max) for each in amount_settings(TWO)]
    assert found == [
        ("hold", 'seconds for "Knees to the left"', 60),
        ("second", 'seconds for "Again"', 90),
    ]
    assert held(Options(seconds={"second": 80})) == [30, 80]


def test_choosing_for_one_step_leaves_the_others_as_they_are():
    _, second = amount_settings(TWO)
    assert held(set_amount(Options(), TWO, second, 80)) == [30, 80]
    assert held(set_amount(Options(seconds=40), TWO, second, 80)) == [40, 80]


def test_an_amount_for_all_steps_has_to_suit_each():
    assert held(Options(seconds=40)) == [40, 40]
    with pytest.raises(SessionError, match="takes 5 to 60 seconds"):
        held(Options(seconds=80))


def test_an_amount_for_a_step_that_there_is_not_is_refused_with_the_steps_there_are():
    with pytest.raises(SessionError, match="has no step 'third': choose among hold, second"):
        held(Options(seconds={"third": 30}))


def test_an_amount_is_labelled_by_what_its_step_does():
    words = {each.words for each in amount_settings(shipped_library().exercise("twisted_crawl"))}
    assert words == {"seconds each time", "seconds for each circle", "rounds"}


def test_an_amount_that_cannot_be_changed_is_not_offered():
    step = repeat(tempo={"default": 6, "min": 6, "max": 6})
    assert [each.name for each in amount_settings(middle(step))] == ["times"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"seconds": 90}, r"Knee rolls takes 5 to 60 seconds in each hold, and 90 was asked for\."),
        ({"seconds": 0}, r"Knee rolls takes 5 to 60 seconds"),
        ({"seconds": -5}, r"Knee rolls takes 5 to 60 seconds"),
        ({"seconds": float("nan")}, r"seconds should be a number, not nan"),
        ({"seconds": float("inf")}, r"seconds should be a number, not inf"),
        ({"seconds": "20"}, r"seconds should be a number, not '20'"),
        ({"seconds": True}, r"seconds should be a number, not True"),
        ({"times": 5}, r"Knee rolls has no repetitions to choose, but seconds in each hold\."),
        ({"rounds": 2.5}, r"rounds should be a whole number from 1 to 100, not 2\.5"),
        ({"side": "up"}, r"The side can be left or right, not 'up'\."),
        ({"version": "hardest"}, r"The version can be easier, source or harder"),
        ({"pauses": Pauses(rest=-1)}, r"The pause 'rest' can be 0 to 600 seconds, not -1\."),
    ],
)
def test_an_impossible_amount_side_version_or_pause_is_refused_in_a_sentence(options, sentence):
    with pytest.raises(SessionError, match=sentence):
        compile_session([exercise()], Options(**options))


def test_a_side_for_an_exercise_done_in_the_middle_is_refused():
    with pytest.raises(SessionError, match=r"it has no sides to choose from"):
        compile_session([middle(breathe())], Options(side="left"))


def test_a_session_without_exercises_is_refused():
    with pytest.raises(SessionError, match=r"has no exercises"):
        compile_session([])


def test_an_absurdly_long_session_is_refused():
    long = middle(breathe(minutes={"default": 60, "min": 1, "max": 60}))
    with pytest.raises(SessionError, match=r"the longest session is 180 minutes"):
        compile_session([long] * 4)


def test_the_easier_version_is_played_with_its_own_amounts():
    easier = {
        "title": "Small rolls",
        "what": "Roll less far.",
        "change": {"hold": {"seconds": {"default": 5, "min": 2, "max": 20}}},
    }
    timeline = compile_session([exercise(easier=easier)], Options(version="easier", side="left"))
    (phase,) = only(timeline, "hold")
    assert phase.duration_ms == 5000


# Plain timers


@given(minutes=st.integers(0, 180), seconds=st.integers(1, 59))
def test_a_timer_lasts_exactly_as_long_as_asked(minutes, seconds):
    asked = minutes * 60_000 + seconds * 1000
    if asked <= MAX_SESSION_MS:
        timeline = timer_timeline(minutes, seconds)
        assert timeline.total == asked
        assert timeline.phases[-1].cues[-1] == PhaseCue(asked, "end", "Time is up.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"minutes": 0}, r"at least 1 second"),
        ({"seconds": 0}, r"at least 1 second"),
        ({"minutes": -1}, r"cannot run backwards"),
        ({"minutes": 500}, r"the longest session is 180 minutes"),
        ({"minutes": float("nan")}, r"minutes should be a number"),
        ({"minutes": "5"}, r"minutes should be a number, not '5'"),
    ],
)
def test_a_timer_of_impossible_length_is_refused_in_a_sentence(arguments, sentence):
    with pytest.raises(SessionError, match=sentence):
        timer_timeline(**arguments)


def test_intervals_take_turns_and_end_with_the_last_work():
    timeline = intervals_timeline(work=30, rest=10, rounds=3)
    assert kinds(timeline) == ["ready", "hold", "rest", "hold", "rest", "hold"]
    assert timeline.total == 5000 + 3 * 30_000 + 2 * 10_000
    assert timeline.phases[-1].cues[-1].tone == "end"


@pytest.mark.parametrize(
    "arguments", [{"work": 0}, {"rest": -1}, {"rounds": 0}, {"rounds": 1.5}, {"work": "30"}]
)
def test_intervals_with_impossible_numbers_are_refused_in_a_sentence(arguments):
    with pytest.raises(SessionError, match=r"\w+ .*\."):
        intervals_timeline(**arguments)


# Words


def test_braces_other_than_sides_stay_as_they_are():
    assert fill_sides("{side} {other} {0} {x.__class__}", "left") == "left right {0} {x.__class__}"


def test_times_are_written_for_people():
    assert (format_clock(754_000), format_clock(59_400)) == ("12:34", "0:59")
    assert (duration_in_words(90_000), duration_in_words(61_000), duration_in_words(0)) == (
        "1 minute 30 seconds",
        "1 minute 1 second",
        "0 seconds",
    )


def test_every_key_of_a_compiled_session_is_documented():
    text = (Path(__file__).parent.parent / "docs" / "timeline.md").read_text(encoding="utf-8")
    data = compile_session([exercise()]).to_dict()
    phase = data["phases"][3]
    known = {*data, *phase, *phase["figure"], *phase["cues"][0]}
    assert {key for key in known if f"`{key}`" not in text} == set()
