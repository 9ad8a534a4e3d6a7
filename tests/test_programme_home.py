"""What of a programme goes home: its sheet to print, its page, and reminders for a calendar."""

import json
import re
import subprocess
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

import pytest

from backcare_nb.course.dates import DAY_NAMES
from backcare_nb.course.fields import fill_sides
from backcare_nb.course.yaml_reader import DataError
from backcare_nb.custom.library import current_library
from backcare_nb.export.handout import render_handout
from backcare_nb.export.programme_content import due_exercise_ids_by_day, programme_fields
from backcare_nb.export.reminders import fold_ics_line, format_ics, save_reminders
from backcare_nb.export.typesetting import LARGE_PROGRAMME_LAYOUTS
from backcare_nb.export.webpage import save_page
from backcare_nb.html.programme_card import describe_steps
from backcare_nb.journal.entry import Entry
from backcare_nb.journal.programme_progress import compute_programme_progress
from backcare_nb.lesson.programme import (
    PROGRAMME_FILES_FOLDER,
    Programme,
    ProgressNote,
    parse_programme,
)
from backcare_nb.lesson.saved_lessons import format_yaml
from backcare_nb.lesson.sharing import SharedFileError, format_shared_link
from backcare_nb.notebook.programmes import open_programme, save_programme, share_programme
from tools import house

TEXT = """\
title: Back on the bike; up, and away
person: Jonas Müller
therapist: A. Berg
begins: 2026-11-30
weeks: 6
at: ["08:00", "18:30"]
zone: Europe/Berlin
cautions: sciatica
activity: Ride to work
exercises:
- {exercise: constructive_rest, minutes: 3}
- {exercise: knee_to_chest, version: easier, sides: right, seconds: 5, rounds: 3}
- {exercise: knee_rolls, version: easier, seconds: 5, rounds: 2, note: Left first.}
- {exercise: arch_and_round, times: 5}
- {exercise: maypole, version: easier, seconds: 30, days: [Tuesday, Saturday]}
steps:
- week: 3
  change: {arch_and_round: {times: 8}}
- drop: [maypole]
"""
DAILY = TEXT.replace(", days: [Tuesday, Saturday]", "")

