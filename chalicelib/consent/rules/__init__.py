"""Decisions of the consent room."""
