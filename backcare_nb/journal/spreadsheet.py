"""What spreadsheets make of a table: its encoding, its separators, its numbers and its dates."""

import codecs
import csv
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from io import StringIO

from backcare_nb.course.dates import MONTH_NAMES
from backcare_nb.course.errors import UserError
from backcare_nb.journal.entry import EntryError, quote_shortened, unexpected_value_error

CELL_SEPARATORS = ",;\t|"
MAX_TABLE_ROWS = 30_000  # four a day for twenty years
MAX_TABLE_LINES = 20 * MAX_TABLE_ROWS  # a note may have several
MAX_LINES_UP_TO_HEADINGS = 10  # at the beginning, of which one names the columns
MAX_HEADING_LINE_LETTERS = 10_000
UTF16_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
TOO_MANY_ROWS_SENTENCE = f"It has more than {MAX_TABLE_ROWS} sessions: no journal is so long."
GUESSED_ENCODING_SENTENCE = (
    "Letters like ä and é were read as {} writes them: see whether titles and notes are right."
)
WHOLE_NUMBER_PATTERN = re.compile(r"\s*([0-9]{1,15})(?:[.,]0{1,2})?\s*")
DAY_AND_TIME_PATTERN = re.compile(
    r"(?:(?P<year>[0-9]{4})(?P<sign>[./-])(?P<month>[0-9]{1,2})(?P=sign)(?P<day>[0-9]{1,2})"
    r"|(?P<one>[0-9]{1,2})(?P<mark>[./-])(?P<two>[0-9]{1,2})(?P=mark)(?P<last>[0-9]{4}|[0-9]{2}))"
    r"(?:[\s,T]+(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})"
    r"(?:[.,][0-9]+)?)?(?:\s*(?P<half>[ap])\.?\s?m\.?)?)?\s*(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)

LineNumberAndCells = tuple[int, list[str]]  # the line that it begins on, and its cells


class JournalCopyError(UserError, ValueError):
    """A copy that cannot be written or read; its text says what to do."""


def decode_with_remark(raw: bytes) -> tuple[str, str]:
    """The text of a file, and a sentence on its letters where they had to be guessed.

    What is not Unicode is Windows' own, or an old Mac's where lines end as they did there.
    Raises JournalCopyError for a damaged file.
    """
    try:
        text = raw.decode("utf-16" if raw.startswith(UTF16_BYTE_ORDER_MARKS) else "utf-8-sig")
    except UnicodeDecodeError:
        if not raw.startswith((*UTF16_BYTE_ORDER_MARKS, codecs.BOM_UTF8)):
            if b"\n" in raw or b"\r" not in raw:
                with suppress(UnicodeDecodeError):
                    return raw.decode("cp1252"), GUESSED_ENCODING_SENTENCE.format("Windows")
            return raw.decode("mac_roman"), GUESSED_ENCODING_SENTENCE.format("an old Mac")
        text = "\0"
    if "\0" in text:
        raise JournalCopyError("It is damaged: take another copy.")
    return text, ""


def read_table(text: str, needed: str) -> tuple[list[str], list[LineNumberAndCells]]:
    """The headings and the rows of a table; one of the first lines has the heading ``needed``."""
    if text.count("\n") + text.count("\r") > MAX_TABLE_LINES:
        raise JournalCopyError(TOO_MANY_ROWS_SENTENCE)
    lines = list(StringIO(text, newline=""))
    for at, line in enumerate(lines[:MAX_LINES_UP_TO_HEADINGS]):
        for separator in CELL_SEPARATORS:
            headings = next(csv.reader([line[:MAX_HEADING_LINE_LETTERS]], delimiter=separator), [])
            if needed in map(normalize_heading, headings):
                return headings, _read_rows(lines, at + 1, separator, len(headings))
    found = quote_shortened(lines[0].strip()) if lines else "nothing"
    raise JournalCopyError(
        f"Line 1: found {found}, expected the names of the columns, of which {needed} must be"
        f" there, for example {needed},title,note."
    )


def normalize_heading(heading: str) -> str:
    """A heading without its capitals, spaces and signs."""
    return re.sub(r"[\W_]+", "_", heading.casefold()).strip("_")


def _read_rows(
    lines: list[str], start: int, separator: str, width: int
) -> list[LineNumberAndCells]:
    """The rows that say something, each as wide as the table."""
    reader = csv.reader(lines[start:], delimiter=separator, strict=True)
    rows, at = [], start + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((at, cells))
            if len(rows) > MAX_TABLE_ROWS:
                raise JournalCopyError(TOO_MANY_ROWS_SENTENCE)
            at = start + reader.line_num + 1
    except csv.Error:
        raise JournalCopyError(
            f'Line {at}: found a quotation mark (") that is not closed, or text behind one,'
            ' expected two around a text, for example "slow, and calm".'
        ) from None
    for at, cells in rows:
        if any(cell.strip() for cell in cells[width:]):
            raise JournalCopyError(
                f"Line {at}: found {len(cells)} cells, expected {width}, one below each"
                " heading. A text with a separator in it stands between quotation marks, for"
                ' example "slow, and calm".'
            )
    if rows and len(rows[-1][1]) < width and not lines[-1].endswith(("\n", "\r")):
        raise JournalCopyError(
            f"Line {rows[-1][0]}: found the end of the file in the middle of the line, expected"
            f" {width} cells. The file was cut short: take another copy, or mend the line, or"
            " delete it."
        )
    return [(at, (cells + [""] * width)[:width]) for at, cells in rows]


def parse_whole_number(name: str, cell: str) -> int:
    """A whole number, which a spreadsheet may show as 4.0 or 4,00; else EntryError."""
    found = WHOLE_NUMBER_PATTERN.fullmatch(cell)
    if not found:
        raise unexpected_value_error(name, cell)
    return int(found[1])


def is_day_first(cells: Iterable[tuple[str, str]]) -> bool:
    """Whether the day stands before the month in dates like 3/4/2030, which all of them tell.

    Takes cells with their places; raises JournalCopyError for one that can be read in two ways.
    """
    orders: set[bool] = set()
    unclear = []
    for where, cell in cells:
        both = ((order, _parse_time_or_none(cell, order)) for order in (True, False))
        readings = {order: time for order, time in both if time}
        if len(readings) == 1:
            orders |= readings.keys()
        elif len(set(readings.values())) == 2:
            days = (f"{time.day} {MONTH_NAMES[time.month - 1]}" for time in readings.values())
            unclear.append((where, cell, *days))
    if unclear and len(orders) != 1:
        where, cell, one, other = unclear[0]
        why = "the file has dates of both kinds" if orders else "no date in the file tells which"
        raise JournalCopyError(
            f"{where}: found {cell.strip()}, which may be {one} or {other}, and {why}; expected"
            " dates with the year first, for example 2030-01-31 18:30. In a spreadsheet, format"
            " the column so and save it again."
        )
    return True in orders


def parse_time(name: str, cell: str, day_first: bool) -> datetime:
    """A time, with its offset from UTC or without one; else EntryError."""
    time = _parse_time_or_none(cell, day_first)
    if not time:
        expected = "a day of the calendar and a time, for example 2030-01-31 18:30"
        raise EntryError(f"found {quote_shortened(cell)}, expected {expected}.", name)
    return time


def _parse_time_or_none(cell: str, day_first: bool) -> datetime | None:
    """The time in a cell; between dots the day always stands first. None if there is none."""
    with suppress(ValueError):
        return datetime.fromisoformat(cell.strip())
    found = DAY_AND_TIME_PATTERN.fullmatch(cell.strip())
    if not found or (found["mark"] == "-" and len(found["last"]) == 2):
        return None  # 25-01-31 could begin with the year or the day
    if found["year"]:
        year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    else:
        day, month, year = int(found["one"]), int(found["two"]), int(found["last"])
        year += 0 if year > 99 else 2000
        if not day_first and found["mark"] != ".":
            day, month = month, day
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if found["half"] and 1 <= hour <= 12:
        hour = hour % 12 + 12 * (found["half"].lower() == "p")
    with suppress(ValueError):
        time = datetime(year, month, day, hour, minute, second)
        return datetime.fromisoformat(f"{time}{found['offset'] or ''}")
    return None
