"""A process that writes journals in children of its own, which a test may kill at any moment.

It reads requests, a line of JSON each, and forks a child for each. The child says what the journal
has acknowledged, a line each; ``pid`` comes before, and ``gone`` once it has ended. It needs the
standard library alone, so that a thousand children take seconds.
"""

import json
import os
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from backcare_nb.journal.entry import Entry
from backcare_nb.journal.example import EXAMPLE_LAST_DAY, example_entries
from backcare_nb.journal.store import Journal, JournalError

BATCH = 12
BEGAN = datetime(2026, 3, 1, 8, 0, tzinfo=timezone(timedelta(hours=1)))


def entry(name: str, **changes: object) -> Entry:
    """A session of twelve minutes."""
    ended = BEGAN + timedelta(minutes=12)
    words = {"title": "Rotate the back", "reached": 720_000, "total": 720_000}
    return Entry(name, BEGAN, ended, **words | {"spent": {"knee_rolls": 60_000}} | changes)


def ten_years() -> list[Entry]:
    """A made-up session on each of 3650 days up to the last of the example."""
    made, entries = example_entries(), []
    for n in range(3650):
        each = made[n % len(made)]
        later = EXAMPLE_LAST_DAY - timedelta(days=n) - each.begun.date()
        begun, ended = each.begun + later, each.ended + later
        entries.append(replace(each, id=f"made-up-{n}", begun=begun, ended=ended))
    return entries


def tell(*words: object) -> None:
    os.write(1, f"{json.dumps(words)}\n".encode())


def singly(journal: Journal, name: str, times: int) -> None:
    """New sessions, each with a word on it."""
    for n in range(times):
        journal.save_entries(entry(f"{name}-{n}"))
        tell("wrote", f"{name}-{n}")
        journal.add_feedback(f"{name}-{n}", after=n % 11)
        tell("said", f"{name}-{n}", n % 11)


def batches(journal: Journal, name: str, times: int) -> None:
    """Many sessions at once: all or none."""
    for n in range(times):
        journal.import_copy(entry(f"{name}-{n}-{k}") for k in range(BATCH))
        tell("batch", f"{name}-{n}")


def continued(journal: Journal, name: str, times: int) -> None:
    """One session, further each time."""
    for n in range(1, times + 1):
        journal.save_entries(entry(name, spent={"knee_rolls": n}))
        tell("reached", name, n)


def begun(journal: Journal, name: str, times: int) -> None:
    """A journal of its own, from consent on."""
    own = Journal(journal.path.with_name(f"{name}.sqlite"))
    own.keep()
    own.save_entries(entry(name))
    tell("begun", name)
    singly(journal, name, times)


ACTS = {act.__name__: act for act in (singly, batches, continued, begun)}


def child(request: dict) -> None:
    if "user" in request:
        os.setuid(request["user"])
    try:
        journal = Journal(request["path"])
        ACTS[request["act"]](journal, request["name"], request["times"])
    except JournalError as error:
        tell("error", str(error))
    tell("end")


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            try:
                tell("pid", os.getpid())  # the first that it says
                child(json.loads(line))
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        tell("gone")


if __name__ == "__main__":
    main()
