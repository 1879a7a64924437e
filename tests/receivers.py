"""Receivers of webhooks without a network: they answer as they are told to, and remember what they were brought."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chalicelib.providers.addresses import is_open_to_all, read_address
from chalicelib.providers.courier import TIMED_OUT, Answer
from tests.clock import Clock

WELL = Answer(status=200, took_s=0.05)


class Brought(msgspec.Struct, frozen=True):
    """One POST as a receiver got it."""

    url: str
    headers: dict[str, str]
    body: bytes
    limit_s: float

    @property
    def told(self) -> Any:
        return msgspec.json.decode(self.body)


class Receivers:
    """A courier in the place of the real one. `answers`: what a host says, or who decides; every other is well. Time passes as told."""

    def __init__(self, clock: Clock) -> None:
        self.brought: list[Brought] = []
        self.answers: dict[str, Answer | Callable[[Brought], Answer]] = {}
        self._clock = clock

    def check(self, url: str, *, limit_s: float) -> str:
        """As the real one, but every name has a public address."""
        address = read_address(url)
        if address is None:
            return "unreadable"
        return "" if is_open_to_all(address) else "address_refused"

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, limit_s: float) -> Answer:
        brought = Brought(url, dict(headers), body, limit_s)
        self.brought.append(brought)
        address = read_address(url)
        assert address is not None
        said = self.answers.get(address.host, WELL)
        answer = said(brought) if callable(said) else said
        if answer.took_s >= limit_s:
            answer = Answer(trouble=TIMED_OUT, took_s=limit_s)
        self._clock.advance(seconds=answer.took_s if answer.took_s >= 1 else 0)
        return answer

    def at(self, url: str) -> list[Brought]:
        """What one address was brought."""
        return [each for each in self.brought if each.url == url]


def is_signed(brought: Brought, secret: str) -> bool:
    """Is it signed with this secret? Worked out by hand, as docs/webhooks.md tells receivers to."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{brought.headers['webhook-id']}.{brought.headers['webhook-timestamp']}.".encode() + brought.body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in brought.headers["webhook-signature"].split(" ")
