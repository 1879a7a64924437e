"""Performance data (性能数据): how long starts took, as clients reported them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
from msgspec import Struct

from sandbox.actions import Phone
from sandbox.beijing import day_of
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.mini.words import Timing
from sandbox.state import Kind

KINDS = (1, 2, 3)
LONGEST_S = 30 * 86_400
EVERY = "@_all"


class _Wanted(Struct):
    cost_time_type: int = 0
    default_start_time: int = 0
    default_end_time: int = 0
    device: str = EVERY
    networktype: str = EVERY
    scene: str = EVERY
    is_download_code: str = EVERY


def report(phone: Phone, *, cost_ms: dict[str, int], network: int) -> Timing:
    """The client reports a start; the times are by cost_time_type."""
    phone.need(Kind.MINI_PROGRAM)
    timing = Timing(at=phone.sandbox.now(), device=int(phone.user.platform), network=network, cost_ms=cost_ms)
    phone.sandbox.mini_book(phone.account.appid).timings.append(timing)
    return timing


def tell_starts(call: Call) -> dict[str, Any]:
    """`POST /wxa/business/performance/boot`: the mean per day, of 30 days at most, as JSON within JSON."""
    wanted = call.read(_Wanted)
    span = wanted.default_end_time - wanted.default_start_time
    if wanted.cost_time_type not in KINDS or not 0 <= span <= LONGEST_S:
        raise WechatError(40097)
    kind, days = str(wanted.cost_time_type), defaultdict(list)
    for timing in call.sandbox.mini_book(call.caller.appid).timings:
        if kind in timing.cost_ms and _fits(timing, wanted):
            days[day_of(timing.at).strftime("%Y%m%d")].append(timing.cost_ms[kind])
    rows = [
        {"ref_date": day, "cost_time_type": wanted.cost_time_type, "cost_time": round(sum(costs) / len(costs))}
        for day, costs in sorted(days.items())
    ]
    data = msgspec.json.encode({"list": rows}).decode()
    return {**OK, "default_time_data": data, "compare_time_data": '{"list":[]}'}


def _fits(timing: Timing, wanted: _Wanted) -> bool:
    return (
        wanted.default_start_time <= timing.at <= wanted.default_end_time
        and wanted.device.rstrip(":") in (EVERY, str(timing.device))
        and wanted.networktype.rstrip(":") in (EVERY, str(timing.network))
    )


ENDPOINTS = [Endpoint("/wxa/business/performance/boot", "POST", tell_starts, kinds=MINI_PROGRAMS)]
