"""How large the code is and how far from its rules, beside an earlier revision.

    python tests/benchmarks/bench_code.py [REVISION]

Each figure of the working tree, of the revision (without one: of the newest commit), and their
ratio. Findings of mypy --strict are counted where mypy is installed.
"""

import ast
import importlib.util
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "backcare_nb"


def main(revision: str = "HEAD") -> None:
    """Print the figures of both trees."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(
            ["git", "archive", revision], cwd=ROOT, capture_output=True, check=True
        ).stdout
        with tarfile.open(fileobj=BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        print(f"{'':44}{'now':>10}{revision[:9]:>10}{'ratio':>8}")
        for words, count in FIGURES.items():
            now, then = count(ROOT), count(Path(folder))
            print(f"{words:44}{now:10,}{then:10,}{now / then if then else 1:8.2f}")


def python_files(root: Path, folder: str) -> list[Path]:
    """The Python files below a folder of a tree."""
    return sorted((root / folder).rglob("*.py"))


def lines(folder: str) -> Callable[[Path], int]:
    """A count of the lines of a folder's Python files."""
    return lambda root: sum(
        len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(root, folder)
    )


def module_trees(root: Path) -> dict[str, ast.Module]:
    """The syntax trees of the package by the modules' dotted names."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in python_files(root, PACKAGE)
    }


def functions(root: Path) -> list[ast.FunctionDef]:
    """Every function and method of the package."""
    trees = module_trees(root).values()
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def helpers_used_once(root: Path) -> int:
    """Private functions and methods whose name is used once in their module."""
    count = 0
    for tree in module_trees(root).values():
        nodes = list(ast.walk(tree))
        used = Counter(node.id for node in nodes if isinstance(node, ast.Name))
        used.update(node.attr for node in nodes if isinstance(node, ast.Attribute))
        made = [node.name for node in nodes if isinstance(node, ast.FunctionDef)]
        count += sum(
            name.startswith("_") and not name.endswith("__") and used[name] == 1 for name in made
        )
    return count


def defined_names(tree: ast.Module) -> Iterator[str]:
    """The names that a module defines at its top level."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (n for target in targets for n in ast.walk(target))
            yield from (name.id for name in names if isinstance(name, ast.Name))


def names_of_several_modules(root: Path) -> int:
    """Names at top level that more than one module defines; main is what Python calls it."""
    names = (set(defined_names(tree)) - {"main"} for tree in module_trees(root).values())
    counted = Counter(name for each in names for name in each)
    return sum(count > 1 for count in counted.values())


def files_in_circles(root: Path) -> int:
    """Modules that import each other in a circle, wherever in them the import stands."""
    trees = module_trees(root)
    graph: dict[str, set[str]] = {}
    for module, tree in trees.items():
        graph[module] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                wanted = {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
                graph[module] |= wanted & trees.keys() - {module}
    caught: set[str] = set()
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            first, second, *_ = error.args[1]
            caught.update(error.args[1])
            graph[second].discard(first)
            graph[first].discard(second)
        else:
            return len(caught)


def mypy_findings(root: Path) -> int:
    """What mypy --strict finds in the package."""
    if importlib.util.find_spec("mypy") is None:
        return 0
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null", PACKAGE]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout
    return told.count(": error:")


def notebooks(root: Path) -> list[bytes]:
    """The files of the notebooks."""
    return [path.read_bytes() for path in sorted(root.glob("notebooks/*.ipynb"))]


FIGURES: dict[str, Callable[[Path], int]] = {
    "lines of the package": lines(PACKAGE),
    "lines of the tests, with benchmarks": lines("tests"),
    "lines of tools": lines("tools"),
    "lines of start.py": lambda root: len((root / "start.py").read_text("utf-8").splitlines()),
    "files of the package": lambda root: len(python_files(root, PACKAGE)),
    "functions": lambda root: len(functions(root)),
    "functions without a docstring": lambda root: sum(
        ast.get_docstring(function) is None for function in functions(root)
    ),
    "private helpers used once": helpers_used_once,
    "names that several modules define": names_of_several_modules,
    "files that import each other in a circle": files_in_circles,
    "findings of mypy --strict": mypy_findings,
    "bytes of the notebooks": lambda root: sum(map(len, notebooks(root))),
    "letters of their longest line": lambda root: max(
        len(line) for file in notebooks(root) for line in file.decode().splitlines()
    ),
}

if __name__ == "__main__":
    main(*sys.argv[1:2])
