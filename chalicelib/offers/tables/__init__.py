"""Offers as rows."""
