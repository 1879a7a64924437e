"""What is decided about touches. Pure."""
