"""Tables as spreadsheets write them: read as what they were, or refused in plain words."""

import codecs
import csv
import io
import random
import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from itertools import cycle, product

import pytest

from backcare_nb.journal import import_export, spreadsheet
from backcare_nb.journal.database import COLUMNS
from backcare_nb.journal.entry import Entry
from backcare_nb.journal.import_export import CSV_HEADINGS, ExchangeError, from_csv, to_csv, to_json
from backcare_nb.journal.store import Journal
from tests import hostile
from tests.journal_writer import entry

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


def table(sessions, separator, date, number, heading, end="\r\n", names=NAMED):
    """These sessions as some spreadsheet writes them."""
    file = io.StringIO(newline="")
    lines = csv.writer(file, delimiter=separator, lineterminator=end)
    lines.writerow(heading(CSV_HEADINGS[name]) for name in names)
    for each in sessions:
        lines.writerow(cell(getattr(each, name), date, number) for name in names)
    return file.getvalue()


def cell(value, date, number):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat() if date == "with its offset" else value.strftime(date)
    return number.format(value) if isinstance(value, int) else value


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_same_sessions_are_read_from_every_dialect(tmp_path, separator, encoding):
    known = sessions()
    path = tmp_path / "copy.csv"
    for date, number, heading in zip(DATES, cycle(NUMBERS), cycle(HEADINGS), strict=False):
        text = table(known, separator, date, number, heading, "\n")
        path.write_bytes(ENCODINGS[encoding](text))
        assert import_export.read_copy(path).entries == known


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("first", ["", "sep=;{}", "My practice{}", "Table 1;;{}{}"])
def test_lines_may_end_in_any_way_and_others_may_stand_before_the_headings(first, end):
    known = sessions()
    text = table(known, ";", DATES[3], "{}", str, end)
    assert from_csv(first.replace("{}", end) + text) == (known, [])


def test_columns_may_stand_in_any_order_and_others_are_left_out_and_told():
    known = sessions()
    text = table(known, ";", DATES[0], "{}", str, "\n", NAMED[::-1])
    lines = text.splitlines()
    assert from_csv("\n".join([*lines, ""])) == (known, [])
    wide = [f"{lines[0]};Mood;", *(f"calm;{line};" for line in lines[1:])]
    wide[0] = f"Weather;{lines[0]};"
    entries, (remark,) = from_csv("\n".join([*wide, ""]))
    assert entries == known
    assert remark == "Left out were columns that a journal does not have: Weather."


def test_empty_columns_and_rows_that_a_spreadsheet_adds_or_leaves_out_are_no_matter():
    known = [entry("a", note="n"), entry("b")]
    text = to_csv(known)
    added = "".join(f"{line},,,\r\n" for line in text.splitlines()) + ",,,,\r\n" * 3 + "\r\n"
    assert from_csv(added) == (known, [])
    assert from_csv(re.sub(",+\r\n", "\r\n", text)) == (known, [])


def test_letters_that_had_to_be_guessed_are_told(tmp_path):
    path = tmp_path / "copy.csv"
    for encoding, name in (("Windows", "Windows"), ("an old Mac", "an old Mac")):
        path.write_bytes(ENCODINGS[encoding]("begun,note\n2025-01-31,süß\n"))
        (one,), (remark,) = import_export.read_copy(path)
        assert one.note == "süß"
        assert f"as {name} writes them" in remark


# Dates


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
        assert [(e.begun.month, e.begun.day) for e in from_csv(text).entries] == days
        return
    with pytest.raises(ExchangeError) as refused:
        from_csv(text)
    said = str(refused.value)
    assert re.match(r"Line [24], begun: found 3/4/2025, which may be 3 April or 4 March, and", said)
    assert "with the year first, for example 2030-01-31 18:30" in said


@pytest.mark.parametrize(
    ("text", "hour"),
    [("12:05 AM", 0), ("12:05 PM", 12), ("6:05 p.m.", 18), ("6:05 a. m.", 6), ("18.05", 18)],
)
def test_hours_are_read_as_they_are_written(text, hour):
    (one,) = from_csv(f"begun\n31/01/2025 {text}\n").entries
    assert (one.begun.hour, one.begun.minute) == (hour, 5)


