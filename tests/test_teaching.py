"""A lesson for a teacher: as a card, chosen by hand, led, and shared."""

import json
import re
import runpy
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import ipywidgets as widgets
import pytest

from backcare_nb.course.names import UnknownName
from backcare_nb.course.yaml_reader import DataError
from backcare_nb.export import webpage
from backcare_nb.export.handout import TYPST_PAPER_BY_NAME, render_handout
from backcare_nb.html.lesson_card import lesson_card
from backcare_nb.lesson import saved_lessons
from backcare_nb.lesson.request import PROPS_OF_ANY_CLASS, LessonError
from backcare_nb.lesson.sharing import SharedFileError, format_shared_link
from backcare_nb.notebook import teaching
from backcare_nb.notebook.action_buttons import ActionButtons
from backcare_nb.notebook.class_player import ClassPlayer
from backcare_nb.notebook.teaching import (
    LessonChooser,
    choose_lesson,
    my_lessons,
    open_lesson,
    plan_lesson,
    share_lesson,
    teach,
)

# The card


def test_a_plan_shows_when_each_exercise_begins():
    lesson = plan_lesson(10, exercises=["knee_rolls", "maypole"])
    rows = [line.split(" | ") for line in repr(lesson).split("\n") if " | " in line][1:]
    names = [re.split(" Say now| Easier", row[0])[0] for row in rows]
    assert names == ["Knee rolls", "Getting up", "The maypole"]
    setups = [p.start_ms / 60_000 for p in lesson.timeline.phases if p.kind == "setup"]
    said = [float(row[-1].removesuffix(" min").replace("½", ".5")) for row in rows]
    assert all(abs(one - other) <= 0.25 for one, other in zip(said, setups, strict=True))


@pytest.mark.parametrize(
    ("wish", "lines"),
    [
        (
            {"minutes": 20},
            [
                "About 20 minutes, with everything: getting into place, changing sides, resting in"
                " between and getting up.",
                "Lay out for each: a sheet, a mat, a sturdy chair, a pillow and a folded blanket",
                "\nGetting up Say now: Sit your hips",
                "\nSit and breathe | ",
            ],
        ),
        (
            {"minutes": 2, "exercises": "maypole"},
            [
                "About 2 minutes, with everything: getting into place.",
                "Lay out for each: a sheet and a sturdy chair.",
                "Stop what makes anything worse",
                "Say before you begin\nTake the easier way whenever you like",
                "Conditions, on paper\n",
            ],
        ),
        (
            {"minutes": 45},
            ["a mat, a sturdy chair, a towel", "For all together: a table or worktop"],
        ),
        ({"version": "easier"}, ["Knee rolls Easier: Small and slow. Arms wide"]),
        (
            {"minutes": 90},
            ["These exercises, done at a gentle pace", "leave time to ask", "a bed"],
        ),
        (
            {"minutes": 45, "cautions": ["osteoporosis", "pregnant"]},
            ["The easier way is the lesson here", "As taught, for whom it suits", "last page"],
        ),
        ({"minutes": 40, "version": "harder"}, ["Harder: Longer", "Ordinary: as"]),
        (
            {"minutes": 20, "props": ["chair"]},
            [
                "Done in another way here, and why\n- Arch and round. It needs a mat.",
                "It needs what is not there for each: a mat, a bed",
            ],
        ),
    ],
)
def test_a_lesson_plan_names_props_words_to_say_first_and_what_is_left_out_with_its_reason(
    wish, lines
):
    said = repr(plan_lesson(**wish))
    assert [line for line in lines if line not in said] == []


def test_a_lesson_card_shows_conditions_only_in_the_lines_on_who_does_what():
    lesson = plan_lesson(20, cautions=["reflux", "sore_wrists"])
    alike = lesson_card(replace(lesson, cautions=()))
    more = set(repr(lesson_card(lesson)).split("\n")) - set(repr(alike).split("\n"))
    assert all(line.startswith(("Who had better do what", "For some")) for line in more)


def test_the_projected_lesson_names_no_condition_and_still_shows_the_easier_way():
    lesson = plan_lesson(30, cautions=["sore_knees", "pregnant"])
    conditions = lesson.library.safety.conditions.items()
    names = [name for condition, name in conditions if condition != "anyone"]
    wall = lesson.timeline.to_json()
    assert [name for name in names if name in wall] == []
    setups = [p for p in lesson.timeline.phases if p.exercise == "sit_back" and p.care]
    assert not any(line.startswith("Easier: ") for line in setups[0].care)  # what is told already
    assert "If you take it easier: " in setups[0].words


def test_a_rule_that_a_lesson_breaks_is_told_with_what_breaks_it():
    said = repr(plan_lesson(exercises=["maypole", "toe_dangle"]))
    assert "it is for you to decide\n- No exercise takes more than its share. " in said


