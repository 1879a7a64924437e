"""Keys given, used and taken back; what was done is written down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.errors import Forbidden, Invalid, Missing, Unauthenticated
from chalicelib.staff import rules, tables
from chalicelib.staff.words import ApiKey, Caller, KeyOrder, NewKey, Scope, ShownKey
from chalicelib.world import World

KEY_FRESH_S = 30


def authenticate(credential: str, *, scope: Scope, world: World, now: datetime) -> Caller:
    """The caller behind an API key that holds `scope`. A revoked key is refused within 30 seconds on every container."""
    read = rules.read_key(credential)
    if read is None:
        raise Unauthenticated("Send Authorization: Bearer ld_<id>_<secret>.", code="key_refused")
    brand, key_id, secret = read
    key = world.cache.remember(("key", key_id), KEY_FRESH_S, lambda: tables.read_key(brand, key_id), now=now)
    if key is None or not rules.opens(key, secret):
        raise Unauthenticated(code="key_refused")
    if not rules.allows(key.scopes, scope):
        raise Forbidden(f"This key lacks the scope {scope.value}: ask an admin for one that has it.", code="scope_missing")
    return Caller(brand, key.id, frozenset(key.scopes))


def create_key(brand: str, order: KeyOrder, *, actor: str, world: World, now: datetime) -> NewKey:
    """Make a key; its secret is in the answer and nowhere else."""
    if not order.scopes:
        raise Invalid("A key needs at least one scope - at `$.scopes`.")
    key_id, secret, text = rules.new_key(brand, world.random_bytes(5), world.random_bytes(32))
    scopes = tuple(sorted(set(order.scopes)))
    key = ApiKey(id=key_id, brand=brand, scopes=scopes, note=order.note, secret_sha256=rules.hash_secret(secret), created_at=now)
    record(brand, "key.created", {"key": key_id, "scopes": list(scopes)}, actor=actor, world=world, now=now)
    tables.keep_key(key)
    return NewKey(id=key_id, scopes=scopes, key=text)


def list_keys(brand: str) -> list[ShownKey]:
    """Every key of the brand, revoked ones too, without secrets."""
    return [
        ShownKey(id=key.id, scopes=key.scopes, note=key.note, created_at=key.created_at, revoked_at=key.revoked_at)
        for key in tables.list_keys(brand)
    ]


def revoke_key(brand: str, key_id: str, *, actor: str, world: World, now: datetime) -> None:
    """Take a key back for good; doing it again changes nothing."""
    if not rules.is_key_id(key_id) or tables.read_key(brand, key_id) is None:
        raise Missing(code="key_missing")
    record(brand, "key.revoked", {"key": key_id}, actor=actor, world=world, now=now)
    tables.revoke_key(brand, key_id, now=now)
    world.cache.forget("key", key_id)


def record(brand: str, did: str, about: dict[str, Any], *, actor: str, world: World, now: datetime) -> None:
    """Write down who did what, before it is done: an entry without its deed tells of an attempt.

    No secret and no personal value belongs in `about`.
    """
    tables.keep_audit(brand, world.new_id(), actor=actor, did=did, about=about, now=now)
