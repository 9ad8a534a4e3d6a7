"""The hub for a class: who comes in, whose notebooks are whose, and what a learner may use."""

import os
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("the hub runs on Linux only", allow_module_level=True)

import grp
import importlib.util

from jupyterhub.app import JupyterHub
from traitlets.config import PyFileConfigLoader

from tests import machine

ROOT = Path(__file__).resolve().parent.parent


spec = importlib.util.spec_from_file_location("hub_classroom", ROOT / "hub" / "classroom.py")
classroom = importlib.util.module_from_spec(spec)
spec.loader.exec_module(classroom)


# What the hub refuses to start with


@pytest.fixture
def listeners(monkeypatch):
    """The ports where something listens on a machine that stands in for this one."""
    ports = set()

    def connect(address, timeout):
        if address[1] not in ports:
            raise ConnectionRefusedError
        return socket.socket()

    monkeypatch.setattr(socket, "create_connection", connect)
    return ports


@pytest.fixture
def configuration(tmp_path, monkeypatch, listeners):
    """What hub/jupyterhub_config.py comes to, started by root, with a site's own settings.

    accounts: those of the group of learners.
    """

    def load(settings="", accounts=("learner1",), user=0):
        (tmp_path / "settings.py").write_text(settings)
        monkeypatch.setenv("BACKCARE_HUB", str(tmp_path))
        monkeypatch.syspath_prepend(str(ROOT / "hub"))
        monkeypatch.setattr(os, "geteuid", lambda: user)
        group = grp.struct_group(("backcare", "x", 54321, list(accounts)))
        monkeypatch.setattr(grp, "getgrnam", lambda name: group)
        return PyFileConfigLoader(str(ROOT / "hub" / "jupyterhub_config.py")).load_config()

    return load


def refusal(load, *settings, **situation):
    with pytest.raises(SystemExit) as stop:
        load("\n".join(settings), **situation)
    return str(stop.value.code)


def test_the_shipped_configuration_asks_for_accounts_and_sets_limits(configuration):
    c = configuration()
    assert c.JupyterHub.authenticator_class == "pam"
    assert c.JupyterHub.spawner_class.__name__ == "LearnerSpawner"
    assert c.JupyterHub.bind_url == "http://127.0.0.1:8000"
    assert c.Spawner.mem_limit == "1G"
    assert c.JupyterHub.active_server_limit == classroom.room_for_learners()
    assert (c.Spawner.start_timeout, c.Spawner.http_timeout) == (300, 300)


PASSWORDLESS = "without a password of their own"
DUMMY = "from jupyterhub.auth import DummyAuthenticator as D; "


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("c.JupyterHub.authenticator_class = 'null'", PASSWORDLESS),
        ("c.JupyterHub.authenticator_class = 'shared-password'", PASSWORDLESS),
        ("c.JupyterHub.authenticator_class = 'jupyterhub.auth.DummyAuthenticator'", PASSWORDLESS),
        ("c.JupyterHub.authenticator_class = 'tmpauthenticator.TmpAuthenticator'", PASSWORDLESS),
        (f"{DUMMY}c.JupyterHub.authenticator_class = D", PASSWORDLESS),
        (f"{DUMMY}c.JupyterHub.authenticator_class = type('Mine', (D,), {{}})", PASSWORDLESS),
        ("c.Authenticator.allow_all = True", "Authenticator.allow_all lets everyone in"),
        ("c.PAMAuthenticator.allow_all = True", "PAMAuthenticator.allow_all lets everyone in"),
        ("c.NativeAuthenticator.open_signup = True", "open_signup lets everyone in"),
        ("c.PAMAuthenticator.allowed_groups = set()", "No group and no user is allowed in"),
        ("c.JupyterHub.bind_url = 'http://:8000'", "unencrypted"),
        ("c.JupyterHub.bind_url = 'http://[::]:80'", "unencrypted"),
    ],
)
def test_a_hub_configuration_without_login_or_limits_is_refused(configuration, setting, reason):
    assert reason in refusal(configuration, setting)


