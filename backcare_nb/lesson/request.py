"""What is wished for in a lesson: every word known, every number possible."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from backcare_nb.course.fields import Position
from backcare_nb.course.library import Library
from backcare_nb.course.models import Exercise, Prop, VersionName
from backcare_nb.course.names import find_by_name
from backcare_nb.sessions.options import SessionError
from backcare_nb.sessions.phases import MINUTE_MS
from backcare_nb.sessions.timeline import MAX_SESSION_MS, duration_in_words
from backcare_nb.sessions.transitions import LYING

COMMON_PROPS = ("mat", "chair", "cushion", "towel", "wall", "table")  # what any class can have
POSITION_NAMES: tuple[str, ...] = get_args(Position)
PROP_NAMES: tuple[str, ...] = get_args(Prop)
VERSION_NAMES: tuple[str, ...] = get_args(VersionName)
# What a position is called by those who teach, beside its own name.
POSITION_GROUPS = {"lying": LYING} | {name: (name,) for name in POSITION_NAMES}

Words = Iterable[str] | str | None  # one word may be given without a list


class LessonError(SessionError):
    """A lesson that cannot be; its text says in a sentence what would fit."""


@dataclass(frozen=True)
class LessonRequest:
    """What is wished for. ``props`` is None for what any class has and what was named needs."""

    minutes: float
    sections: tuple[str, ...]
    exercises: tuple[str, ...]
    positions: tuple[str, ...]
    cautions: tuple[str, ...]
    version: VersionName
    props: tuple[str, ...] | None
    library: Library

    @property
    def milliseconds(self) -> int:
        return round(self.minutes * MINUTE_MS)

    @property
    def named(self) -> bool:
        """Whether each exercise was chosen by name, so that all of them are to be done."""
        return bool(self.exercises) and not self.sections

    @cached_property
    def asked(self) -> tuple[tuple[str, Exercise], ...]:
        """The exercises it is about, each with its section, in the order of the library."""
        everything = not self.sections and not self.exercises
        return tuple(
            (section.id, exercise)
            for section in self.library.sections
            for exercise in section.exercises
            if everything or section.id in self.sections or exercise.id in self.exercises
        )

    def has(self, exercise: Exercise, prop: str) -> bool:
        """Whether a prop that an exercise needs is there."""
        if self.props is None:
            return prop in COMMON_PROPS or exercise.id in self.exercises
        return prop in self.props


def make_request(
    minutes: float,
    library: Library,
    *,
    sections: Words = None,
    exercises: Words = None,
    positions: Words = None,
    cautions: Words = None,
    version: str = "source",
    props: Words = None,
) -> LessonRequest:
    """A wish in which every word is known; raises LessonError or UnknownName.

    ``sections`` are those to choose from; ``exercises`` are all done. ``positions`` are those of
    "lying", "kneeling", "sitting" and "standing" that may be used, ``cautions`` the conditions of
    the group, ``version`` "easier", "source" or "harder", ``props`` what there is.
    """
    return LessonRequest(
        _minutes(minutes),
        _words("section", sections, [section.id for section in library.sections]),
        _words("exercise", exercises, [exercise.id for exercise in library.exercises]),
        _positions(positions),
        _words("condition", cautions, library.safety.conditions),
        _version(version),
        None if props is None else _words("prop", props, PROP_NAMES),
        library,
    )


def _minutes(minutes: float) -> float:
    number = isinstance(minutes, int | float) and not isinstance(minutes, bool)
    if not number or not math.isfinite(minutes):
        raise LessonError(f"minutes should be a number, such as 20, not {minutes!r}.")
    if not 0 < minutes * MINUTE_MS <= MAX_SESSION_MS:
        raise LessonError(
            f"A lesson can last up to {duration_in_words(MAX_SESSION_MS)}, and {minutes:g} minutes"
            " were wished for: choose 20, or any number that suits your class."
        )
    return minutes


def _positions(words: Words) -> tuple[str, ...]:
    if words is None:
        return POSITION_NAMES
    chosen = [
        name for word in _many(words) for name in find_by_name("position", word, POSITION_GROUPS)
    ]
    if not chosen:
        raise LessonError("Choose at least one position: lying, kneeling, sitting or standing.")
    return tuple(dict.fromkeys(chosen))


def _version(version: str) -> VersionName:
    find_by_name("version", version, dict.fromkeys(VERSION_NAMES))
    return version


def _words(kind: str, words: Words, known: Iterable[str]) -> tuple[str, ...]:
    known = dict.fromkeys(known)
    for word in (words := _many(words)):
        find_by_name(kind, word, known)
    return tuple(dict.fromkeys(words))


def _many(words: Words) -> tuple[str, ...]:
    """Words, of which one alone may be given without a list."""
    if words is None:
        return ()
    return (words,) if isinstance(words, str) else tuple(words)
