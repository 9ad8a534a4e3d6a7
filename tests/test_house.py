"""The README, the other pages and the picture of the packages tell the truth about the code."""

import ast
import pkgutil
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.for_each import for_each
from tools import house

PACKAGE = house.ROOT / "backcare_nb"
LEVELS = {package.folder.name: level for level, package in enumerate(house.packages())}
MODULES = {
    ".".join(path.relative_to(house.ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.parent != PACKAGE
}
PAGES = [*sorted(house.ROOT.glob("*.md")), *sorted(house.ROOT.glob("docs/*.md"))]
TEXTS = {path: path.read_text(encoding="utf-8") for path in PAGES}
ALL_TEXT = "\n".join(TEXTS.values())
COMMANDS = set(re.findall(r"`python3? ([\w/]+\.py)", ALL_TEXT))
PLAIN = [
    (house.ROOT / name).read_text(encoding="utf-8") for name in ("start.py", "binder/postBuild")
]
# As `backcare_nb.posture.checks`, or as the name of something in a package: `html.card.Card`.
BELOW = re.compile(rf"`((?:{'|'.join(LEVELS)})(?:\.\w+)+)(?<!yaml)`")
NAMED = set(re.findall(r"\bbackcare_nb(?:\.\w+)+", "\n".join([ALL_TEXT, *PLAIN])))
NAMED |= {f"backcare_nb.{name}" for name in BELOW.findall(ALL_TEXT)}


def imported(text: str) -> set[str]:
    """The modules of the package that a module's text imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "name the package: from backcare_nb.body import skeleton"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & MODULES.keys() or {node.module}
    return {name for name in found if name.startswith("backcare_nb.")}


@pytest.fixture(scope="module")
def imports():
    """The modules that each module imports."""
    return {name: imported(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def test_imports_are_seen_in_every_way_of_writing_them():
    text = (
        "from backcare_nb.course.models import Side\nfrom backcare_nb.body import skeleton\n"
        "import backcare_nb.journal.entry\nimport json\n"
        "def late():\n    from backcare_nb import figures\n"
    )
    names = ("course.models", "body.skeleton", "journal.entry", "figures")
    assert imported(text) == {f"backcare_nb.{name}" for name in names}


def test_a_package_uses_only_packages_below_it(imports):
    levels = {name: LEVELS[name.split(".")[1]] for name in MODULES}
    pairs = [(name, used) for name in imports for used in imports[name]]
    assert [pair for pair in pairs if LEVELS[pair[1].split(".")[1]] < levels[pair[0]]] == []


def test_no_two_files_import_each_other_in_a_circle(imports):
    files = {name: used & MODULES.keys() - {name} for name, used in imports.items()}
    assert len(list(TopologicalSorter(files).static_order())) == len(MODULES)


def test_every_package_is_in_the_readme_and_says_what_it_is_for():
    assert {package.folder for package in house.packages()} == {p.parent for p in MODULES.values()}
    for package in house.packages():
        assert ast.get_docstring(ast.parse((package.folder / "__init__.py").read_text("utf-8")))


def test_the_package_diagram_is_the_one_that_its_table_of_packages_draws():
    assert house.PICTURE.read_text(encoding="utf-8") == house.draw_packages()


def test_every_local_link_in_the_documentation_leads_to_a_file():
    links = {path: re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", t) for path, t in TEXTS.items()}
    gone = {(p.name, goal) for p in links for goal in links[p] if not (p.parent / goal).exists()}
    assert any(links.values())
    assert not gone


@for_each(sorted(NAMED))
def test_every_code_name_in_the_documentation_can_be_imported(name):
    pkgutil.resolve_name(name)


def test_the_walks_of_the_readme_name_what_the_code_defines_and_where_it_does():
    walks = re.findall(r"^From an? .*?(?=\n\n)", TEXTS[house.README], re.MULTILINE | re.DOTALL)
    words = " ".join(" ".join(walks).split())
    placed = re.findall(r"`([\w.]+)` \(`([\w/]+)\.py`\)", words)
    assert placed
    for name, file in placed:
        pkgutil.resolve_name(f"backcare_nb.{file.replace('/', '.')}:{name}")
    nodes = (n for p in MODULES.values() for n in ast.walk(ast.parse(p.read_text("utf-8"))))
    keys = ("name", "attr")  # of functions and classes, and of what is asked of a value
    defined = {getattr(node, key, "") for node in nodes for key in keys}
    named = {name.rpartition(".")[2] for name in re.findall(r"`([A-Za-z_.]+)`", words)}
    assert named <= defined


def test_the_pages_tell_of_every_tool_and_benchmark_and_of_none_that_there_is_not():
    made = {*house.ROOT.glob("tools/*.py"), *house.ROOT.glob("tests/benchmarks/*.py")}
    runs = {p for p in made if "__main__" in p.read_text(encoding="utf-8")}
    assert runs
    assert {path.relative_to(house.ROOT).as_posix() for path in runs} <= COMMANDS
    assert not [name for name in COMMANDS if not Path(house.ROOT, name).is_file()]


def test_every_picture_of_the_readme_says_what_it_shows():
    shown = re.findall(r"!\[([^\]]*)\]", TEXTS[house.README])
    assert shown
    assert all(shown)
