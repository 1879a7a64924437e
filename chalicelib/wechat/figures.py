"""What WeChat counts of an account (数据统计, datacube), asked for day by day, and its tags."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from chalicelib.wechat.answers import read_answer
from chalicelib.wechat.calls import Calls

MINI = "getweanalysisappid"
HEAD = frozenset({"errcode", "errmsg", "ref_date", "is_delay"})


class Report(msgspec.Struct, frozen=True):
    """One page of the datacube: its name, and the first day it has figures of. `compact`: it writes days as 20260701."""

    name: str
    first: date = date(2014, 12, 1)
    compact: bool = False


class Told(msgspec.Struct, frozen=True):
    """What WeChat tells of a day, in its own words. `delayed`: by its own word not all of it yet."""

    lines: tuple[dict[str, Any], ...]
    delayed: bool = False


class _Figures(msgspec.Struct):
    items: list[dict[str, Any]] | None = msgspec.field(name="list", default=None)
    is_delay: bool = False


class _TagsFields(msgspec.Struct):
    tags: list[dict[str, Any]]


class FigureCalls(Calls):
    """The calls that tell figures. `token`: the account's own."""

    def fetch_figures(self, token: str, report: Report, first: date, last: date) -> Told:
        """One day, week or month of one report. 61503: its figures are not there yet; 48001: the account may not ask.

        https://developers.weixin.qq.com/doc/service/api/wedata/ and, of mini programs,
        https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/data-analysis/
        """
        path = f"/datacube/{report.name}"
        begin, end = (day.strftime("%Y%m%d") if report.compact else str(day) for day in (first, last))
        answer = self._post(path, {"begin_date": begin, "end_date": end}, token=token)
        told = read_answer(path, answer, _Figures)
        if told.items is not None:
            return Told(tuple(told.items), told.is_delay)
        whole = {name: value for name, value in answer.items() if name not in HEAD}  # retention has no list: its answer is the one line
        return Told((whole,) if any(whole.values()) else ())

    def list_tags(self, token: str) -> Told:
        """The tags of an official account, each with the number of followers that have it.

        https://developers.weixin.qq.com/doc/service/api/usermanage/tags/api_gettags
        """
        answer = self._call("get", "/cgi-bin/tags/get", params={"access_token": token})
        return Told(tuple(read_answer("/cgi-bin/tags/get", answer, _TagsFields).tags))
