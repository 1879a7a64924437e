"""An order of a Channels shop (微信小店) as a record of ours. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chalicelib.hub.words.records import RecordOrder, Who
from chalicelib.wechat.shops import OrderLine, ShopOrder

STATES = {10: 0, 12: 1, 13: 1, 20: 1, 21: 2, 30: 2, 100: 3, 190: 4, 200: 4, 250: 4}
"""WeChat's statuses by the states of our dictionary: a gift that waits and a group that gathers are paid, a part shipped is shipped."""


def record_of(order: ShopOrder, account_id: str) -> RecordOrder:
    """The order as of its last change. A status nobody knows is told as it is, and held by the dictionary rather than guessed."""
    data: dict[str, Any] = {
        "state": STATES.get(order.status, f"WeChat {order.status}"),
        "total_fen": order.total_fen,
        "items": [_item(line) for line in order.lines],
        "created_at": _moment(order.created_at).isoformat(),
        "updated_at": _moment(order.updated_at).isoformat(),
    }
    happened = {"paid_at": order.paid_at, "shipped_at": order.shipped_at}
    data |= {name: _moment(at).isoformat() for name, at in happened.items() if at}
    data |= {"live_id": order.live_id} if order.live_id else {}
    who = Who(openid={account_id: order.openid}, unionid=order.unionid)
    return RecordOrder(type="order", id=order.id, at=_moment(order.created_at), who=who, data=data)


def is_somebodys(order: ShopOrder) -> bool:
    """A gift nobody has accepted yet is nobody's; accepting it changes it, so it comes again."""
    return bool(order.openid)


def _item(line: OrderLine) -> dict[str, Any]:
    return {"sku": line.sku, "title": line.title, "quantity": line.quantity, "price_fen": line.price_fen}


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
