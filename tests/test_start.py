"""start.py on machines where something is missing, and in folders where something is there."""

import ast
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent.parent
NEEDED = ("start.py", "requirements.txt", "requirements-class.txt", "requirements-test.txt")
LEARNER, CLASS, TEST = NEEDED[1:]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other signals, links and scripts")


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

    def note(what: str, command: list[str], *_: object) -> None:
        seen.append(command)
        if what == "Python":
            put_python(start.NEW)

    monkeypatch.setattr(start, "attempt", note)
    monkeypatch.setattr(start, "draw_figures", lambda *how: seen.append(["draw", *how]))
    return seen


def put_python(folder: str | Path) -> None:
    venv.create(folder, symlinks=os.name != "nt")


def put_environment(start: ModuleType, requirements: str) -> None:
    put_python(start.VENV)
    start.write_stamp(start.VENV, start.fingerprint(requirements), start.digest(start.VENV))


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


def test_a_program_of_the_environment_may_run_while_packages_are_added(start, commands):
    put_environment(start, LEARNER)
    program = Path(start.venv_python()).with_name("sleeps")
    shutil.copy(os.path.realpath(sys.executable), program)
    with subprocess.Popen([program, "-c", "input()"], stdin=subprocess.PIPE) as running:
        start.make_environment(CLASS)
        running.communicate()
    assert start.is_ready(CLASS)


def test_a_first_start_makes_the_environment_and_stamps_it_last(start, commands):
    assert start.make_environment(LEARNER)
    assert [command[1:3] for command in commands] == [["-m", "venv"], ["-I", "-m"]]
    assert start.read_stamp(start.VENV)[0] == start.fingerprint(LEARNER)
    assert not os.path.exists(start.NEW)


def test_a_second_start_makes_nothing(start, commands):
    start.make_environment(LEARNER)
    commands.clear()
    assert not start.make_environment(LEARNER)
    assert commands == []


def test_the_figures_are_drawn_once_with_the_environment_there(start, commands):
    start.prepare(LEARNER)
    start.prepare(LEARNER)
    assert [c for c in commands if c == ["draw"]] == [commands[-1]]


def test_what_a_start_that_was_ended_left_is_cleared_and_made_again(start, commands):
    for folder in (start.NEW, start.VENV):
        put_python(folder)
    Path(start.VENV, "left").touch()
    start.make_environment(LEARNER)
    assert "--clear" in commands[0]
    assert start.read_stamp(start.VENV)[0] == start.fingerprint(LEARNER)
    assert not os.path.exists(Path(start.VENV, "left"))


def test_a_new_environment_that_is_whole_is_not_made_again(start, commands):
    put_python(start.NEW)
    start.write_stamp(start.NEW, start.fingerprint(LEARNER), "")
    start.make_environment(LEARNER)
    assert commands == []
    assert start.is_ready(LEARNER)


def test_a_start_that_ended_between_old_and_new_takes_the_old_one_back(start, commands):
    put_environment(start, LEARNER)
    os.rename(start.VENV, start.OLD)
    assert not start.make_environment(LEARNER)
    assert commands == []
    assert start.is_ready(LEARNER)


def test_where_the_new_one_cannot_take_its_place_the_old_one_has_it_again(
    start, commands, monkeypatch
):
    put_environment(start, LEARNER)
    Path(start.ROOT, LEARNER).write_text("numpy==0")
    rename = os.rename

    def refuse(source: str, target: str) -> None:
        if source == start.NEW:
            raise PermissionError(13, "Permission denied", target)
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(PermissionError):
        start.make_environment(LEARNER)
    assert start.starts()
    assert not os.path.exists(start.OLD)


def test_the_test_tools_are_added_to_a_finished_environment(start, commands):
    put_environment(start, LEARNER)
    start.make_environment(TEST)
    assert TEST in commands[0]
    assert start.read_stamp(start.VENV)[0] == start.fingerprint(TEST)


