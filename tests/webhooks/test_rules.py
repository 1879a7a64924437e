"""Signatures by the published vectors, the schedule of tries, what answers mean, and who is parked. Pure."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from chalicelib.errors import Invalid
from chalicelib.providers.courier import Answer
from chalicelib.webhooks import rules
from chalicelib.webhooks.words import Delivery, DeliveryState, Handover, Pace, SecretKept

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
EVEN = b"\x7f\xff"
"""No jitter, but for a hundred thousandth."""
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
VECTOR_BODY = '{"test": 2432232314}'
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""https://github.com/standard-webhooks/standard-webhooks, of the reference libraries' tests."""


def delivery(**changes: object) -> Delivery:
    fields = {
        "brand": "demo",
        "webhook": "W",
        "id": "d" * 32,
        "fact": "person.joined",
        "body": "{}",
        "state": DeliveryState.waiting,
        "tries": 0,
        "first": 0,
        "attempts": (),
        "made_at": NOON,
        "next_at": NOON,
    }
    return Delivery(**{**fields, **changes})  # type: ignore[arg-type]


# -- signatures --------------------------------------------------------------------------------------------------------


def test_the_published_vector_is_signed_as_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "message_id", lambda delivery: VECTOR_ID)

    headers = rules.headers_of("d" * 32, VECTOR_BODY, (SecretKept(VECTOR_SECRET),), datetime.fromtimestamp(1614265330, UTC))

    assert headers["webhook-signature"] == VECTOR_SIGNATURE
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (VECTOR_ID, "1614265330")


def test_what_we_sign_is_taken_by_the_library_receivers_use() -> None:
    secret, now = rules.new_secret(b"s" * 32), datetime.now(UTC)

    headers = rules.headers_of("d" * 32, VECTOR_BODY, (SecretKept(secret),), now)

    assert Verifier(secret).verify(VECTOR_BODY, headers) == {"test": 2432232314}
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(VECTOR_BODY + " ", headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(rules.new_secret(b"t" * 32)).verify(VECTOR_BODY, headers)


def test_every_secret_in_force_is_taken_while_one_is_replaced() -> None:
    now = datetime.now(UTC)
    old, new = rules.new_secret(b"o" * 32), rules.new_secret(b"n" * 32)

    headers = rules.headers_of("d" * 32, VECTOR_BODY, rules.rotate((SecretKept(old),), new, now), now)

    assert all(Verifier(secret).verify(VECTOR_BODY, headers) for secret in (old, new))


def test_a_secret_has_as_many_bytes_as_the_standard_asks_for() -> None:
    assert 24 <= len(base64.b64decode(rules.new_secret(b"x" * rules.SECRET_BYTES).removeprefix("whsec_"))) <= 64


def test_a_replaced_secret_never_gets_more_time_by_another_rotation() -> None:
    first = rules.rotate((SecretKept("a"),), "b", NOON)

    second = rules.rotate(first, "c", NOON + timedelta(hours=20))

    assert second == (SecretKept("c"), SecretKept("b", NOON + timedelta(hours=44)), SecretKept("a", NOON + timedelta(hours=24)))
    assert [each.secret for each in rules.secrets_in_force(second, NOON + timedelta(hours=24))] == ["c", "b"]


def test_of_many_rotations_in_a_day_the_newest_five_sign() -> None:
    secrets: tuple[SecretKept, ...] = (SecretKept("0"),)

    for number in range(1, 100):
        secrets = rules.rotate(secrets, str(number), NOON)

    assert [each.secret for each in secrets] == ["99", "98", "97", "96", "95"]


# -- answers and tries -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_the_end(status: int) -> None:
    assert rules.outcome_of(Answer(status=status), delivery(), random2=EVEN, now=NOON).state is DeliveryState.delivered


@pytest.mark.parametrize("status", [None, 100, 199, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504])
def test_all_else_but_410_is_tried_again_other_addresses_too(status: int | None) -> None:
    outcome = rules.outcome_of(Answer(status=status), delivery(), random2=EVEN, now=NOON)

    assert outcome.state is DeliveryState.waiting
    assert outcome.next_at is not None
    assert timedelta(seconds=4.9) < outcome.next_at - NOON < timedelta(seconds=5.1)


def test_410_is_the_end_at_once() -> None:
    assert rules.outcome_of(Answer(status=410), delivery(), random2=EVEN, now=NOON) == rules.Outcome(DeliveryState.failed, why="gone")


def test_the_tries_are_those_of_the_standard_over_twenty_eight_hours() -> None:
    waits, tries = [], 0
    while (outcome := rules.outcome_of(Answer(status=500), delivery(tries=tries), random2=EVEN, now=NOON)).next_at is not None:
        waits.append(round((outcome.next_at - NOON).total_seconds()))
        tries += 1

    assert waits == [5, 300, 1800, 7200, 18_000, 36_000, 36_000]
    assert (outcome.state, outcome.why) == (DeliveryState.failed, "given_up")
    assert timedelta(hours=27) < timedelta(seconds=sum(waits)) < timedelta(hours=28)


def test_a_round_counts_its_own_tries() -> None:
    outcome = rules.outcome_of(Answer(status=500), delivery(tries=9, first=8), random2=EVEN, now=NOON)

    assert outcome.next_at is not None
    assert round((outcome.next_at - NOON).total_seconds()) == 300


@given(st.binary(min_size=2, max_size=2))
def test_a_wait_is_a_tenth_longer_or_shorter_at_most(random2: bytes) -> None:
    for delay in rules.DELAYS:
        assert 0.9 * delay <= rules.jittered(delay, random2) <= 1.1 * delay


def test_waits_differ() -> None:
    assert len({rules.jittered(rules.DELAYS[1], bytes([high, 0])) for high in range(256)}) == 256


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("0", timedelta(0)),
        ("120", timedelta(minutes=2)),
        ("999999999999999999999", rules.LONGEST_WAIT),
        (format_datetime(NOON + timedelta(minutes=3), usegmt=True), timedelta(minutes=3)),
        (format_datetime(NOON - timedelta(minutes=3), usegmt=True), timedelta(0)),
        ("Fri, 20 Nov 2026 04:01:00 -0000", timedelta(minutes=1)),
        ("", timedelta(0)),
        ("soon", timedelta(0)),
        ("Mon, 01 Jan 99999999999999 00:00:00 GMT", timedelta(0)),
        ("-5", timedelta(0)),
        ("1.5", timedelta(0)),
        ("٣", timedelta(0)),
    ],
)
def test_how_long_a_receiver_asks_to_wait_is_read_in_seconds_or_as_a_date(text: str, wait: timedelta) -> None:
    assert rules.read_retry_after(text, NOON) == wait


