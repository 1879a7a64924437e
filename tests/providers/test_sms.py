"""Text messages: who is chosen, what is signed, what each answer means."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import requests
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from requests.adapters import BaseAdapter

from chalicelib import wiring
from chalicelib.aws.secrets import Secrets
from chalicelib.cache import Cache
from chalicelib.errors import Busy, LiandongError, Missing, Refused, Unknown
from chalicelib.providers import signed_posts
from chalicelib.providers.signed_posts import sign
from chalicelib.providers.sms_by_http import HttpSms, SmsKey
from chalicelib.providers.sms_by_sns import SnsSms

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
URL = "https://sms.test/send"
PHONE, TEXT, KEY = "+8613912345678", "canary-text 123456", "canary-sms-key"


class Provider(BaseAdapter):
    """Answers every text with one status or one error, and remembers what it was handed."""

    def __init__(self) -> None:
        super().__init__()
        self.status = 200
        self.error: Exception | None = None
        self.taken: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.taken.append(request)
        if self.error is not None:
            raise self.error
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = self.status, URL, request
        answer.headers["Location"] = "https://elsewhere.test/"
        answer._content = b""
        return answer

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    signed_posts.session.cache_clear()
    answering = Provider()
    signed_posts.session().mount("https://", answering)
    yield answering
    signed_posts.session.cache_clear()


def hand_over() -> None:
    HttpSms(URL, fetch_key=lambda now: SmsKey(KEY), timeout_s=3).send(PHONE, TEXT, message_id="m1", now=NOW)


def test_a_text_is_signed_over_its_time_and_its_body(provider: Provider) -> None:
    hand_over()

    (asked,) = provider.taken
    assert isinstance(asked.body, bytes)
    assert msgspec.json.decode(asked.body) == {"id": "m1", "phone": PHONE, "text": TEXT}
    assert asked.headers["Liandong-Timestamp"] == str(int(NOW.timestamp()))
    assert asked.headers["Liandong-Signature"] == sign(KEY, str(int(NOW.timestamp())), asked.body)


def test_a_signature_is_the_one_anybody_can_compute() -> None:
    assert sign("key", "1700000000", b"{}") == "v1=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"


@pytest.mark.parametrize(
    ("status", "trouble"), [(503, Busy), (429, Busy), (500, Unknown), (400, Refused), (404, Refused), (302, Refused), (401, Refused)]
)
def test_an_answer_says_whether_the_text_may_have_been_sent(provider: Provider, status: int, trouble: type[LiandongError]) -> None:
    provider.status = status

    with pytest.raises(trouble) as caught:
        hand_over()

    assert type(caught.value) is trouble
    assert len(provider.taken) == 1


@pytest.mark.parametrize(
    ("error", "trouble"), [(requests.exceptions.ConnectTimeout(TEXT), Busy), (requests.exceptions.ReadTimeout(TEXT), Unknown)]
)
def test_what_broke_on_the_way_holds_nothing_of_the_text(provider: Provider, error: Exception, trouble: type[LiandongError]) -> None:
    provider.error = error

    with pytest.raises(trouble) as caught:
        hand_over()

    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    assert TEXT not in str(caught.value)


def test_a_provider_nobody_listens_at_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    sms = HttpSms(f"http://127.0.0.1:{port}/send", fetch_key=lambda now: SmsKey(KEY), timeout_s=3)

    with pytest.raises(Busy) as caught:
        sms.send(PHONE, TEXT, message_id="m1", now=NOW)

    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


def test_a_connection_that_broke_on_the_way_may_have_sent_it(provider: Provider) -> None:
    provider.error = requests.exceptions.ConnectionError(TEXT)

    with pytest.raises(Unknown):
        hand_over()


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": PHONE}}, "Publish")


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (refused("InvalidParameter"), Refused),
        (refused("Throttled"), Busy),
        (ReadTimeoutError(endpoint_url="https://sns.test"), Unknown),
        (EndpointConnectionError(endpoint_url="https://sns.test"), Busy),
    ],
)
def test_what_sns_answers_says_whether_it_may_have_been_sent(
    monkeypatch: pytest.MonkeyPatch, error: Exception, trouble: type[LiandongError]
) -> None:
    def fail(*asked: Any) -> None:
        raise error

    monkeypatch.setattr(BaseClient, "_make_api_call", fail)

    with pytest.raises(trouble) as caught:
        SnsSms().send(PHONE, TEXT, message_id="m1", now=NOW)

    assert type(caught.value) is trouble
    assert PHONE not in str(caught.value)
    assert caught.value.__context__ is None


def test_sns_is_asked_to_send_at_once_to_the_phone_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda client, operation, parameters: asked.append(parameters))

    SnsSms().send(PHONE, TEXT, message_id="m1", now=NOW)

    kind = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
    assert asked == [{"PhoneNumber": PHONE, "Message": TEXT, "MessageAttributes": kind}]


@pytest.mark.parametrize("provider", ["nobody", "https://sms.test/send"])
def test_without_a_provider_or_its_key_no_text_is_promised(monkeypatch: pytest.MonkeyPatch, provider: str) -> None:
    def find_nothing(*asked: Any) -> None:
        raise refused("ParameterNotFound")

    monkeypatch.setattr(BaseClient, "_make_api_call", find_nothing)
    chosen = wiring.choose_sms(provider, Secrets(stage="local", kms_key_arn="", cache=Cache()), timeout_s=3)

    with pytest.raises(Missing) as caught:
        chosen.send(PHONE, TEXT, message_id="m1", now=NOW)

    assert caught.value.code == "sms_missing"


def test_who_chooses_sns_gets_sns() -> None:
    assert isinstance(wiring.choose_sms("sns", Secrets(stage="local", kms_key_arn="", cache=Cache()), timeout_s=3), SnsSms)
