"""A dictionary tried out on records that are there: what it tells comes true when it is published, and trying changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.hub.tables import samples
from tests.builders import make_brand
from tests.hub.source import Bringer

STRICT: dict[str, Any] = {
    "order": {"fields": {"room": {"type": "integer", "mode": "quarantine"}, "floor": {"type": "integer", "mode": "block"}}}
}


@pytest.fixture(autouse=True)
def ground(hub: Bringer) -> None:
    """Each test has the sample and the quarantine for itself."""
    hub.house.empty()
    hub.key = make_brand(hub.house)


def tried(hub: Bringer, types: dict[str, Any], **more: Any) -> dict[str, Any]:
    status, answer = hub.house.call("POST", "/v1/dictionary/dry-run", {"types": types, **more}, key=hub.key)
    assert status == 200, answer
    result: dict[str, Any] = answer
    return result


def of_orders(rehearsal: dict[str, Any]) -> dict[str, Any]:
    (found,) = [each for each in rehearsal["types"] if each["type"] == "order"]
    result: dict[str, Any] = found
    return result


def test_what_a_dry_run_tells_comes_true_when_the_dictionary_is_published(hub: Bringer) -> None:
    given: list[dict[str, Any]] = [{"room": "a"}, {"room": 7}, {"floor": "b"}, {}, {"colour": "red"}]
    orders = [hub.order(data={"state": 1, **data}) for data in given]
    hub.bring(*orders)

    told = of_orders(tried(hub, STRICT))["kept"]
    hub.house.call("PUT", "/v1/dictionary", {"types": STRICT}, key=hub.key)
    hub.house.new_container()
    status, taken = hub.send(*[{**order, "version": 10**14} for order in orders])

    assert status == 202
    assert told == {"looked_at": 5, "same": 2, "otherwise": 1, "held": 1, "blocked": 1}
    assert hub.verdicts(taken) == ["quarantined", "accepted", "rejected", "accepted", "accepted"]


def test_held_records_that_would_go_through_are_counted_and_do_when_they_are_replayed(hub: Bringer) -> None:
    hub.bring(*[hub.order(data={"state": "部分发货"}) for _ in range(3)], hub.order(data={"state": "???"}))
    learnt = {"order": {"fields": {"state": {"type": "choice", "choices": {"部分发货": 2}, "required": True, "mode": "quarantine"}}}}

    told = of_orders(tried(hub, learnt))["held"]
    hub.house.call("PUT", "/v1/dictionary", {"types": learnt}, key=hub.key)
    hub.house.new_container()
    _, before = hub.house.call("GET", "/v1/quarantine", key=hub.key)
    hub.house.call("POST", f"/v1/quarantine/{before['groups'][0]['id']}/replay", key=hub.key)
    hub.house.work()
    _, after = hub.house.call("GET", "/v1/quarantine", key=hub.key)

    assert told == {"there_are": 4, "looked_at": 4, "through": 3, "held": 1, "blocked": 0}
    assert (before["groups"][0]["count"], after["groups"][0]["count"]) == (4, 1)


def test_a_dry_run_changes_nothing(hub: Bringer) -> None:
    hub.bring(hub.order(data={"state": 1, "room": "a"}), hub.order(data={"state": "???"}))
    tables = ("records", "quarantine", "documents", "identities")
    before = {table: hub.house.rows(table) for table in tables}

    tried(hub, STRICT)

    assert {table: hub.house.rows(table) for table in tables} == before
    assert hub.house.queued("records") == 0


def test_a_sample_is_as_large_as_asked_and_holds_the_newest_parts(hub: Bringer) -> None:
    for _ in range(3):
        hub.bring(*[hub.order() for _ in range(12)])
        hub.house.clock.advance(seconds=1)
    hub.bring(hub.order(data={"state": 1, "room": "newest"}))

    told = of_orders(tried(hub, STRICT, sample=5))

    assert told["kept"]["looked_at"] == 5
    assert told["kept"]["held"] == 1


def test_a_type_that_is_left_out_and_would_be_gone_is_told(hub: Bringer) -> None:
    hub.house.call("PUT", "/v1/dictionary", {"types": {"visit": {"fields": {"room": {"type": "text"}}}}}, key=hub.key)
    hub.house.new_container()
    hub.bring(hub.order(type="visit", data={"room": "7"}))

    (visit,) = tried(hub, {})["types"]

    assert (visit["type"], visit["kept"]["blocked"]) == ("visit", 1)
    assert visit["signs"][0]["code"] == "unknown_type"


def test_no_personal_value_is_in_what_is_told(hub: Bringer) -> None:
    phone = "13987654321"
    data = {"state": 1, "收货电话": phone, "收货人": "王小明", "secret": phone, "birthday": "1990-01-02"}
    hub.bring(hub.order(id=phone, who={"phone": phone}, data=data))
    curious = {
        "receiver_phone": {"type": "integer"},
        "receiver_name": {"type": "integer"},
        "secret": {"type": "integer"},
    }

    told = str(tried(hub, {"order": {"fields": curious}}))

    assert "signs" in told
    assert not [value for value in (phone, phone[3:], "小明") if value in told]


@pytest.mark.parametrize(
    "wrong", [{"sample": 0}, {"sample": 501}, {"sample": "all"}, {"types": {"order": {"fields": {"x": {"type": "money"}}}}}]
)
def test_what_could_not_be_published_is_refused_the_same_here(hub: Bringer, wrong: dict[str, Any]) -> None:
    status, answer = hub.house.call("POST", "/v1/dictionary/dry-run", {"types": {}, **wrong}, key=hub.key)

    assert (status, answer["Code"]) == (400, "field_invalid")


def test_places_of_a_sample_are_taken_by_later_parts(hub: Bringer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "PLACES", 1)
    hub.bring(*[hub.order() for _ in range(12)])
    hub.bring(hub.order())

    assert of_orders(tried(hub, STRICT))["kept"]["looked_at"] == 1


def test_a_part_delivered_again_leaves_one_sample(hub: Bringer) -> None:
    order = hub.order()
    hub.bring(order)
    hub.bring(order)

    assert len(samples.list_keys("demo", "order", most=500)) == 1
