"""What spreadsheets make of a table: its encoding, its separators, its numbers and its dates."""

import codecs
import csv
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from io import StringIO
from typing import NamedTuple

from backcare_nb.course.errors import UserError
from backcare_nb.journal.entry import EntryError, shown, unfit
from backcare_nb.journal.summary import MONTHS

SEPARATORS = ",;\t|"
MOST = 30_000  # rows: four a day for twenty years
MOST_LINES = 20 * MOST  # a note may have several
HEADED = 10  # lines at the beginning, of which one names the columns
LONGEST = 10_000  # letters of such a line
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MARKS = (*WIDE, codecs.BOM_UTF8)  # of Unicode, at the beginning of a file
TOO_MANY = f"It has more than {MOST} sessions: no journal is so long."
LETTERS = (
    "Letters like ä and é were read as {} writes them: see whether titles and notes are right."
)
NUMBER = re.compile(r"\s*([0-9]{1,15})(?:[.,]0{1,2})?\s*")
DAY = (
    r"(?:(?P<year>[0-9]{4})(?P<sign>[./-])(?P<month>[0-9]{1,2})(?P=sign)(?P<day>[0-9]{1,2})"
    r"|(?P<one>[0-9]{1,2})(?P<mark>[./-])(?P<two>[0-9]{1,2})(?P=mark)(?P<last>[0-9]{4}|[0-9]{2}))"
)
HOUR = (
    r"(?:[\s,T]+(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})"
    r"(?:[.,][0-9]+)?)?(?:\s*(?P<half>[ap])\.?\s?m\.?)?)?\s*(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
TIME = re.compile(DAY + HOUR, re.IGNORECASE)


class ExchangeError(UserError, ValueError):
    """A copy that cannot be written or read; its text says what to do."""


class Table(NamedTuple):
    """The headings of a table, and its rows, each with the line that it begins on."""

    heads: list[str]
    rows: list[tuple[int, list[str]]]


# Text


def decoded(raw: bytes) -> tuple[str, str]:
    """The text of a file, and a sentence on its letters where they had to be guessed.

    What is not Unicode is Windows' own, or an old Mac's where lines end as they did there.
    """
    try:
        text = raw.decode("utf-16" if raw.startswith(WIDE) else "utf-8-sig")
    except UnicodeDecodeError:
        if not raw.startswith(MARKS):
            return _guessed(raw)
        text = "\0"
    if "\0" in text:
        raise ExchangeError("It is damaged: take another copy.")
    return text, ""


def _guessed(raw: bytes) -> tuple[str, str]:
    old_mac = b"\r" in raw and b"\n" not in raw
    with suppress(UnicodeDecodeError):
        if not old_mac:
            return raw.decode("cp1252"), LETTERS.format("Windows")
    return raw.decode("mac_roman"), LETTERS.format("an old Mac")


def table(text: str, needed: str) -> Table:
    """A table whose headings, in one of the first lines, have one that is needed."""
    if text.count("\n") + text.count("\r") > MOST_LINES:
        raise ExchangeError(TOO_MANY)
    lines = list(StringIO(text, newline=""))
    for at, line in enumerate(lines[:HEADED]):
        for separator in SEPARATORS:
            heads = next(csv.reader([line[:LONGEST]], delimiter=separator), [])
            if needed in map(plain, heads):
                return Table(heads, _rows(lines, at + 1, separator, len(heads)))
    found = shown(lines[0].strip()) if lines else "nothing"
    raise ExchangeError(
        f"Line 1: found {found}, expected the names of the columns, of which {needed} must be"
        f" there, for example {needed},title,note."
    )


def plain(head: str) -> str:
    """A heading without its capitals, spaces and signs."""
    return re.sub(r"[\W_]+", "_", head.casefold()).strip("_")


def _rows(lines: list[str], start: int, separator: str, width: int) -> list[tuple[int, list[str]]]:
    """The rows that say something, each as wide as the table."""
    reader = csv.reader(lines[start:], delimiter=separator, strict=True)
    rows, at = [], start + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((at, cells))
            if len(rows) > MOST:
                raise ExchangeError(TOO_MANY)
            at = start + reader.line_num + 1
    except csv.Error:
        raise ExchangeError(
            f'Line {at}: found a quotation mark (") that is not closed, or text behind one,'
            ' expected two around a text, for example "slow, and calm".'
        ) from None
    for at, cells in rows:
        if any(cell.strip() for cell in cells[width:]):
            raise ExchangeError(
                f"Line {at}: found {len(cells)} cells, expected {width}, one below each"
                " heading. A text with a separator in it stands between quotation marks, for"
                ' example "slow, and calm".'
            )
    if rows and len(rows[-1][1]) < width and not lines[-1].endswith(("\n", "\r")):
        raise ExchangeError(
            f"Line {rows[-1][0]}: found the end of the file in the middle of the line, expected"
            f" {width} cells. The file was cut short: take another copy, or mend the line, or"
            " delete it."
        )
    return [(at, (cells + [""] * width)[:width]) for at, cells in rows]


# Cells


def whole(name: str, cell: str) -> int:
    """A whole number, which a spreadsheet may show as 4.0 or 4,00; else EntryError."""
    found = NUMBER.fullmatch(cell)
    if not found:
        raise unfit(name, cell)
    return int(found[1])


def day_first(cells: Iterable[tuple[str, str]]) -> bool:
    """Whether the day stands before the month in dates like 3/4/2030, which all of them tell.

    Takes cells with their places; raises ExchangeError for one that can be read in two ways.
    """
    told, unclear = set(), []
    for where, cell in cells:
        readings = {order: made for order in (True, False) if (made := _moment(cell, order))}
        if len(readings) == 1:
            told |= readings.keys()
        elif len(set(readings.values())) == 2:
            days = (f"{made.day} {MONTHS[made.month - 1]}" for made in readings.values())
            unclear.append((where, cell, *days))
    if unclear and len(told) != 1:
        where, cell, one, other = unclear[0]
        why = "the file has dates of both kinds" if told else "no date in the file tells which"
        raise ExchangeError(
            f"{where}: found {cell.strip()}, which may be {one} or {other}, and {why}; expected"
            " dates with the year first, for example 2030-01-31 18:30. In a spreadsheet, format"
            " the column so and save it again."
        )
    return True in told


def moment(name: str, cell: str, day_first: bool) -> datetime:
    """A time, with its offset from UTC or without one; else EntryError."""
    made = _moment(cell, day_first)
    if not made:
        expected = "a day of the calendar and a time, for example 2030-01-31 18:30"
        raise EntryError(f"found {shown(cell)}, expected {expected}.", name)
    return made


def _moment(cell: str, day_first: bool) -> datetime | None:
    """The time in a cell; between dots the day always stands first. None if there is none."""
    with suppress(ValueError):
        return datetime.fromisoformat(cell.strip())
    if not (found := TIME.fullmatch(cell.strip())):
        return None
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if found["half"] and 1 <= hour <= 12:
        hour = hour % 12 + 12 * (found["half"].lower() == "p")
    try:
        made = datetime(*_day(found, day_first), hour, minute, second)
        return datetime.fromisoformat(f"{made}{found['offset'] or ''}")
    except ValueError:
        return None


def _day(found: re.Match, day_first: bool) -> tuple[int, int, int]:
    """The year, the month and the day; ValueError for 25-01-31, which could begin with either."""
    if found["year"]:
        return int(found["year"]), int(found["month"]), int(found["day"])
    if len(found["last"]) == 2 and found["mark"] == "-":
        raise ValueError
    one, two, last = int(found["one"]), int(found["two"]), int(found["last"])
    year = last if last > 99 else 2000 + last
    return (year, two, one) if day_first or found["mark"] == "." else (year, one, two)
