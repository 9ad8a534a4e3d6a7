"""Names that people write, and what to say of one that nobody knows."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import cache
from typing import TypeVar

from backcare_nb.course import read_yaml_data_file
from backcare_nb.course.errors import UserError

ValueT = TypeVar("ValueT")

MAX_KNOWN_NAMES_LISTED = 40  # where none is like the one that is unknown

# Control characters, marks that turn the direction of text, and line breaks that only YAML counts
# (they would misnumber the lines).
HIDDEN_CHARACTER_PATTERN = re.compile(
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
    if len(names) > MAX_KNOWN_NAMES_LISTED:
        near = get_close_matches(name, sorted(names), cutoff=0)
        return f'unknown {kind} "{shorten(name)}"; known here: {", ".join(near)}, and others'
    known = f"known here: {', '.join(sorted(names))}" if names else "there is none yet"
    return f'unknown {kind} "{shorten(name)}"; {known}'


@cache
def names_by_synonym() -> dict[str, str]:
    """What therapists say, and what it is called here."""
    words_by_name = read_yaml_data_file("synonyms.yaml")
    return {word: name for name, words in words_by_name.items() for word in words}


def closest_name(name: str, names: Collection[str]) -> str:
    """The one of these names that is most like another name, or begins so; empty where none is."""
    other = names_by_synonym().get(name.lower().replace(" ", "_").replace("-", "_"))
    if other in names:
        return str(other)
    for each in (name.lower(), f"both {name.removesuffix('s')}"):  # "Seconds", "palms"
        if each in names:
            return each
    words = re.split("[ _]", name.lower())
    whole = sorted((each for each in names if len(each) > 3 and each in words), key=len)
    close = whole[-1:] or get_close_matches(name, sorted(names), n=1)  # "right upper_chest"
    begins = (each for each in sorted(names) if len(name) > 2 and each.startswith(name))
    return next(iter(close), next(begins, ""))


def find_by_name(
    kind: str, name: str, among: Mapping[str, ValueT], synonyms: Mapping[str, str] | None = None
) -> ValueT:
    """What goes by a name; raises UnknownName with the one that was probably meant.

    ``synonyms`` are words that people use, each with the name that is meant by it.
    """
    if name in among:
        return among[name]
    word = re.sub(r"\W+", "_", str(name).lower()).strip("_")
    close = closest_name(word, synonyms or ())
    meant = (synonyms or {}).get(close, "")
    if meant and not closest_name(str(name), among):
        raise UnknownName(f'unknown {kind} "{shorten(str(name))}"; did you mean "{meant}"?')
    raise UnknownName(unknown_name_message(kind, str(name), among))


def shorten(text: str) -> str:
    """The beginning of a text, on one line and without hidden characters."""
    flat = HIDDEN_CHARACTER_PATTERN.sub("?", " ".join(text.split()))
    return flat if len(flat) <= 60 else flat[:57] + "..."
