"""Payments in a mini program (微信支付), as far as other endpoints know of them: getpaidunionid and shipping."""

from __future__ import annotations

import string
from typing import Any

from sandbox import people
from sandbox.actions import ImpossibleError, Phone
from sandbox.beijing import day_of
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.mini.words import Payment
from sandbox.state import Kind

UNIONID_FOR_S = 300
SAMPLE_MERCHANT = "1900000001"


def pay(phone: Phone, *, amount_fen: int, description: str, mch_id: str = "", out_trade_no: str = "") -> Payment:
    """A successful payment; the order number is made up when none is given."""
    phone.need(Kind.MINI_PROGRAM)
    if amount_fen < 1:
        raise ImpossibleError("amount_fen has to be at least 1")
    sandbox, payments = phone.sandbox, phone.sandbox.mini_book(phone.account.appid).payments
    number = out_trade_no or f"T{sandbox.next_message_id()}"
    merchant = mch_id or SAMPLE_MERCHANT
    if find(payments, mch_id=merchant, out_trade_no=number) is not None:
        raise ImpossibleError(f"{number} is paid already")
    payment = Payment(
        transaction_id=make_transaction_id(sandbox),
        mch_id=merchant,
        out_trade_no=number,
        user=phone.user.id,
        openid=phone.openid,
        amount_fen=amount_fen,
        description=description,
        paid_at=sandbox.now(),
    )
    payments[payment.transaction_id] = payment
    return payment


def make_transaction_id(sandbox: Sandbox) -> str:
    """28 digits as WeChat Pay's: 42000, the day, the rest random."""
    day = day_of(sandbox.now()).strftime("%Y%m%d")
    return "4200000" + "".join(sandbox.random.choices(string.digits, k=3)) + day + "".join(sandbox.random.choices(string.digits, k=10))


def book_of(call: Call) -> dict[str, Payment]:
    """The payments of the calling mini program."""
    return call.sandbox.mini_book(call.caller.appid).payments


def find(payments: dict[str, Payment], *, transaction_id: str = "", mch_id: str = "", out_trade_no: str = "") -> Payment | None:
    """The payment by WeChat's number, or by the merchant's and theirs."""
    if transaction_id:
        return payments.get(transaction_id)
    return next((one for one in payments.values() if (one.mch_id, one.out_trade_no) == (mch_id, out_trade_no)), None)


def tell_paid_unionid(call: Call) -> dict[str, Any]:
    """`GET /wxa/getpaidunionid`: the payer's unionid, for five minutes after the payment."""
    query = call.query
    if not query.get("openid"):
        raise WechatError(41009)
    contact = call.contact(query["openid"])
    user = call.sandbox.person(contact)
    unionid = people.unionid(call.sandbox, user, call.caller)
    if unionid is None:
        raise WechatError(89002)
    payment = find(
        call.sandbox.mini_book(call.caller.appid).payments,
        transaction_id=query.get("transaction_id", ""),
        mch_id=query.get("mch_id", ""),
        out_trade_no=query.get("out_trade_no", ""),
    )
    if payment is None or payment.user != user.id or payment.paid_at + UNIONID_FOR_S <= call.now:
        raise WechatError(89300)
    return {"unionid": unionid, **OK}


ENDPOINTS = [Endpoint("/wxa/getpaidunionid", "GET", tell_paid_unionid, kinds=MINI_PROGRAMS)]
