"""Exercises, shipped and own, compiled to exact times and planned to lessons."""
