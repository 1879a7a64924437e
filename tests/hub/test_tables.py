"""Conditions of the hub's rows: each is there for a moment that is rare, and played here by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.aws.tables import TableError
from chalicelib.hub.tables import batches, quarantine, records
from chalicelib.hub.words.quarantine import Cause
from chalicelib.hub.words.records import Batch, BatchState, Current, PartDone, RecordVerdict, Verdict, Version
from tests.house import NOON
from tests.small_dynamo import SmallDynamo, in_place_of_dynamodb

HOUR = "2026-11-20T04"
LEASE = timedelta(seconds=30)
CAUSE = Cause("till", "order", "held", 0)


@pytest.fixture
def dynamo() -> Iterator[SmallDynamo]:
    with in_place_of_dynamodb(SmallDynamo()) as dynamo:
        yield dynamo


def a_batch(**changes: object) -> Batch:
    batch = Batch(
        brand="demo",
        id="b1",
        source="till",
        fingerprint="f1",
        state=BatchState.taking,
        received=1,
        rejected=0,
        parts=1,
        dictionary=0,
        sealed=batches.pack(()),
        made_at=NOON,
    )
    return msgspec.structs.replace(batch, **changes)


def a_version(number: int = 1, content: str = "aa", by: str = "b1#0") -> Version:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return Version(
        number=number, content=content, by=by, state=1, correction=False, at=at, owner="phone#1", source="till", dictionary=0, sealed="s"
    )


def keep(version: Version, revision: int, *aside: Version) -> bool:
    current = Current(brand="demo", type="order", key="k1", revision=revision, version=version)
    return records.keep_record(current, aside=aside, news=None, gone_at=None, now=NOON)


def begin(batch: Batch) -> bool:
    return batches.begin_batch(batch, hour=HOUR, attempt=0, lease=LEASE, now=NOON)


def test_a_batch_is_begun_once(dynamo: SmallDynamo) -> None:
    begun = begin(a_batch())
    again = begin(a_batch(fingerprint="f2"))

    assert (begun, again) == (True, False)
    (row,) = dynamo.rows(pk="demo#B#")
    assert row["fingerprint"] == {"S": "f1"}


def test_a_batch_is_taken_over_by_one_when_its_lease_is_over_and_never_when_it_was_taken(dynamo: SmallDynamo) -> None:
    begin(a_batch())
    later = NOON + timedelta(seconds=31)

    early = batches.take_over(a_batch(), lease=LEASE, now=NOON + timedelta(seconds=29))
    two = [batches.take_over(a_batch(), lease=LEASE, now=later) for _ in range(2)]
    batches.finish_batch(a_batch())
    taken = batches.take_over(a_batch(), lease=LEASE, now=later + timedelta(days=1))

    assert (early, two, taken) == (False, [True, False], False)


def test_a_batch_that_was_taken_is_not_taken_over_though_a_late_word_gave_it_up(dynamo: SmallDynamo) -> None:
    begin(a_batch())
    batches.finish_batch(a_batch())
    batches.give_up(a_batch())

    assert not batches.take_over(a_batch(), lease=LEASE, now=NOON)


@pytest.mark.parametrize("write", [batches.give_up, batches.finish_batch])
def test_a_batch_that_is_gone_is_not_half_there_again(dynamo: SmallDynamo, write: object) -> None:
    assert callable(write)
    with pytest.raises(TableError):
        write(a_batch())

    assert dynamo.rows() == []


def test_the_first_word_about_a_part_stays(dynamo: SmallDynamo) -> None:
    for verdict in (Verdict.stored, Verdict.duplicate):
        done = PartDone(part=0, verdicts=(RecordVerdict(place=0, verdict=verdict),))
        batches.keep_part("demo", "b1", done, source="till", hour=HOUR, tallies={}, facts=None, attempt=0, now=NOON)

    (row,) = dynamo.rows(pk="demo#B#")
    assert [each.verdict for each in batches.unpack(row["verdicts"]["S"])] == [Verdict.stored]


def test_a_record_is_written_upon_what_was_read(dynamo: SmallDynamo) -> None:
    first = keep(a_version(), 1)
    upon_nothing = keep(a_version(number=2), 1)
    upon_what_will_be = keep(a_version(number=2), 3)
    upon_what_was_read = keep(a_version(number=2), 2)

    assert (first, upon_nothing, upon_what_will_be, upon_what_was_read) == (True, False, False, True)
    current = records.read_record("demo", "order", "k1")
    assert current is not None
    assert (current.revision, current.version) == (2, a_version(number=2))


def test_a_version_is_put_aside_together_with_the_record_or_not_at_all(dynamo: SmallDynamo) -> None:
    keep(a_version(), 1)

    in_vain = keep(a_version(number=2), 1, a_version(number=3))
    kept = keep(a_version(number=2), 2, a_version(number=4))

    assert (in_vain, kept) == (False, True)
    assert [row["sk"]["S"] for row in dynamo.rows(pk="demo#R#", sk="V#")] == [f"V#{4:016d}#aa"]
    assert records.read_held("demo", "order", "k1", f"{4:016d}#aa") == a_version(number=4)


def test_a_record_is_held_once_and_let_go_once_and_counted_so(dynamo: SmallDynamo) -> None:
    held = [quarantine.hold("demo", CAUSE, batch="b1", place=0, sealed="s", sample="{}", now=NOON) for _ in range(2)]
    quarantine.hold("demo", CAUSE, batch="b1", place=1, sealed="s", sample="{}", now=NOON)
    group = quarantine.group_id(CAUSE)

    let_go = [quarantine.release("demo", group, "b1-0000") for _ in range(2)]

    found = quarantine.read_group("demo", group)
    assert found is not None
    assert (held, let_go, found.count) == ([True, False], [True, False], 1)


def test_a_group_that_is_gone_is_not_half_there_again(dynamo: SmallDynamo) -> None:
    quarantine.hold("demo", CAUSE, batch="b1", place=0, sealed="s", sample="{}", now=NOON)
    group = quarantine.group_id(CAUSE)
    dynamo.items = {place: item for place, item in dynamo.items.items() if place[1] != "demo#G"}

    quarantine.release("demo", group, "b1-0000")

    assert quarantine.read_group("demo", group) is None
