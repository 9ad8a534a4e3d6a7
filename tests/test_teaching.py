"""A lesson for a teacher: as a card, chosen by hand, and led."""

import re
from base64 import b64decode

import pytest

from backcare_nb.course.names import UnknownName
from backcare_nb.export import webpage
from backcare_nb.export.handout import PAPERS, render_handout
from backcare_nb.html.lesson_card import lesson_card
from backcare_nb.lesson.lesson import section_lesson
from backcare_nb.lesson.request import LessonError
from backcare_nb.notebook.player import Player
from backcare_nb.notebook.teaching import LessonChooser, choose_lesson, plan_lesson, teach
from backcare_nb.sessions.timeline import format_clock


def told(**wish) -> str:
    return repr(plan_lesson(**wish))


def section(text: str, title: str) -> list[str]:
    """The lines below a title of a card, up to the next line that is not in its list."""
    lines = text.split("\n")
    below = lines[lines.index(title) + 1 :]
    return [line for line in below if line.startswith("- ")]


# The card


def test_a_plan_shows_when_each_exercise_begins():
    lesson = plan_lesson(10, exercises=["knee_rolls", "maypole"])
    rows = [line.split(" | ") for line in repr(lesson).split("\n") if " | " in line][1:]
    assert [row[0] for row in rows] == ["Knee rolls", "Getting up", "The maypole"]
    setups = [p for p in lesson.timeline.phases if p.kind == "setup"]
    assert [row[-1] for row in rows] == [format_clock(phase.start_ms) for phase in setups]


def test_a_plan_that_ends_lying_shows_getting_up_as_its_last_row():
    rows = [line for line in told(minutes=12, positions="lying").split("\n") if " | " in line]
    assert rows[-1].startswith("Getting up | In stages, ")


def test_a_plan_says_about_how_long_it_is_and_what_is_counted():
    words = "About 20 minutes, with everything: getting into place, changing sides, resting in"
    assert f"{words} between and getting up." in repr(plan_lesson(20))
    alone = repr(plan_lesson(2, exercises=["maypole"]))
    assert "About 2 minutes, with everything: getting into place." in alone


def test_an_easier_version_is_named_in_its_row():
    assert "Knee rolls Easier: Small and slow | " in told(minutes=20, cautions="osteoporosis")


def test_what_to_bring_is_said_in_words():
    assert "Bring for each person: a mat." in told(minutes=20)
    assert "a mat, a towel and a chair." in told(minutes=45)
    nothing = told(minutes=3, exercises="maypole")
    assert "Bring for each person: nothing but room to stand." in nothing


def test_cautions_are_read_aloud_once_for_each_condition():
    text = told(minutes=20, cautions=["osteoporosis", "reflux"])
    lines = [line for line in section(text, "Read aloud before you begin") if "Made" not in line]
    assert [line.split(".")[0] for line in lines[:2]] == [
        "- Osteoporosis, or a broken bone in the spine",
        "- Heartburn or reflux",
    ]


def test_a_lesson_without_cautions_still_says_when_to_stop_and_whom_to_ask_for():
    text = told(minutes=3, exercises="maypole")
    assert "Stop an exercise that makes what you feel worse" in text
    assert "Ask who has one of these: Osteoporosis" in text


def test_what_was_made_easier_says_for_whom():
    text = told(minutes=20, cautions="sore_knees")
    assert "For Sore knees." in text.split("Made easier, and why")[1]


def test_what_was_made_easier_for_nobody_says_the_reason():
    text = told(minutes=10, props=["chair"])
    assert "- Arch and round. It needs a mat." in text.split("Made easier, and why")[1]


def test_what_was_left_out_is_told_once_for_each_reason():
    text = told(minutes=10, props=["chair"]).split("Left out, and why")[1]
    assert text.count("It needs a mat.") == 1
    assert "- Lie back over the bed's edge, Hang from the bed. It needs a bed." in text


def test_a_plan_is_the_same_card_every_time():
    first, second = plan_lesson(20), plan_lesson(20)
    assert first._repr_html_() == second._repr_html_()
    assert repr(first) == repr(second)


def test_every_picture_of_a_plan_has_words():
    html = plan_lesson(20)._repr_html_()
    assert html.count("<img") == html.count('alt="') >= 6
    assert 'alt=""' not in html


def test_a_section_can_be_shown_as_a_lesson_too():
    assert "Relax the back" in repr(lesson_card(section_lesson("relax_the_back")))


def test_words_of_the_data_are_shown_as_text():
    lesson = plan_lesson(3, exercises="maypole")
    hostile = lesson.parts[0].exercise.model_copy(update={"title": "<b>Swing</b>"})
    part = type(lesson.parts[0])(hostile)
    shown = lesson_card(type(lesson)(lesson.title, (part,)))._repr_html_()
    assert "<b>" not in shown


def test_a_plan_that_cannot_be_is_a_sentence():
    with pytest.raises(LessonError, match="The longest lesson of what was chosen takes"):
        plan_lesson(170, positions="sitting")


# In class


def test_a_lesson_is_led_by_a_player_in_class_mode():
    lesson = plan_lesson(5)
    player = teach(lesson).player
    assert isinstance(player, Player)
    assert player.in_class
    assert player.timeline == lesson.timeline.to_dict()


