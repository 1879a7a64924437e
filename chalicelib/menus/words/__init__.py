"""Words of the menus room."""
