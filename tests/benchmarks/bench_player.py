"""The player's promises, measured in Chromium beside the ways that timers are usually made.

    python tests/benchmarks/bench_player.py                   everything; takes 25 minutes
    python tests/benchmarks/bench_player.py --seconds 20 --hidden 20    the long waits shortened

One run prints one table. "Chained" is a thread in the kernel that sleeps a second at a time and
writes to a label (for tones and the hidden tab: setTimeout in the page); "Play" is ipywidgets.Play.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from websocket import create_connection

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from backcare_nb.sessions.timeline import Phase, PhaseCue, Timeline, compile_session, timer_timeline  # noqa: E402
from tests.browser.cells import run  # noqa: E402
from tests.browser.stage import Player, player_html, serve, write_site  # noqa: E402
from tests.samples import breathe, middle  # noqa: E402
from tools import browser as real  # noqa: E402

MEASURES = Path(__file__).with_suffix(".js")
SETUP = """
import ctypes, threading, time
import ipywidgets as widgets
from backcare_nb.notebook.player import play, timer

player = timer(minutes=0, seconds=SECONDS)
play_widget = widgets.Play(value=0, min=0, max=SECONDS, interval=1000)
play_value = widgets.IntText()
widgets.link((play_widget, "value"), (play_value, "value"))
label, stop = widgets.Label("-"), widgets.Button(description="stop")
stop.on_click(lambda _: setattr(label, "value", "stopped"))
named = {"play": play_widget, "value": play_value, "label": label, "stop": stop}
for name, widget in named.items():
    widget.add_class("bench-" + name)

def chain():
    for second in range(SECONDS + 1):
        label.value = str(second)
        if second < SECONDS:
            time.sleep(1)

