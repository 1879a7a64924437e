"""Authorisations (授权): the pre-authorisation code, the admin's yes, the code that becomes tokens, the withdrawal."""

from __future__ import annotations

import string

from sandbox import ids
from sandbox.emulator import Sandbox
from sandbox.platform import tickets
from sandbox.platform.words import Grant, Pass
from sandbox.state import Account, Kind, Push, Token
from sandbox.tokens import LIFE_S

PRE_AUTH_LIFE_S = 1800
AUTH_LIFE_S = 3600
TOKEN_PATH = "/cgi-bin/component/api_authorizer_token"
SETS: dict[Kind, list[int]] = {
    Kind.OFFICIAL_ACCOUNT: [1, 2, 3, 4, 7, 11, 15, 24, 33],
    Kind.MINI_PROGRAM: [17, 18, 19, 25, 30],
}


class RefusedError(Exception):
    """The authorisation page refuses; the message says why."""


def make_pre_auth_code(sandbox: Sandbox, component: str) -> str:
    """A code for one visit of the authorisation page, for half an hour."""
    codes = tickets.find_platform(sandbox, component).pre_auth_codes
    _forget(codes, sandbox.now())
    code = "preauthcode@@@" + _letters(sandbox, 48)
    codes[code] = Pass(sandbox.now() + PRE_AUTH_LIFE_S)
    return code


def _forget(codes: dict[str, Pass], now: float) -> None:
    for old in [code for code, one in codes.items() if one.expires_at <= now]:
        del codes[old]


def _letters(sandbox: Sandbox, count: int) -> str:
    return "".join(sandbox.random.choices(string.ascii_letters + string.digits + "-_", k=count))


def authorize(sandbox: Sandbox, component: str, account: Account, *, permissions: list[int] | None, pre_auth_code: str) -> tuple[str, Push]:
    """The account's admin says yes: the authorisation code for the platform, and the notice it gets."""
    if account.kind not in SETS:
        raise RefusedError(f"{account.appid} is neither an official account nor a mini program")
    platform = tickets.find_platform(sandbox, component)
    _forget(platform.pre_auth_codes, sandbox.now())
    if pre_auth_code and platform.pre_auth_codes.pop(pre_auth_code, None) is None:
        raise RefusedError("the pre_auth_code is unknown, used or expired")
    known = platform.grants.get(account.appid)
    sets = SETS[account.kind] if permissions is None else permissions
    refresh_token = known.refresh_token if known else "refreshtoken@@@" + _letters(sandbox, 43)
    platform.grants[account.appid] = Grant(refresh_token, sets, sandbox.now())
    _forget(platform.auth_codes, sandbox.now())
    code = "queryauthcode@@@" + _letters(sandbox, 64)
    platform.auth_codes[code] = Pass(sandbox.now() + AUTH_LIFE_S, account.appid)
    notice = tickets.compose(
        sandbox,
        component,
        "updateauthorized" if known else "authorized",
        AuthorizerAppid=account.appid,
        AuthorizationCode=code,
        AuthorizationCodeExpiredTime=int(sandbox.now() + AUTH_LIFE_S),
        PreAuthCode=pre_auth_code,
    )
    return code, notice


def withdraw(sandbox: Sandbox, component: str, appid: str) -> Push:
    """The account takes its authorisation back: the platform's tokens for it are invalid at once."""
    if tickets.find_platform(sandbox, component).grants.pop(appid, None) is None:
        raise RefusedError(f"{appid} has not authorised {component}")
    for token in sandbox.state.tokens.values():
        if token.appid == appid and token.component == component:
            token.dead_from = sandbox.now()
    return tickets.compose(sandbox, component, "unauthorized", AuthorizerAppid=appid)


def mint(sandbox: Sandbox, component: str, appid: str) -> str:
    """A token of the platform for the account; the one before lives on for the overlap."""
    now, newest = sandbox.now(), sandbox.book(appid).newest
    slot = f"{TOKEN_PATH} {component}"
    before = sandbox.state.tokens.get(newest.get(slot, ""))
    if before is not None and before.dead_from is None:
        before.dead_from = now + sandbox.state.settings.token_overlap_s
    text = ids.access_token(sandbox.random)
    sandbox.state.tokens[text] = Token(appid=appid, endpoint=TOKEN_PATH, expires_at=now + LIFE_S, component=component)
    newest[slot] = text
    return text
