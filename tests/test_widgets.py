"""The player as Python sees it: what it holds, what stands in for it, the learner's controls."""

import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest
from nbconvert import HTMLExporter

from backcare_nb.custom.library import current_library
from backcare_nb.html import picture
from backcare_nb.notebook import player
from backcare_nb.notebook.exercise_box import exercise as exercise_box
from backcare_nb.notebook.player import ExercisePlayer, Player, intervals, play, session, timer
from backcare_nb.notebook.teaching import teach
from backcare_nb.player import bundle
from backcare_nb.sessions.options import Options, SessionError
from tests.browser.needs import need
from tests.browser.stage import sprite
from tests.samples import exercise


@pytest.fixture(autouse=True)
def quick_pictures(monkeypatch):
    """Small pictures: those of bodies are tested where they are drawn."""
    monkeypatch.setattr(picture, "cached_figure_sprite", sprite)


def field(practice, words):
    """What the menu shows under these words."""
    return next(each for each in practice.option_fields if each["words"] == words)


def choose(practice, words, value):
    """Choose in the menu, as the browser tells of it."""
    practice.chosen = practice.chosen | {field(practice, words)["name"]: value}


def test_the_typescript_compiler_finds_no_type_error_in_the_scripts():
    tsc = shutil.which("tsc")
    need(tsc, "compiler of TypeScript")
    checked = subprocess.run(
        [tsc, "--project", bundle.PLAYER_FOLDER.parents[1]], capture_output=True
    )
    assert checked.returncode == 0, checked.stdout.decode()


def test_the_module_that_each_player_sends_is_under_53_kilobytes():
    assert len(Player._esm.encode()) < 53_000


@pytest.mark.parametrize(
    "name", ["class_player.js", "explorer.js", "journal_form.js", "website.js"]
)
def test_scripts_that_are_bundled_together_declare_no_name_twice(name):
    names = [found for file in bundle.files_in_import_order(name) for found in declared(file)]
    assert sorted(names) == sorted(set(names))
    assert not re.search(r"^(?:import|export) ", bundle.build_script(name), re.M)


def declared(file):
    """What a file for the browser names at its top, and so for all that it is joined with."""
    text = (bundle.PLAYER_FOLDER / file).read_text(encoding="utf-8")
    return re.findall(r"^(?:export )?(?:async )?(?:const|let|class|function) (\w+)", text, re.M)


@pytest.mark.parametrize(
    ("text", "compact"),
    [
        ("// gone\na = 1; // gone\n\n  b = 2;\n", "a=1;b=2;"),
        ("/** gone\n * gone */\nlet  a = /** @type {any} */ (b);", "let a=(b);"),
        ("return /* a\nb */ 1", "return\n1"),  # as a browser reads it
        ("a + +b - -c < !--d / e", "a+ +b- -c< !--d/e"),
        ("(a) => { b ? .5 : [ c ] }", "(a)=>{b? .5:[c]}"),
        ("a = \"  // '  \" + '  /* \" '", "a=\"  // '  \"+'  /* \" '"),
        ("a = 'it\\'s  // ' // gone", "a='it\\'s  // '"),
        ("a = `\n  two  // lines\n`;  b", "a=`\n  two  // lines\n`;b"),
        ("a = `${{b:  `  ${1}  `}.b}  // c`;  d", "a=`${{b:`  ${1}  `}.b}  // c`;d"),
        ("a = `\\`  ${b}` // gone", "a=`\\`  ${b}`"),
        ('a.replace(/["/]  \\/\\//g, / [`] /) // gone', 'a.replace(/["/]  \\/\\//g,/ [`] /)'),
        ("a = b / c; // gone / \nd = (e) / 2 / 3", "a=b/c;d=(e)/2/3"),
    ],
)
def test_minifying_a_script_drops_comments_and_indentation_and_keeps_quoted_text(text, compact):
    assert bundle.minify_javascript(text) == compact