display(player, widgets.VBox([play_widget, play_value, label, stop]))
"""
WORK = "threading.Thread(target=chain).start()\nend = time.time() + SECONDS + 3\n" + (
    "while time.time() < end:\n    sum(range(100_000))"
)
GIL = "time.sleep(0.3)\nctypes.PyDLL(None).usleep(6_000_000)"
MOVING = "practice = play('constructive_rest', minutes=1)\npractice"
BUSY = "end = time.time() + 25\nwhile time.time() < end:\n    sum(range(100_000))"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=600, help="length of the timed session")
    parser.add_argument("--hidden", type=int, default=600, help="seconds in a hidden tab")
    options = parser.parse_args()
    rows = [*in_jupyterlab(options.seconds), *on_a_page(), *hidden(options.hidden)]
    print("| Promise | Promised | Player | Chained | ipywidgets.Play |")
    print("| --- | --- | --- | --- | --- |")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def in_jupyterlab(seconds: int) -> list[tuple[str, ...]]:
    """What a kernel can disturb: the end, Pause, messages, keys and frames."""
    sources = [SETUP, WORK, GIL, MOVING, BUSY]
    with tempfile.TemporaryDirectory() as folder:
        cells = [source.replace("SECONDS", str(seconds)) for source in sources]
        real.write_notebook(Path(folder, "bench.ipynb"), cells)
        with (
            real.lab(Path(folder)) as address,
            real.browser() as chromium,
            real.new_page(chromium, viewport={"width": 1280, "height": 900}) as page,
        ):
            page.set_default_timeout((seconds + 60) * 1000)
            page.add_init_script(path=MEASURES)
            real.open_notebook(page, address, "bench.ipynb")
            run(page, 0)
            page.wait_for_selector(".bc-start")
            page.wait_for_selector(".bench-value input")
            return [*ends(page, seconds), pause(page), frames(page), keys(page)]


def ends(page, seconds: int) -> list[tuple[str, ...]]:
    run(page, 1, wait=False)
    page.evaluate("watchEnds", seconds)
    page.wait_for_function("() => Object.keys(bench.ends).length === 3")
    bench = page.evaluate("bench")
    late = [
        f"{bench['ends'][name] - bench['begins'][name] - seconds * 1000:+.0f} ms"
        for name in ("player", "chained", "play")
    ]
    mine = sum(count for comm, count in bench["sent"].items() if comm in bench["players"])
    rest = sum(bench["sent"].values()) - mine
    return [
        (f"end error over {seconds} s, kernel busy", "<= 20 ms", *late),
        ("messages to the kernel in that time", "1", str(mine), "-", str(rest)),
    ]


def pause(page) -> tuple[str, ...]:
    page.wait_for_function("() => window.ran")
    page.click(".bc-start")
    run(page, 2, wait=False)
    page.wait_for_timeout(1000)
    mine = page.evaluate("measurePress", [".bc-start", ".bc-start", "Go on"])
    other = page.evaluate("measurePress", [".bench-stop", ".bench-label", "stopped"])
    promise = "Pause while the kernel holds the GIL"
    return (promise, "<= 50 ms", f"{mine:.1f} ms", f"{other:.0f} ms", "-")


def frames(page) -> tuple[str, ...]:
    run(page, 3)
    start = page.locator(".bc-start").last
    start.scroll_into_view_if_needed()
    start.click()
    run(page, 4, wait=False)
    times = sorted(page.evaluate("measureFrames()"))
    page.wait_for_function("() => window.ran")
    share = sum(t <= 17.5 for t in times) / len(times)
    figure = f"{share:.0%} of frames, 95th {times[int(0.95 * len(times))]:.1f} ms"
    return ("frames within 17.5 ms, kernel busy", ">= 95%", figure, "-", "-")


def keys(page) -> tuple[str, ...]:
    count = "() => notebook.content.model.toJSON().cells.length"
    lost = []
    for place in (".bc-start", ".bench-play button"):
        before = page.evaluate(count)
        page.focus(place)
        page.keyboard.press("d")
        page.keyboard.press("d")
        lost.append(f"{before - page.evaluate(count)} cells")
    return ("lost by pressing D D on a button", "0", lost[0], "-", lost[1])


def on_a_page() -> list[tuple[str, ...]]:
    """What the page itself can disturb: a tone, a reload, another tab."""
    cues = (PhaseCue(2000, "count"),)
    tone = Phase(kind="hold", start_ms=0, duration_ms=9000, title="Tone", cues=cues)
    session = Timeline("Tone", 9000, (tone,))
    with served(session) as address, real.browser() as chromium:
        late = []
        for chained in (False, True):
            with real.new_page(chromium) as page:
                page.add_init_script(path=MEASURES)
                page.goto(address)
                page.mouse.click(5, 5)
                page.evaluate("recordOnsets()")
                late.append(page.evaluate("measureOnset", chained))
        figures = [f"{ms:+.1f} ms" for ms in late]
        tone = ("tone onset while the page blocks 500 ms", "<= 5 ms", *figures, "-")
        with real.new_page(chromium) as page:
            return [tone, reload(page, address), tabs(page, address)]


def reload(page, address: str) -> tuple[str, ...]:
    page.goto(address)
    page.click(".bc-start")
    page.wait_for_timeout(2500)
    page.reload()
    page.wait_for_selector(".bc-resume:visible")
    took = page.evaluate("performance.now()")
    status = page.get_attribute(".backcare-player", "data-status")
    figure = f"{took:.0f} ms, {'paused' if status == 'idle' else status}"
    return ("reload: offers to go on", "<= 1 s, paused", figure, "-", "-")


def tabs(page, address: str) -> tuple[str, ...]:
    page.click(".bc-start")
    other = page.context.new_page()
    other.goto(address)
    other.click(".bc-start")
    other.wait_for_timeout(300)
    running = sum(Player(each).status == "running" for each in (page, other))
    return ("two tabs playing: sources of sound", "1", str(running), "-", "-")


def hidden(seconds: int) -> list[tuple[str, ...]]:
    """A tab that is really hidden: a Chromium of its own, with its throttling left on."""
    minutes = max(1, seconds // 60)
    step = breathe(minutes={"default": minutes, "min": 1, "max": 60})
    session = compile_session([middle(step)]) if seconds >= 60 else timer_timeline(0, seconds)
    wanted = sum(bool(cue.tone) for phase in session.phases for cue in phase.cues)
    with served(session) as address, raw_page(address) as (call, new_tab):
        # As a page's own script; what it ends with cannot be sent by value.
        evaluate(call, MEASURES.read_text(encoding="utf-8") + "void 0")
        evaluate(call, "recordOnsets()")
        evaluate(call, f"watchHidden({session.total // 1000}, {session.total})")
        new_tab()
        time.sleep(session.total / 1000 * 1.1 + 70)
        found = evaluate(
            call, "JSON.stringify({ ...late, onsets: onsets.length, hidden: document.hidden })"
        )
    seen = json.loads(found)
    assert seen["hidden"], "the tab was not hidden"
    title = f"tab hidden for {session.total // 1000} s"
    chain = f"{seen['chain']:+.0f} ms" if "chain" in seen else "more than 70 s late"
    figure = f"{wanted - seen['onsets']} of {wanted} tones missed, end {seen['player']:+.0f} ms"
    return [(title, "0 missed, <= 60 ms", figure, chain, "-")]


def evaluate(call, expression: str):
    options = {"awaitPromise": True, "returnByValue": True, "userGesture": True}
    return call("Runtime.evaluate", expression=expression, **options)["result"].get("value")


@contextmanager
def raw_page(address: str):
    """A page without Playwright, which would keep it from ever being hidden."""
    profile = tempfile.mkdtemp()
    command = [real.find_browser(), "--headless=new", "--remote-debugging-port=0", *real.FLAGS]
    command += ["--remote-allow-origins=*", f"--user-data-dir={profile}", address]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        line = next(line for line in process.stderr if "DevTools listening" in line)
        threading.Thread(target=process.stderr.read, daemon=True).start()
        base = f"http://{re.search(r'//([^/]+)/', line)[1]}"
        time.sleep(2)
        with urllib.request.urlopen(f"{base}/json") as answer:
            target = next(t for t in json.load(answer) if t["type"] == "page")
        socket = create_connection(target["webSocketDebuggerUrl"])
        new = urllib.request.Request(f"{base}/json/new?about:blank", method="PUT")
        yield partial(send, socket, iter(range(1, 10**6))), lambda: urllib.request.urlopen(new)
        socket.close()
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


def send(socket, numbers, method: str, **params) -> dict:
    number = next(numbers)
    socket.send(json.dumps({"id": number, "method": method, "params": params}))
    while (answer := json.loads(socket.recv())).get("id") != number:
        pass
    if "error" in answer:
        raise RuntimeError(f"{method}: {answer['error']['message']}")
    return answer["result"]


@contextmanager
def served(session: Timeline) -> Iterator[str]:
    """Serve a page with one player; the address of it."""
    with tempfile.TemporaryDirectory() as site:
        write_site(Path(site))
        Path(site, "index.html").write_text(player_html(session), encoding="utf-8")
        with serve(Path(site)) as address:
            yield f"{address}/"


if __name__ == "__main__":
    main()