def test_an_offset_that_is_written_is_kept_and_else_it_is_that_of_this_computer():
    with_offset, without = from_csv("begun\n31.01.2025 18:30 +05:30\n31.01.2025 18:30\n").entries
    assert with_offset.begun.isoformat() == "2025-01-31T18:30:00+05:30"
    assert without.begun == datetime(2025, 1, 31, 18, 30).astimezone()


# What has no id


def test_sessions_without_an_id_have_the_same_one_in_every_dialect():
    known, ids = sessions(), set()
    for separator, date, heading in product(",;\t|", DATES[:-1], HEADINGS):
        text = table(known, separator, date, "{}", heading, "\n", NAMED[1:])
        ids.add(tuple(each.id for each in from_csv(text).entries))
    (one,) = ids
    assert len(set(one)) == len(known)


def test_an_id_that_was_given_before_dialects_were_known_is_still_given():
    (one,) = from_csv("begun,title\n2026-03-01 08:00+01:00,Knee rolls\n").entries
    assert one.id == "written-90e4f274bca178532ce8"


# What a spreadsheet makes of it


@pytest.mark.parametrize("text", ["12", "1234e5", "3/4", "10-20", "7:30", "50 %", "1.5", "=1", "-"])
def test_a_text_that_a_spreadsheet_would_change_is_guarded(text):
    known = [entry(text, title=text, note=text)]
    (_, row) = csv.reader(io.StringIO(to_csv(known)[1:], newline=""))
    assert [row[0], row[3], row[12]] == [f"'{text}"] * 3
    assert from_csv(to_csv(known)).entries == known


# Foul files


PYTHON = re.compile(
    r"datetime|Error|Exception|Traceback|None|True|False|\bstr\b|\bint\b|dict|tuple|<|>|\{\}|\\x"
)


def journal_file(tmp_path):
    journal = Journal(tmp_path / "whole.sqlite")
    journal.keep()
    journal.put(*(entry(f"s{n}", note=f"note {n}") for n in range(40)))
    return journal.path.read_bytes()


@pytest.mark.parametrize("kind", ["csv", "json", "sqlite", "spreadsheet"])
def test_spoiled_copies_are_read_or_refused_in_words_without_python(tmp_path, kind):
    many = [entry(f"s{n}", note=f"note {n}", before=n % 11) for n in range(20)]
    content = {
        "csv": lambda: to_csv(many).encode(),
        "json": lambda: to_json(many).encode(),
        "sqlite": lambda: journal_file(tmp_path),
        "spreadsheet": lambda: table(sessions(), ";", DATES[5], "{},0", str.upper).encode("cp1252"),
    }[kind]()
    chance, path, ends = random.Random(5), tmp_path / "copy", set()
    for _ in range(60):
        spoiled = content
        for _ in range(chance.choice((1, 1, 2, 4))):
            spoiled = chance.choice(hostile.WAYS)(spoiled, chance)
        path.write_bytes(spoiled)
        with hostile.at_most(20):
            try:
                import_export.read_copy(path)
                ends.add("read")
            except ExchangeError as refused:
                ends.add("refused")
                said = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "…", str(refused))
                assert not PYTHON.search(said), said
    assert ends == {"read", "refused"}


def test_what_a_database_declares_is_not_carried_out(tmp_path):
    known = [entry("a"), entry("b", note="n")]
    path = tmp_path / "copy.sqlite"
    journal = Journal(path)
    journal.keep()
    journal.put(*known)
    other = COLUMNS.replace("begun", "begun + 1000 AS begun", 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE session RENAME TO mine")
        connection.execute(f"CREATE VIEW session AS SELECT {other} FROM mine")
    entries, (remark,) = import_export.read_copy(path)
    assert sorted(entries, key=lambda e: e.id) == known
    assert "could still be read" in remark


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_file_of_nothing_but_lines_is_refused_before_it_is_read(end, tmp_path, monkeypatch):
    path = tmp_path / "lines.csv"
    path.write_bytes(end.encode() * 1_000_000)
    monkeypatch.setattr(
        spreadsheet, "StringIO", lambda *_, **__: pytest.fail("the lines were read")
    )
    with pytest.raises(ExchangeError, match="more than 30000 sessions"):
        import_export.read_copy(path)
