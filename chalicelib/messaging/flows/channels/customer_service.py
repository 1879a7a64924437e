"""A customer-service message (客服消息) of any kind, while what the person did leaves room for it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.accounts.words.quotas import Api
from chalicelib.consent.words import Purpose
from chalicelib.identity.words import IdentifierType
from chalicelib.messaging.flows.channels import calling
from chalicelib.messaging.rules import customer
from chalicelib.messaging.words import Accepted, Kind, Letter
from chalicelib.messaging.words.contents import AnyStep, CustomerService
from chalicelib.world import World

KIND = Kind(endpoint=IdentifierType.openid)


def check(account: Account, content: AnyStep, purpose: Purpose, *, place: str, world: World, now: datetime) -> None:
    """`Invalid` for what this account never sends."""
    assert isinstance(content, CustomerService)
    customer.check(account.kind, content.message, place=place)


def ready(letter: Letter, *, world: World, now: datetime) -> None:
    """All that can go wrong before the message is reserved."""
    calling.make_ready(letter, Api.customer_message, world=world, now=now)


def send(letter: Letter, *, world: World, now: datetime) -> Accepted:
    """Send it by WeChat, which gives it no id and knows no repeat of it."""
    content = letter.content
    assert isinstance(content, CustomerService)
    msgtype, body = customer.write(content.message, letter.account.kind)

    def call(token: str) -> None:
        world.wechat.send_customer_message(token, letter.endpoint, msgtype, body)

    calling.ask(letter.account, Api.customer_message, call, world=world, now=now)
    return Accepted()
