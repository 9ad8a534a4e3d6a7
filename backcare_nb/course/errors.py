"""What an exception owes the person who reads it."""

import sys

BROWSER_SYS_PLATFORM = "emscripten"  # what sys.platform says there


class UserError(Exception):
    """A mistake of the person at the keyboard; its text says what happened and what to do.

    A notebook shows it as a card (notebook/error_cards.py), a command as a line.
    """


def describe_missing_package(error: ModuleNotFoundError) -> str:
    """What is not here, in a sentence, and where it is."""
    if sys.platform == BROWSER_SYS_PLATFORM:
        return (
            f"This takes {error.name}, and the Python of a browser has only what the sections"
            " need: new figures, charts, handouts and exercises of your own are made in the"
            " notebooks that are installed on a computer."
        )
    return (
        f"The course needs {error.name}, which the Python of this page does not have. Open the"
        " page with python3 start.py, which brings all that it takes; or write"
        f" %pip install {error.name} into a box, run it, and restart the kernel."
    )
