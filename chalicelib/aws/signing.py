"""Signature Version 4 of a POST with a JSON body. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from datetime import datetime
from typing import NamedTuple

ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials(NamedTuple):
    """What a request is signed with. `token`: of a role's session; empty for a user's own keys."""

    access_key: str
    secret_key: str
    token: str


def sign(
    body: bytes, *, host: str, target: str, content_type: str, service: str, region: str, credentials: Credentials, now: datetime
) -> dict[str, str]:
    """The headers of a signed request to the root of a host, its `target` named in X-Amz-Target."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": content_type, "host": host, "x-amz-date": stamp}
    if credentials.token:
        headers["x-amz-security-token"] = credentials.token
    headers["x-amz-target"] = target
    named = ";".join(headers)
    canonical = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n/\n\n{canonical}\n{named}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(_signing_key(credentials.secret_key, stamp[:8], region, service), text.encode(), "sha256").hex()
    headers["authorization"] = f"{ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={named}, Signature={signature}"
    return headers


@functools.lru_cache(maxsize=8)
def _signing_key(secret_key: str, day: str, region: str, service: str) -> bytes:
    """The same for a whole day, so it is worked out once."""
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
