"""A service account's notice to who subscribed to it (订阅通知): one for each yes, to followers and others alike."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.accounts.words import Kind as AccountKind
from chalicelib.accounts.words.quotas import Api
from chalicelib.consent.words import Purpose
from chalicelib.errors import Invalid
from chalicelib.identity.words import IdentifierType
from chalicelib.messaging.flows.channels import calling
from chalicelib.messaging.flows.channels.filling import fill
from chalicelib.messaging.flows.channels.template_message import page_of
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep, SubscriptionNotice
from chalicelib.world import World

KIND = Kind(endpoint=IdentifierType.openid, receipts=True)


def check(account: Account, content: AnyStep, purpose: Purpose, *, place: str, world: World, now: datetime) -> None:
    """`Invalid` for what this account never sends."""
    assert isinstance(content, SubscriptionNotice)
    if account.kind is not AccountKind.official_account:
        raise Invalid(f"Subscription notices are sent by official accounts - at `{place}.account`.")
    fill(account, content, place=place, world=world, now=now)


def ready(letter: Letter, *, world: World, now: datetime) -> None:
    """All that can go wrong before the message is reserved."""
    assert isinstance(letter.content, SubscriptionNotice)
    fill(letter.account, letter.content, place="$", world=world, now=now)
    calling.make_ready(letter, Api.subscription_notice, world=world, now=now)


def send(letter: Letter, *, world: World, now: datetime) -> Accepted:
    """Send it by WeChat. It takes a key, but promises nowhere to know a repeat by it: none is made."""
    content = letter.content
    assert isinstance(content, SubscriptionNotice)
    data = fill(letter.account, content, place="$", world=world, now=now)

    def call(token: str) -> str | None:
        return world.wechat.send_subscription_notice(
            token,
            letter.endpoint,
            content.template_id,
            data,
            url=content.url or "",
            page=page_of(content.mini_program),
            key=letter.key,
        )

    return Accepted(calling.ask(letter.account, Api.subscription_notice, call, world=world, now=now) or "")
