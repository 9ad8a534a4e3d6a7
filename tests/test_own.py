"""Own exercises: a folder of YAML that joins the library, and takes nothing away from it."""

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

import backcare_nb
from backcare_nb.body.skeleton import body
from backcare_nb.course import DATA_FOLDER
from backcare_nb.course.fields import fill_sides
from backcare_nb.course.library import shipped_library
from backcare_nb.course.names import UnknownName
from backcare_nb.course.yaml_reader import DataError
from backcare_nb.custom import folder as own_folder
from backcare_nb.custom import own_exercises
from backcare_nb.custom.file_format import OwnExercise, OwnPosture
from backcare_nb.custom.library import current_library
from backcare_nb.export import webpage
from backcare_nb.lesson.lesson import section_lesson
from backcare_nb.posture.pose import solve_posture
from backcare_nb.posture.table import posture_table
from backcare_nb.sessions import timeline
from tests.for_each import for_each

GUIDE = (Path(__file__).parents[1] / "docs" / "own_exercises.md").read_text(encoding="utf-8")
SCHEMA = DATA_FOLDER / "schema" / "own_exercise.json"
ROLLS = """\
id: my_rolls
title: Quiet rolls
like: knee_rolls
say: Let both knees lean to the {side}.
posture:
  like: knees_rolled_20
  angles:
    cervical: {turn_left: 20}
seconds: 15
why: A neck that turns is a neck at ease.
cautions: [{whom: neck_pain, then: easier, what: Look straight up.}]
easier: {what: Half as long., seconds: 7}
stop: Stop if your arm tingles.
"""
WHOLE = """\
id: my_sit
title: Sitting tall
why: A tall back breathes easily.
setup: Sit on a chair.
posture: sitting_on_chair
say: Grow tall, and breathe.
seconds: 20
cautions: [{whom: anyone, what: Stay at ease.}]
easier: {what: Half as long., seconds: 10}
stop: Stop if it hurts.
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of own exercises, in a path with spaces."""
    monkeypatch.setenv(own_folder.EXERCISES_FOLDER_VARIABLE, str(tmp_path / "my own exercises"))
    return own_folder.exercises_folder()


@pytest.fixture
def put(folder):
    """Put a file into the folder."""

    def write(text: str, name: str = "mine.yaml") -> Path:
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    return write


def swapped(old: str, new: str, text: str = ROLLS) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def complaints(text: str) -> list[str]:
    """What is wrong with a text, without the name of its file."""
    with pytest.raises(DataError) as caught:
        own_exercises.check_exercise_text(text, "mine.yaml")
    return [line.removeprefix("mine.yaml ") for line in str(caught.value).split("\n")[1:]]


def of(text: str):
    return own_exercises.check_exercise_text(text).exercise


# The folder


def test_the_folder_of_own_exercises_is_my_exercises_beside_the_notebook(monkeypatch, tmp_path):
    monkeypatch.delenv(own_folder.EXERCISES_FOLDER_VARIABLE)
    monkeypatch.chdir(tmp_path)
    assert own_folder.exercises_folder() == tmp_path / "my_exercises"


def test_an_own_exercise_joins_the_library_as_a_section_of_its_own(put):
    put(ROLLS)
    assert [section.id for section in current_library().sections][-1] == "my_exercises"
    assert current_library().exercise("my_rolls").title == "Quiet rolls"
    assert current_library().sections[:-1] == shipped_library().sections
    assert current_library() is current_library()


def test_a_changed_file_is_read_and_drawn_again(put):
    path = put(ROLLS)
    before, drawn = (current_library().exercise("my_rolls"), backcare_nb.still("my_rolls").svg())
    put(swapped("Quiet rolls", "Slow rolls").replace("turn_left: 20", "turn_left: 60"))
    os.utime(path, ns=(1, 1))
    assert (before.title, current_library().exercise("my_rolls").title) == (
        "Quiet rolls",
        "Slow rolls",
    )
    assert backcare_nb.still("my_rolls").svg() != drawn


