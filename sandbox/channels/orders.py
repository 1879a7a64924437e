"""The order and after-sale API of shops (微信小店)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from sandbox import later, people
from sandbox.call import OK, SHOPS, Call, Endpoint
from sandbox.channels import telling, trade
from sandbox.channels.words import Order, Parcel
from sandbox.codes import WechatError
from sandbox.reading import turn_page
from sandbox.state import Push

WEEK_S = 7 * 86_400
LARGEST_PAGE = 100
STATUSES = (10, 12, 13, 20, 21, 30, 100, 190, 200, 250)


class _Range(Struct):
    start_time: int = 0
    end_time: int = 0


class _List(Struct):
    create_time_range: _Range | None = None
    update_time_range: _Range | None = None
    status: int | None = None
    openid: str = ""
    page_size: int = LARGEST_PAGE
    next_key: str = ""


class _Condition(Struct):
    title: str = ""
    order_id: str = ""
    user_name: str = ""
    tel_number_last4: str = ""


class _Search(Struct):
    search_condition: _Condition = field(default_factory=_Condition)
    status: int | None = None
    page_size: int = LARGEST_PAGE
    next_key: str = ""


class _OrderId(Struct):
    order_id: str = ""
    encode_sensitive_info: bool = False
    merchant_notes: str = ""


class _Packed(Struct):
    sku_id: str = ""
    product_id: str = ""
    product_cnt: int = 1


class _Delivery(Struct):
    delivery_id: str = ""
    waybill_id: str = ""
    deliver_type: int = 1
    product_infos: list[_Packed] = field(default_factory=list)


class _Send(Struct):
    order_id: str = ""
    delivery_list: list[_Delivery] = field(default_factory=list)


class _Members(Struct):
    need_phone_number: bool = False
    page_num: int = 1
    page_size: int = LARGEST_PAGE


def list_orders(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/order/list/get`: ids only, of a week at most by creation or change."""
    wanted = call.read(_List)
    if wanted.create_time_range is None and wanted.update_time_range is None:
        raise WechatError(40097, "invalid args: create_time_range or update_time_range is needed")
    for span in (wanted.create_time_range, wanted.update_time_range):
        if span is not None and not 0 <= span.end_time - span.start_time <= WEEK_S:
            raise WechatError(40097, "invalid args: the time range is seven days at most")
    found = [one for one in _orders(call) if _fits(call, one, wanted)]
    return _page(found, wanted.page_size, wanted.next_key, wanted.status)


def _orders(call: Call) -> list[Order]:
    return list(trade.find_shop(call.sandbox, call.caller.appid).orders.values())


def _fits(call: Call, order: Order, wanted: _List) -> bool:
    created, changed = wanted.create_time_range, wanted.update_time_range
    if created is not None and not created.start_time <= order.made_at <= created.end_time:
        return False
    if changed is not None and not changed.start_time <= order.updated_at <= changed.end_time:
        return False
    owner = call.sandbox.state.users.get(order.user or "")
    return not wanted.openid or (owner is not None and owner.openids[call.caller.appid] == wanted.openid)


def _page(found: list[Order], size: int, next_key: str, status: int | None) -> dict[str, Any]:
    if not 1 <= size <= LARGEST_PAGE:
        raise WechatError(40097, "invalid args: page_size is 1 to 100")
    if status is not None and status not in STATUSES:
        raise WechatError(40097, "invalid args: status")
    page = turn_page([one for one in found if status in (None, one.status)], next_key, size)
    if page is None:
        raise WechatError(40097, "invalid args: next_key")
    return {**OK, "order_id_list": [one.order_id for one in page.items], "next_key": page.cursor, "has_more": page.more}


