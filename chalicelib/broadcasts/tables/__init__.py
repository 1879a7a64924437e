"""Broadcasts as rows."""
