"""The world as the environment describes it: built on first use, once, and its minter is another function."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from botocore.client import BaseClient

from chalicelib import wiring
from chalicelib.accounts.words.platforms import Errand, Withdraw
from chalicelib.errors import Busy, Declined

ENVIRONMENT = {
    "STAGE": "local",
    "KMS_KEY_ARN": "arn:aws:kms:us-east-1:000000000000:key/k",
    "INBOX_QUEUE_URL": "https://sqs.invalid/inbox",
    "OUTBOX_QUEUE_URL": "https://sqs.invalid/outbox",
    "RECORDS_QUEUE_URL": "https://sqs.invalid/records",
    "ARCHIVE_QUEUE_URL": "https://sqs.invalid/archive",
    "ARCHIVE_BUCKET": "archive",
    "PULLS_QUEUE_URL": "https://sqs.invalid/pulls",
    "TOUCHES_QUEUE_URL": "https://sqs.invalid/touches",
    "WAITING_QUEUE_URL": "https://sqs.invalid/waiting",
    "BROADCASTS_QUEUE_URL": "https://sqs.invalid/broadcasts",
    "WEBHOOK_QUEUE_URLS": "https://sqs.invalid/webhooks-0 https://sqs.invalid/webhooks-1",
    "WEBHOOK_SLOW_QUEUE_URL": "https://sqs.invalid/webhooks-slow",
    "FACTS_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:facts",
    "MINT_TOKEN_FUNCTION": "liandong-local-mint_token",
}


class Lambda:
    """Answers every invocation with the same, and remembers what it was asked."""

    def __init__(self, payload: bytes, **more: Any) -> None:
        self._payload, self._more = payload, more
        self.asked: list[tuple[str, Any]] = []

    def __call__(self, asking: Any, name: str, params: dict[str, Any]) -> dict[str, Any]:
        assert name == "Invoke"
        self.asked.append((params["FunctionName"], msgspec.json.decode(params["Payload"])))
        return {"Payload": io.BytesIO(self._payload), **self._more}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    wiring._kept_world.cache_clear()


def answer_with(monkeypatch: pytest.MonkeyPatch, payload: bytes, **more: Any) -> Lambda:
    answering = Lambda(payload, **more)
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda *asked: answering(*asked))
    return answering


def test_a_container_has_one_world(environment: None) -> None:
    world = wiring.world()

    assert wiring.world() is world
    assert world.settings.stage == "local"
    wiring._kept_world.cache_clear()


def test_ids_are_new_and_time_has_its_zone(environment: None) -> None:
    world = wiring.build_world()

    assert len({world.new_id() for _ in range(100)}) == 100
    assert world.now().utcoffset() is not None
    assert len(world.random_bytes(16)) == 16


def test_minting_is_asked_of_the_one_function_that_may(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answering = answer_with(monkeypatch, b"null")

    wiring.build_world().mint("demo.oa", rejected_version=3)

    assert answering.asked == [("liandong-local-mint_token", {"account": "demo.oa", "rejected_version": 3, "platform": ""})]


def test_what_the_minter_refuses_is_told_on(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"Code": "wechat_declined", "Message": "WeChat declined /cgi-bin/stable_token: errcode 40164.", "errcode": 40164}
    answer_with(monkeypatch, msgspec.json.encode(told))

    with pytest.raises(Declined, match="errcode 40164") as caught:
        wiring.build_world().mint("demo.oa", rejected_version=None)

    assert (caught.value.code, caught.value.errcode) == ("wechat_declined", 40164)


def test_a_minter_that_failed_is_busy(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, b'{"errorMessage": "canary"}', FunctionError="Unhandled")

    with pytest.raises(Busy):
        wiring.build_world().mint("demo.oa", rejected_version=None)


def test_a_token_that_a_platform_has_for_an_account_is_asked_for_by_its_name(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answering = answer_with(monkeypatch, b"null")

    wiring.build_world().mint("demo.oa", rejected_version=None, platform="demo.open")

    assert answering.asked[0][1] == {"account": "demo.oa", "rejected_version": None, "platform": "demo.open"}


def test_what_a_platform_is_told_goes_to_the_same_function_and_comes_there_whole(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = answer_with(monkeypatch, b"null")
    errand = Withdraw(platform="demo.open", appid="wx1", heard_at=datetime(2026, 11, 20, tzinfo=UTC))

    wiring.build_world().keep(errand)

    ((function, sent),) = answering.asked
    assert function == "liandong-local-mint_token"
    assert msgspec.convert(sent, Errand) == errand


def test_a_platform_without_a_ticket_is_busy_and_says_why(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, b'{"Code": "platform_ticket_missing", "Message": "Wait."}')

    with pytest.raises(Busy, match="Wait") as caught:
        wiring.build_world().mint("demo.open", rejected_version=None)

    assert caught.value.code == "platform_ticket_missing"


@pytest.mark.parametrize(("stage", "known"), [("local", ""), ("prod", "address_refused")])
def test_webhooks_lead_inside_on_a_desk_alone(environment: None, monkeypatch: pytest.MonkeyPatch, stage: str, known: str) -> None:
    monkeypatch.setenv("STAGE", stage)
    monkeypatch.setenv("WEBHOOK_HOSTS_ALLOWED", "127.0.0.1 localhost")

    courier = wiring.build_world().courier

    assert courier.check("http://127.0.0.1:5000/", limit_s=4) == known
    assert courier.check("http://127.0.0.2:5000/", limit_s=4) == "address_refused"


def test_every_queue_of_webhooks_has_its_name(environment: None) -> None:
    urls = wiring.queue_urls(wiring.build_world().settings)

    assert {name: url for name, url in urls.items() if name.startswith("webhooks")} == {
        "webhooks-0": "https://sqs.invalid/webhooks-0",
        "webhooks-1": "https://sqs.invalid/webhooks-1",
        "webhooks-slow": "https://sqs.invalid/webhooks-slow",
    }
