"""What is looked for in texts, and how it is found. Pure."""
