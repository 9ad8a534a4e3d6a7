"""Cards to read: HTML where a notebook shows it, and the same words as plain text elsewhere.

Whatever the data hold is text: it is escaped here, in one place, and nowhere else.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from textwrap import shorten
from urllib.parse import quote

VOID_TAGS = ("br", "img", "input", "link", "meta")
# How what is in an element is joined in plain text; what is not named here has lines of its own.
CHILD_TEXT_SEPARATORS_BY_TAG = {"tr": " | "} | dict.fromkeys(
    ("a", "code", "em", "h3", "li", "p", "span", "strong", "summary", "td", "th"), ""
)

# After these, and before a line of text of a drawing, markup goes on in a new line.
BLOCK_END_TAGS_REGEX_TEXT = r"</(?:style|p|h3|li|tr|th|td|summary)>|<br>"
BLOCK_LINE_BREAK_PATTERN = re.compile(rf"(?:{BLOCK_END_TAGS_REGEX_TEXT})|(?=<text )")
LONG_LINE_BREAK_PATTERN = re.compile(r"[^\n]{500,930} (?=[^\n])")
# Space that CSS does not need, outside of what is quoted.
CSS_SPACE_PATTERN = re.compile(r' ?([{};,]) ?|(?<=:) (?!")')
LONG_SVG_LINE_BREAK_PATTERN = re.compile(r"[^\n]{820,930}(?:[ >}]|(?<=\d)[zZ])")


@dataclass(frozen=True)
class Node:
    """An element of HTML with what is in it: other elements, and text as it is."""

    tag: str
    children: tuple["Node | str", ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    def html(self) -> str:
        """The element as markup."""
        attributes = "".join(
            f' {name}="{value if isinstance(value, DataURL) else escape(value)}"'
            for name, value in self.attributes
        )
        inside = "".join(escape(c) if isinstance(c, str) else c.html() for c in self.children)
        end = "" if self.tag in VOID_TAGS else f"</{self.tag}>"
        return f"<{self.tag}{attributes}>{inside}{end}"

    def map_attributes(self, change: Callable[[dict[str, str]], dict[str, str]]) -> "Node":
        """The element, and all that is in it, with changed attributes."""
        children = (c if isinstance(c, str) else c.map_attributes(change) for c in self.children)
        attributes = change(dict(self.attributes)).items()
        return Node(self.tag, tuple(children), tuple(attributes))

    def plain_text(self) -> str:
        """The element's words: lines below each other, a list with marks, a row on one line."""
        words = [c if isinstance(c, str) else c.plain_text() for c in self.children]
        match self.tag:
            case "ul":
                words = [f"- {word}" for word in words]
            case "ol":
                words = [f"{number}. {word}" for number, word in enumerate(words, 1)]
            case "h3":
                words = ["\n", *words]
        return CHILD_TEXT_SEPARATORS_BY_TAG.get(self.tag, "\n").join(word for word in words if word)


ListItem = str | Node | tuple[str | Node, ...]  # of a list; a tuple is what one item holds


@dataclass(frozen=True)
class Card:
    """Something to read in a notebook."""

    kind: str
    children: tuple[Node, ...]

    def _repr_html_(self) -> str:
        root = h("div", *self.children, class_=f"backcare-guide {self.kind}")
        return break_markup_into_lines(f"<style>{read_card_stylesheet()}</style>{root.html()}")

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        """Its page, and its first words: a saved notebook need not say everything twice."""
        first_words = shorten(repr(self), 80, placeholder=" ...")
        return {"text/html": self._repr_html_(), "text/plain": first_words}

    def __repr__(self) -> str:
        return Node("div", self.children).plain_text().strip()


class DataURL(str):
    """A picture as an address: what could end an attribute in it is percent-encoded."""


def break_markup_into_lines(markup: str) -> str:
    """The same markup with a line for each block: a change of a word changes its line alone.

    A line over 930 letters goes on below, wherever it has a space.
    """
    return LONG_LINE_BREAK_PATTERN.sub(r"\g<0>\n", BLOCK_LINE_BREAK_PATTERN.sub(r"\g<0>\n", markup))


@cache
def read_card_stylesheet() -> str:
    """The cards' CSS: every card brings it along, so that each can be read by itself."""
    file = Path(__file__).with_name("card.css")
    words = " ".join(file.read_text(encoding="utf-8").split())
    return CSS_SPACE_PATTERN.sub(r"\1", words).replace(";}", "}")


def h(tag: str, *children: Node | str, **attributes: str) -> Node:
    """An element; its text is always text, never markup.

    Attributes whose names are no Python are written class_ and aria_label.
    """
    named = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    return Node(tag, children, tuple(named))


def para(*children: Node | str) -> Node:
    return h("p", *children)


def strong(text: str) -> Node:
    return h("strong", text)


def bold_line(text: str) -> Node:
    """A line that says what follows."""
    return para(strong(text))


def small_line(text: str) -> Node:
    """A line in small letters."""
    return h("p", text, class_="small")


def details(summary: str, *children: Node) -> Node:
    """A note that is folded away below a line that opens it."""
    return h("details", h("summary", summary), *children)


def foldable_part(summary: str, *children: Node) -> Node:
    """A part of a card that is folded away: open on paper and on slides."""
    return h("details", h("summary", summary), *children, class_="fold")


def bullet_list(items: Iterable[ListItem], *, ordered: bool = False) -> Node:
    """A list, numbered where its order matters; an item may be in parts."""
    parts = (item if isinstance(item, tuple) else (item,) for item in items)
    return h("ol" if ordered else "ul", *(h("li", *each) for each in parts))


def div(kind: str, *children: Node) -> Node:
    """Children that are laid out together."""
    return h("div", *children, class_=kind)


def error_report(report: str) -> Node:
    """What went wrong: its first line, and a line for each mistake."""
    first, *rest = report.split("\n")
    return div("care", para(strong(first)), bullet_list(line for line in rest if line))


def table(heads: Iterable[str], rows: Iterable[Iterable[Node | str]]) -> Node:
    """A table; the first cell with words names its row.

    Each cell knows its heading: where there is no room for columns, it stands before the cell.
    """
    heads = tuple(heads)
    head = h("tr", *(h("th", text, scope="col") for text in heads))
    lines = []
    for row in rows:
        cells = (h("td", cell, data_head=text) for cell, text in zip(row, heads, strict=True))
        lines.append(h("tr", *cells))
    return h("table", h("thead", head), h("tbody", *lines), class_="rows")


def svg_image(svg: str, alt: str, **attributes: str) -> Node:
    """A picture that brings its drawing along, shown even where a notebook is not trusted."""
    drawing = quote(svg, safe=" /:=,;()'<>{}")
    # A line end is as good as a space.
    drawing = LONG_SVG_LINE_BREAK_PATTERN.sub(r"\g<0>\n", drawing)
    return h("img", alt=alt, src=DataURL(f"data:image/svg+xml,{drawing}"), **attributes)
