"""Guidance over HTTP: written by the brand, asked for by an end, followed by way of WeChat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.lint.tables import read_passed
from chalicelib.lint.words import Subject
from chalicelib.staff.words import Scope
from tests.builders import log_in, make_key, make_user
from tests.guidance.ground import SCAN, rule, written
from tests.house import open_house
from tests.scene import Scene


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with open_house() as house:
        scene = Scene(house)
        status, body = house.call("PUT", "/v1/guidance", written(), key=scene.key)
        assert status == 201, body
        yield scene


@pytest.fixture
def user(scene: Scene) -> str:
    return make_user(scene.house)


def ask(scene: Scene, session: str, /, **changes: Any) -> tuple[int, Any]:
    question = {"placement": "shelf", "page": "pages/item/index", "dwell_s": 6, "scene": SCAN, **changes}
    return scene.house.call("GET", f"/v1/me/guidance?{urlencode(question)}", key=session)


def followed(scene: Scene) -> int:
    _, stats = scene.house.call("GET", "/v1/guidance/stats", key=scene.key)
    return sum(each["followed"] for each in stats["tallies"])


def test_somebody_is_asked_follows_and_is_never_asked_again(scene: Scene, user: str) -> None:
    session = log_in(scene.house, user)["session_token"]
    before = followed(scene)

    _, shown = ask(scene, session)
    scene.follow(user)
    scene.house.work()
    scene.house.clock.advance(hours=25)
    session = log_in(scene.house, user)["session_token"]
    _, later = ask(scene, session)
    scene.house.clock.advance(hours=-25)

    assert (shown["show"], shown["closable"], shown["way"]["means"]) == (True, True, "official_account_component")
    assert (later["show"], later["reason"]) == (False, "already_there")
    assert followed(scene) == before + 1


def test_somebody_who_follows_unasked_counts_for_nothing(scene: Scene) -> None:
    before = followed(scene)

    scene.follower()

    assert followed(scene) == before


def test_what_was_closed_is_told_once_by_whoever_saw_it(scene: Scene, user: str) -> None:
    session, other = (log_in(scene.house, each)["session_token"] for each in (user, make_user(scene.house)))
    showing = ask(scene, session)[1]["showing"]
    closed = f"/v1/me/guidance/{showing}/closed"

    answers = [scene.house.raw("POST", closed, headers={"Authorization": f"Bearer {each}"})[0] for each in (other, session, session)]

    assert answers == [404, 204, 204]


@pytest.mark.parametrize(
    "wrong",
    [
        {"placement": "Shelf!"},
        {"page": "/pages/item"},
        {"page": "pages/item?x=1"},
        {"trigger": "boredom"},
        {"dwell_s": "-1"},
        {"dwell_s": "soon"},
        {"scene": "47"},
        {"pages": "0"},
    ],
)
def test_a_question_that_is_none_is_refused_and_not_quoted(scene: Scene, user: str, wrong: dict[str, str]) -> None:
    session = log_in(scene.house, user)["session_token"]

    status, body = ask(scene, session, **wrong)

    (name, value) = next(iter(wrong.items()))
    assert (status, body["Code"]) == (400, "field_invalid")
    assert name in body["Message"]
    assert len(value) < 3 or value not in body["Message"]


def test_guidance_is_drafted_published_and_rolled_back(scene: Scene) -> None:
    house, key = scene.house, scene.key
    other = written(rule(name="other"))

    saved = house.call("PUT", "/v1/guidance/draft", {"revision": 0, "guidance": other}, key=key)
    revision = saved[1]["revision"]
    late = house.call("PUT", "/v1/guidance/draft", {"revision": 0, "guidance": written(rule(name="late"))}, key=key)
    unread = house.call("POST", "/v1/guidance/publish", {"revision": revision + 1}, key=key)
    published = house.call("POST", "/v1/guidance/publish", {"revision": revision}, key=key)
    live = house.call("GET", "/v1/guidance", key=key)
    back = house.call("POST", "/v1/guidance/rollback", {"version": 1}, key=key)

    assert (saved[0], late[1]["Code"], unread[1]["Code"]) == (200, "draft_changed", "draft_changed")
    assert (published[0], live[1]["guidance"]["rules"][0]["name"], back[1]["version"]) == (201, "other", 1)
    assert house.call("GET", "/v1/guidance/draft", key=key)[1]["Code"] == "document_missing"


def test_a_dropped_draft_is_gone_and_dropping_it_again_does_no_harm(scene: Scene) -> None:
    scene.house.call("PUT", "/v1/guidance/draft", {"revision": 0, "guidance": written(rule())}, key=scene.key)

    dropped = [scene.house.call("DELETE", "/v1/guidance/draft", key=scene.key)[0] for _ in range(2)]

    assert dropped == [204, 204]
    assert scene.house.call("POST", "/v1/guidance/publish", {"revision": 1}, key=scene.key)[1]["Code"] == "document_missing"


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"target": {"kind": "official_account", "account": "demo.mini"}}, "$.rules[0].target.account"),
        ({"target": {"kind": "official_account", "account": "rival.oa"}}, "$.rules[0].target.account"),
        ({"target": {"kind": "app", "account": "demo.oa"}}, "$.rules[0].target.account"),
        ({"variants": [{"name": "a", "title": "a", "button": "a"}] * 2}, "$.rules[0].variants"),
        ({"variants": []}, "$.rules[0].variants"),
        ({"forced": True}, "$.rules[0]"),
        ({"trigger": "entry"}, "$.rules[0].trigger"),
        (
            {"target": {"kind": "official_account", "account": "demo.oa", "article": "https://evil.example.com/"}},
            "$.rules[0].target.article",
        ),
    ],
)
def test_rules_that_cannot_hold_are_refused_with_their_place(scene: Scene, wrong: dict[str, Any], place: str) -> None:
    status, body = scene.house.call("PUT", "/v1/guidance", written(rule(**wrong)), key=scene.key)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert f"`{place}`" in body["Message"]


def test_copy_that_buys_follows_is_refused_unless_somebody_says_why(scene: Scene) -> None:
    bought = written(rule(variants=[{"name": "a", "title": "关注领红包", "button": "去领"}]))

    refused = scene.house.call("PUT", "/v1/guidance", bought, key=scene.key)
    passed = scene.house.call("PUT", "/v1/guidance", {**bought, "override": "the lawyers agree"}, key=scene.key)
    back = scene.house.call("POST", "/v1/guidance/rollback", {"version": passed[1]["version"]}, key=scene.key)
    scene.house.call("PUT", "/v1/guidance", written(), key=scene.key)

    assert (refused[0], refused[1]["Code"], passed[0], back[1]["Code"]) == (400, "content_refused", 201, "content_refused")
    assert "$.rules[0].variants[0]" in refused[1]["Message"]
    assert [each["category"] for each in passed[1]["findings"]] == ["induced_following"]


def test_of_guidance_that_came_too_late_newer_rules_of_the_lint_read_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    late = written(rule(variants=[{"name": "late", "title": "来晚了", "button": "去关注"}]))
    assert scene.house.call("PUT", "/v1/guidance", written(), key=scene.key)[0] == 201
    monkeypatch.setattr("chalicelib.documents.tables.publish", lambda document, kept: False)

    status, _ = scene.house.call("PUT", "/v1/guidance", late, key=scene.key)

    kept = read_passed("demo", Subject(kind="guidance"))
    assert (status, kept is not None and [each.text for each in kept[0].texts]) == (503, ["关注公众号\n\n去关注"])


def test_a_version_that_is_none_is_missing(scene: Scene) -> None:
    assert scene.house.call("POST", "/v1/guidance/rollback", {"version": 4000}, key=scene.key)[1]["Code"] == "document_missing"


def test_two_rules_of_one_name_are_refused(scene: Scene) -> None:
    assert scene.house.call("PUT", "/v1/guidance", written(rule(), rule()), key=scene.key)[0] == 400


def test_a_key_without_the_scope_writes_no_guidance(scene: Scene) -> None:
    reader = make_key(scene.house, "demo", Scope.accounts_read)

    status, body = scene.house.call("PUT", "/v1/guidance", written(), key=reader)

    assert (status, body["Code"]) == (403, "scope_missing")


@pytest.mark.parametrize("days", ["since=2026-11-01&until=2026-10-01", "since=2026-1-1", "since=2020-01-01", "until=soon"])
def test_days_that_are_none_are_refused(scene: Scene, days: str) -> None:
    assert scene.house.call("GET", f"/v1/guidance/stats?{days}", key=scene.key)[1]["Code"] == "field_invalid"
