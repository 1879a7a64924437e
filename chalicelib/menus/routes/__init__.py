"""Doors of the menus room."""
