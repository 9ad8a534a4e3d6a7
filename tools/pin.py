"""Write requirements.txt, -class.txt and -test.txt: what to install, pinned by version and hash.

Run it after a change of the dependencies in pyproject.toml, or to move to newer versions:

    python tools/pin.py              keep the versions that still fit
    python tools/pin.py --upgrade    take the newest that fit
    python tools/pin.py --oldest FILE    write the oldest that pyproject.toml allows, to be tested

It needs uv, and nothing else does. The files serve every system and every Python that the
project supports, and name no address: pip looks where its owner has told it to look. Each holds
the one before it: a class takes what a learner takes and more, and the tests take that and more.
"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
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


if __name__ == "__main__":
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
