"""The folder of own exercises: where it is, what is in it, and how a file comes into it.

It is called my_exercises and lies beside the notebook, in the folder in which its kernel works;
the environment variable BACKCARE_EXERCISES names another. Nothing is read or written elsewhere.
"""

import os
import re
from contextlib import suppress
from pathlib import Path

from backcare_nb.course.files import SaveError, write_atomically

EXERCISES_FOLDER_NAME = "my_exercises"
EXERCISES_FOLDER_VARIABLE = "BACKCARE_EXERCISES"
EXERCISE_FILE_ENDINGS = (".yaml", ".yml")
# Files in which somebody wrote an exercise and an editor gave it another ending.
MISNAMED_FILE_ENDINGS = (".txt", ".text", ".rtf", ".doc", ".docx", ".odt", ".md", ".json")
MAX_EXERCISE_FILES = 500  # files

FolderState = tuple[tuple[str, int, int], ...]


def exercises_folder() -> Path:
    """Where own exercises are, whether or not the folder exists."""
    return Path(os.environ.get(EXERCISES_FOLDER_VARIABLE) or EXERCISES_FOLDER_NAME).absolute()


def list_exercise_files() -> list[Path]:
    """The YAML files of the folder, by name; hidden ones and what is no file are left alone."""
    return _list_files(EXERCISE_FILE_ENDINGS)


def is_misnamed(path: Path) -> bool:
    """Has it an ending by which it is not taken for an exercise, such as ".yaml.txt"?"""
    return not path.name.lower().endswith(EXERCISE_FILE_ENDINGS)


def _list_files(endings: tuple[str, ...]) -> list[Path]:
    with suppress(OSError), os.scandir(exercises_folder()) as found:
        names = [entry.name for entry in found if entry.is_file()]
        shown = (name for name in names if not name.startswith((".", "_")))
        chosen = sorted(name for name in shown if name.lower().endswith(endings))
        return [exercises_folder() / name for name in chosen[:MAX_EXERCISE_FILES]]
    return []


def exercises_folder_state() -> FolderState:
    """What tells one state of the folder from another; empty where there is no exercise.

    Files with another ending are in it, so that they can be told of.
    """
    found = []
    for path in _list_files((*EXERCISE_FILE_ENDINGS, *MISNAMED_FILE_ENDINGS)):
        with suppress(OSError):
            state = path.stat()
            found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)


def save_exercise_file(name: str, text: str, *, replace: bool = False) -> Path:
    """Write a file for an id, whole or not at all.

    Raises SaveError where the id is no name for a file, where one is there already (unless
    ``replace`` asks to write over it), or where nothing can be written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        raise SaveError(f'"{name[:60]}" is no name for a file: use small letters, digits and _.')
    path = exercises_folder() / f"{name}.yaml"
    try:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, text, replace=replace)
    except FileExistsError:
        raise SaveError(f"{path.name} is there already, and was left as it is.") from None
    except OSError as error:
        raise SaveError(f"{path} cannot be written: {error.strerror or error}.") from None
    return path
