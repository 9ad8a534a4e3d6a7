"""Pages for a browser alone: a lesson that plays with no network, and a site."""
