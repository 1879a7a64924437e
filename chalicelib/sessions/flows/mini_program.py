"""Logins from a mini program."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import platforms, register
from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Declined, LiandongError, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import PHONE_BUTTON, Identifier, IdentifierType, Place
from chalicelib.sessions.flows import current, my_phone
from chalicelib.sessions.rules import codes, launches
from chalicelib.sessions.words import LoginResult, MiniProgramLogin, Proof
from chalicelib.world import World


def log_in(login: MiniProgramLogin, *, world: World, now: datetime) -> LoginResult:
    """Trade a wx.login code for a session. A person seen before costs one call to WeChat, two reads and one write.

    A phone sent along that cannot be added does not stop the login, whose code is used up by then: the result says why.
    """
    account = register.find_account(login.account, world=world, now=now)
    if account.kind is not Kind.mini_program:
        raise Missing(code="account_missing")
    openid, proof = prove(account, login.code, world=world, now=now)
    told = launches.read_launch(account.brand, login.launch)
    if login.phone_code is None:
        return current.begin(account, proof, told=told, world=world, now=now)
    person, refusal = _add_phone(account, openid, login.phone_code, world=world, now=now)
    if person is not None:
        proof = msgspec.structs.replace(proof, place=Place(proof.place.key, person))
    result = current.begin(account, proof, told=told, world=world, now=now)
    return msgspec.structs.replace(result, phone_refusal=refusal)


def prove(account: Account, code: str, *, world: World, now: datetime) -> tuple[Identifier, Proof]:
    """Whose openid the code of a wx.login is of; asking uses it up."""
    try:
        answer = platforms.exchange_login_code(account, code, world=world, now=now)
    except Declined as refused:
        raise codes.explain_refused_code(refused, code, world.settings.login_code_pattern) from None
    openid = Identifier(IdentifierType.openid, answer.openid, account.name)
    place = identity.recognise(account.brand, openid, answer.unionid, source="wx.login", world=world, now=now)
    return openid, Proof(place=place, session_key=answer.session_key)


def _add_phone(account: Account, openid: Identifier, code: str, *, world: World, now: datetime) -> tuple[str | None, str | None]:
    """Add the phone of the phone button: who that is then, or the code of the refusal."""
    try:
        number = my_phone.exchange_code(account, openid.value, code, world=world, now=now)
        return my_phone.link(account, openid, number, source=PHONE_BUTTON, world=world, now=now), None
    except LiandongError as error:
        return None, error.code
