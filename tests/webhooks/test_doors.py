"""Webhooks over HTTP: made, shown without their secret, changed, limited; the secret is said once and lies sealed."""

from __future__ import annotations

import base64
import json
import logging
import re
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.providers.courier import Answer
from chalicelib.staff.words import Scope
from tests.builders import make_key
from tests.faults import Chaos, Fate, try_every_fault
from tests.receivers import is_signed
from tests.webhooks.teller import URL, Teller

HOST = "hooks.example.com"


def test_a_webhook_is_shown_with_all_but_its_secret(teller: Teller) -> None:
    made = teller.webhook(URL, "record.stored", "person.split", title="Our ERP")

    shown, listed = teller.show(made), teller.call("GET", "/v1/webhooks")[1]

    assert listed == [shown]
    assert {**shown, "secret": made["secret"]} == made
    assert (shown["url"], shown["facts"], shown["title"]) == (URL, ["person.split", "record.stored"], "Our ERP")
    assert (shown["state"], shown["parked"], "secret" in shown) == ("enabled", False, False)
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32


def test_the_secret_and_the_address_lie_sealed_and_are_nowhere_else(teller: Teller, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    webhook = teller.webhook(URL + "?key=canary-of-the-receiver")
    _, rotated = teller.call("POST", f"/v1/webhooks/{webhook['id']}/secret")
    teller.house.receivers.answers[HOST] = Answer(trouble="broken_off", took_s=0.1)
    teller.tell()
    teller.deliveries(webhook)

    everywhere = caplog.text + json.dumps([teller.house.rows(table) for table in ("webhooks", "audit", "messages", "identities")])

    assert "canary" not in everywhere
    assert not any(secret.removeprefix("whsec_") in everywhere for secret in (webhook["secret"], rotated["secret"]))
    assert "whsec_" not in everywhere


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://user@hooks.example.com/",
        "https://user:word@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com:80/",
        "https://hooks.example.com:22/",
        "ftp://hooks.example.com/",
        "hooks.example.com",
        "https://钩子.example.com/",
    ],
)
def test_an_address_not_open_to_all_is_refused_when_made_and_when_changed(teller: Teller, url: str) -> None:
    webhook, order = teller.webhook(), {"url": url, "facts": ["person.joined"]}

    refused = teller.refused("POST", "/v1/webhooks", order), teller.refused("PUT", f"/v1/webhooks/{webhook['id']}", order)

    assert refused == ((400, "webhook_url_refused"), (400, "webhook_url_refused"))
    assert url not in str(teller.call("POST", "/v1/webhooks", order))
    assert teller.show(webhook)["url"] == URL


@pytest.mark.parametrize("order", [{"facts": []}, {"facts": ["webhook.test"]}, {"facts": ["cluster.joined"]}, {"title": "x" * 129}])
def test_what_does_not_fit_is_refused(teller: Teller, order: dict[str, object]) -> None:
    assert teller.refused("POST", "/v1/webhooks", {"url": URL, "facts": ["person.joined"], **order}) == (400, "field_invalid")


def order_with(teller: Teller, key: str, *, api_key: str = "", url: str = URL) -> tuple[int, dict[str, Any]]:
    """An order with an Idempotency-Key."""
    order = {"url": url, "facts": ["record.stored", "person.joined"], "title": "ERP"}
    return teller.call("POST", "/v1/webhooks", order, headers={"Idempotency-Key": key}, key=api_key or teller.key)


def test_the_same_order_with_the_same_idempotency_key_is_one_webhook_and_tells_its_secret_again(teller: Teller) -> None:
    first, again = order_with(teller, "erp-1"), order_with(teller, "erp-1")

    audit = [row["did"]["S"] for row in teller.house.rows("audit") if row["did"]["S"].startswith("webhook.")]
    assert first == again
    assert first[0] == 201
    assert [each["id"] for each in teller.call("GET", "/v1/webhooks")[1]] == [first[1]["id"]]
    assert audit == ["webhook.created", "webhook.told_again"]


def test_another_order_with_the_same_idempotency_key_is_refused(teller: Teller) -> None:
    order_with(teller, "erp-1")

    status, refused = order_with(teller, "erp-1", url="https://other.example.com/")

    assert (status, refused["Code"]) == (409, "idempotency_conflict")
    assert len(teller.call("GET", "/v1/webhooks")[1]) == 1


def test_an_idempotency_key_is_its_callers_own(teller: Teller) -> None:
    other = make_key(teller.house, "demo", Scope.webhooks_write)

    mine, theirs = order_with(teller, "erp-1"), order_with(teller, "erp-1", api_key=other)

    assert (mine[0], theirs[0]) == (201, 201)
    assert mine[1]["id"] != theirs[1]["id"]
    assert mine[1]["secret"] != theirs[1]["secret"]


def test_webhooks_are_listed_by_age_whatever_key_they_were_made_with(teller: Teller) -> None:
    plain = teller.webhook("https://first.example.com/")
    teller.house.clock.advance(seconds=1)
    _, keyed = order_with(teller, "erp-1")

    listed = [each["id"] for each in teller.call("GET", "/v1/webhooks")[1]]

    assert listed == [plain["id"], keyed["id"]]


