"""A phone that somebody gave by WeChat's phone button and takes back there: not theirs any more, and forgotten if nobody else told it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.identity.flows.linking import second_of, take_back, until_quiet
from chalicelib.identity.flows.people import read_component, walk
from chalicelib.identity.tables import identifiers
from chalicelib.identity.tables.emptying import empty_identifier
from chalicelib.identity.words import PHONE_BUTTON, Cluster, IdentifierType, Key, Link, Said
from chalicelib.world import World


class TakenBack(msgspec.Struct, frozen=True):
    """Phones that are theirs no more by that word. `forgotten`: those of them whose value went."""

    phones: tuple[Key, ...]
    forgotten: tuple[Key, ...]


def take_back_phones(brand: str, openid: Key, *, at: datetime, world: World, now: datetime) -> TakenBack:
    """Take back what WeChat's phone button said of an openid until then; asked again at the same moment, the same is told.

    Whoever else says that the phone is theirs is heard as before: a texted code, an operator, another end's button.
    """
    told_at = second_of(at)
    _, said = _read(brand, openid)
    theirs = [link for link in said.links if openid in (link.a, link.b) and link.source == PHONE_BUTTON and link.last_at <= told_at]
    taken = [link for link in theirs if not link.taken_back or link.last_at == told_at]
    for link in taken:
        take_back(brand, link, at=at, world=world, now=now)
    forgotten = [link for link in taken if _forget(brand, link, world=world)]
    return TakenBack(phones=tuple(map(_phone_of, taken)), forgotten=tuple(map(_phone_of, forgotten)))


def _forget(brand: str, link: Link, *, world: World) -> bool:
    """Forget the value of a phone of which nothing is left: whoever told it, at one end or several, has taken it back."""
    phone = _phone_of(link)

    def look() -> bool | None:
        cluster, said = _read(brand, phone)
        found = identifiers.read_identifier(brand, phone, consistent=True)
        told = [each for each in said.links if phone in (each.a, each.b)]
        if cluster is None or found is None or not all(each.taken_back for each in told):
            return False
        if found.first_at < min(each.first_at for each in told):
            return False  # somebody else brought it before
        return not found.sealed or empty_identifier(brand, cluster, phone) or None

    return until_quiet(look, world)


def _read(brand: str, key: Key) -> tuple[Cluster | None, Said]:
    """The cluster an identifier is in, and all that was said within it; nothing where nobody has it."""
    found = identifiers.read_identifier(brand, key, consistent=True)
    if found is None:
        return None, Said(seeds={}, links=(), cannots=())
    cluster = walk(brand, found.cluster, consistent=True)[-1]
    return cluster, read_component(brand, cluster)


def _phone_of(link: Link) -> Key:
    return link.a if link.a.type is IdentifierType.phone else link.b
