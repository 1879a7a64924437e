"""Who is who, looked up: by any identifier, by any id a person ever had."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.errors import Busy, Conflict, Missing
from chalicelib.identity.rules import persons, values
from chalicelib.identity.tables import clusters as tables
from chalicelib.identity.tables import identifiers, pointers
from chalicelib.identity.words import POINTERS, Cluster, Found, Identifier, IdentifierType, Key, Person, Rank, Said, Shown
from chalicelib.world import World

TRIES = 5


def find_person(brand: str, identifier: Identifier, *, world: World, now: datetime) -> str:
    """The id of the person with this identifier: two reads, one read unit."""
    return find_person_by_key(brand, key_of(brand, identifier, world=world, now=now))


def find_person_by_key(brand: str, key: Key) -> str:
    """The id of the person who has the identifier of this key. What an eventually consistent read does not show yet is read again."""
    if key.type in POINTERS:
        return _find_by_pointer(brand, key)
    found = identifiers.read_identifier(brand, key) or identifiers.read_identifier(brand, key, consistent=True)
    if found is None:
        raise Missing(code="person_missing")
    return person_of(brand, found)


def known_since(brand: str, key: Key) -> tuple[str, datetime] | None:
    """The person who has an identifier, and when the first of theirs was met, as of now; nothing for one nobody has."""
    found = identifiers.read_identifier(brand, key, consistent=True)
    if found is None:
        return None
    header = walk(brand, found.cluster, consistent=True)[-1]
    return header.person_of(key), header.first_at


def known_since_each(brand: str, keys: Iterable[Key]) -> dict[Key, tuple[str, datetime]]:
    """The same for many at once, those that somebody has: two batches of reads."""
    found = identifiers.read_identifiers(brand, set(keys))
    headers = {each.id: each for each in tables.read_clusters(brand, {each.cluster for each in found}, consistent=True)}
    known = {}
    for each in found:
        header = headers.get(each.cluster)
        living = header if header is not None and header.into is None else walk(brand, each.cluster, consistent=True)[-1]
        known[each.key] = (living.person_of(each.key), living.first_at)
    return known


def _find_by_pointer(brand: str, key: Key) -> str:
    """Who was seen with a device, push token or anonymous id. Several people are nobody: none of them gets what the others did."""
    pointer = pointers.read_pointer(brand, key, consistent=True)
    if pointer is None:
        raise Missing(code="person_missing")
    found = {find_person_by_key(brand, owner) for owner in pointer.owners}
    if len(found) > 1:
        raise Conflict(code="identifier_shared")
    return found.pop()


def person_of(brand: str, found: Found, *, consistent: bool = False) -> str:
    """The person an identifier is of, once its row has been read."""
    return walk(brand, found.cluster, consistent=consistent)[-1].person_of(found.key)


def find_common_person(brand: str, a: Key, b: Key) -> str | None:
    """The person who has both identifiers, as of one moment; nothing when they are not one person's, or unknown.

    What came into a cluster stays in it: once both are known to be in one, a look at its header tells whose each of the two is.
    """
    found_a, found_b = (identifiers.read_identifier(brand, key, consistent=True) for key in (a, b))
    if found_a is None or found_b is None:
        return None
    is_beside = found_a.cluster == found_b.cluster
    into = None if is_beside else walk(brand, found_a.cluster, consistent=True)[-1].id
    header = walk(brand, found_b.cluster, consistent=True)[-1]
    if into not in (None, header.id) or header.person_of(a) != header.person_of(b):
        return None
    return header.person_of(b)


def persons_of(brand: str, keys: Iterable[Key]) -> dict[Key, str]:
    """The person behind each of the identifiers that are known: two batches of reads, half a unit each."""
    found = {each.key: each for each in identifiers.read_identifiers(brand, set(keys), consistent=False)}
    headers = {each.id: each for each in tables.read_clusters(brand, {each.cluster for each in found.values()})}
    return {
        key: header.person_of(key) if header is not None and header.into is None else person_of(brand, each)
        for key, each in found.items()
        for header in [headers.get(each.cluster)]
    }


def unionids_of(brand: str, person_ids: Iterable[str], *, world: World) -> dict[str, tuple[str, ...]]:
    """The unionids of people, by the id of each as they are now; ids that lead to one person lead to it once."""
    found: dict[str, tuple[str, ...]] = {}
    for person_id in person_ids:
        cluster, person, said = read_person(brand, person_id)
        keys = [key for key in said.keys if key.type is IdentifierType.unionid and cluster.person_of(key) == person]
        rows = identifiers.read_identifiers(brand, keys) if keys else []
        found[person] = tuple(sorted(world.keyring.decrypt(brand, row.sealed) for row in rows))
    return found


def describe_person(brand: str, person_id: str) -> Person:
    """A person with all identifiers, masked, as of now; an id that was joined into another person gives that one."""
    return describe_of(brand, *read_person(brand, person_id))


def describe_of(brand: str, cluster: Cluster, person: str, said: Said) -> Person:
    """One person of a cluster, once all that was said within it has been read."""
    ranks = {key: rank for key, rank in _ranks(cluster, said).items() if cluster.person_of(key) == person}
    shown = [_show(brand, found, ranks[found.key]) for found in identifiers.read_identifiers(brand, ranks)]
    return Person(
        id=person,
        identifiers=tuple(sorted(shown, key=_display_order)),
        first_at=cluster.first_at if not cluster.parts else min(each.first_at for each in shown),
    )


def keys_of_person(brand: str, person_id: str) -> list[Key]:
    """Every identifier of a person."""
    return resolve_keys(brand, person_id)[1]


def keys_of_each(brand: str, people: Iterable[str]) -> dict[str, list[Key]]:
    """Every identifier of each of some people, as of one moment each: a query for each who has several, and two batches of reads.

    Of those who have only one, most of a till's, the header says which. Whoever changes meanwhile is read again alone.
    """
    wanted = set(people)
    living = [each for each in tables.read_clusters(brand, wanted, consistent=True) if each.into is None]
    found = {each.id: [each.seed] for each in living if not each.absorbed and sum(each.shape.counts.values()) == 1}
    several = [(each, read_component(brand, each)) for each in living if each.id not in found]
    now = {each.id: each.version for each in tables.read_clusters(brand, [each.id for each, _ in several], consistent=True)}
    for cluster, said in several:
        if now.get(cluster.id) == cluster.version:
            found[cluster.id] = [key for key in said.keys if cluster.person_of(key) == cluster.id]
    return {person: found[person] if person in found else keys_of_person(brand, person) for person in wanted}


def resolve_keys(brand: str, person_id: str) -> tuple[str, list[Key]]:
    """The person an id leads to by now, and every identifier of theirs."""
    cluster, person, said = read_person(brand, person_id)
    return person, [key for key in said.keys if cluster.person_of(key) == person]


def resolve_person(brand: str, person_id: str) -> tuple[Cluster, str]:
    """The living cluster an id leads to, and who of it is meant: the person who has what that id began with."""
    if not values.is_person_id(person_id):
        raise Missing(code="person_missing")
    path = walk(brand, person_id, consistent=True)
    return path[-1], path[-1].person_of(path[0].seed)


def find_openid(brand: str, person_id: str, account_name: str, *, world: World) -> str | None:
    """A person's openid at one account, or nothing when they have none there."""
    keys = [key for key in keys_of_person(brand, person_id) if key.type is IdentifierType.openid and key.account == account_name]
    found = identifiers.read_identifiers(brand, keys)
    return world.keyring.decrypt(brand, min(found, key=lambda each: each.first_at).sealed) if found else None


