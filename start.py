"""Start the back care notebooks. All that must be there before is Python 3.11 to 3.14.

    python3 start.py            opens them in JupyterLab
    python3 start.py test       runs every test

and for a class:

    python3 start.py slides 02  makes slides of section 02, in one file that needs nothing else
    python3 start.py voila 02   serves section 02 as a page, with its timers and no code
    sudo python3 start.py hub   serves everyone who has an account here; see docs/hub.md

The first start makes an environment in the folder .venv, beside this file, and says how far it
is. That needs the network; nothing is fetched after it. Further arguments go to what is started,
for example --no-browser, --port 8973, or test -k player.
"""

# An old Python must be able to read this file to the end, so it keeps to plain grammar.
from __future__ import print_function

import contextlib
import hashlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time

OLDEST, NEWEST = (3, 11), (3, 14)

ROOT = os.path.dirname(os.path.realpath(__file__))
VENV = os.path.join(ROOT, ".venv")
NEW = os.path.join(ROOT, ".venv-new")  # becomes .venv when it is whole
OLD = os.path.join(ROOT, ".venv-old")
LOCK = os.path.join(ROOT, ".venv-lock")
SLIDES = os.path.join(ROOT, "slides")
# Each holds the one before it.
PINS = LEARNER, CLASS, TEST = "requirements.txt", "requirements-class.txt", "requirements-test.txt"

# What pip says of a package that it has got.
GOT = re.compile(r"Processing |Requirement already satisfied|  (Downloading|Using cached) .*\.whl ")
# What pip says when nobody answers, from the first request to a download cut short.
NETWORK_WORDS = (
    "from versions: none",
    "ConnectionError",
    "NameResolution",
    "ProxyError",
    "Timeout",
    "IncompleteRead",
)
# How a script of pip's names its Python, and how it finds it wherever the environment lies.
NAMED = re.compile(r"\A#!(/bin/sh\n'''exec' .*\n' '''|/.*/python[0-9.]*)\n".encode())
BESIDE = b"""#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")/python" "$0" "$@"
' '''
"""
FLAGS = ("--no-browser", "--debug", "-y")  # options that no value follows


class NotMade(SystemExit):
    """The environment could not be made; its words say why, and what to do."""


def main(arguments):
    """Make the environment where it is missing, run what was asked for, return its exit code."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    refuse_unfit(sys.version_info[:2])
    try:
        if arguments and not arguments[0].startswith("-"):
            return find_command(arguments[0])(arguments[1:])
        prepare(LEARNER)
        return run("jupyterlab", lab_options(arguments))
    except OSError as fault:
        sys.exit(
            "Could not go on: {}.\nMay you write in {}, and is there room?".format(fault, ROOT)
        )
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next start takes it up again.")


def find_command(word):
    """The function of a command; stop with a sentence when there is none of that name."""
    commands = {"test": test, "slides": slides, "voila": voila, "hub": hub}
    if word in commands:
        return commands[word]
    sys.exit(
        "start.py knows no command {}. It knows {}.\n"
        "python3 start.py --help says what each of them does.".format(word, ", ".join(commands))
    )


def refuse_unfit(version):
    """Stop with a sentence when this is not a Python that the pinned packages are made for."""
    if OLDEST <= version <= NEWEST:
        return
    sys.exit(
        "These notebooks need Python {}.{} to {}.{}, and this is Python {}.{}.\n"
        "Install one of them and start with it, for example: python3.12 start.py".format(
            *(OLDEST + NEWEST + tuple(version))
        )
    )


def refuse_without_venv():
    """Raise NotMade when this Python cannot make an environment, as Debian's may not."""
    from importlib.util import find_spec

    if find_spec("venv") and find_spec("ensurepip"):
        return
    raise NotMade(
        "This Python has no venv module, which makes the environment the notebooks run in.\n"
        "On Debian and Ubuntu: sudo apt install python3-venv\n"
        "Then run start.py again."
    )


def prepare(requirements):
    """Make the environment where it is missing, and draw the figures with a new one."""
    if make_environment(requirements):
        draw_figures()


