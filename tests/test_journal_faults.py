"""The journal in bad times: killed, crowded, no room, no right to write, damaged."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from backcare_nb.journal import database, store
from backcare_nb.journal.store import JOURNAL_FILE_NAME, Journal, JournalError
from tests import journal_writer
from tests.journal_writer import BATCH, entry

KILLS = 400
LOST = "\N{REPLACEMENT CHARACTER}"  # where some of a text could not be read
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path / JOURNAL_FILE_NAME)
    made.keep()
    return made


@contextmanager
def writer():
    """A process that writes in children; see journal_writer."""
    command = [sys.executable, "-I", "-S", journal_writer.__file__]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with tempfile.TemporaryDirectory() as scratch:  # where one that is killed leaves what it does
        Path(scratch).chmod(0o777)
        surroundings = os.environ | {"TMPDIR": scratch}
        with subprocess.Popen(command, env=surroundings, **pipes) as process:
            yield process
            process.stdin.close()


def ask(process, path, act="singly", name="s", times=10**9, **more):
    """Start a child; its pid."""
    request = {"path": str(path), "act": act, "name": name, "times": times, **more}
    process.stdin.write(f"{json.dumps(request)}\n")
    word, pid = json.loads(process.stdout.readline())
    assert word == "pid"
    return pid


def told(process):
    """What a child has said when it is gone."""
    said = []
    while (words := json.loads(process.stdout.readline())) != ["gone"]:
        said.append(words)
    return said


def aside(journal, what="damaged"):
    return sorted(p for p in journal.path.parent.iterdir() if f".{what}-" in p.name)


def many(count=400):
    return [entry(f"s{n:03}", note=f"note {n} " * 20) for n in range(count)]


# Killed


class Promises:
    """What children were told, and what must be in their journals for ever."""

    def __init__(self, folder):
        self.folder = folder
        self.known = {}
        self.begun = []

    def take(self, said):
        for word, name, *more in said:
            if word == "batch":
                self.known.update({f"{name}-{k}": {} for k in range(BATCH)})
            elif word == "begun":
                self.begun.append(name)
            else:
                self.known.setdefault(name, {})[word] = more

    def kept(self):
        """See that all is there; the number of sessions."""
        journal = Journal(self.folder / JOURNAL_FILE_NAME)
        found = {each.id: each for each in journal.read_all_entries()}
        for name, words in self.known.items():
            assert name in found
            assert words.get("said", [found[name].after]) == [found[name].after]
            assert found[name].work_ms >= words.get("reached", [0])[0]
        for name in self.begun:
            assert Journal(self.folder / f"{name}.sqlite").read_all_entries() == [entry(name)]
        batches = [name.rsplit("-", 1)[0] for name in found if name.startswith("batches")]
        assert all(batches.count(name) == BATCH for name in set(batches))
        assert journal.notices == []
        return len(found)


@forks
def test_a_journal_killed_hundreds_of_times_while_writing_loses_nothing_it_acknowledged(tmp_path):
    chance = random.Random(20260301)
    acts = list(journal_writer.ACTS)
    sessions = acknowledged = struck = 0
    with writer() as process:
        for start in range(0, KILLS, 50):
            folder = tmp_path / str(start)
            folder.mkdir()
            Journal(folder / JOURNAL_FILE_NAME).keep()
            promises = Promises(folder)
            for n in range(start, start + 50):
                pid = ask(
                    process, folder / JOURNAL_FILE_NAME, (act := chance.choice(acts)), f"{act}-{n}"
                )
                first = [json.loads(process.stdout.readline())] if n % 2 else []
                time.sleep(chance.uniform(0, 0.012))
                os.kill(pid, 9)
                said = first + told(process)
                assert ["end"] not in said
                acknowledged += len(said)
                struck += (folder / f"{JOURNAL_FILE_NAME}-journal").exists()
                promises.take(said)
                if n % 5 == 0:
                    promises.kept()
            sessions += promises.kept()
            shutil.rmtree(folder)
    assert acknowledged >= KILLS / 2
    assert sessions >= KILLS / 8
    assert struck  # some died in the middle of a write


# Crowded


@forks
def test_notebooks_that_write_at_once_lose_nothing_and_count_one_session_once(journal):
    with writer() as one, writer() as two, writer() as three:
        crowd = {"a": one, "b": two, "c": three}
        for act, names, times in (("singly", "abc", 25), ("continued", "ddd", 20)):
            for name, process in zip(names, crowd.values(), strict=True):
                ask(process, journal.path, act, name, times)
            for process in crowd.values():
                said = told(process)
                assert said[-1] == ["end"]
                assert [words for words in said if words[0] == "error"] == []
    found = {each.id: each for each in journal.read_all_entries()}
    assert len(found) == 76
    assert found["d"].work_ms == 20


def test_a_journal_that_another_notebook_keeps_locked_is_reported(journal, monkeypatch):
    monkeypatch.setattr(store, "LOCK_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(journal.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(JournalError, match="Another notebook has been writing"):
            journal.save_entries(entry("a"))
    journal.save_entries(entry("a"))
    assert journal.read_all_entries() == [entry("a")]


def test_a_file_that_grows_while_it_is_looked_at_is_not_taken_for_one_cut_short(journal):
    read, other = database.read_pragma, Journal(journal.path)

    def growing(connection, pragma):
        if pragma == "page_count":
            patch.setattr(database, "read_pragma", read)
            other.save_entries(*many(60))
        return read(connection, pragma)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "read_pragma", growing)
        assert len(journal.read_all_entries()) == 60
    assert (journal.notices, aside(journal)) == ([], [])


@pytest.mark.parametrize("deleted", [False, True])
def test_an_entry_written_while_its_file_was_moved_away_is_written_again_or_refused(
    journal, monkeypatch, deleted
):
    put, moved = database.insert_or_merge_entries, journal.path.with_name("moved.sqlite")

    def moving(connection, entries):
        put(connection, entries)
        if not moved.exists():
            journal.path.rename(moved)
            if not deleted:  # another notebook had set it aside
                Journal(journal.path).keep()

    monkeypatch.setattr(database, "insert_or_merge_entries", moving)
    if deleted:
        with pytest.raises(JournalError, match="No journal is kept here"):
            journal.save_entries(entry("a"))
    else:
        journal.save_entries(entry("a"))
        assert journal.read_all_entries() == [entry("a")]


# No room


def test_a_full_disk_is_reported_and_what_was_there_stays(journal, monkeypatch):
    journal.save_entries(entry("a"))
    connect = Journal._connect

    def small(self):
        connection = connect(self)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_connect", small)
        with pytest.raises(JournalError, match="no room left on the disk"):
            journal.save_entries(*(entry(f"b{n}", note="x" * 4000) for n in range(50)))
    assert journal.read_all_entries() == [entry("a")]
    journal.save_entries(entry("b"))
    assert len(journal.read_all_entries()) == 2


@forks
def test_a_disk_that_is_really_full_loses_nothing(tmp_path):
    disk = tmp_path / "small disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only an administrator on Linux may make a small disk")
    try:
        Journal(disk / JOURNAL_FILE_NAME).keep()
        with writer() as process:
            ask(process, disk / JOURNAL_FILE_NAME, "singly", "s")
            *said, (_, sentence), _ = told(process)
        assert "no room left on the disk" in sentence
        kept = {each.id for each in Journal(disk / JOURNAL_FILE_NAME).read_all_entries()}
        assert {name for _, name, *_ in said} <= kept
        assert len(kept) > 20
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_journal_that_cannot_be_begun_for_want_of_room_is_not_there_afterwards(
    tmp_path, monkeypatch
):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(JournalError, match="No space left on device"):
        Journal(tmp_path / JOURNAL_FILE_NAME).keep()
    assert list(tmp_path.iterdir()) == []


# No right to write or read


@pytest.fixture
def forbidden():
    """A folder that a person without rights may read and not write."""
    folder = Path(tempfile.mkdtemp(prefix="read only "))
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@forks
@pytest.mark.parametrize(
    ("file", "folder", "sentence"),
    [
        (None, 0o555, "cannot be written"),
        (0o444, 0o555, "cannot be written"),
        (0, 0o777, f"{JOURNAL_FILE_NAME} cannot be read (Permission denied). Nothing was changed"),
    ],
)
def test_without_permission_to_write_a_journal_a_sentence_says_so_and_nothing_changes(
    forbidden, file, folder, sentence
):
    journal = Journal(forbidden / JOURNAL_FILE_NAME)
    known = [] if file is None else [entry("a")]
    if known:
        journal.keep()
        journal.save_entries(*known)
        journal.path.chmod(file)
    forbidden.chmod(folder)
    user = {"user": 65534} if os.getuid() == 0 else {}
    with writer() as process:
        ask(process, journal.path, "singly" if known else "begun", "mine", 1, **user)
        (error, said), end = told(process)
    assert (error, end) == ("error", ["end"])
    assert sentence in said
    assert store.JOURNAL_PATH_VARIABLE in said
    if known:
        journal.path.chmod(0o600)
    assert journal.read_all_entries() == known
    assert len(list(forbidden.iterdir())) == len(known)


def test_a_folder_in_the_place_of_the_file_is_reported_and_left_alone(tmp_path):
    (tmp_path / JOURNAL_FILE_NAME).mkdir()
    (tmp_path / JOURNAL_FILE_NAME / "mine.txt").write_text("mine")
    with pytest.raises(JournalError, match=f"{JOURNAL_FILE_NAME} is a folder"):
        Journal(tmp_path / JOURNAL_FILE_NAME).save_entries(entry("a"))
    assert [p.name for p in tmp_path.rglob("*")] == [JOURNAL_FILE_NAME, "mine.txt"]


# Something else, or emptied


@pytest.mark.parametrize("content", [b"Dear diary,\n" * 300, b"\x89PNG" + bytes(9000)])
def test_a_file_of_something_else_is_kept_aside_and_reported(journal, content):
    journal.path.write_bytes(content)
    journal.save_entries(entry("a"))
    (old,) = aside(journal, "not-a-journal")
    assert old.read_bytes() == content
    assert journal.read_all_entries() == [entry("a")]
    (notice,) = journal.notices
    assert notice.startswith(f"{JOURNAL_FILE_NAME} was no journal. It is kept as {old.name}")
    assert "import_journal" in notice


def test_a_database_of_something_else_is_kept_aside_and_not_deleted_with_the_journal(journal):
    journal.path.unlink()
    with closing(sqlite3.connect(journal.path)) as connection:
        connection.executescript("CREATE TABLE recipe (name); INSERT INTO recipe VALUES ('soup')")
    journal.save_entries(entry("a"))
    journal.delete()
    (old,) = journal.path.parent.iterdir()
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT name FROM recipe").fetchall() == [("soup",)]


def test_a_leftover_log_beside_a_spoiled_journal_does_not_reach_the_new_one(journal):
    journal.path.unlink()
    with closing(sqlite3.connect(journal.path)) as other:
        other.executescript("PRAGMA journal_mode = WAL; CREATE TABLE recipe (name);")
        log = Path(f"{journal.path}-wal")
        left = log.read_bytes()
    journal.path.write_bytes(bytes(5000))
    log.write_bytes(left)
    journal.save_entries(entry("a"))
    assert journal.read_all_entries() == [entry("a")]
    assert len(journal.notices) == 1


def test_a_journal_that_was_emptied_is_told_and_set_aside_and_one_just_begun_is_not(journal):
    assert Journal(journal.path).read_all_entries() == []
    journal.save_entries(entry("a"))
    assert (journal.notices, aside(journal)) == ([], [])
    journal.path.write_bytes(b"")
    journal.save_entries(entry("b"))
    assert journal.read_all_entries() == [entry("b")]
    (old,), (notice,) = aside(journal), journal.notices
    assert notice.startswith(
        f"{JOURNAL_FILE_NAME} had been emptied. It is kept as {old.name}, and a"
    )


def test_files_that_are_set_aside_one_after_another_keep_names_of_their_own(journal):
    contents = [b"", bytes(5000), b"x", b"", b"SQLite format 3\0"]
    for content in contents:
        journal.path.write_bytes(content)
        journal.save_entries(entry("a"))
    assert sorted(p.read_bytes() for p in aside(journal)) == sorted(contents)
    assert len(journal.notices) == len(contents)


# Damaged


def spoiled(journal, spoil, *entries):
    """The sessions that a journal had, before its bytes were spoiled."""
    journal.save_entries(*entries)
    known, raw = journal.read_all_entries(), journal.path.read_bytes()
    journal.path.write_bytes(spoil(raw))
    assert journal.path.read_bytes() != raw
    return known


@pytest.mark.parametrize("kind", ["cut", "head", "tail"])
def test_a_journal_cut_short_or_zeroed_anywhere_is_told_and_what_is_left_is_brought_over(
    journal, kind
):
    ways = {
        "cut": lambda raw, n: raw[:n],
        "head": lambda raw, n: bytes(n) + raw[n:],
        "tail": lambda raw, n: raw[:-n] + bytes(n),
    }
    known = many(60)
    journal.save_entries(*known)
    whole = journal.path.read_bytes()
    edges = {1, 15, 16, 99, 100, 511, 512, 4095, 4096, 4097, 8192, len(whole) - 1, len(whole) - 2}
    for n in sorted(edges | set(random.Random(11).sample(range(len(whole)), 25))):
        journal.path.write_bytes(ways[kind](whole, n))
        found = journal.read_all_entries()
        (old,) = aside(journal) + aside(journal, "not-a-journal")
        assert old.read_bytes() == ways[kind](whole, n)
        assert [each for each in found if each not in known and LOST not in each.note] == []
        assert old.name in journal.notices.pop()
        old.unlink()
        journal.path.unlink()
        journal.keep()


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_of_a_file_cut_short_what_lies_before_the_cut_is_brought_over(journal, share):
    known = spoiled(journal, lambda raw: raw[: int(len(raw) * share)], *many())
    found = journal.read_all_entries()
    assert all(each in known for each in found)
    assert 400 * share - 60 < len(found) < 400
    assert f"{len(found) or 'no'} session" in journal.notices[0]


@pytest.mark.parametrize(
    ("entries", "spoil"),
    [
        (many(), lambda raw: bytes(8192) + raw[8192:]),  # its beginning
        (many(3), lambda raw: raw[:-1] + b"X"),  # the order of the sessions alone
        ([entry(f"s{n}", note="ä" * 4000) for n in range(9)], lambda raw: b"\0" + raw[1:]),
    ],
)
def test_damage_that_hits_no_session_costs_none(journal, entries, spoil):
    assert spoiled(journal, spoil, *entries) == journal.read_all_entries()
    assert f"{len(entries)} sessions could be read" in journal.notices[0]


def test_a_journal_that_lacks_its_last_byte_is_told_even_where_that_is_a_number(journal):
    spoiled(journal, lambda raw: raw[:-1], *(entry(f"s{n:03}", right=45) for n in range(100)))
    raw = journal.path.read_bytes()
    assert raw[-4095] == database.SQLITE_ROWS_PAGE_TYPE_BYTE
    assert [each.right for each in journal.read_all_entries()] == [45] * 99
    assert "99 sessions could be read" in journal.notices[0]


def test_a_damaged_note_is_recovered_with_a_mark_for_the_lost_bytes_and_no_session_is_lost(journal):
    def spoil(raw):
        return raw.replace(b"was calm", b"was\xffcalm")

    spoiled(journal, spoil, entry("a", note="all was calm"), entry("b"))
    assert [each.note for each in journal.read_all_entries()] == [f"all was{LOST}calm", ""]
    assert "2 sessions could be read" in journal.notices[0]


def test_a_journal_damaged_anywhere_at_random_can_still_be_read_and_written_to(journal):
    journal.save_entries(*many(120))
    whole = journal.path.read_bytes()
    chance = random.Random(7)
    saved = []
    for _ in range(60):
        raw = bytearray(whole)
        for _ in range(chance.choice((1, 8, 200))):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        raw[60:64] = whole[60:64]  # the version: a newer one is no damage
        journal.path.write_bytes(raw)
        saved.append(len(journal.read_all_entries()))
        journal.save_entries(entry("later"))
        assert entry("later") in journal.read_all_entries()
        for old in aside(journal):
            old.unlink()
    assert max(saved) >= 115


def test_a_row_that_makes_no_sense_costs_no_other(journal):
    journal.save_entries(*many(30))
    with closing(sqlite3.connect(journal.path, isolation_level=None)) as connection:
        connection.execute("UPDATE session SET spent = 'not json' WHERE id = 's007'")
    assert len(journal.read_all_entries()) == 29
    assert len(aside(journal)) == 1


def test_two_notebooks_that_salvage_one_damaged_journal_at_once_lose_no_session(journal):
    spoiled(journal, lambda raw: raw[:-2000] + bytes(2000), *many(30))
    other = Journal(journal.path)
    found = len(journal.read_all_entries())
    other._set_aside_and_salvage()  # as if it had found the damage at the same moment
    assert len(other.read_all_entries()) == found
    assert len(aside(journal)) == 2


def test_a_damaged_file_that_cannot_be_moved_is_reported(journal, monkeypatch):
    journal.path.write_bytes(b"Dear diary,\n" * 300)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(store.os, "rename", refuse)
    with pytest.raises(JournalError, match="is damaged, and could not be set aside"):
        journal.save_entries(entry("a"))
    assert journal.path.read_bytes() == b"Dear diary,\n" * 300