def reveal_identifier(brand: str, key: Key, *, world: World) -> Identifier:
    """An identifier with its value, by its key: for our own use, never for an answer. `Missing` also where it was taken back."""
    found = identifiers.read_identifier(brand, key, consistent=True)
    if found is None or not found.sealed:
        raise Missing(code="person_missing")
    return Identifier(key.type, world.keyring.decrypt(brand, found.sealed), key.account)


def note_follow(brand: str, openid: Identifier, *, follows: bool, at: datetime, world: World, now: datetime) -> bool:
    """Keep whether somebody follows; `False` when something later was known already."""
    return identifiers.keep_follow(brand, key_of(brand, openid, world=world, now=now), follows=follows, at=at)


def is_following(brand: str, openid: Identifier, *, world: World, now: datetime) -> bool | None:
    return identifiers.read_follow(brand, key_of(brand, openid, world=world, now=now))


def key_of(brand: str, identifier: Identifier, *, world: World, now: datetime) -> Key:
    """An identifier's key: its type, account and keyed hash."""
    normal = values.normalise(identifier)
    return Key(normal.type, normal.account, world.keyring.hash(brand, f"{normal.type}:{normal.value}", now=now))


def walk(brand: str, cluster_id: str, *, consistent: bool = False) -> list[Cluster]:
    """The clusters from this one to the living one that took it in: one read once pointers are mended, a few while joins are fresh.

    What an eventually consistent read does not show yet is read again.
    """
    path: list[Cluster] = []
    following: str | None = cluster_id
    while following is not None:
        cluster = tables.read_cluster(brand, following, consistent=consistent) or tables.read_cluster(brand, following, consistent=True)
        if cluster is None:
            raise Missing(code="person_missing")
        path.append(cluster)
        following = cluster.into
    return path


def read_component(brand: str, *living: Cluster) -> Said:
    """All that was said within some clusters and those they took in, each pair once: a query for each.

    It may be newer than their headers: who shows it asks `read_person`, who writes names the versions, anybody else `are_as_read`.
    """
    return persons.add_said(*(tables.read_said(brand, each) for cluster in living for each in (cluster.id, *cluster.absorbed)))


def are_as_read(brand: str, clusters: Iterable[Cluster]) -> bool:
    """Is what was read within some clusters as of one moment? It is when none has changed since its header was read."""
    again = [(tables.read_cluster(brand, each.id, consistent=True), each) for each in clusters]
    return all(now is not None and now.version == then.version for now, then in again)


def read_person(brand: str, person_id: str) -> tuple[Cluster, str, Said]:
    """A person's cluster, who of it is meant, and all that was said within it, of one moment.

    Were the links newer than the header, somebody who had just come in beside this person would look like one of theirs.
    """
    for _ in range(TRIES):
        cluster, person = resolve_person(brand, person_id)
        said = read_component(brand, cluster)
        if are_as_read(brand, [cluster]):
            return cluster, person, said
    raise Busy("Too many changes to this person at once; try again.")


def _ranks(cluster: Cluster, said: Said) -> dict[Key, Rank]:
    """Every identifier of a cluster with the strongest rank that holds it to others of its person."""
    ranks = dict.fromkeys(said.seeds.values(), Rank.suggested)
    for link in said.links:
        together = cluster.person_of(link.a) == cluster.person_of(link.b) and not link.taken_back
        for key in (link.a, link.b):
            ranks[key] = max(ranks.get(key, Rank.suggested), link.rank if together else Rank.suggested)
    return ranks


def _show(brand: str, found: Found, rank: Rank) -> Shown:
    account = f"{brand}.{found.key.account}" if found.key.account else None
    return Shown(type=found.key.type, account=account, masked=found.masked, rank=rank.name, first_at=found.first_at)


def _display_order(shown: Shown) -> tuple[str, str, datetime]:
    return (shown.type.value, shown.account or "", shown.first_at)
