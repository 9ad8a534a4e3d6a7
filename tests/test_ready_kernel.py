"""A kernel stands ready for the next notebook of the course, and for no other."""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.test_notebooks import FOLDER

sys.path.append(str(FOLDER.parent / "lab"))

import ready_kernel

IS_IMPORTED = "import sys; assert 'backcare_nb.notebook.exercise_box' in sys.modules"


async def run(manager, kernel_id, code):
    """Run code in a kernel, and return how that ended."""
    client = manager.get_kernel(kernel_id).client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        reply = await client.execute(code, reply=True, timeout=60)
        return reply["content"]["status"]
    finally:
        client.stop_channels()


@pytest.mark.parametrize("is_changed", [False, True])
def test_the_next_course_notebook_gets_the_ready_kernel_unless_the_course_was_changed(
    monkeypatch, is_changed
):
    monkeypatch.setattr(ready_kernel, "SETTLE_S", 0)
    changed = float("inf") if is_changed else 0.0
    monkeypatch.setattr(ready_kernel, "course_changed", lambda: changed)

    async def open_notebooks():
        manager = ready_kernel.ReadyKernels()

        async def open_notebook(name):
            env = {**os.environ, "JPY_SESSION_NAME": name}
            return await manager.start_kernel(path="", kernel_name="python3", env=env)

        try:
            await open_notebook("00_start_here.ipynb")
            await manager._preparing
            ready = manager._ready
            own = await open_notebook("my_own.ipynb")
            assert ready in manager
            assert {ready, own} & {each["id"] for each in manager.list_kernels()} == {own}
            given = await open_notebook("01_relax_the_back.ipynb")
            assert (given == ready, ready in manager) == (not is_changed, not is_changed)
            assert (await run(manager, given, IS_IMPORTED) == "ok") is not is_changed
        finally:
            manager._preparing.cancel()
            await manager.shutdown_all(now=True)

    # in a thread: where a browser was tested before, this one has a loop already
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, open_notebooks()).result()
