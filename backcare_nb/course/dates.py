"""Days in words, in the language of the words around them, whatever the locale of the machine.

And what a file says of when: a day, days of the week, a time and its zone, each of which is refused
with the cure where it is written otherwise.
"""

import re
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from backcare_nb.course.fields import SingleItemWithoutList, TextPattern, TupleFromList
from backcare_nb.course.names import shorten

ONE_DAY = timedelta(days=1)
DayName = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
DAY_NAMES: tuple[DayName, ...] = get_args(DayName)
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
CLOCK_TIME_PATTERN = r"([01]\d|2[0-3]):[0-5]\d"
MISWRITTEN_DAY_FORMATS = (  # that a cure is told for
    *("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y-%m-%d"),
    *("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%B %d %Y"),
)


def format_date(day: date) -> str:
    """A day in words: 2 March 2026."""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def _parse_day(found: object) -> object:
    if not isinstance(found, str):
        return found
    with suppress(ValueError):
        return date.fromisoformat(found.strip())
    cures = {}  # in some countries the month comes first
    for form in MISWRITTEN_DAY_FORMATS:
        with suppress(ValueError):
            cures[str(datetime.strptime(found.strip(), form).date())] = form
    cure = " or ".join(cures) or "it like 2030-01-31"
    raise ValueError(f'found "{shorten(found)}", expected a day: write {cure}')


def _parse_day_names(found: object) -> object:
    if found in DAY_NAMES or not isinstance(found, str | int):
        return found
    words = [word.removesuffix("s") for word in re.findall(r"[a-z]+", str(found).lower())]
    meant = [
        next((name for name in DAY_NAMES if name.lower().startswith(word)), "")
        for word in words
        if word != "and"
    ]
    cure = f"[{', '.join(meant)}]"
    if not all(meant) or not meant:
        cure = "[Monday, Thursday], or leave days out for every day"
    raise ValueError(f'found "{shorten(str(found))}", expected days of the week: write {cure}')


def _parse_clock_time(found: object) -> object:
    hour = re.search(r"(\d{1,2})(?:[:.](\d\d))?\s*(pm)?", str(found).lower())
    if not isinstance(found, str) or re.fullmatch(CLOCK_TIME_PATTERN, found) or not hour:
        return found
    written = f"{int(hour[1]) + 12 * bool(hour[3]):02d}:{hour[2] or '00'}"
    cure = f': write "{written}"' if re.fullmatch(CLOCK_TIME_PATTERN, written) else ""
    raise ValueError(f'found "{shorten(found)}", expected a time such as 18:30{cure}')


def _validate_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        place = f"/{name.strip().replace(' ', '_')}".lower()
        near = [z for z in available_timezones() if z.lower().endswith(place) and z[:3] != "Etc"]
        cure = " or ".join(sorted(near)) or "it like Europe/London"
        raise ValueError(f'unknown time zone "{shorten(name)}"; write {cure}') from None
    return name


DayDate = Annotated[date, BeforeValidator(_parse_day)]
OneOrMoreDayNames = Annotated[
    TupleFromList[DayName],
    Field(min_length=1, max_length=7),
    SingleItemWithoutList(),
    BeforeValidator(_parse_day_names),
]
ClockTime = Annotated[
    str,
    TextPattern(CLOCK_TIME_PATTERN, "a time such as 18:30"),
    BeforeValidator(_parse_clock_time),
]
TimeZoneName = Annotated[str, Field(max_length=60), AfterValidator(_validate_time_zone)]
