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
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from matplotlib.figure import Figure  # noqa: E402

from backcare_nb.html.journal_charts import make_journal_charts  # noqa: E402
from backcare_nb.journal.entry import Entry  # noqa: E402
from backcare_nb.journal.example import EXAMPLE_LAST_DAY, example_entries  # noqa: E402
from backcare_nb.journal.import_export import format_csv, format_json, parse_csv, parse_json  # noqa: E402
from backcare_nb.journal.store import Journal  # noqa: E402
from tests.journal_writer import ten_years  # noqa: E402


def main() -> None:
    entries = ten_years()
    measure_figures("one session", entries[:1])
    measure_figures("four months", example_entries())
    measure_figures(f"ten years, {len(entries)} sessions", entries)
    with tempfile.TemporaryDirectory(dir=ROOT / "tests") as folder:
        measure_file(Path(folder), entries)


def measure_figures(name: str, entries: list[Entry]) -> None:
    charts = make_journal_charts(entries, EXAMPLE_LAST_DAY, {})
    artists = [sum(len(axes.get_children()) for axes in c.figure().axes) for c in charts]
    size = sum(len(chart.svg()) for chart in charts) / 1000

    def draw() -> None:
        for chart in make_journal_charts(entries, EXAMPLE_LAST_DAY, {}):
            chart.svg()

    def draw_bare() -> None:
        """Figures with axes, and lines until there are as many artists."""
        for number in artists:
            figure = Figure()
            axes = figure.subplots()
            while len(axes.get_children()) < number:
                axes.plot([0, 1], [0, 1])
            figure.savefig(io.StringIO(), format="svg")

    def draw_bars() -> None:
        """What comes first to mind: a bar for each session."""
        figure = Figure()
        begun = [entry.begun for entry in entries]
        figure.subplots().bar(begun, [entry.practice_ms for entry in entries])
        figure.savefig(io.StringIO(), format="svg")

    ours, bare, bars = compare(draw, draw_bare, draw_bars, clock=time.process_time)
    print(f"{name}: {len(charts)} figures with {sum(artists)} artists, {size:.0f} kB")
    print(f"  all of them: {ours:.3f} s (at most 1) {'ok' if ours < 1 else 'MISSED'}")
    print(f"  against bare matplotlib with as many artists: {ours / bare:.2f}")
    print(f"  against bare matplotlib with a bar for each session: {ours / bars:.2f}")


def measure_file(folder: Path, entries: list[Entry]) -> None:
    journal = Journal(folder / "my_practice.sqlite")
    journal.keep()
    journal.save_entries(*entries)
    fresh = count()

    def write_careless() -> None:
        connection = sqlite3.connect(folder / "plain.sqlite")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY, title)")
        connection.execute("INSERT INTO session VALUES (?, 'Rotate the back')", (next(fresh),))
        connection.commit()
        connection.close()

    def write_safe() -> None:
        journal.save_entries(replace(entries[0], id=f"new-{next(fresh)}"))

    safe, careless = compare(write_safe, write_careless, times=25)
    print(f"one session written, on the disk when it returns: {1000 * safe:.1f} ms")
    print(f"  against sqlite3 with synchronous=OFF: {safe / careless:.1f} times")
    (read,) = compare(journal.read_all_entries)
    print(f"ten years read and checked: {read:.3f} s, {journal.path.stat().st_size / 1000:.0f} kB")
    for write, parse in ((format_csv, parse_csv), (format_json, parse_json)):
        text = write(entries)
        there, back = compare(lambda w=write: w(entries), lambda p=parse, t=text: p(t))
        print(f"{write.__name__}: {there:.3f} s, {len(text) / 1000:.0f} kB; back: {back:.3f} s")


def compare(
    *calls: Callable[[], object], times: int = 7, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """The median seconds of each call, all in turns."""
    seconds: list[list[float]] = [[] for _ in calls]
    for turn in range(times + 1):
        for call, taken in zip(calls, seconds, strict=True):
            start = clock()
            call()
            if turn:  # the first is to warm up
                taken.append(clock() - start)
    return [statistics.median(taken) for taken in seconds]


if __name__ == "__main__":
    main()
