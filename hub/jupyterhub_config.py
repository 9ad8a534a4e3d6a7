"""A class on one machine: JupyterHub, for learners who have accounts on it. See docs/hub.md.

Leave this file as it is, so that an update can replace it: what is your own goes into
settings.py in the hub's folder, which is read after it. The folder is /srv/backcare-hub, or what
BACKCARE_HUB says.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import classroom  # noqa: E402

FOLDER = classroom.own_folder()

c = get_config()  # noqa: F821

# Who comes in: an account of this machine with its password, if it is in the group.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {classroom.GROUP}

# From where: from this machine. A server in front of it speaks HTTPS to the class.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.hub_port = 8081
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8001"
c.ConfigurableHTTPProxy.command = [sys.executable, str(HERE / "proxy.py")]
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "proxy.pid")

# What is kept, all in one folder.
c.JupyterHub.db_url = f"sqlite:///{FOLDER / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(FOLDER / "cookie_secret")

# A server for each, in the learner's own account, opened on the learner's own copy.
c.JupyterHub.spawner_class = classroom.LearnerSpawner
c.Spawner.cmd = [sys.executable, str(HERE / "learner_server.py")]
c.Spawner.args = [f"--config={HERE / 'learner.py'}"]
c.Spawner.notebook_dir = "~"
c.Spawner.default_url = f"/lab/tree/{classroom.OWN}/00_start_here.ipynb"
# Nothing that a learner keeps at home may stop a server from starting.
c.Spawner.disable_user_config = True
# One thread is enough for a figure, and a class shares the processors.
c.Spawner.environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

# A class logs in at once. Whoever is beyond the limit of spawns is turned away and not put into a
# queue, so all may start together, and have the time that takes on a small machine.
c.JupyterHub.concurrent_spawn_limit = 0
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300
c.JupyterHub.init_spawners_timeout = 60

# What a learner may use; past it a cell gets a MemoryError. See classroom.LearnerSpawner.
c.Spawner.mem_limit = "1G"
c.JupyterHub.active_server_limit = classroom.room_for_learners()

classroom.settle(c, FOLDER / "settings.py", load_subconfig)  # noqa: F821
