"""Copies of a journal: exact both ways, safe in a spreadsheet, read as spreadsheets write them."""

import codecs
import csv
import io
import json
import random
import re
import sqlite3
import stat
import string
import sys
from contextlib import closing
from datetime import datetime, timedelta, timezone
from itertools import cycle, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backcare_nb.journal import spreadsheet
from backcare_nb.journal.database import SESSION_COLUMNS_SQL
from backcare_nb.journal.entry import Entry, replace_unprintable
from backcare_nb.journal.import_export import (
    CSV_HEADINGS_BY_FIELD,
    JournalCopyError,
    format_csv,
    format_json,
    parse_csv,
    parse_json,
    read_journal_copy,
    write_journal_copy,
)
from backcare_nb.journal.store import Journal
from tests import hostile
from tests.journal_writer import BEGAN, entry

zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    datetime(2, 1, 1), datetime(9998, 12, 30), timezones=zones, allow_imaginary=False
)
awkward = st.sampled_from(
    ["=1+1", "'", "''", "+a", "-", "@x", "\t", "\r", "\n", '"', ",", ";", "＝"]
)
texts = st.one_of(st.text(max_size=40), st.lists(awkward, max_size=4).map("".join)).map(
    replace_unprintable
)
exercises = st.text(string.ascii_lowercase + "_=-'é", max_size=8)
entries = st.builds(
    Entry,
    id=st.text(string.ascii_letters + string.digits + "=+-'@\n ,é", min_size=1, max_size=12),
    begun=moments,
    ended=moments,
    title=texts,
    finished=st.booleans(),
    reached=st.integers(0, 10**9),
    total=st.integers(0, 10**9),
    spent=st.dictionaries(exercises, st.integers(0, 10**9), max_size=4),
    before=st.none() | st.integers(0, 10),
    after=st.none() | st.integers(0, 10),
    left=st.none() | st.integers(0, 90),
    right=st.none() | st.integers(0, 90),
    note=texts,
)


@given(st.lists(entries, max_size=5, unique_by=lambda each: each.id))
def test_copies_come_back_exactly_and_no_cell_begins_a_formula(entries):
    assert parse_csv(format_csv(entries)) == parse_json(format_json(entries)) == (entries, [])
    table = list(csv.reader(io.StringIO(format_csv(entries)[1:], newline="")))
    assert len(table) == len(entries) + 1
    starts = {cell.lstrip(" ")[:1] for row in table for cell in row}
    assert not starts & set("=+-@\t\r\n＝＋－＠")
    texts = {cell for row in table[1:] for cell in (row[0], row[3], row[12])}
    assert not any(re.fullmatch(r"\d[\d.,:/ -]*", text, re.ASCII) for text in texts)


@pytest.mark.parametrize("text", ["12", "1234e5", "3/4", "10-20", "7:30", "50 %", "1.5", "=1", "-"])
def test_a_text_that_a_spreadsheet_would_change_is_guarded(text):
    known = [entry(text, title=text, note=text)]
    (_, row) = csv.reader(io.StringIO(format_csv(known)[1:], newline=""))
    assert [row[0], row[3], row[12]] == [f"'{text}"] * 3
    assert parse_csv(format_csv(known)).entries == known


@pytest.mark.parametrize("name", ["copy.csv", "copy.json"])
def test_a_file_comes_back_exactly_is_for_its_owner_alone_and_never_written_over(tmp_path, name):
    whole = [entry("a", note="one\r\ntwo\n", before=0), entry("b", finished=False, title="é 伸")]
    path = write_journal_copy(whole, tmp_path / name)
    with pytest.raises(JournalCopyError, match="There is already a file"):
        write_journal_copy([], path)
    assert read_journal_copy(path) == (whole, [])
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_missing_file_a_folder_and_an_unknown_file_type_are_refused_as_journal_copies(tmp_path):
    with pytest.raises(JournalCopyError, match="There is no file"):
        read_journal_copy(tmp_path / "copy.csv")
    with pytest.raises(JournalCopyError, match="is a folder, or no ordinary file"):
        read_journal_copy(tmp_path)
    with pytest.raises(JournalCopyError, match=r"ends in \.csv or \.json"):
        write_journal_copy([], tmp_path / "copy.xlsx")


