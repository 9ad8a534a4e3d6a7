"""A function for people who write a line in a notebook: told in a sentence what it cannot take."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any

from backcare_nb.course.errors import UserError
from backcare_nb.course.names import closest_name


class CallError(UserError, TypeError):
    """A call that names what a function does not know, or leaves out what it needs."""


def explain_wrong_calls(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which raises CallError where Python would speak of arguments."""
    takes = signature(function)

    @wraps(function)
    def call(*values: Any, **named: Any) -> Any:
        try:
            takes.bind(*values, **named)
        except TypeError:
            raise CallError(
                f"{function.__name__}() {_describe_wrong_call(takes, values, named)}"
            ) from None
        return function(*values, **named)

    return call


def _describe_wrong_call(
    takes: Signature, values: tuple[Any, ...], named: Mapping[str, Any]
) -> str:
    """What cannot be in a call: a name that is not known, too many values, or too few."""
    known = takes.parameters
    placed = [name for name in known if known[name].kind is Parameter.POSITIONAL_OR_KEYWORD]
    if not known:
        return "takes nothing: leave its brackets empty."
    for name in named:
        if name not in known:
            meant = closest_name(name, known)
            return f'knows no "{name}"' + (
                f'; did you mean "{meant}"?' if meant else f": it takes {', '.join(known)}."
            )
    if len(values) > len(placed):
        return (
            f"takes {len(placed)} without a name at most, {', '.join(placed)}, and {len(values)}"
            " were given."
        )
    twice = [name for name in placed[: len(values)] if name in named]
    if twice:
        return f"was given {twice[0]} twice, by its place and by its name."
    needed = [name for name in placed[len(values) :] if known[name].default is Parameter.empty]
    return f"needs {', '.join(name for name in needed if name not in named)} between its brackets."