def test_a_file_that_is_gone_takes_its_exercise_along(put):
    put(ROLLS).unlink()
    with pytest.raises(UnknownName):
        current_library().exercise("my_rolls")


def test_hidden_files_and_other_kinds_are_left_alone(put, folder):
    for name in (".mine.yaml", "_draft.yaml", "mine.yaml.bak", "mine.pdf"):
        put("[[[", name)
    (folder / "a folder.yaml").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.yaml")
    assert current_library() is shipped_library()


# Everything that takes an id


@pytest.fixture
def rolls(put):
    put(ROLLS)
    return "my_rolls"


@pytest.mark.parametrize("name", ["about", "take_care", "versions", "play", "show"])
def test_public_functions_that_take_an_exercise_take_an_own_one(rolls, name):
    assert repr(getattr(backcare_nb, name)(rolls))


def test_figures_of_an_own_exercise_are_found_by_its_id(rolls):
    assert backcare_nb.still(rolls).title == "Quiet rolls"
    assert "to lying on the back" in backcare_nb.strip(rolls).alt
    assert set(backcare_nb.explore(rolls).sprites) == {"left", "right"}


def test_opening_recap_session_and_overview_take_my_exercises_and_link_to_no_notebook_of_theirs(
    rolls,
):
    assert "Quiet rolls" in str(backcare_nb.opening("my_exercises"))
    assert "Quiet rolls" in str(backcare_nb.recap("my_exercises"))
    assert "My exercises" in repr(backcare_nb.session("my_exercises"))
    markup = backcare_nb.overview()._repr_html_()
    assert "My exercises" in markup
    assert "99_my_exercises" not in markup


def test_an_own_exercise_is_mirrored(rolls):
    left, right = (backcare_nb.still(rolls, side) for side in ("left", "right"))
    assert "head turned right" in left.alt
    assert "head turned left" in right.alt
    own = own_exercises.load_own_exercises()
    left, right = (
        solve_posture(own.resolve_figure_name("posture", rolls), side, posture_table(own.specs))
        for side in ("left", "right")
    )
    assert (left.numbers == body().mirror_poses(right.numbers)).all()


def test_an_own_exercise_is_timed_on_both_sides_and_spoken(rolls):
    made = section_lesson("my_exercises").timeline
    holds = [phase for phase in made.phases if phase.kind == "hold"]
    assert [(hold.side, hold.duration_ms) for hold in holds] == [("left", 15000), ("right", 15000)]
    assert "Let both knees lean to the left." in [phase.say for phase in made.phases]


def test_an_own_exercise_is_planned_and_put_on_a_page(rolls):
    planned = backcare_nb.plan_lesson(minutes=8.25, exercises=[rolls])
    assert rolls in [part.exercise.id for part in planned.parts]
    assert "Quiet rolls" in webpage.render_page(planned)


# What is taken over


SAME_ROLLS = "id: my_rolls\ntitle: Quiet rolls\nlike: knee_rolls\nseconds: 15\n"


def test_an_own_exercise_that_changes_amounts_alone_inherits_cautions_stop_rule_and_easier():
    base, made = shipped_library().exercise("knee_rolls"), of(SAME_ROLLS)
    assert made.cautions == base.cautions
    assert made.stop == base.stop
    easier = ([step.say for step in each.version("easier").steps] for each in (made, base))
    assert next(easier) == next(easier)
    assert (made.needs, made.sides, made.position) == (base.needs, base.sides, base.position)
    assert made.all_facts() == ()  # no fact of the source is claimed


def test_an_own_exercise_of_another_movement_has_to_state_cautions_and_stop_rule_itself():
    keys = ("why", "cautions", "easier", "stop")
    bare = "".join(line for line in ROLLS.splitlines(True) if not line.startswith(keys))
    asked = complaints(bare)
    assert len(asked) == len(keys)
    assert all(any(f'the key "{key}" is missing' in line for line in asked) for key in keys)
    assert all("whose own does not fit" in line for line in asked)
    (caution,) = of(ROLLS).cautions
    assert caution.what == "Look straight up."