def test_an_environment_to_which_nothing_could_be_added_serves_as_before(start, monkeypatch):
    put_environment(start, LEARNER)

    def refuse(*_: object) -> None:
        raise start.NotMade("no")

    monkeypatch.setattr(start, "attempt", refuse)
    assert said_by(start.make_environment, TEST) == "no"
    assert start.is_ready(LEARNER)


def test_an_environment_with_the_test_tools_serves_a_learner_too(start, commands):
    put_environment(start, TEST)
    start.make_environment(LEARNER)
    assert commands == []


def test_other_pins_another_python_and_another_machine_each_need_another_environment(
    start, checkout, monkeypatch
):
    seen = {start.fingerprint(LEARNER)}
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version_info", (3, 99, 0))
        seen.add(start.fingerprint(LEARNER))
    with monkeypatch.context() as patch:
        patch.setattr(start.sysconfig, "get_platform", lambda: "abacus")
        seen.add(start.fingerprint(LEARNER))
    (checkout / LEARNER).write_text("numpy==0")
    seen.add(start.fingerprint(LEARNER))
    assert len(seen) == 4


@pytest.mark.parametrize("fault", [PermissionError, ValueError])
def test_an_environment_that_cannot_be_written_to_is_used_as_it_is(
    start, commands, monkeypatch, fault
):
    put_environment(start, LEARNER)
    start.write_stamp(start.VENV, start.fingerprint(LEARNER), "another place")

    def refuse(*_: object) -> None:
        raise fault

    monkeypatch.setattr(start, "settle", refuse)
    assert not start.make_environment(LEARNER)
    assert commands == []


def test_what_a_failed_command_said_last_is_passed_on(start):
    command = [sys.executable, "-c", "print('no such wheel'); raise SystemExit(3)"]
    said = said_by(start.attempt, "Packages", command)
    assert said.startswith("The environment could not be made in ")
    assert "no such wheel" in said
    assert "run start.py again" in said


def test_of_what_a_failed_command_said_its_errors_are_passed_on(start):
    code = "print('Collecting a\\n' * 20 + 'ERROR: No space left\\n\\n'); raise SystemExit(1)"
    said = said_by(start.attempt, "Packages", [sys.executable, "-c", code])
    assert "Collecting" not in said
    assert "\n\nERROR: No space left\n\n" in said


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
    assert re.search(r"Packages: 0 of \d+ fetched, 0 s", done.stdout)
    assert done.stderr.splitlines() == [
        "The packages could not be fetched: this computer does not reach them.",
        "Connect it to the network and run start.py again.",
    ]
    assert [path.name for path in checkout.glob(".venv*")] == [".venv-lock"]


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
    assert start.read_stamp(start.VENV)[0] == start.fingerprint(LEARNER)


def test_slides_of_all_notebooks_open_none(start, runs):
    start.main(["slides"])
    ((_, words),) = runs
    assert len([word for word in words if word.endswith(".ipynb")]) == 3


def test_slides_are_not_opened_when_no_browser_is_wanted(start, runs):
    start.main(["slides", "--no-browser", "02"])
    ((_, words),) = runs
    assert "--no-browser" not in words


@pytest.mark.parametrize("port", [["--port", "8973"], ["--port=8973"]])
def test_slides_are_made_whatever_port_is_asked_for_and_say_that_they_need_none(
    start, runs, port, capsys
):
    assert start.main(["slides", *port, "02"]) == 0
    (_, words), _ = runs
    assert not [word for word in words if "8973" in word]
    assert "Slides are a file, which needs no port.\n" in capsys.readouterr().out


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
    assert start.read_stamp(start.VENV)[0] == start.fingerprint(CLASS)


@pytest.mark.parametrize(
    "words",
    [
        ["02", "--port", "8973", "--theme", "dark"],
        ["02", "--port=8973", "--theme=dark"],
        ["--port", "8973", "02", "--theme", "dark"],
    ],
)
def test_the_value_of_an_option_is_not_taken_for_the_name_of_a_notebook(
    start, runs, monkeypatch, words
):
    monkeypatch.setenv("JUPYTER_PATH", "")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    start.main(["voila", *words])
    ((_, (notebook, _, *further)),) = runs
    assert Path(notebook).name == "02_rotate_the_back.ipynb"
    assert further == ["--port=8973", "--theme=dark"]


