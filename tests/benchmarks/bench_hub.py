"""A class on the hub: learners log in at once, open a section, which runs as it opens, and start.

python tests/benchmarks/bench_hub.py               ten learners
python tests/benchmarks/bench_hub.py --learners 30 --open 3  thirty log in, three open the section

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
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil
from playwright.sync_api import Browser

from tests import machine
from tests.browser.stage import wait_until_left
from tools import browser as real

SECTION = "back-care/01_relax_the_back.ipynb"


def come_in(learner: machine.Learner) -> dict[str, float]:
    """Log in and wait for a server; the seconds of each."""
    begun = time.perf_counter()
    if not learner.log_in():
        raise RuntimeError(f"{learner.name} was not let in")
    let_in = time.perf_counter() - begun
    learner.ask_for_server()
    learner.wait_for_server()
    return {"let in": let_in, "server": time.perf_counter() - begun}


def open_section(chromium: Browser, learner: machine.Learner) -> dict[str, float]:
    """Open the section, press Start, and see the time go by; the seconds until Start was there."""
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
    page.goto(f"{learner.there.address}/user/{learner.name}/lab/tree/{SECTION}")
    page.locator(".bc-start").first.wait_for()
    alive = time.perf_counter() - begun
    page.locator(".bc-start").first.click()
    page.wait_for_selector(".backcare-player[data-status=running]")
    minutes, seconds = page.locator(".bc-digits").first.inner_text().split(":")
    wait_until_left(page, int(minutes) * 60 + int(seconds) - 2)
    context.close()
    return {"section alive": alive}


def learner_memory_mib(there: machine.Hub, name: str) -> dict[str, float]:
    """PSS and RSS of a learner's server and kernel in MiB."""
    found = dict.fromkeys(("server PSS", "server RSS"), 0.0)
    for process, line in there.processes(name).items():
        kind = "kernel" if "ipykernel" in line else "server"
        memory = psutil.Process(process).memory_full_info()
        for what, size in (("PSS", memory.pss), ("RSS", memory.rss)):
            found[f"{kind} {what}"] = found.get(f"{kind} {what}", 0) + size / 2**20
    return found


def processor_seconds(processes: Iterable[psutil.Process]) -> float:
    """What processes have taken of the processors, which hangs little on those of others."""
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


def hub_processes(there: machine.Hub) -> list[psutil.Process]:
    """The hub and its proxy: what root runs on that machine."""
    hub = psutil.Process(there.first)
    return [each for each in (hub, *hub.children(recursive=True)) if not each.uids().real]


def report(there: machine.Hub, results: dict[str, dict[str, float]], of_hub: float) -> None:
    print(f"{len(results)} learners log in at once; {os.cpu_count()} processors")
    print("load when this was printed: {:.1f}, {:.1f}, {:.1f}\n".format(*os.getloadavg()))
    for name, measured in results.items():
        figures = (
            f"{what} {v:.1f} {'MiB' if 'SS' in what else 's'}" for what, v in measured.items()
        )
        print(f"{name}: {', '.join(figures)}")
    last = max(measured["server"] for measured in results.values())
    busy = sum(measured["server processors"] for measured in results.values()) / len(results)
    print(
        f"\nall {len(results)} had a server after {last:.1f} s, and every timer ran; a server"
        f" started for {busy:.1f} s of processors, and letting all in took {of_hub:.1f} s of them"
    )
    opened = [measured for measured in results.values() if "kernel PSS" in measured]
    each = sum(m["server PSS"] + m["kernel PSS"] for m in opened) / max(len(opened), 1)
    memory = sum(process.memory_full_info().pss for process in hub_processes(there)) / 2**20
    print(f"a learner takes {each:.0f} MiB (PSS), the hub and its proxy {memory:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, default=10)
    parser.add_argument("--open", type=int, help="how many open the section; without it, all")
    chosen = parser.parse_args()
    number = chosen.learners
    if reason := machine.why_not():
        sys.exit(f"Not measured: {reason}.")
    # As the command does, before it starts a hub.
    subprocess.run([sys.executable, "-m", "backcare_nb.html.picture"], cwd=machine.ROOT, check=True)
    passwords = {f"learner{n:02}": f"password of {n}" for n in range(1, number + 1)}
    with tempfile.TemporaryDirectory() as folder, machine.hub(Path(folder), passwords) as there:
        learners = [machine.Learner(there, *account) for account in passwords.items()]
        begun = processor_seconds(hub_processes(there))
        with ThreadPoolExecutor(number) as everybody:
            names = (learner.name for learner in learners)
            results = dict(zip(names, everybody.map(come_in, learners), strict=True))
        for name in results:
            servers = map(psutil.Process, there.processes(name))
            results[name]["server processors"] = processor_seconds(servers)
        of_hub = processor_seconds(hub_processes(there)) - begun
        with real.browser() as chromium:
            for learner in learners[: chosen.open]:
                results[learner.name] |= open_section(chromium, learner)
        for name in results:
            results[name] |= learner_memory_mib(there, name)
        report(there, results, of_hub)


if __name__ == "__main__":
    main()