def test_a_group_without_an_account_is_refused_with_the_commands_that_make_one(configuration):
    assert "sudo useradd" in refusal(configuration, accounts=())
    configuration("c.Authenticator.allowed_users = {'learner1'}", accounts=())


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1", "http://localhost:1", "http://[::1]:80", "https://0.0.0.0"]
)
def test_a_hub_for_this_machine_alone_or_with_a_certificate_is_accepted(configuration, address):
    key = "c.JupyterHub.ssl_key = 'key.pem'\n" if address.startswith("https") else ""
    configuration(f"{key}c.JupyterHub.bind_url = {address!r}")


@pytest.mark.parametrize(
    ("port", "setting", "address"),
    [
        (8000, "JupyterHub.bind_url", "http://127.0.0.1:8000"),
        (8081, "JupyterHub.hub_port", "http://127.0.0.1:8081"),
        (8001, "ConfigurableHTTPProxy.api_url", "http://127.0.0.1:8001"),
        (443, "JupyterHub.bind_url", "https://:443"),
        (443, "JupyterHub.bind_url", "https://[::]"),
    ],
)
def test_a_hub_port_already_in_use_is_refused_with_the_setting_that_changes_it(
    configuration, listeners, port, setting, address
):
    listeners.add(port)
    own = f"c.JupyterHub.ssl_key, c.JupyterHub.bind_url = 'key.pem', {address!r}"
    said = refusal(configuration, own if port == 443 else "")
    assert f"Something listens at {address} already" in said
    assert f"give c.{setting} a free port" in said


def test_a_leftover_proxy_does_not_keep_a_hub_from_starting_but_a_running_hub_does(
    configuration, listeners, tmp_path
):
    (tmp_path / "proxy.pid").touch()
    listeners.update({8000, 8001})
    configuration()
    listeners.add(8081)
    assert "it runs" in refusal(configuration)


def test_a_hub_not_started_by_root_is_refused_before_its_settings_are_read(configuration):
    assert "started by root" in refusal(configuration, "raise AssertionError", user=1000)


def test_all_reasons_to_refuse_a_hub_are_listed_at_once(configuration):
    doors = "c.JupyterHub.authenticator_class, c.JupyterHub.bind_url = 'dummy', 'http://0.0.0.0'"
    assert refusal(configuration, doors).count("\n- ") == 2


def test_a_machine_holds_as_many_learners_as_its_memory(monkeypatch, tmp_path):
    memory = tmp_path / "meminfo"
    memory.write_text("MemFree: 1 kB\nMemTotal:       8388608 kB\n")
    monkeypatch.setattr(classroom, "MEMINFO", memory)
    assert classroom.room_for_learners(each=2**29, kept=2**30) == 14
    memory.write_text("MemTotal: 1024 kB\n")
    assert classroom.room_for_learners() == 1


def test_the_hubs_folder_is_made_for_root_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKCARE_HUB", str(tmp_path / "srv" / "hub"))
    assert stat.S_IMODE(classroom.own_folder().stat().st_mode) == 0o700


@pytest.mark.parametrize("words", [["--port", "8973"], ["--port=8973"]])
@pytest.mark.parametrize(
    ("set_to", "address"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8973"),
        ("http://[::1]:80/class", "http://[::1]:8973/class"),
    ],
)
def test_a_port_on_the_hubs_command_line_replaces_that_of_the_settings_and_keeps_the_host(
    configuration, words, set_to, address
):
    app = JupyterHub.instance()
    try:
        app.parse_command_line(words)
        c = configuration(f"c.JupyterHub.bind_url = {set_to!r}\n")
    finally:
        JupyterHub.clear_instance()
    assert c.JupyterHub.bind_url == address


# The hub itself


def test_the_proxys_client_allows_1000_connections_and_waits_more_than_300_seconds():
    script = """if True:
        import asyncio, proxy
        from tornado.httpclient import AsyncHTTPClient

        async def look():
            client = AsyncHTTPClient(force_instance=True)
            print(client.max_clients, client.defaults["request_timeout"])

        asyncio.run(look())
    """
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT / "hub", capture_output=True)
    at_once, patience = map(int, done.stdout.split())
    assert at_once >= 1000
    assert patience > 300


