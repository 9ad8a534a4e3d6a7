"""How JupyterLab runs here: nothing is fetched, neither news nor updates nor lists of add-ons."""

from pathlib import Path

c = get_config()  # noqa: F821

c.LabApp.app_settings_dir = str(Path(__file__).parent)  # overrides.json, beside this file
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.ServerApp.allow_root = True  # in a container there may be nobody else
