"""The look of words in print: types, tints, and paragraphs, points and cards made of text."""

from collections.abc import Iterator

from backcare_nb.boxes import Box, Card, Prose, Stack
from backcare_nb.card import Node
from backcare_nb.palette import QUIET
from backcare_nb.paper import Run, Type

BLUE, ORANGE = "#33506b", "#a8550f"
CARE, CARE_TINT = "#c9772f", "#fbf2e8"
SAGE, SAGE_TINT = "#7fae9f", "#eef5f2"

TITLE = Type(27, BLUE)
HEAD = Type(15, BLUE).bold
NUMBER = Type(15, ORANGE).bold
LABEL = Type(10.5, BLUE).bold
BODY = Type()
NEAR = Type(9.5)
FINE = Type(9)
SMALL = Type(9, QUIET)


def para(words: str, type_: Type = BODY) -> Prose:
    """A paragraph of plain words."""
    return Prose((Run(words, type_),))


def led(lead: str, words: str, type_: Type = BODY) -> Prose:
    """A paragraph that begins in bold."""
    return Prose((Run(lead, type_.bold), Run(words, type_)))


def point(words: str, type_: Type = BODY) -> Prose:
    """A line of a list."""
    return Prose((Run(words, type_),), Run("•", type_), 11)


def label(words: str, colour: str = BLUE) -> Prose:
    """A line that says what follows."""
    return para(words, Type(LABEL.size, colour).bold)


def care(title: str, *boxes: Box) -> Card:
    """A card that nobody should miss."""
    return Card(Stack([label(title, ORANGE), *boxes], 2.5), CARE_TINT, CARE, 8)


def of_node(node: Node) -> Iterator[Prose]:
    """The paragraphs of a card's element: a list point by point, anything else as it is."""
    if node.tag == "ul":
        for item in node.children:
            yield Prose(_runs(item), Run("•", NEAR), 11)
    else:
        yield Prose(_runs(node))


def _runs(node: Node) -> tuple[Run, ...]:
    return tuple(
        Run(c, NEAR) if isinstance(c, str) else Run(c.plain(), NEAR.bold) for c in node.children
    )


def capital(words: str) -> str:
    """Words with a capital at their beginning."""
    return words[:1].upper() + words[1:]
