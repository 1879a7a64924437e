"""Control doors for pushes: arbitrary and forged ones, those that wait, those that went out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Blueprint, Response, request
from msgspec import Meta, Struct, field

from sandbox import forgery, later, push
from sandbox.control import doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.platform import routes
from sandbox.settings import HeaderText
from sandbox.state import Account, Callback, Mode, Push
from sandbox.words import Delivery, PushRecord

MOST_TIMES = 100
Forge = Literal["signature", "aes_key", "appid", "truncate", "old_timestamp"]


class _Push(Struct, forbid_unknown_fields=True):
    appid: str
    fields: dict[str, Any] = field(default_factory=dict)
    times: Annotated[int, Meta(ge=1, le=MOST_TIMES)] = 1
    forge: Forge | None = None
    raw_body: str | None = None
    content_type: HeaderText | None = None


class _Deliver(Struct, forbid_unknown_fields=True):
    all: bool = False
    order: list[int] | None = None


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes /_sandbox/push and /_sandbox/pushes."""

    @blueprint.post("/push")
    def push_anything() -> Response:
        wanted = doors.read(_Push)
        account = doors.find_account(sandbox, wanted.appid)
        callback = routes.find_callback(sandbox, account)
        if callback is None:
            raise ControlError(409, f"{wanted.appid} has no callback: set one with POST /_sandbox/accounts")
        if wanted.forge in ("aes_key", "appid") and callback.mode is Mode.PLAIN:
            raise ControlError(409, f"forge {wanted.forge} needs a callback in compatible or safe mode")
        with sandbox.lock:
            out = _compose(sandbox, wanted, account)
        deliveries = [_deliver_once(sandbox, wanted, out, account, callback) for _ in range(wanted.times)]
        return doors.tell({"deliveries": deliveries, "fields": out.fields})

    @blueprint.get("/pushes")
    def list_pushes() -> Response:
        appid = request.args.get("appid")
        with sandbox.lock:
            waiting = [one for one in sandbox.state.waiting if appid in (None, one.appid)]
            done = [one for one in sandbox.records if appid in (None, one.appid)]
            return doors.tell({"waiting": waiting, "done": done})

    @blueprint.post("/pushes/lose")
    def lose_waiting() -> Response:
        doors.read(doors.Nothing)
        return doors.tell({"lost": later.lose_all(sandbox)})

    @blueprint.post("/pushes/deliver")
    def deliver_waiting() -> Response:
        wanted = doors.read(_Deliver)
        if wanted.order is None:
            return doors.tell({"delivered": later.deliver_due(sandbox, even_later=wanted.all)})
        return doors.tell({"delivered": _deliver_in_order(sandbox, wanted.order)})


def _deliver_in_order(sandbox: Sandbox, places: list[int]) -> list[PushRecord]:
    with sandbox.lock:
        count = len(sandbox.state.waiting)
    if len(places) > MOST_TIMES or not all(0 <= place < count for place in places):
        raise ControlError(400, f"order names up to {MOST_TIMES} places among the {count} pushes that wait, from 0")
    return later.deliver_these(sandbox, places)


def _compose(sandbox: Sandbox, wanted: _Push, account: Account) -> Push:
    """The push with the head that the given fields leave out."""
    msgtype = str(wanted.fields.get("MsgType", "event"))
    openid = str(wanted.fields.get("FromUserName", ""))
    composed = push.compose(sandbox, account, openid, msgtype, {})
    return Push(composed.id, composed.appid, openid, {**composed.fields, **wanted.fields}, composed.due_at)


def _deliver_once(sandbox: Sandbox, wanted: _Push, out: Push, account: Account, callback: Callback) -> Delivery:
    with sandbox.lock:
        seal = push.make_seal(sandbox)
    request = forgery.write(out, account, callback, seal, forge=wanted.forge)
    if wanted.raw_body is not None or wanted.content_type is not None:
        request = forgery.replace_body(request, body=wanted.raw_body, content_type=wanted.content_type)
    delivery, _ = push.try_once(sandbox, request, out, account, callback)
    return delivery
