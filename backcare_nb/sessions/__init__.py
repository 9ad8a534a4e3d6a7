"""Exercises compiled to phases with exact times."""