def test_without_widgets_a_player_shows_its_steps_and_seconds_as_html():
    shown, _ = intervals(work=30, rest=10, rounds=2)._repr_mimebundle_()
    assert "<li>Hold, round 1 of 2: Work. 30 seconds.</li>" in shown["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert shown["text/plain"] == repr(intervals(work=30, rest=10, rounds=2))  # on every run
    shown, _ = ExercisePlayer(exercise(), Options())._repr_mimebundle_()
    assert shown["text/plain"] == "ExercisePlayer(Knee rolls: 8 phases, 1:52 in all)"
    assert "<li>Hold, right side: Knees to the right. 30 seconds.</li>" in shown["text/html"]
    assert "<li>Get ready. 5 seconds.</li>" in shown["text/html"]  # what it is called, once
    assert "<li>Change sides, right side. 8 seconds.</li>" in shown["text/html"]


def test_hostile_words_never_become_markup_in_the_html_that_replaces_a_player():
    hostile = exercise(title="<script>alert(1)</script>")
    shown, _ = ExercisePlayer(hostile, Options())._repr_mimebundle_()
    assert "<script" not in shown["text/html"]
    assert "&lt;script&gt;" in shown["text/html"]


def test_an_amount_field_states_its_range_and_refuses_a_value_beyond_it():
    practice = ExercisePlayer(exercise(), Options())
    before, seconds = practice.timeline["total"], "Seconds in each hold (5 to 60)"
    about = "1 minute of it at work; the rest is words, getting into place and changing sides."
    assert (practice.about, field(practice, seconds)["value"]) == (about, 30)
    choose(practice, seconds, 20)
    assert practice.timeline["total"] == before - 2 * 10_000
    choose(practice, seconds, 600)
    refusal = "Knee rolls takes 5 to 60 seconds in each hold, and 600 was asked for."
    assert practice.refusal == refusal
    assert practice.timeline["total"] == before - 2 * 10_000  # as it was
    choose(practice, seconds, 30)
    assert (practice.refusal, practice.timeline["total"]) == ("", before)


def test_choosing_a_side_in_the_form_of_a_player_plays_that_side_and_choosing_both_plays_both():
    practice = ExercisePlayer(exercise(), Options())
    for chosen, sides in (("right", {"right"}), ("both", {"left", "right"})):
        choose(practice, "Side", chosen)
        phases = practice.timeline["phases"]
        assert {phase["side"] for phase in phases if phase["kind"] == "hold"} == sides


def test_a_session_lying_on_a_bed_ends_with_the_way_of_getting_up_from_a_bed():
    def ways(practice):
        found = {phase["exercise"] for phase in practice.timeline["phases"]}
        return found & {rise.id for rise in current_library().rises_from_floor_and_bed}

    practice = play("constructive_rest", version="source")
    assert ways(practice) == {"getting_up"}
    choose(practice, "Where you lie", "bed")
    assert ways(practice) == {"getting_up_from_bed"}
    choose(practice, "Version", "easier")
    assert ways(practice) == {"getting_up_from_bed"}
    assert ways(session("relax_the_back", on_bed=True)) == {"getting_up_from_bed"}
    for elsewhere in (session("rotate_the_back"), play("getting_up")):
        assert "place" not in [each["name"] for each in elsewhere.option_fields]


def test_another_version_brings_amounts_of_its_own():
    easier = {
        "title": "Small rolls",
        "what": "Roll less far.",
        "change": {"hold": {"seconds": {"default": 5, "min": 2, "max": 20}}},
    }
    practice = ExercisePlayer(exercise(easier=easier), Options())
    choose(practice, "Version", "easier")
    assert field(practice, "Seconds in each hold (2 to 20)")["value"] == 5


def test_changing_the_version_of_a_section_resets_its_amounts_and_keeps_waiting_switched_on():
    whole = session("relax_the_back", version="source", seconds=30, wait=True)
    as_taught = whole.timeline
    choose(whole, "Version", "easier")
    easier = session("relax_the_back", version="easier", wait=True).timeline
    assert whole.timeline == easier != as_taught


@pytest.mark.parametrize("section", current_library().sections, ids=lambda section: section.id)
def test_a_section_session_leaves_out_what_is_apart_and_gets_up_if_it_ends_on_the_floor(section):
    *_, last = (each for each in section.exercises if not each.apart)
    timeline = session(section.id).timeline
    kinds = [phase["kind"] for phase in timeline["phases"]]
    assert ("rise" in kinds) == ((last.ends or last.position) in ("supine", "prone", "kneeling"))
    assert not {each.id for each in section.exercises if each.apart} & set(timeline["exercises"])


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (
            lambda: play("knee_rolls", times=3),
            "Knee rolls has no repetitions to choose, but seconds",
        ),
        (
            lambda: session("relax_the_back", tempo=3),
            "Relax the back has no seconds for each repetition to choose, but seconds in each hold",
        ),
        (lambda: session("relax_the_back", seconds={"hum": 3}), "Relax the back has no step 'hum'"),
        (lambda: play("maypole", side="left"), "The maypole is done in the middle"),
    ],
)
def test_an_amount_that_an_exercise_does_not_have_is_refused_in_a_sentence(start, sentence):
    with pytest.raises(SessionError, match=f"^{sentence}"):
        start()


@pytest.mark.parametrize(
    ("named", "lasts"),
    [
        ({"seconds": 30}, 30_000),
        ({"minutes": 2}, 120_000),
        ({"minutes": 1, "seconds": 30}, 90_000),
        ({"minutes": 0, "seconds": 30}, 30_000),
        ({}, 300_000),
    ],
)
def test_a_timer_lasts_what_is_asked_and_no_more(named, lasts):
    assert timer(**named).timeline["total"] == lasts


def test_a_result_listener_is_called_once_for_each_result(monkeypatch):
    monkeypatch.setattr(player.Player, "_heard_result_keys", set())
    heard = []
    one, two = timer(1), timer(1)
    for each in (one, two):
        each.on_result(heard.append)
    result = {"id": "a", "ended": "2030-01-01T00:00:00Z", "finished": True}
    one.results = [result]
    two.results = [result]
    assert heard == [result]


def test_in_marimo_teach_displays_its_player_and_exercise_all_its_parts(monkeypatch):
    led = teach("standing_up")
    assert led._display_() is led.player
    marimo = SimpleNamespace(vstack=list)  # shows one thing below another
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    box = exercise_box("maypole")
    assert box._display_() == list(box.parts)


def test_a_timer_exported_from_a_notebook_to_html_shows_its_steps(tmp_path):
    output = nbformat.v4.new_output("display_data", data=timer(minutes=3)._repr_mimebundle_()[0])
    cell = nbformat.v4.new_code_cell("timer(minutes=3)", outputs=[output])
    html, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert "<li>Hold: Timer. 3 minutes.</li>" in html