def test_sessions_of_a_handwritten_csv_get_the_same_ids_at_every_reading():
    text = "begun,title,comfort_before\n2026-03-01 08:00+01:00,Knee rolls,4\n2026-03-02T08:00Z,,\n"
    one, two = parse_csv(text).entries
    assert (one.title, one.before, one.begun, one.ended) == ("Knee rolls", 4, BEGAN, BEGAN)
    assert (two.title, two.before, two.finished) == ("", None, True)
    assert parse_csv(text).entries == [one, two]
    (old,) = parse_csv("begun,title\n2026-03-01 08:00+01:00,Knee rolls\n").entries
    assert old.id == "written-90e4f274bca178532ce8"  # as it was given before dialects were known


def test_a_copy_with_one_session_twice_gives_one_and_with_one_id_for_two_sessions_is_refused():
    assert parse_json(format_json([entry("a"), entry("a")])).entries == [entry("a")]
    with pytest.raises(JournalCopyError, match="Session 2, id: found 'a' a second time"):
        parse_json(format_json([entry("a"), entry("a", note="other")]))


# What is wrong


def row(**cells):
    made = {"begun": "2026-03-01T08:00:00+01:00", **cells}
    return f"{','.join(made)}\n{','.join(made.values())}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Line 1: found nothing, expected the names of the columns, of which begun must"),
        ("a;b\n1;2\n", "Line 1: found 'a;b', expected the names of the columns"),
        ("begun,begun\n", "two columns begun"),
        (row(begun="", title="x"), "Line 2, begun: found nothing, expected a time"),
        (row(begun="yesterday"), "Line 2, begun: found 'yesterday', expected a day of the calen"),
        (row(begun="30.02.2025"), "Line 2, begun: found '30.02.2025', expected a day of the cal"),
        (row(begun="25-01-31"), "Line 2, begun: found '25-01-31', expected a day of the calendar"),
        (row(begun="9999-12-31T23:00-05:00"), "Line 2, begun: found .*, outside the years"),
        (row(comfort_after="11"), "Line 2, comfort_after: found 11, expected a whole number from"),
        (row(comfort_after="four"), "Line 2, comfort_after: found 'four', expected a whole numb"),
        (row(comfort_after="4.5"), "Line 2, comfort_after: found '4.5', expected a whole number"),
        (row(comfort_after="٣"), "Line 2, comfort_after: found '٣', expected a whole number"),
        (row(finished="perhaps"), "Line 2, finished: found 'perhaps', expected yes or no"),
        (row(exercises_ms="knee_rolls"), "Line 2, exercises_ms: found 'knee_rolls', expected ex"),
        (row(reached_ms="9" * 30), "Line 2, reached_ms: found '99.*', expected whole milliseconds"),
        (row(reached_ms='"720,000"'), "found '720,000', expected whole milliseconds"),
        (row() + "1,2,3\n", "Line 3: found 3 cells, expected 1, one below each heading"),
        (row(title="x") + "2026-03-02", "Line 3: found the end of the file in the middle of the"),
        ('begun,note\n2026-03-01,"a\n2026-03-02,b\n', "Line 2: found a quotation mark"),
        ('begun,note\n2026-03-01,"a"b\n', "Line 2: found a quotation mark"),
    ],
)
def test_what_is_wrong_in_a_table_is_told_with_its_line(text, words):
    with pytest.raises(JournalCopyError, match=words):
        parse_csv(text)


