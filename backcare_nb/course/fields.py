"""What the models of all data files share: names, sides, and how strict they are.

The models are frozen and strict: a wrong key, type or amount is an error, never a guess.
Words may hold ``{side}``, ``{other}`` and ``{this|that}``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

from backcare_nb.course.names import names_by_synonym, shorten

Loc = tuple[str | int, ...]  # the way to a place in a file: keys, and numbers in lists
LocAndText = tuple[Loc, str]  # what is wrong at a place, in a sentence
Side = Literal["left", "right"]
BodyPosition = Literal["supine", "prone", "kneeling", "sitting", "standing"]
LYING_POSITIONS = ("supine", "prone")
KNEELING_POSITION = "kneeling"
FLOOR_POSITIONS = (*LYING_POSITIONS, KNEELING_POSITION)
POSITIONS_OFF_THE_FLOOR = ("standing", "sitting")
PositiveNumber = Annotated[float, Field(gt=0)]

ItemT = TypeVar("ItemT")

# A tuple of items, written as a list in YAML.
TupleFromList = Annotated[tuple[ItemT, ...], Field(strict=False)]


@dataclass(frozen=True)
class TextPattern:
    """Marks text that fits a pattern; ``words`` say how to write it."""

    pattern: str
    words: str

    def __get_pydantic_core_schema__(
        self, source: type[str], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        def check(text: str) -> str:
            if not re.fullmatch(self.pattern, text):
                mended = re.sub(r"\W+", "_", text.lower()).strip("_")
                names = (names_by_synonym().get(mended, mended), mended.replace("_", "-"))
                name = next((name for name in names if re.fullmatch(self.pattern, name)), "")
                cure = f": write {name}" if name else ""
                raise ValueError(f'found "{text[:60]}", expected {self.words}{cure}')
            return text

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | {"pattern": f"^{self.pattern}$"}


class SingleItemWithoutList(BeforeValidator):
    """Marks a tuple of which a single item may be written without a list."""

    def __init__(self, *, of_names: bool = True) -> None:
        def put_in_list(value: Any) -> Any:
            if of_names and isinstance(value, str) and "," in value:
                raise ValueError(f'found "{shorten(value)}", expected a list: write [{value}]')
            return (value,) if isinstance(value, str | dict) else value

        super().__init__(put_in_list)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        several = handler(schema)
        return {"anyOf": [several["items"], several]}


NAME_FORMAT_DESCRIPTION = "a name of small letters, digits and _ that starts with a letter"
Name = Annotated[str, TextPattern(r"[a-z][a-z0-9_]{0,59}", NAME_FORMAT_DESCRIPTION)]
MISTAKE_POSTURE_PREFIX = "mistake_"  # of the name of a posture that shows a common mistake
ENGLISH_TAG = "en"  # what all of the course is in
LANGUAGE_TAG_DESCRIPTION = "the tag of a language, such as en, de or pt-BR"
LanguageTag = Annotated[
    str, TextPattern(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", LANGUAGE_TAG_DESCRIPTION)
]
ShortText = Annotated[str, Field(min_length=1, max_length=120)]
LongText = Annotated[str, Field(min_length=1, max_length=1200)]
CITATION_PATTERN = re.compile(r"\s*\[@([^\[\]]*)\]")


class TextWithCitations(str):
    """Words of which some rest on references; as a string they are the words alone.

    In the data a citation stands behind what it is for, before the full stop: ``[@nzamba_2024]``,
    or ``[@acsm_2021; @csp]`` for two. ``written`` is the text with its citations.
    """

    written: str

    def __new__(cls, written: str) -> "TextWithCitations":
        text = super().__new__(cls, CITATION_PATTERN.sub("", written))
        text.written = written
        return text

    @property
    def references(self) -> tuple[str, ...]:
        """The ids of the references that it names, each once."""
        cited = CITATION_PATTERN.findall(self.written)
        names = (name.strip().removeprefix("@") for each in cited for name in each.split(";"))
        return tuple(dict.fromkeys(names))

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[str], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            cls._read,
            core_schema.str_schema(min_length=1, max_length=1200),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda text: getattr(text, "written", text), return_schema=core_schema.str_schema()
            ),
        )

    @classmethod
    def _read(cls, text: Any, read_string: ValidatorFunctionWrapHandler) -> "TextWithCitations":
        return text if isinstance(text, cls) else cls(read_string(text))


SIDE_PLACEHOLDERS = ("{side}", "{other}")
LEFT_RIGHT_CHOICE_PATTERN = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")


def fill_sides(words: str, side: str | None) -> str:
    """Words with ``{side}``, ``{other}`` and ``{this|that}`` filled in; other braces stay.

    ``{links|rechts}`` is for words that left and right do not fit: the first is for the left.
    """
    other = {"left": "right", "right": "left"}.get(side or "", "other")
    words = words.replace("{side}", side or "one").replace("{other}", other)
    chosen = {"left": r"\1", "right": r"\2"}.get(side or "", r"\1 / \2")
    return LEFT_RIGHT_CHOICE_PATTERN.sub(chosen, words)


class Model(BaseModel):
    """A frozen, strict model that knows every key it may hold."""

    # Built when first used: drawing a posture needs no model of an exercise.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )


def optional(description: str, default: Any = None) -> Any:
    """The field of a key that may be left out, with what the key means."""
    return Field(default=default, description=description)


def raise_validation_error_if_any(title: str, mistakes: Iterable[LocAndText]) -> None:
    """Raise one ValidationError that names the place of each mistake, if there is any."""
    errors = ((PydanticCustomError("mistake", what), loc) for loc, what in mistakes)
    details = [InitErrorDetails(type=error, loc=loc, input=None) for error, loc in errors]
    if details:
        raise ValidationError.from_exception_data(title, details)
