"""Days in words, in the language of the words around them, whatever the locale of the machine.

And what a file says of when: a day, days of the week, a time and its zone, each of which is refused
with the cure where it is written otherwise.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
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
EARLIEST_YEAR, MAX_YEARS_AHEAD = 2000, 10  # any other is misspelt


def format_date(day: date) -> str:
    """A day in words: 2 March 2026."""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def _parse_day(found: object) -> object:
    if isinstance(found, date):
        return found
    words, today, why = str(found or "").strip(), date.today(), ""
    years = range(EARLIEST_YEAR, today.year + MAX_YEARS_AHEAD + 1)
    with suppress(ValueError):
        if (day := date.fromisoformat(words)).year in years:
            return day
    cures = []
    for year, month, number in () if isinstance(found, float) else _read_day_numbers(words):
        near = (year,) if year in years else range(today.year - 1, today.year + 2)
        days = [date(each, month, min(number, monthrange(each, month)[1])) for each in near]
        cures.append(min(days, key=lambda each: abs(each - today)))
        if year not in years:
            why = f", and {year} is far from now" if year else " with its year"
        elif number > cures[-1].day:
            why = f", and {MONTH_NAMES[month - 1]} {year} has {cures[-1].day} days"
    cure = " or ".join(dict.fromkeys(map(str, cures))) or "it like 2030-01-31"
    said = f'"{shorten(words)}"' if words else "nothing"
    raise ValueError(f"found {said}, expected a day{why}: write {cure}")


def _read_day_numbers(words: str) -> Iterator[tuple[int, int, int]]:
    """The year, month and day that words may mean; the year is 0 where they have none."""
    first, second, third = ([int(digits) for digits in re.findall(r"\d+", words)] + [0, 0, 0])[:3]
    named = [n for n, name in enumerate(MONTH_NAMES, 1) if re.search(rf"(?i)\b{name[:3]}", words)]
    orders = [(first, second, third) if first > 31 else (third, second, first)]
    if named:
        orders = [(second, named[0], first)]
    elif "/" in words and first <= 31:  # in some countries the month comes first
        orders.append((third, first, second))
    for year, month, day in orders:
        if 1 <= month <= 12 and 1 <= day <= 31:
            yield year + 2000 * (0 < year < 100), month, day


def _parse_day_names(found: object) -> object:
    if found in DAY_NAMES or not isinstance(found, str | int):
        return found
    if isinstance(found, int) and found in range(1, 8):  # so many, with days off between them
        return [DAY_NAMES[7 * number // found] for number in range(found)]
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
