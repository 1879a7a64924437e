"""What is handed to a provider by a signed POST: how it is signed, and what each answer means. The same for texts and notices."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import requests

from chalicelib.errors import Busy, LiandongError, Missing, Refused, Unknown
from chalicelib.providers.push import Notice
from chalicelib.providers.push_by_http import HttpPush
from chalicelib.providers.signed_posts import SharedKey, sign
from chalicelib.providers.sms_by_http import HttpSms
from tests.providers.conftest import Provider

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
URL = "https://provider.test/send"
CANARY = "canary-value-77"
HandOver = Callable[[], None]


def text(url: str = URL) -> None:
    sms = HttpSms(url, fetch_key=lambda now: SharedKey("k"), timeout_s=3)
    sms.send(CANARY, CANARY, message_id="m1", now=NOW)


def notice() -> None:
    push = HttpPush(URL, fetch_key=lambda now: SharedKey("k"), timeout_s=3)
    push.send(CANARY, Notice(title=CANARY, text=CANARY), app="demo.app", message_id="m1-0", now=NOW)


both = pytest.mark.parametrize(("hand_over", "kind"), [(text, "sms"), (notice, "push")])


def test_a_signature_is_the_one_anybody_can_compute() -> None:
    assert sign("key", "1700000000", b"{}") == "v1=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"


@both
@pytest.mark.parametrize(
    ("status", "trouble", "code"),
    [
        (503, Busy, "busy"),
        (429, Busy, "busy"),
        (500, Unknown, "outcome_unknown"),
        (400, Refused, "{}_refused"),
        (401, Missing, "{}_missing"),
        (404, Missing, "{}_missing"),
        (302, Missing, "{}_missing"),
    ],
)
def test_an_answer_says_whether_it_may_have_been_sent_and_whether_anything_of_ours_is_taken(
    provider: Provider, hand_over: HandOver, kind: str, status: int, trouble: type[LiandongError], code: str
) -> None:
    provider.status = status

    with pytest.raises(trouble) as caught:
        hand_over()

    assert (type(caught.value), caught.value.code, len(provider.taken)) == (trouble, code.format(kind), 1)


@both
@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (requests.exceptions.ConnectTimeout(CANARY), Busy),
        (requests.exceptions.ReadTimeout(CANARY), Unknown),
        (requests.exceptions.ConnectionError(CANARY), Unknown),
    ],
)
def test_what_broke_on_the_way_holds_nothing_of_what_was_sent(
    provider: Provider, hand_over: HandOver, kind: str, error: Exception, trouble: type[LiandongError]
) -> None:
    provider.error = error

    with pytest.raises(trouble) as caught:
        hand_over()

    assert type(caught.value) is trouble
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    assert CANARY not in str(caught.value)


def test_a_provider_nobody_listens_at_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(Busy) as caught:
        text(f"http://127.0.0.1:{port}/send")

    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
