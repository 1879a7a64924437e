"""What a shop (微信小店) and a Channels account (视频号) tell: orders in full, live rooms in sums."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.wechat.answers import lead_on, read_answer
from chalicelib.wechat.calls import Calls

LIST = "/channels/ec/order/list/get"
ORDER = "/channels/ec/order/get"
LIVES = "/channels/finderlive/get_finder_live_data_list"
CHANNEL = "/channels/finderlive/get_finder_attr_by_appid"
MOST_IDS = 100


class OrderIds(msgspec.Struct, frozen=True):
    """Ids of orders; `following` is what to ask with for the next ones, absent where these are all."""

    ids: tuple[str, ...]
    following: str | None


class OrderLine(msgspec.Struct, frozen=True):
    """One thing of an order; `price_fen` is for one piece."""

    sku: str
    title: str
    quantity: int
    price_fen: int


class ShopOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it stands. Times in epoch seconds, 0 for what has not happened. `openid` is empty while nobody has accepted a gift."""

    id: str
    status: int
    created_at: int
    updated_at: int
    paid_at: int
    shipped_at: int
    openid: str
    unionid: str | None
    total_fen: int
    live_id: str
    lines: tuple[OrderLine, ...]


class Lives(msgspec.Struct, frozen=True):
    """Live rooms that are over, each in sums and in WeChat's own words; `following` leads to the next ones."""

    lines: tuple[dict[str, Any], ...]
    following: str | None


class _Ids(msgspec.Struct):
    order_id_list: list[str | int] = []
    next_key: str = ""
    has_more: bool = False


class _Product(msgspec.Struct):
    sku_id: str | int = ""
    product_id: str | int = ""
    title: str = ""
    sku_cnt: int = 0
    sale_price: int = 0


class _Price(msgspec.Struct):
    order_price: int = 0


class _Pay(msgspec.Struct):
    pay_time: int = 0


class _Delivery(msgspec.Struct):
    ship_done_time: int = 0


class _Origin(msgspec.Struct):
    live_id: str = ""


class _Detail(msgspec.Struct):
    product_infos: list[_Product] = []
    price_info: _Price = msgspec.field(default_factory=_Price)
    pay_info: _Pay = msgspec.field(default_factory=_Pay)
    delivery_info: _Delivery = msgspec.field(default_factory=_Delivery)
    ext_info: _Origin = msgspec.field(default_factory=_Origin)


class _Order(msgspec.Struct):
    order_id: str | int
    status: int
    create_time: int
    update_time: int
    openid: str = ""
    unionid: str = ""
    order_detail: _Detail = msgspec.field(default_factory=_Detail)


class _OrderFields(msgspec.Struct):
    order: _Order


class _LivesFields(msgspec.Struct):
    item: list[dict[str, Any]] = []
    last_buffer: str = ""
    continue_flag: bool = False


class _ChannelFields(msgspec.Struct):
    finder_attr: dict[str, Any]


class ShopCalls(Calls):
    """The calls of shops and of Channels assistants. `token`: the account's own."""

    def list_changed_orders(self, token: str, first_s: int, last_s: int, following: str) -> OrderIds:
        """Up to 100 ids of orders that changed last within these seconds, both included, at most a week.

        https://developers.weixin.qq.com/doc/store/shop/API/order/list_get.html
        """
        body = {"update_time_range": {"start_time": first_s, "end_time": last_s}, "page_size": MOST_IDS, "next_key": following}
        told = read_answer(LIST, self._post(LIST, body, token=token), _Ids)
        return OrderIds(tuple(str(each) for each in told.order_id_list), lead_on(LIST, told.next_key, more=told.has_more, before=following))

    def fetch_order(self, token: str, order_id: str) -> ShopOrder:
        """An order as it stands now; names and addresses are not read. 100002: there is none.

        https://developers.weixin.qq.com/doc/store/shop/API/order/get.html
        """
        told = read_answer(ORDER, self._post(ORDER, {"order_id": order_id}, token=token), _OrderFields).order
        detail = told.order_detail
        return ShopOrder(
            id=str(told.order_id),
            status=told.status,
            created_at=told.create_time,
            updated_at=told.update_time,
            paid_at=detail.pay_info.pay_time,
            shipped_at=detail.delivery_info.ship_done_time,
            openid=told.openid,
            unionid=told.unionid or None,
            total_fen=detail.price_info.order_price,
            live_id=detail.ext_info.live_id,
            lines=tuple(_line(each) for each in detail.product_infos),
        )

    def list_lives(self, token: str, first_s: int, last_s: int, following: str) -> Lives:
        """Live rooms that began within these seconds and are over: sums only, for WeChat tells nobody by name.

        https://developers.weixin.qq.com/doc/channels/api/channels/
        """
        body = {"start_time": first_s, "end_time": last_s, "last_buffer": following}
        told = read_answer(LIVES, self._post(LIVES, body, token=token), _LivesFields)
        return Lives(tuple(told.item), lead_on(LIVES, told.last_buffer, more=told.continue_flag, before=following))

    def fetch_channel(self, token: str) -> dict[str, Any]:
        """What WeChat tells of the Channels account itself: its id, name and `fans_count`.

        https://developers.weixin.qq.com/doc/channels/api/channels/
        """
        return read_answer(CHANNEL, self._post(CHANNEL, {}, token=token), _ChannelFields).finder_attr


def _line(told: _Product) -> OrderLine:
    return OrderLine(str(told.sku_id or told.product_id), told.title, told.sku_cnt, told.sale_price)
