"""What WeChat's callbacks tell of what became of sends. Pure."""

from __future__ import annotations

from chalicelib.messaging.words import Receipt, State
from chalicelib.wechat.messages import Inbound, MassJobFinished, SubscribeMessageSent, TemplateJobFinished

WENT_WELL = frozenset({"success", "send success"})


def receipts_of(message: Inbound) -> list[Receipt]:
    """The receipts in a callback; none in most."""
    match message:
        case SubscribeMessageSent(outcomes=outcomes):
            return [_receipt(message, each.msg_id, "" if each.error_code == 0 else f"errcode {each.error_code}") for each in outcomes]
        case TemplateJobFinished() | MassJobFinished():
            return [_receipt(message, message.msg_id, "" if message.status in WENT_WELL else message.status)]
        case _:
            return []


def _receipt(message: Inbound, provider_id: str, why: str) -> Receipt:
    return Receipt(provider_id=provider_id, told=State.failed if why else State.delivered, why=why, at=message.created_at)
