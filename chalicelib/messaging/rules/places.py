"""Where a message stands in a list, as a cursor. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.errors import Invalid
from chalicelib.messaging.words import Place

LONGEST_ID = 32
LONGEST_TIME = 11


def is_message_id(text: str) -> bool:
    """A ULID or a digest; anything else names no message and is not looked for."""
    return len(text) <= LONGEST_ID and text.isascii() and text.isalnum()


def write_cursor(place: Place) -> str:
    return f"{int(place.due_at.timestamp())}#{place.id}"


def read_cursor(cursor: str) -> Place:
    due_at, separator, message_id = cursor.partition("#")
    if not (separator and due_at.isascii() and due_at.isdigit() and len(due_at) <= LONGEST_TIME and is_message_id(message_id)):
        raise Invalid(code="cursor_invalid")
    return Place(datetime.fromtimestamp(int(due_at), UTC), message_id)
