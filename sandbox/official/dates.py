"""The days a statistics call asks for: their form, their number, and whether their figures are there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from sandbox.beijing import day_of, hour_of
from sandbox.call import Call
from sandbox.codes import WechatError

FIRST = date(2014, 12, 1)
FIRST_OF_NEW = date(2025, 11, 1)


class _Span(Struct):
    begin_date: str = ""
    end_date: str = ""


def read(call: Call, *, most: int, first: date = FIRST) -> list[date]:
    """The days from begin_date to end_date: 61500 for no dates, 61501 for too many or none, 61503 for days without figures yet."""
    wanted = call.read(_Span)
    begin, end = _parse(wanted.begin_date), _parse(wanted.end_date)
    if begin > end or begin < first or (end - begin).days >= most:
        raise WechatError(61501)
    today = day_of(call.now)
    if end >= today:
        raise WechatError(61501)
    if end == today - timedelta(days=1) and hour_of(call.now) < call.sandbox.state.settings.datacube_ready_hour:
        raise WechatError(61503)
    return [begin + timedelta(days=number) for number in range((end - begin).days + 1)]


def _parse(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise WechatError(61500) from error


def ref_hour(at: float) -> int:
    """The hour as these endpoints write it: 1300 for one o'clock."""
    return hour_of(at) * 100
