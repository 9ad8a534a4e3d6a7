"""The notebooks teach what the data hold: all of it, each where it belongs, with care first."""

import ast
import re
from itertools import pairwise

import nbformat
import pytest

from backcare_nb.custom.library import library
from tools.run_notebooks import ROOT

FOLDER = ROOT / "notebooks"
START = FOLDER / "00_start_here.ipynb"
CALL = re.compile(r'^(\w+)\(\s*"(\w+)"')
CARDS = ["about", "take_care", "show", "play", "versions"]

every_section = pytest.mark.parametrize("section", library().sections, ids=lambda s: s.id)


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
def test_every_exercise_is_told_shown_and_played_in_this_order_with_care_before_it(section):
    asked = calls(of_section(section))
    for exercise in section.exercises:
        ours = [what for what, name in asked if name == exercise.id]
        assert ours[: len(CARDS)] == CARDS, exercise.id


@every_section
def test_exercises_come_in_the_order_of_the_section(section):
    told = [name for what, name in calls(of_section(section)) if what == "about"]
    ids = [exercise.id for exercise in section.exercises]
    assert [name for name in told if name in ids] == ids


@every_section
def test_every_exercise_has_a_heading_of_its_own(section):
    headings = [source.splitlines()[0] for source in cells(of_section(section), "markdown")]
    assert headings[0] == f"# {section.title}"
    assert not [e.title for e in section.exercises if f"## {e.title}" not in headings]


@every_section
def test_a_section_opens_with_care_and_the_whole_and_closes_with_a_look_back(section):
    asked = calls(of_section(section))
    assert asked[:2] == [("opening", section.id), ("session", section.id)]
    assert asked[-1] == ("recap", section.id)


@every_section
def test_every_timer_opens_with_the_easier_version(section):
    lines = [line for source in cells(of_section(section), "code") for line in source.splitlines()]
    timers = [line for line in lines if line.startswith(("play(", "session("))]
    assert [line for line in timers if 'version="easier"' not in line] == []


@every_section
def test_a_learner_is_shown_how_to_choose_amounts(section):
    played = [source for source in cells(of_section(section), "code") if "play(" in source]
    assert [source for source in played if re.search(r"\w=", source)]


def test_getting_up_is_told_before_the_first_session_and_taught_in_its_section():
    assert any("get up" in source for source in cells(START, "markdown"))
    asked = calls(of_section(library().sections[0]))
    assert [what for what, name in asked if name == library().rise.id] == CARDS


def test_the_start_shows_safety_before_any_section():
    code = "\n".join(cells(START, "code"))
    assert 0 < code.index("safety()") < code.index("overview()")


def test_the_pages_lead_from_one_to_the_next_and_back_to_the_start():
    pages = [START, *map(of_section, library().sections)]
    for page, following in pairwise(pages):
        assert "**Next:** [" in cells(page, "markdown")[-1]
        assert f"({following.name})" in cells(page, "markdown")[-1]
    assert all(f"({START.name})" in cells(page, "markdown")[-1] for page in pages[1:])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("[0-9]*.ipynb")), ids=lambda p: p.stem)
def test_a_cell_imports_what_it_uses_and_nothing_else(path):
    for source in cells(path, "code"):
        nodes = [*ast.walk(ast.parse(source))]
        imported = {alias.name for n in nodes if isinstance(n, ast.ImportFrom) for alias in n.names}
        named = [n for n in nodes if isinstance(n, ast.Name)]
        made = {n.id for n in named if isinstance(n.ctx, ast.Store)}
        assert {n.id for n in named} - made == imported, source


def test_how_far_the_knees_went_is_asked_once_they_were_rolled():
    asked = calls(FOLDER / "02_rotate_the_back.ipynb")
    place = asked.index(("explore", "roll_knees_to_floor"))
    assert asked.index(("play", "knee_rolls")) < place
    assert place < asked.index(("about", "knee_rolls_to_floor"))


@every_section
def test_amounts_stand_in_the_data_and_not_in_the_prose(section):
    prose = "\n".join(cells(of_section(section), "markdown"))
    assert not re.findall(r"\b\d+ (?:seconds?|minutes?|times|degrees|rounds)\b", prose)
