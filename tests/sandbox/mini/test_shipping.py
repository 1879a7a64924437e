from __future__ import annotations

from typing import Any

import pytest
from wechatpy import parse_message

from tests.sandbox.stage import SHOP, Stage

PARCEL = {"tracking_no": "YT1", "express_company": "YTO", "item_desc": "脐橙5斤*1"}


class Sale:
    """A payment on the stage, and its uploads."""

    def __init__(self, stage: Stage, user: str) -> None:
        self.stage, self.user, self.minute = stage, user, 0
        stage.set_callback(SHOP)
        self.payment = stage.act(user, "pay", SHOP, amount_fen=2990, description="脐橙", out_trade_no="T1")["payment"]

    def post(self, name: str, **body: Any) -> Any:
        return self.stage.post(f"/wxa/sec/order/{name}", body, access_token=self.stage.token(SHOP))

    def upload(self, **changed: Any) -> int:
        self.minute += 1
        body = {
            "order_key": {"order_number_type": 2, "transaction_id": self.payment["transaction_id"]},
            "delivery_mode": 1,
            "logistics_type": 1,
            "shipping_list": [PARCEL],
            "upload_time": f"2027-01-15T16:{self.minute:02d}:00.000+08:00",
            "payer": {"openid": self.payment["openid"]},
            **changed,
        }
        return int(self.post("upload_shipping_info", **body)["errcode"])

    def order(self) -> Any:
        return self.post("get_order", transaction_id=self.payment["transaction_id"])["order"]


@pytest.fixture
def sale(stage: Stage, user: str) -> Sale:
    return Sale(stage, user)


def heard(stage: Stage) -> Any:
    stage.control("POST", "/pushes/deliver", {"all": True})
    return parse_message(stage.transport.requests[-1].body)._data


def test_a_shipped_order_tells_its_parcels_and_when_it_settles(sale: Sale) -> None:
    before = sale.order()

    uploaded = sale.upload()

    order = sale.order()
    assert (before["order_state"], before["shipping"]) == (1, {})
    assert uploaded == 0
    assert (order["order_state"], order["paid_amount"], order["shipping"]["finish_shipping_count"]) == (2, 2990, 1)
    assert order["shipping"]["shipping_list"][0]["goods_desc"] == "脐橙5斤*1"
    event = heard(sale.stage)
    assert event["Event"] == "trade_manage_order_settlement"
    assert int(event["estimated_settlement_time"]) > int(event["shipped_time"])


def test_a_confirmed_receipt_settles(sale: Sale) -> None:
    sale.upload()
    heard(sale.stage)
    body = {"appid": SHOP, "out_trade_no": "T1"}

    sale.stage.control("POST", f"/users/{sale.user}/confirm-receipt", body)

    event = parse_message(sale.stage.transport.requests[-1].body)._data
    assert (event["confirm_receive_method"], "settlement_time" in event) == ("1", True)
    assert sale.order()["order_state"] == 4
    assert sale.upload() == 10060004
    sale.stage.control("POST", f"/users/{sale.user}/confirm-receipt", body, status=409)


def test_shipping_is_corrected_once(sale: Sale) -> None:
    codes = [sale.upload(), sale.upload(), sale.upload(shipping_list=[{**PARCEL, "tracking_no": "YT2"}])]

    codes.append(sale.upload(shipping_list=[{**PARCEL, "tracking_no": "YT3"}]))

    assert codes == [0, 10060023, 0, 10060003]