PASSWORDS = {"learner1": "roll gently", "learner2": "breathe:out"}
CHANGED = "02_rotate_the_back.ipynb"
STRANGER = {"carl": "let me in"}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A checkout with what the hub needs, whose notebooks a test may change."""
    folder = tmp_path_factory.mktemp("a checkout") / "back care"
    for name in ("hub", "lab", "notebooks", "backcare_nb", "data"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".*"))
    return folder


@pytest.fixture(scope="module")
def there(tmp_path_factory, course):
    if reason := machine.why_not():
        pytest.skip(reason)
    with machine.hub(tmp_path_factory.mktemp("hub"), PASSWORDS, STRANGER, course) as running:
        yield running


@pytest.fixture(scope="module")
def learners(there, course):
    """Everybody, each with a server.

    The first was here before, and wrote into a notebook; then an update changed it. The second
    has a file where the notebooks belong.
    """
    program = course / "backcare_nb" / "command" / "copies.py"
    shipped = course / "notebooks"
    own = there.home("learner1") / "back-care"
    command = [sys.executable, "-I", str(program), str(shipped), "/home/learner1/back-care"]
    assert there.run_as("learner1", shlex.join(command)).returncode == 0
    (own / CHANGED).write_text("my notes")
    (shipped / CHANGED).write_text("newer")
    (there.home("learner2") / "back-care").touch()
    everybody = [machine.Learner(there, name, word) for name, word in PASSWORDS.items()]
    for learner in everybody:
        assert learner.log_in()
    for learner in everybody:
        learner.ask_for_server()
    with ThreadPoolExecutor(len(everybody)) as together:
        list(together.map(machine.Learner.wait_for_server, everybody))
    return {learner.name: learner for learner in everybody}


@pytest.fixture
def learner1(learners):
    return learners["learner1"]


@pytest.mark.parametrize("account", [("learner2", "a wrong password"), *STRANGER.items()])
def test_a_wrong_password_and_an_account_outside_the_group_are_refused(there, account):
    assert not machine.Learner(there, *account).log_in()


def test_a_learner_gets_an_own_copy_and_a_server_in_an_own_account(there, learner1, course):
    own = there.home("learner1") / "back-care"
    shipped = {path.name for path in (course / "notebooks").glob("*.ipynb")}
    assert shipped <= {path.name for path in own.glob("*.ipynb")}
    account = there.home("learner1").stat().st_uid
    assert account != 0
    assert {path.stat().st_uid for path in own.rglob("*")} == {account}
    assert any("learner_server.py" in line for line in there.processes("learner1").values())


def test_a_learner_can_read_nothing_of_another(there, learner1):
    notebook = "/home/learner1/back-care/00_start_here.ipynb"
    assert there.run_as("learner1", f"test -r {notebook}").returncode == 0
    assert there.run_as("learner2", f"test -r {notebook}").returncode == 1
    assert there.run_as("learner2", "ls /home/learner1/back-care").returncode != 0


def test_a_learner_is_not_let_into_anothers_server(there, learners):
    def asked(name, what):
        return learners[name].browser.get(f"{there.address}/user/learner1/{what}").status_code

    assert asked("learner1", "lab") == 200
    assert asked("learner2", "lab") == 403
    assert asked("learner2", "api/contents") == 403


def test_the_limits_of_a_learners_processes_are_set(there, learner1):
    for process in there.processes("learner1"):
        limits = Path(f"/proc/{process}/limits").read_text()
        assert re.search(rf"^Max data size +{2**30} +{2**30} ", limits, re.MULTILINE)
        assert re.search(r"^Max processes +512 +512 ", limits, re.MULTILINE)


def test_memory_beyond_the_limit_is_refused(there, learner1):
    """Shown with a program of the system under the very limits that a server is started with."""
    prepare = classroom.LearnerSpawner(mem_limit="100M").make_preexec_fn("nobody")
    hungry = ["sh", "-c", "head -c 300000000 /dev/zero | tail -c 300000000 | wc -c"]
    done = subprocess.run(hungry, preexec_fn=prepare, cwd="/", capture_output=True, text=True)
    assert done.stdout.strip() == "0"
    assert "memory exhausted" in done.stderr


def test_an_update_reaches_a_learner_and_overwrites_nothing(there, learner1):
    own = there.home("learner1") / "back-care"
    assert (own / CHANGED).read_text() == "my notes"
    assert (own / "02_rotate_the_back (new).ipynb").read_text() == "newer"


def test_a_learner_whose_copies_cannot_be_made_still_gets_a_server(there, learners):
    assert learners["learner2"].has_server()
    assert "The notebooks could not be copied to /home/learner2/back-care" in there.log()
