"""One session in the learner's journal: what was done, when, and how it felt.

Lengths are whole milliseconds, angles whole degrees from straight up, comfort whole numbers from
0 (no pain) to 10 (the worst there is); what was not said is None. An entry that cannot be is
refused with a sentence that names the field, what was found and what is expected.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from backcare_nb.course.errors import UserError

DAY = 24 * 3600 * 1000
LONGEST = {"id": 100, "title": 200, "note": 4000}
LARGEST = {"reached": 366 * DAY, "total": 366 * DAY, "before": 10, "after": 10} | {
    "left": 90,
    "right": 90,
}
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
SAID = ("before", "after", "left", "right", "note")
EXERCISES = 200  # in one session
FURTHEST = timedelta(hours=24)  # of an offset from UTC, as Python has it

TIME = "a time with its offset from UTC, for example 2030-01-31 18:30+01:00"
LENGTH = f"whole milliseconds up to {LARGEST['total']}, for example 60000 for a minute"
COMFORT = f"a whole number from 0 to {LARGEST['after']}, for example 4"
ANGLE = f"whole degrees from 0 to {LARGEST['left']}, for example 45"
EXPECTED = {
    "id": f"1 to {LONGEST['id']} letters that no other session has, for example walk-1",
    "begun": TIME,
    "ended": TIME,
    "title": f"text of up to {LONGEST['title']} letters, for example Walk",
    "finished": "yes or no, for example yes",
    "reached": LENGTH,
    "total": LENGTH,
    "spent": "exercises with their whole milliseconds, for example knee_rolls:60000",
    "before": COMFORT,
    "after": COMFORT,
    "left": ANGLE,
    "right": ANGLE,
    "note": f"text of up to {LONGEST['note']} letters, for example calm",
}


class EntryError(UserError, ValueError):
    """Something that cannot stand in the journal; its text is a sentence for the learner.

    ``name`` is the field that it is about, where it is about one, and ``said`` the sentence
    without it.
    """

    def __init__(self, said: str, name: str = "") -> None:
        super().__init__(f"{name}: {said}" if name else said)
        self.said, self.name = said, name


def unfit(name: str, found: object) -> EntryError:
    """The error that says what was found in a field, and what is expected there."""
    return EntryError(f"found {shown(found)}, expected {EXPECTED[name]}.", name)


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
        for name in LONGEST:
            object.__setattr__(self, name, _text(name, getattr(self, name)))
        for name, largest in LARGEST.items():
            _whole(name, getattr(self, name), largest, optional=name in SAID)
        for name in ("begun", "ended"):
            object.__setattr__(self, name, _time(name, getattr(self, name)))
        if not self.id:
            raise unfit("id", None)
        if not isinstance(self.finished, bool):
            raise unfit("finished", self.finished)
        object.__setattr__(self, "spent", _spent(self.spent))

    @property
    def length(self) -> int:
        """Milliseconds of practice: what was skipped or paused is not counted.

        A clock that was set back in between tells nothing.
        """
        passed = (self.ended - self.begun) // timedelta(milliseconds=1)
        return min(self.reached, passed) if passed > 0 else self.reached

    @property
    def work(self) -> int:
        """Milliseconds at work in all exercises."""
        return sum(self.spent.values())

    def joined(self, other: "Entry") -> "Entry":
        """This entry and a later word on the same session: the further one, with all that was said.

        A session that was stopped and continued has done more work; the clock, which may have been
        set back, decides only where that is equal, and the later word where all is equal.
        """
        further = max(other, self, key=lambda entry: (entry.work, entry.finished, entry.ended))
        said = {
            name: getattr(self, name) if _missing(getattr(other, name)) else getattr(other, name)
            for name in SAID
        }
        return replace(further, **said)

    def contradicts(self, other: "Entry") -> bool:
        """Whether another record says what is not said here; how far it went is no matter."""
        said = ((getattr(self, name), getattr(other, name)) for name in ("begun", "title", *SAID))
        return any(ours != theirs and not _missing(theirs) for ours, theirs in said)

    def saying(self, said: Mapping[str, Any]) -> "Entry":
        """This entry with the learner's words on it; EntryError for what cannot be."""
        unknown = sorted(set(said) - set(SAID))
        if unknown:
            raise EntryError(f"{unknown[0]} cannot be said of a session: {', '.join(SAID)} can.")
        return replace(self, **said)