def test_a_section_can_be_led_by_its_name():
    assert teach("standing_up").player.timeline["title"] == "Standing up"
    with pytest.raises(UnknownName, match="did you mean"):
        teach("standing_upp")


# To take home


def press(led, name: str) -> str:
    """Press a button below a lesson, and give what it then says."""
    row = led._actions._row.children
    next(button for button in row if button.description == name).click()
    return led._actions.outcome.value


def linked(said: str) -> tuple[str, bytes]:
    """The name of the file that a link gives, and what is in it."""
    name = re.search(r'download="([^"]+)"', said)[1]
    return name, b64decode(re.search(r'href="data:[a-z/]+;base64,([^"]+)"', said)[1])


@pytest.mark.parametrize("paper", PAPERS)
def test_below_a_lesson_its_handout_is_made_and_nothing_is_written(paper, tmp_path, monkeypatch):
    pytest.importorskip("typst")
    monkeypatch.chdir(tmp_path)
    lesson = plan_lesson(5, exercises="maypole")
    name, made = linked(press(teach(lesson), f"Handout ({paper})"))
    assert (name, made) == ("a_lesson_for_the_back_5_minutes.pdf", render_handout(lesson, paper))
    assert list(tmp_path.iterdir()) == []


def test_what_is_taken_home_is_the_lesson_that_was_chosen_last(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lesson = plan_lesson(5, exercises="maypole")
    led = teach("standing_up")
    assert linked(press(led, "Page"))[0] == "standing_up.html"
    led.load(lesson)
    assert led._actions.outcome.value == ""
    assert linked(press(led, "Page")) == (
        "a_lesson_for_the_back_5_minutes.html",
        webpage.html(lesson).encode(),
    )
    assert list(tmp_path.iterdir()) == []


# By hand


def test_of_a_class_nothing_is_asked_and_nothing_recorded(chooser):
    assert chooser._led.player.in_class
    assert chooser._led.player.afterwards not in chooser._led.children


def test_conditions_are_in_the_order_of_their_words(chooser):
    words = [box.description for box in chooser._cautions.values()]
    assert words == sorted(words)
    assert len(words) > 10


@pytest.fixture(scope="module")
def start() -> LessonChooser:
    return choose_lesson()


@pytest.fixture
def chooser(start: LessonChooser) -> LessonChooser:
    """A chooser as it is at first: making one anew would cost each test its pictures."""
    start._minutes.value = 20
    start._version.value = "source"
    for boxes in (start._cautions, start._sections, start._exercises):
        for box in boxes.values():
            box.value = False
    for box in start._positions.values():
        box.value = True
    for name, box in start._props.items():
        box.value = name in ("mat", "chair", "cushion", "towel", "wall", "table")
    return start


def test_a_chooser_begins_with_the_plan_of_a_plain_wish(chooser):
    assert chooser.lesson == plan_lesson(20)
    assert repr(chooser) == f"LessonChooser({plan_lesson(20).timeline})"


@pytest.mark.parametrize(
    ("boxes", "name", "wish"),
    [
        ("_cautions", "osteoporosis", {"cautions": "osteoporosis"}),
        ("_sections", "stretching_the_spine", {"sections": "stretching_the_spine"}),
    ],
)
def test_a_tick_plans_again(chooser, boxes, name, wish):
    getattr(chooser, boxes)[name].value = True
    assert chooser.lesson.parts == plan_lesson(20, **wish).parts


def test_a_plan_by_hand_is_that_of_the_same_words(chooser):
    chooser._minutes.value = 10
    for name in ("lying", "kneeling"):
        chooser._positions[name].value = False
    assert chooser.lesson.parts == plan_lesson(10, positions=["sitting", "standing"]).parts


def test_the_card_and_the_player_follow_the_plan(chooser):
    chooser._version.value = "easier"
    assert chooser._led.player.timeline == chooser.lesson.timeline.to_dict()
    assert chooser._card.value == chooser.lesson._repr_html_()
    assert 'role="status"' in chooser._message.value


def test_what_cannot_be_is_said_and_changes_nothing(chooser):
    before = chooser.lesson
    chooser._minutes.value = 0
    assert 'role="alert"' in chooser._message.value
    assert "and 0 minutes were wished for" in chooser._message.value
    assert f"still the one before: {before.title}" in chooser._message.value
    assert chooser.lesson is before
    assert chooser._led.player.timeline == before.timeline.to_dict()


def test_a_chooser_without_a_position_asks_for_one(chooser):
    for box in chooser._positions.values():
        box.value = False
    assert "Choose at least one position" in chooser._message.value


def test_every_control_has_a_label_in_words(chooser):
    groups = (chooser._positions, chooser._props, chooser._cautions, chooser._sections)
    boxes = [box for group in (*groups, chooser._exercises) for box in group.values()]
    labels = [control.description for control in (chooser._minutes, chooser._version, *boxes)]
    assert all(label and label[0].isupper() and "_" not in label for label in labels)
    assert "Osteoporosis, or a broken bone in the spine" in labels
    assert "Everyone" not in labels


def test_where_no_widget_runs_the_plan_is_there_to_read(chooser):
    data = chooser._repr_mimebundle_()
    assert data["text/html"] == chooser.lesson._repr_html_()
    assert data["text/plain"] == repr(chooser)
