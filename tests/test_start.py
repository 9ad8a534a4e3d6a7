"""start.py on machines where something is missing, and in folders where something is there."""

import ast
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent.parent
NEEDED = ("start.py", "requirements.txt", "requirements-class.txt", "requirements-test.txt")
LEARNER, CLASS, TEST = NEEDED[1:]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what start.py reads, in a path with spaces and an accent."""
    folder = tmp_path / "José's back care"
    folder.mkdir()
    for name in NEEDED:
        shutil.copy(HERE / name, folder)
    return folder


@pytest.fixture
def start(checkout: Path) -> ModuleType:
    """start.py of that folder, as a module."""
    spec = importlib.util.spec_from_file_location("start_of_the_checkout", checkout / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def commands(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have made the environment; the first of them leaves a Python."""
    seen = []

    def note(_: str, command: list[str]) -> None:
        seen.append(command)
        put_python(start)

    monkeypatch.setattr(start, "attempt", note)
    monkeypatch.setattr(start, "draw_figures", lambda: seen.append(["draw the figures"]))
    return seen


def put_python(start: ModuleType) -> None:
    python = Path(start.venv_python())
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()


def put_stamp(start: ModuleType, requirements: str) -> None:
    put_python(start)
    Path(start.STAMP).write_text(start.fingerprint(requirements))


def said_by(call: Callable, *arguments: object) -> str:
    """What start.py says when it stops."""
    with pytest.raises(SystemExit) as stop:
        call(*arguments)
    assert isinstance(stop.value.code, str)
    return stop.value.code


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 15)])
def test_an_unfit_python_is_named_together_with_those_that_fit(start, version):
    said = said_by(start.refuse_unfit, version)
    assert "need Python 3.11 to 3.14" in said
    assert "this is Python {}.{}".format(*version) in said


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_the_oldest_and_the_newest_python_are_fit(start, version):
    assert start.refuse_unfit(version) is None


def test_an_old_python_can_read_start_py_to_the_end():
    tree = ast.parse((HERE / "start.py").read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    newer = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Match, ast.AsyncFunctionDef)
    spread = [n for n in nodes if isinstance(n, (ast.List, ast.Tuple, ast.Dict))]
    assert not [node for node in nodes if isinstance(node, newer)]
    assert not [
        n for n in spread for item in ast.iter_child_nodes(n) if isinstance(item, ast.Starred)
    ]
    assert not [node for node in nodes if getattr(node, "annotation", None)]


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_missing_venv_module_is_named_with_the_package_that_brings_it(start, monkeypatch, module):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: None if n == module else find(n))
    said = said_by(start.make_environment, LEARNER)
    assert "no venv module" in said
    assert "sudo apt install python3-venv" in said


def test_a_first_start_makes_the_environment_and_stamps_it_last(start, commands):
    start.make_environment(LEARNER)
    *packages, figures = commands
    assert [command[1:3] for command in packages] == [["-m", "venv"], ["-I", "-m"], ["-I", "-m"]]
    assert figures == ["draw the figures"]
    assert start.read_stamp() == start.fingerprint(LEARNER)


def test_a_second_start_makes_nothing(start, commands):
    start.make_environment(LEARNER)
    commands.clear()
    start.make_environment(LEARNER)
    assert commands == []


def test_the_figures_are_drawn_once_with_the_packages_there(start, commands):
    start.make_environment(LEARNER)
    start.make_environment(LEARNER)
    assert [c for c in commands if c == ["draw the figures"]] == [commands[-1]]


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for Python")
def test_figures_that_cannot_be_drawn_stop_nothing(start, capfd):
    put_python(start)
    python = Path(start.venv_python())
    python.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    python.chmod(0o755)
    start.draw_figures()
    assert capfd.readouterr().out == "Drawing the figures ...\n"


def test_a_half_made_environment_is_cleared_and_made_again(start, commands):
    put_python(start)
    start.make_environment(LEARNER)
    assert "--clear" in commands[0]
    assert start.read_stamp() == start.fingerprint(LEARNER)


def test_an_environment_that_fails_on_the_way_is_left_without_a_stamp(start, monkeypatch):
    put_stamp(start, LEARNER)
    monkeypatch.setattr(start, "attempt", lambda *_: sys.exit("no"))
    said_by(start.make_environment, TEST)
    assert start.read_stamp() == ""


