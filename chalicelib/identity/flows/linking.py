"""Who is who, asserted: identifiers met, linked, told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from chalicelib.aws.facts import Fact
from chalicelib.errors import Invalid, Missing
from chalicelib.identity.flows.people import are_as_read, key_of, person_of, read_component, walk
from chalicelib.identity.rules import persons, plans, values
from chalicelib.identity.rules.plans import Alone, Attach, Begin, Confirm, Join, Plan, Rearrange
from chalicelib.identity.tables import clusters as tables
from chalicelib.identity.tables import identifiers
from chalicelib.identity.tables.clusters import Changes, Rearranged
from chalicelib.identity.words import (
    POINTERS,
    Arrangement,
    Cannot,
    Cluster,
    Found,
    Identifier,
    IdentifierType,
    Key,
    Known,
    Link,
    Newcomer,
    Place,
    Rank,
    Rejection,
    Said,
    Verdict,
)
from chalicelib.patience import until_done
from chalicelib.world import World

TRIES = 12
Result = TypeVar("Result")
Assertion = TypeVar("Assertion", Link, Cannot)


class Outcome(msgspec.Struct, frozen=True):
    """What an assertion came to: whose each identifier is now, and what became of each link."""

    person_of: Mapping[Key, str]
    verdicts: tuple[Verdict, ...]

    def why_apart(self, link: Link) -> Rejection | None:
        """Why a link's two identifiers are not one person; nothing when they are."""
        if self.person_of[link.a] == self.person_of[link.b]:
            return None
        return next(each.rejection for each in self.verdicts if each.link.edge == link.edge)


def recognise(brand: str, openid: Identifier, unionid: str | None, *, source: str, world: World, now: datetime) -> Place:
    """The person behind an openid, with the unionid WeChat has just told, if it did.

    A known pair costs two reads and no write: its link keeps the time at which it was first, or again, a change. A unionid that comes
    late is linked to the person the openid already is.
    """
    key = key_of(brand, openid, world=world, now=now)
    found = identifiers.read_identifier(brand, key)
    if unionid is None:
        return Place(key, person_of(brand, found)) if found else meet(brand, openid, world=world, now=now)
    union = Identifier(IdentifierType.unionid, unionid)
    if found is not None and found.twin == key_of(brand, union, world=world, now=now).hash:
        return Place(key, person_of(brand, found))
    return assert_link(brand, openid, union, rank=Rank.attested, source=source, at=now, world=world, now=now)


def meet(brand: str, identifier: Identifier, *, world: World, now: datetime) -> Place:
    """The person behind one identifier; a new one when nobody has it yet."""
    newcomer = _person_identifier(brand, identifier, world=world, now=now)

    def look() -> Place | None:
        found = _find_again(brand, newcomer.key, {newcomer.key: newcomer}, now=now)
        if found is not None:
            return Place(newcomer.key, person_of(brand, found, consistent=True))
        person = _begin(brand, [newcomer], None, world=world, now=now)
        return Place(newcomer.key, person) if person else None

    return until_quiet(look, world)


def assert_link(brand: str, a: Identifier, b: Identifier, *, rank: Rank, source: str, at: datetime, world: World, now: datetime) -> Place:
    """Say that two identifiers are one person; where the first one stands then.

    Saying it again, in another order or at the same moment gives the same persons. What contradicts stronger or later links is kept and
    not followed: the place says why.
    """
    newcomers = {newcomer.key: newcomer for newcomer in (_person_identifier(brand, each, world=world, now=now) for each in (a, b))}
    if len(newcomers) == 1:
        return meet(brand, a, world=world, now=now)
    key_a, key_b = newcomers
    link = _link(key_a, key_b, rank, source, at)
    return _assert(brand, link, newcomers, world=world, now=now)


def join_by_hand(brand: str, a: Key, b: Key, *, source: str, world: World, now: datetime) -> Place:
    """An operator's word that two known identifiers are one person: stronger than any other link."""
    return _assert(brand, _link(a, b, Rank.operator, source, now), {}, world=world, now=now)


def tell_apart(
    brand: str, a: Key, b: Key, *, active: bool, by: str, reason: str, at: datetime, world: World, now: datetime
) -> tuple[str, str]:
    """Say that two identifiers are two people, or take that back; the persons they are then. The last word wins, whatever else is heard."""
    cannot = Cannot(a=a, b=b, active=active, at=second_of(at), by=by, reason=reason)

    def look() -> tuple[str, str] | None:
        known_a, known_b = _known(brand, a, {}, now=now), _known(brand, b, {}, now=now)
        if known_a is None or known_b is None:
            raise Missing(code="person_missing")
        apart = known_a.cluster.id != known_b.cluster.id
        outcome = _rearrange(brand, Rearrange(known_a.cluster, None), None, cannot, world=world, now=now)
        if outcome is None:
            return None
        return outcome.person_of[a], known_b.cluster.person_of(b) if apart else outcome.person_of[b]

    return until_quiet(look, world)


