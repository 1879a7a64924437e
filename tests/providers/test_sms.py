"""Text messages: who is chosen, what is signed, what each answer means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chalicelib import wiring
from chalicelib.aws.secrets import Secrets
from chalicelib.cache import Cache
from chalicelib.errors import Busy, LiandongError, Missing, Refused, Unknown
from chalicelib.providers.signed_posts import SharedKey, sign
from chalicelib.providers.sms_by_http import HttpSms
from chalicelib.providers.sms_by_sns import SnsSms
from tests.providers.conftest import Provider

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
URL = "https://sms.test/send"
PHONE, TEXT, KEY = "+8613912345678", "canary-text 123456", "canary-sms-key"


def hand_over() -> None:
    HttpSms(URL, fetch_key=lambda now: SharedKey(KEY), timeout_s=3).send(PHONE, TEXT, message_id="m1", now=NOW)


def test_a_text_is_signed_over_its_time_and_its_body(provider: Provider) -> None:
    hand_over()

    (asked,) = provider.taken
    assert isinstance(asked.body, bytes)
    assert msgspec.json.decode(asked.body) == {"id": "m1", "phone": PHONE, "text": TEXT}
    assert asked.headers["Liandong-Timestamp"] == str(int(NOW.timestamp()))
    assert asked.headers["Liandong-Signature"] == sign(KEY, str(int(NOW.timestamp())), asked.body)


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
