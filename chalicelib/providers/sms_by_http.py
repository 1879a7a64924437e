"""Text messages by any provider that takes a signed POST: the provider's own gateway, or a small bridge to it.

The body is JSON, `{"id", "phone", "text"}`; 2xx says that the text was taken, 4xx that it never will be.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.errors import Refused
from chalicelib.providers import signed_posts


class SmsKey(msgspec.Struct, frozen=True):
    """The secret shared with the provider."""

    key: str


class _Text(msgspec.Struct, frozen=True):
    id: str
    phone: str
    text: str


class HttpSms:
    """Posts to `url`, signed with the key that `fetch_key` finds."""

    def __init__(self, url: str, *, fetch_key: Callable[[datetime], SmsKey], timeout_s: float) -> None:
        self._url = url
        self._fetch_key = fetch_key
        self._timeout_s = timeout_s

    def send(self, phone: str, text: str, *, message_id: str, now: datetime) -> None:
        """Hand a text over to the provider."""
        key = self._fetch_key(now).key
        body = msgspec.json.encode(_Text(message_id, phone, text))
        status = signed_posts.post(self._url, body, key=key, what="SMS", timeout_s=self._timeout_s, now=now)
        if status not in signed_posts.TAKEN:
            raise Refused(code="sms_refused")
