"""What a broadcast says is read when it is started and foreseen, and again before each part of it goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.broadcasts.routes import broadcasts as routes
from chalicelib.errors import Invalid
from tests.builders import MINI_APPID, TEMPLATE_ID, make_brand
from tests.scene import Scene

ABSOLUTE, DOUBTFUL, FINE = "全网最低价", "首选好礼", "秋季护理"
REASON = "the agency has confirmed it"


class Desk:
    """Whoever starts broadcasts of the brand demo, each to one customer of its own."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.house = scene, scene.house

    def order(self, text: str, *, user: str = "", **changes: Any) -> dict[str, Any]:
        user = user or self.scene.customer()
        to = {"type": "openid", "value": self.scene.openid(user, MINI_APPID), "account": "demo.mini"}
        data = {"thing1": text, "time2": "15:00"}
        step = {"channel": "subscribe_message", "account": "demo.mini", "template_id": TEMPLATE_ID, "data": data}
        return {"name": "autumn", "purpose": "service", "channels": [step], "audience": {"identifiers": [to]}, **changes}

    def call(self, path: str, body: Any = None, *, idempotency_key: str | None = None) -> tuple[int, Any]:
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return self.house.call("POST", f"/v1/broadcasts{path}", body, key=self.scene.key, headers=headers)

    def shown(self, broadcast: str) -> Any:
        return self.house.call("GET", f"/v1/broadcasts/{broadcast}", key=self.scene.key)[1]

    def later(self, minutes: int = 30) -> str:
        return (self.house.clock() + timedelta(minutes=minutes)).isoformat()

    def pass_time(self, minutes: int = 31) -> None:
        self.house.clock.advance(minutes=minutes)
        self.house.tick("send_due")
        self.house.work()

    def dislike(self, *words: str) -> None:
        """The brand's own words, in force once the clock has gone on."""
        order = {"words": [{"word": each} for each in words]}
        assert self.house.call("PUT", "/v1/content/words", order, key=self.scene.key)[0] == 201
        self.house.clock.advance(seconds=11)

    def audited(self, broadcast: str) -> list[dict[str, Any]]:
        rows = [row for row in self.house.rows("audit") if row["did"]["S"] == "content.overridden"]
        told = [msgspec.json.decode(row["about"]["S"]) for row in rows]
        return [about for about in told if about["name"] == broadcast]


@pytest.fixture(scope="module")
def desk(scene: Scene) -> Desk:
    return Desk(scene)


def test_a_text_that_breaks_a_rule_is_refused_and_leaves_nothing(desk: Desk) -> None:
    order = desk.order(ABSOLUTE)
    rows = len(desk.house.rows("counters"))

    status, body = desk.call("", order)

    assert (status, body["Code"], "$.channels[0].data.thing1" in body["Message"]) == (400, "content_refused", True)
    assert len(desk.house.rows("counters")) == rows


def test_a_reason_lets_it_through_and_is_written_down(desk: Desk) -> None:
    status, started = desk.call("", desk.order(ABSOLUTE, override=REASON))
    desk.house.work()

    assert (status, [each["rule"] for each in started["findings"]]) == (202, ["absolute-superlative"])
    assert [(about["kind"], about["account"], about["reason"]) for about in desk.audited(started["id"])] == [
        ("broadcast", "demo.mini", REASON)
    ]
    assert (desk.shown(started["id"])["state"], "findings" in desk.shown(started["id"])) == ("done", False)


def test_a_warning_is_told_and_stands_in_nobodys_way(desk: Desk) -> None:
    status, started = desk.call("", desk.order(DOUBTFUL))
    desk.house.work()

    assert (status, [each["severity"] for each in started["findings"]]) == (202, ["warn"])
    assert desk.shown(started["id"])["state"] == "done"


