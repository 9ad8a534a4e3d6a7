"""An exercise or a section in one box of a notebook: what to know, the player, the rest folded."""

from IPython.display import display

from backcare_nb.course.models import VersionName
from backcare_nb.custom.library import current_library
from backcare_nb.html.card import Card
from backcare_nb.html.course_cards import exercise_details_card, exercise_opening_card, opening
from backcare_nb.notebook.player import SectionPlayer, play, session

# In a box, where a picture and the cautions stand above it already, a player waits as one line.
COMPACT_PLAYER_CSS_CLASS = "backcare-compact"


class NotebookCellParts:
    """The parts of what is taught, one below the other; each is an output of its own.

    So slides can show one at a time, and a check of a notebook compares each.
    """

    def __init__(self, parts: tuple[Card | SectionPlayer, ...]) -> None:
        self.parts = parts

    def _ipython_display_(self) -> None:
        for part in self.parts:
            display(part)

    def _repr_html_(self) -> str:
        """All of it as one page, where outputs cannot be several."""
        data = (part._repr_mimebundle_() for part in self.parts)
        pages = (each[0] if isinstance(each, tuple) else each for each in data)
        return "".join(page["text/html"] for page in pages)

    def _display_(self) -> object:
        """What marimo shows: all of it too, in one output."""
        from marimo import vstack  # it is what asks

        return vstack(self.parts)

    def __repr__(self) -> str:
        return f"NotebookCellParts({', '.join(type(part).__name__ for part in self.parts)})"


def exercise(exercise: str, *, version: VersionName | None = None) -> NotebookCellParts:
    """All of an exercise in one box: why, who takes care, its player; its figures and more, folded.

    ``exercise`` is its id, such as "knee_rolls". ``version`` is "easier", "source" (as taught) or
    "harder"; without one it is yours: the easier one, until you or your journal say otherwise.
    Amounts are chosen in the player's menu, or in a line of one's own with play().
    Raises UnknownName.
    """
    chosen = current_library().exercise(exercise)
    player = play(exercise, version=version)
    player.add_class(COMPACT_PLAYER_CSS_CLASS)
    folds = exercise_details_card(chosen, version or "source")
    return NotebookCellParts((exercise_opening_card(chosen), player, folds))


def section(section: str, *, version: VersionName | None = None) -> NotebookCellParts:
    """A whole section in one box: what it asks for, who takes care, and its session.

    ``section`` is its id, such as "relax_the_back", and ``version`` that of exercise(). Raises
    UnknownName.
    """
    return NotebookCellParts((opening(section), session(section, version=version)))
