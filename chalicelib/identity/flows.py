"""Who is who: identifiers met, linked, looked up."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.aws.facts import Fact
from chalicelib.errors import Busy, Missing
from chalicelib.identity import rules, tables
from chalicelib.identity.rules import Alone, Attach, Begin, Confirm, Contest, Join, Plan
from chalicelib.identity.words import Cluster, Found, Identifier, IdentifierType, Key, Known, Link, Newcomer, Person, Place, Rank, Shown
from chalicelib.world import World

TRIES = 12


def recognise(brand: str, openid: Identifier, unionid: str | None, *, source: str, world: World, now: datetime) -> Place:
    """The person behind an openid, with the unionid WeChat has just told, if it did.

    A known pair costs two reads and no write. A unionid that comes late is linked to the person the openid already is.
    """
    key = key_of(brand, openid, world=world, now=now)
    found = tables.read_identifier(brand, key)
    if unionid is None:
        return Place(key, _resolve(brand, found.cluster).id) if found else meet(brand, openid, world=world, now=now)
    union = Identifier(IdentifierType.unionid, unionid)
    if found is not None and found.twin == key_of(brand, union, world=world, now=now).hash:
        return Place(key, _resolve(brand, found.cluster).id)
    return assert_link(brand, openid, union, rank=Rank.attested, source=source, at=now, world=world, now=now)


def meet(brand: str, identifier: Identifier, *, world: World, now: datetime) -> Place:
    """The person behind one identifier; a new one when nobody has it yet."""
    newcomer = _newcomer(brand, identifier, world=world, now=now)
    for _ in range(TRIES):
        found = tables.read_identifier(brand, newcomer.key, consistent=True)
        if found is not None:
            return Place(newcomer.key, _resolve(brand, found.cluster, consistent=True).id)
        cluster_id = world.new_id()
        if tables.begin_person(brand, cluster_id, [newcomer], None, now=now):
            return Place(newcomer.key, cluster_id)
        _step_aside(world)
    raise Busy("Too many changes to this person at once; try again.")


def assert_link(brand: str, a: Identifier, b: Identifier, *, rank: Rank, source: str, at: datetime, world: World, now: datetime) -> Place:
    """Say that two identifiers are one person. Saying it again, in another order or at the same moment gives the same persons."""
    newcomers = {newcomer.key: newcomer for newcomer in (_newcomer(brand, each, world=world, now=now) for each in (a, b))}
    if len(newcomers) == 1:
        return meet(brand, a, world=world, now=now)
    key_a, key_b = newcomers
    link = Link(a=key_a, b=key_b, rank=rank, first_at=at, last_at=at, source=source)
    for _ in range(TRIES):
        plan = rules.plan_link(key_a, key_b, _known(brand, key_a), _known(brand, key_b))
        person = _carry_out(brand, plan, newcomers, link, world=world, now=now)
        if person is not None:
            return Place(key_a, person)
        _step_aside(world)
    raise Busy("Too many changes to this person at once; try again.")


def find_person(brand: str, identifier: Identifier, *, world: World, now: datetime) -> str:
    """The id of the person with this identifier: two reads, one read unit."""
    return find_person_by_key(brand, key_of(brand, identifier, world=world, now=now))


def find_person_by_key(brand: str, key: Key) -> str:
    """The id of the person who has the identifier of this key. What an eventually consistent read does not show yet is read again."""
    found = tables.read_identifier(brand, key) or tables.read_identifier(brand, key, consistent=True)
    if found is None:
        raise Missing(code="person_missing")
    return _resolve(brand, found.cluster).id


def describe_person(brand: str, person_id: str) -> Person:
    """A person with all identifiers, masked, as of now; an id that was joined into another person gives that one."""
    if not rules.is_person_id(person_id):
        raise Missing(code="person_missing")
    cluster = _resolve(brand, person_id, consistent=True)
    ranks = _ranks(brand, cluster)
    shown = [_show(brand, found, ranks[found.key]) for found in tables.read_identifiers(brand, ranks)]
    return Person(id=cluster.id, identifiers=tuple(sorted(shown, key=_display_order)), first_at=cluster.first_at)


def find_openid(brand: str, person_id: str, account_name: str, *, world: World) -> str | None:
    """A person's openid at one account, or nothing when they have none there."""
    cluster = _resolve(brand, person_id, consistent=True)
    keys = [key for key in _ranks(brand, cluster) if key.type is IdentifierType.openid and key.account == account_name]
    found = tables.read_identifiers(brand, keys) if keys else []
    return world.keyring.decrypt(brand, min(found, key=lambda each: each.first_at).sealed) if found else None


def note_follow(brand: str, openid: Identifier, *, follows: bool, at: datetime, world: World, now: datetime) -> bool:
    """Keep whether somebody follows; `False` when something later was known already."""
    return tables.keep_follow(brand, key_of(brand, openid, world=world, now=now), follows=follows, at=at)


def is_following(brand: str, openid: Identifier, *, world: World, now: datetime) -> bool | None:
    return tables.read_follow(brand, key_of(brand, openid, world=world, now=now))