NAMES = tuple(each.name for each in fields(Entry))


def of_result(result: Mapping[str, Any], now: datetime) -> Entry:
    """The entry of a session that the player reports; EntryError without an id.

    What the browser tells must not be lost for a detail: anything else that cannot be is left out.
    ``begun`` is when Start was pressed, and ``offset_begun`` the offset of the clock then, where it
    is not ``offset``, that of the end: by it the session belongs to a day.
    """
    zone = _zone(result.get("offset"), now)
    ended = _moment(result.get("ended"), zone) or now
    zone_begun = _zone(result.get("offset_begun", result.get("offset")), now)
    begun = _moment(result.get("begun"), zone_begun) or ended
    spent = result.get("spent") if isinstance(result.get("spent"), Mapping) else {}
    kept = {k: _clipped(v, "total") for k, v in spent.items() if isinstance(k, str) and _names(k)}
    return Entry(
        id=_text("id", result.get("id", "")),
        begun=begun,
        ended=ended,
        title=str(result.get("title", ""))[: LONGEST["title"]],
        finished=result.get("finished") is True,
        reached=_clipped(result.get("reached"), "reached"),
        total=_clipped(result.get("total"), "total"),
        spent=_possible(dict(list(kept.items())[:EXERCISES]), ended - begun),
    )


def clean(text: str) -> str:
    """Text that every file and page can hold: no half characters and no control characters."""
    return UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)


def shown(value: object) -> str:
    """A value in a sentence, cut where it is long."""
    match value:
        case None | "":
            return "nothing"
        case str():
            return f"'{_short(' '.join(clean(value).split()))}'"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(" ", "minutes")
        case int() | float():
            return _short(f"{value}")
        case Mapping():
            return "a group of values"
        case _:
            return "a list of values"


def _short(words: str) -> str:
    return words if len(words) <= 40 else f"{words[:37]}..."


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise unfit(name, value)
    if len(value) > LONGEST[name]:
        raise EntryError(f"found {len(value)} letters, expected {EXPECTED[name]}.", name)
    return clean(value)


def _whole(name: str, value: object, largest: int, optional: bool) -> None:
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
        raise unfit(name, value)


def _time(name: str, value: object) -> datetime:
    """To the millisecond, with an offset of whole minutes."""
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise unfit(name, value)
    try:
        utc = value.astimezone(UTC)
        minutes = value.utcoffset() // timedelta(minutes=1)
        local = utc.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        raise EntryError(f"found {shown(value)}, outside the years 1 to 9999.", name) from None
    return local.replace(microsecond=local.microsecond // 1000 * 1000)


def _spent(value: object) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise unfit("spent", value)
    for name, spent in value.items():
        if not isinstance(name, str) or not _names(name):
            raise unfit("spent", name)
        try:
            _whole("total", spent, LARGEST["total"], optional=False)
        except EntryError as error:
            raise EntryError(f"{name}: {error.said}", "spent") from None
    if len(value) > EXERCISES:
        said = f"found {len(value)} exercises, expected up to {EXERCISES}."
        raise EntryError(said, "spent")
    return dict(sorted(value.items()))


def _names(word: str) -> bool:
    """May this be the id of an exercise? Empty is a timer, which belongs to none."""
    return len(word) <= 80 and word == clean(word) and not set(word) & set(" \t\r\n:")


def _missing(said: object) -> bool:
    return said is None or said == ""


def _clipped(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return 0
    return round(min(value, LARGEST[name]))


def _possible(spent: dict[str, int], passed: timedelta) -> dict[str, int]:
    """No more time at work than passed by the clock; one that was set back tells nothing."""
    most, said = passed // timedelta(milliseconds=1), sum(spent.values())
    if not 0 < most < said:
        return spent
    return {name: ms * most // said for name, ms in spent.items()}


def _zone(minutes: object, now: datetime) -> timezone:
    """The browser's offset from UTC; where it tells none, that of the clock here."""
    if isinstance(minutes, int) and abs(timedelta(minutes=minutes)) < FURTHEST:
        return timezone(timedelta(minutes=minutes))
    return timezone(now.utcoffset())


def _moment(text: object, zone: timezone) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(zone)
    except (TypeError, ValueError, OverflowError):
        return None
