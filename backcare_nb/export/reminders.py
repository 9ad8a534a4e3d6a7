"""Reminders of a programme as a calendar file (RFC 5545), which any calendar takes.

A weekly event for each time of the day, and for each part of the weeks that has other days; saved
anew after a change it takes the place of what a calendar has of it. No name is in it, and nothing
of what is done, unless that is wished for. Times are those of the programme's time zone, whose
changes to and from summer time the file brings along; without a zone they are by whatever clock the
calendar has.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from backcare_nb.course.dates import DAY_NAMES, ONE_DAY
from backcare_nb.course.files import save_file
from backcare_nb.html.card import Card, para
from backcare_nb.html.programme_card import describe_doses
from backcare_nb.lesson.find import find_programme
from backcare_nb.lesson.programme import Programme, ProgrammeHolder, read_programme

EVENT_SUMMARY_WITHOUT_NAMES = "Exercises for the back"
DEFAULT_REMINDER_TIME = "18:00"  # where the programme says none
UTC_OFFSET_SEARCH_STEP = timedelta(minutes=15)  # at the most: zones change on a quarter of an hour
MAX_ICS_LINE_BYTES = 75  # of RFC 5545, without the line's end
ICS_LOCAL_TIME_FORMAT, ICS_UTC_TIME_FORMAT = "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"


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
    text = format_ics(found, datetime.now(UTC), names=names)
    save_file(path, text.encode(), replace=replace)
    return Card("told", (para(f"Saved as {path}: open it with your calendar."),))


def format_ics(programme: Programme, saved: datetime, *, names: bool = False) -> str:
    """The reminders as the text of an .ics file; what is saved later goes before it."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//backcare_nb//reminders//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        *(_time_zone_lines(programme) if programme.zone else ()),
        *_event_lines(programme, saved, names),
        "END:VCALENDAR",
    ]
    return "".join(f"{fold_ics_line(line)}\r\n" for line in lines)


def _event_lines(programme: Programme, saved: datetime, names: bool) -> Iterator[str]:
    """The lines of all events: for each time one, and another from where a step has other days."""
    all_days = (programme.begins + number * ONE_DAY for number in range(7 * programme.weeks))
    runs = groupby(all_days, lambda day: programme.days_at(programme.stage_on(day), day))
    for part, (days, run) in enumerate(runs):
        dates = [day for day in run if DAY_NAMES[day.weekday()] in days]
        for turn, at in enumerate(programme.at or (DEFAULT_REMINDER_TIME,) if dates else ()):
            # What tells it from others stays through any change of days, times, weeks and doses.
            who = f"{programme.begins} {programme.title} {programme.person} {part} {turn}"
            yield "BEGIN:VEVENT"
            yield f"UID:{sha256(who.encode()).hexdigest()[:32]}@backcare_nb"
            yield f"DTSTAMP:{saved.astimezone(UTC):{ICS_UTC_TIME_FORMAT}}"
            yield f"SEQUENCE:{int(saved.timestamp()) // 60}"
            begin = datetime.combine(dates[0], time.fromisoformat(at))
            zone = f";TZID={programme.zone}" if programme.zone else ""
            yield f"DTSTART{zone}:{begin:{ICS_LOCAL_TIME_FORMAT}}"
            codes = ",".join(name[:2].upper() for name in days)
            yield f"RRULE:FREQ=WEEKLY;COUNT={len(dates)};BYDAY={codes}"
            yield from _event_content_lines(programme, dates[0], names)


def _event_content_lines(programme: Programme, day: date, names: bool) -> Iterator[str]:
    """What an event says besides when it is, and its end."""
    stage = programme.stage_on(day)
    length = max(1, round(programme.lesson_at(stage, day).timeline.total / 60_000))
    yield f"DURATION:PT{length}M"
    whose = ", ".join(filter(None, (programme.title, programme.person)))
    yield f"SUMMARY:{escape_ics_text(whose if names else EVENT_SUMMARY_WITHOUT_NAMES)}"
    if names:
        doses = "\n".join(map(": ".join, describe_doses(programme, stage)))
        yield f"DESCRIPTION:{escape_ics_text(doses)}"
    yield "TRANSP:TRANSPARENT"
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT0S")
    yield from (f"DESCRIPTION:{EVENT_SUMMARY_WITHOUT_NAMES}", "END:VALARM", "END:VEVENT")


def _time_zone_lines(programme: Programme) -> Iterator[str]:
    """The time zone: its offset as the programme begins, and each change until the end."""
    zone = ZoneInfo(str(programme.zone))
    at = datetime.combine(programme.begins, time(), UTC) - ONE_DAY
    end = datetime.combine(programme.last_day, time(), UTC) + 2 * ONE_DAY
    yield from ("BEGIN:VTIMEZONE", f"TZID:{programme.zone}")
    yield from _zone_observance_lines(at, at, zone)
    while at < end:
        later = at + UTC_OFFSET_SEARCH_STEP
        if later.astimezone(zone).utcoffset() != at.astimezone(zone).utcoffset():
            yield from _zone_observance_lines(later, at, zone)
        at = later
    yield "END:VTIMEZONE"


def _zone_observance_lines(at: datetime, before: datetime, zone: ZoneInfo) -> Iterator[str]:
    """What holds from a moment on; it begins by the clock that held before it."""
    old, new = before.astimezone(zone), at.astimezone(zone)
    kind = "DAYLIGHT" if new.dst() else "STANDARD"
    begin = at.replace(tzinfo=None) + (old.utcoffset() or timedelta())
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{begin:{ICS_LOCAL_TIME_FORMAT}}"
    yield f"TZOFFSETFROM:{old:%z}"
    yield f"TZOFFSETTO:{new:%z}"
    yield f"TZNAME:{new.tzname()}"
    yield f"END:{kind}"


def escape_ics_text(words: str) -> str:
    """Words as the value of a text property."""
    for mark in ("\\", ";", ","):
        words = words.replace(mark, f"\\{mark}")
    return words.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def fold_ics_line(line: str) -> str:
    """A line whose bytes go on below, behind a space, wherever there are too many; letters stay."""
    folded, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > MAX_ICS_LINE_BYTES:
            folded, size = f"{folded}\r\n ", 1
        folded, size = folded + letter, size + width
    return folded
