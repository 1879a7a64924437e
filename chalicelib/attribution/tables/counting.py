"""What was counted: who came on a day, what came of it, and the counters, which move in the same transactions."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.attribution.rules.pins import LATE_FOR
from chalicelib.attribution.tables import touches as tables
from chalicelib.attribution.words import Cause, Lines, Name, Outcome, OutcomeKind, Presence, Touch
from chalicelib.aws.tables import Row, TableMeta, committed, moment, seconds, table_name

SHARDS = 8
PRESENCE_KEPT_FOR = timedelta(days=120)
"""Longer than a callback that failed can be redriven."""
OUTCOME_KEPT_FOR = timedelta(days=1095)
"""Longer than an order is changed."""


class PresenceRow(Row):
    """`pk` `<brand>#P#<person>`, `sk` `D#<day>`: that somebody came on a day, as who they were known then."""

    class Meta(TableMeta):
        table_name = table_name("touches")

    presence = UnicodeAttribute()
    revision = NumberAttribute()
    gone_at = NumberAttribute()


class OutcomeRow(Row):
    """`pk` `<brand>#O#<kind>#<id>`, `sk` @: what was attributed, and what of it the counters hold."""

    class Meta(TableMeta):
        table_name = table_name("touches")

    outcome = UnicodeAttribute()
    revision = NumberAttribute()
    gone_at = NumberAttribute()


class OpenRow(Row):
    """`pk` `<brand>#P#<person>`, `sk` `O#<kind>#<id>`: what was heard within the hour, so that a late touch still finds it."""

    class Meta(TableMeta):
        table_name = table_name("touches")

    owner = UnicodeAttribute()
    at_ms = NumberAttribute()
    until = NumberAttribute()
    gone_at = NumberAttribute()


class CounterRow(Row):
    """`pk` `<brand>#C#<month>#<shard>`, `sk` `<day>#<entry>`: every figure, by the first touch and by the last."""

    class Meta(TableMeta):
        table_name = table_name("touches")

    visits_first = NumberAttribute(default=0)
    visits_last = NumberAttribute(default=0)
    opened_first = NumberAttribute(default=0)
    opened_last = NumberAttribute(default=0)
    people_first = NumberAttribute(default=0)
    people_last = NumberAttribute(default=0)
    new_people_first = NumberAttribute(default=0)
    new_people_last = NumberAttribute(default=0)
    follows_first = NumberAttribute(default=0)
    follows_last = NumberAttribute(default=0)
    registrations_first = NumberAttribute(default=0)
    registrations_last = NumberAttribute(default=0)
    orders_first = NumberAttribute(default=0)
    orders_last = NumberAttribute(default=0)
    money_fen_first = NumberAttribute(default=0)
    money_fen_last = NumberAttribute(default=0)


COUNTED = tuple(name for name in CounterRow.get_attributes() if name not in ("pk", "sk"))


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's day and its revision, 0 where there is none yet."""

    person: str
    day: date
    presence: Presence | None
    revision: int


def read_presence(brand: str, person: str, day: date) -> Seen:
    try:
        row = PresenceRow.get(_person_pk(brand, person), f"D#{day}", consistent_read=True)
    except PresenceRow.DoesNotExist:
        return Seen(person=person, day=day, presence=None, revision=0)
    presence = msgspec.json.decode(row.presence, type=Presence)
    return Seen(person=person, day=day, presence=presence, revision=int(row.revision))


def keep_touch(brand: str, owner: str, touch: Touch, seen: Seen | None, after: Presence | None, changes: Lines) -> bool:
    """A touch, the day of whoever it is of and what both count for, all or nothing.

    `False` when the touch was kept before, or somebody has written to one of the rows meanwhile.
    """

    def write(transaction: TransactWrite) -> None:
        tables.save_touch(transaction, brand, owner, touch)
        if seen is not None and after is not None and after != seen.presence:
            _save_presence(transaction, brand, seen, after)
        _add(transaction, brand, changes, shard_of(seen.person if seen else touch.id))

    return committed(write)


def read_outcome(brand: str, kind: OutcomeKind, outcome_id: str) -> Outcome | None:
    return read_outcomes(brand, [(kind, outcome_id)]).get((kind, outcome_id))


def read_outcomes(brand: str, names: Iterable[Name]) -> dict[Name, Outcome]:
    """What was attributed before, as of now: one batch of reads."""
    rows = OutcomeRow.batch_get([(_outcome_pk(brand, *name), "@") for name in names], consistent_read=True)
    found = (msgspec.json.decode(row.outcome, type=Outcome) for row in rows)
    return {(each.kind, each.id): each for each in found}


