"""Rows of the pulls."""
