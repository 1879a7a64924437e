"""Statistics of followers, of what people wrote, and of the callback (datacube), from what was played."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from sandbox.beijing import HOUR_S, day_of
from sandbox.call import Call, Endpoint
from sandbox.codes import WechatError
from sandbox.official import dates
from sandbox.official.endpoint import post
from sandbox.official.words import Moment, Traffic

_SOURCES = {"ADD_SCENE_SEARCH": 1, "ADD_SCENE_PROFILE_CARD": 17, "ADD_SCENE_QR_CODE": 30, "ADD_SCENE_PROFILE_LINK": 57}
_KINDS = {"text": 1, "image": 2, "voice": 3, "video": 4, "shortvideo": 4, "link": 6}
WEEK, MONTH = 7, 31


def _moments(call: Call, days: list[date], what: str) -> list[Moment]:
    wanted = set(days)
    return [moment for moment in call.official.moments if moment.what == what and day_of(moment.at) in wanted]


def summarise(call: Call) -> dict[str, Any]:
    """`POST /datacube/getusersummary`: who came and went, by source."""
    days = dates.read(call, most=7)
    came = Counter((day_of(one.at), _SOURCES.get(one.detail, 0)) for one in _moments(call, days, "follow"))
    went = Counter((day_of(one.at), 0) for one in _moments(call, days, "unfollow"))
    return {
        "list": [
            {"ref_date": str(day), "user_source": source, "new_user": came[day, source], "cancel_user": went[day, source]}
            for day, source in sorted({*came, *went})
        ]
    }


def cumulate(call: Call) -> dict[str, Any]:
    """`POST /datacube/getusercumulate`: how many follow at the end of each day."""
    days = dates.read(call, most=7)
    steps = [(day_of(one.at), 1 if one.what == "follow" else -1) for one in call.official.moments if one.what in ("follow", "unfollow")]
    return {"list": [{"ref_date": str(day), "cumulate_user": sum(step for at, step in steps if at <= day)} for day in days]}


def _messages(call: Call, days: list[date], *, hourly: bool = False) -> list[dict[str, Any]]:
    people: dict[tuple[str, int, int], set[str]] = {}
    counts: Counter[tuple[str, int, int]] = Counter()
    for one in _moments(call, days, "message"):
        key = (str(day_of(one.at)), dates.ref_hour(one.at) if hourly else 0, _KINDS.get(one.detail, 0))
        people.setdefault(key, set()).add(one.openid)
        counts[key] += 1
    return [
        {
            "ref_date": day,
            **({"ref_hour": hour} if hourly else {}),
            "msg_type": kind,
            "msg_user": len(people[key]),
            "msg_count": counts[key],
        }
        for key in sorted(counts)
        for day, hour, kind in [key]
    ]


def count_messages(call: Call) -> dict[str, Any]:
    """`POST /datacube/getupstreammsg`: what people wrote, by kind."""
    return {"list": _messages(call, dates.read(call, most=7))}


def count_messages_by_hour(call: Call) -> dict[str, Any]:
    """`POST /datacube/getupstreammsghour`."""
    return {"list": _messages(call, dates.read(call, most=1), hourly=True)}


def _count_period(length: Callable[[date], int]) -> Callable[[Call], dict[str, Any]]:
    """The figures of a week or a month, asked for by its first day twice."""

    def count(call: Call) -> dict[str, Any]:
        first = dates.read(call, most=1)[0]
        days = _period(first, length(first))
        return {"list": _merge(_messages(call, days), str(first))}

    return count


def _period(first: date, length: int) -> list[date]:
    if length == WEEK and first.weekday() != 0:
        raise WechatError(61501)
    if length != WEEK and first.day != 1:
        raise WechatError(61501)
    return [date.fromordinal(first.toordinal() + number) for number in range(length)]


def _week(first: date) -> int:
    return WEEK


def _month(first: date) -> int:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return (following - first.replace(day=1)).days


def _merge(daily: list[dict[str, Any]], first: str) -> list[dict[str, Any]]:
    """Days as one line for each kind; a person who wrote on two days counts twice."""
    merged: dict[int, dict[str, Any]] = {}
    for line in daily:
        into = merged.setdefault(line["msg_type"], {"ref_date": first, "msg_type": line["msg_type"], "msg_user": 0, "msg_count": 0})
        into["msg_user"] += line["msg_user"]
        into["msg_count"] += line["msg_count"]
    return [merged[kind] for kind in sorted(merged)]


def _distribute(call: Call, days: list[date], ref: str | None = None) -> list[dict[str, Any]]:
    """How many people wrote how much: 1 for up to five messages, 2 for up to ten, 3 for more."""
    counts = Counter((ref or str(day_of(one.at)), one.openid) for one in _moments(call, days, "message"))
    people = Counter((day, 1 if count <= 5 else 2 if count <= 10 else 3) for (day, _), count in counts.items())
    return [{"ref_date": day, "count_interval": interval, "msg_user": people[day, interval]} for day, interval in sorted(people)]


def distribute(call: Call) -> dict[str, Any]:
    """`POST /datacube/getupstreammsgdist`."""
    return {"list": _distribute(call, dates.read(call, most=15))}


def _distribute_period(length: Callable[[date], int]) -> Callable[[Call], dict[str, Any]]:
    def count(call: Call) -> dict[str, Any]:
        first = dates.read(call, most=1)[0]
        return {"list": _distribute(call, _period(first, length(first)), str(first))}

    return count


def _traffic(call: Call, days: list[date], *, hourly: bool) -> dict[str, Any]:
    sums: dict[tuple[str, int], Traffic] = {}
    wanted = set(days)
    for hour, traffic in sorted(call.official.traffic.items()):
        at = float(hour * HOUR_S)
        if day_of(at) not in wanted:
            continue
        into = sums.setdefault((str(day_of(at)), dates.ref_hour(at) if hourly else 0), Traffic())
        into.count += traffic.count
        into.failed += traffic.failed
        into.total_ms += traffic.total_ms
        into.slowest_ms = max(into.slowest_ms, traffic.slowest_ms)
    return {"list": [_tell(day, hour if hourly else None, traffic) for (day, hour), traffic in sums.items()]}


def _tell(day: str, hour: int | None, traffic: Traffic) -> dict[str, Any]:
    return {
        "ref_date": day,
        **({} if hour is None else {"ref_hour": hour}),
        "callback_count": traffic.count,
        "fail_count": traffic.failed,
        "total_time_cost": traffic.total_ms,
        "max_time_cost": traffic.slowest_ms,
    }


def count_pushes(call: Call) -> dict[str, Any]:
    """`POST /datacube/getinterfacesummary`: deliveries to the callback, in milliseconds."""
    return _traffic(call, dates.read(call, most=30), hourly=False)


def count_pushes_by_hour(call: Call) -> dict[str, Any]:
    """`POST /datacube/getinterfacesummaryhour`."""
    return _traffic(call, dates.read(call, most=1), hourly=True)


ENDPOINTS: list[Endpoint] = [
    post("/datacube/getusersummary", summarise),
    post("/datacube/getusercumulate", cumulate),
    post("/datacube/getupstreammsg", count_messages),
    post("/datacube/getupstreammsghour", count_messages_by_hour),
    post("/datacube/getupstreammsgweek", _count_period(_week)),
    post("/datacube/getupstreammsgmonth", _count_period(_month)),
    post("/datacube/getupstreammsgdist", distribute),
    post("/datacube/getupstreammsgdistweek", _distribute_period(_week)),
    post("/datacube/getupstreammsgdistmonth", _distribute_period(_month)),
    post("/datacube/getinterfacesummary", count_pushes),
    post("/datacube/getinterfacesummaryhour", count_pushes_by_hour),
]