def test_a_preview_reads_as_the_order_would_and_writes_no_reason_down(desk: Desk) -> None:
    rows = len(desk.house.rows("audit"))

    refused = desk.call("/preview", desk.order(ABSOLUTE))
    status, told = desk.call("/preview", desk.order(ABSOLUTE, override=REASON))

    assert (refused[0], refused[1]["Code"]) == (400, "content_refused")
    assert (status, told["looked_at"], [each["found"] for each in told["findings"]]) == (200, 1, ["全网最低"])
    assert len(desk.house.rows("audit")) == rows


def test_one_for_later_is_read_again_when_it_begins_and_waits_for_somebody_to_say_why_it_may_go(desk: Desk) -> None:
    user = desk.scene.customer()
    started = desk.call("", desk.order("白鹭牌上新", user=user, not_before=desk.later()))[1]["id"]
    desk.dislike("白鹭牌")

    desk.pass_time()
    paused = desk.shown(started)
    without = desk.call(f"/{started}/resume")
    still = desk.shown(started)["state"]
    reached = desk.scene.sends(desk.scene.openid(user, MINI_APPID))
    status, resumed = desk.call(f"/{started}/resume", {"override": REASON})
    desk.house.work()

    assert (paused["state"], paused["why"], paused["looked_at"], reached) == ("paused", "content_refused", 0, [])
    assert (without[0], without[1]["Code"], still) == (400, "content_refused", "paused")
    assert (status, resumed["state"], resumed["why"], desk.shown(started)["state"]) == (200, "running", "", "done")
    assert len(desk.scene.sends(desk.scene.openid(user, MINI_APPID))) == 1
    assert [about["reason"] for about in desk.audited(started)] == [REASON]


def test_one_for_later_that_was_let_through_goes_without_another_word(desk: Desk) -> None:
    _, started = desk.call("", desk.order(ABSOLUTE, override=REASON, not_before=desk.later()))

    desk.pass_time()

    assert (desk.shown(started["id"])["state"], desk.shown(started["id"])["looked_at"]) == ("done", 1)


def test_a_word_the_brand_adds_stops_what_is_on_its_way(desk: Desk) -> None:
    _, started = desk.call("", desk.order("鸬鹚牌上新"))
    desk.dislike("鸬鹚牌")

    desk.house.work()

    assert (desk.shown(started["id"])["state"], desk.shown(started["id"])["looked_at"]) == ("paused", 0)


def test_one_that_is_done_is_not_read_any_more(desk: Desk) -> None:
    _, started = desk.call("", desk.order("翠鸟牌上新"))
    desk.house.work()
    desk.dislike("翠鸟牌")

    status, resumed = desk.call(f"/{started['id']}/resume")

    assert (status, resumed["state"]) == (200, "done")


def test_the_words_of_another_brand_stop_nothing(desk: Desk) -> None:
    rival = make_brand(desk.house, "rival")
    desk.house.call("PUT", "/v1/content/words", {"words": [{"word": "朱鹮牌"}]}, key=rival)
    desk.house.clock.advance(seconds=11)

    status, started = desk.call("", desk.order("朱鹮牌上新"))
    desk.house.work()

    assert (status, started["findings"], desk.shown(started["id"])["state"]) == (202, [], "done")


def test_an_order_that_was_taken_is_not_judged_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> None:
        raise Invalid("The template is gone.")

    said = desk.order("苍鹭牌上新")
    _, first = desk.call("", said, idempotency_key="judged")
    desk.dislike("苍鹭牌")
    monkeypatch.setattr(routes, "check_step", gone)

    status, again = desk.call("", said, idempotency_key="judged")
    other, body = desk.call("", said, idempotency_key="not judged yet")

    assert (status, again["id"], again["findings"]) == (202, first["id"], [])
    assert (other, body["Code"]) == (400, "field_invalid")


@pytest.mark.parametrize("body", [{"override": 1}, {"why": "x"}, []])
def test_a_resumption_says_a_reason_or_nothing(desk: Desk, body: Any) -> None:
    _, started = desk.call("", desk.order(FINE))

    status, told = desk.call(f"/{started['id']}/resume", body)

    assert (status, told["Code"]) == (400, "field_invalid")
