"""Every channel there is: what the outbox has to know of each, and how a letter goes by it. A channel adds its line here.

A channel is a module with a `KIND`, `check(…)` that refuses what its account could never send and names the `place`, `ready(letter)`
for all that can go wrong before the send, and `send(letter)`, which raises `Declined` or `Busy` for what was certainly not sent and
`Unknown` for the rest. Mass sends are no channel of single messages: they have a module of their own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from chalicelib.accounts.words import Account
from chalicelib.consent.words import Channel, Purpose
from chalicelib.messaging.flows.channels import customer_service, push, sms, subscribe_message, subscription_notice, template_message
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep
from chalicelib.world import World


class Sender(Protocol):
    """What every channel can do."""

    KIND: Kind

    def check(self, account: Account, content: AnyStep, purpose: Purpose, *, place: str, world: World, now: datetime) -> None: ...

    def ready(self, letter: Letter, *, world: World, now: datetime) -> None: ...

    def send(self, letter: Letter, *, world: World, now: datetime) -> Accepted: ...


CHANNELS: dict[Channel, Sender] = {
    Channel.template_message: template_message,
    Channel.subscription_notice: subscription_notice,
    Channel.subscribe_message: subscribe_message,
    Channel.customer_service: customer_service,
    Channel.push: push,
    Channel.sms: sms,
}
