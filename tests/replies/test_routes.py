"""Reply rules over HTTP: published, shown, rolled back, refused."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.staff.words import Scope
from tests.builders import make_brand, make_key, official_account, reply_rules
from tests.scene import Scene


def make_account(scene: Scene, name: str, **changes: Any) -> str:
    """A further official account; its address under the rules' door."""
    order = official_account(name=name, appid=f"wx0000000000{name}", **changes)
    status, body = scene.house.call("POST", "/v1/accounts", order, key=scene.key)
    assert status == 201, body
    return f"/v1/reply-rules/{body['id']}"


def rules(*texts: str) -> dict[str, Any]:
    """One rule a text, each a default."""
    return {"rules": [{"name": f"rule {place}", "when": {"on": "default"}, "text": [text]} for place, text in enumerate(texts)]}


def test_published_rules_are_shown_as_they_were_written(scene: Scene) -> None:
    door = make_account(scene, "shown")

    status, published = scene.house.call("PUT", door, reply_rules(), key=scene.key)
    shown_status, shown = scene.house.call("GET", door, key=scene.key)

    assert (status, published["version"], published["rules"], published["live"]) == (201, 1, 4, True)
    assert (shown_status, shown["account"], shown["version"]) == (200, "demo.shown", 1)
    assert [rule["name"] for rule in shown["written"]["rules"]] == ["welcome", "book", "help", "default"]
    assert shown["written"]["rules"][0]["text"] == reply_rules()["rules"][0]["text"]
    assert shown["versions"] == [published]


def test_every_publication_is_a_version_and_an_earlier_one_can_come_back(scene: Scene) -> None:
    door = make_account(scene, "versions")
    for text in ("eins", "zwei", "drei"):
        scene.house.call("PUT", door, rules(text), key=scene.key)

    status, rolled_back = scene.house.call("POST", f"{door}/rollback", {"version": 2}, key=scene.key)
    _, shown = scene.house.call("GET", door, key=scene.key)
    _, published = scene.house.call("PUT", door, rules("vier"), key=scene.key)

    assert (status, rolled_back["version"], rolled_back["live"]) == (200, 2, True)
    assert (shown["version"], shown["written"]["rules"][0]["text"]) == (2, ["zwei"])
    assert [(each["version"], each["live"]) for each in shown["versions"]] == [(3, False), (2, True), (1, False)]
    assert published["version"] == 4


@pytest.mark.parametrize("version", [4, 99_999_999, 10**12])
def test_a_version_that_never_was_cannot_come_back(scene: Scene, version: int) -> None:
    door = "/v1/reply-rules/demo.oa"

    status, body = scene.house.call("POST", f"{door}/rollback", {"version": version}, key=scene.key)
    _, shown = scene.house.call("GET", door, key=scene.key)

    assert (status, body["Code"]) == (404, "document_missing")
    assert shown["version"] == 1


def test_an_account_without_rules_shows_none(scene: Scene) -> None:
    door = make_account(scene, "silent")

    status, body = scene.house.call("GET", door, key=scene.key)

    assert (status, body["Code"]) == (404, "document_missing")


def test_publishing_and_rolling_back_are_written_down(scene: Scene) -> None:
    door = make_account(scene, "audited")
    scene.house.call("PUT", door, rules("eins"), key=scene.key)
    scene.house.call("POST", f"{door}/rollback", {"version": 1}, key=scene.key)

    done = [row["did"]["S"] for row in scene.house.rows("audit") if "demo.audited" in row["about"]["S"]]

    assert sorted(done) == ["account.created", "rules.published", "rules.rolled_back"]


LINK = {"label": "店", "mini_program": "demo.mini", "path": "pages/a", "fallback_url": "https://shop.example.com/"}
CARD = {"title": "预约", "mini_program": "demo.mini", "path": "pages/a", "thumb_media_id": "T"}