def plain(**changes):
    made = json.loads(format_json([entry("a")]))
    made["sessions"][0] |= changes
    return json.dumps(made)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "Line 1 is no JSON: the file is damaged or was cut short"),
        ("[" * 100_000, "It is no JSON that a journal could hold"),
        ("[]", "It is no copy of a journal"),
        ('{"format": "backcare-journal", "version": 2}', "Version 2 of the format"),
        ('{"format": "backcare-journal", "version": 1}', '"sessions": expected a list'),
        ('{"format": "backcare-journal", "version": 1, "sessions": [3]}', "Session 1: found 3"),
        (plain(mood="calm"), "Session 1: nothing is called 'mood'"),
        (plain(before="4"), "Session 1, before: found '4', expected a whole number from 0 to 10"),
        (plain(before=1e400), "Session 1, before: found inf"),
        (plain(before=True), "Session 1, before: found yes, expected a whole number from 0 to 10"),
        (plain(after=-1), "Session 1, after: found -1, expected a whole number from 0 to 10"),
        (plain(left=91), "Session 1, left: found 91, expected whole degrees from 0 to 90"),
        (plain(right=4.5), "Session 1, right: found 4.5, expected whole degrees from 0 to 90"),
        (plain(note=7), "Session 1, note: found 7, expected text"),
        (plain(note="x" * 4001), "Session 1, note: found 4001 letters, expected text of up to"),
        (plain(spent={"a b": 1}), "Session 1, spent: found 'a b', expected exercises"),
        (plain(begun=None), "Session 1, begun: found nothing"),
        (plain(begun=["2026"]), "Session 1, begun: found a list of values, expected a time"),
        (plain(spent={"knee_rolls": "long"}), "Session 1, spent: knee_rolls: found 'long'"),
        (plain(finished=1), "Session 1, finished: found 1, expected yes or no"),
    ],
)
def test_what_is_wrong_in_json_is_told_with_its_session(text, words):
    with pytest.raises(JournalCopyError, match=words):
        parse_json(text)


def test_all_mistakes_are_told_at_once_and_of_many_the_first():
    with pytest.raises(JournalCopyError) as told:
        parse_csv("begun,comfort_after\n2026-03-01,10\n2026-03-01,11\n2026-03-01,12\n")
    expected = "expected a whole number from 0 to 10, for example 4."
    assert str(told.value).splitlines() == [
        "Mend this first:",
        f"Line 3, comfort_after: found 11, {expected}",
        f"Line 4, comfort_after: found 12, {expected}",
    ]
    with pytest.raises(JournalCopyError) as told:
        parse_csv("begun\n" + "never\n" * 50)
    assert len(str(told.value).splitlines()) == 22


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Nothing was read from .*copy.x. It is empty"),
        (bytes(5000), "damaged, or no copy of a journal"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "damaged, or no copy of a journal"),
        (format_csv([entry("a")]).encode()[:-9] + bytes(9), "damaged, or no copy of a journal"),
        (format_csv([entry("a", note="ä")]).encode()[:-3], "It is damaged: take another copy"),
        (format_csv([entry("a")]).encode("utf-16")[:-1], "It is damaged: take another copy"),
        (format_csv([entry("a")]).encode("utf-16") + bytes(8), "It is damaged: take another copy"),
        (
            format_json([entry("a")]).encode()[:-9],
            "is no JSON: the file is damaged or was cut short",
        ),
        (b"PK\x03\x04" + bytes(99), "a workbook of a spreadsheet program: open it there, save it"),
        (b"begun\n" + b"x" * 16_000_000, "larger than 16 MB"),
        (b"begun\n" + b"2026-03-01\n" * 30_001, "more than 30000 sessions"),
    ],
)
def test_files_that_are_no_copies_are_refused(tmp_path, content, words):
    (tmp_path / "copy.x").write_bytes(content)
    with pytest.raises(JournalCopyError, match=words):
        read_journal_copy(tmp_path / "copy.x")


# As spreadsheets write them

THIN, WIDE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
ENCODINGS = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16, little end first": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "Windows": lambda text: text.replace(THIN, WIDE).encode("cp1252"),
    "an old Mac": lambda text: text.replace(THIN, WIDE).replace("\n", "\r").encode("mac_roman"),
}
DATES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y, %H.%M",
    "%d/%m/%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%m/%d/%Y %I:%M %p",
    f"%m/%d/%y, %I:%M:%S{THIN}%p",
    "with its offset",
)
HEADINGS = (str, str.upper, lambda head: f" {head.replace('_', ' ').capitalize()} ")
NUMBERS = ("{}", "{}.0", "{},00", " {} ")
NAMED = ("id", "begun", "ended", "title", "finished", "reached", "before", "left", "note")


