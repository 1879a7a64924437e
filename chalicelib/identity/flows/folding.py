"""A person as rooms look at one that cap, seat or count people: every identifier at once, and whom they follow."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from chalicelib.errors import Missing
from chalicelib.identity.flows.people import read_component, walk
from chalicelib.identity.tables import clusters, folds, identifiers
from chalicelib.identity.words import Cluster, Folded, Found, IdentifierType, Key


def fold(brand: str, key: Key) -> Folded:
    """The person who has an identifier, by two reads, and where the header does not say it all one for each cluster that was taken in.

    It may be older than what is said at this moment: whoever writes by it has `check_standing` or `take_turn` in the same transaction.
    """
    found = identifiers.read_identifier(brand, key, consistent=True)
    if found is None:
        raise Missing(code="person_missing")
    return _fold(brand, found, walk(brand, found.cluster, consistent=True)[-1])


def fold_each(brand: str, keys: Iterable[Key]) -> dict[Key, Folded]:
    """The same for many at once, those that somebody has: two batches of reads, and more only for whom `fold` needs more."""
    found = identifiers.read_identifiers(brand, set(keys))
    headers = {each.id: each for each in clusters.read_clusters(brand, {each.cluster for each in found}, consistent=True)}
    folded = {}
    for each in found:
        header = headers.get(each.cluster)
        living = header if header is not None and header.into is None else walk(brand, each.cluster, consistent=True)[-1]
        folded[each.key] = _fold(brand, each, living)
    return folded


def fold_again(brand: str, people: Collection[Folded]) -> dict[Key, Folded]:
    """People who were folded before, as of now, by the key each was asked by: one batch of reads. Only who has changed is folded anew."""
    headers = {each.id: each for each in clusters.read_clusters(brand, {each.cluster for each in people}, consistent=True)}
    still = [each for each in people if each.cluster in headers and headers[each.cluster].version == each.version]
    standing = {each.key: msgspec.structs.replace(each, turn=headers[each.cluster].turn) for each in still}
    changed = {each.key for each in people} - standing.keys()
    return {**standing, **fold_each(brand, changed)} if changed else standing


def _fold(brand: str, found: Found, cluster: Cluster) -> Folded:
    person = cluster.person_of(found.key)
    others = _all_by_header(found, cluster) or {each for each in read_component(brand, cluster).keys if cluster.person_of(each) == person}
    return Folded(
        brand=brand,
        person=person,
        key=found.key,
        keys=tuple(sorted(others | {found.key})),
        cluster=cluster.id,
        version=cluster.version,
        first_at=cluster.first_at,
        turn=cluster.turn,
    )


def _all_by_header(found: Found, cluster: Cluster) -> set[Key]:
    """Every identifier of a person who has but one, or an openid with its unionid: most people. The others' are in the links.

    The header was read after the identifier: of what came between, it counts more than is known here.
    """
    size = sum(cluster.shape.counts.values())
    if cluster.parts or cluster.absorbed or size > 2:
        return set()
    if size == 1:
        return {found.key}
    if found.key.type is IdentifierType.openid and found.twin is not None:
        return {found.key, Key(IdentifierType.unionid, "", found.twin)}
    return set()


def accounts_followed(folded: Folded) -> frozenset[str]:
    """The accounts a person follows with any of their openids, by their names within the brand: one batch of reads."""
    openids = [key for key in folded.keys if key.type is IdentifierType.openid]
    return frozenset(key.account for key in folds.read_following(folded.brand, openids)) if openids else frozenset()
