"""The two requests a fresh container is asked first; `bench.coldstart` has them answered."""

from __future__ import annotations

import time
from collections.abc import Iterator
from hashlib import sha1
from typing import Any

from bench.inside import scene


def measure() -> Iterator[tuple[str, Any]]:
    """The OpenAPI document, and WeChat's check of a callback address, which needs the account and its secret."""
    stage = scene.Scene("first")
    now, nonce = str(int(time.time())), "1320562132"
    query = {
        "signature": sha1("".join(sorted((scene.TOKEN, now, nonce))).encode()).hexdigest(),
        "timestamp": now,
        "nonce": nonce,
        "echostr": "4375120948345356249",
    }
    account = {"account": f"{stage.brand}.oa"}
    yield "first_answer", scene.request_event("GET", "/openapi.json", path={})
    yield "first_callback", scene.request_event("GET", "/wechat/{account}", path=account, query=query)
