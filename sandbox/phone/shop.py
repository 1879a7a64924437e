"""The demo shop's own computer: remembers bookings and asks the backend to remind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.phone import backend
from sandbox.phone.words import Booking
from sandbox.state import Account, Template, User

BOOKINGS_KEPT = 200
LATEST_S = 86_400
_NOTES = {"phrase": "已预约", "amount": "￥128.00", "number": "1", "phone_number": "0755-12345678", "character_string": "SB0001"}


class Order(Struct, forbid_unknown_fields=True, kw_only=True):
    """What the mini program tells the shop: `time` is the slot as WeChat wants times written, `remind_after_s` when to remind."""

    user: str
    appid: str
    template_id: str
    service: str
    slot: str
    time: str
    page: str = ""
    remind_after_s: int = 0


def book(sandbox: Sandbox, user: User, account: Account, order: Order) -> dict[str, Any]:
    """Keep the booking, then plan its reminder; `reminder` says what came of that."""
    if not 0 <= order.remind_after_s <= LATEST_S:
        raise ControlError(400, f"remind_after_s has to be between 0 and {LATEST_S}")
    template = next((one for one in account.templates if one.id == order.template_id), None)
    number = f"b{len(sandbox.state.phone.bookings) + 1}-{sandbox.next_message_id()}"
    reminder, message = "no_template" if template is None else "no_key", ""
    if template is not None and sandbox.state.phone.backend_key:
        reminder, message = _plan(sandbox, user, account, order, template, number)
    booking = Booking(number, sandbox.now(), user.id, account.appid, order.service, order.slot, message)
    with sandbox.lock:
        sandbox.state.phone.bookings.append(booking)
        del sandbox.state.phone.bookings[:-BOOKINGS_KEPT]
    return {"booking": booking, "reminder": reminder}


def _plan(sandbox: Sandbox, user: User, account: Account, order: Order, template: Template, number: str) -> tuple[str, str]:
    """`POST /v1/messages` with the shop's key; a repeat of the same booking plans nothing more."""
    due = datetime.fromtimestamp(sandbox.now(), UTC) + timedelta(seconds=order.remind_after_s)
    body = {
        "to": {"type": "openid", "account": backend.need_backend(account).account, "value": user.openids.get(account.appid, "")},
        "purpose": "service",
        "channels": [
            {
                "channel": "subscribe_message",
                "account": backend.need_backend(account).account,
                "template_id": template.id,
                "data": {keyword: _fill(keyword, order) for keyword in template.content},
                "page": order.page,
            }
        ],
        "not_before": due.isoformat(),
    }
    answered = backend.ask(
        sandbox,
        account,
        who="shop",
        user=user.id,
        method="POST",
        path="/v1/messages",
        body=body,
        token=sandbox.state.phone.backend_key,
        headers={"Idempotency-Key": number},
    )
    if answered.status == 202 and isinstance(answered.body, dict):
        return "planned", str(answered.body.get("id", ""))
    return {0: "unreachable", 401: "key_refused", 403: "key_refused"}.get(answered.status, "refused"), ""


def _fill(keyword: str, order: Order) -> str:
    """A value in the form that the keyword's rule wants."""
    rule = keyword.rstrip("0123456789")
    if rule in ("time", "date"):
        return order.time if rule == "time" else order.time.partition(" ")[0]
    return _NOTES.get(rule, order.service)[:20]
