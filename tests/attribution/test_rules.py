"""First and last, what is counted, and lines that add up: pure."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.attribution.rules import orders, pins, stats
from chalicelib.attribution.rules.touches import read_callback, read_order
from chalicelib.attribution.words import Mode, OutcomeKind, Presence, Registered, Touch, TouchKind
from chalicelib.errors import Invalid
from chalicelib.wechat.messages import Inbound, read_message
from tests.attribution.ways import FIGURES, NEWS, POSTER, VIDEO
from tests.clock import NOON

DAY = date(2026, 11, 20)
MINUTE = timedelta(minutes=1)
TOUCHES = st.lists(
    st.builds(
        lambda minute, number, entry: Touch(id=f"{number:04}", kind=TouchKind.login, at=NOON + minute * MINUTE, entry=entry),
        st.integers(0, 40),
        st.integers(0, 9999),
        st.sampled_from([POSTER, VIDEO, NEWS, ""]),
    ),
    max_size=8,
    unique_by=lambda touch: touch.id,
)


def touch(minute: float = 0, entry: str = POSTER, id: str = "t") -> Touch:
    return Touch(id=id, kind=TouchKind.login, at=NOON + minute * MINUTE, entry=entry)


def at(minute: float) -> datetime:
    return NOON + minute * MINUTE


@given(TOUCHES, st.randoms(use_true_random=False))
def test_first_and_last_are_the_same_in_whatever_order_touches_are_heard(touches: list[Touch], chance: random.Random) -> None:
    shuffled = chance.sample(touches, len(touches))

    pinned = pins.pin_for(OutcomeKind.order, touches, at=at(30), within=timedelta(days=1))

    assert pins.pin_for(OutcomeKind.order, shuffled, at=at(30), within=timedelta(days=1)) == pinned


@given(TOUCHES, st.randoms(use_true_random=False))
def test_somebodys_day_is_the_same_in_whatever_order_touches_are_heard(touches: list[Touch], chance: random.Random) -> None:
    def fold(some: list[Touch]) -> Presence | None:
        presence = None
        for each in some:
            presence = pins.add_touch(presence, each, new=True)
        return presence

    assert fold(chance.sample(touches, len(touches))) == fold(touches)


@pytest.mark.parametrize(
    ("kind", "before_s", "thanked"),
    [
        (OutcomeKind.order, 0, True),
        (OutcomeKind.order, -0.999, True),
        (OutcomeKind.order, -1, False),
        (OutcomeKind.order, 30 * 86400, True),
        (OutcomeKind.order, 30 * 86400 + 0.001, False),
        (OutcomeKind.registration, 0, True),
        (OutcomeKind.registration, -0.001, False),
        (OutcomeKind.visit, 30 * 60, True),
        (OutcomeKind.visit, 30 * 60 + 0.001, False),
    ],
)
def test_a_touch_is_thanked_from_the_windows_beginning_to_its_end(kind: OutcomeKind, before_s: float, thanked: bool) -> None:
    found = pins.pin_for(kind, [touch(-before_s / 60)], at=NOON, within=timedelta(days=30))

    assert (found != (None, None)) == thanked


def test_a_touch_without_an_entry_takes_nothing_away_from_a_poster() -> None:
    poster, direct = touch(0, POSTER, "a"), touch(5, "", "b")

    assert pins.pin_for(OutcomeKind.order, [poster, direct], at=at(10), within=timedelta(days=1)) == (poster, poster)


@pytest.mark.parametrize(("minutes", "open_still"), [(60, True), (60.001, False)])
def test_what_comes_late_counts_for_an_hour(minutes: float, open_still: bool) -> None:
    assert pins.is_open(NOON, at(minutes)) == open_still


def test_counters_move_by_the_difference_and_nothing_moves_without_one() -> None:
    before = pins.count(DAY, touch(entry=POSTER), touch(entry=VIDEO), {"orders": 1, "money_fen": 900})
    after = pins.count(DAY, touch(entry=POSTER), touch(entry=NEWS), {"orders": 1, "money_fen": 400})

    moved = pins.difference(after, before)

    assert moved == {
        f"{DAY}#{POSTER}": {"money_fen_first": -500},
        f"{DAY}#{VIDEO}": {"orders_last": -1, "money_fen_last": -900},
        f"{DAY}#{NEWS}": {"orders_last": 1, "money_fen_last": 400},
    }
    assert pins.add_lines(before, moved)[f"{DAY}#{POSTER}"] == after[f"{DAY}#{POSTER}"] | {"money_fen_first": 400}
    assert pins.difference(after, after) == {}


@pytest.mark.parametrize(
    ("state", "data", "worth"),
    [
        (0, {"total_fen": 900}, {}),
        (1, {"total_fen": 900}, {"orders": 1, "money_fen": 900}),
        (3, {"total_fen": 900, "refunded_fen": 200}, {"orders": 1, "money_fen": 700}),
        (2, {"total_fen": 900, "refunded_fen": 900}, {"orders": 1, "money_fen": 0}),
        (2, {"total_fen": 900, "refunded_fen": 901}, {"orders": 1, "money_fen": 0}),
        (4, {"total_fen": 900}, {}),
        (5, {"total_fen": 900}, {}),
        (1, {}, {"orders": 1, "money_fen": 0}),
        (None, {"total_fen": 900, "paid_at": "2026-11-20T04:00:00Z"}, {"orders": 1, "money_fen": 900}),
        (None, {"total_fen": 900}, {}),
    ],
)
def test_an_order_is_worth_what_was_paid_and_not_given_back(state: int | None, data: dict[str, Any], worth: dict[str, int]) -> None:
    assert orders.worth_of(state, data) == worth


def test_an_order_that_names_another_brands_entry_or_none_is_no_touch() -> None:
    assert read_order("demo", "k", f"demo.{POSTER}", at=NOON) == Touch(
        id=read_order("demo", "k", POSTER, at=NOON).id,  # type: ignore[union-attr]
        kind=TouchKind.order,
        at=NOON,
        entry=POSTER,
    )
    assert [read_order("demo", "k", named, at=NOON) for named in (f"rival.{POSTER}", "", None, 7, "双十一")] == [None] * 5


@pytest.mark.parametrize(
    ("event", "kind", "entry"),
    [
        ({"Event": "subscribe", "EventKey": f"qrscene_e_{POSTER}", "Ticket": "T"}, TouchKind.qr_follow, POSTER),
        ({"Event": "subscribe", "EventKey": "qrscene_order_42", "Ticket": "T"}, TouchKind.follow, ""),
        ({"Event": "subscribe", "EventKey": ""}, TouchKind.follow, ""),
        ({"Event": "SCAN", "EventKey": f"e_{POSTER}", "Ticket": "T"}, TouchKind.qr_scan, POSTER),
        ({"Event": "SCAN", "EventKey": "order_42", "Ticket": "T"}, None, ""),
        ({"Event": "CLICK", "EventKey": f"e_{POSTER}"}, TouchKind.menu_click, POSTER),
        ({"Event": "CLICK", "EventKey": "MENU_HELP"}, None, ""),
        ({"Event": "unsubscribe", "EventKey": ""}, None, ""),
    ],
    ids=str,
)
def test_a_callback_is_a_touch_when_somebody_follows_or_it_names_an_entry(
    event: dict[str, str], kind: TouchKind | None, entry: str
) -> None:
    found = read_callback(message(event), key="aa", account="oa", answered="welcome")

    assert (found and found.kind, found.entry if found else "") == (kind, entry)


def test_a_text_that_the_rule_of_an_entry_answers_is_a_touch() -> None:
    text = read_message(
        {"ToUserName": "gh", "FromUserName": "o1", "CreateTime": "1795147200", "MsgType": "text", "Content": "hi", "MsgId": "1"}
    )

    found = read_callback(text, key="aa", account="oa", answered=f"e_{NEWS}")

    assert found is not None
    assert (found.kind, found.entry, found.carrier) == (TouchKind.reply, NEWS, "oa")


@given(
    st.lists(
        st.tuples(
            st.sampled_from([DAY, DAY + timedelta(days=1)]),
            st.sampled_from(["", POSTER, VIDEO]),
            st.lists(st.integers(0, 9), min_size=16, max_size=16),
        ),
        max_size=12,
    ),
    st.sampled_from(list(Mode)),
)
def test_lines_add_up_to_the_whole_in_every_figure_and_on_every_day(counted: list[tuple[date, str, list[int]]], mode: Mode) -> None:
    names = [f"{name}_{each}" for name in FIGURES for each in Mode]
    rows = [(day, entry, dict(zip(names, numbers, strict=True))) for day, entry, numbers in counted]

    summed = stats.sum_up(rows, mode, DAY, DAY + timedelta(days=1), {})

    lines = [*summed.entries, summed.unattributed]
    for name in FIGURES:
        whole = sum(figures[f"{name}_{mode}"] for _, _, figures in rows)
        assert getattr(summed.total, name) == sum(getattr(line, name) for line in lines) == whole
        for line in (*lines, summed.total):
            assert sum(getattr(day, name) for day in line.days) == getattr(line, name)


def test_an_entry_that_cost_something_and_brought_nothing_is_a_line_too() -> None:
    rows = [(DAY, POSTER, {f"{name}_{mode}": 3 if name == "money_fen" else 1 for name in FIGURES for mode in Mode})]

    summed = stats.sum_up(
        rows,
        Mode.last,
        DAY,
        DAY,
        {POSTER: Registered("海报", {DAY: 2}), NEWS: Registered("News", {DAY: 4}), VIDEO: Registered("Video", None)},
    )

    assert [(line.entry, line.name, line.cost_fen, line.roi) for line in summed.entries] == [
        (POSTER, "海报", 2, 0.5),
        (NEWS, "News", 4, -1.0),
    ]
    assert (summed.total.cost_fen, summed.total.roi, summed.unattributed.cost_fen) == (6, -0.5, None)


def test_each_day_of_a_line_has_its_own_cost_conversion_share_and_return() -> None:
    later = DAY + timedelta(days=1)
    rows = [
        (DAY, POSTER, told(people=4, orders=1, money_fen=300)),
        (DAY, "", told(people=1, orders=1, money_fen=100)),
        (later, POSTER, told(people=2, orders=1, money_fen=50)),
    ]
    idle = later + timedelta(days=1)

    summed = stats.sum_up(rows, Mode.last, DAY, idle, {POSTER: Registered("海报", {DAY: 100, idle: 20}), VIDEO: Registered("Video", {})})

    (poster,) = summed.entries
    assert [(each.day, each.cost_fen, each.conversion, each.share, each.roi) for each in poster.days] == [
        (DAY, 100, 0.25, 0.75, 2.0),
        (later, 0, 0.5, 1.0, None),
        (idle, 20, None, None, -1.0),
    ]
    assert (poster.cost_fen, poster.conversion, poster.share, poster.roi) == (120, 0.3333, 0.7778, 1.9167)
    assert [(each.day, each.cost_fen, each.share) for each in summed.total.days] == [(DAY, 100, 1.0), (later, 0, 1.0), (idle, 20, None)]
    assert [(each.day, each.cost_fen, each.share) for each in summed.unattributed.days] == [(DAY, None, 0.25)]


def told(**figures: int) -> dict[str, int]:
    """A counter as it is read: every figure, by both rules."""
    return {f"{name}_{mode}": figures.get(name, 0) for name in FIGURES for mode in Mode}


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({}, (DAY - timedelta(days=6), DAY)),
        ({"to": "2026-11-10"}, (date(2026, 11, 4), date(2026, 11, 10))),
        ({"from": "2026-08-21", "to": "2026-11-20"}, (date(2026, 8, 21), DAY)),
    ],
)
def test_the_days_asked_about_are_the_last_seven_or_up_to_ninety_two(query: dict[str, str], days: tuple[date, date]) -> None:
    assert stats.read_days(query, today=DAY) == days


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-11-21"},
        {"from": "2026-08-20", "to": "2026-11-20"},
        {"from": "20261120"},
        {"to": "yesterday"},
        {"to": "2026-11-31"},
        {"to": "0001-01-02"},
        {"from": "9999-12-31", "to": "9999-12-31"},
    ],
    ids=str,
)
def test_days_that_are_none_end_before_they_begin_or_are_too_many_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        stats.read_days(query, today=DAY)


def test_a_touch_that_is_neither_first_nor_last_is_refused() -> None:
    assert [stats.read_mode(query) for query in ({}, {"touch": "first"}, {"touch": "last"})] == [Mode.last, Mode.first, Mode.last]
    with pytest.raises(Invalid):
        stats.read_mode({"touch": "linear"})


def message(event: dict[str, str]) -> Inbound:
    return read_message({"ToUserName": "gh", "FromUserName": "o1", "CreateTime": "1795147200", "MsgType": "event", **event})
