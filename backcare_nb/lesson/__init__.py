"""Sessions planned for a class."""