def test_an_environment_whose_python_is_gone_is_made_again(start, commands):
    put_stamp(start, LEARNER)
    os.remove(start.venv_python())
    start.make_environment(LEARNER)
    assert "--clear" in commands[0]


def test_the_test_tools_are_added_to_a_finished_environment(start, commands):
    put_stamp(start, LEARNER)
    start.make_environment(TEST)
    assert TEST in commands[0]
    assert start.read_stamp() == start.fingerprint(TEST)


def test_an_environment_with_the_test_tools_serves_a_learner_too(start, commands):
    put_stamp(start, TEST)
    start.make_environment(LEARNER)
    assert commands == []


def test_other_pins_another_python_and_another_place_each_need_another_environment(
    start, checkout, monkeypatch
):
    seen = {start.fingerprint(LEARNER)}
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version_info", (3, 99, 0))
        seen.add(start.fingerprint(LEARNER))
    (checkout / LEARNER).write_text("numpy==0")
    seen.add(start.fingerprint(LEARNER))
    monkeypatch.setattr(start, "ROOT", str(checkout.parent))
    (checkout.parent / LEARNER).write_text("numpy==0")
    seen.add(start.fingerprint(LEARNER))
    assert len(seen) == 4


def test_what_a_failed_command_said_last_is_passed_on(start):
    command = [sys.executable, "-c", "print('no such wheel'); raise SystemExit(3)"]
    said = said_by(start.attempt, "The packages", command)
    assert said.startswith("The packages could not be made in ")
    assert "no such wheel" in said
    assert "run start.py again" in said


def test_without_a_network_it_says_so_and_the_next_start_begins_anew(checkout):
    nowhere = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
    }
    done = subprocess.run(
        [sys.executable, "start.py"],
        cwd=checkout,
        env=os.environ | nowhere,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "The packages could not be fetched: this computer does not reach them.",
        "Connect it to the network and run start.py again.",
    ]
    assert not (checkout / ".venv" / "ready").exists()


