"""A hub on a machine of its own inside this one: accounts, homes and processes end with it.

    with hub(folder, {"learner1": "a password"}) as there:
        requests go to there.address, and there.home("learner1") is learner1's folder

It takes Linux and root, because it makes mount and process namespaces: this machine's own /etc,
/home and accounts are never written to, not even when a test is killed.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import requests

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds until the hub answers
TOOLS = ("unshare", "nsenter", "su", "mount", "useradd", "groupadd", "chpasswd")

# What is needed and lies where only root may go is shown to the accounts as well.
MAKE = r"""
set -e
mount -t tmpfs -o mode=755 none /mnt
mkdir /mnt/etc /mnt/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/etc,workdir=/mnt/work /etc
mount -t tmpfs -o mode=755 none /home
number=0
tab=$(printf '\t')
while IFS="$tab" read -r closed needed; do
    number=$((number + 1))
    mkdir "/mnt/$number"
    mount --bind "$needed" "/mnt/$number"
    printf '%s\t%s\t%s\n' "$number" "$closed" "$needed" >> /mnt/list
done < "$1"
if [ -e /mnt/list ]; then
    cut -f2 /mnt/list | sort -u | while read -r closed; do
        mount -t tmpfs -o mode=755 none "$closed"
    done
    while IFS="$tab" read -r number closed needed; do
        mkdir -p "$needed"
        mount --move "/mnt/$number" "$needed"
    done < /mnt/list
fi
groupadd backcare
while IFS="$tab" read -r name password groups; do
    useradd --create-home --shell /bin/bash --groups "$groups" "$name"
    chmod 700 "/home/$name"
    echo "$name:$password" | chpasswd
done < "$2"
shift 2
exec "$@"
"""


@dataclass(frozen=True)
class Hub:
    """A hub that runs: its address, where it keeps its things, the first process of its machine."""

    address: str
    folder: Path
    first: int

    def home(self, name: str) -> Path:
        """A learner's home, as root sees it from outside."""
        return Path("/proc", str(self.first), "root", "home", name)

    def processes(self, name: str) -> dict[int, str]:
        """The command lines of a learner's processes, by process id."""
        owner = self.home(name).stat().st_uid
        everybody = psutil.process_iter(["uids", "cmdline"])
        theirs = [p for p in everybody if p.info["uids"] and p.info["uids"].real == owner]
        return {process.pid: " ".join(process.info["cmdline"] or ()) for process in theirs}

    def run_as(self, name: str, command: str) -> subprocess.CompletedProcess:
        """Run a command on that machine as one of its accounts."""
        enter = ["nsenter", f"--target={self.first}", "--mount", "--pid"]
        return subprocess.run([*enter, "su", name, "-c", command], capture_output=True, text=True)

    def log(self) -> str:
        return (self.folder / "hub.log").read_text(encoding="utf-8", errors="replace")


class Learner:
    """Somebody who comes in by the hub's own page, as a browser would."""

    def __init__(self, there: Hub, name: str, password: str) -> None:
        self.there, self.name, self.password = there, name, password
        self.browser = requests.Session()

    def log_in(self) -> bool:
        """Whether the hub lets the learner in."""
        page = f"{self.there.address}/hub/login"
        self.browser.get(page).raise_for_status()
        form = {"username": self.name, "password": self.password, "_xsrf": self._mark()}
        self.browser.post(page, data=form, allow_redirects=False)
        self.browser.get(f"{self.there.address}/hub/home")  # brings the mark for what is asked next
        return self.browser.get(f"{self.there.address}/hub/api/user").ok

    def ask_for_server(self) -> None:
        self._ask("POST", "server").raise_for_status()

    def wait_for_server(self) -> None:
        """Wait as the hub's own page does: by one request, which ends when the server is up."""
        told = self._ask("GET", "server/progress").text
        if '"ready": true' not in told:
            raise RuntimeError(f"{self.name} waits in vain: {told}\n{self.there.log()[-3000:]}")

    def has_server(self) -> bool:
        """Whether the learner's server is up."""
        servers = self._ask("GET").json()["servers"]
        return bool(servers) and servers[""]["ready"]

    def _ask(self, method: str, what: str = "") -> requests.Response:
        address = f"{self.there.address}/hub/api/users/{self.name}/{what}".rstrip("/")
        headers = {"X-XSRFToken": self._mark(), "Content-Type": "application/json"}
        return self.browser.request(method, address, headers=headers)

    def _mark(self) -> str:
        return next(
            c.value for c in self.browser.cookies if c.name == "_xsrf" and c.path == "/hub/"
        )