def sessions():
    """Sessions by the clock of this computer, to the minute, as a spreadsheet holds them."""
    found = []
    for n, day in enumerate((3, 14, 25)):
        begun = datetime(2025, 1, day, 6 + 6 * n, 30).astimezone()
        more = {"title": f"Übung; {n}, “gut”", "reached": 720_000, "before": n, "left": 45}
        note = f"élan | {n}\twie gestern"
        found.append(Entry(f"s{n}", begun, begun + timedelta(minutes=12), note=note, **more))
    return found


def table(sessions, separator, date, number="{}", heading=str, end="\n", names=NAMED):
    """These sessions as some spreadsheet writes them."""

    def cell(value):
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, datetime):
            return value.isoformat() if date == "with its offset" else value.strftime(date)
        return number.format(value) if isinstance(value, int) else value

    file = io.StringIO(newline="")
    lines = csv.writer(file, delimiter=separator, lineterminator=end)
    lines.writerow(heading(CSV_HEADINGS_BY_FIELD[name]) for name in names)
    lines.writerows([cell(getattr(each, name)) for name in names] for each in sessions)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_same_sessions_are_read_from_every_dialect(tmp_path, separator, encoding):
    known = sessions()
    path = tmp_path / "copy.csv"
    for date, number, heading in zip(DATES, cycle(NUMBERS), cycle(HEADINGS), strict=False):
        path.write_bytes(ENCODINGS[encoding](table(known, separator, date, number, heading)))
        copy = read_journal_copy(path)
        assert copy.entries == known
        guessed = [f"as {encoding} writes them" in remark for remark in copy.remarks]
        assert guessed == ([] if encoding.startswith("UTF") else [True])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("first", ["", "sep=;{}", "My practice{}", "Table 1;;{}{}"])
def test_a_csv_copy_may_have_any_line_endings_and_other_lines_before_its_headings(first, end):
    text = table(sessions(), ";", DATES[3], end=end)
    assert parse_csv(first.replace("{}", end) + text) == (sessions(), [])


def test_columns_may_stand_in_any_order_and_others_are_left_out_and_told():
    known = sessions()
    lines = table(known, ";", DATES[0], names=NAMED[::-1]).splitlines()
    assert parse_csv("\n".join([*lines, ""])) == (known, [])
    wide = [f"Weather;{lines[0]};Mood;", *(f"calm;{line};" for line in lines[1:])]
    entries, (remark,) = parse_csv("\n".join([*wide, ""]))
    assert entries == known
    assert remark == "Left out were columns that a journal does not have: Weather."


def test_empty_columns_and_rows_that_a_spreadsheet_adds_or_leaves_out_are_no_matter():
    known = [entry("a", note="n"), entry("b")]
    text = format_csv(known)
    added = "".join(f"{line},,,\r\n" for line in text.splitlines()) + ",,,,\r\n" * 3 + "\r\n"
    assert parse_csv(added) == (known, [])
    assert parse_csv(re.sub(",+\r\n", "\r\n", text)) == (known, [])


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["31/01/2025 18:30", "3/4/2025 7:00"], [(1, 31), (4, 3)]),
        (["1/31/2025 6:30 PM", "3/4/2025 7:00 AM"], [(1, 31), (3, 4)]),
        (["5/5/2025", "6/6/2025"], [(5, 5), (6, 6)]),
        (["3.4.2025", "4.3.25 18.30"], [(4, 3), (3, 4)]),
        (["3/4/2025", "2025-01-31"], None),
        (["3/4/2025", "12/11/2025"], None),
        (["31/01/2025", "1/31/2025", "3/4/2025"], None),
    ],
)
def test_whether_the_day_comes_first_is_decided_by_the_whole_column(cells, days):
    text = "".join(f"{each}\n" for each in ["begun", *cells])
    if days:
        assert [(e.begun.month, e.begun.day) for e in parse_csv(text).entries] == days
        return
    with pytest.raises(JournalCopyError) as told:
        parse_csv(text)
    which = r"Line [24], begun: found 3/4/2025, which may be 3 April or 4 March, and"
    assert re.match(which, str(told.value))
    assert "with the year first, for example 2030-01-31 18:30" in str(told.value)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("12:05 AM", 0), ("12:05 PM", 12), ("6:05 p.m.", 18), ("6:05 a. m.", 6), ("18.05", 18)],
)
def test_hours_are_read_as_they_are_written(text, hour):
    (one,) = parse_csv(f"begun\n31/01/2025 {text}\n").entries
    assert (one.begun.hour, one.begun.minute) == (hour, 5)


