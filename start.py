"""Start the back care notebooks. All that must be there before is Python 3.11 to 3.14.

    python3 start.py            opens them in JupyterLab
    python3 start.py --help     names all that there is: tests, slides, handouts, a hub, ...

The first start makes an environment in the folder .venv, beside this file, and says how far it
is. That needs the network; nothing is fetched after it. What is asked for then runs in it.
"""

# An old Python must be able to read this file to the end, so it keeps to plain grammar.
from __future__ import print_function

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time

OLDEST, NEWEST = (3, 11), (3, 14)

ROOT = os.path.dirname(os.path.realpath(__file__))
VENV = os.path.join(ROOT, ".venv")
NEW_VENV = os.path.join(ROOT, ".venv-new")  # becomes .venv when it is whole
OLD_VENV = os.path.join(ROOT, ".venv-old")
LOCK_FILE = os.path.join(ROOT, ".venv-lock")
# Each holds the one before it.
PINS = LEARNER, CLASS, TEST = "requirements.txt", "requirements-class.txt", "requirements-test.txt"
PINS_OF_COMMANDS = {"voila": CLASS, "hub": CLASS, "test": TEST, "run": TEST}

# What pip says of a package that it has got, or will not need.
FETCHED = re.compile(r"Processing |Requirement already|Ignoring |  (Downloading|Using).*\.whl ")
# What pip says when nobody answers, from the first request to a download cut short.
NETWORK_ERRORS = re.compile(
    "from versions: none|ConnectionError|NameResolution|ProxyError|Timeout|IncompleteRead"
)
# How a script of pip's names its Python, and how it finds it wherever the environment lies.
SHEBANG = re.compile(r"\A#!(/bin/sh\n'''exec' .*\n' '''|/.*/python[0-9.]*)\n".encode())
RELATIVE_SHEBANG = b"""#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")/python" "$0" "$@"
' '''
"""


class SetupError(SystemExit):
    """The environment could not be made; its words say why, and what to do."""


def main(arguments):
    """Make the environment where it is missing, run the command in it, return its exit code."""
    refuse_unsupported(sys.version_info[:2])
    sys.path.insert(0, ROOT)
    from backcare_nb.command.cli import parse_command  # which needs no environment

    name, _ = parse_command(arguments)
    try:
        ensure_environment(PINS_OF_COMMANDS.get(name, LEARNER))
        return run(["-P", "-m", "backcare_nb.command"] + arguments)
    except OSError as error:
        sys.exit("Could not go on: {}.\nMay you write in {}? Is there room?".format(error, ROOT))
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next start takes it up again.")


def refuse_unsupported(version):
    """Stop with a sentence when this is not a Python that the pinned packages are made for."""
    if not OLDEST <= version <= NEWEST:
        sys.exit(
            "These notebooks need Python {}.{} to {}.{}, and this is Python {}.{}.\n"
            "Install one of them and start with it, for example: python3.12 start.py".format(
                *(OLDEST + NEWEST + tuple(version))
            )
        )


def ensure_environment(requirements):
    """See that .venv holds what a requirements file asks for.

    Where it cannot be made, one that was made for another version of the course serves on.
    Raises SetupError or OSError where there is none.
    """
    if is_ready(requirements):
        shutil.rmtree(OLD_VENV, ignore_errors=True)
        return
    try:
        with open(LOCK_FILE, "a") as file:
            wait_for_lock(file)
            if not is_ready(requirements):  # the start before this one made it
                make_environment(requirements)
    except (SetupError, OSError) as error:
        name = read_stamp(VENV)[0].split(" ")[0]
        # An early start.py stamped without a name, and knew the learner's packages only.
        enough = name and PINS.index(name if name in PINS else LEARNER) >= PINS.index(requirements)
        if not (enough and runs_here("import backcare_nb, jupyterlab")):
            raise
        print("{}\nUntil then the environment that is here serves on.".format(error), flush=True)


