"""Login in the browser (网页授权), on websites and in apps: codes, users' tokens, who they are."""

from __future__ import annotations

from typing import Any

from sandbox import ids, people, quotas, tokens
from sandbox.call import OK, Call, Endpoint, Proof
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.official.words import Grant, Official, WebCode
from sandbox.state import Account, Kind, User

CODE_LIFE_S = 300
TOKEN_LIFE_S = 7200
REFRESH_LIFE_S = 30 * 86_400
SILENT, PROFILE, WEBSITE = "snsapi_base", "snsapi_userinfo", "snsapi_login"
SCOPES = {
    Kind.OFFICIAL_ACCOUNT: (SILENT, PROFILE),
    Kind.WEBSITE_APP: (WEBSITE,),
    Kind.MOBILE_APP: (PROFILE,),
    Kind.MINI_PROGRAM: (),
}
PER_MINUTE = 50_000
_STRANGER = "微信用户"


def may_ask(account: Account, scope: str) -> bool:
    """Whether this account may ask people for this scope."""
    if scope not in SCOPES.get(account.kind, ()):
        return False
    return account.kind is not Kind.OFFICIAL_ACCOUNT or (account.verified and account.service)


def make_code(sandbox: Sandbox, user: User, account: Account, *, scope: str, snapshot: bool = False) -> str:
    """The code a page gets after the person's yes; a snapshot visitor is a stranger with an openid of its own."""
    people.meet(sandbox, user, account)
    openid = ids.openid(sandbox.random) if snapshot else user.openids[account.appid]
    codes, now = sandbox.official(account.appid).web_codes, sandbox.now()
    life_s = CODE_LIFE_S if account.kind is Kind.OFFICIAL_ACCOUNT else sandbox.state.settings.app_code_life_s
    while codes and codes[oldest := next(iter(codes))].expires_at + life_s <= now:
        del codes[oldest]
    text = ids.login_code(sandbox.random)
    codes[text] = WebCode(user.id, openid, scope, snapshot, now + life_s)
    return text


def exchange(call: Call) -> dict[str, Any]:
    """`GET /sns/oauth2/access_token`: a code for the person's token, once."""
    query = call.query
    call.account = tokens.check_secret(call, query.get("appid", ""), query.get("secret", ""))
    quotas.spend(call)
    if not query.get("code"):
        raise WechatError(41008)
    if query.get("grant_type") != "authorization_code":
        raise WechatError(40002)
    code = call.official.web_codes.get(query["code"])
    if code is None:
        raise WechatError(40029)
    if code.used:
        raise WechatError(40163)
    if code.expires_at <= call.now:
        raise WechatError(call.sandbox.state.settings.expired_web_code_errcode)
    code.used = True
    refresh_token = ids.access_token(call.sandbox.random)
    app_life_s = call.sandbox.state.settings.app_refresh_token_life_s
    life_s = REFRESH_LIFE_S if call.account.kind is Kind.OFFICIAL_ACCOUNT else app_life_s
    grant = Grant(code.user, code.openid, code.scope, code.snapshot, "", 0.0, call.now + life_s, call.now)
    call.official.grants[refresh_token] = grant
    _renew(call, refresh_token, grant)
    return {**_tell(refresh_token, grant), **({"is_snapshotuser": 1} if grant.snapshot else {}), **_union(call.sandbox, grant, call.caller)}


def _renew(call: Call, refresh_token: str, grant: Grant) -> None:
    """Give the grant a token, or its living one another two hours."""
    kept = call.official
    if grant.access_until <= call.now:
        kept.web_tokens.pop(grant.access_token, None)
        grant.access_token = ids.access_token(call.sandbox.random)
        kept.web_tokens[grant.access_token] = refresh_token
    grant.access_until = call.now + TOKEN_LIFE_S


def _tell(refresh_token: str, grant: Grant) -> dict[str, Any]:
    told = {"access_token": grant.access_token, "expires_in": TOKEN_LIFE_S, "refresh_token": refresh_token}
    return {**told, "openid": grant.openid, "scope": grant.scope}


def _union(sandbox: Sandbox, grant: Grant, account: Account) -> dict[str, str]:
    if grant.scope == SILENT or grant.snapshot:
        return {}
    unionid = people.unionid(sandbox, sandbox.state.users[grant.user], account)
    return {} if unionid is None else {"unionid": unionid}


def refresh(call: Call) -> dict[str, Any]:
    """`GET /sns/oauth2/refresh_token`: the living token lives on, for a dead one there is a new one; 30 days long."""
    query = call.query
    if not query.get("appid"):
        raise WechatError(41002)
    call.account = call.sandbox.state.accounts.get(query["appid"])
    if call.account is None:
        raise WechatError(40013)
    quotas.spend(call)
    if query.get("grant_type") != "refresh_token":
        raise WechatError(40002)
    if not query.get("refresh_token"):
        raise WechatError(41003)
    grant = call.official.grants.get(query["refresh_token"])
    if grant is None:
        raise WechatError(call.sandbox.state.settings.bad_refresh_token_errcode)
    if grant.refresh_until <= call.now:
        raise WechatError(42002)
    _renew(call, query["refresh_token"], grant)
    return _tell(query["refresh_token"], grant)


def check(call: Call) -> dict[str, Any]:
    """`GET /sns/auth`: whether the token is alive and this person's."""
    _find_grant(call)
    return OK


def show_person(call: Call) -> dict[str, Any]:
    """`GET /sns/userinfo`: name and picture, for those who agreed to more than being recognised."""
    grant = _find_grant(call)
    quotas.spend(call)
    if grant.scope == SILENT:
        raise WechatError(48001)
    user = call.sandbox.state.users[grant.user]
    picture = f"https://thirdwx.qlogo.cn/mmopen/vi_32/{'stranger' if grant.snapshot else user.id}/132"
    return {
        "openid": grant.openid,
        "nickname": _STRANGER if grant.snapshot else user.name,
        "sex": 0,
        "language": "",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": picture,
        "privilege": [],
        **_union(call.sandbox, grant, call.caller),
    }


def _find_grant(call: Call) -> Grant:
    """The grant of a person's token: 41001, 40001, 42001, and 40003 for somebody else's openid."""
    token = call.query.get("access_token", "")
    if not token:
        raise WechatError(41001)
    for appid, kept in call.sandbox.state.official.items():
        refresh_token = kept.web_tokens.get(token)
        if refresh_token is None or appid not in call.sandbox.state.accounts:
            continue
        grant = kept.grants[refresh_token]
        if grant.access_until <= call.now:
            raise WechatError(42001)
        if grant.openid != call.query.get("openid", ""):
            raise WechatError(40003)
        call.account = call.sandbox.state.accounts[appid]
        return grant
    raise WechatError(40001)


def withdraw(kept: Official, openid: str) -> int:
    """End all tokens a person granted; says how many."""
    gone = [refresh_token for refresh_token, grant in kept.grants.items() if grant.openid == openid]
    for refresh_token in gone:
        kept.web_tokens.pop(kept.grants.pop(refresh_token).access_token, None)
    return len(gone)


ENDPOINTS = [
    Endpoint("/sns/oauth2/access_token", "GET", exchange, proof=Proof.SECRET, minute=PER_MINUTE),
    Endpoint("/sns/oauth2/refresh_token", "GET", refresh, proof=Proof.SECRET, minute=PER_MINUTE),
    Endpoint("/sns/userinfo", "GET", show_person, proof=Proof.SECRET, minute=PER_MINUTE),
    Endpoint("/sns/auth", "GET", check, proof=Proof.SECRET),
]
