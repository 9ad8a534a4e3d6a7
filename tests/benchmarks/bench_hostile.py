"""Ten thousand spoiled files and the known attacks: how each ends, and how long it takes.

python tests/benchmarks/bench_hostile.py              ten thousand
python tests/benchmarks/bench_hostile.py --count 500 --seed 3
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from backcare_nb.figures import disk_cache
from tests import hostile


def main() -> int:
    """Print outcomes, the longest time and every fault; 1 if there is a fault."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), options.seed, options.count)


def files(seed: int, count: int) -> Iterator[tuple[str, str, bytes]]:
    """Files spoiled by chance, then the known attacks on each kind of file."""
    yield from hostile.mutations(seed, count)
    for kind in hostile.USES:
        yield from ((kind, "attack.yaml", content) for content in hostile.ATTACKS.values())


def run(folder: Path, seed: int, count: int) -> int:
    """Use every file in turn, each within its time and watched."""
    disk_cache.FOLDER = folder / "pictures"
    deeds = hostile.Deeds((folder,))
    ends, faults, times = Counter(), [], []
    for number, (kind, name, content) in enumerate(files(seed, count)):
        path = folder / name
        path.write_bytes(content)
        began = time.perf_counter(), time.process_time()
        try:
            with hostile.at_most(20), deeds.watched():
                end = hostile.outcome(kind, path)
        except Exception as error:  # the point is to see every kind of fault
            end = "fault"
            faults.append(f"{number} {name}: {type(error).__name__}: {str(error)[:200]}")
            (Path(tempfile.gettempdir()) / f"hostile-{seed}-{number}-{name}").write_bytes(content)
        spent = time.process_time() - began[1], time.perf_counter() - began[0]
        times.append((*spent, number, kind))
        ends[kind, end] += 1
    return told(ends, faults, times, deeds.found)


def told(ends: Counter, faults: list[str], times: list[tuple], deeds: list[str]) -> int:
    """Print what was found; times are of the processor, since others may be at work too."""
    print(f"{'file':10} {'read':>7} {'refused':>8} {'fault':>6} {'longest':>9}")
    for kind in sorted({kind for kind, _ in ends}):
        longest = max(spent for spent, *_, of in times if of == kind)
        row = [ends[kind, end] for end in ("read", "refused", "fault")]
        print(f"{kind:10} {row[0]:7} {row[1]:8} {row[2]:6} {longest:8.2f} s")
    slow = [number for spent, _, number, _ in times if spent > hostile.LONGEST]
    spent, wall = (sum(found[k] for found in times) for k in (0, 1))
    print(f"{len(times)} files in {wall:.0f} s, {1000 * spent / len(times):.1f} ms of work each")
    longest, clock = max(times), max(found[1] for found in times)
    print(f"longest {longest[0]:.2f} s (number {longest[2]}), by the clock {clock:.2f} s")
    print(f"above {hostile.LONGEST:g} s: {slow or 'none'}")
    print(f"{len(faults)} faults, {len(deeds)} deeds")
    print(*faults, *dict.fromkeys(deeds), sep="\n")
    return 1 if faults or slow or deeds else 0


if __name__ == "__main__":
    sys.exit(main())
