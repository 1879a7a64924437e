"""A person as part of somebody else's transaction: written only while the person is as they were read."""

from __future__ import annotations

from collections.abc import Iterable

from pynamodb.transactions import TransactWrite

from chalicelib.identity.tables.clusters import ClusterRow
from chalicelib.identity.tables.identifiers import FollowRow, identifier_pk
from chalicelib.identity.words import Folded, Key, read_key


def check_standing(transaction: TransactWrite, folded: Folded) -> None:
    """Have a transaction fail when the person has joined, parted or gained an identifier since."""
    pk = f"{folded.brand}#C#{folded.cluster}"
    transaction.condition_check(ClusterRow, pk, "@", condition=ClusterRow.version == folded.version)


def take_turn(transaction: TransactWrite, folded: Folded) -> None:
    """The same, and have it fail when anybody else has taken their turn since: of two at once, the later one reads again."""
    row = ClusterRow(f"{folded.brand}#C#{folded.cluster}", "@")
    untaken = ClusterRow.turn == folded.turn if folded.turn else ClusterRow.turn.does_not_exist()
    transaction.update(row, [ClusterRow.turn.set(folded.turn + 1)], condition=(ClusterRow.version == folded.version) & untaken)


def read_following(brand: str, keys: Iterable[Key]) -> frozenset[Key]:
    """Those of some openids that follow their account: one batch of reads."""
    rows = FollowRow.batch_get([(identifier_pk(brand, key), "F") for key in keys])
    return frozenset(read_key(row.pk.split("#I#", 1)[1]) for row in rows if row.follows)
