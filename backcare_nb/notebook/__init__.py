"""What notebooks show: players, the adjustable figure, and what is chosen by hand."""
