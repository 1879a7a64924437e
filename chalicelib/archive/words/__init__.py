"""Words of the archive."""
