"""Openids without a unionid, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account
from chalicelib.errors import Missing
from chalicelib.identity.rules.missing import SAYS, why_without_unionid
from chalicelib.identity.tables import identifiers
from chalicelib.identity.words import Found, IdentifierType, Key
from chalicelib.identity.words.orders import MissingUnionid
from chalicelib.world import World

LOOKED_AT = 10
BOUND_FRESH_S = 300


def explain_missing(brand: str, keys: Iterable[Key], *, world: World, now: datetime) -> list[MissingUnionid]:
    """Of some identifiers the openids that came without a unionid, each with the reason."""
    openids = [key for key in keys if key.type is IdentifierType.openid]
    found = sorted(identifiers.read_identifiers(brand, openids), key=lambda each: each.key)
    return [_explain(brand, each, world=world, now=now) for each in found if each.twin is None]


def _explain(brand: str, found: Found, *, world: World, now: datetime) -> MissingUnionid:
    name = f"{brand}.{found.key.account}"
    account = _find(name, world=world, now=now)
    reason = why_without_unionid(
        None if account is None else account.kind,
        follows=identifiers.read_follow(brand, found.key),
        bound=world.cache.remember(
            ("bound", name), BOUND_FRESH_S, lambda: identifiers.some_have_unionid(brand, found.key.account, most=LOOKED_AT), now=now
        ),
    )
    return MissingUnionid(account=name, masked=found.masked, reason=reason, says=SAYS[reason])


def _find(name: str, *, world: World, now: datetime) -> Account | None:
    try:
        return register.find_account(name, world=world, now=now)
    except Missing:
        return None
