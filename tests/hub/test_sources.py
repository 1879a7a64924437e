"""What each source brought is what became of it, exactly, whatever breaks; and what is not accounted for after an hour is found."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from chalicelib.aws import clients
from chalicelib.hub.flows import releasing, sources, taking
from chalicelib.hub.rules.sources import add_all
from chalicelib.hub.tables import batches, records
from chalicelib.hub.tables import sources as tables
from chalicelib.hub.words.quarantine import Replay
from chalicelib.hub.words.records import BatchOrder, Part
from chalicelib.staff.words import Scope
from tests.builders import make_key
from tests.faults import Chaos, Fate, try_every_fault
from tests.hub.source import Bringer

NUMBERS = ("received", "rejected", "accepted", "stored", "quarantined", "duplicate", "waiting")


def shown(hub: Bringer, source: str) -> dict[str, Any]:
    status, page = hub.house.call("GET", "/v1/sources?limit=100", key=hub.key)
    assert status == 200, page
    (found,) = [each for each in page["sources"] if each["source"] == source]
    result: dict[str, Any] = found
    return result


def numbers(told: dict[str, Any]) -> tuple[int, ...]:
    return tuple(told[name] for name in NUMBERS)


def marks(hub: Bringer, source: str) -> list[str]:
    """Batches of a source that are marked as not done."""
    return [row["sk"]["S"] for row in hub.house.rows("records") if "#W#" in row["pk"]["S"] and row["source"]["S"] == source]


@contextmanager
def broken(monkeypatch: pytest.MonkeyPatch, room: Any, name: str) -> Iterator[None]:
    """The process ends where it comes to this."""
    with monkeypatch.context() as patch:
        patch.setattr(room, name, lambda *given, **named: (_ for _ in ()).throw(RuntimeError("gone")))
        yield


def test_what_came_is_counted_by_what_became_of_it(hub: Bringer) -> None:
    order = hub.order(at="2026-11-20T11:59:57+08:00")
    hub.bring(order, hub.order(data={"状态": "nonsense"}), {"type": "order"}, source="counted")
    hub.bring(order, hub.order(type="cart", data={}), source="counted")

    told = shown(hub, "counted")

    assert numbers(told) == (5, 1, 4, 2, 1, 1, 0)
    assert [numbers(hour) for hour in told["hours"]] == [numbers(told)]
    assert {each["type"]: (each["stored"], each["quarantined"], each["duplicate"]) for each in told["types"]} == {
        "order": (1, 1, 1),
        "cart": (1, 0, 0),
    }
    (orders,) = [each["delay"] for each in told["types"] if each["type"] == "order"]
    assert (orders["measured"], orders["older"], orders["median_s"], orders["p95_s"]) == (1, 0, 5, 5)


def test_before_the_worker_came_what_was_accepted_waits(hub: Bringer) -> None:
    hub.send(hub.order(), {"type": "order"}, source="waiting")

    before = shown(hub, "waiting")
    hub.house.work()

    assert numbers(before) == (2, 1, 1, 0, 0, 0, 1)
    assert numbers(shown(hub, "waiting")) == (2, 1, 1, 1, 0, 0, 0)


def test_a_part_delivered_ten_times_and_a_batch_sent_ten_times_count_once(hub: Bringer) -> None:
    order, headers = hub.order(), {"Idempotency-Key": hub.new_id()}
    for _ in range(10):
        hub.send(order, source="again", headers=headers)
    (message,) = clients.client("sqs").receive_message(QueueUrl=hub.house.urls["records"], VisibilityTimeout=0)["Messages"]
    for number in range(10):
        hub.house.deliver("keep_records", [(f"m{number}", message["Body"])])
    hub.house.work()

    assert numbers(shown(hub, "again")) == (1, 0, 1, 1, 0, 0, 0)


def test_two_deliveries_of_a_part_at_the_same_moment_count_once(hub: Bringer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both looked before either wrote: the later one finds the part kept, and counts nothing."""
    hub.send(hub.order(), source="twins")
    (message,) = clients.client("sqs").receive_message(QueueUrl=hub.house.urls["records"], VisibilityTimeout=0)["Messages"]
    hub.house.work()
    first_looks, real = [False], batches.is_part_done

    with monkeypatch.context() as patch:
        patch.setattr(batches, "is_part_done", lambda *part: first_looks.pop() if first_looks else real(*part))
        answer = hub.house.deliver("keep_records", [("m", message["Body"])])

    assert answer == {"batchItemFailures": []}
    assert first_looks == []
    assert numbers(shown(hub, "twins")) == (1, 0, 1, 1, 0, 0, 0)


