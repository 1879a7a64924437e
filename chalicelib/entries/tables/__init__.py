"""Entries as rows."""
