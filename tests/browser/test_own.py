"""The editor in which an exercise is written, in JupyterLab."""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tools import browser as real


@pytest.fixture
def editor(lab_page):
    """The notebook's editor, ready; what it saves is taken away again."""
    page = real.run_all(lab_page("08_add_an_exercise.ipynb"))
    yield page.locator(".backcare-exercise-editor").first
    shutil.rmtree(os.environ["BACKCARE_EXERCISES"], ignore_errors=True)


def write(editor, old: str, new: str) -> None:
    area = editor.get_by_label("Your exercise")
    assert old in area.input_value()
    area.fill(area.input_value().replace(old, new))


def test_the_own_exercise_editor_redraws_as_text_changes_reports_mistakes_and_overwrites_no_file(
    editor,
):
    held = editor.get_by_role("figure").filter(has_text="15 seconds")
    figure, said = held.get_by_role("img"), editor.get_by_role("status").first
    expect(figure).to_have_attribute("alt", re.compile("head turned right"))
    before = figure.get_attribute("src")
    write(editor, "turn_left: 45", "turn_left: 95")
    expect(said).to_contain_text("past its limit of 90")
    expect(said).to_contain_text('"cervical: {turn_left: 95}"')
    write(editor, "turn_left: 95", "turn_left: 5")
    expect(said).to_contain_text("A body can do this")
    expect(figure).not_to_have_attribute("src", before)

    save = editor.get_by_role("button", name="Save")
    save.click()
    expect(editor).to_contain_text("my_knee_rolls.yaml is in the folder")
    kept = Path(os.environ["BACKCARE_EXERCISES"]) / "my_knee_rolls.yaml"
    before = kept.read_text(encoding="utf-8")
    lasts = said.inner_text()
    write(editor, "seconds: 15", "seconds: 20")
    expect(said).to_contain_text("with everything it takes")
    expect(said).not_to_have_text(lasts)
    save.click()
    expect(editor.get_by_role("alert")).to_contain_text("is there already")
    assert kept.read_text(encoding="utf-8") == before
