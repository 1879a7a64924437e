"""What an upload of shipping information may contain (发货信息). Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from sandbox.codes import WechatError

TO_SHIP, SHIPPED, CONFIRMED, FINISHED, REFUNDED, TO_SETTLE = 1, 2, 3, 4, 5, 6
EXPRESS = 1
UNIFIED, SPLIT = 1, 2
MOST_PARCELS = 15
LONGEST_DESCRIPTION, LONGEST_NUMBER = 120, 128
MASKED = re.compile(r".*\*.*\d{4}$")


class OrderKey(Struct):
    """Which payment: by the merchant's numbers (1) or WeChat's (2)."""

    order_number_type: int = 0
    transaction_id: str = ""
    mchid: str = ""
    out_trade_no: str = ""


class Shipment(Struct):
    """One parcel of an upload."""

    tracking_no: str = ""
    express_company: str = ""
    item_desc: str = ""
    contact: dict[str, str] = field(default_factory=dict)


class Payer(Struct):
    openid: str = ""


class Upload(Struct):
    """The body of upload_shipping_info, and each part of a combined one."""

    order_key: OrderKey | None = None
    logistics_type: int = 0
    delivery_mode: int = 0
    is_all_delivered: bool | None = None
    shipping_list: list[Shipment] = field(default_factory=list)
    upload_time: str = ""
    payer: Payer = field(default_factory=Payer)


def check_key(key: OrderKey | None) -> OrderKey:
    """The order_key; 268485194 to 268485197 name its missing part."""
    if key is None or key.order_number_type not in (1, 2):
        raise WechatError(268485194)
    if key.order_number_type == 2 and not key.transaction_id:
        raise WechatError(268485195)
    if key.order_number_type == 1 and not key.mchid:
        raise WechatError(268485196)
    if key.order_number_type == 1 and not key.out_trade_no:
        raise WechatError(268485197)
    return key


def check_upload(upload: Upload) -> None:
    """Ways of delivery first, then the list, then every parcel."""
    if upload.logistics_type not in (1, 2, 3, 4):
        raise WechatError(10060005)
    if upload.delivery_mode not in (UNIFIED, SPLIT):
        raise WechatError(268485224)
    if upload.delivery_mode == SPLIT and upload.logistics_type != EXPRESS:
        raise WechatError(10060006)
    if upload.delivery_mode == SPLIT and upload.is_all_delivered is None:
        raise WechatError(10060007)
    if len(upload.shipping_list) > MOST_PARCELS:
        raise WechatError(10060024)
    if upload.delivery_mode == UNIFIED and len(upload.shipping_list) != 1:
        raise WechatError(268485228)
    if not upload.shipping_list:
        raise WechatError(10060014)
    for shipment in upload.shipping_list:
        _check_shipment(shipment, express=upload.logistics_type == EXPRESS)


def _check_shipment(shipment: Shipment, *, express: bool) -> None:
    if not shipment.item_desc:
        raise WechatError(10060008)
    if len(shipment.item_desc) > LONGEST_DESCRIPTION:
        raise WechatError(10060009)
    if not express:
        return
    if not shipment.tracking_no:
        raise WechatError(268485226)
    if not shipment.express_company:
        raise WechatError(268485227)
    if len(shipment.express_company) > LONGEST_NUMBER:
        raise WechatError(10060025)
    if len(shipment.tracking_no) > LONGEST_NUMBER:
        raise WechatError(10060026)
    if shipment.express_company == "SF" and not any(MASKED.fullmatch(number) for number in shipment.contact.values()):
        raise WechatError(10060014)


def read_time(text: str) -> float:
    """RFC 3339 with milliseconds and a zone, in unix seconds; else 268485216."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,3}(Z|[+-]\d\d:\d\d)", text):
        raise WechatError(268485216)
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise WechatError(268485216) from error


def describe_parcels(parcels: list[Any]) -> list[dict[str, Any]]:
    """The shipping_list of get_order."""
    return [
        {
            "tracking_no": one.tracking_no,
            "express_company": one.express_company,
            "goods_desc": one.goods_desc,
            "upload_time": one.upload_time,
            "contact": one.contact,
        }
        for one in parcels
    ]
