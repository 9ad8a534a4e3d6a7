"""What an exception owes the person who reads it."""


class UserError(Exception):
    """A mistake of the person at the keyboard; its text says what happened and what to do.

    A notebook shows it as a card (notebook/error_cards.py), a command as a line.
    """
