"""Batches: each record is worked off alone, and only those that failed come again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from chalicelib.errors import Busy, Declined
from chalicelib.records import work_off, work_off_at_once, work_off_together


class Order(msgspec.Struct, frozen=True):
    what: str


class Record:
    """A record as Chalice hands it over."""

    def __init__(self, name: str, body: str) -> None:
        self.body = body
        self._raw = {"messageId": name, "body": body}

    def to_dict(self) -> dict[str, Any]:
        return self._raw


class Worker:
    """Remembers what it did, and fails where it is told to."""

    def __init__(self, **troubles: Exception) -> None:
        self.done: list[str] = []
        self._troubles = troubles

    def __call__(self, order: Order) -> None:
        if order.what in self._troubles:
            raise self._troubles[order.what]
        self.done.append(order.what)


def batch(*whats: str) -> list[Record]:
    return [Record(f"id-{what}", msgspec.json.encode(Order(what)).decode()) for what in whats]


def test_a_batch_that_went_well_names_nobody() -> None:
    worker = Worker()

    answer = work_off(batch("a", "b"), Order, worker)

    assert answer == {"batchItemFailures": []}
    assert worker.done == ["a", "b"]


def test_only_those_that_failed_come_again_and_none_keeps_the_next_from_its_turn() -> None:
    worker = Worker(a=Busy(), c=Declined(errcode=43101), d=ZeroDivisionError())

    answer = work_off(batch("a", "b", "c", "d", "e"), Order, worker)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "id-a"}, {"itemIdentifier": "id-c"}, {"itemIdentifier": "id-d"}]}
    assert worker.done == ["b", "e"]


@pytest.mark.parametrize("body", ["", "{", '{"what": 1}', "{}", "null"])
def test_a_record_that_cannot_be_read_fails_alone(body: str) -> None:
    worker = Worker()

    answer = work_off([Record("odd", body), *batch("a")], Order, worker)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "odd"}]}
    assert worker.done == ["a"]


def test_an_empty_batch_is_done() -> None:
    assert work_off([], Order, Worker()) == {"batchItemFailures": []}


def test_what_goes_together_is_done_at_once() -> None:
    turns: list[list[str]] = []

    answer = work_off_together(batch("a", "b"), Order, lambda orders: turns.append([order.what for order in orders]), alone=Worker())

    assert answer == {"batchItemFailures": []}
    assert turns == [["a", "b"]]


@pytest.mark.parametrize("odd", [*batch("c"), Record("id-c", "{")])
def test_where_one_is_in_the_way_each_has_a_turn_of_its_own_and_it_comes_again_alone(odd: Record) -> None:
    worker = Worker(c=Busy())

    def work(orders: Sequence[Order]) -> None:
        for order in orders:
            worker(order)

    answer = work_off_together([*batch("a"), odd, *batch("b")], Order, work, alone=worker)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "id-c"}]}
    assert worker.done[-2:] == ["a", "b"]


def test_what_goes_at_once_fails_alone_and_what_is_alike_keeps_its_order() -> None:
    worker, asked = Worker(a1=Busy()), list[int]()

    def together(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
        asked.append(len(tasks))
        return [task() for task in reversed(tasks)][::-1]

    def alike(order: Order) -> str:
        return order.what[0]

    records = [Record("odd", "{"), *batch("a1", "b1", "a2", "b2")]
    answer = work_off_at_once(records, Order, worker, alike=alike, together=together)

    assert asked == [3]
    assert worker.done == ["b1", "b2", "a2"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "odd"}, {"itemIdentifier": "id-a1"}]}


def test_the_log_tells_which_record_failed_where_and_nothing_of_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    worker = Worker(canary=KeyError("canary 13800138000"), busy=Busy("canary is busy"))

    work_off([*batch("canary", "busy"), Record("odd", '{"what": "canary" "13800138000"}')], Order, worker)

    told = [record.getMessage() for record in caplog.records]
    assert told[0].startswith("record id-canary failed: KeyError at test_records.py:")
    assert told[1] == "record id-busy waits for another try: busy"
    assert told[2].startswith("record odd failed: DecodeError at records.py:")
    assert not any(record.exc_info for record in caplog.records)
    assert "13800138000" not in caplog.text