def test_what_was_left_out_is_told_once_for_each_reason():
    left_out = repr(plan_lesson(10, props=["chair"])).partition("Left out, and why")[2]
    assert left_out.count("It needs what is not there for each: a mat, a bed") == 1


def test_a_lesson_planned_twice_has_the_same_card_and_its_pictures_have_alt_text():
    first, second = plan_lesson(20), plan_lesson(20)
    html = first._repr_mimebundle_()["text/html"]
    assert (html, repr(first)) == (second._repr_mimebundle_()["text/html"], repr(second))
    assert html.count("<img") == len(re.findall(r"""alt=["'][^"']""", html)) >= 6


def test_words_of_the_data_are_shown_as_text():
    lesson = plan_lesson(2, exercises="maypole")
    hostile = lesson.parts[0].exercise.model_copy(update={"title": "<b>Swing</b>"})
    part = type(lesson.parts[0])(hostile)
    shown = lesson_card(type(lesson)(lesson.title, (part,)))._repr_html_()
    assert "<b>" not in shown


def test_an_impossible_plan_is_refused_in_a_sentence():
    with pytest.raises(LessonError, match="A lesson can last up to 180 minutes"):
        plan_lesson(181)


# In class


def test_a_lesson_is_led_by_a_player_in_class_mode():
    lesson = plan_lesson(5)
    player = teach(lesson).player
    assert isinstance(player, ClassPlayer)
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


@pytest.mark.parametrize("paper", TYPST_PAPER_BY_NAME)
def test_the_handout_button_below_a_lesson_offers_the_pdf_as_a_link_and_writes_no_file(
    paper, tmp_path, monkeypatch
):
    pytest.importorskip("typst")
    monkeypatch.chdir(tmp_path)
    lesson = plan_lesson(2, exercises="maypole")
    name, made = linked(press(teach(lesson), f"Handout ({paper})"))
    assert (name, made) == ("a_lesson_for_the_back_2_minutes.pdf", render_handout(lesson, paper))
    assert list(tmp_path.iterdir()) == []


