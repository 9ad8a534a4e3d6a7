"""Files that people are given: over no other file, unless that is asked for."""

from pathlib import Path

from backcare_nb.course.errors import UserError
from backcare_nb.course.files import write_atomically


class SaveError(UserError, ValueError):
    """A file that cannot be written; its text is one sentence for the person who asked."""


def save(path: Path | str, data: bytes, *, replace: bool = False) -> None:
    """Save a file, whole or not at all; one that is there and is the same is as good.

    Raises SaveError where another file has the name, unless it is to be replaced, and where nothing
    can be written.
    """
    path = Path(path)
    try:
        write_atomically(path, data, replace=replace)
    except FileExistsError:
        if not path.is_file() or path.read_bytes() != data:
            raise SaveError(
                f"{path} is there already and is not the same, so it was left as it is: choose"
                " another name, or ask for it to be replaced."
            ) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SaveError(f"{path} cannot be written: {reason}. Choose another file.") from None
