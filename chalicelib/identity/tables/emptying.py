"""An identifier whose value is forgotten: its row stays, and so does whose it is."""

from __future__ import annotations

from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import committed
from chalicelib.identity.tables.clusters import ClusterRow
from chalicelib.identity.tables.identifiers import IdentifierRow, identifier_pk
from chalicelib.identity.words import Cluster, Key


def empty_identifier(brand: str, cluster: Cluster, key: Key) -> bool:
    """Forget an identifier's value; `False` when its cluster, of which nothing else was said, changed meanwhile."""

    def write(transaction: TransactWrite) -> None:
        moved, emptied = [ClusterRow.version.set(cluster.version + 1)], [IdentifierRow.sealed.set(""), IdentifierRow.masked.set("")]
        transaction.update(ClusterRow(f"{brand}#C#{cluster.id}", "@"), [*moved], condition=ClusterRow.version == cluster.version)
        transaction.update(IdentifierRow(identifier_pk(brand, key), "@"), [*emptied], condition=IdentifierRow.pk.exists())

    return committed(write)