def test_late_work_is_counted_in_the_hour_its_batch_came(hub: Bringer) -> None:
    hub.send(hub.order(), source="late")
    came = shown(hub, "late")["hours"][0]["hour"]

    hub.house.clock.advance(hours=2)
    hub.house.work()

    assert [(hour["hour"], hour["stored"], hour["waiting"]) for hour in shown(hub, "late")["hours"]] == [(came, 1, 0)]
    hub.house.clock.advance(hours=-2)


def test_a_source_that_is_silent_for_a_day_is_still_listed_with_when_it_was_last_heard_of(hub: Bringer) -> None:
    hub.bring(hub.order(), source="silent")
    seen_at = shown(hub, "silent")["last_seen_at"]
    hub.house.clock.advance(days=2)

    told = shown(hub, "silent")

    assert (numbers(told), told["hours"], told["types"], told["last_seen_at"]) == ((0,) * 7, [], [], seen_at)
    hub.house.clock.advance(days=-2)


def test_sources_come_a_page_at_a_time(hub: Bringer) -> None:
    for source in ("page-a", "page-b", "page-c"):
        hub.send({}, source=source)

    names, cursor = [], ""
    while cursor is not None:
        _, page = hub.house.call("GET", f"/v1/sources?limit=2{cursor and f'&cursor={cursor}'}", key=hub.key)
        names += [each["source"] for each in page["sources"]]
        cursor = page["cursor"]

    assert names == sorted(set(names))
    assert {"page-a", "page-b", "page-c"} <= set(names)


def test_a_key_that_may_not_read_records_sees_no_source(hub: Bringer) -> None:
    status, answer = hub.house.call("GET", "/v1/sources", key=make_key(hub.house, "demo", Scope.records_write))

    assert (status, answer["Code"]) == (403, "scope_missing")


