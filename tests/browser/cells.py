"""One cell after another in an open notebook, and what the browser still holds for a kernel."""

from typing import Any

RUN = """(index) => {
  notebook.content.activeCellIndex = index;
  notebook.content.deselectAll();
  window.ran = false;
  jupyterapp.commands.execute("notebook:run-cell").then(() => { window.ran = true; });
}"""
KILL = """(signal) => notebook.sessionContext.session.kernel.requestExecute(
  { code: `import os, signal; os.kill(os.getpid(), signal.${signal})` })"""
KERNEL_STATUS = "notebook.sessionContext.session?.kernel?.status"
IS_IDLE = """() => {
  const kernel = notebook.sessionContext.session?.kernel;
  if (kernel?.status !== "idle") kernel?.requestKernelInfo().catch(() => {});
  return kernel?.status === "idle";
}"""
CLEAR = "() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"
RESULTS = """() => Object.entries(localStorage)
  .filter(([key]) => key.startsWith("backcare:result:")).map(([, text]) => JSON.parse(text))"""


def run(page: Any, index: int, wait: bool = True) -> None:
    """Run one cell of the open notebook."""
    page.evaluate(RUN, index)
    if wait:
        page.wait_for_function("() => window.ran")


def kill(page: Any, signal: str = "SIGKILL") -> None:
    """End the kernel of the open notebook by a signal that it sends itself."""
    page.evaluate(KILL, signal)


def restart(page: Any) -> None:
    """Give the open notebook a fresh kernel."""
    page.evaluate("() => notebook.sessionContext.session.kernel.restart()")
    wait_until_idle(page)


def accept_restart(page: Any) -> None:
    """Wait until a kernel that was killed is back, and close what JupyterLab says about it."""
    page.locator(".jp-Dialog .jp-mod-accept").click()
    wait_until_idle(page)


def wait_until_idle(page: Any) -> None:
    """Wait until the kernel is ready for work."""
    # The first answers of a fresh kernel may be lost between two connections: ask again.
    page.wait_for_function(IS_IDLE, polling=500)


def begin_again(page: Any) -> None:
    """Run the first cell of the open notebook, with no other outputs and nothing remembered."""
    page.evaluate(CLEAR)
    page.wait_for_function("() => !document.querySelector('.backcare-player')")
    page.evaluate("localStorage.clear()")
    run(page, 0)
    page.wait_for_selector(".bc-start")


def results(page: Any) -> list[dict[str, Any]]:
    """The results that the browser holds since no kernel has acknowledged them."""
    return page.evaluate(RESULTS)


def wait_until_delivered(page: Any) -> None:
    """Wait until every result has been acknowledged."""
    page.wait_for_function(f"() => !({RESULTS})().length")
