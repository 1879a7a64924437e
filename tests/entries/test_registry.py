"""The registry of ways in, through its doors."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.entries.flows import registry
from chalicelib.entries.tables import registry as tables
from chalicelib.entries.words import Entry
from chalicelib.lint.tables import read_passed
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
    return {name: made[name] for name in ("revision", "name", "label", "target", "schedule", "utm", "costs", "ticket")} | changes


def test_an_entry_has_a_code_of_its_own_and_an_address_for_good(house: House, key: str) -> None:
    made, other = make(house, key), make(house, key)

    shown = house.call("GET", f"/v1/entries/{made['id']}", key=key)

    assert made["link"] == f"https://api.example.com/l/demo.{made['id']}"
    assert made["id"] != other["id"]
    assert shown == (200, made)
    assert made["findings"] == []
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


def test_a_name_that_breaks_a_rule_is_refused_unless_somebody_says_why(house: House, key: str) -> None:
    claim = {"name": "全国最好的咖啡"}

    status, body = house.call("POST", "/v1/entries", order(**claim), key=key)
    made = make(house, key, **claim, override="Quoted from a guide, with its source beside it.")
    later, again = house.call("PUT", f"/v1/entries/{made['id']}", change(made), key=key)

    assert (status, body["Code"]) == (400, "content_refused")
    assert "$.name" in body["Message"]
    assert made["findings"]
    assert (later, again["Code"]) == (400, "content_refused")


CLAIM = "全国最好的咖啡"
MARKETS: list[Json] = [{"name": "立即购买"}, {"label": "立即购买"}]


def remembered(code: str) -> list[str]:
    """The texts of an entry that newer rules would read."""
    kept = read_passed("demo", registry.subject_of(registry.find_entry("demo", code)))
    return [] if kept is None else [each.text for each in kept[0].texts if each.text]


def test_a_label_is_read_like_a_name_and_a_reason_lets_it_through_and_is_written_down(house: House, key: str) -> None:
    status, body = house.call("POST", "/v1/entries", order(label=CLAIM), key=key)

    made = make(house, key, label=CLAIM, override="Quoted from a guide, with its source beside it.")

    assert (status, body["Code"], "$.label" in body["Message"]) == (400, "content_refused", True)
    assert (made["label"], remembered(made["id"])) == (CLAIM, ["Poster at the till", CLAIM])
    assert [row["did"]["S"] for row in house.rows("audit") if "Quoted from a guide" in row["about"]["S"]] == ["content.overridden"]
    assert house.call("GET", f"/v1/entries/{made['id']}/ways", key=key)[1]["sms"]["text"].startswith(f"{CLAIM} https://")


@pytest.mark.parametrize(("placement", "status"), [("template_message", 400), ("service_message", 400), ("sms", 201)])
def test_where_people_are_told_of_their_orders_an_entry_may_not_market(house: House, key: str, placement: str, status: int) -> None:
    answers = [house.call("POST", "/v1/entries", order(placement=placement, **said), key=key) for said in MARKETS]

    assert [answer[0] for answer in answers] == [status, status]


@pytest.mark.parametrize("name", ["a\nb", "a\n", "\x7f", " ", "\u3000", "", "x" * 65])
@pytest.mark.parametrize("field", ["name", "label"])
def test_what_people_read_is_a_line_of_up_to_64_characters(house: House, key: str, field: str, name: str) -> None:
    status, body = house.call("POST", "/v1/entries", order(**{field: name}), key=key)

    assert (status, body.get("Code")) == ((201, None) if field == "label" and not name else (400, "field_invalid"))
    assert house.call("POST", "/v1/entries", order(**{field: "x" * 64}), key=key)[0] == 201


def test_of_a_change_that_came_too_late_nothing_is_remembered(house: House, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(house, key)
    real = tables.change

    def change_first(before: Entry, after: Entry) -> bool:
        monkeypatch.undo()
        assert house.call("PUT", f"/v1/entries/{made['id']}", change(made, name="First"), key=key)[0] == 200
        return real(before, after)

    monkeypatch.setattr(tables, "change", change_first)
    status, body = house.call("PUT", f"/v1/entries/{made['id']}", change(made, name="Second"), key=key)

    assert (status, body["Code"]) == (409, "entry_changed")
    assert remembered(made["id"]) == ["First"]


def test_a_change_whose_answer_was_lost_is_kept_and_told(house: House, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(house, key)
    real = tables.change

    def change_twice(before: Entry, after: Entry) -> bool:
        real(before, after)
        return real(before, after)

    monkeypatch.setattr(tables, "change", change_twice)
    status, body = house.call("PUT", f"/v1/entries/{made['id']}", change(made, name="Once"), key=key)

    assert (status, body["name"], body["revision"]) == (200, "Once", 2)


def test_the_texts_of_a_retired_entry_are_read_no_more_although_a_crash_left_them(
    house: House, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(house, key)
    monkeypatch.setattr("chalicelib.lint.flows.forget_texts", lambda brand, subject: None)
    house.call("DELETE", f"/v1/entries/{made['id']}", key=key)
    left = remembered(made["id"])
    monkeypatch.undo()

    house.call("DELETE", f"/v1/entries/{made['id']}", key=key)

    assert (left, remembered(made["id"])) == (["Poster at the till"], [])
