"""Lessons to take away: on paper, as a page that plays with no network, as a site."""
