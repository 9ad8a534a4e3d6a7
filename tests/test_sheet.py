"""The teacher's own sheet: a page to lead from, each exercise whole, and a page to keep apart."""

import re
import subprocess
from dataclasses import replace
from typing import get_args

import pytest

from backcare_nb.course.fields import fill_sides
from backcare_nb.course.files import SaveError
from backcare_nb.course.models import VersionName
from backcare_nb.custom.library import current_library
from backcare_nb.export.sheet import format_clock_time_or_minutes, render_sheet, save_sheet
from backcare_nb.html.lesson_card import lesson_rows
from backcare_nb.lesson.lesson import section_lesson
from backcare_nb.lesson.planner import plan_lesson_from
from backcare_nb.sessions.phases import MINUTE_MS


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def read(tmp_path):
    """The pages of a PDF as text."""

    def read_pages(made: bytes) -> list[str]:
        path = tmp_path / "sheet.pdf"
        path.write_bytes(made)
        return run("pdftotext", "-layout", str(path), "-").rstrip("\f").split("\f")

    return read_pages


EVERYTHING = ["mat", "chair", "cushion", "towel", "wall", "table", "ball", "bed", "stool", "bath"]


@pytest.mark.parametrize(
    ("paper", "least_pt", "wish"),
    [
        ("Letter", 11, {"minutes": 10, "cautions": ["osteoporosis", "pregnant"]}),
        ("A4", 10, {"minutes": 30, "cautions": ["neck_pain", "unsteady"]}),
        ("Letter", 10, {"minutes": 45, "props": ["mat", "chair", "cushion"]}),
        ("A4", 10, {"minutes": 45, "props": ["mat", "chair", "cushion"]}),
        ("A4", 8.5, {"minutes": 60, "cautions": ["hip_replacement", "sciatica"]}),
        ("Letter", 8.5, {"minutes": 75, "props": EVERYTHING, "version": "harder"}),
        ("A4", 8.5, {"minutes": 90, "props": EVERYTHING, "version": "easier"}),
        ("Letter", 8.5, {"minutes": 90, "props": EVERYTHING, "version": "easier"}),
    ],
)
def test_the_first_page_of_a_sheet_is_enough_to_lead_a_lesson_of_any_length(
    read, tmp_path, paper, least_pt, wish
):
    lesson = plan_lesson_from(**wish)
    page, *others = read(render_sheet(lesson, "18:05", paper))
    words = " ".join(page.split())
    for part in lesson.parts:
        exercise = part.exercise
        for said in (exercise.title, *exercise.short_cues, exercise.short_stop):
            assert fill_sides(said, exercise.first) in words
        for caution in part.exercise_without_private_cautions().cautions:
            assert caution.what in words
    for said in ("Say first:", "Lay out for each:", "notes", "call for help"):
        assert said in words
    assert ("telephone" in words) == ("telephone" in lesson.timeline.phases[0].say)
    times = re.findall(r"^\s*(1[89]:\d\d)\s", page, re.M)
    assert len(times) == len(lesson.parts) + lesson.ends_lying
    assert times == sorted(times)
    path = str(tmp_path / "sheet.pdf")
    assert run("pdfinfo", "-struct", path).count("Figure") == len(times)
    boxes = run("pdftotext", "-l", "1", "-bbox", path, "-")
    tall = [float(b) - float(a) for a, b in re.findall(r'yMin="([^"]*)".*yMax="([^"]*)">', boxes)]
    assert min(tall) > min(least_pt, 9) - 0.01  # the number of the page has 9
    assert sorted(tall)[len(tall) // 2] > least_pt - 0.01
    alone = " ".join(others[-1].split())
    for name in (lesson.library.safety.conditions[named] for named in lesson.cautions):
        assert name not in words
        assert alone.count(name) == 2  # what one does, and the list to give out


def test_each_exercise_stands_whole_behind_the_first_page(read):
    lesson = plan_lesson_from(45)
    _, *whole, _ = read(render_sheet(lesson))
    words = " ".join(re.sub(r"\d of \d", "", " ".join(whole)).split())
    for part in lesson.parts:
        for step in part.exercise.steps:
            assert fill_sides(step.say, part.exercise.first) in words


def test_what_leads_an_exercise_is_short_in_each_of_its_versions():
    library = current_library()
    for exercise in (*library.exercises, *library.rules.calm_exercises):
        for name in get_args(VersionName):
            cues = exercise.version(name).short_cues
            assert 2 <= len(cues) <= 4, (exercise.id, name)
            assert len(" ".join(cues)) <= 130, (exercise.id, name)
        assert len(exercise.short_stop) <= 200


def test_a_teachers_sheet_prints_notes_and_without_a_begin_time_minutes_instead_of_clock_times(
    read, tmp_path
):
    lesson = plan_lesson_from(45)
    parts = (replace(part, note=f"Light {k}. " * 80) for k, part in enumerate(lesson.parts))
    path = tmp_path / "mine.pdf"
    save_sheet(replace(lesson, parts=tuple(parts)), path)
    page, *others = read(path.read_bytes())
    for k in range(len(lesson.parts)):
        assert f"Light {k}. " in page  # the beginning of a long one
        assert " ".join(" ".join(others).split()).count(f"Light {k}.") >= 79  # a page ends in one
    assert re.search(r"^\s*\d*½? min\s", page, re.M)


def test_each_section_has_a_row_for_each_of_its_exercises_and_for_getting_up():
    for section in current_library().sections:
        lesson = section_lesson(section.id)
        titles = [row.part.exercise.title for row in lesson_rows(lesson)]
        rise = [lesson.rise_exercise.title] * lesson.ends_lying
        assert titles == [part.exercise.title for part in lesson.parts] + rise


def test_a_class_begin_time_has_to_be_a_clock_time_and_later_times_may_pass_midnight():
    assert format_clock_time_or_minutes("23:50", 25 * MINUTE_MS) == "0:15"
    with pytest.raises(SaveError, match=r'a time such as 18:00, not "six"'):
        format_clock_time_or_minutes("six", 0)
