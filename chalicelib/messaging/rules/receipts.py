"""What WeChat's callbacks tell of what became of sends. Pure."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from chalicelib.consent.words import Channel
from chalicelib.messaging.words import Message, Receipt, State
from chalicelib.wechat.messages import Inbound, SubscribeMessageSent, TemplateJobFinished

WENT_WELL = frozenset({"success", "send success"})
BY_SUBSCRIPTION = (Channel.subscribe_message, Channel.subscription_notice)
COMES_WITHIN = timedelta(minutes=15)
"""After a send whose answer was lost: what comes later is left alone."""
CLOCKS_DIFFER = timedelta(seconds=5)


def receipts_of(message: Inbound) -> list[Receipt]:
    """The receipts in a callback; none in most."""
    match message:
        case SubscribeMessageSent(outcomes=outcomes):
            failures = ("" if each.error_code == 0 else f"errcode {each.error_code}" for each in outcomes)
            return [
                _receipt(message, each.msg_id, why, BY_SUBSCRIPTION, each.template_id) for each, why in zip(outcomes, failures, strict=True)
            ]
        case TemplateJobFinished():
            why = "" if message.status in WENT_WELL else message.status
            return [_receipt(message, message.msg_id, why, (Channel.template_message,))]
        case _:
            return []


def may_be_of(message: Message, account: str, receipt: Receipt) -> bool:
    """May a receipt be of a message whose last try has no id yet, by account, channel and time?"""
    if not message.tried or message.tried[-1].provider_id:
        return False
    last = message.tried[-1]
    way = message.ways[last.step]
    in_time = -CLOCKS_DIFFER <= receipt.at - last.at <= COMES_WITHIN
    return in_time and way.account == account and way.channel in receipt.channels


def known_by(message: Message, provider_id: str) -> Message:
    """The message, its last try known by the other side's id."""
    last = msgspec.structs.replace(message.tried[-1], provider_id=provider_id)
    return msgspec.structs.replace(message, tried=(*message.tried[:-1], last))


def _receipt(message: Inbound, provider_id: str, why: str, channels: tuple[Channel, ...], template: str = "") -> Receipt:
    told = State.failed if why else State.delivered
    return Receipt(provider_id=provider_id, told=told, why=why, at=message.created_at, channels=channels, template=template)
