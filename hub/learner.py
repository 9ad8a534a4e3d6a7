"""How a learner's JupyterLab runs on the hub: as at home, and it ends when it is left alone.

A timer goes on in the browser without a kernel and without a server, so ending them stops nobody.
"""

c = get_config()  # noqa: F821
load_subconfig("../lab/settings.py")  # noqa: F821

HOUR = 3600
c.MappingKernelManager.cull_idle_timeout = HOUR
c.MappingKernelManager.cull_interval = HOUR // 12
c.MappingKernelManager.cull_connected = True  # a page left open is not a person
c.ServerApp.shutdown_no_activity_timeout = 2 * HOUR
