"""Messages over HTTP: taken, refused, repeated, shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.staff.words import Scope
from tests.builders import MINI_APPID, OA_APPID, make_brand, make_key, official_account
from tests.scene import Scene, watched


def test_an_order_is_planned_handed_over_and_shown(scene: Scene) -> None:
    user = scene.customer()

    status, planned = scene.post(scene.order(user))
    shown = scene.message(planned["id"])

    assert (status, planned["state"], planned["account"], planned["channel"]) == (202, "planned", "demo.mini", "subscribe_message")
    assert {**shown, "findings": []} == planned
    assert len(scene.take("outbox")) == 1


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({"account": "demo.oa"}, "field_invalid", "$.channels[0].account"),
        ({"account": "demo.none"}, "account_missing", ""),
        ({"account": "other.mini"}, "account_missing", ""),
        ({"account": 1}, "field_invalid", "$.channels[0].account"),
        ({"to": {"type": "openid", "value": "oUnknown000001", "account": "demo.mini"}}, "person_missing", ""),
        ({"to": {"type": "unionid", "value": "oUnknown000001"}}, "person_missing", ""),
        ({"to": {"type": "openid", "value": "oUnknown000001"}}, "field_invalid", "$.to.account"),
        ({"to": {"type": "device", "value": "tablet-1"}}, "field_invalid", "$.to.type"),
        ({"to": {"type": "openid", "value": "o1", "account": "other.oa"}}, "account_missing", ""),
        ({"to": {"type": "unionid", "value": "null"}}, "field_invalid", "$.to.value"),
        ({"to": {"type": "shoe_size", "value": "44"}}, "field_invalid", "$.to.type"),
        ({"purpose": "spam"}, "field_invalid", "$.purpose"),
        ({"topic": "Not A Slug"}, "field_invalid", "$.topic"),
        ({"priority": "highest"}, "field_invalid", "$.priority"),
        ({"channels": []}, "field_invalid", "$.channels"),
        ({"channels": [{"channel": "telegraph", "account": "demo.mini"}]}, "field_invalid", "$.channels[0].channel"),
        ({"template_id": ""}, "field_invalid", "$.channels[0].template_id"),
        ({"data": {}}, "field_invalid", "$.channels[0].data"),
        ({"data": {"Thing1": "x"}}, "field_invalid", ".data"),
        ({"data": {"thing1\n": "x"}}, "field_invalid", ".data"),
        ({"data": {"thing١": "x"}}, "field_invalid", ".data"),
        ({"data": {"thing1": ""}}, "field_invalid", ".data"),
        ({"data": {"thing1": "x" * 201}}, "field_invalid", ".data"),
        ({"data": {f"thing{n}": "x" for n in range(11)}}, "field_invalid", ".data"),
        ({"page": "p" * 1025}, "field_invalid", ".page"),
        ({"miniprogram_state": "beta"}, "field_invalid", ".miniprogram_state"),
        ({"wait_s": 59}, "field_invalid", ".wait_s"),
        ({"not_before": "2026-11-20T12:00:00"}, "field_invalid", "$.not_before"),
        ({"not_before": "tomorrow"}, "field_invalid", "$.not_before"),
        ({"not_before": "2030-01-01T00:00:00+08:00"}, "field_invalid", "$.not_before"),
        ({"not_before": "9999-12-31T23:59:59-14:00"}, "field_invalid", "$.not_before"),
        ({"not_before": "2026-12-01T00:00:00Z", "expires_at": "2026-12-01T00:00:00Z"}, "field_invalid", "$.expires_at"),
        ({"expires_at": "2026-12-01T00:00:00"}, "field_invalid", "$.expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-12:00"}, "field_invalid", "$.expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, "field_invalid", "$.expires_at"),
        ({"purpose": "marketing", "quiet": "ignore"}, "field_invalid", "$.quiet"),
        ({"colour": "red"}, "field_invalid", "colour"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused_and_leaves_nothing(scene: Scene, changes: dict[str, Any], code: str, told: str) -> None:
    order = scene.order(_anybody(scene), **changes)
    rows = len(scene.house.rows("messages"))

    status, body = scene.post(order)

    assert (status, body["Code"]) == (404 if code.endswith("missing") else 400, code)
    assert told in body["Message"]
    assert (len(scene.house.rows("messages")), scene.house.queued("outbox")) == (rows, 0)


def _anybody(scene: Scene) -> str:
    """One customer for all orders that are refused."""
    users: list[str] = [user["user"] for user in scene.house.play("/users", method="GET")["users"]]
    return users[0] if users else scene.customer()


@pytest.mark.parametrize("field", ["purpose", "to", "channels"])
def test_an_order_without_a_field_it_needs_is_refused_by_name(scene: Scene, field: str) -> None:
    order = scene.order(_anybody(scene))
    del order[field]

    status, body = scene.post(order)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert field in body["Message"]


def test_the_same_key_and_body_are_one_message_in_whatever_order_the_fields_come(scene: Scene) -> None:
    order = scene.order(scene.customer(), not_before=(scene.house.clock() + timedelta(hours=1)).isoformat())
    (step,) = order["channels"]
    step = {**dict(reversed(step.items())), "data": dict(reversed(step["data"].items()))}
    turned = {**dict(reversed(order.items())), "channels": [step]}
    elsewhere = {**order, "not_before": "2026-11-20T13:00:00+08:00"}

    answers = [scene.post(each, idempotency_key="booking-1") for each in (order, order, turned, elsewhere)]

    assert [status for status, _ in answers] == [202] * 4
    assert len({message["id"] for _, message in answers}) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"template_id": "OTHER"},
        {"data": {"thing1": "别的"}},
        {"page": "pages/b"},
        {"miniprogram_state": "trial"},
        {"not_before": "2026-12-01T00:00:00Z"},
        {"expires_at": "2026-12-01T00:00:00Z"},
        {"purpose": "marketing"},
        {"topic": "bookings"},
        {"quiet": "hold"},
    ],
)
def test_the_same_key_with_another_body_is_refused(scene: Scene, changes: dict[str, Any]) -> None:
    user = _anybody(scene)
    key = f"booking-2-{sorted(changes)}"
    _, first = scene.post(scene.order(user), idempotency_key=key)

    status, body = scene.post(scene.order(user, **changes), idempotency_key=key)

    assert (status, body["Code"]) == (409, "idempotency_conflict")
    assert scene.message(first["id"])["state"] == "planned"
    assert len(scene.take("outbox")) == 1


def test_the_same_key_after_the_message_was_sent_tells_what_became_of_it(scene: Scene) -> None:
    order = scene.order(scene.customer())
    scene.post(order, idempotency_key="booking-3")
    scene.house.work()

    status, again = scene.post(order, idempotency_key="booking-3")

    assert (status, again["state"]) == (202, "accepted")
    assert scene.house.queued("outbox") == 0


def test_the_same_order_without_a_key_is_a_message_each_time(scene: Scene) -> None:
    order = scene.order(_anybody(scene))

    (_, first), (_, second) = scene.post(order), scene.post(order)
    scene.take("outbox")

    assert first["id"] != second["id"]


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_an_idempotency_key_has_1_to_255_characters(scene: Scene, key: str) -> None:
    status, body = scene.post(scene.order(_anybody(scene)), idempotency_key=key)

    assert (status, body["Code"]) == (400, "field_invalid")


def test_brands_do_not_share_idempotency_keys_or_messages(scene: Scene) -> None:
    rival = make_brand(scene.house, "rival")
    _, message = scene.post(scene.order(_anybody(scene)), idempotency_key="shared")
    scene.take("outbox")

    own_status, _ = scene.house.call("GET", f"/v1/messages/{message['id']}", key=scene.key)
    status, body = scene.house.call("GET", f"/v1/messages/{message['id']}", key=rival)
    order_status, order_body = scene.house.call(
        "POST", "/v1/messages", scene.order(_anybody(scene)), key=rival, headers={"Idempotency-Key": "shared"}
    )

    assert own_status == 200
    assert (status, body["Code"]) == (404, "message_missing")
    assert (order_status, order_body["Code"]) == (404, "account_missing")


@pytest.mark.parametrize(
    ("message", "reads"), [("nothing", 1), ("x" * 32, 1), ("x" * 33, 0), ("x" * 3000, 0), ("%23M%23", 0), ("%E8%81%94", 0)]
)
def test_a_message_that_never_was_is_missing_and_not_looked_for_where_it_cannot_be(scene: Scene, message: str, reads: int) -> None:
    scene.message(scene.post(scene.order(_anybody(scene)))[1]["id"])
    scene.take("outbox")

    with watched() as calls:
        status, body = scene.house.call("GET", f"/v1/messages/{message}", key=scene.key)

    assert (status, body["Code"], len(calls)) == (404, "message_missing", reads)


def test_a_key_needs_the_scope_of_what_it_does(scene: Scene) -> None:
    reader, writer = make_key(scene.house, "demo", Scope.messages_read), make_key(scene.house, "demo", Scope.messages_write)

    posted, _ = scene.house.call("POST", "/v1/messages", scene.order(_anybody(scene)), key=reader)
    shown, _ = scene.house.call("GET", "/v1/messages/x", key=writer)

    assert (posted, shown) == (403, 403)
    assert scene.house.queued("outbox") == 0


def test_a_person_is_reached_by_any_identifier_of_any_end(scene: Scene) -> None:
    user = scene.customer(accepts=3)
    scene.follow(user)
    scene.house.work()
    ways = [
        {"type": "openid", "value": scene.openid(user, MINI_APPID), "account": "demo.mini"},
        {"type": "openid", "value": scene.openid(user, OA_APPID), "account": "demo.oa"},
        {"type": "unionid", "value": scene.unionid(user)},
    ]

    planned = [scene.post(scene.order(user, to=to))[1]["id"] for to in ways]
    scene.house.work()

    assert [scene.message(message)["state"] for message in planned] == ["accepted"] * 3
    assert len(scene.sends(scene.openid(user, MINI_APPID))) == 3


def test_a_person_without_an_openid_at_the_sending_account_is_skipped(scene: Scene) -> None:
    user = scene.follower()
    order = scene.order(user, to={"type": "openid", "value": scene.openid(user), "account": "demo.oa"})

    _, planned = scene.post(order)
    scene.house.work()
    message = scene.message(planned["id"])

    assert (message["state"], message["outcome"]) == ("skipped_no_endpoint", "no_endpoint")
    assert [step["what"] for step in message["trace"]] == ["planned", "skipped_no_endpoint: no_endpoint"]
    assert message["says"]["en"] == "The person cannot be reached by any of the ways asked for."


def test_a_person_of_another_official_account_is_not_mistaken(scene: Scene) -> None:
    order = official_account(name="second", appid="wx0000000000second", original_id="gh_second")
    scene.house.call("POST", "/v1/accounts", order, key=scene.key)
    user = scene.customer()

    status, body = scene.post(scene.order(user, to={"type": "openid", "value": scene.openid(user, MINI_APPID), "account": "demo.second"}))

    assert (status, body["Code"]) == (404, "person_missing")


def test_what_a_message_says_and_to_whom_is_in_no_row_and_no_answer(scene: Scene) -> None:
    user = scene.customer()
    secrets = [scene.openid(user, MINI_APPID), scene.unionid(user), "美容护理", "pages/canary"]

    _, planned = scene.post(scene.order(user, page="pages/canary"))
    queued = scene.take("outbox")
    rows = str(scene.house.rows("messages"))

    assert [secret for secret in secrets if secret in rows or secret in str(planned) or secret in str(queued)] == []
    assert scene.message(planned["id"])["id"] in rows
