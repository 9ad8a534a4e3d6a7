"""A kernel that stands ready, so that a notebook of the course is alive soon after it is opened.

To start a kernel and to import the course takes half of that time. The kernel that stands ready has
done both and no more: it has run nothing of anybody's. Other notebooks start theirs as ever.
"""

import asyncio
import json
import time
from pathlib import Path, PurePath

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

import backcare_nb
from backcare_nb.command.trust import KNOWN_NOTEBOOK_DIGESTS_FILE
from backcare_nb.course import DATA_FOLDER

COURSE_NOTEBOOKS = frozenset(json.loads(KNOWN_NOTEBOOK_DIGESTS_FILE.read_text(encoding="utf-8")))
SETTLE_S = 3  # until a notebook that was just opened is drawn, and the machine has time
IMPORT_COURSE = (
    "from backcare_nb.course.library import shipped_library; "
    "from backcare_nb.notebook import exercise_box; "
    "shipped_library(); del exercise_box, shipped_library"
)


class ReadyKernels(AsyncMappingKernelManager):
    """Starts kernels, and keeps one ahead for the next notebook of the course."""

    _ready = ""  # its id
    _kind = None  # its folder and its kernelspec
    _begun = 0.0  # when it was started
    _preparing = None

    async def start_kernel(self, *, kernel_id=None, path=None, **options):
        """Start a kernel, or give the one that stands ready; return its id."""
        opened = PurePath(options.get("env", {}).get("JPY_SESSION_NAME", "")).name
        if kernel_id or opened not in COURSE_NOTEBOOKS:
            return await super().start_kernel(kernel_id=kernel_id, path=path, **options)
        kind = (path, options.get("kernel_name"))
        given, self._ready = self._ready, ""
        if given in self and not (kind == self._kind and self._begun > course_changed()):
            await self.shutdown_kernel(given, now=True)
        if given not in self:
            given = await super().start_kernel(path=path, **options)
        if self._preparing:
            self._preparing.cancel()
        self._preparing = asyncio.create_task(self._prepare(*kind))
        return given

    async def _prepare(self, path, name):
        await asyncio.sleep(SETTLE_S)
        self._kind, self._begun = (path, name), time.time()
        lines = [f"--IPKernelApp.exec_lines={IMPORT_COURSE}"]
        self._ready = await super().start_kernel(path=path, kernel_name=name, extra_arguments=lines)

    def list_kernels(self):
        """List the kernels that are in use."""
        return [kernel for kernel in super().list_kernels() if kernel["id"] != self._ready]


def course_changed() -> float:
    """When a file of the course was last written: a kernel from before knows it as it was."""
    files = [*Path(backcare_nb.__file__).parent.rglob("*.py"), *DATA_FOLDER.rglob("*.yaml")]
    return max(file.stat().st_mtime for file in files)
