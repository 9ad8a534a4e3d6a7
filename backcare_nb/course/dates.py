"""Days in words, in the language of the words around them, whatever the locale of the machine."""

from datetime import date

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def format_date(day: date) -> str:
    """A day in words: 2 March 2026."""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"
