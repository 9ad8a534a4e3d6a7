"""YAML files to models, and every mistake in them told in a sentence."""