def is_ready(requirements):
    """Whether the environment holds what a requirements file asks for, or more, and runs here.

    After the folder was moved or copied it is fitted to its place, which needs no network.
    """
    origin, place = read_stamp(VENV)
    if origin not in [fingerprint(pins) for pins in PINS[PINS.index(requirements) :]]:
        return False
    if place != digest(VENV) or not runs_here():
        # What cannot be written to may run all the same.
        with contextlib.suppress(ImportError, OSError, ValueError):
            fit_to_place(origin)
    return runs_here()


def runs_here(code=""):
    """Whether the environment's own Python runs here, and the code in it."""
    try:
        streams = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
        return popen([python_of(VENV), "-c", code], **streams).wait() == 0
    except OSError:
        return False


def make_environment(requirements):
    """Add to the environment that is there if it only lacks something, or make a new one."""
    from importlib.util import find_spec

    origin = fingerprint(requirements)
    if is_ready(LEARNER):
        print("Adding to the environment in .venv. This needs the network, once:", flush=True)
        install(VENV, requirements)  # in the versions that are there, which go on working
        write_stamp(VENV, origin, digest(VENV))
        return
    if read_stamp(NEW_VENV)[0] != origin:
        if not (find_spec("venv") and find_spec("ensurepip")):
            raise SetupError(
                "This Python has no venv module, which makes the environment the notebooks run "
                "in.\nOn Debian and Ubuntu: sudo apt install python3-venv\nThen run start.py again."
            )
        if os.path.lexists(VENV) and not runs_here():
            print("The environment in .venv does not run here: its Python is not there.")
        print("Making the environment in .venv. This needs the network, once:", flush=True)
        try:
            attempt("Python", [sys.executable, "-m", "venv", "--clear", NEW_VENV])
            install(NEW_VENV, requirements)
            write_stamp(NEW_VENV, origin, "")
        except BaseException:
            shutil.rmtree(NEW_VENV, ignore_errors=True)
            raise
    replace_environment()
    fit_to_place(origin)


