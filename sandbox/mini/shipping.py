"""Shipping information of payments (发货信息管理): uploads, receipt, settlement."""

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
from sandbox.mini.shipping_rules import (
    EXPRESS,
    FINISHED,
    SHIPPED,
    TO_SETTLE,
    TO_SHIP,
    UNIFIED,
    OrderKey,
    Upload,
    check_key,
    check_upload,
    read_time,
)
from sandbox.mini.words import Parcel, Payment
from sandbox.official import events
from sandbox.state import Account, Push


class _Combined(Struct):
    order_key: OrderKey | None = None
    sub_orders: list[Upload] = field(default_factory=list)
    upload_time: str = ""
    payer: dict[str, str] = field(default_factory=dict)


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
    payment = payments.find(payments.book_of(call), transaction_id=key.transaction_id, mch_id=key.mchid, out_trade_no=key.out_trade_no)
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


_BASE = "/wxa/sec/order"
ENDPOINTS = [
    Endpoint(f"{_BASE}/upload_shipping_info", "POST", upload, kinds=MINI_PROGRAMS),
    Endpoint(f"{_BASE}/upload_combined_shipping_info", "POST", upload_combined, kinds=MINI_PROGRAMS),
]
