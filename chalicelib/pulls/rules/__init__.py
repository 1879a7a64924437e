"""Decisions about pulls. Pure."""