def test_two_that_count_in_one_row_at_once_both_count(hub: Bringer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of the first attempt is held by another transaction: the next attempt counts in another row."""
    attempts: list[int] = []
    real = batches.begin_batch

    def crowded(*given: Any, attempt: int, **named: Any) -> bool:
        attempts.append(attempt)
        return attempt > 1 and real(*given, attempt=attempt, **named)

    with monkeypatch.context() as patch:
        patch.setattr(batches, "begin_batch", crowded)
        hub.send(hub.order(), source="crowded")
    hub.house.work()

    assert attempts == [0, 1, 2]
    assert numbers(shown(hub, "crowded")) == (1, 0, 1, 1, 0, 0, 0)


@pytest.mark.parametrize("parts", [1, 3])
def test_the_mark_of_a_batch_goes_with_its_last_part(hub: Bringer, monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    monkeypatch.setattr(taking, "PART_RECORDS", 1)
    source = f"marked-{parts}"
    hub.send(*[hub.order() for _ in range(parts)], source=source)
    messages = clients.client("sqs").receive_message(QueueUrl=hub.house.urls["records"], MaxNumberOfMessages=10, VisibilityTimeout=0)
    bodies = [message["Body"] for message in messages["Messages"]]

    for number, body in enumerate(bodies[1:]):
        hub.house.deliver("keep_records", [(f"m{number}", body)])
    before = len(marks(hub, source))
    hub.house.work()

    assert (before, marks(hub, source)) == (1, [])


def test_a_batch_that_is_rejected_whole_leaves_no_mark(hub: Bringer) -> None:
    hub.send({}, source="refused")

    assert marks(hub, "refused") == []


def test_a_batch_that_is_not_done_after_an_hour_is_found_named_and_told(hub: Bringer, caplog: pytest.LogCaptureFixture) -> None:
    _, taken = hub.send(hub.order(), hub.order(), {}, source="lost")
    url = hub.house.urls["records"]
    (message,) = clients.client("sqs").receive_message(QueueUrl=url)["Messages"]

    early = sources.watch(world=hub.house.world, now=hub.house.clock())
    hub.house.clock.advance(minutes=61)
    with caplog.at_level(logging.WARNING):
        (found,) = sources.watch(world=hub.house.world, now=hub.house.clock())
    hub.house.deliver("keep_records", [("m", message["Body"])])
    done = sources.watch(world=hub.house.world, now=hub.house.clock())
    hub.house.clock.advance(minutes=-61)

    assert (early, done) == ([], [])
    assert (found.batch, found.source, found.waiting, found.acknowledged) == (taken["id"], "lost", 2, True)
    assert taken["id"] in caplog.text
    assert figure(hub, "RecordsUnaccounted", []) == 2


def test_a_mark_that_a_crash_left_behind_is_taken_away_and_nobody_is_alarmed(hub: Bringer, monkeypatch: pytest.MonkeyPatch) -> None:
    with broken(monkeypatch, tables, "unmark"):
        hub.bring(hub.order(), source="crashed")
    before = len(marks(hub, "crashed"))

    hub.house.clock.advance(minutes=61)
    found = sources.watch(world=hub.house.world, now=hub.house.clock())
    hub.house.clock.advance(minutes=-61)
    hub.house.work()

    assert (before, found, marks(hub, "crashed")) == (1, [], [])


def test_what_was_never_acknowledged_is_named_and_alarms_nobody(hub: Bringer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sent it was told to send it again."""
    with broken(monkeypatch, hub.house.world.queues, "send_all"):
        hub.send(hub.order(), source="never")

    hub.house.clock.advance(minutes=61)
    (found,) = sources.watch(world=hub.house.world, now=hub.house.clock())
    hub.house.clock.advance(minutes=-61)
    for waiting in tables.list_waiting("demo", until=hub.house.clock().replace(year=2027), most=100):
        tables.unmark(waiting)

    assert (found.source, found.waiting, found.acknowledged) == ("never", 1, False)


def test_every_source_has_its_figures_by_the_hour_and_of_a_crowd_those_that_bring_most(
    hub: Bringer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_FIGURES", 1)
    hub.bring(*[hub.order() for _ in range(40)], source="big")
    hub.bring({}, source="small")

    hub.house.tick("watch_records")

    def of(source: str) -> list[dict[str, str]]:
        return [{"Name": "Brand", "Value": "demo"}, {"Name": "Source", "Value": source}]

    assert figure(hub, "RecordsStored", of("big")) == 40
    assert figure(hub, "RecordsRejected", of("*")) >= 1
    assert figure(hub, "RecordsReceived", of("small")) is None


def figure(hub: Bringer, name: str, of: list[dict[str, str]]) -> Any:
    """The largest value of a figure today, as CloudWatch has it."""
    day = hub.house.clock().replace(hour=0)
    given = clients.client("cloudwatch").get_metric_statistics(
        Namespace="Liandong",
        MetricName=name,
        Dimensions=[{"Name": "Stage", "Value": "local"}, *of],
        StartTime=day.replace(year=2020),
        EndTime=day.replace(year=2040),
        Period=86400 * 365,
        Statistics=["Maximum"],
    )["Datapoints"]
    return max((point["Maximum"] for point in given), default=None)


def test_counts_are_exact_whatever_breaks_in_the_taking_and_the_keeping(hub: Bringer) -> None:
    """The process ends after each call: what broke off is sent and delivered again, and what came is what became of it."""

    def play(chaos: Chaos) -> None:
        source, key = f"s-{hub.new_id().lower()}", hub.new_id()
        order = BatchOrder(records=[hub.order(), {}], source=source)
        work = take(hub, order, source, key)
        chaos.run(work)
        work()  # the caller, who may not have heard that it was taken
        parts = [body for body in queued(hub) if body.source == source]
        chaos.run(*[lambda part=part: releasing.work_off(part, world=hub.house.world, now=hub.house.clock()) for part in parts])
        counts = add_all(
            each.tally for each in tables.list_counts("demo", since="2026-11-20T00", until="2026-11-21T00") if each.source == source
        )

        assert (counts.received, counts.rejected, counts.accepted) == (2, 1, 1)
        assert (counts.stored, counts.quarantined, counts.duplicate) == (1, 0, 0)
        assert [each for each in tables.list_waiting("demo", until=hub.house.clock(), most=100) if each.source == source] == []

    assert try_every_fault(play, fates=(Fate.crashes_after,)) > 10


def take(hub: Bringer, order: BatchOrder, source: str, key: str) -> Callable[[], Any]:
    """A caller who sends a batch again when the lease of whoever broke off is over."""
    body = msgspec.json.encode(order)

    def send() -> None:
        hub.house.clock.advance(seconds=31)
        taking.take_batch("demo", order, source=source, body=body, idempotency_key=key, world=hub.house.world, now=hub.house.clock())

    return send


def queued(hub: Bringer) -> list[Part]:
    """Parts on their way, taken from the queue."""
    sqs, url, bodies = clients.client("sqs"), hub.house.urls["records"], []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(msgspec.json.decode(message["Body"], type=Part | Replay))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [body for body in bodies if isinstance(body, Part)]


def test_no_count_begins_with_anything_but_its_brand(hub: Bringer) -> None:
    hub.bring(hub.order(), source="keys")

    assert all(row["pk"]["S"].startswith("demo#") for row in hub.house.rows("records"))
    assert records.CurrentRow.Meta.table_name == tables.CountRow.Meta.table_name
