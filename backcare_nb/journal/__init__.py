"""The learner's own record of what was done and how it felt."""
