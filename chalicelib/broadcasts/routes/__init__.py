"""Doors of the broadcasts room."""
