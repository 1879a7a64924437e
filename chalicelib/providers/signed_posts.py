"""Signed POSTs to a provider of ours: how one is signed, and what its answer says about whether it happened.

Two headers prove who sent it and when:

    Liandong-Timestamp   seconds since 1970
    Liandong-Signature   v1=<hex of HMAC-SHA256 under the shared key over the timestamp, a dot and the body's bytes>

A receiver refuses what is older than five minutes, and what it has under the same id already it takes without doing it again.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from chalicelib.errors import Busy, LiandongError, Missing, Unknown

if TYPE_CHECKING:
    import requests

BUSY_STATUSES = frozenset({408, 425, 429, 503})
TAKEN = range(200, 300)
ELSEWHERE = range(300, 400)
NOT_FROM_US = frozenset({401, 402, 403, 404, 405})
"""It is not this one thing that is refused, but everything of ours: the address or the key is wrong, or a bill is open."""


class SharedKey(msgspec.Struct, frozen=True):
    """The secret shared with a provider."""

    key: str


class HttpProvider:
    """A provider at `url`, each POST signed with the key that `fetch_key` finds."""

    what = ""
    missing = ""
    """The code of there being no such provider, or none that takes anything from us."""

    def __init__(self, url: str, *, fetch_key: Callable[[datetime], SharedKey], timeout_s: float) -> None:
        self._url = url
        self._fetch_key = fetch_key
        self._timeout_s = timeout_s

    def hand_over(self, thing: msgspec.Struct, *, now: datetime) -> int:
        """What the provider says to this thing, if it takes anything from us."""
        key = self._fetch_key(now).key
        status = post(self._url, msgspec.json.encode(thing), key=key, what=self.what, timeout_s=self._timeout_s, now=now)
        if status in NOT_FROM_US or status in ELSEWHERE:
            raise Missing(
                f"The provider of {self.what} takes nothing from us (HTTP {status}): look at its address and key.", code=self.missing
            )
        return status


def sign(key: str, timestamp: str, body: bytes) -> str:
    """The value of `Liandong-Signature`."""
    return "v1=" + hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@functools.cache
def session() -> requests.Session:
    import requests

    return requests.Session()


def post(url: str, body: bytes, *, key: str, what: str, timeout_s: float, now: datetime) -> int:
    """Hand something over; what the provider redirects to is not followed. The status is the answer: 2xx, or a refusal.

    `what`: the provider's name in messages. Raises `Busy` (did not happen) or `Unknown` (may have happened).
    """
    import requests

    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Liandong-Timestamp": timestamp,
        "Liandong-Signature": sign(key, timestamp, body),
    }
    trouble: LiandongError | None
    try:
        answer = session().post(url, data=body, headers=headers, timeout=timeout_s, allow_redirects=False)
    except requests.exceptions.RequestException as error:
        trouble = _broken(error, what)
    else:
        trouble = _read_status(answer.status_code, what)
    if trouble is not None:
        raise trouble  # out here, where nothing of the request follows as its context
    return answer.status_code


def _broken(error: Exception, what: str) -> LiandongError:
    """A connection that was never made sent nothing; one that broke later may have."""
    import requests
    import urllib3

    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, urllib3.exceptions.NewConnectionError):
        return Busy(f"The provider of {what} could not be reached; try again.")
    return Unknown(f"The provider of {what} did not answer: it may have been sent.")


def _read_status(status: int, what: str) -> LiandongError | None:
    if status in BUSY_STATUSES:
        return Busy(f"The provider of {what} is busy; try again.")
    if status >= 500:
        return Unknown(f"The provider of {what} failed: it may have been sent.")
    return None