def test_own_cautions_and_stop_rules_are_added_and_never_make_one_milder():
    more = "cautions: [{whom: hip_replacement, then: say, what: Go slowly.}]\nstop: Giddy?"
    course, own = shipped_library().exercise("knee_rolls"), of(SAME_ROLLS + more)
    assert own.stop == f"{course.stop} Giddy?"
    base, made = course.cautions, own.cautions
    (before,), (after,) = ([c for c in cs if "hip_replacement" in c.whom] for cs in (base, made))
    assert (before.then, after.then) == ("leave_out", "leave_out")
    assert after.what == f"{before.what} Go slowly."
    assert sorted(w for c in made for w in c.whom) == sorted(w for c in base for w in c.whom)


def test_an_own_exercise_inherits_felt_and_mistakes_only_with_the_same_movement_and_language():
    course, longer = shipped_library().exercise("knee_rolls"), "id: a\ntitle: A\nlike: knee_rolls\n"
    kept = of(longer)
    assert (kept.felt, kept.mistakes) == (course.felt, course.mistakes)
    for text in (ROLLS, GERMAN):
        assert (of(text).felt, of(text).mistakes) == (None, ())
    own = of(longer + "felt: {words: In the waist., sites: [low_back, both hip_side]}\n")
    assert own.felt.sites_on("left") == ("low_back", "left hip_side", "right hip_side")
    assert own.mistakes == course.mistakes


def test_own_words_may_cite_a_reference_of_the_course_and_no_other():
    cited = of(SAME_ROLLS + "stop: Stop if it gets worse [@nhs_inform].\n")
    assert cited.stop.endswith("Stop if it gets worse.")
    assert cited.stop.references == ("nhs_inform",)
    [mistake] = complaints(SAME_ROLLS + "stop: Stop if it gets worse [@nhs_infrm].\n")
    assert 'unknown reference "nhs_infrm"; did you mean "nhs_inform"?' in mistake


def test_an_own_exercise_with_another_posture_does_not_inherit_the_harder_version():
    assert of(ROLLS).harder is None
    assert of("id: a\ntitle: A\nlike: knee_rolls\nseconds: 12").harder


def test_an_own_exercise_without_the_key_like_has_to_state_every_other_key():
    asked = complaints("id: a\ntitle: A\nposture: standing\n")
    keys = ("why", "setup", "say", "seconds", "cautions", "easier", "stop")
    assert all(any(f'the key "{key}" is missing' in line for line in asked) for key in keys)


def test_an_own_exercise_need_not_be_like_one_of_the_course():
    made = of(WHOLE)
    assert (made.position, made.start, made.sides) == ("sitting", "sitting_on_chair", None)
    assert made.version("easier").steps[0].seconds.default == 10


@for_each(shipped_library().exercises)
def test_an_own_exercise_may_be_like_any_of_the_course_and_change_nothing(base):
    made = of(f"id: mine\ntitle: Mine\nlike: {base.id}\n")
    assert [step.id for step in made.steps] == [step.id for step in base.steps]
    assert timeline.compile_session([made], rise=shipped_library().rise).total > 0


def test_the_schema_refuses_an_angle_that_no_body_has():
    given = yaml.safe_load(swapped("turn_left: 20", "turn_left: 95"))
    angles = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]["angles"]
    with pytest.raises(jsonschema.ValidationError, match="95 is greater than the maximum of 90"):
        jsonschema.validate(given["posture"]["angles"], angles)


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))
def test_an_example_of_the_guide_is_an_exercise_drawn_without_a_remark(text):
    assert own_exercises.check_exercise_text(text).remarks == ()


def test_a_posture_of_the_guide_without_its_words_is_drawn_without_a_remark_too():
    block = re.search(r"```text\n(posture: .*?)```", GUIDE, re.DOTALL)[1].strip()
    for posture in re.split(r"\n(?=posture: |start:)", block):
        text = swapped("posture: sitting_on_chair", posture, WHOLE)
        assert own_exercises.check_exercise_text(text).remarks == (), posture


