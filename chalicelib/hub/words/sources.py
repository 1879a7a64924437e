"""Words of sources: how many records each brought, what became of them, and how late they came."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many records, by what became of them. `delays`: of those stored, how many came how late, by the steps of `rules.sources`."""

    received: int = 0
    rejected: int = 0
    accepted: int = 0
    stored: int = 0
    quarantined: int = 0
    duplicate: int = 0
    delays: tuple[int, ...] = ()


class HourCount(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of one source in the hour its batches came. `type`: empty for what is counted before types are known."""

    source: str
    hour: str
    type: str
    tally: Tally


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of which not all is done yet, as far as is known: where its mark lies, and when it came."""

    brand: str
    shard: int
    batch: str
    source: str
    made_at: datetime


class Unaccounted(msgspec.Struct, frozen=True, kw_only=True):
    """A batch whose records still wait after an hour. `acknowledged`: whoever sent it was told that it is taken."""

    brand: str
    batch: str
    source: str
    waiting: int
    acknowledged: bool


class Delay(msgspec.Struct, frozen=True, kw_only=True):
    """How long after they were changed records were stored: at most so many seconds. Those older than a day are counted apart."""

    measured: int
    older: int
    median_s: int | None
    p95_s: int | None


class TypeShown(msgspec.Struct, frozen=True, kw_only=True):
    """What one source brought of one type of record in a day."""

    type: str
    stored: int
    quarantined: int
    duplicate: int
    per_hour: float
    delay: Delay


class HourShown(msgspec.Struct, frozen=True, kw_only=True):
    """One hour of a source: received = rejected + accepted, and accepted = stored + quarantined + duplicate + waiting."""

    hour: datetime
    received: int
    rejected: int
    accepted: int
    stored: int
    quarantined: int
    duplicate: int
    waiting: int


class SourceShown(msgspec.Struct, frozen=True, kw_only=True):
    """A source: the sums of its last 24 hours, each of those in which something came, and each type of record it brought."""

    source: str
    last_seen_at: datetime
    received: int
    rejected: int
    accepted: int
    stored: int
    quarantined: int
    duplicate: int
    waiting: int
    hours: tuple[HourShown, ...]
    types: tuple[TypeShown, ...]


class SourcesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Sources by name, and the cursor of the next page."""

    sources: tuple[SourceShown, ...]
    cursor: str | None
