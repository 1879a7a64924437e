"""When a message may go, whatever the zone, the windows and the clock: never early, never in a quiet hour, never too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.consent.words import Channel, Purpose, Sent
from chalicelib.messaging.rules.caps import caps_on, free_at
from chalicelib.messaging.rules.times import Clockwork, Span, is_quiet, next_allowed
from chalicelib.messaging.words.documents import Cap, Window

ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")]
FIXED = [ZoneInfo(name) for name in ("Asia/Shanghai", "Asia/Kathmandu", "UTC")]
MINUTES = st.integers(0, 24 * 60 - 1)
SPANS = st.lists(st.builds(Span, MINUTES, MINUTES), max_size=2).map(tuple)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
HOURS = st.lists(st.integers(0, 9), min_size=24, max_size=24).map(tuple) | st.just(())
JITTERS = st.integers(0, 1800).map(lambda seconds: timedelta(seconds=seconds))
SHANGHAI = ZONES[0]
NIGHT = Span(21 * 60, 8 * 60)


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@given(MOMENTS, st.sampled_from(ZONES), SPANS, JITTERS, HOURS, st.none() | st.integers(0, 3 * 86400))
def test_what_is_allowed_is_not_before_it_was_asked_for_not_quiet_and_not_too_late(
    at: datetime, zone: ZoneInfo, quiet: tuple[Span, ...], jitter: timedelta, hours: tuple[int, ...], lives_s: int | None
) -> None:
    expires_at = None if lives_s is None else at + timedelta(seconds=lives_s)

    allowed = next_allowed(at, Clockwork(zone, quiet, jitter, hours), expires_at=expires_at)

    if allowed is not None:
        assert allowed >= at
        assert not is_quiet(allowed, zone, quiet)
        assert expires_at is None or allowed <= expires_at
    elif expires_at is not None:
        until = int((expires_at - at).total_seconds())
        assert all(is_quiet(at + timedelta(seconds=seconds), zone, quiet) for seconds in {*range(0, until, 601), until})
    else:
        assert all(is_quiet(at + timedelta(minutes=minutes), zone, quiet) for minutes in range(0, 24 * 60, 7))


@given(MOMENTS, st.sampled_from(ZONES), SPANS, JITTERS)
def test_asked_again_at_that_moment_it_is_the_same_moment(at: datetime, zone: ZoneInfo, quiet: tuple[Span, ...], jitter: timedelta) -> None:
    allowed = next_allowed(at, Clockwork(zone, quiet, jitter))

    assert allowed is None or next_allowed(allowed, Clockwork(zone, quiet, jitter)) == allowed


@given(MOMENTS, st.sampled_from(FIXED), SPANS, JITTERS, HOURS, st.none() | st.integers(0, 3 * 86400))
def test_the_best_hour_is_the_same_asked_again(
    at: datetime, zone: ZoneInfo, quiet: tuple[Span, ...], jitter: timedelta, hours: tuple[int, ...], lives_s: int | None
) -> None:
    clockwork = Clockwork(zone, quiet, jitter, hours)
    expires_at = None if lives_s is None else at + timedelta(seconds=lives_s)

    allowed = next_allowed(at, clockwork, expires_at=expires_at)

    assert allowed is None or next_allowed(allowed, clockwork, expires_at=expires_at) == allowed


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        ("2026-11-20T20:59", "Asia/Shanghai", "2026-11-20T20:59"),
        ("2026-11-20T21:00", "Asia/Shanghai", "2026-11-21T08:00"),
        ("2026-11-21T07:59", "Asia/Shanghai", "2026-11-21T08:00"),
        ("2026-03-28T23:00", "Europe/Paris", "2026-03-29T08:00"),  # an hour of that night is left out
        ("2026-10-24T23:00", "Europe/Paris", "2026-10-25T08:00"),  # and one comes twice
    ],
)
def test_quiet_hours_are_by_the_persons_clock_also_in_the_nights_it_is_changed(at: str, zone: str, expected: str) -> None:
    there = ZoneInfo(zone)

    assert next_allowed(local(at, there), Clockwork(there, (NIGHT,))) == local(expected, there)


def test_what_was_held_is_spread_behind_the_end() -> None:
    shifted = next_allowed(local("2026-11-20T23:00"), Clockwork(SHANGHAI, (NIGHT,), timedelta(minutes=17)))

    assert shifted == local("2026-11-21T08:17")


def test_what_has_little_time_behind_the_quiet_hours_is_shifted_by_less() -> None:
    expires_at = local("2026-11-21T08:10")

    shifted = next_allowed(local("2026-11-20T23:00"), Clockwork(SHANGHAI, (NIGHT,), timedelta(minutes=17)), expires_at=expires_at)

    assert shifted is not None
    assert local("2026-11-21T08:00") <= shifted <= expires_at


def test_the_best_hour_is_one_inside_the_window() -> None:
    hours = tuple(9 if hour == 14 else 5 if hour == 4 else 0 for hour in range(24))  # 22:00 and 12:00 in Shanghai

    best = next_allowed(local("2026-11-20T09:10"), Clockwork(SHANGHAI, (NIGHT,), hours=hours))

    assert best == local("2026-11-20T12:00")


# -- caps -------------------------------------------------------------------------------------------------------------


def sent(message: str, at: datetime, channel: Channel = Channel.push, purpose: Purpose = Purpose.marketing) -> Sent:
    return Sent(message=message, at=at, channel=channel, purpose=purpose)


SENDS = st.lists(
    st.builds(
        Sent,
        message=st.sampled_from("abcdef"),
        at=st.integers(0, 4 * 86400).map(lambda seconds: datetime(2026, 11, 16, tzinfo=UTC) + timedelta(seconds=seconds)),
        channel=st.sampled_from([Channel.push, Channel.sms]),
        purpose=st.sampled_from(Purpose),
    ),
    max_size=12,
)
CAPS = st.builds(
    Cap,
    most=st.integers(0, 4),
    days=st.integers(1, 3),
    window=st.sampled_from(Window),
    channel=st.none() | st.just(Channel.push),
    purpose=st.none() | st.sampled_from(Purpose),
)


@given(SENDS, CAPS, st.sampled_from(ZONES), st.integers(0, 86400))
def test_a_cap_lets_through_exactly_when_fewer_are_in_its_window(sends: list[Sent], cap: Cap, zone: ZoneInfo, later_s: int) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(seconds=later_s)

    free = free_at([cap], sends, message="new", at=at, zone=zone)

    if free is None:
        assert cap.most == 0
        return
    assert counted(sends, cap, free, zone) < cap.most
    assert free == at or counted(sends, cap, free - timedelta(seconds=1), zone) >= cap.most


def counted(sends: list[Sent], cap: Cap, at: datetime, zone: ZoneInfo) -> int:
    """By the words of the cap: messages, each once, whose last send is within the window."""
    mine = [each for each in sends if cap.channel in (None, each.channel) and cap.purpose in (None, each.purpose)]
    latest = {name: max(each.at for each in mine if each.message == name) for name in {each.message for each in mine}}
    if cap.window is Window.rolling:
        return sum(moment > at - timedelta(days=cap.days) for moment in latest.values())
    first_day = at.astimezone(zone).date() - timedelta(days=cap.days - 1)
    return sum(moment.astimezone(zone).date() >= first_day for moment in latest.values())


def test_two_by_the_calendar_may_stand_on_both_sides_of_midnight_and_rolling_ones_may_not() -> None:
    late, after = local("2026-11-20T23:59"), local("2026-11-21T00:01")
    before = [sent("a", late)]

    rolling = free_at([Cap(most=1)], before, message="b", at=after, zone=SHANGHAI)
    calendar = free_at([Cap(most=1, window=Window.calendar)], before, message="b", at=after, zone=SHANGHAI)

    assert (rolling, calendar) == (late + timedelta(days=1), after)


def test_a_chain_counts_once_for_the_person_and_each_attempt_for_its_channel() -> None:
    now = local("2026-11-20T12:00")
    chain = [sent("a", now, Channel.push), sent("a", now, Channel.sms)]
    of_person, of_sms = [Cap(most=2)], [Cap(most=1, channel=Channel.sms)]

    assert free_at(of_person, chain, message="b", at=now, zone=SHANGHAI) == now
    assert free_at(of_person, chain, message="a", at=now, zone=SHANGHAI) == now
    assert free_at(of_sms, chain, message="b", at=now, zone=SHANGHAI) == now + timedelta(days=1)


def test_as_many_as_are_remembered_are_too_many() -> None:
    now = local("2026-11-20T12:00")
    forgotten = [sent("a", now - timedelta(hours=1)) for _ in range(24)]

    assert free_at([Cap(most=3, days=7)], forgotten, message="b", at=now, zone=SHANGHAI) != now


def test_caps_are_of_a_purpose_a_channel_or_all() -> None:
    caps = [Cap(most=1), Cap(most=2, purpose=Purpose.service), Cap(most=3, channel=Channel.sms)]

    assert caps_on(caps, Purpose.marketing, None) == [caps[0]]
    assert caps_on(caps, Purpose.service, None) == caps[:2]
    assert caps_on(caps, Purpose.service, Channel.sms) == [caps[2]]