def test_every_key_is_told_in_the_guide_and_in_the_notebook():
    keys = {*OwnExercise.model_fields, *OwnPosture.model_fields}
    assert {key for key in keys if f"`{key}`" not in GUIDE} == set()
    told = {line.split(" | ")[0] for line in str(backcare_nb.exercise_keys()).splitlines()}
    assert {*OwnExercise.model_fields} <= told


def test_the_angles_of_a_posture_are_told_with_their_limits():
    told = str(backcare_nb.angles("knees_rolled_20"))
    assert "cervical | flexion" in told
    assert "(-90 to 90)" in told


# In another language

GERMAN = """\
id: meine_kniewiege
title: Kniewiege
language: de
like: knee_rolls
setup: Leg dich auf den Rücken.
say: Lass beide Knie nach {links|rechts} sinken.
seconds: 40
"""


def test_words_of_another_language_are_marked_for_its_voice_and_those_of_the_course_are_not():
    course = shipped_library()
    session = timeline.compile_session([of(GERMAN)], rise=course.rise, ways=course.safety.ways)
    said = {phase.say: phase.language for phase in session.phases if phase.say}
    (down, *_) = (phase for phase in session.phases if phase.kind == "move")
    assert (down.title, down.language) == ("Lie down", "en")
    assert said["Kniewiege. Leg dich auf den Rücken."] == "de"
    assert said["Lass beide Knie nach links sinken."] == "de"
    assert said["Lass beide Knie nach rechts sinken."] == "de"
    assert {lang for say, lang in said.items() if "nie" not in say} == {"en"}


def test_in_an_own_exercise_of_another_language_tones_replace_the_players_english_remarks():
    german, english = of(GERMAN), of(GERMAN.replace("language: de\n", ""))
    german, english = (
        e.model_copy(update={"felt": None, "mistakes": ()}) for e in (german, english)
    )
    for exercise, words in ((german, {""}), (english, {"", "Halfway.", "Ten seconds."})):
        phases = timeline.compile_session([exercise], rise=shipped_library().rise).phases
        (hold, *_) = (phase for phase in phases if phase.kind == "hold")
        assert {cue.say for cue in hold.cues} == words
        assert {cue.tone for cue in hold.cues} == {"start", "halfway", ""}


def test_an_easier_version_that_is_taken_over_keeps_the_language_of_the_course():
    assert of(GERMAN).version("easier").language == "en"
    own_words = GERMAN + "easier: {what: Nur kurz., seconds: 8}\n"
    assert of(own_words).version("easier").language == "de"


def test_where_no_side_is_played_words_for_both_are_shown():
    assert fill_sides("nach {links|rechts}", None) == "nach links / rechts"
    assert fill_sides("nach {links|rechts}", "right") == "nach rechts"


# What is wrong, in words


