"""The sandbox as a provider of SMS: any number is taken, a wrong signature is not."""

from __future__ import annotations

import hashlib
import hmac
import random

import msgspec
import pytest

from sandbox.app import create_app
from sandbox.emulator import Sandbox
from sandbox.transport import Answer, Request

NOW = 1_800_000_000
KEY = "shared-key"


class Nowhere:
    """Nothing is sent anywhere here."""

    def send(self, request: Request, *, timeout_s: float) -> Answer:
        raise AssertionError("no push is expected")


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(clock=lambda: NOW, random=random.Random(1), transport=Nowhere(), sleep=lambda s: None)


def hand_over(sandbox: Sandbox, phone: str, *, key: str = "", at: int = NOW) -> tuple[int, dict[str, object]]:
    body = msgspec.json.encode({"id": "1", "phone": phone, "text": "your code is 123456"})
    headers = {"Content-Type": "application/json"}
    if key:
        signature = hmac.new(key.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
        headers |= {"Liandong-Timestamp": str(at), "Liandong-Signature": f"v1={signature}"}
    with create_app(sandbox).test_client() as client:
        answer = client.post("/_sandbox/phone/provider", data=body, headers=headers)
    return answer.status_code, answer.get_json()


def test_a_number_nobody_here_has_is_taken_all_the_same(sandbox: Sandbox) -> None:
    assert hand_over(sandbox, "+8613900000000") == (200, {"delivered": False})


def test_with_a_key_only_what_is_signed_with_it_and_fresh_is_taken(sandbox: Sandbox) -> None:
    sandbox.state.settings.sms_key = KEY

    statuses = [
        hand_over(sandbox, "+8613900000000", key=key, at=at)[0] for key, at in ((KEY, NOW), ("", NOW), ("other", NOW), (KEY, NOW - 301))
    ]

    assert statuses == [200, 401, 401, 401]