def keep_outcomes(brand: str, outcomes: Sequence[Outcome], changes: Lines) -> bool:
    """What is attributed now and what that changes in the counters, all or nothing; `False` when somebody wrote to one meanwhile."""

    def write(transaction: TransactWrite) -> None:
        for each in outcomes:
            unmoved = OutcomeRow.revision == each.revision - 1 if each.revision > 1 else OutcomeRow.pk.does_not_exist()
            transaction.save(_outcome_row(brand, each), condition=unmoved)
        _add(transaction, brand, changes, shard_of(outcomes[0].id))

    return committed(write)


def note_open(brand: str, notes: Iterable[tuple[str, Name, Cause, datetime]]) -> None:
    """Keep for the hour that something of somebody may still change: person, name, cause, since when. Said twice it is the same."""
    with OpenRow.batch_write() as batch:
        for person, (kind, outcome_id), cause, heard_at in notes:
            until = seconds(heard_at + LATE_FOR)
            row = OpenRow(
                _person_pk(brand, person),
                f"O#{kind}#{outcome_id}",
                owner=cause.owner,
                at_ms=round(cause.at.timestamp() * 1000),
                until=until,
                gone_at=until + 3600,
            )
            batch.save(row)


def list_open(brand: str, person: str, *, since: datetime | None, now: datetime) -> dict[Name, Cause]:
    """What of somebody may still change, and was not before a moment; what each is worth is not noted."""
    rows = OpenRow.query(_person_pk(brand, person), OpenRow.sk.startswith("O#"), consistent_read=True)
    found = {}
    for row in rows:
        cause = Cause(owner=row.owner, at=moment(int(row.at_ms) / 1000), worth={})
        if row.until >= seconds(now) and (since is None or cause.at >= since):
            _, kind, outcome_id = row.sk.split("#", 2)
            found[OutcomeKind(kind), outcome_id] = cause
    return found


def read_counters(brand: str, first: date, last: date) -> Iterator[tuple[date, str, dict[str, int]]]:
    """Every counter of some days: day, entry and figures, each as often as there are shards that hold some."""
    for month in _months(first, last):
        for shard in range(SHARDS):
            pk = f"{brand}#C#{month}#{shard}"
            for row in CounterRow.query(pk, CounterRow.sk.between(f"{first}#", f"{last}$")):
                day, entry = row.sk.split("#", 1)
                yield date.fromisoformat(day), entry, {name: int(getattr(row, name)) for name in COUNTED}


def shard_of(text: str) -> int:
    return zlib.crc32(text.encode()) % SHARDS


def _outcome_row(brand: str, outcome: Outcome) -> OutcomeRow:
    return OutcomeRow(
        _outcome_pk(brand, outcome.kind, outcome.id),
        "@",
        outcome=msgspec.json.encode(outcome).decode(),
        revision=outcome.revision,
        gone_at=seconds(outcome.at + OUTCOME_KEPT_FOR),
    )


def _save_presence(transaction: TransactWrite, brand: str, seen: Seen, after: Presence) -> None:
    row = PresenceRow(
        _person_pk(brand, seen.person),
        f"D#{seen.day}",
        presence=msgspec.json.encode(after).decode(),
        revision=seen.revision + 1,
        gone_at=int(datetime.combine(seen.day + PRESENCE_KEPT_FOR, datetime.min.time(), moment(0).tzinfo).timestamp()),
    )
    unmoved = PresenceRow.revision == seen.revision if seen.revision else PresenceRow.pk.does_not_exist()
    transaction.save(row, condition=unmoved)


def _add(transaction: TransactWrite, brand: str, changes: Lines, shard: int) -> None:
    for line, figures in changes.items():
        row = CounterRow(f"{brand}#C#{line[:7]}#{shard}", line)
        transaction.update(row, [getattr(CounterRow, figure).add(number) for figure, number in figures.items()])


def _months(first: date, last: date) -> Iterable[str]:
    return sorted({f"{first + timedelta(days=number):%Y-%m}" for number in range((last - first).days + 1)})


def _person_pk(brand: str, person: str) -> str:
    return f"{brand}#P#{person}"


def _outcome_pk(brand: str, kind: OutcomeKind, outcome_id: str) -> str:
    return f"{brand}#O#{kind}#{outcome_id}"
