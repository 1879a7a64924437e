"""Exclusive codes: issued, redeemed."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.errors import Busy, Conflict, Forbidden, Missing, Refused
from chalicelib.identity import flows as identity
from chalicelib.identity.words import read_key
from chalicelib.offers.flows.registry import find_code_offer
from chalicelib.offers.rules import codes as rules
from chalicelib.offers.tables import codes as tables
from chalicelib.offers.words.codes import Code, CodeOrder, CodeRedeemed, CodeShown, RedeemOrder
from chalicelib.sessions import tables as limits
from chalicelib.sessions.flows import limiting
from chalicelib.sessions.words import Claims, Limit
from chalicelib.world import World

TRIES = 5
TRIES_OF_A_SYSTEM = 1000
"""How many wrong codes an API key may try in an hour: a till mistypes, a thief guesses."""


def issue_code(claims: Claims, order: CodeOrder, *, world: World, now: datetime) -> CodeShown:
    """Give whoever is logged in their code of an offer, once for each person: asked again it is the same code."""
    offer = find_code_offer(claims.brand, order.offer, world=world, now=now)
    for _ in range(TRIES):
        folded = identity.fold(claims.brand, read_key(claims.key))
        owned = tables.find_owned(claims.brand, folded.keys, offer.name)
        if owned is not None:
            return _show(owned, world=world)
        if offer.followers_of and offer.followers_of.partition(".")[2] not in identity.accounts_followed(folded):
            raise Forbidden(code="follow_needed")
        letters = rules.make_code(claims.brand, world.random_bytes(rules.RANDOM_BYTES))
        code = Code(
            brand=claims.brand,
            hash=_hash(claims.brand, letters, world=world, now=now),
            offer=offer.name,
            key=claims.key,
            sealed=world.keyring.encrypt(claims.brand, letters, now=now),
            issued_at=now,
            ends_at=now + timedelta(seconds=offer.valid_for_s),
        )
        if tables.issue(code, folded):
            return _show(code, world=world)
    raise Busy


def redeem_own(claims: Claims, order: RedeemOrder, *, world: World, now: datetime) -> CodeRedeemed:
    """Use one's own code for an order. Somebody else's is refused, and wrong ones count."""
    person = identity.find_person_by_key(claims.brand, read_key(claims.key))
    most = world.settings.code_tries_per_person_hour
    limit = Limit(pk=f"{claims.brand}#P#{person}", sk="L#codes", most=most, window_s=3600)
    code = _find(claims.brand, order, limit, owner=claims.key, world=world, now=now)
    return _redeem(code, order.order, now=now)


def redeem_any(brand: str, order: RedeemOrder, *, actor: str, world: World, now: datetime) -> CodeRedeemed:
    """Use anybody's code for an order, as a till does."""
    limit = Limit(pk=f"{brand}#KEY#{actor}", sk="L#codes", most=TRIES_OF_A_SYSTEM, window_s=3600)
    code = _find(brand, order, limit, owner=None, world=world, now=now)
    done = _redeem(code, order.order, now=now)
    return CodeRedeemed(offer=done.offer, order=done.order, redeemed_at=done.redeemed_at, person=_person(code))


def _find(brand: str, order: RedeemOrder, limit: Limit, *, owner: str | None, world: World, now: datetime) -> Code:
    """The code that was written; counted as a try before it is looked for, and not any more once it is found."""
    limiting.spend((limit,), refusal="too_many_tries", now=now)
    code = tables.read_code(brand, _hash(brand, rules.read_code(brand, order.code), world=world, now=now))
    if code is None:
        raise Missing(code="code_missing")
    if owner is not None and not _is_theirs(code, owner):
        raise Forbidden(code="code_of_another")
    limits.give_back(limit)
    return code


def _redeem(code: Code, order: str, *, now: datetime) -> CodeRedeemed:
    """Once for the code and once for the order; the same two asked again are answered alike."""
    for _ in range(TRIES):
        current = tables.read_code(code.brand, code.hash) or code
        if current.order == order and current.redeemed_at is not None:
            return CodeRedeemed(offer=current.offer, order=order, redeemed_at=current.redeemed_at)
        rules.check_redeemable(current, now)
        if tables.has_code(code.brand, order):
            raise Conflict(code="order_coded")
        tables.redeem(current, order, now=now)
    raise Busy


def _is_theirs(code: Code, owner: str) -> bool:
    return code.key == owner or identity.find_common_person(code.brand, read_key(code.key), read_key(owner)) is not None


def _hash(brand: str, letters: str, *, world: World, now: datetime) -> str:
    return world.keyring.hash(brand, f"code:{letters}", now=now)


def _person(code: Code) -> str | None:
    try:
        return identity.find_person_by_key(code.brand, read_key(code.key))
    except Refused:
        return None


def _show(code: Code, *, world: World) -> CodeShown:
    letters = world.keyring.decrypt(code.brand, code.sealed)
    return CodeShown(code=rules.write_code(letters), offer=code.offer, ends_at=code.ends_at, redeemed=bool(code.order))
