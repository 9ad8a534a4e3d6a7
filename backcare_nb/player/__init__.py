"""What runs in a browser: the player, the adjustable figure, forms, and their style."""
