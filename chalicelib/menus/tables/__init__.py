"""Rows of the menus room."""
