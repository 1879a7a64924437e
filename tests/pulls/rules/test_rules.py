"""What is fetched of whom, when a day is ready, what a refusal means, and how far two counts are apart."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.words import Account, Kind
from chalicelib.beijing import A_DAY, day_of
from chalicelib.errors import Busy, Declined, Invalid, LiandongError, TooMany, Unknown
from chalicelib.hub.rules import records as hub
from chalicelib.hub.rules.dictionary import merge
from chalicelib.hub.words.dictionary import DictionaryOrder
from chalicelib.hub.words.records import Verdict
from chalicelib.pulls.rules import days, leads, orders, outcomes
from chalicelib.pulls.rules.catalogue import FIRST_OF_NEW, SOURCES, kinds_of
from chalicelib.pulls.rules.reconciliation import apart, reconcile, told_by
from chalicelib.pulls.words import DayOfFigures, Heard, Period, Pull, PullKind, Reason, Way
from chalicelib.wechat.shops import OrderLine, ShopOrder
from tests.house import NOON

OLD = {"getarticlesummary", "getarticletotal", "getuserread", "getuserreadhour", "getusershare", "getusersharehour"}
PULL = Pull(brand="demo", account="oa", kind=PullKind.messages, watermark="2026-11-18", next_at=NOON, version=3)
ORDER = ShopOrder(
    id="3700",
    status=20,
    created_at=1_795_000_000,
    updated_at=1_795_000_100,
    paid_at=1_795_000_050,
    shipped_at=0,
    openid="oBUYER00000000000000000000001",
    unionid="uBUYER0000000000000000000001",
    total_fen=2500,
    live_id="",
    lines=(OrderLine("S1", "橙子", 2, 1250),),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


def account(kind: Kind) -> Account:
    return Account(id="demo.x", brand="demo", name="x", kind=kind, appid="wx01", created_at=NOON)


def test_every_kind_has_its_source_and_belongs_to_one_kind_of_account() -> None:
    fetched = [kind for each in Kind for kind in kinds_of(account(each))]

    assert sorted(fetched) == sorted(PullKind) == sorted(SOURCES)
    assert kinds_of(account(Kind.website)) == kinds_of(account(Kind.platform)) == []


def test_none_of_the_six_unmaintained_reports_is_asked_for() -> None:
    assert {source.report.name for source in SOURCES.values() if source.report} & OLD == set()


def test_what_goes_by_reports_has_one_and_nothing_else_has() -> None:
    assert {kind for kind, source in SOURCES.items() if (source.way is Way.report) != (source.report is not None)} == set()


@given(moments, st.sampled_from(list(PullKind)), st.integers(0, 24), st.integers(1, 90))
def test_the_first_days_asked_for_are_as_many_as_wanted_and_all_ready(now: datetime, kind: PullKind, hour: int, wanted: int) -> None:
    source = SOURCES[kind]

    before = days.before_first_day(now, source, hour=hour, days=wanted)

    last = before + wanted * A_DAY
    assert days.ready_at(last, source, hour=hour) <= now or source.report is not None
    if source.period is Period.day and (source.report is None or source.report.first <= before):
        assert days.ready_at(last, source, hour=hour) <= now < days.ready_at(last + A_DAY, source, hour=hour)


@given(moments, st.sampled_from([kind for kind, source in SOURCES.items() if source.period is not Period.day]), st.integers(1, 90))
def test_weeks_and_months_are_asked_for_whole_and_without_a_gap(now: datetime, kind: PullKind, wanted: int) -> None:
    source = SOURCES[kind]

    first = days.before_first_day(now, source, hour=8, days=wanted) + A_DAY
    last = days.last_of(first, source.period)
    following = last + A_DAY

    assert (first.weekday(), following.weekday()) == (0, 0) if source.period is Period.week else (first.day, following.day) == (1, 1)
    assert (last - first).days in ({6} if source.period is Period.week else range(27, 31))


def test_nothing_is_asked_for_from_before_wechat_counted() -> None:
    early = datetime(2025, 11, 4, 4, tzinfo=UTC)

    assert days.before_first_day(early, SOURCES[PullKind.article_reads], hour=8, days=30) == FIRST_OF_NEW - timedelta(days=1)


def test_a_day_begins_and_ends_in_beijing() -> None:
    first, last = days.seconds_of(date(2026, 11, 20))

    assert [day_of(datetime.fromtimestamp(each, UTC)).day for each in (first - 1, first, last, last + 1)] == [19, 20, 20, 21]


@pytest.mark.parametrize(
    ("error", "reason", "again_after"),
    [
        (Busy(), Reason.busy, timedelta(minutes=10)),
        (Unknown(), Reason.busy, timedelta(minutes=10)),
        (TooMany(code="batch_busy", retry_after_s=1), Reason.busy, timedelta(minutes=10)),
        (Declined(errcode=61503), Reason.not_ready, timedelta(hours=1)),
        (Declined(errcode=48001), Reason.not_entitled, timedelta(days=7)),
        (Declined(code="platform_unauthorised", errcode=61003), Reason.not_entitled, timedelta(days=7)),
        (Declined(errcode=45009), Reason.quota_used_up, timedelta(hours=12, minutes=10)),
        (Declined(errcode=47001), Reason.declined, timedelta(hours=1)),
        (Invalid(), Reason.failed, timedelta(hours=1)),
    ],
)
def test_what_went_wrong_says_why_and_when_it_is_tried_again(error: LiandongError, reason: Reason, again_after: timedelta) -> None:
    stopped = outcomes.stop_after(PULL, error, now=NOON)

    assert (stopped.reason, stopped.next_at - NOON) == (reason, again_after)
    assert (stopped.watermark, stopped.version) == (PULL.watermark, PULL.version + 1)
    assert stopped.trouble
    assert "{" not in stopped.trouble


def test_an_answer_that_did_not_come_is_told_without_fear_of_effects() -> None:
    error = Unknown("WeChat did not answer /datacube/getusersummary in time: it may have happened.")

    trouble = outcomes.stop_after(PULL, error, now=NOON).trouble

    assert trouble == "WeChat did not answer /datacube/getusersummary in time. It is tried again in ten minutes."


def test_a_step_that_went_well_forgets_the_trouble_before_it() -> None:
    stopped = outcomes.stop(PULL, Reason.busy, now=NOON)

    moved = outcomes.move(stopped, now=NOON, watermark="2026-11-19")

    assert (moved.reason, moved.trouble, moved.watermark, moved.version) == (None, "", "2026-11-19", 5)


def figures(*lines: dict[str, int]) -> DayOfFigures:
    return DayOfFigures(day=date(2026, 11, 20), told_at=NOON, lines=lines)


def test_wechat_counts_follows_by_way_in() -> None:
    told = told_by(figures({"user_source": 1, "new_user": 4, "cancel_user": 0}, {"user_source": 0, "new_user": 1, "cancel_user": 2}))

    assert told == Heard(5, 2)
    assert told_by(figures()) == Heard(0, 0)


def test_six_of_twelve_hundred_are_within_the_hundredth_and_thirteen_are_over() -> None:
    told = figures({"new_user": 1204, "cancel_user": 3})

    six, thirteen = (reconcile(told, Heard(1204 - lost, 3), tolerance=10.0, now=NOON) for lost in (6, 13))

    assert (six.followed_off, six.is_over) == (5.0, False)
    assert (thirteen.followed_off, thirteen.is_over) == (10.8, True)


def test_ends_of_follows_that_nobody_told_of_raise_nothing() -> None:
    compared = reconcile(figures({"new_user": 1, "cancel_user": 5}), Heard(1, 0), tolerance=10.0, now=NOON)

    assert (compared.unfollowed_off, compared.is_over) == (1000.0, False)


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_the_difference_is_the_same_from_either_side_and_never_over_the_whole(told: int, heard: int) -> None:
    assert apart(told, heard) == apart(heard, told)
    assert 0 <= apart(told, heard) <= 1000
    assert (apart(told, heard) == 0) == (told == heard)


@pytest.mark.parametrize("status", [*orders.STATES, 14, 999])
def test_an_order_of_every_status_is_read_by_the_dictionary_or_held_and_never_refused(status: int) -> None:
    order = msgspec.structs.replace(ORDER, status=status)
    dictionary, now = merge(DictionaryOrder(), version=0), datetime.fromtimestamp(order.updated_at, UTC)

    judged = hub.judge(msgspec.to_builtins(orders.record_of(order, "demo.shop")), 0, dictionary, brand="demo", now=now)

    assert judged.verdict.verdict is (Verdict.accepted if status in orders.STATES else Verdict.quarantined)
    assert judged.ready is not None
    assert judged.ready.version == order.updated_at * 1000
    assert {(each.type.value, each.account) for each in judged.ready.who} == {("openid", "shop"), ("unionid", "")}
    if status in orders.STATES:
        assert judged.ready.data["state"] == orders.STATES[status]
        assert (judged.verdict.problems, judged.ready.raw) == ((), {})


@pytest.mark.parametrize(
    ("answers", "phone"),
    [
        ({"姓名": "王", "手机号": "13800000001"}, "13800000001"),
        ({"联系电话": "", "Mobile": "13800000002"}, "13800000002"),
        ({"phone": "x"}, "x"),
        ({"姓名": "王"}, None),
        ({}, None),
    ],
)
def test_a_form_is_of_whoever_has_its_phone(answers: dict[str, str], phone: str | None) -> None:
    record = leads.record_of(answers, "demo.studio", "c1", date(2026, 11, 20))

    assert (record.who.phone if record else None) == phone


def test_the_same_form_on_the_same_day_is_one_record() -> None:
    answers, day = {"手机": "13800000001", "姓名": "王"}, date(2026, 11, 20)
    turned = dict(reversed(answers.items()))

    ids = [record.id for each in (answers, turned) if (record := leads.record_of(each, "demo.studio", "c1", day))]
    others = [
        record.id
        for component, when in (("c2", day), ("c1", date(2026, 11, 21)))
        if (record := leads.record_of(answers, "demo.studio", component, when))
    ]

    assert len({*ids}) == 1
    assert len({*ids, *others}) == 3


def test_what_has_not_happened_has_no_time() -> None:
    record = orders.record_of(ORDER, "demo.shop")

    assert "paid_at" in record.data
    assert "shipped_at" not in record.data
