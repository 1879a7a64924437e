"""Logins from a mini program."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Kind
from chalicelib.errors import Declined, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.sessions import rules
from chalicelib.sessions.flows import current
from chalicelib.sessions.words import LoginResult, MiniProgramLogin
from chalicelib.world import World


def log_in(login: MiniProgramLogin, *, world: World, now: datetime) -> LoginResult:
    """Trade a wx.login code for a session. A person seen before costs one call to WeChat, two reads and one write."""
    account = register.find_account(login.account, world=world, now=now)
    if account.kind is not Kind.mini_program:
        raise Missing(code="account_missing")
    secret = register.fetch_secret(account, world=world, now=now)
    try:
        answer = world.wechat.exchange_login_code(account.appid, secret.app_secret, login.code)
    except Declined as refused:
        raise rules.explain_refused_code(refused, login.code, world.settings.login_code_pattern) from None
    openid = Identifier(IdentifierType.openid, answer.openid, account.name)
    place = identity.recognise(account.brand, openid, answer.unionid, source="wx.login", world=world, now=now)
    return current.begin(account, place, session_key=answer.session_key, world=world, now=now)
