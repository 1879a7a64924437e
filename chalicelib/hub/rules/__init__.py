"""Decisions about records. Pure."""
