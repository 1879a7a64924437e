"""What a message says is read before it is planned: what refuses it, what is only told, and that its words stay nowhere."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.consent.words import Purpose
from chalicelib.messaging.rules.texts import written_in
from chalicelib.messaging.words.contents import AnyStep
from tests.builders import make_brand
from tests.scene import Scene, watched

ASKS = "新品首发，立即购买"
NAMES = "王小明，您的【爆款】顶级和牛套餐已发货，地址：国家级公园路 1 号"
OWN_WORD = "蓝鲸牌"


@pytest.fixture(scope="module")
def customer(scene: Scene) -> str:
    """Somebody who says something to the official account and may be answered."""
    user = scene.customer()
    scene.follow(user)
    scene.say(user, "hello")
    scene.house.work()
    return user


def order(scene: Scene, user: str, text: str, **changes: Any) -> dict[str, Any]:
    channel = {"channel": "customer_service", "account": "demo.oa", "message": {"kind": "text", "text": text}}
    return {**scene.order(user), "channels": [channel], **changes}


def audited(scene: Scene) -> list[dict[str, Any]]:
    rows = [row for row in scene.house.rows("audit") if row["did"]["S"] == "content.overridden"]
    return [msgspec.json.decode(row["about"]["S"]) for row in rows]


def publish_words(scene: Scene, key: str, *words: str) -> None:
    """In force everywhere once the clock has gone on."""
    status, told = scene.house.call("PUT", "/v1/content/words", {"words": [{"word": each} for each in words]}, key=key)
    assert status == 201, told
    scene.house.clock.advance(seconds=11)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            {"channel": "subscribe_message", "account": "demo.mini", "template_id": "T", "data": {"thing1": "a"}, "page": "pages/x"},
            {"$[0].data.thing1": "a"},
        ),
        (
            {"channel": "template_message", "account": "demo.oa", "template_id": "T", "data": {"url": "a"}, "url": "https://x.example"},
            {"$[0].data.url": "a"},
        ),
        (
            {"channel": "push", "account": "demo.app", "title": "a", "text": "b", "data": {"note": "unseen"}},
            {"$[0].title": "a", "$[0].text": "b"},
        ),
        ({"channel": "sms", "account": "demo.mini", "text": "a"}, {"$[0].text": "a"}),
        (
            {
                "channel": "customer_service",
                "account": "demo.oa",
                "message": {"kind": "menu", "head": "a", "items": [{"id": "1", "text": "b"}], "tail": "c"},
            },
            {"$[0].message.head": "a", "$[0].message.items[0].text": "b", "$[0].message.tail": "c"},
        ),
        (
            {
                "channel": "customer_service",
                "account": "demo.oa",
                "message": {"kind": "news", "title": "a", "description": "b", "url": "https://x.example"},
            },
            {"$[0].message.title": "a", "$[0].message.description": "b"},
        ),
        ({"channel": "customer_service", "account": "demo.oa", "message": {"kind": "image", "media_id": "M"}}, {}),
    ],
)
def test_all_that_people_read_is_read_and_nothing_else(step: dict[str, Any], said: dict[str, str]) -> None:
    found = written_in(msgspec.convert(step, AnyStep), "$[0]", Purpose.service)

    assert {each.place: each.text for each in found} == said


def test_a_service_message_that_asks_to_buy_is_refused_and_leaves_nothing(scene: Scene, customer: str) -> None:
    rows = len(scene.house.rows("messages"))

    status, body = scene.post(order(scene, customer, ASKS))

    assert (status, body["Code"]) == (400, "content_refused")
    assert "$.channels[0].message.text, characters 5 to 8 (service-asks-to-buy)" in body["Message"]
    assert ASKS[:4] not in body["Message"]
    assert (len(scene.house.rows("messages")), scene.house.queued("outbox")) == (rows, 0)


def test_the_keywords_of_a_notice_may_not_ask_to_buy_either(scene: Scene, customer: str) -> None:
    status, body = scene.post(scene.order(customer, data={"thing1": "立即抢购", "time2": "15:00"}))

    assert (status, body["Code"], "$.channels[0].data.thing1" in body["Message"]) == (400, "content_refused", True)


def test_a_notice_is_never_refused_for_the_names_in_it_and_what_was_found_is_told_without_them(scene: Scene, customer: str) -> None:
    status, planned = scene.post(order(scene, customer, NAMES))
    scene.house.work()

    assert (status, scene.message(planned["id"])["state"]) == (202, "accepted")
    assert {each["rule"] for each in planned["findings"]} == {"absolute-named", "absolute-superlative", "service-markets"}
    assert {(each["severity"], each["place"], each["found"]) for each in planned["findings"]} == {
        ("warn", "$.channels[0].message.text", "")
    }
    kept = f"{scene.house.rows('documents')}{scene.house.rows('messages')}{scene.house.rows('audit')}{planned}"
    assert [part for part in ("王小明", "和牛套餐", "公园路") if part in kept] == []


def test_a_reason_lets_a_text_through_and_is_written_down(scene: Scene, customer: str) -> None:
    short, _ = scene.post(order(scene, customer, ASKS, override="why"))

    status, planned = scene.post(order(scene, customer, ASKS, override="she asked when it is on sale"))
    scene.house.work()

    assert (short, status, scene.message(planned["id"])["state"]) == (400, 202, "accepted")
    assert [(each["rule"], each["severity"]) for each in planned["findings"]] == [("service-asks-to-buy", "refuse")]
    assert [about for about in audited(scene) if about["name"] == planned["id"]] == [
        {
            "kind": "message",
            "account": "demo.oa",
            "name": planned["id"],
            "rules": ["service-asks-to-buy"],
            "reason": "she asked when it is on sale",
        }
    ]


def test_marketing_may_ask_to_buy_and_may_not_claim_to_be_the_best(scene: Scene, customer: str) -> None:
    status, _ = scene.post(order(scene, customer, ASKS, purpose="marketing"))
    refused, body = scene.post(order(scene, customer, "全网最低价", purpose="marketing"))
    scene.take("outbox")

    assert (status, refused, body["Code"]) == (202, 400, "content_refused")


def test_an_order_that_was_taken_is_not_refused_when_it_comes_again_under_other_rules(scene: Scene, customer: str) -> None:
    said = order(scene, customer, f"{OWN_WORD}上新", purpose="marketing")
    _, first = scene.post(said, idempotency_key="reading-1")
    publish_words(scene, scene.key, OWN_WORD)

    status, again = scene.post(said, idempotency_key="reading-1")
    other, body = scene.post(said, idempotency_key="reading-2")
    scene.take("outbox")

    assert (status, again["id"], again["findings"]) == (202, first["id"], [])
    assert (other, body["Code"]) == (400, "content_refused")


def test_a_brands_own_words_hold_for_nobody_else(scene: Scene, customer: str) -> None:
    publish_words(scene, make_brand(scene.house, "rival"), "独角兽")

    status, planned = scene.post(order(scene, customer, "独角兽上新", purpose="marketing"))
    scene.take("outbox")

    assert (status, planned["findings"]) == (202, [])


def test_reading_asks_aws_for_nothing_once_the_words_are_known(scene: Scene, customer: str) -> None:
    def calls(text: str) -> list[str]:
        with watched() as seen:
            assert scene.post(order(scene, customer, text))[0] == 202
        return list(seen)

    calls("您的订单已发货")
    silent, told = calls("您的订单已发货"), calls(NAMES)
    scene.take("outbox")

    assert told == silent == ["GetItem", "GetItem", "PutItem", "SendMessageBatch"]
