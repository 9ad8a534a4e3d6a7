"""The system's Firefox, driven by WebDriver BiDi, with the keys and clicks of a person.

    with firefox() as tab:
        open_notebook(tab, address, "01_relax_the_back.ipynb")
        tab.click_button("Start")

Playwright drives no Firefox but one of its own. A tab has those methods of Playwright's page with
which tools/browser.py drives a notebook. What a script clicks cannot fill the screen: these clicks
come to the page as a person's do.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

from tools import browser as real

PREFERENCES = {
    # It keeps to this machine: what it asks of another goes to a proxy that is not there.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    # A voice comes from a speech server, which Firefox would start and not end.
    "media.webspeech.synth.enabled": False,
}

KEYS = {"Escape": "\ue00c"}  # as WebDriver writes them


def find_firefox() -> str | None:
    """The path of a Firefox on this machine, the long-supported one first, or None."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Tab:
    """A tab of a Firefox, in which a person is; ``errors`` are what its console showed in red."""

    def __init__(self, socket: WebSocket) -> None:
        self.errors: list[str] = []
        self._socket, self._sent = socket, 0
        self.command("session.new", capabilities={})
        self.command("session.subscribe", events=["log.entryAdded"])
        # The one it opens with leaves the focus in the address bar.
        self._context = self.command("browsingContext.create", type="tab")["context"]

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of WebDriver BiDi; its result, or RuntimeError with what Firefox says."""
        self._sent += 1
        command = {"id": self._sent, "method": method, "params": parameters}
        self._socket.send(json.dumps(command))
        while (answer := json.loads(self._socket.recv())).get("id") != self._sent:
            if answer["params"].get("level") == "error":
                self.errors.append(answer["params"]["text"])
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['message']}")
        return answer["result"]

    def goto(self, address: str) -> None:
        """Open an address and wait until it has loaded."""
        self.command(
            "browsingContext.navigate", context=self._context, url=address, wait="complete"
        )

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """The value of an expression, or of a function called with an argument, as plain data.

        RuntimeError where it throws.
        """
        called = f"""async (argument) => {{
            const value = ({script});
            const result = typeof value === "function" ? value(JSON.parse(argument)) : value;
            return JSON.stringify(await result) ?? "null";
        }}"""
        return json.loads(self._call(called, json.dumps(argument))["value"])

    def _call(self, function: str, argument: str) -> dict[str, Any]:
        answer = self.command(
            "script.callFunction",
            functionDeclaration=function,
            arguments=[{"type": "string", "value": argument}],
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"]

    def wait_for_function(self, script: str, argument: Any = None) -> None:
        """Wait until a function gives something true; TimeoutError where it does not."""
        for _ in range(real.PATIENCE * 20):
            if self.evaluate(script, argument):
                return
            time.sleep(0.05)
        raise TimeoutError(f"not within {real.PATIENCE} s: {script}")

    def click_button(self, name: str) -> None:
        """Click the first button that says this, brought into view; RuntimeError if none does."""
        found = self._call(
            """(name) => {
                const buttons = [...document.querySelectorAll("button")];
                const button = buttons.find((button) => button.textContent === name);
                button.scrollIntoView({ block: "center" });
                return button;
            }""",
            name,
        )
        middle = {"type": "element", "element": {"sharedId": found["sharedId"]}}
        self._act(
            "pointer",
            {"type": "pointerMove", "x": 0, "y": 0, "origin": middle},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        )

    def press_key(self, key: str) -> None:
        """Press and release a key, by its name as Playwright has it."""
        value = KEYS[key]
        self._act("key", {"type": "keyDown", "value": value}, {"type": "keyUp", "value": value})

    def _act(self, source: str, *actions: dict[str, Any]) -> None:
        hand = {"type": source, "id": source, "actions": actions}
        self.command("input.performActions", context=self._context, actions=[hand])


@contextmanager
def firefox() -> Iterator[Tab]:
    """The system's Firefox without a window, as on its first day.

    FileNotFoundError where there is none, RuntimeError where it does not start.
    """
    path = find_firefox()
    if path is None:
        raise FileNotFoundError("no Firefox on this machine: install it")
    with tempfile.TemporaryDirectory(prefix="firefox ") as home:
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items())
        Path(home, "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [path, "--headless", "--profile", home, "--remote-debugging-port=0"]
        # Nor does it start a sound server.
        surroundings = os.environ | {"HOME": home, "PULSE_SERVER": "unix:/nowhere"}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, env=surroundings, **quiet)
        try:
            socket = create_connection(
                _address(process, Path(home)), timeout=real.PATIENCE, suppress_origin=True
            )
            yield Tab(socket)
            socket.close()
        finally:
            real.end(process)


def _address(process: subprocess.Popen, home: Path) -> str:
    """Where a starting Firefox listens, once it does; RuntimeError if it ends or is silent."""
    note = home / "WebDriverBiDiServer.json"
    for _ in range(real.PATIENCE * 20):
        if note.exists() and (text := note.read_text(encoding="utf-8")).endswith("}"):
            return "ws://{ws_host}:{ws_port}/session".format(**json.loads(text))
        if process.poll() is not None:
            raise RuntimeError(f"Firefox ended with exit code {process.returncode}")
        time.sleep(0.05)
    raise RuntimeError(f"Firefox did not start within {real.PATIENCE} s")
