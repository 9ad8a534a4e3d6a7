"""How JupyterLab runs here.

Nothing is fetched, neither news nor updates nor lists of add-ons; and the course's own notebooks
run as they open, since they are trusted, labextensions/ holds what runs them, and a kernel stands
ready. What is said between JupyterLab and a kernel is kept private where a machine is shared.
"""

import os
import sys
from pathlib import Path

import zmq

from backcare_nb.command.trust import sign_course_notebooks

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE))  # last: voila.py stands here too

from ready_kernel import ReadyKernels  # noqa: E402

sign_course_notebooks(HERE.parent / "notebooks")

c = get_config()  # noqa: F821
c.LabApp.app_settings_dir = str(HERE)  # overrides.json, beside this file
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.LabServerApp.extra_labextensions_path = [str(HERE / "labextensions")]
if "JUPYTERHUB_USER" not in os.environ:  # where many share the memory, each has what is used
    c.ServerApp.kernel_manager_class = ReadyKernels
c.ServerApp.extra_services = ["remote"]  # remote.py: a phone leads, where the server serves it
c.ServerApp.allow_root = True  # in a container there may be nobody else
c.LanguageServerManager.autodetect = False  # it would start npm, which looks for updates
if zmq.has("curve"):
    c.KernelManager.transport_encryption = "auto"
