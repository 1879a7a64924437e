"""The port of app push: what a flow asks of whichever provider reaches the devices of an app."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from chalicelib.errors import Missing


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a device shows; `data` goes to the app unseen."""

    title: str
    text: str
    data: Mapping[str, str] = {}


class Push(Protocol):
    """Pushes one notice to one device."""

    def send(self, token: str, notice: Notice, *, app: str, message_id: str, now: datetime) -> None:
        """Hand a notice over; `app` is the account's id, `message_id` the same each time the same notice goes to the same device.

        Raises `Refused` (push_token_dead: the app is gone from this device; push_refused: do not repeat), `Busy` (was not sent) or
        `Unknown` (may have been sent).
        """


class NoPush:
    """Stands where nobody has set up a provider."""

    def send(self, token: str, notice: Notice, *, app: str, message_id: str, now: datetime) -> None:
        """Refuse."""
        raise Missing(code="push_missing")
