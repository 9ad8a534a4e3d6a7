"""What holds for every test: the same examples on every run, and no network beyond this machine."""

import os
import re
import socket
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# No test, and no kernel that a test starts, sees the exercises of whoever runs it.
NO_FOLDER = os.path.join(tempfile.gettempdir(), f"no exercises of {os.getpid()}")
os.environ["BACKCARE_EXERCISES"] = os.environ["BACKCARE_LESSONS"] = NO_FOLDER

# What --quick runs: whether data, facts, words, figures, sessions, own exercises and the notebooks'
# text hold together.
QUICK = (
    *("check", "strips", "mistakes", "exercise_figures", "facts", "claims", "words", "course"),
    *("library", "leading", "timeline", "going_on", "guide", "own", "notebooks", "project"),
)

settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Refuses a connection to any other machine."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
        ):
            raise PermissionError(f"a test tried to reach {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="what an author needs between edits")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("quick"):
        config.args[:] = [str(config.rootpath / "tests" / f"test_{name}.py") for name in QUICK]


class FilesAndLabsScheduling(LoadFileScheduling):
    """Runs a file in one process, and so all files that take the same JupyterLab."""

    def _split_scope(self, nodeid: str) -> str:
        return _lab_or_file(self.config.rootpath / super()._split_scope(nodeid))


@cache
def _lab_or_file(path: Path) -> str:
    """The fixture of the JupyterLab that a file of tests takes, or the path of one without."""
    text = path.read_text(encoding="utf-8")
    takes = re.findall("learners_lab|lab_address|lab_page|own_page", text)
    return "learners_lab" if "learners_lab" in takes else "lab_address" if takes else str(path)


def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Producer
) -> FilesAndLabsScheduling | None:
    is_wished = config.getoption("dist") == "loadfile"
    return FilesAndLabsScheduling(config, log) if is_wished else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if terminalreporter.config.getoption("quick"):
        terminalreporter.write_line(
            f"Quick: only {', '.join(QUICK)}. Left out: the notebooks' outputs, all that a browser "
            "shows, how a figure is drawn, lessons, the journal, handouts, pages, the hub. Before "
            "a commit, run all: python3 start.py test"
        )
