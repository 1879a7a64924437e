"""WeChat says that somebody took an authorisation back, has a cleaned profile, closed their account or follows no more: what it names
goes, once, with a receipt."""

from __future__ import annotations

import hashlib
from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.consent.flows.changing import change_side
from chalicelib.consent.flows.telling import hear_no
from chalicelib.consent.rules import hearing, revoking, telling
from chalicelib.consent.rules.revoking import EVERYTHING, PROFILE, REVOKE_INFO, Revoked
from chalicelib.consent.tables import once
from chalicelib.consent.words import Scope
from chalicelib.consent.words.ledger import Evidence, Way
from chalicelib.consent.words.receipts import Receipt, ReceiptsPage
from chalicelib.errors import Invalid, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.flows import attributes, taking_back
from chalicelib.identity.words import Identifier, IdentifierType, Key
from chalicelib.ids import is_ulid, ulid
from chalicelib.sessions import tables as sessions
from chalicelib.wechat.messages import AuthorizationCancelled, AuthorizationRevoked, Unsubscribed, UserInfoModified
from chalicelib.world import World

Notice = AuthorizationRevoked | AuthorizationCancelled | UserInfoModified


def hear_revoked(account: Account, message: Notice, *, cause: str, heard_at: datetime, world: World, now: datetime) -> Receipt | None:
    """Let go of exactly what WeChat names, under the openid it names. Each step can be done twice; the receipt is given once, at the end.

    What came after `heard_at` stays, however late this is worked off. Nothing for a notice that names nobody, as WeChat sends now and then.
    """
    return _answer(account, message.openid, message, cause=cause, heard_at=heard_at, world=world, now=now) if message.openid else None


def hear_unfollowed(
    account: Account, message: Unsubscribed, *, cause: str, heard_at: datetime, world: World, now: datetime
) -> Receipt | None:
    """Let go of what WeChat wants gone when somebody stops following: what is known under that openid. No choice of theirs changes."""
    return _answer(account, message.from_user, message, cause=cause, heard_at=heard_at, world=world, now=now)


def list_receipts(brand: str, *, cursor: str | None, most: int) -> ReceiptsPage:
    """What went, the latest first."""
    if cursor is not None and not is_ulid(cursor):
        raise Invalid(code="cursor_invalid")
    found = once.list_receipts(brand, before=cursor, most=most + 1)
    return ReceiptsPage(receipts=tuple(found[:most]), cursor=found[most - 1].id if len(found) > most else None)


def _answer(
    account: Account, openid: str, message: Notice | Unsubscribed, *, cause: str, heard_at: datetime, world: World, now: datetime
) -> Receipt | None:
    """What goes, and the receipt of it, unless it was given."""
    key = identity.key_of(account.brand, Identifier(IdentifierType.openid, openid, account.name), world=world, now=now)
    receipt_id = ulid(message.created_at, hashlib.blake2b(f"{account.id}/{cause}".encode(), digest_size=10).digest())
    if once.has_receipt(account.brand, receipt_id):
        return None
    gone, removed = _let_go(account, key, message, cause=cause, heard_at=heard_at, world=world, now=now)
    receipt = Receipt(
        id=receipt_id,
        event=message.kind.removeprefix("event."),
        account=account.id,
        identifier=str(key),
        revoke_info=message.revoke_info if isinstance(message, AuthorizationRevoked) else "",
        attributes=gone,
        removed=removed,
        told_at=message.created_at,
        done_at=now,
    )
    return receipt if once.keep_receipt(account.brand, receipt) else None


def _let_go(
    account: Account, key: Key, message: Notice | Unsubscribed, *, cause: str, heard_at: datetime, world: World, now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The attributes that went, and what else did."""
    match message:
        case UserInfoModified():
            return attributes.forget_attributes(account.brand, key, PROFILE, at=heard_at, world=world, now=now), ()
        case AuthorizationRevoked(revoke_info=info) if info != EVERYTHING:
            return _revoke(account, key, REVOKE_INFO.get(info, Revoked()), cause=cause, heard_at=heard_at, world=world, now=now)
    gone = attributes.forget_attributes(account.brand, key, None, at=heard_at, world=world, now=now)
    if isinstance(message, Unsubscribed):  # by WeChat's clock, as all that opens room and follows
        change_side(account.brand, key, lambda side: hearing.unfollow(side, at=message.created_at), world=world)
        return gone, ("allowances", "activity")
    change_side(account.brand, key, lambda side: revoking.clear(side, at=heard_at), world=world)
    sessions.end_sessions(account.brand, [str(key)])
    phone = _take_back_phone(account, key, heard_at=heard_at, world=world, now=now)
    return gone, ("consents", "grants", "allowances", "sends", "activity", "sessions", *phone)


def _revoke(
    account: Account, key: Key, revoked: Revoked, *, cause: str, heard_at: datetime, world: World, now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    gone = attributes.forget_attributes(account.brand, key, revoked.attributes, at=heard_at, world=world, now=now)
    if revoked.uses:
        _end_uses(account, key, revoked, cause=cause, heard_at=heard_at, world=world, now=now)
    phone = _take_back_phone(account, key, heard_at=heard_at, world=world, now=now) if revoked.phone else ()
    return gone, (*(use.value for use in revoked.uses), *phone)


def _take_back_phone(account: Account, key: Key, *, heard_at: datetime, world: World, now: datetime) -> tuple[str, ...]:
    """The phone WeChat's button told is not theirs any more; if nobody else told it, it is forgotten with what was allowed there."""
    taken = taking_back.take_back_phones(account.brand, key, at=heard_at, world=world, now=now)
    for phone in taken.forgotten:
        change_side(account.brand, phone, lambda side: revoking.without_leave(side, at=heard_at), world=world)
    return ("phone",) if taken.phones else ()


def _end_uses(account: Account, key: Key, revoked: Revoked, *, cause: str, heard_at: datetime, world: World, now: datetime) -> None:
    """A no to uses of the device at this end, as if it had been said at one of our doors; of somebody unknown it is kept all the same."""
    scopes = tuple(Scope(use, None, account.name) for use in revoked.uses)
    evidence = Evidence(way=Way.wechat, end=account.name, request=cause)
    try:
        hear_no(account.brand, key, scopes, evidence, cause=cause, heard_at=heard_at, world=world, now=now)
    except Missing:
        change_side(account.brand, key, lambda side: telling.hear_no(side, scopes, heard_at=heard_at), world=world)
