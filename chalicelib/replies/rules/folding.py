"""What does not matter in a message: white space around it, upper or lower case, full or half width. Pure."""

from __future__ import annotations

from unicodedata import normalize


def fold(text: str) -> str:
    """A text as it is compared with others."""
    return even(text).casefold()


def even(text: str) -> str:
    """A text in one width, with its letters as they were written: what a pattern looks at."""
    return (text if text.isascii() else normalize("NFKC", text)).strip()
