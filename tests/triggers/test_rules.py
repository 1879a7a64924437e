"""Whether a rule holds, when it is due, what it says, and what becomes of the messages it has caused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from chalicelib.archive.words.questions import Filter
from chalicelib.consent.words import Purpose
from chalicelib.hub.rules.defaults import DEFAULTS
from chalicelib.messaging.words.contents import LONGEST_VALUE, Sms, SubscribeMessage, TemplateMessage
from chalicelib.templates.words import TooLong
from chalicelib.triggers.rules import firing, slots, texts
from chalicelib.triggers.rules.sentences import BY_WHY, say
from chalicelib.triggers.words import AtMoment, AtOnce, Due, OnDay, Seen, Slot, Trigger, WhyNot, Wish

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SHANGHAI, PARIS = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Paris")
ORDER, RESERVATION = DEFAULTS["order"], DEFAULTS["reservation"]
TEXT = Sms(account="demo.app", text="{{order}}")


def rule(**changes: Any) -> Trigger:
    return Trigger(**{"name": "r", "type": "order", "purpose": Purpose.service, "channels": (TEXT,), **changes})


def seen(*, kind: str = "order", at: datetime = NOW, **data: Any) -> Seen:
    return Seen(type=kind, key="k", id="SO1", at=at, data=data)


@pytest.mark.parametrize(
    ("filter_", "value", "held"),
    [
        (Filter(property="state", equals="shipped"), 2, True),
        (Filter(property="state", equals="已发货"), 2, True),
        (Filter(property="state", equals=2), 2, True),
        (Filter(property="state", equals="paid"), 2, False),
        (Filter(property="state", one_of=("paid", "shipped")), 2, True),
        (Filter(property="state", equals=True), 1, False),
        (Filter(property="state", equals="shipped"), None, False),
        (Filter(property="state", at_least=1, at_most=2), 2, True),
        (Filter(property="state", at_least=3), 2, False),
        (Filter(property="state", at_least=0), "2", False),
        (Filter(property="state", at_least=0), True, False),
    ],
)
def test_a_filter_holds_of_a_value_by_its_type(filter_: Filter, value: Any, held: bool) -> None:
    assert firing.holds(filter_, value, ORDER.fields["state"]) is held


def test_the_first_condition_that_does_not_hold_is_named() -> None:
    filters = (Filter(property="state", equals="paid"), Filter(property="total_fen", at_least=100))

    assert firing.find_unmet(rule(where=filters), seen(state=1, total_fen=99), ORDER) == WhyNot("condition", "total_fen")
    assert firing.find_unmet(rule(where=filters), seen(state=1, total_fen=100), ORDER) is None


@pytest.mark.parametrize(
    ("starts_at", "zone", "due_at"),
    [
        ("2026-11-22T07:00:00Z", SHANGHAI, "2026-11-21T10:00:00+00:00"),
        ("2026-11-21T17:00:00Z", SHANGHAI, "2026-11-21T10:00:00+00:00"),  # one o'clock at night: a day later there
        ("2026-03-29T14:00:00Z", PARIS, "2026-03-28T17:00:00+00:00"),  # the evening before summer time begins
        ("2026-03-30T14:00:00Z", PARIS, "2026-03-29T16:00:00+00:00"),  # and the evening after
        ("2026-10-26T14:00:00Z", PARIS, "2026-10-25T17:00:00+00:00"),  # the day it ends
    ],
)
def test_six_in_the_evening_before_is_by_the_clock_of_the_zone(starts_at: str, zone: ZoneInfo, due_at: str) -> None:
    tomorrow = rule(type="reservation", when=OnDay(of="starts_at", days=-1, at="18:00"))

    due = firing.find_due(tomorrow, seen(kind="reservation", starts_at=starts_at), lambda: zone)

    assert isinstance(due, Due)
    assert due.at is not None
    assert due.at.isoformat() == due_at


def test_an_hour_the_clocks_leave_out_is_the_one_after() -> None:
    due = firing.find_due(rule(when=OnDay(days=0, at="02:30")), seen(at=datetime(2026, 3, 29, 12, tzinfo=UTC)), lambda: PARIS)

    assert isinstance(due, Due)
    assert due.at is not None
    assert due.at.astimezone(PARIS).strftime("%H:%M") == "03:30"


def test_what_is_said_ahead_of_a_time_is_not_said_after_it() -> None:
    hour_before = rule(when=AtMoment(of="paid_at", offset_s=-3600), expires_s=86400)

    due = firing.find_due(hour_before, seen(paid_at="2026-11-21T00:00:00Z"), lambda: SHANGHAI)

    assert isinstance(due, Due)
    assert (due.at, due.expires_at) == (datetime(2026, 11, 20, 23, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))


def test_at_once_expires_counted_from_the_change() -> None:
    due = firing.find_due(rule(when=AtOnce(), expires_s=300), seen(updated_at="2026-11-20T04:00:00Z", at=NOW), lambda: SHANGHAI)

    assert due == Due(NOW, None, NOW + timedelta(minutes=5))


@pytest.mark.parametrize("value", [None, "soon", 7, "2026-11-20T04:00:00"])
def test_a_record_without_the_time_a_rule_counts_from_fires_nothing(value: Any) -> None:
    found = firing.find_due(rule(when=AtMoment(of="paid_at", offset_s=60)), seen(paid_at=value), lambda: SHANGHAI)

    assert found == WhyNot("no_time", "paid_at")


def test_too_late_is_too_old_and_over_a_year_too_far() -> None:
    assert firing.why_not_now(Due(NOW, NOW, NOW), NOW) == ""
    assert firing.why_not_now(Due(NOW, NOW, NOW), NOW + timedelta(seconds=1)) == "too_old"
    assert firing.why_not_now(Due(NOW, NOW + timedelta(days=367), NOW + timedelta(days=368)), NOW) == "too_far"


# -- texts --------------------------------------------------------------------------------------------------------


def test_places_are_filled_as_people_read_them() -> None:
    said = (
        "{{order}} {{record.data.total_fen}}元 {{ record.data.state }} {{record.data.items.0.title}} {{record.at}} {{record.data.paid_at}}"
    )
    data: dict[str, Any] = {"total_fen": 1250, "state": 2, "items": [{"title": "眼霜"}], "paid_at": "2026-11-20T03:30:00Z"}

    filled = texts.fill(Sms(account="demo.app", text=said), seen(**data), ORDER, lambda: SHANGHAI)

    assert isinstance(filled, Sms)
    assert filled.text == "SO1 12.50元 已发货 眼霜 2026-11-20 12:00 2026-11-20 11:30"


@pytest.mark.parametrize("data", [{}, {"note": None}, {"note": " \n "}])
def test_a_place_a_record_has_nothing_for_is_missing(data: dict[str, Any]) -> None:
    step = Sms(account="demo.app", text="{{record.data.note}}")

    with pytest.raises(texts.MissingError, match=r"record\.data\.note"):
        texts.fill(step, seen(**data), ORDER, lambda: SHANGHAI)


def test_a_value_in_an_address_leads_nowhere_else() -> None:
    step = TemplateMessage(account="demo.oa", template_id="T", data={"thing1": "x"}, url="https://a.example/o?n={{record.data.note}}")

    filled = texts.fill(step, seen(note="1&admin=1#/../"), ORDER, lambda: SHANGHAI)

    assert isinstance(filled, TemplateMessage)
    assert filled.url == "https://a.example/o?n=1%26admin%3D1%23%2F..%2F"


def test_a_value_that_looks_like_a_place_is_not_filled_again() -> None:
    filled = texts.fill(Sms(account="demo.app", text="{{record.data.note}}"), seen(note="{{order}}"), ORDER, lambda: SHANGHAI)

    assert isinstance(filled, Sms)
    assert filled.text == "{{order}}"


def test_what_does_not_fit_is_told_and_not_sent() -> None:
    with pytest.raises(msgspec.ValidationError):
        texts.fill(Sms(account="demo.app", text="{{record.data.note}}"), seen(note="x" * 501), ORDER, lambda: SHANGHAI)


def test_a_keyword_that_a_record_makes_too_long_is_cut_where_that_was_chosen() -> None:
    step = SubscribeMessage(account="demo.mini", template_id="T", data={"thing1": "{{record.data.note}}"}, too_long=TooLong.cut)

    filled = texts.fill(step, seen(note="长" * 300), ORDER, lambda: SHANGHAI)

    assert isinstance(filled, SubscribeMessage)
    assert filled.data == {"thing1": "长" * LONGEST_VALUE}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{{record.data.total_fen}} {{order}} {{record.id}}", None),
        ("{{record.data.items.0.title}}", None),
        ("{{record.data.nothing}}", "record.data.nothing"),
        ("{{reservation}}", "reservation"),
        ("{{ Order }}", "{{ Order }}"),
        ("{{record.data.total_fen", "{{record.data.total_fen"),
    ],
)
def test_a_place_no_record_fills_is_found_when_it_is_written(text: str, wrong: str | None) -> None:
    found = texts.find_wrong_place(Sms(account="demo.app", text=text), "order", ORDER)

    assert (found and found[1]) == wrong


# -- slots --------------------------------------------------------------------------------------------------------


def wish(at: datetime | None = NOW, *, key: str = "k", digest: str = "d", since: datetime = NOW) -> Wish:
    expires_at = (at or since) + timedelta(days=1)
    return Wish(rule=rule(), key=key, due=Due(since, at, expires_at), steps=(TEXT,), digest=digest)


def decided(kept: tuple[Slot, ...], wished: Wish | WhyNot, *, key: str = "k", now: datetime = NOW) -> tuple[Slot, ...]:
    return slots.decide(kept, "r", key, wished, now)[0]


def settled(kept: tuple[Slot, ...], **changes: Any) -> tuple[Slot, ...]:
    return tuple(msgspec.structs.replace(each, settled=True, **changes) for each in kept)


def test_a_wish_is_noted_once() -> None:
    first = decided((), wish())

    assert [(each.take, each.wanted, each.settled) for each in first] == [(0, True, False)]
    assert decided(first, wish()) == first
    assert decided(settled(first), wish(), now=NOW + timedelta(days=9)) == settled(first)


def test_another_time_takes_the_first_one_back() -> None:
    kept = settled(decided((), wish()))

    moved = decided(kept, wish(NOW + timedelta(hours=1)))

    assert [(each.wanted, each.settled) for each in moved] == [(False, False), (True, False)]


def test_other_words_are_another_take_unless_it_was_sent() -> None:
    kept = settled(decided((), wish()))

    assert [(each.take, each.wanted) for each in decided(kept, wish(digest="e"))] == [(0, False), (1, True)]
    assert decided(settled(kept, sent=True), wish(digest="e")) == settled(kept, sent=True)


def test_what_was_taken_back_and_is_wanted_again_is_another_take() -> None:
    gone = settled(decided(settled(decided((), wish())), WhyNot("condition")))

    assert [(each.take, each.wanted) for each in decided(gone, wish())] == [(0, False), (1, True)]


def test_what_is_past_its_time_is_not_begun_and_not_given_up() -> None:
    late = NOW + timedelta(days=2)
    kept = settled(decided((), wish()))

    assert slots.decide((), "r", "k", wish(), late) == ((), "too_old")
    assert slots.decide(kept, "r", "k", wish(digest="e"), late) == (kept, "")


def test_an_older_record_never_takes_the_last_ones_place() -> None:
    newer, older = wish(key="new"), wish(key="old", since=NOW - timedelta(days=1), at=NOW + timedelta(days=1))
    kept = settled(decided((), newer, key="new"))

    assert slots.decide(kept, "r", "old", older, NOW) == (kept, "not_the_last")
    after = decided(settled(decided((), older, key="old")), newer, key="new")
    assert [(each.key, each.wanted) for each in after] == [("old", False), ("new", True)]


def test_what_waits_is_never_forgotten_for_what_is_over() -> None:
    over = [Slot(rule="r", key="k", due=n, take=0, since=0, digest="d", at=n, wanted=False, settled=True) for n in range(2, 40)]
    waits = Slot(rule="r", key="k", due=0, take=0, since=0, digest="d", at=0, settled=True)

    kept = slots.remembered((waits, *over))

    assert kept == (waits, *over[-slots.MOST_OVER :])


def test_however_many_rules_want_something_of_a_record_none_of_it_is_forgotten() -> None:
    wanted = tuple(Slot(rule=f"r{n}", key="k", due=n, take=0, since=0, digest="d", at=0, settled=True) for n in range(50))

    assert slots.remembered(wanted) == wanted


def test_every_reason_is_said_in_both_languages() -> None:
    for why in BY_WHY:
        said = say(WhyNot(why, "state"))
        assert said.en.isascii()
        assert not said.zh.isascii()


def test_what_was_planned_while_somebody_took_it_back_is_taken_back_once_more() -> None:
    told = settled(decided((), wish()))
    meanwhile = settled(decided(told, WhyNot("condition")))

    assert [each.settled for each in slots.doubt(meanwhile, told)] == [False]
    assert slots.doubt(meanwhile, ()) == meanwhile
    assert slots.doubt(settled(meanwhile, sent=True), told) == settled(meanwhile, sent=True)
