"""A lesson: exercises in an order, each with its version and amounts, for one person or a class."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from backcare_nb.course.fields import fill_sides
from backcare_nb.course.library import Library
from backcare_nb.course.models import EVERYONE, Caution, Exercise, VersionName
from backcare_nb.custom.library import library
from backcare_nb.sessions import timeline
from backcare_nb.sessions.options import AS_TAUGHT, Options
from backcare_nb.sessions.timeline import Timeline
from backcare_nb.sessions.transitions import LYING, end_position, with_transitions


@dataclass(frozen=True)
class LessonItem:
    """An exercise of a lesson in its version, with the amounts that fit the lesson in ``options``.

    ``why`` says in a sentence what was eased for the group, and why.
    """

    exercise: Exercise
    version: VersionName = "source"
    why: str = ""
    options: Options = AS_TAUGHT


@dataclass(frozen=True)
class LeftOut:
    """An exercise that a lesson leaves out, and the reason in a sentence."""

    exercise: Exercise
    why: str


@dataclass(frozen=True)
class CautionToRead:
    """A caution to read aloud: for whom, what to do, and in which exercises."""

    whom: str
    what: str
    exercises: tuple[str, ...]


@dataclass(frozen=True)
class Lesson:
    """What a class does, complete before it begins.

    ``minutes`` is the length that was asked for, ``cautions`` the ids of the group's conditions,
    ``rise`` the way in which this group gets up where that is not the usual one.
    """

    title: str
    parts: tuple[LessonItem, ...]
    left_out: tuple[LeftOut, ...] = ()
    source: Library | None = None
    minutes: float | None = None
    cautions: tuple[str, ...] = ()
    rise: Exercise | None = None

    @cached_property
    def timeline(self) -> Timeline:
        """The lesson's session, with getting up safely where it ends lying down."""
        return timeline.compile_session(
            [part.exercise for part in self.parts],
            amounts={part.exercise.id: part.options for part in self.parts},
            title=self.title,
            rise=self.rising,
            conditions=self.library.safety.conditions,
        )

    @property
    def library(self) -> Library:
        """What the exercises were chosen from."""
        return self.source or library()

    @property
    def rising(self) -> Exercise:
        """How this class gets up."""
        return self.rise or self.library.rise

    @property
    def needs(self) -> tuple[str, ...]:
        """What to bring, in the order in which it is needed."""
        return tuple(dict.fromkeys(prop for e in self._exercises_as_done() for prop in e.needs))

    @property
    def ends_lying(self) -> bool:
        """Whether the last exercise leaves people lying, so that getting up follows it."""
        return end_position(self.parts[-1].exercise) in LYING

    @property
    def cautions_to_read(self) -> tuple[CautionToRead, ...]:
        """What to read aloud before the lesson: what is for everyone, then the group's cautions."""
        found: dict[tuple[str, str], list[str]] = {}
        for whom in (EVERYONE, *self.cautions):
            for title, caution in self._cautions():
                if whom in caution.whom:
                    found.setdefault((whom, caution.what), []).append(title)
        names = self.library.safety.conditions
        return tuple(
            CautionToRead(names[whom], what, tuple(dict.fromkeys(titles)))
            for (whom, what), titles in found.items()
        )

    @property
    def conditions_to_ask_about(self) -> tuple[str, ...]:
        """Conditions in words that nobody named, and that an exercise of the lesson cautions."""
        known = {EVERYONE, *self.cautions}
        names = self.library.safety.conditions
        there = {whom for _, caution in self._cautions() for whom in caution.whom} - known
        return tuple(names[whom] for whom in names if whom in there)

    def _exercises_as_done(self) -> Iterator[Exercise]:
        yield from (part.exercise for part in self.parts)
        if self.ends_lying:
            yield self.rising

    def _cautions(self) -> Iterator[tuple[str, Caution]]:
        for exercise in self._exercises_as_done():
            for caution in exercise.cautions:
                what = fill_sides(caution.what, exercise.first)
                yield exercise.title, caution.model_copy(update={"what": what})


def section_lesson(section: str, version: VersionName = "source") -> Lesson:
    """A whole section in one version; what the section keeps for another time is left out."""
    taught = library()
    chosen, rise = taught.section(section), taught.rise.version(version)
    done = with_transitions((e.version(version) for e in chosen.session), taught.safety.ways, rise)
    return Lesson(chosen.title, tuple(LessonItem(each, version) for each in done), rise=rise)
