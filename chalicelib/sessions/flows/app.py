"""Logins from a mobile app by WeChat."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Declined, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.sessions.flows import current
from chalicelib.sessions.rules import codes
from chalicelib.sessions.words import AppLogin, LoginResult, Proof
from chalicelib.world import World


def log_in(login: AppLogin, *, world: World, now: datetime) -> LoginResult:
    """Trade a code of OpenSDK's SendAuth for a session. WeChat's own tokens are not kept: nothing here needs them again."""
    account = register.find_account(login.account, world=world, now=now)
    if account.kind is not Kind.app:
        raise Missing(code="account_missing")
    return current.begin(account, prove(account, login.code, world=world, now=now), world=world, now=now)


def prove(account: Account, code: str, *, world: World, now: datetime) -> Proof:
    """Whose openid a code of SendAuth is of; asking uses it up."""
    secret = register.fetch_secret(account, world=world, now=now)
    try:
        answer = world.wechat.exchange_web_code(account.appid, secret.app_secret, code)
    except Declined as refused:
        raise codes.explain_refused_app_code(refused) from None
    openid = Identifier(IdentifierType.openid, answer.openid, account.name)
    return Proof(place=identity.recognise(account.brand, openid, answer.unionid, source="app login", world=world, now=now))