def test_a_brand_has_twenty_webhooks_at_most_and_room_again_when_one_goes(teller: Teller) -> None:
    made = [teller.webhook(f"https://host{number}.example.com/") for number in range(20)]
    order = {"url": URL, "facts": ["person.joined"]}

    full = teller.refused("POST", "/v1/webhooks", order)
    teller.call("DELETE", f"/v1/webhooks/{made[3]['id']}")
    again = teller.call("POST", "/v1/webhooks", order)[0]

    assert (full, again) == ((409, "webhooks_full"), 201)
    assert len(teller.call("GET", "/v1/webhooks")[1]) == 20
    assert Teller(teller.house, "rival").webhook()


def test_a_changed_webhook_is_told_at_its_new_address_of_its_new_facts(teller: Teller) -> None:
    webhook = teller.webhook()
    order = {"url": "https://new.example.com/", "facts": ["person.split"], "title": "moved"}

    status, changed = teller.call("PUT", f"/v1/webhooks/{webhook['id']}", order)
    teller.tell()
    teller.tell(teller.fact("person.split", person="P", parted=["Q"]))

    assert (status, changed["url"], changed["facts"], changed["title"]) == (200, "https://new.example.com/", ["person.split"], "moved")
    (brought,) = teller.house.receivers.brought
    assert brought.url == "https://new.example.com/"
    assert is_signed(brought, webhook["secret"])