def why_not() -> str | None:
    """Why no such machine can be made here; None if one can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "the hub starts servers for other accounts, which takes Linux and root"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        return f"there is no {missing[0]} on this machine"
    trial = "mount -t tmpfs none /mnt && mkdir /mnt/a /mnt/b && mount -t overlay overlay "
    trial += "-o lowerdir=/etc,upperdir=/mnt/a,workdir=/mnt/b /etc"
    tried = subprocess.run(["unshare", "--mount", "sh", "-c", trial], capture_output=True)
    return "this machine lets nobody make namespaces" if tried.returncode else None


@contextmanager
def hub(
    folder: Path,
    learners: Mapping[str, str],
    strangers: Mapping[str, str] = {},
    course: Path = ROOT,
) -> Iterator[Hub]:
    """A running hub of a course's checkout, with accounts and their passwords.

    Strangers have an account and are not in the group of learners. Raises RuntimeError with what
    the hub said if it ends before it answers.
    """
    accounts = [f"{name}\t{word}\tbackcare\n" for name, word in learners.items()]
    accounts += [f"{name}\t{word}\tusers\n" for name, word in strangers.items()]
    (folder / "learners").write_text("".join(accounts))
    (folder / "closed").write_text("".join(f"{a}\t{b}\n" for a, b in closed_places(course, folder)))
    public, inner, api = free_ports(3)
    with (folder / "settings.py").open("a") as settings:
        settings.write(
            f"\nc.JupyterHub.bind_url = 'http://127.0.0.1:{public}'\n"
            f"c.JupyterHub.hub_port = {inner}\n"
            f"c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{api}'\n"
        )
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command += ["bash", "-c", MAKE, "machine", str(folder / "closed"), str(folder / "learners")]
    command += [sys.executable, "-m", "jupyterhub"]
    command += [f"--config={course / 'hub' / 'jupyterhub_config.py'}"]
    with (folder / "hub.log").open("wb") as log:
        surroundings = os.environ | {"BACKCARE_HUB": str(folder), "PYTHONPATH": str(course)}
        process = subprocess.Popen(
            command, cwd=folder, env=surroundings, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for(f"http://127.0.0.1:{public}/hub/api", process, folder)
        (first,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield Hub(f"http://127.0.0.1:{public}", folder, int(first))
    finally:
        process.kill()
        process.wait()


def closed_places(*further: Path) -> list[tuple[Path, Path]]:
    """What the accounts need and cannot reach, each with the folder that is closed to them."""
    found = []
    for needed in map(Path, dict.fromkeys((sys.base_prefix, sys.prefix, *further))):
        above = [needed, *needed.parents]
        shut = [folder for folder in above if not folder.stat().st_mode & 0o001]
        if shut:
            found.append((shut[-1], needed))
    return found


def free_ports(number: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def wait_for(address: str, process: subprocess.Popen, folder: Path) -> None:
    for _ in range(PATIENCE * 10):
        try:
            urlopen(address, timeout=5).close()
            return
        except (URLError, ConnectionError):
            time.sleep(0.1)
        if process.poll() is not None:
            break
    raise RuntimeError("the hub did not start:\n" + (folder / "hub.log").read_text()[-3000:])