def test_an_offset_that_is_written_is_kept_and_else_it_is_that_of_this_computer():
    with_offset, without = parse_csv("begun\n31.01.2025 18:30 +05:30\n31.01.2025 18:30\n").entries
    assert with_offset.begun.isoformat() == "2025-01-31T18:30:00+05:30"
    assert without.begun == datetime(2025, 1, 31, 18, 30).astimezone()


def test_sessions_without_an_id_have_the_same_one_in_every_dialect():
    known, ids = sessions(), set()
    for separator, date, heading in product(",;\t|", DATES[:-1], HEADINGS):
        text = table(known, separator, date, heading=heading, names=NAMED[1:])
        ids.add(tuple(each.id for each in parse_csv(text).entries))
    (one,) = ids
    assert len(set(one)) == len(known)


# Foul files

PYTHON = re.compile(
    r"datetime|Error|Exception|Traceback|None|True|False|\bstr\b|\bint\b|dict|tuple|<|>|\{\}|\\x"
)


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "whole.sqlite")
    journal.keep()
    journal.save_entries(*(entry(f"s{n}", note=f"note {n}", before=n % 11) for n in range(40)))
    return journal


@pytest.mark.parametrize("kind", ["csv", "json", "sqlite", "spreadsheet"])
def test_spoiled_copies_are_read_or_refused_in_words_without_python(tmp_path, journal, kind):
    content = {
        "csv": format_csv(journal.read_all_entries()[:20]).encode(),
        "json": format_json(journal.read_all_entries()[:20]).encode(),
        "sqlite": journal.path.read_bytes(),
        "spreadsheet": table(sessions(), ";", DATES[5], "{},0", str.upper).encode("cp1252"),
    }[kind]
    chance, path, ends = random.Random(5), tmp_path / "copy", set()
    for _ in range(30):
        spoiled = content
        for _ in range(chance.choice((1, 1, 2, 4))):
            spoiled = chance.choice(hostile.WAYS)(spoiled, chance)
        path.write_bytes(spoiled)
        with hostile.at_most(20):
            try:
                read_journal_copy(path)
                ends.add("read")
            except JournalCopyError as refused:
                ends.add("refused")
                said = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "…", str(refused))
                assert not PYTHON.search(said), said
    assert ends == {"read", "refused"}


def test_a_view_declared_in_a_copied_database_is_not_run_and_its_sessions_are_read(journal):
    known = journal.read_all_entries()
    other = SESSION_COLUMNS_SQL.replace("begun", "begun + 1000 AS begun", 1)
    with closing(sqlite3.connect(journal.path)) as connection:
        connection.execute("ALTER TABLE session RENAME TO mine")
        connection.execute(f"CREATE VIEW session AS SELECT {other} FROM mine")
    entries, (remark,) = read_journal_copy(journal.path)
    assert sorted(entries, key=lambda e: e.id) == known
    assert "could still be read" in remark


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_file_of_nothing_but_lines_is_refused_before_it_is_read(end, tmp_path, monkeypatch):
    path = tmp_path / "lines.csv"
    path.write_bytes(end.encode() * 1_000_000)
    monkeypatch.setattr(spreadsheet, "StringIO", lambda *_, **__: pytest.fail("lines were read"))
    with pytest.raises(JournalCopyError, match="more than 30000 sessions"):
        read_journal_copy(path)
