"""Text messages by any provider that takes a signed POST: the provider's own gateway, or a small bridge to it.

The body is JSON, `{"id", "phone", "text"}`; 2xx says that the text was taken, 4xx that it never will be, 401 to 405 that none of ours is.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.errors import Refused
from chalicelib.providers.signed_posts import TAKEN, HttpProvider


class _Text(msgspec.Struct, frozen=True):
    id: str
    phone: str
    text: str


class HttpSms(HttpProvider):
    """Posts each text."""

    what = "SMS"
    missing = "sms_missing"

    def send(self, phone: str, text: str, *, message_id: str, now: datetime) -> None:
        """Hand a text over to the provider."""
        if self.hand_over(_Text(message_id, phone, text), now=now) not in TAKEN:
            raise Refused(code="sms_refused")
