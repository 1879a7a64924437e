"""A mini program's subscribe message (订阅消息): one for each time the person accepted its template."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.accounts.words import Kind as AccountKind
from chalicelib.accounts.words.quotas import Api
from chalicelib.consent.words import Purpose
from chalicelib.errors import Invalid
from chalicelib.identity.words import IdentifierType
from chalicelib.messaging.flows.channels import calling, filling
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep, SubscribeMessage
from chalicelib.world import World

KIND = Kind(endpoint=IdentifierType.openid, receipts=True)


def check(account: Account, content: AnyStep, purpose: Purpose, *, place: str, world: World, now: datetime) -> None:
    """`Invalid` for what this account never sends."""
    assert isinstance(content, SubscribeMessage)
    if account.kind is not AccountKind.mini_program:
        raise Invalid(f"Subscribe messages are sent by mini programs - at `{place}.account`.")
    filling.fill(account, content, place=place, world=world, now=now)


def ready(letter: Letter, *, world: World, now: datetime) -> None:
    """All that can go wrong before the message is reserved."""
    assert isinstance(letter.content, SubscribeMessage)
    filling.make_ready(letter, letter.content, Api.subscribe_message, world=world, now=now)


def send(letter: Letter, *, world: World, now: datetime) -> Accepted:
    """Send it by WeChat. There is no key to know a repeat by."""
    content = letter.content
    assert isinstance(content, SubscribeMessage)
    data = filling.fill(letter.account, content, place="$", world=world, now=now)

    def call(token: str) -> str | None:
        return world.wechat.send_subscribe_message(
            token, letter.endpoint, content.template_id, data, page=content.page, state=content.miniprogram_state.value
        )

    return Accepted(calling.ask(letter.account, Api.subscribe_message, call, world=world, now=now) or "")