def test_the_page_saved_below_a_led_lesson_is_of_the_lesson_that_was_loaded_last(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    lesson = plan_lesson(2, exercises="maypole")
    led = teach("standing_up")
    assert linked(press(led, "Page"))[0] == "standing_up.html"
    led.load(lesson)
    assert led._actions.outcome.value == ""
    assert linked(press(led, "Page")) == (
        "a_lesson_for_the_back_2_minutes.html",
        webpage.render_page(lesson).encode(),
    )
    assert list(tmp_path.iterdir()) == []


# By hand


@pytest.fixture(scope="module")
def start(tmp_path_factory) -> Iterator[LessonChooser]:
    folder = tmp_path_factory.mktemp("teacher") / "my_lessons"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(saved_lessons.LESSON_FILES_FOLDER.variable, str(folder))
        teaching._cached_lesson_chooser.cache_clear()  # another test's desk writes elsewhere
        yield choose_lesson()


@pytest.fixture
def chooser(start: LessonChooser) -> LessonChooser:
    """A desk as it is at first: making one anew would cost each test its pictures."""
    start._adopt_lesson(plan_lesson(20))
    return start


def test_the_plan_of_the_lesson_chooser_is_led_by_a_class_player(chooser):
    assert isinstance(chooser._led.player, ClassPlayer)


def test_running_the_lesson_chooser_again_keeps_what_was_ticked(chooser):
    chooser._boxes["cautions"]["osteoporosis"].value = True
    assert choose_lesson() is chooser
    assert choose_lesson()._boxes["cautions"]["osteoporosis"].value


@pytest.mark.parametrize(
    ("group", "names", "ticked", "wish"),
    [
        ("cautions", [], True, {}),
        ("cautions", ["osteoporosis"], True, {"cautions": "osteoporosis"}),
        ("sections", ["stretching_the_spine"], True, {"sections": "stretching_the_spine"}),
        ("positions", ["lying", "kneeling"], False, {"positions": ["sitting", "standing"]}),
        ("props", ["bed"], True, {"props": [*PROPS_OF_ANY_CLASS, "bed"]}),
    ],
)
def test_a_lesson_chosen_by_ticking_equals_one_planned_by_the_same_arguments(
    chooser, group, names, ticked, wish
):
    for name in names:
        chooser._boxes[group][name].value = ticked
    planned = plan_lesson(20, **wish)
    assert chooser.lesson.timeline == planned.timeline
    assert repr(chooser) == f"LessonChooser({planned.timeline})"


def button(desk: ActionButtons, name: str) -> None:
    """Press a button of the desk."""
    found = (each for each in desk._row.children if isinstance(each, widgets.Button))
    next(each for each in found if each.description == name).click()


def test_an_exercise_moved_in_the_chooser_is_led_in_its_new_place_and_undo_restores_the_plan(
    chooser,
):
    led, before = teach(chooser), chooser.lesson
    chooser._list.index = 1
    moved = chooser._list.options[1].split("  ")[1]
    button(chooser._edits, "Up")
    assert chooser._list.index == 0
    assert chooser._list.options[0].split("  ")[1] == moved
    assert led.lesson is chooser.lesson
    assert led.player.timeline == chooser.lesson.timeline.to_dict()
    assert "It is for you to decide." in chooser._edits.outcome.value
    button(chooser._edits, "Undo")
    assert chooser.lesson.timeline == before.timeline == led.lesson.timeline


def test_an_amount_and_a_note_are_typed_beside_the_exercise_that_is_marked(chooser):
    chooser._list.index = 0
    *amounts, note = chooser._detail.children
    amounts[0].value = 2
    note.value = "Dim the light."
    first = chooser.lesson.parts[0]
    assert (first.options.minutes, first.note) == (2, "Dim the light.")
    amounts[0].value = 99
    assert "takes 1 to 15 minutes" in chooser._message.value
    assert chooser.lesson.parts[0].options.minutes == 2
    assert "Dim the light." in chooser._card.value


def test_a_lesson_saved_in_the_chooser_keeps_its_name_and_can_be_opened_there(chooser):
    chooser._name.value = "Tuesday at six"
    button(chooser._files, "Save")
    chooser._minutes.value = 12
    assert chooser.lesson.title == "Tuesday at six"
    assert chooser._saved.value == "tuesday_at_six"
    button(chooser._files, "Open")
    assert chooser.lesson.wish["minutes"] == 20
    assert "tuesday_at_six" in repr(my_lessons())
    assert open_lesson("Tuesday at six").timeline == chooser.lesson.timeline


def test_what_was_ticked_changed_and_typed_comes_back_with_another_kernel(chooser):
    chooser._boxes["cautions"]["osteoporosis"].value = True
    chooser._list.index = 1
    button(chooser._edits, "Down")
    chooser._detail.children[-1].value = "Slowly."
    teaching._cached_lesson_chooser.cache_clear()
    again = choose_lesson()
    assert again is not chooser
    assert again._list.options == chooser._list.options
    assert again._boxes["cautions"]["osteoporosis"].value
    assert again.lesson.timeline == chooser.lesson.timeline
    assert "Slowly." in [part.note for part in again.lesson.parts]


def test_a_choice_that_leaves_too_little_offers_a_button_that_plans_the_nearest_lesson(chooser):
    for name, box in chooser._boxes["positions"].items():
        box.value = name == "kneeling"
    kept = chooser.lesson
    for box in chooser._boxes["props"].values():
        box.value = False
    assert "Too little is left" in chooser._message.value
    assert chooser._nearest.layout.display is None
    chooser._nearest.click()
    assert chooser.lesson is not kept
    assert "This is the nearest" in chooser._message.value
    assert chooser._nearest.layout.display == "none"


def test_plan_lesson_with_too_little_left_gives_the_nearest_lesson_and_says_why():
    lesson = plan_lesson(10, positions="kneeling", props=[])
    assert lesson.told[0].startswith("Too little is left of what was chosen")
    assert {part.exercise.position for part in lesson.parts} == {"kneeling"}


def test_the_card_and_player_of_the_chooser_follow_its_plan_and_the_card_is_what_is_saved(chooser):
    chooser._version.value = "easier"
    assert chooser._led.player.timeline == chooser.lesson.timeline.to_dict()
    assert chooser._card.value == lesson_card(chooser.lesson, with_rules=True)._repr_html_()
    assert 'role="status"' in chooser._message.value
    data = chooser._repr_mimebundle_()
    assert data["text/html"] == lesson_card(chooser.lesson)._repr_html_()
    assert data["text/plain"] == repr(chooser)


def test_an_impossible_choice_shows_an_alert_and_leaves_the_plan_as_it_was(chooser):
    before = chooser.lesson
    chooser._minutes.value = 0
    assert 'role="alert"' in chooser._message.value
    assert "and 0 minutes were wished for" in chooser._message.value
    assert f"still the one before: {before.title}" in chooser._message.value
    assert chooser.lesson is before
    assert chooser._led.player.timeline == before.timeline.to_dict()
    chooser._minutes.value = 20
    for box in chooser._boxes["positions"].values():
        box.value = False
    assert "Choose at least one position" in chooser._message.value


def test_every_control_has_a_label_in_words_and_conditions_stand_in_their_order(chooser):
    labels = {
        group: [box.description for box in boxes.values()]
        for group, boxes in chooser._boxes.items()
    }
    labels["controls"] = [chooser._minutes.description, chooser._version.description]
    assert all(re.fullmatch("[A-Z][^_]*", label) for label in chain(*labels.values()))
    assert "Osteoporosis or spinal fracture" in labels["cautions"]
    assert "Everyone" not in labels["cautions"]
    assert labels["cautions"] == sorted(labels["cautions"])


# Shared


def test_a_lesson_is_shared_as_a_link_and_as_a_file_and_opened_again(tmp_path):
    lesson = plan_lesson(10)
    card = share_lesson(lesson, "https://school.example/back/")
    link = re.search(r'href="([^"]+)"', card._repr_html_())[1]
    assert link.startswith("https://school.example/back/shared.html#")
    assert f"{len(link):,} letters" in repr(card)
    assert [i.exercise for i in open_lesson(link).parts] == [i.exercise for i in lesson.parts]
    share_lesson(lesson, path := str(tmp_path / "tuesday.json"))
    assert open_lesson(path).timeline == open_lesson(link).timeline
    with pytest.raises(SharedFileError, match="no address of a site"):
        share_lesson(lesson, "a pigeon")


def test_what_is_shared_holds_neither_notes_nor_what_the_group_has(tmp_path):
    lesson = plan_lesson(20, cautions=["sore_knees", "glaucoma"])
    noted = replace(lesson, parts=(replace(lesson.parts[0], note="Ida sits"), *lesson.parts[1:]))
    share_lesson(noted, path := str(tmp_path / "tuesday.json"))
    shared = Path(path).read_text(encoding="utf-8")
    assert not [word for word in ("sore_knees", "glaucoma", "Ida") if word in shared]
    again = open_lesson(path)
    assert [each.exercise.id for each in again.chosen_parts] == [
        each.exercise.id for each in lesson.chosen_parts
    ]


def test_the_class_player_is_sent_no_condition_of_anybody():
    lesson = plan_lesson(30, cautions=["sore_knees", "pregnant"])
    seen = str(ClassPlayer(lesson).get_state())
    names = [lesson.library.safety.conditions[each] for each in lesson.cautions]
    assert not [word for word in (*names, "sore_knees") if word in seen]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("", "not all of it"),
        ("[" * 900_000, "not all of it"),
        ("[" * 9_000_000, "more than anything"),
        ("[]", "no lesson"),
        ('{"kind": "programme", "text": ""}', "no lesson"),
        ('{"kind": "lesson", "text": 1}', "no lesson"),
    ],
)
def test_a_link_that_holds_no_lesson_is_refused_in_a_sentence(made, told):
    with pytest.raises(SharedFileError, match=told):
        open_lesson(format_shared_link(made, "https://school.example"))


