"""The names that notebooks use: these and no others, quick to have, and plain to use."""

import subprocess
import sys
from dataclasses import fields
from inspect import Parameter, getdoc, signature
from pathlib import Path

import pytest

import backcare_nb
from backcare_nb.course.calls import CallError
from backcare_nb.notebook.exercise_editor import ExerciseEditor
from backcare_nb.sessions.options import Options

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


@pytest.mark.parametrize("name", NAMES)
def test_shift_and_tab_show_all_that_a_public_name_takes_and_what_it_is(name):
    function = getattr(backcare_nb, name)
    takes = signature(function).parameters.values()
    gathered = [
        p.name for p in takes if p.kind in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL)
    ]
    assert gathered == []
    assert [p.name for p in takes if p.annotation is Parameter.empty] == []
    assert [p.name for p in takes if f"``{p.name}``" not in getdoc(function)] == []


@pytest.mark.parametrize(
    "function",
    [backcare_nb.play, backcare_nb.session, ExerciseEditor.play],
    ids=lambda function: function.__qualname__,
)
def test_a_session_takes_every_amount_that_there_is_and_none_is_chosen_beforehand(function):
    takes = {p.name: p for p in signature(function).parameters.values()}
    options = {field.name: field for field in fields(Options) if field.name != "pauses"}
    named = {name for name, each in takes.items() if each.kind is Parameter.KEYWORD_ONLY}
    assert named == set(options)
    assert {name: takes[name].default for name in named} == {
        name: field.default for name, field in options.items()
    }


@pytest.mark.parametrize(
    ("name", "values", "named", "sentence"),
    [
        (
            "play",
            ("knee_rolls",),
            {"second": 20},
            'play() knows no "second"; did you mean "seconds"?',
        ),
        ("timer", (), {"colour": 1}, 'timer() knows no "colour": it takes minutes, seconds.'),
        (
            "plan_lesson",
            (),
            {"minute": 20},
            'plan_lesson() knows no "minute"; did you mean "minutes"?',
        ),
        ("show", (), {}, "show() needs exercise between its brackets."),
        ("save_page", ("standing_up",), {}, "save_page() needs path between its brackets."),
        (
            "play",
            ("knee_rolls", 20),
            {},
            "play() takes 1 without a name at most, exercise, and 2 were given.",
        ),
        ("safety", (1,), {}, "safety() takes nothing: leave its brackets empty."),
        (
            "show",
            ("knee_rolls",),
            {"exercise": "maypole"},
            "show() was given exercise twice, by its place and by its name.",
        ),
    ],
)
def test_a_call_that_cannot_be_is_told_in_a_sentence(name, values, named, sentence):
    with pytest.raises(CallError) as told:
        getattr(backcare_nb, name)(*values, **named)
    assert told.value._render_traceback_() == [sentence]


@pytest.mark.parametrize("name", ["show", "still", "strip"])
def test_a_side_that_nobody_has_is_told_in_a_sentence(name):
    with pytest.raises(KeyError, match='unknown side "middle"; known here: left, right'):
        getattr(backcare_nb, name)("knee_rolls", "middle")


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
            ["yaml", "backcare_nb.course.yaml_reader", "backcare_nb.course.models"],
        ),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(statement, unneeded):
    code = f"{statement}\nimport sys\nprint([n for n in {unneeded} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
