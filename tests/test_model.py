"""The models of what is taught: what they hold, what they refuse, and an exercise's versions."""

import json
from itertools import product

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.models import (
    AmountRange,
    Exercise,
    Scale,
    SecondsRange,
    Section,
    TimesRange,
)
from backcare_nb.custom.library import current_library
from backcare_nb.lesson import schema
from tests.for_each import for_each

FILES = [
    *sorted((DATA_FOLDER / "sections").glob("*.yaml")),
    *(DATA_FOLDER / "safety.yaml", DATA_FOLDER / "references.yaml"),
]
EXERCISES = [*current_library().exercises, *current_library().rises_from_floor_and_bed]


def exercise(**changes) -> Exercise:
    """A small exercise of two steps, with some of it changed."""
    seconds = {"default": 30, "min": 5, "max": 60}
    first = {"id": "stay", "do": "hold", "title": "Stay", "say": "Stay.", "posture": "standing"}
    second = {"id": "go", "do": "move", "title": "Go", "say": "Go.", "motion": "fold_to_toes"}
    plain = {
        "id": "sample",
        "title": "Sample",
        "common_name": "Sample",
        "why": "To try.",
        "setup": "Stand.",
        "start": "standing",
        "position": "standing",
        "steps": [first | {"seconds": seconds}, second | {"seconds": seconds}],
        "cautions": [{"whom": "anyone", "what": "Go slowly."}],
        "easier": {"title": "Less", "what": "Do less."},
        "stop": "Stop when it hurts.",
    }
    return Exercise.model_validate(plain | changes)


def refusal(**changes) -> str:
    with pytest.raises(ValidationError) as caught:
        exercise(**changes)
    return " ".join(error["msg"] for error in caught.value.errors())


def version(**content) -> dict:
    return {"title": "Other", "what": "Otherwise.", **content}


@given(st.floats(), st.floats(), st.floats())
def test_an_amount_always_lies_in_its_range(default, low, high):
    try:
        amount = AmountRange(default=default, min=low, max=high)
    except ValidationError:
        return
    assert 0 < amount.min <= amount.default <= amount.max < float("inf")


@pytest.mark.parametrize(
    ("model", "default", "longest"),
    [
        (SecondsRange, 1, 3600.5),
        (SecondsRange, 1, 1e9),
        (TimesRange, 2.5, 9),
        (TimesRange, True, 9),
        (TimesRange, "3", 9),
    ],
)
def test_a_duration_lasts_an_hour_at_most_and_a_count_is_a_whole_number(model, default, longest):
    with pytest.raises(ValidationError):
        model(default=default, min=1, max=longest)


def test_a_model_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        exercise().title = "Other"


def test_a_loop_needs_a_tempo():
    step = exercise().steps[0].model_dump() | {"loop": "circle_arms"}
    assert "loop and tempo belong together" in refusal(steps=[step])


def test_a_version_changes_the_steps_it_names_and_no_others():
    change = {"stay": {"seconds": {"default": 5, "min": 2, "max": 9}, "posture": "cow"}}
    sample = exercise(easier=version(change=change))
    stay, go = sample.version("easier").steps
    assert (stay.seconds.default, stay.posture, stay.say) == (5, "cow", "Stay.")
    assert go is sample.steps[1]
    assert sample.steps[0].seconds.default == 30


@pytest.mark.parametrize(
    ("content", "changed"),
    [
        ({"drop": ["stay"]}, {"steps": ["go"]}),
        ({"steps": [exercise().steps[1].model_dump() | {"id": "rest"}]}, {"steps": ["rest"]}),
        ({"rounds": None}, {"rounds": None}),
        ({"setup": "Sit.", "position": "sitting"}, {"setup": "Sit.", "position": "sitting"}),
    ],
    ids=str,
)
def test_a_version_overrides_only_the_fields_it_names(content, changed):
    sample = exercise(rounds={"default": 3, "min": 1, "max": 5}, easier=version(**content))
    assert sample.version("source") is sample
    assert sample.version("harder") is sample
    done = sample.version("easier")
    told = {"steps": [step.id for step in done.steps]}
    told |= {key: getattr(done, key) for key in ("rounds", "setup", "position")}
    usual = {"steps": ["stay", "go"], "rounds": sample.rounds, "setup": "Stand."}
    assert told == usual | {"position": "standing"} | changed


def test_an_unknown_version_of_an_exercise_is_refused_with_the_name_that_was_meant():
    with pytest.raises(ValueError, match='unknown version "easer"; did you mean "easier"'):
        exercise().version("easer")


GO = exercise().steps[1].model_dump() | {"id": "other"}
WRONG_VERSIONS = {
    'unknown step "stey"; did you mean "stay"?': {"change": {"stey": {"title": "Stay on"}}},
    "a hold step has no times to change": {
        "change": {"stay": {"times": {"default": 1, "min": 1, "max": 1}}}
    },
    "the hold step stay cannot be changed like this": {"change": {"stay": {"posture": None}}},
    'unknown step "sit"': {"drop": ["sit"]},
    "no step is left": {"drop": ["stay", "go"]},
    "an exercise cannot be without position; leave the line out to keep it": {"position": None},
    "these stand in place of the others; leave out drop and change": {
        "steps": [GO],
        "change": {"stay": {"title": "Stay on"}},
    },
}


