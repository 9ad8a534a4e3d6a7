"""The look of words in print: types, tints, and paragraphs, points and cards made of text."""

from backcare_nb.export.boxes import Box, Card, Prose, Stack
from backcare_nb.export.paper import Run, Type
from backcare_nb.figures.palette import QUIET

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


def point(lead: str, words: str, type_: Type = BODY) -> Prose:
    """A line of a list; it begins in bold, if it has a lead."""
    runs = (Run(lead, type_.bold), Run(words, type_)) if lead else (Run(words, type_),)
    return Prose(runs, Run("•", type_), 11)


def label(words: str, colour: str = BLUE) -> Prose:
    """A line that says what follows."""
    return para(words, Type(LABEL.size, colour).bold)


def care(title: str, *boxes: Box) -> Card:
    """A card that nobody should miss."""
    return Card(Stack([label(title, ORANGE), *boxes], 2), CARE_TINT, CARE, 7)
