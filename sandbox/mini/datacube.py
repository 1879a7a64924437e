"""The data analysis of mini programs (数据分析): date rules, and the figures of what was played."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct

from sandbox.beijing import day_of, hour_of
from sandbox.call import MINI_PROGRAMS, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.mini import figures
from sandbox.mini.words import Visit

Range = tuple[date, date]
DAYS_LATER = (0, 1, 2, 3, 4, 5, 6, 7, 14, 30)
WEEKS_LATER = (0, 1, 2, 3, 4)
MONTHS_LATER = (0, 1)
PORTRAIT_DAYS = (1, 7, 30)
PLATFORMS = {"1": "iPhone", "2": "Android", "3": "其他"}


class _Dates(Struct):
    begin_date: str = ""
    end_date: str = ""


def _read_range(call: Call) -> Range:
    """Both days, of which the last has to be over."""
    dates = call.read(_Dates)
    try:
        first, last = (datetime.strptime(text, "%Y%m%d").date() for text in (dates.begin_date, dates.end_date))
    except ValueError as error:
        raise WechatError(call.sandbox.state.settings.wrong_date_errcode) from error
    if len(dates.begin_date) != 8 or len(dates.end_date) != 8:
        raise WechatError(call.sandbox.state.settings.wrong_date_errcode)
    if first > last or last >= day_of(call.now):
        raise WechatError(61504)
    return first, last


def _day(call: Call) -> Range:
    first, last = _read_range(call)
    return _same((first, last), (first, first))


def _week(call: Call) -> Range:
    first, last = _read_range(call)
    monday = first - timedelta(days=first.weekday())
    return _same((first, last), _week_from(monday))


def _month(call: Call) -> Range:
    first, last = _read_range(call)
    return _same((first, last), _month_from(first.replace(day=1)))


def _same(asked: Range, right: Range) -> Range:
    if asked != right:
        raise WechatError(61504)
    return right


def _week_from(monday: date) -> Range:
    return monday, monday + timedelta(days=6)


def _month_from(first: date) -> Range:
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _name_day(span: Range) -> str:
    return span[0].strftime("%Y%m%d")


def _name_week(span: Range) -> str:
    return f"{span[0]:%Y%m%d}-{span[1]:%Y%m%d}"


def _name_month(span: Range) -> str:
    return span[0].strftime("%Y%m")


def _visits(call: Call) -> list[Visit]:
    """The visits that are in the figures by now."""
    visits = call.sandbox.mini_book(call.caller.appid).visits
    if hour_of(call.now) >= call.sandbox.state.settings.visits_ready_hour:
        return visits
    return [visit for visit in visits if day_of(visit.at) < day_of(call.now) - timedelta(days=1)]


def tell_summary(call: Call) -> dict[str, Any]:
    """`POST /datacube/getweanalysisappiddailysummarytrend`; nothing before the first visit."""
    span = _day(call)
    told = figures.describe_total(_visits(call), span[0])
    return {"list": [{"ref_date": _name_day(span), **told}] if told["visit_total"] else []}


def _trend(read: Callable[[Call], Range], name: Callable[[Range], str]) -> Callable[[Call], dict[str, Any]]:
    def tell(call: Call) -> dict[str, Any]:
        span = read(call)
        told = figures.describe_trend(_visits(call), *span)
        return {"list": [{"ref_date": name(span), **told}] if told["session_cnt"] else []}

    return tell


def _retain(
    read: Callable[[Call], Range], name: Callable[[Range], str], later: Callable[[Range, int], Range], keys: Iterable[int]
) -> Callable[[Call], dict[str, Any]]:
    def tell(call: Call) -> dict[str, Any]:
        span, every = read(call), _visits(call)
        came = figures.people_of(figures.within(every, *span))
        new = figures.newcomers(every, *span)
        over = [(key, later(span, key)) for key in keys if later(span, key)[1] < day_of(call.now)]
        back = [(key, figures.people_of(figures.within(every, *then))) for key, then in over]
        told = {"visit_uv_new": new, "visit_uv": came}
        counts = {kind: [{"key": key, "value": len(group & people)} for key, people in back] for kind, group in told.items()}
        return {"ref_date": name(span), **counts}

    return tell


def _days_later(span: Range, count: int) -> Range:
    day = span[0] + timedelta(days=count)
    return day, day


def _weeks_later(span: Range, count: int) -> Range:
    return _week_from(span[0] + timedelta(weeks=count))


def _months_later(span: Range, count: int) -> Range:
    month = span[0].month - 1 + count
    return _month_from(date(span[0].year + month // 12, month % 12 + 1, 1))


def tell_distribution(call: Call) -> dict[str, Any]:
    """`POST /datacube/getweanalysisappidvisitdistribution`."""
    span = _day(call)
    visits = figures.within(_visits(call), *span)
    return {"ref_date": _name_day(span), "list": figures.distribute(visits) if visits else []}


def tell_pages(call: Call) -> dict[str, Any]:
    """`POST /datacube/getweanalysisappidvisitpage`."""
    span = _day(call)
    return {"ref_date": _name_day(span), "list": figures.describe_pages(figures.within(_visits(call), *span))}


def tell_portrait(call: Call) -> dict[str, Any]:
    """`POST /datacube/getweanalysisappiduserportrait`: one, seven or thirty days that end yesterday."""
    first, last = _read_range(call)
    if last != day_of(call.now) - timedelta(days=1) or (last - first).days + 1 not in PORTRAIT_DAYS:
        raise WechatError(61504)
    every = _visits(call)
    name = _name_week((first, last)) if first != last else _name_day((first, last))
    new, came = figures.newcomers(every, first, last), figures.people_of(figures.within(every, first, last))
    return {"ref_date": name, "visit_uv_new": _portray(call, new), "visit_uv": _portray(call, came)}


def _portray(call: Call, users: set[str]) -> dict[str, Any]:
    """The people of the sandbox have phones, but neither home, age nor gender."""
    phones = Counter(call.sandbox.state.users[user].platform for user in users)
    unknown = [{"id": 0, "name": "未知", "value": len(users)}] if users else []
    platforms = [{"id": int(kind), "name": PLATFORMS[kind], "value": count} for kind, count in sorted(phones.items())]
    devices = [{"name": PLATFORMS[kind], "value": count} for kind, count in sorted(phones.items())]
    return {"province": unknown, "city": unknown, "genders": unknown, "platforms": platforms, "devices": devices, "ages": unknown}


def _endpoint(name: str, run: Callable[[Call], dict[str, Any]]) -> Endpoint:
    return Endpoint(f"/datacube/getweanalysisappid{name}", "POST", run, kinds=MINI_PROGRAMS)


ENDPOINTS = [
    _endpoint("dailysummarytrend", tell_summary),
    _endpoint("dailyvisittrend", _trend(_day, _name_day)),
    _endpoint("weeklyvisittrend", _trend(_week, _name_week)),
    _endpoint("monthlyvisittrend", _trend(_month, _name_month)),
    _endpoint("dailyretaininfo", _retain(_day, _name_day, _days_later, DAYS_LATER)),
    _endpoint("weeklyretaininfo", _retain(_week, _name_week, _weeks_later, WEEKS_LATER)),
    _endpoint("monthlyretaininfo", _retain(_month, _name_month, _months_later, MONTHS_LATER)),
    _endpoint("visitdistribution", tell_distribution),
    _endpoint("visitpage", tell_pages),
    _endpoint("userportrait", tell_portrait),
]
