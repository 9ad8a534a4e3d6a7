"""What the hub's configuration is made of: its spawner, and what it refuses to start with."""

import asyncio
import grp
import os
import pwd
import resource
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.auth import DummyAuthenticator
from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Integer
from traitlets.config import Application, Config

from backcare_nb.command import copies

HERE = Path(__file__).resolve().parent
GROUP = "backcare"
OWN = "back-care"  # the folder of a learner's own notebooks, in the learner's home
MEMINFO = Path("/proc/meminfo")
GIB = 2**30
# What nobody shows a password for, or everybody the same.
OPEN_DOORS = ("dummy", "null", "tmp", "shared-password", "sharedpassword")


class LearnerSpawner(LocalProcessSpawner):
    """A learner's server as processes of the learner's own account, within limits that hold.

    LocalProcessSpawner alone reads mem_limit and does nothing about it. Here the system refuses
    memory to any process of the learner beyond mem_limit: a cell gets a MemoryError, and nobody
    else notices. ``threads`` is the limit for all processes of a learner together.
    """

    threads = Integer(512, config=True, help="The most threads a learner may have.")

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        become_learner = super().make_preexec_fn(name)
        limits = {resource.RLIMIT_NPROC: self.threads, resource.RLIMIT_CORE: 0}
        if self.mem_limit:
            limits[resource.RLIMIT_DATA] = self.mem_limit

        def prepare() -> None:
            become_learner()
            os.umask(0o077)
            for what, most in limits.items():
                resource.setrlimit(what, (most, most))

        return prepare

    async def start(self) -> tuple[str, int]:
        await self.copy_notebooks()
        return await super().start()

    async def copy_notebooks(self) -> None:
        """Bring the learner's notebooks up to date. What goes wrong is logged, and no reason to
        keep a learner out: the folder may be full, and only the learner can mend that.

        It is done as the learner: a link in a learner's home leads nowhere the learner may not go.
        """
        learner = pwd.getpwnam(self.user.name)
        command = [sys.executable, "-I", copies.__file__, str(HERE.parent / "notebooks")]
        process = await asyncio.create_subprocess_exec(
            *command,
            os.path.join(learner.pw_dir, OWN),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"LANG": "C.UTF-8"},
            cwd="/",
            preexec_fn=self.make_preexec_fn(learner.pw_name),
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), timeout=60)
        except TimeoutError:
            process.kill()
            said, _ = await process.communicate()
        log = self.log.warning if process.returncode else self.log.info
        log("%s: %s", self.user.name, said.decode(errors="replace").strip())


def room_for_learners(each: int = 300 * 2**20, kept: int = GIB) -> int:
    """How many learners' servers the memory of this machine holds, beside the hub itself."""
    total = next(
        int(line.split()[1]) * 1024
        for line in MEMINFO.read_text().splitlines()
        if line.startswith("MemTotal:")
    )
    return max(1, (total - kept) // each)


def refuse_unfit(c: Config) -> None:
    """Stop with a sentence for every reason why the hub must not start so."""
    reasons = [*not_root(), *open_doors(c), *nobody_allowed(c), *without_tls(c), *taken(c)]
    if reasons:
        sys.exit("The hub does not start:\n" + "\n".join(f"- {reason}" for reason in reasons))


def not_root() -> Iterator[str]:
    if os.geteuid() != 0:
        yield "It starts servers for other accounts, so it has to be started by root, with sudo."


def open_doors(c: Config) -> Iterator[str]:
    """A reason for every way in that asks for no password of one's own."""
    chosen = c.JupyterHub.authenticator_class
    name = chosen.lower() if isinstance(chosen, str) else chosen.__name__.lower()
    dummy = isinstance(chosen, type) and issubclass(chosen, DummyAuthenticator)
    if dummy or any(door in name for door in OPEN_DOORS):
        yield f"{name} lets people in without a password of their own: choose pam."
    for section, settings in c.items():
        for setting in ("allow_all", "open_signup"):
            if settings.get(setting):
                yield f"{section}.{setting} lets everyone in: name groups or users instead."


def nobody_allowed(c: Config) -> Iterator[str]:
    """A reason when no account may come in at all."""
    if c.JupyterHub.authenticator_class != "pam":
        return
    if c.Authenticator.get("allowed_users") or c.PAMAuthenticator.get("allowed_users"):
        return
    groups = sorted(c.PAMAuthenticator.allowed_groups)
    if not any(map(members, groups)):
        yield (
            f"There is no account in the group {' or '.join(groups)}, so nobody could come in. "
            f"Make one: sudo groupadd --force {groups[0]}; "
            f"sudo useradd --create-home --groups {groups[0]} NAME; sudo passwd NAME"
            if groups
            else "No group and no user is allowed in: set c.PAMAuthenticator.allowed_groups."
        )


def members(group: str) -> list[str]:
    """The accounts of a group, whether it is their first or a further one."""
    with suppress(KeyError):
        entry = grp.getgrnam(group)
        return entry.gr_mem + [a.pw_name for a in pwd.getpwall() if a.pw_gid == entry.gr_gid]
    return []


def without_tls(c: Config) -> Iterator[str]:
    """A reason when passwords would cross a network in the clear."""
    address = c.JupyterHub.bind_url
    if not c.JupyterHub.get("ssl_key") and not is_loopback(urlsplit(address).hostname):
        yield (
            f"It would take passwords at {address} unencrypted: keep it at 127.0.0.1 behind a "
            "server that speaks HTTPS, or set c.JupyterHub.ssl_key and ssl_cert."
        )


def is_loopback(host: str | None) -> bool:
    with suppress(ValueError):
        return ip_address(host or "").is_loopback
    return host == "localhost"


def taken(c: Config) -> Iterator[str]:
    """A reason for every address where something listens already."""
    places = {"JupyterHub.hub_port": f"http://127.0.0.1:{c.JupyterHub.hub_port}"}
    if not Path(c.ConfigurableHTTPProxy.pid_file).exists():  # JupyterHub ends a proxy left behind
        places["JupyterHub.bind_url"] = c.JupyterHub.bind_url
        places["ConfigurableHTTPProxy.api_url"] = c.ConfigurableHTTPProxy.api_url
    for setting, address in places.items():
        if answers(address):
            yield (
                f"Something listens at {address} already. If that is this hub, it runs: end it "
                f"with sudo systemctl stop backcare-hub. If not, give c.{setting} a free port."
            )


def answers(address: str) -> bool:
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    with suppress(OSError), socket.create_connection((parts.hostname, port), timeout=5):
        return True
    return False


def own_folder() -> Path:
    """Where the hub keeps its things and the site its settings, made for root alone."""
    folder = Path(os.environ.get("BACKCARE_HUB", "/srv/backcare-hub"))
    with suppress(PermissionError):  # it is not root who asks, which refuse_unfit says
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def settle(c: Config, own: Path, get: Callable[..., Any]) -> None:
    """Take the site's own settings where there are some, and then see that the hub is fit."""
    if os.geteuid() == 0 and own.exists():
        get(str(own))
    take_port(c)
    refuse_unfit(c)


def take_port(c: Config) -> None:
    """Listen at the port of the command line, if it names one, and at the host as it is set."""
    said = Application.instance().cli_config if Application.initialized() else Config()
    if port := said.JupyterHub.get("port"):
        address = urlsplit(c.JupyterHub.bind_url)
        host = address.netloc.removesuffix(f":{address.port}")
        c.JupyterHub.bind_url = address._replace(netloc=f"{host}:{port}").geturl()
