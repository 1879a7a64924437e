"""The registry of ways in, through its doors."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.staff.words import Scope
from tests.builders import make_accounts, make_brand, make_key
from tests.house import House

Json = dict[str, Any]


def page(**changes: Any) -> Json:
    return {"end": "mini_program", "account": "demo.mini", "path": "pages/index/index", "query": {"sku": "7"}, **changes}


def order(**changes: Any) -> Json:
    return {"name": "Poster at the till", "placement": "qr_material", "target": page(), "utm": {"source": "store"}, **changes}


@pytest.fixture
def key(house: House) -> str:
    made = make_brand(house)
    make_accounts(house, made)
    return made


def make(house: House, key: str, **changes: Any) -> Json:
    status, body = house.call("POST", "/v1/entries", order(**changes), key=key)
    assert status == 201, body
    made: Json = body
    return made


def change(made: Json, **changes: Any) -> Json:
    return {name: made[name] for name in ("revision", "name", "target", "schedule", "utm", "costs", "ticket")} | changes


def test_an_entry_has_a_code_of_its_own_and_an_address_for_good(house: House, key: str) -> None:
    made, other = make(house, key), make(house, key)

    shown = house.call("GET", f"/v1/entries/{made['id']}", key=key)

    assert made["link"] == f"https://api.example.com/l/demo.{made['id']}"
    assert made["id"] != other["id"]
    assert shown == (200, made)
    assert made["leads_to"] == page()


def test_the_same_order_under_one_idempotency_key_is_one_entry(house: House, key: str) -> None:
    first, again = (house.call("POST", "/v1/entries", order(), key=key, headers={"Idempotency-Key": "poster-1"}) for _ in range(2))

    other = house.call("POST", "/v1/entries", order(name="Another"), key=key, headers={"Idempotency-Key": "poster-1"})

    assert first == again
    assert (other[0], other[1]["Code"]) == (409, "idempotency_conflict")
    assert len(house.call("GET", "/v1/entries", key=key)[1]["entries"]) == 1


def test_the_registry_is_listed_by_placement_page_by_page(house: House, key: str) -> None:
    made = {make(house, key, placement=placement)["id"] for placement in ("menu", "sms", "sms", "sms", "web_page")}
    seen: list[Json] = []
    cursor = ""
    while True:
        _, body = house.call("GET", f"/v1/entries?limit=2{cursor}", key=key)
        seen += body["entries"]
        if body["cursor"] is None:
            break
        cursor = f"&cursor={body['cursor']}"

    _, texts = house.call("GET", "/v1/entries?placement=sms", key=key)

    assert {each["id"] for each in seen} == made
    assert [each["placement"] for each in seen] == ["menu", "sms", "sms", "sms", "web_page"]
    assert {each["placement"] for each in texts["entries"]} == {"sms"}
    assert len(texts["entries"]) == 3


def test_a_cursor_of_another_placement_is_refused(house: House, key: str) -> None:
    for _ in range(2):
        make(house, key)
    cursor = house.call("GET", "/v1/entries?limit=1", key=key)[1]["cursor"]

    status, body = house.call("GET", f"/v1/entries?placement=sms&cursor={cursor}", key=key)

    assert (status, body["Code"]) == (400, "cursor_invalid")


def test_a_change_is_kept_upon_the_revision_that_was_read(house: House, key: str) -> None:
    made = make(house, key)
    changed = house.call("PUT", f"/v1/entries/{made['id']}", change(made, name="New"), key=key)

    late = house.call("PUT", f"/v1/entries/{made['id']}", change(made, name="Late"), key=key)

    assert (changed[0], changed[1]["name"], changed[1]["revision"]) == (200, "New", 2)
    assert (late[0], late[1]["Code"]) == (409, "entry_changed")


def test_a_retired_entry_is_shown_and_neither_changed_nor_found_free(house: House, key: str) -> None:
    made = make(house, key)

    gone = [house.call("DELETE", f"/v1/entries/{made['id']}", key=key)[0] for _ in range(2)]

    status, body = house.call("PUT", f"/v1/entries/{made['id']}", change(made), key=key)
    assert gone == [204, 204]
    assert house.call("GET", f"/v1/entries/{made['id']}", key=key)[1]["retired_at"] == "2026-11-20T04:00:00Z"
    assert (status, body["Code"]) == (404, "entry_retired")


@pytest.mark.parametrize(
    "wrong",
    [
        {"placement": "canary"},
        {"target": page(path="/pages/index/index")},
        {"target": page(path="pages/index/index?x=1")},
        {"target": page(account="rival.mini")},
        {"target": page(account="demo.oa")},
        {"account": "demo.canary"},
        {"target": {"end": "web_page", "account": "demo.oa", "url": "https://evil.test/"}},
        {"utm": {"source": "a\nb"}},
        {"utm": {"source": "x" * 65}},
        {"ticket": True, "target": {"end": "official_account", "account": "demo.oa"}},
        {"costs": [{"first": "2026-11-02", "last": "2026-11-01", "fen": 1}]},
        {"schedule": [{"starts_at": "2026-11-02T00:00:00", "ends_at": "2026-11-03T00:00:00", "target": page()}]},
    ],
)
def test_what_cannot_be_an_entry_is_refused_by_its_field(house: House, key: str, wrong: Json) -> None:
    status, body = house.call("POST", "/v1/entries", order(**wrong), key=key)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert "anary" not in body["Message"]
    assert house.rows("documents") == []


def test_reading_and_writing_are_two_scopes(house: House, key: str) -> None:
    made = make(house, key)
    reader = make_key(house, "demo", Scope.entries_read)

    assert house.call("GET", f"/v1/entries/{made['id']}", key=reader)[0] == 200
    assert house.call("POST", "/v1/entries", order(), key=reader)[0] == 403
