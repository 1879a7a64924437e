"""Who is one person with whom: a function of all assertions, not of their order. Pure.

Links are taken strongest first, then latest first; one that would break a limit is rejected. A component of the links in which nothing
can be rejected needs no sorting: its shape tells (`is_plain`), and all of it is one person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta

import msgspec

from chalicelib.identity.words import PHONE_BUTTON, Arrangement, Cannot, IdentifierType, Key, Link, Rank, Rejection, Said, Shape, Verdict

LIMITS = {
    IdentifierType.unionid: 1,
    IdentifierType.openid: 1,
    IdentifierType.app_uid: 1,
    IdentifierType.member_no: 1,
    IdentifierType.phone: 2,
    IdentifierType.email: 3,
}
"""The most a person has of each type; of openids, at each account."""
ANCHORS = frozenset({IdentifierType.unionid, IdentifierType.app_uid, IdentifierType.member_no})
"""Types that name one person for good."""
MERGING_RANK = {IdentifierType.phone: Rank.verified, IdentifierType.email: Rank.verified}
"""Below this a link joins no two people who both have an anchor."""
MOST_OWNERS = {IdentifierType.phone: 20, IdentifierType.email: 20}
MOST_OWNERS_OTHERWISE = 5
"""A value linked to more identifiers of one kind is shared: a shop's own number, a test device. It joins nobody."""


def constraint_of(key: Key) -> str:
    """The name of the limit an identifier counts towards."""
    return f"{key.type.value}#{key.account}"


def broken_limit(counts: Mapping[str, int], limits: Mapping[IdentifierType, int] = LIMITS) -> str | None:
    """The first limit these counts break. Hereditary: what satisfies the limits does so in every part."""
    for constraint in sorted(counts):
        if counts[constraint] > limits[IdentifierType(constraint.split("#", 1)[0])]:
            return constraint
    return None


