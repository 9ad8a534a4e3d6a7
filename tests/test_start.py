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
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent.parent
PINS = LEARNER, CLASS, TEST = "requirements.txt", "requirements-class.txt", "requirements-test.txt"
CLI = ("__init__.py", "course/__init__.py", "command/__init__.py", "command/cli.py")
CLI += ("command/copies.py",)
NO_NETWORK = "ERROR: Could not find a version that satisfies it (from versions: none)"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what start.py reads, in a path with spaces and an accent."""
    folder = tmp_path / "José's back care"
    folder.mkdir()
    (folder / "data").mkdir()
    for name in ("start.py", *PINS, *(f"backcare_nb/{path}" for path in CLI)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / name, folder / name)
    return folder


@pytest.fixture
def start(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """start.py of that folder, as a module."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    spec = importlib.util.spec_from_file_location("start_of_the_checkout", checkout / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 15)])
def test_an_unfit_python_is_named_together_with_those_that_fit(start, version):
    said = "need Python 3.11 to 3.14, and this is Python {}.{}".format(*version)
    with pytest.raises(SystemExit, match=said):
        start.refuse_unsupported(version)
    for fit in ((3, 11), (3, 14)):
        start.refuse_unsupported(fit)


def test_an_old_python_can_read_start_py_to_the_end():
    tree = ast.parse((HERE / "start.py").read_text(encoding="utf-8"))
    newer = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Match, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        assert not isinstance(node, newer)
        assert not getattr(node, "annotation", None)
        assert not (isinstance(node, ast.Raise) and node.cause)
        if isinstance(node, ast.List | ast.Tuple | ast.Dict):
            assert not [e for e in ast.iter_child_nodes(node) if isinstance(e, ast.Starred)]


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_missing_venv_module_is_named_with_the_package_that_brings_it(start, monkeypatch, module):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: None if n == module else find(n))
    with pytest.raises(SystemExit, match=r"(?s)no venv module.*sudo apt install python3-venv"):
        start.ensure_environment(LEARNER)


def test_where_the_new_environment_cannot_be_moved_into_place_the_old_one_is_restored(
    start, monkeypatch
):
    Path(start.VENV, "bin").mkdir(parents=True)
    Path(start.NEW_VENV).mkdir()
    start.write_stamp(start.NEW_VENV, start.fingerprint(LEARNER), "")
    rename = os.rename

    def refuse(source: str, target: str) -> None:
        if source == start.NEW_VENV:
            raise PermissionError(13, "Permission denied", target)
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(SystemExit) as stop:
        start.main([])
    assert "Permission denied" in stop.value.code
    assert start.ROOT in stop.value.code
    assert Path(start.VENV, "bin").is_dir()
    assert not os.path.exists(start.OLD_VENV)


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
def test_an_environment_that_cannot_be_written_to_is_used_as_it_is(start, monkeypatch, fault):
    Path(start.VENV).mkdir()
    start.write_stamp(start.VENV, start.fingerprint(LEARNER), "another place")
    monkeypatch.setattr(start, "fit_to_place", lambda _: (_ for _ in ()).throw(fault))
    monkeypatch.setattr(start, "runs_here", lambda: True)
    assert start.is_ready(LEARNER)


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("no such wheel", "What was said last:\n\nno such wheel\n\n"),
        ("Collecting a\n" * 20 + "ERROR: No space left\n", "last:\n\nERROR: No space left\n\n"),
    ],
)
def test_what_a_failed_command_said_last_is_passed_on(start, printed, told):
    command = [sys.executable, "-c", f"print({printed!r}); raise SystemExit(3)"]
    with pytest.raises(SystemExit) as stop:
        start.attempt("Packages", command)
    assert told in stop.value.code
    assert "run start.py again" in stop.value.code


