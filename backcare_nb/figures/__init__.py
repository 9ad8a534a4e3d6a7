"""Postures and motions as pictures, as frames for the browser, and in words."""