ANGLES = "  angles:\n    cervical: {turn_left: 20}\n"
WRONG = {
    ("like: knee_rolls\n", "like: knee_rols\n"): (
        'line 3, like: unknown exercise "knee_rols"; did you mean "knee_rolls"? (expected one '
        "of the course, not one of your own)"
    ),
    ("    cervical: {turn_left: 20}", "    neck: {turn: 2}\n    hips: {flexon: 3}"): (
        'line 8, posture > angles > neck: unknown joint "neck"; did you mean "cervical"?\n'
        'line 9, posture > angles > hips > flexon: unknown motion of hips "flexon"; did you '
        'mean "flexion"?'
    ),
    (ANGLES, "  contacts: [left hand on flor]\n"): (
        'line 7, posture > contacts > 1: unknown support "flor"; did you mean "floor"?'
    ),
    (ANGLES, "  contacts: [right palm at right upper_chest]\n"): (
        'line 7, posture > contacts > 1: unknown site or place "right upper_chest"; did you '
        'mean "chest"?'
    ),
    ("turn_left: 20", "turn_left: 95"): (
        "line 8, posture > angles > cervical > turn_left: cervical turn left is 95°, past its "
        "limit of 90° (Spine 34, 2009, active motion of the neck in women of 20 to 30; the end "
        "the 90 in Zhu 2017)"
    ),
    ("seconds: 15", "seconds: 5000"): "line 9, seconds: found 5000, expected 3600 at most",
    ("seconds: 15", "seconds: 15\ntempo: 3"): "line 10, tempo: found tempo; to hold takes seconds",
    ("id: my_rolls", "id: cow"): (
        "line 1, id: cow is a posture of the course; choose another, such as my_cow"
    ),
    ("id: my_rolls", "id: my_exercises"): (
        "line 1, id: my_exercises is a section of the course; choose another, such as "
        "my_my_exercises"
    ),
    ("to the {side}", "to the {0.__class__}"): (
        "line 4, say: found {0.__class__}; expected {side} or {other}"
    ),
    ("say: Let both knees lean to the {side}.\n", ""): (
        'line 1: the key "say" is missing: what the voice says as it begins'
    ),
    ("like: knee_rolls\n", "like: knee_rolls\nlanguage: Deutsch\n"): (
        'line 4, language: found "Deutsch", expected the tag of a language, such as en, de or '
        "pt-BR: write de"
    ),
    ("like: knee_rolls\n", "like: knee_rolls\nlanguage: de\n"): (
        'line 4, language: the key "setup" is missing: it is read aloud, and knee_rolls has it '
        "in another language"
    ),
    (
        "knees_rolled_20\n" + ANGLES,
        "knees_together\n  angles: {left knee: {flexion: 90}, right knee: {flexion: 60}}\n",
    ): (
        'line 5, posture: left and right differ here: say which side it shows, "side: left" or '
        '"side: right"'
    ),
}


@pytest.mark.parametrize(("old", "new"), WRONG)
def test_a_mistake_in_an_own_exercise_is_reported_in_plain_words(old, new):
    assert "\n".join(complaints(swapped(old, new))) == WRONG[old, new]


def test_contacts_that_a_body_cannot_meet_are_reported_with_their_line_and_miss():
    said = complaints(swapped(ANGLES, "  contacts: [{place: head_middle, x: 60, y: 260}]\n"))
    assert all("line 5, posture" in line or "line 7, posture" in line for line in said)
    assert any("missed by" in line for line in said)
    assert len(said) <= own_exercises.MAX_REPORTED_MISTAKES_PER_POSTURE + 1


def test_an_impossible_motion_into_a_posture_is_left_out_with_a_remark(put):
    words = swapped("posture: sitting_on_chair", "start: standing\nposture: prone", WHOLE)
    judged = own_exercises.check_exercise_text(words)
    assert judged.exercise.steps[0].motion is None
    assert judged.remarks[0].startswith("line 6, posture: the way in is not shown: ")


def test_a_repetition_whose_motion_is_impossible_is_refused():
    words = swapped("posture: sitting_on_chair", "start: standing\nposture: prone", WHOLE)
    said = complaints(words.replace("seconds: 20", "times: 5").replace(", seconds: 10", ""))
    assert len(said) == 1
    assert "on the way: " in said[0]


def test_a_session_that_would_last_too_long_is_refused():
    long = WHOLE.replace("seconds: 20", "seconds: 3600\nrounds: 100")
    assert any("the longest session is" in line for line in complaints(long))


# A broken file takes nothing away


def test_a_broken_own_exercise_file_is_reported_and_the_other_exercises_stay_usable(put, capsys):
    put(ROLLS)
    put("id: broken\ntitle: [", "broken.yaml")
    assert current_library().exercise("my_rolls")
    assert current_library().exercise("knee_rolls")
    assert capsys.readouterr().out.count("Not usable yet: broken.yaml") == 1


