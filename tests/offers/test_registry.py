"""Offers over HTTP: drafted, published, rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.lint.tables import read_passed
from chalicelib.lint.words import Subject
from chalicelib.staff.words import Scope
from tests.builders import log_in, make_key, make_user
from tests.house import open_house
from tests.offers.ground import gift, trio
from tests.scene import Scene

DRAFT = "/v1/offers/draft"
OFFENCE = "全国第一的小店"


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with open_house() as house:
        yield Scene(house)


@pytest.fixture(autouse=True)
def _nothing_is_drafted(scene: Scene) -> Iterator[None]:
    yield
    call(scene, "DELETE", DRAFT)


def call(scene: Scene, method: str, target: str, body: Any = None) -> tuple[int, Any]:
    return scene.house.call(method, target, body, key=scene.key)


def publish(scene: Scene, *offers: dict[str, Any]) -> Any:
    status, body = call(scene, "PUT", "/v1/offers", {"offers": list(offers)})
    assert status == 201, body
    return body


def save(scene: Scene, *offers: dict[str, Any], revision: int = 0) -> tuple[int, Any]:
    return call(scene, "PUT", DRAFT, {"revision": revision, "offers": list(offers)})


def draft(scene: Scene, *offers: dict[str, Any]) -> int:
    """A new draft; its revision, which goes on from the draft before."""
    status, body = save(scene, *offers)
    assert status == 200, body
    return int(body["revision"])


def names(shown: Any) -> list[str]:
    return [offer["name"] for offer in shown["offers"]]


def test_a_draft_changes_nothing_until_it_is_published_and_is_gone_then(scene: Scene) -> None:
    before = publish(scene, trio())["version"]
    revision = draft(scene, gift())

    drafted, live = call(scene, "GET", DRAFT)[1], call(scene, "GET", "/v1/offers")[1]
    status, published = call(scene, "POST", "/v1/offers/publish", {"revision": revision})

    assert (names(drafted), drafted["refused"], names(live), live["version"]) == (["gift"], None, ["trio"], before)
    assert (status, published["version"], names(call(scene, "GET", "/v1/offers")[1])) == (201, before + 1, ["gift"])
    assert call(scene, "GET", DRAFT)[1]["Code"] == "document_missing"


def test_of_two_who_change_a_draft_the_later_one_is_told(scene: Scene) -> None:
    revision = draft(scene, trio())
    save(scene, gift(), revision=revision)

    stale = save(scene, trio(), revision=revision)
    unread = call(scene, "POST", "/v1/offers/publish", {"revision": revision})

    assert [(status, body["Code"]) for status, body in (stale, unread)] == [(409, "draft_changed")] * 2
    assert names(call(scene, "GET", DRAFT)[1]) == ["gift"]


def test_a_draft_that_could_not_be_published_is_kept_and_says_why(scene: Scene) -> None:
    published = publish(scene, trio())["version"]

    status, unready = save(scene, gift(followers_of="demo.mini"))
    refused = call(scene, "POST", "/v1/offers/publish", {"revision": unready["revision"]})

    assert (status, "$.offers[0].followers_of" in unready["refused"]) == (200, True)
    assert (refused[0], refused[1]["Code"]) == (400, "field_invalid")
    assert call(scene, "GET", "/v1/offers")[1]["version"] == published


def test_a_draft_whose_texts_break_a_rule_is_published_with_a_reason_alone(scene: Scene) -> None:
    revision = draft(scene, trio(title=OFFENCE))

    refused = call(scene, "POST", "/v1/offers/publish", {"revision": revision})
    status, published = call(scene, "POST", "/v1/offers/publish", {"revision": revision, "override": "名字就叫这个"})

    assert (refused[0], refused[1]["Code"]) == (400, "content_refused")
    assert (status, published["findings"][0]["place"]) == (201, "$.offers[0].title")


def test_who_has_read_a_draft_that_was_published_neither_writes_over_the_next_nor_publishes_it(scene: Scene) -> None:
    read = draft(scene, trio())
    call(scene, "POST", "/v1/offers/publish", {"revision": read})
    begun = draft(scene, gift())

    late = save(scene, trio(), revision=read), call(scene, "POST", "/v1/offers/publish", {"revision": read})

    assert [body["Code"] for _, body in late] == ["draft_changed"] * 2
    assert (begun > read, names(call(scene, "GET", DRAFT)[1])) == (True, ["gift"])


def test_a_dropped_draft_is_gone_and_dropping_it_again_does_no_harm(scene: Scene) -> None:
    save(scene, trio())

    dropped = [call(scene, "DELETE", DRAFT)[0] for _ in range(2)]

    assert (dropped, call(scene, "POST", "/v1/offers/publish", {"revision": 1})[1]["Code"]) == ([204, 204], "document_missing")


def test_a_rollback_puts_an_earlier_version_in_force_and_open_groups_keep_their_terms(scene: Scene) -> None:
    earlier = publish(scene, trio(size=2))["version"]
    later = publish(scene, trio(size=5))["version"]
    scene.house.new_container()
    session = log_in(scene.house, make_user(scene.house))["session_token"]
    group = scene.house.call("POST", "/v1/me/groups", {"offer": "trio", "order": "rolled-back"}, key=session)[1]

    status, back = call(scene, "POST", "/v1/offers/rollback", {"version": earlier})
    live = call(scene, "GET", "/v1/offers")[1]
    kept = scene.house.call("GET", f"/v1/me/groups/{group['id']}", key=session)[1]

    assert (status, back["version"], back["offers"][0]["size"]) == (200, earlier, 2)
    assert [(each["version"], each["live"]) for each in live["versions"][:2]] == [(later, False), (earlier, True)]
    assert (live["version"], group["size"], kept["size"]) == (earlier, 5, 5)


def test_of_offers_that_came_too_late_newer_rules_of_the_lint_read_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(scene, trio())
    monkeypatch.setattr("chalicelib.documents.tables.publish", lambda document, kept: False)

    status, _ = call(scene, "PUT", "/v1/offers", {"offers": [gift()]})

    kept = read_passed("demo", Subject(kind="offers"))
    assert (status, kept is not None and [each.text for each in kept[0].texts]) == (503, ["三人拼团"])


def test_a_rollback_is_in_force_on_another_container_within_ten_seconds(scene: Scene) -> None:
    first = publish(scene, trio(), gift())["version"]
    publish(scene, trio())
    scene.house.new_container()
    session = log_in(scene.house, make_user(scene.house))["session_token"]

    def issued() -> int:
        return scene.house.call("POST", "/v1/me/codes", {"offer": "gift"}, key=session)[0]

    elsewhere = scene.house.world
    before = issued()
    scene.house.new_container()
    call(scene, "POST", "/v1/offers/rollback", {"version": first})
    scene.house.enter(elsewhere)
    scene.house.clock.advance(seconds=10)

    assert (before, issued()) == (404, 201)


def test_texts_of_an_earlier_version_are_read_by_the_rules_of_today(scene: Scene) -> None:
    status, body = call(scene, "PUT", "/v1/offers", {"offers": [trio(title=OFFENCE)], "override": "名字就叫这个"})
    assert status == 201, body
    publish(scene, trio())

    refused = call(scene, "POST", "/v1/offers/rollback", {"version": body["version"]})
    passed = call(scene, "POST", "/v1/offers/rollback", {"version": body["version"], "override": "名字就叫这个"})

    assert (refused[0], refused[1]["Code"], passed[0]) == (400, "content_refused", 200)


def test_a_version_that_is_none_is_missing(scene: Scene) -> None:
    assert call(scene, "POST", "/v1/offers/rollback", {"version": 9999})[1]["Code"] == "document_missing"


def test_a_key_that_may_only_look_drafts_and_rolls_back_nothing(scene: Scene) -> None:
    reader = make_key(scene.house, "demo", Scope.offers_read)
    asked = [
        ("PUT", DRAFT, {"revision": 0, "offers": []}),
        ("DELETE", DRAFT, None),
        ("POST", "/v1/offers/publish", {"revision": 1}),
        ("POST", "/v1/offers/rollback", {"version": 1}),
    ]

    assert {scene.house.call(*each, key=reader)[1]["Code"] for each in asked} == {"scope_missing"}