@pytest.mark.parametrize("port", [["--port", "8973"], ["--port=8973"]])
@pytest.mark.parametrize("command", [[], ["hub"], ["test"]])
def test_what_needs_no_notebook_gets_its_options_as_they_are(
    start, runs, monkeypatch, command, port
):
    monkeypatch.setattr(sys, "platform", "linux")
    start.main([*command, *port])
    ((_, words),) = runs
    assert " ".join(port) in " ".join(words)


def test_voila_asks_which_notebook(start, runs):
    assert "start.py voila 02" in said_by(start.main, ["voila"])
    assert runs == []


@pytest.mark.parametrize("there", ["nothing", "an environment"])
def test_the_hub_draws_the_figures_once_at_each_start(start, runs, commands, monkeypatch, there):
    monkeypatch.setattr(sys, "platform", "linux")
    if there == "an environment":
        put_environment(start, CLASS)
    start.main(["hub"])
    assert commands.count(["draw", "--shared"]) == 1


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
    put_environment(start, there)
    start.make_environment(wanted)
    assert "--clear" not in commands[0]
    commands.clear()
    start.make_environment(there)
    assert commands == []


def test_a_command_that_there_is_not_is_told_with_those_there_are(start, runs, commands):
    said = said_by(start.main, ["slide", "02"])
    assert said.startswith("start.py knows no command slide. It knows test, slides, voila, hub.")
    assert (runs, commands) == ([], [])


def test_the_exit_code_of_what_was_run_is_passed_on(start, checkout):
    put_environment(start, LEARNER)
    (checkout / "seven.py").write_text("import sys; sys.exit(int(sys.argv[1]))")
    assert start.run("seven", ["7"]) == 7


def test_help_explains_the_commands_and_makes_nothing(start, commands, capsys):
    assert start.main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"python3 start.py {word}" in said for word in ("test", "slides", "voila", "hub"))
    assert commands == []


