"""What is wished for in a lesson: every word known, every number possible."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar, get_args

from backcare_nb.course.fields import LYING_POSITIONS, BodyPosition
from backcare_nb.course.library import Library
from backcare_nb.course.models import ANYONE_CONDITION, Exercise, Prop, VersionName
from backcare_nb.course.names import UnknownName, find_by_name, names_by_synonym, shorten
from backcare_nb.sessions.options import SessionError, is_number
from backcare_nb.sessions.phases import MINUTE_MS
from backcare_nb.sessions.timeline import MAX_SESSION_MS, duration_in_words

NamedT = TypeVar("NamedT")

PROPS_OF_ANY_CLASS = (
    "mat",
    "chair",
    "cushion",
    "towel",
    "wall",
    "table",
)  # what any class can have
POSITION_NAMES: tuple[str, ...] = get_args(BodyPosition)
PROP_NAMES: tuple[str, ...] = get_args(Prop)
VERSIONS_BY_NAME: dict[str, VersionName] = {name: name for name in get_args(VersionName)}
# What a position is called by those who teach, beside its own name.
POSITIONS_BY_GROUP: dict[str, tuple[str, ...]] = {"lying": LYING_POSITIONS} | {
    name: (name,) for name in POSITION_NAMES
}

# What people say when they mean a position or a prop by another name.
POSITION_GROUP_BY_SYNONYM = {
    "chair": "sitting", "seated": "sitting", "seat": "sitting", "sit": "sitting",
    "mat": "lying", "floor": "lying", "back": "lying", "on_the_back": "lying",
    "side": "lying", "hands_and_knees": "kneeling", "all_fours": "kneeling",
    "feet": "standing", "on_the_feet": "standing", "upright": "standing",
}  # fmt: skip
PROP_BY_SYNONYM = {"carpet": "mat", "pillow": "cushion", "worktop": "table", "desk": "table"}

NameOrNames = Iterable[str] | str | None  # one name may be given without a list


class LessonError(SessionError):
    """A lesson that cannot be; its text says in a sentence what would fit."""


class TooLittleLeftError(LessonError):
    """A wish of which too little is left to make a lesson; ``why``, and what would suit."""

    def __init__(self, why: str, suits: str) -> None:
        super().__init__(f"{why} {suits}")
        self.why = why


def select_participant_conditions(
    conditions: Iterable[str], library: Library, *, alone: bool
) -> tuple[str, ...]:
    """The conditions of those who take part: with some of them a class is left to the others."""
    sit_out = () if alone else library.rules.sits_out.conditions
    return tuple(each for each in conditions if each not in sit_out)


@dataclass(frozen=True)
class LessonRequest:
    """What is wished for. ``props`` is None for what any class has and what was named needs.

    With ``alone`` the cautions are those of one person, who does all of it. What those with the
    conditions ``out_for_all`` leave out, an easier lesson does not have; None is for all of them.
    """

    minutes: float
    sections: tuple[str, ...]
    exercises: tuple[str, ...]
    positions: tuple[str, ...]
    cautions: tuple[str, ...]
    version: VersionName
    props: tuple[str, ...] | None
    library: Library
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    alone: bool = False
    out_for_all: tuple[str, ...] | None = None

    @property
    def wished_length_ms(self) -> int:
        return round(self.minutes * MINUTE_MS)

    @property
    def wish(self) -> dict[str, Any]:
        """The same by the arguments of make_request(), of which it can be made again."""
        return {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.name not in ("library", "out_for_all")
        }

    @cached_property
    def participant_conditions(self) -> tuple[str, ...]:
        """The conditions of those who take part: who sits it out changes nothing for the others."""
        return select_participant_conditions(self.cautions, self.library, alone=self.alone)

    @property
    def has_only_named_exercises(self) -> bool:
        """Whether each exercise was chosen by name, so that all of them are to be done."""
        return bool(self.exercises) and not self.sections

    @cached_property
    def wanted_exercises(self) -> tuple[tuple[str, Exercise], ...]:
        """The exercises it is about, each with its section, in the order of the library."""
        everything = not self.sections and not self.exercises
        return tuple(
            (section.id, exercise)
            for section in self.library.sections
            for exercise in section.exercises
            if everything or section.id in self.sections or exercise.id in self.exercises
        )

    def has_prop(self, exercise: Exercise, prop: str) -> bool:
        """Whether a prop that an exercise needs is there."""
        if self.props is None:
            return prop in PROPS_OF_ANY_CLASS or exercise.id in self.exercises
        return prop in self.props


def make_request(
    minutes: float,
    library: Library,
    *,
    sections: NameOrNames = None,
    exercises: NameOrNames = None,
    positions: NameOrNames = None,
    cautions: NameOrNames = None,
    version: str = "source",
    props: NameOrNames = None,
    more: NameOrNames = None,
    less: NameOrNames = None,
    never: NameOrNames = None,
    alone: bool = False,
) -> LessonRequest:
    """A request in which every word is known; raises LessonError or UnknownName.

    ``sections`` are those to choose from; ``exercises`` are all done. ``positions`` are those of
    "lying", "kneeling", "sitting" and "standing" that may be used, ``cautions`` the conditions of
    the group, ``version`` "easier", "source" or "harder", ``props`` what there is. Of ``more`` and
    ``less``, exercises by their ids, the first come in first and are long, the second come in last
    and are short; ``never`` are left out. ``alone``: for one person, who has all the conditions.
    """
    _raise_unless_minutes_valid(minutes)
    known_sections = {section.id: section.id for section in library.sections}
    conditions = {name: name for name in library.safety.conditions if name != ANYONE_CONDITION}
    labels = condition_ids_by_words(library)
    cautions = replace_words_by_names(cautions, conditions, labels)
    nobody = (ANYONE_CONDITION, "none")
    if word := next((w for w in cautions if names_by_synonym().get(w, w) in nobody), ""):
        cure = "cautions are conditions, such as osteoporosis; where there are none, leave them out"
        raise UnknownName(f'unknown condition "{word}": {cure}')
    titles = section_ids_by_words(library)
    sections = replace_words_by_names(sections, known_sections, titles)
    known_exercises = {exercise.id: exercise.id for exercise in library.exercises}
    return LessonRequest(
        minutes,
        _find_all_by_name("section", sections, known_sections, titles),
        _find_all_by_name("exercise", exercises, known_exercises),
        _find_positions(positions),
        _find_all_by_name("condition", cautions, conditions, labels),
        find_by_name("version", version, VERSIONS_BY_NAME),
        None
        if props is None
        else _find_all_by_name("prop", props, {name: name for name in PROP_NAMES}, PROP_BY_SYNONYM),
        library,
        _find_all_by_name("exercise", more, known_exercises),
        _find_all_by_name("exercise", less, known_exercises),
        _find_all_by_name("exercise", never, known_exercises),
        alone,
    )


def replace_words_by_names(
    words: NameOrNames, known: Collection[str], meant: Mapping[str, str]
) -> tuple[str, ...]:
    """Words, with the name in place of each that can mean one alone."""
    names = (words,) if isinstance(words, str) else words or ()
    return tuple(
        name if name in known else meant.get(_words_to_name(str(name)), str(name)) for name in names
    )


def _words_to_name(words: str) -> str:
    return re.sub(r"\W+", "_", words.lower()).strip("_")


def condition_ids_by_words(library: Library) -> dict[str, str]:
    """Each condition by the words for it, such as poor_balance, and by parts of them."""
    found: dict[str, str] = {}
    for name, words in library.safety.conditions.items():
        if name == ANYONE_CONDITION:
            continue
        first, *others = re.split(r" or |, ", words)
        if others and " " in others[0]:  # "high or low blood pressure" is "high blood pressure"
            first = f"{first} {' '.join(others[0].split()[1:])}"
        for part in (words, first, *others, name):
            found.setdefault(_words_to_name(part), name)
    known = names_by_synonym().items()
    return found | {word: name for word, name in known if name in found.values()}


def section_ids_by_words(library: Library) -> dict[str, str]:
    """Each section by its title, and by a word that only its title has."""
    words = {
        section.id: set(_words_to_name(section.title).split("_")) for section in library.sections
    }
    every = Counter(word for each in words.values() for word in each)
    found = {word: name for name, own in words.items() for word in own if every[word] == 1}
    return found | {_words_to_name(section.title): section.id for section in library.sections}


def _raise_unless_minutes_valid(minutes: float) -> None:
    if not is_number(minutes):
        raise LessonError(f"minutes should be a number, such as 20, not {shorten(repr(minutes))}.")
    if not 0 < minutes * MINUTE_MS <= MAX_SESSION_MS:
        raise LessonError(
            f"A lesson can last up to {duration_in_words(MAX_SESSION_MS)}, and {minutes:g} minutes"
            " were wished for: choose 20, or any number that suits your class."
        )


def _find_positions(words: NameOrNames) -> tuple[str, ...]:
    if words is None:
        return POSITION_NAMES
    found = _find_all_by_name("position", words, POSITIONS_BY_GROUP, POSITION_GROUP_BY_SYNONYM)
    if not found:
        raise LessonError("Choose at least one position: lying, kneeling, sitting or standing.")
    return tuple(dict.fromkeys(name for group in found for name in group))


def _find_all_by_name(
    kind: str,
    words: NameOrNames,
    known: Mapping[str, NamedT],
    other_words: Mapping[str, str] | None = None,
) -> tuple[NamedT, ...]:
    """What goes by each of the names, once; raises UnknownName."""
    names = (words,) if isinstance(words, str) else words or ()
    return tuple(dict.fromkeys(find_by_name(kind, name, known, other_words) for name in names))
