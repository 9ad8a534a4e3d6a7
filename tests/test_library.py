"""The collection, found by name and read from a folder."""

import re
import shutil
from itertools import pairwise

import pytest
import yaml

from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.library import load_library
from backcare_nb.course.names import UnknownName
from backcare_nb.course.yaml_reader import DataError
from backcare_nb.custom.library import current_library
from backcare_nb.player.bundle import PLAYER_FOLDER
from backcare_nb.sessions.timeline import Options, compile_session
from tests.for_each import for_each

BODY = yaml.safe_load((DATA_FOLDER / "postures.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped data, in a path with spaces."""
    return shutil.copytree(DATA_FOLDER, tmp_path / "my own data")


def change(path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def report(folder) -> str:
    with pytest.raises(DataError) as caught:
        load_library(folder)
    return str(caught.value)


def test_each_file_is_named_after_its_section():
    names = [path.stem for path in sorted((DATA_FOLDER / "sections").glob("*.yaml"))]
    assert names == [f"{section.number:02d}_{section.id}" for section in current_library().sections]


@pytest.mark.parametrize(
    ("find", "words"),
    [
        (
            lambda: current_library().exercise("knee_role"),
            'unknown exercise "knee_role"; did you mean',
        ),
        (
            lambda: current_library().section("relax"),
            'unknown section "relax"; did you mean "relax_the',
        ),
        (
            lambda: current_library().section("quiet"),
            'unknown section "quiet"; known here: massaging',
        ),
        (lambda: current_library().section(3), 'unknown section "3"'),
    ],
)
def test_an_unknown_exercise_or_section_is_refused_with_similar_or_known_names(find, words):
    with pytest.raises(UnknownName) as caught:
        find()
    assert str(caught.value).startswith(words)
    assert isinstance(caught.value, KeyError)


def test_a_folder_with_sections_alone_takes_all_other_data_from_the_course(folder):
    shutil.rmtree(folder / "schema")
    for name in ("safety.yaml", "postures.yaml", "body.yaml"):
        (folder / name).unlink()
    assert load_library(folder) == current_library()


def test_a_folder_may_bring_postures_and_conditions_of_its_own(folder):
    change(folder / "postures.yaml", "  standing:", "  my_posture: {}\n  standing:")
    change(folder / "safety.yaml", "  anyone:", "  my_condition: Mine\n  anyone:")
    first = folder / "sections" / "03_standing_up.yaml"
    change(first, "start: standing", "start: my_posture")
    change(first, "whom: unsteady", "whom: my_condition")
    assert load_library(str(folder)).exercise("maypole").start == "my_posture"


def test_an_empty_folder_is_told(tmp_path):
    assert report(tmp_path).startswith("There is no section: expected YAML files in ")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("start: standing", "start: standign", 'unknown posture "standign"; did you mean'),
        ("loop: maypole_swing", "loop: swing", 'unknown motion "swing"'),
        ("whom: unsteady", "whom: unstedy", 'unknown condition "unstedy"; did you mean "unsteady"'),
        ("id: maypole", "id: neck_massage", "exercise neck_massage is in 03_standing_up.yaml"),
        ("id: maypole", "id: getting_up", "exercise getting_up is in safety.yaml already"),
        ("id: standing_up", "id: relax_the_back", "section relax_the_back is in 01_relax_the_back"),
        ("number: 3", "number: 1", "number 1 is in 01_relax_the_back.yaml already"),
    ],
)
def test_a_name_in_a_section_that_no_other_data_file_has_is_reported(folder, old, new, words):
    change(folder / "sections" / "03_standing_up.yaml", old, new)
    assert words in report(folder)


def test_the_mistakes_of_all_files_are_told_together(folder):
    change(folder / "sections" / "01_relax_the_back.yaml", "number: 1", "number: one")
    change(folder / "sections" / "05_massaging_the_neck.yaml", "number: 5", "number: five")
    change(folder / "safety.yaml", "lowest: 0", "lowest: none")
    found = report(folder)
    names = ("safety.yaml", "01_relax_the_back.yaml", "05_massaging_the_neck.yaml")
    assert [name for name in names if f"1 mistake in {name}:" in found] == list(names)


def test_a_broken_safety_page_is_reported_as_itself(folder):
    (folder / "safety.yaml").write_text("conditions: [", encoding="utf-8")
    assert report(folder).startswith("1 mistake in safety.yaml:\nsafety.yaml line 1: ")


# Nobody is kept waiting with the hands full, or over an edge


def session(exercises, version: str):
    return compile_session(
        exercises,
        Options(version=version),
        rise=current_library().rise,
        ways=current_library().safety.ways,
    )


PLAYED = [
    session(exercises, version)
    for exercises in [
        *(section.session_exercises for section in current_library().sections),
        *([exercise] for exercise in current_library().exercises),
    ]
    for version in ("easier", "source", "harder")
]
SOUNDS = (PLAYER_FOLDER / "sound.js").read_text(encoding="utf-8")
TONES = re.findall(r"^  (\w+): \[\[", SOUNDS, re.MULTILINE)
FULL_OR_DOWN = ("take hold of", "ower yourself", "hang", "lie back", "carries you")


@for_each(PLAYED)
def test_the_player_waits_only_after_a_setup_that_neither_fills_the_hands_nor_lowers_the_body(
    timeline,
):
    for before, phase in pairwise(timeline.phases):
        if phase.wait:
            assert before.kind == "setup"
            told = before.words.replace("near enough to take hold of its frame", "")
            assert not [words for words in FULL_OR_DOWN if words in told]


@for_each(PLAYED)
def test_every_tone_is_one_that_the_player_has(timeline):
    assert {cue.tone for phase in timeline.phases for cue in phase.cues} <= {"", *TONES}


@for_each(PLAYED)
def test_whoever_hears_nothing_reads_all_that_is_said_as_a_step_begins(timeline):
    for phase in timeline.phases:
        written = " ".join([f"{phase.title}.", phase.words, *phase.care])
        for sentence in re.split(r"(?<=[.?!]) ", phase.say):
            assert sentence in written


def test_the_session_of_stretching_the_spine_waits_at_two_bed_exercises_and_the_towel():
    timeline = session(
        current_library().section("stretching_the_spine").session_exercises, "source"
    )
    waiting = [phase.exercise for phase in timeline.phases if phase.wait]
    assert waiting == ["bed_edge_lie_back", "bed_hang", "lie_over_towel"]


# What the sections say of the body fits the motions


def way(motion: str) -> list[str]:
    return BODY["motions"][motion]["through"]


VERSIONS = [
    exercise.version(name)
    for exercise in [*current_library().exercises, *current_library().rises_from_floor_and_bed]
    for name in ("easier", "source", "harder")
]


@for_each(VERSIONS)
def test_the_posture_of_a_hold_is_the_last_of_its_motion(exercise):
    holds = [step for step in exercise.steps if step.do == "hold" and step.motion]
    assert [way(step.motion)[-1] for step in holds] == [step.posture for step in holds]


@for_each(VERSIONS)
def test_an_exercise_starts_in_the_position_it_names(exercise):
    posture = BODY["postures"][exercise.start]
    while "position" not in posture:
        posture = BODY["postures"][posture["like"]]
    assert posture["position"] == exercise.position


@for_each([*current_library().exercises, *current_library().rises_from_floor_and_bed])
def test_each_step_goes_on_from_where_the_one_before_ended(exercise):
    here = exercise.start
    for step in exercise.steps:
        motion = None if step.do in ("repeat", "breathe") else step.motion
        assert motion is None or way(motion)[0] == here
        here = way(motion)[-1] if motion else getattr(step, "posture", here)
