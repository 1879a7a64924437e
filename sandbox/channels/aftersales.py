"""The after-sale API of shops (售后)."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox import later
from sandbox.call import OK, SHOPS, Call, Endpoint
from sandbox.channels import telling, trade
from sandbox.channels.words import Aftersale
from sandbox.codes import WechatError
from sandbox.reading import turn_page

PER_PAGE = 50


class _List(Struct):
    begin_create_time: int | None = None
    end_create_time: int | None = None
    begin_update_time: int | None = None
    end_update_time: int | None = None
    next_key: str = ""


class _Aftersale(Struct):
    after_sale_order_id: str = ""


def list_aftersales(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/aftersale/getaftersalelist`: ids by time of creation or change."""
    wanted = call.read(_List)
    created, changed = (wanted.begin_create_time, wanted.end_create_time), (wanted.begin_update_time, wanted.end_update_time)
    if None in created and None in changed:
        raise WechatError(40097, "invalid args: a time range is needed")
    every = trade.find_shop(call.sandbox, call.caller.appid).aftersales.values()
    found = [one.id for one in every if _is_within(one.made_at, *created) and _is_within(one.updated_at, *changed)]
    page = turn_page(found, wanted.next_key, PER_PAGE)
    if page is None:
        raise WechatError(40097, "invalid args: next_key")
    return {**OK, "after_sale_order_id_list": page.items, "has_more": page.more, "next_key": page.cursor}


def _is_within(at: float, begin: int | None, end: int | None) -> bool:
    return (begin is None or begin <= at) and (end is None or at <= end)


def _find(call: Call) -> Aftersale:
    found = trade.find_shop(call.sandbox, call.caller.appid).aftersales.get(call.read(_Aftersale).after_sale_order_id)
    if found is None:
        raise WechatError(100002)
    return found


def show_aftersale(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/aftersale/getaftersaleorder`."""
    return {**OK, "after_sale_order": telling.describe_aftersale(call.sandbox, call.caller, _find(call))}


def accept(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/aftersale/acceptapply`."""
    return _decide(call, accepts=True)


def reject(call: Call) -> dict[str, Any]:
    """`POST /channels/ec/aftersale/rejectapply`."""
    return _decide(call, accepts=False)


def _decide(call: Call, *, accepts: bool) -> dict[str, Any]:
    try:
        pushes = trade.decide_refund(call.sandbox, call.caller, _find(call), accepts=accepts)
    except trade.WrongStepError as error:
        raise WechatError(40097, f"invalid args: {error}") from error
    for one in pushes:
        later.add(call.sandbox, one)
    return OK


_BASE = "/channels/ec/aftersale"
ENDPOINTS = [
    Endpoint(f"{_BASE}/getaftersalelist", "POST", list_aftersales, kinds=SHOPS),
    Endpoint(f"{_BASE}/getaftersaleorder", "POST", show_aftersale, kinds=SHOPS),
    Endpoint(f"{_BASE}/acceptapply", "POST", accept, kinds=SHOPS),
    Endpoint(f"{_BASE}/rejectapply", "POST", reject, kinds=SHOPS),
]