def make_environment(requirements):
    """See that .venv holds what a requirements file asks for; return True if it was made now.

    Where it cannot be made, one that was made for another version of the course serves on.
    Raises NotMade or OSError where there is none.
    """
    if is_ready(requirements):
        shutil.rmtree(OLD, ignore_errors=True)
        return False
    try:
        with one_at_a_time():
            if is_ready(requirements):  # the start before this one made it
                return False
            make(requirements)
            return True
    except (NotMade, OSError) as fault:
        if not still_serves(requirements):
            raise
        print("{}\nUntil then the environment that is here serves on.".format(fault), flush=True)
        return False


def is_ready(requirements):
    """Whether the environment holds what a requirements file asks for, or more, and runs here.

    After the folder was moved or copied it is fitted to its place, which needs no network.
    """
    origin, place = read_stamp(VENV)
    if origin not in [fingerprint(pins) for pins in PINS[PINS.index(requirements) :]]:
        return False
    if place == digest(VENV) and starts():
        return True
    # What cannot be written to may run all the same.
    with contextlib.suppress(ImportError, OSError, ValueError):
        settle(origin)
    return starts()


def still_serves(requirements):
    """Whether an environment that was made from something else can do what is asked for now."""
    origin = read_stamp(VENV)[0]
    name = origin.split(" ")[0]
    held = PINS.index(name) if name in PINS else 0
    enough = origin and held >= PINS.index(requirements)
    return enough and starts("from backcare_nb import *; import jupyterlab")


def starts(code=""):
    """Whether the environment's own Python runs here, and the code in it."""
    quiet = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
    try:
        return popen([venv_python(), "-c", code], **quiet).wait() == 0
    except OSError:
        return False


def make(requirements):
    """Add to the environment that is there if it only lacks something, or make a new one."""
    origin = fingerprint(requirements)
    if is_ready(LEARNER):
        print("Adding to the environment in .venv. This needs the network, once:", flush=True)
        install(VENV, requirements)  # in the versions that are there, which go on working
        write_stamp(VENV, origin, digest(VENV))
        return
    if read_stamp(NEW)[0] != origin:
        refuse_without_venv()
        if os.path.lexists(VENV) and not starts():
            print(
                "The environment in .venv does not run here: its Python is not there.", flush=True
            )
        print("Making the environment in .venv. This needs the network, once:", flush=True)
        try:
            attempt("Python", [sys.executable, "-m", "venv", "--clear", NEW])
            install(NEW, requirements)
            write_stamp(NEW, origin, "")
        except BaseException:
            shutil.rmtree(NEW, ignore_errors=True)
            raise
    take_place(origin)


