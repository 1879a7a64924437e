"""Every channel there is: what the outbox has to know of each, and how a letter goes by it. A channel adds its line here.

A channel is a module with a `KIND`, `check(content)` that refuses what its account could never send, `ready(letter)` for all that can go
wrong before the send, and `send(letter)`, which raises `Declined` or `Busy` for what was certainly not sent and `Unknown` for the rest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from chalicelib.accounts.words import Account
from chalicelib.consent.words import Channel
from chalicelib.messaging.flows.channels import customer_service, subscribe_message
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep
from chalicelib.world import World


class Sender(Protocol):
    """What every channel can do."""

    KIND: Kind

    def check(self, account: Account, content: AnyStep) -> None: ...

    def ready(self, letter: Letter, *, world: World, now: datetime) -> None: ...

    def send(self, letter: Letter, *, world: World, now: datetime) -> Accepted: ...


CHANNELS: dict[Channel, Sender] = {
    Channel.subscribe_message: subscribe_message,
    Channel.customer_service: customer_service,
}
