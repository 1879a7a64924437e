"""Routes of the archive."""
