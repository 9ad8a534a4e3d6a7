"""A guided course for the back, in notebooks.

    backcare                    opens the notebooks in JupyterLab
    backcare lab FOLDER         the same in a folder of your choice, which gets copies of them
    backcare handout SECTION --out FILE.pdf     writes a section as a PDF to print
    backcare page SECTION --out FILE.html       writes a section as one page that plays offline
    backcare site FOLDER        writes the whole collection as pages for any web server
    backcare lite FOLDER        writes the notebooks for any web server, with nothing to install
    backcare figures FOLDER     writes every figure as a file, to take for sheets of your own
    backcare exercise FILE      says what is to be mended in an exercise of yours, and draws it
    backcare test               runs every test; with --quick, what an author needs in a minute
    backcare run MODULE ...     runs a module in the environment of the course, such as ruff

and to teach a class:

    backcare slides 02          makes slides of section 02, in one file that needs nothing else
    backcare voila 02           serves section 02 as a page, with its timers and no code
                                (both take a saved lesson too: slides "Tuesday at six")
    sudo backcare hub           serves everyone who has an account on this machine

A checkout of the course opens its own notebooks, and its command is python3 start.py; otherwise
they lie in the folder back-care of your home. A notebook that you have changed is never written
over. Further arguments go to what is started: --no-browser, --port 8973, or test -k player.
"""

import os
import runpy
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from backcare_nb.command.copies import update_notebook_copies
from backcare_nb.course import CHECKOUT_OR_PACKAGE_FOLDER

IS_CHECKOUT = (CHECKOUT_OR_PACKAGE_FOLDER / "start.py").is_file()
SHIPPED_NOTEBOOKS_FOLDER = CHECKOUT_OR_PACKAGE_FOLDER / "notebooks"
FIRST_NOTEBOOK_FILE_NAME = "00_start_here.ipynb"
LAB_START_MESSAGE = (
    "The notebooks open in your browser. Leave this window open as long as you use them; "
    "Control-C, twice, ends them."
)
OPTIONS_WITHOUT_VALUE = ("--no-browser", "--debug", "-y")  # options that no value follows


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what a command asks for, and return its exit code."""
    name, words = parse_command(sys.argv[1:] if arguments is None else arguments)
    try:
        return COMMAND_BY_NAME[name](words)
    except OSError as error:
        sys.exit(f"Could not go on: {error}.")


def parse_command(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The command that is asked for, and its own arguments.

    Exits after the help, or with the nearest command to one that there is not. start.py asks for
    it before there is an environment, so this module imports no package.
    """
    name, *words = arguments or ["lab"]
    if name in ("-h", "--help"):
        print(__doc__)
        sys.exit()
    if name.startswith("-"):
        return "lab", [name, *words]
    if name not in COMMAND_BY_NAME:
        close = get_close_matches(name, COMMAND_BY_NAME, 1)
        meant = f" Did you mean {close[0]}?" if close else ""
        sys.exit(
            f"There is no command {name}.{meant}\n"
            f"There are {', '.join(COMMAND_BY_NAME)}; --help says what each of them does."
        )
    return name, words


def open_lab(words: list[str]) -> int:
    """Open the notebooks of a folder in JupyterLab."""
    named = bool(words) and not words[0].startswith("-")
    if named:
        folder = update_notebook_folder(Path(words.pop(0)).expanduser())
    else:
        folder = prepare_own_notebooks_folder()
    fill_figure_cache()
    settings = CHECKOUT_OR_PACKAGE_FOLDER / "lab" / "settings.py"
    print(LAB_START_MESSAGE)
    # What is printed for --no-browser.
    address = f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK_FILE_NAME}"
    # Or a page of lines hides where the notebooks are.
    options = ["--config", str(settings), address, "--log-level=WARN", *words]
    return run_module_in_process("jupyterlab", [*options, str(folder / FIRST_NOTEBOOK_FILE_NAME)])


def prepare_own_notebooks_folder() -> Path:
    """The folder of the notebooks that a person works in: the checkout's, or one in the home."""
    if IS_CHECKOUT:
        return SHIPPED_NOTEBOOKS_FOLDER
    return update_notebook_folder(Path.home() / "back-care")


def update_notebook_folder(folder: Path) -> Path:
    """Bring a folder's copies of the notebooks up to date, say what came, and return it."""
    folder = folder.absolute()
    written = update_notebook_copies(SHIPPED_NOTEBOOKS_FOLDER, folder)
    if written:
        print(f"{len(written)} notebooks were laid into {folder}")
    for name, copy in written.items():
        if copy != name:
            print(f"{name} was changed there and stays: the new one is {copy}, beside it.")
    return folder


def fill_figure_cache(*options: str) -> None:
    """Draw the course's figures once, ahead of time, and say how far that is if it takes long."""
    command = [sys.executable, "-P", "-m", "backcare_nb.html.picture", *options]
    last, printed = "", time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    ) as process:
        for last in process.stdout or ():
            if time.monotonic() > printed + 2:
                print(f"  Figures: {last}", end="", flush=True)
                printed = time.monotonic()
    if process.returncode:
        print(
            f"Not every figure could be drawn ahead: {last.strip()}\n"
            "A notebook draws what it shows, and takes a little longer the first time."
        )


