"""What the models of all data files share: names, sides, and how strict they are.

The models are frozen and strict: a wrong key, type or amount is an error, never a guess.
Words may hold ``{side}`` and ``{other}``.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

if TYPE_CHECKING:
    from backcare_nb.content.tree import Loc

Side = Literal["left", "right"]
Position = Literal["supine", "prone", "kneeling", "sitting", "standing"]


def spelled(pattern: str, words: str) -> object:
    """Text that fits a pattern; words say how to write it."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f'found "{text[:60]}", expected {words}')
        return text

    schema = {"pattern": f"^{pattern}$"}
    return Annotated[str, AfterValidator(check), Field(json_schema_extra=schema)]


Name = spelled(
    r"[a-z][a-z0-9_]{0,59}", "a name of small letters, digits and _ that starts with a letter"
)
Line = Annotated[str, Field(min_length=1, max_length=120)]
Words = Annotated[str, Field(min_length=1, max_length=1200)]


def fill(words: str, side: str | None) -> str:
    """Words with ``{side}`` and ``{other}`` filled in; other braces stay as they are."""
    other = {"left": "right", "right": "left"}.get(side or "", "other")
    return words.replace("{side}", side or "one").replace("{other}", other)


class Model(BaseModel):
    """A frozen, strict model that knows every key it may hold."""

    # Built when first used: drawing a posture needs no model of an exercise.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )


def many(item: type, **limits: int) -> object:
    """A tuple of items, written as a list in YAML."""
    return Annotated[tuple[item, ...], Field(strict=False, **limits)]


def refuse(title: str, mistakes: Iterable[tuple["Loc", str]]) -> None:
    """Raise one ValidationError that names the place of each mistake, if there is any."""
    details = [
        InitErrorDetails(type=PydanticCustomError("mistake", what), loc=loc, input=None)
        for loc, what in mistakes
    ]
    if details:
        raise ValidationError.from_exception_data(title, details)
