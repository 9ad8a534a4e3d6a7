"""The teacher's own sheet, with clock times, cautions and notes."""

import re
import subprocess
from dataclasses import replace

import pytest

from backcare_nb.course.fields import fill_sides
from backcare_nb.course.files import SaveError
from backcare_nb.export.sheet import format_clock_time_or_minutes, render_sheet, save_sheet
from backcare_nb.lesson.planner import plan_lesson_from
from backcare_nb.sessions.phases import MINUTE_MS


@pytest.fixture
def read(tmp_path):
    """The pages of a PDF as text."""

    def read_pages(made: bytes) -> list[str]:
        path = tmp_path / "sheet.pdf"
        path.write_bytes(made)
        command = ["pdftotext", "-layout", str(path), "-"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return text.rstrip("\f").split("\f")

    return read_pages


@pytest.mark.parametrize(
    ("minutes", "paper"), [(10, "Letter"), (20, "A4"), (45, "Letter"), (90, "A4")]
)
def test_a_teachers_sheet_takes_three_pages_at_most_and_names_conditions_on_another(
    read, minutes, paper
):
    lesson = plan_lesson_from(minutes, cautions=["osteoporosis", "pregnant"])
    *pages, alone = read(render_sheet(lesson, "18:05", paper))
    assert len(pages) <= (2 if minutes == 10 else 3)
    page = "\n".join(pages)
    words = " ".join(page.split())
    for part in lesson.parts:
        assert part.exercise.title in words
        for step in part.exercise.steps:
            assert fill_sides(step.say, part.exercise.first) in words
    for said in ("Say first:", "18:05", "call for help"):
        assert said in words
    assert ("telephone" in words) == ("telephone" in lesson.timeline.phases[0].say)
    for named in ("Osteoporosis", "Pregnancy"):
        assert named not in words
        assert alone.count(named) == 2  # what one does, and the list to give out
    times = re.findall(r"^\s*(1[89]:\d\d)\s", page, re.M)
    assert len(times) == len(lesson.parts) + lesson.ends_lying
    assert times == sorted(times)


def test_a_sheet_has_the_teachers_notes_and_without_a_begin_time_the_times_of_the_lesson(
    read, tmp_path
):
    lesson = plan_lesson_from(10)
    first = replace(lesson.parts[0], note="Dim the light.")
    path = tmp_path / "mine.pdf"
    save_sheet(replace(lesson, parts=(first, *lesson.parts[1:])), path)
    page, _ = read(path.read_bytes())
    assert "Dim the light." in page
    assert re.search(r"^\s*\d*½? min\s", page, re.M)


def test_a_class_may_go_on_past_midnight_and_begins_at_a_time_of_day():
    assert format_clock_time_or_minutes("23:50", 25 * MINUTE_MS) == "0:15"
    with pytest.raises(SaveError, match=r'a time such as 18:00, not "six"'):
        format_clock_time_or_minutes("six", 0)
