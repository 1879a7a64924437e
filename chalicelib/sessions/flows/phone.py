"""Logins by a code that is texted to a phone."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Busy, Missing, Refused, Unknown
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.sessions import tables
from chalicelib.sessions.flows import current, limiting
from chalicelib.sessions.rules import codes
from chalicelib.sessions.words import Attempt, LoginResult, PhoneLogin, Proof, SmsCodeOrder
from chalicelib.world import World

KINDS = frozenset({Kind.app, Kind.website, Kind.official_account, Kind.mini_program})


def send_code(order: SmsCodeOrder, *, source: str, world: World, now: datetime) -> None:
    """Text a code to a phone, whoever has it: nothing here tells whether we know them. `source` is the caller's address."""
    account, phone = _find_account(order.account, world=world, now=now), codes.read_phone(order.phone)
    key = str(identity.key_of(account.brand, Identifier(IdentifierType.phone, phone), world=world, now=now))
    source_hash = world.keyring.hash(account.brand, f"source:{codes.source_group(source)}", now=now)
    limits = codes.code_limits(account, phone_key=key, source_hash=source_hash, settings=world.settings)
    limiting.spend(limits, refusal="too_many_codes", now=now)
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
    account = _find_account(login.account, world=world, now=now)
    return current.begin(account, prove(account, login.phone, login.code, world=world, now=now), world=world, now=now)


def prove(account: Account, phone: str, code: str, *, world: World, now: datetime) -> Proof:
    """Whoever has a phone, as the code it was texted shows; the code is used up."""
    number = codes.read_phone(phone)
    use_code(account.brand, number, code, world=world, now=now)
    return Proof(place=identity.meet(account.brand, Identifier(IdentifierType.phone, number), world=world, now=now))


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


def _hash(brand: str, key: str, code: str, *, world: World, now: datetime) -> str:
    return world.keyring.hash(brand, f"sms:{key}:{code}", now=now)


def _find_account(account_id: str, *, world: World, now: datetime) -> Account:
    account = register.find_account(account_id, world=world, now=now)
    if account.kind not in KINDS:
        raise Missing(code="account_missing")
    return account
