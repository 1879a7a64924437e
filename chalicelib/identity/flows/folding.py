"""A person as rooms look at one that cap, seat or count people: every identifier at once, and whom they follow."""

from __future__ import annotations

from chalicelib.errors import Missing
from chalicelib.identity.flows.people import read_component, walk
from chalicelib.identity.tables import folds, identifiers
from chalicelib.identity.words import Folded, IdentifierType, Key


def fold(brand: str, key: Key) -> Folded:
    """The person who has an identifier, by three reads and one more for each cluster that was taken in.

    It may be older than what is said at this moment: whoever writes by it has `check_standing` in the same transaction.
    """
    found = identifiers.read_identifier(brand, key, consistent=True)
    if found is None:
        raise Missing(code="person_missing")
    cluster = walk(brand, found.cluster, consistent=True)[-1]
    person = cluster.person_of(key)
    others = {each for each in read_component(brand, cluster).keys if cluster.person_of(each) == person}
    return Folded(
        brand=brand,
        person=person,
        key=key,
        keys=tuple(sorted(others | {key})),
        cluster=cluster.id,
        version=cluster.version,
        first_at=cluster.first_at,
    )


def accounts_followed(folded: Folded) -> frozenset[str]:
    """The accounts a person follows with any of their openids, by their names within the brand: one batch of reads."""
    openids = [key for key in folded.keys if key.type is IdentifierType.openid]
    return frozenset(key.account for key in folds.read_following(folded.brand, openids)) if openids else frozenset()
