"""Text messages by any provider that takes a signed POST: the provider's own gateway, or a small bridge to it.

The body is JSON, `{"id", "phone", "text"}`. Two headers prove who sent it and when:

    Liandong-Timestamp   seconds since 1970
    Liandong-Signature   v1=<hex of HMAC-SHA256 under the shared key over the timestamp, a dot and the body's bytes>

A receiver refuses what is older than five minutes, and answers 2xx once it has taken the text, 4xx when it never will.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from chalicelib.errors import Busy, LiandongError, Refused, Unknown

if TYPE_CHECKING:
    import requests

BUSY_STATUSES = frozenset({408, 425, 429, 503})


class SmsKey(msgspec.Struct, frozen=True):
    """The secret shared with the provider."""

    key: str


class _Text(msgspec.Struct, frozen=True):
    id: str
    phone: str
    text: str


def sign(key: str, timestamp: str, body: bytes) -> str:
    """The value of `Liandong-Signature`."""
    return "v1=" + hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@functools.cache
def _session() -> requests.Session:
    import requests

    return requests.Session()


class HttpSms:
    """Posts to `url`, signed with the key that `fetch_key` finds."""

    def __init__(self, url: str, *, fetch_key: Callable[[datetime], SmsKey], timeout_s: float) -> None:
        self._url = url
        self._fetch_key = fetch_key
        self._timeout_s = timeout_s

    def send(self, phone: str, text: str, *, message_id: str, now: datetime) -> None:
        """Hand a text over to the provider; what it redirects to is not followed."""
        body = msgspec.json.encode(_Text(message_id, phone, text))
        timestamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Liandong-Timestamp": timestamp,
            "Liandong-Signature": sign(self._fetch_key(now).key, timestamp, body),
        }
        trouble = self._post(body, headers)
        if trouble is not None:
            raise trouble

    def _post(self, body: bytes, headers: dict[str, str]) -> LiandongError | None:
        """What went wrong, to be raised where nothing of the request follows as its context."""
        import requests

        try:
            answer = _session().post(self._url, data=body, headers=headers, timeout=self._timeout_s, allow_redirects=False)
        except requests.exceptions.RequestException as error:
            return _broken(error)
        return _read_status(answer.status_code)


def _broken(error: Exception) -> LiandongError:
    """A connection that was never made sent nothing; one that broke later may have."""
    import requests
    import urllib3

    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, urllib3.exceptions.NewConnectionError):
        return Busy("The provider of SMS could not be reached; try again.")
    return Unknown("The provider of SMS did not answer: the text may have been sent.")


def _read_status(status: int) -> LiandongError | None:
    if 200 <= status < 300:
        return None
    if status in BUSY_STATUSES:
        return Busy("The provider of SMS is busy; try again.")
    if status >= 500:
        return Unknown("The provider of SMS failed: the text may have been sent.")
    return Refused(code="sms_refused")
