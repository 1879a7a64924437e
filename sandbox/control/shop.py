"""Control doors for shops: buying, and every step an order goes through."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from msgspec import Struct, field

from sandbox import people, push
from sandbox.channels import trade
from sandbox.channels.words import Item, Member, Order, Parcel
from sandbox.control import acting, doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.state import Account, Kind, Push


class _Line(Struct, forbid_unknown_fields=True, kw_only=True):
    product_id: str = "10000001"
    sku_id: str = "20000001"
    title: str = "赣南脐橙5斤"
    count: int = 1
    price_fen: int = 2990


class _Buy(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    items: list[_Line] = field(default_factory=lambda: [_Line()])
    gift: bool = False
    paid: bool = True
    finder_id: str = ""
    live_id: str = ""
    order_scene: int = 1
    sharer: str | None = None
    share_scene: int = 0
    sources: list[dict[str, Any]] = field(default_factory=list)
    wait: bool = True


class _Step(Struct, forbid_unknown_fields=True, kw_only=True):
    user: str = ""
    automatic: bool = False
    words: str = ""
    sku_id: str = ""
    count: int = 0
    kind: str = "REFUND"
    accept: bool = True
    wait: bool = True


class _Join(Struct, forbid_unknown_fields=True, kw_only=True):
    appid: str
    share_phone: bool = False
    wait: bool = True


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes of buying and of orders."""

    @blueprint.post("/users/<user_id>/buy")
    def buy(user_id: str) -> Response:
        wanted = doors.read(_Buy)
        phone = acting.pick_up(sandbox, user_id, wanted.appid)
        if wanted.sharer is not None:
            doors.find_user(sandbox, wanted.sharer)
        items = [Item(one.product_id, one.sku_id, one.title, one.count, one.price_fen) for one in wanted.items]
        origin = {"finder_id": wanted.finder_id, "live_id": wanted.live_id, "order_scene": wanted.order_scene}
        shared = {"sharer": wanted.sharer, "share_scene": wanted.share_scene, "sources": wanted.sources}
        with sandbox.lock:
            try:
                order, outs = trade.place(sandbox, phone.account, phone.user, items, gift=wanted.gift, **origin, **shared)
            except trade.WrongStepError as error:
                raise ControlError(409, str(error)) from error
            if wanted.paid:
                outs += trade.pay(sandbox, phone.account, order)
        return doors.tell({"openid": phone.openid, "order": order, "pushes": acting.push_all(sandbox, outs, wait=wanted.wait)})

    @blueprint.post("/orders/<order_id>/<step>")
    def take_step(order_id: str, step: str) -> Response:
        wanted = doors.read(_Step)
        found = trade.find(sandbox, order_id)
        if found is None:
            raise ControlError(404, f"there is no order {order_id!r}: buy something with POST /_sandbox/users/<user>/buy")
        account, order = found
        with sandbox.lock:
            try:
                outs = _take(sandbox, account, order, step, wanted)
            except trade.WrongStepError as error:
                raise ControlError(409, str(error)) from error
        return doors.tell({"order": order, "pushes": acting.push_all(sandbox, outs, wait=wanted.wait)})

    @blueprint.post("/users/<user_id>/join-shop")
    def join_shop(user_id: str) -> Response:
        wanted = doors.read(_Join)
        phone = acting.pick_up(sandbox, user_id, wanted.appid)
        if phone.account.kind is not Kind.SHOP:
            raise ControlError(409, f"{wanted.appid} is not of the kind {Kind.SHOP.value}")
        with sandbox.lock:
            openid, members = phone.openid, trade.find_shop(sandbox, wanted.appid).members
            members[user_id] = Member(user=user_id, joined_at=sandbox.now(), phone_shared=wanted.share_phone)
            info = {"open_id": openid, "join_time": int(sandbox.now()), "phone_number": phone.user.phone if wanted.share_phone else ""}
            unionid = people.unionid(sandbox, phone.user, phone.account)
            fields = {"Event": "channels_ec_vip_join", "user_info": {**info, "unionid": unionid or ""}}
            out = push.compose(sandbox, phone.account, openid, "event", fields)
        return doors.tell({"openid": openid, "pushes": acting.push_all(sandbox, [out], wait=wanted.wait)})


def _take(sandbox: Sandbox, account: Account, order: Order, step: str, wanted: _Step) -> list[Push]:
    if step == "pay":
        return trade.pay(sandbox, account, order)
    if step == "accept-gift":
        return trade.accept_gift(sandbox, account, order, doors.find_user(sandbox, wanted.user))
    if step == "ship":
        return trade.ship(sandbox, account, order, _pack(sandbox, order, wanted))
    if step == "confirm":
        return trade.confirm(sandbox, account, order, automatic=wanted.automatic)
    if step == "settle":
        return trade.settle(sandbox, account, order)
    if step == "cancel":
        return trade.cancel(sandbox, account, order, by_timeout=wanted.automatic)
    if step == "note":
        return trade.note(sandbox, account, order, wanted.words)
    if step == "ask-refund":
        return trade.ask_refund(sandbox, account, order, sku_id=wanted.sku_id, count=wanted.count, kind=wanted.kind, reason=wanted.words)
    if step == "decide-refund":
        return _decide(sandbox, account, order, accepts=wanted.accept)
    raise ControlError(404, f"there is no step {step!r} of an order")


def _pack(sandbox: Sandbox, order: Order, wanted: _Step) -> list[Parcel]:
    """One parcel: of the SKU that is named, else with all that is left."""
    left = trade.unshipped(order)
    packed = {wanted.sku_id: wanted.count or left.get(wanted.sku_id, 0)} if wanted.sku_id else left
    items = {item.sku_id: item for item in order.items}
    infos = [{"sku_id": sku, "product_id": items[sku].product_id, "product_cnt": count} for sku, count in packed.items() if sku in items]
    return [Parcel("SF", f"SF{order.order_id[-6:]}{len(order.parcels)}", 1, infos, sandbox.now())] if infos else []


def _decide(sandbox: Sandbox, account: Account, order: Order, *, accepts: bool) -> list[Push]:
    known = trade.find_shop(sandbox, account.appid).aftersales
    waiting = [known[one] for one in order.aftersales if known[one].status == "MERCHANT_PROCESSING"]
    if not waiting:
        raise trade.WrongStepError(f"nobody asks for a refund of {order.order_id}")
    return trade.decide_refund(sandbox, account, waiting[0], accepts=accepts)
