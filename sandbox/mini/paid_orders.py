"""The payments of a mini program as orders (发货信息管理): shown, listed, reminded of, marked as special."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from sandbox.beijing import DAY_S
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.mini import payments
from sandbox.mini.shipping_rules import EXPRESS, FINISHED, SHIPPED, TO_SHIP, describe_parcels
from sandbox.mini.words import Payment
from sandbox.reading import turn_page

PRESALE, TEST = 1, 2
LARGEST_PAGE = 100


class _Which(Struct):
    transaction_id: str = ""
    merchant_id: str = ""
    merchant_trade_no: str = ""
    sub_merchant_id: str = ""
    received_time: int = 0


class _Range(Struct):
    begin_time: int = 0
    end_time: int = 2**53


class _List(Struct):
    pay_time_range: _Range = field(default_factory=_Range)
    order_state: int | None = None
    openid: str = ""
    last_index: str = ""
    page_size: int = LARGEST_PAGE


class _Setting(Struct):
    path: str = ""
    appid: str = ""
    order_id: str = ""
    type: int = 0
    delay_to: int = 0


def _find(call: Call, which: _Which) -> Payment:
    found = payments.find(
        payments.book_of(call), transaction_id=which.transaction_id, mch_id=which.merchant_id, out_trade_no=which.merchant_trade_no
    )
    if found is None:
        raise WechatError(10060001)
    return found


def show_order(call: Call) -> dict[str, Any]:
    """`POST /wxa/sec/order/get_order`."""
    return {**OK, "order": _describe(_find(call, call.read(_Which)))}


def _describe(payment: Payment) -> dict[str, Any]:
    shipping: dict[str, Any] = {}
    if payment.parcels:
        shipping = {
            "delivery_mode": payment.delivery_mode,
            "logistics_type": payment.logistics_type,
            "finish_shipping": payment.finished_count > 0,
            "finish_shipping_count": payment.finished_count,
            "goods_desc": payment.description,
            "shipping_list": describe_parcels(payment.parcels),
        }
    return {
        "transaction_id": payment.transaction_id,
        "merchant_id": payment.mch_id,
        "sub_merchant_id": "",
        "merchant_trade_no": payment.out_trade_no,
        "description": payment.description,
        "paid_amount": payment.amount_fen,
        "openid": payment.openid,
        "trade_create_time": int(payment.paid_at),
        "pay_time": int(payment.paid_at),
        "order_state": payment.state,
        "in_complaint": False,
        "shipping": shipping,
    }


def list_orders(call: Call) -> dict[str, Any]:
    """`POST /wxa/sec/order/get_order_list`."""
    wanted = call.read(_List)
    span = wanted.pay_time_range
    found = [
        one
        for one in payments.book_of(call).values()
        if span.begin_time <= one.paid_at <= span.end_time and wanted.order_state in (None, one.state) and wanted.openid in ("", one.openid)
    ]
    page = turn_page(found, wanted.last_index, max(1, min(wanted.page_size, LARGEST_PAGE)))
    if page is None:
        raise WechatError(10060011)
    return {**OK, "order_list": [_describe(one) for one in page.items], "last_index": page.cursor, "has_more": page.more}


def remind_receipt(call: Call) -> dict[str, Any]:
    """`POST /wxa/sec/order/notify_confirm_receive`: once per order, express only."""
    wanted = call.read(_Which)
    payment = _find(call, wanted)
    if payment.state != SHIPPED or payment.logistics_type != EXPRESS or payment.confirm_told:
        raise WechatError(10060004)
    if wanted.received_time <= 0:
        raise WechatError(10060014)
    payment.confirm_told = True
    return OK


def set_jump_path(call: Call) -> dict[str, Any]:
    """`POST /wxa/sec/order/set_msg_jump_path`."""
    path = call.read(_Setting).path
    if not path:
        raise WechatError(10060014)
    call.sandbox.mini_book(call.caller.appid).jump_path = path
    return OK


def tell_managed(call: Call) -> dict[str, Any]:
    """`POST /wxa/sec/order/is_trade_managed`."""
    _need_own(call)
    return {**OK, "is_trade_managed": call.caller.pay_enabled}


def tell_completed(call: Call) -> dict[str, Any]:
    """`POST /wxa/sec/order/is_trade_management_confirmation_completed`."""
    _need_own(call)
    return {**OK, "completed": call.caller.pay_enabled}


def _need_own(call: Call) -> None:
    if call.read(_Setting).appid != call.caller.appid:
        raise WechatError(40013)


def mark_special(call: Call) -> dict[str, Any]:
    """`POST /wxa/sec/order/opspecialorder`: presale, shipped 15 to 330 days after the payment, or a test."""
    wanted = call.read(_Setting)
    if wanted.type not in (PRESALE, TEST):
        raise WechatError(268546000)
    payment = next((one for one in payments.book_of(call).values() if wanted.order_id in (one.transaction_id, one.out_trade_no)), None)
    if payment is None or payment.state != TO_SHIP:
        raise WechatError(268546002)
    if wanted.type == TEST:
        payment.state = FINISHED
        return OK
    if not 15 * DAY_S <= wanted.delay_to - payment.paid_at <= 330 * DAY_S:
        raise WechatError(268546001)
    payment.delay_until = wanted.delay_to
    return OK


_RUNS = {
    "get_order": show_order,
    "get_order_list": list_orders,
    "notify_confirm_receive": remind_receipt,
    "set_msg_jump_path": set_jump_path,
    "is_trade_managed": tell_managed,
    "is_trade_management_confirmation_completed": tell_completed,
    "opspecialorder": mark_special,
}
ENDPOINTS = [Endpoint(f"/wxa/sec/order/{name}", "POST", run, kinds=MINI_PROGRAMS) for name, run in _RUNS.items()]
