"""Rules over HTTP: checked, drafted, published, gone back to, tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.documents import tables
from chalicelib.lint.tables import read_passed
from chalicelib.lint.words import Subject
from tests.builders import MINI_APPID
from tests.triggers.ground import SHIPPED, Shop, reminder, rule, said, unshipped

TEXT = {"channel": "customer_service", "account": "demo.oa", "message": {"kind": "text", "text": "{{order}}"}}


def put(shop: Shop, *rules: dict[str, Any], **order: Any) -> tuple[int, Any]:
    status, told = shop.house.call("PUT", "/v1/triggers", {"rules": rules, **order}, key=shop.key)
    return status, told


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        (rule(type="parcel"), "$.rules[0].type"),
        (rule(type="event", where=[]), "$.rules[0].type"),
        (rule(where=[{"property": "colour", "is": 1}]), "$.rules[0].where[0].property"),
        (rule(where=[{"property": "state", "one_of": ["paid", "gone"]}]), "已支付, 已发货, 已完成"),
        (rule(when={"on": "moment", "of": "total_fen", "offset_s": 60}), "$.rules[0].when.of"),
        (rule(when={"on": "day", "days": 1, "at": "25:00"}), "$.rules[0].when.at"),
        (rule(when={"on": "day", "days": 1, "at": "18:00", "zone": "Mars/Olympus"}), "$.rules[0].when.zone"),
        (rule(purpose="marketing", channels=[TEXT]), "$.rules[0].topic"),
        (rule(purpose="marketing", topic="news", quiet="ignore", channels=[TEXT]), "$.rules[0].quiet"),
        (rule(channels=[said("{{record.data.colour}}", "15:00")]), "$.rules[0].channels[0].data.thing1"),
        (rule(channels=[said("{{order", "15:00")]), "$.rules[0].channels[0].data.thing1"),
        (rule(channels=[{**TEXT, "account": "other.oa"}]), "$.rules[0].channels[0].account"),
        (rule(channels=[{**TEXT, "account": "demo.mini", "channel": "template_message", "template_id": "T", "data": {"a1": "x"}}]), "$"),
        (rule(to={"type": "phone", "value": "13800138000"}), "$.rules[0].to"),
        (rule(to={"type": "device", "value": "d"}), "$.rules[0].to.type"),
        (rule(to={"type": "phone", "sealed": "2026-11.AAAA"}), "$.rules[0].to.sealed"),
        (rule(to={"type": "phone"}), "$.rules[0].to"),
        (rule(expires_s=1), "$.rules[0].expires_s"),
    ],
)
def test_a_rule_that_could_never_work_is_refused_by_its_place(shop: Shop, wrong: dict[str, Any], at: str) -> None:
    status, told = put(shop, wrong)

    assert (status, told["Code"]) == (400, "field_invalid")
    assert at in told["Message"]


def test_keywords_the_template_has_not_are_refused_when_written(shop: Shop) -> None:
    status, _ = shop.house.call("POST", "/v1/accounts/demo.mini/templates/sync", key=shop.key)
    assert status == 200

    missing = put(shop, rule(channels=[{**said("{{order}}", "15:00"), "data": {"thing1": "{{order}}"}}]))
    constant = put(shop, rule(channels=[said("{{order}}", "tomorrow")]))
    whole = put(shop, rule(channels=[said("{{order}}", "15:00")]))

    assert (missing[0], constant[0], whole[0]) == (400, 400, 201)
    assert "$.rules[0].channels[0].data.time2" in missing[1]["Message"]
    assert "$.rules[0].channels[0].data.time2" in constant[1]["Message"]


def test_two_rules_of_one_name_are_refused(shop: Shop) -> None:
    status, told = put(shop, rule(), rule())

    assert (status, "shipped" in told["Message"]) == (400, True)


def test_service_that_markets_needs_a_reason_which_is_kept(shop: Shop) -> None:
    marketing = {**TEXT, "message": {"kind": "text", "text": "订单 {{order}} 已发货，限时优惠，立即抢购！"}}

    refused = put(shop, rule(channels=[marketing]))
    passed = put(shop, rule(channels=[marketing]), override="the legal team has read it")

    assert (refused[0], refused[1]["Code"]) == (400, "content_refused")
    assert passed[0] == 201
    assert passed[1]["findings"]
    assert any("the legal team" in str(row) for row in shop.house.rows("audit"))


def test_a_lost_publication_of_triggers_takes_its_texts_out_of_lints_memory(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.rules(rule(channels=[TEXT]))
    before = read_passed("demo", Subject(kind="triggers"))
    monkeypatch.setattr(tables, "publish", lambda document, kept: False)

    status, _ = put(shop, rule(channels=[{**TEXT, "message": {"kind": "text", "text": "{{order}} 已发货"}}]))

    after = read_passed("demo", Subject(kind="triggers"))
    assert status == 503
    assert before is not None
    assert after is not None
    assert [each.text for each in after[0].texts] == [each.text for each in before[0].texts] == ["{{order}}"]


def test_a_fixed_recipient_is_shown_sealed_and_may_be_sent_back_so(shop: Shop) -> None:
    openid = shop.scene.openid(shop.scene.customer(), MINI_APPID)
    shop.rules(unshipped(to={"type": "openid", "account": "demo.mini", "value": openid}))

    shown = shop.house.call("GET", "/v1/triggers", key=shop.key)[1]["triggers"]
    again = put(shop, *shown["rules"])

    assert openid not in str(shown)
    assert openid not in str(shop.house.rows("documents"))
    assert again[0] == 201


def test_a_draft_is_published_once_it_is_as_it_was_read(shop: Shop) -> None:
    call = shop.house.call
    draft = call("PUT", "/v1/triggers/draft", {"revision": 0, "triggers": {"rules": [rule()]}}, key=shop.key)[1]

    stale = call("POST", "/v1/triggers/publish", {"revision": draft["revision"] + 1}, key=shop.key)
    status, published = call("POST", "/v1/triggers/publish", {"revision": draft["revision"]}, key=shop.key)
    gone = call("GET", "/v1/triggers/draft", key=shop.key)

    assert (stale[0], stale[1]["Code"]) == (409, "draft_changed")
    assert (status, published["live"]) == (201, True)
    assert gone[1]["Code"] == "document_missing"


def test_an_earlier_version_comes_back(shop: Shop) -> None:
    first = shop.rules(rule())["version"]
    shop.rules()

    status, told = shop.house.call("POST", "/v1/triggers/rollback", {"version": first}, key=shop.key)

    assert (status, told["rules"], told["live"]) == (200, 1, True)


def test_rules_are_tried_on_a_record_that_is_kept_nowhere(shop: Shop) -> None:
    shop.rules(rule(), unshipped(), reminder())
    paid = (shop.house.clock() - timedelta(hours=1)).isoformat()
    record = {"type": "order", "id": "SO1", "at": paid, "data": {"状态": "已支付", "paid_at": paid}}
    before = len(shop.house.rows("messages"))

    status, tried = shop.house.call("POST", "/v1/triggers/simulate", {"record": record}, key=shop.key)

    assert status == 200
    shipped, late = tried["rules"]
    assert (shipped["fires"], shipped["why"]) == (False, "condition")
    assert shipped["says"]["en"] == "The record is not as the rule wants it: look at `state`."
    assert (late["rule"], late["fires"]) == ("unshipped", True)
    assert late["channels"][0]["data"] == {"thing1": "订单待发货", "time2": "2026-11-20 11:00"}
    assert len(shop.house.rows("messages")) == before


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"state": SHIPPED}, "field_missing"),
        ({"state": SHIPPED, "shipped_at": "2026-10-01T00:00:00Z", "updated_at": "2026-10-01T00:00:00Z"}, "too_old"),
        ({"state": "paid"}, "condition"),
    ],
)
def test_a_rule_that_does_not_fire_says_why(shop: Shop, data: dict[str, Any], why: str) -> None:
    shop.rules(rule())
    record = {"type": "order", "id": "SO1", "at": shop.at(), "data": data}

    tried = shop.house.call("POST", "/v1/triggers/simulate", {"record": record}, key=shop.key)[1]

    assert [each["why"] for each in tried["rules"]] == [why]


def test_a_draft_is_tried_before_it_is_in_force(shop: Shop) -> None:
    shop.rules()
    shop.house.call("DELETE", "/v1/triggers/draft", key=shop.key)
    shop.house.call("PUT", "/v1/triggers/draft", {"revision": 0, "triggers": {"rules": [rule(channels=[TEXT])]}}, key=shop.key)
    record = {"type": "order", "id": "SO1", "at": shop.at(), "data": {"state": SHIPPED}}

    tried = [
        shop.house.call("POST", "/v1/triggers/simulate", {"record": record, "draft": draft}, key=shop.key)[1]["rules"]
        for draft in (False, True)
    ]

    assert tried[0] == []
    assert [each["channels"][0]["message"]["text"] for each in tried[1]] == ["SO1"]
