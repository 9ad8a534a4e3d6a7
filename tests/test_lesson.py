"""A planned lesson: it keeps its rules, suits the group, and says what is not as it was wished."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby, pairwise, product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backcare_nb.course.fields import LYING_POSITIONS, POSITIONS_OFF_THE_FLOOR
from backcare_nb.course.library import shipped_library
from backcare_nb.course.models import Caution, Section
from backcare_nb.course.names import UnknownName
from backcare_nb.html.lesson_card import (
    NO_CHAIR_FOR_FLOOR_SENTENCE,
    describe_things_to_bring,
    lesson_rows,
    teacher_instructions_by_condition,
)
from backcare_nb.lesson import editing
from backcare_nb.lesson.amounts import (
    find_amount_limits,
    list_amount_choices,
    work_ms,
)
from backcare_nb.lesson.lesson import (
    ANYONE_CONDITION,
    Lesson,
    LessonItem,
    section_lesson,
)
from backcare_nb.lesson.planner import (
    AS_TAUGHT_BESIDE_SENTENCE,
    EASIER_FOR_ALL_SENTENCE,
    plan_lesson_from,
    plan_nearest_lesson,
)
from backcare_nb.lesson.request import (
    POSITIONS_BY_GROUP,
    PROP_NAMES,
    PROPS_OF_ANY_CLASS,
    VERSIONS_BY_NAME,
    LessonError,
)
from backcare_nb.lesson.rules import find_broken_rules
from backcare_nb.posture.pose import solve_posture
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import (
    OPTIONS_AS_TAUGHT,
    Options,
    SessionError,
    adjustable_amounts,
)
from backcare_nb.sessions.timeline import MINUTE_MS
from tests import samples
from tests.for_each import for_each

COURSE = shipped_library()
CONDITIONS = tuple(name for name in COURSE.safety.conditions if name != ANYONE_CONDITION)
CONDITION_WORDS = tuple(COURSE.safety.conditions[name] for name in CONDITIONS)
IDS = tuple(exercise.id for exercise in COURSE.exercises)


def spread(every: Iterable[dict], count: int) -> list[dict]:
    """So many of them, spread over all, the same each time."""
    return random.Random(7).sample(list(every), count)


def titles(lesson: Lesson) -> list[str]:
    return [part.exercise.id for part in lesson.parts]


def part(lesson: Lesson, name: str) -> LessonItem:
    return next(part for part in lesson.parts if part.exercise.id == name)


def why_not(lesson: Lesson, name: str) -> str:
    return next(left.why for left in lesson.left_out if left.exercise.id == name)


def sentence(*wish, **more) -> str:
    with pytest.raises(LessonError) as caught:
        plan_lesson_from(*wish, **more)
    assert isinstance(caught.value, SessionError)
    return str(caught.value)


# Whatever is wished for


def some(words) -> st.SearchStrategy:
    return st.lists(st.sampled_from(sorted(words)), min_size=1, max_size=3, unique=True)


WISHES = st.fixed_dictionaries(
    {"minutes": st.one_of(st.integers(1, 180), st.floats(0.5, 90))},
    optional={
        "sections": some(section.id for section in COURSE.sections),
        "exercises": some(IDS),
        "positions": some(POSITIONS_BY_GROUP),
        "cautions": some(CONDITIONS),
        "version": st.sampled_from(list(VERSIONS_BY_NAME)),
        "props": st.lists(st.sampled_from(PROP_NAMES), unique=True),
    },
)


@settings(max_examples=50)
@given(WISHES)
@example({"minutes": 180})
@example({"minutes": 10, "positions": ["standing"]})
@example({"minutes": 30, "props": ["bed", "mat", "ball", "bath", "wall"]})
def test_any_lesson_request_gives_a_lesson_within_its_limits_or_an_error_sentence(wish):
    try:
        lesson = plan_lesson_from(library=COURSE, **wish)
    except LessonError as error:
        told = str(error)
        reject = not told.endswith(".") or len(told) < 40
        assert not reject, told
        return
    for promise in PROMISES:
        promise(lesson, wish)


def it_keeps_the_minutes_or_says_so(lesson, wish):
    off = lesson.timeline.total - wish["minutes"] * MINUTE_MS
    told = [
        sentence
        for sentence in lesson.told
        if sentence
        not in (
            EASIER_FOR_ALL_SENTENCE,
            AS_TAUGHT_BESIDE_SENTENCE,
            COURSE.rules.sits_out.told,
        )
    ]
    assert bool(told) == (abs(off) > MINUTE_MS)
    assert all(sentence.endswith(".") for sentence in lesson.told)


def its_timeline_gives_each_side_the_same(lesson, wish):
    for done in lesson.parts:
        phases = [p for p in lesson.timeline.phases if p.exercise == done.exercise.id and p.step]
        sides = Counter()
        for phase in phases:
            if phase.kind in ("hold", "repeat", "breathe"):
                sides[phase.side] += phase.duration_ms
        assert len(set(sides.values())) <= 1
        assert set(sides) in ({"left", "right"}, {""}, set())


def nobody_does_what_the_cautions_exclude(lesson, wish):
    for done in lesson.chosen_parts:
        for condition in lesson.participant_conditions:
            theirs = done.exercise_for_conditions([condition], COURSE)
            if theirs is None:
                continue
            taught = COURSE.exercise(theirs.id)
            asks = [c.then for c in taught.cautions if condition in c.whom]
            assert "leave_out" not in asks
            assert "easier" not in asks or theirs.steps == taught.version("easier").steps
        assert done.version != "harder" or not lesson.participant_conditions


def it_begins_and_ends_quietly_unless_exercises_were_named(lesson, wish):
    if not wish.get("exercises") and wish["minutes"] >= 10:
        for done in lesson.chosen_parts[:: len(lesson.chosen_parts) - 1]:
            assert done.exercise.is_only_breathing
            assert min(done.options.minutes.values()) >= 1


def no_condition_stands_on_its_running_order(lesson, wish):
    open_page = list(lesson_rows(lesson))
    said = " ".join(" ".join((row.amount, row.other_way, *row.told)) for row in open_page)
    said += " ".join(
        (
            *lesson.told,
            *describe_things_to_bring(lesson),
            *(left.reason_without_conditions for left in lesson.left_out),
        )
    )
    assert [name for name in CONDITION_WORDS if name in said] == []
    assert all(row.amount for row in open_page)


def nobody_is_kept_waiting_in_the_midst_of_an_exercise(lesson, wish):
    phases = lesson.timeline.phases
    assert {before.kind for before, phase in pairwise(phases) if phase.wait} <= {"setup"}


def what_comes_after_something_comes_after_it(lesson, wish):
    done = titles(lesson)
    for each in lesson.parts:
        before = each.exercise.after
        if before in done:
            assert done.index(before) < done.index(each.exercise.id)
        elif before:
            assert each.exercise.id in wish.get("exercises", ())


def it_gets_up_from_the_floor_in_a_row_of_its_own(lesson, wish):
    for one, other in pairwise(lesson.parts):
        if (one.exercise.ends or one.exercise.position) not in POSITIONS_OFF_THE_FLOOR:
            assert other.exercise.position not in POSITIONS_OFF_THE_FLOOR
    assert (
        lesson.ends_lying
        or (lesson.parts[-1].exercise.ends or "standing") in POSITIONS_OFF_THE_FLOOR
    )
    ends_risen = any(phase.kind == "rise" for phase in lesson.timeline.phases)
    assert ends_risen == lesson.ends_lying


def amounts_stay_in_the_range_of_the_data(lesson, wish):
    for done in lesson.chosen_parts:
        version = COURSE.exercise(done.exercise.id).version(done.version)
        assert done.exercise.steps == version.steps
        for step in version.steps:
            for name, amount in adjustable_amounts(step).items():
                assert amount.min <= done.options.amount_of(step, name) <= amount.max
        if version.rounds:
            rounds = done.options.rounds_of(version)
            assert version.rounds.min <= rounds <= version.rounds.max


def it_stays_in_the_positions_and_the_room(lesson, wish):
    places = {
        name
        for word in wish.get("positions", POSITIONS_BY_GROUP)
        for name in POSITIONS_BY_GROUP[word]
    }
    for done in lesson.parts:
        if done.exercise.id in IDS:
            assert {done.exercise.position, done.exercise.ends or done.exercise.position} <= places
    if "props" in wish:
        needs = {prop for p in lesson.parts if p.exercise.id in IDS for prop in p.exercise.needs}
        assert needs <= set(wish["props"])


def everything_that_was_asked_is_done_or_left_out_with_a_reason(lesson, wish):
    done = [name for name in titles(lesson) if name in IDS]
    left = [left.exercise.id for left in lesson.left_out]
    assert len({*done, *left}) == len(done) + len(left)
    assert set(wish.get("exercises", ())) <= {*done, *left}
    assert all(left.why.endswith(".") for left in lesson.left_out)


PROMISES = [
    it_keeps_the_minutes_or_says_so,
    its_timeline_gives_each_side_the_same,
    nobody_is_kept_waiting_in_the_midst_of_an_exercise,
    nobody_does_what_the_cautions_exclude,
    it_begins_and_ends_quietly_unless_exercises_were_named,
    no_condition_stands_on_its_running_order,
    what_comes_after_something_comes_after_it,
    it_gets_up_from_the_floor_in_a_row_of_its_own,
    amounts_stay_in_the_range_of_the_data,
    it_stays_in_the_positions_and_the_room,
    everything_that_was_asked_is_done_or_left_out_with_a_reason,
]


# Sense before seconds. tests/benchmarks/bench_lessons.py goes through all of these.


def test_every_plan_keeps_every_rule():
    plans = Counter()
    for wish in spread(samples.classes(), 60):
        try:
            lesson = plan_lesson_from(library=COURSE, **wish)
        except LessonError:
            plans["refused"] += 1
            continue
        plans["planned"] += 1
        assert [(wish, each.name, each.what) for each in find_broken_rules(lesson)] == []
    assert plans["planned"] > 20


def versions_of_what_moves(lesson):
    by_all = COURSE.rules.floor.by_all
    moving = [part for part in lesson.chosen_parts if not part.exercise.is_only_breathing]
    return {part.version for part in moving if part.why != by_all}


@for_each(CONDITIONS)
def test_the_cautions_of_one_person_remove_no_exercise_for_the_others(condition):
    minutes, alone = (
        30,
        {each.exercise.position for each in plan_lesson_from(30, library=COURSE).parts},
    )
    lesson = plan_lesson_from(minutes, library=COURSE, cautions=[condition])
    gentle = {"standing"} if EASIER_FOR_ALL_SENTENCE in lesson.told else set()
    assert {each.exercise.position for each in lesson.parts} >= alone - {"kneeling"} - gentle
    assert len(versions_of_what_moves(lesson)) == 1
    assert lesson.timeline.total > 0.85 * minutes * MINUTE_MS


@pytest.mark.parametrize(
    ("condition", "version"), [("osteoporosis", "easier"), ("sore_wrists", "source")]
)
def test_a_lesson_that_somebody_would_do_mostly_easier_is_easier_for_all(condition, version):
    lesson = plan_lesson_from(30, library=COURSE, cautions=[condition])
    assert versions_of_what_moves(lesson) == {version}
    assert (EASIER_FOR_ALL_SENTENCE in lesson.told) == (version == "easier")


@pytest.mark.parametrize("version", ["source", "easier"])
@pytest.mark.parametrize("condition", COURSE.rules.sits_out.conditions)
def test_who_may_not_begin_yet_sits_it_out_and_the_others_have_their_lesson(condition, version):
    lesson = plan_lesson_from(40, library=COURSE, cautions=[condition], version=version)
    never = COURSE.rules.folds.exercises
    others = plan_lesson_from(40, library=COURSE, version=version, never=never)
    assert titles(lesson) == titles(others)
    goes_on = COURSE.rules.sits_out.goes_on
    told = {p.exercise for p in lesson.timeline.phases if goes_on in p.say}
    assert told == {p.exercise.id for p in lesson.chosen_parts if not p.exercise.is_only_breathing}
    ((whom, what),) = teacher_instructions_by_condition(lesson)
    assert whom == COURSE.safety.conditions[condition]
    assert what.startswith(COURSE.rules.sits_out.what)
    assert lesson.told[0] == COURSE.rules.sits_out.told
    assert all(each.exercise.title in what for each in lesson.parts)


def test_where_a_rule_would_have_to_be_broken_the_lesson_is_shorter_and_says_what_lengthens_it():
    told = plan_lesson_from(90, library=COURSE, cautions=["pregnant"]).told
    assert told[0].endswith(", not 90 minutes.")
    assert told[1] == "For a longer lesson, leave time to ask and to talk."
    few = plan_lesson_from(20, library=COURSE, sections="neck", positions="sitting").told
    assert few[1].startswith("For a longer lesson, try more sections or more positions, or")


FOLDS = {*COURSE.rules.folds.exercises}


@pytest.mark.parametrize(
    ("group", "condition"),
    [(group, c) for group in COURSE.rules.not_with.groups for c in group.conditions],
)
def test_nobody_folds_or_bends_far_in_a_group_in_which_somebody_must_not(group, condition):
    room = [*PROPS_OF_ANY_CLASS, "bed", "ball", "table"]
    lesson = plan_lesson_from(60, cautions=[condition], props=room)
    done = [part for part in lesson.parts if part.exercise.id in group.exercises]
    named = COURSE.safety.conditions[condition]
    if group.easier:
        assert all(part.version == "easier" and named not in part.why for part in done)
    else:
        assert not done
        assert any(why_not(lesson, each).startswith(named) for each in group.exercises)


def test_two_forward_folds_never_follow_each_other_in_a_planned_lesson():
    done = titles(plan_lesson_from(90, props=[*PROPS_OF_ANY_CLASS, "table"]))
    assert not [pair for pair in pairwise(done) if {*pair} <= FOLDS]
    named = plan_lesson_from(exercises=["maypole", "toe_dangle", "knuckles"])
    assert "folds" in [each.name for each in find_broken_rules(named)]


def test_a_lesson_does_all_its_kneeling_exercises_in_one_stretch():
    places = [part.exercise.position for part in plan_lesson_from(75).chosen_parts]
    assert [place for place, _ in groupby(places)].count("kneeling") == 1


def test_an_exercise_that_somebody_does_seated_is_done_seated_by_all_once_they_are_up():
    done = [part.exercise for part in plan_lesson_from(60, cautions=["sciatica"]).chosen_parts]
    places = [each.position for each in done]
    seated = next(each for each in done if each.id == "arch_and_round")
    assert seated.position == "sitting"
    assert {*places[done.index(seated) :]} == {"sitting"}


def test_whoever_does_an_exercise_smaller_does_the_later_larger_one_in_that_small_version_too():
    lesson = plan_lesson_from(60, cautions=["sciatica"])
    small = COURSE.exercise("knee_rolls").version("easier")
    for name in ("knee_rolls", "knee_rolls_to_floor"):
        assert part(lesson, name).exercise_for_conditions(["sciatica"], COURSE) == small


def test_a_wish_that_leaves_too_few_exercises_is_refused_and_the_nearest_lesson_allows_a_chair():
    wish = {"positions": ["standing", "sitting"], "props": []}
    with pytest.raises(LessonError, match="choose more positions or a room with mats and chairs"):
        plan_lesson_from(15, **wish)
    nearest = plan_nearest_lesson(15, **wish)
    assert nearest.needs == ("chair",)
    assert "This is the nearest, with a chair for each." in nearest.told[0]
    wish = {"cautions": ["dizzy", "osteoporosis"], "props": ["wall", "chair"]}
    seated = plan_nearest_lesson(20, positions=["standing"], **wish)
    assert "This is the nearest, where sitting is allowed." in seated.told[0]
    assert any(sentence.endswith(", not 20 minutes.") for sentence in seated.told)
    assert "toe_dangle" not in {each.exercise.id for each in seated.parts}


def test_a_class_in_which_somebody_keeps_the_head_level_folds_no_further_than_to_a_chair():
    wish = {"positions": ["standing", "sitting"], "props": ["wall", "chair"]}
    level = part(plan_nearest_lesson(20, cautions=["glaucoma"], **wish), "toe_dangle")
    assert (level.version, level.why) == ("easier", "It is not for everyone in this group.")


@pytest.mark.parametrize("condition", COURSE.rules.kneeling.halved_for)
def test_whoever_kneels_badly_hears_of_the_chair_once_where_the_kneeling_begins(condition):
    lesson = plan_lesson_from(55, cautions=[condition], props=["mat", "chair", "cushion"])
    kneeling = [e.exercise.id for e in lesson.chosen_parts if e.exercise.position == "kneeling"]
    seated = COURSE.rules.kneeling.seated
    told = [p.exercise for p in lesson.timeline.phases if seated in p.say]
    assert told == kneeling[:1] != []


RULE_BREAKERS = {
    "share": {"minutes": 20, "exercises": ["twisted_crawl", "maypole"]},
    "calm": {"exercises": ["maypole", "toe_dangle", "knuckles"]},
    "kneeling": {"exercises": ["twisted_crawl", "sit_back", "arch_and_round", "maypole"]},
    "head_down": {"exercises": ["sit_back", "bed_hang"]},
    "falls": {"exercises": ["toe_dangle"]},
    "opposites": {"exercises": ["toe_dangle", "maypole"]},
    "turns": {"exercises": ["knee_rolls", "knee_rolls_to_floor", "ankle_on_knee_twist"]},
}


@pytest.mark.parametrize("rule", RULE_BREAKERS)
def test_named_exercises_are_planned_even_against_a_rule_which_is_then_reported(rule):
    lesson = plan_lesson_from(library=COURSE, **RULE_BREAKERS[rule])
    assert rule in [each.name for each in find_broken_rules(lesson)]


def test_amounts_above_the_taught_and_a_second_way_down_to_the_floor_are_reported_as_broken_rules():
    lesson = plan_lesson_from(30, library=COURSE, cautions=["reflux"])
    many = replace(part(lesson, "maypole"), options=Options(seconds={"swing": 180}))
    assert "amounts" in [each.name for each in find_broken_rules(replace(lesson, parts=(many,)))]
    again = replace(
        lesson, parts=(*lesson.parts, *plan_lesson_from(20, positions="lying").parts[:1])
    )
    names = [each.name for each in find_broken_rules(again)]
    assert "floor" in names


def test_the_head_down_rule_names_the_postures_whose_head_is_low():
    limit = COURSE.rules.head_down
    hangs = set(limit.postures)
    for exercise in COURSE.exercises:
        for version in VERSIONS_BY_NAME:
            for step in exercise.version(version).steps:
                name = getattr(step, "posture", None)
                if name and exercise.version(version).position == "standing":
                    head, chest = (
                        solve_posture(name).point(site)[1] for site in ("head_middle", "chest")
                    )
                    assert (head < chest - 0.05) <= (name in hangs), name


@pytest.mark.parametrize("minutes", [20, 60])
def test_a_longer_request_never_gives_a_shorter_lesson(minutes):
    assert len(plan_lesson_from(minutes).parts) <= len(plan_lesson_from(minutes + 20).parts)


@pytest.mark.parametrize("minutes", [10, 20, 45])
def test_the_same_lesson_request_gives_the_same_lesson(minutes):
    first, second = plan_lesson_from(minutes), plan_lesson_from(minutes)
    assert first == second
    assert first.timeline.to_json() == second.timeline.to_json()


# Lessons that a teacher would give


def test_an_office_without_mats_is_led_standing_and_on_chairs():
    lesson = plan_lesson_from(20, props=["chair"])
    assert {part.exercise.position for part in lesson.parts} <= {"standing", "sitting"}
    assert part(lesson, "arch_and_round").version == "easier"
    assert part(lesson, "arch_and_round").why == "It needs a mat."


def done_by(lesson: Lesson, name: str, *conditions: str) -> str:
    done = part(lesson, name).exercise_for_conditions(conditions, COURSE)
    return f"{done.id} {done.position}" if done else "rests"


def test_with_osteoporosis_bending_and_twisting_are_small_or_something_else():
    lesson = plan_lesson_from(
        45, exercises=["knee_rolls", "knee_rolls_to_floor"], cautions=["osteoporosis"]
    )
    easier = part(lesson, "knee_rolls").easier
    assert part(lesson, "knee_rolls").exercise_for_conditions(["osteoporosis"], COURSE) is easier
    assert done_by(lesson, "knee_rolls_to_floor", "osteoporosis") == "knee_rolls supine"
    whole = plan_lesson_from(45, cautions=["osteoporosis"], version="easier")
    assert "stay with the smaller knee rolls" in why_not(whole, "knee_rolls_to_floor")


def test_in_pregnancy_one_lies_on_the_side_while_the_others_lie_on_their_backs():
    lesson = plan_lesson_from(45, cautions=["pregnant"])
    assert done_by(lesson, "constructive_rest", "pregnant") == "side_and_breathe supine"
    assert done_by(lesson, "knee_rolls", "pregnant") == "side_and_breathe supine"
    told = dict(teacher_instructions_by_condition(lesson))["Pregnancy"]
    assert "Beyond 16 weeks, leave it out: rest on your side" in told
    assert "instead" not in told


def test_a_class_in_pregnancy_never_lies_on_its_back():
    lesson = plan_lesson_from(25, cautions=["pregnant"], version="easier")
    lying = [p.exercise.id for p in lesson.parts if p.exercise.position in LYING_POSITIONS]
    assert set(lying) <= {"side_and_breathe", "side_and_breathe_again", "getting_up"}
    assert "16 weeks" in why_not(lesson, "knee_rolls")


@pytest.mark.parametrize("wish", [{"cautions": "unsteady"}, {"version": "easier"}], ids=str)
def test_an_unsteady_group_and_an_easier_lesson_get_up_from_the_floor_by_a_chair(wish):
    lesson = plan_lesson_from(15, positions="lying", **wish)
    assert lesson.rise is not None
    assert lesson.rise.version_name == "easier"
    assert {"mat", "chair"} <= set(lesson.needs)


def test_a_bed_that_is_there_is_used():
    done = titles(plan_lesson_from(30, props=[*PROPS_OF_ANY_CLASS, "bed"]))
    assert "bed_edge_lie_back" in done


def test_no_lesson_goes_down_to_the_floor_twice_for_a_ball_exercise_unless_that_is_named():
    room = [*PROPS_OF_ANY_CLASS, "ball"]
    lesson = plan_lesson_from(90, props=room)
    why = "It leads from the feet to the floor: one would go up and down once more."
    assert why_not(lesson, "lie_over_ball") == why
    named = plan_lesson_from(exercises=["knee_rolls", "lie_over_ball"], props=room)
    assert "floor" in [each.name for each in find_broken_rules(named)]


def test_a_lesson_without_chairs_mentions_none_in_its_exercises_on_the_floor():
    lesson = plan_lesson_from(60, props=["mat"])
    down = [p for p in lesson.timeline.phases if p.kind in ("ready", "setup")]
    low = [p for p in down if p.exercise not in ("maypole", "stand_and_breathe_again")]
    assert not [p.say for p in low if "the chair" in p.say.replace("the chair or the wall", "")]
    assert NO_CHAIR_FOR_FLOOR_SENTENCE in describe_things_to_bring(lesson)
    assert "hands on the front thigh" in low[1].say


def test_a_lesson_with_the_usual_props_speaks_of_no_bed_and_no_second_cushion():
    for version in ("source", "easier", "harder"):
        lesson = plan_lesson_from(60, version=version)
        said = " ".join(p.say for p in lesson.timeline.phases)
        assert not [words for words in (" bed ", "second", "both cushions") if words in said]


def test_what_is_not_for_somebody_is_said_shortly_where_it_starts_and_not_to_all_before():
    first, *phases = plan_lesson_from(60).timeline.phases
    neck, towel = COURSE.exercise("neck_massage"), COURSE.exercise("lie_over_towel")
    for exercise in (neck, towel):
        (everyone,) = (c for c in exercise.cautions if ANYONE_CONDITION in c.whom)
        (there,) = (p.say for p in phases if p.exercise == exercise.id and p.kind == "setup")
        assert everyone.what_in_class in there
        assert everyone.what not in there
        assert not {everyone.what, everyone.what_in_class} & {first.say, first.words}


def test_when_to_stop_is_said_in_position_and_not_on_the_way_down():
    phases = plan_lesson_from(30, props=["mat"]).timeline.phases
    down = next(p.say for p in phases if p.kind == "setup")
    assert down.index("Roll on to your back") < down.index("Stop if the position")


def test_lying_over_a_towel_comes_after_kneeling_exercises_and_just_before_the_final_rest():
    done = titles(plan_lesson_from(60))
    place = done.index("lie_over_towel")
    assert done[place + 1 :][:2] == ["final_rest", "getting_up"]
    assert {"arch_and_round", "sit_back"} <= {*done[:place]}


@pytest.mark.parametrize("minutes", [30, 60])
def test_a_kneeling_exercise_wished_for_by_name_is_in_the_lesson(minutes):
    assert "twisted_crawl" in titles(plan_lesson_from(minutes, more=["twisted_crawl"]))


def test_getting_down_and_up_takes_longer_for_who_is_unsteady():
    def longest_way_ms(**wish):
        phases = plan_lesson_from(20, positions="lying", **wish).timeline.phases
        return max(p.duration_ms for p in phases if p.title == COURSE.rise.steps[0].title)

    assert longest_way_ms(cautions="unsteady") > 1.2 * longest_way_ms(cautions="reflux")


def test_nobody_goes_down_to_the_floor_only_to_breathe():
    lesson = plan_lesson_from(15, cautions=["sore_ankles"], positions=["kneeling", "sitting"])
    assert {each.exercise.position for each in lesson.chosen_parts} == {"sitting"}


def test_an_exercise_marked_apart_is_left_out_of_a_lesson_unless_it_is_named():
    own = samples.exercise("own_one", apart=True, steps=(samples.hold(),))
    lesson = plan_lesson_from(12, library=with_own(own))
    assert why_not(lesson, "own_one") == "It is for another time: choose it by its name."


def with_own(*own):
    section = Section(
        id="my_own", number=9, title="My own", summary="Mine.", will_do=("Do.",), needs=("Me",),
        exercises=own,
    )  # fmt: skip
    return replace(COURSE, sections=(*COURSE.sections, section))


@pytest.mark.parametrize("minutes", [15, 40])
def test_knees_roll_halfway_before_they_roll_to_the_floor_in_a_harder_lesson(minutes):
    lesson = plan_lesson_from(minutes, version="harder", props=["mat"])
    rolls = [p for p in lesson.chosen_parts if p.exercise.id.startswith("knee_rolls")]
    assert (rolls[0].exercise.id, rolls[0].version) == ("knee_rolls", "source")
    assert [p.exercise.id for p in rolls[1:]] in ([], ["knee_rolls_to_floor"])
    further = plan_lesson_from(exercises=["knee_rolls"], version="harder")
    again = editing.insert_exercise(further, "knee_rolls_to_floor", 1)
    assert "once" in [each.name for each in find_broken_rules(again)]


@pytest.mark.parametrize("minutes", [15, 40, 90])
def test_a_harder_version_is_planned_with_its_own_default_amount(minutes):
    for done in plan_lesson_from(minutes, version="harder").chosen_parts:
        if done.version == "harder":
            assert work_ms(done.exercise, done.options) == work_ms(done.exercise)


def test_a_harder_lesson_is_harder_where_it_can_be_and_the_group_need_not_take_care():
    lesson = plan_lesson_from(60, version="harder")
    assert part(lesson, "maypole").version == "harder"
    assert part(lesson, "sit_back").version == "source"
    careful = part(plan_lesson_from(60, version="harder", cautions=["reflux"]), "knee_rolls")
    assert careful.version == "source"
    assert "has to take care" in careful.why


@pytest.mark.parametrize(
    ("minutes", "wish", "title"),
    [
        (12, {"sections": "relax_the_back"}, "Relax the back, 12 minutes"),
        (12, {}, "A lesson for the back, 12 minutes"),
        (2.25, {"exercises": "maypole"}, "A lesson for the back, 2 minutes 15 seconds"),
        (40, {"exercises": "knuckles", "version": "easier"}, "A lesson for the back, 2 minutes"),
    ],
)
def test_a_title_tells_the_section_and_the_length(minutes, wish, title):
    assert plan_lesson_from(minutes, **wish).title == title


def test_named_exercises_are_all_done():
    named = ["sit_back", "maypole", "knee_rolls"]
    done = [each.exercise.id for each in plan_lesson_from(9, exercises=named).chosen_parts]
    assert done == ["knee_rolls", "sit_back", "maypole"]


@pytest.mark.parametrize("named", [["maypole"], ["knuckles", "toe_dangle", "maypole"]])
def test_without_minutes_named_exercises_last_as_they_are_taught(named):
    lesson = plan_lesson_from(exercises=named)
    for name in named:
        done, taught = part(lesson, name), COURSE.exercise(name)
        assert done.exercise == taught
        lasts = timeline.exercise_length_ms(taught, done.options)
        assert lasts == timeline.exercise_length_ms(taught, OPTIONS_AS_TAUGHT)
    assert round(lesson.minutes * MINUTE_MS) == lesson.timeline.total


@pytest.mark.parametrize("section", COURSE.sections, ids=lambda section: section.id)
def test_a_section_lesson_without_minutes_adds_only_calm_exercises_and_lasts_20_minutes_at_most(
    section,
):
    lesson = plan_lesson_from(sections=section.id)
    assert lesson.minutes <= 20
    calm = [each.id for each in COURSE.rules.calm_exercises]
    there = {each.id for each in section.exercises} | {COURSE.rise.id, *calm}
    there |= {"constructive_rest", "final_rest", "neck_massage"}
    assert {part.exercise.id for part in lesson.parts} <= there


def test_what_a_named_exercise_needs_is_among_the_needs_of_the_lesson():
    assert plan_lesson_from(5, exercises=["bed_hang", "maypole"]).needs == ("bed", "cushion")


def test_a_named_exercise_that_the_group_must_leave_out_is_left_out_with_the_reason():
    named = {"exercises": ["toe_dangle", "maypole"], "cautions": ["aneurysm"]}
    lesson = plan_lesson_from(2, version="easier", **named)
    assert titles(lesson) == ["maypole"]
    assert "Leave it out" in why_not(lesson, "toe_dangle")


def test_an_exercise_is_left_out_with_the_reason_that_its_position_was_not_chosen():
    lesson = plan_lesson_from(10, positions="standing")
    assert why_not(lesson, "twisted_crawl") == "It is done kneeling, which was not chosen."


# Words on the way


def setup(lesson: Lesson, name: str) -> str:
    return part(lesson, name).exercise.setup


@pytest.mark.parametrize(
    ("before", "name", "words"),
    [
        ([], "knee_rolls", "To lie down take your own time. Put both hands on the seat"),
        (["knee_rolls"], "sit_back", "Let your eyes open. On the floor roll to"),
    ],
)
def test_words_lead_from_one_position_to_the_next(before, name, words):
    lesson = plan_lesson_from(8 if before else 10, exercises=[*before, name])
    assert setup(lesson, name).startswith(words)


def test_getting_up_from_the_floor_to_stand_begins_with_words_for_the_position():
    for name, words in (
        ("knee_rolls", "Stretch your arms and legs"),
        ("sit_back", "Sit your hips"),
    ):
        lesson = plan_lesson_from(9, exercises=[name, "toe_dangle"])
        assert titles(lesson) == [name, "getting_up", "toe_dangle"]
        assert part(lesson, "getting_up").exercise.steps[0].say.startswith(words)
    assert titles(plan_lesson_from(9, exercises=["sit_back"])) == ["sit_back", "getting_up"]


def test_where_the_position_stays_an_exercise_keeps_its_words():
    lesson = plan_lesson_from(8, exercises=["knee_rolls", "knee_rolls_to_floor"])
    taught = COURSE.exercise("knee_rolls_to_floor").setup
    assert setup(lesson, "knee_rolls_to_floor") == taught


def test_after_a_seated_easier_version_the_next_setup_says_how_to_kneel_down_from_the_chair():
    planned = plan_lesson_from(3, exercises=["arch_and_round", "sit_back"], version="easier")
    for lesson in (planned, section_lesson("stretching_the_spine", "easier")):
        assert setup(lesson, "sit_back").startswith("Hold the seat of the chair, and kneel")


# What to bring, to read aloud and to ask


def test_the_list_of_conditions_to_ask_about_includes_those_of_the_group():
    lesson = plan_lesson_from(2, exercises=["maypole"], cautions=["vertigo", "glaucoma"])
    asked = lesson.conditions_to_ask_in_words
    named = {"Vertigo", "Glaucoma, eye surgery or head pressure"}
    assert {"Osteoporosis or spinal fracture", "Poor balance", *named} <= set(asked)
    assert not {"Everyone", "Heartburn"} & set(asked)


def test_a_warning_for_everyone_stands_at_its_exercise_and_names_the_side_that_it_begins_with():
    caution = Caution(whom=ANYONE_CONDITION, what="Mind your {side} hand.")
    own = samples.exercise(cautions=(caution,))
    (row,) = lesson_rows(Lesson("Mine", (LessonItem(own),)))
    assert row.told == ("Say now: Mind your left hand.",)


def test_what_to_lay_out_is_what_the_versions_need_and_speak_of():
    lesson = plan_lesson_from(20, exercises=["knee_rolls", "knuckles"])
    assert {"a mat", "a pillow"} <= {thing.thing for thing in lesson.at_hand}
    assert [thing.shared for thing in lesson.at_hand if thing.prop == "table"] == [True]
    assert "a thick cushion" in [
        t.thing for t in plan_lesson_from(exercises="sit_back").extra_at_hand_for_easier
    ]


def test_a_section_becomes_a_lesson_with_its_way_down_and_getting_up():
    lesson = section_lesson("relax_the_back", "easier")
    assert lesson.timeline.phases[-2].exercise == "getting_up"
    assert "stomach" not in lesson.timeline.phases[-2].words
    first = COURSE.exercise("constructive_rest").version("easier")
    assert lesson.parts[0].exercise.steps == first.steps
    assert lesson.parts[0].exercise.setup.endswith(first.setup)  # after the way down to the floor


# Own exercises, of which less is known


def test_a_caution_that_does_not_say_what_to_do_leaves_the_exercise_out():
    own = samples.exercise("own_one", cautions=({"whom": "sciatica", "what": "Take care."},))
    wish = {"exercises": ["own_one", "maypole"], "cautions": "sciatica", "library": with_own(own)}
    assert (
        part(plan_lesson_from(3, **wish), "own_one").exercise_for_conditions(
            ["sciatica"], wish["library"]
        )
        is None
    )
    lesson = plan_lesson_from(3, version="easier", **wish)
    assert why_not(lesson, "own_one") == "Sciatica or slipped disc: Take care."


def test_cautions_of_a_position_hold_for_a_persons_own_exercise():
    own = samples.exercise("own_one", position="supine")
    library = with_own(own)
    wish = {"exercises": ["own_one", "maypole"], "cautions": "pregnant", "library": library}
    lesson = plan_lesson_from(3, version="easier", **wish)
    assert "16 weeks" in why_not(lesson, "own_one")
    lesson = plan_lesson_from(4, exercises=["own_one"], cautions="reflux", library=library)
    assert [whom for whom, _ in teacher_instructions_by_condition(lesson)] == ["Heartburn"]


# Wishes that cannot be


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"minutes": 1}, "Too little is left of what was chosen"),
        ({"minutes": 20, "positions": []}, "Choose at least one position: lying, kneeling"),
        ({"minutes": 0}, "and 0 minutes were wished for"),
        ({"minutes": 181}, "A lesson can last up to 180 minutes"),
        ({"minutes": "ten"}, "minutes should be a number, such as 20, not 'ten'."),
        ({"minutes": float("nan")}, "minutes should be a number"),
        ({"minutes": True}, "minutes should be a number"),
        (
            {"minutes": 9, "exercises": "bed_hang", "props": ["mat"]},
            "What would suit: Lie and breathe, ",
        ),
        (
            {"minutes": 9, "positions": "kneeling", "props": []},
            "Nothing else would suit either: choose more positions or props.",
        ),
    ],
)
def test_an_impossible_wish_gets_a_sentence_that_says_what_would_fit(wish, words):
    assert words in sentence(**wish)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (
            {"cautions": ["pregnancies"]},
            'unknown condition "pregnancies"; did you mean "pregnant"?',
        ),
        ({"exercises": ["knee_role"]}, 'unknown exercise "knee_role"; did you mean "knee_rolls"?'),
        ({"sections": "relaxing"}, 'unknown section "relaxing"; did you mean "relax_the_back"?'),
        ({"cautions": "osteo"}, 'unknown condition "osteo"; did you mean "osteoporosis"?'),
        (
            {"cautions": "bad_balance"},
            'unknown condition "bad_balance"; did you mean "unsteady"?',
        ),
        ({"positions": "chair"}, 'unknown position "chair"; did you mean "sitting"?'),
        ({"positions": ["laying"]}, 'unknown position "laying"; did you mean "lying"?'),
        ({"props": ["chairs"]}, 'unknown prop "chairs"; did you mean "chair"?'),
        ({"version": "hard"}, 'unknown version "hard"; did you mean "harder"?'),
    ],
)
def test_an_unknown_word_is_told_with_the_one_that_was_meant(wish, words):
    with pytest.raises(UnknownName) as caught:
        plan_lesson_from(20, **wish)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("pregnancy", "pregnant"),
        ("high blood pressure", "blood_pressure"),
        ("hip surgery", "hip_replacement"),
        ("balance", "unsteady"),
        ("Poor balance", "unsteady"),
        ("slipped disc", "sciatica"),
        ("knees", "sore_knees"),
    ],
)
def test_a_condition_is_understood_in_the_words_for_it(words, name):
    assert plan_lesson_from(20, cautions=[words]).cautions == (name,)


@pytest.mark.parametrize("words", ["neck", "Massaging the neck", "massaging_the_neck"])
def test_a_section_is_understood_by_a_word_that_is_only_in_its_name(words):
    assert plan_lesson_from(9, sections=words).wish["sections"] == ("massaging_the_neck",)


def test_named_exercises_that_exceed_the_minutes_are_all_done_in_their_least_time_and_it_says_so():
    lesson = plan_lesson_from(3, exercises=IDS[:6])
    assert {*titles(lesson)} == {*IDS[:6]}
    assert lesson.told[0].startswith("It lasts ")


# Amounts


def limits_of(name: str, version: str, careful: bool = False):
    return find_amount_limits(COURSE.exercise(name), version, careful)


@for_each(product(IDS, VERSIONS_BY_NAME))
def test_a_choice_of_amounts_lasts_as_long_as_the_timeline_says_and_keeps_its_limits(name, version):
    exercise, limits = COURSE.exercise(name).version(version), limits_of(name, version)
    choices = list_amount_choices(exercise, limits)
    for choice in choices[::7]:
        options = choice.to_options(exercise)
        assert timeline.exercise_length_ms(exercise, options) == choice.length_ms
        assert not limits.is_exceeded_by(exercise, options)
    best = min(choices, key=lambda choice: choice.unlike)
    assert best.length_ms == timeline.exercise_length_ms(exercise)


@for_each(name for name in IDS if not COURSE.exercise(name).is_only_breathing)
def test_with_a_caution_no_exercise_exceeds_its_taught_time_and_an_easier_one_at_most_doubles(name):
    taught, easier = (work_ms(COURSE.exercise(name).version(v)) for v in ("source", "easier"))
    assert limits_of(name, "source", careful=True).most_ms == taught
    assert limits_of(name, "easier").most_ms <= max(easier, min(2 * easier, taught))


# The data


def test_the_data_of_every_exercise_state_its_part_in_a_lesson_and_what_each_caution_leads_to():
    for exercise in (*COURSE.exercises, COURSE.rise):
        assert "part" in exercise.model_fields_set or exercise is COURSE.rise
        for caution in exercise.cautions:
            assert "then" in caution.model_fields_set, (exercise.id, caution.whom)


def test_the_data_have_a_transition_from_every_position_to_every_other():
    ways = {(a, b) for way in COURSE.safety.ways for a in way.start for b in way.to}
    places = ("supine", "prone", "kneeling", "sitting", "standing")
    up = {(a, b) for a in LYING_POSITIONS for b in POSITIONS_OFF_THE_FLOOR}  # that is getting up
    down = {("standing", "sitting")}  # the next test
    assert ways | up | down == {(a, b) for a in places for b in places if a != b}


def test_what_is_done_sitting_says_to_sit_down():
    done = [e.version(name) for e in COURSE.exercises for name in VERSIONS_BY_NAME]
    seated = [each for each in done if each.position == "sitting"]
    assert seated
    assert not [each.id for each in seated if "Sit " not in each.setup]
