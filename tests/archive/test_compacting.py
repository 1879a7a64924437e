"""What is kept goes to the archive, once, through crashes and repeats; counts become exact; what was lost is brought again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chalicelib.archive.flows import belonging, compacting, errands
from chalicelib.archive.rules import catalogue as rules
from chalicelib.archive.tables import catalogue as tables
from chalicelib.archive.tables.columns import Columns
from chalicelib.archive.words.catalogue import Compact, Replay
from chalicelib.aws import clients
from chalicelib.aws.facts import Fact
from chalicelib.errors import Busy
from chalicelib.hub.flows.archiving import put
from chalicelib.hub.rules import behaviour
from chalicelib.hub.words.archived import Line
from tests.archive.brand import Shop
from tests.faults import Chaos, Fate, try_every_fault
from tests.house import ARCHIVE, NOON, open_house
from tests.hub.source import AT


@pytest.fixture
def shop() -> Iterator[Shop]:
    """Empty ground: what lies in an archive is compared as a whole."""
    with open_house() as house:
        yield Shop(house)


def objects(shop: Shop, beginning: str = "") -> list[str]:
    return shop.house.world.archive.list_names("demo", beginning, most=10_000)


def lines(shop: Shop, tmp_path: Path) -> list[dict[str, Any]]:
    """Everything that lies in the columns, as it is."""
    with Columns(tmp_path) as columns:
        found = []
        for shelf in tables.read_catalogue("demo").shelves:
            for file in shelf.files:
                path = tmp_path / file.name.replace("/", "_")
                path.write_bytes(shop.house.world.archive.fetch("demo", file.name) or b"")
                found += [{"type": "event", "id": row[0]} for row in columns._rows(f"SELECT id FROM '{path}' WHERE type = 'event'")]
                found += list(columns.read_lines([path], ()))
        return found


def test_the_archive_holds_every_version_and_every_event_once(shop: Shop, tmp_path: Path) -> None:
    who, order = shop.who(), shop.order()
    later = {**order, "data": {**order["data"], "状态": "已发货", "updated_at": "2026-11-20T11:30:00+08:00"}}
    event = shop.event(who)

    shop.bring(order, event, order)
    shop.bring(later, event)
    shop.compact()
    shop.bring(order, event)
    archive = shop.compact()

    found = lines(shop, tmp_path)
    assert sorted((line["type"], line["id"]) for line in found) == sorted(
        [("event", event["id"]), ("order", order["id"]), ("order", order["id"])]
    )
    assert (archive["lines"], archive["waiting"]) == (3, 0)
    assert objects(shop, "parts/") == []


def test_what_is_held_comes_to_the_archive_when_it_is_let_go(shop: Shop, tmp_path: Path) -> None:
    order = shop.order()
    shop.bring({**order, "data": {**order["data"], "状态": "飞走了"}})
    shop.compact()
    before = lines(shop, tmp_path)
    group = shop.house.call("GET", "/v1/quarantine", key=shop.key)[1]["groups"][0]["id"]
    held = shop.house.call("GET", f"/v1/quarantine/{group}", key=shop.key)[1]["records"][0]["id"]

    shop.house.call("POST", f"/v1/quarantine/{group}/{held}/replay", {"data": {"状态": "已发货"}}, key=shop.key)
    shop.compact()

    assert before == []
    assert [(line["id"], line["type"]) for line in lines(shop, tmp_path)] == [(order["id"], "order")]


def test_objects_tell_nothing_to_whoever_holds_the_bucket_alone(shop: Shop) -> None:
    shop.bring(shop.event(shop.who(), "secret-name", note="call 13987654321"))
    shop.compact()
    shop.bring(shop.event(shop.who(), "secret-name", note="call 13987654321"))

    s3 = clients.client("s3")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=ARCHIVE)["Contents"]]
    bodies = [s3.get_object(Bucket=ARCHIVE, Key=key)["Body"].read() for key in keys]

    assert {key.split("/")[1] for key in keys} == {"parts", "columns", "owners"}
    assert not any(word in body for body in bodies for word in (b"secret-name", b"1398765", b"PAR1", b"person"))


def test_an_object_opens_under_its_own_name_only(shop: Shop) -> None:
    archive, now = shop.house.world.archive, shop.house.clock()
    archive.put("demo", "parts/a", b"content", now=now)
    s3 = clients.client("s3")
    s3.copy_object(Bucket=ARCHIVE, Key="demo/parts/b", CopySource={"Bucket": ARCHIVE, "Key": "demo/parts/a"})

    assert archive.fetch("demo", "parts/a") == b"content"
    with pytest.raises(Exception, match=r"^$") as refused:
        archive.fetch("demo", "parts/b")
    assert type(refused.value).__name__ == "InvalidTag"


def test_days_that_are_over_lie_in_one_file_however_often_something_came(shop: Shop) -> None:
    who = shop.who()
    for _ in range(rules.MOST_FILES + 2):
        shop.bring(shop.event(who))
        shop.compact()
    today = shop.archive()["days"]
    shop.house.clock.advance(days=2)
    shop.bring(shop.event(who))
    over = shop.compact()["days"]

    assert today == [{"on": "2026-11-20", "lines": rules.MOST_FILES + 2, "files": 2, "settled": False}]
    assert over == [{"on": "2026-11-20", "lines": rules.MOST_FILES + 3, "files": 1, "settled": True}]
    assert len(objects(shop, "columns/")) == 1


def test_repeats_beyond_the_memory_of_a_day_are_settled_when_the_day_is_over(shop: Shop) -> None:
    who = shop.who()
    first = [shop.event(who, "page") for _ in range(behaviour.RING)]
    shop.bring(*first, *(shop.event(who, "other") for _ in range(behaviour.RING)))
    shop.bring(*first)
    wrong = shop.counted(shop.person(who))

    shop.house.clock.advance(days=1, hours=22)
    archive = shop.compact()

    assert wrong == {"page": 2 * behaviour.RING, "other": behaviour.RING}
    assert shop.counted(shop.person(who)) == {"page": behaviour.RING, "other": behaviour.RING}
    assert [day["settled"] for day in archive["days"]] == [True]


def test_what_comes_late_for_a_day_that_was_settled_is_counted_and_settled_again(shop: Shop) -> None:
    who = shop.who()
    shop.bring(shop.event(who, "page"))
    shop.house.clock.advance(days=2)
    shop.compact()
    shop.bring(shop.event(who, "page", at=AT))
    between = shop.archive()["days"][0]["settled"]
    after = shop.compact()["days"][0]["settled"]

    assert (between, after) == (True, True)
    assert shop.counted(shop.person(who)) == {"page": 2}


def test_days_beyond_their_time_are_forgotten(shop: Shop) -> None:
    shop.bring(shop.event(shop.who()))
    shop.compact()
    shop.house.clock.advance(days=1096)
    shop.bring(shop.event(shop.who(), at="2029-11-20T11:00:00+08:00"))

    archive = shop.compact()

    assert [day["on"] for day in archive["days"]] == ["2029-11-20"]
    assert len(objects(shop, "columns/")) == 1


def test_records_that_were_lost_are_brought_again(shop: Shop) -> None:
    who = shop.who()
    order, cart = shop.order(who=who), {"type": "cart", "id": "c", "at": AT, "who": who, "data": {"items": [{"sku": "A", "quantity": 2}]}}
    shop.bring(order, cart, shop.event(who))
    shop.compact()
    person = shop.person(who)
    before = [shop.house.call("GET", f"/v1/people/{person}/records?type={kind}", key=shop.key)[1] for kind in ("order", "cart")]
    wipe(shop, "records")
    wipe_days(shop)

    status, told = shop.house.call("POST", "/v1/archive/replay", {"first": "2026-11-01", "last": "2026-11-30"}, key=shop.key)
    shop.house.work()
    shop.house.clock.advance(days=2)
    shop.compact()

    after = [shop.house.call("GET", f"/v1/people/{person}/records?type={kind}", key=shop.key)[1] for kind in ("order", "cart")]
    assert (status, told) == (202, {"days": 1, "lines": 3})
    assert after == before
    assert len(before[0]["records"]) == len(before[1]["records"]) == 1
    assert shop.counted(person) == {"view": 1}


def wipe(shop: Shop, table: str) -> None:
    dynamodb = clients.client("dynamodb")
    for row in shop.house.rows(table):
        dynamodb.delete_item(TableName=f"liandong-local-{table}", Key={"pk": row["pk"], "sk": row["sk"]})


def wipe_days(shop: Shop) -> None:
    dynamodb = clients.client("dynamodb")
    for row in shop.house.rows("archive"):
        if "#E#" in row["pk"]["S"]:
            dynamodb.delete_item(TableName="liandong-local-archive", Key={"pk": row["pk"], "sk": row["sk"]})


def test_a_replay_of_what_is_there_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    order = shop.order()
    shop.bring(order, shop.event(order["who"]))
    shop.compact()
    records, held = shop.house.rows("records"), shop.house.rows("quarantine")

    errands.run(
        Replay(brand="demo", first=date(2026, 11, 1), last=date(2026, 11, 30), types=()), world=shop.house.world, now=shop.house.clock()
    )
    shop.house.work()
    shop.compact()

    assert (shop.house.rows("records"), shop.house.rows("quarantine")) == (records, held)
    assert len(lines(shop, tmp_path)) == 2


def test_a_replay_brings_one_day_in_one_go_and_hands_the_others_on(shop: Shop) -> None:
    days = [f"2026-11-{day}T11:00:00+08:00" for day in (15, 17, 18)]
    shop.bring(*(shop.order(at=day) for day in days))
    shop.compact()
    replay = Replay(brand="demo", first=date(2026, 11, 1), last=date(2026, 11, 30), types=())

    errands.run(replay, world=shop.house.world, now=shop.house.clock())
    waiting = [(shop.house.queued("records"), shop.house.queued("archive"))]
    while shop.house.work_off("archive"):
        waiting.append((shop.house.queued("records"), shop.house.queued("archive")))

    shop.house.work()
    assert waiting == [(1, 1), (2, 1), (3, 0)]


@pytest.mark.parametrize(
    "order",
    [
        {"first": "2026-11-02", "last": "2026-11-01"},
        {"first": "2025-01-01", "last": "2026-11-01"},
        {"first": "2026-11-01"},
        {"first": "yesterday", "last": "2026-11-01"},
        {"first": "2026-11-01", "last": "2026-11-01", "types": ["Order!"]},
    ],
)
def test_a_replay_that_cannot_be_meant_is_refused(shop: Shop, order: dict[str, Any]) -> None:
    status, body = shop.house.call("POST", "/v1/archive/replay", order, key=shop.key)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert shop.house.queued("archive") == 0


def test_a_compaction_that_breaks_off_anywhere_is_finished_by_the_next(shop: Shop, tmp_path: Path) -> None:
    who, told = shop.who(), 0
    shop.bring(shop.event(who))
    line = Line(
        key="",
        type="event",
        name="page",
        id="",
        source="till",
        at_ms=int(NOON.timestamp() * 1000),
        version=1,
        owner="phone##1",
        person=shop.person(who),
        seen_ms=1,
        data={},
        raw={},
    )

    def play(chaos: Chaos) -> None:
        nonlocal told
        told += 1
        brought = [msgspec.structs.replace(line, key=f"{told}-{n}", id=f"{told}-{n}") for n in range(2)]
        put("demo", f"part-{told}", brought, world=shop.house.world, now=shop.house.clock())
        chaos.run(lambda: compacting.compact("demo", world=shop.house.world, now=shop.house.clock()))
        assert objects(shop, "parts/") == []

    try_every_fault(play, fates=(Fate.crashes_after, Fate.answer_lost, Fate.asked_twice))

    shop.house.clock.advance(days=1, minutes=1)
    compacting.compact("demo", world=shop.house.world, now=shop.house.clock())
    found = lines(shop, tmp_path)
    assert len(found) == len({line["id"] for line in found}) == 2 * told + 1
    assert set(objects(shop)) == {file.name for shelf in tables.read_catalogue("demo").shelves for file in shelf.files} | {
        tables.read_catalogue("demo").people
    }


def test_answers_are_gone_when_their_week_is_over(shop: Shop) -> None:
    shop.bring(shop.event(shop.who()))
    shop.ask({"event": "view"})
    before = objects(shop, "answers/")
    shop.house.clock.advance(days=7, minutes=1)

    shop.compact()

    assert (len(before), objects(shop, "answers/")) == (1, [])


def test_two_compactions_at_once_take_each_line_once(shop: Shop, tmp_path: Path) -> None:
    for seed in range(6):
        shop.bring(*(shop.event(shop.who()) for _ in range(3)))
        work = lambda: compacting.compact("demo", world=shop.house.world, now=shop.house.clock())  # noqa: E731

        Chaos(seed).run(work, work)

    found = lines(shop, tmp_path)
    assert len(found) == len({line["id"] for line in found}) == 18


def test_what_another_compaction_takes_in_between_is_not_taken_twice(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.bring(shop.event(shop.who()))
    list_names = shop.house.world.archive.list_names

    def be_late(brand: str, beginning: str, *, most: int) -> list[str]:
        names = list_names(brand, beginning, most=most)
        if beginning == "people/":
            with monkeypatch.context() as patch:
                patch.setattr(shop.house.world.archive, "list_names", list_names)
                compacting.compact("demo", world=shop.house.world, now=shop.house.clock())
        return names

    with monkeypatch.context() as patch:
        patch.setattr(shop.house.world.archive, "list_names", be_late)
        with pytest.raises(Busy):
            compacting.compact("demo", world=shop.house.world, now=shop.house.clock())

    assert len(lines(shop, tmp_path)) == 1


def test_brands_whose_compaction_was_not_queued_are_not_passed_over_in_silence(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.house.world.queues, "send_all", lambda queue, bodies: [len(bodies) - 1])

    with pytest.raises(Busy):
        compacting.plan_compaction(world=shop.house.world)


def test_a_fact_heard_twice_and_late_tells_who_they_are_now(shop: Shop) -> None:
    who = shop.who()
    shop.bring(shop.event(who))
    person = shop.person(who)
    fact = Fact(kind="person.split", brand="demo", id="a/b/0", body={"person": person, "parted": [person]})

    for _ in range(2):
        belonging.hear(fact, world=shop.house.world, now=shop.house.clock())

    assert len(objects(shop, "people/")) == 1
    shop.compact()
    assert shop.who_did({"event": "view"}) == {person}


def test_a_fact_heard_after_its_person_was_joined_with_another_tells_who_they_are_now(shop: Shop) -> None:
    phone, member = shop.who(), {"member_no": shop.new_id()}
    shop.bring(shop.event(phone), shop.event(member))
    before = shop.person(phone), shop.person(member)
    a, b = ({"type": kind, "value": value} for who in (phone, member) for kind, value in who.items())
    shop.house.call("POST", "/v1/links", {"links": [{"a": a, "b": b, "rank": "verified"}]}, key=shop.key)
    shop.house.work()
    (absorbed,) = set(before) - {shop.person(phone)}
    shop.house.clock.advance(seconds=1)
    late = Fact(kind="person.joined", brand="demo", id="a/b/1", body={"person": absorbed, "absorbed": "somebody"})

    belonging.hear(late, world=shop.house.world, now=shop.house.clock())
    shop.compact()

    assert shop.who_did({"event": "view", "at_least": 2}) == {shop.person(phone)}


def test_an_empty_archive_is_compacted_into_nothing(shop: Shop) -> None:
    errands.run(Compact(brand="demo"), world=shop.house.world, now=shop.house.clock())

    assert shop.archive() == {"days": [], "lines": 0, "waiting": 0, "changed_at": None}
    assert shop.who_did({"not": {"event": "view"}}) == set()
