"""Programmes for one person: their files, their weeks and steps, and what the course plans."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest

import backcare_nb
from backcare_nb.course.files import SaveError
from backcare_nb.course.library import shipped_library
from backcare_nb.course.names import UnknownName
from backcare_nb.course.yaml_reader import DataError
from backcare_nb.export.programme_content import programme_fields
from backcare_nb.html.amount_words import describe_amounts
from backcare_nb.html.programme_card import describe_steps
from backcare_nb.journal.entry import Entry
from backcare_nb.journal.own_journal import open_own_journal
from backcare_nb.journal.programme_progress import (
    NEXT_STEP_PROPOSAL_SENTENCE,
    compute_programme_progress,
    describe_days_done_per_week,
    describe_programme_day,
    is_activity_question_due,
)
from backcare_nb.journal.store import JOURNAL_PATH_VARIABLE
from backcare_nb.lesson.find import find_lesson
from backcare_nb.lesson.lesson import items_without_additions
from backcare_nb.lesson.planner import plan_lesson_from
from backcare_nb.lesson.programme import (
    EASED_STAGE,
    PROGRAMME_FILES_FOLDER,
    Prescription,
    ProgrammeError,
    ProgrammeStep,
    ProgressNote,
    append_progress_note,
    format_programme_yaml,
    make_lesson_for_one_person,
    parse_programme,
    read_programme,
    write_programme,
)
from backcare_nb.lesson.programme_plan import plan_programme
from backcare_nb.lesson.request import LessonError, make_request
from backcare_nb.lesson.rules import find_broken_rules
from backcare_nb.notebook.after_session import refresh_journal_views
from backcare_nb.notebook.practice import MyPractice
from backcare_nb.notebook.programmes import ProgrammeView, TodayView
from tools import house

COURSE = shipped_library()
MONDAY = date(2026, 11, 30)
TEXT = """\
# for the back of the one who gardens
title: Back in the garden
person: Anna
begins: 2026-11-30
weeks: 6
days: [Monday, Wednesday, Friday]
at: 18:30
zone: Europe/Berlin
cautions: sciatica
activity: Dig for a quarter of an hour
exercises:
- exercise: knee_rolls
  version: easier
  sides: left
  seconds: 5
  rounds: 2
- {exercise: maypole, seconds: 30, days: [Friday]}
steps:
- week: 3
  change: {knee_rolls: {rounds: 3}}
- date: 2027-01-01
  drop: [maypole]
  add: [{exercise: sit_back, seconds: 20}]
- what: Knee rolls as taught.
  change: {knee_rolls: {version: source, seconds: 10}}
