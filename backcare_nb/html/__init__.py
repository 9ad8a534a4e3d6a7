"""Cards to read, pictures with words, and charts."""
