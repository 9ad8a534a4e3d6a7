"""How Voila runs here: what it says to a kernel is kept private, as in JupyterLab."""

c = get_config()  # noqa: F821
load_subconfig("settings.py")  # noqa: F821
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"in-jupyter"}  # where there are boxes to be run
