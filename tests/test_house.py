"""The README and its picture of the house tell the truth about the code."""

import ast
import re
from pathlib import Path

import pytest

from tools import house

PACKAGE = house.ROOT / "backcare_nb"
TEXT = house.README.read_text(encoding="utf-8")
FLOORS = {module: floor for floor, room in enumerate(house.rooms()) for module in room.modules}


def imported(path: Path) -> set[str]:
    """The modules of the package that a module imports, wherever in its text."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        name = node.module or ""
        if node.level or name == "backcare_nb" or name.startswith("backcare_nb."):
            inner = name.removeprefix("backcare_nb").removeprefix(".")
            found |= {inner} if inner else {alias.name for alias in node.names}
    return found


def test_every_module_has_its_room_and_every_room_only_modules_that_exist():
    names = [path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.is_file()]
    assert sorted(FLOORS) == sorted(names)


def test_the_house_has_six_rooms():
    assert [room.name for room in house.rooms()] == [
        "Notebooks show",
        "Pages and print",
        "Sessions",
        "Figures",
        "Body",
        "Data",
    ]


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_a_room_uses_only_rooms_below_it(path):
    above = [m for m in imported(path) if FLOORS[m] < FLOORS[path.stem]]
    assert above == []


def test_imports_are_seen_in_every_way_of_writing_them(tmp_path):
    path = tmp_path / "sample.py"
    path.write_text(
        "from backcare_nb.model import Side\nfrom . import view\nfrom .page import Page\n"
        "def late():\n    from backcare_nb import figure\n"
    )
    assert imported(path) == {"model", "view", "page", "figure"}


def test_the_picture_is_drawn_from_the_table():
    assert house.PICTURE.read_text(encoding="utf-8") == house.drawing()


@pytest.mark.parametrize("goal", re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT))
def test_what_the_readme_links_or_shows_is_there(goal):
    assert (house.ROOT / goal).exists()


@pytest.mark.parametrize("path", re.findall(r"`python3? ([\w/]+\.py)", TEXT))
def test_a_command_of_the_readme_names_a_file_that_is_there(path):
    assert (house.ROOT / path).is_file()


def test_every_tool_and_benchmark_is_told_in_the_readme():
    told = set(re.findall(r"`python3? ([\w/]+\.py)", TEXT))
    made = {*house.ROOT.glob("tools/*.py"), *house.ROOT.glob("tests/benchmarks/*.py")}
    runs = {p for p in made if "__main__" in p.read_text(encoding="utf-8")}
    assert runs
    assert {path.relative_to(house.ROOT).as_posix() for path in runs} <= told


def test_every_picture_of_the_readme_says_what_it_shows():
    shown = re.findall(r"!\[([^\]]*)\]", TEXT)
    assert len(shown) >= 4
    assert all(shown)
