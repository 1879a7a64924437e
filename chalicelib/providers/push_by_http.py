"""App push by any provider that takes a signed POST: a push service's gateway, or a small bridge to one or several of them.

The body is JSON, `{"id", "app", "token", "title", "text", "data"}`. 2xx says that the notice was taken, 410 that the app is gone from
this device, another 4xx that it never will be taken.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.errors import Refused
from chalicelib.providers import signed_posts
from chalicelib.providers.push import Notice

GONE = 410


class PushKey(msgspec.Struct, frozen=True):
    """The secret shared with the provider."""

    key: str


class _Handed(msgspec.Struct, frozen=True):
    id: str
    app: str
    token: str
    title: str
    text: str
    data: dict[str, str]


class HttpPush:
    """Posts to `url`, signed with the key that `fetch_key` finds."""

    def __init__(self, url: str, *, fetch_key: Callable[[datetime], PushKey], timeout_s: float) -> None:
        self._url = url
        self._fetch_key = fetch_key
        self._timeout_s = timeout_s

    def send(self, token: str, notice: Notice, *, app: str, message_id: str, now: datetime) -> None:
        """Hand a notice over to the provider."""
        key = self._fetch_key(now).key
        body = msgspec.json.encode(_Handed(message_id, app, token, notice.title, notice.text, dict(notice.data)))
        status = signed_posts.post(self._url, body, key=key, what="app push", timeout_s=self._timeout_s, now=now)
        if status == GONE:
            raise Refused(code="push_token_dead")
        if status not in signed_posts.TAKEN:
            raise Refused(code="push_refused")
