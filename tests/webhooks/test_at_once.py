"""Two who change the same thing at once: neither is lost, and nothing is counted twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chalicelib.errors import Conflict, Missing
from chalicelib.providers.courier import Answer
from chalicelib.webhooks.flows import owning, telling
from chalicelib.webhooks.tables import deliveries, webhooks
from chalicelib.webhooks.words import Kind, WebhookOrder
from tests.faults import Chaos, try_seeds
from tests.receivers import WELL, is_signed
from tests.webhooks.teller import Teller

HOST = "hooks.example.com"
ORDER = WebhookOrder(url="https://hooks.example.com/", facts=(Kind.person_joined,))


def outside(teller: Teller) -> dict[str, Any]:
    return {"actor": "test", "world": teller.house.world, "now": teller.house.clock()}


def test_two_rotations_at_once_leave_both_secrets_signing(teller: Teller) -> None:
    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()
        webhook = fresh.webhook()

        def rotate() -> str:
            return owning.rotate_secret("demo", webhook["id"], **outside(fresh)).secret

        secrets = chaos.run(rotate, rotate)
        fresh.tell()

        (brought,) = fresh.at(webhook)
        assert all(is_signed(brought, secret) for secret in (*secrets, webhook["secret"]))

    try_seeds(play, 8, chance=0)


def test_of_two_made_at_once_in_the_last_place_one_is_refused(teller: Teller) -> None:
    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()
        for number in range(19):
            fresh.webhook(f"https://host{number}.example.com/")

        def make() -> str:
            try:
                return owning.create_webhook("demo", ORDER, idempotency_key=None, **outside(fresh))[0].id
            except Conflict as refused:
                return refused.code

        made = chaos.run(make, make)

        assert made.count("webhooks_full") == 1
        assert len(fresh.call("GET", "/v1/webhooks")[1]) == 20

    try_seeds(play, 4, chance=0)


def test_two_orders_at_once_with_one_idempotency_key_are_one_webhook_with_one_secret(teller: Teller) -> None:
    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()

        def make() -> tuple[str, str]:
            made, _ = owning.create_webhook("demo", ORDER, idempotency_key="erp-1", **outside(fresh))
            return made.id, made.secret

        one, other = chaos.run(make, make)
        fresh.tell()

        (brought,) = fresh.at({"url": ORDER.url})
        assert one == other
        assert is_signed(brought, one[1])

    try_seeds(play, 8, chance=0)


def test_a_webhook_deleted_twice_at_once_makes_room_for_one(teller: Teller) -> None:
    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()
        webhook = fresh.webhook()
        fresh.webhook("https://other.example.com/")

        chaos.run(*[quietly(lambda: owning.delete_webhook("demo", webhook["id"], **outside(fresh)))] * 2)

        (count,) = [int(row["webhooks"]["N"]) for row in fresh.house.rows("webhooks") if row["sk"]["S"] == "#"]
        assert count == len(fresh.call("GET", "/v1/webhooks")[1]) == 1

    try_seeds(play, 8, chance=0)


def quietly(delete: Callable[[], None]) -> Callable[[], None]:
    def do() -> None:
        try:
            delete()
        except Missing:
            return

    return do


def test_two_redrives_at_once_tell_it_once(teller: Teller) -> None:
    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()
        webhook = fresh.webhook()
        fresh.house.receivers.answers[HOST] = Answer(status=410, took_s=0.1)
        fresh.tell()
        fresh.house.receivers.answers[HOST] = WELL
        owning.enable_webhook("demo", webhook["id"], **outside(fresh))
        delivery = fresh.delivery(webhook)["id"]

        def redrive() -> int:
            return telling.redrive("demo", webhook["id"], (delivery,), **outside(fresh))

        begun = chaos.run(redrive, redrive)
        fresh.house.work()

        assert sum(begun) == 1
        assert len(fresh.at(webhook)) == 2

    try_seeds(play, 8, chance=0)


def test_what_is_kept_twice_is_kept_and_counted_once(teller: Teller) -> None:
    webhook = teller.webhook()
    kept = webhooks.read_webhook("demo", webhook["id"])
    assert kept is not None
    teller.tell()
    told = deliveries.read_delivery("demo", webhook["id"], teller.delivery(webhook)["id"])
    assert told is not None

    again = (
        webhooks.keep_webhook(kept, most=20),
        deliveries.keep_delivery(told),
        deliveries.keep_delivery_due(msgspec.structs.replace(told, tries=7), now=teller.house.clock()),
    )

    (count,) = [int(row["webhooks"]["N"]) for row in teller.house.rows("webhooks") if row["sk"]["S"] == "#"]
    assert (again, count) == ((False, False, False), 1)
    assert deliveries.read_delivery("demo", webhook["id"], told.id) == told
