"""Logins by a code that is texted to a phone."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Busy, Missing, Refused, TooMany, Unknown
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.sessions import tables
from chalicelib.sessions.flows import current
from chalicelib.sessions.rules import codes
from chalicelib.sessions.words import Attempt, Limit, LoginResult, PhoneLogin, SmsCodeOrder
from chalicelib.world import World

KINDS = frozenset({Kind.app, Kind.website, Kind.official_account, Kind.mini_program})


def send_code(order: SmsCodeOrder, *, source: str, world: World, now: datetime) -> None:
    """Text a code to a phone, whoever has it: nothing here tells whether we know them. `source` is the caller's address."""
    account, phone = _find_account(order.account, world=world, now=now), codes.read_phone(order.phone)
    key = str(identity.key_of(account.brand, Identifier(IdentifierType.phone, phone), world=world, now=now))
    source_hash = world.keyring.hash(account.brand, f"source:{codes.source_group(source)}", now=now)
    limits = codes.code_limits(account, phone_key=key, source_hash=source_hash, settings=world.settings)
    _spend(limits, now=now)
    code = codes.make_sms_code(world.random_bytes(8))
    tables.keep_code(account.brand, key, _hash(account.brand, key, code, world=world, now=now), ends_at=now + codes.SMS_CODE_LIFE)
    text = codes.write_sms(account.title or account.brand, code)
    try:
        world.sms.send(phone, text, message_id=world.new_id(), now=now)
    except Unknown:
        raise  # it may have come: another one at once would be one too many
    except Busy:
        for limit in limits:
            tables.give_back(limit)
        raise


def log_in(login: PhoneLogin, *, world: World, now: datetime) -> LoginResult:
    """A session for whoever read the code on the phone; somebody new when nobody has it yet."""
    account, phone = _find_account(login.account, world=world, now=now), codes.read_phone(login.phone)
    use_code(account.brand, phone, login.code, world=world, now=now)
    place = identity.meet(account.brand, Identifier(IdentifierType.phone, phone), world=world, now=now)
    return current.begin(account, place, world=world, now=now)


def use_code(brand: str, phone: str, code: str, *, world: World, now: datetime) -> None:
    """Prove that somebody has the phone; each code proves it once."""
    digits = codes.read_sms_code(code)
    key = str(identity.key_of(brand, Identifier(IdentifierType.phone, phone), world=world, now=now))
    hashed = _hash(brand, key, digits, world=world, now=now)
    outcome = tables.try_code(brand, key, hashed, most_tries=codes.SMS_CODE_TRIES, attempt=world.new_id(), now=now)
    if outcome is Attempt.wrong:
        raise Refused(code="sms_code_wrong")
    if outcome is Attempt.ended:
        raise Refused(code="sms_code_expired")


def _spend(limits: tuple[Limit, ...], *, now: datetime) -> None:
    """Count a code within every limit; over one of them, none counts."""
    for place, limit in enumerate(limits):
        free_at = tables.spend(limit, now=now)
        if free_at is not None:
            for spent in limits[:place]:
                tables.give_back(spent)
            raise TooMany(code="too_many_codes", retry_after_s=max(1, ceil((free_at - now).total_seconds())))


def _hash(brand: str, key: str, code: str, *, world: World, now: datetime) -> str:
    return world.keyring.hash(brand, f"sms:{key}:{code}", now=now)


def _find_account(account_id: str, *, world: World, now: datetime) -> Account:
    account = register.find_account(account_id, world=world, now=now)
    if account.kind not in KINDS:
        raise Missing(code="account_missing")
    return account
