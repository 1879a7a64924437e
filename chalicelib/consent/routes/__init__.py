"""Doors of the consent room."""
