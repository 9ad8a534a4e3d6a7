"""Lessons with names: saved, opened again, changed by hand, and refused where they cannot be."""

import pytest

from backcare_nb.course.files import SaveError
from backcare_nb.course.library import shipped_library
from backcare_nb.course.names import UnknownName
from backcare_nb.course.yaml_reader import DataError
from backcare_nb.export.webpage import render_page, save_page
from backcare_nb.lesson import editing, saved_lessons
from backcare_nb.lesson.find import find_lesson
from backcare_nb.lesson.lesson import Lesson, items_without_additions
from backcare_nb.lesson.planner import plan_lesson_from
from backcare_nb.lesson.rules import find_broken_rules
from backcare_nb.lesson.saved_lessons import (
    LESSON_FILES_FOLDER,
    format_lesson_yaml,
    parse_lesson,
    read_lesson,
    write_lesson,
)
from backcare_nb.sessions.options import SessionError, amount_settings

COURSE = shipped_library()
WISHES = [
    {"minutes": 20},
    {"minutes": 30, "cautions": ["osteoporosis", "pregnant"], "props": ["mat", "chair"]},
    {"minutes": 10, "positions": "standing"},
    {"minutes": 40, "version": "harder"},
    {"minutes": 25, "version": "easier", "cautions": "unsteady"},
    {"exercises": ["maypole", "knuckles"]},
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(saved_lessons.LESSON_FILES_FOLDER.variable, str(tmp_path / "my lessons"))
    return tmp_path / "my lessons"


def ids(lesson: Lesson) -> list[str]:
    return [item.exercise.id for item in items_without_additions(lesson)]


@pytest.mark.parametrize("wish", WISHES, ids=str)
def test_a_lesson_saved_as_text_reads_back_the_same_with_the_wish_it_was_planned_from(wish):
    lesson = plan_lesson_from(library=COURSE, **wish)
    again = parse_lesson(format_lesson_yaml(lesson))
    assert again.timeline.to_json() == lesson.timeline.to_json()
    minutes = pytest.approx(lesson.wish["minutes"], abs=0.001)
    assert again.wish == lesson.wish | {"minutes": minutes}
    assert [part.easier for part in again.parts] == [part.easier for part in lesson.parts]
    assert format_lesson_yaml(again) == format_lesson_yaml(lesson)


def test_a_saved_lesson_is_listed_opened_and_taken_by_its_name(tmp_path):
    lesson = plan_lesson_from(12)
    write_lesson(lesson, "Tuesday at six")
    assert LESSON_FILES_FOLDER.names() == ["tuesday_at_six"]
    opened = read_lesson("Tuesday at six")
    assert opened.title == "Tuesday at six"
    assert ids(opened) == ids(lesson)
    save_page("Tuesday at six", tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == render_page(opened)
    with pytest.raises(UnknownName, match="did you mean"):
        find_lesson("tuesday_at_sixx")


def test_another_lesson_of_the_name_is_left_as_it_is_unless_that_is_asked_for(folder):
    write_lesson(plan_lesson_from(12), "Mine")
    before = (folder / "mine.yaml").read_bytes()
    with pytest.raises(SaveError, match="There is a lesson mine already"):
        write_lesson(plan_lesson_from(20), "Mine")
    assert (folder / "mine.yaml").read_bytes() == before
    write_lesson(plan_lesson_from(20), "Mine", replace=True)
    assert read_lesson("Mine").minutes == 20


@pytest.mark.parametrize("name", ["", "../..", "   "])
def test_a_name_without_letters_is_no_name(name, folder):
    with pytest.raises(SaveError, match="Give the lesson a name"):
        write_lesson(plan_lesson_from(12), name)


def test_a_lesson_named_like_a_path_is_saved_inside_the_lesson_folder(folder):
    path = write_lesson(plan_lesson_from(12), "../../etc/passwd")
    assert path == folder / "etc_passwd.yaml"


ROLLS = "title: x\nexercises:\n- exercise: knee_rolls\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: x\n", 'line 1: the key "exercises" is missing'),
        (ROLLS.replace("rolls", "role"), 'line 3, exercises > 1: unknown exercise "knee_role"'),
        (ROLLS + "  seconds: {roll: 900}\n", "Knee rolls takes 2 to 60 seconds in each hold"),
        (ROLLS + "  rounds: 0\n", "rounds should be a whole number"),
        (ROLLS + "  rounds: 2.5\n", "found 2.5, expected a whole number"),
        (ROLLS + "- exercise: knee_rolls\n", "knee_rolls is there already"),
        (ROLLS + "- exercise: getting_up\n", "getting up comes by itself"),
        (ROLLS + "wish: {cautions: [osteo]}\n", 'did you mean "osteoporosis"?'),
        (ROLLS + "wish: {minutes: 900}\n", "A lesson can last up to 180 minutes"),
        (ROLLS + "  hold: 3\n", 'unknown key "hold"'),
        ("!!python/object:os.system rm\n", "remove it"),
        ("a: &a [*a]\n", "line 1"),
        ("x" * 70_000, "longer than 60 000 letters"),
    ],
)
def test_a_file_that_is_no_lesson_is_refused_in_a_sentence_with_its_line(text, said):
    with pytest.raises(DataError) as caught:
        parse_lesson(text, "mine.yaml")
    assert said in str(caught.value)
    assert "mine.yaml line " in str(caught.value)


