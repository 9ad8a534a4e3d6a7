"""A class on the hub: learners log in at once, open a section, run it all and press Start.

python tests/benchmarks/bench_hub.py               ten learners
python tests/benchmarks/bench_hub.py --learners 3  fewer

It takes Linux and root. Everybody logs in and asks for a server in the same moment. The notebooks
are opened one after the other, in one browser of this machine, and closed when the first timer
runs: ten browsers would measure the browsers, and in a class each learner brings one. All servers
and kernels stay up until memory is read: PSS shares what processes have in common among them, RSS
counts it each time.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.sync_api import Browser, Page

from tests import machine
from tests.browser.stage import wait_until_left
from tools import browser as real

SECTION = "01_relax_the_back.ipynb"
MIB = 2**20
START = """async () => {
    const index = notebook.content.widgets.findIndex(
        (cell) => cell.model.sharedModel.source.includes("play("));
    notebook.content.activeCellIndex = index;
    await notebook.content.scrollToItem(index, "start");
}"""


@dataclass
class Measured:
    """What a learner waited for, in seconds."""

    name: str
    let_in: float = 0.0
    server: float = 0.0
    opened: float = 0.0
    ran: float = 0.0
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, default=10)
    number = parser.parse_args().learners
    if reason := machine.why_not():
        sys.exit(f"Not measured: {reason}.")
    # As start.py does, before it starts a hub.
    subprocess.run([sys.executable, "-m", "backcare_nb.html.picture"], cwd=machine.ROOT, check=True)
    passwords = {f"learner{n:02}": f"password of {n}" for n in range(1, number + 1)}
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "settings.py")
        settings.write_text("c.Spawner.args.extend(['--LabApp.expose_app_in_browser=True'])\n")
        with machine.hub(Path(folder), passwords) as there:
            report(there, measure(there, passwords))


def measure(there: machine.Hub, passwords: dict[str, str]) -> list[Measured]:
    learners = [machine.Learner(there, name, word) for name, word in passwords.items()]
    with ThreadPoolExecutor(len(learners)) as everybody:
        results = list(everybody.map(come_in, learners))
    with real.browser() as chromium:
        for learner, result in zip(learners, results, strict=True):
            open_section(chromium, learner, result)
            print(f"{result.name}: the section ran, and its first timer runs", flush=True)
    for result in results:
        result.memory = memory(there, result.name)
    return results


def come_in(learner: machine.Learner) -> Measured:
    result, begun = Measured(learner.name), time.perf_counter()
    if not learner.log_in():
        raise RuntimeError(f"{learner.name} was not let in")
    result.let_in = time.perf_counter() - begun
    learner.ask_for_server()
    learner.wait_for_server()
    result.server = time.perf_counter() - begun
    return result


def open_section(chromium: Browser, learner: machine.Learner, result: Measured) -> None:
    """Open the section as the learner, run it all, press Start, and see the time go by."""
    address = learner.there.address
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies(
        [
            {"name": c.name, "value": c.value.strip('"'), "domain": "127.0.0.1", "path": c.path}
            for c in learner.browser.cookies
        ]
    )
    page = context.new_page()
    page.set_default_timeout(120_000)
    begun = time.perf_counter()
    real.open_notebook(page, f"{address}/user/{learner.name}", f"back-care/{SECTION}")
    result.opened = time.perf_counter() - begun
    real.run_all(page)
    result.ran = time.perf_counter() - begun - result.opened
    page.evaluate(START)
    page.locator(".bc-start").first.click()
    page.wait_for_selector(".backcare-player[data-status=running]")
    wait_until_left(page, seconds_left(page) - 2)
    context.close()


def seconds_left(page: Page) -> int:
    minutes, seconds = page.locator(".bc-digits").first.inner_text().split(":")
    return int(minutes) * 60 + int(seconds)


def memory(there: machine.Hub, name: str) -> dict[str, tuple[float, float]]:
    """PSS and RSS in MiB of a learner's server and kernel."""
    found = {}
    for process, line in there.processes(name).items():
        kind = "kernel" if "ipykernel" in line else "server"
        pss, rss = (a + b for a, b in zip(found.get(kind, (0, 0)), use(process), strict=True))
        found[kind] = (pss, rss)
    return found


def use(process: int) -> tuple[float, float]:
    """PSS and RSS of a process in MiB."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 / MIB for line in lines}
    return sizes["Pss"], sizes["Rss"]


def report(there: machine.Hub, results: list[Measured]) -> None:
    print(f"{len(results)} learners log in at once; {os.cpu_count()} processors")
    print("load when this was printed: {:.1f}, {:.1f}, {:.1f}\n".format(*os.getloadavg()))
    print(f"{'':12}{'let in':>9}{'server':>9}{'notebook':>10}{'run all':>9}", end="")
    print(f"{'server PSS':>13}{'RSS':>6}{'kernel PSS':>13}{'RSS':>6}")
    for each in results:
        print(f"{each.name:12}{each.let_in:8.1f}s{each.server:8.1f}s", end="")
        print(f"{each.opened:9.1f}s{each.ran:8.1f}s", end="")
        for kind in ("server", "kernel"):
            pss, rss = each.memory[kind]
            print(f"{pss:9.0f} MiB{rss:6.0f}", end="")
        print()
    last = max(each.server for each in results)
    each = sum(pss for result in results for pss, _ in result.memory.values()) / len(results)
    print(f"\nall {len(results)} had a server after {last:.1f} s; and every timer ran")
    print(
        f"a learner takes {each:.0f} MiB (PSS), the hub and its proxy {hub_memory(there):.0f} MiB"
    )


def hub_memory(there: machine.Hub) -> float:
    """PSS in MiB of the hub and its proxy."""
    shared = Path("/proc", str(there.first), "ns", "pid").readlink()
    total = 0.0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_text()
            if (entry / "ns" / "pid").readlink() == shared and not entry.stat().st_uid:
                total += use(int(entry.name))[0] if "python" in line else 0
        except OSError:  # it ended meanwhile
            continue
    return total


if __name__ == "__main__":
    main()
