"""What a callback is answered and what it has to effect. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from chalicelib.accounts.words import Account, AccountSecret, Kind
from chalicelib.consent.words import LONGEST_STOP_WORD
from chalicelib.errors import Forbidden, Invalid
from chalicelib.inbox.words import Place
from chalicelib.messaging.words.contents import CustomerService
from chalicelib.messaging.words.customer import CustomerCard, CustomerImage, CustomerText
from chalicelib.replies.words import OnAnything
from chalicelib.replies.words.ready import Picture, ReadyCard, Rule, Said
from chalicelib.wechat.envelope import CallbackKeys, Mode
from chalicelib.wechat.messages import (
    SYSTEM_SENDERS,
    Inbound,
    MenuClicked,
    Ordinary,
    QrScanned,
    Subscribed,
    TextMessage,
    Unknown,
    Unsubscribed,
)

SWEEP_AFTER = timedelta(seconds=30)
"""Younger rows may still be on their way to the queue by the door that wrote them."""
ORDER_EVENTS = frozenset({"event.channels_ec_order_new", "event.channels_ec_order_wait_shipping"})
"""A shop's events that may tell of somebody new: the buyer of a new order, and who accepted a gift."""
STOPPED = "已为您停止营销消息，服务通知不受影响。You will get no more marketing messages."
NOT_ENTITLED = 48001
"""WeChat's answer to an account that may not use a call: an unverified one cannot ask for unionids."""
CURSOR = re.compile(r"(\d{1,11})/([a-z0-9-]{1,31})/([0-9a-f]{16,128})", re.ASCII)


def callback_keys(account: Account, secret: AccountSecret) -> CallbackKeys:
    """What opens this account's callbacks; an account without a callback token is refused like an unknown one."""
    if not secret.callback_token:
        raise Forbidden(code="callback_refused")
    return CallbackKeys(token=secret.callback_token, appid=account.appid, aes_keys=secret.aes_keys, mode=Mode(account.callback_mode.value))


def is_from_a_person(message: Inbound) -> bool:
    """Does `from_user` name a person? Job results and changes of authorisation come from WeChat's own names."""
    return message.from_user not in SYSTEM_SENDERS and isinstance(message, Ordinary | Subscribed | Unsubscribed | QrScanned | MenuClicked)


def follow_told_by(message: Inbound) -> bool | None:
    """Whether the person follows from now on, when the message says so."""
    if isinstance(message, Subscribed):
        return True
    return False if isinstance(message, Unsubscribed) else None


def shop_order_of(account: Account, message: Inbound) -> str | None:
    """The order a Channels shop's event is about. WeChat sends its id as a number in some events and as text in others."""
    if account.kind is not Kind.channels_shop or not isinstance(message, Unknown) or message.kind not in ORDER_EVENTS:
        return None
    info = message.fields.get("order_info")
    order_id = info.get("order_id") if isinstance(info, dict) else None
    return str(order_id) if order_id else None


def find_rule(rules: tuple[Rule, ...], name: str | None) -> Rule | None:
    return next((rule for rule in rules if rule.name == name), None)


def is_nobodys(rule: Rule | None) -> bool:
    """Does no rule answer this, or only one that answers anything?"""
    return rule is None or isinstance(rule.when, OnAnything)


def may_stop(account: Account, message: Inbound) -> bool:
    """Could a message be one of the words that stop marketing, at an account that answers at once? They are short."""
    return account.kind is Kind.official_account and isinstance(message, TextMessage) and len(message.content) <= LONGEST_STOP_WORD


def write_step(account: Account, what: ReadyCard | Said | Picture) -> CustomerService:
    """What follows an answer, as the customer-service message it is."""
    match what:
        case ReadyCard():
            card = CustomerCard(title=what.title, appid=what.appid, path=what.path, thumb_media_id=what.thumb_media_id)
            return CustomerService(account=account.id, message=card)
        case Said(text=text):
            return CustomerService(account=account.id, message=CustomerText(text=text))
        case Picture(media_id=media_id):
            return CustomerService(account=account.id, message=CustomerImage(media_id=media_id))


def card_not_after(message: Inbound, received_at: datetime, allowed_s: int) -> datetime:
    """Until when WeChat lets us send a card for this callback: a minute after a follow or tap, taken for messages too."""
    return max(received_at, message.created_at) + timedelta(seconds=allowed_s)


def write_cursor(place: Place | None) -> str | None:
    return None if place is None else f"{int(place.received_at.timestamp())}/{place.account_name}/{place.key}"


def read_cursor(cursor: str | None) -> Place | None:
    """The place a cursor stands for; whose callbacks are listed behind it is not its to say."""
    if cursor is None:
        return None
    match = CURSOR.fullmatch(cursor)
    if match is None:
        raise Invalid(code="cursor_invalid")
    return Place(datetime.fromtimestamp(int(match[1]), UTC), match[2], match[3])
