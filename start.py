"""Start the back care notebooks. All that must be there before is Python 3.11 to 3.14.

    python3 start.py            opens them in JupyterLab
    python3 start.py test       runs every test

and for a class:

    python3 start.py slides 02  makes slides of section 02, in one file that needs nothing else
    python3 start.py voila 02   serves section 02 as a page, with its timers and no code
    sudo python3 start.py hub   serves everyone who has an account here; see docs/hub.md

The first start makes an environment in the folder .venv, beside this file. That takes about a
minute and needs the network; nothing is fetched after it. Further arguments go to what is
started, for example --no-browser, or test -k player.
"""

# An old Python must be able to read this file to the end, so it keeps to plain grammar.
from __future__ import print_function

import hashlib
import os
import signal
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 14)

ROOT = os.path.dirname(os.path.realpath(__file__))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "ready")
SLIDES = os.path.join(ROOT, "slides")
# Each holds the one before it.
PINS = LEARNER, CLASS, TEST = "requirements.txt", "requirements-class.txt", "requirements-test.txt"

# What pip says when nobody answers, from the first request to a download cut short.
NETWORK_WORDS = (
    "from versions: none",
    "ConnectionError",
    "NameResolution",
    "ProxyError",
    "Timeout",
    "IncompleteRead",
)


def main(arguments):
    """Make the environment where it is missing, run what was asked for, return its exit code."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    refuse_unfit(sys.version_info[:2])
    try:
        if arguments and not arguments[0].startswith("-"):
            return find_command(arguments[0])(arguments[1:])
        make_environment(LEARNER)
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
    """Stop with a sentence when this Python cannot make an environment, as Debian's may not."""
    from importlib.util import find_spec

    if find_spec("venv") and find_spec("ensurepip"):
        return
    sys.exit(
        "This Python has no venv module, which makes the environment the notebooks run in.\n"
        "On Debian and Ubuntu: sudo apt install python3-venv\n"
        "Then run start.py again."
    )


def make_environment(requirements):
    """Make .venv from a requirements file, and return True, unless a finished one is there.

    The stamp is written last: an environment without it was not finished, and is made anew.
    """
    finished = read_stamp()
    own = PINS.index(requirements)
    if finished in [fingerprint(pins) for pins in PINS[own:]]:
        return False
    refuse_without_venv()
    print("Making the environment in .venv, which takes about a minute ...", flush=True)
    if os.path.exists(STAMP):
        os.remove(STAMP)
    if finished not in [fingerprint(pins) for pins in PINS[:own]]:
        attempt("The environment", [sys.executable, "-m", "venv", "--clear", VENV])
    install = [venv_python(), "-I", "-m", "pip", "install", "--quiet"]
    install += ["--disable-pip-version-check", "--no-input", "--retries=3"]
    attempt("The packages", install + ["--requirement", requirements])
    attempt("The course", install + ["--no-deps", "--no-build-isolation", "--editable", ROOT])
    draw_figures()
    with open(STAMP, "w") as stamp:
        stamp.write(fingerprint(requirements))
    return True


def draw_figures():
    """Draw the course's figures once; one that cannot be drawn now is drawn in its notebook."""
    print("Drawing the figures ...", flush=True)
    command = [venv_python(), "-m", "backcare_nb.cards.picture"]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def venv_python():
    """The path of the environment's own Python."""
    place = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(VENV, *place)


def read_stamp():
    """What the finished environment was made from; empty when there is no finished one."""
    if not (os.path.exists(STAMP) and os.path.exists(venv_python())):
        return ""
    with open(STAMP) as stamp:
        return stamp.read()


def fingerprint(requirements):
    """A digest of what an environment depends on: its packages, this Python, and its place."""
    with open(os.path.join(ROOT, requirements), "rb") as file:
        digest = hashlib.sha256(file.read())
    digest.update(os.fsencode("{} {}".format(sys.version_info[:2], ROOT)))
    return digest.hexdigest()


def attempt(what, command):
    """Run a command in silence; if it fails, stop and say what it could not make, and why."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return
    said = done.stdout.decode(errors="replace").strip()
    if any(word in said for word in NETWORK_WORDS):
        sys.exit(
            "The packages could not be fetched: this computer does not reach them.\n"
            "Connect it to the network and run start.py again."
        )
    sys.exit(
        "{} could not be made in {}. What was said last:\n\n{}\n\n"
        "Often a JupyterLab still runs from this folder, the disk is full, or the folder belongs\n"
        "to somebody else. Mend that and run start.py again.".format(
            what, VENV, "\n".join(said.splitlines()[-12:])
        )
    )


def test(arguments):
    """Run every test, two files at a time; -n 0 runs one after the other."""
    make_environment(TEST)
    return run("pytest", ["--numprocesses=2", "--dist=loadfile"] + arguments)


def slides(arguments):
    """Make slides of the chosen notebooks, or of all, and open those of a single one."""
    chosen, further = choose(arguments)
    make_environment(LEARNER)
    options = ["--config", os.path.join(ROOT, "lab", "slides.py"), "--output-dir", SLIDES]
    quiet = "--no-browser" in further
    further = [option for option in further if option != "--no-browser"]
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
    make_environment(CLASS)
    # Our template and our settings are there.
    os.environ["JUPYTER_PATH"] = os.environ["JUPYTER_CONFIG_PATH"] = os.path.join(ROOT, "lab")
    return run("voila", chosen + ["--template=backcare"] + further)


def hub(arguments):
    """Serve a class on this machine, as hub/jupyterhub_config.py says."""
    if not sys.platform.startswith("linux"):
        sys.exit("The hub needs Linux: it gives every learner an account's own processes.")
    if not make_environment(CLASS):
        draw_figures()  # an update may have changed some, and a learner may keep none here
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
    """The notebooks that were named by a part of their names, and the further arguments."""
    chosen = []
    for word in arguments:
        if word.startswith("-"):
            continue
        name = os.path.basename(word).lower()
        found = [path for path in notebooks() if name in os.path.basename(path)]
        if len(found) != 1:
            there = "\n".join("  " + os.path.basename(path) for path in found or notebooks())
            count = "More than one notebook" if found else "No notebook"
            sys.exit("{} is called {}. There are:\n{}".format(count, word, there))
        chosen += found
    return chosen, [word for word in arguments if word.startswith("-")]


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
    # Keeps other Pythons' packages out; a .pth file alone cannot spell every folder's name.
    surroundings = dict(os.environ, PYTHONPATH=ROOT)
    command = [venv_python(), "-m", module] + arguments
    process = subprocess.Popen(command, cwd=ROOT, env=surroundings)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
