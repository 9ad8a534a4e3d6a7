"""What goes wrong in a box of a notebook, told in a card: what happened, where, and what to do.

The course's own errors are told so, and those of Python where a box names what is not there. All
others stay as Python tells them. The box has failed in any case, and %tb in another box shows the
whole traceback.
"""

import ast
import re
from contextlib import suppress
from linecache import getline, getlines
from traceback import walk_tb
from types import FrameType, TracebackType
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
HANDLED_ERROR_TYPES = (UserError, AttributeError, ImportError, NameError)
# What JupyterLab, Notebook and Voila show of an error that the card above it tells.
HIDE_TRACEBACK_STYLE = (
    "<style>.jp-OutputArea-child:has(.backcare-guide.error) + .jp-OutputArea-child:has(>"
    ' [data-mime-type="application/vnd.jupyter.stderr"]) { display: none; }</style>'
)


def show_errors_as_cards() -> None:
    """Have errors told so in the notebook that this runs in, if it is one."""
    shell = get_ipython()
    if shell:
        shell.set_custom_exc(HANDLED_ERROR_TYPES, _show_error)


def _show_error(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: Any,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    """Show an error of a box, in a card or as Python does: what IPython asks of a handler."""
    places = [*walk_tb(trace)]
    box, line = ([p for p in places if p[0].f_globals is shell.user_ns] or places)[-1]
    told = str(error) if isinstance(error, UserError) else _explain_python_error(error, places, box)
    if told:
        card = _error_card(told, getline(box.f_code.co_filename, line).strip())
        publish_display_data({"text/html": HIDE_TRACEBACK_STYLE + card._repr_html_()})
        error._render_traceback_ = told.splitlines  # what IPython shows in place of the traceback
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    if told:
        del error._render_traceback_  # %tb asks again


def _error_card(told: str, line: str) -> Card:
    first, *rest = told.splitlines()
    listed = (bullet_list(rest),) if rest else ()
    place = para("It is in the line ", h("code", line))
    keys = (h("kbd", "Shift"), " and ", h("kbd", "Enter"))
    again = para("Once it is put right, run the box again, with ", *keys, ".")
    what = para(strong("That did not work: "), first)
    return Card("error", (div("care", what, *listed, place, again),))


def _explain_python_error(
    error: Any, places: list[tuple[FrameType, int]], box: FrameType
) -> str | None:
    """What to do about an error of Python's; nothing where it has nothing to do with the course."""
    ours = (frame.f_globals.get("__name__", "").startswith(PACKAGE_NAME) for frame, _ in places)
    match error:
        case ModuleNotFoundError(name=str()) if any(ours):
            return describe_missing_package(error)
        case _ if places[-1][0] is not box:  # other code went wrong
            return None
        case ImportError(name=backcare_nb.__name__):
            unknown = re.match(r"cannot import name '(\w+)'", str(error))
            return unknown and unknown_name_message("word", unknown[1], PUBLIC_NAMES)
        case NameError(name=str(name)) if name in PUBLIC_NAMES:
            begin = "Begin the box with the line:"
            return f"{name} has not been fetched yet. {begin}\n{_import_line(name)}"
        case NameError(name=str(name)) if _is_argument_of_course_call(name, box):
            return f'{name} is not known here. If it is a word, write it in quotes: "{name}".'
        case NameError(name=str(name)) if meant := closest_name(name, PUBLIC_NAMES):
            return (
                f"{name} is not known here. Did you mean {meant}? Fetch it with:\n"
                f"{_import_line(meant)}"
            )
        case AttributeError(name=str(name), obj=thing) if type(thing).__module__.startswith(
            PACKAGE_NAME
        ):
            words = f"{type(thing).__name__} knows no {name}."
            meant = closest_name(name, [each for each in dir(thing) if each[0] != "_"])
            hint = f"Did you mean {meant}?" if meant else "Tab behind the dot lists what it knows."
            return f"{words} {hint}"
    return None


def _import_line(name: str) -> str:
    return f"from {PACKAGE_NAME} import {name}"


def _is_argument_of_course_call(name: str, box: FrameType) -> bool:
    """Whether a name stands between the brackets of a call of the course's."""
    with suppress(SyntaxError):  # a line of IPython's own, which is no Python
        for call in ast.walk(ast.parse("".join(getlines(box.f_code.co_filename)))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in PUBLIC_NAMES:
                given = (node for each in (*call.args, *call.keywords) for node in ast.walk(each))
                if any(getattr(node, "id", "") == name for node in given):
                    return True
    return False
