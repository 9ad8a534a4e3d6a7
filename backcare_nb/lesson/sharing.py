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

SHARED_PAGE = "shared.html"  # of the site
SHARED_SUFFIX = ".json"
MAX_FRAGMENT_LETTERS = 100_000
MAX_SHARED_BYTES = 1_000_000
ASK_AGAIN = "Ask for it again, as a file."


class SharedError(UserError, ValueError):
    """Something shared that cannot be used; its text is one sentence for who opens it."""


def share_text(kind: str, text: str, timeline: Timeline) -> str:
    """The text of something with a file form; raises SharedError where it is too long to travel."""
    shared = {"kind": kind, "text": text, "timeline": timeline.to_dict()}
    made = json.dumps(shared, ensure_ascii=False, separators=(",", ":"))
    if len(made.encode()) > MAX_SHARED_BYTES or len(_pack(made)) > MAX_FRAGMENT_LETTERS:
        raise SharedError(f"This {kind} is too long to be shared: make it shorter, or two of it.")
    return made


def share_link(shared: str, site: str) -> str:
    """The link to a site's page that plays what is shared."""
    return f"{site.rstrip('/')}/{SHARED_PAGE}#{_pack(shared)}"


def is_shared(name: str) -> bool:
    """Whether a name is a link, or a file that was shared."""
    return "#" in name or name.endswith(SHARED_SUFFIX)


def read_shared(source: str, kind: str) -> str:
    """The file form of a kind, from a link or a file; raises SharedError."""
    try:
        made = _unpack(source.partition("#")[2]) if "#" in source else _read_file(Path(source))
        shared = json.loads(made)
    except (Base64Error, zlib.error, ValueError, RecursionError) as error:
        if isinstance(error, SharedError):
            raise
        raise SharedError(
            f"This is nothing that was shared, or not all of it. {ASK_AGAIN}"
        ) from None
    text = shared.get("text") if isinstance(shared, dict) else None
    if not isinstance(text, str) or shared.get("kind") != kind:
        raise SharedError(f"This is no {kind} that was shared. {ASK_AGAIN}")
    return text


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return _within_limit(file.read(MAX_SHARED_BYTES + 1))
    except OSError as error:
        raise SharedError(f"{path} cannot be read: {error.strerror}.") from None


def _pack(text: str) -> str:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflate.compress(text.encode()) + deflate.flush()
    return urlsafe_b64encode(packed).decode().rstrip("=")


def _unpack(fragment: str) -> bytes:
    if len(fragment) > MAX_FRAGMENT_LETTERS:
        raise SharedError(f"This link is longer than any that was shared. {ASK_AGAIN}")
    packed = urlsafe_b64decode(fragment + "=" * (-len(fragment) % 4))
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    made = _within_limit(unpacking.decompress(packed, MAX_SHARED_BYTES + 1))
    if not unpacking.eof:
        raise ValueError("the end of what was packed is missing")
    return made


def _within_limit(made: bytes) -> bytes:
    if len(made) > MAX_SHARED_BYTES:
        raise SharedError(f"This holds more than anything that was shared. {ASK_AGAIN}")
    return made
