"""An order and an after-sale as the shop API tells them: whose they are, what was bought, where it came from."""

from __future__ import annotations

from typing import Any

from sandbox import people
from sandbox.channels import trade
from sandbox.channels.words import Aftersale, Item, Order
from sandbox.emulator import Sandbox
from sandbox.state import Account, User

_PLACE = {"province_name": "广东省", "city_name": "广州市", "county_name": "海珠区", "postal_code": "510000", "national_code": ""}


def describe_order(sandbox: Sandbox, account: Account, order: Order) -> dict[str, Any]:
    """The whole `order`; of a gift the recipient is the owner, and the giver has fields of their own."""
    owner, giver = (sandbox.state.users.get(one or "") for one in (order.user, order.giver))
    told: dict[str, Any] = {
        "order_id": order.order_id,
        "status": order.status,
        "create_time": int(order.made_at),
        "update_time": int(order.updated_at),
        **_name(sandbox, account, order, owner, ""),
        "order_detail": _detail(sandbox, account, order, owner),
        "aftersale_detail": _aftersales(sandbox, account, order),
    }
    if order.giver is not None:
        told |= {"is_present": True, **_name(sandbox, account, order, giver, "present_giver_")}
    return told


def _name(sandbox: Sandbox, account: Account, order: Order, user: User | None, prefix: str) -> dict[str, str]:
    """Openid, and unionid when the shop was bound to an Open Platform account before the order was placed."""
    if user is None:
        return {}
    unionid = people.unionid(sandbox, user, account) if order.bound else None
    told = {f"{prefix}openid": user.openids[account.appid]}
    return told if unionid is None else {**told, f"{prefix}unionid": unionid}


def _detail(sandbox: Sandbox, account: Account, order: Order, owner: User | None) -> dict[str, Any]:
    total = sum(item.count * item.price_fen for item in order.items)
    price = {"product_price": total, "order_price": total + order.freight_fen, "freight": order.freight_fen, "discounted_price": 0}
    pay = {"pay_time": int(order.paid_at), "transaction_id": order.transaction_id, "payment_method": 1} if order.paid_at else {}
    sharer = sandbox.state.users.get(order.sharer or "")
    detail: dict[str, Any] = {
        "product_infos": [_item(sandbox, account, order, item) for item in order.items],
        "price_info": price,
        "pay_info": {**pay, "prepay_time": int(order.made_at)},
        "delivery_info": _delivery(order, owner),
        "coupon_info": {},
        "ext_info": {
            "customer_notes": "",
            "merchant_notes": order.merchant_notes,
            "finder_id": order.finder_id,
            "live_id": order.live_id,
            "order_scene": order.order_scene,
        },
        "commission_infos": [],
        "settle_info": {"settle_time": int(order.settled_at)} if order.settled_at else {},
        "source_infos": order.sources,
    }
    if sharer is not None:
        people.meet(sandbox, sharer, account)
        named = _name(sandbox, account, order, sharer, "sharer_")
        detail["sharer_info"] = {**named, "sharer_type": 0, "share_scene": order.share_scene}
    return detail


def _item(sandbox: Sandbox, account: Account, order: Order, item: Item) -> dict[str, Any]:
    return {
        "product_id": item.product_id,
        "sku_id": item.sku_id,
        "title": item.title,
        "thumb_img": "",
        "sku_cnt": item.count,
        "sale_price": item.price_fen,
        "market_price": item.price_fen,
        "real_price": item.count * item.price_fen,
        "on_aftersale_sku_cnt": trade.refunding(sandbox, account, order, item, done=False),
        "finish_aftersale_sku_cnt": trade.refunding(sandbox, account, order, item, done=True),
        "out_product_id": "",
    }


def _delivery(order: Order, owner: User | None) -> dict[str, Any]:
    parcels = [
        {"waybill_id": one.waybill_id, "delivery_id": one.delivery_id, "deliver_type": one.deliver_type, "product_infos": one.product_infos}
        for one in order.parcels
    ]
    address = {} if owner is None else {**_PLACE, "user_name": f"{owner.name[:1]}**", "tel_number": mask(owner.phone)}
    done = {"ship_done_time": int(order.shipped_at)} if order.shipped_at else {}
    return {"address_info": address, "delivery_product_info": parcels, **done, "deliver_method": 0}


def mask(phone: str) -> str:
    """The phone number with four digits hidden."""
    return f"{phone[:3]}****{phone[-4:]}"


def describe_address(owner: User) -> dict[str, Any]:
    """The address with nothing hidden."""
    return {**_PLACE, "user_name": owner.name, "tel_number": owner.phone, "detail_info": "某路1号"}


def _aftersales(sandbox: Sandbox, account: Account, order: Order) -> dict[str, Any]:
    known = trade.find_shop(sandbox, account.appid).aftersales
    listed = [known[one] for one in order.aftersales]
    told = [{"aftersale_order_id": int(one.id), "status": one.status} for one in listed]
    return {"on_aftersale_order_cnt": sum(one.status == "MERCHANT_PROCESSING" for one in listed), "aftersale_order_list": told}


def describe_aftersale(sandbox: Sandbox, account: Account, aftersale: Aftersale) -> dict[str, Any]:
    """The whole `after_sale_order`."""
    order = trade.find_shop(sandbox, account.appid).orders[aftersale.order_id]
    return {
        "after_sale_order_id": aftersale.id,
        "status": aftersale.status,
        **_name(sandbox, account, order, sandbox.state.users[aftersale.user], ""),
        "order_id": aftersale.order_id,
        "product_info": {"product_id": aftersale.item.product_id, "sku_id": aftersale.item.sku_id, "count": aftersale.count},
        "details": {"desc": aftersale.reason, "receive_product": False, "cancel_time": 0},
        "refund_info": {"amount": aftersale.count * aftersale.item.price_fen, "refund_reason": 1},
        "return_info": {},
        "type": aftersale.type,
        "create_time": int(aftersale.made_at),
        "update_time": int(aftersale.updated_at),
    }
