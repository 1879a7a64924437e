"""Showings as rows, what each identifier was shown lately, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, moment, seconds, table_name
from chalicelib.guidance.words import Seen, Showing, Sight, Tally
from chalicelib.identity.tables.folds import check_standing
from chalicelib.identity.words import Folded, Key
from chalicelib.ids import digest

SHARDS = 16
KEPT_S = 90 * 86400
SIGHT_KEPT_S = 32 * 86400
COUNTED_S = 400 * 86400


class ShowingRow(Row):
    """`pk` `<brand>#S#<id>`, `sk` @."""

    class Meta(TableMeta):
        table_name = table_name("showings")

    key = UnicodeAttribute()
    rule = UnicodeAttribute()
    placement = UnicodeAttribute()
    variant = UnicodeAttribute()
    target = UnicodeAttribute()
    shown_at = NumberAttribute()
    closed_at = NumberAttribute(null=True)
    followed_at = NumberAttribute(null=True)
    gone_at = NumberAttribute()


class SightRow(Row):
    """`pk` `<brand>#I#<identifier's key>`, `sk` @: what it was shown lately. A person's are all of them, so a join moves none."""

    class Meta(TableMeta):
        table_name = table_name("showings")

    seen = JSONAttribute()
    revision = NumberAttribute()
    gone_at = NumberAttribute()


class FollowedRow(Row):
    """`pk` `<brand>#F#<openid's key>`, `sk` WeChat's second: this follow is some showing's."""

    class Meta(TableMeta):
        table_name = table_name("showings")

    showing = UnicodeAttribute()
    gone_at = NumberAttribute()


class TallyRow(Row):
    """`pk` `<brand>#N#<shard>`, `sk` `<day>#<rule>#<placement>#<variant>`."""

    class Meta(TableMeta):
        table_name = table_name("showings")

    shown = NumberAttribute(null=True)
    closed = NumberAttribute(null=True)
    followed = NumberAttribute(null=True)
    gone_at = NumberAttribute()


def read_sights(brand: str, keys: Iterable[Key]) -> list[Sight]:
    """What each of some identifiers was shown, as of now; those that were shown nothing too."""
    rows = SightRow.batch_get([(f"{brand}#I#{key}", "@") for key in keys], consistent_read=True)
    found = {row.pk.split("#I#", 1)[1]: row for row in rows}
    return [_sight(str(key), found.get(str(key))) for key in keys]


def reserve(folded: Folded, showing: Showing, before: Sequence[Sight], after: Sight, *, day: str) -> bool:
    """Keep a showing, remember and count it, if nothing was shown to any identifier of the person and they are who they were."""
    row = ShowingRow(
        f"{showing.brand}#S#{showing.id}",
        "@",
        key=showing.key,
        rule=showing.rule,
        placement=showing.placement,
        variant=showing.variant,
        target=showing.target,
        shown_at=seconds(showing.shown_at),
        gone_at=seconds(showing.shown_at) + KEPT_S,
    )
    remembered = SightRow(
        f"{showing.brand}#I#{after.key}",
        "@",
        seen=[[seen.id, seen.at] for seen in after.seen],
        revision=after.revision,
        gone_at=seconds(showing.shown_at) + SIGHT_KEPT_S,
    )

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=ShowingRow.pk.does_not_exist())
        for sight in before:
            if sight.key == after.key:
                transaction.save(remembered, condition=_unmoved(sight))
            else:
                transaction.condition_check(SightRow, f"{showing.brand}#I#{sight.key}", "@", condition=_unmoved(sight))
        _count(transaction, showing, TallyRow.shown.add(1), day=day, now=showing.shown_at)
        check_standing(transaction, folded)

    return committed(write)


def read_showing(brand: str, showing_id: str) -> Showing | None:
    try:
        row = ShowingRow.get(f"{brand}#S#{showing_id}", "@", consistent_read=True)
    except ShowingRow.DoesNotExist:
        return None
    return Showing(
        brand=brand,
        id=showing_id,
        key=row.key,
        rule=row.rule,
        placement=row.placement,
        variant=row.variant,
        target=row.target,
        shown_at=moment(row.shown_at),
        closed_at=None if row.closed_at is None else moment(row.closed_at),
        followed_at=None if row.followed_at is None else moment(row.followed_at),
    )


def keep_closed(showing: Showing, *, day: str, now: datetime) -> bool:
    """Note that a showing was closed, and count it; `False` when it was before, or somebody is in the way."""

    def write(transaction: TransactWrite) -> None:
        changes: list[Action] = [ShowingRow.closed_at.set(seconds(now))]
        transaction.update(_row(showing), changes, condition=ShowingRow.pk.exists() & ShowingRow.closed_at.does_not_exist())
        _count(transaction, showing, TallyRow.closed.add(1), day=day, now=now)

    return committed(write)


def is_tied(brand: str, key: Key, at: datetime) -> bool:
    """Is this follow some showing's already?"""
    try:
        FollowedRow.get(f"{brand}#F#{key}", str(seconds(at)), consistent_read=True)
    except FollowedRow.DoesNotExist:
        return False
    return True


def tie(showing: Showing, key: Key, at: datetime, *, day: str, now: datetime) -> bool:
    """Say that a follow is this showing's, and count it; `False` when either has its other, or somebody is in the way."""
    mark = FollowedRow(f"{showing.brand}#F#{key}", str(seconds(at)), showing=showing.id, gone_at=seconds(now) + KEPT_S)

    def write(transaction: TransactWrite) -> None:
        transaction.save(mark, condition=FollowedRow.pk.does_not_exist())
        changes: list[Action] = [ShowingRow.followed_at.set(seconds(at))]
        transaction.update(_row(showing), changes, condition=ShowingRow.pk.exists() & ShowingRow.followed_at.does_not_exist())
        _count(transaction, showing, TallyRow.followed.add(1), day=day, now=now)

    return committed(write)


def list_tallies(brand: str, *, since: str, until: str) -> list[Tally]:
    """What was counted on these days, both included, unsummed: a query for each shard."""
    return [
        Tally(
            rule=rule,
            placement=placement,
            variant=variant,
            shown=int(row.shown or 0),
            closed=int(row.closed or 0),
            followed=int(row.followed or 0),
        )
        for shard in range(SHARDS)
        for row in TallyRow.query(f"{brand}#N#{shard}", TallyRow.sk.between(since, f"{until}#~"))
        for _, rule, placement, variant in [row.sk.split("#")]
    ]


def _row(showing: Showing) -> ShowingRow:
    return ShowingRow(f"{showing.brand}#S#{showing.id}", "@")


def _unmoved(sight: Sight) -> Condition:
    return SightRow.revision == sight.revision if sight.revision else SightRow.pk.does_not_exist()


def _count(transaction: TransactWrite, showing: Showing, one_more: Action, *, day: str, now: datetime) -> None:
    """Sharded by the showing: nearly every transaction counts in another row than those at the same moment."""
    shard = int(digest(showing.id), 16) % SHARDS
    counter = TallyRow(f"{showing.brand}#N#{shard}", f"{day}#{showing.rule}#{showing.placement}#{showing.variant}")
    transaction.update(counter, [one_more, TallyRow.gone_at.set(seconds(now) + COUNTED_S)])


def _sight(key: str, row: SightRow | None) -> Sight:
    if row is None:
        return Sight(key=key)
    return Sight(key=key, seen=tuple(Seen(shown, int(at)) for shown, at in row.seen), revision=int(row.revision))
