"""Samples left of what is kept: a few records of each part stand for their type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.hub.tables import samples
from chalicelib.hub.words.records import Part, PartDone, Ready, Verdict
from chalicelib.ids import digest

OF_A_PART = 10


def leave_samples(part: Part, records: Sequence[Ready], done: PartDone, *, key_of: Callable[[Ready], str], now: datetime) -> None:
    """Let some records of a part stand for their types. Redelivered, the same ones lie in the same places."""
    stored = {verdict.place for verdict in done.verdicts if verdict.verdict is Verdict.stored}
    by_type: dict[str, list[Ready]] = {}
    for record in records:
        if record.place in stored:
            by_type.setdefault(record.type, []).append(record)
    for kind, kept in by_type.items():
        place = int(digest(part.batch, str(part.part), kind)[:8], 16) % samples.PLACES
        samples.remember(part.brand, kind, place, [key_of(record) for record in kept[:OF_A_PART]], now=now)
