"""A mini program's subscribe message (订阅消息): one for each time the person accepted its template."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account
from chalicelib.accounts.words import Kind as AccountKind
from chalicelib.errors import Invalid
from chalicelib.identity.words import IdentifierType
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep, SubscribeMessage
from chalicelib.world import World

KIND = Kind(endpoint=IdentifierType.openid, receipts=True)


def check(account: Account, content: AnyStep) -> None:
    """`Invalid` for what this account never sends."""
    if account.kind is not AccountKind.mini_program:
        raise Invalid("Subscribe messages are sent by mini programs.")


def ready(letter: Letter, *, world: World, now: datetime) -> None:
    """A token is had before the message is reserved: without one nothing was sent."""
    tokens.fetch_token(letter.account, world=world, now=now)


def send(letter: Letter, *, world: World, now: datetime) -> Accepted:
    """Send it by WeChat. There is no key to know a repeat by."""
    content = letter.content
    assert isinstance(content, SubscribeMessage)

    def call(token: str) -> str | None:
        return world.wechat.send_subscribe_message(
            token, letter.endpoint, content.template_id, content.data, page=content.page, state=content.miniprogram_state.value
        )

    return Accepted(tokens.with_token(letter.account, call, world=world, now=now) or "")