@posix
def test_ending_start_py_ends_what_it_runs(checkout):
    (checkout / "waits.py").write_text(
        "import os, signal; os.kill(os.getppid(), signal.SIGTERM); signal.pause()"
    )
    script = (
        "import sys, start; start.venv_python = lambda: sys.executable; "
        "start.stamp_of = lambda _: 'start.py'; sys.exit(start.run('waits', []))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=checkout, timeout=30)
    assert done.returncode == 256 - signal.SIGTERM


# Whole starts, of a course that is as small as can be, with a pip that needs no network

PIP = """
import os, sys, sysconfig, time
from pathlib import Path

with open("pip ran", "a") as ran:
    ran.write("once\\n")
how = os.environ.get("STUB_PIP")
if how == "no network":
    sys.exit("ERROR: Could not find a version that satisfies the requirement (from versions: none)")
if how == "full disk":
    sys.exit("ERROR: Could not install packages: [Errno 28] No space left on device")
while how == "slow" and not os.path.exists("go on"):
    time.sleep(0.05)
print("Ignoring colorama: markers do not match your environment")
print("  Downloading jupyterlab-4.whl (1 kB)\\nProcessing voila-1.whl")
print("Installing collected packages: jupyterlab, voila", flush=True)
for name in ("jupyterlab", "voila"):
    package = Path(sysconfig.get_path("purelib"), name)
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(os.environ["STUB_PROGRAM"])
    package.with_name(name + "-1.dist-info").mkdir(exist_ok=True)
"""

PROGRAM = """
import os, sys, time
print("running in", sys.prefix, flush=True)
while os.environ.get("STUB_STAYS") and not os.path.exists("end"):
    time.sleep(0.05)
"""

PICTURE = """
import os, sys
print("1 of 2 drawn")
sys.exit(os.environ.get("STUB_FIGURES") or print("2 of 2 drawn"))
"""

# An environment without ensurepip, which would take longer than all the rest.
BEGIN = """
import os, signal, sys, sysconfig, venv
import start

signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background ignores
attempt = start.attempt

def make(what, command, *progress):
    if what != "Python":
        return attempt(what, command, *progress)
    venv.create(start.NEW, symlinks=os.name != "nt", clear=True)
    pip = os.path.join(sysconfig.get_path("purelib", "venv", {"base": start.NEW}), "pip.py")
    with open(pip, "w") as file:
        file.write(os.environ["STUB_INSTALLER"])

start.attempt = make
sys.exit(start.main(sys.argv[1:]))
"""


class Course:
    """A folder with a course to start, and what was started in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.begun: list[subprocess.Popen] = []

    def begin(self, *words: str, **stubs: str) -> subprocess.Popen:
        stubs |= {"STUB_INSTALLER": PIP, "STUB_PROGRAM": PROGRAM}
        process = subprocess.Popen(
            [sys.executable, "begin.py", *words],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": "", "PYTHONUTF8": "1"} | stubs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )
        self.begun.append(process)
        return process

    def start(self, *words: str, **stubs: str) -> str:
        """Start it and return all that it says, with its exit code in the last line."""
        process = self.begin(*words, **stubs)
        return process.communicate(timeout=60)[0] + str(process.returncode)

    def change_pins(self) -> None:
        for name in NEEDED[1:]:
            with (self.folder / name).open("a") as pins:
                pins.write("newer==1\n")

    def times_made(self) -> int:
        ran = self.folder / "pip ran"
        return len(ran.read_text().splitlines()) if ran.exists() else 0

    def wait_for_pip(self, times: int = 1) -> None:
        patience = time.monotonic() + 60
        while self.times_made() < times:
            assert time.monotonic() < patience
            time.sleep(0.02)

    def environments(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob(".venv*") if path.is_dir())


@pytest.fixture
def course(checkout: Path) -> Iterator[Course]:
    for name in NEEDED[1:]:
        (checkout / name).write_text("jupyterlab==4 \\\n    --hash\nvoila==1\ncolorama==1 ; no\n")
    cards = checkout / "backcare_nb" / "html"
    cards.mkdir(parents=True)
    for folder in (cards, cards.parent):
        (folder / "__init__.py").touch()
    (cards / "picture.py").write_text(PICTURE)
    (checkout / "begin.py").write_text(BEGIN)
    course = Course(checkout)
    yield course
    for process in course.begun:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with all that it has started
        process.communicate()


@pytest.fixture
def made(course: Course) -> Course:
    """The same after its first start."""
    assert course.start("--no-browser").endswith("0")
    return course


def runs_in(folder: Path) -> str:
    return f"Starting jupyterlab ...\nrunning in {folder / '.venv'}\n0"


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    files = [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@posix
def test_a_first_start_says_how_far_it_is_in_lines_that_read_well_in_a_log(course):
    lines = course.start().splitlines()
    assert lines[0] == "Making the environment in .venv. This needs the network, once:"
    assert re.fullmatch(r"  Packages: 0 of 3 fetched, \d+ s", lines[1])
    assert re.fullmatch(r"  Packages: 2 of 2 installed, \d+ s", lines[-6])
    assert re.fullmatch(r"  Figures: \d+ s", lines[-5])
    assert re.fullmatch(r"  Figures: 2 of 2 drawn, \d+ s", lines[-4])


@posix
@pytest.mark.parametrize(
    ("said", "progress"),
    [
        ([], "0 of 3 fetched"),
        (["Ignoring colorama: markers do not match"], "0 of 2 fetched"),
        (["Collecting jupyterlab==4", "  Downloading j-4.whl.metadata (1 kB)"], "0 of 3 fetched"),
        (["  Downloading j-4.whl (1 kB)", "  Using cached v-1.whl (1 kB)"], "2 of 3 fetched"),
        (["Processing /a folder/j-4.whl"], "1 of 3 fetched"),
        (["Requirement already satisfied: voila==1 in ./lib"], "1 of 3 fetched"),
        (["Installing collected packages: a, b, c, d"], "0 of 4 installed"),
    ],
)
def test_pips_own_words_are_counted(start, course, monkeypatch, said, progress):
    put_python(start.NEW)
    counted = []
    monkeypatch.setattr(start, "attempt", lambda _, __, count: counted.append(count(said)))
    start.install(start.NEW, LEARNER)
    assert counted == [progress]


def test_on_a_terminal_a_step_keeps_to_one_line(start, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    command = [sys.executable, "-c", "print('7 of 7 drawn')"]
    start.watch("Figures", command, lambda said: said[-1] if said else "")
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    last = said.split("\r")[-1]
    assert re.fullmatch(r"  Figures: 7 of 7 drawn, \d+ s *\n", last)


@posix
@pytest.mark.parametrize("fault", ["no network", "full disk"])
def test_where_no_new_environment_can_be_made_the_old_one_serves_on(made, fault):
    made.change_pins()
    said = made.start(STUB_PIP=fault)
    assert "does not reach them" in said if fault == "no network" else "No space left" in said
    assert "Until then the environment that is here serves on.\n" in said
    assert said.endswith(runs_in(made.folder))
    assert made.environments() == [".venv"]


@posix
def test_an_environment_of_an_earlier_start_py_serves_on_without_a_network(made):
    (made.folder / ".venv" / "ready").write_text("0123456789abcdef")
    assert made.start(STUB_PIP="no network").endswith(runs_in(made.folder))


@posix
def test_an_old_environment_does_not_serve_for_what_it_does_not_hold(made):
    (made.folder / "notebooks").mkdir()
    (made.folder / "notebooks" / "02.ipynb").touch()
    made.change_pins()
    said = made.start("voila", "02", STUB_PIP="no network")
    assert "Connect it to the network" in said
    assert "serves on" not in said
    assert said.endswith("\n1")


@posix
def test_a_start_that_is_interrupted_leaves_the_old_environment_and_nothing_else(made):
    made.change_pins()
    process = made.begin(STUB_PIP="slow")
    made.wait_for_pip(2)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=60)[0].endswith(
        "\nStopped. The next start takes it up again.\n"
    )
    assert made.environments() == [".venv"]
    assert made.start(STUB_PIP="no network").endswith(runs_in(made.folder))


@posix
def test_two_starts_at_once_make_one_environment(course):
    first = course.begin(STUB_PIP="slow")
    course.wait_for_pip()
    second = course.begin(STUB_PIP="slow")
    assert second.stdout.readline() == "Another start makes the environment. Waiting for it ...\n"
    (course.folder / "go on").touch()
    for process in (first, second):
        assert process.communicate(timeout=60)[0].endswith(runs_in(course.folder)[:-1])
    assert course.times_made() == 1


@posix
def test_a_start_waits_for_what_a_start_before_it_left_running(course):
    first = course.begin(STUB_PIP="slow")
    course.wait_for_pip()
    first.kill()
    second = course.begin()
    assert second.stdout.readline() == "Another start makes the environment. Waiting for it ...\n"
    (course.folder / "go on").touch()
    assert second.communicate(timeout=60)[0].endswith(runs_in(course.folder)[:-1])
    assert course.environments() == [".venv"]


@posix
def test_an_environment_that_something_runs_from_is_not_replaced_before_that_ends(made):
    running = made.begin(STUB_STAYS="yes")
    assert running.stdout.readline() + running.stdout.readline() == runs_in(made.folder)[:-1]
    made.change_pins()
    said = made.start()
    assert "something still runs from the old one" in said
    assert said.endswith(runs_in(made.folder))
    (made.folder / "end").touch()
    running.wait(60)
    assert "2 of 2 installed" not in made.start()
    assert made.times_made() == 2
    assert made.environments() == [".venv"]


@posix
def test_a_program_that_outlives_its_start_keeps_its_environment(made):
    running = made.begin(STUB_STAYS="yes")
    assert running.stdout.readline() + running.stdout.readline() == runs_in(made.folder)[:-1]
    running.kill()
    running.wait(60)
    made.change_pins()
    assert "something still runs from the old one" in made.start()
    (made.folder / "end").touch()


@posix
def test_a_moved_folder_starts_without_a_network(made):
    moved = Course(made.folder.rename(made.folder.with_name("somewhere else")))
    assert moved.start(STUB_PIP="no network") == runs_in(moved.folder)
    activate = (moved.folder / ".venv" / "bin" / "activate").read_text(encoding="utf-8")
    assert str(moved.folder) in activate
    assert str(made.folder) not in activate


@posix
def test_a_copied_folder_starts_without_a_network_and_leaves_the_first_alone(made):
    before = contents(made.folder / ".venv")
    copy = made.folder.with_name("a copy")
    copy = Course(Path(shutil.copytree(made.folder, copy, symlinks=True)))
    assert copy.start(STUB_PIP="no network") == runs_in(copy.folder)
    assert contents(made.folder / ".venv") == before
    inside = [text for text, _ in contents(copy.folder / ".venv").values()]
    assert not [text for text in inside if os.fsencode(made.folder) in text]


@posix
def test_the_course_is_found_from_the_environment_wherever_the_folder_is(made):
    moved = made.folder.rename(made.folder.with_name("somewhere else"))
    command = [
        moved / ".venv" / "bin" / "python",
        "-c",
        "import backcare_nb as b; print(b.__file__)",
    ]
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    said = subprocess.run(command, cwd="/", env=plain, capture_output=True, text=True).stdout
    assert said == f"{moved / 'backcare_nb' / '__init__.py'}\n"


def lose_python(folder: Path) -> None:
    """Make the environment one whose Python is not there, as on another computer."""
    for path in (folder / ".venv" / "bin").glob("python*"):
        path.unlink()
        path.symlink_to("/nowhere/python")


@posix
def test_an_environment_whose_python_is_gone_gets_this_one_without_a_network(made):
    lose_python(made.folder)
    assert made.start(STUB_PIP="no network") == runs_in(made.folder)


@posix
def test_an_environment_of_another_python_that_is_gone_is_told_and_made_anew(made):
    lose_python(made.folder)
    made.change_pins()
    said = made.start(STUB_PIP="no network")
    assert "The environment in .venv does not run here: its Python is not there.\n" in said
    assert said.endswith("Connect it to the network and run start.py again.\n1")
    assert made.start().endswith(runs_in(made.folder))


@posix
def test_figures_that_cannot_be_drawn_are_told_and_stop_nothing(course):
    said = course.start(STUB_FIGURES="No font was found.")
    assert "Not every figure could be drawn ahead: No font was found.\n" in said
    assert said.endswith(runs_in(course.folder))


@posix
def test_a_script_of_a_package_works_where_the_folder_was_moved_to(checkout, tmp_path):
    """With the real pip, which installs a package of one line."""
    wheel = tmp_path / "pebble-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as held:
        about = "Metadata-Version: 2.1\nName: pebble\nVersion: 1\n"
        held.writestr("pebble.py", "def main(): import sys; print(sys.prefix)")
        held.writestr("pebble-1.dist-info/METADATA", about)
        held.writestr("pebble-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        scripts = "[console_scripts]\npebble = pebble:main\n"
        held.writestr("pebble-1.dist-info/entry_points.txt", scripts)
        held.writestr("pebble-1.dist-info/RECORD", "")
    pin = f"pebble==1 --hash=sha256:{sha256(wheel.read_bytes()).hexdigest()}\n"
    (checkout / LEARNER).write_text(pin)
    here = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    code = f"import start; start.make_environment({LEARNER!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=checkout,
        env=os.environ | here,
        capture_output=True,
        encoding="utf-8",
    )
    assert re.search(r"Packages: 1 of 1 installed, \d+ s\n$", done.stdout), done.stderr
    moved = checkout.rename(tmp_path / "somewhere else")
    said = subprocess.run([moved / ".venv" / "bin" / "pebble"], capture_output=True, text=True)
    assert said.stdout == f"{moved / '.venv'}\n"
