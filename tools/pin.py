"""Write requirements.txt, -class.txt and -test.txt: what to install, pinned by version and hash.

Run it after a change of the dependencies in pyproject.toml, or to move to newer versions:

    python tools/pin.py              keep the versions that still fit
    python tools/pin.py --upgrade    take the newest that fit
    python tools/pin.py --oldest FILE    write the oldest that pyproject.toml allows, to be tested
    python tools/pin.py --browser        pin what notebooks take that run in the browser alone

It needs uv, and nothing else does. The files serve every system and every Python that the
project supports, and name no address: pip looks where its owner has told it to look. Each holds
the one before it: a class takes what a learner takes and more, and the tests take that and more.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from backcare_nb.export import lite  # noqa: E402

# What the course needs in a browser, at the versions that a learner has, and the kernel's own.
IN_BROWSER = (
    *("annotated-types", "anywidget", "comm", "ipywidgets", "jupyterlab-widgets", "platformdirs"),
    *("psygnal", "pydantic", "pydantic-core", "segno", "typing-extensions"),
    *("typing-inspection", "traitlets"),
)
FOR_KERNEL = (
    *("asttokens", "decorator", "executing", "ipython", "ipython-pygments-lexers"),
    *("matplotlib-inline", "micropip", "packaging", "prompt_toolkit", "pure_eval", "pygments"),
    *("stack_data", "wcwidth"),
)
# What writes the folder: the first two each for the version of Pyodide that lite.py names.
FOR_BUILD = ("jupyterlite-core==0.8.6", "jupyterlite-pyodide-kernel==0.8.6", "doit", "pkginfo")
LEARNER = "requirements.txt"
CLASS = "requirements-class.txt"
TEST = "requirements-test.txt"


def pin(target: str, *options: str) -> None:
    """Resolve pyproject.toml, and what an install without build isolation needs, into a file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    oldest = project["project"]["requires-python"].removeprefix(">=")
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    # One version of each package for everyone, so that everyone gets the same figures.
    command += ["--fork-strategy", "fewest", f"--python-version={oldest}", "--no-annotate"]
    command += ["--custom-compile-command", "python tools/pin.py", f"--output-file={target}"]
    command += [*options, "pyproject.toml", "-"]
    builders = "\n".join(project["build-system"]["requires"])
    subprocess.run(command, cwd=ROOT, input=builders, text=True, check=True)


def pin_oldest(target: str) -> None:
    """Write the lower bounds of all that pyproject.toml names, as pip takes them."""
    command = ["uv", "pip", "compile", "--quiet", "--resolution=lowest-direct", "--all-extras"]
    command += ["--no-annotate", "--no-header", f"--output-file={target}", "pyproject.toml"]
    subprocess.run(command, cwd=ROOT, check=True)


def pin_for_browser() -> None:
    """Pin the packages of notebooks that run in the browser, at the learner's versions."""
    pinned = (ROOT / LEARNER).read_text(encoding="utf-8")
    versions = dict(re.findall(r"^([\w-]+)==(\S+)", pinned, re.MULTILINE))
    wanted = [f"{name}=={versions[name]}" for name in IN_BROWSER if name in versions]
    wanted += [name for name in IN_BROWSER if name not in versions]
    wanted += FOR_KERNEL
    for file, names in (
        (lite.BROWSER_REQUIREMENTS_FILE, wanted),
        (lite.BUILD_REQUIREMENTS_FILE, FOR_BUILD),
    ):
        file.write_text("".join(f"{line}\n" for line in _pinned_wheels(names)), encoding="utf-8")


def _pinned_wheels(wanted: Iterable[str]) -> Iterator[str]:
    """The lines of a requirements file: wheels for the browser's Python, and nothing they need."""
    with TemporaryDirectory() as work:
        subprocess.run(lite.pip_download_command(Path(work), wanted), check=True)
        for wheel in sorted(Path(work).glob("*.whl")):
            name, version = wheel.name.split("-")[:2]
            digest = sha256(wheel.read_bytes()).hexdigest()
            yield f"{name}=={version} --hash=sha256:{digest}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--browser"]:
        pin_for_browser()
        sys.exit()
    if not shutil.which("uv"):
        sys.exit(
            "Pinning takes uv, which is not here: python -m pip install uv, and run this again."
        )
    if sys.argv[1:2] == ["--oldest"]:
        pin_oldest(sys.argv[2])
        sys.exit()
    pin(LEARNER, *sys.argv[1:])
    pin(CLASS, "--extra=teach", f"--constraint={LEARNER}", *sys.argv[1:])
    pin(TEST, "--extra=teach", "--extra=test", f"--constraint={CLASS}", *sys.argv[1:])