def add_counts(*parts: Mapping[str, int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for constraint, count in part.items():
            total[constraint] = total.get(constraint, 0) + count
    return total


def count_keys(keys: Iterable[Key]) -> dict[str, int]:
    return add_counts(*({constraint_of(key): 1} for key in keys))


def shape_of(keys: Iterable[Key], links: Iterable[Link], *, guarded: bool = False) -> Shape:
    """What of these identifiers and links can decide whether anything may be rejected."""
    return add_shapes(Shape(counts=count_keys(keys), guarded=guarded), *map(_shape_of_link, links))


def add_shapes(*shapes: Shape) -> Shape:
    """The shape of a component made of these. Only grows: what is seen once stays seen."""
    lasts = [shape.oldest_phone for shape in shapes if shape.oldest_phone is not None]
    firsts = [shape.newest_phone for shape in shapes if shape.newest_phone is not None]
    return Shape(
        counts=add_counts(*(shape.counts for shape in shapes)),
        weak=any(shape.weak for shape in shapes),
        guarded=any(shape.guarded for shape in shapes),
        oldest_phone=min(lasts, default=None),
        newest_phone=max(firsts, default=None),
    )


def is_plain(shape: Shape, *, reissue: timedelta) -> bool:
    """Is it certain that no link of this component is rejected, whatever the order?"""
    if shape.guarded or broken_limit(shape.counts) is not None:
        return False
    if sum(count for constraint, count in shape.counts.items() if constraint.split("#", 1)[0] in ANCHORS) <= 1:
        return True
    if shape.oldest_phone is not None and shape.newest_phone is not None and shape.newest_phone - shape.oldest_phone > reissue:
        return False
    return not shape.weak


def repeat_link(old: Link, new: Link) -> Link:
    """An assertion heard again: the highest rank, the first and the last time. Order and number do not matter.

    What an operator said last counts as of then, whoever says it again: not all of that is kept of a value many people share. What was
    taken back leaves nothing of what was said until then. A source that WeChat can take back gives way to one it cannot.
    """
    if old.taken_back or new.taken_back:
        return max(old, new, key=lambda link: (link.last_at, link.taken_back, link.rank, link.source))
    stronger = max((old, new), key=lambda link: (link.rank, link.source != PHONE_BUTTON, -link.first_at.timestamp(), link.source))
    last_at = max(old, new, key=lambda link: (link.rank is Rank.operator, link.last_at)).last_at
    return msgspec.structs.replace(
        old, rank=stronger.rank, source=stronger.source, first_at=min(old.first_at, new.first_at), last_at=last_at
    )


def repeat_cannot(old: Cannot, new: Cannot) -> Cannot:
    """The last word wins; at one moment the split does."""
    return max(old, new, key=lambda cannot: (cannot.at, cannot.active, cannot.by, cannot.reason))


def add_said(*parts: Said) -> Said:
    """Everything that was said, each pair once."""
    links: dict[str, Link] = {}
    cannots: dict[str, Cannot] = {}
    for part in parts:
        for link in part.links:
            links[link.edge] = repeat_link(links[link.edge], link) if link.edge in links else link
        for cannot in part.cannots:
            cannots[cannot.edge] = repeat_cannot(cannots[cannot.edge], cannot) if cannot.edge in cannots else cannot
    seeds = {name: seed for part in parts for name, seed in part.seeds.items()}
    return Said(seeds=seeds, links=tuple(links.values()), cannots=tuple(cannots.values()))


def is_shared(key: Key, links: Iterable[Link]) -> bool:
    """Is this value linked to more identifiers of one kind than one person's value can be?"""
    counts = count_keys({link.b if link.a == key else link.a for link in links if key in (link.a, link.b) and not link.taken_back})
    return max(counts.values(), default=0) > MOST_OWNERS.get(key.type, MOST_OWNERS_OTHERWISE)


def arrange(
    keys: Iterable[Key],
    links: Collection[Link],
    cannots: Iterable[Cannot],
    *,
    reissue: timedelta,
    limits: Mapping[IdentifierType, int] = LIMITS,
) -> Arrangement:
    """The persons these assertions make, and what became of each link. Other limits are for trying out: nothing is kept under them."""
    standing = [link for link in links if not link.taken_back]
    values = _shared_values(standing)
    shared = {link.edge for link in standing if link.rank < Rank.operator and (link.a in values or link.b in values)}
    recycled = _recycled([link for link in standing if link.a not in values and link.b not in values], reissue)
    groups = _Groups(keys, cannots, limits)
    verdicts = [
        Verdict(link, groups.take(link, shared=link.edge in shared, recycled=link.edge in recycled))
        for link in sorted(links, key=lambda link: _precedence(link, link.edge in recycled))
    ]
    return Arrangement(groups=groups.all(), verdicts=tuple(verdicts))


def name_persons(
    groups: Iterable[frozenset[Key]], *, seeds: Mapping[str, Key], parts: Mapping[str, Key], new_id: Callable[[], str]
) -> dict[Key, str]:
    """An id for each group: the oldest cluster, else the oldest part, that began with one of its identifiers, else a new id.

    So an id leads to whoever has what it began with, and no two groups ever go by one.
    """
    named: dict[Key, str] = {}
    for group in groups:
        begun = (min((each for each, seed in begun.items() if seed in group), default="") for begun in (seeds, parts))
        person = next(filter(None, begun), "") or new_id()
        named.update(dict.fromkeys(group, person))
    return named


def tell_changes(before: Mapping[Key, str], after: Mapping[Key, str]) -> list[tuple[str, dict[str, object]]]:
    """What happened to whom: persons that went on as another, and persons whose identifiers went to several."""
    went: dict[str, set[str]] = {}
    for key, person in before.items():
        went.setdefault(person, set()).add(after[key])
    changes: list[tuple[str, dict[str, object]]] = []
    for person, others in sorted(went.items()):
        if len(others) > 1:
            changes.append(("person.split", {"person": person, "parted": sorted(others - {person})}))
        elif others != {person}:
            changes.append(("person.joined", {"person": next(iter(others)), "absorbed": person}))
    return changes


def _shape_of_link(link: Link) -> Shape:
    if link.taken_back:
        return Shape(counts={}, guarded=True)
    of_phone = IdentifierType.phone in (link.a.type, link.b.type)
    return Shape(
        counts={},
        weak=_is_weak(link),
        oldest_phone=link.last_at if of_phone and link.rank < Rank.operator else None,
        newest_phone=link.first_at if of_phone else None,
    )


def _is_weak(link: Link) -> bool:
    return link.rank < max(MERGING_RANK.get(key.type, Rank.declared) for key in (link.a, link.b))


def _precedence(link: Link, recycled: bool) -> tuple[int, float, str]:
    return (-min(link.rank, Rank.observed) if recycled else -link.rank, -link.last_at.timestamp(), link.edge)


def _shared_values(links: Collection[Link]) -> set[Key]:
    """Values more people share than one. Their links say nothing of anybody, and not all of them are kept; an operator's does."""
    owners: dict[Key, set[Key]] = {}
    for link in links:
        owners.setdefault(link.a, set()).add(link.b)
        owners.setdefault(link.b, set()).add(link.a)
    most = {key: MOST_OWNERS.get(key.type, MOST_OWNERS_OTHERWISE) for key in owners}
    return {key for key, others in owners.items() if len(others) > most[key] and max(count_keys(others).values()) > most[key]}


def _recycled(links: Collection[Link], reissue: timedelta) -> set[str]:
    """Links of a phone to who was last heard with it so long before its next owner that the number may have been given away."""
    by_phone: dict[Key, list[Link]] = {}
    for link in links:
        for key in (link.a, link.b):
            if key.type is IdentifierType.phone:
                by_phone.setdefault(key, []).append(link)
    recycled = set()
    for of_phone in by_phone.values():
        newest = max(link.first_at for link in of_phone)
        recycled |= {link.edge for link in of_phone if newest - link.last_at > reissue and link.rank < Rank.operator}
    return recycled


class _Groups:
    """Identifiers as they come together, with what each group counts and whom it may never hold."""

    def __init__(self, keys: Iterable[Key], cannots: Iterable[Cannot], limits: Mapping[IdentifierType, int]) -> None:
        self._limits = limits
        self._leader: dict[Key, Key] = {}
        self._members: dict[Key, set[Key]] = {}
        self._counts: dict[Key, dict[str, int]] = {}
        self._anchored: dict[Key, bool] = {}
        self._never: dict[Key, set[Key]] = {}
        for key in keys:
            self._add(key)
        for cannot in cannots:
            if cannot.active and cannot.a in self._leader and cannot.b in self._leader:
                self._never[cannot.a].add(cannot.b)
                self._never[cannot.b].add(cannot.a)

    def take(self, link: Link, *, shared: bool, recycled: bool) -> Rejection | None:
        """Follow a link, or say why not."""
        if link.taken_back:
            return Rejection.taken_back
        if shared:
            return Rejection.shared
        a, b = self._leader[link.a], self._leader[link.b]
        if a == b:
            return None
        if not self._never[a].isdisjoint(self._members[b]):
            return Rejection.told_apart
        if (recycled or _is_weak(link)) and self._anchored[a] and self._anchored[b]:
            return Rejection.phone_recycled if recycled else Rejection.unverified
        if broken_limit(add_counts(self._counts[a], self._counts[b]), self._limits) is not None:
            return Rejection.phone_recycled if recycled else Rejection.limit
        self._join(a, b)
        return None

    def all(self) -> tuple[frozenset[Key], ...]:
        return tuple(map(frozenset, self._members.values()))

    def _add(self, key: Key) -> None:
        if key not in self._leader:
            self._leader[key] = key
            self._members[key] = {key}
            self._counts[key] = count_keys([key])
            self._anchored[key] = key.type in ANCHORS
            self._never[key] = set()

    def _join(self, a: Key, b: Key) -> None:
        larger, smaller = (a, b) if len(self._members[a]) >= len(self._members[b]) else (b, a)
        for key in self._members[smaller]:
            self._leader[key] = larger
        self._members[larger] |= self._members.pop(smaller)
        self._counts[larger] = add_counts(self._counts[larger], self._counts.pop(smaller))
        self._anchored[larger] |= self._anchored.pop(smaller)
        self._never[larger] |= self._never.pop(smaller)
