"""App push: who is chosen, what is signed, what each answer means."""

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
from chalicelib.config import ENVIRONMENT, Settings, read_settings
from chalicelib.errors import Busy, LiandongError, Missing, Refused, Unknown
from chalicelib.providers.push import NoPush, Notice
from chalicelib.providers.push_by_http import HttpPush
from chalicelib.providers.push_by_sns import SnsPush
from chalicelib.providers.signed_posts import SharedKey, sign
from tests.house import House
from tests.providers.conftest import Provider

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
URL = "https://push.test/send"
TOKEN, KEY = "canary-token-77", "canary-push-key"
NOTICE = Notice(title="canary-title", text="canary-text", data={"order": "7"})
APPLICATION = "arn:aws:sns:us-east-1:000000000000:app/GCM/demo"


def hand_over() -> None:
    push = HttpPush(URL, fetch_key=lambda now: SharedKey(KEY), timeout_s=3)
    push.send(TOKEN, NOTICE, app="demo.app", message_id="m1-0", now=NOW)


def test_a_notice_is_signed_over_its_time_and_its_body(provider: Provider) -> None:
    hand_over()

    (asked,) = provider.taken
    assert isinstance(asked.body, bytes)
    about = {"title": "canary-title", "text": "canary-text", "data": {"order": "7"}}
    assert msgspec.json.decode(asked.body) == {"id": "m1-0", "app": "demo.app", "token": TOKEN, **about}
    assert asked.headers["Liandong-Signature"] == sign(KEY, str(asked.headers["Liandong-Timestamp"]), asked.body)


def test_a_device_the_app_is_gone_from_is_told_by_410(provider: Provider) -> None:
    provider.status = 410

    with pytest.raises(Refused) as caught:
        hand_over()

    assert caught.value.code == "push_token_dead"


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": TOKEN}}, "Publish")


@pytest.mark.parametrize(
    ("at", "error", "trouble", "code"),
    [
        ("Publish", refused("EndpointDisabled"), Refused, "push_token_dead"),
        ("CreatePlatformEndpoint", refused("InvalidParameter"), Refused, "push_refused"),
        ("CreatePlatformEndpoint", refused("NotFound"), Missing, "push_missing"),
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
