"""Files written whole or not at all, and over no other file unless that is asked for."""

import os
from contextlib import suppress
from errno import EEXIST, EINVAL
from functools import partial
from pathlib import Path
from secrets import token_hex
from stat import S_IMODE

from backcare_nb.course.errors import UserError


class SaveError(UserError, ValueError):
    """A file that cannot be made or written; its text is one sentence for who asked for it."""


def write_atomically(
    path: Path, content: str | bytes, *, replace: bool = True, mode: int | None = None
) -> None:
    """Write a file, text in UTF-8: all of it is on the disk, or what was there stays as it was.

    replace: whether it may take the place of a file; if not, FileExistsError is raised where one
    is. mode: its permissions; without it, those of the file that it replaces, or of any new file.
    Raises OSError, with the name of the file, where it cannot be written.
    """
    if "\0" in str(path):
        raise OSError(EINVAL, os.strerror(EINVAL), str(path))
    data = content.encode() if isinstance(content, str) else content
    if replace:
        path = Path(os.path.realpath(path))  # a link stays, and leads to the new file
        if path.exists() and not path.is_file():  # a pipe, which is no file to be replaced
            path.write_bytes(data)
            return
        with suppress(FileNotFoundError), path.open("r+b") as old:  # refused if write-protected
            mode = S_IMODE(os.fstat(old.fileno()).st_mode) if mode is None else mode
    draft = path.parent / f".{token_hex(8)}.part"
    try:
        opener = partial(os.open, mode=0o666 if mode is None else mode)
        with open(draft, "xb", opener=opener) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            with suppress(OSError):  # a drive that knows no permissions
                draft.chmod(mode)
        draft.replace(path) if replace else _rename_without_replacing(draft, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        with suppress(OSError):
            draft.unlink()


def _rename_without_replacing(draft: Path, path: Path) -> None:
    """Give a file its name unless there is one by it: a hard link then fails."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a file system without links
        if os.path.lexists(path):
            raise FileExistsError(EEXIST, os.strerror(EEXIST)) from None
        draft.replace(path)


def save_file(path: Path | str, data: bytes, *, replace: bool = False) -> None:
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