def test_without_a_network_the_real_pip_fails_and_the_next_start_begins_anew(checkout):
    nowhere = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
    }
    done = subprocess.run(
        [sys.executable, checkout / "start.py"],
        env=os.environ | nowhere,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert re.search(r"Packages: 0 of \d+ packages, \d s", done.stdout)
    assert done.stderr.startswith("The packages could not be fetched: this computer does not reach")
    assert [path.name for path in checkout.glob(".venv*")] == [".venv-lock"]


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
    code = f"import start; start.ensure_environment({LEARNER!r})"
    subprocess.run([sys.executable, "-c", code], cwd=checkout, env=os.environ | here, check=True)
    moved = checkout.rename(tmp_path / "somewhere else")
    place = "Scripts/pebble.exe" if os.name == "nt" else "bin/pebble"
    said = subprocess.run([moved / ".venv" / place], capture_output=True, text=True)
    assert said.stdout == f"{moved / '.venv'}\n"


# Whole starts, of a course that is as small as can be, with a pip that needs no network

PIP = f"""
import os, sys, sysconfig, time
from pathlib import Path

ROOT = Path(sys.prefix).parent
with open(ROOT / "pip ran", "a") as ran:
    ran.write("once\\n")
how = os.environ.get("STUB_PIP")
if how == "no network":
    sys.exit({NO_NETWORK!r})
if how == "full disk":
    sys.exit("ERROR: Could not install packages: [Errno 28] No space left on device")
while how == "slow" and not (ROOT / "go on").exists():
    time.sleep(0.05)
print("  Downloading jupyterlab-4.whl (1 kB)\\n  Downloading voila-1.whl.metadata (1 kB)")
print("  Using cached voila-1.whl (1 kB)\\nIgnoring d: no\\nProcessing b-1.whl\\nCollecting c")
print("Requirement already satisfied: c==1 in ./lib")
print("Installing collected packages: jupyterlab, voila")
Path(sysconfig.get_path("purelib"), "jupyterlab.py").touch()
"""

COMMAND = """
import os, signal, sys, time
print("running in", sys.prefix, *sys.argv[1:], flush=True)
if os.environ.get("STUB_ENDS"):
    os.kill(os.getppid(), signal.SIGTERM)
    signal.pause()
while os.environ.get("STUB_STAYS") and not os.path.exists(sys.prefix + "/../end"):
    time.sleep(0.05)
sys.exit("--seven" in sys.argv and 7)
"""

# An environment without ensurepip, which would take longer than all the rest.
BEGIN = f"""
import os, signal, sys, sysconfig, venv
import start

signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background ignores
attempt = start.attempt

def make(what, command, pins=0):
    if what != "Python":
        return attempt(what, command, pins)
    venv.create(start.NEW_VENV, symlinks=os.name != "nt", clear="--clear" in command)
    pip = os.path.join(sysconfig.get_path("purelib", "venv", {{"base": start.NEW_VENV}}), "pip.py")
    with open(pip, "w") as file:
        file.write({PIP!r})

start.attempt = make
sys.exit(start.main(sys.argv[1:]))
"""


class Course:
    """A folder with a course to start, and what was started in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.begun: list[subprocess.Popen] = []

    def begin(self, *words: str, **stubs: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, self.folder / "begin.py", *words],
            env=os.environ | {"PYTHONPATH": "", "PYTHONUTF8": "1"} | stubs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )
        self.begun.append(process)
        return process

    def begin_and_wait(self, *words: str) -> subprocess.Popen:
        """Begin it, and wait until the command runs."""
        process = self.begin(*words, STUB_STAYS="yes")
        assert process.stdout.readline().startswith("running in")
        return process

    def start(self, *words: str, **stubs: str) -> str:
        """Start it and return all that it says, with its exit code in the last line."""
        process = self.begin(*words, **stubs)
        return process.communicate(timeout=60)[0] + str(process.returncode)

    def runs(self, *words: str) -> str:
        """What the command says, with its exit code."""
        return " ".join(["running in", str(self.folder / ".venv"), *words]) + "\n0"

    def change_pins(self) -> None:
        for name in PINS:
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
    if os.name == "nt":
        pytest.skip("Windows has other signals, links and scripts")
    for name in PINS:
        pins = "jupyterlab==4 \\\n    --hash\nvoila==1\ncolorama==1 ; no\nb==1\nc==1\n"
        (checkout / name).write_text(pins)
    (checkout / "backcare_nb" / "command" / "__main__.py").write_text(COMMAND)
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
    assert course.start("--no-browser").endswith(course.runs("--no-browser"))
    return course


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    files = [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_a_first_start_says_how_far_it_is_and_a_second_makes_nothing(course):
    first, fetching, installing, *rest = course.start().splitlines(keepends=True)
    assert first == "Making the environment in .venv. This needs the network, once:\n"
    assert re.fullmatch(r"  Packages: 1 of 5 packages, \d+ s\n", fetching)
    expected = r"  Packages: 5 of 5 packages, \d+ s; installing takes as long again\n"
    assert re.fullmatch(expected, installing)
    assert "".join(rest) == course.runs()
    assert course.environments() == [".venv"]
    assert course.start() == course.runs()
    assert course.times_made() == 1


def test_help_and_a_mistyped_command_need_no_environment(course):
    assert "opens the notebooks in JupyterLab\n" in course.start("--help")
    assert course.start("sldies").startswith("There is no command sldies. Did you mean slides?\n")
    assert course.environments() == []


@pytest.mark.parametrize("stamp", [False, True], ids=["half made", "whole"])
def test_a_new_environment_that_an_ended_start_left_is_taken_if_it_is_whole(made, stamp):
    environment = made.folder / ".venv"
    if not stamp:
        (environment / "ready").unlink()
    (environment / "left").touch()
    environment.rename(made.folder / ".venv-new")
    assert made.start().endswith(made.runs())
    assert (environment / "left").exists() == stamp
    assert made.times_made() == (1 if stamp else 2)


def test_the_exit_code_of_what_was_run_is_passed_on(made):
    assert made.start("--seven").endswith("7")


def test_ending_start_py_ends_what_it_runs(made):
    assert made.start(STUB_ENDS="yes").endswith(f"\n{256 - signal.SIGTERM}")


def test_packages_for_another_command_are_added_to_an_environment_in_use_and_kept_for_all(made):
    made.begin_and_wait()
    said = made.start("test", "-k", "cow")
    assert said.startswith("Adding to the environment in .venv.")
    assert said.endswith(made.runs("test", "-k", "cow"))
    for words in ((), ("voila", "02"), ("test",)):
        assert made.start(*words, STUB_PIP="no network") == made.runs(*words)


def test_an_environment_to_which_nothing_can_be_added_serves_as_before(made):
    said = made.start("voila", "02", STUB_PIP="no network")
    assert "Connect it to the network" in said
    assert "serves on" not in said
    assert said.endswith("\n1")
    assert made.start(STUB_PIP="no network") == made.runs()


@pytest.mark.parametrize("stamp", ["of other pins", "of an earlier start.py"])
@pytest.mark.parametrize("fault", ["no network", "full disk"])
def test_where_no_new_environment_can_be_made_the_old_one_serves_on(made, fault, stamp):
    if stamp == "of other pins":
        made.change_pins()
    else:
        (made.folder / ".venv" / "ready").write_text("0123456789abcdef")
    said = made.start(STUB_PIP=fault)
    assert ("does not reach them" if fault == "no network" else "No space left") in said
    assert "Until then the environment that is here serves on.\n" in said
    assert said.endswith(made.runs())
    assert made.environments() == [".venv"]


def test_a_start_that_is_interrupted_leaves_the_old_environment_and_nothing_else(made):
    made.change_pins()
    process = made.begin(STUB_PIP="slow")
    made.wait_for_pip(2)
    os.killpg(process.pid, signal.SIGINT)
    assert "\nStopped. The next start takes it up again.\n" in process.communicate(timeout=60)[0]
    assert made.environments() == [".venv"]
    assert made.start(STUB_PIP="no network").endswith(made.runs())


@pytest.mark.parametrize("fate", ["goes on", "was killed, and left its pip"])
def test_a_start_waits_for_the_one_before_it(course, fate):
    first = course.begin(STUB_PIP="slow")
    course.wait_for_pip()
    if fate != "goes on":
        first.kill()
    second = course.begin(STUB_PIP="slow")
    assert second.stdout.readline() == "Another start makes the environment. Waiting for it ...\n"
    (course.folder / "go on").touch()
    for process in [first, second] if fate == "goes on" else [second]:
        assert process.communicate(timeout=60)[0].endswith(course.runs()[:-1])
    assert course.times_made() == (1 if fate == "goes on" else 2)
    assert course.environments() == [".venv"]


@pytest.mark.parametrize("fate", ["goes on", "was killed, and left its program"])
def test_an_environment_that_something_runs_from_is_not_replaced_before_that_ends(made, fate):
    running = made.begin_and_wait()
    if fate != "goes on":
        running.kill()
    made.change_pins()
    said = made.start()
    assert "something still runs from the old one" in said
    assert said.endswith(made.runs())
    (made.folder / "end").touch()
    running.communicate(timeout=60)
    assert "Packages" not in made.start()
    assert made.times_made() == 2
    assert made.start() == made.runs()
    assert made.environments() == [".venv"]


def test_a_moved_folder_starts_without_a_network_and_its_environment_finds_the_course(made):
    before = made.folder
    made.folder = before.rename(before.with_name("somewhere else"))
    code = "import backcare_nb as b; print(b.__file__)"
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    python = [made.folder / ".venv" / "bin" / "python", "-c", code]
    said = subprocess.run(python, cwd="/", env=plain, capture_output=True, text=True).stdout
    assert said == f"{made.folder / 'backcare_nb' / '__init__.py'}\n"
    assert made.start(STUB_PIP="no network") == made.runs()
    activate = (made.folder / ".venv" / "bin" / "activate").read_text(encoding="utf-8")
    assert str(made.folder) in activate
    assert str(before) not in activate


def test_a_copied_folder_starts_without_a_network_and_leaves_the_first_alone(made):
    before = contents(made.folder / ".venv")
    copy = Course(made.folder.with_name("a copy"))
    shutil.copytree(made.folder, copy.folder, symlinks=True)
    assert copy.start(STUB_PIP="no network") == copy.runs()
    assert contents(made.folder / ".venv") == before
    inside = [text for text, _ in contents(copy.folder / ".venv").values()]
    assert not [text for text in inside if os.fsencode(made.folder) in text]


def test_an_environment_with_a_missing_python_is_repaired_or_with_changed_pins_made_anew(made):
    """As on another computer; where the packages are others too, it cannot serve on."""
    for path in (made.folder / ".venv" / "bin").glob("python*"):
        path.unlink()
        path.symlink_to("/nowhere/python")
    copy = Course(made.folder.with_name("a copy"))
    shutil.copytree(made.folder, copy.folder, symlinks=True)
    assert copy.start(STUB_PIP="no network") == copy.runs()
    made.change_pins()
    said = made.start(STUB_PIP="no network")
    assert "The environment in .venv does not run here: its Python is not there.\n" in said
    assert "Connect it to the network and run start.py again.\n" in said
    assert made.start().endswith(made.runs())
