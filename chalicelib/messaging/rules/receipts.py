"""What WeChat's callbacks tell of what became of sends. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from chalicelib.consent.words import Channel
from chalicelib.messaging.words import Message, Receipt, State, Tried
from chalicelib.wechat.messages import Inbound, MassJobFinished, SubscribeMessageSent, TemplateJobFinished

WENT_WELL = frozenset({"success", "send success"})
BY_SUBSCRIPTION = (Channel.subscribe_message, Channel.subscription_notice)
COMES_WITHIN = timedelta(minutes=15)
"""After a send we know no id of: what comes later is left alone."""
CLOCKS_DIFFER = timedelta(seconds=5)


def receipts_of(message: Inbound) -> list[Receipt]:
    """The receipts in a callback; none in most."""
    match message:
        case SubscribeMessageSent(outcomes=outcomes):
            failures = ("" if each.error_code == 0 else f"errcode {each.error_code}" for each in outcomes)
            return [
                _receipt(message, each.msg_id, why, BY_SUBSCRIPTION, each.template_id) for each, why in zip(outcomes, failures, strict=True)
            ]
        case TemplateJobFinished() | MassJobFinished():
            channels = (Channel.template_message,) if isinstance(message, TemplateJobFinished) else ()
            return [_receipt(message, message.msg_id, "" if message.status in WENT_WELL else message.status, channels)]
        case _:
            return []


def nameless_try(message: Message, account: str, receipt: Receipt) -> int | None:
    """Which try of a message a receipt may be of, by account, channel and time: the latest of those we know no id of."""
    fitting = (place for place, each in enumerate(message.tried) if not each.provider_id and _fits(message, each, account, receipt))
    return max(fitting, default=None)


def is_near(receipt: Receipt, channel: Channel, at: datetime) -> bool:
    """May a receipt be of what was sent by this channel at this time?"""
    return channel in receipt.channels and -CLOCKS_DIFFER <= receipt.at - at <= COMES_WITHIN


def known_by(message: Message, place: int, provider_id: str) -> Message:
    """The message, this try of it known by the other side's id."""
    named = msgspec.structs.replace(message.tried[place], provider_id=provider_id)
    return msgspec.structs.replace(message, tried=(*message.tried[:place], named, *message.tried[place + 1 :]))


def _fits(message: Message, tried: Tried, account: str, receipt: Receipt) -> bool:
    way = message.ways[tried.step]
    return way.account == account and is_near(receipt, way.channel, tried.at)


def _receipt(message: Inbound, provider_id: str, why: str, channels: tuple[Channel, ...], template: str = "") -> Receipt:
    told = State.failed if why else State.delivered
    return Receipt(provider_id=provider_id, told=told, why=why, at=message.created_at, channels=channels, template=template)
