"""The files that hold the project together: its pins, its package, and what none may hold."""

import re
import socket
import subprocess
import sys
import tomllib
from itertools import chain, pairwise
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = ("requirements.txt", "requirements-class.txt", "requirements-test.txt")
EXTRAS = {PINS[0]: (), PINS[1]: ("teach",), PINS[2]: ("teach", "test")}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
# Written so that they do not find themselves.
FOREIGN = re.compile(
    r"py[p]i\.org|pythonh[o]sted|npm[j]s\.|deb[.]debian|(?<![\w.~])/(w[o]rk|r[o]ot|t[m]p)/"
)


def pins(name: str) -> dict[str, Requirement]:
    """The requirements of a file by canonical name, once their hashes are seen to be there."""
    found = {}
    for entry in re.split(r"\n(?=\w)", (ROOT / name).read_text(encoding="utf-8").strip()):
        if entry.startswith("#"):
            continue
        words, *hashes = entry.replace("\\\n", "\n").split("\n")
        assert hashes, f"{words} has no hash"
        assert all(HASH.fullmatch(each.strip()) for each in hashes)
        requirement = Requirement(words)
        found[canonicalize_name(requirement.name)] = requirement
    return found


def version(requirement: Requirement) -> str:
    return str(requirement.specifier).removeprefix("==")


def wanted(name: str) -> list[Requirement]:
    project = PROJECT["project"]
    lists = [project["optional-dependencies"][extra] for extra in EXTRAS[name]]
    lists += [project["dependencies"], PROJECT["build-system"]["requires"]]
    return [Requirement(words) for words in chain.from_iterable(lists)]


def texts() -> list[tuple[Path, str]]:
    """Every text file that git holds or would hold."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    if done.returncode:
        pytest.skip("not a git checkout: there is no list of the project's files")
    paths = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    readable = [path for path in paths if path.exists() and path.suffix not in (".png", ".ico")]
    return [(path, path.read_text(encoding="utf-8")) for path in readable]


@pytest.mark.parametrize("name", PINS)
def test_every_pin_is_one_version_with_its_hashes_and_names_no_address(name):
    assert all(str(pin.specifier).startswith("==") for pin in pins(name).values())
    assert not re.search(r"://|@|--(?!hash=)\w", (ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PINS)
def test_the_pins_hold_what_the_project_asks_for(name):
    held = pins(name)
    missing = [
        str(want)
        for want in wanted(name)
        if canonicalize_name(want.name) not in held
        or version(held[canonicalize_name(want.name)]) not in want.specifier
    ]
    assert not missing, "run python tools/pin.py"


def test_jupyterlab_has_no_extension_of_jupyterlite_beside_it():
    assert not [name for name in pins(PINS[-1]) if name.startswith("jupyterlite")]


@pytest.mark.parametrize(("less", "more"), list(pairwise(PINS)))
def test_each_file_of_pins_holds_the_one_before_it_in_the_same_versions(less, more):
    less, more = pins(less), pins(more)
    assert {name: version(more[name]) for name in less} == {n: version(p) for n, p in less.items()}


@pytest.mark.parametrize("name", ["jupyterhub", "configurable-http-proxy"])
def test_jupyterhub_and_its_proxy_are_pinned_for_linux_and_not_for_windows(name):
    markers = [pins(file)[name].marker for file in PINS[1:]]
    assert [marker.evaluate({"sys_platform": "linux"}) for marker in markers] == [True, True]
    assert [marker.evaluate({"sys_platform": "win32"}) for marker in markers] == [False, False]


def test_every_system_gets_the_same_numpy_and_matplotlib():
    assert not [n for n in ("numpy", "matplotlib", "pillow") if pins(PINS[0])[n].marker]


def test_no_file_names_a_registry_or_a_path_of_one_machine():
    found = {str(path.relative_to(ROOT)): FOREIGN.findall(text) for path, text in texts()}
    assert found
    assert not {path: hits for path, hits in found.items() if hits}


@pytest.mark.parametrize("check", [["check"], ["format", "--check"]], ids=lambda check: check[0])
def test_the_code_is_in_the_shape_that_ruff_gives_it(check):
    command = [sys.executable, "-m", "ruff", *check, "--quiet", "--no-cache", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_network_access_beyond_this_machine_is_blocked_in_tests():
    with socket.socket() as outward, pytest.raises(PermissionError, match=r"192\.0\.2\.1"):
        outward.connect(("192.0.2.1", 80))
