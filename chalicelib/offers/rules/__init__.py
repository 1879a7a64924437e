"""Decisions about offers. Pure."""
