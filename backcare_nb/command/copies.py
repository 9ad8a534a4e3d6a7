"""Copies of the notebooks in a person's own folder, where nothing that a person wrote is lost.

    python3 copies.py SHIPPED OWN        from the folder of shipped notebooks to a learner's own

A hub runs it as the learner, before the learner's server starts; it needs no package. What is
done with each notebook depends on what is there:

    nothing                     the notebook is copied
    what was shipped before     it is replaced by what is shipped now
    anything else               it stays; a newer notebook comes beside it, once, as "NAME (new)"

Who wants a notebook afresh renames or deletes the old one and starts again.
"""

import hashlib
import json
import os
import sys
import tempfile
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

SHIPPED_DIGESTS_FILE_NAME = ".shipped.json"  # there: by notebook, the digest of what came last


def update_notebook_copies(shipped: Path, own: Path) -> dict[str, str]:
    """Bring a folder's notebooks up to date; by shipped name, the name of each that was written.

    Raises OSError where the folder cannot be made or written to.
    """
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    record = read_shipped_digests(own)
    written = {}
    for path in sorted(shipped.glob("*.ipynb")):
        text = path.read_bytes()
        name = choose_copy_name(own, path.name, text, record.get(path.name))
        if name:
            replace_file_atomically(own / name, text)
            written[path.name] = name
        record[path.name] = sha256_hex(text)
    replace_file_atomically(own / SHIPPED_DIGESTS_FILE_NAME, json.dumps(record, indent=1).encode())
    return written


def choose_copy_name(own: Path, name: str, text: bytes, before: str | None) -> str | None:
    """The name under which to write a shipped notebook; None if it is there or was brought.

    before: the digest of what was shipped last, which may be an update's forerunner.
    """
    there = own / name
    if not os.path.lexists(there):
        return name
    now = sha256_hex(text)
    if before == now or digest_of_file(there) == now:
        return None
    if before and digest_of_file(there) == before and os.access(there, os.W_OK):
        return name
    others = (own / other for other in os.listdir(own) if other.endswith(".ipynb"))
    if now in map(digest_of_file, others):
        return None
    # "a (new).ipynb", "a (new 2).ipynb", ...
    stem, kind = os.path.splitext(name)
    words = chain(["new"], map("new {}".format, count(2)))
    names = (f"{stem} ({each}){kind}" for each in words)
    return next(new for new in names if not os.path.lexists(own / new))


def digest_of_file(path: Path) -> str | None:
    """The digest of a plain file; None for a link, a folder, or what cannot be read."""
    if path.is_symlink() or not path.is_file():
        return None
    with suppress(OSError):
        return sha256_hex(path.read_bytes())
    return None


def sha256_hex(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def read_shipped_digests(own: Path) -> dict[str, str]:
    """What came last, by name; nothing where the record is missing or makes no sense."""
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads((own / SHIPPED_DIGESTS_FILE_NAME).read_bytes())
        if isinstance(found, dict):
            return {name: was for name, was in found.items() if isinstance(was, str)}
    return {}


def replace_file_atomically(path: Path, text: bytes) -> None:
    """Write a file whole or not at all, in place of a plain file or a link of that name."""
    handle, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def main(arguments: list[str]) -> None:
    if len(arguments) != 2:
        sys.exit(__doc__)
    shipped, own = map(Path, arguments)
    if not any(shipped.glob("*.ipynb")):
        sys.exit(f"There is no notebook in {shipped}, so there is nothing to copy.")
    try:
        written = update_notebook_copies(shipped, own).values()
    except OSError as fault:
        sys.exit(f"The notebooks could not be copied to {own}: {fault.strerror}.")
    print(f"{len(written)} copied to {own}{': ' if written else '.'}{', '.join(written)}")


if __name__ == "__main__":
    main(sys.argv[1:])
