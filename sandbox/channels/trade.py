"""What happens to an order of a shop, from placing it to its money: each step changes the order and says which pushes follow."""

from __future__ import annotations

from typing import Any

from sandbox import people, push
from sandbox.channels.words import Aftersale, Item, Order, Parcel, Shop
from sandbox.emulator import Sandbox
from sandbox.mini.payments import make_transaction_id
from sandbox.state import Account, Kind, Push, User

UNPAID, GIFT_WAITS, TO_SHIP, PARTLY_SHIPPED, SHIPPED, DONE, REFUNDED, CANCELLED = 10, 12, 20, 21, 30, 100, 200, 250
FIRST_ORDER = 3_700_000_000_000_000_000
FIRST_AFTERSALE = 2_000_000_000_000_000


class WrongStepError(Exception):
    """The order is not where this step begins; the message says where it is."""


def find_shop(sandbox: Sandbox, appid: str) -> Shop:
    """What the shop keeps."""
    return sandbox.state.shops.setdefault(appid, Shop())


def find(sandbox: Sandbox, order_id: str) -> tuple[Account, Order] | None:
    """The order with its shop, whichever it is."""
    for appid, shop in sandbox.state.shops.items():
        if order_id in shop.orders and appid in sandbox.state.accounts:
            return sandbox.state.accounts[appid], shop.orders[order_id]
    return None


def place(sandbox: Sandbox, account: Account, buyer: User, items: list[Item], *, gift: bool, **origin: Any) -> tuple[Order, list[Push]]:
    """A new order, unpaid; `origin` says where it came from (live_id, order_scene, sharer …)."""
    if account.kind is not Kind.SHOP:
        raise WrongStepError(f"{account.appid} is not of the kind {Kind.SHOP.value}")
    people.meet(sandbox, buyer, account)
    count = sum(len(shop.orders) for shop in sandbox.state.shops.values())
    now = sandbox.now()
    order = Order(
        order_id=str(FIRST_ORDER + count + 1),
        user=None if gift else buyer.id,
        giver=buyer.id if gift else None,
        status=UNPAID,
        made_at=now,
        updated_at=now,
        items=items,
        bound=account.open_platform is not None,
        **origin,
    )
    find_shop(sandbox, account.appid).orders[order.order_id] = order
    return order, [tell(sandbox, account, order, "channels_ec_order_new", order_id=int(order.order_id))]


def tell(sandbox: Sandbox, account: Account, order: Order, event: str, **info: Any) -> Push:
    """An event about an order; some carry the order_id as a number, most as text."""
    fields = {"Event": event, "order_info": {"order_id": order.order_id, **info}}
    return push.compose(sandbox, account, _openid(sandbox, account, order), "event", fields)


def _openid(sandbox: Sandbox, account: Account, order: Order) -> str:
    return sandbox.state.users[order.user or order.giver or ""].openids[account.appid]


def _step(sandbox: Sandbox, order: Order, allowed: tuple[int, ...], status: int) -> None:
    if order.status not in allowed:
        raise WrongStepError(f"order {order.order_id} has the status {order.status}, this step needs {' or '.join(map(str, allowed))}")
    order.status, order.updated_at = status, sandbox.now()


def pay(sandbox: Sandbox, account: Account, order: Order) -> list[Push]:
    """Paid: a gift waits for somebody to accept it, anything else for the merchant."""
    _step(sandbox, order, (UNPAID,), GIFT_WAITS if order.giver else TO_SHIP)
    order.paid_at = sandbox.now()
    order.transaction_id = make_transaction_id(sandbox)
    paid = tell(sandbox, account, order, "channels_ec_order_pay", pay_time=str(int(sandbox.now())))
    return [paid] if order.giver else [paid, tell(sandbox, account, order, "channels_ec_order_wait_shipping")]


def accept_gift(sandbox: Sandbox, account: Account, order: Order, recipient: User) -> list[Push]:
    """From now on the order is the recipient's."""
    _step(sandbox, order, (GIFT_WAITS,), TO_SHIP)
    people.meet(sandbox, recipient, account)
    order.user = recipient.id
    return [tell(sandbox, account, order, "channels_ec_order_wait_shipping")]


def ship(sandbox: Sandbox, account: Account, order: Order, parcels: list[Parcel]) -> list[Push]:
    """Parcels go out; the order is shipped once every item is in one."""
    if not parcels:
        raise WrongStepError("there is nothing in the delivery")
    _step(sandbox, order, (TO_SHIP, PARTLY_SHIPPED), PARTLY_SHIPPED)
    order.parcels += parcels
    done = not unshipped(order)
    if done:
        order.status, order.shipped_at = SHIPPED, sandbox.now()
    return [tell(sandbox, account, order, "channels_ec_order_deliver", order_id=int(order.order_id), finish_delivery=int(done))]