def test_at_another_address_what_was_said_about_the_old_one_is_forgotten(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = Answer(status=500, took_s=4.0)
    for _ in range(3):
        teller.tell()
    before = teller.show(webhook)

    same = teller.call("PUT", f"/v1/webhooks/{webhook['id']}", {"url": URL, "facts": ["person.joined"]})[1]
    moved = teller.call("PUT", f"/v1/webhooks/{webhook['id']}", {"url": "https://new.example.com/", "facts": ["person.joined"]})[1]

    assert (before["parked"], same["parked"], moved["parked"]) == (True, True, False)
    assert [bool(shown.get("failing_since")) for shown in (before, same, moved)] == [True, True, False]


def test_a_deleted_webhook_is_missing_and_is_told_nothing(teller: Teller) -> None:
    webhook = teller.webhook()

    status = teller.call("DELETE", f"/v1/webhooks/{webhook['id']}")[0]
    teller.tell()

    assert status == 204
    assert teller.house.receivers.brought == []
    assert teller.refused("DELETE", f"/v1/webhooks/{webhook['id']}") == (404, "webhook_missing")
    assert teller.call("GET", "/v1/webhooks")[1] == []


@pytest.mark.parametrize("webhook", ["01J00000000000000000000000", "x", "..", "@", "#"])
def test_what_names_no_webhook_is_missing(teller: Teller, webhook: str) -> None:
    assert teller.refused("POST", f"/v1/webhooks/{webhook.replace('#', '%23')}/test") == (404, "webhook_missing")


# -- the secret is changed ---------------------------------------------------------------------------------------------


def test_a_replaced_secret_signs_along_for_a_day(teller: Teller) -> None:
    webhook = teller.webhook()

    status, new = teller.call("POST", f"/v1/webhooks/{webhook['id']}/secret")
    teller.tell()
    teller.house.clock.advance(hours=24, seconds=-1)
    teller.tell()
    teller.house.clock.advance(seconds=1)
    teller.tell()

    assert status == 201
    assert [is_signed(brought, new["secret"]) for brought in teller.at(webhook)] == [True] * 3
    assert [is_signed(brought, webhook["secret"]) for brought in teller.at(webhook)] == [True, True, False]


def test_two_rotations_in_a_row_leave_three_secrets_that_sign(teller: Teller) -> None:
    webhook = teller.webhook()
    secrets = [webhook["secret"], *(teller.call("POST", f"/v1/webhooks/{webhook['id']}/secret")[1]["secret"] for _ in range(2))]

    teller.tell()

    (brought,) = teller.at(webhook)
    assert all(is_signed(brought, secret) for secret in secrets)
    assert brought.headers["webhook-signature"].count("v1,") == 3


# -- tests and lists ---------------------------------------------------------------------------------------------------


def test_a_test_is_told_at_once_whatever_the_webhook_listens_to(teller: Teller) -> None:
    webhook = teller.webhook(URL, "record.stored")

    status, shown = teller.call("POST", f"/v1/webhooks/{webhook['id']}/test")
    teller.house.work()

    (brought,) = teller.at(webhook)
    assert (status, shown["fact"], shown["state"]) == (202, "webhook.test", "waiting")
    assert brought.told["type"] == "webhook.test"
    assert brought.told["data"] == {"webhook": webhook["id"]}
    assert is_signed(brought, webhook["secret"])
    assert teller.delivery(webhook)["state"] == "delivered"


def test_a_disabled_webhook_is_enabled_before_anything_is_told(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = Answer(status=410, took_s=0.1)
    teller.tell()
    since = (teller.house.clock() - timedelta(hours=1)).isoformat()

    refused = [
        teller.refused("POST", f"/v1/webhooks/{webhook['id']}/test"),
        teller.refused("POST", f"/v1/webhooks/{webhook['id']}/redrive", {"since": since}),
    ]

    assert refused == [(409, "webhook_disabled")] * 2


def test_deliveries_are_listed_page_by_page_the_newest_first(teller: Teller) -> None:
    webhook = teller.webhook()
    for _ in range(5):
        teller.tell()
        teller.house.clock.advance(seconds=1)
    whole = teller.deliveries(webhook)

    pages, query = [], "?limit=2"
    while query:
        _, page = teller.call("GET", f"/v1/webhooks/{webhook['id']}/deliveries{query}")
        pages.append(page["deliveries"])
        query = f"?limit=2&cursor={page['cursor']}" if page.get("cursor") else ""

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [each for page in pages for each in page] == whole
    assert [each["made_at"] for each in whole] == sorted((each["made_at"] for each in whole), reverse=True)
    assert teller.refused("GET", f"/v1/webhooks/{webhook['id']}/deliveries?cursor=eA") == (400, "cursor_invalid")


@pytest.mark.parametrize(
    ("order", "refused"),
    [
        ({}, (400, "field_invalid")),
        ({"deliveries": ["0" * 32], "since": "2026-11-20T00:00:00Z"}, (400, "field_invalid")),
        ({"deliveries": []}, (400, "field_invalid")),
        ({"deliveries": ["x"]}, (400, "field_invalid")),
        ({"deliveries": ["0" * 32]}, (404, "delivery_missing")),
        ({"since": "2026-11-20T00:00:00"}, (400, "field_invalid")),
        ({"cursor": "x"}, (400, "cursor_invalid")),
        ({"cursor": ""}, (400, "cursor_invalid")),
    ],
)
def test_a_redrive_names_what_it_wants(teller: Teller, order: dict[str, object], refused: tuple[int, str]) -> None:
    assert teller.refused("POST", f"/v1/webhooks/{teller.webhook()['id']}/redrive", order) == refused


def test_whoever_reads_changes_nothing_and_whoever_writes_does(teller: Teller) -> None:
    webhook = teller.webhook()
    reader, writer = (make_key(teller.house, "demo", scope) for scope in (Scope.webhooks_read, Scope.webhooks_write))

    assert teller.call("GET", f"/v1/webhooks/{webhook['id']}", key=reader)[0] == 200
    assert teller.refused("POST", f"/v1/webhooks/{webhook['id']}/secret", key=reader) == (403, "scope_missing")
    assert teller.call("POST", f"/v1/webhooks/{webhook['id']}/secret", key=writer)[0] == 201
    assert teller.refused("GET", "/v1/webhooks", key=writer) == (403, "scope_missing")


def test_what_was_done_is_written_down_without_secret_or_address(teller: Teller) -> None:
    webhook = teller.webhook()
    order = {"url": "https://new.example.com/", "facts": ["person.joined"]}
    for method, path, body in (
        ("PUT", "", order),
        ("POST", "/secret", None),
        ("POST", "/test", None),
        ("POST", "/enable", None),
        ("DELETE", "", None),
    ):
        assert teller.call(method, f"/v1/webhooks/{webhook['id']}{path}", body)[0] < 300

    rows = [row for row in teller.house.rows("audit") if row["did"]["S"].startswith("webhook.")]

    done = ["changed", "created", "deleted", "enabled", "secret.rotated", "tested"]
    assert sorted(row["did"]["S"] for row in rows) == [f"webhook.{did}" for did in done]
    assert all(webhook["id"] in row["about"]["S"] and "example.com" not in row["about"]["S"] for row in rows)
    assert all(re.fullmatch(r"demo-[a-z2-7]{8}", row["actor"]["S"]) for row in rows)


# -- what may go wrong while a webhook is made -------------------------------------------------------------------------


def test_each_fault_while_webhooks_are_made_at_once_leaves_each_made_once_or_not_at_all(teller: Teller) -> None:
    from chalicelib.webhooks.flows import owning
    from chalicelib.webhooks.words import Kind, WebhookOrder

    order = WebhookOrder(url=URL, facts=(Kind.person_joined,))

    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()

        def make() -> str:
            made, _ = owning.create_webhook(
                "demo", order, actor="test", idempotency_key=None, world=teller.house.world, now=teller.house.clock()
            )
            return made.id

        made = chaos.run(make, make)

        rows = [row for row in teller.house.rows("webhooks") if "sealed" in row]
        count = next(int(row["webhooks"]["N"]) for row in teller.house.rows("webhooks") if row["sk"]["S"] == "#")
        assert set(made) <= {row["sk"]["S"] for row in rows}
        assert count == len(rows) == len(fresh.call("GET", "/v1/webhooks")[1])

    assert try_every_fault(play, fates=(Fate.crashes_after, Fate.conflicts)) >= 8