def test_parts_are_collected_until_the_last(sale: Sale) -> None:
    part = {"delivery_mode": 2, "is_all_delivered": False}
    first = sale.upload(**part)
    state = sale.order()["order_state"]

    last = sale.upload(delivery_mode=2, is_all_delivered=True, shipping_list=[{**PARCEL, "tracking_no": "YT2"}])

    assert (first, state, last) == (0, 1, 0)
    assert len(sale.order()["shipping"]["shipping_list"]) == 2


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"order_key": {"order_number_type": 3}}, 268485194),
        ({"order_key": {"order_number_type": 2}}, 268485195),
        ({"order_key": {"order_number_type": 1, "out_trade_no": "T1"}}, 268485196),
        ({"order_key": {"order_number_type": 1, "mchid": "1"}}, 268485197),
        ({"order_key": {"order_number_type": 2, "transaction_id": "42"}}, 10060001),
        ({"logistics_type": 5}, 10060005),
        ({"delivery_mode": 3}, 268485224),
        ({"delivery_mode": 2, "logistics_type": 3}, 10060006),
        ({"delivery_mode": 2}, 10060007),
        ({"shipping_list": []}, 268485228),
        ({"delivery_mode": 2, "is_all_delivered": True, "shipping_list": [PARCEL] * 16}, 10060024),
        ({"shipping_list": [{**PARCEL, "item_desc": ""}]}, 10060008),
        ({"shipping_list": [{**PARCEL, "item_desc": "长" * 121}]}, 10060009),
        ({"shipping_list": [{**PARCEL, "tracking_no": ""}]}, 268485226),
        ({"shipping_list": [{**PARCEL, "express_company": ""}]}, 268485227),
        ({"shipping_list": [{**PARCEL, "express_company": "SF"}]}, 10060014),
        ({"shipping_list": [{**PARCEL, "express_company": "SF", "contact": {"receiver_contact": "138****8000"}}]}, 0),
        ({"logistics_type": 3, "shipping_list": [{"item_desc": "会员"}]}, 0),
        ({"upload_time": "2027-01-15 16:00:00"}, 268485216),
        ({"payer": {"openid": "oNobody"}}, 10060031),
    ],
)
def test_an_upload_is_judged(sale: Sale, changed: dict[str, Any], code: int) -> None:
    assert sale.upload(**changed) == code


def test_a_payment_may_be_unknown_for_some_seconds(sale: Sale) -> None:
    sale.stage.change(payment_known_after_s=5)
    early = sale.upload()

    sale.stage.clock += 5

    assert (early, sale.upload()) == (10060001, 0)


def test_a_combined_upload_ships_each_part(sale: Sale) -> None:
    other = sale.stage.act(sale.user, "pay", SHOP, amount_fen=1, out_trade_no="T2")["payment"]
    keys = [{"order_number_type": 1, "mchid": other["mch_id"], "out_trade_no": number} for number in ("T1", "T2")]
    subs = [{"order_key": key, "delivery_mode": 1, "logistics_type": 1, "shipping_list": [PARCEL]} for key in keys]
    body = {"upload_time": "2027-01-15T16:00:00.000+08:00", "payer": {"openid": other["openid"]}}

    answer = sale.post("upload_combined_shipping_info", order_key=keys[0], sub_orders=subs, **body)

    assert answer["errcode"] == 0
    assert [one["order_state"] for one in sale.post("get_order_list")["order_list"]] == [2, 2]
    assert sale.post("upload_combined_shipping_info", order_key=keys[0], sub_orders=[], **body)["errcode"] == 10060014


def test_orders_are_listed_in_pages(sale: Sale) -> None:
    sale.stage.act(sale.user, "pay", SHOP, amount_fen=1)

    first = sale.post("get_order_list", page_size=1)
    second = sale.post("get_order_list", page_size=1, last_index=first["last_index"])

    assert (first["has_more"], second["has_more"]) == (True, False)
    assert sale.post("get_order_list", order_state=2)["order_list"] == []
    assert sale.post("get_order_list", last_index="x")["errcode"] == 10060011


def test_receipt_is_reminded_of_once(sale: Sale) -> None:
    body = {"merchant_id": sale.payment["mch_id"], "merchant_trade_no": "T1", "received_time": 1_800_000_000}
    codes = [sale.post("notify_confirm_receive", **body)["errcode"]]
    sale.upload()

    codes += [sale.post("notify_confirm_receive", **body)["errcode"] for _ in range(2)]

    assert codes == [10060004, 0, 10060004]


def test_a_presale_is_15_to_330_days(sale: Sale) -> None:
    paid_at = int(sale.stage.clock)

    codes = [sale.post("opspecialorder", order_id="T1", type=1, delay_to=paid_at + days * 86_400)["errcode"] for days in (14, 15, 330, 331)]

    assert codes == [268546001, 0, 0, 268546001]
    assert sale.post("opspecialorder", order_id="T1", type=3)["errcode"] == 268546000
    assert sale.post("opspecialorder", order_id="T9", type=2)["errcode"] == 268546002


def test_whether_trade_is_managed(sale: Sale) -> None:
    assert sale.post("is_trade_managed", appid=SHOP)["is_trade_managed"] is False
    sale.stage.control("POST", "/accounts", {"appid": SHOP, "pay_enabled": True})
    assert sale.post("is_trade_management_confirmation_completed", appid=SHOP)["completed"] is True
    assert sale.post("is_trade_managed", appid="wxother")["errcode"] == 40013
    assert sale.post("set_msg_jump_path", path="pages/order")["errcode"] == 0
