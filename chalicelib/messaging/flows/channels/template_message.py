"""An official account's template message (模板消息): to who follows it, about what they are waiting for."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.accounts.words import Account
from chalicelib.accounts.words import Kind as AccountKind
from chalicelib.accounts.words.quotas import Api
from chalicelib.consent.words import Purpose
from chalicelib.errors import Invalid
from chalicelib.identity.words import IdentifierType
from chalicelib.messaging.flows.channels import filling
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep, TemplateMessage
from chalicelib.world import World

KIND = Kind(endpoint=IdentifierType.openid, receipts=True, remembers=timedelta(minutes=10))


def check(account: Account, content: AnyStep, purpose: Purpose, *, place: str, world: World, now: datetime) -> None:
    """`Invalid` for what this account never sends."""
    assert isinstance(content, TemplateMessage)
    if account.kind is not AccountKind.official_account:
        raise Invalid(f"Template messages are sent by official accounts - at `{place}.account`.")
    if purpose is Purpose.marketing:
        raise Invalid(f"WeChat allows no marketing in template messages - at `{place}.channel`.")
    filling.fill(account, content, place=place, world=world, now=now)


def ready(letter: Letter, *, world: World, now: datetime) -> None:
    """All that can go wrong before the message is reserved."""
    assert isinstance(letter.content, TemplateMessage)
    filling.make_ready(letter, letter.content, Api.template_message, world=world, now=now)


def send(letter: Letter, *, world: World, now: datetime) -> Accepted:
    """Send it by WeChat, which knows a repeat by its key for ten minutes."""
    assert isinstance(letter.content, TemplateMessage)
    return filling.send(letter, letter.content, Api.template_message, world.wechat.send_template_message, world=world, now=now)
