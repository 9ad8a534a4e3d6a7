"""Names that people write, and what to say of one that nobody knows."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import TypeVar

from backcare_nb.course.errors import UserError

T = TypeVar("T")
MAX_NAMES_LISTED = 40

# Control characters, marks that turn the direction of text, and line breaks that only YAML counts
# (they would misnumber the lines).
HIDDEN = re.compile(
    "[^\n\t\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
    "\U00010000-\U0010ffff]"
)


class UnknownName(UserError, KeyError):
    """A name that the data does not have; its text is a sentence."""

    def __str__(self) -> str:
        return str(self.args[0])


def unknown_name_message(kind: str, name: str, names: Collection[str]) -> str:
    """Say that a name is unknown, and which one was probably meant."""
    close = closest_name(name, names)
    if close:
        return f'unknown {kind} "{shorten(name)}"; did you mean "{close}"?'
    if len(names) > MAX_NAMES_LISTED:
        near = get_close_matches(name, sorted(names), cutoff=0)
        return f'unknown {kind} "{shorten(name)}"; known here: {", ".join(near)}, and others'
    known = f"; known here: {', '.join(sorted(names))}" if names else ""
    return f'unknown {kind} "{shorten(name)}"{known}'


def closest_name(name: str, names: Collection[str]) -> str:
    """The one of these names that is most like another name; empty where none is."""
    return next(iter(get_close_matches(name, sorted(names), n=1)), "")


def find_by_name(kind: str, name: str, among: Mapping[str, T]) -> T:
    """What goes by a name; raises UnknownName with the one that was probably meant."""
    if name not in among:
        raise UnknownName(unknown_name_message(kind, str(name), among))
    return among[name]


def shorten(text: str) -> str:
    """The beginning of a text, on one line and without hidden characters."""
    flat = HIDDEN.sub("?", " ".join(text.split()))
    return flat if len(flat) <= 60 else flat[:57] + "..."
