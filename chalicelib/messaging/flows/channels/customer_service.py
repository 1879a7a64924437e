"""A customer-service message (客服消息), while what the person did leaves room for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account
from chalicelib.accounts.words import Kind as AccountKind
from chalicelib.errors import Invalid
from chalicelib.identity.words import IdentifierType
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep, CustomerCard, CustomerImage, CustomerService, CustomerText
from chalicelib.world import World

KIND = Kind(endpoint=IdentifierType.openid)
SENDERS = frozenset({AccountKind.official_account, AccountKind.mini_program})


def check(account: Account, content: AnyStep) -> None:
    """`Invalid` for what this account never sends."""
    if account.kind not in SENDERS:
        raise Invalid("Customer-service messages are sent by official accounts and mini programs.")


def ready(letter: Letter, *, world: World, now: datetime) -> None:
    """A token is had before the message is reserved: without one nothing was sent."""
    tokens.fetch_token(letter.account, world=world, now=now)


def send(letter: Letter, *, world: World, now: datetime) -> Accepted:
    """Send it by WeChat, which gives it no id and knows no repeat of it."""
    content = letter.content
    assert isinstance(content, CustomerService)
    msgtype, body = _write(content.message)
    tokens.with_token(
        letter.account, lambda token: world.wechat.send_customer_message(token, letter.endpoint, msgtype, body), world=world, now=now
    )
    return Accepted()


def _write(message: CustomerText | CustomerImage | CustomerCard) -> tuple[str, dict[str, Any]]:
    match message:
        case CustomerText(text=text):
            return "text", {"content": text}
        case CustomerImage(media_id=media_id):
            return "image", {"media_id": media_id}
        case CustomerCard():
            return "miniprogrampage", {
                "title": message.title,
                "appid": message.appid,
                "pagepath": message.path,
                "thumb_media_id": message.thumb_media_id,
            }