def hear(fact: Fact) -> None:
    """What this room does about a fact: after a join it mends pointers. Hearing it twice has one effect."""
    if fact.kind == "person.joined":
        repoint_identifiers(fact.brand, absorbed=fact.body["absorbed"])


def repoint_identifiers(brand: str, *, absorbed: str) -> None:
    """After a join, point the absorbed person's identifiers at the survivor, so that look-ups need two reads again. Safe to repeat.

    A survivor that is absorbed itself meanwhile makes it begin again: the fact of that join may have been heard already.
    """
    mended = ""
    while (path := _walk(brand, absorbed, consistent=True))[-1].id != mended:
        *gone, survivor = path
        losers = {each for cluster in gone for each in (cluster.id, *cluster.absorbed)}
        for key in _ranks(brand, path[0]):
            tables.repoint(brand, key, losers=losers, survivor=survivor.id)
        mended = survivor.id


def key_of(brand: str, identifier: Identifier, *, world: World, now: datetime) -> Key:
    """An identifier's key: its type, account and keyed hash."""
    normal = rules.normalise(identifier)
    return Key(normal.type, normal.account, world.keyring.hash(brand, f"{normal.type}:{normal.value}", now=now))


def _newcomer(brand: str, identifier: Identifier, *, world: World, now: datetime) -> Newcomer:
    normal = rules.normalise(identifier)
    return Newcomer(
        key_of(brand, identifier, world=world, now=now), world.keyring.encrypt(brand, normal.value, now=now), rules.mask(normal)
    )


def _known(brand: str, key: Key) -> Known | None:
    found = tables.read_identifier(brand, key, consistent=True)
    return None if found is None else Known(key=key, cluster=_resolve(brand, found.cluster, consistent=True))


def _resolve(brand: str, cluster_id: str, *, consistent: bool = False) -> Cluster:
    """The living cluster an id leads to: one read once its pointers are mended, a few while joins are fresh."""
    return _walk(brand, cluster_id, consistent=consistent)[-1]


def _walk(brand: str, cluster_id: str, *, consistent: bool) -> list[Cluster]:
    """The clusters from this one to the living one that took it in. What an eventually consistent read does not show yet is read again."""
    path: list[Cluster] = []
    following: str | None = cluster_id
    while following is not None:
        cluster = tables.read_cluster(brand, following, consistent=consistent) or tables.read_cluster(brand, following, consistent=True)
        if cluster is None:
            raise Missing(code="person_missing")
        path.append(cluster)
        following = cluster.into
    return path


def _carry_out(brand: str, plan: Plan, newcomers: dict[Key, Newcomer], link: Link, *, world: World, now: datetime) -> str | None:
    """Do what the plan says; the person of the link's first identifier, or nothing when another look is needed."""
    match plan:
        case Begin():
            person = world.new_id()
            done = tables.begin_person(brand, person, list(newcomers.values()), link, now=now)
        case Alone(newcomer):
            tables.begin_person(brand, world.new_id(), [newcomers[newcomer]], None, now=now)
            return None
        case Attach(newcomer, cluster):
            person = cluster.id
            done = tables.attach_identifier(brand, plan, newcomers[newcomer], link, now=now)
        case Join(survivor, _):
            person = survivor.id
            done = tables.join_clusters(brand, plan, link)
        case Confirm(cluster):
            person = cluster.id
            done = _keep_link(brand, cluster.id, link) and tables.set_twin(brand, link)
        case Contest(cluster_a, cluster_b, limit):
            person = cluster_a.id
            done = _keep_link(brand, min(cluster_a.id, cluster_b.id), msgspec.structs.replace(link, rejected=limit))
    return person if done else None


def _keep_link(brand: str, cluster_id: str, link: Link) -> bool:
    old = tables.read_link(brand, cluster_id, link.a, link.b)
    kept = link if old is None else rules.repeat_link(old, rank=link.rank, at=link.last_at, source=link.source)
    return kept == old or tables.keep_link(brand, cluster_id, kept, old)


def _ranks(brand: str, cluster: Cluster) -> dict[Key, Rank]:
    """Every identifier of a cluster, and of those it took in, with the strongest rank that holds it there."""
    absorbed = (tables.read_cluster(brand, cluster_id, consistent=True) for cluster_id in cluster.absorbed)
    ranks = {each.seed: Rank.suggested for each in (cluster, *absorbed) if each is not None}
    for cluster_id in (cluster.id, *cluster.absorbed):
        for link in tables.list_links(brand, cluster_id):
            if not link.rejected:
                for key in (link.a, link.b):
                    ranks[key] = max(ranks.get(key, Rank.suggested), link.rank)
    return ranks


def _show(brand: str, found: Found, rank: Rank) -> Shown:
    account = f"{brand}.{found.key.account}" if found.key.account else None
    return Shown(type=found.key.type, account=account, masked=found.masked, rank=rank.name, first_at=found.first_at)


def _display_order(shown: Shown) -> tuple[str, str, datetime]:
    return (shown.type.value, shown.account or "", shown.first_at)


def _step_aside(world: World) -> None:
    """Somebody else changed the same person: wait a moment, different for each, and look again."""
    world.pause(0.01 + world.random_bytes(1)[0] / 255 * 0.05)
