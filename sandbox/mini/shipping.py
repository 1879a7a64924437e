"""Shipping information of payments (发货信息管理): uploads, orders, receipt, settlement."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from sandbox import later
from sandbox.actions import ImpossibleError, Phone
from sandbox.beijing import DAY_S
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.mini import payments
from sandbox.mini.shipping_rules import EXPRESS, UNIFIED, OrderKey, Upload, check_key, check_upload, describe_parcels, read_time
from sandbox.mini.words import Parcel, Payment
from sandbox.official import events
from sandbox.reading import turn_page
from sandbox.state import Account, Push

TO_SHIP, SHIPPED, CONFIRMED, FINISHED, REFUNDED, TO_SETTLE = 1, 2, 3, 4, 5, 6
PRESALE, TEST = 1, 2
LARGEST_PAGE = 100


class _Combined(Struct):
    order_key: OrderKey | None = None
    sub_orders: list[Upload] = field(default_factory=list)
    upload_time: str = ""
    payer: dict[str, str] = field(default_factory=dict)


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


def _book(call: Call) -> dict[str, Payment]:
    return call.sandbox.mini_book(call.caller.appid).payments


def upload(call: Call) -> dict[str, Any]:
    """`POST /wxa/sec/order/upload_shipping_info`: once, and once again to correct it."""
    wanted = call.read(Upload)
    _take(call, wanted)
    return OK


def upload_combined(call: Call) -> dict[str, Any]:
    """`POST /wxa/sec/order/upload_combined_shipping_info`: each part is an upload of its own."""
    wanted = call.read(_Combined)
    kind = check_key(wanted.order_key).order_number_type
    if not wanted.sub_orders or any(one.order_key is None or one.order_key.order_number_type != kind for one in wanted.sub_orders):
        raise WechatError(10060014)
    for one in wanted.sub_orders:
        one.upload_time = wanted.upload_time
        one.payer.openid = wanted.payer.get("openid", "")
        _take(call, one)
    return OK


def _take(call: Call, wanted: Upload) -> None:
    key = check_key(wanted.order_key)
    check_upload(wanted)
    uploaded = read_time(wanted.upload_time)
    payment = payments.find(_book(call), transaction_id=key.transaction_id, mch_id=key.mchid, out_trade_no=key.out_trade_no)
    if payment is None or payment.paid_at + call.sandbox.state.settings.payment_known_after_s > call.now:
        raise WechatError(10060001)
    if wanted.payer.openid != payment.openid:
        raise WechatError(10060031)
    parcels = [Parcel(one.tracking_no, one.express_company, one.item_desc, int(call.now), one.contact) for one in wanted.shipping_list]
    _check_state(payment, wanted, parcels, uploaded)
    _save(call.sandbox, call.caller, payment, wanted, parcels, uploaded)


def _check_state(payment: Payment, wanted: Upload, parcels: list[Parcel], uploaded: float) -> None:
    if payment.state not in (TO_SHIP, SHIPPED, TO_SETTLE):
        raise WechatError(10060004)
    if payment.finished_count >= 2:
        raise WechatError(10060003)
    if uploaded <= payment.uploaded:
        raise WechatError(10060014)
    same = [(one.tracking_no, one.express_company, one.goods_desc) for one in parcels]
    if payment.finished_count and same == [(one.tracking_no, one.express_company, one.goods_desc) for one in payment.parcels]:
        raise WechatError(10060023)


def _save(sandbox: Sandbox, account: Account, payment: Payment, wanted: Upload, parcels: list[Parcel], uploaded: float) -> None:
    """A part adds its parcels; a whole, or a change of the way of delivery, replaces them."""
    changed = (payment.logistics_type, payment.delivery_mode) != (wanted.logistics_type, wanted.delivery_mode)
    payment.parcels = parcels if payment.finished_count or changed else [*payment.parcels, *parcels]
    payment.logistics_type, payment.delivery_mode, payment.uploaded = wanted.logistics_type, wanted.delivery_mode, uploaded
    if wanted.delivery_mode != UNIFIED and not wanted.is_all_delivered:
        return
    payment.state, payment.shipped_at = SHIPPED, sandbox.now()
    payment.finished_count += 1
    settles_at = int(sandbox.now() + sandbox.state.settings.confirm_after_days * DAY_S)
    due = {"shipped_time": int(sandbox.now()), "estimated_settlement_time": settles_at}
    later.add(sandbox, _tell_settlement(sandbox, account, payment, due))


def ship_by_hand(sandbox: Sandbox, account: Account, out_trade_no: str) -> Payment:
    """The merchant types a parcel into the console."""
    known = sandbox.mini_book(account.appid).payments.values()
    payment = next((one for one in known if one.out_trade_no == out_trade_no and one.state == TO_SHIP), None)
    if payment is None:
        raise ImpossibleError(f"{account.appid} has no payment {out_trade_no!r} to ship")
    parcel = Parcel("YT0000000000001", "YTO", payment.description, int(sandbox.now()))
    _save(sandbox, account, payment, Upload(logistics_type=EXPRESS, delivery_mode=UNIFIED), [parcel], sandbox.now())
    return payment


def _tell_settlement(sandbox: Sandbox, account: Account, payment: Payment, more: dict[str, int]) -> Push:
    fields = {
        "Event": "trade_manage_order_settlement",
        "transaction_id": payment.transaction_id,
        "merchant_id": payment.mch_id,
        "sub_merchant_id": "",
        "merchant_trade_no": payment.out_trade_no,
        "pay_time": int(payment.paid_at),
        **more,
    }
    return events.compose(sandbox, account, fields, sender=events.PLATFORM)


def confirm(phone: Phone, out_trade_no: str, *, automatic: bool) -> list[Push]:
    """Receipt is confirmed by the payer or by time, and the money settles."""
    known = phone.sandbox.mini_book(phone.account.appid).payments.values()
    payment = next((one for one in known if one.out_trade_no == out_trade_no and one.user == phone.user.id), None)
    if payment is None:
        raise ImpossibleError(f"{phone.user.id} has no payment {out_trade_no!r} in {phone.account.appid}")
    if payment.state != SHIPPED or payment.shipped_at is None:
        raise ImpossibleError(f"the payment has the state {payment.state}, not {SHIPPED}")
    payment.state, now = FINISHED, int(phone.sandbox.now())
    how = 2 if automatic != phone.sandbox.state.settings.confirm_methods_swapped else 1
    told = {"shipped_time": int(payment.shipped_at), "confirm_receive_method": how, "confirm_receive_time": now, "settlement_time": now}
    return [_tell_settlement(phone.sandbox, phone.account, payment, told)]


def _find(call: Call, which: _Which) -> Payment:
    found = payments.find(_book(call), transaction_id=which.transaction_id, mch_id=which.merchant_id, out_trade_no=which.merchant_trade_no)
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
        for one in _book(call).values()
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
    if payment.state != SHIPPED or payment.logistics_type != 1 or payment.confirm_told:
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
    payment = next((one for one in _book(call).values() if wanted.order_id in (one.transaction_id, one.out_trade_no)), None)
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
    "upload_shipping_info": upload,
    "upload_combined_shipping_info": upload_combined,
    "get_order": show_order,
    "get_order_list": list_orders,
    "notify_confirm_receive": remind_receipt,
    "set_msg_jump_path": set_jump_path,
    "is_trade_managed": tell_managed,
    "is_trade_management_confirmation_completed": tell_completed,
    "opspecialorder": mark_special,
}
ENDPOINTS = [Endpoint(f"/wxa/sec/order/{name}", "POST", run, kinds=MINI_PROGRAMS) for name, run in _RUNS.items()]
