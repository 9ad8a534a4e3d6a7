"""A lesson: exercises in an order, each with its version and amounts, for one person or a class."""

from dataclasses import dataclass
from functools import cached_property

from backcare_nb import timeline
from backcare_nb.library import Library, library
from backcare_nb.model import Exercise, VersionName
from backcare_nb.timeline import Options, Timeline


@dataclass(frozen=True)
class Part:
    """An exercise of a lesson, as it is done: its version and its amounts are already in it."""

    exercise: Exercise
    version: VersionName = "source"
    why: str = ""


@dataclass(frozen=True)
class LeftOut:
    """An exercise that a lesson leaves out, and the reason in a sentence."""

    exercise: Exercise
    why: str


@dataclass(frozen=True)
class Lesson:
    """What a class does, complete before it begins."""

    title: str
    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...] = ()
    source: Library | None = None

    @cached_property
    def timeline(self) -> Timeline:
        """The lesson's session, with getting up safely where it ends lying down."""
        source = self.source or library()
        return timeline.compile(
            [part.exercise for part in self.parts],
            Options(),
            title=self.title,
            rise=source.rise,
            conditions=source.safety.conditions,
        )


def of_section(section: str, version: VersionName = "source") -> Lesson:
    """A whole section in one version; what the section keeps for another time is left out."""
    chosen = library().section(section)
    parts = (Part(exercise.version(version), version) for exercise in chosen.session)
    return Lesson(chosen.title, tuple(parts))
