"""A function for people who write a line in a notebook: told in a sentence what it cannot take."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from inspect import Parameter, Signature, signature
from numbers import Real
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from backcare_nb.course.errors import UserError
from backcare_nb.course.names import closest_name, shorten

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

DESCRIPTIONS_BY_TYPE = {  # of types in annotations; others go by their own names
    str: "a word in quotes",
    float: "a number",
    int: "a whole number",
    bool: "True or False",
    datetime: "a time",
    Path: "a path",
    Iterable: "a list of words",
    Mapping: "amounts by name, in braces",
}


class CallError(UserError, TypeError):
    """A call that names what a function does not know, or gives what it cannot take."""


def explain_wrong_calls(function: FunctionT) -> FunctionT:
    """The function or method, which raises CallError where Python would speak of arguments."""
    takes = signature(function)
    first = 1 if "self" in takes.parameters else 0  # of the values that a person writes
    takes = takes.replace(parameters=[*takes.parameters.values()][first:])

    @wraps(function)
    def call(*values: Any, **named: Any) -> Any:
        written = values[first:]
        try:
            given = takes.bind(*written, **named).arguments
        except TypeError:
            raise CallError(
                f"{function.__name__}() {_describe_signature_mismatch(takes, written, named)}"
            ) from None
        try:
            return function(*values, **named)
        except UserError:
            raise
        except Exception as error:
            if wrong := _describe_wrong_argument_type(function, given):
                raise CallError(f"{function.__name__}() {wrong}") from error
            raise

    return cast(FunctionT, call)


def _describe_signature_mismatch(
    expected: Signature, values: tuple[Any, ...], named: Mapping[str, Any]
) -> str:
    """What cannot be in a call: a name that is not known, too many values, or too few."""
    known = expected.parameters
    placed = [name for name in known if known[name].kind is Parameter.POSITIONAL_OR_KEYWORD]
    if not known:
        return "takes nothing: leave its brackets empty."
    for name in named:
        if name not in known:
            meant = closest_name(name, known)
            return f'knows no "{name}"' + (
                f'; did you mean "{meant}"?' if meant else f": it takes {', '.join(known)}."
            )
    if values and not placed:
        return f"takes only what has its name before it: {', '.join(known)}."
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


def _describe_wrong_argument_type(function: Callable[..., Any], given: Mapping[str, Any]) -> str:
    """What was given that is of no kind that the function takes; empty where all of it is."""
    from backcare_nb.course import models  # some modules name these without loading them

    hints = get_type_hints(function, localns=vars(models))
    for name, value in given.items():
        kinds = _allowed_types(hints[name])
        if not any(_is_instance_of(value, kind) for kind in kinds):
            known = " or ".join(
                DESCRIPTIONS_BY_TYPE.get(k, f"a{'n' * (k.__name__[0] in 'AEIOU')} {k.__name__}")
                for k in kinds
                if k is not NoneType
            )
            return f"takes {known} as {name}, and not {shorten(repr(value))}."
    return ""


def _allowed_types(annotation: Any) -> tuple[type, ...]:
    """The types that an annotation allows."""
    kind = get_origin(annotation) or annotation
    if kind in (Union, UnionType):
        return tuple(each for part in get_args(annotation) for each in _allowed_types(part))
    return (str,) if kind is Literal else (kind,)


def _is_instance_of(value: object, kind: type) -> bool:
    if kind is Iterable and isinstance(value, Iterable):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, Real if kind in (float, int) else kind)