def rule(**changes: Any) -> dict[str, Any]:
    return {"rules": [{"name": "r", "when": {"on": "follow"}, "text": ["好"], **changes}]}


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (rule(text=[{**LINK, "mini_program": "demo.none"}]), "demo.none is no mini program of this brand"),
        (rule(card={**CARD, "mini_program": "demo.none"}), "demo.none is no mini program of this brand"),
        (rule(card={**CARD, "mini_program": "other.mini"}), "other.mini is no mini program of this brand"),
        (rule(text=[{**LINK, "mini_program": "demo.oa"}]), "demo.oa is no mini program of this brand"),
        ({"rules": [*rule()["rules"], *rule()["rules"]]}, "Two rules are called r"),
        (rule(text=["字" * 683]), "2048 bytes"),
        (rule(text=["a" * 2049]), "$.rules[0].text[0]"),
        (rule(text=[]), "answers nothing"),
        (rule(text=[""]), "$.rules[0].text[0]"),
        ({"rules": [{"name": f"r{n}", "when": {"on": "follow"}, "text": ["好"]} for n in range(1001)]}, "$.rules"),
        (rule(text=[{**LINK, "path": "/pages/a"}]), "path"),
        (rule(text=[{**LINK, "path": "pages/a b"}]), "path"),
        (rule(text=[{**LINK, "path": "pages/a\n"}]), "path"),
        (rule(card={**CARD, "path": ""}), "path"),
        (rule(text=[{**LINK, "fallback_url": "javascript:alert(1)"}]), "fallback_url"),
        (rule(text=[{**LINK, "fallback_url": "https://shop.example.com/\n"}]), "fallback_url"),
        (rule(when={"on": "keyword", "words": []}), "words"),
        (rule(when={"on": "keyword", "words": [" "]}), "words"),
        (rule(when={"on": "keyword", "words": ["a"], "match": "fuzzy"}), "match"),
        (rule(when={"on": "keyword", "words": ["("], "match": "regex"}), "none RE2 reads"),
        (rule(when={"on": "qr"}), "scenes"),
        (rule(when={"on": "keyword", "synonyms": ["none"]}), "no synonyms called none"),
        (rule(within=[{"from": "09:00", "until": "09:00"}]), "window"),
        (rule(within=[{"weekdays": [8]}]), "weekdays"),
        (rule(image="IMG"), "one answer"),
        (rule(tags=[2]), "tags"),
        (rule(once={"again": ["有了"]}), "material"),
        (rule(hand_over={"agent": "amy"}), "agent"),
        (rule(when={"on": "sunset"}), "when"),
        (rule(when={"on": "click", "key": ""}), "key"),
        (rule(colour="red"), "colour"),
        ({"rules": {}}, "$.rules"),
        ({}, "rules"),
        ([], "array"),
    ],
)
def test_rules_that_cannot_work_are_refused_by_field_and_change_nothing(scene: Scene, order: Any, told: str) -> None:
    status, body = scene.house.call("PUT", "/v1/reply-rules/demo.oa", order, key=scene.key)
    _, shown = scene.house.call("GET", "/v1/reply-rules/demo.oa", key=scene.key)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert told in body["Message"]
    assert shown["version"] == 1


def test_rules_that_do_not_fit_into_one_document_are_refused(scene: Scene) -> None:
    order = {"rules": [{"name": f"r{n}", "when": {"on": "follow"}, "text": ["a" * 2048]} for n in range(90)]}

    status, body = scene.house.call("PUT", "/v1/reply-rules/demo.oa", order, key=scene.key)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert "180000 bytes" in body["Message"]


def test_the_largest_document_there_may_be_is_kept_and_shown(scene: Scene) -> None:
    door = make_account(scene, "largest")
    order = {"rules": [{"name": f"r{n}", "when": {"on": "follow"}, "text": ["a" * 2000]} for n in range(85)]}

    status, _ = scene.house.call("PUT", door, order, key=scene.key)
    _, shown = scene.house.call("GET", door, key=scene.key)

    assert status == 201
    assert len(shown["written"]["rules"]) == 85


@pytest.mark.parametrize("account", ["demo.none", "other.oa", "oa"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_account_that_is_not_the_brands_own_has_no_rules_to_see_or_change(scene: Scene, method: str, account: str) -> None:
    status, body = scene.house.call(method, f"/v1/reply-rules/{account}", rules("x") if method == "PUT" else None, key=scene.key)

    assert (status, body["Code"]) == (404, "account_missing")


def test_another_brands_rules_stay_its_own(scene: Scene) -> None:
    other = make_brand(scene.house, "rival")
    scene.house.call("POST", "/v1/accounts", official_account(), key=other)

    status, published = scene.house.call("PUT", "/v1/reply-rules/rival.oa", rules("ours"), key=other)
    foreign_status, _ = scene.house.call("GET", "/v1/reply-rules/rival.oa", key=scene.key)
    _, own = scene.house.call("GET", "/v1/reply-rules/demo.oa", key=scene.key)

    assert (status, published["version"]) == (201, 1)
    assert foreign_status == 404
    assert own["written"]["rules"][0]["name"] == "welcome"


@pytest.mark.parametrize(("method", "path"), [("PUT", "demo.oa"), ("POST", "demo.oa/rollback")])
def test_a_key_without_the_scope_changes_no_rules(scene: Scene, method: str, path: str) -> None:
    reader = make_key(scene.house, "demo", Scope.accounts_read)

    status, body = scene.house.call(method, f"/v1/reply-rules/{path}", rules("x"), key=reader)

    assert (status, body["Code"]) == (403, "scope_missing")
