"""What has a file form, such as a lesson, as one text that travels: in a file, or whole in a link.

The text is JSON: the ``kind``, the file form, from which notebooks make it anew and check it, and
the timeline, which the site plays. In a link it is the fragment, which no browser sends to a
server: raw deflate in base64url. Whoever opens one trusts nothing in it.
"""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from pathlib import Path

from backcare_nb.course.errors import UserError
from backcare_nb.sessions.timeline import Timeline

SHARED_LINK_PLAYER_FILE_NAME = "shared.html"  # of the site
SHARED_FILE_ENDING = ".json"
MAX_FRAGMENT_LETTERS = 100_000
MAX_SHARED_BYTES = 1_000_000
ASK_AGAIN_SENTENCE = "Ask for it again, as a file."


class SharedFileError(UserError, ValueError):
    """Something shared that cannot be used; its text is one sentence for who opens it."""


def format_shared_json(kind: str, text: str, timeline: Timeline) -> str:
    """The text of something with a file form; SharedFileError where it is too long to travel."""
    shared = {"kind": kind, "text": text, "timeline": timeline.to_dict()}
    made = json.dumps(shared, ensure_ascii=False, separators=(",", ":"))
    if (
        len(made.encode()) > MAX_SHARED_BYTES
        or len(_compress_for_link(made)) > MAX_FRAGMENT_LETTERS
    ):
        raise SharedFileError(
            f"This {kind} is too long to be shared: make it shorter, or two of it."
        )
    return made


def format_shared_link(shared: str, site: str) -> str:
    """The link to a site's page that plays what is shared."""
    return f"{site.rstrip('/')}/{SHARED_LINK_PLAYER_FILE_NAME}#{_compress_for_link(shared)}"


def is_shared_link_or_file(name: str) -> bool:
    """Whether a name is a link, or a file that was shared."""
    return "#" in name or name.endswith(SHARED_FILE_ENDING)


def read_shared_text(source: str, kind: str) -> str:
    """The file form of a kind, from a link or a file; raises SharedFileError."""
    try:
        made = (
            _decompress_from_link(source.partition("#")[2])
            if "#" in source
            else _read_shared_file(Path(source))
        )
        shared = json.loads(made)
    except (Base64Error, zlib.error, ValueError, RecursionError) as error:
        if isinstance(error, SharedFileError):
            raise
        raise SharedFileError(
            f"This is nothing that was shared, or not all of it. {ASK_AGAIN_SENTENCE}"
        ) from None
    text = shared.get("text") if isinstance(shared, dict) else None
    if not isinstance(text, str) or shared.get("kind") != kind:
        raise SharedFileError(f"This is no {kind} that was shared. {ASK_AGAIN_SENTENCE}")
    return text


def _read_shared_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return _raise_if_too_large(file.read(MAX_SHARED_BYTES + 1))
    except OSError as error:
        raise SharedFileError(f"{path} cannot be read: {error.strerror}.") from None


def _compress_for_link(text: str) -> str:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflate.compress(text.encode()) + deflate.flush()
    return urlsafe_b64encode(packed).decode().rstrip("=")


def _decompress_from_link(fragment: str) -> bytes:
    if len(fragment) > MAX_FRAGMENT_LETTERS:
        raise SharedFileError(f"This link is longer than any that was shared. {ASK_AGAIN_SENTENCE}")
    packed = urlsafe_b64decode(fragment + "=" * (-len(fragment) % 4))
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    made = _raise_if_too_large(unpacking.decompress(packed, MAX_SHARED_BYTES + 1))
    if not unpacking.eof:
        raise ValueError("the end of what was packed is missing")
    return made


def _raise_if_too_large(made: bytes) -> bytes:
    if len(made) > MAX_SHARED_BYTES:
        raise SharedFileError(
            f"This holds more than anything that was shared. {ASK_AGAIN_SENTENCE}"
        )
    return made
