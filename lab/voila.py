"""How Voila runs here: what it says to a kernel is kept private, as in JupyterLab."""

c = get_config()  # noqa: F821
load_subconfig("settings.py")  # noqa: F821
