"""What stops a desk command: one sentence for the person who typed it."""

from __future__ import annotations


class Trouble(Exception):
    """Its text says what is wrong and what to do next; the command ends with exit code 1."""
