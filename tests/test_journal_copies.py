"""Copies of a journal: exact both ways, safe in a spreadsheet, read whole or not at all."""

import csv
import io
import json
import re
import stat
import string
import sys
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backcare_nb.journal import import_export
from backcare_nb.journal.entry import Entry, replace_unprintable
from backcare_nb.journal.import_export import ExchangeError, from_csv, from_json, to_csv, to_json
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
ids = st.text(string.ascii_letters + string.digits + "=+-'@\n ,é", min_size=1, max_size=12)
exercises = st.text(string.ascii_lowercase + "_=-'é", max_size=8)
entries = st.builds(
    Entry,
    id=ids,
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
journals = st.lists(entries, max_size=5, unique_by=lambda each: each.id)


@given(journals)
def test_csv_comes_back_exactly(entries):
    assert from_csv(to_csv(entries)) == (entries, [])


@given(journals)
def test_json_comes_back_exactly(entries):
    assert from_json(to_json(entries)) == (entries, [])


@given(journals)
def test_no_cell_of_a_spreadsheet_begins_a_formula(entries):
    table = list(csv.reader(io.StringIO(to_csv(entries)[1:], newline="")))
    assert len(table) == len(entries) + 1
    starts = {cell.lstrip(" ")[:1] for row in table for cell in row}
    assert not starts & set("=+-@\t\r\n＝＋－＠")
    texts = {cell for row in table[1:] for cell in (row[0], row[3], row[12])}
    assert not any(re.fullmatch(r"\d[\d.,:/ -]*", text, re.ASCII) for text in texts)


def test_files_come_back_exactly_and_are_for_their_owner_alone(tmp_path):
    whole = [entry("a", note="one\r\ntwo\n", before=0), entry("b", finished=False, title="é 伸")]
    for name in ("copy.csv", "copy.json"):
        path = import_export.write_copy(whole, tmp_path / name)
        assert import_export.read_copy(path) == (whole, [])
        if sys.platform != "win32":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_written_over(tmp_path):
    (tmp_path / "copy.csv").write_text("mine")
    with pytest.raises(ExchangeError, match="There is already a file"):
        import_export.write_copy([], tmp_path / "copy.csv")
    assert (tmp_path / "copy.csv").read_text() == "mine"


def test_an_empty_journal_has_copies_too():
    assert from_csv(to_csv([])) == from_json(to_json([])) == ([], [])


def test_a_diary_kept_by_hand_can_be_read():
    text = "begun,title,comfort_before\n2026-03-01 08:00+01:00,Knee rolls,4\n2026-03-02T08:00Z,,\n"
    one, two = from_csv(text).entries
    assert (one.title, one.before, one.begun, one.ended) == ("Knee rolls", 4, BEGAN, BEGAN)
    assert (two.title, two.before, two.finished) == ("", None, True)
    assert from_csv(text).entries == [one, two]  # the same ids each time, so that none comes twice


def test_a_session_that_stands_there_twice_is_one():
    assert from_json(to_json([entry("a"), entry("a")])).entries == [entry("a")]


def test_one_id_for_two_sessions_is_refused():
    with pytest.raises(ExchangeError, match="Session 2, id: found 'a' a second time"):
        from_json(to_json([entry("a"), entry("a", note="other")]))


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
    with pytest.raises(ExchangeError, match=words):
        from_csv(text)


def plain(**changes):
    made = json.loads(to_json([entry("a")]))
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
        (plain(note=7), "Session 1, note: found 7, expected text"),
        (plain(begun=None), "Session 1, begun: found nothing"),
        (plain(begun=["2026"]), "Session 1, begun: found a list of values, expected a time"),
        (plain(spent={"knee_rolls": "long"}), "Session 1, spent: knee_rolls: found 'long'"),
        (plain(finished=1), "Session 1, finished: found 1, expected yes or no"),
    ],
)
def test_what_is_wrong_in_json_is_told_with_its_session(text, words):
    with pytest.raises(ExchangeError, match=words):
        from_json(text)


def test_all_mistakes_are_told_at_once():
    lines = "".join(f"2026-03-01T08:00Z,{n}\n" for n in range(9, 14))
    with pytest.raises(ExchangeError) as caught:
        from_csv(f"begun,comfort_after\n{lines}")
    expected = "expected a whole number from 0 to 10, for example 4."
    assert str(caught.value).splitlines() == [
        "Mend this first:",
        f"Line 4, comfort_after: found 11, {expected}",
        f"Line 5, comfort_after: found 12, {expected}",
        f"Line 6, comfort_after: found 13, {expected}",
    ]


def test_of_many_mistakes_the_first_are_told():
    with pytest.raises(ExchangeError) as caught:
        from_csv("begun\n" + "never\n" * 50)
    assert len(str(caught.value).splitlines()) == 22


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Nothing was read from .*copy.x. It is empty"),
        (bytes(5000), "damaged, or no copy of a journal"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "damaged, or no copy of a journal"),
        (to_csv([entry("a")]).encode()[:-9] + bytes(9), "damaged, or no copy of a journal"),
        (to_csv([entry("a", note="ä")]).encode()[:-3], "It is damaged: take another copy"),
        (to_csv([entry("a")]).encode("utf-16")[:-1], "It is damaged: take another copy"),
        (to_csv([entry("a")]).encode("utf-16") + bytes(8), "It is damaged: take another copy"),
        (to_json([entry("a")]).encode()[:-9], "is no JSON: the file is damaged or was cut short"),
        (b"PK\x03\x04" + bytes(99), "a workbook of a spreadsheet program: open it there, save it"),
        (b"begun\n" + b"x" * 16_000_000, "larger than 16 MB"),
        (b"begun\n" + b"2026-03-01\n" * 30_001, "more than 30000 sessions"),
    ],
)
def test_files_that_are_no_copies_are_refused(tmp_path, content, words):
    (tmp_path / "copy.x").write_bytes(content)
    with pytest.raises(ExchangeError, match=words):
        import_export.read_copy(tmp_path / "copy.x")


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(ExchangeError, match="There is no file"):
        import_export.read_copy(tmp_path / "copy.csv")
    with pytest.raises(ExchangeError, match="is a folder, or no ordinary file"):
        import_export.read_copy(tmp_path)
    with pytest.raises(ExchangeError, match=r"ends in \.csv or \.json"):
        import_export.write_copy([], tmp_path / "copy.xlsx")
