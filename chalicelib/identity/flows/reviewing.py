"""Who is who, explained, and decided by an operator where links contradict each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.errors import Conflict, Invalid, Missing
from chalicelib.identity.flows.linking import arrange_said, is_disputed, join_by_hand, tell_apart
from chalicelib.identity.flows.missing import explain_missing
from chalicelib.identity.flows.people import read_person, walk
from chalicelib.identity.rules.values import is_person_id
from chalicelib.identity.tables import identifiers, reviews
from chalicelib.identity.words import Cannot, Cluster, Key, Rejection, Verdict, edge_of
from chalicelib.identity.words.orders import (
    Explanation,
    Review,
    ShownEnd,
    ShownLink,
    ShownSplit,
    SplitDone,
)
from chalicelib.staff.flows import record
from chalicelib.world import World

PAGE = 20
FOLLOWED = "Followed."
SAYS = {
    Rejection.limit: "Not followed: a person has no more identifiers of one type, and a stronger or later link stands.",
    Rejection.told_apart: "Not followed: an operator said that they are two people.",
    Rejection.unverified: "Not followed: nobody verified it, and both sides are people known by better identifiers.",
    Rejection.phone_recycled: "Not followed: the phone was unheard of for so long that it may have been given to somebody else.",
    Rejection.shared: "Not followed: more people use this value than share one.",
    Rejection.taken_back: "Not followed: who gave it has taken it back at WeChat.",
}


def explain_person(brand: str, person_id: str, *, world: World, now: datetime) -> Explanation:
    """Every link of a person with its rank, source and age, of those not followed the reason, and why openids have no unionid."""
    cluster, person, said = read_person(brand, person_id)
    verdicts = arrange_said(said, world=world).verdicts
    ends = _ends(brand, cluster, said.keys)
    return Explanation(
        person=person,
        links=[_show_link(each, ends) for each in verdicts if person in (ends[each.link.a].person, ends[each.link.b].person)],
        splits=[
            _show_split(each, cluster.id, shown)
            for each in said.cannots
            for shown in [ends | _others(brand, each, ends)]
            if person in (shown[each.a].person, shown[each.b].person)
        ],
        missing_unionids=explain_missing(brand, [key for key, end in ends.items() if end.person == person], world=world, now=now),
    )


def list_reviews(brand: str, *, after: str | None, world: World) -> tuple[list[Review], str | None]:
    """What waits for an operator, and where the next page begins."""
    if after is not None and not is_person_id(after):
        raise Invalid(code="cursor_invalid")
    waiting = reviews.list_reviews(brand, after=after, limit=PAGE + 1)
    page = [_describe(brand, cluster_id, opened_at, world=world) for cluster_id, opened_at in waiting[:PAGE]]
    return page, waiting[PAGE - 1][0] if len(waiting) > PAGE else None


def accept_link(brand: str, review: str, link_id: str, *, reason: str, actor: str, world: World, now: datetime) -> Review:
    """An operator says that a link is right: it is followed before all others. That it was rejected before is taken back.

    `Conflict` when another split still keeps the two apart: it has to be taken back first.
    """
    a, b = _find_pair(brand, review, link_id)
    record(brand, "link.accepted", {"review": review, "link": link_id, "reason": reason}, actor=actor, world=world, now=now)
    said = _last_word(brand, a, b)
    if said is not None and said.active:
        tell_apart(brand, a, b, active=False, by=actor, reason=reason, at=_after(said, now), world=world, now=now)
    place = join_by_hand(brand, a, b, source=f"operator:{actor}", world=world, now=now)
    if place.rejection is Rejection.told_apart:
        raise Conflict(code="link_told_apart")
    return _describe(brand, review, now, world=world)


def reject_link(brand: str, review: str, link_id: str, *, reason: str, actor: str, world: World, now: datetime) -> Review:
    """An operator says that a link is wrong: its two identifiers are two people, whoever says otherwise."""
    a, b = _find_pair(brand, review, link_id)
    record(brand, "link.rejected", {"review": review, "link": link_id, "reason": reason}, actor=actor, world=world, now=now)
    tell_apart(brand, a, b, active=True, by=actor, reason=reason, at=_after(_last_word(brand, a, b), now), world=world, now=now)
    return _describe(brand, review, now, world=world)


def split(brand: str, a: Key, b: Key, *, reason: str, actor: str, world: World, now: datetime) -> SplitDone:
    """Two identifiers are two people from now on, whatever else is said of them."""
    found = identifiers.read_identifier(brand, a, consistent=True)
    if found is None:
        raise Missing(code="person_missing")
    split_id = _split_id(walk(brand, found.cluster, consistent=True)[-1].id, edge_of(a, b))
    record(brand, "split.made", {"split": split_id, "reason": reason}, actor=actor, world=world, now=now)
    at = _after(_last_word(brand, a, b), now)
    person_a, person_b = tell_apart(brand, a, b, active=True, by=actor, reason=reason, at=at, world=world, now=now)
    return SplitDone(id=split_id, person_a=person_a, person_b=person_b)


def undo_split(brand: str, split_id: str, *, actor: str, world: World, now: datetime) -> SplitDone:
    """Take a split back: the persons are again what the links make them. Doing it twice changes nothing."""
    cluster_id, _, pair = split_id.partition("-")
    if not is_person_id(cluster_id):
        raise Missing(code="split_missing")
    found = next((each for each in read_person(brand, cluster_id)[2].cannots if link_id_of(each.edge) == pair), None)
    if found is None:
        raise Missing(code="split_missing")
    record(brand, "split.undone", {"split": split_id}, actor=actor, world=world, now=now)
    at = _after(found, now) if found.active else found.at
    person_a, person_b = tell_apart(brand, found.a, found.b, active=False, by=actor, reason=found.reason, at=at, world=world, now=now)
    return SplitDone(id=split_id, person_a=person_a, person_b=person_b)


def _last_word(brand: str, a: Key, b: Key) -> Cannot | None:
    """What an operator said of two identifiers last, split or taken back."""
    for key in (a, b):
        found = identifiers.read_identifier(brand, key, consistent=True)
        if found is None:
            continue
        for cannot in read_person(brand, walk(brand, found.cluster, consistent=True)[-1].id)[2].cannots:
            if cannot.edge == edge_of(a, b):
                return cannot
    return None


def _after(said: Cannot | None, now: datetime) -> datetime:
    """When an operator's next word about a pair counts: later than the one before, which within one second would be told from it."""
    return now if said is None else max(now, said.at + timedelta(seconds=1))


