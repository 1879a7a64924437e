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
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.errors import Busy, LiandongError, Unknown

if TYPE_CHECKING:
    import requests

BUSY_STATUSES = frozenset({408, 425, 429, 503})
TAKEN = range(200, 300)


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
