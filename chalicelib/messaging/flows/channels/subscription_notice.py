"""A service account's notice to who subscribed to it (订阅通知): one for each yes, to followers and others alike."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.accounts.words import Kind as AccountKind
from chalicelib.accounts.words.quotas import Api
from chalicelib.consent.words import Purpose
from chalicelib.errors import Invalid
from chalicelib.identity.words import IdentifierType
from chalicelib.messaging.flows.channels import filling
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep, SubscriptionNotice
from chalicelib.world import World

KIND = Kind(endpoint=IdentifierType.openid, receipts=True)


def check(account: Account, content: AnyStep, purpose: Purpose, *, place: str, world: World, now: datetime) -> None:
    """`Invalid` for what this account never sends."""
    assert isinstance(content, SubscriptionNotice)
    if account.kind is not AccountKind.official_account:
        raise Invalid(f"Subscription notices are sent by official accounts - at `{place}.account`.")
    filling.fill(account, content, place=place, world=world, now=now)


def ready(letter: Letter, *, world: World, now: datetime) -> None:
    """All that can go wrong before the message is reserved."""
    assert isinstance(letter.content, SubscriptionNotice)
    filling.make_ready(letter, letter.content, Api.subscription_notice, world=world, now=now)


def send(letter: Letter, *, world: World, now: datetime) -> Accepted:
    """Send it by WeChat. It takes a key, but promises nowhere to know a repeat by it: none is made."""
    assert isinstance(letter.content, SubscriptionNotice)
    return filling.send(letter, letter.content, Api.subscription_notice, world.wechat.send_subscription_notice, world=world, now=now)
