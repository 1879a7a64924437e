"""App push by any provider that takes a signed POST: a push service's gateway, or a small bridge to one or several of them.

The body is JSON, `{"id", "app", "token", "title", "text", "data"}`. 2xx says that the notice was taken, 410 that the app is gone from
this device, another 4xx that it never will be taken, 401 to 405 that none of ours is.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.errors import Refused
from chalicelib.providers.push import Notice
from chalicelib.providers.signed_posts import TAKEN, HttpProvider

GONE = 410


class _Handed(msgspec.Struct, frozen=True):
    id: str
    app: str
    token: str
    title: str
    text: str
    data: dict[str, str]


class HttpPush(HttpProvider):
    """Posts each notice."""

    what = "app push"
    missing = "push_missing"

    def send(self, token: str, notice: Notice, *, app: str, message_id: str, now: datetime) -> None:
        """Hand a notice over to the provider."""
        status = self.hand_over(_Handed(message_id, app, token, notice.title, notice.text, dict(notice.data)), now=now)
        if status == GONE:
            raise Refused(code="push_token_dead")
        if status not in TAKEN:
            raise Refused(code="push_refused")
