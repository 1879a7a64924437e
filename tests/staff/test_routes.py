"""API keys over HTTP."""

from __future__ import annotations

from chalicelib.staff.words import Scope
from tests.builders import make_brand, make_key
from tests.house import House


def test_a_key_is_made_used_listed_and_revoked_over_http(house: House) -> None:
    admin = make_brand(house)

    made_status, made = house.call("POST", "/v1/keys", {"scopes": ["accounts:read"], "note": "CMS"}, key=admin)
    used_status, _ = house.call("GET", "/v1/accounts", key=made["key"])
    listed_status, listed = house.call("GET", "/v1/keys", key=admin)
    revoked_status, revoked = house.call("DELETE", f"/v1/keys/{made['id']}", key=admin)
    refused_status, refused = house.call("GET", "/v1/accounts", key=made["key"])

    assert (made_status, used_status, listed_status, revoked_status, refused_status) == (201, 200, 200, 204, 401)
    assert set(made) == {"id", "scopes", "key"}
    assert [each["note"] for each in listed if each["id"] == made["id"]] == ["CMS"]
    assert made["key"] not in str(listed)
    assert revoked is None
    assert refused["Code"] == "key_refused"


def test_only_an_admin_makes_lists_and_revokes_keys(house: House) -> None:
    make_brand(house)
    key = make_key(house, "demo", *(scope for scope in Scope if scope is not Scope.admin))

    statuses = [
        house.call("GET", "/v1/keys", key=key)[0],
        house.call("POST", "/v1/keys", {"scopes": ["admin"]}, key=key)[0],
        house.call("DELETE", "/v1/keys/demo-aaaaaaaa", key=key)[0],
    ]

    assert statuses == [403, 403, 403]


def test_another_brands_keys_are_missing(house: House) -> None:
    demo, other = make_brand(house), make_brand(house, "other")
    _, listed = house.call("GET", "/v1/keys", key=other)

    status, body = house.call("DELETE", f"/v1/keys/{listed[0]['id']}", key=demo)

    assert (status, body["Code"]) == (404, "key_missing")
    assert house.call("GET", "/v1/keys", key=other)[0] == 200


def test_whoever_made_a_key_is_written_down_by_key_id(house: House) -> None:
    admin = make_brand(house)

    house.call("POST", "/v1/keys", {"scopes": ["accounts:read"]}, key=admin)

    actors = {row["actor"]["S"] for row in house.rows("audit") if row["did"]["S"] == "key.created"}
    assert actors == {"test", admin.split("_")[1]}


def test_a_brand_in_the_body_or_in_a_header_changes_nothing(house: House) -> None:
    demo = make_brand(house)
    make_brand(house, "other")

    refused, body = house.call("POST", "/v1/keys", {"scopes": ["admin"], "brand": "other"}, key=demo)
    made_status, made = house.call("POST", "/v1/keys", {"scopes": ["admin"]}, key=demo, headers={"X-Brand": "other"})

    assert (refused, body["Code"]) == (400, "field_invalid")
    assert made_status == 201
    assert made["id"].startswith("demo-")