def search_orders(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/order/search`: at least one condition."""
    wanted = call.read(_Search)
    condition = wanted.search_condition
    if condition == _Condition():
        raise WechatError(40097, "invalid args: search_condition is empty")
    found = [one for one in _orders(call) if _is_found(call, one, condition)]
    return _page(found, wanted.page_size, wanted.next_key, wanted.status)


def _is_found(call: Call, order: Order, condition: _Condition) -> bool:
    owner = call.sandbox.state.users.get(order.user or "")
    return (
        condition.order_id in ("", order.order_id)
        and any(condition.title in item.title for item in order.items)
        and (not condition.user_name or (owner is not None and owner.name == condition.user_name))
        and (not condition.tel_number_last4 or (owner is not None and owner.phone[-4:] == condition.tel_number_last4))
    )


def _order(call: Call, order_id: str) -> Order:
    order = trade.find_shop(call.sandbox, call.caller.appid).orders.get(order_id)
    if order is None:
        raise WechatError(100002)
    return order


def show_order(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/order/get`."""
    order = _order(call, call.read(_OrderId).order_id)
    return {**OK, "order": telling.describe_order(call.sandbox, call.caller, order)}


def decode_address(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/order/sensitiveinfo/decode`: name and phone unmasked."""
    order = _order(call, call.read(_OrderId).order_id)
    owner = call.sandbox.state.users.get(order.user or "")
    return {**OK, "address_info": {} if owner is None else telling.describe_address(owner)}


def send_parcels(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/order/delivery/send`: the merchant ships."""
    wanted = call.read(_Send)
    order = _order(call, wanted.order_id)
    left = trade.unshipped(order)
    for packed in (info for one in wanted.delivery_list for info in one.product_infos):
        if not 1 <= packed.product_cnt <= left.get(packed.sku_id, 0):
            raise WechatError(40097, "invalid args: product_infos")
        left[packed.sku_id] -= packed.product_cnt
    if any(not one.product_infos or (one.deliver_type == 1 and not one.waybill_id) for one in wanted.delivery_list):
        raise WechatError(40097, "invalid args: delivery_list")
    parcels = [_parcel(one, call.now) for one in wanted.delivery_list]
    try:
        pushes = trade.ship(call.sandbox, call.caller, order, parcels)
    except trade.WrongStepError as error:
        raise WechatError(40097, f"invalid args: {error}") from error
    return _after(call, pushes)


def _parcel(given: _Delivery, now: float) -> Parcel:
    packed = [{"sku_id": one.sku_id, "product_id": one.product_id, "product_cnt": one.product_cnt} for one in given.product_infos]
    return Parcel(given.delivery_id, given.waybill_id, given.deliver_type, packed, now)


def _after(call: Call, pushes: list[Push]) -> dict[str, Any]:
    for one in pushes:
        later.add(call.sandbox, one)
    return OK


def write_note(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/order/merchantnotes/update`."""
    wanted = call.read(_OrderId)
    return _after(call, trade.note(call.sandbox, call.caller, _order(call, wanted.order_id), wanted.merchant_notes))


def list_members(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/vip/user/list/get`: who joined the shop's membership."""
    wanted = call.read(_Members)
    if wanted.page_num < 1 or not 1 <= wanted.page_size <= LARGEST_PAGE:
        raise WechatError(40097)
    members = list(trade.find_shop(call.sandbox, call.caller.appid).members.values())
    start = (wanted.page_num - 1) * wanted.page_size
    told = []
    for member in members[start : start + wanted.page_size]:
        user = call.sandbox.state.users[member.user]
        unionid = people.unionid(call.sandbox, user, call.caller)
        phone = {"phone_number": user.phone} if wanted.need_phone_number and member.phone_shared else {}
        grade = {"user_grade_info": {"grade": member.grade, "experience_value": member.score}}
        told.append({"openid": user.openids[call.caller.appid], **({} if unionid is None else {"unionid": unionid}), **phone, **grade})
    return {**OK, "list": told, "total_num": len(members)}


_BASE = "/channels/ec"
ENDPOINTS = [
    Endpoint(f"{_BASE}/order/list/get", "POST", list_orders, kinds=SHOPS),
    Endpoint(f"{_BASE}/order/get", "POST", show_order, kinds=SHOPS),
    Endpoint(f"{_BASE}/order/search", "POST", search_orders, kinds=SHOPS),
    Endpoint(f"{_BASE}/order/sensitiveinfo/decode", "POST", decode_address, kinds=SHOPS, daily=500),
    Endpoint(f"{_BASE}/order/delivery/send", "POST", send_parcels, kinds=SHOPS),
    Endpoint(f"{_BASE}/order/merchantnotes/update", "POST", write_note, kinds=SHOPS),
    Endpoint(f"{_BASE}/vip/user/list/get", "POST", list_members, kinds=SHOPS),
]