def link_id_of(edge: str) -> str:
    """A link's id: a hash of its pair."""
    return hashlib.blake2s(edge.encode(), digest_size=8).hexdigest()


def _split_id(cluster_id: str, edge: str) -> str:
    return f"{cluster_id}-{link_id_of(edge)}"


def _describe(brand: str, review: str, opened_at: datetime, *, world: World) -> Review:
    """A cluster in which links contradict each other; none of them left once everything is decided."""
    cluster, _, said = read_person(brand, review)
    ends = _ends(brand, cluster, said.keys)
    persons = {key: end.person for key, end in ends.items()}
    disputed = [each for each in arrange_said(said, world=world).verdicts if is_disputed(each, persons)]
    return Review(
        id=cluster.id,
        opened_at=opened_at,
        persons=sorted(set(persons.values())),
        links=[_show_link(each, ends) for each in disputed],
    )


def _find_pair(brand: str, review: str, link_id: str) -> tuple[Key, Key]:
    for link in read_person(brand, review)[2].links:
        if link_id_of(link.edge) == link_id:
            return link.a, link.b
    raise Missing(code="link_missing")


def _ends(brand: str, cluster: Cluster, keys: Iterable[Key]) -> dict[Key, ShownEnd]:
    """How each identifier of a cluster is shown; one that was erased shows nothing of its value."""
    masked = {found.key: found.masked for found in identifiers.read_identifiers(brand, keys)}
    return {
        key: ShownEnd(
            type=key.type,
            account=f"{brand}.{key.account}" if key.account else None,
            masked=masked.get(key, ""),
            person=cluster.person_of(key),
        )
        for key in keys
    }


def _show_link(verdict: Verdict, ends: dict[Key, ShownEnd]) -> ShownLink:
    link = verdict.link
    return ShownLink(
        id=link_id_of(link.edge),
        a=ends[link.a],
        b=ends[link.b],
        rank=link.rank.name,
        source=link.source,
        first_at=link.first_at,
        last_at=link.last_at,
        rejection=verdict.rejection,
        says=SAYS[verdict.rejection] if verdict.rejection else FOLLOWED,
    )


def _show_split(cannot: Cannot, cluster_id: str, ends: dict[Key, ShownEnd]) -> ShownSplit:
    return ShownSplit(
        id=_split_id(cluster_id, cannot.edge),
        a=ends[cannot.a],
        b=ends[cannot.b],
        active=cannot.active,
        at=cannot.at,
        by=cannot.by,
        reason=cannot.reason,
    )


def _others(brand: str, cannot: Cannot, ends: dict[Key, ShownEnd]) -> dict[Key, ShownEnd]:
    """Ends of a split that no link has led to this cluster."""
    shown: dict[Key, ShownEnd] = {}
    for found in identifiers.read_identifiers(brand, {cannot.a, cannot.b} - set(ends)):
        shown |= _ends(brand, walk(brand, found.cluster, consistent=True)[-1], [found.key])
    return shown
