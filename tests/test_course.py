"""The notebooks teach what the data hold: all of it, each where it belongs, with care first."""

import ast
import re
from itertools import pairwise

import nbformat
import pytest

from backcare_nb.custom.library import current_library
from tools.run_notebooks import ROOT

FOLDER = ROOT / "notebooks"
START = FOLDER / "00_start_here.ipynb"
CALL = re.compile(r'^(\w+)\(\s*"(\w+)"')

every_section = pytest.mark.parametrize("section", current_library().sections, ids=lambda s: s.id)


def cells(path, kind: str) -> list[str]:
    notebook = nbformat.read(path, as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def of_section(section):
    return FOLDER / f"{section.number:02d}_{section.id}.ipynb"


def calls(path) -> list[tuple[str, str]]:
    """What the code cells ask for, in their order: what, and of which section or exercise."""
    lines = (line for source in cells(path, "code") for line in source.splitlines())
    return [match.groups() for match in map(CALL.match, lines) if match]


@every_section
def test_each_exercise_has_a_notebook_cell_and_those_done_at_another_time_come_last(section):
    ids = [exercise.id for exercise in sorted(section.exercises, key=lambda each: each.apart)]
    boxes = [name for what, name in calls(of_section(section)) if what == "exercise"]
    assert [name for name in boxes if name in ids] == ids


@every_section
def test_an_exercises_output_has_figure_and_cautions_then_the_player_then_folded_details(section):
    notebook = nbformat.read(of_section(section), as_version=4)
    boxes = [cell for cell in notebook.cells if "exercise(" in cell.source]
    for box in boxes:
        care, player, folded = (output.data["text/html"] for output in box.outputs)
        assert 'class="care"' in care
        assert "<img alt=" in care + folded  # saved once where the notebook shows it twice
        assert box.outputs[1].data["text/plain"].startswith("ExercisePlayer(")
        assert player.startswith("<details>")
        assert folded.count('<details class="fold"><summary>') == 3


@every_section
def test_a_section_notebook_calls_section_first_and_recap_last(section):
    assert cells(of_section(section), "markdown")[0].startswith(f"# {section.title}\n")
    asked = calls(of_section(section))
    assert (asked[0], asked[-1]) == (("section", section.id), ("recap", section.id))


@every_section
def test_a_section_notebook_has_few_cells_for_its_number_of_exercises(section):
    assert len(cells(of_section(section), "code")) <= len(section.exercises) + 5
    assert len(cells(of_section(section), "markdown")) <= 7


def test_a_learner_is_shown_how_to_choose_amounts():
    played = [c for c in cells(of_section(current_library().sections[0]), "code") if "play(" in c]
    assert [source for source in played if re.search(r"\w=", source)]


IN_JUPYTER = re.compile(r"\b(?:box|boxes|\*\*Run|Shift)\b")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("0[0-5]*.ipynb")), ids=lambda p: p.stem)
def test_prose_about_cells_and_menus_is_left_out_of_slides(path):
    told = [c for c in nbformat.read(path, as_version=4).cells if IN_JUPYTER.search(c.source)]
    prose = [cell for cell in told if cell.cell_type == "markdown"]
    assert not [c.source for c in prose if c.metadata.slideshow.slide_type != "skip"]


def test_getting_up_is_told_before_the_first_session_and_taught_in_its_section():
    assert any("get up" in source for source in cells(START, "markdown"))
    asked = calls(of_section(current_library().sections[0]))
    assert [what for what, name in asked if name == current_library().rise.id] == ["exercise"]


def test_the_start_notebook_shows_the_saved_overview_then_the_last_practice_and_the_safety_card():
    shown = [cell for cell in nbformat.read(START, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.source.splitlines()[-1] for cell in shown][:3] == [
        "overview()",
        "last_practice()",
        "safety()",
    ]
    tiles = shown[0].outputs[0].data["text/html"]
    assert tiles.count('class="tile-picture"') == len(current_library().sections)


def test_the_pages_lead_from_one_to_the_next_and_back_to_the_start():
    pages = list(map(of_section, current_library().sections))
    assert f"({pages[0].name})" in cells(START, "markdown")[-1]
    last_shown = {
        page: nbformat.read(page, as_version=4).cells[-1].outputs[0].data["text/html"]
        for page in pages
    }
    for page, following in pairwise(pages):
        assert f'href="{following.name}"' in last_shown[page]
    assert all(f'href="{START.name}"' in shown for shown in last_shown.values())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("[0-9]*.ipynb")), ids=lambda p: p.stem)
def test_a_cell_imports_what_it_uses_and_nothing_else(path):
    for source in cells(path, "code"):
        nodes = [*ast.walk(ast.parse(source))]
        imported = {alias.name for n in nodes if isinstance(n, ast.ImportFrom) for alias in n.names}
        named = [n for n in nodes if isinstance(n, ast.Name)]
        made = {n.id for n in named if isinstance(n.ctx, ast.Store)}
        assert {n.id for n in named} - made == imported, source


def test_the_adjustable_knee_rolls_come_after_knee_rolls_and_before_rolls_to_the_floor():
    asked = calls(FOLDER / "02_rotate_the_back.ipynb")
    place = asked.index(("explore", "roll_knees_to_floor"))
    assert asked.index(("exercise", "knee_rolls")) < place
    assert place < asked.index(("exercise", "knee_rolls_to_floor"))


@every_section
def test_amounts_stand_in_the_data_and_not_in_the_prose(section):
    prose = "\n".join(cells(of_section(section), "markdown"))
    assert not re.findall(r"\b\d+ (?:seconds?|minutes?|times|degrees|rounds)\b", prose)