@given(st.text(max_size=40))
def test_whatever_a_receiver_says_about_waiting_is_read(text: str) -> None:
    assert rules.read_retry_after(text, NOON) >= timedelta(0)


@pytest.mark.parametrize(("status", "wait_s"), [(429, 3600), (503, 3600), (500, 5), (400, 5)])
def test_only_a_busy_receiver_is_asked_when(status: int, wait_s: int) -> None:
    outcome = rules.outcome_of(Answer(status=status, retry_after="3600"), delivery(), random2=EVEN, now=NOON)

    assert outcome.next_at is not None
    assert round((outcome.next_at - NOON).total_seconds()) == wait_s


def test_a_receiver_may_not_ask_for_more_than_ten_hours_nor_for_less_than_the_schedule() -> None:
    long = rules.outcome_of(Answer(status=429, retry_after="9999999"), delivery(), random2=EVEN, now=NOON)
    short = rules.outcome_of(Answer(status=429, retry_after="1"), delivery(tries=2), random2=EVEN, now=NOON)

    assert long.next_at == NOON + timedelta(hours=10)
    assert short.next_at is not None
    assert short.next_at - NOON > timedelta(minutes=29)


# -- pace --------------------------------------------------------------------------------------------------------------


def after(*answers: Answer, pace: Pace = Pace()) -> Pace:  # noqa: B008 - a frozen value
    for answer in answers:
        pace = rules.next_pace(pace, answer)
    return pace


QUICK, SLOW, LATE = Answer(status=200, took_s=0.1), Answer(status=200, took_s=3.0), Answer(trouble="timed_out", took_s=5.0)


@pytest.mark.parametrize("slow", [SLOW, LATE, Answer(status=500, took_s=4.0)])
def test_a_receiver_that_was_slow_three_times_is_parked(slow: Answer) -> None:
    assert not after(slow, slow).parked
    assert after(slow, slow, slow).parked
    assert after(slow, slow, QUICK, slow, slow).parked


def test_a_receiver_slow_now_and_then_is_not() -> None:
    assert not after(*[SLOW, QUICK] * 20).parked


def test_a_parked_one_is_released_when_it_was_quick_three_times() -> None:
    parked = after(SLOW, SLOW, SLOW)

    assert [after(*[QUICK] * times, pace=parked).parked for times in range(4)] == [True, True, True, False]
    assert after(QUICK, QUICK, SLOW, QUICK, pace=parked).parked


def test_a_receiver_that_is_not_there_is_neither_slow_nor_quick() -> None:
    pace = Pace(2, parked=True)

    assert after(Answer(trouble="not_reached", took_s=0.2), pace=pace) == pace


def test_slow_answers_are_not_counted_for_ever() -> None:
    assert after(*[SLOW] * 50, QUICK, QUICK, QUICK) == Pace()


# -- queues, due rows, cursors -----------------------------------------------------------------------------------------


def test_webhooks_spread_over_the_ordinary_queues_and_each_keeps_its_own() -> None:
    ids = [f"01J{number:023}" for number in range(1000)]
    counts = [sum(rules.queue_of(each, 2) == f"webhooks-{shard}" for each in ids) for shard in range(2)]

    assert min(counts) > 400
    assert {rules.queue_of(each, 2, parked=True) for each in ids} == {"webhooks-slow"}


def test_a_due_row_names_the_try_it_is_for() -> None:
    handover = Handover("demo", "01J00000000000000000000000", "a" * 32, 7)

    assert rules.read_work("demo", rules.write_work(handover)) == handover


@pytest.mark.parametrize("work", ["", "x", f"01J00000000000000000000000-{'a' * 32}", f"01J00000000000000000000000-{'a' * 31}-1"])
def test_a_due_row_of_another_make_is_a_mistake(work: str) -> None:
    with pytest.raises(LookupError):
        rules.read_work("demo", work)


def test_the_same_fact_has_another_id_at_another_webhook() -> None:
    ids = {rules.delivery_id(webhook, fact) for webhook in "AB" for fact in ("1", "2")}

    assert len(ids) == 4


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_deliveries_are_ordered_by_time(at: datetime) -> None:
    earlier, later = rules.order_key(at, "f" * 32), rules.order_key(at + timedelta(days=2), "0" * 32)

    assert earlier < later or at.year < 1971
    assert rules.read_order_key(earlier) == earlier


@pytest.mark.parametrize("cursor", ["", "x", "0" * 13, f"{'0' * 13}#", f"{'0' * 12}#{'a' * 32}", f"{'0' * 13}#{'a' * 32}\n"])
def test_a_cursor_of_another_make_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        rules.read_order_key(cursor)
