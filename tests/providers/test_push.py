"""App push: who is chosen, what is signed, what each answer means."""

from __future__ import annotations

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
from chalicelib.config import ENVIRONMENT, Settings, read_settings
from chalicelib.errors import Busy, LiandongError, Missing, Refused, Unknown
from chalicelib.providers import signed_posts
from chalicelib.providers.push import NoPush, Notice
from chalicelib.providers.push_by_http import HttpPush, PushKey
from chalicelib.providers.push_by_sns import SnsPush
from chalicelib.providers.signed_posts import sign
from tests.house import House

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
URL = "https://push.test/send"
TOKEN, KEY = "canary-token-77", "canary-push-key"
NOTICE = Notice(title="canary-title", text="canary-text", data={"order": "7"})
APPLICATION = "arn:aws:sns:us-east-1:000000000000:app/GCM/demo"


class Provider(BaseAdapter):
    """Answers every notice with one status or one error, and remembers what it was handed."""

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
    push = HttpPush(URL, fetch_key=lambda now: PushKey(KEY), timeout_s=3)
    push.send(TOKEN, NOTICE, app="demo.app", message_id="m1-0", now=NOW)


def test_a_notice_is_signed_over_its_time_and_its_body(provider: Provider) -> None:
    hand_over()

    (asked,) = provider.taken
    assert isinstance(asked.body, bytes)
    about = {"title": "canary-title", "text": "canary-text", "data": {"order": "7"}}
    assert msgspec.json.decode(asked.body) == {"id": "m1-0", "app": "demo.app", "token": TOKEN, **about}
    assert asked.headers["Liandong-Signature"] == sign(KEY, str(asked.headers["Liandong-Timestamp"]), asked.body)


@pytest.mark.parametrize(
    ("status", "trouble", "code"),
    [
        (503, Busy, "busy"),
        (429, Busy, "busy"),
        (500, Unknown, "outcome_unknown"),
        (400, Refused, "push_refused"),
        (401, Refused, "push_refused"),
        (302, Refused, "push_refused"),
        (410, Refused, "push_token_dead"),
    ],
)
def test_an_answer_says_whether_the_notice_may_have_been_sent(
    provider: Provider, status: int, trouble: type[LiandongError], code: str
) -> None:
    provider.status = status

    with pytest.raises(trouble) as caught:
        hand_over()

    assert (type(caught.value), caught.value.code, len(provider.taken)) == (trouble, code, 1)


@pytest.mark.parametrize(
    ("error", "trouble"), [(requests.exceptions.ConnectTimeout(TOKEN), Busy), (requests.exceptions.ReadTimeout(TOKEN), Unknown)]
)
def test_what_broke_on_the_way_holds_nothing_of_the_notice(provider: Provider, error: Exception, trouble: type[LiandongError]) -> None:
    provider.error = error

    with pytest.raises(trouble) as caught:
        hand_over()

    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    assert TOKEN not in str(caught.value)


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": TOKEN}}, "Publish")


@pytest.mark.parametrize(
    ("at", "error", "trouble", "code"),
    [
        ("Publish", refused("EndpointDisabled"), Refused, "push_token_dead"),
        ("CreatePlatformEndpoint", refused("InvalidParameter"), Refused, "push_refused"),
        ("Publish", refused("Throttled"), Busy, "busy"),
        ("Publish", ReadTimeoutError(endpoint_url="https://sns.test"), Unknown, "outcome_unknown"),
        ("CreatePlatformEndpoint", ReadTimeoutError(endpoint_url="https://sns.test"), Busy, "busy"),
        ("Publish", EndpointConnectionError(endpoint_url="https://sns.test"), Busy, "busy"),
    ],
)
def test_what_sns_answers_says_whether_it_may_have_been_sent(
    monkeypatch: pytest.MonkeyPatch, at: str, error: Exception, trouble: type[LiandongError], code: str
) -> None:
    def answer(client: BaseClient, operation: str, asked: Any) -> Any:
        if operation == at:
            raise error
        return {"EndpointArn": "arn"}

    monkeypatch.setattr(BaseClient, "_make_api_call", answer)

    with pytest.raises(trouble) as caught:
        SnsPush(APPLICATION).send(TOKEN, NOTICE, app="demo.app", message_id="m1", now=NOW)

    assert (type(caught.value), caught.value.code, caught.value.__context__) == (trouble, code, None)
    assert TOKEN not in str(caught.value)


def test_sns_is_told_the_notice_in_the_words_of_both_services(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    def answer(client: BaseClient, operation: str, given: Any) -> Any:
        asked[operation] = given
        return {"EndpointArn": "arn-of-endpoint"}

    monkeypatch.setattr(BaseClient, "_make_api_call", answer)

    SnsPush(APPLICATION).send(TOKEN, NOTICE, app="demo.app", message_id="m1", now=NOW)

    words = msgspec.json.decode(asked["Publish"]["Message"])
    apns, fcm = msgspec.json.decode(words["APNS"]), msgspec.json.decode(words["GCM"])
    assert asked["CreatePlatformEndpoint"] == {"PlatformApplicationArn": APPLICATION, "Token": TOKEN}
    assert (asked["Publish"]["TargetArn"], words["default"]) == ("arn-of-endpoint", "canary-text")
    assert (apns["aps"]["alert"], apns["order"]) == ({"title": "canary-title", "body": "canary-text"}, "7")
    message = fcm["fcmV1Message"]["message"]
    assert message == {"notification": {"title": "canary-title", "body": "canary-text"}, "data": {"order": "7"}}


@pytest.mark.parametrize(("provider_name", "kind"), [("nobody", NoPush), ("sns", SnsPush), (URL, HttpPush)])
def test_the_setting_names_who_pushes(provider_name: str, kind: type) -> None:
    assert type(wiring.choose_push(_settings(provider_name), _secrets())) is kind


@pytest.mark.parametrize("provider_name", ["nobody", URL])
def test_without_a_provider_or_its_key_nothing_is_sent(house: House, provider: Provider, provider_name: str) -> None:
    push = wiring.choose_push(_settings(provider_name), house.world.secrets)

    with pytest.raises(Missing) as caught:
        push.send(TOKEN, NOTICE, app="demo.app", message_id="m1", now=NOW)

    assert (caught.value.code, provider.taken) == ("push_missing", [])


def _settings(provider_name: str) -> Settings:
    needed = {ENVIRONMENT[field.name]: "x" for field in msgspec.structs.fields(Settings) if field.required}
    return read_settings({**needed, "STAGE": "local", "PUSH_PROVIDER": provider_name, "PUSH_APPLICATION_ARN": APPLICATION})


def _secrets() -> Secrets:
    return Secrets(stage="local", kms_key_arn="k", cache=Cache())