"""
STEPS = TEXT.partition("steps:")[0] + "steps:\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(PROGRAMME_FILES_FOLDER.variable, str(tmp_path / "mine"))
    return tmp_path / "mine"


@pytest.fixture
def saved(folder):
    folder.mkdir()
    (folder / "anna.yaml").write_text(TEXT, encoding="utf-8")
    return folder / "anna.yaml"


def test_the_programme_in_the_docs_is_valid_and_every_key_they_explain_exists():
    page = (house.ROOT / "docs" / "programme.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    made = parse_programme(text)
    assert [made.stage_on(MONDAY + timedelta(days=n)) for n in (0, 14)] == [0, 1]
    for name in re.findall(r"^\| `(\w+)", page, flags=re.MULTILINE):
        assert name in {*Prescription.model_fields, *ProgrammeStep.model_fields, "note_progress"}


def test_a_programme_is_saved_listed_opened_and_taken_by_its_name(folder):
    made = parse_programme(TEXT)
    write_programme(made, "Anna, December")
    assert PROGRAMME_FILES_FOLDER.names() == ["anna_december"]
    assert read_programme("Anna, December") == made
    assert format_programme_yaml(read_programme("anna_december")) == format_programme_yaml(made)
    assert find_lesson("anna_december").title == "Back in the garden"
    with pytest.raises(SaveError, match="There is a programme anna_december already"):
        write_programme(parse_programme(TEXT.replace("garden", "wood")), "Anna, December")
    with pytest.raises(UnknownName, match="did you mean"):
        read_programme("anna_decembre")
    assert (folder / "anna_december.yaml").stat().st_mode & 0o077 == 0


def test_a_programme_plays_its_written_amounts_and_sides_and_shows_its_notes():
    rolls, maypole = parse_programme(TEXT).items_at(0)
    assert rolls.exercise.sides_in_order == ("left",)
    step = rolls.exercise.steps[0]
    assert rolls.options.amount_of(step, "seconds") == 5
    assert rolls.options.rounds_of(rolls.exercise) == 2
    assert maypole.options.amount_of(maypole.exercise.steps[0], "seconds") == 30
    noted = TEXT.replace("  rounds: 2\n", "  rounds: 2\n  note: Before breakfast.\n")
    session = parse_programme(noted).lesson_at(0).timeline
    assert any("Before breakfast." in phase.words for phase in session.phases)
    assert {p.side for p in session.phases if p.exercise == "knee_rolls" and p.side} == {"left"}


def test_steps_come_with_their_week_or_day_and_the_last_waits_until_it_is_noted(saved):
    found = read_programme("anna")
    days = {MONDAY: 0, date(2026, 12, 13): 0, date(2026, 12, 14): 1, date(2027, 1, 10): 2}
    assert {day: found.stage_on(day) for day in days} == days
    found = append_progress_note("anna", ProgressNote(date=date(2026, 12, 20), step=0))
    assert found.stage_on(date(2026, 12, 19)) == 1
    assert found.stage_on(date(2026, 12, 31)) == 0  # taken back, it does not come again by itself
    found = append_progress_note("anna", ProgressNote(date=date(2027, 1, 2), step=3))
    assert found.stage_on(date(2027, 1, 8)) == 3


def test_a_step_that_waits_for_the_journal_can_have_a_day_before_which_it_does_not_come():
    found = parse_programme(STEPS + "- {week: 3, wait: true, drop: [maypole]}\n")
    assert found.stage_on(found.last_day) == 0
    (when,) = describe_steps(found)
    assert when.startswith("Step 1, not before week 3, and once two sessions in a row felt like 3")


def test_a_step_changes_what_it_names_and_another_version_has_amounts_of_its_own():
    found = parse_programme(TEXT)
    first, third = found.prescriptions_at(1)[0], found.prescriptions_at(3)[0]
    assert (first.seconds, first.rounds, first.version, first.sides) == (5, 3, "easier", "left")
    assert (third.seconds, third.rounds, third.version, third.sides) == (10, None, "source", "left")
    assert [dose.exercise for dose in found.prescriptions_at(3)] == ["knee_rolls", "sit_back"]


def test_a_step_goes_on_to_both_sides_and_to_other_days_and_going_back_keeps_days_taken_away():
    step = "{week: 2, change: {knee_rolls: {sides: both}, maypole: {days: [Monday]}}}"
    found = parse_programme(STEPS + f"- {step}\n")
    sides = [found.items_at(stage)[0].exercise.sides_in_order for stage in (0, 1)]
    assert sides == [("left",), ("left", "right")]
    (told,) = describe_steps(found)
    assert "on each side" in told
    assert "The maypole: 30 seconds, on Monday." in told
    monday, friday = (MONDAY + timedelta(days=n) for n in (14, 18))
    for stage in (0, 1):
        played = [[i.exercise.id for i in found.items_at(stage, day)] for day in (monday, friday)]
        assert played == [["knee_rolls", "maypole"], ["knee_rolls"]]


def test_where_there_is_no_chair_no_day_of_a_programme_speaks_of_one():
    found = backcare_nb.programme(minutes=10, props=["mat", "towel"]).programme
    read = parse_programme(format_programme_yaml(found))
    for stage in range(EASED_STAGE, len(read.steps) + 1):
        assert "chair" not in str([phase.say for phase in read.lesson_at(stage).timeline.phases])
    assert backcare_nb.programme(after=found, minutes=12).programme.props == ("mat", "towel")


def test_a_day_of_a_programme_has_the_exercises_due_on_it():
    found = parse_programme(TEXT)
    played = [
        [i.exercise.id for i in found.items_at(0, MONDAY + timedelta(days=n))] for n in (4, 2)
    ]
    assert played == [["knee_rolls", "maypole"], ["knee_rolls"]]
    assert [found.week_of(MONDAY + timedelta(days=n)) for n in (-1, 0, 6, 7)] == [0, 1, 1, 2]
    assert found.last_day == date(2027, 1, 10)


def test_what_a_person_wishes_for_is_heeded_until_it_is_taken_back(saved):
    for name in ("knee_rolls", "maypole"):
        append_progress_note("anna", ProgressNote(date=MONDAY, never=name))
    with pytest.raises(ProgrammeError, match="left out as never wanted"):
        read_programme("anna").lesson_at(0)
    found = append_progress_note("anna", ProgressNote(date=MONDAY, usual="knee_rolls"))
    assert [item.exercise.id for item in found.items_at(0)] == ["knee_rolls"]


def test_a_note_is_added_at_the_end_and_all_that_was_written_stays(saved):
    append_progress_note("anna", ProgressNote(date=MONDAY, activity=3))
    found = append_progress_note("anna", ProgressNote(date=MONDAY + timedelta(days=7), activity=5))
    assert saved.read_text(encoding="utf-8").startswith(TEXT)
    assert [score for _, score in found.activity_scores] == [3, 5]
    text = saved.read_text(encoding="utf-8").replace("title: Back in the garden\n", "")
    moved = f"{text}title: Back in the garden\n"
    saved.write_text(moved, encoding="utf-8")
    with pytest.raises(ProgrammeError, match="Let progress be the last key"):
        append_progress_note("anna", ProgressNote(date=MONDAY, activity=6))
    assert saved.read_text(encoding="utf-8") == moved


swap, WEEKDAYS = TEXT.replace, "[Monday, Wednesday, Friday]"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (swap("2026-11-30", "30.11.2026"), 4, "expected a day: write 2026-11-30"),
        (swap("2026-11-30", "3/12/26"), 4, "day: write 2026-12-03 or 2026-03-12"),
        (swap("2026-11-30", "31 November 2026"), 4, "has 30 days: write 2026-11-30"),
        (swap("2026-11-30", "29.2."), 4, "expected a day with its year: write 20"),
        (swap("2026-11-30", "2126-11-30"), 4, "2126 is far from now: write 20"),
        (swap("2026-11-30", "tomorrow"), 4, "expected a day: write it like 2030-01-31"),
        (swap("weeks", "until"), 5, 'did you mean "weeks"?'),
        (swap("sides: left", "sides: each"), 14, 'did you mean "both"?'),
        (swap("sciatica", "anyone"), 9, "where there are none, leave them out"),
        (STEPS + "- {week: 1, drop: [maypole]}\n", 19, "the first week on stands under exercises"),
        (STEPS + "- {date: 2025-12-24, drop: [maypole]}\n", 19, "has begun; write 2026-12-24"),
        (STEPS + "- {date: 2026-11-30, drop: [maypole]}\n", 19, "write it under exercises"),
        (STEPS + "- {date: 2030-12-24, drop: [maypole]}\n", 19, "2027; write 2026-12-24"),
        (STEPS + "- change: {maypole: {days: Sunday}}\n", 19, "is a day of the programme"),
        (swap("2026-11-30", "12/3/2026"), 4, "write 2026-03-12 or 2026-12-03"),
        (swap("18:30", "half past six"), 7, "expected a time such as 18:30"),
        (swap("18:30", "6.30 pm"), 7, 'such as 18:30: write "18:30"'),
        (swap("18:30", "\u201c8:00\u201d"), 7, 'such as 18:30: write "08:00"'),
        (swap(WEEKDAYS, "Mon, Wed and Fri"), 6, "[Monday, Wednesday, F"),
        (swap(WEEKDAYS, "weekdays"), 6, "write [Monday, Thursday], or"),
        (swap("Europe/Berlin", "New York"), 8, "write America/New_York"),
        (swap("Wednesday", "Wedesday"), 6, 'did you mean "Wednesday"?'),
        (swap("Europe/Berlin", "Berlin time"), 8, "write it like Europe/London"),
        (swap("sciatica", "sciatika"), 9, 'did you mean "sciatica"?'),
        (swap("knee_rolls\n", "knee_role\n"), 12, 'unknown exercise "knee_role"'),
        (swap("seconds: 5", "seconds: 900"), 12, "Knee rolls takes"),
        (swap("seconds: 5", "times: 5"), 12, "has no repetitions to choose, but seconds"),
        (swap("maypole, ", "maypole, sides: left, "), 17, "it has no sides to choose from"),
        (STEPS + "- {week: 9, drop: [maypole]}\n", 19, "10 January 2027; write weeks: 9"),
        (STEPS + "- {week: 2, date: 2026-12-12}\n", 19, "a week or a date, and not both"),
        (STEPS + "- {week: 3}\n- {week: 2}\n", 20, "put steps in their order"),
        (STEPS + "- {week: 3}\n- {week: 3}\n", 20, "write both as one step"),
        (STEPS + "- wait: true\n", 19, "waits anyway"),
        (STEPS + "- days: Monday\n- {week: 3, days: Friday}\n", 20, "while step 1 waits"),
        (
            STEPS + "- {week: 2, wait: true, drop: [maypole]}\n"
            "- {week: 3, add: [{exercise: maypole, seconds: 20}]}\n",
            *(20, "put what comes by itself before what waits"),
        ),
        (STEPS + "- change: {maypol: {seconds: 9}}\n", 19, 'did you mean "maypole"?'),
        (STEPS + "- change: {maypole: {seconds: +5}}\n", 19, "+5 would be read as 5; write what"),
        (STEPS + "- change: {maypole: {seconds: 9000}}\n", 19, "The maypole takes"),
        (
            STEPS + "- change: {maypole: {seconds: 9000}, knee_rolls: {times: 5}, cow: {}}\n",
            *(19, "3 mistakes"),
        ),
        (STEPS + "- add: [{exercise: maypole}]\n", 19, "maypole is there already"),
        (STEPS + "- drop: [maypole, knee_rolls]\n", 19, "no exercise is left"),
        (TEXT + "progress:\n- {date: 2026-12-01, step: 7}\n", 27, "there are 3"),
        (TEXT + "progress:\n- {date: 2026-12-01, never: sit}\n", 27, "unknown exercise of the"),
        (TEXT + "doses: 3\n", 26, 'unknown key "doses"'),
        (swap("[Friday]", "[Sunday]"), 17, "none of these is a day of the programme"),
    ],
)
def test_a_mistake_is_told_in_a_sentence_at_its_line(text, line, said):
    with pytest.raises(DataError) as caught:
        parse_programme(text, "anna.yaml")
    assert said in str(caught.value)
    assert f"anna.yaml line {line}" in str(caught.value)


def test_an_exercise_that_a_condition_leaves_out_is_refused_unless_marked_as_agreed():
    text = TEXT.partition("steps:")[0].replace("rounds: 2", "agreed: true")
    text = text.replace("sciatica", "hip_replacement").replace("maypole,", "maypole, agreed: true,")
    text = text.replace("exercises:\n", "exercises:\n- {exercise: sit_upright}\n")
    with pytest.raises(DataError, match=r"Leave it out until .* write agreed: true"):
        parse_programme(text, "anna.yaml")
    found = parse_programme(text.replace("sit_upright}", "sit_upright, agreed: true}"))
    assert any("Leave it out until" in told for told in found.objections())
    assert (
        "Ask your therapist whether this is settled"
        in programme_fields(found)["exercises"][0]["cautions"]
    )


def test_a_programme_that_is_printed_says_first_what_the_course_says_against_an_exercise():
    told = str(ProgrammeView(parse_programme(TEXT.replace("sciatica", "osteoporosis"))))
    assert "Knee rolls, Osteoporosis" in told.partition("take care")[2].partition("How much")[0]


WISHES = [
    {"minutes": 5, "cautions": ["sore_wrists"]},
    {"minutes": 10, "cautions": ["osteoporosis"]},
    {"minutes": 15, "cautions": ["sciatica", "dizzy"], "positions": ["standing", "sitting"]},
    {"minutes": 20, "cautions": ["pregnant"]},
    {"minutes": 40, "cautions": ["unsteady", "reflux", "heart_or_lungs"]},
]


@pytest.mark.parametrize("wish", WISHES, ids=str)
def test_a_programme_of_the_course_goes_from_easier_to_taught_and_keeps_every_rule(wish):
    made = plan_programme(begins=MONDAY, weeks=6, **wish)
    versions = []
    for stage in range(len(made.steps) + 1):
        request = make_request(library=COURSE, alone=True, **wish)
        lesson = make_lesson_for_one_person(made.items_at(stage), request)
        assert not find_broken_rules(lesson)
        played = made.lesson_at(stage).timeline  # with what the person takes care of
        assert lesson.timeline.total <= played.total <= (wish["minutes"] + 1) * 60_000
        versions.append(sum(item.version == "source" for item in items_without_additions(lesson)))
    assert versions == sorted(versions)
    assert versions[-1] > versions[0] or wish["minutes"] < 10
    assert not list(made.objections())
    assert parse_programme(format_programme_yaml(made)) == made


def test_a_day_that_the_course_cannot_fill_is_shorter_and_says_so():
    shown = backcare_nb.programme(minutes=40, cautions="hip_replacement")
    assert re.search("A day lasts up to [0-9]+ minutes, not 40: ", str(shown))
    assert "A day lasts up to" not in str(backcare_nb.programme(minutes=10))


@pytest.mark.parametrize("seed", range(4))
def test_no_day_lasts_more_than_a_minute_longer_than_asked_with_the_persons_cautions(seed):
    random = Random(seed)
    conditions = sorted({*COURSE.safety.conditions} - {"anyone", "recent_surgery"})
    minutes, cautions = random.choice([8, 15, 25]), random.sample(conditions, 2)
    made = plan_programme(minutes, MONDAY, 6, cautions=cautions)
    for stage in range(EASED_STAGE, len(made.steps) + 1):
        assert made.lesson_at(stage).timeline.total <= (minutes + 1) * 60_000


def test_a_programme_can_be_planned_from_the_exercises_that_are_named():
    made = plan_programme(10, MONDAY, 6, exercises=["knee_rolls", "maypole"])
    assert made.exercise_ids == ("knee_rolls", "maypole")
    assert "steps: []" not in format_programme_yaml(made)  # below which nobody could write one


def test_a_planned_lesson_leaves_out_what_is_marked_never_and_gives_more_or_less_as_marked():
    usual = plan_lesson_from(25, library=COURSE)
    ids = [item.exercise.id for item in items_without_additions(usual)]
    unwanted = next(name for name in ids if name in {e.id for e in COURSE.exercises})
    without = plan_lesson_from(25, library=COURSE, never=[unwanted])
    assert unwanted not in [item.exercise.id for item in items_without_additions(without)]
    assert "Never, as you said." in [left.why for left in without.left_out]

    apart = next(e.id for e in COURSE.exercises if "bed" in e.needs and e.id not in ids)
    first = plan_lesson_from(
        45, library=COURSE, more=[apart], props=["bed", "stool", "mat", "ball"]
    )
    assert apart in [item.exercise.id for item in items_without_additions(first)]

    def times(**wish):
        named = ["knee_rolls", "maypole", "arch_and_round"]
        lesson = plan_lesson_from(12, library=COURSE, exercises=named, **wish)
        (item,) = [i for i in items_without_additions(lesson) if i.exercise.id == "arch_and_round"]
        return item.options.amount_of(item.exercise.steps[0], "times")

    assert times(less="arch_and_round") < times() <= times(more="arch_and_round")


@pytest.mark.parametrize("count", range(1, 8))
def test_so_many_days_are_spread_over_the_week(count):
    text = swap(", days: [Friday]", "").replace(WEEKDAYS, str(count))
    assert len(parse_programme(text).days) == count
    with pytest.raises(DataError, match="expected days of the week"):
        parse_programme(swap(WEEKDAYS, str(count + 7)))


# Against the journal


def session(day: int, felt: int | None, ids=("knee_rolls",)) -> Entry:
    begun = datetime.combine(MONDAY + timedelta(days=day), time(18), UTC)
    spent = dict.fromkeys(ids, 60_000)
    return Entry(f"s{day}", begun, begun, spent=spent, reached=60_000, after=felt)


def progress_of(text: str, day: int, *felt: tuple[int, int | None]):
    found, entries = parse_programme(text), [session(*each) for each in felt]
    return compute_programme_progress(found, entries, MONDAY + timedelta(days=day))


def test_after_two_good_sessions_in_a_row_the_next_step_is_proposed():
    def proposed(steps: str, *felt: tuple[int, int], day: int = 5) -> bool:
        return progress_of(STEPS + steps, day, *felt).is_next_step_proposed

    waiting, good = "- drop: [maypole]\n", ((0, 3), (2, 2))
    assert proposed(waiting, *good)
    assert not proposed(waiting, (0, 3))
    assert not proposed(waiting, (0, 3), (2, 4))
    assert progress_of(STEPS + waiting, 5, *good).stage == 0  # it is for the person to go on
    assert not proposed(MORE, *good)  # it comes with its week
    assert proposed(MORE + WAITS, *good)  # but that does not wait
    taken = waiting + WAITS.replace("maypole", "knee_rolls").replace("60", "9")
    taken += f"progress:\n{note(2, step=1)}"
    assert not proposed(taken, *good)
    assert proposed(taken, *good, (3, 0), (4, 0))
    third = "- {week: 3, wait: true, drop: [maypole]}\n"
    assert [proposed(third, *good, day=day) for day in (13, 14)] == [False, True]


MORE, SWAP, LESS, WAITS, DAYS = (
    "- {week: 2, change: {knee_rolls: {rounds: 3}}}\n",
    "- {week: 3, drop: [maypole], add: [{exercise: sit_back, seconds: 20}]}\n",
    "- {week: 4, change: {knee_rolls: {rounds: 1}}}\n",
    "- {change: {maypole: {seconds: 60}}}\n",
    "- {week: 2, days: [Monday]}\n",
)
ROLLS, POLE = "knee_rolls easier 5x2", "maypole source 30"
BEGUN, EASED = f"{ROLLS}, {POLE}", f"{ROLLS}, maypole easier 30"


def note(day: int, **said: object) -> str:
    fields = ", ".join(f"{key}: {value}" for key, value in said.items())
    return f"- {{date: {MONDAY + timedelta(days=day)}, {fields}}}\n"


@pytest.mark.parametrize(
    ("steps", "notes", "felt", "day", "done"),
    [
        # A step by its date comes by itself, and too much leads back by one.
        (MORE, "", [], 8, f"knee_rolls easier 5x3, {POLE}"),
        (MORE, "", [(8, 5)], 9, BEGUN),
        (MORE, "", [(8, 5), (9, 3), (10, 2)], 11, f"knee_rolls easier 5x3, {POLE}"),
        (MORE, "", [(8, 7)], 9, EASED),
        # No date leads on while the journal holds back: good sessions do, or a note of one's own.
        (MORE, "", [(5, 5)], 12, EASED),
        (MORE, "", [(5, 5), (8, 1), (9, 2)], 12, BEGUN),
        (MORE, note(9, step=1), [(5, 5)], 12, f"knee_rolls easier 5x3, {POLE}"),
        # What a step took away stays away on every way back, and what it made less stays so.
        (SWAP, "", [], 15, f"{ROLLS}, sit_back source 20"),
        (SWAP, "", [(15, 4)], 16, ROLLS),
        (SWAP, note(16, step=0), [], 17, ROLLS),
        (SWAP, note(16, step=0) + note(17, step=1), [], 18, f"{ROLLS}, sit_back source 20"),
        (MORE + SWAP, "", [(15, 4), (16, 4)], 17, ROLLS),
        (SWAP + LESS, "", [(22, 5)], 23, "knee_rolls easier 5x1, sit_back source 20"),
        (SWAP, note(15, never="knee_rolls"), [(15, 5)], 16, "sit_back easier 20"),
        # One that waits and is about something else need not wait for the dated ones.
        (
            SWAP + WAITS.replace("maypole", "knee_rolls").replace("60", "9"),
            note(4, step=1),
            [],
            5,
            f"knee_rolls easier 9x2, {POLE}",
        ),
        (MORE + WAITS, note(4, step=1), [], 8, "knee_rolls easier 5x3, maypole source 60"),
        (MORE + WAITS, note(4, step=1), [(8, 5)], 9, "knee_rolls easier 5x2, maypole source 60"),
        # What the person wishes holds at every stage, and is never more than was prescribed.
        (SWAP, note(1, never="sit_back"), [], 15, ROLLS),
        (MORE, note(1, less="maypole"), [], 3, EASED),
        (MORE, note(1, less="maypole") + note(2, usual="maypole"), [], 3, BEGUN),
    ],
)
def test_after_steps_forward_and_back_no_dose_is_larger_than_one_that_was_reached_before(
    steps, notes, felt, day, done
):
    text = STEPS.replace(", days: [Friday]", "") + steps + "progress:\n" * bool(notes) + notes
    found, progress = parse_programme(text), progress_of(text, day, *felt)
    assert bool(progress.why) == (progress.stage < found.stage_on(MONDAY + timedelta(days=day)))
    told = []
    for dose in found.wanted_prescriptions_at(progress.stage, MONDAY + timedelta(days=day)):
        amounts = {name or step: value for (step, name), value in dose.amounts().items()}
        rounds = f"x{amounts['rounds']}" * (dose.exercise == "knee_rolls")
        told.append(f"{dose.exercise} {dose.version} {amounts['seconds']:g}{rounds}")
    assert ", ".join(told) == done


def test_after_a_pause_of_more_than_two_weeks_it_goes_on_as_it_was_before_it_step_by_step():
    text = STEPS.replace(", days: [Friday]", "") + MORE + SWAP
    stages = [progress_of(text, day, (5, 2)).stage for day in (19, 20)]
    assert stages == [2, 0]
    back = progress_of(text, 22, (5, 2), (20, 2), (21, 3))
    assert (back.stage, "pause since 5 December" in back.why) == (1, True)
    assert progress_of(text, 24, (5, 2), (20, 2), (21, 3), (22, 1), (23, 1)).stage == 2
    assert progress_of(f"{text}progress:\n{note(20, step=2)}", 21, (5, 2)).stage == 2


def test_who_feels_too_much_again_though_all_is_easier_is_told_to_ask_before_going_on():
    assert "ask" not in progress_of(TEXT, 3, (0, 7), (1, 4)).why
    why = progress_of(TEXT, 3, (0, 7), (1, 4), (2, 5)).why
    assert "ask a doctor or physiotherapist before you go on" in why
    assert "leave it out until another day" in progress_of(TEXT, 0, (0, 7)).why
    assert "leave it out" not in progress_of(TEXT, 1, (0, 7)).why


def test_going_back_a_step_brings_back_no_practice_day_that_a_later_step_took_away():
    text, second_week = STEPS.replace(", days: [Friday]", ""), MONDAY + timedelta(days=8)
    fewer, more = (
        text + DAYS,
        text.replace("Monday, Wednesday, ", "") + DAYS.replace("]", ", Friday]"),
    )
    for found, day in ((fewer, "Monday"), (more, "Friday")):
        assert parse_programme(found).days_at(0, second_week) == (day,)


def test_what_was_played_of_another_programme_counts_for_that_one_and_holds_this_one_back():
    found, titles = parse_programme(STEPS + "- drop: [maypole]\n"), {"Back in the garden", "Neck"}
    today = MONDAY + timedelta(days=5)

    def after(title: str, *felt: int):
        entries = [replace(session(2 * n, each), title=title) for n, each in enumerate(felt)]
        return compute_programme_progress(found, entries, today, titles)

    assert [after(title, 2, 2).weeks for title in ("Neck", "Back in the garden", "Section 2")] == [
        ((done, 3),) for done in (0, 2, 2)
    ]
    assert [after(title, 2, 2).is_next_step_proposed for title in ("Neck", "Section 2")] == [
        False,
        True,
    ]
    assert after("Neck", 7).stage == EASED_STAGE


def test_days_that_were_done_are_counted_and_days_off_cost_nothing():
    found = progress_of(TEXT, 9, (0, None), (0, 2), (4, 2), (8, None))
    assert (found.weeks, found.stage, found.why) == (((2, 3), (1, 3)), 0, "")
    assert progress_of(TEXT, 30).stage == 1
    assert describe_days_done_per_week(progress_of(TEXT, 30, (8, 2))) == [
        "Week 2: 1 day, of 3 planned"
    ]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (-1, "It begins on 30 November"),
        (0, "one of its days"),
        (1, "day off"),
        (60, "last day was"),
    ],
)
def test_the_words_for_a_day_say_not_begun_practice_day_day_off_over_or_done(day, said):
    found, today = parse_programme(TEXT), MONDAY + timedelta(days=day)
    assert said in describe_programme_day(found, progress_of(TEXT, day), today)
    done = progress_of(TEXT, 0, (0, 2))
    assert "Today is done" in describe_programme_day(found, done, MONDAY)


def test_the_score_of_the_persons_chosen_activity_is_asked_for_once_a_week():
    asked = TEXT + "progress:\n- {date: 2026-11-30, activity: 3}\n"
    assert is_activity_question_due(parse_programme(TEXT), MONDAY)
    assert not is_activity_question_due(parse_programme(asked), MONDAY + timedelta(days=6))
    assert is_activity_question_due(parse_programme(asked), MONDAY + timedelta(days=7))
    assert not is_activity_question_due(parse_programme(TEXT.replace("activity", "note")), MONDAY)


# In a notebook


@pytest.fixture
def journal(tmp_path, monkeypatch):
    monkeypatch.setenv(JOURNAL_PATH_VARIABLE, str(tmp_path / "kept.sqlite"))
    open_own_journal.cache_clear()
    open_own_journal().keep()
    yield open_own_journal()
    open_own_journal.cache_clear()


def begun_today(text: str = TEXT) -> str:
    today = date.today()
    days = [f"{today + timedelta(days=number):%A}" for number in (0, 2, 4)]
    text = text.replace("[Monday, Wednesday, Friday]", f"[{', '.join(days)}]")
    text = text.replace("days: [Friday]", f"days: [{days[0]}]")
    return text.replace("2026-11-30", str(today))


@pytest.fixture
def anna(folder, journal):
    dated = TEXT[TEXT.index("- date:") : TEXT.index("- what:")]
    text = begun_today(TEXT.replace(dated, ""))
    PROGRAMME_FILES_FOLDER.write("anna", text)
    return text


def test_a_shown_programme_tells_of_an_own_exercise_that_is_gone_and_stops_nothing_else(
    monkeypatch, folder, journal
):
    monkeypatch.setenv("BACKCARE_EXERCISES", str(house.ROOT / "tests" / "own_exercises"))
    text = "title: P\nbegins: 2030-01-31\nweeks: 2\ndays: [Monday]\nexercises: [{exercise: %s}]\n"
    PROGRAMME_FILES_FOLDER.write("own", text % "press_up_on_the_front")
    shown = backcare_nb.open_programme("own")
    monkeypatch.setenv("BACKCARE_EXERCISES", str(folder))
    refresh_journal_views()
    assert "unknown exercise" in shown._card.value


def test_a_programme_whose_file_is_gone_is_told_where_it_is_shown_and_stops_nothing_else(anna):
    shown = backcare_nb.today()
    PROGRAMME_FILES_FOLDER.find("anna").unlink()
    refresh_journal_views()
    assert "unknown programme" in shown._words.value


def test_today_plays_what_is_due_and_a_saved_notebook_names_neither_person_nor_exercise(anna):
    shown = backcare_nb.today()
    titles = {phase.exercise for phase in shown.player.session.phases}
    assert "knee_rolls" in titles
    assert "Week 1 of 6" in shown._words.value
    assert TodayView("anna", stage=EASED_STAGE).player.session != shown.player.session
    views = [shown, backcare_nb.open_programme("anna"), backcare_nb.my_programmes()]
    views += [backcare_nb.my_practice()]
    for view in views:
        data = view._repr_mimebundle_()
        saved = f"{data['text/plain']} {data['text/html']}"
        for word in ("Anna", "anna", "garden", "Knee", "knee", "Dig"):
            assert word not in saved


def test_the_functions_that_lead_a_class_refuse_a_persons_programme(anna):
    for use in (backcare_nb.teach, backcare_nb.choose_lesson):
        for wanted in ("anna", backcare_nb.open_programme("anna")):
            with pytest.raises(LessonError, match="for one person"):
                use(wanted)


def test_played_days_are_counted_and_an_accepted_step_is_noted_and_changes_todays_session(
    anna, journal
):
    PROGRAMME_FILES_FOLDER.write(
        "anna", anna.replace("- week: 3\n  change", "- change"), replace=True
    )
    shown = TodayView("anna")
    before = shown.player.session
    now = datetime.now().astimezone()
    for number in (2, 1):
        begun = now - timedelta(microseconds=number)
        spent = {"knee_rolls": 60_000}
        journal.save_entries(
            Entry(f"e{number}", begun, begun, spent=spent, reached=60_000, after=2)
        )
    refresh_journal_views()
    assert NEXT_STEP_PROPOSAL_SENTENCE in shown._words.value
    assert "Week 1: 1 day, of 3 planned" in shown._list.value
    assert "Week 1: 1 day, of 3 planned" in MyPractice()._view.value
    shown._note_step_change(1)
    assert read_programme("anna").stage_on(now.date()) == 1
    assert shown.player.session != before


def test_scores_and_wishes_stand_in_the_file_and_bad_ones_are_refused(anna):
    shown = backcare_nb.today()
    shown._wish.value = "less"
    assert "heeded from now on" in str(shown._note_wish())
    assert "Choose a number" in str(shown._note_activity())
    shown._score.value = 0
    assert "asked again in a week" in str(shown._note_activity())
    backcare_nb.note_progress("anna", activity=4, when="2030-01-31")
    backcare_nb.note_progress("anna", never="maypole")
    found = read_programme("anna")
    assert found.activity_scores == ((date.today(), 0), (date(2030, 1, 31), 4))
    assert found.exercises_by_wish == {"more": (), "less": ("knee_rolls",), "never": ("maypole",)}
    with pytest.raises(ProgrammeError, match="Say what to note"):
        backcare_nb.note_progress("anna")
    with pytest.raises(UnknownName, match='did you mean "knee_rolls"'):
        backcare_nb.note_progress("anna", less="knee_rols")
    with pytest.raises(DataError, match="at most 10"):
        backcare_nb.note_progress("anna", activity=11)
    with pytest.raises(DataError, match="expected a day"):
        backcare_nb.note_progress("anna", step=1, when="tomorrow")


def test_a_follow_up_programme_starts_after_the_first_with_the_doses_reached_at_its_end(anna):
    before = read_programme("anna")
    made = backcare_nb.programme(after="anna", weeks=4).programme
    assert (made.person, made.cautions, made.weeks) == ("Anna", ("sciatica",), 4)
    assert made.begins == before.last_day + timedelta(days=1)
    reached = before.stage_on(before.last_day)
    assert made.days == before.days_at(reached)
    assert made.items_at(0) == before.items_at(reached)
    assert made.progress == ()
    later = made.begins + timedelta(weeks=9)
    assert backcare_nb.programme(after="anna", begins=str(later)).programme.begins == later
    assert [(step.what, step.week) for step in made.steps] == [("Knee rolls as taught.", None)]


def test_a_follow_up_programme_leaves_out_what_is_never_wanted_and_adds_what_is_named(anna):
    backcare_nb.note_progress("anna", never="knee_rolls")
    made = backcare_nb.programme(after="anna", exercises="arch_and_round").programme
    assert set(made.exercise_ids) == {*read_programme("anna").exercise_ids, "arch_and_round"} - {
        "knee_rolls"
    }
    assert [made.unconditional_step_day(number + 1) for number in range(len(made.steps))] == [None]
    for before, after in zip(made.items_at(0), made.items_at(1), strict=True):
        assert after.options != before.options


def test_a_follow_up_programme_changes_no_dose_that_its_author_fixed(monkeypatch, folder, journal):
    monkeypatch.setenv("BACKCARE_EXERCISES", str(house.ROOT / "tests" / "own_exercises"))
    doses = "[{exercise: maypole}, {exercise: press_up_on_the_front}]"
    text = f"title: P\nbegins: 2030-01-31\nweeks: 2\ndays: [Monday]\nexercises: {doses}\n"
    PROGRAMME_FILES_FOLDER.write("plain", text)
    (step,) = backcare_nb.programme(after="plain").programme.steps
    assert set(step.change) == {"maypole"}


def test_after_a_painful_session_a_follow_up_programme_begins_with_easier_versions(anna, journal):
    now = datetime.now().astimezone()
    journal.save_entries(
        Entry("e", now, now, spent={"knee_rolls": 60_000}, reached=60_000, after=8)
    )
    made = backcare_nb.programme(after="anna").programme
    assert {item.version for item in made.items_at(0)} == {"easier"}
    assert made.items_at(1) == read_programme("anna").items_at(0)


def test_a_lesson_chosen_by_hand_becomes_a_programme_with_its_doses():
    lesson = plan_lesson_from(12, library=COURSE)
    made = backcare_nb.programme(lesson, weeks=3, days=3, person="Ben").programme
    assert made.days == ("Monday", "Wednesday", "Friday")
    wanted, found = (
        [(i.exercise.id, describe_amounts(i.exercise, i.options)) for i in items]
        for items in (items_without_additions(lesson), made.items_at(0))
    )
    assert found == wanted
    with pytest.raises(DataError, match="weeks: found 99"):
        backcare_nb.programme(lesson, weeks=99)


def test_without_a_programme_today_says_how_to_make_one_and_with_several_which():
    assert "There is no programme yet" in repr_of(backcare_nb.today())
    PROGRAMME_FILES_FOLDER.folder.mkdir()
    (PROGRAMME_FILES_FOLDER.folder / "anna.yaml.txt").write_text(TEXT, encoding="utf-8")
    assert "anna.yaml.txt" in repr_of(backcare_nb.today())
    with pytest.raises(UnknownName, match="is there: save it"):
        read_programme("anna")
    for name in ("one", "two"):
        write_programme(parse_programme(TEXT), name)
    assert "Which one?" in repr_of(backcare_nb.today())


def repr_of(view) -> str:
    return view.children[0].value
