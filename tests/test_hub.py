"""The hub for a class: who comes in, whose notebooks are whose, and what a learner may use."""

import os
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
from traitlets.config import Config, PyFileConfigLoader

from tests import machine

ROOT = Path(__file__).resolve().parent.parent


def load(name):
    spec = importlib.util.spec_from_file_location(f"hub_{name}", ROOT / "hub" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


classroom = load("classroom")


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
def fit(monkeypatch, listeners, tmp_path):
    """The configuration as it is shipped, on a machine with one learner, started by root."""
    monkeypatch.setattr(classroom.os, "geteuid", lambda: 0)
    monkeypatch.setattr(classroom, "members", lambda group: ["learner1"])
    c = Config()
    c.JupyterHub.authenticator_class = "pam"
    c.JupyterHub.bind_url = "http://127.0.0.1:8000"
    c.JupyterHub.hub_port = 8081
    c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8001"
    c.ConfigurableHTTPProxy.pid_file = str(tmp_path / "proxy.pid")
    c.PAMAuthenticator.allowed_groups = {"backcare"}
    return c


def refusal(c):
    with pytest.raises(SystemExit) as stop:
        classroom.refuse_unfit(c)
    return str(stop.value.code)


def test_a_fit_configuration_is_not_refused(fit):
    assert classroom.refuse_unfit(fit) is None


@pytest.mark.parametrize(
    "door",
    [
        "dummy",
        "null",
        "shared-password",
        "jupyterhub.auth.DummyAuthenticator",
        "tmpauthenticator.TmpAuthenticator",
        classroom.DummyAuthenticator,
        type("Mine", (classroom.DummyAuthenticator,), {}),
    ],
)
def test_an_authenticator_that_asks_for_no_password_of_ones_own_is_refused(fit, door):
    fit.JupyterHub.authenticator_class = door
    assert "without a password of their own" in refusal(fit)


@pytest.mark.parametrize(
    ("section", "setting"),
    [
        ("Authenticator", "allow_all"),
        ("PAMAuthenticator", "allow_all"),
        ("NativeAuthenticator", "open_signup"),
    ],
)
def test_letting_everyone_in_is_refused(fit, section, setting):
    fit[section][setting] = True
    assert f"{section}.{setting} lets everyone in" in refusal(fit)


def test_a_group_without_an_account_is_refused_with_the_commands_that_make_one(fit, monkeypatch):
    monkeypatch.setattr(classroom, "members", lambda group: [])
    assert "sudo useradd" in refusal(fit)
    fit.PAMAuthenticator.allowed_groups = set()
    assert "No group and no user is allowed in" in refusal(fit)


def test_learners_named_one_by_one_need_no_group(fit, monkeypatch):
    monkeypatch.setattr(classroom, "members", lambda group: [])
    fit.Authenticator.allowed_users = {"learner1"}
    assert classroom.refuse_unfit(fit) is None


@pytest.mark.parametrize("address", ["http://0.0.0.0:8000", "http://:8000", "http://[::]:80"])
def test_passwords_in_the_clear_on_a_network_are_refused(fit, address):
    fit.JupyterHub.bind_url = address
    assert "unencrypted" in refusal(fit)
    fit.JupyterHub.ssl_key = "key.pem"
    assert classroom.refuse_unfit(fit) is None


@pytest.mark.parametrize("address", ["http://127.0.0.1", "http://localhost:1", "http://[::1]:80"])
def test_this_machine_alone_needs_no_certificate(fit, address):
    fit.JupyterHub.bind_url = address
    assert classroom.refuse_unfit(fit) is None


@pytest.mark.parametrize(
    ("port", "setting"),
    [
        (8000, "JupyterHub.bind_url"),
        (8081, "JupyterHub.hub_port"),
        (8001, "ConfigurableHTTPProxy.api_url"),
    ],
)
def test_a_port_that_is_taken_is_told_with_the_setting_that_moves_it(fit, listeners, port, setting):
    listeners.add(port)
    assert f"Something listens at http://127.0.0.1:{port} already" in refusal(fit)
    assert f"give c.{setting} a free port" in refusal(fit)


def test_an_address_without_a_port_has_that_of_its_scheme(fit, listeners):
    fit.JupyterHub.bind_url, fit.JupyterHub.ssl_key = "https://:443", "key.pem"
    listeners.add(443)
    assert "https://:443 already" in refusal(fit)
    fit.JupyterHub.bind_url = "https://[::]"
    assert "https://[::] already" in refusal(fit)


def test_a_proxy_that_was_left_behind_is_no_reason_and_a_hub_that_runs_is(fit, listeners):
    Path(fit.ConfigurableHTTPProxy.pid_file).touch()
    listeners.update({8000, 8001})
    assert classroom.refuse_unfit(fit) is None
    listeners.add(8081)
    assert "it runs" in refusal(fit)


def test_an_ordinary_account_is_told_that_root_has_to_start_it(fit, monkeypatch):
    monkeypatch.setattr(classroom.os, "geteuid", lambda: 1000)
    assert "started by root" in refusal(fit)


def test_every_reason_is_told_at_once(fit):
    fit.JupyterHub.authenticator_class = "dummy"
    fit.JupyterHub.bind_url = "http://0.0.0.0"
    assert refusal(fit).count("\n- ") == 2


def test_a_machine_holds_as_many_learners_as_its_memory(monkeypatch, tmp_path):
    memory = tmp_path / "meminfo"
    memory.write_text("MemFree: 1 kB\nMemTotal:       8388608 kB\n")
    monkeypatch.setattr(classroom, "MEMINFO", memory)
    assert classroom.room_for_learners(each=2**29, kept=2**30) == 14
    memory.write_text("MemTotal: 1024 kB\n")
    assert classroom.room_for_learners() == 1


@pytest.fixture
def configuration(tmp_path, monkeypatch, listeners):
    """What hub/jupyterhub_config.py comes to with a site's own settings."""

    def load(settings, account=0):
        (tmp_path / "settings.py").write_text(settings)
        monkeypatch.setenv("BACKCARE_HUB", str(tmp_path))
        monkeypatch.syspath_prepend(str(ROOT / "hub"))
        monkeypatch.setattr(os, "geteuid", lambda: account)
        return PyFileConfigLoader(str(ROOT / "hub" / "jupyterhub_config.py")).load_config()

    return load


def test_the_shipped_configuration_asks_for_accounts_and_sets_limits(configuration):
    group = grp.getgrgid(0).gr_name  # it has root in it
    c = configuration(f"c.PAMAuthenticator.allowed_groups = {{{group!r}}}\n")
    assert c.JupyterHub.authenticator_class == "pam"
    assert c.JupyterHub.spawner_class.__name__ == "LearnerSpawner"
    assert c.JupyterHub.bind_url == "http://127.0.0.1:8000"
    assert c.Spawner.mem_limit == "1G"
    assert c.JupyterHub.active_server_limit == classroom.room_for_learners()
    assert (c.Spawner.start_timeout, c.Spawner.http_timeout) == (300, 300)


def test_whoever_is_not_root_is_told_so_and_reads_no_settings(configuration):
    with pytest.raises(SystemExit, match="started by root"):
        configuration("raise AssertionError('it was read')\n", account=1000)


def test_the_hubs_folder_is_made_for_root_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKCARE_HUB", str(tmp_path / "srv" / "hub"))
    assert stat.S_IMODE(classroom.own_folder().stat().st_mode) == 0o700


def test_a_door_left_open_in_the_sites_own_settings_is_refused(configuration):
    with pytest.raises(SystemExit, match="without a password of their own"):
        configuration("c.JupyterHub.authenticator_class = 'dummy'\n")


@pytest.mark.parametrize("words", [["--port", "8973"], ["--port=8973"]])
@pytest.mark.parametrize(
    ("set_to", "address"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8973"),
        ("http://localhost", "http://localhost:8973"),
        ("http://[::1]:80/class", "http://[::1]:8973/class"),
    ],
)
def test_the_port_of_the_command_line_is_taken_and_the_host_stays(
    configuration, words, set_to, address
):
    app = JupyterHub.instance()
    try:
        app.parse_command_line(words)
        group = f"c.PAMAuthenticator.allowed_groups = {{{grp.getgrgid(0).gr_name!r}}}\n"
        c = configuration(f"{group}c.JupyterHub.bind_url = {set_to!r}\n")
    finally:
        JupyterHub.clear_instance()
    assert c.JupyterHub.bind_url == address


# The hub itself


def test_the_proxy_has_room_and_patience_for_a_class_that_waits():
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


def test_a_wrong_password_is_refused(there):
    assert not machine.Learner(there, "learner2", "roll gently").log_in()


def test_an_account_outside_the_group_is_refused(there):
    assert not machine.Learner(there, "carl", STRANGER["carl"]).log_in()


def test_a_learner_gets_an_own_copy_and_a_server_in_an_own_account(there, learner1, course):
    own = there.home("learner1") / "back-care"
    shipped = {path.name for path in (course / "notebooks").glob("*.ipynb")}
    assert shipped <= {path.name for path in own.glob("*.ipynb")}
    account = there.home("learner1").stat().st_uid
    assert account != 0
    assert {path.stat().st_uid for path in own.rglob("*")} == {account}
    assert any("jupyterhub-singleuser" in line for line in there.processes("learner1").values())


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
        limits = Path(f"/proc/{process}/limits").read_text().splitlines()
        (data,) = [line.split()[3:5] for line in limits if line.startswith("Max data size")]
        (threads,) = [line.split()[2:4] for line in limits if line.startswith("Max processes")]
        assert data == [str(2**30)] * 2
        assert threads == ["512"] * 2


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