@pytest.mark.parametrize(("words", "content"), WRONG_VERSIONS.items(), ids=WRONG_VERSIONS)
def test_a_version_that_cannot_be_done_is_refused(words, content):
    assert words in refusal(easier=version(**content))
    assert words in refusal(harder=version(**content))


def test_a_side_in_the_words_needs_an_exercise_with_sides():
    assert "only an exercise with sides has" in refusal(setup="Raise the {side} hand.")
    assert exercise(sides="each", setup="Raise the {side} hand, not the {other}.")
    assert "found {sid}" in refusal(sides="each", easier=version(setup="Raise the {sid} hand."))


@for_each(product(EXERCISES, ["easier", "source", "harder"]))
def test_an_exercise_changed_to_any_of_its_versions_is_a_valid_exercise(sample, name):
    changed = sample.version(name)
    apart = {"easier": version(), "harder": None}
    assert Exercise.model_validate(changed.model_dump() | apart).steps == changed.steps


def section(shared=(), **changes) -> Section:
    """A section of two exercises that share cautions, the second with some of it changed."""
    one, two = (exercise(id=name).model_dump(exclude_unset=True) for name in ("one", "two"))
    content = {
        "id": "sample",
        "number": 9,
        "title": "Sample",
        "summary": "To try.",
        "will_do": ["Stand"],
        "needs": ["A carpet"],
        "cautions": shared,
        "exercises": [one, two | changes],
    }
    return Section.model_validate(content)


@pytest.mark.parametrize("after", ["onee", "two", "knee_rolls"])
def test_the_key_after_of_an_exercise_names_an_earlier_one_of_its_section_or_is_refused(after):
    assert section(after="one").exercises[1].after == "one"
    with pytest.raises(ValidationError, match=f'unknown earlier exercise "{after}"'):
        section(after=after)


def test_what_a_section_cautions_is_a_caution_of_its_exercises_unless_they_say_it_themselves():
    shared = (
        {"whom": ["sciatica", "osteoporosis"], "what": "Leave it out."},
        {"whom": "hernia", "exercises": ["two"], "then": "say", "what": "Go slowly."},
        {"whom": "reflux", "then": "say", "what": "Go slowly."},
    )
    own = [{"whom": "osteoporosis", "then": "easier", "what": "Keep it small."}]
    one, two = section(shared, cautions=own).exercises
    assert [(c.whom, c.what) for c in two.cautions] == [
        (("sciatica",), "Leave it out."),
        (("osteoporosis",), "Keep it small."),
        (("hernia", "reflux"), "Go slowly."),  # who are asked the same are named together
    ]
    assert not [c for c in one.cautions if "hernia" in c.whom]


@pytest.mark.parametrize(
    ("shared", "changes", "complaint"),
    [
        ([{"whom": "hernia", "exercises": ["tow"], "what": "No."}], {}, 'mean "two"'),
        ([], {"cautions": []}, "it cautions nobody"),
    ],
)
def test_a_section_cautions_for_exercises_of_its_own_and_each_cautions_somebody(
    shared, changes, complaint
):
    with pytest.raises(ValidationError, match=complaint):
        section(shared, **changes)


def test_a_scale_whose_bands_do_not_cover_0_to_10_without_a_gap_is_refused():
    band = {"title": "Go on", "what": "Go on."}
    with pytest.raises(ValidationError, match="from 0 to 10 without a gap"):
        Scale(what="Judge.", change="-", bands=[band | {"lowest": 0, "highest": 9}])


# The schemas that editors use


@pytest.mark.parametrize("name", schema.format_schema_files())
def test_the_committed_schema_is_what_the_models_give(name):
    committed = (schema.SCHEMA_FOLDER / name).read_text(encoding="utf-8")
    assert committed == schema.format_schema_files()[name], (
        "run: python -m backcare_nb.lesson.schema"
    )


def validator(path) -> jsonschema.Draft202012Validator:
    """The schema that the first line of a data file names."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    found = json.loads((path.parent / named).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_data_file_fits_the_schema_it_names(path):
    validator(path).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["colour"], "blue"),
        (["number"], 0),
        (["exercises", 0, "start"], "flying"),
        (["exercises", 1, "cautions", 0, "whom"], "nobody"),
        (["exercises", 0, "steps", 0, "minutes", "default"], -5),
        (["exercises", 0, "id"], "Not A Name"),
    ],
    ids=str,
)
def test_the_schema_refuses_what_the_models_refuse(path, value):
    content = yaml.safe_load(FILES[0].read_text(encoding="utf-8"))
    place = content
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        validator(FILES[0]).validate(content)
    with pytest.raises(ValidationError):
        Section.model_validate(content, context=schema.read_known_names_by_kind())
