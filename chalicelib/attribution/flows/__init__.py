"""The steps of attribution."""