def test_a_broken_exercise_that_is_asked_for_gives_its_report(put):
    put(swapped("turn_left: 20", "turn_left: 95"))
    for ask in (current_library().exercise, backcare_nb.play, backcare_nb.show):
        with pytest.raises(DataError, match="past its limit"):
            ask("my_rolls")
    with pytest.raises(DataError, match="past its limit"):
        current_library().section("my_exercises")


def test_a_hang_keeps_how_one_comes_out_of_it_unless_its_posture_is_another():
    words = "id: my_hang\ntitle: My hang\nlike: bed_hang\nsay: Hang as you like.\n"
    (step,) = of(words).steps
    assert step.out == current_library().exercise("bed_hang").steps[0].out
    rest = WHOLE[WHOLE.index("seconds") :] + "why: Another pull.\nsetup: Hold on.\n"
    (step,) = of(words + "posture: half_squat_hang\n" + rest).steps
    assert step.out is None


def test_the_card_of_own_exercises_says_where_they_will_be_while_there_are_none(put):
    words = "There is no exercise of your own yet. Those you save are files in the folder"
    assert str(backcare_nb.my_exercises()) == f"{words} my_exercises."


def test_a_posture_past_a_limit_is_refused_with_its_figure_as_far_as_a_body_goes():
    with pytest.raises(own_exercises.RefusedExerciseError) as caught:
        own_exercises.check_exercise_text(swapped("turn_left: 20", "turn_left: 95"))
    assert caught.value.are_impossible
    (name,) = caught.value.postures
    pose = solve_posture(name, None, posture_table(caught.value.figures))
    assert abs(pose.numbers[body().dof["cervical.turn_right"]]) == pytest.approx(90, abs=1)


def test_two_own_exercises_cannot_have_the_same_id(put):
    put(ROLLS, "a.yaml")
    put(ROLLS, "b.yaml")
    report = own_exercises.load_own_exercises().reports["b.yaml"]
    assert report.endswith("id: my_rolls is in a.yaml already; write an id of its own")
    assert current_library().exercise("my_rolls")


def test_an_unexpected_exception_in_one_own_exercise_file_leaves_the_other_files_usable(
    put, monkeypatch
):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(own_exercises, "build_exercise", fail)
    put(swapped("my_rolls", "my_strange_rolls"))
    assert current_library().exercise("knee_rolls")
    assert "ZeroDivisionError" in own_exercises.load_own_exercises().reports["mine.yaml"]


# Saving


def test_a_saved_file_is_found_again_and_stays_unless_it_is_to_be_replaced(folder):
    path = own_folder.save_exercise_file("my_rolls", ROLLS)
    assert path == folder / "my_rolls.yaml"
    assert current_library().exercise("my_rolls")
    with pytest.raises(own_folder.SaveError, match=r"my_rolls.yaml is there already"):
        own_folder.save_exercise_file("my_rolls", WHOLE)
    assert path.read_text(encoding="utf-8") == ROLLS
    own_folder.save_exercise_file("my_rolls", WHOLE, replace=True)
    assert path.read_text(encoding="utf-8") == WHOLE
    assert list(folder.iterdir()) == [path]


@pytest.mark.parametrize("name", ["../x", "a/b", "", "CON.x", "a" * 41, "A", "x\x00", ".x"])
def test_an_id_that_is_no_name_for_a_file_writes_nothing(folder, name):
    with pytest.raises(own_folder.SaveError, match="no name for a file"):
        own_folder.save_exercise_file(name, ROLLS)
    assert not folder.exists()


def test_saving_an_own_exercise_where_nothing_can_be_written_is_refused_in_a_sentence(
    tmp_path, monkeypatch
):
    (tmp_path / "a file").write_text("", encoding="utf-8")
    monkeypatch.setenv(own_folder.EXERCISES_FOLDER_VARIABLE, str(tmp_path / "a file" / "inside"))
    with pytest.raises(own_folder.SaveError, match="cannot be written"):
        own_folder.save_exercise_file("my_rolls", ROLLS)
