"""Which figures there are, what they may be at most or have to be at least, and the one line each is printed as."""

from __future__ import annotations

import json
from typing import Literal

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """One figure. `budget` is what it may be at most, or has to be at least; `floor` names what it is measured against."""

    name: str
    unit: str
    budget: float | None = None
    bound: Literal["at most", "at least"] = "at most"
    floor: str | None = None
    digits: int = 0


FIGURES = {
    figure.name: figure
    for figure in (
        Figure("coldstart.import_ratio", "x", 1.15, floor="import of chalice, pynamodb and wechatpy", digits=2),
        Figure("coldstart.import_ms", "ms", floor="import of chalice, pynamodb and wechatpy"),
        Figure("coldstart.floor_ms", "ms"),
        Figure("coldstart.first_answer_ms", "ms"),
        Figure("coldstart.first_callback_ms", "ms"),
        Figure("bundle.zip_mb", "MB", digits=1),
        Figure("callback.aws_calls", "requests", 1),
        Figure("callback.cpu_ratio", "x", 2.0, floor="wechatpy decrypt + parse + render + encrypt", digits=2),
        Figure("callback.cpu_us", "us", 1200),
        Figure("login.known.wechat_calls", "calls", 1),
        Figure("login.known.reads", "requests", 2),
        Figure("login.known.writes", "requests", 1),
        Figure("jump.reads", "requests", 5),
        Figure("jump.writes", "requests", 2),
        Figure("jump.seal_us", "us"),
        Figure("jump.open_us", "us"),
        Figure("link.reads", "requests", 2),
        Figure("link.writes", "requests", 0),
        Figure("link.cpu_us", "us"),
        Figure("touch.wru", "units", 6, digits=1),
        Figure("touch.login_wru", "units", 8, digits=1),
        Figure("touch.per_core_s", "touches", 150, "at least"),
        Figure("attribution.aws_calls_per_order", "requests", 2, digits=2),
        Figure("attribution.wru_per_order", "units", 4, digits=2),
        Figure("attribution.rru_per_order", "units", digits=1),
        Figure("attribution.came.aws_calls_per_order", "requests", 6, digits=2),
        Figure("attribution.came.wru_per_order", "units", 4, digits=2),
        Figure("attribution.orders_per_core_s", "orders"),
        Figure("lookup.rru", "units", 1, digits=1),
        Figure("lookup.answer_rru", "units", digits=1),
        Figure("join.wru", "units", 8, digits=1),
        Figure("join.aws_calls", "requests"),
        Figure("first_link.wru", "units", digits=1),
        Figure("first_link.aws_calls", "requests"),
        Figure("contested.wru", "units", digits=1),
        Figure("contested.aws_calls", "requests"),
        Figure("arrange.ms_10_links", "ms", digits=2),
        Figure("arrange.ms_50_links", "ms", digits=2),
        Figure("arrange.ms_200_links", "ms", digits=2),
        Figure("arrange.ms_1000_links", "ms", digits=2),
        Figure("message.wru", "units", 15, digits=1),
        Figure("broadcast.wru", "units", 11, digits=1),
        Figure("broadcast.last_leave_wru", "units", 11, digits=1),
        Figure("message.aws_calls", "requests", 5, digits=1),
        Figure("message.per_core_s", "messages", 200, "at least"),
        Figure("webhook.aws_calls", "requests", 8),
        Figure("webhook.wru", "units", 4, digits=1),
        Figure("webhook.per_core_s", "tellings", 100, "at least"),
        Figure("ingest.aws_calls", "requests"),
        Figure("ingest.aws_calls_per_order", "requests", digits=2),
        Figure("ingest.wru_per_order", "units", 2, digits=1),
        Figure("ingest.wru_per_batch", "units", digits=1),
        Figure("ingest.rru_per_order", "units", digits=1),
        Figure("ingest.taken_per_core_s", "orders"),
        Figure("ingest.kept_per_core_s", "orders"),
        Figure("ingest.wru_per_event", "units", 0.5, digits=2),
        Figure("ingest.rru_per_event", "units", digits=2),
        Figure("ingest.events_per_core_s", "events", 3000, "at least"),
        Figure("compact.events_per_s", "events"),
        Figure("query.first_page_s", "s", 5, digits=2),
        Figure("query.cpu_s", "s", digits=2),
        Figure("query.peak_mb", "MB"),
        Figure("visible.stack_ms", "ms"),
        Figure("visible.one_ms", "ms"),
        Figure("visible.p50_ms", "ms"),
        Figure("visible.p99_ms", "ms", 1000),
        Figure("due.late_p50_s", "s"),
        Figure("due.late_p99_s", "s", 120),
        Figure("rules.match_p99_ms", "ms", 1, digits=3),
        Figure("sandbox.start_s", "s", 1, digits=2),
        Figure("sandbox.calls_per_core_s", "calls", 500, "at least"),
        Figure("sandbox.mb_100k_users", "MB", 500),
    )
}


def line(figure: Figure, value: float) -> str:
    """A measured figure as JSON."""
    return json.dumps(
        {"figure": figure.name, "value": rounded(figure, value), "unit": figure.unit, "budget": figure.budget, "floor": figure.floor}
    )


def rounded(figure: Figure, value: float) -> float:
    return round(value, figure.digits) if figure.digits else round(value)


def is_kept(figure: Figure, value: float) -> bool:
    """Is the figure within its budget, as it is printed?"""
    if figure.budget is None:
        return True
    shown = rounded(figure, value)
    return shown <= figure.budget if figure.bound == "at most" else shown >= figure.budget
