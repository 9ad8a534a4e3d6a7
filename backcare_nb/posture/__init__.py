"""Postures and motions solved from angles and contacts, and whether a body can do them."""
