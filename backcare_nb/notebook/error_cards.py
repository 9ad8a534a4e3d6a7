"""What goes wrong in a box of a notebook, told in a card: what happened, where, and what to do.

What the box itself does is told so, and what the course does for it. What comes out of other code
stays as Python tells it, with the way there. The box has failed in any case, and %tb in another box
shows the whole traceback.
"""

import re
import sys
from collections.abc import Sequence
from linecache import getline
from traceback import walk_tb
from types import TracebackType
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import publish_display_data

import backcare_nb
from backcare_nb.course.errors import UserError, describe_missing_package
from backcare_nb.course.names import closest_name, unknown_name_message
from backcare_nb.html.card import Card, bullet_list, div, h, para, strong

PACKAGE_NAME = backcare_nb.__name__
PUBLIC_NAMES = backcare_nb.__all__
UNKNOWN_IMPORT_PATTERN = re.compile(
    rf"(?:module '{PACKAGE_NAME}' has no attribute|cannot import name) '(\w+)'"
    rf"(?:$| from '{PACKAGE_NAME}')"
)
WORKING_LINE_HINT = 'Compare it with a line that works:\nplay("knee_rolls", seconds=20)'
# What JupyterLab, Notebook and Voila show of an error that the card above it tells.
HIDE_TRACEBACK_STYLE_HTML = (
    "<style>.jp-OutputArea-child:has(.backcare-guide.error) + .jp-OutputArea-child:has(>"
    ' [data-mime-type="application/vnd.jupyter.stderr"]) { display: none; }</style>'
)


def show_errors_as_cards() -> None:
    """Have errors told so in the notebook that this runs in, if it is one."""
    shell = get_ipython()
    if shell:
        shell.set_custom_exc((Exception, KeyboardInterrupt), _show_error)


def _show_error(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: Any,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    """Show an error of a box, in a card or as Python does: what IPython asks of a handler."""
    frames = [*walk_tb(trace)]
    in_box = [place for place in frames if place[0].f_globals is shell.user_ns]
    line = (error.text or "") if isinstance(error, SyntaxError) else ""
    if in_box:
        line = getline(in_box[-1][0].f_code.co_filename, in_box[-1][1])
    line = line.strip()
    told = _explain_error(error, frames, in_box, line)
    if told:
        page = _error_card(told, line)._repr_html_()
        publish_display_data({"text/html": HIDE_TRACEBACK_STYLE_HTML + page})
        sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace  # for %tb
        shell._showtraceback(kind, error, told.splitlines())
    else:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def _error_card(explanation: str, line: str) -> Card:
    first, *rest = explanation.splitlines()
    listed = (bullet_list(rest),) if rest else ()
    place = (para("It is in the line ", h("code", line)),) if line else ()
    keys = (h("kbd", "Shift"), " and ", h("kbd", "Enter"))
    again = para("Then run the box again, with ", *keys, ".")
    what = para(strong("That did not work: "), first)
    return Card("error", (div("care", what, *listed, *place, again),))


def _explain_error(
    error: Any, frames: Sequence[Any], cell_frames: Sequence[Any], line: str
) -> str | None:
    """What to say of an error, from its frames with their lines; nothing where other code erred."""
    ours = any(frame.f_globals.get("__name__", "").startswith(PACKAGE_NAME) for frame, _ in frames)
    text = str(error)
    says = f"Python says {type(error).__name__}: {text}".rstrip(": ")
    match error:
        case UserError():
            return text
        case KeyboardInterrupt():
            return "it was stopped before it had finished."
        case ImportError() | AttributeError() if unknown := UNKNOWN_IMPORT_PATTERN.match(text):
            return unknown_name_message("word", unknown[1], PUBLIC_NAMES)
        case ModuleNotFoundError(name=str()) if ours:
            return describe_missing_package(error)
        case SyntaxError() if not cell_frames:
            what = error.msg.replace("incomplete input", "a bracket or a quote is not closed")
            return f"Python cannot read this: {what}. {WORKING_LINE_HINT}"
        case _ if ours:
            return (
                f"this should not have happened: {says}. Restart the kernel, and run the page"
                " again; if it comes back, tell who gave you the course what %tb says."
            )
        case _ if frames[-1:] != cell_frames[-1:]:
            return None
        case ModuleNotFoundError(name=name) | NameError(name=name) if name in PUBLIC_NAMES:
            begin = "Begin the box with the line:"
            return f"{name} has not been fetched yet. {begin}\n{_import_line(name)}"
        case ModuleNotFoundError(name=str(name)):
            meant = closest_name(name, [PACKAGE_NAME])
            hint = f"Did you mean {meant}?" if meant else "Is it written as it should be?"
            return f"there is no {name} here. {hint}"
        case NameError(name=str(name)) if f"{name}(" in line and (
            meant := closest_name(name, PUBLIC_NAMES)
        ):
            return (
                f"{name} is not known here. Did you mean {meant}? Fetch it with:\n"
                f"{_import_line(meant)}"
            )
        case NameError(name=str(name)):
            return (
                f'{name} is not known here. If it is a word, write it in quotes: "{name}".'
                " If another box makes it, run that one first."
            )
        case AttributeError(name=str(name), obj=thing) if type(thing).__module__.startswith(
            PACKAGE_NAME
        ):
            words = f"{type(thing).__name__} knows no {name}."
            meant = closest_name(name, [each for each in dir(thing) if each[0] != "_"])
            hint = f"Did you mean {meant}?" if meant else "Tab behind the dot lists what it knows."
            return f"{words} {hint}"
        case TypeError():
            return f"{says}. {WORKING_LINE_HINT}"
    return f"{says}."


def _import_line(name: str) -> str:
    return f"from {PACKAGE_NAME} import {name}"
