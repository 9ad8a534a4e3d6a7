"""The skeleton, postures solved from angles and contacts, and whether a body can do it."""
