"""Folders of YAML files that a person saves under names: one for lessons, one for programmes.

A folder lies beside the notebook, in the folder in which its kernel works; an environment variable
names another. Nothing is read or written elsewhere.
"""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from backcare_nb.course.files import SaveError, write_atomically
from backcare_nb.course.names import UnknownName, unknown_name_message

MAX_FILE_NAMES_LISTED = 500


@dataclass(frozen=True)
class NamedFilesFolder:
    """The files of one ``kind``; ``example`` is a name that one of them may have.

    ``mode`` is their permissions; those of any new file where it is None.
    """

    kind: str
    folder_name: str
    variable: str
    example: str
    mode: int | None = None

    @property
    def folder(self) -> Path:
        """Where they are, whether or not the folder exists."""
        return Path(os.environ.get(self.variable) or self.folder_name).absolute()

    def path(self, name: str) -> Path:
        """The file of a name: letters and digits, so that it is a file anywhere."""
        short = re.sub(r"\W+", "_", name.lower()).strip("_")[:60]
        return self.folder / f"{short or self.kind}.yaml"

    def names(self) -> list[str]:
        """The names that there are, in order; hidden files are left alone."""
        with suppress(OSError), os.scandir(self.folder) as found:
            names = [e.name for e in found if e.name.endswith(".yaml") and e.name[0] not in "._"]
            return sorted(name.removesuffix(".yaml") for name in names)[:MAX_FILE_NAMES_LISTED]
        return []

    def find(self, name: str) -> Path:
        """The file of a name; raises UnknownName where there is none."""
        if not (path := self.path(name)).is_file():
            message = unknown_name_message(self.kind, name, self.names())
            for other in self.misnamed():
                message += f'; "{other}" is there: save it with a name that ends in .yaml'
            raise UnknownName(message)
        return path

    def misnamed(self) -> list[str]:
        """The files that are not read, since their names do not end in .yaml."""
        with suppress(OSError):
            files = sorted(each.name for each in self.folder.iterdir() if each.is_file())
            return [name for name in files if not name.endswith(".yaml") and name[0] not in "._~"]
        return []

    def raise_unless_name_valid(self, name: str) -> None:
        """Refuse what is no name for a file; raises SaveError."""
        if not re.search(r"\w", name):
            raise SaveError(f"Give the {self.kind} a name, such as {self.example}.")

    def write(self, name: str, text: str, *, replace: bool = False) -> Path:
        """Write a file; SaveError where another has the name, or where it cannot be written."""
        self.raise_unless_name_valid(name)
        path = self.path(name)
        try:
            path.parent.mkdir(exist_ok=True)
            write_atomically(path, text, replace=replace, mode=self.mode)
        except FileExistsError:
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                return path
            raise SaveError(
                f"There is a {self.kind} {path.stem} already, and it was left as it is: choose"
                " another name, or ask for it to be replaced."
            ) from None
        except OSError as error:
            raise SaveError(f"{path} cannot be written: {error.strerror or error}.") from None
        return path