def make_slides(words: list[str]) -> int:
    """Make slides of the chosen notebooks, or of all, and open those of a single one."""
    chosen, options = parse_notebooks_and_options(words)
    if any(option.startswith("--port=") for option in options):
        print("Slides are a file, which needs no port.")
    kept = [option for option in options if not option.startswith(("--no-browser", "--port="))]
    folder = (CHECKOUT_OR_PACKAGE_FOLDER if IS_CHECKOUT else Path.cwd()) / "slides"
    settings = CHECKOUT_OR_PACKAGE_FOLDER / "lab" / "slides.py"
    command = [sys.executable, "-P", "-m", "nbconvert", "--config", str(settings)]
    every = sorted(prepare_own_notebooks_folder().glob("[0-9][0-9]_*.ipynb"))
    command += ["--output-dir", str(folder), *kept, *map(str, chosen or every)]
    made = {path.stem for path in chosen or every}
    made |= {path.name.removesuffix(".slides.html") for path in folder.glob("*.slides.html")}
    os.environ["BACKCARE_SLIDES"] = " ".join(sorted(made))  # to which slides may lead
    code = subprocess.run(command).returncode
    if code:
        return code
    if len(chosen) == 1 and "--no-browser" not in options:
        webbrowser.open((folder / f"{chosen[0].stem}.slides.html").as_uri())
    print(f"The slides are in {folder}")
    return 0


def serve_voila(words: list[str]) -> int:
    """Serve the chosen notebook as a page on this computer."""
    chosen, options = parse_notebooks_and_options(words)
    if len(chosen) != 1:
        sys.exit("Say which notebook, for example: voila 02")
    # Our template and our settings are there.
    lab = str(CHECKOUT_OR_PACKAGE_FOLDER / "lab")
    os.environ["JUPYTER_PATH"] = os.environ["JUPYTER_CONFIG_PATH"] = lab
    return run_module_in_process("voila", [str(chosen[0]), "--template=backcare", *options])


def parse_notebooks_and_options(words: Sequence[str]) -> tuple[list[Path], list[str]]:
    """The notebooks that were named by a part of their names, and the options.

    A word after an option is its value: --port 8973 becomes --port=8973.
    """
    chosen: list[Path] = []
    options: list[str] = []
    for before, word in pairwise(["", *words]):
        if word.startswith("-"):
            options.append(word)
        elif before.startswith("-") and "=" not in before and before not in OPTIONS_WITHOUT_VALUE:
            options[-1] += f"={word}"
        else:
            chosen.append(find_or_write_notebook(word))
    return chosen, options


def find_or_write_notebook(word: str) -> Path:
    """The path of the notebook whose name holds a word, or of a saved lesson's; stop if not one."""
    if Path(word).is_file():
        return Path(word).absolute()
    from backcare_nb.command import lesson_notebook  # and its packages

    folder = prepare_own_notebooks_folder()
    if lesson := lesson_notebook.write_temporary_lesson_notebook(word, folder):
        return lesson
    there = sorted(folder.glob("*.ipynb"))
    found = [path for path in there if Path(word).name.lower() in path.name]
    if len(found) == 1:
        return found[0]
    count = "More than one notebook" if found else "No notebook"
    names = "\n".join(f"  {path.name}" for path in found or there)
    sys.exit(f"{count} is called {word}. There are:\n{names}")


def serve_hub(words: list[str]) -> int:
    """Serve a class on this machine, as hub/jupyterhub_config.py says."""
    if sys.platform != "linux":
        sys.exit("The hub needs Linux: it gives every learner an account's own processes.")
    fill_figure_cache("--shared")  # at each start, since an update may have changed some
    settings = CHECKOUT_OR_PACKAGE_FOLDER / "hub" / "jupyterhub_config.py"
    return run_module_in_process("jupyterhub", ["--config", str(settings), *words])


def run_tests(words: list[str]) -> int:
    """Run the tests of a checkout, three files at a time, since a browser's tests wait a lot.

    -n 0 runs one after the other.
    """
    if not IS_CHECKOUT:
        sys.exit("The tests come with a checkout of the course, and not with what pip installs.")
    os.chdir(CHECKOUT_OR_PACKAGE_FOLDER)
    # As the files stand: those of few tests, which take longest, would otherwise come last.
    spread = ("--numprocesses=3", "--dist=loadfile", "--no-loadscope-reorder")
    return run_module_in_process("pytest", [*spread, *words])


def run_module_or_file(words: list[str]) -> int:
    """Run a module of the environment, by its name or as a file of the checkout."""
    if not words:
        sys.exit("Say which module or file, for example: run ruff check")
    sys.argv = words
    if words[0].endswith(".py"):
        runpy.run_path(words[0], run_name="__main__")
    else:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    return 0


def run_module_in_process(module: str, arguments: list[str]) -> int:
    """Run a module as the program that this process is from now on; return its exit code."""
    if not find_spec(module.partition(".")[0]):
        sys.exit(
            f"There is no {module} here: python -m pip install 'backcare_nb[teach]' brings it."
        )
    print(f"Starting {module} ...", flush=True)
    # A grammar of addresses in all scripts takes two thirds of a start, and nothing reads it.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    return 0


def make_export_command(module: str) -> Callable[[list[str]], int]:
    """The command that runs a module of the package that writes a lesson to take away."""
    return lambda words: run_module_in_process(f"backcare_nb.{module}", words)


COMMAND_BY_NAME: dict[str, Callable[[list[str]], int]] = {
    "lab": open_lab,
    "handout": make_export_command("export"),
    "page": make_export_command("export.webpage"),
    "site": make_export_command("export.website"),
    "lite": make_export_command("export.lite"),
    "figures": make_export_command("export.figure_files"),
    "exercise": make_export_command("export.exercise_check"),
    "test": run_tests,
    "run": run_module_or_file,
    "slides": make_slides,
    "voila": serve_voila,
    "hub": serve_hub,
}