def install(folder, requirements):
    """Install the packages of a requirements file into an environment, and where the course is.

    No script and no path in it is absolute, so that all of it can be moved.
    """
    requirements = os.path.join(ROOT, requirements)
    with open(requirements) as file:
        pins = len(re.findall(r"^\w", file.read(), re.MULTILINE))
    command = [python_of(folder), "-I", "-m", "pip", "install", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar=off", "--retries=3"]
    attempt("Packages", command + ["--requirement", requirements], pins)
    packages = sysconfig.get_path("purelib", "venv", {"base": folder})
    with open(os.path.join(packages, "course.pth"), "w") as path:
        path.write(os.path.relpath(ROOT, packages) + "\n")
    for name in filter(os.path.isfile, programs_of(folder)):
        with open(name, "rb") as script:
            text = script.read()
        if SHEBANG.match(text):
            with open(name, "wb") as script:
                script.write(SHEBANG.sub(lambda _: RELATIVE_SHEBANG, text))


def attempt(what, command, pins=0):
    """Run a command and say how far it is; if it fails, raise SetupError with what it said last.

    pins: how many packages pip is to get.
    """
    began, printed, said = time.time(), 0, []
    with popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            for line in process.stdout:
                said.append(line.decode(errors="replace").rstrip())
                installs = said[-1].startswith("Installing")
                if time.time() > printed + 5 or installs:
                    printed = time.time()
                    fetched = len(list(filter(FETCHED.match, said)))
                    count = "{} of {} packages, ".format(fetched, pins) if pins else ""
                    far = "  {}: {}{:.0f} s".format(what, count, printed - began)
                    print(far + "; installing takes as long again" * installs, flush=True)
            code = process.wait()
        finally:
            process.terminate()
    if code:
        errors = [number for number, line in enumerate(said) if line.startswith("ERROR")]
        last = "\n".join(said[errors[0] if errors else 0 :][-12:]).strip()
        if NETWORK_ERRORS.search(last):
            raise SetupError(
                "The packages could not be fetched: this computer does not reach them.\n"
                "Connect it to the network and run start.py again."
            )
        raise SetupError(
            "The environment could not be made in {}. What was said last:\n\n{}\n\n"
            "Often the disk is full, or the folder belongs to somebody else. Mend that and\n"
            "run start.py again.".format(ROOT, last)
        )


def replace_environment():
    """Put the new environment in the place of the old one, unless something runs from that."""
    shutil.rmtree(OLD_VENV, ignore_errors=True)
    with contextlib.suppress(OSError):  # Windows moves no program that runs
        if not is_in_use(VENV):
            os.rename(VENV, OLD_VENV)
    if os.path.lexists(VENV):
        raise SetupError(
            "The new environment is whole, and waits: something still runs from the old one, such\n"
            "as JupyterLab. End it, and the next start puts the new one in its place."
        )
    try:
        os.rename(NEW_VENV, VENV)
    except OSError:
        if os.path.lexists(OLD_VENV):
            os.rename(OLD_VENV, VENV)
        raise


def is_in_use(folder):
    """Whether something runs from an environment, by the lock that run holds."""
    try:
        with open(stamp_of(folder)) as stamp:
            return not lock(stamp)
    except OSError:
        return False


def fit_to_place(origin):
    """Fit the environment to the place where it lies, and to this Python if its own is gone.

    Raises OSError where the environment cannot be written to.
    """
    import venv

    for path in programs_of(VENV):
        if os.path.islink(path) and not os.path.exists(path):
            os.remove(path)
    venv.create(VENV, symlinks=os.name != "nt")
    write_stamp(VENV, origin, digest(VENV))


def python_of(folder):
    """The path of an environment's own Python, beside its other programs."""
    place = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(folder, *place)


def programs_of(folder):
    place = os.path.dirname(python_of(folder))
    return [os.path.join(place, name) for name in os.listdir(place)]


def stamp_of(folder):
    """The path of the file that comes last into an environment, and says that it is whole."""
    return os.path.join(folder, "ready")


def read_stamp(folder):
    """What a whole environment was made from, and for which place; empty where there is none."""
    try:
        with open(stamp_of(folder)) as stamp:
            origin, _, place = stamp.read().partition("\n")
            return origin, place
    except OSError:
        return "", ""


def write_stamp(folder, origin, place):
    with open(stamp_of(folder), "w") as stamp:
        stamp.write(origin + "\n" + place)


def fingerprint(requirements):
    """The name of a requirements file, and a digest of it, this Python and this kind of machine."""
    with open(os.path.join(ROOT, requirements), "rb") as file:
        packages = hashlib.sha256(file.read()).hexdigest()
    python = "{} {}".format(sys.version_info[:2], sysconfig.get_platform())
    return "{} {}".format(requirements, digest(packages + python))


def digest(text):
    return hashlib.sha256(os.fsencode(text)).hexdigest()


def wait_for_lock(file):
    """Let one start make the environment; others wait for it, and say so."""
    os.set_inheritable(file.fileno(), True)  # a pip that outlives its start holds it too
    if not lock(file):
        print("Another start makes the environment. Waiting for it ...", flush=True)
        while not lock(file):
            time.sleep(0.2)


def lock(file, shared=False):
    """Hold an open file until it is closed; return False where somebody else holds it.

    The lock ends with its process, however that ends. On a disk without locks nobody waits.
    """
    try:
        if os.name != "nt":
            import fcntl

            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        elif not shared:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError as error:
        return not isinstance(error, (BlockingIOError, PermissionError))
    return True


def run(arguments):
    """Run the environment's Python with arguments until it ends, and return its exit code.

    Ctrl-C reaches it too, and it is the one to decide: JupyterLab asks before it stops.
    """
    with open(stamp_of(VENV)) as stamp:
        lock(stamp, shared=True)  # what something runs from is not replaced
        os.set_inheritable(stamp.fileno(), True)
        process = popen([python_of(VENV)] + arguments)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def popen(command, **streams):
    """Begin a command without other Pythons' packages, and with the locks that are held."""
    surroundings = dict(os.environ, PYTHONPATH=ROOT)
    return subprocess.Popen(command, env=surroundings, close_fds=False, **streams)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