def unshipped(order: Order) -> dict[str, int]:
    """How many of each SKU are in no parcel yet."""
    left = {item.sku_id: item.count for item in order.items}
    for parcel in order.parcels:
        for info in parcel.product_infos:
            left[str(info["sku_id"])] = left.get(str(info["sku_id"]), 0) - int(info["product_cnt"])
    return {sku: count for sku, count in left.items() if count > 0}


def confirm(sandbox: Sandbox, account: Account, order: Order, *, automatic: bool) -> list[Push]:
    """Received: by the person, or by the lapse of time."""
    _step(sandbox, order, (SHIPPED,), DONE)
    order.confirmed_at = sandbox.now()
    how = sandbox.state.settings.shop_automatic_confirm_type if automatic else 1
    return [tell(sandbox, account, order, "channels_ec_order_confirm", confirm_type=how)]


def settle(sandbox: Sandbox, account: Account, order: Order) -> list[Push]:
    """The money reaches the merchant."""
    _step(sandbox, order, (DONE,), DONE)
    order.settled_at = sandbox.now()
    return [tell(sandbox, account, order, "channels_ec_order_settle", settle_time=str(int(sandbox.now())))]


def cancel(sandbox: Sandbox, account: Account, order: Order, *, by_timeout: bool) -> list[Push]:
    """An unpaid order ends."""
    _step(sandbox, order, (UNPAID,), CANCELLED)
    return [tell(sandbox, account, order, "channels_ec_order_cancel", cancel_type=2 if by_timeout else 1)]


def note(sandbox: Sandbox, account: Account, order: Order, words: str) -> list[Push]:
    """The merchant writes a note on the order."""
    order.merchant_notes, order.updated_at = words, sandbox.now()
    return [tell(sandbox, account, order, "channels_ec_order_ext_info_update", order_id=int(order.order_id), type=3)]


def ask_refund(sandbox: Sandbox, account: Account, order: Order, *, sku_id: str, count: int, kind: str, reason: str) -> list[Push]:
    """The owner wants money back for some of an item."""
    if order.status not in (TO_SHIP, PARTLY_SHIPPED, SHIPPED, DONE) or order.user is None:
        raise WrongStepError(f"order {order.order_id} has the status {order.status}: nothing to refund")
    item = next((one for one in order.items if one.sku_id == sku_id or not sku_id), None)
    if item is None or not 1 <= (count or item.count) <= item.count - refunding(sandbox, account, order, item):
        raise WrongStepError("there is no such item left to refund")
    shop, now = find_shop(sandbox, account.appid), sandbox.now()
    aftersale = Aftersale(
        id=str(FIRST_AFTERSALE + len(shop.aftersales) + 1),
        order_id=order.order_id,
        user=order.user,
        item=item,
        count=count or item.count,
        type=kind,
        status="MERCHANT_PROCESSING",
        reason=reason,
        made_at=now,
        updated_at=now,
    )
    shop.aftersales[aftersale.id] = aftersale
    order.aftersales.append(aftersale.id)
    order.updated_at = now
    return [_tell_aftersale(sandbox, account, order, aftersale)]


def refunding(sandbox: Sandbox, account: Account, order: Order, item: Item, *, done: bool | None = None) -> int:
    """How many of the item are being refunded or were; `done` looks at finished (or open) ones only."""
    after = find_shop(sandbox, account.appid).aftersales
    open_or_done = [after[one] for one in order.aftersales if after[one].status in ("MERCHANT_PROCESSING", "MERCHANT_REFUND_SUCCESS")]
    wanted = [one for one in open_or_done if done is None or (one.status == "MERCHANT_REFUND_SUCCESS") == done]
    return sum(one.count for one in wanted if one.item.sku_id == item.sku_id)


def decide_refund(sandbox: Sandbox, account: Account, aftersale: Aftersale, *, accepts: bool) -> list[Push]:
    """The merchant decides; when everything is refunded the order is cancelled."""
    if aftersale.status != "MERCHANT_PROCESSING":
        raise WrongStepError(f"after-sale {aftersale.id} has the status {aftersale.status}")
    order = find_shop(sandbox, account.appid).orders[aftersale.order_id]
    aftersale.status = "MERCHANT_REFUND_SUCCESS" if accepts else "MERCHANT_REJECT_REFUND"
    aftersale.updated_at = order.updated_at = sandbox.now()
    pushes = [_tell_aftersale(sandbox, account, order, aftersale)]
    if all(refunding(sandbox, account, order, item, done=True) >= item.count for item in order.items):
        order.status = REFUNDED
        pushes.append(tell(sandbox, account, order, "channels_ec_order_cancel", cancel_type=3))
    return pushes


def _tell_aftersale(sandbox: Sandbox, account: Account, order: Order, aftersale: Aftersale) -> Push:
    update = {"status": aftersale.status, "after_sale_order_id": aftersale.id, "order_id": order.order_id}
    fields = {"Event": "channels_ec_aftersale_update", "finder_shop_aftersale_status_update": update}
    return push.compose(sandbox, account, _openid(sandbox, account, order), "event", fields)
