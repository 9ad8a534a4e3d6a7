"""Sessions planned for a class, and programmes for one person."""