def test_a_folder_that_cannot_be_written_to_is_named(start, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", start.VENV)

    monkeypatch.setattr(start, "make_environment", refuse)
    said = said_by(start.main, [])
    assert "Permission denied" in said
    assert start.ROOT in said


def test_an_interrupted_start_ends_with_a_sentence(start, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "make_environment", interrupt)
    assert "Stopped" in said_by(start.main, [])


def test_further_arguments_go_to_jupyterlab_before_the_notebook(start, commands, monkeypatch):
    monkeypatch.setattr(start, "run", lambda module, arguments: (module, arguments))
    module, arguments = start.main(["--no-browser"])
    assert module == "jupyterlab"
    assert arguments[-2:] == [
        "--no-browser",
        str(Path(start.ROOT, "notebooks", "00_start_here.ipynb")),
    ]


def test_further_arguments_of_test_go_to_pytest(start, commands, monkeypatch):
    monkeypatch.setattr(start, "run", lambda module, arguments: (module, arguments))
    module, options = start.main(["test", "-k", "cow"])
    assert module == "pytest"
    assert options[-2:] == ["-k", "cow"]


@pytest.fixture
def runs(start, commands, monkeypatch) -> list[tuple[str, list[str]]]:
    """What would have been run, in a checkout with notebooks, and the pages that were opened."""
    folder = Path(start.ROOT, "notebooks")
    folder.mkdir()
    for name in ("00_start_here", "02_rotate_the_back", "04_stretching_the_spine"):
        (folder / f"{name}.ipynb").touch()
    seen = []
    monkeypatch.setattr(start, "run", lambda module, words: seen.append((module, words)) or 0)
    monkeypatch.setattr(start, "open_in_browser", lambda path: seen.append(("opened", [path])))
    return seen


@pytest.mark.parametrize("name", ["02", "rotate", "Rotate", "notebooks/02_rotate_the_back.ipynb"])
def test_slides_are_made_of_the_notebook_that_was_named_and_opened(start, runs, name):
    assert start.main(["slides", name]) == 0
    (made, words), (opened, (page,)) = runs
    assert (made, opened) == ("nbconvert", "opened")
    assert words[-1] == str(Path(start.ROOT, "notebooks", "02_rotate_the_back.ipynb"))
    assert page == str(Path(start.ROOT, "slides", "02_rotate_the_back.slides.html"))
    assert start.read_stamp() == start.fingerprint(LEARNER)


def test_slides_of_all_notebooks_open_none(start, runs):
    start.main(["slides"])
    ((_, words),) = runs
    assert len([word for word in words if word.endswith(".ipynb")]) == 3


def test_slides_are_not_opened_when_no_browser_is_wanted(start, runs):
    start.main(["slides", "02", "--no-browser"])
    ((_, words),) = runs
    assert "--no-browser" not in words


@pytest.mark.parametrize(
    ("name", "count"), [("yoga", "No notebook"), ("the", "More than one notebook")]
)
def test_a_name_that_fits_no_notebook_or_several_is_told_with_those_there_are(
    start, runs, name, count
):
    said = said_by(start.main, ["slides", name])
    assert said.startswith(f"{count} is called {name}")
    assert "02_rotate_the_back.ipynb" in said
    assert runs == []


def test_voila_serves_the_notebook_that_was_named(start, runs, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    start.main(["voila", "stretching", "--port=9000"])
    notebook = str(Path(start.ROOT, "notebooks", "04_stretching_the_spine.ipynb"))
    assert runs == [("voila", [notebook, "--template=backcare", "--port=9000"])]
    lab = str(Path(start.ROOT, "lab"))
    assert (os.environ["JUPYTER_PATH"], os.environ["JUPYTER_CONFIG_PATH"]) == (lab, lab)
    assert start.read_stamp() == start.fingerprint(CLASS)


def test_voila_asks_which_notebook(start, runs):
    assert "start.py voila 02" in said_by(start.main, ["voila"])
    assert runs == []


@pytest.mark.parametrize("there", ["nothing", "an environment"])
def test_the_hub_draws_the_figures_once_at_each_start(start, runs, commands, monkeypatch, there):
    monkeypatch.setattr(sys, "platform", "linux")
    if there == "an environment":
        put_stamp(start, CLASS)
    start.main(["hub"])
    assert commands.count(["draw the figures"]) == 1


def test_the_hub_runs_with_its_own_configuration(start, runs, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    start.main(["hub", "--debug"])
    config = str(Path(start.ROOT, "hub", "jupyterhub_config.py"))
    assert runs == [("jupyterhub", ["--config", config, "--debug"])]


def test_the_hub_says_that_it_needs_linux(start, runs, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "Linux" in said_by(start.main, ["hub"])
    assert runs == []


@pytest.mark.parametrize(("there", "wanted"), [(LEARNER, CLASS), (LEARNER, TEST), (CLASS, TEST)])
def test_what_a_larger_environment_needs_is_added_and_then_serves_the_smaller(
    start, commands, there, wanted
):
    put_stamp(start, there)
    start.make_environment(wanted)
    assert "--clear" not in commands[0]
    commands.clear()
    start.make_environment(there)
    assert commands == []


def test_a_command_that_there_is_not_is_told_with_those_there_are(start, runs, commands):
    said = said_by(start.main, ["slide", "02"])
    assert said.startswith("start.py knows no command slide. It knows test, slides, voila, hub.")
    assert (runs, commands) == ([], [])


def test_the_exit_code_of_what_was_run_is_passed_on(start, checkout, monkeypatch):
    monkeypatch.setattr(start, "venv_python", lambda: sys.executable)
    (checkout / "seven.py").write_text("import sys; sys.exit(int(sys.argv[1]))")
    assert start.run("seven", ["7"]) == 7


def test_help_explains_the_commands_and_makes_nothing(start, commands, capsys):
    assert start.main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"python3 start.py {word}" in said for word in ("test", "slides", "voila", "hub"))
    assert commands == []


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a program without telling it")
def test_ending_start_py_ends_what_it_runs(checkout):
    (checkout / "waits.py").write_text(
        "import os, signal; os.kill(os.getppid(), signal.SIGTERM); signal.pause()"
    )
    script = (
        "import sys, start; start.venv_python = lambda: sys.executable; "
        "sys.exit(start.run('waits', []))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=checkout, timeout=30)
    assert done.returncode == 256 - signal.SIGTERM
