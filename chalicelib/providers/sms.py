"""The port of text messages: what a flow asks of whichever provider sends them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from chalicelib.errors import Missing


class Sms(Protocol):
    """Sends one text to one phone."""

    def send(self, phone: str, text: str, *, message_id: str, now: datetime) -> None:
        """Hand a text over; `phone` is E.164, `message_id` the same each time the same text is handed over.

        Raises `Refused` (sms_refused, do not repeat), `Busy` (was not sent) or `Unknown` (may have been sent).
        """


class NoSms:
    """Stands where nobody has set up a provider."""

    def send(self, phone: str, text: str, *, message_id: str, now: datetime) -> None:
        """Refuse."""
        raise Missing(code="sms_missing")
