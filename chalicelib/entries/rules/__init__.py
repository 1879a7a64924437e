"""What is decided about entries. Pure."""
