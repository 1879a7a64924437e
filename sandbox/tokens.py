"""Access tokens: two isolated endpoints that mint them, and the check every other call begins with."""

from __future__ import annotations

import hmac
from ipaddress import ip_address, ip_network
from typing import Any

from msgspec import Struct

from sandbox import ids, quotas
from sandbox.beijing import number_of_day
from sandbox.call import Call
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.state import Account, Token

LIFE_S = 7200
FORCED_PER_DAY = 20
FORCED_APART_S = 30
FORGOTTEN_AFTER_S = 86_400

CLASSIC = "/cgi-bin/token"
STABLE = "/cgi-bin/stable_token"


class _Credentials(Struct):
    grant_type: str = ""
    appid: str = ""
    secret: str = ""
    force_refresh: bool = False


def check_secret(call: Call, appid: str, secret: str) -> Account:
    """The account that owns this appid and secret: 41002, 41004, 40013 or 40125 otherwise."""
    if not appid:
        raise WechatError(41002)
    if not secret:
        raise WechatError(41004)
    account = call.sandbox.state.accounts.get(appid)
    if account is None:
        raise WechatError(40013)
    if not hmac.compare_digest(account.secret.encode(), secret.encode()):
        raise WechatError(40125)
    return account


def check_ip(account: Account, ip: str) -> None:
    """40164 when the account has a whitelist and the address is not in it; entries may be networks."""
    if account.whitelist is None or any(ip_address(ip) in ip_network(entry, strict=False) for entry in account.whitelist):
        return
    raise WechatError(40164, f"invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist")


def fetch_classic(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/token`: a new token at every call; the one before lives on for the overlap."""
    _admit(call, _Credentials(call.query.get("grant_type", ""), call.query.get("appid", ""), call.query.get("secret", "")))
    return _answer(call, _mint(call))


def fetch_stable(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/stable_token`: the same token until its last five minutes, unless a refresh is forced."""
    wanted = call.read(_Credentials)
    _admit(call, wanted)
    if wanted.force_refresh and _may_force(call):
        revoke(call.sandbox, call.caller.appid, endpoint=STABLE)
    text = call.sandbox.book(call.caller.appid).newest.get(STABLE, "")
    token = call.sandbox.state.tokens.get(text)
    if token is None or token.dead_from is not None or token.expires_at - call.now <= call.sandbox.state.settings.token_overlap_s:
        return _answer(call, _mint(call))
    return _answer(call, text)


def _admit(call: Call, credentials: _Credentials) -> None:
    call.account = check_secret(call, credentials.appid, credentials.secret)
    if credentials.grant_type != "client_credential":
        raise WechatError(40002)
    check_ip(call.account, call.ip)
    quotas.spend(call)


def _may_force(call: Call) -> bool:
    book = call.sandbox.book(call.caller.appid)
    book.forced_at = [at for at in book.forced_at if number_of_day(at) == number_of_day(call.now)]
    too_soon = bool(book.forced_at) and call.now - book.forced_at[-1] < FORCED_APART_S
    if len(book.forced_at) < FORCED_PER_DAY and not too_soon:
        book.forced_at.append(call.now)
        return True
    refused = call.sandbox.state.settings.refused_force_refresh_errcode
    if refused:
        raise WechatError(refused)
    return False


def _mint(call: Call) -> str:
    sandbox, appid, path = call.sandbox, call.caller.appid, call.endpoint.path
    _forget_old(sandbox, call.now)
    newest = sandbox.book(appid).newest
    if path == CLASSIC and (before := sandbox.state.tokens.get(newest.get(path, ""))) is not None and before.dead_from is None:
        before.dead_from = call.now + sandbox.state.settings.token_overlap_s
    text = ids.access_token(sandbox.random)
    sandbox.state.tokens[text] = Token(appid=appid, endpoint=path, expires_at=call.now + LIFE_S)
    newest[path] = text
    return text


def _answer(call: Call, text: str) -> dict[str, Any]:
    return {"access_token": text, "expires_in": int(call.sandbox.state.tokens[text].expires_at - call.now)}


def _forget_old(sandbox: Sandbox, now: float) -> None:
    tokens = sandbox.state.tokens
    for text in [text for text, token in tokens.items() if token.expires_at + FORGOTTEN_AFTER_S < now]:
        del tokens[text]


def check_token(sandbox: Sandbox, text: str, now: float) -> Account:
    """The account of a token: 41001 when missing, 40001 (or 40014) when unknown, superseded or revoked, 42001 when expired."""
    if not text:
        raise WechatError(41001)
    token = sandbox.state.tokens.get(text)
    if token is None or token.appid not in sandbox.state.accounts:
        raise WechatError(sandbox.state.settings.garbage_token_errcode)
    if token.dead_from is not None and token.dead_from <= now:
        raise WechatError(40001)
    if token.expires_at <= now:
        raise WechatError(42001)
    return sandbox.state.accounts[token.appid]


def revoke(sandbox: Sandbox, appid: str, *, endpoint: str | None = None) -> int:
    """Make the account's tokens invalid at once (40001); says how many."""
    now = sandbox.now()
    living = [token for token in _tokens(sandbox, appid, endpoint) if token.dead_from is None or token.dead_from > now]
    for token in living:
        token.dead_from = now
    return len(living)


def expire(sandbox: Sandbox, appid: str) -> int:
    """Let the account's tokens reach their end now (42001); says how many."""
    now = sandbox.now()
    living = [token for token in _tokens(sandbox, appid, None) if token.expires_at > now]
    for token in living:
        token.expires_at = now
    return len(living)


def _tokens(sandbox: Sandbox, appid: str, endpoint: str | None) -> list[Token]:
    return [token for token in sandbox.state.tokens.values() if token.appid == appid and endpoint in (None, token.endpoint)]
