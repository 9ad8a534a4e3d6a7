"""What an exception owes the person who reads it."""


class UserError(Exception):
    """A mistake of the person at the keyboard: a notebook shows its text alone, no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]
