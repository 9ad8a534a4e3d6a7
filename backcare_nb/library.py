"""The library: all exercises at hand."""

from backcare_nb.collection import Library, load, shipped
from backcare_nb.reading import DATA

__all__ = ["DATA", "Library", "library", "load"]


def library() -> Library:
    """The collection that comes with the package."""
    return shipped()
