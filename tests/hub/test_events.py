"""Events: told by ends and by business systems, whose they are, counted once a day, duplicates and races."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws import clients
from chalicelib.hub.flows import releasing
from chalicelib.hub.rules import behaviour as rules
from chalicelib.hub.words.behaviour import Day
from chalicelib.hub.words.records import Part
from tests.archive.brand import Shop
from tests.builders import log_in, make_user
from tests.faults import Chaos, try_every_fault
from tests.house import NOON, open_house
from tests.hub.source import AT


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_house() as house:
        yield Shop(house)


def tell(shop: Shop, session: str, *events: Any) -> tuple[int, Any]:
    return shop.house.call("POST", "/v1/me/events", {"events": events}, key=session)


def visitor(shop: Shop) -> dict[str, Any]:
    return log_in(shop.house, make_user(shop.house))


def seen(event_id: str, name: str = "view", **changes: Any) -> dict[str, Any]:
    return {"id": event_id, "name": name, "at": AT, "properties": {"sku": "A1"}, **changes}


def test_an_end_tells_what_somebody_did_and_a_repeat_is_one(shop: Shop) -> None:
    login = visitor(shop)

    status, told = tell(shop, login["session_token"], seen("1"), seen("2", "buy"))
    again = tell(shop, login["session_token"], seen("2", "buy"), seen("3"))
    shop.house.work()

    assert (status, told["accepted"], told["rejected"]) == (202, 2, 0)
    assert again[0] == 202
    assert shop.counted(login["person"]) == {"view": 2, "buy": 1}


def test_one_broken_event_harms_none_of_its_neighbours(shop: Shop) -> None:
    login = visitor(shop)
    broken = [
        {"name": "x", "at": AT},
        seen("b", at="noon"),
        seen("c", at="1999-12-31T00:00:00Z"),
        seen("d", name=""),
        seen("e", name="n" * 49),
        seen("f", properties=[1]),
        seen("g", extra=1),
        "nothing",
        seen("h", properties={"deep": {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}}),
    ]

    _, told = tell(shop, login["session_token"], seen("ok"), *broken)
    shop.house.work()

    verdicts = [each["verdict"] for each in told["events"]]
    assert verdicts == ["accepted", *["rejected"] * 8, "accepted"]
    assert all(f"`$.events[{place}]" in each["message"] for place, each in enumerate(told["events"]) if each["verdict"] == "rejected")
    assert shop.counted(login["person"]) == {"view": 2}


def test_an_end_whose_clock_is_ahead_is_set_right(shop: Shop) -> None:
    login = visitor(shop)

    _, told = tell(shop, login["session_token"], seen("late", at="2031-01-01T00:00:00Z"))
    shop.house.work()

    assert (told["events"][0]["verdict"], told["events"][0]["code"]) == ("accepted", "clock_ahead")
    assert shop.counted(login["person"], days=1) == {"view": 1}


@pytest.mark.parametrize("events", [[], [seen("1")] * 51])
def test_none_and_too_many_events_are_refused(shop: Shop, events: list[Any]) -> None:
    status, body = tell(shop, visitor(shop)["session_token"], *events)

    assert (status, body["Code"]) == (400, "field_invalid")


def test_an_end_that_tells_without_end_is_asked_to_wait(shop: Shop) -> None:
    login, most = visitor(shop), shop.house.settings.event_calls_per_person_hour
    for row in range(2):
        tell(shop, login["session_token"], seen(str(row)))
    fill_limit(shop, most)

    status, body = tell(shop, login["session_token"], seen("more"))
    shop.house.clock.advance(hours=1, seconds=1)
    later, _ = tell(shop, visitor(shop)["session_token"], seen("later"))

    assert (status, body["Code"], later) == (429, "too_many_events", 202)


def fill_limit(shop: Shop, most: int) -> None:
    """As if it had told so often already."""
    for row in shop.house.rows("identities"):
        if row["sk"]["S"] == "L#events":
            clients.client("dynamodb").put_item(TableName="liandong-local-identities", Item={**row, "spent": {"N": str(most)}})


def test_nobody_tells_events_without_a_session_or_in_anothers_name(shop: Shop) -> None:
    login = visitor(shop)

    without = tell(shop, "", seen("1"))
    by_key = tell(shop, shop.key, seen("1"))
    named = shop.house.call("POST", "/v1/me/events", {"events": [seen("1")], "who": {"phone": "13800000000"}}, key=login["session_token"])

    assert [without[0], by_key[0], named[0]] == [401, 401, 400]


def test_events_of_several_identifiers_link_them_once(shop: Shop) -> None:
    phone, member = shop.who()["phone"], shop.new_id()
    both = {"phone": phone, "member_no": member}

    batch = shop.bring(*(shop.event(both, "x") for _ in range(5)))

    assert batch["stored"] == 5
    assert shop.person({"phone": phone}) == shop.person({"member_no": member})
    assert shop.counted(shop.person({"phone": phone})) == {"x": 5}


def test_events_without_a_name_are_refused_and_other_fields_are_kept_as_they_came(shop: Shop) -> None:
    who = shop.who()
    nameless = {"type": "event", "id": "n", "at": AT, "who": who, "data": {"properties": {}}}
    renamed = {"type": "event", "id": "r", "at": AT, "who": who, "data": {"事件": "逛", "属性": {"a": 1}, "extra": 1}}

    batch = shop.bring(nameless, renamed)

    assert shop.verdicts(batch) == ["rejected", "stored"]
    assert shop.counted(shop.person(who)) == {"逛": 1}


def test_the_days_of_a_person_are_those_of_every_end(shop: Shop) -> None:
    login = visitor(shop)
    tell(shop, login["session_token"], seen("a"))
    shop.house.work()
    old = "2026-10-01T08:00:00Z"
    tell(shop, login["session_token"], seen("b", at=old))
    shop.house.work()

    assert shop.counted(login["person"], days=90) == {"view": 2}
    assert shop.counted(login["person"], days=7) == {"view": 1}


@pytest.mark.parametrize("days", ["0", "91", "x", "１", ""])
def test_days_are_a_number_we_can_look_back(shop: Shop, days: str) -> None:
    who = shop.who()
    shop.bring(shop.event(who))

    status, body = shop.house.call("GET", f"/v1/people/{shop.person(who)}/behaviour?days={days}", key=shop.key)

    assert (status, body["Code"]) == (400, "field_invalid")


def test_a_part_that_breaks_off_anywhere_counts_each_event_once_and_says_so(shop: Shop) -> None:
    who = shop.who()
    total = 0

    def play(chaos: Chaos) -> None:
        nonlocal total
        total += 3
        told = [shop.event(who, "page") for _ in range(3)]
        _, taken = shop.send(*told, told[0])
        part = take_part(shop)
        chaos.run(lambda: releasing.work_off(part, world=shop.house.world, now=shop.house.clock()))
        assert shop.counted(shop.person(who)) == {"page": total}
        assert shop.verdicts(shop.batch(taken["id"])) == ["stored", "stored", "stored", "duplicate"]

    try_every_fault(play)


def take_part(shop: Shop) -> Any:
    """The one part on the queue, taken off it."""
    sqs, url = clients.client("sqs"), shop.house.urls["records"]
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return msgspec.json.decode(message["Body"], type=Part)


def test_parts_at_once_that_bring_one_person_the_same_and_other_events_count_each_once(shop: Shop) -> None:
    for seed in range(8):
        who = shop.who()
        same = shop.event(who, "page")
        parts = []
        for _ in range(3):
            shop.send(same, shop.event(who, "page"))
            parts.append(take_part(shop))

        Chaos(seed, chance=0.1).run(
            *((lambda part=part: releasing.work_off(part, world=shop.house.world, now=shop.house.clock())) for part in parts)
        )

        assert shop.counted(shop.person(who)) == {"page": 4}, f"seed {seed}"


def test_what_was_counted_before_a_crash_is_stored_though_others_counted_meanwhile_and_a_repeat_is_a_duplicate() -> None:
    ours, theirs = [("01" * 16, "0a" * 16, "x"), ("02" * 16, "0b" * 16, "x")], [("03" * 16, "0c" * 16, "x"), ("01" * 16, "0d" * 16, "x")]
    day, _ = rules.count_events(Day(owner="o", on=NOON.date()), ours)
    day, between = rules.count_events(day, theirs)

    after, again = rules.count_events(day, ours)

    assert (between, again) == ([True, False], [True, True])
    assert after is day
    assert day.counts == {"x": 3}


EVENTS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from("abc")), max_size=60)


@given(EVENTS, st.integers(0, 10))
def test_within_the_ring_each_event_is_counted_once_in_whatever_order_and_pieces(events: list[tuple[int, str]], piece: int) -> None:
    once, numbers = dict(reversed(events)), [number for number, _ in events]
    keyed = [(f"{number:032x}"[::-1], f"{place:032x}"[::-1], once[number]) for place, (number, _) in enumerate(events)]
    told = []
    day = Day(owner="o", on=NOON.date())

    for start in range(0, len(keyed), piece + 1):
        day, counted = rules.count_events(day, keyed[start : start + piece + 1])
        told += counted

    assert day.counts == {name: list(once.values()).count(name) for name in set(once.values())}
    assert len(day.ring) <= rules.RING * rules.MARK_BYTES
    assert told == [numbers.index(number) == place for place, number in enumerate(numbers)]


def test_a_day_of_many_names_stays_small() -> None:
    day, _ = rules.count_events(Day(owner="o", on=NOON.date()), [(f"{n:032x}"[::-1], "00" * 16, f"name-{n}") for n in range(100)])
    exact = {f"name-{n}": 1 for n in range(100)}

    settled = rules.settle(day, exact)

    assert len(day.counts) == rules.MOST_NAMES + 1
    assert day.counts[rules.OTHERS] == 100 - rules.MOST_NAMES
    assert settled is not None
    assert sum(settled.counts.values()) == 100
