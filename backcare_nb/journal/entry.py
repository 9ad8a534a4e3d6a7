"""One session in the learner's journal: what was done, when, and how it felt.

Lengths are whole milliseconds, angles whole degrees from straight up, comfort whole numbers from
0 (no pain) to 10 (the worst there is); what was not said is None. An entry that cannot be is
refused with a sentence that names the field, what was found and what is expected.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from backcare_nb.course.errors import UserError

MAX_ENTRY_DURATION_MS = 366 * 24 * 3600 * 1000
MAX_LETTERS_BY_FIELD = {"id": 100, "title": 200, "note": 4000}
MAX_VALUES_BY_FIELD = dict.fromkeys(("reached", "total"), MAX_ENTRY_DURATION_MS) | {
    **dict.fromkeys(("before", "after"), 10),
    **dict.fromkeys(("left", "right"), 90),
}
MAX_EXERCISES_PER_ENTRY = 200  # in one session
MAX_UTC_OFFSET = timedelta(hours=24)  # as Python has it
FEEDBACK_FIELD_NAMES = ("before", "after", "left", "right", "note")  # what the learner says
UNPRINTABLE_CHARACTER_PATTERN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
EXPECTED_VALUE_DESCRIPTIONS_BY_FIELD = {
    "id": f"1 to {MAX_LETTERS_BY_FIELD['id']} letters that no other session has, for example"
    " walk-1",
    "title": f"text of up to {MAX_LETTERS_BY_FIELD['title']} letters, for example Walk",
    "finished": "yes or no, for example yes",
    "spent": "exercises with their whole milliseconds, for example knee_rolls:60000",
    "note": f"text of up to {MAX_LETTERS_BY_FIELD['note']} letters, for example calm",
    **dict.fromkeys(
        ("begun", "ended"), "a time with its offset from UTC, for example 2030-01-31 18:30+01:00"
    ),
    **dict.fromkeys(
        ("reached", "total"),
        f"whole milliseconds up to {MAX_ENTRY_DURATION_MS}, for example 60000 for a minute",
    ),
    **dict.fromkeys(("before", "after"), "a whole number from 0 to 10, for example 4"),
    **dict.fromkeys(("left", "right"), "whole degrees from 0 to 90, for example 45"),
}


class EntryError(UserError, ValueError):
    """Something that cannot stand in the journal; its text is a sentence for the learner.

    ``name`` is the field that it is about, where it is about one, and ``sentence`` the text
    without it.
    """

    def __init__(self, sentence: str, name: str = "") -> None:
        super().__init__(f"{name}: {sentence}" if name else sentence)
        self.sentence, self.name = sentence, name


def unexpected_value_error(name: str, found: object) -> EntryError:
    """The error that says what was found in a field, and what is expected there."""
    expected = EXPECTED_VALUE_DESCRIPTIONS_BY_FIELD[name]
    return EntryError(f"found {quote_shortened(found)}, expected {expected}.", name)


@dataclass(frozen=True)
class Entry:
    """A session that ended: finished, or stopped on the way.

    ``begun`` and ``ended`` know their offset from UTC. ``reached`` is for how long the session ran
    and ``total`` its whole length; ``spent`` is the time at work in each exercise, by its id.
    """

    id: str
    begun: datetime
    ended: datetime
    title: str = ""
    finished: bool = True
    reached: int = 0
    total: int = 0
    spent: Mapping[str, int] = field(default_factory=dict)
    before: int | None = None
    after: int | None = None
    left: int | None = None
    right: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Check every field; EntryError names the first that cannot be."""
        for name in MAX_VALUES_BY_FIELD:
            if name not in FEEDBACK_FIELD_NAMES or getattr(self, name) is not None:
                _raise_unless_number_in_range(name, getattr(self, name))
        cleaned: dict[str, object] = {}
        for name, most in MAX_LETTERS_BY_FIELD.items():
            if not isinstance(text := getattr(self, name), str):
                raise unexpected_value_error(name, text)
            if len(text) > most:
                expected = EXPECTED_VALUE_DESCRIPTIONS_BY_FIELD[name]
                raise EntryError(f"found {len(text)} letters, expected {expected}.", name)
            cleaned[name] = replace_unprintable(text)
        cleaned |= {name: _validate_time(name, getattr(self, name)) for name in ("begun", "ended")}
        cleaned["spent"] = _validate_time_spent_ms(self.spent)
        if not self.id:
            raise unexpected_value_error("id", None)
        if not isinstance(self.finished, bool):
            raise unexpected_value_error("finished", self.finished)
        vars(self).update(cleaned)

    @property
    def practice_ms(self) -> int:
        """Milliseconds of practice: what was skipped or paused is not counted.

        A clock that was set back in between tells nothing.
        """
        passed_ms = (self.ended - self.begun) // timedelta(milliseconds=1)
        return min(self.reached, passed_ms) if passed_ms > 0 else self.reached

    @property
    def work_ms(self) -> int:
        """Milliseconds at work in all exercises."""
        return sum(self.spent.values())

    def merged_with(self, other: "Entry") -> "Entry":
        """This entry and a later word on the same session: the further one, with all that was said.

        A session that was stopped and continued has done more work; the clock, which may have been
        set back, decides only where that is equal, and the later word where all is equal.
        """
        further = max(other, self, key=lambda entry: (entry.work_ms, entry.finished, entry.ended))
        said = ((name, getattr(other, name)) for name in FEEDBACK_FIELD_NAMES)
        later = {name: value for name, value in said if value not in (None, "")}
        feedback = {name: getattr(self, name) for name in FEEDBACK_FIELD_NAMES} | later
        return replace(further, **feedback)

    def contradicts(self, other: "Entry") -> bool:
        """Whether another record says what is not said here; how far it went is no matter."""
        names = ("begun", "title", *FEEDBACK_FIELD_NAMES)
        return any(getattr(other, n) not in (None, "", getattr(self, n)) for n in names)