KICK = """\
title: Kick
why: It does one good.
setup: Sit on a chair.
posture: {like: sitting_on_chair, side: right, angles: {right knee: {flexion: 20}}}
say: Straighten your {side} knee.
times: 5
sides: alternate
cautions: [{whom: anyone, what: Gently.}]
easier: {what: Less often., times: 3}
stop: Stop if it hurts.
"""
SAVED = datetime(2026, 11, 29, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(PROGRAMME_FILES_FOLDER.variable, raising=False)
    PROGRAMME_FILES_FOLDER.write("jonas", TEXT)
    return tmp_path


def pages_and_words(pdf: bytes) -> tuple[int, str]:
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    words = done.stdout.decode()
    return words.count("\f"), " ".join(words.split())


def test_a_sheet_has_dose_and_boxes_and_of_conditions_only_those_of_its_person():
    pages, words = pages_and_words(render_handout("jonas"))
    assert pages == 1
    for said in ("Jonas Müller", "Left first.", "on the right side", "8 times", "Ride to work"):
        assert said in words
    assert "osteoporosis" not in words.lower()
    for dose in parse_programme(TEXT).exercises:  # where all of it has room
        setup = current_library().exercise(dose.exercise).version(dose.version).setup
        assert fill_sides(setup, dose.sides or "left")[:30] in words


LONGEST = ["bath_hang", "bed_edge_lie_back", "knuckles", "neck_massage", "lie_over_ball"]


@pytest.mark.parametrize("seed", range(8))
def test_any_five_exercises_take_one_page_and_in_letters_of_14_points_or_more_two(
    seed, monkeypatch
):
    random, large = Random(seed), seed % 2 == 1
    monkeypatch.setenv("BACKCARE_EXERCISES", str(house.ROOT / "tests" / "own_exercises"))
    known = sorted(n for n in current_library().all_exercises_by_id if "getting_up" not in n)
    five = LONGEST if seed < 4 else random.sample(known, 5)
    text = TEXT.partition("cautions:")[0] + "cautions: sciatica\n" * (seed > 4) + "exercises:\n"
    text += "".join(f"- {{exercise: {name}}}\n" for name in five)
    text += f"steps:\n- {{week: 3, change: {{{five[0]}: {{version: easier}}}}}}\n"
    found = parse_programme(text)
    paper = ["A4", "Letter"][seed // 2 % 2]
    pages, words = pages_and_words(render_handout(found, paper, large=large, grey=seed % 3 == 0))
    assert pages <= 1 + large
    for row in programme_fields(found)["exercises"]:
        told = (
            f"{row['title']} {row['dose']} {row[key]}" for key in ("cautions", "short_cautions")
        )
        missing = [
            Counter(re.findall(r"\w+", t)) - Counter(re.findall(r"\w+", words)) for t in told
        ]
        assert not all(missing) if large else not missing[0]
    assert min(layout.type_pt for layout in LARGE_PROGRAMME_LAYOUTS) >= 14


def test_a_sheet_says_what_a_step_changes_and_who_should_ask_where_nothing_is_known():
    text = TEXT.replace("- week: 3\n", "- week: 3\n  what: More of the cat.\n")
    told = programme_fields(parse_programme(text))
    rows = {row["title"]: row for row in told["exercises"]}
    change = "From week 3 on: More of the cat. 8 times, 8 seconds for each."
    assert rows["Arch and round"]["changes"] == [change]
    assert rows["The maypole"]["changes"][0].endswith("left out.")
    assert told["times"] == 2
    assert all(row["pictures"] for row in told["exercises"])
    unknown = programme_fields(parse_programme(TEXT.replace("cautions: sciatica\n", "")))
    assert unknown["exercises"][0]["ask"] == "Ask first with: pregnancy."
    assert "pregnancy (1, 2 and 3)" in unknown["ask"]  # where each exercise is told in short


def test_the_title_of_an_exercise_is_read_before_the_letters_of_its_pictures():
    command = ["pdftotext", "-raw", "-", "-"]
    made = subprocess.run(command, input=render_handout("jonas"), capture_output=True, check=True)
    lines = made.stdout.decode().splitlines()
    assert lines.index("1 Lie and breathe") < lines.index("R")


def test_boxes_are_only_in_the_weeks_and_on_the_days_on_which_an_exercise_may_be_due():
    text = TEXT.replace(
        "- drop: [maypole]", "- {week: 5, drop: [knee_rolls], add: [{exercise: sit_upright}]}"
    )
    rows = {
        row["title"]: row["due"] for row in programme_fields(parse_programme(text))["exercises"]
    }
    full, none = [True] * 7, [False] * 7
    assert rows["Knee rolls"] == [full] * 4 + [none] * 2
    assert rows["Upright on the heels"] == [none] * 4 + [full] * 2
    assert rows["The maypole"] == [[False, True, False, False, False, True, False]] * 6
    waits = programme_fields(parse_programme(TEXT))["exercises"]
    assert all(any(week) for row in waits for week in row["due"])  # a step that waits may not come


def test_the_sheet_of_an_own_exercise_draws_the_side_its_words_name_and_tells_the_easier_version(
    folder, monkeypatch
):
    monkeypatch.setenv("BACKCARE_EXERCISES", str(folder / "own"))
    (folder / "own").mkdir()
    (folder / "own" / "kick.yaml").write_text(KICK, encoding="utf-8")
    text = TEXT.partition("exercises:")[0] + "exercises:\n- {exercise: kick}\n"
    (row,) = programme_fields(parse_programme(text))["exercises"]
    assert "Straighten your right knee." in row["words"]
    assert "left sole on the floor" in row["pictures"][-1]["alt"]
    assert row["cautions"] == "Gently. Stop if it hurts."
    easier = text.replace("kick}", "kick, version: easier}")
    (row,) = programme_fields(parse_programme(easier))["exercises"]
    assert row["words"].startswith("Less often. Sit on a chair.")
    (folder / "own" / "kick.yaml").write_text(f"{KICK}needs: [band, box]\n", encoding="utf-8")
    begun = parse_programme(text).lesson_at(0).timeline.phases[0].say
    assert "Have within reach: a box and a band." in begun


def test_exercises_of_one_title_are_told_apart_by_their_ids_wherever_they_are_named(
    folder, monkeypatch
):
    monkeypatch.setenv("BACKCARE_EXERCISES", str(folder / "own"))
    (folder / "own").mkdir()
    for name in ("kick", "kick_high"):
        (folder / "own" / f"{name}.yaml").write_text(f"{KICK}id: {name}\n", encoding="utf-8")
    steps = "- {week: 2, change: {kick: {version: easier}}}\n- {week: 3, drop: [kick_high]}\n"
    text = (
        TEXT.partition("exercises:")[0] + "exercises: [{exercise: kick}, {exercise: kick_high}]\n"
    )
    found = parse_programme(f"{text}steps:\n{steps}")
    titles = ["Kick", "Kick high"]
    assert [row["title"] for row in programme_fields(found)["exercises"]] == titles
    assert list(found.lesson_at(0).timeline.exercises.values()) == titles
    first, second = describe_steps(found)
    assert "Kick: " in first
    assert "Kick high is left out." in second


def test_where_an_exercise_starts_what_the_person_takes_care_of_is_said_and_shown():
    phases = parse_programme(TEXT).lesson_at(0).timeline.phases
    (rolls,) = (each for each in phases if each.kind == "setup" and each.exercise == "knee_rolls")
    for told in (rolls.say, " ".join(rolls.care)):
        assert "Stay small and slow, well short of the end." in told
    assert "take it easier" not in str([phase.say for phase in phases])  # the dose is exact


def test_the_page_of_a_programme_has_its_note_and_only_the_cautions_of_the_person(folder):
    PROGRAMME_FILES_FOLDER.write("jonas", f"{TEXT}note: A stick outdoors.\n", replace=True)
    save_page("jonas", "own.html")
    save_page("knee_rolls", "rolls.html")
    assert "Knee rolls" in (folder / "rolls.html").read_text(encoding="utf-8")
    page = (folder / "own.html").read_text(encoding="utf-8")
    before = page.partition('id="practice"')[0].partition('id="before"')[2]
    assert "A stick outdoors." in before
    assert "Stop before it pulls or tingles in the leg." in before
    assert "Begin with 5 repetitions" not in before  # which is not what was prescribed
    assert "How often" not in page
    assert "steoporosis" not in page.partition('id="safety"')[0]


def test_a_programme_page_counts_prescribed_exercises_and_gets_up_by_the_persons_cautions(folder):
    words = "exercises: [{exercise: knee_rolls}, {exercise: maypole}, {exercise: knee_to_chest}]"
    PROGRAMME_FILES_FOLDER.write(
        "mixed", f"title: Mixed\nbegins: 2026-11-30\ncautions: sciatica\n{words}\n", replace=True
    )
    save_page("mixed", "mixed.html")
    page = (folder / "mixed.html").read_text(encoding="utf-8").partition('id="safety"')[0]
    assert re.search("About [0-9]+ minutes, 3 exercises", page)
    assert page.count("<strong>Getting up: </strong>") == 1
    assert "surgery" not in page


# Reminders


def unfold(text: str) -> list[str]:
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def properties(lines: list[str], name: str) -> list[str]:
    return [line.partition(":")[2] for line in lines if re.match(rf"{name}[;:]", line)]


def test_reminders_come_on_the_days_and_at_the_times_for_all_weeks():
    lines = unfold(format_ics(parse_programme(DAILY.replace("weeks: 6", "days: Friday")), SAVED))
    assert properties(lines, "DTSTART")[-2:] == ["20261204T080000", "20261204T183000"]
    without_zone = format_ics(parse_programme(TEXT.replace("zone: Europe/Berlin\n", "")), SAVED)
    assert "DTSTART:20261130T080000\r\n" in without_zone
    assert properties(lines, "RRULE") == ["FREQ=WEEKLY;COUNT=6;BYDAY=FR"] * 2
    assert len(set(properties(lines, "UID"))) == 2
    begun = [line.partition(":")[2] for line in lines if line.startswith("BEGIN:")]
    ended = [line.partition(":")[2] for line in lines if line.startswith("END:")]
    assert sorted(begun) == sorted(ended)
    for needed in ("VERSION", "PRODID", "DTSTAMP", "SUMMARY", "DURATION"):
        assert properties(lines, needed)


def test_no_name_is_in_reminders_unless_it_is_wished_for(folder):
    save_reminders("jonas", "plain.ics")
    save_reminders("jonas", "named.ics", names=True)
    plain, named = ((folder / n).read_bytes().decode() for n in ("plain.ics", "named.ics"))
    for word in ("Jonas", "Berg", "bike", "Knee"):
        assert word not in plain
    (summary, _) = properties(unfold(named), "SUMMARY")
    assert summary == r"Back on the bike\; up\, and away\, Jonas Müller"
    assert "Knee rolls: " in " ".join(properties(unfold(named), "DESCRIPTION"))


@pytest.mark.parametrize(
    ("begins", "zone", "changes"),
    [
        ("2026-11-30", "Europe/Berlin", 0),
        ("2026-10-12", "Europe/London", 1),
        ("2027-03-01", "America/New_York", 1),
        ("2026-11-30", "Asia/Kolkata", 0),
        ("2026-09-14", "Australia/Lord_Howe", 1),
    ],
)
def test_the_time_zone_of_reminders_is_that_of_the_place_on_every_day(begins, zone, changes):
    text = TEXT.replace("2026-11-30", begins).replace("Europe/Berlin", zone)
    found = parse_programme(text)
    lines = unfold(format_ics(found, SAVED))
    assert f"TZID:{zone}" in lines
    starts = [datetime.strptime(each, "%Y%m%dT%H%M%S") for each in properties(lines, "DTSTART")]
    offsets = properties(lines, "TZOFFSETTO")
    assert len(offsets) == 1 + changes
    observed = sorted(zip(starts, offsets, strict=False))
    for number in range(7 * found.weeks):
        local = datetime.combine(found.begins + timedelta(days=number), datetime.min.time())
        local += timedelta(hours=18, minutes=30)
        held = [offset for start, offset in observed if start <= local][-1]
        assert held == f"{local.replace(tzinfo=ZoneInfo(zone)):%z}"


def test_reminders_saved_anew_after_a_change_take_the_place_of_what_the_calendar_has():
    changed = DAILY.replace("weeks: 6", "weeks: 8\ndays: [Monday, Friday]").replace(
        "08:00", "09:00"
    )
    later = SAVED + timedelta(weeks=4)
    old, new = (
        unfold(format_ics(parse_programme(text), saved))
        for text, saved in ((DAILY, SAVED), (changed.replace("times: 5", "times: 4"), later))
    )
    assert properties(old, "UID") == properties(new, "UID")
    assert properties(old, "DTSTART") != properties(new, "DTSTART")
    for raised in ("SEQUENCE", "DTSTAMP"):
        assert properties(old, raised) < properties(new, raised)
    other = unfold(format_ics(parse_programme(DAILY.replace("Jonas", "Ida")), SAVED))
    assert not set(properties(old, "UID")) & set(properties(other, "UID"))


@pytest.mark.parametrize("text", ["é" * 100, "a" * 75, "a" * 76, "\N{SNOWMAN}" * 60, "x", ""])
def test_a_long_line_of_a_calendar_file_is_folded_between_letters_and_reads_as_before(text):
    folded = fold_ics_line(text)
    assert all(len(part.encode()) <= 75 for part in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == text
    assert ("\r\n" in folded) == (len(text.encode()) > 75)


# Shared


def test_a_programme_is_shared_as_a_link_and_as_a_file_and_opened_again_in_another_folder(folder):
    view = share_programme("jonas", "https://school.example/back")
    html = view.children[0].value
    assert "Give it to that person alone" in html
    link = re.search(r"<code>(.*?)</code>", html)[1]
    assert link.startswith("https://school.example/back/shared.html#")
    share_programme("jonas", "jonas.json")
    session = json.loads((folder / "jonas.json").read_text(encoding="utf-8"))["timeline"]
    assert session["title"] == "Back on the bike; up, and away"
    for shared in (link, "jonas.json"):
        found = open_programme(shared)
        assert found.programme == parse_programme(TEXT, "jonas.yaml")
    save_programme(found, "on another machine")
    assert open_programme("on another machine").programme == found.programme


def test_what_is_shared_of_a_programme_is_not_saved_with_the_page():
    view = share_programme("jonas", "https://school.example/back")
    assert "school.example" not in str(view._repr_mimebundle_())


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ('{"kind": "lesson", "text": ""}', "no programme"),
        ('{"kind": "programme", "text": {}}', "no programme"),
        ("[" * 900_000, "not all of it"),
    ],
)
def test_a_link_that_holds_no_programme_is_refused_in_a_sentence(made, told):
    with pytest.raises(SharedFileError, match=told):
        open_programme(format_shared_link(made, "https://school.example"))


# Together


def random_programme(random: Random) -> Programme:
    """A programme with steps that come by a day or wait."""
    seconds = {"knee_rolls": (5, 9, 20), "maypole": (20, 30, 60), "sit_back": (20, 30, 40)}

    begin = {"title": "Any", "begins": "2026-12-02", "weeks": 5, "at": "18:30"}
    begin["days"] = random.sample(DAY_NAMES, random.randint(2, 7))

    def dose(name: str) -> dict[str, object]:
        days = random.choice([{}, {}, {"days": random.sample(begin["days"], 2)}])
        return {"exercise": name, "seconds": random.choice(seconds[name]), **days}

    there, dated = random.sample(list(seconds), 2), iter(range(2, 6))
    begin["exercises"] = [dose(name) for name in there]
    steps: list[dict[str, object]] = []
    for kind in random.choices(["change", "swap", "drop", "days"], k=random.randint(0, 4)):
        step: dict[str, object] = {"week": next(dated)} if random.random() < 0.6 else {}
        name, new = random.choice(there), random.choice(list(seconds))
        if kind == "change":
            days = {"days": random.sample(begin["days"], 2)}
            other = random.choice([{}, {"version": "easier"}, days])
            step["change"] = {name: {"seconds": random.choice(seconds[name]), **other}}
        elif kind == "days":
            step["days"] = random.sample(DAY_NAMES, 3)
        elif kind == "swap" and new not in there:
            step |= {"drop": [name], "add": [dose(new)]}
            there = [each for each in there if each != name] + [new]
        elif len(there) > 1:
            step["drop"] = [name]
            there.remove(name)
        made = format_yaml({**begin, "steps": [*steps, step]})
        with suppress(DataError):  # such as a step on a day which is about what waits
            parse_programme(made)
            steps.append(step)
    return parse_programme(format_yaml({**begin, "steps": steps}))


def reminded_days(lines: list[str]) -> set[date]:
    """The days of all events of a calendar file that has no time zone."""
    found: set[date] = set()
    for start, rule in zip(properties(lines, "DTSTART"), properties(lines, "RRULE"), strict=True):
        count, codes = re.fullmatch(r"FREQ=WEEKLY;COUNT=(\d+);BYDAY=(.*)", rule).groups()
        first = datetime.strptime(start[:8], "%Y%m%d").date()
        days = (first + timedelta(days=number) for number in range(366))
        due = (day for day in days if f"{day:%a}"[:2].upper() in codes.split(","))
        found |= set(islice(due, int(count)))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_on_each_day_the_sheet_the_calendar_the_journal_and_today_agree(seed):
    random = Random(seed)
    found = random_programme(random)
    on_paper = due_exercise_ids_by_day(found)
    due = {day for day in on_paper if found.is_due_on(day)}
    assert reminded_days(unfold(format_ics(found, SAVED))) == due
    weeks = Counter(found.week_of(day) for day in due)
    planned = [days for _, days in compute_programme_progress(found, [], found.last_day).weeks]
    assert planned == [weeks[number] for number in range(1, found.weeks + 1)]
    for day, names in on_paper.items():
        played = {item.exercise.id for item in found.items_at(found.stage_on(day), day)}
        today = played if day in due else set()
        steps_may_wait = len(found.step_status_on(day).stages) > 1
        assert today <= names if steps_may_wait else names == today


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_felt_and_noted_no_day_asks_for_more_than_the_sheet_and_the_steps(seed):
    random = Random(seed)
    found, entries = random_programme(random), []
    for day, on_paper in due_exercise_ids_by_day(found).items():
        reached, stage = found.stage_on(day), compute_programme_progress(found, entries, day).stage
        played, most = (
            {dose.exercise: dose for dose in found.wanted_prescriptions_at(each, day)}
            for each in (stage, reached)
        )
        assert played.keys() <= most.keys()
        assert not any(most[name].asks_less_than(dose) for name, dose in played.items())
        if found.is_due_on(day, stage):
            assert {item.exercise.id for item in found.items_at(stage, day)} <= on_paper
        begun = datetime.combine(day, time(18), UTC)
        felt, spent = random.choice([None, 1, 2, 3, 3, 5, 8]), dict.fromkeys(played, 60_000)
        entries.append(Entry(f"{day}", begun, begun, spent=spent, reached=60_000, after=felt))
        if random.random() < 0.2:
            step = random.randint(0, found.step_status_on(day).stages[-1])
            note = ProgressNote(date=day, step=step)
            found = found.model_copy(update={"progress": (*found.progress, note)})
