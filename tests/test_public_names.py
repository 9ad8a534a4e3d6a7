"""The names that notebooks use: quick to have, and plain to use."""

import subprocess
import sys
from dataclasses import fields
from inspect import Parameter, getdoc, signature
from pathlib import Path

import pytest

import backcare_nb
from backcare_nb.course.calls import CallError
from backcare_nb.course.errors import UserError
from backcare_nb.notebook.exercise_editor import ExerciseEditor
from backcare_nb.sessions.options import Options
from tests.for_each import for_each


@for_each(backcare_nb.__all__)
def test_shift_and_tab_show_all_that_a_public_name_takes_and_what_it_is(name):
    function = getattr(backcare_nb, name)
    assert function.__name__ == name
    gathered = (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL)
    for each in signature(function).parameters.values():
        assert each.kind not in gathered
        assert each.annotation is not Parameter.empty
        assert f"``{each.name}``" in getdoc(function)


@pytest.mark.parametrize(
    ("function", "version"),
    [(backcare_nb.play, None), (backcare_nb.session, None), (ExerciseEditor.play, "source")],
    ids=lambda each: getattr(each, "__qualname__", None),
)
def test_play_and_session_take_every_amount_by_name_with_the_defaults_of_the_options(
    function, version
):
    takes = signature(function).parameters.values()
    named = {each.name: each.default for each in takes if each.kind is Parameter.KEYWORD_ONLY}
    amounts = {each.name: each.default for each in fields(Options) if each.name != "pauses"}
    assert not named.pop("on_bed", False)  # which is no amount
    assert named == amounts | {"version": version}


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: backcare_nb.play("knee_rolls", second=20),
            'play() knows no "second"; did you mean "seconds"?',
        ),
        (
            lambda: backcare_nb.timer(colour=1),
            'timer() knows no "colour": it takes minutes, seconds.',
        ),
        (lambda: backcare_nb.show(), "show() needs exercise between its brackets."),
        (
            lambda: backcare_nb.play("knee_rolls", 20),
            "play() takes 1 without a name at most, exercise, and 2 were given.",
        ),
        (lambda: backcare_nb.safety(1), "safety() takes nothing: leave its brackets empty."),
        (
            lambda: backcare_nb.show(["knee_rolls"]),
            "show() takes an Exercise or a word in quotes as exercise, and not ['knee_rolls'].",
        ),
        (
            lambda: backcare_nb.plan_lesson(20, cautions=[["pregnant"]]),
            "plan_lesson() takes a list of words or a word in quotes as cautions, and not"
            " [['pregnant']].",
        ),
        (
            lambda: ExerciseEditor.save(backcare_nb.write_exercise(), True),
            "save() takes only what has its name before it: replace.",
        ),
        (
            lambda: backcare_nb.show("knee_rolls", exercise="maypole"),
            "show() was given exercise twice, by its place and by its name.",
        ),
    ],
)
def test_a_call_with_impossible_arguments_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(CallError) as told:
        call()
    assert str(told.value) == sentence


@pytest.mark.parametrize("name", backcare_nb.__all__)
def test_every_public_function_refuses_an_argument_of_a_wrong_type_and_writes_no_file(
    name, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    function, wrong = getattr(backcare_nb, name), object()
    takes = signature(function).parameters
    needed = {each: wrong for each in takes if takes[each].default is Parameter.empty}
    for each in takes:
        with pytest.raises(UserError):
            function(**needed | {each: wrong})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["show", "still", "strip"])
def test_a_side_other_than_left_or_right_is_refused_with_the_known_sides(name):
    with pytest.raises(KeyError, match='unknown side "middle"; known here: left, right'):
        getattr(backcare_nb, name)("knee_rolls", "middle")


def test_public_names_are_offered_for_completion_and_hidden_by_no_package_of_the_same_name():
    packages = {path.stem for path in Path(backcare_nb.__file__).parent.iterdir()}
    assert "body" in packages
    assert not packages & set(backcare_nb.__all__)
    assert set(backcare_nb.__all__) <= set(dir(backcare_nb))
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
            "from backcare_nb.figures.draw import draw_still, find_figure;"
            "draw_still(find_figure('standing')).svg()",
            ["yaml", "backcare_nb.course.yaml_reader", "backcare_nb.course.models"],
        ),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(statement, unneeded):
    code = f"{statement}\nimport sys\nprint([n for n in {unneeded} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
