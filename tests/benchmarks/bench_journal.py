"""What a journal of ten years costs: its figures against bare matplotlib, and its safe writes.

    python tests/benchmarks/bench_journal.py

Each pair is measured in turns in one run, and the medians are compared. Figures are measured in
seconds of the processor, which other work on the machine hardly changes; writes as they come.
"""

import io
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from matplotlib.figure import Figure  # noqa: E402

from backcare_nb.html import journal_charts  # noqa: E402
from backcare_nb.journal import example, import_export  # noqa: E402
from backcare_nb.journal.entry import Entry  # noqa: E402
from backcare_nb.journal.store import Journal  # noqa: E402

SESSIONS = 3650
TIMES = 7


def main() -> None:
    entries = ten_years()
    _figures("one session", entries[:1])
    _figures("four months", example.example_entries())
    _figures(f"ten years, {len(entries)} sessions", entries)
    with tempfile.TemporaryDirectory(dir=ROOT / "tests") as folder:
        _file(Path(folder), entries)


def ten_years() -> list[Entry]:
    """A made-up session on each of so many days up to the example's last."""
    made = example.example_entries()
    last = example.EXAMPLE_LAST_DAY
    days = (last - timedelta(days=n) for n in range(SESSIONS))
    return [_moved(made[n % len(made)], day, n) for n, day in enumerate(days)]


def _moved(entry: Entry, day, n: int) -> Entry:
    by = day - entry.begun.date()
    return replace(entry, id=f"made-up-{n}", begun=entry.begun + by, ended=entry.ended + by)


# Figures


def _figures(name: str, entries: list[Entry]) -> None:
    made = journal_charts.journal_charts(entries, example.EXAMPLE_LAST_DAY, {})
    artists = [sum(len(axes.get_children()) for axes in c.figure().axes) for c in made]

    def ours() -> None:
        for chart in journal_charts.journal_charts(entries, example.EXAMPLE_LAST_DAY, {}):
            chart.svg()

    def bare() -> None:
        for count in artists:
            _bare(count)

    ours_s, bare_s = _compare(ours, bare, clock=time.process_time)
    size = sum(len(chart.svg()) for chart in made) / 1000
    print(f"{name}: {len(made)} figures with {sum(artists)} artists, {size:.0f} kB")
    print(f"  all of them: {ours_s:.3f} s (at most 1) {'ok' if ours_s < 1 else 'MISSED'}")
    print(f"  against bare matplotlib with as many artists: {ours_s / bare_s:.2f}")
    if len(entries) == SESSIONS:
        every, _ = _compare(lambda: _patches(entries), lambda: None, clock=time.process_time)
        print(f"  against bare matplotlib with a patch for each session: {ours_s / every:.2f}")


def _bare(count: int) -> None:
    """A figure with axes, and lines until there are as many artists."""
    made = Figure()
    axes = made.subplots()
    while len(axes.get_children()) < count:
        axes.plot([0, 1], [0, 1])
    made.savefig(io.StringIO(), format="svg")


def _patches(entries: list[Entry]) -> None:
    """What comes first to mind: a bar for each session."""
    made = Figure()
    axes = made.subplots()
    axes.bar([entry.begun for entry in entries], [entry.practice_ms for entry in entries])
    made.savefig(io.StringIO(), format="svg")


# The file


def _file(folder: Path, entries: list[Entry]) -> None:
    journal = Journal(folder / "my_practice.sqlite")
    journal.keep()
    journal.put(*entries)
    fresh = iter(range(10**6))
    safe, plain = _compare(
        lambda: journal.put(replace(entries[0], id=f"new-{next(fresh)}")),
        lambda: _careless(folder / "plain.sqlite", next(fresh)),
        25,
    )
    print(f"one session written, on the disk when it returns: {1000 * safe:.1f} ms")
    print(f"  against sqlite3 with synchronous=OFF: {safe / plain:.1f} times")
    read, _ = _compare(journal.entries, lambda: None)
    print(f"ten years read and checked: {read:.3f} s, {journal.path.stat().st_size / 1000:.0f} kB")
    for write, parse in (
        (import_export.to_csv, import_export.from_csv),
        (import_export.to_json, import_export.from_json),
    ):
        text = write(entries)
        there, back = _compare(lambda w=write: w(entries), lambda p=parse, t=text: p(t))
        print(f"{write.__name__}: {there:.3f} s, {len(text) / 1000:.0f} kB; back: {back:.3f} s")


def _careless(path: Path, n: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY, title TEXT)")
    connection.execute("INSERT INTO session VALUES (?, 'Rotate the back')", (n,))
    connection.commit()
    connection.close()


def _compare(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    times: int = TIMES,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    ours(), theirs()
    pairs = [(_seconds(ours, clock), _seconds(theirs, clock)) for _ in range(times)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def _seconds(call: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    call()
    return clock() - start


if __name__ == "__main__":
    main()
