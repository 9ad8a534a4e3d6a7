"""What is wished for in a lesson: every word known, every number possible."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from backcare_nb.content.collection import Library
from backcare_nb.content.model import Exercise, Position, Thing, VersionName
from backcare_nb.content.names import find
from backcare_nb.sessions.options import SessionError
from backcare_nb.sessions.timeline import LONGEST, MINUTE, spoken
from backcare_nb.sessions.way import LYING

ROOM = ("mat", "chair", "cushion", "towel", "wall", "table")  # what any class can have
POSITIONS: tuple[str, ...] = get_args(Position)
THINGS: tuple[str, ...] = get_args(Thing)
VERSIONS: tuple[str, ...] = get_args(VersionName)
# What a position is called by those who teach, beside its own name.
CALLED = {"lying": LYING} | {name: (name,) for name in POSITIONS}


class LessonError(SessionError):
    """A lesson that cannot be; its text says in a sentence what would fit."""


@dataclass(frozen=True)
class Wish:
    """What is wished for. ``things`` is None for what any class has and what was named needs."""

    minutes: float
    sections: tuple[str, ...]
    exercises: tuple[str, ...]
    positions: tuple[str, ...]
    cautions: tuple[str, ...]
    version: VersionName
    things: tuple[str, ...] | None
    library: Library

    @property
    def milliseconds(self) -> int:
        return round(self.minutes * MINUTE)

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

    def has(self, exercise: Exercise, needs: Iterable[str]) -> bool:
        """Whether all that an exercise needs is there."""
        if self.things is None and exercise.id in self.exercises:
            return True
        there = ROOM if self.things is None else self.things
        return set(needs) <= set(there)


def read(
    minutes: float,
    sections: Iterable[str] | str | None,
    exercises: Iterable[str] | str | None,
    positions: Iterable[str] | str | None,
    cautions: Iterable[str] | str | None,
    version: str,
    things: Iterable[str] | str | None,
    library: Library,
) -> Wish:
    """A wish in which every word is known; raises LessonError or UnknownName."""
    known = {"section": {s.id: s for s in library.sections}}
    known["exercise"] = {exercise.id: exercise for exercise in library.exercises}
    known["condition"] = library.safety.conditions
    known["thing"] = dict.fromkeys(THINGS)
    return Wish(
        _minutes(minutes),
        _words("section", sections, known),
        _words("exercise", exercises, known),
        _positions(positions),
        _words("condition", cautions, known),
        _version(version),
        None if things is None else _words("thing", things, known),
        library,
    )


def _minutes(minutes: float) -> float:
    number = isinstance(minutes, int | float) and not isinstance(minutes, bool)
    if not number or not math.isfinite(minutes):
        raise LessonError(f"minutes should be a number, such as 20, not {minutes!r}.")
    if not 0 < minutes * MINUTE <= LONGEST:
        raise LessonError(
            f"A lesson can last up to {spoken(LONGEST)}, and {minutes:g} minutes were wished for:"
            " choose 20, or any number that suits your class."
        )
    return minutes


def _positions(words: Iterable[str] | str | None) -> tuple[str, ...]:
    if words is None:
        return POSITIONS
    chosen = [name for word in _many(words) for name in find("position", word, CALLED)]
    if not chosen:
        raise LessonError("Choose at least one position: lying, kneeling, sitting or standing.")
    return tuple(dict.fromkeys(chosen))


def _version(version: str) -> VersionName:
    find("version", version, dict.fromkeys(VERSIONS))
    return version


def _words(kind: str, words: Iterable[str] | str | None, known: dict) -> tuple[str, ...]:
    words = _many(words)
    for word in words:
        find(kind, word, known[kind])
    return tuple(dict.fromkeys(words))


def _many(words: Iterable[str] | str | None) -> tuple[str, ...]:
    """Words, of which one alone may be given without a list."""
    if words is None:
        return ()
    return (words,) if isinstance(words, str) else tuple(words)
