"""Orders, carts and events delivered ten times in any order and interrupted: nothing is lost, nothing is there twice, counts are exact."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from chalicelib.archive.flows import errands
from chalicelib.archive.words.catalogue import Compact, Replay
from chalicelib.hub.flows import releasing, taking
from chalicelib.hub.rules import behaviour
from chalicelib.hub.words.records import Part
from tests.archive.brand import Shop
from tests.faults import Chaos, Fate, try_every_fault
from tests.house import NOON, REGION, open_house
from tests.hub.source import AT, check_sum

TIMES = 10


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(taking, "PART_RECORDS", 4)
    with open_house() as house:
        yield Shop(house)


def take_bodies(shop: Shop, queue: str = "records") -> list[str]:
    """What waits on a queue, taken off it."""
    waiting = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues[f"liandong-local-{queue}"]
    bodies = [each.body for each in waiting._messages]
    waiting._messages.clear()
    return bodies


def work(shop: Shop, body: str) -> None:
    releasing.work_off(msgspec.json.decode(body, type=Part), world=shop.house.world, now=shop.house.clock())


def cart(who: dict[str, Any], version: int, quantity: int) -> dict[str, Any]:
    """One version of the one cart of somebody."""
    items = [{"sku": "A", "quantity": quantity, "price": "2.50"}]
    return {"type": "cart", "id": f"cart of {who['phone']}", "at": AT, "version": version, "who": who, "data": {"items": items}}


def order(number: str, version: int, state: str, who: dict[str, Any]) -> dict[str, Any]:
    """One version of one of somebody's orders; its money tells which one."""
    return {
        "type": "order",
        "id": f"{number} of {who['phone']}",
        "at": AT,
        "version": version,
        "who": who,
        "data": {"state": state, "total": f"{version}.50"},
    }


def bring_everything(shop: Shop, who: dict[str, Any]) -> list[str]:
    """Two batches that tell the same and more of one person; their ids."""
    events = [shop.event(who, name) for name in ("view", "view", "view", "buy", "view", "buy")]
    first = [order("O1", 2, "已支付", who), cart(who, 1, 5), *events[:4], order("O1", 1, "待支付", who), events[0], cart(who, 3, 2)]
    second = [cart(who, 2, 9), *events[2:], order("O1", 2, "已支付", who), order("O2", 1, "已完成", who), cart(who, 3, 2)]
    return [shop.send(*records)[1]["id"] for records in (first, second)]


def check_everything(shop: Shop, batches: list[str], who: dict[str, Any]) -> None:
    """One truth, whatever way it came; and of each batch what became of it."""
    shown = [shop.batch(batch) for batch in batches]
    for each in shown:
        check_sum(each)
        assert each["rejected"] == 0
    totals = Counter({verdict: sum(each[verdict] for each in shown) for verdict in ("stored", "duplicate", "quarantined", "waiting")})
    assert totals["waiting"] == 0
    assert totals["stored"] + totals["quarantined"] == 12  # six events, two versions of one order and one of another, three of the cart
    assert totals["duplicate"] == 5
    person = shop.person(who)
    _, orders = shop.house.call("GET", f"/v1/people/{person}/records?type=order", key=shop.key)
    assert {each["id"][:2]: each["data"]["total_fen"] for each in orders["records"]} == {"O1": 250, "O2": 150}
    _, kept = shop.house.call("GET", f"/v1/people/{person}/cart", key=shop.key)
    assert [(item["sku"], item["quantity"]) for item in kept["items"]] == [("A", 2)]
    assert shop.counted(person) == {"view": 4, "buy": 2}


def test_parts_delivered_ten_times_in_any_order_and_interrupted_leave_one_truth(shop: Shop) -> None:
    for seed in range(4):
        who = shop.who()
        batches = bring_everything(shop, who)
        works = [partial(work, shop, body) for body in take_bodies(shop)]
        chaos = Chaos(seed, chance=0.01)

        chaos.run(*works)
        again = works * TIMES
        random.Random(seed).shuffle(again)
        for each in again:
            each()

        check_everything(shop, batches, who)


def test_counts_are_exact_once_the_day_is_over_whatever_was_counted_twice_or_not_at_all(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behaviour, "RING", 3)
    who = shop.who()
    events = [shop.event(who, name) for name in ("view", "buy") * 6]
    for _ in range(2):
        shop.send(*events)
    bodies = take_bodies(shop) * 3
    random.Random(1).shuffle(bodies)
    Chaos(1, chance=0.02).run(*(partial(work, shop, body) for body in bodies))
    wrong = shop.counted(shop.person(who))

    shop.house.clock.advance(days=2)
    compact = partial(errands.run, Compact(brand="demo"), world=shop.house.world, now=shop.house.clock())
    Chaos(2, chance=0.02).run(compact)
    compact()

    assert sum(wrong.values()) > 12
    assert shop.counted(shop.person(who)) == {"view": 6, "buy": 6}


def test_a_replay_of_the_archive_interrupted_anywhere_changes_nothing(shop: Shop) -> None:
    who = shop.who()
    shop.bring(order("O1", 1, "待支付", who), order("O1", 2, "已支付", who), cart(who, 1, 2), shop.event(who))
    shop.compact()
    person = shop.person(who)
    before = [shop.house.call("GET", f"/v1/people/{person}/{what}", key=shop.key)[1] for what in ("records?type=order", "cart")]
    errand = Replay(brand="demo", first=NOON.date(), last=NOON.date(), types=())

    def play(chaos: Chaos) -> None:
        chaos.run(lambda: errands.run(errand, world=shop.house.world, now=shop.house.clock()))
        for body in take_bodies(shop):
            work(shop, body)

        after = [shop.house.call("GET", f"/v1/people/{person}/{what}", key=shop.key)[1] for what in ("records?type=order", "cart")]
        assert after == before
        assert shop.counted(person) == {"view": 1}

    assert try_every_fault(play, fates=(Fate.crashes_before, Fate.crashes_after, Fate.throttled)) >= 6


def test_of_a_batch_of_messages_only_those_that_fail_come_again(shop: Shop) -> None:
    who = shop.who()
    _, taken = shop.send(*(shop.event(who) for _ in range(12)))
    bodies = take_bodies(shop)
    broken = bodies[1].replace('"sealed":"', '"sealed":"x')

    answer = shop.house.deliver("keep_records", [("a", bodies[0]), ("b", broken), ("c", bodies[2])])
    between = shop.batch(taken["id"])
    shop.house.deliver("keep_records", [("b", bodies[1])])

    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == ["b"]
    assert (between["stored"], between["waiting"]) == (8, 4)
    assert shop.batch(taken["id"])["stored"] == 12
    assert shop.counted(shop.person(who)) == {"view": 12}
