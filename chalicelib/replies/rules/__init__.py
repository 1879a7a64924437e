"""Decisions about replies. Pure."""
