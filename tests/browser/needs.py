"""What a test in a browser takes from the system: skipped without it, or failed where required."""

import os

import pytest


def need(there: object, what: str) -> None:
    """Skip the test where something is missing; with BACKCARE_BROWSER=required, fail it."""
    if not there:
        required = os.environ.get("BACKCARE_BROWSER") == "required"
        (pytest.fail if required else pytest.skip)(f"this machine has no {what}: install one")
