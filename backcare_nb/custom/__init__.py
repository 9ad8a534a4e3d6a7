"""Exercises of a person's own: their files, read, judged and drawn."""