ENTRY_FIELD_NAMES = tuple(each.name for each in fields(Entry))


def entry_from_result(result: Mapping[str, Any], now: datetime) -> Entry:
    """The entry of a session that the player reports; EntryError without an id.

    What the browser tells must not be lost for a detail: anything else that cannot be is left out.
    ``begun`` is when Start was pressed, and ``offset_begun`` the offset of the clock then, where it
    is not ``offset``, that of the end: by it the session belongs to a day.
    """
    offset = result.get("offset")
    ended = _parse_iso_time(result.get("ended"), _zone_from_offset(offset, now)) or now
    begun_zone = _zone_from_offset(result.get("offset_begun", offset), now)
    begun = _parse_iso_time(result.get("begun"), begun_zone) or ended
    return Entry(
        id=result.get("id", ""),
        begun=begun,
        ended=ended,
        title=str(result.get("title", ""))[: MAX_LETTERS_BY_FIELD["title"]],
        finished=result.get("finished") is True,
        reached=_clip_to_entry_duration_ms(result.get("reached")),
        total=_clip_to_entry_duration_ms(result.get("total")),
        spent=_scale_spent_to_elapsed_ms(result.get("spent"), ended - begun),
    )


def _zone_from_offset(offset_minutes: object, now: datetime) -> tzinfo | None:
    """The browser's offset from UTC; where it tells none, that of the clock here."""
    if isinstance(offset_minutes, int):
        offset = timedelta(minutes=offset_minutes)
        if abs(offset) < MAX_UTC_OFFSET:
            return timezone(offset)
    return now.tzinfo


def _parse_iso_time(text: object, zone: tzinfo | None) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(zone)
    except (ValueError, OverflowError):
        return None


def _clip_to_entry_duration_ms(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return 0
    return round(min(value, MAX_ENTRY_DURATION_MS))


def _scale_spent_to_elapsed_ms(spent: object, passed: timedelta) -> dict[str, int]:
    """No more time at work than passed by the clock; one that was set back tells nothing."""
    known = spent.items() if isinstance(spent, Mapping) else ()
    named = [(name, ms) for name, ms in known if _is_exercise_id(name)][:MAX_EXERCISES_PER_ENTRY]
    kept = {name: _clip_to_entry_duration_ms(ms) for name, ms in named}
    passed_ms, work_ms = passed // timedelta(milliseconds=1), sum(kept.values())
    if not 0 < passed_ms < work_ms:
        return kept
    return {name: ms * passed_ms // work_ms for name, ms in kept.items()}


def replace_unprintable(text: str) -> str:
    """Text that every file and page can hold: no half characters and no control characters."""
    return UNPRINTABLE_CHARACTER_PATTERN.sub("\N{REPLACEMENT CHARACTER}", text)


def quote_shortened(value: object) -> str:
    """A value in a sentence, cut where it is long."""

    def shorten(words: str) -> str:
        return words if len(words) <= 40 else f"{words[:37]}..."

    match value:
        case None | "":
            return "nothing"
        case str():
            return f"'{shorten(' '.join(replace_unprintable(value).split()))}'"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(" ", "minutes")
        case int() | float():
            return shorten(f"{value}")
        case Mapping():
            return "a group of values"
        case _:
            return "a list of values"


def _raise_unless_number_in_range(name: str, value: object) -> None:
    is_bool, most = isinstance(value, bool), MAX_VALUES_BY_FIELD[name]
    if is_bool or not isinstance(value, int) or not 0 <= value <= most:
        raise unexpected_value_error(name, value)


def _validate_time(name: str, value: object) -> datetime:
    """To the millisecond, with an offset of whole minutes."""
    if not isinstance(value, datetime) or (offset := value.utcoffset()) is None:
        raise unexpected_value_error(name, value)
    whole_minutes = timedelta(minutes=offset // timedelta(minutes=1))
    try:
        local = value.astimezone(UTC).astimezone(timezone(whole_minutes))
    except OverflowError:
        sentence = f"found {quote_shortened(value)}, outside the years 1 to 9999."
        raise EntryError(sentence, name) from None
    return local.replace(microsecond=local.microsecond // 1000 * 1000)


def _validate_time_spent_ms(spent: object) -> dict[str, int]:
    """Milliseconds by the ids of exercises, in their order; EntryError for what cannot be."""
    if not isinstance(spent, Mapping):
        raise unexpected_value_error("spent", spent)
    for name, ms in spent.items():
        if not _is_exercise_id(name):
            raise unexpected_value_error("spent", name)
        try:
            _raise_unless_number_in_range("total", ms)
        except EntryError as error:
            raise EntryError(f"{name}: {error.sentence}", "spent") from None
    if len(spent) > MAX_EXERCISES_PER_ENTRY:
        sentence = f"found {len(spent)} exercises, expected up to {MAX_EXERCISES_PER_ENTRY}."
        raise EntryError(sentence, "spent")
    return dict(sorted(spent.items()))


def _is_exercise_id(word: object) -> bool:
    """Whether it may be the id of an exercise; empty is a timer, which belongs to none."""
    if not isinstance(word, str) or len(word) > 80:
        return False
    return word == replace_unprintable(word) and not set(word) & set(" \t\r\n:")