def test_a_file_cut_off_anywhere_is_a_lesson_or_a_report():
    text = format_lesson_yaml(plan_lesson_from(30, cautions="osteoporosis"))
    for end in range(0, len(text), 23):
        try:
            assert parse_lesson(text[:end]).timeline.total > 0
        except DataError as error:
            assert "line" in str(error)  # noqa: PT017  # both ways are right


# By hand


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return plan_lesson_from(30, library=COURSE)


def test_an_exercise_moves_up_and_down_and_no_further_than_the_ends(lesson):
    first, second, *rest = ids(lesson)
    assert ids(editing.move_exercise(lesson, 0, 1)) == [second, first, *rest]
    assert ids(editing.move_exercise(lesson, 1, -1)) == [second, first, *rest]
    assert ids(editing.move_exercise(lesson, 0, -1)) == ids(lesson)


def test_what_is_removed_can_be_put_in_again_where_one_likes(lesson):
    without = editing.remove_exercise(lesson, 2)
    name = ids(lesson)[2]
    assert name not in ids(without)
    assert ids(editing.insert_exercise(without, name, 2)) == ids(lesson)
    assert ids(editing.insert_exercise(lesson, name, 0)) == ids(lesson)


def test_moving_an_exercise_updates_the_words_between_positions_and_keeps_the_lessons_title(lesson):
    place = ids(lesson).index("maypole")
    made = editing.move_exercise(lesson, place, -place)
    first = made.parts[0].exercise
    assert first.id == "maypole"
    assert "floor" not in first.setup
    assert any("To lie down" in part.exercise.setup for part in made.parts[1:])
    assert made.title.startswith("A lesson for the back, ")


def test_an_amount_changes_within_its_range_and_a_note_stays(lesson):
    place = ids(lesson).index("knee_rolls")
    setting = amount_settings(items_without_additions(lesson)[place].exercise)[0]
    noted = editing.change_note(lesson, place, "Mind the wall.")
    longer = editing.change_amount(noted, place, setting, 45)
    item = items_without_additions(longer)[place]
    assert (item.options.amount_of(item.exercise.steps[0], "seconds"), item.note) == (
        45,
        "Mind the wall.",
    )
    assert (
        items_without_additions(parse_lesson(format_lesson_yaml(longer)))[place].note
        == "Mind the wall."
    )
    with pytest.raises(SessionError, match="2 to 60"):
        editing.change_amount(lesson, place, setting, 500)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda lesson: editing.move_exercise(lesson, 0, 3), "calm"),
        (lambda lesson: editing.move_exercise(lesson, 1, 9), "floor"),
        (lambda lesson: editing.remove_exercise(lesson, len(ids(lesson)) - 1), "calm"),
    ],
    ids=["begins", "floor", "ends"],
)
def test_a_change_that_breaks_a_rule_is_made_and_the_rule_speaks_up(lesson, change, rule):
    assert not find_broken_rules(lesson)
    assert rule in [each.name for each in find_broken_rules(change(lesson))]
