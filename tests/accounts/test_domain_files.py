"""Files by which WeChat proves a domain: served at its root, and nothing else is."""

from __future__ import annotations

import pytest

from tests.builders import make_brand, official_account
from tests.house import House

FILE = {"name": "MP_verify_0123456789abcdef.txt", "content": "0123456789abcdef"}
PATH = "/v1/accounts/demo.oa/domain-file"


@pytest.fixture
def key(house: House) -> str:
    made = make_brand(house)
    assert house.call("POST", "/v1/accounts", official_account(), key=made)[0] == 201
    return made


def test_a_file_that_is_kept_is_served_as_it_is(house: House, key: str) -> None:
    status, _ = house.call("PUT", PATH, FILE, key=key)

    served, headers, content = house.visit(f"/{FILE['name']}")

    assert (status, served, content) == (204, 200, FILE["content"])
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "domain_file.kept" in str(house.rows("audit"))


def test_a_file_may_be_changed_and_dropped_and_dropping_it_again_changes_nothing(house: House, key: str) -> None:
    house.call("PUT", PATH, FILE, key=key)
    house.call("PUT", PATH, {**FILE, "content": "other"}, key=key)
    changed = house.visit(f"/{FILE['name']}")[2]

    dropped = [house.call("DELETE", f"{PATH}/{FILE['name']}", key=key)[0] for _ in range(2)]

    assert (changed, dropped) == ("other", [204, 204])
    assert house.visit(f"/{FILE['name']}")[0] == 404


def test_another_account_of_the_brand_does_not_take_a_file_away(house: House, key: str) -> None:
    house.call("POST", "/v1/accounts", official_account(name="second", appid="wx00000000000000c3"), key=key)
    house.call("PUT", PATH, FILE, key=key)

    status, refused = house.call("PUT", "/v1/accounts/demo.second/domain-file", FILE, key=key)
    house.call("DELETE", f"/v1/accounts/demo.second/domain-file/{FILE['name']}", key=key)

    assert (status, refused["Code"]) == (409, "file_taken")
    assert house.visit(f"/{FILE['name']}")[2] == FILE["content"]


@pytest.mark.parametrize(
    "path", ["/MP_verify_none.txt", "/favicon.ico", "/index.html", "/.env", "/x.txt", "/%2e%2e%2fapp.txt", f"/{'a' * 200}.txt"]
)
def test_nothing_else_is_served_at_the_root(house: House, key: str, path: str) -> None:
    status, _, told = house.visit(path)

    assert status == 404
    assert "path_missing" in told


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "index.html"},
        {"name": "../x.txt"},
        {"name": "a.txt\n"},
        {"name": ""},
        {"content": ""},
        {"content": "<script> x"},
        {"content": "a\nb"},
    ],
)
def test_what_is_no_such_file_is_refused(house: House, key: str, changes: dict[str, str]) -> None:
    status, refused = house.call("PUT", PATH, {**FILE, **changes}, key=key)

    assert (status, refused["Code"]) == (400, "field_invalid")
    assert house.rows("accounts") == [row for row in house.rows("accounts") if row["pk"]["S"] != "#files"]
