"""Menus: drafted, published, turned by holidays, compared, counted."""
