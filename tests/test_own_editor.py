"""The editor: a text that becomes an exercise, and what is done with it."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from backcare_nb import write_exercise
from backcare_nb.course.names import UnknownName
from backcare_nb.course.yaml_reader import DataError
from backcare_nb.custom import folder as own_folder
from backcare_nb.custom.library import current_library
from backcare_nb.notebook import exercise_editor
from backcare_nb.notebook.exercise_form import TEXT_FIELD_LABEL_BY_KEY_PATH


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(own_folder.EXERCISES_FOLDER_VARIABLE, str(tmp_path / "mine"))
    monkeypatch.setattr(exercise_editor, "_editor_by_name", {})
    return tmp_path / "mine"


@pytest.fixture
def editor(folder):
    return write_exercise()


def press(editor, name: str) -> str:
    """Press a button, and give what the editor then says."""
    row = editor._actions._row.children
    next(child for child in row if child.description == name).click()
    return re.sub("<style>.*</style>", "", editor._actions.outcome.value)


def test_the_editor_begins_with_an_example_that_can_be_done(editor):
    assert editor.exercise.id == "my_knee_rolls"
    assert "A body can do this" in str(editor.check())
    assert "Knee rolls with a long look" in repr(editor.play())
    assert "head turned right" in editor._figure.value


def test_the_figure_follows_the_text_stays_at_a_slip_and_is_grey_past_a_limit(editor):
    first = editor._figure.value
    editor.text = editor.text.replace("turn_left: 45", "turn_left: 5")
    before = editor._figure.value
    assert before != first
    editor.text = editor.text.replace("turn_left: 5", "turn_left: five degrees")
    assert editor._figure.value == before
    assert "grayscale" not in before
    editor.text = editor.text.replace("turn_left: five degrees", "turn_left: 95")
    assert "grayscale" in editor._figure.value
    assert "past its limit of 90" in editor._words.value
    assert "&quot;cervical: {turn_left: 95}&quot;" in editor._words.value
    with pytest.raises(DataError, match="past its limit"):
        _ = editor.exercise


def test_the_beginning_of_a_name_is_completed_by_a_button(editor):
    editor.text = editor.text.replace("knees_rolled_20", "knees_rol")
    (button, *_) = editor._names.children
    button.click()
    assert f"like: {button.description}" in editor.text
    assert not editor._names.children


def test_a_form_writes_the_same_text_and_shows_what_is_typed_there(editor):
    form = editor._form
    form.selected_index = 0
    form._posture.value = "hands_and_knees"
    form._joint.value = "right hip"
    flexion = form._sliders.children[0]
    assert (flexion.value, flexion.min) == (77, -27)  # as it is there, and as far as a hip goes
    flexion.value = 0
    assert form._sliders.children[0] is flexion  # which keeps the focus of one who moves it by keys
    assert "knee_rolls" not in editor.text  # what the example says is of another posture
    assert "As far as it came" not in editor._figure.value  # where only words are missing
    assert "is missing: how to get ready for it" in editor._words.value
    for path in TEXT_FIELD_LABEL_BY_KEY_PATH:
        form._fields[path].value = form._fields[path].value or "anyone"
    form._fields["say",].value = "Lift one leg, #2."
    assert "like: hands_and_knees" in editor.text
    assert "right hip: {flexion: 0}" in editor.text
    assert editor.exercise.steps[0].say == "Lift one leg, #2."
    assert editor.exercise.own_figures
    editor.text = editor.text.replace("{flexion: 0}", "{flexion: 20}")
    assert form._sliders.children[0].value == 20


def test_the_editor_checks_a_text_only_after_a_pause_in_typing(editor, monkeypatch):
    looked = []
    monkeypatch.setattr(exercise_editor, "TYPING_PAUSE_S", 0.01)
    monkeypatch.setattr(editor, "_check_text", lambda: looked.append(editor.text))

    async def type_fast():
        for title in ("A", "AB", "ABC"):
            editor._text.value = title
        await asyncio.sleep(0.1)

    # In a thread of its own: a browser of other tests may have its loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, type_fast()).result()
    assert looked == ["ABC"]


def test_the_other_side_is_shown_when_asked_for_and_none_is_offered_where_there_is_none(editor):
    left = editor._figure.value
    editor._side.value = "right"
    assert editor._figure.value != left
    editor.text = "id: a\ntitle: A\nlike: sit_back\n"
    assert editor._side.layout.display == "none"


def test_what_is_saved_is_found_again_and_replaced_by_another_only_where_that_is_ticked(
    editor, folder
):
    assert "my_knee_rolls.yaml is in the folder mine" in press(editor, "Save")
    assert current_library().exercise("my_knee_rolls").title == "Knee rolls with a long look"
    assert write_exercise("my_knee_rolls").text.strip() == editor.text.strip()
    assert "is in the folder mine" in press(editor, "Save")
    editor.text = editor.text.replace("seconds: 15", "seconds: 20")
    assert "is there already" in press(editor, "Save")
    editor._replace.value = True
    assert "is in the folder" in press(editor, "Save")
    assert "seconds: 20" in (folder / "my_knee_rolls.yaml").read_text(encoding="utf-8")
    assert editor._replace.value is False


def test_no_file_is_written_by_a_text_that_cannot_be_used_nor_by_a_handout(editor, folder):
    usable, editor.text = editor.text, "id: a"
    assert "is missing" in press(editor, "Save")
    assert not folder.exists()
    editor.text = usable
    pytest.importorskip("typst")
    assert 'href="data:application/pdf;base64,JVBERi' in press(editor, "Handout")
    assert not folder.exists()


def test_the_editor_opens_with_an_exercise_of_the_course(folder):
    assert write_exercise("sit_back").text.splitlines()[-1] == "like: sit_back"
    with pytest.raises(UnknownName, match='did you mean "sit_back"'):
        write_exercise("sit_bck")


def test_opening_the_editor_again_for_an_exercise_returns_the_same_editor_with_unsaved_text(editor):
    editor.text = editor.text.replace("seconds: 15", "seconds: 20")
    assert write_exercise() is editor
    assert "seconds: 20" in editor.text
    assert "seconds: 20" not in write_exercise("knee_rolls").text


def test_an_editor_without_unsaved_changes_shows_what_was_changed_in_its_file(editor, folder):
    press(editor, "Save")
    mine = write_exercise("my_knee_rolls")
    file = folder / "my_knee_rolls.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("15", "25"), encoding="utf-8")
    assert write_exercise("my_knee_rolls") is mine
    assert "seconds: 25" in mine.text
