"""Counts the calls of each API per account, day and minute, and resets the counts."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox.beijing import month_of, number_of_day
from sandbox.call import OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.settings import Settings
from sandbox.state import Count

RESETS_PER_MONTH = 10


class _Path(Struct):
    cgi_path: str = ""


class _Appid(Struct):
    appid: str = ""


def daily_limit(endpoint: Endpoint, settings: Settings) -> int:
    return settings.daily_limits.get(endpoint.path, endpoint.daily)


def minute_limit(endpoint: Endpoint, settings: Settings) -> int:
    return settings.minute_limits.get(endpoint.path, endpoint.minute)


def spend(call: Call) -> None:
    """Count this call; 45009 or 45011 when a limit is reached, and then nothing is counted."""
    settings = call.sandbox.state.settings
    count = _current(call.sandbox.book(call.caller.appid).counts.setdefault(call.endpoint.path, Count()), call.now)
    day, minute = daily_limit(call.endpoint, settings), minute_limit(call.endpoint, settings)
    if day and count.used >= day:
        raise WechatError(45009)
    if minute and count.in_minute >= minute:
        raise WechatError(45011)
    count.used += 1
    count.in_minute += 1


def _current(count: Count, now: float) -> Count:
    day, minute = number_of_day(now), int(now) // 60
    if count.day != day:
        count.day, count.used = day, 0
    if count.minute != minute:
        count.minute, count.in_minute = minute, 0
    return count


def clear_quota(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/clear_quota`: all counts of the account to zero, ten times a month."""
    appid = call.read(_Appid).appid
    if not appid:
        raise WechatError(41002)
    if appid != call.caller.appid:
        raise WechatError(40013)
    reset(call.sandbox, appid)
    return OK


def reset(sandbox: Sandbox, appid: str) -> None:
    """Set all counts of an account to zero; 48006 after ten times a month."""
    book, now = sandbox.book(appid), sandbox.now()
    book.cleared_at = [at for at in book.cleared_at if month_of(at) == month_of(now)]
    if len(book.cleared_at) >= RESETS_PER_MONTH:
        raise WechatError(48006)
    book.cleared_at.append(now)
    book.counts.clear()


def show_quota(call: Call, endpoints: dict[str, Endpoint]) -> dict[str, Any]:
    """`POST /cgi-bin/openapi/quota/get`: limit, use and rest of one path; 76021 when there is no such path, 76022 for sns."""
    path = call.read(_Path).cgi_path
    if path.startswith("/sns/"):
        raise WechatError(76022)
    if path not in endpoints:
        raise WechatError(76021)
    settings = call.sandbox.state.settings
    limit, per_minute = daily_limit(endpoints[path], settings), minute_limit(endpoints[path], settings)
    used = _current(call.sandbox.book(call.caller.appid).counts.get(path, Count()), call.now).used
    answer = {**OK, "quota": {"daily_limit": limit, "used": used if limit else 0, "remain": max(0, limit - used)}}
    if per_minute:
        answer["rate_limit"] = {"call_count": per_minute, "refresh_second": 60}
    return answer
