"""A phone added to the person who is logged in."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Conflict, Declined, Invalid, Missing, Refused
from chalicelib.identity import flows as identity
from chalicelib.identity.words import PHONE_BUTTON, Identifier, IdentifierType, Rank, read_key
from chalicelib.sessions import tables
from chalicelib.sessions.flows import current, phone
from chalicelib.sessions.rules import codes
from chalicelib.sessions.words import Claims, Me, PhoneOrder, Session
from chalicelib.wechat.crypto import Undecipherable, decrypt_user_data
from chalicelib.world import World


def add_phone(order: PhoneOrder, claims: Claims, session: Session, *, world: World, now: datetime) -> Me:
    """Link a phone that has just been proven to the identifier that is logged in; who that is then."""
    account = register.find_account(f"{session.brand}.{session.account}", world=world, now=now)
    if order.account not in (None, account.id):
        raise Missing(code="account_missing")
    mine = identity.reveal_identifier(session.brand, read_key(session.key), world=world)
    number = _prove(order, session, mine, account, world=world, now=now)
    link(account, mine, number, source="me/phone" if order.phone is not None else PHONE_BUTTON, world=world, now=now)
    return current.describe_me(claims, session, now=now)


def exchange_code(account: Account, openid: str, code: str, *, world: World, now: datetime) -> str:
    """The phone behind a code of the phone button, pressed by this very person."""
    try:
        answer = tokens.with_token(account, lambda token: world.wechat.exchange_phone_code(token, openid, code), world=world, now=now)
    except Declined as refused:
        if refused.errcode != 40029:
            raise
        answer = None
    if answer is None:
        raise Refused(code="phone_code_refused")
    return codes.read_phone(f"+{answer.country_code}{answer.number}")


def link(account: Account, mine: Identifier, number: str, *, source: str, world: World, now: datetime) -> str:
    """Say that the phone is this person's, and who that is then. What contradicts stronger or later words waits for an operator."""
    theirs = Identifier(IdentifierType.phone, number)
    place = identity.assert_link(account.brand, mine, theirs, rank=Rank.verified, source=source, at=now, world=world, now=now)
    if place.rejection is not None:
        raise Conflict(code="phone_contested")
    return place.person


def _prove(order: PhoneOrder, session: Session, mine: Identifier, account: Account, *, world: World, now: datetime) -> str:
    """The phone, however the order proves it."""
    match order:
        case PhoneOrder(phone=str(text), code=str(code), encrypted_data=None, iv=None):
            number = codes.read_phone(text)
            phone.use_code(account.brand, number, code, world=world, now=now)
            return number
        case PhoneOrder(phone=None, code=str(code), encrypted_data=None, iv=None):
            _demand_mini_program(account)
            return exchange_code(account, mine.value, code, world=world, now=now)
        case PhoneOrder(phone=None, code=None, encrypted_data=str(data), iv=str(iv)):
            _demand_mini_program(account)
            return _open_data(data, iv, session, account, world=world, now=now)
    raise Invalid("Send phone and code, or code alone, or encrypted_data and iv - at `$`.")


def _demand_mini_program(account: Account) -> None:
    if account.kind is not Kind.mini_program:
        raise Invalid("Only a mini program has a phone button: send phone and the texted code - at `$.phone`.")


def _open_data(data: str, iv: str, session: Session, account: Account, *, world: World, now: datetime) -> str:
    sealed = tables.read_session_key(session)
    if sealed is None:
        raise Refused(code="phone_data_refused")
    try:
        opened = decrypt_user_data(data, iv, world.keyring.decrypt(session.brand, sealed))
    except Undecipherable:
        raise Refused(code="phone_data_refused") from None
    return codes.read_sealed_phone(opened, appid=account.appid, now=now)
