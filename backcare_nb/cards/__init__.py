"""Cards to read, pictures with words, charts, and what a browser is given to play."""
