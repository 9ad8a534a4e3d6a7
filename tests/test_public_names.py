"""The names that notebooks use: these and no others, quick to have."""

import subprocess
import sys
from pathlib import Path

import pytest

import backcare_nb

NAMES = [
    "about",
    "angles",
    "choose_lesson",
    "delete_journal",
    "example_practice",
    "exercise_keys",
    "explore",
    "export_journal",
    "import_journal",
    "intervals",
    "keep_journal",
    "my_exercises",
    "my_practice",
    "note_session",
    "opening",
    "overview",
    "plan_lesson",
    "play",
    "recap",
    "safety",
    "save_handout",
    "save_page",
    "session",
    "show",
    "still",
    "strip",
    "take_care",
    "teach",
    "timer",
    "versions",
    "write_exercise",
]


def test_the_public_names_are_these():
    assert backcare_nb.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_a_function_that_says_what_it_does(name):
    function = getattr(backcare_nb, name)
    assert function.__name__ == name
    assert function.__doc__


def test_no_public_name_is_hidden_by_a_room_of_the_same_name():
    rooms = {path.stem for path in Path(backcare_nb.__file__).parent.iterdir()}
    assert "body" in rooms
    assert not rooms & set(NAMES)


def test_public_names_are_offered_for_completion():
    assert set(NAMES) <= set(dir(backcare_nb))


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'paly'"):
        backcare_nb.paly  # noqa: B018


@pytest.mark.parametrize(
    ("statement", "unneeded"),
    [
        ("import backcare_nb", ["matplotlib", "ipywidgets", "pydantic"]),
        ("from backcare_nb import show, still", ["ipywidgets", "anywidget"]),
        ("from backcare_nb import timer; timer(minutes=1)", ["matplotlib"]),
        ("from backcare_nb import safety; safety()", ["matplotlib", "ipywidgets"]),
        (
            "from backcare_nb.figures import figure; figure.still('standing').svg()",
            ["yaml", "backcare_nb.content.reading", "backcare_nb.content.model"],
        ),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(statement, unneeded):
    code = f"{statement}\nimport sys\nprint([n for n in {unneeded} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
