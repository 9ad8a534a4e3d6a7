"""The README, the other pages and the picture of the house tell the truth about the code."""

import ast
import pkgutil
import re

import pytest

from tools import house

PACKAGE = house.ROOT / "backcare_nb"
TEXT = house.README.read_text(encoding="utf-8")
FLOORS = {room.folder.name: floor for floor, room in enumerate(house.rooms())}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)
PAGES = [house.README, *sorted(house.ROOT.glob("docs/*.md"))]
TOLD = [*PAGES, *(house.ROOT / name for name in ("start.py", "binder/postBuild"))]
NAMED = {
    name
    for path in TOLD
    for name in re.findall(r"\bbackcare_nb(?:\.\w+)+", path.read_text(encoding="utf-8"))
}
LINKS = [
    (path, goal)
    for path in PAGES
    for goal in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", path.read_text(encoding="utf-8"))
]


def imported(text: str) -> set[str]:
    """The rooms that a module's text imports from, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "name the room: from backcare_nb.body import solver"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= set(names if node.module == "backcare_nb" else [node.module])
    return {name.split(".")[1] for name in found if name.startswith("backcare_nb.")}


def test_every_folder_of_the_package_is_a_room_that_the_readme_tells_of():
    folders = {path.parent for path in MODULES}
    assert {room.folder for room in house.rooms()} == folders


def test_every_room_says_what_it_is_for():
    for room in house.rooms():
        assert ast.get_docstring(ast.parse((room.folder / "__init__.py").read_text("utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_room_uses_only_rooms_below_it(path):
    used = imported(path.read_text(encoding="utf-8"))
    assert [room for room in used if FLOORS[room] < FLOORS[path.parent.name]] == []


def test_imports_are_seen_in_every_way_of_writing_them():
    text = (
        "from backcare_nb.course.models import Side\nfrom backcare_nb.body import solver\n"
        "import backcare_nb.journal.entry\n"
        "def late():\n    from backcare_nb import figures\n"
    )
    assert imported(text) == {"course", "body", "journal", "figures"}


def test_the_picture_is_drawn_from_the_table():
    assert house.PICTURE.read_text(encoding="utf-8") == house.drawing()


@pytest.mark.parametrize(("path", "goal"), LINKS, ids=lambda part: getattr(part, "name", part))
def test_what_a_page_links_or_shows_is_there(path, goal):
    assert (path.parent / goal).exists()


@pytest.mark.parametrize("name", sorted(NAMED))
def test_what_a_page_or_a_command_names_is_in_the_package(name):
    pkgutil.resolve_name(name)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`python3? ([\w/]+\.py)", TEXT))))
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
