"""Records counted by source, hour and type; delays by steps. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce

import msgspec

from chalicelib.hub.rules.records import changed_at
from chalicelib.hub.words.records import Ready, RecordVerdict, Verdict
from chalicelib.hub.words.sources import Delay, HourCount, HourShown, SourceShown, Tally, TypeShown

STEPS_S = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400)
"""A delay is counted under the first of these it is not above; what is above the last is history, and counted apart."""
MOST_TYPES = 20
"""Of one part: each is a row of one transaction. What other types bring is counted without its type."""
HOURS = 24


def hour_of(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H}"


def hours_before(moment: datetime, hours: int) -> str:
    """The first of so many hours that end with the one of `moment`."""
    return hour_of(moment - timedelta(hours=hours - 1))


def tally_part(records: Sequence[Ready], verdicts: Iterable[RecordVerdict], *, now: datetime) -> dict[str, Tally]:
    """What became of a part's records, by type."""
    by_place = {record.place: record for record in records}
    counted: dict[str, Counter[Verdict]] = {}
    delays: dict[str, list[int]] = {}
    for verdict in verdicts:
        record = by_place[verdict.place]
        kind = record.type if record.type in counted or len(counted) < MOST_TYPES else ""
        counted.setdefault(kind, Counter())[verdict.verdict] += 1
        if kind and verdict.verdict is Verdict.stored:
            delays.setdefault(kind, [0] * (len(STEPS_S) + 1))[step_of(delay_of(record, now))] += 1
    return {
        kind: Tally(
            stored=of[Verdict.stored],
            quarantined=of[Verdict.quarantined],
            duplicate=of[Verdict.duplicate],
            delays=tuple(delays.get(kind, ())),
        )
        for kind, of in counted.items()
    }


def facts_of(batch: str, source: str, verdicts: Iterable[RecordVerdict]) -> str | None:
    """What is announced of a part: that some of its records are held, where some are."""
    held = sum(verdict.verdict is Verdict.quarantined for verdict in verdicts)
    if held == 0:
        return None
    return msgspec.json.encode([{"kind": "record.quarantined", "body": {"batch": batch, "source": source, "records": held}}]).decode()


def delay_of(record: Ready, now: datetime) -> float:
    """Seconds since a record was changed, as it says itself; clocks that are ahead have none."""
    return max(0.0, (now - changed_at(record.data, record.at)).total_seconds())


def step_of(delay_s: float) -> int:
    return bisect_left(STEPS_S, delay_s)


def show_delay(delays: Sequence[int]) -> Delay:
    recent = list(delays[: len(STEPS_S)])
    return Delay(
        measured=sum(recent),
        older=sum(delays[len(STEPS_S) :]),
        median_s=_share_below(recent, 0.5),
        p95_s=_share_below(recent, 0.95),
    )


def add(one: Tally, other: Tally) -> Tally:
    longest = max(len(one.delays), len(other.delays))
    padded = [(*tally.delays, *(0,) * (longest - len(tally.delays))) for tally in (one, other)]
    return Tally(
        received=one.received + other.received,
        rejected=one.rejected + other.rejected,
        accepted=one.accepted + other.accepted,
        stored=one.stored + other.stored,
        quarantined=one.quarantined + other.quarantined,
        duplicate=one.duplicate + other.duplicate,
        delays=tuple(map(sum, zip(*padded, strict=True))),
    )


def add_all(tallies: Iterable[Tally]) -> Tally:
    return reduce(add, tallies, Tally())


def waiting_of(tally: Tally) -> int:
    """Accepted and not accounted for yet. Below zero it never is: batches are counted before their parts."""
    return tally.accepted - tally.stored - tally.quarantined - tally.duplicate


def by_hour(counts: Iterable[HourCount]) -> dict[str, Tally]:
    sums: dict[str, Tally] = {}
    for count in counts:
        sums[count.hour] = add(sums.get(count.hour, Tally()), count.tally)
    return sums


def show_source(source: str, last_seen_at: datetime, counts: Sequence[HourCount]) -> SourceShown:
    """A source with the counts of its last 24 hours."""
    total = add_all(count.tally for count in counts)
    return SourceShown(
        source=source,
        last_seen_at=last_seen_at,
        received=total.received,
        rejected=total.rejected,
        accepted=total.accepted,
        stored=total.stored,
        quarantined=total.quarantined,
        duplicate=total.duplicate,
        waiting=waiting_of(total),
        hours=tuple(_show_hours(by_hour(counts))),
        types=tuple(_show_types(counts)),
    )


def _show_hours(sums: Mapping[str, Tally]) -> Iterator[HourShown]:
    for hour, tally in sorted(sums.items()):
        yield HourShown(
            hour=datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC),
            received=tally.received,
            rejected=tally.rejected,
            accepted=tally.accepted,
            stored=tally.stored,
            quarantined=tally.quarantined,
            duplicate=tally.duplicate,
            waiting=waiting_of(tally),
        )


def _show_types(counts: Sequence[HourCount]) -> Iterator[TypeShown]:
    for kind in sorted({count.type for count in counts if count.type}):
        tally = add_all(count.tally for count in counts if count.type == kind)
        yield TypeShown(
            type=kind,
            stored=tally.stored,
            quarantined=tally.quarantined,
            duplicate=tally.duplicate,
            per_hour=round(tally.stored / HOURS, 2),
            delay=show_delay(tally.delays),
        )


def _share_below(counts: Sequence[int], share: float) -> int | None:
    """The step that so much of what was measured is not above; nothing where nothing was measured."""
    wanted, seen = share * sum(counts), 0
    for step, count in zip(STEPS_S, counts, strict=False):
        seen += count
        if count and seen >= wanted:
            return step
    return None