def take_back(brand: str, link: Link, *, at: datetime, world: World, now: datetime) -> Place:
    """Whoever said a link has taken it back at that time: it is followed no more, unless it is said again later."""
    return _assert(brand, msgspec.structs.replace(link, taken_back=True, last_at=second_of(at)), {}, world=world, now=now)


def hear(fact: Fact) -> None:
    """What this room does about a fact: after a join it mends pointers. Hearing it twice has one effect."""
    if fact.kind in ("person.joined", "cluster.joined"):
        repoint_identifiers(fact.brand, absorbed=fact.body["absorbed"])


def repoint_identifiers(brand: str, *, absorbed: str) -> None:
    """After a join, point the absorbed person's identifiers at the survivor, so that look-ups need two reads again. Safe to repeat.

    A survivor that is absorbed itself meanwhile makes it begin again: the fact of that join may have been heard already.
    """
    mended = ""
    while (path := walk(brand, absorbed, consistent=True))[-1].id != mended:
        *gone, survivor = path
        losers = {each for cluster in gone for each in (cluster.id, *cluster.absorbed)}
        if losers:
            for key in read_component(brand, path[0]).keys:
                identifiers.repoint(brand, key, losers=losers, survivor=survivor.id)
        mended = survivor.id


def arrange_said(said: Said, *, world: World) -> Arrangement:
    """The persons all this makes, with what became of each link: the explanation of who is who."""
    return persons.arrange(said.keys, said.links, said.cannots, reissue=_reissue(world))


def _link(a: Key, b: Key, rank: Rank, source: str, at: datetime) -> Link:
    return Link(a=a, b=b, rank=rank, first_at=second_of(at), last_at=second_of(at), source=source)


def second_of(at: datetime) -> datetime:
    """What decides between assertions has to be what is kept of them, and rows keep whole seconds."""
    return at.replace(microsecond=0)


def _assert(brand: str, link: Link, newcomers: dict[Key, Newcomer], *, world: World, now: datetime) -> Place:
    def look() -> Place | None:
        known_a, known_b = (_known(brand, key, newcomers, now=now) for key in (link.a, link.b))
        plan = plans.plan_link(link, known_a, known_b, reissue=_reissue(world))
        return _carry_out(brand, plan, newcomers, link, world=world, now=now)

    return until_quiet(look, world)


def _carry_out(brand: str, plan: Plan, newcomers: dict[Key, Newcomer], link: Link, *, world: World, now: datetime) -> Place | None:
    """Do what the plan says; where the link's first identifier stands, or nothing when another look is needed."""
    match plan:
        case Begin():
            person = _begin(brand, list(newcomers.values()), link, world=world, now=now)
            return Place(link.a, person) if person else None
        case Alone(newcomer):
            _begin(brand, [newcomers[newcomer]], None, world=world, now=now)
            return None
        case Attach(newcomer, cluster):
            done = tables.attach_identifier(brand, plan, newcomers[newcomer], link, now=now)
        case Join(cluster, _):
            done = tables.join_clusters(brand, plan, link)
        case Confirm(cluster):
            done = _confirm(brand, plan, link)
        case Rearrange():
            return _place_in(brand, plan, link, world=world, now=now)
    return Place(link.a, cluster.id) if done else None


def _begin(brand: str, newcomers: list[Newcomer], link: Link | None, *, world: World, now: datetime) -> str | None:
    person = world.new_id()
    shape = persons.shape_of([newcomer.key for newcomer in newcomers], [link] if link else [])
    return person if tables.begin_person(brand, person, newcomers, link, shape, now=now) else None


def _confirm(brand: str, plan: Confirm, link: Link) -> bool:
    old = tables.read_link(brand, plan.cluster.id, link.edge)
    kept = link if old is None else persons.repeat_link(old, link)
    if kept != old:
        return tables.confirm_link(brand, plan, kept)
    identifiers.set_twin(brand, link)
    return True


def _place_in(brand: str, plan: Rearrange, link: Link, *, world: World, now: datetime) -> Place | None:
    outcome = _rearrange(brand, plan, link, None, world=world, now=now)
    return None if outcome is None else Place(link.a, outcome.person_of[link.a], outcome.why_apart(link))