def install(folder, requirements):
    """Install the packages of a requirements file into an environment, and where the course is.

    No script and no path in it is absolute, so that all of it can be moved.
    """
    packages = sysconfig.get_path("purelib", "venv", {"base": folder})
    with open(os.path.join(ROOT, requirements)) as file:
        pins = len(re.findall(r"^\w", file.read(), re.MULTILINE))

    def there():
        return len([name for name in os.listdir(packages) if name.endswith(".dist-info")])

    def progress(said):
        chosen = [line for line in said if line.startswith("Installing collected packages: ")]
        if chosen:
            return "{} of {} installed".format(there() - before, chosen[0].count(",") + 1)
        left_out = len([line for line in said if line.startswith("Ignoring ")])
        got = len([line for line in said if GOT.match(line)])
        return "{} of {} fetched".format(got, pins - left_out)

    before = there()
    command = [venv_python(folder), "-I", "-m", "pip", "install", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar=off", "--retries=3"]
    attempt("Packages", command + ["--requirement", requirements], progress)
    with open(os.path.join(packages, "course.pth"), "w") as path:
        path.write(os.path.relpath(ROOT, packages) + "\n")
    for name in filter(os.path.isfile, programs(folder)):
        with open(name, "rb") as script:
            text = script.read()
        if NAMED.match(text):
            with open(name, "wb") as script:
                script.write(NAMED.sub(lambda _: BESIDE, text))


def take_place(origin):
    """Put the new environment in the place of the old one, unless something runs from that."""
    shutil.rmtree(OLD, ignore_errors=True)
    if not set_aside():
        raise NotMade(
            "The new environment is whole, and waits: something still runs from the old one, such\n"
            "as JupyterLab. End it, and the next start puts the new one in its place."
        )
    try:
        os.rename(NEW, VENV)
    finally:
        put_back()
    settle(origin)
    shutil.rmtree(OLD, ignore_errors=True)


def set_aside():
    """Move the old environment out of the way; return False while something runs from it."""
    try:
        if os.path.exists(stamp_of(VENV)):
            with open(stamp_of(VENV)) as stamp:
                if not lock(stamp):
                    return False
        if os.path.lexists(VENV):
            os.rename(VENV, OLD)
    except OSError:  # Windows moves no program that runs
        return False
    return True


def put_back():
    """Have the old environment again where the new one did not come into its place."""
    if os.path.lexists(OLD) and not os.path.lexists(VENV):
        os.rename(OLD, VENV)


def settle(origin):
    """Fit the environment to the place where it lies, and to this Python if its own is gone.

    Raises OSError where the environment cannot be written to.
    """
    import venv

    for path in programs(VENV):
        if os.path.islink(path) and not os.path.exists(path):
            os.remove(path)
    venv.create(VENV, symlinks=os.name != "nt")
    write_stamp(VENV, origin, digest(VENV))


def programs(folder):
    """The paths of an environment's programs and scripts."""
    place = os.path.dirname(venv_python(folder))
    return [os.path.join(place, name) for name in os.listdir(place)]


def draw_figures(*options):
    """Draw the course's figures once; one that cannot be drawn now is drawn in its notebook."""

    def progress(said):
        return next((line for line in reversed(said) if line.endswith(" drawn")), "")

    command = [venv_python(), "-m", "backcare_nb.html.picture"]
    code, said = watch("Figures", command + list(options), progress)
    if code:
        print(
            "Not every figure could be drawn ahead: {}\n"
            "A notebook draws what it shows, and takes a little longer the first time.".format(
                said[-1] if said else "exit code {}".format(code)
            ),
            flush=True,
        )


def venv_python(folder=VENV):
    """The path of an environment's own Python."""
    place = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(folder, *place)


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


@contextlib.contextmanager
def one_at_a_time():
    """Let one start make the environment; others wait for it, and say so."""
    with open(LOCK, "a") as file:
        os.set_inheritable(file.fileno(), True)  # a pip that outlives its start holds it too
        waiting = False
        while not lock(file):
            if not waiting:
                print("Another start makes the environment. Waiting for it ...", flush=True)
            waiting = True
            time.sleep(0.2)
        put_back()  # a start may have ended in the midst of take_place
        yield


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
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass
    return True


def attempt(what, command, progress=lambda said: ""):
    """Run a command as watch does; if it fails, raise NotMade and say what to do."""
    code, said = watch(what, command, progress)
    if code == 0:
        return
    errors = list(itertools.dropwhile(lambda line: not line.startswith("ERROR"), said))
    last = "\n".join((errors or said)[-12:]).strip()
    if any(word in last for word in NETWORK_WORDS):
        raise NotMade(
            "The packages could not be fetched: this computer does not reach them.\n"
            "Connect it to the network and run start.py again."
        )
    raise NotMade(
        "The environment could not be made in {}. What was said last:\n\n{}\n\n"
        "Often the disk is full, or the folder belongs to somebody else. Mend that and\n"
        "run start.py again.".format(ROOT, last)
    )


def watch(what, command, progress):
    """Run a command, and say how far it is, as progress tells from the lines it has printed.

    Returns its exit code and its lines.
    """
    terminal = sys.stdout.isatty()
    start, end = ("\r", "") if terminal else ("", "\n")
    began = time.time()

    def lines():
        with open(log, errors="replace") as said:
            return said.read().splitlines()

    def tell():
        parts = [progress(lines()), "{:.0f} s".format(time.time() - began)]
        told = "  {}: {}".format(what, ", ".join(filter(None, parts)))
        print(start + told.ljust(60 if terminal else 0), end=end, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        with open(log, "wb") as said:
            process = popen(command, stdout=said, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                tell()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.5 if terminal else 5)
            tell()
        finally:
            if terminal:
                print()
            process.terminate()
            process.wait()
        return process.returncode, lines()


def popen(command, **streams):
    """Begin a command without other Pythons' packages, and with the locks that are held."""
    surroundings = dict(os.environ, PYTHONPATH=ROOT)
    return subprocess.Popen(command, cwd=ROOT, env=surroundings, close_fds=False, **streams)


def test(arguments):
    """Run every test, two files at a time; -n 0 runs one after the other."""
    prepare(TEST)
    return run("pytest", ["--numprocesses=2", "--dist=loadfile"] + arguments)


def slides(arguments):
    """Make slides of the chosen notebooks, or of all, and open those of a single one."""
    chosen, further = choose(arguments)
    prepare(LEARNER)
    options = ["--config", os.path.join(ROOT, "lab", "slides.py"), "--output-dir", SLIDES]
    quiet = "--no-browser" in further
    if any(option.startswith("--port=") for option in further):
        print("Slides are a file, which needs no port.")
    further = [word for word in further if not word.startswith(("--no-browser", "--port="))]
    code = run("nbconvert", options + further + (chosen or notebooks()))
    if code:
        return code
    if len(chosen) == 1 and not quiet:
        made = os.path.splitext(os.path.basename(chosen[0]))[0] + ".slides.html"
        open_in_browser(os.path.join(SLIDES, made))
    print("The slides are in {}".format(SLIDES))
    return 0


def voila(arguments):
    """Serve the chosen notebook as a page on this computer."""
    chosen, further = choose(arguments)
    if len(chosen) != 1:
        sys.exit("Say which notebook, for example: python3 start.py voila 02")
    prepare(CLASS)
    # Our template and our settings are there.
    os.environ["JUPYTER_PATH"] = os.environ["JUPYTER_CONFIG_PATH"] = os.path.join(ROOT, "lab")
    return run("voila", chosen + ["--template=backcare"] + further)


def hub(arguments):
    """Serve a class on this machine, as hub/jupyterhub_config.py says."""
    if not sys.platform.startswith("linux"):
        sys.exit("The hub needs Linux: it gives every learner an account's own processes.")
    make_environment(CLASS)
    draw_figures("--shared")  # for all learners, and at each start: an update may have changed some
    return run(
        "jupyterhub",
        ["--config", os.path.join(ROOT, "hub", "jupyterhub_config.py")] + arguments,
    )


def notebooks():
    """The paths of the notebooks, in their order."""
    folder = os.path.join(ROOT, "notebooks")
    names = sorted(name for name in os.listdir(folder) if name.endswith(".ipynb"))
    return [os.path.join(folder, name) for name in names]


def choose(arguments):
    """The notebooks that were named by a part of their names, and the further arguments.

    A word after an option is its value: --port 8973 becomes --port=8973.
    """
    chosen, further = [], []
    for before, word in zip([""] + arguments, arguments):
        if word.startswith("-"):
            further.append(word)
        elif before.startswith("-") and "=" not in before and before not in FLAGS:
            further[-1] += "=" + word
        else:
            chosen.append(find_notebook(word))
    return chosen, further


def find_notebook(word):
    """The path of the notebook whose name holds a word; stop with a sentence if it is not one."""
    name = os.path.basename(word).lower()
    found = [path for path in notebooks() if name in os.path.basename(path)]
    if len(found) == 1:
        return found[0]
    there = "\n".join("  " + os.path.basename(path) for path in found or notebooks())
    count = "More than one notebook" if found else "No notebook"
    sys.exit("{} is called {}. There are:\n{}".format(count, word, there))


def open_in_browser(path):
    """Show a file in this computer's browser, if it has one."""
    import pathlib
    import webbrowser

    webbrowser.open(pathlib.Path(path).as_uri())


def lab_options(arguments):
    """What JupyterLab is told: our settings, the learner's arguments, and where to open."""
    settings = os.path.join(ROOT, "lab", "settings.py")
    first = "00_start_here.ipynb"
    address = "--LabApp.default_url=/lab/tree/" + first  # what is printed for --no-browser
    opening = os.path.join(ROOT, "notebooks", first)
    return ["--config", settings, address] + arguments + [opening]


def run(module, arguments):
    """Run a module in the environment until it ends, and return its exit code.

    Ctrl-C reaches it too, and it is the one to decide: JupyterLab asks before it stops.
    """
    with open(stamp_of(VENV)) as stamp:
        lock(stamp, shared=True)  # what something runs from is not replaced
        os.set_inheritable(stamp.fileno(), True)
        print("Starting {} ...".format(module), flush=True)
        process = popen([venv_python(), "-m", module] + arguments)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