def test_a_link_that_was_cut_is_refused_in_a_sentence():
    card = share_lesson(plan_lesson(5), "https://a.example")
    link = re.search(r'href="([^"]+)"', card._repr_html_())[1]
    for end in (30, 500, -300, -1):
        with pytest.raises(SharedFileError, match="not all of it"):
            open_lesson(link[:end])
    with pytest.raises(SharedFileError, match="longer"):
        open_lesson(f"#{'A' * 200_000}")


def test_a_shared_lesson_with_an_unknown_exercise_is_refused_with_that_name():
    text = "title: A\nexercises:\n- exercise: flying\n"
    made = json.dumps({"kind": "lesson", "text": text})
    with pytest.raises(DataError, match="flying"):
        open_lesson(format_shared_link(made, "https://school.example"))


@pytest.mark.parametrize(
    ("origin", "base", "listens_at", "address"),
    [
        ("http://localhost:8888", "/", "localhost", ""),
        ("http://127.0.0.1:8888", "/", "127.0.0.1", ""),
        ("http://127.0.0.1:8888", "/", "0.0.0.0", "http://10.0.0.7:8888/backcare/remote"),
        ("http://localhost:8888", "/", "", "http://10.0.0.7:8888/backcare/remote"),
        ("http://10.0.0.9:8888", "/", "0.0.0.0", "http://10.0.0.9:8888/backcare/remote"),
        (
            "https://class.example.org",
            "/user/anna/",
            "127.0.0.1",
            "https://class.example.org/user/anna/backcare/remote",
        ),
    ],
)
def test_the_address_shown_for_a_phone_is_one_that_it_can_reach_or_none(
    origin, base, listens_at, address
):
    remote = Path(teaching.__file__).parents[2] / "lab" / "remote.py"
    address_for_phones = runpy.run_path(str(remote))["address_for_phones"]
    address_for_phones.__globals__["address_in_network"] = lambda: "10.0.0.7"
    assert address_for_phones(origin, base, listens_at) == address
