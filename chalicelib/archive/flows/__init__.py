"""Flows of the archive."""
