"""The desk where an exercise is written, in JupyterLab."""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tools import browser as real

PATIENCE = 1000 * real.PATIENCE


@pytest.fixture
def desk(lab_page):
    """The notebook's desk, ready; what it saves is taken away again."""
    page = real.run_all(lab_page("08_add_an_exercise.ipynb"))
    yield page.locator(".backcare-exercise-editor").first
    shutil.rmtree(os.environ["BACKCARE_EXERCISES"], ignore_errors=True)


def write(desk, old: str, new: str) -> None:
    area = desk.get_by_label("Your exercise")
    assert old in area.input_value()
    area.fill(area.input_value().replace(old, new))


def test_the_figure_follows_the_text_and_a_mistake_is_told_beside_it(desk):
    figure, said = desk.locator("img"), desk.get_by_role("status").first
    expect(figure).to_have_attribute("alt", re.compile("head turned right"), timeout=PATIENCE)
    write(desk, "turn_left: 45", "turn_left: 95")
    expect(said).to_contain_text("past its limit of 73", timeout=PATIENCE)
    expect(said).to_contain_text('"cervical: {turn_left: 95}"')
    before = figure.get_attribute("src")
    write(desk, "turn_left: 95", "turn_left: 5")
    expect(said).to_contain_text("A body can do this", timeout=PATIENCE)
    expect(figure).not_to_have_attribute("src", before, timeout=PATIENCE)


def test_an_exercise_is_saved_once_and_not_over_another(desk):
    save = desk.get_by_role("button", name="Save")
    save.click()
    expect(desk).to_contain_text("my_knee_rolls.yaml is in the folder", timeout=PATIENCE)
    kept = Path(os.environ["BACKCARE_EXERCISES"]) / "my_knee_rolls.yaml"
    before = kept.read_text(encoding="utf-8")
    write(desk, "seconds: 15", "seconds: 20")
    expect(desk.get_by_role("status").first).to_contain_text("2 minutes 50", timeout=PATIENCE)
    save.click()
    expect(desk.get_by_role("alert")).to_contain_text("is there already", timeout=PATIENCE)
    assert kept.read_text(encoding="utf-8") == before
