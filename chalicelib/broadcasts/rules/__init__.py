"""Decisions of the broadcasts room: parts, rates, who is held out, what an outcome is called. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from chalicelib.broadcasts.words import Broadcast, Part, State
from chalicelib.broadcasts.words.orders import Outcome
from chalicelib.identity.words import POINTERS, IdentifierType, Key
from chalicelib.ids import digest

PART = 100
BLOCK = 25
"""Messages a worker takes out of a minute at once."""
HELD_OUT = "held_out"
A_MINUTE = timedelta(minutes=1)


def part_sizes(people: int) -> list[int]:
    """How many are in each part of so many people."""
    return [min(PART, people - start) for start in range(0, people, PART)]


def due_at(broadcast: Broadcast, place: int, begins_at: datetime) -> datetime:
    """When the part at a place goes, so that parts come as evenly as they may be sent."""
    return begins_at + A_MINUTE * (place * PART // broadcast.per_minute)


def next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + A_MINUTE


def is_held_out(broadcast: str, cause: str, percent: int) -> bool:
    """Is this one of those who are not written to? Always the same ones of a broadcast."""
    return int(digest("holdout", broadcast, cause)[:8], 16) % 100 < percent


def best_key(keys: Iterable[Key], ways: Sequence[tuple[IdentifierType, str]]) -> Key | None:
    """The identifier a person is written to by: the endpoint of the first way they have one for, else any. `ways`: type and account."""
    known = sorted(key for key in keys if key.type not in POINTERS)
    wanted = [key for type, account in ways for key in known if key.type is type and account in ("", key.account)]
    return next(iter([*wanted, *known]), None)


def word_of(state: str, why: str) -> str:
    """An outcome as it is counted."""
    return f"{state}: {why}" if why else state


def add_up(parts: Iterable[Part]) -> tuple[Outcome, ...]:
    """What became of everybody who was looked at, the most frequent first."""
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part.counts)
    told = ((*word.partition(": ")[::2], people) for word, people in total.most_common())
    return tuple(Outcome(state=state, why=why, people=people) for state, why, people in told)


def count(counts: Mapping[str, int], word: str) -> dict[str, int]:
    """One more of an outcome."""
    return {**counts, word: counts.get(word, 0) + 1}


def recount(counts: Mapping[str, int], before: str, word: str) -> dict[str, int]:
    """One that was counted as something else."""
    left = {**counts, before: counts[before] - 1}
    return count({each: people for each, people in left.items() if people}, word)


def state_of(broadcast: Broadcast) -> State:
    """How it stands, as it is shown."""
    return State.done if broadcast.is_done and broadcast.state is not State.stopped else broadcast.state


def why_of(broadcast: Broadcast, now: datetime) -> str:
    """Why it stands as it does: nothing once it has waited long enough."""
    is_over = broadcast.waits_until is not None and broadcast.waits_until <= now
    return "" if is_over else broadcast.why


def ends_at(broadcast: Broadcast, *, left: int, rate: int, now: datetime) -> datetime | None:
    """When it is over if it goes on as in the last minute, or at its own rate where nothing is known yet.

    Nobody can say before everybody it is for is known.
    """
    if state_of(broadcast) is not State.running or not broadcast.laid:
        return None
    since = max(now, broadcast.begins_at, broadcast.waits_until or now)
    return since + A_MINUTE * (left / (rate or broadcast.per_minute))