def _rearrange(brand: str, plan: Rearrange, link: Link | None, cannot: Cannot | None, *, world: World, now: datetime) -> Outcome | None:
    """Find out who is who from everything that was said, and keep it; nothing when another look is needed."""
    living = [plan.survivor] if plan.loser is None else [plan.survivor, plan.loser]
    read = [read_component(brand, cluster) for cluster in living]
    before = {key: cluster.person_of(key) for cluster, each in zip(living, read, strict=True) for key in each.keys}
    said = persons.add_said(*read, Said(seeds={}, links=(link,) if link else (), cannots=(cannot,) if cannot else ()))
    arrangement = arrange_said(said, world=world)
    if link is not None and _is_no_news(link, read, said):
        return _leave(brand, living, link, Outcome(before, arrangement.verdicts))
    after = _name_persons(brand, plan.survivor.id, arrangement, before=before, said=said, world=world, now=now)
    outcome = Outcome(after, arrangement.verdicts)
    new = Rearranged(
        survivor=plan.survivor,
        loser=plan.loser,
        shape=persons.shape_of(before, said.links, guarded=any(each.active for each in said.cannots)),
        parts={str(key): person for key, person in after.items() if person != plan.survivor.id},
        link=_find_pair(link, said.links),
        followed=link is not None and outcome.why_apart(link) is None,
        cannot=_find_pair(cannot, said.cannots),
        disputed=any(is_disputed(verdict, after) for verdict in arrangement.verdicts),
        facts=[*_tell_move(plan.loser), *persons.tell_changes(before, after)],
    )
    return outcome if tables.keep_arrangement(brand, new, now=now) else None


def _is_no_news(link: Link, read: Iterable[Said], said: Said) -> bool:
    """Is a link kept as it is, or not to be kept?

    What so many people share joins nobody, however often it is said: a component does not grow around it.
    """
    joins = link.rank < Rank.operator and not link.taken_back
    if joins and any(persons.is_shared(key, each.links) for each in read for key in (link.a, link.b)):
        return True
    return any(_find_pair(link, said.links) in each.links for each in read)


def _leave(brand: str, living: Iterable[Cluster], link: Link, outcome: Outcome) -> Outcome | None:
    """Nothing to keep: everything is as it was read, unless somebody changed it meanwhile."""
    if not are_as_read(brand, living):
        return None
    if outcome.why_apart(link) is None:
        identifiers.set_twin(brand, link)
    return outcome


def _name_persons(
    brand: str, home: str, arrangement: Arrangement, *, before: Mapping[Key, str], said: Said, world: World, now: datetime
) -> dict[Key, str]:
    """Whose each identifier is from now on; the id of a person who is new leads to this cluster."""
    parts = {each.id: each.seed for each in tables.read_clusters(brand, set(before.values()) - set(said.seeds), consistent=True)}
    after = persons.name_persons(arrangement.groups, seeds=said.seeds, parts=parts, new_id=world.new_id)
    for person in set(after.values()) - set(said.seeds) - set(parts):
        tables.keep_part(brand, person, home, min(key for key in after if after[key] == person), now=now)
    return after


def _tell_move(loser: Cluster | None) -> Changes:
    return [] if loser is None else [("cluster.joined", {"absorbed": loser.id})]


def _find_pair(asserted: Assertion | None, said: Iterable[Assertion]) -> Assertion | None:
    """What was said of the same two identifiers, all of it together."""
    return None if asserted is None else next(each for each in said if each.edge == asserted.edge)


def is_disputed(verdict: Verdict, persons_of: Mapping[Key, str]) -> bool:
    """Does a link that is not followed wait for an operator?"""
    if verdict.rejection in (None, Rejection.told_apart, Rejection.shared, Rejection.taken_back):
        return False
    return persons_of[verdict.link.a] != persons_of[verdict.link.b]


def _known(brand: str, key: Key, newcomers: Mapping[Key, Newcomer], *, now: datetime) -> Known | None:
    found = _find_again(brand, key, newcomers, now=now)
    if found is None:
        return None
    cluster = walk(brand, found.cluster, consistent=True)[-1]
    if cluster.shape.guarded and key in newcomers:  # it may have been emptied between the two reads; after the second, the version tells
        _find_again(brand, key, newcomers, now=now)
    return Known(key=key, cluster=cluster)


def _find_again(brand: str, key: Key, newcomers: Mapping[Key, Newcomer], *, now: datetime) -> Found | None:
    """An identifier as it is kept; one that was emptied has its value again once somebody brings it."""
    found = identifiers.read_identifier(brand, key, consistent=True)
    if found is not None and not found.sealed and key in newcomers:
        identifiers.fill(brand, newcomers[key], now=now)
    return found


def seal(brand: str, identifier: Identifier, *, world: World, now: datetime) -> Newcomer:
    """An identifier as it is kept: by its keyed hash, sealed, and masked for the eye."""
    normal = values.normalise(identifier)
    return Newcomer(
        key_of(brand, identifier, world=world, now=now), world.keyring.encrypt(brand, normal.value, now=now), values.mask(normal)
    )


def _person_identifier(brand: str, identifier: Identifier, *, world: World, now: datetime) -> Newcomer:
    if identifier.type in POINTERS:
        raise Invalid("A device, push token or anonymous id is nobody by itself - at `$.type`.")
    return seal(brand, identifier, world=world, now=now)


def _reissue(world: World) -> timedelta:
    return timedelta(days=world.settings.phone_reissue_days)


def until_quiet(look: Callable[[], Result | None], world: World) -> Result:
    """Look and act until nobody else changed the same person meanwhile."""
    return until_done(look, tries=TRIES, world=world)
