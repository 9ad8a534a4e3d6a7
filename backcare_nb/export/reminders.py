"""Reminders of a programme as a calendar file (RFC 5545), which any calendar takes.

A weekly event for each time of the day; no name is in it, and nothing of what is done, unless that
is wished for. Times are those of the programme's time zone, whose changes to and from summer time
the file brings along; without a zone they are by whatever clock the calendar has.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from backcare_nb.course.dates import DAY_NAMES
from backcare_nb.course.files import save_file
from backcare_nb.html.card import Card, para
from backcare_nb.html.programme_card import describe_dose
from backcare_nb.lesson.find import find_programme
from backcare_nb.lesson.programme import Programme, ProgrammeHolder, read_programme

PLAIN_SUMMARY = "Exercises for the back"
USUAL_TIME = "18:00"  # where the programme says none
OFFSET_CHANGES_EVERY = timedelta(minutes=15)  # at the most: zones change on a quarter of an hour
MAX_LINE_BYTES = 75  # of RFC 5545, without the line's end
LOCAL_FORM, UTC_FORM = "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"


def save_reminders(
    programme: Programme | ProgrammeHolder | str,
    path: str | Path,
    *,
    names: bool = False,
    replace: bool = False,
) -> Card:
    """Save reminders of a ``programme``, or the saved one of that name, for any calendar.

    ``path`` is the name of the file, such as "reminders.ics". With ``names`` they have the
    programme's title, whom it is for, and its exercises; without, none of that. Another file that
    has the name is left as it is, unless ``replace`` is True. Raises SaveError, UnknownName or
    DataError, each with a sentence.
    """
    found = find_programme(programme) or read_programme(str(programme))
    save_file(path, calendar_text(found, names=names).encode(), replace=replace)
    return Card("told", (para(f"Saved as {path}: open it with your calendar."),))


def calendar_text(programme: Programme, *, names: bool = False) -> str:
    """The reminders as the text of an .ics file; the same programme gives the same text."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//backcare_nb//reminders//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        *(_time_zone(programme) if programme.zone else ()),
        *(line for at in programme.at or (USUAL_TIME,) for line in _event(programme, at, names)),
        "END:VCALENDAR",
    ]
    return "".join(f"{fold_line(line)}\r\n" for line in lines)


def _event(programme: Programme, at: str, names: bool) -> Iterator[str]:
    """The lines of a weekly event on the programme's days, from its first to its last."""
    days = programme.days_at(0)
    first = programme.begins
    while DAY_NAMES[first.weekday()] not in days:
        first += timedelta(days=1)
    begin = datetime.combine(first, time.fromisoformat(at))
    length = max(1, round(programme.lesson_at(0).timeline.total / 60_000))
    mark = sha256(f"{programme.begins} {programme.weeks} {days} {at} {programme.title}".encode())
    yield "BEGIN:VEVENT"
    yield f"UID:{mark.hexdigest()[:32]}@backcare_nb"
    yield f"DTSTAMP:{datetime.combine(programme.begins, time(), UTC):{UTC_FORM}}"
    yield f"DTSTART{_zone_mark(programme)}:{begin:{LOCAL_FORM}}"
    yield f"DURATION:PT{length}M"
    codes = ",".join(name[:2].upper() for name in days)
    yield f"RRULE:FREQ=WEEKLY;COUNT={programme.weeks * len(days)};BYDAY={codes}"
    yield f"SUMMARY:{escape_text(_summary(programme) if names else PLAIN_SUMMARY)}"
    if names:
        items = programme.items_at(0)
        doses = "\n".join(f"{item.exercise.title}: {describe_dose(item)}" for item in items)
        yield f"DESCRIPTION:{escape_text(doses)}"
    yield "TRANSP:TRANSPARENT"
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT0S")
    yield from (f"DESCRIPTION:{PLAIN_SUMMARY}", "END:VALARM", "END:VEVENT")


def _summary(programme: Programme) -> str:
    return f"{programme.title}, {programme.person}" if programme.person else programme.title


def _zone_mark(programme: Programme) -> str:
    return f";TZID={programme.zone}" if programme.zone else ""


def _time_zone(programme: Programme) -> Iterator[str]:
    """The time zone: its offset as the programme begins, and each change until the end."""
    zone = ZoneInfo(str(programme.zone))
    at = datetime.combine(programme.begins, time(), UTC) - timedelta(days=1)
    end = datetime.combine(programme.last_day, time(), UTC) + timedelta(days=2)
    yield from ("BEGIN:VTIMEZONE", f"TZID:{programme.zone}")
    yield from _observance(at, at, zone)
    while at < end:
        later = at + OFFSET_CHANGES_EVERY
        if later.astimezone(zone).utcoffset() != at.astimezone(zone).utcoffset():
            yield from _observance(later, at, zone)
        at = later
    yield "END:VTIMEZONE"


def _observance(at: datetime, before: datetime, zone: ZoneInfo) -> Iterator[str]:
    """What holds from a moment on; it begins by the clock that held before it."""
    old, new = before.astimezone(zone), at.astimezone(zone)
    kind = "DAYLIGHT" if new.dst() else "STANDARD"
    begin = at.replace(tzinfo=None) + (old.utcoffset() or timedelta())
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{begin:{LOCAL_FORM}}"
    yield f"TZOFFSETFROM:{old:%z}"
    yield f"TZOFFSETTO:{new:%z}"
    yield f"TZNAME:{new.tzname()}"
    yield f"END:{kind}"


def escape_text(words: str) -> str:
    """Words as the value of a text property."""
    for mark in ("\\", ";", ","):
        words = words.replace(mark, f"\\{mark}")
    return words.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def fold_line(line: str) -> str:
    """A line whose bytes go on below, behind a space, wherever there are too many; letters stay."""
    folded, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > MAX_LINE_BYTES:
            folded, size = f"{folded}\r\n ", 1
        folded, size = folded + letter, size + width
    return folded
